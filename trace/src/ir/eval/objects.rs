//! Instances of the evaluator's machine: which fields they have by offset.
//!
//! Nothing tells here which offset a name stands for. Any will do to compare two traces, if it is always the same: so few of
//! them that what is found by a name often meets what is known by an offset.

use pseudo_vm::heap::shape::BOUND_SHAPE;

use super::{METHOD, RECEIVER, Run, Step, V};
use crate::ir::ops::Op;
use crate::ir::trace::{Inst, field_offset};
use crate::ir::types::Ref;

/// Number of offsets that names stand for.
const NAMED: u64 = 3;

/// The offset that a name stands for.
pub fn offset_of_name(name: &V) -> u32 {
    match name {
        V::Opaque(bits) => field_offset((bits / 16 % NAMED) as usize),
        _ => field_offset(0),
    }
}

impl Run<'_, '_> {
    /// The instance and the offset that an address is that of.
    fn field_at(&self, place: Ref) -> Result<(usize, u32), String> {
        match self.value(place)? {
            V::Field(instance, offset) => Ok((instance, offset)),
            v => Err(format!("{v:?} is no place of a field")),
        }
    }

    fn load(&self, instance: usize, offset: u32) -> Result<Step, String> {
        Ok(Step::Value(self.machine.instances[instance].1.get(&offset).cloned().unwrap_or(V::Nil)))
    }

    fn store(&mut self, instance: usize, offset: u32, value: Ref) -> Result<Step, String> {
        let v = self.value(value)?;
        self.machine.instances[instance].1.insert(offset, v);
        Ok(Step::Done)
    }

    /// An instruction about instances.
    pub(super) fn object(&mut self, inst: &Inst) -> Result<Step, String> {
        let made = |v: V| Ok(Step::Value(v));
        match inst.op {
            Op::AddField => {
                let instance = self.instance(inst.a)?;
                self.machine.instances[instance].0 = inst.b.0;
                made(V::Obj(instance))
            }
            Op::NewInstance => {
                let fields = self.arguments(inst)?.into_iter().enumerate();
                let fields = fields.map(|(index, v)| (field_offset(index), v)).collect();
                self.machine.instances.push((inst.a.0, fields));
                made(V::Obj(self.machine.instances.len() - 1))
            }
            Op::NewBound => {
                let fields = [(RECEIVER, self.value(inst.a)?), (METHOD, self.value(inst.b)?)];
                self.machine.instances.push((BOUND_SHAPE, fields.into()));
                made(V::Obj(self.machine.instances.len() - 1))
            }
            Op::LoadField => self.load(self.instance(inst.a)?, inst.b.0),
            Op::StoreField => self.store(self.instance(inst.a)?, inst.b.0, inst.c),
            Op::FieldPlace => match (self.value(inst.a)?, self.value(inst.b)?) {
                (V::Obj(instance), name) => made(V::Field(instance, offset_of_name(&name))),
                _ => made(V::Nowhere),
            },
            Op::LoadPlace => {
                let (instance, offset) = self.field_at(inst.a)?;
                self.load(instance, offset)
            }
            Op::StorePlace => {
                let (instance, offset) = self.field_at(inst.a)?;
                self.store(instance, offset, inst.b)
            }
            op => Err(format!("`{}` is not about instances", op.info().text)),
        }
    }
}
