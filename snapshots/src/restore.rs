//! Rebuilds the interpreter's state from what the machine's registers held when an exit was taken.
//!
//! Each slot that the snapshot names is read from its register, spill slot or constant, becomes a value, and goes to the
//! register stack, the globals or a field of an object. All else is in memory already. Objects that compiled code has not made
//! are made first. Never collects: the frames are half built meanwhile.

use pseudo_vm::faults::{self, Fault};
use pseudo_vm::heap::Heap;
use pseudo_vm::value::{TAG_ARRAY, TAG_CLOSURE, TAG_OBJECT, TAG_STRING, Value};

use crate::packed::{Kind, Loc, Packed, PackedEntry};
use crate::{Pc, Slot};

/// What compiled code left in the machine.
#[derive(Clone, Copy, Debug)]
pub struct Machine<'a> {
    /// General-purpose registers, by number.
    pub gpr: &'a [u64; 16],
    /// Floating-point registers, by number.
    pub xmm: &'a [u64; 16],
    /// The frame that spill slots lie in, from its lowest word on: slot 0 is the last.
    pub frame: &'a [u64],
    /// Constants of the trace.
    pub constants: &'a [u64],
}

impl Machine<'_> {
    /// The word at a location.
    pub fn word(&self, loc: Loc) -> u64 {
        match loc {
            Loc::Gpr(reg) => self.gpr[reg as usize],
            Loc::Xmm(reg) if faults::on(Fault::RestoreFloat) => self.xmm[reg as usize] & (u64::MAX << 32),
            Loc::Xmm(reg) => self.xmm[reg as usize],
            Loc::Spill(slot) => self.frame[self.frame.len() - 1 - slot as usize],
            Loc::Const(index) => self.constants[index as usize],
        }
    }
}

/// Where the interpreter goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Resume {
    /// The instruction.
    pub pc: Pc,
    /// Register 0 of the running frame.
    pub base: *mut Value,
}

/// The objects of a snapshot, by their numbers.
type Objects = Vec<(u16, Value)>;

/// The object of a number.
fn object(objects: &Objects, number: u16) -> Value {
    let known = objects.iter().find(|known| known.0 == number);
    known.expect("a snapshot names the objects that it refers to").1
}

/// A word of a snapshot as a value, which may be one of the snapshot's objects.
fn value_or_object(kind: Kind, word: u64, objects: &Objects, heap: &mut Heap) -> Value {
    if kind == Kind::Made { object(objects, word as u16) } else { value(kind, word, heap) }
}

/// A word of compiled code as a value. Ints may be allocated.
///
/// # Panics
///
/// For an object that only a snapshot knows.
pub fn value(kind: Kind, word: u64, heap: &mut Heap) -> Value {
    match kind {
        Kind::Made => unreachable!("an object of a snapshot is no word"),
        Kind::Bits => Value(word),
        Kind::Int if faults::on(Fault::RestoreInt) => heap.int(i64::from(word as i32)),
        Kind::Int => heap.int(word as i64),
        Kind::Bool => Value::bool(word & 1 == 1),
        Kind::Str => Value::pointer(TAG_STRING, word as *const u8),
        Kind::Array => Value::pointer(TAG_ARRAY, word as *const u8),
        Kind::Closure => Value::pointer(TAG_CLOSURE, word as *const u8),
        Kind::Object => Value::pointer(TAG_OBJECT, word as *const u8),
    }
}

/// Writes every slot of a snapshot.
///
/// # Safety
///
/// `entry` is register 0 of the frame that the trace was entered with, and every stack slot of the snapshot lies in the
/// register stack; `globals` is global 0, and every global of the snapshot is declared. No reference to either is alive.
/// Objects of the snapshot are live instances of the heap that have their fields at these offsets, or their shapes are those of
/// classes that are alive and have.
pub unsafe fn restore(
    snapshot: &Packed,
    machine: &Machine<'_>,
    entry: *mut Value,
    globals: *mut Value,
    heap: &mut Heap,
) -> Resume {
    let entries = snapshot.entries();
    let resume = Resume { pc: entries.pc, base: entry.wrapping_offset(entries.base as isize) };
    // SAFETY: the caller vouches for all of it.
    unsafe { write_slots(entries, snapshot.has_objects(), machine, entry, globals, heap) };
    resume
}

/// The same for what [`Packed::entries`] has given: for a snapshot that many frames in a row are restored from.
///
/// # Safety
///
/// As for [`restore`].
pub unsafe fn restore_entries(
    entries: &[PackedEntry],
    machine: &Machine<'_>,
    entry: *mut Value,
    globals: *mut Value,
    heap: &mut Heap,
) {
    let has_objects = entries.iter().any(|packed| matches!(packed.slot, Slot::Object(..)));
    // SAFETY: the caller vouches for all of it.
    unsafe { write_slots(entries.iter().copied(), has_objects, machine, entry, globals, heap) }
}

/// Writes slots.
///
/// # Safety
///
/// As for [`restore`].
#[inline(always)]
unsafe fn write_slots(
    entries: impl Iterator<Item = PackedEntry> + Clone,
    has_objects: bool,
    machine: &Machine<'_>,
    entry: *mut Value,
    globals: *mut Value,
    heap: &mut Heap,
) {
    let mut objects = Objects::new();
    if has_objects {
        for packed in entries.clone() {
            let Slot::Object(number, shape) = packed.slot else { continue };
            let known = value_or_object(packed.kind, machine.word(packed.loc), &objects, heap);
            objects.push((number, if known.is_nil() { heap.instance_of(shape, &[]) } else { known }));
        }
    }
    for packed in entries {
        let value = value_or_object(packed.kind, machine.word(packed.loc), &objects, heap);
        let place = match packed.slot {
            Slot::Stack(offset) => entry.wrapping_offset(offset as isize),
            Slot::Global(index) => globals.wrapping_add(index as usize),
            Slot::Object(..) => continue,
            Slot::Field(number, offset) => {
                let object = object(&objects, number).address();
                if !faults::on(Fault::RestoreBarrier) {
                    // SAFETY: the caller vouches for the object, or it was just made.
                    unsafe { heap.barrier(object) };
                }
                object.wrapping_byte_add(offset as usize).cast()
            }
        };
        // SAFETY: the caller vouches that the slots lie in the stack, among the globals and in objects.
        unsafe { *place = value }
    }
}

#[cfg(test)]
mod tests {
    use pseudo_vm::heap::class::ClassInfo;
    use pseudo_vm::heap::object::{GC_OLD, GC_REMEMBERED, Header};

    use super::*;

    #[test]
    fn every_kind_from_every_place() {
        let mut gpr = [0; 16];
        let mut xmm = [0; 16];
        gpr[8] = -5i64 as u64;
        gpr[9] = 1;
        xmm[3] = 2.5f64.to_bits();
        let mut heap = Heap::default();
        let (one, other) = (heap.bound(Value::NIL, Value::NIL), heap.bound(Value::NIL, Value::NIL));
        let frame = [other.address() as u64, one.0, 0x1000, 1u64 << 50];
        let constants = [7, Value::NIL.0];
        let machine = Machine { gpr: &gpr, xmm: &xmm, frame: &frame, constants: &constants };
        let entry = |slot, kind, loc| PackedEntry { slot, kind, loc };
        let packed = Packed::new(
            Pc { function: 4, at: 9 },
            2,
            &[
                entry(Slot::Stack(-1), Kind::Int, Loc::Gpr(8)),
                entry(Slot::Stack(0), Kind::Bool, Loc::Gpr(9)),
                entry(Slot::Stack(1), Kind::Bits, Loc::Xmm(3)),
                entry(Slot::Stack(2), Kind::Int, Loc::Spill(0)),
                entry(Slot::Stack(3), Kind::Str, Loc::Spill(1)),
                entry(Slot::Stack(4), Kind::Array, Loc::Spill(1)),
                entry(Slot::Stack(5), Kind::Closure, Loc::Spill(1)),
                entry(Slot::Stack(7), Kind::Object, Loc::Spill(1)),
                entry(Slot::Global(0), Kind::Int, Loc::Const(0)),
                entry(Slot::Global(2), Kind::Bits, Loc::Const(1)),
                entry(Slot::Object(3, 9), Kind::Bits, Loc::Spill(2)),
                entry(Slot::Object(4, 9), Kind::Object, Loc::Spill(3)),
                entry(Slot::Field(3, 16), Kind::Int, Loc::Gpr(8)),
                entry(Slot::Field(4, 8), Kind::Bool, Loc::Gpr(9)),
            ],
        );
        let untouched = Value::UNDEF;
        let mut stack = [untouched; 10];
        let mut globals = [untouched; 3];
        let base = &raw mut stack[1];
        // SAFETY: the slots -1 to 7 lie in the ten words around `base`, the globals in the three, and
        // fields begin behind a header of 8 bytes.
        let resume = unsafe { restore(&packed, &machine, base, globals.as_mut_ptr(), &mut heap) };
        assert_eq!(resume, Resume { pc: Pc { function: 4, at: 9 }, base: base.wrapping_add(2) });
        assert_eq!(stack[3].as_int(), Some(1 << 50));
        let large = stack[3];
        assert_eq!(one.as_bound(), Some((Value::NIL, Value::small_int(-5))));
        assert_eq!(other.as_bound(), Some((Value::TRUE, Value::NIL)));
        let pointer = |tag| Value::pointer(tag, 0x1000 as *const u8);
        assert_eq!(
            stack,
            [
                Value::small_int(-5),
                Value::TRUE,
                Value::float(2.5),
                large,
                pointer(TAG_STRING),
                pointer(TAG_ARRAY),
                pointer(TAG_CLOSURE),
                untouched,
                pointer(TAG_OBJECT),
                untouched,
            ]
        );
        assert_eq!(globals, [Value::small_int(7), untouched, Value::NIL]);
    }

    #[test]
    fn old_objects_whose_fields_are_written_are_remembered() {
        let mut heap = Heap::default();
        let old = heap.bound(Value::NIL, Value::NIL);
        let header = old.address().cast::<Header>();
        // SAFETY: it is a live object, which nothing else looks at; old ones differ in this bit alone.
        unsafe { (*header).gc |= GC_OLD };
        let young = heap.bound(Value::NIL, Value::NIL);
        let constants = [old.0, young.0];
        let machine = Machine { gpr: &[0; 16], xmm: &[0; 16], frame: &[], constants: &constants };
        let packed = Packed::new(
            Pc { function: 0, at: 0 },
            0,
            &[
                PackedEntry { slot: Slot::Object(1, 9), kind: Kind::Bits, loc: Loc::Const(0) },
                PackedEntry { slot: Slot::Field(1, 16), kind: Kind::Bits, loc: Loc::Const(1) },
            ],
        );
        let mut stack = [Value::UNDEF; 1];
        // SAFETY: no slot of the stack or global is written; the object has two fields behind a header of 8 bytes.
        let gc = unsafe {
            restore(&packed, &machine, stack.as_mut_ptr(), stack.as_mut_ptr(), &mut heap);
            (*header).gc
        };
        assert_eq!(old.as_bound(), Some((Value::NIL, young)));
        assert_eq!(gc & GC_REMEMBERED, GC_REMEMBERED);
    }

    #[test]
    fn objects_that_are_not_there_are_made() {
        let mut heap = Heap::default();
        let name = heap.constant_string("Pair");
        let info = ClassInfo { name, extends: false, methods: 0, fields: Vec::new(), expected: 2, has_text: false };
        let class = heap.class(&info, None);
        let there = heap.instance(class);
        let shape = class.first_shape();
        let gpr = [there.0; 16];
        let constants = [Value::NIL.0, 4, 5, -7i64 as u64];
        let machine = Machine { gpr: &gpr, xmm: &[0; 16], frame: &[], constants: &constants };
        let entry = |slot, kind, number| PackedEntry { slot, kind, loc: Loc::Const(number) };
        let packed = Packed::new(
            Pc { function: 0, at: 0 },
            0,
            &[
                entry(Slot::Stack(0), Kind::Made, 1),
                entry(Slot::Stack(1), Kind::Made, 1),
                entry(Slot::Global(0), Kind::Made, 2),
                entry(Slot::Object(4, shape), Kind::Bits, 0),
                PackedEntry { slot: Slot::Object(5, shape), kind: Kind::Bits, loc: Loc::Gpr(1) },
                entry(Slot::Field(4, 16), Kind::Made, 2),
                entry(Slot::Field(4, 24), Kind::Made, 1),
                entry(Slot::Field(5, 16), Kind::Int, 3),
            ],
        );
        let mut stack = [Value::UNDEF; 2];
        let mut globals = [Value::UNDEF; 1];
        // SAFETY: the slots lie in the two words and the one; instances of the shape have room for two fields.
        unsafe { restore(&packed, &machine, stack.as_mut_ptr(), globals.as_mut_ptr(), &mut heap) };
        let made = stack[0];
        assert_eq!((stack[1], globals[0]), (made, there));
        assert_ne!(made, there);
        let field = |object: Value, index: usize| {
            // SAFETY: as above; both are alive.
            unsafe { *object.address().cast::<Value>().add(2 + index) }
        };
        assert_eq!([field(made, 0), field(made, 1)], [there, made]);
        assert_eq!([field(there, 0), field(there, 1)], [Value::small_int(-7), Value::NIL]);
        assert_eq!(made.as_instance().expect("an instance").shape(), shape);
    }
}
