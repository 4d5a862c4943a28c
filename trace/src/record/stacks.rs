//! `push` and `pop`: an element more or less at an array's end, by a few instructions.
//!
//! They keep the array's storage, and so what is known of it. A push that changes the storage is a call.

use pseudo_vm::heap::array::ArrayRef;

use super::aborts::{Abort, Reason};
use super::slots::type_of;
use super::{Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::storage::{Elements, StorageInfo};
use crate::ir::types::{Const, Ref, Ty};

/// The elements of an array that has a storage for some.
fn elements_of(array: ArrayRef) -> Option<Elements> {
    StorageInfo::of(array.storage()).elements
}

impl Recorder {
    /// `push` of arguments in registers from `first` on.
    pub(super) fn record_push(&mut self, now: &Now<'_>, first: usize, count: usize) -> Result<Option<Ref>, Abort> {
        let pushed = type_of(now.register(first + 1));
        let array = now.register(first).as_array().filter(|_| count == 2);
        // The interpreter finds an array that has lost its elements another storage, if that is narrower.
        let narrows = |array: ArrayRef| array.is_empty() && matches!(pushed, Ty::Bool | Ty::Int | Ty::Float);
        let fits = |array: ArrayRef, elements: Elements| match elements.ty {
            Ty::Any => !narrows(array),
            ty => ty == pushed,
        };
        let elements = array.and_then(|array| elements_of(array).filter(|&elements| fits(array, elements)));
        let Some(elements) = elements else { return Ok(None) };
        let array = self.operand(now, first)?.value;
        let (value, is_reference) = if elements.ty == Ty::Any {
            let value = self.read_register(now, first + 1)?;
            let is_reference = self.may_be_reference(value);
            (self.out.boxed(value), is_reference)
        } else {
            (self.operand(now, first + 1)?.value, false)
        };
        self.guard(now, Op::Reserve, &[array]);
        let (len, one) = (self.out.emit(Op::ArrLen, &[array]), self.out.trace.int(1));
        let longer = self.out.emit(Op::AddInt, &[len, one]);
        let data = self.out.emit(Op::ArrData, &[array]);
        self.out.emit(Op::SetLen, &[array, longer]);
        if is_reference {
            self.out.emit(Op::Barrier, &[array]);
        }
        self.out.emit(elements.store, &[data, len, value]);
        Ok(Some(self.out.trace.constant(Const::Nil)))
    }

    /// `pop` of the array in a register.
    pub(super) fn record_pop(&mut self, now: &Now<'_>, first: usize, count: usize) -> Result<Option<Ref>, Abort> {
        let Some(array_now) = now.register(first).as_array().filter(|_| count == 1) else { return Ok(None) };
        let array = self.operand(now, first)?.value;
        if elements_of(array_now).is_none() {
            return Err(self.abort(Reason::Throws));
        }
        let (len, zero) = (self.out.emit(Op::ArrLen, &[array]), self.out.trace.int(0));
        let has_elements = self.out.emit(Op::NeInt, &[len, zero]);
        self.guard_outcome(now, has_elements, !array_now.is_empty());
        if array_now.is_empty() {
            return Err(self.abort(Reason::Throws));
        }
        let one = self.out.trace.int(1);
        let last = self.out.emit(Op::SubInt, &[len, one]);
        let element = self.load_element(array, last);
        self.out.emit(Op::SetLen, &[array, last]);
        Ok(Some(element))
    }
}
