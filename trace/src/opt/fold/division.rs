//! Laws of floor division and its remainder, and division by constants without a division.
//!
//! A divisor that is no constant is not 0: an earlier guard has seen to it.

use super::Rule;
use crate::rules;

#[rustfmt::skip]
pub(super) const RULES: &[Rule] = rules! { Fold ""
    div_int_power:          (DivInt x c) if (LtInt 0 c), [IsPower c] => (SarInt x [Log2 c]);
    div_int_minus_one:      (DivInt x ONES) => (NegInt x);
    div_int_self:           (DivInt x x) => 1;
    div_int_zero:           (DivInt 0 x) => 0;
    // Floors nest, for positive divisors, as long as their product is one.
    div_int_twice:          (DivInt (DivInt x c1) c2) if (LtInt 0 c1), (LtInt 0 c2), (LeInt c1 (DivInt GREATEST c2))
                                => (DivInt x (MulInt c1 c2));
    div_int_of_sar:         (DivInt (SarInt x k) c) if (LtInt 0 c), (LeInt c (SarInt GREATEST k)) => (DivInt x (ShlInt c k));
    sar_int_of_div:         (SarInt (DivInt x c) k) if (LtInt 0 c), (LeInt c (SarInt GREATEST k)) => (DivInt x (ShlInt c k));
    div_int_small_and:      (DivInt (AndInt x c1) c2) if (LeInt 0 c1), (LtInt c1 c2) => 0;
    div_int_small_mod:      (DivInt (ModInt x c1) c2) if (LtInt 0 c1), (LeInt c1 c2) => 0;

    mod_int_power:          (ModInt x c) if (LtInt 0 c), [IsPower c] => (AndInt x (SubInt c 1));
    // Three cheap instructions in place of a division. The sign of the remainder is that of the divisor.
    mod_int_minus_power:    (ModInt x c) if (LtInt c ONES), [IsPower (NegInt c)]
                                => (NegInt (AndInt (NegInt x) (SubInt (NegInt c) 1)));
    mod_int_minus_one:      (ModInt x ONES) => 0;
    mod_int_self:           (ModInt x x) => 0;
    mod_int_zero:           (ModInt 0 x) => 0;
    mod_int_twice:          (ModInt (ModInt x y) y) => (ModInt x y);
    mod_int_of_multiple:    (ModInt (ModInt x c1) c2) if (EqInt (ModInt c1 c2) 0) => (ModInt x c2);
    mod_int_small_mod:      (ModInt (ModInt x c1) c2) if (LtInt 0 c1), (LeInt c1 c2) => (ModInt x c1);
    mod_int_small_and:      (ModInt (AndInt x c1) c2) if (LeInt 0 c1), (LtInt c1 c2) => (AndInt x c1);
    and_int_of_mod:         (AndInt (ModInt x c1) c2) if (LeInt 0 c2), (EqInt (AndInt c2 (AddInt c2 1)) 0),
                                (EqInt (AndInt c1 c2) 0), (NeInt c1 0) => (AndInt x c2);
    add_int_div_mod:        (AddInt (MulInt (DivInt x y) y) (ModInt x y)) => x;
};

/// Division by constants over 1: with `s` all bits of the sign, `(x ^ s)` is `x`, or `-x - 1`, and not negative; and
/// `floor(x / c)` is `floor((x ^ s) / c) ^ s`. For operands of one bit less than an int has, multiplication by
/// `2^(63 + l) / c`, rounded up, and a shift give the exact quotient, if `l` is the number of bits of `c - 1`: theorem 4.2
/// of Granlund and Montgomery, Division by Invariant Integers using Multiplication, PLDI 1994.
#[rustfmt::skip]
pub(super) const STRENGTH_RULES: &[Rule] = rules! { Strength ""
    div_int_multiply:       (DivInt x c) if (LtInt 1 c)
                                => (XorInt (ShrInt (UmulHighInt (XorInt x (SarInt x LAST_BIT)) [Magic c]) [MagicShift c])
                                    (SarInt x LAST_BIT));
    // The ceiling of x / 2^k, negated: x has a part below 2^k or has not.
    div_int_minus_power:    (DivInt x c) if (LtInt c ONES), [IsPower (NegInt c)]
                                => (NegInt (AddInt (SarInt x [Log2 (NegInt c)])
                                    (ShrInt (AddInt (AndInt x (SubInt (NegInt c) 1)) (SubInt (NegInt c) 1)) [Log2 (NegInt c)])));
    mod_int_multiply:       (ModInt x c) if (LtInt 1 c) => (SubInt x (MulInt (DivInt x c) c));
};
