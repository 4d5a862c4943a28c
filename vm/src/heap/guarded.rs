//! Elements of arrays at the ends of pages, each followed by one that faults: a mode for tests, in which code that goes beyond an
//! array ends the process at once, and so does code that uses elements after they were freed.
//!
//! All lies in one reservation of address space, so that where a buffer lies tells whether it is one of these. Freed pages are
//! used again as late as can be. There is an end to the pieces that a process may have its memory in: what comes beyond
//! [`LIVE_MAX`] buffers is allocated as usual.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

const PAGE: usize = 4096;
/// Bytes of address space.
const RESERVED: usize = 64 << 30;
/// Buffers at a time: each is two pieces of the 65,530 that Linux allows a process.
const LIVE_MAX: usize = 8_000;
/// So many buffers each have their pages, however few get them from then on: to map pages takes a hundred times as long as to
/// allocate, and programs that make very many arrays make the same ones over and over.
const FIRST: usize = 2_000;
/// Freed buffers of one size that are left alone before the oldest of them is used again.
const QUARANTINE: usize = 16;

/// See the module.
#[derive(Debug)]
pub(super) struct Guarded {
    start: *mut u8,
    /// Bytes that have been given out so far.
    taken: usize,
    live: usize,
    /// How many buffers were asked for.
    asked: usize,
    /// Behind the first ones, one of so many gets pages.
    one_in: usize,
    /// Where freed buffers begin, by their pages.
    freed: FxHashMap<usize, VecDeque<usize>>,
}

impl Guarded {
    /// Reserves address space. Behind the first [`FIRST`], one of so many buffers lies there; 1: all do.
    pub(super) fn new(one_in: usize) -> std::io::Result<Guarded> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new private mapping touches nothing that exists.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), RESERVED, libc::PROT_NONE, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return Err(std::io::Error::last_os_error());
        }
        Ok(Guarded { start: start.cast(), taken: 0, live: 0, asked: 0, one_in, freed: FxHashMap::default() })
    }

    /// Room for so many bytes, a multiple of 8, right before a page that faults. `None` if there are too many already, or it is
    /// not this one's turn.
    pub(super) fn allocate(&mut self, bytes: usize) -> Option<*mut u8> {
        let pages = bytes.div_ceil(PAGE);
        self.asked += 1;
        let has_turn = self.asked <= FIRST || self.asked.is_multiple_of(self.one_in);
        if !has_turn || self.live == LIVE_MAX || bytes == 0 || bytes > RESERVED {
            return None;
        }
        let freed = self.freed.get_mut(&pages).filter(|freed| freed.len() > QUARANTINE);
        let at = match freed.and_then(VecDeque::pop_front) {
            Some(at) => at,
            None => {
                let (at, all) = (self.taken, (pages + 1) * PAGE);
                if all > RESERVED - at {
                    return None;
                }
                self.taken += all;
                at
            }
        };
        // SAFETY: the pages lie in the reservation, and nobody has them.
        let status =
            unsafe { libc::mprotect(self.start.add(at).cast(), pages * PAGE, libc::PROT_READ | libc::PROT_WRITE) };
        if status != 0 {
            self.freed.entry(pages).or_default().push_back(at);
            return None;
        }
        self.live += 1;
        Some(self.start.wrapping_add(at + pages * PAGE - bytes))
    }

    /// Takes a buffer back. False if it was allocated elsewhere.
    pub(super) fn free(&mut self, buffer: *mut u8, bytes: usize) -> bool {
        let at = (buffer as usize).wrapping_sub(self.start as usize);
        if at >= RESERVED {
            return false;
        }
        let pages = bytes.div_ceil(PAGE);
        let first = at + bytes - pages * PAGE;
        // SAFETY: `allocate` has given these pages, and they are not used any more.
        unsafe {
            let pages_start = self.start.add(first).cast();
            libc::madvise(pages_start, pages * PAGE, libc::MADV_DONTNEED);
            libc::mprotect(pages_start, pages * PAGE, libc::PROT_NONE);
        }
        self.live -= 1;
        self.freed.entry(pages).or_default().push_back(first);
        true
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: exactly the mapping that `new` made; the heap frees its objects first.
        unsafe { libc::munmap(self.start.cast(), RESERVED) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a process ends with a fault that writes a word.
    fn faults(address: *mut u8) -> bool {
        let mut status = 0;
        // SAFETY: the other process does nothing but write, and ends.
        unsafe {
            match libc::fork() {
                0 => {
                    libc::signal(libc::SIGSEGV, libc::SIG_DFL);
                    std::ptr::write_volatile(address, 1);
                    libc::_exit(0)
                }
                child => libc::waitpid(child, &mut status, 0),
            }
        };
        libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGSEGV
    }

    #[test]
    fn what_lies_beyond_faults() {
        let mut guarded = Guarded::new(1).expect("address space");
        for bytes in [8, 4096, 40_000] {
            let buffer = guarded.allocate(bytes).expect("room");
            assert!(!faults(buffer) && !faults(buffer.wrapping_add(bytes - 1)));
            assert!(faults(buffer.wrapping_add(bytes)));
            guarded.free(buffer, bytes);
            assert!(faults(buffer), "it was freed");
        }
    }

    #[test]
    fn buffers_end_where_their_pages_do() {
        let mut guarded = Guarded::new(1).expect("address space");
        for bytes in [8, 24, 4096, 4104, 40_000] {
            let buffer = guarded.allocate(bytes).expect("room");
            assert!((buffer as usize + bytes).is_multiple_of(PAGE));
            // SAFETY: so much was asked for.
            unsafe { std::ptr::write_bytes(buffer, 1, bytes) };
            assert!(guarded.free(buffer, bytes));
        }
        let mut some = Guarded::new(4).expect("address space");
        let given = (0..FIRST + 40).filter(|_| some.allocate(8).is_some()).count();
        assert_eq!(given, FIRST + 10);
        let mut other = 0u64;
        assert!(!guarded.free((&raw mut other).cast(), 8));
        let buffers: Vec<*mut u8> = (0..100).map(|_| guarded.allocate(16).expect("room")).collect();
        buffers.into_iter().for_each(|buffer| assert!(guarded.free(buffer, 16)));
        let taken = guarded.taken;
        let again = guarded.allocate(16).expect("room");
        assert_eq!((guarded.taken, guarded.live), (taken, 1));
        // SAFETY: the page was given back to the system, which gives an empty one.
        assert_eq!(unsafe { *again }, 0);
    }
}
