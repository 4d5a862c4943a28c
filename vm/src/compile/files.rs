//! The files of a program: the one that was given, and all that it imports, directly or not.
//!
//! They are read depth first, each once, along an explicit stack, so that a long chain of imports costs no native stack
//! here. (Emitting code recurses along the chain; [`CHAIN_MAX`] is for that.) What is wrong with an import is reported
//! where it stands.

use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use crate::globals::Globals;
use crate::loader::{Loader, problem};
use crate::modules::{Modules, TopLevel};
use crate::syntax;
use crate::syntax::ast;
use crate::syntax::ast::StmtKind;
use crate::syntax::diagnostics::{Diagnostic, Diagnostics};
use crate::syntax::names::Names;
use crate::syntax::source::{Source, Span};

/// Files that import one another in a row, at most.
const CHAIN_MAX: usize = 200;

/// Imports that the message about a cycle shows, at most.
const STEPS_SHOWN: usize = 8;

/// What an import statement imports.
#[derive(Clone, Copy, Debug)]
pub(super) enum Import<'m> {
    /// A file of this program, by its number.
    File(usize),
    /// A file that an earlier program has imported: its names.
    Known(&'m TopLevel),
    /// Nothing: why has been reported.
    Failed,
}

/// A file of the program.
#[derive(Debug)]
pub(super) struct File<'a> {
    pub(super) source: Rc<Source>,
    /// What it says.
    pub(super) tree: ast::Module<'a>,
    /// What is wrong with it.
    pub(super) diagnostics: Diagnostics,
    /// By where the path stands in the file.
    pub(super) imports: FxHashMap<u32, Import<'a>>,
    /// What tells it from other files; not known of a program that is no file.
    pub(super) identity: Option<PathBuf>,
}

/// All files of a program.
#[derive(Debug)]
pub(super) struct Files<'a> {
    /// The given one first, the others in the order of their first imports.
    pub(super) list: Vec<File<'a>>,
    /// The numbers of all, each after those that it imports.
    pub(super) order: Vec<usize>,
}

/// Reads a program's files. The names of files that were imported earlier are interned too.
pub(super) fn read_all<'a>(
    source: Rc<Source>,
    arena: &'a Bump,
    names: &mut Names,
    loader: &dyn Loader,
    modules: &'a Modules,
    globals: &Globals,
) -> Files<'a> {
    let identity = loader.identify(Path::new(&source.name)).ok();
    let mut reader = Reader {
        arena,
        names,
        loader,
        modules,
        globals,
        list: Vec::new(),
        by_identity: FxHashMap::default(),
        open: Vec::new(),
    };
    reader.open(source, identity);
    let mut order = Vec::new();
    while let Some(open) = reader.open.last_mut() {
        match open.paths.pop() {
            Some(path) => reader.import(path),
            None => {
                order.push(open.file);
                reader.open.pop();
            }
        }
    }
    Files { list: reader.list, order }
}

/// A file whose imports are being read.
struct Open<'a> {
    file: usize,
    /// The paths of imports that are still to be read, the last one first.
    paths: Vec<(&'a str, Span)>,
    /// Where the path stands that is being read.
    at: Span,
}

struct Reader<'r, 'a> {
    arena: &'a Bump,
    names: &'r mut Names,
    loader: &'r dyn Loader,
    modules: &'a Modules,
    globals: &'r Globals,
    list: Vec<File<'a>>,
    by_identity: FxHashMap<PathBuf, usize>,
    /// From the given file to the one that is being read, each imported by the one before.
    open: Vec<Open<'a>>,
}

impl<'a> Reader<'_, 'a> {
    /// Parses a file, and goes on with its imports.
    fn open(&mut self, source: Rc<Source>, identity: Option<PathBuf>) -> usize {
        let mut diagnostics = Diagnostics::new();
        let tree = syntax::parse(&source, self.arena, self.names, &mut diagnostics);
        let paths = tree.body.iter().rev().filter_map(|statement| match statement.kind {
            StmtKind::Import { path, path_span } | StmtKind::FromImport { path, path_span, .. } => {
                Some((path, path_span))
            }
            _ => None,
        });
        let file = self.list.len();
        self.open.push(Open { file, paths: paths.collect(), at: Span::default() });
        self.by_identity.extend(identity.clone().map(|identity| (identity, file)));
        self.list.push(File { source, tree, diagnostics, imports: FxHashMap::default(), identity });
        file
    }

    /// Reads what an import of the innermost open file names.
    fn import(&mut self, (path, span): (&'a str, Span)) {
        let open = self.open.last_mut().expect("it is the one whose import this is");
        open.at = span;
        let importer = open.file;
        let import = self.find(path, span).unwrap_or_else(|error| {
            self.list[importer].diagnostics.push(error);
            Import::Failed
        });
        self.list[importer].imports.insert(span.start, import);
    }

    fn find(&mut self, path: &'a str, span: Span) -> Result<Import<'a>, Diagnostic> {
        let importer = self.open.last().map_or(0, |open| open.file);
        if path.is_empty() {
            let error = Diagnostic::error(span, "the path of the file to import is empty").label("no path");
            return Err(error.help("a file is named by its path: `import \"file.pseudo\"`"));
        }
        // A program that is no file (`-e`, standard input) has a name without a folder.
        let folder = Path::new(&self.list[importer].source.name).parent().unwrap_or(Path::new(""));
        let full = folder.join(path);
        let shown = full.to_string_lossy().into_owned();
        let identity = self.loader.identify(&full).map_err(|error| self.unreadable(span, &shown, &error))?;
        if let Some(&file) = self.by_identity.get(&identity) {
            return match self.open.iter().position(|open| open.file == file) {
                Some(at) => Err(self.cycle(at, span)),
                None => Ok(Import::File(file)),
            };
        }
        if let Some(module) = self.modules.find(&identity, self.globals) {
            module.names.names().for_each(|name| {
                self.names.intern(name);
            });
            return Ok(Import::Known(&module.names));
        }
        if self.open.len() > CHAIN_MAX {
            let message =
                format!("imports are nested too deeply: at most {CHAIN_MAX} files can import each other in a row");
            return Err(Diagnostic::error(span, message).label("one too many"));
        }
        let bytes = self.loader.read(&full).map_err(|error| self.unreadable(span, &shown, &error))?;
        match Source::from_bytes(shown.as_str(), &bytes) {
            Ok(source) => Ok(Import::File(self.open(Rc::new(source), Some(identity)))),
            Err(error) => {
                let error = Diagnostic::error(span, format!("cannot import `{shown}`: {error}"));
                Err(error.label("imported here"))
            }
        }
    }

    fn unreadable(&self, span: Span, shown: &str, error: &io::Error) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(span, problem(shown, error)).label("imported here");
        if error.kind() == io::ErrorKind::NotFound {
            for extension in ["pseudo", "psc"] {
                let other = format!("{shown}.{extension}");
                if self.loader.identify(Path::new(&other)).is_ok() {
                    diagnostic = diagnostic.help(format!("there is a file `{other}`: write the path with its ending"));
                }
            }
        }
        diagnostic
    }

    /// The error that an import leads back to a file that is still waiting for its own.
    fn cycle(&self, at: usize, span: Span) -> Diagnostic {
        let cycle = &self.open[at..];
        let name = |open: &Open<'_>| &self.list[open.file].source.name;
        let first = name(&cycle[0]);
        if let [_] = cycle {
            return Diagnostic::error(span, format!("`{first}` imports itself")).label("this very file");
        }
        let error = Diagnostic::error(span, format!("`{first}` imports itself, through other files"));
        let error = error.label(format!("leads back to `{first}`"));
        let steps = cycle.windows(2).take(STEPS_SHOWN);
        let error = steps.fold(error, |error, pair| {
            let source = &self.list[pair[0].file].source;
            error.also_in(source, pair[0].at, format!("`{}` is imported here", name(&pair[1])))
        });
        error.help("move what both files need to a file of its own")
    }
}
