//! A real program's page, clicked through: with the mouse, with keys, in every view, light and dark.

use serde_json::json;

use crate::browser::Browser;
use crate::{UNSAMPLED, dump_of, folder, start};

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
    browser.open(&dump_of("examples/sorting.pseudo", "html", UNSAMPLED, "sorting.html"), "");
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
    let wanted =
        "page.dump.entries.find((entry) => entry.kind === 'loop' && entry.sides.length && entry.exits.length > 3).key";
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
    let active =
        "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.getAttribute('role')";
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
        browser
            .value("page.dump.entries.filter((entry) => entry.state === 'compiled' && entry.kind !== 'whole').length"),
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
    browser.wait("location.hash === page.hashNow() && location.hash.includes('pass=')");
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
            if tab == "2" {
                browser.value("page.trace.goTo(1); page.trace.select('source', 3)");
                browser.settle();
            }
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
