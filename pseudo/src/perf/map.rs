//! A map for `perf`: which code lies where, by name, in the file that `perf report` looks for
//! (`/tmp/perf-PID.map`; the format is in the kernel's `tools/perf/Documentation/jit-interface.txt`).

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// A line for each piece of code. Where code memory is emptied, what comes to lie there later has a line of its own behind the
/// old one.
pub struct PerfMap {
    file: File,
}

impl PerfMap {
    /// A map in a file.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn new(path: &Path) -> io::Result<PerfMap> {
        Ok(PerfMap { file: File::create(path)? })
    }

    /// Adds a piece of code.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn add(&mut self, start: u64, size: usize, name: &str) -> io::Result<()> {
        self.file.write_all(format!("{start:x} {size:x} {name}\n").as_bytes())
    }
}
