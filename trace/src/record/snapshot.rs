//! Taking snapshots.
//!
//! At most one for each bytecode instruction, when the first guard of the instruction asks for it: all guards of an
//! instruction stand before its effect, so that the interpreter can run it again from its start.

use std::rc::Rc;

use pseudo_snapshots::{Slot, Snapshot};
use pseudo_vm::faults::{self, Fault};
use pseudo_vm::vm::Vm;

use super::frames::Frames;
use super::{Now, Recorder};
use crate::ir::trace::SnapshotId;
use crate::ir::types::Ref;

/// What is known of the snapshots while recording.
#[derive(Debug, Default)]
pub(super) struct Snapshots {
    /// That of the current instruction, if it has been taken.
    current: Option<SnapshotId>,
    /// The frames at each snapshot.
    frames: Vec<Rc<Frames>>,
}

impl Snapshots {
    /// A new bytecode instruction begins.
    pub fn begin(&mut self) {
        self.current = None;
    }

    /// Notes the frames of a snapshot that was made by other means.
    pub fn note(&mut self, frames: Frames) {
        self.frames.push(Rc::new(frames));
    }
}

impl Recorder {
    /// The state before the current instruction.
    pub(super) fn snapshot(&mut self, now: &Now<'_>) -> SnapshotId {
        if let Some(taken) = self.snapshots.current {
            return taken;
        }
        debug_assert!(!self.slots.written(), "a guard after a write of {:?}", now.word.op());
        let taken = self.capture(now.vm);
        self.snapshots.current = Some(taken);
        taken
    }

    /// Takes a snapshot of the state as the slots have it.
    pub(super) fn capture(&mut self, vm: &Vm) -> SnapshotId {
        let entries = self
            .slots
            .changed()
            .filter(|&(slot, _)| self.frames.is_live(vm, slot))
            .map(|(slot, value)| (slot, value.into()));
        let mut snapshot = Snapshot { pc: self.frames.pc(), base: self.frames.top().base, entries: entries.collect() };
        if faults::on(Fault::SnapshotSlot) {
            snapshot.entries.pop();
        }
        if faults::on(Fault::SnapshotPc) {
            snapshot.pc.at += 1;
        }
        if faults::on(Fault::SnapshotBase) {
            snapshot.base = self.frames.lowest().base;
        }
        let snapshots = &mut self.out.trace.snapshots;
        snapshots.push(snapshot);
        self.snapshots.frames.push(Rc::new(self.frames.clone()));
        SnapshotId(snapshots.len() as u32 - 1)
    }

    /// Adds what a loop carries to the snapshots of its body, where a round has not changed it and it is live.
    pub(super) fn name_carried_slots(&mut self, vm: &Vm, carried: &[(Slot, Ref)]) {
        let frames = &self.snapshots.frames;
        // Number 0 is the state at entry, when all is still in memory.
        for (snapshot, frames) in self.out.trace.snapshots.iter_mut().zip(frames).skip(1) {
            for &(slot, phi) in carried {
                if faults::on(Fault::SnapshotCarried) {
                    break;
                }
                if let Err(place) = snapshot.entries.binary_search_by_key(&slot, |entry| entry.0)
                    && frames.is_live(vm, slot)
                {
                    snapshot.entries.insert(place, (slot, phi.into()));
                }
            }
        }
    }
}
