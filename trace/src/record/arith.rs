//! Arithmetic and bit operations.

use pseudo_vm::bytecode::ops::Op as Bytecode;
use pseudo_vm::value::Value;

use super::aborts::{Abort, Reason};
use super::{Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::types::{Ref, Ty};

/// An operand: in the trace, and in the interpreter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand {
    /// In the trace, its type guarded.
    pub value: Ref,
    /// Its type.
    pub ty: Ty,
    /// What it is now.
    pub actual: Value,
}

impl Operand {
    /// Whether it is an int or a float.
    pub fn is_number(&self) -> bool {
        matches!(self.ty, Ty::Int | Ty::Float)
    }
}

/// What an opcode does to ints, and to floats: one instruction, where that is all.
pub(super) fn operations(op: Bytecode) -> Option<(Op, Option<Op>)> {
    Some(match op {
        Bytecode::Add | Bytecode::AddK => (Op::AddInt, Some(Op::AddFloat)),
        Bytecode::Sub | Bytecode::SubK => (Op::SubInt, Some(Op::SubFloat)),
        Bytecode::Mul | Bytecode::MulK => (Op::MulInt, Some(Op::MulFloat)),
        Bytecode::FloorDiv | Bytecode::FloorDivK => (Op::DivInt, None),
        Bytecode::Mod | Bytecode::ModK => (Op::ModInt, Some(Op::ModFloat)),
        Bytecode::BitAnd | Bytecode::BitAndK => (Op::AndInt, None),
        Bytecode::BitOr | Bytecode::BitOrK => (Op::OrInt, None),
        Bytecode::BitXor | Bytecode::BitXorK => (Op::XorInt, None),
        Bytecode::Shl | Bytecode::ShlK => (Op::ShlInt, None),
        Bytecode::Shr | Bytecode::ShrK => (Op::SarInt, None),
        _ => return None,
    })
}

impl Recorder {
    /// A register as an operand.
    pub(super) fn operand(&mut self, now: &Now<'_>, register: usize) -> Result<Operand, Abort> {
        let value = self.typed_register(now, register)?;
        Ok(Operand { value, ty: self.out.ty(value), actual: now.register(register) })
    }

    /// A constant as an operand.
    pub(super) fn constant_operand(&mut self, now: &Now<'_>, distance: usize) -> Result<Operand, Abort> {
        let actual = now.constant(distance);
        let value = self.constant(now, actual)?;
        Ok(Operand { value, ty: self.out.ty(value), actual })
    }

    /// A number as a float, as arithmetic converts it.
    pub(super) fn float_of(&mut self, number: Ref) -> Ref {
        match self.out.ty(number) {
            Ty::Float => number,
            _ => match self.out.trace.as_int(number) {
                Some(int) => self.out.trace.float(int as f64),
                None => self.out.emit(Op::IntToFloat, &[number]),
            },
        }
    }

    pub(super) fn record_binary(&mut self, now: &Now<'_>, constant: bool) -> Result<(), Abort> {
        let word = now.word;
        let x = self.operand(now, word.b())?;
        let y = if constant { self.constant_operand(now, word.c())? } else { self.operand(now, word.c())? };
        let result = match (x.ty, y.ty) {
            _ if matches!(word.op(), Bytecode::Div | Bytecode::DivK) && x.is_number() && y.is_number() => {
                let (x, y) = (self.float_of(x.value), self.float_of(y.value));
                self.out.emit(Op::DivFloat, &[x, y])
            }
            (Ty::Int, Ty::Int) => self.binary_ints(now, x, y)?,
            (Ty::Int | Ty::Float, Ty::Int | Ty::Float) => self.binary_floats(now, x, y)?,
            (Ty::Str, Ty::Str) if matches!(word.op(), Bytecode::Add | Bytecode::AddK) => {
                self.join(now, x.value, y.value)
            }
            _ => return Err(self.abort(Reason::Throws)),
        };
        self.write_register(now, word.a(), result);
        Ok(())
    }

    fn binary_ints(&mut self, now: &Now<'_>, x: Operand, y: Operand) -> Result<Ref, Abort> {
        let (op, _) = operations(now.word.op()).ok_or_else(|| self.not_yet(now))?;
        match op {
            Op::DivInt | Op::ModInt => {
                let divides_now = y.actual.as_int() != Some(0);
                if !y.value.is_const() {
                    let zero = self.out.trace.int(0);
                    let divides = self.out.emit(Op::NeInt, &[y.value, zero]);
                    self.guard_outcome(now, divides, divides_now);
                }
                if !divides_now {
                    return Err(self.abort(Reason::Throws));
                }
            }
            Op::ShlInt | Op::SarInt => return self.shift(now, op, x, y),
            _ => {}
        }
        Ok(self.out.emit(op, &[x.value, y.value]))
    }

    /// A shift: counts from 64 on shift everything out, negative ones throw.
    fn shift(&mut self, now: &Now<'_>, op: Op, x: Operand, y: Operand) -> Result<Ref, Abort> {
        let count = y.actual.as_int().ok_or_else(|| self.abort(Reason::Lost))?;
        if count < 0 {
            return Err(self.abort(Reason::Throws));
        }
        let in_range = count < 64;
        if !y.value.is_const() {
            let (test, bound) = if in_range {
                let width = self.out.trace.int(64);
                (Op::UltInt, [y.value, width])
            } else {
                let last = self.out.trace.int(63);
                (Op::LtInt, [last, y.value])
            };
            let holds = self.out.emit(test, &bound);
            self.guard_outcome(now, holds, true);
        }
        if in_range {
            return Ok(self.out.emit(op, &[x.value, y.value]));
        }
        if op == Op::ShlInt {
            return Ok(self.out.trace.int(0));
        }
        let sign = self.out.trace.int(63);
        Ok(self.out.emit(op, &[x.value, sign]))
    }

    fn binary_floats(&mut self, now: &Now<'_>, x: Operand, y: Operand) -> Result<Ref, Abort> {
        let (op, of_floats) = operations(now.word.op()).ok_or_else(|| self.not_yet(now))?;
        if op == Op::DivInt {
            let (x, y) = (self.float_of(x.value), self.float_of(y.value));
            let quotient = self.out.emit(Op::DivFloat, &[x, y]);
            return Ok(self.out.emit(Op::FloorFloat, &[quotient]));
        }
        let op = of_floats.ok_or_else(|| self.abort(Reason::Throws))?;
        let (x, y) = (self.float_of(x.value), self.float_of(y.value));
        Ok(self.out.emit(op, &[x, y]))
    }

    pub(super) fn record_unary(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let x = self.operand(now, now.word.b())?;
        let op = match (now.word.op(), x.ty) {
            (Bytecode::Neg, Ty::Int) => Op::NegInt,
            (Bytecode::Neg, Ty::Float) => Op::NegFloat,
            (Bytecode::BitNot, Ty::Int) => Op::NotInt,
            _ => return Err(self.abort(Reason::Throws)),
        };
        let result = self.out.emit(op, &[x.value]);
        self.write_register(now, now.word.a(), result);
        Ok(())
    }
}
