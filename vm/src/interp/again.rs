//! The table for the instruction after one that is run for a second time, since it had no memory the first time.
//!
//! That the table of the handler that fails is this one tells that it has been tried before.

use super::{Handler, NORMAL, Status, Table, dispatch};
use crate::bytecode::word::Word;
use crate::value::Value;
use crate::vm::Vm;

unsafe extern "C" fn go_on(pc: *const u64, base: *mut Value, vm: *mut Vm, _: u64, _: *const Handler) -> Status {
    // SAFETY: see the parent module's safety section.
    unsafe { dispatch!(pc.sub(1), base, vm, (*vm).tables.onward) }
}

/// Handlers that go on with the usual ones.
static AFTERWARDS: Table = [Handler(go_on); 256];

/// Whether an instruction that has thrown with this table has been run for the second time.
pub(super) fn is_second(table: *const Handler) -> bool {
    table == AFTERWARDS.as_ptr()
}

/// Runs the instruction before `pc` again.
#[cold]
#[inline(never)]
pub(super) unsafe extern "C" fn run_again(
    pc: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    _word: u64,
    _table: *const Handler,
) -> Status {
    // SAFETY: see the parent module's safety section.
    unsafe {
        let word = *pc.sub(1);
        (NORMAL[Word(word).number() as usize].0)(pc, base, vm, word, AFTERWARDS.as_ptr())
    }
}
