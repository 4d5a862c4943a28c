//! Writes what the plan says in front of the loop.

use pseudo_vm::faults::{self, Fault};

use rustc_hash::FxHashMap;

use super::super::Counts;
use super::super::induction::Poly;
use super::super::preamble::Preamble;
use super::plan::{Bound, Plan, Solution};
use super::recurrence::Condition;
use crate::ir::ops::Op;
use crate::ir::trace::Trace;
use crate::ir::types::Ref;

/// Puts the number of rounds and the phis' new beginnings in front of the loop.
pub fn emit(trace: &mut Trace, counts: &mut Counts, plan: &Plan) {
    let mut writer = Writer::new(Preamble::open(trace, counts).expect("the plan is one for a loop"));
    let rounds = writer.rounds(&plan.bounds, &plan.conditions);
    let phis = writer.preamble.phis();
    let begins: Vec<Ref> = phis.zip(&plan.solutions).map(|(phi, it)| writer.solution(phi, it, rounds)).collect();
    writer.preamble.close(Some(&begins));
}

/// Writes what the plan says.
pub struct Writer<'t> {
    /// Where.
    pub preamble: Preamble<'t>,
    binoms: FxHashMap<u32, Ref>,
}

impl<'t> Writer<'t> {
    /// In front of a loop.
    pub fn new(preamble: Preamble<'t>) -> Writer<'t> {
        Writer { preamble, binoms: FxHashMap::default() }
    }

    fn put(&mut self, op: Op, a: Ref, b: Ref, c: Ref) -> Ref {
        self.preamble.put(op, a, b, c)
    }

    fn binary(&mut self, op: Op, a: Ref, b: Ref) -> Ref {
        self.preamble.binary(op, a, b)
    }

    fn int(&mut self, int: i64) -> Ref {
        self.preamble.int(int)
    }

    fn first(&mut self, value: Ref) -> Ref {
        self.preamble.first(value)
    }

    fn poly(&mut self, poly: &Poly) -> Ref {
        self.preamble.poly(poly)
    }

    /// In how many rounds everything goes as in the first.
    pub fn rounds(&mut self, bounds: &[Bound], conditions: &[Condition]) -> Ref {
        let mut least = None;
        for bound in bounds {
            let rounds = self.bound(bound);
            least = Some(self.least(least, rounds));
        }
        for condition in conditions {
            let rounds = self.condition(condition);
            least = Some(self.least(least, rounds));
        }
        let least = least.expect("a loop with a bound");
        if faults::on(Fault::ClosedRounds) {
            let one = self.int(1);
            return self.binary(Op::AddInt, least, one);
        }
        least
    }

    fn bound(&mut self, bound: &Bound) -> Ref {
        let (at, limit, step) = (self.poly(&bound.at), self.poly(&bound.bound), self.poly(&bound.step));
        self.put(if bound.strict { Op::RoundsBelow } else { Op::RoundsWithin }, at, limit, step)
    }

    fn condition(&mut self, condition: &Condition) -> Ref {
        match *condition {
            Condition::NoWrap { value, step } => {
                let (value, least) = (self.first(value), self.int(i64::MIN));
                let at = self.binary(Op::SubInt, value, least);
                let (most, step) = (self.int(-1), self.int(step));
                self.put(Op::RoundsWithin, at, most, step)
            }
            Condition::Residue { value, modulus, step } => {
                let (value, modulus) = (self.first(value), self.int(modulus));
                let at = self.binary(Op::ModInt, value, modulus);
                let step = self.int(step);
                self.put(Op::RoundsBelow, at, modulus, step)
            }
        }
    }

    /// The lesser of two numbers that are not negative.
    fn least(&mut self, so_far: Option<Ref>, rounds: Ref) -> Ref {
        let Some(so_far) = so_far else { return rounds };
        let difference = self.binary(Op::SubInt, rounds, so_far);
        let sign = self.int(63);
        let negative = self.binary(Op::SarInt, difference, sign);
        let excess = self.binary(Op::AndInt, difference, negative);
        self.binary(Op::AddInt, so_far, excess)
    }

    /// What a phi is after some rounds.
    pub fn solution(&mut self, phi: Ref, solution: &Solution, rounds: Ref) -> Ref {
        match solution {
            Solution::Sum(differences) => {
                let mut sum = self.poly(&differences[0]);
                for (order, difference) in (1..).zip(&differences[1..]) {
                    let (binom, difference) = (self.binom(rounds, order), self.poly(difference));
                    let term = self.binary(Op::MulInt, binom, difference);
                    sum = self.binary(Op::AddInt, sum, term);
                }
                sum
            }
            Solution::Matrix { rows, vector } => {
                let mut numbers: Vec<Ref> = rows.iter().flatten().map(|entry| self.poly(entry)).collect();
                numbers.extend(vector.iter().map(|product| self.preamble.product(product)).collect::<Vec<Ref>>());
                self.preamble.put_with_arguments(Op::Linear, rounds, &numbers)
            }
            Solution::Bits(chain) => self.bits(phi, chain, rounds),
        }
    }

    fn binom(&mut self, rounds: Ref, order: u32) -> Ref {
        if let Some(&known) = self.binoms.get(&order) {
            return known;
        }
        let binom = match order {
            1 => rounds,
            // One of two neighbours is even: half of it times the other.
            2 => {
                let one = self.int(1);
                let (half, before) = (self.binary(Op::ShrInt, rounds, one), self.binary(Op::SubInt, rounds, one));
                let odd = self.binary(Op::OrInt, before, one);
                self.binary(Op::MulInt, half, odd)
            }
            _ => self.put(Op::Binom, rounds, Ref(order), Ref::NONE),
        };
        self.binoms.insert(order, binom);
        binom
    }

    /// A round is `(x & a) ^ b`: bits outside of `a` become those of `b`, the others are flipped by `b`.
    fn bits(&mut self, phi: Ref, chain: &[(Op, Ref)], rounds: Ref) -> Ref {
        let (mut a, mut b) = (self.int(-1), self.int(0));
        for &(op, by) in chain {
            match op {
                Op::AndInt => {
                    a = self.binary(Op::AndInt, a, by);
                    b = self.binary(Op::AndInt, b, by);
                }
                Op::OrInt => {
                    let others = self.binary(Op::NotInt, by, Ref::NONE);
                    a = self.binary(Op::AndInt, a, others);
                    b = self.binary(Op::OrInt, b, by);
                }
                Op::XorInt => b = self.binary(Op::XorInt, b, by),
                _ => b = self.binary(Op::NotInt, b, Ref::NONE),
            }
        }
        let x = self.first(phi);
        let (one, sign) = (self.int(1), self.int(63));
        let mut is_odd = self.binary(Op::AndInt, rounds, one);
        if faults::on(Fault::ClosedParity) {
            is_odd = self.binary(Op::XorInt, is_odd, one);
        }
        let odd = self.binary(Op::NegInt, is_odd, Ref::NONE);
        let kept = self.binary(Op::AndInt, x, a);
        let outside = self.binary(Op::NotInt, a, Ref::NONE);
        let flips = self.binary(Op::OrInt, outside, odd);
        let by = self.binary(Op::AndInt, b, flips);
        let after = self.binary(Op::XorInt, kept, by);
        // No rounds, no change.
        let minus = self.binary(Op::NegInt, rounds, Ref::NONE);
        let any = self.binary(Op::SarInt, minus, sign);
        let change = self.binary(Op::XorInt, x, after);
        let change = self.binary(Op::AndInt, change, any);
        self.binary(Op::XorInt, x, change)
    }
}
