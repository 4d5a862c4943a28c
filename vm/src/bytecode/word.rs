//! One instruction: a 64-bit word, cut as its opcode's [`Shape`](super::ops::Shape) says.

use super::ops::Op;

/// An instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Word(pub u64);

/// The parameter count in a `func` word that no argument count equals: the call goes the slow way, which looks at the
/// prototype (defaults, a rest parameter, 255 parameters and more).
pub const PARAMS_SLOW: u8 = 255;

/// Largest and smallest jump of the `Abj` shape.
pub const JUMP_RANGE: std::ops::RangeInclusive<i64> = -(1 << 23)..=(1 << 23) - 1;

impl Word {
    /// A word of shape `Abc`.
    pub fn abc(op: Op, a: u16, b: u16, c: u16) -> Word {
        Word(op as u64 | (a as u64) << 8 | (b as u64) << 24 | (c as u64) << 40)
    }

    /// A word of shape `Abj`. `j` lies in [`JUMP_RANGE`].
    pub fn abj(op: Op, a: u16, b: u16, j: i32) -> Word {
        debug_assert!(JUMP_RANGE.contains(&(j as i64)), "jump {j} of {op:?} is too far");
        Word(op as u64 | (a as u64) << 8 | (b as u64) << 24 | (j as u32 as u64) << 40)
    }

    /// A word of shape `Ax`. `x` fits 40 bits.
    pub fn ax(op: Op, a: u16, x: i64) -> Word {
        debug_assert!((-(1 << 39)..1 << 39).contains(&x), "operand {x} of {op:?} is too wide");
        Word(op as u64 | (a as u64) << 8 | (x as u64) << 24)
    }

    /// A word of shape `Header`: a loop's number and its counter.
    pub fn header(op: Op, number: u16, counter: u32) -> Word {
        Word(op as u64 | (number as u64) << 8 | (counter as u64) << 32)
    }

    /// A word of shape `Entry`.
    pub fn entry(op: Op, params: u8, frame: u16, counter: u32) -> Word {
        Word(op as u64 | (params as u64) << 8 | (frame as u64) << 16 | (counter as u64) << 32)
    }

    /// The opcode's number.
    #[inline(always)]
    pub fn number(self) -> u8 {
        self.0 as u8
    }

    /// The opcode. The word must hold one, as all code that the compiler made does.
    #[inline(always)]
    pub fn op(self) -> Op {
        Op::from_number(self.number()).expect("a word of bytecode holds an opcode")
    }

    /// Field `a`.
    #[inline(always)]
    pub fn a(self) -> usize {
        (self.0 >> 8) as u16 as usize
    }

    /// Field `b`.
    #[inline(always)]
    pub fn b(self) -> usize {
        (self.0 >> 24) as u16 as usize
    }

    /// Field `c`.
    #[inline(always)]
    pub fn c(self) -> usize {
        (self.0 >> 40) as u16 as usize
    }

    /// Field `j`.
    #[inline(always)]
    pub fn j(self) -> isize {
        (self.0 as i64 >> 40) as isize
    }

    /// Field `x`.
    #[inline(always)]
    pub fn x(self) -> isize {
        (self.0 as i64 >> 24) as isize
    }

    /// Parameter count of an `Entry` word.
    #[inline(always)]
    pub fn params(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// Frame size of an `Entry` word, in registers.
    #[inline(always)]
    pub fn frame(self) -> usize {
        (self.0 >> 16) as u16 as usize
    }

    /// Counter of a `Header` or `Entry` word: rounds or calls left until it is hot.
    #[inline(always)]
    pub fn counter(self) -> u32 {
        (self.0 >> 32) as u32
    }
}
