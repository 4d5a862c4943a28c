//! What a run of the fuzzer has seen: how many programs did what, and how many reached each thing that can be reached.

use std::fmt::Write as _;
use std::time::Duration;

use crate::modes::KINDS;
use crate::oracle::Agreed;
use crate::seen::{FEATURES, Group, Happening, Seen};
use crate::validate;

/// Shares of programs, in percent, below which the generator wastes its runs.
const WANTED: [(&str, f64); 4] = [
    ("ran a compiled trace", 90.0),
    ("took a side exit", 60.0),
    ("grew a side trace", 20.0),
    ("ended without an uncaught error", 95.0),
];

/// Counters.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Programs generated.
    pub programs: u64,
    /// Of these, those that behave the same in all modes.
    pub agreed: u64,
    /// Of these, those that ended without an uncaught error.
    pub fine: u64,
    /// Of these, those that did what a [`Happening`] says, by four of them.
    did: [u64; 4],
    /// Failures found.
    pub failures: u64,
    /// Programs whose guards were made to fail in turn, each at every time.
    pub swept: u64,
    /// What the evaluator was asked about.
    pub validated: validate::Tally,
    /// By place in [`FEATURES`]: programs that reached it.
    reached: Vec<u64>,
    /// By place in [`KINDS`]: programs, and the time that they took.
    kinds: Vec<(u64, Duration)>,
    /// Time that the interpreter took.
    pub interpreting: Duration,
}

impl Default for Tally {
    fn default() -> Tally {
        Tally {
            programs: 0,
            agreed: 0,
            fine: 0,
            did: [0; 4],
            failures: 0,
            swept: 0,
            validated: validate::Tally::default(),
            reached: vec![0; FEATURES.list().len()],
            kinds: vec![(0, Duration::ZERO); KINDS.len()],
            interpreting: Duration::ZERO,
        }
    }
}

impl Tally {
    /// Adds a program that behaves the same in all modes.
    pub fn add(&mut self, agreed: &Agreed) {
        self.agreed += 1;
        self.fine += u64::from(agreed.fine);
        let happenings = [Happening::RanTrace, Happening::TookExit, Happening::GrewSide, Happening::RanTraceByDefault];
        for (count, happening) in self.did.iter_mut().zip(happenings) {
            *count += u64::from(agreed.seen.has(happening));
        }
        self.add_seen(&agreed.seen);
    }

    /// Adds what a program has reached.
    pub fn add_seen(&mut self, seen: &Seen) {
        seen.places().for_each(|place| self.reached[place] += 1);
    }

    /// Adds a run in a kind of mode.
    pub fn add_run(&mut self, kind: usize, time: Duration) {
        self.kinds[kind].0 += 1;
        self.kinds[kind].1 += time;
    }

    /// Programs that ran in this kind of mode.
    pub fn runs(&self, kind: usize) -> u64 {
        self.kinds[kind].0
    }

    /// How many of the things that can be reached were, and how many there are.
    pub fn coverage(&self) -> (usize, usize) {
        let all = || FEATURES.list().iter().zip(&self.reached).filter(|((group, _), _)| *group != Group::Mistake);
        (all().filter(|(_, count)| **count > 0).count(), all().count())
    }

    fn percent(&self, count: u64) -> f64 {
        100.0 * count as f64 / self.agreed.max(1) as f64
    }

    /// The report: what ran, and by how many programs each thing was reached; those reached by none are named. All
    /// counts only if it is to be full.
    pub fn report(&self, full: bool) -> String {
        let mut text = String::new();
        let counts = [self.did[0], self.did[1], self.did[2], self.fine];
        for ((what, wanted), count) in WANTED.iter().zip(counts) {
            let share = self.percent(count);
            let verdict = if share >= *wanted { "" } else { "  <- too few" };
            let _ = writeln!(text, "{share:5.1} % {what} (wanted: {wanted} %){verdict}");
        }
        for (kind, (count, time)) in KINDS.iter().zip(&self.kinds).filter(|_| full) {
            let each = time.as_secs_f64() * 1000.0 / (*count).max(1) as f64;
            let _ = writeln!(text, "{count:9} runs, {each:5.2} ms each: {}", kind.name);
        }
        if full {
            let each = self.interpreting.as_secs_f64() * 1000.0 / self.programs.max(1) as f64;
            let _ = writeln!(text, "{:9} runs, {each:5.2} ms each: interpreted", self.programs);
            let _ = writeln!(text, "{:9} programs with each guard made to fail in turn", self.swept);
            let _ = writeln!(
                text,
                "{:9} traces run by the evaluator before and after each pass, {} runs",
                self.validated.traces, self.validated.runs
            );
        }
        for (group, name) in Group::ALL {
            let of_group = || FEATURES.list().iter().zip(&self.reached).filter(|((of, _), _)| *of == group);
            let total = of_group().count();
            let unreached: Vec<&str> =
                of_group().filter(|(_, count)| **count == 0).map(|((_, name), _)| *name).collect();
            let _ = write!(text, "{name}: {} of {total} reached", total - unreached.len());
            let _ = match unreached.as_slice() {
                [] => writeln!(text),
                _ if group == Group::Mistake => writeln!(text),
                names => writeln!(text, "; not: {}", names.join(", ")),
            };
            for ((_, name), count) in of_group().filter(|_| full) {
                let _ = writeln!(text, "{count:9} {:5.1} %  {name}", self.percent(*count));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_reached_is_named() {
        let mut tally = Tally { programs: 2, ..Tally::default() };
        let mut seen = Seen::default();
        seen.happened(Happening::RanTrace);
        seen.add(Group::Construct, 1);
        tally.add(&Agreed { fine: true, seen });
        tally.add(&Agreed { fine: false, seen: Seen::default() });
        let report = tally.report(false);
        assert!(report.contains(" 50.0 % ran a compiled trace (wanted: 90 %)  <- too few"), "{report}");
        assert!(report.contains("constructs: 1 of ") && report.contains("not: expression as a statement, let of"));
        assert!(
            !report.contains("        1  50.0 %  let\n") && tally.report(true).contains("        1  50.0 %  let\n")
        );
        assert_eq!(tally.coverage().0, 2);
    }
}
