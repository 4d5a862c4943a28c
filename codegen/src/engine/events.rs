//! What an engine tells of its work, as it happens.

use pseudo_snapshots::Pc;
use pseudo_trace::ir::trace::{Start, Trace};
use pseudo_trace::opt::Fired;
use pseudo_vm::vm::Vm;

use super::Profile;
use super::pieces::Piece;
use crate::compile::CompiledTrace;
use crate::disassemble::Line;
use crate::method::{self, MethodCode};

/// Something that happened. Everything in it is the same in two runs of the same program, but for a profile.
#[derive(Debug)]
pub enum Event<'a> {
    /// A recording has begun.
    Started {
        /// The trace's number.
        number: u32,
        /// A loop, or an exit of another trace.
        start: Start,
        /// Where.
        pc: Pc,
    },
    /// A hot loop of few rounds is left to the loop around it for so many rounds.
    Waits {
        /// Its header.
        pc: Pc,
        /// Rounds.
        rounds: u32,
    },
    /// A loop or an exit is hot, and is left to the interpreter since there are as many traces as there may be.
    Limited {
        /// Where it goes on.
        pc: Pc,
        /// The parameter that says how many.
        limit: &'static str,
    },
    /// A conditional has been watched.
    Watched {
        /// The jump.
        pc: Pc,
        /// Times that it has jumped.
        jumped: u32,
        /// Times that it has not.
        passed: u32,
        /// Whether loops choose between its ways from now on.
        chosen: bool,
    },
    /// A recording was given up, or what it recorded could not be compiled.
    Abandoned {
        /// The trace's number.
        number: u32,
        /// What was being recorded.
        start: Start,
        /// Where it began.
        from: Pc,
        /// The instruction that it was given up at.
        at: Pc,
        /// Why.
        reason: &'a str,
        /// What becomes of the loop or exit.
        consequence: Consequence,
    },
    /// A trace has been recorded, before any pass.
    Recorded {
        /// The trace.
        trace: &'a Trace,
    },
    /// A loop has been put together from a side trace and the loop that it leads back to, before any pass. It stands in
    /// for the side trace if its rounds can be skipped.
    Nested {
        /// The loop.
        trace: &'a Trace,
    },
    /// A pass has changed a trace.
    Optimised {
        /// The pass.
        pass: &'static str,
        /// The fold rules that have fired, in order.
        fired: &'a [Fired],
        /// The trace after it.
        trace: &'a Trace,
    },
    /// A function has become machine code as a whole, which runs from now on.
    Method {
        /// The header whose counter had run out.
        pc: Pc,
        /// Its code.
        code: &'a MethodCode,
        /// Its instructions.
        listing: &'a [method::Line],
    },
    /// A trace has become machine code that runs from now on.
    Compiled {
        /// The trace as it was compiled.
        trace: &'a Trace,
        /// Its code.
        code: &'a CompiledTrace,
        /// Its instructions.
        listing: &'a [Line],
    },
    /// A trace was left by an exit that leads to the interpreter.
    Left {
        /// The trace's number.
        trace: u32,
        /// The exit's.
        exit: u32,
    },
    /// All traces have been dropped: there is no code memory left for more, or what they rely on holds no more.
    Flushed {
        /// How many there were.
        traces: usize,
        /// Their exits, by trace number.
        exits: &'a [(u32, Vec<ExitReport>)],
    },
    /// The program has ended.
    Ended {
        /// The exits of every trace that runs, by trace number.
        exits: &'a [(u32, Vec<ExitReport>)],
        /// Where time went, if that was asked for: nothing else of all events differs from run to run.
        profile: Option<&'a Profile>,
    },
}

/// An exit of a running trace as others may see it.
#[derive(Clone, Copy, Debug)]
pub struct ExitReport {
    /// Index of the guard's instruction.
    pub inst: u32,
    /// Times it was taken to the interpreter.
    pub count: u64,
    /// The side trace that it leads to now.
    pub side: Option<u32>,
}

/// What follows from a recording that was given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Consequence {
    /// It is tried again after so many more rounds (or exits).
    Retry(u32),
    /// It is left to the interpreter.
    Blacklisted,
}

/// Somebody who wants to know.
pub trait Observer {
    /// Called as each event happens.
    fn event(&mut self, vm: &Vm, event: &Event<'_>);

    /// Called as machine code has come to lie somewhere. It is gone with the next [`Event::Flushed`], unless it is a routine, or
    /// a whole function.
    fn installed(&mut self, _vm: &Vm, _piece: &Piece<'_>) {}

    /// Whether it looks at the listings of machine code. They are empty otherwise, which saves making them.
    fn wants_listings(&self) -> bool {
        true
    }
}

/// Two who want to know.
pub(super) struct Both(pub Box<dyn Observer>, pub Box<dyn Observer>);

impl Observer for Both {
    fn event(&mut self, vm: &Vm, event: &Event<'_>) {
        self.0.event(vm, event);
        self.1.event(vm, event);
    }

    fn installed(&mut self, vm: &Vm, piece: &Piece<'_>) {
        self.0.installed(vm, piece);
        self.1.installed(vm, piece);
    }

    fn wants_listings(&self) -> bool {
        self.0.wants_listings() || self.1.wants_listings()
    }
}
