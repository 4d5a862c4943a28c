//! Tests of the form of a value, which `match` is made of besides comparisons.
//!
//! They need no code of their own where the value's type is known: that it stays the type it is has been guarded.

use super::aborts::Abort;
use super::arith::Operand;
use super::{Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::types::{Const, Ty};

impl Recorder {
    pub(super) fn record_jump_if_not_array(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let value = self.told_apart(now, now.word.a())?;
        if let Some(array) = value.actual.as_array() {
            let count = now.word.b();
            let (len, expected) = (self.out.emit(Op::ArrLen, &[value.value]), self.out.trace.int(count as i64));
            let fits = self.out.emit(Op::EqInt, &[len, expected]);
            self.guard_outcome(now, fits, array.len() == count);
        }
        Ok(())
    }

    pub(super) fn record_jump_if_not_dict(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        self.told_apart(now, now.word.a())?;
        Ok(())
    }

    pub(super) fn record_match_key(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let undef = self.out.trace.constant(Const::Undef);
        let result = match now.register(now.word.b()).as_dict() {
            None => {
                self.told_apart(now, now.word.b())?;
                undef
            }
            // What is no dict, and a key that has gone, are left to the interpreter.
            Some(dict) => {
                let value = self.read_register(now, now.word.b())?;
                let key = self.read_register(now, now.word.c())?;
                if dict.get(now.register(now.word.c())).is_some() {
                    self.call_of_name(now, "dict_get", &[value, key, undef])?
                } else {
                    let found = self.call_of_name(now, "has_key", &[value, key])?;
                    let found = self.guard(now, Op::GuardBool, &[found]);
                    self.guard_outcome(now, found, false);
                    undef
                }
            }
        };
        self.write_register(now, now.word.a(), result);
        Ok(())
    }

    /// A register whose value is known to stay of the type that it has now.
    fn told_apart(&mut self, now: &Now<'_>, register: usize) -> Result<Operand, Abort> {
        let value = self.operand(now, register)?;
        if value.ty == Ty::Any && !value.value.is_const() {
            return Err(self.not_yet(now));
        }
        Ok(value)
    }
}
