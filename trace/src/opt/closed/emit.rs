//! Writes what the plan says in front of the loop.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::super::Counts;
use super::super::fold;
use super::plan::{Bound, Plan, Solution};
use super::poly::{Monomial, Poly};
use super::recurrence::Condition;
use crate::ir::ops::{Op, Operand};
use crate::ir::trace::{Inst, SnapshotId, Trace};
use crate::ir::types::{Ref, Ty};

/// Puts the number of rounds and the phis' new beginnings in front of the loop.
pub fn emit(trace: &mut Trace, counts: &mut Counts, plan: &Plan) {
    let start = trace.loop_start().expect("the plan is one for a loop");
    let body = trace.insts.split_off(start);
    let old_args = trace.args.len();
    let mut writer = Writer::new(trace, counts, start, &body);
    let rounds = writer.rounds(&plan.bounds, &plan.conditions);
    let begins: Vec<Ref> =
        (start + 1..).zip(&plan.solutions).map(|(at, it)| writer.solution(Ref::inst(at), it, rounds)).collect();
    append(trace, start, body, &begins, old_args);
}

/// Puts the body back, its phis with new beginnings. `old_args` is how many arguments there were when it was taken off.
pub fn append(trace: &mut Trace, start: usize, body: Vec<Inst>, begins: &[Ref], old_args: usize) {
    let shift = (trace.insts.len() - start) as u32;
    let moved = |value: Ref| match value.inst_index() {
        Some(index) if index >= start => Ref(value.0 + shift),
        _ => value,
    };
    for (at, mut inst) in body.into_iter().enumerate() {
        let kinds = inst.op.info().operands;
        for (kind, operand) in kinds.into_iter().zip([&mut inst.a, &mut inst.b, &mut inst.c]) {
            if matches!(kind, Operand::Of(_) | Operand::Array | Operand::Any) {
                *operand = moved(*operand);
            }
        }
        if inst.op == Op::Phi {
            inst.a = begins[at - 1];
        }
        trace.push(inst);
    }
    trace.args[..old_args].iter_mut().chain(&mut trace.relies).for_each(|value| *value = moved(*value));
    for (_, value) in trace.snapshots.iter_mut().flat_map(|snapshot| &mut snapshot.entries) {
        *value = moved((*value).into()).into();
    }
}

/// Writes instructions of the preamble, in terms of the loop's old instructions.
pub struct Writer<'t> {
    trace: &'t mut Trace,
    counts: &'t mut Counts,
    start: usize,
    /// From the `loop` on. References to it are those of the old trace.
    body: &'t [Inst],
    origin: u32,
    /// What instructions of the body give in the first round.
    clones: FxHashMap<Ref, Ref>,
    products: BTreeMap<Monomial, Ref>,
    binoms: FxHashMap<u32, Ref>,
}

impl<'t> Writer<'t> {
    /// Of what shall stand before a loop that began at `start`, and has been taken off.
    pub fn new(trace: &'t mut Trace, counts: &'t mut Counts, start: usize, body: &'t [Inst]) -> Writer<'t> {
        let origin = body[0].origin;
        let (clones, products, binoms) = Default::default();
        Writer { trace, counts, start, body, origin, clones, products, binoms }
    }

    /// An instruction with any number of arguments.
    pub fn put_with_arguments(&mut self, op: Op, a: Ref, arguments: &[Ref]) -> Ref {
        let first = Ref(self.trace.args.len() as u32);
        self.trace.args.extend_from_slice(arguments);
        self.put(op, a, first, Ref(arguments.len() as u32))
    }

    /// An instruction.
    pub fn put(&mut self, op: Op, a: Ref, b: Ref, c: Ref) -> Ref {
        let ty = op.info().result.unwrap_or(Ty::Int);
        let inst = Inst { op, ty, a, b, c, snapshot: SnapshotId::NONE, origin: self.origin };
        fold::emit(self.trace, self.counts, inst, fold::Stage::Fold)
    }

    fn binary(&mut self, op: Op, a: Ref, b: Ref) -> Ref {
        self.put(op, a, b, Ref::NONE)
    }

    fn int(&mut self, int: i64) -> Ref {
        self.trace.int(int)
    }

    /// What a value is in the first round.
    pub fn first(&mut self, value: Ref) -> Ref {
        let Some(index) = value.inst_index().filter(|&index| index >= self.start) else { return value };
        if let Some(&clone) = self.clones.get(&value) {
            return clone;
        }
        let mut inst = self.body[index - self.start];
        let clone = if inst.op == Op::Phi {
            inst.a
        } else {
            for (kind, operand) in inst.op.info().operands.into_iter().zip([&mut inst.a, &mut inst.b, &mut inst.c]) {
                if matches!(kind, Operand::Of(_)) {
                    *operand = self.first(*operand);
                }
            }
            fold::emit(self.trace, self.counts, inst, fold::Stage::Fold)
        };
        self.clones.insert(value, clone);
        clone
    }

    fn product(&mut self, monomial: &[Ref]) -> Ref {
        let Some((&last, others)) = monomial.split_last() else { return self.int(1) };
        if let Some(&known) = self.products.get(monomial) {
            return known;
        }
        let (others, last) = (self.product(others), self.first(last));
        let product = self.binary(Op::MulInt, others, last);
        self.products.insert(monomial.to_vec(), product);
        product
    }

    /// A polynomial in the values of the first round.
    pub fn poly(&mut self, poly: &Poly) -> Ref {
        let mut sum = self.int(0);
        // The constant, which comes first, is added last: it may be part of an instruction.
        let mut constant = 0;
        for (monomial, coefficient) in poly.terms() {
            if monomial.is_empty() {
                constant = coefficient;
                continue;
            }
            let product = self.product(monomial);
            if coefficient == -1 {
                sum = self.binary(Op::SubInt, sum, product);
                continue;
            }
            let coefficient = self.int(coefficient);
            let term = self.binary(Op::MulInt, product, coefficient);
            sum = self.binary(Op::AddInt, sum, term);
        }
        let constant = self.int(constant);
        self.binary(Op::AddInt, sum, constant)
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
        least.expect("a loop with a bound")
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
                numbers.extend(vector.iter().map(|product| self.product(product)).collect::<Vec<Ref>>());
                self.put_with_arguments(Op::Linear, rounds, &numbers)
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
        let is_odd = self.binary(Op::AndInt, rounds, one);
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
