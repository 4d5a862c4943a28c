//! Syntax tree to bytecode, in two passes.
//!
//! A program is a file and all that it imports ([`files`]); each is resolved after those that it imports, and its top
//! level becomes a function of the one that imports it first ([`imports`]).
//!
//! [`resolve`] finds what every name stands for, reports every error in the use of names, and learns what the second
//! pass must know beforehand: which variables inner functions capture, and which of those are assigned again. The second
//! pass (all other modules) then emits code in one walk over the tree, one [`function::FunctionCompiler`] per function.
//!
//! | module | what |
//! |---|---|
//! | `files` | which files a program consists of |
//! | `scopes`, `resolve` | names: scopes, captures, errors |
//! | `registers` | which registers are free |
//! | `function` | one function: parameters, captures, where variables live |
//! | `statements`, `assignments`, `loops`, `matches`, `enums`, `classes`, `tries`, `imports` | statements |
//! | `expressions`, `literals`, `conditions`, `calls` | expressions |
//!
//! # Variables
//!
//! A variable of a function is a register. If an inner function captures it, and it is never assigned after its
//! definition, the inner function has a copy of the value. If it is assigned (anywhere), the register holds a heap cell
//! that the functions share; each round of a loop makes the cells of its body anew. A local function that refers to
//! itself captures nothing for that: it is the closure that is running. Variables of a file's top level are globals.
//!
//! # Values on the way
//!
//! Every expression is compiled towards a [`Target`](expressions::Target) register, with no moves where the value is
//! already in place. Registers above the local variables are temporaries, in the order of a stack.

mod assignments;
mod builtin_table;
mod calls;
mod classes;
mod conditions;
mod enums;
mod expressions;
mod files;
mod function;
mod imports;
mod literals;
mod loops;
mod matches;
mod registers;
mod resolve;
mod scopes;
mod statements;
#[cfg(test)]
mod tests;
mod tries;

use std::rc::Rc;

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use crate::builtins;
use crate::bytecode::proto::Proto;
use crate::bytecode::verify;
use crate::globals::Globals;
use crate::heap::Heap;
use crate::loader::Loader;
use crate::modules::{Module, Modules, TopLevel};
use crate::syntax::diagnostics::Diagnostics;
use crate::syntax::names::Names;
use crate::syntax::source::Source;
use builtin_table::BuiltinTable;
use files::{File, Import};
use function::{FunctionCompiler, Program};
use resolve::{Exports, Resolution, Surroundings};

/// What can be chosen.
#[derive(Clone, Copy, Debug)]
pub struct CompileOptions {
    /// Rounds until a loop is hot.
    pub hot_loop: u32,
    /// Calls until a function is hot.
    pub hot_call: u32,
    /// The number of the program's first function; the others follow in order of appearance.
    pub first_proto: u32,
    /// Whether the builtins that only the prelude may use have names.
    pub internal_builtins: bool,
    /// Whether the program's value is that of its last statement, if it is an expression; else it is nil.
    pub gives_value: bool,
}

/// What programs have in common that one machine runs.
pub struct Environment<'c> {
    /// Where globals are declared.
    pub globals: &'c mut Globals,
    /// Where constants are allocated. They are never collected.
    pub heap: &'c mut Heap,
    /// The files that were imported earlier.
    pub modules: &'c mut Modules,
    /// The top-level names of earlier programs, which the lines at a prompt have in common.
    pub top_level: &'c mut TopLevel,
    /// The names that the host has given to globals, for all files.
    pub host: &'c TopLevel,
    /// Where files come from.
    pub loader: &'c dyn Loader,
}

/// What is wrong with one file.
#[derive(Clone, Debug)]
pub struct FileErrors {
    /// The file.
    pub source: Rc<Source>,
    /// What is wrong, in the order of the places.
    pub diagnostics: Diagnostics,
}

/// What is wrong with a program: its files that have errors, the given one first.
#[derive(Clone, Debug)]
pub struct CompileErrors {
    /// At least one.
    pub files: Vec<FileErrors>,
    /// Whether more text at the end of the given file could mend all of it: what an interactive prompt wants to know.
    pub incomplete: bool,
}

impl CompileErrors {
    /// The number of messages.
    pub fn count(&self) -> usize {
        self.files.iter().map(|file| file.diagnostics.len()).sum()
    }

    /// The messages as text, with an empty line between them.
    pub fn render(&self, colour: bool) -> String {
        let texts: Vec<String> = self.files.iter().map(|file| file.diagnostics.render(&file.source, colour)).collect();
        texts.join("\n")
    }
}

/// Compiles a program: a file, or a line at a prompt, with all that it imports, to a function `main` without parameters.
///
/// # Errors
///
/// Everything that is wrong with any of the files. The environment is as it was before then.
pub fn compile_program(
    source: Rc<Source>,
    environment: Environment<'_>,
    options: &CompileOptions,
) -> Result<Box<Proto>, CompileErrors> {
    let builtins =
        BuiltinTable::new(builtins::all().filter(|(_, info)| options.internal_builtins || !info.is_internal()));
    compile_with(source, environment, options, &builtins)
}

/// [`compile_program`] with the builtins of a given table.
fn compile_with(
    source: Rc<Source>,
    environment: Environment<'_>,
    options: &CompileOptions,
    builtins: &BuiltinTable,
) -> Result<Box<Proto>, CompileErrors> {
    let Environment { globals, heap, modules, top_level, host, loader } = environment;
    let globals_before = globals.infos().len();
    let (arena, mut names) = (Bump::new(), Names::new());
    let mut files = files::read_all(source, &arena, &mut names, loader, modules, globals);
    let resolutions =
        resolve_all(&mut files.list, &files.order, &names, globals, Outer { earlier: top_level, host }, builtins);
    let mut proto = None;
    if !files.list.iter().any(|file| file.diagnostics.has_errors()) {
        let mut program = Program::new(&files.list, &resolutions, &names, heap, builtins, options);
        proto = FunctionCompiler::main(&mut program);
        for (file, found) in program.into_diagnostics() {
            found.into_iter().for_each(|diagnostic| files.list[file].diagnostics.push(diagnostic));
        }
    }
    let Some(proto) = proto.filter(|_| !files.list.iter().any(|file| file.diagnostics.has_errors())) else {
        globals.truncate(globals_before);
        return Err(errors(files.list));
    };
    if cfg!(debug_assertions) {
        verify::check(&proto).unwrap_or_else(|problem| panic!("the compiler made bad bytecode: {problem}"));
    }
    let identities: Vec<_> = files.list.into_iter().map(|file| file.identity).collect();
    let mut identities = identities.into_iter();
    let mut resolutions = resolutions.into_iter();
    // The given file is not imported: its names are for the lines that follow at the prompt.
    if let (Some(_), Some(main)) = (identities.next(), resolutions.next()) {
        main.names.sorted().into_iter().for_each(|(name, slot)| top_level.bind(name, slot));
    }
    for (identity, resolution) in identities.zip(resolutions) {
        if let (Some(identity), Some(done)) = (identity, resolution.done) {
            modules.add(identity, Module { names: resolution.names, done });
        }
    }
    Ok(proto)
}

/// The names of globals that no file of the program declares.
#[derive(Clone, Copy)]
struct Outer<'c> {
    /// Those of earlier lines at a prompt.
    earlier: &'c TopLevel,
    /// Those of the host.
    host: &'c TopLevel,
}

/// Resolves all files, each after those that it imports.
fn resolve_all(
    files: &mut [File<'_>],
    order: &[usize],
    names: &Names,
    globals: &mut Globals,
    outer: Outer<'_>,
    builtins: &BuiltinTable,
) -> Vec<Resolution> {
    let nothing = TopLevel::default();
    let mut resolutions: Vec<Option<Resolution>> = files.iter().map(|_| None).collect();
    for &number in order {
        let mut diagnostics = std::mem::take(&mut files[number].diagnostics);
        let file = &files[number];
        let mut imports = FxHashMap::default();
        for (&at, &import) in &file.imports {
            imports.insert(
                at,
                match import {
                    Import::Known(names) => Exports { names, doubtful: false },
                    Import::Failed => Exports { names: &nothing, doubtful: true },
                    Import::File(number) => {
                        let imported = resolutions[number].as_ref().expect("it comes before its importers");
                        Exports { names: &imported.names, doubtful: imported.doubtful }
                    }
                },
            );
        }
        let surroundings = Surroundings {
            source: &file.source,
            imported: number != 0,
            imports,
            earlier: if number == 0 { outer.earlier } else { &nothing },
            host: outer.host,
        };
        let resolution = resolve::resolve(&file.tree, surroundings, names, globals, builtins, &mut diagnostics);
        resolutions[number] = Some(resolution);
        files[number].diagnostics = diagnostics;
    }
    resolutions.into_iter().map(|resolution| resolution.expect("the order has all files")).collect()
}

/// The messages about files that have some.
fn errors(files: Vec<File<'_>>) -> CompileErrors {
    let mut found: Vec<FileErrors> =
        files.into_iter().map(|file| FileErrors { source: file.source, diagnostics: file.diagnostics }).collect();
    let main_is_incomplete = found.first().is_some_and(|main| main.diagnostics.is_incomplete());
    let incomplete = main_is_incomplete && found.iter().skip(1).all(|file| !file.diagnostics.has_errors());
    found.retain(|file| !file.diagnostics.is_empty());
    found.iter_mut().for_each(|file| file.diagnostics.sort());
    CompileErrors { files: found, incomplete }
}
