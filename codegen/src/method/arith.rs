//! Arithmetic and bit operations on ints of 48 bits and on floats.

use pseudo_vm::bytecode::ops::{Op, Role};
use pseudo_vm::bytecode::profile::Operand as Seen;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::faults::{self, Fault};
use pseudo_vm::value::Value;

use super::Compiler;
use super::context::{Form, Kind, Slot};
use super::operands::{HIGH, Int, Wide};
use super::registers::{RAX, RCX, RDX, XMM0, XMM1};
use crate::emit::encode::{Alu, Cond, Rm, Shift, Sse};

/// An operand: a register of the frame, or a constant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Operand {
    /// Register, and the field that names it.
    Slot(Slot, usize),
    /// Constant.
    Const(Value),
}

/// Whether an instruction is likely to have ints or floats.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// Ints of 48 bits.
    Int,
    /// Ints, at least one of them larger, or the result.
    Wide,
    /// At least one float.
    Float,
    /// Something else.
    Other,
}

impl Compiler<'_> {
    /// A field of an instruction as an operand.
    pub(super) fn operand(&self, word: Word, field: usize) -> Operand {
        let index = [word.a(), word.b(), word.c()][field];
        match word.op().info().roles[field] {
            Role::Const => Operand::Const(self.proto.constant(self.at, index)),
            _ => Operand::Slot(self.register(index), field),
        }
    }

    fn class_of(&self, operand: Operand) -> Class {
        let kind = match operand {
            Operand::Const(value) => Kind::of(value),
            Operand::Slot(slot, field) => match self.kind(slot) {
                Kind::Any => {
                    return match self.seen(slot, field) {
                        Seen::Int | Seen::Unknown => Class::Int,
                        Seen::Float => Class::Float,
                        Seen::LargeInt => Class::Wide,
                        Seen::Number | Seen::Array | Seen::String | Seen::Other => Class::Other,
                    };
                }
                kind => kind,
            },
        };
        match kind {
            Kind::INT => Class::Int,
            Kind::Float => Class::Float,
            Kind::Wide => Class::Wide,
            Kind::Any | Kind::Tag(_) => Class::Other,
        }
    }

    /// What two operands are likely to be.
    pub(super) fn class(&self, x: Operand, y: Operand) -> Class {
        match (self.class_of(x), self.class_of(y)) {
            (Class::Int, Class::Int) if self.profile.seen(self.at).overflows() => Class::Wide,
            (Class::Int, Class::Int) => Class::Int,
            (Class::Other, _) | (_, Class::Other) => Class::Other,
            (Class::Wide, Class::Float) | (Class::Float, Class::Wide) => Class::Other,
            (Class::Wide, _) | (_, Class::Wide) => Class::Wide,
            _ => Class::Float,
        }
    }

    pub(super) fn int_operand(&mut self, operand: Operand) -> Option<Int> {
        match operand {
            Operand::Slot(slot, _) => self.int(slot),
            Operand::Const(value) => value.is_small_int().then(|| Int::Const(value.as_small_int())),
        }
    }

    /// A number as a float: in its own register, or in the one that is given.
    pub(super) fn float_operand(&mut self, operand: Operand, scratch: u8) -> Option<u8> {
        match operand {
            Operand::Const(value) => {
                let float = if value.is_small_int() {
                    Value::float(value.as_small_int() as f64)
                } else if value.is_float() {
                    value
                } else {
                    return None;
                };
                self.float_constant(scratch, float);
                Some(scratch)
            }
            Operand::Slot(slot, _) => {
                let is_int = match self.kind(slot) {
                    Kind::Any => self.class_of(operand) == Class::Int,
                    kind => kind == Kind::INT,
                };
                if !is_int {
                    return self.float(slot);
                }
                match self.int(slot)? {
                    Int::Const(int) => self.float_constant(scratch, Value::float(int as f64)),
                    Int::High(reg) => {
                        self.code.mov(RAX, Rm::Reg(reg));
                        self.code.shift_imm(Shift::Sar, RAX, HIGH);
                        // The conversion keeps the upper half of what was there.
                        self.code.clear_xmm(scratch);
                        self.code.cvtsi2sd(scratch, Rm::Reg(RAX));
                    }
                }
                Some(scratch)
            }
        }
    }

    /// `reg` = an int in the upper 48 bits.
    pub(super) fn load_high(&mut self, reg: u8, int: Int) {
        match int {
            Int::High(from) => self.code.mov(reg, Rm::Reg(from)),
            Int::Const(int) => self.code.mov_imm(reg, (int << HIGH) as u64),
        }
    }

    pub(super) fn wide_operand(&mut self, operand: Operand) -> Option<Wide> {
        match operand {
            Operand::Slot(slot, _) => self.wide(slot),
            Operand::Const(_) => self.int_operand(operand).map(Wide::Small),
        }
    }

    /// `reg` = an int as it is.
    pub(super) fn load_wide(&mut self, reg: u8, int: Wide) {
        match int {
            Wide::Raw(from) => self.code.mov(reg, Rm::Reg(from)),
            Wide::Small(int) => self.load_raw(reg, int),
        }
    }

    /// The same of one of 48 bits.
    pub(super) fn load_raw(&mut self, reg: u8, int: Int) {
        match int {
            Int::High(from) => {
                self.code.mov(reg, Rm::Reg(from));
                self.code.shift_imm(Shift::Sar, reg, HIGH);
            }
            Int::Const(int) => self.code.mov_imm(reg, int as u64),
        }
    }

    /// `reg = reg op int`, both in the upper 48 bits. Uses `rax`.
    pub(super) fn alu_high(&mut self, op: Alu, reg: u8, int: Int) {
        match int {
            Int::High(other) => self.code.alu(op, reg, Rm::Reg(other)),
            Int::Const(int) => match i32::try_from(int << HIGH) {
                Ok(imm) => self.code.alu_imm(op, Rm::Reg(reg), imm),
                Err(_) => {
                    self.code.mov_imm(RAX, (int << HIGH) as u64);
                    self.code.alu(op, reg, Rm::Reg(RAX));
                }
            },
        }
    }

    /// `rax, rdx` = quotient and remainder of `rax` by `rcx`, rounded down. Uses one more register.
    fn floor_divide_raw(&mut self, scratch: u8) {
        let (wide, done) = (self.code.label(), self.code.label());
        let code = &mut self.code;
        // 32-bit division takes a fraction of the time of a 64-bit one on many processors.
        code.mov(RDX, Rm::Reg(RAX));
        code.alu(Alu::Or, RDX, Rm::Reg(RCX));
        code.shift_imm(Shift::Shr, RDX, 32);
        code.jcc(Cond::NotEqual, wide);
        code.div32(Rm::Reg(RCX));
        code.jmp(done);
        code.bind(wide);
        code.cqo();
        code.idiv(Rm::Reg(RCX));
        // The remainder has the divisor's sign.
        code.test(RDX, RDX);
        code.jcc(Cond::Equal, done);
        code.mov(scratch, Rm::Reg(RDX));
        code.alu(Alu::Xor, scratch, Rm::Reg(RCX));
        code.jcc(Cond::NoSign, done);
        if !faults::on(Fault::MethodFloor) {
            code.alu_imm(Alu::Sub, Rm::Reg(RAX), 1);
        }
        code.alu(Alu::Add, RDX, Rm::Reg(RCX));
        code.bind(done);
    }

    /// A slot = a float in a scratch register.
    pub(super) fn define_float(&mut self, to: Slot, xmm: u8) {
        let result = self.free_xmm();
        self.code.movsd(result, Rm::Reg(xmm));
        self.define(to, Form::Float(result));
    }
}

pub(super) fn binary(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let (x, y) = (compiler.operand(word, 1), compiler.operand(word, 2));
    let (alu, sse) = match word.op() {
        Op::Add | Op::AddK => (Some(Alu::Add), Some(Sse::Add)),
        Op::Sub | Op::SubK => (Some(Alu::Sub), Some(Sse::Sub)),
        Op::BitAnd | Op::BitAndK => (Some(Alu::And), None),
        Op::BitOr | Op::BitOrK => (Some(Alu::Or), None),
        Op::BitXor | Op::BitXorK => (Some(Alu::Xor), None),
        _ => (None, Some(Sse::Mul)),
    };
    match (compiler.class(x, y), sse) {
        (Class::Int, _) => int_binary(compiler, word, x, y, alu),
        (Class::Wide, _) => wide_binary(compiler, word, x, y, alu),
        (Class::Float, Some(sse)) => float_binary(compiler, word, x, y, sse),
        _ => false,
    }
}

fn int_binary(compiler: &mut Compiler<'_>, word: Word, x: Operand, y: Operand, alu: Option<Alu>) -> bool {
    let (Some(mut x), Some(mut y)) = (compiler.int_operand(x), compiler.int_operand(y)) else { return false };
    if matches!(x, Int::Const(_)) && alu != Some(Alu::Sub) {
        (x, y) = (y, x);
    }
    let result = compiler.free_gpr();
    match alu {
        Some(alu) => {
            compiler.load_high(result, x);
            compiler.alu_high(alu, result, y);
            if matches!(alu, Alu::Add | Alu::Sub) && !faults::on(Fault::MethodOverflow) {
                compiler.slow_if(Cond::Overflow);
            }
        }
        None => {
            compiler.load_raw(RAX, y);
            compiler.load_high(result, x);
            compiler.code.imul(result, Rm::Reg(RAX));
            compiler.slow_if(Cond::Overflow);
        }
    }
    compiler.define(compiler.register(word.a()), Form::High(result));
    true
}

fn float_binary(compiler: &mut Compiler<'_>, word: Word, x: Operand, y: Operand, sse: Sse) -> bool {
    let (Some(x), Some(y)) = (compiler.float_operand(x, XMM0), compiler.float_operand(y, XMM1)) else { return false };
    let result = compiler.free_xmm();
    compiler.code.movsd(result, Rm::Reg(x));
    compiler.code.sse(sse, result, Rm::Reg(y));
    compiler.define(compiler.register(word.a()), Form::Float(result));
    true
}

/// Wraps as ints of the language do: there is nothing to check.
fn wide_binary(compiler: &mut Compiler<'_>, word: Word, x: Operand, y: Operand, alu: Option<Alu>) -> bool {
    let (Some(x), Some(y)) = (compiler.wide_operand(x), compiler.wide_operand(y)) else { return false };
    let result = compiler.free_gpr();
    compiler.load_wide(RAX, y);
    compiler.load_wide(result, x);
    match alu {
        Some(alu) => compiler.code.alu(alu, result, Rm::Reg(RAX)),
        None => compiler.code.imul(result, Rm::Reg(RAX)),
    }
    compiler.define(compiler.register(word.a()), Form::Raw(result));
    true
}

fn wide_floor_divide(compiler: &mut Compiler<'_>, word: Word, x: Operand, y: Operand, wants_quotient: bool) -> bool {
    let (Some(x), Some(y)) = (compiler.wide_operand(x), compiler.wide_operand(y)) else { return false };
    let result = compiler.free_gpr();
    compiler.load_wide(RCX, y);
    // Neither 0 nor -1.
    compiler.code.lea(RAX, Rm::Mem(RCX, 1));
    compiler.code.alu_imm(Alu::Cmp, Rm::Reg(RAX), 1);
    compiler.slow_if(Cond::BelowEqual);
    compiler.load_wide(RAX, x);
    compiler.floor_divide_raw(result);
    compiler.code.mov(result, Rm::Reg(if wants_quotient { RAX } else { RDX }));
    compiler.define(compiler.register(word.a()), Form::Raw(result));
    true
}

fn wide_shift(compiler: &mut Compiler<'_>, word: Word, x: Operand, y: Operand, op: Shift) -> bool {
    let (Some(x), Some(y)) = (compiler.wide_operand(x), compiler.wide_operand(y)) else { return false };
    let result = compiler.free_gpr();
    match y {
        Wide::Small(Int::Const(count)) if (1..64).contains(&count) => {
            compiler.load_wide(result, x);
            compiler.code.shift_imm(op, result, count as u8);
        }
        Wide::Small(Int::Const(_)) => return false,
        _ => {
            compiler.load_wide(RCX, y);
            compiler.code.alu_imm(Alu::Cmp, Rm::Reg(RCX), 64);
            compiler.slow_if(Cond::AboveEqual);
            compiler.load_wide(result, x);
            compiler.code.shift_cl(op, result);
        }
    }
    compiler.define(compiler.register(word.a()), Form::Raw(result));
    true
}

pub(super) fn divide(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let (x, y) = (compiler.operand(word, 1), compiler.operand(word, 2));
    match compiler.class(x, y) {
        Class::Int | Class::Float => float_binary(compiler, word, x, y, Sse::Div),
        Class::Wide | Class::Other => false,
    }
}

pub(super) fn floor_divide(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let (x, y) = (compiler.operand(word, 1), compiler.operand(word, 2));
    let wants_quotient = matches!(word.op(), Op::FloorDiv | Op::FloorDivK);
    match compiler.class(x, y) {
        Class::Int => {}
        Class::Wide => return wide_floor_divide(compiler, word, x, y, wants_quotient),
        Class::Float | Class::Other => return false,
    }
    let (Some(x), Some(y)) = (compiler.int_operand(x), compiler.int_operand(y)) else { return false };
    let result = compiler.free_gpr();
    match y {
        Int::Const(0) => return false,
        Int::Const(y) if y > 0 && y & (y - 1) == 0 => {
            compiler.load_high(result, x);
            if wants_quotient {
                compiler.code.shift_imm(Shift::Sar, result, y.trailing_zeros() as u8);
                compiler.code.alu_imm(Alu::And, Rm::Reg(result), -1 << HIGH);
            } else {
                compiler.alu_high(Alu::And, result, Int::Const(y - 1));
            }
        }
        _ => {
            compiler.load_raw(RCX, y);
            if !matches!(y, Int::Const(_)) {
                // Neither 0 nor -1, whose quotient may not fit.
                compiler.code.lea(RAX, Rm::Mem(RCX, 1));
                compiler.code.alu_imm(Alu::Cmp, Rm::Reg(RAX), 1);
                compiler.slow_if(Cond::BelowEqual);
            } else if y == Int::Const(-1) {
                return false;
            }
            compiler.load_raw(RAX, x);
            compiler.floor_divide_raw(result);
            let code = &mut compiler.code;
            code.mov(result, Rm::Reg(if wants_quotient { RAX } else { RDX }));
            code.shift_imm(Shift::Shl, result, HIGH);
        }
    }
    compiler.define(compiler.register(word.a()), Form::High(result));
    true
}

pub(super) fn shift(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let (x, y) = (compiler.operand(word, 1), compiler.operand(word, 2));
    let left = matches!(word.op(), Op::Shl | Op::ShlK);
    match compiler.class(x, y) {
        Class::Int => {}
        Class::Wide => return wide_shift(compiler, word, x, y, if left { Shift::Shl } else { Shift::Sar }),
        Class::Float | Class::Other => return false,
    }
    let most = if left { 48 } else { 64 };
    let (Some(x), Some(y)) = (compiler.int_operand(x), compiler.int_operand(y)) else { return false };
    let result = compiler.free_gpr();
    let op = if left { Shift::Shl } else { Shift::Sar };
    match y {
        Int::Const(count) if (0..most).contains(&count) => {
            compiler.load_high(result, x);
            if count != 0 {
                compiler.code.shift_imm(op, result, count as u8);
            }
            if left {
                compiler.code.mov(RDX, Rm::Reg(result));
                if count != 0 {
                    compiler.code.shift_imm(Shift::Sar, RDX, count as u8);
                }
            }
        }
        Int::Const(_) => return false,
        Int::High(_) => {
            compiler.load_raw(RCX, y);
            compiler.code.alu_imm(Alu::Cmp, Rm::Reg(RCX), most as i32);
            compiler.slow_if(Cond::AboveEqual);
            compiler.load_high(result, x);
            compiler.code.shift_cl(op, result);
            if left {
                compiler.code.mov(RDX, Rm::Reg(result));
                compiler.code.shift_cl(Shift::Sar, RDX);
            }
        }
    }
    if left {
        compiler.alu_high(Alu::Cmp, RDX, x);
        compiler.slow_if(Cond::NotEqual);
    } else {
        compiler.code.alu_imm(Alu::And, Rm::Reg(result), -1 << HIGH);
    }
    compiler.define(compiler.register(word.a()), Form::High(result));
    true
}

pub(super) fn negate(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let x = compiler.operand(word, 1);
    match compiler.class_of(x) {
        Class::Int => {
            let Some(x) = compiler.int_operand(x) else { return false };
            let result = compiler.free_gpr();
            compiler.code.clear(result);
            compiler.alu_high(Alu::Sub, result, x);
            compiler.slow_if(Cond::Overflow);
            compiler.define(compiler.register(word.a()), Form::High(result));
        }
        Class::Float => {
            let Some(x) = compiler.float_operand(x, XMM0) else { return false };
            compiler.float_constant(XMM1, Value::float(-0.0));
            compiler.code.sse(Sse::Xor, XMM1, Rm::Reg(x));
            compiler.define_float(compiler.register(word.a()), XMM1);
        }
        Class::Wide | Class::Other => return false,
    }
    true
}

pub(super) fn bit_not(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let x = compiler.operand(word, 1);
    if compiler.class_of(x) != Class::Int {
        return false;
    }
    let Some(x) = compiler.int_operand(x) else { return false };
    let result = compiler.free_gpr();
    compiler.load_high(result, x);
    compiler.code.alu_imm(Alu::Xor, Rm::Reg(result), -1 << HIGH);
    compiler.define(compiler.register(word.a()), Form::High(result));
    true
}
