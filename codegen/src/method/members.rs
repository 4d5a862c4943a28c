//! Fields and methods: what the interpreter's caches know when the function is compiled stands in the code; what they come
//! to know later is looked up in them.

use std::mem::offset_of;

use pseudo_vm::bytecode::profile::Operand;
use pseudo_vm::bytecode::proto::Cache;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::faults::{self, Fault};
use pseudo_vm::heap::object::Header;
use pseudo_vm::value::{TAG_OBJECT, Value};

use super::Compiler;
use super::context::{Form, Kind};
use super::registers::{RAX, RCX, RDX};
use crate::emit::encode::{Alu, Cond, Rm, Shift};

const AUX: i32 = offset_of!(Header, aux) as i32;

impl Compiler<'_> {
    /// A word of the running instruction's cache.
    fn cached(&self, word: Word, which: Cache) -> u64 {
        self.proto.constant(self.at, word.j() as usize + which as usize).0
    }

    /// The address of the first word of the running instruction's cache; the next one lies before it.
    fn cache_address(&self, word: Word) -> u64 {
        self.pc(self.at + 1) - 8 * word.j() as u64
    }
}

pub(super) fn get_field(compiler: &mut Compiler<'_>, word: Word) -> bool {
    if !compiler.address(compiler.register(word.b()), TAG_OBJECT, RAX) {
        return false;
    }
    let key = compiler.cached(word, Cache::Key);
    let (number, offset) = (key as u32, (key >> 32) as i32);
    let cache = compiler.cache_address(word);
    let result = compiler.free_gpr();
    let done = compiler.code.label();
    if offset > 0 {
        let other = compiler.code.label();
        compiler.code.alu32_imm(Alu::Cmp, Rm::Mem(RAX, AUX), number as i32);
        if !faults::on(Fault::MethodShape) {
            compiler.code.jcc(Cond::NotEqual, other);
        }
        compiler.code.mov(result, Rm::Mem(RAX, offset));
        compiler.code.jmp(done);
        compiler.code.bind(other);
    }
    compiler.code.mov_imm(RDX, cache);
    compiler.code.mov(RCX, Rm::Mem(RDX, 0));
    compiler.code.alu32(Alu::Cmp, RCX, Rm::Mem(RAX, AUX));
    compiler.slow_if(Cond::NotEqual);
    compiler.code.shift_imm(Shift::Shr, RCX, 32);
    let of_object = compiler.code.label();
    compiler.code.jcc(Cond::NotEqual, of_object);
    compiler.code.mov(RAX, Rm::Mem(RDX, -8 * Cache::Data as i32));
    compiler.code.bind(of_object);
    compiler.code.mov(result, Rm::Byte(RAX, RCX, 0));
    compiler.code.bind(done);
    compiler.define(compiler.register(word.a()), Form::Word(result, Kind::Any));
    true
}

pub(super) fn set_field(compiler: &mut Compiler<'_>, word: Word) -> bool {
    if !compiler.address(compiler.register(word.a()), TAG_OBJECT, RAX) {
        return false;
    }
    let key = compiler.cached(word, Cache::Key);
    let (number, offset) = (key as u32, (key >> 32) as i32);
    let after = compiler.cached(word, Cache::Data) as u32;
    if offset <= 0 {
        return false;
    }
    compiler.code.alu32_imm(Alu::Cmp, Rm::Mem(RAX, AUX), number as i32);
    compiler.slow_if(Cond::NotEqual);
    if !faults::on(Fault::MethodBarrier) {
        compiler.barrier(RAX);
    }
    if after != number {
        compiler.code.store_imm32(Rm::Mem(RAX, AUX), after);
    }
    compiler.word_into(compiler.register(word.b()), RCX);
    compiler.code.store(Rm::Mem(RAX, offset), RCX);
    true
}

pub(super) fn get_method(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let (object, callee, receiver) =
        (compiler.register(word.b()), compiler.register(word.a() + 1), compiler.register(word.a() + 2));
    let key = compiler.cached(word, Cache::Key);
    let (number, what) = (key as u32, key >> 32);
    let builtin = compiler.cached(word, Cache::Builtin);
    let is_object = match compiler.kind(object) {
        Kind::Any => number != 0 && compiler.seen(object, 1) != Operand::Array,
        kind => kind == Kind::Tag(TAG_OBJECT as u16),
    };
    if !is_object {
        if builtin == 0 {
            return false;
        }
        // A method of a value that is no object is a builtin.
        let value = compiler.word(object);
        if compiler.kind(object) == Kind::Any {
            compiler.code.mov(RCX, Rm::Reg(value));
            compiler.code.shift_imm(Shift::Shr, RCX, pseudo_vm::value::TAG_SHIFT as u8);
            compiler.code.alu32_imm(Alu::Cmp, Rm::Reg(RCX), TAG_OBJECT as i32);
            compiler.slow_if(Cond::Equal);
        }
        compiler.copy(object, receiver);
        compiler.define(callee, Form::Const(Value(builtin)));
        return true;
    }
    if what != 0 || number == 0 || !compiler.address(object, TAG_OBJECT, RAX) {
        return false;
    }
    let cache = compiler.cache_address(word);
    let place = compiler.cached(word, Cache::Data);
    let result = compiler.free_gpr();
    let (other, done) = (compiler.code.label(), compiler.code.label());
    compiler.code.mov_imm(RDX, place);
    compiler.code.alu32_imm(Alu::Cmp, Rm::Mem(RAX, AUX), number as i32);
    compiler.code.jcc(Cond::Equal, done);
    compiler.code.bind(other);
    compiler.code.mov_imm(RDX, cache);
    compiler.code.mov(RCX, Rm::Mem(RDX, 0));
    compiler.code.load32(RAX, Rm::Mem(RAX, AUX));
    // Nothing stands above the number: a method.
    compiler.code.alu(Alu::Cmp, RCX, Rm::Reg(RAX));
    compiler.slow_if(Cond::NotEqual);
    compiler.code.mov(RDX, Rm::Mem(RDX, -8 * Cache::Data as i32));
    compiler.code.bind(done);
    compiler.code.mov(result, Rm::Mem(RDX, 0));
    compiler.copy(object, receiver);
    compiler.define(callee, Form::Word(result, Kind::Any));
    true
}
