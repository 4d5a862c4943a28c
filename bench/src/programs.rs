//! The benchmark programs: a folder each, named like the files in it.

use std::io;
use std::path::{Path, PathBuf};

use crate::short;

/// Kinds of benchmark programs, told apart by their length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Group {
    /// A loop or two that show the cost of one construct
    Small,
    /// What a textbook would print as a program: its source has `WHOLE_LINES` lines or more
    Whole,
    /// The others with so little to do that they run for about 5 ms: what compiling costs scripts
    Short,
}

/// Lines that make a program a whole one.
const WHOLE_LINES: usize = 60;

/// A benchmark program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    pub name: String,
    folder: PathBuf,
}

impl Program {
    /// The program in a file `NAME.pseudo`; the same in other languages lies beside it, if anywhere.
    ///
    /// # Errors
    ///
    /// If there is no such file.
    pub fn at(path: &Path) -> io::Result<Program> {
        let wrong = |why: &str| io::Error::other(format!("{}: {why}", path.display()));
        let name = path.file_stem().filter(|_| path.extension().is_some_and(|extension| extension == "pseudo"));
        let name = name.ok_or_else(|| wrong("a program is a file whose name ends in .pseudo"))?;
        if !path.is_file() {
            return Err(wrong("there is no such file"));
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Program { name: name.to_string_lossy().into_owned(), folder })
    }

    /// Its source in the language whose files have that extension, if there is one.
    pub fn source(&self, extension: &str) -> Option<PathBuf> {
        let path = self.folder.join(format!("{}.{extension}", self.name));
        path.exists().then_some(path)
    }

    /// The kind of program that its Pseudocode source makes it.
    fn group(&self) -> io::Result<Group> {
        let lines = match self.source("pseudo") {
            Some(path) => std::fs::read_to_string(path)?.lines().count(),
            None => 0,
        };
        Ok(if lines >= WHOLE_LINES { Group::Whole } else { Group::Small })
    }
}

/// Where the programs are.
pub fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/programs"))
}

/// The programs of a folder whose names are wanted (all for no names) and that belong to a group (all if none is given), by
/// name.
pub fn select(folder: &Path, names: &[String], group: Option<Group>) -> io::Result<Vec<Program>> {
    let mut programs = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        programs.push(Program { name, folder: entry.path() });
    }
    programs.retain(|program| program.source("pseudo").is_some());
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(unknown) = names.iter().find(|name| programs.iter().all(|program| program.name != **name)) {
        let known: Vec<_> = programs.iter().map(|program| program.name.as_str()).collect();
        return Err(io::Error::other(format!("there is no program {unknown}; there are: {}", known.join(" "))));
    }
    let mut wanted = Vec::new();
    for program in programs {
        let is_named = names.is_empty() || names.contains(&program.name);
        if is_named && (group.is_none() || group == Some(program.group()?)) {
            wanted.push(program);
        }
    }
    Ok(wanted)
}

/// The programs of these names and paths, in this order; all of a group of the benchmark programs if there are none.
///
/// # Errors
///
/// If one is not there, or two have the same name, by which results go.
pub fn find(wanted: &[String], group: Option<Group>) -> io::Result<Vec<Program>> {
    if wanted.is_empty() {
        return if group == Some(Group::Short) { short::programs() } else { select(folder(), &[], group) };
    }
    let mut programs: Vec<Program> = Vec::new();
    for word in wanted {
        let is_path = word.contains('/') || word.ends_with(".pseudo");
        let found = match is_path {
            true => vec![Program::at(Path::new(word))?],
            false if word.starts_with(short::PREFIX) => vec![short::program(word)?],
            false => select(folder(), std::slice::from_ref(word), group)?,
        };
        for program in found {
            match programs.iter().find(|known| known.name == program.name) {
                Some(known) if *known == program => {}
                Some(_) => return Err(io::Error::other(format!("two programs are called {}", program.name))),
                None => programs.push(program),
            }
        }
    }
    Ok(programs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_is_there_in_every_language() {
        let programs = select(folder(), &[], None).unwrap();
        assert!(programs.len() >= 30, "{} programs", programs.len());
        for program in programs {
            for extension in ["lua", "js", "c"] {
                assert!(program.source(extension).is_some(), "{} has no .{extension}", program.name);
            }
        }
    }

    #[test]
    fn names_select() {
        let names = ["sum_i".to_owned(), "count".to_owned()];
        let found: Vec<_> = select(folder(), &names, None).unwrap().into_iter().map(|program| program.name).collect();
        assert_eq!(found, ["count", "sum_i"]);
        let error = select(folder(), &["no_such".to_owned()], None).unwrap_err();
        assert!(error.to_string().contains("no program no_such"));
    }

    #[test]
    fn groups_divide_the_programs() {
        let all = select(folder(), &[], None).unwrap();
        let small = select(folder(), &[], Some(Group::Small)).unwrap();
        let whole = select(folder(), &[], Some(Group::Whole)).unwrap();
        assert!(whole.iter().any(|program| program.name == "fannkuch"));
        assert!(small.iter().all(|program| !whole.contains(program)));
        assert_eq!(small.len() + whole.len(), all.len());
    }

    #[test]
    fn programs_are_found_by_path_too() {
        let path = format!("{}/sum_i/sum_i.pseudo", folder().display());
        let found = find(&["count".to_owned(), path.clone(), path, "sum_i".to_owned()], None).unwrap();
        assert_eq!(found.iter().map(|program| program.name.as_str()).collect::<Vec<_>>(), ["count", "sum_i"]);
        assert!(found[1].source("lua").is_some());
        let error = |word: &str| find(&["count".to_owned(), word.to_owned()], None).unwrap_err().to_string();
        assert!(error("./no.pseudo").contains("./no.pseudo: there is no such file"));
        assert!(error("./no.lua").contains("ends in .pseudo"));
        assert!(error("no").contains("there is no program no"));
        assert_eq!(find(&[], Some(Group::Whole)).unwrap(), select(folder(), &[], Some(Group::Whole)).unwrap());
    }
}
