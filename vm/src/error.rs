//! What a running program throws.

use crate::value::Value;

macro_rules! define_kinds {
    ($($kind:ident $text:literal $meaning:literal;)*) => {
        /// The kinds of run-time error; their names are part of the language.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum ErrorKind {
            $(#[doc = $meaning] $kind,)*
        }

        impl ErrorKind {
            /// All of them.
            pub const ALL: &[ErrorKind] = &[$(ErrorKind::$kind,)*];

            /// The name that a program sees.
            pub fn text(self) -> &'static str {
                match self { $(ErrorKind::$kind => $text,)* }
            }
        }
    };
}

define_kinds! {
    Type          "type"           "An operand, argument or callee of the wrong type.";
    Index         "index"          "An index outside of an array or string.";
    Key           "key"            "A value that cannot be a dict's key.";
    Value         "value"          "A value outside of what an operation takes.";
    Arity         "arity"          "A wrong number of arguments.";
    Name          "name"           "A variable, field or method that is not there (yet).";
    ZeroDivision  "zero_division"  "An int divided by zero.";
    StackOverflow "stack_overflow" "Calls nested deeper than the stack allows.";
    Io            "io"             "A file that could not be read or written.";
    Limit         "limit"          "More memory or time than the program may have.";
}

/// A thrown error on its way to whoever catches it. Boxed: the path that throws nothing should be cheap.
#[derive(Debug)]
pub struct Thrown(pub Box<Throw>);

/// What is thrown.
#[derive(Debug)]
pub enum Throw {
    /// An error that the machine found.
    Error {
        /// Its kind.
        kind: ErrorKind,
        /// What is wrong, in words.
        message: String,
    },
    /// A value that the program threw itself.
    Value(Value),
    /// `exit(status)`: ends the program, is not to be caught.
    Exit(u8),
    /// Somebody outside wants the program to stop. Not to be caught either.
    Interrupted,
    /// A builtin has met an object whose text a `to_string` of the program makes. Not an error: the interpreter has the
    /// prelude make the texts and call the builtin with them.
    NeedsText,
}

impl Throw {
    /// Whether a `catch` gets to see it.
    pub fn can_be_caught(&self) -> bool {
        match self {
            Throw::Error { .. } | Throw::Value(_) => true,
            Throw::Exit(_) | Throw::Interrupted | Throw::NeedsText => false,
        }
    }
}

impl Thrown {
    /// An error of a kind.
    #[cold]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Thrown {
        Thrown(Box::new(Throw::Error { kind, message: message.into() }))
    }

    /// See [`Throw::NeedsText`].
    #[cold]
    pub fn needs_text() -> Thrown {
        Thrown(Box::new(Throw::NeedsText))
    }
}
