//! What a loop's values are as functions of those that it carries: polynomials, residues that stay or advance, chains of
//! bit operations.

use rustc_hash::FxHashMap;

use super::poly::Poly;
use crate::ir::ops::Op;
use crate::ir::trace::Trace;
use crate::ir::types::{Ref, Ty};

/// Periods of residues for which a loop is to be recorded with more rounds in its body.
const PERIOD_MAX: u64 = 16;
/// A residue that is not unrolled must go on for so many rounds before it begins anew.
const STRETCH_MIN: u64 = 32;

/// A condition under which a value is what the analysis says: `value - low`, or the residue of a value, stays within
/// bounds while it advances by a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Condition {
    /// The value of an instruction, as an int without wrapping.
    NoWrap {
        /// The value.
        value: Ref,
        /// How it advances.
        step: i64,
    },
    /// The residue of a value.
    Residue {
        /// The value.
        value: Ref,
        /// The divisor.
        modulus: i64,
        /// How the residue advances.
        step: i64,
    },
}

/// What is known of an instruction that is no polynomial itself, but stands as a variable in others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Derived {
    /// How its value changes from round to round: 0 for one that does not.
    pub step: i64,
}

/// The recurrences of a loop.
pub struct Recurrences<'t> {
    /// The trace.
    pub trace: &'t Trace,
    /// Where its loop is.
    pub start: usize,
    polys: FxHashMap<Ref, Option<Poly>>,
    /// Variables that are made by the body.
    pub derived: FxHashMap<Ref, Derived>,
    /// What must hold in each round that is skipped.
    pub conditions: Vec<Condition>,
    /// With how many rounds in its body the residues of the loop would stay what they are.
    pub period: u64,
}

impl<'t> Recurrences<'t> {
    /// Of a loop.
    pub fn new(trace: &'t Trace, start: usize) -> Recurrences<'t> {
        Recurrences {
            trace,
            start,
            polys: FxHashMap::default(),
            derived: FxHashMap::default(),
            conditions: Vec::new(),
            period: 1,
        }
    }

    /// Whether a value is made before the loop, or constant.
    pub fn is_invariant(&self, value: Ref) -> bool {
        value.inst_index().is_none_or(|index| index < self.start)
    }

    /// An int of the body as a polynomial in phis, invariants and derived variables.
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
        // A residue whose step depends on itself has none.
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
            Op::ModInt => {
                let modulus = self.trace.as_int(inst.b).filter(|modulus| *modulus > 1)?;
                self.residue(value, inst.a, modulus, modulus as u64)
            }
            Op::AndInt => {
                let mask = self.trace.as_int(inst.b).filter(|mask| (1..i64::MAX / 4).contains(mask))?;
                self.residue(value, inst.a, mask + 1, (mask as u64 + 1).next_power_of_two())
            }
            Op::DivInt => {
                let divisor = self.trace.as_int(inst.b).filter(|divisor| *divisor > 1)?;
                self.quotient(value, inst.a, divisor)
            }
            Op::SarInt => {
                let count = self.trace.as_int(inst.b).filter(|count| (1..62).contains(count))?;
                self.quotient(value, inst.a, 1 << count)
            }
            _ => None,
        }
    }

    /// The polynomial that a variable becomes in the next round.
    pub fn next(&mut self, variable: Ref) -> Option<Poly> {
        if self.is_invariant(variable) {
            return Some(Poly::variable(variable));
        }
        if let Some(derived) = self.derived.get(&variable) {
            return Poly::variable(variable).plus(&Poly::constant(derived.step));
        }
        let phi = self.trace.def(variable).filter(|inst| inst.op == Op::Phi)?;
        self.poly(phi.b)
    }

    /// What a polynomial changes by in a round.
    pub fn difference(&mut self, poly: &Poly) -> Option<Poly> {
        poly.substituted(|variable| self.next(variable))?.minus(poly)
    }

    /// The value is a variable of its own, which advances by a step.
    fn derive(&mut self, value: Ref, step: i64) -> Option<Poly> {
        self.derived.insert(value, Derived { step });
        Some(Poly::variable(value))
    }

    /// The constant by which a value advances.
    fn constant_step(&mut self, value: Ref) -> Option<i64> {
        let poly = self.poly(value)?;
        self.difference(&poly)?.as_constant()
    }

    fn no_wrap(&mut self, value: Ref, step: i64) {
        if step != 0 {
            self.require(Condition::NoWrap { value, step });
        }
    }

    fn require(&mut self, condition: Condition) {
        if !self.conditions.contains(&condition) {
            self.conditions.push(condition);
        }
    }

    /// Whether the period of a residue is short enough to be unrolled; takes it into account.
    fn unroll(&mut self, modulus: u64, step: i64) -> bool {
        let period = modulus / gcd(modulus, step.unsigned_abs() % modulus);
        let both = period / gcd(period, self.period) * self.period;
        if both <= PERIOD_MAX {
            self.period = both;
        }
        both <= PERIOD_MAX
    }

    /// `of % bound`, or `of & (bound - 1)`, where the result depends on the residue of `of` by `modulus`.
    fn residue(&mut self, value: Ref, of: Ref, bound: i64, modulus: u64) -> Option<Poly> {
        let step = self.constant_step(of)?;
        if !modulus.is_power_of_two() {
            self.no_wrap(of, step);
        }
        if step.rem_euclid(modulus as i64) == 0 || self.unroll(modulus, step) {
            return self.derive(value, 0);
        }
        if bound as u64 != modulus {
            return None;
        }
        // It goes on until it comes to the end of its range.
        let forward = step.rem_euclid(bound);
        let step = if forward > bound / 2 { forward - bound } else { forward };
        if bound as u64 / step.unsigned_abs() < STRETCH_MIN {
            return None;
        }
        self.require(Condition::Residue { value: of, modulus: bound, step });
        self.derive(value, step)
    }

    /// `of div divisor`.
    fn quotient(&mut self, value: Ref, of: Ref, divisor: i64) -> Option<Poly> {
        let step = self.constant_step(of)?;
        self.no_wrap(of, step);
        if step % divisor == 0 {
            return self.derive(value, step / divisor);
        }
        if self.unroll(divisor as u64, step) {
            return self.derive(value, 0);
        }
        if divisor as u64 / step.unsigned_abs() < STRETCH_MIN {
            return None;
        }
        // It stays until the remainder has been used up.
        self.require(Condition::Residue { value: of, modulus: divisor, step });
        self.derive(value, 0)
    }

    /// A phi's next value as bit operations, innermost first, of the phi with invariants.
    pub fn bit_chain(&self, phi: Ref) -> Option<Vec<(Op, Ref)>> {
        let mut chain = Vec::new();
        let mut value = self.trace.def(phi)?.b;
        while value != phi {
            let inst = self.trace.def(value).filter(|_| !self.is_invariant(value))?;
            let (inner, outer) = match inst.op {
                Op::NotInt => (inst.a, Ref::NONE),
                Op::AndInt | Op::OrInt | Op::XorInt if self.is_invariant(inst.b) => (inst.a, inst.b),
                Op::AndInt | Op::OrInt | Op::XorInt if self.is_invariant(inst.a) => (inst.b, inst.a),
                _ => return None,
            };
            chain.push((inst.op, outer));
            value = inner;
        }
        chain.reverse();
        Some(chain)
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
