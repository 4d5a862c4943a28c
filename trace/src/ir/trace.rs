//! A trace: linear SSA in an arena, with its constants and snapshots.

use pseudo_snapshots::{Pc, Slot, Snapshot};
use pseudo_vm::heap::object::Instance;
use pseudo_vm::value::Value;
use rustc_hash::FxHashMap;

use super::kernel::Kernel;
use super::ops::{Op, Operand};
use super::types::{Const, Ref, Ty};

/// Index of a snapshot in [`Trace::snapshots`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct SnapshotId(pub u32);

impl SnapshotId {
    /// For instructions that leave the trace on no condition.
    pub const NONE: SnapshotId = SnapshotId(u32::MAX);
}

/// An instruction. 24 bytes; operands that the operation does not have are [`Ref::NONE`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Inst {
    /// What it does.
    pub op: Op,
    /// Type of its result.
    pub ty: Ty,
    /// First operand (a value, or the raw number that the table says).
    pub a: Ref,
    /// Second operand.
    pub b: Ref,
    /// Third operand.
    pub c: Ref,
    /// Where a guard leaves to; the state in which the callee of a `call.fn` begins. Of a `loop`, if it has one: the state at its head, by phis and values from before it, which
    /// lets side traces go back there without passing through memory.
    pub snapshot: SnapshotId,
    /// The bytecode instruction that it was recorded from; index in [`Trace::origins`].
    pub origin: u32,
}

/// How a trace ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Link {
    /// Jumps back to its own `loop`.
    Loop,
    /// Jumps to the entry of a root trace, all slots of the final snapshot written to memory (or passed in registers).
    Trace(u32),
    /// Goes back to the loop head of the root trace that it descends from, without leaving registers where possible.
    Root(u32),
    /// Leaves to the interpreter at the final snapshot.
    Interpreter,
    /// Returns from the native frame. The final snapshot has the result in the slot of the frame's return address.
    Return,
}

/// Where a trace begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start {
    /// At a loop header or a function's entry.
    Root,
    /// At an exit of another trace.
    Exit {
        /// The other trace.
        parent: u32,
        /// Its exit (index of its snapshot).
        exit: u32,
    },
}

/// A trace, as it is recorded, optimised and compiled.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Its number, from 1.
    pub number: u32,
    /// How it begins.
    pub start: Start,
    /// The instruction that it starts at.
    pub pc: Pc,
    /// Instructions. A loop has exactly one `loop`, directly followed by its phis.
    pub insts: Vec<Inst>,
    /// Constants, each once.
    pub consts: Vec<Const>,
    interned: FxHashMap<Const, Ref>,
    /// Arguments of calls.
    pub args: Vec<Ref>,
    /// Snapshots. Number 0 is the state at entry, where guards before the `loop` leave to: a root trace's has no entries,
    /// since all slots are still in memory; a side trace's is that of its parent's exit. Snapshots used after the
    /// `loop` name every slot that the loop carries (by its phi, where this round has not changed it).
    pub snapshots: Vec<Snapshot>,
    /// The state at the end, for links other than [`Link::Loop`].
    pub end: Option<SnapshotId>,
    /// Phis of which the loop relies on how they advance: a guard was dropped because they go from their start by their step
    /// and stop at a limit. Whoever enters the loop at its head with other values must not, unless these do as well.
    pub relies: Vec<Ref>,
    /// Whether instances get fields in it, and so other shapes.
    pub adds_fields: bool,
    /// Whether it is entered only if something holds that would not have to: guards were put in front of the loop for
    /// cases that might never come up in it.
    pub speculates: bool,
    /// Whether passes are not to make it so.
    pub cautious: bool,
    /// Whether it is not the trace that its loop's header enters, but goes on where that one can't be entered.
    pub beside: bool,
    /// Whether the loop is entered after rounds that were skipped, or that a kernel has done, so that it is worth going
    /// through the entry again.
    pub skips_rounds: bool,
    /// How many rounds the loop should have in its body for its rounds to be skipped; 1 if it is well as it is.
    pub period: u32,
    /// How many of the program's rounds a round of the loop is.
    pub unrolled: u32,
    /// What `vector` in front of the loop runs.
    pub kernel: Option<Kernel>,
    /// How it ends.
    pub link: Link,
    /// Bytecode instructions that were recorded, each once, with the depth of inlined calls, in recorded order.
    pub origins: Vec<Origin>,
}

/// A recorded bytecode instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Origin {
    /// Which.
    pub pc: Pc,
    /// How many inlined calls deep.
    pub depth: u16,
}

impl Trace {
    /// An empty trace.
    pub fn new(number: u32, start: Start, pc: Pc) -> Trace {
        Trace {
            number,
            start,
            pc,
            insts: Vec::new(),
            consts: Vec::new(),
            interned: FxHashMap::default(),
            args: Vec::new(),
            snapshots: Vec::new(),
            end: None,
            relies: Vec::new(),
            adds_fields: false,
            speculates: false,
            cautious: false,
            beside: false,
            skips_rounds: false,
            period: 1,
            unrolled: 1,
            kernel: None,
            link: Link::Interpreter,
            origins: Vec::new(),
        }
    }

    /// Gives back the memory that was there for it to grow: it is not expected to.
    pub fn shrink(&mut self) {
        let Trace { insts, consts, interned, args, snapshots, relies, origins, .. } = self;
        insts.shrink_to_fit();
        consts.shrink_to_fit();
        interned.shrink_to_fit();
        args.shrink_to_fit();
        snapshots.iter_mut().for_each(|snapshot| snapshot.entries.shrink_to_fit());
        snapshots.shrink_to_fit();
        relies.shrink_to_fit();
        origins.shrink_to_fit();
    }

    /// The constant's value, interned.
    pub fn constant(&mut self, constant: Const) -> Ref {
        let next = Ref::constant(self.consts.len());
        let consts = &mut self.consts;
        *self.interned.entry(constant).or_insert_with(|| {
            consts.push(constant);
            next
        })
    }

    /// An int constant.
    pub fn int(&mut self, int: i64) -> Ref {
        self.constant(Const::Int(int))
    }

    /// A float constant.
    pub fn float(&mut self, float: f64) -> Ref {
        self.constant(Const::Float(float.to_bits()))
    }

    /// The constant that a reference is, if it is one.
    pub fn as_const(&self, value: Ref) -> Option<Const> {
        value.const_index().map(|index| self.consts[index])
    }

    /// The int that a reference is, if it is a constant one.
    pub fn as_int(&self, value: Ref) -> Option<i64> {
        match self.as_const(value) {
            Some(Const::Int(int)) => Some(int),
            _ => None,
        }
    }

    /// The instruction that makes a value, if one does.
    pub fn def(&self, value: Ref) -> Option<&Inst> {
        value.inst_index().map(|index| &self.insts[index])
    }

    /// Type of a value.
    pub fn ty(&self, value: Ref) -> Ty {
        match (value.inst_index(), value.const_index()) {
            (Some(index), _) => self.insts[index].ty,
            (_, Some(index)) => self.consts[index].ty(),
            _ => Ty::None,
        }
    }

    /// Index of the `loop` instruction.
    pub fn loop_start(&self) -> Option<usize> {
        self.insts.iter().position(|inst| inst.op == Op::Loop)
    }

    /// Appends an instruction without any folding; returns its value.
    pub fn push(&mut self, inst: Inst) -> Ref {
        self.adds_fields |= inst.op == Op::AddField;
        self.insts.push(inst);
        Ref::inst(self.insts.len() - 1)
    }

    /// Calls `f` with each operand of an instruction that is a value, arguments of calls included.
    pub fn for_each_operand(&self, inst: &Inst, mut f: impl FnMut(Ref)) {
        for (operand, value) in inst.op.info().operands.into_iter().zip([inst.a, inst.b, inst.c]) {
            match operand {
                Operand::Of(_) | Operand::Array | Operand::Any => f(value),
                Operand::Arguments => {
                    self.args[value.0 as usize..(value.0 + inst.c.0) as usize].iter().for_each(|&arg| f(arg))
                }
                Operand::No | Operand::Number | Operand::Hint | Operand::Slot => {}
            }
        }
    }
}

impl Inst {
    /// An instruction with up to three operands; `ty` as the table says, or the given one where it says `Own`.
    pub fn new(op: Op, ty: Ty, a: Ref, b: Ref, c: Ref) -> Inst {
        debug_assert!(op.info().result.is_none_or(|result| result == ty), "{op:?} of type {ty:?}");
        Inst { op, ty, a, b, c, snapshot: SnapshotId::NONE, origin: u32::MAX }
    }

    /// The slot of a `slot` instruction.
    pub fn slot(&self) -> Slot {
        debug_assert_eq!(self.op, Op::Slot);
        decode_slot(self.a)
    }
}

/// A slot as an immediate operand. Only places can be read: what names an object, or a field of one, stands in snapshots
/// alone.
pub fn encode_slot(slot: Slot) -> Ref {
    match slot {
        Slot::Stack(offset) => Ref((offset as u32) << 1),
        Slot::Global(index) => Ref(index << 1 | 1),
        Slot::Object(..) | Slot::Field(..) => unreachable!("{slot:?} is read"),
    }
}

/// The slot that an immediate operand stands for.
pub fn decode_slot(operand: Ref) -> Slot {
    if operand.0 & 1 == 1 { Slot::Global(operand.0 >> 1) } else { Slot::Stack(operand.0 as i32 >> 1) }
}

/// Where the field at an index lies in an instance, in bytes from its beginning.
pub fn field_offset(index: usize) -> u32 {
    (size_of::<Instance>() + index * size_of::<Value>()) as u32
}

/// The index of the field at an offset. None where there is none: the fields that have no room lie elsewhere.
pub fn field_index(offset: u32) -> Option<usize> {
    (offset as usize).checked_sub(size_of::<Instance>()).map(|bytes| bytes / size_of::<Value>())
}
