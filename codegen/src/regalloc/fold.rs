//! What one machine instruction can do of two or three IR instructions: loads that are read where they are needed, and
//! indexes whose constant part goes into the address.
//!
//! - A load with one user, which can take an operand from memory, is done by that user if nothing between the two may
//!   change what it reads, and no snapshot shows it. Then the user reads the load's operands.
//! - An index `x + c` or `x - c` that only loads and stores of elements use is no instruction: they read `x`, and the
//!   constant is part of the displacement. Addresses wrap as ints do.

use pseudo_trace::ir::ops::{Effect, Op};
use pseudo_trace::ir::storage::StorageInfo;
use pseudo_trace::ir::trace::{Inst, SnapshotId, Trace};
use pseudo_trace::ir::types::{Const, Ref};

use super::plan::{is_call, is_commutative, is_compare};

/// A load is moved so many instructions at most: what its address is made of has to live as long.
const REACH: usize = 24;

/// A load that its user does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Folded {
    /// The load.
    pub load: u32,
    /// Whether it is the first of the user's two operands.
    pub first: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Folds {
    /// For each instruction the load that it does itself. A guard with a comparison of its own stands for that one.
    pub loads: Vec<Option<Folded>>,
    /// For each load or store of an element the displacement in bytes, and the index without its constant part.
    pub indexes: Vec<Option<(Ref, i32)>>,
    /// Instructions that are part of others: no code is made for them.
    pub gone: Vec<bool>,
}

/// Uses of a value.
#[derive(Clone, Copy, Default)]
struct Uses {
    count: u32,
    /// Of these, as the index of an element that is read or written on the same side of the loop's head.
    indexes: u32,
    /// The last.
    user: u32,
    /// Read by a snapshot, a phi, or at the end.
    kept: bool,
}

/// Finds what can be folded. Of instructions that are not needed nothing is said.
pub fn folds(trace: &Trace, needed: &[bool], fused: &[bool], end_uses: &[Ref], sse41: bool) -> Folds {
    let len = trace.insts.len();
    let mut folds = Folds { loads: vec![None; len], indexes: vec![None; len], gone: vec![false; len] };
    if !trace.insts.iter().any(|inst| is_foldable(inst.op) || is_element(inst.op)) {
        return folds;
    }
    let uses = uses(trace, needed, end_uses);
    let head = trace.loop_start().unwrap_or(0);
    let same_side = |a: usize, b: usize| (a < head) == (b < head);
    // The last instruction before each that may write to elements, and the last call.
    let (mut written, mut called) = (0, 0);
    let mut user_of_compare = vec![None; len];
    for (at, inst) in trace.insts.iter().enumerate().filter(|&(at, _)| needed[at]) {
        if let Some(scale) = scale(inst.op)
            && let Some((index, disp)) = index(trace, inst.b, scale)
            && let Some(sum) = inst.b.inst_index()
            && uses[sum].count == uses[sum].indexes
            && !uses[sum].kept
        {
            folds.indexes[at] = Some((index, disp));
            folds.gone[sum] = true;
        }
        if fused[at] {
            user_of_compare[at] = (uses[at].count == 1).then_some(uses[at].user as usize);
        } else {
            // A guard does its comparison where it stands.
            let tests = matches!(inst.op, Op::GuardTrue | Op::GuardFalse);
            let compare = inst.a.inst_index().filter(|&compare| tests && user_of_compare[compare] == Some(at));
            let reader = compare.map_or(inst, |compare| &trace.insts[compare]);
            for (position, operand) in [reader.a, reader.b].into_iter().enumerate() {
                let Some(load) = operand.inst_index().filter(|_| takes_memory(reader.op, position, sse41)) else {
                    continue;
                };
                let op = trace.insts[load].op;
                let changed = if op.effect() == Effect::LoadElem { written.max(called) } else { called };
                if is_foldable(op)
                    && uses[load].count == 1
                    && !uses[load].kept
                    && same_side(load, at)
                    && changed <= load
                    && at - load <= REACH
                {
                    // Of two loads the later one.
                    let before = folds.loads[at].filter(|before| before.load as usize > load);
                    folds.loads[at] =
                        before.or(Some(Folded { load: load as u32, first: position == 0 && is_binary(reader.op) }));
                }
            }
            if let Some(folded) = folds.loads[at] {
                folds.gone[folded.load as usize] = true;
            }
        }
        match inst.op.effect() {
            Effect::StoreElem => written = at,
            Effect::Reserve | Effect::StoreLen => called = at,
            _ if is_call(trace, inst, sse41) => called = at,
            _ => {}
        }
    }
    folds
}

fn uses(trace: &Trace, needed: &[bool], end_uses: &[Ref]) -> Vec<Uses> {
    let mut uses = vec![Uses::default(); trace.insts.len()];
    let head = trace.loop_start().unwrap_or(0);
    for (at, inst) in trace.insts.iter().enumerate().filter(|&(at, inst)| needed[at] || inst.op == Op::Loop) {
        trace.for_each_operand(inst, |value| {
            if let Some(value) = value.inst_index() {
                let same_side = (value < head) == (at < head);
                let uses = &mut uses[value];
                uses.count += 1;
                uses.user = at as u32;
                uses.indexes +=
                    (scale(inst.op).is_some() && same_side && inst.b == Ref::inst(value) && inst.c != inst.b) as u32;
                uses.kept |= inst.op == Op::Phi;
            }
        });
        if shows(trace, inst) {
            for entry in &trace.snapshots[inst.snapshot.0 as usize].entries {
                if let Some(value) = Ref::from(entry.1).inst_index() {
                    uses[value].kept = true;
                }
            }
        }
    }
    for value in end_uses.iter().filter_map(|value| value.inst_index()) {
        if let Some(uses) = uses.get_mut(value) {
            uses.kept = true;
        }
    }
    uses
}

/// Whether an instruction has a snapshot: a guard, a call of a function, or a loop that says what it carries.
fn shows(trace: &Trace, inst: &Inst) -> bool {
    inst.op.has_state() || (inst.op == Op::Loop && (inst.snapshot.0 as usize) < trace.snapshots.len())
}

/// Bytes of an element of what an instruction reads or writes one of, its index being operand b.
fn scale(op: Op) -> Option<i64> {
    is_element(op).then(|| StorageInfo::of_op(op)).flatten().map(|info| info.storage.element_size() as i64)
}

fn is_element(op: Op) -> bool {
    matches!(op.effect(), Effect::LoadElem | Effect::StoreElem)
}

/// An index without its constant part, and that in bytes.
fn index(trace: &Trace, index: Ref, scale: i64) -> Option<(Ref, i32)> {
    let inst = &trace.insts[index.inst_index()?];
    let (value, constant, sign) = match inst.op {
        Op::AddInt if inst.a.const_index().is_some() => (inst.b, inst.a, scale),
        Op::AddInt => (inst.a, inst.b, scale),
        Op::SubInt => (inst.a, inst.b, -scale),
        _ => return None,
    };
    value.inst_index()?;
    let Const::Int(constant) = trace.consts[constant.const_index()?] else { return None };
    Some((value, i32::try_from(constant.checked_mul(sign)?).ok()?))
}

/// Loads that instructions do. Only guards look at bools.
fn is_foldable(op: Op) -> bool {
    matches!(op, Op::LoadBool | Op::LoadInt | Op::LoadFloat | Op::ArrLen | Op::RangeStart | Op::RangeEnd)
}

fn is_binary(op: Op) -> bool {
    is_compare(op) || is_commutative(op) || matches!(op, Op::SubInt | Op::SubFloat | Op::DivFloat)
}

/// Whether code for an operation may read this operand from memory.
fn takes_memory(op: Op, position: usize, sse41: bool) -> bool {
    match op {
        Op::SubInt | Op::SubFloat | Op::DivFloat => position == 1,
        // These compare the other way round.
        Op::LtFloat | Op::LeFloat => position == 0,
        Op::SameAny | Op::StrEq => false,
        Op::SqrtFloat | Op::IntToFloat | Op::FloatToInt | Op::GuardTrue | Op::GuardFalse => position == 0,
        Op::FloorFloat | Op::CeilFloat => position == 0 && sse41,
        _ => is_commutative(op) || is_compare(op),
    }
}

/// Says what is wrong with what was folded, if something is: looks at the trace alone, instruction by instruction.
pub fn check(trace: &Trace, loads: &[Option<Folded>]) -> Result<(), String> {
    for (at, folded) in loads.iter().enumerate() {
        let Some(folded) = folded else { continue };
        let load = folded.load as usize;
        let element = trace.insts[load].op.effect() == Effect::LoadElem;
        for between in load + 1..at {
            let op = trace.insts[between].op;
            let writes = match op.effect() {
                Effect::Call | Effect::Native | Effect::Kernel | Effect::Reserve | Effect::StoreLen => true,
                Effect::StoreElem => element,
                Effect::Structure => true,
                _ => false,
            };
            if writes {
                return Err(format!("%{at} does the load %{load}, behind {op:?} at %{between}"));
            }
        }
        let ends = trace.end.into_iter();
        let mut snapshots = trace.insts.iter().filter(|inst| shows(trace, inst)).map(|inst| inst.snapshot).chain(ends);
        let taken = Ref::inst(load);
        let is_taken = |snapshot: SnapshotId| {
            trace.snapshots[snapshot.0 as usize].entries.iter().any(|entry| Ref::from(entry.1) == taken)
        };
        if snapshots.any(is_taken) {
            return Err(format!("a snapshot shows the load %{load}, which %{at} does"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use pseudo_trace::ir::parse::parse;

    use super::*;

    #[test]
    fn a_load_that_must_not_move_is_found() {
        let text = "
            %0: any = slot r0
            %1: arr.int = guard.arr.int %0 -> s0
            %2: ptr = arr.data %1
            %3: int = load.int %2, 0
            store.int %2, 0, 7
            %5: int = load.int %2, 1
            guard.arr.int %0 -> s1
            %7: int = load.int %2, 2
            %8: int = add.int %3, 1
            %9: int = add.int %5, 1
            %10: int = add.int %7, 1
            snapshot s0 f0:4 base 0 {}
            snapshot s1 f0:4 base 0 { r1: %5 }
            snapshot s2 f0:5 base 0 { r0: %8, r1: %9, r2: %10 }
            link interpreter -> s2";
        let trace = parse(text).expect("a trace");
        for (load, user, right) in [(3, 8, false), (5, 9, false), (7, 10, true)] {
            let mut loads = vec![None; trace.insts.len()];
            loads[user] = Some(Folded { load, first: true });
            assert_eq!(check(&trace, &loads).is_ok(), right, "%{load}");
        }
    }
}
