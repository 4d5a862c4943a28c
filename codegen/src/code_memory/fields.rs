//! A routine that finds the field of a name in an instance: the same way through the cache of look-ups as the machine's
//! (`pseudo_vm::heap::shape`).

use std::mem::offset_of;

use dynasmrt::x64::X64Relocation;
use dynasmrt::{DynasmApi, DynasmLabelApi, VecAssembler, dynasm};
use pseudo_vm::heap::object::{Header, Instance};
use pseudo_vm::heap::shape::{Cached, NAME_SHIFT, PLACE_MASK};
use pseudo_vm::native::SHAPE_CACHE;
use pseudo_vm::value::{TAG_OBJECT, TAG_SHIFT};

use crate::context;

const SHAPE: i32 = offset_of!(Header, aux) as i32;
const ROOM: i32 = offset_of!(Header, flags) as i32;
const FIELDS: i32 = offset_of!(Instance, fields) as i32;
const CACHED_SHIFT: i8 = size_of::<Cached>().trailing_zeros() as i8;
const _: () = assert!(size_of::<Cached>() == 1 << CACHED_SHIFT);

/// The address of the field of the name `rcx` in the instance that is the value `rax`; goes on behind its end, with both as
/// they were, where the cache knows nothing.
pub(super) fn place(ops: &mut VecAssembler<X64Relocation>) {
    dynasm!(ops
        ; .arch x64
        ; push rdx ; push rsi ; push rdi
        ; mov rdi, rax
        ; shr rdi, TAG_SHIFT as i8
        ; cmp edi, TAG_OBJECT as i32
        ; jne >none
        ; mov rdi, rax
        ; shl rdi, 16
        ; shr rdi, 16
        ; mov edx, [rdi + SHAPE]
        ; mov rsi, rcx
        ; shr rsi, NAME_SHIFT as i8
        ; xor esi, edx
        ; and esi, PLACE_MASK as i32
        ; shl esi, CACHED_SHIFT
        ; push rax
        ; mov rax, [r14 + context::VM]
        ; mov rax, [rax + SHAPE_CACHE as i32]
        ; test rax, rax
        ; jz >unsure
        ; add rsi, rax
        ; cmp [rsi + offset_of!(Cached, name) as i32], rcx
        ; jne >unsure
        ; cmp [rsi + offset_of!(Cached, shape) as i32], edx
        ; jne >unsure
        // No slot is beyond all room.
        ; mov esi, [rsi + offset_of!(Cached, slot) as i32]
        ; movzx edx, BYTE [rdi + ROOM]
        ; add rsp, 8
        ; cmp esi, edx
        ; jae >none
        ; lea rax, [rdi + 8 * rsi + FIELDS]
        ; pop rdi ; pop rsi ; pop rdx
        ; ret
        ; none:
        ; xor eax, eax
        ; pop rdi ; pop rsi ; pop rdx
        ; ret
        ; unsure:
        ; pop rax
        ; pop rdi ; pop rsi ; pop rdx
    );
}
