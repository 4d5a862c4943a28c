//! Dicts: reading, writing and looking for keys, literals, going through the entries.
//!
//! A key is looked for by `dict.find`; whether it is there, as it is now, is guarded. What is found is the address of the
//! entry, of which the value is then read or written: passes find each key once, for as long as no key comes or goes.

use pseudo_vm::heap::dict::DictRef;
use pseudo_vm::value::Value;

use super::aborts::{Abort, Reason};
use super::arith::Operand;
use super::{Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::types::{Const, Ref, Ty};

/// Whether this can be a key.
fn is_key(key: Value) -> bool {
    !key.is_nil() && !key.is_undef() && !key.as_float().is_some_and(f64::is_nan)
}

impl Recorder {
    /// The entry of a key, and a condition: whether there is none. Of a key that is the same each time the entry is likely to have
    /// the number in other dicts that it has in this one: they are made alike.
    fn find_key(&mut self, dict: Ref, dict_now: Option<DictRef>, key: Ref) -> (Ref, Ref) {
        let key = self.out.boxed(key);
        let number = match self.out.trace.as_const(key) {
            Some(Const::Value(bits)) => dict_now.and_then(|dict| dict.number_of(Value(bits))),
            _ => None,
        };
        let entry = self.out.emit(Op::DictFind, &[dict, key, number.map_or(Ref::NONE, Ref)]);
        let nowhere = self.out.trace.constant(Const::Nowhere);
        (entry, self.out.emit(Op::SameAny, &[entry, nowhere]))
    }

    /// The value of a key; nothing if there is none, which is guarded.
    pub(super) fn value_of_key(
        &mut self,
        now: &Now<'_>,
        dict: Operand,
        key: Ref,
        key_now: Value,
    ) -> Result<Option<Ref>, Abort> {
        let dict_now = dict.actual.as_dict().ok_or_else(|| self.abort(Reason::Lost))?;
        let (entry, missing) = self.find_key(dict.value, Some(dict_now), key);
        let found = dict_now.get(key_now).is_some();
        self.guard_outcome(now, missing, !found);
        Ok(found.then(|| self.out.emit(Op::LoadValue, &[entry])))
    }

    /// `dict[key] = value`.
    fn set_key(&mut self, now: &Now<'_>, dict: Operand, key: Ref, key_now: Value, value: Ref) -> Result<(), Abort> {
        if !is_key(key_now) {
            return Err(self.abort(Reason::Throws));
        }
        let dict_now = dict.actual.as_dict().ok_or_else(|| self.abort(Reason::Lost))?;
        let (entry, missing) = self.find_key(dict.value, Some(dict_now), key);
        let found = dict_now.get(key_now).is_some();
        self.guard_outcome(now, missing, !found);
        if found {
            let value = self.out.boxed(value);
            self.out.emit(Op::StoreValue, &[dict.value, entry, value]);
        } else {
            let (key, value) = (self.out.boxed(key), self.out.boxed(value));
            // Taken before the write, which is the effect that no guard may look back over.
            self.snapshot(now);
            let done = self.out.emit(Op::DictSet, &[dict.value, key, value]);
            self.guard(now, Op::GuardDefined, &[done]);
        }
        Ok(())
    }

    /// `R[a] = dict[R[c]]`.
    pub(super) fn record_get_key(&mut self, now: &Now<'_>, dict: Operand) -> Result<(), Abort> {
        let key = self.read_register(now, now.word.c())?;
        let value = self.value_of_key(now, dict, key, now.register(now.word.c()))?;
        let value = value.unwrap_or_else(|| self.out.trace.constant(Const::Nil));
        self.write_register(now, now.word.a(), value);
        Ok(())
    }

    /// `dict[R[b]] = R[c]`.
    pub(super) fn record_set_key(&mut self, now: &Now<'_>, dict: Operand) -> Result<(), Abort> {
        let key = self.read_register(now, now.word.b())?;
        let value = self.read_register(now, now.word.c())?;
        self.set_key(now, dict, key, now.register(now.word.b()), value)
    }

    /// Whether a dict has a key.
    pub(super) fn has_key(&mut self, dict: Ref, key: Ref) -> Ref {
        let (_, missing) = self.find_key(dict, None, key);
        self.out.emit(Op::NotBool, &[missing])
    }

    /// A builtin of a dict, its first argument, if it is one that has instructions of its own.
    pub(super) fn dict_builtin(
        &mut self,
        now: &Now<'_>,
        name: &str,
        first: usize,
        count: usize,
    ) -> Result<Option<Ref>, Abort> {
        if !matches!(
            (name, count),
            ("len", 1)
                | ("has_key" | "dict_has" | "contains" | "remove" | "dict_delete", 2)
                | ("dict_get", 2 | 3)
                | ("dict_set", 3)
        ) {
            return Ok(None);
        }
        let dict = self.operand(now, first)?;
        if name == "len" {
            return Ok(Some(self.out.emit(Op::DictLen, &[dict.value])));
        }
        let key = self.read_register(now, first + 1)?;
        let key_now = now.register(first + 1);
        let result = match name {
            "dict_get" => match self.value_of_key(now, dict, key, key_now)? {
                Some(value) => value,
                None if count == 3 => self.read_register(now, first + 2)?,
                None => self.out.trace.constant(Const::Nil),
            },
            "dict_set" => {
                let value = self.read_register(now, first + 2)?;
                self.set_key(now, dict, key, key_now, value)?;
                self.out.trace.constant(Const::Nil)
            }
            "remove" | "dict_delete" => {
                let key = self.out.boxed(key);
                self.out.emit(Op::DictRemove, &[dict.value, key])
            }
            _ => self.has_key(dict.value, key),
        };
        Ok(Some(result))
    }

    /// A dict literal, or its first part.
    pub(super) fn record_new_dict(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let parts = self.keys_and_values(now)?;
        let made = self.out.emit_with_arguments(Op::NewDict, Ref::NONE, &parts);
        let dict = self.guard(now, Op::GuardDict, &[made]);
        self.write_register(now, now.word.a(), dict);
        Ok(())
    }

    /// A further part of a dict literal. If it cannot be added the interpreter does it again, to a dict that nobody else
    /// knows yet.
    pub(super) fn record_extend_dict(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let dict = self.operand(now, now.word.a())?;
        let parts = self.keys_and_values(now)?;
        self.snapshot(now);
        let done = self.out.emit_with_arguments(Op::DictExtend, dict.value, &parts);
        self.guard(now, Op::GuardDefined, &[done]);
        Ok(())
    }

    /// The part of a literal in registers from `R[b]` on.
    fn keys_and_values(&mut self, now: &Now<'_>) -> Result<Vec<Ref>, Abort> {
        let (first, count) = (now.word.b(), now.word.c());
        if (first..first + count).step_by(2).any(|register| !is_key(now.register(register))) {
            return Err(self.abort(Reason::Throws));
        }
        self.boxed_registers(now, first, count)
    }

    /// The next entry of a dict that is gone through: its key, its value, and the position of the next round. None at the
    /// end.
    pub(super) fn next_of_dict(
        &mut self,
        now: &Now<'_>,
        iterator: Operand,
        position: Operand,
        position_now: i64,
    ) -> Result<Option<(Ref, Ref, Ref)>, Abort> {
        debug_assert_eq!(iterator.ty, Ty::Iter);
        let (dict_now, began_now) = iterator.actual.as_dict_iter().ok_or_else(|| self.abort(Reason::Lost))?;
        if dict_now.changes() != began_now {
            return Err(self.abort(Reason::Throws));
        }
        let dict = self.out.emit(Op::IterDict, &[iterator.value]);
        let began = self.out.emit(Op::IterChanges, &[iterator.value]);
        let changes = self.out.emit(Op::DictChanges, &[dict]);
        let unchanged = self.out.emit(Op::EqInt, &[changes, began]);
        self.guard_outcome(now, unchanged, true);
        let number = self.out.emit(Op::DictNext, &[dict, position.value]);
        let (zero, one) = (self.out.trace.int(0), self.out.trace.int(1));
        let is_over = self.out.emit(Op::LtInt, &[number, zero]);
        let more = dict_now.next(position_now as usize).is_some();
        self.guard_outcome(now, is_over, !more);
        if !more {
            return Ok(None);
        }
        let entry = self.out.emit(Op::DictEntry, &[dict, number]);
        let key = self.out.emit(Op::LoadKey, &[entry]);
        let value = self.out.emit(Op::LoadValue, &[entry]);
        Ok(Some((key, value, self.out.emit(Op::AddInt, &[number, one]))))
    }
}
