//! Writes values as JSON.
//!
//! As with the text form of values, containers are walked with a list of those that are open, and the text's length is
//! checked on the way.

use rustc_hash::FxHashSet;

use super::number::{write_float, write_int};
use crate::error::{ErrorKind, Throw, Thrown};
use crate::heap::Heap;
use crate::heap::array::ArrayRef;
use crate::heap::dict::DictRef;
use crate::heap::string::check_length;
use crate::ops::type_name;
use crate::text::display::write_value;
use crate::value::Value;

/// A value as JSON: in one line if `indent` is 0, else in lines indented by so many blanks a level.
///
/// # Errors
/// Kind `value` for what has no end (nan, infinities, a container inside itself), kind `type` for values of other types
/// than JSON has, kind `limit` if the text gets too long.
pub fn print(value: Value, indent: usize, heap: &mut Heap) -> Result<String, Thrown> {
    let mut printer = Printer { out: String::new(), indent, path: Vec::new(), on_path: FxHashSet::default() };
    printer.value(value, heap)?;
    while let Some(innermost) = printer.path.last_mut() {
        let is_first = std::mem::replace(&mut innermost.is_empty, false);
        match innermost.container {
            Container::Array(array, index) if index < array.len() => {
                innermost.container = Container::Array(array, index + 1);
                printer.begin_part(is_first)?;
                let element = array.at(heap, index);
                printer.value(element, heap)?;
            }
            Container::Dict(dict, position) if let Some((next, entry)) = dict.next(position) => {
                innermost.container = Container::Dict(dict, next);
                printer.begin_part(is_first)?;
                printer.key(entry.key, heap)?;
                printer.out.push_str(if indent > 0 { ": " } else { ":" });
                printer.value(entry.value, heap)?;
            }
            Container::Array(..) | Container::Dict(..) => printer.close(is_first)?,
        }
        check_length(printer.out.len())?;
    }
    Ok(printer.out)
}

/// A container, and where the part is that comes next.
#[derive(Clone, Copy)]
enum Container {
    Array(ArrayRef, usize),
    Dict(DictRef, usize),
}

/// A container that has been begun.
struct Open {
    container: Container,
    /// Whether nothing of it has been written yet.
    is_empty: bool,
}

struct Printer {
    out: String,
    indent: usize,
    path: Vec<Open>,
    on_path: FxHashSet<u64>,
}

impl Printer {
    /// Writes a value; of a container, its beginning.
    fn value(&mut self, value: Value, heap: &mut Heap) -> Result<(), Thrown> {
        let container = if let Some(array) = value.as_array() {
            Container::Array(array, 0)
        } else if let Some(dict) = value.as_dict() {
            Container::Dict(dict, 0)
        } else {
            return self.scalar(value, heap);
        };
        if !self.on_path.insert(value.0) {
            return Err(no_form(ErrorKind::Value, "a container inside itself"));
        }
        self.out.push(if let Container::Array(..) = container { '[' } else { '{' });
        self.path.push(Open { container, is_empty: true });
        Ok(())
    }

    fn scalar(&mut self, value: Value, heap: &mut Heap) -> Result<(), Thrown> {
        if let Some(string) = value.as_string() {
            check_length(self.out.len() + string.len_bytes())?;
            write_string(&mut self.out, string.as_str());
        } else if let Some(int) = value.as_int() {
            write_int(&mut self.out, int);
        } else if let Some(float) = value.as_float() {
            if !float.is_finite() {
                let mut text = String::new();
                write_float(&mut text, float);
                return Err(no_form(ErrorKind::Value, &text));
            }
            write_float(&mut self.out, float);
        } else if value.is_nil() {
            self.out.push_str("null");
        } else if value.is_bool() {
            write_value(&mut self.out, value, heap)?;
        } else {
            return Err(no_form(ErrorKind::Type, &format!("a value of type {}", type_name(value))));
        }
        Ok(())
    }

    /// A key: a string, or the text of what else it is.
    fn key(&mut self, key: Value, heap: &mut Heap) -> Result<(), Thrown> {
        if key.as_string().is_some() {
            return self.scalar(key, heap);
        }
        let mut text = String::new();
        match write_value(&mut text, key, heap) {
            Ok(()) => write_string(&mut self.out, &text),
            // A method of the program makes its text.
            Err(thrown) if matches!(*thrown.0, Throw::NeedsText) => {
                return Err(no_form(ErrorKind::Type, &format!("a key of type {}", type_name(key))));
            }
            Err(thrown) => return Err(thrown),
        }
        Ok(())
    }

    /// What stands before an element or a key.
    fn begin_part(&mut self, is_first: bool) -> Result<(), Thrown> {
        if !is_first {
            self.out.push(',');
        }
        self.new_line(self.path.len())
    }

    /// Ends the innermost container.
    fn close(&mut self, is_empty: bool) -> Result<(), Thrown> {
        let Some(Open { container, .. }) = self.path.pop() else { return Ok(()) };
        if !is_empty {
            self.new_line(self.path.len())?;
        }
        let value = match container {
            Container::Array(array, _) => {
                self.out.push(']');
                array.value()
            }
            Container::Dict(dict, _) => {
                self.out.push('}');
                dict.value()
            }
        };
        self.on_path.remove(&value.0);
        Ok(())
    }

    fn new_line(&mut self, depth: usize) -> Result<(), Thrown> {
        if self.indent > 0 {
            let blanks = self.indent.saturating_mul(depth);
            check_length(self.out.len().saturating_add(blanks))?;
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', blanks));
        }
        Ok(())
    }
}

#[cold]
fn no_form(kind: ErrorKind, what: &str) -> Thrown {
    Thrown::new(kind, format!("json_stringify: {what} has no JSON form"))
}

/// Appends a string in quotes.
fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | ..b' ')) {
        out.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0C => out.push_str("\\f"),
            other => out.push_str(&format!("\\u{other:04x}")),
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}
