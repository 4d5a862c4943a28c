//! Comparisons: for a bool, or for a guard that jumps on the flags.

use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::Inst;
use pseudo_trace::ir::types::Ty;
use pseudo_vm::faults::{self, Fault};

use super::encode::{Alu, Cond, Label, Rm, Sse};
use super::{Emitter, Pair, Source};
use crate::regalloc::registers::{RAX, RCX};

/// What flags say after a comparison. Equality of floats takes two of them: unordered is "equal" with parity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Test {
    /// True if the condition holds.
    One(Cond),
    /// True if equal and not parity.
    EqualOrdered,
    /// True if not equal, or parity.
    NotEqualOrUnordered,
}

impl Emitter<'_> {
    pub(super) fn comparison(&mut self, at: u32, inst: &Inst) {
        let dst = self.gpr_result(at).expect("a pure instruction's result is needed");
        let ty = self.input.trace.ty(inst.a);
        let pair = self.pair(at);
        match self.compare(inst.op, ty, pair) {
            Test::One(cond) => self.code.setcc(cond, RAX),
            Test::EqualOrdered => {
                self.code.setcc(Cond::Equal, RAX);
                self.code.setcc(Cond::NoParity, RCX);
                self.code.alu(Alu::And, RAX, Rm::Reg(RCX));
            }
            Test::NotEqualOrUnordered => {
                self.code.setcc(Cond::NotEqual, RAX);
                self.code.setcc(Cond::Parity, RCX);
                self.code.alu(Alu::Or, RAX, Rm::Reg(RCX));
            }
        }
        self.code.widen_byte(dst, RAX);
    }

    /// Sets flags.
    pub(super) fn compare(&mut self, op: Op, ty: Ty, pair: Pair) -> Test {
        let Pair { a, b, swapped } = pair;
        let ints = match op {
            Op::EqInt => Some(Cond::Equal),
            Op::NeInt => Some(Cond::NotEqual),
            Op::LtInt => Some(Cond::Less),
            Op::LeInt => Some(Cond::LessEqual),
            Op::UltInt if faults::on(Fault::EmitUnsigned) => Some(Cond::Less),
            Op::UltInt => Some(Cond::Below),
            _ => None,
        };
        let b = match (ints, b) {
            (Some(cond), Source::Memory(b)) => {
                return self.compare_with_memory(if swapped { cond.swapped() } else { cond }, a, b);
            }
            (Some(cond), Source::At(b)) => return self.compare_ints(cond, a, b),
            (None, Source::At(b)) => b,
            (None, Source::Memory(b)) => {
                let test = match op {
                    Op::EqFloat => Test::EqualOrdered,
                    Op::NeFloat => Test::NotEqualOrUnordered,
                    Op::LtFloat if swapped => Test::One(Cond::Above),
                    Op::LeFloat if swapped => Test::One(Cond::AboveEqual),
                    _ => unreachable!("{op:?} of memory"),
                };
                let a = self.xmm(a);
                self.code.sse(Sse::Compare, a, b);
                return test;
            }
        };
        match op {
            Op::SameAny if ty.is_float() => {
                self.load(RAX, a);
                self.load(RCX, b);
                self.code.alu(Alu::Cmp, RAX, Rm::Reg(RCX));
                Test::One(Cond::Equal)
            }
            Op::StrEq => self.compare_strings(a, b),
            Op::SameAny => self.compare_ints(Cond::Equal, a, b),
            Op::EqFloat => self.compare_floats(Test::EqualOrdered, a, b),
            Op::NeFloat => self.compare_floats(Test::NotEqualOrUnordered, a, b),
            Op::LtFloat if faults::on(Fault::EmitNan) => self.compare_floats(Test::One(Cond::Below), a, b),
            // The other way round, so that unordered, which sets carry, is false.
            Op::LtFloat => self.compare_floats(Test::One(Cond::Above), b, a),
            Op::LeFloat => self.compare_floats(Test::One(Cond::AboveEqual), b, a),
            _ => unreachable!("{op:?} is no comparison"),
        }
    }

    fn compare_ints(&mut self, cond: Cond, a: Loc, b: Loc) -> Test {
        if self.word(a).is_some() && self.word(b).is_none() {
            return self.compare_ints(cond.swapped(), b, a);
        }
        match (a, b, self.imm(b)) {
            (Loc::Gpr(a), _, Some(0)) if !matches!(cond, Cond::Below) => self.code.test(a, a),
            (Loc::Gpr(_) | Loc::Spill(_), _, Some(imm)) => {
                let a = self.rm(a, RAX);
                self.code.alu_imm(Alu::Cmp, a, imm);
            }
            (Loc::Spill(_), Loc::Gpr(b), _) => {
                let a = self.rm(a, RAX);
                self.code.alu_store(Alu::Cmp, a, b);
            }
            _ => {
                let a = self.gpr(a, RAX);
                let b = self.rm(b, RCX);
                self.code.alu(Alu::Cmp, a, b);
            }
        }
        Test::One(cond)
    }

    fn compare_with_memory(&mut self, cond: Cond, a: Loc, b: Rm) -> Test {
        match self.imm(a) {
            Some(imm) => {
                self.code.alu_imm(Alu::Cmp, b, imm);
                Test::One(cond.swapped())
            }
            None => {
                let b = match a {
                    Loc::Gpr(_) => b,
                    _ => {
                        self.code.mov(RAX, b);
                        Rm::Reg(RAX)
                    }
                };
                let a = self.gpr(a, RCX);
                self.code.alu(Alu::Cmp, a, b);
                Test::One(cond)
            }
        }
    }

    fn compare_floats(&mut self, test: Test, a: Loc, b: Loc) -> Test {
        let a = self.xmm(a);
        let b = self.xmm_rm(b);
        self.code.sse(Sse::Compare, a, b);
        test
    }

    /// Jumps out unless the test is as wanted.
    pub(super) fn leave_unless(&mut self, test: Test, wanted: bool, exit: Label) {
        match (test, wanted) {
            (Test::One(cond), true) => self.code.jcc(cond.negated(), exit),
            (Test::One(cond), false) => self.code.jcc(cond, exit),
            (Test::EqualOrdered, true) | (Test::NotEqualOrUnordered, false) => {
                self.code.jcc(Cond::NotEqual, exit);
                self.code.jcc(Cond::Parity, exit);
            }
            (Test::EqualOrdered, false) | (Test::NotEqualOrUnordered, true) => {
                let stay = self.code.label();
                self.code.jcc(Cond::Parity, stay);
                self.code.jcc(Cond::Equal, exit);
                self.code.bind(stay);
            }
        }
    }
}
