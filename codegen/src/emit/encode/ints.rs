//! Instructions on general-purpose registers: moves, arithmetic, shifts, comparisons.

use pseudo_vm::faults::{self, Fault};

use super::{Alu, Code, Cond, Label, Rm, Shift};

impl Code {
    /// `dst = src`, 64 bits.
    pub fn mov(&mut self, dst: u8, src: Rm) {
        if src != Rm::Reg(dst) {
            self.instruction(0, true, &[0x8B], dst, src, &[]);
        }
    }

    /// `dst` = 32 bits, widened without a sign.
    pub fn load32(&mut self, dst: u8, src: Rm) {
        self.instruction(0, false, &[0x8B], dst, src, &[]);
    }

    /// Memory = `src`, 64 bits.
    pub fn store(&mut self, dst: Rm, src: u8) {
        self.instruction(0, true, &[0x89], src, dst, &[]);
    }

    /// Memory = a number that 32 bits hold with its sign, 64 bits wide.
    pub fn store_imm(&mut self, dst: Rm, imm: i32) {
        self.instruction(0, true, &[0xC7], 0, dst, &imm.to_le_bytes());
    }

    /// Memory = a number, 32 bits wide.
    pub fn store_imm32(&mut self, dst: Rm, imm: u32) {
        self.instruction(0, false, &[0xC7], 0, dst, &imm.to_le_bytes());
    }

    /// `dst = imm`, in the shortest form that keeps flags.
    pub fn mov_imm(&mut self, dst: u8, imm: u64) {
        if let Ok(imm) = u32::try_from(imm) {
            if dst >= 8 {
                self.bytes.push(0x41);
            }
            self.bytes.push(0xB8 | dst & 7);
            self.bytes.extend_from_slice(&imm.to_le_bytes());
        } else if let Ok(imm) = i32::try_from(imm as i64) {
            self.instruction(0, true, &[0xC7], 0, Rm::Reg(dst), &imm.to_le_bytes());
        } else {
            self.bytes.push(0x48 | (dst >= 8) as u8);
            self.bytes.push(0xB8 | dst & 7);
            self.bytes.extend_from_slice(&imm.to_le_bytes());
        }
    }

    /// `dst = 0`. Changes flags.
    pub fn clear(&mut self, dst: u8) {
        self.instruction(0, false, &[0x31], dst, Rm::Reg(dst), &[]);
    }

    /// `dst = dst op src`.
    pub fn alu(&mut self, op: Alu, dst: u8, src: Rm) {
        self.instruction(0, true, &[(op as u8) << 3 | 3], dst, src, &[]);
    }

    /// The same, 32 bits wide.
    pub fn alu32(&mut self, op: Alu, dst: u8, src: Rm) {
        self.instruction(0, false, &[(op as u8) << 3 | 3], dst, src, &[]);
    }

    /// `dst = dst op src`, 32 bits: `dst` is a register.
    pub fn alu32_imm(&mut self, op: Alu, dst: Rm, imm: i32) {
        self.alu_imm_sized(op, dst, imm, false);
    }

    /// `dst = dst op src`, where `dst` may be memory.
    pub fn alu_store(&mut self, op: Alu, dst: Rm, src: u8) {
        self.instruction(0, true, &[(op as u8) << 3 | 1], src, dst, &[]);
    }

    /// `dst = dst op imm`.
    pub fn alu_imm(&mut self, op: Alu, dst: Rm, imm: i32) {
        self.alu_imm_sized(op, dst, imm, true);
    }

    fn alu_imm_sized(&mut self, op: Alu, dst: Rm, imm: i32, wide: bool) {
        let is_byte = faults::on(Fault::EmitImmediate) && (0..256).contains(&imm);
        let short = if is_byte { Ok(imm as i8) } else { i8::try_from(imm) };
        match short {
            Ok(imm) => self.instruction(0, wide, &[0x83], op as u8, dst, &imm.to_le_bytes()),
            Err(_) => self.instruction(0, wide, &[0x81], op as u8, dst, &imm.to_le_bytes()),
        }
    }

    /// Compares a byte in memory.
    pub fn cmp_byte(&mut self, memory: Rm, imm: u8) {
        self.instruction(0, false, &[0x80], 7, memory, &[imm]);
    }

    /// A byte in memory = the low byte of `src`.
    pub fn store_byte(&mut self, memory: Rm, src: u8) {
        let rex = if (4..8).contains(&src) { 0x40 } else { 0 };
        self.instruction_with(0, rex, &[0x88], src, memory, &[]);
    }

    /// A byte in memory = a number.
    pub fn store_byte_imm(&mut self, memory: Rm, imm: u8) {
        self.instruction(0, false, &[0xC6], 0, memory, &[imm]);
    }

    /// `dst` = a byte in memory, zeros above.
    pub fn load_byte(&mut self, dst: u8, memory: Rm) {
        self.instruction(0, false, &[0x0F, 0xB6], dst, memory, &[]);
    }

    /// `dst` = 16 bits in memory, zeros above.
    pub fn load16(&mut self, dst: u8, memory: Rm) {
        self.instruction(0, false, &[0x0F, 0xB7], dst, memory, &[]);
    }

    /// `dst` = the low byte of `src`, zeros above: any register.
    pub fn low_byte(&mut self, dst: u8, src: u8) {
        let rex = if (4..8).contains(&src) { 0x40 } else { 0 };
        self.instruction_with(0, rex, &[0x0F, 0xB6], dst, Rm::Reg(src), &[]);
    }

    /// Decrements 32 bits of memory.
    pub fn dec32(&mut self, memory: Rm) {
        self.instruction(0, false, &[0xFF], 1, memory, &[]);
    }

    /// Flags of `a & b`.
    pub fn test(&mut self, a: u8, b: u8) {
        self.instruction(0, true, &[0x85], b, Rm::Reg(a), &[]);
    }

    /// `dst = dst * src`.
    pub fn imul(&mut self, dst: u8, src: Rm) {
        self.instruction(0, true, &[0x0F, 0xAF], dst, src, &[]);
    }

    /// `dst = src * imm`.
    pub fn imul_imm(&mut self, dst: u8, src: Rm, imm: i32) {
        match i8::try_from(imm) {
            Ok(imm) => self.instruction(0, true, &[0x6B], dst, src, &imm.to_le_bytes()),
            Err(_) => self.instruction(0, true, &[0x69], dst, src, &imm.to_le_bytes()),
        }
    }

    /// `dst = -dst`.
    pub fn neg(&mut self, dst: u8) {
        self.instruction(0, true, &[0xF7], 3, Rm::Reg(dst), &[]);
    }

    /// `dst = !dst`.
    pub fn not(&mut self, dst: u8) {
        self.instruction(0, true, &[0xF7], 2, Rm::Reg(dst), &[]);
    }

    /// `rdx:rax = rax * src`, unsigned.
    pub fn mul(&mut self, src: Rm) {
        self.instruction(0, true, &[0xF7], 4, src, &[]);
    }

    /// `rax, rdx` = quotient and remainder of `rdx:rax` by `src`.
    pub fn idiv(&mut self, src: Rm) {
        self.instruction(0, true, &[0xF7], 7, src, &[]);
    }

    /// `rdx` = the sign of `rax`.
    pub fn cqo(&mut self) {
        self.bytes.extend_from_slice(&[0x48, 0x99]);
    }

    /// `dst = dst shift imm`.
    pub fn shift_imm(&mut self, op: Shift, dst: u8, imm: u8) {
        if imm == 1 {
            self.instruction(0, true, &[0xD1], op as u8, Rm::Reg(dst), &[]);
        } else {
            self.instruction(0, true, &[0xC1], op as u8, Rm::Reg(dst), &[imm]);
        }
    }

    /// `dst = dst shift cl`.
    pub fn shift_cl(&mut self, op: Shift, dst: u8) {
        self.instruction(0, true, &[0xD3], op as u8, Rm::Reg(dst), &[]);
    }

    /// `eax, edx` = quotient and remainder of `edx:eax` by `src`, unsigned.
    pub fn div32(&mut self, src: Rm) {
        self.instruction(0, false, &[0xF7], 6, src, &[]);
    }

    /// `dst` = a place in the code, less so many bytes.
    pub fn lea_before(&mut self, dst: u8, label: Label, bytes: u32) {
        self.instruction(0, true, &[0x8D], dst, Rm::Data(label), &[]);
        self.fixups.last_mut().expect("the place's distance").2 += bytes;
    }

    /// `dst` = the address.
    pub fn lea(&mut self, dst: u8, memory: Rm) {
        self.instruction(0, true, &[0x8D], dst, memory, &[]);
    }

    /// `dst = a + b`.
    pub fn lea_sum(&mut self, dst: u8, a: u8, b: u8) {
        // As a base, rbp and r13 would need a displacement.
        let (base, index) = if a & 7 == 5 { (b, a) } else { (a, b) };
        self.bytes.push(0x48 | (dst >> 3) << 2 | (index >> 3) << 1 | base >> 3);
        self.bytes.push(0x8D);
        let sib = (index & 7) << 3 | base & 7;
        if base & 7 == 5 {
            self.bytes.extend_from_slice(&[0x44 | (dst & 7) << 3, sib, 0]);
        } else {
            self.bytes.extend_from_slice(&[0x04 | (dst & 7) << 3, sib]);
        }
    }

    /// `dst = 3 * a`, 5 or 9 times.
    pub fn lea_times(&mut self, dst: u8, a: u8, times: u8) {
        debug_assert!(matches!(times, 3 | 5 | 9), "{times} is not a scale and one more");
        let scale = (times - 1).trailing_zeros() as u8;
        self.bytes.push(0x48 | (dst >> 3) << 2 | (a >> 3) << 1 | a >> 3);
        self.bytes.push(0x8D);
        let sib = scale << 6 | (a & 7) << 3 | a & 7;
        // As a base, rbp and r13 need a displacement.
        if a & 7 == 5 {
            self.bytes.extend_from_slice(&[0x44 | (dst & 7) << 3, sib, 0]);
        } else {
            self.bytes.extend_from_slice(&[0x04 | (dst & 7) << 3, sib]);
        }
    }

    /// `al` or its like = whether the condition holds; `dst` is `rax`, `rcx` or `rdx`.
    pub fn setcc(&mut self, cond: Cond, dst: u8) {
        debug_assert!(dst < 4, "a register whose low byte needs no prefix");
        self.instruction(0, false, &[0x0F, 0x90 | cond as u8], 0, Rm::Reg(dst), &[]);
    }

    /// `dst = src`, if the condition holds.
    pub fn cmov(&mut self, cond: Cond, dst: u8, src: Rm) {
        self.instruction(0, true, &[0x0F, 0x40 | cond as u8], dst, src, &[]);
    }

    /// `dst` = the low byte of `src` (one of the first four), zeros above.
    pub fn widen_byte(&mut self, dst: u8, src: u8) {
        debug_assert!(src < 4, "a register whose low byte needs no prefix");
        self.instruction(0, false, &[0x0F, 0xB6], dst, Rm::Reg(src), &[]);
    }
}
