//! The table: how many samples, and which part of all, by what ran, by trace, by function and by line.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pseudo_codegen::engine::{Profile, Ran, StackOf};
use pseudo_vm::vm::Vm;

use super::{function_name, line_of, trace_name, trace_of, what_ran};

/// Rows of each part, at most.
const ROWS: usize = 20;
/// Kinds of what may run, in the order of the table.
const KINDS: [Ran; 9] = [
    Ran::Trace(0),
    Ran::Helper(0),
    Ran::Method,
    Ran::Interpreter,
    Ran::Reading,
    Ran::Recording,
    Ran::Compiling,
    Ran::Collecting,
    Ran::Exit,
];

/// The table.
pub fn table(vm: &Vm, profile: &Profile) -> String {
    let all: u64 = profile.stacks.iter().map(|(_, count)| count).sum();
    let mut out = String::new();
    let seconds = all as f64 / f64::from(profile.hertz);
    let _ = writeln!(out, "profile: {all} samples, {} in a second of processor time: {seconds:.3} s", profile.hertz);
    if profile.lost > 0 {
        let _ = writeln!(out, "  {} samples more were lost: there was no room for them", profile.lost);
    }
    let sum = |key: &dyn Fn(&StackOf) -> Option<String>| {
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        for (stack, count) in &profile.stacks {
            if let Some(key) = key(stack) {
                *sums.entry(key).or_default() += count;
            }
        }
        sums
    };
    let kinds = sum(&|stack| Some(what_ran(stack.ran).to_string()));
    let kinds = KINDS.map(|kind| (what_ran(kind).to_string(), kinds.get(what_ran(kind)).copied().unwrap_or_default()));
    part(&mut out, "by what ran", all, kinds.to_vec());
    let sorted = |sums: BTreeMap<String, u64>| {
        let mut rows: Vec<_> = sums.into_iter().collect();
        rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        rows
    };
    let by_trace = |stack: &StackOf| trace_of(stack.ran).map(|trace| trace_name(vm, profile, trace));
    part(&mut out, "by trace", all, sorted(sum(&by_trace)));
    let by_function = |stack: &StackOf| stack.functions.last().map(|&function| function_name(vm, function).to_string());
    part(&mut out, "by function", all, sorted(sum(&by_function)));
    let by_line = |stack: &StackOf| {
        stack.at.map(|pc| {
            let proto = vm.proto(pc.function);
            format!("{}  {}", line_of(vm, pc), proto.source.line_text(proto.line(pc.at as usize)).trim())
        })
    };
    part(&mut out, "by line", all, sorted(sum(&by_line)));
    out
}

fn part(out: &mut String, heading: &str, all: u64, rows: Vec<(String, u64)>) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "{heading}");
    let share = |count: u64| 100.0 * count as f64 / all.max(1) as f64;
    for (name, count) in rows.iter().take(ROWS) {
        let _ = writeln!(out, "  {:5.1} %  {count:8}  {name}", share(*count));
    }
    if rows.len() > ROWS {
        let rest: u64 = rows[ROWS..].iter().map(|(_, count)| count).sum();
        let _ = writeln!(out, "  {:5.1} %  {rest:8}  {} more", share(rest), rows.len() - ROWS);
    }
}
