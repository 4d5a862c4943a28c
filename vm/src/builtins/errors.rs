//! The class of errors, and what it is made of.

use super::{
    Body::{Error, Native},
    BuiltinInfo, Effect, row,
};
use crate::error::{ErrorKind, Thrown};
use crate::value::Value;
use crate::vm::Vm;

/// The area's table.
pub const TABLE: &[BuiltinInfo] = &[
    row("Error", "message?, kind?", Error, Effect::Makes, "An error with a message and a kind, to be thrown."),
    row("__init_error", "error, values...", Native(init_error), Effect::Writes, "The `init` of `Error`."),
];

fn init_error(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    if args.len() > 3 {
        let message = format!("Error expects 0 to 2 arguments, not {}", args.len() - 1);
        return Err(Thrown::new(ErrorKind::Arity, message));
    }
    vm.init_error(args[0], args.get(1).copied(), args.get(2).copied())?;
    Ok(Value::NIL)
}
