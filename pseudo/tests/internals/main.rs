//! The pages of `docs/internals` show what the tool prints: each dump in them is made anew, and compared.
//!
//! `UPDATE_DOCS=1 cargo test -p pseudo --test internals` writes what has changed into the pages; read the diff, and the
//! words around it. [`blocks`] tells what a block of a page says of itself, [`sections`] which part of a dump it is.

#[path = "../common/mod.rs"]
mod common;

mod blocks;
mod sections;

use std::path::{Path, PathBuf};
use std::process::Command;

use blocks::{Block, Page};
use common::{Complaints, files, root};
use pseudo_trace::opt::PASSES;
use sections::Selector;

fn folder() -> PathBuf {
    root().join("docs/internals")
}

fn pages() -> Vec<(PathBuf, String)> {
    files("md").into_iter().filter(|(path, _)| path.starts_with(folder())).collect()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What a command of a page prints on standard error. It runs in a folder of its own, which has the program.
fn dump(path: &Path, command: &str, program: &str) -> Result<String, String> {
    let name = path.strip_prefix(root()).expect("it is a file of the workspace").display().to_string();
    let own = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("internals").join(name.replace(['/', '.'], "_"));
    std::fs::create_dir_all(&own).expect("the folder can be made");
    let words: Vec<&str> = command.split_whitespace().skip(1).collect();
    let file = words.iter().find(|word| word.ends_with(".pseudo")).ok_or("it runs no program")?;
    std::fs::write(own.join(file), program).expect("the folder can be written to");
    let ran = Command::new(env!("CARGO_BIN_EXE_pseudo"))
        .args(&words)
        .current_dir(&own)
        .env("NO_COLOR", "1")
        .output()
        .expect("the command was built");
    let text = String::from_utf8_lossy(&ran.stderr).into_owned();
    if ran.status.success() { Ok(text) } else { Err(format!("it ends with {}\n{text}", ran.status)) }
}

/// Whether the processor has what the pass `vector` makes code for: without, it does not run.
fn has_vectors() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

/// A page with its dumps made anew.
fn made_anew(path: &Path, text: &str, complaints: &mut Complaints) -> Page {
    let mut page = Page::parse(text);
    let (mut program, mut shown) = (String::new(), None);
    for block in page.blocks_mut() {
        if block.language == "pseudo" {
            program.clone_from(&block.text);
        } else if let Some(command) = block.command() {
            shown = Some(dump(path, command, &program));
        }
        let selector = match Selector::parse(&block.info) {
            Ok(None) => continue,
            Ok(Some(selector)) => selector,
            Err(message) => {
                complaints.add(path, block.line, &message);
                continue;
            }
        };
        if selector.is_of("vector") && !has_vectors() {
            continue;
        }
        let made = match &shown {
            None => Err("no command before it makes a dump".to_string()),
            Some(shown) => shown.clone().and_then(|shown| selector.select(&shown, &block.language)),
        };
        match made {
            Ok(text) => block.text = text,
            Err(message) => complaints.add(path, block.line, &message),
        }
    }
    page
}

#[test]
fn dumps_are_what_the_tool_prints() {
    let updates = std::env::var_os("UPDATE_DOCS").is_some();
    let mut complaints = Complaints::default();
    for (path, text) in pages() {
        let made = made_anew(&path, &text, &mut complaints);
        if updates && made.text() != text {
            std::fs::write(&path, made.text()).expect("the page can be written");
        } else {
            for (old, new) in Page::parse(&text).blocks().zip(made.blocks()) {
                let different = old.text.lines().zip(new.text.lines()).position(|(old, new)| old != new);
                if old.text != new.text {
                    let at = different.unwrap_or(old.text.lines().count().min(new.text.lines().count()));
                    let line = |block: &Block| block.text.lines().nth(at).unwrap_or("(nothing)").to_string();
                    let what = format!(
                        "the page has\n    {}\nthe tool prints\n    {}\n(UPDATE_DOCS=1 writes it into the page)",
                        line(old),
                        line(new)
                    );
                    complaints.add(&path, old.line + 1 + at, &what);
                }
            }
        }
    }
}

/// The page that reads a dump leaves nothing of it out.
#[test]
fn one_page_has_a_whole_dump() {
    let path = folder().join("reading-a-dump.md");
    let page = Page::parse(&read(&path));
    let program = page.blocks().find(|block| block.language == "pseudo").map_or("", |block| &block.text);
    let command = page.blocks().find_map(Block::command).expect("the page has a command");
    let whole = dump(&path, command, program).expect("the command runs");
    let pieces: String = page
        .blocks()
        .filter(|block| block.language == "text" && !block.info.is_empty())
        .map(|block| &*block.text)
        .collect();
    for (at, (piece, line)) in pieces.lines().zip(whole.lines()).enumerate() {
        assert_eq!(piece, line, "line {} of what the pieces make", at + 1);
    }
    assert_eq!(pieces.lines().count(), whole.lines().count(), "lines of the pieces, and of the dump");
}

/// A table that explains a dump begins each row with the line of it that it explains.
#[test]
fn explained_lines_are_in_the_dump() {
    let mut complaints = Complaints::default();
    for (path, text) in pages() {
        for (line, quoted, dump) in Page::parse(&text).quotations() {
            if !sections::has_line(dump, quoted) {
                complaints.add(&path, line, &format!("`{quoted}` is not in the dump above it"));
            }
        }
    }
}

/// Code that a page quotes is in the file that the block names.
#[test]
fn quoted_code_is_in_its_file() {
    let mut complaints = Complaints::default();
    for (path, text) in pages() {
        for block in Page::parse(&text).blocks() {
            if let Some(file) = block.quoted_file()
                && !read(&root().join(file)).contains(&block.text)
            {
                complaints.add(&path, block.line, &format!("`{file}` has no such lines"));
            }
        }
    }
}

#[test]
fn every_pass_has_a_page_and_the_index_leads_to_it() {
    let index_path = folder().join("README.md");
    let index = read(&index_path);
    let mut complaints = Complaints::default();
    for pass in PASSES {
        let row = format!("| [{0}](passes/{0}.md) | {1} |", pass.name, pass.about);
        if !index.lines().any(|line| line.starts_with(&row)) {
            complaints.add(&index_path, 1, &format!("no row begins with `{row}`"));
        }
        let path = folder().join(format!("passes/{}.md", pass.name));
        let text = read(&path);
        if !text.starts_with(&format!("# {}\n", pass.name)) {
            complaints.add(&path, 1, &format!("does not begin with `# {}`", pass.name));
        }
        let file = format!("](../../../trace/src/opt/{}", pass.name);
        // Lines are broken anywhere.
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for wanted in [pass.source, file.as_str()] {
            if !words.contains(wanted) {
                complaints.add(&path, 1, &format!("does not name `{wanted}`"));
            }
        }
        let page = Page::parse(&text);
        let selectors: Vec<Selector> =
            page.blocks().filter_map(|block| Selector::parse(&block.info).ok().flatten()).collect();
        for kind in ["before", "after"] {
            if !selectors.iter().any(|selector| selector.shows(kind, pass.name)) {
                complaints.add(&path, 1, &format!("has no IR {kind} {}", pass.name));
            }
        }
    }
    for (path, _) in pages().iter().filter(|(path, _)| *path != index_path) {
        let target = path.strip_prefix(folder()).expect("it lies in the folder").display().to_string();
        if !index.contains(&format!("]({target})")) {
            complaints.add(&index_path, 1, &format!("no link to `{target}`"));
        }
    }
}
