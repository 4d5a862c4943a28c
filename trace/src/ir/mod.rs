//! The trace IR.

pub mod ops;
pub mod parse;
pub mod text;
pub mod trace;
pub mod types;
pub mod verify;
