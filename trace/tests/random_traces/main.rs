//! Random traces, run before and after each pass: they must end the same way, in the same state of the world.
//!
//! An optimised trace may instead leave to the state at entry, if nothing has happened: that is what hoisted guards do. How
//! often is counted, so that a pass that always leaves does not pass for right.

mod generate;

use std::collections::BTreeMap;
use std::fmt::Write;

use generate::{Random, builtin, effects, machine, random_counted_loop, random_trace};
use pseudo_snapshots::{Pc, Slot, Snapshot};
use pseudo_trace::ir::eval::{Exit, Machine, Outcome, V, run};
use pseudo_trace::ir::text::{Names, Style, print};
use pseudo_trace::ir::trace::Trace;
use pseudo_trace::ir::verify::verify;
use pseudo_trace::ir::{parse::parse, trace::Start};
use pseudo_trace::opt::rewrite::Scratch;
use pseudo_trace::opt::{Options, PASSES, PassSet, Stats, optimise, run_pass};

const TRACES: u64 = 600;
const MACHINES: u64 = 4;
const ROUNDS: u32 = 12;
/// Rounds of loops that may skip some.
const LONG: u32 = 300;
/// Passes that counted loops are needed for.
const FOR_COUNTED_LOOPS: [&str; 2] = ["range", "unroll"];
/// It has random loops of its own, where machine code runs beside the evaluator (`vector.rs` of the code generator's tests).
const TESTED_ELSEWHERE: &str = "vector";

fn text(trace: &Trace) -> String {
    print(trace, &mut Names::default(), Style::default())
}

/// The world that a run leaves, with objects numbered in the order in which they are reached.
fn world(machine: &Machine, initial: usize, with_slots: bool, with_fields: bool) -> String {
    let mut world = World { machine, arrays: BTreeMap::new(), cells: BTreeMap::new(), out: String::new() };
    for array in 0..initial.min(machine.arrays.len()) {
        world.value(&V::Arr(array));
    }
    for cell in 0..machine.cells.len().min(2) {
        world.value(&V::Cell(cell));
    }
    for (shape, fields) in machine.instances.iter().filter(|_| with_fields) {
        let _ = write!(world.out, "\ninstance of {shape}: ");
        fields.values().for_each(|v| world.value(v));
    }
    if with_slots {
        for (slot, v) in machine.slots.iter().filter(|(_, v)| **v != V::Nil) {
            let _ = write!(world.out, "\n{slot:?}: ");
            world.value(v);
        }
    }
    for (number, arguments) in &machine.log {
        let _ = write!(world.out, "\ncall {number}: ");
        arguments.iter().for_each(|v| world.value(v));
    }
    world.out
}

struct World<'m> {
    machine: &'m Machine,
    arrays: BTreeMap<usize, usize>,
    cells: BTreeMap<usize, usize>,
    out: String,
}

impl World<'_> {
    fn value(&mut self, v: &V) {
        match v {
            V::Arr(array) => {
                let next = self.arrays.len();
                if let Some(seen) = self.arrays.get(array) {
                    let _ = write!(self.out, "array {seen}, ");
                    return;
                }
                self.arrays.insert(*array, next);
                let held = &self.machine.arrays[*array];
                let _ = write!(self.out, "array {next} {:?} [", held.storage);
                held.elements.iter().for_each(|v| self.value(v));
                self.out.push_str("], ");
            }
            V::Cell(cell) => {
                let next = self.cells.len();
                if let Some(seen) = self.cells.get(cell) {
                    let _ = write!(self.out, "cell {seen}, ");
                    return;
                }
                self.cells.insert(*cell, next);
                let _ = write!(self.out, "cell {next} (");
                self.value(&self.machine.cells[*cell].clone());
                self.out.push_str("), ");
            }
            _ => {
                let _ = write!(self.out, "{v:?}, ");
            }
        }
    }
}

#[derive(Default, Debug)]
struct Tally {
    runs: u32,
    left_early: u32,
    looped: u32,
}

/// Runs two traces on the same machine and compares.
fn compare(seed: u64, what: &str, plain: &Trace, optimised: &Trace, start: &Machine, tally: &mut Tally) {
    // Skipped rounds are not counted, so that such loops are compared where they end.
    let skips = optimised.skips_rounds || optimised.unrolled > 1;
    let rounds = if skips { LONG } else { ROUNDS };
    let go = |trace: &Trace| -> (Machine, Outcome) {
        let mut machine = start.clone();
        let outcome = run(trace, &mut machine, rounds, &mut builtin);
        let outcome = outcome.unwrap_or_else(|fault| {
            panic!("seed {seed}, {what}: {fault:?} in\n{}before:\n{}", text(trace), text(plain))
        });
        (machine, outcome)
    };
    let (plain_machine, plain_outcome) = go(plain);
    let (machine, outcome) = go(optimised);
    tally.runs += 1;
    tally.looped += u32::from(plain_outcome.rounds > 0);
    let initial = start.arrays.len();
    let at_entry = Some((Pc { function: 0, at: 0 }, 0));
    if outcome.resume == at_entry && plain_outcome.resume != at_entry {
        tally.left_early += 1;
        assert_eq!(
            world(start, initial, true, true),
            world(&machine, initial, true, true),
            "seed {seed}, {what}: left too late"
        );
        return;
    }
    let show = || format!("seed {seed}, {what}:\n{}became\n{}on {start:?}", text(plain), text(optimised));
    if skips && plain_outcome.exit == Exit::Rounds {
        return;
    }
    assert_eq!(plain_outcome.resume, outcome.resume, "{}", show());
    assert!(skips || plain_outcome.rounds == outcome.rounds, "{}", show());
    let with_slots = outcome.exit != Exit::Rounds;
    // Writes that are put off until an exit have not been done where the run was ended between two rounds.
    let puts_off = |snapshot: &Snapshot| snapshot.entries.iter().any(|entry| matches!(entry.0, Slot::Object(..)));
    let with_fields = with_slots || !optimised.snapshots.iter().any(puts_off);
    let plain_world = world(&plain_machine, initial, with_slots, with_fields);
    let world = world(&machine, initial, with_slots, with_fields);
    assert_eq!(plain_world, world, "{}", show());
}

fn optimised(plain: &Trace, passes: PassSet, scratch: &mut Scratch) -> Trace {
    let mut trace = plain.clone();
    optimise(&mut trace, &Options { passes, verify: true, effects: &effects }, scratch, &mut |_, _, _| {});
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
        let mut check = |what: &'static str, trace: &Trace, plain: &Trace| {
            for machine in &machines {
                compare(seed, what, plain, trace, machine, tallies.entry(what).or_default());
            }
        };
        for pass in PASSES {
            let mut trace = plain.clone();
            run_pass(&mut trace, pass, &options, &mut scratch, &mut Stats::default(), &mut |_, _, changed| {
                *changes.entry(pass.name).or_default() += u32::from(changed);
            });
            check(pass.name, &trace, &plain);
        }
        check("all", &optimised(&plain, PassSet::ALL, &mut scratch), &plain);
        let some = (0..PASSES.len()).fold(PassSet::ALL, |set, index| set.with(index, random.one_in(2)));
        check("some", &optimised(&plain, some, &mut scratch), &plain);
    }
    let elsewhere = |name: &str| FOR_COUNTED_LOOPS.contains(&name) || name == TESTED_ELSEWHERE;
    for pass in PASSES.iter().filter(|pass| !elsewhere(pass.name)) {
        assert!(changes[pass.name] > 5, "`{}` changed only {} traces", pass.name, changes[pass.name]);
    }
    let all = &tallies["all"];
    assert!(all.looped * 3 > all.runs, "few traces came round: {all:?}");
    assert!(all.left_early * 2 < all.looped, "many optimised traces leave at once: {all:?}");
}

#[test]
fn counted_loops_keep_meaning() {
    let mut scratch = Scratch::default();
    let mut tally = Tally::default();
    let options = Options { passes: PassSet::ALL, verify: true, effects: &effects };
    let mut changes = [0; FOR_COUNTED_LOOPS.len()];
    for seed in 1..=5 * TRACES {
        let mut random = Random::new(seed);
        let (plain, layout, recorded) = random_counted_loop(&mut random);
        let other = machine(&mut random, &layout, Some(&recorded));
        for (name, changes) in FOR_COUNTED_LOOPS.iter().zip(&mut changes) {
            let pass = PASSES.iter().find(|pass| pass.name == *name).expect("a pass");
            let mut trace = plain.clone();
            // What stays the same in all rounds is in their way.
            for pass in [&PASSES[0], PASSES.iter().find(|pass| pass.name == "licm").expect("a pass"), pass] {
                run_pass(&mut trace, pass, &options, &mut scratch, &mut Stats::default(), &mut |name, _, changed| {
                    *changes += u32::from(changed && name == pass.name && FOR_COUNTED_LOOPS.contains(&name));
                });
            }
            for start in [&recorded, &other] {
                compare(seed, name, &plain, &trace, start, &mut tally);
            }
        }
        for start in [&recorded, &other] {
            compare(seed, "all", &plain, &optimised(&plain, PassSet::ALL, &mut scratch), start, &mut tally);
        }
    }
    assert!(changes.iter().all(|&changes| changes > 100), "{FOR_COUNTED_LOOPS:?} changed {changes:?} loops");
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
        let one = optimised(&trace, PassSet::ALL, &mut Scratch::default());
        let other = optimised(&trace, PassSet::ALL, &mut Scratch::default());
        assert_eq!(text(&one), text(&other));
    }
}
