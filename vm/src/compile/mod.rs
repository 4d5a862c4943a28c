//! Syntax tree to bytecode, in two passes.
//!
//! [`resolve`] finds what every name stands for, reports every error in the use of names, and learns what the second
//! pass must know beforehand: which variables inner functions capture, and which of those are assigned again. The second
//! pass (all other modules) then emits code in one walk over the tree, one [`function::FunctionCompiler`] per function.
//!
//! | module | what |
//! |---|---|
//! | `scopes`, `resolve` | names: scopes, captures, errors |
//! | `registers` | which registers are free |
//! | `function` | one function: parameters, captures, where variables live |
//! | `statements`, `assignments`, `loops`, `classes`, `tries` | statements |
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
mod expressions;
mod function;
mod literals;
mod loops;
mod registers;
mod resolve;
mod scopes;
mod statements;
#[cfg(test)]
mod tests;
mod tries;

use std::rc::Rc;

use crate::builtins;
use crate::bytecode::proto::Proto;
use crate::bytecode::verify;
use crate::globals::Globals;
use crate::heap::Heap;
use crate::syntax::ast::Module;
use crate::syntax::diagnostics::Diagnostics;
use crate::syntax::names::Names;
use crate::syntax::source::Source;
use builtin_table::BuiltinTable;
use function::{FunctionCompiler, Program};

/// What can be chosen.
#[derive(Clone, Copy, Debug)]
pub struct CompileOptions {
    /// Rounds until a loop is hot.
    pub hot_loop: u32,
    /// Calls until a function is hot.
    pub hot_call: u32,
    /// The number of the module's first function; the others follow in order of appearance.
    pub first_proto: u32,
    /// Whether the builtins that only the prelude may use have names.
    pub internal_builtins: bool,
}

/// Compiles a file, or a line at a prompt, to a function `main` without parameters.
///
/// Declares the file's top-level names in `globals`. Errors are added to `diagnostics`, which is sorted by place then;
/// `None` if there are any, those that were there before included: the tree of a file with syntax errors can be passed,
/// to find the errors in its names. Allocates constants, which are never collected.
pub fn compile_module(
    source: Rc<Source>,
    module: &Module<'_>,
    names: &Names,
    globals: &mut Globals,
    heap: &mut Heap,
    options: &CompileOptions,
    diagnostics: &mut Diagnostics,
) -> Option<Box<Proto>> {
    let builtins =
        BuiltinTable::new(builtins::all().filter(|(_, info)| options.internal_builtins || !info.is_internal()));
    compile_with(source, module, names, globals, heap, options, diagnostics, &builtins)
}

/// [`compile_module`] with the builtins of a given table.
#[expect(clippy::too_many_arguments, reason = "the public function's arguments and one for the tests")]
fn compile_with(
    source: Rc<Source>,
    module: &Module<'_>,
    names: &Names,
    globals: &mut Globals,
    heap: &mut Heap,
    options: &CompileOptions,
    diagnostics: &mut Diagnostics,
    builtins: &BuiltinTable,
) -> Option<Box<Proto>> {
    let resolution = resolve::resolve(module, names, globals, builtins, diagnostics);
    let mut proto = None;
    if !diagnostics.has_errors() {
        let next_proto = options.first_proto;
        let mut program =
            Program { source, names, heap, builtins, options, diagnostics, resolution: &resolution, next_proto };
        proto = FunctionCompiler::main(&mut program, module);
    }
    diagnostics.sort();
    let proto = proto.filter(|_| !diagnostics.has_errors())?;
    if cfg!(debug_assertions) {
        verify::check(&proto).unwrap_or_else(|problem| panic!("the compiler made bad bytecode: {problem}"));
    }
    Some(proto)
}
