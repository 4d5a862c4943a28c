//! Texts that must not hurt: too deep, too long, cut off, changed at random, or no program at all. Whatever comes, the
//! parser gives a tree and messages, in linear time, without overflowing a stack of 2 MB.

use std::time::{Duration, Instant};

use bumpalo::Bump;

use super::messages;
use crate::syntax::ast::{Expr, ExprKind, StmtKind};
use crate::syntax::diagnostics::{Diagnostic, Diagnostics};
use crate::syntax::names::Names;
use crate::syntax::parse;
use crate::syntax::parser::DEPTH_MAX;
use crate::syntax::source::Source;
use crate::syntax::token::KEYWORDS;

const MANY: usize = if cfg!(miri) { 1_000 } else { 100_000 };

/// Parses on a thread with as little stack as threads have by default, and says what was reported, and how often.
fn parse_with_little_stack(text: String) -> Vec<String> {
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    thread.spawn(move || messages(&text)).expect("a thread").join().expect("no panic")
}

/// Everything that nests: what is repeated, what stands in the middle, what closes it.
const NESTING: &[(&str, &str, &str)] = &[
    ("(", "1", ")"),
    ("[", "1", "]"),
    ("{a: ", "1", "}"),
    ("f(", "1", ")"),
    ("a[", "1", "]"),
    ("-", "1", ""),
    ("~", "1", ""),
    ("not ", "1", ""),
    ("\"${", "1", "}\""),
    ("if a then b else ", "1", " end"),
    ("if a then ", "b", " end\n"),
    ("if a then b else ", "if a then b end", " end\n"),
    ("while a do ", "b", " end\n"),
    ("for a in b do ", "b", " end\n"),
    ("loop ", "b", " end\n"),
    ("repeat ", "b", " until c\n"),
    ("try ", "b", " finally end\n"),
    ("try catch ", "b", " end\n"),
    ("fn f() ", "b", " end\n"),
    ("x = fn() ", "b", " end\n"),
    ("fn(a = ", "b", ") end"),
    ("class A fn f() ", "b", " end end\n"),
    ("match a case 1 then ", "b", " end\n"),
    ("match a case 1 -> ", "b", " end\n"),
    ("match a else ", "b", " end\n"),
    ("a or b and c == d .. e | f ^ g & h << i + j * (", "k", ")"),
    ("(if a and ", "b", " then c else d end)"),
    ("f(fn() return [", "b", "] end)"),
    ("0 + if a then ", "b", " else c end"),
    ("0 + if a then b else ", "b", " end"),
    ("0 + if ", "b", " then a else c end"),
    ("match a case n if fn() ", "b", " end then end\n"),
    ("class A let x = fn() ", "b", " end end\n"),
    ("\"${fn() ", "b", " end}\""),
    ("if fn() ", "b", " end then end\n"),
    ("x = {(fn() ", "b", " end): 1}\n"),
    ("enum E A = fn() ", "b", " end end\n"),
];

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    for &(open, middle, close) in NESTING {
        // The full number for the two that people try first; less shows the same for the others.
        let depth = if matches!(open, "(" | "if a then ") { MANY } else { MANY / 10 };
        for closed in [true, false] {
            let close = if closed { close } else { "" };
            let text = format!("x = 1\n{}{middle}{}", open.repeat(depth), close.repeat(depth));
            let found = parse_with_little_stack(text);
            let deep = found.iter().filter(|message| message.ends_with("nested too deeply")).count();
            // A string that is not closed is all that is said about its inside.
            assert_eq!(
                deep,
                usize::from(closed || !open.starts_with('"')),
                "{open:?}: {:?}",
                &found[..found.len().min(5)]
            );
            assert!(found.len() < 4, "{open:?}, closed: {closed}: {} messages, first {:?}", found.len(), &found[..4]);
        }
    }
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        let text = format!("match a case {}b{} then end", open.repeat(MANY), close.repeat(MANY));
        assert_eq!(parse_with_little_stack(text).len(), 1, "{open}");
    }
}

#[test]
fn nesting_up_to_the_limit_is_fine() {
    // A statement takes a level, and what is innermost another.
    let depth = DEPTH_MAX as usize - 2;
    for (open, close) in [("(", ")"), ("-", ""), ("not ", ""), ("[", "]"), ("\"${", "}\"")] {
        let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        assert_eq!(parse_with_little_stack(text), [""; 0], "{open}");
    }
    let text = format!("{}x{}", "if a then\n".repeat(depth), "\nend".repeat(depth));
    assert_eq!(parse_with_little_stack(text), [""; 0]);
}

#[test]
fn long_chains_cost_no_depth() {
    for link in [" + 1", " and 1", " or 1", "(1)", "[1]", ".a", ".a(1)[2]", " * 2 + 1", "\n.a()"] {
        let text = format!("x = a{}", link.repeat(MANY));
        assert_eq!(parse_with_little_stack(text), [""; 0], "{link:?}");
    }
    let many = |link: &str| link.repeat(MANY);
    for text in [
        format!("if a then {}end", many("elif b then ")),
        format!("x = if a then b {}else c end", many("elif b then c ")),
        format!("f({})", many("1, ")),
        format!("x = \"{}\"", many("${a}")),
        format!("match a {}end", many("case 1, 2 then b ")),
        format!("class A {}end", (0..MANY).map(|i| format!("let a{i} ")).collect::<String>()),
        format!("/*{}*/", many("/* */")),
        many("x = 1\n"),
        many(";"),
    ] {
        assert_eq!(parse_with_little_stack(text.clone()), [""; 0], "{:?}", &text[..20]);
    }
}

#[test]
fn long_chains_lean_to_the_left() {
    let (arena, mut names, mut diagnostics) = (Bump::new(), Names::new(), Diagnostics::new());
    let source = Source::new("a", format!("1{}", " + 1".repeat(MANY)));
    let module = parse(&source, &arena, &mut names, &mut diagnostics);
    let StmtKind::Expr(mut expression) = module.body[0].kind else { panic!("{:?}", module.body[0].span) };
    let mut length = 0;
    while let Expr { kind: ExprKind::Binary { left, .. }, .. } = expression {
        (expression, length) = (left, length + 1);
    }
    assert_eq!(length, MANY);
}

#[test]
fn time_is_linear() {
    let begin = Instant::now();
    let many = |piece: &str| piece.repeat(MANY / 5);
    for text in [
        many("f(a b)\n"),
        many("f(\n"),
        many("(\n1 2"),
        many("x = [1, 2\n"),
        many("if a then\n"),
        many("end\n"),
        many("x = )\n"),
        many("1 2 "),
        many("\"a${b\n"),
        many("\"a\n"),
        many("/*"),
        many("\\u{"),
        many("\"\\u{\""),
        many("x = if a then b\n"),
        many("match a case "),
        many("fn f("),
        many("class A x "),
        many("enum E 1 "),
        many("@"),
        many("@a"),
        many("a = b "),
        many("f(fn() return 1, 2 end)\n"),
        many("return 1, 2 "),
        many("a ,"),
        format!("return {}", many("1, 2; ")),
        many("if a = 1 then else else end "),
        many("repeat end "),
        "\u{200b}".repeat(MANY),
        "a".repeat(MANY),
        "1".repeat(MANY),
    ] {
        let source = Source::new("a", text);
        let (arena, mut names, mut diagnostics) = (Bump::new(), Names::new(), Diagnostics::new());
        let one = Instant::now();
        parse(&source, &arena, &mut names, &mut diagnostics);
        let taken = one.elapsed();
        assert!(taken < Duration::from_secs(20), "{:?} takes {taken:?}", source.line_text(1).get(..20));
    }
    assert!(begin.elapsed() < Duration::from_secs(200), "{:?}", begin.elapsed());
}

/// A small generator (xorshift64*), the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below
    }
}

/// Pieces that programs are made of, beside the keywords.
const PIECES: &[&str] = &[
    "a",
    "b",
    "f",
    "to",
    "step",
    "as",
    "output",
    "input",
    "function",
    "elseif",
    "1",
    "2.5",
    "0x1f",
    "9223372036854775808",
    "\"s\"",
    "'t'",
    "\"",
    "'",
    "${",
    "\"a${",
    "}b\"",
    "\\",
    "$",
    "_",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "|",
    "^",
    "~",
    "<<",
    ">>",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "=",
    "+=",
    "<<=",
    "..",
    "...",
    ".",
    "->",
    ",",
    ":",
    ";",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "\t",
    "//",
    "/*",
    "*/",
    "@",
    "#",
    "!",
    "&&",
    "é",
    "\u{200b}",
    "\u{1F600}",
    "++",
    "--",
];

/// A program with everything in it.
const PROGRAM: &str = r#"#!pseudo
import "a.pseudo"
from "b.pseudo" import c, d as e
const LIMIT = 0xFF
let a, b = 1, 2.5e-3
fn add(x, y = x + 1, rest...) return x * (y - 1) end
class Point extends Base
  let x = 0
  static let ORIGIN = nil
  fn init(x, y) super.init(x); self.x = x end
  static fn origin() return Point(0, 0) end fn
end
enum Color Red, Green = 5
  Blue
end
if a < b and not c then output "a ${b + "${c}"}" elif d in e then x += 1 else a[i], b.f = b.f, a[i] end
for i in 0..10 step 2 do continue end
for k, v in {a: 1, "b": 2, (c): [1, 2,]} do break end
for i in 10 to 0 step -1 do end
while true do input x end
repeat x -= 1 until x <= 0
loop throw Error("x") end
match v
  case 1, -2 then f()
  case [x, {k: _}] if x > 1 -> g(fn(z) return z end)
  case Color.Red then nil
  else -> h()
end
try f() catch e print(e) finally g() end
let t = if a then b elif c then d else e end
  .foo()
"#;

/// Parses, and draws some of the messages: that must not panic either.
fn survive(text: &str) {
    let source = Source::new("a.pseudo", text);
    let (arena, mut names, mut diagnostics) = (Bump::new(), Names::new(), Diagnostics::new());
    parse(&source, &arena, &mut names, &mut diagnostics);
    let places: Vec<u32> = diagnostics.iter().map(|diagnostic| diagnostic.primary.span.start).collect();
    assert!(places.is_sorted(), "messages out of order in {text:?}");
    for diagnostic in diagnostics.iter().take(3) {
        let spans = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary).map(|label| label.span);
        for span in spans {
            assert!(
                span.start <= span.end && span.end as usize <= text.len(),
                "{span:?} of {diagnostic:?} in {text:?}"
            );
            assert!(text.is_char_boundary(span.start as usize), "{span:?} of {diagnostic:?} in {text:?}");
        }
        assert!(!Diagnostic::render(diagnostic, &source, false).is_empty());
    }
}

#[test]
fn token_soup() {
    let mut random = Random(0x5eed);
    let rounds = if cfg!(miri) { 20 } else { 5_000 };
    for _ in 0..rounds {
        let mut text = String::new();
        for _ in 0..random.next(60) {
            match random.next(3) {
                0 => text.push_str(KEYWORDS[random.next(KEYWORDS.len())].0),
                _ => text.push_str(PIECES[random.next(PIECES.len())]),
            }
            if random.next(4) > 0 {
                text.push(' ');
            }
        }
        survive(&text);
    }
}

#[test]
fn the_program_is_right() {
    assert_eq!(messages(PROGRAM), [""; 0]);
}

#[test]
fn cut_off_programs() {
    let step = if cfg!(miri) { 97 } else { 1 };
    for end in (0..PROGRAM.len()).step_by(step) {
        survive(&PROGRAM[..end]);
        survive(&PROGRAM[end..]);
    }
}

#[test]
fn changed_programs() {
    let mut random = Random(0xfeed);
    let rounds = if cfg!(miri) { 20 } else { 5_000 };
    for _ in 0..rounds {
        let mut text = PROGRAM.to_string();
        for _ in 0..=random.next(4) {
            let at = random.next(text.len());
            match random.next(4) {
                0 => {
                    text.remove(at);
                }
                1 => text.insert_str(at, PIECES[random.next(PIECES.len())]),
                2 => text.insert_str(at, KEYWORDS[random.next(KEYWORDS.len())].0),
                _ => {
                    let end = (at + random.next(30)).min(text.len());
                    if text.is_char_boundary(at) && text.is_char_boundary(end) {
                        let piece = text[at..end].to_string();
                        text.replace_range(at..end, "");
                        let to = text.floor_char_boundary(random.next(text.len()));
                        text.insert_str(to, &piece);
                    }
                }
            }
            // What was inserted may have several bytes, and the next change must not fall inside.
            if !text.is_ascii() {
                break;
            }
        }
        survive(&text);
    }
}
