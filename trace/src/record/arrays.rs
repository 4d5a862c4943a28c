//! Arrays and ranges: making them; reading and writing elements of whatever has some.

use pseudo_vm::faults::{self, Fault};

use super::aborts::{Abort, Reason};
use super::{Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::storage::{Elements, StorageInfo};
use crate::ir::types::{Ref, Ty};

impl Recorder {
    /// An element whose index is known to be in range.
    pub(super) fn load_element(&mut self, array: Ref, index: Ref) -> Ref {
        let load = self.elements(array).load;
        let data = self.out.emit(Op::ArrData, &[array]);
        self.out.emit(load, &[data, index])
    }

    /// Writes an element whose index is known to be in range, of an array that keeps values of any type.
    pub(super) fn store_element(&mut self, array: Ref, index: Ref, value: Ref) {
        let value = self.out.boxed(value);
        let data = self.out.emit(Op::ArrData, &[array]);
        self.out.emit(Op::Barrier, &[array]);
        self.out.emit(Op::StoreAny, &[data, index, value]);
    }

    /// What reads and writes the elements of an array that has some.
    fn elements(&self, array: Ref) -> Elements {
        let ty = self.out.ty(array);
        let elements = StorageInfo::of_array(ty).and_then(|row| row.elements);
        elements.unwrap_or_else(|| unreachable!("an element of {}", ty.text()))
    }

    /// Guards that an index is in range, or is not, as it is now. If not, the instruction throws.
    pub(super) fn guard_range(&mut self, now: &Now<'_>, index: Ref, len: Ref, in_range_now: bool) -> Result<(), Abort> {
        let in_range = self.out.emit(Op::UltInt, &[index, len]);
        if !faults::on(Fault::RecordRange) {
            self.guard_outcome(now, in_range, in_range_now);
        }
        if in_range_now { Ok(()) } else { Err(self.abort(Reason::Throws)) }
    }

    pub(super) fn record_get_index(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let object = self.operand(now, now.word.b())?;
        if object.actual.as_dict().is_some() {
            return self.record_get_key(now, object);
        }
        let index = self.operand(now, now.word.c())?;
        let index_now = index.actual.as_int().ok_or_else(|| self.abort(Reason::Throws))? as u64;
        let element = if let Some(array) = object.actual.as_array() {
            let len = self.out.emit(Op::ArrLen, &[object.value]);
            self.guard_range(now, index.value, len, index_now < array.len() as u64)?;
            self.load_element(object.value, index.value)
        } else if let Some(string) = object.actual.as_string() {
            let len = self.string_len(object);
            self.guard_range(now, index.value, len, index_now < string.len_chars() as u64)?;
            self.char_at(now, object, index.value)?
        } else {
            return Err(self.abort(Reason::Throws));
        };
        self.write_register(now, now.word.a(), element);
        Ok(())
    }

    pub(super) fn record_set_index(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let object = self.operand(now, now.word.a())?;
        if object.actual.as_dict().is_some() {
            return self.record_set_key(now, object);
        }
        let index = self.operand(now, now.word.b())?;
        let array = object.actual.as_array().ok_or_else(|| self.abort(Reason::Throws))?;
        let index_now = index.actual.as_int().ok_or_else(|| self.abort(Reason::Throws))? as u64;
        let len = self.out.emit(Op::ArrLen, &[object.value]);
        self.guard_range(now, index.value, len, index_now < array.len() as u64)?;
        let elements = self.elements(object.value);
        let value = if elements.ty == Ty::Any {
            let value = self.read_register(now, now.word.c())?;
            self.out.boxed(value)
        } else {
            let value = self.operand(now, now.word.c())?;
            if value.ty != elements.ty {
                return Err(self.abort(Reason::WidensArray));
            }
            value.value
        };
        let data = self.out.emit(Op::ArrData, &[object.value]);
        if elements.ty == Ty::Any {
            self.out.emit(Op::Barrier, &[object.value]);
        }
        self.out.emit(elements.store, &[data, index.value, value]);
        Ok(())
    }

    pub(super) fn record_unpack(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let object = self.operand(now, now.word.b())?;
        let (to, count) = (now.word.a(), now.word.c());
        if object.actual.as_array().is_none_or(|array| array.len() != count) {
            return Err(self.abort(Reason::Throws));
        }
        let (len, expected) = (self.out.emit(Op::ArrLen, &[object.value]), self.out.trace.int(count as i64));
        let fits = self.out.emit(Op::EqInt, &[len, expected]);
        self.guard_outcome(now, fits, true);
        let elements: Vec<Ref> = (0..count)
            .map(|index| {
                let index = self.out.trace.int(index as i64);
                self.load_element(object.value, index)
            })
            .collect();
        for (index, element) in elements.into_iter().enumerate() {
            self.write_register(now, to + index, element);
        }
        Ok(())
    }

    /// Registers as boxed arguments.
    pub(super) fn boxed_registers(&mut self, now: &Now<'_>, first: usize, count: usize) -> Result<Vec<Ref>, Abort> {
        (first..first + count)
            .map(|register| {
                let value = self.read_register(now, register)?;
                Ok(self.out.boxed(value))
            })
            .collect()
    }

    pub(super) fn record_new_array(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let elements = self.boxed_registers(now, now.word.b(), now.word.c())?;
        let array = self.out.emit_with_arguments(Op::NewArray, Ref::NONE, &elements);
        self.write_register(now, now.word.a(), array);
        Ok(())
    }

    pub(super) fn record_new_range(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let start = self.operand(now, now.word.b())?;
        let end = self.operand(now, now.word.c())?;
        if start.ty != Ty::Int || end.ty != Ty::Int {
            return Err(self.abort(Reason::Throws));
        }
        let range = self.out.emit(Op::NewRange, &[start.value, end.value]);
        self.write_register(now, now.word.a(), range);
        Ok(())
    }
}
