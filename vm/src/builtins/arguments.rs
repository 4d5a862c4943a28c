//! Takes the arguments of a builtin apart: each function gives an argument as what it has to be, or the error that says
//! what it is instead.
//!
//! Positions count from 0 here and from 1 in messages. The number of arguments has been checked before, so a position
//! is only missing where the parameter is optional.

use crate::error::{ErrorKind, Thrown};
use crate::heap::array::ArrayRef;
use crate::heap::dict::DictRef;
use crate::heap::string::StrRef;
use crate::ops::arithmetic::Number;
use crate::ops::type_name;
use crate::value::Value;

/// Most elements of an array that one call of a builtin makes.
pub const MAX_ITEMS: usize = 1 << 28;

/// What an array of two elements takes, and its place in another: an object in the nursery, and a copy of it when that is
/// collected; two elements, each of which may be a boxed int.
pub const PAIR_BYTES: usize = 160;

/// The error for an argument that is something else than expected.
#[cold]
pub fn unexpected(name: &str, position: usize, expected: &str, given: Value) -> Thrown {
    let message = format!("{name}: argument {} must be {expected}, not {}", position + 1, type_name(given));
    Thrown::new(ErrorKind::Type, message)
}

/// An error of kind `value`.
#[cold]
pub fn bad_value(name: &str, what: impl std::fmt::Display) -> Thrown {
    Thrown::new(ErrorKind::Value, format!("{name}: {what}"))
}

/// The error for an array that would have too many elements.
#[cold]
pub fn too_many(name: &str, count: impl std::fmt::Display) -> Thrown {
    Thrown::new(ErrorKind::Limit, format!("{name}: {count} elements are too many (at most {MAX_ITEMS})"))
}

/// An argument that may be anything; nil if it was left out.
#[inline]
pub fn any(args: &[Value], position: usize) -> Value {
    args.get(position).copied().unwrap_or(Value::NIL)
}

/// An int.
///
/// # Errors
/// Kind `type`.
#[inline]
pub fn int(name: &str, args: &[Value], position: usize) -> Result<i64, Thrown> {
    let value = any(args, position);
    value.as_int().ok_or_else(|| unexpected(name, position, "int", value))
}

/// An int that may be left out.
///
/// # Errors
/// Kind `type`.
#[inline]
pub fn int_or(name: &str, args: &[Value], position: usize, default: i64) -> Result<i64, Thrown> {
    if position < args.len() { int(name, args, position) } else { Ok(default) }
}

/// A number.
///
/// # Errors
/// Kind `type`.
#[inline]
pub fn number(name: &str, args: &[Value], position: usize) -> Result<Number, Thrown> {
    let value = any(args, position);
    Number::of(value).ok_or_else(|| unexpected(name, position, "a number", value))
}

/// A number as a float.
///
/// # Errors
/// Kind `type`.
#[inline]
pub fn float(name: &str, args: &[Value], position: usize) -> Result<f64, Thrown> {
    number(name, args, position).map(Number::to_float)
}

/// A string, its bytes in one piece.
///
/// # Errors
/// Kind `type`; kind `limit` if the string has no room for its bytes.
#[inline]
pub fn string(name: &str, args: &[Value], position: usize) -> Result<StrRef, Thrown> {
    let value = any(args, position);
    let string = value.as_string().ok_or_else(|| unexpected(name, position, "string", value))?;
    string.ensure_flat().map(|()| string)
}

/// A string that may be left out.
///
/// # Errors
/// Kind `type`.
#[inline]
pub fn optional_string(name: &str, args: &[Value], position: usize) -> Result<Option<StrRef>, Thrown> {
    if position < args.len() { string(name, args, position).map(Some) } else { Ok(None) }
}

/// An array.
///
/// # Errors
/// Kind `type`.
#[inline]
pub fn array(name: &str, args: &[Value], position: usize) -> Result<ArrayRef, Thrown> {
    let value = any(args, position);
    value.as_array().ok_or_else(|| unexpected(name, position, "array", value))
}

/// A dict.
///
/// # Errors
/// Kind `type`.
#[inline]
pub fn dict(name: &str, args: &[Value], position: usize) -> Result<DictRef, Thrown> {
    let value = any(args, position);
    value.as_dict().ok_or_else(|| unexpected(name, position, "dict", value))
}
