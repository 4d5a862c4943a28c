//! Errors on their way: thrown, caught, or out of the handlers.
//!
//! Nothing is kept for a `try` that is not used: what is thrown looks for the instruction that threw, then for the calls
//! under way, in the ranges that each function guards ([`Proto::handlers`](crate::bytecode::proto::Proto::handlers)).

use super::{Handler, Status, again, dispatch, handler};
use crate::error::{Throw, Thrown};
use crate::jit::Position;
use crate::stack::Frames;
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

/// Goes on after an instruction has thrown: where it is caught, or to the end of the run. `pc` is the address after the
/// instruction.
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
        let recording = table == (*vm).tables.record;
        (*vm).depth.forget();
        if !again::is_second(table) && (*vm).make_room(pc.sub(1), base) {
            if recording {
                uncaught(&mut *vm, pc.sub(1), base);
            }
            return again::run_again(pc, base, vm, word, table);
        }
        if (*vm).unwind(pc.sub(1), base) {
            let table = table_after_catch(&mut *vm, pc.sub(1), base, recording);
            let Position { pc, base } = (*vm).caught;
            dispatch!(pc, base, vm, table)
        }
        if recording {
            uncaught(&mut *vm, pc.sub(1), base);
        }
        super::note_native_depth(&mut *vm);
        Status::THROWN
    }
}

/// Ends the recording in which the instruction at `pc` has thrown.
#[inline(never)]
fn uncaught(vm: &mut Vm, pc: *const u64, base: *mut Value) {
    vm.tell_thrown(Position { pc, base }, None);
}

/// The table to go on with where an error is caught, which the instruction at `pc` has thrown.
#[inline(never)]
fn table_after_catch(vm: &mut Vm, pc: *const u64, base: *mut Value, recording: bool) -> *const Handler {
    if recording && vm.tell_thrown(Position { pc, base }, Some(vm.caught)) {
        vm.tables.record
    } else {
        vm.tables.onward
    }
}

impl Vm {
    /// Finds where what was thrown is caught, and puts it there. False if it is not caught. `pc` is the instruction that
    /// threw.
    #[inline(never)]
    unsafe fn unwind(&mut self, pc: *const u64, base: *mut Value) -> bool {
        let (thrown, again) = (self.take_thrown(), std::mem::take(&mut self.throws_on));
        if !thrown.0.can_be_caught() {
            if matches!(*thrown.0, Throw::Interrupted) {
                // SAFETY: this is the interpreter's state.
                unsafe { self.note_trace_back(pc, base) };
            }
            self.fail(thrown);
            return false;
        }
        let (mut line, mut target) = (None, None);
        // SAFETY: this is the interpreter's state.
        for (depth, frame) in unsafe { Frames::new(pc, base) }.enumerate() {
            // Below the top, `at` is the instruction after the call.
            let at = if depth == 0 { frame.at } else { frame.at - 1 };
            if line.is_none() && !frame.proto.hidden {
                line = Some(frame.proto.line(at));
            }
            if target.is_none() {
                target = frame.proto.handler_at(at).map(|handler| (frame, handler));
            }
            if line.is_some() && target.is_some() {
                break;
            }
        }
        let value = self.thrown_value(thrown, line);
        // SAFETY: as above; the handler's register is one of its frame.
        unsafe {
            if !again && target.is_none_or(|(_, handler)| handler.finally) {
                self.note_trace_back(pc, base);
            }
            let Some((frame, handler)) = target else {
                self.fail(Thrown(Box::new(Throw::Value(value))));
                return false;
            };
            *frame.base.add(handler.register as usize) = value;
            self.caught = Position { pc: frame.proto.code().add(handler.target), base: frame.base };
        }
        true
    }
}

#[inline(never)]
unsafe fn throw_value(vm: &mut Vm, value: Value, again: bool) {
    vm.throws_on = again;
    vm.fail(Thrown(Box::new(Throw::Value(value))));
}

handler!(
    throw | pc,
    base,
    vm,
    word,
    table | {
        throw_value(&mut *vm, *base.add(word.a()), false);
        return raise(pc, base, vm, word.0, table);
    }
);

handler!(
    rethrow | pc,
    base,
    vm,
    word,
    table | {
        throw_value(&mut *vm, *base.add(word.a()), true);
        return raise(pc, base, vm, word.0, table);
    }
);
