//! Puts several rounds of a short loop into one.
//!
//! ```text
//! loop                                 loop
//! %4: float = phi %1, %8               %4: float = phi %1, %13
//! %5: int = phi %2, %11                %5: int = phi %2, %14
//! poll -> s1                           poll -> s1
//! %7: float = load.float %3, %5        %7: float = load.float %3, %5
//! %8: float = add.float %4, %7   =>    %8: float = add.float %4, %7
//! %9: bool = lt.int %5, 100            %9: bool = lt.int %5, 100
//! guard.true %9 -> s2                  guard.true %9 -> s2
//! %11: int = add.int %5, 1             %11: int = add.int %5, 1
//!                                      %12: float = load.float %3, %11
//!                                      %13: float = add.float %8, %12
//!                                      ...
//! ```
//!
//! What is saved is the poll, the jump back, and moves between a phi and its next value; additions to a counter become
//! parts of addresses. Only loops are taken all of whose guards hold for a number of rounds that is known at entry (what
//! `closed` calls bounds): in a loop with conditions of other kinds each copy would grow side traces of its own.
//!
//! **Cost model.** The instructions of the body count, and the values that the loop keeps: with more of either the
//! gain is smaller, and registers get scarce.
//!
//! After Dongarra and Hinds, "Unrolling Loops in FORTRAN", 1979.

use pseudo_vm::faults::{self, Fault};

use rustc_hash::FxHashMap;

use super::closed::plan::bound;
use super::closed::recurrence::Recurrences;
use super::{Context, Counts, fold};
use crate::ir::ops::{Effect, Op, Operand};
use crate::ir::trace::{Inst, SnapshotId, Trace};
use crate::ir::types::Ref;

/// Instructions of the body for four rounds in one, and for two.
const SHORT: (usize, usize) = (9, 18);
/// Values from before the loop, and phis, that a body may use.
const KEPT_MAX: usize = 9;

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    let Some(start) = trace.loop_start().filter(|_| !trace.skips_rounds && trace.unrolled == 1) else { return false };
    let Some(rounds) = rounds(trace, start) else { return false };
    let body: Vec<Inst> = trace.insts[start + 1..].to_vec();
    let phis = body.iter().take_while(|inst| inst.op == Op::Phi).count();
    let mut names: Vec<Ref> = (start + 1..trace.insts.len()).map(Ref::inst).collect();
    for _ in 1..rounds {
        names = copy(trace, context.counts, start, &body, phis, &names);
    }
    for (at, phi) in body[..phis].iter().enumerate() {
        if faults::on(Fault::UnrollPhi) && at > 0 {
            continue;
        }
        trace.insts[start + 1 + at].b = renamed(&names, start, phi.b);
    }
    trace.unrolled = rounds as u32;
    true
}

/// How many rounds to put into one, if more than one.
fn rounds(trace: &Trace, start: usize) -> Option<usize> {
    let body = &trace.insts[start + 1..];
    let phis = body.iter().take_while(|inst| inst.op == Op::Phi).count();
    let size = body[phis..].iter().filter(|inst| inst.op != Op::Poll && !inst.op.is_guard()).count();
    let mut kept: Vec<Ref> = Vec::new();
    for inst in body {
        let may_be_copied = match inst.op.effect() {
            Effect::Pure => inst.op != Op::Barrier,
            Effect::Guard => matches!(inst.op, Op::Poll | Op::GuardTrue | Op::GuardFalse),
            Effect::LoadElem | Effect::StoreElem | Effect::LoadHeader => true,
            Effect::Structure => inst.op == Op::Phi,
            _ => false,
        };
        // Lists of arguments would have to be copied as well; they go with calls, beside which a jump costs nothing.
        if !may_be_copied || inst.op.info().operands.contains(&Operand::Arguments) {
            return None;
        }
        trace.for_each_operand(inst, |value| {
            if value.inst_index().is_some_and(|index| index < start) && !kept.contains(&value) {
                kept.push(value);
            }
        });
    }
    if kept.len() + phis > KEPT_MAX || phis == 0 {
        return None;
    }
    let rounds = match size {
        _ if size <= SHORT.0 => 4,
        _ if size <= SHORT.1 => 2,
        _ => return None,
    };
    let mut recurrences = Recurrences::of(trace, start);
    let mut moves = false;
    for inst in body.iter().filter(|inst| matches!(inst.op, Op::GuardTrue | Op::GuardFalse)) {
        moves |= !bound(&mut recurrences, inst.a, inst.op == Op::GuardTrue)?.step.is_zero();
    }
    moves.then_some(rounds)
}

/// The value that an old one is, after some rounds have been copied.
fn renamed(names: &[Ref], start: usize, value: Ref) -> Ref {
    match value.inst_index() {
        Some(index) if index > start => names[index - start - 1],
        _ => value,
    }
}

/// Appends one more round; what its instructions are called. `before` are the names of the round before.
fn copy(trace: &mut Trace, counts: &mut Counts, start: usize, body: &[Inst], phis: usize, before: &[Ref]) -> Vec<Ref> {
    let mut names: Vec<Ref> = body[..phis].iter().map(|phi| renamed(before, start, phi.b)).collect();
    let mut snapshots: FxHashMap<SnapshotId, SnapshotId> = FxHashMap::default();
    for &inst in &body[phis..] {
        if inst.op == Op::Poll {
            names.push(Ref::NONE);
            continue;
        }
        let mut inst = inst;
        let kinds = inst.op.info().operands;
        for (kind, operand) in kinds.into_iter().zip([&mut inst.a, &mut inst.b, &mut inst.c]) {
            if matches!(kind, Operand::Of(_) | Operand::Array | Operand::Any) {
                *operand = renamed(&names, start, *operand);
            }
        }
        if inst.op.is_guard() {
            inst.snapshot = *snapshots.entry(inst.snapshot).or_insert_with(|| {
                let mut snapshot = trace.snapshots[inst.snapshot.0 as usize].clone();
                for (_, value) in &mut snapshot.entries {
                    if !faults::on(Fault::UnrollSnapshot) {
                        *value = renamed(&names, start, (*value).into()).into();
                    }
                }
                trace.snapshots.push(snapshot);
                SnapshotId(trace.snapshots.len() as u32 - 1)
            });
        }
        names.push(fold::emit(trace, counts, inst, fold::Stage::Fold));
    }
    names
}
