//! Whether side traces may go to the heads of loops, in registers, instead of their entries.

use pseudo_trace::ir::trace::{Start, Trace};
use pseudo_vm::faults::{self, Fault};

use super::paths::{self, Path};
use super::targets::{self, Memory, changes};
use super::{Engine, Installed, pace};

impl Engine {
    /// Whether a side trace may go to the head of a loop instead of its entry: what the preamble has read must still be so,
    /// and where a bounds check was dropped because an induction variable goes its way from the preamble on, it must bring
    /// the value that comes next on that way.
    pub(super) fn may_join(&self, side: &Trace, number: u32) -> bool {
        let Some(target) = &self.traces[number as usize] else { return false };
        let changes = self.changes_since_root(side);
        let is_stale = target.hoisted.changed_by(&changes) && !faults::on(Fault::LinkChanged);
        if is_stale || (target.closed && !self.may_join_closed(side.start)) {
            return false;
        }
        target.trace.relies.is_empty() || self.advances(side, target, &changes)
    }

    /// Whether a side trace of a loop makes of the loop's variables what the loop would have.
    fn advances(&self, side: &Trace, target: &Installed, changes: &Memory) -> bool {
        let mut way = Vec::new();
        let mut start = side.start;
        while let Start::Exit { parent, exit } = start {
            let Some(parent) = &self.traces[parent as usize] else { return false };
            let exit = &parent.code.exits[exit as usize];
            let Some(snapshot) = parent.trace.snapshots.get(exit.snapshot.0 as usize) else { return false };
            way.push((&parent.trace, exit.inst as usize, snapshot));
            start = parent.trace.start;
        }
        way.reverse();
        let headers_stay = !changes.and(targets::changes(&target.trace)).headers;
        way.first().is_some_and(|(root, ..)| root.number == target.trace.number)
            && pace::advances(&way, side, headers_stay)
    }

    /// Whether a side trace may go to the head of a loop whose entry skips rounds. It had better not, save where its path
    /// goes on for many rounds that cannot be skipped.
    fn may_join_closed(&self, start: Start) -> bool {
        let Start::Exit { parent, exit } = start else { return false };
        let Some(parent) = &self.traces[parent as usize] else { return false };
        if !parent.closed {
            return parent.code.joins;
        }
        let guard = parent.code.exits[exit as usize].inst;
        parent.exits[exit as usize].path == Path::None && paths::fails_for_long(&parent.trace, guard)
    }

    /// What has been written on the way from the loop of its root to the end of a side trace.
    pub(super) fn changes_since_root(&self, trace: &Trace) -> Memory {
        let before = match trace.start {
            Start::Exit { parent, .. } => self.traces[parent as usize].as_ref().map(|parent| parent.changes),
            Start::Root => None,
        };
        changes(trace).and(before.unwrap_or_default())
    }
}
