//! Builds what is to be run, with the feature that brings the faults.

use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An executable of tests.
#[derive(Debug)]
pub struct Tests {
    /// Its crate and its name, if that is not the crate's.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// The folder that it is to be run in.
    pub folder: PathBuf,
}

/// In which order executables are run: those first that take little time for what they find. All others come behind.
const ORDER: &[&str] = &[
    "pseudo-trace: rules",
    "pseudo-trace: filetests",
    "pseudo-snapshots",
    "pseudo-trace",
    "pseudo-codegen",
    "pseudo-codegen: random",
    "pseudo-codegen: vector",
    "pseudo-vm",
    "pseudo-trace: random_traces",
    "pseudo: programs",
];

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

/// Builds the fuzzer, and the command that it looks into crashes with.
///
/// # Errors
///
/// If that does not succeed.
pub fn commands(root: &Path) -> Result<()> {
    let arguments = ["build", "--release", "--locked", "-p", "pseudo", "-p", "pseudo-fuzz"];
    let status = cargo(root).args(arguments).args(["--features", "pseudo-fuzz/faults"]).status()?;
    if status.success() { Ok(()) } else { Err(Error::other("the commands could not be built")) }
}

/// Builds the tests of the workspace, or those of some names.
///
/// # Errors
///
/// If that does not succeed, or there is none of a name.
pub fn tests(root: &Path, names: &[String]) -> Result<Vec<Tests>> {
    let mut command = cargo(root);
    command.args(["test", "--release", "--locked", "--no-run", "--message-format=json-render-diagnostics"]);
    if names.is_empty() {
        command.args(["--workspace", "--lib", "--bins", "--tests"]);
    } else {
        command.arg("--workspace").args(names.iter().flat_map(|name| match name.as_str() {
            "lib" => vec!["--lib"],
            name => vec!["--test", name],
        }));
    }
    let output = command.args(["--features", "pseudo-fuzz/faults"]).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(Error::other("the tests could not be built"));
    }
    let mut tests: Vec<Tests> = String::from_utf8_lossy(&output.stdout).lines().filter_map(executable).collect();
    let rank = |tests: &Tests| ORDER.iter().position(|name| *name == tests.name).unwrap_or(ORDER.len());
    tests.sort_by_key(rank);
    if tests.is_empty() { Err(Error::other("there are no tests")) } else { Ok(tests) }
}

/// The executable of tests that a message of cargo's is about.
fn executable(message: &str) -> Option<Tests> {
    let (target, profile) = message.split_once("\"profile\":")?;
    if !profile.contains("\"test\":true") {
        return None;
    }
    let folder = Path::new(field(target, "manifest_path")?).parent()?.to_path_buf();
    let package = field(target, "package_id")?.rsplit_once('#')?.1.split('@').next()?.to_owned();
    // Where a folder is called otherwise than its package, the package is named; else the version alone.
    let package = if package.starts_with(|digit: char| digit.is_ascii_digit()) {
        folder.file_name()?.to_str()?.to_owned()
    } else {
        package
    };
    let own = field(target, "name")?;
    let name = if own.replace('_', "-") == package { package } else { format!("{package}: {own}") };
    Some(Tests { name, path: field(profile, "executable")?.into(), folder })
}

/// A text in a message.
fn field<'m>(message: &'m str, name: &str) -> Option<&'m str> {
    let (_, value) = message.split_once(&format!("\"{name}\":\""))?;
    value.split('"').next()
}
