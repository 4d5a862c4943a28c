//! Tests of the heap, most of them random operations beside a simple model. Everything is seeded.

mod arrays;
mod collector;
mod dicts;
mod strings;

use super::Heap;
use crate::value::Value;

/// Random numbers, splitmix64.
pub(super) struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// Rounds of a test; few where each step is slow.
pub(super) fn rounds(rounds: usize) -> usize {
    if cfg!(miri) { rounds / 100 + 1 } else { rounds }
}

/// Collects with these roots alone.
pub(super) fn collect(heap: &mut Heap, roots: &mut [Value]) {
    // SAFETY: the tests keep no reference but in their roots.
    unsafe { heap.collect(&mut |visit| roots.iter_mut().for_each(&mut *visit)) };
}

/// Collects both generations with these roots alone.
pub(super) fn collect_everything(heap: &mut Heap, roots: &mut [Value]) {
    // SAFETY: the tests keep no reference but in their roots.
    unsafe { heap.collect_everything(&mut |visit| roots.iter_mut().for_each(&mut *visit)) };
}

/// The text of a string.
pub(super) fn text(value: Value) -> String {
    value.as_string().expect("a string").as_str().to_owned()
}
