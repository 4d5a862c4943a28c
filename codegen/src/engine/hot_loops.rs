//! Loops that get hot: when they are recorded, and how long they wait.

use pseudo_snapshots::Pc;
use pseudo_trace::ir::trace::Start;
use pseudo_trace::record::Recorder;
use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::jit::{FrameView, Hot, Position};
use pseudo_vm::vm::Vm;

use super::events::Event;
use super::recordings::Attempt;
use super::{Engine, Limits, Tier, pc_of, short, warmup};

/// How a loop has fared.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LoopState {
    /// Recordings given up.
    pub(super) failures: u32,
    /// What its counter was last set to.
    pub(super) counter: u32,
    /// Rounds until its counter is out, while it has not been out for a trace's sake.
    pub(super) passed: u32,
    /// Rounds to have in the body of its trace, once something is known of it.
    pub(super) rounds: Option<u32>,
    /// Whether it has so few rounds that it is left to the loop around it.
    pub(super) length: short::Rounds,
    /// About how many instructions a round takes, once that was asked for.
    pub(super) steps: Option<u32>,
    /// Whether its side traces share their ends.
    pub(super) shares_ends: bool,
    /// Traces of it that are entered from the exit in front of another one.
    pub(super) beside: u32,
}

impl Engine {
    /// What [`pseudo_vm::jit::Jit::hot_loop`] answers.
    pub(super) fn look_at_loop(&mut self, vm: &mut Vm, at: Position) -> Hot {
        let pc = pc_of(vm, at);
        if self.tier == Tier::Interp {
            self.set_counter(vm, pc, u32::MAX);
            return Hot::Continue;
        }
        let number = vm.proto(pc.function).word(pc.at as usize).a() as u16;
        if let Some(rounds) = self.loop_warms_up(vm, pc, number, at) {
            self.set_counter(vm, pc, rounds);
            return Hot::Continue;
        }
        let passed = self.loops.get(&(pc.function, number)).map_or(0, |state| state.passed);
        let passed = passed.max(self.first_rounds());
        let hot = self.rounds_before_trace(vm, pc, number, at);
        if let Some(counter) = self.look_at_method(vm, at, passed, hot) {
            self.set_counter(vm, pc, counter);
            let state = self.loops.entry((pc.function, number)).or_default();
            state.passed = passed.saturating_add(counter);
            return Hot::Continue;
        }
        if self.recorder.is_some() || self.watch.is_some() {
            self.set_counter(vm, pc, self.params.hotloop.max(2));
            return Hot::Continue;
        }
        if self.next_number() >= self.params.maxtrace {
            self.set_counter(vm, pc, u32::MAX);
            self.limited(vm, Some(pc), "maxtrace");
            return Hot::Continue;
        }
        if !self.prepare(vm) {
            self.set_counter(vm, pc, u32::MAX);
            return Hot::Continue;
        }
        if self.loops.get(&(pc.function, number)).is_some_and(|state| state.counter == u32::MAX) {
            self.set_counter(vm, pc, u32::MAX);
            return Hot::Continue;
        }
        if let Some(wait) = self.wait_for_outer_loop(vm, pc, number, at) {
            self.set_counter(vm, pc, wait);
            return Hot::Continue;
        }
        // So that a round that begins while this one is recorded does not find the loop hot again.
        let hotloop = self.params.hotloop.max(2);
        self.set_counter(vm, pc, hotloop);
        let rounds = self.loops.get(&(pc.function, number)).and_then(|state| state.rounds).unwrap_or(1);
        let levels = self.levels_of(vm, pc.function);
        let limits = Limits { rounds: rounds as usize, levels, ..self.limits(vm) };
        let recorder = Recorder::root(vm, self.next_number(), at, limits, self.natives.clone());
        self.begin(vm, Attempt { start: Start::Root, from: pc, wanted: None, rounds }, recorder);
        Hot::Record
    }

    /// Sets a loop's counter, and keeps account of the rounds that it has counted.
    pub(super) fn set_counter(&mut self, vm: &Vm, pc: Pc, counter: u32) {
        let proto = vm.proto(pc.function);
        let word = proto.word(pc.at as usize);
        debug_assert!(matches!(word.op(), Op::LoopHeader | Op::TraceHeader), "{:?} heads no loop", word.op());
        let first = self.first_rounds();
        let state = self.loops.entry((pc.function, word.a() as u16)).or_default();
        let set = if state.counter == 0 { first } else { state.counter };
        if word.op() == Op::LoopHeader {
            self.stats.interpreted_rounds += set.saturating_sub(word.counter()) as u64;
        }
        state.counter = counter;
        proto.patch(pc.at as usize, Word::header(Op::LoopHeader, word.a() as u16, counter));
    }

    /// Rounds of a loop before it is recorded. The first ones are often not like most: what is looked up is not there yet, lists
    /// are empty. So of one that is known to go round very often a small part goes by first, as a whole function's code. Not of one
    /// with other loops in it, which would be recorded before it.
    fn rounds_before_trace(&self, vm: &Vm, pc: Pc, number: u16, at: Position) -> u32 {
        let hotloop = self.params.hotloop;
        let proto = vm.proto(pc.function);
        let info = &proto.loops[usize::from(number)];
        if self.params.warmup_steps(self.tier) == 0 || !short::is_innermost(info, proto) {
            return hotloop;
        }
        let left = short::rounds_left(info, FrameView::new(vm, at));
        let part = left.unwrap_or_default() / warmup::PART_OF_ROUNDS;
        hotloop.max(part.min(warmup::ROUNDS_MOST) as u32)
    }

    /// After how many rounds to look at a hot loop again, if it seems to have few.
    fn wait_for_outer_loop(&mut self, vm: &Vm, pc: Pc, number: u16, at: Position) -> Option<u32> {
        let info = &vm.proto(pc.function).loops[usize::from(number)];
        let length = &mut self.loops.entry((pc.function, number)).or_default().length;
        let wait = length.look(info, FrameView::new(vm, at), &self.params)?;
        if length.waits() {
            self.tell(vm, &Event::Waits { pc, rounds: wait });
        }
        Some(wait)
    }
}
