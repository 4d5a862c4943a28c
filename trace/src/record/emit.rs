//! The instructions of a trace under construction.
//!
//! They are made in the order in which they are thought of and sorted when recording ends: what a first read of a slot
//! needs belongs before the loop, wherever in the round it happens. Until then references are positions in order of
//! creation.

use pseudo_snapshots::Pc;
use pseudo_vm::value::Value;
use rustc_hash::FxHashMap;

use crate::ir::ops::{Op, Operand};
use crate::ir::trace::{Inst, Origin, SnapshotId, Trace};
use crate::ir::types::{Const, Ref, Ty};
use crate::ir::verify::fits;

/// The snapshot of the state at entry.
pub(super) const AT_ENTRY: SnapshotId = SnapshotId(0);

/// The parts of a trace, in their final order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Section {
    /// Runs once: slots that are read, and the guards of their types.
    Preamble,
    /// The `loop` instruction.
    Loop,
    /// Phis.
    Phis,
    /// What each round begins with.
    Head,
    /// What was recorded.
    Body,
}

/// A trace under construction.
#[derive(Debug)]
pub(super) struct Emitter {
    /// Constants, arguments, snapshots, and the instructions in order of creation.
    pub trace: Trace,
    sections: Vec<Section>,
    origin: u32,
    origins: FxHashMap<(Pc, u16), u32>,
}

impl Emitter {
    pub fn new(trace: Trace) -> Emitter {
        let mut emitter = Emitter { trace, sections: Vec::new(), origin: 0, origins: FxHashMap::default() };
        emitter.begin(emitter.trace.pc, 0);
        emitter
    }

    /// What follows is recorded from this bytecode instruction.
    pub fn begin(&mut self, pc: Pc, depth: u16) {
        let origins = &mut self.trace.origins;
        self.origin = *self.origins.entry((pc, depth)).or_insert_with(|| {
            origins.push(Origin { pc, depth });
            origins.len() as u32 - 1
        });
    }

    /// Number of instructions so far.
    pub fn len(&self) -> usize {
        self.trace.insts.len()
    }

    /// Adds an instruction whose result type the table gives.
    pub fn push(&mut self, section: Section, op: Op, operands: &[Ref], snapshot: SnapshotId) -> Ref {
        let ty = op.info().result.expect("the table gives the result's type");
        self.push_typed(section, op, ty, operands, snapshot)
    }

    fn push_typed(&mut self, section: Section, op: Op, ty: Ty, operands: &[Ref], snapshot: SnapshotId) -> Ref {
        let operand = |index: usize| operands.get(index).copied().unwrap_or(Ref::NONE);
        debug_assert!(
            op.info().operands.iter().zip(0..).all(|(kind, index)| match *kind {
                Operand::No => operand(index) == Ref::NONE,
                Operand::Of(ty) => fits(ty, self.trace.ty(operand(index))),
                Operand::Array => self.trace.ty(operand(index)).is_array(),
                Operand::Any => op == Op::Phi || operand(index) != Ref::NONE,
                Operand::Number | Operand::Hint | Operand::Slot | Operand::Arguments => true,
            }),
            "operands {:?} of {op:?}",
            operands.iter().map(|&value| self.trace.ty(value)).collect::<Vec<_>>()
        );
        debug_assert_eq!(op.has_state(), snapshot != SnapshotId::NONE, "{op:?} with snapshot {snapshot:?}");
        let mut inst = Inst::new(op, ty, operand(0), operand(1), operand(2));
        inst.snapshot = snapshot;
        inst.origin = self.origin;
        self.sections.push(section);
        self.trace.push(inst)
    }

    /// Adds an instruction, not a guard, to the body.
    pub fn emit(&mut self, op: Op, operands: &[Ref]) -> Ref {
        self.push(Section::Body, op, operands, SnapshotId::NONE)
    }

    /// Adds an instruction, not a guard, that takes arguments: `operands`, then where they begin and how many there are.
    pub fn emit_with_arguments(&mut self, op: Op, first: Ref, arguments: &[Ref]) -> Ref {
        let begin = Ref(self.trace.args.len() as u32);
        self.trace.args.extend_from_slice(arguments);
        self.emit(op, &[first, begin, Ref(arguments.len() as u32)])
    }

    /// Adds the call of a function that gives a value of a type.
    pub fn call(&mut self, ty: Ty, closure: Ref, arguments: &[Ref], state: SnapshotId) -> Ref {
        let begin = Ref(self.trace.args.len() as u32);
        self.trace.args.extend_from_slice(arguments);
        let operands = [closure, begin, Ref(arguments.len() as u32)];
        self.push_typed(Section::Body, Op::CallFn, ty, &operands, state)
    }

    /// Adds a phi whose operands are not known yet.
    pub fn phi(&mut self, ty: Ty) -> Ref {
        self.push_typed(Section::Phis, Op::Phi, ty, &[], SnapshotId::NONE)
    }

    /// Adds the value that a side trace takes over from an entry of its parent's snapshot.
    pub fn inherit(&mut self, index: usize, ty: Ty) -> Ref {
        self.push_typed(Section::Preamble, Op::Inherit, ty, &[Ref(index as u32)], SnapshotId::NONE)
    }

    /// Type of a value.
    pub fn ty(&self, value: Ref) -> Ty {
        self.trace.ty(value)
    }

    /// The value as the interpreter has it.
    pub fn boxed(&mut self, value: Ref) -> Ref {
        if let Some(bits) = self.trace.as_const(value).and_then(constant_bits) {
            return self.trace.constant(Const::Value(bits));
        }
        let op = match self.ty(value) {
            Ty::Any | Ty::Nil | Ty::Undef => return value,
            Ty::Int => Op::BoxInt,
            Ty::Float => Op::BoxFloat,
            Ty::Bool => Op::BoxBool,
            Ty::Str => Op::BoxStr,
            Ty::ArrEmpty | Ty::ArrBool | Ty::ArrInt | Ty::ArrFloat | Ty::ArrAny => Op::BoxArr,
            Ty::Dict => Op::BoxDict,
            Ty::Fn => Op::BoxFn,
            Ty::Range => Op::BoxRange,
            // What goes through a dict stays in the register of its loop.
            ty @ (Ty::None | Ty::Builtin | Ty::Iter | Ty::Obj | Ty::Ptr | Ty::Pc | Ty::Made) => {
                unreachable!("{} is boxed", ty.text())
            }
        };
        self.emit(op, &[value])
    }

    /// Drops a call with arguments and what follows it. False, and nothing has been done, if not all of that belongs to the body.
    pub fn take_back(&mut self, call: usize) -> bool {
        if self.sections[call..].iter().any(|&section| section != Section::Body) {
            return false;
        }
        self.trace.insts.truncate(call);
        self.sections.truncate(call);
        true
    }

    /// Moves an instruction to the part that runs once; a guard then leaves from the state at entry.
    pub fn move_to_preamble(&mut self, index: usize) {
        self.sections[index] = Section::Preamble;
        if self.trace.insts[index].op.is_guard() {
            self.trace.insts[index].snapshot = AT_ENTRY;
        }
    }

    /// The part that an instruction belongs to.
    pub fn section(&self, index: usize) -> Section {
        self.sections[index]
    }

    /// Ends construction: puts the parts in order, and something else in the place of phis that are none.
    ///
    /// Instructions for which `replacement` has a value are dropped, and their uses become uses of that value.
    pub fn finish(mut self, replacement: &FxHashMap<Ref, Ref>) -> Trace {
        let mut order: Vec<usize> =
            (0..self.len()).filter(|&index| !replacement.contains_key(&Ref::inst(index))).collect();
        order.sort_by_key(|&index| self.sections[index]);
        let mut positions = vec![usize::MAX; self.len()];
        for (position, &index) in order.iter().enumerate() {
            positions[index] = position;
        }
        let rename = |mut value: Ref| {
            while let Some(&other) = replacement.get(&value) {
                value = other;
            }
            match value.inst_index() {
                Some(index) => Ref::inst(positions[index]),
                None => value,
            }
        };
        let insts = order.iter().map(|&index| {
            let mut inst = self.trace.insts[index];
            for (kind, operand) in inst.op.info().operands.iter().zip([&mut inst.a, &mut inst.b, &mut inst.c]) {
                if matches!(kind, Operand::Of(_) | Operand::Array | Operand::Any) {
                    *operand = rename(*operand);
                }
            }
            inst
        });
        self.trace.insts = insts.collect();
        self.trace.args.iter_mut().for_each(|argument| *argument = rename(*argument));
        for snapshot in &mut self.trace.snapshots {
            snapshot.entries.iter_mut().for_each(|entry| entry.1 = rename(Ref::from(entry.1)).into());
        }
        self.trace
    }
}

/// The bits of a constant as a value of the interpreter, if they are the same at any time.
fn constant_bits(constant: Const) -> Option<u64> {
    match constant {
        Const::Int(int) => Value::try_small_int(int).map(|value| value.0),
        Const::Float(bits) => Some(bits),
        Const::Bool(bool) => Some(Value::bool(bool).0),
        Const::Value(bits) => Some(bits),
        Const::Str(address) => Some(Value::pointer(pseudo_vm::value::TAG_STRING, address as *const u8).0),
        Const::Nil
        | Const::Undef
        | Const::Proto(_)
        | Const::Nowhere
        | Const::Place(_)
        | Const::Pc(_)
        | Const::Made(_) => None,
    }
}
