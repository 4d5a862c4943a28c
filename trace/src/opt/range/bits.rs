//! Bits of ints that are known, whatever the rest: after LLVM's `KnownBits`.
//!
//! Sums know their low bits where both operands do, and high bits up to which no carry comes; products know as many low
//! bits as their factors do, and zeros below; masks and shifts say by themselves what they leave.
//!
//! **Loops** ([`of_phis`]). What a phi has in all rounds is what its start and its next value share. The walk over the body
//! begins with the start's bits and is repeated until nothing changes. Since a counter would lose one bit a walk, from the
//! second walk on a bit that is lost takes those above with it; one more walk finds again what masks say of them. Guards are
//! not looked at: a phi has these bits also where another trace has left the loop in the middle and computes the next value
//! as the loop does.

use crate::ir::ops::Op;
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::{Ref, Ty};

/// Walks over a body. Counters need three, what feeds them one more each.
const WALKS_MAX: usize = 8;

/// Which bits are known to be 0 and which to be 1. Where both, the value never comes up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bits {
    /// These are 0.
    pub zeros: u64,
    /// These are 1.
    pub ones: u64,
}

impl Bits {
    /// Nothing is known.
    pub const ANY: Bits = Bits { zeros: 0, ones: 0 };

    /// All bits of a constant.
    pub fn constant(int: i64) -> Bits {
        Bits { zeros: !(int as u64), ones: int as u64 }
    }

    /// What two values share.
    pub fn join(self, other: Bits) -> Bits {
        Bits { zeros: self.zeros & other.zeros, ones: self.ones & other.ones }
    }

    /// What two facts about one value say together.
    pub fn and_also(self, other: Bits) -> Bits {
        Bits { zeros: self.zeros | other.zeros, ones: self.ones | other.ones }
    }

    /// The bits that are known.
    pub fn known(self) -> u64 {
        self.zeros | self.ones
    }

    /// Whether no value has these bits.
    fn is_contradiction(self) -> bool {
        self.zeros & self.ones != 0
    }

    /// The value, if all its bits are known.
    pub fn as_constant(self) -> Option<i64> {
        (self.known() == u64::MAX && !self.is_contradiction()).then_some(self.ones as i64)
    }

    /// How many low bits are 0 for sure.
    pub fn trailing_zeros(self) -> u32 {
        self.zeros.trailing_ones()
    }

    /// The bits in which all ints within bounds are alike: those above the highest in which the bounds differ.
    pub fn within((low, high): (i64, i64)) -> Bits {
        if low > high {
            return Bits::ANY;
        }
        let differ = (low ^ high) as u64;
        let alike = if differ == 0 { u64::MAX } else { !(u64::MAX >> differ.leading_zeros()) };
        Bits { zeros: alike & !(low as u64), ones: alike & low as u64 }
    }

    /// Least and greatest value, as signed ints.
    pub fn bounds(self) -> (i64, i64) {
        let sign = i64::MIN as u64 & !self.known();
        ((self.ones | sign) as i64, (!self.zeros & !sign) as i64)
    }

    /// Whether two values differ for sure.
    pub fn differ(self, other: Bits) -> bool {
        self.zeros & other.ones != 0 || self.ones & other.zeros != 0
    }

    /// Whether a value is below another for sure, unsigned.
    pub fn is_below(self, other: Bits) -> bool {
        !self.zeros < other.ones
    }

    /// Whether a value is not below another for sure, unsigned.
    pub fn is_not_below(self, other: Bits) -> bool {
        self.ones >= !other.zeros
    }

    fn not(self) -> Bits {
        Bits { zeros: self.ones, ones: self.zeros }
    }

    /// The sum of two values and a carry into the lowest bit. The largest sum shows where no carry can be, the smallest
    /// where one must be.
    fn sum(self, other: Bits, carry: u64) -> Bits {
        let largest = (!self.zeros).wrapping_add(!other.zeros).wrapping_add(carry);
        let smallest = self.ones.wrapping_add(other.ones).wrapping_add(carry);
        let no_carry = !(largest ^ self.zeros ^ other.zeros);
        let sure_carry = smallest ^ self.ones ^ other.ones;
        let known = self.known() & other.known() & (no_carry | sure_carry);
        Bits { zeros: !largest & known, ones: smallest & known }
    }

    fn product(self, other: Bits) -> Bits {
        let (zeros, other_zeros) = (self.trailing_zeros(), other.trailing_zeros());
        let (run, other_run) = (self.known().trailing_ones(), other.known().trailing_ones());
        // Beyond the zeros, as many bits as both know.
        let count = (run - zeros).min(other_run - other_zeros) + zeros + other_zeros;
        let low = low_mask(count);
        let product = self.ones.wrapping_mul(other.ones);
        Bits { zeros: !product & low, ones: product & low }
    }

    /// Of what an instruction computes of operands with known bits; those of phis are not its concern.
    pub fn of_result(trace: &Trace, inst: &Inst, bits: impl Fn(Ref) -> Bits) -> Bits {
        let count = || trace.as_int(inst.b).filter(|count| (0..64).contains(count));
        match inst.op {
            Op::AddInt => bits(inst.a).sum(bits(inst.b), 0),
            Op::SubInt => bits(inst.a).sum(bits(inst.b).not(), 1),
            Op::NegInt => Bits::constant(0).sum(bits(inst.a).not(), 1),
            Op::MulInt => bits(inst.a).product(bits(inst.b)),
            Op::NotInt => bits(inst.a).not(),
            Op::AndInt => {
                let (a, b) = (bits(inst.a), bits(inst.b));
                Bits { zeros: a.zeros | b.zeros, ones: a.ones & b.ones }
            }
            Op::OrInt => {
                let (a, b) = (bits(inst.a), bits(inst.b));
                Bits { zeros: a.zeros & b.zeros, ones: a.ones | b.ones }
            }
            Op::XorInt => {
                let (a, b) = (bits(inst.a), bits(inst.b));
                Bits { zeros: a.zeros & b.zeros | a.ones & b.ones, ones: a.zeros & b.ones | a.ones & b.zeros }
            }
            Op::ShlInt => match count() {
                Some(count) => {
                    let a = bits(inst.a);
                    Bits { zeros: a.zeros << count | low_mask(count as u32), ones: a.ones << count }
                }
                None => Bits { zeros: low_mask(bits(inst.a).trailing_zeros()), ones: 0 },
            },
            Op::ShrInt => count().map_or(Bits::ANY, |count| {
                let a = bits(inst.a);
                Bits { zeros: a.zeros >> count | !(u64::MAX >> count), ones: a.ones >> count }
            }),
            Op::SarInt => count().map_or(Bits::ANY, |count| {
                let a = bits(inst.a);
                Bits { zeros: (a.zeros as i64 >> count) as u64, ones: (a.ones as i64 >> count) as u64 }
            }),
            Op::SelectInt => bits(inst.b).join(bits(inst.c)),
            // It differs from the dividend by a multiple of the divisor.
            Op::ModInt => {
                let (a, low) = (bits(inst.a), low_mask(bits(inst.b).trailing_zeros()));
                Bits { zeros: a.zeros & low, ones: a.ones & low }
            }
            _ => Bits::ANY,
        }
    }
}

/// The lowest bits.
pub fn low_mask(count: u32) -> u64 {
    if count >= 64 { u64::MAX } else { (1 << count) - 1 }
}

/// The bits that the ints which a loop carries have in every round, by their place behind the `loop` at `start`; `before`
/// says what is known of values from in front of it. Nothing if none has any.
pub fn of_phis(trace: &Trace, start: usize, before: impl Fn(Ref) -> Bits) -> Vec<Bits> {
    let body = &trace.insts[start + 1..];
    let phis = body.iter().take_while(|inst| inst.op == Op::Phi).count();
    let starts: Vec<Bits> =
        body[..phis].iter().map(|phi| if phi.ty == Ty::Int { before(phi.a) } else { Bits::ANY }).collect();
    if starts.iter().all(|bits| *bits == Bits::ANY) {
        return Vec::new();
    }
    let mut all = vec![Bits::ANY; body.len()];
    let mut known = starts.clone();
    for walk in 0..WALKS_MAX {
        let next = walk_over(trace, start, &before, &known, &starts, &mut all);
        if known.iter().zip(&next).all(|(known, next)| known.join(*next) == *known) {
            return next;
        }
        for (known, next) in known.iter_mut().zip(next) {
            let kept = known.join(next);
            let lost = known.known() & !kept.known();
            let keep = if walk == 0 { u64::MAX } else { low_mask(lost.trailing_zeros()) };
            *known = Bits { zeros: kept.zeros & keep, ones: kept.ones & keep };
        }
    }
    Vec::new()
}

/// What phis have after one more round, if they have some bits before.
fn walk_over(
    trace: &Trace,
    start: usize,
    before: &impl Fn(Ref) -> Bits,
    known: &[Bits],
    starts: &[Bits],
    all: &mut [Bits],
) -> Vec<Bits> {
    let body = &trace.insts[start + 1..];
    all[..known.len()].copy_from_slice(known);
    let bits = |all: &[Bits], value: Ref| match value.inst_index().and_then(|index| index.checked_sub(start + 1)) {
        Some(at) => all[at],
        None => before(value),
    };
    for (at, inst) in body.iter().enumerate().skip(known.len()).filter(|(_, inst)| inst.ty == Ty::Int) {
        all[at] = Bits::of_result(trace, inst, |value| bits(all, value));
    }
    let next = body.iter().zip(starts);
    next.map(|(phi, start)| if phi.ty == Ty::Int { start.join(bits(all, phi.b)) } else { Bits::ANY }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::parse::parse;
    use crate::ir::scalar::eval_pure;

    /// The same numbers in each run.
    struct Numbers(u64);

    impl Numbers {
        fn next(&mut self) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0
        }

        /// Runs of bits of all lengths, so that the ends of known bits come everywhere.
        fn rough(&mut self) -> u64 {
            let (a, b, c) = (self.next() % 64, self.next() % 64, self.next());
            match c % 5 {
                0 => self.next(),
                1 => u64::MAX << a >> b,
                2 => !(u64::MAX << a >> b),
                3 => 1 << a | 1 << b,
                _ => self.next() << a,
            }
        }

        /// An int, and some of its bits.
        fn int(&mut self) -> (i64, Bits) {
            let (int, known) = (self.rough(), self.rough());
            (int as i64, Bits { zeros: !int & known, ones: int & known })
        }
    }

    fn has(bits: Bits, int: i64) -> bool {
        bits.zeros & int as u64 == 0 && bits.ones & !(int as u64) == 0
    }

    #[test]
    fn results_have_the_bits_that_they_should() {
        let text = "%0: any = slot r0\n%1: int = guard.int %0 -> s0\n%2: int = guard.int %0 -> s0\n\
                    snapshot s0 f0:0 base 0 { }\nlink interpreter -> s0";
        let mut trace = parse(text).expect("a trace");
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
        let ops = Op::ALL.iter().copied().filter(|op| op.info().result == Some(Ty::Int));
        let mut known = 0;
        for op in ops.filter(|&op| eval_pure(op, &[1, 1, 1]).is_some() && op != Op::FloatToInt && !op.is_select()) {
            for round in 0..50_000 {
                let ((a, a_bits), (b, b_bits)) = (numbers.int(), numbers.int());
                let shifts = matches!(op, Op::ShlInt | Op::ShrInt | Op::SarInt);
                let b = if shifts { b & 63 } else { b };
                let b_bits = if round % 3 == 0 || shifts { Bits::constant(b) } else { b_bits };
                let right = if b_bits == Bits::constant(b) && round % 2 == 0 { trace.int(b) } else { Ref::inst(2) };
                let Some(result) = eval_pure(op, &[a as u64, b as u64, 1]) else { continue };
                let inst = Inst::new(op, Ty::Int, Ref::inst(1), right, Ref::NONE);
                let bits = Bits::of_result(&trace, &inst, |value| match value {
                    value if value == Ref::inst(1) => a_bits,
                    value if value == Ref::inst(2) => b_bits,
                    _ => Bits::constant(b),
                });
                assert!(has(bits, result as i64), "{op:?} of {a:#x} {a_bits:x?} and {b:#x} {b_bits:x?}: {bits:x?}");
                known += bits.known().count_ones();
            }
        }
        assert!(known > 1_000_000, "{known} bits");
    }

    #[test]
    fn a_choice_has_the_bits_that_both_values_have() {
        let trace = parse("snapshot s0 f0:0 base 0 { }\nlink interpreter -> s0").expect("a trace");
        let inst = Inst::new(Op::SelectInt, Ty::Int, Ref::inst(0), Ref::inst(1), Ref::inst(2));
        let mut numbers = Numbers(7);
        for _ in 0..1000 {
            let ((b, b_bits), (c, c_bits)) = (numbers.int(), numbers.int());
            let bits = Bits::of_result(&trace, &inst, |value| if value == inst.b { b_bits } else { c_bits });
            assert!(has(bits, b) && has(bits, c), "{b_bits:x?} or {c_bits:x?}: {bits:x?}");
            assert_eq!(bits, b_bits.join(c_bits));
        }
    }

    #[test]
    fn sums_of_few_bits_are_as_exact_as_can_be() {
        // Three values for each of three bits: 0, 1, unknown.
        let all: Vec<Bits> =
            (0..64).map(|n| Bits { zeros: n & 7 | !7, ones: n >> 3 }).filter(|bits| !bits.is_contradiction()).collect();
        for &a in &all {
            for &b in &all {
                let members = |bits: Bits| (0..8).filter(move |&int| has(bits, int));
                let exact = |compute: fn(i64, i64) -> i64| {
                    let results = members(a).flat_map(|x| members(b).map(move |y| Bits::constant(compute(x, y))));
                    results.reduce(Bits::join).expect("a value")
                };
                assert_eq!(a.sum(b, 0), exact(|x, y| x + y), "{a:x?} + {b:x?}");
                assert_eq!(a.sum(b.not(), 1), exact(|x, y| x - y), "{a:x?} - {b:x?}");
            }
        }
    }

    #[test]
    fn bounds_and_bits_say_the_same() {
        let mut numbers = Numbers(0x1234_5678_9abc_def1);
        for _ in 0..50_000 {
            let (int, bits) = numbers.int();
            let (low, high) = bits.bounds();
            assert!(low <= int && int <= high && has(bits, low) && has(bits, high), "{int:#x} {bits:x?}");
            let other = numbers.rough() as i64;
            let bits = Bits::within((int.min(other), int.max(other)));
            assert!(has(bits, int) && has(bits, other));
            let between = (int as u64 & other as u64) as i64;
            assert!(!(int.min(other)..=int.max(other)).contains(&between) || has(bits, between));
        }
    }
}
