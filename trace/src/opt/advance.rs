//! Replaces multiplications of what a loop counts by additions, from round to round.
//!
//! ```text
//! loop                              %9: int = mul.int %3, %1
//! %4: int = phi %3, %8              %10: int = add.int %9, %2
//! ...                               loop
//! %6: int = mul.int %4, %1     =>   %4: int = phi %3, %8
//! %7: int = add.int %6, %2          %7: int = phi %10, %11
//! ...                               ...
//! %8: int = add.int %4, 1           %8: int = add.int %4, 1
//!                                   %11: int = add.int %7, %1
//! ```
//!
//! A value that advances by an invariant step in each round, and takes a multiplication to compute, becomes a phi of its
//! own; of a sum, the sum does. Shifts stay: a shift takes as long as an addition.
//!
//! **Cost.** The phi needs a register, and so does its step, if it is no constant; what only the multiplication needed no
//! longer does. A phi that would have to live in memory is none.
//!
//! **Side traces.** Whoever goes back to the head of the loop must bring a value for each phi, and only knows slots
//! (`loop_entry` of the code generator). So only a loop with a single guard gets new phis: its side traces lead out of it.
//! (`poll` leaves for the interpreter.)
//!
//! After Allen, Cocke and Kennedy, "Reduction of Operator Strength", 1981.

use pseudo_vm::faults::{self, Fault};

use rustc_hash::FxHashSet;

use super::Context;
use super::induction::{Induction, Poly};
use super::preamble::Preamble;
use super::rewrite::{Fate, rewrite};
use crate::ir::ops::Op;
use crate::ir::trace::{Inst, Link, Trace};
use crate::ir::types::{Ref, Ty};

/// Values that a loop needs in general registers in every round, at most. The others are needed within a round.
const REGISTERS: usize = 9;

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    let Some(start) = trace.loop_start() else { return false };
    let body = &trace.insts[start + 1..];
    let guards = body.iter().filter(|inst| inst.op.is_guard() && inst.op != Op::Poll).count();
    let multiplies = body.iter().any(|inst| inst.op == Op::MulInt);
    if trace.link != Link::Loop || trace.skips_rounds || guards > 1 || !multiplies {
        return false;
    }
    let mut changed = false;
    while let Some(candidate) = find(trace) {
        replace(trace, context, &candidate);
        changed = true;
    }
    changed
}

/// A value that is to be a phi.
struct Candidate {
    index: usize,
    value: Poly,
    step: Poly,
}

/// The last value of the body that is worth it: a sum comes after what it is the sum of.
fn find(trace: &Trace) -> Option<Candidate> {
    let start = trace.loop_start()?;
    let mut induction = Induction::new(trace, start, ());
    let pressure = needed(trace, start, None).len();
    (start + 1..trace.insts.len()).rev().find_map(|index| {
        let inst = &trace.insts[index];
        if !matches!(inst.op, Op::AddInt | Op::SubInt | Op::MulInt) || !multiplies(trace, &induction, index) {
            return None;
        }
        let value = induction.poly(Ref::inst(index))?;
        let step = induction.step(&value).filter(|step| !step.is_zero())?;
        let needed = needed(trace, start, Some(index));
        // A step that is a value already may be needed by the loop anyway.
        let known = step.variables().next().filter(|&only| Poly::variable(only) == step);
        let by = usize::from(step.as_constant().is_none() && known.is_none_or(|known| !needed.contains(&known)));
        let after = needed.len() + 1 + by;
        (after <= REGISTERS.max(pressure)).then_some(Candidate { index, value, step })
    })
}

/// Whether computing a value takes a multiplication in the loop that nothing else needs.
fn multiplies(trace: &Trace, induction: &Induction<'_, ()>, index: usize) -> bool {
    let inst = &trace.insts[index];
    match inst.op {
        Op::MulInt => true,
        Op::AddInt | Op::SubInt => [inst.a, inst.b].into_iter().any(|operand| {
            let inside = operand.inst_index().filter(|_| !induction.is_invariant(operand));
            inside.is_some_and(|index| multiplies(trace, induction, index))
        }),
        _ => false,
    }
}

/// The phis and values from before the loop that are needed in general registers in every round, if the value at an index
/// is not computed. What only snapshots name may lie in memory.
fn needed(trace: &Trace, start: usize, without: Option<usize>) -> FxHashSet<Ref> {
    let mut live = vec![false; trace.insts.len()];
    let mut needed = FxHashSet::default();
    let mark = |value: Ref, live: &mut [bool], needed: &mut FxHashSet<Ref>| {
        let Some(index) = value.inst_index() else { return };
        let inst = &trace.insts[index];
        live[index] = true;
        if (index < start || inst.op == Op::Phi) && inst.ty != Ty::Float {
            needed.insert(value);
        }
    };
    for value in trace.snapshots.iter().flat_map(|snapshot| &snapshot.entries).map(|&(_, value)| value.into()) {
        // What has to be computed for a snapshot, it has to be computed for.
        let value: Ref = value;
        if value.inst_index().is_some_and(|index| index > start && trace.insts[index].op != Op::Phi) {
            mark(value, &mut live, &mut needed);
        }
    }
    for index in (start + 1..trace.insts.len()).rev() {
        let inst = &trace.insts[index];
        if inst.op == Op::Phi {
            continue;
        }
        if (live[index] || inst.op.stays() || is_next(trace, start, index)) && without != Some(index) {
            trace.for_each_operand(inst, |value| mark(value, &mut live, &mut needed));
        }
    }
    needed
}

/// Whether a value is what a phi is in the next round.
fn is_next(trace: &Trace, start: usize, index: usize) -> bool {
    let phis = trace.insts[start + 1..].iter().take_while(|inst| inst.op == Op::Phi);
    phis.into_iter().any(|phi| phi.b == Ref::inst(index))
}

fn replace(trace: &mut Trace, context: &mut Context<'_>, candidate: &Candidate) {
    let mut preamble = Preamble::open(trace, context.counts).expect("it has a loop");
    let before = preamble.trace.insts.len();
    let (begin, step) = (preamble.poly(&candidate.value), preamble.poly(&candidate.step));
    let begin = if faults::on(Fault::AdvanceStart) { preamble.binary(Op::AddInt, begin, step) } else { begin };
    let index = candidate.index + preamble.trace.insts.len() - before;
    preamble.close(None);
    let origin = trace.insts[index].origin;
    let mut phi = Ref::NONE;
    rewrite(trace, context.scratch, |copier, at, inst| {
        if phi == Ref::NONE
            && copier.trace.insts.last().is_some_and(|last| matches!(last.op, Op::Loop | Op::Phi))
            && inst.op != Op::Phi
        {
            phi = copier.push(Inst { origin, ..Inst::new(Op::Phi, Ty::Int, begin, Ref::NONE, Ref::NONE) });
        }
        if at == index { Fate::Is(phi) } else { Fate::Keep }
    });
    let next = trace.push(Inst { origin, ..Inst::new(Op::AddInt, Ty::Int, phi, step, Ref::NONE) });
    trace.insts[phi.inst_index().expect("it has just been made")].b = next;
}
