//! IR as lines with aligned columns, which still read back: what is added are blanks, a mark and a comment.
//!
//! ```text
//!   > %1:  int   = guard.int   %0     -> s0   ; rsi       exit 0   :7
//! ```

use std::fmt::Write as _;

use super::record::{Bytecode, IrLine};

/// Colours of a terminal, or none.
#[derive(Clone, Copy)]
pub struct Paint {
    on: bool,
}

impl Paint {
    /// Whether there are any.
    pub fn new(on: bool) -> Paint {
        Paint { on }
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.on && !text.trim().is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }

    /// What stands over something.
    pub fn heading(self, text: &str) -> String {
        self.with("1", text)
    }

    /// What is beside the point.
    pub fn aside(self, text: &str) -> String {
        self.with("2", text)
    }

    /// What may leave.
    pub fn guard(self, text: &str) -> String {
        self.with("33", text)
    }

    /// Where something is, or leads to.
    pub fn place(self, text: &str) -> String {
        self.with("36", text)
    }

    /// A line by its mark.
    pub fn changed(self, mark: char, text: &str) -> String {
        match mark {
            '+' => self.with("32", text),
            '-' => self.with("31", text),
            '~' => self.with("33", text),
            _ => text.to_string(),
        }
    }
}

/// Widths of the columns of a listing.
pub struct Columns<'a> {
    bytecode: &'a [Bytecode],
    label: usize,
    op: usize,
    operands: usize,
    place: usize,
    exit: usize,
}

/// Longer operands shift what follows, rather than everything.
const OPERANDS_MAX: usize = 32;

impl<'a> Columns<'a> {
    /// For these lines.
    pub fn new<'l>(lines: impl Iterator<Item = (u32, &'l IrLine)>, bytecode: &'a [Bytecode]) -> Columns<'a> {
        let mut columns = Columns { bytecode, label: 0, op: 0, operands: 0, place: 0, exit: 0 };
        for (number, line) in lines {
            columns.label = columns.label.max(label(number, line).len());
            columns.op = columns.op.max(columns.indented(line).len());
            columns.operands = columns.operands.max(line.operands.chars().count().min(OPERANDS_MAX));
            columns.place = columns.place.max(line.place.as_ref().map_or(0, String::len));
            columns.exit = columns.exit.max(exit(line).len());
        }
        columns
    }

    /// The operation, indented by how deep the call is inlined that it comes from.
    fn indented(&self, line: &IrLine) -> String {
        let depth = self.origin(line).map_or(0, |origin| origin.depth);
        format!("{}{}", "  ".repeat(depth as usize), line.op)
    }

    fn origin(&self, line: &IrLine) -> Option<&'a Bytecode> {
        self.bytecode.get(line.bytecode? as usize)
    }

    /// A line of the listing. `remark` ends it.
    pub fn line(&self, paint: Paint, number: u32, line: &IrLine, remark: &str) -> String {
        let operands = format!("{:width$}", line.operands, width = self.operands);
        let snapshot = line.snapshot.map_or(String::new(), |snapshot| format!("-> s{snapshot}"));
        let op = format!("{:width$}", self.indented(line), width = self.op);
        let mut text = format!(
            "{} {:label$} {} {} {operands} {snapshot:7}",
            if line.guard { paint.guard(">") } else { " ".to_string() },
            label(number, line),
            if line.ty.is_some() { "=" } else { " " },
            if line.guard { paint.guard(&op) } else { op },
            label = self.label,
        );
        let mut comment = String::new();
        if self.place > 0 {
            let _ = write!(comment, "{:width$}  ", line.place.as_deref().unwrap_or_default(), width = self.place);
        }
        if self.exit > 0 {
            let _ = write!(comment, "{:width$}  ", exit(line), width = self.exit);
        }
        if let Some(origin) = self.origin(line) {
            let same = self.bytecode.first().is_some_and(|first| first.at.file == origin.at.file);
            let file = if same { "" } else { &origin.at.file };
            let _ = write!(comment, "{file}:{:<5}", origin.at.line);
        }
        comment.push_str(remark);
        let comment = comment.trim_end();
        if !comment.is_empty() {
            text.push_str(&paint.aside(&format!("; {comment}")));
        }
        text.trim_end().to_string()
    }
}

fn label(number: u32, line: &IrLine) -> String {
    line.ty.map_or(String::new(), |ty| format!("%{:<4} {ty}", format!("{number}:")))
}

fn exit(line: &IrLine) -> String {
    line.exit.map_or(String::new(), |exit| format!("exit {exit}"))
}
