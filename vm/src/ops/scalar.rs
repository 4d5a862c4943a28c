//! Operators on plain `i64` and `f64`: the one definition that interpreter, constant folding, the trace evaluator and
//! the helpers of compiled code share.
//!
//! Where an operation can fail, what fails is left to the caller as an `Option`: whoever knows of traces turns it into
//! an exit, whoever knows of programs into a thrown error.

use std::cmp::Ordering;

/// `2^63` as a float: the first float above every int. `-TWO_63` is the smallest int.
pub const TWO_63: f64 = 9_223_372_036_854_775_808.0;

/// `a div b` on ints, rounded down; `-2^63 div -1` wraps to `-2^63`. `None` if `b` is zero.
#[inline]
pub fn int_floor_div(a: i64, b: i64) -> Option<i64> {
    if b == 0 {
        return None;
    }
    let quotient = a.wrapping_div(b);
    // The truncated quotient is one too high where there is a remainder whose sign is not the divisor's.
    let remainder = a.wrapping_rem(b);
    Some(if remainder != 0 && (remainder ^ b) < 0 { quotient - 1 } else { quotient })
}

/// `a % b` on ints, with the sign of `b`; `-2^63 % -1` is 0. `None` if `b` is zero.
#[inline]
pub fn int_mod(a: i64, b: i64) -> Option<i64> {
    if b == 0 {
        return None;
    }
    let remainder = a.wrapping_rem(b);
    Some(if remainder != 0 && (remainder ^ b) < 0 { remainder + b } else { remainder })
}

/// `a div b` on floats.
#[inline]
pub fn float_floor_div(a: f64, b: f64) -> f64 {
    (a / b).floor()
}

/// `a % b` on floats: C's `fmod`, with `b` added where the result is not zero and has the other sign.
#[inline]
pub fn float_mod(a: f64, b: f64) -> f64 {
    let remainder = a % b;
    if remainder != 0.0 && (remainder < 0.0) != (b < 0.0) { remainder + b } else { remainder }
}

/// `a << count`. `None` if `count` is negative.
#[inline]
pub fn shl(a: i64, count: i64) -> Option<i64> {
    match count {
        0..64 => Some(a << count),
        64.. => Some(0),
        _ => None,
    }
}

/// `a >> count`, keeping the sign. `None` if `count` is negative.
#[inline]
pub fn shr(a: i64, count: i64) -> Option<i64> {
    if count < 0 { None } else { Some(a >> count.min(63)) }
}

/// `ushr(a, count)`: a shift to the right that brings in zeros. `None` if `count` is negative.
#[inline]
pub fn ushr(a: i64, count: i64) -> Option<i64> {
    match count {
        0..64 => Some((a as u64 >> count) as i64),
        64.. => Some(0),
        _ => None,
    }
}

/// Compares an int with a float by their exact values, without rounding the int. `None` if the float is nan.
#[inline]
pub fn cmp_int_float(int: i64, float: f64) -> Option<Ordering> {
    if float >= TWO_63 {
        Some(Ordering::Less)
    } else if float < -TWO_63 {
        Some(Ordering::Greater)
    } else if float.is_nan() {
        None
    } else {
        // In range, so the conversion is exact for the whole part; what is left decides between equal whole parts.
        let whole = float.trunc();
        match int.cmp(&(whole as i64)) {
            Ordering::Equal => 0.0.partial_cmp(&(float - whole)),
            unequal => Some(unequal),
        }
    }
}

/// The int of exactly this value, if there is one.
#[inline]
pub fn float_to_int_exact(float: f64) -> Option<i64> {
    float_to_int(float).filter(|_| float == float.trunc())
}

/// The float's whole part as an int, if that is in range (neither nan nor infinite, then).
#[inline]
pub fn float_to_int(float: f64) -> Option<i64> {
    let whole = float.trunc();
    (-TWO_63..TWO_63).contains(&whole).then_some(whole as i64)
}

/// `base ** exponent` modulo 2^64.
pub fn int_pow(mut base: i64, mut exponent: u64) -> i64 {
    let mut power = 1i64;
    while exponent != 0 {
        if exponent & 1 == 1 {
            power = power.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent >>= 1;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDGES: &[i64] =
        &[0, 1, -1, 2, -2, 3, -3, 7, -7, 10, 63, 64, 1 << 53, -(1 << 53), i64::MAX, i64::MIN, i64::MIN + 1];

    #[test]
    fn floor_div_and_mod_rebuild_the_dividend() {
        for &a in EDGES {
            for &b in EDGES {
                let (Some(quotient), Some(remainder)) = (int_floor_div(a, b), int_mod(a, b)) else {
                    assert_eq!(b, 0);
                    continue;
                };
                assert_eq!(quotient.wrapping_mul(b).wrapping_add(remainder), a, "{a} div {b}");
                assert!(remainder == 0 || (remainder < 0) == (b < 0), "sign of {a} % {b} = {remainder}");
                assert!(remainder.unsigned_abs() < b.unsigned_abs(), "size of {a} % {b} = {remainder}");
            }
        }
    }

    #[test]
    fn floor_div_rounds_down() {
        for (a, b, quotient, remainder) in [
            (7, 2, 3, 1),
            (-7, 2, -4, 1),
            (7, -2, -4, -1),
            (-7, -2, 3, -1),
            (6, -2, -3, 0),
            (0, -5, 0, 0),
            (i64::MIN, -1, i64::MIN, 0),
            (i64::MIN, 1, i64::MIN, 0),
            (i64::MIN, i64::MAX, -2, i64::MAX - 1),
            (i64::MAX, i64::MIN, -1, -1),
        ] {
            assert_eq!((int_floor_div(a, b), int_mod(a, b)), (Some(quotient), Some(remainder)), "{a}, {b}");
        }
    }

    #[test]
    fn float_mod_keeps_the_sign_of_the_divisor_and_of_zero() {
        let inf = f64::INFINITY;
        for (a, b, expected) in [
            (5.5, 2.0, 1.5),
            (-5.5, 2.0, 0.5),
            (5.5, -2.0, -0.5),
            (-5.5, -2.0, -1.5),
            (-4.0, 2.0, -0.0),
            (4.0, -2.0, 0.0),
            (0.0, -3.0, 0.0),
            (-0.0, 3.0, -0.0),
            (5.0, inf, 5.0),
            (-5.0, inf, inf),
            (5.0, -inf, -inf),
            (1e308, 3.0, 2.0),
        ] {
            assert_eq!(float_mod(a, b).to_bits(), f64::to_bits(expected), "{a} % {b} = {}", float_mod(a, b));
        }
        for (a, b) in [(1.0, 0.0), (inf, 2.0), (-inf, 2.0), (f64::NAN, 1.0), (1.0, f64::NAN), (0.0, 0.0)] {
            assert!(float_mod(a, b).is_nan(), "{a} % {b}");
        }
    }

    #[test]
    fn float_floor_div_table() {
        let inf = f64::INFINITY;
        for (a, b, expected) in [
            (7.0, 2.0, 3.0),
            (-7.0, 2.0, -4.0),
            (7.0, 0.0, inf),
            (-7.0, 0.0, -inf),
            (7.0, -0.0, -inf),
            (-0.0, 5.0, -0.0),
            (-1.0, inf, -0.0),
            (inf, 2.0, inf),
        ] {
            assert_eq!(float_floor_div(a, b).to_bits(), f64::to_bits(expected), "{a} div {b}");
        }
        assert!(float_floor_div(0.0, 0.0).is_nan());
        assert!(float_floor_div(inf, inf).is_nan());
    }

    #[test]
    fn shifts_have_their_own_rules_past_the_word() {
        assert_eq!((shl(1, 63), shl(1, 64), shl(1, i64::MAX), shl(1, -1)), (Some(i64::MIN), Some(0), Some(0), None));
        assert_eq!((shr(-8, 1), shr(-1, 64), shr(5, 1000), shr(1, -1)), (Some(-4), Some(-1), Some(0), None));
        assert_eq!((ushr(-1, 60), ushr(-1, 0), ushr(-1, 64), ushr(1, -1)), (Some(15), Some(-1), Some(0), None));
    }

    #[test]
    fn int_and_float_compare_exactly() {
        use Ordering::{Equal, Greater, Less};
        let two_53 = 1i64 << 53;
        for (int, float, expected) in [
            (two_53, two_53 as f64, Some(Equal)),
            (two_53 + 1, two_53 as f64, Some(Greater)),
            (two_53 - 1, two_53 as f64, Some(Less)),
            (-two_53 - 1, -(two_53 as f64), Some(Less)),
            (i64::MAX, TWO_63, Some(Less)),
            (i64::MIN, -TWO_63, Some(Equal)),
            (i64::MAX, TWO_63.next_down(), Some(Greater)),
            (i64::MAX - 1023, TWO_63.next_down(), Some(Equal)),
            (i64::MIN, (-TWO_63).next_down(), Some(Greater)),
            (0, -0.0, Some(Equal)),
            (0, f64::from_bits(1), Some(Less)),
            (0, -f64::from_bits(1), Some(Greater)),
            (3, 3.5, Some(Less)),
            (-3, -3.5, Some(Greater)),
            (-4, -3.5, Some(Less)),
            (i64::MAX, f64::INFINITY, Some(Less)),
            (i64::MIN, f64::NEG_INFINITY, Some(Greater)),
            (0, f64::NAN, None),
        ] {
            assert_eq!(cmp_int_float(int, float), expected, "{int} against {float}");
        }
    }

    #[test]
    fn exact_ints_of_floats() {
        assert_eq!(float_to_int_exact(-0.0), Some(0));
        assert_eq!(float_to_int_exact(2.5), None);
        assert_eq!(float_to_int_exact(TWO_63), None);
        assert_eq!(float_to_int_exact(-TWO_63), Some(i64::MIN));
        assert_eq!(float_to_int(-2.5), Some(-2));
        assert_eq!(float_to_int(f64::NAN), None);
        assert_eq!(float_to_int(f64::INFINITY), None);
    }

    #[test]
    fn powers_wrap() {
        assert_eq!((int_pow(2, 10), int_pow(2, 63), int_pow(2, 64)), (1024, i64::MIN, 0));
        assert_eq!(
            (int_pow(0, 0), int_pow(-3, 3), int_pow(3, 1 << 40)),
            (1, -27, {
                let mut power = 3i64;
                (0..40).for_each(|_| power = power.wrapping_mul(power));
                power
            })
        );
    }
}
