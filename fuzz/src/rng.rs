//! Where the generator's choices come from: random numbers, bytes that a fuzzer makes up, or choices made before.
//!
//! All choices go through [`Rng::below`], so that a program is a function of a sequence of numbers. That is what lets one
//! generator serve runs from a seed and libFuzzer, and what [`crate::shrink`] makes smaller.
//!
//! Random numbers are xoshiro256**, its state four outputs of splitmix64, written out here, so that a seed gives the same
//! program in every version of every library. After David Blackman and Sebastiano Vigna, "Scrambled Linear Pseudorandom
//! Number Generators", 2018.

use std::collections::VecDeque;

/// A stream of choices.
#[derive(Clone, Debug)]
pub struct Rng {
    source: Source,
    /// The choices made so far, if they are kept.
    made: Option<Vec<u64>>,
}

#[derive(Clone, Debug)]
enum Source {
    /// The state of xoshiro256**.
    Random([u64; 4]),
    /// As many bytes as a choice needs are one; zeros behind the last.
    Bytes(VecDeque<u8>),
    /// Choices made before; zeros behind the last.
    Choices(VecDeque<u64>),
}

/// The next output of splitmix64, whose state is `state`.
pub fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The next output of xoshiro256**.
fn next_u64([s0, s1, s2, s3]: &mut [u64; 4]) -> u64 {
    let result = s1.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
    let t = *s1 << 17;
    *s2 ^= *s0;
    *s3 ^= *s1;
    *s1 ^= *s2;
    *s0 ^= *s3;
    *s2 ^= t;
    *s3 = s3.rotate_left(45);
    result
}

impl Rng {
    /// The random stream of a seed.
    pub fn new(seed: u64) -> Rng {
        let mut state = seed;
        Rng { source: Source::Random(std::array::from_fn(|_| splitmix64(&mut state))), made: None }
    }

    /// Choices by these bytes.
    pub fn of_bytes(bytes: &[u8]) -> Rng {
        Rng { source: Source::Bytes(bytes.iter().copied().collect()), made: None }
    }

    /// The same choices again.
    pub fn of_choices(choices: &[u64]) -> Rng {
        Rng { source: Source::Choices(choices.iter().copied().collect()), made: None }
    }

    /// Keeps the choices that are made from now on.
    pub fn keep_choices(mut self) -> Rng {
        self.made = Some(Vec::new());
        self
    }

    /// The choices that were kept.
    pub fn choices(&self) -> &[u64] {
        self.made.as_deref().unwrap_or_default()
    }

    /// A number below `bound`, which is not 0. The bias of the remainder is far below what a generator could notice.
    pub fn below(&mut self, bound: u64) -> u64 {
        let number = match &mut self.source {
            Source::Random(state) => next_u64(state) % bound,
            Source::Bytes(bytes) => {
                let count = (u64::BITS - (bound - 1).leading_zeros()).div_ceil(8) as usize;
                let taken = bytes.drain(..count.min(bytes.len()));
                taken.fold(0, |number, byte| number << 8 | u64::from(byte)) % bound
            }
            Source::Choices(choices) => choices.pop_front().unwrap_or_default().min(bound - 1),
        };
        if let Some(made) = &mut self.made {
            made.push(number);
        }
        number
    }

    /// An index of a slice of `len` elements, which is not 0.
    pub fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// A number in the closed interval.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    /// True once in so many times.
    pub fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    /// True in `percent` of a hundred cases.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `items`, which are not none.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.index(items.len())]
    }

    /// One of `items`, each as likely as its weight says.
    pub fn weighted<T: Copy>(&mut self, items: &[(u64, T)]) -> T {
        let total = items.iter().map(|(weight, _)| weight).sum();
        let mut at = self.below(total);
        for &(weight, item) in items {
            if at < weight {
                return item;
            }
            at -= weight;
        }
        unreachable!("`at` was below the sum of the weights")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_stream() {
        let (mut a, mut b) = (Rng::new(7), Rng::new(7));
        assert!((0..100).all(|_| a.below(u64::MAX) == b.below(u64::MAX)));
        assert_ne!(Rng::new(7).below(u64::MAX), Rng::new(8).below(u64::MAX));
    }

    #[test]
    fn the_stream_of_seed_zero_is_the_published_one() {
        // First output for a state filled by splitmix64 from 0, as other implementations give it.
        let mut state = 0;
        let mut state = std::array::from_fn(|_| splitmix64(&mut state));
        assert_eq!(next_u64(&mut state), 0x99EC_5F36_CB75_F2B4);
    }

    #[test]
    fn numbers_stay_in_their_bounds() {
        let mut rng = Rng::new(1);
        for _ in 0..1000 {
            assert!((-3..=4).contains(&rng.between(-3, 4)));
            assert!(rng.weighted(&[(0, 'a'), (3, 'b'), (1, 'c')]) != 'a');
        }
    }

    #[test]
    fn a_choice_takes_as_many_bytes_as_its_bound_needs() {
        let mut rng = Rng::of_bytes(&[7, 1, 2, 3, 4]);
        assert_eq!([rng.below(1), rng.below(5), rng.below(256), rng.below(1000)], [0, 2, 1, 515]);
        // One that is begun, and zeros.
        assert_eq!([rng.below(1 << 16), rng.below(9)], [4, 0]);
    }

    #[test]
    fn choices_can_be_made_again() {
        let mut first = Rng::new(3).keep_choices();
        let made: Vec<i64> = (2..40).map(|high| first.between(0, high)).collect();
        let mut again = Rng::of_choices(first.choices());
        assert_eq!((2..40).map(|high| again.between(0, high)).collect::<Vec<_>>(), made);
        assert_eq!(again.below(10), 0);
        assert_eq!(Rng::of_choices(&[50]).below(10), 9);
    }
}
