//! Loads and stores: slots, arrays, ranges, closures, cells.

use std::mem::offset_of;

use pseudo_snapshots::Slot;
use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::storage::StorageInfo;
use pseudo_trace::ir::trace::Inst;
use pseudo_trace::ir::types::Ty;
use pseudo_vm::heap::object::{Array, Cell, Closure, GC_OLD, GC_REMEMBERED, Header, Range};

use super::Emitter;
use super::encode::{Alu, Cond, Rm};
use crate::context;
use crate::regalloc::registers::{BASE, CONTEXT, RAX, RCX, RDX};

impl Emitter<'_> {
    pub(super) fn memory(&mut self, at: u32, inst: &Inst) {
        match inst.op {
            Op::Slot => {
                let slot = self.slot(inst.slot());
                self.load_result(at, slot);
            }
            Op::FnCapture => self.field(at, offset_of!(Closure, captures) + 8 * inst.b.0 as usize),
            Op::ArrLen => self.field(at, offset_of!(Array, len)),
            Op::ArrData => self.field(at, offset_of!(Array, data)),
            Op::RangeStart => self.field(at, offset_of!(Range, start)),
            Op::RangeEnd => self.field(at, offset_of!(Range, end)),
            Op::LoadCell => self.field(at, offset_of!(Cell, value)),
            Op::LoadBool => {
                let [data, index] = self.operands(at);
                let element = self.element(inst.op, data, index);
                let dst = self.gpr_result(at).expect("a load's result is needed");
                self.code.load_byte(dst, element);
            }
            Op::LoadInt | Op::LoadAny => {
                let [data, index] = self.operands(at);
                let element = self.element(inst.op, data, index);
                self.load_result(at, element);
            }
            Op::LoadFloat => {
                let [data, index] = self.operands(at);
                let element = self.element(inst.op, data, index);
                let dst = self.xmm_result(at).expect("a load's result is needed");
                self.code.movsd(dst, element);
            }
            Op::StoreBool => {
                let [data, index, value] = self.operands(at);
                let element = self.element(inst.op, data, index);
                match self.word(value) {
                    Some(bool) => self.code.store_byte_imm(element, bool as u8),
                    None => {
                        let value = self.gpr(value, RDX);
                        self.code.store_byte(element, value);
                    }
                }
            }
            Op::StoreInt | Op::StoreAny => {
                let [data, index, value] = self.operands(at);
                let element = self.element(inst.op, data, index);
                self.store_word(element, value);
            }
            Op::StoreFloat => {
                let [data, index, value] = self.operands(at);
                let element = self.element(inst.op, data, index);
                let value = self.xmm(value);
                self.code.movsd_store(element, value);
            }
            Op::StoreCell => {
                let [cell, value] = self.operands(at);
                let cell = self.gpr(cell, RAX);
                self.store_word(Rm::Mem(cell, offset_of!(Cell, value) as i32), value);
            }
            Op::CellAddr => {
                let [cell] = self.operands(at);
                let dst = self.gpr_result(at).expect("a pure instruction's result is needed");
                let cell = self.gpr(cell, RAX);
                self.untag(dst, cell);
            }
            Op::Barrier => self.barrier(at, inst),
            _ => unreachable!("{:?} is no memory operation", inst.op),
        }
    }

    pub(super) fn field(&mut self, at: u32, offset: usize) {
        let object = self.input.allocation.operands(at)[0];
        let object = self.gpr(object, RAX);
        self.load_result(at, Rm::Mem(object, offset as i32));
    }

    fn load_result(&mut self, at: u32, from: Rm) {
        let dst = self.gpr_result(at).expect("a load's result is needed");
        self.code.mov(dst, from);
    }

    /// Where an instruction's element lies. Uses `rax` and `rcx` for operands that have no register.
    fn element(&mut self, op: Op, data: Loc, index: Loc) -> Rm {
        let size = StorageInfo::of_op(op).expect("an access of an element has a row").storage.element_size();
        let data = self.gpr(data, RAX);
        let offset = self.word(index).and_then(|index| (index as i64).checked_mul(size as i64));
        match offset.and_then(|offset| i32::try_from(offset).ok()) {
            Some(offset) => Rm::Mem(data, offset),
            None if size == 1 => Rm::Byte(data, self.gpr(index, RCX), 0),
            None => Rm::Elem(data, self.gpr(index, RCX), 0),
        }
    }

    /// Memory = what is at a place. Uses `rdx`.
    pub(super) fn store_word(&mut self, to: Rm, from: Loc) {
        match self.imm(from) {
            Some(imm) => self.code.store_imm(to, imm),
            None => {
                let from = self.gpr(from, RDX);
                self.code.store(to, from);
            }
        }
    }

    /// Where a slot lies. Uses `rcx` for globals.
    pub(super) fn slot(&mut self, slot: Slot) -> Rm {
        match slot {
            Slot::Stack(offset) => Rm::Mem(BASE, 8 * offset),
            Slot::Global(index) => {
                self.code.mov(RCX, Rm::Mem(CONTEXT, context::GLOBALS));
                Rm::Mem(RCX, 8 * index as i32)
            }
            Slot::Object(..) | Slot::Field(..) => unreachable!("{slot:?} is written by restoring a snapshot only"),
        }
    }

    /// An old object that is not remembered yet is.
    fn barrier(&mut self, at: u32, inst: &Inst) {
        let [object] = self.operands(at);
        let mut object = self.gpr(object, RAX);
        if self.input.trace.ty(inst.a) == Ty::Any {
            self.untag(RAX, object);
            object = RAX;
        }
        self.code.load_byte(RCX, Rm::Mem(object, offset_of!(Header, gc) as i32));
        self.code.alu32_imm(Alu::And, Rm::Reg(RCX), (GC_OLD | GC_REMEMBERED) as i32);
        self.code.alu32_imm(Alu::Cmp, Rm::Reg(RCX), GC_OLD as i32);
        let (remember, done) = (self.code.label(), self.code.label());
        self.code.jcc(Cond::Equal, remember);
        self.code.bind(done);
        self.later(move |emitter| {
            emitter.code.bind(remember);
            emitter.code.mov(RAX, Rm::Reg(object));
            emitter.code.call_outside(emitter.input.routines.remember);
            emitter.code.jmp(done);
        });
    }
}
