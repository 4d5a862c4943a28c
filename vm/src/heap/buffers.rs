//! Memory for buffers: what arrays, dicts and strings have outside the moving heap.
//!
//! Most buffers are small, and a collection frees thousands of them in a row, which the system's allocator merges one by one,
//! only to take them apart again. So the small ones lie in chunks, each of buffers of one size, and those of a chunk that are
//! free are linked: to allocate takes one off, to free puts it back. A chunk knows how many of its buffers are in use; a
//! collection of the old generation gives those with none back to the system.
//!
//! After Bonwick, "The Slab Allocator" (USENIX 1994), without caches of made objects.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, realloc};
use std::cell::Cell;
use std::ptr;

/// Sizes are rounded to so many bytes.
const STEP: usize = 16;
/// The largest buffer in a chunk, in bytes. Tools that look for wrong accesses are to see each buffer by itself.
const MOST: usize = if cfg!(miri) { 0 } else { 512 };
/// Number of sizes.
const SIZES: usize = MOST / STEP;
/// Bytes of a chunk, which lies at a multiple of that.
const CHUNK: usize = 16 << 10;
const CHUNK_LAYOUT: Layout = match Layout::from_size_align(CHUNK, CHUNK) {
    Ok(layout) => layout,
    Err(_) => panic!("a chunk has a layout"),
};

/// What a chunk begins with.
#[repr(C, align(16))]
struct Chunk {
    /// The buffer that was freed last; the first word of each leads to the one before.
    free: *mut *mut u8,
    /// The next chunk of the list, if it is on one.
    next: *mut Chunk,
    /// Buffers in use.
    live: u32,
    /// Bytes from its beginning that were in use before: behind them nothing was written.
    begun: u32,
    /// Whether it is on the list of those with free buffers.
    is_listed: bool,
}

/// Chunks of buffers of one size.
#[derive(Debug)]
struct Size {
    /// Where buffers are taken from; on no list. Null if there is none.
    current: Cell<*mut Chunk>,
    /// The others that have free buffers.
    listed: Cell<*mut Chunk>,
}

/// The memory of one heap's buffers.
#[derive(Debug)]
pub(super) struct Buffers {
    sizes: [Size; SIZES],
}

impl Buffers {
    pub(super) fn new() -> Buffers {
        let nothing = || Size { current: Cell::new(ptr::null_mut()), listed: Cell::new(ptr::null_mut()) };
        Buffers { sizes: std::array::from_fn(|_| nothing()) }
    }

    /// Whether buffers of this layout lie in chunks.
    pub(super) fn is_small(layout: Layout) -> bool {
        layout.size() <= MOST
    }

    /// Memory for a buffer; null if there is none.
    ///
    /// # Safety
    /// The layout's size is not zero, and its alignment not above 16.
    #[inline]
    pub(super) unsafe fn allocate(&self, layout: Layout) -> *mut u8 {
        debug_assert!(layout.size() != 0 && layout.align() <= STEP);
        if !Buffers::is_small(layout) {
            // SAFETY: the caller vouches for the layout.
            return unsafe { alloc(layout) };
        }
        let index = (layout.size() - 1) / STEP;
        let chunk = self.sizes[index].current.get();
        // SAFETY: a chunk is live; what it lists as free is nobody's.
        unsafe {
            if chunk.is_null() || (*chunk).free.is_null() {
                return self.allocate_slowly(index);
            }
            let buffer = (*chunk).free;
            (*chunk).free = (*buffer).cast();
            (*chunk).live += 1;
            buffer.cast()
        }
    }

    /// The same, all of it zero.
    ///
    /// # Safety
    /// As for [`Buffers::allocate`].
    pub(super) unsafe fn allocate_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller vouches for the layout.
        unsafe {
            if !Buffers::is_small(layout) {
                return alloc_zeroed(layout);
            }
            let buffer = self.allocate(layout);
            if !buffer.is_null() {
                ptr::write_bytes(buffer, 0, layout.size());
            }
            buffer
        }
    }

    #[inline(never)]
    fn allocate_slowly(&self, index: usize) -> *mut u8 {
        let (size, bytes) = (&self.sizes[index], (index + 1) * STEP);
        // SAFETY: chunks are live; behind what a chunk has begun nothing is in use.
        unsafe {
            loop {
                let chunk = size.current.get();
                if !chunk.is_null() && !(*chunk).free.is_null() {
                    let buffer = (*chunk).free;
                    (*chunk).free = (*buffer).cast();
                    (*chunk).live += 1;
                    return buffer.cast();
                }
                if !chunk.is_null() && (*chunk).begun as usize + bytes <= CHUNK {
                    let buffer = chunk.cast::<u8>().add((*chunk).begun as usize);
                    (*chunk).begun += bytes as u32;
                    (*chunk).live += 1;
                    return buffer;
                }
                let mut next = size.listed.get();
                if next.is_null() {
                    next = alloc(CHUNK_LAYOUT).cast();
                    if next.is_null() {
                        return ptr::null_mut();
                    }
                    let (free, begun) = (ptr::null_mut(), size_of::<Chunk>() as u32);
                    next.write(Chunk { free, next: ptr::null_mut(), live: 0, begun, is_listed: false });
                } else {
                    size.listed.set((*next).next);
                    (*next).is_listed = false;
                }
                size.current.set(next);
            }
        }
    }

    /// Frees a buffer.
    ///
    /// # Safety
    /// It must have been allocated here with this layout, and not be used any more.
    #[inline]
    pub(super) unsafe fn free(&self, buffer: *mut u8, layout: Layout) {
        if !Buffers::is_small(layout) {
            // SAFETY: the caller vouches for it.
            return unsafe { dealloc(buffer, layout) };
        }
        let size = &self.sizes[(layout.size() - 1) / STEP];
        let chunk = buffer.map_addr(|address| address & !(CHUNK - 1)).cast::<Chunk>();
        // SAFETY: the buffer lies in a live chunk, and has room for a word.
        unsafe {
            if cfg!(debug_assertions) {
                ptr::write_bytes(buffer, super::collect::POISON, layout.size());
            }
            let buffer = buffer.cast::<*mut u8>();
            *buffer = (*chunk).free.cast();
            (*chunk).free = buffer;
            (*chunk).live -= 1;
            if !(*chunk).is_listed && chunk != size.current.get() {
                (*chunk).is_listed = true;
                (*chunk).next = size.listed.get();
                size.listed.set(chunk);
            }
        }
    }

    /// Gives a buffer another size; null if there is no memory, and then it is as it was.
    ///
    /// # Safety
    /// It must have been allocated here with the layout `from`, and `to` be one that could be allocated, no smaller and of the
    /// same alignment.
    pub(super) unsafe fn grow(&self, buffer: *mut u8, from: Layout, to: Layout) -> *mut u8 {
        // SAFETY: the caller vouches for it; two buffers do not overlap.
        unsafe {
            if !Buffers::is_small(from) {
                return realloc(buffer, from, to.size());
            }
            let grown = self.allocate(to);
            if !grown.is_null() {
                ptr::copy_nonoverlapping(buffer, grown, from.size());
                self.free(buffer, from);
            }
            grown
        }
    }

    /// Gives chunks of which nothing is in use back to the system.
    pub(super) fn trim(&self) {
        for size in &self.sizes {
            let mut next = size.listed.replace(ptr::null_mut());
            while !next.is_null() {
                let chunk = next;
                // SAFETY: chunks on the list are live, and one without a buffer in use is nobody's.
                unsafe {
                    next = (*chunk).next;
                    if (*chunk).live == 0 {
                        dealloc(chunk.cast(), CHUNK_LAYOUT);
                    } else {
                        (*chunk).next = size.listed.get();
                        size.listed.set(chunk);
                    }
                }
            }
        }
    }
}

impl Drop for Buffers {
    /// All buffers have been freed.
    fn drop(&mut self) {
        self.trim();
        for size in &self.sizes {
            let current = size.current.get();
            debug_assert!(size.listed.get().is_null(), "a buffer that was not freed");
            if !current.is_null() {
                // SAFETY: the chunk is live, and nothing in it is in use.
                unsafe { dealloc(current.cast(), CHUNK_LAYOUT) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(bytes: usize) -> Layout {
        Layout::from_size_align(bytes, 8).expect("small")
    }

    /// A buffer of so many bytes, all of them written.
    fn filled(buffers: &Buffers, bytes: usize, with: u8) -> *mut u8 {
        // SAFETY: the size is not zero, and the buffer has as many bytes.
        unsafe {
            let buffer = buffers.allocate(layout(bytes));
            assert!(!buffer.is_null() && buffer.addr().is_multiple_of(STEP));
            ptr::write_bytes(buffer, with, bytes);
            buffer
        }
    }

    /// Whether it holds that still.
    fn holds(buffer: *mut u8, bytes: usize, with: u8) -> bool {
        // SAFETY: it was filled with as many.
        unsafe { std::slice::from_raw_parts(buffer, bytes) }.iter().all(|&byte| byte == with)
    }

    #[test]
    fn buffers_of_all_sizes_keep_what_is_in_them() {
        let buffers = Buffers::new();
        let mut live: Vec<(*mut u8, usize, u8)> = Vec::new();
        let mut random = 1_u64;
        for round in 0..200_000_u64 {
            random = random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(round | 1);
            let (pick, bytes) = ((random >> 33) as usize, 1 + (random >> 40) as usize % (MOST + 60));
            match random >> 62 {
                0 | 1 if live.len() < 2000 => live.push((filled(&buffers, bytes, round as u8), bytes, round as u8)),
                2 if !live.is_empty() => {
                    let at = pick % live.len();
                    let (buffer, before, with) = live[at];
                    // SAFETY: it is live, and grows.
                    let grown = unsafe { buffers.grow(buffer, layout(before), layout(before + bytes)) };
                    assert!(holds(grown, before, with));
                    // SAFETY: there is so much room now.
                    unsafe { ptr::write_bytes(grown, with, before + bytes) };
                    live[at] = (grown, before + bytes, with);
                }
                _ if !live.is_empty() => {
                    let (buffer, bytes, with) = live.swap_remove(pick % live.len());
                    assert!(holds(buffer, bytes, with));
                    // SAFETY: it is not used any more.
                    unsafe { buffers.free(buffer, layout(bytes)) };
                }
                _ => {}
            }
            if round % 5000 == 0 {
                buffers.trim();
            }
        }
        for (buffer, bytes, with) in live {
            assert!(holds(buffer, bytes, with));
            // SAFETY: it is not used any more.
            unsafe { buffers.free(buffer, layout(bytes)) };
        }
    }

    #[test]
    fn what_was_freed_is_used_again_and_whole_chunks_go_back() {
        let buffers = Buffers::new();
        let all: Vec<*mut u8> = (0..5000).map(|_| filled(&buffers, 160, 1)).collect();
        let free = |buffer: *mut u8| {
            // SAFETY: it is not used any more.
            unsafe { buffers.free(buffer, layout(160)) };
        };
        all.iter().copied().for_each(free);
        let again: Vec<*mut u8> = (0..5000).map(|_| filled(&buffers, 150, 2)).collect();
        let chunks = |list: &[*mut u8]| {
            let mut chunks: Vec<usize> = list.iter().map(|buffer| buffer.addr() / CHUNK).collect();
            chunks.sort_unstable();
            chunks.dedup();
            chunks
        };
        assert_eq!(chunks(&all), chunks(&again));
        again.into_iter().for_each(free);
        buffers.trim();
        let size = &buffers.sizes[160 / STEP - 1];
        assert!(size.listed.get().is_null() && !size.current.get().is_null());
    }
}
