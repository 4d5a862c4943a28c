//! Loads and stores: slots, arrays, ranges, closures, cells.

use std::mem::offset_of;

use pseudo_snapshots::Slot;
use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::storage::StorageInfo;
use pseudo_trace::ir::trace::Inst;
use pseudo_trace::ir::types::Ty;
use pseudo_vm::faults::{self, Fault};
use pseudo_vm::heap::object::{Array, Cell, Closure, GC_OLD, GC_REMEMBERED, Header, Range};

use super::Emitter;
use super::encode::{Alu, Cond, Rm};
use crate::context;
use crate::regalloc::registers::{BASE, CONTEXT, RAX, RCX};

impl Emitter<'_> {
    pub(super) fn memory(&mut self, at: u32, inst: &Inst) {
        let disp = self.input.plan.disps[at as usize];
        match inst.op {
            Op::Slot => {
                let slot = self.slot(inst.slot());
                self.load_result(at, slot);
            }
            Op::StoreBool => {
                let [data, index, value] = self.operands(at);
                let element = self.element(inst.op, data, index, disp);
                match self.word(value) {
                    Some(bool) => self.code.store_byte_imm(element, bool as u8),
                    None => {
                        let (element, value) = self.beside(element, value);
                        self.code.store_byte(element, value);
                    }
                }
            }
            Op::StoreInt | Op::StoreAny => {
                let [data, index, value] = self.operands(at);
                let element = self.element(inst.op, data, index, disp);
                self.store_word(element, value);
            }
            Op::StoreFloat => {
                let [data, index, value] = self.operands(at);
                let element = self.element(inst.op, data, index, disp);
                let value = self.xmm(value);
                self.code.movsd_store(element, value);
            }
            Op::SetLen => {
                let [array, len] = self.operands(at);
                let array = self.gpr(array, RAX);
                self.store_word(Rm::Mem(array, offset_of!(Array, len) as i32), len);
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
            _ => {
                let from = self.address(at, self.input.allocation.operands(at));
                match self.input.allocation.results[at as usize] {
                    Some(Loc::Gpr(dst)) if inst.op == Op::LoadBool => self.code.load_byte(dst, from),
                    Some(Loc::Xmm(dst)) => self.code.movsd(dst, from),
                    _ => self.load_result(at, from),
                }
            }
        }
    }

    /// What a load reads, its operands being at these places. Uses `rax` and `rcx` for those that have no register.
    pub(super) fn address(&mut self, load: u32, operands: &[Loc]) -> Rm {
        let inst = &self.input.trace.insts[load as usize];
        let offset = match inst.op {
            Op::LoadBool | Op::LoadInt | Op::LoadFloat | Op::LoadAny => {
                return self.element(inst.op, operands[0], operands[1], self.input.plan.disps[load as usize]);
            }
            Op::FnCapture => offset_of!(Closure, captures) + 8 * inst.b.0 as usize,
            Op::ArrLen => offset_of!(Array, len),
            Op::ArrData => offset_of!(Array, data),
            Op::RangeStart => offset_of!(Range, start),
            Op::RangeEnd => offset_of!(Range, end),
            Op::LoadCell => offset_of!(Cell, value),
            Op::LoadField => inst.b.0 as usize,
            _ => unreachable!("{:?} is no load", inst.op),
        };
        Rm::Mem(self.gpr(operands[0], RAX), offset as i32)
    }

    pub(super) fn load_result(&mut self, at: u32, from: Rm) {
        let dst = self.gpr_result(at).expect("a load's result is needed");
        self.code.mov(dst, from);
    }

    /// Where an instruction's element lies. Uses `rax` and `rcx` for operands that have no register.
    fn element(&mut self, op: Op, data: Loc, index: Loc, disp: i32) -> Rm {
        let size = StorageInfo::of_op(op).expect("an access of an element has a row").storage.element_size();
        let data = self.gpr(data, RAX);
        let bytes = |index: u64| (index as i64).checked_mul(size as i64)?.checked_add(disp as i64);
        match self.word(index).and_then(bytes).and_then(|offset| i32::try_from(offset).ok()) {
            Some(offset) => Rm::Mem(data, offset),
            None if size == 1 => Rm::Byte(data, self.gpr(index, RCX), disp),
            None => Rm::Elem(data, self.gpr(index, RCX), disp),
        }
    }

    /// Memory = what is at a place. Uses `rax` and `rcx`, of which the address may be made.
    pub(super) fn store_word(&mut self, to: Rm, from: Loc) {
        match self.imm(from) {
            Some(imm) => self.code.store_imm(to, imm),
            None => {
                let (to, from) = self.beside(to, from);
                self.code.store(to, from);
            }
        }
    }

    /// An address, and a register that holds what is at a place. Uses `rax` and `rcx`, of which the address may be made.
    fn beside(&mut self, address: Rm, from: Loc) -> (Rm, u8) {
        match from {
            Loc::Gpr(reg) => (address, reg),
            _ if address.reads(RCX) => {
                self.code.lea(RAX, address);
                self.load(RCX, from);
                (Rm::Mem(RAX, 0), RCX)
            }
            _ => {
                self.load(RCX, from);
                (address, RCX)
            }
        }
    }

    /// Where a slot lies. Uses `rcx` for globals.
    pub(super) fn slot(&mut self, slot: Slot) -> Rm {
        match slot {
            Slot::Stack(offset) => Rm::Mem(BASE, 8 * offset),
            Slot::Global(index) => {
                self.code.mov(RCX, Rm::Mem(CONTEXT, context::GLOBALS));
                self.rcx = None;
                Rm::Mem(RCX, 8 * index as i32)
            }
            Slot::Object(..) | Slot::Field(..) => unreachable!("{slot:?} is written by restoring a snapshot only"),
        }
    }

    /// An old object that is not remembered yet is.
    fn barrier(&mut self, at: u32, inst: &Inst) {
        if faults::on(Fault::EmitBarrier) {
            return;
        }
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
            emitter.call_routine_of(emitter.input.routines.remember);
            emitter.code.jmp(done);
        });
    }
}
