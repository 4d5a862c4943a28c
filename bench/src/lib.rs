//! Benchmark programs, their runner.
//!
//! Each folder of `programs/` holds one program in several languages, which all print the same. Whole processes are
//! timed, start-up and warm-up included: that is what a user waits for. Runs of different engines are interleaved, so that a
//! machine that slows down slows all of them down.
#![forbid(unsafe_code)]

pub mod compare;
pub mod engines;
pub mod programs;
pub mod statistics;
pub mod table;
