//! Whether the rounds of a loop can be skipped, how many, and what its phis are after them. Looks only; nothing is changed.

use super::super::induction::{Monomial, Poly};
use super::recurrence::{Condition, Recurrences};
use crate::ir::closed::LINEAR_MAX;
use crate::ir::ops::{Effect, Op};
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::{Ref, Ty};

/// Differences of a polynomial recurrence at most: its degree in the number of rounds.
pub const ORDER_MAX: usize = 9;

/// What the analysis has found.
#[derive(Debug)]
pub enum Finding {
    /// Its rounds can be skipped.
    Closed(Plan),
    /// They could be if so many of them were one.
    Period(u32),
    /// They can't.
    Open,
}

/// How to skip rounds.
#[derive(Debug)]
pub struct Plan {
    /// What says how many rounds may be skipped: each of these.
    pub bounds: Vec<Bound>,
    /// What else must hold.
    pub conditions: Vec<Condition>,
    /// What each phi is after some rounds, in the order of the phis.
    pub solutions: Vec<Solution>,
}

/// A guard holds while `at`, a polynomial in the values at entry, is below (or not above) a bound, unsigned.
#[derive(Debug)]
pub struct Bound {
    /// What is compared.
    pub at: Poly,
    /// The bound.
    pub bound: Poly,
    /// Whether it must be below.
    pub strict: bool,
    /// How `at` advances.
    pub step: Poly,
}

/// A phi after `k` rounds.
#[derive(Debug)]
pub enum Solution {
    /// The sum of these differences, in the values at entry, times `k` over 0, 1, 2...
    Sum(Vec<Poly>),
    /// The first of what a matrix makes of some products of the values at entry.
    Matrix {
        /// By rows, invariants only.
        rows: Vec<Vec<Poly>>,
        /// The products.
        vector: Vec<Monomial>,
    },
    /// A chain of bit operations with invariants.
    Bits(Vec<(Op, Ref)>),
}

/// Looks at a loop.
pub fn find(trace: &Trace) -> Finding {
    let Some(start) = trace.loop_start() else { return Finding::Open };
    let mut recurrences = Recurrences::of(trace, start);
    match plan(&mut recurrences) {
        Some(_) if recurrences.others.period > 1 => Finding::Period(recurrences.others.period as u32),
        Some(plan) => Finding::Closed(plan),
        None => Finding::Open,
    }
}

fn plan(recurrences: &mut Recurrences<'_>) -> Option<Plan> {
    let trace = recurrences.trace;
    let body = recurrences.start + 1;
    let mut bounds = Vec::new();
    let mut solutions = Vec::new();
    if !trace.insts[body..].iter().all(may_be_skipped) {
        return None;
    }
    for index in body..trace.insts.len() {
        let inst = &trace.insts[index];
        match inst.op {
            Op::Phi => solutions.push(solve(recurrences, Ref::inst(index))?),
            Op::GuardTrue | Op::GuardFalse => bounds.push(bound(recurrences, inst.a, inst.op == Op::GuardTrue)?),
            _ => {}
        }
    }
    let conditions = std::mem::take(&mut recurrences.others.conditions);
    let ends = bounds.iter().any(|bound| !bound.step.is_zero());
    (ends && !solutions.is_empty()).then_some(Plan { bounds, conditions, solutions })
}

/// Whether a round without this instruction leaves the same behind, if what it computes is known otherwise.
fn may_be_skipped(inst: &Inst) -> bool {
    match inst.op.effect() {
        Effect::Pure => inst.op != Op::Barrier,
        Effect::Guard => matches!(inst.op, Op::Poll | Op::GuardTrue | Op::GuardFalse),
        Effect::LoadHeader | Effect::LoadElem | Effect::LoadCell | Effect::LoadField => true,
        Effect::LoadDict | Effect::LoadEntry => true,
        Effect::Structure => inst.op == Op::Phi,
        _ => false,
    }
}

/// The rounds in which a guard holds.
pub fn bound(recurrences: &mut Recurrences<'_>, condition: Ref, mut holds: bool) -> Option<Bound> {
    let mut test = recurrences.trace.def(condition)?;
    while test.op == Op::NotBool {
        holds = !holds;
        test = recurrences.trace.def(test.a)?;
    }
    if !matches!(test.op, Op::EqInt | Op::NeInt | Op::LtInt | Op::LeInt | Op::UltInt) {
        return None;
    }
    let (a, b) = (recurrences.poly(test.a)?, recurrences.poly(test.b)?);
    let (a_step, b_step) = (recurrences.difference(&a)?, recurrences.difference(&b)?);
    let a_moves = b_step.is_zero();
    if !a_moves && !a_step.is_zero() {
        return None;
    }
    let (value, limit, step) = if a_moves { (a, b, a_step) } else { (b, a, b_step) };
    if !recurrences.is_constant(&step) {
        return None;
    }
    // As `value` below, not above, above or not below `limit`, or the like of the unsigned order.
    let beyond = |limit: &Poly| limit.plus(&Poly::constant(1));
    let least = if test.op == Op::UltInt { 0 } else { i64::MIN };
    let most = if test.op == Op::UltInt { -1 } else { i64::MAX };
    let (is_upper, strict) = match (test.op, holds) {
        (Op::EqInt, true) | (Op::NeInt, false) => {
            return Some(Bound { at: value.minus(&limit)?, bound: Poly::default(), strict: false, step });
        }
        (Op::EqInt, false) | (Op::NeInt, true) => {
            let at = value.minus(&beyond(&limit)?)?;
            return Some(Bound { at, bound: Poly::constant(-1), strict: true, step });
        }
        (Op::LtInt | Op::UltInt, true) => (a_moves, true),
        (Op::LtInt | Op::UltInt, false) => (!a_moves, false),
        (_, true) => (a_moves, false),
        (_, false) => (!a_moves, true),
    };
    let (at, bound) = if is_upper {
        let least = Poly::constant(least);
        (value.minus(&least)?, limit.minus(&least)?)
    } else {
        let from = if strict { beyond(&limit)? } else { limit.clone() };
        (value.minus(&from)?, Poly::constant(most).minus(&limit)?)
    };
    Some(Bound { at, bound, strict, step })
}

/// What an int that the loop carries is after some rounds.
pub fn solve(recurrences: &mut Recurrences<'_>, phi: Ref) -> Option<Solution> {
    if recurrences.trace.ty(phi) != Ty::Int {
        return None;
    }
    if recurrences.next(phi).is_none() {
        return recurrences.bit_chain(phi).map(Solution::Bits);
    }
    sum(recurrences, phi).or_else(|| matrix(recurrences, phi))
}

/// With `D p` for what `p` changes by in a round, `k` rounds make `p` the sum of `(k over j) D^j p`. That ends if some
/// `D^j p` is 0.
fn sum(recurrences: &mut Recurrences<'_>, phi: Ref) -> Option<Solution> {
    let mut differences = vec![Poly::variable(phi)];
    while differences.len() <= ORDER_MAX {
        let next = recurrences.difference(differences.last()?)?;
        if next.is_zero() {
            return Some(Solution::Sum(differences));
        }
        differences.push(next);
    }
    None
}

/// A round is linear in the phi and the products that it needs, if these are few.
fn matrix(recurrences: &mut Recurrences<'_>, phi: Ref) -> Option<Solution> {
    let mut vector: Vec<Monomial> = vec![vec![phi]];
    let mut rows: Vec<Vec<Poly>> = Vec::new();
    while rows.len() < vector.len() {
        let product = Poly::term(vector[rows.len()].clone(), 1);
        let next = product.substituted(|variable| recurrences.next(variable))?;
        let mut row = vec![Poly::default(); vector.len()];
        for (monomial, coefficient) in next.terms() {
            let (invariant, varying): (Monomial, Monomial) =
                monomial.iter().partition(|&&variable| does_not_change(recurrences, variable));
            let place = vector.iter().position(|known| *known == varying).unwrap_or_else(|| {
                vector.push(varying);
                vector.len() - 1
            });
            row.resize(vector.len(), Poly::default());
            row[place].add_scaled(&Poly::term(invariant, coefficient), 1)?;
        }
        if vector.len() > LINEAR_MAX {
            return None;
        }
        rows.push(row);
    }
    for row in &mut rows {
        row.resize(vector.len(), Poly::default());
    }
    Some(Solution::Matrix { rows, vector })
}

fn does_not_change(recurrences: &Recurrences<'_>, variable: Ref) -> bool {
    recurrences.is_invariant(variable)
        || recurrences.others.derived.get(&variable).is_some_and(|derived| derived.step == 0)
}
