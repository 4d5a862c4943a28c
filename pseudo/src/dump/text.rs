//! A dump to be read.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::Sink;
use super::columns::{Columns, Paint};
use super::parts::{Part, Parts};
use super::record::{Bytecode, Exit, FunctionPart, Gone, Ir, IrLine, Link, Machine, Place, Record, Step, Taken};
use super::summary::Summary;

/// Writes records as text.
pub struct Text {
    parts: Parts,
    paint: Paint,
    /// Files by name, as lines.
    files: HashMap<String, Vec<String>>,
    /// The bytecode of the trace that is being made.
    bytecode: Vec<Bytecode>,
    /// Its IR, as it was last shown.
    lines: Vec<IrLine>,
    summary: Summary,
}

impl Sink for Text {
    fn record(&mut self, out: &mut dyn Write, record: &Record) -> io::Result<()> {
        self.summary.add(record);
        let mut text = String::new();
        self.write(&mut text, record);
        out.write_all(text.as_bytes())
    }
}

impl Text {
    /// Writes these parts.
    pub fn new(parts: Parts, colour: bool) -> Text {
        Text {
            parts,
            paint: Paint::new(colour),
            files: HashMap::new(),
            bytecode: Vec::new(),
            lines: Vec::new(),
            summary: Summary::default(),
        }
    }

    fn write(&mut self, out: &mut String, record: &Record) {
        match record {
            // Of times there is a table of its own.
            Record::Begin { .. } | Record::Times { .. } => {}
            Record::File { file, text } => {
                self.files.insert(file.clone(), text.lines().map(|line| line.trim().to_string()).collect());
            }
            Record::RecordingStarted { trace, start, at, .. } => {
                let what = format!("---- trace {trace}: recording {start}, in {at}");
                self.event(out, &what, &[self.source(at)]);
            }
            Record::LoopWaits { at, rounds } => {
                let then = format!("left to the loop around it for {rounds} rounds");
                self.event(out, &format!("---- a loop of few rounds, in {at}"), &[self.source(at), &then]);
            }
            Record::Limited { at, limit, left_to } => {
                let what = format!("---- hot, but no trace more than `{limit}` allows, in {at}");
                self.event(out, &what, &[self.source(at), &format!("left to {left_to} until it is taken very often")]);
            }
            Record::ConditionalWatched { at, jumped, passed, both_ways } => {
                let judgement = if *both_ways { "both ways are recorded from now on" } else { "one way is recorded" };
                let then = format!("jumped {jumped} of {} times: {judgement}", jumped + passed);
                self.event(out, &format!("---- a conditional, in {at}"), &[self.source(at), &then]);
            }
            Record::RecordingAbandoned { trace, start, from, at, reason, remedy, retry_after, left_to, .. } => {
                let remedy = remedy.map_or(String::new(), |remedy| format!("what helps: {remedy}"));
                let then = match retry_after {
                    Some(rounds) => format!("tried again after {rounds} more"),
                    None => format!("left to {left_to} from now on"),
                };
                let why = format!("{reason}, {at}: {}", self.source(at));
                self.event(
                    out,
                    &format!("---- trace {trace}: abandoned ({start}, in {from})"),
                    &[&why, &remedy, &then],
                );
            }
            Record::Recorded { bytecode, ir, .. } => {
                self.bytecode.clone_from(bytecode);
                self.bytecode(out);
                self.ir(out, "IR as recorded", ir, &[Part::Ir, Part::Stages]);
            }
            Record::Nested { bytecode, ir, .. } => {
                self.bytecode.clone_from(bytecode);
                let heading = "IR of the loop around, if its rounds can be skipped";
                self.ir(out, heading, ir, &[Part::Ir, Part::Stages]);
            }
            Record::Pass { pass, lines, gone, tail, .. } => {
                self.pass(out, pass, lines, gone);
                self.stage(out, pass, tail);
            }
            Record::Compiled { trace, ir, machine, bytes, exits, link, notes, .. } => {
                self.ir(out, "IR after all passes, and snapshots", ir, &[Part::Ir]);
                self.machine(out, machine, *bytes);
                self.exits(out, exits);
                self.link(out, link, notes);
                self.event(out, &format!("---- trace {trace}: compiled"), &[]);
            }
            Record::FunctionCompiled { at, parts, bytes, hot_bytes } => {
                self.event(out, &format!("---- whole function, in {at}"), &[]);
                self.function(out, parts, *bytes, *hot_bytes);
            }
            Record::Flushed { traces, .. } => self.event(out, &format!("---- all {traces} traces dropped"), &[]),
            Record::Ended { exits, .. } => {
                self.taken(out, exits);
                if self.parts.has(Part::Summary) {
                    self.heading(out, "---- summary");
                    out.push_str(&self.summary.text());
                }
            }
        }
    }

    /// The line that a place is on.
    fn source(&self, at: &Place) -> &str {
        let lines = self.files.get(&at.file);
        lines.and_then(|lines| lines.get(at.line as usize - 1)).map_or("", String::as_str)
    }

    fn heading(&self, out: &mut String, text: &str) {
        let _ = writeln!(out, "{}", self.paint.heading(text));
    }

    fn event(&self, out: &mut String, what: &str, details: &[&str]) {
        if self.parts.has(Part::Events) {
            self.heading(out, what);
            for detail in details.iter().filter(|detail| !detail.is_empty()) {
                let _ = writeln!(out, "     {detail}");
            }
        }
    }

    /// A line of source over what comes from it, if it is another than before.
    fn source_line(&self, out: &mut String, before: &mut Option<Place>, at: &Place, indent: &str) {
        let is_other =
            before.as_ref().is_none_or(|it| (&it.file, it.line, &it.function) != (&at.file, at.line, &at.function));
        if is_other && self.parts.has(Part::Source) {
            let _ = writeln!(out, "{}", self.paint.aside(&format!("{indent}; {at}: {}", self.source(at))));
        }
        *before = Some(at.clone());
    }

    fn bytecode(&self, out: &mut String) {
        let shows = self.parts.has(Part::Bytecode);
        if !shows && !self.parts.has(Part::Source) {
            return;
        }
        self.heading(out, if shows { "bytecode" } else { "source" });
        let mut before = None;
        for line in &self.bytecode {
            let indent = "  ".repeat(line.depth as usize + 1);
            self.source_line(out, &mut before, &line.at, &indent);
            if shows {
                let _ = writeln!(out, "{indent}{}", numbered(&line.at, &line.text));
            }
        }
    }

    /// The IR, if one of these parts is wanted.
    fn ir(&mut self, out: &mut String, heading: &str, ir: &Ir, of: &[Part]) {
        self.lines.clone_from(&ir.lines);
        let shows = of.iter().any(|&part| self.parts.has(part));
        if shows {
            self.heading(out, heading);
            let _ = writeln!(out, "  {}", ir.head);
            self.instructions(out);
        }
        self.tail(out, &ir.tail, shows);
    }

    /// The IR after a pass.
    fn stage(&self, out: &mut String, pass: &str, tail: &[String]) {
        if self.parts.has(Part::Stages) {
            self.heading(out, &format!("IR after {pass}"));
            self.instructions(out);
            self.tail(out, tail, true);
        }
    }

    fn instructions(&self, out: &mut String) {
        let columns = Columns::new((0..).zip(&self.lines), &self.bytecode);
        for (number, line) in (0..).zip(&self.lines) {
            let _ = writeln!(out, "  {}", columns.line(self.paint, number, line, ""));
        }
    }

    /// What follows the lines of IR: snapshots are a part of their own, the rest is shown with the lines.
    fn tail(&self, out: &mut String, tail: &[String], shows: bool) {
        for line in tail {
            let is_wanted = if line.starts_with("snapshot") { self.parts.has(Part::Snapshots) } else { shows };
            if is_wanted {
                let _ = writeln!(out, "  {line}");
            }
        }
    }

    fn pass(&mut self, out: &mut String, pass: &str, steps: &[Step], gone: &[Gone]) {
        let before = std::mem::take(&mut self.lines);
        let mut changed: Vec<(char, u32, &IrLine, String)> = Vec::new();
        let mut now: HashMap<u32, u32> = HashMap::new();
        let mut number = 0;
        let mut gone = gone.iter().peekable();
        let rule = |rule: Option<&str>| rule.map_or(String::new(), |rule| format!(" {rule}"));
        for step in steps {
            // What is gone stands where it was.
            let reached = match step {
                Step::Same { same, .. } => Some(*same),
                Step::Line { was, .. } => *was,
            };
            while let Some(one) = gone.next_if(|one| reached.is_some_and(|reached| one.was < reached)) {
                changed.extend(before.get(one.was as usize).map(|line| ('-', one.was, line, rule(one.rule))));
            }
            match step {
                Step::Same { same, count } => {
                    now.extend((*same..same + count).zip(number..));
                    number += count;
                }
                Step::Line { was, rule: fired, line } => {
                    now.extend(was.map(|was| (was, number)));
                    let elsewhere = was.filter(|&was| was != number);
                    let remark = elsewhere.map_or(String::new(), |was| format!(" was %{was}"));
                    changed.push((if was.is_some() { '~' } else { '+' }, number, line, rule(*fired) + &remark));
                    number += 1;
                }
            }
        }
        for one in gone {
            changed.extend(before.get(one.was as usize).map(|line| ('-', one.was, line, rule(one.rule))));
        }
        if self.parts.has(Part::Events) || self.parts.has(Part::Passes) {
            self.heading(out, &format!("pass {pass}: {number} instructions"));
        }
        if self.parts.has(Part::Passes) {
            let columns = Columns::new(changed.iter().map(|(_, number, line, _)| (*number, *line)), &self.bytecode);
            for (mark, number, line, remark) in &changed {
                let line = columns.line(Paint::new(false), *number, line, remark);
                let _ = writeln!(out, "  {}", self.paint.changed(*mark, &format!("{mark} {line}")));
            }
        }
        self.lines = after(&before, steps, &now);
    }

    fn machine(&self, out: &mut String, machine: &[Machine], bytes: usize) {
        if !self.parts.has(Part::Asm) {
            return;
        }
        self.heading(out, &format!("machine code ({bytes} bytes)"));
        let (mut before, mut owner) = (None, "");
        for line in machine {
            let ir = line.ir.and_then(|ir| self.lines.get(ir as usize));
            if let Some(origin) = ir.and_then(|ir| self.bytecode.get(ir.bytecode? as usize)) {
                let indent = "  ".repeat(origin.depth as usize + 1);
                self.source_line(out, &mut before, &origin.at, &indent);
            }
            let of = if owner == line.of { "" } else { &line.of };
            owner = &line.of;
            let text = match line.text.split_once("-> ") {
                Some((jump, to)) => format!("{jump}{}", self.paint.place(&format!("-> {to}"))),
                None => line.text.clone(),
            };
            let _ = writeln!(out, "  {}  {of:8}{text}", self.paint.aside(&format!("{:04x}", line.offset)));
        }
    }

    fn exits(&self, out: &mut String, exits: &[Exit]) {
        if self.parts.has(Part::Exits) {
            self.heading(out, "exits");
            for (number, exit) in exits.iter().enumerate() {
                let _ = writeln!(out, "  exit {number}: from %{} to {}, line {}", exit.ir, exit.to.pc, exit.to.line);
            }
        }
    }

    fn link(&self, out: &mut String, link: &Link, notes: &[&str]) {
        if self.parts.has(Part::Links) {
            for note in notes {
                let _ = writeln!(out, "{note}");
            }
            let link = match link {
                Link::Loop => "its own loop".to_string(),
                Link::Trace { trace, in_registers: true } => format!("the loop of trace {trace}, in registers"),
                Link::Trace { trace, in_registers: false } => format!("trace {trace}, through memory"),
                Link::Interpreter => "the interpreter".to_string(),
                Link::Caller => "its caller".to_string(),
            };
            let _ = writeln!(out, "link to {link}");
        }
    }

    fn function(&self, out: &mut String, parts: &[FunctionPart], bytes: usize, hot: usize) {
        if !self.parts.has(Part::Asm) {
            return;
        }
        self.heading(out, &format!("machine code ({bytes} bytes, {hot} of them for what is likely)"));
        let mut before = None;
        for part in parts {
            if let Some(at) = &part.at {
                self.source_line(out, &mut before, at, "  ");
            }
            let instruction = part.at.as_ref().filter(|_| part.instruction);
            let what = instruction.map_or(part.what.clone(), |at| numbered(at, &part.what));
            let _ = writeln!(out, "  {what}");
            for (offset, text) in &part.machine {
                let _ = writeln!(out, "    {}  {text}", self.paint.aside(&format!("{offset:04x}")));
            }
        }
    }

    fn taken(&self, out: &mut String, exits: &[Taken]) {
        if self.parts.has(Part::Exits) {
            self.heading(out, "---- exits taken to the interpreter, and where they lead now");
            for taken in exits.iter().filter(|taken| taken.count > 0) {
                let side = taken.side.map_or(String::new(), |side| format!(" -> trace {side}"));
                let _ = writeln!(out, "  trace {} exit {}: {} times{side}", taken.trace, taken.exit, taken.count);
            }
        }
    }
}

/// A bytecode instruction with its number.
fn numbered(at: &Place, text: &str) -> String {
    let number = at.pc.rsplit(':').next().unwrap_or_default();
    format!("{number:>8}  {text}")
}

/// The lines after a pass; `now` says which line each of those before has become.
fn after(before: &[IrLine], steps: &[Step], now: &HashMap<u32, u32>) -> Vec<IrLine> {
    let mut lines = Vec::new();
    for step in steps {
        match step {
            Step::Same { same, count } => {
                let kept = before.iter().skip(*same as usize).take(*count as usize);
                lines.extend(kept.map(|line| IrLine { operands: renumbered(&line.operands, now), ..line.clone() }));
            }
            Step::Line { line, .. } => lines.push(line.clone()),
        }
    }
    lines
}

/// Operands with the numbers that lines have got. What stands in quotes is no number.
fn renumbered(operands: &str, now: &HashMap<u32, u32>) -> String {
    let mut out = String::new();
    let mut rest = operands;
    let (mut quoted, mut escaped) = (false, false);
    while let Some(char) = rest.chars().next() {
        rest = &rest[char.len_utf8()..];
        out.push(char);
        if quoted {
            quoted = char != '"' || escaped;
            escaped = char == '\\' && !escaped;
        } else if char == '"' {
            quoted = true;
        } else if char == '%' {
            let digits = rest.find(|char: char| !char.is_ascii_digit()).unwrap_or(rest.len());
            let (number, after) = rest.split_at(digits);
            let new = number.parse().ok().and_then(|number: u32| now.get(&number));
            out.push_str(&new.map_or(number.to_string(), u32::to_string));
            rest = after;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_are_renumbered_but_not_in_quotes() {
        let now = HashMap::from([(3, 2), (12, 7)]);
        assert_eq!(renumbered("%3, (%12, str#0\"%3 \\\" %12\", %4)", &now), "%2, (%7, str#0\"%3 \\\" %12\", %4)");
    }
}
