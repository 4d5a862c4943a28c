//! Writes what the plan says in front of the loop.

use super::super::Counts;
use super::super::closed::emit::{Writer, append};
use super::plan::{Argument, Phi, Plan};
use crate::ir::ops::Op;
use crate::ir::trace::Trace;
use crate::ir::types::Ref;

/// Puts the kernel and the phis' new beginnings in front of the loop.
pub fn emit(trace: &mut Trace, counts: &mut Counts, plan: Plan) {
    let start = trace.loop_start().expect("the plan is one for a loop");
    let body = trace.insts.split_off(start);
    let old_args = trace.args.len();
    let mut writer = Writer::new(trace, counts, start, &body);
    let rounds = writer.rounds(&plan.bounds, &plan.conditions);
    let arguments: Vec<Ref> = plan
        .arguments
        .iter()
        .map(|argument| match argument {
            Argument::Poly(poly) => writer.poly(poly),
            Argument::Value(value) | Argument::Sum(value) => writer.first(*value),
        })
        .collect();
    let done = writer.put_with_arguments(Op::Vector, rounds, &arguments);
    // Results first: other computations might call what changes them.
    let outs: Vec<Option<Ref>> = plan
        .phis
        .iter()
        .map(|phi| match phi {
            Phi::Reduced(argument) => Some(writer.put(Op::VectorOut, done, Ref(u32::from(*argument)), Ref::NONE)),
            Phi::Solved(_) => None,
        })
        .collect();
    let begins: Vec<Ref> = (start + 1..)
        .zip(plan.phis.iter().zip(outs))
        .map(|(at, phi)| match phi {
            (Phi::Solved(solution), _) => writer.solution(Ref::inst(at), solution, done),
            (Phi::Reduced(_), out) => out.expect("results have been read"),
        })
        .collect();
    append(trace, start, body, &begins, old_args);
    trace.kernel = Some(plan.kernel);
}
