//! `match`: which names of a pattern are constants to compare with, and which are variables of the case.

use rustc_hash::FxHashMap;

use super::{Place, Resolver};
use crate::syntax::ast::{Block, Case, Expr, Name, Pattern, PatternKind, Symbol};
use crate::syntax::diagnostics::Diagnostic;
use crate::syntax::source::Span;

/// The names that a pattern binds, in order.
#[derive(Default)]
struct Bound {
    names: Vec<Name>,
    spans: FxHashMap<Symbol, Span>,
}

impl Resolver<'_> {
    pub(super) fn match_statement(&mut self, subject: &Expr<'_>, cases: &[Case<'_>], otherwise: Option<Block<'_>>) {
        self.expression(subject);
        cases.iter().for_each(|case| self.case(case));
        otherwise.into_iter().for_each(|body| self.block(body));
    }

    fn case(&mut self, case: &Case<'_>) {
        self.scopes.enter();
        // A pattern does not see the names that it binds, nor those of other alternatives.
        let alternatives: Vec<Bound> = case.patterns.iter().map(|pattern| self.bound_names(pattern)).collect();
        self.check_alternatives(case, &alternatives);
        let mut declared: FxHashMap<Symbol, Option<Place>> = FxHashMap::default();
        for &name in alternatives.iter().flat_map(|bound| &bound.names) {
            let place = *declared.entry(name.symbol).or_insert_with(|| {
                self.declare(name, false, None);
                self.places.get(&name.span.start).copied()
            });
            self.places.extend(place.map(|place| (name.span.start, place)));
        }
        case.guard.into_iter().for_each(|guard| self.expression(guard));
        self.statements(case.body);
        self.scopes.leave();
    }

    fn bound_names(&mut self, pattern: &Pattern<'_>) -> Bound {
        let mut bound = Bound::default();
        self.pattern(pattern, &mut bound);
        bound
    }

    fn pattern(&mut self, pattern: &Pattern<'_>, bound: &mut Bound) {
        match pattern.kind {
            PatternKind::Wildcard => {}
            PatternKind::Value(value) => self.expression(value),
            PatternKind::Name(name) if self.is_constant(name.symbol) => self.use_name(name.symbol, name.span),
            PatternKind::Name(name) => match bound.spans.insert(name.symbol, name.span) {
                None => bound.names.push(name),
                Some(other) => {
                    let message = format!("`{}` is bound twice in one pattern", self.names.text(name.symbol));
                    let error = Diagnostic::error(name.span, message).label("bound again").also(other, "bound here");
                    self.diagnostics.push(error.help("to compare two parts, bind two names and add `if` with `==`"));
                }
            },
            PatternKind::Array(elements) => elements.iter().for_each(|element| self.pattern(element, bound)),
            // Keys are written out.
            PatternKind::Dict(pairs) => pairs.iter().for_each(|(_, value)| self.pattern(value, bound)),
        }
    }

    /// The body sees the same names, whichever alternative has matched.
    fn check_alternatives(&mut self, case: &Case<'_>, alternatives: &[Bound]) {
        let Some((first, others)) = alternatives.split_first() else { return };
        for (bound, pattern) in others.iter().zip(&case.patterns[1..]) {
            let missing = first.names.iter().find(|name| !bound.spans.contains_key(&name.symbol));
            let extra = bound.names.iter().find(|name| !first.spans.contains_key(&name.symbol));
            let (name, lacking) = match (missing, extra) {
                (Some(&name), _) => (name, pattern.span),
                (None, Some(&name)) => (name, case.patterns[0].span),
                (None, None) => continue,
            };
            let text = self.names.text(name.symbol);
            let error = Diagnostic::error(lacking, "the alternatives of a case must bind the same names");
            let error = error.label(format!("`{text}` is not bound here"));
            self.diagnostics.push(error.also(name.span, format!("`{text}` is bound here")));
        }
    }
}
