//! Recordings: how one begins, is shown each instruction that runs, and ends.

use std::time::Instant;

use pseudo_snapshots::Pc;
use pseudo_trace::ir::trace::Start;
use pseudo_trace::record::{Abort, ExitValue, ParentExit, Reason, Recorder, Step};
use pseudo_vm::jit::{Position, Recording};
use pseudo_vm::phase::{Doing, Phase};
use pseudo_vm::value::Value;
use pseudo_vm::vm::Vm;

use super::events::Event;
use super::paths::{Path, Purpose, Wanted};
use super::{Engine, Limits, pc_of, watch};
use crate::exits::Exit;

/// A recording that goes on.
#[derive(Debug)]
pub(super) struct Underway {
    pub(super) recorder: Recorder,
    pub(super) what: Attempt,
    /// Whether the function is recorded anew from its entry on, which is shown next.
    pub(super) dives: bool,
    /// The conditional that was shown last, if it matters which way it goes.
    pub(super) conditional: Option<Pc>,
}

/// What a recording is of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    /// A loop or an exit.
    pub(super) start: Start,
    /// Where.
    pub(super) from: Pc,
    /// For which exit of another trace a root trace is recorded beside that.
    pub(super) wanted: Option<Wanted>,
    /// Rounds that a root trace has in its body.
    pub(super) rounds: u32,
}

impl Engine {
    /// Limits of a recording, as the parameters say.
    pub(super) fn limits(&self, vm: &Vm) -> Limits {
        let limits = Limits::default();
        Limits {
            // Where the depth of calls is limited, frames are counted from the one that a trace was entered with.
            maxreturns: if vm.limits_depth() { 0 } else { limits.maxreturns },
            maxrecord: self.params.maxrecord as usize,
            maxtrace: self.params.maxir as usize,
            maxsnap: self.params.maxsnap as usize,
            maxdepth: self.params.maxdepth as usize,
            maxrecursion: self.params.recunroll as usize,
            maxunroll: self.params.loopunroll as usize,
            maxshapes: self.params.maxshapes,
            ..limits
        }
    }

    /// Begins a recording: what runs next is shown to it.
    pub(super) fn begin(&mut self, vm: &Vm, what: Attempt, mut recorder: Recorder) {
        let Attempt { start, from: pc, .. } = what;
        recorder.choose_at(&self.conditionals.chosen);
        self.recorder = Some(Underway { recorder, what, dives: false, conditional: None });
        self.dives = 0;
        self.record_began = Instant::now();
        self.stats.recordings += 1;
        let number = self.next_number();
        vm.activity.set(Doing::of(Phase::Recording, number));
        self.tell(vm, &Event::Started { number, start, pc });
    }

    /// Begins the recording of a side trace from an exit that has just been taken, and restored at a position.
    pub(super) fn begin_side(&mut self, vm: &mut Vm, number: u32, exit: u32, at: Position) {
        let left = self.traces[number as usize].as_ref().expect("it has just run");
        let Exit { snapshot, ref packed, .. } = left.code.exits[exit as usize];
        let from = packed.pc();
        let root = self.traces[left.root as usize].as_ref().and_then(|root| root.root_loop.as_ref());
        let context = self.context.as_ref().expect("the trace was entered with it");
        let machine = context.machine(&left.code.constants, left.code.frame.into());
        let parent = ParentExit {
            trace: number,
            exit,
            snapshot: &left.trace.snapshots[snapshot.0 as usize],
            values: &ExitValue::of(&left.trace, snapshot, &|index| {
                packed.entries().nth(index).is_some_and(|entry| Value(machine.word(entry.loc)).is_nil())
            }),
            root,
            next: match left.exits[exit as usize].path {
                Path::Loop(next) => Some(next),
                Path::None | Path::Unknown => None,
            },
            room: left.room,
            native: left.native,
            after_call: left.code.call.is_some()
                && left.code.exits[exit as usize].inst as usize == left.trace.insts.len(),
        };
        let limits = Limits { levels: self.levels_of(vm, self.function_of(&left.trace)), ..self.limits(vm) };
        let limits = match left.exits[exit as usize].failures {
            0 => Limits { maxunroll: self.params.sideunroll.min(self.params.loopunroll) as usize, ..limits },
            _ => limits,
        };
        let mut recorder = Recorder::side(vm, self.next_number(), &parent, at, limits, self.natives.clone());
        if let Some(rejoin) = self.ends_of(left.root) {
            recorder.rejoin(rejoin);
        }
        let start = Start::Exit { parent: number, exit };
        self.begin(vm, Attempt { start, from, wanted: None, rounds: 1 }, recorder);
    }

    /// A recording goes on or has ended.
    pub(super) fn say_whether_recording(&self, vm: &Vm) {
        if self.recorder.is_none() {
            vm.activity.set(Doing::RUNNING);
        }
    }

    pub(super) fn record_next(&mut self, vm: &mut Vm, at: Position) -> Recording {
        if self.recorder.as_ref().is_some_and(|underway| underway.dives) {
            return self.dive(vm, at);
        }
        if self.goes_rarely(vm, at) {
            let recorder = self.recorder.take().expect("it is to record the instruction");
            let abort = Abort { reason: Reason::RarerWay, pc: recorder.recorder.pc(), what: "" };
            self.give_up(vm, &recorder, abort);
            return Recording::Stop;
        }
        let Some(recorder) = &mut self.recorder else {
            return self.observe(vm, at);
        };
        match recorder.recorder.step(vm, at) {
            Ok(Step::Continue) => Recording::Continue,
            Ok(Step::Dive) => {
                recorder.dives = true;
                Recording::Continue
            }
            Ok(Step::EndWanted) => {
                self.record_end(vm, at);
                self.record_next(vm, at)
            }
            Ok(Step::Finished) => {
                let recorder = self.recorder.take().expect("it has just made a step");
                self.finish(vm, recorder);
                Recording::Stop
            }
            Err(abort) => {
                let recorder = self.recorder.take().expect("it has just made a step");
                self.give_up(vm, &recorder, abort);
                Recording::Stop
            }
        }
    }

    pub(super) fn record_throw(&mut self, vm: &mut Vm, at: Position, caught: Option<Position>) -> Recording {
        if self.watch.is_some() {
            return self.observe_throw(vm, caught.is_some());
        }
        let Some(mut underway) = self.recorder.take() else { return Recording::Stop };
        let threw = if underway.dives {
            // The call that was to be recorded has not come about.
            Err(Abort { reason: Reason::Throws, pc: underway.recorder.pc(), what: "" })
        } else {
            underway.recorder.threw(vm, at, caught)
        };
        match threw {
            Ok(()) => {
                self.recorder = Some(underway);
                Recording::Continue
            }
            Err(abort) => {
                self.give_up(vm, &underway, abort);
                Recording::Stop
            }
        }
    }

    /// Whether the recording of a loop that is to go the commoner way at each conditional has just gone the rarer one.
    fn goes_rarely(&mut self, vm: &Vm, at: Position) -> bool {
        let Some(underway) = &mut self.recorder else { return false };
        if underway.what.wanted.is_none_or(|wanted| wanted.purpose != Purpose::Anew) {
            return false;
        }
        let pc = pc_of(vm, at);
        let before = underway.conditional.take();
        if watch::is_conditional(vm.proto(pc.function).word(pc.at as usize)) {
            underway.conditional = Some(pc);
        }
        before.is_some_and(|jump| self.conditionals.is_rarer(jump, pc))
    }
}
