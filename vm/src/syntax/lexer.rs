//! Text to tokens, all at once: the parser may then look as far ahead as it likes.
//!
//! Interpolation `"a${x}b"` becomes the tokens `StrHead("a") x StrTail("b")`. A stack remembers the strings that are
//! being interpolated, so that strings nested a million deep cost no recursion. Every error is reported where it is
//! found, and leaves a token with which the parser can go on: what is plainly meant (`!=` for `!==`, `and` for `&&`),
//! or else an `Error` token, on which the parser keeps quiet.
//!
//! A missing quote turns the rest of the file inside out. What was misread is unknown, so the lexer only says from
//! where on nothing is to be believed ([`Tokens::doubtful_from`]).

mod literals;

use bumpalo::Bump;

use super::diagnostics::{Diagnostic, Diagnostics};
use super::names::Names;
use super::source::{Source, Span};
use super::token::{Literals, Token, TokenKind};

/// What the lexer makes of a file.
#[derive(Debug)]
pub struct Tokens<'a> {
    /// All tokens; the last one is the end of the file.
    pub tokens: Vec<Token>,
    /// The values of literals.
    pub literals: Literals<'a>,
    /// From this offset on, the tokens may be text that a missing quote or `*/` has turned inside out.
    pub doubtful_from: Option<u32>,
    /// Where the string begins that is not closed.
    pub unclosed_string: Option<u32>,
}

/// Cuts a text into tokens.
pub fn lex<'a>(source: &Source, arena: &'a Bump, names: &mut Names, diagnostics: &mut Diagnostics) -> Tokens<'a> {
    let mut lexer = Lexer {
        text: &source.text,
        at: 0,
        newline: false,
        arena,
        names,
        diagnostics,
        tokens: Vec::new(),
        literals: Literals::default(),
        interpolations: Vec::new(),
        first_long_string: None,
        doubtful_from: None,
        unclosed_string: None,
    };
    lexer.run();
    Tokens {
        tokens: lexer.tokens,
        literals: lexer.literals,
        doubtful_from: lexer.doubtful_from,
        unclosed_string: lexer.unclosed_string,
    }
}

/// A string whose `${` has been read and whose `}` has not.
struct Interpolation {
    quote: char,
    /// The opening quote.
    string_start: usize,
    /// The `${`.
    open: usize,
    /// Braces open inside.
    braces: u32,
}

struct Lexer<'s, 'a> {
    text: &'s str,
    at: usize,
    /// Whether a newline has been seen since the last token.
    newline: bool,
    arena: &'a Bump,
    names: &'s mut Names,
    diagnostics: &'s mut Diagnostics,
    tokens: Vec<Token>,
    literals: Literals<'a>,
    interpolations: Vec<Interpolation>,
    /// The first string that holds a newline: the suspect if a quote is missing.
    first_long_string: Option<usize>,
    doubtful_from: Option<u32>,
    unclosed_string: Option<u32>,
}

impl<'a> Lexer<'_, 'a> {
    fn run(&mut self) {
        if self.text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        if self.rest().starts_with("#!") {
            self.skip_line();
        }
        loop {
            self.skip_blanks();
            if self.at >= self.text.len() {
                break;
            }
            self.token();
        }
        if let Some(outermost) = self.interpolations.first() {
            let (string, open) = (outermost.string_start, outermost.open);
            self.doubtful_from = Some(self.doubtful_from.unwrap_or(u32::MAX).min(string as u32));
            if !self.diagnostics.iter().any(|diagnostic| diagnostic.incomplete) {
                let error = Diagnostic::error(span(open, open + 2), "interpolation is not closed")
                    .label("expected a `}` for this `${`")
                    .also(span(string, string + 1), "in this string");
                self.diagnostics.push(error.incomplete());
            }
        }
        let end = self.text.len();
        self.push(TokenKind::EndOfFile, end, 0);
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The byte `n` bytes ahead, 0 past the end.
    fn byte(&self, n: usize) -> u8 {
        self.text.as_bytes().get(self.at + n).copied().unwrap_or(0)
    }

    fn skip_line(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    fn skip_while(&mut self, mut wanted: impl FnMut(char) -> bool) {
        self.at += self.rest().find(|c| !wanted(c)).unwrap_or(self.rest().len());
    }

    /// A token from `start` to here.
    fn push(&mut self, kind: TokenKind, start: usize, payload: u32) {
        self.tokens.push(Token { kind, newline_before: self.newline, payload, span: span(start, self.at) });
        self.newline = false;
    }

    fn error(&mut self, start: usize, end: usize, message: impl Into<String>, label: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(span(start, end), message).label(label));
    }

    // ---- blanks and comments

    fn skip_blanks(&mut self) {
        loop {
            match self.byte(0) {
                b'\n' => {
                    self.newline = true;
                    self.at += 1;
                }
                b' ' | b'\t' | b'\r' | b'\x0b' | b'\x0c' => self.at += 1,
                b'/' if self.byte(1) == b'/' => self.skip_line(),
                b'/' if self.byte(1) == b'*' => self.skip_comment(),
                _ => return,
            }
        }
    }

    /// Skips a comment between `/*` and `*/`, with those nested in it.
    fn skip_comment(&mut self) {
        let start = self.at;
        // Only the outermost and innermost openings matter for the message.
        let mut innermost = start;
        let mut depth = 0_usize;
        loop {
            match (self.byte(0), self.byte(1)) {
                (b'/', b'*') => {
                    innermost = self.at;
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                (b'\n', _) => {
                    self.newline = true;
                    self.at += 1;
                }
                _ if self.at >= self.text.len() => break,
                _ => self.at += 1,
            }
        }
        let mut error =
            Diagnostic::error(span(start, start + 2), "comment is not closed").label("expected a `*/` for this");
        if innermost != start {
            error = error.also(span(innermost, innermost + 2), "comments nest: this one needs its own `*/`");
        }
        self.diagnostics.push(error.incomplete());
        self.doubtful_from.get_or_insert(start as u32);
    }

    // ---- tokens

    fn token(&mut self) {
        let c = self.peek().expect("the caller has checked for the end");
        match c {
            '0'..='9' => self.number(),
            '"' | '\'' => {
                let start = self.at;
                self.at += 1;
                self.string(c, start, start);
            }
            '}' if self.interpolations.last().is_some_and(|open| open.braces == 0) => {
                let open = self.interpolations.pop().expect("just seen");
                let start = self.at;
                self.at += 1;
                self.string(open.quote, open.string_start, start);
            }
            _ if c == '_' || unicode_ident::is_xid_start(c) => self.word(),
            _ => self.operator(c),
        }
    }

    fn word(&mut self) {
        let start = self.at;
        self.skip_while(is_name_character);
        let symbol = self.names.intern(&self.text[start..self.at]);
        self.push(TokenKind::of_keyword(symbol).unwrap_or(TokenKind::Name), start, symbol.0);
    }

    fn operator(&mut self, c: char) {
        use TokenKind::*;
        let start = self.at;
        let bytes = [self.byte(0), self.byte(1), self.byte(2)];
        // What other languages write, with what is meant by it here.
        let foreign: Option<(usize, TokenKind, &str)> = match &bytes {
            b"===" => Some((3, EqualEqual, "equality is `==`")),
            b"!==" => Some((3, NotEqual, "inequality is `!=`")),
            b"&&=" | b"||=" => None,
            [b'&', b'&', _] => Some((2, And, "the operator is `and`")),
            [b'|', b'|', _] => Some((2, Or, "the operator is `or`")),
            [b'*', b'*', _] => Some((2, Star, "a power is written `pow(a, b)`")),
            [b'<', b'>', _] | [b'~', b'=', _] => Some((2, NotEqual, "inequality is `!=`")),
            [b'=', b'<', _] => Some((2, LessEqual, "the operator is `<=`")),
            [b':', b'=', _] => Some((2, Equal, "assignment is `=`")),
            [b'!', after, _] if *after != b'=' => Some((1, Not, "the operator is `not`")),
            _ => None,
        };
        if let Some((length, kind, help)) = foreign {
            self.at += length;
            let message = format!("there is no operator `{}`", &self.text[start..self.at]);
            self.diagnostics.push(Diagnostic::error(span(start, self.at), message).label(help));
            let payload = if kind.is_keyword() { kind as u32 } else { 0 };
            return self.push(kind, start, payload);
        }
        let (length, kind) = match &bytes {
            b"..." => (3, DotDotDot),
            b"<<=" => (3, ShiftLeftEqual),
            b">>=" => (3, ShiftRightEqual),
            [b'<', b'<', _] => (2, ShiftLeft),
            [b'>', b'>', _] => (2, ShiftRight),
            [b'&', b'=', _] => (2, AmpersandEqual),
            [b'|', b'=', _] => (2, PipeEqual),
            [b'^', b'=', _] => (2, CaretEqual),
            [b'=', b'=', _] => (2, EqualEqual),
            [b'!', b'=', _] => (2, NotEqual),
            [b'<', b'=', _] => (2, LessEqual),
            [b'>', b'=', _] => (2, GreaterEqual),
            [b'+', b'=', _] => (2, PlusEqual),
            [b'-', b'=', _] => (2, MinusEqual),
            [b'*', b'=', _] => (2, StarEqual),
            [b'/', b'=', _] => (2, SlashEqual),
            [b'%', b'=', _] => (2, PercentEqual),
            [b'-', b'>', _] => (2, Arrow),
            [b'.', b'.', _] => (2, DotDot),
            [b'+', ..] => (1, Plus),
            [b'-', ..] => (1, Minus),
            [b'*', ..] => (1, Star),
            [b'/', ..] => (1, Slash),
            [b'%', ..] => (1, Percent),
            [b'&', ..] => (1, Ampersand),
            [b'|', ..] => (1, Pipe),
            [b'^', ..] => (1, Caret),
            [b'~', ..] => (1, Tilde),
            [b'<', ..] => (1, Less),
            [b'>', ..] => (1, Greater),
            [b'=', ..] => (1, Equal),
            [b'(', ..] => (1, LeftParen),
            [b')', ..] => (1, RightParen),
            [b'[', ..] => (1, LeftBracket),
            [b']', ..] => (1, RightBracket),
            [b'{', ..] => (1, LeftBrace),
            [b'}', ..] => (1, RightBrace),
            [b',', ..] => (1, Comma),
            [b'.', ..] => (1, Dot),
            [b':', ..] => (1, Colon),
            [b';', ..] => (1, Semicolon),
            _ => return self.unexpected_character(c),
        };
        if let Some(open) = self.interpolations.last_mut() {
            match kind {
                LeftBrace => open.braces += 1,
                RightBrace => open.braces -= 1,
                _ => {}
            }
        }
        self.at += length;
        self.push(kind, start, 0);
    }

    fn unexpected_character(&mut self, c: char) {
        let start = self.at;
        if let Some(&(_, kind, label)) = LOOKALIKES.iter().find(|&&(lookalike, ..)| lookalike == c) {
            self.at += c.len_utf8();
            self.error(start, self.at, format!("unexpected character `{c}`"), label);
            let payload = if kind.is_keyword() { kind as u32 } else { 0 };
            return self.push(kind, start, payload);
        }
        if is_foreign_quote(c) && self.foreign_string(c) {
            return;
        }
        if c == '\\' && self.rest()[1..].trim_start_matches([' ', '\t', '\r']).starts_with('\n') {
            let error =
                Diagnostic::error(span(start, start + 1), "unexpected character `\\`").label("expected nothing here");
            let help = "a statement goes on in the next line after an operator or a `,`, and inside of brackets";
            self.diagnostics.push(error.help(help));
            // As if the newline were not there.
            self.at += self.rest().find('\n').map_or(1, |newline| newline + 1);
            return;
        }
        if c == '$' && self.rest()[1..].starts_with(|next| next == '_' || unicode_ident::is_xid_start(next)) {
            self.error(start, start + 1, "unexpected character `$`", "a variable is its name alone");
            self.at += 1;
            return;
        }
        // One message for a run of the same character.
        self.skip_while(|other| other == c);
        let shown: String = if c.is_control() || c.is_whitespace() || unicode_invisible(c) {
            format!("U+{:04X}", c as u32)
        } else {
            format!("`{c}`")
        };
        let error = Diagnostic::error(span(start, self.at), format!("unexpected character {shown}"));
        if c == '#' {
            self.skip_line();
        }
        self.diagnostics.push(match c {
            '#' => error.label("a comment begins with `//`"),
            '?' => error.label("no operator has this").help("a choice is written `if c then a else b end`"),
            _ if is_foreign_quote(c) => error.label("a string stands in `\"` or `'`"),
            _ if c.is_whitespace() => error.label("this blank is none of the language's: use a space"),
            _ => error.label("no name, number, string or operator begins with this"),
        });
        self.push(TokenKind::Error, start, 0);
    }
}

/// The message about a string without its second quote.
pub(super) const UNCLOSED_STRING: &str = "string is not closed";

/// Characters that look like operators, or mean them elsewhere.
const LOOKALIKES: &[(char, TokenKind, &str)] = &[
    ('\u{2013}', TokenKind::Minus, "the minus sign is `-`"),
    ('\u{2014}', TokenKind::Minus, "the minus sign is `-`"),
    ('\u{2212}', TokenKind::Minus, "the minus sign is `-`"),
    ('×', TokenKind::Star, "multiplication is `*`"),
    ('·', TokenKind::Star, "multiplication is `*`"),
    ('÷', TokenKind::Slash, "division is `/`"),
    ('≤', TokenKind::LessEqual, "the operator is `<=`"),
    ('≥', TokenKind::GreaterEqual, "the operator is `>=`"),
    ('≠', TokenKind::NotEqual, "inequality is `!=`"),
    ('←', TokenKind::Equal, "assignment is `=`"),
    ('¬', TokenKind::Not, "the operator is `not`"),
    ('∧', TokenKind::And, "the operator is `and`"),
    ('∨', TokenKind::Or, "the operator is `or`"),
    ('（', TokenKind::LeftParen, "the parenthesis is `(`"),
    ('）', TokenKind::RightParen, "the parenthesis is `)`"),
    ('，', TokenKind::Comma, "the comma is `,`"),
    ('：', TokenKind::Colon, "the colon is `:`"),
    ('；', TokenKind::Semicolon, "the semicolon is `;`"),
];

/// Whether strings stand in this character elsewhere.
fn is_foreign_quote(c: char) -> bool {
    matches!(c, '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' | '\u{201e}' | '`')
}

/// Whether a character can stand inside a name.
fn is_name_character(c: char) -> bool {
    c == '_' || unicode_ident::is_xid_continue(c)
}

/// Whether a character is drawn as nothing, or changes how others are drawn. All of them are three bytes long.
pub fn unicode_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The beginning of a text too long for a message.
pub fn shorten(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_string(),
    }
}

fn span(start: usize, end: usize) -> Span {
    Span::new(start as u32, end as u32)
}
