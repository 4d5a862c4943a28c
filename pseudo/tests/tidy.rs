//! What can be said of the files themselves: headers, reasons for unsafe code, links that lead somewhere.

mod common;

use common::{Complaints, files};

/// Lines between an unsafe block and the reason for it, at most.
const SAFETY_DISTANCE: usize = 8;

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
