//! The virtual machine: everything that a running program has.

mod compiler;
mod errors;
mod host;
mod limits;
mod safepoint;
mod signals;

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use crate::access::Access;
use crate::builtins::{self, Body};
use crate::bytecode::ops::Op;
use crate::bytecode::proto::Proto;
use crate::bytecode::word::Word;
use crate::compile::{self, CompileErrors, CompileOptions, Environment};
use crate::construct::{Construction, Layout};
use crate::error::{ErrorKind, Throw, Thrown};
use crate::globals::Globals;
use crate::heap::class::{ClassInfo, ClassRef};
use crate::heap::{COLLECT_REQUEST, Heap};
use crate::interp::{self, CacheUses, Status};
use crate::io::{Input, Output};
use crate::jit::{Exited, FRAME_LINK, Jit, Position};
use crate::loader::Loader;
use crate::modules::{Modules, TopLevel};
use crate::ops::members;
use crate::phase::{Activity, Doing, Phase};
use crate::random::Random;
use crate::roots::Rooted;
use crate::stack::Stack;
use crate::syntax::source::{Source, Span};
use crate::text::display::{quoted, text_of};
use crate::value::Value;
use errors::ErrorNames;
pub use errors::ErrorSlots;
pub use host::{HostFunction, HostParams, MAX_HOST_ARGUMENTS, checked_name};
pub(crate) use limits::caller_of;
pub use limits::{LEAST_MEMORY, default_memory};
pub use signals::SecondTime;

/// In [`Vm::pending`]: a collection is due.
pub const PENDING_COLLECTION: u32 = COLLECT_REQUEST;
/// In [`Vm::pending`]: somebody asked the program to stop.
pub const PENDING_INTERRUPT: u32 = COLLECT_REQUEST << 1;
/// In [`Vm::pending`]: the program has run for as long as it may.
pub const PENDING_TIME: u32 = COLLECT_REQUEST << 2;
/// In [`Vm::pending`]: samples have been taken of what the program does ([`Jit::sampled`]).
pub const PENDING_SAMPLE: u32 = COLLECT_REQUEST << 3;

/// How a machine is set up.
#[derive(Clone, Debug)]
pub struct VmOptions {
    /// What `args()` gives.
    pub args: Vec<String>,
    /// Words of the register stack. A call takes the callee's registers and two.
    pub stack_words: usize,
    /// Bytes that the program's objects may take, at least [`LEAST_MEMORY`]; `None`: [`default_memory`]. The register
    /// stack comes on top.
    pub max_memory: Option<usize>,
    /// How deep calls that are not tail calls may be nested; `None`: as deep as the register stack reaches.
    pub max_depth: Option<u32>,
    /// How long a run may take until it gets an error, and then again; `None`: for ever. Takes a thread.
    pub max_time: Option<Duration>,
    /// Rounds of a loop before it is hot.
    pub hot_loop: u32,
    /// Calls of a function before it is hot.
    pub hot_call: u32,
    /// Every so many allocations a collection is asked for; 0: only where one is due.
    pub gc_stress: u32,
    /// Every so many bytes of small objects a collection is asked for; 0: only where one is due.
    pub small_nursery: usize,
    /// 1: a page that faults lies behind the elements of every array; n: of the first 2,000 and every n-th from then on; 0: of none.
    pub guard_arrays: u32,
}

impl Default for VmOptions {
    fn default() -> VmOptions {
        VmOptions {
            args: Vec::new(),
            stack_words: 8 << 20,
            max_memory: None,
            max_depth: None,
            max_time: None,
            hot_loop: 56,
            hot_call: 112,
            gc_stress: 0,
            small_nursery: 0,
            guard_arrays: 0,
        }
    }
}

/// A line of a call stack.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function.
    pub function: Box<str>,
    /// Its file.
    pub source: Rc<Source>,
    /// What was being run.
    pub span: Span,
    /// How many calls in a row this line stands for: a function that calls itself is shown once.
    pub times: usize,
}

/// The calls that were open when an error was thrown: from the innermost out, the middle left out of very deep stacks.
#[derive(Clone, Debug, Default)]
pub struct CallStack {
    /// The innermost calls.
    pub inner: Vec<Call>,
    /// How many are left out.
    pub omitted: usize,
    /// The outermost calls.
    pub outer: Vec<Call>,
    /// The line where the error was thrown first, if this was another throw of the same one.
    pub first_thrown: Option<i64>,
}

/// See [`Vm::constructor`].
const RECENT_CONSTRUCTORS: usize = 16;

/// Most calls of each end of a [`CallStack`].
const CALLS_SHOWN: usize = 8;

/// Why a program did not run to its end.
#[derive(Debug)]
pub enum Failure {
    /// It has errors that are found before it runs.
    Compile(CompileErrors),
    /// An error that it did not catch.
    Uncaught {
        /// What was thrown: its message, or its text if it is no error.
        message: String,
        /// The kind of an error.
        kind: Option<Box<str>>,
        /// What was thrown, if it was an object of the program's.
        value: Option<Rooted>,
        /// Where.
        calls: CallStack,
    },
    /// It called `exit` with this status.
    Exit(u8),
    /// It was interrupted.
    Interrupted {
        /// Where.
        calls: CallStack,
    },
}

impl Failure {
    /// What it means that nothing caught this.
    fn of(thrown: Thrown, calls: CallStack) -> Failure {
        match *thrown.0 {
            Throw::Error { kind, message } => {
                Failure::Uncaught { message, kind: Some(kind.text().into()), value: None, calls }
            }
            Throw::Exit(status) => Failure::Exit(status),
            Throw::Interrupted => Failure::Interrupted { calls },
            Throw::Value(_) | Throw::NeedsText => unreachable!("the machine knows what their text is"),
        }
    }
}

/// Asks a running machine to stop, from another thread or a signal handler.
#[derive(Clone, Debug)]
pub struct Interrupter(Arc<AtomicU32>);

impl Interrupter {
    /// The program ends at its next loop or call, and can't prevent it. If none is running, the next one does.
    pub fn interrupt(&self) {
        self.0.fetch_or(PENDING_INTERRUPT, Ordering::Relaxed);
    }

    /// Takes an interrupt back that has come too late, or when no program ran.
    pub fn clear(&self) {
        self.0.fetch_and(!PENDING_INTERRUPT, Ordering::Relaxed);
    }
}

/// A virtual machine. Two in one process know nothing of each other.
pub struct Vm {
    /// Bits that are set when something is to be done at the next safepoint. Not on the machine itself, so that an
    /// [`Interrupter`] may outlive it.
    pub pending: Arc<AtomicU32>,
    /// Frames must end here or below.
    pub(crate) stack_limit: *mut Value,
    /// Of how many instructions to come the operands are to be noted.
    pub(crate) profiled: u32,
    /// Handlers when nothing is recorded, and when something is.
    pub(crate) tables: interp::Tables,
    /// What sites of look-ups share.
    pub(crate) lookups: interp::Lookups,
    /// How look-ups have fared, as far as that is counted.
    pub(crate) cache_uses: CacheUses,
    /// How deep calls are nested, if that is limited.
    pub(crate) depth: limits::Depth,
    #[cfg(debug_assertions)]
    pub(crate) next: interp::Next,
    /// What it is doing.
    pub activity: Activity,
    /// Its objects.
    pub heap: Heap,
    /// Its global variables.
    pub globals: Globals,
    /// What `args()` gives.
    pub args: Vec<String>,
    /// Where the program prints to.
    pub output: Output,
    /// Where `input` reads from.
    pub input: Input,
    /// Where imported files come from.
    pub loader: Box<dyn Loader>,
    /// What of the system around it the program may use.
    pub access: Access,
    /// What `random` and `randint` draw from.
    pub random: Random,
    /// When `clock()` was 0.
    pub started: Instant,
    globals_base: *mut Value,
    /// What the trace that ran last has left.
    pub(crate) exited: Exited,
    /// Where the error that was thrown last is caught.
    pub(crate) caught: Position,
    /// Whether what is being thrown was on its way before: the calls of then are those to be shown.
    pub(crate) throws_on: bool,
    /// `init`, as a constant string.
    pub(crate) init_name: Value,
    /// Native stack, in bytes, that lay between the beginning and the end of the last run: if every handler ends in a
    /// jump, a few hundred.
    pub(crate) native_depth: usize,
    jit: Option<Box<dyn Jit>>,
    /// Time that collections have taken.
    collecting: Duration,
    thrown: Option<Thrown>,
    calls: CallStack,
    builtin_values: Box<[Value]>,
    protos: Vec<*const Proto>,
    #[expect(
        clippy::vec_box,
        reason = "running frames point at these functions, which must not move when the list grows"
    )]
    mains: Vec<Box<Proto>>,
    stack: Stack,
    max_time: Option<Duration>,
    timer: Option<limits::Timer>,
    compile_options: CompileOptions,
    /// Whether the builtins that are written in Pseudocode are there; not until a program needs one.
    prelude_loaded: bool,
    /// Closures that initialise new instances.
    /// Each at an address that stays, where compiled code finds it.
    constructors: FxHashMap<Layout, Box<Value>>,
    /// Some of them, where they are found without a search.
    recent_constructors: [Option<(Layout, *const Value)>; RECENT_CONSTRUCTORS],
    /// The class of errors that the machine throws.
    error_class: ClassRef,
    error_names: ErrorNames,
    /// The files that have been imported.
    modules: Modules,
    /// The top-level names of what was run, files imported by it aside.
    top_level: TopLevel,
    host: host::Host,
}

impl Vm {
    /// A machine.
    ///
    /// # Errors
    ///
    /// If the operating system does not give memory for the stack.
    pub fn new(options: &VmOptions) -> std::io::Result<Box<Vm>> {
        let stack = Stack::new(options.stack_words)?;
        let mut globals = Globals::default();
        let pending = Arc::new(AtomicU32::new(0));
        let mut heap = Heap::new();
        heap.set_collect_flag(pending.clone());
        heap.set_stress(options.gc_stress);
        heap.set_small_nursery(options.small_nursery);
        if options.guard_arrays != 0 {
            heap.guard_arrays(options.guard_arrays as usize)?;
        }
        heap.set_limit(limits::memory(options.max_memory));
        let error_names = ErrorNames::new(&mut heap);
        let error_class = error_names.class(&mut heap);
        let mut builtin_values = vec![Value::UNDEF; builtins::all().count()];
        builtin_values[builtins::ERROR as usize] = error_class.value();
        let vm = Box::new(Vm {
            heap,
            stack_limit: stack.limit(),
            profiled: 0,
            lookups: interp::Lookups::default(),
            cache_uses: CacheUses::default(),
            activity: Activity::default(),
            tables: interp::Tables::new(options.max_depth.is_some()),
            depth: limits::Depth::new(options.max_depth.unwrap_or(u32::MAX)),
            #[cfg(debug_assertions)]
            next: interp::Next { pc: std::ptr::null(), base: std::ptr::null_mut(), table: std::ptr::null() },
            globals_base: globals.base(),
            globals,
            pending,
            args: options.args.clone(),
            output: Output::default(),
            input: Input::default(),
            loader: Box::new(Access::default()),
            access: Access::default(),
            random: Random::default(),
            started: Instant::now(),
            exited: Exited { at: Position { pc: std::ptr::null(), base: std::ptr::null_mut() }, record: false },
            caught: Position { pc: std::ptr::null(), base: std::ptr::null_mut() },
            throws_on: false,
            init_name: error_names.init,
            native_depth: 0,
            jit: None,
            collecting: Duration::ZERO,
            thrown: None,
            calls: CallStack::default(),
            builtin_values: builtin_values.into(),
            protos: Vec::new(),
            mains: Vec::new(),
            stack,
            max_time: options.max_time,
            timer: None,
            compile_options: CompileOptions {
                hot_loop: options.hot_loop,
                hot_call: options.hot_call,
                first_proto: 0,
                internal_builtins: false,
                gives_value: false,
            },
            prelude_loaded: false,
            constructors: FxHashMap::default(),
            recent_constructors: [None; RECENT_CONSTRUCTORS],
            error_class,
            error_names,
            modules: Modules::default(),
            top_level: TopLevel::default(),
            host: host::Host::default(),
        });
        Ok(vm)
    }

    /// Attaches a compiler.
    pub fn attach(&mut self, jit: Box<dyn Jit>) {
        self.jit = Some(jit);
    }

    /// Something that can stop the program from outside.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.pending.clone())
    }

    /// Compiles and runs a source file, and those that it imports. Whatever it printed has been written when this returns.
    ///
    /// It sees the top-level names of what ran before, as lines at a prompt do. Files that were imported before, and have
    /// run to their ends, do not run again.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub fn run(&mut self, source: Source) -> Result<(), Failure> {
        self.run_for_value(source, self.compile_options).map(|_| ())
    }

    /// Runs what was typed at a prompt. Gives the value of its last statement, if that is an expression, as it stands inside
    /// containers; `None` for nil.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub fn evaluate(&mut self, source: Source) -> Result<Option<String>, Failure> {
        let value = self.run_for_value(source, CompileOptions { gives_value: true, ..self.compile_options })?;
        if value.is_nil() {
            return Ok(None);
        }
        Ok(Some(match (value.as_string(), text_of(value, &self.heap)) {
            (Some(text), _) => quoted(text.as_str()),
            (None, Ok(text)) => text,
            (None, Err(_)) => self.text_by_program(value),
        }))
    }

    /// Compiles what was typed at a prompt without running it. What it declares is forgotten again.
    ///
    /// # Errors
    ///
    /// If it has errors.
    pub fn compile_aside(&mut self, source: Source) -> Result<&'static Proto, Failure> {
        let names = self.top_level.clone();
        let main = self.compile(source);
        self.top_level = names;
        main
    }

    /// Forgets that somebody asked the program to stop, if none was running.
    pub fn forget_interrupt(&mut self) {
        self.pending.fetch_and(!PENDING_INTERRUPT, Ordering::Relaxed);
    }

    /// The names of what a global holds: fields and methods of an instance, statics of a class, members of an enum. Empty
    /// if there is no such global.
    pub fn members_of_global(&self, name: &str) -> Vec<String> {
        let value = self.top_level.find(name).map(|slot| self.globals.values()[slot as usize]);
        value.map_or(Vec::new(), |value| members::names(&self.heap, value))
    }

    fn run_for_value(&mut self, source: Source, options: CompileOptions) -> Result<Value, Failure> {
        let result = self.compile_with(source, options).and_then(|main| {
            let _timer = self.start_timer()?;
            self.run_main(main)
        });
        self.flush_after(result)
    }

    /// Writes what a run has printed.
    fn flush_after(&mut self, result: Result<Value, Failure>) -> Result<Value, Failure> {
        // What the program printed matters more than how it ended only if it ended well.
        let flushed =
            self.output.flush().map_err(|error| Failure::of(builtins::output_failed(error), CallStack::default()));
        result.and_then(|value| flushed.map(|()| value))
    }

    /// What limits the time of a run, while it lives.
    fn start_timer(&mut self) -> Result<Option<limits::Timed>, Failure> {
        let Some(period) = self.max_time else { return Ok(None) };
        if self.timer.is_none() {
            self.timer = Some(limits::Timer::new(self.pending.clone()).map_err(|error| {
                let message = format!("cannot start the thread that limits the time: {error}");
                Failure::of(Thrown::new(ErrorKind::Limit, message), CallStack::default())
            })?);
        }
        Ok(self.timer.as_ref().map(|timer| timer.start(period)))
    }

    /// Compiles a source file, and those that it imports, without running it.
    ///
    /// # Errors
    ///
    /// If any of them has errors.
    pub fn compile(&mut self, source: Source) -> Result<&'static Proto, Failure> {
        self.compile_with(source, self.compile_options)
    }

    fn compile_with(&mut self, source: Source, options: CompileOptions) -> Result<&'static Proto, Failure> {
        let before = self.activity.set(Doing::of(Phase::Reading, 0));
        let mut top_level = std::mem::take(&mut self.top_level);
        let main = self.compile_as(source, options, &mut top_level);
        self.top_level = top_level;
        self.activity.set(before);
        let main = main.map_err(Failure::Compile)?;
        if !self.prelude_loaded && needs_prelude(main) {
            self.load_prelude();
        }
        Ok(main)
    }

    fn compile_as(
        &mut self,
        source: Source,
        options: CompileOptions,
        top_level: &mut TopLevel,
    ) -> Result<&'static Proto, CompileErrors> {
        let environment = Environment {
            globals: &mut self.globals,
            heap: &mut self.heap,
            modules: &mut self.modules,
            top_level,
            host: &self.host.names,
            loader: &*self.loader,
        };
        let options = CompileOptions { first_proto: self.protos.len() as u32, ..options };
        let reassigned = environment.globals.reassigned();
        let main = compile::compile_program(Rc::new(source), environment, &options)?;
        if self.globals.reassigned() != reassigned {
            self.with_jit(|jit, vm| jit.globals_reassigned(vm));
        }
        self.register(&main);
        self.mains.push(main);
        let main: *const Proto = &**self.mains.last().expect("just pushed");
        // SAFETY: prototypes are boxed and live as long as the machine; callers use the reference no longer than that.
        Ok(unsafe { &*main })
    }

    fn register(&mut self, proto: &Proto) {
        debug_assert_eq!(proto.id as usize, self.protos.len(), "functions are numbered in the order of this walk");
        self.protos.push(proto);
        proto.protos.iter().for_each(|nested| self.register(nested));
    }

    /// Runs the main function of a program. What it gives is valid until the next run.
    fn run_main(&mut self, main: &Proto) -> Result<Value, Failure> {
        let closure = self.heap.closure(main, &[]);
        let base = self.begin();
        // SAFETY: the stack has room for the link and, as every frame size is below the reserve, for the frame.
        let status = unsafe {
            *base.sub(2) = Value(interp::root_return() as u64);
            *base.sub(1) = closure;
            interp::run(self, main.code().add(1), base)
        };
        self.ended(status, base)
    }

    /// What it means that nothing caught a value.
    fn uncaught(&mut self, value: Value, mut calls: CallStack) -> Failure {
        let names = self.error_names;
        let held = self.root(value);
        let error = value.as_instance().filter(|instance| instance.class(&self.heap).is_error());
        let kind = error.and_then(|error| error.get(&mut self.heap, names.kind));
        let line = error.and_then(|error| error.get(&mut self.heap, names.line)).and_then(Value::as_int);
        let thrown_at = calls.inner.first().map(|call| i64::from(call.source.line(call.span.start)));
        calls.first_thrown = line.filter(|&line| Some(line) != thrown_at);
        // What the program has left may be no room at all.
        let (kind, message) = self.heap.without_limit(|heap| {
            (kind.map(|kind| text_of(kind, heap).unwrap_or_default().into()), text_of(value, heap))
        });
        let message = message.unwrap_or_else(|_| self.text_by_program(value));
        Failure::Uncaught { message, kind, value: Some(held), calls }
    }

    /// The text of a value that a `to_string` of the program makes. No run is under way.
    fn text_by_program(&mut self, value: Value) -> String {
        let base = self.stack.start().wrapping_add(FRAME_LINK);
        let Some(function) = self.builtin_values[builtins::TEXT as usize].as_closure() else { return String::new() };
        self.depth.forget();
        // SAFETY: as in `run_main`; the function has one parameter.
        let status = unsafe {
            *base.sub(2) = Value(interp::root_return() as u64);
            *base.sub(1) = function.value();
            *base = value;
            interp::run(self, function.code().add(1), base)
        };
        if status != Status::HALTED {
            self.thrown = None;
            return "an error whose text cannot be had: its `to_string` throws".into();
        }
        // SAFETY: the root frame's result lies where its window began.
        let text = unsafe { *base.sub(2) };
        text_of(text, &self.heap).unwrap_or_default()
    }

    /// Compiles and runs the builtins that are written in Pseudocode, and takes their values. Not before a program uses
    /// one: most do not, and it takes as long as starting all else.
    fn load_prelude(&mut self) {
        let mut names = TopLevel::default();
        let options = CompileOptions { internal_builtins: true, ..self.compile_options };
        let main = match self.compile_as(Source::new("prelude", builtins::PRELUDE), options, &mut names) {
            Ok(main) => main,
            Err(errors) => unreachable!("the prelude does not compile:\n{}", errors.render(false)),
        };
        if let Err(failure) = self.run_main(main) {
            unreachable!("the prelude does not run: {failure:?}");
        }
        for (index, info) in builtins::all() {
            if matches!(info.body, Body::Prelude) {
                let slot = names.find(info.name).expect("the prelude defines it");
                let value = self.globals.values()[slot as usize];
                self.builtin_values[index as usize] = value;
            }
        }
        self.prelude_loaded = true;
    }

    /// Native stack, in bytes, that the interpreter had taken at the end of the last run. In an optimised build without
    /// debug assertions it does not depend on how long the program ran.
    pub fn native_depth(&self) -> usize {
        self.native_depth
    }

    /// The names that a program compiled next would see: what was defined and imported at the top level so far.
    pub fn top_level(&self) -> &TopLevel {
        &self.top_level
    }

    /// The function of a number ([`Proto::id`]).
    pub fn proto(&self, id: u32) -> &Proto {
        // SAFETY: prototypes live as long as the machine.
        unsafe { &*self.protos[id as usize] }
    }

    /// Number of functions compiled so far.
    pub fn proto_count(&self) -> u32 {
        self.protos.len() as u32
    }

    /// One past the last word of the register stack.
    pub fn stack_end(&self) -> *const Value {
        self.stack.end()
    }

    /// Frames must end here or below.
    pub fn stack_limit(&self) -> *mut Value {
        self.stack_limit
    }

    /// The address of global 0.
    #[inline(always)]
    pub fn globals_base(&self) -> *mut Value {
        self.globals_base
    }

    /// A builtin as a value.
    pub fn builtin_value(&mut self, index: u16) -> Value {
        let known = self.builtin_values[index as usize];
        if known.is_undef() { self.heap.builtin(index) } else { known }
    }

    /// The closure of the function that initialises a new instance.
    #[inline(never)]
    pub(crate) fn constructor(&mut self, layout: Layout) -> Value {
        let recent = (layout.arguments + 4 * layout.initialisers + usize::from(layout.init)) % RECENT_CONSTRUCTORS;
        if let Some((known, closure)) = self.recent_constructors[recent]
            && known == layout
        {
            // SAFETY: constructors are kept in boxes of their own as long as the machine lives.
            return unsafe { *closure };
        }
        if let Some(closure) = self.constructors.get(&layout) {
            self.recent_constructors[recent] = Some((layout, &raw const **closure));
            return **closure;
        }
        let proto = layout.function(self.proto_count());
        self.register(&proto);
        let closure = self.heap.closure(&proto, &[]);
        self.mains.push(proto);
        self.constructors.insert(layout, Box::new(closure));
        closure
    }

    /// What calling a class with so many arguments comes to. None if no such call has been made yet.
    pub fn construction(&self, class: ClassRef, arguments: usize) -> Option<Construction<'_>> {
        let (init, initialisers) = (class.method_place(self.init_name), class.initialisers());
        let layout = Layout { arguments, initialisers: initialisers.len(), init: init.is_some() };
        let constructor = self.constructors.get(&layout).map(|closure| &**closure);
        let is_call = init.is_some() || !initialisers.is_empty();
        (constructor.is_some() || !is_call).then_some(Construction { layout, constructor, init, initialisers })
    }

    /// Calls a builtin that is written in Rust.
    ///
    /// # Errors
    ///
    /// What the builtin throws, or kind `arity`.
    pub fn call_builtin(&mut self, index: u16, arguments: &[Value]) -> Result<Value, Thrown> {
        let info = builtins::info(index).expect("builtins are named by their index");
        info.check_arity(arguments.len())?;
        match info.body {
            Body::Native(native) => native(self, arguments),
            Body::Prelude | Body::Constant(_) | Body::IntConstant(_) | Body::Error => {
                unreachable!("{} is called as something else", info.name)
            }
        }
    }
}

/// Whether a function, or one nested in it, uses a builtin that is written in Pseudocode.
fn needs_prelude(proto: &Proto) -> bool {
    let is_prelude = |index: u16| builtins::info(index).is_some_and(|info| matches!(info.body, Body::Prelude));
    let loads = |at: usize| {
        let word = proto.word(at);
        word.op() == Op::LoadBuiltin && is_prelude(word.x() as u16)
    };
    // The texts of objects are made by the prelude.
    let makes_text = |class: &ClassInfo| class.has_text;
    proto.classes.iter().any(makes_text)
        || proto.sites.iter().filter_map(|site| site.builtin).any(is_prelude)
        || (0..proto.len()).any(loads)
        || proto.protos.iter().any(|nested| needs_prelude(nested))
}

impl std::fmt::Debug for Vm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vm").field("globals", &self.globals).finish_non_exhaustive()
    }
}

impl Word {
    /// A call whose window begins at register 0.
    pub(crate) const CALL_AT_0: Word = Word(Op::Call as u64);
}
