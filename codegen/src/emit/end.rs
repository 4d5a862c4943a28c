//! The end of a trace: what it writes to memory, and where it goes on.

use pseudo_snapshots::Slot;
use pseudo_snapshots::packed::{Kind, Loc};
use pseudo_trace::ir::types::Ref;

use super::encode::{Alu, Cond, Rm};
use super::{Destination, Emitter, Ending};
use crate::compile::CompileError;
use crate::exits::kind_of;
use crate::regalloc::registers::{PENDING, RAX};

impl Emitter<'_> {
    /// Writes the slots that must be in memory where the trace goes on.
    pub(super) fn write_slots(&mut self) -> Result<(), CompileError> {
        let input = &self.input;
        let Some(end) = input.trace.end else {
            return Ok(());
        };
        let entries = &input.trace.snapshots[end.0 as usize].entries;
        let written: Vec<usize> = match input.ending {
            Ending::Loop | Ending::Exit => Vec::new(),
            Ending::Flush(..) => (0..entries.len()).collect(),
            Ending::Join(written, _) | Ending::Function(written, _) | Ending::Return(written) => written.clone(),
        };
        // What is one value is boxed once.
        // The trace has done the writes to fields that its parents had put off.
        let is_place = |index: &usize| !matches!(entries[*index].0, Slot::Object(..) | Slot::Field(..));
        let written: Vec<(Loc, Kind, Slot)> = written
            .into_iter()
            .filter(is_place)
            .map(|index| {
                let (slot, value) = entries[index];
                let kind = kind_of(self.input.trace.ty(Ref::from(value))).ok_or(CompileError::Snapshot)?;
                Ok((self.input.allocation.end[index], kind, slot))
            })
            .collect::<Result<_, _>>()?;
        let mut done = vec![false; written.len()];
        for (index, &(from, kind, slot)) in written.iter().enumerate() {
            if done[index] || !self.store_boxed(slot, from, kind) {
                continue;
            }
            for (next, &(other, other_kind, slot)) in written.iter().enumerate().skip(index + 1) {
                if !done[next] && (other, other_kind) == (from, kind) {
                    let to = self.slot(slot);
                    self.code.store(to, RAX);
                    done[next] = true;
                }
            }
        }
        Ok(())
    }

    fn jump_to(&mut self, destination: Destination) {
        match destination {
            Destination::Own => self.code.jmp(self.entry),
            Destination::Address(address) => self.code.jmp_outside(address),
        }
    }

    /// Goes on.
    pub(super) fn jump_on(&mut self) {
        match *self.input.ending {
            Ending::Loop => {
                let head = self.head.expect("a loop has a head");
                // The back edge is a poll that goes round if nothing is pending: a branch less in every round. If
                // something is, the poll at the head finds it too, and leaves.
                if let Some(polled) = self.polled {
                    self.code.alu32_imm(Alu::Cmp, Rm::Mem(PENDING, 0), 0);
                    self.code.jcc(Cond::Equal, polled);
                }
                self.code.jmp(head);
            }
            Ending::Exit => {
                let exit = self.input.allocation.exit_of[self.at as usize].expect("the end is an exit");
                self.code.jmp(self.exits[exit as usize]);
            }
            Ending::Flush(base, destination) => {
                // What the trace has left there itself is of a frame that has taken the place of the one it was entered with.
                let trace = self.input.trace;
                let replaced = trace.end.is_some_and(|end| {
                    trace.snapshots[end.0 as usize].entries.iter().any(|&(slot, _)| slot == Slot::Stack(-1))
                });
                if base > 0 && !replaced {
                    self.write_closure();
                }
                self.move_base(base);
                self.resize_frame(self.input.frame, 0);
                if base > 0 {
                    self.return_between(base);
                }
                self.jump_to(destination);
            }
            Ending::Function(_, destination) => {
                self.resize_frame(self.input.frame, 0);
                self.jump_to(destination);
            }
            Ending::Return(_) => {
                self.resize_frame(self.input.frame, 0);
                self.code.ret();
            }
            Ending::Join(_, head) => {
                self.resize_frame(self.input.frame, head.frame);
                self.code.jmp_outside(head.address);
            }
        }
    }
}
