//! Fields of instances.
//!
//! A guard of an instance's shape says where its fields are. An instance keeps its shape within a trace, so that it is
//! guarded once, save for those that were made in the trace: nobody else has looked at them before they get their fields.
//!
//! Not yet: statics, members of enums, fields that have no room in the instance, adding a field to other instances.

use pseudo_snapshots::Slot;
use pseudo_vm::heap::class::InstanceRef;
use pseudo_vm::value::Value;

use super::aborts::{Abort, Reason};
use super::{Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::trace::Inst;
use crate::ir::types::{Const, Ref, Ty};
use crate::opt::{boxes, memory};

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

    /// What a call of `object.name` calls, and whether that is a method.
    pub(super) fn member_to_call(
        &mut self,
        now: &Now<'_>,
        object: Ref,
        actual: InstanceRef,
    ) -> Result<(Ref, bool), Abort> {
        let site = now.proto.site(now.at, now.word.j() as usize);
        if let Some(slot) = actual.field_slot(&now.vm.heap, site.key) {
            let offset = self.offset(actual, slot)?;
            let instance = self.instance(now, object, actual);
            return Ok((self.out.emit(Op::LoadField, &[instance, Ref(offset)]), false));
        }
        let Some(place) = actual.class(&now.vm.heap).method_place(site.key) else {
            return Err(self.abort_at(Reason::NotYet, "a static or builtin of an instance"));
        };
        let instance = self.instance(now, object, actual);
        Ok((self.method(instance, place), true))
    }

    /// A method of the class that a method's class extends.
    pub(super) fn record_get_super(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let class = now.register(now.word.b()).as_class().ok_or_else(|| self.abort(Reason::Lost))?;
        let site = now.proto.site(now.at, now.word.j() as usize);
        let place = class.method_place(site.key).ok_or_else(|| self.abort(Reason::Throws))?;
        let value = self.read_register(now, now.word.b())?;
        let holder = self.guard(now, Op::GuardShape, &[value, Ref(class.number())]);
        let method = self.method(holder, place);
        self.write_register(now, now.word.a(), method);
        Ok(())
    }

    /// The method at a place of the class of an instance, or of a class.
    pub(super) fn method(&mut self, holder: Ref, place: &Value) -> Ref {
        let place = self.out.trace.constant(Const::Place(std::ptr::from_ref(place) as u64));
        let object = memory::object(&self.out.trace, holder);
        let is_new = self.out.trace.def(object).is_some_and(|inst| inst.op == Op::NewInstance);
        // That a new instance's class is there was seen before it was made.
        let nil = self.out.trace.constant(Const::Nil);
        let holder = if is_new { self.slots.classes.get(&object).copied().unwrap_or(nil) } else { holder };
        self.out.emit(Op::Method, &[holder, place])
    }

    /// `object.field`.
    pub(super) fn record_get_field(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let actual = now.register(now.word.b());
        let Some(actual) = actual.as_instance() else {
            return Err(self.no_instance(now, actual));
        };
        let site = now.proto.site(now.at, now.word.j() as usize);
        let Some(slot) = actual.field_slot(&now.vm.heap, site.key) else {
            let class = actual.class(&now.vm.heap);
            let exists = class.method_place(site.key).is_some() || class.find_static(site.key).is_some();
            return Err(if exists || site.builtin.is_some() {
                self.abort_at(Reason::NotYet, "a method or static of an instance as a value")
            } else {
                self.abort(Reason::Throws)
            });
        };
        let offset = self.offset(actual, slot)?;
        let object = self.read_register(now, now.word.b())?;
        let instance = self.instance(now, object, actual);
        let value = self.out.emit(Op::LoadField, &[instance, Ref(offset)]);
        self.write_register(now, now.word.a(), value);
        Ok(())
    }

    /// `object.field = value`.
    pub(super) fn record_set_field(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let actual = now.register(now.word.a());
        let Some(actual) = actual.as_instance() else {
            return Err(self.no_instance(now, actual));
        };
        let site = now.proto.site(now.at, now.word.j() as usize);
        let object = self.read_register(now, now.word.a())?;
        let value = self.read_register(now, now.word.b())?;
        if let Some(slot) = actual.field_slot(&now.vm.heap, site.key) {
            let offset = self.offset(actual, slot)?;
            let instance = self.instance(now, object, actual);
            self.store_field(instance, offset, value);
            return Ok(());
        }
        let is_new = self.out.trace.def(object).is_some_and(|inst| inst.op == Op::NewInstance);
        if !is_new {
            return Err(self.abort_at(Reason::NotYet, "adding a field"));
        }
        let Some((shape, slot)) = actual.with_field(&now.vm.heap, site.key) else {
            return Err(self.abort(Reason::FirstOfAKind));
        };
        let offset = self.offset(actual, slot)?;
        let instance = self.instance(now, object, actual);
        self.slots.known_instances.remove(&(object, actual.shape()));
        let instance = self.out.emit(Op::AddField, &[instance, Ref(shape)]);
        self.slots.known_instances.insert((object, shape), instance);
        self.store_field(instance, offset, value);
        Ok(())
    }

    /// Writes a field that the instance has. One that the trace has made is young.
    pub(super) fn store_field(&mut self, instance: Ref, offset: u32, value: Ref) {
        let needs_barrier = self.may_be_reference(value) && !memory::is_new(&self.out.trace, instance);
        let value = self.out.boxed(value);
        if needs_barrier {
            self.out.emit(Op::Barrier, &[instance]);
        }
        self.out.emit(Op::StoreField, &[instance, Ref(offset), value]);
    }

    /// What a field that a root's loop carries holds, in the form of the loop's phi: as far as the trace's own writes say.
    /// Each trace that leaves the loop begins by writing all that the loop carries.
    pub(super) fn carried_field(&mut self, number: u16, offset: u16, ty: Ty) -> Option<Ref> {
        let named = |slot: &Slot| matches!(slot, Slot::Object(known, _) if *known == number);
        let object = self.slots.all().find(|(slot, _)| named(slot))?.1.current?;
        let trace = &self.out.trace;
        let writes = |inst: &&Inst| inst.op == Op::StoreField && inst.b.0 == u32::from(offset);
        let last = trace.insts.iter().rev().find(writes)?;
        // The last write may be one of another object, or not.
        if memory::object(trace, last.a) != object {
            return None;
        }
        match ty {
            Ty::Any => Some(last.c),
            _ => boxes::unboxed(trace, last.c).filter(|&value| trace.ty(value) == ty),
        }
    }

    /// Whether a value, once boxed, may refer to an object that the collector moves.
    fn may_be_reference(&self, value: Ref) -> bool {
        match self.out.trace.as_const(value) {
            Some(Const::Int(int)) => Value::try_small_int(int).is_none(),
            Some(_) => false,
            None => !matches!(self.out.ty(value), Ty::Float | Ty::Bool | Ty::Nil | Ty::Undef),
        }
    }

    fn offset(&self, actual: InstanceRef, slot: u32) -> Result<u32, Abort> {
        let offset = actual.offset_of(slot).and_then(|offset| u16::try_from(offset).ok());
        offset.map(u32::from).ok_or_else(|| self.abort_at(Reason::NotYet, "a field without room in its object"))
    }

    fn no_instance(&self, now: &Now<'_>, actual: Value) -> Abort {
        let holds_members = actual.as_class().is_some() || actual.as_enum().is_some();
        if holds_members || actual.as_enum_member().is_some() { self.not_yet(now) } else { self.abort(Reason::Throws) }
    }
}
