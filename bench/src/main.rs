//! `pseudo-bench`: times the benchmark programs, here and elsewhere, and says what memory they take.
#![forbid(unsafe_code)]

use clap::{Args, Parser, Subcommand, ValueEnum};
use pseudo_bench::engines::Engine;
use pseudo_bench::programs::Group;
use pseudo_bench::{compare, programs, soak};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Times the benchmark programs.
#[derive(Parser)]
#[command(name = "pseudo-bench", version)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Time programs under pseudo and other languages' implementations, and compare the memory that they take
    Compare(Compare),
    /// Run all examples and benchmark programs in one process, over and over: answers must stay equal, memory flat
    Soak(Soak),
}

#[derive(Args)]
struct Soak {
    /// Programs to run (all if none are named)
    names: Vec<String>,
    /// Stop after the round in which so many seconds are over
    #[arg(long, value_name = "N", required_unless_present = "rounds")]
    seconds: Option<u64>,
    /// Stop after so many rounds
    #[arg(long, value_name = "N")]
    rounds: Option<u64>,
}

#[derive(Args)]
struct Compare {
    /// Programs to run (all if none are named)
    names: Vec<String>,
    /// Only programs of this kind
    #[arg(long, value_enum)]
    group: Option<Group>,
    /// Runs of each program under each implementation
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Implementations to compare with, of lua5.4, luajit, node, gcc, pypy3
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_value = "lua5.4,luajit,node,gcc")]
    peers: Vec<String>,
    /// Whether pseudo compiles
    #[arg(long, value_enum, default_value_t = Switch::On)]
    jit: Switch,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

fn main() -> ExitCode {
    let done = match Options::parse().command {
        Command::Compare(options) => compare_all(&options).map(|()| true),
        Command::Soak(options) => soak_all(options),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("pseudo-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn compare_all(options: &Compare) -> io::Result<()> {
    let programs = programs::select(programs::folder(), &options.names, options.group)?;
    let built = TemporaryFolder::new()?;
    let jit = match options.jit {
        Switch::On => Vec::new(),
        Switch::Off => vec!["--jit".to_owned(), "off".to_owned()],
    };
    let mut engines = vec![Engine::pseudo(jit)?];
    for name in options.peers.iter().filter(|name| !name.is_empty()) {
        match Engine::peer(name, built.path())? {
            Some(engine) => engines.push(engine),
            None => eprintln!("{name} is not installed: left out"),
        }
    }
    let mut measured = Vec::new();
    for program in &programs {
        measured.push(compare::measure(program, &engines, options.runs as usize, &mut progress)?);
    }
    progress("");
    print!("{}", compare::report(&engines, &measured));
    Ok(())
}

/// Whether all went well.
fn soak_all(options: Soak) -> io::Result<bool> {
    let time = options.seconds.map(std::time::Duration::from_secs);
    let options = soak::Options { time, rounds: options.rounds, names: options.names };
    let report = soak::soak(&options, &mut progress)?;
    progress("");
    print!("{report}");
    Ok(report.complaints.is_empty() && !report.has_grown())
}

/// One line on standard error that is written over and over, where somebody may be watching.
fn progress(text: &str) {
    let mut stderr = io::stderr();
    if stderr.is_terminal() {
        // A progress line that can't be written is no loss.
        let _ = write!(stderr, "\r\x1b[K{text}");
    }
}

/// A folder that is gone when the value is.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new() -> io::Result<TemporaryFolder> {
        let path = std::env::temp_dir().join(format!("pseudo-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(TemporaryFolder(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What can't be removed is left to the system, as temporary files are.
        let _ = std::fs::remove_dir_all(&self.0);
    }
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
