//! Calls of functions that have a trace of their own, and returns to them: in native frames.
//!
//! A trace ends with such a call. What follows the call is recorded from the exit behind it, as a side trace: in between
//! anything may have happened, and no register is kept. The callee's parameters are values in registers, not in memory,
//! so that its snapshots name them all.

use pseudo_snapshots::{Pc, Slot, Snapshot};
use pseudo_vm::bytecode::ops::Op as Bytecode;
use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::jit::function_of;
use pseudo_vm::value::Value;

use super::aborts::{Abort, Reason};
use super::frames::Frame;
use super::natives::Wish;
use super::slots::{SlotState, type_of};
use super::{Kind, Now, Params, Recorder};
use crate::ir::trace::{Link, SnapshotId};
use crate::ir::types::{Const, Ref, Ty};

/// What of the limits of a trace may be used up where another level of a function is begun: this part.
const SHARE_OF_LEVELS: usize = 8;

/// Closures of one function that run at a time, from which on they are taken for one that calls itself.
pub const CLOSURES: usize = 4;

/// A call that is about to be recorded.
pub(super) struct NativeCall<'a> {
    /// What is called.
    pub function: &'a Proto,
    /// The closure.
    pub closure: Ref,
    /// The parameters.
    pub parameters: &'a [Ref],
    /// The first argument's register.
    pub first: usize,
}

impl Recorder {
    /// The function whose entry this root trace begins at.
    pub(super) fn own_function(&self) -> Option<u32> {
        let Pc { function, at } = self.out.trace.pc;
        (at == 0 && matches!(self.kind, Kind::Root { .. })).then_some(function)
    }

    /// Takes the parameters of the function whose trace this is from where its callers pass them.
    pub(super) fn take_parameters(&mut self) {
        let Some(native) = self.native.and_then(|function| self.natives.get(function)) else { return };
        for (index, ty) in native.params.clone().into_iter().enumerate() {
            let slot = Slot::Stack(index as i32);
            let value = self.out.inherit(index, ty);
            let phi = self.out.phi(ty);
            let state = SlotState {
                initial: Some(value),
                phi: Some(phi),
                current: Some(phi),
                changed: true,
                ..SlotState::default()
            };
            *self.slots.state(slot) = state;
            self.out.trace.snapshots[0].entries.push((slot, value.into()));
        }
    }

    /// Whether a function is called natively; an abort if it should be, and has no trace yet.
    ///
    /// The function is called from a register.
    pub(super) fn calls_natively(
        &mut self,
        now: &Now<'_>,
        register: usize,
        function: &Proto,
        base: i32,
    ) -> Result<bool, Abort> {
        let id = function.id;
        let known = self.natives.get(id);
        let helps = function.hidden && function.loops.is_empty();
        if !self.natives.enabled || helps || base < 2 || known.is_some_and(|native| native.failed) {
            return Ok(false);
        }
        let own = self.own_function() == Some(id);
        let has_trace = own || known.is_some_and(|native| native.root.is_some());
        let open = self.is_open(now, now.register(register), id);
        let recursive = own || open || known.is_some_and(|native| native.recursive);
        // Where a function is called natively, its loops' side traces return to native frames only.
        let natively =
            self.native.is_some() || known.is_some_and(|native| native.wanted) || self.natives.called.contains(&id);
        let loops = natively && !function.loops.is_empty() || self.shares_with_calls(function);
        if recursive && has_trace && !loops && self.unrolls(id) {
            return Ok(false);
        }
        if (recursive || loops) && has_trace {
            return Ok(true);
        }
        if loops || (open && !self.calls_through_own(id)) {
            self.wish = Some(Wish::Root { function: id, recursive: open });
            return Err(self.abort(Reason::NeedsTrace));
        }
        Ok(false)
    }

    /// Whether a function is running that is about to be called. Another closure of the same code may well be, where closures
    /// stand behind one another; that is taken for recursion only if there are many.
    fn is_open(&self, now: &Now<'_>, callee: Value, function: u32) -> bool {
        let count = self.frames.count_of(function);
        if count == 0 || count >= CLOSURES || function_of(now.vm, callee).is_none() {
            return count > 0;
        }
        let frames = std::iter::successors(Some(now.frame), |frame| frame.caller().map(|caller| caller.frame));
        frames.take(self.frames.len()).any(|frame| frame.closure_value() == callee)
    }

    /// Whether this is a trace with very many others beside it, and a function that it calls has calls in turn: inlined, that
    /// would multiply them.
    fn shares_with_calls(&self, function: &Proto) -> bool {
        let calls = self.rejoin.as_ref().is_some_and(|rejoin| rejoin.calls);
        calls && (0..function.len()).any(|at| matches!(function.word(at).op(), Bytecode::Call | Bytecode::CallMethod))
    }

    /// Whether a function's root trace is recorded anew in a call of itself. What returns before it calls is best at the root: it
    /// needs no frame, and tells what the function gives.
    fn dives(&self, function: u32) -> bool {
        self.params.dives && self.own_function() == Some(function)
    }

    /// Whether a function that is open has come to be called again through the one in whose native frame the trace runs: as
    /// often as that has levels, then.
    fn calls_through_own(&self, function: u32) -> bool {
        self.native.is_some_and(|native| native != function && self.frames.has_between(function, native))
    }

    /// Whether a call is inlined though the function calls itself: several levels of the one in whose native frame the trace
    /// runs are in one trace, so that they share what each call costs. Not before it is known what it gives.
    fn unrolls(&self, function: u32) -> bool {
        let Params { levels, maxdepth, maxrecord, maxtrace, maxsnap, .. } = self.params;
        let (insts, snapshots) = (self.out.len(), self.out.trace.snapshots.len());
        self.native == Some(function)
            && !self.dives(function)
            && self.natives.result(function).is_some()
            && self.frames.count_of(function) < levels
            && self.frames.len() < maxdepth / 2
            && self.recorded < maxrecord / SHARE_OF_LEVELS
            && insts < maxtrace / SHARE_OF_LEVELS
            && snapshots < maxsnap / SHARE_OF_LEVELS
    }

    /// A value as it is passed, or given back. None if it is of another type, or of a type that is not known.
    fn fitting(&mut self, now: &Now<'_>, value: Ref, actual: Option<Value>, ty: Ty) -> Option<Ref> {
        if ty == Ty::Any {
            return Some(self.out.boxed(value));
        }
        if self.out.ty(value) == Ty::Any && !value.is_const() {
            let actual = actual.filter(|&actual| type_of(actual) == ty)?;
            return Some(self.unbox(now, value, actual));
        }
        (self.out.ty(value) == ty).then_some(value)
    }

    fn arguments_of(&mut self, now: &Now<'_>, call: &NativeCall<'_>) -> Result<Vec<Ref>, Abort> {
        let id = call.function.id;
        let params = self.natives.get(id).map_or_else(Vec::new, |native| native.params.clone());
        if params.len() != call.parameters.len() {
            return Err(self.abort(Reason::Lost));
        }
        let mut arguments = Vec::with_capacity(params.len());
        for (index, (&value, ty)) in call.parameters.iter().zip(params).enumerate() {
            let Some(value) = self.fitting(now, value, Some(now.register(call.first + index)), ty) else {
                self.wish = Some(Wish::Param(id, index));
                return Err(self.abort(Reason::Widens));
            };
            arguments.push(value);
        }
        Ok(arguments)
    }

    /// A call whose frame lies at `base`, above the running one.
    pub(super) fn call_natively(&mut self, now: &Now<'_>, call: &NativeCall<'_>, base: i32) -> Result<(), Abort> {
        if self.dives(call.function.id) {
            self.dive = true;
            return Ok(());
        }
        let arguments = self.arguments_of(now, call)?;
        let back = Pc { at: now.at as u32 + 1, ..self.frames.pc() };
        let return_address = self.out.trace.constant(Const::Pc(back));
        self.write(now, Slot::Stack(base - 2), return_address);
        self.frames.top_mut().at = now.at + 1;
        self.end_with_call(now, call, &arguments, base);
        Ok(())
    }

    /// A call in place of the running frame, which was inlined.
    pub(super) fn tail_call_natively(&mut self, now: &Now<'_>, call: &NativeCall<'_>) -> Result<(), Abort> {
        let arguments = self.arguments_of(now, call)?;
        let base = self.frames.top().base;
        self.frames.pop();
        self.end_with_call(now, call, &arguments, base);
        Ok(())
    }

    fn end_with_call(&mut self, now: &Now<'_>, call: &NativeCall<'_>, arguments: &[Ref], base: i32) {
        let NativeCall { function, closure, parameters, .. } = *call;
        self.recursive = true;
        // Each use of a function that calls others looks once at whether something is pending: at the trace's entry, where
        // little is alive. In what follows a call there is no need.
        self.polls = !self.after_call;
        // The same for all calls of a function from its frame, so that it is made sure of once.
        let own = self.native.map_or(0, |own| now.vm.proto(own).frame_size as i32 + 2);
        self.room = self.room.max(base.max(own) + function.frame_size as i32);
        self.frames.push(Frame { function: function.id, base, at: 0 });
        // The callee's registers are its own affair; its closure is in memory, or known to who looks for it.
        let state = self.capture_where(now.vm, |slot| match slot {
            Slot::Stack(offset) => offset < base - 1,
            Slot::Global(_) => true,
            Slot::Object(..) | Slot::Field(..) => false,
        });
        let guess = || parameters.first().and(arguments.first()).map_or(Ty::Any, |&first| self.out.ty(first));
        let agreed = self.natives.result(function.id).unwrap_or_else(guess);
        let ty = if matches!(agreed, Ty::Int | Ty::Float) { agreed } else { Ty::Any };
        let callee = match self.natives.home(function.id) {
            Some(_) => self.out.trace.constant(Const::Proto(function.id)),
            None => closure,
        };
        let result = self.out.call(ty, callee, arguments, state);
        self.frames.pop();
        self.slots.forget_from(base - 1);
        self.slots.set(Slot::Stack(base - 2), result);
        let end = self.capture_where(now.vm, |slot| matches!(slot, Slot::Stack(_)));
        self.out.trace.end = Some(end);
        self.out.trace.link = Link::Interpreter;
        self.complete(&[]);
    }

    /// Takes a snapshot of some of the slots.
    fn capture_where(&mut self, vm: &pseudo_vm::vm::Vm, keep: impl Fn(Slot) -> bool) -> SnapshotId {
        let id = self.capture(vm);
        self.out.trace.snapshots[id.0 as usize].entries.retain(|&(slot, _)| keep(slot));
        id
    }

    /// Whether the running frame is the one that is native.
    pub(super) fn is_in_native_frame(&self) -> bool {
        self.native.is_some() && self.frames.len() == 1 && self.frames.top().base == 0 && self.returns == 0
    }

    /// A return from the native frame. `actual` is the value now, if it is in a register.
    pub(super) fn return_natively(&mut self, now: &Now<'_>, value: Ref, actual: Option<Value>) -> Result<(), Abort> {
        let function = self.native.ok_or_else(|| self.abort(Reason::Lost))?;
        if self.own_function().is_some() && !self.recursive {
            return Err(self.abort(Reason::NotRecursive));
        }
        let actual_ty = match self.out.ty(value) {
            Ty::Any => actual.map_or(Ty::Any, super::natives::passed_as),
            ty => ty,
        };
        let unknown = if matches!(actual_ty, Ty::Int | Ty::Float) { actual_ty } else { Ty::Any };
        let ty = self.natives.result(function).unwrap_or(unknown);
        let Some(value) = self.fitting(now, value, actual, ty) else {
            self.wish = Some(Wish::Result(function));
            return Err(self.abort(Reason::Widens));
        };
        let globals = self.slots.changed().filter(|(slot, _)| matches!(slot, Slot::Global(_)));
        let result = (Slot::Stack(self.frames.top().base - 2), value);
        let entries = std::iter::once(result).chain(globals).map(|(slot, value)| (slot, value.into())).collect();
        let snapshot = Snapshot { pc: self.frames.pc(), base: self.frames.top().base, entries };
        self.out.trace.snapshots.push(snapshot);
        self.snapshots.note(self.frames.clone());
        self.out.trace.end = Some(SnapshotId(self.out.trace.snapshots.len() as u32 - 1));
        self.out.trace.link = Link::Return;
        self.complete(&[]);
        Ok(())
    }

    /// A function that is about to take the native frame's place: one with loops needs a trace of its own, since what follows
    /// from these loops returns to who has called the function that this trace is of.
    pub(super) fn replaces_native_frame(&mut self, function: &Proto) -> Result<(), Abort> {
        let is_fit = |native: &super::natives::Native| native.root.is_some() || native.failed;
        let needs = !function.loops.is_empty() && self.own_function() != Some(function.id);
        if self.is_in_native_frame() && needs && !self.natives.get(function.id).is_some_and(is_fit) {
            self.wish = Some(Wish::Root { function: function.id, recursive: false });
            return Err(self.abort(Reason::NeedsTrace));
        }
        Ok(())
    }

    /// Whether a function gives its result as another does, or may from now on. Where one with loops does not, both are to give
    /// it boxed.
    fn gives_the_same(&mut self, function: &Proto, other: u32) -> Result<bool, Abort> {
        let has_loops = !function.loops.is_empty();
        match (self.natives.result(function.id), self.natives.result(other)) {
            (Some(ty), Some(expected)) if ty == expected => Ok(true),
            (Some(ty), Some(_)) if has_loops => {
                self.wish = Some(Wish::Result(if ty == Ty::Any { other } else { function.id }));
                Err(self.abort(Reason::Widens))
            }
            (Some(_), Some(_)) => Ok(false),
            // Whichever is agreed on first will be for both.
            (None, _) | (_, None) => Ok(has_loops),
        }
    }

    /// The entry of a function that has taken the native frame's place is reached: goes on with its trace, if it has one
    /// that gives the same.
    pub(super) fn continue_with_function(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let function = self.frames.top().function;
        let (Some(own), Some(number)) = (self.native, self.natives.root(function)) else { return Ok(()) };
        if !self.is_in_native_frame() || (function != own && !self.gives_the_same(now.proto, own)?) {
            return Ok(());
        }
        if let Kind::Side { root: Some(root), .. } = &self.kind
            && root.trace == number
        {
            let root = root.clone();
            if self.provide(now, &root)? {
                self.end(now, Link::Root(number));
                return Ok(());
            }
        }
        let params = self.natives.get(function).map_or_else(Vec::new, |native| native.params.clone());
        for (index, ty) in params.into_iter().enumerate() {
            let slot = self.frames.slot(index);
            let value = self.read(now, slot)?;
            let Some(value) = self.fitting(now, value, Some(now.register(index)), ty) else {
                self.wish = Some(Wish::Param(function, index));
                return Err(self.abort(Reason::Widens));
            };
            self.slots.set(slot, value);
            self.slots.begin();
        }
        self.end(now, Link::Trace(number));
        Ok(())
    }
}
