//! What stands behind `object.name` besides fields: methods, statics, members of enums, builtins.
//!
//! A method is read from the table of its class, which a guard of the instance's shape tells. A static lies at an address
//! that the class's number tells, also that of an inherited one: a class gets another number when that changes. The class
//! of an instance is known by its shape, but that its statics are where they were is guarded.
//!
//! A method as a value is a new object. Where the trace makes it and calls it, the call needs none.

use pseudo_snapshots::Slot;
use pseudo_vm::heap::class::{ClassRef, InstanceRef};
use pseudo_vm::heap::object::EnumMember;
use pseudo_vm::heap::shape::ENUM_MEMBER_SHAPE;
use pseudo_vm::value::Value;

use super::aborts::{Abort, Reason};
use super::{Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::types::{Const, Ref};
use crate::opt::memory;

/// What a name of an object stands for.
enum Member {
    /// A value.
    Value(Ref),
    /// A method of its class.
    Method(Ref),
    /// The builtin of that name.
    Builtin,
}

impl Recorder {
    /// What the name of the running instruction stands for, of the object in a register.
    fn member(&mut self, now: &Now<'_>, register: usize) -> Result<Member, Abort> {
        let site = now.proto.site(now.at, now.word.j() as usize);
        let (actual, heap) = (now.register(register), &now.vm.heap);
        let object = self.read_register(now, register)?;
        if let Some(instance) = actual.as_instance() {
            if let Some(slot) = instance.field_slot(heap, site.key) {
                return Ok(Member::Value(self.named_field(now, site, object, instance, slot)?));
            }
            let class = instance.class(heap);
            if let Some(place) = class.method_place(site.key) {
                let holder = self.instance(now, object, instance);
                return Ok(Member::Method(self.method(holder, place)));
            }
            if let Some(place) = class.static_place(site.key) {
                let holder = self.class_of(now, object, instance);
                return Ok(Member::Value(self.load_static(holder, place)));
            }
            if site.builtin.is_some() {
                self.class_of(now, object, instance);
                return Ok(Member::Builtin);
            }
        } else if let Some(class) = actual.as_class() {
            let place = class.static_place(site.key);
            if place.is_some() || site.builtin.is_some() {
                let holder = self.guard(now, Op::GuardShape, &[object, Ref(class.number())]);
                return Ok(place.map_or(Member::Builtin, |place| Member::Value(self.load_static(holder, place))));
            }
        } else if let Some(owner) = actual.as_enum() {
            let place = owner.member_place(&site.name);
            if place.is_some() || site.builtin.is_some() {
                let holder = self.guard(now, Op::GuardShape, &[object, Ref(owner.cache_number())]);
                return Ok(place.map_or(Member::Builtin, |place| Member::Value(self.load_static(holder, place))));
            }
        } else if let (Some(_), Some(offset)) = (actual.as_enum_member(), field_of_enum_member(&site.name)) {
            let member = self.guard(now, Op::GuardShape, &[object, Ref(ENUM_MEMBER_SHAPE)]);
            return Ok(Member::Value(self.out.emit(Op::LoadField, &[member, Ref(offset as u32)])));
        } else if site.builtin.is_some() {
            self.told_apart(now, register)?;
            return Ok(Member::Builtin);
        }
        Err(self.abort(Reason::Throws))
    }

    /// The class of an instance, its number guarded.
    fn class_of(&mut self, now: &Now<'_>, object: Ref, actual: InstanceRef) -> Ref {
        let instance = self.instance(now, object, actual);
        let class = actual.class(&now.vm.heap);
        let value = self.load_static(instance, class.place());
        self.guard(now, Op::GuardShape, &[value, Ref(class.number())])
    }

    /// The static at a place of a class, or the member of an enum.
    fn load_static(&mut self, holder: Ref, place: &Value) -> Ref {
        let holder = self.holder(holder);
        let place = self.out.trace.constant(Const::Place(std::ptr::from_ref(place) as u64));
        self.out.emit(Op::LoadStatic, &[holder, place])
    }

    /// The method at a place of the class of an instance, or of a class.
    pub(super) fn method(&mut self, holder: Ref, place: &Value) -> Ref {
        // Those of the classes of errors are no closures, and are the same for ever.
        if place.as_builtin().is_some() {
            return self.out.trace.constant(Const::Value(place.0));
        }
        let holder = self.holder(holder);
        let place = self.out.trace.constant(Const::Place(std::ptr::from_ref(place) as u64));
        self.out.emit(Op::Method, &[holder, place])
    }

    /// What tells that a class is there of which an instance is. That the class of a new one is there was seen before.
    fn holder(&mut self, instance: Ref) -> Ref {
        let object = memory::object(&self.out.trace, instance);
        if self.out.trace.def(object).is_none_or(|inst| inst.op != Op::NewInstance) {
            return instance;
        }
        let known = self.slots.classes.get(&object).copied();
        known.unwrap_or_else(|| self.out.trace.constant(Const::Nil))
    }

    /// `object.name`.
    pub(super) fn record_get_field(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let value = match self.member(now, now.word.b())? {
            Member::Value(value) => value,
            Member::Method(method) => {
                let object = self.read_register(now, now.word.b())?;
                self.bind(object, method)
            }
            Member::Builtin => {
                let receiver = self.read_register(now, now.word.b())?;
                return self.record_builtin_value(now, now.word.a(), Some(receiver));
            }
        };
        self.write_register(now, now.word.a(), value);
        Ok(())
    }

    /// A method and its receiver go to registers; or a function in a field or static, and undef.
    pub(super) fn record_get_method(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let word = now.word;
        let member = self.member(now, word.b())?;
        let object = self.read_register(now, word.b())?;
        let (callee, receiver) = match member {
            Member::Value(value) => (Some(value), self.out.trace.constant(Const::Undef)),
            Member::Method(method) => (Some(method), object),
            Member::Builtin => (None, object),
        };
        self.receivers.insert(receiver);
        self.write_register(now, word.a() + 2, receiver);
        match callee {
            Some(callee) => self.write_register(now, word.a() + 1, callee),
            None => self.record_builtin_value(now, word.a() + 1, None)?,
        }
        Ok(())
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

    /// `super.name` as a value.
    pub(super) fn record_bind(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let method = self.read_register(now, now.word.b())?;
        let receiver = self.read_register(now, now.word.c())?;
        let bound = self.bind(receiver, method);
        self.write_register(now, now.word.a(), bound);
        Ok(())
    }

    /// A method bound to a receiver.
    pub(super) fn bind(&mut self, receiver: Ref, method: Ref) -> Ref {
        let (boxed_receiver, boxed_method) = (self.out.boxed(receiver), self.out.boxed(method));
        let bound = self.out.emit(Op::NewBound, &[boxed_receiver, boxed_method]);
        self.bound.insert(bound, (receiver, method));
        bound
    }

    /// `object.name = value`.
    pub(super) fn record_set_field(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let actual = now.register(now.word.a());
        if let Some(instance) = actual.as_instance() {
            return self.set_field(now, instance);
        }
        match actual.as_class() {
            Some(class) => self.set_static(now, class),
            None => Err(self.abort(Reason::Throws)),
        }
    }

    fn set_static(&mut self, now: &Now<'_>, class: ClassRef) -> Result<(), Abort> {
        let site = now.proto.site(now.at, now.word.j() as usize);
        let place = class.own_static_place(site.key).ok_or_else(|| self.abort(Reason::FirstOfAKind))?;
        let object = self.read_register(now, now.word.a())?;
        let value = self.read_register(now, now.word.b())?;
        let holder = self.guard(now, Op::GuardShape, &[object, Ref(class.number())]);
        let is_reference = self.may_be_reference(value);
        let value = self.out.boxed(value);
        if is_reference {
            self.out.emit(Op::Barrier, &[holder]);
        }
        let place = self.out.trace.constant(Const::Place(std::ptr::from_ref(place) as u64));
        self.out.emit(Op::StoreStatic, &[holder, place, value]);
        Ok(())
    }

    /// Completes the binding of a builtin to a receiver, now that it has been done.
    pub(super) fn settle_bound_builtin(&mut self, now: &Now<'_>, slot: Slot, receiver: Ref) -> Result<(), Abort> {
        let bound = self.peek(now, slot).and_then(Value::as_bound).ok_or_else(|| self.abort(Reason::Lost))?;
        let method = self.builtin(now, bound.1)?;
        let value = self.bind(receiver, method);
        self.slots.set(slot, value);
        Ok(())
    }
}

/// Where a member of an enum has a field.
fn field_of_enum_member(name: &str) -> Option<usize> {
    match name {
        "name" => Some(std::mem::offset_of!(EnumMember, name)),
        "value" => Some(std::mem::offset_of!(EnumMember, value)),
        _ => None,
    }
}
