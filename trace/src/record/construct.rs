//! Calls of classes: the instance is made, then the hidden function that initialises it is followed like any other
//! ([`pseudo_vm::construct`]).

use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::heap::class::ClassRef;
use pseudo_vm::jit::function_of;
use pseudo_vm::value::Value;

use super::aborts::{Abort, Reason};
use super::{Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::types::{Const, Ref};

/// What a call of a class goes on with.
pub(super) enum Construction<'vm> {
    /// Nothing: this is the new instance.
    Done(Ref),
    /// A call of this function, which is a closure of the trace, with these parameters.
    Call(&'vm Proto, Ref, Vec<Ref>),
}

impl Recorder {
    /// A call of a class, which is a value of the trace, with `count` arguments in registers from `first` on.
    pub(super) fn construct<'vm>(
        &mut self,
        now: &Now<'vm>,
        class: Ref,
        actual: ClassRef,
        first: usize,
        count: usize,
    ) -> Result<Construction<'vm>, Abort> {
        let Some(construction) = now.vm.construction(actual, count) else {
            return Err(self.abort(Reason::FirstOfAKind));
        };
        if construction.constructor.is_none() && count > 0 {
            return Err(self.abort(Reason::Throws));
        }
        let Some((room, template)) = actual.template(&now.vm.heap) else {
            return Err(self.abort_at(Reason::NotYet, "a field without room in its object"));
        };
        let arguments = self.arguments(now, first, count)?;
        let holder = self.guard(now, Op::GuardShape, &[class, Ref(actual.number())]);
        // The class may come to make wider instances; those that the trace makes are as good.
        let nil = self.out.trace.constant(Const::Nil);
        let mut fields: Vec<Ref> = template.iter().map(|value| self.out.trace.constant(constant_of(*value))).collect();
        fields.resize(room, nil);
        let instance = self.new_instance(actual.first_shape(), &fields);
        self.slots.classes.insert(instance, holder);
        let Some(constructor) = construction.constructor else { return Ok(Construction::Done(instance)) };
        // As the interpreter lays the frame out; the result of `init`, which nobody reads, is nil so far.
        let layout = construction.layout;
        let mut parameters = vec![nil; layout.parameters()];
        parameters[0] = instance;
        if let Some(init) = construction.init {
            parameters[layout.init_callee()] = self.method(holder, init);
            parameters[layout.init_callee() + 1] = instance;
        }
        parameters[layout.first_argument()..][..count].copy_from_slice(&arguments);
        for (number, initialiser) in construction.initialisers.iter().enumerate() {
            parameters[layout.initialiser(number)] = self.method(holder, initialiser);
        }
        let function = function_of(now.vm, *constructor).ok_or_else(|| self.abort(Reason::Lost))?;
        Ok(Construction::Call(function, self.method(holder, constructor), parameters))
    }

    /// A new instance of a shape.
    pub(super) fn new_instance(&mut self, shape: u32, fields: &[Ref]) -> Ref {
        let instance = self.out.emit_with_arguments(Op::NewInstance, Ref(shape), fields);
        let typed = self.out.emit(Op::Shaped, &[instance, Ref(shape)]);
        self.slots.known_instances.insert((instance, shape), typed);
        self.receivers.insert(instance);
        instance
    }
}

/// A declared field's value, which is a constant of the program.
fn constant_of(value: Value) -> Const {
    if value.is_nil() { Const::Nil } else { Const::Value(value.0) }
}
