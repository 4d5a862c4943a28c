//! Calls of helpers.
//!
//! By the C calling convention: integer arguments in `rdi`, `rsi`, `rdx`, `rcx`, floats in `xmm0` and `xmm1`. The
//! machine comes first, so that `rdi` is written last, and an argument may lie in any register that is not yet written.
//! Arguments of a call that takes any number of them go to the context.

use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::Inst;

use super::Emitter;
use super::encode::{Alu, Cond, Rm};
use crate::compile::CompileError;
use crate::context::{self, MAX_ARGUMENTS};
use crate::regalloc::registers::{CONTEXT, RAX, RCX, RDX, SCRATCH_XMM};

const RSI: u8 = 6;
const RDI: u8 = 7;

impl Emitter<'_> {
    pub(super) fn call(&mut self, at: u32, inst: &Inst) -> Result<(), CompileError> {
        let helpers = self.input.helpers;
        let operands = self.input.allocation.operands(at);
        match inst.op {
            Op::ModFloat => self.call_floats(at, helpers.mod_float as usize),
            Op::FloorFloat => self.call_floats(at, helpers.floor as usize),
            Op::CeilFloat => self.call_floats(at, helpers.ceil as usize),
            Op::MathFloat => {
                let function = *helpers.math.get(inst.a.0 as usize).ok_or(CompileError::Types)?;
                self.call_floats(at, function as usize);
            }
            Op::MathFloat2 => {
                let function = *helpers.math2.get(inst.a.0 as usize).ok_or(CompileError::Types)?;
                self.call_floats(at, function as usize);
            }
            Op::StrLt => self.call_machine(at, helpers.str_lt as usize, operands),
            Op::StrConcat => self.call_machine(at, helpers.concat as usize, operands),
            Op::StrOfInt => self.call_machine(at, helpers.str_of_int as usize, operands),
            Op::DictSet => self.call_machine(at, helpers.dict_set as usize, operands),
            Op::DictRemove => self.call_machine(at, helpers.dict_remove as usize, operands),
            Op::NewIter => self.call_machine(at, helpers.new_iter as usize, operands),
            Op::NewArray => self.call_of_list(at, helpers.new_array as usize, operands)?,
            Op::NewDict => self.call_of_list(at, helpers.new_dict as usize, operands)?,
            Op::DictExtend => self.call_with_list(at, helpers.dict_extend as usize, operands)?,
            Op::RoundsBelow | Op::RoundsWithin if self.word(operands[2]) == Some(1) => self.rounds_by_one(at, inst.op),
            Op::RoundsBelow => self.call_machine(at, helpers.rounds_below as usize, operands),
            Op::RoundsWithin => self.call_machine(at, helpers.rounds_within as usize, operands),
            Op::Binom => {
                self.load(RSI, operands[0]);
                self.code.mov_imm(RDX, inst.b.0 as u64);
                self.call_helper(at, helpers.binom as usize);
            }
            Op::Linear => self.call_with_list(at, helpers.linear as usize, operands)?,
            Op::CallBuiltin => {
                self.arguments(operands)?;
                self.code.mov_imm(RSI, inst.a.0 as u64);
                self.code.lea(RDX, Rm::Mem(CONTEXT, context::ARGUMENTS));
                self.code.mov_imm(RCX, operands.len() as u64);
                // It may recurse: over nested values.
                self.code.mov(RDI, Rm::Mem(CONTEXT, context::VM));
                self.code.mov_imm(RAX, helpers.call_builtin as usize as u64);
                self.call_routine_of(self.input.routines.call_out);
                self.take_rax(at);
            }
            _ => unreachable!("{:?} calls no helper", inst.op),
        }
        Ok(())
    }

    /// A function of the machine and any number of words.
    fn call_of_list(&mut self, at: u32, function: usize, list: &[Loc]) -> Result<(), CompileError> {
        self.arguments(list)?;
        self.code.mov_imm(RDX, list.len() as u64);
        self.code.lea(RSI, Rm::Mem(CONTEXT, context::ARGUMENTS));
        self.call_helper(at, function);
        Ok(())
    }

    /// A function of the machine, a word, and any number of words.
    fn call_with_list(&mut self, at: u32, function: usize, operands: &[Loc]) -> Result<(), CompileError> {
        let (first, list) = operands.split_first().ok_or(CompileError::Types)?;
        self.arguments(list)?;
        self.load(RSI, *first);
        self.code.lea(RDX, Rm::Mem(CONTEXT, context::ARGUMENTS));
        self.code.mov_imm(RCX, list.len() as u64);
        self.call_helper(at, function);
        Ok(())
    }

    /// Rounds of what advances by one: how far it is to the bound. Below 0 there are none, and what is no positive int is
    /// as good as for ever.
    fn rounds_by_one(&mut self, at: u32, op: Op) {
        let [from, bound, _] = self.operands(at);
        let (none, for_ever, done) = (self.code.label(), self.code.label(), self.code.label());
        self.load(RAX, bound);
        let from = self.rm(from, RCX);
        self.code.alu(Alu::Sub, RAX, from);
        self.code.jcc(Cond::Below, none);
        self.code.jcc(Cond::Sign, for_ever);
        if op == Op::RoundsWithin {
            self.code.alu_imm(Alu::Add, Rm::Reg(RAX), 1);
            self.code.jcc(Cond::Sign, for_ever);
        }
        self.code.bind(done);
        if let Some(dst) = self.gpr_result(at) {
            self.code.mov(dst, Rm::Reg(RAX));
        }
        self.later(move |emitter| {
            emitter.code.bind(none);
            emitter.code.mov_imm(RAX, 0);
            emitter.code.jmp(done);
            emitter.code.bind(for_ever);
            emitter.code.mov_imm(RAX, i64::MAX as u64);
            emitter.code.jmp(done);
        });
    }

    /// A function of one or two floats.
    fn call_floats(&mut self, at: u32, function: usize) {
        let operands = self.input.allocation.operands(at);
        if let Some(&second) = operands.get(1) {
            self.load_xmm(SCRATCH_XMM, second);
        }
        self.load_xmm(0, operands[0]);
        if operands.len() > 1 {
            self.code.movsd(1, Rm::Reg(SCRATCH_XMM));
        }
        self.code.mov_imm(RAX, function as u64);
        self.call_rax();
        if let Some(dst) = self.xmm_result(at) {
            self.code.movsd(dst, Rm::Reg(0));
        }
    }

    /// A function of the machine and one to three words.
    fn call_machine(&mut self, at: u32, function: usize, operands: &[Loc]) {
        // `rcx` holds no value, nor does `rdx` here; `rsi` may hold a later word, which is read before it is written.
        if let Some(&third) = operands.get(2) {
            self.load(RCX, third);
        }
        if let Some(&second) = operands.get(1) {
            self.load(RDX, second);
        }
        self.load(RSI, operands[0]);
        self.call_helper(at, function);
    }

    fn call_helper(&mut self, at: u32, function: usize) {
        self.code.mov(RDI, Rm::Mem(CONTEXT, context::VM));
        self.code.mov_imm(RAX, function as u64);
        self.call_rax();
        self.take_rax(at);
    }

    /// An instruction's result is in `rax`.
    fn take_rax(&mut self, at: u32) {
        if let Some(dst) = self.gpr_result(at) {
            self.code.mov(dst, Rm::Reg(RAX));
        }
    }

    /// Words to the context.
    pub(super) fn arguments(&mut self, arguments: &[Loc]) -> Result<(), CompileError> {
        if arguments.len() > MAX_ARGUMENTS {
            return Err(CompileError::Arguments);
        }
        for (index, &argument) in arguments.iter().enumerate() {
            let place = Rm::Mem(CONTEXT, context::ARGUMENTS + 8 * index as i32);
            match self.imm(argument) {
                Some(imm) => self.code.store_imm(place, imm),
                None => {
                    let argument = self.gpr(argument, RAX);
                    self.code.store(place, argument);
                }
            }
        }
        Ok(())
    }

    /// Moves the base by so many words.
    pub(super) fn move_base(&mut self, words: i32) {
        if words != 0 {
            self.code.alu_imm(Alu::Add, Rm::Reg(crate::regalloc::registers::BASE), 8 * words);
        }
    }
}
