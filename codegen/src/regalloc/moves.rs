//! Puts moves that happen at once into an order in which they can be done one by one.
//!
//! A move whose destination no other move reads is free to go. When none is, what is left are cycles: one source is
//! copied to scratch, which frees the move into it. `rax` or `xmm15` break cycles, `rcx` carries what goes from memory
//! (or a constant) to memory. Quadratic in the number of moves, of which there are few.

use pseudo_snapshots::packed::Loc;
use pseudo_vm::faults::{self, Fault};

use super::registers::{RAX, RCX, SCRATCH_XMM};

/// Orders moves `(from, to)`. No two have the same destination. The result is done in order, and has no move between
/// two places in memory.
pub fn in_order(moves: &[(Loc, Loc)]) -> Vec<(Loc, Loc)> {
    let mut pending: Vec<(Loc, Loc)> = moves.iter().copied().filter(|(from, to)| from != to).collect();
    let mut ordered = Vec::new();
    while !pending.is_empty() {
        let free = pending.iter().position(|&(_, to)| pending.iter().all(|&(from, _)| from != to));
        if let Some(free) = free {
            let (from, to) = pending.swap_remove(free);
            if matches!(to, Loc::Spill(_)) && matches!(from, Loc::Spill(_) | Loc::Const(_)) {
                ordered.extend([(from, Loc::Gpr(RCX)), (Loc::Gpr(RCX), to)]);
            } else {
                ordered.push((from, to));
            }
        } else if faults::on(Fault::RegistersCycle) {
            ordered.push(pending.remove(0));
        } else {
            let cut = pending[0].0;
            let scratch = if matches!(cut, Loc::Xmm(_)) { Loc::Xmm(SCRATCH_XMM) } else { Loc::Gpr(RAX) };
            ordered.push((cut, scratch));
            for (from, _) in pending.iter_mut().filter(|(from, _)| *from == cut) {
                *from = scratch;
            }
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use rustc_hash::FxHashMap;

    use super::*;

    /// Places before and after, by running moves at once and one by one.
    fn check(moves: &[(Loc, Loc)]) {
        let mut state: FxHashMap<Loc, Loc> = FxHashMap::default();
        for (from, to) in in_order(moves) {
            let in_memory = |loc| matches!(loc, Loc::Spill(_));
            assert!(!(in_memory(from) && in_memory(to)), "{from:?} to {to:?}");
            let value = state.get(&from).copied().unwrap_or(from);
            state.insert(to, value);
        }
        for &(from, to) in moves {
            assert_eq!(state.get(&to).copied().unwrap_or(to), from, "{moves:?}");
        }
    }

    #[test]
    fn chains_swaps_cycles_and_fans() {
        let (g, x, s, k) = (Loc::Gpr, Loc::Xmm, Loc::Spill, Loc::Const);
        check(&[(g(6), g(7)), (g(7), g(8)), (g(8), s(0)), (s(0), s(1))]);
        check(&[(g(6), g(7)), (g(7), g(6))]);
        check(&[(x(0), x(1)), (x(1), x(2)), (x(2), x(0)), (g(6), g(7)), (g(7), g(6))]);
        check(&[(s(0), s(1)), (s(1), s(0))]);
        check(&[(s(0), x(1)), (x(1), s(0)), (k(3), x(2)), (k(3), s(5))]);
        check(&[(g(6), g(7)), (g(7), g(6)), (g(6), g(8)), (g(6), g(9))]);
        check(&[(g(6), g(6))]);
    }

    #[test]
    fn every_small_shuffle() {
        let places = [Loc::Gpr(6), Loc::Gpr(7), Loc::Spill(0), Loc::Spill(1), Loc::Gpr(8)];
        for code in 0..5usize.pow(5) {
            let moves: Vec<_> = (0..5).map(|to| (places[code / 5usize.pow(to) % 5], places[to as usize])).collect();
            check(&moves);
        }
    }
}
