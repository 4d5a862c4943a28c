//! Strings: compared, taken apart and made of characters as long as these are ASCII, and in one piece.

use std::mem::offset_of;

use pseudo_vm::bytecode::profile::Operand as Seen;
use pseudo_vm::heap::object::Str;
use pseudo_vm::ops::compare::OrderOp;
use pseudo_vm::value::{PAYLOAD, TAG_STRING};

use super::arith::Operand;
use super::context::{Form, Kind, Slot};
use super::operands::HIGH;
use super::registers::{RAX, RCX, RDX};
use super::{Compiler, iterating};
use crate::emit::encode::{Alu, Cond, Rm, Shift};

const LEN: i32 = offset_of!(Str, len) as i32;
const CHARS: i32 = offset_of!(Str, chars) as i32;
const DATA: i32 = offset_of!(Str, data) as i32;
const STRING: Kind = Kind::Tag(TAG_STRING as u16);

impl Compiler<'_> {
    /// Whether a slot likely holds a string.
    pub(super) fn is_likely_string(&self, slot: Slot, field: usize) -> bool {
        match self.kind(slot) {
            Kind::Any => self.seen(slot, field) == Seen::String,
            kind => kind == STRING,
        }
    }

    fn are_likely_strings(&self, x: Operand, y: Operand) -> bool {
        [x, y].into_iter().all(|operand| match operand {
            Operand::Const(value) => Kind::of(value) == STRING,
            Operand::Slot(slot, field) => self.is_likely_string(slot, field),
        })
    }

    /// `rax` and `rdx` = the addresses of two strings. False if they are known to be none.
    fn string_addresses(&mut self, x: Operand, y: Operand) -> bool {
        for (operand, reg) in [(y, RDX), (x, RAX)] {
            match operand {
                Operand::Const(value) => self.code.mov_imm(reg, value.0 & PAYLOAD),
                Operand::Slot(slot, _) => {
                    if !self.address(slot, TAG_STRING, reg) {
                        return false;
                    }
                }
            }
        }
        true
    }

    /// Jumps unless the strings at `rax` and `rdx` have one byte each and are in one piece; brings those into a register and
    /// `rcx`.
    fn single_bytes(&mut self, left: u8, other: crate::emit::encode::Label) {
        for (string, byte) in [(RAX, left), (RDX, RCX)] {
            self.code.alu32_imm(Alu::Cmp, Rm::Mem(string, LEN), 1);
            self.code.jcc(Cond::NotEqual, other);
            self.code.mov(byte, Rm::Mem(string, DATA));
            self.code.test(byte, byte);
            self.code.jcc(Cond::Equal, other);
            self.code.load_byte(byte, Rm::Mem(byte, 0));
        }
    }

    /// Orders two strings: characters in place, the rest by a helper. Which condition of the flags says that the relation
    /// holds; none if it does not seem to be about strings.
    pub(super) fn order_strings(&mut self, x: Operand, y: Operand, relation: OrderOp) -> Option<Cond> {
        if !self.are_likely_strings(x, y) {
            return None;
        }
        let (x, y, cond) = match relation {
            OrderOp::Lt => (x, y, Cond::Below),
            OrderOp::Ge => (x, y, Cond::AboveEqual),
            OrderOp::Gt => (y, x, Cond::Below),
            OrderOp::Le => (y, x, Cond::AboveEqual),
        };
        if !self.string_addresses(x, y) {
            return None;
        }
        let left = self.free_gpr();
        let (long, done) = (self.code.label(), self.code.label());
        self.single_bytes(left, long);
        self.code.alu32(Alu::Cmp, left, Rm::Reg(RCX));
        self.code.jmp(done);
        self.code.bind(long);
        self.code.mov(RCX, Rm::Reg(RDX));
        self.code.call_outside(self.options.routines.str_lt);
        // Below, if the first is less.
        self.code.mov_imm(RCX, 0);
        self.code.alu(Alu::Cmp, RCX, Rm::Reg(RAX));
        self.code.bind(done);
        Some(cond)
    }

    /// Compares two strings: all that is told without a look at more than a character, the rest by a helper. None if it does
    /// not seem to be about strings.
    pub(super) fn compare_strings(&mut self, x: Operand, y: Operand) -> Option<bool> {
        if !self.are_likely_strings(x, y) {
            return None;
        }
        if !self.string_addresses(x, y) {
            return Some(false);
        }
        let left = self.free_gpr();
        let (long, done) = (self.code.label(), self.code.label());
        self.code.alu(Alu::Cmp, RAX, Rm::Reg(RDX));
        self.code.jcc(Cond::Equal, done);
        self.code.load32(RCX, Rm::Mem(RAX, LEN));
        self.code.alu32(Alu::Cmp, RCX, Rm::Mem(RDX, LEN));
        self.code.jcc(Cond::NotEqual, done);
        self.code.alu32_imm(Alu::Cmp, Rm::Reg(RCX), 1);
        self.code.jcc(Cond::NotEqual, long);
        for (string, byte) in [(RAX, left), (RDX, RCX)] {
            self.code.mov(byte, Rm::Mem(string, DATA));
            self.code.test(byte, byte);
            self.code.jcc(Cond::Equal, long);
            self.code.load_byte(byte, Rm::Mem(byte, 0));
        }
        self.code.alu32(Alu::Cmp, RCX, Rm::Reg(left));
        self.code.jmp(done);
        self.code.bind(long);
        self.code.mov(RCX, Rm::Reg(RDX));
        self.code.call_outside(self.options.routines.str_eq);
        self.code.alu_imm(Alu::Cmp, Rm::Reg(RAX), 1);
        self.code.bind(done);
        Some(true)
    }

    /// A slot = the character of a string, whose address is in `rax`, at the index in `rcx`. Leaves the instruction to its
    /// handler if the string is not ASCII, or not in one piece; the index must be less than the number of characters.
    fn load_character(&mut self, result: u8, to: Slot) {
        self.code.mov(RAX, Rm::Mem(RAX, DATA));
        self.code.test(RAX, RAX);
        self.slow_if(Cond::Equal);
        self.code.load_byte(RAX, Rm::Byte(RAX, RCX, 0));
        self.code.mov_imm(RDX, self.options.ascii);
        self.code.mov(result, Rm::Elem(RDX, RAX, 0));
        self.define(to, Form::Word(result, STRING));
    }

    /// `rdx` = the length of the string at `rax`, if it is ASCII; else the instruction is left to its handler.
    fn ascii_length(&mut self) {
        self.code.load32(RDX, Rm::Mem(RAX, LEN));
        self.code.alu32(Alu::Cmp, RDX, Rm::Mem(RAX, CHARS));
        self.slow_if(Cond::NotEqual);
    }
}

/// A character of a string.
pub(super) fn character(compiler: &mut Compiler<'_>, string: Slot, index: Slot, to: Slot) -> bool {
    let Some(index) = compiler.int(index) else { return false };
    if !compiler.address(string, TAG_STRING, RAX) {
        return false;
    }
    let result = compiler.free_gpr();
    compiler.load_raw(RCX, index);
    compiler.ascii_length();
    compiler.code.alu(Alu::Cmp, RCX, Rm::Reg(RDX));
    compiler.slow_if(Cond::AboveEqual);
    compiler.load_character(result, to);
    true
}

/// The next character of a string at a position, which advances; jumps to an instruction if there is none.
pub(super) fn next(
    compiler: &mut Compiler<'_>,
    string: Slot,
    position: Slot,
    index: Option<Slot>,
    element: Slot,
    target: usize,
) -> bool {
    let Some(at) = compiler.int(position) else { return false };
    if !compiler.address(string, TAG_STRING, RAX) {
        return false;
    }
    let (next, result) = (compiler.free_gpr(), compiler.free_gpr());
    compiler.load_high(next, at);
    compiler.ascii_length();
    compiler.code.mov(RCX, Rm::Reg(next));
    compiler.code.shift_imm(Shift::Shr, RCX, HIGH);
    compiler.code.alu(Alu::Cmp, RCX, Rm::Reg(RDX));
    let none = compiler.edge(target);
    compiler.code.jcc(Cond::AboveEqual, none);
    compiler.load_character(result, element);
    iterating::advance(compiler, next, position, index);
    true
}

/// `ord` of a string of one byte.
pub(super) fn ord(compiler: &mut Compiler<'_>, string: Slot, _: Slot, result: Slot) -> bool {
    if !compiler.address(string, TAG_STRING, RAX) {
        return false;
    }
    let to = compiler.free_gpr();
    compiler.code.alu32_imm(Alu::Cmp, Rm::Mem(RAX, LEN), 1);
    compiler.slow_if(Cond::NotEqual);
    compiler.code.mov(RAX, Rm::Mem(RAX, DATA));
    compiler.code.test(RAX, RAX);
    compiler.slow_if(Cond::Equal);
    compiler.code.load_byte(to, Rm::Mem(RAX, 0));
    compiler.code.shift_imm(Shift::Shl, to, HIGH);
    compiler.define(result, Form::High(to));
    true
}

/// `char` of the code of an ASCII character.
pub(super) fn char(compiler: &mut Compiler<'_>, code: Slot, _: Slot, result: Slot) -> bool {
    let Some(int) = compiler.int(code) else { return false };
    let to = compiler.free_gpr();
    compiler.load_raw(RCX, int);
    compiler.code.alu_imm(Alu::Cmp, Rm::Reg(RCX), 128);
    compiler.slow_if(Cond::AboveEqual);
    compiler.code.mov_imm(RDX, compiler.options.ascii);
    compiler.code.mov(to, Rm::Elem(RDX, RCX, 0));
    compiler.define(result, Form::Word(to, STRING));
    true
}
