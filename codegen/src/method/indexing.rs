//! Elements of arrays.

use std::mem::offset_of;

use pseudo_vm::bytecode::word::Word;
use pseudo_vm::heap::object::{Array, Header, Storage};
use pseudo_vm::value::TAG_ARRAY;

use super::Compiler;
use super::context::{Form, Kind, Slot};
use super::operands::{HIGH, Int};
use super::registers::{INTS, RAX, RCX, RDX, TAGGED};
use super::variables::register;
use crate::emit::encode::{Alu, Cond, Rm, Shift};

const STORAGE: i32 = offset_of!(Header, storage) as i32;
const LEN: i32 = offset_of!(Array, len) as i32;
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
        let slow = self.slow();
        self.code.jcc(Cond::AboveEqual, slow);
        true
    }

    fn slow_unless_stored_as(&mut self, storage: Storage) {
        self.code.cmp_byte(Rm::Mem(RAX, STORAGE), storage as u8);
        let slow = self.slow();
        self.code.jcc(Cond::NotEqual, slow);
    }
}

pub(super) fn get(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let (array, index) = (register(word.b()), register(word.c()));
    if compiler.hint(array).is_some_and(|value| value.tag() != TAG_ARRAY) && compiler.kind(array) == Kind::Any {
        // A dict or a string.
        return false;
    }
    let storage = compiler.storage_hint(array);
    if !compiler.element(array, index) {
        return false;
    }
    let to = register(word.a());
    match storage {
        Some(Storage::Int) => {
            compiler.slow_unless_stored_as(Storage::Int);
            let result = compiler.free_gpr();
            compiler.code.mov(RAX, Rm::Mem(RAX, DATA));
            compiler.code.mov(RAX, Rm::Elem(RAX, RCX, 0));
            compiler.code.mov(result, Rm::Reg(RAX));
            compiler.code.shift_imm(Shift::Shl, result, HIGH);
            compiler.code.mov(RDX, Rm::Reg(result));
            compiler.code.shift_imm(Shift::Sar, RDX, HIGH);
            compiler.code.alu(Alu::Cmp, RDX, Rm::Reg(RAX));
            let slow = compiler.slow();
            compiler.code.jcc(Cond::NotEqual, slow);
            compiler.define(to, Form::High(result));
        }
        Some(Storage::Float) => {
            compiler.slow_unless_stored_as(Storage::Float);
            let result = compiler.free_xmm();
            compiler.code.mov(RAX, Rm::Mem(RAX, DATA));
            compiler.code.movsd(result, Rm::Elem(RAX, RCX, 0));
            compiler.define(to, Form::Float(result));
        }
        Some(Storage::Bool) => {
            compiler.slow_unless_stored_as(Storage::Bool);
            let result = compiler.free_gpr();
            compiler.code.mov(RAX, Rm::Mem(RAX, DATA));
            compiler.code.load_byte(RAX, Rm::Byte(RAX, RCX, 0));
            compiler.code.lea(result, Rm::Byte(TAGGED, RAX, 1));
            compiler.define(to, Form::Word(result, Kind::Tag(pseudo_vm::value::TAG_SPECIAL as u16)));
        }
        Some(Storage::Any) => {
            compiler.slow_unless_stored_as(Storage::Any);
            let result = compiler.free_gpr();
            compiler.code.mov(RAX, Rm::Mem(RAX, DATA));
            compiler.code.mov(result, Rm::Elem(RAX, RCX, 0));
            compiler.define(to, Form::Word(result, Kind::Any));
        }
        Some(Storage::Empty) | None => {
            // Floats and values are stored as they are.
            let result = compiler.free_gpr();
            let (plain, done) = (compiler.code.label(), compiler.code.label());
            compiler.code.load_byte(RDX, Rm::Mem(RAX, STORAGE));
            compiler.code.mov(RAX, Rm::Mem(RAX, DATA));
            compiler.code.alu32_imm(Alu::Cmp, Rm::Reg(RDX), Storage::Bool as i32);
            let slow = compiler.slow();
            compiler.code.jcc(Cond::BelowEqual, slow);
            compiler.code.mov(result, Rm::Elem(RAX, RCX, 0));
            compiler.code.alu32_imm(Alu::Cmp, Rm::Reg(RDX), Storage::Int as i32);
            compiler.code.jcc(Cond::NotEqual, plain);
            compiler.code.mov(RAX, Rm::Reg(result));
            compiler.code.shift_imm(Shift::Shl, RAX, HIGH);
            compiler.code.shift_imm(Shift::Sar, RAX, HIGH);
            compiler.code.alu(Alu::Cmp, RAX, Rm::Reg(result));
            compiler.code.jcc(Cond::NotEqual, slow);
            compiler.code.alu(Alu::Or, result, Rm::Reg(INTS));
            compiler.code.bind(plain);
            compiler.code.bind(done);
            compiler.define(to, Form::Word(result, Kind::Any));
        }
    }
    true
}

pub(super) fn set(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let (array, index, value) = (register(word.a()), register(word.b()), register(word.c()));
    if compiler.hint(array).is_some_and(|value| value.tag() != TAG_ARRAY) && compiler.kind(array) == Kind::Any {
        return false;
    }
    let storage = compiler.storage_hint(array).or(match compiler.kind(value) {
        Kind::INT => Some(Storage::Int),
        Kind::Float => Some(Storage::Float),
        Kind::Any | Kind::Tag(_) => None,
    });
    match storage {
        Some(Storage::Int) => {
            let Some(value) = compiler.int(value) else { return false };
            if !compiler.element(array, index) {
                return false;
            }
            compiler.slow_unless_stored_as(Storage::Int);
            compiler.code.mov(RAX, Rm::Mem(RAX, DATA));
            compiler.load_raw(RDX, value);
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
        Some(Storage::Bool) | Some(Storage::Empty) => return false,
        Some(Storage::Any) | None => {
            if !compiler.element(array, index) {
                return false;
            }
            compiler.slow_unless_stored_as(Storage::Any);
            compiler.code.mov(RDX, Rm::Reg(RCX));
            let slow = compiler.slow();
            compiler.barrier(RAX, slow);
            compiler.code.mov(RCX, Rm::Mem(RAX, DATA));
            compiler.word_into(value, RAX);
            compiler.code.store(Rm::Elem(RCX, RDX, 0), RAX);
        }
    }
    true
}
