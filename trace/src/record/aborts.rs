//! Why a recording is given up: one row each.
//!
//! # Columns
//!
//! - **reason**: the variant of [`Reason`].
//! - **name**: what statistics and switches call it.
//! - **retry**: see [`Retry`].
//! - **text**: what the dump says.
//! - **remedy**: what whoever wrote the program can do about it, if that is anything.

use pseudo_snapshots::Pc;

/// What to do with a place whose recording was given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Retry {
    /// Try again when it has run a little longer: the state that was in the way passes by itself.
    Soon,
    /// Try again after the usual penalty, which grows each time.
    Later,
    /// Leave it to the interpreter: the same will happen every time.
    Never,
}

macro_rules! define_reasons {
    ($($reason:ident $name:literal $retry:ident $text:literal $($remedy:literal)?;)*) => {
        /// Why a recording is given up.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Reason {
            $(#[doc = $text] $reason,)*
        }

        impl Reason {
            /// All reasons, in order.
            pub const ALL: &'static [Reason] = &[$(Reason::$reason),*];

            /// Its name in statistics.
            pub fn name(self) -> &'static str {
                match self { $(Reason::$reason => $name,)* }
            }

            /// Whether to try again.
            pub fn retry(self) -> Retry {
                match self { $(Reason::$reason => Retry::$retry,)* }
            }

            /// Whether it only comes of a mistake of ours.
            pub fn is_ours(self) -> bool {
                matches!(self, Reason::Lost)
            }

            /// What happened, in words.
            pub fn text(self) -> &'static str {
                match self { $(Reason::$reason => $text,)* }
            }

            /// What whoever wrote the program can do about it, if that is anything.
            pub fn remedy(self) -> Option<&'static str> {
                match self { $(Reason::$reason => None$(.or(Some($remedy)))?,)* }
            }
        }
    };
}

define_reasons! {
//  reason           name                  retry  text, remedy
    TypeUnstable     "type-unstable"       Soon   "a variable has another type at the end of the round than at its start"
                     "let the variable have one type from the beginning on: 0.0 instead of 0, for instance";
    WidensArray      "widens-array"        Soon   "the store changes how an array keeps its elements"
                     "let the array hold elements of one type from the beginning on";
    FirstOfAKind     "first-of-a-kind"     Soon   "the instruction does what has not been done before";
    LeftLoop         "left-loop"           Soon   "the loop was left in the round that was recorded";
    RarerWay         "rarer-way"           Soon   "the round went a way that most do not";
    InnerLoop        "inner-loop"          Later  "an inner loop of many rounds is not compiled yet";
    Throws           "throws"              Later  "the instruction is about to throw"
                     "test for what is wrong, instead of catching the error that it leads to, if that happens often";
    Recursion        "recursion"           Later  "a function calls itself more often than is unrolled"
                     "make the call the last thing that the function does, or write a loop";
    CallDepth        "call-depth"          Later  "calls are nested more deeply than is inlined"
                     "nest fewer calls inside the loop, or allow more: `--param maxdepth=N`";
    TooLong          "too-long"            Later  "more bytecode instructions than a trace may have"
                     "move a part of the loop into a loop of its own, or allow more: `--param maxrecord=N`";
    TooLarge         "too-large"           Later  "more IR instructions than a trace may have"
                     "move a part of the loop into a loop of its own, or allow more: `--param maxir=N`";
    TooManySnapshots "too-many-snapshots"  Later  "more snapshots than a trace may have"
                     "move a part of the loop into a loop of its own, or allow more: `--param maxsnap=N`";
    LargeInt         "large-int"           Later  "an int beyond 2^53 is compared with a float"
                     "compare ints with ints, floats with floats, where numbers can be so large";
    OutsideEffect    "outside-effect"      Later  "a builtin may throw after it has done a part of its work"
                     "call the builtin outside of the loop";
    NeedsTrace       "needs-trace"         Soon   "a function that calls itself, or is called by one and has a loop, is to have its own trace first";
    Widens           "widens-function"     Soon   "a function takes or gives a value of another type than agreed";
    NotRecursive     "not-recursive"       Never  "the function does not call itself: it is recorded where it is called";
    NotYet           "not-recorded"        Later  "not recorded"
                     "use something else in the loop; until then the function is compiled as a whole";
    Period           "period"              Soon   "its conditions repeat after some rounds, which are to be recorded as one";
    SamePath         "same-path"           Never  "the other path is one that was recorded before";
    Open             "open"                Never  "the rounds of the other path cannot be skipped";
    SharedEnd        "shared-end"          Soon   "it goes on as other side traces do, and that is recorded first";
    Lost             "lost"                Never  "the recorder lost track of the interpreter's state";
}

/// A recording that was given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Abort {
    /// Why.
    pub reason: Reason,
    /// At which instruction.
    pub pc: Pc,
    /// What exactly: an opcode's or a builtin's name, or nothing.
    pub what: &'static str,
}

impl std::fmt::Display for Abort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.reason.text())?;
        if self.what.is_empty() { Ok(()) } else { write!(f, ": {}", self.what) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_texts_are_phrases() {
        let mut names: Vec<_> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Reason::ALL.len());
        assert!(Reason::ALL.iter().all(|reason| !reason.text().ends_with('.')));
    }

    #[test]
    fn the_text_names_what_is_missing() {
        let pc = Pc { function: 0, at: 0 };
        let abort = Abort { reason: Reason::NotYet, pc, what: "unpack" };
        assert_eq!(abort.to_string(), "not recorded: unpack");
        assert_eq!(Abort { reason: Reason::Throws, what: "", ..abort }.to_string(), Reason::Throws.text());
    }
}
