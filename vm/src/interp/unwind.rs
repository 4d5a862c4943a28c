//! Errors on their way out of the handlers.

use super::{Handler, Status, again};
use crate::value::Value;
use crate::vm::Vm;

/// What a slow path that may jump or throw answers, in one register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Trap(u8);

impl Trap {
    /// It does not hold; go on.
    pub const FALSE: Trap = Trap(0);
    /// It holds; jump.
    pub const TRUE: Trap = Trap(1);
    /// It threw.
    pub const RAISE: Trap = Trap(2);

    /// The answer of a test.
    pub fn from_bool(holds: bool) -> Trap {
        Trap(holds as u8)
    }
}

/// Goes on after an instruction has thrown: notes where, and ends the run, since nothing catches yet. `pc` is the
/// address after the instruction.
#[cold]
#[inline(never)]
pub(crate) unsafe extern "C" fn raise(
    pc: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    word: u64,
    table: *const Handler,
) -> Status {
    // SAFETY: handlers pass on the state that they were given.
    unsafe {
        if table == (*vm).tables.record {
            (*vm).abandon_recording();
        }
        (*vm).depth.forget();
        if !again::is_second(table) && (*vm).make_room(pc.sub(1), base) {
            return again::run_again(pc, base, vm, word, table);
        }
        let vm = &mut *vm;
        super::note_native_depth(vm);
        vm.note_trace_back(pc.sub(1), base);
    }
    Status::THROWN
}
