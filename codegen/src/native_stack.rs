//! The native stack of compiled code: a mapping of its own, so that how deep compiled calls may be nested has nothing to do
//! with the stack that the process was started with.
//!
//! Pages are committed as they are touched. Helpers that recurse are called on the process's stack ([`crate::CodeMemory`]
//! has the routine); the others get by with the reserve at the low end.

use std::io;

/// Sizes in bytes, the page above not counted: the second one where the address space is limited, which the program's objects need more.
const SIZES: [usize; 2] = [32 << 20, 1 << 20];
/// Bytes at the low end that frames of compiled code never reach: for helpers, and for handlers of signals.
const RESERVE: usize = 256 << 10;
const PAGE: usize = 4096;

/// See the module.
#[derive(Debug)]
pub struct NativeStack {
    mapping: *mut libc::c_void,
    size: usize,
}

impl NativeStack {
    /// Maps a stack, between two pages that fault.
    ///
    /// # Errors
    ///
    /// If the operating system does not give the address space.
    pub fn new() -> io::Result<NativeStack> {
        let mut error = io::Error::from(io::ErrorKind::OutOfMemory);
        for size in SIZES.into_iter().skip(usize::from(is_limited())) {
            // SAFETY: a new private mapping touches nothing that exists, and the pages lie inside it.
            let mapping = unsafe {
                let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
                let all = size + PAGE;
                let mapping = libc::mmap(std::ptr::null_mut(), all, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
                if mapping != libc::MAP_FAILED {
                    libc::mprotect(mapping, PAGE, libc::PROT_NONE);
                    libc::mprotect(mapping.byte_add(size), PAGE, libc::PROT_NONE);
                }
                mapping
            };
            if mapping != libc::MAP_FAILED {
                return Ok(NativeStack { mapping, size });
            }
            error = io::Error::last_os_error();
        }
        Err(error)
    }

    /// One past its highest byte, a multiple of 16.
    pub fn top(&self) -> u64 {
        self.mapping as u64 + self.size as u64
    }

    /// Words that frames of compiled code may take.
    pub fn words(&self) -> usize {
        (self.size - PAGE - RESERVE) / 8
    }

    /// The words from an address on.
    ///
    /// # Panics
    ///
    /// If they do not lie in the stack.
    pub fn slice(&self, from: u64, words: usize) -> &[u64] {
        let at = from.wrapping_sub(self.mapping as u64) as usize;
        let inside = at.is_multiple_of(8) && (PAGE..=self.size).contains(&at) && words <= (self.size - at) / 8;
        assert!(inside, "{words} words at {from:x} lie outside of the native stack");
        // SAFETY: they lie in the mapping, which is readable above its first page; any bits are a word. No compiled code
        // is running: it runs within `enter`, whose caller has the context that this belongs to.
        unsafe { std::slice::from_raw_parts(from as *const u64, words) }
    }
}

/// Whether the process may have only so much address space.
fn is_limited() -> bool {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: fills in the struct that it is given.
    let status = unsafe { libc::getrlimit(libc::RLIMIT_AS, &mut limit) };
    status == 0 && limit.rlim_cur != libc::RLIM_INFINITY
}

impl Drop for NativeStack {
    fn drop(&mut self) {
        // SAFETY: exactly the mapping that `new` made; nothing refers to it any more.
        unsafe { libc::munmap(self.mapping, self.size + PAGE) };
    }
}
