//! Tests of the parser: source and the tree it makes, source and the messages it gives, sources that must not hurt.

mod errors;
mod stress;
mod trees;

use bumpalo::Bump;

use crate::syntax::diagnostics::Diagnostics;
use crate::syntax::names::Names;
use crate::syntax::source::Source;
use crate::syntax::{parse, sexpr};

/// The tree as text, and the messages as text.
fn parse_text(text: &str) -> (String, String) {
    let (arena, mut names, mut diagnostics) = (Bump::new(), Names::new(), Diagnostics::new());
    let source = Source::new("a.pseudo", text);
    let module = parse(&source, &arena, &mut names, &mut diagnostics);
    (sexpr::print(&module, &names), diagnostics.render(&source, false))
}

/// The messages of a text: their places and first lines.
fn messages(text: &str) -> Vec<String> {
    let (arena, mut names, mut diagnostics) = (Bump::new(), Names::new(), Diagnostics::new());
    let source = Source::new("a.pseudo", text);
    parse(&source, &arena, &mut names, &mut diagnostics);
    let show = |diagnostic: &crate::syntax::diagnostics::Diagnostic| {
        let at = diagnostic.primary.span.start;
        format!("{}:{} {}", source.line(at), source.column(at), diagnostic.message)
    };
    diagnostics.iter().map(show).collect()
}
