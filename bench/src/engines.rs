//! What runs the programs: `pseudo`, and the peers that are installed.

use crate::programs::Program;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Something that runs programs.
#[derive(Clone, Debug)]
pub struct Engine {
    pub name: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// Runs source files of this extension.
    Interpreter { command: PathBuf, extension: &'static str },
    /// Builds programs into this folder first.
    C { compiler: PathBuf, folder: PathBuf },
}

/// A peer.
struct Peer {
    name: &'static str,
    /// Names of its command, the likelier first.
    commands: &'static [&'static str],
    /// Of the files that it reads.
    extension: &'static str,
    /// The option that has it tell its version.
    version: &'static str,
}

const PEERS: &[Peer] = &[
    Peer { name: "lua5.4", commands: &["lua5.4", "lua54", "lua-5.4"], extension: "lua", version: "-v" },
    Peer { name: "luajit", commands: &["luajit"], extension: "lua", version: "-v" },
    Peer { name: "node", commands: &["node", "nodejs"], extension: "js", version: "--version" },
    Peer { name: "pypy3", commands: &["pypy3", "pypy"], extension: "py", version: "--version" },
    Peer { name: "gcc", commands: &["gcc"], extension: "c", version: "--version" },
];

/// Options of the C compiler: as fast as it can, with the arithmetic that the language defines. Without the last one, products
/// and sums would be fused on some processors and the last digits differ.
const C_OPTIONS: &[&str] = &["-O3", "-march=native", "-fwrapv", "-ffp-contract=off"];

/// The names of all peers, for `--help`.
pub fn peer_names() -> Vec<&'static str> {
    PEERS.iter().map(|peer| peer.name).collect()
}

impl Engine {
    /// The `pseudo` command of this path, or the one that belongs beside this command: if Cargo started this command, it builds
    /// that one first, so that it is there and of the same sources.
    pub fn pseudo(path: Option<&Path>) -> io::Result<Engine> {
        let command = match path {
            Some(path) => path.to_owned(),
            None => built_beside()?,
        };
        if !command.is_file() {
            let message = format!("{} is not there; build it: cargo build --release", command.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, message));
        }
        Ok(Engine { name: "pseudo".to_owned(), kind: Kind::Interpreter { command, extension: "pseudo" } })
    }

    /// A peer, if it is installed. `folder` is for what has to be built.
    pub fn peer(name: &str, folder: &Path) -> io::Result<Option<Engine>> {
        let Some(peer) = PEERS.iter().find(|peer| peer.name == name) else {
            let known = peer_names().join(",");
            return Err(io::Error::other(format!("there is no peer {name}; there are: {known}")));
        };
        let command = peer.commands.iter().find_map(|command| find_on_path(command));
        Ok(command.map(|command| Engine {
            name: name.to_owned(),
            kind: match peer.extension {
                "c" => Kind::C { compiler: command, folder: folder.to_owned() },
                extension => Kind::Interpreter { command, extension },
            },
        }))
    }

    /// Its command.
    pub fn path(&self) -> &Path {
        match &self.kind {
            Kind::Interpreter { command, .. } => command,
            Kind::C { compiler, .. } => compiler,
        }
    }

    /// The first line of what it says of its version; empty if it says nothing.
    pub fn version(&self) -> String {
        let option = PEERS.iter().find(|peer| peer.name == self.name).map_or("--version", |peer| peer.version);
        let output = Command::new(self.path()).arg(option).stdin(Stdio::null()).output();
        let line = output.ok().and_then(|output| {
            let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
            let version = text.lines().next().map(str::to_owned);
            // The first line of PyPy is that of the language.
            version.map(|first| match text.lines().nth(1).filter(|_| first.starts_with("Python ")) {
                Some(second) => format!("{first} {second}"),
                None => first,
            })
        });
        line.unwrap_or_default()
    }

    /// What to run for a program, built if need be; nothing if the program is not there in the engine's language.
    ///
    /// # Errors
    ///
    /// If it does not build.
    pub fn prepare(&self, program: &Program, options: &[String]) -> io::Result<Option<Prepared>> {
        match &self.kind {
            Kind::Interpreter { command, extension } => Ok(program.source(extension).map(|source| {
                let mut arguments = options.to_vec();
                arguments.push(source.to_string_lossy().into_owned());
                Prepared { command: command.clone(), arguments }
            })),
            Kind::C { compiler, folder } => {
                let Some(source) = program.source("c") else { return Ok(None) };
                let built = folder.join(&program.name);
                let mut command = Command::new(compiler);
                let command = command.args(C_OPTIONS).args(options).arg("-o").arg(&built).arg(&source).arg("-lm");
                let output = command.stdin(Stdio::null()).output()?;
                if !output.status.success() {
                    let errors = String::from_utf8_lossy(&output.stderr);
                    return Err(io::Error::other(format!("{} does not build: {errors}", source.display())));
                }
                Ok(Some(Prepared { command: built, arguments: Vec::new() }))
            }
        }
    }
}

/// Where the command is that belongs beside this one.
///
/// `cargo run -p pseudo-bench` builds this command alone. So it has Cargo build the other one, in the folder and with the profile that
/// this one was built with. On its own it takes what is there.
fn built_beside() -> io::Result<PathBuf> {
    let this = std::env::current_exe()?;
    let command = this.with_file_name(format!("pseudo{}", std::env::consts::EXE_SUFFIX));
    let profile = this.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    let target = this.parent().and_then(Path::parent);
    let (Some(cargo), Some(target)) = (std::env::var_os("CARGO"), target) else { return Ok(command) };
    let profile = if profile == "debug" { "dev" } else { &profile };
    let mut build = Command::new(cargo);
    build
        .args(["build", "--quiet", "-p", "pseudo", "--bin", "pseudo", "--profile", profile, "--target-dir"])
        .arg(target);
    build.arg("--manifest-path").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"));
    match build.stdin(Stdio::null()).status()?.success() {
        true => Ok(command),
        false => Err(io::Error::other("the pseudo command does not build")),
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
