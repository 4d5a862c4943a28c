//! Which functions become machine code as a whole, and when.
//!
//! A function does when it has been called `methodcall` times, or one of its loops has gone round `methodloop` times. From
//! then on the interpreter goes on in that code wherever it comes to the function ([`pseudo_vm::native`]). Headers count on,
//! up to where traces are recorded: what no trace is made of stays in this code.

use pseudo_snapshots::Pc;
use pseudo_vm::jit::{FrameView, Position};
use pseudo_vm::vm::Vm;

use super::{Engine, Event};
use crate::CodeMemory;
use crate::compile::CompileError;
use crate::method::{self, MethodCode};

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
    /// By function. None if it was tried in vain.
    compiled: rustc_hash::FxHashMap<u32, Option<MethodCode>>,
}

impl Engine {
    /// After how many rounds a loop's counter is out for the first time.
    pub(super) fn first_rounds(&self) -> u32 {
        self.params.first_rounds(self.tier)
    }

    /// Makes machine code of the running function, if it is time and there is none. A counter has run out for the first time
    /// if `first`; then the result says with how many rounds or calls more it is to count to `hot`.
    pub(super) fn look_at_method(
        &mut self,
        vm: &mut Vm,
        at: Position,
        first: bool,
        soon: u32,
        hot: u32,
    ) -> Option<u32> {
        if !self.tier.has_methods() || vm.limits_depth() {
            return None;
        }
        let function = FrameView::new(vm, at).proto().id;
        if !self.methods.compiled.contains_key(&function) {
            let code = self.compile_method(vm, at);
            if let Err(error) = &code {
                *self.stats.not_methods.entry(error.text().to_string()).or_default() += 1;
            }
            self.methods.compiled.insert(function, code.ok());
        }
        if !self.tier.has_traces() {
            return Some(u32::MAX);
        }
        (first && soon < hot).then(|| hot - soon)
    }

    fn compile_method(&mut self, vm: &mut Vm, at: Position) -> Result<MethodCode, CompileError> {
        let frame = FrameView::new(vm, at);
        let proto = frame.proto();
        if self.methods.memory.is_none() {
            self.methods.memory = CodeMemory::without_routines(self.params.maxmcode as usize * 1024).ok();
        }
        let memory = self.methods.memory.as_mut().ok_or(CompileError::CodeMemory)?;
        let began = std::time::Instant::now();
        let index = proto.index_of(at.pc);
        let hints = method::Frame {
            at: index,
            proto,
            registers: &|register| frame.register(register),
            globals: vm.globals.values(),
        };
        let options = method::Options { counts: self.tier.has_traces() };
        let code = method::compile(proto, &hints, options, memory)?;
        self.stats.methods += 1;
        self.stats.method_bytes += code.size;
        self.stats.method_time += began.elapsed();
        // SAFETY: the code was made for this function, and its memory lives as long as the engine, which the machine owns.
        unsafe { proto.set_native(code.table as *const u64, code.entry) };
        if let Some(observer) = &mut self.observer {
            let memory = self.methods.memory.as_ref().expect("the code lies in it");
            let listing = method::listing(proto, &code, memory);
            let pc = Pc { function: proto.id, at: index as u32 };
            observer.event(vm, &Event::Method { pc, code: &code, listing: &listing });
        }
        Ok(code)
    }
}
