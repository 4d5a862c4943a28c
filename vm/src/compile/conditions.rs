//! Conditions: jumps instead of values.
//!
//! `condition(c, sense, label)` jumps to the label if the truth of `c` is `sense`, and falls through otherwise. `and`,
//! `or` and `not` become jumps over their operands. A comparison is one instruction with its jump. The jump taken where
//! `a < b` is false is `jump.nlt`, not `jump.ge`: with nan both `a < b` and `a >= b` are false.

use super::function::FunctionCompiler;
use crate::bytecode::assemble::Label;
use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp};

impl FunctionCompiler<'_, '_> {
    /// Jumps to `target` if the truth of `expr` is `sense`.
    pub(super) fn condition(&mut self, expr: &Expr<'_>, sense: bool, target: Label) {
        if let Some(literal) = self.literal(expr) {
            if literal.truthy() == sense {
                self.code.emit_jump(Word::ax(Op::Jump, 0, 0), target, expr.span);
            }
            return;
        }
        let mark = self.registers.next();
        match expr.kind {
            ExprKind::Unary { op: UnaryOp::Not, operand, .. } => self.condition(operand, !sense, target),
            ExprKind::Logical { and, .. } => self.logical_condition(expr, and, sense, target),
            ExprKind::Binary { op, op_span, left, right } if let Some(jumps) = Jumps::of(op) => {
                let left = self.operand(left);
                let equality = matches!(op, BinaryOp::Eq | BinaryOp::Ne);
                let distance = if equality { self.literal_distance(right) } else { self.number_distance(right) };
                let word = match distance {
                    Some(distance) => {
                        Word::abj(if sense { jumps.constant } else { jumps.not_constant }, left, distance, 0)
                    }
                    None => {
                        let right = self.operand(right);
                        Word::abj(if sense { jumps.plain } else { jumps.not_plain }, left, right, 0)
                    }
                };
                self.code.emit_jump(word, target, op_span);
            }
            _ => {
                let value = self.operand(expr);
                let op = if sense { Op::JumpIf } else { Op::JumpIfNot };
                self.code.emit_jump(Word::ax(op, value, 0), target, expr.span);
            }
        }
        self.registers.release(mark);
    }

    /// A chain of `and`, or of `or`.
    fn logical_condition(&mut self, expr: &Expr<'_>, and: bool, sense: bool, target: Label) {
        let mut operands = Vec::new();
        let mut first = expr;
        while let ExprKind::Logical { and: same, left, right } = first.kind
            && same == and
        {
            operands.push(right);
            first = left;
        }
        operands.push(first);
        if and != sense {
            // Each operand alone can decide: one that is false for `and`, true for `or`.
            return operands.iter().rev().for_each(|operand| self.condition(operand, sense, target));
        }
        let otherwise = self.code.label();
        for operand in operands[1..].iter().rev() {
            self.condition(operand, !sense, otherwise);
        }
        self.condition(operands[0], sense, target);
        self.code.bind(otherwise);
    }
}

/// The jumps of a comparison.
struct Jumps {
    plain: Op,
    constant: Op,
    not_plain: Op,
    not_constant: Op,
}

impl Jumps {
    fn of(op: BinaryOp) -> Option<Jumps> {
        let [plain, constant, not_plain, not_constant] = match op {
            BinaryOp::Eq => [Op::JumpEq, Op::JumpEqK, Op::JumpNe, Op::JumpNeK],
            BinaryOp::Ne => [Op::JumpNe, Op::JumpNeK, Op::JumpEq, Op::JumpEqK],
            BinaryOp::Lt => [Op::JumpLt, Op::JumpLtK, Op::JumpNotLt, Op::JumpNotLtK],
            BinaryOp::Le => [Op::JumpLe, Op::JumpLeK, Op::JumpNotLe, Op::JumpNotLeK],
            BinaryOp::Gt => [Op::JumpGt, Op::JumpGtK, Op::JumpNotGt, Op::JumpNotGtK],
            BinaryOp::Ge => [Op::JumpGe, Op::JumpGeK, Op::JumpNotGe, Op::JumpNotGeK],
            BinaryOp::Add
            | BinaryOp::Sub
            | BinaryOp::Mul
            | BinaryOp::Div
            | BinaryOp::FloorDiv
            | BinaryOp::Mod
            | BinaryOp::BitAnd
            | BinaryOp::BitOr
            | BinaryOp::BitXor
            | BinaryOp::Shl
            | BinaryOp::Shr
            | BinaryOp::In
            | BinaryOp::Range => return None,
        };
        Some(Jumps { plain, constant, not_plain, not_constant })
    }
}
