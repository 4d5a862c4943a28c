//! Machine code as others describe it to debuggers and profilers: pieces of memory, with names, source lines and frames.

use pseudo_snapshots::Pc;
use pseudo_trace::ir::trace::Trace;

use super::Engine;
use crate::code_memory::Routines;
use crate::compile::{CompiledTrace, MapEntry};
use crate::context;
use crate::frames::{Frame, Row, rows};
use crate::method::{self, MethodCode, Part};

/// Where code is that was called and has pushed nothing yet.
const CALLED: Frame = Frame::Stack(8);

/// What `enter` has pushed on the process's stack when compiled code runs, its return address included, in bytes.
const ENTERED: Frame = Frame::Context { word: context::HOST, above: 64 };

/// A piece of machine code that has come to lie somewhere.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// What it is.
    pub of: PieceOf<'a>,
    /// Its address.
    pub start: u64,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// What a piece of machine code is.
#[derive(Clone, Copy, Debug)]
pub enum PieceOf<'a> {
    /// A trace.
    Trace(&'a Trace, &'a CompiledTrace),
    /// A whole function, by the place that made it hot.
    Method(Pc, &'a MethodCode),
    /// What leads from the exit of a trace whose frame has so many words to a root trace.
    Bridge(u16),
    /// A routine that code calls or jumps to.
    Routine(&'static str),
}

impl Piece<'_> {
    /// Bytes of it that are instructions.
    pub fn code_size(&self) -> usize {
        let data = match self.of {
            PieceOf::Trace(_, code) => code.map.iter().find(|(_, entry)| *entry == MapEntry::Data).map(|data| data.0),
            PieceOf::Method(_, code) => code.map.iter().find(|(_, part)| *part == Part::Data).map(|data| data.0),
            PieceOf::Bridge(_) | PieceOf::Routine(_) => None,
        };
        data.map_or(self.bytes.len(), |data| data as usize)
    }

    /// Which bytecode instruction its code belongs to from which byte on, ascending.
    pub fn places(&self) -> Vec<(u32, Pc)> {
        let mut places: Vec<(u32, Pc)> = match self.of {
            PieceOf::Trace(trace, code) => {
                let place = |&(offset, entry)| Some((offset, place_in(trace, code, entry)?));
                code.map.iter().filter_map(place).collect()
            }
            PieceOf::Method(pc, code) => {
                let place = |&(offset, part): &(u32, Part)| {
                    let at = match part {
                        Part::Entry => 0,
                        Part::Inst(at) | Part::Slow(at) | Part::Resume(at) | Part::Edge(at) => at,
                        Part::Leaving | Part::Data => return None,
                    };
                    Some((offset, Pc { at, ..pc }))
                };
                code.map.iter().filter_map(place).collect()
            }
            PieceOf::Bridge(_) | PieceOf::Routine(_) => Vec::new(),
        };
        // Where several begin at one byte, only the last one has code.
        let mut kept: Vec<(u32, Pc)> = Vec::with_capacity(places.len());
        for (offset, pc) in places.drain(..) {
            if kept.last().is_some_and(|last| last.0 == offset) {
                kept.pop();
            }
            if kept.last().is_none_or(|last| last.1 != pc) {
                kept.push((offset, pc));
            }
        }
        kept
    }

    /// Where its frame begins, from which byte on.
    pub fn frames(&self) -> Vec<Row> {
        let (first, elsewhere) = match self.of {
            PieceOf::Trace(_, code) => (framed(code.found), framed(code.frame)),
            PieceOf::Method(..) => (CALLED, CALLED),
            PieceOf::Bridge(frame) => (framed(frame), CALLED),
            PieceOf::Routine("leave" | "return_to_interpreter") => (ENTERED, ENTERED),
            // On the stack lie the distance of two frames, and the address that the lower one returns to.
            PieceOf::Routine("return_between") => (Frame::Stack(16), Frame::Stack(16)),
            PieceOf::Routine(_) => (CALLED, CALLED),
        };
        rows(&self.bytes[..self.code_size()], first, elsewhere)
    }

    /// From which byte on the registers that callers expect to be kept lie below the frame's beginning: `rbx`, `rbp`, `r12` to
    /// `r15`, from 16 bytes below on. None where that is nowhere.
    pub fn saves_from(&self) -> Option<u32> {
        match self.of {
            PieceOf::Routine("leave" | "return_to_interpreter") => Some(0),
            PieceOf::Routine("enter") => {
                self.frames().iter().find(|row| row.frame == Frame::Stack(64)).map(|row| row.offset)
            }
            _ => None,
        }
    }
}

/// The frame of a trace whose native frame has so many words.
fn framed(words: u16) -> Frame {
    Frame::Stack(8 * i32::from(words) + 8)
}

/// The bytecode instruction that a part of a trace's code belongs to.
pub(super) fn place_in(trace: &Trace, code: &CompiledTrace, entry: MapEntry) -> Option<Pc> {
    let of_inst = |index: u32| {
        let inst = trace.insts.get(index as usize)?;
        Some(trace.origins.get(inst.origin as usize)?.pc)
    };
    match entry {
        MapEntry::Entry => Some(trace.pc),
        MapEntry::Inst(index) => of_inst(index),
        MapEntry::End => match trace.end {
            Some(end) => Some(trace.snapshots[end.0 as usize].pc),
            None => Some(trace.pc),
        },
        MapEntry::Stub(exit) => {
            let exit = code.exits.get(exit as usize)?;
            of_inst(exit.inst).or_else(|| Some(trace.snapshots[exit.snapshot.0 as usize].pc))
        }
        MapEntry::Tail | MapEntry::Data => None,
    }
}

impl Engine {
    /// Tells the observer of routines that have just been installed, which end at an address.
    pub(super) fn tell_routines(&mut self, vm: &pseudo_vm::vm::Vm, routines: Routines) {
        let (Some(observer), Some(memory)) = (&mut self.observer, &self.memory) else { return };
        let spans = routines.spans();
        let end = memory.routines_end();
        for (index, &(start, name)) in spans.iter().enumerate() {
            let next = spans.get(index + 1).map_or(end, |next| next.0);
            let bytes = memory.code(start, (next - start) as usize);
            observer.installed(vm, &Piece { of: PieceOf::Routine(name), start, bytes });
        }
    }

    /// The same for those of whole functions.
    pub(super) fn tell_method_routines(&mut self, vm: &pseudo_vm::vm::Vm, routines: method::Routines, end: u64) {
        let Some(memory) = self.methods.memory() else { return };
        let Some(observer) = &mut self.observer else { return };
        let spans = routines.spans();
        for (index, &(start, name)) in spans.iter().enumerate() {
            let next = spans.get(index + 1).map_or(end, |next| next.0);
            let bytes = memory.code(start, (next - start) as usize);
            observer.installed(vm, &Piece { of: PieceOf::Routine(name), start, bytes });
        }
    }
}
