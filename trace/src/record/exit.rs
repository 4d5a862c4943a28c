//! What a side trace finds at the exit that it begins at.

use pseudo_snapshots::Slot;
use pseudo_vm::vm::Vm;
use rustc_hash::FxHashMap;

use super::emit::{AT_ENTRY, Section};
use super::{ExitValue, ParentExit, Recorder};
use crate::ir::ops::Op;
use crate::ir::trace::{SnapshotId, Trace};
use crate::ir::types::{Const, Ref};

impl ExitValue {
    /// The values of a snapshot's entries. `is_nil` says of the entry at an index whether it is nil now.
    pub fn of(trace: &Trace, snapshot: SnapshotId, is_nil: &dyn Fn(usize) -> bool) -> Vec<ExitValue> {
        let entries = &trace.snapshots[snapshot.0 as usize].entries;
        let value = |index: usize, slot: Slot, value: Ref| match (trace.as_const(value), trace.def(value)) {
            (Some(constant), _) => ExitValue::Constant(constant),
            (None, Some(inst)) if matches!(slot, Slot::Object(..)) && matches!(inst.op, Op::Phi | Op::Inherit) => {
                if is_nil(index) {
                    ExitValue::Missing
                } else {
                    ExitValue::Present
                }
            }
            (None, Some(inst)) if inst.op == Op::Slot => ExitValue::Found(inst.slot()),
            (None, _) => ExitValue::Inherited(trace.ty(value)),
        };
        entries.iter().enumerate().map(|(index, &(slot, entry))| value(index, slot, entry.into())).collect()
    }
}

impl Recorder {
    /// Takes over what the exit's snapshot says, which is that of the trace's entry by now: makes the objects that the parent
    /// has not made, does the writes that it has put off, and knows the slots.
    pub(super) fn take_over(&mut self, vm: &Vm, parent: &ParentExit<'_>) {
        let found: Vec<(Slot, Ref)> =
            self.out.trace.snapshots[0].entries.iter().map(|&(slot, value)| (slot, value.into())).collect();
        // The objects by their numbers, boxed and not.
        let mut objects: FxHashMap<u16, (Ref, Ref)> = FxHashMap::default();
        for (index, &(slot, value)) in found.iter().enumerate() {
            let Slot::Object(number, shape) = slot else { continue };
            let object = match parent.values[index] {
                ExitValue::Constant(Const::Nil) | ExitValue::Missing => {
                    if !value.is_const() {
                        self.out.push(Section::Preamble, Op::GuardNil, &[value], AT_ENTRY);
                    }
                    let nil = self.out.trace.constant(Const::Nil);
                    let object = self.new_instance(shape, &vec![nil; vm.heap.room_of(shape)]);
                    (object, self.slots.known_instances[&(object, shape)])
                }
                ExitValue::Present => {
                    let instance = self.out.push(Section::Preamble, Op::GuardShape, &[value, Ref(shape)], AT_ENTRY);
                    self.known_object(parent, &found, index, instance)
                }
                ExitValue::Constant(_) | ExitValue::Inherited(_) | ExitValue::Found(_) => {
                    let instance = self.out.emit(Op::Shaped, &[value, Ref(shape)]);
                    self.known_object(parent, &found, index, instance)
                }
            };
            objects.insert(number, object);
        }
        for &(slot, value) in &found {
            let value = match self.out.trace.as_const(value) {
                Some(Const::Made(number)) => objects[&number].0,
                _ => value,
            };
            match slot {
                Slot::Object(..) => {}
                // The interpreter finds it in memory, and so shall the side trace.
                Slot::Field(number, offset) => self.store_field(objects[&number].1, u32::from(offset), value),
                Slot::Stack(_) | Slot::Global(_) => {
                    // What the parent knew of an array may not hold any more.
                    let value = if self.out.ty(value).is_array() { self.out.boxed(value) } else { value };
                    self.slots.set(slot, value);
                }
            }
        }
    }

    /// An object that is there. One that a variable holds too is one value, so that it is known to be the same.
    fn known_object(
        &mut self,
        parent: &ParentExit<'_>,
        found: &[(Slot, Ref)],
        index: usize,
        instance: Ref,
    ) -> (Ref, Ref) {
        let (slot, value) = found[index];
        let entries = &parent.snapshot.entries;
        let twin = entries[..index].iter().position(|entry| entry.1 == entries[index].1);
        let value = twin.map_or(value, |twin| found[twin].1);
        if let Slot::Object(_, shape) = slot {
            self.slots.known_instances.insert((value, shape), instance);
        }
        self.slots.set(slot, value);
        if let ExitValue::Found(found) = parent.values[index]
            && parent.snapshot.get(found).is_none()
        {
            // A variable that the parent has not changed is known to hold the object.
            self.slots.adopt(found, value);
        }
        (value, instance)
    }
}
