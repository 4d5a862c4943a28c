//! Instructions on 256-bit registers, by VEX prefixes. (Intel SDM, volume 2, section 2.3.)

use super::Code;

/// A vector register, or memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Vm {
    /// A register.
    Reg(u8),
    /// `[base + disp]`.
    Mem(u8, i32),
    /// `[base + index + disp]`.
    Sum(u8, u8, i32),
}

/// Operations on four ints or doubles: prefix, map and opcode, as in the manual's `VEX.256.66.0F`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
#[allow(missing_docs)]
pub enum Avx {
    AddInt = 0xD4,
    SubInt = 0xFB,
    And = 0xDB,
    Or = 0xEB,
    Xor = 0xEF,
    /// Low halves, unsigned, to 64 bits.
    MulHalves = 0xF4,
    AddFloat = 0x58,
    MulFloat = 0x59,
    SubFloat = 0x5C,
    DivFloat = 0x5E,
    /// All ones where equal.
    EqInt = 0x29,
}

const P66: u8 = 1;
const PF3: u8 = 2;
const PF2: u8 = 3;
const MAP_0F: u8 = 1;
const MAP_0F38: u8 = 2;
const MAP_0F3A: u8 = 3;

/// What distinguishes an instruction besides its operands.
struct Form {
    prefix: u8,
    map: u8,
    wide: bool,
    long: bool,
    opcode: u8,
}

const fn form(prefix: u8, map: u8, opcode: u8) -> Form {
    Form { prefix, map, wide: false, long: true, opcode }
}

impl Code {
    /// `dst = a op b`.
    pub fn avx(&mut self, op: Avx, dst: u8, a: u8, b: Vm) {
        let map = if op == Avx::EqInt { MAP_0F38 } else { MAP_0F };
        self.vex(form(P66, map, op as u8), dst, a, b, &[]);
    }

    /// `dst` = four square roots.
    pub fn avx_sqrt(&mut self, dst: u8, src: Vm) {
        self.vex(form(P66, MAP_0F, 0x51), dst, 0, src, &[]);
    }

    /// `dst` = four roundings: 1 down, 2 up, 3 towards zero; no exception for inexact results.
    pub fn avx_round(&mut self, dst: u8, src: Vm, mode: u8) {
        self.vex(form(P66, MAP_0F3A, 0x09), dst, 0, src, &[8 | mode]);
    }

    /// `dst = src << count`.
    pub fn avx_shl(&mut self, dst: u8, src: u8, count: u8) {
        self.vex(form(P66, MAP_0F, 0x73), 6, dst, Vm::Reg(src), &[count]);
    }

    /// `dst = src >> count`, zeros coming in.
    pub fn avx_shr(&mut self, dst: u8, src: u8, count: u8) {
        self.vex(form(P66, MAP_0F, 0x73), 2, dst, Vm::Reg(src), &[count]);
    }

    /// `dst = src`.
    pub fn avx_load(&mut self, dst: u8, src: Vm) {
        if src != Vm::Reg(dst) {
            self.vex(form(PF3, MAP_0F, 0x6F), dst, 0, src, &[]);
        }
    }

    /// Memory = `src`.
    pub fn avx_store(&mut self, dst: Vm, src: u8) {
        self.vex(form(PF3, MAP_0F, 0x7F), src, 0, dst, &[]);
    }

    /// Eight bytes of memory four times.
    pub fn avx_broadcast(&mut self, dst: u8, src: Vm) {
        self.vex(form(P66, MAP_0F38, 0x59), dst, 0, src, &[]);
    }

    /// The low half of `dst` = the high half of `src`.
    pub fn avx_high_half(&mut self, dst: u8, src: u8) {
        self.vex(form(P66, MAP_0F3A, 0x39), src, 0, Vm::Reg(dst), &[1]);
    }

    /// `dst` = the second lanes of the halves of `src`, twice.
    pub fn avx_second(&mut self, dst: u8, src: u8) {
        self.vex(form(P66, MAP_0F, 0x6D), dst, src, Vm::Reg(src), &[]);
    }

    /// A general register = the first lane.
    pub fn avx_first(&mut self, dst: u8, src: u8) {
        let first = Form { wide: true, long: false, ..form(P66, MAP_0F, 0x7E) };
        self.vex(first, src, 0, Vm::Reg(dst), &[]);
    }

    /// The first lane = the float of an int in memory.
    pub fn avx_int_to_float(&mut self, dst: u8, src: Vm) {
        let convert = Form { wide: true, long: false, ..form(PF2, MAP_0F, 0x2A) };
        self.vex(convert, dst, dst, src, &[]);
    }

    /// Eight bytes of memory = the first lane.
    pub fn avx_store_first(&mut self, dst: Vm, src: u8) {
        let store = Form { long: false, ..form(P66, MAP_0F, 0xD6) };
        self.vex(store, src, 0, dst, &[]);
    }

    /// Clears the high halves of all registers: what is no VEX instruction would wait for them.
    pub fn avx_end(&mut self) {
        self.bytes.extend_from_slice(&[0xC5, 0xF8, 0x77]);
    }

    /// VEX prefix, opcode, ModRM, SIB, displacement, immediate. `second` is 0 where there is no second operand.
    fn vex(&mut self, form: Form, reg: u8, second: u8, rm: Vm, imm: &[u8]) {
        let (base, index) = match rm {
            Vm::Reg(reg) | Vm::Mem(reg, _) => (reg, 0),
            Vm::Sum(base, index, _) => (base, index),
        };
        let (r, x, b) = (!reg >> 3 & 1, !index >> 3 & 1, !base >> 3 & 1);
        let rest = (!second & 15) << 3 | (form.long as u8) << 2 | form.prefix;
        if x == 1 && b == 1 && !form.wide && form.map == MAP_0F {
            self.bytes.extend_from_slice(&[0xC5, r << 7 | rest]);
        } else {
            let wide = (form.wide as u8) << 7;
            self.bytes.extend_from_slice(&[0xC4, r << 7 | x << 6 | b << 5 | form.map, wide | rest]);
        }
        self.bytes.push(form.opcode);
        let reg = (reg & 7) << 3;
        match rm {
            Vm::Reg(rm) => self.bytes.push(0xC0 | reg | rm & 7),
            Vm::Mem(base, disp) => {
                let sib = (base & 7 == 4).then_some(0x24);
                self.memory(reg | base & 7, sib, base, disp);
            }
            Vm::Sum(base, index, disp) => {
                debug_assert_ne!(index, 4, "rsp is no index");
                self.memory(reg | 4, Some((index & 7) << 3 | base & 7), base, disp);
            }
        }
        self.bytes.extend_from_slice(imm);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;
    use super::*;

    #[test]
    fn all_forms() {
        let lines = read(|code| {
            code.avx(Avx::AddInt, 1, 2, Vm::Reg(3));
            code.avx(Avx::SubInt, 9, 10, Vm::Sum(8, 1, 32));
            code.avx(Avx::And, 1, 12, Vm::Sum(13, 9, 0));
            code.avx(Avx::Or, 1, 2, Vm::Mem(14, 128));
            code.avx(Avx::Xor, 1, 2, Vm::Mem(12, 0));
            code.avx(Avx::MulHalves, 8, 9, Vm::Reg(10));
            code.avx(Avx::AddFloat, 1, 2, Vm::Reg(11));
            code.avx(Avx::MulFloat, 1, 2, Vm::Mem(6, 0));
            code.avx(Avx::SubFloat, 1, 2, Vm::Reg(3));
            code.avx(Avx::DivFloat, 1, 2, Vm::Reg(3));
            code.avx(Avx::EqInt, 14, 14, Vm::Reg(14));
            code.avx_sqrt(9, Vm::Reg(10));
            code.avx_round(3, Vm::Reg(4), 1);
            code.avx_shl(3, 12, 5);
            code.avx_shr(13, 2, 63);
            code.avx_load(1, Vm::Sum(6, 1, 64));
            code.avx_load(9, Vm::Reg(10));
            code.avx_load(9, Vm::Reg(9));
            code.avx_store(Vm::Sum(11, 1, -32), 15);
            code.avx_broadcast(7, Vm::Mem(14, 16));
            code.avx_high_half(2, 9);
            code.avx_second(2, 9);
            code.avx_first(10, 9);
            code.avx_int_to_float(15, Vm::Mem(14, 8));
            code.avx_store_first(Vm::Mem(14, 8), 15);
            code.avx_end();
        });
        assert_eq!(
            lines,
            [
                "vpaddq ymm1, ymm2, ymm3",
                "vpsubq ymm9, ymm10, [r8+rcx+0x20]",
                "vpand ymm1, ymm12, [r13+r9]",
                "vpor ymm1, ymm2, [r14+0x80]",
                "vpxor ymm1, ymm2, [r12]",
                "vpmuludq ymm8, ymm9, ymm10",
                "vaddpd ymm1, ymm2, ymm11",
                "vmulpd ymm1, ymm2, [rsi]",
                "vsubpd ymm1, ymm2, ymm3",
                "vdivpd ymm1, ymm2, ymm3",
                "vpcmpeqq ymm14, ymm14, ymm14",
                "vsqrtpd ymm9, ymm10",
                "vroundpd ymm3, ymm4, 9",
                "vpsllq ymm3, ymm12, 5",
                "vpsrlq ymm13, ymm2, 0x3f",
                "vmovdqu ymm1, [rsi+rcx+0x40]",
                "vmovdqu ymm9, ymm10",
                "vmovdqu [r11+rcx-0x20], ymm15",
                "vpbroadcastq ymm7, [r14+0x10]",
                "vextracti128 xmm2, ymm9, 1",
                "vpunpckhqdq ymm2, ymm9, ymm9",
                "vmovq r10, xmm9",
                "vcvtsi2sd xmm15, xmm15, qword ptr [r14+8]",
                "vmovq [r14+8], xmm15",
                "vzeroupper",
            ]
        );
    }
}
