//! Jumps, calls and returns.

use super::{Code, Cond, Label, Rm};

impl Code {
    /// Jumps.
    pub fn jmp(&mut self, label: Label) {
        if let Some(distance) = self.near(label) {
            return self.bytes.extend_from_slice(&[0xEB, distance as u8]);
        }
        self.bytes.push(0xE9);
        self.distance(label);
    }

    /// Jumps if the condition holds.
    pub fn jcc(&mut self, cond: Cond, label: Label) {
        if let Some(distance) = self.near(label) {
            return self.bytes.extend_from_slice(&[0x70 | cond as u8, distance as u8]);
        }
        self.bytes.extend_from_slice(&[0x0F, 0x80 | cond as u8]);
        self.distance(label);
    }

    /// Jumps out of this piece of code.
    pub fn jmp_outside(&mut self, address: u64) {
        self.bytes.push(0xE9);
        self.outside.push((self.offset(), address));
        self.bytes.extend_from_slice(&[0; 4]);
    }

    /// Jumps to the address in a register or in memory.
    pub fn jmp_to(&mut self, target: Rm) {
        self.instruction(0, false, &[0xFF], 4, target, &[]);
    }

    /// Calls a place in the code.
    pub fn call(&mut self, label: Label) {
        self.bytes.push(0xE8);
        self.distance(label);
    }

    /// Calls a place outside of the code.
    pub fn call_outside(&mut self, address: u64) {
        self.bytes.push(0xE8);
        self.outside.push((self.offset(), address));
        self.bytes.extend_from_slice(&[0; 4]);
    }

    /// Returns.
    pub fn ret(&mut self) {
        self.bytes.push(0xC3);
    }

    /// Exchanges `rax` and another register.
    pub fn exchange_rax(&mut self, other: u8) {
        self.bytes.extend_from_slice(&[0x48 | other >> 3, 0x90 | other & 7]);
    }

    /// Puts a register on the stack.
    pub fn push(&mut self, reg: u8) {
        self.bytes.extend((reg >= 8).then_some(0x41));
        self.bytes.push(0x50 | reg & 7);
    }

    /// Takes a register from the stack.
    pub fn pop(&mut self, reg: u8) {
        self.bytes.extend((reg >= 8).then_some(0x41));
        self.bytes.push(0x58 | reg & 7);
    }

    /// Calls what `rax` holds the address of.
    pub fn call_rax(&mut self) {
        self.bytes.extend_from_slice(&[0xFF, 0xD0]);
    }

    /// The distance of a label behind that a jump of two bytes reaches from here.
    fn near(&self, label: Label) -> Option<i8> {
        let target = self.labels[label.0 as usize]?;
        i8::try_from(target as i64 - (self.offset() as i64 + 2)).ok()
    }

    fn distance(&mut self, label: Label) {
        self.fixups.push((self.offset(), label, 0));
        self.bytes.extend_from_slice(&[0; 4]);
    }
}
