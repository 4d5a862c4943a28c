//! Operands and results: values brought into machine registers, tested once, and written back when they must be.

use std::mem::offset_of;
use std::rc::Rc;

use pseudo_vm::faults::{self, Fault};
use pseudo_vm::heap::object::BigInt;
use pseudo_vm::value::{TAG_ARRAY, TAG_BIG_INT, TAG_CLOSURE, TAG_OBJECT, TAG_SHIFT, TAG_STRING, Value};

use super::Compiler;
use super::context::{Context, Form, Kind, Place, Slot};
use super::leaving::Cold;
use super::registers::{BASE, GLOBALS, GPRS, INTS, RAX, RCX, TAGGED, XMMS};
use super::routines::Routines;
use crate::emit::encode::{Alu, Code, Cond, Label, Rm, Shift};

/// An int operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Int {
    /// In the upper 48 bits of a register.
    High(u8),
    /// A constant that fits 48 bits.
    Const(i64),
}

/// An int operand of whatever size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wide {
    /// In a register, as it is.
    Raw(u8),
    /// One of 48 bits.
    Small(Int),
}

/// Bits that an int in the upper 48 bits of a register is shifted by.
pub(super) const HIGH: u8 = (u64::BITS - TAG_SHIFT) as u8;

/// A slot's place in memory.
pub(super) fn memory(slot: Slot) -> Rm {
    match slot {
        Slot::Register(register) => Rm::Mem(BASE, 8 * i32::from(register)),
        Slot::Global(global) => Rm::Mem(GLOBALS, 8 * global as i32),
    }
}

/// Writes the value of a place to memory. Uses `rax`.
pub(super) fn store(code: &mut Code, routines: Routines, context: &Context, place: &Place) {
    let to = memory(place.slot);
    match context.form(place.slot) {
        Form::Memory(_) => {
            if let Form::Same(other) = place.form {
                code.mov(RAX, memory(other));
                code.store(to, RAX);
            }
        }
        Form::Same(_) => unreachable!("what a slot is the same as is not the same as a third"),
        Form::Word(reg, _) => code.store(to, reg),
        Form::High(reg) => {
            code.mov(RAX, Rm::Reg(reg));
            code.shift_imm(Shift::Shr, RAX, HIGH);
            code.alu(Alu::Or, RAX, Rm::Reg(INTS));
            code.store(to, RAX);
        }
        Form::Raw(reg) => {
            code.mov(RAX, Rm::Reg(reg));
            code.call_outside(routines.to_value);
            code.store(to, RAX);
        }
        Form::Float(reg) => code.movsd_store(to, reg),
        Form::Const(value) => match i32::try_from(value.0 as i64) {
            Ok(imm) => code.store_imm(to, imm),
            Err(_) => {
                code.mov_imm(RAX, value.0);
                code.store(to, RAX);
            }
        },
    }
}

/// Compares the tag of the value in a register (not `rcx`, which is changed).
pub(super) fn compare_tag(code: &mut Code, reg: u8, tag: u16) {
    code.mov(RCX, Rm::Reg(reg));
    code.shift_imm(Shift::Shr, RCX, TAG_SHIFT as u8);
    code.alu32_imm(Alu::Cmp, Rm::Reg(RCX), i32::from(tag));
}

impl Compiler<'_> {
    /// Notes that the running instruction uses a slot, whose value is in this form now.
    pub(super) fn touch(&mut self, slot: Slot, form: Form) {
        let dirty = self.context.get(slot).is_some_and(|place| place.dirty);
        self.context.set(Place { slot, form, dirty, used: self.at });
    }

    /// What is known of a slot.
    pub(super) fn kind(&self, slot: Slot) -> Kind {
        self.context.form(slot).kind()
    }

    /// The constant that a slot holds.
    pub(super) fn known(&self, slot: Slot) -> Option<Value> {
        match self.context.form(slot) {
            Form::Const(value) => Some(value),
            _ => None,
        }
    }

    /// A register that holds nothing. What it held is written back if need be, unless this instruction uses it.
    pub(super) fn free_gpr(&mut self) -> u8 {
        let taken = |context: &Context, reg| context.places().iter().any(|place| place.form.gpr() == Some(reg));
        if let Some(reg) = GPRS.into_iter().find(|&reg| !self.pinned.contains(&reg) && !taken(&self.context, reg)) {
            self.pinned.push(reg);
            return reg;
        }
        let oldest = self.context.places().iter().filter(|place| place.used != self.at && place.form.gpr().is_some());
        let oldest =
            *oldest.min_by_key(|place| place.used).expect("an instruction uses fewer registers than there are");
        self.evict(&oldest);
        let reg = oldest.form.gpr().expect("just looked for");
        self.pinned.push(reg);
        reg
    }

    /// The same for floats.
    pub(super) fn free_xmm(&mut self) -> u8 {
        let taken = |context: &Context, reg| context.places().iter().any(|place| place.form.xmm() == Some(reg));
        if let Some(reg) = XMMS.into_iter().find(|&reg| !taken(&self.context, reg)) {
            return reg;
        }
        let oldest = self.context.places().iter().filter(|place| place.used != self.at && place.form.xmm().is_some());
        let oldest =
            *oldest.min_by_key(|place| place.used).expect("an instruction uses fewer registers than there are");
        self.evict(&oldest);
        oldest.form.xmm().expect("just looked for")
    }

    fn evict(&mut self, place: &Place) {
        match place.form {
            // Not through `rax`: the instruction may have something there by now.
            Form::High(reg) if place.dirty => {
                self.code.shift_imm(Shift::Shr, reg, HIGH);
                self.code.alu(Alu::Or, reg, Rm::Reg(INTS));
                self.code.store(memory(place.slot), reg);
            }
            Form::Raw(reg) if place.dirty => {
                self.code.exchange_rax(reg);
                self.code.call_outside(self.options.routines.to_value);
                self.code.exchange_rax(reg);
                self.code.store(memory(place.slot), reg);
            }
            _ if place.dirty => {
                let context = std::mem::take(&mut self.context);
                store(&mut self.code, self.options.routines, &context, place);
                self.context = context;
            }
            _ => {}
        }
        self.context.set(Place { form: Form::Memory(place.form.kind()), dirty: false, ..*place });
    }

    /// The value of a slot, as it is, in a register that must not be changed. Uses `rax`.
    pub(super) fn word(&mut self, slot: Slot) -> u8 {
        let slot = self.context.resolve(slot);
        let form = self.context.form(slot);
        let reg = match form {
            Form::Word(reg, _) => {
                self.touch(slot, form);
                return reg;
            }
            Form::High(reg) => {
                self.code.shift_imm(Shift::Shr, reg, HIGH);
                self.code.alu(Alu::Or, reg, Rm::Reg(INTS));
                reg
            }
            Form::Raw(reg) => {
                self.code.mov(RAX, Rm::Reg(reg));
                self.code.call_outside(self.options.routines.to_value);
                self.code.mov(reg, Rm::Reg(RAX));
                reg
            }
            Form::Memory(_) | Form::Same(_) => {
                let reg = self.free_gpr();
                self.code.mov(reg, memory(slot));
                reg
            }
            Form::Const(value) => {
                // Stays a constant.
                self.touch(slot, form);
                let reg = self.free_gpr();
                self.code.mov_imm(reg, value.0);
                return reg;
            }
            Form::Float(xmm) => {
                self.touch(slot, form);
                let reg = self.free_gpr();
                self.code.movq_from_xmm(reg, xmm);
                return reg;
            }
        };
        self.touch(slot, Form::Word(reg, form.kind()));
        reg
    }

    /// Brings the value of a slot, as it is, into a scratch register.
    pub(super) fn word_into(&mut self, slot: Slot, reg: u8) {
        match self.context.form(slot) {
            Form::Memory(_) | Form::Same(_) => self.code.mov(reg, memory(self.context.resolve(slot))),
            Form::Word(from, _) => self.code.mov(reg, Rm::Reg(from)),
            Form::High(from) => {
                self.code.mov(reg, Rm::Reg(from));
                self.code.shift_imm(Shift::Shr, reg, HIGH);
                self.code.alu(Alu::Or, reg, Rm::Reg(INTS));
            }
            Form::Raw(from) => {
                self.code.mov(reg, Rm::Reg(from));
                if reg != RAX {
                    self.code.exchange_rax(reg);
                }
                self.code.call_outside(self.options.routines.to_value);
                if reg != RAX {
                    self.code.exchange_rax(reg);
                }
            }
            Form::Float(from) => self.code.movq_from_xmm(reg, from),
            Form::Const(value) => self.code.mov_imm(reg, value.0),
        }
    }

    /// The int of a slot; leaves the instruction to its handler if it is no int of 48 bits. None if it is known not to be.
    pub(super) fn int(&mut self, slot: Slot) -> Option<Int> {
        let slot = self.context.resolve(slot);
        let form = self.context.form(slot);
        if !matches!(form.kind(), Kind::Any | Kind::INT | Kind::Wide) {
            return None;
        }
        let reg = match form {
            Form::Raw(reg) => {
                self.touch(slot, form);
                self.code.mov(RAX, Rm::Reg(reg));
                self.code.shift_imm(Shift::Shl, RAX, HIGH);
                self.code.shift_imm(Shift::Sar, RAX, HIGH);
                self.code.alu(Alu::Cmp, RAX, Rm::Reg(reg));
                self.slow_if(Cond::NotEqual);
                reg
            }
            Form::High(reg) => {
                self.touch(slot, form);
                return Some(Int::High(reg));
            }
            Form::Const(value) => {
                self.touch(slot, form);
                return Some(Int::Const(value.as_small_int()));
            }
            Form::Word(reg, _) => {
                self.touch(slot, form);
                reg
            }
            Form::Memory(_) | Form::Same(_) => {
                let reg = self.free_gpr();
                self.code.mov(reg, memory(slot));
                reg
            }
            Form::Float(_) => return None,
        };
        if form.kind() != Kind::INT && !matches!(form, Form::Raw(_)) {
            self.code.alu(Alu::Cmp, reg, Rm::Reg(INTS));
            self.slow_if(Cond::Below);
        }
        self.code.shift_imm(Shift::Shl, reg, HIGH);
        self.touch(slot, Form::High(reg));
        Some(Int::High(reg))
    }

    /// The int of a slot, of whatever size; leaves the instruction to its handler if it is none. None if it is known to be none.
    pub(super) fn wide(&mut self, slot: Slot) -> Option<Wide> {
        let slot = self.context.resolve(slot);
        let form = self.context.form(slot);
        if !matches!(form.kind(), Kind::Any | Kind::Wide) {
            return self.int(slot).map(Wide::Small);
        }
        let reg = match form {
            Form::Raw(reg) => {
                self.touch(slot, form);
                return Some(Wide::Raw(reg));
            }
            Form::Word(reg, _) => {
                self.touch(slot, form);
                reg
            }
            _ => {
                let reg = self.free_gpr();
                self.code.mov(reg, memory(slot));
                reg
            }
        };
        let slow = (form.kind() == Kind::Any).then(|| self.slow());
        self.unbox(reg, slow);
        self.touch(slot, Form::Raw(reg));
        Some(Wide::Raw(reg))
    }

    /// An int in place of the value that it is in a register; jumps if that is none. Uses `rcx`.
    pub(super) fn unbox(&mut self, reg: u8, other: Option<Label>) {
        let (small, done) = (self.code.label(), self.code.label());
        self.code.alu(Alu::Cmp, reg, Rm::Reg(INTS));
        self.code.jcc(Cond::AboveEqual, small);
        if let Some(other) = other {
            compare_tag(&mut self.code, reg, TAG_BIG_INT as u16);
            self.code.jcc(Cond::NotEqual, other);
        }
        self.untag(reg);
        self.code.mov(reg, Rm::Mem(reg, offset_of!(BigInt, int) as i32));
        self.code.jmp(done);
        self.code.bind(small);
        self.code.shift_imm(Shift::Shl, reg, HIGH);
        self.code.shift_imm(Shift::Sar, reg, HIGH);
        self.code.bind(done);
    }

    /// The float of a slot; leaves the instruction to its handler if it is none. None if it is known not to be.
    pub(super) fn float(&mut self, slot: Slot) -> Option<u8> {
        let slot = self.context.resolve(slot);
        let form = self.context.form(slot);
        if !matches!(form.kind(), Kind::Any | Kind::Float) {
            return None;
        }
        let xmm = match form {
            Form::Float(xmm) => {
                self.touch(slot, form);
                return Some(xmm);
            }
            Form::Const(value) => {
                self.touch(slot, form);
                let xmm = self.free_xmm();
                self.float_constant(xmm, value);
                xmm
            }
            Form::Word(reg, kind) => {
                self.touch(slot, form);
                if kind == Kind::Any {
                    self.code.alu(Alu::Cmp, reg, Rm::Reg(TAGGED));
                    self.slow_if(Cond::AboveEqual);
                }
                let xmm = self.free_xmm();
                self.code.movq_to_xmm(xmm, reg);
                xmm
            }
            Form::Memory(kind) => {
                if kind == Kind::Any {
                    self.code.alu_store(Alu::Cmp, memory(slot), TAGGED);
                    self.slow_if(Cond::AboveEqual);
                }
                let xmm = self.free_xmm();
                self.code.movsd(xmm, memory(slot));
                xmm
            }
            Form::High(_) | Form::Raw(_) | Form::Same(_) => return None,
        };
        self.touch(slot, Form::Float(xmm));
        Some(xmm)
    }

    /// A floating-point register = a constant. Uses `rax`.
    pub(super) fn float_constant(&mut self, xmm: u8, value: Value) {
        if value.0 == 0 {
            self.code.clear_xmm(xmm);
        } else {
            self.code.mov_imm(RAX, value.0);
            self.code.movq_to_xmm(xmm, RAX);
        }
    }

    /// The address of the object that a slot refers to, in a scratch register other than `rcx`, which is changed; leaves the
    /// instruction to its handler if the value has another tag. False if it is known to have one.
    pub(super) fn address(&mut self, slot: Slot, tag: u64, to: u8) -> bool {
        let Some(reg) = self.tagged(slot, tag) else { return false };
        self.code.mov(to, Rm::Reg(reg));
        self.code.shift_imm(Shift::Shl, to, HIGH);
        self.code.shift_imm(Shift::Shr, to, HIGH);
        true
    }

    /// The value of a slot in a register that must not be changed; leaves the instruction to its handler if it has another
    /// tag. None if it is known to have one. Uses `rcx`.
    pub(super) fn tagged(&mut self, slot: Slot, tag: u64) -> Option<u8> {
        let slot = self.context.resolve(slot);
        debug_assert!(matches!(tag, TAG_ARRAY | TAG_OBJECT | TAG_CLOSURE | TAG_STRING), "tag {tag:x} of no object");
        let kind = self.kind(slot);
        if !(kind == Kind::Any || kind == Kind::Tag(tag as u16)) {
            return None;
        }
        let reg = self.word(slot);
        if kind == Kind::Any {
            self.slow_unless_tagged(reg, tag as u16);
            if let Some(place) = self.context.get(slot) {
                self.context.set(Place { form: Form::Word(reg, Kind::Tag(tag as u16)), ..place });
            }
        }
        Some(reg)
    }

    /// A slot's value is this from now on, and memory does not have it yet.
    pub(super) fn define(&mut self, slot: Slot, form: Form) {
        if let Some(same) = self.context.same_as(slot) {
            // It keeps the old value.
            let old = self.context.form(slot);
            if same.dirty {
                store(&mut self.code, self.options.routines, &self.context, &same);
            }
            self.context.set(Place { form: Form::Memory(old.kind()), dirty: false, ..same });
        }
        self.context.set(Place { slot, form, dirty: true, used: self.at });
    }

    /// Leaves the running instruction to its handler if a condition holds, in the state that is known now.
    pub(super) fn slow_if(&mut self, cond: Cond) {
        let slow = self.slow();
        self.code.jcc(cond, slow);
    }

    /// Leaves the running instruction to its handler unless the value in a register (not `rcx`, which is changed) has a tag.
    pub(super) fn slow_unless_tagged(&mut self, reg: u8, tag: u16) {
        compare_tag(&mut self.code, reg, tag);
        self.slow_if(Cond::NotEqual);
    }

    /// A label for where the running instruction is left to its handler, in the state that is known now. It must be jumped to
    /// before that changes.
    pub(super) fn slow(&mut self) -> Label {
        let mut state = self.context.clone();
        if self.inlined.is_some() {
            self.drop_dead(&mut state, self.at);
        }
        if let Some(Cold::Slow { label, at, context, inlined }) = self.cold.last()
            && *at == self.at
            && inlined.as_ref().map(Rc::as_ptr) == self.inlined.as_ref().map(Rc::as_ptr)
            && *context == state
        {
            return *label;
        }
        let label = self.code.label();
        self.cold.push(Cold::Slow { label, at: self.at, context: state, inlined: self.inlined.clone() });
        self.wants_resume(self.at + 1);
        label
    }

    /// Writes back what memory does not have and the instruction at an index may read. Uses `rax`.
    pub(super) fn write_back(&mut self, at: usize) {
        let mut context = std::mem::take(&mut self.context);
        self.store_all(&context, at);
        context.clean();
        self.context = context;
    }

    /// The same from what was known somewhere.
    pub(super) fn store_all(&mut self, context: &Context, at: usize) {
        for place in context.places().iter().skip(usize::from(faults::on(Fault::MethodSlot))) {
            if place.dirty && self.is_live(place.slot, at) {
                store(&mut self.code, self.options.routines, context, place);
            }
        }
    }

    /// The same, and forgets everything.
    pub(super) fn forget(&mut self, at: usize) {
        self.write_back(at);
        self.context.clear();
    }

    /// Whether a slot may still be read when an instruction is about to run.
    pub(super) fn is_live(&self, slot: Slot, at: usize) -> bool {
        match slot {
            Slot::Register(register) => {
                let register = usize::from(register);
                match &self.inlined {
                    None => self.liveness.is_live(at, register),
                    Some(inlined) => self.is_live_inlined(inlined, at, register),
                }
            }
            Slot::Global(_) => true,
        }
    }
}
