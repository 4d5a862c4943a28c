//! Native frames: calls of functions in code of their own, and what returns lead to.
//!
//! On entry to a root trace's code `[rsp]` is the address that the frame at `rbx` returns to: behind a call, with the result
//! in its register; or one of the routines that go back to the interpreter.

use pseudo_snapshots::Slot;
use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::trace::Inst;
use pseudo_trace::ir::types::{Const, Ref};

use super::encode::{Alu, Cond, Rm};
use super::{Destination, Emitter};
use crate::compile::CompileError;
use crate::context;
use crate::exits::kind_of;
use crate::regalloc::moves::in_order;
use crate::regalloc::registers::{BASE, CONTEXT, RAX, RSP, parameter_places};

impl Emitter<'_> {
    /// Calls a function: the globals as it is to find them, its closure and its parameters are brought to their places.
    pub(super) fn call_function(&mut self, at: u32, inst: &Inst) -> Result<(), CompileError> {
        let trace = self.input.trace;
        let state = &trace.snapshots[inst.snapshot.0 as usize];
        let places = self.input.allocation.call.as_deref().unwrap_or_default();
        for (&(slot, value), &place) in state.entries.iter().zip(places) {
            if let Slot::Global(_) = slot {
                let kind = kind_of(trace.ty(Ref::from(value))).ok_or(CompileError::Snapshot)?;
                self.store_boxed(slot, place, kind);
            }
        }
        let (&closure, arguments) = self.input.allocation.operands(at).split_first().ok_or(CompileError::Types)?;
        self.rcx = None;
        if !matches!(trace.as_const(inst.a), Some(Const::Proto(_))) {
            let kind = kind_of(trace.ty(inst.a)).ok_or(CompileError::Snapshot)?;
            self.store_boxed(Slot::Stack(state.base - 1), closure, kind);
        }
        let first = inst.b.0 as usize;
        let types: Vec<_> = trace.args[first..first + inst.c.0 as usize].iter().map(|&value| trace.ty(value)).collect();
        let passed = parameter_places(&types).ok_or(CompileError::Parameters)?;
        let moves: Vec<(Loc, Loc)> = arguments.iter().copied().zip(passed).collect();
        for (from, to) in in_order(&moves) {
            self.copy(from, to);
        }
        self.rcx = None;
        self.move_base(state.base);
        match self.input.callee {
            Destination::Own => self.code.call(self.entry),
            Destination::Address(address) => self.code.call_outside(address),
        }
        self.returns_to = Some(self.code.offset());
        self.move_base(-state.base);
        Ok(())
    }

    /// The code that is gone on with runs in a frame so many words above the native one. Where that does not return to the
    /// interpreter anyway, the new frame gets a return address of its own: that of a routine, and the distance behind it.
    pub(super) fn return_between(&mut self, words: i32) {
        let (between, done) = (self.code.label(), self.code.label());
        self.compare_return(0);
        self.code.jcc(Cond::NotEqual, between);
        self.code.bind(done);
        self.later(move |emitter| {
            emitter.code.bind(between);
            emitter.code.alu_imm(Alu::Sub, Rm::Reg(RSP), 16);
            emitter.code.mov_imm(RAX, emitter.input.routines.returned_between);
            emitter.code.store(Rm::Mem(RSP, 0), RAX);
            emitter.code.store_imm(Rm::Mem(RSP, 8), words);
            emitter.code.jmp(done);
        });
    }

    /// Writes the closure that runs in the frame at the base, where a call has left that to who looks for it.
    pub(super) fn write_closure(&mut self) {
        if let Some(home) = self.input.home {
            self.code.mov(RAX, Rm::Mem(CONTEXT, context::GLOBALS));
            self.code.mov(RAX, Rm::Mem(RAX, 8 * home as i32));
            self.code.store(Rm::Mem(BASE, -8), RAX);
        }
    }

    /// Compares the return address, which lies so many words up, with the one that leads to the interpreter: all frames
    /// below are in memory then. Uses `rax`.
    pub(super) fn compare_return(&mut self, words: u16) {
        self.code.mov_imm(RAX, self.input.routines.returned);
        self.code.alu(Alu::Cmp, RAX, Rm::Mem(RSP, 8 * i32::from(words)));
    }
}
