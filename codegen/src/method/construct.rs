//! Calls of classes: the instance is made in place, and `init` is written in place if it is small.
//!
//! The interpreter calls a hidden function that calls `init` ([`pseudo_vm::construct`]). Where something is left to a handler
//! within `init`, the frames of both are completed.

use std::mem::offset_of;

use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::construct::Layout;
use pseudo_vm::heap::Nursery;
use pseudo_vm::heap::object::{Header, Instance, ObjectKind};
use pseudo_vm::jit::FRAME_LINK;
use pseudo_vm::value::{TAG_OBJECT, TAG_SHIFT, Value};

use super::Compiler;
use super::context::{Form, Kind, Place, Slot};
use super::inline::{Inlined, Link, is_small};
use super::registers::{RAX, RCX, TAGGED};
use crate::emit::encode::{Alu, Cond, Rm};

/// Arguments of a call of a class that is made in place, at most: they are in registers all at once.
const ARGUMENTS: usize = 4;
/// Fields of an instance that is made in place, at most.
const FIELDS: usize = 16;

/// What calling a class comes to.
#[derive(Clone, Debug)]
pub struct Class<'a> {
    /// The shape of a new instance.
    pub shape: u32,
    /// What its fields hold at first.
    pub fields: Vec<Value>,
    /// What the hidden function has to do.
    pub layout: Layout,
    /// That function, and the address of a word that holds it as a value; none if there is nothing to do.
    pub constructor: Option<(&'a Proto, u64)>,
    /// The same of `init`.
    pub init: Option<(&'a Proto, u64)>,
}

impl<'a> Compiler<'a> {
    /// Calls a class by its number, which is what is called likely, with arguments in the window that begins at a register of
    /// the running function. The result goes where that begins; or else, if the call takes the place of the running frame, to
    /// that frame's first register. False if the call is to be left to its handler.
    pub(super) fn construct(&mut self, number: u32, window: usize, count: usize, is_tail: bool) -> bool {
        if !self.may_inline() || count > ARGUMENTS {
            return false;
        }
        let Some(class) = self.hints.class(number, count) else { return false };
        if class.fields.len() > FIELDS || class.layout.initialisers > 0 {
            return false;
        }
        let is_good = |(init, _): (&Proto, u64)| {
            usize::from(Word(init.word(0).0).params()) == count + 1 && is_small(init) && init.captures.is_empty()
        };
        match (class.constructor, class.init) {
            (Some(_), Some(init)) if is_good(init) => {}
            (None, None) if count == 0 => {}
            _ => return false,
        }
        let (callee, window) = (self.register(window + 1), usize::from(self.register_index(window)));
        let (frame, kept) = match (&self.inlined, is_tail) {
            (_, false) => (window + FRAME_LINK, window),
            (None, true) => (0, 0),
            (Some(inlined), true) => (inlined.offset, inlined.kept),
        };
        let arguments: Vec<_> =
            (0..count).map(|number| Slot::Register((window + FRAME_LINK + number) as u16)).collect();
        for &argument in &arguments {
            if let Form::Memory(_) = self.context.form(argument) {
                self.word(argument);
            }
            let form = self.context.form(argument);
            self.touch(argument, form);
        }
        let instance = self.free_gpr();
        if !self.address(callee, TAG_OBJECT, RAX) {
            return false;
        }
        self.code.alu32_imm(Alu::Cmp, Rm::Mem(RAX, offset_of!(Header, aux) as i32), number as i32);
        self.slow_if(Cond::NotEqual);
        let init_frame = frame + class.layout.init_callee() + 1;
        let init_size = class.init.map_or(0, |(init, _)| usize::from(init.frame_size));
        // Where the call is made the interpreter's way, its hidden function's frame must fit before it moves down.
        self.check_stack((window + FRAME_LINK + class.layout.registers() + 1).max(init_frame + init_size));
        self.new_instance(&class, instance);

        let forms: Vec<_> = arguments.iter().map(|&argument| self.context.form(argument)).collect();
        let mut context = std::mem::take(&mut self.context);
        context.retain(|place| match place.slot {
            Slot::Register(index) => usize::from(index) < kept,
            Slot::Global(_) => true,
        });
        self.context = context;
        let place = |register: usize, form| Place { slot: Slot::Register(register as u16), form, dirty: true, used: 0 };
        let result = if is_tail { frame } else { window };
        let made = Form::Word(instance, Kind::Tag(TAG_OBJECT as u16));
        let (Some((constructor, constructor_place)), Some((init, init_place))) = (class.constructor, class.init) else {
            self.context.set(place(result, made));
            return true;
        };
        self.context.set(place(init_frame, made));
        for (number, &form) in forms.iter().enumerate() {
            self.context.set(place(init_frame + 1 + number, form));
        }
        let mut links = self.links();
        if !is_tail {
            links.push((window as i32, Link::Word(self.pc(self.at + 1))));
        }
        // The hidden function's closure, instance and call of `init`, which is its last instruction but one.
        let frame = frame as i32;
        links.push((frame - 1, Link::At(constructor_place)));
        links.push((frame, Link::Register(init_frame)));
        links.push((frame + 1, Link::Word(constructor.code() as u64 + 8 * (constructor.len() as u64 - 1))));
        links.push((frame + 2, Link::At(init_place)));
        let (call, caller) = match (&self.inlined, is_tail) {
            (Some(inlined), true) => (inlined.call, inlined.caller.clone()),
            _ => (self.at, self.inlined.clone()),
        };
        self.inline(Inlined { proto: init, offset: init_frame, kept, call, caller, makes: true, result, links });
        true
    }

    /// A register = a new instance. Uses `rax` and `rcx`.
    fn new_instance(&mut self, class: &Class<'_>, to: u8) {
        let words = 2 + class.fields.len();
        let bytes = 8 * words as i32;
        self.code.mov_imm(RCX, self.options.nursery);
        self.code.mov(RAX, Rm::Mem(RCX, offset_of!(Nursery, top) as i32));
        self.code.alu_imm(Alu::Add, Rm::Reg(RAX), bytes);
        self.code.alu(Alu::Cmp, RAX, Rm::Mem(RCX, offset_of!(Nursery, end) as i32));
        self.slow_if(Cond::Above);
        self.code.store(Rm::Mem(RCX, offset_of!(Nursery, top) as i32), RAX);
        const { assert!(offset_of!(Instance, overflow) == 8 && offset_of!(Instance, fields) == 16) }
        let byte = |value: u64, offset: usize| value << (8 * offset);
        let header = byte(ObjectKind::Instance as u64, offset_of!(Header, kind))
            | byte(class.fields.len() as u64, offset_of!(Header, flags))
            | byte(class.shape.into(), offset_of!(Header, aux));
        let fields = class.fields.iter().map(|value| value.0);
        for (index, word) in [header, Value::NIL.0].into_iter().chain(fields).enumerate() {
            let place = Rm::Mem(RAX, 8 * index as i32 - bytes);
            if word == Value::NIL.0 {
                self.code.store(place, TAGGED);
            } else {
                self.code.mov_imm(RCX, word);
                self.code.store(place, RCX);
            }
        }
        self.code.mov_imm(RCX, (TAG_OBJECT << TAG_SHIFT).wrapping_sub(bytes as u64));
        self.code.lea_sum(to, RAX, RCX);
    }
}
