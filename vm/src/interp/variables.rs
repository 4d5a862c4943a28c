//! Moves, constants, globals, captured variables, closures.

use super::{constant, continue_or_raise, dispatch, handler};
use crate::bytecode::proto::{CaptureSource, Proto};
use crate::bytecode::word::Word;
use crate::error::{ErrorKind, Thrown};
use crate::heap::object::{Cell, Closure, Header};
use crate::value::Value;
use crate::vm::Vm;

handler!(
    move_register | pc,
    base,
    vm,
    word,
    table | {
        *base.add(word.a()) = *base.add(word.b());
        dispatch!(pc, base, vm, table)
    }
);

handler!(
    load_int | pc,
    base,
    vm,
    word,
    table | {
        *base.add(word.a()) = Value::small_int(word.x() as i64);
        dispatch!(pc, base, vm, table)
    }
);

handler!(
    load_const | pc,
    base,
    vm,
    word,
    table | {
        *base.add(word.a()) = constant!(pc, word.x() as usize);
        dispatch!(pc, base, vm, table)
    }
);

handler!(
    load_nil | pc,
    base,
    vm,
    word,
    table | {
        *base.add(word.a()) = Value::NIL;
        dispatch!(pc, base, vm, table)
    }
);

handler!(
    load_false | pc,
    base,
    vm,
    word,
    table | {
        *base.add(word.a()) = Value::FALSE;
        dispatch!(pc, base, vm, table)
    }
);

handler!(
    load_true | pc,
    base,
    vm,
    word,
    table | {
        *base.add(word.a()) = Value::TRUE;
        dispatch!(pc, base, vm, table)
    }
);

handler!(
    load_undef | pc,
    base,
    vm,
    word,
    table | {
        *base.add(word.a()) = Value::UNDEF;
        dispatch!(pc, base, vm, table)
    }
);

#[inline(never)]
unsafe fn builtin_value(vm: &mut Vm, base: *mut Value, word: Word) {
    let value = vm.builtin_value(word.x() as u16);
    // SAFETY: `a` is a register of the frame.
    unsafe { *base.add(word.a()) = value };
}

handler!(
    load_builtin | pc,
    base,
    vm,
    word,
    table | {
        builtin_value(&mut *vm, base, *word);
        dispatch!(pc, base, vm, table)
    }
);

handler!(
    load_self | pc,
    base,
    vm,
    word,
    table | {
        *base.add(word.a()) = *base.sub(1);
        dispatch!(pc, base, vm, table)
    }
);

/// Throws for a global that is read or assigned before its definition has run.
#[cold]
#[inline(never)]
fn undefined_global(vm: &mut Vm, word: Word) -> bool {
    let name = vm.globals.info(word.x() as u32).name.clone();
    vm.fail(Thrown::new(ErrorKind::Name, format!("`{name}` is used before its definition has run")))
}

/// Throws for a captured variable that is read before its definition has run.
#[cold]
#[inline(never)]
fn undefined_capture(vm: &mut Vm) -> bool {
    vm.fail(Thrown::new(ErrorKind::Name, "a variable is used before its definition has run"))
}

handler!(
    get_global | pc,
    base,
    vm,
    word,
    table | {
        let value = *(*vm).globals_base().add(word.x() as usize);
        if value.is_undef() {
            continue_or_raise!(undefined_global(&mut *vm, *word), pc, base, vm, word, table)
        }
        *base.add(word.a()) = value;
        dispatch!(pc, base, vm, table)
    }
);

handler!(
    set_global | pc,
    base,
    vm,
    word,
    table | {
        let place = (*vm).globals_base().add(word.x() as usize);
        if (*place).is_undef() {
            continue_or_raise!(undefined_global(&mut *vm, *word), pc, base, vm, word, table)
        }
        *place = *base.add(word.a());
        dispatch!(pc, base, vm, table)
    }
);

handler!(
    def_global | pc,
    base,
    vm,
    word,
    table | {
        *(*vm).globals_base().add(word.x() as usize) = *base.add(word.a());
        dispatch!(pc, base, vm, table)
    }
);

/// The running closure's captured variable.
#[inline(always)]
unsafe fn capture(base: *mut Value, index: usize) -> *mut Value {
    // SAFETY: below register 0 lies the running closure, which has as many captures as its prototype lists.
    unsafe {
        let closure = (*base.sub(1)).address().cast::<Closure>();
        (&raw mut (*closure).captures).cast::<Value>().add(index)
    }
}

handler!(
    get_capture | pc,
    base,
    vm,
    word,
    table | {
        *base.add(word.a()) = *capture(base, word.x() as usize);
        dispatch!(pc, base, vm, table)
    }
);

handler!(
    get_cell_capture | pc,
    base,
    vm,
    word,
    table | {
        let value = (*(*capture(base, word.x() as usize)).address().cast::<Cell>()).value;
        if value.is_undef() {
            continue_or_raise!(undefined_capture(&mut *vm), pc, base, vm, word, table)
        }
        *base.add(word.a()) = value;
        dispatch!(pc, base, vm, table)
    }
);

#[inline(always)]
unsafe fn store_cell(vm: *mut Vm, cell: Value, value: Value) {
    // SAFETY: the compiler uses these instructions on registers and captures that hold cells, and nothing else.
    unsafe {
        let cell: *mut Header = cell.address();
        (*vm).heap.barrier(cell);
        (*cell.cast::<Cell>()).value = value;
    }
}

handler!(
    set_cell_capture | pc,
    base,
    vm,
    word,
    table | {
        store_cell(vm, *capture(base, word.x() as usize), *base.add(word.a()));
        dispatch!(pc, base, vm, table)
    }
);

#[inline(never)]
unsafe fn make_cell(vm: &mut Vm, base: *mut Value, word: Word) {
    // SAFETY: `a` and `b` are registers of the frame.
    unsafe { *base.add(word.a()) = vm.heap.cell(*base.add(word.b())) };
}

handler!(
    new_cell | pc,
    base,
    vm,
    word,
    table | {
        make_cell(&mut *vm, base, *word);
        dispatch!(pc, base, vm, table)
    }
);

handler!(
    get_cell | pc,
    base,
    vm,
    word,
    table | {
        let value = (*(*base.add(word.b())).address().cast::<Cell>()).value;
        if value.is_undef() {
            continue_or_raise!(undefined_capture(&mut *vm), pc, base, vm, word, table)
        }
        *base.add(word.a()) = value;
        dispatch!(pc, base, vm, table)
    }
);

handler!(
    set_cell | pc,
    base,
    vm,
    word,
    table | {
        store_cell(vm, *base.add(word.a()), *base.add(word.b()));
        dispatch!(pc, base, vm, table)
    }
);

/// Makes a closure, its captures taken from registers and captures of the running frame.
#[inline(never)]
unsafe fn make_closure(vm: &mut Vm, base: *mut Value, word: Word) {
    // SAFETY: below register 0 lies the running closure; the compiler lists captures that exist.
    unsafe {
        let running = &*(*base.sub(1)).address().cast::<Closure>();
        let proto: &Proto = &(&(*running.proto).protos)[word.x() as usize];
        let mut few = [Value::NIL; 8];
        let mut many;
        let captures = if proto.captures.len() <= few.len() {
            &mut few[..proto.captures.len()]
        } else {
            many = vec![Value::NIL; proto.captures.len()];
            &mut many[..]
        };
        for (place, &source) in captures.iter_mut().zip(&proto.captures) {
            *place = match source {
                CaptureSource::Register(register) => *base.add(register as usize),
                CaptureSource::Capture(index) => *capture(base, index as usize),
            };
        }
        *base.add(word.a()) = vm.heap.closure(proto, captures);
    }
}

handler!(
    closure | pc,
    base,
    vm,
    word,
    table | {
        make_closure(&mut *vm, base, *word);
        dispatch!(pc, base, vm, table)
    }
);
