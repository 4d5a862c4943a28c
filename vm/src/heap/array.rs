//! Arrays: growable, with their elements outside the moving heap, stored as narrowly as they allow.
//!
//! | storage | elements | a value that does not fit |
//! |---|---|---|
//! | `Empty` | none | decides what the storage becomes |
//! | `Int` | raw `i64` | makes it `Any` |
//! | `Float` | raw `f64` | makes it `Any` |
//! | `Any` | [`Value`]s | all fit |
//!
//! Ints never become floats or the other way round. An array that was emptied keeps its storage and its room, but takes
//! the storage of what is then put in, as if it had been `Empty`.
//!
//! Everything that changes an array takes the heap mutably and everything that lends its elements takes it shared, so
//! that no slice is held while its array changes.

use std::alloc::{Layout, alloc, dealloc, realloc};
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};

use super::Heap;
use super::accounts::Accounts;
use super::object::{Array, GC_OLD, GC_REMEMBERED, Storage};
use crate::error::Thrown;
use crate::value::{TAG_ARRAY, Value};

/// Room for so many elements is the least that is allocated.
const SMALLEST_CAPACITY: usize = 4;
/// From this length on, an array's elements are remembered one by one.
const LARGE_ARRAY: usize = 512;
/// Remembered elements beyond this make their arrays remembered whole: a loop may store again and again.
const REMEMBERED_ELEMENTS: usize = 1 << 16;

/// An array, known to be one. Valid until the next collection, like the value it came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ArrayRef(NonNull<Array>);

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

    /// Elements that there is room for.
    #[inline(always)]
    pub fn capacity(self) -> usize {
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
    /// # Panics
    /// If the index is out of range.
    #[inline]
    pub fn set(self, heap: &mut Heap, index: usize, value: Value) {
        assert!(index < self.len(), "element {index} of {}", self.len());
        let word = self.fit(heap, value);
        self.put(heap, index, word);
    }

    /// Adds an element at the end.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    #[inline]
    pub fn push(self, heap: &mut Heap, value: Value) -> Result<(), Thrown> {
        let len = self.len();
        if len == self.capacity() {
            self.grow(heap, len + 1)?;
        }
        let word = self.fit(heap, value);
        self.set_len(len + 1);
        self.put(heap, len, word);
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
        self.reserve(heap, 1)?;
        let word = self.fit(heap, value);
        self.remember(heap);
        // SAFETY: there is room for `len + 1` elements, and `index` is at most `len`.
        unsafe {
            let at = self.data().add(index);
            ptr::copy(at, at.add(1), len - index);
            at.write(word);
        }
        self.set_len(len + 1);
        Ok(())
    }

    /// Takes out the element at an index.
    ///
    /// # Panics
    /// If the index is out of range.
    pub fn remove_at(self, heap: &mut Heap, index: usize) -> Value {
        let value = self.at(heap, index);
        let len = self.len();
        self.remember(heap);
        // SAFETY: `at` has checked the index.
        unsafe {
            let at = self.data().add(index);
            ptr::copy(at.add(1), at, len - index - 1);
        }
        self.set_len(len - 1);
        value
    }

    /// A new array of the elements from `start` up to `end`, both clamped to the length.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    pub fn slice(self, heap: &mut Heap, start: usize, end: usize) -> Result<Value, Thrown> {
        let end = end.min(self.len());
        let start = start.min(end);
        let copy = heap.array_with_capacity(end - start)?;
        ArrayRef::from_value(copy).expect("it was just made").append(heap, self, start, end - start);
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
        let joined = heap.array_with_capacity(self.len() + other.len())?;
        let array = ArrayRef::from_value(joined).expect("it was just made");
        array.append(heap, self, 0, self.len());
        array.append(heap, other, 0, other.len());
        Ok(joined)
    }

    /// Adds the elements of another array (or of the same) at the end.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    pub fn extend(self, heap: &mut Heap, other: ArrayRef) -> Result<(), Thrown> {
        self.reserve(heap, other.len())?;
        self.append(heap, other, 0, other.len());
        Ok(())
    }

    /// Reverses the order of the elements.
    pub fn reverse(self, heap: &mut Heap) {
        self.remember(heap);
        self.words_mut(heap).reverse();
    }

    /// Replaces every element by a value.
    pub fn fill(self, heap: &mut Heap, value: Value) {
        let len = self.len();
        self.set_len(0);
        self.append_repeated(heap, len, value);
    }

    /// Takes all elements out; afterwards the array is as if just made, but may have kept its room.
    pub fn clear(self, heap: &mut Heap) {
        // SAFETY: refers to a live array until the next collection; afterwards it owns no buffer.
        unsafe {
            let array = self.0.as_ptr();
            // A nursery array is on the list of those that own a buffer, and must not be listed twice: it keeps its
            // buffer, as does one that has little room.
            if (*array).header.gc & GC_OLD != 0 && (*array).capacity > SMALLEST_CAPACITY {
                free_array(array, heap.accounts());
                (*array).data = ptr::null_mut();
                (*array).capacity = 0;
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

    /// Makes room for more elements.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    #[inline]
    pub fn reserve(self, heap: &mut Heap, additional: usize) -> Result<(), Thrown> {
        let needed = self.len().saturating_add(additional);
        if needed > self.capacity() { self.grow(heap, needed) } else { Ok(()) }
    }

    /// The elements, if they are stored as ints.
    #[inline]
    pub fn as_ints(self, heap: &Heap) -> Option<&[i64]> {
        let _ = heap;
        // SAFETY: `Int` storage has `len` ints at `data`; while the slice borrows the heap, nothing changes an array.
        (self.storage() == Storage::Int).then(|| unsafe { std::slice::from_raw_parts(self.data().cast(), self.len()) })
    }

    /// The elements, if they are stored as floats.
    #[inline]
    pub fn as_floats(self, heap: &Heap) -> Option<&[f64]> {
        let _ = heap;
        // SAFETY: `Float` storage has `len` floats at `data`; while the slice borrows the heap, nothing changes an array.
        (self.storage() == Storage::Float)
            .then(|| unsafe { std::slice::from_raw_parts(self.data().cast(), self.len()) })
    }

    /// The elements, if they are stored as values.
    #[inline]
    pub fn as_values(self, heap: &Heap) -> Option<&[Value]> {
        let _ = heap;
        // SAFETY: `Any` storage has `len` values at `data`; while the slice borrows the heap, nothing changes an array.
        (self.storage() == Storage::Any).then(|| unsafe { std::slice::from_raw_parts(self.data().cast(), self.len()) })
    }

    /// The elements, to be changed, if they are stored as ints.
    #[inline]
    pub fn as_ints_mut(self, heap: &mut Heap) -> Option<&mut [i64]> {
        let ints = self.storage() == Storage::Int;
        let words = self.words_mut(heap);
        // SAFETY: `Int` storage has ints as its words.
        ints.then(|| unsafe { &mut *(ptr::from_mut(words) as *mut [i64]) })
    }

    /// The elements, to be changed, if they are stored as floats.
    #[inline]
    pub fn as_floats_mut(self, heap: &mut Heap) -> Option<&mut [f64]> {
        let floats = self.storage() == Storage::Float;
        let words = self.words_mut(heap);
        // SAFETY: `Float` storage has floats as its words.
        floats.then(|| unsafe { &mut *(ptr::from_mut(words) as *mut [f64]) })
    }

    /// The elements, to be changed, if they are stored as values. The array is remembered: any value may be written.
    #[inline]
    pub fn as_values_mut(self, heap: &mut Heap) -> Option<&mut [Value]> {
        let values = self.storage() == Storage::Any;
        self.remember(heap);
        let words = self.words_mut(heap);
        // SAFETY: `Any` storage has values as its words, and `Value` is `repr(transparent)`.
        values.then(|| unsafe { &mut *(ptr::from_mut(words) as *mut [Value]) })
    }

    /// The elements as values.
    pub fn to_vec(self, heap: &mut Heap) -> Vec<Value> {
        (0..self.len()).map(|index| self.load(heap, index)).collect()
    }

    /// Makes the storage `Any`, boxing what has to be.
    pub fn widen(self, heap: &mut Heap) {
        let storage = self.storage();
        if storage == Storage::Any {
            return;
        }
        if storage == Storage::Int {
            self.remember(heap);
            for index in 0..self.len() {
                // SAFETY: the index is in range, and the element a raw int.
                unsafe {
                    let element = self.data().add(index);
                    *element = heap.int(*element as i64).0;
                }
            }
        }
        // A float and its boxed form have the same bits.
        self.set_storage(Storage::Any);
    }

    /// Adds copies of a value. There must be room.
    pub(super) fn append_repeated(self, heap: &mut Heap, count: usize, value: Value) {
        let len = self.len();
        assert!(count <= self.capacity() - len, "no room for {count} elements");
        if count == 0 {
            return;
        }
        let word = self.fit(heap, value);
        self.remember(heap);
        // SAFETY: there is room for so many words behind the elements.
        unsafe {
            for index in len..len + count {
                self.data().add(index).write(word);
            }
        }
        self.set_len(len + count);
    }

    /// Adds elements of an array (or of the same). There must be room.
    fn append(self, heap: &mut Heap, from: ArrayRef, start: usize, count: usize) {
        let len = self.len();
        assert!(count <= self.capacity() - len, "no room for {count} elements");
        assert!(start <= from.len() && count <= from.len() - start, "{count} from {start} of {}", from.len());
        if count == 0 {
            return;
        }
        if len == 0 {
            self.set_storage(from.storage());
        }
        if self.storage() != from.storage() {
            self.widen(heap);
        }
        self.remember(heap);
        if self.storage() == from.storage() {
            // SAFETY: both ranges are in bounds, and they do not overlap: the target begins at the length, behind what
            // is read.
            unsafe { ptr::copy_nonoverlapping(from.data().add(start), self.data().add(len), count) };
        } else {
            for index in 0..count {
                let value = from.load(heap, start + index);
                // SAFETY: there is room for so many words behind the elements.
                unsafe { self.data().add(len + index).write(value.0) };
            }
        }
        self.set_len(len + count);
    }

    /// The word that stands for a value in this array; widens the storage if the value does not fit.
    #[inline(always)]
    fn fit(self, heap: &mut Heap, value: Value) -> u64 {
        match self.storage() {
            Storage::Any if !self.is_empty() => return value.0,
            Storage::Int if value.is_small_int() => return value.as_small_int() as u64,
            Storage::Float if value.is_float() => return value.0,
            _ => {}
        }
        self.fit_slowly(heap, value)
    }

    #[inline(never)]
    fn fit_slowly(self, heap: &mut Heap, value: Value) -> u64 {
        let narrowest = narrowest(value);
        if self.is_empty() {
            self.set_storage(narrowest);
        } else if self.storage() != narrowest {
            self.widen(heap);
        }
        match self.storage() {
            Storage::Int => value.as_int().expect("ints are stored as ints") as u64,
            _ => value.0,
        }
    }

    /// Stores a word that fits.
    #[inline(always)]
    fn put(self, heap: &mut Heap, index: usize, word: u64) {
        if self.storage() == Storage::Any && Value(word).is_pointer() {
            self.remember_element(heap, index);
        }
        // SAFETY: the callers have checked the index against the length, up to which there is room.
        unsafe { self.data().add(index).write(word) };
    }

    #[inline(always)]
    fn load(self, heap: &mut Heap, index: usize) -> Value {
        // SAFETY: the callers have checked the index.
        let word = unsafe { *self.data().add(index) };
        if self.storage() == Storage::Int { heap.int(word as i64) } else { Value(word) }
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
        if gc & (GC_OLD | GC_REMEMBERED) == GC_OLD {
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

    fn words_mut(self, heap: &mut Heap) -> &mut [u64] {
        let _ = heap;
        if self.is_empty() {
            return &mut [];
        }
        // SAFETY: `len` words at `data` are initialised; while the slice borrows the heap mutably, nothing else looks
        // at elements.
        unsafe { std::slice::from_raw_parts_mut(self.data(), self.len()) }
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

    /// Makes the room at least as large as needed. Twice what it was if the heap has that much; else what it can have,
    /// so that an array may fill the heap.
    #[cold]
    #[inline(never)]
    fn grow(self, heap: &mut Heap, needed: usize) -> Result<(), Thrown> {
        let old = self.capacity();
        let doubled = if old == 0 { needed.max(SMALLEST_CAPACITY) } else { needed.max(old.saturating_mul(2)) };
        let bytes = |capacity: usize| capacity.saturating_mul(8).saturating_sub(old * 8);
        let with_room = [doubled, needed.saturating_add(needed / 8)]
            .into_iter()
            .find(|&capacity| heap.accounts().has_room(bytes(capacity)));
        let capacity = with_room.unwrap_or(needed);
        heap.check_room(bytes(capacity))?;
        let Ok(layout) = Layout::array::<u64>(capacity) else { return Err(heap.accounts().refuse(usize::MAX)) };
        // SAFETY: the array's buffer, if there is one, was allocated with its capacity; the size is not zero.
        unsafe {
            let array = self.0.as_ptr();
            let data = if old == 0 {
                alloc(layout)
            } else {
                realloc((*array).data.cast(), Layout::array::<u64>(old).expect("it was allocated"), layout.size())
            };
            if data.is_null() {
                return Err(heap.accounts().refuse(layout.size()));
            }
            (*array).data = data.cast();
            (*array).capacity = capacity;
            if old == 0 {
                heap.accounts().add_owner(array.cast());
            }
        }
        heap.accounts().grow_external(old * 8, capacity * 8);
        Ok(())
    }
}

/// The narrowest storage that holds a value.
fn narrowest(value: Value) -> Storage {
    if value.is_int() {
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

/// Elements on their way into an array.
#[derive(Debug)]
pub(super) struct WordBuffer {
    pub(super) data: *mut u64,
    pub(super) len: usize,
    pub(super) capacity: usize,
}

impl WordBuffer {
    /// None, and no room.
    pub(super) const EMPTY: WordBuffer = WordBuffer { data: ptr::null_mut(), len: 0, capacity: 0 };

    /// A copy of some words.
    pub(super) fn from_words(words: impl Iterator<Item = u64>) -> WordBuffer {
        WordBuffer::from_vec(words.collect::<Vec<u64>>())
    }

    /// Takes over what a vector has, without a copy. `T` is `i64`, `f64`, `u64` or `Value`.
    pub(super) fn from_vec<T: Copy>(vec: Vec<T>) -> WordBuffer {
        const { assert!(size_of::<T>() == 8 && align_of::<T>() == 8, "elements are words") };
        if vec.capacity() == 0 {
            return WordBuffer::EMPTY;
        }
        let mut vec = ManuallyDrop::new(vec);
        WordBuffer { data: vec.as_mut_ptr().cast(), len: vec.len(), capacity: vec.capacity() }
    }
}

/// Frees the buffer of an array.
///
/// # Safety
/// `array` must be an array whose elements are not used any more.
pub(super) unsafe fn free_array(array: *mut Array, accounts: &Accounts) {
    // SAFETY: the caller vouches for the array; a buffer is allocated with the layout of its capacity, by `grow` or by
    // a vector of words.
    unsafe {
        let capacity = (*array).capacity;
        if capacity != 0 {
            dealloc((*array).data.cast(), Layout::array::<u64>(capacity).expect("it was allocated"));
            accounts.remove_external(capacity * 8);
        }
    }
}
