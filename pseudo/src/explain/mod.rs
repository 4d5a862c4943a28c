//! `pseudo explain FILE[:LINE]`: what became of each loop, in plain words.
//!
//! The program is run once, its output dropped, and what the engine told of it ([`crate::dump`]) is put together by loop:
//! compiled or not and why, what was taken out of the loop, which tests are left in it and how often each failed, what could
//! be changed.

mod story;
mod words;

use std::cell::RefCell;
use std::rc::Rc;

use pseudo_vm::syntax::source::Source;

use crate::dump::{self, place};
use crate::{Outcome, RunOptions, Session};
use story::Story;

/// A loop of a program.
struct Header {
    at: dump::record::Place,
    /// The line's text.
    source: String,
}

/// Runs a program and says what became of its loops, or of those on a line.
///
/// # Errors
///
/// What the program's compiler complains of, or that there is no loop on that line.
pub fn explain(options: RunOptions, source: Source, line: Option<u32>) -> Result<String, Outcome> {
    let records = Rc::new(RefCell::new(Vec::new()));
    let file = source.name.clone();
    let options = RunOptions {
        dump: Some(dump::Request::kept(Rc::clone(&records))),
        stream: Some(Box::new(std::io::sink())),
        ..options
    };
    let refused = |status, message: String| Outcome { status, message };
    let mut session =
        Session::new(options).map_err(|error| refused(1, format!("error: cannot set up the machine: {error}\n")))?;
    let outcome = session.run(source);
    // A program may end with this status too, but has nothing to say then.
    if outcome.status == crate::STATUS_BAD_SOURCE && !outcome.message.is_empty() {
        return Err(outcome);
    }
    let all = headers(&session, &file);
    let chosen: Vec<&Header> = all.iter().filter(|header| line.is_none_or(|line| header.at.line == line)).collect();
    if let (true, Some(line)) = (chosen.is_empty(), line) {
        let mut lines: Vec<String> = all.iter().map(|header| header.at.line.to_string()).collect();
        lines.dedup();
        let others = match lines.as_slice() {
            [] => "there is none in it".to_string(),
            [one] => format!("there is one on line {one}"),
            several => format!("there are some on lines {}", several.join(", ")),
        };
        let message = format!("error: no loop begins on line {line} of {file}; {others}\n");
        return Err(refused(crate::STATUS_BAD_SOURCE, message));
    }
    let records = records.borrow();
    let mut text = String::new();
    for header in &chosen {
        text.push_str(&Story::new(&records, header).text());
        text.push('\n');
    }
    if chosen.is_empty() {
        text.push_str("There is no loop in it.\n");
    }
    if outcome.status != 0 {
        text.push_str(&format!("The program ended with status {}.\n{}", outcome.status, outcome.message));
    }
    Ok(text)
}

/// The loops of a file, by line.
fn headers(session: &Session, file: &str) -> Vec<Header> {
    let vm = session.vm();
    let mut headers = Vec::new();
    for id in 0..vm.proto_count() {
        let proto = vm.proto(id);
        if proto.source.name != file {
            continue;
        }
        for info in &proto.loops {
            let at = place(vm, pseudo_snapshots::Pc { function: id, at: info.header as u32 });
            let source = proto.source.line_text(at.line).trim().to_string();
            headers.push(Header { at, source });
        }
    }
    headers.sort_by_key(|header| header.at.line);
    headers
}
