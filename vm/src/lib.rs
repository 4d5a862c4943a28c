//! Pseudocode from source text to running bytecode: syntax, compiler, values, heap, interpreter, builtins.
//!
//! This crate knows nothing of traces. A just-in-time compiler attaches itself through [`jit::Jit`].

pub mod syntax;
