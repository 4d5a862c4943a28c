//! Strings: UTF-8, immutable, joined lazily.
//!
//! A short concatenation is copied. A longer one is a *rope*, two strings not yet joined, which becomes flat in place
//! when someone looks at its bytes. A flat string of that origin has its bytes in a [`Buffer`] that may have room
//! behind them: appending to the string that ends where the buffer's used part ends writes there, and both strings
//! share the buffer. So appending in a loop is linear, whether the intermediate strings are looked at or not:
//!
//!     rope "..." + "a" + "b" + ...      at depth 32 of the left part, the left part is flattened first
//!     flat "..." + "a"                  appended in the buffer; if it is full, once, in one of twice the size
//!
//! Only one string can be the one that ends at a buffer's end, and a full buffer is outgrown at most once; what else is
//! appended to gives ropes. So no byte is copied more than a few times on average, whatever branches off.
//!
//! A character is found in constant time in an ASCII string. In others the heap remembers where it last looked, which
//! makes going through a string linear.

use std::alloc::{Layout, handle_alloc_error};
use std::cmp::Ordering;
use std::hash::Hasher;
use std::ptr::{self, NonNull};

use rustc_hash::FxHasher;

use super::Heap;
use super::accounts::Accounts;
use super::object::{
    BufferStr, Header, ObjectKind, RopeStr, STR_BUFFER, STR_DEPTH_MAX, STR_DEPTH_SHIFT, STR_FORM, STR_ROPE, Storage,
    Str, round_up,
};
use crate::error::{ErrorKind, Thrown};
use crate::value::{TAG_STRING, Value};

/// Most bytes of a string.
pub const MAX_STRING_BYTES: usize = 1 << 30;
/// A concatenation of up to so many bytes is copied at once.
const COPY_MAX: usize = 128;
/// A left part of this depth is flattened before something short is appended.
const DEPTH_MAX: u8 = 32;

/// Bytes that strings share, outside the moving heap. The bytes follow it.
#[derive(Debug)]
#[repr(C)]
pub struct Buffer {
    /// Strings that refer to it.
    shares: usize,
    /// Bytes that it has room for.
    capacity: u32,
    /// Bytes that are written; more than `capacity` once the buffer has been outgrown.
    used: u32,
}

/// A string, known to be one. Valid until the next collection, like the value it came from.
#[derive(Clone, Copy, Debug)]
pub struct StrRef(NonNull<Str>);

/// Where a character was last looked for in a string that is not ASCII.
#[derive(Debug)]
pub(super) struct Cursor {
    string: *const Str,
    char: usize,
    byte: usize,
}

impl Default for Cursor {
    fn default() -> Cursor {
        Cursor { string: ptr::null(), char: 0, byte: 0 }
    }
}

impl Cursor {
    /// Forgets the string: it may move or die.
    pub(super) fn reset(&mut self) {
        self.string = ptr::null();
    }
}

impl StrRef {
    /// The string of a value.
    #[inline(always)]
    pub fn from_value(value: Value) -> Option<StrRef> {
        // A value under this tag always refers to a string.
        if value.tag() == TAG_STRING { NonNull::new(value.address().cast()).map(StrRef) } else { None }
    }

    /// The string as a value.
    #[inline(always)]
    pub fn value(self) -> Value {
        Value::pointer(TAG_STRING, self.0.as_ptr())
    }

    #[inline(always)]
    fn header(&self) -> &Header {
        // SAFETY: a `StrRef` refers to a live string until the next collection, which is where it must not be used
        // any more (the collector's contract).
        unsafe { &(*self.0.as_ptr()).header }
    }

    /// Number of bytes.
    #[inline(always)]
    pub fn len_bytes(self) -> usize {
        // SAFETY: see `header`.
        unsafe { (*self.0.as_ptr()).len as usize }
    }

    /// Number of characters (Unicode scalar values).
    #[inline(always)]
    pub fn len_chars(self) -> usize {
        // SAFETY: see `header`.
        unsafe { (*self.0.as_ptr()).chars as usize }
    }

    /// Whether there is no character.
    #[inline(always)]
    pub fn is_empty(self) -> bool {
        self.len_bytes() == 0
    }

    /// Whether all characters are ASCII.
    #[inline(always)]
    pub fn is_ascii(self) -> bool {
        self.len_bytes() == self.len_chars()
    }

    /// The text. Flattens a rope.
    #[inline]
    pub fn as_str(&self) -> &str {
        // SAFETY: see `header`; a flat string has `len` bytes of UTF-8 at `data`, which nothing writes to any more.
        unsafe {
            let mut data = (*self.0.as_ptr()).data;
            if data.is_null() {
                data = flatten(self.0.as_ptr());
            }
            std::str::from_utf8_unchecked(std::slice::from_raw_parts(data, self.len_bytes()))
        }
    }

    /// Makes sure that [`StrRef::as_str`] has nothing left to do: to be called by what looks at many strings, or at any
    /// that the program may have made as large as it likes.
    ///
    /// # Errors
    /// Kind `limit` if this is a rope and there is no room for its bytes.
    #[inline]
    pub fn ensure_flat(self) -> Result<(), Thrown> {
        if self.form() != STR_ROPE {
            return Ok(());
        }
        self.accounts().check_room(self.len_bytes())?;
        self.as_str();
        Ok(())
    }

    /// Whether the bytes are in one piece, or there is room to make them so. Does so in the latter case.
    fn can_be_flat(self) -> bool {
        let flat = self.form() != STR_ROPE || self.accounts().has_room(self.len_bytes());
        if flat {
            self.as_str();
        }
        flat
    }

    /// The heap's accounts, which a rope knows.
    fn accounts(&self) -> &Accounts {
        debug_assert_eq!(self.form(), STR_ROPE);
        // SAFETY: see `header`; the form has been checked, and the accounts live as long as the heap.
        unsafe { &*(*self.0.as_ptr().cast::<RopeStr>()).accounts }
    }

    /// The parts of the text that lie in one piece each. Does not flatten a rope.
    fn pieces(&self) -> Pieces<'_> {
        Pieces { pending: vec![self.0.as_ptr()], string: std::marker::PhantomData }
    }

    /// The bytes of the text. Flattens a rope.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.as_str().as_bytes()
    }

    /// The one-character string at an index that counts characters. `None` if the string is not that long.
    #[inline]
    pub fn char_at(self, heap: &mut Heap, index: usize) -> Option<Value> {
        if index >= self.len_chars() {
            return None;
        }
        if self.is_ascii() {
            return Some(heap.ascii_string(self.as_bytes()[index]));
        }
        let char = self.as_str()[self.byte_index(heap, index)..].chars().next()?;
        Some(heap.char(char))
    }

    /// The byte where the character of an index begins; the length in bytes for any index from the length in
    /// characters up.
    pub fn byte_index(self, heap: &mut Heap, index: usize) -> usize {
        if index >= self.len_chars() {
            return self.len_bytes();
        }
        if self.is_ascii() {
            return index;
        }
        let bytes = self.as_bytes();
        let (mut char, mut byte) = (0, 0);
        if heap.cursor.string == self.0.as_ptr().cast_const() && heap.cursor.char / 2 <= index {
            (char, byte) = (heap.cursor.char, heap.cursor.byte);
        }
        while char < index {
            byte += 1;
            while is_continuation(bytes[byte]) {
                byte += 1;
            }
            char += 1;
        }
        while char > index {
            byte -= 1;
            while is_continuation(bytes[byte]) {
                byte -= 1;
            }
            char -= 1;
        }
        heap.cursor = Cursor { string: self.0.as_ptr(), char, byte };
        byte
    }

    /// The characters from `start` up to `end`, both clamped to the length.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    pub fn slice(self, heap: &mut Heap, start: usize, end: usize) -> Result<Value, Thrown> {
        let end = end.min(self.len_chars());
        if start >= end {
            return Ok(heap.string(""));
        }
        if start == 0 && end == self.len_chars() {
            return Ok(self.value());
        }
        self.ensure_flat()?;
        let from = self.byte_index(heap, start);
        let to = self.byte_index(heap, end);
        heap.try_string(&self.as_str()[from..to])
    }

    /// The hash of the text, never 0; the same in every run. Flattens a rope, if there is room.
    #[inline]
    pub fn hash(self) -> u32 {
        match self.header().aux {
            0 => self.compute_hash(),
            hash => hash,
        }
    }

    #[cold]
    fn compute_hash(self) -> u32 {
        let mut hasher = FxHasher::default();
        if self.can_be_flat() {
            hasher.write(self.as_bytes());
        } else {
            hasher.write(&self.pieces().collect::<Vec<_>>().concat());
        }
        let hash = hasher.finish();
        let hash = ((hash >> 32) as u32 ^ hash as u32).max(1);
        // SAFETY: see `header`; no reference to the header outlives an expression.
        unsafe { (*self.0.as_ptr()).header.aux = hash };
        hash
    }

    /// The string that consists of `left` and then `right`.
    ///
    /// # Errors
    /// Kind `limit` if it is longer than a string may be, or than there is memory for.
    pub fn concat(heap: &mut Heap, left: StrRef, right: StrRef) -> Result<Value, Thrown> {
        let (left_len, right_len) = (left.len_bytes(), right.len_bytes());
        if left_len == 0 {
            return Ok(right.value());
        }
        if right_len == 0 {
            return Ok(left.value());
        }
        let len = left_len + right_len;
        if len <= COPY_MAX {
            heap.check_room(len)?;
            let chars = left.len_chars() + right.len_chars();
            return Ok(heap.short_string([left.as_str(), right.as_str()], len, chars));
        }
        check_length(len)?;
        heap.check_room(len)?;
        if right_len <= left_len {
            if left.form() == STR_ROPE && left.header().flags >> STR_DEPTH_SHIFT >= DEPTH_MAX {
                left.ensure_flat()?;
            }
            if left.form() == STR_BUFFER
                && right.form() != STR_ROPE
                && let Some(value) = append(heap, left, right)?
            {
                return Ok(value);
            }
        }
        let depth = (1 + left.depth().max(right.depth())).min(STR_DEPTH_MAX);
        let (object, gc) = heap.allocate(size_of::<RopeStr>());
        let flags = STR_ROPE | depth << STR_DEPTH_SHIFT;
        let header = Header { kind: ObjectKind::Str, storage: Storage::Empty, gc, flags, aux: 0 };
        let chars = left.len_chars() + right.len_chars();
        let string = Str { header, len: len as u32, chars: chars as u32, data: ptr::null() };
        let rope = RopeStr { string, left: left.0.as_ptr(), right: right.0.as_ptr(), accounts: heap.accounts() };
        // SAFETY: `allocate` gave room for it.
        unsafe { object.cast::<RopeStr>().write(rope) };
        Ok(Value::pointer(TAG_STRING, object))
    }

    #[inline(always)]
    fn form(self) -> u8 {
        self.header().flags & STR_FORM
    }

    fn depth(self) -> u8 {
        if self.form() == STR_ROPE { self.header().flags >> STR_DEPTH_SHIFT } else { 0 }
    }
}

/// Equality of the texts.
impl PartialEq for StrRef {
    fn eq(&self, other: &StrRef) -> bool {
        if self.0 == other.0 {
            return true;
        }
        if self.len_bytes() != other.len_bytes() || self.len_chars() != other.len_chars() {
            return false;
        }
        let (a, b) = (self.header().aux, other.header().aux);
        (a == b || a == 0 || b == 0) && compare(*self, *other, |a, b| a == b, Ordering::is_eq)
    }
}

impl Eq for StrRef {}

impl PartialOrd for StrRef {
    fn partial_cmp(&self, other: &StrRef) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Order by Unicode scalar values, which in UTF-8 is the order of the bytes.
impl Ord for StrRef {
    fn cmp(&self, other: &StrRef) -> Ordering {
        compare(*self, *other, <[u8]>::cmp, |order| order)
    }
}

/// Compares the bytes of two strings. Ropes that there is no room to flatten are compared piece by piece: comparing
/// can't fail.
fn compare<R>(a: StrRef, b: StrRef, flat: impl Fn(&[u8], &[u8]) -> R, by_order: impl Fn(Ordering) -> R) -> R {
    if a.can_be_flat() && b.can_be_flat() {
        flat(a.as_bytes(), b.as_bytes())
    } else {
        by_order(compare_pieces(a.pieces(), b.pieces()))
    }
}

#[cold]
fn compare_pieces(mut a: Pieces<'_>, mut b: Pieces<'_>) -> Ordering {
    let (mut x, mut y): (&[u8], &[u8]) = (&[], &[]);
    loop {
        if x.is_empty() {
            x = a.next().unwrap_or_default();
        }
        if y.is_empty() {
            y = b.next().unwrap_or_default();
        }
        let common = x.len().min(y.len());
        if common == 0 {
            // One has ended: no piece is empty.
            return x.len().cmp(&y.len());
        }
        match x[..common].cmp(&y[..common]) {
            Ordering::Equal => (x, y) = (&x[common..], &y[common..]),
            order => return order,
        }
    }
}

/// The pieces of a string, from the first on. None is empty, unless it is the only one.
#[derive(Debug)]
struct Pieces<'s> {
    /// What is still to come, the next last.
    pending: Vec<*mut Str>,
    string: std::marker::PhantomData<&'s StrRef>,
}

impl<'s> Iterator for Pieces<'s> {
    type Item = &'s [u8];

    fn next(&mut self) -> Option<&'s [u8]> {
        loop {
            let part = self.pending.pop()?;
            // SAFETY: the parts of a live rope are live strings, and a flat one has `len` bytes at `data`; nothing is
            // collected while the string is borrowed.
            unsafe {
                if (*part).data.is_null() {
                    let rope = part.cast::<RopeStr>();
                    self.pending.extend([(*rope).right, (*rope).left]);
                } else {
                    return Some(std::slice::from_raw_parts((*part).data, (*part).len as usize));
                }
            }
        }
    }
}

/// An error if a string cannot be that long.
pub fn check_length(bytes: usize) -> Result<(), Thrown> {
    if bytes > MAX_STRING_BYTES { Err(too_long(bytes)) } else { Ok(()) }
}

#[cold]
fn too_long(bytes: usize) -> Thrown {
    Thrown::new(ErrorKind::Limit, format!("a string of {bytes} bytes is too long (at most {MAX_STRING_BYTES})"))
}

/// Number of characters. Counts the bytes that begin one, which compiles to vector instructions.
pub(super) fn char_count(text: &str) -> usize {
    text.bytes().filter(|&byte| !is_continuation(byte)).count()
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// Appends in the left string's buffer, or in a larger one. `None` if another string has been appended to this one
/// before.
///
/// # Errors
/// Kind `limit` if there is no room for a larger buffer. A rope would find room, but be copied again and again.
fn append(heap: &mut Heap, left: StrRef, right: StrRef) -> Result<Option<Value>, Thrown> {
    let (left_len, right_len) = (left.len_bytes(), right.len_bytes());
    let len = left_len + right_len;
    // SAFETY: both are live strings with their bytes at `data`, and the left one has a buffer. Bytes of a buffer from
    // `used` on belong to no string; a new buffer has room for twice the left string, which is not the shorter one.
    unsafe {
        let mut buffer = (*left.0.as_ptr().cast::<BufferStr>()).buffer;
        if (*buffer).used as usize != left_len {
            return Ok(None);
        }
        if len > (*buffer).capacity as usize {
            // Twice the size; near the limit less, but not so little that a loop of appending would be all copying.
            let mut capacity = 2 * left_len.max(COPY_MAX);
            if !heap.accounts().has_room(capacity) {
                capacity = len + len / 8;
                heap.check_room(capacity)?;
            }
            let larger = allocate_buffer(capacity, heap.accounts());
            ptr::copy_nonoverlapping((*left.0.as_ptr()).data, bytes_of(larger), left_len);
            heap.accounts().add_copied(left_len);
            (*buffer).used = u32::MAX;
            buffer = larger;
        }
        ptr::copy_nonoverlapping((*right.0.as_ptr()).data, bytes_of(buffer).add(left_len), right_len);
        heap.accounts().add_copied(right_len);
        (*buffer).used = len as u32;
        (*buffer).shares += 1;

        let (object, gc) = heap.allocate(round_up(size_of::<BufferStr>()));
        let header = Header { kind: ObjectKind::Str, storage: Storage::Empty, gc, flags: STR_BUFFER, aux: 0 };
        let chars = left.len_chars() + right.len_chars();
        let string = Str { header, len: len as u32, chars: chars as u32, data: bytes_of(buffer) };
        object.cast::<BufferStr>().write(BufferStr { string, buffer });
        heap.accounts().add_owner(object);
        Ok(Some(Value::pointer(TAG_STRING, object)))
    }
}

/// Joins the parts of a rope, which becomes a string with a buffer. Returns the address of the bytes.
///
/// Fills the buffer from its end, so that the list of what is still to be copied stays short for a rope that grew at
/// its right end.
///
/// # Safety
/// `string` must be a live rope.
#[cold]
#[inline(never)]
unsafe fn flatten(string: *mut Str) -> *const u8 {
    // SAFETY: the caller vouches for the rope; its parts are live strings, whose lengths add up to its own.
    unsafe {
        let rope = string.cast::<RopeStr>();
        let accounts = (*rope).accounts;
        let len = (*string).len as usize;
        let buffer = allocate_buffer(len, &*accounts);
        let bytes = bytes_of(buffer);
        let mut end = len;
        let mut pending = vec![(*rope).left, (*rope).right];
        while let Some(part) = pending.pop() {
            let data = (*part).data;
            if data.is_null() {
                pending.extend([(*part.cast::<RopeStr>()).left, (*part.cast::<RopeStr>()).right]);
            } else {
                end -= (*part).len as usize;
                ptr::copy_nonoverlapping(data, bytes.add(end), (*part).len as usize);
            }
        }
        debug_assert_eq!(end, 0, "parts of a rope of {len} bytes");
        (*accounts).add_copied(len);
        (*buffer).used = len as u32;
        (*buffer).shares = 1;
        (*string).data = bytes;
        (*string).header.flags = STR_BUFFER;
        (*string.cast::<BufferStr>()).buffer = buffer;
        (*accounts).add_owner(string.cast());
        bytes
    }
}

fn buffer_layout(capacity: usize) -> Layout {
    Layout::from_size_align(size_of::<Buffer>() + capacity, align_of::<Buffer>()).expect("lengths are checked")
}

/// A buffer that no string shares yet.
fn allocate_buffer(capacity: usize, accounts: &Accounts) -> *mut Buffer {
    let layout = buffer_layout(capacity);
    // SAFETY: the layout's size is not zero.
    let buffer = unsafe { accounts.buffers.allocate(layout) }.cast::<Buffer>();
    if buffer.is_null() {
        handle_alloc_error(layout);
    }
    // SAFETY: just allocated with room for it.
    unsafe { buffer.write(Buffer { shares: 0, capacity: capacity as u32, used: 0 }) };
    accounts.add_external(layout.size());
    buffer
}

/// # Safety
/// `buffer` must be live.
unsafe fn bytes_of(buffer: *mut Buffer) -> *mut u8 {
    // SAFETY: the bytes follow the buffer in the same allocation.
    unsafe { buffer.cast::<u8>().add(size_of::<Buffer>()) }
}

/// Gives a share of a buffer up; the last one frees it.
///
/// # Safety
/// `buffer` must be live, and the caller's share one that is not given up twice.
pub(super) unsafe fn release_buffer(buffer: *mut Buffer, accounts: &Accounts) {
    // SAFETY: the caller vouches for the buffer, which was allocated with this layout.
    unsafe {
        (*buffer).shares -= 1;
        if (*buffer).shares == 0 {
            let layout = buffer_layout((*buffer).capacity as usize);
            accounts.buffers.free(buffer.cast(), layout);
            accounts.remove_external(layout.size());
        }
    }
}
