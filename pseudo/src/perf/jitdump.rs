//! A dump of the code for `perf inject --jit`, which makes a library with symbols and lines of each piece, so that
//! `perf annotate` shows its instructions with the program's lines between them.
//!
//! The format is described in the kernel's `tools/perf/Documentation/jitdump-specification.txt`, version 1. `perf record`
//! learns of the file by a mapping of it that could be executed ([`super::mapping`]). Times are those of `CLOCK_MONOTONIC`,
//! which `perf record` has to be told (`-k CLOCK_MONOTONIC`).

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::mapping::{Mapping, monotonic_time, thread};
use crate::machine_code::Lines;

/// `JiTD`, in the order of bytes of the machine that writes it.
const MAGIC: u32 = 0x4A69_5444;
const VERSION: u32 = 1;
const HEADER: u32 = 40;
/// The processor, as in ELF: x86-64.
const MACHINE: u32 = 62;

/// A piece of code was installed.
const CODE_LOAD: u32 = 0;
/// The lines of the piece that comes next.
const CODE_DEBUG_INFO: u32 = 2;

/// The file, while the process runs.
pub struct JitDump {
    file: File,
    _mapping: Mapping,
    pieces: u64,
}

impl JitDump {
    /// A dump in a file.
    ///
    /// # Errors
    ///
    /// If the file cannot be written or mapped.
    pub fn new(path: &Path) -> io::Result<JitDump> {
        let mut file = File::options().read(true).write(true).create(true).truncate(true).open(path)?;
        let mut header = Vec::new();
        for word in [MAGIC, VERSION, HEADER, MACHINE, 0, std::process::id()] {
            header.extend(word.to_le_bytes());
        }
        header.extend(monotonic_time().to_le_bytes());
        header.extend(0u64.to_le_bytes());
        file.write_all(&header)?;
        let mapping = Mapping::new(&file)?;
        Ok(JitDump { file, _mapping: mapping, pieces: 0 })
    }

    /// Adds a piece of code.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn add(&mut self, start: u64, bytes: &[u8], name: &str, lines: &Lines) -> io::Result<()> {
        let time = monotonic_time();
        let mut out = Vec::new();
        if !lines.lines.is_empty() {
            record(&mut out, CODE_DEBUG_INFO, time, |body| {
                body.extend(start.to_le_bytes());
                body.extend((lines.lines.len() as u64).to_le_bytes());
                for line in &lines.lines {
                    body.extend((start + u64::from(line.offset)).to_le_bytes());
                    body.extend(line.line.to_le_bytes());
                    // There is one way to each place.
                    body.extend(0u32.to_le_bytes());
                    text(body, &lines.files[line.file]);
                }
            });
        }
        record(&mut out, CODE_LOAD, time, |body| {
            body.extend(std::process::id().to_le_bytes());
            body.extend(thread().to_le_bytes());
            body.extend(start.to_le_bytes());
            body.extend(start.to_le_bytes());
            body.extend((bytes.len() as u64).to_le_bytes());
            body.extend(self.pieces.to_le_bytes());
            text(body, name);
            body.extend(bytes);
        });
        self.pieces += 1;
        self.file.write_all(&out)
    }
}

/// A record: its kind, its length, and when.
fn record(out: &mut Vec<u8>, kind: u32, time: u64, write: impl FnOnce(&mut Vec<u8>)) {
    let mut body = Vec::new();
    write(&mut body);
    out.extend(kind.to_le_bytes());
    out.extend((body.len() as u32 + 16).to_le_bytes());
    out.extend(time.to_le_bytes());
    out.extend(body);
}

/// A text that ends in a zero.
fn text(out: &mut Vec<u8>, text: &str) {
    out.extend(text.bytes().filter(|&byte| byte != 0));
    out.push(0);
}
