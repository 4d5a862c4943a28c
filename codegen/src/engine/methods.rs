//! Which functions become machine code as a whole, and when.
//!
//! A function does when it has been called `methodcall` times, or one of its loops has gone round `methodloop` times. From
//! then on the interpreter goes on in that code wherever it comes to the function ([`pseudo_vm::native`]). Headers count on,
//! up to where traces are recorded: what no trace is made of stays in this code.

use pseudo_snapshots::Pc;
use pseudo_vm::jit::{FrameView, Position, function_of};
use pseudo_vm::phase::{Doing, Phase};
use pseudo_vm::value::Value;
use pseudo_vm::vm::Vm;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Engine, Event, Piece, PieceOf};
use crate::CodeMemory;
use crate::compile::CompileError;
use crate::method::{self, MethodCode, Routines};

/// Instructions that are looked at before a function is compiled: rounds of a loop, and what they call.
const LOOKS: u32 = 1000;

/// Times that a function is compiled anew since it met something else than was expected.
const AGAIN: u32 = 3;
/// Instructions that are left to handlers before that is done for the first time; then sixteen times as many each time.
const LEFT: u32 = 1000;

/// What compiles programs.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Tier {
    /// Nothing.
    Interp,
    /// Functions become machine code as a whole.
    Method,
    /// Traces are recorded; what has none is interpreted.
    Trace,
    /// Both.
    #[default]
    Auto,
}

impl Tier {
    /// All of them, by their names.
    pub const ALL: [(&'static str, Tier); 4] =
        [("interp", Tier::Interp), ("method", Tier::Method), ("trace", Tier::Trace), ("auto", Tier::Auto)];

    /// Whether functions are compiled as a whole.
    pub fn has_methods(self) -> bool {
        matches!(self, Tier::Method | Tier::Auto)
    }

    /// Whether traces are recorded.
    pub fn has_traces(self) -> bool {
        matches!(self, Tier::Trace | Tier::Auto)
    }
}

/// Functions that are machine code as a whole.
#[derive(Debug, Default)]
pub(super) struct Methods {
    memory: Option<CodeMemory>,
    routines: Option<Routines>,
    /// By function. None if it was tried in vain.
    compiled: FxHashMap<u32, Option<MethodCode>>,
    /// Functions whose operands were noted.
    looked: FxHashSet<u32>,
    /// The function that is to be compiled when operands have been looked at.
    waiting: Option<u32>,
    /// How often functions were compiled anew.
    again: FxHashMap<u32, u32>,
}

impl Methods {
    /// Where their code lies, once there is any.
    pub(super) fn memory(&self) -> Option<&CodeMemory> {
        self.memory.as_ref()
    }
}

impl Engine {
    /// After how many rounds a loop's counter is out for the first time.
    pub(super) fn first_rounds(&self) -> u32 {
        self.params.first_rounds(self.tier)
    }

    /// Has machine code made of the running function, if it is time and there is none: first operands are looked at for a
    /// while. Says what to set the counter to that has run out, if that is all to be done now. `passed` rounds or calls have
    /// been counted; `hot` are to be before a trace is recorded.
    pub(super) fn look_at_method(&mut self, vm: &mut Vm, at: Position, passed: u32, hot: u32) -> Option<u32> {
        if !self.tier.has_methods() || vm.limits_depth() {
            return None;
        }
        let hot = if self.tier.has_traces() { hot } else { u32::MAX };
        let function = FrameView::new(vm, at).proto().id;
        if !self.methods.compiled.contains_key(&function) {
            if passed < hot && self.methods.waiting.is_none() && self.methods.looked.insert(function) {
                self.methods.waiting = Some(function);
                vm.look_at_operands(LOOKS);
            } else if self.methods.waiting != Some(function) {
                self.make_method(vm, at, function);
            }
        }
        (passed < hot).then(|| hot - passed)
    }

    /// Has a function compiled for which operands were looked at.
    pub(super) fn method_looked_at(&mut self, vm: &mut Vm, at: Position) {
        if let Some(function) = self.methods.waiting.take() {
            self.make_method(vm, at, function);
        }
    }

    /// Has a function compiled once more: what its instructions meet is not what they met before. The code that it
    /// has runs until then.
    pub(super) fn reconsider_method(&mut self, vm: &mut Vm, function: u32) {
        let proto = vm.proto(function);
        if self.stats.methods >= self.params.maxmethod {
            proto.native.leave_more(u32::MAX);
        } else if self.methods.waiting.is_some() {
            // Another function is being looked at; this one has its turn later.
            proto.native.leave_more(LEFT);
        } else {
            *self.methods.again.entry(function).or_default() += 1;
            self.methods.waiting = Some(function);
            vm.look_at_operands(LOOKS);
        }
    }

    fn make_method(&mut self, vm: &mut Vm, at: Position, function: u32) {
        if self.stats.methods >= self.params.maxmethod {
            self.methods.compiled.entry(function).or_default();
            return;
        }
        let before = vm.activity.set(Doing::of(Phase::Compiling, 0));
        let code = self.compile_method(vm, at, function);
        vm.activity.set(before);
        if let Err(error) = &code {
            *self.stats.not_methods.entry(error.text().to_string()).or_default() += 1;
        }
        if code.is_ok() {
            vm.enter_native();
        }
        self.methods.compiled.insert(function, code.ok());
    }

    fn compile_method(&mut self, vm: &Vm, at: Position, function: u32) -> Result<MethodCode, CompileError> {
        let frame = FrameView::new(vm, at);
        let proto = vm.proto(function);
        if self.methods.memory.is_none() {
            let memory = CodeMemory::without_routines(self.params.maxmcode as usize * 1024).ok();
            let mut memory = memory.ok_or(CompileError::CodeMemory)?;
            let routines = Routines::install(&self.helpers, &mut memory)?;
            let end = memory.next();
            self.methods.routines = Some(routines);
            self.methods.memory = Some(memory);
            self.tell_method_routines(vm, routines, end);
        }
        let (Some(memory), Some(routines)) = (&mut self.methods.memory, self.methods.routines) else {
            return Err(CompileError::CodeMemory);
        };
        let began = std::time::Instant::now();
        // What registers hold is known of the frame that runs.
        let index = (frame.proto().id == function).then(|| proto.index_of(at.pc));
        let hints = method::Frame {
            at: index,
            proto,
            registers: &|register| frame.register(register),
            globals: vm.globals.values(),
            functions: &|id| vm.proto(id),
            classes: &|number, arguments| class_of(vm, number, arguments),
        };
        let again = self.methods.again.get(&proto.id).copied().unwrap_or_default();
        let options = method::Options {
            counts: self.tier.has_traces(),
            layout: pseudo_vm::native::layout(vm),
            routines,
            ascii: vm.heap.ascii_strings() as u64,
            pending: vm.pending.as_ptr() as u64,
            nursery: &raw const vm.heap.nursery as u64,
            is_cautious: again >= AGAIN,
        };
        let code = method::compile(proto, &hints, options, memory)?;
        self.stats.methods += 1;
        self.stats.method_bytes += code.size;
        self.stats.method_time += began.elapsed();
        let left = if again < AGAIN { LEFT << (4 * again) } else { u32::MAX };
        // SAFETY: the code was made for this function, and its memory lives as long as the engine, which the machine owns.
        unsafe { proto.set_native(code.table as *const u64, code.entry, left) };
        let memory = self.methods.memory.as_ref().expect("the code lies in it");
        let pc = Pc { function, at: index.unwrap_or_default() as u32 };
        let bytes = memory.code(code.start, code.size);
        let piece = Piece { of: PieceOf::Method(pc, &code), start: code.start, bytes };
        if let Some(profiler) = &mut self.profiler {
            profiler.know_method(&piece, memory.range());
        }
        if let Some(observer) = &mut self.observer {
            let listing = if observer.wants_listings() { method::listing(proto, &code, memory) } else { Vec::new() };
            observer.event(vm, &Event::Method { pc, code: &code, listing: &listing });
            observer.installed(vm, &piece);
        }
        Ok(code)
    }
}

/// What calling a class comes to, by its number and the number of arguments.
fn class_of(vm: &Vm, number: u32, arguments: usize) -> Option<method::Class<'_>> {
    let class = vm.heap.class_numbered(number)?;
    let construction = vm.construction(class, arguments)?;
    let (room, template) = class.template(&vm.heap)?;
    let mut fields = template.to_vec();
    fields.resize(room, Value::NIL);
    let function = |place: &Value| Some((function_of(vm, *place)?, std::ptr::from_ref(place) as u64));
    Some(method::Class {
        shape: class.first_shape(),
        fields,
        layout: construction.layout,
        constructor: construction.constructor.and_then(function),
        init: construction.init.and_then(function),
    })
}
