//! Compares two results, setting by setting: what is faster or slower than it was.

use crate::experiment::Rule;
use crate::intervals::{Estimate, of_ratio};
use crate::machine::Commit;
use crate::report::{number, percent, seconds};
use crate::results::{Mark, ProgramResults, Results};
use crate::statistics::geometric_mean;
use crate::table::Table;

/// A program in a setting that both have measured.
#[derive(Clone, Debug)]
pub struct Change {
    pub program: String,
    pub setting: String,
    /// Median seconds, before and after.
    pub medians: (f64, f64),
    /// By what factor it takes longer after than before.
    pub ratio: Estimate,
    pub mark: Mark,
}

impl Change {
    /// Whether it takes longer by more than a part of the time: all of the interval must lie beyond.
    pub fn is_slower_by(&self, part: f64) -> bool {
        self.ratio.interval.is_some_and(|(low, _)| low > 1.0 + part)
    }
}

/// How two results differ.
#[derive(Clone, Debug)]
pub struct Difference {
    pub changes: Vec<Change>,
    /// What is not the same about their making, or is there in one only, a line each.
    pub remarks: Vec<String>,
    rule: Rule,
}

/// Compares what was measured before and after: by the rule of the first as to which seconds count and at which level.
pub fn diff(before: &Results, after: &Results) -> Difference {
    let rule = before.rule;
    let mut remarks = circumstances(before, after);
    let mut pairs = Vec::new();
    for program in &before.programs {
        let Some(other) = after.programs.iter().find(|other| other.name == program.name) else {
            remarks.push(format!("only before: {}", program.name));
            continue;
        };
        if program.fingerprint != other.fingerprint {
            remarks.push(format!("the source of {} is not the same", program.name));
        }
        pairs.push((program, other));
    }
    let is_new = |program: &&ProgramResults| before.programs.iter().all(|known| known.name != program.name);
    remarks.extend(after.programs.iter().filter(is_new).map(|program| format!("only after: {}", program.name)));
    let names = |results: &Results| results.settings.iter().map(|setting| setting.name.clone()).collect::<Vec<_>>();
    let (own, its) = (names(before), names(after));
    let only = |list: &[String], other: &[String]| {
        list.iter().filter(|name| !other.contains(name)).cloned().collect::<Vec<_>>().join("; ")
    };
    for (which, settings) in [("before", only(&own, &its)), ("after", only(&its, &own))] {
        if !settings.is_empty() {
            remarks.push(format!("settings only {which}: {settings}"));
        }
    }
    let mut changes = Vec::new();
    for (program, other) in pairs {
        for cell in &program.cells {
            let Some(now) = other.cells.iter().find(|now| now.setting == cell.setting) else { continue };
            let ratio = now.ratio(cell, &rule);
            let medians = cell.median(&rule).zip(now.median(&rule));
            let (Some(ratio), Some((then, today))) = (ratio, medians) else { continue };
            changes.push(Change {
                program: program.name.clone(),
                setting: cell.setting.clone(),
                medians: (then.value, today.value),
                ratio,
                mark: Mark::None,
            });
        }
    }
    mark(&mut changes, before, after);
    Difference { changes, remarks, rule }
}

/// Marks what surely differs: by itself, and as one of so many changes.
fn mark(changes: &mut [Change], before: &Results, after: &Results) {
    let rule = before.rule;
    let level = 1.0 - (1.0 - rule.confidence) / changes.len().max(1) as f64;
    for change in changes {
        let seconds = |results: &Results| {
            let program = results.programs.iter().find(|program| program.name == change.program)?;
            let cell = program.cells.iter().find(|cell| cell.setting == change.setting)?;
            Some(cell.seconds(rule.measure))
        };
        let strict = seconds(before).zip(seconds(after)).and_then(|(then, now)| of_ratio(&now, &then, level));
        change.mark = match change.ratio.excludes(1.0) {
            false => Mark::None,
            true if strict.is_some_and(|ratio| ratio.excludes(1.0)) => Mark::Family,
            true => Mark::Single,
        };
    }
}

/// What differs besides times.
fn circumstances(before: &Results, after: &Results) -> Vec<String> {
    let mut remarks = Vec::new();
    if let (Some(own), Some(its)) = (before.parts.first(), after.parts.first()) {
        let machines = own.machine.differences(&its.machine);
        remarks.extend(machines.into_iter().map(|difference| format!("other machines: {difference}")));
    }
    for (name, version) in &before.versions {
        match after.versions.get(name) {
            Some(other) if other == version => {}
            Some(other) => remarks.push(format!("other versions: {version} and {other}")),
            None => remarks.push(format!("{version} is there before only")),
        }
    }
    let new = after.versions.iter().filter(|(name, _)| !before.versions.contains_key(*name));
    remarks.extend(new.map(|(_, version)| format!("{version} is there after only")));
    if before.commit != after.commit {
        let text = |results: &Results| Commit::describe(results.commit.as_ref());
        remarks.push(format!("other commits: {} and {}", text(before), text(after)));
    }
    if before.rule != after.rule {
        remarks.push(format!("other rules: {:?} and {:?}", before.rule, after.rule));
    }
    for (which, results) in [("first", before), ("second", after)] {
        if !results.complete {
            remarks.push(format!("the {which} is not complete"));
        }
    }
    remarks
}

impl Difference {
    /// The table: what surely differs, or everything; then means of each setting.
    pub fn report(&self, everything: bool) -> String {
        let mut text: String = self.remarks.iter().map(|remark| format!("{remark}\n")).collect();
        if !text.is_empty() {
            text.push('\n');
        }
        let shown: Vec<_> = self.changes.iter().filter(|change| everything || change.mark != Mark::None).collect();
        if !shown.is_empty() {
            let mut table = Table::new(["program", "setting", "before s", "after s", "after/before", "from", "to", ""]);
            for change in &shown {
                let (low, high) = change.ratio.interval.unzip();
                table.row([
                    change.program.clone(),
                    change.setting.clone(),
                    seconds(Some(change.medians.0)),
                    seconds(Some(change.medians.1)),
                    number(Some(change.ratio.value)),
                    number(low),
                    number(high),
                    change.mark.text().to_owned(),
                ]);
            }
            text.push_str(&table.render());
            text.push('\n');
        }
        text.push_str(&self.means());
        let (sure, all) = (self.changes.iter().filter(|change| change.mark != Mark::None).count(), self.changes.len());
        text.push_str(&format!(
            "\n{sure} of {all} differ at {level}%, of which about {chance:.0} would if nothing had changed; ** as well at the level at \
             which a single mistake among all of them is unlikely\n",
            level = percent(self.rule.confidence),
            chance = (1.0 - self.rule.confidence) * all as f64
        ));
        text
    }

    fn means(&self) -> String {
        let mut table = Table::new(["setting", "geometric mean", "slower", "faster", "programs"]);
        let mut settings: Vec<&str> = Vec::new();
        for change in &self.changes {
            if !settings.contains(&change.setting.as_str()) {
                settings.push(&change.setting);
            }
        }
        for setting in settings {
            let changes: Vec<_> = self.changes.iter().filter(|change| change.setting == setting).collect();
            let ratios: Vec<f64> = changes.iter().map(|change| change.ratio.value).collect();
            let sure = |slower: bool| {
                let sure = changes.iter().filter(|change| change.mark != Mark::None);
                sure.filter(|change| (change.ratio.value > 1.0) == slower).count().to_string()
            };
            table.row([
                setting.to_owned(),
                number(geometric_mean(&ratios)),
                sure(true),
                sure(false),
                changes.len().to_string(),
            ]);
        }
        table.render()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::example;

    /// The example with other times of one cell.
    fn changed(factor: f64) -> Results {
        let mut results = example();
        for run in &mut results.programs[1].cells[1].runs {
            run.user *= factor;
            run.sys *= factor;
        }
        results
    }

    #[test]
    fn what_is_slower_is_marked() {
        let difference = diff(&example(), &changed(1.2));
        assert_eq!(difference.remarks, [""; 0]);
        let marks: Vec<_> = difference.changes.iter().map(|change| change.mark).collect();
        assert_eq!(marks, [Mark::None, Mark::None, Mark::None, Mark::Family]);
        let slower = &difference.changes[3];
        assert_eq!((slower.program.as_str(), slower.setting.as_str()), ("b", "slow"));
        assert!(slower.is_slower_by(0.1) && !slower.is_slower_by(0.25));
        let report = difference.report(false);
        assert!(report.contains("b           slow    0.2004   0.2405         1.200  1.198  1.202  **"), "{report}");
        assert!(!report.contains("a           slow"), "{report}");
        assert!(report.contains("1 of 4 differ at 95%"), "{report}");
        assert!(difference.report(true).contains("a           slow"));
    }

    #[test]
    fn what_is_faster_is_not_slower() {
        let difference = diff(&example(), &changed(0.5));
        assert_eq!(difference.changes[3].mark, Mark::Family);
        assert!(!difference.changes.iter().any(|change| change.is_slower_by(0.0)));
    }

    #[test]
    fn other_circumstances_are_named() {
        let mut after = example();
        after.parts[0].machine.cpu = "another".to_owned();
        after.versions.insert("pseudo".to_owned(), "pseudo 2".to_owned());
        after.versions.insert("luajit".to_owned(), "LuaJIT 2.1".to_owned());
        after.commit.as_mut().unwrap().dirty = true;
        after.complete = false;
        after.programs[0].name = "c".to_owned();
        after.programs[1].fingerprint = "changed".to_owned();
        after.settings[1].name = "other".to_owned();
        after.programs.iter_mut().for_each(|program| program.cells[1].setting = "other".to_owned());
        assert_eq!(
            diff(&example(), &after).remarks,
            [
                "other machines: processor: a processor and another",
                "other versions: pseudo 1 and pseudo 2",
                "LuaJIT 2.1 is there after only",
                "other commits: c0ffeec0ffee and c0ffeec0ffee with changes",
                "the second is not complete",
                "only before: a",
                "the source of b is not the same",
                "only after: c",
                "settings only before: slow",
                "settings only after: other",
            ]
        );
    }
}
