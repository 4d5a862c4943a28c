//! How the interpreter calls the just-in-time compiler that is attached.

use super::Vm;
use crate::bytecode::ops::Op;
use crate::heap::object::Closure;
use crate::interp::{CacheUses, LOOK};
use crate::jit::{Exited, Hot, Jit, Position, Recording};
use crate::native::RESUME;
use crate::value::Value;

impl Vm {
    /// Lets the compiler act, if there is one.
    pub(super) fn with_jit<R>(&mut self, act: impl FnOnce(&mut dyn Jit, &mut Vm) -> R) -> Option<R> {
        let mut jit = self.jit.take()?;
        let result = act(&mut *jit, self);
        self.jit = Some(jit);
        Some(result)
    }

    /// Functions may come to have machine code ([`crate::native`]). It is run where there is some once the compiler has said
    /// that there is ([`Vm::enter_native`]): looking for it takes time at each call and return.
    pub fn run_native(&mut self) {
        self.tables = self.tables.beside_native();
    }

    /// A function has come to have machine code.
    pub fn enter_native(&mut self) {
        if self.tables.may_be_native && self.tables.onward != LOOK.as_ptr() {
            self.tables.onward = RESUME.as_ptr();
        }
    }

    /// Counts from now on how look-ups fare that are interpreted: [`Vm::cache_uses`]. To be asked for before
    /// [`Vm::run_native`]. Not where the depth of calls is limited.
    pub fn count_lookups(&mut self) {
        self.tables = self.tables.counting_lookups();
    }

    /// How look-ups of fields and methods have fared.
    pub fn cache_uses(&self) -> CacheUses {
        self.cache_uses
    }

    /// Notes what the operands of so many instructions to come are ([`crate::bytecode::profile`]), then tells the compiler. None
    /// of them runs as machine code, but in traces. Only where functions may have machine code.
    pub fn look_at_operands(&mut self, instructions: u32) {
        if self.tables.may_be_native {
            self.tables.onward = LOOK.as_ptr();
        }
        self.profiled = instructions;
    }

    /// Looks no more.
    #[inline(never)]
    pub(crate) fn looked(&mut self, pc: *const u64, base: *mut Value) {
        self.tables.onward = RESUME.as_ptr();
        self.with_jit(|jit, vm| jit.looked(vm, Position { pc, base }));
    }

    // A handler that has a local variable in memory cannot end in a jump: its native frame would stay until the program
    // ends. So these take and give what fits registers, and are never inlined.

    /// Asks the compiler what to do with a hot loop.
    #[inline(never)]
    pub(crate) fn ask_hot_loop(&mut self, pc: *const u64, base: *mut Value) -> Option<Hot> {
        self.with_jit(|jit, vm| jit.hot_loop(vm, Position { pc, base }))
    }

    /// Asks the compiler what to do with a hot function.
    #[inline(never)]
    pub(crate) fn ask_hot_function(&mut self, pc: *const u64, base: *mut Value) -> Option<Hot> {
        self.with_jit(|jit, vm| jit.hot_function(vm, Position { pc, base }))
    }

    /// Tells the compiler that a function's machine code leaves much to handlers.
    #[inline(never)]
    pub(crate) fn reconsider(&mut self, function: u32) {
        self.with_jit(|jit, vm| jit.reconsider(vm, function));
    }

    /// Shows the compiler an instruction.
    #[inline(never)]
    pub(crate) fn show(&mut self, pc: *const u64, base: *mut Value) -> Option<Recording> {
        self.with_jit(|jit, vm| jit.record(vm, Position { pc, base }))
    }

    /// Tells the compiler that an instruction has thrown while it recorded. Whether the recording goes on.
    pub(crate) fn tell_thrown(&mut self, at: Position, caught: Option<Position>) -> bool {
        self.with_jit(|jit, vm| jit.threw(vm, at, caught)) == Some(Recording::Continue)
    }

    /// Runs the trace of the loop's or function's header at `pc`. What compiled code left is in `exited` then.
    #[inline(never)]
    pub(crate) fn enter_trace(&mut self, pc: *const u64, base: *mut Value) {
        // SAFETY: below register 0 of the running frame lies its closure; prototypes live as long as the machine.
        let proto = unsafe { &*(*(*base.sub(1)).address().cast::<Closure>()).proto };
        let header = proto.word(proto.index_of(pc));
        let trace = if header.op() == Op::FuncTrace { &proto.trace } else { &proto.loops[header.a()].trace };
        let (at, trace) = (Position { pc, base }, trace.get());
        self.exited = self.with_jit(|jit, vm| jit.enter(vm, at, trace)).unwrap_or(Exited { at, record: false });
        if self.limits_depth() {
            let Position { pc, base } = self.exited.at;
            // SAFETY: compiled code leaves a state that the interpreter could be in.
            unsafe { self.depth.resume(pc, base) };
        }
    }
}
