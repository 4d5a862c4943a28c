//! Deliberate faults, to find out whether the tests and the fuzzer would notice real ones.
//!
//! Each is a mistake of the kind that compilers have, made at one place: `if faults::on(Fault::Name)` there does the wrong thing.
//! Without the feature `faults` that is never true, and known when this is compiled, so that nothing is left of it. With it, the
//! environment variable `PSEUDO_FAULT` names the fault that a process has, once and for all. The feature is for the mutation
//! check (`pseudo-mutations`), and for nothing else.
//!
//! To be of use, a fault must change what some program does: by a law of the language, not only in speed.

#[cfg(feature = "faults")]
use std::sync::OnceLock;

/// The environment variable that names the fault.
pub const VARIABLE: &str = "PSEUDO_FAULT";

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct FaultInfo {
    /// Which.
    pub fault: Fault,
    /// Its name, as the variable has it.
    pub name: &'static str,
    /// The part of the machine that has it.
    pub stage: &'static str,
    /// What is wrong, in words.
    pub wrong: &'static str,
}

macro_rules! define_faults {
    ($($stage:literal { $($name:ident $wrong:literal;)* })*) => {
        /// A deliberate fault.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Fault {
            $($(#[doc = $wrong] $name,)*)*
        }

        /// All faults, those of one stage together.
        pub const FAULTS: &[FaultInfo] = &[
            $($(FaultInfo { fault: Fault::$name, name: stringify!($name), stage: $stage, wrong: $wrong },)*)*
        ];
    };
}

define_faults! {
    "fold" {
        FoldRegroup    "(x + c1) + c2 is x + (c1 + c2 + 1)";
        FoldSign       "(x - y) - x is y, not -y";
        FoldShift      "(x << k1) << k2 shifts by one bit too many";
        FoldPower      "x % 2^k keeps one bit too few";
        FoldAbsorb     "x & c < d holds for all constants, whatever the condition of the rule says";
        FoldReciprocal "x / c is x * (1 / c) though 1 / c is rounded";
        FoldMinusZero  "x + 0.0 is x, also for -0.0";
        FoldNan        "x == x holds for floats, also for nan";
    }
    "strength" {
        StrengthMagic "the multiplication that stands for a division is shifted by one bit too few for divisors from 7 on";
    }
    "cse" {
        CseKey     "instructions that differ in their third operand are taken for the same";
        CseShape   "what was guarded of shapes is believed after an instance has got a field";
    }
    "forward" {
        ForwardArrays  "two arrays are never taken for one";
        ForwardFields  "fields of two instances are never taken for one";
        ForwardNames   "a field found by its name is never taken for one of a known shape";
        ForwardOffset  "elements at different distances from an index are taken for one";
        ForwardEntries "entries of a dict whose keys are different values are never taken for one";
        ForwardDead    "a write is dropped for a later one though a guard between the two may leave";
        ForwardLength  "the length of an array that has changed its length is still known";
        ForwardKeys    "where entries of a dict are is still known after a key has been added or removed";
    }
    "phi" {
        PhiMoved "a variable that takes another one's value each round is taken never to change";
    }
    "unchanged" {
        UnchangedSlot "a slot that gets what another slot held is left out of snapshots";
    }
    "licm" {
        LicmStore     "a read of an element moves out of a loop that writes elements of the array";
        LicmLength    "the length of an array moves out of a loop that changes it";
    }
    "promote" {
        PromoteAlias "a field stays in a register though another object of the loop may be the same";
    }
    "sink" {
        SinkField    "an exit forgets the last field of an instance that it makes";
        SinkTwice    "two variables that go on with one instance have each their own at exits";
        SinkInner    "an instance that is made with another one in a field gets nil there";
    }
    "strengthen" {
        StrengthenShort "the index that is checked for several is one below the greatest";
        StrengthenSign  "an index is taken for not negative because a greater one is in bounds";
    }
    "range" {
        RangeBound    "the bound that is checked in front of a counted loop is one too large";
        RangeStart    "that a counted loop begins in bounds is not checked";
        RangeWrap     "sums are taken not to wrap";
        RangeNegative "the remainder of a negative int is taken not to exceed it";
    }
    "advance" {
        AdvanceStart "what advances in place of a multiplication begins a step late";
    }
    "dce" {
        DceLength "the new length of an array is dropped";
    }
    "closed" {
        ClosedRounds   "one round too many is skipped";
        ClosedParity   "bits that flip each round are taken to have flipped if the number of rounds is even";
    }
    "vector" {
        VectorRounds  "the kernel says that it has done a round more than it has";
        VectorLanes   "sums of every second group of lanes are lost";
        VectorNeutral "an `and` of lanes begins with zeros";
        VectorAlias   "arrays that a kernel writes are not compared with the others";
        VectorAhead   "a kernel reads elements that earlier rounds write";
    }
    "unroll" {
        UnrollSnapshot "snapshots of the rounds that are appended name values of the first";
        UnrollPhi      "the next value of a phi is that of the first round";
    }
    "recorder" {
        RecordBranch  "the guard of a conditional jump has the wrong direction";
        RecordTruth   "a jump on a bool is not guarded";
        RecordRange   "that an index is in range is not guarded";
        RecordNil     "what was nil once is taken for nil, unguarded";
        RecordCallee  "that the function that is called is the same is not guarded";
        RecordReturn  "that a frame returns to the same place is not guarded";
        RecordTail    "a tail call of another closure of the running function keeps the first one";
        RecordRest    "the array of what is left over of the arguments has the last of them first";
        RecordFinally "what is thrown passes a `finally` by";
        RecordShape   "another instance of the same shape keeps its shape when one has got a field";
        RecordBarrier "no barrier stands in front of the write of a field";
    }
    "snapshots" {
        SnapshotSlot    "the last slot of a snapshot is missing";
        SnapshotCarried "what a loop carries is missing in the snapshots of its body";
        SnapshotPc      "an exit goes on behind the instruction that it leaves";
        SnapshotBase    "an exit from an inlined function goes on in the frame of its caller";
        PackedGroup     "distances of packed slots go on from the stack to the globals";
    }
    "restore" {
        RestoreInt     "an int loses its high bits";
        RestoreFloat   "a float in a register loses half its bits";
        RestoreBarrier "no barrier stands in front of the write of a field";
    }
    "registers" {
        RegistersClobbered "a value stays in a register that a call changes";
        RegistersSpill     "a spill slot is given to a second value while the first still needs it";
        RegistersCycle     "a cycle of moves is broken without saving the value that is overwritten";
    }
    "emission" {
        EmitUnsigned  "unsigned comparisons are made signed";
        EmitNan       "a float is less than nan";
        EmitImmediate "immediates up to 255 are written as a byte, whose sign then comes in";
        EmitBarrier   "compiled code has no barriers";
        EmitShape     "the guard of a shape accepts any object";
        EmitKind      "the guard of an array accepts any storage";
        EmitFloat     "the guard of a float accepts anything";
        EmitSign      "a small int comes out of its box without its sign";
        EmitLarge     "an int of more than 48 bits is boxed as a small one";
        EmitExit      "leaving a trace loses a general register";
        EmitExitFloat "leaving a trace loses a floating-point register";
    }
    "linking" {
        LinkInherit "a side trace finds an inherited value in the register of the one before";
        LinkChanged "a side trace goes back to the head of its loop though it has written what the loop has hoisted";
    }
    "whole functions" {
        MethodOverflow "sums of small ints may overflow";
        MethodFloor    "quotients are rounded toward 0";
        MethodNan      "nan is equal to everything";
        MethodShape    "a field is read where the first instance had it, whatever the shape";
        MethodBarrier  "no barrier stands in front of the write of a field";
        MethodCallee   "that the function that is called is the same is not tested";
        MethodSlot     "what leaves an instruction to its handler forgets a slot";
        MethodLast     "a counted loop up to a bound does the round of the bound";
        MethodDead     "a loop's variable is read from where nothing was written behind an instruction that is left to its handler";
        MethodTested   "a type that a loop expects is tested in a register that may hold another value by then";
        MethodLeft     "what follows an instruction that is left to its handler, in a function written in place, is left out";
    }
    "interpreter" {
        InterpOverflow "sums of small ints may overflow";
        InterpFloor    "quotients are rounded toward 0";
        InterpCache    "a field is read where the first instance had it, whatever the shape";
    }
    "heap" {
        HeapBarrier  "an old object that is written to is not remembered";
        HeapElements "an old array that is written to is not remembered";
        HeapKeys     "a dict is not made anew when the collector has moved its keys";
    }
}

/// Whether this process has a fault.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub const fn on(_: Fault) -> bool {
    false
}

/// Whether this process has a fault.
#[cfg(feature = "faults")]
#[inline]
pub fn on(fault: Fault) -> bool {
    static SELECTED: OnceLock<Option<Fault>> = OnceLock::new();
    *SELECTED.get_or_init(selected) == Some(fault)
}

/// The fault that the environment names. Ends the process if there is none of that name: a check of nothing would pass.
#[cfg(feature = "faults")]
fn selected() -> Option<Fault> {
    let name = std::env::var(VARIABLE).ok()?;
    let info = FAULTS.iter().find(|info| info.name == name);
    if info.is_none() {
        eprintln!("{VARIABLE}: there is no fault `{name}`");
        std::process::exit(2);
    }
    info.map(|info| info.fault)
}

#[cfg(all(test, not(feature = "faults")))]
mod tests {
    use super::*;

    // Known when this is compiled, so that nothing of a fault is left.
    const _: () = assert!(!on(FAULTS[0].fault));

    #[test]
    fn no_two_faults_have_one_name() {
        for (at, info) in FAULTS.iter().enumerate() {
            assert!(FAULTS[..at].iter().all(|other| other.name != info.name), "{}", info.name);
            assert!(!on(info.fault));
        }
    }
}
