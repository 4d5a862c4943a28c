//! What a loop of many rounds comes to, computed without its rounds: the arithmetic behind closed forms. All results are
//! exact modulo 2^64. The evaluator and compiled code call the same functions.

/// A number of rounds that is never used up.
const FOR_EVER: u64 = i64::MAX as u64;

/// In how many rounds a number is not above a bound, if it begins at `at` and advances by `step`; rounds in which it
/// would leave the unsigned range count no more. At most 2^63 - 1.
pub fn rounds_within(at: u64, bound: u64, step: i64) -> u64 {
    if at > bound {
        return 0;
    }
    let way = match step {
        0 => return FOR_EVER,
        1.. => bound - at,
        _ => at,
    };
    // The first round counts without a step.
    (way / step.unsigned_abs()).saturating_add(1).min(FOR_EVER)
}

/// The same with a number that is to be below a bound.
pub fn rounds_below(at: u64, bound: u64, step: i64) -> u64 {
    if bound == 0 { 0 } else { rounds_within(at, bound - 1, step) }
}

/// Largest lower number of a binomial coefficient that [`binom`] computes: twice the powers of two in its factorial fit
/// beside 64 bits.
pub const BINOM_MAX: u32 = 12;

/// `n` over `m`, modulo 2^64. With `m!` as `2^e * odd`, the product of `m` factors from `n` down is divided by `2^e` with
/// bits to spare, then by the odd part through its inverse.
///
/// # Panics
///
/// If `m` is above [`BINOM_MAX`].
pub fn binom(n: u64, m: u32) -> u64 {
    assert!(m <= BINOM_MAX, "a binomial coefficient of {m}");
    let (mut product, mut twos, mut odd) = (1u128, 0, 1u64);
    for factor in 0..u64::from(m) {
        if n < factor {
            return 0;
        }
        product = product.wrapping_mul(u128::from(n - factor));
        let divisor = factor + 1;
        twos += divisor.trailing_zeros();
        odd *= divisor >> divisor.trailing_zeros();
    }
    ((product >> twos) as u64).wrapping_mul(inverse(odd))
}

/// The inverse of an odd number modulo 2^64, by Newton's iteration: each step doubles the bits that are right.
fn inverse(odd: u64) -> u64 {
    let mut inverse = odd;
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(inverse)));
    }
    inverse
}

/// Largest matrix that [`linear`] takes.
pub const LINEAR_MAX: usize = 8;

/// The first entry of a vector that a square matrix was applied to `rounds` times. The numbers are the matrix, row by
/// row, then the vector. None if they are no such thing.
pub fn linear(rounds: u64, numbers: &[u64]) -> Option<u64> {
    let size = (1..=LINEAR_MAX).find(|size| size * (size + 1) == numbers.len())?;
    let (entries, start) = numbers.split_at(size * size);
    let mut matrix = [[0u64; LINEAR_MAX]; LINEAR_MAX];
    for (row, entries) in matrix.iter_mut().zip(entries.chunks_exact(size)) {
        row[..size].copy_from_slice(entries);
    }
    let mut vector = [0u64; LINEAR_MAX];
    vector[..size].copy_from_slice(start);
    let bits = u64::from(u64::BITS - rounds.leading_zeros());
    if rounds <= bits * (size as u64 + 1) {
        for _ in 0..rounds {
            vector = apply(&matrix, &vector, size);
        }
        return Some(vector[0]);
    }
    // The vector meets the powers of the matrix in some order: they commute.
    let mut left = rounds;
    while left != 0 {
        if left & 1 == 1 {
            vector = apply(&matrix, &vector, size);
        }
        left >>= 1;
        if left != 0 {
            matrix = square(&matrix, size);
        }
    }
    Some(vector[0])
}

type Matrix = [[u64; LINEAR_MAX]; LINEAR_MAX];

fn apply(matrix: &Matrix, vector: &[u64; LINEAR_MAX], size: usize) -> [u64; LINEAR_MAX] {
    let mut result = [0u64; LINEAR_MAX];
    for (entry, row) in result.iter_mut().zip(&matrix[..size]) {
        let products = row[..size].iter().zip(vector).map(|(a, b)| a.wrapping_mul(*b));
        *entry = products.fold(0, u64::wrapping_add);
    }
    result
}

fn square(matrix: &Matrix, size: usize) -> Matrix {
    let mut result = [[0u64; LINEAR_MAX]; LINEAR_MAX];
    for (into, row) in result.iter_mut().zip(&matrix[..size]) {
        for (&factor, other) in row[..size].iter().zip(matrix).filter(|(factor, _)| **factor != 0) {
            for (entry, b) in into[..size].iter_mut().zip(other) {
                *entry = entry.wrapping_add(factor.wrapping_mul(*b));
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_counted_as_a_loop_counts_them() {
        let edges = [0, 1, 2, 3, 5, 9, 10, 11, u64::MAX - 3, u64::MAX - 1, u64::MAX];
        for at in edges {
            for bound in edges {
                for step in [1, 2, 3, 7, -1, -2, -3, i64::MAX, i64::MIN] {
                    let mut value = i128::from(at);
                    let mut slow = 0;
                    while slow < 50 && (0..=i128::from(bound)).contains(&value) {
                        slow += 1;
                        value += i128::from(step);
                    }
                    let fast = rounds_within(at, bound, step);
                    assert!(if slow < 50 { fast == slow } else { fast >= 50 }, "{at} {bound} {step}: {fast}, {slow}");
                    assert_eq!(
                        rounds_below(at, bound, step),
                        if bound == 0 { 0 } else { rounds_within(at, bound - 1, step) }
                    );
                }
            }
        }
        assert_eq!((rounds_within(3, 3, 0), rounds_below(3, 3, 0), rounds_below(0, 0, 1)), (FOR_EVER, 0, 0));
        assert_eq!(rounds_within(0, u64::MAX, 1), FOR_EVER);
    }

    #[test]
    fn binomial_coefficients_follow_from_those_before() {
        for n in [0, 1, 2, 5, 13, 1000, (1 << 63) - 1, 1 << 63, u64::MAX - 1, 0x1234_5678_9abc_def0] {
            assert_eq!((binom(n, 0), binom(n, 1)), (1, n));
            for m in 1..=BINOM_MAX {
                assert_eq!(binom(n, m).wrapping_add(binom(n, m - 1)), binom(n + 1, m), "{n} over {m}");
            }
        }
        assert_eq!(binom(10, 4), 210);
        let product = 1_000_000_000_000_000u128 * 999_999_999_999_999;
        assert_eq!(binom(1_000_000_000_000_000, 2), (product / 2) as u64);
    }

    #[test]
    fn powers_of_matrices_are_what_applying_them_gives() {
        // x' = 3 x + y, y' = y + 7, with 1 beside them.
        let numbers = |x, y| [3, 1, 0, 0, 1, 7, 0, 0, 1, x, y, 1];
        let (mut x, mut y) = (5u64, 2u64);
        for rounds in 0..300 {
            assert_eq!(linear(rounds, &numbers(5, 2)), Some(x), "{rounds} rounds");
            (x, y) = (x.wrapping_mul(3).wrapping_add(y), y.wrapping_add(7));
        }
        assert_eq!(linear(7, &[1, 2, 3]), None);
        assert_eq!(linear(u64::MAX, &[3, 1]), Some(12_297_829_382_473_034_411));
    }
}
