//! The operators that compute: `+ - * / div % & | ^ << >>`, unary `-` and `~`, and the joining of strings.

use crate::error::{ErrorKind, Thrown};
use crate::heap::Heap;
use crate::heap::string::StrRef;
use crate::ops::{scalar, type_name};
use crate::value::Value;

macro_rules! define_binary_ops {
    ($($op:ident $symbol:literal $refusal:literal $meaning:literal;)*) => {
        /// An operator with two operands that computes.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum BinaryOp {
            $(#[doc = $meaning] $op,)*
        }

        impl BinaryOp {
            /// Every one.
            pub const ALL: &'static [BinaryOp] = &[$(BinaryOp::$op),*];

            /// As it is written.
            pub fn symbol(self) -> &'static str {
                match self { $(BinaryOp::$op => $symbol,)* }
            }

            /// The message for operands of these types.
            fn refusal(self, a: &str, b: &str) -> String {
                match self { $(BinaryOp::$op => format!($refusal, a = a, b = b),)* }
            }
        }
    };
}

define_binary_ops! {
//  op        symbol  refusal: {a} and {b} are the operands' types           meaning
    Add       "+"     "cannot add {a} and {b}"                               "Wrapping sum; joins strings.";
    Sub       "-"     "cannot subtract {b} from {a}"                         "Wrapping difference.";
    Mul       "*"     "cannot multiply {a} by {b}"                           "Wrapping product.";
    Div       "/"     "cannot divide {a} by {b}"                             "Quotient as a float.";
    FloorDiv  "div"   "cannot divide {a} by {b} (div)"                       "Quotient rounded down.";
    Mod       "%"     "cannot take the remainder of {a} by {b}"              "Remainder with the divisor's sign.";
    BitAnd    "&"     "& needs two ints, not {a} and {b}"                    "Bits set in both.";
    BitOr     "|"     "| needs two ints, not {a} and {b}"                    "Bits set in either.";
    BitXor    "^"     "^ needs two ints, not {a} and {b}"                    "Bits set in just one.";
    Shl       "<<"    "<< needs two ints, not {a} and {b}"                   "Shift to the left.";
    Shr       ">>"    ">> needs two ints, not {a} and {b}"                   "Shift to the right that keeps the sign.";
}

/// A number, out of its value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Number {
    /// An int.
    Int(i64),
    /// A float.
    Float(f64),
}

impl Number {
    /// The number of a value, if it is one.
    #[inline(always)]
    pub fn of(value: Value) -> Option<Number> {
        match value.as_float() {
            Some(float) => Some(Number::Float(float)),
            None => value.as_int().map(Number::Int),
        }
    }

    /// As a float; ints are rounded to nearest even.
    #[inline(always)]
    pub fn to_float(self) -> f64 {
        match self {
            Number::Int(int) => int as f64,
            Number::Float(float) => float,
        }
    }

    /// As a value. May allocate.
    #[inline(always)]
    pub fn to_value(self, heap: &mut Heap) -> Value {
        match self {
            Number::Int(int) => heap.int(int),
            Number::Float(float) => Value::float(float),
        }
    }
}

/// Why numbers that an operator takes have no result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// An int `div` or `%` by 0.
    ZeroDivision,
    /// A shift by a negative count.
    NegativeShift,
}

impl From<Fault> for Thrown {
    #[cold]
    fn from(fault: Fault) -> Thrown {
        match fault {
            Fault::ZeroDivision => Thrown::new(ErrorKind::ZeroDivision, "division by zero"),
            Fault::NegativeShift => Thrown::new(ErrorKind::Value, "shift by a negative count"),
        }
    }
}

/// An operator on two ints.
///
/// # Errors
/// Where the ints have no result.
#[inline]
pub fn int_arithmetic(op: BinaryOp, a: i64, b: i64) -> Result<Number, Fault> {
    let int = match op {
        BinaryOp::Add => a.wrapping_add(b),
        BinaryOp::Sub => a.wrapping_sub(b),
        BinaryOp::Mul => a.wrapping_mul(b),
        BinaryOp::Div => return Ok(Number::Float(a as f64 / b as f64)),
        BinaryOp::FloorDiv => scalar::int_floor_div(a, b).ok_or(Fault::ZeroDivision)?,
        BinaryOp::Mod => scalar::int_mod(a, b).ok_or(Fault::ZeroDivision)?,
        BinaryOp::BitAnd => a & b,
        BinaryOp::BitOr => a | b,
        BinaryOp::BitXor => a ^ b,
        BinaryOp::Shl => scalar::shl(a, b).ok_or(Fault::NegativeShift)?,
        BinaryOp::Shr => scalar::shr(a, b).ok_or(Fault::NegativeShift)?,
    };
    Ok(Number::Int(int))
}

/// An operator on two floats; `None` if it does not take floats.
#[inline]
pub fn float_arithmetic(op: BinaryOp, a: f64, b: f64) -> Option<f64> {
    match op {
        BinaryOp::Add => Some(a + b),
        BinaryOp::Sub => Some(a - b),
        BinaryOp::Mul => Some(a * b),
        BinaryOp::Div => Some(a / b),
        BinaryOp::FloorDiv => Some(scalar::float_floor_div(a, b)),
        BinaryOp::Mod => Some(scalar::float_mod(a, b)),
        BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor | BinaryOp::Shl | BinaryOp::Shr => None,
    }
}

/// An operator on two values. May allocate.
///
/// # Errors
/// Kind `type` where the operator does not take the operands, `zero_division` and `value` as [`int_arithmetic`],
/// `limit` for a string that gets too long.
pub fn arithmetic(op: BinaryOp, a: Value, b: Value, heap: &mut Heap) -> Result<Value, Thrown> {
    match (Number::of(a), Number::of(b)) {
        (Some(Number::Int(x)), Some(Number::Int(y))) => Ok(int_arithmetic(op, x, y)?.to_value(heap)),
        (Some(x), Some(y)) => match float_arithmetic(op, x.to_float(), y.to_float()) {
            Some(float) => Ok(Value::float(float)),
            None => Err(refused(op, a, b)),
        },
        _ => match (op, a.as_string(), b.as_string()) {
            (BinaryOp::Add, Some(x), Some(y)) => StrRef::concat(heap, x, y),
            _ => Err(refused(op, a, b)),
        },
    }
}

#[cold]
fn refused(op: BinaryOp, a: Value, b: Value) -> Thrown {
    Thrown::new(ErrorKind::Type, op.refusal(type_name(a), type_name(b)))
}

/// Unary `-`. May allocate.
///
/// # Errors
/// Kind `type` for anything but a number.
pub fn negate(a: Value, heap: &mut Heap) -> Result<Value, Thrown> {
    match Number::of(a) {
        Some(Number::Int(int)) => Ok(heap.int(int.wrapping_neg())),
        Some(Number::Float(float)) => Ok(Value::float(-float)),
        None => Err(Thrown::new(ErrorKind::Type, format!("cannot negate {}", type_name(a)))),
    }
}

/// Unary `~`. May allocate.
///
/// # Errors
/// Kind `type` for anything but an int.
pub fn bit_not(a: Value, heap: &mut Heap) -> Result<Value, Thrown> {
    match a.as_int() {
        Some(int) => Ok(heap.int(!int)),
        None => Err(Thrown::new(ErrorKind::Type, format!("~ needs an int, not {}", type_name(a)))),
    }
}

/// `a..b`. Allocates.
///
/// # Errors
/// Kind `type` for anything but ints.
pub fn make_range(a: Value, b: Value, heap: &mut Heap) -> Result<Value, Thrown> {
    match (a.as_int(), b.as_int()) {
        (Some(start), Some(end)) => Ok(heap.range(start, end)),
        _ => {
            let message = format!("a range needs two ints, not {} and {}", type_name(a), type_name(b));
            Err(Thrown::new(ErrorKind::Type, message))
        }
    }
}

/// A result of joining that is longer than this is made part by part, so that `s = "${s}..."` in a loop gets the ropes
/// that `+` makes.
const COPIED_AT_ONCE: usize = 1024;

/// Joins strings. May allocate.
///
/// # Errors
/// Kind `limit` if the result is too long.
///
/// # Panics
/// If one of the values is not a string: the compiler puts `str` before.
pub fn concat(parts: &[Value], heap: &mut Heap) -> Result<Value, Thrown> {
    let strings: Vec<StrRef> =
        parts.iter().map(|part| part.as_string().unwrap_or_else(|| panic!("{part:?} among strings"))).collect();
    if strings.iter().map(|string| string.len_bytes()).sum::<usize>() <= COPIED_AT_ONCE {
        let texts: Vec<&str> = strings.iter().map(StrRef::as_str).collect();
        return heap.string_from_parts(&texts);
    }
    let mut joined = heap.string("");
    for string in strings {
        let so_far = joined.as_string().expect("the join of strings is one");
        joined = StrRef::concat(heap, so_far, string)?;
    }
    Ok(joined)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Throw;

    fn error(result: Result<Value, Thrown>) -> (ErrorKind, String) {
        match *result.expect_err("an error").0 {
            Throw::Error { kind, message } => (kind, message),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn ints_wrap() {
        let heap = &mut Heap::default();
        let (max, min) = (heap.int(i64::MAX), heap.int(i64::MIN));
        let (one, minus_one) = (heap.int(1), heap.int(-1));
        for (op, a, b, expected) in [
            (BinaryOp::Add, max, one, i64::MIN),
            (BinaryOp::Sub, min, one, i64::MAX),
            (BinaryOp::Mul, min, minus_one, i64::MIN),
            (BinaryOp::FloorDiv, min, minus_one, i64::MIN),
            (BinaryOp::Mod, min, minus_one, 0),
            (BinaryOp::BitXor, max, min, -1),
        ] {
            let result = arithmetic(op, a, b, heap).ok().and_then(Value::as_int);
            assert_eq!(result, Some(expected), "{op:?}");
        }
        assert_eq!(negate(min, heap).ok().and_then(Value::as_int), Some(i64::MIN));
        assert_eq!(bit_not(min, heap).ok().and_then(Value::as_int), Some(i64::MAX));
    }

    #[test]
    fn a_float_makes_both_floats() {
        let heap = &mut Heap::default();
        let (big, half) = (heap.int(i64::MAX), Value::float(0.5));
        let sum = arithmetic(BinaryOp::Add, big, half, heap);
        assert_eq!(sum.ok().and_then(Value::as_float), Some(scalar::TWO_63));
        let (one, zero) = (heap.int(1), heap.int(0));
        let quotient = arithmetic(BinaryOp::Div, one, zero, heap);
        assert_eq!(quotient.ok().and_then(Value::as_float), Some(f64::INFINITY));
    }

    #[test]
    fn strings_join() {
        let heap = &mut Heap::default();
        let (a, b) = (heap.string("ä"), heap.string("bc"));
        let joined = arithmetic(BinaryOp::Add, a, b, heap).ok().and_then(Value::as_string).expect("a string");
        assert_eq!(joined.as_str(), "äbc");
        let long = heap.string(&"x".repeat(COPIED_AT_ONCE));
        for (parts, len) in [(vec![], 0), (vec![a, b, a], 4), (vec![a, long, b], COPIED_AT_ONCE + 3)] {
            let joined = concat(&parts, heap).ok().and_then(Value::as_string).expect("a string");
            assert_eq!(joined.len_chars(), len);
        }
    }

    #[test]
    fn errors_name_both_types() {
        let heap = &mut Heap::default();
        let (int, string) = (heap.int(1), heap.string("a"));
        let (float, array) = (Value::float(1.5), heap.array(&[]));
        for &op in BinaryOp::ALL {
            for (a, b) in [(int, string), (string, Value::NIL), (Value::TRUE, int), (array, array)] {
                let (kind, message) = error(arithmetic(op, a, b, heap));
                assert_eq!(kind, ErrorKind::Type);
                assert!(message.contains(type_name(a)) && message.contains(type_name(b)), "{message}");
            }
            let takes_floats = arithmetic(op, float, int, heap).is_ok();
            assert_eq!(takes_floats, float_arithmetic(op, 1.5, 1.0).is_some(), "{}", op.symbol());
        }
        assert_eq!(error(arithmetic(BinaryOp::Add, int, string, heap)).1, "cannot add int and string");
        assert_eq!(error(arithmetic(BinaryOp::Sub, string, string, heap)).0, ErrorKind::Type);
        assert_eq!(error(negate(string, heap)).0, ErrorKind::Type);
        assert_eq!(error(bit_not(float, heap)).0, ErrorKind::Type);
        assert_eq!(error(make_range(int, float, heap)).0, ErrorKind::Type);
    }

    #[test]
    fn faults_have_their_kinds() {
        let heap = &mut Heap::default();
        let (one, zero, minus_one) = (heap.int(1), heap.int(0), heap.int(-1));
        assert_eq!(error(arithmetic(BinaryOp::FloorDiv, one, zero, heap)).0, ErrorKind::ZeroDivision);
        assert_eq!(error(arithmetic(BinaryOp::Mod, one, zero, heap)).0, ErrorKind::ZeroDivision);
        assert_eq!(error(arithmetic(BinaryOp::Shl, one, minus_one, heap)).0, ErrorKind::Value);
        assert_eq!(error(arithmetic(BinaryOp::Shr, one, minus_one, heap)).0, ErrorKind::Value);
    }
}
