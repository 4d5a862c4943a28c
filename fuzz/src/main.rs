//! `pseudo-fuzz`: writes random programs, runs each in every mode, keeps those that behave differently.
#![forbid(unsafe_code)]

use clap::Parser;
use pseudo_fuzz::engine::{self, Mode};
use pseudo_fuzz::oracle::{self, Agreed, Difference};
use pseudo_fuzz::{generate, minimise, rng};
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Looks for programs that behave differently compiled and interpreted.
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
    #[arg(long, value_name = "I/N", default_value = "0/1", value_parser = parse_shard)]
    shard: Shard,
    /// Write the programs to this folder instead of running them
    #[arg(long, value_name = "FOLDER")]
    save: Option<PathBuf>,
    /// Runs to spend on making a failing program smaller
    #[arg(long, value_name = "N", default_value_t = 2000)]
    minimise_tries: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shard {
    index: u64,
    count: u64,
}

fn parse_shard(text: &str) -> Result<Shard, String> {
    let (index, count) = text.split_once('/').ok_or("a shard is written I/N, such as 0/4")?;
    let number = |part: &str| part.parse::<u64>().map_err(|error| format!("{part}: {error}"));
    let shard = Shard { index: number(index)?, count: number(count)? };
    if shard.index < shard.count { Ok(shard) } else { Err(format!("shard {index} is not below {count}")) }
}

/// Where failing programs go.
const FAILURES: &str = "fuzz/failures";

/// What has been seen so far.
#[derive(Default)]
struct Tally {
    programs: u64,
    errors: u64,
    failures: u64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if options.save.is_none() {
        match engine::command_path() {
            Ok(path) if path.exists() => {}
            _ => {
                eprintln!("there is no pseudo command beside this one: cargo build --release");
                return ExitCode::from(2);
            }
        }
    }
    match run(&options) {
        Ok(tally) if tally.failures == 0 => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("pseudo-fuzz: {error}");
            ExitCode::from(2)
        }
    }
}

/// The seed of the n-th program: far from those of its neighbours, and of other sequences.
fn program_seed(seed: u64, number: u64) -> u64 {
    let mut state = seed ^ number.wrapping_mul(0xD134_2543_DE82_EF95);
    rng::splitmix64(&mut state)
}

fn run(options: &Options) -> std::io::Result<Tally> {
    let started = Instant::now();
    let programs = options.programs.unwrap_or(if options.seconds.is_some() { u64::MAX } else { 1000 });
    let time = options.seconds.map_or(Duration::MAX, Duration::from_secs);
    let modes = oracle::modes();
    let mut tally = Tally::default();
    let mut number = options.shard.index;
    while tally.programs < programs && started.elapsed() < time {
        let seed = program_seed(options.seed, number);
        let source = generate::program(seed);
        tally.programs += 1;
        if let Some(folder) = &options.save {
            std::fs::create_dir_all(folder)?;
            std::fs::write(folder.join(format!("{number:06}.pseudo")), source)?;
        } else {
            match oracle::check(&engine::run_program, &source, &modes) {
                Ok(Agreed::Fine) => {}
                Ok(Agreed::Error) => tally.errors += 1,
                Err(difference) => {
                    tally.failures += 1;
                    report(options, number, &source, &difference)?;
                }
            }
            progress(&tally, started);
        }
        number += options.shard.count;
    }
    if std::io::stderr().is_terminal() {
        eprintln!();
    }
    println!(
        "{} programs in {:.1} s from seed {}: {} ended with an error, {} failed",
        tally.programs,
        started.elapsed().as_secs_f64(),
        options.seed,
        tally.errors,
        tally.failures
    );
    Ok(tally)
}

/// One line that is written over and over, where somebody may be watching.
fn progress(tally: &Tally, started: Instant) {
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        let rate = tally.programs as f64 / started.elapsed().as_secs_f64();
        // A progress line that can't be written is no loss.
        let _ = write!(stderr, "\r{} programs, {rate:.0}/s, {} failed ", tally.programs, tally.failures);
    }
}

/// Keeps a failing program, whole and made small, with what went wrong.
fn report(options: &Options, number: u64, source: &str, difference: &Difference) -> std::io::Result<()> {
    let folder = Path::new(FAILURES);
    std::fs::create_dir_all(folder)?;
    let name = format!("seed{}-{number:06}", options.seed);
    std::fs::write(folder.join(format!("{name}.pseudo")), source)?;
    std::fs::write(folder.join(format!("{name}.txt")), difference.to_string())?;
    eprintln!("\n{name}: {difference}");
    let modes: Vec<Mode> = if difference.mode.jit { vec![difference.mode.clone()] } else { Vec::new() };
    let small = minimise::minimise(source, options.minimise_tries, |candidate| {
        oracle::check(&engine::run_program, candidate, &modes).is_err_and(|found| found.what == difference.what)
    });
    std::fs::write(folder.join(format!("{name}.small.pseudo")), &small)?;
    eprintln!(
        "{}/{name}.small.pseudo: {} of {} lines",
        folder.display(),
        small.lines().count(),
        source.lines().count()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_checked() {
        assert_eq!(parse_shard("1/4"), Ok(Shard { index: 1, count: 4 }));
        assert!(parse_shard("4/4").is_err());
        assert!(parse_shard("x").is_err());
    }

    #[test]
    fn options_are_consistent() {
        use clap::CommandFactory as _;
        Options::command().debug_assert();
    }
}
