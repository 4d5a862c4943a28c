//! What the host of a machine adds to it and does with it between runs: functions, globals, calls, roots.
//!
//! A function of the host is a function of the program like any other, written in bytecode: `fn name(a, b) return
//! __host(7, a, b) end`. So it is a closure with a number of parameters, and whoever calls closures (handlers, traces,
//! code of whole functions, `map`) can call it; only the call of the builtin `__host` leaves the machine.

use std::rc::Rc;

use super::{CallStack, Failure, Vm};
use crate::compile::CompileOptions;
use crate::error::{Throw, Thrown};
use crate::globals::GlobalInfo;
use crate::interp::{self, Status};
use crate::jit::FRAME_LINK;
use crate::modules::TopLevel;
use crate::roots::{Rooted, Roots};
use crate::syntax::source::{Source, Span};
use crate::text::display::text_of;
use crate::value::Value;

/// A function of the host. It gets the machine to look into arguments and to make its result, not to run anything. It may
/// allocate, which never collects.
pub type HostFunction = Rc<dyn Fn(&mut Vm, &[Value]) -> Result<Value, Thrown>>;

/// The parameters of a function of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostParams {
    /// So many that must be passed, and so many more that may be: nil if they are not.
    Fixed {
        /// Must be passed.
        required: usize,
        /// May be passed.
        optional: usize,
    },
    /// Any number. The function gets one argument, the array of all that was passed.
    Any,
}

/// Most arguments of a call from the host.
pub const MAX_HOST_ARGUMENTS: usize = 200;

/// What the host has added.
#[derive(Default)]
pub(super) struct Host {
    functions: Vec<HostFunction>,
    /// What a function of the host has thrown in compiled code, which leaves the throwing to the interpreter: that makes the
    /// call again, and must not have it made twice.
    kept: Option<Thrown>,
    /// Its globals, for all files.
    pub(super) names: TopLevel,
    pub(super) roots: Roots,
    /// Functions that call a value with so many arguments.
    callers: Vec<Option<Rooted>>,
}

/// What messages call the text of functions that the machine makes for its host.
const SOURCE: &str = "host";

impl Vm {
    /// Makes a function of the host a global of all files, in the place of a builtin of that name. Of two that have
    /// one name the later one counts, in code that was compiled before as well.
    ///
    /// # Errors
    ///
    /// If the name is none, or there are too many globals.
    pub fn register_function(&mut self, name: &str, params: HostParams, function: HostFunction) -> Result<(), Failure> {
        let number = self.host.functions.len();
        let (declared, passed): (Vec<String>, Vec<String>) = match params {
            HostParams::Fixed { required, optional } => (0..required + optional)
                .map(|at| (format!("a{at}{}", if at < required { "" } else { " = nil" }), format!(", a{at}")))
                .unzip(),
            HostParams::Any => (vec!["a...".to_string()], vec![", a".to_string()]),
        };
        let (name, declared, passed) = (checked_name(name)?, declared.join(", "), passed.concat());
        let text = format!("fn {name}({declared}) return __host({number}{passed}) end");
        self.host.functions.push(function);
        let mut names = TopLevel::default();
        self.run_internal(text, &mut names)?;
        let slot = names.find(name).expect("it was defined just now");
        match self.host.names.find(name) {
            Some(known) => self.set_slot(known, self.globals.values()[slot as usize]),
            None => self.host.names.bind(name, slot),
        }
        Ok(())
    }

    /// The value of a global: one that a program has declared at its top level, or the host.
    pub fn global(&self, name: &str) -> Option<Value> {
        let slot = self.top_level.find(name).or_else(|| self.host.names.find(name))?;
        Some(self.globals.values()[slot as usize]).filter(|value| !value.is_undef())
    }

    /// Sets a global; declares it for all files if there is none. False if it is a constant of a program, or there are too
    /// many.
    pub fn set_global(&mut self, name: &str, value: Value) -> bool {
        if let Some(slot) = self.top_level.find(name).or_else(|| self.host.names.find(name)) {
            if self.globals.info(slot).constant {
                return false;
            }
            self.set_slot(slot, value);
            return true;
        }
        let source = Rc::new(Source::new(SOURCE, name));
        let info = GlobalInfo {
            name: name.into(),
            constant: false,
            source,
            span: Span::new(0, name.len() as u32),
            imported: false,
            reassigned: true,
        };
        let Some(slot) = self.globals.declare(info) else { return false };
        self.globals.values_mut()[slot as usize] = value;
        self.host.names.bind(name, slot);
        true
    }

    fn set_slot(&mut self, slot: u32, value: Value) {
        if !self.globals.info(slot).reassigned {
            self.globals.reassign(slot);
            self.with_jit(|jit, vm| jit.globals_reassigned(vm));
        }
        self.globals.values_mut()[slot as usize] = value;
    }

    /// Runs a source file as [`Vm::run`] does, and gives the value of its last statement if that is an expression, else nil.
    /// Valid until the next run.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub fn run_to_value(&mut self, source: Source) -> Result<Value, Failure> {
        self.run_for_value(source, CompileOptions { gives_value: true, ..self.compile_options })
    }

    /// The function that calls its first argument with so many others, for [`Vm::call_plainly`].
    ///
    /// # Errors
    ///
    /// More than [`MAX_HOST_ARGUMENTS`] do not compile.
    pub fn caller(&mut self, count: usize) -> Result<Rooted, Failure> {
        if let Some(Some(caller)) = self.host.callers.get(count) {
            return Ok(caller.clone());
        }
        let parameters: String = (0..count).map(|number| format!(", a{number}")).collect();
        let passed = parameters.strip_prefix(", ").unwrap_or_default();
        let caller = self.host_function(&format!("fn(f{parameters}) return f({passed}) end"))?;
        self.host.callers.resize(self.host.callers.len().max(count + 1), None);
        self.host.callers[count] = Some(caller.clone());
        Ok(caller)
    }

    /// A function of the machine's own, from an expression.
    ///
    /// # Errors
    ///
    /// If it does not compile.
    pub fn host_function(&mut self, text: &str) -> Result<Rooted, Failure> {
        let function = self.run_internal(format!("({text})"), &mut TopLevel::default())?;
        Ok(self.host.roots.add(function))
    }

    /// Calls a function that [`Vm::host_function`] has made, with as many arguments as it has parameters; they must be valid now.
    /// What it gives is valid until the next run.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    ///
    /// # Panics
    ///
    /// If it is no such function, or another machine's.
    pub fn call_plainly(&mut self, function: &Rooted, arguments: &[Value]) -> Result<Value, Failure> {
        let result = self.start_timer().and_then(|_timer| self.run_closure(function, arguments));
        self.flush_after(result)
    }

    fn run_closure(&mut self, function: &Rooted, arguments: &[Value]) -> Result<Value, Failure> {
        let closure = self.rooted(function).and_then(Value::as_closure).expect("a function of this machine");
        let base = self.begin();
        // SAFETY: prototypes live as long as the machine; as in `run_main`, the stack has room for the frame.
        let status = unsafe {
            let proto = &*closure.proto();
            assert!(proto.params as usize == arguments.len() && !proto.rest, "called with all its parameters");
            *base.sub(2) = Value(interp::root_return() as u64);
            *base.sub(1) = closure.value();
            for (register, &argument) in arguments.iter().enumerate() {
                *base.add(register) = argument;
            }
            interp::run(self, closure.code().add(1), base)
        };
        self.ended(status, base)
    }

    /// Begins a run: where the root frame's register 0 is to be.
    pub(super) fn begin(&mut self) -> *mut Value {
        self.depth.forget();
        self.host.kept = None;
        self.stack.start().wrapping_add(FRAME_LINK)
    }

    /// What the root frame has given, or why it gave nothing.
    pub(super) fn ended(&mut self, status: Status, base: *mut Value) -> Result<Value, Failure> {
        if status == Status::HALTED {
            // SAFETY: the root frame's result lies where its window began.
            return Ok(unsafe { *base.sub(2) });
        }
        let thrown = self.take_thrown();
        let calls = std::mem::take(&mut self.calls);
        Err(match *thrown.0 {
            Throw::Value(value) => self.uncaught(value, calls),
            _ => Failure::of(thrown, calls),
        })
    }

    /// Runs a text of the machine's own, in which the names of the prelude are known.
    fn run_internal(&mut self, text: String, names: &mut TopLevel) -> Result<Value, Failure> {
        let options = CompileOptions { internal_builtins: true, gives_value: true, ..self.compile_options };
        let main = self.compile_as(Source::new(SOURCE, text), options, names).map_err(Failure::Compile)?;
        self.run_main(main)
    }

    /// Calls a function of the host.
    pub(crate) fn call_host(&mut self, number: usize, arguments: &[Value]) -> Result<Value, Thrown> {
        if let Some(thrown) = self.host.kept.take() {
            return Err(thrown);
        }
        let function = self.host.functions[number].clone();
        function(self, arguments)
    }

    /// Keeps what a builtin has thrown in compiled code for the interpreter, which is about to make the same call again, if
    /// that builtin is a function of the host.
    #[cold]
    pub fn keep_thrown(&mut self, builtin: u16, thrown: Thrown) {
        if builtin == crate::builtins::HOST {
            self.host.kept = Some(thrown);
        }
    }

    /// Holds on to a value.
    pub fn root(&mut self, value: Value) -> Rooted {
        self.host.roots.add(value)
    }

    /// The value of a handle; `None` if it is another machine's. Valid until the next run.
    pub fn rooted(&self, handle: &Rooted) -> Option<Value> {
        self.host.roots.get(handle)
    }

    /// How many functions [`Vm::caller`] has made, each with a handle.
    pub fn caller_count(&self) -> usize {
        self.host.callers.iter().flatten().count()
    }

    /// Values that handles hold on to.
    pub fn root_count(&self) -> usize {
        self.host.roots.len()
    }

    /// The text of a value, as `str` makes it.
    ///
    /// # Errors
    ///
    /// If it is too long.
    pub fn text_of(&mut self, value: Value) -> Result<String, Thrown> {
        match text_of(value, &self.heap) {
            Err(thrown) if matches!(*thrown.0, Throw::NeedsText) => Ok(self.text_by_program(value)),
            result => result,
        }
    }

    /// Changes how long runs may take, as [`super::VmOptions::max_time`] says.
    pub fn set_max_time(&mut self, period: Option<std::time::Duration>) {
        self.max_time = period;
    }

    /// Changes how much memory the program's objects may take, as [`super::VmOptions::max_memory`] says.
    pub fn set_max_memory(&mut self, bytes: Option<usize>) {
        self.heap.set_limit(super::limits::memory(bytes));
    }

    /// Lets programs use the files of one folder, and nothing else of the system.
    ///
    /// # Errors
    ///
    /// If there is no such folder.
    pub fn confine(&mut self, folder: &std::path::Path) -> std::io::Result<()> {
        self.access = crate::access::Access::within(folder)?;
        self.loader = Box::new(self.access.clone());
        Ok(())
    }
}

/// A name that can stand in a text.
///
/// # Errors
///
/// If it has other characters than names have.
pub fn checked_name(name: &str) -> Result<&str, Failure> {
    if !name.is_empty() && name.chars().all(|char| char.is_alphanumeric() || char == '_') {
        return Ok(name);
    }
    let message = format!("`{name}` is not a name");
    Err(Failure::Uncaught { message, kind: Some("name".into()), value: None, calls: CallStack::default() })
}
