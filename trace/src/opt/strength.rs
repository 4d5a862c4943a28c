//! Replaces divisions by constants by multiplications.
//!
//! ```text
//! %3: int = sar.int %1, 63
//! %2: int = div.int %1, 10        %4: int = xor.int %1, %3
//!                            =>   %5: int = umulh.int %4, -3689348814741910323
//!                                 %6: int = shr.int %5, 3
//!                                 %2: int = xor.int %6, %3
//! ```
//!
//! The rules are fold rules, of their own stage ([`super::fold::Stage::Strength`]): passes before this one know more of a
//! remainder than of what it is computed with. After this one comes `cse`, since a quotient and a remainder by the same
//! constant have most of that in common. The processor's division takes 18 to 40 cycles, this 8, and 12 for a remainder.
//!
//! Not yet: divisors below -1 other than powers of two.

use super::Context;
use super::fold::{Stage, fold};
use super::rewrite::{Fate, rewrite};
use crate::ir::ops::Op;
use crate::ir::trace::Trace;

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    let counts = &mut *context.counts;
    let divides = |op: Op| matches!(op, Op::DivInt | Op::ModInt);
    if !trace.insts.iter().any(|inst| divides(inst.op)) {
        return false;
    }
    rewrite(trace, context.scratch, |copier, index, inst| {
        counts.at = Some(index as u32);
        if divides(inst.op) { fold(copier.trace, counts, inst, Stage::Strength) } else { Fate::Keep }
    })
}
