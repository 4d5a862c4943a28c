//! Loops whose rounds are skipped, along every path.
//!
//! A trace is one path through a loop. Where conditions on the induction variable choose between paths, each for a stretch
//! of rounds, each path needs a loop of its own that skips its stretch:
//!
//! ```text
//! trace 1: loop, while i < n div 2     -- exit -->     trace 3: to the header     -->     trace 2: loop, while not i < n div 2
//!                                      <-- entry --    (side traces of trace 2)   <-- exit --
//! ```
//!
//! So when an exit in the middle of such a loop gets hot, the round that comes next is recorded from the header on, as a
//! trace of the loop beside the first. If its rounds are skipped as well, the exit's side trace goes on there. If it is the
//! first path over again, the side trace goes back to the first.
//!
//! Where a residue chooses, paths alternate from round to round. Such a loop is recorded again with as many rounds in
//! its body as the residue has for a period; then each condition has one outcome for ever.

use pseudo_snapshots::{Pc, Slot, Snapshot};
use pseudo_trace::ir::ops::Op as IrOp;
use pseudo_trace::ir::trace::Trace;
use pseudo_trace::record::loop_end;
use pseudo_vm::bytecode::liveness::jump_target;
use pseudo_vm::vm::Vm;

/// The loop along the path that an exit leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Path {
    /// Not looked for.
    #[default]
    Unknown,
    /// There is none whose rounds are skipped.
    None,
    /// A trace.
    Loop(u32),
}

/// A loop that is to be recorded, beside a trace of it, when its header is reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Wanted {
    /// The trace that was left.
    pub trace: u32,
    /// Its exit.
    pub exit: u32,
    /// Rounds to have in the body.
    pub rounds: u32,
    /// Rounds that go by before: conditions that repeat must stand where they stood when the header was reached from the
    /// exit, since that is how the side trace will enter the loop.
    pub wait: u32,
    /// What for.
    pub purpose: Purpose,
}

/// Why a loop that has a trace is recorded once more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    /// For a loop of its own along the path that an exit leads to.
    Path,
    /// For what it is entered with: other types, functions or shapes than those that it was recorded with. The exit in
    /// front of the loop that was left so often leads there.
    Entry {
        /// Whether it is not to be entered on conditions that it could do without ([`Trace::cautious`]).
        cautious: bool,
    },
    /// To have the same loop with choices in place of guards, which takes the place of the first.
    Choices,
}

/// Whether two traces record one path. The instructions may be the same and the path another, if there are several rounds
/// in the body: then conditions come out in another order.
pub(super) fn same(one: &Trace, other: &Trace) -> bool {
    one.pc == other.pc && one.origins == other.origins && outcomes(one).eq(outcomes(other))
}

/// The conditions in a loop, and how they come out.
fn outcomes(trace: &Trace) -> impl Iterator<Item = (IrOp, Pc)> {
    let body = trace.loop_start().unwrap_or_default();
    let guards = trace.insts[body..].iter().filter(|inst| matches!(inst.op, IrOp::GuardTrue | IrOp::GuardFalse));
    guards.map(|guard| (guard.op, trace.snapshots[guard.snapshot.0 as usize].pc))
}

/// Whether a guard, of a loop or of a trace beside it, chooses between ways through the loop, so that the loop may go on
/// along the other.
pub(super) fn stays_inside(vm: &Vm, trace: &Trace, root: &Trace, guard: u32) -> bool {
    // The exit of a trace that ends in the interpreter is no guard's.
    let Some(inst) = trace.insts.get(guard as usize) else { return false };
    let runs_once = trace.loop_start().is_some_and(|start| (guard as usize) < start);
    if runs_once || !matches!(inst.op, IrOp::GuardTrue | IrOp::GuardFalse) {
        return false;
    }
    let snapshot = &trace.snapshots[inst.snapshot.0 as usize];
    let Pc { function, at } = snapshot.pc;
    if function != root.pc.function || snapshot.base != 0 {
        return true;
    }
    let proto = vm.proto(function);
    let extent = root.pc.at as usize..=loop_end(proto, root.pc.at as usize);
    let at = at as usize;
    jump_target(proto.word(at), at).is_some_and(|target| extent.contains(&target)) && extent.contains(&(at + 1))
}

/// Whether the guard compares by order: it fails for a stretch of rounds, where others fail now and then.
pub(super) fn fails_for_long(trace: &Trace, guard: u32) -> bool {
    let test = trace.insts.get(guard as usize).and_then(|guard| trace.def(guard.a));
    test.is_some_and(|test| matches!(test.op, IrOp::LtInt | IrOp::LeInt | IrOp::UltInt))
}

/// Whether a slot may still be read in the state of a snapshot.
pub(super) fn is_live(vm: &Vm, snapshot: &Snapshot, slot: Slot) -> bool {
    let Slot::Stack(offset) = slot else { return true };
    match usize::try_from(offset) {
        Ok(register) if snapshot.base == 0 => {
            vm.proto(snapshot.pc.function).liveness().is_live(snapshot.pc.at as usize, register)
        }
        // It belongs to a frame below, or there is one above.
        _ => true,
    }
}
