//! What there is of each trace when statistics are asked for: how it came about, whether it runs, and its exits.

use pseudo_snapshots::Pc;
use pseudo_trace::ir::trace::Start;
use pseudo_vm::vm::Vm;

use super::{Engine, Installed};
use crate::exits::Exit;

/// What a trace is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TraceKind {
    /// A loop.
    Loop,
    /// A loop that has another trace, where that one is not entered.
    Beside,
    /// A loop along the path that an exit of another trace leads to.
    Path,
    /// A function.
    Function,
    /// An end that side traces share.
    End,
    /// What follows an exit.
    Side,
}

impl TraceKind {
    /// All of them.
    pub const ALL: [TraceKind; 6] =
        [TraceKind::Loop, TraceKind::Beside, TraceKind::Path, TraceKind::Function, TraceKind::End, TraceKind::Side];

    /// In a word.
    pub fn text(self) -> &'static str {
        match self {
            TraceKind::Loop => "loop",
            TraceKind::Beside => "beside",
            TraceKind::Path => "path",
            TraceKind::Function => "function",
            TraceKind::End => "end",
            TraceKind::Side => "side",
        }
    }
}

/// What has become of a trace that is still there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TraceState {
    /// Something leads to it.
    Running,
    /// Its loop or function has another trace by now, or its root's has: only code that was there before leads to it.
    Replaced,
}

impl TraceState {
    /// In a word.
    pub fn text(self) -> &'static str {
        match self {
            TraceState::Running => "running",
            TraceState::Replaced => "replaced",
        }
    }
}

/// A trace that is still there.
#[derive(Clone, Debug)]
pub struct TraceReport {
    /// Its number.
    pub number: u32,
    /// What it is of.
    pub kind: TraceKind,
    /// Whether it runs.
    pub state: TraceState,
    /// How it begins.
    pub start: Start,
    /// Where.
    pub pc: Pc,
    /// Bytes of its code.
    pub bytes: usize,
    /// IR instructions, after all passes.
    pub instructions: usize,
    /// Guards.
    pub guards: u32,
    /// Its ways out.
    pub exits: Vec<ExitCount>,
}

/// A way out of a trace.
#[derive(Clone, Debug)]
pub struct ExitCount {
    /// The operation of the first guard that leaves here; none for the end of a trace.
    pub guard: Option<&'static str>,
    /// The instruction that the guard was recorded from, or where the interpreter goes on.
    pub pc: Pc,
    /// Times that it was taken to the interpreter.
    pub count: u64,
    /// The trace that it leads to now.
    pub leads_to: Option<u32>,
}

impl Engine {
    /// The traces that are still there, by number.
    pub(super) fn trace_reports(&self, vm: &Vm) -> Vec<TraceReport> {
        let report = |installed: &Installed| TraceReport {
            number: installed.code.number,
            kind: installed.kind,
            state: if self.has_successor(vm, installed) { TraceState::Replaced } else { TraceState::Running },
            start: installed.trace.start,
            pc: installed.trace.pc,
            bytes: installed.code.size,
            instructions: installed.trace.insts.len(),
            guards: installed.code.guards,
            exits: exits_of(installed),
        };
        self.traces.iter().flatten().map(report).collect()
    }

    /// Whether another trace has taken the place of a trace's root.
    fn has_successor(&self, vm: &Vm, installed: &Installed) -> bool {
        let Some(root) = &self.traces[installed.root as usize] else { return true };
        let number = root.code.number;
        match root.kind {
            TraceKind::Loop => {
                let proto = vm.proto(root.trace.pc.function);
                let header = root.trace.pc.at as usize;
                proto.loops.iter().any(|info| info.header == header && info.trace.get() != number)
            }
            TraceKind::Function => vm.proto(root.trace.pc.function).trace.get() != number,
            TraceKind::Beside | TraceKind::Path | TraceKind::End | TraceKind::Side => false,
        }
    }
}

fn exits_of(installed: &Installed) -> Vec<ExitCount> {
    let trace = &installed.trace;
    let exits = installed.code.exits.iter().zip(&installed.exits);
    let count = |(exit, state): (&Exit, &super::ExitState)| {
        let inst = trace.insts.get(exit.inst as usize);
        let origin = inst.and_then(|inst| trace.origins.get(inst.origin as usize));
        ExitCount {
            guard: inst.map(|inst| inst.op.info().text),
            pc: origin.map_or(trace.snapshots[exit.snapshot.0 as usize].pc, |origin| origin.pc),
            count: state.count,
            leads_to: state.side,
        }
    };
    exits.map(count).collect()
}
