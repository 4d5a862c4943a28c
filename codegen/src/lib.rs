//! From an optimised trace to machine code: register allocation, x86-64 emission, exits, code memory, linking.
//!
//! ```text
//! Trace -> regalloc (where every value lives) -> emit (bytes, exit stubs) -> code_memory (a place) -> enter
//! ```
//!
//! Registers of compiled code: `rbx` is register 0 of the frame that the trace was entered with, `r14` the [`Context`], `rbp` the word that `poll` looks at,
//! `rax`, `rcx`, `rdx` and `xmm15` are scratch within one IR instruction, all others hold values. Compiled code runs on a
//! stack of its own ([`native_stack`]), with a frame for each frame of the interpreter that was called natively: spill
//! slots, below the address that the frame returns to. Slot n lies n + 1 words below that address, so that a side trace
//! that needs more slots than its parent extends the frame downwards and finds the parent's where they were.

pub mod code_memory;
pub mod compile;
pub mod context;
pub mod disassemble;
pub mod engine;
pub mod exits;
pub mod frames;
pub mod helpers;
pub mod method;
pub mod native_stack;
pub mod regalloc;
pub mod runtime;
pub mod sampler;

mod emit;

pub use code_memory::{CodeMemory, enter};
pub use compile::{Addresses, Calls, CompileError, CompiledTrace, Options, ParentExit, Target, compile};
pub use context::Context;
pub use exits::{CallSite, Exit, LoopEntry};
pub use helpers::Helpers;
