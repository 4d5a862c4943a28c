//! Replaces reads of memory by what is known to be there, and drops writes that nobody sees.
//!
//! ```text
//! store.int %1, 0, %2              store.int %1, 0, %2
//! %5: int = load.int %1, 0    =>   (uses of %5 become %2)
//! %6: int = arr.len %0             %6: int = arr.len %0
//! %7: int = arr.len %0             (uses of %7 become %6)
//! ```
//!
//! One walk with a list of what is known: elements, entries, cells and fields that were read or written, lengths, addresses and
//! storage kinds of arrays, where the entries of dicts are. A write forgets what it may meet ([`super::memory`]); a builtin that writes forgets all arrays. No
//! memory SSA: a trace has no joins but its loop, where whatever the body may change is forgotten first.
//!
//! A write is dropped if it writes what is there already; and if a later one overwrites it, with nothing in between that
//! could see it: no read that may meet it, no call that reads, and no guard, since an exit makes memory visible
//! (invariant 2 of the design: effects and snapshots alternate).
//!
//! Builtins never touch cells, and never write fields. After Ardö, Bolz and Fijałkowski, "Loop-Aware Optimizations in PyPy's Tracing JIT",
//! DLS 2012. At most [`KNOWN_MAX`] facts are kept. Fields that carry values from one round
//! to the next are [`super::promote`]'s concern. Not yet: elements and cells that do.

use pseudo_vm::faults::{self, Fault};

use super::memory::{Access, Kind, Meet, access, changes_arrays, changes_dicts, meet, object, reads_arrays, resizes};
use super::rewrite::{Fate, rewrite};
use super::{BuiltinEffects, Context};
use crate::ir::ops::{Effect, Op};
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::{Ref, Ty};

/// Facts kept at a time; the oldest are forgotten first. Bounds the cost of a walk over them.
const KNOWN_MAX: usize = 64;

/// What a trace knows of memory at a point.
#[derive(Default, Debug)]
pub struct Known {
    elements: Vec<(Access, Ref)>,
    /// Lengths, addresses, storage kinds: the operation, the type of its operand, the object, the result.
    headers: Vec<(Op, Ty, Ref, Ref)>,
    /// What only adding or removing keys changes: the operation, its operands, the result.
    dicts: Vec<(Op, Ref, Ref, Ref)>,
}

impl Known {
    fn remember(&mut self, access: Access, value: Ref) {
        if self.elements.len() == KNOWN_MAX {
            self.elements.remove(0);
        }
        self.elements.push((access, value));
    }

    fn forget_arrays(&mut self) {
        self.elements.retain(|(access, _)| !access.kind.is_container());
        self.headers.clear();
        self.dicts.clear();
    }
}

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    let effects = context.effects;
    let mut unseen = std::mem::take(&mut context.scratch.marks);
    let mut known = std::mem::take(&mut context.scratch.known);
    known.elements.clear();
    known.headers.clear();
    known.dicts.clear();
    find_unseen_stores(trace, effects, &mut unseen);
    let body = Body::of(trace, effects);
    let changed = rewrite(trace, context.scratch, |copier, index, inst| {
        if unseen[index] {
            return Fate::Drop;
        }
        let next = Ref::inst(copier.trace.insts.len());
        match inst.op.effect() {
            Effect::LoadElem
            | Effect::LoadCell
            | Effect::LoadField
            | Effect::StoreElem
            | Effect::StoreCell
            | Effect::StoreField
            | Effect::LoadEntry
            | Effect::StoreEntry => {
                let Some(access) = access(copier.trace, inst) else { return Fate::Keep };
                through_memory(copier.trace, &mut known, access, next)
            }
            Effect::GuardHeader | Effect::LoadHeader => header(copier.trace, &mut known, inst, next),
            Effect::LoadDict => {
                let what = (inst.op, inst.a, inst.b);
                if let Some(&(.., value)) = known.dicts.iter().find(|&&(op, a, b, _)| (op, a, b) == what) {
                    return Fate::Is(value);
                }
                if known.dicts.len() == KNOWN_MAX {
                    known.dicts.remove(0);
                }
                known.dicts.push((inst.op, inst.a, inst.b, next));
                Fate::Keep
            }
            Effect::StoreDict if faults::on(Fault::ForwardKeys) => Fate::Keep,
            Effect::StoreDict => {
                known.dicts.clear();
                known.elements.retain(|(access, _)| access.kind != Kind::Entry);
                Fate::Keep
            }
            Effect::Reserve | Effect::StoreLen => {
                resized(copier.trace, &mut known, inst);
                Fate::Keep
            }
            Effect::Call => {
                if changes_arrays(inst, effects) {
                    known.forget_arrays();
                }
                Fate::Keep
            }
            Effect::Kernel => {
                known.forget_arrays();
                Fate::Keep
            }
            Effect::Alloc => {
                if inst.op == Op::NewCell {
                    let access = Access { kind: Kind::Cell, object: next, index: Ref::NONE, stored: None };
                    known.remember(access, inst.a);
                }
                Fate::Keep
            }
            Effect::Structure => {
                if inst.op == Op::Loop {
                    body.forget(&mut known);
                }
                Fate::Keep
            }
            // Nothing stands behind the call of a function.
            Effect::Native => Fate::Keep,
            Effect::Pure | Effect::Entry | Effect::Guard | Effect::GuardShape | Effect::AddField => Fate::Keep,
        }
    });
    context.scratch.marks = unseen;
    context.scratch.known = known;
    changed
}

fn through_memory(trace: &Trace, known: &mut Known, access: Access, next: Ref) -> Fate {
    let found = known.elements.iter().rev().find_map(|(earlier, value)| match meet(trace, earlier, &access) {
        Meet::Must => Some(*value),
        Meet::May | Meet::No => None,
    });
    match (access.stored, found) {
        (None, Some(value)) => Fate::Is(value),
        (None, None) => {
            known.remember(access, next);
            Fate::Keep
        }
        (Some(stored), Some(value)) if stored == value => Fate::Drop,
        (Some(stored), _) => {
            known.elements.retain(|(earlier, _)| meet(trace, earlier, &access) == Meet::No);
            known.remember(access, stored);
            Fate::Keep
        }
    }
}

fn header(trace: &Trace, known: &mut Known, inst: &Inst, next: Ref) -> Fate {
    let object = object(trace, inst.a);
    if let Some(&(.., value)) = known.headers.iter().find(|&&(op, _, of, _)| op == inst.op && of == object) {
        return Fate::Is(value);
    }
    if known.headers.len() == KNOWN_MAX {
        known.headers.remove(0);
    }
    known.headers.push((inst.op, trace.ty(inst.a), object, next));
    Fate::Keep
}

/// After a change of an array's length, or of the place of its elements, that is known of it. Nothing is of those that may
/// be the same array. Storages stay. Elements do where arrays grow: what lies behind the end of one that shrinks is nobody's.
fn resized(trace: &Trace, known: &mut Known, inst: &Inst) {
    let (ty, of) = (trace.ty(inst.a), object(trace, inst.a));
    let changed = if inst.op == Op::SetLen { Op::ArrLen } else { Op::ArrData };
    if !faults::on(Fault::ForwardLength) {
        known.headers.retain(|&(op, other, ..)| op != changed || other != ty);
    }
    if inst.op == Op::SetLen {
        known.headers.push((Op::ArrLen, ty, of, inst.b));
        if !grows(trace, inst) {
            known.elements.retain(|(access, _)| !matches!(access.kind, Kind::Elements(_)));
        }
    }
}

/// Whether a new length is surely no less than the one that it is made of.
fn grows(trace: &Trace, inst: &Inst) -> bool {
    let sum = trace.def(inst.b).filter(|sum| sum.op == Op::AddInt);
    sum.is_some_and(|sum| trace.as_int(sum.b).is_some_and(|more| more >= 0))
}

/// What the loop's body may change.
#[derive(Default)]
struct Body {
    arrays: bool,
    dicts: bool,
    /// Types of the arrays whose lengths it changes, or to which it makes room.
    resized: Vec<Ty>,
    stores: Vec<Kind>,
}

impl Body {
    fn of(trace: &Trace, effects: BuiltinEffects<'_>) -> Body {
        let mut body = Body::default();
        for inst in trace.insts.iter().rev().take_while(|inst| inst.op != Op::Loop) {
            body.arrays |= changes_arrays(inst, effects);
            body.dicts |= changes_dicts(inst, effects);
            if resizes(inst) {
                body.resized.push(trace.ty(inst.a));
            }
            if let Some(Access { kind, stored: Some(_), .. }) = access(trace, inst) {
                body.stores.push(kind);
            }
        }
        body
    }

    fn forget(&self, known: &mut Known) {
        if self.arrays {
            known.forget_arrays();
        }
        if self.dicts {
            known.dicts.clear();
        }
        known.elements.retain(|(access, _)| !self.stores.iter().any(|kind| kind.overlaps(access.kind)));
        known.headers.retain(|(op, ty, ..)| op.effect() == Effect::GuardHeader || !self.resized.contains(ty));
    }
}

/// Marks stores that are overwritten before anything can see them. Walks backward with the writes that are sure to come.
fn find_unseen_stores(trace: &Trace, effects: BuiltinEffects<'_>, unseen: &mut Vec<bool>) {
    unseen.clear();
    unseen.resize(trace.insts.len(), false);
    let mut coming: Vec<Access> = Vec::new();
    for (index, inst) in trace.insts.iter().enumerate().rev() {
        let is_guard = inst.op.is_guard() && !faults::on(Fault::ForwardDead);
        if is_guard || inst.op == Op::Loop || reads_arrays(inst, effects) {
            coming.clear();
        }
        let Some(access) = access(trace, inst) else { continue };
        if access.stored.is_none() {
            coming.retain(|later| meet(trace, &access, later) == Meet::No);
        } else if coming.iter().any(|later| meet(trace, &access, later) == Meet::Must) {
            unseen[index] = true;
        } else {
            coming.push(access);
        }
    }
}
