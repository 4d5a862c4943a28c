//! How a just-in-time compiler attaches to the interpreter. All that the interpreter knows of one.

use std::cell::RefCell;
use std::rc::Rc;

use crate::bytecode::ops::Op;
use crate::bytecode::proto::Proto;
use crate::bytecode::word::Word;
use crate::heap::object::Closure;
use crate::value::Value;
use crate::vm::Vm;

/// A state of the interpreter: the instruction to run next, and register 0 of the running frame.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    /// Address of the instruction.
    pub pc: *const u64,
    /// Register 0.
    pub base: *mut Value,
}

/// What to do after a loop or function became hot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hot {
    /// Go on interpreting. The compiler has set the header's counter anew, or patched the header.
    Continue,
    /// Go on interpreting, and show every instruction to [`Jit::record`] before it runs, beginning with the one after
    /// the header.
    Record,
}

/// What to do after an instruction was recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recording {
    /// Run it and show the next.
    Continue,
    /// Recording has ended. Run it, and go on without recording.
    Stop,
}

/// What compiled code left behind.
#[derive(Clone, Copy, Debug)]
pub struct Exited {
    /// Where to go on; all frames and globals are as the interpreter expects them.
    pub at: Position,
    /// Whether to record from there.
    pub record: bool,
}

/// A just-in-time compiler. It is called at the points where it may look at, or change, the interpreter's state. It
/// never throws and never collects.
pub trait Jit {
    /// A loop header's counter has run out. `at.pc` is the header.
    fn hot_loop(&mut self, vm: &mut Vm, at: Position) -> Hot;

    /// A function header's counter has run out: the function has just been called. `at.pc` is the header.
    fn hot_function(&mut self, vm: &mut Vm, at: Position) -> Hot;

    /// The machine code of a function ([`crate::native`]), given by its number, has left very many instructions to their
    /// handlers.
    fn reconsider(&mut self, _vm: &mut Vm, _function: u32) {}

    /// As many instructions have been looked at as were to be ([`Vm::look_at_operands`]). The one at `at.pc` is next.
    fn looked(&mut self, _vm: &mut Vm, _at: Position) {}

    /// Samples have been taken ([`crate::vm::PENDING_SAMPLE`]). The instruction at `at.pc` is next.
    fn sampled(&mut self, _vm: &mut Vm, _at: Position) {}

    /// The instruction at `at.pc` is about to run, while recording. The words at loop and function headers are shown
    /// as well, even where the interpreter skips them.
    fn record(&mut self, vm: &mut Vm, at: Position) -> Recording;

    /// Globals that compiled code may take for defined once and for all come to be assigned otherwise. No program runs.
    fn globals_reassigned(&mut self, vm: &mut Vm);

    /// The instruction at `at.pc` has thrown while recording, and the program goes on at `caught`, where the handler's register
    /// has what was thrown. None if that is nowhere, or if it is not known that the instruction would throw it again.
    fn threw(&mut self, vm: &mut Vm, at: Position, caught: Option<Position>) -> Recording;

    /// A `loop.trace` or `func.trace` header has been reached at `at`. Runs compiled code, once or for ever so long.
    fn enter(&mut self, vm: &mut Vm, at: Position, trace: u32) -> Exited;
}

/// A compiler that others may look at between runs.
impl<T: Jit> Jit for Rc<RefCell<T>> {
    fn hot_loop(&mut self, vm: &mut Vm, at: Position) -> Hot {
        self.borrow_mut().hot_loop(vm, at)
    }

    fn hot_function(&mut self, vm: &mut Vm, at: Position) -> Hot {
        self.borrow_mut().hot_function(vm, at)
    }

    fn reconsider(&mut self, vm: &mut Vm, function: u32) {
        self.borrow_mut().reconsider(vm, function);
    }

    fn looked(&mut self, vm: &mut Vm, at: Position) {
        self.borrow_mut().looked(vm, at);
    }

    fn sampled(&mut self, vm: &mut Vm, at: Position) {
        self.borrow_mut().sampled(vm, at);
    }

    fn record(&mut self, vm: &mut Vm, at: Position) -> Recording {
        self.borrow_mut().record(vm, at)
    }

    fn globals_reassigned(&mut self, vm: &mut Vm) {
        self.borrow_mut().globals_reassigned(vm);
    }

    fn threw(&mut self, vm: &mut Vm, at: Position, caught: Option<Position>) -> Recording {
        self.borrow_mut().threw(vm, at, caught)
    }

    fn enter(&mut self, vm: &mut Vm, at: Position, trace: u32) -> Exited {
        self.borrow_mut().enter(vm, at, trace)
    }
}

/// Words between a frame's register 0 and what lies below it: the closure, and the return address.
pub const FRAME_LINK: usize = 2;

/// A read-only look at a frame, for a recorder.
#[derive(Clone, Copy)]
pub struct FrameView<'vm> {
    base: *const Value,
    limit: *const Value,
    vm: std::marker::PhantomData<&'vm Vm>,
}

impl<'vm> FrameView<'vm> {
    /// The frame at a position of the machine that is running.
    pub fn new(vm: &'vm Vm, at: Position) -> FrameView<'vm> {
        FrameView { base: at.base, limit: vm.stack_end(), vm: std::marker::PhantomData }
    }

    /// The value of a register. A dead one may hold anything.
    pub fn register(&self, index: usize) -> Value {
        let place = self.base.wrapping_add(index);
        assert!(place < self.limit, "register {index} lies beyond the stack");
        // SAFETY: the register stack is mapped and initialised up to its end, and `place` lies between a frame's
        // register 0 and that end.
        unsafe { *place }
    }

    /// The closure that the frame runs.
    pub fn closure_value(&self) -> Value {
        // SAFETY: below register 0 of every frame lies its linkage.
        unsafe { *self.base.wrapping_sub(1) }
    }

    /// The function that the frame runs.
    pub fn proto(&self) -> &'vm Proto {
        // SAFETY: the word below register 0 is the running closure, and prototypes live as long as their machine.
        unsafe { &*(*self.closure_value().address().cast::<Closure>()).proto }
    }

    /// The frame below, and where this one returns to in it. None for the frame that a run began in.
    pub fn caller(&self) -> Option<Caller<'vm>> {
        let return_address = self.return_address();
        // SAFETY: a return address is that of an instruction, and the one before it is the call, in the code that root
        // frames return to as well.
        let (next, call) = unsafe { (Word(*return_address), Word(*return_address.sub(1))) };
        if next.op() == Op::Halt {
            return None;
        }
        let window = call.a();
        let base = self.base.wrapping_sub(FRAME_LINK + window);
        Some(Caller { frame: FrameView { base, ..*self }, return_address, window })
    }

    /// The address that the frame returns to.
    pub fn return_address(&self) -> *const u64 {
        // SAFETY: below register 0 of every frame lies its linkage.
        unsafe { (*self.base.wrapping_sub(2)).0 as *const u64 }
    }
}

/// Returns a value from the frame at `base`: where its caller goes on.
///
/// # Safety
///
/// `base` is register 0 of a frame that is linked to its caller, in a state that an interpreter could be in but for the
/// instruction, which is about to return. No reference to the stack is alive.
pub unsafe fn return_from(base: *mut Value, value: Value) -> Position {
    let window = base.wrapping_sub(FRAME_LINK);
    // SAFETY: below register 0 of every frame lies its linkage, and before the address that it returns to, a call.
    unsafe {
        let pc = (*window).0 as *const u64;
        *window = value;
        Position { pc, base: window.wrapping_sub(Word(*pc.sub(1)).a()) }
    }
}

/// The frame that a frame was called from.
#[derive(Clone, Copy)]
pub struct Caller<'vm> {
    /// The frame.
    pub frame: FrameView<'vm>,
    /// The instruction after the call.
    pub return_address: *const u64,
    /// First register of the call's window.
    pub window: usize,
}

/// The function that a value runs when it is called, if it is a closure.
pub fn function_of(_vm: &Vm, callee: Value) -> Option<&Proto> {
    // SAFETY: prototypes live as long as their machine, and closures of no other machine are about.
    callee.as_closure().map(|closure| unsafe { &*closure.proto() })
}
