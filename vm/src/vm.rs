//! The virtual machine: everything that a running program has.

use crate::bytecode::proto::Proto;
use crate::globals::Globals;
use crate::heap::Heap;
use crate::value::Value;

/// A virtual machine. Two in one process know nothing of each other.
#[derive(Debug)]
pub struct Vm {
    /// Its objects.
    pub heap: Heap,
    /// Its global variables.
    pub globals: Globals,
    /// What `args()` gives.
    pub args: Vec<String>,
    /// Every function, by its number.
    pub(crate) protos: Vec<*const Proto>,
    pub(crate) stack_end: *const Value,
}

impl Vm {
    /// One past the last word of the register stack.
    pub fn stack_end(&self) -> *const Value {
        self.stack_end
    }

    /// The function of a number ([`Proto::id`]).
    pub fn proto(&self, id: u32) -> &Proto {
        // SAFETY: prototypes are registered when compiled and live as long as the machine.
        unsafe { &*self.protos[id as usize] }
    }
}
