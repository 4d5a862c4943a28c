//! Expressions, compiled towards the register that their value is to be in.
//!
//! The left spine of an expression (`a + b + c`, `f(x)[i].g()`) may be as long as the file. It is walked in a loop: the
//! leftmost part first, then level by level outwards, the value so far in one register.

use super::function::{FunctionCompiler, Location};
use super::literals::Literal;
use crate::bytecode::assemble::Register;
use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Piece, UnaryOp};
use crate::syntax::source::Span;

/// Where the value of an expression is to go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    /// The register.
    pub(super) register: Register,
    /// Whether nothing reads the register before the value is in it, not even if the expression throws: it may then
    /// hold parts of the value. A variable that is assigned to is not fresh.
    pub(super) fresh: bool,
}

impl Target {
    /// A register for an intermediate result, or for a variable that is being defined.
    pub(super) fn fresh(register: Register) -> Target {
        Target { register, fresh: true }
    }

    /// The register of a variable, which keeps its old value until the expression has been evaluated.
    pub(super) fn variable(register: Register) -> Target {
        Target { register, fresh: false }
    }
}

/// Elements of an array literal that are put into registers at once.
const ARRAY_CHUNK: usize = 128;

/// Keys and values of a dict literal that are put into registers at once.
const DICT_CHUNK: usize = 128;

/// Pieces of an interpolated string that are joined at once.
const CONCAT_CHUNK: usize = 64;

impl FunctionCompiler<'_, '_> {
    /// Evaluates an expression into a register.
    pub(super) fn value_to(&mut self, expr: &Expr<'_>, target: Target) {
        let mut levels = Vec::new();
        let mut base = expr;
        while let Some(left) = left_part(base) {
            levels.push(base);
            base = left;
        }
        if levels.is_empty() {
            return self.leaf_to(base, target);
        }
        let mark = self.registers.next();
        let scratch = if target.fresh { target.register } else { self.registers.allocate() };
        let mut current = self.operand_in(base, scratch);
        let mut chain = None;
        for (outside, level) in levels.iter().enumerate().rev() {
            let into = if outside == 0 { target } else { Target::fresh(scratch) };
            match level.kind {
                ExprKind::Binary { op, op_span, left: _, right } => {
                    let spare = (current != scratch).then_some(scratch);
                    self.binary(op, op_span, current, right, into.register, spare);
                }
                ExprKind::Logical { and, left: _, right } => {
                    self.move_to(scratch, current, level.span);
                    // One label serves a whole chain of `and`, or of `or`.
                    let label = chain.take().unwrap_or_else(|| self.code.label());
                    let jump = if and { Op::JumpIfNot } else { Op::JumpIf };
                    self.code.emit_jump(Word::ax(jump, scratch, 0), label, level.span);
                    self.value_to(right, Target::fresh(scratch));
                    let goes_on = outside > 0
                        && matches!(levels[outside - 1].kind, ExprKind::Logical { and: outer, .. } if outer == and);
                    if goes_on {
                        chain = Some(label);
                    } else {
                        self.code.bind(label);
                    }
                    self.move_to(into.register, scratch, level.span);
                }
                ExprKind::Index { object: _, index, bracket } => {
                    let mark = self.registers.next();
                    let index = self.operand_beside(index, current, scratch);
                    self.code.emit(Word::abc(Op::GetIndex, into.register, current, index), bracket);
                    self.registers.release(mark);
                }
                ExprKind::Call { callee, args, paren } => match callee.kind {
                    ExprKind::Field { object: _, name } => self.call_method(current, name, args, paren, into),
                    _ => self.call_value(current, args, paren, into),
                },
                ExprKind::Field { object: _, name } => {
                    let site = self.method_site(name);
                    self.code.emit(Word::abj(Op::GetField, into.register, current, site), name.span);
                }
                _ => unreachable!("not part of a left spine"),
            }
            current = into.register;
        }
        self.registers.release(mark);
    }

    /// The register that holds an expression's value: the home of a local variable, or a temporary.
    pub(super) fn operand(&mut self, expr: &Expr<'_>) -> Register {
        match self.home(expr) {
            Some(register) => register,
            None => {
                let register = self.registers.allocate();
                self.value_to(expr, Target::fresh(register));
                register
            }
        }
    }

    /// The same with a given temporary.
    pub(super) fn operand_in(&mut self, expr: &Expr<'_>, scratch: Register) -> Register {
        let home = self.home(expr);
        home.unwrap_or_else(|| {
            self.value_to(expr, Target::fresh(scratch));
            scratch
        })
    }

    /// The same, in `scratch` unless `left`, the operand before it, is there.
    fn operand_beside(&mut self, expr: &Expr<'_>, left: Register, scratch: Register) -> Register {
        if left == scratch { self.operand(expr) } else { self.operand_in(expr, scratch) }
    }

    /// The register of a variable of this function that is not shared. No other part of an expression can change it.
    fn home(&mut self, expr: &Expr<'_>) -> Option<Register> {
        match expr.kind {
            ExprKind::Name(_) | ExprKind::SelfRef => match self.locate(expr.span) {
                Location::Register(register) => Some(register),
                _ => None,
            },
            _ => None,
        }
    }

    /// Copies a register, unless it is the same one.
    pub(super) fn move_to(&mut self, to: Register, from: Register, span: Span) {
        if to != from {
            self.code.emit(Word::abc(Op::Move, to, from, 0), span);
        }
    }

    /// `into = left op right`. The right operand is evaluated into `spare`, if there is one.
    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        left: Register,
        right: &Expr<'_>,
        into: Register,
        spare: Option<Register>,
    ) {
        let mark = self.registers.next();
        let (op, constant_op) = binary_ops(op);
        if let Some(constant_op) = constant_op
            && let Some(distance) = self.number_distance(right)
        {
            return self.code.emit(Word::abc(constant_op, into, left, distance), op_span);
        }
        let right = match spare {
            Some(spare) => self.operand_in(right, spare),
            None => self.operand(right),
        };
        self.code.emit(Word::abc(op, into, left, right), op_span);
        self.registers.release(mark);
    }

    /// An expression that is not part of a left spine.
    fn leaf_to(&mut self, expr: &Expr<'_>, target: Target) {
        if let Some(literal) = self.literal(expr) {
            return self.load_literal(literal, target.register, expr.span);
        }
        match expr.kind {
            ExprKind::Name(_) => self.name_to(expr.span, target.register),
            ExprKind::Unary { op, op_span, operand } => {
                let mark = self.registers.next();
                let operand = match target.fresh {
                    true => self.operand_in(operand, target.register),
                    false => self.operand(operand),
                };
                let op = match op {
                    UnaryOp::Not => Op::Not,
                    UnaryOp::Neg => Op::Neg,
                    UnaryOp::BitNot => Op::BitNot,
                };
                self.code.emit(Word::abc(op, target.register, operand, 0), op_span);
                self.registers.release(mark);
            }
            ExprKind::Interpolation(pieces) => self.interpolation_to(pieces, expr.span, target),
            ExprKind::Array(elements) => self.array_to(elements, expr.span, target),
            ExprKind::Dict(pairs) => self.dict_to(pairs, expr.span, target),
            ExprKind::Call { callee, args, paren } => match callee.kind {
                ExprKind::Super { method } => self.call_super(callee.span, method, args, paren, target),
                _ => self.call_named(callee, args, paren, target),
            },
            ExprKind::Function(function) => self.closure_to(function, target.register),
            ExprKind::Conditional { arms, otherwise } => {
                let end = self.code.label();
                for &(condition, value) in arms {
                    let next = self.code.label();
                    self.condition(condition, false, next);
                    self.value_to(value, target);
                    self.code.emit_jump(Word::ax(Op::Jump, 0, 0), end, value.span);
                    self.code.bind(next);
                }
                self.value_to(otherwise, target);
                self.code.bind(end);
            }
            ExprKind::Nil | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Str(_) => {
                unreachable!("a literal")
            }
            ExprKind::Binary { .. } | ExprKind::Logical { .. } | ExprKind::Index { .. } | ExprKind::Field { .. } => {
                unreachable!("part of a left spine")
            }
            ExprKind::SelfRef => self.name_to(expr.span, target.register),
            ExprKind::Super { method } => self.bound_super(expr.span, method, target.register),
            ExprKind::Error => unreachable!("the parser has reported it"),
        }
    }

    pub(super) fn name_to(&mut self, span: Span, into: Register) {
        let word = match self.locate(span) {
            Location::Register(register) => return self.move_to(into, register, span),
            Location::Cell(register) => Word::abc(Op::GetCell, into, register, 0),
            Location::Itself => Word::abc(Op::LoadSelf, into, 0, 0),
            Location::Capture(number) => Word::ax(Op::GetCapture, into, number as i64),
            Location::CellCapture(number) => Word::ax(Op::GetCellCapture, into, number as i64),
            Location::Global(slot) => Word::ax(Op::GetGlobal, into, slot as i64),
            Location::Builtin(index) => return self.load_builtin(index, into, span),
        };
        self.code.emit(word, span);
    }

    fn interpolation_to(&mut self, pieces: &[Piece<'_>], span: Span, target: Target) {
        if let [Piece::Expr(expr)] = pieces {
            return self.string_of(expr, target);
        }
        let mark = self.registers.next();
        let first = self.window(target);
        let mut count = 0;
        for piece in pieces {
            if count == CONCAT_CHUNK {
                self.code.emit(Word::abc(Op::Concat, first, first, count as u16), span);
                self.registers.release(first + 1);
                count = 1;
            }
            let register = if count == 0 { first } else { self.registers.allocate() };
            count += 1;
            match piece {
                Piece::Text(text) => self.load_literal(Literal::Str(text), register, span),
                Piece::Expr(expr) => self.string_of(expr, Target::fresh(register)),
            }
        }
        self.code.emit(Word::abc(Op::Concat, target.register, first, count as u16), span);
        self.registers.release(mark);
    }

    /// `str(expr)`.
    fn string_of(&mut self, expr: &Expr<'_>, target: Target) {
        let mark = self.registers.next();
        let top = self.window(target);
        let value = self.operand_in(expr, top);
        self.code.emit(Word::abc(Op::ToStr, top, value, 0), expr.span);
        self.move_to(target.register, top, expr.span);
        self.registers.release(mark);
    }

    fn array_to(&mut self, elements: &[&Expr<'_>], span: Span, target: Target) {
        let mark = self.registers.next();
        if elements.len() <= ARRAY_CHUNK {
            let first = if elements.is_empty() { 0 } else { self.window(target) };
            self.elements(first, elements);
            let word = Word::abc(Op::NewArray, target.register, first, elements.len() as u16);
            self.code.emit(word, span);
            return self.registers.release(mark);
        }
        let array = if target.fresh { target.register } else { self.registers.allocate() };
        for (number, chunk) in elements.chunks(ARRAY_CHUNK).enumerate() {
            let first = self.registers.allocate();
            self.elements(first, chunk);
            let op = if number == 0 { Op::NewArray } else { Op::ExtendArray };
            self.code.emit(Word::abc(op, array, first, chunk.len() as u16), span);
            self.registers.release(first);
        }
        self.move_to(target.register, array, span);
        self.registers.release(mark);
    }

    /// Keys that may be nil or nan, which throw, end a chunk: what follows them is not evaluated then.
    fn dict_to(&mut self, pairs: &[(&Expr<'_>, &Expr<'_>)], span: Span, target: Target) {
        let mark = self.registers.next();
        let ends_chunk: Vec<bool> =
            pairs.iter().map(|(key, _)| !self.literal(key).is_some_and(Literal::is_key)).collect();
        let before_last = &ends_chunk[..pairs.len().saturating_sub(1)];
        let parts: Vec<&Expr<'_>> = pairs.iter().flat_map(|&(key, value)| [key, value]).collect();
        if parts.len() <= DICT_CHUNK && !before_last.contains(&true) {
            let first = if parts.is_empty() { 0 } else { self.window(target) };
            self.elements(first, &parts);
            self.code.emit(Word::abc(Op::NewDict, target.register, first, parts.len() as u16), span);
            return self.registers.release(mark);
        }
        let dict = if target.fresh { target.register } else { self.registers.allocate() };
        let (mut start, mut op) = (0, Op::NewDict);
        for (number, ends_chunk) in ends_chunk.into_iter().enumerate() {
            let end = 2 * number + 2;
            if end - start == DICT_CHUNK || ends_chunk || end == parts.len() {
                let first = self.registers.allocate();
                self.elements(first, &parts[start..end]);
                self.code.emit(Word::abc(op, dict, first, (end - start) as u16), span);
                self.registers.release(first);
                (start, op) = (end, Op::ExtendDict);
            }
        }
        self.move_to(target.register, dict, span);
        self.registers.release(mark);
    }

    /// Evaluates expressions into consecutive registers, the first of which is taken already.
    pub(super) fn elements(&mut self, first: Register, elements: &[&Expr<'_>]) {
        for (number, element) in elements.iter().enumerate() {
            let register = if number == 0 { first } else { self.registers.allocate() };
            self.value_to(element, Target::fresh(register));
        }
    }
}

/// The part of an expression that is evaluated first and may be nested without bound. A call of a name has none: such a
/// callee is loaded into the call's window, or is a builtin.
fn left_part<'a>(expr: &Expr<'a>) -> Option<&'a Expr<'a>> {
    match expr.kind {
        ExprKind::Binary { left, .. } | ExprKind::Logical { left, .. } => Some(left),
        ExprKind::Index { object, .. } | ExprKind::Field { object, .. } => Some(object),
        ExprKind::Call { callee, .. } => match callee.kind {
            ExprKind::Field { object, .. } => Some(object),
            ExprKind::Name(_) | ExprKind::Super { .. } => None,
            _ => Some(callee),
        },
        _ => None,
    }
}

/// The op of an operator, and the op with a number as right operand if there is one.
fn binary_ops(op: BinaryOp) -> (Op, Option<Op>) {
    match op {
        BinaryOp::Add => (Op::Add, Some(Op::AddK)),
        BinaryOp::Sub => (Op::Sub, Some(Op::SubK)),
        BinaryOp::Mul => (Op::Mul, Some(Op::MulK)),
        BinaryOp::Div => (Op::Div, Some(Op::DivK)),
        BinaryOp::FloorDiv => (Op::FloorDiv, Some(Op::FloorDivK)),
        BinaryOp::Mod => (Op::Mod, Some(Op::ModK)),
        BinaryOp::BitAnd => (Op::BitAnd, Some(Op::BitAndK)),
        BinaryOp::BitOr => (Op::BitOr, Some(Op::BitOrK)),
        BinaryOp::BitXor => (Op::BitXor, Some(Op::BitXorK)),
        BinaryOp::Shl => (Op::Shl, Some(Op::ShlK)),
        BinaryOp::Shr => (Op::Shr, Some(Op::ShrK)),
        BinaryOp::Eq => (Op::Eq, None),
        BinaryOp::Ne => (Op::Ne, None),
        BinaryOp::Lt => (Op::Lt, None),
        BinaryOp::Le => (Op::Le, None),
        BinaryOp::Gt => (Op::Gt, None),
        BinaryOp::Ge => (Op::Ge, None),
        BinaryOp::In => (Op::In, None),
        BinaryOp::Range => (Op::NewRange, None),
    }
}
