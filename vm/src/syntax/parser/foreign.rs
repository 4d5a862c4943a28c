//! Words and signs that mean something in other languages: says what they are called here, and reads on as if that had
//! been written.
//!
//! No program that is right has them in these places. A word is taken for another language's only where a name cannot
//! stand: before something else that begins an operand, on the same line, or directly behind an operand.

use super::recovery::begins_statement_only;
use super::{Parsed, Parser, Reported, TokenKind, words};
use crate::syntax::diagnostics::Diagnostic;
use crate::syntax::token::{KEYWORDS, Token};

/// What a word at the beginning of a statement is taken for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Meaning {
    /// `fn name(`.
    Function,
    /// `let name =`.
    Variable,
    /// `let`, with a remark on types.
    TypedVariable,
    /// A keyword followed by an expression.
    Keyword(TokenKind),
}

/// Words that begin statements elsewhere.
const STATEMENT_WORDS: &[(&str, Meaning)] = &[
    ("def", Meaning::Function),
    ("define", Meaning::Function),
    ("func", Meaning::Function),
    ("fun", Meaning::Function),
    ("method", Meaning::Function),
    ("proc", Meaning::Function),
    ("sub", Meaning::Function),
    ("auto", Meaning::Variable),
    ("declare", Meaning::Variable),
    ("dim", Meaning::Variable),
    ("local", Meaning::Variable),
    ("my", Meaning::Variable),
    ("set", Meaning::Variable),
    ("val", Meaning::Variable),
    ("var", Meaning::Variable),
    ("bool", Meaning::TypedVariable),
    ("boolean", Meaning::TypedVariable),
    ("char", Meaning::TypedVariable),
    ("double", Meaning::TypedVariable),
    ("float", Meaning::TypedVariable),
    ("int", Meaning::TypedVariable),
    ("integer", Meaning::TypedVariable),
    ("long", Meaning::TypedVariable),
    ("number", Meaning::TypedVariable),
    ("real", Meaning::TypedVariable),
    ("str", Meaning::TypedVariable),
    ("string", Meaning::TypedVariable),
    ("foreach", Meaning::Keyword(TokenKind::For)),
    ("raise", Meaning::Keyword(TokenKind::Throw)),
    ("switch", Meaning::Keyword(TokenKind::Match)),
];

/// Words that close or go on with a construct elsewhere, in lower case.
const CLOSING_WORDS: &[(&str, TokenKind)] = &[
    ("elseif", TokenKind::Elif),
    ("elsif", TokenKind::Elif),
    ("except", TokenKind::Catch),
    ("rescue", TokenKind::Catch),
    ("endif", TokenKind::End),
    ("endwhile", TokenKind::End),
    ("endfor", TokenKind::End),
    ("endloop", TokenKind::End),
    ("endfn", TokenKind::End),
    ("endfunction", TokenKind::End),
    ("endprocedure", TokenKind::End),
    ("endclass", TokenKind::End),
    ("endmatch", TokenKind::End),
    ("endswitch", TokenKind::End),
    ("endtry", TokenKind::End),
];

/// Words that stand between two operands elsewhere, and how that is written here.
const INFIX_WORDS: &[(&str, TokenKind, &str)] = &[
    ("is", TokenKind::EqualEqual, "equality is `==`"),
    ("equals", TokenKind::EqualEqual, "equality is `==`"),
    ("xor", TokenKind::NotEqual, "of conditions it is `!=`, of the bits of ints `^`"),
];

impl Parser<'_, '_> {
    /// A name as it is written.
    fn word(&self, token: Token) -> &str {
        self.names.text(token.symbol())
    }

    /// At a name that begins a statement: makes another language's keyword the one that is meant, after a complaint. The
    /// statement is to be read again then.
    #[inline(never)]
    pub(super) fn foreign_statement(&mut self) -> Option<Reported> {
        let (token, next, after) = (self.token(), self.ahead(1), self.ahead(2));
        if next.newline_before || !begins_operand(next.kind) {
            return None;
        }
        if self.shouted(token) {
            self.read_again = true;
            return Some(self.lower_keywords());
        }
        let word = self.word(token);
        let &(_, meaning) = STATEMENT_WORDS.iter().find(|&&(foreign, _)| foreign == word)?;
        let ends = after.newline_before
            || matches!(after.kind, TokenKind::Equal | TokenKind::Comma | TokenKind::Colon | TokenKind::Semicolon)
            || after.kind == TokenKind::EndOfFile;
        let (kind, label) = match meaning {
            Meaning::Function if next.kind == TokenKind::Name && after.kind == TokenKind::LeftParen => {
                (TokenKind::Fn, "a function begins with `fn`")
            }
            Meaning::Variable if next.kind == TokenKind::Name && ends => {
                (TokenKind::Let, "a variable is declared with `let`")
            }
            Meaning::TypedVariable if next.kind == TokenKind::Name && ends => {
                (TokenKind::Let, "a variable is declared with `let`, and has no type")
            }
            Meaning::Keyword(kind @ TokenKind::For) => (kind, "such a loop begins with `for`"),
            Meaning::Keyword(kind @ TokenKind::Match) => (kind, "cases are told apart by `match`"),
            Meaning::Keyword(kind) => (kind, "an error is thrown with `throw`"),
            _ => return None,
        };
        let error = Diagnostic::error(token.span, format!("there is no keyword `{word}`")).label(label);
        let reported = self.report(error);
        self.replace(self.at, kind);
        self.read_again = true;
        Some(reported)
    }

    /// Behind what could be a whole statement: if a keyword in upper case follows, the statement is to be read again with
    /// that in lower case.
    pub(super) fn foreign_rest(&mut self) -> Option<Reported> {
        self.read_again = self.shouted(self.token());
        self.read_again.then(|| self.lower_keywords())
    }

    /// At `elseif`, `endif` and the like, where something that is open waits for what they mean: reports them, and makes
    /// them that.
    pub(super) fn foreign_closer(&mut self) -> Option<Reported> {
        if !self.at(TokenKind::Name) {
            return None;
        }
        let (token, next) = (self.token(), self.ahead(1));
        // Nearly every statement that begins with a name comes here.
        if !matches!(self.word(token).as_bytes()[0], b'e' | b'E' | b'r' | b'R' | b'n' | b'N') {
            return None;
        }
        let word = self.word(token).to_lowercase();
        if word == "next" && next.kind == TokenKind::Name && !next.newline_before && ends_line(self.ahead(2)) {
            return self.next_as_end();
        }
        let (_, kind) = *CLOSING_WORDS.iter().find(|&&(foreign, _)| foreign == word)?;
        let used = matches!(next.kind, TokenKind::Equal | TokenKind::Dot) || kind == TokenKind::End && !ends_line(next);
        if used || !self.open.last().is_some_and(|opener| opener.waits_for(kind)) {
            return None;
        }
        let error = Diagnostic::error(token.span, format!("there is no keyword {}", self.found()));
        let reported = self.report(error.label(format!("expected {}", kind.describe())));
        self.replace(self.at, kind);
        Some(reported)
    }

    /// `next i`, at the end of a `for`.
    fn next_as_end(&mut self) -> Option<Reported> {
        self.open.last().filter(|opener| opener.kind == TokenKind::For)?;
        let error = Diagnostic::error(self.token().span, format!("there is no keyword {}", self.found()));
        let reported = self.report(error.label("expected `end`"));
        self.advance();
        self.replace(self.at, TokenKind::End);
        Some(reported)
    }

    /// At a name behind an operand: reports it if it is an operator elsewhere, and makes it the one that is meant. Whether
    /// it did.
    #[inline(never)]
    pub(super) fn foreign_infix(&mut self) -> bool {
        let token = self.token();
        if self.shouted(token) {
            self.lower_keywords();
            return true;
        }
        let word = self.word(token);
        let Some(&(_, mut meant, mut label)) = INFIX_WORDS.iter().find(|&&(foreign, ..)| foreign == word) else {
            return false;
        };
        if meant == TokenKind::EqualEqual && self.ahead(1).kind == TokenKind::Not {
            (meant, label) = (TokenKind::NotEqual, "inequality is `!=`");
        }
        let error = Diagnostic::error(token.span, format!("there is no operator `{word}`"));
        self.report(error.label(label));
        let not = meant == TokenKind::NotEqual && self.ahead(1).kind == TokenKind::Not;
        self.at += usize::from(not);
        self.replace(self.at, meant);
        true
    }

    /// Whether a name is a keyword in upper case.
    pub(super) fn shouted(&self, token: Token) -> bool {
        token.kind == TokenKind::Name && keyword_in_upper_case(self.word(token)).is_some()
    }

    /// Reports that keywords are written in lower case, at the next token, and makes keywords of all such names: whoever
    /// writes one of them so writes all of them so.
    pub(super) fn lower_keywords(&mut self) -> Reported {
        let word = self.word(self.token());
        let lower = word.to_lowercase();
        let error = Diagnostic::error(self.token().span, format!("there is no keyword `{word}`"));
        let error = error.label(format!("expected `{lower}`")).help("keywords are written in lower case, all of them");
        let reported = self.report(error);
        for at in 0..self.tokens.len() {
            let token = self.tokens[at];
            if token.kind == TokenKind::Name
                && let Some(meaning) = keyword_in_upper_case(self.word(token))
            {
                match meaning {
                    Upper::Keyword(kind) => self.replace(at, kind),
                    Upper::Word(symbol) => self.tokens[at].payload = symbol.0,
                }
            }
        }
        self.reported_at = None;
        reported
    }

    /// What to say if the next token does not fit behind the one before it, because both together mean something
    /// elsewhere.
    #[cold]
    #[inline(never)]
    pub(super) fn foreign_help(&mut self) -> Option<&'static str> {
        const FUNCTION: &str = "a function without a name is written `fn(x) return x end`";
        let (previous, token) = (self.previous(), self.token());
        let touches = previous.span.end == token.span.start;
        let is_string = |kind| matches!(kind, TokenKind::Str | TokenKind::StrHead);
        if previous.kind == TokenKind::Name && !token.newline_before {
            let help = match self.word(previous) {
                "new" if token.kind == TokenKind::Name => {
                    Some("an instance is made by a call of its class: `Point(1, 2)`")
                }
                "lambda" if token.kind == TokenKind::Name => Some(FUNCTION),
                "f" | "F" | "r" | "b" if is_string(token.kind) && touches => {
                    Some("a string has no prefix: `\"${x}\"` has the value of `x` in it, in every string")
                }
                _ => None,
            };
            if help.is_some() {
                // That the word is not defined need not be said.
                self.lost.push(self.at - 1..self.at);
                return help;
            }
        }
        match token.kind {
            TokenKind::Str | TokenKind::StrHead if matches!(previous.kind, TokenKind::Str | TokenKind::StrTail) => {
                Some("strings are joined with `+`")
            }
            TokenKind::Arrow => Some(FUNCTION),
            TokenKind::Equal if self.at_fat_arrow() => Some(FUNCTION),
            TokenKind::Name if touches && matches!(previous.kind, TokenKind::Str | TokenKind::StrTail) => {
                Some("a quote inside of a string is written with a `\\` before it")
            }
            _ => None,
        }
    }

    /// What to say if what is to come behind the token just read is missing at the end of its line: it may be in a
    /// comment that was not meant as one.
    pub(super) fn commented_out(&self) -> Option<&'static str> {
        let end = self.previous().span.end;
        let line = self.source.line(end);
        let rest = self.source.line_text(line).get((end - self.source.line_start(line)) as usize..)?;
        let comment = rest.trim_start().starts_with("//") && rest.contains([')', ']', '}']);
        comment.then_some("`//` begins a comment; a division that rounds down is written `a div b`")
    }

    /// What to say if this follows a name that is being declared.
    pub(super) fn declaration_help(&self) -> Option<&'static str> {
        let (token, next) = (self.token(), self.ahead(1));
        match token.kind {
            TokenKind::Dot | TokenKind::LeftBracket => Some("fields and elements are assigned without `let`"),
            TokenKind::EqualEqual => Some("`=` gives a value, `==` compares"),
            TokenKind::Minus if next.kind == TokenKind::Name && token.span.end == next.span.start => {
                Some("a name has no `-` in it: use `_`")
            }
            _ => None,
        }
    }

    /// Makes a token a keyword.
    fn replace(&mut self, at: usize, kind: TokenKind) {
        let token = &mut self.tokens[at];
        (token.kind, token.payload) = (kind, kind as u32);
        // What is wrong with what follows is another matter.
        self.reported_at = None;
    }

    // ---- blocks as elsewhere

    /// Where a block begins that no `then` or `do` announces: reports a `:` or `{` there, and passes it.
    pub(super) fn block_start(&mut self) {
        let token = self.token();
        match token.kind {
            TokenKind::Colon if !token.newline_before => {
                let error = Diagnostic::error(token.span, "a block does not begin with `:`");
                self.report(error.label("expected nothing here").help("it ends with `end`, whatever its indentation"));
                self.advance();
            }
            TokenKind::LeftBrace if !token.newline_before && self.begins_braced_block() => {
                let braced = self.open.last().is_some_and(|opener| opener.braced);
                if !braced {
                    let error = Diagnostic::error(token.span, "a block does not begin with `{`");
                    self.report(error.label("expected nothing here").help("a block ends with `end`"));
                }
                self.advance();
                self.braces();
            }
            _ => {}
        }
    }

    /// Whether the `{` to be read next begins a block rather than a dict.
    fn begins_braced_block(&self) -> bool {
        let (first, second) = (self.ahead(1), self.ahead(2));
        let entry = second.kind == TokenKind::Colon || first.kind == TokenKind::LeftParen;
        let statement = begins_statement_only(first.kind) || matches!(first.kind, TokenKind::If | TokenKind::Repeat);
        !entry && (statement || first.newline_before && first.kind != TokenKind::RightBrace)
    }

    /// In a construct in braces, at the `}` of one of its blocks: passes it if one of these follows.
    pub(super) fn pass_brace_before(&mut self, following: &[TokenKind]) {
        if self.in_braces() && self.at(TokenKind::RightBrace) && following.contains(&self.ahead(1).kind) {
            self.advance();
        }
    }

    /// In an `if` in braces: passes `else if`, which has no `end` of its own there.
    pub(super) fn pass_else_if_in_braces(&mut self) -> bool {
        let passes = self.in_braces() && self.at(TokenKind::Else) && self.ahead(1).kind == TokenKind::If;
        self.at += if passes { 2 } else { 0 };
        passes
    }

    fn in_braces(&self) -> bool {
        self.open.last().is_some_and(|opener| opener.braced)
    }

    /// At `(name)` behind `catch`, with nothing else on the line: reports the parenthesis, and passes it.
    pub(super) fn foreign_catch(&mut self) -> bool {
        let (paren, name, close, after) = (self.token(), self.ahead(1), self.ahead(2), self.ahead(3));
        let found = paren.kind == TokenKind::LeftParen
            && !paren.newline_before
            && (name.kind, close.kind) == (TokenKind::Name, TokenKind::RightParen)
            && (after.newline_before || matches!(after.kind, TokenKind::LeftBrace | TokenKind::Colon));
        if found {
            let error = Diagnostic::error(paren.span.to(close.span), "the name of what is caught in parentheses");
            let error = error.label("expected a name");
            self.report(error.help(format!("write `catch {}`", self.word(name))));
            self.advance();
        }
        found
    }

    /// At `def name(` in a class: makes a method of it.
    pub(super) fn foreign_method(&mut self) -> bool {
        self.at(TokenKind::Name) && self.foreign_statement().is_some() && {
            self.read_again = false;
            matches!(self.kind(), TokenKind::Fn | TokenKind::Let)
        }
    }

    /// At `=>` where `->` goes on with a case: reports it, and makes it that.
    pub(super) fn foreign_arrow(&mut self) {
        if self.at_fat_arrow() {
            let error = Diagnostic::error(self.token().span.to(self.ahead(1).span), "there is no operator `=>`");
            self.report(error.label("expected `->` or `then`"));
            self.advance();
            self.replace(self.at, TokenKind::Arrow);
        }
    }

    /// Whether the next two tokens are `=>`.
    pub(super) fn at_fat_arrow(&self) -> bool {
        let (token, next) = (self.token(), self.ahead(1));
        (token.kind, next.kind) == (TokenKind::Equal, TokenKind::Greater) && token.span.end == next.span.start
    }

    /// At `-> type` behind parameters: reports it, and passes it.
    pub(super) fn foreign_result_type(&mut self) {
        if self.at(TokenKind::Arrow) && self.ahead(1).kind == TokenKind::Name {
            let error = Diagnostic::error(self.token().span.to(self.ahead(1).span), "functions declare no result type");
            self.report(error.label("expected the body of the function"));
            self.advance();
            self.advance();
        }
    }

    /// The header of a `for` in parentheses, which is the next token: reports it, and passes it.
    pub(super) fn parenthesised_for(&mut self) -> Parsed<()> {
        let start = self.at;
        let (mut depth, mut counting, mut close) = (0_u32, false, None);
        for at in start..self.tokens.len() {
            let token = self.tokens[at];
            match token.kind {
                TokenKind::LeftParen => depth += 1,
                TokenKind::RightParen => depth -= 1,
                TokenKind::Semicolon if depth == 1 => counting = true,
                _ => {}
            }
            if depth == 0 {
                close = Some(at);
            }
            if close.is_some() || at > start && token.newline_before {
                break;
            }
        }
        let error = self.expectation("a loop variable");
        let reported = self.report(if counting {
            error.help("a counting loop is written `for i in 0..n do ... end`")
        } else {
            error.help("the header has no parentheses: `for x in list do ... end`")
        });
        if let Some(close) = close {
            self.at = close + 1;
            self.lost.push(start..close);
        }
        Err(reported)
    }
}

/// What a name in upper case means.
enum Upper {
    Keyword(TokenKind),
    /// One of the words that are keywords in some places only.
    Word(crate::syntax::ast::Symbol),
}

fn keyword_in_upper_case(word: &str) -> Option<Upper> {
    if word.len() < 2 || !word.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    let words = [("to", words::TO), ("step", words::STEP), ("output", words::OUTPUT), ("input", words::INPUT)];
    let functions = [("function", words::FUNCTION), ("procedure", words::PROCEDURE)];
    let keyword = KEYWORDS.iter().find(|&&(text, _)| text == lower).map(|&(_, kind)| Upper::Keyword(kind));
    keyword.or_else(|| {
        let word = words.into_iter().chain(functions).find(|&(text, _)| text == lower);
        word.map(|(_, symbol)| Upper::Word(symbol))
    })
}

/// Whether an operand, a name among them, begins with this.
pub(super) fn begins_operand(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Str
            | TokenKind::StrHead
            | TokenKind::True
            | TokenKind::False
            | TokenKind::Nil
            | TokenKind::SelfWord
            | TokenKind::Not
    )
}

/// Whether a statement that ends before this token has its line to itself.
fn ends_line(next: Token) -> bool {
    next.newline_before || matches!(next.kind, TokenKind::EndOfFile | TokenKind::Semicolon)
}
