//! Comparison with other implementations: its settings, and its tables of times and of memory.

use crate::experiment::Setting;
use crate::report::{number, seconds, spread};
use crate::results::{Cell, Results};
use crate::statistics::{geometric_mean, mean};
use crate::table::Table;

/// `pseudo` with these options, then the peers.
pub fn settings<'a>(options: &[&str], peers: impl IntoIterator<Item = &'a str>) -> Vec<Setting> {
    let own = Setting { name: "pseudo".to_owned(), ..Setting::pseudo("", "", options) };
    let peer =
        |name: &str| Setting { name: name.to_owned(), engine: name.to_owned(), options: Vec::new(), ..own.clone() };
    let peers: Vec<_> = peers.into_iter().map(peer).collect();
    [own].into_iter().chain(peers).collect()
}

/// Times and memory: of `pseudo`, then of the others with ratios of `pseudo` to them.
pub fn tables(results: &Results) -> String {
    format!("{}\n{}", times(results), memory(results))
}

/// Names of the engines: the own one and the peers.
fn names(results: &Results) -> (&str, impl Iterator<Item = &str>) {
    let mut names = results.settings.iter().map(|setting| setting.name.as_str());
    (names.next().unwrap_or_default(), names)
}

fn times(results: &Results) -> String {
    let (own, peers) = names(results);
    let mut heading = vec!["median s".to_owned(), own.to_owned(), "+-".to_owned()];
    for peer in peers {
        heading.extend([peer.to_owned(), "+-".to_owned(), format!("{own}/{peer}"), "from".to_owned(), "to".to_owned()]);
    }
    let mut table = Table::new(heading);
    let mut ratios = vec![Vec::new(); results.settings.len()];
    for program in &results.programs {
        let mut cells = vec![program.name.clone()];
        for (at, cell) in program.cells.iter().enumerate() {
            let median = cell.median(&results.rule);
            cells.extend([seconds(median.map(|median| median.value)), spread(median)]);
            if at > 0 {
                let ratio = program.cells[0].ratio(cell, &results.rule);
                ratios[at].extend(ratio.map(|ratio| ratio.value));
                let interval = ratio.and_then(|ratio| ratio.interval);
                cells.push(number(ratio.map(|ratio| ratio.value)));
                cells.extend([number(interval.map(|(low, _)| low)), number(interval.map(|(_, high)| high))]);
            }
        }
        table.row(cells);
    }
    table.rule();
    let mut cells = vec!["geometric mean".to_owned(), String::new(), String::new()];
    for ratios in &ratios[1..] {
        cells.extend([String::new(), String::new(), number(geometric_mean(ratios)), String::new(), String::new()]);
    }
    table.row(cells);
    table.render()
}

/// The most that each engine had at a time: the median of its runs, since collectors that look at the clock vary.
fn memory(results: &Results) -> String {
    let (own, peers) = names(results);
    let mut heading = vec!["peak memory, MB".to_owned(), own.to_owned()];
    for peer in peers {
        heading.extend([peer.to_owned(), format!("{own}/{peer}")]);
    }
    let mut table = Table::new(heading);
    let mut ratios = vec![Vec::new(); results.settings.len()];
    for program in &results.programs {
        let peaks: Vec<_> = program.cells.iter().map(Cell::peak_bytes).collect();
        let mut cells = vec![program.name.clone(), megabytes(peaks[0])];
        for (at, &peak) in peaks.iter().enumerate().skip(1) {
            let ratio = peaks[0].zip(peak).map(|(own, peer)| own / peer);
            ratios[at].extend(ratio);
            cells.extend([megabytes(peak), hundredths(ratio)]);
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

fn megabytes(bytes: Option<f64>) -> String {
    bytes.map_or("-".to_owned(), |bytes| format!("{:.1}", bytes / f64::from(1 << 20)))
}

fn hundredths(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.2}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Kind;
    use crate::results::tests::example;
    use crate::results::{ProgramResults, Run, State};

    fn results() -> Results {
        let cell = |setting: &str, seconds: &[f64], megabytes: &[f64]| Cell {
            setting: setting.to_owned(),
            state: if seconds.is_empty() { State::Absent } else { State::Steady },
            reason: String::new(),
            runs: std::iter::zip(seconds, megabytes)
                .map(|(&user, &peak)| Run {
                    round: 1,
                    wall: user,
                    user,
                    sys: 0.0,
                    peak_bytes: (peak * 1048576.0) as u64,
                })
                .collect(),
            summary: None,
        };
        let row = |name: &str, seconds: [&[f64]; 2], memory: [&[f64]; 2]| ProgramResults {
            name: name.to_owned(),
            fingerprint: String::new(),
            part: 0,
            cells: vec![cell("pseudo", seconds[0], memory[0]), cell("luajit", seconds[1], memory[1])],
        };
        Results {
            kind: Kind::Compare,
            settings: settings(&[], ["luajit"]),
            programs: vec![
                row("a", [&[1.0, 3.0, 2.0], &[1.0]], [&[4.0, 9.0, 6.0], &[1.5]]),
                row("b", [&[0.5], &[1.0]], [&[2.5], &[2.5]]),
                row("c", [&[0.5], &[]], [&[1.0], &[]]),
            ],
            ..example()
        }
    }

    #[test]
    fn ratios_and_their_mean() {
        assert_eq!(
            times(&results()),
            "\
median s        pseudo  +-  luajit  +-  pseudo/luajit  from  to
---------------------------------------------------------------
a               2.0000   -  1.0000   -          2.000     -   -
b               0.5000   -  1.0000   -          0.500     -   -
c               0.5000   -       -   -              -     -   -
---------------------------------------------------------------
geometric mean                                  1.000
"
        );
    }

    #[test]
    fn peaks_and_the_means_of_their_ratios() {
        assert_eq!(
            memory(&results()),
            "\
peak memory, MB  pseudo  luajit  pseudo/luajit
----------------------------------------------
a                   6.0     1.5           4.00
b                   2.5     2.5           1.00
c                   1.0       -              -
----------------------------------------------
mean                                      2.50
geometric mean                            2.00
"
        );
    }
}
