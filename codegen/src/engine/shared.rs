//! Loops with very many side traces, whose side traces share their ends from then on (see [`pseudo_trace::record::Rejoin`]).
//!
//! The loop is recorded anew first: the side traces that it had are of no use when others take their place.

use std::rc::Rc;

use pseudo_snapshots::Pc;
use pseudo_trace::ir::trace::{Start, Trace};
use pseudo_trace::record::{Reason, Recorder, Rejoin, Retry, loop_end, way_of};
use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::jit::Position;
use pseudo_vm::vm::Vm;
use rustc_hash::FxHashSet;

use super::paths::{Purpose, Wanted};
use super::{Attempt, Engine, Underway, pc_of};

/// The way of a trace as far as its side traces may come back to it: within its loop, and not within a loop in that, where they
/// might go round without a look at whether something is pending.
pub(super) fn way_in_loop(vm: &Vm, trace: &Trace, header: Pc) -> Rc<FxHashSet<Pc>> {
    let proto = vm.proto(header.function);
    let extent = |header: usize| header..=loop_end(proto, header);
    let own = extent(header.at as usize);
    let within = |proto: &Proto, at: usize| {
        let inner = proto.loops.iter().filter(|info| info.header != header.at as usize && own.contains(&info.header));
        inner.clone().any(|info| extent(info.header).contains(&at))
    };
    let mut way = way_of(trace);
    way.retain(|pc| {
        pc.function == header.function && own.contains(&(pc.at as usize)) && !within(proto, pc.at as usize)
    });
    Rc::new(way)
}

impl Engine {
    /// Whether the loop of a trace is to be recorded anew, since it has so many side traces that they had better share their
    /// ends: when its header is reached.
    pub(super) fn begins_to_share(&mut self, vm: &Vm, trace: u32, exit: u32) -> bool {
        let Some(root) = self.traces[trace as usize].as_ref().map(|left| left.root) else { return false };
        let Some(root) = self.traces[root as usize].as_mut() else { return false };
        let header = root.trace.pc;
        let word = vm.proto(header.function).word(header.at as usize);
        let is_loop =
            word.op() == Op::TraceHeader && vm.proto(header.function).loops[word.a()].trace.get() == root.code.number;
        if !is_loop || root.closed || root.way.is_some() || root.sides < self.params.sharesides {
            return false;
        }
        // If nothing comes of it, its next side traces share their ends at least.
        root.way = Some(way_in_loop(vm, &root.trace, header));
        self.loops.entry((header.function, word.a() as u16)).or_default().shares_ends = true;
        self.want(Wanted { trace, exit, rounds: 1, wait: 0, purpose: Purpose::Anew });
        true
    }

    /// The header of the loop that a trace belongs to.
    pub(super) fn header_of(&self, trace: u32) -> Option<Pc> {
        let root = self.traces[trace as usize].as_ref()?.root;
        Some(self.traces[root as usize].as_ref()?.header)
    }

    /// Whether the side traces of the loop with this header share their ends.
    pub(super) fn loop_shares_ends(&self, vm: &Vm, header: Pc) -> bool {
        let word = vm.proto(header.function).word(header.at as usize);
        let state = self.loops.get(&(header.function, word.a() as u16));
        matches!(word.op(), Op::LoopHeader | Op::TraceHeader) && state.is_some_and(|state| state.shares_ends)
    }

    /// What a side trace of a root has to know of the ends that it shares.
    pub(super) fn ends_of(&self, root: u32) -> Option<Rejoin> {
        let way = self.traces[root as usize].as_ref()?.way.clone()?;
        Some(Rejoin { way, ends: self.ends.clone() })
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
        let recorder = Recorder::root(vm, self.next_number(), at, self.limits(vm), self.natives.clone());
        let wanted = Wanted { trace: parent, exit, rounds: 1, wait: 0, purpose: Purpose::End };
        self.begin(vm, Attempt { start: Start::Root, from, wanted: Some(wanted), rounds: 1 }, recorder);
    }
}
