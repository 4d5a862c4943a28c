//! Writes instructions in front of a loop, in terms of what the loop computes in its first round.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::Counts;
use super::fold;
use super::induction::{Monomial, Poly};
use crate::ir::ops::{Op, Operand};
use crate::ir::trace::{Inst, SnapshotId, Trace};
use crate::ir::types::{Ref, Ty};

/// A trace whose body is set aside while instructions are appended before it. References are those of the trace as it
/// was, until it is closed; what has been appended has references that stay.
pub struct Preamble<'t> {
    /// What stands before the loop.
    pub trace: &'t mut Trace,
    counts: &'t mut Counts,
    start: usize,
    /// From the `loop` on.
    body: Vec<Inst>,
    old_args: usize,
    /// The bytecode instruction that what is appended belongs to.
    pub origin: u32,
    /// What instructions of the body give in the first round.
    clones: FxHashMap<Ref, Ref>,
    products: BTreeMap<Monomial, Ref>,
}

impl<'t> Preamble<'t> {
    /// Sets the body aside. None if there is no loop.
    pub fn open(trace: &'t mut Trace, counts: &'t mut Counts) -> Option<Preamble<'t>> {
        let start = trace.loop_start()?;
        let body = trace.insts.split_off(start);
        let (origin, old_args) = (body[0].origin, trace.args.len());
        let (clones, products) = Default::default();
        Some(Preamble { trace, counts, start, body, old_args, origin, clones, products })
    }

    /// Puts the body back, its phis with new beginnings, if there are any.
    pub fn close(self, begins: Option<&[Ref]>) {
        let Preamble { trace, start, body, old_args, .. } = self;
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
            if let (Op::Phi, Some(begins)) = (inst.op, begins) {
                inst.a = begins[at - 1];
            }
            trace.push(inst);
        }
        trace.args[..old_args].iter_mut().chain(&mut trace.relies).for_each(|value| *value = moved(*value));
        for (_, value) in trace.snapshots.iter_mut().flat_map(|snapshot| &mut snapshot.entries) {
            *value = moved((*value).into()).into();
        }
    }

    /// The phis, by their old references.
    pub fn phis(&self) -> impl Iterator<Item = Ref> + use<> {
        let count = self.body[1..].iter().take_while(|inst| inst.op == Op::Phi).count();
        (self.start + 1..).take(count).map(Ref::inst)
    }

    /// Appends an instruction, folded.
    pub fn put(&mut self, op: Op, a: Ref, b: Ref, c: Ref) -> Ref {
        let ty = op.info().result.unwrap_or(Ty::Int);
        let inst = Inst { op, ty, a, b, c, snapshot: SnapshotId::NONE, origin: self.origin };
        fold::emit(self.trace, self.counts, inst, fold::Stage::Fold)
    }

    /// Appends an instruction with any number of arguments.
    pub fn put_with_arguments(&mut self, op: Op, a: Ref, arguments: &[Ref]) -> Ref {
        let first = Ref(self.trace.args.len() as u32);
        self.trace.args.extend_from_slice(arguments);
        self.put(op, a, first, Ref(arguments.len() as u32))
    }

    /// Appends an instruction of two operands.
    pub fn binary(&mut self, op: Op, a: Ref, b: Ref) -> Ref {
        self.put(op, a, b, Ref::NONE)
    }

    /// Leaves to the state at entry if a comparison does not hold.
    pub fn require(&mut self, op: Op, a: Ref, b: Ref) {
        let holds = self.binary(op, a, b);
        let guard = Inst {
            op: Op::GuardTrue,
            ty: Ty::None,
            a: holds,
            b: Ref::NONE,
            c: Ref::NONE,
            snapshot: SnapshotId(0),
            origin: self.origin,
        };
        fold::emit(self.trace, self.counts, guard, fold::Stage::Fold);
    }

    /// A constant.
    pub fn int(&mut self, int: i64) -> Ref {
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

    /// The product of some values in the first round.
    pub fn product(&mut self, monomial: &[Ref]) -> Ref {
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
}
