//! Where imported files come from: the file system ([`Access`](crate::access::Access)), or whatever else a host offers.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Reads the files that programs import.
pub trait Loader {
    /// What tells this file from all others, however a path to it is written.
    ///
    /// # Errors
    /// If there is no such file.
    fn identify(&self, path: &Path) -> io::Result<PathBuf>;

    /// Its bytes.
    ///
    /// # Errors
    /// If it can't be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// Texts by their paths, with `/` or whatever the system has between folders.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles(pub BTreeMap<PathBuf, String>);

impl Loader for MemoryFiles {
    fn identify(&self, path: &Path) -> io::Result<PathBuf> {
        let mut identity = PathBuf::new();
        for component in path.components() {
            match component {
                Component::CurDir => {}
                Component::ParentDir => {
                    identity.pop();
                }
                other => identity.push(other),
            }
        }
        if self.0.contains_key(&identity) { Ok(identity) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let text = &self.0[&self.identify(path)?];
        Ok(text.clone().into_bytes())
    }
}

/// Why a program's file can't be read, in words for its author.
pub fn problem(path: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("there is no file `{path}`"),
        io::ErrorKind::IsADirectory => format!("`{path}` is a directory, not a program"),
        io::ErrorKind::NotADirectory => format!("there is no file `{path}`: part of the path is not a directory"),
        // The reason has been put into words.
        _ if error.get_ref().is_some() => format!("cannot read `{path}`: {error}"),
        io::ErrorKind::PermissionDenied => format!("there is no permission to read `{path}`"),
        _ => format!("cannot read `{path}`: {error}"),
    }
}
