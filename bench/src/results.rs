//! What was measured, as it is written to files: every single run, and what follows from them.
//!
//! The file is JSON, one object:
//!
//! | field | meaning |
//! |---|---|
//! | `format`, `version` | [`FORMAT`], [`VERSION`]: raised when a reader of this one would misunderstand |
//! | `kind` | `ablate`, `sweep` or `compare` |
//! | `complete` | whether all programs were measured; false in what an interrupted or failed experiment leaves, and in single shards |
//! | `versions` | of `pseudo`, of peers, of the `rustc` that built `pseudo` |
//! | `commit` | `hash`, and whether files were changed (`dirty`); null if unknown |
//! | `rule` | when a setting is steady: [`Rule`] |
//! | `absent` | peers that are not installed |
//! | `settings` | [`Setting`]: name, group, engine, options, parameters; the first is the reference |
//! | `planned` | names of all programs of the experiment, other shards included |
//! | `parts` | [`Part`]: a process that measured: its shard, machine, time, command line, seed, and a fingerprint of the `pseudo` that it ran |
//! | `programs` | [`ProgramResults`]: name, fingerprint of the source, number of its part, and `cells`: one for each setting, in their order |
//!
//! A cell has its setting's name, a `state` ([`State`]), a `reason` if it failed, its `runs`, and a [`Summary`] that
//! follows from them. A run has the number of its round, seconds (`wall`, `user`, `sys`) and `peak_bytes` of memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::experiment::{Kind, Measure, Rule, Setting, Shard};
use crate::intervals::{self, Estimate};
use crate::machine::{Commit, Machine};
use crate::statistics::median;

/// What `format` says.
pub const FORMAT: &str = "pseudo-bench results";
/// What `version` says.
pub const VERSION: u32 = 1;

/// The contents of a file of results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    pub format: String,
    pub version: u32,
    pub kind: Kind,
    pub complete: bool,
    pub versions: BTreeMap<String, String>,
    pub commit: Option<Commit>,
    pub rule: Rule,
    pub absent: Vec<String>,
    pub settings: Vec<Setting>,
    pub planned: Vec<String>,
    pub parts: Vec<Part>,
    pub programs: Vec<ProgramResults>,
}

/// A process that measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub shard: Shard,
    pub machine: Machine,
    /// In UTC.
    pub started: String,
    /// When the file was written.
    pub written: String,
    /// What it was called with.
    pub command: Vec<String>,
    pub seed: u64,
    /// Of the `pseudo` command.
    pub fingerprint: String,
}

/// What was measured of a program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProgramResults {
    pub name: String,
    /// Of its source.
    pub fingerprint: String,
    /// Index of the part that measured it.
    pub part: usize,
    /// One for each setting, in their order.
    pub cells: Vec<Cell>,
}

/// A program in a setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    pub setting: String,
    pub state: State,
    /// Why it failed, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    pub runs: Vec<Run>,
    /// For other readers: what follows from the runs. It is made anew from them whenever a file is written.
    #[serde(default)]
    pub summary: Option<Summary>,
}

/// How far it came with a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It was not measured to the end.
    Pending,
    /// The interval is as narrow as it was to be.
    Steady,
    /// It was run as often as may be, and is not.
    Unsteady,
    /// A run failed, or printed something else. There may be runs from before that.
    Failed,
    /// The program is not there in the engine's language.
    Absent,
}

impl State {
    /// For tables: nothing if all is well.
    pub fn note(self) -> &'static str {
        match self {
            State::Pending => "not finished",
            State::Steady => "",
            State::Unsteady => "not steady",
            State::Failed => "FAILED",
            State::Absent => "absent",
        }
    }
}

/// What a process took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Counted from 1: runs of one round took place one after another.
    pub round: usize,
    pub wall: f64,
    pub user: f64,
    pub sys: f64,
    pub peak_bytes: u64,
}

impl Run {
    /// The seconds that count.
    pub fn seconds(&self, measure: Measure) -> f64 {
        match measure {
            Measure::Cpu => self.user + self.sys,
            Measure::Wall => self.wall,
        }
    }
}

/// What follows from the runs of a cell, and those of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Seconds that count.
    pub median: f64,
    /// The interval of the median; null if there are too few runs.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// By what factor it takes longer than the reference; null if that was not measured.
    pub ratio: Option<f64>,
    pub ratio_low: Option<f64>,
    pub ratio_high: Option<f64>,
    pub mark: Mark,
    /// Median of the peaks of resident memory, in bytes.
    pub peak_bytes: u64,
}

/// How sure it is that a setting differs from the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// Not at all.
    None,
    /// The interval of the ratio leaves out 1: of twenty such findings one may be chance.
    Single,
    /// It does so as well at the level at which even one mistake among all settings of the program is unlikely.
    Family,
}

impl Mark {
    /// For tables.
    pub fn text(self) -> &'static str {
        match self {
            Mark::None => "",
            Mark::Single => "*",
            Mark::Family => "**",
        }
    }
}

impl Cell {
    /// Seconds of its runs.
    pub fn seconds(&self, measure: Measure) -> Vec<f64> {
        self.runs.iter().map(|run| run.seconds(measure)).collect()
    }

    /// The median of its runs.
    pub fn median(&self, rule: &Rule) -> Option<Estimate> {
        intervals::of_median(&self.seconds(rule.measure), rule.confidence)
    }

    /// By what factor it takes longer than another.
    pub fn ratio(&self, reference: &Cell, rule: &Rule) -> Option<Estimate> {
        intervals::of_ratio(&self.seconds(rule.measure), &reference.seconds(rule.measure), rule.confidence)
    }

    /// How sure it is that the two differ, as one of so many comparisons: by Bonferroni's inequality.
    pub fn mark(&self, reference: &Cell, rule: &Rule, comparisons: usize) -> Mark {
        let differs =
            |confidence| self.ratio(reference, &Rule { confidence, ..*rule }).is_some_and(|it| it.excludes(1.0));
        match differs(rule.confidence) {
            false => Mark::None,
            true if differs(1.0 - (1.0 - rule.confidence) / comparisons.max(1) as f64) => Mark::Family,
            true => Mark::Single,
        }
    }

    /// The median of the peaks of resident memory, in bytes.
    pub fn peak_bytes(&self) -> Option<f64> {
        median(&self.runs.iter().map(|run| run.peak_bytes as f64).collect::<Vec<_>>())
    }
}

impl ProgramResults {
    /// What follows from the runs of the cell of an index.
    pub fn summary(&self, cell: usize, rule: &Rule) -> Option<Summary> {
        let (own, reference) = (&self.cells[cell], &self.cells[0]);
        let median = own.median(rule)?;
        let ratio = own.ratio(reference, rule);
        let interval = ratio.and_then(|ratio| ratio.interval);
        let others = self.cells[1..].iter().filter(|cell| !cell.runs.is_empty()).count();
        Some(Summary {
            median: median.value,
            low: median.interval.map(|(low, _)| low),
            high: median.interval.map(|(_, high)| high),
            ratio: ratio.map(|ratio| ratio.value),
            ratio_low: interval.map(|(low, _)| low),
            ratio_high: interval.map(|(_, high)| high),
            mark: if cell == 0 { Mark::None } else { own.mark(reference, rule, others) },
            peak_bytes: own.peak_bytes().unwrap_or_default() as u64,
        })
    }
}

impl Results {
    /// Brings all summaries up to date.
    pub fn summarise(&mut self) {
        for program in &mut self.programs {
            for at in 0..program.cells.len() {
                program.cells[at].summary = program.summary(at, &self.rule);
            }
        }
    }

    /// Cells that failed: program, setting, reason.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &Cell)> {
        self.programs.iter().flat_map(|program| {
            let failed = program.cells.iter().filter(|cell| cell.state == State::Failed);
            failed.map(|cell| (program.name.as_str(), cell))
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If it can't be read, is no such file, or one of another version: says what was expected, and where it is not that.
    pub fn load(path: &Path) -> io::Result<Results> {
        let wrong = |why: String| io::Error::other(format!("{}: {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let value: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| wrong(format!("this is not JSON: {error}")))?;
        if value.get("format").and_then(|format| format.as_str()) != Some(FORMAT) {
            return Err(wrong(format!("these are no results: `format` should be \"{FORMAT}\"")));
        }
        if value.get("version").and_then(|version| version.as_u64()) != Some(u64::from(VERSION)) {
            let version = value.get("version").unwrap_or(&serde_json::Value::Null);
            return Err(wrong(format!("results of version {VERSION} can be read, these are of version {version}")));
        }
        // From the text, since errors then say where.
        let results: Results = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        results.check().map_err(wrong)?;
        Ok(results)
    }

    /// What the types do not say.
    fn check(&self) -> Result<(), String> {
        if self.settings.is_empty() {
            return Err("there are no settings".to_owned());
        }
        let names: Vec<_> = self.settings.iter().map(|setting| &setting.name).collect();
        for program in &self.programs {
            if !program.cells.iter().map(|cell| &cell.setting).eq(names.iter().copied()) {
                return Err(format!(
                    "the cells of program {} are not those of the settings, in their order",
                    program.name
                ));
            }
            if program.part >= self.parts.len() {
                return Err(format!(
                    "program {} is of part {}, but there are {}",
                    program.name,
                    program.part,
                    self.parts.len()
                ));
            }
        }
        Ok(())
    }

    /// Writes a file, with all summaries up to date. What is there already is replaced at once, so that there is a whole file
    /// at any time.
    pub fn save(&mut self, path: &Path) -> io::Result<()> {
        self.summarise();
        let unfinished = path.with_extension("json.new");
        let write = || {
            // Not as a text in memory: what this process has, the processes that it measures begin with.
            let mut file = BufWriter::new(File::create(&unfinished)?);
            serde_json::to_writer(&mut file, self)?;
            file.write_all(b"\n")?;
            file.into_inner()?.sync_all()?;
            std::fs::rename(&unfinished, path)
        };
        write().map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::experiment::DEFAULT;

    /// Two programs in two settings, of which `slow` takes twice as long.
    pub fn example() -> Results {
        let runs = |factor: f64| {
            let run = |round: usize| {
                let seconds = factor * (1.0 + 0.001 * (round * 7 % 5) as f64);
                Run { round, wall: seconds * 1.1, user: seconds * 0.75, sys: seconds * 0.25, peak_bytes: 5 << 20 }
            };
            (1..=8).map(run).collect()
        };
        let cell = |setting: &str, factor| Cell {
            setting: setting.to_owned(),
            state: State::Steady,
            reason: String::new(),
            runs: runs(factor),
            summary: None,
        };
        let program = |name: &str, factor: f64| ProgramResults {
            name: name.to_owned(),
            fingerprint: format!("of {name}"),
            part: 0,
            cells: vec![cell(DEFAULT, factor), cell("slow", 2.0 * factor)],
        };
        Results {
            format: FORMAT.to_owned(),
            version: VERSION,
            kind: Kind::Ablate,
            complete: true,
            versions: BTreeMap::from([("pseudo".to_owned(), "pseudo 1".to_owned())]),
            commit: Some(Commit { hash: "c0ffee".repeat(5), dirty: false }),
            rule: Rule {
                measure: Measure::Cpu,
                warm_up: 1,
                min_runs: 6,
                max_runs: 20,
                precision: 0.02,
                confidence: 0.95,
            },
            absent: Vec::new(),
            settings: vec![Setting::default_pseudo(), Setting::pseudo("pass off", "slow", &["--passes=-cse"])],
            planned: vec!["a".to_owned(), "b".to_owned()],
            parts: vec![Part {
                shard: Shard::WHOLE,
                machine: Machine { cpu: "a processor".to_owned(), cores: 2, ..Machine::default() },
                started: "2026-01-01T00:00:00Z".to_owned(),
                written: "2026-01-01T00:01:00Z".to_owned(),
                command: vec!["ablate".to_owned()],
                seed: 1,
                fingerprint: "1234".to_owned(),
            }],
            programs: vec![program("a", 1.0), program("b", 0.1)],
        }
    }

    /// A folder for the files of a test.
    pub fn folder(test: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("pseudo-bench-test-{}-{test}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn what_is_written_can_be_read() {
        let folder = folder("results");
        let mut results = example();
        results.save(&folder.join("a.json")).unwrap();
        assert_eq!(Results::load(&folder.join("a.json")).unwrap(), results);
        let summary = results.programs[0].cells[1].summary.unwrap();
        assert!((summary.ratio.unwrap() - 2.0).abs() < 0.01, "{summary:?}");
        assert_eq!((summary.mark, summary.peak_bytes), (Mark::Family, 5 << 20));
        assert_eq!(results.programs[0].cells[0].summary.unwrap().mark, Mark::None);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_is_no_result_is_named() {
        let folder = folder("no-results");
        let error = |text: &str| {
            let path = folder.join("bad.json");
            std::fs::write(&path, text).unwrap();
            let error = Results::load(&path).unwrap_err().to_string();
            assert!(error.contains("bad.json: "), "{error}");
            error
        };
        assert!(error("{").contains("not JSON"));
        assert!(error("[1]").contains("no results"));
        let good = serde_json::to_string(&example()).unwrap();
        let other = good.replace("\"version\":1", "\"version\":7");
        assert!(error(&other).contains("of version 1 can be read, these are of version 7"));
        assert!(error(&good.replace("\"rule\"", "\"role\"")).contains("missing field `rule`"));
        let swapped = good.replacen("\"setting\":\"slow\"", "\"setting\":\"other\"", 1);
        assert!(error(&swapped).contains("cells of program a are not those of the settings"));
        assert!(error(&good.replacen("\"part\":0", "\"part\":3", 1)).contains("part 3, but there are 1"));
        assert!(Results::load(&folder.join("none.json")).unwrap_err().to_string().contains("none.json: No such file"));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn marks_are_stricter_for_many_comparisons() {
        let results = example();
        let [reference, slow] = &results.programs[0].cells[..] else { unreachable!() };
        assert_eq!(slow.mark(reference, &results.rule, 50), Mark::Family);
        // Eight runs each, all beyond the others, are worth no more than two in 12870.
        assert_eq!(slow.mark(reference, &results.rule, 1000), Mark::Single);
        assert_eq!(reference.mark(reference, &results.rule, 1), Mark::None);
    }
}
