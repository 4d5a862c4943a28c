//! What a machine is doing, for whoever samples it: a word that a handler of signals may read at any time.
//!
//! Whoever begins something says so, and says again what it was before when that has ended. That is a store each, at
//! places that are passed seldom: nothing in the interpreter's or in compiled code's way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What may be going on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Phase {
    /// Bytecode runs: handlers, builtins, code of whole functions.
    Running,
    /// The program's text becomes bytecode.
    Reading,
    /// An instruction is recorded, or run while recording.
    Recording,
    /// Passes, register allocation and emission of a trace, or of a whole function.
    Compiling,
    /// A collection.
    Collecting,
    /// A trace, and what it calls.
    Compiled,
    /// A trace is entered, or what it has left becomes the interpreter's frames.
    Exit,
}

impl Phase {
    /// All of them.
    pub const ALL: [Phase; 7] = [
        Phase::Running,
        Phase::Reading,
        Phase::Recording,
        Phase::Compiling,
        Phase::Collecting,
        Phase::Compiled,
        Phase::Exit,
    ];
}

/// A phase, and the number of the trace that it is about; 0 if it is about none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Doing {
    /// What.
    pub phase: Phase,
    /// Of which trace.
    pub trace: u32,
}

impl Doing {
    /// What a machine does that has not begun.
    pub const RUNNING: Doing = Doing { phase: Phase::Running, trace: 0 };

    /// Something about a trace.
    pub fn of(phase: Phase, trace: u32) -> Doing {
        Doing { phase, trace }
    }

    fn bits(self) -> u64 {
        u64::from(self.trace) << 8 | self.phase as u64
    }

    fn from_bits(bits: u64) -> Doing {
        Doing { phase: Phase::ALL[bits as u8 as usize], trace: (bits >> 8) as u32 }
    }
}

/// What a machine is doing. Clones are the same word.
#[derive(Clone, Debug, Default)]
pub struct Activity(Arc<AtomicU64>);

impl Activity {
    /// Says what is done from now on; gives what was done before.
    pub fn set(&self, doing: Doing) -> Doing {
        // Whoever reads it is a handler of signals on the same thread: no two stores are at the same time.
        let before = self.get();
        self.0.store(doing.bits(), Ordering::Relaxed);
        before
    }

    /// What is being done.
    pub fn get(&self) -> Doing {
        Doing::from_bits(self.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_read() {
        let activity = Activity::default();
        assert_eq!(activity.get(), Doing::RUNNING);
        for phase in Phase::ALL {
            for trace in [0, 1, u32::MAX] {
                activity.set(Doing { phase, trace });
                assert_eq!(activity.clone().get(), Doing { phase, trace });
                assert_eq!(activity.set(Doing::of(phase, trace)), Doing { phase, trace });
            }
        }
    }
}
