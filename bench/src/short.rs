//! Programs that run for about 5 ms, interpreted, start of the process included: what compiling costs scripts.
//!
//! Each is one of the benchmark programs with less to do: a row says which, and which texts in its source are replaced, each where it
//! occurs last. The sources are written beside the command when they are needed.

use std::io;
use std::path::PathBuf;

use crate::programs::{self, Program};

/// What a name begins with that is one of these.
pub const PREFIX: &str = "short_";

/// A benchmark program made short: its name, and what stands in it, with what is to stand there.
type Row = (&'static str, &'static [(&'static str, &'static str)]);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("balanced_tree", &[("1 to 4", "1 to 2"), ("0..10000", "0..250"), ("0..25000", "0..200"), ("0..7500", "0..100")]),
    ("closures", &[("run(1000000)", "run(7000)")]),
    ("closures_pipeline", &[("300000", "1800"), ("200000", "200"), ("40000", "100"), ("500 *", "5 *"), ("1 to 5", "1 to 2")]),
    ("constraint", &[("0..8", "0..1"), ("3000", "60"), ("3000", "60")]),
    ("dict_ints", &[("run(4000000)", "run(60000)"), ("20000", "100"), ("20000", "100")]),
    ("dict_strings", &[("run(4000000)", "run(20000)"), ("..2000 ", "..100 "), ("% 2000}", "% 100}"), ("% 2000]", "% 100]")]),
    ("edit_distance", &[("0..600", "0..40"), ("0..150", "0..4"), ("BASES, 1500", "BASES, 40"), ("BASES, 1500", "BASES, 40")]),
    ("exceptions", &[("run(3500000)", "run(20000)")]),
    ("exceptions_loop", &[("0..60 do\n    for", "0..2 do\n    for"), ("0..5000", "0..300")]),
    ("fib", &[("fib(32)", "fib(21)")]),
    ("hash_function", &[("1_000_000", "700"), ("0..9 do", "0..2 do"), ("0..30", "0..2")]),
    ("json", &[("0..1000 do", "0..9 do"), ("0..10 do", "0..2 do")]),
    ("lru_cache", &[("400000", "1100"), ("200000", "300")]),
    ("matmul", &[("run(200, 10)", "run(28, 2)")]),
    ("megamorphic_shapes", &[("0..1500", "0..3"), ("0..1000", "0..1")]),
    ("methods", &[("run(2500000)", "run(9000)")]),
    ("nbody", &[("run(200000)", "run(500)")]),
    ("objects", &[("run(1500000)", "run(11000)")]),
    ("queens", &[("first_solution(20)\n", ""), ("4 to 12", "4 to 7")]),
    ("quicksort", &[("run(500000)", "run(4500)")]),
    ("ray_tracer", &[("320, 240", "18, 12")]),
    ("richards", &[("0..60", "0..1"), ("10000", "260")]),
    ("shortest_paths", &[("5000, 15000), range(0, 5000, 400)", "100, 400), range(0, 100, 30)"), ("70, 70), range(0, 4900, 300)", "12, 12), range(0, 144, 50)")]),
    ("sort_by", &[("200000", "1000")]),
    ("spectral_norm", &[("[100, 200, 400, 800, 1600]", "[6, 22]")]),
    ("string_build", &[("build(2000000)", "build(20000)")]),
    ("string_builder", &[("8000", "30"), ("0..3", "0..2")]),
    ("tokenizer_eval", &[("0..6 do", "0..1 do"), ("500", "38"), ("15)", "3)")]),
    ("word_count", &[("24000", "50"), ("6000", "60")]),
];

/// All of them.
///
/// # Errors
///
/// If they cannot be written.
pub fn programs() -> io::Result<Vec<Program>> {
    ROWS.iter().map(write).collect()
}

/// The one of this name.
///
/// # Errors
///
/// If there is none, or it cannot be written.
pub fn program(name: &str) -> io::Result<Program> {
    let row = ROWS.iter().find(|(of, _)| name.strip_prefix(PREFIX) == Some(of));
    let known = || ROWS.iter().map(|(name, _)| format!("{PREFIX}{name}")).collect::<Vec<_>>().join(" ");
    write(row.ok_or_else(|| io::Error::other(format!("there is no program {name}; there are: {}", known())))?)
}

fn write(row: &Row) -> io::Result<Program> {
    let folder = folder()?;
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{PREFIX}{}.pseudo", row.0));
    let text = source(row)?;
    // Commands may run side by side: what is there already is left as it is.
    if std::fs::read_to_string(&path).ok().as_deref() != Some(&text) {
        std::fs::write(&path, text)?;
    }
    Program::at(&path)
}

/// Beside the command.
fn folder() -> io::Result<PathBuf> {
    let command = std::env::current_exe()?;
    let build = command.parent().ok_or_else(|| io::Error::other("the command lies in no folder"))?;
    Ok(build.join("short-programs"))
}

fn source((name, replaced): &Row) -> io::Result<String> {
    let mut text = std::fs::read_to_string(programs::folder().join(name).join(format!("{name}.pseudo")))?;
    for (what, by) in *replaced {
        let at = text.rfind(what).ok_or_else(|| io::Error::other(format!("`{what}` is not in the program {name}")))?;
        text.replace_range(at..at + what.len(), by);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_can_be_made() {
        let programs = programs().unwrap();
        assert!(programs.len() >= 12);
        for program in &programs {
            assert!(program.source("pseudo").is_some(), "{}", program.name);
        }
        assert_eq!(program("short_json").unwrap().name, "short_json");
        assert!(program("short_nothing").unwrap_err().to_string().contains("short_json"));
    }
}
