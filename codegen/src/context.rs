//! What compiled code and Rust tell each other: one struct, which `r14` points at while compiled code runs.

use std::io;
use std::mem::offset_of;

use pseudo_snapshots::restore::Machine;
use pseudo_vm::heap::Nursery;
use pseudo_vm::value::Value;
use pseudo_vm::vm::Vm;

use crate::native_stack::NativeStack;
use crate::regalloc::registers::RSP;

/// Most spill slots of a frame. A trace that needs more is not compiled.
pub const SPILL_SLOTS: usize = 256;
/// Words above its base that a trace may use if its base lies below [`Context::near_limit`].
pub const NEAR: i32 = 64;
/// Most arguments of a helper call that takes any number.
pub const MAX_ARGUMENTS: usize = 256;

/// Reached by compiled code at fixed offsets from `r14`: what is hot comes first, where one byte is offset enough.
#[derive(Debug)]
#[repr(C)]
pub struct Context {
    /// Nonzero when the interpreter has something to do at a safepoint; `poll` looks here.
    pub pending: *const u32,
    /// Global 0.
    pub globals: *mut Value,
    /// Where young objects go.
    pub nursery: *mut Nursery,
    /// The machine: first argument of helpers.
    pub vm: *mut Vm,
    /// Frames end here or below; `guard.stack` looks here if it asks for much.
    stack_limit: *mut Value,
    /// [`NEAR`] words below that: where the frames of most traces may begin.
    near_limit: *mut Value,
    /// Number of the exit that was taken: its index in `CompiledTrace::exits`...
    pub exit: u32,
    /// ... of the trace of this number.
    pub trace: u32,
    /// Guards still to pass until one fails for no reason; only counted in code compiled with `Options::exit_stress`.
    pub countdown: u32,
    /// What `countdown` starts anew from.
    pub period: u32,
    /// Where the native stack begins.
    pub native_top: u64,
    /// The process's stack pointer, while compiled code runs.
    pub host: u64,
    /// Compiled code's stack pointer, while a helper runs on the process's stack.
    pub caller: u64,
    /// General-purpose registers at the exit, by number. 3 is the base: compiled code may have moved it; 4 the native
    /// stack pointer.
    pub gpr: [u64; 16],
    /// Floating-point registers at the exit.
    pub xmm: [u64; 16],
    /// Boxed arguments of the helper that is being called.
    pub arguments: [u64; MAX_ARGUMENTS],
    /// Where the helper was called from that was called last, in bytes from where code memory begins; 0 if none was since
    /// compiled code was entered. Only noted in code compiled with `Options::notes_calls`.
    pub helper_caller: u32,
    /// What compiled code runs on.
    pub native: NativeStack,
}

impl Context {
    /// A context for a machine. Compiled code reads through all pointers; that to the nursery is to be set before code is
    /// entered that makes objects.
    ///
    /// # Errors
    ///
    /// If the operating system does not give room for the native stack.
    pub fn new(
        vm: *mut Vm,
        globals: *mut Value,
        stack_limit: *mut Value,
        pending: *const u32,
    ) -> io::Result<Box<Context>> {
        let native = NativeStack::new()?;
        Ok(Box::new(Context {
            pending,
            globals,
            nursery: std::ptr::null_mut(),
            vm,
            stack_limit,
            near_limit: stack_limit.wrapping_sub(NEAR as usize),
            exit: 0,
            trace: 0,
            countdown: u32::MAX,
            period: u32::MAX,
            native_top: native.top(),
            host: 0,
            caller: 0,
            gpr: [0; 16],
            xmm: [0; 16],
            arguments: [0; MAX_ARGUMENTS],
            helper_caller: 0,
            native,
        }))
    }

    /// Sets where frames must end.
    pub fn set_stack_limit(&mut self, limit: *mut Value) {
        self.stack_limit = limit;
        self.near_limit = limit.wrapping_sub(NEAR as usize);
    }

    /// The registers and the native frame of so many words as the exit left them, for restoring a snapshot.
    pub fn machine<'a>(&'a self, constants: &'a [u64], frame: usize) -> Machine<'a> {
        let frame = self.native.slice(self.gpr[RSP as usize], frame);
        Machine { gpr: &self.gpr, xmm: &self.xmm, frame, constants }
    }

    /// Register 0 of the frame that the slots of the exit's snapshot are counted from.
    pub fn base(&self) -> *mut Value {
        self.gpr[crate::regalloc::registers::BASE as usize] as *mut Value
    }
}

pub(crate) const PENDING: i32 = offset_of!(Context, pending) as i32;
pub(crate) const GLOBALS: i32 = offset_of!(Context, globals) as i32;
pub(crate) const NURSERY: i32 = offset_of!(Context, nursery) as i32;
pub(crate) const VM: i32 = offset_of!(Context, vm) as i32;
pub(crate) const STACK_LIMIT: i32 = offset_of!(Context, stack_limit) as i32;
pub(crate) const NEAR_LIMIT: i32 = offset_of!(Context, near_limit) as i32;
pub(crate) const EXIT: i32 = offset_of!(Context, exit) as i32;
pub(crate) const TRACE: i32 = offset_of!(Context, trace) as i32;
pub(crate) const COUNTDOWN: i32 = offset_of!(Context, countdown) as i32;
pub(crate) const NATIVE_TOP: i32 = offset_of!(Context, native_top) as i32;
pub(crate) const HOST: i32 = offset_of!(Context, host) as i32;
pub(crate) const CALLER: i32 = offset_of!(Context, caller) as i32;
pub(crate) const GPR: i32 = offset_of!(Context, gpr) as i32;
pub(crate) const XMM: i32 = offset_of!(Context, xmm) as i32;
pub(crate) const HELPER_CALLER: i32 = offset_of!(Context, helper_caller) as i32;
pub(crate) const ARGUMENTS: i32 = offset_of!(Context, arguments) as i32;
