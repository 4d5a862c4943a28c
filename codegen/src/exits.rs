//! What is kept of a compiled trace's exits and of its loop's head, for restoring, side traces and joins.

use pseudo_snapshots::Slot;
use pseudo_snapshots::packed::{Kind, Loc, Packed};
use pseudo_trace::ir::trace::SnapshotId;
use pseudo_trace::ir::types::{Const, Ty};

/// A way out of a trace: a guard that failed, or its end.
///
/// Guards with the same snapshot share an exit if their values are in the same places, so an exit's index is not its
/// snapshot's.
#[derive(Clone, Debug)]
pub struct Exit {
    /// Index of the first guard that leaves here; the number of instructions for the end of a trace that goes back to
    /// the interpreter.
    pub inst: u32,
    /// Its snapshot.
    pub snapshot: SnapshotId,
    /// The snapshot with locations. Entry n is entry n of the snapshot, and what `inherit n` of a side trace is.
    pub packed: Packed,
    /// Type of each entry's value.
    pub types: Box<[Ty]>,
    /// Address of the stub, which [`crate::CodeMemory::patch_exit`] makes a jump to a side trace.
    pub stub: u64,
    /// Where the distances of the jumps to the stub lie: these then lead to the side trace themselves.
    pub jumps: Box<[u64]>,
    /// Where the root loop's invariants are, one for each of [`LoopEntry::invariants`]. `None` where no side trace may
    /// go back to the loop's head: outside of the loop's body.
    pub hidden: Option<Box<[Loc]>>,
}

/// The call of a function in its own native frame, with which a trace ends.
#[derive(Clone, Debug)]
pub struct CallSite {
    /// The state in which the callee begins, as far as it is not in memory, with places in the caller's frame.
    pub packed: Packed,
    /// Where register 0 of the callee lies, in words from the caller's.
    pub base: i32,
    /// The address in compiled code that the callee returns to.
    pub returns_to: u64,
}

/// What the head of a loop takes a slot to hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carried {
    /// A value of a type, at a place: a phi.
    Phi(Ty, Loc),
    /// The same constant in every round.
    Const(Const),
    /// The same value in every round: an index in [`LoopEntry::invariants`].
    Invariant(usize),
}

/// A value from before a loop that its body needs in every round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Invariant {
    /// Its type.
    pub ty: Ty,
    /// The register that the loop's head expects it in.
    pub reg: Option<Loc>,
    /// Its spill slot, which the loop's body may read.
    pub spill: Option<u16>,
}

/// How a trace that descends from a loop's body may go back to the loop's head without passing through memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoopEntry {
    /// The root trace.
    pub trace: u32,
    /// Address of the head.
    pub head: u64,
    /// The slots that differ from memory at the head, ascending.
    pub carried: Vec<(Slot, Carried)>,
    /// What stays as it was.
    pub invariants: Vec<Invariant>,
    /// Slots that the trace has read before the loop and does not carry, ascending. Whoever changes one of them can go back
    /// to the head only where this says which invariant it is: one that nothing else was made of.
    pub reads: Vec<(Slot, Option<usize>)>,
}

/// How the interpreter is to read a word of a type. `None` for what no snapshot may name.
pub fn kind_of(ty: Ty) -> Option<Kind> {
    Some(match ty {
        Ty::Any | Ty::Float | Ty::Nil | Ty::Undef | Ty::Pc => Kind::Bits,
        Ty::Int => Kind::Int,
        Ty::Bool => Kind::Bool,
        Ty::Str => Kind::Str,
        Ty::ArrEmpty | Ty::ArrBool | Ty::ArrInt | Ty::ArrFloat | Ty::ArrAny => Kind::Array,
        Ty::Fn => Kind::Closure,
        Ty::Dict | Ty::Iter | Ty::Builtin | Ty::Range | Ty::Obj => Kind::Object,
        Ty::Made => Kind::Made,
        Ty::None | Ty::Ptr => return None,
    })
}
