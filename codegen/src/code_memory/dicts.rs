//! Routines that look into dicts: small enough to be made for no trace, too large to be part of each.
//!
//! A look-up finds, without a call, keys that are ints, and strings whose hash is known and whose object is the key's: the
//! same cases, and the same way through the table, as the interpreter's (`pseudo_vm::heap::dict`).

use std::mem::offset_of;

use dynasmrt::x64::X64Relocation;
use dynasmrt::{DynasmApi, DynasmLabelApi, VecAssembler, dynasm};
use pseudo_vm::heap::dict::MIXER;
use pseudo_vm::heap::object::{Dict, Entry, Header};
use pseudo_vm::value::{TAG_INT, TAG_SHIFT, TAG_STRING, Value};

const ENTRIES: i32 = offset_of!(Dict, entries) as i32;
const SLOTS: i32 = offset_of!(Dict, slots) as i32;
const MASK: i32 = offset_of!(Dict, mask) as i32;
const USED: i32 = offset_of!(Dict, used) as i32;
const FIRST: i32 = offset_of!(Dict, first) as i32;
const HASH: i32 = offset_of!(Header, aux) as i32;
const ENTRY: i32 = size_of::<Entry>() as i32;
const ENTRY_SHIFT: i8 = ENTRY.trailing_zeros() as i8;
const _: () = assert!(ENTRY == 1 << ENTRY_SHIFT && offset_of!(Entry, key) == 0);

/// The entry of the key `rcx` in the dict `rax`; goes on behind its end, with both as they were, where it is not sure.
pub(super) fn find(ops: &mut VecAssembler<X64Relocation>) {
    dynasm!(ops
        ; .arch x64
        ; push rdx ; push rsi ; push rdi
        // edx = the hash of the key.
        ; mov rdx, rcx
        ; shr rdx, TAG_SHIFT as i8
        ; cmp edx, TAG_STRING as i32
        ; jne >int
        ; mov rdx, rcx
        ; shl rdx, 16
        ; shr rdx, 16
        ; mov edx, [rdx + HASH]
        ; test edx, edx
        ; jz >unsure
        ; probe:
        ; mov esi, edx
        ; and esi, [rax + MASK]
        ; mov rdi, [rax + SLOTS]
        ; mov rsi, [rdi + 8 * rsi]
        ; test rsi, rsi
        ; jz >missing
        ; mov edi, esi
        ; shl rdi, ENTRY_SHIFT
        ; add rdi, [rax + ENTRIES]
        ; cmp [rdi - ENTRY], rcx
        ; je >found
        ; shr rsi, 32
        ; cmp esi, edx
        ; je >unsure
        // Where all bits of the hash lead, then one after another.
        ; push r8
        ; mov r8d, edx
        ; mov rsi, QWORD MIXER as i64
        ; imul r8, rsi
        ; shr r8, 32
        ; next:
        ; and r8d, [rax + MASK]
        ; mov rdi, [rax + SLOTS]
        ; mov rsi, [rdi + 8 * r8]
        ; inc r8d
        ; test rsi, rsi
        ; jz >missing_far
        ; mov rdi, rsi
        ; shr rdi, 32
        ; cmp edi, edx
        ; jne <next
        ; mov edi, esi
        ; shl rdi, ENTRY_SHIFT
        ; add rdi, [rax + ENTRIES]
        ; pop r8
        ; cmp [rdi - ENTRY], rcx
        ; jne >unsure
        ; found:
        ; lea rax, [rdi - ENTRY]
        ; pop rdi ; pop rsi ; pop rdx
        ; ret
        ; missing_far:
        ; pop r8
        ; missing:
        ; xor eax, eax
        ; pop rdi ; pop rsi ; pop rdx
        ; ret
        ; int:
        ; cmp edx, TAG_INT as i32
        ; jne >unsure
        ; mov rdx, rcx
        ; shl rdx, 16
        ; sar rdx, 16
        ; mov rsi, rdx
        ; shr rsi, 32
        ; imul esi, esi, MIXER as i32
        ; xor edx, esi
        ; jmp <probe
        ; unsure:
        ; pop rdi ; pop rsi ; pop rdx
    );
}

/// The first of these routines, as bytes that may lie anywhere.
pub(crate) fn find_bytes() -> Vec<u8> {
    let mut ops = VecAssembler::new(0);
    find(&mut ops);
    ops.finalize().expect("a routine whose labels are bound")
}

/// The number of the first entry with a key from number `rcx` on in the dict `rax`, or -1.
pub(super) fn next(ops: &mut VecAssembler<X64Relocation>) {
    dynasm!(ops
        ; .arch x64
        ; push rdx ; push rsi ; push rdi
        ; mov edx, [rax + FIRST]
        ; cmp rcx, rdx
        ; cmovb rcx, rdx
        ; mov edx, [rax + USED]
        ; mov rsi, [rax + ENTRIES]
        ; mov rdi, QWORD Value::UNDEF.0 as i64
        ; next:
        ; cmp rcx, rdx
        ; jae >none
        ; mov rax, rcx
        ; shl rax, ENTRY_SHIFT
        ; cmp [rsi + rax], rdi
        ; jne >found
        ; inc rcx
        ; jmp <next
        ; none:
        ; mov rcx, -1
        ; found:
        ; mov rax, rcx
        ; pop rdi ; pop rsi ; pop rdx
        ; ret
    );
}
