//! What a trace is evaluated on: values, and the things that they refer to.

use std::collections::BTreeMap;
use std::rc::Rc;

use pseudo_snapshots::{Pc, Slot};
use pseudo_vm::value::Value;

use super::Dict;
use crate::ir::ops::Op;
use crate::ir::storage::{Storage, StorageInfo};
use crate::ir::types::Const;

/// A value. Floats are kept as bits, nan always the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum V {
    /// nil.
    Nil,
    /// The absence of a value.
    Undef,
    /// A bool.
    Bool(bool),
    /// An int.
    Int(i64),
    /// A float, by its bits.
    Float(u64),
    /// A string.
    Str(Rc<str>),
    /// Index of an array.
    Arr(usize),
    /// Index of a cell.
    Cell(usize),
    /// Index of an instance.
    Obj(usize),
    /// Index of a closure.
    Fn(usize),
    /// A range.
    Range(i64, i64),
    /// Index of a dict.
    Dict(usize),
    /// An iterator over a dict, and how often a key had been added or removed when it was made.
    Iter(usize, i64),
    /// The address of the entry of a number of a dict, as long as no key is added or removed.
    Entry(usize, usize, i64),
    /// The address of nothing.
    Nowhere,
    /// The bytes of an ASCII string.
    Bytes(Rc<str>),
    /// A boxed constant of which nothing is known.
    Opaque(u64),
    /// Address of the elements of an array, as of a version of its header.
    Elements(usize, u32),
    /// A function of the program.
    Proto(u32),
    /// The address of the field at an offset of an instance.
    Field(usize, u32),
    /// Where a method stands.
    Place(u64),
    /// An instruction of the program.
    Pc(Pc),
    /// The object of a number in a snapshot.
    Made(u16),
}

impl V {
    /// A constant of a trace.
    pub fn constant(constant: Const) -> V {
        match constant {
            Const::Int(int) => V::Int(int),
            Const::Float(bits) => V::float(f64::from_bits(bits)),
            Const::Bool(bool) => V::Bool(bool),
            Const::Nil => V::Nil,
            Const::Undef => V::Undef,
            Const::Value(bits) => V::of_bits(bits),
            Const::Str(bits) => V::Str(format!("str{bits}").into()),
            Const::Proto(function) => V::Proto(function),
            Const::Pc(pc) => V::Pc(pc),
            Const::Nowhere => V::Nowhere,
            Const::Place(place) => V::Place(place),
            Const::Made(number) => V::Made(number),
        }
    }

    /// A value as it is in memory. Passes look into those that are no objects.
    fn of_bits(bits: u64) -> V {
        match Value(bits) {
            value if value.is_bool() => V::Bool(value.truthy()),
            value if value.is_small_int() => V::Int(value.as_small_int()),
            value => value.as_float().map_or(V::Opaque(bits), V::float),
        }
    }

    /// A float.
    pub fn float(float: f64) -> V {
        V::Float(if float.is_nan() { f64::NAN.to_bits() } else { float.to_bits() })
    }
}

/// An array.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Array {
    /// Its elements.
    pub elements: Vec<V>,
    /// Their storage.
    pub storage: Storage,
    /// Goes up when elements may have moved.
    pub version: u32,
}

impl Array {
    /// An array with the narrowest storage for its elements.
    pub fn new(elements: Vec<V>) -> Array {
        let mut array = Array { elements: Vec::new(), storage: Storage::Empty, version: 0 };
        elements.into_iter().for_each(|v| array.push(v));
        Array { version: 0, ..array }
    }

    /// Appends an element, widening the storage if it must be.
    pub fn push(&mut self, v: V) {
        let narrowest = match v {
            V::Bool(_) => Storage::Bool,
            V::Int(_) => Storage::Int,
            V::Float(_) => Storage::Float,
            _ => Storage::Any,
        };
        if self.storage != narrowest {
            self.storage = if self.storage == Storage::Empty { narrowest } else { Storage::Any };
        }
        self.elements.push(v);
        self.version += 1;
    }
}

impl Array {
    /// The place of an element that an instruction reads or writes.
    pub(super) fn place(&self, version: u32, index: i64, op: Op) -> Result<usize, String> {
        if self.version != version {
            return Err("the elements have moved".into());
        }
        let storage = StorageInfo::of_op(op).ok_or("no access of an element")?.storage;
        if self.storage != storage {
            return Err(format!("storage is {:?}, not {storage:?}", self.storage));
        }
        match usize::try_from(index) {
            Ok(index) if index < self.elements.len() => Ok(index),
            _ => Err(format!("element {index} of {}", self.elements.len())),
        }
    }
}

/// What a trace runs on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Machine {
    /// Slots; those that are not there are nil.
    pub slots: BTreeMap<Slot, V>,
    /// Values that a side trace inherits, by number.
    pub inherited: Vec<V>,
    /// Return addresses, by distance below the entry frame.
    pub return_addresses: BTreeMap<u32, Pc>,
    /// Arrays.
    pub arrays: Vec<Array>,
    /// Cells.
    pub cells: Vec<V>,
    /// Instances: shape, and fields by offset; those that are not there are nil.
    pub instances: Vec<(u32, BTreeMap<u32, V>)>,
    /// What is at places: methods, statics, members of enums.
    pub places: BTreeMap<u64, V>,
    /// Closures: function and captured values.
    pub closures: Vec<(u32, Vec<V>)>,
    /// Dicts.
    pub dicts: Vec<Dict>,
    /// Calls of builtins, and of functions of the program with the state that they begin in, that the world has seen.
    pub log: Vec<(u32, Vec<V>)>,
}
