//! The page that `--trace-dump=html` makes, in a real browser: Chromium without a window, if one is installed.
//!
//! With `SCREENSHOTS=docs` in the environment, the pictures of the documentation are made anew:
//! `SCREENSHOTS=docs cargo test --release -p pseudo --test page`.

mod browser;
mod fixture;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use browser::Browser;
use serde_json::{Value, json};

/// One browser at a time: several are slower than one after another, and times are looked at.
static ONE: Mutex<()> = Mutex::new(());

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A browser, if one is installed; if not, what is not tested is said.
fn start(name: &str) -> Option<(Browser, MutexGuard<'static, ()>)> {
    let Some(program) = browser::find() else {
        // Not with a macro, whose text is only shown if a test fails.
        let _ = writeln!(std::io::stderr(), "NOT TESTED: {name}: no Chromium is installed");
        return None;
    };
    let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    Some((Browser::start(&program, &folder(), name), one))
}

/// The page of a program.
fn page_of(program: &str, name: &str) -> PathBuf {
    let page = folder().join(name);
    let ran = Command::new(env!("CARGO_BIN_EXE_pseudo"))
        .current_dir(root())
        .args(["--trace-dump=html", "--trace-dump-file"])
        .arg(&page)
        .arg(program)
        .output()
        .expect("the command runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    page
}

/// How many rows are marked in each column of a trace, in the order of the columns.
fn marked(browser: &mut Browser) -> Vec<u64> {
    let counts = browser.value(
        "['source', 'bytecode', 'ir', 'snapshots', 'machine'].map((name) => page.trace.marks?.sets[name].size ?? 0)",
    );
    counts.as_array().expect("an array").iter().map(|count| count.as_u64().expect("a number")).collect()
}

fn stage(browser: &mut Browser) -> u64 {
    browser.value("page.trace.stage").as_u64().expect("a number")
}

#[test]
fn a_real_program_is_clicked_through() {
    let Some((mut browser, _one)) = start("click-through") else { return };
    browser.open(&page_of("examples/sorting.pseudo", "sorting.html"), "");
    assert_eq!(browser.value("page.dump.broken"), 0);
    assert_eq!(browser.value("document.getElementById('notice').hidden"), true);

    the_source_is_first(&mut browser);
    a_trace_is_seen_from_all_sides(&mut browser);
    passes_are_gone_through(&mut browser);
    traces_are_searched_for(&mut browser);
    the_graph_leads_to_traces(&mut browser);
    problems_and_log_say_what_happened(&mut browser);
    links_are_kept_in_the_address(&mut browser);
    texts_are_legible(&mut browser);
    browser.has_no_complaints();
}

fn the_source_is_first(browser: &mut Browser) {
    assert_eq!(browser.value("page.tab"), "source");
    assert!(browser.value("document.querySelectorAll('#list .row').length").as_u64() > Some(5));
    browser.key("h");
    assert!(browser.value("document.querySelectorAll('.line-detail .line-row').length").as_u64() > Some(0));
    let with_heat = "[...page.dump.lines.values()].some((line) => line.exits > 0)";
    assert_eq!(browser.value(with_heat), true, "exits count as heat on lines");
}

fn a_trace_is_seen_from_all_sides(browser: &mut Browser) {
    // From the list, with the mouse; then one that is a loop and has guards, with its number.
    browser.click("#list .row:nth-child(2)");
    assert_eq!(browser.value("page.tab"), "trace");
    let wanted = "page.dump.entries.find((entry) => entry.kind === 'loop' && entry.sides.length && entry.exits.length > 3).key";
    browser.value(&format!("page.open({wanted}, {{ focus: true, show: true }})"));
    browser.settle();
    for column in ["source", "bytecode", "ir", "snapshots", "machine"] {
        let rows = browser.value(&format!("document.querySelectorAll('.column-{column} .row').length"));
        assert!(rows.as_u64() > Some(0), "{column}");
    }
    // A machine instruction of a guard, which belongs to something in each column.
    let row = browser.value(
        "page.trace.data.machine.findIndex((row) => page.trace.compiled.ir.lines[row.ir]?.exit !== undefined && \
         page.trace.compiled.ir.lines[row.ir].bytecode !== undefined)",
    );
    browser.value(&format!("page.trace.columns.machine.rows.show({row})"));
    browser.settle();
    browser.hover(&format!(".column-machine .row[data-index='{row}'] .code"));
    let hovered = marked(browser);
    assert!(hovered.iter().all(|&count| count > 0), "{hovered:?}");
    assert_eq!(browser.value("document.querySelectorAll('.column-machine .row.mark').length > 0"), true);
    let same = "(() => { const { sets } = page.trace.marks; const line = page.trace.data.ir[[...sets.ir][0]].line;
        const bytecode = page.trace.data.bytecode[[...sets.bytecode][0]]; const source = page.trace.data.source[[...sets.source][0]];
        return bytecode.at === line.bytecode && source.line === bytecode.line && source.file === bytecode.file; })()";
    assert_eq!(browser.value(same), true, "what is marked belongs together");
    // A click keeps it, and brings the others into sight.
    browser.click(&format!(".column-machine .row[data-index='{row}'] .offset"));
    browser.hover("#title");
    assert_eq!(marked(browser), hovered);
    for column in ["source", "bytecode", "ir", "snapshots"] {
        let seen = browser.value(&format!("document.querySelectorAll('.column-{column} .row.mark').length"));
        assert!(seen.as_u64() > Some(0), "{column}");
    }
    // A value's definition and uses.
    browser.hover(".column-ir .row .code .value");
    assert!(browser.value("document.querySelectorAll('.column-ir .row.defines').length").as_u64() > Some(0));
    assert!(browser.value("document.querySelectorAll('.column-ir .value.marked').length").as_u64() > Some(1));
    // Keys: down in the IR, over to the machine code along what belongs together.
    browser.value("page.trace.columns.ir.rows.box.focus()");
    browser.key("Home");
    browser.key("ArrowDown");
    assert_eq!(browser.value("page.trace.columns.ir.rows.active"), 1);
    browser.key("ArrowRight");
    browser.key("ArrowRight");
    let focused = "document.activeElement === page.trace.columns.machine.rows.box";
    assert_eq!(browser.value(focused), true);
    let active = "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.getAttribute('role')";
    assert_eq!(browser.value(active), "option");
    // Columns fold, and become wider.
    browser.click(".column-bytecode .column-title");
    assert_eq!(browser.value("document.querySelector('.column-bytecode').classList.contains('folded')"), true);
    browser.click(".column-bytecode .column-title");
    let width = "document.querySelector('.column-source').offsetWidth";
    let before = browser.value(width).as_f64();
    browser.value("document.querySelector('.columns .sash').focus()");
    browser.key("ArrowRight");
    assert!(browser.value(width).as_f64() > before);
    // An exit leads to its side trace, and `u` back.
    browser.click(".column-snapshots .exit .link");
    assert_eq!(browser.value("page.dump.byKey.get(page.selected).kind"), "side");
    browser.key("u");
    assert_eq!(browser.value(&format!("page.selected === {wanted}")), true);
}

fn passes_are_gone_through(browser: &mut Browser) {
    browser.value(
        "page.open(page.dump.entries.find((entry) => entry.state === 'compiled' && entry.versions[0]?.passes.length > 1).key, \
         { show: true, focus: true })",
    );
    let last = stage(browser);
    assert!(last >= 3, "as recorded, two passes, final");
    browser.key("[");
    assert_eq!(stage(browser), last - 1);
    let changes = "document.querySelectorAll('.row.added, .row.changed, .row.removed').length";
    assert!(browser.value(changes).as_u64() > Some(0));
    browser.key("]");
    assert_eq!(stage(browser), last);
    browser.value("document.querySelector('.passes input[type=range]').focus()");
    browser.key("Home");
    assert_eq!(stage(browser), 0);
    browser.key("ArrowRight");
    assert_eq!(stage(browser), 1);
    // What passes do comes to what is compiled, in all traces.
    let differences = browser.value(
        "page.dump.entries.filter((entry) => entry.state === 'compiled' && entry.kind !== 'whole').flatMap((entry) => {
            const { stages } = stagesOf(page.dump, entry);
            const text = (one) => one.lines.map((line) => `${line.type} ${line.op} ${line.operands} ${line.snapshot}`);
            const [rebuilt, compiled] = stages.slice(-2).map(text);
            const at = compiled.findIndex((line, at) => line !== rebuilt[at]);
            return at < 0 && rebuilt.length === compiled.length ? [] : [`${entry.key}, ${at}: ${rebuilt[at]} / ${compiled[at]}`];
        })",
    );
    assert_eq!(differences, json!([]));
}

fn traces_are_searched_for(browser: &mut Browser) {
    let all = browser.value("page.list.found.length").as_u64();
    browser.key("/");
    browser.write("merge_sort");
    let found = browser.value("page.list.found.length").as_u64();
    assert!(found > Some(0) && found < all, "{found:?} of {all:?}");
    assert_eq!(browser.value("page.list.found.every((entry) => entry.functions.has('merge_sort'))"), true);
    browser.key("Enter");
    assert_eq!(browser.value("page.selected === page.list.found[0].key"), true);
    let first = browser.value("page.selected");
    browser.key("j");
    assert_ne!(browser.value("page.selected"), first);
    browser.key("k");
    assert_eq!(browser.value("page.selected"), first);
    browser.key("/");
    browser.key("Escape");
    assert_eq!(browser.value("page.list.found.length").as_u64(), all);
    browser.click(".chip.kind-loop");
    assert_eq!(browser.value("page.list.found.every((entry) => entry.kind === 'loop')"), true);
    browser.click(".chip.kind-loop");
}

fn the_graph_leads_to_traces(browser: &mut Browser) {
    browser.key("3");
    let (nodes, compiled) = (
        browser.value("document.querySelectorAll('.graph .node').length"),
        browser.value("page.dump.entries.filter((entry) => entry.state === 'compiled' && entry.kind !== 'whole').length"),
    );
    assert_eq!(nodes, compiled);
    assert!(browser.value("document.querySelectorAll('.graph .edge').length").as_u64() > Some(0));
    browser.key("0");
    browser.click(".graph .node.kind-side");
    assert_eq!(browser.value("page.tab"), "graph");
    assert_eq!(browser.value("document.querySelector('.node.selected').dataset.key === page.selected"), true);
    browser.value("page.graph.picture.focus()");
    browser.key("ArrowLeft");
    browser.key("Enter");
    assert_eq!(browser.value("page.tab"), "trace");
}

fn problems_and_log_say_what_happened(browser: &mut Browser) {
    browser.key("4");
    let problems = browser.value("document.querySelectorAll('.problem-list .card').length");
    assert!(problems.as_u64() > Some(0));
    let first = browser.value("document.querySelector('.problem-list .card').textContent");
    let first = first.as_str().expect("text");
    for part in ["cause", "at", ".pseudo:", "then"] {
        assert!(first.contains(part), "{part}: {first}");
    }
    browser.click(".problem-list .card .link-button");
    assert_eq!(browser.value("page.tab"), "source");
    assert!(browser.value("document.querySelectorAll('.line-detail .problem').length").as_u64() > Some(0));
    browser.key("5");
    assert!(browser.value("document.querySelectorAll('.log-rows .row').length").as_u64() > Some(5));
    browser.key("?");
    assert_eq!(browser.value("document.getElementById('keys').open"), true);
    browser.key("Escape");
    assert_eq!(browser.value("document.getElementById('keys').open"), false);
}

fn links_are_kept_in_the_address(browser: &mut Browser) {
    browser.key("2");
    browser.key("[");
    let (hash, selected) = (browser.value("location.hash"), browser.value("page.selected"));
    let pass = browser.value("page.trace.pass()");
    let page = folder().join("sorting.html");
    browser.open(&page, hash.as_str().expect("text"));
    assert_eq!((browser.value("page.selected"), browser.value("page.trace.pass()")), (selected, pass));
}

/// Every view, light and dark.
fn texts_are_legible(browser: &mut Browser) {
    for dark in [false, true] {
        browser.dark(dark);
        let paper = browser.value("getComputedStyle(document.body).backgroundColor");
        assert_eq!(paper == "rgb(255, 255, 255)", !dark, "{paper}");
        for tab in ["1", "2", "3", "4", "5"] {
            browser.key(tab);
            let bad = browser.value(include_str!("contrast.js"));
            assert_eq!(bad, json!([]), "view {tab}, dark: {dark}");
        }
    }
    browser.dark(false);
    // The button goes before what the system has.
    browser.key("t");
    browser.key("t");
    assert_ne!(browser.value("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
}

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
    let recorded = |event: &str| json!({"event": event, "bytecode": bytecode, "ir": ir});
    let compiled = |start: &Value| {
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
        with(recorded("recorded"), 1, 0),
        with(compiled(&a_loop), 1, 0),
        // A loop around a loop that paid, and one that did not.
        with(started(&side), 2, 0),
        with(recorded("recorded"), 2, 0),
        with(recorded("nested"), 2, 0),
        with(compiled(&a_loop), 2, 0),
        with(started(&side), 3, 0),
        with(recorded("recorded"), 3, 0),
        with(recorded("nested"), 3, 0),
        with(compiled(&side), 3, 0),
        json!({"event": "flushed", "traces": 3, "generation": 1, "exits": [{"trace": 1, "exit": 0, "count": 5, "side": 3}]}),
        with(started(&a_loop), 1, 1),
        with(recorded("recorded"), 1, 1),
        with(compiled(&a_loop), 1, 1),
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
            ["0.2", "loop", 0, [true]],
            ["0.3", "side", 0, [false]],
            ["1.1", "loop", 7, [false]],
        ])
    );
    assert_eq!(browser.value("joined.byKey.get('0.1').sides"), json!(["0.3"]));
    assert_eq!(browser.value("joined.byKey.get('0.1').exits[0].side"), "0.3");
    // Exits are counted where their guard is, not where they lead to.
    assert_eq!(browser.value("[joined.lines.get('a:3').exits, joined.lines.get('a:9')?.exits]"), json!([12, null]));
    assert_eq!(browser.value("joined.lines.get('a:2').abandoned.length"), 1);
    browser.has_no_complaints();
}

#[test]
fn a_page_of_a_program_that_was_killed_opens() {
    let Some((mut browser, _one)) = start("cut-off") else { return };
    let (whole, _) = fixture::page(30);
    let page = folder().join("cut.html");
    std::fs::write(&page, &whole[..whole.len() * 3 / 4]).expect("the folder is there");
    browser.open(&page, "");
    assert!(browser.value("page.dump.entries.length").as_u64() > Some(5));
    let notice = browser.value("document.getElementById('notice').textContent");
    assert!(notice.as_str().is_some_and(|notice| notice.contains("cut off")), "{notice}");
    browser.key("j");
    browser.key("2");
    assert!(browser.value("document.querySelectorAll('.column-ir .row').length").as_u64() > Some(0));
    browser.has_no_complaints();
}

/// Five hundred traces, two hundred thousand lines: what takes time is measured in the page. Of several times the lower quartile
/// is taken, since the machine may have other things to do.
#[test]
fn many_traces_stay_usable() {
    let Some((mut browser, _one)) = start("many") else { return };
    let (page, lines) = fixture::page(500);
    assert!(lines >= 200_000, "{lines}");
    let file = folder().join("many.html");
    std::fs::write(&file, &page).expect("the folder is there");
    browser.open(&file, "");
    let loaded = browser.value("page.tookMs").as_f64().expect("a number");
    // The largest is among them.
    let time = |browser: &mut Browser, what: &str| {
        let times = browser.value(&format!(
            "(() => {{ const times = []; for (let at = 0; at < 21; at += 1) {{ const began = performance.now(); {what};
               document.body.offsetHeight; times.push(performance.now() - began); }} return times.sort((a, b) => a - b)[5]; }})()"
        ));
        times.as_f64().expect("a number")
    };
    browser.key("2");
    let selected = time(&mut browser, "page.list.move(at % 5 ? 1 : 20)");
    let largest = time(&mut browser, "page.open(at % 2 ? '0.100' : '0.200', { show: true })");
    let searched = time(&mut browser, "page.list.find(['work_7', 'guard', '', 'line'][at % 4])");
    browser.key("3");
    let drawn = time(&mut browser, "page.graph.draw(); page.graph.fit()");
    let scrolled = time(&mut browser, "page.list.find(''); page.list.rows.scrollTo(at * 900)");
    let _ = writeln!(
        std::io::stderr(),
        "{lines} lines, {} MB: opened in {loaded:.0} ms, a trace in {selected:.0} ms, the largest in {largest:.0} ms, \
         search {searched:.0} ms, graph {drawn:.0} ms, scrolling {scrolled:.0} ms",
        page.len() / 1_000_000
    );
    // Several times what a machine takes that does nothing else.
    for (what, time, limit) in [
        ("opening", loaded, 5000.0),
        ("a trace", selected, 200.0),
        ("the largest trace", largest, 500.0),
        ("search", searched, 200.0),
        ("graph", drawn, 1000.0),
        ("scrolling", scrolled, 200.0),
    ] {
        assert!(time < limit, "{what} took {time:.0} ms");
    }
    assert_eq!(browser.value("document.querySelectorAll('.graph .node').length"), 500);
    assert!(browser.value("document.querySelectorAll('#list .row').length").as_u64() < Some(80), "only what is seen");
    browser.has_no_complaints();
}

/// The pictures in the documentation: of what is there, small enough to be kept.
#[test]
fn pictures_are_made() {
    let Some((mut browser, _one)) = start("pictures") else { return };
    let to = std::env::var_os("SCREENSHOTS").map_or_else(folder, |folder| root().join(folder));
    let page = page_of("examples/sorting.pseudo", "pictures.html");
    browser.size(1320, 780);
    let hottest = "page.list.found.find((entry) => entry.kind === 'loop' && entry.sides.length).key";
    let guard = "page.trace.data.ir.findIndex((row) => row.line.exit !== undefined && page.trace.exits[row.line.exit].side)";
    let views = [
        ("source", "page.showTab('source'); page.source.hottest()".to_string(), true),
        (
            "trace",
            format!("page.open({hottest}, {{ show: true, focus: true }}); page.trace.columns.ir.rows.activate({guard})"),
            false,
        ),
        ("passes", "page.showTab('trace'); page.trace.goTo(Math.floor(page.trace.stages.length / 2))".to_string(), true),
        ("graph", "page.showTab('graph'); page.graph.fit()".to_string(), false),
    ];
    browser.open(&page, "");
    for (name, show, dark) in views {
        browser.dark(dark);
        browser.value(&format!("{{ {show} }}"));
        let picture = browser.picture();
        assert!(picture.len() < 300_000, "{name}: {} bytes", picture.len());
        std::fs::write(to.join(format!("trace-page-{name}.png")), picture).expect("the folder is there");
    }
    browser.has_no_complaints();
}
