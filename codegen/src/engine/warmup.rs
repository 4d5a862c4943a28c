//! When compiling begins: once a program has run for about as long as its compilation may take.
//!
//! What is compiled of a program while its first milliseconds run takes as long as these: a trace is worth thousands of rounds of
//! what it is made of, the first piece pays for memory of its own besides. A script that is over by then would have been done
//! sooner without. Nobody can tell it from the beginning of a long run, so all programs are interpreted at first, until they have
//! done some work, which is counted in steps: about the time that an instruction takes. Or until a loop is met that has so
//! many rounds left that it will not be over sooner. A loop without others in it is compiled before that if what it has left pays for it.
//!
//! Nothing looks at a clock: the same program compiles the same. Work is counted where counters run out, so that it costs
//! nothing where it is done. What has run too seldom for its counter to be out is not counted.

use pseudo_snapshots::Pc;
use pseudo_trace::record::loop_end;
use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::jit::{FrameView, Position};
use pseudo_vm::vm::Vm;

use super::{Engine, short};

/// Steps of a round, or of a call, at most: not all of a long one is run each time.
const ROUND: u32 = 100;
/// Steps that are waited for at once, at least. A look takes as long as some dozens; what is waited for is not counted before.
const WAIT: u32 = 8_000;

/// One in so many of a loop's rounds goes by before it is recorded, if it is known how many are left.
pub(super) const PART_OF_ROUNDS: u64 = 100;
/// But no more rounds than these.
pub(super) const ROUNDS_MOST: u64 = 40_000;

/// Steps that a loop without others in it must have left to be compiled at once: what it takes is a tenth of what they do.
const WORTH: u64 = 150_000;

/// Whether compiling something simple of so many steps, which is certain to be done so often, pays by itself.
fn is_worth_it(times: u64, steps: u32) -> bool {
    times.saturating_mul(u64::from(steps)) >= WORTH
}

/// Counts work until it is enough.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Warmup {
    /// Steps that are missing.
    left: u64,
}

impl Warmup {
    /// Of so many steps.
    pub fn new(steps: u64) -> Warmup {
        Warmup { left: steps }
    }

    /// Whether all has been done that was to be done before anything is compiled.
    pub fn is_over(self) -> bool {
        self.left == 0
    }

    /// Something of so many steps has been done so often.
    pub fn count(&mut self, times: u32, steps: u32) {
        self.left = self.left.saturating_sub(u64::from(times) * u64::from(steps));
    }

    /// Something of so many steps is certain to be done so often.
    pub fn expect(&mut self, times: u64, steps: u32) {
        if times.saturating_mul(u64::from(steps)) >= self.left {
            self.left = 0;
        }
    }

    /// After how many times to look again at something of so many steps, but after no fewer than `least`.
    pub fn wait(steps: u32, least: u32) -> u32 {
        (WAIT / steps.max(1)).max(least)
    }
}

impl Engine {
    /// After how many rounds to look at a hot loop again, if it is too early to compile anything.
    pub(super) fn loop_warms_up(&mut self, vm: &Vm, pc: Pc, number: u16, at: Position) -> Option<u32> {
        if self.warmup.is_over() {
            return None;
        }
        let first = self.first_rounds();
        let (proto, header) = (vm.proto(pc.function), pc.at as usize);
        let state = self.loops.entry((pc.function, number)).or_default();
        let steps = *state.steps.get_or_insert_with(|| steps_of_round(proto, header));
        self.warmup.count(if state.counter == 0 { first } else { state.counter }, steps);
        let info = &proto.loops[usize::from(number)];
        if let Some(rounds) = short::rounds_left(info, FrameView::new(vm, at)) {
            self.warmup.expect(rounds, steps);
            let pays = is_worth_it(rounds, steps) && short::is_innermost(info, proto);
            if pays && !self.warmup.is_over() {
                return None;
            }
        }
        self.wait_or_begin(vm, steps, self.params.hotloop)
    }

    /// After how many calls to look at a hot function again, if it is too early to compile anything.
    pub(super) fn function_warms_up(&mut self, vm: &Vm, function: u32) -> Option<u32> {
        if self.warmup.is_over() {
            return None;
        }
        let steps = steps_of_call(vm.proto(function));
        let calls = self.functions.get(&function).map_or(0, |state| state.counter);
        self.warmup.count(if calls == 0 { self.params.first_calls(self.tier) } else { calls }, steps);
        self.wait_or_begin(vm, steps, self.params.hotcall)
    }

    fn wait_or_begin(&mut self, vm: &Vm, steps: u32, hot: u32) -> Option<u32> {
        if !self.warmup.is_over() {
            return Some(Warmup::wait(steps, hot));
        }
        self.begin_anew(vm);
        None
    }

    /// The warm-up is over: what was to be looked at some time later gets as hot from now on as if the program began here. Otherwise
    /// inner loops, which wait for more rounds, would get hot after those around them.
    fn begin_anew(&mut self, vm: &Vm) {
        let (rounds, calls) = (self.first_rounds(), self.params.first_calls(self.tier));
        let waits = |counter: u32, first: u32| counter > first && counter != u32::MAX;
        let loops: Vec<_> =
            self.loops.iter().filter(|(_, state)| waits(state.counter, rounds)).map(|(&at, _)| at).collect();
        for (function, number) in loops {
            let proto = vm.proto(function);
            let header = proto.loops[usize::from(number)].header;
            if proto.word(header).op() == Op::LoopHeader {
                self.set_counter(vm, Pc { function, at: header as u32 }, rounds);
            }
        }
        let functions = self.functions.iter().filter(|(_, state)| waits(state.counter, calls));
        for function in functions.map(|(&function, _)| function).collect::<Vec<_>>() {
            if vm.proto(function).word(0).op() == Op::FuncHeader {
                self.set_call_counter(vm, function, calls);
            }
        }
    }
}

/// Steps of a round of the loop with this header.
fn steps_of_round(proto: &Proto, header: usize) -> u32 {
    steps(proto, header..loop_end(proto, header))
}

/// Steps of a call.
fn steps_of_call(proto: &Proto) -> u32 {
    steps(proto, 0..proto.len())
}

fn steps(proto: &Proto, range: std::ops::Range<usize>) -> u32 {
    let all = range.map(|at| match proto.word(at).op() {
        Op::Call | Op::CallMethod | Op::TailCall | Op::TailCallMethod | Op::Closure | Op::NewArray | Op::GetMethod => 3,
        Op::CallBuiltin | Op::ToStr | Op::Concat | Op::NewDict | Op::Throw => 8,
        _ => 1,
    });
    all.sum::<u32>().clamp(1, ROUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_over_when_enough_is_done_or_certain() {
        let mut warmup = Warmup::new(1000);
        warmup.count(99, 10);
        warmup.expect(1, 9);
        assert!(!warmup.is_over());
        warmup.count(u32::MAX, u32::MAX);
        assert!(warmup.is_over());

        let mut warmup = Warmup::new(1000);
        warmup.expect(u64::MAX, 10);
        assert!(warmup.is_over());
        assert!(Warmup::new(0).is_over());
        assert!(is_worth_it(100_000, 2) && is_worth_it(u64::MAX, 2) && !is_worth_it(1_000, 20));
    }

    #[test]
    fn looks_are_few() {
        assert_eq!(Warmup::wait(ROUND, 56), 80);
        assert_eq!(Warmup::wait(ROUND, 100), 100);
        assert_eq!(Warmup::wait(0, 1), WAIT);
    }
}
