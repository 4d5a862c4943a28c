//! The texts of objects whose class has a `to_string`.
//!
//! A builtin in Rust cannot call a method of the program. One that needs the text of such an object gives up
//! ([`Throw::NeedsText`](crate::error::Throw::NeedsText)), and the interpreter calls `__with_texts` of the prelude in its
//! place: that calls the methods, and then the builtin with the texts.

use super::arguments::{any, array};
use super::{Body::Native, Body::Prelude, BuiltinInfo, Effect, row};
use crate::error::{ErrorKind, Throw, Thrown};
use crate::ops::type_name;
use crate::text::display::{text_of, write_quoted};
use crate::value::Value;
use crate::vm::Vm;

/// The area's table.
pub const TABLE: &[BuiltinInfo] = &[
    row("__with_texts", "builtin, values...", Prelude, Effect::Outside, "Calls a builtin with texts for objects."),
    row("__text", "x", Prelude, Effect::Outside, "`str`, the program's methods called."),
    row("__needs_text", "x", Native(needs_text), Effect::Reads, "Whether `str` needs methods of the program."),
    row("__quoted", "x", Native(quoted), Effect::Reads, "The text of a value inside a container."),
    row("__maker", "x", Native(maker), Effect::Makes, "The `to_string` method of an object; nil if there is none."),
    row("__message", "x", Native(message), Effect::Reads, "The message of an error; nil if it is no error."),
    row("__checked", "x", Native(checked), Effect::Pure, "What a `to_string` has given, which must be a string."),
    row("__is_join", "builtin", Native(is_join), Effect::Pure, "Whether a builtin is `join`."),
    row("__apply", "builtin, arguments", Native(apply), Effect::Outside, "Calls a builtin in Rust."),
];

fn needs_text(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    match text_of(any(args, 0), &vm.heap) {
        Ok(_) => Ok(Value::FALSE),
        Err(thrown) if matches!(*thrown.0, Throw::NeedsText) => Ok(Value::TRUE),
        Err(thrown) => Err(thrown),
    }
}

fn quoted(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let value = any(args, 0);
    let mut text = String::new();
    match value.as_string() {
        Some(string) => write_quoted(&mut text, string.as_str()),
        None => text = text_of(value, &vm.heap)?,
    }
    vm.heap.try_string(&text)
}

fn maker(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let object = any(args, 0);
    let name = vm.heap.to_string_name();
    let method = object.as_instance().and_then(|instance| instance.class(&vm.heap).method(name));
    Ok(method.map_or(Value::NIL, |method| vm.heap.bound(object, method)))
}

fn message(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let error = any(args, 0).as_instance().filter(|instance| instance.class(&vm.heap).is_error());
    let name = vm.heap.constant_string("message");
    Ok(error.and_then(|error| error.get(&mut vm.heap, name)).unwrap_or(Value::NIL))
}

fn checked(_: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let text = any(args, 0);
    if text.as_string().is_some() {
        return Ok(text);
    }
    let message = format!("to_string must return a string, not {}", type_name(text));
    Err(Thrown::new(ErrorKind::Type, message))
}

fn is_join(_: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let info = any(args, 0).as_builtin().and_then(super::info);
    Ok(Value::bool(info.is_some_and(|info| info.name == "join")))
}

fn apply(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let builtin = any(args, 0).as_builtin().expect("the interpreter passes the builtin that gave up");
    let arguments = array("__apply", args, 1)?.to_vec(&mut vm.heap);
    vm.call_builtin(builtin, &arguments)
}
