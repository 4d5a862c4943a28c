//! Whether a side trace that goes back to its loop's head brings what the loop itself would have brought.
//!
//! A loop may have lost bounds checks on the strength of how its phis advance, each by its step from round to round, as long
//! as the guards that limit them pass ([`Trace::relies`]). Whoever goes to its head must not bring any other values: each
//! such phi must have advanced by its step, and what limits it must have been tested for the round that was left, either
//! before the exit or in the side trace.
//!
//! Values are told apart by where they come from, through the snapshots of all exits on the way: a phi of the loop, or a
//! slot that nobody has written since the loop was entered, plus a constant.

use pseudo_snapshots::Slot;
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::{Start, Trace};
use pseudo_trace::ir::types::Ref;
use pseudo_trace::opt::range;

use super::Installed;

/// Where a value comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Source {
    /// Nowhere: it is the constant.
    Nothing,
    /// A phi of the loop.
    Phi(Ref),
    /// A slot as the loop found it.
    Slot(Slot),
    /// Some other value from before the loop.
    Before(Ref),
}

/// A source and what is added to it.
type Value = (Source, i64);

/// What a guard has shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shown {
    Less(Value, Value),
    NotGreater(Value, Value),
    Different(Value, Value),
}

/// Whether a side trace that ends at the head of the loop of `root` brings values that the loop may rely on.
pub(super) fn keeps_pace(traces: &[Option<Installed>], side: &Trace, root: &Trace) -> bool {
    Pace { traces, root }.is_kept(side).unwrap_or(false)
}

struct Pace<'t> {
    traces: &'t [Option<Installed>],
    root: &'t Trace,
}

impl Pace<'_> {
    fn is_kept(&self, side: &Trace) -> Option<bool> {
        let head = self.root.insts[self.root.loop_start()?].snapshot;
        let head = self.root.snapshots.get(head.0 as usize)?;
        let end = &side.snapshots[side.end?.0 as usize];
        for &phi in &self.root.relies {
            let (slot, _) = head.entries.iter().find(|&&(_, value)| Ref::from(value) == phi)?;
            let brought = self.value(side, end.get(*slot)?.into())?;
            let (source, step) = self.value(self.root, self.root.def(phi)?.b)?;
            if source != Source::Phi(phi) || brought != (source, step) {
                return Some(false);
            }
        }
        // From the side trace up to the loop: what has been shown on the way.
        let mut shown = Vec::new();
        self.collect(side, side.insts.len(), &mut shown);
        let mut start = side.start;
        let left_at = loop {
            let Start::Exit { parent, exit } = start else { return None };
            let parent = self.traces[parent as usize].as_ref()?;
            let left_at = parent.code.exits[exit as usize].inst as usize;
            if parent.trace.number == self.root.number {
                break left_at;
            }
            self.collect(&parent.trace, left_at, &mut shown);
            start = parent.trace.start;
        };
        // Guards may share an exit, of which the first is known: those behind may not have passed.
        let mut open = range::limits(self.root).into_iter().filter(|&guard| guard >= left_at);
        Some(open.all(|guard| self.shown(self.root, guard).is_some_and(|shows| shown.contains(&shows))))
    }

    fn collect(&self, trace: &Trace, until: usize, shown: &mut Vec<Shown>) {
        shown.extend((0..until.min(trace.insts.len())).filter_map(|guard| self.shown(trace, guard)));
    }

    /// What a guard shows.
    fn shown(&self, trace: &Trace, guard: usize) -> Option<Shown> {
        let guard = &trace.insts[guard];
        let holds = match guard.op {
            Op::GuardTrue => true,
            Op::GuardFalse => false,
            _ => return None,
        };
        let test = trace.def(guard.a)?;
        if !matches!(test.op, Op::LtInt | Op::LeInt | Op::EqInt | Op::NeInt) {
            return None;
        }
        let (a, b) = (self.value(trace, test.a)?, self.value(trace, test.b)?);
        match (test.op, holds) {
            (Op::LtInt, true) => Some(Shown::Less(a, b)),
            (Op::LtInt, false) => Some(Shown::NotGreater(b, a)),
            (Op::LeInt, true) => Some(Shown::NotGreater(a, b)),
            (Op::LeInt, false) => Some(Shown::Less(b, a)),
            (Op::NeInt, true) | (Op::EqInt, false) => Some(Shown::Different(a.min(b), a.max(b))),
            _ => None,
        }
    }

    /// Where a value of the loop, or of a trace on the way from it, comes from.
    fn value<'t>(&'t self, mut trace: &'t Trace, mut value: Ref) -> Option<Value> {
        let mut sum = 0i64;
        loop {
            if let Some(int) = trace.as_int(value) {
                return Some((Source::Nothing, sum.wrapping_add(int)));
            }
            let inst = trace.def(value)?;
            match inst.op {
                Op::AddInt => {
                    sum = sum.wrapping_add(trace.as_int(inst.b)?);
                    value = inst.a;
                }
                Op::Inherit => {
                    let Start::Exit { parent, exit } = trace.start else { return None };
                    let parent = self.traces[parent as usize].as_ref()?;
                    let snapshot = parent.code.exits[exit as usize].snapshot;
                    value = parent.trace.snapshots[snapshot.0 as usize].entries.get(inst.a.0 as usize)?.1.into();
                    trace = &parent.trace;
                }
                Op::GuardInt => {
                    let of = trace.def(inst.a)?;
                    match of.op {
                        Op::Slot => return Some((Source::Slot(of.slot()), sum)),
                        Op::BoxInt => value = of.a,
                        Op::Inherit => value = inst.a,
                        _ => return self.is_before(trace, value).then_some((Source::Before(value), sum)),
                    }
                }
                Op::BoxInt => value = inst.a,
                Op::Phi if trace.number == self.root.number => return Some((Source::Phi(value), sum)),
                _ => return self.is_before(trace, value).then_some((Source::Before(value), sum)),
            }
        }
    }

    fn is_before(&self, trace: &Trace, value: Ref) -> bool {
        let start = if trace.number == self.root.number { trace.loop_start() } else { None };
        value.inst_index().zip(start).is_some_and(|(index, start)| index < start)
    }
}
