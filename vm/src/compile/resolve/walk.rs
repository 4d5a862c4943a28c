//! The walk over statements and expressions, in the order of the text.

use super::super::scopes::FunctionId;
use super::{Loop, Resolver};
use crate::syntax::ast::{Block, Catch, Expr, ExprKind, Function, Name, Piece, Stmt, StmtKind};
use crate::syntax::diagnostics::Diagnostic;
use crate::syntax::source::Span;

impl Resolver<'_> {
    pub(super) fn block(&mut self, body: Block<'_>) {
        self.scopes.enter();
        self.statements(body);
        self.scopes.leave();
    }

    pub(super) fn statements(&mut self, body: Block<'_>) {
        for statement in body {
            self.statement(statement);
        }
    }

    pub(super) fn statement(&mut self, statement: &Stmt<'_>) {
        match statement.kind {
            StmtKind::Expr(expr) => {
                if !self.arrow_assignment(expr) {
                    self.expression(expr);
                }
            }
            StmtKind::Let { names, values, constant } => self.let_statement(names, values, constant),
            StmtKind::Assign { targets, values, .. } => {
                // A target that is not defined is taken to be, but not by its own value.
                values.iter().for_each(|value| self.expression(value));
                targets.iter().for_each(|target| self.target(target));
            }
            StmtKind::CompoundAssign { target, value, .. } => {
                self.target(target);
                self.expression(value);
            }
            StmtKind::If { arms, otherwise } => {
                for &(condition, body) in arms {
                    self.expression(condition);
                    self.block(body);
                }
                otherwise.into_iter().for_each(|body| self.block(body));
            }
            StmtKind::While { condition, body } => {
                self.expression(condition);
                self.loop_block(&[], body, None);
            }
            StmtKind::ForIn { first, second, iterable, step, body } => {
                self.expression(iterable);
                step.into_iter().for_each(|step| self.expression(step));
                let variables: Vec<Name> = std::iter::once(first).chain(second).collect();
                self.loop_block(&variables, body, None);
            }
            StmtKind::ForTo { variable, from, to, step, body } => {
                self.expression(from);
                self.expression(to);
                step.into_iter().for_each(|step| self.expression(step));
                self.loop_block(&[variable], body, None);
            }
            StmtKind::Repeat { body, condition } => self.loop_block(&[], body, Some(condition)),
            StmtKind::Loop { body } => self.loop_block(&[], body, None),
            StmtKind::Break => self.in_loop(statement.span, "break"),
            StmtKind::Continue => {
                self.in_loop(statement.span, "continue");
                if let Some(inner) = self.loops.last_mut() {
                    inner.skips.get_or_insert(statement.span);
                }
            }
            StmtKind::Return(value) => {
                if self.function() == FunctionId::MAIN {
                    let error = Diagnostic::error(statement.span, "`return` outside of a function");
                    self.diagnostics.push(error.label("there is nothing to return from"));
                }
                value.into_iter().for_each(|value| self.expression(value));
            }
            StmtKind::Function { name, function } => {
                if !self.at_top_level() {
                    self.declare(name, false, Some(FunctionId::of(function)));
                }
                self.function_body(function);
            }
            StmtKind::Output(values) => values.iter().for_each(|value| self.expression(value)),
            StmtKind::Input(target) => self.target(target),
            StmtKind::Class(class) => self.class(class),
            StmtKind::Enum { name, members } => {
                members.iter().filter_map(|&(_, value)| value).for_each(|value| self.expression(value));
                if !self.at_top_level() {
                    self.declare(name, false, None);
                }
            }
            StmtKind::Match { subject, cases, otherwise } => self.match_statement(subject, cases, otherwise),
            StmtKind::Try { body, ref catch, finally } => {
                self.block(body);
                if let Some(Catch { name, body }) = *catch {
                    self.scopes.enter();
                    name.into_iter().for_each(|name| self.declare(name, false, None));
                    self.statements(body);
                    self.scopes.leave();
                }
                finally.into_iter().for_each(|body| self.block(body));
            }
            StmtKind::Throw(value) => self.expression(value),
            StmtKind::Import { .. } => {
                // The names that it would give are not known.
                self.any_name_missing |= !self.imported_at_top_level(statement.span);
            }
            StmtKind::FromImport { names, .. } => {
                if !self.imported_at_top_level(statement.span) {
                    self.missing.extend(names.iter().map(|&(name, alias)| alias.unwrap_or(name).symbol));
                }
            }
        }
    }

    /// Reports an import that stands elsewhere.
    pub(super) fn imported_at_top_level(&mut self, span: Span) -> bool {
        let here = self.at_top_level();
        if !here {
            let error = Diagnostic::error(span, "imports stand at the top level of a file").label("inside of a block");
            self.diagnostics.push(error.help("move it to the beginning of the file"));
        }
        here
    }

    pub(super) fn let_statement(&mut self, names: &[Name], values: &[&Expr<'_>], constant: bool) {
        if self.at_top_level() {
            return values.iter().for_each(|value| self.expression(value));
        }
        match (names, values) {
            // A function sees the name that it is given.
            (&[name], [Expr { kind: ExprKind::Function(function), .. }]) => {
                self.declare(name, constant, Some(FunctionId::of(function)));
                self.function_body(function);
            }
            _ => {
                values.iter().for_each(|value| self.expression(value));
                names.iter().for_each(|&name| self.declare(name, constant, None));
            }
        }
    }

    /// The block of a loop, with the loop's variables and what is checked at its end.
    pub(super) fn loop_block(&mut self, variables: &[Name], body: Block<'_>, until: Option<&Expr<'_>>) {
        self.scopes.enter();
        self.loops.push(Loop { depth: self.scopes.depth(), skips: None, skipped: Vec::new() });
        variables.iter().for_each(|&name| self.declare(name, false, None));
        self.statements(body);
        let inner = self.loops.pop().expect("the loop was pushed above");
        if let Some(until) = until {
            for (id, skip) in inner.skipped {
                self.scopes.variable(id).skipped_by = Some(skip);
            }
            self.expression(until);
        }
        self.scopes.leave();
    }

    pub(super) fn in_loop(&mut self, span: Span, what: &str) {
        if self.loops.is_empty() {
            let error = Diagnostic::error(span, format!("`{what}` outside of a loop"));
            self.diagnostics.push(error.label(format!("there is no loop to {what}")));
        }
    }

    /// An expression that is assigned to.
    pub(super) fn target(&mut self, target: &Expr<'_>) {
        match target.kind {
            ExprKind::Name(symbol) => self.assign_name(symbol, target.span),
            // The parser refuses all but names, indices and fields.
            _ => self.expression(target),
        }
    }

    pub(super) fn function_body(&mut self, function: &Function<'_>) {
        self.function_with(function, false);
    }

    pub(super) fn function_with(&mut self, function: &Function<'_>, has_self: bool) {
        let loops = std::mem::take(&mut self.loops);
        self.functions.push(FunctionId::of(function));
        self.scopes.enter();
        if has_self {
            self.declare_hidden(self.self_symbol, function.span);
        }
        for param in function.params {
            param.default.into_iter().for_each(|default| self.expression(default));
            self.declare(param.name, false, None);
        }
        function.rest.into_iter().for_each(|rest| self.declare(rest, false, None));
        self.statements(function.body);
        self.scopes.leave();
        self.functions.pop();
        self.loops = loops;
    }

    /// An expression, from the right end of its left spine to the left: nothing is declared in an expression, so the
    /// order shows only in that of the errors, which are sorted.
    pub(super) fn expression(&mut self, expr: &Expr<'_>) {
        let mut expr = expr;
        loop {
            expr = match expr.kind {
                ExprKind::Binary { left, right, .. } | ExprKind::Logical { left, right, .. } => {
                    self.expression(right);
                    left
                }
                ExprKind::Call { callee, args, .. } => {
                    args.iter().for_each(|arg| self.expression(arg));
                    match callee.kind {
                        ExprKind::Field { object, .. } => object,
                        _ => callee,
                    }
                }
                ExprKind::Index { object, index, .. } => {
                    self.expression(index);
                    object
                }
                ExprKind::Field { object, .. } => object,
                ExprKind::Unary { operand, .. } => operand,
                ExprKind::Name(symbol) => return self.use_name(symbol, expr.span),
                ExprKind::Interpolation(pieces) => {
                    return pieces.iter().for_each(|piece| match piece {
                        Piece::Text(_) => {}
                        Piece::Expr(expr) => self.expression(expr),
                    });
                }
                ExprKind::Array(elements) => return elements.iter().for_each(|element| self.expression(element)),
                ExprKind::Dict(pairs) => {
                    return pairs.iter().for_each(|(key, value)| {
                        self.expression(key);
                        self.expression(value);
                    });
                }
                ExprKind::Function(function) => return self.function_body(function),
                ExprKind::Conditional { arms, otherwise } => {
                    for (condition, value) in arms {
                        self.expression(condition);
                        self.expression(value);
                    }
                    otherwise
                }
                ExprKind::SelfRef => return self.use_self(expr.span, "self"),
                ExprKind::Super { method } => return self.use_super(expr.span, method),
                ExprKind::Nil
                | ExprKind::Bool(_)
                | ExprKind::Int(_)
                | ExprKind::Float(_)
                | ExprKind::Str(_)
                | ExprKind::Error => return,
            };
        }
    }
}
