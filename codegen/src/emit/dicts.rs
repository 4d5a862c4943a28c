//! Dicts: their entries, and going through them. Where a key is, and which entry comes next, routines find out.

use std::mem::offset_of;

use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::Inst;
use pseudo_trace::ir::types::Ref;
use pseudo_vm::heap::object::{Dict, DictIter, Entry, GC_OLD, GC_REMEMBERED, Header};
use pseudo_vm::value::{FIRST_INT, TAG_BIG_INT, TAG_INT, TAG_SHIFT, Value};

use super::Emitter;
use super::encode::{Alu, Cond, Rm, Shift};
use crate::regalloc::registers::{RAX, RCX};

/// The binary logarithm of an entry's size.
const ENTRY_SHIFT: u8 = size_of::<Entry>().trailing_zeros() as u8;
const _: () = assert!(size_of::<Entry>() == 1 << ENTRY_SHIFT);
/// Entries beyond this number are not looked for where they likely are: a dict with so many is no record.
const NEAR_MOST: u32 = 64;
const VALUE: i32 = offset_of!(Entry, value) as i32;

impl Emitter<'_> {
    pub(super) fn dict(&mut self, at: u32, inst: &Inst) {
        match inst.op {
            Op::DictFind => self.find(at, inst),
            Op::DictNext => self.call_routine(at, self.input.routines.dict_next),
            Op::DictEntry => {
                let [dict, number] = self.operands(at);
                let dict = self.gpr(dict, RAX);
                self.load(RCX, number);
                self.code.shift_imm(Shift::Shl, RCX, ENTRY_SHIFT);
                self.code.alu(Alu::Add, RCX, Rm::Mem(dict, offset_of!(Dict, entries) as i32));
                let dst = self.gpr_result(at).expect("a load's result is needed");
                self.code.mov(dst, Rm::Reg(RCX));
            }
            Op::StoreValue => self.store_value(at, inst),
            Op::IterDict => {
                let [iterator] = self.operands(at);
                let iterator = self.gpr(iterator, RAX);
                self.code.mov(RAX, Rm::Mem(iterator, offset_of!(DictIter, dict) as i32));
                let dst = self.gpr_result(at).expect("a pure instruction's result is needed");
                self.untag(dst, RAX);
            }
            _ => {
                let [object] = self.operands(at);
                let object = self.gpr(object, RAX);
                let dst = self.gpr_result(at).expect("a load's result is needed");
                let offset = match inst.op {
                    Op::DictLen => return self.code.load32(dst, Rm::Mem(object, offset_of!(Dict, len) as i32)),
                    Op::DictChanges => offset_of!(Dict, changes),
                    Op::LoadKey => offset_of!(Entry, key),
                    Op::LoadValue => offset_of!(Entry, value),
                    Op::IterChanges => offset_of!(DictIter, changes),
                    _ => unreachable!("{:?} is about no dict", inst.op),
                };
                self.code.mov(dst, Rm::Mem(object, offset as i32));
            }
        }
    }

    /// The entry of a key: that of a number, if it has that key, or else a routine finds it.
    fn find(&mut self, at: u32, inst: &Inst) {
        let [dict, key] = self.operands(at);
        let near = (inst.c != Ref::NONE && inst.c.0 < NEAR_MOST).then_some(inst.c.0 as i32);
        let (Some(number), Some(word)) = (near, self.word(key)) else {
            return self.call_routine(at, self.input.routines.dict_find);
        };
        let dst = self.gpr_result(at).expect("a load's result is needed");
        let (other, done) = (self.code.label(), self.code.label());
        let object = self.gpr(dict, RAX);
        self.code.alu32_imm(Alu::Cmp, Rm::Mem(object, offset_of!(Dict, used) as i32), number);
        self.code.jcc(Cond::BelowEqual, other);
        self.code.mov(RCX, Rm::Mem(object, offset_of!(Dict, entries) as i32));
        self.code.mov_imm(RAX, word);
        let entry = number << ENTRY_SHIFT;
        self.code.alu(Alu::Cmp, RAX, Rm::Mem(RCX, entry + offset_of!(Entry, key) as i32));
        self.code.jcc(Cond::NotEqual, other);
        self.code.lea(dst, Rm::Mem(RCX, entry));
        self.code.bind(done);
        self.later(move |emitter| {
            emitter.code.bind(other);
            emitter.load(RCX, key);
            emitter.load(RAX, dict);
            emitter.call_routine_of(emitter.input.routines.dict_find);
            emitter.code.mov(dst, Rm::Reg(RAX));
            emitter.code.jmp(done);
        });
    }

    /// A routine that takes two words in the scratch registers and gives one.
    pub(super) fn call_routine(&mut self, at: u32, routine: u64) {
        let [a, b] = self.operands(at);
        self.load(RCX, b);
        self.load(RAX, a);
        self.call_routine_of(routine);
        let dst = self.gpr_result(at).expect("a load's result is needed");
        self.code.mov(dst, Rm::Reg(RAX));
    }

    /// Writes the value of an entry. An old dict has to know of references to younger objects.
    fn store_value(&mut self, at: u32, inst: &Inst) {
        let [dict, entry, value] = self.operands(at);
        let place = self.gpr(entry, RAX);
        self.store_word(Rm::Mem(place, VALUE), value);
        if self.is_no_reference(inst.c, value) {
            return;
        }
        let (remember, done) = (self.code.label(), self.code.label());
        if self.input.trace.def(inst.c).is_some_and(|boxed| boxed.op == Op::BoxInt) {
            let value = self.gpr(value, RAX);
            self.code.mov_imm(RCX, FIRST_INT);
            self.code.alu(Alu::Cmp, value, Rm::Reg(RCX));
            self.code.jcc(Cond::AboveEqual, done);
        }
        let object = self.gpr(dict, RAX);
        self.code.load_byte(RCX, Rm::Mem(object, offset_of!(Header, gc) as i32));
        self.code.alu32_imm(Alu::And, Rm::Reg(RCX), (GC_OLD | GC_REMEMBERED) as i32);
        self.code.alu32_imm(Alu::Cmp, Rm::Reg(RCX), GC_OLD as i32);
        self.code.jcc(Cond::Equal, remember);
        self.code.bind(done);
        self.later(move |emitter| {
            emitter.code.bind(remember);
            emitter.load(RCX, value);
            emitter.code.shift_imm(Shift::Shr, RCX, TAG_SHIFT as u8);
            emitter.code.alu32_imm(Alu::Sub, Rm::Reg(RCX), TAG_BIG_INT as i32);
            emitter.code.alu32_imm(Alu::Cmp, Rm::Reg(RCX), (TAG_INT - TAG_BIG_INT) as i32);
            emitter.code.jcc(Cond::AboveEqual, done);
            emitter.load(RCX, entry);
            emitter.load(RAX, dict);
            emitter.call_routine_of(emitter.input.routines.remember_entry);
            emitter.code.jmp(done);
        });
    }

    /// Whether a boxed value refers to no object for certain.
    fn is_no_reference(&self, value: Ref, at: Loc) -> bool {
        match self.word(at) {
            Some(word) => !Value(word).is_pointer(),
            None => self.input.trace.def(value).is_some_and(|boxed| matches!(boxed.op, Op::BoxFloat | Op::BoxBool)),
        }
    }
}
