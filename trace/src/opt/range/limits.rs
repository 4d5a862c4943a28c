//! The guards that keep a loop's values on one side of something: what bounds the number of its rounds.

use super::super::induction::{Induction, Poly};
use super::facts::Facts;
use super::{STEP_MAX, Test};
use crate::ir::ops::Op;
use crate::ir::types::Ref;

/// What a guard says of a value that advances by the same step in each round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Relation {
    /// It has not come to the limit.
    Before,
    /// It has not passed the limit.
    BeforeOrAt,
    /// It is not equal to the limit.
    Not,
}

/// A guard of the body that keeps a value on this side of a limit, towards which it advances.
#[derive(Clone, Debug)]
pub struct Limit {
    /// What is compared.
    pub value: Poly,
    /// By how much it advances in a round.
    pub step: Poly,
    /// What it is compared with.
    pub limit: Poly,
    /// How.
    pub relation: Relation,
    /// Whether it advances upwards. Where the step is no constant, this is what the guard suggests.
    pub rises: bool,
    /// Where the guard is.
    pub guard: usize,
}

impl Limit {
    /// What a guard of the body says, if it is one.
    pub fn of(induction: &mut Induction<'_, ()>, guard: usize, test: Test) -> Option<Limit> {
        // As `left < right`, `left <= right` or `left != right`.
        let (relation, left_is_a) = match (test.op, test.holds) {
            (Op::LtInt, true) => (Relation::Before, true),
            (Op::LtInt, false) => (Relation::BeforeOrAt, false),
            (Op::LeInt, true) => (Relation::BeforeOrAt, true),
            (Op::LeInt, false) => (Relation::Before, false),
            (Op::NeInt, true) | (Op::EqInt, false) => (Relation::Not, true),
            _ => return None,
        };
        let (left, right) = if left_is_a { (test.a, test.b) } else { (test.b, test.a) };
        let (left, right) = (induction.poly(left)?, induction.poly(right)?);
        let is_left = induction.is_constant(&right);
        let (value, limit) = if is_left { (left, right) } else { (right, left) };
        if !induction.is_constant(&limit) {
            return None;
        }
        let step = induction.step(&value)?;
        let rises = match step.as_constant() {
            Some(0) => return None,
            Some(step) if step.unsigned_abs() >= STEP_MAX as u64 => return None,
            Some(step) => step > 0,
            None if relation == Relation::Not => return None,
            None => is_left,
        };
        let towards = relation == Relation::Not || is_left == rises;
        towards.then_some(Limit { value, step, limit, relation, rises, guard })
    }

    /// Whether the value goes through all ints.
    pub fn is_by_one(&self) -> bool {
        matches!(self.step.as_constant(), Some(1 | -1))
    }

    /// The value as a phi and a constant.
    pub fn phi(&self, induction: &Induction<'_, ()>) -> Option<(Ref, i64)> {
        let phi = self.value.variables().find(|variable| !induction.is_invariant(*variable))?;
        let offset = self.value.minus(&Poly::variable(phi))?.as_constant()?;
        Some((phi, offset))
    }
}

/// Bounds of a phi that provably does not wrap: between its start and a limit.
pub fn bounds_of_phi(
    facts: &Facts<'_>,
    induction: &Induction<'_, ()>,
    limits: &[Limit],
    phi: Ref,
) -> Option<(i64, i64)> {
    let start = facts.bounds(induction.trace.def(phi)?.a);
    limits.iter().filter(|limit| limit.relation != Relation::Not).find_map(|limit| {
        let (_, offset) = limit.phi(induction).filter(|&(of, _)| of == phi)?;
        let step = limit.step.as_constant()?;
        let at = facts.bounds_of(&limit.limit);
        let inclusive = i64::from(limit.relation == Relation::Before);
        // The last value that passes the guard, then the furthest that the phi gets to. What is compared must not wrap.
        let (low, high) = if limit.rises {
            (start.0, at.1.checked_sub(inclusive)?.checked_sub(offset)?.checked_add(step)?.max(start.1))
        } else {
            (at.0.checked_add(inclusive)?.checked_sub(offset)?.checked_add(step)?.min(start.0), start.1)
        };
        low.checked_add(offset)?;
        high.checked_add(offset)?;
        Some((low, high))
    })
}
