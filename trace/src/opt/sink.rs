//! Makes no instances that nobody sees.
//!
//! ```text
//!                                          %3: any = new.instance %1       (a witness, in front of the loop)
//! loop                                     %4: obj = guard.shape %3, 7 -> s0
//! ...                                      loop
//! %9: any = new.instance %1                ...
//! %10: obj = guard.shape %9, 7 -> s1   =>
//! store.field %10, 16, %8
//! %12: fn = method %10, place#0            %12: fn = method %4, place#0
//! ```
//!
//! An instance that a round of a loop makes, whose fields are only written (what was read has been forwarded), and that no
//! snapshot and no other object names, need not be. Its methods and declared values are the same for all instances of
//! its shape; that the class makes such instances is seen once, on one that is made in front of the loop and never written.
//! The class could make others only after fields have been added to instances, so loops that do, or that call what might,
//! are left alone. An instance that is only written into another one of these goes with it.
//!
//! After Bolz et al., "Allocation Removal by Partial Evaluation in a Tracing JIT", PEPM 2011. Not yet: instances that
//! snapshots name, which exits would have to make, and those that a loop carries.

use rustc_hash::FxHashMap;

use super::rewrite::{Fate, rewrite};
use super::{BuiltinEffect, Context};
use crate::ir::ops::{Effect, Op};
use crate::ir::trace::{Inst, SnapshotId, Trace};
use crate::ir::types::{Ref, Ty};

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    let Some(start) = trace.loop_start() else { return false };
    let effects = context.effects;
    let adds_fields = |inst: &Inst| match inst.op.effect() {
        Effect::AddField => true,
        Effect::Call => matches!(effects(inst.a.0), BuiltinEffect::Writes | BuiltinEffect::Outside),
        _ => false,
    };
    if trace.adds_fields || trace.snapshots.is_empty() || trace.insts.iter().any(adds_fields) {
        return false;
    }
    let unseen = Unseen::find(trace, start);
    if unseen.made.is_empty() {
        return false;
    }
    let mut witnesses: FxHashMap<(Ref, u32), (Ref, Ref)> = FxHashMap::default();
    let mut methods: FxHashMap<(Ref, Ref), Ref> = FxHashMap::default();
    let old: Vec<Inst> = trace.insts.clone();
    rewrite(trace, context.scratch, |copier, index, inst| {
        if inst.op == Op::Loop {
            for (&made, shape) in &unseen.made {
                let class = copier.renamed(old[made].a);
                let origin = old[made].origin;
                witnesses.entry((old[made].a, *shape)).or_insert_with(|| {
                    let none = Ref::NONE;
                    let plain = Inst::new(Op::NewInstance, Ty::Any, class, none, none);
                    let instance = copier.push(Inst { origin, ..plain });
                    let guard = Inst::new(Op::GuardShape, Ty::Obj, instance, Ref(*shape), none);
                    (instance, copier.push(Inst { snapshot: SnapshotId(0), origin, ..guard }))
                });
            }
            for at in (index..old.len()).filter(|&at| old[at].op == Op::Method) {
                let Some(made) = unseen.owner(old[at].a) else { continue };
                let (_, witness) = witnesses[&(old[made].a, unseen.made[&made])];
                let place = copier.renamed(old[at].b);
                methods.entry((witness, place)).or_insert_with(|| {
                    let method = Inst::new(Op::Method, Ty::Fn, witness, place, Ref::NONE);
                    copier.push(Inst { origin: old[at].origin, ..method })
                });
            }
            return Fate::Keep;
        }
        if index < start {
            return Fate::Keep;
        }
        let witness = |made: usize| witnesses[&(old[made].a, unseen.made[&made])];
        match (inst.op, unseen.owner(old[index].a)) {
            (Op::NewInstance, _) if unseen.made.contains_key(&index) => Fate::Is(witness(index).0),
            (Op::GuardShape | Op::Shaped, Some(made)) => Fate::Is(witness(made).1),
            (Op::StoreField | Op::Barrier, Some(_)) => Fate::Drop,
            (Op::Method, Some(_)) => Fate::Is(methods[&(inst.a, inst.b)]),
            _ => Fate::Keep,
        }
    })
}

/// The instances that nobody sees.
struct Unseen {
    /// By the index of what makes them, with their shapes.
    made: std::collections::BTreeMap<usize, u32>,
    /// What is one of them: the result of what makes it, or of a guard of its shape.
    owners: FxHashMap<Ref, usize>,
}

impl Unseen {
    fn owner(&self, value: Ref) -> Option<usize> {
        self.owners.get(&value).copied().filter(|made| self.made.contains_key(made))
    }

    fn find(trace: &Trace, start: usize) -> Unseen {
        let mut unseen = Unseen { made: Default::default(), owners: FxHashMap::default() };
        let mut shapes: FxHashMap<usize, u32> = FxHashMap::default();
        let mut seen: Vec<usize> = Vec::new();
        // Into which one another is written, and at which offsets each is written and read.
        let mut within: Vec<(usize, usize)> = Vec::new();
        let mut written: Vec<(usize, u32)> = Vec::new();
        let mut read: Vec<(usize, u32)> = Vec::new();
        for (index, inst) in trace.insts.iter().enumerate().skip(start) {
            let class = inst.a.inst_index();
            if inst.op == Op::NewInstance && class.is_some_and(|class| class < start) {
                unseen.owners.insert(Ref::inst(index), index);
                continue;
            }
            let of = unseen.owners.get(&inst.a).copied();
            match (inst.op, of) {
                (Op::GuardShape | Op::Shaped, Some(made)) => {
                    if *shapes.entry(made).or_insert(inst.b.0) != inst.b.0 {
                        seen.push(made);
                    }
                    unseen.owners.insert(Ref::inst(index), made);
                }
                (Op::Barrier | Op::Method, Some(_)) => {}
                (Op::LoadField, Some(made)) => read.push((made, inst.b.0)),
                (Op::StoreField, _) => {
                    if let Some(made) = of {
                        written.push((made, inst.b.0));
                    }
                    if let Some(&value) = unseen.owners.get(&inst.c) {
                        match of {
                            Some(made) => within.push((value, made)),
                            None => seen.push(value),
                        }
                    }
                }
                _ => trace.for_each_operand(inst, |operand| seen.extend(unseen.owners.get(&operand))),
            }
        }
        // What a phi takes over from a round, and what snapshots name.
        let phis = trace.insts[start..].iter().filter(|inst| inst.op == Op::Phi).map(|phi| phi.b);
        // Not those of guards that have gone.
        let used = trace.insts.iter().filter_map(|inst| trace.snapshots.get(inst.snapshot.0 as usize));
        let named = used.flat_map(|snapshot| &snapshot.entries).map(|entry| Ref::from(entry.1));
        seen.extend(phis.chain(named).filter_map(|value| unseen.owners.get(&value).copied()));
        seen.extend(read.iter().filter(|access| written.contains(access)).map(|&(made, _)| made));
        for (&made, &shape) in &shapes {
            if !seen.contains(&made) {
                unseen.made.insert(made, shape);
            }
        }
        loop {
            let lost =
                within.iter().find(|(value, into)| unseen.made.contains_key(value) && !unseen.made.contains_key(into));
            match lost {
                Some((value, _)) => unseen.made.remove(value),
                None => return unseen,
            };
        }
    }
}
