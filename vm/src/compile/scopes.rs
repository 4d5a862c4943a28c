//! Which variables are visible where: the resolver's memory of blocks and functions.
//!
//! For each name there is a stack of the variables that it stands for, innermost last, so that looking one up costs the
//! same at any depth. Leaving a block pops the names that it declared.

use rustc_hash::FxHashMap;

use crate::syntax::ast::{Class, Function, Symbol};
use crate::syntax::source::Span;

/// The number of a local variable in its file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct VariableId(u32);

/// Which function of a file: the place where it begins, which no two share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FunctionId(u32);

impl FunctionId {
    /// The file's top level.
    pub(super) const MAIN: FunctionId = FunctionId(u32::MAX);

    /// A function of the file.
    pub(super) fn of(function: &Function<'_>) -> FunctionId {
        FunctionId(function.span.start)
    }

    /// The function that sets the fields that a class declares. No other begins where a class's name does.
    pub(super) fn of_fields(class: &Class<'_>) -> FunctionId {
        FunctionId(class.name.span.start)
    }
}

/// A local variable.
#[derive(Debug)]
pub(super) struct Variable {
    /// Where it is declared.
    pub(super) span: Span,
    /// The function that it belongs to.
    pub(super) function: FunctionId,
    /// Whether it was declared `const`.
    pub(super) constant: bool,
    /// The function that is its value from the beginning, and sees it.
    pub(super) own_function: Option<FunctionId>,
    /// Whether an inner function uses it.
    pub(super) captured: bool,
    /// Whether it is assigned after its definition.
    pub(super) reassigned: bool,
    /// The `continue` that may have skipped its definition.
    pub(super) skipped_by: Option<Span>,
}

impl Variable {
    /// Whether it lives in a cell on the heap.
    pub(super) fn is_cell(&self) -> bool {
        self.captured && self.reassigned
    }
}

/// All variables, and those that are visible.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    variables: Vec<Variable>,
    /// For each name the variables it stood for at each depth, innermost last.
    visible: FxHashMap<Symbol, Vec<(VariableId, usize)>>,
    /// The names that each open block has declared.
    blocks: Vec<Vec<Symbol>>,
}

impl Scopes {
    /// How many blocks are open.
    pub(super) fn depth(&self) -> usize {
        self.blocks.len()
    }

    /// Opens a block.
    pub(super) fn enter(&mut self) {
        self.blocks.push(Vec::new());
    }

    /// Closes the innermost block.
    pub(super) fn leave(&mut self) {
        for symbol in self.blocks.pop().unwrap_or_default() {
            if let Some(stack) = self.visible.get_mut(&symbol) {
                stack.pop();
            }
        }
    }

    /// Declares a variable in the innermost block; `Err` gives the variable that has the name in this block already.
    pub(super) fn declare(&mut self, symbol: Symbol, variable: Variable) -> Result<VariableId, VariableId> {
        let depth = self.depth();
        let stack = self.visible.entry(symbol).or_default();
        if let Some(&(other, at)) = stack.last()
            && at == depth
        {
            return Err(other);
        }
        let id = VariableId(self.variables.len() as u32);
        stack.push((id, depth));
        self.variables.push(variable);
        if let Some(block) = self.blocks.last_mut() {
            block.push(symbol);
        }
        Ok(id)
    }

    /// The variable that a name stands for.
    pub(super) fn find(&self, symbol: Symbol) -> Option<VariableId> {
        self.visible.get(&symbol).and_then(|stack| stack.last()).map(|&(id, _)| id)
    }

    /// A variable.
    pub(super) fn variable(&mut self, id: VariableId) -> &mut Variable {
        &mut self.variables[id.0 as usize]
    }

    /// The names that are visible, in no order.
    pub(super) fn visible(&self) -> impl Iterator<Item = Symbol> + '_ {
        self.visible.iter().filter(|(_, stack)| !stack.is_empty()).map(|(&symbol, _)| symbol)
    }

    /// All variables ever declared.
    pub(super) fn into_variables(self) -> Variables {
        Variables(self.variables)
    }
}

/// All local variables of a file.
#[derive(Debug)]
pub(super) struct Variables(Vec<Variable>);

impl std::ops::Index<VariableId> for Variables {
    type Output = Variable;

    fn index(&self, id: VariableId) -> &Variable {
        &self.0[id.0 as usize]
    }
}
