//! Constructs that several statements or expressions make together.

use std::collections::HashMap;

use pseudo_vm::syntax::ast::{Expr, ExprKind, Function, Name, Symbol};

use super::Construct;

/// What has been met so far.
#[derive(Debug, Default)]
pub(super) struct Together {
    /// Names of classes, from anywhere in the file.
    classes: Vec<Symbol>,
    /// The function around.
    function: Of,
    /// For each loop around, fields and the values that they are of.
    loops: Vec<Vec<(Symbol, Symbol)>>,
    /// For each name that is called, the kinds of literals that it has been called with: a bit of each.
    kinds: HashMap<Symbol, u32>,
}

/// What has been met of a function.
#[derive(Debug, Default)]
pub(super) struct Of {
    parameters: Vec<Symbol>,
    returns: u32,
    returns_class: bool,
}

impl Together {
    /// Begins a function; the result goes to `end_function`.
    pub fn begin_function(&mut self, function: &Function<'_>) -> Of {
        let parameters = function.params.iter().map(|param| param.name.symbol).collect();
        std::mem::replace(&mut self.function, Of { parameters, ..Of::default() })
    }

    /// Ends the function that `begin_function` began.
    pub fn end_function(&mut self, outer: Of, found: &mut dyn FnMut(Construct)) {
        let of = std::mem::replace(&mut self.function, outer);
        if of.returns > 1 {
            found(Construct::SeveralReturns);
            if of.returns_class {
                found(Construct::Factory);
            }
        }
    }

    /// Begins the body of a loop.
    pub fn begin_loop(&mut self) {
        self.loops.push(Vec::new());
    }

    /// Ends it.
    pub fn end_loop(&mut self, found: &mut dyn FnMut(Construct)) {
        let fields = self.loops.pop().unwrap_or_default();
        let is_one_of_two =
            |&(field, of): &(Symbol, Symbol)| fields.iter().any(|other| other.0 == field && other.1 != of);
        if fields.iter().any(is_one_of_two) {
            found(Construct::OneFieldOfTwo);
        }
    }

    /// Notes a class.
    pub fn note_class(&mut self, name: Name) {
        self.classes.push(name.symbol);
    }

    /// Notes a `return` without a value.
    pub fn note_bare_return(&mut self) {
        self.function.returns += 1;
    }

    /// Notes a `return` of a value.
    pub fn note_return(&mut self, value: &Expr<'_>, found: &mut dyn FnMut(Construct)) {
        self.function.returns += 1;
        let ExprKind::Call { callee, .. } = &value.kind else { return };
        found(Construct::ReturnCall);
        if let ExprKind::Name(name) = callee.kind {
            self.function.returns_class |= self.classes.contains(&name);
            if self.function.parameters.contains(&name) {
                found(Construct::ReturnParameter);
            }
        }
    }

    /// Notes a field of a value.
    pub fn note_field(&mut self, object: &Expr<'_>, field: Name) {
        let of = match &object.kind {
            ExprKind::Index { object, .. } => object,
            _ => object,
        };
        if let (ExprKind::Name(of), Some(fields)) = (&of.kind, self.loops.last_mut()) {
            fields.push((field.symbol, *of));
        }
    }

    /// Notes a call.
    pub fn note_call(&mut self, callee: &Expr<'_>, args: &[&Expr<'_>], found: &mut dyn FnMut(Construct)) {
        let (ExprKind::Name(name), Some(kind)) = (&callee.kind, args.first().and_then(|first| kind(first))) else {
            return;
        };
        let kinds = self.kinds.entry(*name).or_default();
        let before = kinds.count_ones();
        *kinds |= 1 << kind;
        if before == 2 && kinds.count_ones() == 3 {
            found(Construct::CallOfKinds);
        }
    }
}

/// The kind of a literal, or of the first element of an array.
fn kind(expression: &Expr<'_>) -> Option<u32> {
    match &expression.kind {
        ExprKind::Int(_) => Some(0),
        ExprKind::Float(_) => Some(1),
        ExprKind::Str(_) => Some(2),
        ExprKind::Nil => Some(3),
        ExprKind::Bool(_) => Some(4),
        ExprKind::Function(_) => Some(5),
        ExprKind::Dict(_) => Some(6),
        ExprKind::Array(elements) => match elements.first().map(|first| &first.kind) {
            Some(ExprKind::Array(_)) => Some(7),
            _ => elements.first().and_then(|first| kind(first)),
        },
        ExprKind::Index { object, .. } => kind(object),
        _ => None,
    }
}
