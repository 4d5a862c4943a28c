//! Tests the stronger of two guards where the weaker one stands, and so just one.
//!
//! ```text
//! guard.truthy %4 -> s1                     %5: int = guard.int %4 -> s1
//! %5: int = guard.int %4 -> s2              ...
//! ...                                       %7: bool = ult.int 2, %6
//! %7: bool = ult.int 0, %6             =>   guard.true %7 -> s3
//! guard.true %7 -> s3
//! ...
//! %9: bool = ult.int 2, %6
//! guard.true %9 -> s4
//! ```
//!
//! **Why it is sound.** Where the later guard fails, the trace now leaves sooner, through the snapshot of the earlier one, and
//! the interpreter does what lies between. A snapshot is the whole state at its guard, whatever makes it leave. Hence neither
//! effects between the two nor other exits matter, as long as what is tested is the same at both places: values, and of
//! objects only what never changes. The one exception are guards that ask whether a call threw: they leave to before the
//! call, which must not be made twice if it did not.
//!
//! **What is strengthened.** Checks, which hardly ever fail: types of values, and indexes of one array, a constant apart. The
//! least index is known not to be negative, because it is a constant or has been checked; then those between it and the
//! greatest are in bounds if the greatest is.
//!
//! **What is not.** Comparisons that the program makes: which of them is the loop's own exit, or goes one way in every other
//! round, cannot be told, and what lies between would be interpreted each time. For the same reason a bounds check of what the
//! next round begins with stays where it is: `for x in list` ends with it.
//!
//! Linear, but for sorting the bounds checks. After "guard strengthening" in Ardö, Bolz, Fijałkowski, "Loop-Aware Optimizations in
//! PyPy's Tracing JIT", 2012, and Bebenita et al., "SPUR", 2010.

use pseudo_vm::faults::{self, Fault};

use rustc_hash::FxHashMap;

use super::Context;
use super::cse::implied;
use super::memory::affine;
use super::rewrite::{Copier, Fate, rewrite};
use crate::ir::ops::{Effect, Op};
use crate::ir::trace::{Inst, SnapshotId, Trace};
use crate::ir::types::{Ref, Ty};

/// Offsets of indexes are below this, so that their differences and lengths don't wrap.
const OFFSET_MAX: u64 = 1 << 31;

/// What becomes of a guard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Change {
    /// It tests what the later one at this index does, of the same value.
    Tests(usize),
    /// The earlier one at this index has tested it.
    TestedAt(usize),
    /// It tests the index this much above its own.
    Above(i64),
    /// Its index lies between others that are tested.
    Between,
}

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    let mut changes = Vec::new();
    types(trace, &mut changes);
    bounds(trace, &mut changes);
    if changes.is_empty() {
        return false;
    }
    changes.sort_unstable_by_key(|&(index, _)| index);
    let stronger: Vec<Option<Inst>> = changes
        .iter()
        .map(|&(_, change)| match change {
            Change::Tests(later) => Some(trace.insts[later]),
            _ => None,
        })
        .collect();
    let mut changes = changes.into_iter().zip(stronger).peekable();
    rewrite(trace, context.scratch, |copier, index, inst| {
        let Some(((_, change), stronger)) = changes.next_if(|&((at, _), _)| at == index) else { return Fate::Keep };
        match (change, stronger) {
            (Change::Tests(_), Some(stronger)) => {
                Fate::Become(Inst { op: stronger.op, ty: stronger.ty, b: stronger.b, ..*inst })
            }
            (Change::TestedAt(earlier), _) if inst.ty != Ty::None => Fate::Is(copier.renamed(Ref::inst(earlier))),
            (Change::Above(distance), _) => raised(copier, inst, distance),
            _ => Fate::Drop,
        }
    })
}

/// A bounds check of a greater index.
fn raised(copier: &mut Copier<'_>, guard: &Inst, distance: i64) -> Fate {
    let (index, length) = match copier.trace.def(guard.a).and_then(|test| checked(copier.trace, test)) {
        Some(checked) => checked,
        None => return Fate::Keep,
    };
    let (base, offset) = affine(copier.trace, index);
    let above = copier.trace.int(offset + distance);
    let put = |copier: &mut Copier<'_>, op, ty, a, b| {
        let inst = Inst { op, ty, a, b, c: Ref::NONE, snapshot: SnapshotId::NONE, origin: guard.origin };
        copier.push(inst)
    };
    let index = if base == Ref::NONE { above } else { put(copier, Op::AddInt, Ty::Int, base, above) };
    let test = put(copier, Op::UltInt, Ty::Bool, index, length);
    Fate::Become(Inst { op: Op::GuardTrue, a: test, ..*guard })
}

/// Finds guards of types that a later one implies.
fn types(trace: &Trace, changes: &mut Vec<(usize, Change)>) {
    let mut weak: FxHashMap<Ref, usize> = FxHashMap::default();
    for (index, inst) in trace.insts.iter().enumerate() {
        match inst.op {
            // What is tested in front of the loop stays there.
            Op::Loop => weak.clear(),
            Op::GuardDefined | Op::GuardTruthy => {
                let by_call = trace.def(inst.a).is_some_and(|made| {
                    (made.op.may_refuse() || made.op.effect() == Effect::Alloc) && inst.op == Op::GuardDefined
                });
                if !by_call {
                    weak.entry(inst.a).or_insert(index);
                }
            }
            op if op.effect() == Effect::Guard && op.is_unboxing() => {
                if let Some(&earlier) = weak.get(&inst.a)
                    && implied(op).contains(&trace.insts[earlier].op)
                {
                    weak.remove(&inst.a);
                    changes.push((earlier, Change::Tests(index)));
                    changes.push((index, Change::TestedAt(earlier)));
                }
            }
            _ => {}
        }
    }
}

/// The index and the length that a bounds check compares.
fn checked(trace: &Trace, test: &Inst) -> Option<(Ref, Ref)> {
    let is_length = |value: Ref| trace.def(value).is_some_and(|length| matches!(length.op, Op::ArrLen | Op::StrLen));
    match test.op {
        Op::UltInt if is_length(test.b) => Some((test.a, test.b)),
        // What `0 < length` is folded to.
        Op::NeInt if is_length(test.a) && trace.as_int(test.b) == Some(0) => Some((test.b, test.a)),
        _ => None,
    }
}

/// A bounds check.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Check {
    in_loop: bool,
    length: Ref,
    /// The index, less a constant.
    base: Ref,
    /// The guard.
    guard: usize,
    /// The constant.
    offset: i64,
    /// Whether the next round begins with this index.
    of_next: bool,
}

/// Finds bounds checks that a later one, or two others, imply.
fn bounds(trace: &Trace, changes: &mut Vec<(usize, Change)>) {
    let start = trace.loop_start().unwrap_or(trace.insts.len());
    let mut checks: Vec<Check> = Vec::new();
    for (guard, inst) in trace.insts.iter().enumerate().filter(|(_, inst)| inst.op == Op::GuardTrue) {
        let Some((index, length)) = trace.def(inst.a).and_then(|test| checked(trace, test)) else { continue };
        let (base, offset) = affine(trace, index);
        if offset.unsigned_abs() < OFFSET_MAX {
            checks.push(Check { in_loop: guard > start, length, base, guard, offset, of_next: false });
        }
    }
    if checks.len() < 2 {
        return;
    }
    checks.sort_unstable();
    for checks in checks.chunk_by_mut(|a, b| (a.in_loop, a.length, a.base) == (b.in_loop, b.length, b.base)) {
        if checks.len() > 1 {
            mark_next(trace, start, checks);
            bounds_of_one(checks, changes);
        }
    }
}

/// Notes which checks are of what the next round begins with.
fn mark_next(trace: &Trace, start: usize, checks: &mut [Check]) {
    let phis = trace.insts.iter().skip(start + 1).take_while(|inst| inst.op == Op::Phi);
    for next in phis.filter(|phi| phi.ty == Ty::Int).map(|phi| affine(trace, phi.b)) {
        for check in checks.iter_mut() {
            check.of_next |= (check.base, check.offset) == next && check.base != Ref::NONE;
        }
    }
}

/// Those of one array whose indexes are a constant apart, in the order in which they stand.
fn bounds_of_one(checks: &[Check], changes: &mut Vec<(usize, Change)>) {
    // The least offset that is known not to be negative, and the greatest that is known to be in bounds.
    let mut least = (checks[0].base == Ref::NONE).then_some(0);
    let mut greatest = None;
    for (at, check) in checks.iter().enumerate() {
        let is_above = least.is_some_and(|least| least <= check.offset) || faults::on(Fault::StrengthenSign);
        if is_above && greatest.is_some_and(|greatest| check.offset <= greatest) {
            changes.push((check.guard, Change::Between));
            continue;
        }
        let later = checks[at + 1..].iter().filter(|later| !later.of_next).map(|later| later.offset).max();
        match later.filter(|&later| is_above && later > check.offset) {
            Some(later) => {
                let short = i64::from(faults::on(Fault::StrengthenShort));
                changes.push((check.guard, Change::Above(later - check.offset - short)));
                greatest = Some(later);
            }
            None => {
                least = Some(least.map_or(check.offset, |least: i64| least.min(check.offset)));
                greatest = Some(greatest.map_or(check.offset, |greatest: i64| greatest.max(check.offset)));
            }
        }
    }
}
