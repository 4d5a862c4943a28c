//! What passes know of memory: which object an access belongs to, and whether two accesses may meet.
//!
//! Two arrays may be one unless one of them was made in this trace after the other was known: a value that existed
//! before cannot be the new object. Accesses to one array, or to what may be one, don't meet if their indices are a
//! common value plus different constants. Elements of different storage never meet: an array has one storage at a time.
//! Entries of dicts are known by their addresses, which a key that is added or removed makes stale; two may be one unless their
//! keys are different constants. A static has a place, and each place is another's. Fields meet if they lie at one offset of
//! instances of one shape, which may be one instance. In a trace that adds
//! fields to instances, shapes tell nothing apart; nor does anything that of a field which is known by its address alone.

use pseudo_vm::faults::{self, Fault};
use pseudo_vm::value::{TAG_STRING, Value};

use super::{BuiltinEffect, BuiltinEffects};
use crate::ir::ops::{Effect, Op};
use crate::ir::storage::{Storage, StorageInfo};
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::{Const, Ref};

/// A kind of memory. Writes to one leave the others alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Elements of arrays of a storage.
    Elements(Storage),
    /// Values of entries of dicts.
    Entry,
    /// Cells.
    Cell,
    /// Statics, and members of enums.
    Static,
    /// A field of any instance, found by its name.
    Place,
    /// The field at an offset of instances of a shape.
    Field {
        /// The shape; 0 in a trace that adds fields.
        shape: u32,
        /// Bytes from the beginning of the instance.
        offset: u32,
    },
}

impl Kind {
    /// Whether this is memory that builtins may write to.
    pub fn is_container(self) -> bool {
        matches!(self, Kind::Elements(_) | Kind::Entry)
    }

    /// Whether these are one kind, or kinds that have memory in common.
    pub fn overlaps(self, other: Kind) -> bool {
        let is_field = |kind| matches!(kind, Kind::Place | Kind::Field { .. });
        let by_name = self == Kind::Place && is_field(other) || other == Kind::Place && is_field(self);
        self == other || by_name && !faults::on(Fault::ForwardNames)
    }
}

/// A read or write of an element, an entry, a cell, a static or a field.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// What is accessed.
    pub kind: Kind,
    /// The array, entry, cell or instance, as the earliest value that is known to be it; the place of a static, or of a field that
    /// was found by its name.
    pub object: Ref,
    /// The index; only for an element.
    pub index: Ref,
    /// What is written, if it is a write.
    pub stored: Option<Ref>,
}

/// Whether two accesses meet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meet {
    /// Never.
    No,
    /// Perhaps.
    May,
    /// Always.
    Must,
}

/// The access that an instruction makes.
pub fn access(trace: &Trace, inst: &Inst) -> Option<Access> {
    let elements = || Some(Kind::Elements(StorageInfo::of_op(inst.op)?.storage));
    let (kind, index, stored) = match inst.op.effect() {
        _ if inst.op == Op::LoadStatic => {
            return Some(Access { kind: Kind::Static, object: inst.b, index: Ref::NONE, stored: None });
        }
        _ if inst.op == Op::StoreStatic => {
            return Some(Access { kind: Kind::Static, object: inst.b, index: Ref::NONE, stored: Some(inst.c) });
        }
        _ if inst.op == Op::LoadPlace => (Kind::Place, Ref::NONE, None),
        _ if inst.op == Op::StorePlace => (Kind::Place, Ref::NONE, Some(inst.b)),
        Effect::LoadElem => (elements()?, inst.b, None),
        Effect::StoreElem => (elements()?, inst.b, Some(inst.c)),
        Effect::LoadEntry => (Kind::Entry, Ref::NONE, None),
        Effect::StoreEntry => {
            return Some(Access { kind: Kind::Entry, object: inst.b, index: Ref::NONE, stored: Some(inst.c) });
        }
        Effect::LoadCell => (Kind::Cell, Ref::NONE, None),
        Effect::StoreCell => (Kind::Cell, Ref::NONE, Some(inst.b)),
        Effect::LoadField => (field(trace, inst)?, Ref::NONE, None),
        Effect::StoreField => (field(trace, inst)?, Ref::NONE, Some(inst.c)),
        _ => return None,
    };
    Some(Access { kind, object: object(trace, inst.a), index, stored })
}

/// The kind of memory that a read or write of a field goes to.
fn field(trace: &Trace, inst: &Inst) -> Option<Kind> {
    let shape = if trace.adds_fields { 0 } else { shape(trace, inst.a)? };
    Some(Kind::Field { shape, offset: inst.b.0 })
}

/// The shape of an instance.
pub fn shape(trace: &Trace, instance: Ref) -> Option<u32> {
    let says = |inst: &&Inst| matches!(inst.op, Op::GuardShape | Op::Shaped | Op::AddField);
    trace.def(instance).filter(says).map(|inst| inst.b.0)
}

/// Whether an instruction gives an instance another shape that was not made in this trace: other values may be that instance.
pub fn changes_shape(trace: &Trace, inst: &Inst) -> bool {
    inst.op == Op::AddField && trace.def(object(trace, inst.a)).is_none_or(|made| made.op != Op::NewInstance)
}

/// The earliest value that is known to be the same object: looks through addresses, guards and boxes.
pub fn object(trace: &Trace, mut value: Ref) -> Ref {
    while let Some(inst) = trace.def(value) {
        match inst.op {
            Op::ArrData | Op::CellAddr | Op::BoxArr | Op::GuardShape | Op::Shaped | Op::AddField => value = inst.a,
            op if op.effect() == Effect::GuardHeader => value = inst.a,
            _ => break,
        }
    }
    value
}

/// Whether an object was made in this trace, which no collection interrupts: it is young.
pub fn is_new(trace: &Trace, value: Ref) -> bool {
    trace.def(object(trace, value)).is_some_and(|inst| inst.op.effect() == Effect::Alloc)
}

/// Whether two accesses meet.
pub fn meet(trace: &Trace, one: &Access, other: &Access) -> Meet {
    if !one.kind.overlaps(other.kind) || differ(trace, holder(trace, one), holder(trace, other)) {
        return Meet::No;
    }
    if one.kind == Kind::Place || other.kind == Kind::Place {
        return if one.object == other.object { Meet::Must } else { Meet::May };
    }
    if one.object != other.object
        && match one.kind {
            Kind::Elements(_) => faults::on(Fault::ForwardArrays),
            Kind::Field { .. } => faults::on(Fault::ForwardFields),
            Kind::Entry => faults::on(Fault::ForwardEntries),
            Kind::Cell | Kind::Static | Kind::Place => false,
        }
    {
        return Meet::No;
    }
    if one.kind == Kind::Entry && keys_differ(trace, one.object, other.object) {
        return Meet::No;
    }
    let same_index = one.index == other.index;
    if !same_index {
        let (base, offset) = affine(trace, one.index);
        let (other_base, other_offset) = affine(trace, other.index);
        if base != other_base {
            return Meet::May;
        }
        if offset != other_offset && !faults::on(Fault::ForwardOffset) {
            return Meet::No;
        }
    }
    if one.object == other.object { Meet::Must } else { Meet::May }
}

/// The object that is accessed.
fn holder(trace: &Trace, access: &Access) -> Ref {
    let place = trace.def(access.object).filter(|found| found.op == Op::FieldPlace);
    place.map_or(access.object, |found| object(trace, found.a))
}

/// Whether two objects are certainly two.
fn differ(trace: &Trace, one: Ref, other: Ref) -> bool {
    // Places of statics: each has one.
    if let (Some(Const::Place(one)), Some(Const::Place(other))) = (trace.as_const(one), trace.as_const(other)) {
        return one != other;
    }
    let is_new = |value: Ref| trace.def(value).is_some_and(|inst| inst.op.effect() == Effect::Alloc);
    let before = |value: Ref, than: Ref| value.is_const() || value.0 < than.0;
    one != other && (is_new(one) && before(other, one) || is_new(other) && before(one, other))
}

/// Whether two entries have different keys, both of them strings or ints that are constants. Equal strings of a program are
/// one object.
fn keys_differ(trace: &Trace, one: Ref, other: Ref) -> bool {
    let key = |entry: Ref| {
        let find = trace.def(entry).filter(|inst| inst.op == Op::DictFind)?;
        match trace.as_const(find.b)? {
            Const::Value(bits) => Some(Value(bits)).filter(|key| key.is_small_int() || key.tag() == TAG_STRING),
            _ => None,
        }
    };
    matches!((key(one), key(other)), (Some(one), Some(other)) if one != other)
}

/// A value as a base and a constant: `%5 + 3` is `(%5, 3)`, a constant has no base.
pub fn affine(trace: &Trace, value: Ref) -> (Ref, i64) {
    if let Some(int) = trace.as_int(value) {
        return (Ref::NONE, int);
    }
    match trace.def(value) {
        Some(inst) if inst.op == Op::AddInt => match trace.as_int(inst.b) {
            Some(offset) => (inst.a, offset),
            None => (value, 0),
        },
        _ => (value, 0),
    }
}

/// Whether an instruction changes the length of one array, or makes room in it: what others have is as it was, unless they
/// may be that one.
pub fn resizes(inst: &Inst) -> bool {
    matches!(inst.op.effect(), Effect::Reserve | Effect::StoreLen)
}

/// Whether an instruction may change arrays' elements, lengths, storage, as builtins do that write. These write to entries of
/// dicts as well.
pub fn changes_arrays(inst: &Inst, effects: BuiltinEffects<'_>) -> bool {
    inst.op == Op::CallBuiltin && matches!(effects(inst.a.0), BuiltinEffect::Writes | BuiltinEffect::Outside)
}

/// Whether an instruction may add keys to dicts, or remove some.
pub fn changes_dicts(inst: &Inst, effects: BuiltinEffects<'_>) -> bool {
    inst.op.effect() == Effect::StoreDict || changes_arrays(inst, effects)
}

/// Whether an instruction may read fields of instances, as a builtin that makes texts does. None writes any.
pub fn reads_fields(inst: &Inst, effects: BuiltinEffects<'_>) -> bool {
    let makes_no_text = |effect| matches!(effect, BuiltinEffect::Pure | BuiltinEffect::Writes);
    inst.op == Op::CallBuiltin && !makes_no_text(effects(inst.a.0))
}

/// Whether an instruction may read any array's elements or length, or any dict's entries.
pub fn reads_arrays(inst: &Inst, effects: BuiltinEffects<'_>) -> bool {
    inst.op.effect() == Effect::StoreDict || inst.op == Op::CallBuiltin && effects(inst.a.0) != BuiltinEffect::Pure
}
