//! The text form of any value: what `str` gives and `print` writes.
//!
//! Containers are walked with a list of the ones that are open, not by recursion: they may be nested deeper than the
//! native stack reaches. One that is open already is written as `[...]` or `{...}`. What is nested without a cycle may still be
//! exponentially larger as text than in memory, so the text's length is checked on the way.

use rustc_hash::FxHashSet;

use super::number::{write_float, write_int};
use crate::builtins;
use crate::error::Thrown;
use crate::heap::Heap;
use crate::heap::array::{ArrayRef, Elements};
use crate::heap::class::InstanceRef;
use crate::heap::dict::DictRef;
use crate::heap::string::check_length;
use crate::value::Value;

/// Errors that are messages of errors, before the text gives up on them.
const MESSAGES_MAX: usize = 100;

/// `str(value)` as a value: a string is itself. May allocate.
///
/// # Errors
/// Kind `limit` if the text is too long.
pub fn to_str(value: Value, heap: &mut Heap) -> Result<Value, Thrown> {
    if value.as_string().is_some() {
        return Ok(value);
    }
    let mut text = String::new();
    write_value(&mut text, value, heap)?;
    heap.try_string(&text)
}

/// `str(value)` as Rust's string.
///
/// # Errors
/// Kind `limit` if the text is too long.
pub fn text_of(value: Value, heap: &Heap) -> Result<String, Thrown> {
    let mut text = String::new();
    write_value(&mut text, value, heap)?;
    Ok(text)
}

/// Appends `str(value)`.
///
/// # Errors
/// Kind `limit` if the text gets too long; then part of it has been appended.
pub fn write_value(out: &mut String, value: Value, heap: &Heap) -> Result<(), Thrown> {
    let value = message_of(heap, value);
    match Open::of(value) {
        Some(outermost) => write_container(out, outermost, heap),
        None => write_leaf(out, value, false, heap),
    }
}

/// What an error's message is, of errors that are messages of errors the innermost.
fn message_of(heap: &Heap, mut value: Value) -> Value {
    // An error may be its own message.
    for _ in 0..MESSAGES_MAX {
        let Some(message) = value.as_instance().and_then(|error| error.message(heap)) else { return value };
        value = message;
    }
    Value::NIL
}

/// An object that is no error.
fn write_instance(out: &mut String, instance: InstanceRef, heap: &Heap) -> Result<(), Thrown> {
    let class = instance.class(heap);
    if class.method(heap.to_string_name()).is_some() {
        return Err(Thrown::needs_text());
    }
    out.push('<');
    write_leaf(out, class.name(), false, heap)?;
    out.push('>');
    Ok(())
}

/// A container that has been begun.
#[derive(Clone, Copy)]
enum Open {
    /// An array, and the index of the element that is next.
    Array(ArrayRef, usize),
    /// A dict, and the position of the key that is next.
    Dict(DictRef, usize),
    /// The same where the key has been written and the value is next.
    DictValue(DictRef, usize, Value),
}

impl Open {
    fn of(value: Value) -> Option<Open> {
        let array = value.as_array().map(|array| Open::Array(array, 0));
        array.or_else(|| value.as_dict().map(|dict| Open::Dict(dict, 0)))
    }

    /// The container.
    fn value(self) -> Value {
        match self {
            Open::Array(array, _) => array.value(),
            Open::Dict(dict, _) | Open::DictValue(dict, ..) => dict.value(),
        }
    }

    fn brackets(self) -> [&'static str; 3] {
        match self {
            Open::Array(..) => ["[", "]", "[...]"],
            Open::Dict(..) | Open::DictValue(..) => ["{", "}", "{...}"],
        }
    }
}

fn write_container(out: &mut String, outermost: Open, heap: &Heap) -> Result<(), Thrown> {
    let mut path = vec![outermost];
    let mut on_path = FxHashSet::from_iter([outermost.value().0]);
    out.push_str(outermost.brackets()[0]);
    while let Some(open) = path.last_mut() {
        let part = match *open {
            Open::Array(array, index) if index < array.len() => {
                *open = Open::Array(array, index + 1);
                if index > 0 {
                    out.push_str(", ");
                }
                match array.elements(heap) {
                    Elements::Bools(bools) => Some(Value::bool(bools[index])),
                    Elements::Ints(ints) => {
                        write_int(out, ints[index]);
                        None
                    }
                    Elements::Floats(floats) => {
                        write_float(out, floats[index]);
                        None
                    }
                    Elements::Values(values) => Some(values[index]),
                }
            }
            Open::Dict(dict, position) if let Some((next, entry)) = dict.next(position) => {
                *open = Open::DictValue(dict, next, entry.value);
                if position > 0 {
                    out.push_str(", ");
                }
                Some(entry.key)
            }
            Open::DictValue(dict, position, value) => {
                *open = Open::Dict(dict, position);
                out.push_str(": ");
                Some(value)
            }
            Open::Array(..) | Open::Dict(..) => {
                out.push_str(open.brackets()[1]);
                on_path.remove(&open.value().0);
                path.pop();
                continue;
            }
        };
        // An error is shown by its message, without quotes.
        let message = part.map(|part| message_of(heap, part));
        match message.map(|message| (message, Open::of(message))) {
            Some((message, Some(inner))) if on_path.insert(message.0) => {
                out.push_str(inner.brackets()[0]);
                path.push(inner);
            }
            Some((_, Some(inner))) => out.push_str(inner.brackets()[2]),
            Some((message, None)) => write_leaf(out, message, part == Some(message), heap)?,
            None => {}
        }
        check_length(out.len())?;
        heap.check_text_room(out.len())?;
    }
    Ok(())
}

/// Appends what is not a container.
fn write_leaf(out: &mut String, value: Value, quoted: bool, heap: &Heap) -> Result<(), Thrown> {
    if let Some(int) = value.as_int() {
        write_int(out, int);
    } else if let Some(float) = value.as_float() {
        write_float(out, float);
    } else if let Some(string) = value.as_string() {
        let bytes = out.len() + string.len_bytes();
        check_length(bytes)?;
        string.ensure_flat()?;
        heap.check_text_room(bytes)?;
        if quoted {
            write_quoted(out, string.as_str());
        } else {
            out.push_str(string.as_str());
        }
    } else if let Some((start, end)) = value.as_range() {
        write_int(out, start);
        out.push_str("..");
        write_int(out, end);
    } else if value.is_bool() {
        out.push_str(if value == Value::TRUE { "true" } else { "false" });
    } else if let Some(enumeration) = value.as_enum() {
        out.extend(["<enum ", enumeration.name().as_str(), ">"]);
    } else if let Some(member) = value.as_enum_member() {
        out.extend([member.owner().name().as_str(), ".", member.name().as_str()]);
    } else if let Some(instance) = value.as_instance() {
        write_instance(out, instance, heap)?;
    } else if let Some(class) = value.as_class() {
        out.push_str("<class ");
        write_leaf(out, class.name(), false, heap)?;
        out.push('>');
    } else if value.is_pointer() {
        match function_name(value) {
            "" => out.push_str("<fn>"),
            name => out.extend(["<fn ", name, ">"]),
        }
    } else {
        out.push_str("nil");
    }
    Ok(())
}

/// The name of a function, a builtin or a bound method; empty if it has none.
pub fn function_name<'a>(mut value: Value) -> &'a str {
    while let Some((_, method)) = value.as_bound() {
        value = method;
    }
    if let Some(index) = value.as_builtin() {
        return builtins::info(index).map_or("", |info| info.name);
    }
    match value.as_closure() {
        // SAFETY: the prototype that a closure was made of outlives it (`Heap::closure` asks for that), and whoever
        // uses the name does so while the program runs.
        Some(closure) => unsafe { &(*closure.proto()).name },
        None => "",
    }
}

/// Appends a string in quotes, escaped, as it stands inside containers.
pub fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            '\0'..='\x1F' | '\x7F'..='\u{9F}' => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                let code = char as usize;
                out.extend(['\\', 'x', HEX[code >> 4] as char, HEX[code & 15] as char]);
            }
            _ => out.push(char),
        }
    }
    out.push('"');
}

/// A string in quotes, escaped; for messages.
pub fn quoted(text: &str) -> String {
    let mut out = String::new();
    write_quoted(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values() {
        let heap = &mut Heap::default();
        for (value, text) in [
            (Value::NIL, "nil"),
            (Value::TRUE, "true"),
            (Value::FALSE, "false"),
            (heap.int(-7), "-7"),
            (heap.int(i64::MIN), "-9223372036854775808"),
            (Value::float(1e16), "1e16"),
            (heap.string("as it \"is\"\n"), "as it \"is\"\n"),
            (heap.range(-1, 5), "-1..5"),
        ] {
            assert_eq!(text_of(value, heap).ok().as_deref(), Some(text));
        }
    }

    #[test]
    fn containers_quote() {
        let heap = &mut Heap::default();
        let text = heap.string("a\\\"\n\t\r\0\x1b\x7f\u{85}\u{a0}ä");
        let (one, big) = (heap.int(1), heap.int(i64::MAX));
        let ints = heap.array(&[one, big]);
        let floats = heap.array(&[Value::float(0.5), Value::float(-0.0)]);
        let (empty, range) = (heap.array(&[]), heap.range(0, 2));
        let array = heap.array(&[text, ints, floats, empty, Value::NIL, range]);
        assert_eq!(
            text_of(array, heap).ok().as_deref(),
            Some(
                "[\"a\\\\\\\"\\n\\t\\r\\0\\x1b\\x7f\\x85\u{a0}ä\", [1, 9223372036854775807], [0.5, -0.0], [], nil, 0..2]"
            )
        );
    }

    #[test]
    fn cycles_end_and_repetitions_do_not_count_as_such() {
        let heap = &mut Heap::default();
        let inner = heap.array(&[Value::NIL]);
        let outer = heap.array(&[inner, inner]);
        assert_eq!(text_of(outer, heap).ok().as_deref(), Some("[[nil], [nil]]"));
        inner.as_array().expect("an array").set(heap, 0, outer).expect("room");
        assert_eq!(text_of(outer, heap).ok().as_deref(), Some("[[[...]], [[...]]]"));
    }

    #[test]
    fn deep_nesting_needs_no_native_stack() {
        let heap = &mut Heap::default();
        let depth = if cfg!(miri) { 100 } else { 200_000 };
        let nested = (0..depth).fold(Value::NIL, |inner, _| heap.array(&[inner]));
        let text = text_of(nested, heap).expect("a text");
        assert_eq!(text.len(), 2 * depth + 3);
    }

    #[test]
    fn functions_are_named() {
        let heap = &mut Heap::default();
        let (index, info) = builtins::find("push").expect("a builtin");
        assert_eq!(info.name, "push");
        let push = heap.builtin(index);
        let array = heap.array(&[]);
        let bound = heap.bound(array, push);
        assert_eq!(text_of(push, heap).ok().as_deref(), Some("<fn push>"));
        assert_eq!(text_of(bound, heap).ok().as_deref(), Some("<fn push>"));
    }
}
