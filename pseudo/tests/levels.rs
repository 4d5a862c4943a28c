//! How functions that call themselves are compiled: with how many levels in a trace, with which recordings.

#[path = "common/traces.rs"]
mod traces;

use pseudo_codegen::engine::Stats;
use pseudo_snapshots::{Slot, ValueRef};
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::Trace;
use pseudo_trace::ir::types::{Const, Ref};
use pseudo_trace::record::Reason;
use traces::run;

/// The most frames that an exit of a trace has, its own included.
fn levels(trace: &Trace) -> usize {
    let links = |entries: &[(Slot, ValueRef)]| {
        entries.iter().filter(|(_, value)| matches!(trace.as_const(Ref::from(*value)), Some(Const::Pc(_)))).count()
    };
    trace.snapshots.iter().map(|snapshot| 1 + links(&snapshot.entries)).max().unwrap_or(0)
}

fn has_no_failures(stats: &Stats) {
    // What it gives way to is no failure.
    let given_up = stats.abandoned.keys().filter(|reason| *reason != Reason::SharedEnd.text());
    assert_eq!(given_up.count(), 0, "{:?}", stats.abandoned);
    assert_eq!(stats.blacklisted, 0);
}

#[test]
fn a_function_has_several_levels_in_a_trace() {
    let (traces, stats) = run("
fn fib(n) if n < 2 then return n end; return fib(n - 1) + fib(n - 2) end
print(fib(24))
");
    has_no_failures(&stats);
    assert_eq!((stats.functions, traces.iter().map(levels).max()), (1, Some(5)));
    assert!(stats.exits < 1000, "{} exits", stats.exits);
}

#[test]
fn a_function_with_several_conditions_has_one_level() {
    let (traces, stats) = run("
class Tree
    let left = nil
    let right = nil
    fn init(key) self.key = key end
    fn insert(key)
        if key < self.key then
            if self.left == nil then self.left = Tree(key) else self.left.insert(key) end
        else
            if self.right == nil then self.right = Tree(key) else self.right.insert(key) end
        end
    end
end
let tree = Tree(500)
let seed = 7
for i in 0..20000 do
    seed = (seed * 75 + 74) % 65537
    tree.insert(seed)
end
print(tree.key)
");
    has_no_failures(&stats);
    assert_eq!(stats.functions, 1);
    assert!(stats.sides < 15, "{} side traces", stats.sides);
    assert!(traces.iter().all(|trace| levels(trace) <= 3));
}

#[test]
fn where_levels_turn_out_to_have_many_ways_there_are_fewer() {
    let (traces, stats) = run("
fn tak(x, y, z) if y >= x then return z end; return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y)) end
for i in 0..5 do print(tak(18, 12, 6)) end
");
    has_no_failures(&stats);
    assert!(stats.functions > 1, "it is recorded anew");
    assert!(stats.sides < 120, "{} side traces", stats.sides);
    assert!(levels(traces.last().unwrap()) <= 3);
}

#[test]
fn functions_that_call_each_other_are_one_function() {
    let (traces, stats) = run("
fn is_even(n) if n == 0 then return true end; let r = is_odd(n - 1); return r end
fn is_odd(n) if n == 0 then return false end; let r = is_even(n - 1); return r end
let c = 0
for i in 0..2000 do if is_even(i % 50) then c += 1 end end
print(c)
");
    has_no_failures(&stats);
    assert_eq!(stats.functions, 1);
    assert!(traces.iter().map(levels).max() > Some(6));
}

/// What the calls of functions in traces call.
fn callees(traces: &[Trace]) -> Vec<Option<Const>> {
    let calls = traces.iter().flat_map(|trace| trace.insts.iter().map(move |inst| (trace, inst)));
    calls.filter(|(_, inst)| inst.op == Op::CallFn).map(|(trace, inst)| trace.as_const(inst.a)).collect()
}

#[test]
fn the_closure_of_a_global_function_is_not_passed() {
    let (traces, _) = run("
fn sum(n) if n == 0 then return 0 end; return n + sum(n - 1) end
let total = 0
for i in 0..200 do total += sum(30) end
print(total)
");
    let callees = callees(&traces);
    assert!(!callees.is_empty() && callees.iter().all(|callee| matches!(callee, Some(Const::Proto(_)))), "{callees:?}");
}

#[test]
fn a_closure_that_its_function_looks_at_is_passed() {
    let (traces, _) = run("
fn maker(step)
    fn walk(n) if n <= 0 then return step end; return 1 + walk(n - step) end
    return walk
end
let walk = maker(2)
let total = 0
for i in 0..200 do total += walk(60) end
print(total)
");
    let callees = callees(&traces);
    assert!(!callees.is_empty() && callees.iter().all(Option::is_none), "{callees:?}");
}
