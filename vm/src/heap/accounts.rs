//! What the heap knows of its own size, and how it asks for a collection.
//!
//! Allocation never collects. When enough has been allocated, a bit is raised in a flag that the interpreter polls at
//! its safepoints. Memory outside the moving heap (arrays' elements, strings' buffers) counts too: a few small objects
//! may own a lot of it.
//!
//! Ropes are flattened through a shared reference, at any time that someone looks at the bytes; so the accounts are
//! made of cells and lie at an address that does not change, which ropes hold.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::buffers::Buffers;
use super::guarded::Guarded;
use super::object::{GC_OLD, Header};
use super::pace::{self, Pace};
use crate::error::{ErrorKind, Thrown};

/// The bit of the flag that asks for a collection. The other bits are not the heap's.
pub const COLLECT_REQUEST: u32 = 1 << 1;

/// Requests of up to so many bytes are met a little beyond the limit, and so much is what a program may allocate there
/// until it is told again: what catches an error of kind `limit` needs some memory to deal with it.
const SMALL: usize = 32 << 10;
const SLACK: usize = 4 << 20;
/// By how much a program that was told of its limit, and holds on to what it has, may exceed it before it gets nothing.
const OVERSHOOT: usize = 4 * SLACK;

/// Counters, limits, and the flag.
#[derive(Debug)]
pub struct Accounts {
    /// The flag.
    pub(super) flag: Arc<AtomicU32>,
    /// Bytes of live buffers.
    pub(super) external: Cell<usize>,
    /// Bytes of buffers allocated since the last collection, freed ones included.
    pub(super) external_recent: Cell<usize>,
    /// After how many of these the nursery is collected, full or not.
    pub(super) external_step: Cell<usize>,
    /// Bytes of buffers ever allocated.
    pub(super) external_total: Cell<u64>,
    /// Bytes of old objects, buffers not included.
    pub(super) old: Cell<usize>,
    /// Bytes that the old generation has from the system: its objects, and the free cells between them.
    pub(super) old_space: Cell<usize>,
    /// Bytes of the nursery's chunks.
    pub(super) nursery: Cell<usize>,
    /// The old generation is collected once it and the buffers have this many bytes.
    pub(super) next_major: Cell<usize>,
    /// Bytes that the heap may have altogether.
    pub(super) limit: Cell<usize>,
    /// Bytes that it had when the last collection ended.
    pub(super) used_after_collection: Cell<usize>,
    /// Whether room has been refused since somebody asked.
    pub(super) refused: Cell<bool>,
    /// Bytes copied to flatten ropes and to append in buffers.
    pub(super) copied: Cell<u64>,
    /// Nursery objects that own (a share of) a buffer.
    pub(super) nursery_owners: RefCell<Vec<*mut Header>>,
    /// Where buffers are.
    pub(super) buffers: Buffers,
    /// Whether elements of arrays are guarded, in a mode for tests.
    pub(super) guards: Cell<bool>,
    /// Where they are.
    pub(super) guarded: RefCell<Option<Guarded>>,
}

impl Accounts {
    pub(super) fn new() -> Accounts {
        Accounts {
            flag: Arc::default(),
            external: Cell::new(0),
            external_recent: Cell::new(0),
            external_step: Cell::new(Pace::new().buffer_bytes()),
            external_total: Cell::new(0),
            old: Cell::new(0),
            old_space: Cell::new(0),
            nursery: Cell::new(0),
            next_major: Cell::new(pace::next_major(0)),
            used_after_collection: Cell::new(0),
            limit: Cell::new(isize::MAX as usize),
            refused: Cell::new(false),
            copied: Cell::new(0),
            nursery_owners: RefCell::default(),
            buffers: Buffers::new(),
            guards: Cell::new(false),
            guarded: RefCell::default(),
        }
    }

    /// Whether elements of arrays are guarded.
    #[inline(always)]
    pub(super) fn guards_arrays(&self) -> bool {
        self.guards.get()
    }

    /// Asks for a collection.
    #[cold]
    pub(super) fn request(&self) {
        self.flag.fetch_or(COLLECT_REQUEST, Ordering::Relaxed);
    }

    /// Whether a collection has been asked for.
    pub(super) fn requested(&self) -> bool {
        self.flag.load(Ordering::Relaxed) & COLLECT_REQUEST != 0
    }

    /// Old objects and buffers.
    pub(super) fn total(&self) -> usize {
        self.old.get() + self.external.get()
    }

    /// Bytes that the heap has from the system, but for bookkeeping.
    pub(super) fn used(&self) -> usize {
        self.old_space.get() + self.external.get() + self.nursery.get()
    }

    /// Bytes that the heap will have used when it is collected next, if nothing dies: a nursery that has grown beyond its
    /// size, because much was allocated between two safepoints, is copied.
    fn committed(&self) -> usize {
        self.used() + self.nursery.get().saturating_sub(SLACK)
    }

    /// Bytes that the limit leaves.
    pub(super) fn room(&self) -> usize {
        // What is small may exceed the limit by the slack, and what was in use when the program was told of it: who
        // catches that error can make a message of it.
        let limit = self.limit.get();
        let in_use = self.used_after_collection.get().clamp(limit, limit.saturating_add(OVERSHOOT));
        in_use.saturating_add(SLACK).saturating_sub(self.committed())
    }

    /// Notes that a collection has ended.
    pub(super) fn collected(&self) {
        self.used_after_collection.set(self.used());
    }

    /// Whether so many bytes more stay within the limit.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        bytes <= if bytes <= SMALL { self.room() } else { self.limit.get().saturating_sub(self.committed()) }
    }

    /// An error if so many bytes more would exceed the limit.
    pub(super) fn check_room(&self, bytes: usize) -> Result<(), Thrown> {
        if self.has_room(bytes) { Ok(()) } else { Err(self.refuse(bytes)) }
    }

    /// The error of an allocation that cannot be made.
    #[cold]
    pub(super) fn refuse(&self, bytes: usize) -> Thrown {
        self.refused.set(true);
        let message = format!("{}, and asks for {} more", self.out_of_memory(), megabytes(bytes));
        Thrown::new(ErrorKind::Limit, message)
    }

    /// How things stand, for the message of an error.
    pub(super) fn out_of_memory(&self) -> String {
        let (used, limit) = (megabytes(self.committed()), megabytes(self.limit.get()));
        format!("out of memory: the program uses {used} of {limit}")
    }

    /// Sets when the old generation is to be collected next: when it has grown by so much that it pays, or fills what the
    /// limit leaves.
    pub(super) fn plan_major(&self) {
        let free_cells = self.old_space.get().saturating_sub(self.old.get());
        let most = self.limit.get().saturating_sub(self.nursery.get() + free_cells);
        self.next_major.set(pace::next_major(self.total()).min(most.max(self.total() + SLACK)));
    }

    /// A buffer was allocated.
    pub(super) fn add_external(&self, bytes: usize) {
        self.grow_external(0, bytes);
    }

    /// A buffer grew.
    pub(super) fn grow_external(&self, from: usize, to: usize) {
        let bytes = allocated_size(to) - allocated_size(from);
        self.external.set(self.external.get() + bytes);
        self.external_total.set(self.external_total.get() + bytes as u64);
        self.external_recent.set(self.external_recent.get() + bytes);
        if self.external_recent.get() >= self.external_step.get() || self.total() >= self.next_major.get() {
            self.request();
        }
    }

    /// A buffer was freed.
    pub(super) fn remove_external(&self, bytes: usize) {
        let bytes = allocated_size(bytes);
        debug_assert!(bytes <= self.external.get(), "{bytes} freed of {}", self.external.get());
        self.external.set(self.external.get() - bytes);
    }

    /// Bytes of strings were copied.
    pub(super) fn add_copied(&self, bytes: usize) {
        self.copied.set(self.copied.get() + bytes as u64);
    }

    /// An object has come to own a buffer. If it lies in the nursery, it is listed, to be looked at when it dies.
    ///
    /// # Safety
    /// `object` must be a live object.
    pub(super) unsafe fn add_owner(&self, object: *mut Header) {
        // SAFETY: the caller vouches for the object.
        if unsafe { (*object).gc } & GC_OLD == 0 {
            self.nursery_owners.borrow_mut().push(object);
        }
    }
}

/// Bytes that the system's allocator takes for a buffer. Small ones would be underestimated by much otherwise; those in chunks take
/// 8 to 16 bytes less.
fn allocated_size(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { (bytes + 8).next_multiple_of(16).max(32) }
}

/// A size, for people.
fn megabytes(bytes: usize) -> String {
    const KB: f64 = 1024.0;
    match bytes as f64 {
        small if small < KB => format!("{bytes} bytes"),
        small if small < KB * KB => format!("{:.0} KB", small / KB),
        large if large < 10.0 * KB * KB => format!("{:.1} MB", large / KB / KB),
        large => format!("{:.0} MB", large / KB / KB),
    }
}
