//! What editors are told of the language is true: the words that the grammar lists are those of the lexer and the builtin
//! table, and what the extension's files refer to is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pseudo_vm::builtins;
use pseudo_vm::syntax::names::words;
use pseudo_vm::syntax::token::KEYWORDS;
use serde_json::Value;

/// Entries of the grammar that list keywords, one of them for each way to show them.
const KEYWORD_ENTRIES: &[&str] = &[
    "words-constant",
    "words-self",
    "words-control",
    "words-import",
    "words-declaration",
    "words-modifier",
    "words-operator",
];

/// Entries that list words with a meaning in some places only.
const CONTEXTUAL_ENTRIES: &[&str] = &["words-for", "words-import-as", "words-function"];

/// Such words as have a rule of their own, since they must begin a statement.
const STATEMENT_WORDS: &[&str] = &["output", "input"];

/// What the parser knows in order to explain it, and `_`, which is a name like any other to an editor.
const NOT_OF_THE_LANGUAGE: &[&str] = &["_", "elseif", "elsif"];

fn extension() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../editors/vscode")
}

fn read(path: &str) -> Value {
    let path = extension().join(path);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn grammar() -> Value {
    read("syntaxes/pseudo.tmLanguage.json")
}

/// The words between the first parentheses of an entry's expression, which holds nothing else there: `\b(if|while)\b`.
fn listed(grammar: &Value, entry: &str) -> BTreeSet<String> {
    let expression = grammar["repository"][entry]["match"].as_str().unwrap_or_else(|| panic!("{entry} has no match"));
    let list = expression.split_once("\\b(").and_then(|(_, rest)| rest.split_once(")\\b"));
    let (list, _) = list.unwrap_or_else(|| panic!("{entry} lists no words: {expression}"));
    let words: Vec<String> = list.split('|').map(str::to_string).collect();
    for word in &words {
        assert!(word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{entry}: {word} is no word");
    }
    let set: BTreeSet<String> = words.iter().cloned().collect();
    assert_eq!(set.len(), words.len(), "{entry} lists a word twice");
    set
}

/// The words of several entries, each of them in one only.
fn listed_in(grammar: &Value, entries: &[&str]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for entry in entries {
        for word in listed(grammar, entry) {
            assert!(all.insert(word.clone()), "{entry} lists {word}, which another entry does too");
        }
    }
    all
}

#[track_caller]
fn same<'a>(listed: &BTreeSet<String>, wanted: impl Iterator<Item = &'a str>) {
    let wanted: BTreeSet<String> = wanted.map(str::to_string).collect();
    let missing: Vec<&String> = wanted.difference(listed).collect();
    let unknown: Vec<&String> = listed.difference(&wanted).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "missing: {missing:?}; not in the language: {unknown:?}");
}

#[test]
fn the_grammar_lists_the_keywords() {
    same(&listed_in(&grammar(), KEYWORD_ENTRIES), KEYWORDS.iter().map(|&(text, _)| text));
}

#[test]
fn the_grammar_lists_the_words_that_are_names_elsewhere() {
    let grammar = grammar();
    let mut words = listed_in(&grammar, CONTEXTUAL_ENTRIES);
    let statements = grammar["repository"]["io-statement"]["patterns"].as_array().expect("a list");
    for word in STATEMENT_WORDS {
        let has_word =
            |pattern: &Value| pattern["match"].as_str().is_some_and(|text| text.contains(&format!("({word})")));
        assert!(statements.iter().any(has_word), "io-statement has no rule for {word}");
        words.insert(word.to_string());
    }
    same(&words, words::TEXTS.iter().copied().filter(|word| !NOT_OF_THE_LANGUAGE.contains(word)));
}

#[test]
fn the_grammar_lists_the_builtins() {
    let grammar = grammar();
    let visible = || builtins::all().map(|(_, info)| info).filter(|info| !info.is_internal());
    let functions = visible().filter(|info| info.is_function()).map(|info| info.name);
    same(&listed(&grammar, "builtin-functions"), functions);
    let constants = visible().filter(|info| !info.is_object()).map(|info| info.name);
    same(&listed(&grammar, "builtin-constants"), constants);
    let classes = visible().filter(|info| info.is_object() && !info.is_function()).map(|info| info.name);
    same(&listed(&grammar, "builtin-classes"), classes);
}

/// All values of a key, however deep.
fn values_of<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                if name == key {
                    found.extend(value.as_str());
                }
                values_of(value, key, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| values_of(item, key, found)),
        _ => {}
    }
}

#[test]
fn the_grammar_holds_together() {
    let grammar = grammar();
    let mut includes = Vec::new();
    values_of(&grammar, "include", &mut includes);
    let entries = grammar["repository"].as_object().expect("a repository");
    let used = includes.iter().filter_map(|include| include.strip_prefix('#'));
    same(&entries.keys().cloned().collect(), used);
    let mut scopes = Vec::new();
    values_of(&grammar["repository"], "name", &mut scopes);
    for scope in scopes {
        assert!(scope.ends_with(".pseudo"), "the scope {scope} does not say which language it is of");
    }
}

#[test]
fn the_extension_refers_to_what_is_there() {
    let (package, grammar) = (read("package.json"), grammar());
    let language = &package["contributes"]["languages"][0];
    let configuration = language["configuration"].as_str().expect("a path");
    let brackets = read(configuration)["brackets"].as_array().map(Vec::len);
    assert_eq!(brackets, Some(3));
    let contributed = &package["contributes"]["grammars"][0];
    assert_eq!(contributed["language"], language["id"]);
    assert_eq!(contributed["scopeName"], grammar["scopeName"]);
    assert_eq!(read(contributed["path"].as_str().expect("a path")), grammar);
    let extensions = language["extensions"].as_array().expect("a list");
    let types = grammar["fileTypes"].as_array().expect("a list");
    assert_eq!(extensions.len(), types.len());
    for (extension, kind) in extensions.iter().zip(types) {
        assert_eq!(extension.as_str(), kind.as_str().map(|kind| format!(".{kind}")).as_deref());
    }
}
