//! `pseudo-bench`: experiments with the benchmark programs.
#![forbid(unsafe_code)]

mod cli;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use cli::{Command, Compare, Diff, Measuring, Merge, Options, Report, Soak, Sweep, Switch};
use pseudo_bench::engines::Engine;
use pseudo_bench::experiment::{Experiment, Kind, Setting};
use pseudo_bench::machine::Commit;
use pseudo_bench::measure::{self, Engines, FILE};
use pseudo_bench::programs::{self, Group, Program};
use pseudo_bench::progress::Progress;
use pseudo_bench::results::Results;
use pseudo_bench::sweep::{self, Combination, Values};
use pseudo_bench::{ablate, compare, diff, merge, output, process, report, soak};

/// How a command ended that did what it was asked to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Good,
    /// A program failed, or something is slower than it may be.
    Bad,
    Interrupted,
}

/// The status of a command that could not do what it was asked to.
const STATUS_UNABLE: u8 = 2;
/// What a shell reports of a process that Ctrl-C ended.
const STATUS_INTERRUPTED: u8 = 128 + 2;

fn main() -> ExitCode {
    let done = match Options::parse().command {
        Command::Ablate(options) => ablate_programs(&options),
        Command::Sweep(options) => sweep_parameters(&options),
        Command::Compare(options) => compare_all(&options),
        Command::Merge(options) => merge_files(&options),
        Command::Diff(options) => diff_files(&options),
        Command::Report(options) => show(&options),
        Command::Soak(options) => soak_all(options),
    };
    match done {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Bad) => ExitCode::FAILURE,
        Ok(Outcome::Interrupted) => ExitCode::from(STATUS_INTERRUPTED),
        Err(error) => {
            eprintln!("pseudo-bench: {error}");
            ExitCode::from(STATUS_UNABLE)
        }
    }
}

fn ablate_programs(options: &cli::Ablate) -> io::Result<Outcome> {
    let programs = programs::find(&options.programs, options.measuring.group)?;
    let settings = ablate::settings(&options.thresholds);
    make(Kind::Ablate, programs, settings, &options.measuring, &[])
}

fn sweep_parameters(options: &Sweep) -> io::Result<Outcome> {
    let (parameters, names): (Vec<_>, Vec<_>) = options.words.iter().cloned().partition(|word| word.contains('='));
    let parameters = parameters.iter().map(|word| Values::parse(word)).collect::<Result<Vec<_>, _>>();
    let parameters = parameters.map_err(io::Error::other)?;
    if parameters.is_empty() {
        return Err(io::Error::other(
            "there is no parameter to vary; name one with its values, such as hotloop=1..1000",
        ));
    }
    let combination = if options.one_by_one { Combination::OneByOne } else { Combination::Product };
    let settings = sweep::settings(&parameters, combination).map_err(io::Error::other)?;
    let group = options.measuring.group.or(names.is_empty().then_some(Group::Whole));
    make(Kind::Sweep, programs::find(&names, group)?, settings, &options.measuring, &[])
}

fn compare_all(options: &Compare) -> io::Result<Outcome> {
    let programs = programs::find(&options.programs, options.measuring.group)?;
    let jit: &[&str] = match options.jit {
        Switch::On => &[],
        Switch::Off => &["--jit", "off"],
    };
    let peers: Vec<_> = options.peers.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    make(Kind::Compare, programs, compare::settings(jit, peers.iter().copied()), &options.measuring, &peers)
}

/// Makes an experiment, and shows what came of it.
fn make(
    kind: Kind,
    programs: Vec<Program>,
    mut settings: Vec<Setting>,
    options: &Measuring,
    peers: &[&str],
) -> io::Result<Outcome> {
    let rule = options.rule().map_err(io::Error::other)?;
    let built = TemporaryFolder::new()?;
    let mut engines = Engines {
        engines: vec![Engine::pseudo(options.pseudo.as_deref())?],
        absent: Vec::new(),
        // Of another command it is not known what it was built from.
        commit: if options.pseudo.is_some() { None } else { Commit::of_checkout() },
    };
    for name in peers {
        match Engine::peer(name, built.path())? {
            Some(engine) => engines.engines.push(engine),
            None => {
                eprintln!("{name} is not installed: left out");
                engines.absent.push((*name).to_owned());
                settings.retain(|setting| setting.engine != *name);
            }
        }
    }
    let folder = output::folder(options.out.as_deref(), kind, options.shard)?;
    let (seed, shard, timeout) = (options.seed, options.shard, options.timeout());
    let experiment = Experiment { kind, programs, settings, rule, seed, timeout, shard, folder };
    process::note_interrupts();
    let results = measure::run(&experiment, &engines)?;
    print!("{}", output::write(&results, &experiment.folder)?);
    println!("written to {}", experiment.folder.display());
    Ok(outcome(&results))
}

fn outcome(results: &Results) -> Outcome {
    match results.failures().next() {
        _ if process::is_interrupted() => Outcome::Interrupted,
        Some(_) => Outcome::Bad,
        None => Outcome::Good,
    }
}

fn merge_files(options: &Merge) -> io::Result<Outcome> {
    let load = |path: &PathBuf| Ok((path.display().to_string(), Results::load(path)?));
    let files = options.files.iter().map(load).collect::<io::Result<Vec<_>>>()?;
    match merge::merge(&files) {
        Ok(mut merged) => {
            merged.results.save(&options.out)?;
            merged.remarks.iter().for_each(|remark| eprintln!("{remark}"));
            let (programs, all) = (merged.results.programs.len(), merged.results.planned.len());
            println!("{programs} of {all} programs written to {}", options.out.display());
            Ok(Outcome::Good)
        }
        Err(complaints) => {
            Err(io::Error::other(format!("these are not parts of one experiment:\n  {}", complaints.join("\n  "))))
        }
    }
}

fn diff_files(options: &Diff) -> io::Result<Outcome> {
    let (before, after) = (Results::load(&options.before)?, Results::load(&options.after)?);
    let difference = diff::diff(&before, &after);
    if difference.changes.is_empty() {
        return Err(io::Error::other("the two have no program in a setting in common"));
    }
    print!("{}", difference.report(options.all));
    let Some(percent) = options.fail_over else { return Ok(Outcome::Good) };
    let slower = difference.changes.iter().filter(|change| change.is_slower_by(percent / 100.0)).count();
    println!("{slower} surely slower by more than {percent}%");
    Ok(if slower > 0 { Outcome::Bad } else { Outcome::Good })
}

fn show(options: &Report) -> io::Result<Outcome> {
    let mut results = Results::load(&options.file)?;
    match &options.out {
        None => print!("{}", report::text(&results)),
        Some(folder) => {
            let folder = output::folder(Some(folder), results.kind, results.parts[0].shard)?;
            results.save(&folder.join(FILE))?;
            print!("{}", output::write(&results, &folder)?);
        }
    }
    Ok(outcome(&results))
}

fn soak_all(options: Soak) -> io::Result<Outcome> {
    let time = options.seconds.map(Duration::from_secs);
    let rounds = options.rounds;
    let options = soak::Options { time, rounds, names: options.names };
    let mut progress = Progress::new("soak");
    let report = soak::soak(&options, &mut |done, text| progress.update(done, text))?;
    progress.clear();
    print!("{report}");
    Ok(if report.complaints.is_empty() && !report.has_grown() { Outcome::Good } else { Outcome::Bad })
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
