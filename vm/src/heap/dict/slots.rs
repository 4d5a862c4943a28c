//! The table of slots of a dict, and the memory that it shares with the entries.
//!
//! The slot of a removed entry is dead: it has the number of an entry behind all others, which never has a key, so that a
//! probe passes it like one of another key, and compiled code need not know of it. The next key that comes along takes it.

use std::alloc::Layout;

use super::hash::MIXER;
use crate::error::Thrown;
use crate::heap::Heap;
use crate::heap::accounts::Accounts;
use crate::heap::object::{Dict, Entry};
use crate::value::Value;

/// Room for entries and slots, not yet a dict's.
pub(super) struct Buffer {
    pub(super) entries: *mut Entry,
    pub(super) slots: *mut u64,
    pub(super) slot_count: usize,
}

impl Buffer {
    /// A buffer with all slots free.
    pub(super) fn allocate(heap: &mut Heap, slot_count: usize) -> Result<Buffer, Thrown> {
        let layout = buffer_layout(slot_count);
        heap.check_room(layout.size())?;
        // SAFETY: the layout's size is not zero.
        let entries = unsafe { heap.accounts().buffers.allocate_zeroed(layout) }.cast::<Entry>();
        if entries.is_null() {
            return Err(heap.accounts().refuse(layout.size()));
        }
        heap.accounts().add_external(layout.size());
        let capacity = capacity_of(slot_count);
        // SAFETY: there is an entry more than the capacity.
        unsafe { entries.add(capacity).write(REMOVED) };
        Ok(Buffer { entries, slots: entries.wrapping_add(capacity + 1).cast(), slot_count })
    }

    /// Makes this the buffer of a dict that has none, or whose own has been freed.
    ///
    /// # Safety
    /// `dict` must be live.
    pub(super) unsafe fn install(self, dict: *mut Dict) {
        // SAFETY: the caller vouches for the dict.
        unsafe {
            ((*dict).entries, (*dict).slots) = (self.entries, self.slots);
            ((*dict).mask, (*dict).capacity) = ((self.slot_count - 1) as u32, capacity_of(self.slot_count) as u32);
        }
    }
}

/// What stands in place of a removed entry, and behind the last one.
pub(super) const REMOVED: Entry = Entry { key: Value::UNDEF, value: Value::NIL };

/// Entries that there is room for beside so many slots.
pub(super) const fn capacity_of(slot_count: usize) -> usize {
    slot_count * 5 / 8
}

pub(super) fn buffer_layout(slot_count: usize) -> Layout {
    let bytes = (capacity_of(slot_count) + 1) * size_of::<Entry>() + slot_count * size_of::<u64>();
    Layout::from_size_align(bytes, align_of::<Entry>()).expect("numbers of slots are limited")
}

/// Frees the buffer of a dict.
///
/// # Safety
/// `dict` must be a dict whose entries are not used any more.
pub(in crate::heap) unsafe fn free_dict(dict: *mut Dict, accounts: &Accounts) {
    // SAFETY: the caller vouches for the dict, whose buffer was allocated with this layout.
    unsafe {
        if (*dict).capacity != 0 {
            let layout = buffer_layout((*dict).mask as usize + 1);
            accounts.buffers.free((*dict).entries.cast(), layout);
            accounts.remove_external(layout.size());
        }
    }
}

#[inline(always)]
pub(super) fn slot_of(hash: u32, number: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(number + 1)
}

#[inline(always)]
pub(super) fn slot_hash(slot: u64) -> u32 {
    (slot >> 32) as u32
}

/// The entry that a slot refers to.
#[inline(always)]
pub(super) fn entry_of(entries: *mut Entry, slot: u64) -> *mut Entry {
    entries.wrapping_add(slot as u32 as usize).wrapping_sub(1)
}

#[inline(always)]
pub(super) fn slot_number(slot: u64) -> u32 {
    (slot as u32).wrapping_sub(1)
}

/// The dead slot of tables of this mask.
#[inline(always)]
pub(super) fn dead_slot(mask: u32) -> u64 {
    slot_of(u32::MAX, capacity_of(mask as usize + 1) as u32)
}

/// Puts what is not there in a slot that is free or dead. Whether it was free.
///
/// # Safety
/// `slots` must be the slots of the mask, one of them free.
#[inline]
pub(super) unsafe fn place(slots: *mut u64, mask: u32, slot: u64) -> bool {
    let hash = slot_hash(slot);
    let dead = dead_slot(mask);
    let mut at = hash & mask;
    let mut moved = false;
    // SAFETY: the caller vouches for the slots, and `at` is masked.
    unsafe {
        loop {
            let taken = *slots.add(at as usize);
            if taken == 0 || taken == dead {
                *slots.add(at as usize) = slot;
                return taken == 0;
            }
            at = next_slot(at, moved, hash) & mask;
            moved = true;
        }
    }
}

/// Where a probe goes on after a slot, before masking: from the first one to where all bits of the hash lead, from there
/// to the next.
#[inline(always)]
pub(super) fn next_slot(at: u32, moved: bool, hash: u32) -> u32 {
    if moved { at + 1 } else { (u64::from(hash).wrapping_mul(MIXER) >> 32) as u32 }
}

/// The hashes of the first so many entries, by their slots.
///
/// # Safety
/// `slots` must be the slots of the mask.
pub(super) unsafe fn hashes_of(slots: *const u64, mask: u32, hashes: &mut [u32]) {
    for at in 0..=mask as usize {
        // SAFETY: the caller vouches for the slots.
        let slot = unsafe { *slots.add(at) };
        // Neither a free slot nor a dead one has the number of one of them.
        if let Some(hash) = hashes.get_mut(slot_number(slot) as usize) {
            *hash = slot_hash(slot);
        }
    }
}

/// Puts the entries that have a key side by side, where they may have been already, and in free slots.
///
/// # Safety
/// There must be an entry for each hash; `to` must have room for those that have a key, and be either all others or the
/// same; `slots` must be the slots of the mask, all of them free, and more than the entries.
pub(super) unsafe fn place_entries(from: *const Entry, hashes: &[u32], to: *mut Entry, slots: *mut u64, mask: u32) {
    let mut number = 0;
    for (old, &hash) in hashes.iter().enumerate() {
        // SAFETY: the caller vouches for the entries and the slots; no entry is written before it has been read.
        unsafe {
            let entry = *from.add(old);
            if !entry.key.is_undef() {
                to.add(number as usize).write(entry);
                place(slots, mask, slot_of(hash, number));
                number += 1;
            }
        }
    }
}
