//! Source text to syntax tree.

pub mod ast;
pub mod diagnostics;
pub mod lexer;
pub mod names;
pub mod parser;
#[cfg(test)]
mod sexpr;
pub mod source;
pub mod suggest;
pub mod token;

pub use parser::parse;
