//! Replaces an instruction by an earlier one that computed, or tested, the same.
//!
//! ```text
//! %1: int = guard.int %0 -> s0          %1: int = guard.int %0 -> s0
//! %2: int = guard.int %0 -> s1     =>
//! %3: int = add.int %1, %2              %3: int = add.int %1, %1
//! ```
//!
//! One walk with a hash table. What a trace has computed stays computed, for there are no joins: whatever ran before the
//! `loop` serves the loop as well, and a guard once passed holds for good. That is not so of what reads memory, which is
//! [`super::forward`]'s concern, nor of `poll`, whose answer changes.
//!
//! A guard of a type also implies weaker guards of the same value: an int is defined and truthy.
//!
//! A barrier counts as computed: an object that was remembered stays so until the next collection, which never happens
//! inside a trace.

use pseudo_vm::faults::{self, Fault};

use super::Context;
use super::memory::changes_shape;
use super::rewrite::{Fate, rewrite};
use crate::ir::ops::{Effect, Op};
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::{Ref, Ty};

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    let mut table = std::mem::take(&mut context.scratch.table);
    table.clear();
    let changed = rewrite(trace, context.scratch, |copier, _, inst| {
        if changes_shape(copier.trace, inst) && !faults::on(Fault::CseShape) {
            table.retain(|&(op, ..), _| op != Op::GuardShape);
        }
        if !is_repeatable(inst.op) {
            return Fate::Keep;
        }
        let next = Ref::inst(copier.trace.insts.len());
        match table.entry(key(inst)) {
            std::collections::hash_map::Entry::Occupied(earlier) => {
                return if inst.ty == Ty::None { Fate::Drop } else { Fate::Is(*earlier.get()) };
            }
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(next);
            }
        }
        for &weaker in implied(inst.op) {
            table.entry((weaker, inst.a, Ref::NONE, Ref::NONE)).or_insert(next);
        }
        Fate::Keep
    });
    context.scratch.table = table;
    changed
}

type Key = (Op, Ref, Ref, Ref);

fn key(inst: &Inst) -> Key {
    (inst.op, inst.a, inst.b, if faults::on(Fault::CseKey) { Ref::NONE } else { inst.c })
}

/// Whether an operation on the same operands gives, or tests, the same wherever it stands.
fn is_repeatable(op: Op) -> bool {
    match op.effect() {
        Effect::Pure | Effect::Entry => true,
        // An instance keeps its shape within a trace, but for those that get a field.
        Effect::GuardShape => true,
        Effect::Guard => op != Op::Poll,
        Effect::GuardHeader
        | Effect::LoadHeader
        | Effect::Reserve
        | Effect::StoreLen
        | Effect::LoadElem
        | Effect::StoreElem
        | Effect::LoadCell
        | Effect::StoreCell
        | Effect::LoadField
        | Effect::StoreField
        | Effect::AddField
        | Effect::LoadDict
        | Effect::StoreDict
        | Effect::LoadEntry
        | Effect::StoreEntry
        | Effect::Alloc
        | Effect::Kernel
        | Effect::Call
        | Effect::Native
        | Effect::Structure => false,
    }
}

/// Guards that hold where a guard of the same value holds.
pub fn implied(op: Op) -> &'static [Op] {
    match op {
        Op::GuardInt
        | Op::GuardFloat
        | Op::GuardStr
        | Op::GuardDict
        | Op::GuardIter
        | Op::GuardFn
        | Op::GuardRange
        | Op::GuardKind
        | Op::GuardShape => &[Op::GuardDefined, Op::GuardTruthy],
        // A truthy value may still be undef, as far as its guard can tell.
        Op::GuardBool | Op::GuardFalsy => &[Op::GuardDefined],
        Op::GuardNil => &[Op::GuardDefined, Op::GuardFalsy],
        _ => &[],
    }
}
