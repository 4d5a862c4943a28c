//! Expressions: operators by precedence climbing, and what they are applied to.
//!
//! A binary operator is a row of [`infix`]: its level and how its chains associate. `climb` reads operands and operators
//! of a level and tighter: a chain of one level is a loop, and only a right operand is a call, of a tighter level.
//! So the tree of `a + b + c + ...` grows to the left, and costs no recursion here, however long it is.

use super::{Parsed, Parser, Reported, TokenKind};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Name, UnaryOp};
use crate::syntax::diagnostics::Diagnostic;
use crate::syntax::source::Span;
use crate::syntax::token::Token;

/// What a token does between two operands.
#[derive(Clone, Copy)]
enum Infix {
    Binary(BinaryOp),
    And,
    Or,
}

/// Levels of operators, loosest first.
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARISON: u8 = 4;
const RANGE: u8 = 5;

/// The level of an infix operator, and what it does.
fn infix(kind: TokenKind) -> Option<(u8, Infix)> {
    use BinaryOp::*;
    let (level, op) = match kind {
        TokenKind::Or => return Some((OR, Infix::Or)),
        TokenKind::And => return Some((AND, Infix::And)),
        TokenKind::EqualEqual => (COMPARISON, Eq),
        TokenKind::NotEqual => (COMPARISON, Ne),
        TokenKind::Less => (COMPARISON, Lt),
        TokenKind::LessEqual => (COMPARISON, Le),
        TokenKind::Greater => (COMPARISON, Gt),
        TokenKind::GreaterEqual => (COMPARISON, Ge),
        TokenKind::In => (COMPARISON, In),
        TokenKind::DotDot => (RANGE, Range),
        TokenKind::Pipe => (6, BitOr),
        TokenKind::Caret => (7, BitXor),
        TokenKind::Ampersand => (8, BitAnd),
        TokenKind::ShiftLeft => (9, Shl),
        TokenKind::ShiftRight => (9, Shr),
        TokenKind::Plus => (10, Add),
        TokenKind::Minus => (10, Sub),
        TokenKind::Star => (11, Mul),
        TokenKind::Slash => (11, Div),
        TokenKind::Percent => (11, Mod),
        TokenKind::Mod => (11, Mod),
        TokenKind::FloorDiv => (11, FloorDiv),
        _ => return None,
    };
    Some((level, Infix::Binary(op)))
}

impl<'a> Parser<'_, 'a> {
    /// An expression.
    pub(super) fn expression(&mut self) -> Parsed<&'a Expr<'a>> {
        self.climb(OR)
    }

    /// An expression of operators of this level and tighter.
    fn climb(&mut self, level: u8) -> Parsed<&'a Expr<'a>> {
        self.enter()?;
        let start = self.token().span;
        let mut left = if self.at(TokenKind::Not) { self.not(level)? } else { self.unary()? };
        let mut chained = false;
        loop {
            let mut token = self.token();
            if !self.continues() {
                break;
            }
            if token.kind == TokenKind::Not && self.ahead(1).kind == TokenKind::In && level <= COMPARISON {
                self.not_in();
                token = self.token();
            }
            let Some((op_level, op)) = infix(token.kind) else {
                if token.kind == TokenKind::Name && !token.newline_before && self.foreign_infix() {
                    continue;
                }
                break;
            };
            if op_level < level {
                break;
            }
            if let Some(reported) = self.increment(token) {
                return Err(reported);
            }
            self.advance();
            let right = self.climb(op_level + 1)?;
            left = self.binary(op, token.span, left, right, self.span_from(start));
            if !chained {
                chained = self.check_unchained(op_level, token);
            }
        }
        self.depth -= 1;
        Ok(left)
    }

    fn binary(&self, op: Infix, op_span: Span, left: &'a Expr<'a>, right: &'a Expr<'a>, span: Span) -> &'a Expr<'a> {
        let kind = match op {
            Infix::Binary(op) => ExprKind::Binary { op, op_span, left, right },
            Infix::And => ExprKind::Logical { and: true, left, right },
            Infix::Or => ExprKind::Logical { and: false, left, right },
        };
        self.expr(kind, span)
    }

    /// Reports `x not in y`, and passes the `not`.
    #[cold]
    fn not_in(&mut self) {
        let span = self.token().span.to(self.ahead(1).span);
        let error = Diagnostic::error(span, "there is no operator `not in`").label("expected an operator");
        self.report(error.help("write `not (x in y)`"));
        self.advance();
    }

    /// Reports `a < b < c` and `a..b..c`, which the caller then reads as if they were chains. Whether it did.
    fn check_unchained(&mut self, level: u8, first: Token) -> bool {
        let token = self.token();
        let again = infix(token.kind).is_some_and(|(next, _)| next == level) && self.continues();
        if !again || level != COMPARISON && level != RANGE {
            return false;
        }
        let (what, help) = if level == COMPARISON {
            ("comparisons", "join two comparisons with `and`: `a < b and b < c`")
        } else {
            ("ranges", "a range has two bounds: `a..b`")
        };
        let error = Diagnostic::error(token.span, format!("{what} can't be chained"));
        self.report(error.label("expected no second one here").also(first.span, "the first one").help(help));
        true
    }

    /// Reports `x++` and `x--` at the end of a line: not operators here, and what would come of them instead, an operand
    /// in the next line, is never meant.
    #[inline(never)]
    fn increment(&mut self, token: Token) -> Option<Reported> {
        if !self.at_twice(TokenKind::Plus) && !self.at_twice(TokenKind::Minus) {
            return None;
        }
        let after = self.ahead(2);
        let ends = after.newline_before
            || matches!(
                after.kind,
                TokenKind::EndOfFile | TokenKind::Semicolon | TokenKind::RightParen | TokenKind::End
            );
        if !ends {
            return None;
        }
        let sign = if token.kind == TokenKind::Plus { '+' } else { '-' };
        let error =
            Diagnostic::error(token.span.to(self.ahead(1).span), format!("there is no operator `{sign}{sign}`"));
        let variable = match self.previous().kind {
            TokenKind::Name => self.text(self.previous().span),
            _ => "x",
        };
        let help = format!("write `{variable} {sign}= 1`");
        let reported = self.report(error.label("expected an operand").help(help));
        self.advance();
        self.advance();
        Some(reported)
    }

    /// `not a`, whose operand reaches over comparisons.
    fn not(&mut self, level: u8) -> Parsed<&'a Expr<'a>> {
        let token = self.token();
        if level > NOT {
            self.not_as_operand();
        }
        self.advance();
        let operand = self.climb(NOT)?;
        let kind = ExprKind::Unary { op: UnaryOp::Not, op_span: token.span, operand };
        Ok(self.expr(kind, self.span_from(token.span)))
    }

    #[cold]
    fn not_as_operand(&mut self) {
        let error = Diagnostic::error(self.token().span, "`not` as an operand of a tighter operator");
        self.report(error.label("expected an operand").help("put it in parentheses: `(not x)`"));
    }

    /// `-a`, `~a`, or an operand with its calls, indices and fields.
    fn unary(&mut self) -> Parsed<&'a Expr<'a>> {
        let token = self.token();
        let op = match token.kind {
            TokenKind::Minus => UnaryOp::Neg,
            TokenKind::Tilde => UnaryOp::BitNot,
            _ => return self.postfix(),
        };
        self.enter()?;
        self.advance();
        let kind = match self.smallest_int() {
            Some(int) if op == UnaryOp::Neg => int,
            _ => ExprKind::Unary { op, op_span: token.span, operand: self.unary()? },
        };
        self.depth -= 1;
        Ok(self.expr(kind, self.span_from(token.span)))
    }

    /// 2^63 behind a `-`, unless a call or the like follows, which is applied first.
    fn smallest_int(&mut self) -> Option<ExprKind<'a>> {
        let token = self.token();
        if token.kind != TokenKind::Int || !self.literals.ints[token.payload as usize].needs_minus() {
            return None;
        }
        let next = self.ahead(1);
        let same_line = self.nesting > 0 || !next.newline_before;
        let applied = next.kind == TokenKind::Dot
            || same_line && matches!(next.kind, TokenKind::LeftParen | TokenKind::LeftBracket);
        if applied {
            return None;
        }
        self.advance();
        Some(ExprKind::Int(i64::MIN))
    }

    /// An operand with its calls, indices and fields.
    fn postfix(&mut self) -> Parsed<&'a Expr<'a>> {
        let start = self.token().span;
        let mut value = self.primary()?;
        loop {
            let token = self.token();
            let kind = match token.kind {
                TokenKind::LeftParen if self.continues() => {
                    let args = self.list(TokenKind::RightParen, "`,` or `)`")?;
                    ExprKind::Call { callee: value, args, paren: token.span }
                }
                TokenKind::LeftBracket if self.continues() => {
                    let index = self.index()?;
                    ExprKind::Index { object: value, index, bracket: self.span_from(token.span) }
                }
                // On a line of its own too.
                TokenKind::Dot => {
                    if self.number_ends_with_dot() {
                        return Ok(value);
                    }
                    self.advance();
                    ExprKind::Field { object: value, name: self.field_name()? }
                }
                _ => return Ok(value),
            };
            value = self.expr(kind, self.span_from(start));
        }
    }

    /// `[i]`.
    fn index(&mut self) -> Parsed<&'a Expr<'a>> {
        let bracket = self.token();
        let reported_before = self.reported_at;
        let indices = self.list(TokenKind::RightBracket, "`]`")?;
        Ok(match *indices {
            [index] if self.tokens[self.at - 2].kind != TokenKind::Comma => index,
            _ => self.no_single_index(indices, bracket.span, self.reported_at != reported_before),
        })
    }

    /// Complains about an index that is none or several, unless something has been reported about it.
    #[cold]
    fn no_single_index(&mut self, indices: &[&'a Expr<'a>], bracket: Span, reported: bool) -> &'a Expr<'a> {
        let span = self.span_from(bracket);
        match *indices {
            _ if reported => {}
            [] => {
                let error = Diagnostic::error(span, "expected an index, found `]`");
                self.complain(error.label("expected an index in these brackets"));
            }
            _ => {
                let error = Diagnostic::error(span, "expected one index");
                self.complain(error.label("there is a comma in these brackets").help("write `a[i][j]`"));
            }
        }
        self.error_expr(span)
    }

    /// The name behind a dot. Keywords are names there.
    pub(super) fn field_name(&mut self) -> Parsed<Name> {
        let token = self.token();
        if token.kind == TokenKind::Name || token.kind.is_keyword() {
            self.advance();
            return Ok(Name { symbol: token.symbol(), span: token.span });
        }
        let error = self.expectation("a field's name");
        let joins = matches!(token.kind, TokenKind::Str | TokenKind::StrHead);
        Err(self.report(if joins { error.help("strings are joined with `+`") } else { error }))
    }

    /// Expressions in a bracket, which is the next token.
    pub(super) fn list(&mut self, close: TokenKind, expected: &str) -> Parsed<&'a [&'a Expr<'a>]> {
        self.bracketed(
            close,
            expected,
            |parser| parser.expression(),
            |parser| parser.error_expr(parser.previous().span),
        )
    }

    /// A literal, a name, or something in brackets.
    pub(super) fn primary(&mut self) -> Parsed<&'a Expr<'a>> {
        let token = self.token();
        let kind = match token.kind {
            TokenKind::Name if self.at_fn(TokenKind::LeftParen) => return self.function_expression(),
            TokenKind::Name => ExprKind::Name(token.symbol()),
            TokenKind::Int => self.int(token),
            TokenKind::Float => ExprKind::Float(self.literals.floats[token.payload as usize]),
            TokenKind::Str => ExprKind::Str(self.literals.texts[token.payload as usize]),
            TokenKind::Nil => ExprKind::Nil,
            TokenKind::True => ExprKind::Bool(true),
            TokenKind::False => ExprKind::Bool(false),
            TokenKind::SelfWord => ExprKind::SelfRef,
            // Reported by the lexer.
            TokenKind::Error => ExprKind::Error,
            TokenKind::Repeat if self.ahead(1).kind == TokenKind::LeftParen => ExprKind::Name(token.symbol()),
            TokenKind::Fn => return self.function_expression(),
            TokenKind::If => return self.conditional(),
            TokenKind::StrHead => return self.interpolation(),
            TokenKind::LeftParen => return self.parenthesised(),
            TokenKind::LeftBracket => return self.array(),
            TokenKind::LeftBrace => return self.dict(),
            TokenKind::Super => return self.super_method(),
            _ => return Err(self.no_expression()),
        };
        self.advance();
        Ok(self.expr(kind, token.span))
    }

    /// `super.name`.
    fn super_method(&mut self) -> Parsed<&'a Expr<'a>> {
        let start = self.advance().span;
        if !self.at(TokenKind::Dot) {
            let error = self.expectation("`.` and the name of a method");
            return Err(self.report(error.help("the parent's constructor is `super.init(...)`")));
        }
        self.advance();
        let method = self.field_name()?;
        Ok(self.expr(ExprKind::Super { method }, self.span_from(start)))
    }

    /// Reports that no expression begins here.
    #[cold]
    fn no_expression(&mut self) -> Reported {
        let (token, previous) = (self.token(), self.previous());
        let error = self.expectation("an expression");
        let twice = previous.kind == token.kind && previous.span.end == token.span.start && self.at > 0;
        let help = match token.kind {
            TokenKind::Slash if twice => Some("a division that rounds down is written `a div b`"),
            TokenKind::Plus if !twice => Some("a number needs no `+` before it"),
            TokenKind::Greater if previous.kind == TokenKind::Equal => {
                Some("a function is written `fn(x) return x end`")
            }
            TokenKind::Dot if self.ahead(1).kind == TokenKind::Int => {
                Some("a float has a digit before its point: `0.5`")
            }
            TokenKind::RightParen | TokenKind::RightBracket | TokenKind::RightBrace if self.nesting == 0 => {
                Some("there is no opening bracket that it could close")
            }
            kind if kind.is_keyword() && self.ahead(1).kind == TokenKind::Equal => {
                Some("keywords can't be names of variables")
            }
            _ if previous.kind == TokenKind::StrHead || previous.kind == TokenKind::StrMiddle => {
                Some("a `$` before a brace is itself if it is written `\\$`")
            }
            _ => None,
        };
        self.report(match help {
            Some(help) => error.help(help),
            None => error,
        })
    }

    /// Whether the next token is the name or keyword of a dict's bare key. `true`, `false` and `nil` are values.
    pub(super) fn bare_key(&mut self) -> Option<&'a Expr<'a>> {
        let token = self.token();
        let name = token.kind == TokenKind::Name || token.kind.is_keyword();
        let value = matches!(token.kind, TokenKind::True | TokenKind::False | TokenKind::Nil);
        if !name || value || self.ahead(1).kind != TokenKind::Colon {
            return None;
        }
        self.advance();
        let text = self.arena.alloc_str(self.names.text(token.symbol()));
        Some(self.expr(ExprKind::Str(text), token.span))
    }
}
