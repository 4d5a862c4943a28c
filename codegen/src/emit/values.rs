//! Makes boxed values of raw ones.

use pseudo_snapshots::packed::{Kind, Loc};
use pseudo_trace::ir::trace::Inst;
use pseudo_vm::value::{FIRST_INT, TAG_ARRAY, TAG_CLOSURE, TAG_OBJECT, TAG_SHIFT, TAG_STRING, Value};

use super::Emitter;
use super::encode::{Alu, Cond, Rm, Shift};
use crate::exits::kind_of;
use crate::regalloc::registers::{RAX, RCX};

impl Emitter<'_> {
    pub(super) fn box_value(&mut self, at: u32, inst: &Inst) {
        let dst = self.gpr_result(at).expect("a pure instruction's result is needed");
        let [from] = self.operands(at);
        let kind = kind_of(self.input.trace.ty(inst.a)).expect("what can be boxed has a boxed form");
        self.boxed(dst, from, kind);
    }

    /// `dst` = the value of what is at a place. Uses `rax` and `rcx`.
    pub(super) fn boxed(&mut self, dst: u8, from: Loc, kind: Kind) {
        match kind {
            Kind::Bits => self.load(dst, from),
            Kind::Int => self.boxed_int(dst, from),
            Kind::Bool => match self.word(from) {
                Some(word) => self.code.mov_imm(dst, Value::bool(word != 0).0),
                None => self.tagged(dst, from, Alu::Add, Value::FALSE.0),
            },
            Kind::Str => self.tagged(dst, from, Alu::Or, TAG_STRING << TAG_SHIFT),
            Kind::Array => self.tagged(dst, from, Alu::Or, TAG_ARRAY << TAG_SHIFT),
            Kind::Closure => self.tagged(dst, from, Alu::Or, TAG_CLOSURE << TAG_SHIFT),
            Kind::Object => self.tagged(dst, from, Alu::Or, TAG_OBJECT << TAG_SHIFT),
        }
    }

    fn tagged(&mut self, dst: u8, from: Loc, op: Alu, bits: u64) {
        self.code.mov_imm(RAX, bits);
        let from = self.rm(from, RCX);
        self.code.alu(op, RAX, from);
        self.code.mov(dst, Rm::Reg(RAX));
    }

    fn boxed_int(&mut self, dst: u8, from: Loc) {
        if let Some(value) = self.word(from).and_then(|word| Value::try_small_int(word as i64)) {
            self.code.mov_imm(dst, value.0);
            return;
        }
        let from = self.gpr(from, RCX);
        self.code.mov(RAX, Rm::Reg(from));
        self.code.shift_imm(Shift::Shl, RAX, 16);
        self.code.shift_imm(Shift::Sar, RAX, 16);
        self.code.alu(Alu::Cmp, RAX, Rm::Reg(from));
        let (large, done) = (self.code.label(), self.code.label());
        self.code.jcc(Cond::NotEqual, large);
        self.code.mov_imm(RAX, FIRST_INT);
        self.code.alu(Alu::Or, RAX, Rm::Reg(from));
        self.code.mov(dst, Rm::Reg(RAX));
        self.code.bind(done);
        self.later(move |emitter| {
            emitter.code.bind(large);
            emitter.code.mov(RAX, Rm::Reg(from));
            emitter.code.call_outside(emitter.input.routines.box_int);
            emitter.code.mov(dst, Rm::Reg(RAX));
            emitter.code.jmp(done);
        });
    }

    /// `dst` = the address in a value that is a pointer.
    pub(super) fn untag(&mut self, dst: u8, from: u8) {
        self.code.mov(dst, Rm::Reg(from));
        self.code.shift_imm(Shift::Shl, dst, 16);
        self.code.shift_imm(Shift::Shr, dst, 16);
    }
}
