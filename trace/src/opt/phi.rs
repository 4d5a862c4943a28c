//! Removes phis that carry nothing.
//!
//! ```text
//! %3: int = phi %1, %3        (uses become %1: the value never changes)
//! %4: int = phi %2, %8
//! %5: int = phi %2, %8        (uses become %4: both always agree)
//! ```
//!
//! A phi that only its own next value uses, and that no snapshot names, is left to [`super::dce`].
//!
//! Replacing one phi can make another trivial, so the small list of phis is looked at until nothing changes; then one
//! walk renames.

use pseudo_vm::faults::{self, Fault};

use super::Context;
use super::rewrite::{Fate, rewrite};
use crate::ir::ops::Op;
use crate::ir::trace::Trace;
use crate::ir::types::Ref;

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    let Some(start) = trace.loop_start() else { return false };
    let first = start + 1;
    let count = trace.insts[first..].iter().take_while(|inst| inst.op == Op::Phi).count();
    // What each phi is replaced by: an earlier value, or itself.
    let mut stands_for: Vec<Ref> = (first..first + count).map(Ref::inst).collect();
    loop {
        let mut changed = false;
        for at in 0..count {
            let this = Ref::inst(first + at);
            if stands_for[at] != this {
                continue;
            }
            let phi = trace.insts[first + at];
            let resolve = |value: Ref| resolve(&stands_for, first, value);
            let (a, b) = (phi.a, resolve(phi.b));
            let is_moved = faults::on(Fault::PhiMoved) && trace.def(b).is_some_and(|next| next.op == Op::Phi);
            if b == this || b == a || is_moved {
                stands_for[at] = a;
                changed = true;
                continue;
            }
            let twin = (0..at).find(|&earlier| {
                let other = trace.insts[first + earlier];
                stands_for[earlier] == Ref::inst(first + earlier) && other.a == a && resolve(other.b) == b
            });
            if let Some(twin) = twin {
                stands_for[at] = Ref::inst(first + twin);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    if stands_for.iter().enumerate().all(|(at, &value)| value == Ref::inst(first + at)) {
        return false;
    }
    rewrite(trace, context.scratch, |copier, index, inst| {
        if inst.op != Op::Phi {
            return Fate::Keep;
        }
        let value = resolve(&stands_for, first, Ref::inst(index));
        if value == Ref::inst(index) { Fate::Keep } else { Fate::Is(copier.renamed(value)) }
    })
}

fn resolve(stands_for: &[Ref], first: usize, mut value: Ref) -> Ref {
    while let Some(at) =
        value.inst_index().and_then(|index| index.checked_sub(first)).filter(|&at| at < stands_for.len())
    {
        if stands_for[at] == value {
            break;
        }
        value = stands_for[at];
    }
    value
}
