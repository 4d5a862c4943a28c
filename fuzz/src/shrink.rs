//! Makes the sequence of choices that a program was generated from smaller, so that the program becomes a smaller one that
//! the generator could have written: one without errors, whose loops still end.
//!
//! Three kinds of steps, tried again until none helps: leave out a run of choices, long runs first; make a run of choices 0,
//! the choice that the generator takes to be the simplest; make one choice smaller. Each gives another program, which may be
//! an altogether different one behind the first change; it is taken if it still fails and its choices are fewer, or as many
//! and smaller (shortlex order), so that the search ends. What then remains is for [`crate::minimise`], which knows nothing of
//! the generator and sees lines.
//!
//! After David MacIver and Alastair Donaldson, "Test-Case Reduction via Test-Case Generation: Insights from the Hypothesis
//! Reducer", ECOOP 2020.

use crate::generate;
use crate::rng::Rng;

/// Runs of choices that are tried, in steps of halves from the whole down to one.
const RUNS_LEAST: usize = 1;

/// The program of the smallest choices found that `fails`, at the cost of at most `tries` runs of it; `None` if nothing
/// smaller does.
pub fn shrink(choices: &[u64], tries: usize, mut fails: impl FnMut(&str) -> bool) -> Option<String> {
    let mut search = Search { choices: trimmed(choices), program: None, tries, fails: &mut fails };
    loop {
        let before = search.choices.clone();
        search.runs(|choices, run| {
            choices.drain(run);
        });
        search.runs(|choices, run| choices[run].fill(0));
        search.single();
        if search.choices == before || search.tries == 0 {
            return search.program;
        }
    }
}

/// Without the zeros at the end, which are what a sequence that has ended gives.
fn trimmed(choices: &[u64]) -> Vec<u64> {
    let len = choices.iter().rposition(|&choice| choice != 0).map_or(0, |last| last + 1);
    choices[..len].to_vec()
}

struct Search<'a> {
    choices: Vec<u64>,
    program: Option<String>,
    tries: usize,
    fails: &'a mut dyn FnMut(&str) -> bool,
}

impl Search<'_> {
    /// Takes the choices if their program still fails and they are less.
    fn accept(&mut self, candidate: &[u64]) -> bool {
        if self.tries == 0 || candidate == self.choices {
            return false;
        }
        self.tries -= 1;
        let mut rng = Rng::of_choices(candidate).keep_choices();
        let program = generate::program_by(&mut rng);
        let made = trimmed(rng.choices());
        let is_less = (made.len(), &made) < (self.choices.len(), &self.choices);
        let better = is_less && (self.fails)(&program);
        if better {
            (self.choices, self.program) = (made, Some(program));
        }
        better
    }

    /// Changes runs of choices, from the whole sequence down to single ones, the last ones first.
    fn runs(&mut self, change: impl Fn(&mut Vec<u64>, std::ops::Range<usize>)) {
        let mut run = self.choices.len();
        while run >= RUNS_LEAST {
            let mut end = self.choices.len();
            while end > 0 && self.tries > 0 {
                let start = end.saturating_sub(run);
                let mut candidate = self.choices.clone();
                change(&mut candidate, start..end);
                self.accept(&candidate);
                end = start.min(self.choices.len());
            }
            run /= 2;
        }
    }

    /// Makes single choices smaller.
    fn single(&mut self) {
        let mut at = 0;
        while at < self.choices.len() && self.tries > 0 {
            let choice = self.choices[at];
            for smaller in [choice / 2, choice.saturating_sub(1)] {
                let mut candidate = self.choices.clone();
                candidate[at] = smaller;
                if smaller < choice && self.accept(&candidate) {
                    break;
                }
            }
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices_of(seed: u64) -> Vec<u64> {
        let mut rng = Rng::new(seed).keep_choices();
        generate::program_by(&mut rng);
        rng.choices().to_vec()
    }

    #[test]
    fn programs_get_smaller_and_still_fail() {
        let (mut before, mut after) = (0, 0);
        for seed in 0..20 {
            let whole = generate::program(seed);
            if whole.contains("MIN_INT") {
                let small = shrink(&choices_of(seed), 300, |program| program.contains("MIN_INT"));
                let small = small.expect("something smaller has it too");
                assert!(small.contains("MIN_INT"));
                (before, after) = (before + whole.len(), after + small.len());
            }
        }
        assert!(before > 0 && after * 3 < before, "{before} bytes became {after}");
    }

    #[test]
    fn the_number_of_tries_is_a_limit() {
        let mut runs = 0;
        let small = shrink(&choices_of(1), 9, |_| {
            runs += 1;
            false
        });
        assert!(runs <= 9 && small.is_none());
    }
}
