//! `match`, its cases and their patterns.

use bumpalo::collections::Vec as ArenaVec;

use super::recovery::Closers;
use super::{Parsed, Parser, Reported, TokenKind, words};
use crate::syntax::ast::{Block, Case, Expr, ExprKind, Name, Pattern, PatternKind, StmtKind};
use crate::syntax::diagnostics::{Diagnostic, Label};
use crate::syntax::source::Span;

impl<'a> Parser<'_, 'a> {
    /// `match e case ... end`.
    pub(super) fn match_statement(&mut self) -> Parsed<StmtKind<'a>> {
        let keyword = self.advance();
        self.open(TokenKind::Match, keyword.span, Closers::MATCH);
        let subject = self.subject();
        let mut cases = ArenaVec::new_in(self.arena);
        let mut otherwise = None;
        let mut no_case = false;
        loop {
            while self.accept(TokenKind::Semicolon).is_some() {}
            let start = self.at;
            match self.kind() {
                TokenKind::Case | TokenKind::Else if self.match_goes_on(otherwise.is_some(), keyword.span) => {
                    if self.advance().kind == TokenKind::Case {
                        cases.push(self.case());
                        continue;
                    }
                    self.foreign_arrow();
                    let arrow = self.at(TokenKind::Arrow);
                    if !arrow && self.accept(TokenKind::Then).is_none() {
                        self.block_start();
                    }
                    otherwise = Some(self.case_body(arrow));
                }
                _ if self.at_closer() => {
                    if self.closer_is_wanted() {
                        break;
                    }
                    self.stray_closer();
                }
                TokenKind::EndOfFile => break,
                _ if self.at_bracket_end() => break,
                _ => {
                    // Once: what was meant as a case without its `case` may have many lines.
                    if !no_case {
                        let error = self.expectation_here("`case`, `else` or `end`");
                        self.report(error);
                    }
                    no_case = true;
                    self.skip_statement(start);
                    if self.at == start || matches!(self.kind(), TokenKind::Then | TokenKind::Do) {
                        self.advance();
                    }
                }
            }
        }
        self.close();
        Ok(StmtKind::Match { subject, cases: cases.into_bump_slice(), otherwise })
    }

    /// Whether the `case` or `else` to be read next belongs to the innermost `match`, which stands at `span`. If that has
    /// had its `else`, it belongs to an outer one, or is a mistake.
    fn match_goes_on(&mut self, has_else: bool, span: Span) -> bool {
        if !has_else {
            return true;
        }
        if self.closer_is_wanted_outside() {
            return false;
        }
        let token = self.token();
        let error = Diagnostic::error(token.span, format!("{} after `else`", token.kind.describe()));
        self.report(error.label("expected `end`").also(span, "the `else` of this `match` comes last"));
        true
    }

    /// What is matched. A line break ends it.
    fn subject(&mut self) -> &'a Expr<'a> {
        let (nesting, depth, open) = (self.nesting, self.depth, self.open.len());
        let subject = self.expression().and_then(|subject| {
            if self.at_statement_end() {
                return Ok(subject);
            }
            Err(self.expected("`case`"))
        });
        if subject.is_err() {
            (self.nesting, self.depth) = (nesting, depth);
            self.open.truncate(open);
            self.skip_header(&[]);
        }
        self.or_error(subject)
    }

    /// A case after its `case`.
    fn case(&mut self) -> Case<'a> {
        let mut patterns = ArenaVec::new_in(self.arena);
        let mut guard = None;
        self.nesting += 1;
        let (nesting, depth, open) = (self.nesting, self.depth, self.open.len());
        let header = self.case_header(&mut patterns, &mut guard);
        (self.nesting, self.depth) = (nesting - 1, depth);
        self.open.truncate(open);
        if header.is_ok() {
            self.foreign_arrow();
        }
        let arrow = self.at(TokenKind::Arrow);
        if header.is_err() {
            self.skip_header(&[TokenKind::Then]);
        } else if !arrow && self.accept(TokenKind::Then).is_none() {
            let error = self.expectation("`then` or `->`");
            self.report(if self.at(TokenKind::Colon) { error.help("a block does not begin with `:`") } else { error });
            self.skip_header(&[TokenKind::Then]);
        }
        let body = self.case_body(arrow);
        Case { patterns: patterns.into_bump_slice(), guard, body }
    }

    fn case_header(
        &mut self,
        patterns: &mut ArenaVec<'a, &'a Pattern<'a>>,
        guard: &mut Option<&'a Expr<'a>>,
    ) -> Parsed<()> {
        patterns.push(self.pattern()?);
        while self.accept(TokenKind::Comma).is_some() {
            patterns.push(self.pattern()?);
        }
        if self.accept(TokenKind::If).is_some() {
            *guard = Some(self.condition()?);
        }
        Ok(())
    }

    /// What a case does: a block, or one statement behind the `->` that is the next token.
    fn case_body(&mut self, arrow: bool) -> Block<'a> {
        if !arrow || self.accept(TokenKind::Arrow).is_none() {
            return self.block();
        }
        if self.at_closer() {
            self.expected("a statement");
        }
        let body = self.block();
        if let [_, second, ..] = body {
            let error = Diagnostic::error(second.span, "`->` takes one statement");
            self.complain(error.label("expected `case`, `else` or `end`").help("write `then` for more than one"));
        }
        body
    }

    /// One pattern.
    fn pattern(&mut self) -> Parsed<&'a Pattern<'a>> {
        self.enter()?;
        let start = self.token();
        let kind = match start.kind {
            TokenKind::Name => self.name_pattern()?,
            TokenKind::LeftBracket => {
                let items = self.bracketed(
                    TokenKind::RightBracket,
                    "`,` or `]`",
                    |parser| parser.pattern(),
                    |parser| parser.arena.alloc(Pattern { kind: PatternKind::Wildcard, span: parser.previous().span }),
                )?;
                PatternKind::Array(items)
            }
            TokenKind::LeftBrace => {
                let pairs = self.bracketed(
                    TokenKind::RightBrace,
                    "`,` or `}`",
                    |parser| parser.pair_pattern(),
                    |parser| {
                        let span = parser.previous().span;
                        let pattern = parser.arena.alloc(Pattern { kind: PatternKind::Wildcard, span });
                        (parser.error_expr(span), pattern)
                    },
                )?;
                PatternKind::Dict(pairs)
            }
            _ => match self.literal_pattern()? {
                Some(literal) => PatternKind::Value(literal),
                None => {
                    let error = self.expectation("a pattern");
                    return Err(self.report(match start.kind {
                        TokenKind::StrHead => error.help("a string in a pattern is fixed: it has no `${ }`"),
                        TokenKind::LeftParen | TokenKind::Less | TokenKind::Greater => {
                            error.help("a condition stands behind a name: `case n if n > 0 then`")
                        }
                        _ => error,
                    }));
                }
            },
        };
        if self.at(TokenKind::DotDot) {
            let error = self.expectation("`,`, `if`, `then` or `->`");
            return Err(self.report(error.help("a range is tested by a guard: `case n if n in 1..5 then`")));
        }
        self.depth -= 1;
        Ok(self.arena.alloc(Pattern { kind, span: self.span_from(start.span) }))
    }

    /// A name: `_`, one to bind, or a dotted one to compare with.
    fn name_pattern(&mut self) -> Parsed<PatternKind<'a>> {
        let token = self.advance();
        if !self.at(TokenKind::Dot) {
            let name = Name { symbol: token.symbol(), span: token.span };
            return Ok(if name.symbol == words::UNDERSCORE { PatternKind::Wildcard } else { PatternKind::Name(name) });
        }
        let name = self.expr(ExprKind::Name(token.symbol()), token.span);
        let mut value: &'a Expr<'a> = name;
        while self.accept(TokenKind::Dot).is_some() {
            let name = self.field_name()?;
            let kind = ExprKind::Field { object: value, name };
            value = self.expr(kind, self.span_from(token.span));
        }
        Ok(PatternKind::Value(value))
    }

    /// A number, also a negative one, a string without interpolation, `true`, `false` or `nil`. `None` if it is
    /// something else.
    fn literal_pattern(&mut self) -> Parsed<Option<&'a Expr<'a>>> {
        let start = self.token();
        match start.kind {
            TokenKind::Int
            | TokenKind::Float
            | TokenKind::Str
            | TokenKind::True
            | TokenKind::False
            | TokenKind::Nil => self.primary().map(Some),
            TokenKind::Minus => {
                self.advance();
                let kind = match self.kind() {
                    TokenKind::Int => {
                        let literal = self.literals.ints[self.token().payload as usize];
                        ExprKind::Int((literal.bits as i64).wrapping_neg())
                    }
                    TokenKind::Float => ExprKind::Float(-self.literals.floats[self.token().payload as usize]),
                    _ => return Err(self.expected("a number after `-` in a pattern")),
                };
                self.advance();
                Ok(Some(self.expr(kind, self.span_from(start.span))))
            }
            _ => Ok(None),
        }
    }

    /// `key: pattern`. The key is a name or keyword (a string, in effect), or a literal.
    fn pair_pattern(&mut self) -> Parsed<(&'a Expr<'a>, &'a Pattern<'a>)> {
        let key = match self.bare_key() {
            Some(key) => key,
            None => match self.literal_pattern()? {
                Some(key) => key,
                None => return Err(self.expected("a key")),
            },
        };
        if !self.at(TokenKind::Colon) {
            let error = self.expectation("`:`");
            return Err(self.report(error.help("a key is followed by a pattern: `{name: name}`")));
        }
        self.advance();
        Ok((key, self.pattern()?))
    }

    // ---- brackets of any kind

    /// Items in a bracket, separated by commas; the opening bracket is the next token. An item that does not parse is
    /// replaced by `spare`.
    pub(super) fn bracketed<T>(
        &mut self,
        close: TokenKind,
        expected: &str,
        item: impl Fn(&mut Self) -> Parsed<T>,
        spare: impl Fn(&mut Self) -> T,
    ) -> Parsed<&'a [T]> {
        let open = self.advance().span;
        self.nesting += 1;
        let (nesting, depth, opened) = (self.nesting, self.depth, self.open.len());
        let mut items = ArenaVec::new_in(self.arena);
        while !self.at(close) {
            match item(self) {
                Ok(item) => items.push(item),
                Err(Reported) => {
                    (self.nesting, self.depth) = (nesting, depth);
                    self.open.truncate(opened);
                    if let Err(reported) = self.skip_bracket(close) {
                        self.blame_bracket(open);
                        return Err(reported);
                    }
                    self.nesting -= 1;
                    items.push(spare(self));
                    return Ok(items.into_bump_slice());
                }
            }
            if self.accept(TokenKind::Comma).is_none() {
                break;
            }
        }
        self.close_bracket(open, close, expected)?;
        Ok(items.into_bump_slice())
    }

    /// Passes the bracket that closes the one at `open`. If it is not there, reports that, and passes what stands before
    /// it.
    pub(super) fn close_bracket(&mut self, open: Span, close: TokenKind, expected: &str) -> Parsed<()> {
        self.nesting -= 1;
        if self.accept(close).is_some() {
            return Ok(());
        }
        self.unclosed_bracket(open, close, expected)
    }

    /// After an error in a bracket that is not closed: says so.
    #[cold]
    fn blame_bracket(&mut self, open: Span) {
        if let Some(error) = self.diagnostics.iter_mut().next_back()
            && error.primary.span.start > open.start
            && error.secondary.is_empty()
        {
            error.secondary.push(Label { span: open, text: "this bracket is not closed".to_string() });
        }
    }

    /// Reports that a bracket is not closed here, and goes on behind it if it is closed further on.
    #[cold]
    fn unclosed_bracket(&mut self, open: Span, close: TokenKind, expected: &str) -> Parsed<()> {
        // Whether the bracket is closed further on decides what is said about it.
        let here = self.at;
        let result = self.skip_bracket(close);
        let there = std::mem::replace(&mut self.at, here);
        let about = if result.is_ok() { "in this bracket" } else { "this bracket is not closed" };
        let mut error = self.expectation(expected).also(open, about);
        let help = if self.token().newline_before { self.commented_out() } else { self.foreign_help() };
        if let Some(help) = help {
            error = error.help(help);
        } else if self.at(TokenKind::Colon) && close == TokenKind::RightParen {
            error = error.help("names have no types, and arguments no names");
        }
        self.report(error);
        self.at = there;
        result
    }
}
