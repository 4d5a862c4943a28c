//! Loops.
//!
//!     while c do body end        for i in a..b do body end       for x in c do body end
//!
//!        loop                       for.prep -> exit                iter.prep
//!     L: unless c -> exit           loop                            loop
//!        body                    L: body                         L: iter.next -> exit
//!        loop.back -> L             for.loop.1 -> L                 body
//!     exit:                      exit:                              loop.back -> L
//!                                                                exit:
//!
//! The header runs when the loop is entered and when its counter, which the back edge counts down, has run out. There is
//! one back edge: a `continue` jumps to it.
//!
//! A loop has its state in registers of its own, below the variables of its body. The loop variable is one of them, but
//! the loop never reads it, so that an assignment to it changes nothing else.

use super::expressions::Target;
use super::function::FunctionCompiler;
use super::literals::Literal;
use crate::bytecode::assemble::{Label, Register};
use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::syntax::ast::{BinaryOp, Block, Expr, ExprKind, Name};
use crate::syntax::source::Span;
use crate::value::Value;

/// Where `continue` and `break` of a loop go.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoopLabels {
    pub(super) next_round: Label,
    pub(super) exit: Label,
    /// How many `finally`s are around the loop.
    pub(super) finallies: usize,
}

impl FunctionCompiler<'_, '_> {
    /// `while condition do body end`.
    pub(super) fn while_loop(&mut self, span: Span, condition: &Expr<'_>, body: Block<'_>) {
        let labels = self.loop_labels();
        let head = self.loop_header(span, None);
        self.condition(condition, false, labels.exit);
        self.loop_body(labels, body);
        self.loop_back(head, span);
        self.code.bind(labels.exit);
    }

    /// `loop body end`.
    pub(super) fn endless_loop(&mut self, span: Span, body: Block<'_>) {
        let labels = self.loop_labels();
        let head = self.loop_header(span, None);
        self.loop_body(labels, body);
        self.loop_back(head, span);
        self.code.bind(labels.exit);
    }

    /// `repeat body until condition`, where the condition sees the body's variables.
    pub(super) fn repeat_loop(&mut self, span: Span, body: Block<'_>, condition: &Expr<'_>) {
        let labels = self.loop_labels();
        let head = self.loop_header(span, None);
        let outer = self.locals_end;
        self.loops.push(labels);
        self.statements(body);
        self.loops.pop();
        self.code.bind(labels.next_round);
        if self.code.reachable() {
            self.condition(condition, true, labels.exit);
        }
        self.loop_back(head, span);
        self.close_block(outer);
        self.code.bind(labels.exit);
    }

    /// `for variable in from to until [step s]`.
    pub(super) fn for_to(
        &mut self,
        span: Span,
        variable: Name,
        (from, to): (&Expr<'_>, &Expr<'_>),
        step: Option<&Expr<'_>>,
        body: Block<'_>,
    ) {
        self.counted_loop(span, (variable, None), Op::ForPrepTo, (from, to), step, body);
    }

    /// `for first[, second] in iterable [step s]`.
    pub(super) fn for_in(
        &mut self,
        span: Span,
        variables: (Name, Option<Name>),
        iterable: &Expr<'_>,
        step: Option<&Expr<'_>>,
        body: Block<'_>,
    ) {
        match iterable.kind {
            ExprKind::Binary { op: BinaryOp::Range, left, right, .. } => {
                self.counted_loop(span, variables, Op::ForPrep, (left, right), step, body);
            }
            _ => self.container_loop(span, variables, iterable, body),
        }
    }

    /// A loop over ints, in four registers: index, bound, step, and the variable.
    fn counted_loop(
        &mut self,
        span: Span,
        (first, second): (Name, Option<Name>),
        prepare: Op,
        (from, to): (&Expr<'_>, &Expr<'_>),
        step: Option<&Expr<'_>>,
        body: Block<'_>,
    ) {
        let outer = self.locals_end;
        let labels = self.loop_labels();
        let index = self.registers.allocate();
        self.value_to(from, Target::fresh(index));
        for part in [Some(to), step] {
            let register = self.registers.allocate();
            match part {
                Some(part) => self.value_to(part, Target::fresh(register)),
                None => self.load_literal(Literal::Int(1), register, span),
            }
        }
        let step_number = match step.map(|step| self.literal(step)) {
            None => Some(1),
            Some(Some(Literal::Int(int))) => Some(int),
            Some(_) => None,
        };
        let variable = self.registers.allocate();
        // With two variables the first one counts rounds, from a register of its own.
        let round = second.map(|_| {
            let round = self.registers.allocate();
            self.load_literal(Literal::Int(0), round, first.span);
            round
        });
        self.locals_end = self.registers.next();
        let range = step.map_or(from.span.to(to.span), |step| from.span.to(step.span));
        self.code.emit_jump(Word::ax(prepare, index, 0), labels.exit, range);
        let head = self.loop_header(span, Some(index));
        self.code.set_step(step_number);
        match (second, round) {
            (Some(second), Some(round)) => {
                let copy = self.registers.allocate();
                self.move_to(copy, round, first.span);
                self.define_local(first, copy);
                self.define_local(second, variable);
            }
            _ => self.define_local(first, variable),
        }
        self.loop_body(labels, body);
        if let Some(round) = round {
            self.count_round(round, first.span);
        }
        let op = if step_number == Some(1) { Op::ForLoop1 } else { Op::ForLoop };
        self.code.emit_jump(Word::ax(op, index, 0), head, range);
        self.code.bind(labels.exit);
        self.close_block(outer);
    }

    /// `R[round] += 1`.
    fn count_round(&mut self, round: Register, span: Span) {
        let one = self.code.constant(Value::small_int(1));
        if let Some(distance) = self.code.short_distance(one) {
            return self.code.emit(Word::abc(Op::AddK, round, round, distance), span);
        }
        let temporary = self.registers.allocate();
        self.load_literal(Literal::Int(1), temporary, span);
        self.code.emit(Word::abc(Op::Add, round, round, temporary), span);
    }

    /// A loop over what a container holds, in registers for container, position and variables.
    fn container_loop(
        &mut self,
        span: Span,
        (first, second): (Name, Option<Name>),
        iterable: &Expr<'_>,
        body: Block<'_>,
    ) {
        let outer = self.locals_end;
        let labels = self.loop_labels();
        let container = self.registers.allocate();
        self.value_to(iterable, Target::fresh(container));
        self.code.emit(Word::ax(Op::IterPrep, container, 0), iterable.span);
        let position = self.registers.allocate();
        self.load_literal(Literal::Int(0), position, iterable.span);
        let variables: Vec<(Name, Register)> =
            std::iter::once(first).chain(second).map(|name| (name, self.registers.allocate())).collect();
        self.locals_end = self.registers.next();
        let head = self.loop_header(span, None);
        let op = if second.is_some() { Op::IterNext2 } else { Op::IterNext };
        self.code.emit_jump(Word::ax(op, container, 0), labels.exit, iterable.span);
        for (name, register) in variables {
            self.define_local(name, register);
        }
        self.loop_body(labels, body);
        self.loop_back(head, span);
        self.code.bind(labels.exit);
        self.close_block(outer);
    }

    /// `break`.
    pub(super) fn break_loop(&mut self, span: Span) {
        if let Some(number) = self.loops.len().checked_sub(1) {
            self.leave_loop(number, false, span);
        }
    }

    /// `continue`.
    pub(super) fn continue_loop(&mut self, span: Span) {
        if let Some(number) = self.loops.len().checked_sub(1) {
            self.leave_loop(number, true, span);
        }
    }

    fn loop_labels(&mut self) -> LoopLabels {
        LoopLabels { next_round: self.code.label(), exit: self.code.label(), finallies: self.finallies.len() }
    }

    /// The header of a loop, and the label of its back edge.
    fn loop_header(&mut self, span: Span, counted: Option<Register>) -> Label {
        let text = &self.program.source.text[span.start as usize..span.end as usize];
        let first_line = text.lines().next().unwrap_or_default();
        let span = Span::new(span.start, span.start + first_line.len() as u32);
        self.code.emit_loop_header(span, counted, self.program.options.hot_loop)
    }

    /// The body's block, and where its `continue`s go.
    fn loop_body(&mut self, labels: LoopLabels, body: Block<'_>) {
        self.loops.push(labels);
        self.block(body);
        self.loops.pop();
        self.code.bind(labels.next_round);
    }

    fn loop_back(&mut self, head: Label, span: Span) {
        self.code.emit_jump(Word::ax(Op::LoopBack, 0, 0), head, Span::new(span.end, span.end));
    }
}
