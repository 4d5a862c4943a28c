//! The folder that an experiment's results go to.

use std::io;
use std::path::{Path, PathBuf};

use crate::experiment::{Kind, Shard};
use crate::results::Results;
use crate::{csv, machine, measure, plots, report};

/// Makes the folder for results: the one that is asked for, or one of its own below the build's.
///
/// # Errors
///
/// If it can't be made, or has results already.
pub fn folder(wanted: Option<&Path>, kind: Kind, shard: Shard) -> io::Result<PathBuf> {
    let folder = match wanted {
        Some(folder) => folder.to_owned(),
        None => {
            // The folder of the build has one for each profile, where this command is.
            let command = std::env::current_exe()?;
            let build = command.parent().and_then(Path::parent).unwrap_or(Path::new("target"));
            let time: String = machine::now().chars().filter(char::is_ascii_digit).collect();
            let part = if shard == Shard::WHOLE { String::new() } else { format!("-{}of{}", shard.index, shard.count) };
            build.join("experiments").join(format!("{}-{time}{part}", kind.name()))
        }
    };
    if folder.join(measure::FILE).exists() {
        let message = format!("{} has results already: name another folder with --out", folder.display());
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
    }
    std::fs::create_dir_all(&folder)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", folder.display())))?;
    Ok(folder)
}

/// Writes all that can be made of results: the table, comma-separated values, plots. Gives the text of the table.
pub fn write(results: &Results, folder: &Path) -> io::Result<String> {
    let text = report::text(results);
    let mut files = vec![
        ("table.txt".to_owned(), text.clone()),
        ("summary.csv".to_owned(), csv::summary(results)),
        ("runs.csv".to_owned(), csv::runs(results)),
    ];
    files.extend(plots::all(results).map_err(io::Error::other)?);
    for (name, contents) in files {
        let path = folder.join(name);
        std::fs::write(&path, contents)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    }
    Ok(text)
}
