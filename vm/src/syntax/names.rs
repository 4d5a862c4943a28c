//! Interned names: a name becomes a number once, in the lexer, and is compared as a number ever after.
//!
//! The first symbols are the keywords and the words with a meaning in some places only, so that the lexer and the parser
//! recognise them without comparing text. The hash is deterministic: symbols depend on nothing but the program.

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;

use super::ast::Symbol;
use super::token::KEYWORDS;

/// Words that mean something only where the grammar asks for them, and are names elsewhere.
pub mod words {
    use super::{KEYWORDS, Symbol};

    macro_rules! words {
        ($($name:ident = $text:literal,)*) => {
            /// Their texts, in the order of their symbols.
            pub const TEXTS: &[&str] = &[$($text),*];
            words!(@ 0, $($name = $text,)*);
        };
        (@ $at:expr, $name:ident = $text:literal, $($rest:tt)*) => {
            #[doc = concat!("`", $text, "`")]
            pub const $name: Symbol = Symbol(KEYWORDS.len() as u32 + $at);
            words!(@ $at + 1, $($rest)*);
        };
        (@ $at:expr,) => {};
    }

    words! {
        TO = "to",
        STEP = "step",
        AS = "as",
        FUNCTION = "function",
        PROCEDURE = "procedure",
        OUTPUT = "output",
        INPUT = "input",
        UNDERSCORE = "_",
        // Not of the language: what people from elsewhere write for `elif`.
        ELSEIF = "elseif",
        ELSIF = "elsif",
    }
}

/// The interner. One serves a whole program, all its files.
#[derive(Debug)]
pub struct Names {
    texts: Vec<Box<str>>,
    symbols: HashTable<Symbol>,
}

impl Names {
    /// An interner that knows the keywords.
    pub fn new() -> Names {
        let mut names = Names { texts: Vec::new(), symbols: HashTable::new() };
        for text in KEYWORDS.iter().map(|&(text, _)| text).chain(words::TEXTS.iter().copied()) {
            names.intern(text);
        }
        names
    }

    /// The symbol of a text: the same one each time.
    pub fn intern(&mut self, text: &str) -> Symbol {
        let hash = FxBuildHasher.hash_one(text);
        if let Some(&symbol) = self.symbols.find(hash, |&symbol| self.text(symbol) == text) {
            return symbol;
        }
        let symbol = Symbol(self.texts.len() as u32);
        self.texts.push(text.into());
        self.symbols.insert_unique(hash, symbol, |other| FxBuildHasher.hash_one(&*self.texts[other.0 as usize]));
        symbol
    }

    /// The symbol of a text, if it has been interned.
    pub fn find(&self, text: &str) -> Option<Symbol> {
        self.symbols.find(FxBuildHasher.hash_one(text), |&symbol| self.text(symbol) == text).copied()
    }

    /// The text of a symbol of this interner.
    pub fn text(&self, symbol: Symbol) -> &str {
        &self.texts[symbol.0 as usize]
    }
}

impl Default for Names {
    fn default() -> Names {
        Names::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_equal_symbols() {
        let mut names = Names::new();
        let all: Vec<Symbol> = (0..1000).map(|i| names.intern(&format!("name{i}"))).collect();
        for (i, &symbol) in all.iter().enumerate() {
            assert_eq!(names.text(symbol), format!("name{i}"));
            assert_eq!(names.intern(&format!("name{i}")), symbol);
            assert_eq!(names.find(&format!("name{i}")), Some(symbol));
        }
        assert_eq!(names.find("other"), None);
    }

    #[test]
    fn contextual_words_are_where_the_constants_say() {
        let names = Names::new();
        assert_eq!(names.text(words::TO), "to");
        assert_eq!(names.text(words::ELSIF), "elsif");
        assert_eq!(names.text(Symbol(0)), "and");
    }
}
