//! Loops with very many side traces, whose side traces share their ends from then on (see [`pseudo_trace::record::Rejoin`]).
//!
//! Such a loop is recorded anew first: the side traces that it had are of no use when others take their place. Functions, and
//! loops, that call natively share ends much sooner, and without: they have no registers to lose by it.

use std::rc::Rc;

use pseudo_snapshots::Pc;
use pseudo_trace::ir::trace::{Start, Trace};
use pseudo_trace::record::{Reason, Recorder, Rejoin, Retry, loop_end, way_of};
use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::jit::Position;
use pseudo_vm::vm::Vm;
use rustc_hash::FxHashSet;

use super::native::is_function;
use super::paths::{Purpose, Wanted};
use super::recordings::{Attempt, Underway};
use super::{Engine, Limits, pc_of};

/// What the side traces of a root trace, or of a shared end, come back to.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// The instructions.
    pcs: Rc<FxHashSet<Pc>>,
    /// Whether the root calls functions natively. Between its calls everything is in memory, so that nothing is lost by
    /// going on with a trace that others share.
    calls: bool,
}

impl Way {
    /// The way of a trace, as far as its side traces may come back to it: within the loop or function with a header, and not
    /// within a loop in that, where they might go round without a look at whether something is pending. If it calls, also
    /// wherever it may go on behind a call.
    pub fn new(vm: &Vm, trace: &Trace, header: Pc, calls: bool) -> Way {
        let function = header.function;
        let proto = vm.proto(function);
        let extent = |header: usize| header..=loop_end(proto, header);
        let own = if is_function(header) { 1..=proto.len() } else { extent(header.at as usize) };
        let inner = proto.loops.iter().filter(|info| info.header != header.at as usize && own.contains(&info.header));
        let inner: Vec<_> = inner.map(|info| extent(info.header)).collect();
        let mut pcs = way_of(trace);
        if calls {
            let calls = (0..proto.len()).filter(|&at| matches!(proto.word(at).op(), Op::Call | Op::CallMethod));
            pcs.extend(calls.map(|at| Pc { function, at: at as u32 + 1 }));
        }
        pcs.retain(|pc| {
            let at = pc.at as usize;
            pc.function == function && own.contains(&at) && !inner.iter().any(|inner| inner.contains(&at))
        });
        Way { pcs: Rc::new(pcs), calls }
    }
}

impl Engine {
    /// Has the side traces of a root that calls functions natively share their ends from now on, if it has many. Those that it
    /// has already go on as they do.
    fn shares_behind_calls(&mut self, vm: &Vm, root: u32) {
        let Some(installed) = self.traces[root as usize].as_ref() else { return };
        let (pc, header) = (installed.trace.pc, installed.header);
        // Levels that are inlined into one another go on in registers behind their calls.
        let in_registers = is_function(pc) && self.levels_of(vm, pc.function) > 1;
        if !in_registers && installed.way.is_none() && installed.calling >= self.params.sharecalls {
            let way = Way::new(vm, &installed.trace, header, true);
            self.traces[root as usize].as_mut().expect("it has just been there").way = Some(way);
        }
    }

    /// Whether the loop of a trace is to be recorded anew, since it has so many side traces that they had better share their
    /// ends: when its header is reached.
    pub(super) fn begins_to_share(&mut self, vm: &Vm, trace: u32, exit: u32) -> bool {
        let Some(root) = self.traces[trace as usize].as_ref().map(|left| left.root) else { return false };
        self.shares_behind_calls(vm, root);
        let is_current = self.is_current(vm, root);
        let Some(root) = self.traces[root as usize].as_mut() else { return false };
        let header = root.trace.pc;
        let word = vm.proto(header.function).word(header.at as usize);
        if !is_current || root.way.is_some() || root.sides < self.params.sharesides {
            return false;
        }
        // If nothing comes of it, its next side traces share their ends at least.
        root.way = Some(Way::new(vm, &root.trace, header, false));
        self.loops.entry((header.function, word.a() as u16)).or_default().shares_ends = true;
        self.want(Wanted { trace, exit, rounds: 1, wait: 0, purpose: Purpose::Anew });
        true
    }

    /// The header of the loop or function that a trace belongs to, and what side traces come back to there.
    pub(super) fn way_around(&self, trace: u32) -> Option<(Pc, bool)> {
        let root = self.traces[trace as usize].as_ref()?.root;
        let root = self.traces[root as usize].as_ref()?;
        Some((root.header, root.way.as_ref().is_some_and(|way| way.calls)))
    }

    /// Whether the side traces of the loop with this header share their ends.
    pub(super) fn loop_shares_ends(&self, vm: &Vm, header: Pc) -> bool {
        let word = vm.proto(header.function).word(header.at as usize);
        let state = self.loops.get(&(header.function, word.a() as u16));
        matches!(word.op(), Op::LoopHeader | Op::TraceHeader) && state.is_some_and(|state| state.shares_ends)
    }

    /// What a side trace of a root has to know of the ends that it shares.
    pub(super) fn ends_of(&self, root: u32) -> Option<Rejoin> {
        let Way { pcs, calls } = self.traces[root as usize].as_ref()?.way.clone()?;
        Some(Rejoin { way: pcs, calls, ends: self.ends.clone() })
    }

    /// Records the end that a side trace is to share, in its place.
    pub(super) fn record_end(&mut self, vm: &Vm, at: Position) {
        let Some(Underway { what, .. }) = self.recorder.take() else { return };
        let Start::Exit { parent, exit } = what.start else { return };
        let from = pc_of(vm, at);
        self.stats.wasted += self.record_began.elapsed();
        self.abandon(vm, what, from, Reason::SharedEnd.text(), Retry::Soon);
        if let Some(state) = self.exit_state(parent, exit) {
            // It has not failed.
            state.failures -= 1;
        }
        let limits = Limits { levels: self.levels_of(vm, from.function), ..self.limits(vm) };
        let recorder = Recorder::root(vm, self.next_number(), at, limits, self.natives.clone());
        let wanted = Wanted { trace: parent, exit, rounds: 1, wait: 0, purpose: Purpose::End };
        self.begin(vm, Attempt { start: Start::Root, from, wanted: Some(wanted), rounds: 1 }, recorder);
    }
}
