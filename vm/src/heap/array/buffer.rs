//! The memory that arrays have their elements in, outside the moving heap.

use std::alloc::{Layout, dealloc, handle_alloc_error};
use std::mem::ManuallyDrop;
use std::ptr;

use crate::heap::accounts::Accounts;
use crate::heap::buffers::Buffers;
use crate::heap::object::Array;

/// Elements on their way into an array.
#[derive(Debug)]
pub(in crate::heap) struct WordBuffer {
    pub(in crate::heap) data: *mut u64,
    pub(in crate::heap) len: usize,
    pub(in crate::heap) capacity: usize,
}

impl WordBuffer {
    /// The same elements where those of arrays lie: small buffers among their like, and with a guard behind them if that is wanted
    /// and there is room.
    pub(in crate::heap) fn settled(self, accounts: &Accounts) -> WordBuffer {
        if self.capacity == 0 || !accounts.guards_arrays() && !Buffers::is_small(words_layout(self.capacity)) {
            return self;
        }
        // Room that is not used would lie in front of the guard.
        let words = if accounts.guards_arrays() { self.capacity.min(self.len.max(1)) } else { self.capacity };
        // SAFETY: the size is not zero; the vector's memory has at least as many words, which are copied whatever they hold, and
        // nobody else has it.
        unsafe {
            let data = allocate_words(words_layout(words), accounts).cast::<u64>();
            if data.is_null() {
                handle_alloc_error(words_layout(words));
            }
            ptr::copy_nonoverlapping(self.data, data, words);
            dealloc(self.data.cast(), words_layout(self.capacity));
            WordBuffer { data, len: self.len, capacity: words }
        }
    }

    /// Takes over what a vector has, without a copy. `T` is `i64`, `f64`, `u64` or `Value`.
    pub(in crate::heap) fn from_vec<T: Copy>(vec: Vec<T>) -> WordBuffer {
        const { assert!(size_of::<T>() == 8 && align_of::<T>() == 8, "elements are words") };
        if vec.capacity() == 0 {
            return WordBuffer { data: ptr::null_mut(), len: 0, capacity: 0 };
        }
        let mut vec = ManuallyDrop::new(vec);
        WordBuffer { data: vec.as_mut_ptr().cast(), len: vec.len(), capacity: vec.capacity() }
    }
}

pub(super) fn words_layout(words: usize) -> Layout {
    Layout::array::<u64>(words).expect("as many were allocated")
}

/// Memory for words of elements; null if there is none.
///
/// # Safety
/// As for [`Buffers::allocate`].
pub(super) unsafe fn allocate_words(layout: Layout, accounts: &Accounts) -> *mut u8 {
    let guarded = accounts.guards_arrays().then(|| accounts.guarded.borrow_mut().as_mut()?.allocate(layout.size()));
    // SAFETY: the caller vouches for the layout.
    guarded.flatten().unwrap_or_else(|| unsafe { accounts.buffers.allocate(layout) })
}

/// Frees words of elements.
///
/// # Safety
/// The words must have been allocated as so many, by [`allocate_words`], and not be used any more.
pub(super) unsafe fn free_words(data: *mut u64, capacity: usize, accounts: &Accounts) {
    let layout = words_layout(capacity);
    let mut guarded = accounts.guards_arrays().then(|| accounts.guarded.borrow_mut());
    if !guarded.as_mut().and_then(|guarded| guarded.as_mut()).is_some_and(|it| it.free(data.cast(), layout.size())) {
        // SAFETY: the caller vouches for the words, which lie where all others do.
        unsafe { accounts.buffers.free(data.cast(), layout) };
    }
}

/// Where the words behind an array begin.
pub(in crate::heap) fn inline_words(array: *mut Array) -> *mut u64 {
    array.wrapping_add(1).cast()
}

/// Whether the elements of an array lie in a buffer outside the moving heap.
///
/// # Safety
/// `array` must be an array, which has not been moved since its elements were last looked for.
pub(in crate::heap) unsafe fn owns_buffer(array: *mut Array) -> bool {
    // SAFETY: the caller vouches for the array.
    unsafe { (*array).capacity != 0 && (*array).data != inline_words(array) }
}

/// Frees the buffer of an array, if it has one.
///
/// # Safety
/// `array` must be an array whose elements are not used any more.
pub(in crate::heap) unsafe fn free_array(array: *mut Array, accounts: &Accounts) {
    // SAFETY: the caller vouches for the array; a buffer is allocated with the layout of its capacity, by `grow` or by
    // `settled`.
    unsafe {
        if owns_buffer(array) {
            let capacity = (*array).capacity;
            free_words((*array).data, capacity, accounts);
            accounts.remove_external(capacity * 8);
        }
    }
}
