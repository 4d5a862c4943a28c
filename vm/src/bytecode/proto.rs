//! A compiled function.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use super::liveness::Liveness;
use super::word::Word;
use crate::syntax::source::{Source, Span};
use crate::value::Value;

/// Where a closure gets a captured variable from when it is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CaptureSource {
    /// A register of the function that makes it (the register holds the value, or the cell).
    Register(u16),
    /// A capture of the function that makes it.
    Capture(u16),
}

/// What a loop header counts for.
#[derive(Debug)]
pub struct LoopInfo {
    /// Index in `code` of the header's word.
    pub header: usize,
    /// The `for`, `while`, ... statement's first line.
    pub span: Span,
    /// For a counted loop the first of its four registers; register 3 of them equals register 0 at the header.
    pub counted: Option<u16>,
    /// The trace that a `loop.trace` header enters.
    pub trace: Cell<u32>,
}

/// A place where a name is looked up at run time.
#[derive(Debug)]
pub struct Site {
    /// The name.
    pub name: Box<str>,
    /// The builtin of that name, if there is one.
    pub builtin: Option<u16>,
}

/// A compiled function: constants, code, and what is known about each instruction.
///
/// Constants and code lie in one buffer, constants first, so that an instruction reaches a constant by its distance and
/// the interpreter needs no register for the constant table. The buffer never moves while the prototype lives; loop
/// headers and the function header are patched in place, by their counters.
#[derive(Debug)]
pub struct Proto {
    /// Number of this function in its program, in order of appearance.
    pub id: u32,
    /// Its name; empty for an anonymous function, `main` for a file's top level.
    pub name: Box<str>,
    /// The file it stands in.
    pub source: Rc<Source>,
    /// From `fn` to `end`.
    pub span: Span,
    /// Parameters that must or may be passed, a rest parameter not counted.
    pub params: u16,
    /// Of these, the ones without a default.
    pub required: u16,
    /// Whether a last parameter collects the remaining arguments.
    pub rest: bool,
    /// Registers of a frame.
    pub frame_size: u16,
    /// Constants, then code.
    pub(crate) buffer: Box<[Cell<u64>]>,
    /// Number of constants.
    pub(crate) constants: usize,
    /// The span that a run-time error of each instruction is reported at.
    pub spans: Box<[Span]>,
    /// Captured variables.
    pub captures: Box<[CaptureSource]>,
    /// Functions nested in this one.
    pub protos: Box<[Box<Proto>]>,
    /// Loops in order of their headers.
    pub loops: Box<[LoopInfo]>,
    /// Access sites.
    pub sites: Box<[Site]>,
    pub(crate) liveness: OnceCell<Liveness>,
}

impl Proto {
    /// The number of instructions.
    pub fn len(&self) -> usize {
        self.buffer.len() - self.constants
    }

    /// Never: every function has a header.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The instruction at an index.
    pub fn word(&self, at: usize) -> Word {
        Word(self.buffer[self.constants + at].get())
    }

    /// Replaces the instruction at an index.
    pub fn patch(&self, at: usize, word: Word) {
        self.buffer[self.constants + at].set(word.0);
    }

    /// The address of the first instruction.
    pub fn code(&self) -> *const u64 {
        self.buffer[self.constants..].as_ptr().cast()
    }

    /// The constants, in order.
    pub fn constants(&self) -> impl Iterator<Item = Value> + '_ {
        self.buffer[..self.constants].iter().map(|bits| Value(bits.get()))
    }

    /// The constant at a distance before the instruction that follows index `at`.
    pub fn constant(&self, at: usize, distance: usize) -> Value {
        Value(self.buffer[self.constants + at + 1 - distance].get())
    }

    /// The index of an instruction, from its address.
    pub fn index_of(&self, pc: *const u64) -> usize {
        let index = (pc as usize - self.code() as usize) / 8;
        debug_assert!(index < self.len(), "pc outside of {}", self.name);
        index
    }

    /// Whether an address lies in this function's code.
    pub fn contains(&self, pc: *const u64) -> bool {
        (self.code() as usize..self.code() as usize + self.len() * 8).contains(&(pc as usize))
    }

    /// The line, counted from 1, of an instruction.
    pub fn line(&self, at: usize) -> u32 {
        self.source.line(self.spans[at].start)
    }

    /// Which registers are read before they are written, at each instruction. Computed when first asked for.
    pub fn liveness(&self) -> &Liveness {
        self.liveness.get_or_init(|| Liveness::of(self))
    }
}
