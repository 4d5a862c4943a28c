//! Dicts: hash maps that keep the order of insertion.
//!
//! The entries lie in a row as they came; a table of slots, open to linear probing, has for each entry its hash and its
//! number, so that a probe that does not match costs no look at the entry, and growing looks at no key. An entry that is
//! removed from the end of the row is gone, any other stays, without a key, until the row is full. Then what is left is
//! moved together, into more room if most of it is in use. At most five of eight slots are taken: every probe ends.
//!
//! Where a key's hash points is looked at first, without mixing; from there a probe goes on at a place that all bits of
//! the hash decide. The hash of an int is the int, nearly: keys that count up never meet, and lie side by side.
//!
//! Keys are the same as `==` says, but that `true` is not 1 and that a nan is no key. A float that is an int becomes
//! that int. Most objects are compared by identity and hashed by their address. Nursery objects move; so a dict with
//! such a hash is marked ([`DICT_YOUNG_HASHES`]), and the collection that moves its keys has it rehashed at the end.
//!
//! Everything that changes a dict takes the heap mutably and everything that lends its entries takes it shared, so that
//! no slice is held while its dict changes.

mod hash;
mod slots;

use std::ptr::{self, NonNull};

pub use hash::MIXER;
use hash::{Wanted, hash_of, known_hash};
pub(super) use slots::free_dict;
use slots::{
    Buffer, REMOVED, capacity_of, dead_slot, entry_of, hashes_of, next_slot, place, place_entries, slot_hash,
    slot_number, slot_of,
};

use super::Heap;
use super::object::{DICT_YOUNG_HASHES, Dict, Entry, GC_OLD, GC_REMEMBERED, Header, ObjectKind};
use crate::error::{ErrorKind, Thrown};
use crate::ops::compare;
use crate::value::{TAG_OBJECT, Value};

/// The least number of slots, a power of two.
const SMALLEST_TABLE: usize = 8;
/// The same for a literal, which may have all its keys already.
const LEAST_LITERAL: usize = 4;
/// The most. Numbers of entries fit 32 bits.
const LARGEST_TABLE: usize = 1 << 31;
/// From so many entries on, a dict's entries are remembered one by one.
const LARGE_DICT: u32 = 256;
/// Remembered entries beyond this make their dicts remembered whole: a loop may store again and again.
const REMEMBERED_ENTRIES: usize = 1 << 16;
/// A buffer is exchanged for a smaller one that is enough if it has so many times its slots.
const SHRINKS_AT: usize = 8;
/// The hashes of so many entries are gathered without asking for memory.
const FEW_ENTRIES: usize = 40;
/// A dict of the old generation that is emptied keeps its room up to so many slots.
const KEPT_TABLE: usize = 64;

/// The slot of dicts without a buffer.
static FREE_SLOT: u64 = 0;

/// A dict, known to be one. Valid until the next collection, like the value it came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DictRef(NonNull<Dict>);

/// What a look-up that compares no texts has found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// The entry.
    Entry(*mut Entry),
    /// There is none.
    Missing,
    /// There may be one, with a key of the same hash.
    Unsure,
}

impl DictRef {
    /// The dict of a value.
    #[inline(always)]
    pub fn from_value(value: Value) -> Option<DictRef> {
        value.object(ObjectKind::Dict).and_then(|header| NonNull::new(header.cast())).map(DictRef)
    }

    /// The dict as a value.
    #[inline(always)]
    pub fn value(self) -> Value {
        Value::pointer(TAG_OBJECT, self.0.as_ptr())
    }

    #[inline(always)]
    fn dict(&self) -> &Dict {
        // SAFETY: refers to a live dict until the next collection. No reference outlives an expression, so that none
        // is there when the dict changes.
        unsafe { &*self.0.as_ptr() }
    }

    /// Number of keys.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.dict().len as usize
    }

    /// Whether there is no key.
    #[inline(always)]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// How often a key was added or removed so far.
    #[inline(always)]
    pub fn changes(self) -> u64 {
        self.dict().changes
    }

    /// The value of a key, if it is there. Flattens a rope.
    #[inline]
    pub fn get(self, key: Value) -> Option<Value> {
        let wanted = Wanted::of(key)?;
        let entry = self.find_entry(wanted, wanted.hash())?;
        // SAFETY: it has just been found.
        Some(unsafe { (*entry).value })
    }

    /// Sets the value of a key, which is added at the end if it is not there. If this throws, nothing has changed.
    ///
    /// # Errors
    /// Kind `key` for nil and nan, kind `limit` if there is not enough memory.
    #[inline]
    pub fn set(self, heap: &mut Heap, key: Value, value: Value) -> Result<(), Thrown> {
        let Some(wanted) = Wanted::of(key) else { return Err(bad_key(key)) };
        let hash = wanted.hash();
        match self.find_entry(wanted, hash) {
            Some(entry) => {
                if value.is_pointer() {
                    self.remember(heap, entry);
                }
                // SAFETY: it has just been found.
                unsafe { (*entry).value = value };
                Ok(())
            }
            None => self.add(heap, wanted, key, hash, value),
        }
    }

    /// Sets keys to values, each key before its value.
    ///
    /// # Errors
    /// As for [`DictRef::set`]; then the keys before have been set.
    pub fn extend(self, heap: &mut Heap, keys_and_values: &[Value]) -> Result<(), Thrown> {
        self.reserve(heap, keys_and_values.len() / 2)?;
        keys_and_values.chunks_exact(2).try_for_each(|pair| self.set(heap, pair[0], pair[1]))
    }

    /// The same for a dict that has just been made, and is empty: keys whose hash is known and that are not like one another, as
    /// those of a literal mostly are, are put side by side.
    ///
    /// # Errors
    /// As for [`DictRef::set`]; then the keys before have been set.
    pub(super) fn fill(self, heap: &mut Heap, keys_and_values: &[Value]) -> Result<(), Thrown> {
        if keys_and_values.is_empty() {
            return Ok(());
        }
        let slot_count = table_for(heap, keys_and_values.len() / 2, LEAST_LITERAL)?;
        let buffer = Buffer::allocate(heap, slot_count)?;
        // SAFETY: the dict is live, and has no buffer.
        unsafe {
            buffer.install(self.0.as_ptr());
            heap.accounts().add_owner(self.0.as_ptr().cast());
        }
        for (number, pair) in (0..).zip(keys_and_values.chunks_exact(2)) {
            let Some(hash) = known_hash(pair[0]).filter(|&hash| self.is_free(hash)) else {
                return keys_and_values[2 * number as usize..]
                    .chunks_exact(2)
                    .try_for_each(|pair| self.set(heap, pair[0], pair[1]));
            };
            let dict = self.0.as_ptr();
            // SAFETY: the dict is live and young, so that nobody has to know of what it refers to; it has room for all pairs, and
            // the slot is free.
            unsafe {
                self.entry(number).write(Entry { key: pair[0], value: pair[1] });
                *(*dict).slots.add((hash & (*dict).mask) as usize) = slot_of(hash, number);
                ((*dict).used, (*dict).len, (*dict).taken) = (number + 1, number + 1, number + 1);
                (*dict).changes += 1;
            }
        }
        Ok(())
    }

    /// Whether nothing is where a hash points.
    #[inline(always)]
    fn is_free(self, hash: u32) -> bool {
        // SAFETY: the place is masked.
        unsafe { *self.dict().slots.add((hash & self.dict().mask) as usize) == 0 }
    }

    /// Takes a key out. Gives its value, if it was there.
    pub fn remove(self, heap: &mut Heap, key: Value) -> Option<Value> {
        let _ = heap;
        let wanted = Wanted::of(key)?;
        let at = self.find(wanted, wanted.hash())?;
        // SAFETY: `find` gives a slot of an entry, and `used` entries are initialised.
        unsafe {
            let dict = self.0.as_ptr();
            let slot = (*dict).slots.add(at as usize);
            let entry = entry_of((*dict).entries, *slot);
            let value = (*entry).value;
            *entry = REMOVED;
            *slot = dead_slot((*dict).mask);
            (*dict).len -= 1;
            (*dict).changes += 1;
            while (*dict).used > 0 && (*self.entry((*dict).used - 1)).key.is_undef() {
                (*dict).used -= 1;
            }
            (*dict).first = (*dict).first.min((*dict).used);
            while (*dict).first < (*dict).used && (*self.entry((*dict).first)).key.is_undef() {
                (*dict).first += 1;
            }
            Some(value)
        }
    }

    /// Takes all keys out.
    pub fn clear(self, heap: &mut Heap) {
        let dict = self.0.as_ptr();
        // SAFETY: refers to a live dict until the next collection; without a buffer nothing is written to the slot.
        unsafe {
            (*dict).changes += !self.is_empty() as u64;
            // A nursery dict is on the list of those that own a buffer, and must not be listed twice: it keeps its
            // room.
            if (*dict).header.gc & GC_OLD != 0 && self.slot_count() > KEPT_TABLE {
                free_dict(dict, heap.accounts());
                let header = Header { flags: 0, ..ptr::read(&raw const (*dict).header) };
                dict.write(Dict { changes: (*dict).changes, ..Dict::empty(header) });
            } else if (*dict).taken != 0 {
                ptr::write_bytes((*dict).slots, 0, self.slot_count());
                (*dict).header.flags = 0;
                ((*dict).used, (*dict).len, (*dict).first, (*dict).taken) = (0, 0, 0, 0);
            }
        }
    }

    /// The first entry from a position on, and the position behind it. Positions begin at 0 and stay valid until a key
    /// is added or removed.
    #[inline]
    pub fn next(self, position: usize) -> Option<(usize, Entry)> {
        let dict = self.dict();
        let mut number = position.max(dict.first as usize);
        while number < dict.used as usize {
            // SAFETY: `used` entries are initialised.
            let entry = unsafe { *self.entry(number as u32) };
            number += 1;
            if !entry.key.is_undef() {
                return Some((number, entry));
            }
        }
        None
    }

    /// The entries in their order.
    pub fn entries(self, heap: &Heap) -> impl Iterator<Item = Entry> + Clone {
        let _ = heap;
        let entries: &[Entry] = match self.dict().used {
            0 => &[],
            // SAFETY: `used` entries are initialised; while the slice borrows the heap, nothing changes a dict.
            used => unsafe { std::slice::from_raw_parts(self.dict().entries, used as usize) },
        };
        entries.iter().copied().filter(|entry| !entry.key.is_undef())
    }

    /// A new dict of the same keys and values.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    pub fn copy(self, heap: &mut Heap) -> Result<Value, Thrown> {
        let copy = heap.dict();
        if !self.is_empty() {
            let to = copy.as_dict().expect("it was just made").0.as_ptr();
            let buffer = Buffer::allocate(heap, self.slot_count())?;
            let from = self.dict();
            // SAFETY: the buffers are of the same size, and do not overlap; the copy is live, in the nursery, and has
            // no buffer yet.
            unsafe {
                ptr::copy_nonoverlapping(from.entries, buffer.entries, from.used as usize);
                ptr::copy_nonoverlapping(from.slots, buffer.slots, buffer.slot_count);
                buffer.install(to);
                (*to).header.flags = from.header.flags;
                ((*to).used, (*to).len, (*to).first, (*to).taken) = (from.used, from.len, from.first, from.taken);
                heap.accounts().add_owner(to.cast());
            }
        }
        Ok(copy)
    }

    /// Makes room for keys more.
    ///
    /// # Errors
    /// Kind `limit` if there is not enough memory.
    pub fn reserve(self, heap: &mut Heap, additional: usize) -> Result<(), Thrown> {
        let dict = self.dict();
        // Where keys come and go at the end, slots run out before the entries do.
        if additional > (dict.capacity - dict.used.max(dict.taken)) as usize {
            self.grow(heap, additional)
        } else {
            Ok(())
        }
    }

    /// The entry of a key.
    #[inline(always)]
    fn find_entry(self, wanted: Wanted, hash: u32) -> Option<*mut Entry> {
        let at = self.find(wanted, hash)?;
        // SAFETY: the slot was found.
        Some(entry_of(self.dict().entries, unsafe { *self.dict().slots.add(at as usize) }))
    }

    /// The position of a key's slot.
    #[inline(always)]
    fn find(self, wanted: Wanted, hash: u32) -> Option<u32> {
        match wanted {
            Wanted::Int(int) => match Value::try_small_int(int) {
                Some(small) => self.probe(hash, |key| key == small),
                None => self.probe(hash, |key| key.as_int() == Some(int)),
            },
            Wanted::Text(text) => self.probe(hash, |key| key.as_string() == Some(text)),
            Wanted::Other(value) => self.probe(hash, |key| compare::same(key, value)),
        }
    }

    /// The position of the slot with a hash whose key is accepted.
    #[inline(always)]
    fn probe(self, hash: u32, mut is_key: impl FnMut(Value) -> bool) -> Option<u32> {
        let dict = self.dict();
        let mut at = hash & dict.mask;
        let mut moved = false;
        loop {
            // SAFETY: `at` is masked; a slot that is not free has the number of an entry.
            unsafe {
                let slot = *dict.slots.add(at as usize);
                if slot == 0 {
                    return None;
                }
                if slot_hash(slot) == hash && is_key((*self.entry(slot_number(slot))).key) {
                    return Some(at);
                }
            }
            at = next_slot(at, moved, hash) & dict.mask;
            moved = true;
        }
    }

    /// Adds a key that is not there.
    #[inline(never)]
    fn add(self, heap: &mut Heap, wanted: Wanted, key: Value, hash: u32, value: Value) -> Result<(), Thrown> {
        self.reserve(heap, 1)?;
        let key = match wanted {
            Wanted::Int(int) if !key.is_int() => heap.int(int),
            _ => key,
        };
        let dict = self.0.as_ptr();
        // SAFETY: refers to a live dict, which has room for an entry more.
        unsafe {
            let number = (*dict).used;
            if matches!(wanted, Wanted::Other(_)) && hash_of(key).1 {
                (*dict).header.flags |= DICT_YOUNG_HASHES;
                heap.barrier(dict.cast());
            } else if key.is_pointer() || value.is_pointer() {
                self.remember_entry(heap, number);
            }
            self.entry(number).write(Entry { key, value });
            (*dict).taken += u32::from(place((*dict).slots, (*dict).mask, slot_of(hash, number)));
            (*dict).used += 1;
            (*dict).len += 1;
            (*dict).changes += 1;
        }
        Ok(())
    }

    /// The entry of a key, if it is there, for compiled code: its address is good until a key is added or removed. Flattens a
    /// rope, if there is room.
    pub fn entry_of(self, key: Value) -> Option<*mut Entry> {
        let wanted = Wanted::of(key)?;
        self.find_entry(wanted, wanted.hash())
    }

    /// The number of the entry of a key, if it is there.
    pub fn number_of(self, key: Value) -> Option<u32> {
        let offset = self.entry_of(key)? as usize - self.dict().entries as usize;
        Some((offset / size_of::<Entry>()) as u32)
    }

    /// To be called before a reference is stored in an entry.
    #[inline(always)]
    pub fn remember(self, heap: &mut Heap, entry: *const Entry) {
        let offset = entry as usize - self.dict().entries as usize;
        self.remember_entry(heap, (offset / size_of::<Entry>()) as u32);
    }

    /// To be called before a reference is stored in an entry.
    #[inline(always)]
    fn remember_entry(self, heap: &mut Heap, number: u32) {
        if self.dict().header.gc & (GC_OLD | GC_REMEMBERED) == GC_OLD {
            self.remember_entry_of_old(heap, number);
        }
    }

    #[inline(never)]
    fn remember_entry_of_old(self, heap: &mut Heap, number: u32) {
        if self.dict().used >= LARGE_DICT && heap.remembered_entries.len() < REMEMBERED_ENTRIES {
            heap.remembered_entries.push((self.0.as_ptr(), number));
        } else {
            // SAFETY: refers to a live dict until the next collection.
            unsafe { heap.barrier(self.0.as_ptr().cast()) };
        }
    }

    #[inline(always)]
    fn entry(self, number: u32) -> *mut Entry {
        // The callers stay within the entries; to compute the address alone is safe for any number.
        self.dict().entries.wrapping_add(number as usize)
    }

    #[inline(always)]
    fn slot_count(self) -> usize {
        self.dict().mask as usize + 1
    }

    /// Makes room for keys more: without the removed entries, and in a larger buffer if much is in use.
    #[cold]
    #[inline(never)]
    fn grow(self, heap: &mut Heap, additional: usize) -> Result<(), Thrown> {
        let dict = self.0.as_ptr();
        let needed = self.len().saturating_add(additional.max(self.len() / 2));
        let slot_count = table_for(heap, needed, SMALLEST_TABLE)?;
        // SAFETY: refers to a live dict until the next collection.
        unsafe {
            if (*dict).used != (*dict).len && (*dict).header.gc & GC_OLD != 0 {
                // Entries get other numbers, by which some may be remembered.
                heap.barrier(dict.cast());
            }
            if slot_count <= self.slot_count() && self.slot_count() < SHRINKS_AT * slot_count {
                self.tidy();
                return Ok(());
            }
        }
        let buffer = Buffer::allocate(heap, slot_count)?;
        // SAFETY: refers to a live dict; the new buffer has room for all its entries, and is not the old one.
        unsafe {
            self.move_entries(&buffer);
            let had_buffer = (*dict).capacity != 0;
            free_dict(dict, heap.accounts());
            buffer.install(dict);
            ((*dict).used, (*dict).first, (*dict).taken) = ((*dict).len, 0, (*dict).len);
            if !had_buffer {
                heap.accounts().add_owner(dict.cast());
            }
        }
        Ok(())
    }

    /// Moves the entries together that have a key, and frees all other slots.
    ///
    /// # Safety
    /// No reference to an entry may be held.
    unsafe fn tidy(self) {
        let dict = self.0.as_ptr();
        // SAFETY: refers to a live dict with a buffer; what is left of the entries fits where they were.
        unsafe {
            let (entries, slots, mask) = ((*dict).entries, (*dict).slots, (*dict).mask);
            self.with_hashes(|hashes| {
                ptr::write_bytes(slots, 0, mask as usize + 1);
                place_entries(entries, hashes, entries, slots, mask);
            });
            ((*dict).used, (*dict).first, (*dict).taken) = ((*dict).len, 0, (*dict).len);
        }
    }

    /// Moves the entries that have a key to a new buffer.
    ///
    /// # Safety
    /// The buffer must have room for them, all its slots free, and not be the dict's.
    unsafe fn move_entries(self, buffer: &Buffer) {
        let mask = (buffer.slot_count - 1) as u32;
        // SAFETY: the caller vouches for the buffer; slots and entries are those of a live dict.
        unsafe {
            self.with_hashes(|hashes| {
                place_entries(self.dict().entries, hashes, buffer.entries, buffer.slots, mask);
            });
        }
    }

    /// Gives the hashes of all entries to a function; that of a removed one may be anything.
    fn with_hashes(self, act: impl FnOnce(&[u32])) {
        let dict = self.dict();
        let (mut few, mut many) = ([0; FEW_ENTRIES], Vec::new());
        let hashes = match few.get_mut(..dict.used as usize) {
            Some(few) => few,
            None => {
                many.resize(dict.used as usize, 0);
                &mut many[..]
            }
        };
        // SAFETY: the slots are those of the mask.
        unsafe { hashes_of(dict.slots, dict.mask, hashes) };
        act(hashes);
    }

    /// Fills the slots anew from the keys, all of which are in the old generation now.
    ///
    /// # Safety
    /// `dict` must be a live dict whose entries refer to live objects.
    pub(super) unsafe fn rehash(dict: *mut Dict) {
        // SAFETY: the caller vouches for the dict.
        unsafe {
            ptr::write_bytes((*dict).slots, 0, (*dict).mask as usize + 1);
            (*dict).header.flags &= !DICT_YOUNG_HASHES;
            for number in 0..(*dict).used {
                let key = (*(*dict).entries.add(number as usize)).key;
                if key.is_undef() {
                    continue;
                }
                let (hash, young) = match Wanted::of(key) {
                    Some(Wanted::Other(value)) => hash_of(value),
                    Some(wanted) => (wanted.hash(), false),
                    None => unreachable!("{key:?} is no key"),
                };
                debug_assert!(!young, "a key has stayed in the nursery");
                place((*dict).slots, (*dict).mask, slot_of(hash, number));
            }
            (*dict).taken = (*dict).len;
        }
    }
}

impl Dict {
    /// A dict without a buffer.
    pub(super) fn empty(header: Header) -> Dict {
        let slots = (&raw const FREE_SLOT).cast_mut();
        let entries = ptr::null_mut();
        Dict { header, entries, slots, mask: 0, used: 0, len: 0, capacity: 0, first: 0, taken: 0, changes: 0 }
    }

    /// Looks where a key is most likely to be, if it is an int that is not boxed, or a string whose hash is known: without
    /// calls, for handlers that must not make any, and with few registers.
    #[inline(always)]
    pub fn peek(&self, key: Value) -> Found {
        let Some(hash) = known_hash(key) else { return Found::Unsure };
        // SAFETY: the position is masked; a slot that is not free has the number of an entry.
        unsafe {
            let slot = *self.slots.add((hash & self.mask) as usize);
            if slot == 0 {
                return Found::Missing;
            }
            // Where the entry has another hash, so has its key.
            let entry = entry_of(self.entries, slot);
            if (*entry).key == key { Found::Entry(entry) } else { Found::Unsure }
        }
    }

    /// The same, but looks further.
    #[inline(always)]
    pub fn look(&self, key: Value) -> Found {
        let Some(hash) = known_hash(key) else { return Found::Unsure };
        let mut at = hash & self.mask;
        let mut moved = false;
        loop {
            // SAFETY: `at` is masked; a slot that is not free has the number of an entry.
            unsafe {
                let slot = *self.slots.add(at as usize);
                if slot == 0 {
                    return Found::Missing;
                }
                if slot_hash(slot) == hash {
                    let entry = entry_of(self.entries, slot);
                    if (*entry).key == key {
                        return Found::Entry(entry);
                    }
                    if !key.is_small_int() {
                        return Found::Unsure;
                    }
                }
            }
            at = next_slot(at, moved, hash) & self.mask;
            moved = true;
        }
    }
}

/// The number of slots, at least so many, that so many keys need.
fn table_for(heap: &Heap, keys: usize, least: usize) -> Result<usize, Thrown> {
    let mut slot_count = least;
    while capacity_of(slot_count) < keys {
        slot_count *= 2;
        if slot_count > LARGEST_TABLE {
            return Err(heap.accounts().refuse(usize::MAX));
        }
    }
    Ok(slot_count)
}

#[cold]
fn bad_key(key: Value) -> Thrown {
    let name = if key.is_float() { "nan" } else { "nil" };
    Thrown::new(ErrorKind::Key, format!("{name} cannot be a key of a dict"))
}
