//! What an engine counts.

use std::collections::BTreeMap;
use std::time::Duration;

use pseudo_vm::interp::CacheUses;

use super::report::{TraceReport, TraceState};

/// Counters of one machine's engine.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// The traces that are still there.
    pub traces: Vec<TraceReport>,
    /// Traces of loops that were compiled.
    pub roots: u32,
    /// Those of them that are entered where another trace of the same loop is not.
    pub beside: u32,
    /// Conditionals that loops choose at.
    pub chosen: u32,
    /// Traces of functions that were compiled.
    pub functions: u32,
    /// Side traces that were compiled.
    pub sides: u32,
    /// Ends that side traces share.
    pub ends: u32,
    /// Functions that are machine code as a whole.
    pub methods: u32,
    /// Bytes of their code.
    pub method_bytes: usize,
    /// Time that compiling them took.
    pub method_time: Duration,
    /// Functions that could not be compiled as a whole, by reason.
    pub not_methods: BTreeMap<String, u32>,
    /// Times that all traces were dropped.
    pub flushes: u32,
    /// Traces that were dropped so.
    pub flushed_traces: u32,
    /// Recordings begun.
    pub recordings: u32,
    /// Recordings given up, by reason.
    pub abandoned: BTreeMap<String, u32>,
    /// Loops and exits left to the interpreter for good.
    pub blacklisted: u32,
    /// Times that compiled code was entered from the interpreter.
    pub entries: u64,
    /// Times that compiled code was left to the interpreter.
    pub exits: u64,
    /// Rounds of loops that the interpreter counted, entries of compiled loops included.
    pub interpreted_rounds: u64,
    /// Bytes of machine code.
    pub code_bytes: usize,
    /// IR instructions recorded, and left after all passes.
    pub instructions: (usize, usize),
    /// From the end of recording to code that runs, for each trace: passes, register allocation, emission.
    pub compile_times: Vec<Duration>,
    /// From the beginning of recording to its end, interpretation included, for each trace.
    pub record_times: Vec<Duration>,
    /// From the beginning of recordings that came to nothing to their end, interpretation included, in all.
    pub wasted: Duration,
    /// What memory was used; none before statistics are asked for.
    pub memory: Option<MemoryUse>,
    /// How look-ups of fields and methods have fared.
    pub caches: CacheUses,
    /// Where time went, if that is measured.
    pub times: Option<Times>,
    /// By pass: how often it changed a trace, and the time it took in all.
    pub passes: BTreeMap<&'static str, (u32, Duration)>,
    /// By fold rule: how often it fired.
    pub rules: BTreeMap<&'static str, u32>,
}

/// What memory was used, and what was done to have it.
#[derive(Clone, Copy, Default, Debug)]
pub struct MemoryUse {
    /// Bytes of memory for traces that are taken, and that there are.
    pub trace_code: (usize, usize),
    /// The same for code of whole functions.
    pub method_code: (usize, usize),
    /// Bytes that objects were given.
    pub allocated: u64,
    /// Bytes of objects that have become old.
    pub promoted: u64,
    /// Collections of the nursery.
    pub minor_collections: u64,
    /// Of these, the ones with which the old generation was collected as well.
    pub major_collections: u64,
    /// Time that they took.
    pub collecting: Duration,
}

/// Where time went.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Since measuring began.
    pub running: Duration,
    /// Of that, in compiled code and what it calls.
    pub compiled: Duration,
    /// Of that, in collections.
    pub collecting: Duration,
}

impl Times {
    /// A part of all time, in percent.
    fn share(&self, part: Duration) -> f64 {
        100.0 * part.as_secs_f64() / self.running.as_secs_f64().max(1e-9)
    }
}

/// The middle one of some durations; zero if there are none.
pub fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

impl Stats {
    /// As text, one counter a line.
    pub fn text(&self) -> String {
        use std::fmt::Write;
        let mut text = String::new();
        let mut line = |name: &str, value: String| {
            let _ = writeln!(text, "{name:<28}{value}");
        };
        line(
            "traces",
            format!(
                "{} loops, {} functions, {} side traces, {} ends that they share",
                self.roots, self.functions, self.sides, self.ends
            ),
        );
        line("  of loops that had one", self.beside.to_string());
        let running = self.traces.iter().filter(|trace| trace.state == TraceState::Running).count();
        let replaced = self.traces.len() - running;
        let flushed = format!("{} dropped in {} times", self.flushed_traces, self.flushes);
        line("  by state", format!("{running} running, {replaced} replaced, {flushed}"));
        let micros = self.method_time.as_secs_f64() * 1e6;
        line("whole functions", format!("{}, {} bytes, compiled in {micros:.0} us", self.methods, self.method_bytes));
        for (reason, count) in &self.not_methods {
            line("  not compiled", format!("{count} x {reason}"));
        }
        line("conditionals chosen at", self.chosen.to_string());
        line("recordings", format!("{} begun, {} abandoned", self.recordings, self.abandoned.values().sum::<u32>()));
        for (reason, count) in &self.abandoned {
            line("  abandoned", format!("{count} x {reason}"));
        }
        line("blacklisted", self.blacklisted.to_string());
        line("loop rounds interpreted", self.interpreted_rounds.to_string());
        line("entries of compiled code", self.entries.to_string());
        line("exits to the interpreter", self.exits.to_string());
        line("machine code", format!("{} bytes", self.code_bytes));
        line("IR instructions", format!("{} recorded, {} after all passes", self.instructions.0, self.instructions.1));
        if let Some(memory) = &self.memory {
            let (minor, major) = (memory.minor_collections, memory.major_collections);
            line("collections", format!("{minor}, {major} of them of old objects too"));
            line("objects", format!("{} bytes, {} of them became old", memory.allocated, memory.promoted));
        }
        let CacheUses { inline_hits, inline_misses, shared_hits, shared_misses } = self.caches;
        line("look-ups interpreted", format!("{inline_hits} found in inline caches, {inline_misses} not"));
        line("  in the shared cache", format!("{shared_hits} found, {shared_misses} not"));
        if let Some(times) = &self.times {
            let part = |part: Duration| format!("{:.1} % of {:.3} s", times.share(part), times.running.as_secs_f64());
            line("time in compiled code", part(times.compiled));
            line("time recording", part(self.record_times.iter().sum::<Duration>() + self.wasted));
            line("time compiling", part(self.compile_times.iter().sum()));
            line("time collecting", part(times.collecting));
            let exits = self.exits as f64 / times.running.as_secs_f64().max(1e-9);
            line("exits per second", format!("{exits:.0}"));
        }
        line("recording (median)", format!("{:.1} us", median(&self.record_times).as_secs_f64() * 1e6));
        line("compiling (median)", format!("{:.1} us", median(&self.compile_times).as_secs_f64() * 1e6));
        for (pass, (changes, time)) in &self.passes {
            line(&format!("  pass {pass}"), format!("changed {changes}, {:.1} us", time.as_secs_f64() * 1e6));
        }
        for (rule, count) in &self.rules {
            line(&format!("  rule {rule}"), format!("fired {count} x"));
        }
        text
    }
}
