//! Guards that hold by construction, boxes that are opened again, parts of objects made in the trace.
//!
//! Storage kinds of arrays are not here: a call may change one between the box and the guard. See [`super::super::forward`]. Nor is
//! a guard of an array's box: what is boxed is what a guard gave, for which the value that it was given serves.

use super::How::Code;
use super::{Fold, Rule, Stage};
use crate::ir::ops::Op;
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::Ref;
use crate::rules;

fn made_by(trace: &Trace, value: Ref, op: Op) -> Option<&Inst> {
    trace.def(value).filter(|inst| inst.op == op)
}

fn closure_made(t: &Trace, value: Ref) -> Option<&Inst> {
    made_by(t, made_by(t, value, Op::GuardFn)?.a, Op::NewClosure)
}

#[rustfmt::skip]
pub(super) const RULES: &[Rule] = rules! { Fold ""
    guard_int_box:          (GuardInt (BoxInt x)) => x;
    guard_float_box:        (GuardFloat (BoxFloat x)) => x;
    guard_bool_box:         (GuardBool (BoxBool x)) => x;
    guard_str_box:          (GuardStr (BoxStr x)) => x;
    guard_fn_box:           (GuardFn (BoxFn x)) => x;
    guard_range_box:        (GuardRange (BoxRange x)) => x;

    // An int of more than 48 bits that is boxed anew would be another object of the same meaning; the old one serves.
    box_int_guard:          (BoxInt (GuardInt x)) => x;
    box_float_guard:        (BoxFloat (GuardFloat x)) => x;
    box_bool_guard:         (BoxBool (GuardBool x)) => x;
    box_str_guard:          (BoxStr (GuardStr x)) => x;
    box_arr_empty_guard:    (BoxArr (GuardArrEmpty x)) => x;
    box_arr_bool_guard:     (BoxArr (GuardArrBool x)) => x;
    box_arr_int_guard:      (BoxArr (GuardArrInt x)) => x;
    box_arr_float_guard:    (BoxArr (GuardArrFloat x)) => x;
    box_arr_any_guard:      (BoxArr (GuardArrAny x)) => x;
    box_fn_guard:           (BoxFn (GuardFn x)) => x;
    box_range_guard:        (BoxRange (GuardRange x)) => x;

    guard_true_const:       (GuardTrue true) => gone;
    guard_false_const:      (GuardFalse false) => gone;
    guard_true_not:         (GuardTrue (NotBool x)) => (GuardFalse x);
    guard_false_not:        (GuardFalse (NotBool x)) => (GuardTrue x);

    // A new object is neither nil nor undef. (A string that got too long is undef.)
    guard_defined_int:      (GuardDefined (BoxInt x)) => gone;
    guard_defined_float:    (GuardDefined (BoxFloat x)) => gone;
    guard_defined_bool:     (GuardDefined (BoxBool x)) => gone;
    guard_defined_str:      (GuardDefined (BoxStr x)) => gone;
    guard_defined_fn:       (GuardDefined (BoxFn x)) => gone;
    guard_defined_range:    (GuardDefined (BoxRange x)) => gone;
    guard_defined_new_range: (GuardDefined (NewRange ..)) => gone;
    guard_defined_new_array: (GuardDefined (NewArray ..)) => gone;
    guard_defined_new_closure: (GuardDefined (NewClosure ..)) => gone;
    guard_defined_nil:      (GuardDefined nil) => gone;
    guard_nil_const:        (GuardNil nil) => gone;

    guard_truthy_bool:      (GuardTruthy (BoxBool x)) => (GuardTrue x);
    guard_falsy_bool:       (GuardFalsy (BoxBool x)) => (GuardFalse x);
    guard_truthy_int:       (GuardTruthy (BoxInt x)) => gone;
    guard_truthy_float:     (GuardTruthy (BoxFloat x)) => gone;
    guard_truthy_str:       (GuardTruthy (BoxStr x)) => gone;
    guard_truthy_fn:        (GuardTruthy (BoxFn x)) => gone;
    guard_truthy_range:     (GuardTruthy (BoxRange x)) => gone;
    guard_truthy_new_range: (GuardTruthy (NewRange ..)) => gone;
    guard_truthy_new_array: (GuardTruthy (NewArray ..)) => gone;
    guard_truthy_new_closure: (GuardTruthy (NewClosure ..)) => gone;
    guard_falsy_nil:        (GuardFalsy nil) => gone;
    guard_same_self:        (GuardSame x x) => gone;

    range_start_new:        (RangeStart (GuardRange (NewRange x y))) => x;
    range_end_new:          (RangeEnd (GuardRange (NewRange x y))) => y;
};

/// What captures and functions of new closures are stands in their arguments.
pub(super) const CLOSURE_RULES: &[Rule] = &[
    Rule {
        name: "guard_proto_new",
        stage: Stage::Fold,
        how: Code {
            op: Op::GuardProto,
            law: "a closure made of a function is one of it",
            apply: |t, i| closure_made(t, i.a).filter(|made| made.a == i.b).map(|_| Fold::Gone),
        },
    },
    Rule {
        name: "fn_capture_new",
        stage: Stage::Fold,
        how: Code {
            op: Op::FnCapture,
            law: "a new closure captured what it was given",
            apply: |t, i| {
                let made = closure_made(t, i.a)?;
                (i.b.0 < made.c.0).then(|| Fold::Value(t.args[(made.b.0 + i.b.0) as usize]))
            },
        },
    },
];
