//! The prompt: reads lines, runs them, shows what they give.
//!
//! An entry that the parser could still make sense of with more text goes on with the next line. Errors of any kind are
//! shown and end nothing. What an entry declares at its top level is there for the next ones.
//!
//! Where lines come from is a [`Lines`]: a terminal, or a list in tests.

mod commands;
mod complete;
mod terminal;

use std::io::Write;

use pseudo_vm::syntax::source::Source;

use crate::{Evaluated, Session};
use commands::Command;
pub use complete::Completions;
pub use terminal::{Terminal, history_file};

/// What asks for the first line of an entry.
const PROMPT: &str = "> ";
/// What asks for the others.
const PROMPT_MORE: &str = ". ";

/// What came of asking for a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Line {
    /// A line, without its end.
    Text(String),
    /// Ctrl-C: what was typed so far is not meant.
    Cancelled,
    /// There is no more.
    End,
}

/// Where lines come from.
pub trait Lines {
    /// Asks for a line.
    ///
    /// # Errors
    ///
    /// What keeps lines from being read.
    fn read(&mut self, prompt: &str) -> std::io::Result<Line>;

    /// Tells of an entry that has been run.
    fn remember(&mut self, entry: &str);

    /// Tells which names there are now.
    fn offer(&mut self, names: Completions);
}

/// Reads and runs entries until there are no more. Gives the exit status.
///
/// # Errors
///
/// If lines cannot be read or results not be written.
pub fn run(session: &mut Session, lines: &mut dyn Lines, out: &mut dyn Write) -> std::io::Result<u8> {
    let mut entry = String::new();
    let mut number = 1;
    lines.offer(Completions::of(session));
    loop {
        match lines.read(if entry.is_empty() { PROMPT } else { PROMPT_MORE })? {
            Line::End => return Ok(0),
            Line::Cancelled => entry.clear(),
            Line::Text(line) => {
                if entry.is_empty() && line.trim().is_empty() {
                    continue;
                }
                entry.push_str(&line);
                let status = match Command::of(&entry) {
                    Some(command) => commands::run(session, command, number, out)?,
                    None => match evaluate(session, &entry, number, out)? {
                        Next::More => {
                            entry.push('\n');
                            continue;
                        }
                        Next::Entry => None,
                        Next::Exit(status) => Some(status),
                    },
                };
                lines.remember(&entry);
                if let Some(status) = status {
                    return Ok(status);
                }
                entry.clear();
                number += 1;
                lines.offer(Completions::of(session));
            }
        }
    }
}

/// What follows an entry.
enum Next {
    /// The rest of it.
    More,
    /// Another one.
    Entry,
    /// Nothing: the program has ended itself.
    Exit(u8),
}

fn evaluate(session: &mut Session, entry: &str, number: usize, out: &mut dyn Write) -> std::io::Result<Next> {
    let Evaluated { value, message, incomplete, exit } = session.evaluate(source(entry, number));
    if incomplete {
        return Ok(Next::More);
    }
    out.write_all(&session.take_output())?;
    out.write_all(message.as_bytes())?;
    if let Some(value) = value {
        writeln!(out, "{value}")?;
    }
    out.flush()?;
    Ok(exit.map_or(Next::Entry, Next::Exit))
}

/// An entry as a source, named by its number.
fn source(entry: &str, number: usize) -> Source {
    Source::new(format!("<{number}>"), entry)
}

#[cfg(test)]
mod tests;
