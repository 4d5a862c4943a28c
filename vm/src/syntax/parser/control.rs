//! `if`, the loops, and `try`.
//!
//! An error in a header does not lose the block: the parser goes on behind the `then` or `do`, and the construct comes
//! back with an erroneous condition. Otherwise its `end` would close something else, and everything after be wrong.

use bumpalo::collections::Vec as ArenaVec;

use super::recovery::Closers;
use super::{Parsed, Parser, TokenKind, words};
use crate::syntax::ast::{BinaryOp, Block, Catch, Expr, ExprKind, Name, StmtKind};
use crate::syntax::diagnostics::Diagnostic;
use crate::syntax::source::Span;

/// The header of a `for`, as far as it could be read.
struct ForHeader<'a> {
    first: Name,
    second: Option<Name>,
    iterable: &'a Expr<'a>,
    to: Option<&'a Expr<'a>>,
    step: Option<&'a Expr<'a>>,
}

impl<'a> Parser<'_, 'a> {
    /// `if ... end` as a statement.
    pub(super) fn if_statement(&mut self) -> Parsed<StmtKind<'a>> {
        let keyword = self.advance();
        self.open(TokenKind::If, keyword.span, Closers::IF);
        let mut arms = ArenaVec::new_in(self.arena);
        let condition = self.header(TokenKind::Then, "");
        arms.push((condition, self.block()));
        self.pass_brace_before(&[TokenKind::Elif, TokenKind::Else]);
        while self.accept(TokenKind::Elif).is_some() || self.pass_else_if_in_braces() {
            let condition = self.header(TokenKind::Then, "");
            arms.push((condition, self.block()));
            self.pass_brace_before(&[TokenKind::Elif, TokenKind::Else]);
        }
        let mut otherwise = None;
        if self.accept(TokenKind::Else).is_some() {
            self.now_accepts(Closers::END);
            self.block_start();
            otherwise = Some(self.block());
        }
        self.close();
        Ok(StmtKind::If { arms: arms.into_bump_slice(), otherwise })
    }

    /// `while c do ... end`.
    pub(super) fn while_statement(&mut self) -> Parsed<StmtKind<'a>> {
        let keyword = self.advance();
        self.open(TokenKind::While, keyword.span, Closers::END);
        let condition = self.header(TokenKind::Do, "");
        let body = self.block();
        self.close();
        Ok(StmtKind::While { condition, body })
    }

    /// `loop ... end`.
    pub(super) fn loop_statement(&mut self) -> Parsed<StmtKind<'a>> {
        let keyword = self.advance();
        self.open(TokenKind::Loop, keyword.span, Closers::END);
        self.block_start();
        let body = self.block();
        self.close();
        Ok(StmtKind::Loop { body })
    }

    /// `repeat ... until c`.
    pub(super) fn repeat_statement(&mut self) -> Parsed<StmtKind<'a>> {
        let keyword = self.advance();
        self.open(TokenKind::Repeat, keyword.span, Closers::REPEAT);
        self.block_start();
        let body = self.block();
        self.pass_brace_before(&[TokenKind::Until]);
        let opener = self.open.pop().expect("just opened");
        if self.accept(TokenKind::Until).is_some() {
            return Ok(StmtKind::Repeat { body, condition: self.condition()? });
        }
        if self.at(TokenKind::End) {
            let error = self.expectation("`until`").also(opener.span, "to close this `repeat`");
            self.report(
                error.help("`repeat ... until c` ends with its condition; a loop without one is `loop ... end`"),
            );
            self.advance();
        } else {
            self.open.push(opener);
            self.missing_end(opener);
            self.open.pop();
        }
        let condition = self.error_expr(self.previous().span);
        Ok(StmtKind::Repeat { body, condition })
    }

    /// `for`, over a range or over what a container holds.
    pub(super) fn for_statement(&mut self) -> Parsed<StmtKind<'a>> {
        let keyword = self.advance();
        self.open(TokenKind::For, keyword.span, Closers::END);
        self.nesting += 1;
        let (nesting, depth, open) = (self.nesting, self.depth, self.open.len());
        let mut header = ForHeader {
            first: self.error_name(),
            second: None,
            iterable: self.error_expr(keyword.span),
            to: None,
            step: None,
        };
        if self.for_header(&mut header).is_err() {
            (self.nesting, self.depth) = (nesting, depth);
            self.open.truncate(open);
            self.skip_header(&[TokenKind::Do]);
        } else {
            // What it reports, it has recovered from.
            let _ = self.header_end(TokenKind::Do, "");
        }
        self.nesting -= 1;
        let ForHeader { first, second, iterable, to, step } = header;
        if let (Some(_), Some(second)) = (to, second) {
            let error = Diagnostic::error(second.span, "a `to` loop has one variable");
            self.complain(error.label("expected `in` before this"));
        }
        let body = self.block();
        self.close();
        Ok(match to {
            Some(to) => StmtKind::ForTo { variable: first, from: iterable, to, step, body },
            None => StmtKind::ForIn { first, second, iterable, step, body },
        })
    }

    /// From the loop variable up to `do`.
    fn for_header(&mut self, header: &mut ForHeader<'a>) -> Parsed<()> {
        if self.at(TokenKind::LeftParen) {
            return self.parenthesised_for();
        }
        header.first = self.name("a loop variable")?;
        if self.accept(TokenKind::Comma).is_some() {
            header.second = Some(self.name("a second loop variable")?);
        }
        if self.at(TokenKind::Name) {
            let error = self.expectation("`in`");
            return Err(
                self.report(error.help("a loop over what a container holds is written `for x in list do ... end`"))
            );
        }
        if self.at(TokenKind::Equal) {
            let error = self.expectation("`in`");
            return Err(self.report(error.help("a counting loop is written `for i in 1 to n do ... end`")));
        }
        self.expect(TokenKind::In, "")?;
        header.iterable = self.expression()?;
        if self.at_word(words::TO) {
            self.advance();
            header.to = Some(self.expression()?);
        }
        if self.at_word(words::STEP) {
            let step = self.advance().span;
            let range = matches!(header.iterable.kind, ExprKind::Binary { op: BinaryOp::Range, .. } | ExprKind::Error);
            if header.to.is_none() && !range {
                let error = Diagnostic::error(step, "`step` without a range").label("expected `do`");
                let error = error.also(header.iterable.span, "this is not written as a range");
                self.complain(error.help("a step goes with `a..b step s` and `a to b step s` only"));
            }
            header.step = Some(self.expression()?);
        }
        Ok(())
    }

    /// `try ... catch ... finally ... end`.
    pub(super) fn try_statement(&mut self) -> Parsed<StmtKind<'a>> {
        let keyword = self.advance();
        self.open(TokenKind::Try, keyword.span, Closers::TRY);
        self.block_start();
        let body = self.block();
        self.pass_brace_before(&[TokenKind::Catch, TokenKind::Finally]);
        let mut catch = None;
        if self.accept(TokenKind::Catch).is_some() {
            self.now_accepts(Closers::CATCH);
            catch = Some(self.catch());
            self.pass_brace_before(&[TokenKind::Finally]);
        }
        let mut finally: Option<Block<'a>> = None;
        if self.accept(TokenKind::Finally).is_some() {
            self.now_accepts(Closers::END);
            self.block_start();
            finally = Some(self.block());
        }
        if catch.is_none() && finally.is_none() && self.at(TokenKind::End) {
            let error = self.expectation("`catch` or `finally`").also(keyword.span, "for this `try`");
            self.report(error);
        }
        self.close();
        Ok(StmtKind::Try { body, catch, finally })
    }

    /// What follows `catch`.
    fn catch(&mut self) -> Catch<'a> {
        let mut name = None;
        let parenthesised = self.foreign_catch();
        if self.at(TokenKind::Name) && !self.token().newline_before {
            let token = self.advance();
            name = Some(Name { symbol: token.symbol(), span: token.span });
        }
        if parenthesised {
            self.accept(TokenKind::RightParen);
        }
        if self.accept(TokenKind::Then).is_none() {
            self.block_start();
        }
        Catch { name, body: self.block() }
    }

    /// `if c then a elif d then b else e end` as an expression; the `if` is the next token.
    pub(super) fn conditional(&mut self) -> Parsed<&'a Expr<'a>> {
        let keyword = self.token();
        self.open(TokenKind::If, keyword.span, Closers::IF);
        self.nesting += 1;
        let mut arms = ArenaVec::new_in(self.arena);
        while arms.is_empty() || self.at(TokenKind::Elif) {
            self.advance();
            let condition = self.condition()?;
            self.expect(TokenKind::Then, "")?;
            arms.push((condition, self.expression()?));
        }
        if !self.at(TokenKind::Else) {
            return self.conditional_without_else(keyword.span);
        }
        self.advance();
        let otherwise = self.expression()?;
        self.nesting -= 1;
        if !self.at(TokenKind::End) {
            let error = self.expectation("`end`").also(keyword.span, "to close this `if`");
            return Err(self.report(error.help("in an expression, each branch of an `if` is one expression")));
        }
        self.close();
        let kind = ExprKind::Conditional { arms: arms.into_bump_slice(), otherwise };
        Ok(self.expr(kind, self.span_from(keyword.span)))
    }

    /// Reports what stands where the `else` of a conditional expression should.
    fn conditional_without_else(&mut self, keyword: Span) -> Parsed<&'a Expr<'a>> {
        let error = self.expectation("`else`").also(keyword, "this `if` stands in an expression");
        let error = if self.at(TokenKind::End) {
            error.help("an `if` with a value needs one in either case: `if c then a else b end`")
        } else {
            error.help("in an expression, each branch of an `if` is one expression")
        };
        let reported = self.report(error);
        self.nesting -= 1;
        if !self.at(TokenKind::End) {
            // If statements were written here, its `end` is still to come.
            let token = self.token();
            let inside = !token.newline_before || self.indentation(token.span) > self.indentation(keyword);
            self.pending_ends += u32::from(inside && token.kind != TokenKind::EndOfFile);
            return Err(reported);
        }
        self.close();
        Ok(self.error_expr(self.span_from(keyword)))
    }
}
