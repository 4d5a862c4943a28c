//! Results as pictures: SVG files that need nothing else.

mod axis;
mod canvas;
mod dots;
mod lines;

use std::collections::BTreeMap;

use crate::experiment::Kind;
use crate::machine::Commit;
use crate::report::{mark, percent, ratios};
use crate::results::{Cell, Mark, ProgramResults, Results, State};
use crate::statistics::geometric_mean;
use crate::sweep;
use canvas::{FASTER, NEUTRAL, SERIES, SLOWER, Unplotted};
use dots::{Dots, Point, Row};
use lines::{Line, Lines, Sample};

/// All plots of results: name of the file, contents. None for what was not measured.
///
/// # Errors
///
/// If one can't be drawn.
pub fn all(results: &Results) -> Result<Vec<(String, String)>, Unplotted> {
    let mut plots = Vec::new();
    match results.kind {
        Kind::Ablate => {
            for program in results.programs.iter().filter(|program| is_measured(program)) {
                plots.push((format!("ablate-{}.svg", program.name), ablation(results, program).draw()?));
            }
            if results.programs.iter().filter(|program| is_measured(program)).count() > 1 {
                plots.push(("ablate.svg".to_owned(), ablations(results).draw()?));
            }
        }
        Kind::Sweep => {
            for (name, plot) in sweeps(results) {
                plots.push((name, plot.draw()?));
            }
        }
        Kind::Compare => {
            if results.programs.iter().any(is_measured) && results.settings.len() > 1 {
                plots.push(("compare.svg".to_owned(), comparison(results).draw()?));
            }
        }
    }
    Ok(plots)
}

/// Whether there is something to set in relation to something.
fn is_measured(program: &ProgramResults) -> bool {
    program.cells.iter().filter(|cell| !cell.runs.is_empty()).count() > 1 && !program.cells[0].runs.is_empty()
}

/// Where figures come from, for the line below a title.
fn origin(results: &Results) -> String {
    let pseudo = results.versions.get("pseudo").map_or("pseudo", String::as_str);
    let mut machines: Vec<_> = results.parts.iter().map(|part| part.machine.cpu.as_str()).collect();
    machines.sort_unstable();
    machines.dedup();
    format!("{pseudo}, commit {}, {}", Commit::describe(results.commit.as_ref()), machines.join("; "))
}

/// Rows of settings below headings of their groups.
fn setting_rows(results: &Results, points: impl Fn(usize) -> (Vec<Point>, &'static str)) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut group = "";
    for (at, setting) in results.settings.iter().enumerate().skip(1) {
        if setting.group != group {
            group = &setting.group;
            rows.push(Row::Heading(group.to_owned()));
        }
        let (points, note) = points(at);
        rows.push(Row::Points { label: setting.name.clone(), points, note });
    }
    rows
}

fn ablation(results: &Results, program: &ProgramResults) -> Dots {
    let rule = &results.rule;
    let rows = setting_rows(results, |at| {
        let cell = &program.cells[at];
        let point = cell.ratio(&program.cells[0], rule).map(|ratio| Point {
            value: ratio.value,
            interval: ratio.interval,
            colour: match mark(results, program, at) {
                Mark::None => NEUTRAL,
                _ if ratio.value > 1.0 => SLOWER,
                _ => FASTER,
            },
            small: false,
        });
        (point.into_iter().collect(), note(cell))
    });
    let reference = &results.settings[0].name;
    let seconds = program.cells[0].median(rule).map_or(0.0, |median| median.value);
    Dots {
        title: format!("{}: {} by setting", program.name, rule.measure.title()),
        subtitle: origin(results),
        axis: format!(
            "time, as a multiple of the {reference}'s ({seconds:.3} s), with {}% intervals",
            percent(rule.confidence)
        ),
        rows,
        legend: vec![
            (SLOWER, format!("slower than {reference}")),
            (FASTER, "faster".to_owned()),
            (NEUTRAL, "no difference that is sure".to_owned()),
        ],
    }
}

/// Why a cell has no point.
fn note(cell: &Cell) -> &'static str {
    match cell.state {
        State::Failed | State::Absent => cell.state.note(),
        State::Pending if cell.runs.is_empty() => cell.state.note(),
        _ => "",
    }
}

fn ablations(results: &Results) -> Dots {
    let rows = setting_rows(results, |at| {
        let ratios: Vec<f64> = ratios(results, at).iter().map(|(_, ratio)| ratio.value).collect();
        let point = |value, colour, small| Point { value, interval: None, colour, small };
        let mut points: Vec<_> = ratios.iter().map(|&ratio| point(ratio, NEUTRAL, true)).collect();
        points.extend(geometric_mean(&ratios).map(|mean| point(mean, SERIES[0], false)));
        (points, if ratios.is_empty() { "not measured" } else { "" })
    });
    Dots {
        title: format!("{} programs: {} by setting", results.programs.len(), results.rule.measure.title()),
        subtitle: origin(results),
        axis: format!("time, as a multiple of the {}'s", results.settings[0].name),
        rows,
        legend: vec![(SERIES[0], "geometric mean".to_owned()), (NEUTRAL, "single programs".to_owned())],
    }
}

fn comparison(results: &Results) -> Dots {
    let own = &results.settings[0].name;
    let peers: Vec<_> = (1..results.settings.len()).collect();
    let colour = |peer: usize| SERIES[(peer - 1) % SERIES.len()];
    let rule = &results.rule;
    let mut rows = Vec::new();
    for program in &results.programs {
        let point = |&peer: &usize| {
            let ratio = program.cells[peer].ratio(&program.cells[0], rule)?;
            Some(Point { value: ratio.value, interval: ratio.interval, colour: colour(peer), small: false })
        };
        let points: Vec<_> = peers.iter().filter_map(point).collect();
        let note = if points.is_empty() { "not measured" } else { "" };
        rows.push(Row::Points { label: program.name.clone(), points, note });
    }
    if results.programs.len() > 1 {
        let mean = |&peer: &usize| {
            let ratios: Vec<f64> = ratios(results, peer).iter().map(|(_, ratio)| ratio.value).collect();
            Some(Point { value: geometric_mean(&ratios)?, interval: None, colour: colour(peer), small: false })
        };
        rows.push(Row::Heading("all programs".to_owned()));
        let points = peers.iter().filter_map(mean).collect();
        rows.push(Row::Points { label: "geometric mean".to_owned(), points, note: "" });
    }
    Dots {
        title: format!("{} of other implementations", rule.measure.title()),
        subtitle: origin(results),
        axis: format!(
            "time, as a multiple of {own}'s, with {}% intervals: right of 1, {own} is faster",
            percent(rule.confidence)
        ),
        rows,
        legend: peers.iter().map(|&peer| (colour(peer), results.settings[peer].name.clone())).collect(),
    }
}

/// A plot for each parameter, in several if there are too many lines for one.
fn sweeps(results: &Results) -> Vec<(String, Lines)> {
    let mut names: Vec<&str> =
        results.settings.iter().flat_map(|it| it.parameters.keys()).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let mut plots = Vec::new();
    for name in names {
        let lines = lines_of(results, name);
        for (number, lines) in lines.chunks(SERIES.len()).enumerate() {
            let suffix = if number == 0 { String::new() } else { format!("-{}", number + 1) };
            plots.push((format!("sweep-{name}{suffix}.svg"), sweep_plot(results, name, lines.to_vec())));
        }
    }
    plots
}

/// Programs over a parameter; where other parameters are set as well, a line for each of their combinations.
fn lines_of(results: &Results, parameter: &str) -> Vec<Line> {
    let rule = &results.rule;
    let mut lines: Vec<Line> = Vec::new();
    for program in results.programs.iter().filter(|program| is_measured(program)) {
        let mut by_others: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
        for (setting, cell) in results.settings.iter().zip(&program.cells) {
            let Some(&value) = setting.parameters.get(parameter) else { continue };
            let Some(ratio) = cell.ratio(&program.cells[0], rule) else { continue };
            let others = setting.parameters.iter().filter(|(name, _)| *name != parameter);
            let others: Vec<_> = others.map(|(name, value)| format!("{name}={value}")).collect();
            let sample = Sample { x: value, y: ratio.value, interval: ratio.interval };
            by_others.entry(others.join(" ")).or_default().push(sample);
        }
        let seconds = program.cells[0].median(rule).map_or(0.0, |median| median.value);
        for (others, mut samples) in by_others {
            samples.sort_by_key(|sample| sample.x);
            let name = format!("{} {others}", program.name);
            lines.push(Line { name: name.trim().to_owned(), note: format!("1 = {seconds:.3} s"), samples });
        }
    }
    lines
}

fn sweep_plot(results: &Results, parameter: &str, lines: Vec<Line>) -> Lines {
    let default = sweep::default_value(parameter);
    Lines {
        title: format!("{} over {parameter}", results.rule.measure.title()),
        subtitle: origin(results),
        x_axis: match (sweep::meaning(parameter), default) {
            (Some(meaning), Some(default)) => format!("{parameter} ({meaning}); dashed: the default, {default}"),
            _ => parameter.to_owned(),
        },
        y_axis: format!(
            "time, as a multiple of the {}'s, with {}% intervals",
            results.settings[0].name,
            percent(results.rule.confidence)
        ),
        default,
        lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::example;

    fn texts(svg: &str) -> String {
        assert!(svg.trim_end().ends_with("</svg>"), "{svg}");
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
        svg.replace(['\n'], " ")
    }

    #[test]
    fn an_ablation_has_a_plot_for_each_program_and_one_for_all() {
        let plots = all(&example()).unwrap();
        let names: Vec<_> = plots.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["ablate-a.svg", "ablate-b.svg", "ablate.svg"]);
        let text = texts(&plots[0].1);
        for part in ["a: processor time by setting", "pass off", "slow", "slower than default", SLOWER] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(texts(&plots[2].1).contains("geometric mean"));
    }

    #[test]
    fn a_sweep_has_a_plot_for_each_parameter() {
        let mut results = example();
        results.kind = Kind::Sweep;
        let cells = |program: &mut ProgramResults| {
            let more = program.cells[1].clone();
            program.cells.push(more);
        };
        results.programs.iter_mut().for_each(cells);
        let mut more = results.settings[1].clone();
        results.settings[1].parameters = BTreeMap::from([("hotloop".to_owned(), 1), ("maxside".to_owned(), 0)]);
        more.parameters = BTreeMap::from([("hotloop".to_owned(), 1000), ("maxside".to_owned(), 0)]);
        results.settings.push(more);
        let plots = all(&results).unwrap();
        let names: Vec<_> = plots.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["sweep-hotloop.svg", "sweep-maxside.svg"]);
        assert!(texts(&plots[0].1).contains("a maxside=0"), "{}", plots[0].1);
        assert!(plots[0].1.contains("<polyline") && plots[0].1.contains("<polygon"));
    }

    #[test]
    fn what_was_not_measured_is_not_drawn() {
        let mut results = example();
        for program in &mut results.programs {
            program.cells.iter_mut().for_each(|cell| cell.runs.clear());
        }
        assert!(all(&results).unwrap().is_empty());
        results.kind = Kind::Compare;
        assert!(all(&results).unwrap().is_empty());
        results.kind = Kind::Sweep;
        assert!(all(&results).unwrap().is_empty());
    }

    #[test]
    fn a_comparison_is_one_plot() {
        let mut results = example();
        results.kind = Kind::Compare;
        results.programs[0].name = "<a & b>".to_owned();
        let plots = all(&results).unwrap();
        assert_eq!(plots.len(), 1);
        assert!(texts(&plots[0].1).contains("&lt;a &amp; b&gt;"));
    }
}
