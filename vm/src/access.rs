//! What of the system around it a program may use: everything, or the files of one folder and nothing else.
//!
//! A path is resolved before anything is opened, `..` and symbolic links included, and what is opened is the resolved path,
//! whose last part must not be a link. So a program, which can make no links itself, does not get out of its folder. Not
//! kept out: hard links into the folder, and another process that exchanges folders for links meanwhile.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::loader::Loader;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// The one folder, resolved. `None`: everything.
    folder: Option<PathBuf>,
}

/// Why a path was refused.
const OUTSIDE: &str = "it lies outside of the folder that the sandbox allows";

fn refused() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, OUTSIDE)
}

impl Access {
    /// Only what lies in a folder.
    ///
    /// # Errors
    ///
    /// If there is no such folder.
    pub fn within(folder: &Path) -> io::Result<Access> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let folder = folder.canonicalize()?;
        if !folder.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Access { folder: Some(folder) })
    }

    /// Whether there is anything that may not be used.
    pub fn is_limited(&self) -> bool {
        self.folder.is_some()
    }

    /// The path to use for a path.
    ///
    /// # Errors
    ///
    /// `PermissionDenied` if what it names may not be used, whether it exists or not.
    pub fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        let Some(folder) = &self.folder else { return Ok(path.to_path_buf()) };
        let full = std::path::absolute(path)?;
        // The first part that does not exist, or can't be looked into, and what follows it, are taken as they are.
        for known in full.ancestors() {
            let Ok(real) = known.canonicalize() else { continue };
            let rest = full.strip_prefix(known).expect("it is one of its ancestors");
            let plain = rest.components().all(|part| matches!(part, std::path::Component::Normal(_)));
            // A link that leads nowhere yet is no name of its own.
            let dangling = rest.components().next().is_some_and(|first| real.join(first).is_symlink());
            return if real.starts_with(folder) && plain && !dangling {
                Ok(if rest.as_os_str().is_empty() { real } else { real.join(rest) })
            } else {
                Err(refused())
            };
        }
        Err(refused())
    }

    /// Opens a file.
    ///
    /// # Errors
    ///
    /// As [`Access::resolve`], or what the operating system says.
    pub fn open(&self, path: &Path, options: &mut OpenOptions) -> io::Result<File> {
        let path = self.resolve(path)?;
        if self.is_limited() {
            options.custom_flags(libc::O_NOFOLLOW);
        }
        options.open(path)
    }
}

/// The files of the operating system, as far as a program may use them.
impl Loader for Access {
    fn identify(&self, path: &Path) -> io::Result<PathBuf> {
        self.resolve(path)?.canonicalize()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut self.open(path, OpenOptions::new().read(true))?, &mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn is_refused<T>(result: io::Result<T>) -> bool {
        result.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied && error.to_string() == OUTSIDE)
    }

    #[test]
    fn only_the_folder_is_open() {
        let around = std::env::temp_dir().join(format!("pseudo-access-{}", std::process::id()));
        let folder = around.join("in side");
        fs::create_dir_all(folder.join("deeper")).expect("a folder");
        fs::write(around.join("secret"), "s").expect("a file");
        fs::write(folder.join("own"), "o").expect("a file");
        symlink(around.join("secret"), folder.join("link out")).expect("a link");
        symlink("own", folder.join("link in")).expect("a link");
        symlink(around.join("nothing"), folder.join("link to nothing")).expect("a link");
        symlink(&around, folder.join("folder out")).expect("a link");
        let access = Access::within(&folder).expect("it is there");
        let read = |path: &str| access.read(&folder.join(path));
        for own in ["own", "./own", "deeper/../own", "link in", "../in side/own"] {
            assert_eq!(read(own).expect(own), b"o", "{own}");
        }
        for other in [
            "../secret",
            "../nothing",
            "..",
            "deeper/../../secret",
            "link out",
            "link to nothing",
            "folder out/secret",
            "folder out/none",
            "nothing/../../secret",
            "/etc/passwd",
            "/nothing/at/all",
            "/",
        ] {
            assert!(is_refused(read(other)), "{other}");
            assert!(is_refused(access.identify(&folder.join(other))), "{other}");
        }
        let write = |path: &str| access.open(&folder.join(path), OpenOptions::new().write(true).create(true));
        assert!(write("deeper/new").is_ok());
        for other in ["../new", "link to nothing", "folder out/new", "link out"] {
            assert!(is_refused(write(other)), "{other}");
        }
        assert!(!around.join("new").exists() && !around.join("nothing").exists());
        assert_eq!(read("none").map_err(|error| error.kind()), Err(io::ErrorKind::NotFound));
        assert!(Access::within(&around.join("nothing")).is_err() && Access::within(&around.join("secret")).is_err());
        assert!(Access::default().read(&around.join("secret")).is_ok());
        fs::remove_dir_all(&around).expect("it is still there");
    }
}
