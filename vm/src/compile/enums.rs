//! Definitions of enums: an empty one first, then its members in order.

use super::expressions::Target;
use super::function::FunctionCompiler;
use super::literals::Literal;
use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::syntax::ast::{Expr, Name};

impl FunctionCompiler<'_, '_> {
    /// `enum name members end`.
    pub(super) fn enum_statement(&mut self, name: Name, members: &[(Name, Option<&Expr<'_>>)]) {
        let register = self.registers.allocate();
        let constant = self.constant(Literal::Str(self.program.names.text(name.symbol)));
        self.code.emit(Word::ax(Op::NewEnum, register, self.code.distance(constant) as i64), name.span);
        let mark = self.registers.next();
        for &(member, value) in members {
            let (text, number) = (self.registers.allocate(), self.registers.allocate());
            match value {
                Some(value) => self.value_to(value, Target::fresh(number)),
                None => self.code.emit(Word::abc(Op::LoadUndef, number, 0, 0), member.span),
            }
            self.load_literal(Literal::Str(self.program.names.text(member.symbol)), text, member.span);
            self.code.emit(Word::abc(Op::DefMember, register, text, number), member.span);
            self.registers.release(mark);
        }
        match self.declares_global(name) {
            Some(slot) => self.code.emit(Word::ax(Op::DefGlobal, register, slot as i64), name.span),
            None => self.define_local(name, register),
        }
    }
}
