//! Pieces of machine code as other programs are told of them: by name, and by lines of the source.

use std::path::Path;

use pseudo_codegen::engine::{Piece, PieceOf};
use pseudo_vm::vm::Vm;

use crate::dump::{place, start};

/// The name of a piece of code, the same in maps, dumps and symbols.
pub fn name(vm: &Vm, piece: &Piece<'_>) -> String {
    match piece.of {
        PieceOf::Trace(trace, _) => {
            format!("trace {}: {}, {}", trace.number, start(vm, trace.start, trace.pc), place(vm, trace.pc))
        }
        PieceOf::Method(pc, _) => format!("function: {}", place(vm, pc)),
        PieceOf::Bridge(_) => "way between traces".to_string(),
        PieceOf::Routine(name) => format!("routine: {name}"),
    }
}

/// A line of source that code belongs to, from a byte on up to the next one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Bytes from the beginning of the piece.
    pub offset: u32,
    /// Index in [`Lines::files`].
    pub file: usize,
    /// Counted from 1.
    pub line: u32,
}

/// The lines that a piece of code belongs to.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Lines {
    /// Absolute paths, or the names of what is no file (`-e`, `stdin`).
    pub files: Vec<String>,
    /// Ascending.
    pub lines: Vec<Line>,
}

/// The lines of a piece of code.
pub fn lines(vm: &Vm, piece: &Piece<'_>) -> Lines {
    let mut found = Lines::default();
    for (offset, pc) in piece.places() {
        let proto = vm.proto(pc.function);
        let (name, line) = (absolute(&proto.source.name), proto.line(pc.at as usize));
        let file = found.files.iter().position(|known| *known == name).unwrap_or_else(|| {
            found.files.push(name);
            found.files.len() - 1
        });
        if found.lines.last().is_none_or(|last| (last.file, last.line) != (file, line)) {
            found.lines.push(Line { offset, file, line });
        }
    }
    found
}

/// Where a source file lies, for programs that run elsewhere.
fn absolute(name: &str) -> String {
    let path = Path::new(name).canonicalize().ok().and_then(|path| path.into_os_string().into_string().ok());
    path.unwrap_or_else(|| name.to_string())
}
