//! Random numbers for tests (xorshift): seeds stay what they are.

/// A generator.
pub struct Random(u64);

impl Random {
    /// One that begins with a seed.
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// True once in so many times.
    pub fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    /// One of some things.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// An int: most are small, some lie at an edge.
    pub fn int(&mut self) -> i64 {
        const EDGES: &[i64] = &[i64::MAX, i64::MIN, -1, 63, 64, i64::MAX - 1, 1 << 47, -(1 << 47) - 1];
        if self.one_in(6) { self.pick(EDGES) } else { self.below(9) as i64 - 1 }
    }

    /// A float.
    pub fn float(&mut self) -> f64 {
        const EDGES: &[f64] = &[0.0, -0.0, 1.0, -1.0, 0.5, 2.0, f64::NAN, f64::INFINITY, 1e300, -3.75];
        self.pick(EDGES)
    }
}
