//! The trace dump: its parts, its filters, its forms.

mod schema;

use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;

use pseudo::dump::record::{Record, Step};
use pseudo::dump::{Filter, Format, Parts, Request};
use pseudo::{RunOptions, Session};
use pseudo_trace::ir::{parse, text};
use pseudo_vm::syntax::source::Source;
use serde_json::Value;

/// A loop with an inlined call, a division, an array that grows, a conditional; then one of objects; then one that is given up.
const PROGRAM: &str = r#"fn triangle(n)
    return n * (n + 1) / 2
end
let x = 0
let list = []
for i in 1 to 1000 do
    if i % 3 == 0 then
        x = x + i + triangle(i)
    end
    push(list, x)
end
class Point
    fn init(x, y)
        self.x = x
        self.y = y
    end
    fn plus(other)
        return Point(self.x + other.x, self.y + other.y)
    end
end
let p = Point(0, 0.5)
for i in 0..500 do
    p = p.plus(Point(i, 1.5))
end
let text = ""
for i in 0..400 do
    try
        text = text + "%1 \"quoted\" ${i}"
        if i % 50 == 49 then throw "so many" end
    catch error
        text = ""
    end
end
print(x, len(list), p.x, p.y, len(text))
"#;

/// A writer whose text can be had afterwards.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The dump of a program that is run with these parameters.
fn dump(program: &str, params: &[&str], format: Format, conditions: &[&str]) -> String {
    let out = Shared::default();
    let mut filter = Filter::default();
    for conditions in conditions {
        filter.add(conditions).expect("conditions");
    }
    let request = Request { writer: Box::new(out.clone()), format, filter, colour: false };
    let mut options = RunOptions { capture: true, dump: Some(request), ..RunOptions::default() };
    for param in params {
        options.params.set(param).expect("a parameter");
    }
    let mut session = Session::new(options).expect("a machine");
    let outcome = session.run(Source::new("shown.pseudo", program));
    assert_eq!((outcome.status, outcome.message.as_str()), (0, ""));
    let bytes = out.0.borrow().clone();
    String::from_utf8(bytes).expect("a dump is text")
}

#[test]
fn colours_change_nothing_else() {
    let shown = |colour: bool| {
        let out = Shared::default();
        let format = Format::Text(Parts::ALL);
        let request = Request { writer: Box::new(out.clone()), format, filter: Filter::default(), colour };
        let options = RunOptions { capture: true, dump: Some(request), ..RunOptions::default() };
        Session::new(options).expect("a machine").run(Source::new("shown.pseudo", PROGRAM));
        let bytes = out.0.borrow().clone();
        String::from_utf8(bytes).expect("a dump is text")
    };
    let coloured = shown(true);
    for (code, what) in [("1", "---- trace 1"), ("2", ";"), ("33", ">"), ("36", "-> exit"), ("32", "+"), ("31", "-")] {
        assert!(coloured.contains(&format!("\x1b[{code}m{what}")), "{what:?} has no colour");
    }
    let mut plain = String::new();
    let mut pieces = coloured.split('\x1b');
    plain.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        plain.push_str(piece.split_once('m').expect("a colour ends").1);
    }
    assert_eq!(plain, shown(false));
}

fn text_of(parts: &str, conditions: &[&str]) -> String {
    let parts = Parts::parse(parts).expect("parts");
    dump(PROGRAM, &["hotexit=3", "shortloop=0"], Format::Text(parts), conditions)
}

/// The lines of a dump from one that is this to the next that is not indented.
fn sections<'d>(dump: &'d str, heading: &str) -> Vec<Vec<&'d str>> {
    let mut found: Vec<Vec<&str>> = Vec::new();
    let mut inside = false;
    for line in dump.lines() {
        if !line.starts_with(' ') {
            inside = line.starts_with(heading);
            if inside {
                found.push(Vec::new());
            }
        } else if inside {
            found.last_mut().expect("it was begun").push(line);
        }
    }
    found
}

#[test]
fn the_ir_in_a_dump_parses_back() {
    let shown = text_of("ir,snapshots", &[]);
    let (mut recorded, mut compiled) = (sections(&shown, "IR as recorded"), sections(&shown, "IR after all passes"));
    assert!(recorded.len() > 3 && compiled.len() > 3, "{shown}");
    recorded.append(&mut compiled);
    for section in recorded {
        let section = section.join("\n");
        let trace = parse::parse(&section).unwrap_or_else(|error| panic!("{error}\n{section}"));
        // Printed anew and read again it is the same, and has as many lines.
        let printed = text::print(&trace, &mut text::Names::default(), text::Style::default());
        assert_eq!(printed.lines().count(), section.lines().count(), "{section}\n{printed}");
        let words = |line: &str| -> Vec<String> {
            let line = line.split(" ; ").next().unwrap_or_default().replace("> ", " ");
            line.split_whitespace().map(|word| word.split('"').next().unwrap_or_default().to_string()).collect()
        };
        for (shown, printed) in section.lines().zip(printed.lines()) {
            if !shown.contains('"') {
                assert_eq!(words(shown), words(printed));
            }
        }
    }
}

#[test]
fn columns_are_aligned() {
    let shown = text_of("ir", &[]);
    for section in sections(&shown, "IR after all passes") {
        let of_values = section.iter().filter(|line| line.trim_start_matches([' ', '>']).starts_with('%'));
        let of_values: Vec<usize> = of_values.filter_map(|line| line.find('=')).collect();
        assert!(of_values.windows(2).all(|pair| pair[0] == pair[1]), "{section:#?}");
    }
}

#[test]
fn each_part_shows_its_own_and_no_other() {
    let headings = [
        ("events", "---- trace 1: recording loop"),
        ("bytecode", "bytecode\n"),
        ("source", "source\n"),
        ("ir", "IR after all passes"),
        ("passes", "  ~"),
        ("stages", "IR after fold\n"),
        ("snapshots", "  snapshot s0"),
        ("asm", "machine code ("),
        ("exits", "  exit 0: from %"),
        ("links", "link to its own loop"),
        ("summary", "---- summary"),
    ];
    for (part, _) in headings {
        let shown = text_of(part, &[]);
        for (other, heading) in headings {
            assert_eq!(shown.contains(heading), part == other, "{heading:?} in `{part}`:\n{shown}");
        }
    }
    let all = text_of("all", &[]);
    for (_, heading) in headings.iter().filter(|(part, _)| *part != "source") {
        assert!(all.contains(heading), "{heading:?}");
    }
    assert!(all.contains("; triangle at shown.pseudo:2: return n * (n + 1) / 2"), "{all}");
    assert_eq!(all, text_of("all", &[]), "two runs, two dumps");
}

#[test]
fn passes_are_shown_with_the_rule_that_fired() {
    let shown = text_of("passes", &[]);
    let folds = sections(&shown, "pass fold");
    let folded =
        |line: &&str| line.contains("mul.float") && line.contains("div_float_power") && line.trim().starts_with('~');
    assert!(folds.iter().flatten().any(folded), "{shown}");
    assert!(shown.lines().any(|line| line.trim().starts_with('-')), "{shown}");
    assert!(shown.lines().any(|line| line.trim().starts_with('+')), "{shown}");
}

/// So that the IR after a pass, which is made from what the pass has changed, is the one that the trace has.
#[test]
fn the_stage_after_the_last_pass_is_what_is_compiled() {
    let shown = text_of("stages,ir,snapshots", &[]);
    let words = |line: &str| -> Vec<String> {
        let line = line.split(" ; ").next().unwrap_or_default();
        line.split_whitespace().map(str::to_string).collect()
    };
    let (mut stage, mut before): (Vec<Vec<String>>, Vec<Vec<String>>) = Default::default();
    let (mut checked, mut final_one) = (0, false);
    for line in shown.lines().chain(["end"]) {
        if !line.starts_with(' ') {
            if final_one {
                assert_eq!(stage, before);
                checked += 1;
            }
            before = std::mem::take(&mut stage);
            final_one = line.starts_with("IR after all passes");
        } else if !line.starts_with("  trace ") {
            stage.push(words(line));
        }
    }
    assert!(checked > 3 && shown.contains("IR after licm\n"), "{shown}");
}

#[test]
fn filters_choose_traces_and_events() {
    let of_function = text_of("events,ir", &["function=triangle"]);
    assert!(of_function.contains("recording loop, in main at shown.pseudo:6"), "{of_function}");
    assert!(!of_function.contains("shown.pseudo:20"), "{of_function}");
    let of_line = text_of("events,ir", &["line=21..24"]);
    assert!(
        !of_line.contains("shown.pseudo:6\n") && of_line.contains("recording loop, in main at shown.pseudo:22\n"),
        "{of_line}"
    );
    let first = text_of("events,exits", &["trace=1"]);
    assert!(first.contains("---- trace 1: compiled") && !first.contains("---- trace 2"), "{first}");
    assert!(first.contains("trace 1 exit") && !first.contains("trace 3 exit"), "{first}");
    let compiled = text_of("all", &["event=compiled"]);
    assert!(compiled.contains("machine code (") && !compiled.contains("recording loop"), "{compiled}");
    let nothing = dump(PROGRAM, &[], Format::Json, &["function=nowhere"]);
    let events: Vec<String> = json_lines(&nothing).iter().map(event).collect();
    assert!(events.iter().all(|event| ["begin", "file", "ended"].contains(&event.as_str())), "{events:?}");
}

fn json_lines(dump: &str) -> Vec<Value> {
    dump.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn event(record: &Value) -> String {
    record["event"].as_str().expect("an event").to_string()
}

#[test]
fn json_is_as_its_schema_says_and_knows_all_events() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/trace-dump.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("the schema")).expect("JSON");
    let mut described: Vec<&str> = Vec::new();
    for event in schema["oneOf"].as_array().expect("events") {
        described.push(event["properties"]["event"]["const"].as_str().expect("a name"));
    }
    assert_eq!(described, Record::EVENTS);

    let waiting = "fn f(n)\n    let s = 0\n    for r in 0..n do\n        for i in 0..4 do s = s ^ (i * r) end\n    end\n    \
                   return s\nend\nprint(f(3000))";
    let many: String =
        (0..160).map(|n| format!("for i in 0..100 do\n    if i % 7 == {n} then x += i * x end\nend\n")).collect();
    let many = format!("let x = 1\n{many}");
    let runs: [(&str, &[&str]); 5] = [
        (PROGRAM, &["hotexit=3", "shortloop=0"]),
        (PROGRAM, &["maxtrace=1", "hotexit=1"]),
        (PROGRAM, &["maxrecord=3"]),
        (waiting, &[]),
        (&many, &["hotloop=2", "hotexit=2", "maxmcode=16"]),
    ];
    let mut seen = std::collections::BTreeSet::new();
    for (program, params) in runs {
        let shown = dump(program, params, Format::Json, &[]);
        for record in json_lines(&shown) {
            if let Err(error) = schema::check(&schema, &record) {
                panic!("{error}\n{record}");
            }
            seen.insert(event(&record));
        }
        assert_eq!(shown, dump(program, params, Format::Json, &[]), "two runs, two dumps");
    }
    // Loops in loops that are skipped, and profiles, are for tests of their own.
    let elsewhere = ["nested", "times"];
    let missing: Vec<_> =
        Record::EVENTS.iter().filter(|event| !elsewhere.contains(event) && !seen.contains(**event)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    // It says no as well.
    let place = serde_json::json!({"function": "f", "file": "a", "line": 1, "pc": "f0:0"});
    let waits = serde_json::json!({"event": "loop_waits", "at": place, "rounds": 3});
    assert_eq!(schema::check(&schema, &waits), Ok(()));
    for (member, value) in [("event", "waits".into()), ("rounds", (-1).into()), ("more", 1.into()), ("at", 1.into())] {
        let mut wrong = waits.clone();
        wrong[member] = value;
        assert!(schema::check(&schema, &wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_last_pass_leaves_what_is_compiled() {
    let records = Rc::new(RefCell::new(Vec::new()));
    let options = RunOptions { capture: true, dump: Some(Request::kept(Rc::clone(&records))), ..RunOptions::default() };
    Session::new(options).expect("a machine").run(Source::new("shown.pseudo", PROGRAM));
    let mut lines = 0;
    let mut checked = 0;
    for record in records.borrow().iter() {
        match record {
            Record::Recorded { ir, .. } | Record::Nested { ir, .. } => lines = ir.lines.len(),
            Record::Pass { lines: steps, gone, pass, .. } => {
                let mut now = 0;
                // Each line before is the same, changed or gone, once.
                let mut before = vec![0; lines];
                gone.iter().for_each(|gone| before[gone.was as usize] += 1);
                for step in steps {
                    match step {
                        Step::Same { same, count } => {
                            now += *count as usize;
                            (*same..same + count).for_each(|line| before[line as usize] += 1);
                        }
                        Step::Line { was, .. } => {
                            now += 1;
                            was.iter().for_each(|&was| before[was as usize] += 1);
                        }
                    }
                }
                assert!(before.iter().all(|&times| times == 1), "{pass}: {before:?}");
                lines = now;
            }
            Record::Compiled { ir, .. } => {
                assert_eq!(ir.lines.len(), lines);
                checked += 1;
            }
            _ => {}
        }
    }
    assert!(checked > 3, "{checked} traces");
}

/// A subscriber that keeps the names of events, and what they say.
#[derive(Default)]
struct Listener(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

impl tracing::Subscriber for Listener {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "pseudo"
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Text(String);
        impl tracing::field::Visit for Text {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                self.0 += &format!("{field}={value:?} ");
            }
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().expect("nobody panics").push(text.0);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn whoever_subscribes_gets_the_same_as_events() {
    let listener = Listener::default();
    let heard = std::sync::Arc::clone(&listener.0);
    tracing::subscriber::with_default(listener, || {
        let options = RunOptions { capture: true, ..RunOptions::default() };
        Session::new(options).expect("a machine").run(Source::new("shown.pseudo", PROGRAM));
    });
    let heard = heard.lock().expect("nobody panics");
    let written = dump(PROGRAM, &[], Format::Json, &[]);
    assert_eq!(heard.len(), written.lines().count());
    let started = "event=\"recording_started\" trace=1 at=main at shown.pseudo:6 ";
    assert!(heard.iter().any(|text| text.starts_with(started)), "{heard:#?}");
}
