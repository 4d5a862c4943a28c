//! `pseudo-fuzz`: writes random programs, runs each in several modes, keeps those that behave differently.
#![forbid(unsafe_code)]

use clap::Parser;
use pseudo_fuzz::campaign::{self, Plan, Shard};
use pseudo_fuzz::engine::{self, InProcess, Mode};
use pseudo_fuzz::{generate, modes, rng};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// Looks for programs that behave differently compiled and interpreted.
///
/// Ends with status 0 if there are none, 1 if there are, 2 if it could not be looked for.
#[derive(Parser)]
#[command(name = "pseudo-fuzz", version)]
struct Options {
    /// Stop after this many seconds
    #[arg(long, value_name = "N", conflicts_with = "programs")]
    seconds: Option<u64>,
    /// Stop after this many programs (1000 if neither limit is given)
    #[arg(long, value_name = "N")]
    programs: Option<u64>,
    /// Where the sequence of programs begins
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Take every N-th program, from the I-th on, counted from 0: for N processes that share the work
    #[arg(long, value_name = "I/N", default_value = "0/1", value_parser = Shard::parse)]
    shard: Shard,
    /// Report at the end by how many programs each thing was reached, not only what was reached by none
    #[arg(long)]
    report: bool,
    /// Look at this program only, in many modes, with a process for each run: for programs that take the fuzzer down
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seconds", "programs", "save"])]
    check: Option<PathBuf>,
    /// Look at it in this process, which also compares globals and has the evaluator run its traces
    #[arg(long, requires = "check")]
    here: bool,
    /// Look at it in this mode only: options of the pseudo command
    #[arg(long, value_name = "OPTIONS", requires = "check", value_parser = Mode::parse, allow_hyphen_values = true)]
    mode: Option<Mode>,
    /// Write the programs to this folder instead of running them
    #[arg(long, value_name = "FOLDER")]
    save: Option<PathBuf>,
    /// Runs to spend on making a failing program smaller
    #[arg(long, value_name = "N", default_value_t = 2000)]
    minimise_tries: usize,
    /// Run the programs in this process, from this number on
    #[arg(long, value_name = "N", hide = true)]
    worker: Option<u64>,
}

/// Bytes of native stack.
const NATIVE_STACK: usize = 64 << 20;

/// Modes that a single program is looked at in.
const MODES_OF_CHECK: usize = 150;

fn main() -> ExitCode {
    let options = Options::parse();
    if options.check.is_some() && !engine::command_path().is_ok_and(|path| path.exists()) {
        eprintln!("there is no pseudo command beside this one: cargo build --release");
        return ExitCode::from(2);
    }
    let work = || match (&options.check, &options.save) {
        (Some(path), _) => check(&options, path),
        (None, Some(folder)) => save(&options, folder),
        (None, None) if options.worker.is_some() => run(&options),
        (None, None) => supervise(&options),
    };
    // The parser and the compiler recurse over the source.
    let failed = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(NATIVE_STACK).spawn_scoped(scope, work)?;
        thread.join().map_err(|_| std::io::Error::other("panicked"))?
    });
    match failed {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("pseudo-fuzz: {error}");
            ExitCode::from(2)
        }
    }
}

impl Options {
    fn programs(&self) -> u64 {
        self.programs.unwrap_or(if self.seconds.is_some() { u64::MAX } else { 1000 })
    }
}

fn plan(options: &Options) -> Plan {
    Plan {
        time: options.seconds.map_or(Duration::MAX, Duration::from_secs),
        programs: options.programs(),
        seed: options.seed,
        shard: options.shard,
        from: options.worker.unwrap_or_default(),
        minimise_tries: options.minimise_tries,
    }
}

/// Has another process run the programs. If one of them takes it down, it is looked into, and the next process goes on behind it.
/// Whether anything failed.
fn supervise(options: &Options) -> std::io::Result<bool> {
    let started = Instant::now();
    let mut plan = plan(options);
    let mut failed = false;
    loop {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--worker", &plan.from.to_string(), "--seed", &plan.seed.to_string()]);
        command.args(["--shard", &format!("{}/{}", plan.shard.index, plan.shard.count)]);
        command.args(["--minimise-tries", &plan.minimise_tries.to_string()]);
        command.args(options.report.then_some("--report"));
        let left = plan.time.saturating_sub(started.elapsed()).as_secs();
        match options.seconds {
            Some(_) => command.args(["--seconds", &left.to_string()]),
            None => command.args(["--programs", &plan.programs.to_string()]),
        };
        match command.status()?.code() {
            Some(0) => return Ok(failed),
            // It has said which.
            Some(1) => return Ok(true),
            Some(2) => return Err(std::io::Error::other("the programs could not be run")),
            _ => {}
        }
        let (number, path) = campaign::look_into_crash(&plan)?;
        match path {
            Some(path) => tell(&path),
            None => println!("failed: program {number} took the fuzzer down, which it does not by itself"),
        }
        failed = true;
        let from = number + plan.shard.count;
        plan.programs = plan.programs.saturating_sub((from - plan.from.max(plan.shard.index)) / plan.shard.count);
        plan.from = from;
    }
}

/// Names a failing program.
fn tell(path: &Path) {
    println!("failed: {} (and .txt beside it)", path.display());
}

fn run(options: &Options) -> std::io::Result<bool> {
    let started = Instant::now();
    let (tally, failed) = campaign::run(&plan(options))?;
    let seconds = started.elapsed().as_secs_f64();
    print!("{}", tally.report(options.report));
    println!(
        "{} programs in {seconds:.1} s from seed {}, {:.0} per second: {} failed",
        tally.programs,
        options.seed,
        tally.programs as f64 / seconds,
        tally.failures
    );
    failed.iter().for_each(|path| tell(path));
    Ok(!failed.is_empty())
}

fn save(options: &Options, folder: &Path) -> std::io::Result<bool> {
    std::fs::create_dir_all(folder)?;
    let numbers = (options.shard.index..).step_by(options.shard.count as usize);
    for number in numbers.take(options.programs() as usize) {
        let source = generate::program(campaign::program_seed(options.seed, number));
        std::fs::write(folder.join(format!("{number:06}.pseudo")), source)?;
    }
    Ok(false)
}

fn check(options: &Options, path: &Path) -> std::io::Result<bool> {
    let source = std::fs::read_to_string(path)?;
    let name = path.file_stem().map_or_else(|| "program".into(), |stem| stem.to_string_lossy());
    let modes: Vec<Mode> = match &options.mode {
        Some(mode) => vec![mode.clone()],
        None => {
            let mut rng = rng::Rng::new(options.seed);
            (0..MODES_OF_CHECK).map(|_| modes::draw(&mut rng).mode).collect()
        }
    };
    let (here, command) = (InProcess::default(), engine::run_command);
    let engine: &dyn engine::Engine = if options.here { &here } else { &command };
    let evaluates = options.here.then_some(options.seed);
    let failed = campaign::check(engine, &name, &source, &modes, evaluates, options.minimise_tries)?;
    match &failed {
        Some(small) => tell(small),
        None => println!("{}: no difference", path.display()),
    }
    Ok(failed.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_consistent() {
        use clap::CommandFactory as _;
        Options::command().debug_assert();
    }
}
