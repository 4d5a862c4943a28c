//! Fields and methods, found through inline caches; classes being made.
//!
//! A cache's first word has, in its lower half, the number that the object must have in `header.aux`: an instance's
//! shape, or a class's own number. Its upper half says what that number stands for:
//!
//! | upper half | of `get.field` | of `get.method` | of `set.field` |
//! |---|---|---|---|
//! | 0 | the second word is the value's address | the second word is the method's address | the second word is the address of a class's static |
//! | 1 | | the same of a static, which gets no receiver | |
//! | other | the field lies so many bytes into the object | the same, no receiver | the same; the second word is the shape afterwards |
//!
//! What a cache does not know, one that all sites share may ([`super::lookups`]); else it is looked up, and put there if it fits.

use std::mem::offset_of;

use super::{continue_or_raise, dispatch, handler};
use crate::bytecode::ops::Op;
use crate::bytecode::proto::{Cache, Proto, Site};
use crate::bytecode::word::Word;
use crate::error::{ErrorKind, Thrown};
use crate::faults::{self, Fault};
use crate::heap::object::{Closure, EnumMember, Header};
use crate::heap::shape::{ENUM_MEMBER_SHAPE, NO_SHAPE};
use crate::ops::members::{self, Member};
use crate::ops::type_name;
use crate::value::{TAG_OBJECT, Value};
use crate::vm::Vm;

/// Of `get.method`: a static at an address.
const STATIC: u64 = 1;

/// A word of the cache at a distance before the next instruction.
#[inline(always)]
unsafe fn cached(pc: *const u64, distance: isize, word: Cache) -> *mut u64 {
    // SAFETY: verified code has the cache's words there.
    unsafe { pc.sub(distance as usize + word as usize).cast_mut() }
}

/// Whether the cache of a look-up (`get.field`, `set.field` or `get.method`) knows its object.
///
/// # Safety
///
/// As for a handler of the instruction.
pub(super) unsafe fn is_cached(pc: *const u64, base: *mut Value, word: Word) -> bool {
    // SAFETY: the operands are registers of the frame, and an object's address is that of its header.
    unsafe {
        let register = if word.op() == Op::SetField { word.a() } else { word.b() };
        let object = *base.add(register);
        if object.tag() == TAG_OBJECT {
            (*object.address()).aux == *cached(pc, word.j(), Cache::Key) as u32
        } else {
            word.op() == Op::GetMethod && *cached(pc, word.j(), Cache::Builtin) != 0
        }
    }
}

/// What all lookups of an instruction need.
struct Lookup<'vm> {
    key: *mut u64,
    data: *mut u64,
    site: &'vm Site,
}

impl Lookup<'_> {
    unsafe fn new(pc: *const u64, base: *mut Value, word: Word) -> Self {
        // SAFETY: below register 0 lies the running closure, whose prototype has the site.
        unsafe {
            let distance = word.j();
            let proto: &Proto = &*(*(*base.sub(1)).address().cast::<Closure>()).proto;
            let site = &proto.sites[*cached(pc, distance, Cache::Site) as usize];
            Lookup { key: cached(pc, distance, Cache::Key), data: cached(pc, distance, Cache::Data), site }
        }
    }

    /// Puts what was found into the cache, and into the shared one if this one has known other objects.
    unsafe fn fill(&self, vm: &mut Vm, number: u32, what: u64, data: u64) {
        // SAFETY: the words of a cache are the interpreter's to change.
        unsafe {
            if *self.key as u32 != NO_SHAPE {
                vm.lookups.note(self.site, number, what as u32, data);
            }
            *self.key = number as u64 | what << 32;
            *self.data = data;
        }
    }

    /// Has the cache know what the shared one knows of an object. The upper half of its first word.
    unsafe fn recall(&self, vm: &mut Vm, object: Value) -> Option<u64> {
        if object.tag() != TAG_OBJECT {
            return None;
        }
        // SAFETY: an object's address is that of its header; for the words see `fill`.
        unsafe {
            let number = (*object.address()).aux;
            let entry = vm.lookups.find(self.site, number);
            vm.cache_uses.asked_shared(entry.is_some());
            let entry = entry?;
            *self.key = number as u64 | u64::from(entry.what) << 32;
            *self.data = entry.data;
            Some(entry.what.into())
        }
    }

    /// Puts into the cache where a value was found, if it is at a place that stays.
    unsafe fn remember_value(&self, vm: &mut Vm, object: Value, of_static: u64) {
        // SAFETY: as for `fill`.
        unsafe {
            if let Some(instance) = object.as_instance() {
                let slot = vm.heap.shapes.find(instance.shape(), self.site.key);
                if let Some(offset) = slot.and_then(|slot| instance.offset_of(slot)) {
                    self.fill(vm, instance.shape(), offset as u64, 0);
                }
            } else if let Some(class) = object.as_class()
                && let Some(place) = class.own_static_place(self.site.key)
            {
                self.fill(vm, class.number(), of_static, std::ptr::from_ref(place) as u64);
            } else if let Some(owner) = object.as_enum()
                && let Some(place) = owner.member_place(&self.site.name)
            {
                self.fill(vm, owner.cache_number(), of_static, std::ptr::from_ref(place) as u64);
            } else if object.as_enum_member().is_some() {
                let offset = if &*self.site.name == "name" {
                    offset_of!(EnumMember, name)
                } else {
                    offset_of!(EnumMember, value)
                };
                self.fill(vm, ENUM_MEMBER_SHAPE, offset as u64, 0);
            }
        }
    }
}

#[inline(never)]
unsafe fn get_field_slow(pc: *const u64, base: *mut Value, vm: &mut Vm, word: Word) -> bool {
    // SAFETY: the operands are registers of the frame.
    unsafe {
        let (object, lookup) = (*base.add(word.b()), Lookup::new(pc, base, word));
        if let Some(what) = lookup.recall(vm, object) {
            *base.add(word.a()) = *place_of(object.address(), pc, word.j(), what);
            return true;
        }
        let value = match members::find(&mut vm.heap, object, lookup.site) {
            Ok(Member::Value(value)) => {
                lookup.remember_value(vm, object, 0);
                value
            }
            Ok(Member::Method(method)) => vm.heap.bound(object, method),
            Ok(Member::Builtin(index)) => {
                let method = vm.builtin_value(index);
                vm.heap.bound(object, method)
            }
            Err(thrown) => return vm.fail(thrown),
        };
        *base.add(word.a()) = value;
        true
    }
}

/// Defines the way out of a handler that its cache does not serve.
macro_rules! rare {
    ($name:ident, $slow:ident) => {
        handler!(
            #[cold]
            #[inline(never)]
            $name
                | pc,
            base,
            vm,
            word,
            table | { continue_or_raise!($slow(pc, base, &mut *vm, *word), pc, base, vm, word, table) }
        );
    };
}

rare!(get_field_rare, get_field_slow);
rare!(set_field_rare, set_field_slow);
rare!(get_method_rare, get_method_slow);

/// The place that a cache leads to, of an object that it knows.
#[inline(always)]
unsafe fn place_of(header: *mut Header, pc: *const u64, distance: isize, what: u64) -> *mut Value {
    // SAFETY: what was put into the cache stands for every object with its number.
    unsafe {
        match what {
            0 | STATIC => *cached(pc, distance, Cache::Data) as *mut Value,
            offset => header.byte_add(offset as usize).cast(),
        }
    }
}

handler!(
    get_field | pc,
    base,
    vm,
    word,
    table | {
        let object = *base.add(word.b());
        if object.tag() == TAG_OBJECT {
            let (header, distance) = (object.address(), word.j());
            let key = *cached(pc, distance, Cache::Key);
            let is_known = (*header).aux == key as u32 || (faults::on(Fault::InterpCache) && key >> 32 > STATIC);
            if is_known {
                *base.add(word.a()) = *place_of(header, pc, distance, key >> 32);
                dispatch!(pc, base, vm, table)
            }
        }
        get_field_rare(pc, base, vm, word.0, table)
    }
);

/// Writes a field, or static, of an object that the cache knows.
#[inline(always)]
unsafe fn write_known(header: *mut Header, value: Value, vm: &mut Vm, pc: *const u64, distance: isize, what: u64) {
    // SAFETY: what was put into the cache stands for every object with its number.
    unsafe {
        vm.heap.barrier(header);
        if what != 0 {
            (*header).aux = *cached(pc, distance, Cache::Data) as u32;
        }
        *place_of(header, pc, distance, what) = value;
    }
}

#[inline(never)]
unsafe fn set_field_slow(pc: *const u64, base: *mut Value, vm: &mut Vm, word: Word) -> bool {
    // SAFETY: the operands are registers of the frame.
    unsafe {
        let (object, value, lookup) = (*base.add(word.a()), *base.add(word.b()), Lookup::new(pc, base, word));
        if let Some(what) = lookup.recall(vm, object) {
            write_known(object.address(), value, vm, pc, word.j(), what);
            return true;
        }
        let before = object.as_instance().map(|instance| instance.shape());
        if let Err(thrown) = members::set(&mut vm.heap, object, lookup.site, value) {
            return vm.fail(thrown);
        }
        match (object.as_instance(), before) {
            (Some(instance), Some(before)) => {
                let slot = vm.heap.shapes.find(instance.shape(), lookup.site.key);
                if let Some(offset) = slot.and_then(|slot| instance.offset_of(slot)) {
                    lookup.fill(vm, before, offset as u64, instance.shape() as u64);
                }
            }
            _ => lookup.remember_value(vm, object, 0),
        }
        true
    }
}

handler!(
    set_field | pc,
    base,
    vm,
    word,
    table | {
        let object = *base.add(word.a());
        if object.tag() == TAG_OBJECT {
            let (header, distance) = (object.address(), word.j());
            let key = *cached(pc, distance, Cache::Key);
            if (*header).aux == key as u32 {
                write_known(header, *base.add(word.b()), &mut *vm, pc, distance, key >> 32);
                dispatch!(pc, base, vm, table)
            }
        }
        set_field_rare(pc, base, vm, word.0, table)
    }
);

#[inline(never)]
unsafe fn get_method_slow(pc: *const u64, base: *mut Value, vm: &mut Vm, word: Word) -> bool {
    // SAFETY: the operands are registers of the frame.
    unsafe {
        let (object, lookup) = (*base.add(word.b()), Lookup::new(pc, base, word));
        if let Some(what) = lookup.recall(vm, object) {
            *base.add(word.a() + 1) = *place_of(object.address(), pc, word.j(), what);
            *base.add(word.a() + 2) = if what == 0 { object } else { Value::UNDEF };
            return true;
        }
        let (method, receiver) = match members::find(&mut vm.heap, object, lookup.site) {
            Ok(Member::Value(value)) => {
                lookup.remember_value(vm, object, STATIC);
                (value, Value::UNDEF)
            }
            Ok(Member::Method(method)) => {
                if let Some(instance) = object.as_instance()
                    && let Some(place) = instance.class(&vm.heap).method_place(lookup.site.key)
                {
                    lookup.fill(vm, instance.shape(), 0, std::ptr::from_ref(place) as u64);
                }
                (method, object)
            }
            Ok(Member::Builtin(index)) => (vm.builtin_value(index), object),
            Err(thrown) => return vm.fail(thrown),
        };
        *base.add(word.a() + 1) = method;
        *base.add(word.a() + 2) = receiver;
        true
    }
}

handler!(
    get_method | pc,
    base,
    vm,
    word,
    table | {
        let object = *base.add(word.b());
        let (window, distance) = (base.add(word.a()), word.j());
        if object.tag() == TAG_OBJECT {
            let header = object.address();
            let key = *cached(pc, distance, Cache::Key);
            if (*header).aux == key as u32 {
                let what = key >> 32;
                *window.add(1) = *place_of(header, pc, distance, what);
                *window.add(2) = if what == 0 { object } else { Value::UNDEF };
                dispatch!(pc, base, vm, table)
            }
        } else {
            let builtin = *cached(pc, distance, Cache::Builtin);
            if builtin != 0 {
                *window.add(1) = Value(builtin);
                *window.add(2) = object;
                dispatch!(pc, base, vm, table)
            }
        }
        get_method_rare(pc, base, vm, word.0, table)
    }
);

#[inline(never)]
unsafe fn find_super(pc: *const u64, base: *mut Value, vm: &mut Vm, word: Word) -> bool {
    // SAFETY: the operands are registers of the frame.
    unsafe {
        let class = (*base.add(word.b())).as_class().expect("the compiler names what a class extends");
        match members::find_super(class, Lookup::new(pc, base, word).site) {
            Ok(method) => {
                *base.add(word.a()) = method;
                true
            }
            Err(thrown) => vm.fail(thrown),
        }
    }
}

handler!(
    get_super | pc,
    base,
    vm,
    word,
    table | { continue_or_raise!(find_super(pc, base, &mut *vm, *word), pc, base, vm, word, table) }
);

#[inline(never)]
unsafe fn make_bound(base: *mut Value, vm: &mut Vm, word: Word) {
    // SAFETY: the operands are registers of the frame.
    unsafe { *base.add(word.a()) = vm.heap.bound(*base.add(word.c()), *base.add(word.b())) };
}

handler!(
    bind | pc,
    base,
    vm,
    word,
    table | {
        make_bound(base, &mut *vm, *word);
        dispatch!(pc, base, vm, table)
    }
);

#[inline(never)]
unsafe fn make_class(base: *mut Value, vm: &mut Vm, word: Word) -> bool {
    // SAFETY: the operands are registers of the frame; below register 0 lies the running closure.
    unsafe {
        let proto: &Proto = &*(*(*base.sub(1)).address().cast::<Closure>()).proto;
        let info = &proto.classes[word.j() as usize];
        let mut parent = None;
        if info.extends {
            let value = *base.add(word.b());
            parent = value.as_class();
            if parent.is_none() {
                let message = format!("a class can only extend a class, not {}", type_name(value));
                return vm.fail(Thrown::new(ErrorKind::Type, message));
            }
        }
        *base.add(word.a()) = vm.heap.class(info, parent).value();
        true
    }
}

handler!(
    new_class | pc,
    base,
    vm,
    word,
    table | { continue_or_raise!(make_class(base, &mut *vm, *word), pc, base, vm, word, table) }
);

/// The class in register `a`, which is being made.
unsafe fn class_in(base: *mut Value, word: Word) -> crate::heap::class::ClassRef {
    // SAFETY: the operands are registers of the frame.
    unsafe { (*base.add(word.a())).as_class().expect("the compiler names the class that it is making") }
}

#[inline(never)]
unsafe fn add_method(base: *mut Value, vm: &mut Vm, word: Word, name: Value) {
    // SAFETY: the operands are registers of the frame.
    unsafe { class_in(base, word).add_method(&mut vm.heap, name, *base.add(word.b())) }
}

handler!(
    def_method | pc,
    base,
    vm,
    word,
    table | {
        add_method(base, &mut *vm, *word, super::constant!(pc, word.j() as usize));
        dispatch!(pc, base, vm, table)
    }
);

#[inline(never)]
unsafe fn add_static(base: *mut Value, vm: &mut Vm, word: Word, name: Value) {
    // SAFETY: the operands are registers of the frame.
    unsafe { class_in(base, word).set_static(&mut vm.heap, name, *base.add(word.b())) }
}

handler!(
    def_static | pc,
    base,
    vm,
    word,
    table | {
        add_static(base, &mut *vm, *word, super::constant!(pc, word.j() as usize));
        dispatch!(pc, base, vm, table)
    }
);

#[inline(never)]
unsafe fn set_field_function(base: *mut Value, vm: &mut Vm, word: Word) {
    // SAFETY: the operands are registers of the frame.
    unsafe { class_in(base, word).set_field_function(&mut vm.heap, *base.add(word.b())) }
}

handler!(
    def_fields | pc,
    base,
    vm,
    word,
    table | {
        set_field_function(base, &mut *vm, *word);
        dispatch!(pc, base, vm, table)
    }
);
