//! The core builtins: output and input, conversion, errors, and what surrounds the program.

use std::io::ErrorKind as IoErrorKind;
use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use super::arguments::{any, bad_value, int_or, string, unexpected};
use super::{Body::Native, BuiltinInfo, Effect, row};
use crate::error::{ErrorKind, Throw, Thrown};
use crate::heap::string::MAX_STRING_BYTES;
use crate::ops::arithmetic::Number;
use crate::ops::{scalar, type_name};
use crate::text::display::{quoted, text_of, to_str, write_value};
use crate::text::number::{float_text, parse_float, parse_int};
use crate::value::Value;
use crate::vm::{PENDING_INTERRUPT, Vm};

/// The area's table.
pub const TABLE: &[BuiltinInfo] = &[
    row(
        "print",
        "values...",
        Native(print),
        Effect::Outside,
        "Writes the values, a space between them, and a newline.",
    ),
    row("input", "prompt?", Native(input), Effect::Outside, "Reads a line; nil at the end of the input."),
    row("str", "x", Native(str), Effect::Reads, "The text form of a value."),
    row("int", "x", Native(int), Effect::Pure, "An int from a float (its whole part) or a string."),
    row("float", "x", Native(float), Effect::Pure, "A float from an int or a string."),
    row("type", "x", Native(type_of), Effect::Pure, "The name of a value's type."),
    row("len", "x", Native(len), Effect::Reads, "The length of a string, an array, a dict or a range."),
    row(
        "assert",
        "condition, message?",
        Native(assert),
        Effect::Reads,
        "Throws kind value unless the condition is true.",
    ),
    row("error", "message", Native(error), Effect::Reads, "Throws an error of kind value."),
    row("exit", "status?", Native(exit), Effect::Outside, "Ends the program at once."),
    row("clock", "", Native(clock), Effect::Outside, "Seconds that have passed, as a float; never goes back."),
    row("time", "", Native(time), Effect::Outside, "Seconds since 1970, as a float."),
    row("args", "", Native(args), Effect::Makes, "The program's arguments, an array of strings."),
    row(
        "is_instance",
        "x, class",
        Native(is_instance),
        Effect::Pure,
        "Whether a value is an object of a class or of one that extends it.",
    ),
    row("env", "name", Native(env), Effect::Outside, "An environment variable; nil if it is not set."),
];

/// The status that a shell reports of a program whose reader has gone.
const BROKEN_PIPE_STATUS: u8 = 128 + 13;

/// What a program gets to see of an output that cannot be written. It ends, without a word, when nobody reads it.
pub fn output_failed(error: std::io::Error) -> Thrown {
    if error.kind() == IoErrorKind::BrokenPipe {
        return Thrown(Box::new(Throw::Exit(BROKEN_PIPE_STATUS)));
    }
    Thrown::new(ErrorKind::Io, format!("print: cannot write the output: {error}"))
}

fn is_instance(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let class = any(args, 1).as_class().ok_or_else(|| unexpected("is_instance", 1, "a class", any(args, 1)))?;
    let instance = any(args, 0).as_instance();
    Ok(Value::bool(instance.is_some_and(|instance| instance.class(&vm.heap).is_a(class))))
}

fn print(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let mut line = String::new();
    for (position, &value) in args.iter().enumerate() {
        if position > 0 {
            line.push(' ');
        }
        write_value(&mut line, value, &vm.heap)?;
        vm.heap.check_text_room(line.len())?;
    }
    line.push('\n');
    vm.output.write(&line).map_err(output_failed)?;
    Ok(Value::NIL)
}

fn input(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let prompt = any(args, 0);
    if !prompt.is_nil() {
        let text = text_of(prompt, &vm.heap)?;
        vm.output.write(&text).map_err(output_failed)?;
    }
    vm.output.flush().map_err(output_failed)?;
    let longest = MAX_STRING_BYTES.min(vm.heap.room() / 2) as u64;
    let pending = vm.pending.clone();
    match vm.input.read_line(longest, || pending.load(Ordering::Relaxed) & PENDING_INTERRUPT != 0) {
        // The line has been read: the call must not be made again, whatever room a collection would make.
        Ok(Some(line)) => vm.heap.try_string(&line).inspect_err(|_| _ = vm.heap.take_refusal()),
        Ok(None) => Ok(Value::NIL),
        Err(error) if error.kind() == IoErrorKind::OutOfMemory => {
            Err(Thrown::new(ErrorKind::Limit, "input: the line is too long"))
        }
        Err(error) if error.kind() == IoErrorKind::Interrupted => {
            vm.interrupter().clear();
            Err(Thrown(Box::new(Throw::Interrupted)))
        }
        Err(error) if error.kind() == IoErrorKind::InvalidData => {
            Err(Thrown::new(ErrorKind::Io, "input: the line is not UTF-8"))
        }
        Err(error) => Err(Thrown::new(ErrorKind::Io, format!("input: {error}"))),
    }
}

fn str(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    to_str(any(args, 0), &mut vm.heap)
}

fn int(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let value = any(args, 0);
    if value.is_int() {
        return Ok(value);
    }
    let int = match (value.as_float(), value.as_string()) {
        (Some(float), _) => scalar::float_to_int(float)
            .ok_or_else(|| bad_value("int", format_args!("no int has the value {}", float_text(float))))?,
        (None, Some(text)) => parse_int(text.as_str())
            .ok_or_else(|| bad_value("int", format_args!("cannot read {} as an int", quoted(text.as_str()))))?,
        (None, None) => return Err(unexpected("int", 0, "int, float or string", value)),
    };
    Ok(vm.heap.int(int))
}

fn float(_: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let value = any(args, 0);
    let float = match (Number::of(value), value.as_string()) {
        (Some(number), _) => number.to_float(),
        (None, Some(text)) => parse_float(text.as_str())
            .ok_or_else(|| bad_value("float", format_args!("cannot read {} as a float", quoted(text.as_str()))))?,
        (None, None) => return Err(unexpected("float", 0, "int, float or string", value)),
    };
    Ok(Value::float(float))
}

fn type_of(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    Ok(vm.heap.constant_string(type_name(any(args, 0))))
}

fn len(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let value = any(args, 0);
    if let Some(array) = value.as_array() {
        return Ok(vm.heap.int(array.len() as i64));
    }
    if let Some(string) = value.as_string() {
        return Ok(vm.heap.int(string.len_chars() as i64));
    }
    if let Some(dict) = value.as_dict() {
        return Ok(vm.heap.int(dict.len() as i64));
    }
    let Some((start, end)) = value.as_range() else {
        return Err(unexpected("len", 0, "string, array, dict or range", value));
    };
    if start >= end {
        return Ok(vm.heap.int(0));
    }
    match end.checked_sub(start) {
        Some(len) => Ok(vm.heap.int(len)),
        None => Err(bad_value("len", "the range has more elements than an int can count")),
    }
}

fn assert(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    if any(args, 0).truthy() {
        return Ok(Value::NIL);
    }
    let message = match args.get(1) {
        Some(&message) => text_of(message, &vm.heap)?,
        None => "assertion failed".to_owned(),
    };
    Err(Thrown::new(ErrorKind::Value, message))
}

fn error(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let message = text_of(any(args, 0), &vm.heap)?;
    Err(Thrown::new(ErrorKind::Value, message))
}

fn exit(_: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    // A status is what fits a byte; the rest is cut off.
    let status = int_or("exit", args, 0, 0)? as u8;
    Err(Thrown(Box::new(Throw::Exit(status))))
}

fn clock(vm: &mut Vm, _: &[Value]) -> Result<Value, Thrown> {
    Ok(Value::float(vm.started.elapsed().as_secs_f64()))
}

fn time(_: &mut Vm, _: &[Value]) -> Result<Value, Thrown> {
    let seconds = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    };
    Ok(Value::float(seconds))
}

fn args(vm: &mut Vm, _: &[Value]) -> Result<Value, Thrown> {
    let heap = &mut vm.heap;
    let texts = vm.args.iter().map(|text| heap.try_string(text)).collect::<Result<Vec<Value>, Thrown>>()?;
    Ok(heap.array(&texts))
}

fn env(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let name = string("env", args, 0)?;
    if vm.access.is_limited() {
        return Err(Thrown::new(ErrorKind::Io, "env: the sandbox allows no look at the environment"));
    }
    // A name with a NUL or an equals sign is that of no variable.
    match std::env::var_os(name.as_str()) {
        Some(text) => vm.heap.try_string(&text.to_string_lossy()),
        None => Ok(Value::NIL),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, check, machine};
    use super::*;
    use crate::io::Input;

    #[test]
    fn conversions() {
        check(
            r#"
            str(nil) => "nil"
            str(1.0) => "1.0"
            str("a") => "a"
            str(["a", 1, [nil, true]]) => "[\"a\", 1, [nil, true]]"
            str(0..3) => "0..3"
            int(5) => 5
            int(-2.9) => -2
            int(9007199254740993.0) => 9007199254740992
            int(" -12 ") => -12
            int(nan) => !value
            int(-inf) => !value
            int(9223372036854775808.0) => !value
            int(-9223372036854775808.0) => -9223372036854775808
            int("1.5") => !value
            int("") => !value
            int(nil) => !type
            int([1]) => !type
            float(1) => 1.0
            float(2.5) => 2.5
            float("1e3") => 1000.0
            float(" -inf") => -inf
            float("nan") => nan
            float("x") => !value
            float(true) => !type
        "#,
        );
    }

    #[test]
    fn types_and_lengths() {
        check(
            r#"
            type(nil) => "nil"
            type(true) => "bool"
            type(1) => "int"
            type(4611686018427387904) => "int"
            type(1.0) => "float"
            type("") => "string"
            type([]) => "array"
            type(1..2) => "range"
            len("héllo") => 5
            len("") => 0
            len([1, 2, 3]) => 3
            len(2..7) => 5
            len(7..2) => 0
            len(-9223372036854775808..9223372036854775807) => !value
            len(5) => !type
            len(nil) => !type
        "#,
        );
    }

    #[test]
    fn errors_on_purpose() {
        check(
            r#"
            assert(0) => nil
            assert("", "assert: not used") => nil
            assert(false, "assert says so") => !value
            assert(nil, ["assert"]) => !value
            error("an error") => !value
            exit("x") => !type
        "#,
        );
        let mut vm = machine();
        let message = |vm: &mut Vm, args: &[Value]| match *call(vm, "assert", args).expect_err("throws").0 {
            Throw::Error { message, .. } => message,
            other => panic!("{other:?}"),
        };
        assert_eq!(message(&mut vm, &[Value::FALSE]), "assertion failed");
        assert_eq!(message(&mut vm, &[Value::NIL, Value::TRUE]), "true");
        for (status, expected) in [(0, 0), (256, 0), (-1, 255), (259, 3)] {
            let status = vm.heap.int(status);
            let thrown = call(&mut vm, "exit", &[status]).expect_err("exits");
            assert!(matches!(*thrown.0, Throw::Exit(status) if status == expected), "{thrown:?}");
        }
    }

    #[test]
    fn output_and_input() {
        let mut vm = machine();
        vm.input = Input::memory("first\r\nsecond");
        let (text, one) = (vm.heap.string("a\n"), vm.heap.int(1));
        let array = vm.heap.array(&[text, one]);
        for args in [&[][..], &[text, one, array], &[Value::NIL]] {
            assert_eq!(call(&mut vm, "print", args).ok(), Some(Value::NIL));
        }
        let line = call(&mut vm, "input", &[text]).ok().and_then(Value::as_string).expect("a line");
        assert_eq!(line.as_str(), "first");
        let line = call(&mut vm, "input", &[]).ok().and_then(Value::as_string).expect("a line");
        assert_eq!(line.as_str(), "second");
        assert_eq!(call(&mut vm, "input", &[]).ok(), Some(Value::NIL));
        assert_eq!(vm.output.take(), b"\na\n 1 [\"a\\n\", 1]\nnil\na\n");
        vm.input = Input::memory([0xC3, b'\n']);
        let thrown = call(&mut vm, "input", &[]).expect_err("not UTF-8");
        assert!(matches!(*thrown.0, Throw::Error { kind: ErrorKind::Io, .. }));
    }

    #[test]
    fn surroundings() {
        check("env(1) => !type");
        let mut vm = machine();
        vm.args = vec!["one".into(), "zwö".into()];
        let args = call(&mut vm, "args", &[]).expect("an array");
        assert_eq!(text_of(args, &vm.heap).ok().as_deref(), Some("[\"one\", \"zwö\"]"));
        for name in ["", "a=b", "a\0b", "NO_SUCH_VARIABLE_IS_SET"] {
            let name = vm.heap.string(name);
            assert_eq!(call(&mut vm, "env", &[name]).ok(), Some(Value::NIL));
        }
        let seconds = |vm: &mut Vm, name| call(vm, name, &[]).ok().and_then(Value::as_float).expect("a float");
        let first = seconds(&mut vm, "clock");
        assert!(first >= 0.0 && seconds(&mut vm, "clock") >= first);
        assert!(seconds(&mut vm, "time") > 1.6e9);
    }
}
