//! Runs programs under several engines, and sets their times side by side.

use crate::engines::{Engine, Prepared};
use crate::programs::Program;
use crate::statistics::{geometric_mean, median, minimum};
use crate::table::Table;
use std::io;
use std::process::Stdio;
use std::time::Instant;

/// What a program took under each engine.
#[derive(Clone, Debug)]
pub struct Measured {
    pub program: String,
    /// Seconds of each run, by engine; none where the program is not there in the engine's language.
    pub seconds: Vec<Vec<f64>>,
}

/// Runs a program `runs` times under each engine, taking turns, and checks that all print the same.
///
/// `progress` is told what is about to run.
pub fn measure(
    program: &Program,
    engines: &[Engine],
    runs: usize,
    progress: &mut dyn FnMut(&str),
) -> io::Result<Measured> {
    let prepared: Vec<_> = engines.iter().map(|engine| engine.prepare(program)).collect::<io::Result<_>>()?;
    let mut seconds = vec![Vec::new(); engines.len()];
    let mut expected: Option<(String, String)> = None;
    for run in 1..=runs {
        for (at, engine) in engines.iter().enumerate() {
            let Some(prepared) = &prepared[at] else { continue };
            progress(&format!("{}: {} {run}/{runs}", program.name, engine.name));
            let (time, output) = time(prepared, &engine.name, &program.name)?;
            seconds[at].push(time);
            match &expected {
                None => expected = Some((engine.name.clone(), output)),
                Some((first, text)) if *text != output => {
                    let message = format!(
                        "{}: {} prints {:?}, but {first} printed {:?}",
                        program.name,
                        engine.name,
                        output.trim_end(),
                        text.trim_end()
                    );
                    return Err(io::Error::other(message));
                }
                Some(_) => {}
            }
        }
    }
    Ok(Measured { program: program.name.clone(), seconds })
}

/// Seconds from start to end of a process, and what it printed.
fn time(prepared: &Prepared, engine: &str, program: &str) -> io::Result<(f64, String)> {
    let started = Instant::now();
    let output = prepared.command().stdin(Stdio::null()).stderr(Stdio::piped()).output()?;
    let seconds = started.elapsed().as_secs_f64();
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("{program}: {engine} ended with {}\n{errors}", output.status)));
    }
    // Lua separates what it prints by tabs where others use spaces.
    Ok((seconds, String::from_utf8_lossy(&output.stdout).replace('\t', " ")))
}

/// The table of all measurements: the first engine in full, the others as times and ratios first/other.
pub fn report(engines: &[Engine], measured: &[Measured]) -> String {
    let names: Vec<_> = engines.iter().map(|engine| engine.name.as_str()).collect();
    render(&names, measured)
}

fn render(engines: &[&str], measured: &[Measured]) -> String {
    let mut heading = vec!["median s".to_owned(), engines[0].to_owned(), "min".to_owned()];
    for peer in &engines[1..] {
        heading.extend([(*peer).to_owned(), "min".to_owned(), format!("{}/{peer}", engines[0])]);
    }
    let mut table = Table::new(heading);
    let mut ratios = vec![Vec::new(); engines.len()];
    for row in measured {
        let own = median(&row.seconds[0]);
        let mut cells = vec![row.program.clone()];
        for (at, seconds) in row.seconds.iter().enumerate() {
            cells.extend([number(median(seconds)), number(minimum(seconds))]);
            if at > 0 {
                let ratio = own.zip(median(seconds)).map(|(own, peer)| own / peer);
                ratios[at].extend(ratio);
                cells.push(number(ratio));
            }
        }
        table.row(cells);
    }
    table.rule();
    let mut cells = vec!["geometric mean".to_owned(), String::new(), String::new()];
    for ratios in &ratios[1..] {
        cells.extend([String::new(), String::new(), number(geometric_mean(ratios))]);
    }
    table.row(cells);
    table.render()
}

fn number(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_and_their_mean() {
        let measured = [
            Measured { program: "a".to_owned(), seconds: vec![vec![1.0, 3.0, 2.0], vec![1.0]] },
            Measured { program: "b".to_owned(), seconds: vec![vec![0.5], vec![1.0]] },
            Measured { program: "c".to_owned(), seconds: vec![vec![0.5], vec![]] },
        ];
        assert_eq!(
            render(&["pseudo", "lua"], &measured),
            "\
median s        pseudo    min    lua    min  pseudo/lua
-------------------------------------------------------
a                2.000  1.000  1.000  1.000       2.000
b                0.500  0.500  1.000  1.000       0.500
c                0.500  0.500      -      -           -
-------------------------------------------------------
geometric mean                                    1.000
"
        );
    }
}
