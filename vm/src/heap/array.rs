//! Arrays: growable, with their elements stored as narrowly as they allow: right behind the array while there are few, outside the
//! moving heap from then on.
//!
//! | storage | elements | a value that does not fit |
//! |---|---|---|
//! | `Empty` | none | decides what the storage becomes |
//! | `Bool` | one byte each, 0 or 1 | makes it `Any` |
//! | `Int` | raw `i64` | makes it `Any` |
//! | `Float` | raw `f64` | makes it `Any` |
//! | `Any` | [`Value`]s | all fit |
//!
//! Ints never become floats or the other way round. An array that was emptied keeps its storage and its room, but takes
//! the storage of what is then put in, as if it had been `Empty`.
//!
//! Room is counted in words whatever the storage, so that a buffer needs no other layout when the storage changes: a
//! word is room for eight bools or for one of anything else. Bools that become values need more room, so that widening
//! may fail for want of memory. It does so before it has changed anything.
//!
//! Everything that changes an array takes the heap mutably and everything that lends its elements takes it shared, so
//! that no slice is held while its array changes.

mod buffer;

use std::alloc::Layout;
use std::ptr::{self, NonNull};

use super::Heap;
use super::object::{Array, GC_OLD, GC_REMEMBERED, Storage};
use crate::error::Thrown;
use crate::faults::{self, Fault};
use crate::value::{TAG_ARRAY, Value};
pub(super) use buffer::{WordBuffer, free_array, inline_words, owns_buffer};
use buffer::{allocate_words, free_words, words_layout};

/// Room for so many words is the least that is allocated.
pub(super) const SMALLEST_CAPACITY: usize = 4;
/// The most words that lie behind an array.
pub(super) const INLINE_MAX: usize = 8;
/// From this length on, an array's elements are remembered one by one.
const LARGE_ARRAY: usize = 512;
/// Remembered elements beyond this make their arrays remembered whole: a loop may store again and again.
const REMEMBERED_ELEMENTS: usize = 1 << 16;

/// An array, known to be one. Valid until the next collection, like the value it came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ArrayRef(NonNull<Array>);

/// An array's elements, as they are stored.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Elements<'h> {
    /// Of storage `Bool`.
    Bools(&'h [bool]),
    /// Of storage `Int`.
    Ints(&'h [i64]),
    /// Of storage `Float`.
    Floats(&'h [f64]),
    /// Of storage `Any`; none of storage `Empty`.
    Values(&'h [Value]),
}

/// The same, to be changed.
#[derive(PartialEq, Debug)]
#[allow(missing_docs)]
pub enum ElementsMut<'h> {
    Bools(&'h mut [bool]),
    Ints(&'h mut [i64]),
    Floats(&'h mut [f64]),
    Values(&'h mut [Value]),
}

impl ArrayRef {
    /// The array of a value.
    #[inline(always)]
    pub fn from_value(value: Value) -> Option<ArrayRef> {
        // A value under this tag always refers to an array.
        if value.tag() == TAG_ARRAY { NonNull::new(value.address().cast()).map(ArrayRef) } else { None }
    }

    /// The array as a value.
    #[inline(always)]
    pub fn value(self) -> Value {
        Value::pointer(TAG_ARRAY, self.0.as_ptr())
    }

    /// Number of elements.
    #[inline(always)]
    pub fn len(self) -> usize {
        // SAFETY: refers to a live array until the next collection.
        unsafe { (*self.0.as_ptr()).len }
    }

    /// Whether there is no element.
    #[inline(always)]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Elements that there is room for, stored as they are now.
    #[inline(always)]
    pub fn capacity(self) -> usize {
        self.storage().room(self.words())
    }

    /// Words that there is room for.
    #[inline(always)]
    fn words(self) -> usize {
        // SAFETY: refers to a live array until the next collection.
        unsafe { (*self.0.as_ptr()).capacity }
    }

    /// How the elements are stored.
    #[inline(always)]
    pub fn storage(self) -> Storage {
        // SAFETY: refers to a live array until the next collection.
        unsafe { (*self.0.as_ptr()).header.storage }
    }

    /// The element at an index, if it is in range. An int that does not fit 48 bits is boxed.
    #[inline]
    pub fn get(self, heap: &mut Heap, index: usize) -> Option<Value> {
        if index < self.len() { Some(self.load(heap, index)) } else { None }
    }

    /// The element at an index.
    ///
    /// # Panics
    /// If the index is out of range.
    #[inline]
    pub fn at(self, heap: &mut Heap, index: usize) -> Value {
        assert!(index < self.len(), "element {index} of {}", self.len());
        self.load(heap, index)
    }

    /// Replaces the element at an index. Widens the storage where the value does not fit.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    ///
    /// # Panics
    /// If the index is out of range.
    #[inline]
    pub fn set(self, heap: &mut Heap, index: usize, value: Value) -> Result<(), Thrown> {
        let len = self.len();
        assert!(index < len, "element {index} of {len}");
        self.make_room(heap, value, len)?;
        self.put(heap, index, value);
        Ok(())
    }

    /// Adds an element at the end.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    #[inline]
    pub fn push(self, heap: &mut Heap, value: Value) -> Result<(), Thrown> {
        let len = self.len();
        self.make_room(heap, value, len + 1)?;
        self.set_len(len + 1);
        self.put(heap, len, value);
        Ok(())
    }

    /// Adds values at the end: all of them, or none.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    pub fn push_all(self, heap: &mut Heap, values: &[Value]) -> Result<(), Thrown> {
        let len = self.len();
        self.widen(heap, self.joint(storage_of(values), values.len()), len + values.len())?;
        self.set_len(len + values.len());
        for (index, &value) in values.iter().enumerate() {
            self.put(heap, len + index, value);
        }
        Ok(())
    }

    /// Takes the last element off, if there is one.
    #[inline]
    pub fn pop(self, heap: &mut Heap) -> Option<Value> {
        let last = self.len().checked_sub(1)?;
        let value = self.load(heap, last);
        self.set_len(last);
        Some(value)
    }

    /// Inserts an element before the one at an index, which may be the length.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    ///
    /// # Panics
    /// If the index is greater than the length.
    pub fn insert(self, heap: &mut Heap, index: usize, value: Value) -> Result<(), Thrown> {
        let len = self.len();
        assert!(index <= len, "insertion at {index} of {len}");
        self.make_room(heap, value, len + 1)?;
        self.shift(heap, index, index + 1, len - index);
        self.set_len(len + 1);
        self.put(heap, index, value);
        Ok(())
    }

    /// Takes out the element at an index.
    ///
    /// # Panics
    /// If the index is out of range.
    pub fn remove_at(self, heap: &mut Heap, index: usize) -> Value {
        let value = self.at(heap, index);
        let len = self.len();
        self.shift(heap, index + 1, index, len - index - 1);
        self.set_len(len - 1);
        value
    }

    /// Moves elements to other places within the room.
    fn shift(self, heap: &mut Heap, from: usize, to: usize, count: usize) {
        assert!(from.max(to) + count <= self.capacity(), "{count} elements from {from} to {to}");
        self.remember(heap);
        let size = self.storage().element_size();
        let bytes = self.data().cast::<u8>();
        // SAFETY: both ranges lie within the buffer, and what is read was initialised: callers name elements.
        unsafe { ptr::copy(bytes.add(from * size), bytes.add(to * size), count * size) };
    }

    /// A new array of the elements from `start` up to `end`, both clamped to the length.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    pub fn slice(self, heap: &mut Heap, start: usize, end: usize) -> Result<Value, Thrown> {
        let end = end.min(self.len());
        let start = start.min(end);
        let copy = heap.array(&[]);
        ArrayRef::from_value(copy).expect("it was just made").append(heap, self, start, end - start)?;
        Ok(copy)
    }

    /// A new array of the same elements.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    pub fn copy(self, heap: &mut Heap) -> Result<Value, Thrown> {
        self.slice(heap, 0, usize::MAX)
    }

    /// A new array of the elements of one and then those of the other.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    pub fn concat(self, heap: &mut Heap, other: ArrayRef) -> Result<Value, Thrown> {
        let joined = heap.array(&[]);
        let array = ArrayRef::from_value(joined).expect("it was just made");
        array.make_room_for(heap, self.joint(other.storage(), other.len()), self.len() + other.len())?;
        array.append(heap, self, 0, self.len())?;
        array.append(heap, other, 0, other.len())?;
        Ok(joined)
    }

    /// Adds the elements of another array (or of the same) at the end.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    pub fn extend(self, heap: &mut Heap, other: ArrayRef) -> Result<(), Thrown> {
        self.append(heap, other, 0, other.len())
    }

    /// Makes the elements those of another array.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    pub fn assign(self, heap: &mut Heap, other: ArrayRef) -> Result<(), Thrown> {
        if self == other {
            return Ok(());
        }
        self.make_room_for(heap, other.storage(), other.len())?;
        self.truncate(0);
        self.append(heap, other, 0, other.len())
    }

    /// Reverses the order of the elements.
    pub fn reverse(self, heap: &mut Heap) {
        match self.elements_mut(heap) {
            ElementsMut::Bools(bools) => bools.reverse(),
            ElementsMut::Ints(ints) => ints.reverse(),
            ElementsMut::Floats(floats) => floats.reverse(),
            ElementsMut::Values(values) => values.reverse(),
        }
    }

    /// Takes all elements out; afterwards the array is as if just made, but may have kept its room.
    pub fn clear(self, heap: &mut Heap) {
        // SAFETY: refers to a live array until the next collection; afterwards it owns no buffer.
        unsafe {
            let array = self.0.as_ptr();
            // A nursery array is on the list of those that own a buffer, and must not be listed twice: it keeps its
            // buffer, as does one that has little room.
            if (*array).header.gc & GC_OLD != 0 && (*array).capacity > SMALLEST_CAPACITY && owns_buffer(array) {
                free_array(array, heap.accounts());
                (*array).data = inline_words(array);
                (*array).capacity = (*array).header.flags.into();
            }
            (*array).len = 0;
            (*array).header.storage = Storage::Empty;
        }
    }

    /// Shortens the array to a length; does nothing if it is not longer.
    pub fn truncate(self, len: usize) {
        if len < self.len() {
            self.set_len(len);
        }
    }

    /// Makes room for more elements, of any kind.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    #[inline]
    pub fn reserve(self, heap: &mut Heap, additional: usize) -> Result<(), Thrown> {
        self.make_room_for(heap, Storage::Any, self.len().saturating_add(additional))
    }

    /// Makes room for one element more of the kind that there are. False if there is not enough memory.
    pub fn make_room_for_one(self, heap: &mut Heap) -> bool {
        self.make_room_for(heap, self.storage(), self.len() + 1).is_ok()
    }

    /// The elements.
    #[inline]
    pub fn elements(self, heap: &Heap) -> Elements<'_> {
        let _ = heap;
        let (data, len) = (self.data(), self.len());
        // SAFETY: there are `len` elements at `data` of the type that the storage says, bools being bytes of 0 or 1, and
        // `Value` is `repr(transparent)`; while the slice borrows the heap, nothing changes an array.
        unsafe {
            match self.storage() {
                Storage::Empty => Elements::Values(&[]),
                Storage::Bool => Elements::Bools(slice(data.cast(), len)),
                Storage::Int => Elements::Ints(slice(data.cast(), len)),
                Storage::Float => Elements::Floats(slice(data.cast(), len)),
                Storage::Any => Elements::Values(slice(data.cast(), len)),
            }
        }
    }

    /// The elements, to be changed. An array of values is remembered: any value may be written.
    #[inline]
    pub fn elements_mut(self, heap: &mut Heap) -> ElementsMut<'_> {
        if self.storage() == Storage::Any {
            self.remember(heap);
        }
        let (data, len) = (self.data(), self.len());
        // SAFETY: as in `elements`; while the slice borrows the heap mutably, nothing else looks at elements.
        unsafe {
            match self.storage() {
                Storage::Empty => ElementsMut::Values(&mut []),
                Storage::Bool => ElementsMut::Bools(slice_mut(data.cast(), len)),
                Storage::Int => ElementsMut::Ints(slice_mut(data.cast(), len)),
                Storage::Float => ElementsMut::Floats(slice_mut(data.cast(), len)),
                Storage::Any => ElementsMut::Values(slice_mut(data.cast(), len)),
            }
        }
    }

    /// The elements as values.
    pub fn to_vec(self, heap: &mut Heap) -> Vec<Value> {
        (0..self.len()).map(|index| self.load(heap, index)).collect()
    }

    /// Adds copies of a value.
    pub(super) fn append_repeated(self, heap: &mut Heap, count: usize, value: Value) -> Result<(), Thrown> {
        if count == 0 {
            return Ok(());
        }
        let len = self.len();
        self.make_room(heap, value, len.saturating_add(count))?;
        self.remember(heap);
        let word = self.word(value);
        // SAFETY: there is room for so many elements behind those that there are.
        unsafe {
            if self.storage() == Storage::Bool {
                ptr::write_bytes(self.data().cast::<u8>().add(len), word as u8, count);
            } else {
                for index in len..len + count {
                    self.data().add(index).write(word);
                }
            }
        }
        self.set_len(len + count);
        Ok(())
    }

    /// Adds elements of an array (or of the same).
    fn append(self, heap: &mut Heap, from: ArrayRef, start: usize, count: usize) -> Result<(), Thrown> {
        let len = self.len();
        assert!(start <= from.len() && count <= from.len() - start, "{count} from {start} of {}", from.len());
        if count == 0 {
            return Ok(());
        }
        self.widen(heap, self.joint(from.storage(), count), len + count)?;
        self.remember(heap);
        if self.storage() == from.storage() {
            let size = self.storage().element_size();
            let (source, target) = (from.data().cast::<u8>(), self.data().cast::<u8>());
            // SAFETY: both ranges are in bounds, and they do not overlap: the target begins at the length, behind what
            // is read.
            unsafe { ptr::copy_nonoverlapping(source.add(start * size), target.add(len * size), count * size) };
        } else {
            for index in 0..count {
                let value = from.load(heap, start + index);
                // SAFETY: there is room for so many values behind the elements.
                unsafe { self.data().add(len + index).write(value.0) };
            }
        }
        self.set_len(len + count);
        Ok(())
    }

    /// The storage that the elements and `count` more that are stored in some way fit.
    fn joint(self, storage: Storage, count: usize) -> Storage {
        match (self.is_empty(), count == 0) {
            (_, true) => self.storage(),
            (true, false) => storage,
            (false, false) if self.storage() == storage => storage,
            (false, false) => Storage::Any,
        }
    }

    /// Sees to it that the storage is one that a value fits, and that there is room for so many elements.
    #[inline(always)]
    fn make_room(self, heap: &mut Heap, value: Value, count: usize) -> Result<(), Thrown> {
        let fits = match self.storage() {
            Storage::Empty => false,
            Storage::Bool => value.is_bool(),
            Storage::Int => value.is_small_int(),
            Storage::Float => value.is_float(),
            Storage::Any => !self.is_empty(),
        };
        if fits && count <= self.capacity() { Ok(()) } else { self.make_room_slowly(heap, value, count) }
    }

    #[inline(never)]
    fn make_room_slowly(self, heap: &mut Heap, value: Value, count: usize) -> Result<(), Thrown> {
        self.widen(heap, self.joint(narrowest(value), 1), count)
    }

    /// Makes room for so many elements, and the storage another, which is `Any` unless there are no elements.
    fn widen(self, heap: &mut Heap, to: Storage, count: usize) -> Result<(), Thrown> {
        self.make_room_for(heap, to, count)?;
        let from = self.storage();
        if from == to {
            return Ok(());
        }
        debug_assert!(self.is_empty() || to == Storage::Any, "{} elements from {from:?} to {to:?}", self.len());
        if from == Storage::Int {
            self.remember(heap);
        }
        self.set_storage(to);
        if from == Storage::Int || from == Storage::Bool {
            // From the end on, since a bool's value lies where bools lie that come behind it.
            for index in (0..self.len()).rev() {
                let value = self.load_as(heap, from, index);
                // SAFETY: the index is in range, and there is room for as many values.
                unsafe { self.data().add(index).write(value.0) };
            }
        }
        // A float and its boxed form have the same bits.
        Ok(())
    }

    /// The word that stands for a value that fits.
    #[inline(always)]
    fn word(self, value: Value) -> u64 {
        match self.storage() {
            Storage::Bool => (value == Value::TRUE) as u64,
            Storage::Int if value.is_small_int() => value.as_small_int() as u64,
            Storage::Int => value.as_int().expect("ints are stored as ints") as u64,
            Storage::Empty | Storage::Float | Storage::Any => value.0,
        }
    }

    /// Stores a value that fits.
    #[inline(always)]
    fn put(self, heap: &mut Heap, index: usize, value: Value) {
        if self.storage() == Storage::Any && value.is_pointer() {
            self.remember_element(heap, index);
        }
        let word = self.word(value);
        // SAFETY: the callers have checked the index against the length, up to which there is room.
        unsafe {
            if self.storage() == Storage::Bool {
                self.data().cast::<u8>().add(index).write(word as u8);
            } else {
                self.data().add(index).write(word);
            }
        }
    }

    #[inline(always)]
    fn load(self, heap: &mut Heap, index: usize) -> Value {
        self.load_as(heap, self.storage(), index)
    }

    /// The element at an index, stored in some way.
    #[inline(always)]
    fn load_as(self, heap: &mut Heap, storage: Storage, index: usize) -> Value {
        // SAFETY: the callers have checked the index, and know the storage.
        unsafe {
            match storage {
                Storage::Bool => Value::bool(*self.data().cast::<bool>().add(index)),
                Storage::Int => heap.int(*self.data().add(index) as i64),
                Storage::Empty | Storage::Float | Storage::Any => Value(*self.data().add(index)),
            }
        }
    }

    /// To be called before references are stored or moved within the array.
    #[inline(always)]
    fn remember(self, heap: &mut Heap) {
        if self.storage() == Storage::Any || self.storage() == Storage::Int {
            // SAFETY: refers to a live array until the next collection.
            unsafe { heap.barrier(self.0.as_ptr().cast()) };
        }
    }

    /// To be called before a reference is stored in an element.
    #[inline(always)]
    fn remember_element(self, heap: &mut Heap, index: usize) {
        // SAFETY: refers to a live array until the next collection.
        let gc = unsafe { (*self.0.as_ptr()).header.gc };
        if gc & (GC_OLD | GC_REMEMBERED) == GC_OLD && !faults::on(Fault::HeapElements) {
            if self.len() >= LARGE_ARRAY && heap.remembered_elements.len() < REMEMBERED_ELEMENTS {
                heap.remembered_elements.push((self.0.as_ptr(), index));
            } else {
                self.remember(heap);
            }
        }
    }

    #[inline(always)]
    pub(super) fn data(self) -> *mut u64 {
        // SAFETY: refers to a live array until the next collection.
        unsafe { (*self.0.as_ptr()).data }
    }

    #[inline(always)]
    fn set_len(self, len: usize) {
        debug_assert!(len <= self.capacity(), "length {len} of {}", self.capacity());
        // SAFETY: refers to a live array until the next collection.
        unsafe { (*self.0.as_ptr()).len = len };
    }

    fn set_storage(self, storage: Storage) {
        // SAFETY: refers to a live array until the next collection.
        unsafe { (*self.0.as_ptr()).header.storage = storage };
    }

    /// Makes room for so many elements, if they are stored in some way.
    #[inline]
    fn make_room_for(self, heap: &mut Heap, storage: Storage, count: usize) -> Result<(), Thrown> {
        let words = storage.words(count);
        if words > self.words() { self.grow(heap, words) } else { Ok(()) }
    }

    /// Makes the room at least as many words as needed. Twice what it was if the heap has that much; else what it can
    /// have, so that an array may fill the heap.
    #[cold]
    #[inline(never)]
    fn grow(self, heap: &mut Heap, needed: usize) -> Result<(), Thrown> {
        let old = self.words();
        let doubled = match old {
            // The less room there is behind the elements, the sooner an access beyond them is found.
            _ if heap.accounts().guards_arrays() => needed.saturating_add(if needed > 64 { needed / 8 } else { 0 }),
            0 => needed.max(SMALLEST_CAPACITY),
            old => needed.max(old.saturating_mul(2)),
        };
        let bytes = |capacity: usize| capacity.saturating_mul(8).saturating_sub(old * 8);
        let with_room = [doubled, needed.saturating_add(needed / 8)]
            .into_iter()
            .find(|&capacity| heap.accounts().has_room(bytes(capacity)));
        // A guarded buffer is copied each time that it grows, so that it must not grow by one element after the other.
        let capacity = with_room.unwrap_or(if heap.accounts().guards_arrays() { doubled } else { needed });
        heap.check_room(bytes(capacity))?;
        let Ok(layout) = Layout::array::<u64>(capacity) else { return Err(heap.accounts().refuse(usize::MAX)) };
        // SAFETY: the array's buffer, if there is one, was allocated with its capacity; the size is not zero, and greater
        // than the room that there was.
        let owned = unsafe {
            let array = self.0.as_ptr();
            let owned = owns_buffer(array);
            let data = if owned && !heap.accounts().guards_arrays() {
                heap.accounts().buffers.grow((*array).data.cast(), words_layout(old), layout)
            } else {
                let data = allocate_words(layout, heap.accounts());
                if old != 0 && !data.is_null() {
                    ptr::copy_nonoverlapping((*array).data, data.cast(), old);
                    if owned {
                        free_words((*array).data, old, heap.accounts());
                    }
                }
                data
            };
            if data.is_null() {
                return Err(heap.accounts().refuse(layout.size()));
            }
            (*array).data = data.cast();
            (*array).capacity = capacity;
            if !owned {
                heap.accounts().add_owner(array.cast());
            }
            owned
        };
        heap.accounts().grow_external(if owned { old * 8 } else { 0 }, capacity * 8);
        Ok(())
    }
}

/// A slice of an array's elements.
///
/// # Safety
/// As for [`std::slice::from_raw_parts`], but that `data` may be null where `len` is 0.
unsafe fn slice<'h, T>(data: *const T, len: usize) -> &'h [T] {
    // SAFETY: the caller vouches for it.
    if len == 0 { &[] } else { unsafe { std::slice::from_raw_parts(data, len) } }
}

/// The same, to be changed.
///
/// # Safety
/// As for [`std::slice::from_raw_parts_mut`], but that `data` may be null where `len` is 0.
unsafe fn slice_mut<'h, T>(data: *mut T, len: usize) -> &'h mut [T] {
    // SAFETY: the caller vouches for it.
    if len == 0 { &mut [] } else { unsafe { std::slice::from_raw_parts_mut(data, len) } }
}

/// The narrowest storage that holds a value.
fn narrowest(value: Value) -> Storage {
    if value.is_bool() {
        Storage::Bool
    } else if value.is_int() {
        Storage::Int
    } else if value.is_float() {
        Storage::Float
    } else {
        Storage::Any
    }
}

/// The narrowest storage that holds all of some values.
pub(super) fn storage_of(values: &[Value]) -> Storage {
    let Some((&first, rest)) = values.split_first() else { return Storage::Empty };
    let storage = narrowest(first);
    if rest.iter().all(|&value| narrowest(value) == storage) { storage } else { Storage::Any }
}
