//! `throw`, and instructions that throw, where a frame that the trace knows catches it.
//!
//! The way from there to the handler is no code: frames are dropped, a register gets a value. That value is the object that the
//! program throws, or the error that the instruction throws each time that its operands are like this. The latter is made by a builtin
//! which does the instruction's operation again for the error's sake. If there is none this time, the trace is left in the state
//! before the instruction.
//!
//! Only a builtin may surprise the recorder, after its call has been recorded: then the call is taken back.
//!
//! The frame that catches may lie below those that the trace began in: guards of return addresses tell that it is there, as for
//! returns. A `finally` is gone through where a `catch` around it is known: if there is none, the interpreter notes the
//! calls that are open, for the message that may come of it.
//!
//! Not yet: what is caught below a native frame.

use pseudo_snapshots::Pc;
use pseudo_vm::builtins;
use pseudo_vm::bytecode::liveness::for_each_use;
use pseudo_vm::bytecode::proto::CatchRange;
use pseudo_vm::faults::{self, Fault};
use pseudo_vm::jit::{FRAME_LINK, FrameView, Position};
use pseudo_vm::ops::thrown::{THROWN_AT, THROWN_BY, is_done_again, may_be_repeated};
use pseudo_vm::value::Value;
use pseudo_vm::vm::Vm;

use super::aborts::{Abort, Reason};
use super::frames::Frame;
use super::{Kind, Now, Pending, Recorder};
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

/// Where what the running instruction throws is caught.
struct Landing<'vm> {
    /// The place to go on, and the register that gets what is thrown.
    handler: &'vm CatchRange,
    /// Frames to drop.
    dropped: usize,
    /// Where the lowest of them begins.
    bottom: Option<i32>,
    /// The frame to go on in.
    frame: Frame,
    /// Frames that return to some that the trace did not know of: their base, and where they return to. They reach down to a
    /// `catch`, beyond the frame to go on in if that has a `finally`.
    returns: Vec<(i32, Pc)>,
}

impl Recorder {
    /// Goes on after the instruction at `at` has thrown, where that is caught. `None`: nowhere.
    ///
    /// # Errors
    ///
    /// If recording has to be given up.
    pub fn threw(&mut self, vm: &Vm, at: Position, caught: Option<Position>) -> Result<(), Abort> {
        let (Some(now), Some(caught)) = (self.now(vm, at), caught) else { return Err(self.abort(Reason::Throws)) };
        let landing = self.landing(&now).ok_or_else(|| self.abort(Reason::Throws))?;
        debug_assert_eq!(landing.frame.base as isize, self.offset_of(caught.base));
        debug_assert_eq!(landing.frame.at, vm.proto(landing.frame.function).index_of(caught.pc));
        let value = match self.pending.take() {
            Some(Pending::Throws(Thrown::Value(value))) => value,
            Some(Pending::Throws(Thrown::Error(operands))) => self.thrown_error(&now, &landing, &operands)?,
            None => self.error_of_builtin(&now, &landing)?,
            Some(_) => return Err(self.abort(Reason::Lost)),
        };
        self.land(&landing, value);
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

    /// Where what the running instruction throws is caught; if a `catch` will have it in the end, in a frame that is known
    /// or that a trace can make sure of.
    fn landing<'vm>(&self, now: &Now<'vm>) -> Option<Landing<'vm>> {
        let (mut view, mut at, mut base) = (now.frame, now.at, self.frames.top().base);
        let mut bottom = None;
        let mut first: Option<Landing<'vm>> = None;
        let mut returns = Vec::new();
        for depth in 0.. {
            let proto = view.proto();
            let mut handlers = std::iter::successors(proto.handler_at(at), |handler| proto.handler_at(handler.target));
            if let Some(handler) = handlers.find(|handler| !(handler.finally && faults::on(Fault::RecordFinally))) {
                let frame = Frame { function: proto.id, base, at: handler.target };
                let landing = Landing { handler, dropped: depth, bottom, frame, returns: Vec::new() };
                let is_caught = !handler.finally || handlers.any(|handler| !handler.finally);
                let landing = first.get_or_insert(landing);
                if is_caught {
                    landing.returns = returns;
                    return first;
                }
            }
            let caller = view.caller()?;
            view = caller.frame;
            let back = view.proto().index_of(caller.return_address);
            if depth + 1 >= self.frames.len() {
                let leaves_loop = matches!(self.kind, Kind::Root { extent: Some(_), .. });
                if leaves_loop || self.native.is_some() || returns.len() == self.params.maxdepth {
                    return None;
                }
                returns.push((base, Pc { function: view.proto().id, at: back as u32 }));
            }
            at = back - 1;
            bottom = Some(base - FRAME_LINK as i32);
            base -= (FRAME_LINK + caller.window) as i32;
        }
        None
    }

    /// Makes sure that the frames are there which what is thrown passes. Nothing has been done yet of what the instruction does.
    fn guard_returns(&mut self, now: &Now<'_>, landing: &Landing<'_>) {
        for &(base, back) in &landing.returns {
            let back = self.out.trace.constant(Const::Pc(back));
            self.guard(now, Op::GuardPc, &[Ref((FRAME_LINK as i32 - base) as u32), back]);
        }
    }

    /// Goes on where a value is caught.
    fn land(&mut self, landing: &Landing<'_>, value: Ref) {
        for _ in 0..landing.dropped {
            if self.frames.len() > 1 {
                self.frames.pop();
            } else {
                self.returns += 1;
            }
        }
        *self.frames.top_mut() = landing.frame;
        if let Some(offset) = landing.bottom {
            self.slots.forget_from(offset);
        }
        self.slots.set(self.frames.slot(landing.handler.register as usize), value);
    }

    /// Makes ready for an instruction to throw, which the recorder has found out before it ran.
    pub(super) fn expect_error(&mut self, now: &Now<'_>, found: Abort) -> Result<(), Abort> {
        let Some(landing) = self.landing(now).filter(|_| is_done_again(now.word.op())) else { return Err(found) };
        self.guard_returns(now, &landing);
        let mut registers = Vec::new();
        for_each_use(now.proto, now.word, |register| registers.push(register));
        let operands: Result<_, Abort> = registers.iter().map(|&register| self.read_register(now, register)).collect();
        self.pending = Some(Pending::Throws(Thrown::Error(operands?)));
        Ok(())
    }

    /// `throw`: an error gets the line that it is first thrown in.
    pub(super) fn record_throw(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let landing = self.landing(now).ok_or_else(|| self.abort(Reason::Throws))?;
        self.guard_returns(now, &landing);
        let thrown = self.operand(now, now.word.a())?;
        if let Some(actual) = thrown.actual.as_instance() {
            // The shape tells that it is an error, or is none.
            self.instance(now, thrown.value, actual);
            if let Some(slots) = now.vm.error_slots(actual) {
                let slot = slots.line.ok_or_else(|| self.abort_at(Reason::NotYet, "an error without a line"))?;
                let has_line = self.load_field(now, thrown.value, actual, slot)?;
                if actual.field_at(slot).is_none_or(Value::is_nil) {
                    self.guard(now, Op::GuardNil, &[has_line]);
                    let line = self.line(now, &landing)?;
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
    fn line(&mut self, now: &Now<'_>, landing: &Landing<'_>) -> Result<Ref, Abort> {
        let (top, below) = self.frames.all().split_last().expect("there is always a running frame");
        let known = below.iter().rev().map(|frame| (frame.function, frame.at - 1));
        let passed = landing.returns.iter().map(|&(_, back)| (back.function, back.at as usize - 1));
        let line = std::iter::once((top.function, top.at)).chain(known).chain(passed).find_map(|(function, at)| {
            let proto = now.vm.proto(function);
            (!proto.hidden).then(|| proto.line(at))
        });
        let line = line.ok_or_else(|| self.abort(Reason::Lost))?;
        Ok(self.out.trace.int(line.into()))
    }

    fn thrown_error(&mut self, now: &Now<'_>, landing: &Landing<'_>, operands: &[Ref]) -> Result<Ref, Abort> {
        let line = self.line(now, landing)?;
        let pc = self.frames.pc();
        let (function, at) = (self.out.trace.int(pc.function.into()), self.out.trace.int(pc.at.into()));
        let arguments: Vec<Ref> = [function, at, line].iter().chain(operands).copied().collect();
        self.call_of_name(now, THROWN_AT, &arguments)
    }

    /// Takes the call of a builtin back that has thrown, and has the builtin called for its error.
    fn error_of_builtin(&mut self, now: &Now<'_>, landing: &Landing<'_>) -> Result<Ref, Abort> {
        let call = self.last_call.take().ok_or_else(|| self.abort(Reason::Throws))?;
        let inst = self.out.trace.insts[call];
        let (index, first, count) = (inst.a.0, inst.b.0 as usize, inst.c.0 as usize);
        let info = builtins::info(index as u16).filter(|info| may_be_repeated(info));
        if info.is_none() || !self.take_back_call(call) {
            return Err(self.abort(Reason::Throws));
        }
        let passed = self.out.trace.args[first..first + count].to_vec();
        self.guard_returns(now, landing);
        let (builtin, line) = (self.out.trace.int(index.into()), self.line(now, landing)?);
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
