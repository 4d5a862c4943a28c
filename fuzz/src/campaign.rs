//! A run of the fuzzer: program after program is generated and compared, until time or number is up.

use std::io::{IsTerminal as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::engine::{Engine, InProcess, Mode};
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
    /// Runs to spend on making a failing program smaller.
    pub minimise_tries: usize,
}

/// Programs of a thousand whose guards are made to fail one after another.
const SWEPT_PERMILLE: u64 = 3;
/// Programs of a hundred whose traces the evaluator runs.
const EVALUATED_PERCENT: u64 = 4;
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
    let mut running = Running::create(&format!("running-{}-{}.pseudo", plan.seed, plan.shard.index))?;
    let mut progress = Progress { started, last: started, shown: false };
    let (mut tally, mut failed) = (Tally::default(), Vec::new());
    let engine = InProcess::default();
    let mut number = plan.shard.index;
    while tally.programs < plan.programs && started.elapsed() < plan.time {
        let seed = program_seed(plan.seed, number);
        let source = generate::program(seed);
        running.write(&source)?;
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
    std::fs::remove_file(running.path)?;
    progress.end_line();
    Ok((tally, failed))
}

/// Compares a program in the modes that are drawn for it.
fn compare(engine: &InProcess, source: &str, seed: u64, tally: &mut Tally) -> Result<Agreed, Box<Difference>> {
    let mut rng = Rng::new(!seed);
    let began = Instant::now();
    let (expected, mut agreed) = oracle::expect(engine, source)?;
    tally.interpreting += began.elapsed();
    agreed.seen.note_source(source);
    for drawn in modes::for_program(&mut rng) {
        let began = Instant::now();
        oracle::compare_in(engine, source, &drawn.mode, &expected, &mut agreed)?;
        tally.add_run(drawn.kind, began.elapsed());
    }
    if rng.below(1000) < SWEPT_PERMILLE && agreed.seen.has(Happening::RanTrace) {
        let mode = Mode { tier: pseudo::Tier::Trace, ..Mode::jit("hotloop=2 hotcall=2 hotexit=2") };
        agreed.seen.join(&oracle::every_guard(engine, source, &mode)?.seen);
        tally.swept += 1;
    }
    if rng.percent(EVALUATED_PERCENT) {
        tally.validated.add(&failures::evaluate(source, Evaluating { seed, effort: EFFORT })?);
    }
    Ok(agreed)
}

/// Looks at one program in these modes, and with the evaluator beginning at a seed, and reports like a run.
///
/// # Errors
///
/// If the folder of failures can't be written to.
pub fn check(
    engine: &dyn Engine,
    name: &str,
    source: &str,
    modes: &[Mode],
    seed: u64,
    tries: usize,
) -> std::io::Result<Option<PathBuf>> {
    let evaluating = Evaluating { seed, effort: EFFORT };
    let agreed = oracle::check(engine, source, modes).map(drop);
    let Err(difference) = agreed.and_then(|()| failures::evaluate(source, evaluating).map(drop)) else {
        return Ok(None);
    };
    eprintln!("{name}: {difference}");
    let failure = Failure { name, source, choices: None, difference: &difference };
    failures::keep(engine, failure, evaluating, tries).map(Some)
}

/// A file with the program that is running: what takes this process down is found in it afterwards.
struct Running {
    path: PathBuf,
    file: std::fs::File,
    len: usize,
}

impl Running {
    fn create(name: &str) -> std::io::Result<Running> {
        let path = Path::new(FOLDER).join(name);
        Ok(Running { file: std::fs::File::create(&path)?, path, len: 0 })
    }

    fn write(&mut self, source: &str) -> std::io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(source.as_bytes())?;
        // What is left of a longer one before is blank: to cut it off takes longer than all else.
        let rest = self.len.saturating_sub(source.len());
        self.file.write_all(&vec![b'\n'; rest])?;
        self.len = self.len.max(source.len());
        Ok(())
    }
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

/// One program by bytes, for libFuzzer.
///
/// # Panics
///
/// If it behaves differently in two modes.
pub fn differential(engine: &InProcess, bytes: &[u8]) {
    let mut rng = Rng::of_bytes(bytes);
    // The modes first: what follows is the program, and its end may be missing.
    let modes: Vec<Mode> = modes::for_program(&mut rng).into_iter().map(|drawn| drawn.mode).collect();
    let source = generate::program_by(&mut rng);
    if let Err(difference) = oracle::check(engine, &source, &modes) {
        panic!("{difference}\n{source}");
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
    fn bytes_are_programs() {
        let engine = InProcess::default();
        differential(&engine, &[]);
        differential(&engine, &[200, 3, 9, 77, 130, 12, 255, 4, 90, 41, 8, 123, 66, 31, 250, 17, 3, 88]);
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
