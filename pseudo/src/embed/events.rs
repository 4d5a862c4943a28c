//! What the compiler does, for those who want to know.

use pseudo_codegen::engine::{Consequence, Event, Observer};
use pseudo_snapshots::Pc;
use pseudo_trace::ir::trace::Start;
use pseudo_vm::vm::Vm as Machine;

use super::native::Panicked;

/// A place in a program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The function's name.
    pub function: String,
    /// Its file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

/// Something that the compiler has done. More kinds may come.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TraceEvent {
    /// A loop or function is hot, or an exit of another trace: what runs next is being recorded.
    RecordingStarted {
        /// The number that the trace will have. Numbers begin anew when all traces are dropped.
        trace: u32,
        /// For a side trace, the trace and the exit that it begins at.
        parent: Option<(u32, u32)>,
        /// Where.
        at: Place,
    },
    /// A recording was given up, or could not be compiled.
    RecordingAbandoned {
        /// The number that the trace would have had.
        trace: u32,
        /// Why, in words.
        reason: String,
        /// The instruction that it was given up at.
        at: Place,
        /// After how many rounds (or exits) it is tried again; `None`: never.
        retry_after: Option<u32>,
    },
    /// A trace has become machine code.
    TraceCompiled {
        /// Its number.
        trace: u32,
        /// For a side trace, the trace and the exit that it begins at.
        parent: Option<(u32, u32)>,
        /// Where it begins.
        at: Place,
        /// Instructions of its IR.
        instructions: usize,
        /// Bytes of code.
        bytes: usize,
    },
    /// A function has become machine code as a whole.
    FunctionCompiled {
        /// Where the counter ran out.
        at: Place,
        /// Bytes of code.
        bytes: usize,
    },
    /// A trace was left for the interpreter.
    TraceExit {
        /// Its number.
        trace: u32,
        /// Which of its exits.
        exit: u32,
    },
    /// All traces were dropped, to be recorded anew.
    Flushed {
        /// How many there were.
        traces: usize,
    },
}

/// Passes events on.
pub(super) struct Subscriber<F>(pub F, pub Panicked);

impl<F: FnMut(&TraceEvent)> Observer for Subscriber<F> {
    fn event(&mut self, vm: &Machine, event: &Event<'_>) {
        if let Some(event) = translated(vm, event) {
            self.1.catch(|| (self.0)(&event));
        }
    }
}

fn place(vm: &Machine, pc: Pc) -> Place {
    let proto = vm.proto(pc.function);
    Place { function: proto.name.to_string(), file: proto.source.name.clone(), line: proto.line(pc.at as usize) }
}

fn parent(start: Start) -> Option<(u32, u32)> {
    match start {
        Start::Root => None,
        Start::Exit { parent, exit } => Some((parent, exit)),
    }
}

fn translated(vm: &Machine, event: &Event<'_>) -> Option<TraceEvent> {
    Some(match *event {
        Event::Started { number, start, pc } => {
            TraceEvent::RecordingStarted { trace: number, parent: parent(start), at: place(vm, pc) }
        }
        Event::Abandoned { number, at, reason, consequence, .. } => TraceEvent::RecordingAbandoned {
            trace: number,
            reason: reason.to_string(),
            at: place(vm, at),
            retry_after: match consequence {
                Consequence::Retry(rounds) => Some(rounds),
                Consequence::Blacklisted => None,
            },
        },
        Event::Compiled { trace, code, .. } => TraceEvent::TraceCompiled {
            trace: trace.number,
            parent: parent(trace.start),
            at: place(vm, trace.pc),
            instructions: trace.insts.len(),
            bytes: code.size,
        },
        Event::Method { pc, code, .. } => TraceEvent::FunctionCompiled { at: place(vm, pc), bytes: code.size },
        Event::Left { trace, exit } => TraceEvent::TraceExit { trace, exit },
        Event::Flushed { traces, .. } => TraceEvent::Flushed { traces },
        Event::Waits { .. }
        | Event::Limited { .. }
        | Event::Watched { .. }
        | Event::Recorded { .. }
        | Event::Nested { .. }
        | Event::Optimised { .. }
        | Event::Ended { .. } => return None,
    })
}
