//! Calls, which are inlined, and returns, also to frames below the one that a trace began in.

use pseudo_snapshots::{Pc, Slot};
use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::heap::class::ClassRef;
use pseudo_vm::jit::{FRAME_LINK, function_of};
use pseudo_vm::value::Value;

use super::aborts::{Abort, Reason};
use super::construct::Construction;
use super::emit::Section;
use super::frames::Frame;
use super::native::NativeCall;
use super::{Kind, Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::trace::Link;
use crate::ir::types::{Const, Ref, Ty};

/// What a call runs.
enum Callee<'vm> {
    /// A function of the program, and the closure's value in the trace.
    Function(&'vm Proto, Ref),
    /// The builtin of this index.
    Builtin(u16),
    /// The class, and its value in the trace.
    Class(ClassRef, Ref),
}

impl Recorder {
    /// What is called, guarded to be just that: any closure of the same function will do.
    fn callee<'vm>(&mut self, now: &Now<'vm>, register: usize) -> Result<Callee<'vm>, Abort> {
        let actual = now.register(register);
        let value = self.read_register(now, register)?;
        if let Some(function) = function_of(now.vm, actual)
            && self.functions.get(&value) == Some(&function.id)
        {
            return Ok(Callee::Function(function, value));
        }
        let callee = self.typed_register(now, register)?;
        if let Some(index) = actual.as_builtin() {
            return Ok(Callee::Builtin(index));
        }
        if let Some(class) = actual.as_class() {
            return Ok(Callee::Class(class, callee));
        }
        let Some(function) = function_of(now.vm, actual) else {
            return Err(if actual.as_bound().is_some() {
                self.abort_at(Reason::NotYet, "call of a bound method")
            } else {
                self.abort(Reason::Throws)
            });
        };
        // A method of an instance of a known shape is known.
        if self.out.trace.def(callee).is_none_or(|callee| callee.op != Op::Method) {
            let constant = self.out.trace.constant(Const::Proto(function.id));
            self.guard(now, Op::GuardProto, &[callee, constant]);
        }
        Ok(Callee::Function(function, callee))
    }

    /// A call whose window begins at register `a`, its arguments `skip` registers behind where they usually begin.
    pub(super) fn record_call(&mut self, now: &Now<'_>, count: usize, skip: usize) -> Result<(), Abort> {
        let window = now.word.a();
        let first = window + FRAME_LINK + skip;
        match self.callee(now, window + 1)? {
            Callee::Builtin(index) => self.call_builtin(now, index, first, count, window).map(|_| ()),
            Callee::Function(function, closure) => {
                let base = self.frames.top().base + (window + FRAME_LINK) as i32;
                let arguments = self.arguments(now, first, count)?;
                let parameters = self.parameters(function, &arguments)?;
                if self.calls_natively(function, base)? {
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
        let back = Pc { at: now.at as u32 + 1, ..self.frames.pc() };
        let return_address = self.out.trace.constant(Const::Pc(back));
        self.write(now, Slot::Stack(base - 2), return_address);
        self.write(now, Slot::Stack(base - 1), closure);
        self.frames.top_mut().at = now.at + 1;
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
    fn parameters(&mut self, function: &Proto, arguments: &[Ref]) -> Result<Vec<Ref>, Abort> {
        let params = function.params as usize;
        if arguments.len() < function.required as usize || (arguments.len() > params && !function.rest) {
            return Err(self.abort(Reason::Throws));
        }
        let mut parameters = arguments[..arguments.len().min(params)].to_vec();
        let undef = self.out.trace.constant(Const::Undef);
        parameters.resize(params, undef);
        if function.rest {
            let rest: Vec<Ref> = arguments.iter().skip(params).map(|&argument| self.out.boxed(argument)).collect();
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
            Callee::Builtin(index) => {
                // Its result is the frame's. The state between call and return is no instruction's.
                let result = self.call_builtin(now, index, first, count, window)?;
                self.record_return(now, result, None)
            }
            Callee::Function(function, closure) => {
                let arguments = self.arguments(now, first, count)?;
                let parameters = self.parameters(function, &arguments)?;
                if self.frames.len() > 1 && self.calls_natively(function, self.frames.top().base)? {
                    let call = NativeCall { function, closure, parameters: &parameters, first };
                    return self.tail_call_natively(now, &call);
                }
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
    fn replace_frame(&mut self, now: &Now<'_>, function: &Proto, closure: Ref, parameters: &[Ref]) {
        let base = self.frames.top().base;
        self.write(now, Slot::Stack(base - 1), closure);
        self.enter(now, function, base, parameters);
        self.frames.top_mut().function = function.id;
    }

    /// `actual` is the value now, if it is in a register.
    pub(super) fn record_return(&mut self, now: &Now<'_>, value: Ref, actual: Option<Value>) -> Result<(), Abort> {
        let base = self.frames.top().base;
        if self.frames.len() > 1 {
            self.slots.forget_from(base - 1);
            self.slots.set(Slot::Stack(base - 2), value);
            self.frames.pop();
            return Ok(());
        }
        if let Kind::Root { extent: Some(_), .. } = self.kind {
            return Err(self.abort(Reason::LeftLoop));
        }
        if self.is_in_native_frame() {
            return self.return_natively(now, value, actual);
        }
        let Some(caller) = now.frame.caller() else {
            self.end(now, Link::Interpreter);
            return Ok(());
        };
        if self.returns == self.params.maxreturns || self.slots.written() {
            if self.slots.written() {
                return Err(self.abort_at(Reason::NotYet, "tail call of a builtin"));
            }
            self.end(now, Link::Interpreter);
            return Ok(());
        }
        self.returns += 1;
        let function = caller.frame.proto();
        let at = function.index_of(caller.return_address);
        let back = self.out.trace.constant(Const::Pc(Pc { function: function.id, at: at as u32 }));
        let snapshot = self.snapshot(now);
        self.out.push(Section::Body, Op::GuardPc, &[Ref((FRAME_LINK as i32 - base) as u32), back], snapshot);
        self.slots.forget_from(base - 1);
        self.slots.set(Slot::Stack(base - 2), value);
        *self.frames.top_mut() = Frame { function: function.id, base: base - 2 - caller.window as i32, at };
        Ok(())
    }

    pub(super) fn record_call_builtin(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let (first, index, count) = (now.word.a(), now.word.b() as u16, now.word.c());
        self.call_builtin(now, index, first, count, first).map(|_| ())
    }

    /// A method and its receiver go to registers; or a function in a field, and undef.
    pub(super) fn record_get_method(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let word = now.word;
        let object = now.register(word.b());
        let receiver = self.read_register(now, word.b())?;
        self.receivers.insert(receiver);
        if let Some(actual) = object.as_instance() {
            let (method, is_method) = self.member_to_call(now, receiver, actual)?;
            let receiver = if is_method { receiver } else { self.out.trace.constant(Const::Undef) };
            self.write_register(now, word.a() + 1, method);
            self.write_register(now, word.a() + 2, receiver);
            return Ok(());
        }
        if object.as_class().is_some() || object.as_enum().is_some() || object.as_enum_member().is_some() {
            return Err(self.not_yet(now));
        }
        if now.proto.site(now.at, word.j() as usize).builtin.is_none() {
            return Err(self.abort(Reason::Throws));
        }
        self.write_register(now, word.a() + 2, receiver);
        self.record_builtin_value(now, word.a() + 1)
    }
}
