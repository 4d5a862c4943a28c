//! Why a machine may be sent to another thread.
//!
//! A machine is full of pointers into memory that it alone has, and of `Rc`s: the compiler, which it shares with the session,
//! and sources, which its functions share. Rust cannot see that all copies of them move together; so it is said here, once.

use std::thread::ThreadId;

use super::Inner;

/// Something that one thread uses at a time.
pub(super) struct Confined<T> {
    inner: T,
    /// The thread that has run it last.
    thread: ThreadId,
}

// SAFETY: a `Confined` holds a session and handles of its machine, made by `Vm::with_config` from options all of whose streams
// are `Send`. Everything in it that is not `Send` by itself is reachable only through it: raw pointers lead to memory that its
// machine owns (heap, stacks, code, bytecode), and no copy of an `Rc` of its leaves this module's parent (errors are made of
// texts, events of texts and numbers). What is shared with others is made for that: the word that interrupts (atomic), the list of
// released roots (a mutex). Functions of the host and subscribers must be `Send` where they are given. Nothing is kept in
// thread-local variables. Whoever has it has it alone, as it is not `Sync`, so that the thread before has done with it, and what
// was written there is visible here.
unsafe impl Send for Confined<Inner> {}

impl<T> Confined<T> {
    pub(super) fn new(inner: T) -> Confined<T> {
        Confined { inner, thread: std::thread::current().id() }
    }

    pub(super) fn get(&self) -> &T {
        &self.inner
    }

    pub(super) fn get_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    /// To run compiled code: that may have been written by another processor.
    pub(super) fn enter(&mut self) -> &mut T {
        let thread = std::thread::current().id();
        if self.thread != thread {
            self.thread = thread;
            pseudo_codegen::code_memory::serialize();
        }
        &mut self.inner
    }
}
