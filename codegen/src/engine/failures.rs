//! What follows when a recording comes to nothing, or a limit is reached: when it is tried again, and who is told.

use pseudo_snapshots::Pc;
use pseudo_trace::ir::trace::Start;
use pseudo_trace::record::{Abort, Reason, Retry};
use pseudo_vm::vm::Vm;

use super::events::{Consequence, Event};
use super::native::is_function;
use super::paths::{Path, Purpose};
use super::recordings::{Attempt, Underway};
use super::{Engine, short};

/// The longest wait; more would be for ever.
const WAIT_MAX: u32 = 1 << 30;

impl Engine {
    /// Draws the consequences of a recording that came to nothing.
    pub(super) fn abandon(&mut self, vm: &Vm, what: Attempt, at: Pc, reason: &str, retry: Retry) {
        self.abandon_for(vm, what, at, reason, retry, None);
    }

    /// The same for a reason of the recorder's.
    pub(super) fn abandon_for(
        &mut self,
        vm: &Vm,
        what: Attempt,
        at: Pc,
        reason: &str,
        retry: Retry,
        abort: Option<Reason>,
    ) {
        // These pass by as soon as what was asked for has been done.
        let passes = matches!(abort, Some(Reason::NeedsTrace | Reason::Widens));
        *self.stats.abandoned.entry(reason.to_string()).or_default() += 1;
        let Attempt { start, from, wanted, .. } = what;
        let consequence = match start {
            Start::Root if wanted.is_some_and(|wanted| wanted.purpose == Purpose::End) => {
                self.ends.insert(from, None);
                Consequence::Blacklisted
            }
            Start::Root if let Some(wanted) = wanted => {
                let tries = self.exit_state(wanted.trace, wanted.exit).map_or(0, |state| {
                    state.tries += 1;
                    state.tries
                });
                if retry == Retry::Soon && tries < self.params.tryside {
                    Consequence::Retry(1)
                } else {
                    self.set_path(wanted, Path::None);
                    Consequence::Blacklisted
                }
            }
            Start::Root if is_function(from) => {
                self.function_failed(vm, from.function, abort, retry == Retry::Never, passes)
            }
            Start::Root => {
                let word = vm.proto(from.function).word(from.at as usize);
                let (limit, hotloop) = (self.params.retries, self.params.hotloop);
                let state = self.loops.entry((from.function, word.a() as u16)).or_default();
                state.failures += u32::from(!passes);
                let retry = if what.rounds > 1 && retry != Retry::Soon {
                    // What cannot be done with several rounds may be done with one.
                    state.rounds = Some(1);
                    Retry::Soon
                } else {
                    retry
                };
                if retry == Retry::Never {
                    self.stats.blacklisted += 1;
                    self.set_counter(vm, from, u32::MAX);
                    Consequence::Blacklisted
                } else {
                    let counter = if retry == Retry::Soon && state.failures <= limit {
                        // Never the same again: it would find a loop of so many rounds, or of a part of them, in its last.
                        hotloop.saturating_add(state.failures)
                    } else {
                        wait_after(state.failures, limit, hotloop)
                    };
                    let counter = counter.max(2);
                    self.set_counter(vm, from, counter);
                    Consequence::Retry(counter)
                }
            }
            Start::Exit { parent, exit } => {
                let (tryside, hotexit) = (self.params.tryside, self.params.hotexit);
                let state = &mut self.traces[parent as usize].as_mut().expect("its parent runs").exits[exit as usize];
                state.failures += u32::from(!passes);
                if retry == Retry::Never {
                    state.hot_at = 0;
                    self.stats.blacklisted += 1;
                    Consequence::Blacklisted
                } else {
                    let wait = wait_after(state.failures, tryside, hotexit);
                    state.hot_at = state.count + u64::from(wait);
                    Consequence::Retry(wait)
                }
            }
        };
        let number = self.next_number();
        self.tell(vm, &Event::Abandoned { number, start, from, at, reason, consequence });
    }

    pub(super) fn give_up(&mut self, vm: &Vm, underway: &Underway, abort: Abort) {
        self.stats.wasted += self.record_began.elapsed();
        self.abandon_for(vm, underway.what, abort.pc, &abort.to_string(), abort.reason.retry(), Some(abort.reason));
        if let Some(wish) = underway.recorder.wish() {
            self.grant(vm, wish);
        }
        if abort.reason == Reason::InnerLoop && underway.what.start != Start::Root {
            self.hasten(vm, abort.pc);
        }
    }

    /// Has a loop recorded at its next round, which side traces are to lead to. Followed round by round, each condition in it
    /// would double their number.
    pub(super) fn hasten(&mut self, vm: &Vm, header: Pc) {
        let number = vm.proto(header.function).word(header.at as usize).a() as u16;
        let state = self.loops.entry((header.function, number)).or_default();
        if state.failures == 0 {
            state.length = short::Rounds::Enough;
            self.set_counter(vm, header, 1);
        }
    }

    /// Tells that a loop or an exit is left to the interpreter, since there are as many traces as there may be.
    pub(super) fn limited(&mut self, vm: &Vm, pc: Option<Pc>, limit: &'static str) {
        self.stats.blacklisted += 1;
        if let Some(pc) = pc {
            self.tell(vm, &Event::Limited { pc, limit });
        }
    }
}

/// Rounds, or exits, until a recording is tried again that has been given up so many times: twice as many each time, four times
/// as many once there have been many. The program may do something else by then, but what is in vain must cost ever less.
fn wait_after(failures: u32, many: u32, first: u32) -> u32 {
    let doublings = failures + failures.saturating_sub(many);
    u32::try_from(u64::from(first) << doublings.min(30)).map_or(WAIT_MAX, |wait| wait.min(WAIT_MAX))
}
