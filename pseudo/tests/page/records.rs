//! What the page makes of records, apart from how it shows them: lines after passes, traces, counts.

use serde_json::{Value, json};

use crate::{fixture, folder, start};

#[test]
fn the_lines_after_a_pass_are_put_together() {
    let Some((mut browser, _one)) = start("passes") else { return };
    let page = folder().join("empty.html");
    std::fs::write(&page, fixture::page(1).0).expect("the folder is there");
    browser.open(&page, "");
    let line = |operands: &str| json!({"op": "add.int", "operands": operands});
    let before = json!([line("1"), line("%0, 1"), line("%1, %3"), line("%2, str#1\"%2\"")]);
    // 0 goes, 1 changes, a line comes, and what is behind it is read in front of it.
    let steps = json!([
        {"was": 1, "rule": "add_int_zero", "op": "copy", "operands": "7"},
        {"op": "mul.int", "operands": "%0, %0"},
        {"same": 2, "count": 2},
    ]);
    let rebuilt = browser.value(&format!("rebuild({before}, {steps})"));
    assert_eq!(rebuilt["from"], json!([1, -1, 2, 3]));
    assert_eq!(rebuilt["to"], json!([-1, 0, 2, 3]));
    let column = |name: &str| -> Vec<Value> {
        rebuilt["lines"].as_array().expect("lines").iter().map(|line| line[name].clone()).collect()
    };
    assert_eq!(column("operands"), ["7", "%0, %0", "%0, %3", "%2, str#1\"%2\""]);
    assert_eq!(column("mark"), [json!("~"), json!("+"), Value::Null, Value::Null]);
    assert_eq!(column("rule"), [json!("add_int_zero"), Value::Null, Value::Null, Value::Null]);
    let rows = browser.value(
        "rowsOf({ lines: [{ op: 'a' }, { op: 'b' }], gone: [{ was: 0, below: -1, line: { op: 'x' } }, \
         { was: 2, below: 0, line: { op: 'y' } }] }).map((row) => row.line.op).join('')",
    );
    assert_eq!(rows, "xayb");
    browser.has_no_complaints();
}

#[test]
fn records_are_joined() {
    let Some((mut browser, _one)) = start("records") else { return };
    let page = folder().join("records.html");
    std::fs::write(&page, fixture::page(1).0).expect("the folder is there");
    browser.open(&page, "");
    let at = |line: u32| json!({"function": "main", "file": "a", "line": line, "pc": "f0:1"});
    let with = |mut record: Value, trace: u32, generation: u32| {
        record["trace"] = json!(trace);
        record["generation"] = json!(generation);
        record
    };
    let ir = json!({"head": "", "lines": [{"op": "loop", "operands": "", "bytecode": 0}], "tail": []});
    let bytecode = json!([{"function": "main", "file": "a", "line": 3, "pc": "f0:2", "depth": 0, "text": "2  loop"}]);
    let (a_loop, side) = (json!({"kind": "loop"}), json!({"kind": "side", "parent": 1, "exit": 0}));
    let started = |start: &Value| json!({"event": "recording_started", "start": start, "at": at(1)});
    let mut longer = ir.clone();
    longer["lines"] = json!([ir["lines"][0], {"op": "poll", "operands": ""}]);
    let recorded = || json!({"event": "recorded", "bytecode": bytecode, "ir": ir});
    let nested = || json!({"event": "nested", "bytecode": bytecode, "ir": longer});
    let compiled = |start: &Value, ir: &Value| {
        let mut exit = at(9);
        exit["ir"] = json!(0);
        exit["snapshot"] = json!(0);
        json!({"event": "compiled", "start": start, "at": at(1), "ir": ir, "machine": [], "bytes": 1, "hot_bytes": 1,
            "exits": [exit], "link": {"to": "loop"}, "notes": []})
    };
    let abandoned = json!({"event": "recording_abandoned", "start": a_loop, "from": at(1), "at": at(2), "reason": "r",
        "retry_after": null, "left_to": "the interpreter"});
    let dump = [
        with(started(&a_loop), 1, 0),
        with(abandoned, 1, 0),
        with(started(&a_loop), 1, 0),
        with(recorded(), 1, 0),
        with(compiled(&a_loop, &ir), 1, 0),
        // A loop around a loop that paid, and one that did not.
        with(started(&side), 2, 0),
        with(recorded(), 2, 0),
        with(nested(), 2, 0),
        with(compiled(&side, &longer), 2, 0),
        with(started(&side), 3, 0),
        with(recorded(), 3, 0),
        with(nested(), 3, 0),
        with(compiled(&side, &ir), 3, 0),
        json!({"event": "flushed", "traces": 3, "generation": 1, "exits": [{"trace": 1, "exit": 0, "count": 5, "side": 3}]}),
        with(started(&a_loop), 1, 1),
        with(recorded(), 1, 1),
        with(compiled(&a_loop, &ir), 1, 1),
        json!({"event": "times", "hz": 1000, "phases": {"compiled": 40}, "samples": [
            {"generation": 0, "trace": 1, "count": 10, "lines": [["a", 3, 10]]},
            {"generation": 1, "trace": 1, "count": 30, "lines": [["a", 3, 20], ["a", 4, 10]]},
        ]}),
        json!({"event": "ended", "generation": 1, "exits": [{"trace": 1, "exit": 0, "count": 7}]}),
    ];
    let text = dump.map(|record| record.to_string()).join("\n");
    let joined = browser.value(&format!(
        "(() => {{ const dump = readDump({}); window.joined = dump;
           return dump.entries.map((entry) => [entry.key, entry.kind, entry.taken, entry.versions.map((one) => Boolean(one.nested))]); }})()",
        json!(text)
    ));
    assert_eq!(
        joined,
        json!([
            ["0.1a1", "abandoned", 0, []],
            ["0.1", "loop", 5, [false]],
            ["0.2", "side", 0, [true]],
            ["0.3", "side", 0, [false]],
            ["1.1", "loop", 7, [false]],
        ])
    );
    assert_eq!(browser.value("joined.byKey.get('0.1').sides"), json!(["0.2", "0.3"]));
    assert_eq!(browser.value("joined.byKey.get('0.1').exits[0].side"), "0.3");
    let times = "[joined.samples, joined.byKey.get('1.1').time, joined.lines.get('a:3').time]";
    assert_eq!(browser.value(times), json!([40, 30, 30]));
    // Exits are counted where their guard is, not where they lead to.
    assert_eq!(browser.value("[joined.lines.get('a:3').exits, joined.lines.get('a:9')?.exits]"), json!([12, null]));
    assert_eq!(browser.value("joined.lines.get('a:2').abandoned.length"), 1);
    browser.has_no_complaints();
}
