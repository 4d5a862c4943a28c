//! Makes boxed values of raw ones.

use pseudo_snapshots::Slot;
use pseudo_snapshots::packed::{Kind, Loc};
use pseudo_trace::ir::trace::Inst;
use pseudo_vm::faults::{self, Fault};
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
            Kind::Made => unreachable!("what an exit is to make is nowhere yet"),
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
        if self.word(from).is_some() {
            self.load(RAX, from);
            self.call_routine_of(self.input.routines.box_int);
            self.rcx = None;
            self.code.mov(dst, Rm::Reg(RAX));
            return;
        }
        self.hold_in_rcx(FIRST_INT);
        let from = self.rm(from, RAX);
        self.code.mov(RAX, from);
        self.code.shift_imm(Shift::Shl, RAX, 16);
        self.code.shift_imm(Shift::Sar, RAX, 16);
        self.code.alu(Alu::Cmp, RAX, from);
        let (large, done) = (self.code.label(), self.code.label());
        if !faults::on(Fault::EmitLarge) {
            self.code.jcc(Cond::NotEqual, large);
        }
        self.code.alu(Alu::Or, RAX, Rm::Reg(RCX));
        self.code.bind(done);
        self.code.mov(dst, Rm::Reg(RAX));
        self.later(move |emitter| {
            emitter.code.bind(large);
            emitter.code.mov(RAX, from);
            emitter.call_routine_of(emitter.input.routines.box_int);
            emitter.code.mov_imm(RCX, FIRST_INT);
            emitter.code.jmp(done);
        });
    }

    /// A slot = the value of what is at a place. Uses `rax`, in which the value is left if that is the result, and
    /// `rcx`.
    pub(super) fn store_boxed(&mut self, slot: Slot, from: Loc, kind: Kind) -> bool {
        match (kind, from, self.word(from)) {
            (Kind::Bits, Loc::Xmm(from), _) => {
                let to = self.slot(slot);
                self.code.movsd_store(to, from);
            }
            (Kind::Bits, Loc::Gpr(from), _) => {
                let to = self.slot(slot);
                self.code.store(to, from);
            }
            (Kind::Bits, _, Some(word)) if i32::try_from(word as i64).is_ok() => {
                let to = self.slot(slot);
                self.code.store_imm(to, word as i32);
            }
            (Kind::Int, _, Some(word)) if i32::try_from(word).is_ok() && matches!(slot, Slot::Stack(_)) => {
                self.hold_in_rcx(FIRST_INT);
                let value = if word == 0 { RCX } else { RAX };
                if word != 0 {
                    self.code.lea(RAX, Rm::Mem(RCX, word as i32));
                }
                let to = self.slot(slot);
                self.code.store(to, value);
            }
            _ => {
                if kind != Kind::Int {
                    self.rcx = None;
                }
                self.boxed(RAX, from, kind);
                let to = self.slot(slot);
                self.code.store(to, RAX);
                return true;
            }
        }
        false
    }

    /// `dst` = the address in a value that is a pointer.
    pub(super) fn untag(&mut self, dst: u8, from: u8) {
        self.code.mov(dst, Rm::Reg(from));
        self.code.shift_imm(Shift::Shl, dst, 16);
        self.code.shift_imm(Shift::Shr, dst, 16);
    }
}
