//! Source text to syntax tree.

pub mod ast;
pub mod diagnostics;
pub mod lexer;
pub mod names;
pub mod source;
pub mod suggest;
pub mod token;
