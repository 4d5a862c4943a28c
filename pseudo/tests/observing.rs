//! What the command tells of a run: statistics, profiles, and what `perf` reads.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pseudo"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the command to a good end. What went to standard output, and to standard error.
#[track_caller]
fn run(arguments: &[&str]) -> (String, String) {
    let output = command(arguments).output().expect("the command runs");
    let (status, out, err) = texts(output);
    assert_eq!(status, Some(0), "{err}");
    (out, err)
}

fn texts(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("all that is written is UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A path in a folder that each test run overwrites.
fn path(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    path.into_os_string().into_string().expect("its path is UTF-8")
}

fn file(name: &str, text: &str) -> String {
    let path = path(name);
    std::fs::write(&path, text).expect("the folder is there");
    path
}

/// Side traces, objects, a recording that comes to nothing, collections.
const BUSY: &str = "class Point
    let x = 0
    fn init(x)
        self.x = x
    end
    fn grown(by)
        return Point(self.x + by)
    end
end
fn work(n)
    let p = Point(1)
    let kept = []
    for i in 0..n do
        if i % 3 == 0 then p = p.grown(i) else p.x = p.x ^ i end
        if i % 100 == 0 then kept.push(p) end
    end
    return p.x + len(kept)
end
let sum = 0
for i in 0..40 do sum += work(5000) end
print(sum)
";

fn json(arguments: &[&str]) -> Value {
    let (_, err) = run(&[&["--stats=json"], arguments].concat());
    assert_eq!(err.lines().count(), 1, "one object in one line: {err}");
    serde_json::from_str(&err).expect("it is JSON")
}

/// The number behind a path of keys.
#[track_caller]
fn number(value: &Value, keys: &str) -> u64 {
    let found = keys.split('.').try_fold(value, |value, key| value.get(key));
    found.and_then(Value::as_u64).unwrap_or_else(|| panic!("no number at {keys} in {value}"))
}

/// The first number of the line of text statistics that begins so.
#[track_caller]
fn counter(text: &str, name: &str, index: usize) -> u64 {
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no `{name}` in {text}"));
    let numbers = line[name.len()..].split(|char: char| !char.is_ascii_digit()).filter(|word| !word.is_empty());
    numbers.map(|word| word.parse().expect("a number")).nth(index).expect("as many numbers")
}

#[test]
fn statistics_as_json_agree_with_the_text() {
    let program = file("busy.pseudo", BUSY);
    let (value, (out, text)) = (json(&[&program]), run(&["--stats", &program]));
    assert_eq!(out, run(&["--tier", "interp", &program]).0);
    assert_eq!(number(&value, "version"), 1);
    for (keys, name, index) in [
        ("traces.compiled.loops", "traces", 0),
        ("traces.compiled.functions", "traces", 1),
        ("traces.compiled.sides", "traces", 2),
        ("traces.compiled.ends", "traces", 3),
        ("traces.by_state.running", "  by state", 0),
        ("traces.by_state.replaced", "  by state", 1),
        ("traces.by_state.flushed", "  by state", 2),
        ("functions.compiled", "whole functions", 0),
        ("functions.bytes", "whole functions", 1),
        ("recordings.begun", "recordings", 0),
        ("recordings.abandoned", "recordings", 1),
        ("recordings.blacklisted", "blacklisted", 0),
        ("recordings.instructions_recorded", "IR instructions", 0),
        ("recordings.instructions_left", "IR instructions", 1),
        ("execution.entries", "entries of compiled code", 0),
        ("execution.exits", "exits to the interpreter", 0),
        ("execution.interpreted_rounds", "loop rounds interpreted", 0),
        ("memory.machine_code_bytes", "machine code", 0),
        ("memory.minor_collections", "collections", 0),
        ("memory.major_collections", "collections", 1),
        ("caches.inline_hits", "look-ups interpreted", 0),
        ("caches.inline_misses", "look-ups interpreted", 1),
        ("caches.shared_hits", "  in the shared cache", 0),
    ] {
        assert_eq!(number(&value, keys), counter(&text, name, index), "{keys}\n{text}");
    }
    for keys in ["traces.compiled.sides", "memory.minor_collections", "caches.inline_hits", "times.compiled_ns"] {
        assert!(number(&value, keys) > 0, "{keys} in {value}");
    }
    for (pass, row) in value["passes"].as_object().expect("passes by name") {
        let line = format!("  pass {pass}");
        assert_eq!(number(row, "changed"), counter(&text, &format!("{line:<28}"), 0), "{pass}");
    }
}

#[test]
fn every_trace_has_its_exits() {
    let program = file("exits.pseudo", BUSY);
    let value = json(&[&program]);
    let list = value["traces"]["list"].as_array().expect("a list");
    let by_state = number(&value, "traces.by_state.running") + number(&value, "traces.by_state.replaced");
    assert_eq!(list.len() as u64, by_state);
    let numbers: BTreeSet<u64> = list.iter().map(|trace| number(trace, "number")).collect();
    let mut taken = 0;
    for trace in list {
        assert!(trace["at"]["file"].as_str().is_some_and(|file| file.ends_with("exits.pseudo")), "{trace}");
        for exit in trace["exits"].as_array().expect("a list") {
            taken += number(exit, "count");
            assert!(number(exit, "at.line") > 0);
            if let Some(side) = exit["leads_to"].as_u64() {
                assert!(numbers.contains(&side), "{exit}");
            }
        }
        if trace["kind"] == "side" {
            let (parent, exit) = (number(trace, "parent"), number(trace, "parent_exit"));
            let parent = list.iter().find(|other| number(other, "number") == parent).expect("its parent is there");
            assert_eq!(parent["exits"][exit as usize]["leads_to"], trace["number"]);
        }
    }
    assert!(taken > 0 && taken <= number(&value, "execution.exits"), "{taken}");
}

#[test]
fn abandoned_recordings_and_dropped_traces_are_counted() {
    // Little code memory: what there is is dropped again and again.
    let program = file("dropped.pseudo", BUSY);
    let loops: String = (0..60)
        .map(|at| {
            format!(
                "fn f{at}(n)\n let s = {at}\n for i in 0..n do s = s * 3 ^ i end\n return s\nend\nprint(f{at}(3000))\n"
            )
        })
        .collect();
    let program_of_loops = file("loops.pseudo", &loops);
    let value = json(&["--tier", "trace", "--param", "maxmcode=64", &program_of_loops]);
    let dropped = number(&value, "traces.by_state.flushed");
    let compiled = number(&value, "traces.compiled.loops") + number(&value, "traces.compiled.sides");
    let there = value["traces"]["list"].as_array().expect("a list").len() as u64;
    assert_eq!(dropped + there, compiled, "{}", value["traces"]);
    let value = json(&["--param", "maxrecord=20", &program]);
    let reasons = value["recordings"]["abandoned_by_reason"].as_object().expect("reasons");
    let sum: u64 = reasons.values().filter_map(Value::as_u64).sum();
    assert!(sum > 0, "{value}");
    assert_eq!(sum, number(&value, "recordings.abandoned"));
}

/// Keys whose values have keys of the program's, or of tables.
const BY_NAME: [&str; 4] = ["passes", "rules", "abandoned_by_reason", "not_compiled"];

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                found.insert(key.clone());
                if BY_NAME.contains(&key.as_str()) {
                    value.as_object().into_iter().flatten().for_each(|(_, row)| keys(row, found));
                } else {
                    keys(value, found);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn every_key_of_the_statistics_is_documented() {
    let program = file("keys.pseudo", BUSY);
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/statistics.md")).expect("it is there");
    let mut found = BTreeSet::new();
    keys(&json(&[&program]), &mut found);
    keys(&json(&["--tier", "interp", &program]), &mut found);
    assert!(found.len() > 50, "{found:?}");
    let missing: Vec<_> = found.iter().filter(|key| !text.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "docs/statistics.md does not have {missing:?}");
}

#[test]
fn statistics_have_two_forms() {
    let ended = |arguments: &[&str]| texts(command(arguments).output().expect("the command runs"));
    let (status, _, err) = ended(&["--stats=xml", "-e", "print(1)"]);
    assert_eq!(status, Some(2));
    assert!(err.contains("text") && err.contains("json"), "{err}");
    let value = json(&["--tier", "interp", "-e", "print(1)"]);
    assert_eq!((number(&value, "version"), value["compiler"].as_bool()), (1, Some(false)));
}

/// A program that takes a while, nearly all of it in a loop that is compiled and whose rounds cannot be skipped.
const LONG: &str = "fn collatz(limit)
    let most = 0
    for start in 1..limit do
        let (n, steps) = (start, 0)
        while n != 1 do
            if n % 2 == 0 then n = n / 2 else n = 3 * n + 1 end
            steps += 1
        end
        if steps > most then most = steps end
    end
    return most
end
print(collatz(LIMIT))
";

/// Such a program in a file, with so many rounds of its outer loop.
fn long(name: &str, limit: u32) -> String {
    let text = LONG.replace("let (n, steps) = (start, 0)", "let n = start\n        let steps = 0");
    file(name, &text.replace("n / 2", "n div 2").replace("LIMIT", &limit.to_string()))
}

/// The rows of a part of a profile's table: shares, counts, names.
fn rows(table: &str, part: &str) -> Vec<(f64, u64, String)> {
    let mut lines = table.lines().skip_while(|line| *line != part).skip(1);
    let mut rows = Vec::new();
    for line in lines.by_ref().take_while(|line| line.starts_with(' ')) {
        let (share, rest) = line.split_once('%').expect("a share");
        let (count, name) = rest.trim_start().split_once("  ").expect("a count and a name");
        rows.push((share.trim().parse().expect("a share"), count.parse().expect("a count"), name.to_string()));
    }
    rows
}

#[test]
fn a_profile_says_where_time_went() {
    let program = long("profiled.pseudo", 300_000);
    let (folded, svg) = (path("profiled.folded"), path("profiled.svg"));
    let (out, table) = run(&["--profile", "--profile-folded", &folded, "--profile-svg", &svg, &program]);
    assert_eq!(out, run(&[&program]).0);
    let samples = counter(&table, "profile: ", 0);
    assert!(samples >= 20, "{table}");
    let kinds = rows(&table, "by what ran");
    let sum: f64 = kinds.iter().map(|row| row.0).sum();
    assert!((sum - 100.0).abs() < 1.0, "{table}");
    assert_eq!(kinds.iter().map(|row| row.1).sum::<u64>(), samples);
    let compiled = kinds.iter().find(|row| row.2 == "compiled traces").expect("a row");
    assert!(compiled.0 > 50.0, "{table}");
    let traces = rows(&table, "by trace");
    assert!(traces.iter().any(|row| row.2.contains(": loop, ") && row.2.contains("profiled.pseudo:")), "{table}");
    let functions = rows(&table, "by function");
    assert_eq!(functions[0].2, "collatz", "{table}");
    assert!(rows(&table, "by line")[0].2.contains("profiled.pseudo:"), "{table}");

    let stacks = std::fs::read_to_string(&folded).expect("it was written");
    let count = |line: &str| line.rsplit_once(' ').and_then(|(_, count)| count.parse::<u64>().ok()).expect("a count");
    assert_eq!(stacks.lines().map(count).sum::<u64>(), samples);
    let in_trace: u64 = stacks.lines().filter(|line| line.starts_with("main;collatz;[trace ")).map(count).sum();
    assert!(2 * in_trace > samples, "{stacks}");
    let svg = std::fs::read_to_string(&svg).expect("it was written");
    assert!(svg.contains("<svg") && svg.contains("collatz") && svg.trim_end().ends_with("</svg>"), "{svg}");
}

#[test]
fn a_profile_of_the_interpreter_and_of_whole_functions() {
    let program = long("interpreted.pseudo", 40_000);
    for (tier, kind) in [("interp", "interpreter"), ("method", "compiled functions")] {
        let (_, table) = run(&["--tier", tier, "--profile=500", &program]);
        let kinds = rows(&table, "by what ran");
        let row = kinds.iter().find(|row| row.2 == kind).expect("a row");
        assert!(row.0 > 50.0, "{tier}: {table}");
        assert_eq!(rows(&table, "by function")[0].2, "collatz", "{tier}: {table}");
        assert!(rows(&table, "by line").iter().take(5).any(|row| row.2.contains("n % 2")), "{tier}: {table}");
    }
}

/// Profiled code is what it is otherwise, but for notes of who calls helpers.
#[test]
fn a_profile_changes_nothing() {
    let program = file("noted.pseudo", BUSY);
    let (out, _) = run(&[&program]);
    for parameters in
        [&["--profile=10000"] as &[&str], &["--profile", "--param", "maxmcode=64"], &["--profile", "--max-depth", "50"]]
    {
        assert_eq!(run(&[parameters, &[&program]].concat()).0, out);
    }
}

#[test]
fn files_that_cannot_be_written_are_told_of_before_the_program_runs() {
    for option in ["--profile-folded", "--profile-svg"] {
        let ended = command(&[option, "/no/such/folder/f", "-e", "print(1)"]).output().expect("the command runs");
        let (status, out, err) = texts(ended);
        assert_eq!((status, &*out), (Some(2), ""), "{err}");
        assert!(err.contains("cannot write /no/such/folder/f: "), "{err}");
    }
    let (status, out, err) = texts(command(&["--profile=0", "-e", "print(1)"]).output().expect("the command runs"));
    assert_eq!((status, &*out), (Some(2), ""));
    assert!(err.contains("1..=10000"), "{err}");
}

/// Reads numbers and texts off bytes.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take(4).try_into().expect("four bytes"))
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take(8).try_into().expect("eight bytes"))
    }

    fn text(&mut self) -> String {
        let length = self.0.iter().position(|&byte| byte == 0).expect("an end");
        let text = String::from_utf8(self.take(length).to_vec()).expect("UTF-8");
        self.take(1);
        text
    }
}

#[test]
fn perf_gets_code_and_lines() {
    let program = long("annotated.pseudo", 2000);
    for (tier, name) in [("trace", ": loop, collatz at "), ("method", "function: collatz at ")] {
        let child = command(&["--perf", "--tier", tier, &program]).spawn().expect("the command runs");
        let (dump, map) = (format!("/tmp/jit-{}.dump", child.id()), format!("/tmp/perf-{}.map", child.id()));
        let process = child.id();
        assert!(child.wait_with_output().expect("it ends").status.success());
        let bytes = std::fs::read(&dump).expect("it was written");
        let map_text = std::fs::read_to_string(&map).expect("it was written");
        std::fs::remove_file(&dump).expect("it is ours");
        std::fs::remove_file(&map).expect("it is ours");
        let mut reader = Reader(&bytes);
        assert_eq!([reader.u32(), reader.u32(), reader.u32(), reader.u32()], [0x4A69_5444, 1, 40, 62]);
        assert_eq!((reader.u32(), reader.u32()), (0, process));
        let mut last = reader.u64();
        reader.u64();
        let (mut lines, mut names, mut loads) = (Vec::<(u64, u32)>::new(), Vec::new(), 0);
        while !reader.0.is_empty() {
            let (kind, size, time) = (reader.u32(), reader.u32(), reader.u64());
            assert!(time >= last, "in the order of time");
            last = time;
            let mut body = Reader(reader.take(size as usize - 16));
            match kind {
                0 => {
                    assert_eq!(body.u32(), process);
                    body.u32();
                    let (address, start, size, index) = (body.u64(), body.u64(), body.u64(), body.u64());
                    assert_eq!((address, index), (start, loads));
                    loads += 1;
                    let name = body.text();
                    assert_eq!(body.0.len() as u64, size);
                    assert!(map_text.contains(&format!("{start:x} {size:x} {name}\n")), "{map_text}");
                    for (at, ..) in lines.drain(..) {
                        assert!((start..start + size).contains(&at), "{name}");
                    }
                    names.push(name);
                }
                2 => {
                    body.u64();
                    for _ in 0..body.u64() {
                        let (at, line, _, file) = (body.u64(), body.u32(), body.u32(), body.text());
                        assert!((1..=13).contains(&line) && file.ends_with("/annotated.pseudo"), "{file}:{line}");
                        lines.push((at, line));
                    }
                    assert!(lines.is_sorted_by_key(|line| line.0), "{lines:?}");
                    let different: BTreeSet<u32> = lines.iter().map(|line| line.1).collect();
                    assert!(!different.is_empty());
                }
                _ => panic!("a record of kind {kind}"),
            }
            assert!(body.0.is_empty() || kind == 0);
        }
        assert!(names.iter().any(|found| found.contains(name)), "{names:?}");
    }
}

#[test]
fn short_programs_are_not_compiled_unless_asked_for() {
    let nested = "let x = 0\nfor i in 0..300 do\n  for j in 0..300 do x = x ^ i * j end\nend\nprint(x)\n";
    let short = file("warmup-short.pseudo", nested);
    let long = file("warmup-long.pseudo", "let x = 0\nfor i in 0..100000 do\n  x = x ^ i\nend\nprint(x)\n");
    let compiled = |options: &[&str]| {
        let counts = json(options);
        number(&counts, "traces.compiled.loops") > 0
    };
    assert!(!compiled(&[&short]));
    assert!(compiled(&["--param=warmup=0", &short]) && compiled(&["--param=hotloop=50", &short]));
    assert!(compiled(&["--tier=trace", &short]));
    assert!(compiled(&[&long]), "it has rounds left that pay for it");
}

#[test]
fn inner_loops_get_hot_first_whenever_the_warm_up_ends() {
    let work = "    total = (total * 3 + round) % 1000003\n".repeat(25);
    let inner = "    let i = 0\n    while i * i < 9 do\n        total += i\n        i += 1\n    end\n";
    let outer = "let total, round = 0, 0\nwhile round * round < 1_000_000 do\n";
    // By what was done, or by a loop that is known to have enough rounds left: it is on line 33 and is recorded itself.
    let simple = "    if round == 100 then for k in 0..400_000 do total = total ^ k end end\n";
    for (name, within, lengths) in [("work", "", [20, 40, 60, 80]), ("rounds", simple, [200, 300, 400, 800])] {
        let text = format!("{outer}{inner}{work}{within}    round += 1\nend\nprint(total)\n");
        let program = file(&format!("warmup-order-{name}.pseudo"), &text);
        for steps in lengths {
            let out = command(&[&format!("--param=warmup={steps}"), "--trace-dump=events", &program]).output();
            let (_, _, events) = texts(out.expect("the command runs"));
            let mut recorded = events.lines().filter(|line| line.contains("recording loop") && !line.ends_with(":33"));
            let first = recorded.next().expect("there is a loop to record");
            assert!(first.ends_with(":4"), "{name}, {steps}: {first}");
        }
    }
}
