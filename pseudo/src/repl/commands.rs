//! What a line that begins with a dot asks for: one row each.

use std::io::Write;

use pseudo_vm::syntax::suggest::suggest;

use crate::Session;
use crate::dump::Request;

/// A command: its name, what may follow it, and what it does.
struct Row {
    name: &'static str,
    argument: &'static str,
    about: &'static str,
    run: fn(&mut Session, &str, usize, &mut dyn Write) -> std::io::Result<Option<u8>>,
}

#[rustfmt::skip]
const TABLE: &[Row] = &[
    Row { name: "help", argument: "", about: "shows this", run: help },
    Row { name: "trace", argument: "on|off", about: "shows every trace that is recorded from now on, or no more", run: trace },
    Row { name: "bytecode", argument: "CODE", about: "shows the bytecode of an expression or of statements", run: bytecode },
    Row { name: "stats", argument: "", about: "shows what the compiler has done so far", run: stats },
    Row { name: "quit", argument: "", about: "ends (as Ctrl-D and `exit()` do)", run: quit },
];

/// A command as it was typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Command<'e> {
    name: &'e str,
    argument: &'e str,
}

impl<'e> Command<'e> {
    /// The command that an entry is, if it is one: no expression begins with a dot and a letter.
    pub(super) fn of(entry: &'e str) -> Option<Command<'e>> {
        let text = entry.trim().strip_prefix('.')?;
        if !text.starts_with(|char: char| char.is_ascii_alphabetic()) {
            return None;
        }
        let (name, argument) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        Some(Command { name, argument: argument.trim() })
    }
}

/// Does what a command asks for. Gives the exit status, if that is to end.
pub(super) fn run(
    session: &mut Session,
    command: Command<'_>,
    number: usize,
    out: &mut dyn Write,
) -> std::io::Result<Option<u8>> {
    match TABLE.iter().find(|row| row.name == command.name) {
        Some(row) => (row.run)(session, command.argument, number, out),
        None => {
            let near = suggest(command.name, TABLE.iter().map(|row| row.name));
            let help = near.map_or(String::from("`.help` lists them"), |near| format!("did you mean `.{near}`?"));
            writeln!(out, "error: there is no command `.{}`; {help}", command.name)?;
            Ok(None)
        }
    }
}

fn help(_: &mut Session, _: &str, _: usize, out: &mut dyn Write) -> std::io::Result<Option<u8>> {
    writeln!(
        out,
        "Statements are run, and the value of an expression is shown. What is not finished goes on in the next"
    )?;
    writeln!(out, "line. Ctrl-C drops what has been typed, or stops what is running; Tab completes names.")?;
    for row in TABLE {
        writeln!(out, "  {:<17} {}", format!(".{} {}", row.name, row.argument), row.about)?;
    }
    Ok(None)
}

fn trace(session: &mut Session, argument: &str, _: usize, out: &mut dyn Write) -> std::io::Result<Option<u8>> {
    let done = match argument {
        "on" => session.set_trace_dump(Some(Request::text(Box::new(std::io::stdout())))),
        "off" => session.set_trace_dump(None),
        _ => {
            writeln!(out, "error: `.trace` takes `on` or `off`")?;
            return Ok(None);
        }
    };
    if !done {
        writeln!(out, "error: there are no traces: the compiler is off")?;
    }
    Ok(None)
}

fn bytecode(session: &mut Session, argument: &str, number: usize, out: &mut dyn Write) -> std::io::Result<Option<u8>> {
    if argument.is_empty() {
        writeln!(out, "error: `.bytecode` takes an expression or statements")?;
        return Ok(None);
    }
    match session.bytecode_aside(super::source(argument, number)) {
        Ok(text) | Err(text) => out.write_all(text.as_bytes())?,
    }
    Ok(None)
}

fn stats(session: &mut Session, _: &str, _: usize, out: &mut dyn Write) -> std::io::Result<Option<u8>> {
    out.write_all(session.statistics().as_bytes())?;
    Ok(None)
}

fn quit(_: &mut Session, _: &str, _: usize, _: &mut dyn Write) -> std::io::Result<Option<u8>> {
    Ok(Some(0))
}
