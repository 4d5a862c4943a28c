//! What becomes of a failure: the program is made small, the guilty pass and trace are looked for, and all of it is written
//! to a folder, with the command that shows it.

use std::path::{Path, PathBuf};

use pseudo_vm::syntax::source::Source;

use crate::bisect::{Guilty, bisect};
use crate::engine::{Engine, Mode, Outcome, Status};
use crate::minimise::minimise;
use crate::oracle::{self, Difference, What};
use crate::shrink::shrink;
use crate::validate::{self, Effort};

/// Where failing programs go.
pub const FOLDER: &str = "fuzz/failures";

/// A program that fails.
#[derive(Clone, Copy)]
pub struct Failure<'a> {
    /// What its files are called.
    pub name: &'a str,
    /// The program.
    pub source: &'a str,
    /// The choices that it was generated from, if it was.
    pub choices: Option<&'a [u64]>,
    /// What is wrong.
    pub difference: &'a Difference,
}

/// How the evaluator looks at traces of a program that is being made smaller.
#[derive(Clone, Copy, Debug)]
pub struct Evaluating {
    /// Where its machines begin.
    pub seed: u64,
    /// How much it tries.
    pub effort: Effort,
}

/// Makes the program small, bisects and writes everything. Gives the path of the small program. `tries` is how many runs may be
/// spent on making it small.
///
/// # Errors
///
/// If the folder can't be written to.
pub fn keep(
    engine: &dyn Engine,
    failure: Failure<'_>,
    evaluating: Evaluating,
    tries: usize,
) -> std::io::Result<PathBuf> {
    let folder = Path::new(FOLDER);
    std::fs::create_dir_all(folder)?;
    let Failure { name, source, choices, difference } = failure;
    let small_path = folder.join(format!("{name}.small.pseudo"));
    std::fs::write(folder.join(format!("{name}.pseudo")), source)?;
    // First of all what is known already: the next runs may take the process down.
    write_report(name, &small_path, evaluating.seed, difference, None)?;
    // A try may take as long as a run may.
    let tries = if difference.what == What::TimeOut { 20 } else { tries };
    let mut last = None;
    let mut fails = |candidate: &str| {
        let found = again(engine, candidate, difference, evaluating);
        let fails = found.is_some();
        last = found.or(last.take());
        fails
    };
    let shrunk = choices.and_then(|choices| shrink(choices, tries / 3, &mut fails));
    let small = minimise(shrunk.as_deref().unwrap_or(source), tries, &mut fails);
    std::fs::write(&small_path, &small)?;
    let small_difference = last.as_ref().unwrap_or(difference);
    write_report(name, &small_path, evaluating.seed, small_difference, None)?;
    if difference.mode != difference.mode.reference() && !matches!(difference.what, What::TimeOut | What::Trace) {
        let guilty = bisect(&difference.mode, |mode| {
            oracle::check(engine, &small, [mode]).is_err_and(|found| found.what == difference.what)
        });
        write_report(name, &small_path, evaluating.seed, small_difference, Some(&guilty))?;
    }
    Ok(small_path)
}

/// The same kind of failure of another program, if it has it.
fn again(engine: &dyn Engine, source: &str, difference: &Difference, evaluating: Evaluating) -> Option<Difference> {
    if difference.what == What::Trace {
        let plain = engine.run(source, &difference.mode.reference());
        let Status::Exited(0 | 1) = plain.status else { return None };
        return evaluate(source, evaluating).err().map(|found| *found);
    }
    let found = oracle::check(engine, source, [&difference.mode]).err()?;
    // A message is a kind of crash: another panic is another failure.
    let same = found.what == difference.what && (found.what != What::Crash || kind_of(&found) == kind_of(difference));
    same.then_some(*found)
}

/// The beginning of a crash's message, up to where numbers are likely.
fn kind_of(difference: &Difference) -> &str {
    let error = &difference.found.error;
    let end = error.find(|char: char| char.is_ascii_digit() || char == '\n').unwrap_or(error.len());
    &error[..end]
}

/// What the evaluator says of the traces of a program.
///
/// # Errors
///
/// If a pass has changed what a trace does.
pub fn evaluate(source: &str, evaluating: Evaluating) -> Result<validate::Tally, Box<Difference>> {
    let source = Source::new("program.pseudo", source);
    validate::check(source, evaluating.seed, evaluating.effort).map_err(|error| {
        let (expected, found) = (String::new(), error);
        let outcome = |error| Outcome::new(String::new(), error, Status::Exited(0));
        Box::new(Difference {
            mode: Mode::jit("hotloop=2 hotexit=2"),
            what: What::Trace,
            expected: outcome(expected),
            found: outcome(found),
        })
    })
}

/// The command that shows a failure of a program in a mode. The evaluator begins at a seed.
fn command(what: What, mode: &Mode, path: &Path, seed: u64) -> String {
    let (options, path) = (mode.options().join(" "), path.display());
    match what {
        // What the `pseudo` command does not show.
        What::Globals | What::Trace => {
            format!("target/release/pseudo-fuzz --check {path} --here --seed {seed} --mode \"{options}\"")
        }
        _ => format!("target/release/pseudo {options} {path}"),
    }
}

fn write_report(
    name: &str,
    small: &Path,
    seed: u64,
    difference: &Difference,
    guilty: Option<&Guilty>,
) -> std::io::Result<()> {
    let mode = guilty.map_or(&difference.mode, |guilty| &guilty.mode);
    let command = command(difference.what, mode, small, seed);
    let guilty = guilty.map_or(String::new(), Guilty::to_string);
    std::fs::write(Path::new(FOLDER).join(format!("{name}.txt")), format!("{command}\n{guilty}{difference}"))
}
