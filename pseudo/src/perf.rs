//! A map for `perf`: which code lies where, by name, in the file that `perf report` looks for
//! (`/tmp/perf-PID.map`; the format is in the kernel's `tools/perf/Documentation/jit-interface.txt`).

use std::fs::File;
use std::io::{self, Write};

use pseudo_codegen::engine::{Event, Observer};
use pseudo_vm::vm::Vm;

use crate::dump::{place, start};

/// Writes a line for each piece of code as it is installed. Where code memory is emptied, what comes to lie there later has a
/// line of its own behind the old one.
pub struct PerfMap {
    file: File,
}

impl PerfMap {
    /// The map of this process.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn new() -> io::Result<PerfMap> {
        Ok(PerfMap { file: File::create(format!("/tmp/perf-{}.map", std::process::id()))? })
    }
}

impl Observer for PerfMap {
    fn event(&mut self, vm: &Vm, event: &Event<'_>) {
        let line = match event {
            Event::Compiled { trace, code, .. } => {
                let what = start(vm, trace.start, trace.pc);
                format!("{:x} {:x} trace {}: {what}, {}\n", code.entry, code.size, trace.number, place(vm, trace.pc))
            }
            Event::Method { pc, code, .. } => {
                format!("{:x} {:x} function: {}\n", code.start, code.size, place(vm, *pc))
            }
            _ => return,
        };
        // A map that cannot be written is no reason to stop the program.
        let _ = self.file.write_all(line.as_bytes());
    }

    fn wants_listings(&self) -> bool {
        false
    }
}
