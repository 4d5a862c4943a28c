//! Translation validation, a third opinion beside interpreter and compiled code: every trace that a program records is run
//! by the evaluator before and after each pass, on the same machines, and must leave the same.
//!
//! Machines are guessed from the guards of a trace (see [`wants`]) and improved by a search (see [`machines`]). Builtins are
//! stand-ins that do what their effects allow.

mod machines;
mod wants;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use machines::Reach;
use pseudo::{RunOptions, Session, Tier};
use pseudo_codegen::engine::{Event, Observer, Params};
use pseudo_trace::ir::compare::{Agreement, Left, compare, skips};
use pseudo_trace::ir::text::{Names, Style, print};
use pseudo_trace::ir::trace::Trace;
use pseudo_vm::syntax::source::Source;
use pseudo_vm::vm::Vm;
use wants::Wants;

use crate::rng::Rng;

/// Rounds of a loop that are run.
const ROUNDS: u32 = 12;
/// Rounds of a loop that skips some, which can only be compared at its end.
const LONG: u32 = 400;

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Traces of one program that are looked at.
    pub traces: usize,
    /// Machines that are tried for one trace.
    pub machines: usize,
}

/// A trace as it was recorded, and after each pass that has changed it.
pub struct Recorded {
    plain: Trace,
    steps: Vec<(&'static str, Trace)>,
}

impl Recorded {
    /// The trace as it was recorded, as text.
    pub fn text(&self) -> String {
        text(&self.plain)
    }
}

/// Keeps what passes make of traces, of so many at most.
#[derive(Clone)]
struct Keep {
    kept: Rc<RefCell<Kept>>,
    most: usize,
}

/// What passes made of the traces of a program.
#[derive(Default)]
pub struct Kept {
    /// Traces in the order in which they were recorded.
    pub traces: Vec<Recorded>,
    /// How often each pass has changed a trace.
    pub changes: BTreeMap<&'static str, u32>,
}

impl Observer for Keep {
    fn event(&mut self, _: &Vm, event: &Event<'_>) {
        let mut kept = self.kept.borrow_mut();
        match event {
            Event::Recorded { trace } | Event::Nested { trace } => {
                kept.traces.push(Recorded { plain: (*trace).clone(), steps: Vec::new() });
            }
            Event::Optimised { pass, trace, .. } => {
                *kept.changes.entry(pass).or_default() += 1;
                if kept.traces.len() <= self.most
                    && let Some(last) = kept.traces.last_mut()
                {
                    last.steps.push((pass, (*trace).clone()));
                }
            }
            _ => {}
        }
    }

    fn wants_listings(&self) -> bool {
        false
    }
}

/// Runs a program and gives what it has recorded. How it ends is for others to judge.
pub fn record(source: Source, most: usize) -> Kept {
    let keep = Keep { kept: Rc::default(), most };
    let options = RunOptions {
        tier: Tier::Trace,
        params: Params { hotloop: 2, hotexit: 2, ..Params::default() },
        observer: Some(Box::new(keep.clone())),
        capture: true,
        input: Some(Vec::new()),
        ..RunOptions::default()
    };
    Session::new(options).expect("there is memory for a machine").run(source);
    let mut kept = keep.kept.take();
    kept.traces.truncate(most);
    kept
}

/// What was counted.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Tally {
    /// Traces.
    pub traces: u32,
    /// Traces of which a run got past the guards that leave to the state at entry.
    pub validated: u32,
    /// Traces of which a run came round the loop, or to the end.
    pub through: u32,
    /// Runs of a trace after a pass.
    pub runs: u32,
    /// Of these, those on machines on which the recorded trace comes round or to its end, those that left to the state at
    /// entry where the recorded trace did not, and those of which nothing can be said.
    pub runs_through: u32,
    /// See above.
    pub left_early: u32,
    /// See above.
    pub unfinished: u32,
}

impl Tally {
    /// Adds what another has counted.
    pub fn add(&mut self, other: &Tally) {
        self.traces += other.traces;
        self.validated += other.validated;
        self.runs += other.runs;
        self.through += other.through;
        self.runs_through += other.runs_through;
        self.left_early += other.left_early;
        self.unfinished += other.unfinished;
    }
}

fn text(trace: &Trace) -> String {
    print(trace, &mut Names::default(), Style::default())
}

/// Runs a trace before and after each pass, and counts by pass and in `all`.
///
/// # Errors
///
/// The first difference.
pub fn validate(
    recorded: &Recorded,
    machines: usize,
    seed: u64,
    tally: &mut BTreeMap<&'static str, Tally>,
) -> Result<(), String> {
    let wants = Wants::of(&recorded.plain);
    let cases = machines::cases(&recorded.plain, &wants, machines, &mut Rng::new(seed));
    let all = tally.entry("all").or_default();
    all.traces += 1;
    all.validated += u32::from(cases.iter().any(|(reach, _)| !matches!(reach, Reach::Entry(_))));
    all.through += u32::from(cases.iter().any(|(reach, _)| matches!(reach, Reach::Through(_))));
    for (reach, case) in &cases {
        let run = |trace: &Trace, rounds: u32| Left::by(trace, &case.machine, rounds, &mut case.builtins(&wants));
        let plain = run(&recorded.plain, ROUNDS);
        let mut long = None;
        // How far the search has run it may be less: what lies beyond may be something that this machine lacks.
        let Ok(plain) = plain else { continue };
        let mut before = &recorded.plain;
        for (pass, trace) in &recorded.steps {
            let skips = skips(trace);
            let left = if skips {
                match long.get_or_insert_with(|| run(&recorded.plain, LONG)) {
                    Ok(left) => left,
                    Err(_) => break,
                }
            } else {
                &plain
            };
            let agreement = match run(trace, if skips { LONG } else { ROUNDS }) {
                Ok(optimised) => {
                    let plain_at =
                        &mut |stop| Left::at(&recorded.plain, &case.machine, stop, &mut case.builtins(&wants));
                    compare(&case.machine, &recorded.plain, left, plain_at, trace, &optimised)
                }
                Err(fault) => Err(format!("{fault:?}")),
            };
            let agreement = agreement.map_err(|difference| {
                format!(
                    "`{pass}`: {difference}\nrecorded as\n{}\nbefore\n{}\nafter\n{}\non {:?}",
                    text(&recorded.plain),
                    text(before),
                    text(trace),
                    case.machine
                )
            })?;
            for key in [*pass, "all"] {
                let tally = tally.entry(key).or_default();
                tally.runs += 1;
                tally.runs_through += u32::from(matches!(reach, Reach::Through(_)));
                tally.left_early += u32::from(agreement == Agreement::LeftEarly);
                tally.unfinished += u32::from(agreement == Agreement::Unfinished);
            }
            before = trace;
        }
    }
    Ok(())
}

/// Validates the traces of a program.
///
/// # Errors
///
/// The first difference.
pub fn check(source: Source, seed: u64, effort: Effort) -> Result<Tally, String> {
    let kept = record(source, effort.traces);
    let mut tally = BTreeMap::new();
    for (number, recorded) in kept.traces.iter().enumerate() {
        validate(recorded, effort.machines, seed.wrapping_add(number as u64), &mut tally)?;
    }
    Ok(tally.get("all").copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_have_cells_where_only_a_closure_made_in_the_loop_says_so() {
        let source = "fn rounds(n)
                let mask, sum = 7, 0
                for i in 0..n do
                    if i & 3 == 1 then continue end
                    let masked = fn(v) return mask & v end
                    sum += masked(i)
                end
                mask = 1
                return sum
            end
            print(rounds(200))";
        for seed in 0..20 {
            let source = Source::new("cells.pseudo", source);
            let tally = check(source, seed, Effort { traces: 4, machines: 40 }).unwrap_or_else(|it| panic!("{it}"));
            assert!(tally.through > 0, "{tally:?}");
        }
    }
}
