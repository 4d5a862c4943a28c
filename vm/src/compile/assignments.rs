//! Assignments.
//!
//! All parts of the targets are evaluated first, left to right, then the right sides, then all is stored, left to right.
//! Where several targets are assigned at once, a store must not change what a later one needs: an operand that is the
//! home of a variable assigned before its use is copied.

use super::expressions::Target;
use super::function::{FunctionCompiler, Location};
use crate::bytecode::assemble::Register;
use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Name};
use crate::syntax::source::Span;

/// Something to assign to, its parts evaluated.
#[derive(Clone, Copy, Debug)]
enum Store {
    /// A variable.
    Variable(Location, Span),
    /// `object[index]`.
    Index { object: Register, index: Register, bracket: Span },
    /// `object.name`.
    Field { object: Register, name: Name },
}

impl FunctionCompiler<'_, '_> {
    /// `targets = values`.
    pub(super) fn assign(&mut self, targets: &[&Expr<'_>], values: &[&Expr<'_>], equals: Span) {
        if let ([target], [value]) = (targets, values) {
            return match self.store(target, &[]) {
                Store::Variable(Location::Register(register), _) => self.value_to(value, Target::variable(register)),
                store => {
                    let value = self.operand(value);
                    self.emit_store(store, value);
                }
            };
        }
        let mut assigned = Vec::with_capacity(targets.len());
        let mut stores = Vec::with_capacity(targets.len());
        for target in targets {
            let store = self.store(target, &assigned);
            stores.push(store);
            assigned.extend(match store {
                Store::Variable(Location::Register(register), _) => Some(register),
                _ => None,
            });
        }
        if let [value] = values {
            let value = self.operand(value);
            let elements: Vec<Register> = targets.iter().map(|_| self.registers.allocate()).collect();
            self.code.emit(Word::abc(Op::Unpack, elements[0], value, targets.len() as u16), equals);
            return stores.into_iter().zip(elements).for_each(|(store, from)| self.emit_store(store, from));
        }
        let mut sources = Vec::with_capacity(values.len());
        let mut assigned = Vec::with_capacity(values.len());
        for (value, store) in values.iter().zip(&stores) {
            sources.push(self.operand_apart(value, &assigned));
            assigned.extend(match *store {
                Store::Variable(Location::Register(register), _) => Some(register),
                _ => None,
            });
        }
        stores.into_iter().zip(sources).for_each(|(store, from)| self.emit_store(store, from));
    }

    /// `target op= value`.
    pub(super) fn compound_assign(&mut self, target: &Expr<'_>, op: BinaryOp, op_span: Span, value: &Expr<'_>) {
        let store = self.store(target, &[]);
        if let Store::Variable(Location::Register(register), _) = store {
            return self.binary(op, op_span, register, value, register, None);
        }
        let old = self.registers.allocate();
        match store {
            Store::Variable(..) => self.value_to(target, Target::fresh(old)),
            Store::Index { object, index, bracket } => {
                self.code.emit(Word::abc(Op::GetIndex, old, object, index), bracket);
            }
            Store::Field { object, name } => {
                let site = self.method_site(name);
                self.code.emit(Word::abj(Op::GetField, old, object, site), name.span);
            }
        }
        self.binary(op, op_span, old, value, old, None);
        self.emit_store(store, old);
    }

    /// `input target`.
    pub(super) fn input(&mut self, target: &Expr<'_>, span: Span) {
        let store = self.store(target, &[]);
        let line = self.registers.allocate();
        self.call_statement("input", &[], span, Target::fresh(line));
        self.emit_store(store, line);
    }

    /// Evaluates the parts of a target, which must outlast assignments to the variables in `assigned`.
    fn store(&mut self, target: &Expr<'_>, assigned: &[Register]) -> Store {
        match target.kind {
            ExprKind::Name(_) => Store::Variable(self.locate(target.span), target.span),
            ExprKind::Index { object, index, bracket } => {
                let object = self.operand_apart(object, assigned);
                let index = self.operand_apart(index, assigned);
                Store::Index { object, index, bracket }
            }
            ExprKind::Field { object, name } => {
                let object = self.operand_apart(object, assigned);
                Store::Field { object, name }
            }
            _ => unreachable!("the parser and the resolver refuse other targets"),
        }
    }

    fn emit_store(&mut self, store: Store, from: Register) {
        let (word, span) = match store {
            Store::Field { object, name } => return self.set_field(object, name, from),
            Store::Index { object, index, bracket } => (Word::abc(Op::SetIndex, object, index, from), bracket),
            Store::Variable(location, span) => {
                let word = match location {
                    Location::Register(register) => return self.move_to(register, from, span),
                    Location::Cell(register) => Word::abc(Op::SetCell, register, from, 0),
                    Location::CellCapture(number) => Word::ax(Op::SetCellCapture, from, number as i64),
                    Location::Global(slot) => Word::ax(Op::SetGlobal, from, slot as i64),
                    Location::Capture(_) | Location::Itself => unreachable!("it is assigned to, so it is in a cell"),
                    Location::Builtin(_) => unreachable!("the resolver refuses it"),
                };
                (word, span)
            }
        };
        self.code.emit(word, span);
    }

    /// An operand that is in none of these variables.
    fn operand_apart(&mut self, expr: &Expr<'_>, variables: &[Register]) -> Register {
        let operand = self.operand(expr);
        if !variables.contains(&operand) {
            return operand;
        }
        let copy = self.registers.allocate();
        self.move_to(copy, operand, expr.span);
        copy
    }
}
