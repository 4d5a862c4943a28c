//! The virtual machine: everything that a running program has.

use crate::globals::Globals;
use crate::heap::Heap;

/// A virtual machine. Two in one process know nothing of each other.
#[derive(Debug)]
pub struct Vm {
    /// Its objects.
    pub heap: Heap,
    /// Its global variables.
    pub globals: Globals,
    /// What `args()` gives.
    pub args: Vec<String>,
}
