//! Lines from a terminal, with editing, history and completion.

use std::path::PathBuf;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use super::{Completions, Line, Lines};

/// Entries that the history keeps.
const HISTORY: usize = 1000;

/// The terminal that the process was started on.
pub struct Terminal {
    editor: Editor<Names, DefaultHistory>,
    history: Option<PathBuf>,
}

/// Where the history is kept between runs: in the user's folder for such things, if there is one.
pub fn history_file() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")))?;
    Some(state.join("pseudo/history"))
}

impl Terminal {
    /// Takes the terminal. A history that cannot be read or written is as good as none.
    ///
    /// # Errors
    ///
    /// If it is no terminal.
    pub fn new(history: Option<PathBuf>) -> std::io::Result<Terminal> {
        let config = Config::builder().completion_type(CompletionType::List);
        let config = config.max_history_size(HISTORY).map_err(std::io::Error::other)?.auto_add_history(false).build();
        let mut editor = Editor::with_config(config).map_err(std::io::Error::other)?;
        editor.set_helper(Some(Names::default()));
        if let Some(path) = &history {
            let _ = path.parent().map(std::fs::create_dir_all);
            let _ = editor.load_history(path);
        }
        Ok(Terminal { editor, history })
    }
}

impl Lines for Terminal {
    fn read(&mut self, prompt: &str) -> std::io::Result<Line> {
        match self.editor.readline(prompt) {
            Ok(line) => Ok(Line::Text(line)),
            Err(ReadlineError::Interrupted) => Ok(Line::Cancelled),
            Err(ReadlineError::Eof) => Ok(Line::End),
            Err(ReadlineError::Io(error)) => Err(error),
            Err(error) => Err(std::io::Error::other(error)),
        }
    }

    fn remember(&mut self, entry: &str) {
        let _ = self.editor.add_history_entry(entry);
        if let Some(path) = &self.history {
            let _ = self.editor.append_history(path);
        }
    }

    fn offer(&mut self, names: Completions) {
        self.editor.set_helper(Some(Names(names)));
    }
}

/// What the editor asks for completions.
#[derive(Default)]
struct Names(Completions);

impl Completer for Names {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.0.find(line, at))
    }
}

impl Hinter for Names {
    type Hint = String;
}

impl Highlighter for Names {}

impl Validator for Names {}

impl Helper for Names {}
