//! Look-ups in dicts: a routine finds the entry of a key.

use std::mem::offset_of;

use pseudo_vm::bytecode::profile::Operand;
use pseudo_vm::heap::object::{Entry, Header, ObjectKind};
use pseudo_vm::value::{TAG_OBJECT, TAG_SPECIAL};

use super::Compiler;
use super::context::{Form, Kind, Slot};
use super::registers::{RAX, RCX, RDX, TAGGED};
use crate::emit::encode::{Cond, Rm};

const VALUE: i32 = offset_of!(Entry, value) as i32;

impl Compiler<'_> {
    /// Whether what the register in a field holds is likely a dict, where it is indexed: no array, and no string.
    pub(super) fn is_likely_dict(&self, slot: Slot, field: usize, key: Slot) -> bool {
        match self.kind(slot) {
            Kind::Any if self.seen(slot, field) == Operand::Unknown => !matches!(self.kind(key), Kind::Any | Kind::INT),
            Kind::Any => self.seen(slot, field) == Operand::Other,
            kind => kind == Kind::Tag(TAG_OBJECT as u16),
        }
    }

    /// `rax` = the address of a key's entry in a dict, or 0. False if it is no dict for certain.
    pub(super) fn find_entry(&mut self, dict: Slot, key: Slot) -> bool {
        if !self.address(dict, TAG_OBJECT, RAX) {
            return false;
        }
        self.code.cmp_byte(Rm::Mem(RAX, offset_of!(Header, kind) as i32), ObjectKind::Dict as u8);
        self.slow_if(Cond::NotEqual);
        self.word_into(key, RCX);
        self.code.call_outside(self.options.routines.dict_find);
        true
    }
}

/// A slot = the value of a key, or nil.
pub(super) fn get(compiler: &mut Compiler<'_>, dict: Slot, key: Slot, to: Slot) -> bool {
    let result = compiler.free_gpr();
    if !compiler.find_entry(dict, key) {
        return false;
    }
    let done = compiler.code.label();
    compiler.code.mov(result, Rm::Reg(TAGGED));
    compiler.code.test(RAX, RAX);
    compiler.code.jcc(Cond::Equal, done);
    compiler.code.mov(result, Rm::Mem(RAX, VALUE));
    compiler.code.bind(done);
    compiler.define(to, Form::Word(result, Kind::Any));
    true
}

/// Gives a key that is there another value.
pub(super) fn set(compiler: &mut Compiler<'_>, dict: Slot, key: Slot, value: Slot) -> bool {
    if !compiler.find_entry(dict, key) {
        return false;
    }
    compiler.code.test(RAX, RAX);
    compiler.slow_if(Cond::Equal);
    let is_reference = match compiler.kind(value) {
        Kind::INT | Kind::Float => false,
        Kind::Tag(tag) => u64::from(tag) != TAG_SPECIAL,
        Kind::Any | Kind::Wide => true,
    };
    if is_reference {
        compiler.word_into(dict, RDX);
        compiler.untag(RDX);
        compiler.barrier(RDX);
    }
    compiler.word_into(value, RDX);
    compiler.code.store(Rm::Mem(RAX, VALUE), RDX);
    true
}

/// A slot = whether a key is there.
pub(super) fn contains(compiler: &mut Compiler<'_>, dict: Slot, key: Slot, to: Slot) -> bool {
    if !compiler.find_entry(dict, key) {
        return false;
    }
    compiler.code.test(RAX, RAX);
    compiler.define_bool(to, Cond::NotEqual);
    true
}
