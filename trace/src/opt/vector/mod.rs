//! Runs the rounds of simple loops many at a time.
//!
//! ```text
//! loop                                    %7: int = rounds.lt ..
//! %4: int = phi %1, %7                    %8: int = vector %7 (%1, %3, 1, ..)
//! %5: int = phi %3, %10                   %9: int = vector.out %8, 0
//! poll                                    %10: int = add.int %3, %8
//! %7: int = xor.int %5, ..          =>    loop
//! %8: int = add.int %4, %7                %11: int = phi %9, ..
//! %9: bool = lt.int %5, %2                %12: int = phi %10, ..
//! guard.true %9                           (the body as it was)
//! %10: int = add.int %5, 1                kernel v0 = ramp a1 a2 ...
//! ```
//!
//! Like `closed`, whose analysis it shares, it leaves the loop as it is and puts something in front of it that does most of the
//! rounds: in front stand the number of rounds in which every guard holds, and the kernel ([`crate::ir::kernel`]), which
//! does a multiple of four of them. The rest runs as ever; so exits need no thought, and few rounds cost little.
//!
//! **What may be in a kernel.** Ints that advance by an invariant step, invariants, elements at consecutive indices, and
//! what arithmetic makes of them lane by lane; stores to consecutive elements; sums, and bitwise reductions, of ints, which
//! may be taken in any order. Sums of floats may not.
//!
//! **Memory.** The elements of two arrays are the same or apart. Where an array is written and another one is accessed,
//! the kernel compares their addresses and does nothing if they are the same. Within one array a load may be of the
//! element that is stored in the same round, or of one further on if it comes before the store.
//!
//! After Allen and Kennedy, "Automatic Translation of FORTRAN Programs to Vector Form", TOPLAS 1987, of which little is
//! left where loops are traces. Not yet: elements in descending order or with gaps, comparisons, bools.

mod emit;
mod plan;

use super::Context;
use crate::ir::trace::Trace;

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    if trace.skips_rounds || trace.kernel.is_some() {
        return false;
    }
    let Some(plan) = plan::find(trace) else { return false };
    emit::emit(trace, context.counts, plan);
    trace.skips_rounds = true;
    true
}
