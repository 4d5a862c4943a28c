//! Statements, and the blocks that they stand in.

use super::expressions::Target;
use super::function::FunctionCompiler;
use crate::bytecode::assemble::{Label, Register};
use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::syntax::ast::{Block, Expr, ExprKind, Name, Stmt, StmtKind};
use crate::syntax::source::Span;

impl FunctionCompiler<'_, '_> {
    /// Statements in order, up to the first that cannot be reached.
    pub(super) fn statements(&mut self, body: Block<'_>) {
        for statement in body {
            if !self.code.reachable() {
                return;
            }
            self.statement(statement);
            self.registers.release(self.locals_end);
        }
    }

    /// A block: its variables' registers are free again after it.
    pub(super) fn block(&mut self, body: Block<'_>) {
        let outer = self.locals_end;
        self.statements(body);
        self.close_block(outer);
    }

    /// Ends a block that began when local variables ended at `outer`.
    pub(super) fn close_block(&mut self, outer: Register) {
        self.locals_end = outer;
        self.registers.release(outer);
    }

    fn statement(&mut self, statement: &Stmt<'_>) {
        let span = statement.span;
        match statement.kind {
            StmtKind::Expr(expr) => {
                self.operand(expr);
            }
            StmtKind::Let { names, values, constant } => {
                self.let_statement(names, values, span);
                if constant && names.len() == values.len() {
                    for (&name, value) in names.iter().zip(values) {
                        self.declares_global(name).into_iter().for_each(|slot| self.note_constant(slot, value));
                    }
                }
            }
            StmtKind::Assign { targets, values, equals } => self.assign(targets, values, equals),
            StmtKind::CompoundAssign { target, op, op_span, value } => {
                self.compound_assign(target, op, op_span, value);
            }
            StmtKind::If { arms, otherwise } => self.if_statement(arms, otherwise),
            StmtKind::While { condition, body } => self.while_loop(span, condition, body),
            StmtKind::ForIn { first, second, iterable, step, body } => {
                self.for_in(span, (first, second), iterable, step, body);
            }
            StmtKind::ForTo { variable, from, to, step, body } => self.for_to(span, variable, (from, to), step, body),
            StmtKind::Repeat { body, condition } => self.repeat_loop(span, body, condition),
            StmtKind::Loop { body } => self.endless_loop(span, body),
            StmtKind::Break => self.break_loop(span),
            StmtKind::Continue => self.continue_loop(span),
            StmtKind::Return(value) => self.return_statement(value, span),
            StmtKind::Function { name, function } => self.define_function(name, function),
            StmtKind::Output(values) => {
                let dropped = self.registers.allocate();
                self.call_statement("print", values, keyword(span, "output"), Target::fresh(dropped));
            }
            StmtKind::Input(target) => self.input(target, keyword(span, "input")),
            StmtKind::Enum { name, members } => self.enum_statement(name, members),
            StmtKind::Match { subject, cases, otherwise } => self.match_statement(subject, cases, otherwise),
            StmtKind::Class(class) => self.class_statement(class),
            StmtKind::Try { body, ref catch, finally } => self.try_statement(body, catch.as_ref(), finally, span),
            StmtKind::Throw(value) => self.throw_statement(value, span),
            StmtKind::Import { path_span, .. } | StmtKind::FromImport { path_span, .. } => self.import(path_span),
        }
    }

    /// `let` and `const`.
    fn let_statement(&mut self, names: &[Name], values: &[&Expr<'_>], span: Span) {
        if let (&[name], [Expr { kind: ExprKind::Function(function), .. }]) = (names, values) {
            return self.define_function(name, function);
        }
        let globals = self.declares_global(names[0]).is_some();
        let homes: Vec<Register> = match values {
            [] => names.iter().map(|_| self.nil(span)).collect(),
            // A global's value may be taken from where it is.
            _ if globals && values.len() == names.len() => values.iter().map(|value| self.operand(value)).collect(),
            _ if values.len() == names.len() => values.iter().map(|value| self.new_operand(value)).collect(),
            [value] => self.unpack(value, names.len()),
            _ => unreachable!("the parser refuses other numbers of values"),
        };
        for (&name, register) in names.iter().zip(homes) {
            match self.declares_global(name) {
                Some(slot) => self.code.emit(Word::ax(Op::DefGlobal, register, slot as i64), name.span),
                None => self.define_local(name, register),
            }
        }
    }

    pub(super) fn nil(&mut self, span: Span) -> Register {
        let register = self.registers.allocate();
        self.code.emit(Word::abc(Op::LoadNil, register, 0, 0), span);
        register
    }

    /// Evaluates an expression into the next register.
    fn new_operand(&mut self, expr: &Expr<'_>) -> Register {
        let register = self.registers.allocate();
        self.value_to(expr, Target::fresh(register));
        register
    }

    /// The elements of an array, in the next registers.
    pub(super) fn unpack(&mut self, value: &Expr<'_>, count: usize) -> Vec<Register> {
        let first = self.registers.allocate();
        let array = self.operand_in(value, first);
        let homes = std::iter::once(first).chain((1..count).map(|_| self.registers.allocate())).collect();
        self.code.emit(Word::abc(Op::Unpack, first, array, count as u16), value.span);
        homes
    }

    fn if_statement(&mut self, arms: &[(&Expr<'_>, Block<'_>)], otherwise: Option<Block<'_>>) {
        let end = self.code.label();
        for (number, &(condition, body)) in arms.iter().enumerate() {
            if let Some(target) = self.jump_out(body) {
                self.condition(condition, true, target);
                continue;
            }
            let next = self.code.label();
            self.condition(condition, false, next);
            self.block(body);
            if number + 1 < arms.len() || otherwise.is_some() {
                self.code.emit_jump(Word::ax(Op::Jump, 0, 0), end, condition.span);
            }
            self.code.bind(next);
        }
        otherwise.into_iter().for_each(|body| self.block(body));
        self.code.bind(end);
    }

    /// Where a block jumps to that does nothing else.
    pub(super) fn jump_out(&self, body: Block<'_>) -> Option<Label> {
        let labels = self.loops.last().filter(|labels| labels.finallies == self.finallies.len())?;
        match body {
            [Stmt { kind: StmtKind::Break, .. }] => Some(labels.exit),
            [Stmt { kind: StmtKind::Continue, .. }] => Some(labels.next_round),
            _ => None,
        }
    }

    fn return_statement(&mut self, value: Option<&Expr<'_>>, span: Span) {
        if !self.finallies.is_empty() {
            return self.return_through_finally(value, span);
        }
        let Some(value) = value else {
            return self.code.emit(Word::abc(Op::ReturnNil, 0, 0, 0), span);
        };
        if let ExprKind::Call { callee, args, paren } = value.kind
            && self.tries == 0
            && self.tail_call(callee, args, paren)
        {
            return;
        }
        let register = self.operand(value);
        self.code.emit(Word::abc(Op::Return, register, 0, 0), span);
    }
}

/// The word that a statement begins with.
fn keyword(span: Span, word: &str) -> Span {
    Span::new(span.start, span.start + word.len() as u32)
}
