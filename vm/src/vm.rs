//! The virtual machine: everything that a running program has.

use std::time::Instant;

use crate::globals::Globals;
use crate::heap::Heap;
use crate::io::{Input, Output};
use crate::random::Random;

/// A virtual machine. Two in one process know nothing of each other.
#[derive(Debug)]
pub struct Vm {
    /// Its objects.
    pub heap: Heap,
    /// Its global variables.
    pub globals: Globals,
    /// What `args()` gives.
    pub args: Vec<String>,
    /// Where `print` writes to.
    pub output: Output,
    /// Where `input` reads from.
    pub input: Input,
    /// What `random` and `randint` draw from.
    pub random: Random,
    /// When `clock()` was 0.
    pub started: Instant,
}

/// A machine that talks to the process's own streams.
impl Default for Vm {
    fn default() -> Vm {
        Vm {
            heap: Heap::default(),
            globals: Globals::default(),
            args: Vec::new(),
            output: Output::default(),
            input: Input::default(),
            random: Random::default(),
            started: Instant::now(),
        }
    }
}
