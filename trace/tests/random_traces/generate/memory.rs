//! What random traces do with arrays, cells and instances.

use pseudo_trace::ir::eval::V;
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::storage::{Elements, StorageInfo};
use pseudo_trace::ir::types::{Const, Ref, Ty};
use pseudo_vm::value::{TAG_STRING, Value};

use super::{ARRAYS, Maker, NEW_SHAPES, OFFSETS, guard_of};

impl Maker<'_> {
    /// An instance that is written, and perhaps read or seen.
    pub(super) fn new_instance(&mut self) {
        let shape = Ref(self.random.pick(&NEW_SHAPES));
        let made = self.make_instance(shape);
        let instance = self.put(Op::Shaped, Ty::Obj, made, shape, Ref::NONE);
        for _ in 0..self.random.below(3) {
            let offset = Ref(self.random.pick(&OFFSETS));
            let value = self.boxed();
            self.put(Op::Barrier, Ty::None, instance, Ref::NONE, Ref::NONE);
            self.put(Op::StoreField, Ty::None, instance, offset, value);
            self.forget_snapshot();
        }
        match self.random.below(8) {
            0 => self.pools.entry(Ty::Obj).or_default().push(instance),
            1 => {
                self.keep(Ty::Any, made);
            }
            2 => {
                let offset = Ref(self.random.pick(&OFFSETS));
                let value = self.put(Op::LoadField, Ty::Any, instance, offset, Ref::NONE);
                self.keep(Ty::Any, value);
            }
            _ => {}
        }
    }

    pub(super) fn make_instance(&mut self, shape: Ref) -> Ref {
        let fields: Vec<Ref> = OFFSETS.iter().map(|_| self.boxed()).collect();
        let first = Ref(self.trace.args.len() as u32);
        self.trace.args.extend(&fields);
        self.put(Op::NewInstance, Ty::Any, shape, first, Ref(fields.len() as u32))
    }

    pub(super) fn array(&mut self) -> Option<(Ref, Ty)> {
        let ty = if self.random.one_in(2) { Ty::ArrInt } else { self.random.pick(ARRAYS) };
        let pool = self.pools.get(&ty).filter(|pool| !pool.is_empty())?;
        Some((self.random.pick(pool), ty))
    }

    pub(super) fn element(&mut self) {
        let Some((array, ty)) = self.array() else { return };
        let index = match self.counter {
            Some(counter) if !self.random.one_in(3) => {
                let offset = self.random.pick(&[0, 0, 0, 1, -1, 2]);
                if offset == 0 {
                    counter
                } else {
                    let offset = self.trace.int(offset);
                    self.put(Op::AddInt, Ty::Int, counter, offset, Ref::NONE)
                }
            }
            _ if self.random.one_in(3) => {
                let index = self.random.below(4) as i64;
                self.trace.int(index)
            }
            _ => self.value(Ty::Int),
        };
        let length = self.put(Op::ArrLen, Ty::Int, array, Ref::NONE, Ref::NONE);
        let now = self.int_now(length).unwrap_or(0);
        let in_range = self.int_now(index).is_some_and(|index| (0..now).contains(&index));
        let index = if in_range || self.random.one_in(30) { index } else { self.trace.int(2) };
        let test = self.put(Op::UltInt, Ty::Bool, index, length, Ref::NONE);
        self.guard(Op::GuardTrue, Ty::None, test, Ref::NONE);
        let data = self.put(Op::ArrData, Ty::Ptr, array, Ref::NONE, Ref::NONE);
        let elements = StorageInfo::of_array(ty).and_then(|row| row.elements).expect("an array of elements");
        let Elements { load, store, ty: element } = elements;
        for _ in 0..1 + self.random.below(4) {
            let may_store = self.in_loop || self.trace_has_no_loop;
            if !may_store || self.random.one_in(2) {
                let value = self.put(load, element, data, index, Ref::NONE);
                self.keep(element, value);
            } else {
                let value = if element == Ty::Any { self.boxed() } else { self.value(element) };
                self.put(store, Ty::None, data, index, value);
                self.forget_snapshot();
            }
        }
    }

    /// `push` or `pop`.
    pub(super) fn resize(&mut self) {
        let may_store = self.in_loop || self.trace_has_no_loop;
        let Some((array, ty)) = self.array().filter(|_| may_store) else { return };
        let Elements { load, store, ty: element } =
            StorageInfo::of_array(ty).and_then(|row| row.elements).expect("an array of elements");
        let pushes = self.random.one_in(2);
        if pushes {
            self.guard(Op::Reserve, Ty::None, array, Ref::NONE);
        }
        let length = self.put(Op::ArrLen, Ty::Int, array, Ref::NONE, Ref::NONE);
        let by = self.trace.int(if pushes { 1 } else { -1 });
        if !pushes {
            let zero = self.trace.int(0);
            let test = self.put(Op::NeInt, Ty::Bool, length, zero, Ref::NONE);
            self.guard(Op::GuardTrue, Ty::None, test, Ref::NONE);
        }
        let changed = self.put(Op::AddInt, Ty::Int, length, by, Ref::NONE);
        let data = self.put(Op::ArrData, Ty::Ptr, array, Ref::NONE, Ref::NONE);
        if pushes {
            let value = if element == Ty::Any { self.boxed() } else { self.value(element) };
            self.put(Op::SetLen, Ty::None, array, changed, Ref::NONE);
            self.put(store, Ty::None, data, length, value);
        } else {
            let value = self.put(load, element, data, changed, Ref::NONE);
            self.put(Op::SetLen, Ty::None, array, changed, Ref::NONE);
            self.keep(element, value);
        }
        self.forget_snapshot();
    }

    pub(super) fn cell(&mut self) {
        let Some(pool) = self.pools.get(&Ty::Ptr).filter(|pool| !pool.is_empty()) else { return };
        let address = self.random.pick(pool);
        if self.random.one_in(2) {
            let value = self.put(Op::LoadCell, Ty::Any, address, Ref::NONE, Ref::NONE);
            self.keep(Ty::Any, value);
        } else {
            let value = self.boxed();
            self.put(Op::Barrier, Ty::None, address, Ref::NONE, Ref::NONE);
            self.put(Op::StoreCell, Ty::None, address, value, Ref::NONE);
            self.forget_snapshot();
        }
    }

    pub(super) fn field(&mut self) {
        let Some(pool) = self.pools.get(&Ty::Obj).filter(|pool| !pool.is_empty()) else { return };
        let instance = self.random.pick(pool);
        if self.in_loop && self.random.one_in(3) {
            return self.new_instance();
        }
        if self.random.one_in(4) {
            return self.named_field(instance);
        }
        let offset = Ref(self.random.pick(&[OFFSETS[0], OFFSETS[0], OFFSETS[1]]));
        let may_store = self.in_loop || self.trace_has_no_loop;
        if may_store && self.random.one_in(2) {
            let value = self.boxed();
            self.put(Op::Barrier, Ty::None, instance, Ref::NONE, Ref::NONE);
            self.put(Op::StoreField, Ty::None, instance, offset, value);
            self.forget_snapshot();
            return;
        }
        self.load_field(instance);
    }

    /// A field that is found by its name, of an instance that a guard knows the shape of as well, and read or written.
    fn named_field(&mut self, instance: Ref) {
        let object = self.trace.def(instance).expect("a guard").a;
        let name = Value::pointer(TAG_STRING, std::ptr::without_provenance_mut::<u8>(16 * self.random.below(3)));
        let name = self.trace.constant(Const::Value(name.0));
        let place = self.put(Op::FieldPlace, Ty::Ptr, object, name, Ref::NONE);
        let nowhere = self.trace.constant(Const::Nowhere);
        let missing = self.put(Op::SameAny, Ty::Bool, place, nowhere, Ref::NONE);
        self.guard(Op::GuardFalse, Ty::None, missing, Ref::NONE);
        for _ in 0..1 + self.random.below(2) {
            if (self.in_loop || self.trace_has_no_loop) && self.random.one_in(2) {
                let value = self.boxed();
                self.put(Op::Barrier, Ty::None, object, Ref::NONE, Ref::NONE);
                self.put(Op::StorePlace, Ty::None, place, value, Ref::NONE);
                self.forget_snapshot();
            } else {
                let value = self.put(Op::LoadPlace, Ty::Any, place, Ref::NONE, Ref::NONE);
                self.may_be_guarded(value);
            }
        }
    }

    /// A field that is read, its type perhaps guarded.
    pub(super) fn load_field(&mut self, instance: Ref) {
        let offset = Ref(self.random.pick(&[OFFSETS[0], OFFSETS[0], OFFSETS[1]]));
        let value = self.put(Op::LoadField, Ty::Any, instance, offset, Ref::NONE);
        self.may_be_guarded(value);
    }

    fn may_be_guarded(&mut self, value: Ref) {
        self.keep(Ty::Any, value);
        let ty = match self.now(value) {
            Some(V::Int(_)) => Ty::Int,
            Some(V::Float(_)) => Ty::Float,
            _ => return,
        };
        if !self.random.one_in(3) {
            let value = self.guard(guard_of(ty), ty, value, Ref::NONE);
            self.keep(ty, value);
        }
    }

    pub(super) fn object(&mut self) {
        let value = self.boxed();
        if self.random.one_in(2) {
            let cell = self.put(Op::NewCell, Ty::Any, value, Ref::NONE, Ref::NONE);
            let address = self.put(Op::CellAddr, Ty::Ptr, cell, Ref::NONE, Ref::NONE);
            self.keep(Ty::Ptr, address);
            return;
        }
        let first = self.trace.args.len() as u32;
        let int = self.value(Ty::Int);
        let int = self.put(Op::BoxInt, Ty::Any, int, Ref::NONE, Ref::NONE);
        self.trace.args.extend([int, int]);
        let array = self.put(Op::NewArray, Ty::Any, Ref::NONE, Ref(first), Ref(2));
        let array = self.guard(Op::GuardArrInt, Ty::ArrInt, array, Ref::NONE);
        self.keep(Ty::ArrInt, array);
    }
}
