//! `try`, `catch`, `finally`, `throw`.
//!
//! A `try` costs nothing as long as nothing is thrown: its instructions are a range of the function, with the place to
//! go on and the register that gets what was thrown.
//!
//! The code of a `finally` is there once. Whoever leaves the guarded part notes in a register why, as a number, and jumps
//! to it; behind it that number is looked at:
//!
//! | number | then |
//! |---|---|
//! | 0 | go on behind the statement |
//! | 1 | throw on what was thrown |
//! | 2 and up | leave as a `return`, `break` or `continue` wanted to: through the `finally` around this one, if any |
//!
//! A second register holds what was thrown or is to be returned. A `finally` that leaves by itself never comes to look.

use super::function::FunctionCompiler;
use crate::bytecode::assemble::{Label, Register};
use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::syntax::ast::{Block, Catch, Expr};
use crate::syntax::source::Span;

/// A way out of a guarded part other than its end and errors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Leave {
    /// `return`, the value in the second register of the `finally`.
    Return,
    /// `break` of the loop that is the so-manieth around.
    Break(usize),
    /// `continue` of it.
    Continue(usize),
}

/// A `finally` around what is being compiled.
#[derive(Debug)]
pub(super) struct Finally {
    label: Label,
    /// Why it is run; the register after it has the value.
    why: Register,
    leaves: Vec<Leave>,
}

/// The number that says to go on.
const GO_ON: i64 = 0;
/// The number that says to throw on.
const THROW: i64 = 1;
/// The number of the first of [`Finally::leaves`].
const FIRST_LEAVE: i64 = 2;

impl FunctionCompiler<'_, '_> {
    /// `throw value`.
    pub(super) fn throw_statement(&mut self, value: &Expr<'_>, span: Span) {
        let register = self.operand(value);
        self.code.emit(Word::abc(Op::Throw, register, 0, 0), span);
    }

    /// `try ... end`.
    pub(super) fn try_statement(
        &mut self,
        body: Block<'_>,
        catch: Option<&Catch<'_>>,
        finally: Option<Block<'_>>,
        span: Span,
    ) {
        self.tries += 1;
        match finally {
            Some(finally) => self.try_finally(body, catch, finally, span),
            None => self.try_catch(body, catch, span),
        }
        self.tries -= 1;
    }

    fn try_catch(&mut self, body: Block<'_>, catch: Option<&Catch<'_>>, span: Span) {
        let outer = self.locals_end;
        let Some(catch) = catch else { return self.block(body) };
        // What was thrown lies below the variables of the body, and so outside of what the body may write to.
        let thrown = self.registers.allocate();
        self.locals_end = self.registers.next();
        let end = self.code.label();
        let start = self.code.here();
        self.block(body);
        let guarded = self.code.here();
        self.code.emit_jump(Word::ax(Op::Jump, 0, 0), end, Span::new(span.end, span.end));
        self.code.bind_handler(start, guarded, thrown, false);
        if let Some(name) = catch.name
            && self.code.reachable()
        {
            self.define_local(name, thrown);
        }
        self.block(catch.body);
        self.code.bind(end);
        self.close_block(outer);
    }

    fn try_finally(&mut self, body: Block<'_>, catch: Option<&Catch<'_>>, finally: Block<'_>, span: Span) {
        let outer = self.locals_end;
        let why = self.registers.allocate();
        let value = self.registers.allocate();
        self.locals_end = self.registers.next();
        let label = self.code.label();
        let end = Span::new(span.end, span.end);
        self.finallies.push(Finally { label, why, leaves: Vec::new() });
        let start = self.code.here();
        self.try_catch(body, catch, span);
        let guarded = self.code.here();
        let Finally { leaves, .. } = self.finallies.pop().expect("pushed above");
        self.set_why(why, GO_ON, false, end);
        self.code.emit_jump(Word::ax(Op::Jump, 0, 0), label, end);
        self.code.bind_handler(start, guarded, value, true);
        self.code.emit(Word::ax(Op::LoadInt, why, THROW), end);
        self.code.bind(label);
        self.block(finally);
        if self.code.reachable() {
            self.after_finally(why, value, &leaves, end);
        }
        self.close_block(outer);
    }

    /// Goes on as the number says.
    fn after_finally(&mut self, why: Register, value: Register, leaves: &[Leave], span: Span) {
        let done = self.code.label();
        self.unless_number(why, GO_ON, span, |compiler, other| {
            compiler.code.emit_jump(Word::ax(Op::Jump, 0, 0), done, span);
            compiler.code.bind(other);
        });
        for (index, &leave) in leaves.iter().enumerate() {
            self.unless_number(why, FIRST_LEAVE + index as i64, span, |compiler, other| {
                match leave {
                    Leave::Return => compiler.return_register(value, span),
                    Leave::Break(number) => compiler.leave_loop(number, false, span),
                    Leave::Continue(number) => compiler.leave_loop(number, true, span),
                }
                compiler.code.bind(other);
            });
        }
        self.code.emit(Word::abc(Op::Rethrow, value, 0, 0), span);
        self.code.bind(done);
    }

    /// What to do if `R[register]` is `number`. It is given the label of what is done otherwise, to be bound at its end.
    fn unless_number(&mut self, register: Register, number: i64, span: Span, then: impl FnOnce(&mut Self, Label)) {
        let other = self.code.label();
        let mark = self.registers.next();
        let expected = self.registers.allocate();
        self.code.emit(Word::ax(Op::LoadInt, expected, number), span);
        self.code.emit_jump(Word::abj(Op::JumpNe, register, expected, 0), other, span);
        self.registers.release(mark);
        then(self, other);
    }

    /// Returns the value of a register, through the `finally`s around.
    pub(super) fn return_register(&mut self, value: Register, span: Span) {
        match self.finallies.last().map(|finally| finally.why) {
            Some(why) => {
                self.move_to(why + 1, value, span);
                self.leave(Leave::Return, span);
            }
            None => self.code.emit(Word::abc(Op::Return, value, 0, 0), span),
        }
    }

    /// `return value` where a `finally` is around: the value goes where that finds it.
    pub(super) fn return_through_finally(&mut self, value: Option<&Expr<'_>>, span: Span) {
        // A value that throws must not have become the one to be returned.
        let register = match value {
            Some(value) => self.operand(value),
            None => self.nil(span),
        };
        self.return_register(register, span);
    }

    /// Jumps out of the loop of a number, or to its next round, through the `finally`s in between.
    pub(super) fn leave_loop(&mut self, number: usize, goes_on: bool, span: Span) {
        let labels = self.loops[number];
        if self.finallies.len() > labels.finallies {
            return self.leave(if goes_on { Leave::Continue(number) } else { Leave::Break(number) }, span);
        }
        let label = if goes_on { labels.next_round } else { labels.exit };
        self.code.emit_jump(Word::ax(Op::Jump, 0, 0), label, span);
    }

    /// Runs the innermost `finally`, and leaves after it.
    fn leave(&mut self, leave: Leave, span: Span) {
        let finally = self.finallies.last_mut().expect("the caller has looked");
        let index = finally.leaves.iter().position(|&known| known == leave).unwrap_or_else(|| {
            finally.leaves.push(leave);
            finally.leaves.len() - 1
        });
        let (why, label) = (finally.why, finally.label);
        self.set_why(why, FIRST_LEAVE + index as i64, leave == Leave::Return, span);
        self.code.emit_jump(Word::ax(Op::Jump, 0, 0), label, span);
    }

    /// Notes why a `finally` is run. Its second register counts as live whatever the reason is, so it must hold a value.
    fn set_why(&mut self, why: Register, number: i64, has_value: bool, span: Span) {
        if !has_value {
            self.code.emit(Word::abc(Op::LoadNil, why + 1, 0, 0), span);
        }
        self.code.emit(Word::ax(Op::LoadInt, why, number), span);
    }
}
