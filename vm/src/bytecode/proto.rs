//! A compiled function.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use super::liveness::Liveness;
use super::profile::Profile;
use super::word::Word;
use crate::heap::class::ClassInfo;
use crate::native::NativeCode;
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
    /// Its step, where the program has it as a number.
    pub step: Option<i64>,
    /// The trace that a `loop.trace` header enters.
    pub trace: Cell<u32>,
}

/// A place where a name is looked up at run time.
#[derive(Clone, Debug)]
pub struct Site {
    /// The name.
    pub name: Box<str>,
    /// The name as a constant string.
    pub key: Value,
    /// The builtin of that name, if there is one.
    pub builtin: Option<u16>,
    /// How many of the objects that its inline cache was to know had another shape, or class, than all before them. No more than
    /// that: the cache that all sites share forgets some, which then count again.
    pub others: Cell<u32>,
}

impl Site {
    /// A place of which nothing is known yet.
    pub fn new(name: Box<str>, key: Value, builtin: Option<u16>) -> Site {
        Site { name, key, builtin, others: Cell::new(0) }
    }
}

/// The words of an access site's inline cache, among the constants. Their numbers follow one another, so the second lies
/// just before the first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Cache {
    /// The number in `header.aux` that the object must have, and above it (32 bits) what was found: see
    /// `interp::members`.
    Key,
    /// What belongs to that key: an address, or another shape's number.
    Data,
    /// The index of the site.
    Site,
    /// The builtin of the site's name as a value, if it is one in Rust; else 0.
    Builtin,
}

impl Cache {
    /// Number of words.
    pub const WORDS: usize = 4;
}

/// Where to go on when an instruction of a range throws.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CatchRange {
    /// The first instruction.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// Where to go on.
    pub target: usize,
    /// The register that what was thrown goes to.
    pub register: u16,
    /// Whether it only does what is to be done on the way out, and throws on.
    pub finally: bool,
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
    /// Classes.
    pub classes: Box<[ClassInfo]>,
    /// Ranges that are guarded by a `catch` or `finally`, inner ones before those around them.
    pub handlers: Box<[CatchRange]>,
    /// The trace that a `func.trace` word enters.
    pub trace: Cell<u32>,
    /// Its machine code, if it has some.
    pub native: NativeCode,
    /// Whether the first parameter is the receiver.
    pub method: bool,
    /// Whether it is none of the program's functions: not shown in call stacks.
    pub hidden: bool,
    pub(crate) liveness: OnceCell<Liveness>,
    pub(crate) profile: OnceCell<Profile>,
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

    /// The access site whose inline cache is at a distance before the instruction that follows index `at`.
    pub fn site(&self, at: usize, distance: usize) -> &Site {
        let index = self.constant(at, distance + Cache::Site as usize).0;
        &self.sites[index as usize]
    }

    /// Where to go on when the instruction at an index throws.
    pub fn handler_at(&self, at: usize) -> Option<&CatchRange> {
        self.handlers.iter().find(|handler| (handler.start..handler.end).contains(&at))
    }

    /// The line, counted from 1, of an instruction.
    pub fn line(&self, at: usize) -> u32 {
        self.source.line(self.spans[at].start)
    }

    /// Which registers are read before they are written, at each instruction. Computed when first asked for.
    pub fn liveness(&self) -> &Liveness {
        self.liveness.get_or_init(|| Liveness::of(self))
    }

    /// What operands have been seen to be.
    pub fn profile(&self) -> &Profile {
        self.profile.get_or_init(|| Profile::new(self.len()))
    }
}
