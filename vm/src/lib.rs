//! Pseudocode from source text to running bytecode: syntax, compiler, values, heap, interpreter, builtins.
//!
//! This crate knows nothing of traces. A just-in-time compiler attaches itself through [`jit::Jit`].

pub mod access;
pub mod builtins;
pub mod bytecode;
pub mod compile;
pub mod construct;
pub mod error;
pub mod faults;
pub mod globals;
pub mod heap;
pub mod interp;
pub mod io;
pub mod jit;
pub mod loader;
pub mod modules;
pub mod native;
pub mod ops;
pub mod phase;
pub mod random;
pub mod roots;
pub mod stack;
pub mod syntax;
pub mod text;
pub mod value;
pub mod vm;
