//! The builtin functions: one row each, in the table of their area.
//!
//! To add one, write its row in the table of an area and the function below it; binding, method form, the check of the
//! number of arguments and the documentation follow. Functions take their arguments apart with [`arguments`], which
//! words the errors. What takes a function of the program is written in Pseudocode ([`PRELUDE`]), so that a trace can
//! inline the calls, and no Rust frame lies between two of the program's.
//!
//! Names that begin with `__` are for the prelude only.

pub mod arguments;
mod arrays;
mod core;
mod dicts;
mod errors;
mod files;
mod host;
mod json;
mod numbers;
#[cfg(test)]
mod prelude_tests;
mod strings;
#[cfg(test)]
pub(crate) mod testing;
mod texts;

use crate::error::{ErrorKind, Thrown};
use crate::value::Value;
use crate::vm::Vm;

pub(crate) use core::output_failed;

/// What a builtin does besides computing its result, which tells a trace what it may do with a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Nothing: the same arguments give the same result (or the same error). Reads no mutable object.
    Pure,
    /// Reads mutable objects (array elements, lengths), changes nothing.
    Reads,
    /// Reads mutable objects, changes nothing, and makes a new object whose identity shows: two calls are not one.
    Makes,
    /// Changes objects that it is given, after checking everything that it may throw for: if it throws, nothing has
    /// changed.
    Writes,
    /// Anything else (input and output, clocks, the random sequence). May have happened in part when it throws.
    Outside,
}

/// A builtin written in Rust. Gets the machine and its arguments, whose number has been checked.
///
/// It may allocate, but allocation never collects, so that values may be held in Rust variables. It never calls back
/// into the program: builtins that take functions are written in Pseudocode (`prelude.pseudo`).
pub type Native = fn(&mut Vm, &[Value]) -> Result<Value, Thrown>;

/// How a builtin is made.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// In Rust.
    Native(Native),
    /// In Pseudocode: the function of the same name in the prelude.
    Prelude,
    /// Not a function but a value, computed once.
    Constant(fn() -> f64),
    /// The same for an int.
    IntConstant(i64),
    /// The class of errors.
    Error,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct BuiltinInfo {
    /// Its name.
    pub name: &'static str,
    /// Names of its parameters, as the documentation shows them: `x`, `start?`, `values...`.
    pub params: &'static str,
    /// Fewest arguments.
    pub min: u8,
    /// Most arguments; 255 for any number.
    pub max: u8,
    /// How it is made.
    pub body: Body,
    /// What it does besides computing its result.
    pub effect: Effect,
    /// One sentence.
    pub doc: &'static str,
}

impl BuiltinInfo {
    /// Whether it is a function, not a constant.
    pub fn is_function(&self) -> bool {
        matches!(self.body, Body::Native(_) | Body::Prelude)
    }

    /// Whether its value is an object of the machine, not a constant that the compiler knows.
    pub fn is_object(&self) -> bool {
        self.is_function() || matches!(self.body, Body::Error)
    }

    /// Whether it is a method of its first argument too.
    pub fn is_method(&self) -> bool {
        self.is_function() && self.max > 0 && !self.is_internal()
    }

    /// Whether only the prelude can name it.
    pub fn is_internal(&self) -> bool {
        self.name.starts_with("__")
    }

    /// An error if it does not take so many arguments.
    ///
    /// # Errors
    /// Kind `arity`.
    #[inline]
    pub fn check_arity(&self, count: usize) -> Result<(), Thrown> {
        let most = if self.max == ANY_NUMBER { usize::MAX } else { self.max as usize };
        if (self.min as usize..=most).contains(&count) { Ok(()) } else { Err(self.wrong_arity(count)) }
    }

    #[cold]
    fn wrong_arity(&self, count: usize) -> Thrown {
        let expected = match (self.min, self.max) {
            (min, ANY_NUMBER) => format!("at least {min}"),
            (min, max) if min == max => format!("{min}"),
            (min, max) => format!("{min} to {max}"),
        };
        let plural = if expected == "1" || expected == "at least 1" { "" } else { "s" };
        Thrown::new(ErrorKind::Arity, format!("{} expects {expected} argument{plural}, not {count}", self.name))
    }
}

/// In [`BuiltinInfo::max`].
const ANY_NUMBER: u8 = u8::MAX;

/// A row. The numbers of arguments follow from the parameters.
const fn row(name: &'static str, params: &'static str, body: Body, effect: Effect, doc: &'static str) -> BuiltinInfo {
    let bytes = params.as_bytes();
    let (mut count, mut optional, mut rest) = ((!bytes.is_empty()) as u8, 0, false);
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b',' => count += 1,
            b'?' => optional += 1,
            b'.' => rest = true,
            _ => {}
        }
        at += 1;
    }
    let min = count - optional - rest as u8;
    BuiltinInfo { name, params, min, max: if rest { ANY_NUMBER } else { count }, body, effect, doc }
}

/// The tables of all areas, in the order of the builtins' indices.
const AREAS: &[&[BuiltinInfo]] = &[
    core::TABLE,
    numbers::TABLE,
    numbers::MATH_TABLE,
    strings::TABLE,
    arrays::TABLE,
    dicts::TABLE,
    files::TABLE,
    json::TABLE,
    errors::TABLE,
    texts::TABLE,
    host::TABLE,
];

const COUNT: usize = {
    let (mut area, mut count) = (0, 0);
    while area < AREAS.len() {
        count += AREAS[area].len();
        area += 1;
    }
    count
};

/// All rows in one piece, so that an index finds its row at once.
static ALL: [BuiltinInfo; COUNT] = {
    let mut all = [AREAS[0][0]; COUNT];
    let (mut area, mut index) = (0, 0);
    while area < AREAS.len() {
        let mut at = 0;
        while at < AREAS[area].len() {
            all[index] = AREAS[area][at];
            index += 1;
            at += 1;
        }
        area += 1;
    }
    all
};

/// The index of a builtin that there is.
const fn index_of(name: &str) -> u16 {
    let mut index = 0;
    while index < COUNT {
        let (a, b) = (ALL[index].name.as_bytes(), name.as_bytes());
        let mut at = 0;
        while at < a.len() && at < b.len() && a[at] == b[at] {
            at += 1;
        }
        if at == a.len() && at == b.len() {
            return index as u16;
        }
        index += 1;
    }
    panic!("there is no such builtin")
}

/// `str`, which interpolation stands for.
pub(crate) const STR: u16 = index_of("str");
/// The class `Error`.
pub(crate) const ERROR: u16 = index_of("Error");
/// The `init` of errors.
pub(crate) const INIT_ERROR: u16 = index_of("__init_error");
/// The text of a value, the program's `to_string` methods called.
pub(crate) const TEXT: u16 = index_of("__text");
/// Calls a builtin with the texts of those of its arguments that have such methods.
pub(crate) const WITH_TEXTS: u16 = index_of(WITH_TEXTS_NAME);
/// Its name.
pub const WITH_TEXTS_NAME: &str = "__with_texts";

/// Calls a function of the host.
pub(crate) const HOST: u16 = index_of("__host");

/// The builtins that are written in Pseudocode: a function of the same name for each row with [`Body::Prelude`].
pub const PRELUDE: &str = include_str!("prelude.pseudo");

/// Every builtin, by index.
pub fn all() -> impl Iterator<Item = (u16, &'static BuiltinInfo)> {
    ALL.iter().enumerate().map(|(index, info)| (index as u16, info))
}

/// The builtin of an index, if there is one.
#[inline]
pub fn info(index: u16) -> Option<&'static BuiltinInfo> {
    ALL.get(index as usize)
}

/// The builtin of a name, if there is one. A search: for compilers, not for running programs.
pub fn find(name: &str) -> Option<(u16, &'static BuiltinInfo)> {
    all().find(|(_, info)| info.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_complete() {
        for (index, info) in all() {
            assert_eq!(find(info.name).map(|(found, _)| found), Some(index), "{} twice", info.name);
            assert!(info.doc.ends_with('.'), "{} is documented by a sentence", info.name);
            assert!(info.min <= info.max, "{}", info.name);
        }
        assert!(info(COUNT as u16).is_none());
    }

    #[test]
    fn arities_follow_from_parameters() {
        for (name, min, max) in
            [("print", 0, 255), ("clock", 0, 0), ("substr", 2, 3), ("format", 1, 255), ("push", 2, 2), ("max", 1, 255)]
        {
            let (_, info) = find(name).expect(name);
            assert_eq!((info.min, info.max), (min, max), "{name}");
        }
        let (_, info) = find("substr").expect("substr");
        assert!(info.check_arity(1).is_err() && info.check_arity(2).is_ok() && info.check_arity(4).is_err());
    }

    #[test]
    fn the_prelude_defines_what_the_table_says() {
        for (_, info) in all() {
            let defined = PRELUDE.contains(&format!("\nfn {}(", info.name));
            assert_eq!(defined, matches!(info.body, Body::Prelude), "{}", info.name);
        }
    }
}
