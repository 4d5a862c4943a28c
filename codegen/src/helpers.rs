//! Functions that compiled code calls for what is too long to be inline. None of them collects, throws or unwinds.
//!
//! Compiled code passes values as the IR has them: raw ints and floats, untagged addresses, tagged words where the IR's
//! type is `any`. `Vm` is passed on from [`crate::Context::vm`]; a helper that uses it relies on compiled code having
//! been entered with the only reference to that machine.

use pseudo_trace::ir::closed;
use pseudo_vm::vm::Vm;

macro_rules! define_helpers {
    ($($name:ident: fn($($arg:ty),*) -> $result:ty, $meaning:literal;)*) => {
        /// The table of helpers. All but the math tables get the machine first.
        #[derive(Clone, Copy, Debug)]
        pub struct Helpers {
            $(#[doc = $meaning] pub $name: extern "C" fn($($arg),*) -> $result,)*
            /// Functions of one float, in the order of the numbers of `math`.
            pub math: &'static [extern "C" fn(f64) -> f64],
            /// Functions of two floats, in the order of the numbers of `math2`.
            pub math2: &'static [extern "C" fn(f64, f64) -> f64],
        }

        impl Helpers {
            /// Name and address of each helper, for listings.
            pub fn names(&self) -> Vec<(u64, String)> {
                let mut names = vec![$((self.$name as usize as u64, stringify!($name).to_string())),*];
                names.extend(self.math.iter().enumerate().map(|(n, f)| (*f as usize as u64, format!("math {n}"))));
                names.extend(self.math2.iter().enumerate().map(|(n, f)| (*f as usize as u64, format!("math2 {n}"))));
                names
            }
        }
    };
}

define_helpers! {
    box_int: fn(*mut Vm, i64) -> u64, "A value of an int that does not fit 48 bits.";
    reserve: fn(*mut Vm, u64) -> *mut u8, "Memory for a young object of so many bytes, which is to be written at once.";
    remember: fn(*mut Vm, *mut u8) -> (), "Remembers an old object that is not remembered yet.";
    flatten: fn(*mut Vm, *mut u8) -> *const u8, "The bytes of a string, put into one piece; null if there is no room.";
    str_of_int: fn(*mut Vm, i64) -> *mut u8, "The string of an int in decimal.";
    grow: fn(*mut Vm, *mut u8) -> u64, "Makes room in an array for an element more; 0 if there is no memory.";
    str_eq: fn(*mut Vm, *mut u8, *mut u8) -> u64, "1 if the strings have equal contents, else 0.";
    str_lt: fn(*mut Vm, *mut u8, *mut u8) -> u64, "1 if the first string comes before the second, else 0.";
    concat: fn(*mut Vm, *mut u8, *mut u8) -> u64, "The strings joined as a value; undef if that would be too long.";
    dict_find: fn(*mut Vm, *mut u8, u64) -> *mut u8, "The entry of a key; null if there is none.";
    field_place: fn(*mut Vm, u64, u64) -> *mut u8, "The address of an instance's field of a name; null if there is none.";
    remember_entry: fn(*mut Vm, *mut u8, *mut u8) -> (), "Remembers an entry of an old dict that is not remembered yet.";
    dict_set: fn(*mut Vm, *mut u8, u64, u64) -> u64, "Sets the value of a key; undef if that cannot be.";
    dict_extend: fn(*mut Vm, *mut u8, *const u64, u64) -> u64,
        "Sets so many keys and values, each key before its value; undef if that cannot be.";
    dict_remove: fn(*mut Vm, *mut u8, u64) -> u64, "Takes a key out; its value, or nil.";
    new_dict: fn(*mut Vm, *const u64, u64) -> u64,
        "A new dict of so many keys and values, as a value; undef if that cannot be.";
    new_iter: fn(*mut Vm, *mut u8) -> *mut u8, "A new iterator over a dict.";
    new_array: fn(*mut Vm, *const u64, u64) -> u64, "A new array of so many values, as a value.";
    call_builtin: fn(*mut Vm, u64, *const u64, u64) -> u64,
        "Calls the builtin of a number with so many arguments; undef if it threw.";
    rounds_below: fn(*mut Vm, u64, u64, i64) -> u64, "In how many rounds a number stays below a bound.";
    rounds_within: fn(*mut Vm, u64, u64, i64) -> u64, "In how many rounds a number does not exceed a bound.";
    binom: fn(*mut Vm, u64, u64) -> u64, "A binomial coefficient, modulo 2^64.";
    linear: fn(*mut Vm, u64, *const u64, u64) -> u64,
        "The first entry of what a matrix makes of a vector in so many rounds; both are so many words.";
    mod_float: fn(f64, f64) -> f64, "The language's `%` on floats.";
    floor: fn(f64) -> f64, "Rounds down, for processors without SSE4.1.";
    ceil: fn(f64) -> f64, "Rounds up, for processors without SSE4.1.";
}

/// Rounds down.
pub extern "C" fn floor(float: f64) -> f64 {
    float.floor()
}

/// Rounds up.
pub extern "C" fn ceil(float: f64) -> f64 {
    float.ceil()
}

/// See [`closed::rounds_below`].
pub extern "C" fn rounds_below(_vm: *mut Vm, at: u64, bound: u64, step: i64) -> u64 {
    closed::rounds_below(at, bound, step)
}

/// See [`closed::rounds_within`].
pub extern "C" fn rounds_within(_vm: *mut Vm, at: u64, bound: u64, step: i64) -> u64 {
    closed::rounds_within(at, bound, step)
}

/// See [`closed::binom`].
pub extern "C" fn binom(_vm: *mut Vm, n: u64, m: u64) -> u64 {
    closed::binom(n, m as u32)
}

/// See [`closed::linear`].
pub fn linear(rounds: u64, numbers: &[u64]) -> u64 {
    closed::linear(rounds, numbers).unwrap_or_default()
}
