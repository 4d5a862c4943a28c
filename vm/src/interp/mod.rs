//! The interpreter: one handler per opcode, each of which ends by jumping to the next.
//!
//! Handlers share one signature whose arguments stay in machine registers: the next instruction's address, the frame's
//! register 0, the machine, the instruction's own word, and the handler table. A handler ends in a call of the next one
//! in tail position, which an optimising build turns into a jump, so that every opcode has its own indirect branch and
//! nothing is saved between instructions. What is rare or large (mixed types, errors, allocation) stands in functions
//! that are never inlined and that a handler leaves to in tail position as well: the common path needs no stack frame.
//! Builds with debug assertions return to a loop between instructions instead, since nothing makes jumps of their calls.
//!
//! Why not `loop { match }`, where the compiler may join all dispatches into one: see `ARCHITECTURE.md`, with figures.
//!
//! Which handlers there are is a matter of the table ([`mode`]). Recording uses other tables: one shows each instruction to the compiler (`recording`), and then runs it by
//! [`RECORDED`], whose loop and call handlers do not skip header words. So does a limit on the depth of calls (`depth`).
//! A handler goes on with the table that it was given; what begins anew takes one of the machine's [`Tables`].
//!
//! # Safety
//!
//! Handlers trust what `bytecode::verify` has checked: operand registers lie inside the frame, constants and jump
//! targets inside the function. Calls check that the new frame fits the stack. Each handler's `unsafe` rests on that.

mod again;
mod arith;
mod calls;
mod compare;
mod counting;
mod depth;
mod enums;
mod indexing;
mod lookups;
mod loops;
mod matching;
mod members;
mod profiling;
mod recording;
mod unwind;
mod variables;

use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::native;
use crate::value::Value;
use crate::vm::Vm;

pub(crate) use arith::operator;
pub(crate) use calls::{wrong_arity, wrong_class_arity};
pub use compare::relation;
pub use counting::CacheUses;
pub(crate) use counting::{COUNTED, COUNTED_NATIVE};
pub(crate) use lookups::Lookups;
pub(crate) use loops::count_down;
pub(crate) use profiling::LOOK;
pub(crate) use unwind::{Trap, raise};

/// An opcode's code. Arguments: address of the next instruction, register 0, machine, this instruction, table.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Handler(pub RawHandler);

/// The function behind a [`Handler`].
pub type RawHandler = unsafe extern "C" fn(*const u64, *mut Value, *mut Vm, u64, *const Handler) -> Status;

/// The running instruction as its handler sees it. Operands are read from the code rather than cut from the word: one
/// load each, where shifting and masking takes three instructions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fetched {
    next: *const u64,
    word: Word,
}

impl Fetched {
    #[inline(always)]
    unsafe fn field(self, byte: usize) -> usize {
        // SAFETY: the word lies just before the next instruction; its fields are whole bytes.
        unsafe { self.next.byte_sub(8 - byte).cast::<u16>().read_unaligned() as usize }
    }

    /// Field `a`.
    #[inline(always)]
    pub unsafe fn a(self) -> usize {
        // SAFETY: as for `field`.
        unsafe { self.field(1) }
    }

    /// Field `b`.
    #[inline(always)]
    pub unsafe fn b(self) -> usize {
        // SAFETY: as for `field`.
        unsafe { self.field(3) }
    }

    /// Field `c`.
    #[inline(always)]
    pub unsafe fn c(self) -> usize {
        // SAFETY: as for `field`.
        unsafe { self.field(5) }
    }

    /// Field `j`.
    #[inline(always)]
    pub unsafe fn j(self) -> isize {
        // SAFETY: as for `field`.
        unsafe { (self.next.byte_sub(4).cast::<i32>().read() >> 8) as isize }
    }
}

impl std::ops::Deref for Fetched {
    type Target = Word;

    #[inline(always)]
    fn deref(&self) -> &Word {
        &self.word
    }
}

/// Handlers by opcode number. One for every byte, so that a lookup needs no check.
pub type Table = [Handler; 256];

/// Why a handler returned to whom it was called by, instead of going on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Status(u64);

impl Status {
    /// The root frame has returned.
    pub const HALTED: Status = Status(0);
    /// An error was thrown that no frame of this run catches; it is in the machine.
    pub const THROWN: Status = Status(1);
    /// From its bits.
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    pub(crate) fn from_bits(bits: u64) -> Status {
        Status(bits)
    }

    /// The next instruction is to be run; its state is in the machine. Only in builds with debug assertions.
    #[cfg(debug_assertions)]
    pub const CONTINUE: Status = Status(2);
}

/// Where the next instruction's handler takes its arguments from, between handlers of a build with debug assertions.
#[derive(Debug)]
pub struct Next {
    /// The next instruction.
    pub pc: *const u64,
    /// Register 0.
    pub base: *mut Value,
    /// Handlers.
    pub table: *const Handler,
}

/// Ends a handler: goes on with the instruction at `pc`.
#[cfg(not(debug_assertions))]
macro_rules! dispatch {
    ($pc:expr, $base:expr, $vm:expr, $table:expr) => {{
        let pc: *const u64 = $pc;
        let table: *const $crate::interp::Handler = $table;
        let word = *pc;
        return ((*table.add(word as u8 as usize)).0)(pc.add(1), $base, $vm, word, table);
    }};
}

/// Ends a handler: goes on with the instruction at `pc`, through the loop in [`run`].
#[cfg(debug_assertions)]
macro_rules! dispatch {
    ($pc:expr, $base:expr, $vm:expr, $table:expr) => {{
        (*$vm).next = $crate::interp::Next { pc: $pc, base: $base, table: $table };
        return $crate::interp::Status::CONTINUE;
    }};
}

/// Defines a handler. The body sees `pc`, `base`, `vm`, `word` (as a [`Word`]) and `table`.
macro_rules! handler {
    ($(#[$meta:meta])* $name:ident $(<const $flag:ident: u8>)? |$pc:ident, $base:ident, $vm:ident, $word:ident, $table:ident| $body:block) => {
        $(#[$meta])*
        pub(super) unsafe extern "C" fn $name $(<const $flag: u8>)? (
            $pc: *const u64,
            $base: *mut $crate::value::Value,
            $vm: *mut $crate::vm::Vm,
            $word: u64,
            $table: *const $crate::interp::Handler,
        ) -> $crate::interp::Status {
            #[allow(unused_variables, reason = "every handler gets the same arguments")]
            let $word = $crate::interp::Fetched { next: $pc, word: $crate::bytecode::word::Word($word) };
            // SAFETY: see the module's safety section.
            #[allow(unused_unsafe, reason = "some bodies do nothing unsafe")]
            unsafe {
                $body
            }
        }
    };
}

/// Runs a fallible function out of line and goes on, or raises what it threw.
macro_rules! continue_or_raise {
    ($result:expr, $pc:expr, $base:expr, $vm:expr, $word:expr, $table:expr) => {{
        if $result {
            dispatch!($pc, $base, $vm, $table)
        } else {
            return $crate::interp::raise($pc, $base, $vm, $word.0, $table);
        }
    }};
}

/// The constant that an operand reaches back to, from the address of the next instruction.
macro_rules! constant {
    ($pc:expr, $distance:expr) => {
        $crate::value::Value(*$pc.sub($distance))
    };
}

/// The table that a handler of a mode goes on with in another frame, or in another round of a loop.
macro_rules! onward {
    ($mode:ident, $vm:expr, $table:expr) => {
        if $mode == $crate::interp::mode::NATIVE { (*$vm).tables.onward } else { $table }
    };
}

pub(crate) use {constant, continue_or_raise, dispatch, handler, onward};

/// The address of the native stack's end, nearly.
#[inline(never)]
fn native_stack() -> usize {
    let here = 0u8;
    std::ptr::from_ref(std::hint::black_box(&here)) as usize
}

/// Notes how much native stack the run has taken since it began.
pub(crate) fn note_native_depth(vm: &mut Vm) {
    vm.native_depth = vm.native_depth.saturating_sub(native_stack());
}

handler!(
    halt | pc,
    _base,
    vm,
    word,
    _table | {
        note_native_depth(&mut *vm);
        Status::HALTED
    }
);

handler!(
    /// For numbers that are no opcode. Verified code holds none.
    unreachable_op |_pc, _base, _vm, word, _table| {
        unreachable!("word {:016x} holds no opcode", word.0)
    }
);

/// What the handlers of a table are for. A handler that begins a frame, returns to one or goes round a loop differs by it.
pub(crate) mod mode {
    /// Nothing but interpretation: the next instruction's handler is found in the same table.
    pub const PLAIN: u8 = 0;
    /// Behind the recorder: header words are not skipped.
    pub const RECORDING: u8 = 1;
    /// Functions may have machine code ([`crate::native`]), which is gone on with where there is some.
    pub const NATIVE: u8 = 2;
}

/// The handler of an opcode in a table of some [`mode`].
const fn handler_of<const MODE: u8>(op: Op) -> Handler {
    let raw: RawHandler = match op {
        Op::FuncHeader => calls::func_header::<MODE>,
        // Functions are recorded through, whether they have a trace or not.
        Op::FuncTrace if MODE == mode::RECORDING => calls::func_header::<MODE>,
        Op::FuncTrace => calls::func_trace,
        Op::LoopHeader => loops::loop_header::<MODE>,
        Op::TraceHeader => loops::trace_header,
        Op::Halt => halt,

        Op::Move => variables::move_register,
        Op::LoadInt => variables::load_int,
        Op::LoadConst => variables::load_const,
        Op::LoadNil => variables::load_nil,
        Op::LoadFalse => variables::load_false,
        Op::LoadTrue => variables::load_true,
        Op::LoadUndef => variables::load_undef,
        Op::LoadBuiltin => variables::load_builtin,
        Op::LoadSelf => variables::load_self,
        Op::GetGlobal => variables::get_global,
        Op::SetGlobal => variables::set_global,
        Op::DefGlobal => variables::def_global,
        Op::GetCapture => variables::get_capture,
        Op::GetCellCapture => variables::get_cell_capture,
        Op::SetCellCapture => variables::set_cell_capture,
        Op::NewCell => variables::new_cell,
        Op::GetCell => variables::get_cell,
        Op::SetCell => variables::set_cell,
        Op::Closure => variables::closure,

        Op::Add => arith::add,
        Op::Sub => arith::sub,
        Op::Mul => arith::mul,
        Op::Div => arith::div,
        Op::FloorDiv => arith::floor_div,
        Op::Mod => arith::modulo,
        Op::BitAnd => arith::bit_and,
        Op::BitOr => arith::bit_or,
        Op::BitXor => arith::bit_xor,
        Op::Shl => arith::shl,
        Op::Shr => arith::shr,
        Op::AddK => arith::add_k,
        Op::SubK => arith::sub_k,
        Op::MulK => arith::mul_k,
        Op::DivK => arith::div_k,
        Op::FloorDivK => arith::floor_div_k,
        Op::ModK => arith::modulo_k,
        Op::BitAndK => arith::bit_and_k,
        Op::BitOrK => arith::bit_or_k,
        Op::BitXorK => arith::bit_xor_k,
        Op::ShlK => arith::shl_k,
        Op::ShrK => arith::shr_k,
        Op::Neg => arith::neg,
        Op::BitNot => arith::bit_not,
        Op::Not => arith::not,

        Op::Eq => compare::eq,
        Op::Ne => compare::ne,
        Op::Lt => compare::lt,
        Op::Le => compare::le,
        Op::Gt => compare::gt,
        Op::Ge => compare::ge,
        Op::In => compare::contains,

        Op::Jump => compare::jump,
        Op::LoopBack => loops::loop_back::<MODE>,
        Op::JumpIf => compare::jump_if,
        Op::JumpIfNot => compare::jump_if_not,
        Op::JumpIfUndef => compare::jump_if_undef,
        Op::JumpIfNotArray => matching::jump_if_not_array,
        Op::JumpIfNotDict => matching::jump_if_not_dict,
        Op::JumpEq => compare::jump_eq,
        Op::JumpNe => compare::jump_ne,
        Op::JumpLt => compare::jump_lt,
        Op::JumpLe => compare::jump_le,
        Op::JumpGt => compare::jump_gt,
        Op::JumpGe => compare::jump_ge,
        Op::JumpNotLt => compare::jump_not_lt,
        Op::JumpNotLe => compare::jump_not_le,
        Op::JumpNotGt => compare::jump_not_gt,
        Op::JumpNotGe => compare::jump_not_ge,
        Op::JumpEqK => compare::jump_eq_k,
        Op::JumpNeK => compare::jump_ne_k,
        Op::JumpLtK => compare::jump_lt_k,
        Op::JumpLeK => compare::jump_le_k,
        Op::JumpGtK => compare::jump_gt_k,
        Op::JumpGeK => compare::jump_ge_k,
        Op::JumpNotLtK => compare::jump_not_lt_k,
        Op::JumpNotLeK => compare::jump_not_le_k,
        Op::JumpNotGtK => compare::jump_not_gt_k,
        Op::JumpNotGeK => compare::jump_not_ge_k,

        Op::ForPrep => loops::for_prep,
        Op::ForPrepTo => loops::for_prep_to,
        Op::ForLoop => loops::for_loop::<MODE>,
        Op::ForLoop1 => loops::for_loop_1::<MODE>,
        Op::IterPrep => loops::iter_prep,
        Op::IterNext => loops::iter_next,
        Op::IterNext2 => loops::iter_next_2,

        Op::NewArray => indexing::new_array,
        Op::ExtendArray => indexing::extend_array,
        Op::NewDict => indexing::new_dict,
        Op::ExtendDict => indexing::extend_dict,
        Op::NewRange => indexing::new_range,
        Op::GetIndex => indexing::get_index,
        Op::SetIndex => indexing::set_index,
        Op::Unpack => indexing::unpack,
        Op::MatchKey => matching::match_key,
        Op::NewEnum => enums::new_enum,
        Op::DefMember => enums::def_member,
        Op::ToStr => calls::to_str,
        Op::Concat => indexing::concat,

        Op::Call => calls::call::<MODE>,
        Op::TailCall => calls::tail_call::<MODE>,
        Op::TailCallMethod => calls::tail_call_method::<MODE>,
        Op::CallBuiltin => calls::call_builtin,
        Op::GetField => members::get_field,
        Op::SetField => members::set_field,
        Op::GetMethod => members::get_method,
        Op::GetSuper => members::get_super,
        Op::Bind => members::bind,
        Op::CallMethod => calls::call_method::<MODE>,
        Op::NewClass => members::new_class,
        Op::DefMethod => members::def_method,
        Op::DefStatic => members::def_static,
        Op::DefFields => members::def_fields,
        Op::Throw => unwind::throw,
        Op::Rethrow => unwind::rethrow,
        Op::Return => calls::return_value::<MODE>,
        Op::ReturnNil => calls::return_nil::<MODE>,
    };
    Handler(raw)
}

const fn table_of<const MODE: u8>() -> Table {
    let mut table: Table = [Handler(unreachable_op); 256];
    let mut number = 0;
    while number < Op::ALL.len() {
        table[number] = handler_of::<MODE>(Op::ALL[number]);
        number += 1;
    }
    table
}

/// Handlers when nothing is recorded.
pub static NORMAL: Table = table_of::<{ mode::PLAIN }>();

/// Handlers that run an instruction which has just been recorded.
pub static RECORDED: Table = table_of::<{ mode::RECORDING }>();

/// Handlers when nothing is recorded and functions may have machine code.
pub static BESIDE_NATIVE: Table = table_of::<{ mode::NATIVE }>();

/// The tables that a machine runs with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tables {
    /// What to go on with where a frame begins or goes on, a round begins, or something else begins anew, and nothing is
    /// recorded.
    pub onward: *const Handler,
    /// When something is recorded.
    pub record: *const Handler,
    /// What interprets functions that may have machine code: [`BESIDE_NATIVE`], unless look-ups are counted.
    pub beside: *const Handler,
    /// Whether functions may have machine code.
    pub may_be_native: bool,
}

impl Tables {
    /// Those of a machine whose depth of calls is limited, or is not.
    pub fn new(counting: bool) -> Tables {
        if counting {
            Tables {
                onward: depth::COUNT.as_ptr(),
                record: recording::RECORD_AND_COUNT.as_ptr(),
                beside: BESIDE_NATIVE.as_ptr(),
                may_be_native: false,
            }
        } else {
            Tables {
                onward: NORMAL.as_ptr(),
                record: recording::RECORD.as_ptr(),
                beside: BESIDE_NATIVE.as_ptr(),
                may_be_native: false,
            }
        }
    }

    /// Those of a machine whose functions may have machine code. Where the depth of calls is limited, none does.
    pub fn beside_native(self) -> Tables {
        let counts_depth = self.onward == depth::COUNT.as_ptr();
        Tables { may_be_native: !counts_depth, ..self }
    }

    /// The same, but that look-ups are counted. To be asked for before functions may have machine code. Not where the depth of
    /// calls is limited.
    pub fn counting_lookups(self) -> Tables {
        if self.onward == NORMAL.as_ptr() {
            Tables { onward: COUNTED.as_ptr(), beside: COUNTED_NATIVE.as_ptr(), ..self }
        } else {
            self
        }
    }
}

/// Two words that a root frame returns to: the call that it seems to come from, and the end of the run.
static ROOT_CODE: [u64; 2] = [Word::CALL_AT_0.0, Op::Halt as u64];

/// The address that a root frame returns to. The word before it is a call whose window begins at register 0.
pub fn root_return() -> *const u64 {
    &ROOT_CODE[1]
}

/// Runs code from `pc` in the frame at `base`, until the root frame below it returns or an error leaves it.
///
/// # Safety
///
/// `base` is register 0 of a frame of `vm`'s stack whose closure's code `pc` lies in, and whose link leads to
/// [`root_return`].
pub unsafe fn run(vm: *mut Vm, pc: *const u64, base: *mut Value) -> Status {
    // SAFETY: as the caller promises.
    unsafe {
        (*vm).native_depth = native_stack();
        let table = (*vm).tables.onward;
        let status = native::call_handler(pc, base, vm, table);
        #[cfg(debug_assertions)]
        let mut status = status;
        #[cfg(debug_assertions)]
        while status == Status::CONTINUE {
            let Next { pc, base, table } = (*vm).next;
            status = native::call_handler(pc, base, vm, table);
        }
        status
    }
}
