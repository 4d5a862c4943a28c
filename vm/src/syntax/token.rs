//! Tokens: what the lexer cuts the text into.
//!
//! A token is 16 bytes: its kind, its place, whether a newline came before it (the parser decides where that matters),
//! and an index for what does not fit: a name's symbol, a literal's value in [`Literals`]. Kinds carry no data, so that
//! the parser can ask for one by name, and one table gives each kind the text that it has in programs and messages.

use super::ast::Symbol;
use super::source::Span;

/// Makes [`TokenKind`] and its texts. Keywords come first, in the order in which [`super::names::Names`] interns them:
/// the symbol of a keyword is its place in this table.
macro_rules! tokens {
    (
        keywords { $($keyword:ident $keyword_text:literal)* }
        operators { $($operator:ident $operator_text:literal)* }
        others { $($other:ident $other_text:literal $(#[doc = $doc:literal])*)* }
    ) => {
        /// The kinds of token.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum TokenKind {
            $(#[doc = concat!("`", $keyword_text, "`")] $keyword,)*
            $(#[doc = concat!("`", $operator_text, "`")] $operator,)*
            $($(#[doc = $doc])* $other,)*
        }

        /// The keywords, in the order of their kinds.
        pub const KEYWORDS: &[(&str, TokenKind)] = &[$(($keyword_text, TokenKind::$keyword),)*];

        impl TokenKind {
            /// How messages call it: an operator or keyword in backquotes, anything else in words.
            pub fn describe(self) -> &'static str {
                match self {
                    $(TokenKind::$keyword => concat!("`", $keyword_text, "`"),)*
                    $(TokenKind::$operator => concat!("`", $operator_text, "`"),)*
                    $(TokenKind::$other => $other_text,)*
                }
            }
        }
    };
}

tokens! {
    keywords {
        And "and" Break "break" Case "case" Catch "catch" Class "class" Const "const" Continue "continue" FloorDiv "div"
        Do "do" Elif "elif" Else "else" End "end" Enum "enum" Extends "extends" False "false" Finally "finally" Fn "fn"
        For "for" From "from" If "if" Import "import" In "in" Let "let" Loop "loop" Match "match" Mod "mod" Nil "nil"
        Not "not" Or "or" Repeat "repeat" Return "return" SelfWord "self" Static "static" Super "super" Then "then"
        Throw "throw" True "true" Try "try" Until "until" While "while"
    }
    operators {
        Plus "+" Minus "-" Star "*" Slash "/" Percent "%" Ampersand "&" Pipe "|" Caret "^" Tilde "~" ShiftLeft "<<"
        ShiftRight ">>" EqualEqual "==" NotEqual "!=" Less "<" LessEqual "<=" Greater ">" GreaterEqual ">=" Equal "="
        PlusEqual "+=" MinusEqual "-=" StarEqual "*=" SlashEqual "/=" PercentEqual "%=" AmpersandEqual "&="
        PipeEqual "|=" CaretEqual "^=" ShiftLeftEqual "<<=" ShiftRightEqual ">>=" DotDot ".." DotDotDot "..." Dot "."
        Arrow "->" Comma "," Colon ":" Semicolon ";" LeftParen "(" RightParen ")" LeftBracket "[" RightBracket "]"
        LeftBrace "{" RightBrace "}"
    }
    others {
        Name "a name" #[doc = "A name; its symbol is the payload. The words `to`, `step`, `as` and so on are names too."]
        Int "a number" #[doc = "An int literal; the payload is an index into the ints."]
        Float "a number" #[doc = "A float literal; the payload is an index into the floats."]
        Str "a string" #[doc = "A string literal without interpolation; the payload is an index into the texts."]
        StrHead "a string" #[doc = "The text of a string up to its first `${`."]
        StrMiddle "`}`" #[doc = "The text from a `}` to the next `${`."]
        StrTail "`}`" #[doc = "The text from the last `}` to the closing quote."]
        Error "an error" #[doc = "Text that is no token. Its error has been reported."]
        EndOfFile "the end of the file" #[doc = "The end of the file."]
    }
}

impl TokenKind {
    /// Whether it is a reserved word.
    pub fn is_keyword(self) -> bool {
        (self as usize) < KEYWORDS.len()
    }

    /// The keyword that a symbol is, if it is one.
    pub fn of_keyword(symbol: Symbol) -> Option<TokenKind> {
        KEYWORDS.get(symbol.0 as usize).map(|&(_, kind)| kind)
    }
}

/// A token with its place.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Whether a newline stands between it and the token before it.
    pub newline_before: bool,
    /// A symbol (names and keywords) or an index into [`Literals`]; 0 for the other kinds.
    pub payload: u32,
    /// Where it stands.
    pub span: Span,
}

impl Token {
    /// The symbol of a name or keyword.
    pub fn symbol(self) -> Symbol {
        debug_assert!(self.kind == TokenKind::Name || self.kind.is_keyword(), "{:?} has no symbol", self.kind);
        Symbol(self.payload)
    }
}

/// The values of literals, found through a token's payload.
#[derive(Debug, Default)]
pub struct Literals<'a> {
    /// Ints as bits. `decimal` tells 2^63 and more that must follow a `-` from hexadecimal digits that wrap.
    pub ints: Vec<IntLiteral>,
    /// Floats.
    pub floats: Vec<f64>,
    /// Texts of strings and their pieces, escapes resolved.
    pub texts: Vec<&'a str>,
}

/// The value of an int literal, before its sign is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntLiteral {
    /// The digits' value. At most 2^63 if decimal.
    pub bits: u64,
    /// Whether it was written in decimal.
    pub decimal: bool,
}

impl IntLiteral {
    /// Whether it is 2^63 in decimal, which is a value only with a `-` before it.
    pub fn needs_minus(self) -> bool {
        self.decimal && self.bits > i64::MAX as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_small() {
        assert_eq!(size_of::<Token>(), 16);
    }

    #[test]
    fn a_keyword_s_symbol_is_its_kind() {
        for (at, &(text, kind)) in KEYWORDS.iter().enumerate() {
            assert_eq!(kind as usize, at, "{text}");
            assert_eq!(TokenKind::of_keyword(Symbol(at as u32)), Some(kind));
            assert_eq!(kind.describe(), format!("`{text}`"));
        }
    }
}
