//! What every name of a file stands for; and every error in the use of names, of `break`, `continue` and `return`.
//!
//! One walk in the order of the text. It cannot be part of emitting code: whether a variable needs a heap cell depends
//! on assignments and inner functions that follow its first use.
//!
//! A name is looked up in the enclosing blocks, across functions; then among the globals of this file, wherever they
//! are defined or imported; then among globals that earlier lines at a prompt declared; then among the builtins.
//!
//! The results are kept by the place in the text where a name stands, which is different for every name.

mod classes;
mod patterns;

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::builtin_table::BuiltinTable;
use super::scopes::{FunctionId, Scopes, Variable, VariableId, Variables};
use crate::globals::{GlobalInfo, Globals, MAX_GLOBALS};
use crate::modules::TopLevel;
use crate::syntax::ast::{
    BinaryOp, Block, Catch, Class, Expr, ExprKind, Function, Module, Name, Piece, Stmt, StmtKind, Symbol, UnaryOp,
};
use crate::syntax::diagnostics::{Diagnostic, Diagnostics};
use crate::syntax::names::Names;
use crate::syntax::source::{Source, Span};
use crate::syntax::suggest::{elsewhere, suggest};

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
    /// What importers of the file see.
    pub(super) names: TopLevel,
    /// Whether more names might be there if the file, or one that it imports, had no errors.
    pub(super) doubtful: bool,
    /// Of an imported file: the global that tells that it has run.
    pub(super) done: Option<u32>,
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

/// What is around a file.
#[derive(Debug)]
pub(super) struct Surroundings<'c> {
    /// The file itself.
    pub(super) source: &'c Rc<Source>,
    /// Whether it is an imported one.
    pub(super) imported: bool,
    /// What its imports give, by where their paths begin.
    pub(super) imports: FxHashMap<u32, Exports<'c>>,
    /// What earlier lines at the prompt have declared.
    pub(super) earlier: &'c TopLevel,
}

/// What a file gives to those that import it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exports<'c> {
    /// Its names.
    pub(super) names: &'c TopLevel,
    /// See [`Resolution::doubtful`].
    pub(super) doubtful: bool,
}

/// Resolves a file. Its top-level names are declared in `globals`. If errors are added to `diagnostics`, the result is
/// incomplete.
pub(super) fn resolve(
    module: &Module<'_>,
    surroundings: Surroundings<'_>,
    names: &Names,
    globals: &mut Globals,
    builtins: &BuiltinTable,
    diagnostics: &mut Diagnostics,
) -> Resolution {
    let doubtful = diagnostics.has_errors();
    let mut resolver = Resolver {
        surroundings,
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
        any_name_missing: false,
        missing: module.lost.iter().copied().collect(),
    };
    let done = resolver.surroundings.imported.then(|| resolver.declare_done());
    for statement in module.body {
        resolver.declare_globals(statement);
    }
    resolver.statements(module.body);
    let mut top_level = TopLevel::default();
    for (&symbol, declared) in &resolver.module_globals {
        top_level.bind(names.text(symbol), declared.slot);
    }
    Resolution {
        doubtful: doubtful || resolver.any_name_missing,
        places: resolver.places,
        hidden: resolver.hidden,
        variables: resolver.scopes.into_variables(),
        names: top_level,
        done: done.flatten(),
    }
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

/// A name of the top level.
#[derive(Clone, Copy, Debug)]
struct Declared {
    slot: u32,
    /// Where it is defined or imported.
    span: Span,
    how: How,
}

/// How a name came to be one of this file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum How {
    Defined,
    /// By `from`.
    Chosen,
    /// With all others of a file.
    Wholesale,
}

struct Resolver<'c> {
    surroundings: Surroundings<'c>,
    names: &'c Names,
    globals: &'c mut Globals,
    builtins: &'c BuiltinTable,
    diagnostics: &'c mut Diagnostics,
    scopes: Scopes,
    /// The functions around the place that is being looked at, innermost last.
    functions: Vec<FunctionId>,
    /// The loops around it, within the innermost function.
    loops: Vec<Loop>,
    /// The globals of this file.
    module_globals: FxHashMap<Symbol, Declared>,
    places: FxHashMap<u32, Place>,
    hidden: FxHashMap<u32, VariableId>,
    self_symbol: Symbol,
    super_symbol: Symbol,
    /// The methods around the place that is being looked at, innermost last.
    methods: Vec<Method>,
    /// For the classes around it whether they extend another, innermost last.
    classes: Vec<bool>,
    too_many_globals: bool,
    /// Whether an import failed that might have given any name: then none is said to be undefined.
    any_name_missing: bool,
    /// Names that may be meant to be defined where there is an error: in text that did not parse, by an import that
    /// failed, or by an assignment without a `let`.
    missing: FxHashSet<Symbol>,
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
            StmtKind::FromImport { path_span, names, .. } => self.import_names(path_span, names),
            StmtKind::Import { path_span, .. } => self.import_all(path_span),
            StmtKind::Expr(_)
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
        if let Some(&other) = self.module_globals.get(&name.symbol) {
            return match other.how {
                How::Defined => self.report_redeclared(name, other.span),
                How::Chosen | How::Wholesale => {
                    let defined = Declared { slot: other.slot, span: name.span, how: How::Defined };
                    self.report_clash(name.symbol, defined, other);
                }
            };
        }
        let text = self.names.text(name.symbol);
        // What an earlier line at a prompt declared is defined anew, so that functions of that line see the new value.
        let known = self.surroundings.earlier.find(text).filter(|&slot| {
            let info = self.globals.info(slot);
            !constant && !info.constant && !info.imported
        });
        if let Some(slot) = known {
            self.globals.reassign(slot);
        }
        let Some(slot) = known.or_else(|| self.new_global(text, name.span, constant)) else { return };
        self.module_globals.insert(name.symbol, Declared { slot, span: name.span, how: How::Defined });
        self.places.insert(name.span.start, Place::Global(slot));
    }

    /// A new slot. `None`, which has been reported, if there is none.
    fn new_global(&mut self, name: &str, span: Span, constant: bool) -> Option<u32> {
        let (source, imported) = (self.surroundings.source.clone(), self.surroundings.imported);
        let slot =
            self.globals.declare(GlobalInfo { name: name.into(), constant, source, span, imported, reassigned: false });
        if slot.is_none() && !std::mem::replace(&mut self.too_many_globals, true) {
            let message = format!("too many globals: {MAX_GLOBALS} are possible");
            self.diagnostics.push(Diagnostic::error(span, message).label("one too many"));
        }
        slot
    }

    /// Declares the global that tells that this file has run.
    fn declare_done(&mut self) -> Option<u32> {
        let source = self.surroundings.source.clone();
        self.new_global(&source.name, Span::default(), true)
    }

    /// `import "path"`.
    fn import_all(&mut self, path: Span) {
        let exports = self.surroundings.imports[&path.start];
        self.any_name_missing |= exports.doubtful;
        for (name, slot) in exports.names.sorted() {
            // All have a symbol: they stand in files of this program, or in earlier ones whose names were interned.
            if let Some(symbol) = self.names.find(name) {
                self.bind_import(symbol, Declared { slot, span: path, how: How::Wholesale });
            }
        }
    }

    /// `from "path" import a, b as c`.
    fn import_names(&mut self, path: Span, names: &[(Name, Option<Name>)]) {
        let exports = self.surroundings.imports[&path.start];
        for &(name, alias) in names {
            let (text, bound) = (self.names.text(name.symbol), alias.unwrap_or(name));
            if let Some(slot) = exports.names.find(text) {
                self.bind_import(bound.symbol, Declared { slot, span: bound.span, how: How::Chosen });
                continue;
            }
            self.missing.insert(bound.symbol);
            if !exports.doubtful {
                let file = &self.surroundings.source.text[path.start as usize + 1..path.end as usize - 1];
                let message = format!("`{file}` has no top-level name `{text}`");
                let error = Diagnostic::error(name.span, message).label("no such name there");
                self.diagnostics.push(match suggest(text, exports.names.names()) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error,
                });
            }
        }
    }

    /// Gives a variable of another file a name in this one.
    fn bind_import(&mut self, symbol: Symbol, import: Declared) {
        match self.module_globals.get(&symbol) {
            // The same variable, by whatever way.
            Some(other) if other.slot == import.slot => {}
            Some(&other) => self.report_clash(symbol, import, other),
            None => {
                self.module_globals.insert(symbol, import);
            }
        }
    }

    /// Two variables would have the same name, one of them an imported one.
    fn report_clash(&mut self, symbol: Symbol, later: Declared, earlier: Declared) {
        let label = |declared: Declared| match declared.how {
            How::Defined => "defined here",
            How::Chosen => "imported here",
            How::Wholesale => "imported here, with all names of the file",
        };
        let text = self.names.text(symbol);
        let error = Diagnostic::error(later.span, format!("`{text}` would name two things in this file"));
        let mut error = error.label(label(later)).also(earlier.span, label(earlier));
        for import in [earlier, later].into_iter().filter(|declared| declared.how != How::Defined) {
            let info = self.globals.info(import.slot);
            error = error.also_in(&info.source, info.span, "this is what is imported");
        }
        self.diagnostics.push(match (later.how, earlier.how) {
            (How::Chosen, _) | (_, How::Chosen) => error.help(format!("import it under another name: `{text} as ...`")),
            _ => {
                error.help("import the names that are needed, with `from ... import ...`; `as` gives them other names")
            }
        });
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
            let error = Diagnostic::error(name.span, message).label("declared again");
            let error = error.also(other, "first declared here");
            let help = "to give it a new value, write the assignment without `let`";
            self.diagnostics.push(if self.declared_by_let(name) { error.help(help) } else { error });
        }
    }

    /// Whether a `let` stands before a declared name on its line.
    fn declared_by_let(&self, name: Name) -> bool {
        let source = &self.surroundings.source;
        let line_start = source.line_start(source.line(name.span.start));
        let before = &source.text[line_start as usize..name.span.start as usize];
        let is_list = |c: char| c == ',' || c == '_' || c.is_alphanumeric() || c.is_whitespace();
        before.rsplit_once("let ").is_some_and(|(_, between)| between.chars().all(is_list))
    }

    /// Whether what is declared here is a global.
    fn at_top_level(&self) -> bool {
        self.scopes.depth() == 0
    }

    fn function(&self) -> FunctionId {
        *self.functions.last().expect("the main function is never left")
    }

    // Uses.

    /// Whether a name stands for a constant that a program has declared.
    fn is_constant(&mut self, symbol: Symbol) -> bool {
        if let Some(id) = self.scopes.find(symbol) {
            return self.scopes.variable(id).constant;
        }
        let slot = match self.module_globals.get(&symbol) {
            Some(declared) => Some(declared.slot),
            None => self.surroundings.earlier.find(self.names.text(symbol)),
        };
        slot.is_some_and(|slot| self.globals.info(slot).constant)
    }

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
        } else if let Some(declared) = self.module_globals.get(&symbol) {
            Place::Global(declared.slot)
        } else {
            let text = self.names.text(symbol);
            match self.surroundings.earlier.find(text) {
                Some(slot) => Place::Global(slot),
                None => Place::Builtin(self.builtins.find(text)?),
            }
        };
        self.places.insert(span.start, place);
        Some(place)
    }

    fn use_name(&mut self, symbol: Symbol, span: Span) {
        if self.look_up(symbol, span).is_none() && !self.may_be_missing(symbol) {
            let error = self.undefined(symbol, span);
            self.diagnostics.push(error);
        }
    }

    /// Whether another error may be why a name is not defined.
    fn may_be_missing(&self, symbol: Symbol) -> bool {
        self.any_name_missing || self.missing.contains(&symbol)
    }

    fn assign_name(&mut self, symbol: Symbol, span: Span) {
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
    fn declare_nevertheless(&mut self, name: Name) {
        if self.at_top_level() {
            self.missing.insert(name.symbol);
        } else {
            self.declare(name, false, None);
        }
    }

    /// `x <- 1` for an assignment: a comparison of an undefined name with a negation, written in one piece.
    fn arrow_assignment(&mut self, expr: &Expr<'_>) -> bool {
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

    fn undefined(&self, symbol: Symbol, span: Span) -> Diagnostic {
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
        let own = own.map(|symbol| self.names.text(symbol)).chain(self.surroundings.earlier.names());
        let near = suggest(text, own.chain(self.builtins.names()));
        match (near, elsewhere(text)) {
            // A builtin may be near by chance.
            (Some(near), Some(help)) if self.builtins.find(near).is_some() => error.help(help),
            (Some(near), _) => error.help(format!("did you mean `{near}`?")),
            (None, Some(help)) => error.help(help),
            (None, None) => error,
        }
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
    fn imported_at_top_level(&mut self, span: Span) -> bool {
        let here = self.at_top_level();
        if !here {
            let error = Diagnostic::error(span, "imports stand at the top level of a file").label("inside of a block");
            self.diagnostics.push(error.help("move it to the beginning of the file"));
        }
        here
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

const DECLARED: &str = "declared as a constant here";

fn constant_assigned(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(span, format!("`{name}` is a constant, which can't be assigned to")).label("assigned here")
}
