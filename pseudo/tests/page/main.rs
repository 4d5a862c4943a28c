//! The page that `--trace-dump=html` makes, in a real browser: Chromium without a window, if one is installed.
//!
//! With `SCREENSHOTS=docs` in the environment, the pictures of the documentation are made anew:
//! `SCREENSHOTS=docs cargo test --release -p pseudo --test page`.

mod browser;
mod clicks;
mod fixture;
mod records;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use browser::Browser;

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

/// The dump of a program in this format, in a file of this name.
fn dump_of(program: &str, format: &str, options: &[&str], name: &str) -> PathBuf {
    let file = folder().join(name);
    let ran = Command::new(env!("CARGO_BIN_EXE_pseudo"))
        .current_dir(root())
        .arg(format!("--trace-dump={format}"))
        .arg("--trace-dump-file")
        .arg(&file)
        .args(options)
        .arg(program)
        .output()
        .expect("the command runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    file
}

/// Has no sample taken of a program of some milliseconds. What is sampled differs from run to run, and a sample makes compiled
/// code leave where it polls, which makes other exits hot.
const UNSAMPLED: &[&str] = &["--profile=1"];

/// The page of a program.
fn page_of(program: &str, name: &str) -> PathBuf {
    dump_of(program, "html", &[], name)
}

#[test]
fn a_page_has_the_records_that_json_has() {
    let read = |file: PathBuf| std::fs::read_to_string(file).expect("it was written");
    // A page has a profile, which changes how compiled code calls helpers.
    let json = read(dump_of("examples/collatz.pseudo", "json", UNSAMPLED, "collatz.json"));
    let page = read(dump_of("examples/collatz.pseudo", "html", UNSAMPLED, "collatz.html"));
    let (_, records) = page.split_once("id=\"records\">").expect("an element for records");
    let (records, _) = records.split_once("</script>").expect("its end");
    let records = records.trim_start().replace("\\u003c", "<");
    let is_of_times = |line: &&str| line.starts_with("{\"event\":\"times\"");
    let (times, page): (Vec<&str>, Vec<&str>) = records.lines().partition(is_of_times);
    let (same, json): (Vec<&str>, Vec<&str>) = json.lines().partition(is_of_times);
    assert_eq!((times.len(), same.len()), (1, 1));
    assert_eq!(page, json);
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

#[test]
fn a_page_without_traces_says_so() {
    let Some((mut browser, _one)) = start("empty") else { return };
    let page = folder().join("none.html");
    std::fs::write(&page, fixture::page(0).0).expect("the folder is there");
    browser.open(&page, "");
    for key in ["h", "j", "2", "[", "4", "5", "3", "0"] {
        browser.key(key);
    }
    let status = browser.value("document.querySelector('.graph-status').textContent");
    assert!(status.as_str().is_some_and(|status| status.starts_with("No traces")), "{status}");
    browser.has_no_complaints();
}

/// Five hundred traces, two hundred thousand lines. It is told how long the page's thread computes; what is tested is that only
/// what can be seen is in the document, which keeps it short.
#[test]
fn many_traces_stay_usable() {
    const ROUNDS: u32 = 20;
    let Some((mut browser, _one)) = start("many") else { return };
    let (page, lines) = fixture::page(500);
    assert!(lines >= 200_000, "{lines}");
    let file = folder().join("many.html");
    std::fs::write(&file, &page).expect("the folder is there");
    let began = browser.computed_ms();
    browser.open(&file, "");
    let loaded = browser.computed_ms() - began;
    // On average, with the layout that follows, and with what is done later.
    let time = |browser: &mut Browser, what: &str| {
        let began = browser.computed_ms();
        browser.value(&format!("for (let at = 0; at < {ROUNDS}; at += 1) {{ {what}; document.body.offsetHeight; }}"));
        browser.settle();
        (browser.computed_ms() - began) / f64::from(ROUNDS)
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
    browser.size(1360, 760);
    let hottest = "page.list.found.find((entry) => entry.kind === 'loop' && entry.sides.length).key";
    let guard =
        "page.trace.data.ir.findIndex((row) => row.line.exit !== undefined && page.trace.exits[row.line.exit].side)";
    // The pass that has changed most.
    let changes = "document.activeElement.blur(); page.trace.columns.ir.rows.activate(-1, true); \
        page.trace.goTo(page.trace.stages.map((one) => one.changed + one.gone.length) \
        .reduce((best, count, at, all) => (count > all[best] ? at : best), 0))";
    let views = [
        ("source", "page.showTab('source'); page.source.hottest()".to_string(), true),
        (
            "trace",
            format!(
                "page.open({hottest}, {{ show: true, focus: true }}); page.trace.columns.ir.rows.activate({guard})"
            ),
            false,
        ),
        ("passes", format!("page.showTab('trace'); document.body.classList.add('no-list'); {changes}"), true),
        ("graph", "document.body.classList.remove('no-list'); page.showTab('graph')".to_string(), false),
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
