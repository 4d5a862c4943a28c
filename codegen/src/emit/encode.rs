//! Encodes the x86-64 instructions that traces are made of.
//!
//! dynasm would write displacements and immediates of operands that are known only here in their longest form, and
//! wants each combination of operands spelled out; instructions of one family differ only in an opcode, so a table of
//! opcodes and one function that writes prefixes, ModRM and SIB are both shorter and give shorter code. (What is fixed
//! text, [`crate::code_memory`]'s routines, is dynasm.) The tests read everything back with a decoder.

pub mod avx;

/// A jump's destination within the code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label(u32);

/// A register, or memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rm {
    /// A register of the file that the instruction works on.
    Reg(u8),
    /// `[base + disp]`.
    Mem(u8, i32),
    /// `[base + 8 * index + disp]`.
    Elem(u8, u8, i32),
    /// `[base + index + disp]`.
    Byte(u8, u8, i32),
    /// A place in the code, relative to the instruction's end.
    Data(Label),
}

impl Rm {
    /// Whether an address is made of a register.
    pub fn reads(self, reg: u8) -> bool {
        match self {
            Rm::Mem(base, _) => base == reg,
            Rm::Elem(base, index, _) | Rm::Byte(base, index, _) => base == reg || index == reg,
            Rm::Reg(_) | Rm::Data(_) => false,
        }
    }
}

/// Two-operand integer operations, by their number in opcodes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Alu {
    /// `+`
    Add = 0,
    /// `|`
    Or = 1,
    /// `&`
    And = 4,
    /// `-`
    Sub = 5,
    /// `^`
    Xor = 6,
    /// Flags of `-`.
    Cmp = 7,
}

/// Shifts, by their number in opcodes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Shift {
    /// Left.
    Shl = 4,
    /// Right, zeros coming in.
    Shr = 5,
    /// Right, the sign coming in.
    Sar = 7,
}

/// Conditions, by their number in opcodes. The lowest bit negates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Cond {
    Overflow = 0,
    NoOverflow = 1,
    Below = 2,
    AboveEqual = 3,
    Equal = 4,
    NotEqual = 5,
    BelowEqual = 6,
    Above = 7,
    Sign = 8,
    NoSign = 9,
    Parity = 10,
    NoParity = 11,
    Less = 12,
    GreaterEqual = 13,
    LessEqual = 14,
    Greater = 15,
}

impl Cond {
    /// The opposite.
    pub fn negated(self) -> Cond {
        use Cond::*;
        match self {
            Overflow => NoOverflow,
            NoOverflow => Overflow,
            Below => AboveEqual,
            AboveEqual => Below,
            Equal => NotEqual,
            NotEqual => Equal,
            BelowEqual => Above,
            Above => BelowEqual,
            Sign => NoSign,
            NoSign => Sign,
            Parity => NoParity,
            NoParity => Parity,
            Less => GreaterEqual,
            GreaterEqual => Less,
            LessEqual => Greater,
            Greater => LessEqual,
        }
    }

    /// The condition that holds for (b, a) when this one holds for (a, b).
    pub fn swapped(self) -> Cond {
        use Cond::*;
        match self {
            Below => Above,
            AboveEqual => BelowEqual,
            BelowEqual => AboveEqual,
            Above => Below,
            Less => Greater,
            GreaterEqual => LessEqual,
            LessEqual => GreaterEqual,
            Greater => Less,
            Overflow | NoOverflow | Equal | NotEqual | Sign | NoSign | Parity | NoParity => self,
        }
    }
}

/// Floating-point operations on two doubles, by prefix and opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Sse {
    Add = 0xF258,
    Mul = 0xF259,
    Sub = 0xF25C,
    Div = 0xF25E,
    Sqrt = 0xF251,
    /// From memory; between registers it would keep half of the destination.
    Load = 0xF210,
    /// Between registers.
    Copy = 0x0028,
    /// Sets flags.
    Compare = 0x662E,
    /// Bits, of all 16 bytes: not from memory.
    And = 0x6654,
    /// As above.
    Xor = 0x6657,
}

/// Code that is being written.
#[derive(Default, Debug)]
pub struct Code {
    bytes: Vec<u8>,
    labels: Vec<Option<u32>>,
    /// Where 32-bit distances to labels go, each counted from its end plus so many bytes.
    fixups: Vec<(u32, Label, u32)>,
    /// Where 32-bit distances to addresses outside go.
    outside: Vec<(u32, u64)>,
    /// Where addresses of labels go.
    addresses: Vec<(u32, Label)>,
}

impl Code {
    /// Bytes written so far.
    pub fn offset(&self) -> u32 {
        self.bytes.len() as u32
    }

    /// A label that is bound later.
    pub fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() as u32 - 1)
    }

    /// Puts a label here.
    pub fn bind(&mut self, label: Label) {
        let offset = self.offset();
        let place = &mut self.labels[label.0 as usize];
        debug_assert!(place.is_none(), "{label:?} is bound twice");
        *place = Some(offset);
    }

    /// Where a label was bound.
    pub fn position(&self, label: Label) -> u32 {
        self.labels[label.0 as usize].expect("a bound label")
    }

    /// For each label, where the 32-bit distances of jumps to it are.
    pub fn jumps_to(&self, labels: &[Label]) -> Vec<Vec<u32>> {
        let mut jumps = vec![Vec::new(); labels.len()];
        let mut of_label = vec![None; self.labels.len()];
        for (index, label) in labels.iter().enumerate() {
            of_label[label.0 as usize] = Some(index);
        }
        for &(at, label, _) in &self.fixups {
            if let Some(index) = of_label[label.0 as usize] {
                jumps[index].push(at);
            }
        }
        jumps
    }

    /// Fills in all distances; the code will lie at `base`.
    pub fn finish(mut self, base: u64) -> Vec<u8> {
        for &(at, label, after) in &self.fixups {
            let target = self.labels[label.0 as usize].expect("a bound label");
            let distance = target as i32 - (at + 4 + after) as i32;
            self.bytes[at as usize..at as usize + 4].copy_from_slice(&distance.to_le_bytes());
        }
        for &(at, target) in &self.outside {
            let distance = target.wrapping_sub(base + at as u64 + 4) as i64;
            let distance = i32::try_from(distance).expect("all code lies within reach");
            self.bytes[at as usize..at as usize + 4].copy_from_slice(&distance.to_le_bytes());
        }
        for &(at, label) in &self.addresses {
            let address = base + u64::from(self.labels[label.0 as usize].expect("a bound label"));
            self.bytes[at as usize..at as usize + 8].copy_from_slice(&address.to_le_bytes());
        }
        self.bytes
    }

    /// Fills up to a multiple of 64, a cache line, with as few instructions that do nothing as may be: a short loop that
    /// lies across two lines takes up to twice the time.
    pub fn align(&mut self) {
        const NOPS: [&[u8]; 9] = [
            &[0x90],
            &[0x66, 0x90],
            &[0x0F, 0x1F, 0x00],
            &[0x0F, 0x1F, 0x40, 0],
            &[0x0F, 0x1F, 0x44, 0, 0],
            &[0x66, 0x0F, 0x1F, 0x44, 0, 0],
            &[0x0F, 0x1F, 0x80, 0, 0, 0, 0],
            &[0x0F, 0x1F, 0x84, 0, 0, 0, 0, 0],
            &[0x66, 0x0F, 0x1F, 0x84, 0, 0, 0, 0, 0],
        ];
        let mut left = self.bytes.len().next_multiple_of(64) - self.bytes.len();
        while left > 0 {
            let nop = NOPS[left.min(NOPS.len()) - 1];
            self.bytes.extend_from_slice(nop);
            left -= nop.len();
        }
    }

    /// Eight bytes of data.
    pub fn data(&mut self, word: u64) {
        self.bytes.extend_from_slice(&word.to_le_bytes());
    }

    /// The address of a label, as data.
    pub fn data_address(&mut self, label: Label) {
        self.addresses.push((self.offset(), label));
        self.data(0);
    }

    /// Fills up to a multiple of eight with traps.
    pub fn align_data(&mut self) {
        while !self.bytes.len().is_multiple_of(8) {
            self.bytes.push(0xCC);
        }
    }

    // Integers.

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
        match i8::try_from(imm) {
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

    /// The same, 32 bits wide, zeros above.
    pub fn shift32_imm(&mut self, op: Shift, dst: u8, imm: u8) {
        self.instruction(0, false, &[0xC1], op as u8, Rm::Reg(dst), &[imm]);
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

    // Control.

    /// Jumps.
    pub fn jmp(&mut self, label: Label) {
        if let Some(distance) = self.near(label) {
            return self.bytes.extend_from_slice(&[0xEB, distance as u8]);
        }
        self.bytes.push(0xE9);
        self.distance(label);
    }

    /// Jumps if the condition holds.
    pub fn jcc(&mut self, cond: Cond, label: Label) {
        if let Some(distance) = self.near(label) {
            return self.bytes.extend_from_slice(&[0x70 | cond as u8, distance as u8]);
        }
        self.bytes.extend_from_slice(&[0x0F, 0x80 | cond as u8]);
        self.distance(label);
    }

    /// Jumps out of this piece of code.
    pub fn jmp_outside(&mut self, address: u64) {
        self.bytes.push(0xE9);
        self.outside.push((self.offset(), address));
        self.bytes.extend_from_slice(&[0; 4]);
    }

    /// Jumps to the address in a register or in memory.
    pub fn jmp_to(&mut self, target: Rm) {
        self.instruction(0, false, &[0xFF], 4, target, &[]);
    }

    /// Calls a place in the code.
    pub fn call(&mut self, label: Label) {
        self.bytes.push(0xE8);
        self.distance(label);
    }

    /// Calls a place outside of the code.
    pub fn call_outside(&mut self, address: u64) {
        self.bytes.push(0xE8);
        self.outside.push((self.offset(), address));
        self.bytes.extend_from_slice(&[0; 4]);
    }

    /// Returns.
    pub fn ret(&mut self) {
        self.bytes.push(0xC3);
    }

    /// Exchanges `rax` and another register.
    pub fn exchange_rax(&mut self, other: u8) {
        self.bytes.extend_from_slice(&[0x48 | other >> 3, 0x90 | other & 7]);
    }

    /// Puts a register on the stack.
    pub fn push(&mut self, reg: u8) {
        self.bytes.extend((reg >= 8).then_some(0x41));
        self.bytes.push(0x50 | reg & 7);
    }

    /// Takes a register from the stack.
    pub fn pop(&mut self, reg: u8) {
        self.bytes.extend((reg >= 8).then_some(0x41));
        self.bytes.push(0x58 | reg & 7);
    }

    /// Calls what `rax` holds the address of.
    pub fn call_rax(&mut self) {
        self.bytes.extend_from_slice(&[0xFF, 0xD0]);
    }

    /// The distance of a label behind that a jump of two bytes reaches from here.
    fn near(&self, label: Label) -> Option<i8> {
        let target = self.labels[label.0 as usize]?;
        i8::try_from(target as i64 - (self.offset() as i64 + 2)).ok()
    }

    fn distance(&mut self, label: Label) {
        self.fixups.push((self.offset(), label, 0));
        self.bytes.extend_from_slice(&[0; 4]);
    }

    // Floats.

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

    /// Prefix, REX, opcode, ModRM, SIB, displacement, immediate.
    fn instruction(&mut self, prefix: u8, wide: bool, opcode: &[u8], reg: u8, rm: Rm, imm: &[u8]) {
        let rex = if wide { 0x48 } else { 0 };
        self.instruction_with(prefix, rex, opcode, reg, rm, imm);
    }

    /// The same with bits that REX has in any case: without one, registers 4 to 7 have no low byte.
    fn instruction_with(&mut self, prefix: u8, rex: u8, opcode: &[u8], reg: u8, rm: Rm, imm: &[u8]) {
        if prefix != 0 {
            self.bytes.push(prefix);
        }
        let (base, index) = match rm {
            Rm::Reg(reg) | Rm::Mem(reg, _) => (reg, 0),
            Rm::Elem(base, index, _) | Rm::Byte(base, index, _) => (base, index),
            Rm::Data(_) => (0, 0),
        };
        let extensions = (reg >> 3) << 2 | (index >> 3) << 1 | base >> 3;
        if rex | extensions != 0 {
            self.bytes.push(0x40 | rex | extensions);
        }
        self.bytes.extend_from_slice(opcode);
        let reg = (reg & 7) << 3;
        match rm {
            Rm::Reg(rm) => self.bytes.push(0xC0 | reg | rm & 7),
            Rm::Mem(base, disp) => {
                // As a base, 4 announces a SIB byte, whose index 4 means none.
                let sib = (base & 7 == 4).then_some(0x24);
                self.memory(reg | base & 7, sib, base, disp);
            }
            Rm::Elem(base, index, disp) | Rm::Byte(base, index, disp) => {
                debug_assert_ne!(index, 4, "rsp is no index");
                let scale = if let Rm::Elem(..) = rm { 0xC0 } else { 0 };
                self.memory(reg | 4, Some(scale | (index & 7) << 3 | base & 7), base, disp);
            }
            Rm::Data(label) => {
                self.bytes.push(reg | 5);
                self.fixups.push((self.offset(), label, imm.len() as u32));
                self.bytes.extend_from_slice(&[0; 4]);
            }
        }
        self.bytes.extend_from_slice(imm);
    }

    fn memory(&mut self, modrm: u8, sib: Option<u8>, base: u8, disp: i32) {
        // rbp and r13 as a base without displacement would mean something else.
        let short = i8::try_from(disp);
        let mode = match short {
            Ok(0) if base & 7 != 5 => 0,
            Ok(_) => 0x40,
            Err(_) => 0x80,
        };
        self.bytes.push(mode | modrm);
        self.bytes.extend(sib);
        match short {
            Ok(_) if mode == 0 => {}
            Ok(short) => self.bytes.push(short as u8),
            Err(_) => self.bytes.extend_from_slice(&disp.to_le_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter};

    use super::*;

    pub(super) fn read(write: impl FnOnce(&mut Code)) -> Vec<String> {
        let mut code = Code::default();
        write(&mut code);
        let bytes = code.finish(0x1000);
        let mut formatter = IntelFormatter::new();
        formatter.options_mut().set_space_after_operand_separator(true);
        formatter.options_mut().set_hex_prefix("0x");
        formatter.options_mut().set_hex_suffix("");
        formatter.options_mut().set_uppercase_hex(false);
        formatter.options_mut().set_small_hex_numbers_in_decimal(true);
        let mut lines = Vec::new();
        for instruction in &mut Decoder::with_ip(64, &bytes, 0x1000, DecoderOptions::NONE) {
            assert!(!instruction.is_invalid(), "{bytes:x?}");
            let mut line = String::new();
            formatter.format(&instruction, &mut line);
            lines.push(line);
        }
        lines
    }

    const NAMES: [&str; 16] =
        ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];

    const BYTES: [&str; 16] = [
        "al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil", "r8b", "r9b", "r10b", "r11b", "r12b", "r13b", "r14b",
        "r15b",
    ];
    const DOUBLE_WORDS: [&str; 16] = [
        "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r10d", "r11d", "r12d", "r13d", "r14d",
        "r15d",
    ];

    #[test]
    fn every_register_as_operand_and_base() {
        for (reg, name) in NAMES.iter().enumerate() {
            for (base, base_name) in NAMES.iter().enumerate() {
                let (r, b) = (reg as u8, base as u8);
                let mut expected = vec![
                    format!("add {name}, {base_name}"),
                    format!("mov {name}, [{base_name}]"),
                    format!("mov {name}, [{base_name}+8]"),
                    format!("mov [{base_name}-0x80], {name}"),
                    format!("mov [{base_name}+0x80], {name}"),
                    format!("mov {}, [{base_name}+8]", DOUBLE_WORDS[reg]),
                    format!("cmp {}, [{base_name}+8]", DOUBLE_WORDS[reg]),
                ];
                expected.push(format!("mov [{base_name}+8], {}", BYTES[reg]));
                if base != 4 {
                    expected.push(format!("mov {name}, [{name}+{base_name}*8]"));
                    expected.push(format!("mov {name}, [{name}+{base_name}*8-0x1000]"));
                    expected.push(format!("mov [{name}+{base_name}], {}", BYTES[reg]));
                    expected.push(format!("movzx {}, byte ptr [{name}+{base_name}-0x80]", DOUBLE_WORDS[reg]));
                }
                let lines = read(|code| {
                    code.alu(Alu::Add, r, Rm::Reg(b));
                    code.mov(r, Rm::Mem(b, 0));
                    code.mov(r, Rm::Mem(b, 8));
                    code.store(Rm::Mem(b, -128), r);
                    code.store(Rm::Mem(b, 128), r);
                    code.load32(r, Rm::Mem(b, 8));
                    code.alu32(Alu::Cmp, r, Rm::Mem(b, 8));
                    code.store_byte(Rm::Mem(b, 8), r);
                    if base != 4 {
                        code.mov(r, Rm::Elem(r, b, 0));
                        code.mov(r, Rm::Elem(r, b, -4096));
                        code.store_byte(Rm::Byte(r, b, 0), r);
                        code.load_byte(r, Rm::Byte(r, b, -128));
                    }
                });
                assert_eq!(lines, expected);
            }
        }
    }

    #[test]
    fn sums_by_lea() {
        for dst in [0, 5, 13] {
            for a in (0..16).filter(|&a| a != 4) {
                for b in (0..16).filter(|&b| b != 4) {
                    let line = read(|code| code.lea_sum(dst, a, b)).remove(0);
                    let (d, a, b) = (NAMES[dst as usize], NAMES[a as usize], NAMES[b as usize]);
                    assert!(
                        line == format!("lea {d}, [{a}+{b}]") || line == format!("lea {d}, [{b}+{a}]"),
                        "{line} for {d} = {a} + {b}"
                    );
                }
            }
        }
    }

    #[test]
    fn products_by_lea() {
        for (times, scale) in [(3, 2), (5, 4), (9, 8)] {
            for dst in [0, 5, 13] {
                for a in (0..16).filter(|&a| a != 4) {
                    let line = read(|code| code.lea_times(dst, a, times)).remove(0);
                    let (d, a) = (NAMES[dst as usize], NAMES[a as usize]);
                    assert_eq!(line, format!("lea {d}, [{a}+{a}*{scale}]"));
                }
            }
        }
    }

    #[test]
    fn immediates_take_their_shortest_form() {
        let lines = read(|code| {
            code.clear(9);
            code.mov_imm(9, 5);
            code.mov_imm(1, u64::MAX);
            code.mov_imm(15, 1 << 40);
            code.alu_imm(Alu::Sub, Rm::Reg(8), 127);
            code.alu_imm(Alu::Cmp, Rm::Mem(14, 16), 1000);
            code.imul_imm(6, Rm::Reg(7), 3);
            code.store_imm(Rm::Mem(3, 0), -1);
            code.store_imm32(Rm::Mem(14, 24), 7);
            code.shift_imm(Shift::Sar, 10, 47);
            code.cmp_byte(Rm::Mem(0, 1), 2);
            code.store_byte_imm(Rm::Byte(5, 13, 0), 1);
            code.cmov(Cond::Less, 9, Rm::Reg(2));
            code.cmov(Cond::Parity, 0, Rm::Mem(14, 64));
        });
        assert_eq!(
            lines,
            [
                "xor r9d, r9d",
                "mov r9d, 5",
                "mov rcx, 0xffffffffffffffff",
                "mov r15, 0x10000000000",
                "sub r8, 0x7f",
                "cmp qword ptr [r14+0x10], 0x3e8",
                "imul rsi, rdi, 3",
                "mov qword ptr [rbx], 0xffffffffffffffff",
                "mov dword ptr [r14+0x18], 7",
                "sar r10, 0x2f",
                "cmp byte ptr [rax+1], 2",
                "mov byte ptr [rbp+r13], 1",
                "cmovl r9, rdx",
                "cmovp rax, [r14+0x40]",
            ]
        );
    }

    #[test]
    fn floats() {
        let lines = read(|code| {
            code.sse(Sse::Add, 9, Rm::Reg(2));
            code.sse(Sse::Compare, 1, Rm::Mem(14, 32));
            code.movsd(3, Rm::Reg(12));
            code.movsd(3, Rm::Elem(6, 12, 8));
            code.movsd_store(Rm::Mem(13, 0), 14);
            code.movq_to_xmm(10, 8);
            code.movq_from_xmm(8, 10);
            code.cvtsi2sd(8, Rm::Reg(9));
            code.cvttsd2si(9, Rm::Reg(8));
            code.roundsd(1, Rm::Reg(11), 3);
            code.clear_xmm(9);
        });
        assert_eq!(
            lines,
            [
                "addsd xmm9, xmm2",
                "ucomisd xmm1, [r14+0x20]",
                "movaps xmm3, xmm12",
                "movsd xmm3, [rsi+r12*8+8]",
                "movsd [r13], xmm14",
                "movq xmm10, r8",
                "movq r8, xmm10",
                "cvtsi2sd xmm8, r9",
                "cvttsd2si r9, xmm8",
                "roundsd xmm1, xmm11, 0xb",
                "xorps xmm9, xmm9",
            ]
        );
    }

    #[test]
    fn what_only_whole_functions_use() {
        let lines = read(|code| {
            let cell = code.label();
            code.load16(1, Rm::Mem(7, -7));
            code.low_byte(0, 7);
            code.low_byte(9, 1);
            code.shift32_imm(Shift::Shl, 1, 3);
            code.div32(Rm::Reg(1));
            code.exchange_rax(10);
            code.exchange_rax(3);
            code.push(1);
            code.push(12);
            code.pop(9);
            code.jmp_to(Rm::Mem(13, 24));
            code.jmp_to(Rm::Reg(0));
            code.lea_before(8, cell, 16);
            code.bind(cell);
        });
        assert_eq!(
            lines,
            [
                "movzx ecx, word ptr [rdi-7]",
                "movzx eax, dil",
                "movzx r9d, cl",
                "shl ecx, 3",
                "div ecx",
                "xchg r10, rax",
                "xchg rbx, rax",
                "push rcx",
                "push r12",
                "pop r9",
                "jmp qword ptr [r13+0x18]",
                "jmp rax",
                "lea r8, [0x1017]",
            ]
        );
    }

    #[test]
    fn addresses_of_labels_are_data() {
        let mut code = Code::default();
        let label = code.label();
        code.data_address(label);
        code.bind(label);
        assert_eq!(code.finish(0x1000), 0x1008u64.to_le_bytes());
    }

    #[test]
    fn labels_and_padding() {
        let lines = read(|code| {
            let (head, data) = (code.label(), code.label());
            code.mov(6, Rm::Reg(7));
            code.align();
            code.bind(head);
            code.alu_imm(Alu::Cmp, Rm::Data(data), 1);
            code.jcc(Cond::Less, head);
            code.jmp_outside(0x2000);
            code.bind(data);
        });
        assert_eq!(lines.first().map(String::as_str), Some("mov rsi, rdi"));
        assert_eq!(lines[lines.len() - 2..], ["jl short 0x0000000000001040", "jmp 0x0000000000002000"]);
    }

    #[test]
    fn jumps_back_are_short_where_that_reaches() {
        let lines = read(|code| {
            let head = code.label();
            code.bind(head);
            (0..124).for_each(|_| code.bytes.push(0x90));
            code.jmp(head);
            code.jcc(Cond::Above, head);
            code.jcc(Cond::Above, head);
        });
        let jumps = ["jmp short 0x0000000000001000", "ja short 0x0000000000001000", "ja 0x0000000000001000"];
        assert_eq!(lines[lines.len() - 3..], jumps);
    }
}
