//! Numbers and strings: their values, and what is wrong with those that have none.

use super::{Interpolation, Lexer, UNCLOSED_STRING, is_foreign_quote, is_name_character, shorten, span};
use crate::syntax::diagnostics::Diagnostic;
use crate::syntax::token::{IntLiteral, TokenKind};

impl Lexer<'_, '_> {
    pub(super) fn number(&mut self) {
        let start = self.at;
        let radix = match (self.byte(0), self.byte(1)) {
            (b'0', b'x' | b'X') => 16,
            (b'0', b'b' | b'B') => 2,
            (b'0', b'o' | b'O') => 8,
            _ => 10,
        };
        let mut float = false;
        let digits_start = if radix == 10 { start } else { start + 2 };
        if radix != 10 {
            self.at += 2;
            self.digits(radix);
        } else {
            self.digits(10);
            if self.byte(0) == b'.' && self.byte(1).is_ascii_digit() {
                float = true;
                self.at += 1;
                self.digits(10);
            }
            let sign = usize::from(matches!(self.byte(1), b'+' | b'-'));
            if matches!(self.byte(0), b'e' | b'E') && self.byte(1 + sign).is_ascii_digit() {
                float = true;
                self.at += 1 + sign;
                self.digits(10);
            }
        }
        let digits_end = self.at;
        if digits_end == digits_start || self.peek().is_some_and(is_name_character) {
            self.skip_while(is_name_character);
            if radix == 10 && matches!(self.byte_before(), b'e' | b'E') && matches!(self.byte(0), b'+' | b'-') {
                // The sign of an exponent without digits.
                self.at += 1;
                self.skip_while(is_name_character);
            }
            self.bad_number(start, digits_start, digits_end, radix);
            return self.push(TokenKind::Error, start, 0);
        }
        let text: String = self.text[digits_start..digits_end].chars().filter(|&c| c != '_').collect();
        if float {
            self.literals.floats.push(text.parse().expect("digits, point and exponent have been checked"));
            return self.push(TokenKind::Float, start, self.literals.floats.len() as u32 - 1);
        }
        let limit = if radix == 10 { 1 << 63 } else { u64::MAX };
        // Only out of range is possible: the digits have been checked.
        let bits = u64::from_str_radix(&text, radix).ok().filter(|&bits| bits <= limit).unwrap_or_else(|| {
            let largest = if radix == 10 { "2^63-1" } else { "2^64-1" };
            let error = Diagnostic::error(span(start, digits_end), "number is too large");
            let error = error.label(format!("an int is at most {largest}"));
            self.diagnostics.push(if radix == 10 { error.help("with `.0` at its end it is a float") } else { error });
            0
        });
        self.literals.ints.push(IntLiteral { bits, decimal: radix == 10 });
        self.push(TokenKind::Int, start, self.literals.ints.len() as u32 - 1);
    }

    /// Digits, `_` between two of them allowed.
    fn digits(&mut self, radix: u32) {
        let is_digit = |byte: u8| char::from(byte).is_digit(radix);
        while is_digit(self.byte(0)) || self.byte(0) == b'_' && is_digit(self.byte(1)) && is_digit(self.byte_before()) {
            self.at += 1;
        }
    }

    fn byte_before(&self) -> u8 {
        self.text.as_bytes()[self.at - 1]
    }

    /// A string in another language's quotes: reports the first one, and reads on behind the second, if that is on the
    /// same line.
    pub(super) fn foreign_string(&mut self, quote: char) -> bool {
        let start = self.at;
        let inside = &self.rest()[quote.len_utf8()..];
        let line = &inside[..inside.find('\n').unwrap_or(inside.len())];
        let closes = |c| if quote == '`' { c == '`' } else { c != '`' && is_foreign_quote(c) };
        let Some(close) = line.find(closes) else { return false };
        let end = start + quote.len_utf8() + close;
        self.at = end + self.text[end..].chars().next().map_or(0, char::len_utf8);
        self.error(start, self.at, format!("unexpected character `{quote}`"), "a string stands in `\"` or `'`");
        self.literals.texts.push("");
        self.push(TokenKind::Str, start, self.literals.texts.len() as u32 - 1);
        true
    }

    /// Says what is wrong with the number from `start` to here, of which the digits up to `digits_end` are right.
    fn bad_number(&mut self, start: usize, digits_start: usize, digits_end: usize, radix: u32) {
        let whole = &self.text[start..self.at];
        let odd = self.text[digits_end..].chars().next().filter(|&c| is_name_character(c));
        let label = match odd {
            Some('_') => "`_` may stand between two digits only".to_string(),
            Some(c) if c.is_ascii_digit() => format!("`{c}` is no digit in base {radix}"),
            _ if digits_end == digits_start => format!("expected a digit of base {radix}"),
            Some('e' | 'E') if radix == 10 => "expected the digits of an exponent after `e`".to_string(),
            Some(c) => format!("a number can't be followed by `{c}`"),
            None => format!("expected a digit of base {radix}"),
        };
        let message = format!("malformed number `{}`", shorten(whole));
        let mut error = Diagnostic::error(span(start, self.at), message).label(label);
        let name = odd.is_some_and(|c| !matches!(c, '_' | 'e' | 'E') && !c.is_ascii_digit());
        if name && radix == 10 {
            error = error.help("a name can't begin with a digit");
        }
        self.diagnostics.push(error);
    }

    /// The text of a string up to its end or its next `${`. Its quote is at `string_start`; this piece of it begins with
    /// that quote or with a `}`, at `piece_start`; both have been passed.
    pub(super) fn string(&mut self, quote: char, string_start: usize, piece_start: usize) {
        let first_piece = string_start == piece_start;
        let mut plain_from = self.at;
        let mut resolved = String::new();
        let end = loop {
            // Everything of interest is one byte long, and no byte of a longer character.
            match self.byte(0) {
                b'\\' => {
                    resolved.push_str(&self.text[plain_from..self.at]);
                    self.escape(&mut resolved);
                    plain_from = self.at;
                }
                b'$' if self.byte(1) == b'{' => break Some(2),
                byte if u32::from(byte) == quote as u32 => break Some(1),
                _ if self.at >= self.text.len() => break None,
                b'\n' => {
                    self.first_long_string.get_or_insert(string_start);
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        };
        let Some(length) = end else { return self.unclosed_string(quote, string_start, piece_start) };
        resolved.push_str(&self.text[plain_from..self.at]);
        self.literals.texts.push(self.arena.alloc_str(&resolved));
        let payload = self.literals.texts.len() as u32 - 1;
        let open = self.at;
        self.at += length;
        let kind = match (first_piece, length) {
            (true, 1) => TokenKind::Str,
            (true, _) => TokenKind::StrHead,
            (false, 1) => TokenKind::StrTail,
            (false, _) => TokenKind::StrMiddle,
        };
        self.push(kind, piece_start, payload);
        if length == 2 {
            self.interpolations.push(Interpolation { quote, string_start, open, braces: 0 });
        }
    }

    /// Reports a string that the end of the file cuts off, and goes on after its first line, as if the quote stood there.
    fn unclosed_string(&mut self, quote: char, string_start: usize, piece_start: usize) {
        self.unclosed_string = Some(string_start as u32);
        let mut error = Diagnostic::error(span(string_start, string_start + 1), UNCLOSED_STRING)
            .label(format!("expected a `{quote}` for this one"));
        let suspect = self.first_long_string.filter(|&first| first < string_start);
        if let Some(outermost) = self.interpolations.first() {
            let open = span(outermost.open, outermost.open + 2);
            error = error.also(open, "it stands inside this interpolation: is a `}` missing there?");
        } else if let Some(suspect) = suspect {
            let place = span(suspect, suspect + 1);
            error = error.also(place, "this string goes over several lines: is its closing quote the missing one?");
        }
        self.diagnostics.push(error.incomplete());
        let outermost = self.interpolations.first().map(|open| open.string_start);
        let doubtful = suspect.into_iter().chain(outermost).min();
        if let Some(doubtful) = doubtful {
            self.doubtful_from = Some(doubtful as u32);
        }
        if piece_start == string_start {
            self.at = piece_start;
            self.skip_line();
            self.push(TokenKind::Error, piece_start, 0);
        } else {
            self.literals.texts.push("");
            self.at = piece_start;
            self.skip_line();
            self.push(TokenKind::StrTail, piece_start, self.literals.texts.len() as u32 - 1);
        }
        if doubtful.is_some() {
            // There is no telling any more what is string and what is not.
            self.at = self.text.len();
            self.interpolations.clear();
        }
    }

    /// One escape, from its backslash.
    fn escape(&mut self, resolved: &mut String) {
        let start = self.at;
        let Some(c) = self.rest()[1..].chars().next() else {
            // The end of the file: the string will be reported.
            self.at += 1;
            return;
        };
        self.at += 1 + c.len_utf8();
        let simple = match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '0' => '\0',
            '\\' | '"' | '\'' | '$' => c,
            'x' => {
                let value = self.text.get(self.at..self.at + 2).filter(|digits| is_hexadecimal(digits));
                let Some(digits) = value else {
                    return self.error(start, self.at, "bad escape `\\x`", "expected two hexadecimal digits after it");
                };
                resolved.push(char::from(u8::from_str_radix(digits, 16).expect("checked")));
                self.at += 2;
                return;
            }
            'u' => return self.unicode_escape(start, resolved),
            _ => {
                let message = format!("unknown escape `\\{}`", c.escape_debug());
                let error = Diagnostic::error(span(start, self.at), message)
                    .label("the escapes are `\\n \\t \\r \\0 \\\\ \\\" \\' \\$ \\xHH \\u{H..}`");
                return self.diagnostics.push(error.help("a backslash itself is written `\\\\`"));
            }
        };
        resolved.push(simple);
    }

    /// `\u{H..}`, after its `u`.
    fn unicode_escape(&mut self, start: usize, resolved: &mut String) {
        // Looks no further than the longest escape, lest a text full of unclosed ones take quadratic time.
        let brace = self.rest().bytes().take(8).position(|byte| byte == b'}').filter(|_| self.byte(0) == b'{');
        let digits = brace.map(|brace| &self.text[self.at + 1..self.at + brace]);
        let Some(digits) = digits.filter(|digits| is_hexadecimal(digits)) else {
            return self.error(
                start,
                self.at,
                "bad escape `\\u`",
                "expected one to six hexadecimal digits in `{ }` after it",
            );
        };
        let value = u32::from_str_radix(digits, 16).expect("checked");
        let length = digits.len() + 2;
        self.at += length;
        match char::from_u32(value) {
            Some(c) => resolved.push(c),
            None => {
                let label =
                    if value > 0x10ffff { "the largest is `\\u{10FFFF}`" } else { "this is half of a surrogate pair" };
                let message = format!("`{}` is no Unicode scalar value", &self.text[start..self.at]);
                self.error(start, self.at, message, label);
            }
        }
    }
}

fn is_hexadecimal(digits: &str) -> bool {
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}
