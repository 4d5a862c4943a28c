//! Benchmark programs, their runner.
//!
//! Each folder of `programs/` holds one program in several languages, which all print the same. Whole processes are
//! timed, start-up and warm-up included: that is what a user waits for. Runs of different engines are interleaved, so that a
//! machine that slows down slows all of them down.
#![deny(unsafe_code)]

pub mod compare;
pub mod engines;
#[expect(unsafe_code, reason = "system calls that nothing safe wraps")]
pub mod process;
pub mod programs;
pub mod soak;
pub mod statistics;
pub mod table;
