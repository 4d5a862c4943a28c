//! Functions, classes, enums and imports.

use bumpalo::collections::Vec as ArenaVec;
use rustc_hash::FxHashMap;

use super::recovery::Closers;
use super::{Parsed, Parser, Reported, Symbol, TokenKind, words};
use crate::syntax::ast::{Block, Class, Expr, ExprKind, Function, Member, MemberKind, Name, Param, StmtKind};
use crate::syntax::diagnostics::Diagnostic;
use crate::syntax::source::Span;

/// The parameters of a function.
type Params<'a> = (ArenaVec<'a, Param<'a>>, Option<Name>);

impl<'a> Parser<'_, 'a> {
    // ---- functions

    /// `fn name(...) ... end`.
    pub(super) fn function_statement(&mut self) -> Parsed<StmtKind<'a>> {
        let keyword = self.advance();
        let name = self.name("a name")?;
        Ok(StmtKind::Function { name, function: self.function(keyword.span, Some(name)) })
    }

    /// `fn(...) ... end` in an expression; the `fn` is the next token.
    pub(super) fn function_expression(&mut self) -> Parsed<&'a Expr<'a>> {
        let keyword = self.advance();
        if self.at(TokenKind::Name) && self.ahead(1).kind == TokenKind::LeftParen {
            let error = Diagnostic::error(self.token().span, "a function in an expression has no name");
            self.report(error.label("expected `(`").help("name it by `let`, or let `fn` begin a statement"));
            self.advance();
        }
        // Takes more stack than an operand does.
        self.enter()?;
        let function = self.function(keyword.span, None);
        self.depth -= 1;
        Ok(self.expr(ExprKind::Function(function), function.span))
    }

    /// A function from its parameters to its `end`. Whatever is wrong with the parameters, its body is read.
    fn function(&mut self, start: Span, name: Option<Name>) -> &'a Function<'a> {
        let nesting = self.nesting;
        self.open(TokenKind::Fn, start, Closers::END);
        let (params, rest) = self.recovering_params();
        self.foreign_result_type();
        self.block_start();
        // In a body newlines count, whatever the function stands in.
        self.nesting = 0;
        let body = self.block();
        self.close();
        self.nesting = nesting;
        self.function_node(name, params, rest, body, self.span_from(start))
    }

    /// Out of line for the same reason as [`Parser::expr`].
    #[inline(never)]
    fn function_node(
        &self,
        name: Option<Name>,
        params: &'a [Param<'a>],
        rest: Option<Name>,
        body: Block<'a>,
        span: Span,
    ) -> &'a Function<'a> {
        self.arena.alloc(Function { name, params, rest, body, span })
    }

    /// The parameters, as far as they could be read.
    fn recovering_params(&mut self) -> (&'a [Param<'a>], Option<Name>) {
        let (depth, open) = (self.depth, self.open.len());
        let mut params = (ArenaVec::new_in(self.arena), None);
        // What it reports, it has recovered from, as far as that was possible.
        let _ = self.params(&mut params);
        self.open.truncate(open);
        self.depth = depth;
        (params.0.into_bump_slice(), params.1)
    }

    /// `(a, b = 1, rest...)`.
    fn params(&mut self, params: &mut Params<'a>) -> Parsed<()> {
        if !self.at(TokenKind::LeftParen) {
            let reported = self.expected("`(`");
            self.skip_header(&[]);
            return Err(reported);
        }
        let open = self.advance();
        self.nesting += 1;
        while !self.at(TokenKind::RightParen) {
            if let Err(Reported) = self.param(params) {
                return self.skip_bracket(TokenKind::RightParen);
            }
            if self.accept(TokenKind::Comma).is_none() {
                break;
            }
        }
        self.close_bracket(open.span, TokenKind::RightParen, "`,` or `)`")
    }

    fn param(&mut self, (params, rest): &mut Params<'a>) -> Parsed<()> {
        if self.at(TokenKind::SelfWord) {
            let error = self.expectation("a parameter");
            self.report(error.help("`self` is not declared: every method has it"));
            self.advance();
            return Ok(());
        }
        let start = self.at;
        let name = self.name("a parameter")?;
        if let Some(rest) = *rest {
            let error = Diagnostic::error(rest.span, "the rest of the arguments comes last");
            self.complain(error.label("expected no parameter after this").also(name.span, "but here is one"));
        }
        if self.accept(TokenKind::DotDotDot).is_some() {
            *rest = Some(name);
            return Ok(());
        }
        let mut default = None;
        if self.accept(TokenKind::Equal).is_some() {
            default = Some(self.expression()?);
        } else if let Some(Param { default: Some(before), .. }) = params.last() {
            let message = format!("parameter `{}` needs a default", self.names.text(name.symbol));
            let error = Diagnostic::error(self.tokens[start].span, message).label("expected `= value` after this");
            let error = error.also(before.span, "since the parameter before it has one");
            self.complain(error);
        }
        params.push(Param { name, default });
        Ok(())
    }

    // ---- classes

    /// `class Name extends Parent ... end`.
    pub(super) fn class_statement(&mut self) -> Parsed<StmtKind<'a>> {
        let keyword = self.advance();
        self.open(TokenKind::Class, keyword.span, Closers::END);
        let mut name = self.error_name();
        let mut parent = None;
        if self.class_header(&mut name, &mut parent).is_err() {
            self.skip_header(&[]);
        }
        let mut members = ArenaVec::new_in(self.arena);
        loop {
            while self.accept(TokenKind::Semicolon).is_some() {}
            if self.at(TokenKind::EndOfFile) || self.at_bracket_end() || self.at_closer() && self.closer_is_wanted() {
                break;
            }
            let (start, nesting, depth, open) = (self.at, self.nesting, self.depth, self.open.len());
            if self.member(&mut members).is_err() {
                (self.nesting, self.depth) = (nesting, depth);
                self.open.truncate(open);
                self.skip_statement(start);
                if self.at == start {
                    self.advance();
                }
            }
        }
        self.close();
        self.check_members(&members);
        Ok(StmtKind::Class(self.arena.alloc(Class { name, parent, members: members.into_bump_slice() })))
    }

    fn class_header(&mut self, name: &mut Name, parent: &mut Option<&'a Expr<'a>>) -> Parsed<()> {
        *name = self.name("a class name")?;
        if self.accept(TokenKind::Extends).is_some() {
            let class = self.name("the name of a class")?;
            *parent = Some(self.expr(ExprKind::Name(class.symbol), class.span));
        } else if !self.token().newline_before && self.at(TokenKind::Colon) && self.ahead(1).newline_before {
            self.block_start();
        } else if !self.token().newline_before
            && matches!(
                self.kind(),
                TokenKind::Colon | TokenKind::Less | TokenKind::LeftParen | TokenKind::LeftBrace | TokenKind::Name
            )
            && !self.at_word(words::FUNCTION)
            && !self.at_word(words::PROCEDURE)
        {
            let error = self.expectation("a member of the class");
            let help = if self.at(TokenKind::LeftBrace) {
                "a class is not written in braces: it ends with `end`"
            } else {
                "a parent class is written `class A extends B`"
            };
            return Err(self.report(error.help(help)));
        }
        Ok(())
    }

    /// One `let` or `fn`, which may be static. Needs no newline before the next.
    fn member(&mut self, members: &mut ArenaVec<'a, Member<'a>>) -> Parsed<()> {
        let is_static = self.accept(TokenKind::Static).is_some();
        let keyword = self.token();
        if self.accept(TokenKind::Let).is_some() {
            let (names, values) = self.let_rest(keyword.span, false)?;
            if names.len() > 1 && values.len() == 1 {
                let kind = MemberKind::Unpack { names, value: values[0] };
                members.push(Member { is_static, name: names[0], kind });
                return Ok(());
            }
            let fields = names.iter().enumerate();
            members.extend(fields.map(|(at, &name)| Member {
                is_static,
                name,
                kind: MemberKind::Field(values.get(at).copied()),
            }));
            return Ok(());
        }
        let word = self.at_word(words::FUNCTION) || self.at_word(words::PROCEDURE);
        if self.at(TokenKind::Fn) || word && self.ahead(1).kind == TokenKind::Name {
            self.enter()?;
            self.advance();
            let name = self.name("a method's name")?;
            let function = self.function(keyword.span, Some(name));
            members.push(Member { is_static, name, kind: MemberKind::Method(function) });
            self.depth -= 1;
            return Ok(());
        }
        if self.foreign_method() {
            return self.member(members);
        }
        let what = if is_static { "`let` or `fn`" } else { "`let`, `fn`, `static` or `end`" };
        let error = self.expectation_here(what);
        let help = match (keyword.kind, self.ahead(1).kind) {
            (TokenKind::Name, TokenKind::Equal) => Some("a field is declared with `let`"),
            (TokenKind::Name, TokenKind::LeftParen) => Some("a method is declared with `fn`"),
            (TokenKind::Const, _) => Some("a class has no constants: use `static let`"),
            _ => None,
        };
        let reported = self.report(match help {
            Some(help) => error.help(help),
            None => error,
        });
        // A method without its `fn`, by the look of its parameters: its body and `end` are read as such.
        let params = matches!(self.ahead(2).kind, TokenKind::Name | TokenKind::RightParen);
        if self.at(TokenKind::Name) && self.ahead(1).kind == TokenKind::LeftParen && params {
            self.enter()?;
            self.advance();
            self.function(keyword.span, None);
        }
        Err(reported)
    }

    /// Complains about members of the same name.
    fn check_members(&mut self, members: &[Member<'a>]) {
        let mut seen: FxHashMap<Symbol, Span> = FxHashMap::default();
        for member in members {
            let names = match member.kind {
                MemberKind::Unpack { names, .. } => names,
                _ => std::slice::from_ref(&member.name),
            };
            for name in names {
                self.check_unique(&mut seen, *name, "class");
            }
        }
    }

    fn check_unique(&mut self, seen: &mut FxHashMap<Symbol, Span>, name: Name, what: &str) {
        if let Some(&first) = seen.get(&name.symbol) {
            let message = format!("the {what} has two members `{}`", self.names.text(name.symbol));
            let error = Diagnostic::error(name.span, message).label("expected another name");
            self.complain(error.also(first, "here is the first"));
        } else {
            seen.insert(name.symbol, name.span);
        }
    }

    // ---- enums

    /// `enum Name A, B = 3 end`.
    pub(super) fn enum_statement(&mut self) -> Parsed<StmtKind<'a>> {
        let keyword = self.advance();
        self.open(TokenKind::Enum, keyword.span, Closers::END);
        let mut members = ArenaVec::new_in(self.arena);
        let name = match self.name("the enum's name") {
            Ok(name) => name,
            Err(Reported) => {
                self.skip_header(&[TokenKind::Equal]);
                self.error_name()
            }
        };
        self.accept(TokenKind::Equal);
        loop {
            let (start, nesting, depth, open) = (self.at, self.nesting, self.depth, self.open.len());
            if self.at_closer() && self.closer_is_wanted() || self.at(TokenKind::EndOfFile) || self.at_bracket_end() {
                break;
            }
            if self.enum_member(&mut members).is_err() {
                (self.nesting, self.depth) = (nesting, depth);
                self.open.truncate(open);
                self.skip_statement(start);
                if self.at == start {
                    self.advance();
                }
            }
        }
        self.close();
        let mut seen = FxHashMap::default();
        for &(name, _) in &members {
            self.check_unique(&mut seen, name, "enum");
        }
        Ok(StmtKind::Enum { name, members: members.into_bump_slice() })
    }

    /// One member, and the comma or newline behind it.
    fn enum_member(&mut self, members: &mut ArenaVec<'a, (Name, Option<&'a Expr<'a>>)>) -> Parsed<()> {
        let name = self.name("a member's name or `end`")?;
        let mut value = None;
        if !self.token().newline_before && self.accept(TokenKind::Equal).is_some() {
            value = Some(self.expression()?);
        }
        members.push((name, value));
        let separated = self.accept(TokenKind::Comma).is_some() || self.at_statement_end();
        if !separated || self.at(TokenKind::Semicolon) {
            return Err(self.expected("`,`, a newline or `end`"));
        }
        Ok(())
    }

    // ---- imports

    /// `import "path"`.
    pub(super) fn import_statement(&mut self) -> Parsed<StmtKind<'a>> {
        self.advance();
        let (path, path_span) = self.path()?;
        if self.at_word(words::AS) && !self.token().newline_before {
            let error = self.expectation("the end of the statement");
            return Err(
                self.report(error.help("names are chosen, and changed, with `from \"file.pseudo\" import a as b`"))
            );
        }
        Ok(StmtKind::Import { path, path_span })
    }

    /// `from "path" import a, b as c`.
    pub(super) fn selective_import_statement(&mut self) -> Parsed<StmtKind<'a>> {
        self.advance();
        let (path, path_span) = self.path()?;
        self.expect(TokenKind::Import, "")?;
        let mut names = ArenaVec::new_in(self.arena);
        loop {
            if self.at(TokenKind::Star) {
                let error = self.expectation("a name to import");
                return Err(self.report(error.help("all names of a file are imported with `import \"file.pseudo\"`")));
            }
            let name = self.name("a name to import")?;
            let mut alias = None;
            if self.at_word(words::AS) && !self.token().newline_before {
                self.advance();
                alias = Some(self.name("a name")?);
            }
            names.push((name, alias));
            if self.accept(TokenKind::Comma).is_none() {
                return Ok(StmtKind::FromImport { path, path_span, names: names.into_bump_slice() });
            }
        }
    }

    fn path(&mut self) -> Parsed<(&'a str, Span)> {
        let token = self.token();
        if token.kind != TokenKind::Str {
            let error = self.expectation("a path in quotes");
            return Err(self.report(match token.kind {
                TokenKind::StrHead => error.help("a path is fixed: it has no `${ }`"),
                TokenKind::LeftBrace => error.help("names are chosen with `from \"file.pseudo\" import a, b`"),
                TokenKind::Name => error.help("a file is named by its path: `import \"file.pseudo\"`"),
                _ => error,
            }));
        }
        self.advance();
        Ok((self.literals.texts[token.payload as usize], token.span))
    }
}
