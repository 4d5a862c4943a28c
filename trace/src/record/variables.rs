//! Moves, constants, globals, captured variables, cells, closures.

use pseudo_snapshots::Slot;
use pseudo_vm::bytecode::ops::Op as Bytecode;
use pseudo_vm::bytecode::proto::CaptureSource;
use pseudo_vm::jit::function_of;
use pseudo_vm::value::Value;

use super::aborts::{Abort, Reason};
use super::{Now, Pending, Recorder};
use crate::ir::ops::Op;
use crate::ir::types::{Const, Ref, Ty};

impl Recorder {
    pub(super) fn record_variable(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let word = now.word;
        let to = word.a();
        let value = match word.op() {
            Bytecode::Move => self.read_register(now, word.b())?,
            Bytecode::LoadInt => self.out.trace.int(word.x() as i64),
            Bytecode::LoadConst => self.constant(now, now.constant(word.x() as usize))?,
            Bytecode::LoadNil => self.out.trace.constant(Const::Nil),
            Bytecode::LoadFalse => self.out.trace.constant(Const::Bool(false)),
            Bytecode::LoadTrue => self.out.trace.constant(Const::Bool(true)),
            Bytecode::LoadUndef => self.out.trace.constant(Const::Undef),
            Bytecode::LoadBuiltin => return self.record_builtin_value(now, to, None),
            Bytecode::LoadSelf => self.known_closure(self.frames.closure_slot(), self.frames.top().function),
            Bytecode::GetGlobal => self.get_global(now)?,
            Bytecode::SetGlobal | Bytecode::DefGlobal => return self.set_global(now),
            Bytecode::GetCapture => self.capture_of_running(now, word.x() as usize)?,
            Bytecode::GetCellCapture => {
                let cell = self.capture_of_running(now, word.x() as usize)?;
                self.load_cell(now, cell)
            }
            Bytecode::SetCellCapture => {
                let cell = self.capture_of_running(now, word.x() as usize)?;
                let value = self.read_register(now, word.a())?;
                self.store_cell(cell, value);
                return Ok(());
            }
            Bytecode::NewCell => {
                let value = self.read_register(now, word.b())?;
                let value = self.out.boxed(value);
                self.out.emit(Op::NewCell, &[value])
            }
            Bytecode::GetCell => {
                let cell = self.read_register(now, word.b())?;
                self.load_cell(now, cell)
            }
            Bytecode::SetCell => {
                let cell = self.read_register(now, word.a())?;
                let value = self.read_register(now, word.b())?;
                self.store_cell(cell, value);
                return Ok(());
            }
            Bytecode::Closure => self.make_closure(now)?,
            _ => return Err(self.not_yet(now)),
        };
        self.write_register(now, to, value);
        Ok(())
    }

    /// A constant of the program.
    pub(super) fn constant(&mut self, now: &Now<'_>, value: Value) -> Result<Ref, Abort> {
        let constant = if let Some(int) = value.as_int() {
            Const::Int(int)
        } else if value.is_float() {
            Const::Float(value.0)
        } else if value.is_nil() {
            Const::Nil
        } else if value.is_bool() {
            Const::Bool(value.truthy())
        } else if value.as_string().is_some() {
            Const::Str(value.address() as u64)
        } else {
            return Err(self.not_yet(now));
        };
        Ok(self.out.trace.constant(constant))
    }

    /// A builtin as a value, bound to a receiver or not. Which object it is shows only once it is in its register.
    pub(super) fn record_builtin_value(
        &mut self,
        now: &Now<'_>,
        to: usize,
        receiver: Option<Ref>,
    ) -> Result<(), Abort> {
        let slot = self.frames.slot(to);
        let undef = self.out.trace.constant(Const::Undef);
        self.write(now, slot, undef);
        self.pending = Some(match receiver {
            Some(receiver) => Pending::BoundBuiltin { slot, receiver },
            None => Pending::Builtin { slot },
        });
        Ok(())
    }

    /// Completes [`Recorder::record_builtin_value`].
    pub(super) fn settle_builtin(&mut self, now: &Now<'_>, slot: Slot) -> Result<(), Abort> {
        let value = self.peek(now, slot).ok_or_else(|| self.abort(Reason::Lost))?;
        let value = self.builtin(now, value)?;
        self.slots.set(slot, value);
        Ok(())
    }

    /// The value of a builtin: those that are written in Rust, and the class of errors, are objects that stay where they
    /// are; those of the prelude are closures, and globals of the prelude hold them.
    pub(super) fn builtin(&mut self, now: &Now<'_>, value: Value) -> Result<Ref, Abort> {
        if value.as_builtin().is_some() || value.as_class().is_some() {
            return Ok(self.out.trace.constant(Const::Value(value.0)));
        }
        let global = now.vm.globals.values().iter().position(|&global| global == value);
        let global = global.ok_or_else(|| self.abort_at(Reason::NotYet, "a builtin that is no global"))?;
        self.read(now, Slot::Global(global as u32))
    }

    fn get_global(&mut self, now: &Now<'_>) -> Result<Ref, Abort> {
        let slot = Slot::Global(now.word.x() as u32);
        if self.peek(now, slot).is_none_or(Value::is_undef) {
            return Err(self.abort(Reason::Throws));
        }
        let closure = self.peek(now, slot).filter(|_| !now.vm.globals.info(now.word.x() as u32).reassigned);
        if let Some(function) = closure.and_then(|value| function_of(now.vm, value)) {
            // Defined for good.
            return Ok(self.known_closure(slot, function.id));
        }
        self.read(now, slot)
    }

    /// The value of a slot that is known to hold a closure of a function.
    fn known_closure(&mut self, slot: Slot, function: u32) -> Ref {
        let value = self.slots.get(slot).and_then(|state| state.current);
        let value = value.unwrap_or_else(|| {
            let raw = self.raw(slot);
            self.slots.adopt(slot, raw);
            raw
        });
        self.functions.insert(value, function);
        value
    }

    fn set_global(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let slot = Slot::Global(now.word.x() as u32);
        if now.word.op() == Bytecode::SetGlobal {
            self.guard_defined_global(now, slot)?;
        }
        let value = self.read_register(now, now.word.a())?;
        self.write(now, slot, value);
        Ok(())
    }

    /// The closure that is running.
    pub(super) fn running_closure(&mut self, now: &Now<'_>) -> Result<Ref, Abort> {
        self.typed(now, self.frames.closure_slot())
    }

    fn capture_of_running(&mut self, now: &Now<'_>, index: usize) -> Result<Ref, Abort> {
        let closure = self.running_closure(now)?;
        Ok(self.out.emit(Op::FnCapture, &[closure, Ref(index as u32)]))
    }

    fn load_cell(&mut self, now: &Now<'_>, cell: Ref) -> Ref {
        let address = self.out.emit(Op::CellAddr, &[cell]);
        let value = self.out.emit(Op::LoadCell, &[address]);
        self.guard(now, Op::GuardDefined, &[value]);
        value
    }

    fn store_cell(&mut self, cell: Ref, value: Ref) {
        let value = self.out.boxed(value);
        let address = self.out.emit(Op::CellAddr, &[cell]);
        self.out.emit(Op::Barrier, &[cell]);
        self.out.emit(Op::StoreCell, &[address, value]);
    }

    fn make_closure(&mut self, now: &Now<'_>) -> Result<Ref, Abort> {
        let proto = &now.proto.protos[now.word.x() as usize];
        let mut captures = Vec::with_capacity(proto.captures.len());
        for &source in &proto.captures {
            let value = match source {
                CaptureSource::Register(register) => self.read_register(now, register as usize)?,
                CaptureSource::Capture(index) => self.capture_of_running(now, index as usize)?,
            };
            captures.push(self.out.boxed(value));
        }
        let function = self.out.trace.constant(Const::Proto(proto.id));
        debug_assert_eq!(self.out.ty(function), Ty::Ptr);
        Ok(self.out.emit_with_arguments(Op::NewClosure, function, &captures))
    }
}
