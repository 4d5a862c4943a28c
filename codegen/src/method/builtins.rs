//! Builtins in place, as far as they are simple: how long something is, the ends of arrays, and what [`super::numbers`] and
//! [`super::strings`] have.

use std::mem::offset_of;

use pseudo_vm::builtins;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::heap::object::{Array, Header, Storage, Str};
use pseudo_vm::value::{TAG_ARRAY, TAG_STRING, Value};

use super::context::{Form, Kind, Slot};
use super::operands::HIGH;
use super::registers::{INTS, RAX, RCX, RDX};
use super::{Compiler, numbers, strings};
use crate::emit::encode::{Alu, Cond, Rm, Shift};

const LEN: i32 = offset_of!(Array, len) as i32;
const DATA: i32 = offset_of!(Array, data) as i32;
const CAPACITY: i32 = offset_of!(Array, capacity) as i32;
const STORAGE: i32 = offset_of!(Header, storage) as i32;

/// What is written in place.
type Write = fn(&mut Compiler<'_>, Slot, Slot, Slot) -> bool;

/// The builtins that are written in place: name, number of arguments, and how. A function gets its first and second argument,
/// and where the result goes.
const IN_PLACE: [(&str, usize, Write); 8] = [
    ("len", 1, len),
    ("push", 2, push),
    ("pop", 1, pop),
    ("last", 1, last),
    ("ord", 1, strings::ord),
    ("char", 1, strings::char),
    ("sqrt", 1, numbers::sqrt),
    ("abs", 1, numbers::abs),
];

/// Calls a builtin whose arguments begin at a register. False if it is to be called otherwise.
pub(super) fn call_in_place(
    compiler: &mut Compiler<'_>,
    builtin: u16,
    first: usize,
    count: usize,
    result: usize,
) -> bool {
    let Some(info) = builtins::info(builtin) else { return false };
    if let "min" | "max" = info.name {
        let numbers: Vec<_> = (first..first + count).map(|index| compiler.register(index)).collect();
        return numbers::extreme(compiler, &numbers, info.name == "max", compiler.register(result));
    }
    let row = IN_PLACE.into_iter().find(|&(name, arguments, _)| name == info.name && arguments == count);
    row.is_some_and(|(_, _, write)| {
        write(compiler, compiler.register(first), compiler.register(first + 1), compiler.register(result))
    })
}

pub(super) fn call_builtin(compiler: &mut Compiler<'_>, word: Word) -> bool {
    call_in_place(compiler, word.b() as u16, word.a(), word.c(), word.a())
}

fn len(compiler: &mut Compiler<'_>, of: Slot, _: Slot, result: Slot) -> bool {
    let is_string = compiler.is_likely_string(of, 0);
    if !compiler.address(of, if is_string { TAG_STRING } else { TAG_ARRAY }, RAX) {
        return false;
    }
    let to = compiler.free_gpr();
    if is_string {
        compiler.code.load32(to, Rm::Mem(RAX, offset_of!(Str, chars) as i32));
    } else {
        compiler.code.mov(to, Rm::Mem(RAX, LEN));
    }
    // No length comes near 48 bits.
    compiler.code.shift_imm(Shift::Shl, to, HIGH);
    compiler.define(result, Form::High(to));
    true
}

impl Compiler<'_> {
    /// `rax` = the address of an array with elements, `rcx` = the index of the last one.
    fn last_index(&mut self, array: Slot) -> bool {
        if !self.address(array, TAG_ARRAY, RAX) {
            return false;
        }
        self.code.mov(RCX, Rm::Mem(RAX, LEN));
        self.code.alu_imm(Alu::Sub, Rm::Reg(RCX), 1);
        self.slow_if(Cond::Below);
        true
    }
}

fn last(compiler: &mut Compiler<'_>, array: Slot, _: Slot, result: Slot) -> bool {
    if !compiler.last_index(array) {
        return false;
    }
    compiler.load_element(None, result);
    true
}

fn pop(compiler: &mut Compiler<'_>, array: Slot, _: Slot, result: Slot) -> bool {
    if !compiler.last_index(array) {
        return false;
    }
    // The address is needed once more.
    let kept = compiler.free_gpr();
    compiler.code.mov(kept, Rm::Reg(RAX));
    compiler.load_element(None, result);
    compiler.code.store(Rm::Mem(kept, LEN), RCX);
    true
}

/// Adds an element to an array that has some, and has room for it.
fn push(compiler: &mut Compiler<'_>, array: Slot, value: Slot, result: Slot) -> bool {
    let kind = compiler.kind(value);
    let value_in = match kind {
        Kind::INT | Kind::Wide => compiler.wide(value),
        _ => None,
    };
    if !compiler.address(array, TAG_ARRAY, RAX) {
        return false;
    }
    compiler.code.mov(RCX, Rm::Mem(RAX, LEN));
    // To free a register may write back what it holds, which must not be left to the slow path.
    let kept = compiler.free_gpr();
    compiler.code.test(RCX, RCX);
    // An empty array takes the storage of what is put in.
    compiler.slow_if(Cond::Equal);
    compiler.code.alu(Alu::Cmp, RCX, Rm::Mem(RAX, CAPACITY));
    compiler.slow_if(Cond::AboveEqual);
    match (kind, value_in) {
        (_, Some(int)) => {
            compiler.slow_unless_stored_as(Storage::Int);
            compiler.load_wide(RDX, int);
        }
        (Kind::Float, _) => {
            compiler.slow_unless_stored_as(Storage::Float);
            compiler.word_into(value, RDX);
        }
        _ => {
            let (any, stored) = (compiler.code.label(), compiler.code.label());
            compiler.word_into(value, RDX);
            compiler.code.cmp_byte(Rm::Mem(RAX, STORAGE), Storage::Any as u8);
            compiler.code.jcc(Cond::Equal, any);
            compiler.code.cmp_byte(Rm::Mem(RAX, STORAGE), Storage::Int as u8);
            compiler.slow_if(Cond::NotEqual);
            compiler.code.alu(Alu::Cmp, RDX, Rm::Reg(INTS));
            compiler.slow_if(Cond::Below);
            compiler.code.shift_imm(Shift::Shl, RDX, HIGH);
            compiler.code.shift_imm(Shift::Sar, RDX, HIGH);
            compiler.code.jmp(stored);
            compiler.code.bind(any);
            compiler.code.mov(kept, Rm::Reg(RCX));
            compiler.barrier(RAX);
            compiler.code.mov(RCX, Rm::Reg(kept));
            compiler.code.bind(stored);
        }
    }
    compiler.code.mov(kept, Rm::Mem(RAX, DATA));
    compiler.code.store(Rm::Elem(kept, RCX, 0), RDX);
    compiler.code.alu_imm(Alu::Add, Rm::Reg(RCX), 1);
    compiler.code.store(Rm::Mem(RAX, LEN), RCX);
    compiler.define(result, Form::Const(Value::NIL));
    true
}
