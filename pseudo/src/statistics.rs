//! Statistics as JSON, for programs to compute with. `docs/statistics.md` says what each key means.

use std::collections::BTreeMap;
use std::time::Duration;

use pseudo_codegen::engine::{ExitCount, Stats, TraceKind, TraceReport, TraceState, median};
use pseudo_snapshots::Pc;
use pseudo_trace::ir::trace::Start;
use pseudo_vm::vm::Vm;
use serde_json::{Map, Value, json};

/// Changes whenever a key goes, or comes to mean something else; not where one is added.
const VERSION: u32 = 1;

/// What the compiler did. None of it is known if it is off.
pub fn json(vm: &Vm, stats: Option<&Stats>) -> Value {
    let Some(stats) = stats else { return json!({ "version": VERSION, "compiler": false }) };
    json!({
        "version": VERSION,
        "compiler": true,
        "traces": traces(vm, stats),
        "functions": {
            "compiled": stats.methods,
            "bytes": stats.method_bytes,
            "compile_ns": nanoseconds(stats.method_time),
            "not_compiled": stats.not_methods,
        },
        "recordings": {
            "begun": stats.recordings,
            "abandoned": stats.abandoned.values().sum::<u32>(),
            "abandoned_by_reason": stats.abandoned,
            "blacklisted": stats.blacklisted,
            "conditionals_chosen": stats.chosen,
            "instructions_recorded": stats.instructions.0,
            "instructions_left": stats.instructions.1,
        },
        "passes": by_name(&stats.passes, |(changes, time)| json!({ "changed": changes, "ns": nanoseconds(*time) })),
        "rules": stats.rules,
        "execution": {
            "entries": stats.entries,
            "exits": stats.exits,
            "interpreted_rounds": stats.interpreted_rounds,
        },
        "memory": memory(stats),
        "caches": {
            "inline_hits": stats.caches.inline_hits,
            "inline_misses": stats.caches.inline_misses,
            "shared_hits": stats.caches.shared_hits,
            "shared_misses": stats.caches.shared_misses,
        },
        "times": times(stats),
    })
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn by_name<T>(rows: &BTreeMap<&'static str, T>, value: impl Fn(&T) -> Value) -> Value {
    Value::Object(rows.iter().map(|(name, row)| (name.to_string(), value(row))).collect::<Map<_, _>>())
}

fn traces(vm: &Vm, stats: &Stats) -> Value {
    let of_state = |state| stats.traces.iter().filter(|trace| trace.state == state).count();
    let of_kind = |kind: TraceKind| stats.traces.iter().filter(|trace| trace.kind == kind).count();
    let kinds: Map<_, _> =
        TraceKind::ALL.into_iter().map(|kind| (kind.text().to_string(), json!(of_kind(kind)))).collect();
    json!({
        "by_state": {
            "running": of_state(TraceState::Running),
            "replaced": of_state(TraceState::Replaced),
            "flushed": stats.flushed_traces,
        },
        "by_kind": kinds,
        "flushes": stats.flushes,
        "compiled": {
            "loops": stats.roots,
            "beside": stats.beside,
            "functions": stats.functions,
            "sides": stats.sides,
            "ends": stats.ends,
        },
        "list": stats.traces.iter().map(|report| trace(vm, report)).collect::<Vec<_>>(),
    })
}

fn trace(vm: &Vm, trace: &TraceReport) -> Value {
    let (parent, exit) = match trace.start {
        Start::Root => (None, None),
        Start::Exit { parent, exit } => (Some(parent), Some(exit)),
    };
    json!({
        "number": trace.number,
        "kind": trace.kind.text(),
        "state": trace.state.text(),
        "parent": parent,
        "parent_exit": exit,
        "at": place(vm, trace.pc),
        "bytes": trace.bytes,
        "instructions": trace.instructions,
        "guards": trace.guards,
        "exits": trace.exits.iter().enumerate().map(|(number, exit)| exit_of(vm, number, exit)).collect::<Vec<_>>(),
    })
}

fn exit_of(vm: &Vm, number: usize, exit: &ExitCount) -> Value {
    json!({
        "exit": number,
        "guard": exit.guard,
        "at": place(vm, exit.pc),
        "count": exit.count,
        "leads_to": exit.leads_to,
    })
}

fn place(vm: &Vm, pc: Pc) -> Value {
    let proto = vm.proto(pc.function);
    json!({ "function": &*proto.name, "file": &*proto.source.name, "line": proto.line(pc.at as usize) })
}

fn memory(stats: &Stats) -> Value {
    let memory = stats.memory.unwrap_or_default();
    json!({
        "machine_code_bytes": stats.code_bytes,
        "trace_code_used_bytes": memory.trace_code.0,
        "trace_code_size_bytes": memory.trace_code.1,
        "function_code_used_bytes": memory.method_code.0,
        "function_code_size_bytes": memory.method_code.1,
        "allocated_bytes": memory.allocated,
        "promoted_bytes": memory.promoted,
        "minor_collections": memory.minor_collections,
        "major_collections": memory.major_collections,
        "collecting_ns": nanoseconds(memory.collecting),
    })
}

fn times(stats: &Stats) -> Value {
    json!({
        "running_ns": stats.times.map(|times| nanoseconds(times.running)),
        "compiled_ns": stats.times.map(|times| nanoseconds(times.compiled)),
        "recording_ns": nanoseconds(stats.record_times.iter().sum::<Duration>() + stats.wasted),
        "recording_in_vain_ns": nanoseconds(stats.wasted),
        "compiling_ns": nanoseconds(stats.compile_times.iter().sum()),
        "recording_median_ns": nanoseconds(median(&stats.record_times)),
        "compiling_median_ns": nanoseconds(median(&stats.compile_times)),
    })
}
