//! Polynomials with wrapping coefficients in values of a trace.
//!
//! Sums and products of ints wrap modulo 2^64, which is a ring: polynomials may be added, multiplied and substituted as in
//! school. They are kept small: an operation whose result would have too many terms, or too high a degree, has none.

use std::collections::BTreeMap;

use crate::ir::types::Ref;

/// Terms of a polynomial at most.
const TERMS_MAX: usize = 48;
/// Factors of a term at most.
const DEGREE_MAX: usize = 10;

/// A product of values, ascending; the empty one is 1.
pub type Monomial = Vec<Ref>;

/// A sum of products.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Poly {
    terms: BTreeMap<Monomial, i64>,
}

impl Poly {
    /// A constant.
    pub fn constant(int: i64) -> Poly {
        Poly::term(Vec::new(), int)
    }

    /// A value.
    pub fn variable(value: Ref) -> Poly {
        Poly::term(vec![value], 1)
    }

    /// A product with a coefficient.
    pub fn term(monomial: Monomial, coefficient: i64) -> Poly {
        let mut poly = Poly::default();
        if coefficient != 0 {
            poly.terms.insert(monomial, coefficient);
        }
        poly
    }

    /// Its terms, ascending.
    pub fn terms(&self) -> impl Iterator<Item = (&Monomial, i64)> {
        self.terms.iter().map(|(monomial, &coefficient)| (monomial, coefficient))
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// Its value, if it is the same whatever its variables are.
    pub fn as_constant(&self) -> Option<i64> {
        match self.terms.len() {
            0 => Some(0),
            1 => self.terms.get([].as_slice()).copied(),
            _ => None,
        }
    }

    /// Its variables; one may come more than once.
    pub fn variables(&self) -> impl Iterator<Item = Ref> {
        self.terms.keys().flatten().copied()
    }

    /// Adds `factor` times another.
    pub fn add_scaled(&mut self, other: &Poly, factor: i64) -> Option<()> {
        for (monomial, &coefficient) in &other.terms {
            let sum = self.terms.entry(monomial.clone()).or_default();
            *sum = sum.wrapping_add(coefficient.wrapping_mul(factor));
        }
        self.terms.retain(|_, coefficient| *coefficient != 0);
        (self.terms.len() <= TERMS_MAX).then_some(())
    }

    /// The sum.
    pub fn plus(&self, other: &Poly) -> Option<Poly> {
        let mut sum = self.clone();
        sum.add_scaled(other, 1)?;
        Some(sum)
    }

    /// The difference.
    pub fn minus(&self, other: &Poly) -> Option<Poly> {
        let mut difference = self.clone();
        difference.add_scaled(other, -1)?;
        Some(difference)
    }

    /// The product.
    pub fn times(&self, other: &Poly) -> Option<Poly> {
        let mut product = Poly::default();
        for (left, &a) in &self.terms {
            let mut row = Poly::default();
            for (right, &b) in &other.terms {
                if left.len() + right.len() > DEGREE_MAX {
                    return None;
                }
                let mut monomial = left.clone();
                monomial.extend_from_slice(right);
                monomial.sort_unstable();
                row.add_scaled(&Poly::term(monomial, a.wrapping_mul(b)), 1)?;
            }
            product.add_scaled(&row, 1)?;
        }
        Some(product)
    }

    /// What it becomes with polynomials in the place of its variables.
    pub fn substituted(&self, mut value: impl FnMut(Ref) -> Option<Poly>) -> Option<Poly> {
        let mut result = Poly::default();
        for (monomial, &coefficient) in &self.terms {
            let mut product = Poly::constant(coefficient);
            for &variable in monomial {
                product = product.times(&value(variable)?)?;
            }
            result.add_scaled(&product, 1)?;
        }
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn x() -> Poly {
        Poly::variable(Ref(1))
    }

    #[test]
    fn arithmetic_is_that_of_a_ring() {
        let one = Poly::constant(1);
        let sum = x().plus(&one).unwrap();
        let square = sum.times(&sum).unwrap();
        let expected: Vec<(Monomial, i64)> = vec![(vec![], 1), (vec![Ref(1)], 2), (vec![Ref(1), Ref(1)], 1)];
        assert_eq!(square.terms().map(|(monomial, c)| (monomial.clone(), c)).collect::<Vec<_>>(), expected);
        assert!(sum.minus(&sum).unwrap().is_zero());
        assert_eq!(sum.minus(&x()).unwrap().as_constant(), Some(1));
        let doubled = Poly::term(vec![Ref(1)], 1 << 63).plus(&Poly::term(vec![Ref(1)], i64::MIN)).unwrap();
        assert!(doubled.is_zero(), "2^64 is 0");
    }

    #[test]
    fn substitution_replaces_every_factor() {
        let square = x().times(&x()).unwrap();
        let next = square.substituted(|_| x().plus(&Poly::constant(3))).unwrap();
        let difference = next.minus(&square).unwrap();
        assert_eq!(difference, Poly::term(vec![Ref(1)], 6).plus(&Poly::constant(9)).unwrap());
    }

    #[test]
    fn what_grows_too_large_is_given_up() {
        let mut power = x();
        for _ in 1..DEGREE_MAX {
            power = power.times(&x()).unwrap();
        }
        assert_eq!(power.times(&x()), None);
    }
}
