//! Removes comparisons of ints that are known to come out one way, foremost the bounds checks of counted loops, and what
//! masks and remainders leave as it is.
//!
//! ```text
//! loop                                       %10: bool = lt.int %2, %1
//! %3: int = phi 0, %7                        guard.true %10 -> s0
//! %4: bool = ult.int %3, %1                  loop
//! guard.true %4 -> s1                   =>   %3: int = phi 0, %7
//! ...                                        ...
//! %6: bool = ne.int %3, %2                   %6: bool = ne.int %3, %2
//! guard.true %6 -> s2                        guard.true %6 -> s2
//! %7: int = add.int %3, 1                    %7: int = add.int %3, 1
//! ```
//!
//! **What is known** ([`facts`]). A walk forward keeps, for each int, bounds; and from guards that have passed, differences:
//! `x - y <= k`, in mathematical integers. Sums with a constant are taken apart where they provably don't wrap. A guard
//! whose comparison follows is dropped. After Bodik, Gupta and Sarkar, "ABCD: Eliminating Array Bounds Checks on
//! Demand", PLDI 2000, without its graph: one step of reasoning finds what traces have.
//!
//! Bits of ints are known as well ([`bits`]): from masks, shifts, products, from bounds, from guards, and around loops. A mask
//! that clears nothing, a remainder of what is below the divisor, and whatever can have only one value, are no instructions.
//! A test of low bits of a value whose step has 0 there is one of its start, and stands in front of the loop.
//!
//! **Counted loops** ([`limits`], [`counted`]). A value that advances by the same step in each round, with a guard in each
//! round that compares it with something invariant, says how many rounds there are. Then an index that advances by the same
//! step is one of an array in every round if it is one in the first and in the last, and a few comparisons in front of the
//! loop replace the one in it. They leave to the state at entry, which is always right. It is a speculation: a loop that
//! would leave before it comes to its limit may now not be entered ([`Trace::speculates`]; the engine compiles such a
//! loop once more without, [`Trace::cautious`]). After Würthinger, Wimmer and Mössenböck, "Array Bounds Check Elimination in
//! the Context of Deoptimization", 2009.
//!
//! A loop whose guards were dropped for how a phi advances must not be entered at its head with any other value of it: such
//! phis are listed in [`Trace::relies`].
//!
//! Wrapping is the trap: with `i` near the ends of the range `i + step` and `i + c` wrap, and comparisons lie. Hence the
//! checks imply that neither sum wraps.

mod bits;
mod counted;
mod facts;
mod limits;

use super::Context;
use super::induction::{Induction, Poly};
use super::preamble::Preamble;
use super::rewrite::{Fate, rewrite};
use crate::ir::ops::{Effect, Op, Operand};
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::{Const, Ref, Ty};
use bits::Bits;
use counted::What;
use facts::{ANY, Facts, LENGTH_MAX};
use limits::{Limit, bounds_of_phi};

/// Steps and offsets are below this, so that sums with lengths don't wrap.
const STEP_MAX: i64 = 1 << 31;

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    let mut drops = std::mem::take(&mut context.scratch.marks);
    drops.clear();
    drops.resize(trace.insts.len(), false);
    let mut ranges = Ranges::new(trace);
    ranges.walk(&mut drops);
    let Ranges { checks, mut relies, simpler, .. } = ranges;
    let changed = !simpler.is_empty() || drops.iter().any(|drop| *drop);
    if changed {
        trace.relies.append(&mut relies);
        trace.relies.sort_unstable();
        trace.relies.dedup();
        let start = trace.loop_start().unwrap_or(trace.insts.len());
        let before = trace.insts.len();
        if !checks.is_empty()
            && let Some(mut preamble) = Preamble::open(trace, context.counts)
        {
            for (what, origin) in &checks {
                preamble.origin = *origin;
                what.emit(&mut preamble);
            }
            preamble.close(None);
            trace.speculates = true;
        }
        let new = trace.insts.len() - before;
        let mut simpler = simpler.into_iter().peekable();
        rewrite(trace, context.scratch, |copier, index, inst| {
            let old = match index.checked_sub(start) {
                None => index,
                Some(at) if at >= new => index - new,
                Some(_) => return Fate::Keep,
            };
            if drops[old] {
                return Fate::Drop;
            }
            match simpler.next_if(|&(at, _)| at == old) {
                None => Fate::Keep,
                Some((_, Simpler::First)) => Fate::Is(inst.a),
                Some((_, Simpler::Second)) => Fate::Is(inst.b),
                Some((_, Simpler::Const(constant))) => Fate::Is(copier.trace.constant(constant)),
            }
        });
    }
    context.scratch.marks = drops;
    changed
}

/// What an instruction always gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Simpler {
    /// Its first operand.
    First,
    /// Its second.
    Second,
    /// This.
    Const(Const),
}

/// A comparison that a guard tests.
#[derive(Clone, Copy, Debug)]
struct Test {
    op: Op,
    a: Ref,
    b: Ref,
    holds: bool,
}

fn test_of(trace: &Trace, guard: &Inst) -> Option<Test> {
    let holds = match guard.op {
        Op::GuardTrue => true,
        Op::GuardFalse => false,
        _ => return None,
    };
    let test = trace.def(guard.a)?;
    is_comparison(test.op).then_some(Test { op: test.op, a: test.a, b: test.b, holds })
}

fn is_comparison(op: Op) -> bool {
    matches!(op, Op::EqInt | Op::NeInt | Op::LtInt | Op::LeInt | Op::UltInt)
}

struct Ranges<'t> {
    trace: &'t Trace,
    /// The loop, if there is one with a test.
    induction: Option<Induction<'t, ()>>,
    facts: Facts<'t>,
    limits: Vec<Limit>,
    /// Guards that a speculation relies on.
    needed: Vec<usize>,
    /// What is to hold before the loop, and for which bytecode instruction.
    checks: Vec<(What, u32)>,
    /// Phis with bounds that follow from how they advance.
    advancing: Vec<Ref>,
    /// Phis whose advance has made a guard needless.
    relies: Vec<Ref>,
    /// Bits of phis, by their place in the loop; none if there is nothing to know.
    phis: Vec<Bits>,
    /// What instructions always give.
    simpler: Vec<(usize, Simpler)>,
}

impl<'t> Ranges<'t> {
    fn new(trace: &'t Trace) -> Ranges<'t> {
        let mut induction = trace.loop_start().map(|start| Induction::new(trace, start, ()));
        let mut limits = Vec::new();
        if let Some(induction) = &mut induction {
            for at in induction.start..trace.insts.len() {
                let limit = test_of(trace, &trace.insts[at]).and_then(|test| Limit::of(induction, at, test));
                limits.extend(limit);
            }
        }
        let (needed, checks, advancing, relies) = Default::default();
        let (phis, simpler) = Default::default();
        Ranges { trace, induction, facts: Facts::new(trace), limits, needed, checks, advancing, relies, phis, simpler }
    }

    fn walk(&mut self, drops: &mut [bool]) {
        for (index, drop) in drops.iter_mut().enumerate() {
            let inst = &self.trace.insts[index];
            self.take_in(index, inst);
            let Some(test) = test_of(self.trace, inst) else {
                let simpler = self.simpler(index, inst);
                self.simpler.extend(simpler.map(|simpler| (index, simpler)));
                continue;
            };
            if !self.needed.contains(&index) {
                let in_loop = self.induction.as_ref().is_some_and(|induction| index > induction.start);
                let follows = self.facts.proves(test);
                if follows && in_loop && self.facts.outcome_advances(test.a, test.b) {
                    // Which bounds the proof has used is not known, so that it may be any of them.
                    self.relies.extend_from_slice(&self.advancing);
                }
                *drop = follows || (in_loop && self.speculate(index, inst, test).is_some());
            }
            self.facts.learn(test);
        }
    }

    /// Notes what is known of an instruction's result.
    fn take_in(&mut self, index: usize, inst: &Inst) {
        if inst.op == Op::Loop {
            self.phis = bits::of_phis(self.trace, index, |value| self.facts.bits(value));
        }
        if inst.ty != Ty::Int {
            return self.facts.push(ANY, Bits::ANY, false);
        }
        let (facts, this) = (&self.facts, Ref::inst(index));
        match (inst.op, &self.induction) {
            (Op::Phi, Some(induction)) => {
                let bounds = bounds_of_phi(facts, induction, &self.limits, this).unwrap_or(ANY);
                let bits = self.phis.get(index - induction.start - 1).copied().unwrap_or(Bits::ANY);
                let advances = bounds != ANY || bits != Bits::ANY;
                self.facts.push(bounds, bits, advances);
                if advances {
                    self.advancing.push(this);
                }
            }
            _ => {
                let bounds = facts.bounds_of_result(inst);
                let bits = Bits::of_result(self.trace, inst, |value| facts.bits(value));
                let mut advances = false;
                self.trace.for_each_operand(inst, |operand| advances |= facts.advances(operand));
                self.facts.push(bounds, bits, advances);
            }
        }
    }

    /// What an instruction always gives, if that needs nothing to be computed. What follows from how a phi advances is left
    /// alone: that other traces would have to advance it in the same way costs more.
    fn simpler(&self, index: usize, inst: &Inst) -> Option<Simpler> {
        let facts = &self.facts;
        // Some have a plain number for their second operand.
        let reads_values = matches!(inst.op.info().operands, [Operand::Of(_), Operand::Of(_) | Operand::No, _]);
        if inst.op.effect() != Effect::Pure
            || !reads_values
            || facts.outcome_advances(inst.a, inst.b)
            || facts.advances(inst.c)
        {
            return None;
        }
        if is_comparison(inst.op) {
            // One that just a guard looks at goes with the guard.
            let next = self.trace.insts.get(index + 1);
            if next.is_some_and(|next| next.op.is_guard() && next.a == Ref::inst(index)) {
                return None;
            }
            let comes_out = |holds| facts.proves(Test { op: inst.op, a: inst.a, b: inst.b, holds });
            let known = if comes_out(true) { Some(true) } else { comes_out(false).then_some(false) };
            return known.map(|known| Simpler::Const(Const::Bool(known)));
        }
        if inst.ty != Ty::Int {
            return None;
        }
        if let Some(constant) = facts.constant(Ref::inst(index)) {
            return Some(Simpler::Const(Const::Int(constant)));
        }
        let (a, b) = (facts.bits(inst.a), facts.bits(inst.b));
        match inst.op {
            Op::AndInt if a.zeros | b.ones == u64::MAX => Some(Simpler::First),
            Op::AndInt if b.zeros | a.ones == u64::MAX => Some(Simpler::Second),
            Op::OrInt if a.ones | b.zeros == u64::MAX => Some(Simpler::First),
            Op::OrInt if b.ones | a.zeros == u64::MAX => Some(Simpler::Second),
            Op::ModInt if facts.bounds(inst.a).0 >= 0 && facts.at_most(inst.a, inst.b, -1) => Some(Simpler::First),
            _ => None,
        }
    }

    /// Replaces a test in a counted loop by checks in front of it.
    fn speculate(&mut self, index: usize, guard: &Inst, test: Test) -> Option<()> {
        if self.trace.snapshots.is_empty() || self.trace.cautious {
            return None;
        }
        match test.op {
            Op::UltInt => self.speculate_on_index(index, guard, test),
            Op::EqInt | Op::NeInt => self.speculate_on_low_bits(guard, test),
            _ => None,
        }
    }

    /// Replaces a test of bits below those that a value changes in, which are the same in every round.
    fn speculate_on_low_bits(&mut self, guard: &Inst, test: Test) -> Option<()> {
        let masked = self.trace.def(test.a).filter(|masked| masked.op == Op::AndInt)?;
        let (mask, bits) = (self.trace.as_int(masked.b)?, self.trace.as_int(test.b)?);
        let induction = self.induction.as_mut()?;
        if induction.is_invariant(masked.a) {
            return None;
        }
        let value = induction.poly(masked.a)?;
        let step = induction.step(&value)?;
        let stay = bits::low_mask(self.facts.trailing_zeros_of(&step));
        if mask as u64 & !stay != 0 || self.facts.proves(Test { holds: !test.holds, ..test }) {
            return None;
        }
        let equal = (test.op == Op::EqInt) == test.holds;
        self.relies.extend(value.variables().filter(|variable| !induction.is_invariant(*variable)));
        self.checks.push((What::Masked { value, mask, bits, equal }, guard.origin));
        Some(())
    }

    /// Replaces a bounds check.
    fn speculate_on_index(&mut self, index: usize, guard: &Inst, test: Test) -> Option<()> {
        let Test { op: Op::UltInt, a, b: length, holds: true } = test else { return None };
        let induction = self.induction.as_mut()?;
        let (low, high) = self.facts.bounds(length);
        let is_length = induction.is_invariant(length) && low >= 0 && high <= LENGTH_MAX;
        if !is_length {
            return None;
        }
        let value = induction.poly(a);
        let found = value
            .as_ref()
            .and_then(|value| counted::checks(&self.facts, induction, &self.limits, index, value, length));
        let (Some(value), Some(found)) = (value, found) else { return self.speculate_on_bounds(guard, a, length) };
        let limit = self.limits.iter().find(|limit| limit.guard == found.guard)?;
        let uses = value.variables().chain(limit.value.variables());
        let phis: Vec<Ref> = uses.filter(|variable| !induction.is_invariant(*variable)).collect();
        if found.what.iter().any(|what| what.is_known(&self.facts) == Some(false)) {
            return None;
        }
        for what in found.what {
            // What an earlier check, or the text before the loop, says already need not be checked again.
            let known = what.is_known(&self.facts) == Some(true) || self.checks.iter().any(|(other, _)| *other == what);
            what.learn(&mut self.facts);
            if !known {
                self.checks.push((what, guard.origin));
            }
        }
        self.relies.extend(phis);
        self.needed.push(found.guard);
        Some(())
    }

    /// Replaces a bounds check of an index that lies within bounds, whatever it is, by one of the greatest such index.
    fn speculate_on_bounds(&mut self, guard: &Inst, index: Ref, length: Ref) -> Option<()> {
        let (low, high) = self.facts.bounds(index);
        if low < 0 || high >= STEP_MAX {
            return None;
        }
        let (low, high) = (Poly::constant(high), Poly::variable(length));
        let what = What::Order { low, high, strict: true };
        if what.is_known(&self.facts) == Some(false) {
            return None;
        }
        what.learn(&mut self.facts);
        self.checks.push((what, guard.origin));
        self.relies.extend_from_slice(&self.advancing);
        Some(())
    }
}
