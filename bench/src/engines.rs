//! What runs the programs: `pseudo`, and the peers that are installed.

use crate::programs::Program;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A way to run programs.
#[derive(Clone, Debug)]
pub struct Engine {
    pub name: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// Runs source files of this extension, after these options.
    Interpreter { command: PathBuf, options: Vec<String>, extension: &'static str },
    /// Builds programs into this folder first.
    C { compiler: PathBuf, folder: PathBuf },
}

/// Peers by name, with what they read.
const PEERS: &[(&str, &str)] = &[("lua5.4", "lua"), ("luajit", "lua"), ("node", "js"), ("gcc", "c"), ("pypy3", "py")];

/// Options of the C compiler: as fast as it can, with the arithmetic that the language defines. Without the last one, products
/// and sums would be fused on some processors and the last digits differ.
const C_OPTIONS: &[&str] = &["-O3", "-march=native", "-fwrapv", "-ffp-contract=off"];

/// The names of all peers, for `--help`.
pub fn peer_names() -> Vec<&'static str> {
    PEERS.iter().map(|(name, _)| *name).collect()
}

impl Engine {
    /// The `pseudo` command that was built beside this one.
    pub fn pseudo(options: Vec<String>) -> io::Result<Engine> {
        let mut command = std::env::current_exe()?;
        command.set_file_name(format!("pseudo{}", std::env::consts::EXE_SUFFIX));
        if !command.exists() {
            let message = format!("{} is not there; build it: cargo build --release", command.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, message));
        }
        Ok(Engine { name: "pseudo".to_owned(), kind: Kind::Interpreter { command, options, extension: "pseudo" } })
    }

    /// A peer, if it is installed. `folder` is for what has to be built.
    pub fn peer(name: &str, folder: &Path) -> io::Result<Option<Engine>> {
        let Some(&(_, extension)) = PEERS.iter().find(|(peer, _)| *peer == name) else {
            let known = peer_names().join(",");
            return Err(io::Error::other(format!("there is no peer {name}; there are: {known}")));
        };
        Ok(find_on_path(name).map(|command| Engine {
            name: name.to_owned(),
            kind: match extension {
                "c" => Kind::C { compiler: command, folder: folder.to_owned() },
                _ => Kind::Interpreter { command, options: Vec::new(), extension },
            },
        }))
    }

    /// What to run for a program, built if need be; nothing if the program is not there in the engine's language.
    pub fn prepare(&self, program: &Program) -> io::Result<Option<Prepared>> {
        match &self.kind {
            Kind::Interpreter { command, options, extension } => Ok(program.source(extension).map(|source| {
                let mut arguments = options.clone();
                arguments.push(source.to_string_lossy().into_owned());
                Prepared { command: command.clone(), arguments }
            })),
            Kind::C { compiler, folder } => {
                let Some(source) = program.source("c") else { return Ok(None) };
                let built = folder.join(&program.name);
                let status =
                    Command::new(compiler).args(C_OPTIONS).arg("-o").arg(&built).arg(&source).arg("-lm").status()?;
                if !status.success() {
                    return Err(io::Error::other(format!("{} does not build", source.display())));
                }
                Ok(Some(Prepared { command: built, arguments: Vec::new() }))
            }
        }
    }
}

/// A process that can be started over and over.
#[derive(Clone, Debug)]
pub struct Prepared {
    command: PathBuf,
    arguments: Vec<String>,
}

impl Prepared {
    /// A command that runs it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.command);
        command.args(&self.arguments);
        command
    }
}

fn find_on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_peer_is_an_error_and_an_absent_one_is_not() {
        let error = Engine::peer("cobol", Path::new("")).unwrap_err();
        assert!(error.to_string().contains("no peer cobol"));
        for name in peer_names() {
            Engine::peer(name, Path::new("")).unwrap();
        }
    }
}
