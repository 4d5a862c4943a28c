//! The collector.
//!
//! **Minor**: everything reachable in the nursery is copied to the old generation, a forwarding address left behind.
//! Roots are what the caller shows, the remembered objects and elements, and the copies themselves, which go through a
//! worklist (nothing recurses, however deep a structure is). Then dicts are brought up to date that have hashes of
//! addresses which have changed; buffers of nursery objects that were not copied are freed, and the nursery is empty.
//!
//! **Major**: follows a minor one when old objects and buffers have grown to twice what the last one left, or by a few MB. The nursery
//! being empty, all references are between old objects: mark from the roots, sweep.
//!
//! All survivors are promoted at once. An object that dies just after a collection thus stays until the next major one,
//! but there is no age to be kept and no object is copied twice.
//!
//! Cost: a minor collection takes time in proportion to the roots, to what survives, and to the remembered objects; a
//! major one in proportion to the old generation.

use std::alloc::dealloc;
use std::ptr;
use std::sync::atomic::Ordering;

use super::array::{inline_words, owns_buffer};
use super::dict::DictRef;
use super::object::{
    Array, DICT_YOUNG_HASHES, GC_FORWARDED, GC_MARKED, GC_OLD, GC_PERMANENT, GC_REMEMBERED, Header, ObjectKind,
    STR_FORM, STR_INLINE, STR_ROPE, Storage, Str, size_of_object, visit_references,
};
use super::old::finalize;
use super::{CHUNK, CHUNK_LAYOUT, COLLECT_REQUEST, Heap};
use crate::faults::{self, Fault};
use crate::value::{PAYLOAD, TAG_OBJECT, Value};

/// Shows every root: calls the function it is given with each place that holds a value that is still needed, and lets
/// it change the value there. Called once or twice a collection.
pub type Roots<'a> = dyn FnMut(&mut dyn FnMut(&mut Value)) + 'a;

/// Under stress, every so many minor collections a major one follows.
const STRESS_MAJOR: u64 = 8;
/// What freed nursery memory is filled with where bugs are looked for.
pub(super) const POISON: u8 = 0xDB;

impl Heap {
    /// Collects the nursery, and the old generation if it is due. Withdraws the request for a collection.
    ///
    /// # Safety
    /// `roots` must show every place outside the heap that holds a value still to be used, and each value shown must be
    /// valid. Every other copy of a reference to an object, `ArrayRef` and the like included, is invalid afterwards.
    pub unsafe fn collect(&mut self, roots: &mut Roots) {
        // SAFETY: the caller vouches for the roots.
        unsafe {
            self.collect_nursery(roots);
            let accounts = self.accounts();
            let due = accounts.total() >= accounts.next_major.get() || self.over_limit();
            if due || (self.stress > 0 && self.statistics.minor_collections.is_multiple_of(STRESS_MAJOR)) {
                self.collect_old(roots);
            }
            self.accounts().collected();
        }
    }

    /// Collects both generations.
    ///
    /// # Safety
    /// As for [`Heap::collect`].
    pub unsafe fn collect_everything(&mut self, roots: &mut Roots) {
        // SAFETY: the caller vouches for the roots.
        unsafe {
            self.collect_nursery(roots);
            self.collect_old(roots);
            self.accounts().collected();
        }
    }

    /// # Safety
    /// As for [`Heap::collect`].
    unsafe fn collect_nursery(&mut self, roots: &mut Roots) {
        self.statistics.minor_collections += 1;
        let promoted_before = self.statistics.promoted_bytes;
        self.cursor.reset();
        debug_assert!(self.gray.is_empty(), "the last collection finished");

        // SAFETY: the caller vouches for the roots. Remembered objects are live or at least not yet freed: only a
        // major collection frees old objects, and before one all lists are emptied here. The element of a remembered
        // place is only looked at if the array still has it and stores values; an entry, if the dict still has it.
        unsafe {
            roots(&mut |value| self.promote(value));
            for object in std::mem::take(&mut self.remembered) {
                (*object).gc &= !GC_REMEMBERED;
                self.note_moved_keys(object);
                visit_references(object, |value| self.promote(value));
            }
            for (array, index) in std::mem::take(&mut self.remembered_elements) {
                if (*array).header.storage == Storage::Any && index < (*array).len {
                    self.promote(&mut *(*array).data.add(index).cast::<Value>());
                }
            }
            for (dict, index) in std::mem::take(&mut self.remembered_entries) {
                if index < (*dict).used {
                    let entry = (*dict).entries.add(index as usize);
                    self.promote(&mut (*entry).key);
                    self.promote(&mut (*entry).value);
                }
            }
            while let Some(object) = self.gray.pop() {
                visit_references(object, |value| self.promote(value));
            }
            for dict in std::mem::take(&mut self.moved_keys) {
                if faults::on(Fault::HeapKeys) {
                    continue;
                }
                DictRef::rehash(dict);
            }
        }

        let owners = std::mem::take(&mut *self.accounts().nursery_owners.borrow_mut());
        for owner in owners {
            // SAFETY: an owner was a nursery object; its memory is still there, and it is listed once. What was not
            // forwarded is not referred to any more.
            unsafe {
                if (*owner).gc & GC_FORWARDED == 0 {
                    finalize(owner, self.accounts());
                }
            }
        }
        let young = self.current * CHUNK + self.nursery_bytes();
        self.pace.survived(young, (self.statistics.promoted_bytes - promoted_before) as usize);
        self.empty_nursery();
        self.accounts().external_recent.set(0);
        self.accounts().external_step.set(self.pace.buffer_bytes());
        self.accounts().flag.fetch_and(!COLLECT_REQUEST, Ordering::Relaxed);
    }

    /// Makes a place refer to the old copy of the nursery object that it refers to.
    ///
    /// # Safety
    /// The value must be valid.
    #[inline]
    unsafe fn promote(&mut self, value: &mut Value) {
        if !value.is_pointer() {
            return;
        }
        let object = value.address();
        // SAFETY: a valid value refers to an object, and during a collection to one that may have been forwarded, which
        // left the address of the copy behind its header.
        unsafe {
            let gc = (*object).gc;
            if gc & GC_OLD != 0 {
                return;
            }
            let copy = if gc & GC_FORWARDED != 0 { *forwarding_address(object) } else { self.copy(object) };
            value.0 = value.0 & !PAYLOAD | copy as u64;
        }
    }

    /// Copies a nursery object to the old generation.
    ///
    /// # Safety
    /// `object` must be a nursery object that has not been forwarded.
    unsafe fn copy(&mut self, object: *mut Header) -> *mut Header {
        // SAFETY: the caller vouches for the object; the old space gave room for all of it.
        unsafe {
            let bytes = size_of_object(object);
            let copy = self.old.allocate(bytes, &*self.accounts);
            self.statistics.promoted_bytes += bytes as u64;
            ptr::copy_nonoverlapping(object.cast::<u64>(), copy.cast::<u64>(), bytes / 8);
            (*copy).gc = GC_OLD;
            if (*object).kind == ObjectKind::Str && (*object).flags & STR_FORM == STR_INLINE {
                (*copy.cast::<Str>()).data = copy.cast::<u8>().add(size_of::<Str>());
            }
            if (*object).kind == ObjectKind::Array && !owns_buffer(object.cast()) {
                (*copy.cast::<Array>()).data = inline_words(copy.cast());
            }
            if (*object).kind == ObjectKind::Dict {
                self.note_moved_keys(copy);
            }
            debug_assert!((*object).kind != ObjectKind::Class, "classes are never in the nursery");
            if refers(copy) {
                self.gray.push(copy);
            }
            (*object).gc = GC_FORWARDED;
            *forwarding_address(object) = copy;
            copy
        }
    }

    /// Lists a dict that is to be looked through again once all its keys have their new addresses.
    ///
    /// # Safety
    /// `object` must be a live old object.
    #[inline]
    unsafe fn note_moved_keys(&mut self, object: *mut Header) {
        // SAFETY: the caller vouches for the object.
        if unsafe { (*object).kind == ObjectKind::Dict && (*object).flags & DICT_YOUNG_HASHES != 0 } {
            self.moved_keys.push(object.cast());
        }
    }

    fn empty_nursery(&mut self) {
        self.statistics.allocated_bytes += self.nursery_bytes() as u64;
        while self.chunks.len() > self.pace.chunks() {
            let chunk = self.chunks.pop().expect("there are more than none");
            // SAFETY: nothing lies in the chunk any more, and it was allocated with this layout.
            unsafe { dealloc(chunk, CHUNK_LAYOUT) };
        }
        self.accounts().nursery.set(self.chunks.len() * CHUNK);
        if self.stress > 0 || cfg!(debug_assertions) {
            for (index, &chunk) in self.chunks.iter().enumerate().take(self.current + 1) {
                // What was not reached in the last chunk still has its old poison, or was never written.
                let used = if index == self.current { self.nursery.top as usize - chunk as usize } else { CHUNK };
                // SAFETY: a chunk has that many bytes, and nothing lies in it any more.
                unsafe { ptr::write_bytes(chunk, POISON, used) };
            }
        }
        self.enter_chunk(0);
    }

    /// # Safety
    /// As for [`Heap::collect`]; the nursery must be empty.
    unsafe fn collect_old(&mut self, roots: &mut Roots) {
        self.statistics.major_collections += 1;
        // SAFETY: the caller vouches for the roots; the nursery is empty, so that every reference is to an old object.
        unsafe {
            roots(&mut |value| mark(*value, &mut self.gray));
            while let Some(object) = self.gray.pop() {
                if (*object).kind == ObjectKind::Instance {
                    let class = self.shapes.get((*object).aux).class();
                    mark(Value::pointer(TAG_OBJECT, class), &mut self.gray);
                }
                visit_references(object, |value| mark(*value, &mut self.gray));
            }
            self.shapes.forget_unmarked();
            self.old.sweep(false, &*self.accounts);
        }
        self.accounts().buffers.trim();
        self.accounts().plan_major();
    }
}

/// Whether an object may refer to others.
///
/// # Safety
/// `object` must be a live object.
#[inline]
unsafe fn refers(object: *const Header) -> bool {
    // SAFETY: the caller vouches for the object.
    unsafe {
        match (*object).kind {
            ObjectKind::BigInt | ObjectKind::Builtin | ObjectKind::Range => false,
            ObjectKind::Str => (*object).flags & STR_FORM == STR_ROPE,
            ObjectKind::Array => (*object).storage == Storage::Any,
            ObjectKind::Closure | ObjectKind::Bound | ObjectKind::Cell | ObjectKind::Dict | ObjectKind::DictIter => {
                true
            }
            ObjectKind::Enum | ObjectKind::EnumMember | ObjectKind::Instance | ObjectKind::Class => true,
        }
    }
}

/// Marks what a value refers to, and lists it, unless it is marked.
///
/// # Safety
/// The value must be valid, and not refer to the nursery.
#[inline]
unsafe fn mark(value: Value, gray: &mut Vec<*mut Header>) {
    if !value.is_pointer() {
        return;
    }
    let object = value.address();
    // SAFETY: a valid value refers to a live object.
    unsafe {
        debug_assert!((*object).gc & GC_OLD != 0, "{value:?} in the nursery, which is empty");
        if (*object).gc & (GC_MARKED | GC_PERMANENT) == 0 {
            (*object).gc |= GC_MARKED;
            // The list may get as long as there are objects: it has no use for those that refer to nothing.
            if refers(object) {
                gray.push(object);
            }
        }
    }
}

/// Where a forwarded object has the address of its copy.
///
/// # Safety
/// `object` must be a nursery object.
unsafe fn forwarding_address(object: *mut Header) -> *mut *mut Header {
    // SAFETY: every object has a word behind its header.
    unsafe { object.add(1).cast() }
}
