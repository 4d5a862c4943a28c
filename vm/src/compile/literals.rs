//! Literals: loaded into registers, or used as constants where they stand.
//!
//! So are globals that are declared `const` with a literal as their value, behind their declaration: whatever is written there, in
//! functions too, runs after it.

use super::function::FunctionCompiler;
use super::resolve::Place;
use crate::bytecode::assemble::{ConstantId, Register};
use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::syntax::ast::{Expr, ExprKind, UnaryOp};
use crate::syntax::source::Span;
use crate::value::Value;

/// An expression whose value is written out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Literal<'a> {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(&'a str),
    /// A string that is a constant already.
    Interned(Value),
}

impl Literal<'_> {
    /// Neither nil nor false.
    pub(super) fn truthy(self) -> bool {
        !matches!(self, Literal::Nil | Literal::Bool(false))
    }

    /// Whether it can be the key of a dict.
    pub(super) fn is_key(self) -> bool {
        // No literal is a nan.
        !matches!(self, Literal::Nil)
    }
}

/// The ints that `load.int` holds: 40 bits.
const LOAD_INT: std::ops::Range<i64> = -(1 << 39)..1 << 39;

/// The literal that an expression is, the sign of a number included.
fn written<'a>(expr: &Expr<'a>) -> Option<Literal<'a>> {
    Some(match expr.kind {
        ExprKind::Nil => Literal::Nil,
        ExprKind::Bool(bool) => Literal::Bool(bool),
        ExprKind::Int(int) => Literal::Int(int),
        ExprKind::Float(float) => Literal::Float(float),
        ExprKind::Str(text) => Literal::Str(text),
        ExprKind::Unary { op: UnaryOp::Neg, operand, .. } => match operand.kind {
            ExprKind::Int(int) => Literal::Int(int.wrapping_neg()),
            ExprKind::Float(float) => Literal::Float(-float),
            _ => return None,
        },
        _ => return None,
    })
}

impl FunctionCompiler<'_, '_> {
    /// The literal that an expression is or stands for.
    pub(super) fn literal<'a>(&self, expr: &Expr<'a>) -> Option<Literal<'a>> {
        match expr.kind {
            ExprKind::Name(_) => self.known_constant(expr.span),
            _ => written(expr),
        }
    }

    /// The literal that the name at a place stands for.
    pub(super) fn known_constant(&self, name: Span) -> Option<Literal<'static>> {
        let Place::Global(slot) = self.place(name) else { return None };
        self.program.constants.get(&slot).copied()
    }

    /// A global has been declared `const`: remembers its value, if that is a literal.
    pub(super) fn note_constant(&mut self, slot: u32, value: &Expr<'_>) {
        let known = match self.literal(value) {
            Some(Literal::Nil) => Literal::Nil,
            Some(Literal::Bool(bool)) => Literal::Bool(bool),
            Some(Literal::Int(int)) => Literal::Int(int),
            Some(Literal::Float(float)) => Literal::Float(float),
            Some(text @ (Literal::Str(_) | Literal::Interned(_))) => Literal::Interned(self.literal_value(text)),
            None => return,
        };
        self.program.constants.insert(slot, known);
    }

    /// `R[register] = literal`.
    pub(super) fn load_literal(&mut self, literal: Literal<'_>, register: Register, span: Span) {
        let word = match literal {
            Literal::Nil => Word::abc(Op::LoadNil, register, 0, 0),
            Literal::Bool(false) => Word::abc(Op::LoadFalse, register, 0, 0),
            Literal::Bool(true) => Word::abc(Op::LoadTrue, register, 0, 0),
            Literal::Int(int) if LOAD_INT.contains(&int) => Word::ax(Op::LoadInt, register, int),
            Literal::Int(_) | Literal::Float(_) | Literal::Str(_) | Literal::Interned(_) => {
                let constant = self.constant(literal);
                Word::ax(Op::LoadConst, register, self.code.distance(constant) as i64)
            }
        };
        self.code.emit(word, span);
    }

    /// The constant that a literal is.
    pub(super) fn constant(&mut self, literal: Literal<'_>) -> ConstantId {
        let value = self.literal_value(literal);
        self.code.constant(value)
    }

    /// The value of a literal, which is never collected.
    pub(super) fn literal_value(&mut self, literal: Literal<'_>) -> Value {
        match literal {
            Literal::Nil => Value::NIL,
            Literal::Bool(bool) => Value::bool(bool),
            Literal::Int(int) => self.program.heap.constant_int(int),
            Literal::Float(float) => Value::float(float),
            Literal::Str(text) => self.program.heap.constant_string(text),
            Literal::Interned(value) => value,
        }
    }

    /// If an expression is a number written out, its distance from the next instruction, unless that is too far.
    pub(super) fn number_distance(&mut self, expr: &Expr<'_>) -> Option<u16> {
        let literal = self.literal(expr).filter(|literal| matches!(literal, Literal::Int(_) | Literal::Float(_)))?;
        let constant = self.constant(literal);
        self.code.short_distance(constant)
    }

    /// The same for any literal.
    pub(super) fn literal_distance(&mut self, expr: &Expr<'_>) -> Option<u16> {
        let literal = self.literal(expr)?;
        self.short_constant(literal)
    }

    /// The distance of a literal's constant from the next instruction, unless that is too far.
    pub(super) fn short_constant(&mut self, literal: Literal<'_>) -> Option<u16> {
        let constant = self.constant(literal);
        self.code.short_distance(constant)
    }
}
