//! Bytecode as text, with the machine's own names.

use pseudo_vm::builtins;
use pseudo_vm::bytecode::disassemble::{Context, disassemble, instruction};
use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::text::display::write_value;
use pseudo_vm::value::Value;
use pseudo_vm::vm::Vm;

/// The listing of a function and those nested in it.
pub fn function(vm: &Vm, proto: &Proto) -> String {
    with_context(vm, |context| disassemble(proto, context))
}

/// One instruction.
pub fn word(vm: &Vm, proto: &Proto, at: usize) -> String {
    with_context(vm, |context| instruction(proto, at, context))
}

/// A constant.
pub fn value(vm: &Vm, value: Value) -> String {
    match value.as_string() {
        Some(string) => format!("{:?}", string.as_str()),
        None => {
            let mut text = String::new();
            match write_value(&mut text, value, &vm.heap) {
                Ok(()) => text,
                Err(_) => format!("{value:?}"),
            }
        }
    }
}

fn with_context(vm: &Vm, list: impl FnOnce(Context<'_>) -> String) -> String {
    let show = |constant: Value| value(vm, constant);
    let builtin = |index: u16| builtins::info(index).map_or("?", |info| info.name).to_string();
    list(Context { globals: &vm.globals, show: &show, builtin: &builtin })
}
