//! The end of a recording: a loop is closed, or the trace goes on elsewhere.
//!
//! When the recording is back at its own header, each slot that the round has changed and that the header finds live
//! becomes a phi. What the round read but left as it was needs none: the phi that stood for it is replaced by the value
//! at entry.
//!
//! ```text
//! %0 = slot r1                     %0 = slot r1
//! %1 = guard.int %0                %1 = guard.int %0
//! %2 = phi ..              =>      loop
//! %3 = add.int %2, 1               %2 = phi %1, %3
//! (header reached, r1 = %3)        poll
//!                                  %3 = add.int %2, 1
//! ```

use pseudo_snapshots::{Slot, Snapshot};
use pseudo_vm::bytecode::ops::Op as Bytecode;
use pseudo_vm::vm::Vm;
use rustc_hash::FxHashMap;

use super::aborts::{Abort, Reason};
use super::emit::{AT_ENTRY, Emitter, Section};
use super::slots::{SlotState, type_of, unboxing_guard};
use super::{Kind, Now, Recorder, RootLoop};
use crate::ir::ops::{Effect, Op};
use crate::ir::trace::{Link, SnapshotId, Start, Trace};
use crate::ir::types::{Ref, Ty};

impl Recorder {
    /// Whether this is the header that a root trace began at, in the state of a next round.
    fn is_own_header(&self) -> bool {
        matches!(self.kind, Kind::Root { .. })
            && self.frames.len() == 1
            && self.frames.top().base == 0
            && self.returns == 0
            && self.frames.pc() == self.out.trace.pc
    }

    /// Whether this side trace descends from a loop with another header. If not, it must not lead to what the header has: that
    /// may be a trace that has led here, in just this state.
    fn comes_from_another_loop(&self) -> bool {
        matches!(&self.kind, Kind::Side { root: Some(root), .. } if root.pc != self.frames.pc())
    }

    pub(super) fn record_function_header(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        if self.is_own_header() {
            self.recursive = true;
            return self.close_loop(now);
        }
        let begins_here = self.recorded == 1 && matches!(self.kind, Kind::Side { .. });
        if begins_here { Ok(()) } else { self.continue_with_function(now) }
    }

    pub(super) fn record_loop_header(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        if self.is_own_header() {
            self.rounds = self.rounds.saturating_sub(1);
            return if self.rounds == 0 { self.close_loop(now) } else { Ok(()) };
        }
        let begins_here = self.recorded == 1 && matches!(self.kind, Kind::Side { .. });
        match now.word.op() {
            // A side trace that begins at a header is to go round the loop.
            Bytecode::LoopHeader if begins_here => return Ok(()),
            // Few rounds of a loop without a trace of its own are recorded one after another.
            Bytecode::LoopHeader => {
                let rounds = self.unrolled.entry(self.frames.pc()).or_default();
                *rounds += 1;
                return if *rounds > self.params.maxunroll { Err(self.abort(Reason::InnerLoop)) } else { Ok(()) };
            }
            // So is one from an exit in front of that loop, in a state that its trace does not take.
            _ if begins_here && !self.comes_from_another_loop() => return Ok(()),
            _ => {}
        }
        let number = now.proto.loops[now.word.a()].trace.get();
        if let Kind::Side { root: Some(root), next: Some(next), .. } = &self.kind
            && root.pc == self.frames.pc()
            && self.frames.top().base == 0
        {
            let next = *next;
            self.end(now, Link::Trace(next));
            return Ok(());
        }
        if let Kind::Side { root: Some(root), .. } = &self.kind
            && (root.trace == number || root.beside)
            && root.pc == self.frames.pc()
            && self.frames.top().base == 0
        {
            // The trace that the header enters could not be entered in an earlier round: it is not asked again.
            let root = root.clone();
            let number = root.trace;
            let link = if self.provide(now, &root)? { Link::Root(number) } else { Link::Trace(number) };
            self.end(now, link);
            return Ok(());
        }
        // Who has called the native frame expects another function's result.
        let replaced = self.is_in_native_frame() && self.native != Some(self.frames.top().function);
        self.end(now, if replaced { Link::Interpreter } else { Link::Trace(number) });
        Ok(())
    }

    /// Brings the slots that a loop carries into the form that its phis expect. False if a value has another type.
    pub(super) fn provide(&mut self, now: &Now<'_>, root: &RootLoop) -> Result<bool, Abort> {
        let mut values = Vec::with_capacity(root.carried.len());
        for &(slot, ty) in &root.carried {
            if ty == Ty::Made {
                return Ok(false);
            }
            if let Slot::Object(..) = slot {
                continue;
            }
            if let Slot::Field(number, offset) = slot {
                let Some(value) = self.carried_field(number, offset, ty) else { return Ok(false) };
                values.push((slot, ty, value));
                continue;
            }
            if self.slots.get(slot).is_some_and(|state| state.changed && state.current.is_none()) {
                return Ok(false);
            }
            let value = if ty == Ty::Any {
                self.read(now, slot)?
            } else {
                let actual = self.peek(now, slot).ok_or_else(|| self.abort(Reason::Lost))?;
                if type_of(actual) != ty {
                    return Ok(false);
                }
                self.typed(now, slot)?
            };
            values.push((slot, ty, value));
        }
        for (slot, ty, value) in values {
            let value = if ty == Ty::Any { self.out.boxed(value) } else { value };
            self.slots.set(slot, value);
        }
        Ok(true)
    }

    fn close_loop(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let touched: Vec<(Slot, SlotState)> = self.slots.all().map(|(slot, state)| (slot, *state)).collect();
        let mut carried: Vec<(Slot, Ref)> = Vec::new();
        let mut finals: FxHashMap<Ref, Ref> = FxHashMap::default();
        for (slot, state) in touched {
            if !state.changed {
                continue;
            }
            let live = self.is_live_at_start(now, slot);
            let Some(current) = state.current else {
                if live || state.phi.is_some() {
                    return Err(self.abort(Reason::Lost));
                }
                continue;
            };
            if !live && state.phi.is_none() {
                continue;
            }
            let Some((phi, last)) = self.phi_of(now, slot, &state, current)? else { continue };
            if finals.insert(phi, last).is_some_and(|other| other != last) {
                // The index and the variable of a counted loop differ at its header.
                return Err(self.abort(Reason::Lost));
            }
            carried.push((slot, phi));
        }
        // What shares the phi of a slot that was changed has the same value at the header, changed or not.
        let sharing = self
            .slots
            .all()
            .filter(|(_, state)| !state.changed && state.phi.is_some_and(|phi| finals.contains_key(&phi)));
        if sharing.count() > 0 {
            return Err(self.abort(Reason::Lost));
        }
        for (&phi, &last) in &finals {
            let index = phi.inst_index().expect("a phi is an instruction");
            self.out.trace.insts[index].b = last;
        }
        self.begin_loop(now.vm, &carried);
        self.name_carried_slots(now.vm, &carried);
        self.out.trace.link = Link::Loop;
        self.complete(&carried);
        Ok(())
    }

    /// The phi of a slot that a round has changed to `current`, and the value that it has at the end of a round. None
    /// if it has the same constant value at the start of each round.
    fn phi_of(
        &mut self,
        now: &Now<'_>,
        slot: Slot,
        state: &SlotState,
        current: Ref,
    ) -> Result<Option<(Ref, Ref)>, Abort> {
        if let Some(phi) = state.phi {
            if current == phi {
                return Ok(None);
            }
            let initial = state.initial.expect("a phi stands for a value that was read");
            let index = phi.inst_index().expect("a phi is an instruction");
            self.out.trace.insts[index].a = initial;
            let last = self.convert(now, slot, current, self.out.ty(phi))?;
            return Ok(Some((phi, last)));
        }
        if let Some(initial) = state.initial {
            return self.same_constant(now, slot, initial, current);
        }
        // It was written before it was read: the body knows nothing of what it holds at the start of a round.
        let entry_ty = state.entry_ty.ok_or_else(|| self.abort(Reason::Lost))?;
        let ty = self.out.ty(current);
        let raw = self.raw(slot);
        let (initial, last) = match unboxing_guard(ty) {
            Some(op) if ty == entry_ty && !ty.is_array() => {
                (self.out.push(Section::Preamble, op, &[raw], AT_ENTRY), current)
            }
            _ => (raw, self.out.boxed(current)),
        };
        let phi = self.out.phi(self.out.ty(initial));
        self.out.trace.insts[phi.inst_index().expect("a phi is an instruction")].a = initial;
        Ok(Some((phi, last)))
    }

    /// A slot whose constant value the body took for granted must have it again.
    fn same_constant(
        &mut self,
        now: &Now<'_>,
        slot: Slot,
        initial: Ref,
        current: Ref,
    ) -> Result<Option<(Ref, Ref)>, Abort> {
        let current = if self.out.ty(current) == Ty::Any { self.typed(now, slot)? } else { current };
        if current == initial { Ok(None) } else { Err(self.abort(Reason::TypeUnstable)) }
    }

    /// The value at the end of a round as the phi's type has it.
    fn convert(&mut self, now: &Now<'_>, slot: Slot, current: Ref, ty: Ty) -> Result<Ref, Abort> {
        if ty == Ty::Any {
            return Ok(self.out.boxed(current));
        }
        let current = if self.out.ty(current) == Ty::Any { self.typed(now, slot)? } else { current };
        if self.out.ty(current) == ty { Ok(current) } else { Err(self.abort(Reason::TypeUnstable)) }
    }

    /// What each round begins with: a look at whether something is pending.
    fn begin_loop(&mut self, vm: &Vm, carried: &[(Slot, Ref)]) {
        let pc = self.out.trace.pc;
        self.out.begin(pc, 0);
        let head = self.out.push(Section::Loop, Op::Loop, &[], SnapshotId::NONE);
        // Parameters are not in memory, whether they change or not.
        let kept =
            self.slots.all().filter(|(_, state)| state.changed && state.phi.is_some() && state.phi == state.current);
        let kept = kept.filter_map(|(slot, state)| Some((slot, state.phi?)));
        let kept = kept.filter(|&(slot, _)| self.start_frames.is_live(vm, slot));
        let mut entries: Vec<_> = carried.iter().copied().chain(kept).map(|(slot, phi)| (slot, phi.into())).collect();
        entries.sort_unstable_by_key(|entry| entry.0);
        let snapshots = &mut self.out.trace.snapshots;
        snapshots.push(Snapshot { pc, base: 0, entries });
        let snapshot = SnapshotId(snapshots.len() as u32 - 1);
        self.snapshots.note(self.start_frames.clone());
        self.out.push(Section::Head, Op::Poll, &[], snapshot);
        // The same state says what a side trace has to bring along that goes straight to the head.
        self.out.trace.insts[head.inst_index().expect("it has just been made")].snapshot = snapshot;
    }

    /// Puts the trace together.
    pub(super) fn complete(&mut self, carried: &[(Slot, Ref)]) {
        if self.room > self.known_room {
            let room = Ref(self.room as u32);
            self.out.push(Section::Preamble, Op::GuardStack, &[room], AT_ENTRY);
        }
        if self.polls {
            self.out.push(Section::Preamble, Op::Poll, &[], AT_ENTRY);
        }
        let mut replacement = FxHashMap::default();
        for (_, state) in self.slots.all() {
            if let (Some(phi), Some(initial)) = (state.phi, state.initial)
                && !carried.iter().any(|&(_, other)| other == phi)
            {
                replacement.insert(phi, initial);
            }
        }
        if self.out.trace.link == Link::Loop && !self.changes_arrays {
            self.guard_arrays_once(&replacement);
        }
        let empty = Trace::new(0, Start::Root, self.out.trace.pc);
        let out = std::mem::replace(&mut self.out, Emitter::new(empty));
        self.finished = Some(out.finish(&replacement));
    }

    /// Guards of arrays that the loop neither replaces nor changes the storage of hold in all rounds.
    fn guard_arrays_once(&mut self, replacement: &FxHashMap<Ref, Ref>) {
        for index in 0..self.out.len() {
            let inst = self.out.trace.insts[index];
            if inst.op.effect() == Effect::GuardHeader
                && let Some(initial) = replacement.get(&inst.a).and_then(|initial| initial.inst_index())
                && self.out.section(initial) == Section::Preamble
            {
                self.out.move_to_preamble(index);
            }
        }
    }
}
