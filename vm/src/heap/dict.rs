//! Dicts: hash maps that keep the order of insertion.
//!
//! The entries lie in a row as they came; a table of slots, open to linear probing, has for each entry its hash and its
//! number, so that a probe that does not match costs no look at the entry, and growing looks at no key. A removed entry
//! stays, without a key, and so does its slot, until the row is full. Then what is left is moved together, into more
//! room if most of it is in use. At most five of eight slots are taken: every probe ends.
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

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::{self, NonNull};

use super::Heap;
use super::accounts::Accounts;
use super::object::{DICT_YOUNG_HASHES, Dict, Entry, GC_OLD, GC_REMEMBERED, Header, ObjectKind};
use super::string::StrRef;
use crate::error::{ErrorKind, Thrown};
use crate::ops::{compare, scalar};
use crate::value::{TAG_INT, TAG_OBJECT, TAG_STRING, Value};

/// The least number of slots, a power of two.
const SMALLEST_TABLE: usize = 8;
/// The most. Numbers of entries fit 32 bits.
const LARGEST_TABLE: usize = 1 << 31;
/// From so many entries on, a dict's entries are remembered one by one.
const LARGE_DICT: u32 = 256;
/// Remembered entries beyond this make their dicts remembered whole: a loop may store again and again.
const REMEMBERED_ENTRIES: usize = 1 << 16;
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

/// A key as it is looked for.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    /// An int, or a float that is one.
    Int(i64),
    /// A string.
    Text(StrRef),
    /// Any other value.
    Other(Value),
}

impl Wanted {
    /// None for what is never a key.
    #[inline(always)]
    fn of(key: Value) -> Option<Wanted> {
        if key.is_small_int() {
            return Some(Wanted::Int(key.as_small_int()));
        }
        match key.as_string() {
            Some(text) => Some(Wanted::Text(text)),
            None => Wanted::of_others(key),
        }
    }

    #[inline(never)]
    fn of_others(key: Value) -> Option<Wanted> {
        if let Some(int) = key.as_int() {
            return Some(Wanted::Int(int));
        }
        if let Some(float) = key.as_float() {
            return match scalar::float_to_int_exact(float) {
                Some(int) => Some(Wanted::Int(int)),
                None => (!float.is_nan()).then_some(Wanted::Other(key)),
            };
        }
        (!key.is_nil() && !key.is_undef()).then_some(Wanted::Other(key))
    }

    #[inline(always)]
    fn hash(self) -> u32 {
        match self {
            Wanted::Int(int) => hash_int(int),
            Wanted::Text(text) => text.hash(),
            Wanted::Other(value) => hash_of(value).0,
        }
    }
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
        let number = self.find(wanted, wanted.hash())?;
        // SAFETY: `find` gives numbers of entries.
        Some(unsafe { (*self.entry(number)).value })
    }

    /// Sets the value of a key, which is added at the end if it is not there. If this throws, nothing has changed.
    ///
    /// # Errors
    /// Kind `key` for nil and nan, kind `limit` if there is not enough memory.
    #[inline]
    pub fn set(self, heap: &mut Heap, key: Value, value: Value) -> Result<(), Thrown> {
        let Some(wanted) = Wanted::of(key) else { return Err(bad_key(key)) };
        let hash = wanted.hash();
        match self.find(wanted, hash) {
            Some(number) => {
                if value.is_pointer() {
                    self.remember_entry(heap, number);
                }
                // SAFETY: `find` gives numbers of entries.
                unsafe { (*self.entry(number)).value = value };
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

    /// Takes a key out. Gives its value, if it was there.
    pub fn remove(self, heap: &mut Heap, key: Value) -> Option<Value> {
        let _ = heap;
        let wanted = Wanted::of(key)?;
        let number = self.find(wanted, wanted.hash())?;
        // SAFETY: `find` gives numbers of entries, and `used` entries are initialised.
        unsafe {
            let entry = self.entry(number);
            let value = (*entry).value;
            *entry = Entry { key: Value::UNDEF, value: Value::NIL };
            let dict = self.0.as_ptr();
            (*dict).len -= 1;
            (*dict).changes += 1;
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
            } else if (*dict).used != 0 {
                ptr::write_bytes((*dict).slots, 0, self.slot_count());
                (*dict).header.flags = 0;
                ((*dict).used, (*dict).len, (*dict).first) = (0, 0, 0);
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
                ((*to).used, (*to).len, (*to).first) = (from.used, from.len, from.first);
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
        if additional > (dict.capacity - dict.used) as usize { self.grow(heap, additional) } else { Ok(()) }
    }

    /// The number of the entry of a key.
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

    /// The number of the entry with a hash whose key is accepted.
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
                    return Some(slot_number(slot));
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
            place((*dict).slots, (*dict).mask, slot_of(hash, number));
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
        self.find(wanted, wanted.hash()).map(|number| self.entry(number))
    }

    /// Remembers an entry in which compiled code has stored a reference.
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
        let mut slot_count = SMALLEST_TABLE;
        while capacity_of(slot_count) < needed {
            slot_count *= 2;
            if slot_count > LARGEST_TABLE {
                return Err(heap.accounts().refuse(usize::MAX));
            }
        }
        let buffer = Buffer::allocate(heap, slot_count)?;
        // SAFETY: refers to a live dict; the new buffer has room for all its entries, and is not the old one.
        unsafe {
            if (*dict).used != (*dict).len && (*dict).header.gc & GC_OLD != 0 {
                // Entries get other numbers, by which some may be remembered.
                heap.barrier(dict.cast());
            }
            self.move_entries(&buffer);
            let had_buffer = (*dict).capacity != 0;
            free_dict(dict, heap.accounts());
            buffer.install(dict);
            ((*dict).used, (*dict).first) = ((*dict).len, 0);
            if !had_buffer {
                heap.accounts().add_owner(dict.cast());
            }
        }
        Ok(())
    }

    /// Moves the entries that have a key to a new buffer.
    ///
    /// # Safety
    /// The buffer must have room for them, all its slots free, and not be the dict's.
    unsafe fn move_entries(self, buffer: &Buffer) {
        let dict = self.dict();
        let mask = (buffer.slot_count - 1) as u32;
        // SAFETY: the caller vouches for the buffer; slots and entries are those of a live dict.
        unsafe {
            let slots = (0..self.slot_count()).map(|at| *dict.slots.add(at)).filter(|&slot| slot != 0);
            if dict.used == dict.len {
                ptr::copy_nonoverlapping(dict.entries, buffer.entries, dict.used as usize);
                slots.for_each(|slot| place(buffer.slots, mask, slot));
                return;
            }
            let mut hashes = vec![0; dict.used as usize];
            slots.for_each(|slot| hashes[slot_number(slot) as usize] = slot_hash(slot));
            let mut number = 0;
            for (old, hash) in hashes.into_iter().enumerate() {
                let entry = *dict.entries.add(old);
                if !entry.key.is_undef() {
                    buffer.entries.add(number as usize).write(entry);
                    place(buffer.slots, mask, slot_of(hash, number));
                    number += 1;
                }
            }
        }
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
        }
    }
}

impl Dict {
    /// A dict without a buffer.
    pub(super) fn empty(header: Header) -> Dict {
        let slots = (&raw const FREE_SLOT).cast_mut();
        let entries = ptr::null_mut();
        Dict { header, entries, slots, mask: 0, used: 0, len: 0, capacity: 0, first: 0, changes: 0 }
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

/// The hash of a key that has one without a call: an int that is not boxed, or a string whose hash is cached.
#[inline(always)]
fn known_hash(key: Value) -> Option<u32> {
    match key.tag() {
        TAG_INT => Some(hash_int(key.as_small_int())),
        // SAFETY: a value under this tag refers to a live string.
        TAG_STRING => Some(unsafe { (*key.address()).aux }).filter(|&hash| hash != 0),
        _ => None,
    }
}

/// Room for entries and slots, not yet a dict's.
struct Buffer {
    entries: *mut Entry,
    slots: *mut u64,
    slot_count: usize,
}

impl Buffer {
    /// A buffer with all slots free.
    fn allocate(heap: &mut Heap, slot_count: usize) -> Result<Buffer, Thrown> {
        let layout = buffer_layout(slot_count);
        heap.check_room(layout.size())?;
        // SAFETY: the layout's size is not zero.
        let entries = unsafe { alloc_zeroed(layout) }.cast::<Entry>();
        if entries.is_null() {
            return Err(heap.accounts().refuse(layout.size()));
        }
        heap.accounts().add_external(layout.size());
        Ok(Buffer { entries, slots: entries.wrapping_add(capacity_of(slot_count)).cast(), slot_count })
    }

    /// Makes this the buffer of a dict that has none, or whose own has been freed.
    ///
    /// # Safety
    /// `dict` must be live.
    unsafe fn install(self, dict: *mut Dict) {
        // SAFETY: the caller vouches for the dict.
        unsafe {
            ((*dict).entries, (*dict).slots) = (self.entries, self.slots);
            ((*dict).mask, (*dict).capacity) = ((self.slot_count - 1) as u32, capacity_of(self.slot_count) as u32);
        }
    }
}

/// Entries that there is room for beside so many slots.
const fn capacity_of(slot_count: usize) -> usize {
    slot_count / 8 * 5
}

fn buffer_layout(slot_count: usize) -> Layout {
    let bytes = capacity_of(slot_count) * size_of::<Entry>() + slot_count * size_of::<u64>();
    Layout::from_size_align(bytes, align_of::<Entry>()).expect("numbers of slots are limited")
}

/// Frees the buffer of a dict.
///
/// # Safety
/// `dict` must be a dict whose entries are not used any more.
pub(super) unsafe fn free_dict(dict: *mut Dict, accounts: &Accounts) {
    // SAFETY: the caller vouches for the dict, whose buffer was allocated with this layout.
    unsafe {
        if (*dict).capacity != 0 {
            let layout = buffer_layout((*dict).mask as usize + 1);
            dealloc((*dict).entries.cast(), layout);
            accounts.remove_external(layout.size());
        }
    }
}

#[inline(always)]
fn slot_of(hash: u32, number: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(number + 1)
}

#[inline(always)]
fn slot_hash(slot: u64) -> u32 {
    (slot >> 32) as u32
}

/// The entry that a slot refers to.
#[inline(always)]
fn entry_of(entries: *mut Entry, slot: u64) -> *mut Entry {
    entries.wrapping_add(slot as u32 as usize).wrapping_sub(1)
}

#[inline(always)]
fn slot_number(slot: u64) -> u32 {
    (slot as u32).wrapping_sub(1)
}

/// Puts what is not there in a free slot.
///
/// # Safety
/// `slots` must be the slots of the mask, one of them free.
#[inline]
unsafe fn place(slots: *mut u64, mask: u32, slot: u64) {
    let hash = slot_hash(slot);
    let mut at = hash & mask;
    let mut moved = false;
    // SAFETY: the caller vouches for the slots, and `at` is masked.
    unsafe {
        while *slots.add(at as usize) != 0 {
            at = next_slot(at, moved, hash) & mask;
            moved = true;
        }
        *slots.add(at as usize) = slot;
    }
}

/// An odd number whose bits look random.
pub const MIXER: u64 = 0x9E37_79B9_7F4A_7C15;

/// Where a probe goes on after a slot, before masking: from the first one to where all bits of the hash lead, from there
/// to the next.
#[inline(always)]
fn next_slot(at: u32, moved: bool, hash: u32) -> u32 {
    if moved { at + 1 } else { (u64::from(hash).wrapping_mul(MIXER) >> 32) as u32 }
}

/// Mixes all bits of a word into all bits of a hash.
fn mix(word: u64) -> u32 {
    let product = u128::from(word) * u128::from(MIXER);
    (product >> 64) as u32 ^ product as u32
}

/// The hash of an int. Ints of 32 bits are their own hashes.
#[inline(always)]
fn hash_int(int: i64) -> u32 {
    int as u32 ^ ((int >> 32) as u32).wrapping_mul(MIXER as u32)
}

/// The hash of any value: the same for what `compare::same` says is the same. Also whether it comes from the address of
/// a nursery object.
fn hash_of(mut value: Value) -> (u32, bool) {
    let (mut seed, mut young) = (0, false);
    let mut identity = |value: Value| {
        // SAFETY: a pointer value refers to a live object.
        young |= value.is_pointer() && unsafe { (*value.address()).gc } & GC_OLD == 0;
        mix(value.0)
    };
    while let Some((receiver, method)) = value.as_bound() {
        seed = mix(u64::from(seed) << 32 | u64::from(identity(method)));
        value = receiver;
    }
    let hash = if let Some(text) = value.as_string() {
        text.hash()
    } else if let Some(int) = value.as_int() {
        hash_int(int)
    } else if let Some((start, end)) = value.as_range() {
        mix((start as u64).rotate_left(32) ^ u64::from(mix(end as u64)))
    } else {
        identity(value)
    };
    (hash ^ seed, young)
}

#[cold]
fn bad_key(key: Value) -> Thrown {
    let name = if key.is_float() { "nan" } else { "nil" };
    Thrown::new(ErrorKind::Key, format!("{name} cannot be a key of a dict"))
}
