//! `pseudo-mutations`: whether the tests and the fuzzer notice deliberate faults ([`pseudo_vm::faults`]), and how soon.
//!
//! For each fault it runs the tests of the workspace until one fails, and the fuzzer until a program does. A fault that either of
//! them does not notice is a gap in it.
#![forbid(unsafe_code)]

mod build;
mod fuzzer;
mod run;
mod suite;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use pseudo_vm::faults::{FAULTS, FaultInfo};

/// Checks that the tests and the fuzzer notice deliberate faults.
///
/// Ends with status 0 if they do, 1 if one of them misses one, 2 if they could not be run.
#[derive(Parser)]
#[command(name = "pseudo-mutations", version)]
struct Options {
    /// Only these faults
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = fault)]
    only: Vec<&'static FaultInfo>,
    /// Only every N-th fault, from the first on
    #[arg(long, value_name = "N", default_value_t = 1)]
    every: usize,
    /// Only these test executables of the suite, such as `programs`; `lib`: those in the crates
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    tests: Vec<String>,
    /// Leave out the tests
    #[arg(long)]
    no_suite: bool,
    /// Leave out the fuzzer
    #[arg(long, conflicts_with = "no_suite")]
    no_fuzzer: bool,
    /// Seconds that the fuzzer may take for one fault
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
    /// Where the fuzzer's sequence of programs begins
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Seconds that one executable of tests may take
    #[arg(long, value_name = "N", default_value_t = 300)]
    suite_seconds: u64,
    /// Put what was found into the table of this file
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
}

fn fault(name: &str) -> Result<&'static FaultInfo, String> {
    FAULTS.iter().find(|info| info.name == name).ok_or_else(|| format!("there is no fault `{name}`"))
}

fn main() -> ExitCode {
    let options = Options::parse();
    match check(&options) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(missed) => {
            println!("{missed} faults were missed");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("pseudo-mutations: {error}");
            ExitCode::from(2)
        }
    }
}

/// The number of faults that the tests or the fuzzer missed.
fn check(options: &Options) -> std::io::Result<usize> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    build::commands(&root)?;
    let tests = if options.no_suite { Vec::new() } else { build::tests(&root, &options.tests)? };
    let faults: Vec<&FaultInfo> = match options.only.as_slice() {
        [] => FAULTS.iter().step_by(options.every.max(1)).collect(),
        only => only.to_vec(),
    };
    let mut missed = 0;
    for info in faults {
        let suite = (!options.no_suite).then(|| suite::run(&tests, info, Duration::from_secs(options.suite_seconds)));
        let fuzzer =
            (!options.no_fuzzer).then(|| fuzzer::run(info, options.seed, Duration::from_secs(options.seconds)));
        let row = table::Row { info, suite: suite.transpose()?, fuzzer: fuzzer.transpose()? };
        println!("{row}");
        missed += usize::from(row.is_missed());
        if let Some(path) = &options.table {
            table::put(path, &row)?;
        }
    }
    Ok(missed)
}
