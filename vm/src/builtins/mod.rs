//! The builtin functions: one row each, in the table of their area.

use crate::error::Thrown;
use crate::value::Value;
use crate::vm::Vm;

/// What a builtin does besides computing its result, which tells a trace what it may do with a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Nothing: the same arguments give the same result (or the same error). Reads no mutable object.
    Pure,
    /// Reads mutable objects (array elements, lengths), changes nothing.
    Reads,
    /// Changes objects that it is given, after checking everything that it may throw for: if it throws, nothing has
    /// changed.
    Writes,
    /// Anything else (input and output, clocks, the random sequence). May have happened in part when it throws.
    Outside,
}

/// A builtin written in Rust. Gets the machine and its arguments, whose number has been checked.
///
/// It may allocate, but allocation never collects, so that values may be held in Rust variables. It never calls back
/// into the program: builtins that take functions are written in Pseudocode (`prelude.pseudo`).
pub type Native = fn(&mut Vm, &[Value]) -> Result<Value, Thrown>;

/// How a builtin is made.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// In Rust.
    Native(Native),
    /// In Pseudocode: the function of the same name in the prelude.
    Prelude,
    /// Not a function but a value, computed once.
    Constant(fn() -> f64),
    /// The same for an int.
    IntConstant(i64),
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct BuiltinInfo {
    /// Its name.
    pub name: &'static str,
    /// Names of its parameters, as the documentation shows them: `x`, `start?`, `values...`.
    pub params: &'static str,
    /// Fewest arguments.
    pub min: u8,
    /// Most arguments; 255 for any number.
    pub max: u8,
    /// How it is made.
    pub body: Body,
    /// What it does besides computing its result.
    pub effect: Effect,
    /// One sentence.
    pub doc: &'static str,
}

/// The tables of all areas, in the order of the builtins' indices.
const AREAS: &[&[BuiltinInfo]] = &[];

/// Every builtin, by index.
pub fn all() -> impl Iterator<Item = (u16, &'static BuiltinInfo)> {
    AREAS.iter().flat_map(|area| area.iter()).enumerate().map(|(index, info)| (index as u16, info))
}
