//! Looks into objects: what the machine and the builtins see of a value that refers to one.
//!
//! Each reference type is a value whose kind has been checked. It is valid until the next collection, like the value.

use std::ptr::NonNull;

use super::Heap;
use super::array::ArrayRef;
use super::object::{Bound, Cell, Closure, Header, ObjectKind, Range};
use super::string::StrRef;
use crate::bytecode::proto::Proto;
use crate::value::{TAG_CLOSURE, TAG_OBJECT, Value};

/// A closure.
#[derive(Clone, Copy, Debug)]
pub struct ClosureRef(NonNull<Closure>);

/// A cell.
#[derive(Clone, Copy, Debug)]
pub struct CellRef(NonNull<Cell>);

impl Value {
    /// The array, if it is one.
    #[inline(always)]
    pub fn as_array(self) -> Option<ArrayRef> {
        ArrayRef::from_value(self)
    }

    /// The string, if it is one.
    #[inline(always)]
    pub fn as_string(self) -> Option<StrRef> {
        StrRef::from_value(self)
    }

    /// The closure, if it is one.
    #[inline(always)]
    pub fn as_closure(self) -> Option<ClosureRef> {
        // A value under this tag always refers to a closure.
        if self.tag() == TAG_CLOSURE { NonNull::new(self.address().cast()).map(ClosureRef) } else { None }
    }

    /// The index of the builtin function, if it is one.
    #[inline]
    pub fn as_builtin(self) -> Option<u16> {
        // SAFETY: a value refers to a live object, of which this is the header.
        self.object(ObjectKind::Builtin).map(|header| unsafe { (*header).aux as u16 })
    }

    /// Receiver and method, if this is a bound method.
    #[inline]
    pub fn as_bound(self) -> Option<(Value, Value)> {
        let bound = self.object(ObjectKind::Bound)?.cast::<Bound>();
        // SAFETY: a value refers to a live object, whose kind was checked.
        unsafe { Some(((*bound).receiver, (*bound).method)) }
    }

    /// Start and end, if this is a range.
    #[inline]
    pub fn as_range(self) -> Option<(i64, i64)> {
        let range = self.object(ObjectKind::Range)?.cast::<Range>();
        // SAFETY: a value refers to a live object, whose kind was checked.
        unsafe { Some(((*range).start, (*range).end)) }
    }

    /// The cell, if it is one.
    #[inline]
    pub fn as_cell(self) -> Option<CellRef> {
        self.object(ObjectKind::Cell).and_then(|header| NonNull::new(header.cast())).map(CellRef)
    }

    /// The object, if it is of a kind that goes by the common tag.
    #[inline(always)]
    pub(super) fn object(self, kind: ObjectKind) -> Option<*mut Header> {
        (self.tag() == TAG_OBJECT && self.object_kind() == Some(kind)).then(|| self.address())
    }
}

impl ClosureRef {
    /// The closure as a value.
    #[inline(always)]
    pub fn value(self) -> Value {
        Value::pointer(TAG_CLOSURE, self.0.as_ptr())
    }

    /// Its function.
    #[inline(always)]
    pub fn proto(self) -> *const Proto {
        // SAFETY: refers to a live closure until the next collection.
        unsafe { (*self.0.as_ptr()).proto }
    }

    /// The address of its function's first instruction.
    #[inline(always)]
    pub fn code(self) -> *const u64 {
        // SAFETY: refers to a live closure until the next collection.
        unsafe { (*self.0.as_ptr()).code }
    }

    /// Number of captures.
    #[inline(always)]
    pub fn capture_count(self) -> usize {
        // SAFETY: refers to a live closure until the next collection.
        unsafe { (*self.0.as_ptr()).header.aux as usize }
    }

    /// A capture: the value, or the cell that holds it.
    #[inline(always)]
    pub fn capture(self, index: usize) -> Value {
        assert!(index < self.capture_count(), "capture {index} of {}", self.capture_count());
        // SAFETY: refers to a live closure until the next collection; the index was checked.
        unsafe { *self.captures().add(index) }
    }

    /// Replaces a capture: a closure that captures itself is made before its own value is known.
    pub fn set_capture(self, heap: &mut Heap, index: usize, value: Value) {
        assert!(index < self.capture_count(), "capture {index} of {}", self.capture_count());
        // SAFETY: refers to a live closure until the next collection; the index was checked.
        unsafe {
            heap.barrier(self.0.as_ptr().cast());
            *self.captures().add(index) = value;
        }
    }

    fn captures(self) -> *mut Value {
        // The captures lie behind the closure, outside of its type but in the same object.
        self.0.as_ptr().wrapping_add(1).cast()
    }
}

impl CellRef {
    /// What the cell holds.
    #[inline(always)]
    pub fn get(self) -> Value {
        // SAFETY: refers to a live cell until the next collection.
        unsafe { (*self.0.as_ptr()).value }
    }

    /// Replaces what the cell holds.
    #[inline(always)]
    pub fn set(self, heap: &mut Heap, value: Value) {
        // SAFETY: refers to a live cell until the next collection.
        unsafe {
            if value.is_pointer() {
                heap.barrier(self.0.as_ptr().cast());
            }
            (*self.0.as_ptr()).value = value;
        }
    }
}
