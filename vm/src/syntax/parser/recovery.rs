//! Where to go on after an error, and which `end` belongs to what.
//!
//! The parser keeps a stack of the constructs that are open and of the keywords that each of them waits for. A closing
//! keyword that the innermost construct does not wait for but an outer one does means that the inner one lacks its
//! `end`: that is reported, and the keyword left for the outer one. A closing keyword that nobody waits for is
//! reported and passed.

use super::{Parsed, Parser, Reported, Symbol, TokenKind, words};
use crate::syntax::ast::{Block, Expr};
use crate::syntax::diagnostics::Diagnostic;
use crate::syntax::source::Span;

/// A construct that is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opener {
    /// `if`, `while`, ...: how messages and `end if` call it.
    pub(super) kind: TokenKind,
    pub(super) span: Span,
    /// The keywords that go on with it or end it.
    accepts: Closers,
    /// Whether it was opened by a `{`, which has been reported: a `}` ends it then.
    pub(super) braced: bool,
    /// Whether it is a function in a bracket, header or the like.
    bracketed: bool,
}

impl Opener {
    /// Whether this keyword goes on with it or ends it.
    pub(super) fn waits_for(self, kind: TokenKind) -> bool {
        self.accepts.contains(kind)
    }
}

/// A set of closing keywords, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Closers(u8);

impl Closers {
    pub(super) const END: Closers = Closers(1);
    pub(super) const IF: Closers = Closers(1 | 2 | 4);
    pub(super) const MATCH: Closers = Closers(1 | 4 | 8);
    pub(super) const TRY: Closers = Closers(1 | 16 | 32);
    pub(super) const CATCH: Closers = Closers(1 | 32);
    pub(super) const REPEAT: Closers = Closers(64);

    /// The set of just this keyword; empty if it closes nothing.
    fn of(kind: TokenKind) -> Closers {
        Closers(match kind {
            TokenKind::End => 1,
            TokenKind::Elif => 2,
            TokenKind::Else => 4,
            TokenKind::Case => 8,
            TokenKind::Catch => 16,
            TokenKind::Finally => 32,
            TokenKind::Until => 64,
            _ => 0,
        })
    }

    fn contains(self, kind: TokenKind) -> bool {
        self.0 & Closers::of(kind).0 != 0
    }
}

/// As many tokens are searched for the closing bracket before it is taken to be missing.
const BRACKET_SEARCH_MAX: usize = 500;

/// As many open constructs are shown where the file ends too early.
const UNCLOSED_SHOWN_MAX: usize = 4;

impl<'a> Parser<'_, 'a> {
    // ---- opening and closing

    /// Whether the next token is a keyword that ends a block.
    pub(super) fn at_closer(&self) -> bool {
        Closers::of(self.kind()) != Closers(0)
    }

    /// Whether the next token ends a block as a keyword would: a `}` in the place of an `end`, or the end of the bracket
    /// that the function around this block stands in.
    pub(super) fn at_bracket_end(&self) -> bool {
        match self.kind() {
            TokenKind::RightBrace if self.open.last().is_some_and(|opener| opener.braced) => true,
            TokenKind::RightParen
            | TokenKind::RightBracket
            | TokenKind::RightBrace
            | TokenKind::StrMiddle
            | TokenKind::StrTail => self.open.iter().any(|opener| opener.bracketed),
            _ => false,
        }
    }

    /// Whether something that is open waits for the next token.
    pub(super) fn closer_is_wanted(&self) -> bool {
        let kind = self.kind();
        // A `repeat` waits for `until`, but `end` is a likely mistake there.
        let repeat = kind == TokenKind::End && self.open.last().is_some_and(|opener| opener.kind == TokenKind::Repeat);
        repeat || self.open.iter().rev().any(|opener| opener.accepts.contains(kind))
    }

    /// Whether something around the innermost construct waits for the next token.
    pub(super) fn closer_is_wanted_outside(&self) -> bool {
        let outer = self.open.len().saturating_sub(1);
        self.open[..outer].iter().any(|opener| opener.accepts.contains(self.kind()))
    }

    /// Opens a construct whose first token stands at `span`.
    pub(super) fn open(&mut self, kind: TokenKind, span: Span, accepts: Closers) {
        let bracketed = kind == TokenKind::Fn && self.nesting > 0;
        if kind == TokenKind::If && self.else_if.is_none() && self.follows_else() {
            self.else_if = Some(span);
        }
        self.open.push(Opener { kind, span, accepts, braced: false, bracketed });
    }

    /// From here on, the innermost construct waits for these.
    pub(super) fn now_accepts(&mut self, accepts: Closers) {
        self.open.last_mut().expect("a construct is open").accepts = accepts;
    }

    /// Marks the innermost construct as one in braces.
    pub(super) fn braces(&mut self) {
        if let Some(opener) = self.open.last_mut() {
            opener.braced = true;
        }
    }

    /// Passes the `end` of the innermost construct, with its name where one is written; or reports that it is missing.
    pub(super) fn close(&mut self) {
        let opener = *self.open.last().expect("a construct is open");
        let token = self.token();
        if opener.braced && self.at(TokenKind::RightBrace) {
            self.advance();
        } else if token.kind != TokenKind::End {
            self.missing_end(opener);
        } else if !self.end_names_an_outer_one(opener) {
            self.advance();
            self.end_name(opener);
            if token.newline_before && self.misplaced_end.is_none() && self.is_misplaced(opener, token.span) {
                self.misplaced_end = Some((opener, token.span));
            }
        }
        self.open.pop();
    }

    /// Whether an `end` stands at the beginning of its line, but further left than the line that its construct begins on.
    fn is_misplaced(&self, opener: Opener, end: Span) -> bool {
        self.indentation(end) < self.indentation(opener.span)
    }

    /// The blanks that the line of this place begins with.
    pub(super) fn indentation(&self, span: Span) -> usize {
        let line = self.source.line_text(self.source.line(span.start));
        line.len() - line.trim_start_matches([' ', '\t']).len()
    }

    /// For `end while`, where the innermost construct is no `while`, but one further out is: reports the missing `end`.
    fn end_names_an_outer_one(&mut self, opener: Opener) -> bool {
        let Some(name) = self.end_name_ahead() else { return false };
        if name == opener.kind || !self.open.iter().any(|outer| outer.kind == name) {
            return false;
        }
        let message = format!("`end {}` inside {}", self.text(self.ahead(1).span), with_article(opener.kind));
        let error = Diagnostic::error(self.token().span.to(self.ahead(1).span), message);
        self.report(
            error
                .label(format!("expected the `end` of the {} before this", opener.kind.describe()))
                .also(opener.span, format!("this {} is not closed", opener.kind.describe())),
        );
        true
    }

    /// The kind of construct that the word after the `end` to be read next names. `end fn name(` is no such word: there
    /// a class's next method begins.
    fn end_name_ahead(&self) -> Option<TokenKind> {
        let (word, after) = (self.ahead(1), self.ahead(2));
        if word.newline_before {
            return None;
        }
        let kind = match word.kind {
            TokenKind::Name if [words::FUNCTION, words::PROCEDURE].contains(&word.symbol()) => TokenKind::Fn,
            kind => kind,
        };
        let begins_function = !after.newline_before && matches!(after.kind, TokenKind::Name | TokenKind::LeftParen);
        let names_construct = matches!(
            kind,
            TokenKind::If
                | TokenKind::While
                | TokenKind::For
                | TokenKind::Loop
                | TokenKind::Match
                | TokenKind::Try
                | TokenKind::Class
                | TokenKind::Enum
                | TokenKind::Fn
        );
        (names_construct && !(kind == TokenKind::Fn && begins_function)).then_some(kind)
    }

    /// Passes the word after `end`, which has been passed; complains if it names something else.
    fn end_name(&mut self, opener: Opener) {
        self.at -= 1;
        let name = self.end_name_ahead();
        self.at += 1;
        let Some(name) = name else { return };
        if name != opener.kind {
            let message = format!("`end {}` closes {}", self.text(self.token().span), with_article(opener.kind));
            let error = Diagnostic::error(self.token().span, message)
                .label(format!("expected {} or nothing after `end`", opener.kind.describe()))
                .also(opener.span, format!("this {} ends there", opener.kind.describe()));
            self.report(error);
        }
        self.advance();
    }

    /// Reports that a construct's `end` is not where it should be.
    pub(super) fn missing_end(&mut self, opener: Opener) {
        let keyword = opener.kind.describe();
        let wanted = if opener.kind == TokenKind::Repeat { "`until`" } else { "`end`" };
        if !self.at(TokenKind::EndOfFile) {
            let error = self.expectation(&format!("{wanted} to close the {keyword}"));
            self.report(error.also(opener.span, format!("this {keyword} is not closed")));
            return;
        }
        let mut error = self.expectation(wanted);
        for unclosed in self.open.iter().rev().take(UNCLOSED_SHOWN_MAX) {
            error = error.also(unclosed.span, format!("this {} is not closed", unclosed.kind.describe()));
        }
        if let Some(more) = self.open.len().checked_sub(UNCLOSED_SHOWN_MAX).filter(|&more| more > 0) {
            error = error.note(format!("{more} more are open around these"));
        }
        if let Some((suspect, end)) = self.misplaced_end {
            let keyword = suspect.kind.describe();
            error = error
                .also(suspect.span, format!("or is it this {keyword} that lacks its `end`?"))
                .also(end, format!("this `end` closes that {keyword}, but stands further left"));
        }
        let outermost = self.open.first().map_or(0, |opener| opener.span.start);
        if let Some(else_if) = self.else_if.filter(|else_if| else_if.start > outermost) {
            error = error.also(else_if, "`else if` opens an `if` with an `end` of its own").help("write `elif`");
        }
        self.report(error);
    }

    /// Whether an `else` stands directly before the `if` just read, on its line.
    fn follows_else(&self) -> bool {
        self.at >= 2 && self.tokens[self.at - 2].kind == TokenKind::Else && !self.previous().newline_before
    }

    /// Reports a closing keyword that nothing waits for, and passes it, so that what follows it is read.
    pub(super) fn stray_closer(&mut self) {
        let token = self.token();
        let second = |kind| self.open.last().filter(|opener| opener.kind == kind).map(|opener| opener.span);
        let (label, owner) = match token.kind {
            TokenKind::Elif | TokenKind::Else => match second(TokenKind::If) {
                Some(span) => ("its `if` has an `else` already", Some(span)),
                None => ("there is no `if` that it could belong to", None),
            },
            TokenKind::Case => ("there is no `match` that it could belong to", None),
            TokenKind::Catch | TokenKind::Finally => match second(TokenKind::Try) {
                Some(span) => ("its `try` has one already, or has a `finally`", Some(span)),
                None => ("there is no `try` that it could belong to", None),
            },
            TokenKind::Until => ("there is no `repeat` that it could belong to", None),
            _ => ("there is nothing open that it could close", None),
        };
        let mut error = Diagnostic::error(token.span, format!("unexpected {}", token.kind.describe())).label(label);
        if let Some(owner) = owner {
            error = error.also(owner, "it stands in this");
        }
        self.report(error);
        let name = self.end_name_ahead();
        self.advance();
        match token.kind {
            TokenKind::End if name.is_some() => {
                self.advance();
            }
            TokenKind::Elif | TokenKind::Case => self.skip_header(&[TokenKind::Then, TokenKind::Arrow]),
            TokenKind::Until | TokenKind::Catch if !self.token().newline_before => {
                // Its condition or name says nothing without it.
                let start = self.at;
                self.skip_statement(start);
            }
            _ => {}
        }
    }

    // ---- going on

    /// After an error in a header: goes behind its last word, or to the end of its line if that is missing.
    pub(super) fn skip_header(&mut self, ends: &[TokenKind]) {
        let from = self.at;
        self.skip_to_block(ends);
        self.lost.push(from..self.at);
    }

    fn skip_to_block(&mut self, ends: &[TokenKind]) {
        let mut brackets = 0_u32;
        while !self.at(TokenKind::EndOfFile) {
            let token = self.token();
            match token.kind {
                kind if brackets == 0 && ends.contains(&kind) => {
                    self.advance();
                    return;
                }
                // `then` for `do`, or the other way round.
                TokenKind::Then | TokenKind::Do if brackets == 0 => {
                    self.advance();
                    return;
                }
                TokenKind::LeftBrace if brackets == 0 && self.ahead(1).newline_before => {
                    self.advance();
                    self.braces();
                    return;
                }
                TokenKind::Colon if brackets == 0 && self.ahead(1).newline_before => {
                    self.advance();
                    return;
                }
                _ if brackets == 0 && token.newline_before => return,
                kind if token.newline_before && begins_statement_only(kind) => return,
                _ if self.at_closer() => return,
                kind if brackets == 0 && begins_statement_only(kind) => return,
                TokenKind::LeftParen | TokenKind::LeftBracket | TokenKind::LeftBrace | TokenKind::StrHead => {
                    brackets += 1
                }
                TokenKind::RightParen | TokenKind::RightBracket | TokenKind::RightBrace | TokenKind::StrTail => {
                    brackets = brackets.saturating_sub(1);
                }
                _ => {}
            }
            self.advance();
        }
    }

    /// After an error in a bracket: goes behind the bracket if its end is in sight. Otherwise it is taken to be missing,
    /// and the error goes on to the statement.
    pub(super) fn skip_bracket(&mut self, close: TokenKind) -> Parsed<()> {
        if self.no_bracket_from == Some(self.at) {
            return Err(Reported);
        }
        let mut brackets = 0_u32;
        let mut blocks = 0_u32;
        let end = self.tokens.len().min(self.at + BRACKET_SEARCH_MAX);
        for at in self.at..end {
            let token = self.tokens[at];
            if blocks == 0 && (Closers::of(token.kind) != Closers(0) || self.begins_statement(at)) {
                break;
            }
            match token.kind {
                TokenKind::LeftParen | TokenKind::LeftBracket | TokenKind::LeftBrace | TokenKind::StrHead => {
                    brackets += 1
                }
                TokenKind::RightParen | TokenKind::RightBracket | TokenKind::RightBrace | TokenKind::StrTail
                    if brackets > 0 =>
                {
                    brackets -= 1;
                }
                kind if blocks == 0
                    && (kind == close || close == TokenKind::StrTail && kind == TokenKind::StrMiddle) =>
                {
                    self.lost.push(self.at..at);
                    self.at = at + usize::from(close != TokenKind::StrTail);
                    return Ok(());
                }
                TokenKind::RightParen | TokenKind::RightBracket | TokenKind::RightBrace | TokenKind::StrTail
                    if blocks == 0 =>
                {
                    return Err(Reported);
                }
                TokenKind::End | TokenKind::Until => blocks = blocks.saturating_sub(1),
                _ => blocks += u32::from(self.opens_block(at)),
            }
        }
        // The bracket around this one would be searched for in vain too, and the one around that.
        self.no_bracket_from = Some(self.at);
        Err(Reported)
    }

    /// After an error in a statement that begins with the token `start`: goes to where the next one begins, over
    /// brackets and blocks that belong to this one. Stops at a `then` or `do` too, behind which a block begins.
    pub(super) fn skip_statement(&mut self, start: usize) {
        let from = self.at;
        self.skip_to_statement(start);
        self.lost.push(from..self.at);
        // And what the part before looks like defining.
        let mut defines = false;
        for at in start..from {
            match self.tokens[at].kind {
                TokenKind::Name => {
                    if defines || matches!(self.tokens[at + 1].kind, TokenKind::Equal | TokenKind::In) {
                        self.lost.push(at..at + 1);
                    }
                }
                TokenKind::Comma => {}
                TokenKind::Let
                | TokenKind::Const
                | TokenKind::For
                | TokenKind::Fn
                | TokenKind::Class
                | TokenKind::Enum
                | TokenKind::Import => defines = true,
                _ => defines = false,
            }
        }
    }

    /// The names in what did not parse.
    pub(super) fn lost_names(&self) -> &'a [Symbol] {
        let tokens = self.lost.iter().flat_map(|range| &self.tokens[range.clone()]);
        let names = tokens.filter(|token| token.kind == TokenKind::Name).map(|token| token.symbol());
        self.arena.alloc_slice_copy(&names.collect::<Vec<Symbol>>())
    }

    fn skip_to_statement(&mut self, start: usize) {
        let (mut brackets, mut blocks) = (0_u32, std::mem::take(&mut self.pending_ends));
        while !self.at(TokenKind::EndOfFile) {
            let token = self.token();
            if blocks == 0 && self.at > start {
                let new_line = token.newline_before && (brackets == 0 || begins_statement_only(token.kind));
                let separator = brackets == 0
                    && matches!(token.kind, TokenKind::Semicolon | TokenKind::Then | TokenKind::Do)
                    || self.at_bracket_end();
                if new_line || separator || self.at_closer() {
                    return;
                }
            }
            match token.kind {
                TokenKind::LeftParen | TokenKind::LeftBracket | TokenKind::LeftBrace | TokenKind::StrHead => {
                    brackets += 1
                }
                TokenKind::RightParen | TokenKind::RightBracket | TokenKind::RightBrace | TokenKind::StrTail => {
                    brackets = brackets.saturating_sub(1);
                }
                TokenKind::End => {
                    blocks = blocks.saturating_sub(1);
                    if self.end_name_ahead().is_some() {
                        self.advance();
                    }
                }
                TokenKind::Until => blocks = blocks.saturating_sub(1),
                _ => blocks += u32::from(self.opens_block(self.at)),
            }
            self.advance();
        }
    }

    /// Whether a construct that needs an `end` (or `until`) begins with this token.
    fn opens_block(&self, at: usize) -> bool {
        let next = self.tokens.get(at + 1).map(|token| token.kind);
        let field = at > 0 && self.tokens[at - 1].kind == TokenKind::Dot;
        let key = next == Some(TokenKind::Colon);
        !field
            && !key
            && match self.tokens[at].kind {
                TokenKind::Repeat => next != Some(TokenKind::LeftParen),
                TokenKind::If
                | TokenKind::While
                | TokenKind::For
                | TokenKind::Loop
                | TokenKind::Match
                | TokenKind::Try
                | TokenKind::Class
                | TokenKind::Enum
                | TokenKind::Fn => true,
                _ => false,
            }
    }

    /// Whether a token is at the beginning of a line, and of nothing but a statement: a keyword, or a name that is
    /// assigned to.
    fn begins_statement(&self, at: usize) -> bool {
        let token = self.tokens[at];
        let next = self.tokens.get(at + 1).map_or(TokenKind::EndOfFile, |next| next.kind);
        let assigned = token.kind == TokenKind::Name && next == TokenKind::Equal;
        let keyword = begins_statement_only(token.kind) && next != TokenKind::Colon;
        token.newline_before && (keyword || assigned)
    }

    /// After an error in a header nobody recognised, at its `then` or `do`: reads the block that it was to have, for the
    /// sake of the errors in it, and so that its `end` finds something to close.
    pub(super) fn headless_block(&mut self) -> Block<'a> {
        let header = self.advance();
        self.open(header.kind, header.span, Closers::IF);
        let mut body = self.block();
        while matches!(self.kind(), TokenKind::Elif | TokenKind::Else) {
            if self.advance().kind == TokenKind::Elif {
                self.skip_header(&[TokenKind::Then]);
            }
            body = self.block();
        }
        if self.at(TokenKind::End) {
            if self.end_name_ahead().is_some() {
                self.advance();
            }
            self.advance();
        }
        self.open.pop();
        body
    }

    /// The value, or an erroneous expression if its error has been reported.
    pub(super) fn or_error(&self, parsed: Parsed<&'a Expr<'a>>) -> &'a Expr<'a> {
        parsed.unwrap_or_else(|Reported| self.error_expr(self.previous().span))
    }
}

/// "a `while`", "an `if`".
fn with_article(kind: TokenKind) -> String {
    let article = if matches!(kind, TokenKind::If | TokenKind::Enum) { "an" } else { "a" };
    format!("{article} {}", kind.describe())
}

/// Whether only a statement can begin with this, no expression.
pub(super) fn begins_statement_only(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Let
            | TokenKind::Const
            | TokenKind::While
            | TokenKind::For
            | TokenKind::Loop
            | TokenKind::Match
            | TokenKind::Try
            | TokenKind::Class
            | TokenKind::Enum
            | TokenKind::Import
            | TokenKind::From
            | TokenKind::Return
            | TokenKind::Break
            | TokenKind::Continue
            | TokenKind::Throw
    )
}
