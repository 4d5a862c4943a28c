//! Where newlines matter.
//!
//! A newline ends a statement, but not inside brackets, not after a binary operator or a comma, not before a line that
//! begins with `.name`, and not where a statement can't end yet. The last is what makes most of these rules free: the
//! parser just asks for its next token and does not care on which line that is. What remains is a question only where
//! an expression could go on: `a` followed by `-b` on the next line is two statements, but one inside `( )`, and one
//! between `if` and `then`, or inside a conditional expression, where no statement can end. So there is a counter,
//! `nesting`, of the things around that let expressions go on over newlines, and a function body sets it to 0 for itself.

use super::foreign::begins_operand;
use super::{Parsed, Parser, TokenKind};
use crate::syntax::ast::{Expr, ExprKind};
use crate::syntax::diagnostics::Diagnostic;
use crate::syntax::names::words;
use crate::syntax::suggest::suggest;
use crate::syntax::token::KEYWORDS;

impl<'a> Parser<'_, 'a> {
    /// Whether the next token may go on with the expression before it.
    pub(super) fn continues(&self) -> bool {
        self.nesting > 0 || !self.token().newline_before
    }

    /// Whether a statement may end before the next token.
    pub(super) fn at_statement_end(&self) -> bool {
        let token = self.token();
        token.newline_before
            || matches!(token.kind, TokenKind::EndOfFile | TokenKind::Semicolon)
            || self.at_closer()
            || self.at_bracket_end()
    }

    /// Checks that the statement just read ends here.
    pub(super) fn statement_end(&mut self, statement: Option<&Expr<'a>>) -> Parsed<()> {
        if self.at_statement_end() || self.foreign_closer().is_some() {
            return Ok(());
        }
        if let Some(reported) = self.foreign_rest() {
            return Err(reported);
        }
        let error = self.no_statement_end(statement);
        Err(self.report(error))
    }

    /// What to say about what follows a statement on its line.
    #[cold]
    #[inline(never)]
    fn no_statement_end(&mut self, statement: Option<&Expr<'a>>) -> Diagnostic {
        let (token, previous) = (self.token(), self.previous());
        let mut error = self.expectation("the end of the statement");
        error.primary.text = "expected a newline or `;` before this".to_string();
        let names = self.names;
        let name = match statement {
            Some(Expr { kind: ExprKind::Name(symbol), .. }) => Some(names.text(*symbol)),
            _ => None,
        };
        let starters = KEYWORDS.iter().map(|&(text, _)| text).filter(|text| text.len() > 2);
        if let TokenKind::RightParen | TokenKind::RightBracket | TokenKind::RightBrace = token.kind {
            error = Diagnostic::error(token.span, format!("unexpected {}", token.kind.describe()));
            error = error.label("there is no opening bracket that it could close");
        } else if let Some(help) = self.foreign_help() {
            error = error.help(help);
        } else if let Some(name) = name.and_then(|name| suggest(name, starters.chain(["output", "input", "function"])))
        {
            error = error.help(format!("did you mean the keyword `{name}`?"));
        } else if let Some(name) = name.filter(|name| begins_operand(token.kind) && *name != "function") {
            error = error.help(format!("a function is called with its arguments in parentheses: `{name}(...)`"));
        } else if token.kind == TokenKind::Comma && self.statement_begins_with(TokenKind::Return) {
            error = error.help("to return several values, return an array: `return [a, b]`");
        } else if token.kind == TokenKind::LeftBrace {
            error = error.help("blocks are not written in braces: they end with `end`");
        } else if token.kind == TokenKind::Colon {
            error = error.help("blocks do not begin with `:`, and variables have no types");
        } else if previous.kind == TokenKind::End {
            error = error.help("what follows an `end` stands on a new line, or after `;`");
        }
        error
    }

    /// Whether the first token of the line, or the one behind the last `then` and the like, is this.
    fn statement_begins_with(&self, kind: TokenKind) -> bool {
        let line = self.tokens[..self.at].iter().rposition(|token| token.newline_before).unwrap_or(0);
        self.tokens[line..self.at].iter().any(|token| token.kind == kind)
    }

    /// Whether this token and the next are one operator to the eye, such as the two halves of `++`.
    pub(super) fn at_twice(&self, kind: TokenKind) -> bool {
        let (first, second) = (self.token(), self.ahead(1));
        first.kind == kind && second.kind == kind && first.span.end == second.span.start
    }

    /// Whether the next token is a `fn`, or one of its other names where that begins a function rather than an
    /// expression: with what follows it on the same line.
    pub(super) fn at_fn(&self, follows: TokenKind) -> bool {
        let next = self.ahead(1);
        let word = self.at_word(words::FUNCTION) || self.at_word(words::PROCEDURE);
        next.kind == follows && (self.at(TokenKind::Fn) || word && !next.newline_before)
    }
}
