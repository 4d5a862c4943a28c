//! What became of one loop, from the records of a run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Header;
use super::words;
use crate::dump::record::{Bytecode, Ir, IrLine, Link, Place, Record, Start};

/// A trace that was compiled.
struct Compiled<'r> {
    number: u32,
    generation: u32,
    start: &'r Start,
    bytecode: &'r [Bytecode],
    recorded: &'r Ir,
    passes: Vec<&'static str>,
    ir: &'r Ir,
    bytes: usize,
    link: &'r Link,
    exits: usize,
    at: &'r Place,
}

/// The records of a run, as far as they are about one loop.
pub struct Story<'r> {
    header: &'r Header,
    /// Traces that were compiled, in order.
    traces: Vec<Compiled<'r>>,
    /// Times that exits were taken: by generation, trace and exit.
    taken: BTreeMap<(u32, u32, u32), (u64, Option<u32>)>,
    /// Recordings that were given up: why, where, and what helps; how often, and whether for good.
    abandoned: BTreeMap<(String, u32, Option<&'static str>), (u32, bool)>,
    waits: u32,
    limits: Vec<&'static str>,
    /// Whether its function was compiled as a whole.
    in_function: bool,
}

impl<'r> Story<'r> {
    /// Of a loop.
    pub fn new(records: &'r [Record], header: &'r Header) -> Story<'r> {
        let mut story = Story {
            header,
            traces: Vec::new(),
            taken: BTreeMap::new(),
            abandoned: BTreeMap::new(),
            waits: 0,
            limits: Vec::new(),
            in_function: false,
        };
        let function = header.at.pc.split(':').next().unwrap_or_default();
        let mut recorded: Option<(&[Bytecode], &Ir)> = None;
        let mut passes = Vec::new();
        for record in records {
            match record {
                Record::Recorded { bytecode, ir, .. } | Record::Nested { bytecode, ir, .. } => {
                    recorded = Some((bytecode, ir));
                    passes.clear();
                }
                Record::Pass { pass, .. } if !passes.contains(pass) => passes.push(pass),
                Record::Compiled { trace, generation, start, at, ir, bytes, link, exits, .. } => {
                    let Some((bytecode, recorded)) = recorded.take() else { continue };
                    story.traces.push(Compiled {
                        number: *trace,
                        generation: *generation,
                        start,
                        bytecode,
                        recorded,
                        passes: std::mem::take(&mut passes),
                        ir,
                        bytes: *bytes,
                        link,
                        exits: exits.len(),
                        at,
                    });
                }
                Record::RecordingAbandoned { from, at, reason, remedy, retry_after, .. } if from.pc == header.at.pc => {
                    let entry = story.abandoned.entry((reason.clone(), at.line, *remedy)).or_default();
                    entry.0 += 1;
                    entry.1 |= retry_after.is_none();
                }
                Record::LoopWaits { at, .. } if at.pc == header.at.pc => story.waits += 1,
                Record::Limited { at, limit, .. } if at.pc == header.at.pc => story.limits.push(limit),
                Record::FunctionCompiled { at, .. } => {
                    story.in_function |= at.pc.split(':').next().unwrap_or_default() == function;
                }
                Record::Flushed { exits, generation, .. } => story.count(generation - 1, exits),
                Record::Ended { exits, generation } => story.count(*generation, exits),
                _ => {}
            }
        }
        story
    }

    fn count(&mut self, generation: u32, exits: &[crate::dump::record::Taken]) {
        for taken in exits {
            self.taken.insert((generation, taken.trace, taken.exit), (taken.count, taken.side));
        }
    }

    /// In words.
    pub fn text(&self) -> String {
        let mut out = format!("{}:{}: {}\n", self.header.at.file, self.header.at.line, self.header.source);
        let own: Vec<&Compiled> = self.traces.iter().filter(|trace| self.is_own(trace)).collect();
        match own.last() {
            Some(last) => self.compiled(&mut out, last, own.len()),
            None => self.not_compiled(&mut out),
        }
        self.given_up(&mut out);
        self.advice(&mut out, own.last().copied());
        out
    }

    fn is_own(&self, trace: &Compiled) -> bool {
        *trace.start == Start::Loop && trace.at.pc == self.header.at.pc
    }

    fn not_compiled(&self, out: &mut String) {
        let around =
            self.traces.iter().rfind(|trace| trace.bytecode.iter().any(|line| line.at.pc == self.header.at.pc));
        let instead = match (around, self.in_function) {
            (Some(trace), _) => {
                format!("Its rounds are part of trace {}, which begins in {}.", trace.number, trace.at)
            }
            (None, true) => "It runs as part of the machine code of its whole function.".to_string(),
            (None, false) if self.abandoned.is_empty() && self.waits == 0 => {
                "It never became hot: the interpreter ran all of its rounds.".to_string()
            }
            (None, false) => "The interpreter runs it.".to_string(),
        };
        let _ = writeln!(out, "  It has no trace of its own. {instead}");
        if self.waits > 0 {
            let _ = writeln!(out, "  It has few rounds at a time, so that it was left to the loop around it.");
        }
    }

    fn compiled(&self, out: &mut String, trace: &Compiled, times: usize) {
        let _ = writeln!(
            out,
            "  Compiled as trace {}: {} IR instructions as recorded, {} after all passes, {} bytes of machine code.",
            trace.number,
            trace.recorded.lines.len(),
            trace.ir.lines.len(),
            trace.bytes
        );
        if times > 1 {
            let _ =
                writeln!(out, "  It was compiled {times} times, as more became known of it; this is about the last.");
        }
        for done in trace.passes.iter().filter_map(|pass| words::done_by(pass)) {
            let _ = writeln!(out, "  {done}");
        }
        self.hoisted(out, trace);
        self.guards(out, trace);
        let sides: Vec<String> = self
            .traces
            .iter()
            .filter(|side| matches!(side.start, Start::Side { .. }) && self.leads_to(side, trace))
            .map(|side| side.number.to_string())
            .collect();
        if !sides.is_empty() {
            let _ = writeln!(out, "  Where its guards fail often, it goes on in side traces: {}.", sides.join(", "));
        }
    }

    /// Whether a side trace descends from a trace.
    fn leads_to(&self, side: &Compiled, root: &Compiled) -> bool {
        let mut now = side;
        // Numbers of parents are lower than those of their side traces.
        while let Start::Side { parent, .. } = now.start {
            if *parent == root.number && side.generation == root.generation {
                return true;
            }
            let found = self.traces.iter().find(|it| it.number == *parent && it.generation == side.generation);
            match found.filter(|it| it.number < now.number) {
                Some(parent) => now = parent,
                None => return false,
            }
        }
        false
    }

    /// What stands before the loop, and came from its rounds.
    fn hoisted(&self, out: &mut String, trace: &Compiled) {
        let Some(head) = trace.ir.lines.iter().position(|line| line.op == "loop") else { return };
        let mut kinds: BTreeMap<&str, (usize, Vec<u32>)> = BTreeMap::new();
        for line in trace.ir.lines.iter().take(head) {
            let entry = kinds.entry(words::kind(line.op)).or_default();
            entry.0 += 1;
            entry.1.extend(line_of(line, trace.bytecode));
        }
        if !kinds.is_empty() {
            let _ = writeln!(out, "  Done once, before the loop:");
        }
        for (kind, (count, mut lines)) in kinds {
            lines.sort_unstable();
            lines.dedup();
            let _ = writeln!(out, "    {count} x {kind} ({})", on_lines(&lines));
        }
    }

    /// The guards that each round tests, and how often each failed.
    fn guards(&self, out: &mut String, trace: &Compiled) {
        let lines = &trace.ir.lines;
        let head = lines.iter().position(|line| line.op == "loop").unwrap_or(0);
        let guards: Vec<&IrLine> = lines[head..].iter().filter(|line| line.guard).collect();
        if guards.is_empty() {
            let _ = writeln!(out, "  Nothing is tested in its rounds: they are skipped, or end elsewhere.");
            return;
        }
        let _ =
            writeln!(out, "  Tested in each round ({} of {} exits were taken):", self.exits_taken(trace), trace.exits);
        // Several guards may share an exit: they are counted together.
        let mut told = Vec::new();
        for guard in guards {
            let condition = guard.operands.strip_prefix('%').and_then(|rest| {
                let number: usize = rest.split(|char: char| !char.is_ascii_digit()).next()?.parse().ok()?;
                lines.get(number).map(|line| line.op)
            });
            let what = words::tested(guard.op, condition);
            let place = line_of(guard, trace.bytecode).map_or(String::new(), |line| format!("line {line}: "));
            let failed = match guard.exit {
                None => String::new(),
                Some(exit) if told.contains(&exit) => " (counted with one above)".to_string(),
                Some(exit) => {
                    told.push(exit);
                    self.failures(trace, exit)
                }
            };
            let _ = writeln!(out, "    {place}{what}{failed}");
        }
    }

    fn failures(&self, trace: &Compiled, exit: u32) -> String {
        match self.taken.get(&(trace.generation, trace.number, exit)) {
            None => ": never failed".to_string(),
            Some((count, None)) => format!(": failed {}", times(*count)),
            Some((count, Some(side))) => {
                format!(": failed {}, and goes on in trace {side} since then", times(*count))
            }
        }
    }

    fn exits_taken(&self, trace: &Compiled) -> usize {
        self.taken
            .keys()
            .filter(|(generation, number, _)| (*generation, *number) == (trace.generation, trace.number))
            .count()
    }

    fn given_up(&self, out: &mut String) {
        for ((reason, line, _), (count, for_good)) in &self.abandoned {
            let then = if *for_good { "and is not tried again" } else { "and was tried again later" };
            let _ = writeln!(
                out,
                "  Recording it was given up {}, on line {line}, {then}: {reason}.",
                times(u64::from(*count))
            );
        }
        for limit in &self.limits {
            let _ = writeln!(out, "  It is hot, but there are as many traces as `{limit}` allows.");
        }
    }

    fn advice(&self, out: &mut String, trace: Option<&Compiled>) {
        let mut advice: Vec<String> = Vec::new();
        for (_, _, remedy) in self.abandoned.keys() {
            advice.extend(remedy.map(str::to_string));
        }
        advice.extend(self.limits.iter().map(|limit| format!("allow more traces: `--param {limit}=N`")));
        if let Some(trace) = trace {
            for guard in trace.ir.lines.iter().filter(|line| line.guard) {
                let count = guard.exit.and_then(|exit| self.taken.get(&(trace.generation, trace.number, exit)));
                let often = count.is_some_and(|(count, _)| *count >= OFTEN);
                if let (true, Some(line)) = (often, line_of(guard, trace.bytecode)) {
                    advice.extend(remedy(guard.op).map(|remedy| format!("line {line}: {remedy}")));
                }
            }
            if *trace.link == Link::Interpreter {
                advice.push("the trace ends in the interpreter: look at the line where it does".to_string());
            }
        }
        advice.sort();
        advice.dedup();
        for advice in advice {
            let _ = writeln!(out, "  What you could change: {advice}.");
        }
    }
}

/// An exit that is taken so often is worth a thought.
const OFTEN: u64 = 8;

/// What can be done about a guard that fails often.
fn remedy(op: &str) -> Option<&'static str> {
    Some(match op {
        "guard.int" | "guard.float" | "guard.bool" | "guard.str" | "guard.nil" => {
            "keep values of one type in the variable, the field or the array"
        }
        "guard.arr.int" | "guard.arr.float" | "guard.arr.bool" | "guard.arr.empty" | "guard.arr.any" => {
            "let the array hold elements of one type from the beginning on"
        }
        "guard.shape" | "guard.kind" => {
            "give objects that meet there their fields in the same order, in their constructors"
        }
        "guard.proto" | "guard.same" => "call the same function in most rounds",
        _ => return None,
    })
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_string() } else { format!("{count} times") }
}

fn line_of(line: &IrLine, bytecode: &[Bytecode]) -> Option<u32> {
    Some(bytecode.get(line.bytecode? as usize)?.at.line)
}

fn on_lines(lines: &[u32]) -> String {
    let words: Vec<String> = lines.iter().map(u32::to_string).collect();
    match words.len() {
        0 => "nowhere in particular".to_string(),
        1 => format!("line {}", words[0]),
        _ => format!("lines {}", words.join(", ")),
    }
}
