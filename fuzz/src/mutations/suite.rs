//! The tests with a fault.

use std::io::Result;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::time::Duration;

use pseudo_vm::faults::{self, FaultInfo};

use super::build::Tests;
use super::run::{Ended, until};

/// The first test that fails.
#[derive(Debug)]
pub struct Failed {
    /// Where it is, and its name.
    pub test: String,
    /// How long it took to come to it.
    pub time: Duration,
}

/// Runs the tests until one fails. A run that takes longer than the limit is no failure: whoever waits for it would not know.
///
/// # Errors
///
/// If an executable can't be run.
pub fn run(tests: &[Tests], fault: &FaultInfo, limit: Duration) -> Result<Option<Failed>> {
    let mut before = Duration::ZERO;
    for tests in tests {
        let mut command = Command::new(&tests.path);
        command.current_dir(&tests.folder).env(faults::VARIABLE, fault.name).env("RUST_BACKTRACE", "0");
        let (ended, time) = until(command, limit, |line| {
            let name = line.strip_prefix("test ")?.strip_suffix("FAILED")?;
            Some(name.trim_end_matches([' ', '.']).to_owned())
        })?;
        let test = match ended {
            Ended::Said(name) => Some(format!("{}: {name}", tests.name)),
            Ended::Exited(status) if status.success() => None,
            // The output of tests that run at the same time says nothing of which it was.
            Ended::Exited(status) => Some(match status.signal() {
                Some(signal) => format!("{}, which signal {signal} ends", tests.name),
                None => format!("{}, which ends with {status}", tests.name),
            }),
            Ended::TooLong => None,
        };
        if let Some(test) = test {
            return Ok(Some(Failed { test, time: before + time }));
        }
        before += time;
    }
    Ok(None)
}
