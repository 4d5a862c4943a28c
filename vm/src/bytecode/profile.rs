//! What the operands of a function's instructions have been seen to be, for whoever compiles it: a guess at what comes.

use std::cell::Cell;

use super::ops::{Op, Role};
use super::word::Word;
use crate::heap::object::Storage;
use crate::heap::shape::FIRST_HOLDER;
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
    /// Always a string.
    String,
    /// Something else.
    Other,
}

const INT: u16 = 1;
const FLOAT: u16 = 2;
const LARGE: u16 = 4;
const OTHER: u16 = 8;
/// What stands for an array: nothing is both of them.
const ARRAY: u16 = INT | FLOAT | LARGE;
/// The same for a string. A register that has held different things may look like it: what was seen is a guess.
const STRING: u16 = FLOAT | LARGE;
/// Arguments of a builtin that are looked at, as if they were the instruction's fields.
const ARGUMENTS: usize = 3;
/// What stands for a call of different functions. Otherwise a call has the number of its callee, plus 1.
const MANY: u16 = u16::MAX;
/// What is added to a class's number, which is counted from the first one's.
const CLASS: u16 = 1 << 15;
/// Where the bits of storage begin.
const STORAGE: u32 = 12;

impl Seen {
    /// What a field's register has held; or an argument of a builtin.
    pub fn operand(self, field: usize) -> Operand {
        match self.0 >> (4 * field) & 15 {
            0 => Operand::Unknown,
            INT => Operand::Int,
            FLOAT => Operand::Float,
            LARGE => Operand::LargeInt,
            bits if bits == INT | LARGE => Operand::LargeInt,
            bits if bits == INT | FLOAT => Operand::Number,
            ARRAY => Operand::Array,
            STRING => Operand::String,
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

    /// Whether the result of arithmetic was not always an int of 48 bits where both operands were.
    pub fn overflows(self) -> bool {
        self.0 >> STORAGE & LARGE != 0
    }

    /// The number of the function that a call has always called.
    pub fn callee(self) -> Option<u32> {
        (self.0 != 0 && self.0 & CLASS == 0).then(|| u32::from(self.0) - 1)
    }

    /// The number of the class that a call has always called.
    pub fn class(self) -> Option<u32> {
        (self.0 & CLASS != 0 && self.0 != MANY).then(|| FIRST_HOLDER + u32::from(self.0 & !CLASS))
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
        } else if value.as_string().is_some() {
            STRING
        } else {
            OTHER
        }
    }
}

/// What is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Callee {
    /// A function, by its number in the program.
    Function(u32),
    /// A class, by its own number.
    Class(u32),
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

    /// Notes that a call is about to call something: of builtins and bound methods nothing is noted.
    pub fn call(&self, at: usize, callee: Callee) {
        let callee = match callee {
            Callee::Function(id) => u16::try_from(id + 1).ok().filter(|id| id & CLASS == 0),
            Callee::Class(number) => {
                u16::try_from(number - FIRST_HOLDER).ok().filter(|n| n & CLASS == 0).map(|n| n | CLASS)
            }
        };
        let callee = callee.unwrap_or(MANY);
        let seen = &self.0[at];
        seen.set(Seen(if seen.get().0 == 0 || seen.get().0 == callee { callee } else { MANY }));
    }

    /// Looks at the operands of an instruction that is about to run, and at the result of the one before it, which is most
    /// likely what has just run. `register` gives what a register holds.
    pub fn look(&self, at: usize, word: Word, before: Option<Word>, register: impl Fn(usize) -> Value) {
        if let Some(before) = before.filter(|word| is_arithmetic(word.op()))
            && Seen::of(register(before.a())) == LARGE
        {
            let seen = &self.0[at - 1];
            seen.set(Seen(seen.get().0 | LARGE << STORAGE));
        }
        let fields = [word.a(), word.b(), word.c()];
        let mut seen = self.0[at].get().0;
        if word.op() == Op::CallBuiltin {
            for argument in 0..word.c().min(ARGUMENTS) {
                seen |= Seen::of(register(word.a() + argument)) << (4 * argument);
            }
        }
        for (field, role) in word.op().info().roles.into_iter().enumerate() {
            if !matches!(role, Role::Use | Role::IterState | Role::IterState2) {
                continue;
            }
            let value = register(fields[field]);
            seen |= Seen::of(value) << (4 * field);
            if let Some(array) = value.as_array().filter(|_| !is_arithmetic(word.op())) {
                seen |= (1 << STORAGE) << (array.storage() as u16) >> 1;
            }
        }
        self.0[at].set(Seen(seen));
    }
}

/// Whether an opcode computes an int of ints.
fn is_arithmetic(op: Op) -> bool {
    use Op::*;
    matches!(op, Add | Sub | Mul | FloorDiv | Mod | BitAnd | BitOr | BitXor | Shl | Shr | Neg | BitNot)
        || matches!(op, AddK | SubK | MulK | FloorDivK | ModK | BitAndK | BitOrK | BitXorK | ShlK | ShrK)
}

#[cfg(test)]
mod tests {
    use super::*;
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
                profile.look(
                    0,
                    Word::abc(Op::Add, 0, 1, 2),
                    None,
                    |register| if register == 1 { value } else { Value::NIL },
                );
            }
            assert_eq!(profile.seen(0).operand(1), expected, "{values:?}");
            assert_eq!(profile.seen(0).storage(), None);
        }
    }

    #[test]
    fn a_result_is_seen_by_what_follows() {
        let mut heap = Heap::new();
        let large = heap.int(1 << 60);
        let (product, next) = (Word::abc(Op::Mul, 0, 1, 2), Word::abc(Op::Move, 3, 0, 0));
        let profile = Profile::new(2);
        profile.look(1, next, Some(product), |_| Value::small_int(7));
        assert!(!profile.seen(0).overflows());
        profile.look(1, next, Some(product), |_| large);
        assert!(profile.seen(0).overflows());
    }

    #[test]
    fn storage_is_told_where_it_is_always_the_same() {
        let mut heap = Heap::new();
        let ints = heap.array(&[Value::small_int(1)]);
        let floats = heap.array(&[Value::float(1.0)]);
        let profile = Profile::new(1);
        let word = Word::abc(Op::GetIndex, 0, 1, 2);
        let look =
            |array| profile.look(0, word, None, |register| if register == 1 { array } else { Value::small_int(0) });
        look(ints);
        assert_eq!((profile.seen(0).storage(), profile.seen(0).operand(1)), (Some(Storage::Int), Operand::Array));
        look(floats);
        assert_eq!((profile.seen(0).storage(), profile.seen(0).operand(1)), (None, Operand::Array));
    }
}
