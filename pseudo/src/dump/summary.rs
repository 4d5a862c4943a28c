//! The table of all traces with which a dump ends.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::record::{Link, Place, Record, Start, Taken};

/// A trace that was compiled.
struct Row {
    generation: u32,
    trace: u32,
    start: Start,
    at: Place,
    instructions: (usize, usize),
    bytes: usize,
    exits: usize,
    taken: u64,
    link: Link,
}

/// What has come of everything so far.
#[derive(Default)]
pub struct Summary {
    /// IR instructions of what was recorded last.
    recorded: usize,
    rows: Vec<Row>,
    functions: Vec<(Place, usize)>,
    abandoned: BTreeMap<String, u32>,
    abandoned_for_good: u32,
}

impl Summary {
    /// Takes a record into account.
    pub fn add(&mut self, record: &Record) {
        match record {
            Record::Recorded { ir, .. } | Record::Nested { ir, .. } => self.recorded = ir.lines.len(),
            Record::Compiled { trace, generation, start, at, ir, bytes, exits, link, .. } => self.rows.push(Row {
                generation: *generation,
                trace: *trace,
                start: start.clone(),
                at: at.clone(),
                instructions: (self.recorded, ir.lines.len()),
                bytes: *bytes,
                exits: exits.len(),
                taken: 0,
                link: link.clone(),
            }),
            Record::FunctionCompiled { at, bytes, .. } => self.functions.push((at.clone(), *bytes)),
            Record::RecordingAbandoned { reason, retry_after, .. } => {
                *self.abandoned.entry(reason.clone()).or_default() += 1;
                self.abandoned_for_good += u32::from(retry_after.is_none());
            }
            Record::Flushed { exits, generation, .. } => self.taken(generation - 1, exits),
            Record::Ended { exits, generation } => self.taken(*generation, exits),
            _ => {}
        }
    }

    fn taken(&mut self, generation: u32, exits: &[Taken]) {
        for taken in exits {
            if let Some(row) = self.rows.iter_mut().find(|row| (row.generation, row.trace) == (generation, taken.trace))
            {
                row.taken += taken.count;
            }
        }
    }

    /// The table.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let generations = self.rows.iter().any(|row| row.generation > 0);
        if !self.rows.is_empty() {
            let _ = writeln!(
                out,
                "  {:>7}  {:>12}  {:>6}  {:>5}  {:>9}  {:18}  begins",
                "trace", "IR", "bytes", "exits", "taken", "goes on with"
            );
        }
        for row in &self.rows {
            let number = if generations { format!("{}.{}", row.generation, row.trace) } else { row.trace.to_string() };
            let link = match &row.link {
                Link::Loop => "itself".to_string(),
                Link::Trace { trace, in_registers: true } => format!("loop of trace {trace}"),
                Link::Trace { trace, in_registers: false } => format!("trace {trace}"),
                Link::Interpreter => "the interpreter".to_string(),
                Link::Caller => "its caller".to_string(),
            };
            let ir = format!("{} -> {}", row.instructions.0, row.instructions.1);
            let _ = writeln!(
                out,
                "  {number:>7}  {ir:>12}  {:>6}  {:>5}  {:>9}  {link:18}  {}, in {}",
                row.bytes, row.exits, row.taken, row.start, row.at
            );
        }
        for (at, bytes) in &self.functions {
            let _ = writeln!(out, "  whole function, {bytes} bytes, in {at}");
        }
        for (reason, count) in &self.abandoned {
            let _ = writeln!(out, "  abandoned {count} x {reason}");
        }
        if self.abandoned_for_good > 0 {
            let _ = writeln!(out, "  {} of them for good", self.abandoned_for_good);
        }
        out
    }
}
