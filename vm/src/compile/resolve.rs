//! What every name of a file stands for; and every error in the use of names, of `break`, `continue` and `return`.
//!
//! One walk in the order of the text. It cannot be part of emitting code: whether a variable needs a heap cell depends
//! on assignments and inner functions that follow its first use.
//!
//! A name is looked up in the enclosing blocks, across functions; then among the globals of this file, wherever they
//! are defined; then among globals that earlier files or lines declared; then among the builtins.
//!
//! The results are kept by the place in the text where a name stands, which is different for every name.

use rustc_hash::FxHashMap;

use super::builtin_table::BuiltinTable;
use super::scopes::{FunctionId, Scopes, Variable, VariableId, Variables};
use crate::globals::{Globals, MAX_GLOBALS};
use crate::syntax::ast::{
    Block, Catch, Class, Expr, ExprKind, Function, Member, MemberKind, Module, Name, Piece, Stmt, StmtKind, Symbol,
};
use crate::syntax::diagnostics::{Diagnostic, Diagnostics};
use crate::syntax::names::Names;
use crate::syntax::source::Span;
use crate::syntax::suggest::suggest;

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// A local variable, of this function or of one around it.
    Variable(VariableId),
    /// The slot of a global.
    Global(u32),
    /// The index of a builtin.
    Builtin(u16),
}

/// What the names of a file stand for.
#[derive(Debug)]
pub(super) struct Resolution {
    /// By where the name begins. Declarations and uses.
    places: FxHashMap<u32, Place>,
    /// The variables that no name in the text declares: `self` by where its method begins, `super` by where the name of
    /// its class begins.
    hidden: FxHashMap<u32, VariableId>,
    /// Every local variable.
    pub(super) variables: Variables,
}

impl Resolution {
    /// What the name at a place stands for. The file had no errors.
    pub(super) fn place(&self, span: Span) -> Place {
        self.places[&span.start]
    }

    /// The variable `self` of a method, or `super` of a class, by where the `fn`, or the class's name, begins.
    pub(super) fn hidden(&self, start: u32) -> VariableId {
        self.hidden[&start]
    }
}

/// A function that decides what `self` means in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Method {
    /// It has an instance.
    Instance,
    /// It has none.
    Static,
}

/// Resolves a file. Its top-level names are declared in `globals`. If errors are added to `diagnostics`, the result is
/// incomplete.
pub(super) fn resolve(
    module: &Module<'_>,
    names: &Names,
    globals: &mut Globals,
    builtins: &BuiltinTable,
    diagnostics: &mut Diagnostics,
) -> Resolution {
    let mut resolver = Resolver {
        names,
        globals,
        builtins,
        diagnostics,
        scopes: Scopes::default(),
        functions: vec![FunctionId::MAIN],
        loops: Vec::new(),
        module_globals: FxHashMap::default(),
        places: FxHashMap::default(),
        hidden: FxHashMap::default(),
        self_symbol: names.find("self").expect("keywords are interned"),
        super_symbol: names.find("super").expect("keywords are interned"),
        methods: Vec::new(),
        classes: Vec::new(),
        too_many_globals: false,
    };
    for statement in module.body {
        resolver.declare_globals(statement);
    }
    resolver.statements(module.body);
    Resolution { places: resolver.places, hidden: resolver.hidden, variables: resolver.scopes.into_variables() }
}

/// Where the function that sets a class's fields is said to be: no function begins where a class's name ends.
pub(super) fn fields_span(class: &Class<'_>) -> Span {
    Span::new(class.name.span.end, class.name.span.end)
}

/// A loop around the statement that is being looked at.
#[derive(Debug)]
struct Loop {
    /// The depth of its body's block.
    depth: usize,
    /// The first `continue` so far.
    skips: Option<Span>,
    /// Variables of the body's block that were declared after a `continue`.
    skipped: Vec<(VariableId, Span)>,
}

struct Resolver<'c> {
    names: &'c Names,
    globals: &'c mut Globals,
    builtins: &'c BuiltinTable,
    diagnostics: &'c mut Diagnostics,
    scopes: Scopes,
    /// The functions around the place that is being looked at, innermost last.
    functions: Vec<FunctionId>,
    /// The loops around it, within the innermost function.
    loops: Vec<Loop>,
    /// The globals of this file, and where they are declared.
    module_globals: FxHashMap<Symbol, (u32, Span)>,
    places: FxHashMap<u32, Place>,
    hidden: FxHashMap<u32, VariableId>,
    self_symbol: Symbol,
    super_symbol: Symbol,
    /// The methods around the place that is being looked at, innermost last.
    methods: Vec<Method>,
    /// For the classes around it whether they extend another, innermost last.
    classes: Vec<bool>,
    too_many_globals: bool,
}

impl Resolver<'_> {
    // Declarations.

    /// Declares what a statement of the top level defines.
    fn declare_globals(&mut self, statement: &Stmt<'_>) {
        match statement.kind {
            StmtKind::Let { names, constant, .. } => {
                for &name in names {
                    self.declare_global(name, constant);
                }
            }
            StmtKind::Function { name, .. } | StmtKind::Enum { name, .. } => self.declare_global(name, false),
            StmtKind::Class(class) => self.declare_global(class.name, false),
            StmtKind::FromImport { names, .. } => {
                for &(name, alias) in names {
                    self.declare_global(alias.unwrap_or(name), false);
                }
            }
            StmtKind::Import { .. }
            | StmtKind::Expr(_)
            | StmtKind::Assign { .. }
            | StmtKind::CompoundAssign { .. }
            | StmtKind::If { .. }
            | StmtKind::While { .. }
            | StmtKind::ForIn { .. }
            | StmtKind::ForTo { .. }
            | StmtKind::Repeat { .. }
            | StmtKind::Loop { .. }
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Return(_)
            | StmtKind::Match { .. }
            | StmtKind::Try { .. }
            | StmtKind::Throw(_)
            | StmtKind::Output(_)
            | StmtKind::Input(_) => {}
        }
    }

    fn declare_global(&mut self, name: Name, constant: bool) {
        if let Some(&(_, other)) = self.module_globals.get(&name.symbol) {
            return self.report_redeclared(name, other);
        }
        let text = self.names.text(name.symbol);
        // What an earlier line at a prompt declared is defined anew, so that functions of that line see the new value.
        let known = self.globals.find(text).filter(|&slot| !constant && !self.globals.info(slot).constant);
        let Some(slot) = known.or_else(|| self.globals.declare(text, constant)) else {
            if !self.too_many_globals {
                self.too_many_globals = true;
                let message = format!("too many globals: {MAX_GLOBALS} are possible");
                self.diagnostics.push(Diagnostic::error(name.span, message).label("one too many"));
            }
            return;
        };
        self.module_globals.insert(name.symbol, (slot, name.span));
        self.places.insert(name.span.start, Place::Global(slot));
    }

    /// Declares a local variable in the innermost block.
    fn declare(&mut self, name: Name, constant: bool, own_function: Option<FunctionId>) {
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

    fn report_redeclared(&mut self, name: Name, other: Span) {
        // A name that did not parse is empty, and has been reported.
        if name.span.start < name.span.end {
            let message = format!("`{}` is declared twice in the same block", self.names.text(name.symbol));
            let error =
                Diagnostic::error(name.span, message).label("declared again").also(other, "first declared here");
            self.diagnostics.push(error.help("to give it a new value, write the assignment without `let`"));
        }
    }

    /// Whether what is declared here is a global.
    fn at_top_level(&self) -> bool {
        self.scopes.depth() == 0
    }

    fn function(&self) -> FunctionId {
        *self.functions.last().expect("the main function is never left")
    }

    // Uses.

    /// Finds what a name stands for, and remembers it.
    fn look_up(&mut self, symbol: Symbol, span: Span) -> Option<Place> {
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
        } else if let Some(&(slot, _)) = self.module_globals.get(&symbol) {
            Place::Global(slot)
        } else {
            let text = self.names.text(symbol);
            match self.globals.find(text) {
                Some(slot) => Place::Global(slot),
                None => Place::Builtin(self.builtins.find(text)?),
            }
        };
        self.places.insert(span.start, place);
        Some(place)
    }

    fn use_name(&mut self, symbol: Symbol, span: Span) {
        if self.look_up(symbol, span).is_none() {
            let error = self.undefined(symbol, span);
            self.diagnostics.push(error);
        }
    }

    fn assign_name(&mut self, symbol: Symbol, span: Span) {
        let text = self.names.text(symbol);
        let declared = match self.look_up(symbol, span) {
            Some(Place::Variable(id)) => {
                let variable = self.scopes.variable(id);
                variable.reassigned = true;
                variable.constant.then_some(Some(variable.span))
            }
            Some(Place::Global(slot)) => {
                let here = self.module_globals.get(&symbol).filter(|&&(known, _)| known == slot);
                self.globals.info(slot).constant.then_some(here.map(|&(_, span)| span))
            }
            Some(Place::Builtin(_)) => {
                let error = Diagnostic::error(span, format!("`{text}` is a builtin, which can't be assigned to"));
                let help = format!("a variable of that name is declared with `let {text} = ...`");
                return self.diagnostics.push(error.label("assigned here").help(help));
            }
            None => {
                let error = self.undefined(symbol, span);
                let help = format!("a new variable is declared with `let {text} = ...`");
                return self.diagnostics.push(error.help(help));
            }
        };
        if let Some(declared) = declared {
            let mut error = Diagnostic::error(span, format!("`{text}` is a constant, which can't be assigned to"));
            if let Some(declared) = declared {
                error = error.also(declared, "declared as a constant here");
            }
            self.diagnostics.push(error.label("assigned here"));
        }
    }

    fn undefined(&self, symbol: Symbol, span: Span) -> Diagnostic {
        let text = self.names.text(symbol);
        let error = Diagnostic::error(span, format!("`{text}` is not defined")).label("no such name");
        let locals = self.scopes.visible().map(|symbol| self.names.text(symbol));
        let globals = self.globals.infos().iter().map(|info| &*info.name);
        match suggest(text, locals.chain(globals).chain(self.builtins.names())) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        }
    }

    fn unsupported(&mut self, span: Span, what: &str) {
        self.diagnostics.push(Diagnostic::error(span, format!("{what} not supported yet")));
    }

    // Statements.

    fn block(&mut self, body: Block<'_>) {
        self.scopes.enter();
        self.statements(body);
        self.scopes.leave();
    }

    fn statements(&mut self, body: Block<'_>) {
        for statement in body {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt<'_>) {
        match statement.kind {
            StmtKind::Expr(expr) => self.expression(expr),
            StmtKind::Let { names, values, constant } => self.let_statement(names, values, constant),
            StmtKind::Assign { targets, values, .. } => {
                targets.iter().for_each(|target| self.target(target));
                values.iter().for_each(|value| self.expression(value));
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
            StmtKind::Enum { name, .. } => self.unsupported(name.span, "enums are"),
            StmtKind::Match { subject, .. } => self.unsupported(subject.span, "`match` is"),
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
            StmtKind::Import { path_span, .. } | StmtKind::FromImport { path_span, .. } => {
                self.unsupported(path_span, "imports are");
            }
        }
    }

    fn let_statement(&mut self, names: &[Name], values: &[&Expr<'_>], constant: bool) {
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
    fn loop_block(&mut self, variables: &[Name], body: Block<'_>, until: Option<&Expr<'_>>) {
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

    fn in_loop(&mut self, span: Span, what: &str) {
        if self.loops.is_empty() {
            let error = Diagnostic::error(span, format!("`{what}` outside of a loop"));
            self.diagnostics.push(error.label(format!("there is no loop to {what}")));
        }
    }

    /// An expression that is assigned to.
    fn target(&mut self, target: &Expr<'_>) {
        match target.kind {
            ExprKind::Name(symbol) => self.assign_name(symbol, target.span),
            // The parser refuses all but names, indices and fields.
            _ => self.expression(target),
        }
    }

    // Classes.

    fn class(&mut self, class: &Class<'_>) {
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
    fn declare_hidden(&mut self, symbol: Symbol, span: Span) {
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

    fn use_self(&mut self, span: Span, what: &str) {
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

    fn use_super(&mut self, span: Span, method: Name) {
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

    // Expressions.

    fn function_body(&mut self, function: &Function<'_>) {
        self.function_with(function, false);
    }

    fn function_with(&mut self, function: &Function<'_>, has_self: bool) {
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
    fn expression(&mut self, expr: &Expr<'_>) {
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
                ExprKind::Function(function) => return self.function_body(function),
                ExprKind::Conditional { arms, otherwise } => {
                    for (condition, value) in arms {
                        self.expression(condition);
                        self.expression(value);
                    }
                    otherwise
                }
                ExprKind::Dict(_) => return self.unsupported(expr.span, "dicts are"),
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
