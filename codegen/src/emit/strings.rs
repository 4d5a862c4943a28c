//! Strings: characters, comparisons.

use std::mem::offset_of;

use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::Inst;
use pseudo_vm::heap::object::Str;

use super::Emitter;
use super::compare::Test;
use super::encode::{Alu, Cond, Label, Rm};
use crate::regalloc::registers::{RAX, RCX};

const LEN: i32 = offset_of!(Str, len) as i32;
const CHARS: i32 = offset_of!(Str, chars) as i32;
const DATA: i32 = offset_of!(Str, data) as i32;
/// Both lengths are one word.
const _: () = assert!(CHARS == LEN + 4);

impl Emitter<'_> {
    pub(super) fn string(&mut self, at: u32, inst: &Inst) {
        let dst = self.gpr_result(at).expect("a pure instruction's result is needed");
        match inst.op {
            Op::StrLen => {
                let [string] = self.operands(at);
                let string = self.gpr(string, RAX);
                self.code.load32(dst, Rm::Mem(string, CHARS));
            }
            Op::StrByte => {
                let [bytes, index] = self.operands(at);
                let bytes = self.gpr(bytes, RAX);
                let byte = match self.imm(index) {
                    Some(index) => Rm::Mem(bytes, index),
                    None => Rm::Byte(bytes, self.gpr(index, RCX), 0),
                };
                self.code.load_byte(dst, byte);
            }
            Op::StrChar => {
                let [code, place] = self.operands(at);
                let place = self.gpr(place, RAX);
                let code = self.gpr(code, RCX);
                self.code.mov(RAX, Rm::Elem(place, code, 0));
                self.untag(dst, RAX);
            }
            _ => unreachable!("{:?} is about no string", inst.op),
        }
    }

    /// The string has as many bytes as characters, and they are in one piece, or can be put into one.
    pub(super) fn guard_ascii(&mut self, at: u32, exit: Label) {
        let [string] = self.operands(at);
        let reg = self.gpr(string, RAX);
        self.code.load32(RCX, Rm::Mem(reg, LEN));
        self.code.alu32(Alu::Cmp, RCX, Rm::Mem(reg, CHARS));
        self.code.jcc(Cond::NotEqual, exit);
        self.code.mov(RCX, Rm::Mem(reg, DATA));
        self.code.test(RCX, RCX);
        let (rope, done) = (self.code.label(), self.code.label());
        self.code.jcc(Cond::Equal, rope);
        self.code.bind(done);
        if let Some(dst) = self.gpr_result(at) {
            self.code.mov(dst, Rm::Reg(RCX));
        }
        self.later(move |emitter| {
            emitter.code.bind(rope);
            emitter.load(RAX, string);
            emitter.call_routine_of(emitter.input.routines.flatten);
            emitter.code.mov(RCX, Rm::Reg(RAX));
            emitter.code.test(RCX, RCX);
            emitter.code.jcc(Cond::Equal, exit);
            emitter.code.jmp(done);
        });
    }

    /// Sets flags: equal if the strings are. One object equals itself; strings of two lengths differ.
    pub(super) fn compare_strings(&mut self, a: Loc, b: Loc) -> Test {
        let (left, right) = (self.gpr(a, RAX), self.gpr(b, RCX));
        self.code.alu(Alu::Cmp, left, Rm::Reg(right));
        let (alike, done) = (self.code.label(), self.code.label());
        self.code.jcc(Cond::Equal, done);
        // Of the two, one that holds no operand that is still needed.
        let lengths = if left != RAX && right != RCX { RCX } else { RAX };
        self.code.mov(lengths, Rm::Mem(left, LEN));
        self.code.alu(Alu::Cmp, lengths, Rm::Mem(right, LEN));
        self.code.jcc(Cond::Equal, alike);
        self.code.bind(done);
        self.later(move |emitter| {
            emitter.code.bind(alike);
            emitter.load(RAX, a);
            emitter.load(RCX, b);
            emitter.call_routine_of(emitter.input.routines.str_eq);
            emitter.code.alu_imm(Alu::Cmp, Rm::Reg(RAX), 1);
            emitter.code.jmp(done);
        });
        Test::One(Cond::Equal)
    }
}
