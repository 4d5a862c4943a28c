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
//! **What is known.** A walk forward keeps, for each int, bounds; and from guards that have passed, differences:
//! `x - y <= k`, in mathematical integers. Sums with a constant are taken apart where they provably don't wrap. A guard
//! whose comparison follows is dropped. After Bodik, Gupta and Sarkar, "ABCD: Eliminating Array Bounds Checks on
//! Demand", PLDI 2000, without its graph: one step of reasoning finds what traces have.
//!
//! **Counted loops.** An induction variable `i = phi(start, i + step)` with a guard in each round that compares it with
//! something invariant lies between `start` and that limit. Then `i + c` is an index of an array in every round if
//! it is one at both ends, and two comparisons in front of the loop replace the one in it. They leave to the state at
//! entry, which is always right. It is a speculation: a loop that would leave before it comes to its limit may now not
//! be entered. After Würthinger, Wimmer and Mössenböck, "Array Bounds Check Elimination in the Context of
//! Deoptimization", 2009.
//!
//! A loop whose guards were dropped for how a phi advances must not be entered at its head with any other value of it: such
//! phis are listed in [`Trace::relies`].
//!
//! Wrapping is the trap: with `i` near the ends of the range `i + step` and `i + c` wrap, and comparisons lie. Hence all
//! checks compare the start and the limit with `-c` and `length - c`, which can't wrap: lengths are below 2^48, `c` and
//! the step below 2^31. If they hold, then `i` never comes near the ends, and neither sum wraps.
//!
//! For `ne` to be a limit it must be met exactly, so the distance must be a multiple of the step: checked as well. The same
//! serves a use of `i` before the guard `i < limit` of its round, as at the bottom of a `for` loop: the guard has been passed
//! by the value a step before.

use super::fold::{Stage, emit};
use super::memory::affine;
use super::rewrite::{Copier, Fate, rewrite};
use super::{Context, Counts};
use crate::ir::ops::Op;
use crate::ir::trace::{Inst, SnapshotId, Trace};
use crate::ir::types::{Ref, Ty};

/// Lengths of arrays are below this: their elements fit into memory.
const LENGTH_MAX: i64 = 1 << 48;
/// Steps and offsets are below this, so that sums with lengths don't wrap.
const OFFSET_MAX: i64 = 1 << 31;
/// Differences kept; the oldest are forgotten first.
const FACTS_MAX: usize = 64;

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    let mut drops = std::mem::take(&mut context.scratch.marks);
    drops.clear();
    drops.resize(trace.insts.len(), false);
    let mut ranges = Ranges::new(trace);
    ranges.walk(&mut drops);
    let checks = ranges.checks;
    let mut relies = ranges.relies;
    let counts = &mut *context.counts;
    let changed = drops.iter().any(|drop| *drop);
    if changed {
        trace.relies.append(&mut relies);
        trace.relies.sort_unstable();
        trace.relies.dedup();
        rewrite(trace, context.scratch, |copier, index, inst| {
            if inst.op == Op::Loop {
                checks.iter().for_each(|check| check.emit(copier, counts));
            }
            if drops[index] { Fate::Drop } else { Fate::Keep }
        });
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

/// A comparison that is to hold before the loop, of values from before the loop.
#[derive(Clone, Copy, Debug)]
struct Check {
    what: What,
    origin: u32,
}

#[derive(Clone, Copy, Debug)]
enum What {
    /// `least <= value`.
    AtLeast { least: i64, value: Ref },
    /// `low < high - minus`, or `<=`.
    Below { low: Ref, or_equal: bool, high: Ref, minus: i64 },
    /// `to - from` is a multiple of the step.
    Reaches { from: Ref, to: Ref, step: i64 },
}

impl Check {
    fn emit(&self, copier: &mut Copier<'_>, counts: &mut Counts) {
        let mut put = |copier: &mut Copier<'_>, op: Op, ty: Ty, a: Ref, b: Ref| {
            let snapshot = if op.is_guard() { SnapshotId(0) } else { SnapshotId::NONE };
            emit(copier.trace, counts, Inst { op, ty, a, b, c: Ref::NONE, snapshot, origin: self.origin }, Stage::Fold)
        };
        let holds = match self.what {
            What::AtLeast { least, value } => {
                let (least, value) = (copier.trace.int(least), copier.renamed(value));
                put(copier, Op::LeInt, Ty::Bool, least, value)
            }
            What::Below { low, or_equal, high, minus } => {
                let (low, high) = (copier.renamed(low), copier.renamed(high));
                let minus = copier.trace.int(minus);
                let high = put(copier, Op::SubInt, Ty::Int, high, minus);
                put(copier, if or_equal { Op::LeInt } else { Op::LtInt }, Ty::Bool, low, high)
            }
            What::Reaches { from, to, step } => {
                let (from, to) = (copier.renamed(from), copier.renamed(to));
                let (step, zero) = (copier.trace.int(step), copier.trace.int(0));
                let distance = put(copier, Op::SubInt, Ty::Int, to, from);
                let rest = put(copier, Op::ModInt, Ty::Int, distance, step);
                put(copier, Op::EqInt, Ty::Bool, rest, zero)
            }
        };
        put(copier, Op::GuardTrue, Ty::None, holds, Ref::NONE);
    }
}

/// `i = phi(start, i + step)`.
#[derive(Clone, Copy, Debug)]
struct Induction {
    phi: Ref,
    start: Ref,
    next: Ref,
    step: i64,
}

/// What a guard says of an induction variable: it is on this side of `limit` (above it, for negative steps), or is not
/// equal to it.
#[derive(Clone, Copy, Debug)]
struct Limit {
    limit: Ref,
    relation: Relation,
    /// Whether it speaks of the next value.
    of_next: bool,
    /// Whether it holds only if the distance from the start is a multiple of the step.
    whole_steps: bool,
    guard: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Relation {
    Before,
    BeforeOrAt,
    Not,
}

struct Ranges<'t> {
    trace: &'t Trace,
    start: Option<usize>,
    bounds: Vec<(i64, i64)>,
    /// `a - b <= k`.
    facts: Vec<(Ref, Ref, i64)>,
    /// `a != b`.
    different: Vec<(Ref, Ref)>,
    /// Guards of the body that test comparisons.
    tests: Vec<(usize, Test)>,
    /// Guards that a speculation relies on.
    needed: Vec<usize>,
    checks: Vec<Check>,
    /// Phis with bounds that follow from how they advance.
    advancing: Vec<Ref>,
    /// Phis whose advance has made a guard needless.
    relies: Vec<Ref>,
}

const ANY: (i64, i64) = (i64::MIN, i64::MAX);

impl<'t> Ranges<'t> {
    fn new(trace: &'t Trace) -> Ranges<'t> {
        let start = trace.loop_start();
        let body = start.unwrap_or(trace.insts.len());
        let tests = (body..trace.insts.len()).filter_map(|at| Some((at, test_of(trace, &trace.insts[at])?))).collect();
        Ranges {
            trace,
            start,
            bounds: Vec::with_capacity(trace.insts.len()),
            facts: Vec::new(),
            different: Vec::new(),
            tests,
            needed: Vec::new(),
            checks: Vec::new(),
            advancing: Vec::new(),
            relies: Vec::new(),
        }
    }

    fn walk(&mut self, drops: &mut [bool]) {
        for (index, drop) in drops.iter_mut().enumerate() {
            let inst = &self.trace.insts[index];
            let bounds = if inst.ty == Ty::Int { self.bounds_of_result(index, inst) } else { ANY };
            self.bounds.push(bounds);
            if inst.op == Op::Phi && bounds != ANY {
                self.advancing.push(Ref::inst(index));
            }
            let Some(test) = test_of(self.trace, inst) else { continue };
            if !self.needed.contains(&index) {
                let follows = self.proves(test);
                if follows && self.start.is_some_and(|start| index > start) {
                    // Which bounds the proof has used is not known, so that it may be any of them.
                    self.relies.extend_from_slice(&self.advancing);
                }
                *drop = follows || self.speculate(index, inst, test);
            }
            self.learn(test);
        }
    }

    fn bounds(&self, value: Ref) -> (i64, i64) {
        match self.trace.as_int(value) {
            Some(int) => (int, int),
            None => value.inst_index().and_then(|index| self.bounds.get(index)).copied().unwrap_or(ANY),
        }
    }

    fn is_invariant(&self, value: Ref) -> bool {
        value.is_const() || value.inst_index().zip(self.start).is_some_and(|(index, start)| index < start)
    }

    fn bounds_of_result(&self, index: usize, inst: &Inst) -> (i64, i64) {
        let (a, b) = (self.bounds(inst.a), self.bounds(inst.b));
        let sum = |a: (i64, i64), b: (i64, i64)| Some((a.0.checked_add(b.0)?, a.1.checked_add(b.1)?));
        let known = match inst.op {
            Op::ArrLen => Some((0, LENGTH_MAX)),
            Op::AddInt => sum(a, b),
            Op::SubInt => a.0.checked_sub(b.1).zip(a.1.checked_sub(b.0)),
            Op::NegInt => a.1.checked_neg().zip(a.0.checked_neg()),
            Op::MulInt => {
                let corners = [(a.0, b.0), (a.0, b.1), (a.1, b.0), (a.1, b.1)].map(|(x, y)| x.checked_mul(y));
                match corners {
                    [Some(w), Some(x), Some(y), Some(z)] => Some((w.min(x).min(y).min(z), w.max(x).max(y).max(z))),
                    _ => None,
                }
            }
            // And with something that is not negative is neither negative nor larger.
            Op::AndInt if a.0 >= 0 && b.0 >= 0 => Some((0, a.1.min(b.1))),
            Op::AndInt if b.0 >= 0 => Some((0, b.1)),
            Op::AndInt if a.0 >= 0 => Some((0, a.1)),
            Op::ModInt if b.0 > 0 => Some((0, b.1 - 1)),
            Op::SarInt => self.trace.as_int(inst.b).filter(|k| (0..64).contains(k)).map(|k| (a.0 >> k, a.1 >> k)),
            Op::ShrInt => self
                .trace
                .as_int(inst.b)
                .filter(|k| (1..64).contains(k))
                .map(|k| if a.0 >= 0 { (a.0 >> k, a.1 >> k) } else { (0, (u64::MAX >> k) as i64) }),
            Op::Phi => self.induction(Ref::inst(index)).and_then(|induction| self.bounds_of_phi(induction)),
            _ => None,
        };
        known.unwrap_or(ANY)
    }

    // What is known.

    /// A value as another plus a constant, as mathematical integers.
    fn apart(&self, value: Ref) -> (Ref, i64) {
        let (base, offset) = affine(self.trace, value);
        let (low, high) = self.bounds(base);
        let wraps = low.checked_add(offset).is_none() || high.checked_add(offset).is_none();
        if wraps { (value, 0) } else { (base, offset) }
    }

    /// Whether `a - b <= k` is known.
    fn at_most(&self, a: Ref, b: Ref, k: i64) -> bool {
        let difference = |a: i64, b: i64| i128::from(a) - i128::from(b);
        if a == b {
            return k >= 0;
        }
        if difference(self.bounds(a).1, self.bounds(b).0) <= i128::from(k) {
            return true;
        }
        let ((x, c), (y, d)) = (self.apart(a), self.apart(b));
        // a - b = x - y + (c - d).
        let left = i128::from(k) - difference(c, d);
        (x == y && left >= 0) || self.facts.iter().any(|&(p, q, m)| p == x && q == y && i128::from(m) <= left)
    }

    fn proves(&self, test: Test) -> bool {
        let Test { op, a, b, holds } = test;
        match (op, holds) {
            (Op::LtInt, true) => self.at_most(a, b, -1),
            (Op::LtInt, false) => self.at_most(b, a, 0),
            (Op::LeInt, true) => self.at_most(a, b, 0),
            (Op::LeInt, false) => self.at_most(b, a, -1),
            (Op::EqInt, true) | (Op::NeInt, false) => self.at_most(a, b, 0) && self.at_most(b, a, 0),
            (Op::EqInt, false) | (Op::NeInt, true) => {
                let known = |&(p, q): &(Ref, Ref)| (p, q) == (a, b) || (p, q) == (b, a);
                self.at_most(a, b, -1) || self.at_most(b, a, -1) || self.different.iter().any(known)
            }
            // For values that are not negative signed and unsigned order agree; a smaller one that is not makes it
            // both.
            (Op::UltInt, true) => self.bounds(a).0 >= 0 && self.at_most(a, b, -1),
            (Op::UltInt, false) => self.bounds(b).0 >= 0 && self.at_most(b, a, 0),
            _ => false,
        }
    }

    fn learn(&mut self, test: Test) {
        let Test { op, a, b, holds } = test;
        match (op, holds) {
            (Op::LtInt, true) => self.learn_at_most(a, b, -1),
            (Op::LtInt, false) => self.learn_at_most(b, a, 0),
            (Op::LeInt, true) => self.learn_at_most(a, b, 0),
            (Op::LeInt, false) => self.learn_at_most(b, a, -1),
            (Op::EqInt, true) | (Op::NeInt, false) => {
                self.learn_at_most(a, b, 0);
                self.learn_at_most(b, a, 0);
            }
            (Op::EqInt, false) | (Op::NeInt, true) => self.different.push((a, b)),
            (Op::UltInt, true) if self.bounds(b).0 >= 0 => {
                self.narrow(a, 0, i64::MAX);
                self.learn_at_most(a, b, -1);
            }
            (Op::UltInt, false) if self.bounds(b).0 >= 0 && self.bounds(a).0 >= 0 => self.learn_at_most(b, a, 0),
            _ => {}
        }
    }

    fn learn_at_most(&mut self, a: Ref, b: Ref, k: i64) {
        let (a_bounds, b_bounds) = (self.bounds(a), self.bounds(b));
        self.narrow(a, i64::MIN, b_bounds.1.saturating_add(k));
        self.narrow(b, a_bounds.0.saturating_sub(k), i64::MAX);
        let ((x, c), (y, d)) = (self.apart(a), self.apart(b));
        let Some(k) = k.checked_sub(c).and_then(|k| k.checked_add(d)) else { return };
        if x.is_inst() && y.is_inst() {
            if self.facts.len() == FACTS_MAX {
                self.facts.remove(0);
            }
            self.facts.push((x, y, k));
        }
    }

    fn narrow(&mut self, value: Ref, low: i64, high: i64) {
        if let Some(bounds) = value.inst_index().and_then(|index| self.bounds.get_mut(index)) {
            *bounds = (bounds.0.max(low), bounds.1.min(high));
        }
    }

    // Counted loops.

    fn induction(&self, phi: Ref) -> Option<Induction> {
        let inst = self.trace.def(phi).filter(|inst| inst.op == Op::Phi)?;
        let (base, step) = affine(self.trace, inst.b);
        let steps = base == phi && step != 0 && step.unsigned_abs() < OFFSET_MAX as u64;
        steps.then_some(Induction { phi, start: inst.a, next: inst.b, step })
    }

    /// The guards of the body that keep an induction variable on this side of something.
    fn limits(&self, induction: Induction) -> impl Iterator<Item = Limit> {
        self.tests.iter().filter_map(move |&(guard, test)| {
            let of_next = if test.a == induction.phi || test.b == induction.phi {
                false
            } else if test.a == induction.next || test.b == induction.next {
                true
            } else {
                return None;
            };
            let variable = if of_next { induction.next } else { induction.phi };
            let on_left = test.a == variable;
            let limit = if on_left { test.b } else { test.a };
            // As `left < right`, `left <= right` or `left != right`.
            let (relation, left_is_a) = match (test.op, test.holds) {
                (Op::LtInt, true) => (Relation::Before, true),
                (Op::LtInt, false) => (Relation::BeforeOrAt, false),
                (Op::LeInt, true) => (Relation::BeforeOrAt, true),
                (Op::LeInt, false) => (Relation::Before, false),
                (Op::NeInt, true) | (Op::EqInt, false) => (Relation::Not, true),
                _ => return None,
            };
            let variable_is_less = on_left == left_is_a;
            let towards = relation == Relation::Not || variable_is_less == (induction.step > 0);
            let whole_steps = relation == Relation::Not && induction.step.abs() > 1;
            towards.then_some(Limit { limit, relation, of_next, whole_steps, guard })
        })
    }

    /// Bounds of an induction variable that provably does not wrap.
    fn bounds_of_phi(&self, induction: Induction) -> Option<(i64, i64)> {
        let start = self.bounds(induction.start);
        let step = induction.step;
        self.limits(induction).find_map(|limit| {
            let at = if self.is_invariant(limit.limit) { self.bounds(limit.limit) } else { ANY };
            let inclusive = i64::from(limit.relation == Relation::Before);
            let overshoot = if limit.of_next { 0 } else { step };
            if limit.relation == Relation::Not {
                None
            } else if step > 0 {
                // The last value that passes the guard, then the furthest that the phi gets to.
                let high = at.1.checked_sub(inclusive)?.checked_add(overshoot)?.max(start.1);
                high.checked_add(if limit.of_next { step } else { 0 })?;
                Some((start.0, high))
            } else {
                let low = at.0.checked_add(inclusive)?.checked_add(overshoot)?.min(start.0);
                low.checked_add(if limit.of_next { step } else { 0 })?;
                Some((low, start.1))
            }
        })
    }

    /// Replaces a bounds check of a counted loop by checks in front of it.
    fn speculate(&mut self, index: usize, guard: &Inst, test: Test) -> bool {
        let Test { op: Op::UltInt, a, b: length, holds: true } = test else { return false };
        let in_loop = self.start.is_some_and(|start| index > start);
        let (low, high) = self.bounds(length);
        if !in_loop || !self.is_invariant(length) || low < 0 || high > LENGTH_MAX || self.trace.snapshots.is_empty() {
            return false;
        }
        let (base, offset) = affine(self.trace, a);
        if offset.unsigned_abs() >= OFFSET_MAX as u64 {
            return false;
        }
        let Some(induction) = self.induction(base) else { return false };
        let limit = self.limits(induction).map(|limit| limit.seen_from(index, induction.step)).find(|limit| {
            // A guard of this round's value that stands later has not been passed yet when the index is used.
            let in_time = limit.relation == Relation::Not || limit.of_next || limit.guard < index;
            in_time && self.is_invariant(limit.limit)
        });
        let Some(limit) = limit else { return false };
        self.needed.push(limit.guard);
        self.relies.push(induction.phi);
        for what in checks_for(induction, limit, length, offset) {
            // What an earlier check, or the text before the loop, says already need not be checked again.
            let known = match what {
                What::AtLeast { least, value } => {
                    let known = self.bounds(value).0 >= least;
                    self.narrow(value, least, i64::MAX);
                    known
                }
                What::Below { low, or_equal, high, minus } => {
                    let difference = -minus - i64::from(!or_equal);
                    let known = self.at_most(low, high, difference);
                    self.learn_at_most(low, high, difference);
                    known
                }
                What::Reaches { .. } => false,
            };
            if !known {
                self.checks.push(Check { what, origin: guard.origin });
            }
        }
        true
    }
}

impl Limit {
    /// What a guard of this round's value says to an instruction before it, which only the round before has passed: from
    /// `i < limit` follows `i + step <= limit`, the next value being a step away, if whole steps lead to the limit.
    fn seen_from(self, index: usize, step: i64) -> Limit {
        let says_of_next = self.guard > index && !self.of_next && self.relation == Relation::Before;
        if says_of_next {
            Limit { relation: Relation::BeforeOrAt, of_next: true, whole_steps: step.abs() > 1, ..self }
        } else {
            self
        }
    }
}

/// What must hold before the loop, so that `i + offset` is an index below `length` in each round.
fn checks_for(induction: Induction, limit: Limit, length: Ref, offset: i64) -> impl Iterator<Item = What> {
    let Induction { start, step, .. } = induction;
    let rises = step > 0;
    let at = limit.limit;
    // Whether `i` may be the limit itself: `i != limit` is tested before the step to it, `i + step != limit` after.
    let reaches_limit = match limit.relation {
        Relation::Before => false,
        Relation::BeforeOrAt => true,
        Relation::Not => !limit.of_next,
    };
    let first = if rises { start } else { at };
    let last = if rises { at } else { start };
    let excluded = i64::from(!rises && !reaches_limit);
    let lower = What::AtLeast { least: -offset - excluded, value: first };
    let upper = What::Below { low: last, or_equal: rises && !reaches_limit, high: length, minus: offset };
    // The first round has passed no guard of the next value, and `!=` says nothing of a variable beyond the limit.
    let checks_start = limit.of_next || limit.relation == Relation::Not;
    let on_this_side = What::Below { low: first, or_equal: reaches_limit, high: last, minus: 0 };
    let reaches = What::Reaches { from: first, to: last, step: step.abs() };
    [Some(lower), Some(upper), checks_start.then_some(on_this_side), limit.whole_steps.then_some(reaches)]
        .into_iter()
        .flatten()
}
