//! Guards that hold by construction, boxes that are opened again, parts of objects made in the trace.
//!
//! Storage kinds of arrays are not here: a call may change one between the box and the guard. See [`super::super::forward`].

use super::Fold::{Gone, Inst as Make, Value};
use super::{Fold, Rule, made_by};
use crate::ir::ops::Op;
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::{Const, Ref, Ty};

/// `guard.T(box.T x)` is `x`.
fn opened(t: &Trace, i: &Inst, boxed_by: Op) -> Option<Fold> {
    made_by(t, i.a, boxed_by).map(|boxed| Value(boxed.a))
}

/// `box.T(guard.T v)` is `v`. An int of more than 48 bits that is boxed anew would be another object of the same
/// meaning; the old one serves as well.
fn closed(t: &Trace, i: &Inst, guarded_by: Op) -> Option<Fold> {
    made_by(t, i.a, guarded_by).map(|guard| Value(guard.a))
}

/// The operation that boxed a value, if one did.
fn boxed_by(t: &Trace, value: Ref) -> Option<Inst> {
    t.def(value).copied().filter(|inst| {
        matches!(inst.op, Op::BoxInt | Op::BoxFloat | Op::BoxBool | Op::BoxStr | Op::BoxArr | Op::BoxFn | Op::BoxRange)
    })
}

/// Whether a value is a new object, and so neither nil nor undef. A string that got too long is undef.
fn is_new(t: &Trace, value: Ref) -> bool {
    t.def(value).is_some_and(|inst| matches!(inst.op, Op::NewRange | Op::NewCell | Op::NewArray | Op::NewClosure))
}

fn bool_of(t: &Trace, value: Ref) -> Option<bool> {
    match t.as_const(value)? {
        Const::Bool(bool) => Some(bool),
        _ => None,
    }
}

fn range_made(t: &Trace, value: Ref) -> Option<Inst> {
    made_by(t, made_by(t, value, Op::GuardRange)?.a, Op::NewRange)
}

fn closure_made(t: &Trace, value: Ref) -> Option<Inst> {
    made_by(t, made_by(t, value, Op::GuardFn)?.a, Op::NewClosure)
}

#[rustfmt::skip]
pub(super) const RULES: &[Rule] = &[
    Rule { name: "guard_int_box", op: Op::GuardInt, law: "a boxed int is one",
        apply: |t, i| opened(t, i, Op::BoxInt) },
    Rule { name: "guard_float_box", op: Op::GuardFloat, law: "a boxed float is one",
        apply: |t, i| opened(t, i, Op::BoxFloat) },
    Rule { name: "guard_bool_box", op: Op::GuardBool, law: "a boxed bool is one",
        apply: |t, i| opened(t, i, Op::BoxBool) },
    Rule { name: "guard_str_box", op: Op::GuardStr, law: "a boxed string is one",
        apply: |t, i| opened(t, i, Op::BoxStr) },
    Rule { name: "guard_fn_box", op: Op::GuardFn, law: "a boxed closure is one",
        apply: |t, i| opened(t, i, Op::BoxFn) },
    Rule { name: "guard_range_box", op: Op::GuardRange, law: "a boxed range is one",
        apply: |t, i| opened(t, i, Op::BoxRange) },
    Rule { name: "box_int_guard", op: Op::BoxInt, law: "an int taken from a value is that value",
        apply: |t, i| closed(t, i, Op::GuardInt) },
    Rule { name: "box_float_guard", op: Op::BoxFloat, law: "a float taken from a value is that value",
        apply: |t, i| closed(t, i, Op::GuardFloat) },
    Rule { name: "box_bool_guard", op: Op::BoxBool, law: "a bool taken from a value is that value",
        apply: |t, i| closed(t, i, Op::GuardBool) },
    Rule { name: "box_str_guard", op: Op::BoxStr, law: "a string taken from a value is that value",
        apply: |t, i| closed(t, i, Op::GuardStr) },
    Rule { name: "box_arr_guard", op: Op::BoxArr, law: "an array taken from a value is that value",
        apply: |t, i| {
            let guard = t.def(i.a)?;
            let is_guard =
                matches!(guard.op, Op::GuardArrEmpty | Op::GuardArrInt | Op::GuardArrFloat | Op::GuardArrAny);
            is_guard.then_some(Value(guard.a))
        } },
    Rule { name: "box_fn_guard", op: Op::BoxFn, law: "a closure taken from a value is that value",
        apply: |t, i| closed(t, i, Op::GuardFn) },
    Rule { name: "box_range_guard", op: Op::BoxRange, law: "a range taken from a value is that value",
        apply: |t, i| closed(t, i, Op::GuardRange) },

    Rule { name: "guard_true_const", op: Op::GuardTrue, law: "true is true",
        apply: |t, i| (bool_of(t, i.a) == Some(true)).then_some(Gone) },
    Rule { name: "guard_false_const", op: Op::GuardFalse, law: "false is false",
        apply: |t, i| (bool_of(t, i.a) == Some(false)).then_some(Gone) },
    Rule { name: "guard_true_not", op: Op::GuardTrue, law: "not x is true where x is false",
        apply: |t, i| made_by(t, i.a, Op::NotBool).map(|not| Make(Op::GuardFalse, not.a, Ref::NONE)) },
    Rule { name: "guard_false_not", op: Op::GuardFalse, law: "not x is false where x is true",
        apply: |t, i| made_by(t, i.a, Op::NotBool).map(|not| Make(Op::GuardTrue, not.a, Ref::NONE)) },
    Rule { name: "guard_defined_box", op: Op::GuardDefined, law: "a box is not undef",
        apply: |t, i| boxed_by(t, i.a).map(|_| Gone) },
    Rule { name: "guard_defined_nil", op: Op::GuardDefined, law: "nil is not undef",
        apply: |t, i| (t.ty(i.a) == Ty::Nil).then_some(Gone) },
    Rule { name: "guard_defined_new", op: Op::GuardDefined, law: "a new object is not undef",
        apply: |t, i| is_new(t, i.a).then_some(Gone) },
    Rule { name: "guard_undef_const", op: Op::GuardUndef, law: "undef is undef",
        apply: |t, i| (t.ty(i.a) == Ty::Undef).then_some(Gone) },
    Rule { name: "guard_nil_const", op: Op::GuardNil, law: "nil is nil",
        apply: |t, i| (t.ty(i.a) == Ty::Nil).then_some(Gone) },
    Rule { name: "guard_truthy_bool", op: Op::GuardTruthy, law: "a bool is truthy where it is true",
        apply: |t, i| made_by(t, i.a, Op::BoxBool).map(|boxed| Make(Op::GuardTrue, boxed.a, Ref::NONE)) },
    Rule { name: "guard_falsy_bool", op: Op::GuardFalsy, law: "a bool is falsy where it is false",
        apply: |t, i| made_by(t, i.a, Op::BoxBool).map(|boxed| Make(Op::GuardFalse, boxed.a, Ref::NONE)) },
    Rule { name: "guard_truthy_box", op: Op::GuardTruthy, law: "what is neither nil nor a bool is truthy",
        apply: |t, i| boxed_by(t, i.a).filter(|boxed| boxed.op != Op::BoxBool).map(|_| Gone) },
    Rule { name: "guard_truthy_new", op: Op::GuardTruthy, law: "a new object is truthy",
        apply: |t, i| is_new(t, i.a).then_some(Gone) },
    Rule { name: "guard_falsy_nil", op: Op::GuardFalsy, law: "nil is falsy",
        apply: |t, i| (t.ty(i.a) == Ty::Nil).then_some(Gone) },
    Rule { name: "guard_same_self", op: Op::GuardSame, law: "x has the bits of x",
        apply: |_, i| (i.a == i.b).then_some(Gone) },
    Rule { name: "guard_proto_new", op: Op::GuardProto, law: "a closure made of a function is one of it",
        apply: |t, i| closure_made(t, i.a).filter(|made| made.a == i.b).map(|_| Gone) },

    Rule { name: "range_start_new", op: Op::RangeStart, law: "a..b starts at a",
        apply: |t, i| range_made(t, i.a).map(|made| Value(made.a)) },
    Rule { name: "range_end_new", op: Op::RangeEnd, law: "a..b ends at b",
        apply: |t, i| range_made(t, i.a).map(|made| Value(made.b)) },
    Rule { name: "fn_capture_new", op: Op::FnCapture, law: "a new closure captured what it was given",
        apply: |t, i| {
            let made = closure_made(t, i.a)?;
            (i.b.0 < made.c.0).then(|| Value(t.args[(made.b.0 + i.b.0) as usize]))
        } },
];
