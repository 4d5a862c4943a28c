//! Runs `filetests/<folder>/*.ir`: text in, expected text out.
//!
//! A file holds cases. Each begins with `test`, the passes to run (or `verify`, `print`) and, after `;`, what it shows; then
//! comes a trace; then, for passes, `expect` and the trace that must come out. `test verify` is for bad traces: the
//! offending line ends in `; error: ` and the verifier's words. `test print` is for text that must come out as it is.
//! Builtin 0 is pure, 1 reads, 2 writes, all others touch the outside.
//!
//! `cargo test -p pseudo-trace --test filetests -- --bless` writes what comes out into the files; read the diff.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use pseudo_trace::ir::parse::{Lines, parse, parse_with_lines};
use pseudo_trace::ir::text::{Names, Style, print};
use pseudo_trace::ir::trace::Trace;
use pseudo_trace::ir::verify::{Place, verify};
use pseudo_trace::opt::rewrite::Scratch;
use pseudo_trace::opt::{BuiltinEffect, Options, PASSES, PassSet, SCHEDULE, Stats, fold, optimise, run_pass};

fn effects(builtin: u32) -> BuiltinEffect {
    match builtin {
        0 => BuiltinEffect::Pure,
        1 => BuiltinEffect::Reads,
        2 => BuiltinEffect::Writes,
        _ => BuiltinEffect::Outside,
    }
}

fn main() -> ExitCode {
    let (bless, rest): (Vec<String>, Vec<String>) = std::env::args().partition(|word| word == "--bless");
    let arguments = Arguments::from_iter(rest);
    let files = files();
    if !bless.is_empty() {
        files.iter().for_each(|file| rewrite(file));
        return ExitCode::SUCCESS;
    }
    let mut trials: Vec<Trial> = Vec::new();
    for file in &files {
        for case in cases(&std::fs::read_to_string(file).unwrap()) {
            let folder = file.parent().and_then(Path::file_name).unwrap().to_string_lossy().into_owned();
            let stem = file.file_stem().unwrap().to_string_lossy();
            let name = format!("{folder}/{stem}: {}", case.title);
            trials.push(Trial::test(name, move || case.check().map_err(Failed::from)));
        }
    }
    let all = Arc::new(files);
    trials.push(Trial::test("every fold rule fires in some file", move || rules_fire(&all).map_err(Failed::from)));
    trials.push(Trial::test("every pass has files", || {
        let lacking: Vec<&str> =
            PASSES.iter().map(|pass| pass.name).filter(|name| !root().join(name).is_dir()).collect();
        if lacking.is_empty() { Ok(()) } else { Err(format!("no files for {lacking:?}").into()) }
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("filetests")
}

fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in std::fs::read_dir(root()).unwrap() {
        let folder = folder.unwrap().path();
        if folder.is_dir() {
            files.extend(std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()));
        }
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "ir"));
    files.sort();
    files
}

struct Case {
    /// What stands before `test`: comments.
    lead: String,
    head: String,
    title: String,
    passes: Vec<String>,
    input: String,
    expected: String,
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut lead = String::new();
    let mut expecting = false;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("test ") {
            let (passes, title) = rest.split_once(';').unwrap_or((rest, "unnamed"));
            cases.push(Case {
                lead: std::mem::take(&mut lead),
                head: line.to_string(),
                title: title.trim().to_string(),
                passes: passes.split_whitespace().map(str::to_string).collect(),
                input: String::new(),
                expected: String::new(),
            });
            expecting = false;
            continue;
        }
        let Some(case) = cases.last_mut() else {
            lead.push_str(line);
            lead.push('\n');
            continue;
        };
        if line == "expect" {
            expecting = true;
        } else if !expecting {
            case.input.push_str(line);
            case.input.push('\n');
        } else if line.is_empty() || line.starts_with(';') {
            lead.push_str(line);
            lead.push('\n');
        } else {
            case.expected.push_str(line);
            case.expected.push('\n');
        }
    }
    cases
}

impl Case {
    fn kind(&self) -> &str {
        self.passes.first().map_or("", String::as_str)
    }

    /// The trace that comes out.
    fn run(&self, stats: &mut Stats) -> Result<Trace, String> {
        let mut trace = parse(&self.input).map_err(|error| error.to_string())?;
        verify(&trace, &effects).map_err(|flaw| flaw.report(&trace))?;
        let mut scratch = Scratch::default();
        let options = Options { passes: PassSet::ALL, verify: true, effects: &effects };
        for name in &self.passes {
            if name == "all" {
                optimise(&mut trace, &options, &mut scratch, &mut |_, _| {});
                continue;
            }
            let pass = PASSES.iter().find(|pass| pass.name == name).ok_or_else(|| format!("no pass `{name}`"))?;
            run_pass(&mut trace, pass, &options, &mut scratch, stats, &mut |_, _| {});
        }
        Ok(trace)
    }

    fn check(&self) -> Result<(), String> {
        match self.kind() {
            "verify" => return self.check_flaw(),
            "print" => {
                let trace = parse(&self.input).map_err(|error| error.to_string())?;
                return compare(self.input.trim_end(), printed(&trace).trim_end());
            }
            _ => {}
        }
        let mut stats = Stats::default();
        let trace = self.run(&mut stats)?;
        let out = printed(&trace);
        compare(&self.expected, &out)?;
        self.check_rule(&stats)?;
        let again = parse(&out).map_err(|error| error.to_string())?;
        compare(&out, &printed(&again))
    }

    /// A case that begins with the name of a rule is about it.
    fn check_rule(&self, stats: &Stats) -> Result<(), String> {
        let Some((name, _)) = self.title.split_once(": ") else { return Ok(()) };
        match fold::rules().iter().position(|rule| rule.name == name) {
            Some(index) if stats.counts.rules.get(index).is_none_or(|count| *count == 0) => {
                Err(format!("rule {name} does not fire"))
            }
            _ => Ok(()),
        }
    }

    fn check_flaw(&self) -> Result<(), String> {
        let (trace, lines) = parse_with_lines(&self.input).map_err(|error| error.to_string())?;
        let marked =
            self.input.lines().enumerate().find_map(|(at, line)| Some((at + 1, line.split_once("; error: ")?.1)));
        let found = verify(&trace, &effects).err().map(|flaw| (line_of(flaw.place, &lines), flaw.message));
        match (marked, found) {
            (None, None) => Ok(()),
            (Some((line, words)), Some((at, message))) if line == at && words == message => Ok(()),
            (marked, found) => Err(format!("marked {marked:?}, found {found:?}")),
        }
    }
}

fn line_of(place: Place, lines: &Lines) -> usize {
    match place {
        Place::Inst(index) => lines.insts[index],
        Place::Snapshot(index) => lines.snapshots[index],
        Place::Link => lines.link,
    }
}

fn printed(trace: &Trace) -> String {
    print(trace, &mut Names::default(), Style { origins: true })
}

fn compare(expected: &str, found: &str) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("expected:\n{expected}\nfound:\n{found}")) }
}

fn rewrite(file: &Path) {
    let text = std::fs::read_to_string(file).unwrap();
    let mut out = String::new();
    let cases = cases(&text);
    for case in &cases {
        out.push_str(&case.lead);
        out.push_str(&case.head);
        out.push('\n');
        out.push_str(&case.input);
        if matches!(case.kind(), "verify" | "print") {
            continue;
        }
        match case.run(&mut Stats::default()) {
            Ok(trace) => out.push_str(&format!("expect\n{}", printed(&trace))),
            Err(words) => panic!("{}: {}: {words}", file.display(), case.title),
        }
    }
    if out != text {
        std::fs::write(file, out).unwrap();
    }
}

/// Runs all files for their passes' sake and lists the rules that none of them made fire.
fn rules_fire(files: &[PathBuf]) -> Result<(), String> {
    let mut stats = Stats::default();
    stats.counts.rules.resize(fold::rules().len(), 0);
    for file in files {
        for case in cases(&std::fs::read_to_string(file).unwrap()) {
            if case.passes.iter().any(|pass| SCHEDULE.contains(&pass.as_str())) {
                case.run(&mut stats)?;
            }
        }
    }
    let never: Vec<&str> = fold::rules()
        .iter()
        .zip(&stats.counts.rules)
        .filter(|(_, count)| **count == 0)
        .map(|(rule, _)| rule.name)
        .collect();
    if never.is_empty() { Ok(()) } else { Err(format!("rules that never fired: {}", never.join(", "))) }
}
