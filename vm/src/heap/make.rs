//! Makes objects: one constructor for each kind of value.
//!
//! Constructors of small things cannot fail. Where a program chooses the size there is one that gives an error of kind
//! `limit`. Strings of one ASCII character, the empty string, builtins and a program's constants are permanent: made
//! once, and never freed.

use std::ptr;

use super::Heap;
use super::array::{INLINE_MAX, SMALLEST_CAPACITY, WordBuffer, inline_words, storage_of};
use super::dict::DictRef;
use super::object::{
    Array, BigInt, Bound, Builtin, Cell, Closure, Dict, DictIter, Enum, EnumMember, GC_OLD, GC_PERMANENT, Header,
    ObjectKind, Range, SMALLEST_OBJECT, STR_INLINE, Storage, Str, round_up,
};
use super::shape::{BOUND_SHAPE, ENUM_MEMBER_SHAPE};
use super::string::{char_count, check_length};
use crate::bytecode::proto::Proto;
use crate::error::Thrown;
use crate::value::{TAG_ARRAY, TAG_BIG_INT, TAG_CLOSURE, TAG_OBJECT, TAG_STRING, Value};

fn header(kind: ObjectKind, gc: u8) -> Header {
    Header { kind, storage: Storage::Empty, gc, flags: 0, aux: 0 }
}

impl Heap {
    /// An int, boxed if it has to be.
    #[inline(always)]
    pub fn int(&mut self, int: i64) -> Value {
        match Value::try_small_int(int) {
            Some(value) => value,
            None => self.big_int(int),
        }
    }

    /// A boxed int, for an int that does not fit 48 bits.
    #[inline(never)]
    fn big_int(&mut self, int: i64) -> Value {
        let (object, gc) = self.allocate(size_of::<BigInt>());
        let object = object.cast::<BigInt>();
        // SAFETY: `allocate` gave room for it.
        unsafe { object.write(BigInt { header: header(ObjectKind::BigInt, gc), int }) };
        Value::pointer(TAG_BIG_INT, object)
    }

    /// An int that lives as long as the heap: a constant of a program.
    pub fn constant_int(&mut self, int: i64) -> Value {
        if let Some(value) = Value::try_small_int(int) {
            return value;
        }
        if let Some(&value) = self.constant_ints.get(&int) {
            return value;
        }
        let object = self.allocate_old(size_of::<BigInt>()).cast::<BigInt>();
        // SAFETY: `allocate_old` gave room for it.
        unsafe { object.write(BigInt { header: header(ObjectKind::BigInt, GC_OLD | GC_PERMANENT), int }) };
        let value = Value::pointer(TAG_BIG_INT, object);
        self.constant_ints.insert(int, value);
        value
    }

    /// A string.
    ///
    /// # Panics
    /// If it is longer than a string may be; see [`Heap::try_string`].
    pub fn string(&mut self, text: &str) -> Value {
        match text.as_bytes() {
            [] => self.empty_string,
            &[byte] => self.ascii[byte as usize],
            _ => self.fresh_string(&[text], text.len(), char_count(text)),
        }
    }

    /// A string whose length the program chooses.
    ///
    /// # Errors
    /// Kind `limit` if it is longer than a string may be.
    pub fn try_string(&mut self, text: &str) -> Result<Value, Thrown> {
        check_length(text.len())?;
        self.check_room(text.len())?;
        Ok(self.string(text))
    }

    /// The concatenation of texts.
    ///
    /// # Errors
    /// Kind `limit` if it is longer than a string may be.
    pub fn string_from_parts(&mut self, parts: &[&str]) -> Result<Value, Thrown> {
        let len = parts.iter().map(|part| part.len()).sum::<usize>();
        check_length(len)?;
        self.check_room(len)?;
        if len < 2 {
            return Ok(self.string(parts.iter().find(|part| !part.is_empty()).copied().unwrap_or("")));
        }
        Ok(self.fresh_string(parts, len, parts.iter().map(|part| char_count(part)).sum()))
    }

    /// A string of one character.
    pub fn char(&mut self, char: char) -> Value {
        if char.is_ascii() {
            return self.ascii[char as usize];
        }
        let mut bytes = [0; 4];
        self.fresh_string(&[char.encode_utf8(&mut bytes)], char.len_utf8(), 1)
    }

    /// The string of an int in decimal.
    pub fn string_of_int(&mut self, int: i64) -> Value {
        // Nineteen digits and a sign, from the right.
        let mut bytes = [0; 20];
        let mut start = bytes.len();
        let mut rest = int.unsigned_abs();
        loop {
            start -= 1;
            bytes[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if int < 0 {
            start -= 1;
            bytes[start] = b'-';
        }
        self.string(std::str::from_utf8(&bytes[start..]).expect("digits are ASCII"))
    }

    /// A string that lives as long as the heap: a constant of a program. Equal ones are the same object.
    pub fn constant_string(&mut self, text: &str) -> Value {
        match text.as_bytes() {
            [] => return self.empty_string,
            &[byte] => return self.ascii[byte as usize],
            _ => {}
        }
        if let Some(&value) = self.constant_strings.get(text) {
            return value;
        }
        let value = self.permanent_string(text);
        self.constant_strings.insert(text.into(), value);
        value
    }

    fn permanent_string(&mut self, text: &str) -> Value {
        let object = self.allocate_old(round_up(size_of::<Str>() + text.len()));
        // SAFETY: `allocate_old` gave room for the string and its bytes.
        unsafe { write_string(object, GC_OLD | GC_PERMANENT, &[text], text.len(), char_count(text)) }
    }

    pub(super) fn make_permanent_strings(&mut self) {
        self.empty_string = self.permanent_string("");
        for byte in 0..128u8 {
            self.ascii[byte as usize] = self.permanent_string(char::from(byte).encode_utf8(&mut [0; 4]));
        }
    }

    /// Where the one-character strings of ASCII characters stand, by their codes: for compiled code. They stay there as long
    /// as the heap, and every string that is one ASCII character is one of them.
    pub fn ascii_strings(&self) -> *const Value {
        self.ascii.as_ptr()
    }

    /// The one-character string of an ASCII byte.
    pub(super) fn ascii_string(&self, byte: u8) -> Value {
        self.ascii[byte as usize]
    }

    /// The string of two parts, neither of them empty, with so many bytes and characters.
    #[inline]
    pub(super) fn short_string(&mut self, parts: [&str; 2], len: usize, chars: usize) -> Value {
        debug_assert!(len > 1, "there is one object for each short string");
        let (object, gc) = self.allocate(round_up(size_of::<Str>() + len));
        // SAFETY: `allocate` gave room for the string and its bytes.
        unsafe { write_string(object, gc, &parts, len, chars) }
    }

    fn fresh_string(&mut self, parts: &[&str], len: usize, chars: usize) -> Value {
        assert!(check_length(len).is_ok(), "a string of {len} bytes");
        debug_assert!(len > 1, "there is one object for each short string");
        let (object, gc) = self.allocate(round_up(size_of::<Str>() + len));
        // SAFETY: `allocate` gave room for the string and its bytes.
        unsafe { write_string(object, gc, parts, len, chars) }
    }

    /// An array; its storage is the narrowest that holds the values.
    pub fn array(&mut self, values: &[Value]) -> Value {
        let storage = storage_of(values);
        let len = values.len();
        match storage {
            Storage::Empty | Storage::Float | Storage::Any => {
                self.array_of_words(storage, len, values.iter().map(|value| value.0))
            }
            Storage::Int => {
                self.array_of_words(storage, len, values.iter().map(|value| value.as_int().unwrap_or(0) as u64))
            }
            Storage::Bool => {
                let byte = |value: &Value| u64::from(*value == Value::TRUE);
                let words =
                    values.chunks(8).map(|bools| bools.iter().rev().fold(0, |word, bool| word << 8 | byte(bool)));
                self.array_of_words(storage, len, words)
            }
        }
    }

    /// An array that keeps values of any type, whatever these are.
    pub(super) fn array_of_any(&mut self, values: &[Value]) -> Value {
        self.array_of_words(Storage::Any, values.len(), values.iter().map(|value| value.0))
    }

    /// An array of elements, as they are stored in words.
    fn array_of_words(&mut self, storage: Storage, len: usize, words: impl ExactSizeIterator<Item = u64>) -> Value {
        if words.len() > INLINE_MAX || self.accounts().guards_arrays() {
            return self.array_of(storage, WordBuffer { len, ..WordBuffer::from_vec(words.collect::<Vec<u64>>()) });
        }
        // What is made empty is going to be filled.
        let room = if len == 0 { SMALLEST_CAPACITY } else { words.len() };
        let (object, gc) = self.allocate(size_of::<Array>() + 8 * room);
        debug_assert!(gc & GC_OLD == 0, "a nursery has room for a small array");
        let array = object.cast::<Array>();
        let header = Header { storage, flags: room as u8, ..header(ObjectKind::Array, gc) };
        // SAFETY: `allocate` gave room for it, and the words behind it; now that it is written it is a live object.
        unsafe {
            let data = inline_words(array);
            array.write(Array { header, len, data, capacity: room });
            words.enumerate().for_each(|(index, word)| data.add(index).write(word));
        }
        Value::pointer(TAG_ARRAY, array)
    }

    /// An array of ints.
    pub fn array_of_ints(&mut self, ints: Vec<i64>) -> Value {
        let storage = if ints.is_empty() { Storage::Empty } else { Storage::Int };
        self.array_of(storage, WordBuffer::from_vec(ints))
    }

    /// An array of floats.
    pub fn array_of_floats(&mut self, floats: Vec<f64>) -> Value {
        let storage = if floats.is_empty() { Storage::Empty } else { Storage::Float };
        self.array_of(storage, WordBuffer::from_vec(floats))
    }

    /// An array of `count` times the same value.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    pub fn array_filled(&mut self, count: usize, value: Value) -> Result<Value, Thrown> {
        let array = self.array(&[]);
        array.as_array().expect("it was just made").append_repeated(self, count, value)?;
        Ok(array)
    }

    /// An empty array with room for some elements, of any kind.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    pub fn array_with_capacity(&mut self, capacity: usize) -> Result<Value, Thrown> {
        let array = self.array(&[]);
        array.as_array().expect("it was just made").reserve(self, capacity)?;
        Ok(array)
    }

    pub(super) fn array_of(&mut self, storage: Storage, buffer: WordBuffer) -> Value {
        let buffer = buffer.settled(self.accounts());
        let (object, gc) = self.allocate(size_of::<Array>());
        debug_assert!(gc & GC_OLD == 0, "a nursery has room for an array");
        let array = object.cast::<Array>();
        let header = Header { storage, ..header(ObjectKind::Array, gc) };
        // SAFETY: `allocate` gave room for it; now that it is written it is a live object.
        unsafe {
            array.write(Array { header, len: buffer.len, data: buffer.data, capacity: buffer.capacity });
            if buffer.capacity != 0 {
                self.accounts().add_external(buffer.capacity * 8);
                self.accounts().add_owner(object);
            }
        }
        Value::pointer(TAG_ARRAY, array)
    }

    /// A dict without keys.
    pub fn dict(&mut self) -> Value {
        let (object, gc) = self.allocate(size_of::<Dict>());
        debug_assert!(gc & GC_OLD == 0, "a nursery has room for a dict");
        // SAFETY: `allocate` gave room for it.
        unsafe { object.cast::<Dict>().write(Dict::empty(header(ObjectKind::Dict, gc))) };
        Value::pointer(TAG_OBJECT, object)
    }

    /// A dict of keys and values, each key before its value. Of equal keys the last one's value stays.
    ///
    /// # Errors
    /// Kind `key` for nil and nan, kind `limit` if there is not enough memory.
    pub fn dict_of(&mut self, keys_and_values: &[Value]) -> Result<Value, Thrown> {
        let value = self.dict();
        let dict = value.as_dict().expect("it was just made");
        dict.fill(self, keys_and_values)?;
        Ok(value)
    }

    /// What a loop over a dict keeps of it.
    pub fn dict_iter(&mut self, dict: DictRef) -> Value {
        let (object, gc) = self.allocate(size_of::<DictIter>());
        let header = header(ObjectKind::DictIter, gc);
        let iter = DictIter { header, dict: dict.value(), changes: dict.changes() };
        // SAFETY: `allocate` gave room for it.
        unsafe { object.cast::<DictIter>().write(iter) };
        Value::pointer(TAG_OBJECT, object)
    }

    /// A function of the program with what it captures. The prototype must stay where it is while the closure is called.
    pub fn closure(&mut self, proto: &Proto, captures: &[Value]) -> Value {
        let (object, gc) = self.allocate(size_of::<Closure>() + size_of_val(captures));
        let closure = object.cast::<Closure>();
        let header = Header { aux: captures.len() as u32, ..header(ObjectKind::Closure, gc) };
        // SAFETY: `allocate` gave room for the closure and its captures; now that it is written it is a live object.
        unsafe {
            closure.write(Closure { header, code: proto.code(), proto, captures: [] });
            let to = object.cast::<u8>().add(size_of::<Closure>()).cast::<Value>();
            ptr::copy_nonoverlapping(captures.as_ptr(), to, captures.len());
            self.barrier(object);
        }
        Value::pointer(TAG_CLOSURE, closure)
    }

    /// The function value of a builtin; the same object each time.
    pub fn builtin(&mut self, index: u16) -> Value {
        let slot = index as usize;
        if let Some(&Some(value)) = self.builtins.get(slot) {
            return value;
        }
        let object = self.allocate_old(SMALLEST_OBJECT);
        let builtin = object.cast::<Builtin>();
        let header = Header { aux: index.into(), ..header(ObjectKind::Builtin, GC_OLD | GC_PERMANENT) };
        // SAFETY: `allocate_old` gave room for it, and for a second word.
        unsafe { builtin.write(Builtin { header }) };
        let value = Value::pointer(TAG_OBJECT, builtin);
        if slot >= self.builtins.len() {
            self.builtins.resize(slot + 1, None);
        }
        self.builtins[slot] = Some(value);
        value
    }

    /// A method with its receiver.
    pub fn bound(&mut self, receiver: Value, method: Value) -> Value {
        let (object, gc) = self.allocate(size_of::<Bound>());
        let bound = object.cast::<Bound>();
        let header = Header { aux: BOUND_SHAPE, ..header(ObjectKind::Bound, gc) };
        // SAFETY: `allocate` gave room for it.
        unsafe { bound.write(Bound { header, receiver, method }) };
        Value::pointer(TAG_OBJECT, bound)
    }

    /// The range `start..end`.
    pub fn range(&mut self, start: i64, end: i64) -> Value {
        let (object, gc) = self.allocate(size_of::<Range>());
        let range = object.cast::<Range>();
        // SAFETY: `allocate` gave room for it.
        unsafe { range.write(Range { header: header(ObjectKind::Range, gc), start, end }) };
        Value::pointer(TAG_OBJECT, range)
    }

    /// A cell that holds a value. Not a value of the language: it stands in the register or capture of a variable.
    pub fn cell(&mut self, value: Value) -> Value {
        let (object, gc) = self.allocate(size_of::<Cell>());
        let cell = object.cast::<Cell>();
        // SAFETY: `allocate` gave room for it.
        unsafe { cell.write(Cell { header: header(ObjectKind::Cell, gc), value }) };
        Value::pointer(TAG_OBJECT, cell)
    }

    /// An enum without members, which [`super::access::EnumRef::define`] adds. `name` is a string.
    pub fn enumeration(&mut self, name: Value) -> Value {
        // Members are found at the address of their place, which must not move.
        let members = self.array_of(Storage::Empty, WordBuffer::from_vec(Vec::<u64>::with_capacity(SMALLEST_CAPACITY)));
        let aux = self.shapes.number_holder();
        let (object, gc) = self.allocate(size_of::<Enum>());
        let object = object.cast::<Enum>();
        let header = Header { aux, ..header(ObjectKind::Enum, gc) };
        // SAFETY: `allocate` gave room for it.
        unsafe { object.write(Enum { header, name, members }) };
        Value::pointer(TAG_OBJECT, object)
    }

    /// A member of an enum, which does not list it yet. `name` is a string, `value` an int.
    pub(super) fn enum_member(&mut self, owner: Value, name: Value, value: Value) -> Value {
        let (object, gc) = self.allocate(size_of::<EnumMember>());
        let member = object.cast::<EnumMember>();
        let header = Header { aux: ENUM_MEMBER_SHAPE, ..header(ObjectKind::EnumMember, gc) };
        // SAFETY: `allocate` gave room for it.
        unsafe { member.write(EnumMember { header, owner, name, value }) };
        Value::pointer(TAG_OBJECT, member)
    }
}

/// Writes a string whose bytes follow it.
///
/// # Safety
/// `object` must have room for it and the bytes; `len` and `chars` must be those of all parts together.
unsafe fn write_string(object: *mut Header, gc: u8, parts: &[&str], len: usize, chars: usize) -> Value {
    let string = object.cast::<Str>();
    // SAFETY: the caller vouches for the room.
    unsafe {
        let data = object.cast::<u8>().add(size_of::<Str>());
        let header = Header { flags: STR_INLINE, ..header(ObjectKind::Str, gc) };
        string.write(Str { header, len: len as u32, chars: chars as u32, data });
        let mut to = data;
        for part in parts {
            ptr::copy_nonoverlapping(part.as_ptr(), to, part.len());
            to = to.add(part.len());
        }
    }
    Value::pointer(TAG_STRING, string)
}
