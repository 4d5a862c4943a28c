//! The globals of a file: those that it defines, and those that it imports.

use super::{Declared, How, Place, Resolver};
use crate::globals::{GlobalInfo, MAX_GLOBALS};
use crate::syntax::ast::{Name, Stmt, StmtKind, Symbol};
use crate::syntax::diagnostics::Diagnostic;
use crate::syntax::source::Span;
use crate::syntax::suggest::suggest;

impl Resolver<'_> {
    /// Declares what a statement of the top level defines.
    pub(super) fn declare_globals(&mut self, statement: &Stmt<'_>) {
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

    pub(super) fn declare_global(&mut self, name: Name, constant: bool) {
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
    pub(super) fn new_global(&mut self, name: &str, span: Span, constant: bool) -> Option<u32> {
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
    pub(super) fn declare_done(&mut self) -> Option<u32> {
        let source = self.surroundings.source.clone();
        self.new_global(&source.name, Span::default(), true)
    }

    /// `import "path"`.
    pub(super) fn import_all(&mut self, path: Span) {
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
    pub(super) fn import_names(&mut self, path: Span, names: &[(Name, Option<Name>)]) {
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
    pub(super) fn bind_import(&mut self, symbol: Symbol, import: Declared) {
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
    pub(super) fn report_clash(&mut self, symbol: Symbol, later: Declared, earlier: Declared) {
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
}
