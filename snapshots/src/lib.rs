//! The interpreter state that a guard of a trace stands for: how it is described while recording, packed for an exit,
//! and rebuilt when the exit is taken.
//!
//! A frame's registers, the words that link inlined frames (return address and closure, below each frame's register 0)
//! and the globals that a trace has changed are all *slots*; so are fields of objects whose writes a trace puts off. A snapshot says which value each changed slot has, which
//! instruction is to run next, and how far the running frame's register 0 lies from the one that the trace was entered
//! with. A slot that a snapshot does not name still has its value in memory, or is dead.

pub mod packed;
pub mod restore;

/// A place of the interpreter's state.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Slot {
    /// A word of the register stack, counted from register 0 of the frame that the trace was entered with. Negative
    /// for frames that lie below, and for the linkage words of the entry frame.
    Stack(i32),
    /// A global variable.
    Global(u32),
    /// No place but a name: the object that fields of the snapshot with this number belong to, an instance of a shape.
    /// Nil where there is none yet: then restoring makes it, its other fields nil. Slots and fields may refer to it by its number.
    Object(u16, u32),
    /// A field of the object of a number, so many bytes from its beginning: a write that has been put off until here.
    Field(u16, u16),
}

/// An instruction of the program: the function's number in its machine, and the index of the word in the function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Pc {
    /// `Proto::id`.
    pub function: u32,
    /// Index in the function's code.
    pub at: u32,
}

/// A value of the trace that a snapshot belongs to. Opaque here: the trace's IR gives it its meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ValueRef(pub u32);

/// The state of the interpreter just before an instruction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// The instruction to resume at.
    pub pc: Pc,
    /// Where register 0 of the running frame lies, in words from the entry frame's register 0.
    pub base: i32,
    /// Changed slots and their values, ascending by slot, each slot once.
    pub entries: Vec<(Slot, ValueRef)>,
}

impl Snapshot {
    /// The value that the snapshot gives a slot.
    pub fn get(&self, slot: Slot) -> Option<ValueRef> {
        self.entries.binary_search_by_key(&slot, |entry| entry.0).ok().map(|at| self.entries[at].1)
    }
}
