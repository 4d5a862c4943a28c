//! Tokens to syntax tree, by recursive descent; operators by precedence climbing.
//!
//! | file | what it reads |
//! |---|---|
//! | `newlines.rs` | nothing: it says where a newline, or a missing one, matters |
//! | `recovery.rs` | nothing: it says where to go on after an error |
//! | `foreign.rs` | what other languages write |
//! | `statements.rs` | blocks and the simple statements |
//! | `control.rs` | `if`, loops, `try` |
//! | `declarations.rs` | functions, classes, enums, imports |
//! | `patterns.rs` | `match` |
//! | `expressions.rs` | operators, calls, names |
//! | `literals.rs` | numbers, strings, lists, dicts |
//!
//! **Errors.** A function that can't go on reports and returns [`Reported`]. It goes up to the nearest of three places
//! that know where to go on: the end of the bracket, the end of the header (`then`, `do`), the end of the statement.
//! So that one mistake gives one message, nothing is reported twice at one token, nothing at a token that the lexer has
//! reported, and the end of the file is reported once, with everything that is still open there.
//!
//! **Depth.** Left-associative operators and chains of calls are read by loops, `elif` too; everything else that nests
//! costs recursion, here and in whoever reads the tree, and is limited to [`DEPTH_MAX`] levels.

mod control;
mod declarations;
mod expressions;
mod foreign;
mod literals;
mod newlines;
mod patterns;
mod recovery;
mod statements;
#[cfg(test)]
mod tests;

use bumpalo::Bump;

use super::ast::{Expr, ExprKind, Module, Name, Symbol};
use super::diagnostics::{Diagnostic, Diagnostics};
use super::lexer;
use super::names::{Names, words};
use super::source::{Source, Span};
use super::token::{Literals, Token, TokenKind};
use recovery::Opener;

/// How deep a tree can be, left spines not counted. A level of brackets is one level of depth, an operator's right
/// operand another. A build without optimisation needs up to 3.3 KB of stack per level, so that the 2 MB that threads have
/// by default are enough.
pub const DEPTH_MAX: u32 = 500;

/// Reads a file. Whatever is wrong with it, a tree comes back, with [`ExprKind::Error`] where text did not parse, and
/// every error has been added to `diagnostics`, in the order of their places.
pub fn parse<'a>(source: &Source, arena: &'a Bump, names: &mut Names, diagnostics: &mut Diagnostics) -> Module<'a> {
    let mut found = Diagnostics::new();
    let lexed = lexer::lex(source, arena, names, &mut found);
    let lexer_errors = found.len();
    let mut parser = Parser {
        source,
        arena,
        names,
        diagnostics: &mut found,
        tokens: lexed.tokens,
        literals: lexed.literals,
        at: 0,
        nesting: 0,
        depth: 0,
        open: Vec::new(),
        else_if: None,
        misplaced_end: None,
        reported_at: None,
        pending_ends: 0,
        no_bracket_from: None,
        too_deep: false,
        read_again: false,
        lost: Vec::new(),
    };
    let body = parser.module();
    let lost = parser.lost_names();
    let doubtful_from = lexed.doubtful_from.unwrap_or(u32::MAX);
    let mut quote_inside = false;
    for (at, diagnostic) in found.into_iter().enumerate() {
        // What is missing at the end of the file may be there, in a comment or string that swallowed it.
        let swallowed = lexed.doubtful_from.is_some() && diagnostic.incomplete;
        let place = diagnostic.primary.span.start;
        if at >= lexer_errors && (place >= doubtful_from || swallowed) {
            continue;
        }
        if at >= lexer_errors && lexed.unclosed_string.is_some_and(|string| splits_string(source, place, string)) {
            quote_inside = true;
            continue;
        }
        diagnostics.push(diagnostic);
    }
    if quote_inside && let Some(unclosed) = diagnostics.iter_mut().find(|error| error.message == lexer::UNCLOSED_STRING)
    {
        let quote = source.text[unclosed.primary.span.start as usize..].chars().next().unwrap_or('"');
        unclosed.help.push(format!("a `{quote}` inside of a string is written `\\{quote}`"));
    }
    diagnostics.sort();
    Module { body, lost }
}

/// Whether what does not fit at a place stands directly behind a string, on the line of one that is not closed: `'it's'`.
fn splits_string(source: &Source, place: u32, unclosed: u32) -> bool {
    let before = source.text[..place as usize].chars().next_back();
    place < unclosed
        && source.line(place) == source.line(unclosed)
        && before == source.text[unclosed as usize..].chars().next()
}

/// Says that an error has been reported, and that the caller should look for a place to go on.
#[derive(Clone, Copy, Debug)]
struct Reported;

type Parsed<T> = Result<T, Reported>;

struct Parser<'s, 'a> {
    source: &'s Source,
    arena: &'a Bump,
    names: &'s Names,
    diagnostics: &'s mut Diagnostics,
    tokens: Vec<Token>,
    literals: Literals<'a>,
    /// The token to be read next.
    at: usize,
    /// In how many brackets, headers and the like: newlines mean nothing while it is not 0.
    nesting: u32,
    /// How deep the tree is here.
    depth: u32,
    /// The constructs that wait for their `end`, outermost first.
    open: Vec<Opener>,
    /// The first `if` that follows an `else` on its line: likely meant as `elif` if an `end` is missing.
    else_if: Option<Span>,
    /// A construct whose `end` stands further left than itself, and that `end`: the suspect if another lacks one.
    misplaced_end: Option<(Opener, Span)>,
    /// The token at which the last error was reported.
    reported_at: Option<usize>,
    /// How many `end`s the statement that is being given up has still to come, beyond those that its tokens show.
    pending_ends: u32,
    /// The token from which the last search for a closing bracket failed.
    no_bracket_from: Option<usize>,
    /// Whether it has been said that the program is nested too deeply. Once is enough.
    too_deep: bool,
    /// Whether the tokens of the statement that is being given up have changed, so that it should be read again.
    read_again: bool,
    /// What did not parse, as numbers of tokens.
    lost: Vec<std::ops::Range<usize>>,
}

// ---- tokens

impl<'a> Parser<'_, 'a> {
    fn token(&self) -> Token {
        self.tokens[self.at]
    }

    fn kind(&self) -> TokenKind {
        self.tokens[self.at].kind
    }

    /// The token `n` ahead; past the end of the file, that end.
    fn ahead(&self, n: usize) -> Token {
        self.tokens[(self.at + n).min(self.tokens.len() - 1)]
    }

    /// The token just read. At the beginning of the file, the first one.
    fn previous(&self) -> Token {
        self.tokens[self.at.saturating_sub(1)]
    }

    /// Where something that began at `start` and ends with the token just read stands.
    fn span_from(&self, start: Span) -> Span {
        let end = self.previous().span;
        if end.end < start.start { start } else { start.to(end) }
    }

    fn at(&self, kind: TokenKind) -> bool {
        self.kind() == kind
    }

    fn at_word(&self, word: Symbol) -> bool {
        self.at(TokenKind::Name) && self.token().symbol() == word
    }

    /// Passes a token. The end of the file is never passed.
    fn advance(&mut self) -> Token {
        let token = self.token();
        if token.kind != TokenKind::EndOfFile {
            self.at += 1;
        }
        token
    }

    fn accept(&mut self, kind: TokenKind) -> Option<Token> {
        self.at(kind).then(|| self.advance())
    }

    /// A token that must be there.
    fn expect(&mut self, kind: TokenKind, what_for: &str) -> Parsed<Token> {
        match self.accept(kind) {
            Some(token) => Ok(token),
            None => Err(self.expected(&format!("{}{what_for}", kind.describe()))),
        }
    }

    /// A name that must be there.
    fn name(&mut self, what: &str) -> Parsed<Name> {
        let token = self.token();
        if token.kind == TokenKind::Name {
            self.advance();
            return Ok(Name { symbol: token.symbol(), span: token.span });
        }
        let error = self.expectation(what);
        if !token.kind.is_keyword() || token.newline_before {
            return Err(self.report(error));
        }
        let reported = self.report(error.note(format!("{} is a keyword", token.kind.describe())));
        // Was it meant as a name? Then going on as if it were one saves further messages.
        if !matches!(
            self.ahead(1).kind,
            TokenKind::Equal | TokenKind::Comma | TokenKind::LeftParen | TokenKind::RightParen | TokenKind::In
        ) {
            return Err(reported);
        }
        self.advance();
        Ok(Name { symbol: token.symbol(), span: token.span })
    }

    fn text(&self, span: Span) -> &str {
        &self.source.text[span.start as usize..span.end as usize]
    }

    /// How a message calls the next token.
    fn found(&self) -> String {
        self.describe(self.token())
    }

    fn describe(&self, token: Token) -> String {
        match token.kind {
            TokenKind::Name | TokenKind::Int | TokenKind::Float => {
                format!("`{}`", lexer::shorten(self.text(token.span)))
            }
            kind => kind.describe().to_string(),
        }
    }
}

// ---- errors

impl<'a> Parser<'_, 'a> {
    /// Reports an error at the token to be read next, unless one has been reported there.
    #[cold]
    fn report(&mut self, error: Diagnostic) -> Reported {
        let token = self.token();
        // Text that the lexer did not understand may be what is missing.
        let spoilt = token.kind == TokenKind::Error || self.at > 0 && self.previous().kind == TokenKind::Error;
        let at_end = token.kind == TokenKind::EndOfFile;
        // After the message about nesting, the parser gives up, and sees the end of the file.
        if !spoilt && self.reported_at != Some(self.at) && !(at_end && self.too_deep) {
            self.diagnostics.push(if at_end { error.incomplete() } else { error });
        }
        self.reported_at = Some(self.at);
        Reported
    }

    /// "expected ..., found ...", at the next token; or behind the one before if there is a newline between them, since
    /// that is where one has to write it.
    #[cold]
    fn expectation(&self, what: &str) -> Diagnostic {
        let token = self.token();
        let message = format!("expected {what}, found {}", self.found());
        if token.newline_before && self.at > 0 || token.kind == TokenKind::EndOfFile {
            let end = if self.at > 0 { self.previous().span.end } else { token.span.start };
            let label = if self.at > 0 { format!("expected {what} after this") } else { format!("expected {what}") };
            Diagnostic::error(Span::new(end, end), message).label(label)
        } else {
            Diagnostic::error(token.span, message).label(format!("expected {what}"))
        }
    }

    /// "expected ..., found ...", at the next token even if it is on a line of its own: for what begins there.
    #[cold]
    fn expectation_here(&self, what: &str) -> Diagnostic {
        let message = format!("expected {what}, found {}", self.found());
        Diagnostic::error(self.token().span, message).label(format!("expected {what}"))
    }

    #[cold]
    fn expected(&mut self, what: &str) -> Reported {
        let error = self.expectation(what);
        self.report(error)
    }

    /// Reports an error about something that has been read and need not disturb the rest.
    #[cold]
    fn complain(&mut self, error: Diagnostic) {
        if !self.too_deep {
            self.diagnostics.push(error);
        }
    }

    /// A new node. Not inlined: an allocation's temporaries, in a build without optimisation, would be part of the frames
    /// of the functions that recurse.
    #[inline(never)]
    fn expr(&self, kind: ExprKind<'a>, span: Span) -> &'a Expr<'a> {
        self.arena.alloc(Expr { kind, span })
    }

    /// An expression in place of one that did not parse.
    fn error_expr(&self, span: Span) -> &'a Expr<'a> {
        self.arena.alloc(Expr { kind: ExprKind::Error, span })
    }

    /// A name in place of one that did not parse. No program can refer to it.
    fn error_name(&self) -> Name {
        let at = self.previous().span.end;
        Name { symbol: words::UNDERSCORE, span: Span::new(at, at) }
    }

    /// Goes one level deeper. Whoever succeeds takes a level off `depth` again.
    fn enter(&mut self) -> Parsed<()> {
        if self.depth < DEPTH_MAX {
            self.depth += 1;
            return Ok(());
        }
        if !self.too_deep {
            let error = Diagnostic::error(self.token().span, "nested too deeply")
                .label(format!("there are more than {DEPTH_MAX} levels of brackets, blocks or operands around this"));
            self.report(error.help("name a part of it with `let`, or move a part of it into a function"));
            self.too_deep = true;
            // Gives up: what is read without its surroundings fits nowhere, and brings messages that help nobody.
            self.at = self.tokens.len() - 1;
        }
        Err(Reported)
    }
}
