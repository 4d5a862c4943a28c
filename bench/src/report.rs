//! Results as text: tables of an ablation or a sweep, and what is to be said around all tables.

use crate::compare;
use crate::experiment::{Kind, Rule};
use crate::intervals::Estimate;
use crate::machine::Commit;
use crate::results::{Cell, Mark, ProgramResults, Results, State};
use crate::statistics::geometric_mean;
use crate::table::Table;

/// All that is to be said of results.
pub fn text(results: &Results) -> String {
    let tables = match results.kind {
        Kind::Compare => compare::tables(results),
        Kind::Ablate | Kind::Sweep => {
            let mut tables: Vec<_> = results.programs.iter().map(|program| program_table(results, program)).collect();
            tables.extend((results.programs.len() > 1).then(|| overview(results)));
            tables.join("\n")
        }
    };
    format!("{}\n{tables}\n{}", heading(results), remarks(results))
}

/// What was measured where.
fn heading(results: &Results) -> String {
    let mut text = String::new();
    let mut line = |line: String| text.push_str(&(line + "\n"));
    let versions = results.versions.iter().map(|(name, version)| match version.contains(name.as_str()) {
        true => version.clone(),
        false => format!("{name} {version}"),
    });
    line(format!("{}, commit {}", versions.collect::<Vec<_>>().join("; "), Commit::describe(results.commit.as_ref())));
    for part in &results.parts {
        line(format!("{}: {}", part.started, part.machine.describe()));
    }
    let Rule { measure, warm_up, min_runs, max_runs, precision, confidence } = results.rule;
    line(format!(
        "{}: medians of {min_runs} to {max_runs} runs after {warm_up} that does not count, until the {}% interval is within {}%",
        measure.title(),
        percent(confidence),
        percent(precision)
    ));
    if !results.absent.is_empty() {
        line(format!("not installed: {}", results.absent.join(", ")));
    }
    text
}

/// What a reader should know besides.
fn remarks(results: &Results) -> String {
    let mut text = String::new();
    let cells = results.programs.iter().flat_map(|program| &program.cells);
    let marks = cells.clone().any(|cell| cell.runs.len() > 1);
    if marks && results.kind != Kind::Compare {
        let level = percent(results.rule.confidence);
        text.push_str(&format!(
            "* differs from {} at {level}%: of twenty marks one may be chance; ** at the level at which a single mistake among all \
             settings of the program is unlikely\n",
            results.settings[0].name
        ));
    }
    let measured = cells.clone().filter(|cell| !matches!(cell.state, State::Absent)).count();
    let unsteady: Vec<_> = cells.filter(|cell| cell.state == State::Unsteady).collect();
    if !unsteady.is_empty() {
        text.push_str(&format!(
            "{} of {measured} not steady after {} runs: their intervals tell how far they can be relied on\n",
            unsteady.len(),
            results.rule.max_runs
        ));
    }
    let missing: Vec<_> = results
        .planned
        .iter()
        .filter(|name| {
            let found = results.programs.iter().find(|program| program.name == **name);
            found.is_none_or(|program| program.cells.iter().any(|cell| cell.state == State::Pending))
        })
        .map(String::as_str)
        .collect();
    if !missing.is_empty() {
        let shards: Vec<_> =
            results.parts.iter().map(|part| format!("{}/{}", part.shard.index, part.shard.count)).collect();
        text.push_str(&format!(
            "PARTIAL (shards {}), not measured to the end: {}\n",
            shards.join(", "),
            missing.join(", ")
        ));
    }
    for (program, cell) in results.failures() {
        text.push_str(&format!("FAILED: {program}, {}: {}\n", cell.setting, cell.reason.replace('\n', "\n    ")));
    }
    text
}

fn program_table(results: &Results, program: &ProgramResults) -> String {
    let mut table = Table::new([program.name.as_str(), "median s", "+-", "ratio", "from", "to", "", "runs", ""]);
    let mut group = "";
    for (at, (setting, cell)) in results.settings.iter().zip(&program.cells).enumerate() {
        if setting.group != group {
            table.rule();
            group = &setting.group;
        }
        let own = cell.median(&results.rule);
        let ratio = if at == 0 { None } else { cell.ratio(&program.cells[0], &results.rule) };
        let interval = ratio.and_then(|ratio| ratio.interval);
        table.row([
            setting.name.clone(),
            seconds(own.map(|own| own.value)),
            spread(own),
            number(ratio.map(|ratio| ratio.value)),
            number(interval.map(|(low, _)| low)),
            number(interval.map(|(_, high)| high)),
            mark(results, program, at).text().to_owned(),
            cell.runs.len().to_string(),
            cell.state.note().to_owned(),
        ]);
    }
    table.render()
}

/// How sure it is that a cell differs from the first of its program.
pub fn mark(results: &Results, program: &ProgramResults, at: usize) -> Mark {
    program.summary(at, &results.rule).map_or(Mark::None, |summary| summary.mark)
}

/// What each setting is worth over all programs.
fn overview(results: &Results) -> String {
    let mut table =
        Table::new(["all programs", "geometric mean", "least", "most", "most with", "slower", "faster", "programs"]);
    let mut group = "";
    for (at, setting) in results.settings.iter().enumerate().skip(1) {
        if setting.group != group {
            if !group.is_empty() {
                table.rule();
            }
            group = &setting.group;
        }
        let ratios = ratios(results, at);
        let values: Vec<f64> = ratios.iter().map(|(_, ratio)| ratio.value).collect();
        let least = values.iter().copied().min_by(f64::total_cmp);
        let most = ratios.iter().max_by(|a, b| a.1.value.total_cmp(&b.1.value));
        // Of so many findings some would be chance at the single level.
        let differ = |slower: bool| {
            let programs = results.programs.iter();
            let summaries = programs.filter_map(|program| program.summary(at, &results.rule));
            let sure = summaries.filter(|summary| summary.mark == Mark::Family);
            sure.filter(|summary| summary.ratio.is_some_and(|ratio| (ratio > 1.0) == slower)).count().to_string()
        };
        table.row([
            setting.name.clone(),
            number(geometric_mean(&values)),
            number(least),
            number(most.map(|(_, ratio)| ratio.value)),
            most.map_or("-", |(program, _)| program.name.as_str()).to_owned(),
            differ(true),
            differ(false),
            values.len().to_string(),
        ]);
    }
    table.render() + "slower and faster: programs that are so by **\n"
}

/// The ratios of a setting to the first one, of all programs that have both.
pub fn ratios(results: &Results, at: usize) -> Vec<(&ProgramResults, Estimate)> {
    let ratio = |program: &ProgramResults| cell_ratio(&program.cells, at, &results.rule);
    results.programs.iter().filter_map(|program| Some((program, ratio(program)?))).collect()
}

fn cell_ratio(cells: &[Cell], at: usize, rule: &Rule) -> Option<Estimate> {
    cells[at].ratio(&cells[0], rule)
}

/// Seconds with a useful number of digits.
pub fn seconds(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.4}"))
}

/// A ratio.
pub fn number(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.3}"))
}

/// Half the width of an interval, in percent of the value.
pub fn spread(estimate: Option<Estimate>) -> String {
    let spread = estimate.and_then(|estimate| estimate.spread());
    spread.map_or("-".to_owned(), |spread| format!("{:.1}%", spread * 100.0))
}

/// A part of one as a percentage, without digits that say nothing.
pub fn percent(part: f64) -> String {
    format!("{}", (part * 1e5).round() / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::example;

    #[test]
    fn an_ablation_is_a_table_for_each_program_and_one_for_all() {
        let mut results = example();
        results.programs[1].cells[1].state = State::Unsteady;
        let text = text(&results);
        let expected = "\
a        median s    +-  ratio   from     to      runs
--------------------------------------------------------
default    1.0020  0.2%      -      -      -         8
--------------------------------------------------------
slow       2.0040  0.2%  2.000  1.996  2.004  **     8
";
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("8  not steady\n"), "{text}");
        assert!(text.contains("1 of 4 not steady after 20 runs"), "{text}");
        assert!(text.contains("slow                   2.000  2.000  2.000"), "{text}");
        assert!(text.contains("pseudo 1, commit c0ffeec0ffee\n"), "{text}");
        assert!(text.contains("processor time: medians of 6 to 20 runs"), "{text}");
        assert!(!text.contains("PARTIAL") && !text.contains("FAILED"), "{text}");
    }

    #[test]
    fn what_failed_or_is_missing_is_named() {
        let mut results = example();
        results.planned.push("c".to_owned());
        results.programs[0].cells[1].state = State::Failed;
        results.programs[0].cells[1].reason = "prints \"1\"".to_owned();
        results.absent.push("pypy3".to_owned());
        let text = text(&results);
        assert!(text.contains("PARTIAL (shards 0/1), not measured to the end: c\n"), "{text}");
        assert!(text.contains("FAILED: a, slow: prints \"1\"\n"), "{text}");
        assert!(text.contains("not installed: pypy3\n"), "{text}");
    }

    #[test]
    fn percentages_are_short() {
        assert_eq!((percent(0.02), percent(0.95), percent(0.005)), ("2".into(), "95".into(), "0.5".into()));
    }
}
