//! The table that says what noticed which fault, and how soon: in a file that has text around it.

use std::fmt;
use std::io::{Error, Result};
use std::path::Path;

use pseudo_vm::faults::{FAULTS, FaultInfo};

use super::fuzzer::Found;
use super::suite::Failed;

/// What its first line begins with.
const HEAD: &str = "| fault ";

/// A row. What was not asked is none, what missed it is none within.
#[derive(Debug)]
pub struct Row {
    /// The fault.
    pub info: &'static FaultInfo,
    /// The test that noticed it.
    pub suite: Option<Option<Failed>>,
    /// The program that did.
    pub fuzzer: Option<Option<Found>>,
}

impl Row {
    /// Whether something that was asked missed it.
    pub fn is_missed(&self) -> bool {
        matches!(self.suite, Some(None)) || matches!(self.fuzzer, Some(None))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| {} | {} | {} |", self.info.name, self.info.stage, self.info.wrong)?;
        match &self.suite {
            Some(Some(failed)) => write!(f, " {} | {:.1} |", failed.test, failed.time.as_secs_f64())?,
            Some(None) => f.write_str(" **missed** | |")?,
            None => f.write_str(" | |")?,
        }
        match &self.fuzzer {
            Some(Some(found)) => {
                write!(f, " {} | {} | {:.1} |", found.what.to_lowercase(), found.programs, found.time.as_secs_f64())
            }
            Some(None) => f.write_str(" **missed** | | |"),
            None => f.write_str(" | | |"),
        }
    }
}

/// Puts a row into the table of a file, in place of the one that it has of the fault. Rows are in the order of the faults.
///
/// # Errors
///
/// If the file can't be read or written, or has no table.
pub fn put(path: &Path, row: &Row) -> Result<()> {
    let text = std::fs::read_to_string(path)?;
    let lines: Vec<&str> = text.lines().collect();
    let head = lines.iter().position(|line| line.starts_with(HEAD));
    let head = head.ok_or_else(|| Error::other(format!("{}: no line begins with `{HEAD}`", path.display())))?;
    let first = head + 2;
    let rows = lines[first..].iter().take_while(|line| line.starts_with('|')).count();
    let place = |line: &str| {
        let name = line.trim_start_matches("| ").split(' ').next().unwrap_or_default();
        FAULTS.iter().position(|info| info.name == name)
    };
    let new = row.to_string();
    let mut table: Vec<&str> = lines[first..first + rows].to_vec();
    table.retain(|line| place(line).is_some_and(|at| FAULTS[at].fault != row.info.fault));
    table.push(&new);
    table.sort_by_key(|line| place(line));
    let all = lines[..first].iter().chain(&table).chain(&lines[first + rows..]);
    std::fs::write(path, all.map(|line| format!("{line}\n")).collect::<String>())
}
