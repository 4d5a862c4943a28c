//! Definitions of enums.

use super::{constant, continue_or_raise, dispatch, handler};
use crate::bytecode::word::Word;
use crate::error::{ErrorKind, Thrown};
use crate::ops::type_name;
use crate::value::Value;
use crate::vm::Vm;

#[inline(never)]
unsafe fn make_enum(vm: &mut Vm, base: *mut Value, word: Word, name: Value) {
    // SAFETY: `a` is a register of the frame.
    unsafe { *base.add(word.a()) = vm.heap.enumeration(name) };
}

handler!(
    new_enum | pc,
    base,
    vm,
    word,
    table | {
        make_enum(&mut *vm, base, *word, constant!(pc, word.x() as usize));
        dispatch!(pc, base, vm, table)
    }
);

#[inline(never)]
unsafe fn add_member(vm: &mut Vm, base: *mut Value, word: Word) -> bool {
    // SAFETY: the operands are registers of the frame.
    let [target, name, value] = unsafe { [word.a(), word.b(), word.c()].map(|register| *base.add(register)) };
    let target = target.as_enum().expect("the compiler adds members to an enum that it has just made");
    let value = if value.is_undef() {
        let last = target.members().next_back().and_then(|member| member.number().as_int());
        vm.heap.int(last.map_or(0, |last| last.wrapping_add(1)))
    } else if value.is_int() {
        value
    } else {
        let message = format!("the value of an enum's member must be int, not {}", type_name(value));
        return vm.fail(Thrown::new(ErrorKind::Type, message));
    };
    match target.define(&mut vm.heap, name, value) {
        Ok(()) => true,
        Err(thrown) => vm.fail(thrown),
    }
}

handler!(
    def_member | pc,
    base,
    vm,
    word,
    table | { continue_or_raise!(add_member(&mut *vm, base, *word), pc, base, vm, word, table) }
);
