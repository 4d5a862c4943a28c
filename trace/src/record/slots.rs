//! Which value each slot has: registers, linkage of frames, globals.
//!
//! A slot is read from memory once, in the preamble, with a guard of the type that it has now; from then on its value is
//! known. In a loop the body does not see that first value but a phi, which turns out to be needed or not when the loop
//! closes. Nothing is written back to memory: that is what snapshots are for.
//!
//! Values are unboxed as soon as their type is guarded, with two exceptions, which stay `any`: objects of kinds that no
//! guard tells, and arrays. What a guard finds out about an array (how it keeps its elements) holds only until
//! something may change it, so it is remembered beside the slots, and forgotten at calls that write.

use std::collections::BTreeMap;

use pseudo_snapshots::Slot;
use pseudo_vm::faults::{self, Fault};
use pseudo_vm::value::Value;
use rustc_hash::FxHashMap;

use super::aborts::{Abort, Reason};
use super::emit::{AT_ENTRY, Section};
use super::{Kind, Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::storage::StorageInfo;
use crate::ir::trace::{SnapshotId, encode_slot};
use crate::ir::types::{Const, Ref, Ty};

/// What is known of a slot.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct SlotState {
    /// The `slot` instruction.
    pub raw: Option<Ref>,
    /// The value at entry, its type guarded.
    pub initial: Option<Ref>,
    /// What the body sees of it, in a trace that may become a loop.
    pub phi: Option<Ref>,
    /// The value now. None with `changed`: something that nothing reads any more.
    pub current: Option<Ref>,
    /// Whether memory has another value.
    pub changed: bool,
    /// For a slot that was written first: the type that it had at entry.
    pub entry_ty: Option<Ty>,
}

/// All slots that the trace has touched.
#[derive(Default, Debug)]
pub(super) struct Slots {
    states: BTreeMap<Slot, SlotState>,
    /// What the current instruction has written, with what was known of the slot before.
    written: Vec<(Slot, Option<SlotState>)>,
    /// What guards have found out about boxed values.
    known: FxHashMap<Ref, Ref>,
    /// The same for arrays.
    known_arrays: FxHashMap<Ref, Ref>,
    /// The instances that boxed values are known to be, by value and shape.
    pub known_instances: FxHashMap<(Ref, u32), Ref>,
    /// The classes of instances that the trace has made, guarded.
    pub classes: FxHashMap<Ref, Ref>,
}

impl Slots {
    /// A new bytecode instruction begins.
    pub fn begin(&mut self) {
        self.written.clear();
    }

    /// Whether the current instruction has written a slot.
    pub fn written(&self) -> bool {
        !self.written.is_empty()
    }

    /// Takes back what the current instruction has written, and what is known of instructions from an index on.
    pub fn take_back(&mut self, from: usize) {
        while let Some((slot, state)) = self.written.pop() {
            match state {
                Some(state) => self.states.insert(slot, state),
                None => self.states.remove(&slot),
            };
        }
        let stays = |value: &Ref| value.inst_index().is_none_or(|index| index < from);
        for known in [&mut self.known, &mut self.known_arrays] {
            known.retain(|value, typed| stays(value) && stays(typed));
        }
        self.known_instances.retain(|(value, _), instance| stays(value) && stays(instance));
    }

    /// What is known of a slot.
    pub fn get(&self, slot: Slot) -> Option<&SlotState> {
        self.states.get(&slot)
    }

    /// The same, to be changed.
    pub fn state(&mut self, slot: Slot) -> &mut SlotState {
        self.states.entry(slot).or_default()
    }

    /// All slots, ascending.
    pub fn all(&self) -> impl Iterator<Item = (Slot, &SlotState)> {
        self.states.iter().map(|(&slot, state)| (slot, state))
    }

    /// Slots whose value is not that in memory, ascending, with the value.
    pub fn changed(&self) -> impl Iterator<Item = (Slot, Ref)> {
        self.all().filter(|(_, state)| state.changed).filter_map(|(slot, state)| Some((slot, state.current?)))
    }

    /// Gives a slot a value.
    pub fn set(&mut self, slot: Slot, value: Ref) {
        self.written.push((slot, self.states.get(&slot).copied()));
        let state = self.state(slot);
        state.current = Some(value);
        state.changed = true;
    }

    /// Notes the value that a slot has in memory.
    pub fn adopt(&mut self, slot: Slot, value: Ref) {
        let state = SlotState { raw: Some(value), initial: Some(value), current: Some(value), ..SlotState::default() };
        let known = self.states.entry(slot).or_default();
        if known.current.is_none() && !known.changed {
            *known = state;
        }
    }

    /// Forgets stack slots from an offset on: the frame that they belonged to is gone.
    pub fn forget_from(&mut self, offset: i32) {
        let from = Slot::Stack(offset);
        for (_, state) in self.states.range_mut(from..=Slot::Stack(i32::MAX)) {
            state.current = None;
            state.changed = true;
        }
    }

    /// What was found out about a boxed value.
    fn known(&self, value: Ref) -> Option<Ref> {
        self.known.get(&value).or_else(|| self.known_arrays.get(&value)).copied()
    }

    /// Forgets what is known of arrays: something may have changed how they keep their elements.
    pub fn forget_arrays(&mut self) {
        self.known_arrays.clear();
    }
}

/// The type of a value of the interpreter.
pub(super) fn type_of(value: Value) -> Ty {
    if value.is_int() {
        Ty::Int
    } else if value.is_float() {
        Ty::Float
    } else if value.is_bool() {
        Ty::Bool
    } else if value.is_nil() {
        Ty::Nil
    } else if value.is_undef() {
        Ty::Undef
    } else if value.as_string().is_some() {
        Ty::Str
    } else if let Some(array) = value.as_array() {
        StorageInfo::of(array.storage()).array
    } else if value.as_closure().is_some() {
        Ty::Fn
    } else if value.as_range().is_some() {
        Ty::Range
    } else if value.as_dict().is_some() {
        Ty::Dict
    } else if value.as_dict_iter().is_some() {
        Ty::Iter
    } else if value.as_builtin().is_some() {
        Ty::Builtin
    } else {
        Ty::Obj
    }
}

/// The guard that makes a value of this type of a boxed one.
pub(super) fn unboxing_guard(ty: Ty) -> Option<Op> {
    Some(match ty {
        Ty::Int => Op::GuardInt,
        Ty::Float => Op::GuardFloat,
        Ty::Bool => Op::GuardBool,
        Ty::Str => Op::GuardStr,
        Ty::ArrEmpty | Ty::ArrBool | Ty::ArrInt | Ty::ArrFloat | Ty::ArrAny => StorageInfo::of_array(ty)?.guard,
        Ty::Dict => Op::GuardDict,
        Ty::Iter => Op::GuardIter,
        Ty::Fn => Op::GuardFn,
        Ty::Range => Op::GuardRange,
        Ty::None | Ty::Any | Ty::Nil | Ty::Undef | Ty::Builtin | Ty::Obj | Ty::Ptr | Ty::Pc | Ty::Made => {
            return None;
        }
    })
}

impl Recorder {
    /// The value that a slot has in the interpreter now, if it belongs to the running frame or is a global.
    pub(super) fn peek(&self, now: &Now<'_>, slot: Slot) -> Option<Value> {
        match slot {
            Slot::Global(index) => now.vm.globals.values().get(index as usize).copied(),
            Slot::Stack(offset) => match offset - self.frames.top().base {
                -1 => Some(now.frame.closure_value()),
                register => Some(now.frame.register(usize::try_from(register).ok()?)),
            },
            Slot::Object(..) | Slot::Field(..) => None,
        }
    }

    /// The value of a slot, boxed or not.
    pub(super) fn read(&mut self, now: &Now<'_>, slot: Slot) -> Result<Ref, Abort> {
        if let Some(state) = self.slots.get(slot) {
            match state.current {
                Some(current) => return Ok(current),
                None if state.changed => return Err(self.abort(Reason::Lost)),
                None => {}
            }
        }
        self.read_first(now, slot)
    }

    fn read_first(&mut self, now: &Now<'_>, slot: Slot) -> Result<Ref, Abort> {
        let value = self.peek(now, slot).ok_or_else(|| self.abort(Reason::Lost))?;
        let raw = self.raw(slot);
        let ty = type_of(value);
        let initial = if ty.is_array() || ty == Ty::Obj {
            if let Slot::Global(_) = slot {
                // Type guards see to it otherwise.
                self.out.push(Section::Preamble, Op::GuardDefined, &[raw], AT_ENTRY);
            }
            raw
        } else {
            let (section, snapshot) = self.place_of_entry_guard(now, slot);
            self.guard_type(section, snapshot, raw, value)
        };
        let loops = matches!(self.kind, Kind::Root { .. }) && !initial.is_const();
        let phi = loops.then(|| self.out.phi(self.out.ty(initial)));
        let state = SlotState {
            raw: Some(raw),
            initial: Some(initial),
            phi,
            current: phi.or(Some(initial)),
            ..SlotState::default()
        };
        *self.slots.state(slot) = state;
        if let Some(twin) = self.counted_twin(slot)
            && self.slots.get(twin).is_none()
        {
            *self.slots.state(twin) = state;
        }
        Ok(state.current.expect("it was just read"))
    }

    /// The other register of a counted loop that has the same value at the header: its index, and its variable.
    fn counted_twin(&self, slot: Slot) -> Option<Slot> {
        let Kind::Root { counted: Some(first), .. } = self.kind else { return None };
        let (index, variable) = (Slot::Stack(first as i32), Slot::Stack(first as i32 + 3));
        (slot == index).then_some(variable).or((slot == variable).then_some(index))
    }

    /// The slot's value at entry, no type guarded.
    pub(super) fn raw(&mut self, slot: Slot) -> Ref {
        if let Some(raw) = self.slots.get(slot).and_then(|state| state.raw) {
            return raw;
        }
        if let (Slot::Stack(-1), Some(home)) = (slot, self.native.and_then(|function| self.natives.home(function))) {
            // The closure of a native frame need not be in memory.
            let raw = self.raw(Slot::Global(home));
            self.slots.state(slot).raw = Some(raw);
            return raw;
        }
        let section = if self.belongs_to_entry(slot) { Section::Preamble } else { Section::Body };
        let raw = self.out.push(section, Op::Slot, &[encode_slot(slot)], SnapshotId::NONE);
        self.slots.state(slot).raw = Some(raw);
        raw
    }

    /// Whether a slot belongs to the frames that the trace was entered with. What lies below is known to be a frame of
    /// a certain function only after a guard of the return address.
    fn belongs_to_entry(&self, slot: Slot) -> bool {
        !matches!(slot, Slot::Stack(offset) if offset < self.entry_bottom)
    }

    /// Where the guard of a slot's value at entry goes, and where it leaves to.
    fn place_of_entry_guard(&mut self, now: &Now<'_>, slot: Slot) -> (Section, SnapshotId) {
        if self.belongs_to_entry(slot) { (Section::Preamble, AT_ENTRY) } else { (Section::Body, self.snapshot(now)) }
    }

    /// Guards that a global which is about to be assigned is defined.
    pub(super) fn guard_defined_global(&mut self, now: &Now<'_>, slot: Slot) -> Result<(), Abort> {
        if self.slots.get(slot).is_some() {
            // It was read, which took its definition for granted, or written.
            return Ok(());
        }
        if self.peek(now, slot).is_none_or(Value::is_undef) {
            return Err(self.abort(Reason::Throws));
        }
        let raw = self.raw(slot);
        self.out.push(Section::Preamble, Op::GuardDefined, &[raw], AT_ENTRY);
        Ok(())
    }

    /// The value of a slot with its type guarded: `any` only for constants and for objects that no guard tells.
    pub(super) fn typed(&mut self, now: &Now<'_>, slot: Slot) -> Result<Ref, Abort> {
        let value = self.read(now, slot)?;
        if self.out.ty(value) != Ty::Any {
            return Ok(value);
        }
        if value.is_const() {
            // A side trace begins with what its parent knew: a field's value, for one, is a constant with its box.
            let actual = self.peek(now, slot);
            return Ok(actual.and_then(|actual| self.constant(now, actual).ok()).unwrap_or(value));
        }
        if let Some(known) = self.slots.known(value) {
            return Ok(known);
        }
        let actual = self.peek(now, slot).ok_or_else(|| self.abort(Reason::Lost))?;
        let typed = self.unbox(now, value, actual);
        let state = self.slots.state(slot);
        if state.changed && !self.out.ty(typed).is_array() {
            state.current = Some(typed);
        }
        Ok(typed)
    }

    /// Guards that a boxed value has the type of `actual`, which it has now.
    pub(super) fn unbox(&mut self, now: &Now<'_>, value: Ref, actual: Value) -> Ref {
        if let Some(known) = self.slots.known(value) {
            return known;
        }
        if type_of(actual) == Ty::Obj {
            return value;
        }
        let snapshot = self.snapshot(now);
        let typed = self.guard_type(Section::Body, snapshot, value, actual);
        let known = if self.out.ty(typed).is_array() { &mut self.slots.known_arrays } else { &mut self.slots.known };
        known.insert(value, typed);
        typed
    }

    fn guard_type(&mut self, section: Section, snapshot: SnapshotId, value: Ref, actual: Value) -> Ref {
        let ty = type_of(actual);
        if let Some(op) = unboxing_guard(ty) {
            return self.out.push(section, op, &[value], snapshot);
        }
        let (op, constant) = match ty {
            Ty::Nil => (Op::GuardNil, Const::Nil),
            Ty::Undef => (Op::GuardUndef, Const::Undef),
            ty => {
                debug_assert_eq!(ty, Ty::Builtin, "no guard for {}", ty.text());
                (Op::GuardSame, Const::Value(actual.0))
            }
        };
        let constant = self.out.trace.constant(constant);
        if faults::on(Fault::RecordNil) && op == Op::GuardNil {
            return constant;
        }
        let operands = [value, constant];
        self.out.push(section, op, if op == Op::GuardSame { &operands } else { &operands[..1] }, snapshot);
        constant
    }

    /// Gives a slot a value. What it held at entry is looked at first: a loop carries it if the header finds it live.
    pub(super) fn write(&mut self, now: &Now<'_>, slot: Slot, value: Ref) {
        if let Kind::Root { .. } = self.kind
            && self.slots.get(slot).is_none_or(|state| state.current.is_none() && !state.changed)
            && self.is_live_at_start(now, slot)
        {
            let entry_ty = self.peek(now, slot).map(type_of);
            self.slots.state(slot).entry_ty = entry_ty;
        }
        self.slots.set(slot, value);
    }

    /// Whether a slot's value is read by what follows the start of the trace.
    pub(super) fn is_live_at_start(&self, now: &Now<'_>, slot: Slot) -> bool {
        self.start_frames.is_live(now.vm, slot)
    }
}
