//! `throw`, and instructions that throw, where a frame that the trace knows catches it.
//!
//! The way from there to the handler is no code: frames are dropped, a register gets a value. That value is the object that the
//! program throws, or the error that the instruction throws each time that its operands are like this. The latter is made by a builtin
//! which does the instruction's operation again for the error's sake. If there is none this time, the trace is left in the state
//! before the instruction.
//!
//! Only a builtin may surprise the recorder, after its call has been recorded: then the call is taken back.
//!
//! Not yet: what a `finally` catches, since the calls that are open then are noted for the message that may come of it.

use pseudo_snapshots::Slot;
use pseudo_vm::builtins;
use pseudo_vm::bytecode::liveness::for_each_use;
use pseudo_vm::bytecode::proto::CatchRange;
use pseudo_vm::jit::{FrameView, Position};
use pseudo_vm::ops::thrown::{THROWN_AT, THROWN_BY, is_done_again, may_be_repeated};
use pseudo_vm::value::Value;
use pseudo_vm::vm::Vm;

use super::aborts::{Abort, Reason};
use super::{Now, Pending, Recorder};
use crate::ir::ops::Op;
use crate::ir::types::{Const, Ref};

/// What an instruction is about to throw.
#[derive(Clone, Debug)]
pub(super) enum Thrown {
    /// This value of the program.
    Value(Ref),
    /// An error, because of these operands.
    Error(Vec<Ref>),
}

impl Recorder {
    /// Goes on after the instruction at `at` has thrown, where that is caught. `None`: nowhere.
    ///
    /// # Errors
    ///
    /// If recording has to be given up.
    pub fn threw(&mut self, vm: &Vm, at: Position, caught: Option<Position>) -> Result<(), Abort> {
        let (Some(now), Some(caught)) = (self.now(vm, at), caught) else { return Err(self.abort(Reason::Throws)) };
        let (depth, handler) = self.handler(&now, caught).ok_or_else(|| self.abort(Reason::Throws))?;
        let value = match self.pending.take() {
            Some(Pending::Throws(Thrown::Value(value))) => value,
            Some(Pending::Throws(Thrown::Error(operands))) => self.thrown_error(&now, &operands)?,
            None => self.error_of_builtin(&now)?,
            Some(_) => return Err(self.abort(Reason::Lost)),
        };
        while self.frames.len() > depth + 1 {
            self.slots.forget_from(self.frames.top().base - 2);
            self.frames.pop();
        }
        let register = Slot::Stack(self.frames.top().base + handler.register as i32);
        self.slots.set(register, value);
        self.frames.top_mut().at = handler.target;
        Ok(())
    }

    /// The instruction that was shown last, if the interpreter is still there.
    fn now<'vm>(&self, vm: &'vm Vm, at: Position) -> Option<Now<'vm>> {
        let frame = FrameView::new(vm, at);
        let proto = frame.proto();
        let index = proto.index_of(at.pc);
        let top = self.frames.top();
        let same = (top.base as isize, top.function, top.at) == (self.offset_of(at.base), proto.id, index);
        same.then(|| Now { vm, frame, proto, at: index, word: proto.word(index) })
    }

    /// The frame that catches, by its number, and how; if it is one of the frames that are known.
    fn handler<'vm>(&self, now: &Now<'vm>, caught: Position) -> Option<(usize, &'vm CatchRange)> {
        let base = self.offset_of(caught.base);
        let depth = self.frames.all().iter().position(|frame| frame.base as isize == base)?;
        let handler = self.handler_in(now.vm, depth)?;
        debug_assert_eq!(now.vm.proto(self.frames.all()[depth].function).index_of(caught.pc), handler.target);
        (!handler.finally).then_some((depth, handler))
    }

    /// Where the frame of a number goes on when the instruction that it is at throws.
    fn handler_in<'vm>(&self, vm: &'vm Vm, depth: usize) -> Option<&'vm CatchRange> {
        let frame = &self.frames.all()[depth];
        let is_top = depth + 1 == self.frames.len();
        vm.proto(frame.function).handler_at(if is_top { frame.at } else { frame.at - 1 })
    }

    /// Whether what the running instruction throws is caught by a `catch` of a known frame.
    fn is_caught(&self, vm: &Vm) -> bool {
        let handler = (0..self.frames.len()).rev().find_map(|depth| self.handler_in(vm, depth));
        handler.is_some_and(|handler| !handler.finally)
    }

    /// Makes ready for an instruction to throw, which the recorder has found out before it ran.
    pub(super) fn expect_error(&mut self, now: &Now<'_>, found: Abort) -> Result<(), Abort> {
        if !is_done_again(now.word.op()) || !self.is_caught(now.vm) {
            return Err(found);
        }
        let mut registers = Vec::new();
        for_each_use(now.proto, now.word, |register| registers.push(register));
        let operands: Result<_, Abort> = registers.iter().map(|&register| self.read_register(now, register)).collect();
        self.pending = Some(Pending::Throws(Thrown::Error(operands?)));
        Ok(())
    }

    /// `throw`: an error gets the line that it is first thrown in.
    pub(super) fn record_throw(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        if !self.is_caught(now.vm) {
            return Err(self.abort(Reason::Throws));
        }
        let thrown = self.operand(now, now.word.a())?;
        if let Some(actual) = thrown.actual.as_instance() {
            // The shape tells that it is an error, or is none.
            self.instance(now, thrown.value, actual);
            if let Some(slots) = now.vm.error_slots(actual) {
                let slot = slots.line.ok_or_else(|| self.abort_at(Reason::NotYet, "an error without a line"))?;
                let has_line = self.load_field(now, thrown.value, actual, slot)?;
                if actual.field_at(slot).is_none_or(Value::is_nil) {
                    self.guard(now, Op::GuardNil, &[has_line]);
                    let line = self.line(now)?;
                    self.write_field(now, thrown.value, actual, slot, line)?;
                } else {
                    // Thrown before, or given a line by the program.
                    self.guard(now, Op::GuardTruthy, &[has_line]);
                }
            }
        } else {
            self.told_apart(now, now.word.a())?;
        }
        let value = self.read_register(now, now.word.a())?;
        self.pending = Some(Pending::Throws(Thrown::Value(value)));
        Ok(())
    }

    /// The `init` of errors, of an error that it finds in its first argument.
    pub(super) fn record_init_error(
        &mut self,
        now: &Now<'_>,
        first: usize,
        count: usize,
    ) -> Result<Option<Ref>, Abort> {
        let error = now.register(first).as_instance();
        let Some((actual, slots)) = error.and_then(|error| Some((error, now.vm.error_slots(error)?))) else {
            return Ok(None);
        };
        let fields: Vec<Option<u32>> = [slots.message, slots.kind].into_iter().take(count - 1).collect();
        if count > 3 || fields.contains(&None) {
            return Ok(None);
        }
        let error = self.read_register(now, first)?;
        let values = self.arguments(now, first + 1, count - 1)?;
        for (slot, value) in fields.into_iter().flatten().zip(values) {
            self.write_field(now, error, actual, slot, value)?;
        }
        Ok(Some(self.out.trace.constant(Const::Nil)))
    }

    /// The line that an error of the running instruction gets: functions of the prelude have none that anybody sees.
    fn line(&mut self, now: &Now<'_>) -> Result<Ref, Abort> {
        let top = self.frames.len() - 1;
        for (depth, frame) in self.frames.all().iter().enumerate().rev() {
            let proto = now.vm.proto(frame.function);
            if !proto.hidden {
                let line = proto.line(if depth == top { frame.at } else { frame.at - 1 });
                return Ok(self.out.trace.int(line.into()));
            }
        }
        Err(self.abort(Reason::Lost))
    }

    fn thrown_error(&mut self, now: &Now<'_>, operands: &[Ref]) -> Result<Ref, Abort> {
        let line = self.line(now)?;
        let pc = self.frames.pc();
        let (function, at) = (self.out.trace.int(pc.function.into()), self.out.trace.int(pc.at.into()));
        let arguments: Vec<Ref> = [function, at, line].iter().chain(operands).copied().collect();
        self.call_of_name(now, THROWN_AT, &arguments)
    }

    /// Takes the call of a builtin back that has thrown, and has the builtin called for its error.
    fn error_of_builtin(&mut self, now: &Now<'_>) -> Result<Ref, Abort> {
        let call = self.last_call.take().ok_or_else(|| self.abort(Reason::Throws))?;
        let inst = self.out.trace.insts[call];
        let (index, first, count) = (inst.a.0, inst.b.0 as usize, inst.c.0 as usize);
        let info = builtins::info(index as u16).filter(|info| may_be_repeated(info));
        if info.is_none() || !self.take_back_call(call) {
            return Err(self.abort(Reason::Throws));
        }
        let passed = self.out.trace.args[first..first + count].to_vec();
        let (builtin, line) = (self.out.trace.int(index.into()), self.line(now)?);
        let arguments: Vec<Ref> = [builtin, line].into_iter().chain(passed).collect();
        self.call_of_name(now, THROWN_BY, &arguments)
    }

    /// Takes the call of a builtin back that the running instruction has recorded, and what it has recorded after it. False if that
    /// cannot be.
    pub(super) fn take_back_call(&mut self, call: usize) -> bool {
        if !self.out.take_back(call) {
            return false;
        }
        self.slots.take_back(call);
        let stays = |value: &Ref| value.inst_index().is_none_or(|index| index < call);
        self.receivers.retain(stays);
        self.bound.retain(|value, _| stays(value));
        true
    }

    /// How far an address on the register stack lies from register 0 of the frame that the trace was entered with, in words.
    pub(super) fn offset_of(&self, base: *mut Value) -> isize {
        (base as usize).wrapping_sub(self.entry_base) as isize / size_of::<Value>() as isize
    }
}
