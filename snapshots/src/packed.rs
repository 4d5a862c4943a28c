//! Snapshots as exits keep them: a few bytes for each slot.
//!
//! A program has far more exits than exits taken, and most slots of two neighbouring exits are alike; what is kept is
//! therefore small before it is quick. Layout, all numbers as varints (seven bits a byte, low ones first; signed ones
//! zigzagged):
//!
//! ```text
//! function, at, base (signed), number of entries,
//! then for each entry, ascending by slot:
//!     head      bits 0..4 the kind, bits 4..6 where the value is, bits 6..8 the kind of slot
//!     slot      of the stack and globals: signed distance from the entry before it (from 0 for the first of a kind);
//!               of objects: number, shape; of fields: number of the object, offset
//!     number    of the register, spill slot or constant
//! ```
//!
//! Constants are words in a table that all exits of a trace share.

use pseudo_vm::faults::{self, Fault};

use crate::{Pc, Slot};

/// Where compiled code keeps a value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Loc {
    /// A general-purpose register, by its number in the encoding of instructions.
    Gpr(u8),
    /// A floating-point register.
    Xmm(u8),
    /// A spill slot.
    Spill(u16),
    /// A constant of the trace.
    Const(u32),
}

macro_rules! define_kinds {
    ($($kind:ident $meaning:literal;)*) => {
        /// What the word at a location means, and so how it becomes a value of the interpreter.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Kind {
            $(#[doc = $meaning] $kind,)*
        }

        impl Kind {
            /// All kinds; the packed form numbers them in this order.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),*];
        }
    };
}

define_kinds! {
    Bits    "The interpreter's word as it is: a boxed value, a float, a return address.";
    Int     "An int, to be boxed.";
    Bool    "0 or 1.";
    Str     "Address of a string.";
    Array   "Address of an array.";
    Closure "Address of a closure.";
    Object  "Address of any other object.";
    Made    "The number of an object of the snapshot.";
}

/// A slot of a packed snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PackedEntry {
    /// The slot.
    pub slot: Slot,
    /// What the word is.
    pub kind: Kind,
    /// Where it is.
    pub loc: Loc,
}

/// A snapshot with locations for values, in few bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packed {
    bytes: Box<[u8]>,
    has_objects: bool,
}

impl Packed {
    /// Packs a snapshot. The entries ascend by slot.
    pub fn new(pc: Pc, base: i32, entries: &[PackedEntry]) -> Packed {
        let mut bytes = Vec::with_capacity(8 + 3 * entries.len());
        put(&mut bytes, pc.function as u64);
        put(&mut bytes, pc.at as u64);
        put_signed(&mut bytes, base as i64);
        put(&mut bytes, entries.len() as u64);
        let mut before = (0, 0);
        for entry in entries {
            let (group, slot, second) = match entry.slot {
                Slot::Stack(offset) => (0, offset as i64, None),
                Slot::Global(index) => (1, index as i64, None),
                Slot::Object(number, shape) => (2, number as i64, Some(shape)),
                Slot::Field(object, offset) => (3, object as i64, Some(offset as u32)),
            };
            let (place, number) = match entry.loc {
                Loc::Gpr(reg) => (0, reg as u64),
                Loc::Xmm(reg) => (1, reg as u64),
                Loc::Spill(slot) => (2, slot as u64),
                Loc::Const(index) => (3, index as u64),
            };
            bytes.push(entry.kind as u8 | place << 4 | group << 6);
            if group != before.0 && !faults::on(Fault::PackedGroup) {
                before = (group, 0);
            }
            put_signed(&mut bytes, slot - before.1);
            before.1 = slot;
            if let Some(second) = second {
                put(&mut bytes, second as u64);
            }
            put(&mut bytes, number);
        }
        let has_objects = entries.iter().any(|entry| matches!(entry.slot, Slot::Object(..)));
        Packed { bytes: bytes.into(), has_objects }
    }

    /// The instruction to resume at.
    pub fn pc(&self) -> Pc {
        self.entries().pc
    }

    /// Where register 0 of the running frame lies, in words from the entry frame's register 0.
    pub fn base(&self) -> i32 {
        self.entries().base
    }

    /// Bytes taken.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it names objects.
    pub fn has_objects(&self) -> bool {
        self.has_objects
    }

    /// What it says.
    pub fn entries(&self) -> Entries<'_> {
        let mut bytes = &*self.bytes;
        let function = take(&mut bytes) as u32;
        let at = take(&mut bytes) as u32;
        let base = take_signed(&mut bytes) as i32;
        let left = take(&mut bytes) as usize;
        Entries { bytes, pc: Pc { function, at }, base, left, before: (0, 0) }
    }
}

/// Reads a packed snapshot, slot by slot.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    bytes: &'a [u8],
    /// The instruction to resume at.
    pub pc: Pc,
    /// Register 0 of the running frame.
    pub base: i32,
    left: usize,
    before: (u8, i64),
}

impl Iterator for Entries<'_> {
    type Item = PackedEntry;

    fn next(&mut self) -> Option<PackedEntry> {
        self.left = self.left.checked_sub(1)?;
        let head = self.bytes[0];
        self.bytes = &self.bytes[1..];
        let kind = Kind::ALL[(head & 15) as usize];
        let group = head >> 6;
        if group != self.before.0 {
            self.before = (group, 0);
        }
        self.before.1 += take_signed(&mut self.bytes);
        let slot = match group {
            0 => Slot::Stack(self.before.1 as i32),
            1 => Slot::Global(self.before.1 as u32),
            2 => Slot::Object(self.before.1 as u16, take(&mut self.bytes) as u32),
            _ => Slot::Field(self.before.1 as u16, take(&mut self.bytes) as u16),
        };
        let number = take(&mut self.bytes);
        let loc = match head >> 4 & 3 {
            0 => Loc::Gpr(number as u8),
            1 => Loc::Xmm(number as u8),
            2 => Loc::Spill(number as u16),
            _ => Loc::Const(number as u32),
        };
        Some(PackedEntry { slot, kind, loc })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Entries<'_> {}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 128 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn put_signed(bytes: &mut Vec<u8>, number: i64) {
    put(bytes, (number << 1 ^ number >> 63) as u64);
}

fn take(bytes: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..).step_by(7) {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        number |= ((byte & 127) as u64) << shift;
        if byte < 128 {
            break;
        }
    }
    number
}

fn take_signed(bytes: &mut &[u8]) -> i64 {
    let number = take(bytes);
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        let entry = |slot, kind, loc| PackedEntry { slot, kind, loc };
        let entries = [
            entry(Slot::Stack(i32::MIN), Kind::Bits, Loc::Gpr(15)),
            entry(Slot::Stack(-2), Kind::Int, Loc::Xmm(0)),
            entry(Slot::Stack(0), Kind::Bool, Loc::Spill(255)),
            entry(Slot::Stack(i32::MAX), Kind::Str, Loc::Const(100_000)),
            entry(Slot::Global(0), Kind::Array, Loc::Gpr(0)),
            entry(Slot::Global(65_535), Kind::Closure, Loc::Spill(0)),
            entry(Slot::Global(65_536), Kind::Object, Loc::Const(0)),
            entry(Slot::Object(0, 1 << 30), Kind::Bits, Loc::Gpr(7)),
            entry(Slot::Object(65_535, 3), Kind::Object, Loc::Gpr(8)),
            entry(Slot::Field(0, 16), Kind::Int, Loc::Gpr(9)),
            entry(Slot::Field(65_535, 528), Kind::Bits, Loc::Xmm(2)),
        ];
        let pc = Pc { function: 300, at: 127 };
        let packed = Packed::new(pc, -70_000, &entries);
        assert_eq!(packed.pc(), pc);
        assert_eq!(packed.base(), -70_000);
        assert_eq!(packed.entries().collect::<Vec<_>>(), entries);
    }

    #[test]
    fn neighbouring_slots_take_three_bytes() {
        let entries: Vec<_> =
            (0..20).map(|slot| PackedEntry { slot: Slot::Stack(slot), kind: Kind::Int, loc: Loc::Gpr(1) }).collect();
        assert_eq!(Packed::new(Pc { function: 1, at: 2 }, 0, &entries).size(), 4 + 3 * 20);
    }

    #[test]
    fn an_empty_one_is_four_bytes() {
        let packed = Packed::new(Pc { function: 0, at: 0 }, 0, &[]);
        assert_eq!(packed.size(), 4);
        assert_eq!(packed.entries().count(), 0);
    }
}
