//! Fields of instances.
//!
//! A guard of an instance's shape says where its fields are. An instance keeps its shape within a trace, so that it is
//! guarded once, save for those that get a field in the trace: all that may be such an instance is guarded anew then.
//!
//! Where instances of many shapes come, a trace for each shape, and for each pair of shapes at two such places, would be too
//! much: there a field is looked up by its name.
//!
//! Fields that have no room in the instance lie in an array, which is long enough for the fields of its shape and keeps
//! values of any type.
//!
//! Not yet: adding a field that has no room, since the array grows.

use std::mem::offset_of;

use pseudo_snapshots::Slot;
use pseudo_vm::bytecode::proto::Site;
use pseudo_vm::faults::{self, Fault};
use pseudo_vm::heap::class::InstanceRef;
use pseudo_vm::heap::object::Instance;
use pseudo_vm::value::Value;

use super::aborts::{Abort, Reason};
use super::{Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::trace::Inst;
use crate::ir::types::{Const, Ref, Ty};
use crate::opt::{boxes, memory};

/// Where an instance keeps the array of the fields that have no room in it.
const OVERFLOW: u32 = offset_of!(Instance, overflow) as u32;

impl Recorder {
    /// Guards that a boxed value is an instance of the shape that it has now.
    pub(super) fn instance(&mut self, now: &Now<'_>, value: Ref, actual: InstanceRef) -> Ref {
        let shape = actual.shape();
        if let Some(&known) = self.slots.known_instances.get(&(value, shape)) {
            return known;
        }
        let instance = self.guard(now, Op::GuardShape, &[value, Ref(shape)]);
        self.slots.known_instances.insert((value, shape), instance);
        instance
    }

    /// Reads the field in a slot of an instance.
    pub(super) fn load_field(
        &mut self,
        now: &Now<'_>,
        object: Ref,
        actual: InstanceRef,
        slot: u32,
    ) -> Result<Ref, Abort> {
        let instance = self.instance(now, object, actual);
        match actual.offset_of(slot) {
            Some(offset) => Ok(self.out.emit(Op::LoadField, &[instance, Ref(offset as u32)])),
            None => {
                let (array, index) = self.overflow(now, instance, actual, slot)?;
                Ok(self.load_element(array, index))
            }
        }
    }

    /// Writes the field in a slot of an instance.
    pub(super) fn write_field(
        &mut self,
        now: &Now<'_>,
        object: Ref,
        actual: InstanceRef,
        slot: u32,
        value: Ref,
    ) -> Result<(), Abort> {
        let instance = self.instance(now, object, actual);
        match actual.offset_of(slot) {
            Some(offset) => self.store_field(instance, offset as u32, value),
            None => {
                let (array, index) = self.overflow(now, instance, actual, slot)?;
                self.store_element(array, index, value);
            }
        }
        Ok(())
    }

    /// Where a field is looked up by its name: whatever shape of those that come there an instance has, the trace goes on.
    /// That is so where many do, and where nothing else has told the shape.
    fn place(&mut self, now: &Now<'_>, site: &Site, object: Ref, actual: InstanceRef, slot: u32) -> Option<Ref> {
        let is_known = self.slots.known_instances.contains_key(&(object, actual.shape()));
        let has_room = actual.offset_of(slot).is_some();
        if site.others.get() < self.params.maxshapes || is_known || !has_room || self.out.ty(object) != Ty::Any {
            return None;
        }
        let name = self.out.trace.constant(Const::Value(site.key.0));
        let place = self.out.emit(Op::FieldPlace, &[object, name]);
        let nowhere = self.out.trace.constant(Const::Nowhere);
        let missing = self.out.emit(Op::SameAny, &[place, nowhere]);
        self.guard_outcome(now, missing, false);
        Some(place)
    }

    /// Reads the field in a slot of an instance, which the program names.
    pub(super) fn named_field(
        &mut self,
        now: &Now<'_>,
        site: &Site,
        object: Ref,
        actual: InstanceRef,
        slot: u32,
    ) -> Result<Ref, Abort> {
        match self.place(now, site, object, actual, slot) {
            Some(place) => Ok(self.out.emit(Op::LoadPlace, &[place])),
            None => self.load_field(now, object, actual, slot),
        }
    }

    /// The array that has a field without room in the instance, and where.
    fn overflow(&mut self, now: &Now<'_>, instance: Ref, actual: InstanceRef, slot: u32) -> Result<(Ref, Ref), Abort> {
        let value = self.out.emit(Op::LoadField, &[instance, Ref(OVERFLOW)]);
        let (overflow, index) = actual.overflow_place(slot).ok_or_else(|| self.abort(Reason::Lost))?;
        let array = self.unbox(now, value, overflow);
        if self.out.ty(array) != Ty::ArrAny {
            return Err(self.abort(Reason::Lost));
        }
        let (len, index) = (self.out.emit(Op::ArrLen, &[array]), self.out.trace.int(index as i64));
        let in_range = self.out.emit(Op::UltInt, &[index, len]);
        self.guard_outcome(now, in_range, true);
        Ok((array, index))
    }

    /// `object.field = value` of an instance.
    pub(super) fn set_field(&mut self, now: &Now<'_>, actual: InstanceRef) -> Result<(), Abort> {
        let site = now.proto.site(now.at, now.word.j() as usize);
        let object = self.read_register(now, now.word.a())?;
        let value = self.read_register(now, now.word.b())?;
        if let Some(slot) = actual.field_slot(&now.vm.heap, site.key) {
            let Some(place) = self.place(now, site, object, actual, slot) else {
                return self.write_field(now, object, actual, slot, value);
            };
            let value = self.referred_from(object, value);
            self.out.emit(Op::StorePlace, &[place, value]);
            return Ok(());
        }
        let Some((shape, slot)) = actual.with_field(&now.vm.heap, site.key) else {
            return Err(self.abort(Reason::FirstOfAKind));
        };
        let offset = actual.offset_of(slot);
        let offset =
            offset.ok_or_else(|| self.abort_at(Reason::NotYet, "adding a field without room in its object"))?;
        let instance = self.instance(now, object, actual);
        // Any other value of this shape may be the same instance.
        let before = actual.shape();
        self.slots.known_instances.retain(|&(_, shape), _| shape != before || faults::on(Fault::RecordShape));
        let instance = self.out.emit(Op::AddField, &[instance, Ref(shape)]);
        self.slots.known_instances.insert((object, shape), instance);
        self.store_field(instance, offset as u32, value);
        Ok(())
    }

    /// Writes a field that the instance has.
    pub(super) fn store_field(&mut self, instance: Ref, offset: u32, value: Ref) {
        let value = self.referred_from(instance, value);
        self.out.emit(Op::StoreField, &[instance, Ref(offset), value]);
    }

    /// A value as a field of an object is to hold it, after the barrier that the object needs then. One that the trace has made is
    /// young.
    fn referred_from(&mut self, object: Ref, value: Ref) -> Ref {
        let needs_barrier = self.may_be_reference(value) && !memory::is_new(&self.out.trace, object);
        let value = self.out.boxed(value);
        if needs_barrier && !faults::on(Fault::RecordBarrier) {
            self.out.emit(Op::Barrier, &[object]);
        }
        value
    }

    /// What a field that a root's loop carries holds, in the form of the loop's phi: as far as the trace's own writes say.
    /// Each trace that leaves the loop begins by writing all that the loop carries.
    pub(super) fn carried_field(&mut self, number: u16, offset: u16, ty: Ty) -> Option<Ref> {
        let named = |slot: &Slot| matches!(slot, Slot::Object(known, _) if *known == number);
        let object = self.slots.all().find(|(slot, _)| named(slot))?.1.current?;
        let trace = &self.out.trace;
        let writes = |inst: &&Inst| match inst.op {
            Op::StoreField => inst.b.0 == u32::from(offset),
            op => op == Op::StorePlace,
        };
        let last = trace.insts.iter().rev().find(writes)?;
        // The last write may be one of another object, or not.
        if last.op == Op::StorePlace || memory::object(trace, last.a) != object {
            return None;
        }
        match ty {
            Ty::Any => Some(last.c),
            _ => boxes::unboxed(trace, last.c).filter(|&value| trace.ty(value) == ty),
        }
    }

    /// Whether a value, once boxed, may refer to an object that the collector moves.
    pub(super) fn may_be_reference(&self, value: Ref) -> bool {
        match self.out.trace.as_const(value) {
            Some(Const::Int(int)) => Value::try_small_int(int).is_none(),
            Some(_) => false,
            None => !matches!(self.out.ty(value), Ty::Float | Ty::Bool | Ty::Nil | Ty::Undef),
        }
    }
}
