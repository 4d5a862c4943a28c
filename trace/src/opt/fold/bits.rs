//! Laws of bitwise operations and shifts of ints.

use super::Rule;
use crate::rules;

#[rustfmt::skip]
pub(super) const RULES: &[Rule] = rules! { Fold ""
    and_int_zero:           (AndInt x 0) => 0;
    and_int_ones:           (AndInt x ONES) => x;
    and_int_self:           (AndInt x x) => x;
    and_int_not_self:       (AndInt x (NotInt x)) => 0;
    and_int_regroup:        (AndInt (AndInt x c1) c2) => (AndInt x (AndInt c1 c2));
    and_int_again:          (AndInt (AndInt x y) y) => (AndInt x y);
    and_int_absorb:         (AndInt x (OrInt x y)) => x;
    and_int_or_other:       (AndInt (OrInt x c1) c2) if (EqInt (AndInt c1 c2) 0) => (AndInt x c2);
    and_int_or_same:        (AndInt (OrInt x c1) c2) if (EqInt (AndInt c1 c2) c2) => c2;
    and_int_xor_other:      (AndInt (XorInt x c1) c2) if (EqInt (AndInt c1 c2) 0) => (AndInt x c2);
    // What a shift has cleared need not be cleared.
    and_int_shl:            (AndInt (ShlInt x k) c) if (EqInt (AndInt (NotInt c) (ShlInt ONES k)) 0) => (ShlInt x k);
    and_int_shl_none:       (AndInt (ShlInt x k) c) if (EqInt (AndInt c (ShlInt ONES k)) 0) => 0;
    and_int_shr:            (AndInt (ShrInt x k) c) if (EqInt (AndInt (NotInt c) (ShrInt ONES k)) 0) => (ShrInt x k);
    and_int_shr_none:       (AndInt (ShrInt x k) c) if (EqInt (AndInt c (ShrInt ONES k)) 0) => 0;
    // The low bits of a sum or product depend on the low bits of the operands.
    and_int_low_sum:        (AndInt (AddInt x c1) c2) if (EqInt (AndInt c2 (AddInt c2 1)) 0), (EqInt (AndInt c1 c2) 0)
                                => (AndInt x c2);
    and_int_low_product:    (AndInt (MulInt x c1) c2) if (EqInt (AndInt c2 (AddInt c2 1)) 0), (EqInt (AndInt c1 c2) 0)
                                => 0;

    or_int_zero:            (OrInt x 0) => x;
    or_int_ones:            (OrInt x ONES) => ONES;
    or_int_self:            (OrInt x x) => x;
    or_int_not_self:        (OrInt x (NotInt x)) => ONES;
    or_int_regroup:         (OrInt (OrInt x c1) c2) => (OrInt x (OrInt c1 c2));
    or_int_again:           (OrInt (OrInt x y) y) => (OrInt x y);
    or_int_absorb:          (OrInt x (AndInt x y)) => x;
    or_int_and_other:       (OrInt (AndInt x c1) c2) if (EqInt (OrInt c1 c2) ONES) => (OrInt x c2);
    or_int_and_same:        (OrInt (AndInt x c1) c2) if (EqInt (OrInt c1 c2) c2) => c2;
    or_int_masks:           (OrInt (AndInt x c1) (AndInt x c2)) => (AndInt x (OrInt c1 c2));
    or_int_xor_and:         (OrInt (XorInt x y) (AndInt x y)) => (OrInt x y);
    or_int_xor:             (OrInt (XorInt x y) y) => (OrInt x y);

    xor_int_zero:           (XorInt x 0) => x;
    xor_int_ones:           (XorInt x ONES) => (NotInt x);
    xor_int_self:           (XorInt x x) => 0;
    xor_int_not_self:       (XorInt x (NotInt x)) => ONES;
    xor_int_regroup:        (XorInt (XorInt x c1) c2) => (XorInt x (XorInt c1 c2));
    xor_int_cancel:         (XorInt (XorInt x y) y) => x;
    xor_int_both:           (XorInt (XorInt x y) (XorInt x z)) => (XorInt y z);
    xor_int_nots:           (XorInt (NotInt x) (NotInt y)) => (XorInt x y);
    xor_int_not_const:      (XorInt (NotInt x) c) => (XorInt x (NotInt c));
    xor_int_and_or:         (XorInt (AndInt x y) (OrInt x y)) => (XorInt x y);
    xor_int_or_const:       (XorInt (OrInt x c) c) => (AndInt x (NotInt c));
    xor_int_and_const:      (XorInt (AndInt x c) x) => (AndInt x (NotInt c));
    xor_int_masks:          (XorInt (AndInt x c1) (AndInt x c2)) => (AndInt x (XorInt c1 c2));

    not_int_twice:          (NotInt (NotInt x)) => x;
    not_int_neg:            (NotInt (NegInt x)) => (AddInt x ONES);
    not_int_add_const:      (NotInt (AddInt x c)) => (SubInt (NotInt c) x);
    not_int_const_minus:    (NotInt (SubInt c x)) => (AddInt x (NotInt c));
    not_int_xor_const:      (NotInt (XorInt x c)) => (XorInt x (NotInt c));

    shl_int_none:           (ShlInt x 0) => x;
    sar_int_none:           (SarInt x 0) => x;
    shr_int_none:           (ShrInt x 0) => x;
    shl_int_of_zero:        (ShlInt 0 x) => 0;
    sar_int_of_zero:        (SarInt 0 x) => 0;
    shr_int_of_zero:        (ShrInt 0 x) => 0;
    sar_int_of_ones:        (SarInt ONES x) => ONES;
    shl_int_twice:          (ShlInt (ShlInt x k1) k2) if (UltInt k1 WIDTH), (UltInt k2 WIDTH), (LtInt (AddInt k1 k2) WIDTH)
                                => (ShlInt x (AddInt k1 k2));
    shl_int_out:            (ShlInt (ShlInt x k1) k2) if (UltInt k1 WIDTH), (UltInt k2 WIDTH), (LeInt WIDTH (AddInt k1 k2))
                                => 0;
    sar_int_twice:          (SarInt (SarInt x k1) k2) if (UltInt k1 WIDTH), (UltInt k2 WIDTH), (LtInt (AddInt k1 k2) WIDTH)
                                => (SarInt x (AddInt k1 k2));
    sar_int_out:            (SarInt (SarInt x k1) k2) if (UltInt k1 WIDTH), (UltInt k2 WIDTH), (LtInt LAST_BIT (AddInt k1 k2)),
                                (NeInt k1 LAST_BIT) => (SarInt x LAST_BIT);
    sar_int_of_sign:        (SarInt (SarInt x LAST_BIT) y) => (SarInt x LAST_BIT);
    shr_int_twice:          (ShrInt (ShrInt x k1) k2) if (UltInt k1 WIDTH), (UltInt k2 WIDTH), (LtInt (AddInt k1 k2) WIDTH)
                                => (ShrInt x (AddInt k1 k2));
    shr_int_out:            (ShrInt (ShrInt x k1) k2) if (UltInt k1 WIDTH), (UltInt k2 WIDTH), (LeInt WIDTH (AddInt k1 k2))
                                => 0;
    // After a logical shift the sign is 0.
    sar_int_of_shr:         (SarInt (ShrInt x k1) k2) if (LtInt 0 k1), (LtInt k1 WIDTH), (UltInt k2 WIDTH),
                                (LtInt (AddInt k1 k2) WIDTH) => (ShrInt x (AddInt k1 k2));
    sar_int_of_shr_out:     (SarInt (ShrInt x k1) k2) if (LtInt 0 k1), (LtInt k1 WIDTH), (UltInt k2 WIDTH),
                                (LeInt WIDTH (AddInt k1 k2)) => 0;
    shr_int_sign:           (ShrInt (SarInt x k) LAST_BIT) => (ShrInt x LAST_BIT);
    shl_int_of_shr:         (ShlInt (ShrInt x k) k) => (AndInt x (ShlInt ONES k));
    shl_int_of_sar:         (ShlInt (SarInt x k) k) => (AndInt x (ShlInt ONES k));
    shr_int_of_shl:         (ShrInt (ShlInt x k) k) => (AndInt x (ShrInt ONES k));
    shl_int_of_mul:         (ShlInt (MulInt x c) k) => (MulInt x (ShlInt c k));
    // What is shifted out need not be cleared before.
    shl_int_of_and:         (ShlInt (AndInt x c) k) if (EqInt (ShlInt c k) (ShlInt ONES k)) => (ShlInt x k);
    shl_int_of_and_none:    (ShlInt (AndInt x c) k) if (EqInt (ShlInt c k) 0) => 0;
    shr_int_of_and:         (ShrInt (AndInt x c) k) if (EqInt (ShrInt c k) (ShrInt ONES k)) => (ShrInt x k);
    shr_int_of_and_none:    (ShrInt (AndInt x c) k) if (EqInt (ShrInt c k) 0) => 0;
    sar_int_of_and:         (SarInt (AndInt x c) k) if (EqInt (SarInt c k) ONES) => (SarInt x k);
    sar_int_of_and_none:    (SarInt (AndInt x c) k) if (EqInt (SarInt c k) 0) => 0;
};
