//! What the pure operations on ints, floats and bools compute. The one place for it: the constant folder and the
//! evaluator call this, and tests compare machine code with it.

use super::ops::Op;

/// Floor division; wraps at the smallest int by -1. `b` is not 0.
pub fn div_int(a: i64, b: i64) -> i64 {
    let quotient = a.wrapping_div(b);
    let remainder = a.wrapping_rem(b);
    if remainder != 0 && (remainder ^ b) < 0 { quotient - 1 } else { quotient }
}

/// Remainder of floor division: has the sign of `b`, which is not 0.
pub fn mod_int(a: i64, b: i64) -> i64 {
    let remainder = a.wrapping_rem(b);
    if remainder != 0 && (remainder ^ b) < 0 { remainder + b } else { remainder }
}

/// The language's `%` on floats: C's `fmod`, with `b` added where that is not zero and the signs differ.
pub fn mod_float(a: f64, b: f64) -> f64 {
    // Rust's `%` on floats is `fmod`.
    let remainder = a % b;
    if remainder != 0.0 && (remainder < 0.0) != (b < 0.0) { remainder + b } else { remainder }
}

/// Whether truncating a float gives an int in range.
pub fn converts_to_int(float: f64) -> bool {
    // Both bounds are exact: -2^63 is in range, 2^63 is not. False with nan.
    (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&float)
}

/// Result of a pure operation on ints, floats and bools, all as bits (a bool is 0 or 1). `None` for operations on
/// anything else, for those of the math tables or with a number or a list, and where the operation is not defined (division by 0, shift counts out of
/// range, floats too large for an int). Operands that the operation does not have are ignored.
pub fn eval_pure(op: Op, operands: &[u64]) -> Option<u64> {
    let bits = |at: usize| operands.get(at).copied().unwrap_or(0);
    let (x, y) = (bits(0) as i64, bits(1) as i64);
    let (f, g) = (f64::from_bits(bits(0)), f64::from_bits(bits(1)));
    let int = |int: i64| Some(int as u64);
    let float = |float: f64| Some(float.to_bits());
    let bool = |bool: bool| Some(u64::from(bool));
    let count = (0..64).contains(&y).then_some(y as u32);
    match op {
        Op::AddInt => int(x.wrapping_add(y)),
        Op::SubInt => int(x.wrapping_sub(y)),
        Op::MulInt => int(x.wrapping_mul(y)),
        Op::UmulHighInt => Some(((u128::from(bits(0)) * u128::from(bits(1))) >> 64) as u64),
        Op::DivInt => (y != 0).then(|| div_int(x, y) as u64),
        Op::ModInt => (y != 0).then(|| mod_int(x, y) as u64),
        Op::NegInt => int(x.wrapping_neg()),
        Op::AndInt => int(x & y),
        Op::OrInt => int(x | y),
        Op::XorInt => int(x ^ y),
        Op::NotInt => int(!x),
        Op::ShlInt => count.map(|count| (x << count) as u64),
        Op::SarInt => count.map(|count| (x >> count) as u64),
        Op::ShrInt => count.map(|count| x as u64 >> count),

        Op::RoundsBelow => Some(super::closed::rounds_below(bits(0), bits(1), *operands.get(2)? as i64)),
        Op::RoundsWithin => Some(super::closed::rounds_within(bits(0), bits(1), *operands.get(2)? as i64)),

        Op::AddFloat => float(f + g),
        Op::SubFloat => float(f - g),
        Op::MulFloat => float(f * g),
        Op::DivFloat => float(f / g),
        Op::NegFloat => float(-f),
        Op::AbsFloat => float(f.abs()),
        Op::SqrtFloat => float(f.sqrt()),
        Op::FloorFloat => float(f.floor()),
        Op::CeilFloat => float(f.ceil()),
        Op::ModFloat => float(mod_float(f, g)),
        Op::IntToFloat => float(x as f64),
        Op::FloatToInt => converts_to_int(f).then_some(f as i64 as u64),

        Op::EqInt | Op::SameAny => bool(x == y),
        Op::NeInt => bool(x != y),
        Op::LtInt => bool(x < y),
        Op::LeInt => bool(x <= y),
        Op::UltInt => bool((x as u64) < y as u64),
        Op::EqFloat => bool(f == g),
        Op::NeFloat => bool(f != g),
        Op::LtFloat => bool(f < g),
        Op::LeFloat => bool(f <= g),
        Op::NotBool => int(x ^ 1),
        Op::SelectInt | Op::SelectFloat | Op::SelectBool => Some(if x != 0 { bits(1) } else { bits(2) }),

        Op::Slot | Op::Inherit | Op::Loop | Op::Phi => None,
        Op::GuardInt | Op::GuardFloat | Op::GuardBool | Op::GuardNil | Op::GuardUndef | Op::GuardDefined => None,
        Op::GuardTruthy | Op::GuardFalsy | Op::GuardStr | Op::GuardArrEmpty | Op::GuardArrBool => None,
        Op::GuardArrInt
        | Op::GuardArrFloat
        | Op::GuardArrAny
        | Op::GuardDict
        | Op::GuardIter
        | Op::GuardAscii
        | Op::GuardFn
        | Op::GuardRange
        | Op::GuardProto
        | Op::GuardSame => None,
        Op::GuardKind | Op::GuardTrue | Op::GuardFalse | Op::GuardPc | Op::GuardStack | Op::Poll => None,
        Op::BoxInt | Op::BoxFloat | Op::BoxBool | Op::BoxStr | Op::BoxArr | Op::BoxDict | Op::BoxFn | Op::BoxRange => {
            None
        }
        Op::StrLen | Op::StrByte | Op::StrChar | Op::StrOfInt => None,
        Op::DictLen | Op::DictFind | Op::DictNext | Op::DictEntry | Op::DictChanges => None,
        Op::DictSet | Op::DictExtend | Op::DictRemove | Op::LoadKey | Op::LoadValue | Op::StoreValue => None,
        Op::IterDict | Op::IterChanges | Op::NewDict | Op::NewIter => None,
        Op::Binom | Op::Linear | Op::Vector | Op::VectorOut => None,
        Op::MathFloat | Op::MathFloat2 | Op::StrEq | Op::StrLt => None,
        Op::ArrLen | Op::ArrData | Op::LoadBool | Op::LoadInt | Op::LoadFloat | Op::LoadAny => None,
        Op::StoreBool | Op::StoreInt | Op::StoreFloat | Op::StoreAny | Op::Barrier | Op::RangeStart | Op::RangeEnd => {
            None
        }
        Op::Reserve
        | Op::SetLen
        | Op::FnCapture
        | Op::CellAddr
        | Op::LoadCell
        | Op::StoreCell
        | Op::LoadStatic
        | Op::StoreStatic => None,
        Op::AddField | Op::NewInstance => None,
        Op::GuardShape | Op::Shaped | Op::Method | Op::LoadField | Op::StoreField => None,
        Op::FieldPlace | Op::LoadPlace | Op::StorePlace => None,
        Op::StrConcat | Op::NewRange | Op::NewCell | Op::NewBound | Op::NewArray | Op::NewClosure | Op::CallBuiltin => {
            None
        }
        Op::CallFn => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_floors() {
        for (a, b, quotient, remainder) in
            [(7, 2, 3, 1), (-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1), (i64::MIN, -1, i64::MIN, 0)]
        {
            assert_eq!((div_int(a, b), mod_int(a, b)), (quotient, remainder), "{a} by {b}");
        }
    }

    #[test]
    fn a_float_remainder_of_zero_keeps_its_sign() {
        assert_eq!(mod_float(-4.0, 2.0).to_bits(), (-0.0f64).to_bits());
        assert_eq!(mod_float(-3.0, 2.0), 1.0);
        assert_eq!(mod_float(3.0, -2.0), -1.0);
        assert_eq!(mod_float(3.0, f64::INFINITY), 3.0);
        assert_eq!(mod_float(-3.0, f64::INFINITY), f64::INFINITY);
    }

    #[test]
    fn what_is_not_defined_has_no_result() {
        assert_eq!(eval_pure(Op::DivInt, &[1, 0]), None);
        assert_eq!(eval_pure(Op::ShlInt, &[1, 64]), None);
        assert_eq!(eval_pure(Op::FloatToInt, &[f64::NAN.to_bits()]), None);
        assert_eq!(eval_pure(Op::FloatToInt, &[9_223_372_036_854_775_808.0f64.to_bits()]), None);
    }
}
