//! Instances that a loop carries: which may be their fields, what these are in front of the loop, and how they go on.

use pseudo_vm::faults::{self, Fault};
use rustc_hash::FxHashSet;

use super::objects::{Carried, Object};
use super::{Sinking, in_form};
use crate::ir::ops::Op;
use crate::ir::trace::{Inst, SnapshotId, Trace, field_offset};
use crate::ir::types::{Const, Ref, Ty};
use crate::opt::boxes::boxing;
use crate::opt::memory::object;
use crate::opt::rewrite::{Copier, Fate};

/// Most fields that an instance may have which a loop carries: each takes a register.
const FIELDS_MAX: usize = 16;

/// Through how many phis an instance may go until it is forgotten.
const HANDED_ON_MAX: usize = 8;

/// A phi that may be carried as its fields.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Its index.
    pub phi: usize,
    shape: u32,
    /// The guard of the type that the loop expects of each field.
    pub types: Vec<Option<Op>>,
}

/// The phis that look like it: the loop expects a shape of what they hold, and they go on with an instance that it makes, or with
/// another of them.
pub(super) fn candidates(trace: &Trace) -> Vec<Candidate> {
    let Some(start) = trace.loop_start() else { return Vec::new() };
    // What is written by its name may be a field of any instance.
    if trace.insts[start..].iter().any(|inst| inst.op == Op::StorePlace) {
        return Vec::new();
    }
    let phis = trace.insts[start + 1..].iter().take_while(|inst| inst.op == Op::Phi);
    let phis = phis.enumerate().filter(|(_, phi)| phi.ty == Ty::Any);
    let candidate = |(at, phi): (usize, &Inst)| {
        let index = start + 1 + at;
        let room = room_of_next(trace, phi)?;
        let body = || trace.insts.iter().enumerate().skip(start + 1);
        let expects = |inst: &Inst| inst.op == Op::GuardShape && inst.a == Ref::inst(index);
        let (guard, found) = body().find(|(_, inst)| expects(inst))?;
        let types = (0..room).map(|field| {
            let is_read =
                |inst: &Inst| inst.op == Op::LoadField && inst.a == Ref::inst(guard) && inst.b.0 == field_offset(field);
            let (read, _) = body().find(|(_, inst)| is_read(inst))?;
            let tells = |inst: &Inst| inst.op.is_guard() && inst.a == Ref::inst(read) && boxing(inst.ty).is_some();
            body().find(|(_, inst)| tells(inst)).map(|(_, inst)| inst.op)
        });
        (room <= FIELDS_MAX).then(|| Candidate { phi: index, shape: found.b.0, types: types.collect() })
    };
    phis.filter_map(candidate).collect()
}

/// How many fields the instance has that a phi goes on with, if it or another phi that hands it on makes it.
fn room_of_next<'t>(trace: &'t Trace, mut phi: &'t Inst) -> Option<usize> {
    for _ in 0..HANDED_ON_MAX {
        let next = trace.def(object(trace, phi.b))?;
        match next.op {
            Op::NewInstance => return Some(next.c.0 as usize),
            Op::Phi => phi = next,
            _ => break,
        }
    }
    None
}

impl Sinking<'_> {
    /// In front of the loop: what the fields of carried instances hold.
    pub(super) fn read_fields(&mut self, copier: &mut Copier<'_>) {
        let at_entry = |inst: Inst| Inst { snapshot: SnapshotId(0), ..inst };
        for candidate in self.candidates {
            let value = copier.renamed(self.initial(candidate.phi));
            let guard = Inst::new(Op::GuardShape, Ty::Obj, value, Ref(candidate.shape), Ref::NONE);
            let instance = copier.push(at_entry(guard));
            let mut fields = Vec::with_capacity(candidate.types.len());
            for (field, guard) in candidate.types.iter().enumerate() {
                let load = Inst::new(Op::LoadField, Ty::Any, instance, Ref(field_offset(field)), Ref::NONE);
                let mut value = copier.push(load);
                if let Some(guard) = guard {
                    let ty = guard.info().result.expect("the guard of a type has a result");
                    value = copier.push(at_entry(Inst::new(*guard, ty, value, Ref::NONE, Ref::NONE)));
                }
                fields.push(value);
            }
            self.entries.push((instance, fields));
        }
    }

    fn initial(&self, phi: usize) -> Ref {
        let at = phi - self.start.expect("there are phis") - 1;
        self.initials[at]
    }

    /// A phi: of a carried instance, the phis of its identity and its fields.
    pub(super) fn phi(&mut self, copier: &mut Copier<'_>, index: usize, inst: &Inst) -> Fate {
        let Some(at) = self.candidates.iter().position(|candidate| candidate.phi == index) else {
            return Fate::Keep;
        };
        let nil = copier.trace.constant(Const::Nil);
        let shape = self.candidates[at].shape;
        let (instance, fields) = self.entries[at].clone();
        // Their next values are known at the end.
        let phi = |copier: &mut Copier<'_>, ty, initial| {
            copier.push(Inst { origin: inst.origin, ..Inst::new(Op::Phi, ty, initial, Ref::NONE, Ref::NONE) })
        };
        let identity = phi(copier, Ty::Any, inst.a);
        self.next.push((identity, nil));
        let fields = fields.into_iter().map(|value| phi(copier, copier.trace.ty(value), value)).collect();
        self.names.insert(identity, self.objects.len());
        self.names.insert(instance, self.objects.len());
        self.objects.push(Object::carried(shape, identity, fields, Carried { phi: index, instance }));
        Fate::Is(identity)
    }

    /// At the end of a round: what the phis go on with.
    pub(super) fn close(&mut self, copier: &mut Copier<'_>) {
        let next: Vec<(usize, Ref)> = self.phis.iter().map(|&(phi, next)| (phi, copier.renamed(next))).collect();
        let candidate = |phi: usize| self.candidates.iter().position(|candidate| candidate.phi == phi);
        let at: Vec<Option<usize>> = next.iter().map(|&(phi, _)| candidate(phi)).collect();
        // What goes on as it is must be there, and what the fields of the others refer to.
        for (&(phi, value), at) in next.iter().zip(&at) {
            match (at, self.virtual_object(value)) {
                (None, Some(_)) => {
                    let real = self.real(copier, value);
                    self.next.push((copier.renamed(Ref::inst(phi)), real));
                }
                (None, None) if let Some(&object) = self.names.get(&value) => {
                    let real = self.objects[object].real.map_or(value, |real| real.0);
                    self.next.push((copier.renamed(Ref::inst(phi)), real));
                }
                (Some(_), Some(object)) => {
                    for field in self.objects[object].fields.clone() {
                        self.real(copier, field);
                    }
                }
                _ => {}
            }
        }
        // Two phis that go on with one object are one from then on, which what exits make of each would not be.
        let mut taken = FxHashSet::default();
        for (&(phi, value), at) in next.iter().zip(&at) {
            let Some(at) = *at else { continue };
            let shape = self.candidates[at].shape;
            let object = self.virtual_object(value).filter(|&object| {
                let (object, room) = (&self.objects[object], self.candidates[at].types.len());
                object.shape == shape && object.fields.len() == room
            });
            match object {
                Some(object)
                    if !self.written.contains(&shape) && (taken.insert(object) || faults::on(Fault::SinkTwice)) =>
                {
                    self.go_on(copier, phi, object);
                }
                _ => _ = self.unfit.insert(phi),
            }
        }
    }

    /// The next values of the phis that a carried instance has become.
    fn go_on(&mut self, copier: &mut Copier<'_>, phi: usize, next: usize) {
        let identity = copier.renamed(Ref::inst(phi));
        let this = self.names[&identity];
        if let Some(other) = self.objects[next].identity() {
            let slot = self.next.iter_mut().find(|(known, _)| *known == identity);
            slot.expect("it was noted when the phi was made").1 = other;
        }
        // The phis stand one behind the other, the identity first.
        let first = identity.inst_index().expect("a phi is an instruction") + 1;
        for field in 0..self.objects[this].fields.len() {
            let to = Ref::inst(first + field);
            let value = self.objects[next].fields[field];
            let value =
                self.names.get(&value).map_or(value, |&object| self.objects[object].real.map_or(value, |real| real.0));
            match in_form(copier, value, copier.trace.ty(to)) {
                Some(value) => self.next.push((to, value)),
                None => self.untyped.push((phi, field)),
            }
        }
    }
}
