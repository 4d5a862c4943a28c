//! For the tests of builtins: calls written as text, and what comes of them.
//!
//!     substr("héllo", 1, 3) => "éll"
//!     substr("héllo") => !arity
//!
//! A result is written as it would stand inside a container, an error as `!` and its kind; its message must name the
//! function.

use super::{Body, find};
use crate::error::{Throw, Thrown};
use crate::io::{Input, Output};
use crate::syntax::source::Source;
use crate::text::display::{text_of, write_quoted};
use crate::text::number::parse_float;
use crate::value::Value;
use crate::vm::{Failure, Vm, VmOptions};

/// A machine whose streams are in memory.
pub fn machine() -> Box<Vm> {
    let options = VmOptions { stack_words: 1 << 16, ..VmOptions::default() };
    let mut vm = Vm::new(&options).expect("memory for a small stack");
    vm.output = Output::memory();
    vm.input = Input::memory("");
    vm
}

/// Calls a builtin that is written in Rust, after the check of the number of arguments.
pub fn call(vm: &mut Vm, name: &str, args: &[Value]) -> Result<Value, Thrown> {
    let (_, info) = find(name).unwrap_or_else(|| panic!("no builtin {name}"));
    let Body::Native(function) = info.body else { panic!("{name} is not native") };
    info.check_arity(args.len())?;
    function(vm, args)
}

/// Runs every line of a text and compares its result with what is written behind `=>`.
pub fn check(lines: &str) {
    let mut vm = machine();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (source, expected) = line.rsplit_once(" => ").unwrap_or_else(|| panic!("no result: {line}"));
        let (name, args) = parse_call(&mut vm, source);
        let (given, message) = match call(&mut vm, name, &args).map_err(|thrown| *thrown.0) {
            Ok(value) => (shown(&vm, value), name.to_owned()),
            Err(Throw::Error { kind, message }) => (format!("!{}", kind.text()), message),
            Err(other) => (format!("{other:?}"), name.to_owned()),
        };
        assert_eq!(given, expected, "{source}\n{message}");
        assert!(message.contains(name.trim_start_matches('_')), "{source}: {message:?} does not name the function");
    }
}

/// A value as it would stand inside a container.
pub fn shown(vm: &Vm, value: Value) -> String {
    match value.as_string() {
        Some(string) => {
            let mut text = String::new();
            write_quoted(&mut text, string.as_str());
            text
        }
        None => text_of(value, &vm.heap).expect("a text"),
    }
}

/// Runs a program. Its output, then `!` and the kind of the error that ended it, if one did.
pub fn run(program: &str) -> String {
    let mut vm = machine();
    let result = vm.run(Source::new("test.pseudo", program));
    let output = String::from_utf8(vm.output.take()).expect("output is UTF-8");
    match result {
        Ok(()) => output,
        Err(Failure::Uncaught { kind: Some(kind), message, .. }) => format!("{output}!{kind}: {message}"),
        Err(other) => panic!("{other:?}"),
    }
}

fn parse_call<'a>(vm: &mut Vm, source: &'a str) -> (&'a str, Vec<Value>) {
    let (name, rest) = source.split_once('(').unwrap_or_else(|| panic!("no call: {source}"));
    let mut parser = Parser { vm, rest };
    let args = parser.list(')');
    assert_eq!(parser.rest, "", "after the call {source}");
    (name, args)
}

/// Reads the literals of values.
struct Parser<'a> {
    vm: &'a mut Vm,
    rest: &'a str,
}

impl Parser<'_> {
    fn list(&mut self, close: char) -> Vec<Value> {
        let mut values = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches([' ', ',', ':']);
            if let Some(rest) = self.rest.strip_prefix(close) {
                self.rest = rest;
                return values;
            }
            values.push(self.value());
        }
    }

    fn value(&mut self) -> Value {
        if let Some(rest) = self.rest.strip_prefix('[') {
            self.rest = rest;
            let values = self.list(']');
            return self.vm.heap.array(&values);
        }
        if let Some(rest) = self.rest.strip_prefix('{') {
            self.rest = rest;
            let entries = self.list('}');
            return self.vm.heap.dict_of(&entries).expect("keys and values");
        }
        if let Some(rest) = self.rest.strip_prefix('"') {
            return self.string(rest);
        }
        let end = self.rest.find([',', ':', ')', ']', '}', ' ']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "nil" => return Value::NIL,
            "true" => return Value::TRUE,
            "false" => return Value::FALSE,
            _ => {}
        }
        if let Some((start, end)) = word.split_once("..") {
            return self.vm.heap.range(start.parse().expect(word), end.parse().expect(word));
        }
        match word.parse() {
            Ok(int) => self.vm.heap.int(int),
            Err(_) => Value::float(parse_float(word).unwrap_or_else(|| panic!("no literal: {word}"))),
        }
    }

    /// The rest of a string literal, with the escapes that Rust's raw strings leave to be read.
    fn string(&mut self, rest: &str) -> Value {
        let mut text = String::new();
        let mut chars = rest.char_indices();
        while let Some((at, char)) = chars.next() {
            match char {
                '"' => {
                    self.rest = &self.rest[1 + at + 1..];
                    return self.vm.heap.string(&text);
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, '0')) => text.push('\0'),
                    Some((_, other)) => text.push(other),
                    None => break,
                },
                _ => text.push(char),
            }
        }
        panic!("no end of the string: {rest}");
    }
}
