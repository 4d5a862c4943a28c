//! Makes an experiment: runs programs in their settings, taking turns, until the figures are steady.
//!
//! Programs are measured one after another. For each, all settings are run once in every round, in an order that is drawn anew: what
//! makes the machine slower for a while then hits all settings alike, and none always runs behind the same other one. A
//! setting that is steady leaves the rounds; the first, which the others are set in relation to, stays until the last has left.
//!
//! Every run is checked: it must end well and print what the first setting's first run printed. One that does not makes its cell fail,
//! and the others go on. What is measured is written as it comes, so that whatever happens, little is lost.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::engines::{Engine, Prepared};
use crate::experiment::{Experiment, Rule, Setting};
use crate::machine::{self, Commit, Machine};
use crate::process;
use crate::programs::Program;
use crate::progress::Progress;
use crate::random::Random;
use crate::results::{Cell, FORMAT, Part, ProgramResults, Results, Run, State, VERSION};

/// The file of results in an experiment's folder.
pub const FILE: &str = "results.json";

/// Time after which what was measured since then is written, between two rounds.
const BETWEEN_SAVES: Duration = Duration::from_secs(5);

/// Where an experiment's engines come from.
pub struct Engines {
    /// `pseudo`, then peers.
    pub engines: Vec<Engine>,
    /// Peers that are not installed.
    pub absent: Vec<String>,
    /// The state of the sources that `pseudo` was built from.
    pub commit: Option<Commit>,
}

/// Makes an experiment. Ends early if the user wishes so; the results then say that they are not complete.
///
/// # Errors
///
/// If results can't be written. Programs that fail are in the results.
pub fn run(experiment: &Experiment, engines: &Engines) -> io::Result<Results> {
    let mut results = empty(experiment, engines);
    let path = experiment.folder.join(FILE);
    results.save(&path)?;
    let programs = experiment.shard.of(experiment.programs.clone());
    let mut random = Random::new(experiment.seed);
    let mut watch = Watch::new(experiment.kind.name(), programs.len());
    for program in &programs {
        if process::is_interrupted() {
            break;
        }
        results.programs.push(ProgramResults {
            name: program.name.clone(),
            fingerprint: program.source("pseudo").map(|path| machine::fingerprint(&path)).unwrap_or_default(),
            part: 0,
            cells: Vec::new(),
        });
        let mut measured = Measured::new(program, experiment, &engines.engines);
        let mut saved = Instant::now();
        let mut goes_on = measured.warm_up(&mut watch);
        for round in 1..=experiment.rule.max_runs {
            if !goes_on {
                break;
            }
            goes_on = measured.round(round, &mut random, &mut watch);
            if saved.elapsed() > BETWEEN_SAVES {
                write(&mut results, &measured, &path)?;
                saved = Instant::now();
            }
        }
        write(&mut results, &measured, &path)?;
        watch.program_done();
    }
    results.complete = !process::is_interrupted() && experiment.shard.count == 1;
    results.save(&path)?;
    Ok(results)
}

/// Writes what has been measured, of the last program as well.
fn write(results: &mut Results, measured: &Measured<'_>, path: &Path) -> io::Result<()> {
    results.programs.last_mut().expect("it is about one").cells.clone_from(&measured.cells);
    results.parts[0].written = machine::now();
    results.save(path)
}

fn empty(experiment: &Experiment, engines: &Engines) -> Results {
    let pseudo = engines.engines.iter().find(|engine| engine.name == "pseudo");
    Results {
        format: FORMAT.to_owned(),
        version: VERSION,
        kind: experiment.kind,
        complete: false,
        versions: machine::versions(&engines.engines),
        commit: engines.commit.clone(),
        rule: experiment.rule,
        absent: engines.absent.clone(),
        settings: experiment.settings.clone(),
        planned: experiment.programs.iter().map(|program| program.name.clone()).collect(),
        parts: vec![Part {
            shard: experiment.shard,
            machine: Machine::this(),
            started: machine::now(),
            written: machine::now(),
            command: std::env::args().skip(1).collect(),
            seed: experiment.seed,
            fingerprint: pseudo.map(|engine| machine::fingerprint(engine.path())).unwrap_or_default(),
        }],
        programs: Vec::new(),
    }
}

/// A program that is being measured.
struct Measured<'a> {
    program: &'a Program,
    settings: &'a [Setting],
    rule: Rule,
    timeout: Option<u64>,
    /// What to run in each setting; nothing where it can't be.
    prepared: Vec<Option<Prepared>>,
    cells: Vec<Cell>,
    /// Seconds from start to end of the last run in each setting.
    costs: Vec<Option<f64>>,
    /// What all must print.
    expected: Option<String>,
}

impl<'a> Measured<'a> {
    fn new(program: &'a Program, experiment: &'a Experiment, engines: &[Engine]) -> Measured<'a> {
        let mut measured = Measured {
            program,
            settings: &experiment.settings,
            rule: experiment.rule,
            timeout: experiment.timeout,
            prepared: Vec::new(),
            cells: Vec::new(),
            costs: vec![None; experiment.settings.len()],
            expected: None,
        };
        for setting in &experiment.settings {
            let engine = engines.iter().find(|engine| engine.name == setting.engine).expect("engines of all settings");
            let (prepared, state, reason) = match engine.prepare(program, &setting.options) {
                Ok(Some(prepared)) => (Some(prepared), State::Pending, String::new()),
                Ok(None) => (None, State::Absent, String::new()),
                Err(error) => (None, State::Failed, short(&error.to_string())),
            };
            measured.prepared.push(prepared);
            measured.cells.push(Cell { setting: setting.name.clone(), state, reason, runs: Vec::new(), summary: None });
        }
        measured
    }

    /// Makes the runs that do not count. Whether there is anything left to do.
    fn warm_up(&mut self, watch: &mut Watch) -> bool {
        for _ in 0..self.rule.warm_up {
            for at in 0..self.cells.len() {
                if self.is_pending(at) && self.run_once(at, 0, watch).is_none() {
                    return false;
                }
            }
        }
        self.has_pending()
    }

    /// Makes a round. Whether there is anything left to do.
    fn round(&mut self, round: usize, random: &mut Random, watch: &mut Watch) -> bool {
        let mut turns: Vec<usize> = (0..self.cells.len()).filter(|&at| self.is_pending(at)).collect();
        // The first is what the others must agree with: it runs first until it has printed.
        let fixed = usize::from(self.expected.is_none());
        random.shuffle(&mut turns[fixed..]);
        for at in turns {
            if !self.is_pending(at) {
                continue;
            }
            match self.run_once(at, round, watch) {
                None => return false,
                Some(Some(run)) => self.cells[at].runs.push(run),
                Some(None) => {}
            }
        }
        let others_done = (1..self.cells.len()).all(|at| !self.is_pending(at) || self.is_done(at));
        for at in (0..self.cells.len()).filter(|&at| self.is_pending(at)).collect::<Vec<_>>() {
            if self.is_done(at) && (at > 0 || others_done) {
                self.cells[at].state = if self.is_steady(at) { State::Steady } else { State::Unsteady };
            }
        }
        self.has_pending()
    }

    fn is_pending(&self, at: usize) -> bool {
        self.cells[at].state == State::Pending
    }

    fn has_pending(&self) -> bool {
        (0..self.cells.len()).any(|at| self.is_pending(at))
    }

    fn spread(&self, at: usize) -> Option<f64> {
        self.cells[at].median(&self.rule).and_then(|median| median.spread())
    }

    fn is_steady(&self, at: usize) -> bool {
        self.spread(at).is_some_and(|spread| spread <= self.rule.precision)
    }

    fn is_done(&self, at: usize) -> bool {
        let runs = self.cells[at].runs.len();
        runs >= self.rule.max_runs || runs >= self.rule.min_runs && self.is_steady(at)
    }

    /// Runs a setting. `None` if the user wishes to stop; `Some(None)` if the run failed, which the cell then says.
    fn run_once(&mut self, at: usize, round: usize, watch: &mut Watch) -> Option<Option<Run>> {
        if process::is_interrupted() {
            return None;
        }
        watch.tell(self, at, round);
        let prepared = self.prepared[at].as_ref().expect("what is pending can be run");
        let finished = process::run(prepared.command(), self.timeout);
        self.costs[at] = finished.as_ref().ok().map(|finished| finished.seconds);
        // Ctrl-C goes to all processes of the terminal: the run is not what it would have been.
        if process::is_interrupted() {
            return None;
        }
        match finished.map_err(|error| error.to_string()).and_then(|finished| self.judge(finished)) {
            Ok(finished) => Some(Some(Run {
                round,
                wall: micros(finished.seconds),
                user: finished.user_seconds,
                sys: finished.system_seconds,
                peak_bytes: finished.peak_bytes,
            })),
            Err(reason) => {
                self.fail(at, &reason);
                Some(None)
            }
        }
    }

    /// Whether a run ended as it should, or why not.
    fn judge(&mut self, finished: process::Finished) -> Result<process::Finished, String> {
        if finished.status.signal() == Some(process::OVER_LIMIT) {
            return Err(format!("took more than {} s of the processor", self.timeout.unwrap_or_default()));
        }
        if !finished.status.success() {
            let errors = String::from_utf8_lossy(&finished.stderr);
            return Err(format!("ended with {}: {}", finished.status, errors.trim_end()));
        }
        // Lua separates what it prints by tabs where others use spaces.
        let output = String::from_utf8_lossy(&finished.stdout).replace('\t', " ");
        match &self.expected {
            None => self.expected = Some(output),
            Some(expected) if *expected != output => return Err(difference(&self.settings[0].name, expected, &output)),
            Some(_) => {}
        }
        Ok(finished)
    }

    fn fail(&mut self, at: usize, reason: &str) {
        self.cells[at].state = State::Failed;
        self.cells[at].reason = short(reason);
        if at == 0 {
            // Without it there is nothing that the others can be checked by, or set in relation to.
            let reason = format!("{} failed", self.settings[0].name);
            for cell in self.cells.iter_mut().filter(|cell| cell.state == State::Pending) {
                (cell.state, cell.reason) = (State::Failed, reason.clone());
            }
        }
    }

    /// Seconds that are presumably left: the width of an interval goes down with the root of the number of runs.
    fn left(&self, round: usize) -> f64 {
        let known: Vec<f64> = self.costs.iter().copied().flatten().collect();
        let mean = crate::statistics::mean(&known).unwrap_or(FIRST_GUESS);
        let pending = self.cells.iter().enumerate().filter(|(_, cell)| cell.state == State::Pending);
        let seconds = pending.map(|(at, cell)| {
            let runs = cell.runs.len() as f64;
            let spread = self.spread(at).map_or(0.0, |spread| spread / self.rule.precision.max(1e-6));
            let needed = (runs * spread.powi(2)).max(self.rule.min_runs as f64).max(runs + 1.0);
            let warm_up = if round == 0 && self.costs[at].is_none() { self.rule.warm_up as f64 } else { 0.0 };
            (needed.min(self.rule.max_runs as f64) - runs + warm_up) * self.costs[at].unwrap_or(mean)
        });
        seconds.sum()
    }
}

/// Seconds that a run takes, as long as there has been none.
const FIRST_GUESS: f64 = 0.2;

/// What a text begins with, where all of it might be very long.
fn short(text: &str) -> String {
    const CHARACTERS: usize = 400;
    let mut short: String = text.chars().take(CHARACTERS).collect();
    if short.len() < text.len() {
        short.push_str(" ...");
    }
    short
}

/// The first line in which two outputs differ.
fn difference(reference: &str, expected: &str, output: &str) -> String {
    let (mut wanted, mut found) = (expected.lines(), output.lines());
    for line in 1.. {
        match (wanted.next(), found.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => {
                let text = |line: Option<&str>| line.map_or("nothing".to_owned(), |line| format!("{line:?}"));
                return format!("prints {} in line {line}, where {reference} prints {}", text(b), text(a));
            }
        }
    }
    format!("ends its last line otherwise than {reference}")
}

/// The least unit that files have: microseconds.
fn micros(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}

/// Tells how far it has come.
struct Watch {
    progress: Progress,
    programs: usize,
    done: usize,
    /// Seconds that the programs took which are done.
    spent: f64,
    began: Instant,
}

impl Watch {
    fn new(title: &'static str, programs: usize) -> Watch {
        Watch { progress: Progress::new(title), programs, done: 0, spent: 0.0, began: Instant::now() }
    }

    fn program_done(&mut self) {
        self.done += 1;
        self.spent += self.began.elapsed().as_secs_f64();
        self.began = Instant::now();
    }

    fn tell(&mut self, measured: &Measured<'_>, at: usize, round: usize) {
        let spent = self.began.elapsed().as_secs_f64();
        let left = measured.left(round);
        // Programs that have not begun presumably take as long as the others.
        let begun = self.spent + spent + left;
        let all = begun / (self.done + 1) as f64 * self.programs as f64;
        let pending = measured.cells.iter().filter(|cell| cell.state == State::Pending).count();
        let round = if round == 0 { "warming up".to_owned() } else { format!("round {round}") };
        let text = format!(
            "{} ({}/{}), {round}, {pending} of {} to go: {}",
            measured.program.name,
            self.done + 1,
            self.programs,
            measured.cells.len(),
            measured.settings[at].name
        );
        self.progress.update((self.spent + spent) / all.max(1e-9), &text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_name_the_line() {
        assert_eq!(difference("default", "a\nb\n", "a\nc\n"), "prints \"c\" in line 2, where default prints \"b\"");
        assert_eq!(difference("default", "a\n", "a\nc\n"), "prints \"c\" in line 2, where default prints nothing");
        assert_eq!(difference("lua", "a\n", "a"), "ends its last line otherwise than lua");
        assert!(short(&"ä".repeat(500)).ends_with("ä ..."));
    }
}
