//! Messages about a program's text: collected while it is read, sorted and rendered once it has been.
//!
//! A [`Diagnostic`] is a sentence, the place it is about with a label that says what was expected there, further places,
//! and help. It is plain data, so that tests, editors and an interactive prompt can look at it too. The drawing is
//! `annotate-snippets`' work. That looks at all of the text it is given, for each message anew, so it is given little:
//! the lines with labels, each line cut to the neighbourhood of its labels. The cost of a message does not depend on
//! the size of the file.

use std::rc::Rc;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::lexer::unicode_invisible;
use super::source::{Source, Span};

/// How grave it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// The program can't run.
    Error,
    /// It can, but something is odd.
    Warning,
}

/// A place with something to say about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Where. Empty spans, and the end of the file, are drawn as one character.
    pub span: Span,
    /// What; may be empty.
    pub text: String,
}

/// One message about one file. What it consists of is on the heap: the parser makes messages in functions that recurse,
/// whose frames would else have room for several.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic(Box<Message>);

/// What a [`Diagnostic`] consists of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// How grave.
    pub severity: Severity,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// Where it is wrong; usually says what was expected.
    pub primary: Label,
    /// Other places that explain it.
    pub secondary: Vec<Label>,
    /// Places in other files that explain it.
    pub elsewhere: Vec<(Rc<Source>, Label)>,
    /// What to do about it.
    pub help: Vec<String>,
    /// What else to know.
    pub notes: Vec<String>,
    /// Whether more text could mend it: an interactive prompt then asks for another line.
    pub incomplete: bool,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, span, message.into())
    }

    /// A warning at a place.
    pub fn warning(span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, span, message.into())
    }

    #[inline(never)]
    fn new(severity: Severity, span: Span, message: String) -> Diagnostic {
        Diagnostic(Box::new(Message {
            severity,
            message,
            primary: Label { span, text: String::new() },
            secondary: Vec::new(),
            elsewhere: Vec::new(),
            help: Vec::new(),
            notes: Vec::new(),
            incomplete: false,
        }))
    }

    /// As one that more text could mend.
    pub fn incomplete(mut self) -> Diagnostic {
        self.incomplete = true;
        self
    }

    /// With this label at its place.
    pub fn label(mut self, text: impl Into<String>) -> Diagnostic {
        self.primary.text = text.into();
        self
    }

    /// With another place and its label.
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// With a place in another file and its label.
    pub fn also_in(mut self, source: &Rc<Source>, span: Span, text: impl Into<String>) -> Diagnostic {
        self.elsewhere.push((source.clone(), Label { span, text: text.into() }));
        self
    }

    /// With advice.
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help.push(text.into());
        self
    }

    /// With a remark.
    pub fn note(mut self, text: impl Into<String>) -> Diagnostic {
        self.notes.push(text.into());
        self
    }

    /// The message as text that ends with a newline: in the form of rustc's, with colours if asked for.
    pub fn render(&self, source: &Source, colour: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = Group::with_title(level.primary_title(self.message.as_str()));
        let labels = std::iter::once((&self.primary, true)).chain(self.secondary.iter().map(|label| (label, false)));
        let mut shown: Vec<(&Source, Window<'_>)> =
            windows(source, labels).into_iter().map(|window| (source, window)).collect();
        for (source, label) in &self.elsewhere {
            shown.extend(windows(source, [(label, false)]).into_iter().map(|window| (&**source, window)));
        }
        let any_cut = shown.iter().any(|(_, window)| window.cut);
        for (source, window) in shown {
            let mut snippet = Snippet::source(window.text).line_start(window.first_line as usize);
            if window.cut {
                // The renderer would count the column in what is left of the line.
                let (line, column) = (source.line(window.place), source.column(window.place));
                let origin = Origin::path(source.name.as_str()).line(line as usize).char_column(column as usize);
                group = group.element(origin);
            } else {
                snippet = snippet.path(source.name.as_str());
            }
            group = group.element(snippet.annotations(window.labels.into_iter().map(|label| {
                let kind = if label.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
                kind.span(label.start..label.end).label((!label.text.is_empty()).then_some(label.text))
            })));
        }
        let notes = self.notes.iter().map(|text| Element::from(Level::NOTE.message(text.as_str())));
        let help = self.help.iter().map(|text| Element::from(Level::HELP.message(text.as_str())));
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let rendered = renderer.render(&[group.elements(notes.chain(help))]);
        // Between a place given on its own and its excerpt the renderer draws where a file would be named.
        let lines = rendered.lines().filter(|line| !any_cut || without_colours(line).trim() != NO_FILE);
        lines.flat_map(|line| [line, "\n"]).collect()
    }
}

/// The parts of the text to show for these labels, each with whether it is primary: the one with the primary label
/// first, since the first gives the message its place. Neighbouring lines share a window, so that the drawing joins
/// them.
fn windows<'d>(source: &Source, labels: impl IntoIterator<Item = (&'d Label, bool)>) -> Vec<Window<'d>> {
    let mut lines: Vec<LineLabels<'_>> = Vec::new();
    for (label, primary) in labels {
        let start = (label.span.start as usize).min(source.text.len());
        let line = source.line(start as u32);
        let line_start = source.line_start(line) as usize;
        let length = source.line_text(line).len();
        // A label marks its first line only: what spans lines is marked by where it begins.
        let start = (start - line_start).min(length);
        let end = (label.span.end as usize).saturating_sub(line_start).clamp(start, length);
        let label = PlacedLabel { start, end, text: &label.text, primary };
        match lines.iter_mut().find(|other| other.line == line) {
            Some(other) => other.labels.push(label),
            None => lines.push(LineLabels { line, labels: vec![label] }),
        }
    }
    lines.sort_by_key(|line| line.line);
    let mut windows: Vec<Window<'_>> = Vec::new();
    for LineLabels { line, labels } in lines {
        // Lines in between are shown if they are few and short; a gap is drawn as dots otherwise.
        let joins = windows.last().is_some_and(|last| line - last.last_line() <= GAP_MAX + 1);
        if !joins {
            windows.push(Window::new(line, source.line_start(line)));
        }
        let window = windows.last_mut().expect("one has just been pushed");
        while window.first_line + window.line_count < line {
            let between = source.line_text(window.first_line + window.line_count);
            window.push_line(between, Vec::new());
        }
        let first = labels.iter().find(|label| label.primary);
        if let Some(label) = first.or(labels.first().filter(|_| window.labels.is_empty())) {
            window.place = source.line_start(line) + label.start as u32;
        }
        window.push_line(source.line_text(line), labels);
    }
    windows.sort_by_key(|window| !window.labels.iter().any(|label| label.primary));
    windows
}

impl std::ops::Deref for Diagnostic {
    type Target = Message;

    fn deref(&self) -> &Message {
        &self.0
    }
}

impl std::ops::DerefMut for Diagnostic {
    fn deref_mut(&mut self) -> &mut Message {
        &mut self.0
    }
}

/// As many lines without a label are shown between two that have one.
const GAP_MAX: u32 = 3;

/// As many bytes of a line are shown on either side of its labels.
const MARGIN: usize = 200;

/// A label within a line (later: within a window), in bytes.
struct PlacedLabel<'d> {
    start: usize,
    end: usize,
    text: &'d str,
    primary: bool,
}

struct LineLabels<'d> {
    line: u32,
    labels: Vec<PlacedLabel<'d>>,
}

/// Lines to draw together.
struct Window<'d> {
    first_line: u32,
    line_count: u32,
    text: String,
    labels: Vec<PlacedLabel<'d>>,
    /// The place that stands for the window.
    place: u32,
    /// Whether a line lacks its beginning.
    cut: bool,
}

impl<'d> Window<'d> {
    fn new(first_line: u32, place: u32) -> Window<'d> {
        Window { first_line, line_count: 0, text: String::new(), labels: Vec::new(), place, cut: false }
    }

    fn last_line(&self) -> u32 {
        self.first_line + self.line_count - 1
    }

    /// Appends a line, cut to what is near its first label. Labels too far from that are moved to the cut.
    fn push_line(&mut self, line: &str, labels: Vec<PlacedLabel<'d>>) {
        if self.line_count > 0 {
            self.text.push('\n');
        }
        self.line_count += 1;
        let first = labels.iter().find(|label| label.primary).or(labels.first()).map_or(0, |label| label.start);
        let last = labels.iter().map(|label| label.end).max().unwrap_or(0);
        let from = line.floor_char_boundary(first.saturating_sub(MARGIN));
        let to = line.ceil_char_boundary(last.clamp(first, first + MARGIN) + MARGIN);
        if from > 0 {
            self.text.push_str(CUT);
            self.cut = true;
        }
        let base = self.text.len();
        let shown = line.get(from..to).unwrap_or("");
        // What would move the cursor or reorder text is replaced by what is as long; other control characters are drawn
        // by the renderer.
        self.text.extend(shown.chars().map(|c| match c {
            '\r' => ' ',
            _ if unicode_invisible(c) => char::REPLACEMENT_CHARACTER,
            _ => c,
        }));
        if to < line.len() {
            self.text.push_str(CUT);
        }
        self.labels.extend(labels.into_iter().map(|label| PlacedLabel {
            start: base + label.start.clamp(from, to) - from,
            end: base + label.end.clamp(from, to) - from,
            ..label
        }));
    }
}

/// What the renderer draws on a line of its own for an excerpt without a file's name.
const NO_FILE: &str = ":::";

/// A line without the sequences that change colours.
fn without_colours(line: &str) -> String {
    let mut pieces = line.split('\u{1b}');
    let first = pieces.next().unwrap_or_default().to_string();
    pieces.fold(first, |plain, piece| plain + piece.split_once('m').map_or("", |(_, rest)| rest))
}

/// Stands for the part of a long line that is not shown.
const CUT: &str = "...";

/// The messages about one file.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// No messages yet.
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }

    /// Takes one more.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Whether there are none, warnings included.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// All of them, to add to what they say.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Diagnostic> {
        self.list.iter_mut()
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether more text could mend every error: what an interactive prompt wants to know.
    pub fn is_incomplete(&self) -> bool {
        let mut errors = self.list.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).peekable();
        errors.peek().is_some() && errors.all(|error| error.incomplete)
    }

    /// Puts them in the order of their places. Stable: those of one place stay as they came.
    pub fn sort(&mut self) {
        self.list.sort_by_key(|diagnostic| diagnostic.primary.span.start);
    }

    /// All of them as text, in the order of their places, with an empty line between them.
    pub fn render(&self, source: &Source, colour: bool) -> String {
        let mut sorted: Vec<&Diagnostic> = self.list.iter().collect();
        sorted.sort_by_key(|diagnostic| diagnostic.primary.span.start);
        let texts: Vec<String> = sorted.iter().map(|diagnostic| diagnostic.render(source, colour)).collect();
        texts.join("\n")
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use std::time::{Duration, Instant};

    fn check(text: &str, diagnostic: Diagnostic, expected: Expect) {
        expected.assert_eq(&diagnostic.render(&Source::new("a.pseudo", text), false));
    }

    fn at(start: u32, end: u32) -> Diagnostic {
        Diagnostic::error(Span::new(start, end), "it is wrong").label("here")
    }

    #[test]
    fn one_line() {
        check(
            "x = 1 +\n",
            at(6, 7).help("mend it").note("it matters"),
            expect![[r#"
                error: it is wrong
                 --> a.pseudo:1:7
                  |
                1 | x = 1 +
                  |       ^ here
                  |
                  = note: it matters
                  = help: mend it
            "#]],
        );
    }

    #[test]
    fn several_places() {
        let text = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n";
        check(
            text,
            at(4, 7).also(Span::new(14, 18), "near"),
            expect![[r#"
                error: it is wrong
                 --> a.pseudo:2:1
                  |
                2 | two
                  | ^^^ here
                3 | three
                4 | four
                  | ---- near
            "#]],
        );
        check(
            text,
            at(28, 33).also(Span::new(0, 3), "far"),
            expect![[r#"
                error: it is wrong
                 --> a.pseudo:7:1
                  |
                7 | seven
                  | ^^^^^ here
                  |
                 ::: a.pseudo:1:1
                  |
                1 | one
                  | --- far
            "#]],
        );
        check(
            text,
            at(0, 1).also(Span::new(2, 3), "same line"),
            expect![[r#"
                error: it is wrong
                 --> a.pseudo:1:1
                  |
                1 | one
                  | ^ - same line
                  | |
                  | here
            "#]],
        );
    }

    #[test]
    fn ends_of_files() {
        check(
            "",
            at(0, 0),
            expect![[r#"
                error: it is wrong
                 --> a.pseudo:1:1
                  |
                1 |
                  | ^ here
            "#]],
        );
        check(
            "x",
            at(1, 1),
            expect![[r#"
                error: it is wrong
                 --> a.pseudo:1:2
                  |
                1 | x
                  |  ^ here
            "#]],
        );
        check(
            "x\n",
            at(2, 2),
            expect![[r#"
                error: it is wrong
                 --> a.pseudo:2:1
                  |
                2 |
                  | ^ here
            "#]],
        );
        check(
            "x\r\ny\r\n",
            at(0, 1).also(Span::new(4, 6), "over the line's end"),
            expect![[r#"
                error: it is wrong
                 --> a.pseudo:1:1
                  |
                1 | x
                  | ^ here
                2 | y
                  |  - over the line's end
            "#]],
        );
        check(
            "x",
            at(100, 200),
            expect![[r#"
                error: it is wrong
                 --> a.pseudo:1:2
                  |
                1 | x
                  |  ^ here
            "#]],
        );
    }

    #[test]
    fn odd_characters() {
        check(
            "\tx\ty",
            at(3, 4),
            expect![[r#"
                error: it is wrong
                 --> a.pseudo:1:4
                  |
                1 |     x    y
                  |          ^ here
            "#]],
        );
        check(
            "\"名前\" + x + y",
            at(13, 14).also(Span::new(9, 10), "there"),
            expect![[r#"
            error: it is wrong
             --> a.pseudo:1:10
              |
            1 | "名前" + x + y
              |        -   ^ here
              |        |
              |        there
        "#]],
        );
        check(
            "é€ x \u{1b}[31m y\rz",
            at(6, 7),
            expect![[r#"
                error: it is wrong
                 --> a.pseudo:1:4
                  |
                1 | é€ x ␛[31m y z
                  |    ^ here
            "#]],
        );
        check(
            "a\nb c\nd",
            at(2, 7),
            expect![[r#"
                error: it is wrong
                 --> a.pseudo:2:1
                  |
                2 | b c
                  | ^^^ here
            "#]],
        );
    }

    #[test]
    fn long_lines_are_cut() {
        let text = format!("{}bad{}", "é ".repeat(500), " x".repeat(500));
        check(
            &text,
            at(1500, 1503),
            expect![[r#"
                error: it is wrong
                 --> a.pseudo:1:1001
                  |
                1 | ... é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é bad x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x...
                  |                                                                 ^^^ here
            "#]],
        );
        check(
            &text,
            at(1500, 1503).also(Span::new(0, 2), "far left"),
            expect![[r#"
                error: it is wrong
                 --> a.pseudo:1:1001
                  |
                1 | ...é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é bad x ...
                  |    - far left                                                                                                                            ^^^ here
            "#]],
        );
    }

    #[test]
    fn colours_are_a_switch() {
        let source = Source::new("a.pseudo", "x");
        assert!(at(0, 1).render(&source, true).contains("\u{1b}["));
        assert!(!at(0, 1).render(&source, false).contains('\u{1b}'));
        let cut = Source::new("a.pseudo", "x ".repeat(500));
        let [plain, coloured] = [false, true].map(|colour| at(500, 501).render(&cut, colour));
        assert_eq!(coloured.lines().map(without_colours).collect::<Vec<_>>().join("\n") + "\n", plain);
    }

    #[test]
    fn the_cost_does_not_depend_on_the_file() {
        let begin = Instant::now();
        for text in ["x = 1\n".repeat(1_000_000), "x ".repeat(3_000_000)] {
            let source = Source::new("a.pseudo", text);
            for at_byte in (0..source.text.len() as u32).step_by(10_000) {
                let diagnostic = at(at_byte, at_byte + 1).also(Span::new(0, 1), "first");
                diagnostic.render(&source, false);
            }
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    }

    #[test]
    fn incomplete_input() {
        let mut diagnostics = Diagnostics::new();
        assert!(!diagnostics.is_incomplete());
        diagnostics.push(at(0, 0).incomplete());
        assert!(diagnostics.is_incomplete());
        diagnostics.push(at(0, 0));
        assert!(!diagnostics.is_incomplete());
    }
}
