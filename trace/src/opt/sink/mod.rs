//! Makes no instances that only exits need: these make them.
//!
//! ```text
//! %3: any = slot r1                           %3: any = slot r1
//! loop                                        %4: obj = guard.shape %3, 9 -> s0
//! %5: any = phi %3, %9                        %5: any = load.field %4, 16
//! poll -> s1                             =>   %6: float = guard.float %5 -> s0
//! %6: obj = guard.shape %5, 9 -> s2           loop
//! %7: any = load.field %6, 16                 %8: any = phi %3, nil
//! %8: float = guard.float %7 -> s3            %9: float = phi %6, %11
//! %9: float = add.float %8, %1                poll -> s1
//! %10: any = box.float %9                     %11: float = add.float %9, %1
//! %11: any = new.instance 9 (%10)             snapshot s1 .. { r1: o0, o0/9: %8, o0.16: %9 }
//! snapshot s1 .. { r1: %5 }
//! ```
//!
//! An instance that the trace makes is *virtual* at first: what is known of it is its shape and what its fields hold. Reads,
//! writes and guards of it need no code, and a snapshot that names it says how to make it. Where something else needs it (it
//! is written into an object that is there, passed to a call, compared with what it may be), it is made, with the shape and the fields
//! that it has by then: so a constructor that adds fields one by one makes one object, and writes it once.
//!
//! An instance that a loop *carries* (a phi whose next value is a virtual one, of the shape that the loop expects) is
//! its fields: each is a phi. In the first round it is the object that was there before; the phi of its identity is that object, and
//! nil from then on, which tells an exit whether to make one. A loop that writes the carried instance, or another of the shape, which
//! might be that object, carries it as it is. So does one that writes a field which it has found by its name, and one in which two
//! variables go on with one object.
//!
//! Whether a loop may carry an instance so turns out only at the end of its body. The pass tries with all that seem fit, and once
//! more without those that were not.
//!
//! After Bolz et al., "Allocation Removal by Partial Evaluation in a Tracing JIT", PEPM 2011, and Pall's allocation sinking
//! in LuaJIT. Not yet: cells, closures, arrays.

mod carried;
mod objects;

use pseudo_snapshots::{Slot, ValueRef};
use rustc_hash::{FxHashMap, FxHashSet};

use super::Context;
use super::boxes::{boxing, unbox_snapshots, unboxed};
use super::memory::{is_new, shape};
use super::rewrite::{Copier, Fate, Rewrite, rewrite_by};
use crate::ir::ops::{Op, Operand};
use crate::ir::trace::{Inst, Link, SnapshotId, Trace, field_index};
use crate::ir::types::{Const, Ref, Ty};
use carried::Candidate;
use objects::Object;

/// How often the pass looks for instances within those that a loop carries.
const DEPTH_MAX: usize = 4;

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    // What is alive across a call of a function is named by two snapshots, which would each make it: while the callee runs, and
    // behind the call.
    if trace.insts.last().is_some_and(|inst| inst.op == Op::CallFn) {
        return false;
    }
    let mut changed = false;
    for _ in 0..DEPTH_MAX {
        if trace.snapshots.is_empty() || !trace.insts.iter().any(|inst| inst.op == Op::NewInstance) {
            return changed;
        }
        changed = true;
        // What a carried instance refers to becomes a phi, and may be carried in the same way.
        if !sink(trace, context) {
            return changed;
        }
    }
    changed
}

/// Sinks what can be. Whether the loop carries an instance now as its fields.
fn sink(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    let mut candidates = carried::candidates(trace);
    loop {
        let mut copy = trace.clone();
        let mut sinking = Sinking::new(trace, &candidates);
        rewrite_by(&mut copy, context.scratch, &mut sinking);
        let Sinking { unfit, untyped, snapshots, next, .. } = sinking;
        if unfit.is_empty() && untyped.is_empty() {
            for (phi, value) in next {
                copy.insts[phi.inst_index().expect("a phi is an instruction")].b = value;
            }
            for (id, entries) in snapshots {
                copy.snapshots[id.0 as usize].entries = entries;
            }
            unbox_snapshots(&mut copy);
            copy.adds_fields = copy.insts.iter().any(|inst| inst.op == Op::AddField);
            *trace = copy;
            return !candidates.is_empty();
        }
        candidates.retain(|candidate| !unfit.contains(&candidate.phi));
        for candidate in &mut candidates {
            let of_candidate = untyped.iter().filter(|(phi, _)| *phi == candidate.phi);
            of_candidate.for_each(|&(_, field)| candidate.types[field] = None);
        }
    }
}

/// A copy under way.
struct Sinking<'a> {
    start: Option<usize>,
    /// The head's state.
    head: SnapshotId,
    after_phis: usize,
    candidates: &'a [Candidate],
    /// The phis of the old trace with their next values, and their values in front of the loop.
    phis: Vec<(usize, Ref)>,
    initials: Vec<Ref>,
    /// For each candidate, the instance before the loop and what its fields hold there.
    entries: Vec<(Ref, Vec<Ref>)>,
    objects: Vec<Object>,
    /// The objects that values of the new trace stand for.
    names: FxHashMap<Ref, usize>,
    /// Entries of snapshots that name virtual objects.
    snapshots: FxHashMap<SnapshotId, Vec<(Slot, ValueRef)>>,
    /// Next values of new phis.
    next: Vec<(Ref, Ref)>,
    /// Shapes of instances that were there before and are written, or get another shape.
    written: FxHashSet<u32>,
    /// Candidates that were none.
    unfit: FxHashSet<usize>,
    /// Fields of candidates that do not keep the type that the loop expects.
    untyped: Vec<(usize, usize)>,
}

impl<'a> Sinking<'a> {
    fn new(trace: &Trace, candidates: &'a [Candidate]) -> Sinking<'a> {
        let start = trace.loop_start();
        let first = start.map_or(0, |start| start + 1);
        let phis = trace.insts[first..].iter().take_while(|inst| inst.op == Op::Phi);
        let initials = phis.clone().map(|phi| phi.a).collect();
        let phis: Vec<(usize, Ref)> = phis.enumerate().map(|(at, phi)| (first + at, phi.b)).collect();
        Sinking {
            start,
            head: start.map_or(SnapshotId::NONE, |start| trace.insts[start].snapshot),
            after_phis: first + phis.len(),
            candidates,
            phis,
            initials,
            entries: Vec::new(),
            objects: Vec::new(),
            names: FxHashMap::default(),
            snapshots: FxHashMap::default(),
            next: Vec::new(),
            written: FxHashSet::default(),
            unfit: FxHashSet::default(),
            untyped: Vec::new(),
        }
    }

    /// The object that a value is, if it is virtual.
    fn virtual_object(&self, value: Ref) -> Option<usize> {
        self.names.get(&value).copied().filter(|&object| self.objects[object].real.is_none())
    }

    /// What becomes of an instruction whose first operand is a virtual object. None if it takes a real one.
    fn through(&mut self, copier: &mut Copier<'_>, object: usize, inst: &Inst) -> Option<Fate> {
        let is_carried = self.objects[object].carried.is_some();
        match inst.op {
            Op::GuardShape | Op::Shaped if inst.b.0 == self.objects[object].shape => {
                Some(self.another_name(copier, object, inst))
            }
            Op::AddField if !is_carried => {
                self.objects[object].shape = inst.b.0;
                Some(self.another_name(copier, object, inst))
            }
            Op::LoadField => {
                let value = *self.objects[object].fields.get(field_index(inst.b.0)?)?;
                match boxing(copier.trace.ty(value)) {
                    Some(op) => Some(Fate::Become(Inst { op, a: value, b: Ref::NONE, ..*inst })),
                    None => Some(Fate::Is(value)),
                }
            }
            Op::StoreField if !is_carried => {
                *self.objects[object].fields.get_mut(field_index(inst.b.0)?)? = inst.c;
                Some(Fate::Drop)
            }
            // What it would remember is young, or is written by whoever leaves.
            Op::Barrier | Op::GuardDefined | Op::GuardTruthy => Some(Fate::Drop),
            Op::Method | Op::LoadStatic if is_carried => Some(Fate::Keep),
            Op::Method | Op::LoadStatic => {
                let nil = copier.trace.constant(Const::Nil);
                Some(Fate::Become(Inst { a: nil, ..*inst }))
            }
            _ => None,
        }
    }

    /// Whether two values are one object, if at least one of them is virtual and that can be told.
    fn are_same(&self, a: Ref, b: Ref) -> Option<bool> {
        let known = |value: Ref| self.names.get(&value).copied();
        if known(a).is_some() && known(a) == known(b) {
            return Some(true);
        }
        let is_new = |value| self.virtual_object(value).is_some_and(|object| self.objects[object].carried.is_none());
        (is_new(a) || is_new(b)).then_some(false)
    }

    /// The instruction with the objects made that it needs.
    fn with_real_operands(&mut self, copier: &mut Copier<'_>, inst: &Inst) -> Inst {
        let mut inst = *inst;
        let count = inst.c.0 as usize;
        for (kind, operand) in inst.op.info().operands.into_iter().zip([&mut inst.a, &mut inst.b, &mut inst.c]) {
            match kind {
                Operand::Of(_) | Operand::Array | Operand::Any => *operand = self.real(copier, *operand),
                Operand::Arguments => {
                    for at in operand.0 as usize..operand.0 as usize + count {
                        copier.trace.args[at] = self.real(copier, copier.trace.args[at]);
                    }
                }
                Operand::No | Operand::Number | Operand::Hint | Operand::Slot => {}
            }
        }
        inst
    }

    /// An instruction that needs its operands.
    fn plain(&mut self, copier: &mut Copier<'_>, inst: &Inst) -> Fate {
        // What was loaded of a virtual object may be a box.
        if inst.op.is_guard()
            && boxing(inst.ty).is_some()
            && let Some(value) = unboxed(copier.trace, inst.a).filter(|&value| copier.trace.ty(value) == inst.ty)
        {
            return Fate::Is(value);
        }
        let real = self.with_real_operands(copier, inst);
        if real.op.is_guard() {
            self.settle_snapshot(copier, real.snapshot);
        }
        if matches!(real.op, Op::StoreField | Op::AddField) && !is_new(copier.trace, real.a) {
            self.written.extend(shape(copier.trace, real.a));
        }
        if real == *inst { Fate::Keep } else { Fate::Become(real) }
    }
}

impl Rewrite for Sinking<'_> {
    fn decide(&mut self, copier: &mut Copier<'_>, index: usize, inst: &Inst) -> Fate {
        if Some(index) == self.start {
            self.read_fields(copier);
            return Fate::Keep;
        }
        if index == self.after_phis && self.head != SnapshotId::NONE {
            self.settle_snapshot(copier, self.head);
        }
        match inst.op {
            Op::Phi => self.phi(copier, index, inst),
            Op::NewInstance => {
                self.new_object(copier, inst);
                Fate::Keep
            }
            Op::SameAny if let Some(same) = self.are_same(inst.a, inst.b) => {
                Fate::Is(copier.trace.constant(Const::Bool(same)))
            }
            Op::GuardSame if self.are_same(inst.a, inst.b) == Some(true) => Fate::Drop,
            _ => {
                let fate = self.virtual_object(inst.a).and_then(|object| self.through(copier, object, inst));
                fate.unwrap_or_else(|| self.plain(copier, inst))
            }
        }
    }

    fn finish(&mut self, copier: &mut Copier<'_>) {
        if let Some(end) = copier.trace.end {
            if copier.trace.link != Link::Interpreter {
                for at in 0..copier.trace.snapshots[end.0 as usize].entries.len() {
                    let value = copier.renamed(copier.trace.snapshots[end.0 as usize].entries[at].1.into());
                    self.real(copier, value);
                }
            }
            self.settle_snapshot(copier, end);
        }
        self.close(copier);
    }
}

/// A value in the form of a type, if it has one.
fn in_form(copier: &mut Copier<'_>, value: Ref, ty: Ty) -> Option<Ref> {
    let now = copier.trace.ty(value);
    if now == ty || (ty == Ty::Any && matches!(now, Ty::Nil | Ty::Undef)) {
        return Some(value);
    }
    if ty == Ty::Any {
        return boxing(now).map(|op| copier.push(Inst::new(op, Ty::Any, value, Ref::NONE, Ref::NONE)));
    }
    match copier.trace.as_const(value) {
        Some(Const::Value(bits)) => super::boxes::unboxed_constant(copier.trace, bits),
        _ => unboxed(copier.trace, value),
    }
    .filter(|&value| copier.trace.ty(value) == ty)
}
