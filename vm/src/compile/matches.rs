//! `match`.
//!
//!     match subject              case first, last if guard then body
//!
//!        subject                           first, else -> L
//!        first case                        jump -> matched
//!        ...                            L: last, else -> next
//!        last case                matched: guard, else -> next
//!        else                              body
//!     end:                                 jump -> end
//!                                    next:
//!
//! The subject is evaluated once, and stays in its register: a literal is one instruction that compares with it and
//! jumps. The elements of an array are unpacked into registers of their own.
//!
//! While a pattern is being matched, its names are registers that nothing reads. They become variables, with cells if
//! need be, when the whole pattern has matched: what an alternative that fails has left in them is never seen. If a case
//! has one alternative, the register that holds a part of the subject becomes the variable; otherwise all alternatives
//! copy to the same registers.

use rustc_hash::FxHashMap;

use super::function::{FunctionCompiler, Location};
use super::resolve::Place;
use crate::bytecode::assemble::{Label, Register};
use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::syntax::ast::{Block, Case, Expr, ExprKind, Name, Pattern, PatternKind, Symbol};
use crate::syntax::source::Span;

/// An array pattern of more elements is unpacked even if it looks at none, so that their number fits an operand.
const UNREAD_ELEMENTS: usize = 1000;

/// A value that is being matched.
#[derive(Clone, Copy, Debug)]
struct Part {
    register: Register,
    /// Who else reads the register.
    readers: Readers,
}

/// Who reads a register besides the pattern that is being matched with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Readers {
    /// Nobody.
    Nobody,
    /// The other cases, or the program by the name of a variable that keeps its value.
    Cases,
    /// The program, by the name of a variable that it also assigns to.
    Program,
}

/// The names that a case binds, and where their values are.
#[derive(Default, Debug)]
struct Bindings {
    /// In the order in which the first alternative binds them.
    names: Vec<(Name, Register)>,
    /// If there are several alternatives: the registers that all of them fill.
    fixed: FxHashMap<Symbol, Register>,
}

impl FunctionCompiler<'_, '_> {
    /// `match subject cases else otherwise end`.
    pub(super) fn match_statement(&mut self, subject: &Expr<'_>, cases: &[Case<'_>], otherwise: Option<Block<'_>>) {
        let outer = self.locals_end;
        let end = self.code.label();
        let mark = self.registers.next();
        let register = self.operand(subject);
        let readers = if register < mark && self.may_change(subject) { Readers::Program } else { Readers::Cases };
        self.locals_end = self.registers.next();
        for (number, case) in cases.iter().enumerate() {
            if !self.code.reachable() {
                break;
            }
            let last = number + 1 == cases.len() && otherwise.is_none();
            self.case(case, Part { register, readers }, (!last).then_some(end));
        }
        otherwise.into_iter().for_each(|body| self.block(body));
        self.code.bind(end);
        self.close_block(outer);
    }

    /// Whether an expression is a variable that is assigned to.
    fn may_change(&self, expr: &Expr<'_>) -> bool {
        let ExprKind::Name(_) = expr.kind else { return false };
        matches!(self.place(expr.span), Place::Variable(id) if self.program.resolution.variables[id].reassigned)
    }

    /// A case, which jumps to `end` when its body is done, if that is not right behind.
    fn case(&mut self, case: &Case<'_>, subject: Part, end: Option<Label>) {
        let Some((&last, others)) = case.patterns.split_last() else { return };
        let outer = self.locals_end;
        let next = self.code.label();
        // A body that jumps and does nothing else is jumped over: what matches goes where it goes.
        let elsewhere = self.jump_out(case.body).filter(|_| case.guard.is_none());
        let matched = elsewhere.unwrap_or_else(|| self.code.label());
        let mut bindings = Bindings::default();
        if !others.is_empty() {
            self.fix_registers(case.patterns[0], &mut bindings);
        }
        for &pattern in others {
            self.jump_if_matched(pattern, subject, matched, &mut bindings);
        }
        if elsewhere.is_some() {
            self.jump_if_matched(last, subject, matched, &mut bindings);
            return self.close_block(outer);
        }
        self.jump_unless_matched(last, subject, next, &mut bindings);
        self.code.bind(matched);
        for &(name, register) in &bindings.names {
            self.define_local(name, register);
        }
        if let Some(guard) = case.guard {
            self.condition(guard, false, next);
        }
        self.statements(case.body);
        if let Some(end) = end {
            self.code.emit_jump(Word::ax(Op::Jump, 0, 0), end, last.span);
        }
        self.close_block(outer);
        self.code.bind(next);
    }

    /// Gives the names that a pattern binds registers for all alternatives of its case.
    fn fix_registers(&mut self, pattern: &Pattern<'_>, bindings: &mut Bindings) {
        match pattern.kind {
            PatternKind::Name(name) if self.binds(name) => {
                let register = self.registers.allocate();
                bindings.names.push((name, register));
                bindings.fixed.insert(name.symbol, register);
            }
            PatternKind::Array(elements) => {
                elements.iter().for_each(|element| self.fix_registers(element, bindings));
            }
            PatternKind::Dict(pairs) => pairs.iter().for_each(|(_, value)| self.fix_registers(value, bindings)),
            PatternKind::Wildcard | PatternKind::Value(_) | PatternKind::Name(_) => {}
        }
    }

    /// Whether a name in a pattern is a new variable, and not a constant to compare with.
    fn binds(&self, name: Name) -> bool {
        matches!(self.place(name.span), Place::Variable(id) if !self.program.resolution.variables[id].constant)
    }

    /// Jumps to `target` if a value matches a pattern.
    fn jump_if_matched(&mut self, pattern: &Pattern<'_>, part: Part, target: Label, bindings: &mut Bindings) {
        let mark = self.registers.next();
        match pattern.kind {
            PatternKind::Value(value) => self.compare(part, value, true, target),
            PatternKind::Name(name) if !self.binds(name) => self.compare_constant(part, name, true, target),
            _ => {
                let otherwise = self.code.label();
                self.jump_unless_matched(pattern, part, otherwise, bindings);
                self.code.emit_jump(Word::ax(Op::Jump, 0, 0), target, pattern.span);
                self.code.bind(otherwise);
            }
        }
        self.registers.release(mark);
    }

    /// Goes on if a value matches a pattern, else jumps to `target`.
    fn jump_unless_matched(&mut self, pattern: &Pattern<'_>, part: Part, target: Label, bindings: &mut Bindings) {
        match pattern.kind {
            PatternKind::Wildcard => {}
            PatternKind::Value(value) => self.compare(part, value, false, target),
            PatternKind::Name(name) if self.binds(name) => self.bind_name(name, part, bindings),
            PatternKind::Name(name) => self.compare_constant(part, name, false, target),
            PatternKind::Array(elements) => {
                let count = elements.len() as u16;
                self.code.emit_jump(Word::abj(Op::JumpIfNotArray, part.register, count, 0), target, pattern.span);
                let unread = elements.iter().all(|element| matches!(element.kind, PatternKind::Wildcard));
                if unread && elements.len() <= UNREAD_ELEMENTS {
                    return;
                }
                let registers: Vec<Register> = elements.iter().map(|_| self.registers.allocate()).collect();
                self.code.emit(Word::abc(Op::Unpack, registers[0], part.register, count), pattern.span);
                for (element, register) in elements.iter().zip(registers) {
                    let part = Part { register, readers: Readers::Nobody };
                    self.jump_unless_matched(element, part, target, bindings);
                }
            }
            PatternKind::Dict([]) => {
                self.code.emit_jump(Word::ax(Op::JumpIfNotDict, part.register, 0), target, pattern.span);
            }
            PatternKind::Dict(pairs) => {
                for (key, value) in pairs {
                    let register = self.registers.allocate();
                    let mark = self.registers.next();
                    let key_register = self.operand(key);
                    self.code.emit(Word::abc(Op::MatchKey, register, part.register, key_register), key.span);
                    self.registers.release(mark);
                    self.code.emit_jump(Word::ax(Op::JumpIfUndef, register, 0), target, key.span);
                    let part = Part { register, readers: Readers::Nobody };
                    self.jump_unless_matched(value, part, target, bindings);
                }
            }
        }
    }

    /// Makes a value that of a name.
    fn bind_name(&mut self, name: Name, part: Part, bindings: &mut Bindings) {
        if let Some(&register) = bindings.fixed.get(&name.symbol) {
            return self.move_to(register, part.register, name.span);
        }
        let Place::Variable(id) = self.place(name.span) else { return };
        let shared = match part.readers {
            Readers::Nobody => false,
            Readers::Cases => self.program.resolution.variables[id].reassigned,
            Readers::Program => true,
        };
        let register = if shared { self.registers.allocate() } else { part.register };
        self.move_to(register, part.register, name.span);
        bindings.names.push((name, register));
    }

    /// Jumps to `target` if it is `wanted` whether a value equals that of an expression.
    fn compare(&mut self, part: Part, value: &Expr<'_>, wanted: bool, target: Label) {
        if let Some(distance) = self.literal_distance(value) {
            let op = if wanted { Op::JumpEqK } else { Op::JumpNeK };
            return self.code.emit_jump(Word::abj(op, part.register, distance, 0), target, value.span);
        }
        let mark = self.registers.next();
        let other = self.operand(value);
        self.compare_registers(part, other, wanted, target, value.span);
        self.registers.release(mark);
    }

    /// The same with the constant of a name.
    fn compare_constant(&mut self, part: Part, name: Name, wanted: bool, target: Label) {
        if let Some(literal) = self.known_constant(name.span)
            && let Some(distance) = self.short_constant(literal)
        {
            let op = if wanted { Op::JumpEqK } else { Op::JumpNeK };
            return self.code.emit_jump(Word::abj(op, part.register, distance, 0), target, name.span);
        }
        let mark = self.registers.next();
        let other = match self.locate(name.span) {
            Location::Register(register) => register,
            _ => {
                let register = self.registers.allocate();
                self.name_to(name.span, register);
                register
            }
        };
        self.compare_registers(part, other, wanted, target, name.span);
        self.registers.release(mark);
    }

    fn compare_registers(&mut self, part: Part, other: Register, wanted: bool, target: Label, span: Span) {
        let op = if wanted { Op::JumpEq } else { Op::JumpNe };
        self.code.emit_jump(Word::abj(op, part.register, other, 0), target, span);
    }
}
