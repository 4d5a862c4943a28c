//! Values as text, and text as values.

pub mod number;
