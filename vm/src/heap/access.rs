//! Looks into objects: what the machine and the builtins see of a value that refers to one.
//!
//! Each reference type is a value whose kind has been checked. It is valid until the next collection, like the value.

use std::ptr::NonNull;

use super::Heap;
use super::array::ArrayRef;
use super::dict::DictRef;
use super::object::{Bound, Cell, Closure, DictIter, Enum, EnumMember, Header, ObjectKind, Range};
use super::string::StrRef;
use crate::bytecode::proto::Proto;
use crate::error::Thrown;
use crate::value::{TAG_CLOSURE, TAG_OBJECT, Value};

/// A closure.
#[derive(Clone, Copy, Debug)]
pub struct ClosureRef(NonNull<Closure>);

/// A cell.
#[derive(Clone, Copy, Debug)]
pub struct CellRef(NonNull<Cell>);

/// An enum.
#[derive(Clone, Copy, Debug)]
pub struct EnumRef(NonNull<Enum>);

/// A member of an enum.
#[derive(Clone, Copy, Debug)]
pub struct EnumMemberRef(NonNull<EnumMember>);

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

    /// The dict, if it is one.
    #[inline(always)]
    pub fn as_dict(self) -> Option<DictRef> {
        DictRef::from_value(self)
    }

    /// What a loop over a dict keeps of it: the dict, and its number of changes when the loop began.
    #[inline]
    pub fn as_dict_iter(self) -> Option<(DictRef, u64)> {
        let iter = self.object(ObjectKind::DictIter)?.cast::<DictIter>();
        // SAFETY: a value refers to a live object, whose kind was checked.
        let (dict, changes) = unsafe { ((*iter).dict, (*iter).changes) };
        Some((dict.as_dict()?, changes))
    }

    /// The cell, if it is one.
    #[inline]
    pub fn as_cell(self) -> Option<CellRef> {
        self.object(ObjectKind::Cell).and_then(|header| NonNull::new(header.cast())).map(CellRef)
    }

    /// The enum, if it is one.
    #[inline]
    pub fn as_enum(self) -> Option<EnumRef> {
        self.object(ObjectKind::Enum).and_then(|header| NonNull::new(header.cast())).map(EnumRef)
    }

    /// The member of an enum, if it is one.
    #[inline]
    pub fn as_enum_member(self) -> Option<EnumMemberRef> {
        self.object(ObjectKind::EnumMember).and_then(|header| NonNull::new(header.cast())).map(EnumMemberRef)
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

impl EnumRef {
    /// The enum as a value.
    pub fn value(self) -> Value {
        Value::pointer(TAG_OBJECT, self.0.as_ptr())
    }

    /// Its name.
    pub fn name(self) -> StrRef {
        // SAFETY: refers to a live enum until the next collection.
        let name = unsafe { (*self.0.as_ptr()).name };
        name.as_string().expect("an enum is named by a string")
    }

    /// Its members, in order. None must be added meanwhile.
    pub fn members(self) -> impl DoubleEndedIterator<Item = EnumMemberRef> {
        let members = self.member_array();
        (0..members.len()).filter_map(move |index| {
            // SAFETY: an array with members stores values; the index is below its length.
            let member = unsafe { *members.data().cast::<Value>().add(index) };
            member.as_enum_member()
        })
    }

    /// The number that caches compare.
    pub fn cache_number(self) -> u32 {
        // SAFETY: refers to a live enum until the next collection.
        unsafe { (*self.0.as_ptr()).header.aux }
    }

    /// The place of a member, valid as long as the enum is.
    pub fn member_place<'h>(self, name: &str) -> Option<&'h Value> {
        let index = self.members().position(|member| member.name().as_str() == name)?;
        // SAFETY: refers to a live enum, whose array of members is complete: its buffer stays where it is.
        unsafe { Some(&*self.member_array().data().cast::<Value>().add(index)) }
    }

    /// The member of a name.
    pub fn member(self, name: &str) -> Option<EnumMemberRef> {
        self.members().find(|member| member.name().as_str() == name)
    }

    fn member_array(self) -> ArrayRef {
        // SAFETY: refers to a live enum until the next collection.
        let members = unsafe { (*self.0.as_ptr()).members };
        members.as_array().expect("an enum has its members in an array")
    }

    /// Adds a member. `name` is a string that no other member has, `value` an int.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    pub fn define(self, heap: &mut Heap, name: Value, value: Value) -> Result<(), Thrown> {
        debug_assert!(name.as_string().is_some() && value.is_int(), "a member {name:?} with the value {value:?}");
        let member = heap.enum_member(self.value(), name, value);
        self.member_array().push(heap, member)
    }
}

impl EnumMemberRef {
    /// The enum that it belongs to.
    pub fn owner(self) -> EnumRef {
        // SAFETY: refers to a live member until the next collection.
        let owner = unsafe { (*self.0.as_ptr()).owner };
        owner.as_enum().expect("a member belongs to an enum")
    }

    /// The member as a value.
    pub fn value(self) -> Value {
        Value::pointer(TAG_OBJECT, self.0.as_ptr())
    }

    /// Its name.
    pub fn name(self) -> StrRef {
        // SAFETY: refers to a live member until the next collection.
        let name = unsafe { (*self.0.as_ptr()).name };
        name.as_string().expect("a member is named by a string")
    }

    /// Its value, which is an int.
    pub fn number(self) -> Value {
        // SAFETY: refers to a live member until the next collection.
        unsafe { (*self.0.as_ptr()).value }
    }
}
