//! The texts of objects whose class has a `to_string`.
//!
//! A builtin in Rust that meets one gives up, and the interpreter calls a function of the prelude in its place. That shows only when
//! that function runs: the call of the builtin is taken back then. What the call depends on is guarded: the shapes of
//! instances, and of containers whether such an object is in them.
//!
//! Of an instance whose shape is known the builtins that the prelude asks are not called.

use pseudo_vm::builtins::WITH_TEXTS_NAME;
use pseudo_vm::heap::array::Elements;
use pseudo_vm::value::Value;

use super::aborts::{Abort, Reason};
use super::arith::Operand;
use super::slots::type_of;
use super::{Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::types::{Const, Ref, Ty};

impl Recorder {
    /// Follows the interpreter into the function of the prelude that it has called in place of a builtin. `now` is that
    /// function's first instruction, the frames are those of the instruction that called the builtin.
    pub(super) fn record_texts(&mut self, now: &Now<'_>, base: i32) -> Result<(), Abort> {
        let call = self.last_call.take().ok_or_else(|| self.abort(Reason::Lost))?;
        let inst = self.out.trace.insts[call];
        let (first, count) = (inst.b.0 as usize, inst.c.0 as usize);
        if !self.take_back_call(call) {
            return Err(self.abort(Reason::Lost));
        }
        let passed = self.out.trace.args[first..first + count].to_vec();
        let mut arguments = passed.clone();
        let mut actual = vec![now.register(0)];
        if &*now.proto.name == WITH_TEXTS_NAME {
            arguments.insert(0, self.out.trace.constant(Const::Value(now.register(0).0)));
            // One of them is an object, so they are kept as they are.
            match now.register(1).as_array().map(|values| values.elements(&now.vm.heap)) {
                Some(Elements::Values(values)) => actual = values.to_vec(),
                _ => return Err(self.abort(Reason::Lost)),
            }
        }
        for (value, actual) in passed.into_iter().zip(actual) {
            self.guard_need_of_text(now, value, actual)?;
        }
        let closure = self.builtin(now, now.frame.closure_value())?;
        let parameters = self.parameters(now.proto, &arguments)?;
        if self.frames.top().base == base {
            self.replace_frame(now, now.proto, closure, &parameters);
            Ok(())
        } else {
            self.enter_call(now, now.proto, closure, base, &parameters)
        }
    }

    /// Guards that the text of a value takes a method of the program, or takes none, as it does now.
    fn guard_need_of_text(&mut self, now: &Now<'_>, value: Ref, actual: Value) -> Result<(), Abort> {
        if value.is_const() {
            return Ok(());
        }
        if let Some(instance) = actual.as_instance() {
            self.instance(now, value, instance);
            if now.vm.error_slots(instance).is_none() {
                return Ok(());
            }
        }
        let holds_others = actual.as_instance().is_some() || actual.as_array().is_some() || actual.as_dict().is_some();
        if holds_others {
            let needs = self.call_of_name(now, "__needs_text", &[value])?;
            let needs = self.guard(now, Op::GuardBool, &[needs]);
            self.guard_outcome(now, needs, now.vm.needs_text(actual));
            return Ok(());
        }
        let value = self.unbox(now, value, actual);
        let ty = type_of(actual);
        if ty == Ty::Obj {
            self.guard_kind(now, Operand { value, ty, actual })?;
        }
        Ok(())
    }

    /// `__needs_text` of an instance that is no error: its class tells.
    pub(super) fn record_needs_text(&mut self, now: &Now<'_>, register: usize) -> Result<Option<Ref>, Abort> {
        let instance = now.register(register).as_instance();
        let Some(instance) = instance.filter(|&instance| now.vm.error_slots(instance).is_none()) else {
            return Ok(None);
        };
        let value = self.read_register(now, register)?;
        self.instance(now, value, instance);
        let needs = now.vm.text_method(instance).is_some();
        Ok(Some(self.out.trace.constant(Const::Bool(needs))))
    }

    /// `__maker` of an instance.
    pub(super) fn record_maker(&mut self, now: &Now<'_>, register: usize) -> Result<Option<Ref>, Abort> {
        let Some(actual) = now.register(register).as_instance() else { return Ok(None) };
        let object = self.read_register(now, register)?;
        let instance = self.instance(now, object, actual);
        Ok(Some(match now.vm.text_method(actual) {
            Some(place) => {
                let method = self.method(instance, place);
                self.bind(object, method)
            }
            None => self.out.trace.constant(Const::Nil),
        }))
    }

    /// `__checked` of what is a string.
    pub(super) fn record_checked(&mut self, now: &Now<'_>, register: usize) -> Result<Option<Ref>, Abort> {
        let text = self.operand(now, register)?;
        Ok((text.ty == Ty::Str).then_some(text.value))
    }
}
