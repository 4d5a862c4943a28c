//! The class of errors, and what it is made of.

use super::{
    Body::{Error, Native},
    BuiltinInfo, Effect, row,
};
use crate::error::{ErrorKind, Thrown};
use crate::ops::thrown::{self, THROWN_AT, THROWN_BY};
use crate::value::Value;
use crate::vm::Vm;

/// The area's table.
pub const TABLE: &[BuiltinInfo] = &[
    row("Error", "message?, kind?", Error, Effect::Makes, "An error with a message and a kind, to be thrown."),
    row("__init_error", "error, values...", Native(init_error), Effect::Writes, "The `init` of `Error`."),
    row(THROWN_AT, "function, at, line, operands...", Native(thrown_at), Effect::Makes, "What an instruction throws."),
    row(THROWN_BY, "builtin, line, values...", Native(thrown_by), Effect::Makes, "What a builtin throws."),
];

fn init_error(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    if args.len() > 3 {
        let message = format!("Error expects 0 to 2 arguments, not {}", args.len() - 1);
        return Err(Thrown::new(ErrorKind::Arity, message));
    }
    vm.init_error(args[0], args.get(1).copied(), args.get(2).copied())?;
    Ok(Value::NIL)
}

/// The int that a trace has passed.
fn number(args: &[Value], position: usize) -> usize {
    let int = args[position].as_int().and_then(|int| usize::try_from(int).ok());
    int.expect("traces pass numbers")
}

fn thrown_at(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let thrown = thrown::thrown_at(vm, number(args, 0) as u32, number(args, 1), &args[3..]);
    Ok(caught(vm, thrown, number(args, 2)))
}

fn thrown_by(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let thrown = thrown::thrown_by_builtin(vm, number(args, 0) as u16, &args[2..]);
    Ok(caught(vm, thrown, number(args, 1)))
}

/// What a program catches of what was thrown.
fn caught(vm: &mut Vm, thrown: Option<Thrown>, line: usize) -> Value {
    thrown.map_or(Value::UNDEF, |thrown| vm.thrown_value(thrown, u32::try_from(line).ok()))
}
