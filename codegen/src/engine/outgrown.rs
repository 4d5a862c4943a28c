//! Loops and functions that have as many side traces as they may, and do by now what none of them is for.
//!
//! A program has phases: what sorted ints sorts strings. The side traces of a loop are then those of an earlier phase, and an
//! exit that has none is taken in each round. Once it has been taken very often, the loop is recorded anew, for what comes now, and
//! the new trace takes the old one's place, for code that leads there as well. Where there are as many traces as there may be in all,
//! all of them are dropped. Each time the wait is twice as long: what has more ways than there may be traces pays ever less for it.

use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::vm::Vm;

use super::Engine;
use super::native::is_function;
use super::paths::{Purpose, Wanted};

/// Doublings of a wait at most: more would be for ever.
const DOUBLINGS: u32 = 30;

/// Bytes of the jump that an entry becomes when another trace takes its place.
const JUMP: u64 = 5;

impl Engine {
    /// What to do about an exit that is hot and may have no side trace, for a limit: the first time nothing, and it is told; then its
    /// root is recorded anew, or all traces are dropped.
    pub(super) fn at_limit(&mut self, vm: &Vm, trace: u32, exit: u32, limit: &'static str) {
        let Some(left) = &self.traces[trace as usize] else { return };
        let (root, pc) = (left.root, left.code.exits[exit as usize].packed.pc());
        // All traces begin where no root does.
        let outgrown =
            if limit == "maxtrace" { None } else { self.traces[root as usize].as_ref().map(|it| it.trace.pc) };
        let times = self.outgrown.get(&outgrown).copied().unwrap_or_default();
        let wait = u64::from(self.params.outgrown) << times.min(DOUBLINGS);
        let Some(state) = self.exit_state(trace, exit) else { return };
        state.hot_at = state.count + wait;
        if !std::mem::replace(&mut state.limited, true) {
            self.limited(vm, Some(pc), limit);
            return;
        }
        if self.recorder.is_some() {
            return;
        }
        *self.outgrown.entry(outgrown).or_default() += 1;
        match outgrown {
            None => self.flush(vm),
            Some(header) if is_function(header) => {
                let levels = self.levels_of(vm, header.function) as u32;
                self.replace_function(vm, header.function, root, levels);
            }
            // Whether it is this root that the loop is entered with, or one beside that.
            Some(header) => {
                let current = vm.proto(header.function).word(header.at as usize);
                let closed = self.traces[root as usize].as_ref().is_some_and(|it| it.closed);
                if current.op() == Op::TraceHeader && !closed {
                    self.want(Wanted { trace, exit, rounds: 1, wait: 0, purpose: Purpose::Anew });
                }
            }
        }
    }

    /// Whether a root trace is what its loop is entered with, and does not skip rounds.
    pub(super) fn is_current(&self, vm: &Vm, root: u32) -> bool {
        let Some(installed) = &self.traces[root as usize] else { return false };
        let header = installed.trace.pc;
        let proto = vm.proto(header.function);
        let word = proto.word(header.at as usize);
        !installed.closed && word.op() == Op::TraceHeader && proto.loops[word.a()].trace.get() == root
    }

    /// Has code that enters a loop's trace enter the one instead that is to take its place, if both may be entered alike.
    pub(super) fn take_over(&mut self, before: u32, entry: u64, native: Option<u32>, home: Option<u32>) {
        let (Some(Some(before)), Some(memory)) = (self.traces.get(before as usize), &mut self.memory) else { return };
        debug_assert_ne!(before.code.entry, entry, "a trace that takes its own place");
        // What is overwritten must not be part of the loop.
        let is_apart = before.code.head.is_none_or(|head| head >= before.code.entry + JUMP);
        if is_apart && before.native == native && before.home == home {
            memory.redirect(before.code.entry, entry);
        }
    }
}
