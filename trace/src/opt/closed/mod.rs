//! Skips the rounds of loops that only advance recurrences.
//!
//! ```text
//! loop                                    %6: int = sub.int %3, ..      (how far from the limit)
//! %4: int = phi %1, %7                    %7: int = rounds.lt %6, ..
//! %5: int = phi %3, %10                   %8: int = add.int %3, %7
//! poll                                    ...
//! %7: int = add.int %4, %5          =>    loop
//! %8: bool = lt.int %5, %2                %4: int = phi %12, ..
//! guard.true %8                           %5: int = phi %8, ..
//! %10: int = add.int %5, 1                (the body as it was)
//! ```
//!
//! The body stays. In front of the loop the number `k` of rounds is computed in which every guard of the body holds, and
//! the phis begin with what `k` rounds would have made of them; the round in which a guard fails runs as ever, and leaves
//! through that guard's own snapshot. So there is nothing to be proved of exits, and nothing to be guarded: `k` may be 0.
//!
//! **Phis.** Ints wrap, so that a round is a polynomial map over a ring. Where the differences of a phi vanish after some
//! (`x + 1`, `x + i`, `x + i*i`, sums of sums), it is after `k` rounds the sum of its differences times binomial coefficients,
//! which is what Gauss and Faulhaber sums come to. Where they don't (`3*x + 7`, `x << 1`, `x + y; y + x`), the round is a
//! linear map of the phi and a few products, and `k` rounds are a power of a matrix. Bits that are set, cleared or flipped
//! by invariants (`x ^ c`, `x | c`) depend on whether `k` is 0, and on whether it is odd.
//!
//! **Guards.** Each compares something that advances by an invariant step with something that does not change; the first
//! round in which it fails follows by division. Values must not wrap on the way: such a round counts as one that fails. So
//! a loop with a condition on its induction variable is skipped up to the condition, and its side traces, which go back
//! through the entry, skip on from there.
//!
//! **Residues.** `i % m` stays what it is if the step is a multiple of `m`. Where it is not, and `m` is small, the loop is
//! left, and [`period`] says how many rounds in one body would make it so: it is recorded again with so many. With a large
//! `m` the residue advances like any induction variable, until it begins anew.
//!
//! After Bachmann, Wang and Zima, "Chains of recurrences", ISSAC 1994, and LLVM's scalar evolution. Loops that write
//! memory, allocate or call are left alone. Not yet: floats, conditions that compare two advancing values.

pub(super) mod emit;
pub(super) mod plan;
pub(super) mod recurrence;

use super::Context;
use crate::ir::trace::Trace;
use plan::Finding;

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    match plan::find(trace) {
        Finding::Closed(plan) if !trace.skips_rounds => {
            emit::emit(trace, context.counts, &plan);
            trace.skips_rounds = true;
            true
        }
        Finding::Period(period) => {
            // Later passes compute remainders in other ways, so this is the time to say it.
            trace.period = period;
            false
        }
        Finding::Closed(_) | Finding::Open => false,
    }
}
