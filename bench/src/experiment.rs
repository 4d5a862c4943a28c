//! What is measured: programs, each in a number of settings, until the figures are steady.
//!
//! An ablation, a sweep of a parameter and a comparison with other implementations are all this; they differ in their settings. The
//! first setting is the one that the others are set in relation to.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::programs::Program;

/// A way to run programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// What it is called in tables.
    pub name: String,
    /// What it stands with in tables: a heading.
    pub group: String,
    /// What runs the programs: `pseudo` or a peer.
    pub engine: String,
    /// Options of the engine, in front of the program.
    pub options: Vec<String>,
    /// Parameters of a sweep by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, u32>,
}

impl Setting {
    /// `pseudo` with these options.
    pub fn pseudo(group: &str, name: &str, options: &[&str]) -> Setting {
        Setting {
            name: name.to_owned(),
            group: group.to_owned(),
            engine: "pseudo".to_owned(),
            options: options.iter().map(|&option| option.to_owned()).collect(),
            parameters: BTreeMap::new(),
        }
    }

    /// `pseudo` as it comes.
    pub fn default_pseudo() -> Setting {
        Setting::pseudo("", DEFAULT, &[])
    }
}

/// The name of the setting without any options.
pub const DEFAULT: &str = "default";

/// Which seconds count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// Seconds of the processor, of the program and of the system for it: other processes hardly disturb them
    Cpu,
    /// Seconds from start to end
    Wall,
}

impl Measure {
    /// What is measured, for headings.
    pub fn title(self) -> &'static str {
        match self {
            Measure::Cpu => "processor time",
            Measure::Wall => "time from start to end",
        }
    }
}

/// When to stop measuring.
///
/// A setting of a program is *steady* once the interval of its median, at the level of `confidence`, reaches no further than
/// `precision` of the median to either side on average. Each is run at least `min_runs` times, then until it is steady, at most
/// `max_runs` times. Runs of `warm_up` go first and count for nothing: they bring files into the system's cache. What a program
/// needs to warm up itself, compiling included, is part of its time, as each run is a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    pub measure: Measure,
    pub warm_up: usize,
    pub min_runs: usize,
    pub max_runs: usize,
    /// A part of the median: 0.02 for 2%.
    pub precision: f64,
    /// A chance: 0.95 for 95%.
    pub confidence: f64,
}

/// One process's part of the programs: every `count`-th, from the `index`-th on, counted from 0.
///
/// Programs are shared out, not settings: all settings of a program are measured on one machine, taking turns, so
/// that their ratios mean something whichever machine that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    pub index: usize,
    pub count: usize,
}

impl Shard {
    /// Everything.
    pub const WHOLE: Shard = Shard { index: 0, count: 1 };

    /// Reads `I/N`.
    ///
    /// # Errors
    ///
    /// In words, if it is not that, or I is not below N.
    pub fn parse(text: &str) -> Result<Shard, String> {
        let (index, count) = text.split_once('/').ok_or("a shard is written I/N, such as 0/4")?;
        let number = |part: &str| part.parse::<usize>().map_err(|error| format!("`{part}`: {error}"));
        let shard = Shard { index: number(index)?, count: number(count)? };
        match shard.index < shard.count {
            true => Ok(shard),
            false => Err(format!("I counts from 0, and so must be below N, which {index} is not below {count}")),
        }
    }

    /// Its part of a list.
    pub fn of<T>(self, all: Vec<T>) -> Vec<T> {
        all.into_iter().skip(self.index).step_by(self.count).collect()
    }
}

/// What kind of experiment it is: how its results are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Ablate,
    Sweep,
    Compare,
}

impl Kind {
    /// The subcommand.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Ablate => "ablate",
            Kind::Sweep => "sweep",
            Kind::Compare => "compare",
        }
    }
}

/// An experiment that is about to be made.
#[derive(Clone, Debug)]
pub struct Experiment {
    pub kind: Kind,
    /// All programs, those of other shards included.
    pub programs: Vec<Program>,
    /// Not empty.
    pub settings: Vec<Setting>,
    pub rule: Rule,
    /// Decides the order in which settings take their turns.
    pub seed: u64,
    /// Seconds of the processor after which a run is ended and has failed.
    pub timeout: Option<u64>,
    pub shard: Shard,
    /// Where results go.
    pub folder: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_divide_a_list() {
        let all: Vec<u32> = (0..10).collect();
        let mut together = Vec::new();
        for index in 0..3 {
            together.extend(Shard::parse(&format!("{index}/3")).unwrap().of(all.clone()));
        }
        together.sort_unstable();
        assert_eq!(together, all);
        assert_eq!(Shard::WHOLE.of(all.clone()), all);
        assert!(Shard { index: 2, count: 4 }.of(vec![1]).is_empty());
    }

    #[test]
    fn what_is_no_shard_is_an_error_in_words() {
        assert!(Shard::parse("3").unwrap_err().contains("I/N"));
        assert!(Shard::parse("3/3").unwrap_err().contains("below N"));
        assert!(Shard::parse("0/0").unwrap_err().contains("below N"));
        assert!(Shard::parse("-1/2").unwrap_err().contains("`-1`"));
    }
}
