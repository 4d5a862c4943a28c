//! Program generator and differential oracle.
#![forbid(unsafe_code)]

pub mod engine;
pub mod generate;
pub mod minimise;
pub mod oracle;
pub mod rng;
