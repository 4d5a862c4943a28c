//! Classes, and what `self` and `super` stand for.
//!
//! Both are variables that no name in the text declares: `self` of the method, `super` of the block of the class. What
//! `self` means is decided by the innermost method around, `super` by the innermost class.

use super::{Method, Resolver, fields_span};
use crate::compile::scopes::{FunctionId, Variable};
use crate::syntax::ast::{Class, Member, MemberKind, Name, Symbol};
use crate::syntax::diagnostics::Diagnostic;
use crate::syntax::source::Span;

impl Resolver<'_> {
    pub(super) fn class(&mut self, class: &Class<'_>) {
        class.parent.into_iter().for_each(|parent| self.expression(parent));
        if !self.at_top_level() {
            self.declare(class.name, false, None);
        }
        self.scopes.enter();
        self.classes.push(class.parent.is_some());
        if class.parent.is_some() {
            self.declare_hidden(self.super_symbol, class.name.span);
        }
        // In the order in which they run: see `classes`.
        self.functions.push(FunctionId::of_fields(class));
        self.methods.push(Method::Instance);
        self.scopes.enter();
        self.declare_hidden(self.self_symbol, fields_span(class));
        for member in class.members.iter().filter(|member| !member.is_static) {
            self.member_value(member);
        }
        self.scopes.leave();
        self.methods.pop();
        self.functions.pop();
        for member in class.members {
            if let MemberKind::Method(function) = member.kind {
                self.methods.push(if member.is_static { Method::Static } else { Method::Instance });
                self.function_with(function, !member.is_static);
                self.methods.pop();
            }
        }
        for member in class.members.iter().filter(|member| member.is_static) {
            self.member_value(member);
        }
        self.classes.pop();
        self.scopes.leave();
    }

    fn member_value(&mut self, member: &Member<'_>) {
        match member.kind {
            MemberKind::Field(value) => value.into_iter().for_each(|value| self.expression(value)),
            MemberKind::Unpack { value, .. } => self.expression(value),
            MemberKind::Method(_) => {}
        }
    }

    /// Declares `self` or `super`. `span` is where it is declared, so to speak.
    pub(super) fn declare_hidden(&mut self, symbol: Symbol, span: Span) {
        let variable = Variable {
            span,
            function: self.function(),
            constant: true,
            own_function: None,
            captured: false,
            reassigned: false,
            skipped_by: None,
        };
        if let Ok(id) = self.scopes.declare(symbol, variable) {
            self.hidden.insert(span.start, id);
        }
    }

    pub(super) fn use_self(&mut self, span: Span, what: &str) {
        let label = match self.methods.last() {
            Some(Method::Instance) => {
                self.look_up(self.self_symbol, span);
                return;
            }
            Some(Method::Static) => "a static method has no instance",
            None => "there is no instance here",
        };
        let place = if self.methods.is_empty() { "outside of a method" } else { "in a static method" };
        self.diagnostics.push(Diagnostic::error(span, format!("`{what}` {place}")).label(label));
    }

    pub(super) fn use_super(&mut self, span: Span, method: Name) {
        let label = match self.classes.last() {
            Some(true) => {
                self.look_up(self.super_symbol, span);
                if self.methods.last() == Some(&Method::Instance) {
                    self.look_up(self.self_symbol, method.span);
                } else {
                    self.use_self(span, "super");
                }
                return;
            }
            Some(false) => "the class extends no other",
            None => "there is no class around this",
        };
        let place = if self.classes.is_empty() { "outside of a class" } else { "in a class without `extends`" };
        self.diagnostics.push(Diagnostic::error(span, format!("`super` {place}")).label(label));
    }
}
