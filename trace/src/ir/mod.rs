//! The trace IR.

pub mod ops;
pub mod trace;
pub mod types;
