//! Values as text, and text as values.

pub mod display;
pub mod format;
pub mod number;
