//! Pseudocode with its just-in-time compiler, as a library.
//!
//! [`Vm`] is for hosts that let others extend them in Pseudocode: see [`embed`]. [`Session`] is what the command, the tests, the
//! fuzzer and the benchmarks use: it runs programs as the command does, with exit statuses and messages.
//!
//! ```
//! use pseudo::{RunOptions, Session};
//! use pseudo_vm::syntax::source::Source;
//!
//! let mut session = Session::new(RunOptions { capture: true, ..RunOptions::default() }).unwrap();
//! let outcome = session.run(Source::new("example", "print(1 + 2)"));
//! assert_eq!((outcome.status, session.take_output()), (0, b"3\n".to_vec()));
//! ```

pub mod dump;
pub mod embed;
pub mod explain;
mod gdb;
pub mod limits;
mod listing;
mod machine_code;
mod perf;
pub mod profile;
pub mod repl;
mod report;
mod statistics;

use std::cell::RefCell;
use std::io::Write;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

pub use embed::{
    Config, Error, ErrorKind, FromValue, InterruptHandle, IntoArgs, IntoResult, IntoValue, NativeFunction, Object,
    Place, StackFrame, TraceEvent, Value, Vm,
};
pub use pseudo_codegen::engine::Tier;
use pseudo_codegen::engine::{Engine, Observer, PARAMS, Params};
use pseudo_trace::opt::{PASSES, PassSet};
use pseudo_vm::io::{Input, Output};
use pseudo_vm::loader::Loader;
use pseudo_vm::syntax::source::{Source, SourceError};
use pseudo_vm::vm::{Failure, Interrupter, Vm as Machine, VmOptions};

/// How programs are run.
#[derive(Default)]
pub struct RunOptions {
    /// What `args()` gives.
    pub args: Vec<String>,
    /// What compiles the program.
    pub tier: Tier,
    /// Parameters of the compiler.
    pub params: Params,
    /// Optimisation passes that run.
    pub passes: PassSet,
    /// Whether messages are coloured.
    pub colour: bool,
    /// The trace dump that is wanted; `None`: there is none.
    pub dump: Option<dump::Request>,
    /// Whether `perf` is told of machine code, in `/tmp/perf-PID.map` and `/tmp/jit-PID.dump`.
    pub perf: bool,
    /// Whether debuggers are told of it.
    pub gdb: bool,
    /// What is to be made of a profile; `None`: none is taken. One machine of a process can be profiled at a time, on the
    /// thread that has made it.
    pub profile: Option<profile::Wishes>,
    /// Who else is told of what the compiler does; nobody, if there is a dump.
    pub observer: Option<Box<dyn Observer>>,
    /// Whether it is measured where time goes, and counted how look-ups fare, for [`Session::statistics`].
    pub timed: bool,
    /// Whether what the program prints is kept for [`Session::take_output`] instead of going to standard output.
    pub capture: bool,
    /// Where what the program prints goes instead, line by line.
    pub stream: Option<Box<dyn Write>>,
    /// What `input` reads, instead of standard input.
    pub input: Option<Vec<u8>>,
    /// Bytes that the program's objects may take; `None`: four fifths of what the process can have.
    pub max_memory: Option<usize>,
    /// How deep calls that are not tail calls may be nested; `None`: as deep as the stack reaches, at least 200,000.
    pub max_depth: Option<u32>,
    /// How long a program may run until it gets an error, and then again; `None`: for ever.
    pub max_time: Option<Duration>,
    /// The folder whose files are all of the system that the program may use; `None`: everything.
    pub sandbox: Option<PathBuf>,
    /// Where imported files come from; `None`: the system, or the folder of the sandbox.
    pub loader: Option<Box<dyn Loader>>,
}

/// Status for what is wrong with the command line, the source text, or a name in it.
pub const STATUS_BAD_SOURCE: u8 = 2;

/// Status of a program that was interrupted: what a shell reports of one that Ctrl-C ended.
pub const STATUS_INTERRUPTED: u8 = 128 + 2;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The process's exit status.
    pub status: u8,
    /// What is to be written to standard error: nothing, or why the program did not run to its end.
    pub message: String,
}

/// What came of an entry at a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluated {
    /// The value of its last statement, if that is an expression that is not nil, as it stands inside containers.
    pub value: Option<String>,
    /// What is to be shown besides: nothing, or why it did not run to its end.
    pub message: String,
    /// Whether it is not finished: nothing was run.
    pub incomplete: bool,
    /// The status, if it has called `exit`.
    pub exit: Option<u8>,
}

/// A machine with its compiler.
pub struct Session {
    vm: Box<Machine>,
    engine: Option<SharedEngine>,
    profile: Option<Profiling>,
    settings: Settings,
    colour: bool,
    dumping: bool,
}

/// A profile that is taken.
struct Profiling {
    /// Who takes it: there is one if nothing is compiled as well.
    engine: SharedEngine,
    wishes: profile::Wishes,
}

/// How the compiler was set up.
struct Settings {
    tier: Tier,
    params: Params,
    passes: PassSet,
}

impl Settings {
    /// What a dump begins with.
    fn begin(&self) -> dump::record::Record {
        let (name, _) = Tier::ALL.into_iter().find(|(_, tier)| *tier == self.tier).expect("a tier");
        dump::record::Record::Begin {
            version: dump::record::VERSION,
            pseudo: env!("CARGO_PKG_VERSION"),
            tier: name,
            params: self.params.changed(),
            passes: (0..).zip(PASSES).filter(|(at, _)| self.passes.contains(*at)).map(|(_, pass)| pass.name).collect(),
        }
    }
}

/// Words, of 8 bytes, of the register stack for the parameter `stack`.
fn stack_words(kib: u32) -> usize {
    if kib == 0 { VmOptions::default().stack_words } else { kib.max(64) as usize * 128 }
}

/// The engine is the machine's while it runs, and ours to look at afterwards.
type SharedEngine = Rc<RefCell<Engine>>;

impl Session {
    /// A machine that is ready to run programs, one after another.
    ///
    /// # Errors
    ///
    /// If the operating system gives no memory for it, or the folder of the sandbox is none.
    pub fn new(options: RunOptions) -> std::io::Result<Session> {
        let mut vm = Machine::new(&VmOptions {
            args: options.args,
            hot_loop: options.params.first_rounds(options.tier),
            hot_call: options.params.first_calls(options.tier),
            gc_stress: options.params.gcstress,
            stack_words: stack_words(options.params.stack),
            small_nursery: options.params.nursery as usize * 1024,
            guard_arrays: options.params.arrayguard,
            max_memory: options.max_memory,
            max_depth: options.max_depth,
            max_time: options.max_time,
        })?;
        if options.capture {
            vm.output = Output::memory();
        }
        if let Some(stream) = options.stream {
            vm.output = Output::stream(stream);
        }
        if let Some(folder) = &options.sandbox {
            vm.confine(folder)?;
        }
        if let Some(loader) = options.loader {
            vm.loader = loader;
        }
        if let Some(bytes) = options.input {
            vm.input = Input::memory(bytes);
        }
        let perf = if options.perf { Some(Box::new(perf::Perf::new()?)) } else { None };
        let compiles = options.tier != Tier::Interp;
        let settings = Settings { tier: options.tier, params: options.params.clone(), passes: options.passes };
        let events = dump::Events::if_wanted(&|| settings.begin());
        let dumping = options.dump.is_some() || options.observer.is_some() || events.is_some();
        let mut params = options.params;
        if (options.dump.is_some() || events.is_some()) && params.warmup == Params::default().warmup {
            // Whoever looks at code wants to see that of short programs, too.
            params.warmup = 0;
        }
        let engine = (compiles || options.profile.is_some()).then(|| {
            let dump = |request| Box::new(dump::Dump::new(request, settings.begin())) as Box<dyn Observer>;
            let observer = options.dump.map(dump).or(options.observer);
            let mut engine = Engine::new(params, options.passes, observer);
            engine.set_tier(options.tier);
            if let Some(perf) = perf {
                engine.add_observer(perf);
            }
            if options.gdb {
                engine.add_observer(Box::new(gdb::Gdb::default()));
            }
            if let Some(events) = events {
                engine.add_observer(Box::new(events));
            }
            if options.timed {
                engine.measure_time();
            }
            Rc::new(RefCell::new(engine))
        });
        if options.timed {
            vm.count_lookups();
        }
        if let Some(engine) = &engine {
            vm.attach(Box::new(engine.clone()));
            if options.tier.has_methods() {
                vm.run_native();
            }
        }
        let profile = match (&engine, options.profile) {
            (Some(engine), Some(wishes)) => {
                engine.borrow_mut().profile(&vm, wishes.hertz)?;
                Some(Profiling { engine: engine.clone(), wishes })
            }
            _ => None,
        };
        let engine = engine.filter(|_| compiles);
        Ok(Session { vm, engine, profile, settings, colour: options.colour, dumping })
    }

    /// Compiles and runs a program.
    pub fn run(&mut self, source: Source) -> Outcome {
        if let Some(profile) = &self.profile {
            profile.engine.borrow_mut().begin_profile();
        }
        let ended = self.vm.run(source);
        if let Some(profile) = &self.profile {
            profile.engine.borrow_mut().end_profile(&self.vm);
        }
        let outcome = match ended {
            Ok(()) => Outcome { status: 0, message: String::new() },
            Err(Failure::Exit(status)) => Outcome { status, message: String::new() },
            Err(failure) => Outcome {
                status: match failure {
                    Failure::Compile(_) => STATUS_BAD_SOURCE,
                    Failure::Interrupted { .. } => STATUS_INTERRUPTED,
                    Failure::Uncaught { .. } | Failure::Exit(_) => 1,
                },
                message: report::failure(&failure, self.colour),
            },
        };
        if self.dumping
            && let Some(engine) = &self.engine
        {
            let mut engine = engine.borrow_mut();
            engine.tell_end(&self.vm);
        }
        outcome
    }

    /// The bytecode of a program, without running it.
    ///
    /// # Errors
    ///
    /// The messages, if it has errors.
    pub fn bytecode(&mut self, source: Source) -> Result<String, String> {
        match self.vm.compile(source) {
            Ok(main) => Ok(listing::function(&self.vm, main)),
            Err(failure) => Err(report::failure(&failure, self.colour)),
        }
    }

    /// Runs what was typed at a prompt. It sees what earlier entries have declared.
    pub fn evaluate(&mut self, source: Source) -> Evaluated {
        self.vm.forget_interrupt();
        let mut done = Evaluated { value: None, message: String::new(), incomplete: false, exit: None };
        match self.vm.evaluate(source) {
            Ok(value) => done.value = value,
            Err(Failure::Exit(status)) => done.exit = Some(status),
            Err(Failure::Compile(errors)) if errors.incomplete => done.incomplete = true,
            Err(failure) => done.message = report::failure(&failure, self.colour),
        }
        done
    }

    /// The bytecode of what was typed at a prompt, which declares nothing.
    ///
    /// # Errors
    ///
    /// The messages, if it has errors.
    pub fn bytecode_aside(&mut self, source: Source) -> Result<String, String> {
        match self.vm.compile_aside(source) {
            Ok(main) => Ok(listing::function(&self.vm, main)),
            Err(failure) => Err(report::failure(&failure, self.colour)),
        }
    }

    /// Shows every trace from now on, or no more. False if nothing is compiled.
    pub fn set_trace_dump(&mut self, request: Option<dump::Request>) -> bool {
        let Some(engine) = &self.engine else { return false };
        let dump = |request| Box::new(dump::Dump::new(request, self.settings.begin())) as Box<dyn Observer>;
        let observer = request.map(dump);
        engine.borrow_mut().set_observer(observer);
        true
    }

    /// The names that entries at a prompt have declared, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.vm.top_level().names().map(str::to_string).collect();
        names.sort();
        names
    }

    /// The fields, methods, statics or members of what a global holds.
    pub fn members(&self, global: &str) -> Vec<String> {
        self.vm.members_of_global(global)
    }

    /// Something that can stop the program from outside.
    pub fn interrupter(&self) -> Interrupter {
        self.vm.interrupter()
    }

    /// Native stack, in bytes, that the interpreter had taken at the end of the last run.
    pub fn native_depth(&self) -> usize {
        self.vm.native_depth()
    }

    /// The machine, to be looked at when a program has ended.
    pub fn vm(&self) -> &Machine {
        &self.vm
    }

    /// What the program has printed, if that is captured.
    pub fn take_output(&mut self) -> Vec<u8> {
        self.vm.output.take()
    }

    /// What the compiler did, as text.
    pub fn statistics(&self) -> String {
        match &self.engine {
            Some(engine) => engine.borrow().stats(&self.vm).text(),
            None => "the compiler is off\n".to_string(),
        }
    }

    /// The same as JSON: one object, keys as `docs/statistics.md` has them.
    pub fn statistics_json(&self) -> String {
        let mut text = statistics::json(&self.vm, self.stats().as_ref()).to_string();
        text.push('\n');
        text
    }

    /// The profile that was taken: its table, and the files that were asked for are written. `None` if none was.
    ///
    /// # Errors
    ///
    /// Which file cannot be written, in words.
    pub fn write_profile(&self) -> Option<Result<String, String>> {
        let Profiling { engine, wishes } = self.profile.as_ref()?;
        let profile = engine.borrow().profile_so_far()?;
        Some(profile::write(&self.vm, &profile, wishes))
    }

    /// What the compiler did; `None` if it is off.
    pub fn stats(&self) -> Option<pseudo_codegen::engine::Stats> {
        self.engine.as_ref().map(|engine| engine.borrow().stats(&self.vm))
    }

    /// Number of guards in all code that was compiled: what `forceexit` counts to.
    pub fn guards(&self) -> u32 {
        self.engine.as_ref().map_or(0, |engine| engine.borrow().guards())
    }
}

/// A program from a file's bytes.
///
/// # Errors
///
/// Where in the file the bytes are no text, in words.
pub fn read_source(name: &str, bytes: &[u8]) -> Result<Source, String> {
    Source::from_bytes(name, bytes).map_err(|error| match error {
        SourceError::InvalidUtf8 { offset } => {
            let before = String::from_utf8_lossy(&bytes[..offset]);
            let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
            let (line, column) = (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1);
            format!("{name}:{line}:{column}: {error}")
        }
        SourceError::TooLong { .. } => format!("{name}: {error}"),
    })
}

/// The parameters, one a line, for `--help`.
pub fn params_help() -> String {
    PARAMS.iter().map(|info| format!("  {:<12}{:>6}  {}\n", info.name, info.default, info.meaning)).collect()
}

/// The passes, one a line, for `--help`.
pub fn passes_help() -> String {
    PASSES.iter().map(|pass| format!("  {:<12}{}\n", pass.name, pass.about)).collect()
}

/// The parts of a trace dump, one a line, for `--help`.
pub fn parts_help() -> String {
    let line = |(_, name, about): &(dump::Part, &str, &str)| format!("  {name:<12}{about}\n");
    dump::Part::ALL.iter().map(line).collect::<String>()
        + "  all         all of these\n  json        everything, one event a line, for programs\n  html        everything, as one page for a browser\n"
}
