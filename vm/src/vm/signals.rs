//! Ctrl-C: the signal that stops a program.
//!
//! A process has one handler for a signal, so this is the one place of the machine with state outside of it: where the
//! handler finds the word of the machine that is to be stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

use super::{Interrupter, PENDING_INTERRUPT};

/// The word in which the handler raises a bit. Never freed once it is here.
static PENDING: AtomicPtr<AtomicU32> = AtomicPtr::new(std::ptr::null_mut());

extern "C" fn interrupt(_signal: libc::c_int) {
    // SAFETY: null, or a word that is never freed. Atomic operations are all that happens here.
    if let Some(pending) = unsafe { PENDING.load(Ordering::Acquire).as_ref() } {
        pending.fetch_or(PENDING_INTERRUPT, Ordering::Relaxed);
    }
}

/// What a second Ctrl-C does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecondTime {
    /// Ends the process, whatever it is doing.
    Kill,
    /// The same as the first.
    Interrupt,
}

impl Interrupter {
    /// Makes Ctrl-C (the signal `SIGINT`) interrupt this machine. A later call for another machine replaces this one.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn on_ctrl_c(&self, second: SecondTime) -> std::io::Result<()> {
        let pending = Arc::into_raw(self.0.clone()).cast_mut();
        PENDING.store(pending, Ordering::Release);
        let flags = if second == SecondTime::Kill { libc::SA_RESETHAND } else { 0 };
        // SAFETY: all zeros is a valid action; the handler only does what is allowed in one. Without `SA_RESTART` a read
        // that waits for input ends.
        let status = unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = interrupt as extern "C" fn(libc::c_int) as libc::sighandler_t;
            action.sa_flags = flags;
            libc::sigaction(libc::SIGINT, &action, std::ptr::null_mut())
        };
        if status == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
    }
}
