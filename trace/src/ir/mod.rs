//! The trace IR.

pub mod closed;
pub mod compare;
pub mod eval;
pub mod kernel;
pub mod ops;
pub mod parse;
pub mod scalar;
pub mod storage;
pub mod text;
pub mod trace;
pub mod types;
pub mod verify;
