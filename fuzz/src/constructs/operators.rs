//! Operators as constructs.

use pseudo_vm::syntax::ast::{BinaryOp, UnaryOp};

use super::Construct;

pub(super) fn unary(op: UnaryOp) -> Construct {
    match op {
        UnaryOp::Not => Construct::Not,
        UnaryOp::Neg => Construct::Neg,
        UnaryOp::BitNot => Construct::BitNot,
    }
}

pub(super) fn binary(op: BinaryOp) -> Construct {
    match op {
        BinaryOp::Add => Construct::Add,
        BinaryOp::Sub => Construct::Sub,
        BinaryOp::Mul => Construct::Mul,
        BinaryOp::Div => Construct::Div,
        BinaryOp::FloorDiv => Construct::FloorDiv,
        BinaryOp::Mod => Construct::Mod,
        BinaryOp::BitAnd => Construct::BitAnd,
        BinaryOp::BitOr => Construct::BitOr,
        BinaryOp::BitXor => Construct::BitXor,
        BinaryOp::Shl => Construct::Shl,
        BinaryOp::Shr => Construct::Shr,
        BinaryOp::Eq => Construct::Eq,
        BinaryOp::Ne => Construct::Ne,
        BinaryOp::Lt => Construct::Lt,
        BinaryOp::Le => Construct::Le,
        BinaryOp::Gt => Construct::Gt,
        BinaryOp::Ge => Construct::Ge,
        BinaryOp::In => Construct::In,
        BinaryOp::Range => Construct::Range,
    }
}
