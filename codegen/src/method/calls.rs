//! Calls of closures, and returns.

use std::mem::offset_of;

use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::bytecode::word::{PARAMS_SLOW, Word};
use pseudo_vm::faults::{self, Fault};
use pseudo_vm::heap::object::Closure;
use pseudo_vm::jit::FRAME_LINK;
use pseudo_vm::native::NativeCode;
use pseudo_vm::value::{TAG_CLOSURE, TAG_SPECIAL, Value};

use super::Compiler;
use super::builtins::call_in_place;
use super::context::{Kind, Slot};
use super::inline::is_small;
use super::operands::{HIGH, store};
use super::registers::{BASE, PC, RAX, RCX, RDX, VM};
use crate::emit::encode::{Alu, Cond, Rm, Shift};

/// Bytes from an entry word to its number of parameters, and to its frame's size.
const PARAMS: i32 = 1;
const FRAME: i32 = 2;

pub(super) fn call(compiler: &mut Compiler<'_>, word: Word) -> bool {
    if let Some(class) = compiler.profile.seen(compiler.at).class() {
        return compiler.construct(class, word.a(), word.b(), false);
    }
    enter(compiler, word, word.b())
}

/// A call in place of the running frame: of classes only.
pub(super) fn tail_call(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let class = compiler.profile.seen(compiler.at).class();
    if !class.is_some_and(|class| compiler.construct(class, word.a(), word.b(), true)) {
        return false;
    }
    let first = compiler.register(0);
    leave_with(compiler, Some(first));
    true
}

pub(super) fn call_method(compiler: &mut Compiler<'_>, word: Word) -> bool {
    if let Some(builtin) = compiler.known(compiler.register(word.a() + 1)).and_then(Value::as_builtin) {
        return call_in_place(compiler, builtin, word.a() + FRAME_LINK, word.b() + 1, word.a());
    }
    let receiver = compiler.register(word.a() + FRAME_LINK);
    if matches!(compiler.kind(receiver), Kind::Any | Kind::Tag(TAG_SPECIAL_16)) {
        // Without a receiver it is a function in a field or static.
        let value = compiler.word(receiver);
        compiler.code.mov_imm(RAX, Value::UNDEF.0);
        compiler.code.alu(Alu::Cmp, value, Rm::Reg(RAX));
        compiler.slow_if(Cond::Equal);
    }
    enter(compiler, word, word.b() + 1)
}

const TAG_SPECIAL_16: u16 = TAG_SPECIAL as u16;

impl<'a> Compiler<'a> {
    /// The function that the running call has always called, if it takes so many arguments.
    fn callee(&self, count: usize) -> Option<&'a Proto> {
        let callee = self.hints.function(self.profile.seen(self.at).callee()?);
        (usize::from(Word(callee.word(0).0).params()) == count).then_some(callee)
    }
}

/// Calls the closure in the window's second register, if it takes so many arguments.
fn enter(compiler: &mut Compiler<'_>, word: Word, count: usize) -> bool {
    if count >= usize::from(PARAMS_SLOW) {
        return false;
    }
    let at = compiler.at;
    let window = 8 * word.a() as i32;
    let arguments = window + 8 * FRAME_LINK as i32;
    let callee = compiler.callee(count);
    let entry = match callee {
        Some(callee) => {
            if !compiler.address(compiler.register(word.a() + 1), TAG_CLOSURE, RAX) {
                return false;
            }
            compiler.code.mov_imm(RCX, callee.code() as u64);
            compiler.code.alu_store(Alu::Cmp, Rm::Mem(RAX, offset_of!(Closure, code) as i32), RCX);
            if !faults::on(Fault::MethodCallee) {
                compiler.slow_if(Cond::NotEqual);
            }
            if compiler.may_inline() && is_small(callee) {
                let window = compiler.register_index(word.a());
                compiler.inline_call(callee, window.into());
                return true;
            }
            if compiler.inlined.is_some() {
                return false;
            }
            compiler.forget(at);
            compiler.code.mov_imm(PC, callee.code() as u64);
            compiler.code.lea(RCX, Rm::Mem(BASE, arguments + 8 * i32::from(callee.frame_size)));
            compiler.code.mov_imm(RAX, std::ptr::from_ref(callee) as u64);
            RAX
        }
        None if compiler.inlined.is_some() => return false,
        None => {
            compiler.forget(at);
            compiler.code.mov(RAX, Rm::Mem(BASE, window + 8));
            compiler.slow_unless_tagged(RAX, TAG_CLOSURE as u16);
            compiler.untag(RAX);
            compiler.code.mov(PC, Rm::Mem(RAX, offset_of!(Closure, code) as i32));
            compiler.code.cmp_byte(Rm::Mem(PC, PARAMS), count as u8);
            compiler.slow_if(Cond::NotEqual);
            compiler.code.load16(RCX, Rm::Mem(PC, FRAME));
            compiler.code.lea(RCX, Rm::Elem(BASE, RCX, arguments));
            compiler.code.mov(RAX, Rm::Mem(RAX, offset_of!(Closure, proto) as i32));
            RAX
        }
    };
    compiler.code.alu(Alu::Cmp, RCX, Rm::Mem(VM, compiler.layout.stack_limit as i32));
    compiler.slow_if(Cond::Above);
    compiler.code.mov_imm(RCX, compiler.options.pending);
    compiler.code.alu32_imm(Alu::Cmp, Rm::Mem(RCX, 0), 0);
    compiler.slow_if(Cond::NotEqual);
    compiler.code.mov_imm(RCX, compiler.pc(at + 1));
    let code = &mut compiler.code;
    code.store(Rm::Mem(BASE, window), RCX);
    code.alu_imm(Alu::Add, Rm::Reg(BASE), arguments);
    code.mov(RDX, Rm::Reg(VM));
    code.jmp_to(Rm::Mem(entry, NativeCode::ENTRY as i32));
    true
}

/// Returns a value to the frame below.
pub(super) fn leave(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let value = (word.op() == Op::Return).then(|| compiler.register(word.a()));
    leave_with(compiler, value);
    true
}

/// Returns a slot's value, or nil.
fn leave_with(compiler: &mut Compiler<'_>, value: Option<Slot>) {
    if let Some(inlined) = compiler.inlined.clone() {
        compiler.return_inlined(&inlined, value);
        return;
    }
    let link = -8 * FRAME_LINK as i32;
    match value {
        Some(slot) => compiler.word_into(slot, RCX),
        None => compiler.code.mov_imm(RCX, Value::NIL.0),
    }
    // No register is read any more, but globals are.
    let context = std::mem::take(&mut compiler.context);
    for place in context.places().iter().filter(|place| place.dirty) {
        if let Slot::Global(_) = place.slot {
            store(&mut compiler.code, compiler.options.routines, &context, place);
        }
    }
    let interpret = compiler.layout.interpret;
    let code = &mut compiler.code;
    code.mov(PC, Rm::Mem(BASE, link));
    code.store(Rm::Mem(BASE, link), RCX);
    let elsewhere = code.label();
    // The word before the return address is the call, whose field `a` says where the caller's frame lies.
    code.load16(RCX, Rm::Mem(PC, 1 - 8));
    code.neg(RCX);
    code.lea(BASE, Rm::Elem(BASE, RCX, link));
    code.mov(RDX, Rm::Reg(VM));
    code.cmp_byte(Rm::Mem(PC, 0), Op::Halt as u8);
    code.jcc(Cond::Equal, elsewhere);
    code.mov(RAX, Rm::Mem(BASE, -8));
    code.shift_imm(Shift::Shl, RAX, HIGH);
    code.shift_imm(Shift::Shr, RAX, HIGH);
    code.mov(RAX, Rm::Mem(RAX, offset_of!(Closure, proto) as i32));
    code.mov(RAX, Rm::Mem(RAX, NativeCode::TABLE as i32));
    code.test(RAX, RAX);
    code.jcc(Cond::Equal, elsewhere);
    code.jmp_to(Rm::Byte(RAX, PC, 0));
    code.bind(elsewhere);
    code.mov_imm(RAX, interpret);
    code.jmp_to(Rm::Reg(RAX));
}
