//! Keeps fields that a loop updates in registers.
//!
//! ```text
//! %1: obj = guard.shape %0, 7 -> s0              %1: obj = guard.shape %0, 7 -> s0
//! loop                                           %2: any = load.field %1, 16
//! ...                                            %3: int = guard.int %2 -> s0
//! %6: any = load.field %1, 16                    loop
//! %7: int = guard.int %6 -> s2            =>     %5: int = phi %3, %8
//! %8: int = add.int %7, %4                       ...
//! %9: any = box.int %8                           %8: int = add.int %5, %4
//! store.field %1, 16, %9                         ...
//! ...                                            snapshot s3 .. { .., o0/7: %0, o0.16: %8 }
//! ```
//!
//! The field of an instance that is the same in every round, and whose shape was guarded before the loop, becomes a phi. Its
//! writes are put off: every exit of the loop has them in its snapshot, which names the object and what its field holds by
//! then, and whoever restores the interpreter's state writes the field. So a write in a loop is done once, behind it.
//!
//! That takes that nothing in the loop looks at the field in another way: no access that may meet it through another
//! object, or by its name ([`super::memory`]), no call that may read fields, and nothing that changes the shape by which
//! snapshots know it. A value that is boxed only for the field is carried unboxed if the loop guards its type where it reads it;
//! the guard then moves in front of the loop.
//!
//! After the promotion of memory to registers in loops (Cooper and Lu, "Register Promotion in C Programs", PLDI 1997), with
//! snapshots in place of stores at the exits.

use pseudo_snapshots::Slot;
use pseudo_vm::faults::{self, Fault};
use rustc_hash::FxHashMap;

use super::Context;
use super::boxes::{boxing, unbox_snapshots, unboxed, unboxed_constant};
use super::memory::{Access, Kind, Meet, access, changes_shape, meet, reads_fields};
use super::rewrite::{Copier, Fate, rewrite};
use crate::ir::ops::{Effect, Op};
use crate::ir::trace::{Inst, SnapshotId, Trace};
use crate::ir::types::{Const, Ref, Ty};

/// Fields that are promoted in one loop, at most: each takes a register.
const FIELDS_MAX: usize = 16;

/// A field that becomes a phi.
#[derive(Clone, Copy, Debug)]
struct Field {
    access: Access,
    shape: u32,
    offset: u32,
    /// The instance, as of before the loop.
    instance: Ref,
    /// The boxed value that is the instance, and its number in snapshots.
    object: (Ref, u16),
    /// The guard of the type that the loop expects of it.
    guard: Option<Op>,
    /// What the field holds at the end of a round, in the old trace.
    last: Ref,
    /// What it holds at this point of the copy.
    now: Ref,
}

/// What the loop does to fields.
#[derive(Default, Debug)]
struct Plan {
    fields: Vec<Field>,
    /// Which field an instruction reads or writes.
    accesses: FxHashMap<usize, usize>,
    /// Instances that are written to all the same.
    kept: Vec<Ref>,
}

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    let Some(start) = trace.loop_start() else { return false };
    let body = &trace.insts[start + 1..];
    let writes = body.iter().any(|inst| inst.op == Op::StoreField);
    let shapes_change = body.iter().any(|inst| changes_shape(trace, inst));
    if !writes
        || shapes_change
        || trace.snapshots.is_empty()
        || body.iter().any(|inst| reads_fields(inst, context.effects))
    {
        return false;
    }
    let after_phis = start + 1 + body.iter().take_while(|inst| inst.op == Op::Phi).count();
    let Some(mut plan) = find(trace, start) else { return false };
    if plan.fields.is_empty() {
        return false;
    }
    for field in &mut plan.fields {
        find_type(trace, start, field);
    }
    let head = trace.insts[start].snapshot;
    let useless: Vec<bool> = trace.insts.iter().map(|inst| is_useless_barrier(trace, inst, &plan)).collect();
    let mut pending: FxHashMap<SnapshotId, Vec<Ref>> = FxHashMap::default();
    rewrite(trace, context.scratch, |copier, index, inst| {
        if index == start {
            plan.fields.iter_mut().for_each(|field| load(copier, field));
        }
        if index == after_phis {
            for field in &mut plan.fields {
                // The copier renames `b` at the end.
                let ty = copier.trace.ty(field.now);
                field.now = copier.push(Inst::new(Op::Phi, ty, field.now, field.last, Ref::NONE));
            }
            pending.insert(head, held(copier.trace, &plan));
        }
        if useless[index] {
            return Fate::Drop;
        }
        if index < after_phis {
            return Fate::Keep;
        }
        if let Some(&field) = plan.accesses.get(&index) {
            return through(copier, &mut plan.fields[field].now, inst);
        }
        if inst.op.is_guard() {
            // The storage of an array may have changed since it was boxed; types that can be carried unboxed stay.
            let inner = boxing(inst.ty).and_then(|_| unboxed(copier.trace, inst.a));
            if let Some(value) = inner.filter(|&value| copier.trace.ty(value) == inst.ty) {
                return Fate::Is(value);
            }
            pending.entry(inst.snapshot).or_insert_with(|| held(copier.trace, &plan));
        }
        Fate::Keep
    });
    pending.remove(&SnapshotId::NONE);
    for (id, values) in pending {
        let entries = &mut trace.snapshots[id.0 as usize].entries;
        for (field, value) in plan.fields.iter().zip(values) {
            let (object, number) = field.object;
            let named = (Slot::Object(number, field.shape), object.into());
            let written = (Slot::Field(number, field.offset as u16), value.into());
            for entry in [named, written] {
                if let Err(place) = entries.binary_search_by_key(&entry.0, |entry| entry.0) {
                    entries.insert(place, entry);
                }
            }
        }
    }
    unbox_snapshots(trace);
    true
}

/// The fields that can be promoted. None if there is an access that nothing is known of.
fn find(trace: &Trace, start: usize) -> Option<Plan> {
    let mut accesses: Vec<(usize, Access)> = Vec::new();
    for (index, inst) in trace.insts.iter().enumerate().skip(start + 1) {
        if matches!(inst.op.effect(), Effect::LoadField | Effect::StoreField) {
            accesses.push((index, access(trace, inst)?));
        }
    }
    let mut plan = Plan::default();
    let numbers = trace.snapshots.iter().flat_map(|snapshot| &snapshot.entries);
    let taken =
        numbers.filter_map(|&(slot, _)| if let Slot::Object(number, _) = slot { Some(number + 1) } else { None });
    let taken = taken.max().unwrap_or(0);
    for &(index, ref stored) in accesses.iter().rev() {
        let (Kind::Field { offset, .. }, Some(last)) = (stored.kind, stored.stored) else { continue };
        let meets: Vec<(usize, Meet)> =
            accesses.iter().map(|(other, access)| (*other, meet(trace, access, stored))).collect();
        let instance = trace.insts[index].a;
        let is_invariant = instance.inst_index().is_some_and(|instance| instance < start);
        let alone = meets.iter().all(|(_, meet)| *meet != Meet::May) || faults::on(Fault::PromoteAlias);
        let value = trace.def(instance)?.a;
        // Not that of the access, which tells nothing apart in a trace that adds fields: snapshots name it.
        let shape = super::memory::shape(trace, instance)?;
        if plan.accesses.contains_key(&index) {
            continue;
        }
        if !is_invariant || !alone || plan.fields.len() == FIELDS_MAX || trace.ty(value) != Ty::Any {
            plan.kept.push(stored.object);
            continue;
        }
        let known = plan.fields.iter().find(|field| field.object.0 == value && field.shape == shape);
        let number = known.map_or(taken + plan.fields.len() as u16, |field| field.object.1);
        let must = meets.iter().filter(|(_, meet)| *meet == Meet::Must);
        plan.accesses.extend(must.map(|&(other, _)| (other, plan.fields.len())));
        let object = (value, number);
        plan.fields.push(Field { access: *stored, shape, offset, instance, object, guard: None, last, now: Ref::NONE });
    }
    Some(plan)
}

/// Finds the type that the loop expects of a field at the start of a round, if the field has it at the end as well.
fn find_type(trace: &mut Trace, start: usize, field: &mut Field) {
    let is_access =
        |inst: &Inst| access(trace, inst).is_some_and(|other| meet(trace, &other, &field.access) == Meet::Must);
    let Some(first) = (start + 1..trace.insts.len()).find(|&index| is_access(&trace.insts[index])) else { return };
    let guards = |inst: &&Inst| inst.op.is_guard() && inst.a == Ref::inst(first) && boxing(inst.ty).is_some();
    let Some(guard) = trace.insts[first..].iter().find(guards).copied() else { return };
    let last = match trace.as_const(field.last) {
        Some(Const::Value(bits)) => unboxed_constant(trace, bits),
        _ => unboxed(trace, field.last),
    };
    if let Some(last) = last.filter(|&last| trace.ty(last) == guard.ty) {
        field.guard = Some(guard.op);
        field.last = last;
    }
}

/// Whether a barrier is that of an instance to which nothing is written any more.
fn is_useless_barrier(trace: &Trace, inst: &Inst, plan: &Plan) -> bool {
    if inst.op != Op::Barrier || trace.ty(inst.a) != Ty::Obj {
        return false;
    }
    let object = super::memory::object(trace, inst.a);
    !plan.kept.contains(&object) && plan.fields.iter().any(|field| field.access.object == object)
}

/// Reads a field in front of the loop.
fn load(copier: &mut Copier<'_>, field: &mut Field) {
    field.instance = copier.renamed(field.instance);
    field.object.0 = copier.renamed(field.object.0);
    field.now = copier.push(Inst::new(Op::LoadField, Ty::Any, field.instance, Ref(field.offset), Ref::NONE));
    if let Some(guard) = field.guard {
        let ty = guard.info().result.expect("the guard of a type has a result");
        let mut guard = Inst::new(guard, ty, field.now, Ref::NONE, Ref::NONE);
        guard.snapshot = SnapshotId(0);
        field.now = copier.push(guard);
    }
}

/// A read or write of a promoted field.
fn through(copier: &mut Copier<'_>, now: &mut Ref, inst: &Inst) -> Fate {
    if inst.op == Op::StoreField {
        *now = inst.c;
        return Fate::Drop;
    }
    match boxing(copier.trace.ty(*now)) {
        Some(op) => Fate::Become(Inst { b: Ref::NONE, ..Inst { op, a: *now, ..*inst } }),
        None => Fate::Is(*now),
    }
}

/// What the promoted fields hold, unboxed where they can be.
fn held(trace: &Trace, plan: &Plan) -> Vec<Ref> {
    plan.fields.iter().map(|field| unboxed(trace, field.now).unwrap_or(field.now)).collect()
}
