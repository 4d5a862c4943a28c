//! Instances: the guard of their shape, reads and writes of their fields; statics of classes.

use std::mem::offset_of;

use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::Inst;
use pseudo_vm::faults::{self, Fault};
use pseudo_vm::heap::object::Header;
use pseudo_vm::value::{TAG_OBJECT, TAG_SHIFT};

use super::Emitter;
use super::encode::{Alu, Cond, Label, Rm, Shift};
use crate::regalloc::registers::{RAX, RCX};

impl Emitter<'_> {
    pub(super) fn object(&mut self, at: u32, inst: &Inst) {
        match inst.op {
            Op::Shaped => {
                let [value] = self.operands(at);
                let dst = self.gpr_result(at).expect("a pure instruction's result is needed");
                let value = self.gpr(value, RAX);
                self.untag(dst, value);
            }
            Op::Method => {
                let [_, place] = self.operands(at);
                let dst = self.gpr_result(at).expect("a pure instruction's result is needed");
                let place = self.gpr(place, RAX);
                self.code.mov(RAX, Rm::Mem(place, 0));
                self.untag(dst, RAX);
            }
            Op::LoadStatic => {
                let [_, place] = self.operands(at);
                let place = self.gpr(place, RAX);
                self.load_result(at, Rm::Mem(place, 0));
            }
            Op::StoreStatic => {
                let [_, place, value] = self.operands(at);
                let place = self.gpr(place, RAX);
                self.store_word(Rm::Mem(place, 0), value);
            }
            Op::FieldPlace => self.call_routine(at, self.input.routines.field_place),
            Op::LoadPlace => {
                let [place] = self.operands(at);
                let place = self.gpr(place, RAX);
                self.load_result(at, Rm::Mem(place, 0));
            }
            Op::StorePlace => {
                let [place, value] = self.operands(at);
                let place = self.gpr(place, RAX);
                self.store_word(Rm::Mem(place, 0), value);
            }
            Op::AddField => {
                let [object] = self.operands(at);
                let object = self.gpr(object, RAX);
                self.code.store_imm32(Rm::Mem(object, offset_of!(Header, aux) as i32), inst.b.0);
                if let Some(dst) = self.gpr_result(at) {
                    self.code.mov(dst, Rm::Reg(object));
                }
            }
            Op::LoadField => {
                let from = self.address(at, self.input.allocation.operands(at));
                self.load_result(at, from);
            }
            Op::StoreField => {
                let [object, value] = self.operands(at);
                let object = self.gpr(object, RAX);
                self.store_word(Rm::Mem(object, inst.b.0 as i32), value);
            }
            _ => unreachable!("{:?} is about no instance", inst.op),
        }
    }

    /// The tag, and the number of the shape. No other object under this tag has that number there.
    pub(super) fn guard_shape(&mut self, at: u32, inst: &Inst, exit: Label) {
        let [a] = self.operands(at);
        // With the right tag, what is left is the address: 48 bits.
        self.code.mov_imm(RAX, TAG_OBJECT << TAG_SHIFT);
        let a = self.rm(a, RCX);
        self.code.alu(Alu::Xor, RAX, a);
        self.code.mov(RCX, Rm::Reg(RAX));
        self.code.shift_imm(Shift::Shr, RCX, TAG_SHIFT as u8);
        self.code.jcc(Cond::NotEqual, exit);
        self.code.alu32_imm(Alu::Cmp, Rm::Mem(RAX, offset_of!(Header, aux) as i32), inst.b.0 as i32);
        if !faults::on(Fault::EmitShape) {
            self.code.jcc(Cond::NotEqual, exit);
        }
        if let Some(dst) = self.gpr_result(at) {
            self.code.mov(dst, Rm::Reg(RAX));
        }
    }
}
