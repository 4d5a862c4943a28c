//! What can be said of the files themselves: headers, reasons for unsafe code, links that lead somewhere, examples in the
//! language reference that print what they say.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use pseudo::{RunOptions, Session};
use pseudo_vm::syntax::source::Source;

/// Lines between an unsafe block and the reason for it, at most.
const SAFETY_DISTANCE: usize = 8;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace is there")
}

/// All files below the workspace with this extension, with their text.
fn files(extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder that was just found").flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let kind = entry.file_type().expect("it has a type");
            if kind.is_dir() && name != "target" && name != "failures" && !name.starts_with('.') {
                folders.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|found| found == extension) {
                let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                found.push((path, text));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no file ends in .{extension}");
    found
}

/// Collects complaints, so that one run shows them all.
#[derive(Default)]
struct Complaints(String);

impl Complaints {
    fn add(&mut self, path: &Path, line: usize, what: &str) {
        let path = path.strip_prefix(root()).unwrap_or(path).display().to_string();
        writeln!(self.0, "{path}:{line}: {what}").expect("strings take everything");
    }
}

impl Drop for Complaints {
    fn drop(&mut self) {
        assert!(self.0.is_empty() || std::thread::panicking(), "\n{}", self.0);
    }
}

#[test]
fn every_source_file_says_what_it_is_for() {
    let mut complaints = Complaints::default();
    for (path, text) in files("rs") {
        if !text.starts_with("//!") {
            complaints.add(&path, 1, "does not begin with `//!`");
        }
    }
}

#[test]
fn nothing_is_left_for_later() {
    // In two parts, so that this file does not contain them.
    let unwanted =
        [("todo", "!("), ("unimplemented", "!("), ("dbg", "!("), ("#[", "ignore"), ("FIX", "ME"), ("XX", "X")];
    let mut complaints = Complaints::default();
    for (path, text) in files("rs") {
        for (number, line) in text.lines().enumerate() {
            for (begin, end) in unwanted {
                let word = format!("{begin}{end}");
                if line.contains(&word) {
                    complaints.add(&path, number + 1, &word);
                }
            }
        }
    }
}

#[test]
fn every_unsafe_block_has_a_reason() {
    let mut complaints = Complaints::default();
    for (path, text) in files("rs") {
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let near = &lines[number.saturating_sub(SAFETY_DISTANCE)..=number];
            if code.contains("unsafe {") && !near.iter().any(|line| line.contains("SAFETY")) {
                complaints.add(&path, number + 1, "an unsafe block without `// SAFETY:`");
            }
        }
    }
}

/// The targets of `[text](target)` in a line, outside code.
fn links(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    // Every other piece is between backticks.
    for piece in line.split('`').step_by(2) {
        for after in piece.split("](").skip(1) {
            found.extend(after.split_once(')').map(|(target, _)| target));
        }
    }
    // A link whose text is code has its target after the second backtick, which is a piece outside code too.
    found
}

#[test]
fn links_lead_somewhere() {
    let mut complaints = Complaints::default();
    for (path, text) in files("md") {
        let mut in_code = false;
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                in_code = !in_code;
            }
            for target in if in_code { Vec::new() } else { links(line) } {
                let file = target.split('#').next().unwrap_or_default();
                if target.contains("://") || target.starts_with("mailto:") || file.is_empty() {
                    continue;
                }
                if !path.parent().expect("a file lies in a folder").join(file).exists() {
                    complaints.add(&path, number + 1, &format!("`{target}` does not exist"));
                }
            }
        }
    }
}

/// What a line of an example says it prints.
fn promise(line: &str) -> Option<&str> {
    line.split_once("// prints:").map(|(_, text)| text.strip_prefix(' ').unwrap_or(text).trim_end())
}

/// The programs between ```` ```pseudo ```` and ```` ``` ````, each with the number of its first line.
fn programs(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut current: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        match &mut current {
            Some(_) if line.trim() == "```" => found.extend(current.take()),
            Some((_, program)) => {
                program.push_str(line);
                program.push('\n');
            }
            None if line.trim() == "```pseudo" => current = Some((number + 2, String::new())),
            None => {}
        }
    }
    assert!(current.is_none(), "the last program has no end");
    found
}

/// Programs in the documentation that say what they print do so, interpreted and compiled at once.
#[test]
fn documentation_tells_the_truth() {
    let mut complaints = Complaints::default();
    for (path, text) in files("md") {
        for (first_line, program) in programs(&text) {
            let promised: Vec<&str> = program.lines().filter_map(promise).collect();
            if promised.is_empty() {
                continue;
            }
            for (jit, hotloop) in [(false, "hotloop=56"), (true, "hotloop=56"), (true, "hotloop=1")] {
                let mut options = RunOptions { jit, capture: true, input: Some(Vec::new()), ..RunOptions::default() };
                options.params.set(hotloop).expect("a parameter");
                let mut session = Session::new(options).expect("memory");
                let outcome = session.run(Source::new("example", program.as_str()));
                let output = String::from_utf8_lossy(&session.take_output()).into_owned();
                let printed: Vec<&str> = output.lines().map(str::trim_end).collect();
                if printed != promised {
                    let different = printed.iter().zip(&promised).position(|(printed, promised)| printed != promised);
                    let at = different.unwrap_or(printed.len().min(promised.len()));
                    let show = |lines: &[&str]| lines.get(at).map_or("nothing".to_string(), |line| format!("`{line}`"));
                    let what = format!(
                        "(jit {jit}, {hotloop}) says {}, prints {}\n{}",
                        show(&promised),
                        show(&printed),
                        outcome.message
                    );
                    complaints.add(&path, first_line, &what);
                }
            }
        }
    }
}
