//! Running a program in a given mode: the one place that knows how the virtual machine is reached.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How a program is run. `Mode::default()` is the interpreter alone: what the others are held to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mode {
    /// Traces are recorded and compiled.
    pub jit: bool,
    /// Rounds after which a loop is hot, if not the usual number.
    pub hotloop: Option<u32>,
    /// Passes that are switched off.
    pub passes_off: Vec<String>,
    /// Every n-th guard fails, whatever it guards.
    pub force_exits: Option<u32>,
}

impl Mode {
    /// The mode as options of the `pseudo` command.
    pub fn options(&self) -> Vec<String> {
        if !self.jit {
            return vec!["--jit".to_owned(), "off".to_owned()];
        }
        let mut options = Vec::new();
        if let Some(rounds) = self.hotloop {
            options.push(format!("--hotloop={rounds}"));
        }
        options.extend(self.passes_off.iter().map(|pass| format!("--no-pass={pass}")));
        if let Some(n) = self.force_exits {
            options.push(format!("--force-exits={n}"));
        }
        options
    }

    /// The mode in a word or two, for reports.
    pub fn name(&self) -> String {
        if self.jit {
            format!("jit {}", self.options().join(" ")).trim_end().to_owned()
        } else {
            "interpreter".to_owned()
        }
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

/// How long a program may take. Generated programs take milliseconds.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Runs a program with the `pseudo` command that was built beside this one.
pub fn run_program(source: &str, mode: &Mode) -> Outcome {
    match run_command(source, mode) {
        Ok(outcome) => outcome,
        Err(error) => {
            Outcome { stdout: String::new(), error: format!("cannot run pseudo: {error}"), status: Status::Crashed }
        }
    }
}

/// Where the `pseudo` command is.
pub fn command_path() -> std::io::Result<PathBuf> {
    let mut path = std::env::current_exe()?;
    path.set_file_name(format!("pseudo{}", std::env::consts::EXE_SUFFIX));
    Ok(path)
}

fn run_command(source: &str, mode: &Mode) -> std::io::Result<Outcome> {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    let base = std::env::temp_dir().join(format!("pseudo-fuzz-{}-{run}", std::process::id()));
    std::fs::create_dir_all(&base)?;
    // A fixed name, because it stands in error reports.
    let file = base.join("program.pseudo");
    std::fs::File::create(&file)?.write_all(source.as_bytes())?;
    let (out, err) = (base.join("out"), base.join("err"));
    let mut child = Command::new(command_path()?)
        .args(mode.options())
        .arg("program.pseudo")
        .current_dir(&base)
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
    let outcome = Outcome { stdout: text(&out)?, error: text(&err)?, status: judge(status) };
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
