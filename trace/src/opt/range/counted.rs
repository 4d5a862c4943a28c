//! Bounds checks of counted loops: one in front of the loop in place of one in each round.
//!
//! An index that advances by the same step in each round is in bounds in all of them if it is in the first and in the last,
//! as long as it does not wrap on the way. A [`Limit`] says which round is the last.
//!
//! **Shifted.** Where the index is what the limit's guard compares, plus something that does not change, its last value
//! follows from the limit. With `u` for what is compared and `u + b` for the index: `-b <= u` in the first round,
//! `limit < length - b`. Lengths are below 2^48, steps below 2^31, and `b` is checked to be small if it is not known to be,
//! so that neither of these wraps; and if they hold, then `u` stays far from the ends of the range.
//!
//! **Scaled.** Otherwise the number of the last round is computed, from the way to the limit by the step, and must be
//! below 2^31, as must the index's step; then the index of that round does not wrap on its way from the first.
//!
//! A guard of this round that stands behind the access has been passed by the value a round before; and in the first round
//! there was none, so that the start is compared as well.

use pseudo_vm::faults::{self, Fault};

use super::super::induction::{Induction, Poly};
use super::super::preamble::Preamble;
use super::STEP_MAX;
use super::facts::{Facts, LENGTH_MAX};
use super::limits::{Limit, Relation};
use crate::ir::ops::Op;
use crate::ir::types::Ref;

/// Something that is to hold before the loop, of values in the first round.
#[derive(Clone, PartialEq, Debug)]
pub enum What {
    /// `low <= high`, or `<`.
    Order { low: Poly, high: Poly, strict: bool },
    /// `0 <= value < below`, in unsigned order.
    Within { value: Poly, below: i64 },
    /// An index is below a length in the first round and in the last, `way` divided by `step` rounds later.
    Scaled { way: Poly, step: Poly, whole: bool, first: Poly, by: Poly, length: Ref },
    /// What a mask leaves of a value is equal to `bits`, or not. The value keeps these bits from round to round.
    Masked { value: Poly, mask: i64, bits: i64, equal: bool },
}

/// Checks that make the one in the loop needless.
pub struct Checks {
    /// Which.
    pub what: Vec<What>,
    /// The guard in the loop that they rely on.
    pub guard: usize,
}

/// Finds the checks for a guard at `index` that compares `value` with an invariant `length`.
pub fn checks(
    facts: &Facts<'_>,
    induction: &mut Induction<'_, ()>,
    limits: &[Limit],
    index: usize,
    value: &Poly,
    length: Ref,
) -> Option<Checks> {
    let by = induction.step(value).filter(|step| !step.is_zero())?;
    // So far from what it goes through, it is hardly ever an index.
    if value.terms().any(|(_, coefficient)| coefficient.unsigned_abs() > LENGTH_MAX as u64) {
        return None;
    }
    let shifted = limits.iter().filter_map(|limit| {
        let what = shifted(facts, induction, limit, index, value, length)?;
        Some(Checks { what, guard: limit.guard })
    });
    // The fewest, the first of these.
    if let Some(checks) = shifted.min_by_key(|checks| checks.what.len()) {
        return Some(checks);
    }
    limits.iter().find_map(|limit| {
        let what = scaled(facts, limit, index, value, &by, length)?;
        Some(Checks { what, guard: limit.guard })
    })
}

/// Whether a polynomial is small enough for sums with lengths not to wrap; a check, if that must be seen.
fn small(facts: &Facts<'_>, poly: &Poly, most: i64, what: &mut Vec<What>) -> Option<()> {
    let (low, high) = facts.bounds_of(poly);
    if low > -most && high < most {
        return Some(());
    }
    if poly.as_constant().is_some() {
        return None;
    }
    what.push(What::Within { value: poly.plus(&Poly::constant(most))?, below: 2 * most });
    Some(())
}

/// Checks that a step points where the guard suggests, if it is no constant.
fn direction(facts: &Facts<'_>, limit: &Limit, what: &mut Vec<What>) -> Option<()> {
    let size = size(limit)?;
    let (low, high) = facts.bounds_of(&size);
    if low < 1 || high >= STEP_MAX {
        what.push(What::Within { value: size.minus(&Poly::constant(1))?, below: STEP_MAX - 1 });
    }
    Some(())
}

/// How far a value goes in a round.
fn size(limit: &Limit) -> Option<Poly> {
    if limit.rises { Some(limit.step.clone()) } else { Poly::default().minus(&limit.step) }
}

fn shifted(
    facts: &Facts<'_>,
    induction: &Induction<'_, ()>,
    limit: &Limit,
    index: usize,
    value: &Poly,
    length: Ref,
) -> Option<Vec<What>> {
    let shift = value.minus(&limit.value).filter(|shift| induction.is_constant(shift))?;
    let in_time = limit.guard < index;
    if !limit.is_by_one() && (!in_time || limit.relation == Relation::Not) {
        return None;
    }
    // A phi's start is known better than that of what is computed from it: `u` is a phi and a constant.
    let (start, offset) = match limit.phi(induction) {
        Some((phi, offset)) => (Poly::variable(phi), offset),
        None => (limit.value.clone(), 0),
    };
    let from_start = shift.plus(&Poly::constant(offset))?;
    let mut what = Vec::new();
    if offset.unsigned_abs() >= STEP_MAX as u64 {
        return None;
    }
    direction(facts, limit, &mut what)?;
    match shift.as_constant() {
        Some(shift) if shift.unsigned_abs() < STEP_MAX as u64 => {}
        Some(_) => return None,
        None => small(facts, &shift, LENGTH_MAX / 2, &mut what)?,
    }
    // How far beyond the limit `u` gets.
    let beyond = match (limit.relation, in_time) {
        (Relation::Before | Relation::Not, true) => -1,
        (Relation::BeforeOrAt, true) | (Relation::Before | Relation::Not, false) => 0,
        (Relation::BeforeOrAt, false) => 1,
    };
    let length = Poly::variable(length);
    let up = if limit.rises { 1 } else { -1 };
    let least = |shift: &Poly| Poly::default().minus(shift);
    let order = |low: Poly, high: Poly, strict| What::Order { low, high, strict };
    if limit.rises {
        if !faults::on(Fault::RangeStart) {
            what.push(order(least(&from_start)?, start.clone(), false));
        }
        let slack = i64::from(faults::on(Fault::RangeBound));
        let high = length.minus(&shift)?.minus(&Poly::constant(beyond.max(0) - slack))?;
        what.push(order(limit.limit.clone(), high, beyond >= 0));
    } else {
        let low = least(&shift)?.plus(&Poly::constant(beyond))?;
        what.push(order(low, limit.limit.clone(), false));
        what.push(order(start.clone(), length.minus(&from_start)?, true));
    }
    // By how much the start must be on this side of the limit.
    let before = match (in_time, limit.relation) {
        (false, _) => offset * up - beyond,
        (true, Relation::Not) => offset * up,
        // So that `u` does not wrap in the first round.
        (true, _) if offset * up > 0 => 0,
        (true, _) => return Some(what),
    };
    let (near, far) = if limit.rises { (start, limit.limit.clone()) } else { (limit.limit.clone(), start) };
    match before {
        0 => what.push(order(near, far, false)),
        1 => what.push(order(near, far, true)),
        // The start of what rises is known not to be low, the limit of what falls neither.
        ..0 => what.push(order(near.plus(&Poly::constant(before))?, far, false)),
        _ => return None,
    }
    Some(what)
}

fn scaled(facts: &Facts<'_>, limit: &Limit, index: usize, value: &Poly, by: &Poly, length: Ref) -> Option<Vec<What>> {
    let in_time = limit.guard < index;
    let mut what = Vec::new();
    direction(facts, limit, &mut what)?;
    small(facts, by, STEP_MAX, &mut what)?;
    let size = size(limit)?;
    // How far beyond the limit what is compared gets.
    let one = Poly::constant(1);
    let beyond = match (limit.relation, in_time) {
        (Relation::Before, true) => Poly::constant(-1),
        (Relation::BeforeOrAt, true) | (Relation::Not, false) => Poly::default(),
        (Relation::Before, false) => size.minus(&one)?,
        (Relation::BeforeOrAt, false) => size.clone(),
        (Relation::Not, true) => Poly::default().minus(&size)?,
    };
    // What is compared must come to a value beyond the limit before it wraps.
    if limit.relation != Relation::Not && (limit.relation != Relation::Before || !limit.is_by_one()) {
        let far = Poly::constant(if limit.rises { 1 << 62 } else { -(1 << 62) });
        let (low, high) = if limit.rises { (limit.limit.clone(), far) } else { (far, limit.limit.clone()) };
        what.push(What::Order { low, high, strict: false });
    }
    let (from, to) = if limit.rises { (&limit.value, &limit.limit) } else { (&limit.limit, &limit.value) };
    let way = to.minus(from)?.plus(&beyond)?;
    what.push(What::Within { value: way.clone(), below: STEP_MAX });
    let whole = limit.relation == Relation::Not && !limit.is_by_one();
    what.push(What::Scaled { way, step: size, whole, first: value.clone(), by: by.clone(), length });
    Some(what)
}

impl What {
    /// Whether it is known to hold, or not to.
    pub fn is_known(&self, facts: &Facts<'_>) -> Option<bool> {
        match self {
            What::Order { low, high, strict } => facts.order(low, high, *strict),
            What::Within { value, below } => match facts.bounds_of(value) {
                (low, high) if low >= 0 && high < *below => Some(true),
                (low, high) if high < 0 || low >= *below => Some(false),
                _ => None,
            },
            What::Scaled { .. } | What::Masked { .. } => None,
        }
    }

    /// Takes in that it holds.
    pub fn learn(&self, facts: &mut Facts<'_>) {
        if let What::Order { low, high, strict } = self {
            facts.learn_order(low, high, *strict);
        }
    }

    /// Writes it in front of the loop.
    pub fn emit(&self, preamble: &mut Preamble<'_>) {
        match self {
            What::Order { low, high, strict } => {
                // Below the next is not above this one.
                let less = high
                    .minus(&Poly::constant(1))
                    .filter(|less| *strict && less.terms().count() < high.terms().count());
                let op = if *strict && less.is_none() { Op::LtInt } else { Op::LeInt };
                let (low, high) = (preamble.poly(low), preamble.poly(less.as_ref().unwrap_or(high)));
                preamble.require(op, low, high);
            }
            What::Within { value, below } => {
                let (value, below) = (preamble.poly(value), preamble.int(*below));
                preamble.require(Op::UltInt, value, below);
            }
            What::Masked { value, mask, bits, equal } => {
                let (value, mask, bits) = (preamble.poly(value), preamble.int(*mask), preamble.int(*bits));
                let masked = preamble.binary(Op::AndInt, value, mask);
                preamble.require(if *equal { Op::EqInt } else { Op::NeInt }, masked, bits);
            }
            What::Scaled { way, step, whole, first, by, length } => {
                let last = Self::last(preamble, way, step, *whole, first, by);
                let first = preamble.poly(first);
                preamble.require(Op::UltInt, first, *length);
                preamble.require(Op::UltInt, last, *length);
            }
        }
    }

    /// The index of the last round.
    fn last(preamble: &mut Preamble<'_>, way: &Poly, step: &Poly, whole: bool, first: &Poly, by: &Poly) -> Ref {
        // Without a division, much may cancel.
        if step.as_constant() == Some(1)
            && let Some(last) = way.times(by).and_then(|distance| first.plus(&distance))
        {
            return preamble.poly(&last);
        }
        let (first, way, size) = (preamble.poly(first), preamble.poly(way), preamble.poly(step));
        if whole {
            let (rest, zero) = (preamble.binary(Op::ModInt, way, size), preamble.int(0));
            preamble.require(Op::EqInt, rest, zero);
        }
        // Whole steps of the index's own length are the way itself.
        let distance = if whole && by == step {
            way
        } else {
            let (rounds, by) = (preamble.binary(Op::DivInt, way, size), preamble.poly(by));
            preamble.binary(Op::MulInt, rounds, by)
        };
        preamble.binary(Op::AddInt, first, distance)
    }
}
