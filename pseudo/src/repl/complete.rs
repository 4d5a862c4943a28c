//! Which names can be meant by what has been typed.

use std::collections::BTreeMap;

use pseudo_vm::builtins;
use pseudo_vm::syntax::token::KEYWORDS;

use crate::Session;

/// The names that there are.
#[derive(Clone, Default, Debug)]
pub struct Completions {
    /// Keywords, builtins, globals.
    words: Vec<String>,
    /// Builtins that are methods.
    methods: Vec<String>,
    /// What the values of globals have for themselves.
    members: BTreeMap<String, Vec<String>>,
}

impl Completions {
    /// The names of a session.
    pub(super) fn of(session: &Session) -> Completions {
        let builtins = || builtins::all().map(|(_, info)| info).filter(|info| !info.is_internal());
        let globals: Vec<String> = session.names();
        let members = globals.iter().map(|name| (name.clone(), session.members(name)));
        let members = members.filter(|(_, names)| !names.is_empty()).collect();
        let keywords = KEYWORDS.iter().map(|&(text, _)| text.to_string());
        let mut words: Vec<String> =
            keywords.chain(builtins().map(|info| info.name.to_string())).chain(globals).collect();
        words.sort();
        words.dedup();
        let methods = builtins().filter(|info| info.is_method()).map(|info| info.name.to_string());
        Completions { words, methods: methods.collect(), members }
    }

    /// Where the name before `at` begins, and the names that begin like it.
    pub(super) fn find(&self, line: &str, at: usize) -> (usize, Vec<String>) {
        let before = &line[..at];
        let start = name_start(before);
        let typed = &before[start..];
        let mut found: Vec<String> = match before[..start].strip_suffix('.') {
            Some(object) => {
                let object = &object[name_start(object)..];
                let own = self.members.get(object).into_iter().flatten();
                own.chain(&self.methods).filter(|name| name.starts_with(typed)).cloned().collect()
            }
            None if typed.is_empty() => Vec::new(),
            None => self.words.iter().filter(|name| name.starts_with(typed)).cloned().collect(),
        };
        found.dedup();
        (start, found)
    }
}

/// Where the name that ends a text begins.
fn name_start(text: &str) -> usize {
    text.rfind(|char: char| !char.is_alphanumeric() && char != '_')
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8))
}
