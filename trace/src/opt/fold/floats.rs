//! The few laws that hold for floats to the bit. The results of a program show -0.0 (in text, and in `1 / x`) and
//! every rounding, but not which nan it is.
//!
//! Absent, and why: `x + 0.0 == x` (-0.0 + 0.0 is 0.0); `0.0 - x == -x` (0.0 - 0.0 is 0.0); `x * 0.0 == 0.0` (-1.0, inf,
//! nan); `x - x == 0.0` and `x == x` (nan, inf); `not (x < y) == y <= x` (nan); any regrouping (rounding).

use super::Fold::{Inst as Make, Value};
use super::{Rule, made_by};
use crate::ir::ops::Op;
use crate::ir::trace::Trace;
use crate::ir::types::{Const, Ref};

fn float_of(t: &Trace, value: Ref) -> Option<f64> {
    match t.as_const(value)? {
        Const::Float(bits) => Some(f64::from_bits(bits)),
        _ => None,
    }
}

fn is(t: &Trace, value: Ref, float: f64) -> bool {
    float_of(t, value).is_some_and(|held| held.to_bits() == float.to_bits())
}

/// `1 / c` where that is exact: for powers of two, unless it would be denormal or infinite.
fn exact_reciprocal(float: f64) -> Option<f64> {
    let reciprocal = 1.0 / float;
    let mantissa = float.to_bits() & ((1 << 52) - 1);
    (float.is_normal() && reciprocal.is_normal() && mantissa == 0).then_some(reciprocal)
}

/// Whether a value is a whole number already (or infinite, or nan).
fn is_rounded(t: &Trace, value: Ref) -> bool {
    t.def(value).is_some_and(|inst| matches!(inst.op, Op::FloorFloat | Op::CeilFloat | Op::TruncFloat | Op::IntToFloat))
}

#[rustfmt::skip]
pub(super) const RULES: &[Rule] = &[
    Rule { name: "add_float_minus_zero", op: Op::AddFloat, law: "x + -0.0 == x (also for both zeros)",
        apply: |t, i| is(t, i.b, -0.0).then_some(Value(i.a)) },
    Rule { name: "add_float_neg", op: Op::AddFloat, law: "x + -y == x - y",
        apply: |t, i| made_by(t, i.b, Op::NegFloat).map(|neg| Make(Op::SubFloat, i.a, neg.a)) },
    Rule { name: "sub_float_zero", op: Op::SubFloat, law: "x - 0.0 == x (also for both zeros)",
        apply: |t, i| is(t, i.b, 0.0).then_some(Value(i.a)) },
    Rule { name: "sub_float_neg", op: Op::SubFloat, law: "x - -y == x + y",
        apply: |t, i| made_by(t, i.b, Op::NegFloat).map(|neg| Make(Op::AddFloat, i.a, neg.a)) },
    Rule { name: "mul_float_one", op: Op::MulFloat, law: "x * 1.0 == x",
        apply: |t, i| is(t, i.b, 1.0).then_some(Value(i.a)) },
    Rule { name: "mul_float_one_left", op: Op::MulFloat, law: "1.0 * x == x",
        apply: |t, i| is(t, i.a, 1.0).then_some(Value(i.b)) },
    Rule { name: "mul_float_minus_one", op: Op::MulFloat, law: "x * -1.0 == -x",
        apply: |t, i| is(t, i.b, -1.0).then_some(Make(Op::NegFloat, i.a, Ref::NONE)) },
    Rule { name: "div_float_one", op: Op::DivFloat, law: "x / 1.0 == x",
        apply: |t, i| is(t, i.b, 1.0).then_some(Value(i.a)) },
    Rule { name: "div_float_power", op: Op::DivFloat, law: "x / 2^k == x * 2^-k (both round the same number)",
        apply: |t, i| {
            let reciprocal = exact_reciprocal(float_of(t, i.b)?)?;
            Some(Make(Op::MulFloat, i.a, t.float(reciprocal)))
        } },
    Rule { name: "neg_float_twice", op: Op::NegFloat, law: "--x == x",
        apply: |t, i| made_by(t, i.a, Op::NegFloat).map(|neg| Value(neg.a)) },
    Rule { name: "abs_float_neg", op: Op::AbsFloat, law: "|-x| == |x|",
        apply: |t, i| made_by(t, i.a, Op::NegFloat).map(|neg| Make(Op::AbsFloat, neg.a, Ref::NONE)) },
    Rule { name: "abs_float_twice", op: Op::AbsFloat, law: "||x|| == |x|",
        apply: |t, i| made_by(t, i.a, Op::AbsFloat).map(|_| Value(i.a)) },
    Rule { name: "floor_float_whole", op: Op::FloorFloat, law: "floor(x) == x for whole x (zeros keep their sign)",
        apply: |t, i| is_rounded(t, i.a).then_some(Value(i.a)) },
    Rule { name: "ceil_float_whole", op: Op::CeilFloat, law: "ceil(x) == x for whole x",
        apply: |t, i| is_rounded(t, i.a).then_some(Value(i.a)) },
    Rule { name: "trunc_float_whole", op: Op::TruncFloat, law: "trunc(x) == x for whole x",
        apply: |t, i| is_rounded(t, i.a).then_some(Value(i.a)) },
    Rule { name: "not_eq_float", op: Op::NotBool, law: "not (x == y) where x != y (also with nan)",
        apply: |t, i| made_by(t, i.a, Op::EqFloat).map(|eq| Make(Op::NeFloat, eq.a, eq.b)) },
    Rule { name: "not_ne_float", op: Op::NotBool, law: "not (x != y) where x == y (also with nan)",
        apply: |t, i| made_by(t, i.a, Op::NeFloat).map(|ne| Make(Op::EqFloat, ne.a, ne.b)) },
];
