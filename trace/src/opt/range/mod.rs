//! Removes comparisons of ints that are known to come out one way, foremost the bounds checks of counted loops.
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

mod counted;
mod facts;
mod limits;

use super::Context;
use super::induction::{Induction, Poly};
use super::preamble::Preamble;
use super::rewrite::{Fate, rewrite};
use crate::ir::ops::Op;
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::{Ref, Ty};
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
    let Ranges { checks, mut relies, .. } = ranges;
    let changed = drops.iter().any(|drop| *drop);
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
        let dropped = |index: usize| match index.checked_sub(start) {
            None => drops[index],
            Some(at) => at >= new && drops[index - new],
        };
        rewrite(trace, context.scratch, |_, index, _| if dropped(index) { Fate::Drop } else { Fate::Keep });
    }
    context.scratch.marks = drops;
    changed
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
    let compares = matches!(test.op, Op::EqInt | Op::NeInt | Op::LtInt | Op::LeInt | Op::UltInt);
    compares.then_some(Test { op: test.op, a: test.a, b: test.b, holds })
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
        Ranges { trace, induction, facts: Facts::new(trace), limits, needed, checks, advancing, relies }
    }

    fn walk(&mut self, drops: &mut [bool]) {
        for (index, drop) in drops.iter_mut().enumerate() {
            let inst = &self.trace.insts[index];
            let bounds = self.bounds_of_result(index, inst);
            self.facts.push(bounds);
            if inst.op == Op::Phi && bounds != ANY {
                self.advancing.push(Ref::inst(index));
            }
            let Some(test) = test_of(self.trace, inst) else { continue };
            if !self.needed.contains(&index) {
                let in_loop = self.induction.as_ref().is_some_and(|induction| index > induction.start);
                let follows = self.facts.proves(test);
                if follows && in_loop {
                    // Which bounds the proof has used is not known, so that it may be any of them.
                    self.relies.extend_from_slice(&self.advancing);
                }
                *drop = follows || (in_loop && self.speculate(index, inst, test).is_some());
            }
            self.facts.learn(test);
        }
    }

    fn bounds_of_result(&self, index: usize, inst: &Inst) -> (i64, i64) {
        match (inst.ty, inst.op, &self.induction) {
            (Ty::Int, Op::Phi, Some(induction)) => {
                bounds_of_phi(&self.facts, induction, &self.limits, Ref::inst(index)).unwrap_or(ANY)
            }
            (Ty::Int, ..) => self.facts.bounds_of_result(inst),
            _ => ANY,
        }
    }

    /// Replaces a bounds check of a counted loop by checks in front of it.
    fn speculate(&mut self, index: usize, guard: &Inst, test: Test) -> Option<()> {
        let Test { op: Op::UltInt, a, b: length, holds: true } = test else { return None };
        let induction = self.induction.as_mut()?;
        let (low, high) = self.facts.bounds(length);
        let is_length = induction.is_invariant(length) && low >= 0 && high <= LENGTH_MAX;
        if !is_length || self.trace.snapshots.is_empty() || self.trace.cautious {
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
