//! Running a program in a given mode: the one place that knows how the virtual machine is reached.
//!
//! Each run has a machine of its own, in this process and on one thread: to start a process, or to hand a program to another
//! thread, takes longer than many a run. What takes the process down (a wild jump of compiled code) is looked into with the `pseudo` command, a process a run.

use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use pseudo::{RunOptions, Session, Tier};
use pseudo_trace::opt::PassSet;
use pseudo_vm::syntax::source::Source;
use pseudo_vm::vm::Interrupter;

use crate::globals;
use crate::seen::{Seen, Watcher};

/// The parameter that says how large the stack is: what an overflow of it reports depends on it in every mode.
const STACK: &str = "stack=";
/// A stack that overflows soon: to unwind a million frames takes a hundred times as long as to run the rest of a program, and
/// shows no more than some thousands do.
pub const SMALL_STACK: &str = "stack=512";

/// How a program is run. `Mode::default()` is the interpreter alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mode {
    /// What compiles.
    pub tier: Tier,
    /// Parameters of the compiler, as `--param` takes them.
    pub params: Vec<String>,
    /// Passes that run, as `--passes` takes them; all, if it is empty.
    pub passes: String,
}

impl Default for Mode {
    fn default() -> Mode {
        Mode { tier: Tier::Interp, params: Vec::new(), passes: String::new() }
    }
}

impl Mode {
    /// A mode that compiles, with these parameters, a space between two.
    pub fn jit(params: &str) -> Mode {
        Mode { tier: Tier::Auto, params: params.split_whitespace().map(str::to_owned).collect(), passes: String::new() }
    }

    /// The mode as options of the `pseudo` command.
    pub fn options(&self) -> Vec<String> {
        let mut options = Vec::new();
        let (tier, _) = Tier::ALL.into_iter().find(|(_, tier)| *tier == self.tier).expect("every tier has a name");
        if self.tier != Tier::Auto {
            options.push(format!("--tier={tier}"));
        }
        options.extend(self.params.iter().map(|param| format!("--param={param}")));
        if !self.passes.is_empty() {
            options.push(format!("--passes={}", self.passes));
        }
        options
    }

    /// The mode in a word or two, for reports.
    pub fn name(&self) -> String {
        match (self.tier, self.options()) {
            _ if *self == self.reference() => "interpreter".to_owned(),
            (_, options) if options.is_empty() => "default".to_owned(),
            (_, options) => options.join(" "),
        }
    }

    /// The mode that options of the `pseudo` command stand for.
    ///
    /// # Errors
    ///
    /// Names the first word that is no option of this kind.
    pub fn parse(options: &str) -> Result<Mode, String> {
        let mut mode = Mode::jit("");
        for option in options.split_whitespace() {
            let unknown = || format!("`{option}` is not --tier=..., --param=... or --passes=...");
            let (name, value) = option.split_once('=').ok_or_else(unknown)?;
            match name {
                "--tier" => {
                    let tier = Tier::ALL.into_iter().find(|(tier, _)| *tier == value).ok_or_else(unknown)?;
                    mode.tier = tier.1;
                }
                "--param" => mode.params.push(value.to_owned()),
                "--passes" => mode.passes = value.to_owned(),
                _ => return Err(unknown()),
            }
        }
        mode.run_options().map(|_| mode)
    }

    /// What this mode is held to: the interpreter alone, with as large a stack.
    pub fn reference(&self) -> Mode {
        let params = self.params.iter().filter(|param| param.starts_with(STACK)).cloned().collect();
        Mode { params, ..Mode::default() }
    }

    /// Whether all is as it is for users, but for the size of the stack and the time until something is compiled.
    pub fn is_as_shipped(&self) -> bool {
        let Mode { tier, params, passes } = self;
        *tier == Tier::Auto
            && passes.is_empty()
            && params.iter().all(|param| param.starts_with(STACK) || param == "warmup=0")
    }

    /// The mode with one parameter more, which overrides an earlier one of that name.
    pub fn with(&self, param: String) -> Mode {
        let mut mode = self.clone();
        mode.params.push(param);
        mode
    }

    pub(crate) fn run_options(&self) -> Result<RunOptions, String> {
        let mut options = RunOptions {
            tier: self.tier,
            capture: true,
            input: Some(Vec::new()),
            max_memory: Some(MEMORY),
            ..RunOptions::default()
        };
        for param in &self.params {
            options.params.set(param)?;
        }
        if !self.passes.is_empty() {
            options.passes = PassSet::parse(&self.passes).map_err(|unknown| unknown.to_string())?;
        }
        Ok(options)
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// With this exit status: 0, 1 after an uncaught error, 2 for a bad source.
    Exited(i32),
    /// Killed by a signal or by a panic: always a bug.
    Crashed,
    /// Still running after the time a program may take.
    TimedOut,
}

/// What a run showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub stdout: String,
    /// The report of an uncaught error, or nothing.
    pub error: String,
    pub status: Status,
    /// What its globals hold at the end, where that can be seen.
    pub globals: String,
    /// Number of guards in code that was compiled.
    pub guards: u32,
    /// What it has reached.
    pub seen: Seen,
}

impl Outcome {
    /// A run that ended like this, of which nothing else is known.
    pub fn new(stdout: String, error: String, status: Status) -> Outcome {
        Outcome { stdout, error, status, globals: String::new(), guards: 0, seen: Seen::default() }
    }

    fn crash(why: String) -> Outcome {
        Outcome::new(String::new(), why, Status::Crashed)
    }
}

/// What can run programs.
pub trait Engine {
    /// Runs a program in a mode.
    fn run(&self, source: &str, mode: &Mode) -> Outcome;
}

impl<F: Fn(&str, &Mode) -> Outcome> Engine for F {
    fn run(&self, source: &str, mode: &Mode) -> Outcome {
        self(source, mode)
    }
}

/// How long a program may take. Generated programs take milliseconds, but the machine may be busy.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Time between two looks at whether one takes longer.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// Bytes that a program's objects may take. Generated programs need a few MB; to find out how much there is takes longer than
/// many a program.
const MEMORY: usize = 1 << 30;

/// What programs are called in messages.
const PROGRAM_NAME: &str = "program.pseudo";

/// Runs programs in this process, on the thread that asks for it.
#[derive(Default)]
pub struct InProcess {
    watchdog: OnceLock<Watchdog>,
}

/// A thread that stops a run that takes too long.
struct Watchdog {
    watched: Arc<Mutex<Watched>>,
}

/// What runs now.
#[derive(Default)]
struct Watched {
    /// When it has run for too long, and what can stop it.
    run: Option<(Instant, Interrupter)>,
    /// Whether it was stopped.
    stopped: bool,
    /// Whether nothing will run any more.
    done: bool,
}

impl Watchdog {
    fn start() -> Watchdog {
        let watched = Arc::<Mutex<Watched>>::default();
        let watch = watched.clone();
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(BETWEEN_LOOKS);
                let mut watched = watch.lock().unwrap_or_else(PoisonError::into_inner);
                if watched.done {
                    return;
                }
                let Some((deadline, interrupter)) = &watched.run else { continue };
                let late = Instant::now().saturating_duration_since(*deadline);
                if late > TIME_LIMIT {
                    // It was told to stop, and goes on: code that never looks whether it is to.
                    eprintln!("a program does not stop; it is in the folder of failures");
                    std::process::abort();
                }
                if !late.is_zero() {
                    interrupter.interrupt();
                    watched.stopped = true;
                }
            }
        });
        Watchdog { watched }
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.watched().done = true;
    }
}

impl Engine for InProcess {
    /// A panic is a crash, with its message. A run that takes too long is interrupted.
    fn run(&self, source: &str, mode: &Mode) -> Outcome {
        let watchdog = self.watchdog.get_or_init(Watchdog::start);
        let run = || {
            run_session(source, mode, |interrupter| {
                watchdog.watched().run = Some((Instant::now() + TIME_LIMIT, interrupter));
            })
        };
        let outcome = panic::catch_unwind(AssertUnwindSafe(run));
        let mut watched = watchdog.watched();
        watched.run = None;
        if std::mem::take(&mut watched.stopped) {
            return Outcome::new(String::new(), String::new(), Status::TimedOut);
        }
        outcome.unwrap_or_else(|payload| {
            let text = payload.downcast_ref::<String>().cloned();
            let text = text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Outcome::crash(format!("panicked: {}", text.unwrap_or_default()))
        })
    }
}

fn run_session(source: &str, mode: &Mode, begins: impl FnOnce(Interrupter)) -> Outcome {
    let mut options = match mode.run_options() {
        Ok(options) => options,
        Err(message) => return Outcome::crash(message),
    };
    let watcher = Watcher::default();
    options.observer = Some(Box::new(watcher.clone()));
    let mut session = match Session::new(options) {
        Ok(session) => session,
        Err(error) => return Outcome::crash(format!("cannot get memory for the machine: {error}")),
    };
    begins(session.interrupter());
    let ended = session.run(Source::new(PROGRAM_NAME, source));
    let mut seen = watcher.0.take();
    // Compiled code patches it.
    seen.note_bytecode(session.vm());
    seen.note_statistics(&session, mode.tier, mode.is_as_shipped());
    Outcome {
        stdout: String::from_utf8_lossy(&session.take_output()).into_owned(),
        error: ended.message,
        status: Status::Exited(i32::from(ended.status)),
        globals: globals::text(session.vm()),
        guards: session.guards(),
        seen,
    }
}

/// Runs a program with the `pseudo` command that was built beside this one.
pub fn run_command(source: &str, mode: &Mode) -> Outcome {
    try_command(source, mode).unwrap_or_else(|error| Outcome::crash(format!("cannot run pseudo: {error}")))
}

/// Where the `pseudo` command is.
pub fn command_path() -> std::io::Result<PathBuf> {
    let mut path = std::env::current_exe()?;
    path.set_file_name(format!("pseudo{}", std::env::consts::EXE_SUFFIX));
    Ok(path)
}

fn try_command(source: &str, mode: &Mode) -> std::io::Result<Outcome> {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    let base = std::env::temp_dir().join(format!("pseudo-fuzz-{}-{run}", std::process::id()));
    std::fs::create_dir_all(&base)?;
    std::fs::write(base.join(PROGRAM_NAME), source)?;
    let (out, err) = (base.join("out"), base.join("err"));
    let mut child = Command::new(command_path()?)
        .args(mode.options())
        .arg(PROGRAM_NAME)
        .current_dir(&base)
        // To read what belongs to addresses takes a hundred times as long as the program.
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(&out)?)
        .stderr(std::fs::File::create(&err)?)
        .spawn()?;
    let started = Instant::now();
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status.code().map_or(Status::Crashed, Status::Exited),
            None if started.elapsed() > TIME_LIMIT => {
                child.kill()?;
                child.wait()?;
                break Status::TimedOut;
            }
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    let text = |path| std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let outcome = Outcome::new(text(&out)?, text(&err)?, judge(status));
    std::fs::remove_dir_all(&base)?;
    Ok(outcome)
}

/// A panic ends the process with a status no program gives itself here.
fn judge(status: Status) -> Status {
    match status {
        Status::Exited(code) if !(0..=2).contains(&code) => Status::Crashed,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_shows_output_errors_and_status() {
        let outcome = InProcess::default().run("print(1)\nprint(1 div 0)", &Mode::jit("hotloop=1"));
        assert_eq!((outcome.stdout.as_str(), outcome.status), ("1\n", Status::Exited(1)));
        assert!(outcome.error.contains("program.pseudo:2"), "{}", outcome.error);
    }

    #[test]
    fn a_mode_that_is_none_is_no_agreement() {
        assert_eq!(InProcess::default().run("", &Mode::jit("nosuch=1")).status, Status::Crashed);
    }

    #[test]
    fn modes_read_like_command_lines() {
        let mode = Mode { passes: "-licm".to_owned(), ..Mode::jit("hotloop=1 verify=1") };
        assert_eq!(mode.name(), "--param=hotloop=1 --param=verify=1 --passes=-licm");
        assert_eq!((Mode::default().name(), Mode::jit("").name()), ("interpreter".to_owned(), "default".to_owned()));
    }

    #[test]
    fn a_mode_is_held_to_an_interpreter_with_its_stack() {
        let mode = Mode::jit("hotloop=1").with(SMALL_STACK.to_owned());
        assert_eq!(mode.reference(), Mode::default().with(SMALL_STACK.to_owned()));
        assert_eq!(mode.reference().name(), "interpreter");
        assert!(!mode.is_as_shipped() && Mode::jit(SMALL_STACK).is_as_shipped());
        let overflow = "fn f(n) return 1 + f(n + 1) end\nf(0)";
        let engine = InProcess::default();
        let (small, large) = (engine.run(overflow, &mode.reference()), engine.run(overflow, &Mode::default()));
        assert_ne!(small.error, large.error);
        assert_eq!(small.error, engine.run(overflow, &mode).error);
    }

    #[test]
    fn modes_are_read_as_they_are_written() {
        let mode = Mode { passes: "-licm,-cse".to_owned(), tier: Tier::Method, ..Mode::jit("hotloop=1 verify=1") };
        assert_eq!(Mode::parse(&mode.options().join(" ")), Ok(mode));
        assert!(Mode::parse("--tier=fast").is_err() && Mode::parse("--param=x=1").is_err());
    }
}
