//! A run of the fuzzer: program after program is generated and compared, until time or number is up.

use std::io::{IsTerminal as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::engine::{Engine, InProcess, Mode, SMALL_STACK, run_command};
use crate::failures::{self, Evaluating, FOLDER, Failure};
use crate::modes;
use crate::oracle::{self, Agreed, Difference};
use crate::rng::{Rng, splitmix64};
use crate::tally::Tally;
use crate::validate::Effort;
use crate::{generate, seen::Happening};

/// Which part of a sequence of programs to take: every `count`-th, from the `index`-th on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Counted from 0.
    pub index: u64,
    /// How many there are.
    pub count: u64,
}

impl Shard {
    /// Reads `I/N`.
    ///
    /// # Errors
    ///
    /// In words, if it is not that, or not below N.
    pub fn parse(text: &str) -> Result<Shard, String> {
        let (index, count) = text.split_once('/').ok_or("a shard is written I/N, such as 0/4")?;
        let number = |part: &str| part.parse::<u64>().map_err(|error| format!("{part}: {error}"));
        let shard = Shard { index: number(index)?, count: number(count)? };
        if shard.index < shard.count { Ok(shard) } else { Err(format!("shard {index} is not below {count}")) }
    }
}

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// When to stop.
    pub time: Duration,
    /// After how many programs.
    pub programs: u64,
    /// Where the sequence of programs begins.
    pub seed: u64,
    /// The part of it.
    pub shard: Shard,
    /// The number to begin with, at least.
    pub from: u64,
    /// Runs to spend on making a failing program smaller.
    pub minimise_tries: usize,
}

/// Programs of a thousand whose guards are made to fail one after another.
const SWEPT_PERMILLE: u64 = 2;
/// Programs of a hundred whose traces the evaluator runs.
const EVALUATED_PERCENT: u64 = 3;
/// How much it tries for each.
const EFFORT: Effort = Effort { traces: 12, machines: 40 };
/// Time between two lines of progress where they are not written over each other.
const BETWEEN_LINES: Duration = Duration::from_secs(20);
/// The same where they are.
const BETWEEN_UPDATES: Duration = Duration::from_millis(200);

/// The seed of the n-th program: far from those of its neighbours, and of other sequences.
pub fn program_seed(seed: u64, number: u64) -> u64 {
    let mut state = seed ^ number.wrapping_mul(0xD134_2543_DE82_EF95);
    splitmix64(&mut state)
}

/// Runs programs. Gives what was seen and where the programs are that fail.
///
/// # Errors
///
/// If the folder of failures can't be written to.
pub fn run(plan: &Plan) -> std::io::Result<(Tally, Vec<PathBuf>)> {
    let started = Instant::now();
    std::fs::create_dir_all(FOLDER)?;
    let mut running = Running::create(plan)?;
    let mut progress = Progress { started, last: started, shown: false };
    let (mut tally, mut failed) = (Tally::default(), Vec::new());
    let engine = InProcess::default();
    let mut number = plan.from.max(plan.shard.index);
    while tally.programs < plan.programs && started.elapsed() < plan.time {
        let seed = program_seed(plan.seed, number);
        let source = generate::program(seed);
        running.write(number)?;
        tally.programs += 1;
        match compare(&engine, &source, seed, &mut tally) {
            Ok(agreed) => tally.add(&agreed),
            Err(difference) => {
                tally.failures += 1;
                let name = format!("seed{}-{number:06}", plan.seed);
                progress.end_line();
                eprintln!("{name}: {difference}");
                let mut rng = Rng::new(seed).keep_choices();
                generate::program_by(&mut rng);
                let failure =
                    Failure { name: &name, source: &source, choices: Some(rng.choices()), difference: &difference };
                let evaluating = Evaluating { seed, effort: EFFORT };
                failed.push(failures::keep(&engine, failure, evaluating, plan.minimise_tries)?);
            }
        }
        progress.show(&tally);
        number += plan.shard.count;
    }
    std::fs::remove_file(running_path(plan.seed, plan.shard))?;
    progress.end_line();
    Ok((tally, failed))
}

/// Compares a program in the modes that are drawn for it.
fn compare(engine: &InProcess, source: &str, seed: u64, tally: &mut Tally) -> Result<Agreed, Box<Difference>> {
    let mut rng = Rng::new(!seed);
    let modes = modes::for_program(&mut rng);
    let reference = modes[0].mode.reference();
    let began = Instant::now();
    let (expected, mut agreed) = oracle::expect(engine, source, &reference)?;
    tally.interpreting += began.elapsed();
    agreed.seen.note_source(source);
    for drawn in modes {
        let began = Instant::now();
        oracle::compare_in(engine, source, &drawn.mode, &expected, &mut agreed)?;
        tally.add_run(drawn.kind, began.elapsed());
    }
    if rng.below(1000) < SWEPT_PERMILLE && agreed.seen.has(Happening::RanTrace) {
        let mode = Mode {
            tier: pseudo::Tier::Trace,
            ..Mode::jit("hotloop=2 hotcall=2 hotexit=2").with(SMALL_STACK.to_owned())
        };
        agreed.seen.join(&oracle::every_guard(engine, source, &mode)?.seen);
        tally.swept += 1;
    }
    if rng.percent(EVALUATED_PERCENT) {
        tally.validated.add(&failures::evaluate(source, Evaluating { seed, effort: EFFORT })?);
    }
    Ok(agreed)
}

/// Looks at one program in these modes, and with the evaluator if there is a seed for it, and reports like a run.
///
/// # Errors
///
/// If the folder of failures can't be written to.
pub fn check(
    engine: &dyn Engine,
    name: &str,
    source: &str,
    modes: &[Mode],
    seed: Option<u64>,
    tries: usize,
) -> std::io::Result<Option<PathBuf>> {
    let evaluating = Evaluating { seed: seed.unwrap_or_default(), effort: EFFORT };
    let agreed = oracle::check(engine, source, modes).map(drop);
    let evaluate = || if seed.is_some() { failures::evaluate(source, evaluating).map(drop) } else { Ok(()) };
    let Err(difference) = agreed.and_then(|()| evaluate()) else {
        return Ok(None);
    };
    eprintln!("{name}: {difference}");
    let failure = Failure { name, source, choices: None, difference: &difference };
    failures::keep(engine, failure, evaluating, tries).map(Some)
}

/// Where the number of the program stands that is running: what takes the process down is found out by it.
fn running_path(seed: u64, shard: Shard) -> PathBuf {
    Path::new(FOLDER).join(format!("running-{seed}-{}", shard.index))
}

/// The file with that number.
struct Running(std::fs::File);

impl Running {
    fn create(plan: &Plan) -> std::io::Result<Running> {
        std::fs::File::create(running_path(plan.seed, plan.shard)).map(Running)
    }

    fn write(&mut self, number: u64) -> std::io::Result<()> {
        self.0.seek(SeekFrom::Start(0))?;
        // As many digits each time: there is nothing to cut off.
        write!(self.0, "{number:020}")
    }
}

/// Looks into what has taken a run down, with a process for each run of a program: the number of the program, and where it
/// is if it fails again.
///
/// # Errors
///
/// If the run has left no number, or the folder of failures can't be written to.
pub fn look_into_crash(plan: &Plan) -> std::io::Result<(u64, Option<PathBuf>)> {
    let path = running_path(plan.seed, plan.shard);
    let number = std::fs::read_to_string(&path)?.parse().map_err(std::io::Error::other)?;
    std::fs::remove_file(path)?;
    let seed = program_seed(plan.seed, number);
    let mut rng = Rng::new(seed).keep_choices();
    let source = generate::program_by(&mut rng);
    let modes: Vec<Mode> = modes::for_program(&mut Rng::new(!seed)).into_iter().map(|drawn| drawn.mode).collect();
    let Err(difference) = oracle::check(&run_command, &source, &modes) else { return Ok((number, None)) };
    let name = format!("seed{}-{number:06}", plan.seed);
    eprintln!("{name}: {difference}");
    let failure = Failure { name: &name, source: &source, choices: Some(rng.choices()), difference: &difference };
    let evaluating = Evaluating { seed, effort: EFFORT };
    failures::keep(&run_command, failure, evaluating, plan.minimise_tries).map(|path| (number, Some(path)))
}

/// One line that is written over and over where somebody may be watching, and anew now and then where it is kept.
struct Progress {
    started: Instant,
    last: Instant,
    shown: bool,
}

impl Progress {
    fn show(&mut self, tally: &Tally) {
        let mut stderr = std::io::stderr();
        let is_terminal = stderr.is_terminal();
        if self.last.elapsed() < if is_terminal { BETWEEN_UPDATES } else { BETWEEN_LINES } {
            return;
        }
        (self.last, self.shown) = (Instant::now(), is_terminal);
        let rate = tally.programs as f64 / self.started.elapsed().as_secs_f64();
        let (reached, all) = tally.coverage();
        let (begin, end) = if is_terminal { ("\r", " ") } else { ("", "\n") };
        // A progress line that can't be written is no loss.
        let _ = write!(
            stderr,
            "{begin}{} programs, {rate:.0}/s, {reached} of {all} things reached, {} failed{end}",
            tally.programs, tally.failures
        );
    }

    fn end_line(&mut self) {
        if std::mem::take(&mut self.shown) {
            eprintln!();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_checked() {
        assert_eq!(Shard::parse("1/4"), Ok(Shard { index: 1, count: 4 }));
        assert!(Shard::parse("4/4").is_err());
        assert!(Shard::parse("x").is_err());
    }

    #[test]
    fn programs_of_a_seed_agree_and_reach_something() {
        let engine = InProcess::default();
        let mut tally = Tally::default();
        for number in 0..20 {
            let seed = program_seed(11, number);
            let agreed = compare(&engine, &generate::program(seed), seed, &mut tally).expect("no difference");
            tally.add(&agreed);
        }
        assert!(tally.coverage().0 > 200, "{:?}", tally.coverage());
    }
}
