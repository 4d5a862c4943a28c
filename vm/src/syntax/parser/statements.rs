//! Blocks, and the statements that fit on a line: `let`, assignments, `return`, `output` and so on.

use bumpalo::collections::Vec as ArenaVec;

use super::recovery::Opener;
use super::{Parsed, Parser, Reported, TokenKind, words};
use crate::syntax::ast::{BinaryOp, Block, Expr, ExprKind, Name, Stmt, StmtKind};
use crate::syntax::diagnostics::Diagnostic;
use crate::syntax::source::Span;

impl<'a> Parser<'_, 'a> {
    /// The whole file.
    pub(super) fn module(&mut self) -> Block<'a> {
        let body = self.block();
        debug_assert!(self.at(TokenKind::EndOfFile), "a block of the file ends at {:?}", self.token());
        debug_assert_eq!((self.nesting, self.depth, self.open.len()), (0, 0, 0));
        body
    }

    /// Statements up to a keyword that closes the block, which is left, or to the end of the file.
    pub(super) fn block(&mut self) -> Block<'a> {
        let mut body = ArenaVec::new_in(self.arena);
        loop {
            while self.accept(TokenKind::Semicolon).is_some() {}
            if self.at(TokenKind::EndOfFile) || self.at_bracket_end() {
                break;
            }
            if self.at_closer() {
                if self.closer_is_wanted() {
                    break;
                }
                self.stray_closer();
                continue;
            }
            self.recovering_statement(&mut body);
        }
        body.into_bump_slice()
    }

    /// A statement and its end; after an error, goes to where the next one may begin.
    fn recovering_statement(&mut self, body: &mut ArenaVec<'a, Stmt<'a>>) {
        let (start, nesting, depth, open) = (self.at, self.nesting, self.depth, self.open.len());
        if self.pushed_statement(body).is_ok() {
            debug_assert_eq!((nesting, depth, open), (self.nesting, self.depth, self.open.len()));
            return;
        }
        (self.nesting, self.depth) = (nesting, depth);
        self.open.truncate(open);
        // An `elif` that is spelt as elsewhere goes on with its `if`.
        if self.at == start && self.at_closer() {
            return;
        }
        if std::mem::take(&mut self.read_again) {
            self.at = start;
            return;
        }
        self.skip_statement(start);
        if matches!(self.kind(), TokenKind::Then | TokenKind::Do) && !self.token().newline_before {
            let span = self.token().span;
            let block = self.headless_block();
            let span = self.span_from(span);
            push(body, Stmt { kind: StmtKind::Loop { body: block }, span });
        }
    }

    /// A statement and its end, and the statement added to a block.
    fn pushed_statement(&mut self, body: &mut ArenaVec<'a, Stmt<'a>>) -> Parsed<()> {
        let start = self.token().span;
        self.enter()?;
        let kind = self.statement_kind()?;
        self.depth -= 1;
        let expression = if let StmtKind::Expr(expression) = kind { Some(expression) } else { None };
        push(body, Stmt { kind, span: self.span_from(start) });
        self.statement_end(expression)
    }

    /// A statement without its end.
    fn statement_kind(&mut self) -> Parsed<StmtKind<'a>> {
        match self.kind() {
            TokenKind::Let => self.let_statement(false),
            TokenKind::Const => self.let_statement(true),
            TokenKind::If => self.if_statement(),
            TokenKind::While => self.while_statement(),
            TokenKind::For => self.for_statement(),
            TokenKind::Repeat => self.repeat_statement(),
            TokenKind::Loop => self.loop_statement(),
            TokenKind::Match => self.match_statement(),
            TokenKind::Try => self.try_statement(),
            TokenKind::Class => self.class_statement(),
            TokenKind::Enum => self.enum_statement(),
            TokenKind::Import => self.import_statement(),
            TokenKind::From => self.selective_import_statement(),
            TokenKind::Break | TokenKind::Continue | TokenKind::Return | TokenKind::Throw => self.jump(),
            _ if self.at_fn(TokenKind::Name) => self.function_statement(),
            TokenKind::Name => self.name_statement(),
            TokenKind::Fn if self.ahead(1).kind.is_keyword() && self.ahead(2).kind == TokenKind::LeftParen => {
                self.function_statement()
            }
            kind if begins_expression(kind) => self.expression_statement(),
            kind => Err(self.no_statement(kind)),
        }
    }

    /// `break`, `continue`, `return` and `throw`. A `return` without a value ends with its line, `throw` needs one.
    fn jump(&mut self) -> Parsed<StmtKind<'a>> {
        Ok(match self.advance().kind {
            TokenKind::Break => StmtKind::Break,
            TokenKind::Continue => StmtKind::Continue,
            TokenKind::Return if self.at_statement_end() => StmtKind::Return(None),
            TokenKind::Return => StmtKind::Return(Some(self.expression()?)),
            _ => StmtKind::Throw(self.expression()?),
        })
    }

    /// Reports that no statement begins here.
    #[cold]
    fn no_statement(&mut self, kind: TokenKind) -> Reported {
        let reported = self.report_no_statement(kind);
        if kind == TokenKind::Do {
            self.headless_block();
        }
        reported
    }

    #[cold]
    #[inline(never)]
    fn report_no_statement(&mut self, kind: TokenKind) -> Reported {
        let error = self.expectation_here("a statement");
        let help = match kind {
            TokenKind::Do => Some("a loop that checks its condition last is `repeat ... until c`"),
            TokenKind::Colon => Some("a block does not begin with `:`"),
            TokenKind::Static => Some("only the members of a class can be static"),
            TokenKind::Plus if self.at_twice(TokenKind::Plus) => Some("there is no operator `++`: write `x += 1`"),
            TokenKind::RightParen | TokenKind::RightBracket | TokenKind::RightBrace => {
                Some("there is no opening bracket that it could close")
            }
            _ if self.token().newline_before && self.at > 0 => {
                Some("the newline before it ends a statement: what is to go on stands on the line before")
            }
            _ => None,
        };
        self.report(match help {
            Some(help) => error.help(help),
            None => error,
        })
    }

    /// A statement that begins with a name: `output`, `input`, or an expression.
    fn name_statement(&mut self) -> Parsed<StmtKind<'a>> {
        let next = self.ahead(1);
        match self.token().symbol() {
            words::OUTPUT if !next.newline_before && begins_expression(next.kind) && !continues_name(next.kind) => {
                self.advance();
                Ok(StmtKind::Output(self.expressions()?))
            }
            words::INPUT if !next.newline_before && matches!(next.kind, TokenKind::Name | TokenKind::SelfWord) => {
                self.advance();
                let target = self.expression()?;
                Ok(StmtKind::Input(self.target(target, "read into")))
            }
            _ => match self.foreign_closer() {
                Some(reported) => Err(reported),
                None => match self.foreign_statement() {
                    Some(reported) => Err(reported),
                    None => self.expression_statement(),
                },
            },
        }
    }

    /// An expression, or an assignment to one.
    fn expression_statement(&mut self) -> Parsed<StmtKind<'a>> {
        let first = self.expression()?;
        if self.token().newline_before {
            return Ok(StmtKind::Expr(first));
        }
        if self.at(TokenKind::Equal) || self.at(TokenKind::Comma) {
            let mut targets = ArenaVec::new_in(self.arena);
            targets.push(self.target(first, "assigned to"));
            while self.accept(TokenKind::Comma).is_some() {
                let target = self.expression()?;
                targets.push(self.target(target, "assigned to"));
            }
            let targets = targets.into_bump_slice();
            // Several targets are no statement yet, so that a newline before the `=` does not count.
            if !self.at(TokenKind::Equal) {
                let error = self.expectation("`=`");
                return Err(self.report(error.help("what stands before a `,` is assigned to: `a, b = b, a`")));
            }
            let equals = self.advance().span;
            let values = self.values(targets.len(), "target", equals)?;
            return Ok(StmtKind::Assign { targets, values, equals });
        }
        if let Some(op) = compound_operator(self.kind()) {
            let op_span = self.advance().span;
            let target = self.target(first, "assigned to");
            return Ok(StmtKind::CompoundAssign { target, op, op_span, value: self.expression()? });
        }
        Ok(StmtKind::Expr(first))
    }

    /// Complains unless this can stand on the left side of an assignment.
    fn target(&mut self, target: &'a Expr<'a>, verb: &str) -> &'a Expr<'a> {
        let what = match target.kind {
            ExprKind::Name(_) | ExprKind::Index { .. } | ExprKind::Field { .. } | ExprKind::Error => return target,
            ExprKind::Call { .. } => "the result of a call",
            ExprKind::Binary { op, .. } => {
                let equality = matches!(op, BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Gt);
                if equality { "a comparison" } else { "an operation" }
            }
            ExprKind::Unary { .. } | ExprKind::Logical { .. } => "an operation",
            ExprKind::SelfRef => "`self`",
            ExprKind::Super { .. } => "a method of the parent class",
            ExprKind::Array(_) => "a list",
            _ => "a value",
        };
        let mut error = Diagnostic::error(target.span, format!("{what} can't be {verb}"))
            .label("expected a variable, `a[i]` or `a.name`");
        if matches!(target.kind, ExprKind::Array(_)) {
            error = error.help("several targets stand without brackets: `a, b = values`");
        }
        self.complain(error);
        self.error_expr(target.span)
    }

    /// Expressions separated by commas: at least one.
    pub(super) fn expressions(&mut self) -> Parsed<&'a [&'a Expr<'a>]> {
        let mut list = ArenaVec::new_in(self.arena);
        list.push(self.expression()?);
        while self.accept(TokenKind::Comma).is_some() {
            list.push(self.expression()?);
        }
        Ok(list.into_bump_slice())
    }

    /// The right sides for so many names or targets: as many, or one to unpack.
    pub(super) fn values(&mut self, wanted: usize, what: &str, place: Span) -> Parsed<&'a [&'a Expr<'a>]> {
        let values = self.expressions()?;
        let number = values.len();
        if number != 1 && number != wanted {
            let s = |number: usize| if number == 1 { "" } else { "s" };
            let message = format!("{wanted} {what}{}, but {number} values", s(wanted));
            let span = values[0].span.to(values[number - 1].span);
            let label = if wanted == 1 {
                "expected one value".to_string()
            } else {
                format!("expected {wanted} values, or one array to unpack")
            };
            self.complain(
                Diagnostic::error(span, message).label(label).also(place, format!("for the {what}{} here", s(wanted))),
            );
        }
        Ok(values)
    }

    /// `let` and `const`.
    fn let_statement(&mut self, constant: bool) -> Parsed<StmtKind<'a>> {
        let keyword = self.advance();
        let (names, values) = self.let_rest(keyword.span, constant)?;
        if constant && values.is_empty() {
            let error = Diagnostic::error(self.span_from(keyword.span), "a constant needs a value");
            self.complain(error.label("expected `= value` after this"));
        }
        Ok(StmtKind::Let { names, values, constant })
    }

    /// What follows `let`, in a class too: names and their values, none if there is no `=`. A constant is not complete
    /// without one, so that a newline before it does not count.
    pub(super) fn let_rest(&mut self, keyword: Span, constant: bool) -> Parsed<(&'a [Name], &'a [&'a Expr<'a>])> {
        let mut names = ArenaVec::new_in(self.arena);
        names.push(self.name("a name")?);
        while self.accept(TokenKind::Comma).is_some() {
            names.push(self.name("a name")?);
        }
        let names = names.into_bump_slice();
        let newline = self.token().newline_before && !constant;
        if newline || !self.at(TokenKind::Equal) {
            if !self.token().newline_before && compound_operator(self.kind()).is_some() {
                let error = self.expectation("`=`");
                return Err(self.report(error.help("a new variable has no value yet that could be changed")));
            }
            if let Some(help) = self.declaration_help().filter(|_| !self.token().newline_before) {
                let error = self.expectation("`=`");
                return Err(self.report(error.help(help)));
            }
            return Ok((names, &[]));
        }
        self.advance();
        let values = self.values(names.len(), "name", self.span_from(keyword))?;
        Ok((names, values))
    }

    /// The expression of a header that ends with `then` or `do`. Newlines mean nothing in it. After an error, goes on
    /// behind the header.
    pub(super) fn header(&mut self, end: TokenKind, what_for: &str) -> &'a Expr<'a> {
        self.nesting += 1;
        let (nesting, depth, open) = (self.nesting, self.depth, self.open.len());
        let condition = self.condition();
        (self.nesting, self.depth) = (nesting, depth);
        self.open.truncate(open);
        let result = match condition {
            Ok(condition) => self.header_end(end, what_for).map(|()| condition),
            Err(reported) => {
                self.skip_header(&[end]);
                Err(reported)
            }
        };
        self.nesting -= 1;
        self.or_error(result)
    }

    /// The `then` or `do` of a header.
    pub(super) fn header_end(&mut self, end: TokenKind, what_for: &str) -> Parsed<()> {
        if self.accept(end).is_some() {
            return Ok(());
        }
        let error = self.expectation(&format!("{}{what_for}", end.describe()));
        let help = match self.kind() {
            TokenKind::LeftBrace => Some("blocks are not written in braces: they end with `end`"),
            TokenKind::Colon => Some("a block does not begin with `:`"),
            TokenKind::PlusEqual | TokenKind::MinusEqual => Some("an assignment is a statement, and has no value"),
            _ => match self.open[..] {
                [.., Opener { kind: TokenKind::Repeat | TokenKind::Do, .. }, Opener { kind: TokenKind::While, .. }] => {
                    Some("a loop that checks its condition last is `repeat ... until c`")
                }
                _ if self.token().newline_before => self.commented_out(),
                _ => None,
            },
        };
        let reported = self.report(match help {
            Some(help) => error.help(help),
            None => error,
        });
        self.skip_header(&[end]);
        Err(reported)
    }

    /// An expression that is true or false: an `=` in it is taken for `==`, after a complaint.
    pub(super) fn condition(&mut self) -> Parsed<&'a Expr<'a>> {
        let mut condition = self.expression();
        while condition.is_ok() && self.at(TokenKind::Equal) && self.continues() {
            if self.at_fat_arrow() {
                let span = self.token().span.to(self.ahead(1).span);
                self.report(Diagnostic::error(span, "there is no operator `=>`").label("expected `>=`"));
                self.advance();
                self.advance();
                condition = self.expression();
                continue;
            }
            let error = Diagnostic::error(self.token().span, "`=` in a condition").label("expected `==`");
            self.report(error.help("`=` assigns, `==` compares"));
            self.advance();
            // `= =`.
            self.accept(TokenKind::Equal);
            condition = self.expression();
        }
        condition
    }
}

/// Out of line for the same reason as [`Parser::expr`].
#[inline(never)]
fn push<'a>(body: &mut ArenaVec<'a, Stmt<'a>>, statement: Stmt<'a>) {
    body.push(statement);
}

/// Whether an expression can begin with this. `repeat` is a loop at the beginning of a statement, a name elsewhere.
fn begins_expression(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Str
            | TokenKind::StrHead
            | TokenKind::Error
            | TokenKind::True
            | TokenKind::False
            | TokenKind::Nil
            | TokenKind::SelfWord
            | TokenKind::Super
            | TokenKind::Fn
            | TokenKind::If
            | TokenKind::Repeat
            | TokenKind::Not
            | TokenKind::Tilde
            | TokenKind::Minus
            | TokenKind::LeftParen
            | TokenKind::LeftBracket
            | TokenKind::LeftBrace
    )
}

/// Whether a name goes on with this, which could begin an expression too: `output - x` is a difference.
fn continues_name(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Minus | TokenKind::LeftParen | TokenKind::LeftBracket)
}

/// The operator of a compound assignment.
fn compound_operator(kind: TokenKind) -> Option<BinaryOp> {
    Some(match kind {
        TokenKind::PlusEqual => BinaryOp::Add,
        TokenKind::MinusEqual => BinaryOp::Sub,
        TokenKind::StarEqual => BinaryOp::Mul,
        TokenKind::SlashEqual => BinaryOp::Div,
        TokenKind::PercentEqual => BinaryOp::Mod,
        TokenKind::AmpersandEqual => BinaryOp::BitAnd,
        TokenKind::PipeEqual => BinaryOp::BitOr,
        TokenKind::CaretEqual => BinaryOp::BitXor,
        TokenKind::ShiftLeftEqual => BinaryOp::Shl,
        TokenKind::ShiftRightEqual => BinaryOp::Shr,
        _ => return None,
    })
}
