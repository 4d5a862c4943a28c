//! Benchmark programs, experiments with them.
//!
//! Each folder of `programs/` holds one program in several languages, which all print the same. Whole processes are
//! timed, start-up and warm-up included: that is what a user waits for. `docs/experiments.md` is for users.
//!
//! An experiment is programs in settings ([`experiment`]), which [`ablate`], [`sweep`] and [`compare`] make. [`measure`] runs them,
//! [`intervals`] says how sure a figure is, [`results`] is what is written. [`report`], [`csv`] and [`plots`] show it, [`merge`] and
//! [`diff`] work with several. [`soak`] is an endurance test.
#![deny(unsafe_code)]

pub mod ablate;
pub mod compare;
pub mod csv;
pub mod diff;
pub mod engines;
pub mod experiment;
pub mod intervals;
pub mod machine;
pub mod measure;
pub mod merge;
pub mod output;
pub mod plots;
#[expect(unsafe_code, reason = "system calls that nothing safe wraps")]
pub mod process;
pub mod programs;
pub mod progress;
pub mod random;
pub mod report;
pub mod results;
pub mod short;
pub mod soak;
pub mod statistics;
pub mod sweep;
pub mod table;
