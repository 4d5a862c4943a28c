//! Choices between two values: conditional moves, so that no branch can be guessed wrong.

use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::Inst;

use super::compare::Test;
use super::encode::{Cond, Rm};
use super::{Emitter, Pair, Source};
use crate::regalloc::registers::{RAX, RCX};

impl Emitter<'_> {
    /// `dst` = the first of the last two operands if the condition holds, else the second.
    pub(super) fn select(&mut self, at: u32, inst: &Inst) {
        let (test, yes, no) = match self.input.plan.fused[at as usize] {
            Some(compare) => {
                let compare = &self.input.trace.insts[compare as usize];
                let ty = self.input.trace.ty(compare.a);
                let [a, b, yes, no] = self.operands(at);
                (self.compare(compare.op, ty, Pair { a, b: Source::At(b), swapped: false }), yes, no)
            }
            None => {
                let [condition, yes, no] = self.operands(at);
                let condition = self.gpr(condition, RAX);
                self.code.test(condition, condition);
                (Test::One(Cond::NotEqual), yes, no)
            }
        };
        if inst.op == Op::SelectFloat {
            let dst = self.xmm_result(at).expect("a pure instruction's result is needed");
            self.load_keeping_flags(RAX, no);
            self.choose(test, RAX, yes, no);
            self.code.movq_to_xmm(dst, RAX);
            return;
        }
        let dst = self.gpr_result(at).expect("a pure instruction's result is needed");
        match test {
            // The value that is there already is kept.
            Test::One(cond) if yes == Loc::Gpr(dst) => self.choose(Test::One(cond.negated()), dst, no, yes),
            // Two looks at the flags need both values to the end.
            Test::EqualOrdered | Test::NotEqualOrUnordered if [yes, no].contains(&Loc::Gpr(dst)) => {
                self.load_keeping_flags(RAX, no);
                self.choose(test, RAX, yes, no);
                self.code.mov(dst, Rm::Reg(RAX));
            }
            Test::One(_) | Test::EqualOrdered | Test::NotEqualOrUnordered => {
                self.load_keeping_flags(dst, no);
                self.choose(test, dst, yes, no);
            }
        }
    }

    /// `dst = yes` if the test holds; it is `no` already. Uses `rcx`.
    fn choose(&mut self, test: Test, dst: u8, yes: Loc, no: Loc) {
        let yes = self.rm_keeping_flags(yes);
        match test {
            Test::One(cond) => self.code.cmov(cond, dst, yes),
            Test::NotEqualOrUnordered => {
                self.code.cmov(Cond::NotEqual, dst, yes);
                self.code.cmov(Cond::Parity, dst, yes);
            }
            Test::EqualOrdered => {
                self.code.cmov(Cond::Equal, dst, yes);
                let no = self.rm_keeping_flags(no);
                self.code.cmov(Cond::Parity, dst, no);
            }
        }
    }

    /// A register or memory that holds an operand; constants and floats come to `rcx`.
    fn rm_keeping_flags(&mut self, from: Loc) -> Rm {
        match from {
            Loc::Const(_) | Loc::Xmm(_) => {
                self.load_keeping_flags(RCX, from);
                Rm::Reg(RCX)
            }
            Loc::Gpr(_) | Loc::Spill(_) => self.rm(from, RCX),
        }
    }

    /// `dst` = what is at a place.
    fn load_keeping_flags(&mut self, dst: u8, from: Loc) {
        match self.word(from) {
            Some(word) => self.code.mov_imm(dst, word),
            None => self.load(dst, from),
        }
    }
}
