//! Writes what the plan says in front of the loop.

use super::super::Counts;
use super::super::closed::emit::Writer;
use super::super::preamble::Preamble;
use super::plan::{Argument, Phi, Plan};
use crate::ir::ops::Op;
use crate::ir::trace::Trace;
use crate::ir::types::Ref;

/// Puts the kernel and the phis' new beginnings in front of the loop.
pub fn emit(trace: &mut Trace, counts: &mut Counts, plan: Plan) {
    let mut writer = Writer::new(Preamble::open(trace, counts).expect("the plan is one for a loop"));
    let rounds = writer.rounds(&plan.bounds, &plan.conditions);
    let arguments: Vec<Ref> = plan
        .arguments
        .iter()
        .map(|argument| match argument {
            Argument::Poly(poly) => writer.preamble.poly(poly),
            Argument::Value(value) | Argument::Sum(value) => writer.preamble.first(*value),
        })
        .collect();
    let done = writer.preamble.put_with_arguments(Op::Vector, rounds, &arguments);
    // Results first: other computations might call what changes them.
    let outs: Vec<Option<Ref>> = plan
        .phis
        .iter()
        .map(|phi| match phi {
            Phi::Reduced(argument) => {
                Some(writer.preamble.put(Op::VectorOut, done, Ref(u32::from(*argument)), Ref::NONE))
            }
            Phi::Solved(_) => None,
        })
        .collect();
    let phis = writer.preamble.phis();
    let begins: Vec<Ref> = phis
        .zip(plan.phis.iter().zip(outs))
        .map(|(at, phi)| match phi {
            (Phi::Solved(solution), _) => writer.solution(at, solution, done),
            (Phi::Reduced(_), out) => out.expect("results have been read"),
        })
        .collect();
    writer.preamble.close(Some(&begins));
    trace.kernel = Some(plan.kernel);
}
