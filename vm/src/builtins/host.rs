//! Calls out of the machine: functions that its host has registered ([`Vm::register_function`]).

use super::{Body::Native, BuiltinInfo, Effect, row};
use crate::error::Thrown;
use crate::value::Value;
use crate::vm::Vm;

/// The area's table.
pub const TABLE: &[BuiltinInfo] =
    &[row("__host", "number, values...", Native(host), Effect::Outside, "Calls a function of the host.")];

fn host(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let number = args[0].as_int().and_then(|number| usize::try_from(number).ok());
    let result = vm.call_host(number.expect("only functions that the machine has made call this"), &args[1..]);
    // The host decides itself what it does when memory runs out: it is not called again.
    vm.heap.take_refusal();
    result
}
