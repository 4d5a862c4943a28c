//! Machine code of whole functions: what it and the interpreter agree on.
//!
//! Such code does what handlers do, on the frames that they work on, and has no native frame of its own. It is entered by
//! a jump at the beginning of any instruction, and left by a jump to a handler. Nothing else in the machine can tell which
//! of the two runs: not the collector, not errors, not a recorder.
//!
//! # Entering
//!
//! [`NativeCode`] tells where a function's code for an instruction lies. It is entered with the arguments of a handler,
//! but that the address is that of the instruction itself: `rdi` the instruction, `rsi` register 0, `rdx` the machine.
//! Between instructions nothing else is alive in registers, save what [`call_handler`] has put there for a whole run, and
//! handlers preserve (`r13` and `r14` may be changed):
//!
//! | register | holds |
//! |---|---|
//! | `rbx` | the smallest word that is no float ([`FIRST_TAGGED`]) |
//! | `rbp` | address of global 0 |
//! | `r12` | the machine |
//! | `r15` | the smallest word that is an int of 48 bits ([`FIRST_INT`]) |
//!
//! # Leaving
//!
//! An instruction that machine code leaves to the interpreter is run by its handler. The handler goes on through the table
//! that it gets. [`RESUME`] holds for every opcode the same function, which looks for machine code of the instruction that
//! comes next, in whatever frame: so calls, returns and errors find their way back. A handler that can only go on with
//! the following instruction may be given a table of the code's own, of which it reads the one entry for that
//! instruction's opcode.

use std::cell::Cell;
use std::mem::offset_of;

use crate::bytecode::ops::Op;
use crate::bytecode::proto::Proto;
use crate::heap::object::Closure;
use crate::interp::{Handler, RawHandler, Status, Table, count_down, dispatch};
use crate::value::Value;
#[cfg(all(target_arch = "x86_64", not(miri)))]
use crate::value::{FIRST_INT, FIRST_TAGGED};
use crate::vm::Vm;

/// Where a function's machine code lies.
#[derive(Debug)]
#[repr(C)]
pub struct NativeCode {
    /// Address of a table of addresses, less the address of the function's first instruction: with that of an instruction
    /// added, it gives where the code for that instruction's address lies. 0 without machine code.
    table: Cell<usize>,
    /// Where calls enter the function, its parameters in place; `rdi` is the function's first word.
    entry: Cell<usize>,
    /// How often instructions may yet be left to their handlers before the code is made anew.
    left: Cell<u32>,
}

impl Default for NativeCode {
    fn default() -> NativeCode {
        NativeCode {
            table: Cell::new(0),
            entry: Cell::new(enter_interpreted as RawHandler as usize),
            left: Cell::new(0),
        }
    }
}

impl NativeCode {
    /// Offset in [`Proto`] of the table's address, as it is kept.
    pub const TABLE: usize = offset_of!(Proto, native) + offset_of!(NativeCode, table);
    /// Offset in [`Proto`] of the entry's address.
    pub const ENTRY: usize = offset_of!(Proto, native) + offset_of!(NativeCode, entry);

    /// Offset in [`Proto`] of what the code counts down, when it leaves an instruction to its handler that it was to do itself.
    /// At zero it jumps to [`reconsider`] instead.
    pub const LEFT: usize = offset_of!(Proto, native) + offset_of!(NativeCode, left);

    /// Whether there is machine code.
    pub fn is_code(&self) -> bool {
        self.table.get() != 0
    }

    /// How often instructions may yet be left to their handlers.
    pub fn left(&self) -> u32 {
        self.left.get()
    }

    /// Has the code left so many instructions more to their handlers before it is reconsidered.
    pub fn leave_more(&self, left: u32) {
        self.left.set(left);
    }
}

impl Proto {
    /// Has the function run as machine code from now on.
    ///
    /// # Safety
    ///
    /// `table` leads to as many addresses as the function has instructions, which stay as long as the
    /// machine, as does the code: each is that of code for the instruction, or of [`interpret`]. `entry` counts the call and begins
    /// with the instruction after the header. The code keeps to what this module says. After being `left` to handlers so often
    /// the code is reconsidered.
    pub unsafe fn set_native(&self, table: *const u64, entry: u64, left: u32) {
        self.native.left.set(left);
        self.native.table.set((table as usize).wrapping_sub(self.code() as usize));
        self.native.entry.set(entry as usize);
    }
}

/// In [`Vm`]: the address of the cache of look-ups of fields, an array of [`crate::heap::shape::Cached`]; null before it is needed.
pub const SHAPE_CACHE: usize =
    offset_of!(Vm, heap) + offset_of!(crate::heap::Heap, shapes) + offset_of!(crate::heap::shape::Shapes, cache);

/// Offsets and addresses that machine code is made with.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// In [`Vm`]: where frames must end.
    pub stack_limit: usize,
    /// Of the handlers that interpret beside machine code ([`crate::interp::BESIDE_NATIVE`]).
    pub handlers: u64,
    /// Of [`RESUME`].
    pub resume: u64,
    /// Of [`interpret`].
    pub interpret: u64,
    /// Of [`reconsider`].
    pub reconsider: u64,
}

/// Those of a machine.
pub fn layout(vm: &Vm) -> Layout {
    Layout {
        stack_limit: offset_of!(Vm, stack_limit),
        handlers: vm.tables.beside as u64,
        resume: RESUME.as_ptr() as u64,
        interpret: interpret as RawHandler as usize as u64,
        reconsider: reconsider as RawHandler as usize as u64,
    }
}

/// Goes on with the instruction at `pc` (not: before it) by interpretation.
///
/// # Safety
///
/// As for any handler.
pub unsafe extern "C" fn interpret(
    pc: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    _word: u64,
    _table: *const Handler,
) -> Status {
    // SAFETY: as the caller promises.
    unsafe { dispatch!(pc, base, vm, (*vm).tables.beside) }
}

/// In place of an instruction's handler, whose arguments it has but for the table, in place of which there is the function
/// whose code has left so many instructions to their handlers that it may be better made anew.
///
/// # Safety
///
/// As for any handler.
pub unsafe extern "C" fn reconsider(
    pc: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    word: u64,
    proto: *const Handler,
) -> Status {
    // SAFETY: as the caller promises; prototypes live as long as their machine.
    unsafe {
        (*vm).reconsider((*proto.cast::<Proto>()).id);
        ((*(*vm).tables.beside.add(word as u8 as usize)).0)(pc, base, vm, word, (*vm).tables.onward)
    }
}

/// Enters a function without machine code, whose first word is at `pc`.
unsafe extern "C" fn enter_interpreted(
    pc: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    _word: u64,
    _table: *const Handler,
) -> Status {
    // SAFETY: machine code jumps here as it would into code of the function.
    unsafe {
        let first = if count_down(pc) { pc } else { pc.add(1) };
        dispatch!(first, base, vm, (*vm).tables.beside)
    }
}

/// Goes on with the instruction before `pc`: in machine code, if there is some for it.
unsafe extern "C" fn resume(
    pc: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    word: u64,
    _table: *const Handler,
) -> Status {
    // SAFETY: the state is one that the interpreter could be in; below register 0 lies the running closure, save where a
    // run ends. What `set_native` was given is there for every instruction.
    unsafe {
        let beside = (*vm).tables.beside;
        if word as u8 != Op::Halt as u8 {
            let proto = (*(*base.sub(1)).address().cast::<Closure>()).proto;
            let table = (*proto).native.table.get();
            if table != 0 {
                let at = pc.sub(1);
                let code = *(table.wrapping_add(at as usize) as *const usize);
                let code: RawHandler = std::mem::transmute(code);
                return code(at, base, vm, word, beside);
            }
        }
        ((*beside.add(word as u8 as usize)).0)(pc, base, vm, word, beside)
    }
}

/// Handlers that go on in machine code where there is some.
pub static RESUME: Table = [Handler(resume); 256];

/// Calls a handler with its arguments, sets up the registers that machine code finds, and keeps all that a caller expects to be
/// kept. It says how to unwind through it, which the compiler could not for code that pushes registers by itself: handlers
/// and machine code have no frame of their own, so that a debugger sees this one below them.
///
/// # Safety
///
/// As for [`crate::interp::run`]; `globals` is the address of global 0.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[unsafe(naked)]
unsafe extern "C" fn with_registers(
    pc: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    word: u64,
    table: *const Handler,
    handler: RawHandler,
    globals: *mut Value,
) -> u64 {
    // The seventh argument lies behind the return address. Six pushes leave the stack 8 bytes short of the alignment that
    // calls need.
    std::arch::naked_asm!(
        ".cfi_startproc",
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "push rbx",
        ".cfi_def_cfa_offset 24",
        ".cfi_offset rbx, -24",
        "push r12",
        ".cfi_def_cfa_offset 32",
        ".cfi_offset r12, -32",
        "push r13",
        ".cfi_def_cfa_offset 40",
        ".cfi_offset r13, -40",
        "push r14",
        ".cfi_def_cfa_offset 48",
        ".cfi_offset r14, -48",
        "push r15",
        ".cfi_def_cfa_offset 56",
        ".cfi_offset r15, -56",
        "mov rbp, [rsp + 56]",
        "sub rsp, 8",
        ".cfi_def_cfa_offset 64",
        "movabs rbx, {first_tagged}",
        "movabs r15, {first_int}",
        "mov r12, rdx",
        "call r9",
        "add rsp, 8",
        ".cfi_def_cfa_offset 56",
        "pop r15",
        ".cfi_def_cfa_offset 48",
        "pop r14",
        ".cfi_def_cfa_offset 40",
        "pop r13",
        ".cfi_def_cfa_offset 32",
        "pop r12",
        ".cfi_def_cfa_offset 24",
        "pop rbx",
        ".cfi_def_cfa_offset 16",
        "pop rbp",
        ".cfi_def_cfa_offset 8",
        "ret",
        ".cfi_endproc",
        first_tagged = const FIRST_TAGGED,
        first_int = const FIRST_INT,
    )
}

/// Runs the handler of the instruction at `pc`, and in builds without debug assertions all that follow. Sets up the
/// registers that machine code finds.
///
/// # Safety
///
/// As for [`crate::interp::run`].
#[cfg(all(target_arch = "x86_64", not(miri)))]
pub(crate) unsafe fn call_handler(pc: *const u64, base: *mut Value, vm: *mut Vm, table: *const Handler) -> Status {
    // SAFETY: the handler gets its arguments in the registers of the C calling convention, and those that machine code finds
    // besides.
    let status = unsafe {
        let word = *pc;
        let handler = (*table.add(word as u8 as usize)).0;
        with_registers(pc.add(1), base, vm, word, table, handler, (*vm).globals_base())
    };
    Status::from_bits(status)
}

/// The same where there is no machine code.
///
/// # Safety
///
/// As above.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
pub(crate) unsafe fn call_handler(pc: *const u64, base: *mut Value, vm: *mut Vm, table: *const Handler) -> Status {
    // SAFETY: as the caller promises.
    unsafe {
        let word = *pc;
        ((*table.add(word as u8 as usize)).0)(pc.add(1), base, vm, word, table)
    }
}
