//! The prompt, driven by lists of lines.

use super::*;
use crate::RunOptions;

/// Lines from a list.
struct List {
    lines: std::vec::IntoIter<Line>,
    remembered: Vec<String>,
    names: Completions,
}

impl Lines for List {
    fn read(&mut self, prompt: &str) -> std::io::Result<Line> {
        assert!([PROMPT, PROMPT_MORE].contains(&prompt));
        Ok(self.lines.next().unwrap_or(Line::End))
    }

    fn remember(&mut self, entry: &str) {
        self.remembered.push(entry.to_string());
    }

    fn offer(&mut self, names: Completions) {
        self.names = names;
    }
}

/// What typing these lines shows, the exit status, and the list afterwards. `^C` stands for the key.
fn typed(lines: &[&str]) -> (String, u8, List) {
    let line = |line: &&str| if *line == "^C" { Line::Cancelled } else { Line::Text(line.to_string()) };
    let lines: Vec<Line> = lines.iter().map(line).collect();
    let mut list = List { lines: lines.into_iter(), remembered: Vec::new(), names: Completions::default() };
    let mut session = Session::new(RunOptions { capture: true, ..RunOptions::default() }).expect("there is memory");
    let mut out = Vec::new();
    let status = run(&mut session, &mut list, &mut out).expect("nothing fails");
    (String::from_utf8(out).expect("text"), status, list)
}

fn shows(lines: &[&str]) -> String {
    typed(lines).0
}

#[test]
fn values_are_shown_as_they_stand_in_containers() {
    assert_eq!(shows(&["1 + 2"]), "3\n");
    assert_eq!(
        shows(&["\"a\\n\"", "[1, \"b\"]", "nil", "", "print(1)", "let x = 5", "x", "x = 6", "x * 2"]),
        "\"a\\n\"\n[1, \"b\"]\n1\n5\n12\n"
    );
    let class = "class P fn to_string() return \"P!\" end end";
    assert_eq!(shows(&[class, "P()", "[P()]", "1; 2; 3"]), "P!\n[P!]\n3\n");
}

#[test]
fn what_is_not_finished_goes_on() {
    assert_eq!(
        shows(&["fn f(n)", "  if n > 1 then", "    return n * f(n - 1)", "  end", "  return 1", "end", "f(5)"]),
        "120\n"
    );
    assert_eq!(shows(&["[1,", "2", "]", "1 +", "2", "\"a", "b\"", "/* c", "*/ 4"]), "[1, 2]\n3\n\"a\\nb\"\n4\n");
    let (shown, _, list) = typed(&["fn f()", "^C", "7"]);
    assert_eq!((shown.as_str(), list.remembered), ("7\n", vec!["7".to_string()]));
}

#[test]
fn errors_end_nothing() {
    let shown = shows(&["let x = = 1", "y", "nil + 1", "throw 5", "8"]);
    for part in ["<1>:1:9", "`y` is not defined", "<3>:1:5", "type error", "error: 5", "8\n"] {
        assert!(shown.contains(part), "no {part} in\n{shown}");
    }
}

#[test]
fn an_error_in_an_earlier_entry_is_shown_there() {
    let shown = shows(&["fn f(x)", "  return x + nil", "end", "f(1)"]);
    assert!(shown.contains("<1>:2:12") && shown.contains("<2>:1:2"), "{shown}");
}

#[test]
fn names_can_be_declared_anew() {
    assert_eq!(
        shows(&["const C = 1", "fn f() return C end", "f()", "const C = 2", "C", "fn f() return 3 end", "f()"]),
        "1\n2\n3\n"
    );
}

#[test]
fn the_program_can_end_itself() {
    assert_eq!(typed(&["print(1)", "exit(7)", "print(2)"]).1, 7);
    assert_eq!(typed(&[".quit", "exit(7)"]).1, 0);
}

#[test]
fn loops_are_compiled_here_too() {
    let shown = shows(&["let s = 0", "for i in 0..100000 do s += i % 7 end", "s", ".stats"]);
    assert!(shown.starts_with("299995\n"), "{shown}");
    assert!(shown.contains("compiling (median)"), "{shown}");
}

#[test]
fn commands() {
    assert!(shows(&[".help"]).contains(".bytecode CODE"));
    assert!(shows(&[".bytecode 1 + x", "let x = 1", ".bytecode x + 1"]).contains("add.k"));
    assert!(shows(&[".bytecode let q = 1", "q"]).contains("`q` is not defined"));
    assert_eq!(shows(&[".bytcode 1"]), "error: there is no command `.bytcode`; did you mean `.bytecode`?\n");
    assert_eq!(shows(&[".trace maybe"]), "error: `.trace` takes `on` or `off`\n");
    assert_eq!(shows(&[".trace off", "1"]), "1\n");
}

#[test]
fn names_are_completed() {
    let class = "class Point let x = 1 fn length() return 1 end end";
    let names = typed(&[class, "let point = Point()", "let poison = 1"]).2.names;
    assert_eq!(
        names.find("po", 2),
        (0, vec!["point".into(), "poison".into(), "pop".into(), "popcount".into(), "pow".into()])
    );
    assert_eq!(names.find("1 + contin", 10), (4, vec!["continue".to_string()]));
    let (start, members) = names.find("point.le", 8);
    assert_eq!((start, members), (6, vec!["length".to_string(), "len".to_string()]));
    assert_eq!(names.find("(", 1), (1, Vec::new()));
    assert!(names.find("[1].", 4).1.contains(&"push".to_string()));
}
