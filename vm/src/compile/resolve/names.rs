//! Names as they are declared in blocks, looked up and assigned.

use std::rc::Rc;

use super::super::scopes::{FunctionId, Variable};
use super::{Place, Resolver};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Name, Symbol, UnaryOp};
use crate::syntax::diagnostics::Diagnostic;
use crate::syntax::source::Span;
use crate::syntax::suggest::{elsewhere, suggest};

impl Resolver<'_> {
    /// Declares a local variable in the innermost block.
    pub(super) fn declare(&mut self, name: Name, constant: bool, own_function: Option<FunctionId>) {
        let variable = Variable {
            span: name.span,
            function: self.function(),
            constant,
            own_function,
            captured: false,
            reassigned: false,
            skipped_by: None,
        };
        match self.scopes.declare(name.symbol, variable) {
            Ok(id) => {
                self.places.insert(name.span.start, Place::Variable(id));
                if let Some(inner) = self.loops.last_mut()
                    && let Some(skip) = inner.skips
                    && inner.depth == self.scopes.depth()
                {
                    inner.skipped.push((id, skip));
                }
            }
            Err(other) => {
                let span = self.scopes.variable(other).span;
                self.report_redeclared(name, span);
            }
        }
    }

    pub(super) fn report_redeclared(&mut self, name: Name, other: Span) {
        // A name that did not parse is empty, and has been reported.
        if name.span.start < name.span.end {
            let message = format!("`{}` is declared twice in the same block", self.names.text(name.symbol));
            let error = Diagnostic::error(name.span, message).label("declared again");
            let error = error.also(other, "first declared here");
            let help = "to give it a new value, write the assignment without `let`";
            self.diagnostics.push(if self.declared_by_let(name) { error.help(help) } else { error });
        }
    }

    /// Whether a `let` stands before a declared name on its line.
    pub(super) fn declared_by_let(&self, name: Name) -> bool {
        let source = &self.surroundings.source;
        let line_start = source.line_start(source.line(name.span.start));
        let before = &source.text[line_start as usize..name.span.start as usize];
        let is_list = |c: char| c == ',' || c == '_' || c.is_alphanumeric() || c.is_whitespace();
        before.rsplit_once("let ").is_some_and(|(_, between)| between.chars().all(is_list))
    }

    /// Whether what is declared here is a global.
    pub(super) fn at_top_level(&self) -> bool {
        self.scopes.depth() == 0
    }

    pub(super) fn function(&self) -> FunctionId {
        *self.functions.last().expect("the main function is never left")
    }

    /// Whether a name stands for a constant that a program has declared.
    pub(super) fn is_constant(&mut self, symbol: Symbol) -> bool {
        if let Some(id) = self.scopes.find(symbol) {
            return self.scopes.variable(id).constant;
        }
        let slot = match self.module_globals.get(&symbol) {
            Some(declared) => Some(declared.slot),
            None => self.outer_global(self.names.text(symbol)),
        };
        slot.is_some_and(|slot| self.globals.info(slot).constant)
    }

    /// A global that no file of this program declares.
    fn outer_global(&self, text: &str) -> Option<u32> {
        self.surroundings.earlier.find(text).or_else(|| self.surroundings.host.find(text))
    }

    /// Finds what a name stands for, and remembers it.
    pub(super) fn look_up(&mut self, symbol: Symbol, span: Span) -> Option<Place> {
        let place = if let Some(id) = self.scopes.find(symbol) {
            let function = self.function();
            let variable = self.scopes.variable(id);
            variable.captured |= variable.function != function;
            if let Some(skip) = variable.skipped_by {
                let (text, declared) = (self.names.text(symbol), variable.span);
                let message = format!("`{text}` may have no value here: a `continue` can skip its definition");
                let error = Diagnostic::error(span, message).label("used here").also(skip, "continues here");
                self.diagnostics.push(error.also(declared, "defined here"));
            }
            Place::Variable(id)
        } else if let Some(declared) = self.module_globals.get(&symbol) {
            Place::Global(declared.slot)
        } else {
            let text = self.names.text(symbol);
            match self.outer_global(text) {
                Some(slot) => Place::Global(slot),
                None => Place::Builtin(self.builtins.find(text)?),
            }
        };
        self.places.insert(span.start, place);
        Some(place)
    }

    pub(super) fn use_name(&mut self, symbol: Symbol, span: Span) {
        if self.look_up(symbol, span).is_none() && !self.may_be_missing(symbol) {
            let error = self.undefined(symbol, span);
            self.diagnostics.push(error);
        }
    }

    /// Whether another error may be why a name is not defined.
    pub(super) fn may_be_missing(&self, symbol: Symbol) -> bool {
        self.any_name_missing || self.missing.contains(&symbol)
    }

    pub(super) fn assign_name(&mut self, symbol: Symbol, span: Span) {
        let text = self.names.text(symbol);
        let error = match self.look_up(symbol, span) {
            Some(Place::Variable(id)) => {
                let variable = self.scopes.variable(id);
                variable.reassigned = true;
                if !variable.constant {
                    return;
                }
                constant_assigned(text, span).also(variable.span, DECLARED)
            }
            Some(Place::Global(slot)) => {
                let info = self.globals.info(slot);
                if !info.constant {
                    self.globals.reassign(slot);
                    return;
                }
                let error = constant_assigned(text, span);
                if Rc::ptr_eq(&info.source, self.surroundings.source) {
                    error.also(info.span, DECLARED)
                } else {
                    error.also_in(&info.source, info.span, DECLARED)
                }
            }
            Some(Place::Builtin(_)) => {
                let error = Diagnostic::error(span, format!("`{text}` is a builtin, which can't be assigned to"));
                let help = format!("a variable of that name is declared with `let {text} = ...`");
                error.label("assigned here").help(help)
            }
            None if self.may_be_missing(symbol) => return,
            None => {
                let error = self.undefined(symbol, span);
                self.declare_nevertheless(Name { symbol, span });
                error.help(format!("a new variable is declared with `let {text} = ...`"))
            }
        };
        self.diagnostics.push(error);
    }

    /// Declares a name that is assigned to without a declaration: that has been reported, and is what is wrong with the
    /// uses of the name too.
    pub(super) fn declare_nevertheless(&mut self, name: Name) {
        if self.at_top_level() {
            self.missing.insert(name.symbol);
        } else {
            self.declare(name, false, None);
        }
    }

    /// `x <- 1` for an assignment: a comparison of an undefined name with a negation, written in one piece.
    pub(super) fn arrow_assignment(&mut self, expr: &Expr<'_>) -> bool {
        let ExprKind::Binary { op: BinaryOp::Lt, op_span, left, right } = expr.kind else { return false };
        let (ExprKind::Name(symbol), ExprKind::Unary { op: UnaryOp::Neg, op_span: minus, .. }) =
            (&left.kind, &right.kind)
        else {
            return false;
        };
        if minus.start != op_span.end || self.look_up(*symbol, left.span).is_some() || self.may_be_missing(*symbol) {
            return false;
        }
        let error = self.undefined(*symbol, left.span);
        self.expression(right);
        self.declare_nevertheless(Name { symbol: *symbol, span: left.span });
        let text = self.names.text(*symbol);
        self.diagnostics
            .push(error.help(format!("`<-` does not assign: a new variable is declared with `let {text} = ...`")));
        true
    }

    pub(super) fn undefined(&self, symbol: Symbol, span: Span) -> Diagnostic {
        let text = self.names.text(symbol);
        let error = Diagnostic::error(span, format!("`{text}` is not defined")).label("no such name");
        // A name of a file from which others are imported.
        let files = self.surroundings.imports.values();
        if let Some(slot) = files.filter_map(|exports| exports.names.find(text)).min() {
            let source = &self.globals.info(slot).source;
            return error
                .help(format!("`{}` defines it: add it to the names that are imported from there", source.name));
        }
        let own = self.scopes.visible().chain(self.module_globals.keys().copied());
        let outer = self.surroundings.earlier.names().chain(self.surroundings.host.names());
        let own = own.map(|symbol| self.names.text(symbol)).chain(outer);
        let near = suggest(text, own.chain(self.builtins.names()));
        match (near, elsewhere(text)) {
            // A builtin may be near by chance.
            (Some(near), Some(help)) if self.builtins.find(near).is_some() => error.help(help),
            (Some(near), _) => error.help(format!("did you mean `{near}`?")),
            (None, Some(help)) => error.help(help),
            (None, None) => error,
        }
    }
}

const DECLARED: &str = "declared as a constant here";

fn constant_assigned(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(span, format!("`{name}` is a constant, which can't be assigned to")).label("assigned here")
}
