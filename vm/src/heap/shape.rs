//! Shapes: which fields an instance has, and where.
//!
//! All instances of a class begin with its root shape, which has the declared fields. Adding a field takes an instance
//! to the shape with that field more; instances that get the same fields in the same order have the same shape. So one
//! compare of a shape's number says where every field is: inline caches and guards rest on that.
//!
//!     Point: {}  --x-->  {x: 0}  --y-->  {x: 0, y: 1}
//!
//! A shape also says how many fields have room in the instance; a class that learns that its instances need more gets
//! another root. Numbers are never used again, so that a cache may outlive its shape.
//!
//! Not yet: the shapes of a class that is gone are emptied, not freed; a program that makes classes in a loop pays some
//! 64 bytes for each. After Chambers, Ungar and Lee,
//! "An Efficient Implementation of Self" (OOPSLA 1989), section 3.

use super::object::{Class, GC_MARKED, GC_PERMANENT};
use crate::value::Value;

/// What every member of an enum has in `header.aux`, as if all had one shape with `name` and `value`.
pub const ENUM_MEMBER_SHAPE: u32 = 1 << 20;
/// The same of every bound method.
pub const BOUND_SHAPE: u32 = ENUM_MEMBER_SHAPE + 1;
/// The number of the first shape.
const FIRST_SHAPE: u32 = BOUND_SHAPE + 1;
/// The numbers that classes and enums have in `header.aux` begin here.
pub(crate) const FIRST_HOLDER: u32 = 1 << 31;
/// No object has this in `header.aux`.
pub const NO_SHAPE: u32 = u32::MAX;
/// Entries of the cache of lookups: a power of two.
const CACHE: usize = 1 << 10;

/// The number of a shape.
pub type ShapeId = u32;

/// A shape. Its fields are those of its parent, and one more.
#[derive(Debug)]
pub struct Shape {
    /// Null once the class is gone, and with it all its instances.
    class: *mut Class,
    parent: Option<ShapeId>,
    /// The name of the field that the parent has not. Of a root: none.
    name: Value,
    count: u32,
    capacity: u8,
    transitions: Vec<(Value, ShapeId)>,
}

impl Shape {
    /// The class of the instances that have this shape.
    pub fn class(&self) -> *mut Class {
        self.class
    }

    /// Number of fields. The one that was added last has the highest slot.
    pub fn count(&self) -> usize {
        self.count as usize
    }

    /// The shape that has a field more, if there is one.
    pub fn transition(&self, name: Value) -> Option<ShapeId> {
        self.transitions.iter().find(|&&(known, _)| known == name).map(|&(_, next)| next)
    }

    /// Number of fields that have room in an instance.
    pub fn capacity(&self) -> u8 {
        self.capacity
    }
}

/// An entry of the cache of look-ups, as compiled code sees it.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Cached {
    /// The name that was looked up.
    pub name: Value,
    /// In which shape.
    pub shape: ShapeId,
    /// The slot that was found; [`NO_SLOT`] if there is none.
    pub slot: u32,
}

/// Stands for no slot: no instance has as many fields.
pub const NO_SLOT: u32 = u32::MAX;

/// All shapes of a heap.
#[derive(Debug, Default)]
pub struct Shapes {
    list: Vec<Shape>,
    /// Null before anything has been looked up.
    pub(crate) cache: Option<Box<[Cached; CACHE]>>,
    holders: u32,
}

/// The place of a name and a shape in the cache: the number of the shape and the name's bits, shifted down by
/// [`NAME_SHIFT`], exclusive-ored, and of these so many bits. Neighbouring shapes are to have neighbouring places.
pub const PLACE_MASK: u32 = CACHE as u32 - 1;
/// Names are aligned to 16 bytes.
pub const NAME_SHIFT: u32 = 4;

impl Shapes {
    /// A number for a class or an enum, which neither a shape nor another of them has.
    pub(super) fn number_holder(&mut self) -> u32 {
        self.holders += 1;
        FIRST_HOLDER + self.holders - 1
    }

    /// The shape of instances that have no field yet.
    pub(super) fn root(&mut self, class: *mut Class, capacity: u8) -> ShapeId {
        self.add(Shape { class, parent: None, name: Value::UNDEF, count: 0, capacity, transitions: Vec::new() })
    }

    fn add(&mut self, shape: Shape) -> ShapeId {
        self.list.push(shape);
        FIRST_SHAPE + self.list.len() as u32 - 1
    }

    /// A shape by its number.
    #[inline(always)]
    pub fn get(&self, id: ShapeId) -> &Shape {
        &self.list[(id - FIRST_SHAPE) as usize]
    }

    /// The classes that shapes are of, each as often as it has shapes; null for those that are gone.
    pub(super) fn classes(&self) -> impl Iterator<Item = *mut Class> + '_ {
        self.list.iter().map(|shape| shape.class)
    }

    /// The shape that has a field more, which `id` has not.
    pub(super) fn with_field(&mut self, id: ShapeId, name: Value) -> ShapeId {
        debug_assert!(self.search(id, name).is_none(), "the field is there already");
        let shape = self.get(id);
        if let Some(next) = shape.transition(name) {
            return next;
        }
        let next = Shape { parent: Some(id), name, count: shape.count + 1, transitions: Vec::new(), ..*shape };
        let next = self.add(next);
        self.list[(id - FIRST_SHAPE) as usize].transitions.push((name, next));
        next
    }

    /// The slot of a field, if instances of the shape have it. `name` is a constant string of the heap.
    #[inline]
    pub fn find(&mut self, id: ShapeId, name: Value) -> Option<u32> {
        let place = ((id ^ (name.0 >> NAME_SHIFT) as u32) & PLACE_MASK) as usize;
        let cached = self.cache.as_ref().map(|cache| cache[place]);
        if let Some(known) = cached.filter(|cached| cached.shape == id && cached.name == name) {
            return Some(known.slot).filter(|&slot| slot != NO_SLOT);
        }
        let slot = self.search(id, name);
        let nothing = Cached { shape: NO_SHAPE, name: Value::UNDEF, slot: NO_SLOT };
        let cache = self.cache.get_or_insert_with(|| Box::new([nothing; CACHE]));
        cache[place] = Cached { shape: id, name, slot: slot.unwrap_or(NO_SLOT) };
        slot
    }

    /// Takes time in proportion to the number of fields.
    fn search(&self, id: ShapeId, name: Value) -> Option<u32> {
        self.fields(id).find(|&(known, _)| known == name).map(|(_, slot)| slot)
    }

    /// Names and slots of a shape's fields, the one that was added last first.
    pub fn fields(&self, id: ShapeId) -> impl Iterator<Item = (Value, u32)> + '_ {
        let mut next = Some(id);
        std::iter::from_fn(move || {
            let shape = self.get(next?);
            next = shape.parent;
            next.map(|_| (shape.name, shape.count - 1))
        })
    }

    /// Lets go of classes that are about to be freed.
    ///
    /// # Safety
    /// To be called between the marking and the sweep of a collection of the old generation.
    pub(super) unsafe fn forget_unmarked(&mut self) {
        for shape in &mut self.list {
            // SAFETY: a class that is not null has survived the last sweep.
            if !shape.class.is_null() && unsafe { (*shape.class).header.gc } & (GC_MARKED | GC_PERMANENT) == 0 {
                shape.class = std::ptr::null_mut();
                shape.transitions = Vec::new();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::Heap;

    #[test]
    fn bound_methods_have_a_number_that_no_instance_has() {
        let mut heap = Heap::default();
        let bound = heap.bound(Value::NIL, Value::TRUE);
        // SAFETY: a value under this tag refers to an object, which is alive until the next collection.
        assert_eq!(unsafe { (*bound.address()).aux }, BOUND_SHAPE);
        assert!((ENUM_MEMBER_SHAPE..FIRST_SHAPE).contains(&BOUND_SHAPE));
    }
}
