//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use pseudo_bench::ablate::THRESHOLDS;
use pseudo_bench::experiment::{Measure, Rule, Shard};
use pseudo_bench::programs::Group;
use pseudo_bench::sweep::Values;

/// Experiments with the benchmark programs.
///
/// Ends with status 0 if all went well, 1 if a program failed or something is slower than it may be, 2 if what was asked
/// for can't be done, 130 if it was interrupted.
#[derive(Parser)]
#[command(name = "pseudo-bench", version, max_term_width = 100)]
pub struct Options {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// What passes, thresholds and tiers are worth: programs with each pass off, all off, each alone, and so on
    Ablate(Ablate),
    /// Times over values of parameters, such as hotloop=1..1000
    Sweep(Sweep),
    /// Time programs under pseudo and other languages' implementations, and compare the memory that they take
    Compare(Compare),
    /// Put together the results of all shards of an experiment
    Merge(Merge),
    /// Say what is faster or slower in one file of results than in another
    Diff(Diff),
    /// Show a file of results as tables; write its CSV files and plots
    Report(Report),
    /// Run all examples and benchmark programs in one process, over and over: answers must stay equal, memory flat
    Soak(Soak),
}

/// What all experiments have.
#[derive(Args)]
pub struct Measuring {
    /// Only programs of this kind
    #[arg(long, value_enum)]
    pub group: Option<Group>,
    /// Runs of each program in each setting, at least
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = positive)]
    min_runs: usize,
    /// Runs after which a setting is given up as not steady
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = positive)]
    max_runs: usize,
    /// Exactly so many runs
    #[arg(long, value_name = "N", conflicts_with_all = ["min_runs", "max_runs"], value_parser = positive)]
    runs: Option<usize>,
    /// A setting is steady once the interval of its median reaches no further than so many percent of it to either side
    #[arg(long, value_name = "PERCENT", default_value_t = 2.0, value_parser = percent)]
    precision: f64,
    /// How sure intervals are
    #[arg(long, value_name = "PERCENT", default_value_t = 95.0, value_parser = level)]
    confidence: f64,
    /// Runs of each setting that go first and do not count
    #[arg(long, value_name = "N", default_value_t = 1)]
    warm_up: usize,
    /// Which seconds count
    #[arg(long, value_enum, default_value_t = Measure::Cpu)]
    measure: Measure,
    /// What decides the order in which settings take turns
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Seconds of the processor after which a run has failed; 0: never
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    timeout: u64,
    /// Measure every N-th program only, from the I-th on, counted from 0
    #[arg(long, value_name = "I/N", default_value = "0/1", value_parser = Shard::parse)]
    pub shard: Shard,
    /// Where results go [default: a folder of its own in `experiments` of the build's folder]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// The pseudo command [default: the one of this build]
    #[arg(long, value_name = "FILE")]
    pub pseudo: Option<PathBuf>,
}

impl Measuring {
    /// When it stops.
    ///
    /// # Errors
    ///
    /// In words, if there would be more runs at least than at most.
    pub fn rule(&self) -> Result<Rule, String> {
        let (min_runs, max_runs) = self.runs.map_or((self.min_runs, self.max_runs), |runs| (runs, runs));
        if min_runs > max_runs {
            return Err(format!("--min-runs {min_runs} is more than --max-runs {max_runs}"));
        }
        Ok(Rule {
            measure: self.measure,
            warm_up: self.warm_up,
            min_runs,
            max_runs,
            precision: self.precision / 100.0,
            confidence: self.confidence / 100.0,
        })
    }

    /// Seconds of the processor that a run may take.
    pub fn timeout(&self) -> Option<u64> {
        (self.timeout > 0).then_some(self.timeout)
    }
}

#[derive(Args)]
pub struct Ablate {
    /// Benchmark programs by name, or files that end in .pseudo
    #[arg(value_name = "PROGRAM", required_unless_present = "group")]
    pub programs: Vec<String>,
    /// Values of a threshold to try, such as hotloop=1,10,100 or hotloop=1..1000; may be repeated
    #[arg(long, value_name = "NAME=VALUES", default_values = THRESHOLDS, value_parser = Values::parse)]
    pub thresholds: Vec<Values>,
    #[command(flatten)]
    pub measuring: Measuring,
}

#[derive(Args)]
pub struct Sweep {
    /// Parameters with their values, `NAME=A..B`, `NAME=A..B:COUNT`, `NAME=A,B,C`, and programs by name or file (the
    /// whole ones among the benchmark programs if there are none)
    #[arg(value_name = "NAME=VALUES|PROGRAM", required = true)]
    pub words: Vec<String>,
    /// Vary one parameter after another, not all combinations
    #[arg(long)]
    pub one_by_one: bool,
    #[command(flatten)]
    pub measuring: Measuring,
}

#[derive(Args)]
pub struct Compare {
    /// Benchmark programs by name, or files that end in .pseudo, with the same in other languages beside them (all
    /// benchmark programs if there are none)
    #[arg(value_name = "PROGRAM")]
    pub programs: Vec<String>,
    /// Implementations to compare with, of lua5.4, luajit, node, pypy3, gcc
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_value = "lua5.4,luajit,node,pypy3,gcc")]
    pub peers: Vec<String>,
    /// Whether pseudo compiles
    #[arg(long, value_enum, default_value_t = Switch::On)]
    pub jit: Switch,
    #[command(flatten)]
    pub measuring: Measuring,
}

#[derive(Args)]
pub struct Merge {
    /// Files of results
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Where the whole goes
    #[arg(short = 'o', long, value_name = "FILE")]
    pub out: PathBuf,
}

#[derive(Args)]
pub struct Diff {
    /// The file of results before
    #[arg(value_name = "BEFORE")]
    pub before: PathBuf,
    /// The file of results after
    #[arg(value_name = "AFTER")]
    pub after: PathBuf,
    /// Show what does not differ as well
    #[arg(long)]
    pub all: bool,
    /// End with status 1 if anything surely takes longer by more than so many percent
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub fail_over: Option<f64>,
}

#[derive(Args)]
pub struct Report {
    /// A file of results
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where CSV files and plots go; without it there is only the table
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}

#[derive(Args)]
pub struct Soak {
    /// Programs to run (all if none are named)
    pub names: Vec<String>,
    /// Stop after the round in which so many seconds are over
    #[arg(long, value_name = "N", required_unless_present = "rounds")]
    pub seconds: Option<u64>,
    /// Stop after so many rounds
    #[arg(long, value_name = "N")]
    pub rounds: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

fn positive(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&number| number > 0).ok_or_else(|| "expected a number from 1 on".to_owned())
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').parse().ok();
    number
        .filter(|number: &f64| (0.0..=1e6).contains(number))
        .ok_or_else(|| "expected a percentage, such as 2".to_owned())
}

fn level(text: &str) -> Result<f64, String> {
    percent(text)
        .ok()
        .filter(|level| (50.0..100.0).contains(level))
        .ok_or_else(|| "expected a percentage from 50 on, below 100".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_consistent() {
        use clap::CommandFactory as _;
        Options::command().debug_assert();
    }

    #[test]
    fn rules_come_from_options() {
        let rule = |words: &[&str]| {
            let words = ["pseudo-bench", "ablate", "fib"].iter().chain(words);
            match Options::try_parse_from(words).map_err(|error| error.to_string())?.command {
                Command::Ablate(options) => options.measuring.rule(),
                _ => unreachable!(),
            }
        };
        let defaults = rule(&[]).unwrap();
        assert_eq!((defaults.min_runs, defaults.max_runs, defaults.precision), (9, 30, 0.02));
        let exact = rule(&["--runs", "3", "--precision", "5%", "--confidence", "99"]).unwrap();
        assert_eq!((exact.min_runs, exact.max_runs, exact.precision, exact.confidence), (3, 3, 0.05, 0.99));
        assert!(rule(&["--min-runs", "40"]).unwrap_err().contains("more than --max-runs 30"));
        assert!(rule(&["--runs", "0"]).unwrap_err().contains("from 1 on"));
        assert!(rule(&["--confidence", "100"]).unwrap_err().contains("below 100"));
        assert!(rule(&["--precision", "-1"]).is_err());
        assert!(rule(&["--shard", "2/2"]).unwrap_err().contains("below N"));
        assert!(rule(&["--thresholds", "hotlop=1"]).unwrap_err().contains("no parameter `hotlop`"));
    }
}
