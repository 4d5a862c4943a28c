//! Reads JSON (RFC 8259, to the letter).
//!
//! What is open stands in a list, not on the native stack: a text may be nested as deep as [`MAX_DEPTH`]. Everything is
//! put on the heap as it is read, so that the heap's limit holds. Keys that stand in the text more than once are one
//! string: a list of objects of one form is the usual case.

use rustc_hash::FxHashMap;

use crate::error::{ErrorKind, Thrown};
use crate::heap::Heap;
use crate::heap::array::ArrayRef;
use crate::heap::dict::DictRef;
use crate::text::number::parse_float;
use crate::value::Value;

/// Arrays and objects inside of one another, at most.
const MAX_DEPTH: usize = 1 << 20;

/// Bytes that a container takes at least, about.
const CONTAINER_BYTES: usize = 64;

/// Reads a text that is one JSON value.
///
/// # Errors
/// Kind `value` for what is no JSON, with line and column; kind `limit` for what does not fit.
pub fn parse(text: &str, heap: &mut Heap) -> Result<Value, Thrown> {
    let mut parser = Parser { text, at: 0, heap, keys: FxHashMap::default() };
    let value = parser.document()?;
    parser.skip_space();
    if parser.at < text.len() { Err(parser.unexpected("the end")) } else { Ok(value) }
}

/// A container that has been begun.
#[derive(Clone, Copy)]
enum Open {
    Array(ArrayRef),
    /// A dict, and the key whose value is next.
    Dict(DictRef, Value),
}

struct Parser<'t, 'h> {
    text: &'t str,
    at: usize,
    heap: &'h mut Heap,
    /// Keys by their text between the quotes, which has no escapes.
    keys: FxHashMap<&'t str, Value>,
}

impl<'t> Parser<'t, '_> {
    fn document(&mut self) -> Result<Value, Thrown> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            // Before a value.
            self.skip_space();
            let mut value = match self.peek() {
                Some(b'[') => {
                    let array = self.container(open.len(), |heap| heap.array(&[]))?;
                    self.skip_space();
                    if self.peek() != Some(b']') {
                        open.push(Open::Array(array.as_array().expect("it was just made")));
                        continue;
                    }
                    self.at += 1;
                    array
                }
                Some(b'{') => {
                    let dict = self.container(open.len(), Heap::dict)?;
                    self.skip_space();
                    if self.peek() != Some(b'}') {
                        let key = self.key("a key in quotes, or `}`")?;
                        open.push(Open::Dict(dict.as_dict().expect("it was just made"), key));
                        continue;
                    }
                    self.at += 1;
                    dict
                }
                _ => self.scalar()?,
            };
            // Behind a value, which may end what it is in.
            loop {
                let Some(innermost) = open.last_mut() else { return Ok(value) };
                let close = match *innermost {
                    Open::Array(array) => {
                        array.push(self.heap, value)?;
                        b']'
                    }
                    Open::Dict(dict, key) => {
                        dict.set(self.heap, key, value)?;
                        b'}'
                    }
                };
                self.skip_space();
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        if let Open::Dict(_, key) = innermost {
                            self.skip_space();
                            *key = self.key("a key in quotes")?;
                        }
                        break;
                    }
                    Some(byte) if byte == close => {
                        self.at += 1;
                        value = match *innermost {
                            Open::Array(array) => array.value(),
                            Open::Dict(dict, _) => dict.value(),
                        };
                        open.pop();
                    }
                    _ => return Err(self.unexpected(if close == b']' { "`,` or `]`" } else { "`,` or `}`" })),
                }
            }
        }
    }

    fn container(&mut self, depth: usize, make: fn(&mut Heap) -> Value) -> Result<Value, Thrown> {
        self.heap.check_room(CONTAINER_BYTES)?;
        if depth >= MAX_DEPTH {
            let message = format!("json_parse: containers are nested more than {MAX_DEPTH} deep");
            return Err(Thrown::new(ErrorKind::Limit, message));
        }
        self.at += 1;
        Ok(make(self.heap))
    }

    /// A key, the colon behind it included.
    fn key(&mut self, expected: &str) -> Result<Value, Thrown> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected(expected));
        }
        self.at += 1;
        let start = self.at;
        let plain = self.run();
        let key = match self.keys.get(plain) {
            Some(&key) if self.peek() == Some(b'"') => {
                self.at += 1;
                key
            }
            _ => {
                self.at = start;
                let key = self.string()?;
                if self.at == start + plain.len() + 1 {
                    self.keys.insert(plain, key);
                }
                key
            }
        };
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("`:`"));
        }
        self.at += 1;
        Ok(key)
    }

    /// A value that is no container.
    fn scalar(&mut self) -> Result<Value, Thrown> {
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                self.string()
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                for (word, value) in [("null", Value::NIL), ("true", Value::TRUE), ("false", Value::FALSE)] {
                    if self.text[self.at..].starts_with(word) {
                        self.at += word.len();
                        return Ok(value);
                    }
                }
                Err(self.unexpected("a value"))
            }
        }
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    fn number(&mut self) -> Result<Value, Thrown> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let first = self.at;
        if self.digits()? > 1 && self.text[first..].starts_with('0') {
            self.at = first;
            return Err(self.wrong("a number that begins with 0"));
        }
        let mut is_float = false;
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
            is_float = true;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
            is_float = true;
        }
        let text = &self.text[start..self.at];
        match text.parse::<i64>() {
            Ok(int) if !is_float => Ok(self.heap.int(int)),
            _ => Ok(Value::float(parse_float(text).expect("a number as floats are written"))),
        }
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<usize, Thrown> {
        let count = self.text[self.at..].bytes().take_while(u8::is_ascii_digit).count();
        self.at += count;
        if count == 0 { Err(self.unexpected("a digit")) } else { Ok(count) }
    }

    /// The characters from here up to a quote, a backslash, a control character or the end.
    fn run(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        let len = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | ..b' ')).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    /// The rest of a string, after the quote.
    fn string(&mut self) -> Result<Value, Thrown> {
        let start = self.at - 1;
        let first = self.run();
        if self.peek() == Some(b'"') {
            self.at += 1;
            return self.heap.try_string(first);
        }
        let mut text = String::from(first);
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return self.heap.try_string(&text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.wrong("a control character in a string, which has to be escaped")),
                None => {
                    self.at = start;
                    return Err(self.wrong("a string without an end"));
                }
            }
            text.push_str(self.run());
        }
    }

    fn escape(&mut self) -> Result<char, Thrown> {
        let start = self.at;
        self.at += 2;
        let char = match self.text.as_bytes().get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\x08',
            Some(b'f') => '\x0C',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(start),
            _ => {
                self.at = start;
                return Err(self.wrong("an unknown escape"));
            }
        };
        Ok(char)
    }

    /// The rest of `\u` and its four digits, or of two that are a surrogate pair.
    fn unicode(&mut self, start: usize) -> Result<char, Thrown> {
        let mut code = self.four_digits();
        if let Some(high @ 0xD800..0xDC00) = code
            && self.text[self.at..].starts_with("\\u")
        {
            self.at += 2;
            code = match self.four_digits() {
                Some(low @ 0xDC00..0xE000) => Some(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00)),
                _ => None,
            };
        }
        code.and_then(char::from_u32).ok_or_else(|| {
            self.at = start;
            self.wrong("an escape that is no character")
        })
    }

    fn four_digits(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        // The standard library would take a sign.
        if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) { u32::from_str_radix(digits, 16).ok() } else { None }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    #[cold]
    fn unexpected(&self, expected: &str) -> Thrown {
        match self.text[self.at..].chars().next() {
            Some(char) => self.wrong(&format!("expected {expected}, not {char:?}")),
            None => self.wrong(&format!("expected {expected}, not the end of the text")),
        }
    }

    #[cold]
    fn wrong(&self, what: &str) -> Thrown {
        let before = &self.text[..self.at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Thrown::new(ErrorKind::Value, format!("json_parse: {what} at line {line}, column {column}"))
    }
}
