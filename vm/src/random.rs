//! The sequence behind `random` and `randint`: xoshiro256**, its state four outputs of splitmix64.
//!
//! After David Blackman and Sebastiano Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47, 2021.

use std::time::{SystemTime, UNIX_EPOCH};

/// The state of the sequence.
#[derive(Clone, Debug)]
pub struct Random {
    state: [u64; 4],
}

/// A sequence that differs from run to run.
impl Default for Random {
    fn default() -> Random {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        Random::seeded(now as u64)
    }
}

impl Random {
    /// The sequence of a seed, the same everywhere.
    pub fn seeded(seed: u64) -> Random {
        let mut counter = seed;
        let state = std::array::from_fn(|_| {
            counter = counter.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (counter ^ (counter >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^ (mixed >> 31)
        });
        Random { state }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// The next float in [0, 1).
    pub fn next_float(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// The next int from `low` to `high`, both included. `low` must not be above `high`.
    pub fn next_int(&mut self, low: i64, high: i64) -> i64 {
        debug_assert!(low <= high, "no int from {low} to {high}");
        let count = (high.wrapping_sub(low) as u64).wrapping_add(1);
        let next = self.next_u64();
        // A count of 2^64 has wrapped to zero: then every int will do.
        low.wrapping_add(next.checked_rem(count).unwrap_or(next) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_of_a_seed_is_fixed() {
        // splitmix64 from 0 and from 1234567 is published with the generator.
        assert_eq!(Random::seeded(0).state[0], 0xE220_A839_7B1D_CDAF);
        assert_eq!(
            Random::seeded(1_234_567).state,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431
            ]
        );
        // The first outputs of xoshiro256** from the state 1, 2, 3, 4.
        let mut random = Random { state: [1, 2, 3, 4] };
        let first: Vec<u64> = (0..4).map(|_| random.next_u64()).collect();
        assert_eq!(first, [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240]);
    }

    #[test]
    fn results_are_in_range() {
        let mut random = Random::seeded(7);
        for _ in 0..1000 {
            assert!((0.0..1.0).contains(&random.next_float()));
            assert!((-3..=3).contains(&random.next_int(-3, 3)));
            assert_eq!(random.next_int(5, 5), 5);
            random.next_int(i64::MIN, i64::MAX);
        }
    }
}
