//! The differential oracle: a program must behave the same in every mode as it does interpreted.

use std::fmt;

use crate::engine::{Engine, Mode, Outcome, Status};
use crate::seen::Seen;

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
    /// What globals hold at the end.
    Globals,
    /// What the evaluator of traces says: a pass has changed what a trace does.
    Trace,
    /// A recording was given up, or a trace not compiled, for a reason that only a mistake of the compiler can be.
    Mistake,
    /// The generator wrote a program that does not compile, or runs on: a bug of the generator, or of the front end.
    BadProgram,
}

/// What a program did that behaves the same in all modes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Agreed {
    /// Whether it ended without an uncaught error.
    pub fine: bool,
    /// What it has reached, in all modes together.
    pub seen: Seen,
}

/// Guards that [`every_guard`] makes fail, at most.
const GUARDS_MOST: u32 = 40;

/// Runs a program in `modes`, and in the interpreter for what they are held to.
///
/// # Errors
///
/// The first difference.
pub fn check<'m>(
    engine: &dyn Engine,
    source: &str,
    modes: impl IntoIterator<Item = &'m Mode>,
) -> Result<Agreed, Box<Difference>> {
    let mut modes = modes.into_iter().peekable();
    let mut reference = modes.peek().map_or_else(Mode::default, |mode| mode.reference());
    let (mut expected, mut agreed) = expect(engine, source, &reference)?;
    for mode in modes {
        if mode.reference() != reference {
            reference = mode.reference();
            expected = expect(engine, source, &reference)?.0;
        }
        compare_in(engine, source, mode, &expected, &mut agreed)?;
    }
    Ok(agreed)
}

/// Runs a program in the interpreter, the [`Mode::reference`] of others: what is to be compared with.
///
/// # Errors
///
/// If that alone shows that something is wrong.
pub fn expect(engine: &dyn Engine, source: &str, reference: &Mode) -> Result<(Outcome, Agreed), Box<Difference>> {
    let expected = engine.run(source, reference);
    let what = match expected.status {
        Status::Crashed => Some(What::Crash),
        Status::TimedOut => Some(What::TimeOut),
        Status::Exited(2) => Some(What::BadProgram),
        Status::Exited(_) => None,
    };
    if let Some(what) = what {
        return Err(Box::new(Difference {
            mode: reference.clone(),
            what,
            expected: expected.clone(),
            found: expected,
        }));
    }
    let agreed = Agreed { fine: expected.status == Status::Exited(0), seen: expected.seen.clone() };
    Ok((expected, agreed))
}

/// Runs a program in a mode, and adds to what is agreed on.
///
/// # Errors
///
/// If it behaves otherwise than expected.
pub fn compare_in(
    engine: &dyn Engine,
    source: &str,
    mode: &Mode,
    expected: &Outcome,
    agreed: &mut Agreed,
) -> Result<Outcome, Box<Difference>> {
    let found = engine.run(source, mode);
    if let Some(what) = compare(expected, &found) {
        return Err(Box::new(Difference { mode: mode.clone(), what, expected: expected.clone(), found }));
    }
    agreed.seen.join(&found.seen);
    Ok(found)
}

/// Runs a program in a mode once for each guard that it compiles, which then fails whenever it is come to. Guards beyond a
/// limit are left out.
///
/// # Errors
///
/// The first difference.
pub fn every_guard(engine: &dyn Engine, source: &str, mode: &Mode) -> Result<Agreed, Box<Difference>> {
    let (expected, mut agreed) = expect(engine, source, &mode.reference())?;
    let guards = compare_in(engine, source, mode, &expected, &mut agreed)?.guards;
    for guard in 1..=guards.min(GUARDS_MOST) {
        compare_in(engine, source, &mode.with(format!("forceexit={guard}")), &expected, &mut agreed)?;
    }
    Ok(agreed)
}

/// In which respect two outcomes differ, the gravest first.
pub fn compare(expected: &Outcome, found: &Outcome) -> Option<What> {
    match found.status {
        Status::Crashed => Some(What::Crash),
        Status::TimedOut => Some(What::TimeOut),
        _ if expected.stdout != found.stdout => Some(What::Output),
        _ if expected.error != found.error => Some(What::Error),
        _ if expected.status != found.status => Some(What::ExitStatus),
        _ if expected.globals != found.globals => Some(What::Globals),
        _ if found.seen.mistake().is_some() => Some(What::Mistake),
        _ => None,
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?} differs: {}", self.what, self.mode.name())?;
        writeln!(f, "expected {:?}, found {:?}", self.expected.status, self.found.status)?;
        if let Some(mistake) = self.found.seen.mistake() {
            writeln!(f, "given up: {mistake}")?;
        }
        let (expected, found) = (self.expected.stdout.lines(), self.found.stdout.lines());
        if let Some((number, (a, b))) = expected.zip(found).enumerate().find(|(_, (a, b))| a != b) {
            writeln!(f, "output line {}:\n  expected {a}\n  found    {b}", number + 1)?;
        } else if self.expected.stdout != self.found.stdout {
            let (a, b) = (self.expected.stdout.lines().count(), self.found.stdout.lines().count());
            writeln!(f, "expected {a} lines of output, found {b}")?;
        }
        let (expected, found) = (self.expected.globals.lines(), self.found.globals.lines());
        if let Some((a, b)) = expected.zip(found).find(|(a, b)| a != b) {
            writeln!(f, "globals at the end:\n  expected {a}\n  found    {b}")?;
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
        Outcome::new(stdout.to_owned(), error.to_owned(), Status::Exited(code))
    }

    fn modes() -> [Mode; 2] {
        [Mode::jit(""), Mode::jit("hotloop=1 hotcall=2")]
    }

    #[test]
    fn a_wrong_result_of_compiled_code_is_found() {
        let engine = |_: &str, mode: &Mode| outcome(if mode.params.len() > 1 { "1\n3\n" } else { "1\n2\n" }, "", 0);
        let difference = check(&engine, "", &modes()).unwrap_err();
        assert_eq!(difference.what, What::Output);
        assert!(difference.mode.params.len() > 1);
        assert!(difference.to_string().contains("output line 2:\n  expected 2\n  found    3"));
    }

    #[test]
    fn the_same_error_everywhere_is_agreement() {
        let engine = |_: &str, _: &Mode| outcome("", "error: x", 1);
        assert!(!check(&engine, "", &modes()).unwrap().fine);
    }

    #[test]
    fn a_source_that_does_not_compile_is_reported() {
        let engine = |_: &str, _: &Mode| outcome("", "error: x", 2);
        assert_eq!(check(&engine, "", &modes()).unwrap_err().what, What::BadProgram);
    }

    #[test]
    fn a_crash_weighs_more_than_its_output() {
        let crashed = Outcome { status: Status::Crashed, ..outcome("other", "", 0) };
        assert_eq!(compare(&outcome("", "", 0), &crashed), Some(What::Crash));
        assert_eq!(compare(&outcome("a", "x", 1), &outcome("a", "y", 1)), Some(What::Error));
        assert_eq!(compare(&outcome("a", "", 0), &outcome("a", "", 1)), Some(What::ExitStatus));
    }

    #[test]
    fn globals_that_nobody_prints_count() {
        let found = Outcome { globals: "g = 2\n".to_owned(), ..outcome("", "", 0) };
        let expected = Outcome { globals: "g = 1\n".to_owned(), ..outcome("", "", 0) };
        assert_eq!(compare(&expected, &found), Some(What::Globals));
    }

    #[test]
    fn every_guard_has_its_turn() {
        let turns = std::cell::RefCell::new(Vec::new());
        let engine = |_: &str, mode: &Mode| {
            turns.borrow_mut().extend(mode.params.get(1).cloned());
            Outcome { guards: 3, ..outcome("", "", 0) }
        };
        every_guard(&engine, "", &Mode::jit("hotloop=1")).unwrap();
        assert_eq!(*turns.borrow(), ["forceexit=1", "forceexit=2", "forceexit=3"]);
    }
}
