//! Instructions on floats in vector registers.

use super::{Code, Rm, Sse};

impl Code {
    /// `dst = dst op src`.
    pub fn sse(&mut self, op: Sse, dst: u8, src: Rm) {
        let (prefix, opcode) = ((op as u16 >> 8) as u8, op as u16 as u8);
        debug_assert!(
            !matches!(op, Sse::And | Sse::Xor | Sse::Copy) || matches!(src, Rm::Reg(_)),
            "{op:?} of 16 bytes of memory"
        );
        self.instruction(prefix, false, &[0x0F, opcode], dst, src, &[]);
    }

    /// `dst = src`.
    pub fn movsd(&mut self, dst: u8, src: Rm) {
        match src {
            Rm::Reg(reg) if reg == dst => {}
            Rm::Reg(_) => self.sse(Sse::Copy, dst, src),
            _ => self.sse(Sse::Load, dst, src),
        }
    }

    /// Memory = `src`.
    pub fn movsd_store(&mut self, dst: Rm, src: u8) {
        self.instruction(0xF2, false, &[0x0F, 0x11], src, dst, &[]);
    }

    /// Clears a floating-point register.
    pub fn clear_xmm(&mut self, dst: u8) {
        self.instruction(0, false, &[0x0F, 0x57], dst, Rm::Reg(dst), &[]);
    }

    /// A floating-point register = the bits of a general one.
    pub fn movq_to_xmm(&mut self, dst: u8, src: u8) {
        self.instruction(0x66, true, &[0x0F, 0x6E], dst, Rm::Reg(src), &[]);
    }

    /// A general register = the bits of a floating-point one.
    pub fn movq_from_xmm(&mut self, dst: u8, src: u8) {
        self.instruction(0x66, true, &[0x0F, 0x7E], src, Rm::Reg(dst), &[]);
    }

    /// A float of an int.
    pub fn cvtsi2sd(&mut self, dst: u8, src: Rm) {
        self.instruction(0xF2, true, &[0x0F, 0x2A], dst, src, &[]);
    }

    /// An int of a float, towards zero.
    pub fn cvttsd2si(&mut self, dst: u8, src: Rm) {
        self.instruction(0xF2, true, &[0x0F, 0x2C], dst, src, &[]);
    }

    /// Rounds: 1 down, 2 up, 3 towards zero; no exception for inexact results.
    pub fn roundsd(&mut self, dst: u8, src: Rm, mode: u8) {
        self.instruction(0x66, false, &[0x0F, 0x3A, 0x0B], dst, src, &[8 | mode]);
    }
}
