//! Virtual objects: what is known of them, what they are called, how snapshots say how to make them, and how they are made.

use pseudo_snapshots::{Slot, ValueRef};
use pseudo_vm::faults::{self, Fault};

use super::Sinking;
use crate::ir::ops::Op;
use crate::ir::trace::{Inst, SnapshotId, field_offset};
use crate::ir::types::{Const, Ref, Ty};
use crate::opt::rewrite::{Copier, Fate};

/// An object that the trace makes, or that its loop carries.
#[derive(Debug)]
pub(super) struct Object {
    /// Its shape by now.
    pub shape: u32,
    /// What its fields hold, in values of the new trace.
    pub fields: Vec<Ref>,
    /// The instruction that would make it, which stays until nothing refers to it, and the shape there; of a carried one,
    /// the phi of its identity.
    name: (Ref, u32),
    /// Once it has been made: it, boxed and not.
    pub real: Option<(Ref, Ref)>,
    /// Whether it is being made.
    under_way: bool,
    /// Of one that the loop carries, what it is called unboxed.
    pub carried: Option<Carried>,
}

/// What the loop says of an object that it carries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carried {
    /// The phi, in the old trace.
    pub phi: usize,
    /// The object in front of the loop, unboxed: stands for it where only its type matters.
    pub instance: Ref,
}

impl Object {
    /// One that the loop carries.
    pub fn carried(shape: u32, identity: Ref, fields: Vec<Ref>, carried: Carried) -> Object {
        Object { shape, fields, name: (identity, shape), real: None, under_way: false, carried: Some(carried) }
    }

    /// Of one that the loop carries, the phi that says whether there is an object.
    pub fn identity(&self) -> Option<Ref> {
        self.carried.map(|_| self.name.0)
    }
}

impl Sinking<'_> {
    /// An instance is virtual at first.
    pub(super) fn new_object(&mut self, copier: &mut Copier<'_>, inst: &Inst) {
        let name = Ref::inst(copier.trace.insts.len());
        let (first, count) = (inst.b.0 as usize, inst.c.0 as usize);
        let fields = copier.trace.args[first..first + count].to_vec();
        self.names.insert(name, self.objects.len());
        let shape = inst.a.0;
        self.objects.push(Object { shape, fields, name: (name, shape), real: None, under_way: false, carried: None });
    }

    /// What has the type of an instance in place of a virtual one. No value is computed of it.
    pub(super) fn another_name(&mut self, copier: &mut Copier<'_>, object: usize, inst: &Inst) -> Fate {
        let Object { name: (name, shape), carried, .. } = self.objects[object];
        if let Some(carried) = carried {
            return Fate::Is(carried.instance);
        }
        self.names.insert(Ref::inst(copier.trace.insts.len()), object);
        let shaped = Inst::new(Op::Shaped, Ty::Obj, name, Ref(shape), Ref::NONE);
        Fate::Become(Inst { origin: inst.origin, ..shaped })
    }

    /// A value that is no virtual object any more.
    pub(super) fn real(&mut self, copier: &mut Copier<'_>, value: Ref) -> Ref {
        let Some(&object) = self.names.get(&value) else { return value };
        let mut left = Vec::new();
        self.make(copier, object, &mut left);
        // Objects that refer to each other in a circle: these could not be written at once.
        for (object, field, value) in left {
            let (Some((_, instance)), Some((value, _))) = (self.objects[object].real, self.objects[value].real) else {
                continue;
            };
            copier.push(Inst::new(Op::StoreField, Ty::None, instance, Ref(field_offset(field)), value));
        }
        match self.objects[object].real {
            Some((_, instance)) if copier.trace.ty(value) == Ty::Obj => instance,
            Some((boxed, _)) => boxed,
            None => value,
        }
    }

    /// Makes an object and what it refers to.
    fn make(&mut self, copier: &mut Copier<'_>, object: usize, left: &mut Vec<(usize, usize, usize)>) {
        if let Some(carried) = self.objects[object].carried {
            self.unfit.insert(carried.phi);
            return;
        }
        if self.objects[object].real.is_some() {
            return;
        }
        self.objects[object].under_way = true;
        let mut fields = self.objects[object].fields.clone();
        for (at, field) in fields.iter_mut().enumerate() {
            let Some(&within) = self.names.get(field) else { continue };
            if self.objects[within].under_way {
                left.push((object, at, within));
                *field = copier.trace.constant(Const::Nil);
                continue;
            }
            self.make(copier, within, left);
            *field = self.objects[within].real.map_or(*field, |real| real.0);
            if faults::on(Fault::SinkInner) {
                *field = copier.trace.constant(Const::Nil);
            }
        }
        let Object { name: (name, _), shape, .. } = self.objects[object];
        let origin = copier.trace.def(name).map_or(u32::MAX, |inst| inst.origin);
        let first = Ref(copier.trace.args.len() as u32);
        copier.trace.args.extend_from_slice(&fields);
        let inst = Inst::new(Op::NewInstance, Ty::Any, Ref(shape), first, Ref(fields.len() as u32));
        let boxed = copier.push(Inst { origin, ..inst });
        let inst = Inst::new(Op::Shaped, Ty::Obj, boxed, Ref(shape), Ref::NONE);
        let instance = copier.push(Inst { origin, ..inst });
        self.objects[object].under_way = false;
        self.objects[object].real = Some((boxed, instance));
    }

    /// Has a snapshot say how to make the virtual objects that it names, as they are when it is first left to. Nothing that
    /// shows happens between two guards that share a snapshot.
    pub(super) fn settle_snapshot(&mut self, copier: &mut Copier<'_>, id: SnapshotId) {
        if self.snapshots.contains_key(&id) {
            return;
        }
        let old = &copier.trace.snapshots[id.0 as usize].entries;
        let values: Vec<(Slot, Ref)> = old.iter().map(|entry| (entry.0, copier.renamed(entry.1.into()))).collect();
        if !values.iter().any(|(_, value)| self.names.contains_key(value)) {
            return;
        }
        let taken =
            old.iter().filter_map(|entry| if let Slot::Object(number, _) = entry.0 { Some(number) } else { None });
        let first = taken.max().map_or(0, |number| number + 1);
        let mut numbered: Vec<usize> = Vec::new();
        let mut entries: Vec<(Slot, ValueRef)> = Vec::with_capacity(2 * values.len());
        for (slot, value) in values {
            entries.push((slot, self.in_snapshot(copier, value, first, &mut numbered).into()));
        }
        let nil = copier.trace.constant(Const::Nil);
        for at in 0.. {
            let Some(&object) = numbered.get(at) else { break };
            let number = first + at as u16;
            let Object { shape, ref fields, .. } = self.objects[object];
            let (identity, fields) = (self.objects[object].identity(), fields.clone());
            entries.push((Slot::Object(number, shape), identity.unwrap_or(nil).into()));
            let count = fields.len() - usize::from(faults::on(Fault::SinkField) && !fields.is_empty());
            for (field, value) in fields.into_iter().take(count).enumerate() {
                // What is made begins with nil.
                if value == nil && identity.is_none() {
                    continue;
                }
                let value = self.in_snapshot(copier, value, first, &mut numbered);
                entries.push((Slot::Field(number, field_offset(field) as u16), value.into()));
            }
        }
        entries.sort_unstable_by_key(|entry| entry.0);
        self.snapshots.insert(id, entries);
    }

    /// A value as a snapshot names it.
    fn in_snapshot(&self, copier: &mut Copier<'_>, value: Ref, first: u16, numbered: &mut Vec<usize>) -> Ref {
        let Some(&object) = self.names.get(&value) else { return value };
        if let Some((boxed, _)) = self.objects[object].real {
            return boxed;
        }
        let at = numbered.iter().position(|&known| known == object).unwrap_or_else(|| {
            numbered.push(object);
            numbered.len() - 1
        });
        copier.trace.constant(Const::Made(first + at as u16))
    }
}
