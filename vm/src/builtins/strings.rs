//! The builtins on strings, and those that strings share with arrays.
//!
//! Indices and widths count characters (Unicode scalar values).

use super::arguments::{any, array, bad_value, int, int_or, optional_string, string, unexpected};
use super::{Body::Native, BuiltinInfo, Effect, row};
use crate::error::{ErrorKind, Thrown};
use crate::heap::string::{StrRef, check_length};
use crate::ops::{compare, index};
use crate::text::display::write_value;
use crate::text::format::{Piece, Pieces, write_formatted};
use crate::text::number::is_space;
use crate::value::Value;
use crate::vm::Vm;

/// The area's table.
pub const TABLE: &[BuiltinInfo] = &[
    row("upper", "s", Native(upper), Effect::Pure, "The string in upper case."),
    row("lower", "s", Native(lower), Effect::Pure, "The string in lower case."),
    row("trim", "s", Native(trim), Effect::Pure, "The string without white space at its ends."),
    row("split", "s, sep?", Native(split), Effect::Makes, "The parts between separators, or between white space."),
    row("join", "array, sep?", Native(join), Effect::Reads, "The texts of the elements, a separator between them."),
    row("substr", "s, start, length?", Native(substr), Effect::Pure, "The characters from a start on, up to a number."),
    row("slice", "x, i, j?", Native(slice), Effect::Makes, "The characters or elements from i up to j, both clamped."),
    row("replace", "s, old, new", Native(replace), Effect::Pure, "The string with a part replaced wherever it stands."),
    row("starts_with", "s, part", Native(starts_with), Effect::Pure, "Whether the string begins with a part."),
    row("ends_with", "s, part", Native(ends_with), Effect::Pure, "Whether the string ends with a part."),
    row("contains", "x, part", Native(contains), Effect::Reads, "Whether a container has an element, a key, a part."),
    row("index_of", "x, part", Native(index_of), Effect::Reads, "Where something is first found; -1 if nowhere."),
    row("char_at", "s, i", Native(char_at), Effect::Pure, "The character at an index."),
    row("char", "code", Native(char), Effect::Pure, "The character of a Unicode scalar value."),
    row("ord", "c", Native(ord), Effect::Pure, "The Unicode scalar value of a character."),
    row("repeat", "s, n", Native(repeat), Effect::Pure, "The string n times."),
    row("reverse", "x", Native(reverse), Effect::Writes, "A string backwards; an array is reversed in place."),
    row("pad_left", "s, width, fill?", Native(pad_left), Effect::Pure, "Fills up to a width on the left."),
    row("pad_right", "s, width, fill?", Native(pad_right), Effect::Pure, "Fills up to a width on the right."),
    row("format", "text, values...", Native(format), Effect::Reads, "The text with its braces replaced by the values."),
];

fn upper(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let text = string("upper", args, 0)?;
    vm.heap.check_text_room(text.len_bytes())?;
    vm.heap.try_string(&text.as_str().to_uppercase())
}

fn lower(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let text = string("lower", args, 0)?;
    vm.heap.check_text_room(text.len_bytes())?;
    vm.heap.try_string(&text.as_str().to_lowercase())
}

fn trim(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let text = string("trim", args, 0)?;
    let trimmed = text.as_str().trim_matches(is_space);
    if trimmed.len() == text.len_bytes() { Ok(text.value()) } else { vm.heap.try_string(trimmed) }
}

fn split(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let text = string("split", args, 0)?;
    // Nil is as good as no separator.
    let separator = if any(args, 1).is_nil() { None } else { Some(string("split", args, 1)?) };
    let heap = &mut vm.heap;
    let result = heap.array(&[]);
    let parts = result.as_array().expect("it was just made");
    match separator {
        Some(separator) if separator.is_empty() => {
            parts.reserve(heap, text.len_chars())?;
            for char in text.as_str().chars() {
                let part = heap.char(char);
                parts.push(heap, part)?;
            }
        }
        // A byte is looked for faster than a string is.
        Some(separator) if separator.len_bytes() == 1 => {
            let byte = char::from(separator.as_bytes()[0]);
            for part in text.as_str().split(byte) {
                let part = heap.try_string(part)?;
                parts.push(heap, part)?;
            }
        }
        Some(separator) => {
            for part in text.as_str().split(separator.as_str()) {
                let part = heap.try_string(part)?;
                parts.push(heap, part)?;
            }
        }
        None => {
            for part in text.as_str().split(is_space).filter(|part| !part.is_empty()) {
                let part = heap.try_string(part)?;
                parts.push(heap, part)?;
            }
        }
    }
    Ok(result)
}

fn join(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let array = array("join", args, 0)?;
    let separator = optional_string("join", args, 1)?;
    let separator = separator.as_ref().map_or("", StrRef::as_str);
    let mut joined = String::new();
    for index in 0..array.len() {
        if index > 0 {
            check_length(joined.len() + separator.len())?;
            joined.push_str(separator);
        }
        let element = array.at(&mut vm.heap, index);
        write_value(&mut joined, element, &vm.heap)?;
        check_length(joined.len())?;
        vm.heap.check_text_room(joined.len())?;
    }
    vm.heap.try_string(&joined)
}

/// An index or count of which what is negative is taken for 0.
fn clamped(int: i64) -> usize {
    int.max(0) as usize
}

fn substr(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let text = string("substr", args, 0)?;
    let start = clamped(int("substr", args, 1)?);
    let length = clamped(int_or("substr", args, 2, i64::MAX)?);
    text.slice(&mut vm.heap, start, start.saturating_add(length))
}

fn slice(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let sliced = any(args, 0);
    if sliced.as_string().is_none() && sliced.as_array().is_none() {
        return Err(unexpected("slice", 0, "string or array", sliced));
    }
    let (start, end) = (clamped(int("slice", args, 1)?), clamped(int_or("slice", args, 2, i64::MAX)?));
    match (sliced.as_string(), sliced.as_array()) {
        (Some(text), _) => text.slice(&mut vm.heap, start, end),
        (_, Some(array)) => array.slice(&mut vm.heap, start, end),
        (None, None) => Ok(Value::NIL),
    }
}

fn replace(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (text, old, new) = (string("replace", args, 0)?, string("replace", args, 1)?, string("replace", args, 2)?);
    let (text, old, new) = (text.as_str(), old.as_str(), new.as_str());
    // The length is known before anything is made. An empty part stands before, between and behind the characters.
    let count = text.matches(old).count();
    if count == 0 {
        return Ok(any(args, 0));
    }
    let bytes = (text.len() - count * old.len()).saturating_add(count.saturating_mul(new.len()));
    check_length(bytes)?;
    vm.heap.check_text_room(bytes)?;
    vm.heap.try_string(&text.replace(old, new))
}

fn starts_with(_: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (text, part) = (string("starts_with", args, 0)?, string("starts_with", args, 1)?);
    Ok(Value::bool(text.as_bytes().starts_with(part.as_bytes())))
}

fn ends_with(_: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (text, part) = (string("ends_with", args, 0)?, string("ends_with", args, 1)?);
    Ok(Value::bool(text.as_bytes().ends_with(part.as_bytes())))
}

fn contains(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (container, part) = (any(args, 0), any(args, 1));
    if container.as_string().is_some() {
        string("contains", args, 0)?;
        string("contains", args, 1)?;
    } else if container.as_array().is_none() && container.as_dict().is_none() && container.as_range().is_none() {
        return Err(unexpected("contains", 0, "string, array, dict or range", container));
    }
    compare::contains(&vm.heap, container, part).map(Value::bool)
}

fn index_of(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let container = any(args, 0);
    let found = if let Some(array) = container.as_array() {
        compare::position(&vm.heap, array, any(args, 1))
    } else if container.as_string().is_some() {
        let (text, part) = (string("index_of", args, 0)?, string("index_of", args, 1)?);
        let at = text.as_str().find(part.as_str());
        at.map(|at| if text.is_ascii() { at } else { text.as_str()[..at].chars().count() })
    } else {
        return Err(unexpected("index_of", 0, "string or array", container));
    };
    Ok(vm.heap.int(found.map_or(-1, |index| index as i64)))
}

fn char_at(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (text, at) = (string("char_at", args, 0)?, int("char_at", args, 1)?);
    let char = usize::try_from(at).ok().and_then(|at| text.char_at(&mut vm.heap, at));
    char.ok_or_else(|| index::argument_out_of_range("char_at", at, text.len_chars()))
}

fn char(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let code = int("char", args, 0)?;
    match u32::try_from(code).ok().and_then(char::from_u32) {
        Some(char) => Ok(vm.heap.char(char)),
        None => Err(bad_value("char", format_args!("{code} is no Unicode scalar value"))),
    }
}

fn ord(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    match single_char(string("ord", args, 0)?) {
        Some(char) => Ok(vm.heap.int(u32::from(char).into())),
        None => Err(bad_value("ord", "the string must be one character")),
    }
}

fn single_char(text: StrRef) -> Option<char> {
    if text.len_chars() == 1 { text.as_str().chars().next() } else { None }
}

fn repeat(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (text, count) = (string("repeat", args, 0)?, int("repeat", args, 1)?);
    let Ok(count) = usize::try_from(count) else {
        return Err(bad_value("repeat", format_args!("the count {count} is negative")));
    };
    let bytes = text.len_bytes().saturating_mul(count);
    room_for("repeat", vm, bytes)?;
    vm.heap.try_string(&text.as_str().repeat(if bytes == 0 { 0 } else { count }))
}

/// An error if a string of so many bytes must not be made.
fn room_for(name: &str, vm: &Vm, bytes: usize) -> Result<(), Thrown> {
    if check_length(bytes).is_err() {
        return Err(Thrown::new(ErrorKind::Limit, format!("{name}: a string of {bytes} bytes is too long")));
    }
    vm.heap.check_text_room(bytes)
}

fn reverse(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let reversed = any(args, 0);
    if let Some(array) = reversed.as_array() {
        array.reverse(&mut vm.heap);
        return Ok(reversed);
    }
    match reversed.as_string() {
        Some(_) => {
            let text = string("reverse", args, 0)?;
            vm.heap.check_text_room(text.len_bytes())?;
            vm.heap.try_string(&text.as_str().chars().rev().collect::<String>())
        }
        None => Err(unexpected("reverse", 0, "string or array", reversed)),
    }
}

fn pad_left(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (text, padding) = padding("pad_left", vm, args)?;
    vm.heap.string_from_parts(&[&padding, text.as_str()])
}

fn pad_right(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (text, padding) = padding("pad_right", vm, args)?;
    vm.heap.string_from_parts(&[text.as_str(), &padding])
}

/// The string, and what is missing to the width.
fn padding(name: &str, vm: &Vm, args: &[Value]) -> Result<(StrRef, String), Thrown> {
    let (text, width) = (string(name, args, 0)?, clamped(int(name, args, 1)?));
    let fill = match optional_string(name, args, 2)? {
        None => ' ',
        Some(fill) => single_char(fill).ok_or_else(|| bad_value(name, "the fill must be one character"))?,
    };
    let missing = width.saturating_sub(text.len_chars());
    room_for(name, vm, missing.saturating_mul(fill.len_utf8()).saturating_add(text.len_bytes()))?;
    Ok((text, std::iter::repeat_n(fill, missing).collect()))
}

fn format(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let text = string("format", args, 0)?;
    let values = &args[1..];
    let (mut out, mut following) = (String::new(), 0);
    for piece in Pieces::new(text.as_str()) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Stray(brace) => return Err(bad_value("format", format_args!("'{brace}' without its like"))),
            Piece::Value(index, spec) => {
                let index = index.unwrap_or_else(|| {
                    following += 1;
                    following - 1
                });
                let Some(&value) = values.get(index) else {
                    let message = format_args!("value {index} is asked for, but there are {}", values.len());
                    return Err(bad_value("format", message));
                };
                write_formatted(&mut out, spec, value, &vm.heap)?;
            }
        }
        check_length(out.len())?;
        vm.heap.check_text_room(out.len())?;
    }
    vm.heap.try_string(&out)
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn cases_and_spaces() {
        check(
            r#"
            upper("straße ä1") => "STRASSE Ä1"
            lower("ÄBC İ") => "äbc i̇"
            upper(1) => !type
            lower(nil) => !type
            trim(" \t a b\n ") => "a b"
            trim("   ") => ""
            trim("a") => "a"
            trim(["a"]) => !type
        "#,
        );
    }

    #[test]
    fn split_and_join() {
        check(
            r#"
            split("  a b\t\n c ") => ["a", "b", "c"]
            split("") => []
            split("a,b,,c", ",") => ["a", "b", "", "c"]
            split("", ",") => [""]
            split("a--b", "--") => ["a", "b"]
            split("äb€", "") => ["ä", "b", "€"]
            split("a b", nil) => ["a", "b"]
            split(1) => !type
            split("a", 1) => !type
            join(["a", 1, nil, [2]], "-") => "a-1-nil-[2]"
            join([1, 2, 3]) => "123"
            join([0.5, 1.0], " ") => "0.5 1.0"
            join([], ",") => ""
            join("abc") => !type
            join([1], 2) => !type
        "#,
        );
    }

    #[test]
    fn parts() {
        check(
            r#"
            substr("héllo", 1, 3) => "éll"
            substr("héllo", 3) => "lo"
            substr("héllo", -2, 3) => "hél"
            substr("héllo", 9) => ""
            substr("héllo", 1, -1) => ""
            substr("hello", 9223372036854775807, 9223372036854775807) => ""
            substr("a", "b") => !type
            substr("a", 0, 1.0) => !type
            substr(5, 0) => !type
            slice("héllo", 1, 3) => "él"
            slice("héllo", 3) => "lo"
            slice("héllo", -5, 2) => "hé"
            slice("héllo", 3, 1) => ""
            slice([1, 2, 3, 4], 1, 3) => [2, 3]
            slice([1, 2, 3], 2) => [3]
            slice([1.5, nil], -1, 100) => [1.5, nil]
            slice([1], 5) => []
            slice(nil, 1) => !type
            slice("a", 1.0) => !type
            slice([1], 0, "x") => !type
            char_at("aä€", 2) => "€"
            char_at("abc", 3) => !index
            char_at("abc", -1) => !index
            char_at([1], 0) => !type
            char_at("a", "b") => !type
        "#,
        );
    }

    #[test]
    fn searching() {
        check(
            r#"
            replace("banana", "an", "AN") => "bANANa"
            replace("abc", "", "-") => "-a-b-c-"
            replace("abc", "x", "y") => "abc"
            replace("aaa", "aa", "") => "a"
            replace("abc", "b", 1) => !type
            replace("abc", 1, "b") => !type
            replace(1, "a", "b") => !type
            starts_with("häus", "hä") => true
            starts_with("häus", "us") => false
            starts_with("a", 1) => !type
            ends_with("häus", "us") => true
            ends_with("us", "häus") => false
            ends_with(1, "a") => !type
            contains("häus", "äu") => true
            contains([1, 2.0, "x"], 2) => true
            contains([1, 2], "x") => false
            contains(0..5, 5) => false
            contains("a", 1) => !type
            contains(5, 1) => !type
            index_of("häuser", "ser") => 3
            index_of("abc", "x") => -1
            index_of("abc", "") => 0
            index_of([1, 2.0, "x"], 2) => 1
            index_of([nan], nan) => -1
            index_of("abc", 1) => !type
            index_of(nil, 1) => !type
        "#,
        );
    }

    #[test]
    fn characters() {
        check(
            r#"
            char(8364) => "€"
            char(0) => "\0"
            char(1114111) => "􏿿"
            char(1114112) => !value
            char(55296) => !value
            char(-1) => !value
            char(4294967361) => !value
            char("a") => !type
            ord("€") => 8364
            ord("") => !value
            ord("ab") => !value
            ord(1) => !type
            reverse("aä€") => "€äa"
            reverse([1, 2, 3]) => [3, 2, 1]
            reverse([]) => []
            reverse(nil) => !type
        "#,
        );
    }

    #[test]
    fn growth_is_limited_beforehand() {
        check(
            r#"
            repeat("ab", 3) => "ababab"
            repeat("ab", 0) => ""
            repeat("", 9223372036854775807) => ""
            repeat("ab", -1) => !value
            repeat("a", 1000000000000) => !limit
            repeat("ab", 9223372036854775807) => !limit
            repeat("ab", 1.0) => !type
            repeat(1, 2) => !type
            pad_left("7", 3, "0") => "007"
            pad_left("ä", 3) => "  ä"
            pad_left("long", 2) => "long"
            pad_left("a", -5) => "a"
            pad_left("a", 3, "xy") => !value
            pad_left("a", 3, "") => !value
            pad_left("a", 1000000000000) => !limit
            pad_left("a", "3") => !type
            pad_left("a", 3, 0) => !type
            pad_right("a", 3, "€") => "a€€"
            pad_right("a", 9223372036854775807, "€") => !limit
            pad_right(1, 3) => !type
        "#,
        );
    }

    #[test]
    fn formats() {
        check(
            r#"
            format("{} and {}", 1, "a") => "1 and a"
            format("{1}{0}{1}", "a", "b") => "bab"
            format("{}{0}{}", "a", "b") => "aab"
            format("{{{}}}", 1) => "{1}"
            format("{}", ["a", nil]) => "[\"a\", nil]"
            format("{:5}|{:5}|", 42, "ab") => "   42|ab   |"
            format("{:<5}|{:>5}|{:^5}|", 42, "ab", "x") => "42   |   ab|  x  |"
            format("{:^4}|", "x") => " x  |"
            format("{:*^6}", "ab") => "**ab**"
            format("{:ä>3}", 1) => "ää1"
            format("{:05}", -42) => "-0042"
            format("{:05}", -1.5) => "-01.5"
            format("{:05}", "ab") => "ab   "
            format("{:<05}", 42) => "42   "
            format("{:.2}", 3.14159) => "3.14"
            format("{:.2}", 7) => "7.00"
            format("{:.2}", "äbc") => "äb"
            format("{:.0f}", 2.5) => "2"
            format("{:f}", 1) => "1.000000"
            format("{:8.3f}|", -2.0005) => "  -2.001|"
            format("{:e}", 1500.0) => "1.500000e3"
            format("{:.1e}", 0) => "0.0e0"
            format("{:.2e}", 0.000123) => "1.23e-4"
            format("{:x} {:X} {:b} {:o} {:d}", 255, 255, 5, 8, 9) => "ff FF 101 10 9"
            format("{:x}", -255) => "-ff"
            format("{:b}", -9223372036854775808) => "-1000000000000000000000000000000000000000000000000000000000000000"
            format("{:06x}", -255) => "-000ff"
            format("{:f} {:e} {:.1}", inf, nan, -inf) => "inf nan -inf"
            format("{:s}", 1.5) => "1.5"
            format("{:4}|", true) => "true|"
            format("{:6}|", nil) => "nil   |"
            format("") => ""
            format("{") => !value
            format("}") => !value
            format("{x}") => !value
            format("{:y}", 1) => !value
            format("{}") => !value
            format("{1}", 1) => !value
            format("{99999999999999999999}", 1) => !value
            format("{:d}", 1.5) => !type
            format("{:x}", "a") => !type
            format("{:f}", "a") => !type
            format("{:e}", nil) => !type
            format(1) => !type
        "#,
        );
    }
}
