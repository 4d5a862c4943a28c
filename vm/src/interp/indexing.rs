//! Arrays, dicts, ranges, strings: making them, reading and writing elements.

use super::{continue_or_raise, dispatch, handler};
use crate::bytecode::word::Word;
use crate::error::Thrown;
use crate::heap::dict::Found;
use crate::heap::object::{Array, Dict, GC_OLD, GC_REMEMBERED, ObjectKind, Storage};
use crate::ops::arithmetic::{concat as concat_values, make_range as make_range_value};
use crate::ops::{index, iteration};
use crate::value::{TAG_ARRAY, TAG_OBJECT, Value};
use crate::vm::Vm;

/// Runs a fallible operation whose result goes to register `a`.
#[inline(always)]
unsafe fn store(vm: &mut Vm, base: *mut Value, word: Word, result: Result<Value, Thrown>) -> bool {
    match result {
        Ok(value) => {
            // SAFETY: `a` is a register of the frame.
            unsafe { *base.add(word.a()) = value };
            true
        }
        Err(thrown) => vm.fail(thrown),
    }
}

/// The run of registers that begins at `first`.
unsafe fn registers<'a>(base: *mut Value, first: usize, count: usize) -> &'a mut [Value] {
    // SAFETY: verified code names runs inside the frame.
    unsafe { std::slice::from_raw_parts_mut(base.add(first), count) }
}

#[inline(never)]
unsafe fn make_array(vm: &mut Vm, base: *mut Value, word: Word) {
    // SAFETY: the operands lie in the frame.
    unsafe { *base.add(word.a()) = vm.heap.array(registers(base, word.b(), word.c())) };
}

handler!(
    new_array | pc,
    base,
    vm,
    word,
    table | {
        make_array(&mut *vm, base, *word);
        dispatch!(pc, base, vm, table)
    }
);

#[inline(never)]
unsafe fn append(vm: &mut Vm, base: *mut Value, word: Word) -> bool {
    // SAFETY: the operands lie in the frame.
    let (target, elements) = unsafe { (*base.add(word.a()), registers(base, word.b(), word.c())) };
    let array = target.as_array().expect("the compiler extends arrays that it has just made");
    // All or none of them: what fails for want of memory may be run again.
    match array.push_all(&mut vm.heap, elements) {
        Ok(()) => true,
        Err(thrown) => vm.fail(thrown),
    }
}

handler!(
    extend_array | pc,
    base,
    vm,
    word,
    table | { continue_or_raise!(append(&mut *vm, base, *word), pc, base, vm, word, table) }
);

#[inline(never)]
unsafe fn make_dict(vm: &mut Vm, base: *mut Value, word: Word) -> bool {
    // SAFETY: the operands lie in the frame.
    unsafe {
        let result = vm.heap.dict_of(registers(base, word.b(), word.c()));
        store(vm, base, word, result)
    }
}

handler!(
    new_dict | pc,
    base,
    vm,
    word,
    table | { continue_or_raise!(make_dict(&mut *vm, base, *word), pc, base, vm, word, table) }
);

#[inline(never)]
unsafe fn extend(vm: &mut Vm, base: *mut Value, word: Word) -> bool {
    // SAFETY: the operands lie in the frame.
    let (target, entries) = unsafe { (*base.add(word.a()), registers(base, word.b(), word.c())) };
    let dict = target.as_dict().expect("the compiler extends dicts that it has just made");
    match dict.extend(&mut vm.heap, entries) {
        Ok(()) => true,
        Err(thrown) => vm.fail(thrown),
    }
}

handler!(
    extend_dict | pc,
    base,
    vm,
    word,
    table | { continue_or_raise!(extend(&mut *vm, base, *word), pc, base, vm, word, table) }
);

#[inline(never)]
unsafe fn make_range(vm: &mut Vm, base: *mut Value, word: Word) -> bool {
    // SAFETY: the operands lie in the frame.
    unsafe {
        let result = make_range_value(*base.add(word.b()), *base.add(word.c()), &mut vm.heap);
        store(vm, base, word, result)
    }
}

handler!(
    new_range | pc,
    base,
    vm,
    word,
    table | { continue_or_raise!(make_range(&mut *vm, base, *word), pc, base, vm, word, table) }
);

#[inline(never)]
unsafe fn get_index_slow(vm: &mut Vm, base: *mut Value, word: Word) -> bool {
    // SAFETY: the operands lie in the frame.
    unsafe {
        let result = index::get_index(*base.add(word.b()), *base.add(word.c()), &mut vm.heap);
        store(vm, base, word, result)
    }
}

handler!(
    #[cold]
    #[inline(never)]
    get_index_rare
        | pc,
    base,
    vm,
    word,
    table | { continue_or_raise!(get_index_slow(&mut *vm, base, *word), pc, base, vm, word, table) }
);

/// Defines what an indexing handler leaves to for all but arrays, first of all for dicts: a look at the likeliest place, which needs
/// no stack frame, then a search, then the function for all that is rare.
macro_rules! dict_reads {
    ($($name:ident $look:ident $next:ident;)*) => {
        $(
            handler!(
                #[inline(never)]
                $name |pc, base, vm, word, table| {
                    // SAFETY, besides: an object's kind tells its layout.
                    let object = *base.add(word.b());
                    if object.tag() == TAG_OBJECT && (*object.address()).kind == ObjectKind::Dict {
                        match (*object.address().cast::<Dict>()).$look(*base.add(word.c())) {
                            Found::Entry(entry) => {
                                *base.add(word.a()) = (*entry).value;
                                dispatch!(pc, base, vm, table)
                            }
                            Found::Missing => {
                                *base.add(word.a()) = Value::NIL;
                                dispatch!(pc, base, vm, table)
                            }
                            Found::Unsure => {}
                        }
                    }
                    $next(pc, base, vm, word.0, table)
                }
            );
        )*
    };
}

dict_reads! {
    get_key peek get_key_further;
    get_key_further look get_index_rare;
}

handler!(
    /// An element of an array of bools: what `get_index` leaves to here has both, and an index in range. In a function of its
    /// own, since more cases would cost that handler registers that it would have to save.
    #[inline(never)]
    get_bool
        | pc,
    base,
    vm,
    word,
    table | {
        // SAFETY, besides: the caller has looked at the array and the index.
        let array = &*(*base.add(word.b())).address().cast::<Array>();
        let at = (*base.add(word.c())).as_small_int() as usize;
        *base.add(word.a()) = Value::bool(*array.data.cast::<bool>().add(at));
        dispatch!(pc, base, vm, table)
    }
);

handler!(
    get_index | pc,
    base,
    vm,
    word,
    table | {
        let (object, index) = (*base.add(word.b()), *base.add(word.c()));
        if object.tag() == TAG_ARRAY && index.is_small_int() {
            let array = &*object.address().cast::<Array>();
            let at = index.as_small_int() as usize;
            if at < array.len {
                if array.header.storage == Storage::Bool {
                    return get_bool(pc, base, vm, word.0, table);
                }
                let bits = *array.data.add(at);
                // Floats and boxed values are stored as they are; ints may need a box.
                if array.header.storage != Storage::Int {
                    *base.add(word.a()) = Value(bits);
                    dispatch!(pc, base, vm, table)
                }
                if let Some(value) = Value::try_small_int(bits as i64) {
                    *base.add(word.a()) = value;
                    dispatch!(pc, base, vm, table)
                }
            }
        }
        get_key(pc, base, vm, word.0, table)
    }
);

#[inline(never)]
unsafe fn set_index_slow(vm: &mut Vm, base: *mut Value, word: Word) -> bool {
    // SAFETY: the operands lie in the frame.
    unsafe {
        match index::set_index(*base.add(word.a()), *base.add(word.b()), *base.add(word.c()), &mut vm.heap) {
            Ok(()) => true,
            Err(thrown) => vm.fail(thrown),
        }
    }
}

handler!(
    #[cold]
    #[inline(never)]
    set_index_rare
        | pc,
    base,
    vm,
    word,
    table | { continue_or_raise!(set_index_slow(&mut *vm, base, *word), pc, base, vm, word, table) }
);

/// The same for writes. They stop at a key that is new, and where the collector has to know.
macro_rules! dict_writes {
    ($($name:ident $look:ident $next:ident;)*) => {
        $(
            handler!(
                #[inline(never)]
                $name |pc, base, vm, word, table| {
                    // SAFETY, besides: an object's kind tells its layout.
                    let object = *base.add(word.a());
                    if object.tag() == TAG_OBJECT
                        && (*object.address()).kind == ObjectKind::Dict
                        && let Found::Entry(entry) = (*object.address().cast::<Dict>()).$look(*base.add(word.b()))
                    {
                        let value = *base.add(word.c());
                        if !value.is_pointer() || (*object.address()).gc & (GC_OLD | GC_REMEMBERED) != GC_OLD {
                            (*entry).value = value;
                            dispatch!(pc, base, vm, table)
                        }
                    }
                    $next(pc, base, vm, word.0, table)
                }
            );
        )*
    };
}

dict_writes! {
    set_key peek set_key_further;
    set_key_further look set_index_rare;
}

handler!(
    /// The same for writes, where the array may be another into which the value does not fit.
    #[inline(never)]
    set_bool
        | pc,
    base,
    vm,
    word,
    table | {
        // SAFETY, besides: the caller has looked at the array and the index.
        let array = &mut *(*base.add(word.a())).address().cast::<Array>();
        let (at, value) = ((*base.add(word.b())).as_small_int() as usize, *base.add(word.c()));
        if array.header.storage == Storage::Bool && value.is_bool() {
            *array.data.cast::<bool>().add(at) = value == Value::TRUE;
            dispatch!(pc, base, vm, table)
        }
        set_key(pc, base, vm, word.0, table)
    }
);

handler!(
    set_index | pc,
    base,
    vm,
    word,
    table | {
        let (object, index, value) = (*base.add(word.a()), *base.add(word.b()), *base.add(word.c()));
        if object.tag() == TAG_ARRAY && index.is_small_int() {
            let array = &mut *object.address().cast::<Array>();
            let at = index.as_small_int() as usize;
            if at < array.len {
                let bits = match array.header.storage {
                    Storage::Int if value.is_small_int() => Some(value.as_small_int() as u64),
                    Storage::Float if value.is_float() => Some(value.0),
                    // A call for the collector's sake would cost every store a stack frame.
                    Storage::Any if !value.is_pointer() || array.header.gc & (GC_OLD | GC_REMEMBERED) != GC_OLD => {
                        Some(value.0)
                    }
                    _ => None,
                };
                if let Some(bits) = bits {
                    *array.data.add(at) = bits;
                    dispatch!(pc, base, vm, table)
                }
                return set_bool(pc, base, vm, word.0, table);
            }
        }
        set_key(pc, base, vm, word.0, table)
    }
);

#[inline(never)]
unsafe fn unpack_array(vm: &mut Vm, base: *mut Value, word: Word) -> bool {
    // SAFETY: the operands lie in the frame.
    unsafe {
        let source = *base.add(word.b());
        match iteration::unpack(vm, source, registers(base, word.a(), word.c())) {
            Ok(()) => true,
            Err(thrown) => vm.fail(thrown),
        }
    }
}

handler!(
    unpack | pc,
    base,
    vm,
    word,
    table | { continue_or_raise!(unpack_array(&mut *vm, base, *word), pc, base, vm, word, table) }
);

#[inline(never)]
unsafe fn join_strings(vm: &mut Vm, base: *mut Value, word: Word) -> bool {
    // SAFETY: the operands lie in the frame.
    unsafe {
        let result = concat_values(registers(base, word.b(), word.c()), &mut vm.heap);
        store(vm, base, word, result)
    }
}

handler!(
    concat | pc,
    base,
    vm,
    word,
    table | { continue_or_raise!(join_strings(&mut *vm, base, *word), pc, base, vm, word, table) }
);
