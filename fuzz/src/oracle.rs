//! The differential oracle: a program must behave the same in every mode as it does interpreted.

use std::fmt;

use pseudo::Tier;
use pseudo_trace::opt::PASSES;

use crate::engine::{Engine, Mode, Outcome, Status};
use crate::rng::Rng;

/// A program that behaves differently in two modes, or badly in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub mode: Mode,
    pub what: What,
    pub expected: Outcome,
    pub found: Outcome,
}

/// In which respect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Crash,
    TimeOut,
    Output,
    Error,
    ExitStatus,
    /// The generator wrote a program that does not compile, or runs on: a bug of the generator, or of the front end.
    BadProgram,
}

/// What a program did that behaves the same in all modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreed {
    Fine,
    /// It ended with an uncaught error.
    Error,
}

/// The modes that a program is run in, after the interpreter: two, at times as shipped and mostly stressful, drawn anew for
/// each program: a new program finds more than an old one in another mode.
pub fn modes(rng: &mut Rng) -> Vec<Mode> {
    let plain = if rng.percent(25) { Mode::jit("") } else { stress(rng) };
    let mut modes = vec![plain, stress(rng)];
    for mode in &mut modes {
        if mode.tier == Tier::Auto && rng.percent(30) {
            mode.tier = Tier::Trace;
        }
    }
    if rng.percent(40) {
        modes[0] = whole_functions(rng);
    }
    modes
}

/// Functions as a whole, from their first call or round on, or some time later.
fn whole_functions(rng: &mut Rng) -> Mode {
    let soon = format!("methodloop={} methodcall={}", rng.between(1, 5), rng.between(1, 5));
    let stress = rng.pick(&["", "", "gcstress=1", "gcstress=3", "maxmcode=16"]);
    match rng.below(4) {
        0 => Mode::jit(&format!("{soon} {stress} hotloop={} hotcall={}", rng.between(2, 9), rng.between(2, 9))),
        _ => Mode { tier: Tier::Method, ..Mode::jit(&format!("{soon} {stress}")) },
    }
}

fn stress(rng: &mut Rng) -> Mode {
    const HOT: &str = "hotloop=1 hotcall=2 hotexit=1";
    let eager = |more: String| Mode::jit(&format!("{HOT} {more}"));
    match rng.below(17) {
        0 | 1 => eager("verify=1".to_owned()),
        2 => {
            let registers = rng.between(4, 7);
            eager(format!("verify=1 registers={registers}"))
        }
        3 | 4 => {
            let (period, hot) = (rng.pick(&[1, 2, 3, 5, 7, 13, 29, 101]), rng.pick(&[1, 2, 4]));
            Mode::jit(&format!("hotloop=1 hotcall=2 hotexit={hot} exitstress={period}"))
        }
        16 => eager(format!("verify=1 arrayguard=1 gcstress={}", rng.pick(&[0, 0, 7]))),
        15 => eager(format!("verify=1 sharesides={} watch={}", rng.between(0, 3), rng.pick(&[0, 64, 1000]))),
        // Both ways of every conditional that allows it.
        14 => eager(format!("verify=1 watch={} rarely=0 gcstress={}", rng.between(1, 3), rng.pick(&[0, 0, 3]))),
        5 => eager(format!("forceexit={}", rng.between(1, 60))),
        6 => Mode::jit(&format!("hotloop={0} hotcall={0} hotexit=1 gcstress=1", rng.between(1, 3))),
        10 => {
            let (period, exits) = (rng.pick(&[1, 2, 3, 7, 20]), rng.pick(&[0, 0, 1, 7]));
            Mode::jit(&format!("hotloop=2 hotcall=2 hotexit=1 gcstress={period} exitstress={exits}"))
        }
        11 => Mode { params: vec![format!("gcstress={}", rng.pick(&[1, 2, 5]))], ..Mode::default() },
        // Recordings that end for their length, and again and again.
        12 => eager(format!(
            "verify=1 maxrecord={} maxir={} maxsnap={} retries={} tryside={}",
            rng.pick(&[20, 60, 200]),
            rng.pick(&[60, 300, 8000]),
            rng.pick(&[8, 40, 500]),
            rng.pick(&[0, 2, 1000]),
            rng.between(1, 4)
        )),
        13 => eager(format!("maxtrace={} maxside={}", rng.between(1, 12), rng.between(0, 6))),
        7 => eager(format!("maxmcode=16 maxside={}", rng.between(0, 100))),
        8 => {
            let (sides, unroll, from_exits) = (rng.between(0, 4), rng.pick(&[0, 2, 15, 100]), rng.pick(&[0, 3, 100]));
            eager(format!("maxside={sides} loopunroll={unroll} sideunroll={from_exits}"))
        }
        9 => {
            let (depth, recursion) = (rng.between(1, 20), rng.between(0, 8));
            let sides = rng.pick(&[1, 4, 32]);
            eager(format!("maxdepth={depth} recunroll={recursion} levelsides={sides}"))
        }
        _ => {
            let off: Vec<_> = PASSES.iter().filter(|_| rng.percent(35)).map(|pass| format!("-{}", pass.name)).collect();
            let registers = rng.pick(&["verify=1", "", "registers=5"]);
            Mode { passes: off.join(","), ..eager(registers.to_owned()) }
        }
    }
}

/// Runs a program in the interpreter and in `modes`.
pub fn check(engine: &dyn Engine, source: &str, modes: &[Mode]) -> Result<Agreed, Box<Difference>> {
    let plain = Mode::default();
    let expected = engine.run(source, &plain);
    let what = match expected.status {
        Status::Crashed => Some(What::Crash),
        Status::TimedOut => Some(What::TimeOut),
        Status::Exited(2) => Some(What::BadProgram),
        Status::Exited(_) => None,
    };
    if let Some(what) = what {
        return Err(Box::new(Difference { mode: plain, what, expected: expected.clone(), found: expected }));
    }
    for mode in modes {
        let found = engine.run(source, mode);
        if let Some(what) = compare(&expected, &found) {
            return Err(Box::new(Difference { mode: mode.clone(), what, expected, found }));
        }
    }
    Ok(if expected.status == Status::Exited(0) { Agreed::Fine } else { Agreed::Error })
}

/// In which respect two outcomes differ, the gravest first.
pub fn compare(expected: &Outcome, found: &Outcome) -> Option<What> {
    match found.status {
        Status::Crashed => Some(What::Crash),
        Status::TimedOut => Some(What::TimeOut),
        _ if expected.stdout != found.stdout => Some(What::Output),
        _ if expected.error != found.error => Some(What::Error),
        _ if expected.status != found.status => Some(What::ExitStatus),
        _ => None,
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?} differs: {}", self.what, self.mode.name())?;
        writeln!(f, "expected {:?}, found {:?}", self.expected.status, self.found.status)?;
        let (expected, found) = (self.expected.stdout.lines(), self.found.stdout.lines());
        if let Some((number, (a, b))) = expected.zip(found).enumerate().find(|(_, (a, b))| a != b) {
            writeln!(f, "output line {}:\n  expected {a}\n  found    {b}", number + 1)?;
        } else if self.expected.stdout != self.found.stdout {
            let (a, b) = (self.expected.stdout.lines().count(), self.found.stdout.lines().count());
            writeln!(f, "expected {a} lines of output, found {b}")?;
        }
        if self.expected.error != self.found.error || matches!(self.what, What::BadProgram | What::Crash) {
            writeln!(f, "expected error:\n{}\nfound error:\n{}", self.expected.error, self.found.error)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(stdout: &str, error: &str, code: i32) -> Outcome {
        Outcome { stdout: stdout.to_owned(), error: error.to_owned(), status: Status::Exited(code) }
    }

    #[test]
    fn a_wrong_result_of_compiled_code_is_found() {
        let engine = |_: &str, mode: &Mode| outcome(if mode.params.len() > 1 { "1\n3\n" } else { "1\n2\n" }, "", 0);
        let difference = check(&engine, "", &modes(&mut Rng::new(1))).unwrap_err();
        assert_eq!(difference.what, What::Output);
        assert!(difference.mode.params.len() > 1);
        assert!(difference.to_string().contains("output line 2:\n  expected 2\n  found    3"));
    }

    #[test]
    fn the_same_error_everywhere_is_agreement() {
        let engine = |_: &str, _: &Mode| outcome("", "error: x", 1);
        assert_eq!(check(&engine, "", &modes(&mut Rng::new(1))), Ok(Agreed::Error));
    }

    #[test]
    fn a_source_that_does_not_compile_is_reported() {
        let engine = |_: &str, _: &Mode| outcome("", "error: x", 2);
        assert_eq!(check(&engine, "", &modes(&mut Rng::new(1))).unwrap_err().what, What::BadProgram);
    }

    #[test]
    fn a_crash_weighs_more_than_its_output() {
        let crashed = Outcome { status: Status::Crashed, ..outcome("other", "", 0) };
        assert_eq!(compare(&outcome("", "", 0), &crashed), Some(What::Crash));
        assert_eq!(compare(&outcome("a", "x", 1), &outcome("a", "y", 1)), Some(What::Error));
        assert_eq!(compare(&outcome("a", "", 0), &outcome("a", "", 1)), Some(What::ExitStatus));
    }
}
