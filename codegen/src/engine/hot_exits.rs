//! Which exits are hot, and what is recorded for their sake: a side trace, another root of the loop, or its conditionals.

use pseudo_snapshots::Pc;
use pseudo_trace::ir::ops::Op as IrOp;
use pseudo_trace::ir::trace::SnapshotId;
use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::vm::Vm;

use super::native::is_function;
use super::paths::{self, Path, Purpose, Wanted};
use super::{Engine, ExitState, Installed};

impl Engine {
    pub(super) fn exit_state(&mut self, trace: u32, exit: u32) -> Option<&mut ExitState> {
        self.traces[trace as usize].as_mut()?.exits.get_mut(exit as usize)
    }

    pub(super) fn set_path(&mut self, of: Wanted, path: Path) {
        if let Some(state) = self.exit_state(of.trace, of.exit) {
            state.path = path;
        }
    }

    /// Whether one more trace may be compiled of a loop, for what it is entered with.
    pub(super) fn may_have_another_root(&self, vm: &Vm, pc: Pc) -> bool {
        let word = vm.proto(pc.function).word(pc.at as usize);
        matches!(word.op(), Op::LoopHeader | Op::TraceHeader)
            && self.loops.get(&(pc.function, word.a() as u16)).is_none_or(|state| state.beside < self.params.maxbeside)
    }

    /// Has a loop recorded when its header is reached next. It counts as an attempt if that does not happen before
    /// another loop, or the same once more, is to be recorded.
    pub(super) fn want(&mut self, wanted: Wanted) {
        if let Some(before) = self.wanted.replace(wanted)
            && let Some(state) = self.exit_state(before.trace, before.exit)
        {
            state.tries += 1;
        }
    }

    /// Whether a side trace is to be recorded from an exit that has just been taken.
    /// It has made interpreted frames of `native` ones.
    pub(super) fn exit_is_hot(&mut self, vm: &Vm, trace: u32, exit: u32, native: usize) -> bool {
        let next = self.next_number();
        let tryside = self.params.tryside;
        let root = self.traces[trace as usize].as_ref().expect("it has just run").root;
        let has_header = self.traces[root as usize].as_ref().is_some_and(|root| !is_function(root.trace.pc));
        let installed = self.traces[trace as usize].as_mut().expect("it has just run");
        let state = &mut installed.exits[exit as usize];
        state.count += 1;
        // An exit that makes many frames is hot sooner.
        if state.hot_at != 0 {
            state.hot_at = state.hot_at.saturating_sub(native as u64).max(1);
        }
        if state.hot_at == 0 || state.count < state.hot_at || state.side.is_some() {
            return false;
        }
        let guard = installed.code.exits[exit as usize].inst;
        let guard_op = installed.trace.insts.get(guard as usize).map(|inst| inst.op);
        // Above native frames a return to a known frame never comes about.
        if guard_op == Some(IrOp::GuardStack) || (guard_op == Some(IrOp::GuardPc) && native > 0) {
            return false;
        }
        let may_have_path = has_header && state.path == Path::Unknown && state.tries < tryside;
        let (left, root_of) = (&self.traces[trace as usize], &self.traces[root as usize]);
        let in_front = installed_snapshot(left, exit) == Some(SnapshotId(0));
        if may_have_path
            && in_front
            && root == trace
            && let Some(left) = left
            && self.may_have_another_root(vm, left.trace.pc)
        {
            // Where it is entered on conditions that were only likely to hold, it may be one of these.
            let cautious = left.trace.speculates;
            if let Some(state) = self.exit_state(trace, exit) {
                state.hot_at = state.count + 1;
            }
            self.want(Wanted { trace, exit, rounds: 1, wait: 0, purpose: Purpose::Entry { cautious } });
            return false;
        }
        if may_have_path
            && let (Some(left), Some(root)) = (left, root_of)
            && root.closed
            && paths::stays_inside(vm, &left.trace, &root.trace, guard)
        {
            // First the loop that the side trace will lead to.
            if let Some(state) = self.exit_state(trace, exit) {
                state.hot_at = state.count + 1;
            }
            self.want(Wanted { trace, exit, rounds: 1, wait: 0, purpose: Purpose::Path });
            return false;
        }
        if self.is_replaced(root) || self.sheds_levels(vm, root) {
            return false;
        }
        let sides = self.traces[root as usize].as_ref().map_or(0, |root| root.sides);
        // Calls cut the paths through a function into pieces.
        let maxside = if has_header { self.params.maxside } else { self.params.maxside.saturating_mul(4) };
        let limit = if sides >= maxside {
            "maxside"
        } else if next >= self.params.maxtrace {
            "maxtrace"
        } else {
            return true;
        };
        self.at_limit(vm, trace, exit, limit);
        false
    }
}

/// The snapshot of an exit.
fn installed_snapshot(trace: &Option<Installed>, exit: u32) -> Option<SnapshotId> {
    Some(trace.as_ref()?.code.exits.get(exit as usize)?.snapshot)
}
