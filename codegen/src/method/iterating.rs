//! Loops over arrays and strings.

use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::value::TAG_ARRAY;

use super::context::{Form, Slot};
use super::indexing::LEN;
use super::operands::{HIGH, Int};
use super::registers::{RAX, RCX};
use super::{Compiler, strings};
use crate::emit::encode::{Alu, Cond, Rm, Shift};

/// Fetches the next element of an array, or character of a string. What else is iterated over, the handler knows.
pub(super) fn next(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let target = compiler.target(word);
    let [container, position, first, second] = [0, 1, 2, 3].map(|offset| compiler.register(word.a() + offset));
    let (index, element) = if word.op() == Op::IterNext2 { (Some(first), second) } else { (None, first) };
    if compiler.is_likely_string(container, 0) {
        return strings::next(compiler, container, position, index, element, target);
    }
    if !compiler.is_likely_array(container, 0) {
        return false;
    }
    let Some(at) = compiler.int(position) else { return false };
    if !compiler.address(container, TAG_ARRAY, RAX) {
        return false;
    }
    let next = compiler.free_gpr();
    compiler.load_high(next, at);
    compiler.code.mov(RCX, Rm::Reg(next));
    compiler.code.shift_imm(Shift::Shr, RCX, HIGH);
    compiler.code.alu(Alu::Cmp, RCX, Rm::Mem(RAX, LEN));
    let none = compiler.edge(target);
    compiler.code.jcc(Cond::AboveEqual, none);
    let storage = compiler.storage_hint(container);
    compiler.load_element(storage, element);
    advance(compiler, next, position, index);
    true
}

/// Goes on to the next position, and gives the index variable, if there is one, the position until now.
pub(super) fn advance(compiler: &mut Compiler<'_>, next: u8, position: Slot, index: Option<Slot>) {
    if let Some(index) = index {
        let copy = compiler.free_gpr();
        compiler.code.mov(copy, Rm::Reg(next));
        compiler.define(index, Form::High(copy));
    }
    compiler.alu_high(Alu::Add, next, Int::Const(1));
    compiler.define(position, Form::High(next));
}
