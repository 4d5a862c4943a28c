//! Laws of wrapping sums, differences and products of ints. They form a ring, so sums of constants may be regrouped.

use super::Rule;
use crate::rules;

#[rustfmt::skip]
pub(super) const RULES: &[Rule] = rules! { Fold ""
    // Sums.
    add_int_zero:           (AddInt x 0) => x;
    add_int_regroup:        (AddInt (AddInt x c1) c2) => (AddInt x (AddInt c1 c2));
    add_int_const_minus:    (AddInt (SubInt c1 x) c2) => (SubInt (AddInt c1 c2) x);
    add_int_neg:            (AddInt x (NegInt y)) => (SubInt x y);
    add_int_cancel:         (AddInt (SubInt x y) y) => x;
    add_int_diffs:          (AddInt (SubInt x y) (SubInt y z)) => (SubInt x z);
    add_int_not_const:      (AddInt (NotInt x) c) => (SubInt (SubInt c 1) x);
    add_int_not_self:       (AddInt x (NotInt x)) => ONES;
    add_int_and_or:         (AddInt (AndInt x y) (OrInt x y)) => (AddInt x y);
    add_int_and_xor:        (AddInt (AndInt x y) (XorInt x y)) => (OrInt x y);
    // Two parts without a bit in common.
    add_int_masks:          (AddInt (AndInt x c1) (AndInt x c2)) if (EqInt (AndInt c1 c2) 0) => (AndInt x (OrInt c1 c2));
    add_int_or_const:       (AddInt (OrInt x c1) c2) if (EqInt (AddInt c1 c2) 0) => (AndInt x (NotInt c1));
    add_int_products:       (AddInt (MulInt x c1) (MulInt x c2)) => (MulInt x (AddInt c1 c2));
    add_int_product_one:    (AddInt (MulInt x c) x) => (MulInt x (AddInt c 1));

    // Differences. One with a constant becomes a sum, so that chains of both regroup.
    sub_int_const:          (SubInt x c) => (AddInt x (NegInt c));
    sub_int_self:           (SubInt x x) => 0;
    sub_int_from_zero:      (SubInt 0 x) => (NegInt x);
    sub_int_neg:            (SubInt x (NegInt y)) => (AddInt x y);
    sub_int_const_sum:      (SubInt c1 (AddInt x c2)) => (SubInt (SubInt c1 c2) x);
    sub_int_const_minus:    (SubInt c1 (SubInt c2 x)) => (AddInt x (SubInt c1 c2));
    sub_int_const_not:      (SubInt c (NotInt x)) => (AddInt x (AddInt c 1));
    sub_int_of_sum:         (SubInt (AddInt x y) y) => x;
    sub_int_sum_from:       (SubInt x (AddInt x y)) => (NegInt y);
    sub_int_of_diff:        (SubInt (SubInt x y) x) => (NegInt y);
    sub_int_diff_from:      (SubInt x (SubInt x y)) => y;
    sub_int_sums:           (SubInt (AddInt x y) (AddInt x z)) => (SubInt y z);
    sub_int_diffs:          (SubInt (SubInt x y) (SubInt x z)) => (SubInt z y);
    sub_int_diffs_right:    (SubInt (SubInt x z) (SubInt y z)) => (SubInt x y);
    sub_int_nots:           (SubInt (NotInt x) (NotInt y)) => (SubInt y x);
    sub_int_and:            (SubInt x (AndInt x c)) => (AndInt x (NotInt c));
    sub_int_or_and:         (SubInt (OrInt x y) (AndInt x y)) => (XorInt x y);
    sub_int_or_xor:         (SubInt (OrInt x y) (XorInt x y)) => (AndInt x y);
    sub_int_sum_or:         (SubInt (AddInt x y) (OrInt x y)) => (AndInt x y);
    sub_int_sum_and:        (SubInt (AddInt x y) (AndInt x y)) => (OrInt x y);
    sub_int_products:       (SubInt (MulInt x c1) (MulInt x c2)) => (MulInt x (SubInt c1 c2));
    sub_int_product_one:    (SubInt (MulInt x c) x) => (MulInt x (SubInt c 1));
    sub_int_one_product:    (SubInt x (MulInt x c)) => (MulInt x (SubInt 1 c));

    // Negation.
    neg_int_twice:          (NegInt (NegInt x)) => x;
    neg_int_sub:            (NegInt (SubInt x y)) => (SubInt y x);
    neg_int_add_const:      (NegInt (AddInt x c)) => (SubInt (NegInt c) x);
    neg_int_not:            (NegInt (NotInt x)) => (AddInt x 1);
    neg_int_mul_const:      (NegInt (MulInt x c)) => (MulInt x (NegInt c));
    neg_int_mul_neg:        (NegInt (MulInt (NegInt x) y)) => (MulInt x y);
    neg_int_sign:           (NegInt (SarInt x LAST_BIT)) => (ShrInt x LAST_BIT);
    neg_int_sign_bit:       (NegInt (ShrInt x LAST_BIT)) => (SarInt x LAST_BIT);

    // Products.
    mul_int_zero:           (MulInt x 0) => 0;
    mul_int_one:            (MulInt x 1) => x;
    mul_int_minus_one:      (MulInt x ONES) => (NegInt x);
    mul_int_regroup:        (MulInt (MulInt x c1) c2) => (MulInt x (MulInt c1 c2));
    mul_int_of_shl:         (MulInt (ShlInt x k) c) => (MulInt x (ShlInt c k));
    mul_int_neg:            (MulInt (NegInt x) c) => (MulInt x (NegInt c));
    mul_int_negs:           (MulInt (NegInt x) (NegInt y)) => (MulInt x y);
    mul_int_power:          (MulInt x c) if [IsPower c] => (ShlInt x [Log2 c]);
};
