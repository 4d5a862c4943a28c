//! Endurance: all examples and benchmark programs in one process, over and over, through the library that hosts use.
//!
//! Each round runs every program once, in a machine of its own, in one of the [`MODES`], which take turns. Beside them one machine
//! lives from the first round to the last, with so little code memory that its traces are dropped and recorded anew all the time.
//! Answers must be equal each time, and the process must not grow once it has warmed up.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use pseudo::{Config, Error, ErrorKind, Tier, TraceEvent, Vm};

use crate::programs;

/// When to stop, and what to run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Ends after the round in which so much time is over.
    pub time: Option<Duration>,
    /// Ends after so many rounds.
    pub rounds: Option<u64>,
    /// Programs to run; all if none are named.
    pub names: Vec<String>,
}

/// A way to run programs: a name, parameters, and what compiles.
type Mode = (&'static str, &'static [(&'static str, u32)], Tier);

/// The ways that take turns. The second has room for a few traces only, all of which are dropped when it is full.
const MODES: [Mode; 4] = [
    ("default", &[], Tier::Auto),
    ("little code memory", &[("maxmcode", 64), ("hotloop", 10), ("hotexit", 3)], Tier::Trace),
    ("hot", &[("hotloop", 1), ("hotcall", 2), ("hotexit", 1)], Tier::Auto),
    ("whole functions", &[], Tier::Method),
];

/// Rounds until the process has all that it needs: each mode, twice.
const WARM_UP: u64 = 2 * MODES.len() as u64;
/// By how much more memory may be resident at the end than after that: an eighth, and what the system's allocator keeps in
/// pieces.
const GROWTH_BYTES: u64 = 8 << 20;
/// Calls of each function of the machine that lives on, in each round.
const CALLS: usize = 25;
const FUNCTIONS: usize = 40;

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Rounds.
    pub rounds: u64,
    /// Programs run.
    pub runs: u64,
    /// How long it took.
    pub time: Duration,
    /// Traces that became machine code.
    pub traces: u64,
    /// Times that all traces were dropped.
    pub flushes: u64,
    /// Resident memory when the process had warmed up, in bytes; 0 if it has not.
    pub warm: u64,
    /// At the end.
    pub end: u64,
    /// What went wrong, a line each.
    pub complaints: Vec<String>,
}

impl Report {
    /// Whether the process has grown. Not known of one that has not warmed up.
    pub fn has_grown(&self) -> bool {
        self.warm > 0 && self.end > self.warm + self.warm / 8 + GROWTH_BYTES
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        writeln!(f, "{} rounds, {} programs in {:.0} s", self.rounds, self.runs, self.time.as_secs_f64())?;
        writeln!(f, "{} traces compiled, all dropped {} times", self.traces, self.flushes)?;
        match self.warm {
            0 => writeln!(f, "resident: {:.1} MB at the end", megabytes(self.end))?,
            warm => writeln!(
                f,
                "resident: {:.1} MB after {WARM_UP} rounds, {:.1} MB at the end",
                megabytes(warm),
                megabytes(self.end)
            )?,
        }
        self.complaints.iter().try_for_each(|complaint| writeln!(f, "{complaint}"))?;
        if self.has_grown() {
            writeln!(f, "the process has grown")?;
        }
        Ok(())
    }
}

/// What is counted of all machines.
#[derive(Clone, Default)]
struct Counts {
    traces: Arc<AtomicU64>,
    flushes: Arc<AtomicU64>,
}

impl Counts {
    fn watch(&self, vm: &mut Vm) {
        let counts = self.clone();
        vm.on_trace_event(move |event| match event {
            TraceEvent::TraceCompiled { .. } => _ = counts.traces.fetch_add(1, Ordering::Relaxed),
            TraceEvent::Flushed { .. } => _ = counts.flushes.fetch_add(1, Ordering::Relaxed),
            _ => {}
        });
    }
}

/// Runs until it is time to stop. `progress` is told after each round which part is done, from 0 to 1, and what happened so far.
///
/// # Errors
///
/// If programs can't be read, or a machine can't be made. What programs do wrong is in the report.
pub fn soak(options: &Options, progress: &mut dyn FnMut(f64, &str)) -> io::Result<Report> {
    let began = Instant::now();
    let paths = sources(&options.names)?;
    let counts = Counts::default();
    let mut lasting = Lasting::new(&counts).map_err(io::Error::other)?;
    let mut answers: HashMap<PathBuf, String> = HashMap::new();
    let mut report = Report::default();
    loop {
        let mode = MODES[(report.rounds % MODES.len() as u64) as usize];
        for path in &paths {
            let answer = run(path, mode, &counts).unwrap_or_else(|error| format!("failed: {}", error.report()));
            report.runs += 1;
            let expected = std::fs::read_to_string(path.with_extension("out")).ok();
            let known = answers.entry(path.clone()).or_insert_with(|| expected.unwrap_or_else(|| answer.clone()));
            if *known != answer || answer.starts_with("failed: ") {
                let start: String = answer.chars().take(200).collect();
                report.complaints.push(format!("{} ({}): another answer: {start}", path.display(), mode.0));
            }
        }
        report.complaints.extend(lasting.round());
        report.rounds += 1;
        report.end = resident()?;
        if report.rounds == WARM_UP {
            report.warm = report.end;
        }
        (report.time, report.traces) = (began.elapsed(), counts.traces.load(Ordering::Relaxed));
        report.flushes = counts.flushes.load(Ordering::Relaxed);
        let (time, rounds) = (options.time.unwrap_or(Duration::MAX), options.rounds.unwrap_or(u64::MAX));
        let done = (report.time.as_secs_f64() / time.as_secs_f64()).max(report.rounds as f64 / rounds as f64);
        let text = format!(
            "round {}, {:.0} s, {} traces, {} times dropped, {:.1} MB",
            report.rounds,
            report.time.as_secs_f64(),
            report.traces,
            report.flushes,
            report.end as f64 / f64::from(1 << 20)
        );
        progress(done, &text);
        let over = options.time.is_some_and(|time| report.time >= time);
        if over || options.rounds.is_some_and(|rounds| report.rounds >= rounds) || !report.complaints.is_empty() {
            return Ok(report);
        }
    }
}

/// The examples, then the benchmark programs.
fn sources(names: &[String]) -> io::Result<Vec<PathBuf>> {
    let examples = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples"));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(examples)? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.extension().is_some_and(|it| it == "pseudo") && (names.is_empty() || names.contains(&name)) {
            paths.push(path);
        }
    }
    paths.sort();
    let wanted = programs::select(programs::folder(), &[], None)?;
    let wanted = wanted.iter().filter(|program| names.is_empty() || names.contains(&program.name));
    paths.extend(wanted.filter_map(|program| program.source("pseudo")));
    if paths.is_empty() {
        return Err(io::Error::other("there are no programs of these names"));
    }
    Ok(paths)
}

/// What a program prints.
fn run(path: &Path, (_, params, tier): Mode, counts: &Counts) -> Result<String, Error> {
    let config = Config::new().tier(tier).capture_output().input("");
    let config = params.iter().try_fold(config, |config, &(name, value)| config.param(name, value))?;
    let mut vm = Vm::with_config(config)?;
    counts.watch(&mut vm);
    match vm.exec_file(path) {
        Err(error) if error.kind() != ErrorKind::Exit(0) => Err(error),
        _ => Ok(vm.take_output()),
    }
}

/// The machine that lives on.
struct Lasting {
    vm: Vm,
    names: Vec<String>,
    answers: Vec<i64>,
}

impl Lasting {
    fn new(counts: &Counts) -> Result<Lasting, Error> {
        let config = Config::new().tier(Tier::Trace).param("maxmcode", 64)?.param("hotloop", 2)?.param("hotexit", 2)?;
        let mut vm = Vm::with_config(config)?;
        counts.watch(&mut vm);
        vm.register_fn("host", |x: i64| x & 7)?;
        let names: Vec<String> = (0..FUNCTIONS).map(|number| format!("f{number}")).collect();
        for (number, name) in names.iter().enumerate() {
            let modulus = number % 7 + 2;
            vm.exec(&format!(
                "fn {name}(n)\n  let x, y, seen = {number}, 0.5, {{}}\n  for i in 0..n do\n    if i % {modulus} == 0 then\n      \
                 x = x * 3 + host(i)\n    elif (i & 4) != 0 then\n      x = x ^ (i * {number})\n    else\n      y += i\n      \
                 seen[i % 10] = [x, i]\n    end\n  end\n  return x + floor(y) + len(seen)\nend"
            ))?;
        }
        let answers = names.iter().map(|name| vm.call(name, (60,))).collect::<Result<_, Error>>()?;
        Ok(Lasting { vm, names, answers })
    }

    /// Calls all functions, and says which gave another answer than ever before.
    fn round(&mut self) -> Vec<String> {
        let mut complaints = Vec::new();
        for _ in 0..CALLS {
            for (name, answer) in self.names.iter().zip(&self.answers) {
                match self.vm.call::<i64>(name, (60,)) {
                    Ok(given) if given == *answer => {}
                    other => complaints.push(format!("{name}: {other:?}, not {answer}")),
                }
            }
        }
        complaints
    }
}

/// Resident memory of the process, in bytes.
fn resident() -> io::Result<u64> {
    let text = std::fs::read_to_string("/proc/self/statm")?;
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    Ok(pages.unwrap_or(0) * 4096)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_soak_is_dry() {
        let names = ["closures", "errors", "strings", "count", "queens", "dict_ints"].map(str::to_owned).to_vec();
        let options = Options { rounds: Some(WARM_UP + 4), names, ..Options::default() };
        let mut lines = 0;
        let report = soak(&options, &mut |_, _| lines += 1).expect("programs can be read");
        assert!(report.complaints.is_empty() && !report.has_grown(), "{report}");
        assert_eq!((report.rounds, lines), (WARM_UP + 4, WARM_UP + 4));
        assert!(report.traces > 500 && report.flushes > 5, "{report}");
    }
}
