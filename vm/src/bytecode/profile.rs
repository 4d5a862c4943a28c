//! What the operands of a function's instructions have been seen to be, for whoever compiles it: a guess at what comes.

use std::cell::Cell;

use super::ops::Role;
use super::word::Word;
use crate::heap::object::Storage;
use crate::value::Value;

/// What was seen of an instruction, or nothing. Four bits for each of its fields, which are registers, and four for how an array
/// among them stores its elements.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Seen(u16);

/// What an operand has been.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operand {
    /// It was not looked at.
    Unknown,
    /// Always an int of 48 bits.
    Int,
    /// Always an int, not always of 48 bits.
    LargeInt,
    /// Always a float.
    Float,
    /// Ints and floats.
    Number,
    /// Always an array.
    Array,
    /// Something else.
    Other,
}

const INT: u16 = 1;
const FLOAT: u16 = 2;
const LARGE: u16 = 4;
const OTHER: u16 = 8;
/// What stands for an array: nothing is both of them.
const ARRAY: u16 = INT | FLOAT | LARGE;
/// Where the bits of storage begin.
const STORAGE: u32 = 12;

impl Seen {
    /// What a field's register has held.
    pub fn operand(self, field: usize) -> Operand {
        match self.0 >> (4 * field) & 15 {
            0 => Operand::Unknown,
            INT => Operand::Int,
            FLOAT => Operand::Float,
            LARGE => Operand::LargeInt,
            bits if bits == INT | LARGE => Operand::LargeInt,
            bits if bits == INT | FLOAT => Operand::Number,
            ARRAY => Operand::Array,
            _ => Operand::Other,
        }
    }

    /// How the array among its operands has stored its elements, if always in the same way.
    pub fn storage(self) -> Option<Storage> {
        match self.0 >> STORAGE {
            1 => Some(Storage::Bool),
            2 => Some(Storage::Int),
            4 => Some(Storage::Float),
            8 => Some(Storage::Any),
            _ => None,
        }
    }

    fn of(value: Value) -> u16 {
        if value.is_small_int() {
            INT
        } else if value.is_float() {
            FLOAT
        } else if value.is_int() {
            LARGE
        } else if value.as_array().is_some() {
            ARRAY
        } else {
            OTHER
        }
    }
}

/// What was seen of each instruction of a function.
#[derive(Debug)]
pub struct Profile(Box<[Cell<Seen>]>);

impl Profile {
    /// For a function of so many instructions, of which nothing has been seen.
    pub fn new(len: usize) -> Profile {
        Profile(vec![Cell::default(); len].into())
    }

    /// What was seen of an instruction.
    pub fn seen(&self, at: usize) -> Seen {
        self.0[at].get()
    }

    /// Looks at the operands of an instruction that is about to run. `register` gives the value of a register that it reads.
    pub fn look(&self, at: usize, word: Word, register: impl Fn(usize) -> Value) {
        let fields = [word.a(), word.b(), word.c()];
        let mut seen = self.0[at].get().0;
        for (field, role) in word.op().info().roles.into_iter().enumerate() {
            if !matches!(role, Role::Use | Role::IterState | Role::IterState2) {
                continue;
            }
            let value = register(fields[field]);
            seen |= Seen::of(value) << (4 * field);
            if let Some(array) = value.as_array() {
                seen |= (1 << STORAGE) << (array.storage() as u16) >> 1;
            }
        }
        self.0[at].set(Seen(seen));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::ops::Op;
    use crate::heap::Heap;

    #[test]
    fn what_operands_were_is_told_apart() {
        let mut heap = Heap::new();
        let large = heap.int(1 << 60);
        let cases: [(&[Value], Operand); 8] = [
            (&[], Operand::Unknown),
            (&[Value::small_int(1), Value::small_int(-1)], Operand::Int),
            (&[Value::float(1.0)], Operand::Float),
            (&[large], Operand::LargeInt),
            (&[large, Value::small_int(1)], Operand::LargeInt),
            (&[Value::float(1.0), Value::small_int(1)], Operand::Number),
            (&[Value::NIL], Operand::Other),
            (&[Value::NIL, Value::small_int(1)], Operand::Other),
        ];
        for (values, expected) in cases {
            let profile = Profile::new(1);
            for &value in values {
                profile.look(0, Word::abc(Op::Add, 0, 1, 2), |register| if register == 1 { value } else { Value::NIL });
            }
            assert_eq!(profile.seen(0).operand(1), expected, "{values:?}");
            assert_eq!(profile.seen(0).storage(), None);
        }
    }

    #[test]
    fn storage_is_told_where_it_is_always_the_same() {
        let mut heap = Heap::new();
        let ints = heap.array(&[Value::small_int(1)]);
        let floats = heap.array(&[Value::float(1.0)]);
        let profile = Profile::new(1);
        let word = Word::abc(Op::GetIndex, 0, 1, 2);
        let look = |array| profile.look(0, word, |register| if register == 1 { array } else { Value::small_int(0) });
        look(ints);
        assert_eq!((profile.seen(0).storage(), profile.seen(0).operand(1)), (Some(Storage::Int), Operand::Array));
        look(floats);
        assert_eq!((profile.seen(0).storage(), profile.seen(0).operand(1)), (None, Operand::Array));
    }
}
