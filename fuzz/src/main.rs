//! `pseudo-fuzz`: writes random programs, runs each in every mode, keeps those that behave differently.
#![forbid(unsafe_code)]

use clap::Parser;
use pseudo_fuzz::engine::{self, Engine, Mode};
use pseudo_fuzz::oracle::{self, Agreed, Difference, What};
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
    /// Look at this program only, in many modes, with a process for each run: for programs that take the fuzzer down
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seconds", "programs", "save"])]
    check: Option<PathBuf>,
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
    if options.check.is_some() && !engine::command_path().is_ok_and(|path| path.exists()) {
        eprintln!("there is no pseudo command beside this one: cargo build --release");
        return ExitCode::from(2);
    }
    let tally = match &options.check {
        Some(path) => check(&options, path),
        None => run(&options),
    };
    match tally {
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
    // What takes this process down is found in here afterwards.
    let running = Path::new(FAILURES).join(format!("running-{}-{}.pseudo", options.seed, options.shard.index));
    if options.save.is_none() {
        std::fs::create_dir_all(FAILURES)?;
    }
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
            std::fs::write(&running, &source)?;
            let modes = oracle::modes(&mut rng::Rng::new(!seed));
            match oracle::check(&engine::run_here, &source, &modes) {
                Ok(Agreed::Fine) => {}
                Ok(Agreed::Error) => tally.errors += 1,
                Err(difference) => {
                    tally.failures += 1;
                    let name = format!("seed{}-{number:06}", options.seed);
                    report(options, &name, &source, &difference, &engine::run_here)?;
                }
            }
            progress(&tally, started);
        }
        number += options.shard.count;
    }
    if options.save.is_none() {
        std::fs::remove_file(&running)?;
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

/// Runs one program in as many modes as are worth a process each.
fn check(options: &Options, path: &Path) -> std::io::Result<Tally> {
    let source = std::fs::read_to_string(path)?;
    let name = path.file_stem().map_or_else(|| "program".into(), |stem| stem.to_string_lossy());
    let mut tally = Tally { programs: 1, ..Tally::default() };
    let mut rng = rng::Rng::new(options.seed);
    let modes: Vec<Mode> = (0..60).flat_map(|_| oracle::modes(&mut rng)).collect();
    match oracle::check(&engine::run_command, &source, &modes) {
        Ok(_) => println!("{}: the same in {} modes", path.display(), modes.len()),
        Err(difference) => {
            tally.failures += 1;
            report(options, &name, &source, &difference, &engine::run_command)?;
        }
    }
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

/// Keeps a failing program, whole and made small, with what went wrong and the command that shows it.
fn report(
    options: &Options,
    name: &str,
    source: &str,
    difference: &Difference,
    engine: &dyn Engine,
) -> std::io::Result<()> {
    let folder = Path::new(FAILURES);
    std::fs::create_dir_all(folder)?;
    let small_path = folder.join(format!("{name}.small.pseudo"));
    let command = format!("pseudo {} {}", difference.mode.options().join(" "), small_path.display());
    std::fs::write(folder.join(format!("{name}.pseudo")), source)?;
    std::fs::write(folder.join(format!("{name}.txt")), format!("{command}\n{difference}"))?;
    eprintln!("\n{name}: {difference}{command}");
    let plain = difference.mode == Mode::default();
    let modes: Vec<Mode> = if plain { Vec::new() } else { vec![difference.mode.clone()] };
    let mut last = None;
    // A try may take as long as a run may.
    let tries = if difference.what == What::TimeOut { 20 } else { options.minimise_tries };
    let small = minimise::minimise(source, tries, |candidate| {
        let found = oracle::check(engine, candidate, &modes).err().filter(|found| found.what == difference.what);
        let fails = found.is_some();
        last = found.or(last.take());
        fails
    });
    std::fs::write(&small_path, &small)?;
    if let Some(last) = last {
        std::fs::write(folder.join(format!("{name}.txt")), format!("{command}\n{last}"))?;
    }
    eprintln!("{} of {} lines", small.lines().count(), source.lines().count());
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
