//! Whether a trace does after a pass what it did before: what tests of the passes ask, of runs by the evaluator.
//!
//! A trace may leave to the state at entry instead, having done nothing: that is what hoisted guards do. How often is for
//! the tests to count, so that a pass that always leaves does not pass for right. Or it leaves sooner in the round in which it
//! left before, with the state at an earlier guard: that is what stronger guards do.

use std::collections::BTreeMap;
use std::fmt::Write;

use pseudo_snapshots::{Slot, Snapshot};

use super::eval::{Builtin, Exit, Fault, Machine, Outcome, V, run, run_until, state_at_entry};
use super::ops::Op;
use super::trace::{SnapshotId, Trace};

/// What a run has left.
#[derive(Clone, Debug)]
pub struct Left {
    /// The world after it.
    pub machine: Machine,
    /// How it ended.
    pub outcome: Outcome,
}

impl Left {
    /// Runs a trace on a copy of a machine.
    ///
    /// # Errors
    ///
    /// If it does what machine code must not.
    pub fn by(trace: &Trace, start: &Machine, rounds: u32, builtin: Builtin<'_>) -> Result<Left, Fault> {
        let mut machine = start.clone();
        let outcome = run(trace, &mut machine, rounds, builtin)?;
        Ok(Left { machine, outcome })
    }

    /// The same, but leaves at the first guard of a round that leaves through a snapshot.
    ///
    /// # Errors
    ///
    /// If it does what machine code must not.
    pub fn at(trace: &Trace, start: &Machine, stop: (SnapshotId, u32), builtin: Builtin<'_>) -> Result<Left, Fault> {
        let mut machine = start.clone();
        let outcome = run_until(trace, &mut machine, stop.1 + 1, builtin, Some(stop))?;
        Ok(Left { machine, outcome })
    }
}

/// How two runs agree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Agreement {
    /// They end the same way and leave the same.
    Same,
    /// The optimised trace has left to the state at entry, having done nothing.
    LeftEarly,
    /// The optimised trace has left at an earlier guard of the round in which the other one has left, with the state there.
    LeftSooner,
    /// The optimised trace skips rounds, and the other one has not come to its end in the rounds that it had.
    Unfinished,
}

/// Whether rounds of a trace are skipped before its loop is entered. Then its rounds are not those of the trace that was
/// recorded, and only what it leaves at its end can be compared.
pub fn skips(trace: &Trace) -> bool {
    trace.skips_rounds
        || trace.unrolled > 1
        || trace.insts.iter().any(|inst| matches!(inst.op, Op::RoundsBelow | Op::RoundsWithin | Op::Vector))
}

/// Compares a run of a trace as it was, and a run of what a pass has made of it, from the same machine. `plain_at` runs the
/// trace as it was, `recorded`, until a guard in some round that leaves through a snapshot.
///
/// # Errors
///
/// In words, if they do not agree.
pub fn compare(
    start: &Machine,
    recorded: &Trace,
    plain: &Left,
    plain_at: &mut dyn FnMut((SnapshotId, u32)) -> Result<Left, Fault>,
    trace: &Trace,
    optimised: &Left,
) -> Result<Agreement, String> {
    let (before, after) = (&plain.outcome, &optimised.outcome);
    if matches!(after.exit, Exit::Guard { snapshot: SnapshotId(0), .. }) {
        let mut at_entry = start.clone();
        state_at_entry(trace, &mut at_entry).map_err(|fault| format!("{fault:?}"))?;
        let (expected, left) = (world(&at_entry, start, true, true), world(&optimised.machine, start, true, true));
        if expected != left {
            return Err(format!("it leaves to its entry and has changed{expected}\nto{left}"));
        }
        let also = matches!(before.exit, Exit::Guard { snapshot: SnapshotId(0), .. });
        return Ok(if also { Agreement::Same } else { Agreement::LeftEarly });
    }
    if skips(trace) && before.exit == Exit::Rounds {
        return Ok(Agreement::Unfinished);
    }
    let Err(difference) = compare_ends(start, plain, trace, optimised) else { return Ok(Agreement::Same) };
    if let (Exit::Guard { .. }, Exit::Guard { .. }, Some(resume)) = (before.exit, after.exit, after.resume) {
        // Passes number snapshots anew.
        let there = |snapshot: &Snapshot| (snapshot.pc, snapshot.base) == resume;
        for (id, _) in recorded.snapshots.iter().enumerate().filter(|(_, snapshot)| there(snapshot)) {
            if let Ok(sooner) = plain_at((SnapshotId(id as u32), before.rounds))
                && compare_ends(start, &sooner, trace, optimised).is_ok()
            {
                return Ok(Agreement::LeftSooner);
            }
        }
    }
    Err(difference)
}

/// Whether two runs have ended the same way.
fn compare_ends(start: &Machine, plain: &Left, trace: &Trace, optimised: &Left) -> Result<(), String> {
    let (before, after) = (&plain.outcome, &optimised.outcome);
    if before.resume != after.resume || (!skips(trace) && before.rounds != after.rounds) {
        return Err(format!("it ended as {before:?} and ends as {after:?}"));
    }
    let with_slots = after.exit != Exit::Rounds;
    // Writes that are put off until an exit have not been done where the run was ended between two rounds.
    let puts_off = |snapshot: &Snapshot| snapshot.entries.iter().any(|entry| matches!(entry.0, Slot::Object(..)));
    let with_fields = with_slots || !trace.snapshots.iter().any(puts_off);
    let [before, after] = [plain, optimised].map(|left| world(&left.machine, start, with_slots, with_fields));
    if before == after { Ok(()) } else { Err(format!("it left{before}\nand leaves{after}")) }
}

/// The world that a run leaves, as text, its objects numbered in the order in which they are reached: from those that were
/// there at the start, from slots, from calls.
fn world(machine: &Machine, start: &Machine, with_slots: bool, with_fields: bool) -> String {
    let mut world = World { machine, with_fields, seen: BTreeMap::new(), out: String::new() };
    for array in 0..start.arrays.len().min(machine.arrays.len()) {
        world.value(&V::Arr(array));
    }
    for cell in 0..start.cells.len().min(machine.cells.len()) {
        world.value(&V::Cell(cell));
    }
    for dict in 0..start.dicts.len().min(machine.dicts.len()) {
        world.value(&V::Dict(dict));
    }
    for instance in 0..start.instances.len().min(machine.instances.len()) {
        world.value(&V::Obj(instance));
    }
    for (place, v) in &machine.places {
        let _ = write!(world.out, "\nplace {place}: ");
        world.value(v);
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

/// What has an identity.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Object {
    Array(usize),
    Cell(usize),
    Closure(usize),
    Dict(usize),
    Instance(usize),
}

struct World<'m> {
    machine: &'m Machine,
    with_fields: bool,
    seen: BTreeMap<Object, usize>,
    out: String,
}

impl World<'_> {
    /// Writes the name of an object, and whether it is met for the first time.
    fn is_new(&mut self, kind: &str, object: Object) -> bool {
        let next = self.seen.len();
        let number = *self.seen.entry(object).or_insert(next);
        let _ = write!(self.out, "{kind} {number}, ");
        number == next
    }

    fn value(&mut self, v: &V) {
        let machine = self.machine;
        match v {
            V::Arr(array) => {
                if self.is_new("array", Object::Array(*array)) {
                    let held = &machine.arrays[*array];
                    let _ = write!(self.out, "{:?} [", held.storage);
                    held.elements.iter().for_each(|v| self.value(v));
                    self.out.push_str("], ");
                }
            }
            V::Cell(cell) => {
                if self.is_new("cell", Object::Cell(*cell)) {
                    self.out.push('(');
                    self.value(&machine.cells[*cell]);
                    self.out.push_str("), ");
                }
            }
            V::Dict(dict) => {
                if self.is_new("dict", Object::Dict(*dict)) {
                    self.out.push('{');
                    for (key, held) in machine.dicts[*dict].entries.iter().flatten() {
                        self.value(key);
                        self.value(held);
                    }
                    self.out.push_str("}, ");
                }
            }
            V::Iter(dict, changes) => {
                let _ = write!(self.out, "iterator at {changes} over ");
                self.value(&V::Dict(*dict));
            }
            V::Fn(closure) => {
                if self.is_new("closure", Object::Closure(*closure)) {
                    let (function, captures) = &machine.closures[*closure];
                    let _ = write!(self.out, "of f{function} (");
                    captures.iter().for_each(|v| self.value(v));
                    self.out.push_str("), ");
                }
            }
            V::Obj(instance) => {
                if self.is_new("instance", Object::Instance(*instance)) && self.with_fields {
                    let (shape, fields) = &machine.instances[*instance];
                    let _ = write!(self.out, "of {shape} {{");
                    for (offset, v) in fields.iter().filter(|(_, v)| **v != V::Nil) {
                        let _ = write!(self.out, "{offset}: ");
                        self.value(v);
                    }
                    self.out.push_str("}, ");
                }
            }
            _ => {
                let _ = write!(self.out, "{v:?}, ");
            }
        }
    }
}
