//! Strings: characters, comparisons, concatenations, texts.
//!
//! A character of an ASCII string is a byte, of which `str.char` makes a string where one is needed. What only compares
//! characters, or asks for their codes, compares bytes: the recorder knows from which code a string was made. There is one
//! object for each ASCII character and one empty string, so that comparing with one of these compares addresses.

use pseudo_vm::heap::string::StrRef;

use super::aborts::{Abort, Reason};
use super::arith::Operand;
use super::{Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::types::{Const, Ref, Ty};

/// Codes below this are ASCII.
const ASCII: i64 = 128;

/// The string that an operand is now.
fn text_now(operand: &Operand) -> Option<StrRef> {
    operand.actual.as_string()
}

impl Recorder {
    /// The number of characters of a string.
    pub(super) fn string_len(&mut self, string: Operand) -> Ref {
        match text_now(&string).filter(|_| string.value.is_const()) {
            Some(text) => self.out.trace.int(text.len_chars() as i64),
            None => self.out.emit(Op::StrLen, &[string.value]),
        }
    }

    /// A character of a string, at an index that is known to be in range.
    pub(super) fn char_at(&mut self, now: &Now<'_>, string: Operand, index: Ref) -> Result<Ref, Abort> {
        if !text_now(&string).is_some_and(StrRef::is_ascii) {
            let char = self.call_of_name(now, "char_at", &[string.value, index])?;
            return Ok(self.guard(now, Op::GuardStr, &[char]));
        }
        let bytes = self.guard(now, Op::GuardAscii, &[string.value]);
        let code = self.out.emit(Op::StrByte, &[bytes, index]);
        Ok(self.char_of(now, code))
    }

    /// The string of an ASCII character.
    fn char_of(&mut self, now: &Now<'_>, code: Ref) -> Ref {
        let place = self.out.trace.constant(Const::Place(now.vm.heap.ascii_strings() as u64));
        self.out.emit(Op::StrChar, &[code, place])
    }

    /// The string of a character's code, if that is ASCII now.
    pub(super) fn char_of_code(&mut self, now: &Now<'_>, code: Operand) -> Option<Ref> {
        code.actual.as_int().filter(|code| (0..ASCII).contains(code))?;
        let end = self.out.trace.int(ASCII);
        let is_ascii = self.out.emit(Op::UltInt, &[code.value, end]);
        self.guard_outcome(now, is_ascii, true);
        Some(self.char_of(now, code.value))
    }

    /// The code of a string that is known to be one ASCII character.
    fn code_of(&mut self, string: Operand) -> Option<Ref> {
        if let Some(made) = self.out.trace.def(string.value).filter(|made| made.op == Op::StrChar) {
            return Some(made.a);
        }
        match text_now(&string).filter(|_| string.value.is_const())?.as_bytes() {
            &[byte] => Some(self.out.trace.int(i64::from(byte))),
            _ => None,
        }
    }

    /// Whether two strings are equal.
    pub(super) fn equal_strings(&mut self, x: Operand, y: Operand) -> Ref {
        if let (Some(x), Some(y)) = (self.code_of(x), self.code_of(y)) {
            return self.out.emit(Op::EqInt, &[x, y]);
        }
        let is_other =
            |string: &Operand| string.value.is_const() && text_now(string).is_some_and(|text| text.len_chars() != 1);
        if (is_other(&x) && self.code_of(y).is_some()) || (is_other(&y) && self.code_of(x).is_some()) {
            return self.out.trace.constant(Const::Bool(false));
        }
        let is_alone =
            |string: &Operand| string.value.is_const() && text_now(string).is_some_and(|text| text.len_bytes() <= 1);
        let op = if is_alone(&x) || is_alone(&y) { Op::SameAny } else { Op::StrEq };
        self.out.emit(op, &[x.value, y.value])
    }

    /// Whether one string stands before another.
    pub(super) fn string_before(&mut self, x: Operand, y: Operand) -> Ref {
        match (self.code_of(x), self.code_of(y)) {
            (Some(x), Some(y)) => self.out.emit(Op::LtInt, &[x, y]),
            _ => self.out.emit(Op::StrLt, &[x.value, y.value]),
        }
    }

    /// Whether an ASCII character is one of those of a constant string: a bit of a word for each.
    pub(super) fn char_in(&mut self, text: Operand, char: Operand) -> Option<Ref> {
        const BITS: i64 = u64::BITS as i64;
        let bytes = text_now(&text).filter(|text| text.is_ascii() && char.ty == Ty::Str)?;
        let code = self.code_of(char).filter(|_| text.value.is_const())?;
        let mut sets = [0u64; 2];
        for &byte in bytes.as_bytes() {
            sets[usize::from(byte) / BITS as usize] |= 1 << (i64::from(byte) % BITS);
        }
        let [low, high, end, last, one] =
            [sets[0] as i64, sets[1] as i64, BITS, BITS - 1, 1].map(|int| self.out.trace.int(int));
        let is_low = self.out.emit(Op::UltInt, &[code, end]);
        let set = self.out.emit(Op::SelectInt, &[is_low, low, high]);
        let number = self.out.emit(Op::AndInt, &[code, last]);
        let shifted = self.out.emit(Op::ShrInt, &[set, number]);
        let bit = self.out.emit(Op::AndInt, &[shifted, one]);
        Some(self.out.emit(Op::EqInt, &[bit, one]))
    }

    /// A builtin of a string, its first argument, if it is one that has instructions of its own.
    pub(super) fn string_builtin(
        &mut self,
        now: &Now<'_>,
        name: &str,
        first: usize,
        count: usize,
    ) -> Result<Option<Ref>, Abort> {
        match (name, count) {
            ("str", 1) => Ok(Some(self.operand(now, first)?.value)),
            ("len", 1) => {
                let string = self.operand(now, first)?;
                Ok(Some(self.string_len(string)))
            }
            ("ord", 1) => {
                let string = self.operand(now, first)?;
                self.code(now, string)
            }
            ("contains", 2) => {
                let (text, char) = (self.operand(now, first)?, self.operand(now, first + 1)?);
                Ok(self.char_in(text, char))
            }
            ("char_at", 2) => {
                let (string, index) = (self.operand(now, first)?, self.operand(now, first + 1)?);
                let length = text_now(&string).map_or(0, StrRef::len_chars);
                let in_range = index.actual.as_int().is_some_and(|index| (0..length as i64).contains(&index));
                if !in_range {
                    return Ok(None);
                }
                let length = self.string_len(string);
                self.guard_range(now, index.value, length, true)?;
                self.char_at(now, string, index.value).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The code of a character, if it is ASCII now.
    fn code(&mut self, now: &Now<'_>, string: Operand) -> Result<Option<Ref>, Abort> {
        if let Some(code) = self.code_of(string) {
            return Ok(Some(code));
        }
        let Some(text) = text_now(&string).filter(|text| text.is_ascii() && text.len_bytes() == 1) else {
            return Ok(None);
        };
        let (length, one) = (self.string_len(string), self.out.trace.int(text.len_chars() as i64));
        let is_one = self.out.emit(Op::EqInt, &[length, one]);
        self.guard_outcome(now, is_one, true);
        let bytes = self.guard(now, Op::GuardAscii, &[string.value]);
        let zero = self.out.trace.int(0);
        Ok(Some(self.out.emit(Op::StrByte, &[bytes, zero])))
    }

    /// Two strings joined.
    pub(super) fn join(&mut self, now: &Now<'_>, x: Ref, y: Ref) -> Ref {
        let joined = self.out.emit(Op::StrConcat, &[x, y]);
        self.guard(now, Op::GuardStr, &[joined])
    }

    pub(super) fn record_to_str(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let value = self.operand(now, now.word.b())?;
        let text = match value.ty {
            Ty::Str => value.value,
            Ty::Int => self.out.emit(Op::StrOfInt, &[value.value]),
            _ => {
                let text = self.call_of_name(now, "str", &[value.value])?;
                self.guard(now, Op::GuardStr, &[text])
            }
        };
        self.write_register(now, now.word.a(), text);
        Ok(())
    }

    pub(super) fn record_concat(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let (first, count) = (now.word.b(), now.word.c());
        let mut joined = None;
        for register in first..first + count {
            let part = self.operand(now, register)?;
            if part.ty != Ty::Str {
                return Err(self.abort(Reason::Throws));
            }
            joined = Some(match joined {
                None => part.value,
                Some(text) => self.join(now, text, part.value),
            });
        }
        let text = joined.ok_or_else(|| self.not_yet(now))?;
        self.write_register(now, now.word.a(), text);
        Ok(())
    }
}
