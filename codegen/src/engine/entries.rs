//! Entering compiled code, and what follows when it is left: the interpreter's state is restored, and a hot exit looked at.

use std::time::Instant;

use pseudo_snapshots::restore::restore;
use pseudo_trace::ir::trace::Start;
use pseudo_trace::record::Recorder;
use pseudo_vm::jit::{Exited, Position};
use pseudo_vm::phase::{Doing, Phase};
use pseudo_vm::vm::Vm;

use super::events::Event;
use super::native::is_function;
use super::paths::Wanted;
use super::recordings::Attempt;
use super::watch::Judgement;
use super::{Engine, Limits, pc_of};
use crate::code_memory::{RETURNED, RETURNED_BETWEEN};
use crate::regalloc::registers::RSP;

impl Engine {
    /// Runs the trace of a loop or function from a position on until it is left.
    pub(super) fn enter_compiled(&mut self, vm: &mut Vm, at: Position, trace: u32) -> Exited {
        if self.traces.get(trace as usize).is_none_or(Option::is_none) {
            return Exited { at, record: false };
        }
        let header = pc_of(vm, at);
        if is_function(header) {
            if !self.pass_parameters(vm, at, header.function) {
                self.parameters_differ(vm, at, header.function);
                return Exited { at, record: false };
            }
        } else if let Some(record) = self.passes_header(vm, at) {
            return Exited { at, record };
        } else {
            self.stats.interpreted_rounds += 1;
        }
        self.stats.entries += 1;
        let stack_limit = self.stack_limit(vm, at.base);
        let context = self.context.as_mut().expect("made before the trace was recorded");
        let memory = self.memory.as_ref().expect("the trace lies in it");
        context.set_stack_limit(stack_limit);
        let installed = self.traces[trace as usize].as_ref().expect("it is there");
        context.vm = vm;
        context.nursery = &raw mut vm.heap.nursery;
        context.helper_caller = 0;
        vm.activity.set(Doing::of(Phase::Compiled, trace));
        let entered = self.clock.map(|_| Instant::now());
        // SAFETY: the entry is that of a root trace for this header, compiled for this machine; `at.base` is the frame
        // whose header it is, and the stack has its reserve above the limit for the frames that a trace may inline.
        unsafe { crate::code_memory::enter(memory, installed.code.entry, at.base, &mut **context) };
        if let (Some(clock), Some(entered)) = (&mut self.clock, entered) {
            clock.compiled += entered.elapsed();
        }
        self.stats.exits += 1;
        let (number, exit) = (context.trace, context.exit);
        vm.activity.set(Doing::of(Phase::Exit, number));
        if let Some(observer) = self.observer.as_mut().filter(|_| !matches!(exit, RETURNED | RETURNED_BETWEEN)) {
            observer.event(vm, &Event::Left { trace: number, exit });
        }

        if context.countdown == 0 {
            context.countdown = context.period;
        }
        if matches!(exit, RETURNED | RETURNED_BETWEEN) {
            return self.returned(vm);
        }
        let (base, rsp) = (context.base(), context.gpr[RSP as usize]);
        let frame = self.traces[number as usize].as_ref().expect("it has just run").code.frame;
        let native = self.unwind(vm, Some(number), base, rsp + 8 * u64::from(frame));
        let context = self.context.as_ref().expect("it has just run");
        let left = self.traces[number as usize].as_ref().expect("it has just run");
        let packed = &left.code.exits[exit as usize].packed;
        let machine = context.machine(&left.code.constants, left.code.frame.into());
        let globals = vm.globals_base();
        let heap = &mut vm.heap;
        // SAFETY: the snapshot belongs to the exit that was taken, whose registers `machine` holds.
        let resume = unsafe { restore(packed, &machine, base, globals, heap) };
        let pc = vm.proto(resume.pc.function).code().wrapping_add(resume.pc.at as usize);
        let at = Position { pc, base: resume.base };

        if native > 0 && self.cannot_return(vm, number, exit) {
            return Exited { at, record: false };
        }
        if vm.pending.load(std::sync::atomic::Ordering::Relaxed) != 0 {
            // It was left for a collection, or to be interrupted: that says nothing of the way that the program goes.
            if let Some(state) = self.exit_state(number, exit) {
                state.count += 1;
                state.hot_at += u64::from(state.hot_at != 0);
            }
            return Exited { at, record: false };
        }
        let hot = self.exit_is_hot(vm, number, exit, native);
        if !hot || self.recorder.is_some() {
            return Exited { at, record: false };
        }
        match self.judge(vm, number, exit) {
            Judgement::Side => {}
            judgement => return Exited { at, record: judgement == Judgement::Watched },
        }
        self.begin_side(vm, number, exit, at);
        Exited { at, record: true }
    }

    /// Whether the interpreter goes on at the header of a loop that has a trace already, instead of entering that; and
    /// whether what it does is recorded.
    fn passes_header(&mut self, vm: &mut Vm, at: Position) -> Option<bool> {
        if self.watch.is_some() {
            return Some(true);
        }
        if let Some(underway) = &self.recorder {
            let Attempt { start, from, wanted, .. } = underway.what;
            let goes_round = wanted.is_some() || start != Start::Root;
            return (goes_round && from == pc_of(vm, at)).then_some(true);
        }
        let wanted = self.wanted?;
        let pc = pc_of(vm, at);
        let root = self.traces[wanted.trace as usize].as_ref().map(|left| left.root);
        let root = root.and_then(|root| self.traces[root as usize].as_ref());
        if root.is_some_and(|root| root.trace.pc != pc) {
            // The way there leads through other loops.
            return None;
        }
        self.wanted = None;
        if root.is_none() || self.next_number() >= self.params.maxtrace {
            return None;
        }
        if wanted.wait > 0 {
            self.wanted = Some(Wanted { wait: wanted.wait - 1, ..wanted });
            return Some(false);
        }
        let limits = Limits { rounds: wanted.rounds as usize, ..self.limits(vm) };
        let recorder = Recorder::root(vm, self.next_number(), at, limits, self.natives.clone());
        let what = Attempt { start: Start::Root, from: pc, wanted: Some(wanted), rounds: wanted.rounds };
        self.begin(vm, what, recorder);
        Some(true)
    }
}
