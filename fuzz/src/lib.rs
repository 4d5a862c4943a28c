//! Program generator and differential oracle.
#![forbid(unsafe_code)]

pub mod bisect;
pub mod campaign;
pub mod constructs;
pub mod engine;
pub mod failures;
pub mod generate;
pub mod globals;
pub mod line_parts;
pub mod minimise;
pub mod modes;
pub mod oracle;
pub mod program;
pub mod rng;
pub mod seen;
pub mod shrink;
pub mod tally;
pub mod targets;
pub mod validate;
