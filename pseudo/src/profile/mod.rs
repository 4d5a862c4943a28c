//! A profile as people look at it: a table, folded stacks for other programs, a flame graph.

mod folded;
mod table;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use pseudo_codegen::engine::{Profile, Ran};
use pseudo_snapshots::Pc;
use pseudo_vm::vm::Vm;

use crate::dump::start;

/// Samples in a second, unless another number is asked for: no round one, so that what a program does a thousand times a second
/// is not met at the same place each time.
pub const HERTZ: u32 = 997;
/// The most that can be asked for.
pub const MOST_HERTZ: u32 = 10_000;

/// What is to be made of a profile.
#[derive(Default)]
pub struct Wishes {
    /// Samples in a second of processor time.
    pub hertz: u32,
    /// Where folded stacks go.
    pub folded: Option<Target>,
    /// Where the flame graph goes.
    pub svg: Option<Target>,
}

/// A file that a result goes to.
pub struct Target {
    path: PathBuf,
    file: File,
}

impl Target {
    /// Makes the file, so that it is known before the program runs whether it can be.
    ///
    /// # Errors
    ///
    /// Which file cannot be written, in words.
    pub fn new(path: &Path) -> Result<Target, String> {
        let file = File::create(path).map_err(|error| cannot_write(path, &error))?;
        Ok(Target { path: path.to_path_buf(), file })
    }

    fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), String> {
        let mut writer = BufWriter::new(&self.file);
        write(&mut writer).and_then(|()| writer.flush()).map_err(|error| cannot_write(&self.path, &error))
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> String {
    format!("cannot write {}: {error}", path.display())
}

/// The table; the files are written.
///
/// # Errors
///
/// Which file cannot be written, in words.
pub fn write(vm: &Vm, profile: &Profile, wishes: &Wishes) -> Result<String, String> {
    let stacks = folded::stacks(vm, profile);
    if let Some(target) = &wishes.folded {
        target.write(|writer| folded::write(&stacks, writer))?;
    }
    if let Some(target) = &wishes.svg {
        target.write(|writer| folded::flame_graph(&stacks, writer))?;
    }
    Ok(table::table(vm, profile))
}

/// What ran, in a word or two.
fn what_ran(ran: Ran) -> &'static str {
    match ran {
        Ran::Trace(_) => "compiled traces",
        Ran::Helper(_) => "helpers of traces",
        Ran::Method => "compiled functions",
        Ran::Interpreter => "interpreter",
        Ran::Reading => "reading the source",
        Ran::Recording => "recording",
        Ran::Compiling => "compiling",
        Ran::Collecting => "collector",
        Ran::Exit => "entries and exits",
    }
}

/// The trace that ran.
fn trace_of(ran: Ran) -> Option<usize> {
    match ran {
        Ran::Trace(trace) | Ran::Helper(trace) => Some(trace),
        Ran::Method
        | Ran::Interpreter
        | Ran::Reading
        | Ran::Recording
        | Ran::Compiling
        | Ran::Collecting
        | Ran::Exit => None,
    }
}

/// A trace: its number, what it is of, and where it begins.
fn trace_name(vm: &Vm, profile: &Profile, index: usize) -> String {
    let trace = &profile.traces[index];
    let dropped = if trace.generation > 0 { format!(" of round {}", trace.generation + 1) } else { String::new() };
    format!("trace {}{dropped}: {}, {}", trace.number, start(vm, trace.start, trace.pc), line_of(vm, trace.pc))
}

/// A line of a file.
fn line_of(vm: &Vm, pc: Pc) -> String {
    let proto = vm.proto(pc.function);
    format!("{}:{}", proto.source.name, proto.line(pc.at as usize))
}

/// The name of a function.
fn function_name(vm: &Vm, function: u32) -> &str {
    match &*vm.proto(function).name {
        "" => "fn",
        name => name,
    }
}
