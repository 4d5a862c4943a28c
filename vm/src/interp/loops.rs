//! Loop headers, back edges, counted loops, loops over containers. Back edges are safepoints.

use std::sync::atomic::Ordering;

use super::{Handler, Status, Trap, continue_or_raise, dispatch, handler, mode, onward};
use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::jit::Hot;
use crate::ops::iteration;
use crate::value::{FIRST_INT, Value};
use crate::vm::Vm;

/// Counts a header down; whether it has run out.
#[inline(always)]
pub(crate) unsafe fn count_down(header: *const u64) -> bool {
    // SAFETY: the header is a word of a function's code, which is made of cells; its counter is its upper half.
    unsafe {
        let counter = header.cast::<u32>().cast_mut().add(1);
        *counter = (*counter).wrapping_sub(1);
        *counter == 0
    }
}

/// Goes round a loop whose header is the word before `target`: the header itself runs only when its counter is out or
/// when recording.
macro_rules! go_round {
    ($mode:ident, $target:expr, $pc:expr, $base:expr, $vm:expr, $word:expr, $table:expr) => {{
        let target: *const u64 = $target;
        if (*$vm).pending.load(Ordering::Relaxed) != 0 {
            return safepoint(target.sub(1), $base, $vm, $word.0, $table);
        }
        let table = onward!($mode, $vm, $table);
        if $mode == mode::RECORDING || count_down(target.sub(1)) {
            dispatch!(target.sub(1), $base, $vm, table)
        }
        dispatch!(target, $base, $vm, table)
    }};
}

/// Does what is pending (a collection, an interrupt), then goes on at `pc`, the word of a loop header.
#[cold]
#[inline(never)]
pub(super) unsafe extern "C" fn safepoint(
    pc: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    word: u64,
    table: *const Handler,
) -> Status {
    // SAFETY: see the parent module's safety section. The state is that before the header's instruction.
    unsafe {
        if (*vm).safepoint(pc, base) {
            dispatch!(pc, base, vm, table)
        }
        super::raise(pc.add(1), base, vm, word, table)
    }
}

handler!(
    loop_header<const MODE: u8> |pc, base, vm, word, table| {
        // The counter is read anew: the word is a copy from before the back edge counted it down.
        if Word(*pc.sub(1)).counter() == 0 {
            return hot_loop(pc, base, vm, word.0, table);
        }
        dispatch!(pc, base, vm, onward!(MODE, vm, table))
    }
);

/// Asks the compiler what to do with a hot loop.
#[cold]
#[inline(never)]
unsafe extern "C" fn hot_loop(
    pc: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    _word: u64,
    table: *const Handler,
) -> Status {
    // SAFETY: see the parent module's safety section.
    unsafe {
        match (*vm).ask_hot_loop(pc.sub(1), base) {
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

handler!(
    trace_header | pc,
    base,
    vm,
    word,
    table | {
        // Leaves the counter so that the next back edge comes here again.
        *pc.sub(1).cast::<u32>().cast_mut().add(1) = 1;
        enter_trace(pc, base, vm, word.0, table)
    }
);

/// Runs compiled code and goes on where it left.
#[inline(never)]
pub(super) unsafe extern "C" fn enter_trace(
    pc: *const u64,
    entered: *mut Value,
    vm: *mut Vm,
    word: u64,
    _: *const Handler,
) -> Status {
    // SAFETY: see the parent module's safety section; compiled code leaves a state that the interpreter could be in.
    unsafe {
        let header = pc.sub(1);
        (*vm).enter_trace(header, entered);
        let (mut next, base) = ((*vm).exited.at.pc, (*vm).exited.at.base);
        let table = if (*vm).exited.record { (*vm).tables.record } else { (*vm).tables.onward };
        if (*vm).pending.load(Ordering::Relaxed) != 0
            && matches!(Word(*next).op(), Op::LoopHeader | Op::TraceHeader | Op::FuncHeader | Op::FuncTrace)
        {
            // What compiled code polls for, it leaves to be done here.
            if !(*vm).safepoint(next, base) {
                return super::raise(next.add(1), base, vm, word, table);
            }
        }
        if next == header && base == entered {
            // The trace declined this state; entering it again would lead nowhere.
            next = next.add(1);
        }
        dispatch!(next, base, vm, table)
    }
}

handler!(
    loop_back<const MODE: u8> |pc, base, vm, word, table| {
        go_round!(MODE, pc.offset(word.x()), pc, base, vm, word, table)
    }
);

/// Checks a counted loop's registers and computes the last value in range.
#[inline(never)]
unsafe fn prepare(vm: &mut Vm, base: *mut Value, word: Word, inclusive: bool) -> Trap {
    // SAFETY: `a` and the three registers after it belong to the frame.
    let registers = unsafe { std::slice::from_raw_parts_mut(base.add(word.a()), 4) };
    match iteration::for_range(registers[0], registers[1], registers[2], inclusive) {
        Ok(None) => Trap::FALSE,
        Ok(Some(last)) => {
            registers[1] = vm.heap.int(last);
            registers[3] = registers[0];
            Trap::TRUE
        }
        Err(thrown) => {
            vm.fail(thrown);
            Trap::RAISE
        }
    }
}

macro_rules! preparations {
    ($($name:ident $inclusive:literal;)*) => {
        $(handler!(
            $name |pc, base, vm, word, table| {
                match prepare(&mut *vm, base, *word, $inclusive) {
                    Trap::TRUE => dispatch!(pc, base, vm, table),
                    Trap::FALSE => dispatch!(pc.offset(word.x()), base, vm, table),
                    _ => super::raise(pc, base, vm, word.0, table),
                }
            }
        );)*
    };
}

preparations! {
    for_prep false;
    for_prep_to true;
}

/// Advances a counted loop whose index, last value or step is not a small int, or whose next index is not.
#[inline(never)]
unsafe fn advance_slow(vm: &mut Vm, base: *mut Value, word: Word) -> bool {
    // SAFETY: `a` and the three registers after it belong to the frame.
    let registers = unsafe { std::slice::from_raw_parts_mut(base.add(word.a()), 4) };
    let int = |value: Value| value.as_int().expect("a counted loop's registers hold ints");
    let (index, last, step) = (int(registers[0]), int(registers[1]), int(registers[2]));
    if index == last {
        return false;
    }
    registers[0] = vm.heap.int(index.wrapping_add(step));
    registers[3] = registers[0];
    true
}

handler!(
    for_loop_1<const MODE: u8> |pc, base, vm, word, table| {
        let at = base.add(word.a());
        let (index, last) = (*at, *at.add(1));
        if super::arith::both_small(index, last) {
            if index == last {
                dispatch!(pc, base, vm, table)
            }
            // Below `last`, which is small: the sum is small as well.
            let next = Value((index.0.wrapping_add(1)) | FIRST_INT);
            *at = next;
            *at.add(3) = next;
            go_round!(MODE, pc.offset(word.x()), pc, base, vm, word, table)
        }
        if advance_slow(&mut *vm, base, *word) {
            go_round!(MODE, pc.offset(word.x()), pc, base, vm, word, table)
        }
        dispatch!(pc, base, vm, table)
    }
);

handler!(
    for_loop<const MODE: u8> |pc, base, vm, word, table| {
        let at = base.add(word.a());
        let (index, last, step) = (*at, *at.add(1), *at.add(2));
        if super::arith::both_small(index, last) && step.is_small_int() {
            if index == last {
                dispatch!(pc, base, vm, table)
            }
            // Between `index` and `last`, which are small: the sum is small as well.
            let next = Value((index.0.wrapping_add((step.as_small_int()) as u64)) | FIRST_INT);
            *at = next;
            *at.add(3) = next;
            go_round!(MODE, pc.offset(word.x()), pc, base, vm, word, table)
        }
        if advance_slow(&mut *vm, base, *word) {
            go_round!(MODE, pc.offset(word.x()), pc, base, vm, word, table)
        }
        dispatch!(pc, base, vm, table)
    }
);

#[inline(never)]
unsafe fn prepare_iteration(vm: &mut Vm, base: *mut Value, word: Word) -> bool {
    // SAFETY: `a` is a register of the frame.
    let container = unsafe { &mut *base.add(word.a()) };
    match iteration::prepare(vm, *container) {
        Ok(prepared) => {
            *container = prepared;
            true
        }
        Err(thrown) => vm.fail(thrown),
    }
}

handler!(
    iter_prep | pc,
    base,
    vm,
    word,
    table | { continue_or_raise!(prepare_iteration(&mut *vm, base, *word), pc, base, vm, word, table) }
);

/// Fetches the next element, character or key. With two variables the first gets the index or key.
#[inline(never)]
unsafe fn advance_iteration(vm: &mut Vm, base: *mut Value, word: Word, pair: bool) -> Trap {
    // SAFETY: `a` and the registers after it (three, or four for a pair) belong to the frame.
    let registers = unsafe { std::slice::from_raw_parts_mut(base.add(word.a()), 3 + pair as usize) };
    let position = registers[1].as_small_int();
    match iteration::iterate(vm, registers[0], position) {
        Ok(None) => Trap::FALSE,
        Ok(Some(round)) => {
            registers[1] = Value::small_int(round.next);
            if pair {
                registers[2] = round.key;
                registers[3] = round.element;
            } else {
                registers[2] = round.single;
            }
            Trap::TRUE
        }
        Err(thrown) => {
            vm.fail(thrown);
            Trap::RAISE
        }
    }
}

macro_rules! iterations {
    ($($name:ident $pair:literal;)*) => {
        $(handler!(
            $name |pc, base, vm, word, table| {
                match advance_iteration(&mut *vm, base, *word, $pair) {
                    Trap::TRUE => dispatch!(pc, base, vm, table),
                    Trap::FALSE => dispatch!(pc.offset(word.x()), base, vm, table),
                    _ => super::raise(pc, base, vm, word.0, table),
                }
            }
        );)*
    };
}

iterations! {
    iter_next false;
    iter_next_2 true;
}
