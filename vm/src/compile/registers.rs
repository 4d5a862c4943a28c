//! The registers of a frame: local variables below, temporaries above, both as a stack.

use crate::bytecode::assemble::Register;

/// Most registers of a function. Generous for deep nesting (a level of calls takes up to four); bounded because the live
/// registers of each instruction are kept as a set.
pub(super) const REGISTERS_MAX: Register = 10_000;

/// Which registers are in use.
#[derive(Debug, Default)]
pub(super) struct Registers {
    next: Register,
    most: Register,
    exceeded: bool,
}

impl Registers {
    /// Takes the next register. When there are too many, any register: the function will not run.
    pub(super) fn allocate(&mut self) -> Register {
        if self.next == REGISTERS_MAX {
            self.exceeded = true;
            return self.next;
        }
        self.next += 1;
        self.most = self.most.max(self.next);
        self.next - 1
    }

    /// The register that would be taken next.
    pub(super) fn next(&self) -> Register {
        self.next
    }

    /// Gives back all registers from this one up.
    pub(super) fn release(&mut self, from: Register) {
        debug_assert!(from <= self.next || self.exceeded, "r{from} is given back and was not taken");
        self.next = from.min(self.next);
    }

    /// How many registers were in use at most.
    pub(super) fn most(&self) -> Register {
        self.most
    }

    /// Whether there were too few.
    pub(super) fn exceeded(&self) -> bool {
        self.exceeded
    }
}
