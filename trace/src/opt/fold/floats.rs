//! The laws that hold for floats to the bit, and those of conversions. The results of a program show -0.0 (in text, and in
//! `1 / x`) and every rounding, but not which nan it is.
//!
//! Absent, and why: `x + 0.0 == x` (-0.0 + 0.0 is 0.0); `0.0 - x == -x` (0.0 - 0.0 is 0.0); `-(x - y) == y - x` (zeros);
//! `x * 0.0 == 0.0` (-1.0, inf, nan); `x - x == 0.0` and `x == x` (nan, inf); `not (x < y) == y <= x` (nan); any
//! regrouping (rounding); `(x % y) % y == x % y` (the remainder may be rounded up to y).

use super::Rule;
use crate::rules;

#[rustfmt::skip]
pub(super) const RULES: &[Rule] = rules! { Fold ""
    add_float_minus_zero:   (AddFloat x MINUS_ZERO) => x;
    add_float_neg:          (AddFloat x (NegFloat y)) => (SubFloat x y);
    sub_float_zero:         (SubFloat x 0.0) => x;
    sub_float_neg:          (SubFloat x (NegFloat y)) => (AddFloat x y);
    sub_float_from_zero:    (SubFloat MINUS_ZERO x) => (NegFloat x);
    mul_float_one:          (MulFloat x 1.0) => x;
    mul_float_minus_one:    (MulFloat x MINUS_ONE) => (NegFloat x);
    mul_float_negs:         (MulFloat (NegFloat x) (NegFloat y)) => (MulFloat x y);
    mul_float_neg_const:    (MulFloat (NegFloat x) c) => (MulFloat x (NegFloat c));
    mul_float_abs:          (MulFloat (AbsFloat x) (AbsFloat x)) => (MulFloat x x);
    div_float_one:          (DivFloat x 1.0) => x;
    div_float_minus_one:    (DivFloat x MINUS_ONE) => (NegFloat x);
    // Both round the same number.
    div_float_power:        (DivFloat x c) if [HasReciprocal c] => (MulFloat x (DivFloat 1.0 c));
    div_float_negs:         (DivFloat (NegFloat x) (NegFloat y)) => (DivFloat x y);
    div_float_neg_const:    (DivFloat (NegFloat x) c) => (DivFloat x (NegFloat c));
    div_float_const_neg:    (DivFloat c (NegFloat x)) => (DivFloat (NegFloat c) x);
    neg_float_twice:        (NegFloat (NegFloat x)) => x;
    neg_float_mul_const:    (NegFloat (MulFloat x c)) => (MulFloat x (NegFloat c));
    neg_float_mul_neg:      (NegFloat (MulFloat (NegFloat x) y)) => (MulFloat x y);
    neg_float_div_const:    (NegFloat (DivFloat x c)) => (DivFloat x (NegFloat c));
    neg_float_const_div:    (NegFloat (DivFloat c x)) => (DivFloat (NegFloat c) x);
    abs_float_neg:          (AbsFloat (NegFloat x)) => (AbsFloat x);
    abs_float_twice:        (AbsFloat (AbsFloat x)) => (AbsFloat x);
    abs_float_square:       (AbsFloat (MulFloat x x)) => (MulFloat x x);

    // Rounding what is whole already (or infinite, or nan); zeros keep their sign.
    floor_float_twice:      (FloorFloat (FloorFloat x)) => (FloorFloat x);
    floor_float_ceil:       (FloorFloat (CeilFloat x)) => (CeilFloat x);
    floor_float_int:        (FloorFloat (IntToFloat x)) => (IntToFloat x);
    ceil_float_floor:       (CeilFloat (FloorFloat x)) => (FloorFloat x);
    ceil_float_twice:       (CeilFloat (CeilFloat x)) => (CeilFloat x);
    ceil_float_int:         (CeilFloat (IntToFloat x)) => (IntToFloat x);
    neg_float_floor_neg:    (NegFloat (FloorFloat (NegFloat x))) => (CeilFloat x);
    neg_float_ceil_neg:     (NegFloat (CeilFloat (NegFloat x))) => (FloorFloat x);

    // Comparisons.
    eq_float_int_self:      (EqFloat (IntToFloat x) (IntToFloat x)) => true;
    ne_float_int_self:      (NeFloat (IntToFloat x) (IntToFloat x)) => false;
    le_float_int_self:      (LeFloat (IntToFloat x) (IntToFloat x)) => true;
    lt_float_self:          (LtFloat x x) => false;
    lt_float_least:         (LtFloat x MINUS_INFINITY) => false;
    lt_float_greatest:      (LtFloat INFINITY x) => false;
    eq_float_nan:           (EqFloat x c) if (NeFloat c c) => false;
    ne_float_nan:           (NeFloat x c) if (NeFloat c c) => true;
    lt_float_nan:           (LtFloat x c) if (NeFloat c c) => false;
    lt_float_nan_left:      (LtFloat c x) if (NeFloat c c) => false;
    le_float_nan:           (LeFloat x c) if (NeFloat c c) => false;
    le_float_nan_left:      (LeFloat c x) if (NeFloat c c) => false;
    eq_float_neg:           (EqFloat (NegFloat x) c) => (EqFloat x (NegFloat c));
    ne_float_neg:           (NeFloat (NegFloat x) c) => (NeFloat x (NegFloat c));
    eq_float_negs:          (EqFloat (NegFloat x) (NegFloat y)) => (EqFloat x y);
    ne_float_negs:          (NeFloat (NegFloat x) (NegFloat y)) => (NeFloat x y);
    lt_float_negs:          (LtFloat (NegFloat x) (NegFloat y)) => (LtFloat y x);
    le_float_negs:          (LeFloat (NegFloat x) (NegFloat y)) => (LeFloat y x);
    lt_float_neg_const:     (LtFloat (NegFloat x) c) => (LtFloat (NegFloat c) x);
    lt_float_const_neg:     (LtFloat c (NegFloat x)) => (LtFloat x (NegFloat c));
    le_float_neg_const:     (LeFloat (NegFloat x) c) => (LeFloat (NegFloat c) x);
    le_float_const_neg:     (LeFloat c (NegFloat x)) => (LeFloat x (NegFloat c));
    eq_float_abs_zero:      (EqFloat (AbsFloat x) 0.0) => (EqFloat x 0.0);
    ne_float_abs_zero:      (NeFloat (AbsFloat x) 0.0) => (NeFloat x 0.0);
    le_float_abs_zero:      (LeFloat (AbsFloat x) 0.0) => (EqFloat x 0.0);
    lt_float_abs_negative:  (LtFloat (AbsFloat x) c) if (LeFloat c 0.0) => false;
    not_eq_float:           (NotBool (EqFloat x y)) => (NeFloat x y);
    not_ne_float:           (NotBool (NeFloat x y)) => (EqFloat x y);

    // A converted int beside a whole number: rounding moves no int past one that is within 2^53.
    eq_float_int_const:     (EqFloat (IntToFloat x) c) if (EqFloat (FloorFloat c) c), (LtFloat (AbsFloat c) EXACT)
                                => (EqInt x (FloatToInt c));
    ne_float_int_const:     (NeFloat (IntToFloat x) c) if (EqFloat (FloorFloat c) c), (LtFloat (AbsFloat c) EXACT)
                                => (NeInt x (FloatToInt c));
    lt_float_int_const:     (LtFloat (IntToFloat x) c) if (EqFloat (FloorFloat c) c), (LtFloat (AbsFloat c) EXACT)
                                => (LtInt x (FloatToInt c));
    lt_float_const_int:     (LtFloat c (IntToFloat x)) if (EqFloat (FloorFloat c) c), (LtFloat (AbsFloat c) EXACT)
                                => (LtInt (FloatToInt c) x);
    le_float_int_const:     (LeFloat (IntToFloat x) c) if (EqFloat (FloorFloat c) c), (LtFloat (AbsFloat c) EXACT)
                                => (LeInt x (FloatToInt c));
    le_float_const_int:     (LeFloat c (IntToFloat x)) if (EqFloat (FloorFloat c) c), (LtFloat (AbsFloat c) EXACT)
                                => (LeInt (FloatToInt c) x);

    // Conversions there and back, of ints that are small enough to be floats exactly.
    int_float_int_and:      (FloatToInt (IntToFloat (AndInt x c))) if (LeInt 0 c), (LeInt c EXACT_INT) => (AndInt x c);
    int_float_int_mod:      (FloatToInt (IntToFloat (ModInt x c))) if (LtInt 0 c), (LeInt c EXACT_INT) => (ModInt x c);
    int_float_int_shr:      (FloatToInt (IntToFloat (ShrInt x k))) if (LeInt (ShrInt ONES k) EXACT_INT), (LtInt 0 k)
                                => (ShrInt x k);
    int_float_int_sar:      (FloatToInt (IntToFloat (SarInt x k))) if (LeInt (SarInt GREATEST k) EXACT_INT) => (SarInt x k);
};
