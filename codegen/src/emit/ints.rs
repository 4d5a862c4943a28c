//! Arithmetic on ints.

use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::Inst;

use super::encode::{Alu, Cond, Rm, Shift};
use super::{Emitter, Pair, Source};
use crate::regalloc::registers::{RAX, RCX, RDX};

impl Emitter<'_> {
    pub(super) fn int(&mut self, at: u32, inst: &Inst) {
        let dst = self.gpr_result(at).expect("a pure instruction's result is needed");
        match inst.op {
            Op::AddInt => self.add(dst, at),
            Op::SubInt => self.sub(dst, at),
            Op::MulInt => self.mul(dst, at),
            Op::AndInt => self.commutative(Alu::And, dst, at),
            Op::OrInt => self.commutative(Alu::Or, dst, at),
            Op::XorInt => self.commutative(Alu::Xor, dst, at),
            Op::UmulHighInt => self.mul_high(dst, at),
            Op::DivInt => self.divide(dst, at, true),
            Op::ModInt => self.divide(dst, at, false),
            Op::NegInt => {
                let [a] = self.operands(at);
                self.load(dst, a);
                self.code.neg(dst);
            }
            Op::NotInt => {
                let [a] = self.operands(at);
                self.load(dst, a);
                self.code.not(dst);
            }
            Op::NotBool => {
                let [a] = self.operands(at);
                self.load(dst, a);
                self.code.alu_imm(Alu::Xor, Rm::Reg(dst), 1);
            }
            Op::ShlInt => self.shift(Shift::Shl, dst, at),
            Op::SarInt => self.shift(Shift::Sar, dst, at),
            Op::ShrInt => self.shift(Shift::Shr, dst, at),
            _ => unreachable!("{:?} is no int operation", inst.op),
        }
    }

    /// Operands of a commutative operation: a constant second, or else one that is not in `dst`. What lies in memory
    /// comes to `rax` if writing to `dst` would change its address.
    fn commuted(&mut self, dst: u8, at: u32) -> (Loc, Source) {
        let Pair { a, b, .. } = self.pair(at);
        match b {
            Source::At(second)
                if self.word(a).is_some() || (second == Loc::Gpr(dst) && self.word(second).is_none()) =>
            {
                (second, Source::At(a))
            }
            Source::Memory(memory) if self.word(a).is_some() || (memory.reads(dst) && a != Loc::Gpr(dst)) => {
                self.code.mov(RAX, memory);
                (Loc::Gpr(RAX), Source::At(a))
            }
            _ => (a, b),
        }
    }

    fn source_imm(&self, source: Source) -> Option<i32> {
        match source {
            Source::At(loc) => self.imm(loc),
            Source::Memory(_) => None,
        }
    }

    fn add(&mut self, dst: u8, at: u32) {
        let (a, b) = self.commuted(dst, at);
        match (a, b, self.source_imm(b)) {
            (Loc::Gpr(a), _, Some(imm)) if a != dst => self.code.lea(dst, Rm::Mem(a, imm)),
            (Loc::Gpr(a), Source::At(Loc::Gpr(b)), _) if a != dst => self.code.lea_sum(dst, a, b),
            _ => self.write_over(Alu::Add, dst, a, b),
        }
    }

    fn commutative(&mut self, op: Alu, dst: u8, at: u32) {
        let (a, b) = self.commuted(dst, at);
        self.write_over(op, dst, a, b);
    }

    /// `dst = a op b`, where `b` is not in `dst` unless `a` is.
    fn write_over(&mut self, op: Alu, dst: u8, a: Loc, b: Source) {
        self.load(dst, a);
        match self.source_imm(b) {
            Some(imm) => self.code.alu_imm(op, Rm::Reg(dst), imm),
            None => {
                let b = self.source_rm(b, RAX);
                self.code.alu(op, dst, b);
            }
        }
    }

    fn sub(&mut self, dst: u8, at: u32) {
        let Pair { a, b, .. } = self.pair(at);
        let b = match b {
            Source::At(b) => b,
            Source::Memory(memory) if memory.reads(dst) && a != Loc::Gpr(dst) => {
                self.code.mov(RAX, memory);
                Loc::Gpr(RAX)
            }
            Source::Memory(_) => return self.write_over(Alu::Sub, dst, a, b),
        };
        match (a, self.imm(b)) {
            (Loc::Gpr(a), Some(imm)) if a != dst && imm != i32::MIN => self.code.lea(dst, Rm::Mem(a, -imm)),
            (_, Some(imm)) => {
                self.load(dst, a);
                self.code.alu_imm(Alu::Sub, Rm::Reg(dst), imm);
            }
            _ if b == Loc::Gpr(dst) && a != b => {
                self.code.neg(dst);
                match self.imm(a) {
                    Some(imm) => self.code.alu_imm(Alu::Add, Rm::Reg(dst), imm),
                    None => {
                        let a = self.rm(a, RAX);
                        self.code.alu(Alu::Add, dst, a);
                    }
                }
            }
            _ => {
                self.load(dst, a);
                let b = self.rm(b, RAX);
                self.code.alu(Alu::Sub, dst, b);
            }
        }
    }

    fn mul(&mut self, dst: u8, at: u32) {
        let (a, b) = self.commuted(dst, at);
        match self.source_imm(b) {
            Some(imm @ (3 | 5 | 9)) => {
                let a = self.gpr(a, RAX);
                self.code.lea_times(dst, a, imm as u8);
            }
            Some(imm) => {
                let a = self.rm(a, RAX);
                self.code.imul_imm(dst, a, imm);
            }
            None => {
                self.load(dst, a);
                let b = self.source_rm(b, RAX);
                self.code.imul(dst, b);
            }
        }
    }

    fn mul_high(&mut self, dst: u8, at: u32) {
        // A constant stands on the right, and is no operand of the instruction.
        let [a, b] = self.operands(at);
        self.load(RAX, b);
        let a = self.rm(a, RCX);
        self.code.mul(a);
        self.code.mov(dst, Rm::Reg(RDX));
    }

    fn shift(&mut self, op: Shift, dst: u8, at: u32) {
        let [a, b] = self.operands(at);
        match self.word(b) {
            Some(count) => {
                self.load(dst, a);
                if count & 63 != 0 {
                    self.code.shift_imm(op, dst, (count & 63) as u8);
                }
            }
            None => {
                // First the count: its register may be the result's.
                self.load(RCX, b);
                self.load(dst, a);
                self.code.shift_cl(op, dst);
            }
        }
    }

    /// Floor division or its remainder. The processor truncates; where the remainder is not 0 and its sign is not the
    /// divisor's, the quotient is one too large and the remainder one divisor short.
    fn divide(&mut self, dst: u8, at: u32, quotient: bool) {
        let [a, b] = self.operands(at);
        let constant = self.word(b).map(|word| word as i64);
        if constant == Some(-1) {
            // The processor traps on the smallest int by -1.
            if quotient {
                self.load(dst, a);
                self.code.neg(dst);
            } else {
                self.code.mov_imm(dst, 0);
            }
            return;
        }
        let divisor = self.gpr(b, RCX);
        let done = self.code.label();
        if constant.is_none() {
            self.code.alu_imm(Alu::Cmp, Rm::Reg(divisor), -1);
            let minus_one = self.code.label();
            self.code.jcc(Cond::Equal, minus_one);
            self.later(move |emitter| {
                emitter.code.bind(minus_one);
                if quotient {
                    emitter.load(dst, a);
                    emitter.code.neg(dst);
                } else {
                    emitter.code.mov_imm(dst, 0);
                }
                emitter.code.jmp(done);
            });
        }
        self.load(RAX, a);
        self.code.cqo();
        self.code.idiv(Rm::Reg(divisor));
        if constant.is_some_and(|constant| constant > 0) {
            // A remainder below 0 has a mask of ones for a sign.
            if quotient {
                self.code.shift_imm(Shift::Sar, RDX, 63);
                self.code.alu(Alu::Add, RAX, Rm::Reg(RDX));
                self.code.mov(dst, Rm::Reg(RAX));
            } else {
                self.code.mov(RAX, Rm::Reg(RDX));
                self.code.shift_imm(Shift::Sar, RAX, 63);
                self.code.alu(Alu::And, RAX, Rm::Reg(divisor));
                self.code.alu(Alu::Add, RDX, Rm::Reg(RAX));
                self.code.mov(dst, Rm::Reg(RDX));
            }
        } else {
            let exact = self.code.label();
            self.code.test(RDX, RDX);
            self.code.jcc(Cond::Equal, exact);
            if quotient {
                self.code.alu(Alu::Xor, RDX, Rm::Reg(divisor));
                self.code.jcc(Cond::NoSign, exact);
                self.code.alu_imm(Alu::Sub, Rm::Reg(RAX), 1);
            } else {
                self.code.mov(RAX, Rm::Reg(RDX));
                self.code.alu(Alu::Xor, RAX, Rm::Reg(divisor));
                self.code.jcc(Cond::NoSign, exact);
                self.code.alu(Alu::Add, RDX, Rm::Reg(divisor));
            }
            self.code.bind(exact);
            self.code.mov(dst, Rm::Reg(if quotient { RAX } else { RDX }));
        }
        self.code.bind(done);
    }
}
