//! The machine as a library: for programs in Rust that let others extend them in Pseudocode.
//!
//! ```
//! use pseudo::Vm;
//!
//! let mut vm = Vm::new()?;
//! vm.register_fn("double", |x: i64| x * 2)?;
//! vm.set_global("base", 100)?;
//! vm.exec("fn score(points, bonus = 0)\n  return base + double(points) + bonus\nend")?;
//! let score: i64 = vm.call("score", (21,))?;
//! assert_eq!(score, 142);
//! # Ok::<(), pseudo::Error>(())
//! ```
//!
//! **Values** are exchanged as [`Value`], and as all Rust types that have [`IntoValue`] and [`FromValue`]. Arrays and dicts are
//! copied. Functions, classes and instances stay in the machine; the host has handles to them ([`Object`]).
//!
//! **Functions of the host** run in the middle of a program, compiled or not, and have no way back into the machine: they take
//! values and give one. Those that fail give an [`Error`], which the program can catch. A panic, in them or in another piece of
//! the host that a run calls, ends the run and goes on in the host.
//!
//! **Threads.** Machines know nothing of each other; there may be any number, on any threads. One is used by one thread at a
//! time, and may be sent to another between runs: it is `Send`, not `Sync`. [`InterruptHandle`]s and [`Object`]s may be
//! anywhere.
//!
//! **Memory.** What was run stays until the machine is dropped: its functions, and its globals. A host that runs very many texts
//! makes a machine anew now and then, or runs functions in place of texts.

mod config;
mod convert;
mod error;
mod events;
mod exchange;
mod native;
mod send;
mod session;
mod value;

use std::path::Path;
use std::time::Duration;

use pseudo_vm::roots::Rooted;
use pseudo_vm::syntax::source::Source;
use pseudo_vm::value::Value as VmValue;
use pseudo_vm::vm::{Failure, HostParams, Interrupter, MAX_HOST_ARGUMENTS, Vm as Machine, checked_name};
use rustc_hash::FxHashMap;

use crate::{Session, read_source};
pub use config::Config;
pub use convert::{FromValue, IntoArgs, IntoValue};
pub use error::{Error, ErrorKind, StackFrame};
pub use events::{Place, TraceEvent};
pub use native::{IntoResult, NativeFunction};
use send::Confined;
pub use value::{Object, Value};

/// What texts without a file are called in messages.
const TEXT: &str = "script";

/// A machine that runs programs, with its compiler. See the [module](self).
pub struct Vm {
    inner: Confined<Inner>,
    panicked: native::Panicked,
}

struct Inner {
    session: Session,
    /// Functions of the machine's own that look into objects, by their texts.
    helpers: FxHashMap<String, Rooted>,
}

/// Stops a program from another thread, or from a function of the host. Copies are handles to the same machine.
#[derive(Clone, Debug)]
pub struct InterruptHandle(Interrupter);

impl InterruptHandle {
    /// The program ends at its next loop or call, with an error of kind [`ErrorKind::Interrupted`] that it cannot catch. If none is
    /// running, the next one does: see [`InterruptHandle::clear`].
    pub fn interrupt(&self) {
        self.0.interrupt();
    }

    /// Takes an interrupt back that has come too late.
    pub fn clear(&self) {
        self.0.clear();
    }
}

impl Vm {
    /// A machine with the options of the command.
    ///
    /// # Errors
    ///
    /// If the operating system gives no memory for it.
    pub fn new() -> Result<Vm, Error> {
        Vm::with_config(Config::new())
    }

    /// A machine with other options.
    ///
    /// # Errors
    ///
    /// If the operating system gives no memory for it, or the folder of the sandbox is none.
    pub fn with_config(config: Config) -> Result<Vm, Error> {
        let panicked = native::Panicked::default();
        let session = Session::new(config.into_options(&panicked))?;
        let inner = Inner { session, helpers: FxHashMap::default() };
        Ok(Vm { inner: Confined::new(inner), panicked })
    }

    /// Runs a text, and what it imports. Its globals stay: what runs later sees them, and [`Vm::call`] can call its functions.
    ///
    /// # Errors
    ///
    /// If it has errors, throws something that it does not catch, calls `exit`, or is interrupted.
    pub fn exec(&mut self, text: &str) -> Result<(), Error> {
        self.exec_named(TEXT, text)
    }

    /// The same of a text that messages call by a name. Its imports are relative to the folder of that name.
    ///
    /// # Errors
    ///
    /// As [`Vm::exec`].
    pub fn exec_named(&mut self, name: &str, text: &str) -> Result<(), Error> {
        let source = read_source(name, text.as_bytes())?;
        self.run(|inner| inner.session.vm.run(source))
    }

    /// Runs a file.
    ///
    /// # Errors
    ///
    /// As [`Vm::exec`], and if the file can't be read. The sandbox does not hold for the file itself.
    pub fn exec_file(&mut self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref().to_string_lossy();
        let bytes =
            std::fs::read(&*path).map_err(|error| Error::runtime("io", pseudo_vm::loader::problem(&path, &error)))?;
        let source = read_source(&path, &bytes)?;
        self.run(|inner| inner.session.vm.run(source))
    }

    /// Runs a text, and gives the value of its last statement if that is an expression, else nil.
    ///
    /// ```
    /// # let mut vm = pseudo::Vm::new()?;
    /// let squares: Vec<i64> = vm.eval("map(range(5), fn(x) return x * x end)")?;
    /// assert_eq!(squares, [0, 1, 4, 9, 16]);
    /// # Ok::<(), pseudo::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Vm::exec`], and if the value is not what was asked for.
    pub fn eval<R: FromValue>(&mut self, text: &str) -> Result<R, Error> {
        let source = Source::from_bytes(TEXT, text.as_bytes()).map_err(|error| error.to_string())?;
        let value = self.run_for_value(|inner| inner.session.vm.run_to_value(source))?;
        R::from_value(value).map_err(|error| error.about("the value"))
    }

    /// Calls a global of the program by its name: a function, a class, or what else can be called.
    ///
    /// # Errors
    ///
    /// If there is no such global, what it throws and does not catch, and if the result is not what was asked for.
    pub fn call<R: FromValue>(&mut self, name: &str, args: impl IntoArgs) -> Result<R, Error> {
        self.call_value(args, |machine| {
            machine.global(name).ok_or_else(|| Error::runtime("name", format!("there is no global `{name}`")))
        })
    }

    /// Calls an object: a function, a class, a bound method.
    ///
    /// # Errors
    ///
    /// As [`Vm::call`].
    pub fn call_object<R: FromValue>(&mut self, callee: &Object, args: impl IntoArgs) -> Result<R, Error> {
        self.call_value(args, |machine| own(machine, callee))
    }

    fn call_value<R: FromValue>(
        &mut self,
        args: impl IntoArgs,
        callee: impl FnOnce(&Machine) -> Result<VmValue, Error>,
    ) -> Result<R, Error> {
        let args = args.into_args();
        if args.len() > MAX_HOST_ARGUMENTS {
            let message = format!("{} arguments are too many (at most {MAX_HOST_ARGUMENTS})", args.len());
            return Err(Error::runtime("limit", message));
        }
        let caller = self.run(|inner| inner.session.vm.caller(args.len()))?;
        let callee = callee(&self.inner.get().session.vm)?;
        let value = self.call_plainly(&caller, callee, &args)?;
        R::from_value(value).map_err(|error| error.about("the result"))
    }

    /// Calls a function of the machine's own. Nothing is collected between runs, so that values are valid until this one begins.
    fn call_plainly(&mut self, function: &Rooted, first: VmValue, others: &[Value]) -> Result<Value, Error> {
        let machine = &mut self.inner.get_mut().session.vm;
        let mut values = vec![first];
        for value in others {
            values.push(exchange::to_machine(machine, value).map_err(Error::of_thrown)?);
        }
        self.run_for_value(|inner| inner.session.vm.call_plainly(function, &values))
    }

    /// Calls a method of an object.
    ///
    /// # Errors
    ///
    /// As [`Vm::call`].
    pub fn call_method<R: FromValue>(&mut self, object: &Object, name: &str, args: impl IntoArgs) -> Result<R, Error> {
        let method: Object = self.field(object, name)?;
        self.call_object(&method, args)
    }

    /// Reads a field, method, static or member of an object.
    ///
    /// ```
    /// use pseudo::{Object, Vm};
    ///
    /// let mut vm = Vm::new()?;
    /// vm.exec("class Point\n  fn init(x, y)\n    self.x = x\n    self.y = y\n  end\nend")?;
    /// let point: Object = vm.call("Point", (3, 4))?;
    /// vm.set_field(&point, "y", 5)?;
    /// assert_eq!(vm.field::<i64>(&point, "y")?, 5);
    /// # Ok::<(), pseudo::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If it has none of that name, or the value is not what was asked for.
    pub fn field<R: FromValue>(&mut self, object: &Object, name: &str) -> Result<R, Error> {
        let value = self.call_helper(&format!("fn(o) return o.{} end", self.checked(name)?), object, &[])?;
        R::from_value(value).map_err(|error| error.about(&format!("`{name}`")))
    }

    /// Sets a field or static of an object.
    ///
    /// # Errors
    ///
    /// If that cannot be.
    pub fn set_field(&mut self, object: &Object, name: &str, value: impl IntoValue) -> Result<(), Error> {
        let text = format!("fn(o, v) o.{} = v end", self.checked(name)?);
        self.call_helper(&text, object, &[value.into_value()]).map(|_| ())
    }

    /// The text of a value, as `str` makes it: with the program's `to_string`, if there is one.
    ///
    /// # Errors
    ///
    /// If it is too long.
    pub fn text(&mut self, value: &Value) -> Result<String, Error> {
        let machine = &mut self.inner.enter().session.vm;
        let value = exchange::to_machine(machine, value).map_err(Error::of_thrown)?;
        let text = machine.text_of(value).map_err(Error::of_thrown);
        self.panicked.resume();
        text
    }

    fn checked<'n>(&self, name: &'n str) -> Result<&'n str, Error> {
        checked_name(name).map_err(|_| Error::runtime("name", format!("`{name}` is not a name")))
    }

    fn call_helper(&mut self, text: &str, object: &Object, args: &[Value]) -> Result<Value, Error> {
        let known = self.inner.get_mut().helpers.get(text).cloned();
        let helper = match known {
            Some(helper) => helper,
            None => {
                let made = self.run(|inner| inner.session.vm.host_function(text))?;
                self.inner.get_mut().helpers.insert(text.to_string(), made.clone());
                made
            }
        };
        let object = own(&self.inner.get().session.vm, object)?;
        self.call_plainly(&helper, object, args)
    }

    /// Reads a global: one that a program has declared at its top level, or the host.
    ///
    /// # Errors
    ///
    /// If there is none, or its definition has not run, or it is not what was asked for.
    pub fn global<R: FromValue>(&mut self, name: &str) -> Result<R, Error> {
        let machine = &mut self.inner.get_mut().session.vm;
        let Some(value) = machine.global(name) else {
            return Err(Error::runtime("name", format!("there is no global `{name}`")));
        };
        R::from_value(exchange::to_host(machine, value)?).map_err(|error| error.about(&format!("`{name}`")))
    }

    /// Sets a global. One that there is not yet is declared, for all programs and files that are run from now on, in the
    /// place of a builtin of that name. A program that declares the name itself has one of its own.
    ///
    /// # Errors
    ///
    /// If the name is none, or a program has declared it as a constant.
    pub fn set_global(&mut self, name: &str, value: impl IntoValue) -> Result<(), Error> {
        self.checked(name)?;
        let machine = &mut self.inner.get_mut().session.vm;
        let value = exchange::to_machine(machine, &value.into_value()).map_err(Error::of_thrown)?;
        if machine.set_global(name, value) {
            return Ok(());
        }
        Err(Error::runtime("name", format!("`{name}` is a constant, or there are too many globals")))
    }

    /// The names of the globals that programs have declared, in alphabetical order.
    pub fn global_names(&self) -> Vec<String> {
        self.inner.get().session.names()
    }

    /// Makes a Rust function one that programs can call, in all files, in the place of a builtin of that name. The number and the
    /// types of arguments are checked: what is wrong is an error of the program, of kind `arity`, `type` or `value`.
    ///
    /// ```
    /// use pseudo::{Error, Vm};
    ///
    /// let mut vm = Vm::new()?;
    /// let mut stock = std::collections::HashMap::from([("apple".to_string(), 3)]);
    /// vm.register_fn("take", move |name: String, count: Option<i64>| {
    ///     let left = stock.get_mut(&name).ok_or_else(|| Error::runtime("key", format!("no {name}")))?;
    ///     *left -= count.unwrap_or(1);
    ///     Ok::<i64, Error>(*left)
    /// })?;
    /// assert_eq!(vm.eval::<i64>("take('apple', 2)")?, 1);
    /// let caught: String = vm.eval("let why = nil\ntry take('pear') catch e why = e.kind end\nwhy")?;
    /// assert_eq!(caught, "key");
    /// # Ok::<(), pseudo::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the name is none.
    pub fn register_fn<Marker, F: NativeFunction<Marker>>(&mut self, name: &str, mut function: F) -> Result<(), Error> {
        let named = name.to_string();
        let call = move |args| function.call(&named, args);
        self.register(name, F::params(), call)
    }

    /// The same of a function that takes any number of arguments, whatever they are.
    ///
    /// # Errors
    ///
    /// If the name is none.
    pub fn register_variadic<R: IntoResult>(
        &mut self,
        name: &str,
        mut function: impl FnMut(&[Value]) -> R + Send + 'static,
    ) -> Result<(), Error> {
        self.register(name, HostParams::Any, move |args| function(&args).into_result())
    }

    fn register(
        &mut self,
        name: &str,
        params: HostParams,
        call: impl FnMut(Vec<Value>) -> Result<Value, Error> + Send + 'static,
    ) -> Result<(), Error> {
        let function = native::wrapped(name, params == HostParams::Any, self.panicked.clone(), call);
        self.run(|inner| inner.session.vm.register_function(name, params, function))
    }

    /// Something that can stop the program from outside.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle(self.inner.get().session.vm.interrupter())
    }

    /// Changes how long each run or call may take; `None`: for ever.
    pub fn set_max_time(&mut self, time: Option<Duration>) {
        self.inner.get_mut().session.vm.set_max_time(time);
    }

    /// Changes how many bytes the program's objects may take; `None`: four fifths of what the process can have.
    pub fn set_max_memory(&mut self, bytes: Option<usize>) {
        self.inner.get_mut().session.vm.set_max_memory(bytes);
    }

    /// Tells a function of every event of the compiler from now on, in the middle of the run: it should be quick. It may be called
    /// more than once; all functions are told. Nothing happens if nothing is compiled.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use pseudo::{TraceEvent, Vm};
    ///
    /// let mut vm = Vm::new()?;
    /// let lines = Arc::new(Mutex::new(Vec::new()));
    /// let compiled = lines.clone();
    /// vm.on_trace_event(move |event| {
    ///     if let TraceEvent::TraceCompiled { at, .. } = event {
    ///         compiled.lock().unwrap().push(at.line);
    ///     }
    /// });
    /// vm.exec("let x = 0\nfor i in 0..100000 do\n  x = x ^ i\nend")?;
    /// assert_eq!(*lines.lock().unwrap(), [2]);
    /// # Ok::<(), pseudo::Error>(())
    /// ```
    pub fn on_trace_event(&mut self, subscriber: impl FnMut(&TraceEvent) + Send + 'static) {
        if let Some(engine) = &self.inner.get_mut().session.engine {
            engine.borrow_mut().add_observer(Box::new(events::Subscriber(subscriber, self.panicked.clone())));
        }
    }

    /// What was printed since the last time, if [`Config::capture_output`] keeps it.
    pub fn take_output(&mut self) -> String {
        // A program prints texts.
        String::from_utf8_lossy(&self.inner.get_mut().session.take_output()).into_owned()
    }

    /// What the compiler did until now, as text.
    pub fn statistics(&self) -> String {
        self.inner.get().session.statistics()
    }

    /// How many objects the host has handles to.
    pub fn object_count(&self) -> usize {
        let inner = self.inner.get();
        let own = inner.helpers.len() + inner.session.vm.caller_count();
        inner.session.vm.root_count() - own
    }

    /// Has the machine do something that may run the program.
    fn run<R>(&mut self, act: impl FnOnce(&mut Inner) -> Result<R, Failure>) -> Result<R, Error> {
        let inner = self.inner.enter();
        let result = act(inner);
        let result = result.map_err(|failure| Error::of_failure(&mut inner.session.vm, failure, false));
        self.panicked.resume();
        result
    }

    fn run_for_value(&mut self, act: impl FnOnce(&mut Inner) -> Result<VmValue, Failure>) -> Result<Value, Error> {
        let value = self.run(act)?;
        exchange::to_host(&mut self.inner.get_mut().session.vm, value)
    }
}

/// The value of an object of this machine.
fn own(machine: &Machine, object: &Object) -> Result<VmValue, Error> {
    machine.rooted(&object.root).ok_or_else(|| Error::new("the object belongs to another machine"))
}

impl std::fmt::Debug for Vm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vm").finish_non_exhaustive()
    }
}
