//! Translation validation: every trace that the test programs record is run by the evaluator before and after each pass,
//! on the same machines, and must leave the same.
//!
//! Machines are guessed from the guards of a trace (see [`wants`]) and improved by a search (see [`machines`]). Builtins are
//! stand-ins that do what their effects allow.

mod machines;
#[path = "../../../trace/tests/common/random.rs"]
mod random;
mod wants;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use machines::Reach;
use pseudo::read_source;
use pseudo_codegen::engine::{Engine, Event, Observer, Params};
use pseudo_trace::ir::compare::{Agreement, Left, compare, skips};
use pseudo_trace::ir::text::{Names, Style, print};
use pseudo_trace::ir::trace::Trace;
use pseudo_trace::opt::{PASSES, PassSet};
use pseudo_vm::io::{Input, Output};
use pseudo_vm::vm::{Vm, VmOptions};
use random::Random;
use wants::Wants;

/// Rounds of a loop that are run.
const ROUNDS: u32 = 12;
/// Rounds of a loop that skips some, which can only be compared at its end.
const LONG: u32 = 400;
/// Traces of one program that are looked at.
const MOST: usize = if cfg!(debug_assertions) { 4 } else { 100 };

/// A trace as it was recorded, and after each pass that has changed it.
struct Recorded {
    plain: Trace,
    steps: Vec<(&'static str, Trace)>,
}

/// Keeps what passes make of traces.
#[derive(Clone, Default)]
struct Keep(Rc<RefCell<Kept>>);

#[derive(Default)]
struct Kept {
    traces: Vec<Recorded>,
    /// How often each pass has changed a trace.
    changes: BTreeMap<&'static str, u32>,
}

impl Observer for Keep {
    fn event(&mut self, _: &Vm, event: &Event<'_>) {
        let mut kept = self.0.borrow_mut();
        match event {
            Event::Recorded { trace } | Event::Nested { trace } => {
                kept.traces.push(Recorded { plain: (*trace).clone(), steps: Vec::new() });
            }
            Event::Optimised { pass, trace } => {
                *kept.changes.entry(pass).or_default() += 1;
                if kept.traces.len() <= MOST
                    && let Some(last) = kept.traces.last_mut()
                {
                    last.steps.push((pass, (*trace).clone()));
                }
            }
            _ => {}
        }
    }
}

/// Runs a program and gives what it has recorded. How it ends is for other tests.
fn record(path: &Path) -> Kept {
    let params = Params { hotloop: 2, hotexit: 2, ..Params::default() };
    let options = VmOptions { hot_loop: params.hotloop, hot_call: params.hotcall, ..VmOptions::default() };
    let keep = Keep::default();
    let mut vm = Vm::new(&options).expect("there is memory for a machine");
    vm.output = Output::memory();
    vm.input = Input::memory(Vec::new());
    vm.attach(Box::new(Engine::new(params, PassSet::ALL, Some(Box::new(keep.clone())))));
    let bytes = std::fs::read(path).expect("it was found");
    if let Ok(source) = read_source(&path.to_string_lossy(), &bytes) {
        let _ = vm.run(source);
    }
    let mut kept = std::mem::take(&mut *keep.0.borrow_mut());
    kept.traces.truncate(MOST);
    kept
}

/// What was counted.
#[derive(Default, Debug)]
struct Tally {
    /// Traces.
    traces: u32,
    /// Traces of which a run got past the guards that leave to the state at entry.
    validated: u32,
    /// Traces of which a run came round the loop, or to the end.
    through: u32,
    /// Runs of a trace after a pass.
    runs: u32,
    /// Of these, those on machines on which the recorded trace comes round or to its end, those that left to the state at
    /// entry where the recorded trace did not, and those of which nothing can be said.
    runs_through: u32,
    left_early: u32,
    unfinished: u32,
}

impl Tally {
    fn add(&mut self, other: &Tally) {
        self.traces += other.traces;
        self.validated += other.validated;
        self.runs += other.runs;
        self.through += other.through;
        self.runs_through += other.runs_through;
        self.left_early += other.left_early;
        self.unfinished += other.unfinished;
    }
}

fn text(trace: &Trace) -> String {
    print(trace, &mut Names::default(), Style::default())
}

/// Runs a trace before and after each pass. The first difference, if there is one.
fn validate(recorded: &Recorded, seed: u64, tally: &mut BTreeMap<&'static str, Tally>) -> Result<(), String> {
    let wants = Wants::of(&recorded.plain);
    let mut random = Random::new(seed);
    let cases = machines::cases(&recorded.plain, &wants, &mut random);
    let all = tally.entry("all").or_default();
    all.traces += 1;
    all.validated += u32::from(cases.iter().any(|(reach, _)| !matches!(reach, Reach::Entry(_))));
    all.through += u32::from(cases.iter().any(|(reach, _)| matches!(reach, Reach::Through(_))));
    for (reach, case) in &cases {
        let run = |trace: &Trace, rounds: u32| Left::by(trace, &case.machine, rounds, &mut case.builtins(&wants));
        let plain = run(&recorded.plain, ROUNDS);
        let mut long = None;
        // How far the search has run it may be less: what lies beyond may be something that this machine lacks.
        let Ok(plain) = plain else { continue };
        let mut before = &recorded.plain;
        for (pass, trace) in &recorded.steps {
            let skips = skips(trace);
            let left = if skips {
                match long.get_or_insert_with(|| run(&recorded.plain, LONG)) {
                    Ok(left) => left,
                    Err(_) => break,
                }
            } else {
                &plain
            };
            let agreement = match run(trace, if skips { LONG } else { ROUNDS }) {
                Ok(optimised) => {
                    let plain_at =
                        &mut |stop| Left::at(&recorded.plain, &case.machine, stop, &mut case.builtins(&wants));
                    compare(&case.machine, &recorded.plain, left, plain_at, trace, &optimised)
                }
                Err(fault) => Err(format!("{fault:?}")),
            };
            let agreement = agreement.map_err(|difference| {
                format!(
                    "`{pass}`: {difference}\nrecorded as\n{}\nbefore\n{}\nafter\n{}\non {:?}",
                    text(&recorded.plain),
                    text(before),
                    text(trace),
                    case.machine
                )
            })?;
            for key in [*pass, "all"] {
                let tally = tally.entry(key).or_default();
                tally.runs += 1;
                tally.runs_through += u32::from(matches!(reach, Reach::Through(_)));
                tally.left_early += u32::from(agreement == Agreement::LeftEarly);
                tally.unfinished += u32::from(agreement == Agreement::Unfinished);
            }
            before = trace;
        }
    }
    Ok(())
}

/// All programs below a folder, in order of their names.
fn programs(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("a folder of programs").flatten();
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            programs(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "pseudo") {
            found.push(path);
        }
    }
}

#[test]
fn traces_of_the_test_programs_keep_meaning() {
    let mut paths = Vec::new();
    programs(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/programs"), &mut paths);
    let next = AtomicUsize::new(0);
    let done = Mutex::new((BTreeMap::<&str, Tally>::new(), BTreeMap::<&str, u32>::new(), Vec::<String>::new()));
    // Programs may be the same loops under other names.
    let seen = Mutex::new(BTreeSet::<String>::new());
    let work = || {
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            let kept = record(path);
            let mut tally = BTreeMap::new();
            let mut differences = Vec::new();
            for recorded in &kept.traces {
                let text = text(&recorded.plain);
                let seed =
                    text.bytes().fold(1u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
                if !seen.lock().expect("no thread panics").insert(text) {
                    continue;
                }
                if let Err(difference) = validate(recorded, seed, &mut tally) {
                    differences.push(format!("{}: {difference}", path.display()));
                }
            }
            let mut done = done.lock().expect("no thread panics");
            tally.iter().for_each(|(pass, tally)| done.0.entry(pass).or_default().add(tally));
            kept.changes.iter().for_each(|(pass, count)| *done.1.entry(pass).or_default() += count);
            done.2.append(&mut differences);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            // The parser recurses over the source.
            let thread = std::thread::Builder::new().stack_size(64 << 20);
            thread.spawn_scoped(scope, work).expect("a thread");
        }
    });
    let (tallies, changes, differences) = done.into_inner().expect("no thread panics");
    println!("{tallies:#?}\n{changes:?}");
    let first: String = differences.iter().take(3).map(String::as_str).collect::<Vec<_>>().join("\n\n");
    assert!(differences.is_empty(), "{} traces differ:\n{first}", differences.len());
    // Without these registers that pass is switched off.
    let has_vectors = std::arch::is_x86_feature_detected!("avx2");
    for pass in PASSES.iter().filter(|pass| has_vectors || pass.name != "vector") {
        assert!(changes.contains_key(pass.name), "`{}` changes no trace of a test program", pass.name);
    }
    let all = &tallies["all"];
    assert!(all.traces > 300, "only {} traces", all.traces);
    assert!(all.validated * 10 > all.traces * 9, "few traces get past their entry: {all:?}");
    assert!(all.through * 10 > all.traces * 8, "few traces come round or to their end: {all:?}");
    assert!(all.runs_through * 4 > all.runs, "few runs come round or to their end: {all:?}");
    assert!(all.left_early * 10 < all.runs, "many optimised traces leave at once: {all:?}");
}
