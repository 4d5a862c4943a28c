//! The heap: a nursery that is bumped through, an old generation that does not move, and a collector for both.
//!
//! **Allocation never collects.** It takes the next bytes of the nursery, or another chunk, and once enough was
//! allocated it raises [`COLLECT_REQUEST`] in a flag. The interpreter polls the flag at safepoints and calls
//! [`Heap::collect`] there, with every live value where the collector can find it. Between safepoints nothing moves and
//! nothing dies, so Rust code may hold values in variables.
//!
//! The parts: [`object`] has the layouts, [`accounts`] and `pace` say when to collect, `old` is the old generation, `collect` the
//! collector, `make` the constructors; [`mod@array`], [`mod@dict`], [`mod@string`] and [`class`] (with [`shape`]) are the
//! types with a life of their own, and [`access`] looks into the others.
//!
//! A collection moves what is reachable in the nursery to the old generation, all at once. An old object into which a
//! reference is stored must therefore be remembered until then: [`Heap::barrier`]. When the old generation has doubled, or at least grown by a few MB,
//! it is marked and swept.
//!
//! Not yet: large objects are remembered whole unless they are arrays or dicts written through [`array::ArrayRef`] and
//! [`dict::DictRef`].

pub mod access;
pub mod accounts;
pub mod array;
mod buffers;
pub mod class;
mod collect;
pub mod dict;
mod guarded;
mod make;
pub mod object;
mod old;
mod pace;
pub mod shape;
pub mod string;
#[cfg(test)]
mod tests;

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use rustc_hash::FxHashMap;

use crate::error::{ErrorKind, Thrown};
use crate::faults::{self, Fault};
use crate::value::Value;
use accounts::Accounts;
pub use accounts::COLLECT_REQUEST;
pub use collect::Roots;
use object::{Array, Dict, GC_OLD, GC_REMEMBERED, Header, SMALLEST_OBJECT};
use old::OldSpace;
pub use pace::CHUNK;
use pace::Pace;

/// Objects larger than this are old from the start.
pub const LARGEST_YOUNG: usize = 32 << 10;

/// The objects of a machine.
#[derive(Debug)]
pub struct Heap {
    /// Where small objects go.
    pub nursery: Nursery,
    /// Where the current chunk ends.
    chunk_end: *mut u8,
    /// The nursery; chunks after `current` are empty.
    chunks: Vec<*mut u8>,
    current: usize,
    pace: Pace,
    old: OldSpace,
    /// At an address that stays: ropes hold it.
    accounts: *mut Accounts,
    /// Old objects that may refer to nursery objects.
    remembered: Vec<*mut Header>,
    /// Elements of old arrays that may refer to nursery objects.
    remembered_elements: Vec<(*mut Array, usize)>,
    /// Entries of old dicts that may refer to nursery objects.
    remembered_entries: Vec<(*mut Dict, u32)>,
    /// Dicts whose slots are out of date once the running collection has moved their keys.
    moved_keys: Vec<*mut Dict>,
    /// Worklist of the collector, kept for its memory.
    gray: Vec<*mut Header>,
    /// Every so many allocations a collection is asked for; 0: only where one is due.
    stress: u32,
    /// Allocations since the last time.
    unstressed: u32,
    /// Bytes of the first chunk that are used before a collection is asked for, if that is not all of them.
    small: usize,
    statistics: Statistics,
    ascii: Box<[Value; 128]>,
    empty_string: Value,
    builtins: Vec<Option<Value>>,
    constant_strings: FxHashMap<Box<str>, Value>,
    constant_ints: FxHashMap<i64, Value>,
    cursor: string::Cursor,
    pub(crate) shapes: shape::Shapes,
    to_string_name: Value,
    message_name: Value,
}

/// Where the next nursery object goes. Only the heap and compiled code change it: to allocate is to add the size, a
/// multiple of 8, if the sum does not exceed `end`, and to write the object, its `gc` bits 0.
#[derive(Debug)]
#[repr(C)]
pub struct Nursery {
    /// The next object.
    pub top: *mut u8,
    /// Where the inline path ends. Null when every allocation is to take the slow path.
    pub end: *mut u8,
}

/// What the collector did so far.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Statistics {
    /// Collections of the nursery.
    pub minor_collections: u64,
    /// Collections of the old generation.
    pub major_collections: u64,
    /// Bytes allocated: nursery (by whole objects), old objects, buffers.
    pub allocated_bytes: u64,
    /// Bytes moved to the old generation.
    pub promoted_bytes: u64,
}

impl Heap {
    /// An empty heap.
    pub fn new() -> Heap {
        let mut heap = Heap {
            nursery: Nursery { top: ptr::null_mut(), end: ptr::null_mut() },
            chunk_end: ptr::null_mut(),
            chunks: Vec::new(),
            current: 0,
            pace: Pace::new(),
            old: OldSpace::new(),
            accounts: Box::into_raw(Box::new(Accounts::new())),
            remembered: Vec::new(),
            remembered_elements: Vec::new(),
            remembered_entries: Vec::new(),
            moved_keys: Vec::new(),
            gray: Vec::new(),
            stress: 0,
            unstressed: 0,
            small: 0,
            statistics: Statistics::default(),
            ascii: Box::new([Value::NIL; 128]),
            empty_string: Value::NIL,
            builtins: Vec::new(),
            constant_strings: FxHashMap::default(),
            constant_ints: FxHashMap::default(),
            cursor: string::Cursor::default(),
            shapes: shape::Shapes::default(),
            to_string_name: Value::NIL,
            message_name: Value::NIL,
        };
        heap.add_chunk();
        heap.enter_chunk(0);
        heap.make_permanent_strings();
        heap.to_string_name = heap.constant_string("to_string");
        heap.message_name = heap.constant_string("message");
        heap
    }

    /// The name of the method that makes an object's text, as a constant string.
    pub fn to_string_name(&self) -> Value {
        self.to_string_name
    }

    /// Makes the heap raise [`COLLECT_REQUEST`] in another flag, whose other bits others may use.
    pub fn set_collect_flag(&mut self, flag: Arc<AtomicU32>) {
        let requested = self.needs_collection();
        // SAFETY: the accounts live as long as the heap, and no reference to them outlasts a method call.
        unsafe { (*self.accounts).flag = flag };
        if requested {
            self.accounts().request();
        }
    }

    /// Whether a collection has been asked for and not yet happened.
    pub fn needs_collection(&self) -> bool {
        self.accounts().requested()
    }

    /// Asks for a collection at every `period`-th allocation, and makes every allocation take the slow path; 0: neither.
    pub fn set_stress(&mut self, period: u32) {
        self.stress = period;
        self.nursery.end = if period > 0 { ptr::null_mut() } else { self.chunk_end };
    }

    /// Asks for a collection each time that so many bytes of small objects have been allocated, as if the nursery were no
    /// larger; 0: only when it is full. For tests: collections move what lies in the nursery.
    pub fn set_small_nursery(&mut self, bytes: usize) {
        self.small = bytes.min(CHUNK);
        if self.small > 0 && self.current == 0 {
            let used = self.nursery_bytes();
            // SAFETY: a chunk has at least that many bytes.
            self.end_chunk_at(unsafe { self.chunks[0].add(self.small.max(used)) });
        }
    }

    /// Puts elements of arrays before pages that fault from now on, and none of them behind the arrays themselves: for tests.
    ///
    /// # Errors
    ///
    /// If the operating system gives no address space.
    pub fn guard_arrays(&mut self, one_in: usize) -> std::io::Result<()> {
        *self.accounts().guarded.borrow_mut() = Some(guarded::Guarded::new(one_in)?);
        self.accounts().guards.set(true);
        Ok(())
    }

    /// Tells how many bytes of roots the next collections will look at. The nursery grows with them: a collection that
    /// looks at a deep stack is to be worth it, or a recursion that allocates takes time in the square of its depth.
    pub fn expect_roots(&mut self, bytes: usize) {
        let room = self.accounts().room();
        self.pace.expect_roots(bytes, room);
        self.accounts().external_step.set(self.pace.buffer_bytes());
    }

    /// Limits the bytes that the heap may have: allocations that programs choose the size of fail beyond it, and whoever
    /// collects at a safepoint is to ask whether the heap is [over its limit](Heap::over_limit) then.
    pub fn set_limit(&mut self, bytes: usize) {
        self.accounts().limit.set(bytes);
        self.accounts().plan_major();
    }

    /// Sets another limit for a while. Gives the one that there was.
    pub fn replace_limit(&mut self, bytes: usize) -> usize {
        self.accounts().limit.replace(bytes)
    }

    /// Does something that may take more memory than the limit allows.
    pub fn without_limit<R>(&mut self, act: impl FnOnce(&mut Heap) -> R) -> R {
        let limit = self.replace_limit(isize::MAX as usize);
        let result = act(self);
        self.replace_limit(limit);
        result
    }

    /// Whether the heap has more than its limit. To be asked after a collection, which frees old garbage too when this
    /// is so: what is left then is in use.
    pub fn over_limit(&self) -> bool {
        self.used_bytes() > self.accounts().limit.get()
    }

    /// The error of a heap that is over its limit.
    pub fn out_of_memory(&self) -> Thrown {
        Thrown::new(ErrorKind::Limit, self.accounts().out_of_memory())
    }

    /// Bytes that the heap has from the system, but for bookkeeping.
    pub fn used_bytes(&self) -> usize {
        self.accounts().used()
    }

    /// What was done so far.
    pub fn statistics(&self) -> Statistics {
        let mut statistics = self.statistics;
        statistics.allocated_bytes += self.nursery_bytes() as u64 + self.accounts().external_total.get();
        statistics
    }

    /// To be called before a reference is stored into an object that may be old.
    ///
    /// Compiled code does the same inline and calls [`Heap::remember`].
    ///
    /// # Safety
    /// `object` must be a live object.
    #[inline(always)]
    pub unsafe fn barrier(&mut self, object: *mut Header) {
        // SAFETY: the caller vouches for the object.
        unsafe {
            if (*object).gc & (GC_OLD | GC_REMEMBERED) == GC_OLD && !faults::on(Fault::HeapBarrier) {
                self.remember(object);
            }
        }
    }

    /// Remembers an old object that is not remembered yet.
    ///
    /// # Safety
    /// `object` must be a live object that is old and not remembered.
    #[cold]
    #[inline(never)]
    pub unsafe fn remember(&mut self, object: *mut Header) {
        // SAFETY: the caller vouches for the object.
        unsafe { (*object).gc |= GC_REMEMBERED };
        self.remembered.push(object);
    }

    /// Bytes that the limit leaves.
    pub fn room(&self) -> usize {
        self.accounts().room()
    }

    /// An error if so many bytes more would exceed the limit. To be asked before anything is allocated whose size the
    /// program chooses, for all of it: copies in Rust's strings and vectors included.
    ///
    /// A collection may make the room that is missing, and cannot happen here: whoever runs the program collects and does
    /// again what asked in vain ([`Heap::take_refusal`]). So a builtin asks before it does anything that shows.
    #[inline]
    pub fn check_room(&self, bytes: usize) -> Result<(), Thrown> {
        self.accounts().check_room(bytes)
    }

    /// As [`Heap::check_room`], for a text that is first put together in a Rust string.
    #[inline]
    pub fn check_text_room(&self, bytes: usize) -> Result<(), Thrown> {
        self.check_room(bytes.saturating_mul(2))
    }

    /// Whether [`Heap::check_room`] has refused anything since the last time that this was asked.
    pub fn take_refusal(&self) -> bool {
        self.accounts().refused.take()
    }

    pub(crate) fn accounts(&self) -> &Accounts {
        // SAFETY: made by `new`, freed by `drop`; the only unique access is in `set_collect_flag`.
        unsafe { &*self.accounts }
    }

    /// Memory for a small object of so many bytes, for compiled code that has found no room by itself: what it is to write
    /// there, all of it, before anything else is allocated.
    pub fn reserve(&mut self, bytes: usize) -> *mut Header {
        debug_assert!(bytes <= LARGEST_YOUNG, "compiled code makes young objects only");
        self.allocate(bytes).0
    }

    /// Memory for an object, in the nursery unless it is large. The caller initialises it, its header with the `gc` bits
    /// that are returned, before anything else is allocated.
    #[inline(always)]
    fn allocate(&mut self, bytes: usize) -> (*mut Header, u8) {
        debug_assert!(bytes >= SMALLEST_OBJECT && bytes.is_multiple_of(8), "an object of {bytes} bytes");
        let top = self.nursery.top;
        if top as usize + bytes <= self.nursery.end as usize {
            // SAFETY: the chunk has that many bytes left.
            self.nursery.top = unsafe { top.add(bytes) };
            (top.cast(), 0)
        } else {
            self.allocate_slowly(bytes)
        }
    }

    #[cold]
    #[inline(never)]
    fn allocate_slowly(&mut self, bytes: usize) -> (*mut Header, u8) {
        if self.stress > 0 {
            self.unstressed += 1;
            if self.unstressed >= self.stress {
                self.unstressed = 0;
                self.accounts().request();
            }
        }
        if bytes > LARGEST_YOUNG {
            return (self.allocate_old(bytes), GC_OLD);
        }
        if self.nursery.top as usize + bytes > self.chunk_end as usize {
            self.make_room(bytes);
        }
        let top = self.nursery.top;
        // SAFETY: a fresh chunk has room for anything that is not large.
        self.nursery.top = unsafe { top.add(bytes) };
        (top.cast(), 0)
    }

    /// Memory for an object in the old generation.
    fn allocate_old(&mut self, bytes: usize) -> *mut Header {
        self.statistics.allocated_bytes += bytes as u64;
        // SAFETY: the accounts live as long as the heap, and nothing has unique access to them here.
        let accounts = unsafe { &*self.accounts };
        let object = self.old.allocate(bytes, accounts);
        if accounts.total() >= accounts.next_major.get() {
            accounts.request();
        }
        object
    }

    fn make_room(&mut self, bytes: usize) {
        // SAFETY: a chunk has that many bytes.
        let whole = unsafe { self.chunks[self.current].add(CHUNK) };
        if self.chunk_end != whole {
            // As much as a small nursery has is used up. Until it is collected there is the rest of the chunk.
            self.accounts().request();
            self.end_chunk_at(whole);
            if self.nursery.top as usize + bytes <= whole as usize {
                return;
            }
        }
        self.next_chunk();
    }

    fn next_chunk(&mut self) {
        self.statistics.allocated_bytes += (self.nursery.top as usize - self.chunks[self.current] as usize) as u64;
        if self.current + 1 == self.chunks.len() {
            self.add_chunk();
        }
        self.enter_chunk(self.current + 1);
        if self.current >= self.pace.chunks() {
            self.accounts().request();
        }
    }

    fn add_chunk(&mut self) {
        self.chunks.push(new_chunk());
        self.accounts().nursery.set(self.chunks.len() * CHUNK);
    }

    fn enter_chunk(&mut self, index: usize) {
        self.current = index;
        self.nursery.top = self.chunks[index];
        let size = if self.small > 0 && index == 0 { self.small } else { CHUNK };
        // SAFETY: a chunk has at least that many bytes.
        self.end_chunk_at(unsafe { self.nursery.top.add(size) });
    }

    fn end_chunk_at(&mut self, end: *mut u8) {
        self.chunk_end = end;
        self.nursery.end = if self.stress > 0 { ptr::null_mut() } else { end };
    }

    /// Bytes allocated in the current chunk.
    fn nursery_bytes(&self) -> usize {
        self.nursery.top as usize - self.chunks[self.current] as usize
    }
}

impl Default for Heap {
    fn default() -> Heap {
        Heap::new()
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        let owners = std::mem::take(&mut *self.accounts().nursery_owners.borrow_mut());
        // SAFETY: nothing outlives the heap; each owner is listed once, old ones are found by the sweep; the chunks
        // and the accounts were allocated as they are freed.
        unsafe {
            for owner in owners {
                old::finalize(owner, &*self.accounts);
            }
            self.old.sweep(true, &*self.accounts);
            for &chunk in &self.chunks {
                dealloc(chunk, CHUNK_LAYOUT);
            }
            drop(Box::from_raw(self.accounts));
        }
    }
}

const CHUNK_LAYOUT: Layout = match Layout::from_size_align(CHUNK, 16) {
    Ok(layout) => layout,
    Err(_) => panic!("a chunk has a layout"),
};

fn new_chunk() -> *mut u8 {
    // SAFETY: the layout's size is not zero.
    let chunk = unsafe { alloc(CHUNK_LAYOUT) };
    if chunk.is_null() {
        handle_alloc_error(CHUNK_LAYOUT);
    }
    chunk
}
