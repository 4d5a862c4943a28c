//! Register allocation: where every value of a trace lives, at every point.
//!
//! One forward scan over the instructions. A trace has no joins but its loop's head, so all uses ahead are known, and
//! the register to give up is the one whose value is needed furthest in the future (Belady 1966), a use in the next
//! round counting as so much further. Not the backward scan that LuaJIT merges with emission: a result that is a table
//! of places can be printed, and checked by someone else ([`checker`]).
//!
//! - A value gets a register where it is defined. When it has to give it up it gets a *spill slot*, for good, and is
//!   stored there right after its definition: once, and before the loop if it is defined before the loop.
//! - Constants never get registers.
//! - What only snapshots need may stay in a spill slot. Operands may be read from there as well.
//! - At the head of a loop every value that lives in the loop has a place; at the back edge it is moved there again.
//! - Helper calls leave only the registers that the calling convention keeps.
//!
//! Cost: linear in instructions, times registers where one must be given up.

pub mod checker;
pub mod fold;
pub mod moves;
pub mod plan;
pub mod registers;
pub mod scan;

use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::trace::{SnapshotId, Trace};
use pseudo_trace::ir::types::Ref;

use crate::compile::CompileError;
use plan::{Incoming, Plan};

/// When a move is done.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Phase {
    /// At the entry of the trace.
    Entry,
    /// Before the instruction.
    Before,
    /// After it. For the `loop`: at the head, in every round.
    After,
}

/// A move from place to place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edit {
    /// The instruction; the number of instructions for the back edge or end.
    pub at: u32,
    /// Before or after it.
    pub phase: Phase,
    /// What is copied: a value's place, or a constant.
    pub from: Loc,
    /// Where to.
    pub to: Loc,
}

/// Where values are at an exit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExitLocs {
    /// First guard that leaves here; the number of instructions for the trace's end.
    pub at: u32,
    /// Its snapshot.
    pub snapshot: SnapshotId,
    /// One place for each entry of the snapshot.
    pub entries: Vec<Loc>,
    /// One place for each value of the root's loop that the trace keeps; `None` where it keeps none.
    pub hidden: Option<Vec<Loc>>,
}

/// State at the head of the loop.
#[derive(Clone, Default, Debug)]
pub struct Head {
    /// Phis and their places.
    pub phis: Vec<(Ref, Loc)>,
    /// Values from before the loop that live in it: register at the head if any, and spill slot if any.
    pub invariants: Vec<(Ref, Option<Loc>, Option<u16>)>,
}

/// The result.
#[derive(Clone, Debug)]
pub struct Allocation {
    operand_starts: Vec<u32>,
    operands: Vec<Loc>,
    /// Place of each instruction's result, where it is defined.
    pub results: Vec<Option<Loc>>,
    /// Moves, in order.
    pub edits: Vec<Edit>,
    /// For each instruction that is a guard, its exit; then, for traces that end in the interpreter, the end's.
    pub exit_of: Vec<Option<u32>>,
    /// Exits.
    pub exits: Vec<ExitLocs>,
    /// While the callee of a `call.fn` runs: one place for each entry of its snapshot.
    pub call: Option<Vec<Loc>>,
    /// The loop's head.
    pub head: Option<Head>,
    /// Places of the values read at the end (as given to the allocator).
    pub end: Vec<Loc>,
    /// Spill slots in use are below this.
    pub spill_slots: u16,
}

impl Allocation {
    /// Places of the operands that [`Plan::operands`] lists.
    pub fn operands(&self, at: u32) -> &[Loc] {
        &self.operands[self.operand_starts[at as usize] as usize..self.operand_starts[at as usize + 1] as usize]
    }
}

/// Values in registers or spill slots when the trace begins.
#[derive(Clone, Default, Debug)]
pub struct Entry {
    /// Which values are one, and hidden values' types.
    pub incoming: Incoming,
    /// Each value with its places.
    pub values: Vec<(Ref, Option<Loc>, Option<u16>)>,
}

/// What the end of a trace asks for, when it is not the back edge of its own loop.
#[derive(Clone, Default, Debug)]
pub struct End {
    /// Values that are read.
    pub reads: Vec<Ref>,
    /// Places that must hold values: what the head of another loop expects.
    pub moves: Vec<(Ref, Loc)>,
    /// Whether the end is an exit, with this snapshot.
    pub exit: Option<SnapshotId>,
    /// Whether the hidden values are kept, and recorded at the exits.
    pub joins: bool,
}

/// Limits.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Registers of each file.
    pub registers: usize,
    /// Spill slots.
    pub spill_slots: usize,
}

/// Allocates registers for a trace.
pub fn allocate(
    trace: &Trace,
    plan: &Plan,
    entry: &Entry,
    end: &End,
    limits: Limits,
) -> Result<Allocation, CompileError> {
    scan::run(trace, plan, entry, end, limits)
}
