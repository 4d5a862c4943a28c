//! Tells a debugger of machine code, by the interface that gdb has for just-in-time compilers: a file in memory for each
//! piece, with a symbol, source lines, and how to unwind through it. `docs/gdb.md` shows it in use.

mod dwarf;
mod elf;
mod interface;
mod unwinding;

use pseudo_codegen::engine::{Event, Observer, Piece, PieceOf};
use pseudo_vm::vm::Vm;

use crate::machine_code::{Lines, lines, name};
use interface::Registered;

/// Registers each piece of code as it is installed.
#[derive(Default)]
pub struct Gdb {
    traces: Vec<Registered>,
    /// Routines, and code of whole functions: they stay.
    others: Vec<Registered>,
}

impl Observer for Gdb {
    fn event(&mut self, _: &Vm, event: &Event<'_>) {
        if let Event::Flushed { .. } = event {
            self.traces.clear();
        }
    }

    fn installed(&mut self, vm: &Vm, piece: &Piece<'_>) {
        let registered = Registered::new(object(&symbol(vm, piece), piece, &lines(vm, piece)));
        match piece.of {
            PieceOf::Trace(..) | PieceOf::Bridge(_) => self.traces.push(registered),
            PieceOf::Method(..) | PieceOf::Routine(_) => self.others.push(registered),
        }
    }

    fn wants_listings(&self) -> bool {
        false
    }
}

/// What a debugger calls a piece of code.
fn symbol(vm: &Vm, piece: &Piece<'_>) -> String {
    match piece.of {
        // Behind a routine of this name, and no other, gdb goes on where a frame lies below the one that it has called: helpers
        // run on the process's stack, compiled code on one of its own.
        PieceOf::Routine("call_out") => "__morestack".to_string(),
        _ => name(vm, piece),
    }
}

/// The file for a piece of code.
pub fn object(name: &str, piece: &Piece<'_>, lines: &Lines) -> Vec<u8> {
    let code = elf::Code { name, start: piece.start, size: piece.bytes.len() as u64 };
    let info = dwarf::info(&code, lines);
    let keeps_context = matches!(piece.of, PieceOf::Trace(..) | PieceOf::Bridge(_));
    let frames = unwinding::frames(&code, &piece.frames(), piece.saves_from(), keeps_context);
    elf::object(&code, &info, &frames)
}

#[cfg(test)]
mod tests;
