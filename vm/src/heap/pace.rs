//! How much is allocated until the next collection, of the nursery and of the old generation.
//!
//! A small nursery stays in the processor's cache, and most programs need no other: what they allocate is dead by the
//! next collection, which then costs next to nothing. It grows where that is not so: where much survives, since what
//! lives a little longer would otherwise become old for no reason, and where there are many roots to look at.
//! Buffers outside the moving heap count as much as what lies in it: the elements of an array of a few words may be many,
//! and go only when the array goes.

/// Bytes of a nursery chunk, the least that the nursery has.
pub const CHUNK: usize = 256 << 10;
/// Chunks of the nursery at most, unless the roots are many.
const MOST_CHUNKS: usize = 16;
/// The same if they are.
const MOST_CHUNKS_FOR_ROOTS: usize = 256;
/// The nursery is so many times as large as the roots, up to [`MOST_CHUNKS`], and then as large as they are.
const BYTES_FOR_ROOTS: usize = 4;
/// If more than one in so many bytes survives, the nursery doubles.
const SURVIVAL_TO_GROW: usize = 8;
/// If less than one in so many does, it halves.
const SURVIVAL_TO_SHRINK: usize = 32;
/// How many bytes of buffers are allocated for each byte that the nursery has before it is collected, full or not.
const BUFFERS_FOR_NURSERY: usize = 2;
/// The old generation and the buffers grow by so much at least before they are collected.
const SMALLEST_GROWTH: usize = 2 << 20;

/// How large the nursery is to be.
#[derive(Debug)]
pub(super) struct Pace {
    chunks_by_survival: usize,
    chunks_by_roots: usize,
}

impl Pace {
    pub(super) fn new() -> Pace {
        Pace { chunks_by_survival: 1, chunks_by_roots: 1 }
    }

    /// Chunks to be filled before a collection is asked for.
    pub(super) fn chunks(&self) -> usize {
        self.chunks_by_survival.max(self.chunks_by_roots)
    }

    /// Bytes of buffers to be allocated before one is asked for.
    pub(super) fn buffer_bytes(&self) -> usize {
        BUFFERS_FOR_NURSERY * self.chunks() * CHUNK
    }

    /// Learns that of so many young bytes so many have survived.
    pub(super) fn survived(&mut self, young: usize, survivors: usize) {
        if young < CHUNK / 2 {
            // Collected for the sake of buffers, or under stress: too little to judge by.
            return;
        }
        if survivors > young / SURVIVAL_TO_GROW {
            self.chunks_by_survival = (2 * self.chunks_by_survival).min(MOST_CHUNKS);
        } else if survivors < young / SURVIVAL_TO_SHRINK {
            self.chunks_by_survival = (self.chunks_by_survival / 2).max(1);
        }
    }

    /// Learns how many bytes of roots the next collections will look at, and how much memory is left.
    pub(super) fn expect_roots(&mut self, bytes: usize, room: usize) {
        // A collection copies what survives: there must be room for the nursery twice.
        let most = (room / (2 * CHUNK)).clamp(MOST_CHUNKS, MOST_CHUNKS_FOR_ROOTS);
        let wanted = bytes.max((BYTES_FOR_ROOTS * bytes).min(MOST_CHUNKS * CHUNK));
        self.chunks_by_roots = (wanted / CHUNK).clamp(1, most);
    }
}

/// How many bytes the old generation and the buffers are to have when they are collected next, if so many are alive.
pub(super) fn next_major(live: usize) -> usize {
    live + live.max(SMALLEST_GROWTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nursery_grows_while_much_survives_and_shrinks_again() {
        let mut pace = Pace::new();
        for chunks in [2, 4, 8, 16, 16] {
            pace.survived(pace.chunks() * CHUNK, pace.chunks() * CHUNK / 2);
            assert_eq!(pace.chunks(), chunks);
        }
        // Neither much nor little.
        pace.survived(16 * CHUNK, CHUNK);
        assert_eq!(pace.chunks(), 16);
        for chunks in [8, 4, 2, 1, 1] {
            pace.survived(pace.chunks() * CHUNK, 100);
            assert_eq!(pace.chunks(), chunks);
        }
        // A few bytes tell nothing.
        pace.survived(100, 100);
        assert_eq!(pace.chunks(), 1);
    }

    #[test]
    fn a_deep_stack_makes_the_nursery_large_as_far_as_there_is_room() {
        let mut pace = Pace::new();
        let room = 1 << 40;
        for (roots, chunks) in [(0, 1), (CHUNK, 4), (8 * CHUNK, 16), (20 * CHUNK, 20), (1 << 30, 256)] {
            pace.expect_roots(roots, room);
            assert_eq!(pace.chunks(), chunks, "{roots}");
        }
        pace.expect_roots(1 << 30, 100 * CHUNK);
        assert_eq!(pace.chunks(), 50);
        pace.expect_roots(1 << 30, 0);
        assert_eq!(pace.chunks(), 16);
        pace.expect_roots(0, 0);
        assert_eq!(pace.chunks(), 1);
    }

    #[test]
    fn the_old_generation_doubles_unless_it_is_small() {
        assert_eq!(next_major(0), SMALLEST_GROWTH);
        assert_eq!(next_major(100 << 20), 200 << 20);
    }
}
