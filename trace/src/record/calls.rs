//! Calls, which are inlined, and returns, also to frames below the one that a trace began in.

use std::mem::offset_of;

use pseudo_snapshots::{Pc, Slot};
use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::faults::{self, Fault};
use pseudo_vm::heap::class::ClassRef;
use pseudo_vm::heap::object::Bound;
use pseudo_vm::heap::shape::BOUND_SHAPE;
use pseudo_vm::jit::{FRAME_LINK, function_of};
use pseudo_vm::value::Value;

use super::aborts::{Abort, Reason};
use super::construct::Construction;
use super::frames::Frame;
use super::native::NativeCall;
use super::{Kind, Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::trace::Link;
use crate::ir::types::{Const, Ref, Ty};

/// What a call runs.
enum Callee<'vm> {
    /// A function of the program, the closure's value in the trace, and the receiver of a bound method.
    Function(&'vm Proto, Ref, Option<Ref>),
    /// The builtin of this index, and the receiver of a bound one.
    Builtin(u16, Option<Ref>),
    /// The class, and its value in the trace.
    Class(ClassRef, Ref),
}

/// Where a frame returns to.
#[derive(Clone, Copy)]
enum WayBack {
    /// To the frame below, which the trace knows.
    Known,
    /// From the native frame.
    Native,
    /// To a frame below those that the trace was entered with.
    Below(Frame),
}

impl Recorder {
    /// What is called, guarded to be just that: any closure of the same function will do.
    fn callee<'vm>(&mut self, now: &Now<'vm>, register: usize) -> Result<Callee<'vm>, Abort> {
        let actual = now.register(register);
        let value = self.read_register(now, register)?;
        if let Some(function) = function_of(now.vm, actual)
            && self.functions.get(&value) == Some(&function.id)
        {
            return Ok(Callee::Function(function, value, None));
        }
        let callee = self.typed_register(now, register)?;
        if let Some(index) = actual.as_builtin() {
            return Ok(Callee::Builtin(index, None));
        }
        if let Some(class) = actual.as_class() {
            return Ok(Callee::Class(class, callee));
        }
        if let Some((_, method_now)) = actual.as_bound() {
            return self.bound_callee(now, callee, method_now);
        }
        let function = function_of(now.vm, actual).ok_or_else(|| self.abort(Reason::Throws))?;
        self.guard_function(now, function, callee);
        Ok(Callee::Function(function, callee, None))
    }

    /// Guards that a closure is one of a function.
    fn guard_function(&mut self, now: &Now<'_>, function: &Proto, closure: Ref) {
        // A method of an instance of a known shape is known.
        let is_known = faults::on(Fault::RecordCallee);
        if !is_known && self.out.trace.def(closure).is_none_or(|closure| closure.op != Op::Method) {
            let constant = self.out.trace.constant(Const::Proto(function.id));
            self.guard(now, Op::GuardProto, &[closure, constant]);
        }
    }

    /// A bound method as a callee. One that the trace has made itself is never looked at.
    fn bound_callee<'vm>(&mut self, now: &Now<'vm>, bound: Ref, method_now: Value) -> Result<Callee<'vm>, Abort> {
        let (receiver, method) = match self.bound.get(&bound) {
            Some(&known) => known,
            None => {
                let object = self.guard(now, Op::GuardShape, &[bound, Ref(BOUND_SHAPE)]);
                let mut field = |offset: usize| self.out.emit(Op::LoadField, &[object, Ref(offset as u32)]);
                (field(offset_of!(Bound, receiver)), field(offset_of!(Bound, method)))
            }
        };
        let method = if self.out.ty(method) == Ty::Any { self.unbox(now, method, method_now) } else { method };
        if let Some(index) = method_now.as_builtin() {
            return Ok(Callee::Builtin(index, Some(receiver)));
        }
        let function = function_of(now.vm, method_now).ok_or_else(|| self.abort(Reason::Lost))?;
        self.guard_function(now, function, method);
        Ok(Callee::Function(function, method, Some(receiver)))
    }

    /// The arguments in registers from `first` on, behind the receiver if there is one.
    fn all_arguments(
        &mut self,
        now: &Now<'_>,
        receiver: Option<Ref>,
        first: usize,
        count: usize,
    ) -> Result<Vec<Ref>, Abort> {
        let mut arguments: Vec<Ref> = receiver.into_iter().collect();
        arguments.extend(self.arguments(now, first, count)?);
        Ok(arguments)
    }

    /// A call of a builtin, which may be bound to a receiver.
    fn call_of_builtin(
        &mut self,
        now: &Now<'_>,
        index: u16,
        receiver: Option<Ref>,
        first: usize,
        count: usize,
    ) -> Result<Ref, Abort> {
        let window = now.word.a();
        if receiver.is_none() {
            return self.call_builtin(now, index, first, count, window);
        }
        let arguments = self.all_arguments(now, receiver, first, count)?;
        let result = self.call_of_index(now, index, &arguments)?;
        self.write_register(now, window, result);
        Ok(result)
    }

    /// A call whose window begins at register `a`, its arguments `skip` registers behind where they usually begin.
    pub(super) fn record_call(&mut self, now: &Now<'_>, count: usize, skip: usize) -> Result<(), Abort> {
        let window = now.word.a();
        let first = window + FRAME_LINK + skip;
        match self.callee(now, window + 1)? {
            Callee::Builtin(index, receiver) => self.call_of_builtin(now, index, receiver, first, count).map(|_| ()),
            Callee::Function(function, closure, receiver) => {
                let base = self.frames.top().base + (window + FRAME_LINK) as i32;
                let arguments = self.all_arguments(now, receiver, first, count)?;
                let parameters = self.parameters(function, &arguments)?;
                if self.calls_natively(now, window + 1, function, base)? {
                    let call = NativeCall { function, closure, parameters: &parameters, first };
                    return self.call_natively(now, &call, base);
                }
                self.enter_call(now, function, closure, base, &parameters)
            }
            Callee::Class(class, value) => match self.construct(now, value, class, first, count)? {
                Construction::Done(instance) => {
                    self.write_register(now, window, instance);
                    Ok(())
                }
                Construction::Call(function, closure, parameters) => {
                    let base = self.frames.top().base + (window + FRAME_LINK) as i32;
                    self.enter_call(now, function, closure, base, &parameters)
                }
            },
        }
    }

    /// Enters a function whose frame lies at `base`, above the running one.
    pub(super) fn enter_call(
        &mut self,
        now: &Now<'_>,
        function: &Proto,
        closure: Ref,
        base: i32,
        parameters: &[Ref],
    ) -> Result<(), Abort> {
        if self.frames.len() > self.params.maxdepth {
            return Err(self.abort(Reason::CallDepth));
        }
        if self.frames.count_of(function.id) >= self.params.maxrecursion {
            return Err(self.abort(Reason::Recursion));
        }
        let at = self.frames.top().at + 1;
        let back = Pc { at: at as u32, ..self.frames.pc() };
        let return_address = self.out.trace.constant(Const::Pc(back));
        self.write(now, Slot::Stack(base - 2), return_address);
        self.write(now, Slot::Stack(base - 1), closure);
        self.frames.top_mut().at = at;
        self.enter(now, function, base, parameters);
        self.frames.push(Frame { function: function.id, base, at: 0 });
        Ok(())
    }

    /// A call of a method that has been looked up. Without a receiver it is a function in a field or static.
    pub(super) fn record_method_call(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let skip = now.register(now.word.a() + FRAME_LINK).is_undef() as usize;
        self.guard_receiver(now)?;
        self.record_call(now, now.word.b() + 1 - skip, skip)
    }

    /// The same in place of the running frame.
    pub(super) fn record_tail_method_call(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let skip = now.register(now.word.a() + FRAME_LINK).is_undef() as usize;
        self.guard_receiver(now)?;
        self.record_tail_call(now, now.word.b() + 1 - skip, skip)
    }

    /// Guards that a call has a receiver, if that is not known. That it has none always is.
    fn guard_receiver(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let receiver = self.read_register(now, now.word.a() + FRAME_LINK)?;
        if self.out.ty(receiver) == Ty::Any && !receiver.is_const() && !self.receivers.contains(&receiver) {
            self.guard(now, Op::GuardDefined, &[receiver]);
        }
        Ok(())
    }

    pub(super) fn arguments(&mut self, now: &Now<'_>, first: usize, count: usize) -> Result<Vec<Ref>, Abort> {
        (first..first + count).map(|register| self.read_register(now, register)).collect()
    }

    /// Arguments as the code of a function expects them: undef for what was not passed, an array of what is left over.
    pub(super) fn parameters(&mut self, function: &Proto, arguments: &[Ref]) -> Result<Vec<Ref>, Abort> {
        let params = function.params as usize;
        if arguments.len() < function.required as usize || (arguments.len() > params && !function.rest) {
            return Err(self.abort(Reason::Throws));
        }
        let mut parameters = arguments[..arguments.len().min(params)].to_vec();
        let undef = self.out.trace.constant(Const::Undef);
        parameters.resize(params, undef);
        if function.rest {
            let mut rest: Vec<Ref> = arguments.iter().skip(params).map(|&argument| self.out.boxed(argument)).collect();
            if faults::on(Fault::RecordRest) {
                rest.reverse();
            }
            parameters.push(self.out.emit_with_arguments(Op::NewArray, Ref::NONE, &rest));
        }
        Ok(parameters)
    }

    /// Puts the parameters of a frame into place, and notes the room that it takes.
    fn enter(&mut self, now: &Now<'_>, function: &Proto, base: i32, parameters: &[Ref]) {
        for (offset, &parameter) in (base..).zip(parameters) {
            self.write(now, Slot::Stack(offset), parameter);
        }
        self.slots.forget_from(base + parameters.len() as i32);
        self.room = self.room.max(base + function.frame_size as i32);
    }

    pub(super) fn record_tail_call(&mut self, now: &Now<'_>, count: usize, skip: usize) -> Result<(), Abort> {
        let window = now.word.a();
        let first = window + FRAME_LINK + skip;
        if self.frames.len() == 1
            && let Kind::Root { extent: Some(_), .. } = self.kind
        {
            return Err(self.abort(Reason::LeftLoop));
        }
        match self.callee(now, window + 1)? {
            Callee::Builtin(index, receiver) => {
                // Its result is the frame's. The state between call and return is no instruction's.
                let Some(way) = self.way_back(now)? else { return Ok(()) };
                let result = self.call_of_builtin(now, index, receiver, first, count)?;
                self.go_back(now, way, result, None)
            }
            Callee::Function(function, closure, receiver) => {
                let arguments = self.all_arguments(now, receiver, first, count)?;
                let parameters = self.parameters(function, &arguments)?;
                if self.frames.len() > 1 && self.calls_natively(now, window + 1, function, self.frames.top().base)? {
                    let call = NativeCall { function, closure, parameters: &parameters, first };
                    return self.tail_call_natively(now, &call);
                }
                self.replaces_native_frame(function)?;
                self.replace_frame(now, function, closure, &parameters);
                Ok(())
            }
            Callee::Class(class, value) => match self.construct(now, value, class, first, count)? {
                Construction::Done(instance) => self.record_return(now, instance, None),
                Construction::Call(function, closure, parameters) => {
                    self.replace_frame(now, function, closure, &parameters);
                    Ok(())
                }
            },
        }
    }

    /// Enters a function in place of the running one.
    pub(super) fn replace_frame(&mut self, now: &Now<'_>, function: &Proto, closure: Ref, parameters: &[Ref]) {
        let base = self.frames.top().base;
        // Which of the closures runs makes no difference to a function that has a home.
        let is_closure = self.natives.home(function.id).is_none() && !faults::on(Fault::RecordTail);
        if self.frames.top().function != function.id || is_closure {
            self.write(now, Slot::Stack(base - 1), closure);
        }
        self.enter(now, function, base, parameters);
        self.frames.top_mut().function = function.id;
    }

    /// `actual` is the value now, if it is in a register.
    pub(super) fn record_return(&mut self, now: &Now<'_>, value: Ref, actual: Option<Value>) -> Result<(), Abort> {
        match self.way_back(now)? {
            Some(way) => self.go_back(now, way, value, actual),
            None => Ok(()),
        }
    }

    /// Where the running frame returns to, made sure of: nothing has been done yet of what the instruction does. None if the trace
    /// has ended in front of it.
    fn way_back(&mut self, now: &Now<'_>) -> Result<Option<WayBack>, Abort> {
        let base = self.frames.top().base;
        if self.frames.len() > 1 {
            return Ok(Some(WayBack::Known));
        }
        if let Kind::Root { extent: Some(_), .. } = self.kind {
            return Err(self.abort(Reason::LeftLoop));
        }
        if self.is_in_native_frame() {
            return Ok(Some(WayBack::Native));
        }
        let Some(caller) = now.frame.caller().filter(|_| self.returns < self.params.maxreturns) else {
            self.end(now, Link::Interpreter);
            return Ok(None);
        };
        let function = caller.frame.proto();
        let at = function.index_of(caller.return_address);
        let back = self.out.trace.constant(Const::Pc(Pc { function: function.id, at: at as u32 }));
        if !faults::on(Fault::RecordReturn) {
            self.guard(now, Op::GuardPc, &[Ref((FRAME_LINK as i32 - base) as u32), back]);
        }
        Ok(Some(WayBack::Below(Frame { function: function.id, base: base - 2 - caller.window as i32, at })))
    }

    /// Returns a value there.
    fn go_back(&mut self, now: &Now<'_>, way: WayBack, value: Ref, actual: Option<Value>) -> Result<(), Abort> {
        if let WayBack::Native = way {
            return self.return_natively(now, value, actual);
        }
        let base = self.frames.top().base;
        self.slots.forget_from(base - 1);
        self.slots.set(Slot::Stack(base - 2), value);
        match way {
            WayBack::Below(frame) => {
                self.returns += 1;
                *self.frames.top_mut() = frame;
            }
            WayBack::Known | WayBack::Native => self.frames.pop(),
        }
        Ok(())
    }

    pub(super) fn record_call_builtin(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let (first, index, count) = (now.word.a(), now.word.b() as u16, now.word.c());
        self.call_builtin(now, index, first, count, first).map(|_| ())
    }
}
