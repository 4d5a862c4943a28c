//! What a dump for `perf` needs of the system: a mapping by which `perf record` learns of the file, and its clock.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

/// The first page of a file, mapped as if it were to be executed. Nobody does, nor can it be written through this.
pub struct Mapping(*mut libc::c_void);

const PAGE: usize = 4096;

impl Mapping {
    /// Maps a file.
    ///
    /// # Errors
    ///
    /// If the system does not let it: where files of a folder may not be executed.
    pub fn new(file: &File) -> io::Result<Mapping> {
        let (protection, flags) = (libc::PROT_READ | libc::PROT_EXEC, libc::MAP_PRIVATE);
        // SAFETY: without `MAP_FIXED` a new mapping replaces nothing.
        let mapping = unsafe { libc::mmap(std::ptr::null_mut(), PAGE, protection, flags, file.as_raw_fd(), 0) };
        if mapping == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(Mapping(mapping)) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: exactly the mapping that `new` made; nothing refers to it.
        unsafe { libc::munmap(self.0, PAGE) };
    }
}

/// Nanoseconds of `CLOCK_MONOTONIC`.
pub fn monotonic_time() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: fills in the struct that it is given.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The number of the running thread.
pub fn thread() -> u32 {
    // SAFETY: asks, and nothing else.
    unsafe { libc::gettid() as u32 }
}
