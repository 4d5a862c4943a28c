//! Moves what is the same in every round in front of the loop.
//!
//! ```text
//! %1: arr.int = guard.arr.int %0 -> s0       %1: arr.int = guard.arr.int %0 -> s0
//! loop                                       %4: int = arr.len %1
//! %3: int = phi %2, %7                       loop
//! %4: int = arr.len %1                 =>    %3: int = phi %2, %7
//! %5: bool = ult.int %3, %4                  %5: bool = ult.int %3, %4
//! ```
//!
//! An instruction is invariant if its operands are, and if nothing in the body writes the memory that it reads. Guards move
//! as well, and then leave to snapshot 0, the state at entry: leaving there is always right, since before the `loop` nothing
//! has happened, and an invariant guard that fails would fail in the first round anyway. No loop is peeled.
//!
//! Instructions that are undefined for some operands (division, shifts, element loads...) move only where something that
//! stands before the loop has made them safe: a constant, a guard that was there or has moved, or the fact that all
//! guards before them in the body have moved, so that they run under the same conditions as in the first round.
//!
//! What stays: `poll`, whose answer changes; calls and new objects; guards, if the trace has no snapshot 0.
//!
//! Linear in the body, times the accesses to memory in it.

use pseudo_vm::faults::{self, Fault};

use super::memory::{Kind, Meet, access, changes_arrays, changes_dicts, changes_shape, meet, object, resizes};
use super::rewrite::reorder;
use super::{BuiltinEffects, Context};
use crate::ir::ops::{Effect, Op};
use crate::ir::storage::StorageInfo;
use crate::ir::trace::{Inst, SnapshotId, Trace};
use crate::ir::types::{Const, Ref, Ty};

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    let Some(start) = trace.loop_start() else { return false };
    let mut moves = std::mem::take(&mut context.scratch.marks);
    let mut order = std::mem::take(&mut context.scratch.work);
    moves.clear();
    moves.resize(trace.insts.len(), false);
    let changed = Motion::new(trace, start, context.effects).decide(&mut moves);
    if changed {
        order.clear();
        order.extend(0..start as u32);
        let body = start..trace.insts.len();
        order.extend(body.clone().filter(|&index| moves[index]).map(|index| index as u32));
        order.extend(body.filter(|&index| !moves[index]).map(|index| index as u32));
        for (inst, _) in trace.insts.iter_mut().zip(&moves).filter(|(inst, moves)| **moves && inst.op.is_guard()) {
            inst.snapshot = SnapshotId(0);
        }
        reorder(trace, context.scratch, &order);
    }
    context.scratch.marks = moves;
    context.scratch.work = order;
    changed
}

struct Motion<'t> {
    trace: &'t Trace,
    start: usize,
    /// Whether the body calls what may change arrays.
    arrays_change: bool,
    /// Whether the body adds keys to dicts, or removes some.
    dicts_change: bool,
    /// Types of the arrays whose lengths the body changes, or to which it makes room.
    resized: Vec<Ty>,
    /// Whether the body adds fields to instances that others may know.
    shapes_change: bool,
    /// Writes in the body.
    stores: Vec<super::memory::Access>,
    /// Guards that stand before the loop or have moved there.
    guards: Vec<Inst>,
}

impl<'t> Motion<'t> {
    fn new(trace: &'t Trace, start: usize, effects: BuiltinEffects<'_>) -> Motion<'t> {
        let body = &trace.insts[start..];
        Motion {
            trace,
            start,
            arrays_change: body.iter().any(|inst| changes_arrays(inst, effects)),
            dicts_change: body.iter().any(|inst| changes_dicts(inst, effects)),
            resized: body.iter().filter(|inst| resizes(inst)).map(|inst| trace.ty(inst.a)).collect(),
            shapes_change: body.iter().any(|inst| changes_shape(trace, inst)),
            stores: body.iter().filter_map(|inst| access(trace, inst)).filter(|it| it.stored.is_some()).collect(),
            guards: trace.insts[..start].iter().filter(|inst| inst.op.is_guard()).copied().collect(),
        }
    }

    fn decide(mut self, moves: &mut [bool]) -> bool {
        let mut changed = false;
        let mut all_guards_moved = true;
        for index in self.start + 1..self.trace.insts.len() {
            let inst = &self.trace.insts[index];
            if self.may_move(inst, moves) && (all_guards_moved || self.is_safe(inst)) {
                moves[index] = true;
                changed = true;
                if inst.op.is_guard() {
                    self.guards.push(*inst);
                }
            } else if inst.op.is_guard() {
                all_guards_moved = false;
            }
        }
        changed
    }

    fn is_invariant(&self, value: Ref, moves: &[bool]) -> bool {
        value.inst_index().is_none_or(|index| index < self.start || moves[index])
    }

    fn may_move(&self, inst: &Inst, moves: &[bool]) -> bool {
        let by_effect = match inst.op.effect() {
            Effect::Pure => true,
            Effect::Guard => inst.op != Op::Poll && !self.trace.snapshots.is_empty(),
            Effect::GuardShape => !self.shapes_change && !self.trace.snapshots.is_empty(),
            Effect::GuardHeader => !self.arrays_change && !self.trace.snapshots.is_empty(),
            Effect::LoadHeader if faults::on(Fault::LicmLength) => true,
            Effect::LoadHeader => !self.arrays_change && !self.resized.contains(&self.trace.ty(inst.a)),
            Effect::LoadDict => !self.dicts_change,
            // What is in range at first may not be later.
            Effect::LoadElem if self.is_of_resized(inst) => false,
            Effect::LoadElem | Effect::LoadCell | Effect::LoadField | Effect::LoadEntry => access(self.trace, inst)
                .is_some_and(|load| {
                    if faults::on(Fault::LicmStore) && matches!(load.kind, Kind::Elements(_)) {
                        return true;
                    }
                    let moved = load.kind.is_container() && self.arrays_change;
                    !moved && self.stores.iter().all(|store| meets_never(self.trace, store, &load))
                }),
            Effect::Entry
            | Effect::Reserve
            | Effect::StoreLen
            | Effect::StoreElem
            | Effect::StoreCell
            | Effect::StoreField
            | Effect::StoreDict
            | Effect::StoreEntry
            | Effect::AddField
            | Effect::Alloc
            | Effect::Kernel
            | Effect::Call
            | Effect::Native
            | Effect::Structure => false,
        };
        let mut invariant = by_effect;
        if by_effect {
            self.trace.for_each_operand(inst, |value| invariant &= self.is_invariant(value, moves));
        }
        invariant
    }

    /// Whether a read of an element may be of an array whose length the body changes.
    fn is_of_resized(&self, inst: &Inst) -> bool {
        StorageInfo::of_op(inst.op).is_some_and(|row| self.resized.contains(&row.array))
    }

    /// Whether an instruction is defined, given just the guards that stand before the loop.
    fn is_safe(&self, inst: &Inst) -> bool {
        match inst.op {
            Op::DivInt | Op::ModInt => match self.trace.as_int(inst.b) {
                Some(divisor) => divisor != 0,
                None => self.is_known(|op, a, b, holds| {
                    a == inst.b
                        && self.trace.as_int(b) == Some(0)
                        && ((op == Op::NeInt && holds) || (op == Op::EqInt && !holds))
                }),
            },
            Op::ShlInt | Op::SarInt | Op::ShrInt => match self.trace.as_int(inst.b) {
                Some(count) => (0..64).contains(&count),
                None => self.is_known(|op, a, b, holds| {
                    op == Op::UltInt
                        && holds
                        && a == inst.b
                        && self.trace.as_int(b).is_some_and(|b| (1..=64).contains(&b))
                }),
            },
            Op::LoadBool | Op::LoadInt | Op::LoadFloat | Op::LoadAny => {
                let array = object(self.trace, inst.a);
                let is_length = |b: Ref| {
                    self.trace.def(b).is_some_and(|len| len.op == Op::ArrLen && object(self.trace, len.a) == array)
                };
                self.is_known(|op, a, b, holds| op == Op::UltInt && holds && a == inst.b && is_length(b))
            }
            Op::StrByte => {
                let string = self.trace.def(inst.a).map_or(Ref::NONE, |bytes| bytes.a);
                let is_length = |b: Ref| self.trace.def(b).is_some_and(|len| len.op == Op::StrLen && len.a == string);
                self.is_known(|op, a, b, holds| op == Op::UltInt && holds && a == inst.b && is_length(b))
            }
            // Their guards may take any form.
            Op::StrChar | Op::DictEntry => false,
            Op::LoadKey | Op::LoadValue | Op::LoadPlace => {
                let is_nowhere = |b: Ref| self.trace.as_const(b) == Some(Const::Nowhere);
                self.is_known(|op, a, b, holds| op == Op::SameAny && !holds && a == inst.a && is_nowhere(b))
            }
            // That the closure has this capture is known from its function.
            Op::FnCapture => {
                self.trace.def(inst.a).is_some_and(|closure| closure.op == Op::Method)
                    || self.guards.iter().any(|guard| guard.op == Op::GuardProto && guard.a == inst.a)
            }
            // Nothing says at which guard the class is known to be there.
            Op::Method | Op::LoadStatic => !inst.a.is_const(),
            // Its guard may take any form.
            Op::FloatToInt => false,
            _ => true,
        }
    }

    /// Whether a guard before the loop tests a comparison that has a property: the operation, its operands, whether it is
    /// known to hold or not to.
    fn is_known(&self, property: impl Fn(Op, Ref, Ref, bool) -> bool) -> bool {
        self.guards.iter().any(|guard| {
            let holds = match guard.op {
                Op::GuardTrue => true,
                Op::GuardFalse => false,
                _ => return false,
            };
            self.trace.def(guard.a).is_some_and(|test| property(test.op, test.a, test.b, holds))
        })
    }
}

/// Whether a write in the body never meets an invariant read, in any round.
fn meets_never(trace: &Trace, store: &super::memory::Access, load: &super::memory::Access) -> bool {
    // Facts about indices hold within a round only: `i + 1` of this round is `i` of the next. So two accesses that do not
    // meet are taken at their word only where no value of the loop is involved.
    if !store.kind.overlaps(load.kind) {
        return true;
    }
    let is_const = |value: Ref| value == Ref::NONE || value.is_const();
    if store.object == load.object {
        return is_const(store.index) && is_const(load.index) && meet(trace, store, load) == Meet::No;
    }
    let without_index = |it: &super::memory::Access| super::memory::Access { index: Ref::NONE, ..*it };
    meet(trace, &without_index(store), &without_index(load)) == Meet::No
}
