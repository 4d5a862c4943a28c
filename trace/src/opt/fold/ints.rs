//! Laws of 64-bit wrapping ints, of comparisons of ints, and of bools. `+ - *` and bit operations form rings, so sums of
//! constants may be regrouped; comparisons see the sign, so sums may not be moved across `<`.

use super::Fold::{Inst as Make, Value};
use super::{Rule, made_by, with_const};
use crate::ir::ops::Op;
use crate::ir::trace::Trace;
use crate::ir::types::{Const, Ref};

fn is(t: &Trace, value: Ref, int: i64) -> bool {
    t.as_int(value) == Some(int)
}

/// `k` for the constant `2^k`, `k` in 0..63.
fn power_of_two(t: &Trace, value: Ref) -> Option<i64> {
    let int = t.as_int(value)?;
    (int > 0 && int.count_ones() == 1).then(|| i64::from(int.trailing_zeros()))
}

fn bool_const(t: &mut Trace, bool: bool) -> Ref {
    t.constant(Const::Bool(bool))
}

/// `(x op c1) op c2 == x op (c1 op c2)`.
fn regroup(t: &mut Trace, i: &super::Inst, combine: fn(i64, i64) -> i64) -> Option<super::Fold> {
    let c2 = t.as_int(i.b)?;
    let (x, c1) = with_const(t, i.a, i.op)?;
    let c = t.int(combine(c1, c2));
    Some(Make(i.op, x, c))
}

/// The count of two shifts the same way, if it is one that the second shift may have.
fn shifts(t: &Trace, i: &super::Inst) -> Option<(Ref, i64)> {
    let c2 = t.as_int(i.b).filter(|count| (0..64).contains(count))?;
    let (x, c1) = with_const(t, i.a, i.op).filter(|(_, count)| (0..64).contains(count))?;
    Some((x, c1 + c2))
}

/// The other of `x` and `y` in `x op y`, if one is a value.
fn other_of(t: &Trace, made: Ref, op: Op, one: Ref) -> Option<Ref> {
    let inst = made_by(t, made, op)?;
    if inst.a == one {
        Some(inst.b)
    } else if inst.b == one {
        Some(inst.a)
    } else {
        None
    }
}

#[rustfmt::skip]
pub(super) const RULES: &[Rule] = &[
    // Sums and differences. A constant difference becomes a sum, so that chains of both regroup.
    Rule { name: "add_int_zero", op: Op::AddInt, law: "x + 0 == x",
        apply: |t, i| is(t, i.b, 0).then_some(Value(i.a)) },
    Rule { name: "add_int_regroup", op: Op::AddInt, law: "(x + c1) + c2 == x + (c1 + c2)",
        apply: |t, i| regroup(t, i, i64::wrapping_add) },
    Rule { name: "add_int_const_minus", op: Op::AddInt, law: "(c1 - x) + c2 == (c1 + c2) - x",
        apply: |t, i| {
            let c2 = t.as_int(i.b)?;
            let sub = made_by(t, i.a, Op::SubInt)?;
            let c = t.as_int(sub.a)?.wrapping_add(c2);
            Some(Make(Op::SubInt, t.int(c), sub.b))
        } },
    Rule { name: "add_int_neg_right", op: Op::AddInt, law: "x + -y == x - y",
        apply: |t, i| made_by(t, i.b, Op::NegInt).map(|neg| Make(Op::SubInt, i.a, neg.a)) },
    Rule { name: "add_int_neg_left", op: Op::AddInt, law: "-x + y == y - x",
        apply: |t, i| made_by(t, i.a, Op::NegInt).map(|neg| Make(Op::SubInt, i.b, neg.a)) },
    Rule { name: "add_int_cancel", op: Op::AddInt, law: "y + (x - y) == x (the difference is the later value)",
        apply: |t, i| made_by(t, i.b, Op::SubInt).filter(|sub| sub.b == i.a).map(|sub| Value(sub.a)) },
    Rule { name: "sub_int_const", op: Op::SubInt, law: "x - c == x + -c",
        apply: |t, i| {
            let c = t.as_int(i.b)?.wrapping_neg();
            Some(Make(Op::AddInt, i.a, t.int(c)))
        } },
    Rule { name: "sub_int_self", op: Op::SubInt, law: "x - x == 0",
        apply: |t, i| (i.a == i.b).then(|| Value(t.int(0))) },
    Rule { name: "sub_int_from_zero", op: Op::SubInt, law: "0 - x == -x",
        apply: |t, i| is(t, i.a, 0).then_some(Make(Op::NegInt, i.b, Ref::NONE)) },
    Rule { name: "sub_int_neg", op: Op::SubInt, law: "x - -y == x + y",
        apply: |t, i| made_by(t, i.b, Op::NegInt).map(|neg| Make(Op::AddInt, i.a, neg.a)) },
    Rule { name: "sub_int_const_sum", op: Op::SubInt, law: "c1 - (x + c2) == (c1 - c2) - x",
        apply: |t, i| {
            let c1 = t.as_int(i.a)?;
            let (x, c2) = with_const(t, i.b, Op::AddInt)?;
            Some(Make(Op::SubInt, t.int(c1.wrapping_sub(c2)), x))
        } },
    Rule { name: "sub_int_const_minus", op: Op::SubInt, law: "c1 - (c2 - x) == x + (c1 - c2)",
        apply: |t, i| {
            let c1 = t.as_int(i.a)?;
            let sub = made_by(t, i.b, Op::SubInt)?;
            let c = c1.wrapping_sub(t.as_int(sub.a)?);
            Some(Make(Op::AddInt, sub.b, t.int(c)))
        } },
    Rule { name: "sub_int_of_sum", op: Op::SubInt, law: "(x + y) - y == x",
        apply: |t, i| other_of(t, i.a, Op::AddInt, i.b).map(Value) },
    Rule { name: "neg_int_twice", op: Op::NegInt, law: "--x == x",
        apply: |t, i| made_by(t, i.a, Op::NegInt).map(|neg| Value(neg.a)) },
    Rule { name: "neg_int_sub", op: Op::NegInt, law: "-(x - y) == y - x",
        apply: |t, i| made_by(t, i.a, Op::SubInt).map(|sub| Make(Op::SubInt, sub.b, sub.a)) },

    // Products and quotients.
    Rule { name: "mul_int_zero", op: Op::MulInt, law: "x * 0 == 0",
        apply: |t, i| is(t, i.b, 0).then_some(Value(i.b)) },
    Rule { name: "mul_int_one", op: Op::MulInt, law: "x * 1 == x",
        apply: |t, i| is(t, i.b, 1).then_some(Value(i.a)) },
    Rule { name: "mul_int_minus_one", op: Op::MulInt, law: "x * -1 == -x",
        apply: |t, i| is(t, i.b, -1).then_some(Make(Op::NegInt, i.a, Ref::NONE)) },
    Rule { name: "mul_int_regroup", op: Op::MulInt, law: "(x * c1) * c2 == x * (c1 * c2)",
        apply: |t, i| regroup(t, i, i64::wrapping_mul) },
    Rule { name: "mul_int_of_shl", op: Op::MulInt, law: "(x << k) * c == x * (c << k), 0 <= k < 64",
        apply: |t, i| {
            let c = t.as_int(i.b)?;
            let (x, k) = with_const(t, i.a, Op::ShlInt).filter(|(_, k)| (0..64).contains(k))?;
            Some(Make(Op::MulInt, x, t.int(c << k)))
        } },
    Rule { name: "mul_int_neg", op: Op::MulInt, law: "-x * c == x * -c",
        apply: |t, i| {
            let c = t.as_int(i.b)?.wrapping_neg();
            let neg = made_by(t, i.a, Op::NegInt)?;
            Some(Make(Op::MulInt, neg.a, t.int(c)))
        } },
    Rule { name: "mul_int_power", op: Op::MulInt, law: "x * 2^k == x << k",
        apply: |t, i| power_of_two(t, i.b).map(|k| Make(Op::ShlInt, i.a, t.int(k))) },
    Rule { name: "div_int_power", op: Op::DivInt, law: "floor(x / 2^k) == x >> k (the shift floors as well)",
        apply: |t, i| power_of_two(t, i.b).map(|k| Make(Op::SarInt, i.a, t.int(k))) },
    Rule { name: "div_int_minus_one", op: Op::DivInt, law: "floor(x / -1) == -x, wrapping",
        apply: |t, i| is(t, i.b, -1).then_some(Make(Op::NegInt, i.a, Ref::NONE)) },
    Rule { name: "div_int_self", op: Op::DivInt, law: "x / x == 1 (x is not 0)",
        apply: |t, i| (i.a == i.b).then(|| Value(t.int(1))) },
    Rule { name: "div_int_zero", op: Op::DivInt, law: "0 / x == 0 (x is not 0)",
        apply: |t, i| is(t, i.a, 0).then_some(Value(i.a)) },
    Rule { name: "mod_int_power", op: Op::ModInt, law: "x mod 2^k == x & (2^k - 1) (the remainder of floor division)",
        apply: |t, i| power_of_two(t, i.b).map(|k| Make(Op::AndInt, i.a, t.int((1 << k) - 1))) },
    Rule { name: "mod_int_minus_one", op: Op::ModInt, law: "x mod -1 == 0",
        apply: |t, i| is(t, i.b, -1).then(|| Value(t.int(0))) },
    Rule { name: "mod_int_self", op: Op::ModInt, law: "x mod x == 0 (x is not 0)",
        apply: |t, i| (i.a == i.b).then(|| Value(t.int(0))) },
    Rule { name: "mod_int_zero", op: Op::ModInt, law: "0 mod x == 0 (x is not 0)",
        apply: |t, i| is(t, i.a, 0).then_some(Value(i.a)) },
    Rule { name: "mod_int_twice", op: Op::ModInt, law: "(x mod y) mod y == x mod y",
        apply: |t, i| made_by(t, i.a, Op::ModInt).filter(|inner| inner.b == i.b).map(|_| Value(i.a)) },

    // Bits.
    Rule { name: "and_int_zero", op: Op::AndInt, law: "x & 0 == 0",
        apply: |t, i| is(t, i.b, 0).then_some(Value(i.b)) },
    Rule { name: "and_int_ones", op: Op::AndInt, law: "x & -1 == x",
        apply: |t, i| is(t, i.b, -1).then_some(Value(i.a)) },
    Rule { name: "and_int_self", op: Op::AndInt, law: "x & x == x",
        apply: |_, i| (i.a == i.b).then_some(Value(i.a)) },
    Rule { name: "and_int_regroup", op: Op::AndInt, law: "(x & c1) & c2 == x & (c1 & c2)",
        apply: |t, i| regroup(t, i, |c1, c2| c1 & c2) },
    Rule { name: "or_int_zero", op: Op::OrInt, law: "x | 0 == x",
        apply: |t, i| is(t, i.b, 0).then_some(Value(i.a)) },
    Rule { name: "or_int_ones", op: Op::OrInt, law: "x | -1 == -1",
        apply: |t, i| is(t, i.b, -1).then_some(Value(i.b)) },
    Rule { name: "or_int_self", op: Op::OrInt, law: "x | x == x",
        apply: |_, i| (i.a == i.b).then_some(Value(i.a)) },
    Rule { name: "or_int_regroup", op: Op::OrInt, law: "(x | c1) | c2 == x | (c1 | c2)",
        apply: |t, i| regroup(t, i, |c1, c2| c1 | c2) },
    Rule { name: "xor_int_zero", op: Op::XorInt, law: "x ^ 0 == x",
        apply: |t, i| is(t, i.b, 0).then_some(Value(i.a)) },
    Rule { name: "xor_int_ones", op: Op::XorInt, law: "x ^ -1 == ~x",
        apply: |t, i| is(t, i.b, -1).then_some(Make(Op::NotInt, i.a, Ref::NONE)) },
    Rule { name: "xor_int_self", op: Op::XorInt, law: "x ^ x == 0",
        apply: |t, i| (i.a == i.b).then(|| Value(t.int(0))) },
    Rule { name: "xor_int_regroup", op: Op::XorInt, law: "(x ^ c1) ^ c2 == x ^ (c1 ^ c2)",
        apply: |t, i| regroup(t, i, |c1, c2| c1 ^ c2) },
    Rule { name: "xor_int_cancel", op: Op::XorInt, law: "y ^ (x ^ y) == x (the inner value is the later one)",
        apply: |t, i| other_of(t, i.b, Op::XorInt, i.a).map(Value) },
    Rule { name: "not_int_twice", op: Op::NotInt, law: "~~x == x",
        apply: |t, i| made_by(t, i.a, Op::NotInt).map(|not| Value(not.a)) },
    Rule { name: "shl_int_none", op: Op::ShlInt, law: "x << 0 == x",
        apply: |t, i| is(t, i.b, 0).then_some(Value(i.a)) },
    Rule { name: "sar_int_none", op: Op::SarInt, law: "x >> 0 == x",
        apply: |t, i| is(t, i.b, 0).then_some(Value(i.a)) },
    Rule { name: "shr_int_none", op: Op::ShrInt, law: "x >>> 0 == x",
        apply: |t, i| is(t, i.b, 0).then_some(Value(i.a)) },
    Rule { name: "shl_int_twice", op: Op::ShlInt, law: "(x << c1) << c2 == x << (c1 + c2), or 0 from 64 on",
        apply: |t, i| shifts(t, i).map(|(x, count)| match count {
            0..64 => Make(Op::ShlInt, x, t.int(count)),
            _ => Value(t.int(0)),
        }) },
    Rule { name: "sar_int_twice", op: Op::SarInt, law: "(x >> c1) >> c2 == x >> min(c1 + c2, 63)",
        apply: |t, i| shifts(t, i).map(|(x, count)| Make(Op::SarInt, x, t.int(count.min(63)))) },
    Rule { name: "shr_int_twice", op: Op::ShrInt, law: "(x >>> c1) >>> c2 == x >>> (c1 + c2), or 0 from 64 on",
        apply: |t, i| shifts(t, i).map(|(x, count)| match count {
            0..64 => Make(Op::ShrInt, x, t.int(count)),
            _ => Value(t.int(0)),
        }) },

    // Comparisons.
    Rule { name: "eq_int_self", op: Op::EqInt, law: "x == x",
        apply: |t, i| (i.a == i.b).then(|| Value(bool_const(t, true))) },
    Rule { name: "ne_int_self", op: Op::NeInt, law: "not (x != x)",
        apply: |t, i| (i.a == i.b).then(|| Value(bool_const(t, false))) },
    Rule { name: "lt_int_self", op: Op::LtInt, law: "not (x < x)",
        apply: |t, i| (i.a == i.b).then(|| Value(bool_const(t, false))) },
    Rule { name: "le_int_self", op: Op::LeInt, law: "x <= x",
        apply: |t, i| (i.a == i.b).then(|| Value(bool_const(t, true))) },
    Rule { name: "ult_int_self", op: Op::UltInt, law: "not (x < x), unsigned",
        apply: |t, i| (i.a == i.b).then(|| Value(bool_const(t, false))) },
    Rule { name: "eq_int_sum", op: Op::EqInt, law: "x + c1 == c2 where x == c2 - c1 (wrapping sums are one to one)",
        apply: |t, i| {
            let c2 = t.as_int(i.b)?;
            let (x, c1) = with_const(t, i.a, Op::AddInt)?;
            Some(Make(Op::EqInt, x, t.int(c2.wrapping_sub(c1))))
        } },
    Rule { name: "ne_int_sum", op: Op::NeInt, law: "x + c1 != c2 where x != c2 - c1",
        apply: |t, i| {
            let c2 = t.as_int(i.b)?;
            let (x, c1) = with_const(t, i.a, Op::AddInt)?;
            Some(Make(Op::NeInt, x, t.int(c2.wrapping_sub(c1))))
        } },
    Rule { name: "lt_int_least", op: Op::LtInt, law: "not (x < -2^63)",
        apply: |t, i| is(t, i.b, i64::MIN).then(|| Value(bool_const(t, false))) },
    Rule { name: "lt_int_greatest", op: Op::LtInt, law: "not (2^63 - 1 < x)",
        apply: |t, i| is(t, i.a, i64::MAX).then(|| Value(bool_const(t, false))) },
    Rule { name: "le_int_greatest", op: Op::LeInt, law: "x <= 2^63 - 1",
        apply: |t, i| is(t, i.b, i64::MAX).then(|| Value(bool_const(t, true))) },
    Rule { name: "le_int_least", op: Op::LeInt, law: "-2^63 <= x",
        apply: |t, i| is(t, i.a, i64::MIN).then(|| Value(bool_const(t, true))) },
    Rule { name: "ult_int_zero", op: Op::UltInt, law: "not (x < 0), unsigned",
        apply: |t, i| is(t, i.b, 0).then(|| Value(bool_const(t, false))) },
    Rule { name: "ult_int_one", op: Op::UltInt, law: "x < 1 unsigned where x == 0",
        apply: |t, i| is(t, i.b, 1).then(|| Make(Op::EqInt, i.a, t.int(0))) },
    Rule { name: "same_self", op: Op::SameAny, law: "x has the bits of x",
        apply: |t, i| (i.a == i.b).then(|| Value(bool_const(t, true))) },
    Rule { name: "eq_str_self", op: Op::StrEq, law: "x == x",
        apply: |t, i| (i.a == i.b).then(|| Value(bool_const(t, true))) },

    // Bools.
    Rule { name: "not_twice", op: Op::NotBool, law: "not not x == x",
        apply: |t, i| made_by(t, i.a, Op::NotBool).map(|not| Value(not.a)) },
    Rule { name: "not_eq_int", op: Op::NotBool, law: "not (x == y) where x != y",
        apply: |t, i| made_by(t, i.a, Op::EqInt).map(|eq| Make(Op::NeInt, eq.a, eq.b)) },
    Rule { name: "not_ne_int", op: Op::NotBool, law: "not (x != y) where x == y",
        apply: |t, i| made_by(t, i.a, Op::NeInt).map(|ne| Make(Op::EqInt, ne.a, ne.b)) },
    Rule { name: "not_lt_int", op: Op::NotBool, law: "not (x < y) where y <= x",
        apply: |t, i| made_by(t, i.a, Op::LtInt).map(|lt| Make(Op::LeInt, lt.b, lt.a)) },
    Rule { name: "not_le_int", op: Op::NotBool, law: "not (x <= y) where y < x",
        apply: |t, i| made_by(t, i.a, Op::LeInt).map(|le| Make(Op::LtInt, le.b, le.a)) },
];
