//! The register stack: one fixed mapping, and the walk over the frames that lie on it.
//!
//! A frame is its registers; the two words below register 0 are its link: the running closure, and below it the address
//! that the call returns to. The word before that address is the call, whose field `a` says where the caller's window,
//! and so the caller's register 0, lies: nothing else needs to be saved.

use crate::bytecode::proto::Proto;
use crate::bytecode::word::Word;
use crate::heap::object::Closure;
use crate::interp::root_return;
use crate::jit::FRAME_LINK;
use crate::value::Value;

/// Words beyond the last frame that calls may use for arguments before they check the limit.
pub const STACK_RESERVE: usize = 1 << 17;

/// A mapping of zeroed memory that is committed as it is touched.
#[derive(Debug)]
pub struct Stack {
    start: *mut Value,
    words: usize,
}

impl Stack {
    /// A stack of so many words and the reserve, between two pages that fault.
    ///
    /// # Errors
    ///
    /// If the operating system does not give the memory.
    pub fn new(words: usize) -> std::io::Result<Stack> {
        const PAGE: usize = 4096;
        let bytes = (words + STACK_RESERVE) * 8;
        let total = bytes.next_multiple_of(PAGE) + 2 * PAGE;
        // SAFETY: a new private mapping touches nothing that exists.
        let mapping = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                total,
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if mapping == libc::MAP_FAILED {
            return Err(std::io::Error::last_os_error());
        }
        // SAFETY: the range lies inside the mapping just made.
        let status =
            unsafe { libc::mprotect(mapping.byte_add(PAGE), total - 2 * PAGE, libc::PROT_READ | libc::PROT_WRITE) };
        let stack = Stack { start: mapping.wrapping_byte_add(PAGE).cast(), words: (total - 2 * PAGE) / 8 };
        if status == 0 { Ok(stack) } else { Err(std::io::Error::last_os_error()) }
    }

    /// The first word.
    pub fn start(&self) -> *mut Value {
        self.start
    }

    /// Frames must end here or below.
    pub fn limit(&self) -> *mut Value {
        self.start.wrapping_add(self.words - STACK_RESERVE)
    }

    /// One past the last word.
    pub fn end(&self) -> *mut Value {
        self.start.wrapping_add(self.words)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        const PAGE: usize = 4096;
        // SAFETY: exactly the mapping that `new` made; nothing refers to it any more.
        unsafe { libc::munmap(self.start.byte_sub(PAGE).cast(), self.words * 8 + 2 * PAGE) };
    }
}

/// A frame in the middle of its work.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'vm> {
    /// Register 0.
    pub base: *mut Value,
    /// The function.
    pub proto: &'vm Proto,
    /// The instruction that is about to run or, in a frame below the top, the one after the call.
    pub at: usize,
    /// In a frame below the top, the register that the call's result goes to, which holds no value yet.
    pub awaits: Option<usize>,
}

/// The frames from the top down to the root frame.
#[derive(Clone, Debug)]
pub struct Frames<'vm> {
    pc: *const u64,
    base: *mut Value,
    awaits: Option<usize>,
    done: bool,
    vm: std::marker::PhantomData<&'vm ()>,
}

impl<'vm> Frames<'vm> {
    /// The walk that begins in the frame at `base`, whose next instruction is at `pc`.
    ///
    /// # Safety
    ///
    /// They are a state of an interpreter that stays as it is during `'vm`: frames down to a root frame, linked.
    pub unsafe fn new(pc: *const u64, base: *mut Value) -> Frames<'vm> {
        Frames { pc, base, awaits: None, done: false, vm: std::marker::PhantomData }
    }
}

impl<'vm> Iterator for Frames<'vm> {
    type Item = Frame<'vm>;

    fn next(&mut self) -> Option<Frame<'vm>> {
        if self.done {
            return None;
        }
        // SAFETY: as `new` demands; the return address of a frame that is not a root frame lies behind a call.
        unsafe {
            let proto: &'vm Proto = &*(*(*self.base.sub(1)).address().cast::<Closure>()).proto;
            let frame = Frame { base: self.base, proto, at: proto.index_of(self.pc), awaits: self.awaits };
            let window = self.base.sub(FRAME_LINK);
            let pc = (*window).0 as *const u64;
            if pc == root_return() {
                self.done = true;
            } else {
                let register = Word(*pc.sub(1)).a();
                *self = Frames {
                    pc,
                    base: window.sub(register),
                    awaits: Some(register),
                    done: false,
                    vm: std::marker::PhantomData,
                };
            }
            Some(frame)
        }
    }
}
