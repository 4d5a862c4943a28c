//! Keeps values unboxed where only the interpreter would want them boxed.
//!
//! ```text
//! %3: any = phi %1, %6             %3: int = phi %0, %5      (%1 and %6 box %0 and %5)
//! %4: int = guard.int %3 -> s1     %4: any = box.int %3      (and the guard folds away)
//! ...                              ...
//! snapshot s1 { r0: %6 }           snapshot s1 { r0: %5 }
//! ```
//!
//! Snapshots take a value of any type: whoever restores the interpreter's state boxes it. A phi of boxed values whose both
//! inputs are boxes of one type becomes a phi of that type; what used it gets a box made after the phis, which usually meets
//! a guard and folds, or is only named by snapshots and goes.

use pseudo_vm::value::Value;

use super::Context;
use super::rewrite::{Fate, rewrite};
use crate::ir::ops::Op;
use crate::ir::trace::{Inst, Link, SnapshotId, Trace};
use crate::ir::types::{Const, Ref, Ty};

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    let changed = unbox_phis(trace, context);
    unbox_snapshots(trace) | changed
}

/// The unboxed value of a box.
pub(crate) fn unboxed(trace: &Trace, value: Ref) -> Option<Ref> {
    let inst = trace.def(value)?;
    match inst.op {
        Op::BoxInt | Op::BoxFloat | Op::BoxBool | Op::BoxStr | Op::BoxArr | Op::BoxDict | Op::BoxFn | Op::BoxRange => {
            Some(inst.a)
        }
        _ => None,
    }
}

/// The unboxed value of a constant of the interpreter, by its bits.
pub(super) fn unboxed_constant(trace: &mut Trace, bits: u64) -> Option<Ref> {
    let value = Value(bits);
    if value.is_small_int() {
        Some(trace.int(value.as_small_int()))
    } else if value.is_bool() {
        Some(trace.constant(Const::Bool(value.truthy())))
    } else {
        value.as_float().map(|float| trace.float(float))
    }
}

/// The operation that boxes values of a type. Not arrays: their type is that of their storage, which calls change while
/// a phi carries them.
pub(super) fn boxing(ty: Ty) -> Option<Op> {
    match ty {
        Ty::Int => Some(Op::BoxInt),
        Ty::Float => Some(Op::BoxFloat),
        Ty::Bool => Some(Op::BoxBool),
        Ty::Str => Some(Op::BoxStr),
        Ty::Dict => Some(Op::BoxDict),
        Ty::Fn => Some(Op::BoxFn),
        Ty::Range => Some(Op::BoxRange),
        Ty::None
        | Ty::Any
        | Ty::Nil
        | Ty::Undef
        | Ty::ArrEmpty
        | Ty::ArrBool
        | Ty::ArrInt
        | Ty::ArrFloat
        | Ty::ArrAny
        | Ty::Iter
        | Ty::Builtin
        | Ty::Obj
        | Ty::Ptr
        | Ty::Pc
        | Ty::Made => None,
    }
}

/// The type and the unboxed inputs of a phi that boxes for nothing.
fn phi_of_boxes(trace: &Trace, phi: &Inst) -> Option<(Ty, Ref, Ref)> {
    if phi.ty != Ty::Any {
        return None;
    }
    let (a, b) = (unboxed(trace, phi.a)?, unboxed(trace, phi.b)?);
    let ty = trace.ty(a);
    (ty == trace.ty(b) && boxing(ty).is_some()).then_some((ty, a, b))
}

fn unbox_phis(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    let Some(start) = trace.loop_start() else { return false };
    let first = start + 1;
    let phis = trace.insts[first..].iter().take_while(|inst| inst.op == Op::Phi);
    let plans: Vec<Option<(Ty, Ref, Ref)>> = phis.map(|phi| phi_of_boxes(trace, phi)).collect();
    let count = plans.iter().flatten().count() as u32;
    if count == 0 {
        return false;
    }
    let after = first + plans.len();
    if after == trace.insts.len() {
        return false;
    }
    // A phi comes to stand for its box, which is made after the last phi, and whose place is known beforehand. No phi
    // goes and nothing before changes, so that places before the boxes stay what they are.
    let mut next_box = after as u32;
    let mut boxes = Vec::with_capacity(count as usize);
    rewrite(trace, context.scratch, |copier, index, inst| {
        if let Some(Some((ty, a, b))) = index.checked_sub(first).and_then(|at| plans.get(at)) {
            // The copier renames `b` at the end; `a` lies before the loop, where names have not changed.
            let phi = copier.push(Inst { ty: *ty, a: *a, b: *b, ..*inst });
            boxes.push(phi);
            next_box += 1;
            return Fate::Is(Ref(next_box - 1));
        }
        if index >= after && !boxes.is_empty() {
            for phi in std::mem::take(&mut boxes) {
                let ty = copier.trace.ty(phi);
                let op = boxing(ty).expect("only such types are planned");
                copier.push(Inst::new(op, Ty::Any, phi, Ref::NONE, Ref::NONE));
            }
        }
        Fate::Keep
    })
}

/// Has snapshots name what is in boxes instead of the boxes: those that exits leave through. Whoever takes over from a trace
/// asks for its values as they are.
pub(super) fn unbox_snapshots(trace: &mut Trace) -> bool {
    let mut changed = false;
    let mut snapshots = std::mem::take(&mut trace.snapshots);
    let passed_on = trace.end.filter(|_| trace.link != Link::Interpreter);
    let left = snapshots.iter_mut().enumerate().filter(|(id, _)| passed_on != Some(SnapshotId(*id as u32)));
    for (_, value) in left.flat_map(|(_, snapshot)| snapshot.entries.iter_mut()) {
        if let Some(inner) = unboxed(trace, (*value).into()) {
            *value = inner.into();
            changed = true;
        }
    }
    trace.snapshots = snapshots;
    changed
}
