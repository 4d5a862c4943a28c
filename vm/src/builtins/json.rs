//! The builtins that read and write JSON.

use super::arguments::{any, int_or, string};
use super::{Body::Native, BuiltinInfo, Effect, row};
use crate::error::{ErrorKind, Thrown};
use crate::text::{json_parse, json_print};
use crate::value::Value;
use crate::vm::Vm;

/// The area's table.
pub const TABLE: &[BuiltinInfo] = &[
    row("json_parse", "s", Native(parse), Effect::Makes, "The value that a JSON text stands for."),
    row("json_stringify", "x, indent?", Native(stringify), Effect::Reads, "A value as JSON, in lines if indented."),
];

/// Blanks that a level is indented by, at most.
const MAX_INDENT: i64 = 1 << 16;

fn parse(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let text = string("json_parse", args, 0)?;
    json_parse::parse(text.as_str(), &mut vm.heap)
}

fn stringify(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let indent = int_or("json_stringify", args, 1, 0)?;
    if indent > MAX_INDENT {
        return Err(Thrown::new(ErrorKind::Limit, format!("json_stringify: the indent is more than {MAX_INDENT}")));
    }
    let text = json_print::print(any(args, 0), indent.max(0) as usize, &mut vm.heap)?;
    vm.heap.try_string(&text)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, check, machine, shown};
    use super::*;
    use crate::error::Throw;

    fn parsed(text: &str) -> String {
        let mut vm = machine();
        let string = vm.heap.string(text);
        match call(&mut vm, "json_parse", &[string]).map_err(|thrown| *thrown.0) {
            Ok(value) => shown(&vm, value),
            Err(Throw::Error { kind, message }) => format!("!{} {}", kind.text(), message.replace("json_parse: ", "")),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn values_are_read() {
        for (text, value) in [
            ("null", "nil"),
            (" true\r\n", "true"),
            ("\tfalse", "false"),
            ("0", "0"),
            ("-0", "0"),
            ("-12", "-12"),
            ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("9223372036854775808", "9.223372036854776e18"),
            ("-123456789012345678901234567890", "-1.2345678901234568e29"),
            ("-0.0", "-0.0"),
            ("2.50", "2.5"),
            ("1e3", "1000.0"),
            ("1E-2", "0.01"),
            ("-1.5e+3", "-1500.0"),
            ("1e400", "inf"),
            ("[]", "[]"),
            ("[ ]", "[]"),
            ("{ }", "{}"),
            ("[1, 2.5 ,\"a\", null,[true ]]", "[1, 2.5, \"a\", nil, [true]]"),
            (r#"{"b": 1, "a" :{"c":[{}]}, "b":2}"#, "{\"b\": 2, \"a\": {\"c\": [{}]}}"),
            (r#"[{"a":1,"a\u0062":2},{"ab":3,"a":4}]"#, "[{\"a\": 1, \"ab\": 2}, {\"ab\": 3, \"a\": 4}]"),
            (r#""""#, "\"\""),
            (r#""a\"\\\/\b\f\n\r\tz""#, "\"a\\\"\\\\/\\x08\\x0c\\n\\r\\tz\""),
            (r#""\u0041\u00e4\u20AC""#, "\"Aä€\""),
            (r#""\ud83d\ude00!""#, "\"😀!\""),
            ("\"\u{7f}ä😀\"", "\"\\x7fä😀\""),
        ] {
            assert_eq!(parsed(text), value, "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_placed() {
        for (text, message) in [
            ("", "expected a value, not the end of the text at line 1, column 1"),
            ("  \n ", "expected a value, not the end of the text at line 2, column 2"),
            ("[1,]", "expected a value, not ']' at line 1, column 4"),
            ("[1 2]", "expected `,` or `]`, not '2' at line 1, column 4"),
            ("[1", "expected `,` or `]`, not the end of the text at line 1, column 3"),
            ("{\"a\":1,}", "expected a key in quotes, not '}' at line 1, column 8"),
            ("{\"a\" 1}", "expected `:`, not '1' at line 1, column 6"),
            ("{\"a\":1", "expected `,` or `}`, not the end of the text at line 1, column 7"),
            ("{a: 1}", "expected a key in quotes, or `}`, not 'a' at line 1, column 2"),
            ("{'a': 1}", "expected a key in quotes, or `}`, not '\\'' at line 1, column 2"),
            ("[\n \"ä\", x]", "expected a value, not 'x' at line 2, column 7"),
            ("1 2", "expected the end, not '2' at line 1, column 3"),
            ("nul", "expected a value, not 'n' at line 1, column 1"),
            ("nullx", "expected the end, not 'x' at line 1, column 5"),
            ("NaN", "expected a value, not 'N' at line 1, column 1"),
            ("-Infinity", "expected a digit, not 'I' at line 1, column 2"),
            ("+1", "expected a value, not '+' at line 1, column 1"),
            (".5", "expected a value, not '.' at line 1, column 1"),
            ("1.", "expected a digit, not the end of the text at line 1, column 3"),
            ("1.e5", "expected a digit, not 'e' at line 1, column 3"),
            ("1e", "expected a digit, not the end of the text at line 1, column 3"),
            ("[-012]", "a number that begins with 0 at line 1, column 3"),
            ("\u{a0}1", "expected a value, not '\\u{a0}' at line 1, column 1"),
            ("\u{feff}1", "expected a value, not '\\u{feff}' at line 1, column 1"),
            ("[\"a]", "a string without an end at line 1, column 2"),
            ("\"a\\", "an unknown escape at line 1, column 3"),
            ("\"a\nb\"", "a control character in a string, which has to be escaped at line 1, column 3"),
            (r#""\x41""#, "an unknown escape at line 1, column 2"),
            (r#""\u12""#, "an escape that is no character at line 1, column 2"),
            (r#""\u+123""#, "an escape that is no character at line 1, column 2"),
            (r#""\ud83d""#, "an escape that is no character at line 1, column 2"),
            (r#""\ud83d\u0041""#, "an escape that is no character at line 1, column 2"),
            (r#""\ude00""#, "an escape that is no character at line 1, column 2"),
            ("{\"a\\q\":1}", "an unknown escape at line 1, column 4"),
            ("[1] // one", "expected the end, not '/' at line 1, column 5"),
        ] {
            assert_eq!(parsed(text), format!("!value {message}"), "{text:?}");
        }
        check("json_parse(1) => !type");
    }

    #[test]
    fn values_are_written() {
        check(
            r#"
            json_stringify(nil) => "null"
            json_stringify(true) => "true"
            json_stringify(-9223372036854775808) => "-9223372036854775808"
            json_stringify(5.0) => "5.0"
            json_stringify(1e16) => "1e16"
            json_stringify([]) => "[]"
            json_stringify({}) => "{}"
            json_stringify([1, [2, {}], "a"]) => "[1,[2,{}],\"a\"]"
            json_stringify({"a": 1, 2: [nil], true: {0.5: "x"}}) => "{\"a\":1,\"2\":[null],\"true\":{\"0.5\":\"x\"}}"
            json_stringify([1, {"a": []}], 2) => "[\n  1,\n  {\n    \"a\": []\n  }\n]"
            json_stringify([[]], 1) => "[\n []\n]"
            json_stringify([1], 0) => "[1]"
            json_stringify([1], -1) => "[1]"
            json_stringify([1], 100000) => !limit
            json_stringify([1], "  ") => !type
            json_stringify(nan) => !value
            json_stringify([-inf]) => !value
            json_stringify(0..1) => !type
            json_stringify({"f": [0..1]}) => !type
        "#,
        );
        let mut vm = machine();
        let text = vm.heap.string("\0\u{8}\u{c}\n\r\t\u{1f}\u{7f}\"\\/ä😀");
        let json = call(&mut vm, "json_stringify", &[text]).ok().and_then(Value::as_string).expect("a string");
        assert_eq!(json.as_str(), "\"\\u0000\\b\\f\\n\\r\\t\\u001f\u{7f}\\\"\\\\/ä😀\"");
    }

    #[test]
    fn cycles_are_refused_and_repetitions_are_not() {
        let mut vm = machine();
        let inner = vm.heap.array(&[Value::NIL]);
        let key = vm.heap.string("k");
        let outer = vm.heap.dict_of(&[key, inner, Value::TRUE, inner]).expect("a dict");
        let json = call(&mut vm, "json_stringify", &[outer]).expect("a string");
        assert_eq!(shown(&vm, json), "\"{\\\"k\\\":[null],\\\"true\\\":[null]}\"");
        inner.as_array().expect("an array").set(&mut vm.heap, 0, outer).expect("room");
        let error = call(&mut vm, "json_stringify", &[outer]).expect_err("a cycle");
        assert!(matches!(*error.0, Throw::Error { kind: ErrorKind::Value, .. }));
    }

    #[test]
    fn deep_nesting_needs_no_native_stack() {
        let depth = if cfg!(miri) { 100 } else { 200_000 };
        let mut vm = machine();
        let text = format!("{}{}", "[{\"a\":".repeat(depth), "1").replace("1", &format!("1{}", "}]".repeat(depth)));
        let string = vm.heap.string(&text);
        let value = call(&mut vm, "json_parse", &[string]).expect("a value");
        let json = call(&mut vm, "json_stringify", &[value]).ok().and_then(Value::as_string).expect("a string");
        assert!(json.as_str() == text);
        if !cfg!(miri) {
            let string = vm.heap.string(&"[".repeat(2_000_000));
            let error = call(&mut vm, "json_parse", &[string]).expect_err("too deep");
            assert!(matches!(*error.0, Throw::Error { kind: ErrorKind::Limit, .. }));
        }
    }

    #[test]
    fn what_was_written_reads_back_the_same() {
        let mut random = crate::random::Random::seeded(3);
        for _ in 0..if cfg!(miri) { 3 } else { 60 } {
            let mut vm = machine();
            let mut values = vec![Value::NIL, Value::TRUE];
            for _ in 0..60 {
                let pick = |random: &mut crate::random::Random, values: &[Value]| {
                    values[(random.next_u64() % values.len() as u64) as usize]
                };
                let bits = random.next_u64();
                let value = match bits % 6 {
                    0 => vm.heap.int(bits as i64),
                    1 => Value::float((bits >> 8) as f64 / 4096.0),
                    2 => vm.heap.string(&format!("\"{}\\\n{}", bits % 100, char::from(bits as u8))),
                    3 => vm.heap.array(&[pick(&mut random, &values), pick(&mut random, &values)]),
                    _ => {
                        let (a, b) = (vm.heap.string(&format!("k{}", bits % 9)), vm.heap.string("ä\t"));
                        let entries = [a, pick(&mut random, &values), b, pick(&mut random, &values)];
                        vm.heap.dict_of(&entries).expect("a dict")
                    }
                };
                values.push(value);
            }
            // The text of what is nested may be long: only the smaller ones.
            for &value in &values[..20] {
                for indent in [0, 3] {
                    let json = call(&mut vm, "json_stringify", &[value, Value::small_int(indent)]).expect("JSON");
                    let again = call(&mut vm, "json_parse", &[json]).expect("a value");
                    assert_eq!(shown(&vm, again), shown(&vm, value));
                }
            }
        }
    }
}
