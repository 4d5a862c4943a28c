//! Which conditionals no processor guesses: whether an exit is hot tells that both its ways are taken, but not how often.
//!
//! A side trace is right for a way that is taken now and then. Where both are taken as it comes, each wrong guess costs more
//! than a short way itself, and side traces behind side traces grow as two to the number of conditionals. So when an exit at
//! a conditional gets hot that the recorder could follow both ways of, its loop is interpreted for some rounds and its
//! conditionals are watched. If both ways of that one are common, the loop is recorded anew, choosing there
//! ([`pseudo_trace::record::Recorder::choose_at`]), and takes the place of the first.
//!
//! A conditional that nothing can be chosen at is watched as well, for a shorter time: should the round that was recorded first
//! have gone the rarer way, a round is recorded anew that goes the commoner one at each conditional. The loop's variables
//! stay in registers on that way alone.
//!
//! Loops whose rounds are skipped are left alone: there, each way gets a loop of its own.

use pseudo_snapshots::Pc;
use pseudo_trace::ir::ops::Op as IrOp;
use pseudo_trace::ir::trace::{Inst, Trace};
use pseudo_trace::record::{Choice, choice};
use pseudo_vm::bytecode::ops::{Flow, Op};
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::interp::root_return;
use pseudo_vm::jit::{Position, Recording};
use pseudo_vm::vm::Vm;
use rustc_hash::{FxHashMap, FxHashSet};

use super::events::Event;
use super::paths::{Purpose, Wanted};
use super::{Engine, pc_of};

/// Instructions that are watched in all, as a multiple of the rounds that are to be watched.
const STEPS: u32 = 200;
/// Times that a loop is recorded anew for one conditional, to choose at it.
const TRIES: u32 = 2;
/// Times that it is to be recorded along its commoner way: most rounds that are recorded for that go another in the end.
const TRIES_FOR_WAY: u32 = 8;
/// A conditional without a choice is watched for so many times fewer rounds.
const BRIEFLY: u32 = 2;
/// Instructions from one whose outcome is guarded to a conditional that it decides, at most.
const DECIDES: usize = 4;
/// Its one way is the rarer one if it is taken in less than one of so many rounds.
const RARER: u32 = 3;

/// How often a conditional has gone its two ways.
#[derive(Clone, Copy, Debug, Default)]
struct Ways {
    jumped: u32,
    passed: u32,
}

/// A loop that is being watched.
#[derive(Debug)]
pub(super) struct Watch {
    /// The exit for whose sake.
    wanted: Wanted,
    /// The loop's header.
    header: Pc,
    rounds: u32,
    steps: u32,
    /// Rounds to watch.
    most: u32,
    /// The conditional that has just been reached.
    at: Option<Pc>,
    ways: FxHashMap<Pc, Ways>,
}

/// What has been found out about conditionals.
#[derive(Debug, Default)]
pub(super) struct Conditionals {
    /// Those that have been watched, with the times that a loop was recorded anew for their sake.
    watched: FxHashMap<Pc, u32>,
    /// Those that are chosen at.
    pub chosen: FxHashSet<Pc>,
    /// Those that are not, and whether they mostly jump, where they mostly go one way.
    common: FxHashMap<Pc, bool>,
}

impl Conditionals {
    /// Whether a conditional, after which the program was at `pc`, has gone the rarer one of its ways.
    pub fn is_rarer(&self, jump: Pc, pc: Pc) -> bool {
        self.common.get(&jump).is_some_and(|&jumps| (pc.at != jump.at + 1) != jumps)
    }
}

/// Whether an instruction goes one of two ways by a condition.
pub(super) fn is_conditional(word: Word) -> bool {
    let info = word.op().info();
    info.flow == Flow::Branch && !matches!(word.op(), Op::ForLoop | Op::ForLoop1 | Op::IterNext | Op::IterNext2)
}

/// Whether the round that a trace records jumps at a conditional, the first time that it comes to it.
fn jumps(trace: &Trace, jump: Pc) -> Option<bool> {
    let at = trace.origins.iter().position(|origin| origin.pc == jump)?;
    let next = trace.origins.get(at + 1)?.pc;
    Some(next.at != jump.at + 1)
}

/// The conditional that a look-up in a dict decides, in the round that a trace records, if it is what is guarded: mostly what has been
/// found is compared with nil.
fn decided(vm: &Vm, trace: &Trace, guard: &Inst, at: Pc) -> Option<Pc> {
    let found = trace.def(guard.a).filter(|test| test.op == IrOp::SameAny)?;
    trace.def(found.a).filter(|found| found.op == IrOp::DictFind)?;
    let path = trace.origins.iter().map(|origin| origin.pc).skip_while(|&pc| pc != at);
    let mut near = path.take(DECIDES).filter(|pc| pc.function == at.function);
    near.find(|pc| is_conditional(vm.proto(pc.function).word(pc.at as usize)))
}

/// What is to be done about a hot exit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Judgement {
    /// A side trace is to be recorded.
    Side,
    /// Its loop is being watched from now on.
    Watched,
    /// Its loop is recorded anew when its header is reached.
    Again,
}

impl Engine {
    /// Looks at a hot exit, and at the conditional that it leaves at.
    pub(super) fn judge(&mut self, vm: &Vm, trace: u32, exit: u32) -> Judgement {
        if self.begins_to_share(vm, trace, exit) {
            return Judgement::Again;
        }
        let Some((jump, header, choice)) = self.conditional(vm, trace, exit) else { return Judgement::Side };
        let wanted = Wanted { trace, exit, rounds: 1, wait: 0, purpose: Purpose::Anew };
        let chosen = self.conditionals.chosen.contains(&jump);
        let is_rarer = !chosen && self.goes_rarer_way(trace, jump);
        match self.conditionals.watched.get_mut(&jump) {
            None => {
                if choice == Some(Choice::Builtin) {
                    // Choosing costs less than the exit does if it is taken but now and then.
                    self.conditionals.chosen.insert(jump);
                    self.stats.chosen += 1;
                }
                let most = self.params.watch / if choice.is_some() { 1 } else { BRIEFLY };
                self.watch =
                    Some(Watch { wanted, header, most, rounds: 0, steps: 0, at: None, ways: FxHashMap::default() });
                Judgement::Watched
            }
            Some(tries) if chosen && *tries < TRIES => {
                *tries += 1;
                self.want(wanted);
                Judgement::Again
            }
            Some(tries) if is_rarer && *tries < TRIES_FOR_WAY => {
                *tries += 1;
                self.want(wanted);
                Judgement::Again
            }
            Some(_) => Judgement::Side,
        }
    }

    /// Whether a root trace goes the rarer way at a conditional.
    fn goes_rarer_way(&self, trace: u32, jump: Pc) -> bool {
        let Some(left) = self.traces[trace as usize].as_ref().filter(|left| left.root == trace) else { return false };
        let common = self.conditionals.common.get(&jump);
        common.is_some_and(|&common| jumps(&left.trace, jump).is_some_and(|jumps| jumps != common))
    }

    /// The conditional that an exit leaves at, the header of its loop, and how the recorder could choose there, if it could. A
    /// side trace's conditionals are of interest only if it could.
    fn conditional(&self, vm: &Vm, trace: u32, exit: u32) -> Option<(Pc, Pc, Option<Choice>)> {
        let left = self.traces[trace as usize].as_ref()?;
        let root = self.traces[left.root as usize].as_ref()?;
        let guard = left.trace.insts.get(left.code.exits[exit as usize].inst as usize)?;
        let header = root.trace.pc;
        let is_test = matches!(guard.op, IrOp::GuardTrue | IrOp::GuardFalse);
        if self.params.watch == 0 || !is_test || !self.is_current(vm, left.root) {
            return None;
        }
        let jump = left.trace.snapshots[guard.snapshot.0 as usize].pc;
        let proto = vm.proto(jump.function);
        let choice = choice(proto, jump.at as usize);
        if choice.is_some() || left.root != trace {
            return choice.map(|_| (jump, header, choice));
        }
        let is_conditional = is_conditional(proto.word(jump.at as usize));
        let jump = if is_conditional { Some(jump) } else { decided(vm, &left.trace, guard, jump) };
        jump.map(|jump| (jump, header, None))
    }

    /// Sees an instruction of a loop that is being watched.
    pub(super) fn observe(&mut self, vm: &Vm, at: Position) -> Recording {
        if at.pc == root_return() {
            // The run is over; what it returns to is no function's.
            self.end_watch(vm);
            return Recording::Stop;
        }
        let Some(watch) = &mut self.watch else { return Recording::Stop };
        let pc = pc_of(vm, at);
        if let Some(jump) = watch.at.take() {
            let ways = watch.ways.entry(jump).or_default();
            if pc.at == jump.at + 1 { ways.passed += 1 } else { ways.jumped += 1 }
        }
        watch.steps += 1;
        watch.rounds += u32::from(pc == watch.header);
        let most = watch.most;
        if watch.rounds > most || watch.steps > most.saturating_mul(STEPS) {
            self.end_watch(vm);
            return Recording::Stop;
        }
        if is_conditional(vm.proto(pc.function).word(pc.at as usize)) {
            watch.at = Some(pc);
        }
        Recording::Continue
    }

    /// Sees that an error was thrown; watching goes on if the program does.
    pub(super) fn observe_throw(&mut self, vm: &Vm, caught: bool) -> Recording {
        if !caught {
            self.end_watch(vm);
            return Recording::Stop;
        }
        if let Some(watch) = &mut self.watch {
            watch.at = None;
        }
        Recording::Continue
    }

    /// Judges what has been seen.
    fn end_watch(&mut self, vm: &Vm) {
        let Some(watch) = self.watch.take() else { return };
        let mut seen: Vec<(Pc, Ways)> = watch.ways.into_iter().collect();
        seen.sort_unstable_by_key(|&(jump, _)| jump);
        for (jump, ways) in seen {
            if self.conditionals.watched.contains_key(&jump) {
                continue;
            }
            self.conditionals.watched.insert(jump, 0);
            let (rarer, all) = (ways.jumped.min(ways.passed), ways.jumped + ways.passed);
            let is_choice = choice(vm.proto(jump.function), jump.at as usize).is_some();
            let chosen = is_choice && (rarer.saturating_mul(self.params.rarely) >= all || self.params.rarely == 0);
            if chosen {
                self.conditionals.chosen.insert(jump);
                self.stats.chosen += 1;
            } else if rarer.saturating_mul(RARER) < all {
                self.conditionals.common.insert(jump, ways.jumped > ways.passed);
            }
            self.tell(vm, &Event::Watched { pc: jump, jumped: ways.jumped, passed: ways.passed, chosen });
        }
        // The one that it was about, if it was not come to.
        let guard = self.conditional(vm, watch.wanted.trace, watch.wanted.exit);
        if let Some((jump, ..)) = guard {
            let again = self.conditionals.chosen.contains(&jump) || self.goes_rarer_way(watch.wanted.trace, jump);
            let tries = self.conditionals.watched.entry(jump).or_default();
            if again && *tries < TRIES {
                *tries += 1;
                self.want(watch.wanted);
            }
        }
    }
}
