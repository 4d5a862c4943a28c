//! The documentation tells the truth: its programs do what it says they do, and the reference has all builtins.
//!
//! A program is a block that begins with ```` ```pseudo ````. In it, `// prints: TEXT` stands behind what prints a line, and
//! `// error: KIND` in the line where an error ends the program; the kind is `compile` for one that is found before it
//! runs. A block that begins with ```` ```pseudo file=NAME ```` is a file that the programs after it can import.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::{Complaints, files, root};
use pseudo::{Outcome, RunOptions, Session, Tier};
use pseudo_vm::builtins::{self, BuiltinInfo};
use pseudo_vm::syntax::source::Source;

/// A block of a document.
#[derive(Default)]
struct Block {
    /// The number of its first line in the document.
    first_line: usize,
    /// What is to be in this file; `None`: a program.
    file: Option<String>,
    text: String,
}

/// The part of a line behind a mark, if the line has it.
fn marked<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    line.split_once(mark).map(|(_, text)| text.strip_prefix(' ').unwrap_or(text).trim_end())
}

impl Block {
    /// The lines that it says it prints.
    fn promised(&self) -> Vec<&str> {
        self.text.lines().filter_map(|line| marked(line, "// prints:")).collect()
    }

    /// The numbers and kinds of the errors that it says end it.
    fn errors(&self) -> Vec<(usize, &str)> {
        let lines = self.text.lines().enumerate();
        lines.filter_map(|(number, line)| Some((number + 1, marked(line, "// error:")?))).collect()
    }

    /// What differs between what it says and what it did.
    fn difference(&self, outcome: &Outcome, output: &str) -> Option<String> {
        let promised = self.promised();
        let printed: Vec<&str> = output.lines().map(str::trim_end).collect();
        if printed != promised {
            let different = printed.iter().zip(&promised).position(|(printed, promised)| printed != promised);
            let at = different.unwrap_or(printed.len().min(promised.len()));
            let show = |lines: &[&str]| lines.get(at).map_or("nothing".to_string(), |line| format!("`{line}`"));
            return Some(format!("says {}, prints {}\n{}", show(&promised), show(&printed), outcome.message));
        }
        let errors = self.errors();
        let status = match errors.first() {
            None => 0,
            Some((_, "compile")) => 2,
            Some(_) => 1,
        };
        if outcome.status != status {
            return Some(format!("ends with status {}, not {status}\n{}", outcome.status, outcome.message));
        }
        for (line, kind) in errors {
            let right_kind = kind == "compile" || outcome.message.contains(&format!("{kind} error"));
            if !right_kind || !outcome.message.contains(&format!("{PROGRAM}:{line}:")) {
                return Some(format!("has no error of kind {kind} in its line {line}\n{}", outcome.message));
            }
        }
        None
    }
}

/// What programs are called.
const PROGRAM: &str = "program.pseudo";

/// The programs and files of a document.
fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut current: Option<Block> = None;
    for (number, line) in text.lines().enumerate() {
        match &mut current {
            Some(_) if line.trim() == "```" => found.extend(current.take()),
            Some(block) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            None => {
                if let Some(info) = line.trim().strip_prefix("```pseudo") {
                    let file = info.strip_prefix(" file=").map(str::to_string);
                    assert!(file.is_some() || info.is_empty(), "line {}: what is `{info}`?", number + 1);
                    current = Some(Block { first_line: number + 2, file, text: String::new() });
                }
            }
        }
    }
    assert!(current.is_none(), "the last block has no end");
    found
}

/// A folder of its own for the files of a document.
fn folder_for(document: &Path) -> PathBuf {
    let name = document.strip_prefix(root()).expect("it is a file of the workspace").display().to_string();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("documents").join(name.replace(['/', '.'], "_"));
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

/// Interpreted, compiled at once, and as users run it, in a folder that is theirs to write to.
#[test]
fn programs_do_what_they_say() {
    let mut complaints = Complaints::default();
    for (path, text) in files("md") {
        std::env::set_current_dir(folder_for(&path)).expect("the folder is there");
        for block in blocks(&text) {
            if let Some(file) = &block.file {
                std::fs::write(file, &block.text).expect("the folder can be written to");
                continue;
            }
            if block.promised().is_empty() && block.errors().is_empty() {
                continue;
            }
            for (tier, hotloop) in [
                (Tier::Interp, "hotloop=56"),
                (Tier::Auto, "hotloop=56"),
                (Tier::Auto, "hotloop=1"),
                (Tier::Method, "methodloop=1"),
            ] {
                let mut options = RunOptions { tier, capture: true, input: Some(Vec::new()), ..RunOptions::default() };
                options.params.set(hotloop).expect("a parameter");
                let mut session = Session::new(options).expect("memory");
                let outcome = session.run(Source::new(PROGRAM, block.text.as_str()));
                let output = String::from_utf8_lossy(&session.take_output()).into_owned();
                if let Some(difference) = block.difference(&outcome, &output) {
                    complaints.add(&path, block.first_line, &format!("({tier:?}, {hotloop}) {difference}"));
                }
            }
        }
    }
}

/// An entry for a builtin: its signature in bold, and the first program after it.
struct Entry {
    line: usize,
    signature: String,
    example: String,
}

/// The entries of the reference, from its heading `Builtins` on.
fn entries(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let (mut began, mut in_code) = (false, false);
    // The entries from here on wait for their example.
    let mut waiting = 0;
    for (number, line) in text.lines().enumerate() {
        began |= line == "## Builtins";
        if !began {
            continue;
        }
        if line.starts_with("```") {
            in_code = !in_code;
            if !in_code {
                waiting = entries.len();
            }
        } else if in_code {
            for entry in &mut entries[waiting..] {
                entry.example.push_str(line);
                entry.example.push('\n');
            }
        } else {
            if line.starts_with('#') {
                waiting = entries.len();
            }
            for bold in line.split("**`").skip(1) {
                let signature = bold.split_once("`**").map_or(bold, |(signature, _)| signature);
                entries.push(Entry { line: number + 1, signature: signature.to_string(), example: String::new() });
            }
        }
    }
    entries
}

/// How the reference is to show a builtin.
fn signature(info: &BuiltinInfo) -> String {
    if info.is_object() { format!("{}({})", info.name, info.params) } else { info.name.to_string() }
}

/// Whether a program names a builtin; if that is a function or class, calls it.
fn uses(program: &str, info: &BuiltinInfo) -> bool {
    let wanted = if info.is_object() { format!("{}(", info.name) } else { info.name.to_string() };
    let in_name = |c: char| c == '_' || c.is_alphanumeric();
    program.match_indices(&wanted).any(|(at, _)| {
        let whole = info.is_object() || !program[at + wanted.len()..].starts_with(in_name);
        whole && !program[..at].ends_with(in_name)
    })
}

#[test]
fn the_reference_has_every_builtin() {
    let path = root().join("docs/language.md");
    let text = std::fs::read_to_string(&path).expect("the reference is there");
    let mut complaints = Complaints::default();
    let mut missing: BTreeMap<&str, &BuiltinInfo> = builtins::all()
        .map(|(_, info)| info)
        .filter(|info| !info.is_internal())
        .map(|info| (info.name, info))
        .collect();
    for entry in entries(&text) {
        let name = entry.signature.split('(').next().unwrap_or_default();
        match missing.remove(name) {
            None => complaints.add(&path, entry.line, &format!("{name} is no builtin, or has an entry already")),
            Some(info) if signature(info) != entry.signature => {
                let what = format!("says `{}`, the builtin is `{}`", entry.signature, signature(info));
                complaints.add(&path, entry.line, &what);
            }
            Some(info) if !uses(&entry.example, info) => {
                complaints.add(&path, entry.line, &format!("the program after `{name}` does not use it"));
            }
            Some(_) => {}
        }
    }
    for info in missing.into_values() {
        complaints.add(&path, 1, &format!("`{}` has no entry", signature(info)));
    }
}
