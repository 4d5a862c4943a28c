//! From an optimised trace to machine code: register allocation, x86-64 emission, exits, code memory, linking.
//!
//! ```text
//! Trace -> regalloc (where every value lives) -> emit (bytes, exit stubs) -> code_memory (a place) -> enter
//! ```
//!
//! Registers of compiled code: `rbx` is register 0 of the frame that the trace was entered with, `r14` the [`Context`], `rbp` the word that `poll` looks at,
//! `rax`, `rcx`, `rdx` and `xmm15` are scratch within one IR instruction, all others hold values. Spill slots lie in
//! the context, not on the native stack: they outlive the trace, so that an exit copies nothing but registers, and
//! `[r14 + n]` is the shortest form that an address of a slot can have.

pub mod code_memory;
pub mod compile;
pub mod context;
pub mod disassemble;
pub mod engine;
pub mod exits;
pub mod helpers;
pub mod regalloc;
pub mod runtime;

mod emit;

pub use code_memory::{CodeMemory, enter};
pub use compile::{Addresses, CompileError, CompiledTrace, Options, ParentExit, Target, compile};
pub use context::Context;
pub use exits::{Exit, LoopEntry};
pub use helpers::Helpers;
