//! The operators that compare: `== != < <= > >= in`.

use std::cmp::Ordering;

use crate::error::{ErrorKind, Thrown};
use crate::heap::Heap;
use crate::heap::array::{ArrayRef, Elements};
use crate::ops::arithmetic::Number;
use crate::ops::{scalar, type_name};
use crate::value::Value;

/// One of the four operators that order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OrderOp {
    /// `<`.
    Lt,
    /// `<=`.
    Le,
    /// `>`.
    Gt,
    /// `>=`.
    Ge,
}

impl OrderOp {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            OrderOp::Lt => "<",
            OrderOp::Le => "<=",
            OrderOp::Gt => ">",
            OrderOp::Ge => ">=",
        }
    }

    /// Whether it is true of operands in this order; `None` where one is nan.
    #[inline]
    pub fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            OrderOp::Lt => order.is_some_and(Ordering::is_lt),
            OrderOp::Le => order.is_some_and(Ordering::is_le),
            OrderOp::Gt => order.is_some_and(Ordering::is_gt),
            OrderOp::Ge => order.is_some_and(Ordering::is_ge),
        }
    }
}

/// The order of two numbers by their exact values; `None` where one is nan.
#[inline]
pub fn cmp_numbers(a: Number, b: Number) -> Option<Ordering> {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
        (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
        (Number::Int(a), Number::Float(b)) => scalar::cmp_int_float(a, b),
        (Number::Float(a), Number::Int(b)) => scalar::cmp_int_float(b, a).map(Ordering::reverse),
    }
}

/// `a == b`. Flattens ropes, does not allocate on the moving heap.
pub fn equals(a: Value, b: Value) -> bool {
    if let (Some(x), Some(y)) = (Number::of(a), Number::of(b)) {
        return cmp_numbers(x, y) == Some(Ordering::Equal);
    }
    same(a, b)
}

/// Whether two values are the same to a program that cannot see where objects lie: as `==`, but an int and a float
/// differ, and nan is itself.
pub(crate) fn same(mut a: Value, mut b: Value) -> bool {
    loop {
        if a == b {
            return true;
        }
        if let (Some(x), Some(y)) = (a.as_string(), b.as_string()) {
            return x == y;
        }
        if let (Some(x), Some(y)) = (a.as_int(), b.as_int()) {
            return x == y;
        }
        if let (Some(x), Some(y)) = (a.as_range(), b.as_range()) {
            return x == y;
        }
        // A builtin has one object, a closure is its own: methods compare by their bits. A receiver may be a bound
        // method in turn, as deep as a program cares to nest them.
        match (a.as_bound(), b.as_bound()) {
            (Some((x, method)), Some((y, other))) if method == other => (a, b) = (x, y),
            _ => return false,
        }
    }
}

/// One of the operators that order, on two values.
///
/// # Errors
/// Kind `type` for anything but two numbers or two strings.
pub fn order(op: OrderOp, a: Value, b: Value) -> Result<bool, Thrown> {
    if let (Some(x), Some(y)) = (Number::of(a), Number::of(b)) {
        return Ok(op.holds(cmp_numbers(x, y)));
    }
    if let (Some(x), Some(y)) = (a.as_string(), b.as_string()) {
        return Ok(op.holds(Some(x.cmp(&y))));
    }
    let message = format!("cannot compare {} and {} ({})", type_name(a), type_name(b), op.symbol());
    Err(Thrown::new(ErrorKind::Type, message))
}

/// The index of the first element that equals a value.
pub fn position(heap: &Heap, array: ArrayRef, wanted: Value) -> Option<usize> {
    match array.elements(heap) {
        Elements::Bools(bools) => bools.iter().position(|&bool| Value::bool(bool) == wanted),
        Elements::Ints(ints) => {
            let wanted = match Number::of(wanted)? {
                Number::Int(int) => int,
                Number::Float(float) => scalar::float_to_int_exact(float)?,
            };
            ints.iter().position(|&int| int == wanted)
        }
        Elements::Floats(floats) => {
            let wanted = Number::of(wanted)?;
            floats.iter().position(|&float| cmp_numbers(Number::Float(float), wanted) == Some(Ordering::Equal))
        }
        Elements::Values(values) => values.iter().position(|&value| equals(value, wanted)),
    }
}

/// `wanted in container`.
///
/// # Errors
/// Kind `type` for what has no elements, and for anything but a string in a string.
pub fn contains(heap: &Heap, container: Value, wanted: Value) -> Result<bool, Thrown> {
    if let Some(array) = container.as_array() {
        return Ok(position(heap, array, wanted).is_some());
    }
    if let Some((start, end)) = container.as_range() {
        let int = match Number::of(wanted) {
            Some(Number::Int(int)) => Some(int),
            Some(Number::Float(float)) => scalar::float_to_int_exact(float),
            None => None,
        };
        return Ok(int.is_some_and(|int| start <= int && int < end));
    }
    if let Some(dict) = container.as_dict() {
        return Ok(dict.get(wanted).is_some());
    }
    if let (Some(text), Some(part)) = (container.as_string(), wanted.as_string()) {
        text.ensure_flat()?;
        part.ensure_flat()?;
        return Ok(text.as_str().contains(part.as_str()));
    }
    let message = format!("cannot look for {} in {}", type_name(wanted), type_name(container));
    Err(Thrown::new(ErrorKind::Type, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_over_types() {
        let heap = &mut Heap::default();
        let int = |heap: &mut Heap, int| heap.int(int);
        let (one, big, other_big) = (int(heap, 1), int(heap, 1 << 60), int(heap, 1 << 60));
        let (text, same_text) = (heap.string("häuser"), heap.string("häuser"));
        let (range, same_range, other_range) = (heap.range(0, 5), heap.range(0, 5), heap.range(0, 6));
        let (array, other_array) = (heap.array(&[one]), heap.array(&[one]));
        for (a, b, expected) in [
            (one, Value::float(1.0), true),
            (big, other_big, true),
            (big, Value::float((1i64 << 60) as f64), true),
            (Value::float(0.0), Value::float(-0.0), true),
            (Value::float(f64::NAN), Value::float(f64::NAN), false),
            (Value::NIL, Value::NIL, true),
            (Value::NIL, Value::FALSE, false),
            (Value::TRUE, one, false),
            (text, same_text, true),
            (text, one, false),
            (range, same_range, true),
            (range, other_range, false),
            (array, array, true),
            (array, other_array, false),
        ] {
            assert_eq!(equals(a, b), expected, "{a:?} == {b:?}");
            assert_eq!(equals(b, a), expected, "{b:?} == {a:?}");
        }
        let past = int(heap, (1 << 53) + 1);
        assert!(!equals(past, Value::float((1i64 << 53) as f64)));
    }

    #[test]
    fn bound_methods_are_equal_by_receiver_and_method() {
        let heap = &mut Heap::default();
        let (push, pop) = (heap.builtin(0), heap.builtin(1));
        let array = heap.array(&[]);
        let (text, same_text) = (heap.string("some text"), heap.string("some text"));
        let (a, b, c) = (heap.bound(array, push), heap.bound(array, push), heap.bound(array, pop));
        assert!(equals(a, b) && !equals(a, c) && !equals(a, array));
        let (a, b) = (heap.bound(text, push), heap.bound(same_text, push));
        assert!(equals(a, b));
        let one = heap.int(1);
        let (int, float) = (heap.bound(one, push), heap.bound(Value::float(1.0), push));
        assert!(!equals(int, float));
        let nested = |heap: &mut Heap| (0..200_000).fold(array, |receiver, _| heap.bound(receiver, push));
        let (a, b) = (nested(heap), nested(heap));
        assert!(equals(a, b), "deep nesting needs no native stack");
    }

    #[test]
    fn orders() {
        let heap = &mut Heap::default();
        let (one, max) = (heap.int(1), heap.int(i64::MAX));
        let (a, b, high) = (heap.string("a"), heap.string("b\u{FFFF}"), heap.string("b\u{10000}"));
        for (x, y) in [(one, max), (max, Value::float(scalar::TWO_63)), (Value::float(0.5), one), (a, b), (b, high)] {
            let holds = |op, x, y| order(op, x, y).expect("comparable");
            assert!(holds(OrderOp::Lt, x, y) && holds(OrderOp::Le, x, y), "{x:?} < {y:?}");
            assert!(!holds(OrderOp::Gt, x, y) && !holds(OrderOp::Ge, x, y), "{x:?} < {y:?}");
            assert!(holds(OrderOp::Gt, y, x) && holds(OrderOp::Ge, x, x) && holds(OrderOp::Le, x, x));
        }
        for op in [OrderOp::Lt, OrderOp::Le, OrderOp::Gt, OrderOp::Ge] {
            assert_eq!(order(op, one, Value::float(f64::NAN)).ok(), Some(false));
            for (x, y) in [(one, a), (Value::NIL, Value::NIL), (Value::TRUE, one)] {
                assert!(order(op, x, y).is_err(), "{x:?} {} {y:?}", op.symbol());
            }
        }
    }

    #[test]
    fn membership() {
        let heap = &mut Heap::default();
        let (one, two, big) = (heap.int(1), heap.int(2), heap.int(1 << 60));
        let text = heap.string("two");
        let half = Value::float(0.5);
        let ints = heap.array(&[one, big]);
        let floats = heap.array(&[half, Value::float(1.0), Value::float(f64::NAN)]);
        let zero = heap.int(0);
        let bools = heap.array(&[Value::FALSE, Value::FALSE]);
        let mixed = heap.array(&[text, one, Value::NIL]);
        let range = heap.range(1, 3);
        let (whole, part, empty) = (heap.string("fünf"), heap.string("ünf"), heap.string(""));
        let same_text = heap.string("two");
        for (container, wanted, expected) in [
            (ints, one, true),
            (ints, Value::float(1.0), true),
            (ints, half, false),
            (ints, big, true),
            (ints, text, false),
            (ints, Value::TRUE, false),
            (bools, Value::FALSE, true),
            (bools, Value::TRUE, false),
            (bools, zero, false),
            (bools, Value::NIL, false),
            (floats, one, true),
            (floats, Value::float(f64::NAN), false),
            (floats, Value::NIL, false),
            (mixed, same_text, true),
            (mixed, Value::NIL, true),
            (mixed, two, false),
            (range, two, true),
            (range, Value::float(2.0), true),
            (range, Value::float(2.5), false),
            (range, text, false),
            (whole, part, true),
            (whole, empty, true),
            (part, whole, false),
        ] {
            assert_eq!(contains(heap, container, wanted).ok(), Some(expected), "{wanted:?} in {container:?}");
        }
        for (container, wanted) in [(whole, one), (one, one), (Value::NIL, one)] {
            assert!(contains(heap, container, wanted).is_err(), "{wanted:?} in {container:?}");
        }
    }
}
