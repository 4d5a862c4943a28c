//! The old generation: objects that outlived the nursery, and those too large for it. They never move.
//!
//! Small objects lie in cells of blocks, a block's cells all of one size (multiples of 16 bytes); free cells of a size
//! form a list. Larger objects are allocated one by one. Sweeping goes through all of it, rebuilds the lists, and gives
//! blocks without a live object back to the system.
//!
//! A free cell is told by its first word, which is 0: an old object has [`GC_OLD`] there.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr;

use super::accounts::Accounts;
use super::array::free_array;
use super::dict::free_dict;
use super::object::{
    Array, BufferStr, Dict, GC_MARKED, GC_OLD, GC_PERMANENT, Header, ObjectKind, STR_BUFFER, STR_FORM,
};
use super::string::release_buffer;

/// Cell sizes are multiples of this.
const GRAIN: usize = 16;
/// Objects up to this size lie in cells.
const LARGEST_CELL: usize = 512;
/// Bytes of a block.
const BLOCK: usize = 16 << 10;
const CLASSES: usize = LARGEST_CELL / GRAIN;

/// A free cell.
#[repr(C)]
struct Free {
    zero: u64,
    next: *mut Free,
}

#[derive(Debug)]
struct Class {
    free: *mut Free,
    blocks: Vec<*mut u8>,
}

/// The old generation.
#[derive(Debug)]
pub(super) struct OldSpace {
    classes: Vec<Class>,
    large: Vec<(*mut Header, usize)>,
}

impl OldSpace {
    pub(super) fn new() -> OldSpace {
        let classes = (0..CLASSES).map(|_| Class { free: ptr::null_mut(), blocks: Vec::new() }).collect();
        OldSpace { classes, large: Vec::new() }
    }

    /// Memory for an object of `bytes`, a multiple of 8 and at least 16. The caller writes it whole, with [`GC_OLD`]
    /// in its header, before the next collection.
    #[inline]
    pub(super) fn allocate(&mut self, bytes: usize, accounts: &Accounts) -> *mut Header {
        if bytes > LARGEST_CELL {
            return self.allocate_large(bytes, accounts);
        }
        let index = (bytes - 1) / GRAIN;
        let class = &mut self.classes[index];
        if class.free.is_null() {
            add_block(class, (index + 1) * GRAIN);
            accounts.old_space.set(accounts.old_space.get() + BLOCK);
        }
        let cell = class.free;
        // SAFETY: cells on the list are free cells of live blocks.
        class.free = unsafe { (*cell).next };
        accounts.old.set(accounts.old.get() + (index + 1) * GRAIN);
        cell.cast()
    }

    #[cold]
    fn allocate_large(&mut self, bytes: usize, accounts: &Accounts) -> *mut Header {
        let layout = large_layout(bytes);
        // SAFETY: the layout's size is not zero.
        let object = unsafe { alloc(layout) }.cast::<Header>();
        if object.is_null() {
            handle_alloc_error(layout);
        }
        self.large.push((object, bytes));
        accounts.old.set(accounts.old.get() + bytes);
        accounts.old_space.set(accounts.old_space.get() + bytes);
        object
    }

    /// Frees every object that is neither marked nor permanent (with `everything`: every object), and clears the marks.
    ///
    /// # Safety
    /// All that is still referred to must be marked, and all memory handed out must have been written.
    pub(super) unsafe fn sweep(&mut self, everything: bool, accounts: &Accounts) {
        let (mut bytes, mut space) = (0, 0);
        for (index, class) in self.classes.iter_mut().enumerate() {
            let cell_size = (index + 1) * GRAIN;
            let cells = BLOCK / cell_size;
            class.free = ptr::null_mut();
            let mut free = class.free;
            class.blocks.retain(|&block| {
                let before = free;
                let mut live = 0;
                for cell in (0..cells).rev() {
                    // SAFETY: the cell lies in the block; it holds an object or is free, and the caller vouches that
                    // an object without a mark is not referred to.
                    unsafe {
                        let object = block.add(cell * cell_size).cast::<Header>();
                        let is_free = object.cast::<u64>().read() == 0;
                        if !is_free && !everything && keep(object) {
                            live += 1;
                            continue;
                        }
                        if !is_free {
                            finalize(object, accounts);
                        }
                        object.cast::<Free>().write(Free { zero: 0, next: free });
                        free = object.cast();
                    }
                }
                bytes += live * cell_size;
                if live == 0 {
                    free = before;
                    // SAFETY: the block was allocated with this layout, holds no object, and its cells have just left
                    // the list.
                    unsafe { dealloc(block, BLOCK_LAYOUT) };
                }
                live != 0
            });
            class.free = free;
            space += class.blocks.len() * BLOCK;
        }
        self.large.retain(|&(object, size)| {
            // SAFETY: as above; a large object was allocated with this layout.
            unsafe {
                if !everything && keep(object) {
                    bytes += size;
                    space += size;
                    return true;
                }
                finalize(object, accounts);
                dealloc(object.cast(), large_layout(size));
                false
            }
        });
        accounts.old.set(bytes);
        accounts.old_space.set(space);
    }
}

const BLOCK_LAYOUT: Layout = match Layout::from_size_align(BLOCK, GRAIN) {
    Ok(layout) => layout,
    Err(_) => panic!("a block has a layout"),
};

fn large_layout(bytes: usize) -> Layout {
    Layout::from_size_align(bytes, GRAIN).expect("sizes of objects are checked before they are made")
}

#[cold]
fn add_block(class: &mut Class, cell_size: usize) {
    // SAFETY: the layout's size is not zero.
    let block = unsafe { alloc(BLOCK_LAYOUT) };
    if block.is_null() {
        handle_alloc_error(BLOCK_LAYOUT);
    }
    for cell in (0..BLOCK / cell_size).rev() {
        // SAFETY: the cell lies in the block, which nothing refers to yet.
        unsafe {
            let free = block.add(cell * cell_size).cast::<Free>();
            free.write(Free { zero: 0, next: class.free });
            class.free = free;
        }
    }
    class.blocks.push(block);
}

/// Whether an object survives the sweep; takes its mark off.
///
/// # Safety
/// `object` must be an old object.
unsafe fn keep(object: *mut Header) -> bool {
    // SAFETY: the caller vouches for the object.
    unsafe {
        let gc = (*object).gc;
        debug_assert!(gc & GC_OLD != 0, "{object:p} is not old");
        (*object).gc = gc & !GC_MARKED;
        gc & (GC_MARKED | GC_PERMANENT) != 0
    }
}

/// Frees what a dead object owns outside the heap.
///
/// # Safety
/// `object` must be an object that nothing refers to any more and that is not finalized twice.
pub(super) unsafe fn finalize(object: *mut Header, accounts: &Accounts) {
    // SAFETY: the caller vouches for the object; its kind and form say which layout it has.
    unsafe {
        match (*object).kind {
            ObjectKind::Array => free_array(object.cast::<Array>(), accounts),
            ObjectKind::Dict => free_dict(object.cast::<Dict>(), accounts),
            ObjectKind::Str if (*object).flags & STR_FORM == STR_BUFFER => {
                release_buffer((*object.cast::<BufferStr>()).buffer, accounts);
            }
            ObjectKind::Class => drop(Box::from_raw((*object.cast::<super::object::Class>()).data)),
            _ => {}
        }
    }
}
