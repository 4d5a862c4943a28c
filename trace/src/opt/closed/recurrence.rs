//! What a loop's values are as functions of those that it carries, besides polynomials: residues that stay or advance,
//! chains of bit operations.

use rustc_hash::FxHashMap;

use super::super::induction::{Induction, Others, Poly};
use crate::ir::ops::Op;
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::Ref;

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

/// Residues and quotients of a loop, and what they are under.
#[derive(Debug)]
pub struct Residues {
    /// Variables that are made by the body.
    pub derived: FxHashMap<Ref, Derived>,
    /// What must hold in each round that is skipped.
    pub conditions: Vec<Condition>,
    /// With how many rounds in its body the residues of the loop would stay what they are.
    pub period: u64,
}

/// The recurrences of a loop.
pub type Recurrences<'t> = Induction<'t, Residues>;

impl Others for Residues {
    fn poly(recurrences: &mut Recurrences<'_>, value: Ref, inst: &Inst) -> Option<Poly> {
        match inst.op {
            Op::ModInt => {
                let modulus = recurrences.trace.as_int(inst.b).filter(|modulus| *modulus > 1)?;
                recurrences.residue(value, inst.a, modulus, modulus as u64)
            }
            Op::AndInt => {
                let mask = recurrences.trace.as_int(inst.b).filter(|mask| (1..i64::MAX / 4).contains(mask))?;
                recurrences.residue(value, inst.a, mask + 1, (mask as u64 + 1).next_power_of_two())
            }
            Op::DivInt => {
                let divisor = recurrences.trace.as_int(inst.b).filter(|divisor| *divisor > 1)?;
                recurrences.quotient(value, inst.a, divisor)
            }
            Op::SarInt => {
                let count = recurrences.trace.as_int(inst.b).filter(|count| (1..62).contains(count))?;
                recurrences.quotient(value, inst.a, 1 << count)
            }
            _ => None,
        }
    }

    fn step(&self, variable: Ref) -> Option<i64> {
        self.derived.get(&variable).map(|derived| derived.step)
    }
}

impl<'t> Recurrences<'t> {
    /// Of a loop.
    pub fn of(trace: &'t Trace, start: usize) -> Recurrences<'t> {
        let residues = Residues { derived: FxHashMap::default(), conditions: Vec::new(), period: 1 };
        Induction::new(trace, start, residues)
    }

    /// The value is a variable of its own, which advances by a step.
    fn derive(&mut self, value: Ref, step: i64) -> Option<Poly> {
        self.others.derived.insert(value, Derived { step });
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
        if !self.others.conditions.contains(&condition) {
            self.others.conditions.push(condition);
        }
    }

    /// Whether the period of a residue is short enough to be unrolled; takes it into account.
    fn unroll(&mut self, modulus: u64, step: i64) -> bool {
        let period = modulus / gcd(modulus, step.unsigned_abs() % modulus);
        let both = period / gcd(period, self.others.period) * self.others.period;
        if both <= PERIOD_MAX {
            self.others.period = both;
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
