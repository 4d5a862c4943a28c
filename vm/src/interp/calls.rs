//! Calls and returns. A function's entry is a safepoint.

use std::sync::atomic::Ordering;

use super::loops::{count_down, enter_trace};
use super::{Handler, Status, dispatch, handler, mode, onward};
use crate::builtins;
use crate::bytecode::proto::Proto;
use crate::bytecode::word::Word;
use crate::construct::Layout;
use crate::error::{ErrorKind, Throw, Thrown};
use crate::heap::class::ClassRef;
use crate::heap::object::{Bound, Builtin, Closure, ObjectKind};
use crate::jit::{FRAME_LINK, Hot};
use crate::ops::type_name;
use crate::value::{TAG_CLOSURE, Value};
use crate::vm::Vm;

handler!(
    func_header<const MODE: u8> |pc, base, vm, word, table| {
        if Word(*pc.sub(1)).counter() == 0 {
            return hot_function(pc, base, vm, word.0, table);
        }
        dispatch!(pc, base, vm, onward!(MODE, vm, table))
    }
);

handler!(
    func_trace | pc,
    base,
    vm,
    word,
    table | {
        // Leaves the counter so that the next call comes here again.
        *pc.sub(1).cast::<u32>().cast_mut().add(1) = 1;
        enter_trace(pc, base, vm, word.0, table)
    }
);

/// Asks the compiler what to do with a hot function.
#[cold]
#[inline(never)]
unsafe extern "C" fn hot_function(
    pc: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    _word: u64,
    table: *const Handler,
) -> Status {
    // SAFETY: see the parent module's safety section.
    unsafe {
        match (*vm).ask_hot_function(pc.sub(1), base) {
            None => {
                let counter = pc.sub(1).cast::<u32>().cast_mut().add(1);
                *counter = u32::MAX;
                dispatch!(pc, base, vm, table)
            }
            Some(Hot::Continue) => {
                let table = if table == (*vm).tables.record { table } else { (*vm).tables.onward };
                dispatch!(pc, base, vm, table)
            }
            Some(Hot::Record) => dispatch!(pc, base, vm, (*vm).tables.record),
        }
    }
}

/// Enters a closure whose parameters are in place: checks the stack, counts the call, leaves the return address.
macro_rules! enter {
    ($mode:ident, $code:expr, $entry:expr, $new_base:expr, $pc:expr, $base:expr, $vm:expr, $word:expr, $table:expr) => {{
        let code: *const u64 = $code;
        let new_base: *mut Value = $new_base;
        let table = onward!($mode, $vm, $table);
        if new_base.add($entry.frame()) > (*$vm).stack_limit {
            return overflow($pc, $base, $vm, $word.0, $table);
        }
        if (*$vm).pending.load(Ordering::Relaxed) != 0 {
            return entry_safepoint(code, new_base, $vm, $word.0, table);
        }
        if $mode == mode::RECORDING || count_down(code) {
            dispatch!(code, new_base, $vm, table)
        }
        dispatch!(code.add(1), new_base, $vm, table)
    }};
}

/// Does what is pending at a function's entry, then enters it.
#[cold]
#[inline(never)]
unsafe extern "C" fn entry_safepoint(
    code: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    word: u64,
    table: *const Handler,
) -> Status {
    // SAFETY: see the parent module's safety section. The frame is linked and its parameters are in place.
    unsafe {
        if (*vm).safepoint(code, base) {
            dispatch!(code, base, vm, table)
        }
        super::raise(code.add(1), base, vm, word, table)
    }
}

#[cold]
#[inline(never)]
unsafe extern "C" fn overflow(
    pc: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    word: u64,
    table: *const Handler,
) -> Status {
    // SAFETY: see the parent module's safety section.
    unsafe {
        let thrown = (*vm).stack_overflow();
        (*vm).fail(thrown);
        super::raise(pc, base, vm, word, table)
    }
}

handler!(
    call<const MODE: u8> |pc, base, vm, word, table| {
        let window = base.add(word.a());
        let callee = *window.add(1);
        if callee.tag() == TAG_CLOSURE {
            let code = (*callee.address().cast::<Closure>()).code;
            let entry = Word(*code);
            if entry.params() as usize == word.b() {
                *window = Value(pc as u64);
                enter!(MODE, code, entry, window.add(FRAME_LINK), pc, base, vm, word, table)
            }
        }
        call_slow(pc, base, vm, word.0, table)
    }
);

/// What a callee turned out to be once its arguments were arranged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Callee {
    /// A closure in `window[1]`, its parameters in place.
    Closure,
    /// It was a builtin, and its result is in `window[0]`.
    Done,
    /// It threw.
    Threw,
}

/// Makes the call of a builtin, which has met an object with a `to_string`, one of the prelude's function that makes the
/// texts; of `str` that is all there is to do. `count` arguments begin at `window[2]`. Gives the new number of arguments, `None` if it threw.
#[inline(never)]
unsafe fn with_texts(vm: &mut Vm, window: *mut Value, index: u16, count: usize) -> Option<usize> {
    // SAFETY: the window lies inside the frame, and the stack reaches `STACK_RESERVE` words beyond every frame.
    unsafe {
        if index == builtins::STR {
            *window.add(1) = vm.builtin_value(builtins::TEXT);
            return Some(count);
        }
        let arguments = window.add(FRAME_LINK);
        if arguments.add(count + 1) >= vm.stack_limit {
            vm.fail(vm.stack_overflow());
            return None;
        }
        std::ptr::copy(arguments, arguments.add(1), count);
        *arguments = vm.heap.builtin(index);
        *window.add(1) = vm.builtin_value(builtins::WITH_TEXTS);
        Some(count + 1)
    }
}

/// Arranges a call that is not a closure with exactly its parameters: fills in what was not passed, collects a rest
/// parameter, unwraps bound methods, runs builtins. `count` arguments begin at `window[2]`.
#[inline(never)]
unsafe fn arrange(vm: &mut Vm, window: *mut Value, mut count: usize) -> Callee {
    // SAFETY: the window lies inside the frame, and the stack reaches `STACK_RESERVE` words beyond every frame.
    unsafe {
        let (called, passed) = (*window.add(1), count);
        loop {
            let callee = *window.add(1);
            match callee.object_kind() {
                Some(ObjectKind::Closure) => {
                    let proto: &Proto = &*(*callee.address().cast::<Closure>()).proto;
                    return arrange_parameters(vm, proto, window, count);
                }
                Some(ObjectKind::Builtin) => {
                    let index = (*callee.address().cast::<Builtin>()).header.aux as u16;
                    let arguments = std::slice::from_raw_parts(window.add(FRAME_LINK), count);
                    return match vm.call_builtin(index, arguments) {
                        Ok(value) => {
                            *window = value;
                            Callee::Done
                        }
                        Err(thrown) if matches!(*thrown.0, Throw::NeedsText) => {
                            match with_texts(vm, window, index, count) {
                                Some(more) => count = more,
                                None => return Callee::Threw,
                            }
                            continue;
                        }
                        Err(thrown) => {
                            vm.fail(thrown);
                            // The call may be made again: its window is put back.
                            let arguments = window.add(FRAME_LINK);
                            std::ptr::copy(arguments.add(count - passed), arguments, passed);
                            *window.add(1) = called;
                            Callee::Threw
                        }
                    };
                }
                Some(ObjectKind::Bound) => {
                    let Bound { receiver, method, .. } = *callee.address().cast::<Bound>();
                    let arguments = window.add(FRAME_LINK);
                    if arguments.add(count + 1) >= vm.stack_limit {
                        vm.fail(vm.stack_overflow());
                        return Callee::Threw;
                    }
                    std::ptr::copy(arguments, arguments.add(1), count);
                    *arguments = receiver;
                    *window.add(1) = method;
                    count += 1;
                }
                Some(ObjectKind::Class) => return construct(vm, window, count),
                _ => {
                    vm.fail(Thrown::new(ErrorKind::Type, format!("cannot call a value of type {}", type_name(callee))));
                    return Callee::Threw;
                }
            }
        }
    }
}

/// Makes an instance of the class in `window[1]`, and arranges the call of a function that initialises it and gives it
/// back: see [`crate::construct`].
unsafe fn construct(vm: &mut Vm, window: *mut Value, count: usize) -> Callee {
    // SAFETY: as for the caller; the stack's end is checked before arguments are moved.
    unsafe {
        let class = (*window.add(1)).as_class().expect("the caller has looked");
        let init = class.method(vm.init_name);
        let initialisers = class.initialisers();
        let layout = Layout { arguments: count, initialisers: initialisers.len(), init: init.is_some() };
        if init.is_none()
            && let Some(thrown) = wrong_class_arity(class, count)
        {
            vm.fail(thrown);
            return Callee::Threw;
        }
        let frame = window.add(FRAME_LINK);
        if frame.add(layout.registers()) >= vm.stack_limit {
            vm.fail(vm.stack_overflow());
            return Callee::Threw;
        }
        let instance = vm.heap.instance(class);
        if init.is_none() && initialisers.is_empty() {
            *window = instance;
            return Callee::Done;
        }
        std::ptr::copy(frame, frame.add(layout.first_argument()), count);
        *frame = instance;
        if let Some(init) = init {
            *frame.add(layout.init_callee()) = init;
            *frame.add(layout.init_callee() + 1) = instance;
        }
        for (number, &function) in initialisers.iter().enumerate() {
            *frame.add(layout.initialiser(number)) = function;
        }
        *window.add(1) = vm.constructor(layout);
        Callee::Closure
    }
}

/// The error of a function that is called with so many arguments, if that is a wrong number.
pub(crate) fn wrong_arity(proto: &Proto, count: usize) -> Option<Thrown> {
    let params = proto.params as usize;
    if count >= proto.required as usize && (count <= params || proto.rest) {
        return None;
    }
    // The program does not see the receiver.
    let receiver = proto.method as usize;
    let count = count - receiver.min(count);
    let expected = match (proto.required as usize - receiver, params - receiver) {
        (required, _) if proto.rest => format!("at least {required}"),
        (required, params) if required == params => format!("{params}"),
        (required, params) => format!("{required} to {params}"),
    };
    let name = if proto.name.is_empty() { "the function" } else { &proto.name };
    let plural = if expected == "1" { "" } else { "s" };
    Some(Thrown::new(ErrorKind::Arity, format!("{name} takes {expected} argument{plural}, got {count}")))
}

/// The same for a class, which takes arguments only if it has an `init`.
pub(crate) fn wrong_class_arity(class: ClassRef, count: usize) -> Option<Thrown> {
    let name = class.name();
    let name = name.as_string().map_or(String::new(), |name| name.as_str().to_string());
    (count > 0).then(|| Thrown::new(ErrorKind::Arity, format!("{name} takes 0 arguments, got {count}")))
}

/// Brings arguments into the form that a function's code expects: one value or undef a parameter, then the rest array.
unsafe fn arrange_parameters(vm: &mut Vm, proto: &Proto, window: *mut Value, count: usize) -> Callee {
    let params = proto.params as usize;
    if let Some(thrown) = wrong_arity(proto, count) {
        vm.fail(thrown);
        return Callee::Threw;
    }
    // SAFETY: as for the caller; a frame has room for all its parameters, and the stack for a frame's worth beyond.
    unsafe {
        let arguments = window.add(FRAME_LINK);
        if arguments.add(params + 1) >= vm.stack_limit {
            vm.fail(vm.stack_overflow());
            return Callee::Threw;
        }
        for missing in count..params {
            *arguments.add(missing) = Value::UNDEF;
        }
        if proto.rest {
            let rest =
                if count > params { std::slice::from_raw_parts(arguments.add(params), count - params) } else { &[] };
            *arguments.add(params) = vm.heap.array(rest);
        }
    }
    Callee::Closure
}

/// Calls what [`call`] does not recognise.
#[inline(never)]
unsafe extern "C" fn call_slow(
    pc: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    word: u64,
    table: *const Handler,
) -> Status {
    // SAFETY: see the parent module's safety section.
    unsafe {
        let word = Word(word);
        let window = base.add(word.a());
        finish_call(arrange(&mut *vm, window, word.b()), window, pc, base, vm, word, table)
    }
}

#[inline(always)]
unsafe fn finish_call(
    callee: Callee,
    window: *mut Value,
    pc: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    word: Word,
    table: *const Handler,
) -> Status {
    // SAFETY: see the parent module's safety section.
    unsafe {
        match callee {
            Callee::Closure => {
                let code = (*(*window.add(1)).address().cast::<Closure>()).code;
                let entry = Word(*code);
                *window = Value(pc as u64);
                let mode = if table == (*vm).tables.record { mode::RECORDING } else { mode::NATIVE };
                enter!(mode, code, entry, window.add(FRAME_LINK), pc, base, vm, word, table)
            }
            Callee::Done => dispatch!(pc, base, vm, table),
            Callee::Threw => super::raise(pc, base, vm, word.0, table),
        }
    }
}

/// Calls in place of the running frame: `count` arguments begin at `window[2]`.
macro_rules! tail_call {
    ($mode:ident, $count:expr, $pc:ident, $base:ident, $vm:ident, $word:ident, $table:ident) => {{
        let window = $base.add($word.a());
        let callee = *window.add(1);
        let mut count: usize = $count;
        let exact =
            callee.tag() == TAG_CLOSURE && Word(*(*callee.address().cast::<Closure>()).code).params() as usize == count;
        if !exact {
            match arrange(&mut *$vm, window, count) {
                Callee::Closure => {
                    let proto = &*(*(*window.add(1)).address().cast::<Closure>()).proto;
                    count = proto.params as usize + proto.rest as usize;
                }
                Callee::Done => return return_from(*window, $base, $vm, onward!($mode, $vm, $table)),
                Callee::Threw => return super::raise($pc, $base, $vm, $word.0, $table),
            }
        }
        // The callee takes this frame's place: its closure and parameters move down, the return address stays.
        *$base.sub(1) = *window.add(1);
        std::ptr::copy(window.add(FRAME_LINK), $base, count);
        let code = (*(*$base.sub(1)).address().cast::<Closure>()).code;
        let entry = Word(*code);
        enter!($mode, code, entry, $base, code.add(1), $base, $vm, $word, $table)
    }};
}

handler!(
    tail_call<const MODE: u8> |pc, base, vm, word, table| {
        tail_call!(MODE, word.b(), pc, base, vm, word, table)
    }
);

handler!(
    tail_call_method<const MODE: u8> |pc, base, vm, word, table| {
        tail_call!(MODE, drop_receiver(base.add(word.a()), word.b()), pc, base, vm, word, table)
    }
);

/// Runs a builtin whose `count` arguments begin at `arguments`; its result goes to `result`, above which nothing lives
/// but the arguments.
#[inline(never)]
unsafe fn run_builtin(vm: &mut Vm, index: u16, arguments: *mut Value, count: usize, result: *mut Value) -> Callee {
    // SAFETY: the arguments are registers of the frame, as is the result's.
    unsafe {
        match vm.call_builtin(index, std::slice::from_raw_parts(arguments, count)) {
            Ok(value) => {
                *result = value;
                Callee::Done
            }
            Err(thrown) if matches!(*thrown.0, Throw::NeedsText) => {
                std::ptr::copy(arguments, result.add(FRAME_LINK), count);
                match with_texts(vm, result, index, count) {
                    Some(count) => arrange(vm, result, count),
                    None => Callee::Threw,
                }
            }
            Err(thrown) => {
                vm.fail(thrown);
                Callee::Threw
            }
        }
    }
}

handler!(
    call_builtin | pc,
    base,
    vm,
    word,
    table | {
        let first = base.add(word.a());
        match run_builtin(&mut *vm, word.b() as u16, first, word.c(), first) {
            Callee::Done => dispatch!(pc, base, vm, table),
            callee => finish_call(callee, first, pc, base, vm, *word, table),
        }
    }
);

handler!(
    to_str | pc,
    base,
    vm,
    word,
    table | {
        let result = base.add(word.a());
        match run_builtin(&mut *vm, builtins::STR, base.add(word.b()), 1, result) {
            Callee::Done => dispatch!(pc, base, vm, table),
            callee => finish_call(callee, result, pc, base, vm, *word, table),
        }
    }
);

/// Drops the receiver that a function in a field or static does not get. `count` arguments begin at `window[3]`. Gives
/// the number of arguments from `window[2]` on.
#[inline(never)]
unsafe fn drop_receiver(window: *mut Value, count: usize) -> usize {
    // SAFETY: the window lies inside the frame.
    unsafe {
        if !(*window.add(FRAME_LINK)).is_undef() {
            return count + 1;
        }
        std::ptr::copy(window.add(FRAME_LINK + 1), window.add(FRAME_LINK), count);
        count
    }
}

#[inline(never)]
unsafe extern "C" fn call_method_slow(
    pc: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    word: u64,
    table: *const Handler,
) -> Status {
    // SAFETY: see the parent module's safety section.
    unsafe {
        let word = Word(word);
        let window = base.add(word.a());
        let count = drop_receiver(window, word.b());
        finish_call(arrange(&mut *vm, window, count), window, pc, base, vm, word, table)
    }
}

handler!(
    call_method<const MODE: u8> |pc, base, vm, word, table| {
        let window = base.add(word.a());
        let callee = *window.add(1);
        if callee.tag() == TAG_CLOSURE && !(*window.add(FRAME_LINK)).is_undef() {
            let code = (*callee.address().cast::<Closure>()).code;
            let entry = Word(*code);
            if entry.params() as usize == word.b() + 1 {
                *window = Value(pc as u64);
                enter!(MODE, code, entry, window.add(FRAME_LINK), pc, base, vm, word, table)
            }
        }
        call_method_slow(pc, base, vm, word.0, table)
    }
);

/// Returns a value to the frame below.
macro_rules! leave {
    ($value:expr, $base:expr, $vm:expr, $table:expr) => {{
        let value = $value;
        let window = $base.sub(FRAME_LINK);
        let pc = (*window).0 as *const u64;
        *window = value;
        let call = Word(*pc.sub(1));
        dispatch!(pc, window.sub(call.a()), $vm, $table)
    }};
}

unsafe fn return_from(value: Value, base: *mut Value, vm: *mut Vm, table: *const Handler) -> Status {
    // SAFETY: see the parent module's safety section.
    unsafe { leave!(value, base, vm, table) }
}

handler!(
    return_value<const MODE: u8> |pc, base, vm, word, table| {
        leave!(*base.add(word.a()), base, vm, onward!(MODE, vm, table))
    }
);

handler!(
    return_nil<const MODE: u8> |pc, base, vm, word, table| {
        leave!(Value::NIL, base, vm, onward!(MODE, vm, table))
    }
);
