//! What every name of a file stands for; and every error in the use of names, of `break`, `continue` and `return`.
//!
//! One walk in the order of the text. It cannot be part of emitting code: whether a variable needs a heap cell depends
//! on assignments and inner functions that follow its first use.
//!
//! A name is looked up in the enclosing blocks, across functions; then among the globals of this file, wherever they
//! are defined or imported; then among globals that earlier lines at a prompt declared, or the host of the machine; then among
//! the builtins.
//!
//! The results are kept by the place in the text where a name stands, which is different for every name.

mod classes;
mod globals;
mod names;
mod patterns;
mod walk;

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::builtin_table::BuiltinTable;
use super::scopes::{FunctionId, Scopes, VariableId, Variables};
use crate::globals::Globals;
use crate::modules::TopLevel;
use crate::syntax::ast::{Class, Module, Symbol};
use crate::syntax::diagnostics::Diagnostics;
use crate::syntax::names::Names;
use crate::syntax::source::{Source, Span};

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
    /// What the host has declared.
    pub(super) host: &'c TopLevel,
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
