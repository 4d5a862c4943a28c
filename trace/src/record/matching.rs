//! Tests of the form of a value, which `match` is made of besides comparisons.
//!
//! They need no code of their own: that the value stays of the type, or the kind of object, that it is has been guarded.

use pseudo_vm::heap::object::ObjectKind;

use super::aborts::{Abort, Reason};
use super::arith::Operand;
use super::{Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::types::{Const, Ref, Ty};

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
            Some(_) => {
                let dict = self.operand(now, now.word.b())?;
                let key = self.read_register(now, now.word.c())?;
                self.value_of_key(now, dict, key, now.register(now.word.c()))?.unwrap_or(undef)
            }
        };
        self.write_register(now, now.word.a(), result);
        Ok(())
    }

    /// A register whose value is known to stay of the type that it has now.
    pub(super) fn told_apart(&mut self, now: &Now<'_>, register: usize) -> Result<Operand, Abort> {
        let value = self.operand(now, register)?;
        if value.ty == Ty::Any && !value.value.is_const() {
            self.guard_kind(now, value)?;
        }
        Ok(value)
    }

    /// Guards that a value of no type of its own stays an object of the kind that it is now.
    pub(super) fn guard_kind(&mut self, now: &Now<'_>, value: Operand) -> Result<ObjectKind, Abort> {
        let kind = value.actual.object_kind().ok_or_else(|| self.abort(Reason::Lost))?;
        self.guard(now, Op::GuardKind, &[value.value, Ref(kind as u32)]);
        Ok(kind)
    }
}
