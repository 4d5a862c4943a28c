//! Values as text, and text as values.

pub mod display;
pub mod format;
pub mod json_parse;
pub mod json_print;
pub mod number;
