//! Arithmetic on floats, and conversions.

use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::Inst;

use super::encode::{Rm, Sse};
use super::{Emitter, Pair, Source};
use crate::regalloc::registers::{RAX, SCRATCH_XMM};

impl Emitter<'_> {
    pub(super) fn float(&mut self, at: u32, inst: &Inst) {
        if inst.op == Op::FloatToInt {
            let dst = self.gpr_result(at).expect("a pure instruction's result is needed");
            let a = self.source(at);
            let a = self.source_xmm(a);
            self.code.cvttsd2si(dst, a);
            return;
        }
        let dst = self.xmm_result(at).expect("a pure instruction's result is needed");
        match inst.op {
            Op::AddFloat => self.float_binary(Sse::Add, dst, at),
            Op::SubFloat => self.float_binary(Sse::Sub, dst, at),
            Op::MulFloat => self.float_binary(Sse::Mul, dst, at),
            Op::DivFloat => self.float_binary(Sse::Div, dst, at),
            Op::NegFloat => self.float_bits(Sse::Xor, 1 << 63, dst, at),
            Op::AbsFloat => self.float_bits(Sse::And, !(1 << 63), dst, at),
            Op::SqrtFloat => {
                let a = self.source(at);
                let a = self.source_xmm(a);
                self.code.sse(Sse::Sqrt, dst, a);
            }
            Op::FloorFloat => self.round(1, dst, at),
            Op::CeilFloat => self.round(2, dst, at),
            Op::IntToFloat => {
                let a = self.source(at);
                let a = self.source_rm(a, RAX);
                // The conversion keeps the register's upper half, and so would wait for what was there before.
                self.code.clear_xmm(dst);
                self.code.cvtsi2sd(dst, a);
            }
            _ => unreachable!("{:?} is no float operation", inst.op),
        }
    }

    fn float_binary(&mut self, op: Sse, dst: u8, at: u32) {
        let Pair { mut a, mut b, .. } = self.pair(at);
        let here = Loc::Xmm(dst);
        if let Source::At(second) = b
            && matches!(op, Sse::Add | Sse::Mul)
            && (self.word(a).is_some()
                || second == here
                || (a != here && !matches!(a, Loc::Xmm(_)) && matches!(second, Loc::Xmm(_))))
        {
            (a, b) = (second, Source::At(a));
        }
        if let (Sse::Mul, Loc::Xmm(_), Source::At(second)) = (op, a, b)
            && self.word(second) == Some(2f64.to_bits())
        {
            // The same number, sooner.
            self.load_xmm(dst, a);
            self.code.sse(Sse::Add, dst, Rm::Reg(dst));
            return;
        }
        let into = if b == Source::At(here) && b != Source::At(a) { SCRATCH_XMM } else { dst };
        self.load_xmm(into, a);
        let b = self.source_xmm(b);
        self.code.sse(op, into, b);
        self.code.movsd(dst, Rm::Reg(into));
    }

    fn float_bits(&mut self, op: Sse, mask: u64, dst: u8, at: u32) {
        let [a] = self.operands(at);
        let mask = Rm::Data(self.float_data(mask));
        self.code.movsd(SCRATCH_XMM, mask);
        self.load_xmm(dst, a);
        self.code.sse(op, dst, Rm::Reg(SCRATCH_XMM));
    }

    fn round(&mut self, mode: u8, dst: u8, at: u32) {
        let a = self.source(at);
        let a = self.source_xmm(a);
        self.code.roundsd(dst, a, mode);
    }
}
