//! Register allocation.

pub mod registers;
