//! The table for machines with a limited depth of calls: looks at each change of frames before the next instruction.
//!
//! So no handler counts, whatever it is that calls: other machines pay nothing, and an opcode that calls in a new way is
//! counted like any other.

use super::{Handler, NORMAL, Status, Table};
use crate::bytecode::word::Word;
use crate::value::Value;
use crate::vm::{Vm, caller_of};

/// Whether the frame of the instruction before `pc` is not too deep.
#[inline(always)]
pub(super) unsafe fn next_frame(pc: *const u64, base: *mut Value, vm: *mut Vm) -> bool {
    // SAFETY: see the parent module's safety section.
    unsafe { (*vm).depth.is_at(base) || (*vm).depth.move_to(pc.sub(1), base) }
}

/// Throws where the frame was called from.
#[cold]
#[inline(never)]
pub(super) unsafe extern "C" fn too_deep(
    _pc: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    word: u64,
    table: *const Handler,
) -> Status {
    // SAFETY: see the parent module's safety section. The callee has not begun: its frame is dropped.
    unsafe {
        let (pc, base) = caller_of(base).expect("the frame that a run begins in is not too deep");
        let thrown = (*vm).stack_overflow();
        (*vm).fail(thrown);
        super::raise(pc, base, vm, word, table)
    }
}

unsafe extern "C" fn count(pc: *const u64, base: *mut Value, vm: *mut Vm, word: u64, table: *const Handler) -> Status {
    // SAFETY: see the parent module's safety section.
    unsafe {
        if !next_frame(pc, base, vm) {
            return too_deep(pc, base, vm, word, table);
        }
        (NORMAL[Word(word).number() as usize].0)(pc, base, vm, word, table)
    }
}

/// Handlers that count: all the same, the one that looks at the frame and then runs the instruction.
pub static COUNT: Table = [Handler(count); 256];
