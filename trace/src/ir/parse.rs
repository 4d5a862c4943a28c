//! Reads the text form of a trace ([`super::text`]).
//!
//! Labels may be any numbers: a value is known by its label, and gets the number of its place. `;` begins a comment, and `>`
//! before a guard, as dumps show them, is no more than that. The `trace` line may be left out, and then is `trace 1 root f0:0`. The parser checks form only, so that the verifier's
//! tests can be written as text; sense is the verifier's concern.

use pseudo_snapshots::{Pc, Slot, Snapshot};
use rustc_hash::FxHashMap;

use super::kernel::Step;
use super::ops::Operand;
use super::text::op_named;
use super::trace::{Inst, Link, Origin, SnapshotId, Start, Trace, encode_slot};
use super::types::{Const, Ref, Ty};

/// Where the text is no trace, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// Line, from 1.
    pub line: usize,
    /// In words.
    pub message: String,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

/// Lines of the text, from 1, on which the parts of a trace stand.
#[derive(Clone, Default, Debug)]
pub struct Lines {
    /// Of each instruction.
    pub insts: Vec<usize>,
    /// Of each snapshot.
    pub snapshots: Vec<usize>,
    /// Of the link.
    pub link: usize,
}

/// The trace that a text describes.
pub fn parse(text: &str) -> Result<Trace, ParseError> {
    parse_with_lines(text).map(|(trace, _)| trace)
}

/// The same, and where its parts stand.
pub fn parse_with_lines(text: &str) -> Result<(Trace, Lines), ParseError> {
    let mut reader = Reader {
        trace: Trace::new(1, Start::Root, Pc { function: 0, at: 0 }),
        labels: FxHashMap::default(),
        lines: Lines::default(),
    };
    let mut linked = false;
    // Labels first, since phis and bad traces refer forward.
    let mut index = 0;
    let unmarked = |line| words(line).into_iter().skip_while(|&word| word == ">").collect();
    let lines: Vec<Vec<&str>> = text.lines().map(unmarked).collect();
    for (at, words) in lines.iter().enumerate() {
        let Some(&first) = words.first() else { continue };
        if matches!(first, "trace" | "origin" | "kernel" | "snapshot" | "relies" | "link") {
            continue;
        }
        if let Some(label) = first.strip_prefix('%').and_then(|rest| rest.strip_suffix(':'))
            && reader.labels.insert(label, index).is_some()
        {
            return Err(ParseError { line: at + 1, message: format!("%{label} is defined twice") });
        }
        index += 1;
    }
    for (at, words) in lines.iter().enumerate() {
        let mut line = Line { words, at: 0 };
        let Some(&first) = words.first() else { continue };
        let result = match first {
            "trace" => reader.header(&mut line),
            "origin" => reader.origin(&mut line),
            "kernel" => reader.step(&mut line),
            "snapshot" => reader.snapshot(&mut line, at + 1),
            "relies" => reader.relies(&mut line),
            "link" => {
                linked = true;
                reader.lines.link = at + 1;
                reader.link(&mut line)
            }
            _ => {
                reader.lines.insts.push(at + 1);
                reader.inst(&mut line)
            }
        };
        result.and_then(|()| line.end()).map_err(|message| ParseError { line: at + 1, message })?;
    }
    if !linked {
        return Err(ParseError { line: lines.len(), message: "`link` expected".into() });
    }
    if let Some(hole) = reader.lines.snapshots.iter().position(|&line| line == 0) {
        return Err(ParseError { line: lines.len(), message: format!("snapshot s{hole} is missing") });
    }
    Ok((reader.trace, reader.lines))
}

/// Words of a line: runs of anything but blanks and the punctuation `, { } ( )`, which are words of their own. A quoted
/// text belongs to the word that it follows. Ends at a comment.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = None;
    let mut chars = line.char_indices();
    while let Some((at, char)) = chars.next() {
        let breaks = char.is_whitespace() || matches!(char, ',' | '{' | '}' | '(' | ')' | ';');
        if breaks && let Some(from) = start.take() {
            words.push(&line[from..at]);
        }
        match char {
            ';' => return words,
            '"' => {
                start = start.or(Some(at));
                let mut escaped = false;
                for (_, char) in chars.by_ref() {
                    match char {
                        '"' if !escaped => break,
                        '\\' => escaped = !escaped,
                        _ => escaped = false,
                    }
                }
            }
            _ if char.is_whitespace() => {}
            _ if breaks => words.push(&line[at..at + char.len_utf8()]),
            _ => start = start.or(Some(at)),
        }
    }
    if let Some(from) = start {
        words.push(&line[from..]);
    }
    words
}

struct Line<'t> {
    words: &'t [&'t str],
    at: usize,
}

impl<'t> Line<'t> {
    fn peek(&self) -> &'t str {
        self.words.get(self.at).copied().unwrap_or("")
    }

    fn next(&mut self) -> &'t str {
        self.at += 1;
        self.words.get(self.at - 1).copied().unwrap_or("")
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.peek() == word;
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.eat(word) { Ok(()) } else { Err(format!("`{word}` expected, not `{}`", self.peek())) }
    }

    fn end(&self) -> Result<(), String> {
        match self.words.get(self.at) {
            Some(word) => Err(format!("`{word}` is too much")),
            None => Ok(()),
        }
    }

    fn number<T: std::str::FromStr>(&mut self, what: &str) -> Result<T, String> {
        number(self.next(), what)
    }
}

fn number<T: std::str::FromStr>(word: &str, what: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("{what} expected, not `{word}`"))
}

fn pc(word: &str) -> Result<Pc, String> {
    let wrong = || format!("an instruction (`f0:12`) expected, not `{word}`");
    let (function, at) = word.strip_prefix('f').and_then(|rest| rest.split_once(':')).ok_or_else(wrong)?;
    Ok(Pc { function: function.parse().map_err(|_| wrong())?, at: at.parse().map_err(|_| wrong())? })
}

fn slot(word: &str) -> Result<Slot, String> {
    if let Some(offset) = word.strip_prefix('r') {
        return Ok(Slot::Stack(number(offset, "a register's offset")?));
    }
    if let Some(rest) = word.strip_prefix('o') {
        if let Some((object, shape)) = rest.split_once('/') {
            return Ok(Slot::Object(number(object, "an object's number")?, number(shape, "a shape's number")?));
        }
        if let Some((object, offset)) = rest.split_once('.') {
            return Ok(Slot::Field(number(object, "an object's number")?, number(offset, "an offset")?));
        }
    }
    match word.strip_prefix('g') {
        Some(index) => Ok(Slot::Global(number(index, "a global's index")?)),
        None => Err(format!("a slot (`r3`, `g0`) expected, not `{word}`")),
    }
}

struct Reader<'t> {
    trace: Trace,
    labels: FxHashMap<&'t str, usize>,
    lines: Lines,
}

impl Reader<'_> {
    fn header(&mut self, line: &mut Line<'_>) -> Result<(), String> {
        line.expect("trace")?;
        self.trace.number = line.number("a trace's number")?;
        if line.eat("exit") {
            let word = line.next();
            let (parent, exit) =
                word.split_once('/').ok_or_else(|| format!("an exit (`1/5`) expected, not `{word}`"))?;
            self.trace.start =
                Start::Exit { parent: number(parent, "a trace's number")?, exit: number(exit, "an exit's number")? };
        } else {
            line.expect("root")?;
        }
        self.trace.pc = pc(line.next())?;
        Ok(())
    }

    fn origin(&mut self, line: &mut Line<'_>) -> Result<(), String> {
        line.expect("origin")?;
        let at = pc(line.next())?;
        line.expect("depth")?;
        self.trace.origins.push(Origin { pc: at, depth: line.number("a depth")? });
        Ok(())
    }

    fn step(&mut self, line: &mut Line<'_>) -> Result<(), String> {
        line.expect("kernel")?;
        let steps = &mut self.trace.kernel.get_or_insert_default().steps;
        if line.peek() == format!("v{}", steps.len()) {
            line.next();
            line.expect("=")?;
        }
        steps.push(Step::parse(&mut || line.next().to_string())?);
        Ok(())
    }

    fn snapshot_id(&mut self, line: &mut Line<'_>) -> Result<SnapshotId, String> {
        let word = line.next();
        let index = word.strip_prefix('s').and_then(|rest| rest.parse().ok());
        index.map(SnapshotId).ok_or_else(|| format!("a snapshot (`s3`) expected, not `{word}`"))
    }

    fn snapshot(&mut self, line: &mut Line<'_>, at: usize) -> Result<(), String> {
        line.expect("snapshot")?;
        let index = self.snapshot_id(line)?.0 as usize;
        if index > 0xffff {
            return Err(format!("s{index} is too many"));
        }
        let start = pc(line.next())?;
        line.expect("base")?;
        let base = line.number("an offset")?;
        line.expect("{")?;
        let mut entries = Vec::new();
        while !line.eat("}") {
            if !entries.is_empty() {
                line.expect(",")?;
            }
            let word = line.next();
            let place = slot(word.strip_suffix(':').ok_or_else(|| format!("`slot:` expected, not `{word}`"))?)?;
            entries.push((place, self.value(line)?.into()));
        }
        while self.trace.snapshots.len() <= index {
            self.trace.snapshots.push(Snapshot { pc: self.trace.pc, base: 0, entries: Vec::new() });
            self.lines.snapshots.push(0);
        }
        if self.lines.snapshots[index] != 0 {
            return Err(format!("s{index} is described twice"));
        }
        self.lines.snapshots[index] = at;
        self.trace.snapshots[index] = Snapshot { pc: start, base, entries };
        Ok(())
    }

    fn relies(&mut self, line: &mut Line<'_>) -> Result<(), String> {
        line.expect("relies")?;
        loop {
            let phi = self.value(line)?;
            self.trace.relies.push(phi);
            if !line.eat(",") {
                return Ok(());
            }
        }
    }

    fn link(&mut self, line: &mut Line<'_>) -> Result<(), String> {
        line.expect("link")?;
        self.trace.link = match line.next() {
            "loop" => Link::Loop,
            "trace" => Link::Trace(line.number("a trace's number")?),
            "root" => Link::Root(line.number("a trace's number")?),
            "interpreter" => Link::Interpreter,
            "return" => Link::Return,
            word => return Err(format!("`loop`, `trace`, `root`, `interpreter` or `return` expected, not `{word}`")),
        };
        self.trace.end = if line.eat("->") { Some(self.snapshot_id(line)?) } else { None };
        Ok(())
    }

    fn inst(&mut self, line: &mut Line<'_>) -> Result<(), String> {
        let mut ty = Ty::None;
        if line.peek().starts_with('%') {
            line.next();
            let word = line.next();
            ty = *Ty::ALL.iter().find(|ty| ty.text() == word).ok_or_else(|| format!("`{word}` is no type"))?;
            line.expect("=")?;
        }
        let word = line.next();
        let op = op_named(word).ok_or_else(|| format!("`{word}` is no operation"))?;
        let mut operands = [Ref::NONE; 3];
        let mut first = true;
        for at in 0..3 {
            let kind = op.info().operands[at];
            if kind == Operand::No {
                continue;
            }
            if kind == Operand::Hint {
                if line.eat("near") {
                    operands[at] = Ref(line.number("a number")?);
                }
                continue;
            }
            if kind == Operand::Arguments {
                let from = self.trace.args.len();
                line.expect("(")?;
                while !line.eat(")") {
                    if self.trace.args.len() > from {
                        line.expect(",")?;
                    }
                    let argument = self.value(line)?;
                    self.trace.args.push(argument);
                }
                operands[at] = Ref(from as u32);
                operands[2] = Ref((self.trace.args.len() - from) as u32);
                break;
            }
            if !first {
                line.expect(",")?;
            }
            first = false;
            operands[at] = match kind {
                Operand::Number => Ref(line.number("a number")?),
                Operand::Slot => match slot(line.next())? {
                    Slot::Object(..) | Slot::Field(..) => return Err("an object is no slot that can be read".into()),
                    place => encode_slot(place),
                },
                _ => self.value(line)?,
            };
        }
        let [a, b, c] = operands;
        let snapshot = if line.eat("->") { self.snapshot_id(line)? } else { SnapshotId::NONE };
        let origin = match line.peek().strip_prefix('@') {
            Some(index) => {
                line.next();
                number(index, "an origin's index")?
            }
            None => u32::MAX,
        };
        self.trace.push(Inst { op, ty, a, b, c, snapshot, origin });
        Ok(())
    }

    fn value(&mut self, line: &mut Line<'_>) -> Result<Ref, String> {
        let word = line.next();
        if let Some(label) = word.strip_prefix('%') {
            let index = self.labels.get(label).ok_or_else(|| format!("%{label} is not defined"))?;
            return Ok(Ref::inst(*index));
        }
        let constant = match word {
            "true" => Const::Bool(true),
            "false" => Const::Bool(false),
            "nil" => Const::Nil,
            "undef" => Const::Undef,
            _ if word.strip_prefix('o').is_some_and(|rest| rest.parse::<u16>().is_ok()) => {
                Const::Made(number(&word[1..], "an object's number")?)
            }
            "nowhere" => Const::Nowhere,
            "nan" => Const::Float(f64::NAN.to_bits()),
            "proto" => {
                let word = line.next();
                Const::Proto(number(word.strip_prefix('f').unwrap_or(word), "a function (`f3`)")?)
            }
            "pc" => Const::Pc(pc(line.next())?),
            _ => constant(word).ok_or_else(|| format!("a value expected, not `{word}`"))?,
        };
        Ok(self.trace.constant(constant))
    }
}

fn constant(word: &str) -> Option<Const> {
    if let Some(bits) = word.strip_prefix("nan:") {
        return u64::from_str_radix(bits, 16).ok().map(Const::Float);
    }
    let number = |text: &str| text.split('"').next()?.parse().ok();
    if let Some(text) = word.strip_prefix("value#") {
        return number(text).map(Const::Value);
    }
    if let Some(text) = word.strip_prefix("str#") {
        return number(text).map(Const::Str);
    }
    if let Some(text) = word.strip_prefix("place#") {
        return number(text).map(Const::Place);
    }
    if let Ok(int) = word.parse() {
        return Some(Const::Int(int));
    }
    word.parse::<f64>().ok().filter(|float| !float.is_nan()).map(|float| Const::Float(float.to_bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_trace_is_told_with_its_line() {
        for (text, line, message) in [
            ("", 0, "`link` expected"),
            ("%0: int = add.int 1, 2\n", 1, "`link` expected"),
            ("%0: int = foo 1\nlink loop", 1, "`foo` is no operation"),
            ("%0: integer = neg.int 1\nlink loop", 1, "`integer` is no type"),
            ("%0: int = add.int 1 2\nlink loop", 1, "`,` expected, not `2`"),
            ("%0: int = neg.int 1, 2\nlink loop", 1, "`,` is too much"),
            ("loop\n%0: int = neg.int %7\nlink loop", 2, "%7 is not defined"),
            ("%0: int = neg.int 1\n%0: int = neg.int 1\nlink loop", 2, "%0 is defined twice"),
            ("%0: int = neg.int x\nlink loop", 1, "a value expected, not `x`"),
            ("%0: any = slot x3\nlink loop", 1, "a slot (`r3`, `g0`) expected, not `x3`"),
            ("poll -> t0\nlink loop", 1, "a snapshot (`s3`) expected, not `t0`"),
            ("link nowhere", 1, "`loop`, `trace`, `root`, `interpreter` or `return` expected, not `nowhere`"),
            ("link loop\nsnapshot s1 f0:0 base 0 { }", 2, "snapshot s0 is missing"),
            ("trace 1 root 0:0\nlink loop", 1, "an instruction (`f0:12`) expected, not `0:0`"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!((error.line, error.message.as_str()), (line, message), "{text:?}");
        }
    }

    #[test]
    fn a_description_belongs_to_its_constant() {
        let text = "%0: bool = eq.str str#0\"a, (b) ; \\\"c\\\"\", str#1 ; a comment\nsnapshot s0 f0:0 base 0 { r0: %0 }\n\
                    link interpreter -> s0";
        let trace = parse(text).unwrap();
        assert_eq!(trace.consts, [Const::Str(0), Const::Str(1)]);
    }
}
