//! The fuzzer with a fault.

use std::io::{Error, Result};
use std::process::Command;
use std::time::Duration;

use pseudo_vm::faults::{self, FaultInfo};

use super::run::{Ended, until};

/// The first program that fails.
#[derive(Debug)]
pub struct Found {
    /// How many programs were run until then.
    pub programs: u64,
    /// What was different.
    pub what: String,
    /// How long it took.
    pub time: Duration,
}

/// Time for the fuzzer to end by itself.
const TO_END: Duration = Duration::from_secs(60);

/// Runs the fuzzer until a program fails.
///
/// # Errors
///
/// If it can't be run.
pub fn run(fault: &FaultInfo, seed: u64, limit: Duration) -> Result<Option<Found>> {
    let folder = std::env::temp_dir().join(format!("pseudo-mutations-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let mut command = Command::new(std::env::current_exe()?.with_file_name("pseudo-fuzz"));
    command.args(["--seconds", &limit.as_secs().to_string(), "--seed", &seed.to_string(), "--minimise-tries", "0"]);
    command.current_dir(&folder).env(faults::VARIABLE, fault.name).env("RUST_BACKTRACE", "0");
    let prefix = format!("seed{seed}-");
    let (ended, time) = until(command, limit + TO_END, |line| {
        let (number, what) = line.strip_prefix(&prefix)?.split_once(": ")?;
        Some((number.parse::<u64>().ok()? + 1, what.split_once(" differs").map_or(what, |what| what.0).to_owned()))
    })?;
    std::fs::remove_dir_all(&folder)?;
    match ended {
        Ended::Said((programs, what)) => Ok(Some(Found { programs, what, time })),
        Ended::Exited(status) if status.success() => Ok(None),
        Ended::Exited(status) => Err(Error::other(format!("with {} the fuzzer ended with {status}", fault.name))),
        Ended::TooLong => Ok(None),
    }
}
