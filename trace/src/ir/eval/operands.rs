//! The operands of an instruction as what it needs them to be.

use std::rc::Rc;

use super::{Run, V};
use crate::ir::trace::Inst;
use crate::ir::types::Ref;

impl Run<'_, '_> {
    pub(super) fn int(&self, value: Ref) -> Result<i64, String> {
        int_of(self.value(value)?).map(|int| int as i64)
    }

    pub(super) fn float(&self, value: Ref) -> Result<f64, String> {
        match self.value(value)? {
            V::Float(bits) => Ok(f64::from_bits(bits)),
            v => Err(format!("{v:?} is no float")),
        }
    }

    pub(super) fn str(&self, value: Ref) -> Result<Rc<str>, String> {
        match self.value(value)? {
            V::Str(text) => Ok(text),
            v => Err(format!("{v:?} is no string")),
        }
    }

    pub(super) fn array(&self, value: Ref) -> Result<usize, String> {
        match self.value(value)? {
            V::Arr(array) => Ok(array),
            v => Err(format!("{v:?} is no array")),
        }
    }

    pub(super) fn place(&self, value: Ref) -> Result<u64, String> {
        match self.value(value)? {
            V::Place(place) => Ok(place),
            v => Err(format!("{v:?} is no place")),
        }
    }

    pub(super) fn cell(&self, value: Ref) -> Result<usize, String> {
        match self.value(value)? {
            V::Cell(cell) => Ok(cell),
            v => Err(format!("{v:?} is no cell")),
        }
    }

    pub(super) fn instance(&self, value: Ref) -> Result<usize, String> {
        match self.value(value)? {
            V::Obj(instance) => Ok(instance),
            v => Err(format!("{v:?} is no instance")),
        }
    }

    pub(super) fn element(&self, inst: &Inst) -> Result<(usize, usize), String> {
        let V::Elements(array, version) = self.value(inst.a)? else { return Err("no elements".into()) };
        let V::Int(index) = self.value(inst.b)? else { return Err("an index that is no int".into()) };
        Ok((array, self.machine.arrays[array].place(version, index, inst.op)?))
    }

    pub(super) fn arguments(&self, inst: &Inst) -> Result<Vec<V>, String> {
        let first = inst.b.0 as usize;
        self.trace.args[first..first + inst.c.0 as usize].iter().map(|&argument| self.value(argument)).collect()
    }
}

/// The bits of an int.
pub(super) fn int_of(v: V) -> Result<u64, String> {
    match v {
        V::Int(int) => Ok(int as u64),
        v => Err(format!("{v:?} is no int")),
    }
}
