//! Counted loops whose bodies range analysis has something to say about.

use std::collections::BTreeMap;

use pseudo_snapshots::{Pc, Slot, Snapshot};
use pseudo_trace::ir::eval::{Machine, V};
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::{Link, Start, Trace};
use pseudo_trace::ir::types::{Ref, Ty};

use super::{Layout, Maker, machine};
use crate::random::Random;

/// A small loop that counts, from anywhere by any step, with tests of sums of the counter that mostly hold in the first
/// round: what the range analysis must get right near the ends of the ints.
pub fn random_counted_loop(random: &mut Random) -> (Trace, Layout, Machine) {
    const NEAR: &[i64] = &[0, 0, 1, -1, 5, i64::MAX, i64::MAX - 1, i64::MAX - 2, i64::MIN, i64::MIN + 1, 1 << 48];
    let layout = vec![Ty::Int, Ty::Int, Ty::ArrInt, Ty::Int, Ty::Int];
    let mut recorded = machine(random, &layout, None);
    let start = random.pick(NEAR);
    // A step or factor, and something that does not change.
    let factor = random.pick(&[1, 1, 2, 3, -1, -2, 0, 1 << 31, 1 << 40, i64::MIN, i64::MAX]);
    recorded.slots.insert(Slot::Stack(3), V::Int(factor));
    let other = random.pick(&[0, 0, 1, 5, 7, -3, 1 << 31, -(1 << 47), i64::MAX]);
    recorded.slots.insert(Slot::Stack(4), V::Int(other));
    recorded.slots.insert(Slot::Stack(0), V::Int(start));
    let near = random.pick(&[2, 3, -2, -3, 7]);
    recorded.slots.insert(Slot::Stack(1), V::Int(start.wrapping_add(near)));
    let mut trace = Trace::new(1, Start::Root, Pc { function: 0, at: 0 });
    trace.snapshots.push(Snapshot { pc: Pc { function: 0, at: 0 }, base: 0, entries: Vec::new() });
    let mut maker = Maker {
        random,
        recorded,
        trace,
        pools: BTreeMap::new(),
        state: BTreeMap::new(),
        snapshot: None,
        in_loop: false,
        trace_has_no_loop: false,
        changed: false,
        counter: None,
    };
    maker.make_counted(&layout, start);
    (maker.trace, layout, maker.recorded)
}

impl Maker<'_> {
    fn make_counted(&mut self, layout: &Layout, start: i64) {
        let values: Vec<Ref> = layout.iter().enumerate().map(|(at, &ty)| self.entry(at, ty)).collect();
        let length = self.put(Op::ArrLen, Ty::Int, values[2], Ref::NONE, Ref::NONE);
        self.put(Op::Loop, Ty::None, Ref::NONE, Ref::NONE, Ref::NONE);
        let first = if self.random.one_in(2) { self.trace.int(start) } else { values[0] };
        let counter = self.put(Op::Phi, Ty::Int, first, first, Ref::NONE);
        self.state.insert(Slot::Stack(0), counter);
        // Another value that goes its own way.
        let beside = self.random.one_in(3).then(|| {
            let first = if self.random.one_in(2) { self.trace.int(0) } else { values[4] };
            let phi = self.put(Op::Phi, Ty::Int, first, first, Ref::NONE);
            self.state.insert(Slot::Stack(4), phi);
            phi
        });
        self.in_loop = true;
        let step = self.random.pick(&[1, 1, 1, -1, -1, 2, 3, -2, 1 << 30]);
        let step = if self.random.one_in(5) { values[3] } else { self.trace.int(step) };
        let next = self.put(Op::AddInt, Ty::Int, counter, step, Ref::NONE);
        if let Some(beside) = beside {
            let by = self.random.pick(&[1, 2, -1, 1 << 33]);
            let by = if self.random.one_in(3) { values[3] } else { self.trace.int(by) };
            let mut after = self.put(Op::AddInt, Ty::Int, beside, by, Ref::NONE);
            if self.random.one_in(2) {
                after = self.bits_of(after);
            }
            self.trace.insts[beside.0 as usize].b = after;
        }
        for _ in 0..1 + self.random.below(5) {
            let offset = self.random.pick(&[0, 0, 0, 1, -1, 2, -3, i64::MAX]);
            let offset = self.trace.int(offset);
            let a = if self.random.one_in(3) { next } else { counter };
            let a = match self.random.below(8) {
                0 => {
                    let factor = self.random.pick(&[2, 3, -1, 1 << 40]);
                    let factor = if self.random.one_in(2) { values[3] } else { self.trace.int(factor) };
                    self.put(Op::MulInt, Ty::Int, a, factor, Ref::NONE)
                }
                1 => {
                    let product = self.put(Op::MulInt, Ty::Int, a, values[3], Ref::NONE);
                    self.put(Op::AddInt, Ty::Int, product, values[4], Ref::NONE)
                }
                2 => self.put(Op::AddInt, Ty::Int, a, values[4], Ref::NONE),
                3 => self.put(Op::SubInt, Ty::Int, values[4], a, Ref::NONE),
                4 => beside.unwrap_or(a),
                _ => a,
            };
            if self.random.one_in(3) {
                self.test_bits(a);
                continue;
            }
            let a = if self.trace.as_int(offset) == Some(0) {
                a
            } else {
                self.put(Op::AddInt, Ty::Int, a, offset, Ref::NONE)
            };
            let near = start.wrapping_add(self.random.below(12) as i64 - 6);
            let b = [values[1], length, self.trace.int(near)][self.random.below(3)];
            let b = if self.random.one_in(4) {
                let one = self.trace.int(-1);
                self.put(Op::AddInt, Ty::Int, b, one, Ref::NONE)
            } else {
                b
            };
            let op = self.random.pick(&[Op::LtInt, Op::LtInt, Op::LeInt, Op::NeInt, Op::EqInt, Op::UltInt, Op::UltInt]);
            let (a, b) = if op != Op::UltInt && self.random.one_in(2) { (b, a) } else { (a, b) };
            let test = self.put(op, Ty::Bool, a, b, Ref::NONE);
            self.guard_test(test);
            self.snapshot = None;
        }
        self.trace.insts[counter.0 as usize].b = next;
        self.trace.link = Link::Loop;
    }

    /// Some bits of an int, in other places or with others.
    fn bits_of(&mut self, mut a: Ref) -> Ref {
        for _ in 0..1 + self.random.below(3) {
            let op =
                self.random.pick(&[Op::AndInt, Op::AndInt, Op::OrInt, Op::ShlInt, Op::ShrInt, Op::MulInt, Op::ModInt]);
            let b = match op {
                Op::ShlInt | Op::ShrInt => self.random.pick(&[1, 2, 4, 61]),
                _ => self.random.pick(&[1, 2, 3, 4, 6, 7, 8, 12, 15, 16, 255, 256, -4, -8]),
            };
            let b = self.trace.int(b);
            a = self.put(op, Ty::Int, a, b, Ref::NONE);
        }
        a
    }

    /// A test of some bits of an int, and others of it that are there when the trace is left.
    fn test_bits(&mut self, a: Ref) {
        let bits = self.bits_of(a);
        let now = self.int_now(bits).unwrap_or(0);
        let near = self.random.pick(&[now, now, now, 0, 1, now.wrapping_add(1), 16]);
        let near = self.trace.int(near);
        let op = self.random.pick(&[Op::EqInt, Op::EqInt, Op::NeInt, Op::UltInt, Op::LtInt]);
        let test = self.put(op, Ty::Bool, bits, near, Ref::NONE);
        self.guard_test(test);
        for slot in 5..7 {
            let of = if self.random.one_in(2) { bits } else { a };
            let others = self.bits_of(of);
            self.state.insert(Slot::Stack(slot), others);
        }
        self.snapshot = None;
    }
}
