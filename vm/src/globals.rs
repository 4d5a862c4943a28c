//! Global variables: slots resolved when compiled, at addresses that never change.
//!
//! A slot has a name for listings and messages only; which name stands for which slot is a matter of the file
//! ([`TopLevel`](crate::modules::TopLevel)).

use std::rc::Rc;

use crate::syntax::source::{Source, Span};
use crate::value::Value;

/// Most globals that a program may have.
pub const MAX_GLOBALS: usize = 1 << 16;

/// What is known of a global when a program is compiled.
#[derive(Clone, Debug)]
pub struct GlobalInfo {
    /// Its name.
    pub name: Box<str>,
    /// Whether it was declared `const`.
    pub constant: bool,
    /// The file that declares it.
    pub source: Rc<Source>,
    /// Where.
    pub span: Span,
    /// Whether that file is an imported one.
    pub imported: bool,
    /// Whether anything but its definition gives it a value.
    pub reassigned: bool,
}

/// All globals. The values lie in one allocation of fixed size, so that compiled code may hold their addresses.
#[derive(Debug)]
pub struct Globals {
    /// Bits of values; as plain words, so that pages are taken from the system when they are used.
    words: Box<[u64]>,
    infos: Vec<GlobalInfo>,
    /// How many have come to be reassigned.
    reassigned: u32,
}

impl Default for Globals {
    fn default() -> Globals {
        Globals { words: vec![0; MAX_GLOBALS].into(), infos: Vec::new(), reassigned: 0 }
    }
}

impl Globals {
    /// Declares a global, which holds undef until its definition has run. `None` if there are too many.
    pub fn declare(&mut self, info: GlobalInfo) -> Option<u32> {
        let slot = self.infos.len();
        if slot == MAX_GLOBALS {
            return None;
        }
        self.infos.push(info);
        self.words[slot] = Value::UNDEF.0;
        Some(slot as u32)
    }

    /// Forgets all globals but the first `count`: those of a program that turned out to have errors.
    pub fn truncate(&mut self, count: usize) {
        self.infos.truncate(count);
    }

    /// Notes that something else than its definition gives a global a value.
    pub fn reassign(&mut self, slot: u32) {
        let info = &mut self.infos[slot as usize];
        self.reassigned += u32::from(!std::mem::replace(&mut info.reassigned, true));
    }

    /// How many globals have come to be reassigned until now.
    pub fn reassigned(&self) -> u32 {
        self.reassigned
    }

    /// What is known of a slot.
    pub fn info(&self, slot: u32) -> &GlobalInfo {
        &self.infos[slot as usize]
    }

    /// Everything declared, in order of the slots.
    pub fn infos(&self) -> &[GlobalInfo] {
        &self.infos
    }

    /// The values of the declared globals.
    pub fn values(&self) -> &[Value] {
        let words = &self.words[..self.infos.len()];
        // SAFETY: a value is a transparent word, and those of declared globals are values.
        unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), words.len()) }
    }

    /// The values of the declared globals, to be changed.
    pub fn values_mut(&mut self) -> &mut [Value] {
        let words = &mut self.words[..self.infos.len()];
        // SAFETY: as in `values`; the words are borrowed for as long as the slice.
        unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), words.len()) }
    }

    /// The address of slot 0; slot n lies 8n bytes further.
    pub fn base(&mut self) -> *mut Value {
        self.words.as_mut_ptr().cast()
    }
}
