//! The table that notes what operands are, for a while before a function is compiled.

use super::{Handler, NORMAL, Status, Table};
use crate::bytecode::ops::Op;
use crate::bytecode::profile::Callee;
use crate::bytecode::proto::Proto;
use crate::bytecode::word::Word;
use crate::heap::object::Closure;
use crate::value::Value;
use crate::vm::Vm;

/// Looks at an instruction and runs it; goes on so until as many have been looked at as were to be, or something begins anew.
unsafe extern "C" fn look(pc: *const u64, base: *mut Value, vm: *mut Vm, word: u64, table: *const Handler) -> Status {
    // SAFETY: see the parent module's safety section; below register 0 lies the running closure, save where a run ends, and
    // prototypes live as long as their machine.
    unsafe {
        let number = Word(word).number() as usize;
        if number == Op::Halt as usize {
            return (NORMAL[number].0)(pc, base, vm, word, table);
        }
        if (*vm).profiled == 0 {
            (*vm).looked(pc.sub(1), base);
            return (NORMAL[number].0)(pc, base, vm, word, (*vm).tables.onward);
        }
        (*vm).profiled -= 1;
        note(pc.sub(1), base);
        (NORMAL[number].0)(pc, base, vm, word, table)
    }
}

#[inline(never)]
unsafe fn note(pc: *const u64, base: *mut Value) {
    // SAFETY: as for the caller; registers that an instruction reads lie in its frame, and hold values.
    unsafe {
        let proto: &Proto = &*(*(*base.sub(1)).address().cast::<Closure>()).proto;
        let at = proto.index_of(pc);
        let before = at.checked_sub(1).map(|at| proto.word(at));
        // The result of the instruction before may be stale if something else has run since: it is not followed.
        proto.profile().look(at, Word(*pc), before, |register| *base.add(register));
        if let Op::Call | Op::CallMethod | Op::TailCall = Word(*pc).op() {
            let callee = *base.add(Word(*pc).a() + 1);
            let function = callee.as_closure().map(|closure| Callee::Function((*closure.proto()).id));
            let class = || callee.as_class().map(|class| Callee::Class(class.number()));
            if let Some(callee) = function.or_else(class) {
                proto.profile().call(at, callee);
            }
        }
    }
}

/// Handlers that look at operands.
pub static LOOK: Table = [Handler(look); 256];
