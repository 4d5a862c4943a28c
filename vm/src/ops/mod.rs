//! What the operators mean, as plain functions.
//!
//! [`scalar`] and [`math`] work on raw numbers and are what every tier shares: interpreter, constant folding, the trace
//! evaluator, compiled code. [`arithmetic`], [`compare`] and [`index`] are whole operators on values, with all their
//! type errors: the interpreter's way out when its fast paths do not apply. [`members`] is about names after a dot,
//! [`thrown`] about what an instruction throws.
//!
//! None of these functions collects, and none calls back into the program.

pub mod arithmetic;
pub mod compare;
pub mod index;
pub mod iteration;
pub mod math;
pub mod members;
pub mod scalar;
pub mod thrown;

use crate::heap::object::ObjectKind;
use crate::value::Value;

/// What `type(value)` gives.
pub fn type_name(value: Value) -> &'static str {
    if value.is_int() {
        return "int";
    }
    if value.is_float() {
        return "float";
    }
    match value.object_kind() {
        None if value.is_bool() => "bool",
        None if value.is_undef() => "undefined",
        None => "nil",
        Some(ObjectKind::BigInt) => "int",
        Some(ObjectKind::Str) => "string",
        Some(ObjectKind::Array) => "array",
        Some(ObjectKind::Closure | ObjectKind::Builtin | ObjectKind::Bound) => "function",
        Some(ObjectKind::Range) => "range",
        Some(ObjectKind::Dict) => "dict",
        Some(ObjectKind::Enum | ObjectKind::EnumMember) => "enum",
        Some(ObjectKind::Class) => "class",
        Some(ObjectKind::Instance) => "instance",
        // Not values of the language; named for the messages of broken invariants.
        Some(ObjectKind::Cell) => "cell",
        Some(ObjectKind::DictIter) => "iterator",
    }
}
