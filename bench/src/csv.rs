//! Results as comma-separated values (RFC 4180), with a heading: one file of medians, one of single runs.

use std::fmt::Write as _;

use crate::experiment::Setting;
use crate::results::{Results, State};

/// A row for each program in each setting.
pub fn summary(results: &Results) -> String {
    let mut text = String::from(
        "program,group,setting,engine,options,state,runs,median_s,low_s,high_s,ratio,ratio_low,ratio_high,mark,peak_bytes,reason\n",
    );
    for program in &results.programs {
        for (at, (setting, cell)) in results.settings.iter().zip(&program.cells).enumerate() {
            let summary = program.summary(at, &results.rule);
            let number = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.6}"));
            let fields = [
                program.name.clone(),
                setting.group.clone(),
                setting.name.clone(),
                setting.engine.clone(),
                setting.options.join(" "),
                state(cell.state).to_owned(),
                cell.runs.len().to_string(),
                number(summary.map(|summary| summary.median)),
                number(summary.and_then(|summary| summary.low)),
                number(summary.and_then(|summary| summary.high)),
                number(summary.and_then(|summary| summary.ratio)),
                number(summary.and_then(|summary| summary.ratio_low)),
                number(summary.and_then(|summary| summary.ratio_high)),
                summary.map_or("", |summary| summary.mark.text()).to_owned(),
                summary.map_or(String::new(), |summary| summary.peak_bytes.to_string()),
                cell.reason.clone(),
            ];
            line(&mut text, &fields);
        }
    }
    text
}

/// A row for each run. Parameters of sweeps have columns of their own.
pub fn runs(results: &Results) -> String {
    let mut parameters: Vec<&str> =
        results.settings.iter().flat_map(|it| it.parameters.keys()).map(String::as_str).collect();
    parameters.sort_unstable();
    parameters.dedup();
    let mut text = String::new();
    let heading = ["program", "setting", "round", "wall_s", "user_s", "sys_s", "peak_bytes"];
    line(&mut text, &heading.iter().chain(&parameters).map(|&field| field.to_owned()).collect::<Vec<_>>());
    for program in &results.programs {
        for (setting, cell) in results.settings.iter().zip(&program.cells) {
            for run in &cell.runs {
                let mut fields = vec![program.name.clone(), setting.name.clone(), run.round.to_string()];
                fields.extend([run.wall, run.user, run.sys].map(|seconds| format!("{seconds:.6}")));
                fields.push(run.peak_bytes.to_string());
                fields.extend(parameters.iter().map(|name| value(setting, name)));
                line(&mut text, &fields);
            }
        }
    }
    text
}

fn value(setting: &Setting, parameter: &str) -> String {
    setting.parameters.get(parameter).map_or(String::new(), u32::to_string)
}

fn state(state: State) -> &'static str {
    match state {
        State::Pending => "pending",
        State::Steady => "steady",
        State::Unsteady => "unsteady",
        State::Failed => "failed",
        State::Absent => "absent",
    }
}

fn line(text: &mut String, fields: &[String]) {
    for (at, field) in fields.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let quoted = field.contains(['"', ',', '\n', '\r']);
        // Writing to a string does not fail.
        let _ = match quoted {
            true => write!(text, "{comma}\"{}\"", field.replace('"', "\"\"")),
            false => write!(text, "{comma}{field}"),
        };
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::example;

    #[test]
    fn a_row_for_each_cell_and_for_each_run() {
        let mut results = example();
        results.settings[1].name = "none,+\"cse\"".to_owned();
        results.settings[1].parameters.insert("hotloop".to_owned(), 7);
        let summary = summary(&results);
        let lines: Vec<&str> = summary.lines().collect();
        assert_eq!(lines.len(), 1 + 4);
        assert!(lines[0].starts_with("program,group,setting,"));
        assert_eq!(
            lines[1],
            "a,,default,pseudo,,steady,8,1.002000,1.000000,1.004000,1.000000,0.998008,1.001996,,5242880,"
        );
        assert!(
            lines[2].starts_with("a,pass off,\"none,+\"\"cse\"\"\",pseudo,--passes=-cse,steady,8,2.004000,"),
            "{}",
            lines[2]
        );
        let runs = runs(&results);
        assert_eq!(runs.lines().count(), 1 + 4 * 8);
        assert!(runs.starts_with("program,setting,round,wall_s,user_s,sys_s,peak_bytes,hotloop\n"));
        assert!(runs.contains("\na,default,1,1.102200,0.751500,0.250500,5242880,\n"), "{runs}");
        assert!(runs.lines().last().unwrap().ends_with(",5242880,7"));
    }
}
