//! Runs programs under several engines, and sets their times, and the memory that they take, side by side.

use crate::engines::{Engine, Prepared};
use crate::process;
use crate::programs::Program;
use crate::statistics::{geometric_mean, mean, median, minimum};
use crate::table::Table;
use std::io;

/// What a program took under each engine.
#[derive(Clone, Debug)]
pub struct Measured {
    pub program: String,
    /// Seconds of each run, by engine; none where the program is not there in the engine's language.
    pub seconds: Vec<Vec<f64>>,
    /// Peak of resident memory of each run, in MB (of 2^20 bytes), likewise.
    pub memory: Vec<Vec<f64>>,
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
    let mut memory = seconds.clone();
    let mut expected: Option<(String, String)> = None;
    for run in 1..=runs {
        for (at, engine) in engines.iter().enumerate() {
            let Some(prepared) = &prepared[at] else { continue };
            progress(&format!("{}: {} {run}/{runs}", program.name, engine.name));
            let Run { seconds: time, megabytes, output } = run_once(prepared, &engine.name, &program.name)?;
            seconds[at].push(time);
            memory[at].push(megabytes);
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
    Ok(Measured { program: program.name.clone(), seconds, memory })
}

/// What a run of a process took, and what it printed.
struct Run {
    seconds: f64,
    megabytes: f64,
    output: String,
}

fn run_once(prepared: &Prepared, engine: &str, program: &str) -> io::Result<Run> {
    let finished = process::run(prepared.command())?;
    if !finished.status.success() {
        let errors = String::from_utf8_lossy(&finished.stderr);
        return Err(io::Error::other(format!("{program}: {engine} ended with {}\n{errors}", finished.status)));
    }
    Ok(Run {
        seconds: finished.seconds,
        megabytes: finished.peak_bytes as f64 / (1 << 20) as f64,
        // Lua separates what it prints by tabs where others use spaces.
        output: String::from_utf8_lossy(&finished.stdout).replace('\t', " "),
    })
}

/// The tables of all measurements, of times and of memory: the first engine, then the others with ratios first/other.
pub fn report(engines: &[Engine], measured: &[Measured]) -> String {
    let names: Vec<_> = engines.iter().map(|engine| engine.name.as_str()).collect();
    format!("{}\n{}", times(&names, measured), memory(&names, measured))
}

fn times(engines: &[&str], measured: &[Measured]) -> String {
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

/// The most that each engine had at a time: the median of its runs, since collectors that look at the clock vary.
fn memory(engines: &[&str], measured: &[Measured]) -> String {
    let mut heading = vec!["peak memory, MB".to_owned(), engines[0].to_owned()];
    for peer in &engines[1..] {
        heading.extend([(*peer).to_owned(), format!("{}/{peer}", engines[0])]);
    }
    let mut table = Table::new(heading);
    let mut ratios = vec![Vec::new(); engines.len()];
    for row in measured {
        let peaks: Vec<_> = row.memory.iter().map(|peaks| median(peaks)).collect();
        let mut cells = vec![row.program.clone(), tenths(peaks[0])];
        for (at, &peak) in peaks.iter().enumerate().skip(1) {
            let ratio = peaks[0].zip(peak).map(|(own, peer)| own / peer);
            ratios[at].extend(ratio);
            cells.extend([tenths(peak), hundredths(ratio)]);
        }
        table.row(cells);
    }
    table.rule();
    for (name, average) in [("mean", mean as fn(&[f64]) -> Option<f64>), ("geometric mean", geometric_mean)] {
        let mut cells = vec![name.to_owned(), String::new()];
        for ratios in &ratios[1..] {
            cells.extend([String::new(), hundredths(average(ratios))]);
        }
        table.row(cells);
    }
    table.render()
}

fn tenths(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.1}"))
}

fn hundredths(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.2}"))
}

fn number(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured() -> [Measured; 3] {
        let row = |program: &str, seconds: [&[f64]; 2], memory: [&[f64]; 2]| Measured {
            program: program.to_owned(),
            seconds: seconds.map(<[f64]>::to_vec).into(),
            memory: memory.map(<[f64]>::to_vec).into(),
        };
        [
            row("a", [&[1.0, 3.0, 2.0], &[1.0]], [&[4.0, 9.0, 6.0], &[1.5]]),
            row("b", [&[0.5], &[1.0]], [&[2.5], &[2.5]]),
            row("c", [&[0.5], &[]], [&[1.0], &[]]),
        ]
    }

    #[test]
    fn ratios_and_their_mean() {
        assert_eq!(
            times(&["pseudo", "lua"], &measured()),
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

    #[test]
    fn peaks_and_the_means_of_their_ratios() {
        assert_eq!(
            memory(&["pseudo", "lua"], &measured()),
            "\
peak memory, MB  pseudo  lua  pseudo/lua
----------------------------------------
a                   6.0  1.5        4.00
b                   2.5  2.5        1.00
c                   1.0    -           -
----------------------------------------
mean                                2.50
geometric mean                      2.00
"
        );
    }
}
