//! Dicts: calls of the builtins that do what the opcodes do.
//!
//! No guard tells dicts from other objects. Where the trace meets something else the builtin throws, and the trace is
//! left to the interpreter, which runs the instruction itself.

use super::aborts::{Abort, Reason};
use super::arith::Operand;
use super::{Now, Recorder};
use crate::ir::types::Ref;

/// Keys and values of a literal that are passed to one call.
const LITERAL_MAX: usize = 64;

impl Recorder {
    /// `dict[key]`.
    pub(super) fn record_get_key(&mut self, now: &Now<'_>, dict: Operand) -> Result<(), Abort> {
        let key = self.read_register(now, now.word.c())?;
        let value = self.call_of_name(now, "dict_get", &[dict.value, key])?;
        self.write_register(now, now.word.a(), value);
        Ok(())
    }

    /// `dict[key] = value`.
    pub(super) fn record_set_key(&mut self, now: &Now<'_>, dict: Operand) -> Result<(), Abort> {
        let key_now = now.register(now.word.b());
        if key_now.is_nil() || key_now.as_float().is_some_and(f64::is_nan) {
            return Err(self.abort(Reason::Throws));
        }
        let key = self.read_register(now, now.word.b())?;
        let value = self.read_register(now, now.word.c())?;
        self.call_of_name(now, "dict_set", &[dict.value, key, value])?;
        Ok(())
    }

    /// A dict literal, or its first part.
    pub(super) fn record_new_dict(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let (first, count) = (now.word.b(), now.word.c());
        if count > LITERAL_MAX {
            return Err(self.not_yet(now));
        }
        let keys_and_values: Vec<Ref> =
            (first..first + count).map(|register| self.read_register(now, register)).collect::<Result<_, Abort>>()?;
        let dict = self.call_of_name(now, "__dict_of", &keys_and_values)?;
        self.write_register(now, now.word.a(), dict);
        Ok(())
    }
}
