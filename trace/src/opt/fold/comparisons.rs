//! Laws of comparisons of ints, of bools, and of what they choose. Comparisons see the sign, so sums are not moved across `<`: they wrap.

use super::How::Code;
use super::{Fold, Rule, Stage};
use crate::ir::ops::Op;
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::Const;
use crate::rules;

/// Equality and its opposite have the same laws.
macro_rules! equality {
    ($prefix:literal $Eq:ident $holds:tt $fails:tt) => {
        rules! { Fold $prefix
            alike:          ($Eq x x) => $holds;
            not_alike:      ($Eq x (NotInt x)) => $fails;
            // Wrapping sums, negation, complement and so on are one to one.
            sum:            ($Eq (AddInt x c1) c2) => ($Eq x (SubInt c2 c1));
            sum_part:       ($Eq (AddInt x y) x) => ($Eq y 0);
            sums:           ($Eq (AddInt x z) (AddInt y z)) => ($Eq x y);
            diff_zero:      ($Eq (SubInt x y) 0) => ($Eq x y);
            const_minus:    ($Eq (SubInt c1 x) c2) => ($Eq x (SubInt c1 c2));
            diff_part:      ($Eq (SubInt x y) x) => ($Eq y 0);
            diffs:          ($Eq (SubInt x y) (SubInt x z)) => ($Eq y z);
            diffs_right:    ($Eq (SubInt x z) (SubInt y z)) => ($Eq x y);
            neg:            ($Eq (NegInt x) c) => ($Eq x (NegInt c));
            negs:           ($Eq (NegInt x) (NegInt y)) => ($Eq x y);
            not:            ($Eq (NotInt x) c) => ($Eq x (NotInt c));
            nots:           ($Eq (NotInt x) (NotInt y)) => ($Eq x y);
            xor:            ($Eq (XorInt x c1) c2) => ($Eq x (XorInt c1 c2));
            xor_zero:       ($Eq (XorInt x y) 0) => ($Eq x y);
            xor_part:       ($Eq (XorInt x y) x) => ($Eq y 0);
            xors:           ($Eq (XorInt x z) (XorInt y z)) => ($Eq x y);
            // Odd numbers have an inverse.
            odd_product:    ($Eq (MulInt x c) 0) if (EqInt (AndInt c 1) 1) => ($Eq x 0);
            odd_products:   ($Eq (MulInt x c) (MulInt y c)) if (EqInt (AndInt c 1) 1) => ($Eq x y);
            // Bits that the one side has for sure and the other has not.
            and_never:      ($Eq (AndInt x c1) c2) if (NeInt (AndInt c2 (NotInt c1)) 0) => $fails;
            or_never:       ($Eq (OrInt x c1) c2) if (NeInt (AndInt c1 (NotInt c2)) 0) => $fails;
            shl_never:      ($Eq (ShlInt x k) c) if (NeInt (AndInt c (NotInt (ShlInt ONES k))) 0) => $fails;
            shr_never:      ($Eq (ShrInt x k) c) if (NeInt (AndInt c (NotInt (ShrInt ONES k))) 0) => $fails;
        }
    };
}

pub(super) const EQ_RULES: &[Rule] = equality!("eq_int_" EqInt true false);
pub(super) const NE_RULES: &[Rule] = equality!("ne_int_" NeInt false true);

#[rustfmt::skip]
pub(super) const RULES: &[Rule] = rules! { Fold ""
    // One operand, or the end of the ints.
    lt_int_self:            (LtInt x x) => false;
    le_int_self:            (LeInt x x) => true;
    ult_int_self:           (UltInt x x) => false;
    lt_int_least:           (LtInt x LEAST) => false;
    lt_int_greatest:        (LtInt GREATEST x) => false;
    lt_int_from_least:      (LtInt LEAST x) => (NeInt x LEAST);
    lt_int_to_greatest:     (LtInt x GREATEST) => (NeInt x GREATEST);
    le_int_greatest:        (LeInt x GREATEST) => true;
    le_int_least:           (LeInt LEAST x) => true;
    le_int_from_greatest:   (LeInt GREATEST x) => (EqInt x GREATEST);
    le_int_to_least:        (LeInt x LEAST) => (EqInt x LEAST);
    ult_int_zero:           (UltInt x 0) => false;
    ult_int_one:            (UltInt x 1) => (EqInt x 0);
    ult_int_from_zero:      (UltInt 0 x) => (NeInt x 0);

    // A complement turns the order round; negation does not: the smallest int is its own.
    lt_int_nots:            (LtInt (NotInt x) (NotInt y)) => (LtInt y x);
    le_int_nots:            (LeInt (NotInt x) (NotInt y)) => (LeInt y x);
    lt_int_not_const:       (LtInt (NotInt x) c) => (LtInt (NotInt c) x);
    lt_int_const_not:       (LtInt c (NotInt x)) => (LtInt x (NotInt c));
    le_int_not_const:       (LeInt (NotInt x) c) => (LeInt (NotInt c) x);
    le_int_const_not:       (LeInt c (NotInt x)) => (LeInt x (NotInt c));

    // What bounds a mask, a remainder, a shift set.
    lt_int_and:             (LtInt (AndInt x c1) c2) if (LeInt 0 c1), (LtInt c1 c2) => true;
    lt_int_and_negative:    (LtInt (AndInt x c1) c2) if (LeInt 0 c1), (LeInt c2 0) => false;
    le_int_and:             (LeInt c1 (AndInt x c2)) if (LeInt 0 c2), (LeInt c1 0) => true;
    le_int_and_over:        (LeInt c1 (AndInt x c2)) if (LeInt 0 c2), (LtInt c2 c1) => false;
    ult_int_and:            (UltInt (AndInt x c1) c2) if (UltInt c1 c2) => true;
    lt_int_mod:             (LtInt (ModInt x c1) c2) if (LtInt 0 c1), (LeInt c1 c2) => true;
    lt_int_mod_negative:    (LtInt (ModInt x c1) c2) if (LtInt 0 c1), (LeInt c2 0) => false;
    le_int_mod:             (LeInt c1 (ModInt x c2)) if (LtInt 0 c2), (LeInt c1 0) => true;
    le_int_mod_over:        (LeInt c1 (ModInt x c2)) if (LtInt 0 c2), (LeInt c2 c1) => false;
    ult_int_mod:            (UltInt (ModInt x c1) c2) if (LtInt 0 c1), (LeInt c1 c2) => true;
    lt_int_shr_negative:    (LtInt (ShrInt x k) c) if (LtInt 0 k), (LeInt c 0) => false;
    le_int_shr:             (LeInt c (ShrInt x k)) if (LtInt 0 k), (LeInt c 0) => true;
    ult_int_shr:            (UltInt (ShrInt x k) c) if (UltInt (ShrInt ONES k) c) => true;

    // Comparisons of quotients, without the quotients: floor(x / c) < d where x < c * d.
    lt_int_sar:             (LtInt (SarInt x k) c) if (EqInt (SarInt (ShlInt c k) k) c) => (LtInt x (ShlInt c k));
    le_int_sar:             (LeInt c (SarInt x k)) if (EqInt (SarInt (ShlInt c k) k) c) => (LeInt (ShlInt c k) x);
    lt_int_div:             (LtInt (DivInt x c1) c2) if (LtInt 0 c1), (EqInt (DivInt (MulInt c1 c2) c1) c2)
                                => (LtInt x (MulInt c1 c2));
    le_int_div:             (LeInt c1 (DivInt x c2)) if (LtInt 0 c2), (EqInt (DivInt (MulInt c1 c2) c2) c1)
                                => (LeInt (MulInt c1 c2) x);
    eq_int_div_zero:        (EqInt (DivInt x c) 0) if (LtInt 0 c) => (UltInt x c);
    eq_int_sign:            (EqInt (SarInt x LAST_BIT) 0) => (LeInt 0 x);
    eq_int_sign_set:        (EqInt (SarInt x LAST_BIT) ONES) => (LtInt x 0);
    ne_int_sign:            (NeInt (SarInt x LAST_BIT) 0) => (LtInt x 0);
    ne_int_sign_set:        (NeInt (SarInt x LAST_BIT) ONES) => (LeInt 0 x);
    eq_int_sign_bit:        (EqInt (ShrInt x LAST_BIT) 0) => (LeInt 0 x);
    eq_int_sign_bit_set:    (EqInt (ShrInt x LAST_BIT) 1) => (LtInt x 0);
    ne_int_sign_bit:        (NeInt (ShrInt x LAST_BIT) 0) => (LtInt x 0);
    ne_int_sign_bit_set:    (NeInt (ShrInt x LAST_BIT) 1) => (LeInt 0 x);
    eq_int_sar_zero:        (EqInt (SarInt x k) 0) => (UltInt x (ShlInt 1 k));
    eq_int_shr_zero:        (EqInt (ShrInt x k) 0) => (UltInt x (ShlInt 1 k));

    // Other comparisons.
    same_self:              (SameAny x x) => true;
    eq_str_self:            (StrEq x x) => true;
    lt_str_self:            (StrLt x x) => false;

    // Bools.
    not_twice:              (NotBool (NotBool x)) => x;
    not_eq_int:             (NotBool (EqInt x y)) => (NeInt x y);
    not_ne_int:             (NotBool (NeInt x y)) => (EqInt x y);
    not_lt_int:             (NotBool (LtInt x y)) => (LeInt y x);
    not_le_int:             (NotBool (LeInt x y)) => (LtInt y x);
};

/// What a select of a known outcome, or of one value, gives.
fn selected(trace: &Trace, select: &Inst) -> Option<Fold> {
    let chosen = match trace.as_const(select.a) {
        Some(Const::Bool(true)) => select.b,
        Some(Const::Bool(false)) => select.c,
        _ if select.b == select.c => select.b,
        _ => return None,
    };
    Some(Fold::Value(chosen))
}

const fn select_known(name: &'static str, op: Op) -> Rule {
    let law = "what is chosen by a known condition, or from one value twice, is known";
    Rule { name, stage: Stage::Fold, how: Code { op, law, apply: selected } }
}

/// A choice that is none.
pub(super) const SELECT_RULES: &[Rule] = &[
    select_known("select_int_known", Op::SelectInt),
    select_known("select_float_known", Op::SelectFloat),
    select_known("select_bool_known", Op::SelectBool),
];
