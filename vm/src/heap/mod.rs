//! The heap.

pub mod object;

/// The heap.
#[derive(Debug, Default)]
pub struct Heap {}
