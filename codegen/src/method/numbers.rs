//! Builtins on numbers, in place.

use pseudo_vm::value::Value;

use super::Compiler;
use super::arith::{Class, Operand};
use super::context::{Form, Slot};
use super::operands::Int;
use super::registers::{RAX, XMM0, XMM1};
use crate::emit::encode::{Alu, Cond, Rm, Shift, Sse};

/// Numbers whose least or largest is found in place, at most: they are in registers all at once.
const NUMBERS: usize = 3;

/// `min` and `max` of ints.
pub(super) fn extreme(compiler: &mut Compiler<'_>, numbers: &[Slot], is_max: bool, to: Slot) -> bool {
    let operands: Vec<_> = numbers.iter().enumerate().map(|(at, &slot)| Operand::Slot(slot, at)).collect();
    let is_int = |&operand: &Operand| compiler.class(operand, operand) == Class::Int;
    if !(2..=NUMBERS).contains(&numbers.len()) || !operands.iter().all(is_int) {
        return false;
    }
    let mut ints = Vec::new();
    for &operand in &operands {
        let Some(int) = compiler.int_operand(operand) else { return false };
        ints.push(int);
    }
    let result = compiler.free_gpr();
    compiler.load_high(result, ints[0]);
    for &int in &ints[1..] {
        let other = match int {
            Int::High(reg) => reg,
            Int::Const(_) => {
                compiler.load_high(RAX, int);
                RAX
            }
        };
        compiler.code.alu(Alu::Cmp, other, Rm::Reg(result));
        compiler.code.cmov(if is_max { Cond::Greater } else { Cond::Less }, result, Rm::Reg(other));
    }
    compiler.define(to, Form::High(result));
    true
}

/// `sqrt` of an int or a float.
pub(super) fn sqrt(compiler: &mut Compiler<'_>, number: Slot, _: Slot, to: Slot) -> bool {
    let operand = Operand::Slot(number, 0);
    if !matches!(compiler.class(operand, operand), Class::Int | Class::Float) {
        return false;
    }
    let Some(x) = compiler.float_operand(operand, XMM0) else { return false };
    let result = compiler.free_xmm();
    compiler.code.sse(Sse::Sqrt, result, Rm::Reg(x));
    compiler.define(to, Form::Float(result));
    true
}

/// `abs`.
pub(super) fn abs(compiler: &mut Compiler<'_>, number: Slot, _: Slot, to: Slot) -> bool {
    let operand = Operand::Slot(number, 0);
    match compiler.class(operand, operand) {
        Class::Int => {
            let Some(x) = compiler.int_operand(operand) else { return false };
            let result = compiler.free_gpr();
            compiler.load_high(result, x);
            compiler.code.mov(RAX, Rm::Reg(result));
            compiler.code.shift_imm(Shift::Sar, RAX, 63);
            compiler.code.alu(Alu::Xor, result, Rm::Reg(RAX));
            compiler.code.alu(Alu::Sub, result, Rm::Reg(RAX));
            compiler.slow_if(Cond::Overflow);
            compiler.define(to, Form::High(result));
        }
        Class::Float => {
            let Some(x) = compiler.float_operand(operand, XMM0) else { return false };
            compiler.float_constant(XMM1, Value(u64::MAX >> 1));
            compiler.code.sse(Sse::And, XMM1, Rm::Reg(x));
            compiler.define_float(to, XMM1);
        }
        Class::Wide | Class::Other => return false,
    }
    true
}
