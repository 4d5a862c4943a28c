//! Translation validation of every trace that the test programs record.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use pseudo::read_source;
use pseudo_fuzz::validate::{Tally, record, validate};
use pseudo_trace::opt::PASSES;

/// Traces of one program that are looked at.
const MOST: usize = if cfg!(debug_assertions) { 4 } else { 100 };
/// Machines that are tried for one trace.
const MACHINES: usize = if cfg!(debug_assertions) { 60 } else { 400 };

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
            let bytes = std::fs::read(path).expect("it was found");
            let Ok(source) = read_source(&path.to_string_lossy(), &bytes) else { continue };
            let kept = record(source, MOST);
            let mut tally = BTreeMap::new();
            let mut differences = Vec::new();
            for recorded in &kept.traces {
                let text = recorded.text();
                let seed =
                    text.bytes().fold(1u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
                if !seen.lock().expect("no thread panics").insert(text) {
                    continue;
                }
                if let Err(difference) = validate(recorded, MACHINES, seed, &mut tally) {
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
