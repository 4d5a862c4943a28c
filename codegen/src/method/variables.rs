//! Moves, constants, globals, captured variables.

use std::mem::offset_of;

use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::heap::object::{Cell, Closure, GC_OLD, GC_REMEMBERED, Header};
use pseudo_vm::value::{TAG_CLOSURE, Value};

use super::Compiler;
use super::context::{Form, Kind, Place, Slot};
use super::operands::{HIGH, memory, store};
use super::registers::{BASE, RAX, RCX, RDX};
use crate::emit::encode::{Alu, Cond, Rm, Shift};

fn global(word: Word) -> Slot {
    Slot::Global(word.x() as u32)
}

pub(super) fn move_register(compiler: &mut Compiler<'_>, word: Word) -> bool {
    compiler.copy(compiler.register(word.b()), compiler.register(word.a()));
    true
}

pub(super) fn load_int(compiler: &mut Compiler<'_>, word: Word) -> bool {
    compiler.define(compiler.register(word.a()), Form::Const(Value::small_int(word.x() as i64)));
    true
}

pub(super) fn load_const(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let value = compiler.proto.constant(compiler.at, word.x() as usize);
    compiler.define(compiler.register(word.a()), Form::Const(value));
    true
}

pub(super) fn load_special(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let value = match word.op() {
        Op::LoadNil => Value::NIL,
        Op::LoadFalse => Value::FALSE,
        Op::LoadTrue => Value::TRUE,
        _ => Value::UNDEF,
    };
    compiler.define(compiler.register(word.a()), Form::Const(value));
    true
}

pub(super) fn load_self(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let reg = compiler.free_gpr();
    let closure = compiler.closure();
    compiler.code.mov(reg, closure);
    compiler.define(compiler.register(word.a()), Form::Word(reg, Kind::Any));
    true
}

pub(super) fn get_global(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let from = global(word);
    if compiler.context.get(from).is_none() {
        let is_closure = compiler.hint(from).is_some_and(|value| value.tag() == TAG_CLOSURE);
        if is_closure {
            // Which tells that it is defined, and is to be known where it is called.
            compiler.tagged(from, TAG_CLOSURE);
        } else {
            let reg = compiler.word(from);
            compiler.slow_if_undefined(reg);
        }
    }
    compiler.copy(from, compiler.register(word.a()));
    true
}

pub(super) fn set_global(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let to = global(word);
    if compiler.context.get(to).is_none() {
        compiler.code.mov(RDX, memory(to));
        compiler.slow_if_undefined(RDX);
    }
    compiler.copy(compiler.register(word.a()), to);
    true
}

pub(super) fn def_global(compiler: &mut Compiler<'_>, word: Word) -> bool {
    compiler.copy(compiler.register(word.a()), global(word));
    true
}

pub(super) fn get_capture(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let reg = compiler.free_gpr();
    let capture = compiler.capture(word);
    compiler.code.mov(reg, capture);
    compiler.define(compiler.register(word.a()), Form::Word(reg, Kind::Any));
    true
}

pub(super) fn get_cell_capture(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let capture = compiler.capture(word);
    compiler.code.mov(RDX, capture);
    compiler.load_cell(word);
    true
}

pub(super) fn get_cell(compiler: &mut Compiler<'_>, word: Word) -> bool {
    compiler.word_into(compiler.register(word.b()), RDX);
    compiler.load_cell(word);
    true
}

pub(super) fn set_cell_capture(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let capture = compiler.capture(word);
    compiler.code.mov(RDX, capture);
    compiler.store_cell(compiler.register(word.a()));
    true
}

pub(super) fn set_cell(compiler: &mut Compiler<'_>, word: Word) -> bool {
    compiler.word_into(compiler.register(word.a()), RDX);
    compiler.store_cell(compiler.register(word.b()));
    true
}

impl Compiler<'_> {
    /// The slot of a register operand.
    pub(super) fn register(&self, index: usize) -> Slot {
        Slot::Register(self.register_index(index))
    }

    /// The same in the frame of the function that is compiled.
    pub(super) fn register_index(&self, index: usize) -> u16 {
        (self.inlined.as_ref().map_or(0, |inlined| inlined.offset) + index) as u16
    }

    /// Where the running closure lies.
    fn closure(&mut self) -> Rm {
        let Some(inlined) = &self.inlined else { return Rm::Mem(BASE, -8) };
        let slot = Slot::Register(inlined.offset as u16 - 1);
        if let Some(place) = self.context.get(slot).filter(|place| place.dirty) {
            let context = std::mem::take(&mut self.context);
            store(&mut self.code, self.options.routines, &context, &place);
            self.context = context;
            self.context.set(Place { dirty: false, ..place });
        }
        memory(slot)
    }

    /// Gives one slot the value of another.
    pub(super) fn copy(&mut self, from: Slot, to: Slot) {
        if from == to {
            return;
        }
        let from = self.context.resolve(from);
        if from == to {
            // It is the same as the other, and goes its own way from now on.
            return;
        }
        let form = self.context.get(from).map(|place| place.form);
        if let Some(form) = form {
            // So that its register is not given to the copy.
            self.touch(from, form);
        }
        let form = match form {
            Some(Form::Const(value)) => Form::Const(value),
            Some(Form::Float(xmm)) => {
                let copy = self.free_xmm();
                self.code.movsd(copy, Rm::Reg(xmm));
                Form::Float(copy)
            }
            Some(Form::High(reg)) => {
                let copy = self.free_gpr();
                self.code.mov(copy, Rm::Reg(reg));
                Form::High(copy)
            }
            Some(Form::Raw(reg)) => {
                let copy = self.free_gpr();
                self.code.mov(copy, Rm::Reg(reg));
                Form::Raw(copy)
            }
            Some(Form::Word(reg, kind)) => {
                let copy = self.free_gpr();
                self.code.mov(copy, Rm::Reg(reg));
                Form::Word(copy, kind)
            }
            None | Some(Form::Memory(_) | Form::Same(_)) => {
                let copy = self.free_gpr();
                self.code.mov(copy, memory(from));
                Form::Word(copy, form.map_or(Kind::Any, Form::kind))
            }
        };
        self.define(to, form);
    }

    /// Leaves the instruction to its handler if the value in a register is none. Uses `rax`.
    fn slow_if_undefined(&mut self, reg: u8) {
        self.code.mov_imm(RAX, Value::UNDEF.0);
        self.code.alu(Alu::Cmp, reg, Rm::Reg(RAX));
        self.slow_if(Cond::Equal);
    }

    /// Where a captured variable of the running closure lies. Uses `rax`.
    fn capture(&mut self, word: Word) -> Rm {
        let closure = self.closure();
        self.code.mov(RAX, closure);
        self.untag(RAX);
        Rm::Mem(RAX, (offset_of!(Closure, captures) + 8 * word.x() as usize) as i32)
    }

    /// An object's address in place of the value that refers to it.
    pub(super) fn untag(&mut self, reg: u8) {
        self.code.shift_imm(Shift::Shl, reg, HIGH);
        self.code.shift_imm(Shift::Shr, reg, HIGH);
    }

    /// Register `a` = the content of the cell in `rdx`.
    fn load_cell(&mut self, word: Word) {
        self.untag(RDX);
        let reg = self.free_gpr();
        self.code.mov(reg, Rm::Mem(RDX, offset_of!(Cell, value) as i32));
        self.slow_if_undefined(reg);
        self.define(self.register(word.a()), Form::Word(reg, Kind::Any));
    }

    /// Content of the cell in `rdx` = a slot's value.
    fn store_cell(&mut self, from: Slot) {
        self.untag(RDX);
        self.barrier(RDX);
        self.word_into(from, RAX);
        self.code.store(Rm::Mem(RDX, offset_of!(Cell, value) as i32), RAX);
    }

    /// Leaves the instruction to its handler if the object at an address is old and not remembered. Uses `rcx`.
    pub(super) fn barrier(&mut self, object: u8) {
        self.code.load_byte(RCX, Rm::Mem(object, offset_of!(Header, gc) as i32));
        self.code.alu32_imm(Alu::And, Rm::Reg(RCX), i32::from(GC_OLD | GC_REMEMBERED));
        self.code.alu32_imm(Alu::Cmp, Rm::Reg(RCX), i32::from(GC_OLD));
        self.slow_if(Cond::Equal);
    }
}
