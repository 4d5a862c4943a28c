//! Removes what nothing needs: instructions without a use or an effect, snapshots that no guard leaves to.
//!
//! Needed are guards, writes, calls (save those of builtins that only compute), barriers, the final snapshot, and what
//! these use, through snapshots too. So a phi that only feeds its own next value goes. Guards always stay: without them the trace would
//! run on where the program has thrown an error.
//!
//! The remaining snapshots are numbered anew; number 0 stays what it is.

use pseudo_snapshots::Snapshot;
use pseudo_vm::faults::{self, Fault};

use super::rewrite::{Fate, rewrite};
use super::{BuiltinEffect, BuiltinEffects, Context};
use crate::ir::ops::{Effect, Op};
use crate::ir::trace::{Inst, SnapshotId, Trace};
use crate::ir::types::Ref;

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    let mut live = std::mem::take(&mut context.scratch.marks);
    let mut work = std::mem::take(&mut context.scratch.work);
    mark(trace, context.effects, &mut live, &mut work);
    let mut changed = false;
    if live.iter().any(|live| !live) {
        // What goes has no name afterwards, and must not be looked up.
        let used = used_snapshots(trace);
        clear_unused(trace, &used);
        changed = rewrite(trace, context.scratch, |_, index, _| if live[index] { Fate::Keep } else { Fate::Drop });
    }
    changed |= compact_snapshots(trace, &mut work);
    context.scratch.marks = live;
    context.scratch.work = work;
    changed
}

fn is_needed(inst: &Inst, effects: BuiltinEffects<'_>) -> bool {
    match inst.op.effect() {
        Effect::StoreLen if faults::on(Fault::DceLength) => false,
        Effect::Call => !matches!(effects(inst.a.0), BuiltinEffect::Pure | BuiltinEffect::Reads),
        Effect::Structure => inst.op == Op::Loop,
        // Inherited values are numbered by the parent, not by their place, so that those unused may go.
        _ => inst.op.stays(),
    }
}

fn mark(trace: &Trace, effects: BuiltinEffects<'_>, live: &mut Vec<bool>, work: &mut Vec<u32>) {
    live.clear();
    live.resize(trace.insts.len(), false);
    work.clear();
    let mut seen = vec![false; trace.snapshots.len()];
    let mut reach_snapshot = |id: SnapshotId, live: &mut [bool], work: &mut Vec<u32>| {
        if id != SnapshotId::NONE && !std::mem::replace(&mut seen[id.0 as usize], true) {
            let snapshot = &trace.snapshots[id.0 as usize];
            snapshot.entries.iter().for_each(|&(_, value)| reach(value.into(), live, work));
        }
    };
    if !trace.snapshots.is_empty() {
        reach_snapshot(SnapshotId(0), live, work);
    }
    if let Some(end) = trace.end {
        reach_snapshot(end, live, work);
    }
    for (index, inst) in trace.insts.iter().enumerate() {
        if is_needed(inst, effects) {
            reach_snapshot(inst.snapshot, live, work);
            reach(Ref::inst(index), live, work);
        }
    }
    while let Some(index) = work.pop() {
        trace.for_each_operand(&trace.insts[index as usize], |value| reach(value, live, work));
    }
}

fn reach(value: Ref, live: &mut [bool], work: &mut Vec<u32>) {
    if let Some(index) = value.inst_index()
        && !std::mem::replace(&mut live[index], true)
    {
        work.push(index as u32);
    }
}

/// Whether each snapshot is left to; snapshot 0 always counts.
fn used_snapshots(trace: &Trace) -> Vec<bool> {
    let mut is_used = vec![false; trace.snapshots.len()];
    if let Some(first) = is_used.first_mut() {
        *first = true;
    }
    let ends = trace.insts.iter().map(|inst| inst.snapshot).chain(trace.end);
    for id in ends.filter(|&id| id != SnapshotId::NONE) {
        is_used[id.0 as usize] = true;
    }
    is_used
}

fn clear_unused(trace: &mut Trace, is_used: &[bool]) {
    for (snapshot, _) in trace.snapshots.iter_mut().zip(is_used).filter(|(_, used)| !**used) {
        snapshot.entries.clear();
    }
}

fn compact_snapshots(trace: &mut Trace, map: &mut Vec<u32>) -> bool {
    let used = used_snapshots(trace);
    if used.iter().all(|used| *used) {
        return false;
    }
    map.clear();
    let mut next = 0;
    for used in &used {
        map.push(next);
        next += u32::from(*used);
    }
    let mut at = 0;
    trace.snapshots.retain(|_: &Snapshot| {
        at += 1;
        used[at - 1]
    });
    let renamed = |id: SnapshotId| if id == SnapshotId::NONE { id } else { SnapshotId(map[id.0 as usize]) };
    for inst in &mut trace.insts {
        inst.snapshot = renamed(inst.snapshot);
    }
    trace.end = trace.end.map(renamed);
    true
}
