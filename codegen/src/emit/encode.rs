//! Encodes the x86-64 instructions that traces are made of.
//!
//! dynasm would write displacements and immediates of operands that are known only here in their longest form, and
//! wants each combination of operands spelled out; instructions of one family differ only in an opcode, so a table of
//! opcodes and one function that writes prefixes, ModRM and SIB are both shorter and give shorter code. (What is fixed
//! text, [`crate::code_memory`]'s routines, is dynasm.) The tests read everything back with a decoder.

pub mod avx;
mod floats;
mod ints;
mod jumps;

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
mod tests;
