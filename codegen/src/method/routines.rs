//! Routines that machine code of functions shares: calls of helpers that keep all registers but scratch ones.

use super::registers::{BASE, GPRS, INTS, RAX, RCX, RDX, VM};
use crate::CodeMemory;
use crate::code_memory::dicts;
use crate::compile::CompileError;
use crate::emit::encode::{Alu, Code, Cond, Rm, Shift};
use crate::helpers::Helpers;

const RSP: u8 = 4;
const RSI: u8 = 6;
const RDI: u8 = 7;

/// Their addresses.
#[derive(Clone, Copy, Debug)]
pub struct Routines {
    /// Called with an int in `rax`, returns its value there.
    pub to_value: u64,
    /// Called with two strings in `rax` and `rcx`, returns in `rax` whether they are equal.
    pub str_eq: u64,
    /// The same: whether the first comes before the second.
    pub str_lt: u64,
    /// Called with a dict's address in `rax` and a key in `rcx`, returns in `rax` the address of the key's entry, or 0.
    pub dict_find: u64,
}

impl Routines {
    /// Where each begins, and its name, in the order of their addresses.
    pub fn spans(&self) -> [(u64, &'static str); 4] {
        [(self.to_value, "to_value"), (self.str_eq, "str_eq"), (self.str_lt, "str_lt"), (self.dict_find, "dict_find")]
    }

    /// Puts them into code memory.
    ///
    /// # Errors
    ///
    /// If none is left.
    pub fn install(helpers: &Helpers, memory: &mut CodeMemory) -> Result<Routines, CompileError> {
        let base = memory.next();
        let mut code = Code::default();
        let boxes = code.label();
        code.push(RCX);
        code.mov(RCX, Rm::Reg(RAX));
        code.shift_imm(Shift::Shl, RCX, 16);
        code.shift_imm(Shift::Sar, RCX, 16);
        code.alu(Alu::Cmp, RCX, Rm::Reg(RAX));
        code.pop(RCX);
        code.jcc(Cond::NotEqual, boxes);
        code.alu(Alu::Or, RAX, Rm::Reg(INTS));
        code.ret();
        code.bind(boxes);
        call(&mut code, helpers.box_int as usize);
        let str_eq = base + u64::from(code.offset());
        call(&mut code, helpers.str_eq as usize);
        let str_lt = base + u64::from(code.offset());
        call(&mut code, helpers.str_lt as usize);
        memory.install(&code.finish(base))?;
        let dict_find = memory.next();
        let mut find = dicts::find_bytes();
        // What that has not found out, this does: it comes next.
        let mut code = Code::default();
        call(&mut code, helpers.dict_find as usize);
        find.extend(code.finish(dict_find + find.len() as u64));
        memory.install(&find)?;
        Ok(Routines { to_value: base, str_eq, str_lt, dict_find })
    }
}

/// Floating-point registers: an operand may be in a scratch one while a register is freed for another, which may call.
const ALL_XMMS: std::ops::Range<u8> = 0..16;

/// Calls a helper with the machine, `rax` and `rcx`, and returns; keeps all registers but `rax`.
fn call(code: &mut Code, helper: usize) {
    let kept = [BASE, RCX, RDX].into_iter().chain(GPRS);
    // The routine was called from where the stack is 8 bytes short of the alignment that calls need, as at a function's
    // first instruction.
    let frame = (8 * (kept.clone().count() + ALL_XMMS.len())).next_multiple_of(16) as i32;
    code.alu_imm(Alu::Sub, Rm::Reg(RSP), frame);
    let gprs = kept.zip((0..).map(|place| Rm::Mem(RSP, 8 * place)));
    let xmms = ALL_XMMS.zip((0..).map(|place| Rm::Mem(RSP, frame - 8 - 8 * place)));
    gprs.clone().for_each(|(reg, place)| code.store(place, reg));
    xmms.clone().for_each(|(reg, place)| code.movsd_store(place, reg));
    code.mov(RSI, Rm::Reg(RAX));
    code.mov(RDX, Rm::Reg(RCX));
    code.mov(RDI, Rm::Reg(VM));
    code.mov_imm(RAX, helper as u64);
    code.call_rax();
    gprs.for_each(|(reg, place)| code.mov(reg, place));
    xmms.for_each(|(reg, place)| code.movsd(reg, place));
    code.alu_imm(Alu::Add, Rm::Reg(RSP), frame);
    code.ret();
}
