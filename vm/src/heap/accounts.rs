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

use super::object::{GC_OLD, Header};

/// The bit of the flag that asks for a collection. The other bits are not the heap's.
pub const COLLECT_REQUEST: u32 = 1 << 1;

/// Bytes outside the moving heap after whose allocation the nursery is collected, full or not.
const EXTERNAL_STEP: usize = 32 << 20;

/// Counters, limits, and the flag.
#[derive(Debug)]
pub struct Accounts {
    /// The flag.
    pub(super) flag: Arc<AtomicU32>,
    /// Bytes of live buffers.
    pub(super) external: Cell<usize>,
    /// Bytes of buffers allocated since the last collection, freed ones included.
    pub(super) external_recent: Cell<usize>,
    /// Bytes of buffers ever allocated.
    pub(super) external_total: Cell<u64>,
    /// Bytes of old objects, buffers not included.
    pub(super) old: Cell<usize>,
    /// The old generation is collected once it and the buffers have this many bytes.
    pub(super) next_major: Cell<usize>,
    /// Bytes that the heap may have altogether.
    pub(super) limit: Cell<usize>,
    /// Bytes copied to flatten ropes and to append in buffers.
    pub(super) copied: Cell<u64>,
    /// Nursery objects that own (a share of) a buffer.
    pub(super) nursery_owners: RefCell<Vec<*mut Header>>,
}

impl Accounts {
    pub(super) fn new(next_major: usize) -> Accounts {
        Accounts {
            flag: Arc::default(),
            external: Cell::new(0),
            external_recent: Cell::new(0),
            external_total: Cell::new(0),
            old: Cell::new(0),
            next_major: Cell::new(next_major),
            limit: Cell::new(isize::MAX as usize),
            copied: Cell::new(0),
            nursery_owners: RefCell::default(),
        }
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

    /// A buffer was allocated (or grew).
    pub(super) fn add_external(&self, bytes: usize) {
        self.external.set(self.external.get() + bytes);
        self.external_total.set(self.external_total.get() + bytes as u64);
        self.external_recent.set(self.external_recent.get() + bytes);
        if self.external_recent.get() >= EXTERNAL_STEP || self.total() >= self.next_major.get() {
            self.request();
        }
    }

    /// A buffer was freed (or shrank).
    pub(super) fn remove_external(&self, bytes: usize) {
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
