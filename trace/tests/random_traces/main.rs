//! Random traces, run before and after each pass: they must end the same way, in the same state of the world.
//!
//! An optimised trace may instead leave to the state at entry, if nothing has happened: that is what hoisted guards do. How
//! often is counted, so that a pass that always leaves does not pass for right.

mod generate;
#[path = "../common/random.rs"]
mod random;
mod recurrences;

use std::collections::BTreeMap;

use generate::{builtin, effects, machine, random_counted_loop, random_trace};
use pseudo_trace::ir::compare::{Agreement, Left, compare, skips};
use pseudo_trace::ir::eval::Machine;
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::text::{Names, Style, print};
use pseudo_trace::ir::trace::Trace;
use pseudo_trace::ir::verify::verify;
use pseudo_trace::ir::{parse::parse, trace::Start};
use pseudo_trace::opt::rewrite::Scratch;
use pseudo_trace::opt::{Options, PASSES, PassSet, Stats, optimise, run_pass};
use random::Random;

const TRACES: u64 = 600;
const MACHINES: u64 = 4;
const ROUNDS: u32 = 12;
/// Rounds of loops that may skip some.
const LONG: u32 = 300;
/// Passes that counted loops are needed for.
const FOR_COUNTED_LOOPS: [&str; 3] = ["range", "advance", "unroll"];
/// Instructions that known bits make needless.
const OF_BITS: [Op; 3] = [Op::AndInt, Op::OrInt, Op::ModInt];
/// It has random loops of its own, where machine code runs beside the evaluator (`vector.rs` of the code generator's tests).
const TESTED_ELSEWHERE: &str = "vector";

fn text(trace: &Trace) -> String {
    print(trace, &mut Names::default(), Style::default())
}

#[derive(Default, Debug)]
struct Tally {
    runs: u32,
    left_early: u32,
    left_sooner: u32,
    looped: u32,
}

/// Runs two traces on the same machine and compares.
fn check(seed: u64, what: &str, plain: &Trace, optimised: &Trace, start: &Machine, tally: &mut Tally) {
    // Skipped rounds are not counted, so that such loops are compared where they end.
    let rounds = if skips(optimised) { LONG } else { ROUNDS };
    let go = |trace: &Trace| {
        Left::by(trace, start, rounds, &mut builtin).unwrap_or_else(|fault| {
            panic!("seed {seed}, {what}: {fault:?} in\n{}before:\n{}", text(trace), text(plain))
        })
    };
    let (before, after) = (go(plain), go(optimised));
    tally.runs += 1;
    tally.looped += u32::from(before.outcome.rounds > 0);
    let before_at = &mut |stop| Left::at(plain, start, stop, &mut builtin);
    match compare(start, plain, &before, before_at, optimised, &after) {
        Ok(agreement) => {
            tally.left_early += u32::from(agreement == Agreement::LeftEarly);
            tally.left_sooner += u32::from(agreement == Agreement::LeftSooner);
        }
        Err(difference) => {
            panic!("seed {seed}, {what}: {difference}\n{}became\n{}on {start:?}", text(plain), text(optimised))
        }
    }
}

fn optimised(
    plain: &Trace,
    passes: PassSet,
    scratch: &mut Scratch,
    changed: &mut dyn FnMut(&'static str, bool),
) -> Trace {
    let mut trace = plain.clone();
    let options = Options { passes, verify: true, effects: &effects };
    optimise(&mut trace, &options, scratch, &mut |ran, _| changed(ran.pass, ran.changed));
    trace
}

#[test]
fn passes_keep_meaning() {
    let mut scratch = Scratch::default();
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut changes: BTreeMap<&str, u32> = BTreeMap::new();
    let options = Options { passes: PassSet::ALL, verify: true, effects: &effects };
    for seed in 1..=TRACES {
        let mut random = Random::new(seed);
        let (plain, layout, recorded) = random_trace(&mut random);
        if let Err(flaw) = verify(&plain, &effects) {
            panic!("seed {seed}: {}", flaw.report(&plain));
        }
        let varied = (1..MACHINES).map(|_| machine(&mut random, &layout, Some(&recorded)));
        let machines: Vec<Machine> = varied.chain([recorded.clone()]).collect();
        let mut check_all = |what: &'static str, trace: &Trace, plain: &Trace| {
            for machine in &machines {
                check(seed, what, plain, trace, machine, tallies.entry(what).or_default());
            }
        };
        for pass in PASSES {
            let mut trace = plain.clone();
            run_pass(&mut trace, pass, &options, &mut scratch, &mut Stats::default(), &mut |ran, _| {
                *changes.entry(pass.name).or_default() += u32::from(ran.changed);
            });
            check_all(pass.name, &trace, &plain);
        }
        // What makes work for a pass may be another one.
        let count = &mut |pass, changed| *changes.entry(pass).or_default() += u32::from(changed);
        check_all("all", &optimised(&plain, PassSet::ALL, &mut scratch, count), &plain);
        let some = (0..PASSES.len()).fold(PassSet::ALL, |set, index| set.with(index, random.one_in(2)));
        check_all("some", &optimised(&plain, some, &mut scratch, count), &plain);
    }
    let elsewhere = |name: &str| FOR_COUNTED_LOOPS.contains(&name) || name == TESTED_ELSEWHERE;
    for pass in PASSES.iter().filter(|pass| !elsewhere(pass.name)) {
        assert!(changes[pass.name] > 5, "`{}` changed only {} traces", pass.name, changes[pass.name]);
    }
    let all = &tallies["all"];
    assert!(all.looped * 3 > all.runs, "few traces came round: {all:?}");
    assert!(all.left_sooner > 0, "no optimised trace leaves sooner: {all:?}");
    assert!(all.left_sooner * 20 < all.looped, "many optimised traces leave sooner: {all:?}");
    assert!(all.left_early * 2 < all.looped, "many optimised traces leave at once: {all:?}");
}

#[test]
fn counted_loops_keep_meaning() {
    let mut scratch = Scratch::default();
    let mut tally = Tally::default();
    let options = Options { passes: PassSet::ALL, verify: true, effects: &effects };
    let mut changes = [0; FOR_COUNTED_LOOPS.len()];
    let mut without_bits = 0;
    let of_bits = |trace: &Trace| trace.insts.iter().filter(|inst| OF_BITS.contains(&inst.op)).count();
    for seed in 1..=5 * TRACES {
        let mut random = Random::new(seed);
        let (plain, layout, recorded) = random_counted_loop(&mut random);
        let other = machine(&mut random, &layout, Some(&recorded));
        for (name, changes) in FOR_COUNTED_LOOPS.iter().zip(&mut changes) {
            let pass = PASSES.iter().find(|pass| pass.name == *name).expect("a pass");
            let mut trace = plain.clone();
            // What stays the same in all rounds is in their way.
            let mut bits = 0;
            for pass in [&PASSES[0], PASSES.iter().find(|pass| pass.name == "licm").expect("a pass"), pass] {
                run_pass(&mut trace, pass, &options, &mut scratch, &mut Stats::default(), &mut |ran, trace| {
                    let counted = ran.pass == pass.name && FOR_COUNTED_LOOPS.contains(&ran.pass);
                    *changes += u32::from(ran.changed && counted);
                    without_bits += u32::from(ran.pass == "range" && of_bits(trace) < bits);
                    bits = of_bits(trace);
                });
            }
            for start in [&recorded, &other] {
                check(seed, name, &plain, &trace, start, &mut tally);
            }
        }
        for start in [&recorded, &other] {
            let all = optimised(&plain, PassSet::ALL, &mut scratch, &mut |_, _| {});
            check(seed, "all", &plain, &all, start, &mut tally);
        }
    }
    assert!(changes.iter().all(|&changes| changes > 100), "{FOR_COUNTED_LOOPS:?} changed {changes:?} loops");
    assert!(without_bits > 100, "masks went from {without_bits} loops");
}

#[test]
fn printed_traces_parse_to_themselves() {
    for seed in 1..=300 {
        let (trace, ..) = random_trace(&mut Random::new(seed));
        let printed = text(&trace);
        let again = parse(&printed).unwrap_or_else(|error| panic!("{error} in\n{printed}"));
        assert_eq!(printed, text(&again));
        assert_eq!(again.start, Start::Root);
        assert_eq!(trace.insts.len(), again.insts.len());
    }
}

#[test]
fn optimising_is_deterministic() {
    for seed in 1..=50 {
        let (trace, ..) = random_trace(&mut Random::new(seed));
        let one = optimised(&trace, PassSet::ALL, &mut Scratch::default(), &mut |_, _| {});
        let other = optimised(&trace, PassSet::ALL, &mut Scratch::default(), &mut |_, _| {});
        assert_eq!(text(&one), text(&other));
    }
}
