//! What is known of ints on the way through a trace: bounds and bits of each, and differences and inequalities between two.

use pseudo_vm::faults::{self, Fault};

use super::super::induction::Poly;
use super::super::memory::affine;
use super::Test;
use super::bits::Bits;
use crate::ir::ops::Op;
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::Ref;

/// Lengths of arrays are below this: their elements fit into memory.
pub const LENGTH_MAX: i64 = 1 << 48;
/// Differences kept; the oldest are forgotten first.
const FACTS_MAX: usize = 64;
/// Nothing is known.
pub const ANY: (i64, i64) = (i64::MIN, i64::MAX);

/// What is known.
pub struct Facts<'t> {
    trace: &'t Trace,
    /// Least and greatest value of each instruction that has been seen.
    bounds: Vec<(i64, i64)>,
    /// Its known bits.
    bits: Vec<Bits>,
    /// Whether any of that may follow from how a phi advances.
    advances: Vec<bool>,
    /// `a - b <= k`.
    differences: Vec<(Ref, Ref, i64)>,
    /// `a != b`.
    different: Vec<(Ref, Ref)>,
}

impl<'t> Facts<'t> {
    /// Nothing.
    pub fn new(trace: &'t Trace) -> Facts<'t> {
        let (bounds, bits) = (Vec::with_capacity(trace.insts.len()), Vec::with_capacity(trace.insts.len()));
        let advances = Vec::with_capacity(trace.insts.len());
        Facts { trace, bounds, bits, advances, differences: Vec::new(), different: Vec::new() }
    }

    /// Takes the next instruction in, with what is known of its result, and whether that is so because a phi advances.
    pub fn push(&mut self, bounds: (i64, i64), bits: Bits, advances: bool) {
        self.bounds.push(bounds);
        self.bits.push(bits);
        self.advances.push(advances);
        if bounds != ANY || bits != Bits::ANY {
            self.agree(self.bounds.len() - 1);
        }
    }

    /// Lets bounds and bits of an instruction say the same.
    fn agree(&mut self, index: usize) {
        let (bounds, bits) = (&mut self.bounds[index], &mut self.bits[index]);
        *bits = bits.and_also(Bits::within(*bounds));
        let (low, high) = bits.bounds();
        *bounds = (bounds.0.max(low), bounds.1.min(high));
    }

    /// Whether what is known of a value may follow from how a phi advances.
    pub fn advances(&self, value: Ref) -> bool {
        value.inst_index().and_then(|index| self.advances.get(index)).is_some_and(|advances| *advances)
    }

    /// Whether what is known of the outcome of a comparison may follow from that.
    pub fn outcome_advances(&self, a: Ref, b: Ref) -> bool {
        [a, b].into_iter().any(|value| self.advances(value) || self.advances(affine(self.trace, value).0))
    }

    /// The bits that are known.
    pub fn bits(&self, value: Ref) -> Bits {
        match self.trace.as_int(value) {
            Some(int) => Bits::constant(int),
            None => value.inst_index().and_then(|index| self.bits.get(index)).copied().unwrap_or(Bits::ANY),
        }
    }

    /// The only value that there can be.
    pub fn constant(&self, value: Ref) -> Option<i64> {
        let (low, high) = self.bounds(value);
        if low == high { Some(low) } else { self.bits(value).as_constant() }
    }

    /// Least and greatest value.
    pub fn bounds(&self, value: Ref) -> (i64, i64) {
        match self.trace.as_int(value) {
            Some(int) => (int, int),
            None => value.inst_index().and_then(|index| self.bounds.get(index)).copied().unwrap_or(ANY),
        }
    }

    /// Those of what an instruction computes, other than a phi.
    pub fn bounds_of_result(&self, inst: &Inst) -> (i64, i64) {
        let (a, b) = (self.bounds(inst.a), self.bounds(inst.b));
        let sum = |a: (i64, i64), b: (i64, i64)| Some((a.0.checked_add(b.0)?, a.1.checked_add(b.1)?));
        let known = match inst.op {
            Op::ArrLen | Op::StrLen | Op::DictLen => Some((0, LENGTH_MAX)),
            Op::StrByte => Some((0, 127)),
            Op::AddInt if faults::on(Fault::RangeWrap) => Some((a.0.saturating_add(b.0), a.1.saturating_add(b.1))),
            Op::AddInt => sum(a, b),
            Op::SubInt => a.0.checked_sub(b.1).zip(a.1.checked_sub(b.0)),
            Op::SelectInt => {
                let c = self.bounds(inst.c);
                Some((b.0.min(c.0), b.1.max(c.1)))
            }
            Op::NegInt => a.1.checked_neg().zip(a.0.checked_neg()),
            Op::MulInt => {
                let corners = [(a.0, b.0), (a.0, b.1), (a.1, b.0), (a.1, b.1)].map(|(x, y)| x.checked_mul(y));
                match corners {
                    [Some(w), Some(x), Some(y), Some(z)] => Some((w.min(x).min(y).min(z), w.max(x).max(y).max(z))),
                    _ => None,
                }
            }
            // And with something that is not negative is neither negative nor larger.
            Op::AndInt if a.0 >= 0 && b.0 >= 0 => Some((0, a.1.min(b.1))),
            Op::AndInt if b.0 >= 0 => Some((0, b.1)),
            Op::AndInt if a.0 >= 0 => Some((0, a.1)),
            // No bit above the highest of both.
            Op::OrInt if a.0 >= 0 && b.0 >= 0 => Some((a.0.max(b.0), below_power_of_two(a.1 | b.1))),
            Op::XorInt if a.0 >= 0 && b.0 >= 0 => Some((0, below_power_of_two(a.1 | b.1))),
            Op::NotInt => Some((!a.1, !a.0)),
            Op::ModInt if b.0 > 0 && (a.0 >= 0 || faults::on(Fault::RangeNegative)) => Some((0, a.1.min(b.1 - 1))),
            Op::ModInt if b.0 > 0 => Some((0, b.1 - 1)),
            Op::ModInt if b.1 < 0 && b.0 > i64::MIN => Some((b.0 + 1, 0)),
            // Towards 0 by at least as much as the least divisor says, and never beyond -1 from below.
            Op::DivInt if b.0 > 0 => {
                let (low, high) = (a.0.div_euclid(b.0), a.1.div_euclid(b.0));
                Some((if a.0 >= 0 { 0 } else { low }, if a.1 >= 0 { high } else { -1 }))
            }
            Op::SarInt => self.trace.as_int(inst.b).filter(|k| (0..64).contains(k)).map(|k| (a.0 >> k, a.1 >> k)),
            Op::ShlInt => self
                .trace
                .as_int(inst.b)
                .filter(|k| (0..63).contains(k))
                .and_then(|k| a.0.checked_mul(1 << k).zip(a.1.checked_mul(1 << k))),
            Op::ShrInt => self
                .trace
                .as_int(inst.b)
                .filter(|k| (1..64).contains(k))
                .map(|k| if a.0 >= 0 { (a.0 >> k, a.1 >> k) } else { (0, (u64::MAX >> k) as i64) }),
            _ => None,
        };
        known.unwrap_or(ANY)
    }

    /// A value as another plus a constant, as mathematical integers.
    fn apart(&self, value: Ref) -> (Ref, i64) {
        let (base, offset) = affine(self.trace, value);
        let (low, high) = self.bounds(base);
        let wraps = low.checked_add(offset).is_none() || high.checked_add(offset).is_none();
        if wraps { (value, 0) } else { (base, offset) }
    }

    /// Whether `a - b <= k` is known.
    pub fn at_most(&self, a: Ref, b: Ref, k: i64) -> bool {
        let difference = |a: i64, b: i64| i128::from(a) - i128::from(b);
        if a == b {
            return k >= 0;
        }
        if difference(self.bounds(a).1, self.bounds(b).0) <= i128::from(k) {
            return true;
        }
        let ((x, c), (y, d)) = (self.apart(a), self.apart(b));
        // a - b = x - y + (c - d).
        let left = i128::from(k) - difference(c, d);
        (x == y && left >= 0) || self.differences.iter().any(|&(p, q, m)| p == x && q == y && i128::from(m) <= left)
    }

    /// Whether a test comes out as it should.
    pub fn proves(&self, test: Test) -> bool {
        let Test { op, a, b, holds } = test;
        match (op, holds) {
            (Op::LtInt, true) => self.at_most(a, b, -1),
            (Op::LtInt, false) => self.at_most(b, a, 0),
            (Op::LeInt, true) => self.at_most(a, b, 0),
            (Op::LeInt, false) => self.at_most(b, a, -1),
            (Op::EqInt, true) | (Op::NeInt, false) => self.at_most(a, b, 0) && self.at_most(b, a, 0),
            (Op::EqInt, false) | (Op::NeInt, true) => {
                let known = |&(p, q): &(Ref, Ref)| (p, q) == (a, b) || (p, q) == (b, a);
                self.bits(a).differ(self.bits(b))
                    || self.at_most(a, b, -1)
                    || self.at_most(b, a, -1)
                    || self.different.iter().any(known)
            }
            // For values that are not negative signed and unsigned order agree; a smaller one that is not makes it
            // both.
            (Op::UltInt, true) => {
                (self.bounds(a).0 >= 0 && self.at_most(a, b, -1)) || self.bits(a).is_below(self.bits(b))
            }
            (Op::UltInt, false) => {
                (self.bounds(b).0 >= 0 && self.at_most(b, a, 0)) || self.bits(a).is_not_below(self.bits(b))
            }
            _ => false,
        }
    }

    /// Takes in that a test has come out as it should.
    pub fn learn(&mut self, test: Test) {
        let Test { op, a, b, holds } = test;
        if self.advances(a) || self.advances(b) {
            for value in [a, b] {
                self.mark_advancing(value);
            }
        }
        match (op, holds) {
            (Op::LtInt, true) => self.learn_at_most(a, b, -1),
            (Op::LtInt, false) => self.learn_at_most(b, a, 0),
            (Op::LeInt, true) => self.learn_at_most(a, b, 0),
            (Op::LeInt, false) => self.learn_at_most(b, a, -1),
            (Op::EqInt, true) | (Op::NeInt, false) => {
                self.learn_at_most(a, b, 0);
                self.learn_at_most(b, a, 0);
                self.learn_bits(a, self.bits(b));
                self.learn_bits(b, self.bits(a));
            }
            (Op::EqInt, false) | (Op::NeInt, true) => self.learn_different(a, b),
            (Op::UltInt, true) if self.bounds(b).0 >= 0 => {
                self.narrow(a, 0, i64::MAX);
                self.learn_at_most(a, b, -1);
            }
            (Op::UltInt, false) if self.bounds(b).0 >= 0 && self.bounds(a).0 >= 0 => self.learn_at_most(b, a, 0),
            _ => {}
        }
    }

    fn learn_different(&mut self, a: Ref, b: Ref) {
        self.different.push((a, b));
        // At an end of its range, it is not that end.
        for (value, other) in [(a, b), (b, a)] {
            if let Some(other) = self.trace.as_int(other) {
                let (low, high) = self.bounds(value);
                let low = if low == other { low.saturating_add(1) } else { low };
                let high = if high == other { high.saturating_sub(1) } else { high };
                self.narrow(value, low, high);
                // A bit that is not 0 is 1, and the other way round.
                let rest = !self.bits(value).zeros;
                if rest.is_power_of_two() && (other == 0 || other as u64 == rest) {
                    self.learn_bits(value, Bits::constant(if other == 0 { rest as i64 } else { 0 }));
                }
            }
        }
        // Not above and not equal is below.
        for (x, y) in [(a, b), (b, a)] {
            if self.at_most(x, y, 0) {
                self.learn_at_most(x, y, -1);
            }
        }
    }

    /// Takes in that `a - b <= k`.
    pub fn learn_at_most(&mut self, a: Ref, b: Ref, k: i64) {
        let (a_bounds, b_bounds) = (self.bounds(a), self.bounds(b));
        self.narrow(a, i64::MIN, b_bounds.1.saturating_add(k));
        self.narrow(b, a_bounds.0.saturating_sub(k), i64::MAX);
        let ((x, c), (y, d)) = (self.apart(a), self.apart(b));
        let Some(k) = k.checked_sub(c).and_then(|k| k.checked_add(d)) else { return };
        if x.is_inst() && y.is_inst() {
            if self.differences.len() == FACTS_MAX {
                self.differences.remove(0);
            }
            self.differences.push((x, y, k));
        }
    }

    fn narrow(&mut self, value: Ref, low: i64, high: i64) {
        let Some(index) = value.inst_index().filter(|&index| index < self.bounds.len()) else { return };
        let bounds = &mut self.bounds[index];
        if bounds.0 < low || bounds.1 > high {
            *bounds = (bounds.0.max(low), bounds.1.min(high));
            self.agree(index);
        }
    }

    /// Takes in bits of a value, and what follows for what they are masked of.
    fn learn_bits(&mut self, value: Ref, bits: Bits) {
        let Some(index) = value.inst_index().filter(|&index| index < self.bits.len()) else { return };
        let all = self.bits[index].and_also(bits);
        self.bits[index] = all;
        self.agree(index);
        let inst = self.trace.insts[index];
        if let (Op::AndInt, Some(mask)) = (inst.op, self.trace.as_int(inst.b)) {
            let mask = mask as u64;
            if self.advances(value) {
                self.mark_advancing(inst.a);
            }
            self.learn_bits(inst.a, Bits { zeros: all.zeros & mask, ones: all.ones & mask });
        }
    }

    fn mark_advancing(&mut self, value: Ref) {
        if let Some(advances) = value.inst_index().and_then(|index| self.advances.get_mut(index)) {
            *advances = true;
        }
    }

    /// A polynomial of at most one value as that value, or a constant of 0, and a constant.
    fn value_and_offset(poly: &Poly) -> Option<(Option<Ref>, i64)> {
        let (mut value, mut offset) = (None, 0);
        for (monomial, coefficient) in poly.terms() {
            match monomial.as_slice() {
                [] => offset = coefficient,
                [only] if coefficient == 1 && value.is_none() => value = Some(*only),
                _ => return None,
            }
        }
        Some((value, offset))
    }

    /// Least and greatest value of a polynomial.
    pub fn bounds_of(&self, poly: &Poly) -> (i64, i64) {
        let bounds = Self::value_and_offset(poly).and_then(|(value, offset)| {
            let (low, high) = value.map_or((0, 0), |value| self.bounds(value));
            low.checked_add(offset).zip(high.checked_add(offset))
        });
        bounds.unwrap_or(ANY)
    }

    /// How many low bits of a polynomial are 0 for sure.
    pub fn trailing_zeros_of(&self, poly: &Poly) -> u32 {
        let zeros = poly.terms().map(|(monomial, coefficient)| {
            monomial.iter().map(|value| self.bits(*value).trailing_zeros()).sum::<u32>() + coefficient.trailing_zeros()
        });
        zeros.min().unwrap_or(64)
    }

    /// Whether `low <= high`, or `low < high`, is known to hold, or not to hold, of two polynomials that do not wrap.
    pub fn order(&self, low: &Poly, high: &Poly, strict: bool) -> Option<bool> {
        let (low_bounds, high_bounds) = (self.bounds_of(low), self.bounds_of(high));
        if low_bounds.1 < high_bounds.0 || (!strict && low_bounds.1 == high_bounds.0) {
            return Some(true);
        }
        if low_bounds.0 > high_bounds.1 || (strict && low_bounds.0 == high_bounds.1) {
            return Some(false);
        }
        let (Some(x), Some(y), k) = Self::difference(low, high, strict)? else { return None };
        self.at_most(x, y, k).then_some(true)
    }

    /// Takes in that `low <= high`, or `low < high`.
    pub fn learn_order(&mut self, low: &Poly, high: &Poly, strict: bool) {
        match Self::difference(low, high, strict) {
            Some((Some(x), Some(y), k)) => self.learn_at_most(x, y, k),
            Some((Some(x), None, k)) => self.narrow(x, i64::MIN, k),
            Some((None, Some(y), k)) => self.narrow(y, k.saturating_neg(), i64::MAX),
            Some((None, None, _)) | None => {}
        }
    }

    /// An order of two polynomials of at most one value each as `x - y <= k`.
    fn difference(low: &Poly, high: &Poly, strict: bool) -> Option<(Option<Ref>, Option<Ref>, i64)> {
        let ((x, c), (y, d)) = (Self::value_and_offset(low)?, Self::value_and_offset(high)?);
        Some((x, y, d.checked_sub(c)?.checked_sub(i64::from(strict))?))
    }
}

/// The least power of two above a number that is not negative, less one.
fn below_power_of_two(number: i64) -> i64 {
    let zeros = number.leading_zeros();
    if zeros == 64 { 0 } else { (u64::MAX >> zeros) as i64 }
}
