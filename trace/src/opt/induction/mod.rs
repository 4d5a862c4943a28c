//! What a loop's ints are as functions of those that it carries: polynomials in phis and in values from before the loop,
//! and what they change by in a round. A small scalar evolution, which [`super::closed`], [`super::range`] and
//! [`super::advance`] share.
//!
//! All of it is exact modulo 2^64, and says nothing of the order of values.

mod poly;

use rustc_hash::FxHashMap;

pub use poly::{Monomial, Poly};

use crate::ir::ops::Op;
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::{Ref, Ty};

/// What values may be besides polynomials in phis and invariants.
pub trait Others: Sized {
    /// What an instruction is that is no sum or product: a polynomial in variables of another kind, if anything.
    fn poly(induction: &mut Induction<'_, Self>, value: Ref, inst: &Inst) -> Option<Poly>;
    /// By what such a variable advances in a round.
    fn step(&self, variable: Ref) -> Option<i64>;
}

impl Others for () {
    fn poly(_: &mut Induction<'_, ()>, _: Ref, _: &Inst) -> Option<Poly> {
        None
    }

    fn step(&self, _: Ref) -> Option<i64> {
        None
    }
}

/// The ints of a loop.
pub struct Induction<'t, O> {
    /// The trace.
    pub trace: &'t Trace,
    /// Where its loop is.
    pub start: usize,
    /// What is known of others.
    pub others: O,
    polys: FxHashMap<Ref, Option<Poly>>,
}

impl<'t, O: Others> Induction<'t, O> {
    /// Of a loop.
    pub fn new(trace: &'t Trace, start: usize, others: O) -> Induction<'t, O> {
        Induction { trace, start, others, polys: FxHashMap::default() }
    }

    /// Whether a value is made before the loop, or constant.
    pub fn is_invariant(&self, value: Ref) -> bool {
        value.inst_index().is_none_or(|index| index < self.start)
    }

    /// An int of the body as a polynomial in phis, invariants and other variables.
    pub fn poly(&mut self, value: Ref) -> Option<Poly> {
        if self.trace.ty(value) != Ty::Int {
            return None;
        }
        if let Some(int) = self.trace.as_int(value) {
            return Some(Poly::constant(int));
        }
        if self.is_invariant(value) {
            return Some(Poly::variable(value));
        }
        if let Some(known) = self.polys.get(&value) {
            return known.clone();
        }
        // What depends on itself, other than through a phi, is nothing.
        self.polys.insert(value, None);
        let poly = self.compute(value);
        self.polys.insert(value, poly.clone());
        poly
    }

    fn compute(&mut self, value: Ref) -> Option<Poly> {
        let inst = *self.trace.def(value)?;
        match inst.op {
            Op::Phi => Some(Poly::variable(value)),
            Op::AddInt => self.poly(inst.a)?.plus(&self.poly(inst.b)?),
            Op::SubInt => self.poly(inst.a)?.minus(&self.poly(inst.b)?),
            Op::MulInt => self.poly(inst.a)?.times(&self.poly(inst.b)?),
            Op::NegInt => Poly::default().minus(&self.poly(inst.a)?),
            Op::NotInt => Poly::constant(-1).minus(&self.poly(inst.a)?),
            Op::ShlInt => {
                let count = self.trace.as_int(inst.b).filter(|count| (0..64).contains(count))?;
                self.poly(inst.a)?.times(&Poly::constant(1 << count))
            }
            _ => O::poly(self, value, &inst),
        }
    }

    /// The polynomial that a variable becomes in the next round.
    pub fn next(&mut self, variable: Ref) -> Option<Poly> {
        if self.is_invariant(variable) {
            return Some(Poly::variable(variable));
        }
        if let Some(step) = self.others.step(variable) {
            return Poly::variable(variable).plus(&Poly::constant(step));
        }
        let phi = self.trace.def(variable).filter(|inst| inst.op == Op::Phi)?;
        self.poly(phi.b)
    }

    /// What a polynomial changes by in a round.
    pub fn difference(&mut self, poly: &Poly) -> Option<Poly> {
        poly.substituted(|variable| self.next(variable))?.minus(poly)
    }

    /// Whether a polynomial is the same in every round.
    pub fn is_constant(&self, poly: &Poly) -> bool {
        poly.variables().all(|variable| self.is_invariant(variable))
    }

    /// By what a polynomial advances, if that is the same in every round.
    pub fn step(&mut self, poly: &Poly) -> Option<Poly> {
        self.difference(poly).filter(|step| self.is_constant(step))
    }
}
