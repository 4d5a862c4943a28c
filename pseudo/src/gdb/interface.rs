//! The interface itself: a list of files in memory, and a function that debuggers stop at whenever it has changed ("JIT
//! Compilation Interface", in gdb's manual).
//!
//! Names and layout are what gdb looks for. There is one list in a process, so this is state outside of a machine.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What has happened to the entry that is named.
const NOTHING: u32 = 0;
const REGISTERED: u32 = 1;
const UNREGISTERED: u32 = 2;

/// `struct jit_code_entry`.
#[repr(C)]
struct Entry {
    next: *mut Entry,
    previous: *mut Entry,
    file: *const u8,
    size: u64,
}

/// `struct jit_descriptor`.
#[repr(C)]
pub struct Descriptor {
    version: u32,
    action: u32,
    relevant: *mut Entry,
    first: *mut Entry,
}

/// Where debuggers find the list. Changed only with [`LOCK`] held.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "debuggers know it by this name")]
pub static mut __jit_debug_descriptor: Descriptor =
    Descriptor { version: 1, action: NOTHING, relevant: std::ptr::null_mut(), first: std::ptr::null_mut() };

/// Where debuggers stop.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn __jit_debug_register_code() {
    // SAFETY: no instructions. It keeps the call from being left out.
    unsafe { std::arch::asm!("") };
}

static LOCK: Mutex<()> = Mutex::new(());

fn lock() -> MutexGuard<'static, ()> {
    // Nobody panics while it is held.
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file that debuggers know of, while this lives.
pub struct Registered {
    entry: *mut Entry,
    _file: Box<[u8]>,
}

impl Registered {
    /// Registers a file.
    pub fn new(file: Vec<u8>) -> Registered {
        let file = file.into_boxed_slice();
        let _lock = lock();
        let entry = Box::new(Entry {
            next: std::ptr::null_mut(),
            previous: std::ptr::null_mut(),
            file: file.as_ptr(),
            size: file.len() as u64,
        });
        let entry = Box::into_raw(entry);
        // SAFETY: the list is changed with the lock held, and its entries live until they are taken out of it.
        unsafe {
            let descriptor = &raw mut __jit_debug_descriptor;
            (*entry).next = (*descriptor).first;
            if let Some(next) = (*entry).next.as_mut() {
                next.previous = entry;
            }
            ((*descriptor).first, (*descriptor).relevant, (*descriptor).action) = (entry, entry, REGISTERED);
        }
        __jit_debug_register_code();
        Registered { entry, _file: file }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let _lock = lock();
        let entry = self.entry;
        // SAFETY: as above; the entry is freed when nothing leads to it any more.
        unsafe {
            let descriptor = &raw mut __jit_debug_descriptor;
            match (*entry).previous.as_mut() {
                Some(previous) => previous.next = (*entry).next,
                None => (*descriptor).first = (*entry).next,
            }
            if let Some(next) = (*entry).next.as_mut() {
                next.previous = (*entry).previous;
            }
            ((*descriptor).relevant, (*descriptor).action) = (entry, UNREGISTERED);
            __jit_debug_register_code();
            (*descriptor).relevant = std::ptr::null_mut();
            drop(Box::from_raw(entry));
        }
    }
}
