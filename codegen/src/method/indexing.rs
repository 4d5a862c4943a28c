//! Elements of arrays.

use std::mem::offset_of;

use pseudo_vm::bytecode::profile::Operand;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::heap::object::{Array, Header, Storage};
use pseudo_vm::value::TAG_ARRAY;

use super::context::{Form, Kind, Slot};
use super::operands::{HIGH, Int, Wide};
use super::registers::{INTS, RAX, RCX, RDX, TAGGED};
use super::{Compiler, dicts, strings};
use crate::emit::encode::{Alu, Cond, Rm, Shift};

const STORAGE: i32 = offset_of!(Header, storage) as i32;
pub(super) const LEN: i32 = offset_of!(Array, len) as i32;
const DATA: i32 = offset_of!(Array, data) as i32;

impl Compiler<'_> {
    /// `rax` = an array's address, `rcx` = an index that lies in it, or else the instruction is left to its handler.
    fn element(&mut self, array: Slot, index: Slot) -> bool {
        let Some(index) = self.int(index) else { return false };
        if !self.address(array, TAG_ARRAY, RAX) {
            return false;
        }
        match index {
            Int::Const(index) => self.code.mov_imm(RCX, index as u64),
            Int::High(reg) => {
                self.code.mov(RCX, Rm::Reg(reg));
                // A negative one becomes larger than any length.
                self.code.shift_imm(Shift::Shr, RCX, HIGH);
            }
        }
        self.code.alu(Alu::Cmp, RCX, Rm::Mem(RAX, LEN));
        self.slow_if(Cond::AboveEqual);
        true
    }

    /// Whether what is indexed is likely to be an array, rather than a dict or a string.
    pub(super) fn is_likely_array(&self, slot: Slot, field: usize) -> bool {
        self.kind(slot) != Kind::Any || matches!(self.seen(slot, field), Operand::Array | Operand::Unknown)
    }

    pub(super) fn slow_unless_stored_as(&mut self, storage: Storage) {
        self.code.cmp_byte(Rm::Mem(RAX, STORAGE), storage as u8);
        self.slow_if(Cond::NotEqual);
    }
}

pub(super) fn get(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let (array, index) = (compiler.register(word.b()), compiler.register(word.c()));
    if compiler.is_likely_string(array, 1) {
        return strings::character(compiler, array, index, compiler.register(word.a()));
    }
    if compiler.is_likely_dict(array, 1, index) {
        return dicts::get(compiler, array, index, compiler.register(word.a()));
    }
    if !compiler.is_likely_array(array, 1) {
        return false;
    }
    let storage = compiler.storage_hint(array);
    if !compiler.element(array, index) {
        return false;
    }
    compiler.load_element(storage, compiler.register(word.a()));
    true
}

impl Compiler<'_> {
    /// A slot = the element of the array at the address in `rax` whose index is in `rcx`. Uses `rdx`.
    pub(super) fn load_element(&mut self, storage: Option<Storage>, to: Slot) {
        match storage {
            Some(Storage::Int) => {
                self.slow_unless_stored_as(Storage::Int);
                let result = self.free_gpr();
                self.code.mov(RAX, Rm::Mem(RAX, DATA));
                self.code.mov(RAX, Rm::Elem(RAX, RCX, 0));
                self.code.mov(result, Rm::Reg(RAX));
                self.code.shift_imm(Shift::Shl, result, HIGH);
                self.code.mov(RDX, Rm::Reg(result));
                self.code.shift_imm(Shift::Sar, RDX, HIGH);
                self.code.alu(Alu::Cmp, RDX, Rm::Reg(RAX));
                self.slow_if(Cond::NotEqual);
                self.define(to, Form::High(result));
            }
            Some(Storage::Float) => {
                self.slow_unless_stored_as(Storage::Float);
                let result = self.free_xmm();
                self.code.mov(RAX, Rm::Mem(RAX, DATA));
                self.code.movsd(result, Rm::Elem(RAX, RCX, 0));
                self.define(to, Form::Float(result));
            }
            Some(Storage::Bool) => {
                self.slow_unless_stored_as(Storage::Bool);
                let result = self.free_gpr();
                self.code.mov(RAX, Rm::Mem(RAX, DATA));
                self.code.load_byte(RAX, Rm::Byte(RAX, RCX, 0));
                self.code.lea(result, Rm::Byte(TAGGED, RAX, 1));
                self.define(to, Form::Word(result, Kind::Tag(pseudo_vm::value::TAG_SPECIAL as u16)));
            }
            Some(Storage::Any) => {
                self.slow_unless_stored_as(Storage::Any);
                let result = self.free_gpr();
                self.code.mov(RAX, Rm::Mem(RAX, DATA));
                self.code.mov(result, Rm::Elem(RAX, RCX, 0));
                self.define(to, Form::Word(result, Kind::Any));
            }
            Some(Storage::Empty) | None => {
                // Floats and values are stored as they are.
                let result = self.free_gpr();
                let plain = self.code.label();
                self.code.load_byte(RDX, Rm::Mem(RAX, STORAGE));
                self.code.mov(RAX, Rm::Mem(RAX, DATA));
                self.code.alu32_imm(Alu::Cmp, Rm::Reg(RDX), Storage::Bool as i32);
                self.slow_if(Cond::BelowEqual);
                self.code.mov(result, Rm::Elem(RAX, RCX, 0));
                self.code.alu32_imm(Alu::Cmp, Rm::Reg(RDX), Storage::Int as i32);
                self.code.jcc(Cond::NotEqual, plain);
                self.code.mov(RAX, Rm::Reg(result));
                self.code.shift_imm(Shift::Shl, RAX, HIGH);
                self.code.shift_imm(Shift::Sar, RAX, HIGH);
                self.code.alu(Alu::Cmp, RAX, Rm::Reg(result));
                self.slow_if(Cond::NotEqual);
                self.code.alu(Alu::Or, result, Rm::Reg(INTS));
                self.code.bind(plain);
                self.define(to, Form::Word(result, Kind::Any));
            }
        }
    }
}

pub(super) fn set(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let (array, index, value) = (compiler.register(word.a()), compiler.register(word.b()), compiler.register(word.c()));
    if compiler.is_likely_dict(array, 0, index) {
        return dicts::set(compiler, array, index, value);
    }
    if !compiler.is_likely_array(array, 0) {
        return false;
    }
    let storage = compiler.storage_hint(array).or(match compiler.kind(value) {
        Kind::INT | Kind::Wide => Some(Storage::Int),
        Kind::Float => Some(Storage::Float),
        Kind::Any | Kind::Tag(_) => None,
    });
    match storage {
        Some(Storage::Int) => {
            let is_wide = compiler.kind(value) == Kind::Wide || compiler.seen(value, 2) == Operand::LargeInt;
            let value = if is_wide { compiler.wide(value) } else { compiler.int(value).map(Wide::Small) };
            let Some(value) = value else { return false };
            if !compiler.element(array, index) {
                return false;
            }
            compiler.slow_unless_stored_as(Storage::Int);
            compiler.code.mov(RAX, Rm::Mem(RAX, DATA));
            compiler.load_wide(RDX, value);
            compiler.code.store(Rm::Elem(RAX, RCX, 0), RDX);
        }
        Some(Storage::Float) => {
            let Some(value) = compiler.float(value) else { return false };
            if !compiler.element(array, index) {
                return false;
            }
            compiler.slow_unless_stored_as(Storage::Float);
            compiler.code.mov(RAX, Rm::Mem(RAX, DATA));
            compiler.code.movsd_store(Rm::Elem(RAX, RCX, 0), value);
        }
        Some(Storage::Bool) => {
            if !compiler.element(array, index) {
                return false;
            }
            compiler.slow_unless_stored_as(Storage::Bool);
            compiler.code.mov(RAX, Rm::Mem(RAX, DATA));
            compiler.word_into(value, RDX);
            // False and true follow nil.
            compiler.code.alu(Alu::Sub, RDX, Rm::Reg(TAGGED));
            compiler.code.alu_imm(Alu::Sub, Rm::Reg(RDX), 1);
            compiler.code.alu_imm(Alu::Cmp, Rm::Reg(RDX), 1);
            compiler.slow_if(Cond::Above);
            compiler.code.store_byte(Rm::Byte(RAX, RCX, 0), RDX);
        }
        Some(Storage::Empty) => return false,
        Some(Storage::Any) | None => {
            if !compiler.element(array, index) {
                return false;
            }
            compiler.slow_unless_stored_as(Storage::Any);
            compiler.code.mov(RDX, Rm::Reg(RCX));
            compiler.barrier(RAX);
            compiler.code.mov(RCX, Rm::Mem(RAX, DATA));
            compiler.word_into(value, RAX);
            compiler.code.store(Rm::Elem(RCX, RDX, 0), RAX);
        }
    }
    true
}
