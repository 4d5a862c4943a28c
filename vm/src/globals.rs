//! Global variables: slots resolved when compiled, at addresses that never change.

use rustc_hash::FxHashMap;

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
}

/// All globals. The values lie in one allocation of fixed size, so that compiled code may hold their addresses.
#[derive(Debug)]
pub struct Globals {
    /// Bits of values; as plain words, so that pages are taken from the system when they are used.
    words: Box<[u64]>,
    infos: Vec<GlobalInfo>,
    by_name: FxHashMap<Box<str>, u32>,
}

/// Names of globals, taken by [`Globals::take_names`].
#[derive(Debug)]
pub struct Names(FxHashMap<Box<str>, u32>);

impl Default for Globals {
    fn default() -> Globals {
        Globals { words: vec![0; MAX_GLOBALS].into(), infos: Vec::new(), by_name: FxHashMap::default() }
    }
}

impl Globals {
    /// The slot of a name, if it is declared.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// Declares a global, which holds undef until its definition has run. `None` if there are too many.
    pub fn declare(&mut self, name: &str, constant: bool) -> Option<u32> {
        let slot = self.infos.len();
        if slot == MAX_GLOBALS {
            return None;
        }
        self.infos.push(GlobalInfo { name: name.into(), constant });
        self.by_name.insert(name.into(), slot as u32);
        self.words[slot] = Value::UNDEF.0;
        Some(slot as u32)
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

    /// Takes the names of all globals declared so far; what is compiled from here on knows none. The variables stay.
    pub fn take_names(&mut self) -> Names {
        Names(std::mem::take(&mut self.by_name))
    }

    /// Gives names back, in place of those declared meanwhile.
    pub fn restore_names(&mut self, names: Names) {
        self.by_name = names.0;
    }

    /// The address of slot 0; slot n lies 8n bytes further.
    pub fn base(&mut self) -> *mut Value {
        self.words.as_mut_ptr().cast()
    }
}
