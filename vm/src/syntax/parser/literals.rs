//! Literals that take more than a token: interpolated strings, lists, dicts, and what stands in parentheses.

use bumpalo::collections::Vec as ArenaVec;

use super::{Parsed, Parser, Reported, TokenKind};
use crate::syntax::ast::{Expr, ExprKind, Piece};
use crate::syntax::diagnostics::Diagnostic;
use crate::syntax::source::Span;
use crate::syntax::token::Token;

impl<'a> Parser<'_, 'a> {
    /// The value of an int without a sign, which is the next token.
    pub(super) fn int(&mut self, token: Token) -> ExprKind<'a> {
        let literal = self.literals.ints[token.payload as usize];
        let negated = self.at > 0 && self.previous().kind == TokenKind::Minus;
        if literal.needs_minus() && !negated {
            let error = Diagnostic::error(token.span, "number is too large").label("an int is at most 2^63-1");
            self.complain(error.help("with `.0` at its end it is a float"));
        }
        ExprKind::Int(literal.bits as i64)
    }

    /// At the `.` of a number like `1.`, with nothing behind it on its line that could be a field: reports it, and passes
    /// it.
    pub(super) fn number_ends_with_dot(&mut self) -> bool {
        let (number, dot, next) = (self.previous(), self.token(), self.ahead(1));
        let field = next.kind == TokenKind::Name || next.kind.is_keyword();
        let found =
            number.kind == TokenKind::Int && number.span.end == dot.span.start && (next.newline_before || !field);
        if found {
            let text = self.text(number.span);
            let error = Diagnostic::error(number.span.to(dot.span), format!("malformed number `{text}.`"));
            let help = format!("write `{text}.0`");
            self.report(error.label("expected a digit behind the `.`").help(help));
            self.advance();
        }
        found
    }

    /// `"a${b}c"`; its head is the next token.
    pub(super) fn interpolation(&mut self) -> Parsed<&'a Expr<'a>> {
        let start = self.token().span;
        let mut pieces = ArenaVec::new_in(self.arena);
        let (nesting, depth, open) = (self.nesting, self.depth, self.open.len());
        self.nesting += 1;
        loop {
            // The head, or a middle part.
            let text = self.piece_text();
            if !text.is_empty() {
                pieces.push(Piece::Text(text));
            }
            let expression = self.expression().and_then(|expression| {
                if matches!(self.kind(), TokenKind::StrMiddle | TokenKind::StrTail) {
                    return Ok(expression);
                }
                Err(self.expected("`}`"))
            });
            match expression {
                Ok(expression) => pieces.push(Piece::Expr(expression)),
                Err(Reported) => {
                    (self.nesting, self.depth) = (nesting + 1, depth);
                    self.open.truncate(open);
                    self.skip_bracket(TokenKind::StrTail)?;
                    pieces.push(Piece::Expr(self.error_expr(start)));
                }
            }
            if self.at(TokenKind::StrTail) {
                break;
            }
        }
        let text = self.piece_text();
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        self.nesting = nesting;
        let kind = ExprKind::Interpolation(pieces.into_bump_slice());
        Ok(self.expr(kind, self.span_from(start)))
    }

    /// The text of a string's piece, which is the next token.
    fn piece_text(&mut self) -> &'a str {
        let token = self.advance();
        self.literals.texts[token.payload as usize]
    }

    /// `(a)`. The tree has no trace of the parentheses.
    pub(super) fn parenthesised(&mut self) -> Parsed<&'a Expr<'a>> {
        let start = self.token();
        let reported_before = self.reported_at;
        let items = self.list(TokenKind::RightParen, "`)`")?;
        Ok(match *items {
            [item] if self.tokens[self.at - 2].kind != TokenKind::Comma => item,
            _ => self.no_single_item(items, start.span, self.reported_at != reported_before),
        })
    }

    /// Complains about parentheses around nothing or several things, unless something has been reported about them.
    #[cold]
    fn no_single_item(&mut self, items: &[&'a Expr<'a>], paren: Span, reported: bool) -> &'a Expr<'a> {
        let span = self.span_from(paren);
        match *items {
            _ if reported => {}
            [] => {
                let error = Diagnostic::error(span, "expected an expression, found `)`");
                self.complain(error.label("expected an expression in these parentheses"));
            }
            _ => {
                let error = Diagnostic::error(span, "expected one expression");
                self.complain(error.label("there is a comma in these parentheses").help("a list is written `[a, b]`"));
            }
        }
        self.error_expr(span)
    }

    /// `[a, b]`.
    pub(super) fn array(&mut self) -> Parsed<&'a Expr<'a>> {
        let start = self.token().span;
        let items = self.list(TokenKind::RightBracket, "`,` or `]`")?;
        Ok(self.expr(ExprKind::Array(items), self.span_from(start)))
    }

    /// `{k: v}`.
    pub(super) fn dict(&mut self) -> Parsed<&'a Expr<'a>> {
        let start = self.token().span;
        let pairs = self.bracketed(
            TokenKind::RightBrace,
            "`,` or `}`",
            |parser| parser.pair(),
            |parser| {
                let spare = parser.error_expr(parser.previous().span);
                (spare, spare)
            },
        )?;
        Ok(self.expr(ExprKind::Dict(pairs), self.span_from(start)))
    }

    /// `key: value`.
    fn pair(&mut self) -> Parsed<(&'a Expr<'a>, &'a Expr<'a>)> {
        let key = match self.bare_key() {
            Some(key) => key,
            None => self.expression()?,
        };
        if !self.at(TokenKind::Colon) {
            let error = self.expectation("`:`");
            return Err(self.report(error.help("an entry of a dict is written `key: value`")));
        }
        self.advance();
        Ok((key, self.expression()?))
    }
}
