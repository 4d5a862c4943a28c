//! What tests of the project's files share: finding them, and complaining about them.

use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace is there")
}

/// All files below the workspace with this extension, with their text.
pub fn files(extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder that was just found").flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let kind = entry.file_type().expect("it has a type");
            if kind.is_dir() && name != "target" && name != "failures" && !name.starts_with('.') {
                folders.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|found| found == extension) {
                let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                found.push((path, text));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no file ends in .{extension}");
    found
}

/// Collects complaints, so that one run shows them all.
#[derive(Default)]
pub struct Complaints(String);

impl Complaints {
    /// Adds a complaint about a line of a file.
    pub fn add(&mut self, path: &Path, line: usize, what: &str) {
        let path = path.strip_prefix(root()).unwrap_or(path).display().to_string();
        writeln!(self.0, "{path}:{line}: {what}").expect("strings take everything");
    }
}

impl Drop for Complaints {
    fn drop(&mut self) {
        assert!(self.0.is_empty() || std::thread::panicking(), "\n{}", self.0);
    }
}
