//! Pseudocode from source text to running bytecode: syntax, compiler, values, heap, interpreter, builtins.
//!
//! This crate knows nothing of traces. A just-in-time compiler attaches itself through [`jit::Jit`].

pub mod builtins;
pub mod bytecode;
pub mod compile;
pub mod error;
pub mod globals;
pub mod heap;
pub mod jit;
pub mod syntax;
pub mod value;
pub mod vm;
