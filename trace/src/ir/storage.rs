//! What traces do with arrays, by how these keep their elements: a row for each [`Storage`].
//!
//! Whoever guards, reads or writes arrays asks here, so that a storage is added with a row, its type and its
//! instructions.

pub use pseudo_vm::heap::object::Storage;

use super::ops::Op;
use super::types::Ty;

/// How traces handle arrays of a storage.
#[derive(Debug)]
pub struct StorageInfo {
    /// The storage.
    pub storage: Storage,
    /// The type of such an array.
    pub array: Ty,
    /// The guard that a value is one.
    pub guard: Op,
    /// Its elements; `Empty` has none.
    pub elements: Option<Elements>,
}

/// The elements of a storage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Elements {
    /// The type of one.
    pub ty: Ty,
    /// Reads one.
    pub load: Op,
    /// Writes one.
    pub store: Op,
}

/// All rows, in the order of the storages' numbers.
pub static STORAGES: [StorageInfo; Storage::ALL.len()] = [
    row(Storage::Empty, Ty::ArrEmpty, Op::GuardArrEmpty, None),
    row(Storage::Bool, Ty::ArrBool, Op::GuardArrBool, of(Ty::Bool, Op::LoadBool, Op::StoreBool)),
    row(Storage::Int, Ty::ArrInt, Op::GuardArrInt, of(Ty::Int, Op::LoadInt, Op::StoreInt)),
    row(Storage::Float, Ty::ArrFloat, Op::GuardArrFloat, of(Ty::Float, Op::LoadFloat, Op::StoreFloat)),
    row(Storage::Any, Ty::ArrAny, Op::GuardArrAny, of(Ty::Any, Op::LoadAny, Op::StoreAny)),
];

const fn row(storage: Storage, array: Ty, guard: Op, elements: Option<Elements>) -> StorageInfo {
    StorageInfo { storage, array, guard, elements }
}

const fn of(ty: Ty, load: Op, store: Op) -> Option<Elements> {
    Some(Elements { ty, load, store })
}

impl StorageInfo {
    /// The row of a storage.
    pub fn of(storage: Storage) -> &'static StorageInfo {
        &STORAGES[storage as usize]
    }

    /// The row of an array type.
    pub fn of_array(ty: Ty) -> Option<&'static StorageInfo> {
        STORAGES.iter().find(|row| row.array == ty)
    }

    /// The row that an instruction belongs to: a guard of arrays, a read or a write of an element.
    pub fn of_op(op: Op) -> Option<&'static StorageInfo> {
        STORAGES.iter().find(|row| {
            row.guard == op || row.elements.is_some_and(|elements| elements.load == op || elements.store == op)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::ops::{Effect, Operand};

    #[test]
    fn rows_agree_with_the_tables_of_instructions_and_types() {
        for (&storage, row) in Storage::ALL.iter().zip(&STORAGES) {
            assert_eq!((row.storage, row.guard.info().result), (storage, Some(row.array)));
            let Some(elements) = row.elements else { continue };
            assert_eq!(elements.load.info().result, Some(elements.ty));
            assert_eq!(elements.store.info().operands[2], Operand::Of(elements.ty));
        }
        for op in Op::ALL
            .iter()
            .filter(|op| matches!(op.effect(), Effect::GuardHeader | Effect::LoadElem | Effect::StoreElem))
        {
            assert!(StorageInfo::of_op(*op).is_some(), "{op:?} belongs to no storage");
        }
        for ty in Ty::ALL.iter().filter(|ty| ty.is_array()) {
            assert!(StorageInfo::of_array(*ty).is_some(), "{ty:?} belongs to no storage");
        }
    }
}
