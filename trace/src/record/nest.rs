//! The loop around a loop whose rounds are skipped, put together from the traces that there are.
//!
//! The trace of the inner loop ends where a guard fails for good, and a side trace leads from there, through a round of the
//! outer loop, to the inner loop's entry again: these two are a round of the outer loop, of which nothing more is to be
//! recorded.
//!
//! ```text
//! inner:  preamble (skips rounds); loop; body with guard G          side, from the exit of G:  A -> entry of inner
//!
//! nested: A; loop; preamble of inner; body of inner up to G, which fails; A
//! ```
//!
//! The result stands in for the side trace. It is worth having if its own rounds can be skipped, which is for the passes
//! to say: the inner loop is straight code now, whose number of rounds is a value like others.
//!
//! In the nested loop memory holds the state at the exit, from the first round on. So all slots that the side trace or the
//! exit writes are carried, and its snapshots name those that are live.

use std::collections::{BTreeMap, BTreeSet};

use pseudo_snapshots::{Slot, Snapshot};
use rustc_hash::FxHashMap;

use super::emit::{AT_ENTRY, Emitter, Section};
use crate::ir::ops::{Effect, Op};
use crate::ir::trace::{Inst, Link, SnapshotId, Trace, encode_slot};
use crate::ir::types::{Ref, Ty};

/// Whether a slot may still be read in the state of a snapshot.
pub type IsLive<'a> = &'a dyn Fn(&Snapshot, Slot) -> bool;

/// The nested loop, of a side trace that leads from an exit of a loop back to its entry. None if there is more in the
/// two than ints and guards.
pub fn nest(side: &Trace, inner: &Trace, exit: SnapshotId, is_live: IsLive<'_>) -> Option<Trace> {
    let start = inner.loop_start()?;
    let end = &side.snapshots[side.end?.0 as usize];
    let left = &inner.snapshots[exit.0 as usize];
    if side.loop_start().is_some() || end.base != 0 || left.base != 0 || end.pc != inner.pc {
        return None;
    }
    if end.entries.iter().chain(&left.entries).any(|entry| matches!(entry.0, Slot::Object(..) | Slot::Field(..))) {
        return None;
    }
    let mut guards = (0..inner.insts.len()).filter(|&at| inner.insts[at].snapshot == exit);
    let guard = guards.next().filter(|&at| at > start)?;
    if guards.next().is_some() {
        // Which of them has failed is not known.
        return None;
    }
    let carried = end.entries.iter().chain(&left.entries).map(|entry| entry.0).collect();
    let out = Emitter::new(Trace::new(side.number, side.start, side.pc));
    let mut nest = Nest { side, inner, left, end, out, carried, is_live, read: BTreeMap::new() };
    nest.entry()?;
    nest.make(start, guard)
}

/// How a copied snapshot is completed.
#[derive(Clone, Copy)]
enum Within<'m> {
    /// Not at all: memory is as it was.
    FirstRound,
    /// With what slots hold.
    Loop(&'m BTreeMap<Slot, Ref>),
}

struct Nest<'t> {
    side: &'t Trace,
    inner: &'t Trace,
    left: &'t Snapshot,
    end: &'t Snapshot,
    out: Emitter,
    carried: BTreeSet<Slot>,
    is_live: IsLive<'t>,
    /// Slots that were read from memory.
    read: BTreeMap<Slot, Ref>,
}

impl Nest<'_> {
    /// The state at entry: that of the exit.
    fn entry(&mut self) -> Option<()> {
        let mut entries = Vec::new();
        for (index, &(slot, value)) in self.left.entries.iter().enumerate() {
            let value = match self.inner.as_const(value.into()) {
                Some(constant) => self.out.trace.constant(constant),
                None if self.inner.ty(value.into()) == Ty::Int => self.out.inherit(index, Ty::Int),
                None => return None,
            };
            entries.push((slot, value.into()));
        }
        let state = Snapshot { pc: self.left.pc, base: 0, entries };
        self.out.trace.snapshots.push(state);
        Some(())
    }

    fn make(mut self, start: usize, guard: usize) -> Option<Trace> {
        let entry: BTreeMap<Slot, Ref> =
            self.out.trace.snapshots[0].entries.iter().map(|&(slot, value)| (slot, value.into())).collect();
        let first = self.side_round(&entry, Within::FirstRound)?;
        let mut initial = entry.clone();
        for &(slot, value) in &self.end.entries {
            initial.insert(slot, self.renamed_const(self.side, &first, value.into()));
        }

        // What slots hold at the head.
        let mut head = BTreeMap::new();
        let mut begins = Vec::new();
        for slot in self.carried.clone() {
            let begin = match initial.get(&slot) {
                Some(&value) => value,
                None => self.int_from_memory(slot),
            };
            if begin == Ref::NONE || self.out.ty(begin) != Ty::Int {
                return None;
            }
            let phi = self.out.phi(Ty::Int);
            head.insert(slot, phi);
            begins.push((slot, phi, begin));
        }

        self.out.begin(self.inner.pc, 0);
        self.out.push(Section::Loop, Op::Loop, &[], SnapshotId::NONE);
        let state = Snapshot { pc: self.inner.pc, base: 0, entries: Vec::new() };
        let state = self.completed(state, &head);
        self.out.push(Section::Head, Op::Poll, &[], state);

        let map = self.inner_loop(start, guard, &head)?;
        let mut after = head.clone();
        for &(slot, value) in &self.left.entries {
            after.insert(slot, self.renamed_const(self.inner, &map, value.into()));
        }
        let second = self.side_round(&after.clone(), Within::Loop(&after))?;
        for &(slot, value) in &self.end.entries {
            after.insert(slot, self.renamed_const(self.side, &second, value.into()));
        }
        for (slot, phi, begin) in begins {
            let next = after[&slot];
            if next == Ref::NONE || self.out.ty(next) != Ty::Int {
                return None;
            }
            let index = phi.inst_index()?;
            (self.out.trace.insts[index].a, self.out.trace.insts[index].b) = (begin, next);
        }
        self.out.trace.link = Link::Loop;
        Some(self.out.finish(&FxHashMap::default()))
    }

    /// A slot's value in memory, raw.
    fn read_memory(&mut self, slot: Slot) -> Ref {
        if let Some(&read) = self.read.get(&slot) {
            return read;
        }
        let read = self.out.push(Section::Preamble, Op::Slot, &[encode_slot(slot)], SnapshotId::NONE);
        self.read.insert(slot, read);
        read
    }

    fn int_from_memory(&mut self, slot: Slot) -> Ref {
        let raw = self.read_memory(slot);
        self.out.push(Section::Preamble, Op::GuardInt, &[raw], AT_ENTRY)
    }

    /// A round of the outer loop without the inner one, from a state.
    fn side_round(&mut self, state: &BTreeMap<Slot, Ref>, within: Within<'_>) -> Option<Vec<Ref>> {
        let side = self.side;
        let mut map: Vec<Ref> = Vec::with_capacity(side.insts.len());
        for inst in &side.insts {
            let value = match inst.op {
                Op::Inherit => *state.get(&self.left.entries.get(inst.a.0 as usize)?.0)?,
                Op::Slot => match state.get(&inst.slot()) {
                    Some(&value) => value,
                    None => self.read_memory(inst.slot()),
                },
                _ => self.copied(side, inst, &map, within)?,
            };
            map.push(value);
        }
        Some(map)
    }

    /// The inner loop: its rounds skipped, then the one in which the guard fails.
    fn inner_loop(&mut self, start: usize, guard: usize, head: &BTreeMap<Slot, Ref>) -> Option<Vec<Ref>> {
        let inner = self.inner;
        let within = Within::Loop(head);
        let mut map: Vec<Ref> = Vec::with_capacity(guard);
        for (index, inst) in inner.insts[..guard].iter().enumerate() {
            let value = match inst.op {
                Op::Slot => match head.get(&inst.slot()) {
                    Some(&value) => value,
                    None => self.read_memory(inst.slot()),
                },
                Op::Phi => self.renamed_const(inner, &map, inst.a),
                Op::Loop | Op::Poll => Ref::NONE,
                // Its own entry's state is the one at the nested loop's head.
                _ if index < start && inst.op.is_guard() => {
                    let entry = Inst { snapshot: SnapshotId(0), ..*inst };
                    self.copied(inner, &entry, &map, within)?
                }
                _ => self.copied(inner, inst, &map, within)?,
            };
            map.push(value);
        }
        let last = inner.insts[guard];
        let fails = match last.op {
            Op::GuardTrue => Op::GuardFalse,
            Op::GuardFalse => Op::GuardTrue,
            _ => return None,
        };
        // Where it does not fail after all, the inner loop goes on from its head.
        let goes_on = Inst { op: fails, snapshot: inner.insts[start].snapshot, ..last };
        let value = self.copied(inner, &goes_on, &map, within)?;
        map.push(value);
        Some(map)
    }

    /// An instruction with other operands.
    fn copied(&mut self, from: &Trace, inst: &Inst, map: &[Ref], within: Within<'_>) -> Option<Ref> {
        if let Some(origin) = from.origins.get(inst.origin as usize) {
            self.out.begin(origin.pc, origin.depth);
        }
        let section = if matches!(within, Within::FirstRound) { Section::Preamble } else { Section::Body };
        match (inst.op, inst.op.effect()) {
            (Op::Barrier, _) => None,
            (Op::GuardInt, _) => {
                let value = self.renamed_const(from, map, inst.a);
                if self.out.ty(value) == Ty::Int {
                    return Some(value);
                }
                let is_read = value.inst_index().is_some_and(|index| self.out.section(index) == Section::Preamble);
                is_read.then(|| self.out.push(Section::Preamble, Op::GuardInt, &[value], AT_ENTRY))
            }
            (Op::GuardTrue | Op::GuardFalse, _) => {
                let condition = self.renamed_const(from, map, inst.a);
                let snapshot = self.snapshot(from, inst.snapshot, map, within)?;
                Some(self.out.push(section, inst.op, &[condition], snapshot))
            }
            (Op::Linear, _) => {
                if matches!(within, Within::FirstRound) {
                    return None;
                }
                let first = inst.b.0 as usize;
                let numbers = &from.args[first..first + inst.c.0 as usize];
                let numbers: Vec<Ref> = numbers.iter().map(|&number| self.renamed_const(from, map, number)).collect();
                let rounds = self.renamed_const(from, map, inst.a);
                Some(self.out.emit_with_arguments(Op::Linear, rounds, &numbers))
            }
            (_, Effect::Pure) if matches!(inst.ty, Ty::Int | Ty::Bool) => {
                let mut operands = [inst.a, inst.b, inst.c];
                let kinds = inst.op.info().operands;
                for (operand, kind) in operands.iter_mut().zip(kinds) {
                    if matches!(kind, crate::ir::ops::Operand::Of(_) | crate::ir::ops::Operand::Any) {
                        *operand = self.renamed_const(from, map, *operand);
                    }
                }
                let count = operands.iter().take_while(|operand| **operand != Ref::NONE).count();
                Some(self.out.push(section, inst.op, &operands[..count], SnapshotId::NONE))
            }
            _ => None,
        }
    }

    /// A value of another trace, by the results of its instructions here; constants are interned anew.
    fn renamed_const(&mut self, from: &Trace, map: &[Ref], value: Ref) -> Ref {
        match from.as_const(value) {
            Some(constant) => self.out.trace.constant(constant),
            None => renamed(map, value),
        }
    }

    fn snapshot(&mut self, from: &Trace, id: SnapshotId, map: &[Ref], within: Within<'_>) -> Option<SnapshotId> {
        if matches!(within, Within::FirstRound) && id == AT_ENTRY {
            return Some(AT_ENTRY);
        }
        let old = from.snapshots.get(id.0 as usize)?;
        let mut entries = Vec::with_capacity(old.entries.len());
        for &(slot, value) in &old.entries {
            let value = self.renamed_const(from, map, value.into());
            if value == Ref::NONE {
                return None;
            }
            entries.push((slot, value.into()));
        }
        let snapshot = Snapshot { entries, ..*old };
        Some(match within {
            Within::FirstRound => self.add(snapshot),
            Within::Loop(state) => self.completed(snapshot, state),
        })
    }

    fn add(&mut self, snapshot: Snapshot) -> SnapshotId {
        let snapshots = &mut self.out.trace.snapshots;
        snapshots.push(snapshot);
        SnapshotId(snapshots.len() as u32 - 1)
    }

    /// Adds a snapshot with what it lacks of the carried slots.
    fn completed(&mut self, mut snapshot: Snapshot, state: &BTreeMap<Slot, Ref>) -> SnapshotId {
        for &slot in &self.carried {
            if let Err(place) = snapshot.entries.binary_search_by_key(&slot, |entry| entry.0)
                && (self.is_live)(&snapshot, slot)
                && let Some(&value) = state.get(&slot)
            {
                snapshot.entries.insert(place, (slot, value.into()));
            }
        }
        self.add(snapshot)
    }
}

fn renamed(map: &[Ref], value: Ref) -> Ref {
    value.inst_index().map_or(value, |index| map.get(index).copied().unwrap_or(Ref::NONE))
}
