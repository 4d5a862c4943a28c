//! What the operators mean, as plain functions.

pub mod math;
pub mod scalar;
