//! Guards: what leaves the trace.

use std::mem::offset_of;

use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::storage::StorageInfo;
use pseudo_trace::ir::trace::Inst;
use pseudo_vm::faults::{self, Fault};
use pseudo_vm::heap::object::{Array, BigInt, Closure, Header, ObjectKind, Storage};
use pseudo_vm::value::{
    FIRST_INT, FIRST_TAGGED, TAG_ARRAY, TAG_BIG_INT, TAG_CLOSURE, TAG_OBJECT, TAG_SHIFT, TAG_STRING, Value,
};

use super::compare::Test;
use super::encode::{Alu, Cond, Label, Rm, Shift};
use super::{Emitter, Source};
use crate::context;
use crate::regalloc::registers::{BASE, CONTEXT, PENDING, RAX, RCX};

impl Emitter<'_> {
    pub(super) fn guard(&mut self, at: u32, inst: &Inst) {
        let exit = self.input.allocation.exit_of[at as usize].expect("a guard has an exit");
        let exit = self.exits[exit as usize];
        let number = self.input.options.first_guard + self.guards;
        self.guards += 1;
        // Failing here for no reason would have the interpreter do a second time what the call has done.
        let judges_call =
            inst.op == Op::GuardDefined && self.input.trace.def(inst.a).is_some_and(|call| call.op.may_refuse());
        if self.input.options.exit_stress && !judges_call {
            self.code.dec32(Rm::Mem(CONTEXT, context::COUNTDOWN));
            self.code.jcc(Cond::Equal, exit);
        }
        if self.input.options.force_exit == Some(number) && !judges_call {
            self.code.jmp(exit);
        }
        match inst.op {
            Op::GuardInt => self.guard_int(at, exit),
            Op::GuardFloat => {
                let [a] = self.operands(at);
                let a = self.gpr(a, RAX);
                self.hold_in_rcx(FIRST_TAGGED);
                self.code.alu(Alu::Cmp, a, Rm::Reg(RCX));
                if !faults::on(Fault::EmitFloat) {
                    self.code.jcc(Cond::AboveEqual, exit);
                }
                if let Some(dst) = self.xmm_result(at) {
                    self.code.movq_to_xmm(dst, a);
                }
            }
            Op::GuardBool => {
                let [a] = self.operands(at);
                self.code.mov_imm(RAX, Value::FALSE.0.wrapping_neg());
                let a = self.rm(a, RCX);
                self.code.alu(Alu::Add, RAX, a);
                self.code.alu_imm(Alu::Cmp, Rm::Reg(RAX), 1);
                self.code.jcc(Cond::Above, exit);
                if let Some(dst) = self.gpr_result(at) {
                    self.code.mov(dst, Rm::Reg(RAX));
                }
            }
            Op::GuardNil => self.guard_bits(at, Value::NIL, Cond::NotEqual, exit),
            Op::GuardUndef => self.guard_bits(at, Value::UNDEF, Cond::NotEqual, exit),
            Op::GuardDefined => self.guard_bits(at, Value::UNDEF, Cond::Equal, exit),
            Op::GuardTruthy => self.guard_truth(at, Cond::BelowEqual, exit),
            Op::GuardFalsy => self.guard_truth(at, Cond::Above, exit),
            Op::GuardStr => self.guard_tag(at, TAG_STRING, None, exit),
            Op::GuardArrEmpty | Op::GuardArrBool | Op::GuardArrInt | Op::GuardArrFloat | Op::GuardArrAny => {
                let storage = StorageInfo::of_op(inst.op).expect("a guard of arrays has a row").storage;
                self.guard_tag(at, TAG_ARRAY, Some((offset_of!(Header, storage), storage as u8)), exit);
            }
            Op::GuardDict => self.guard_object(at, ObjectKind::Dict as u8, exit),
            Op::GuardIter => self.guard_object(at, ObjectKind::DictIter as u8, exit),
            Op::GuardAscii => self.guard_ascii(at, exit),
            Op::GuardFn => self.guard_tag(at, TAG_CLOSURE, None, exit),
            Op::GuardRange => self.guard_object(at, ObjectKind::Range as u8, exit),
            Op::GuardKind => self.guard_object(at, inst.b.0 as u8, exit),
            Op::GuardShape => self.guard_shape(at, inst, exit),
            Op::GuardProto => {
                let [closure, proto] = self.operands(at);
                let closure = self.gpr(closure, RAX);
                let proto = self.gpr(proto, RCX);
                self.code.alu_store(Alu::Cmp, Rm::Mem(closure, offset_of!(Closure, proto) as i32), proto);
                self.code.jcc(Cond::NotEqual, exit);
            }
            Op::GuardSame => {
                let pair = self.pair(at);
                let test = self.compare(Op::SameAny, inst.ty, pair);
                self.leave_unless(test, true, exit);
            }
            Op::GuardTrue | Op::GuardFalse => {
                let test = match self.input.plan.fused[at as usize] {
                    Some(compare) => {
                        let compare = &self.input.trace.insts[compare as usize];
                        let ty = self.input.trace.ty(compare.a);
                        let pair = self.pair(at);
                        self.compare(compare.op, ty, pair)
                    }
                    None => {
                        match self.source(at) {
                            Source::Memory(byte) => self.code.cmp_byte(byte, 0),
                            Source::At(a) => {
                                let a = self.gpr(a, RAX);
                                self.code.test(a, a);
                            }
                        }
                        Test::One(Cond::NotEqual)
                    }
                };
                self.leave_unless(test, inst.op == Op::GuardTrue, exit);
            }
            Op::GuardPc => {
                // What lies below a native frame is not in memory.
                self.compare_return(self.input.frame);
                self.code.jcc(Cond::NotEqual, exit);
                let [pc] = self.operands(at);
                let pc = self.gpr(pc, RAX);
                self.code.alu_store(Alu::Cmp, Rm::Mem(BASE, -8 * inst.a.0 as i32), pc);
                self.code.jcc(Cond::NotEqual, exit);
            }
            Op::GuardStack if inst.a.0 as i32 <= context::NEAR => {
                self.code.alu(Alu::Cmp, BASE, Rm::Mem(CONTEXT, context::NEAR_LIMIT));
                self.code.jcc(Cond::Above, exit);
            }
            Op::GuardStack => {
                self.code.lea(RAX, Rm::Mem(BASE, 8 * inst.a.0 as i32));
                self.code.alu(Alu::Cmp, RAX, Rm::Mem(CONTEXT, context::STACK_LIMIT));
                self.code.jcc(Cond::Above, exit);
            }
            Op::Reserve => self.make_room(at, inst, exit),
            Op::Poll => {
                self.code.alu32_imm(Alu::Cmp, Rm::Mem(PENDING, 0), 0);
                self.code.jcc(Cond::NotEqual, exit);
            }
            _ => unreachable!("{:?} is no guard", inst.op),
        }
    }

    /// Room for one element more: that there is, or is made.
    fn make_room(&mut self, at: u32, inst: &Inst, exit: Label) {
        let [array] = self.operands(at);
        let array = self.gpr(array, RAX);
        self.code.mov(RCX, Rm::Mem(array, offset_of!(Array, len) as i32));
        let storage = StorageInfo::of_array(self.input.trace.ty(inst.a)).map(|row| row.storage);
        // The capacity counts words.
        let in_word = 8 / storage.map_or(8, Storage::element_size);
        if in_word > 1 {
            self.code.shift_imm(Shift::Shr, RCX, in_word.trailing_zeros() as u8);
        }
        self.code.alu(Alu::Cmp, RCX, Rm::Mem(array, offset_of!(Array, capacity) as i32));
        let (full, done) = (self.code.label(), self.code.label());
        self.code.jcc(Cond::AboveEqual, full);
        self.code.bind(done);
        self.later(move |emitter| {
            emitter.code.bind(full);
            emitter.code.mov(RAX, Rm::Reg(array));
            emitter.call_routine_of(emitter.input.routines.grow);
            emitter.code.test(RAX, RAX);
            emitter.code.jcc(Cond::Equal, exit);
            emitter.code.jmp(done);
        });
    }

    /// A 48-bit int comes out of the value's bits, a boxed one out of its object.
    fn guard_int(&mut self, at: u32, exit: Label) {
        let [from] = self.operands(at);
        let dst = self.gpr_result(at);
        let a = self.gpr(from, RAX);
        self.hold_in_rcx(FIRST_INT);
        self.code.alu(Alu::Cmp, a, Rm::Reg(RCX));
        let (boxed, done) = (self.code.label(), self.code.label());
        self.code.jcc(Cond::Below, boxed);
        if let Some(dst) = dst {
            self.code.mov(dst, Rm::Reg(a));
            self.code.shift_imm(Shift::Shl, dst, 16);
            self.code.shift_imm(if faults::on(Fault::EmitSign) { Shift::Shr } else { Shift::Sar }, dst, 16);
        }
        self.code.bind(done);
        self.later(move |emitter| {
            emitter.code.bind(boxed);
            emitter.code.mov(RCX, Rm::Reg(a));
            emitter.code.shift_imm(Shift::Shr, RCX, TAG_SHIFT as u8);
            emitter.code.alu32_imm(Alu::Cmp, Rm::Reg(RCX), TAG_BIG_INT as i32);
            emitter.code.jcc(Cond::NotEqual, exit);
            if let Some(dst) = dst {
                emitter.untag(RCX, a);
                emitter.code.mov(dst, Rm::Mem(RCX, offset_of!(BigInt, int) as i32));
            }
            emitter.code.mov_imm(RCX, FIRST_INT);
            emitter.code.jmp(done);
        });
    }

    fn guard_bits(&mut self, at: u32, value: Value, leave: Cond, exit: Label) {
        let [a] = self.operands(at);
        self.code.mov_imm(RCX, value.0);
        let a = self.rm(a, RAX);
        self.code.alu(Alu::Cmp, RCX, a);
        self.code.jcc(leave, exit);
    }

    /// nil and false are the first two of the tagged values.
    fn guard_truth(&mut self, at: u32, leave: Cond, exit: Label) {
        let [a] = self.operands(at);
        self.code.mov_imm(RAX, FIRST_TAGGED.wrapping_neg());
        let a = self.rm(a, RCX);
        self.code.alu(Alu::Add, RAX, a);
        self.code.alu_imm(Alu::Cmp, Rm::Reg(RAX), 1);
        self.code.jcc(leave, exit);
    }

    /// The kind of an object that goes by the common tag.
    fn guard_object(&mut self, at: u32, kind: u8, exit: Label) {
        self.guard_tag(at, TAG_OBJECT, Some((offset_of!(Header, kind), kind)), exit);
    }

    /// The tag, and a byte that the object's header must have at an offset.
    fn guard_tag(&mut self, at: u32, tag: u64, header_byte: Option<(usize, u8)>, exit: Label) {
        let [a] = self.operands(at);
        // With the right tag, what is left is the address: 48 bits.
        self.code.mov_imm(RAX, tag << TAG_SHIFT);
        let a = self.rm(a, RCX);
        self.code.alu(Alu::Xor, RAX, a);
        self.code.mov(RCX, Rm::Reg(RAX));
        self.code.shift_imm(Shift::Shr, RCX, TAG_SHIFT as u8);
        self.code.jcc(Cond::NotEqual, exit);
        let header_byte = header_byte.filter(|_| !(tag == TAG_ARRAY && faults::on(Fault::EmitKind)));
        if let Some((offset, byte)) = header_byte {
            self.code.cmp_byte(Rm::Mem(RAX, offset as i32), byte);
            self.code.jcc(Cond::NotEqual, exit);
        }
        if let Some(dst) = self.gpr_result(at) {
            self.code.mov(dst, Rm::Reg(RAX));
        }
    }
}
