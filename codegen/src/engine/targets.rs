//! What an engine has to know of a machine and of a trace to link code.

use pseudo_snapshots::{Pc, Slot};
use pseudo_trace::ir::ops::{Effect, Op};
use pseudo_trace::ir::trace::{Inst, Trace};
use pseudo_trace::ir::types::Ref;
use pseudo_trace::opt::memory::{changes_shape, object};
use pseudo_vm::builtins;
use pseudo_vm::vm::Vm;

use crate::compile::Addresses;

/// Addresses of a machine's functions and instructions.
#[derive(Debug)]
pub struct VmAddresses<'vm>(pub &'vm Vm);

impl Addresses for VmAddresses<'_> {
    fn proto(&self, id: u32) -> u64 {
        std::ptr::from_ref(self.0.proto(id)) as u64
    }

    fn pc(&self, pc: Pc) -> u64 {
        self.0.proto(pc.function).code().wrapping_add(pc.at as usize) as u64
    }
}

/// What a builtin does besides computing its result.
pub fn builtin_effect(index: u32) -> builtins::Effect {
    builtins::info(index as u16).map_or(builtins::Effect::Outside, |info| info.effect)
}

/// Kinds of memory: those that a preamble has read, or those that a trace has written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Lengths, addresses and storages of arrays.
    pub headers: bool,
    elements: bool,
    cells: bool,
    /// Where entries of dicts are, and their keys.
    dicts: bool,
    /// Values of entries.
    entries: bool,
    /// Shapes of instances.
    shapes: bool,
    /// Fields by their offsets: a bit for each, and for some that are far apart.
    fields: u64,
}

/// The bit of the field that an instruction reads or writes; all, if its offset is not known.
fn field(inst: &Inst) -> u64 {
    match inst.op {
        Op::LoadPlace | Op::StorePlace => u64::MAX,
        _ => 1 << (inst.b.0 / 8 % 64),
    }
}

impl Memory {
    /// What a root trace reads before its loop, other than fields that its loop carries.
    pub fn of(trace: &Trace) -> Memory {
        let carried = carried_fields(trace);
        let preamble = trace.insts.iter().take_while(|inst| inst.op != Op::Loop);
        let mut read = Memory::default();
        for inst in preamble {
            match inst.op.effect() {
                Effect::GuardHeader | Effect::LoadHeader => read.headers = true,
                Effect::LoadElem => read.elements = true,
                Effect::LoadCell => read.cells = true,
                Effect::LoadDict => read.dicts = true,
                Effect::LoadEntry => read.entries = true,
                Effect::GuardShape => read.shapes = true,
                Effect::LoadField if carried.contains(&(object(trace, inst.a), inst.b.0)) => {}
                Effect::LoadField => read.fields |= field(inst),
                Effect::Pure
                | Effect::Entry
                | Effect::Guard
                | Effect::Reserve
                | Effect::StoreLen
                | Effect::StoreElem
                | Effect::StoreCell
                | Effect::StoreField
                | Effect::AddField
                | Effect::StoreDict
                | Effect::StoreEntry
                | Effect::Alloc
                | Effect::Kernel
                | Effect::Call
                | Effect::Native
                | Effect::Structure => {}
            }
        }
        read
    }

    /// This and that.
    pub fn and(self, other: Memory) -> Memory {
        Memory {
            headers: self.headers || other.headers,
            elements: self.elements || other.elements,
            cells: self.cells || other.cells,
            dicts: self.dicts || other.dicts,
            entries: self.entries || other.entries,
            shapes: self.shapes || other.shapes,
            fields: self.fields | other.fields,
        }
    }

    /// Whether any of it may have another value after `changes`.
    pub fn changed_by(&self, changes: &Memory) -> bool {
        (self.headers && changes.headers)
            || (self.elements && changes.elements)
            || (self.cells && changes.cells)
            || (self.dicts && changes.dicts)
            || (self.entries && changes.entries)
            || (self.shapes && changes.shapes)
            || self.fields & changes.fields != 0
    }
}

/// Objects and offsets of the fields that a loop carries.
fn carried_fields(trace: &Trace) -> Vec<(Ref, u32)> {
    let Some(snapshot) = trace.loop_start().map(|start| trace.insts[start].snapshot) else { return Vec::new() };
    let Some(head) = trace.snapshots.get(snapshot.0 as usize) else { return Vec::new() };
    let object_of = |number: u16| {
        let named = |slot: Slot| matches!(slot, Slot::Object(known, _) if known == number);
        head.entries.iter().find(|entry| named(entry.0)).map(|entry| object(trace, entry.1.into()))
    };
    let field = |&(slot, _): &(Slot, _)| match slot {
        Slot::Field(number, offset) => Some((object_of(number)?, u32::from(offset))),
        _ => None,
    };
    head.entries.iter().filter_map(field).collect()
}

/// What a trace writes.
pub fn changes(trace: &Trace) -> Memory {
    let mut written = Memory::default();
    for inst in &trace.insts {
        match inst.op.effect() {
            Effect::StoreElem | Effect::Kernel => written.elements = true,
            Effect::Reserve | Effect::StoreLen => written.headers = true,
            Effect::StoreCell => written.cells = true,
            Effect::StoreDict => written = Memory { dicts: true, entries: true, ..written },
            Effect::StoreEntry => written.entries = true,
            Effect::AddField => written.shapes |= changes_shape(trace, inst),
            Effect::StoreField => written.fields |= field(inst),
            Effect::Call => match builtin_effect(inst.a.0) {
                builtins::Effect::Pure | builtins::Effect::Reads | builtins::Effect::Makes => {}
                builtins::Effect::Writes | builtins::Effect::Outside => {
                    written = Memory { headers: true, elements: true, dicts: true, entries: true, ..written };
                }
            },
            Effect::Native => {
                written = Memory {
                    headers: true,
                    elements: true,
                    cells: true,
                    dicts: true,
                    entries: true,
                    shapes: true,
                    fields: u64::MAX,
                };
            }
            Effect::Pure
            | Effect::Entry
            | Effect::Guard
            | Effect::GuardHeader
            | Effect::GuardShape
            | Effect::LoadHeader
            | Effect::LoadElem
            | Effect::LoadCell
            | Effect::LoadField
            | Effect::LoadDict
            | Effect::LoadEntry
            | Effect::Alloc
            | Effect::Structure => {}
        }
    }
    written
}
