//! Dicts of the evaluator's machine.
//!
//! An entry's address goes stale when a key is added or removed, as in the real machine it may: a pass that lets one live on
//! is caught. Keys are compared as values are, so that 1 and 1.0 are two: no trace that is compared depends on it.

use super::{Run, Step, V};
use crate::ir::ops::Op;
use crate::ir::trace::Inst;
use crate::ir::types::Ref;

/// A dict.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Dict {
    /// Keys and values in order; nothing where a key was removed.
    pub entries: Vec<Option<(V, V)>>,
    /// How often a key was added or removed.
    pub changes: i64,
}

impl Dict {
    /// The number of the entry of a key.
    fn find(&self, key: &V) -> Option<usize> {
        self.entries.iter().position(|entry| entry.as_ref().is_some_and(|entry| entry.0 == *key))
    }

    /// Sets the value of a key; false for what is no key.
    fn set(&mut self, key: V, value: V) -> bool {
        if matches!(key, V::Nil | V::Undef) || key == V::float(f64::NAN) {
            return false;
        }
        match self.find(&key) {
            Some(number) => self.entries[number] = Some((key, value)),
            None => {
                self.entries.push(Some((key, value)));
                self.changes += 1;
            }
        }
        true
    }
}

impl Run<'_, '_> {
    fn dict_of(&self, value: Ref) -> Result<usize, String> {
        match self.value(value)? {
            V::Dict(dict) => Ok(dict),
            v => Err(format!("{v:?} is no dict")),
        }
    }

    /// The dict and the number of an entry that is still where it was.
    fn entry_of(&self, value: Ref) -> Result<(usize, usize), String> {
        match self.value(value)? {
            V::Entry(dict, number, changes) if self.machine.dicts[dict].changes == changes => Ok((dict, number)),
            v => Err(format!("{v:?} is no entry that is still there")),
        }
    }

    /// An instruction about dicts.
    pub(super) fn dict(&mut self, inst: &Inst) -> Result<Step, String> {
        let made = |v: V| Ok(Step::Value(v));
        match inst.op {
            Op::DictLen | Op::DictChanges => {
                let dict = &self.machine.dicts[self.dict_of(inst.a)?];
                let keys = dict.entries.iter().flatten().count() as i64;
                made(V::Int(if inst.op == Op::DictLen { keys } else { dict.changes }))
            }
            Op::DictFind => {
                let at = self.dict_of(inst.a)?;
                let dict = &self.machine.dicts[at];
                let found = dict.find(&self.value(inst.b)?);
                made(found.map_or(V::Nowhere, |number| V::Entry(at, number, dict.changes)))
            }
            Op::DictNext => {
                let dict = &self.machine.dicts[self.dict_of(inst.a)?];
                let from = usize::try_from(self.int(inst.b)?).map_err(|_| "a negative number of an entry")?;
                let next = (from..dict.entries.len()).find(|&number| dict.entries[number].is_some());
                made(V::Int(next.map_or(-1, |number| number as i64)))
            }
            Op::DictEntry => {
                let at = self.dict_of(inst.a)?;
                let dict = &self.machine.dicts[at];
                match usize::try_from(self.int(inst.b)?).ok().filter(|&number| number < dict.entries.len()) {
                    Some(number) => made(V::Entry(at, number, dict.changes)),
                    None => Err("there is no such entry".into()),
                }
            }
            Op::DictSet => {
                let at = self.dict_of(inst.a)?;
                let (key, value) = (self.value(inst.b)?, self.value(inst.c)?);
                made(if self.machine.dicts[at].set(key, value) { V::Bool(true) } else { V::Undef })
            }
            Op::DictExtend => {
                let at = self.dict_of(inst.a)?;
                for pair in self.arguments(inst)?.chunks_exact(2) {
                    if !self.machine.dicts[at].set(pair[0].clone(), pair[1].clone()) {
                        return made(V::Undef);
                    }
                }
                made(V::Bool(true))
            }
            Op::DictRemove => {
                let at = self.dict_of(inst.a)?;
                let key = self.value(inst.b)?;
                let dict = &mut self.machine.dicts[at];
                let removed = dict.find(&key).and_then(|number| dict.entries[number].take());
                dict.changes += i64::from(removed.is_some());
                made(removed.map_or(V::Nil, |(_, value)| value))
            }
            Op::LoadKey | Op::LoadValue => {
                let (dict, number) = self.entry_of(inst.a)?;
                let (key, value) = self.machine.dicts[dict].entries[number].clone().ok_or("a removed entry")?;
                made(if inst.op == Op::LoadKey { key } else { value })
            }
            Op::StoreValue => {
                let (dict, number) = self.entry_of(inst.b)?;
                if dict != self.dict_of(inst.a)? {
                    return Err("an entry of another dict".into());
                }
                let value = self.value(inst.c)?;
                self.machine.dicts[dict].entries[number].as_mut().ok_or("a removed entry")?.1 = value;
                Ok(Step::Done)
            }
            Op::IterDict | Op::IterChanges => match self.value(inst.a)? {
                V::Iter(dict, changes) => made(if inst.op == Op::IterDict { V::Dict(dict) } else { V::Int(changes) }),
                v => Err(format!("{v:?} is no iterator")),
            },
            Op::NewIter => {
                let dict = self.dict_of(inst.a)?;
                made(V::Iter(dict, self.machine.dicts[dict].changes))
            }
            Op::NewDict => {
                let mut dict = Dict::default();
                for pair in self.arguments(inst)?.chunks_exact(2) {
                    if !dict.set(pair[0].clone(), pair[1].clone()) {
                        return made(V::Undef);
                    }
                }
                self.machine.dicts.push(dict);
                made(V::Dict(self.machine.dicts.len() - 1))
            }
            op => Err(format!("`{}` is not about dicts", op.info().text)),
        }
    }
}
