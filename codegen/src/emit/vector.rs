//! Kernels: rounds of a loop, four and more at a time, in 256-bit registers.
//!
//! The arguments go to the context, where reductions leave their results too (`vector.out` reads them). `rcx` counts bytes,
//! eight for each round done; the runs of elements have their addresses in registers that calls change, which is what
//! the allocator takes this for. What is kept from round to round has registers for the whole kernel; the rest are
//! handed out from step to step.
//!
//! ```text
//!         (arguments, addresses, lanes)
//! main:   cmp pending, 0; jne end
//!         (some groups of four rounds)
//!         add rcx, ..; cmp rcx, rax; jbe main
//! single: cmp rcx, rax; ja end
//!         (one group)
//!         add rcx, 32; jmp single
//! end:    (reductions)
//! ```

use pseudo_trace::ir::kernel::{Argument, Kernel, LANES, REGISTERS_MAX, ROUNDS_MIN, Step, StepId, pure_operands};
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::Inst;
use pseudo_trace::ir::types::Ty;
use pseudo_vm::faults::{self, Fault};

use super::Emitter;
use super::encode::avx::{Avx, Vm};
use super::encode::{Alu, Cond, Rm, Shift};
use crate::compile::CompileError;
use crate::context::{ARGUMENTS, MAX_ARGUMENTS};
use crate::regalloc::registers::{CONTEXT, PENDING, RAX, RCX, RDX};

/// Registers for the addresses of elements. `rdx` comes last: it is also used before and after the loop.
const STREAMS: [u8; 7] = [6, 7, 8, 9, 10, 11, RDX];
/// Vector registers for use within a step.
const SCRATCH: [u8; 2] = [14, 15];
/// Bytes of a group of rounds.
const GROUP: i32 = 8 * LANES as i32;
/// Groups in a round of the main loop: of small kernels, and of others.
const UNROLLED: (usize, usize) = (4, 2);
/// Steps of a small kernel.
const SMALL: usize = 12;
/// More rounds than this are left to the loop, so that bytes can be counted.
const ROUNDS_MAX: u64 = 1 << 40;

/// Where the parts of a kernel are.
struct Registers {
    /// Of each step that has one; those of temporaries change.
    steps: Vec<u8>,
    /// Of each difference between groups: of one group, and where there are registers enough, of 2, 3 and so on up to a
    /// round of the main loop.
    strides: Vec<(Argument, Ty, Vec<u8>)>,
    /// Of each reduction, by step: one, or two in turn.
    sums: Vec<(usize, [u8; 2])>,
    free: Vec<u8>,
    /// Ramps that have a register for the group that is being written, and the one that they had.
    ramps: Vec<(usize, u8)>,
}

impl Registers {
    /// How a ramp advances: the operation, and what by.
    fn strides_of(&self, kernel: &Kernel, ramp: usize) -> (Avx, Vec<u8>) {
        let (step, ty, add) = match kernel.steps[ramp] {
            Step::Ramp { step, .. } => (step, Ty::Int, Avx::AddInt),
            Step::FloatRamp { step, .. } => (step, Ty::Float, Avx::AddFloat),
            _ => unreachable!("only ramps advance"),
        };
        let found = self.strides.iter().find(|stride| (stride.0, stride.1) == (step, ty));
        (add, found.expect("every ramp has a stride").2.clone())
    }
}

fn is_ramp(step: &Step) -> bool {
    matches!(step, Step::Ramp { .. } | Step::FloatRamp { .. })
}

impl Emitter<'_> {
    pub(super) fn vector(&mut self, at: u32) -> Result<(), CompileError> {
        let trace = self.input.trace;
        let kernel = trace.kernel.as_ref().ok_or(CompileError::Types)?;
        let (&rounds, arguments) = self.input.allocation.operands(at).split_first().ok_or(CompileError::Types)?;
        // Four words behind the arguments are used to fill lanes.
        if arguments.len() + LANES as usize > MAX_ARGUMENTS || kernel.registers() > REGISTERS_MAX {
            return Err(CompileError::Arguments);
        }
        let lanes = arguments.len() as Argument;
        self.arguments(arguments)?;
        self.load(RAX, rounds);
        self.code.mov_imm(RCX, 0);
        let (none, end) = (self.code.label(), self.code.label());
        self.code.alu_imm(Alu::Cmp, Rm::Reg(RAX), ROUNDS_MIN as i32);
        self.code.jcc(Cond::Below, none);
        for step in &kernel.steps {
            if let Step::Differ { a, b } = *step {
                self.code.mov(RDX, word(a));
                self.code.alu(Alu::Cmp, RDX, word(b));
                self.code.jcc(Cond::Equal, none);
            }
        }
        let fits = self.code.label();
        self.code.mov_imm(RDX, ROUNDS_MAX);
        self.code.alu(Alu::Cmp, RAX, Rm::Reg(RDX));
        self.code.jcc(Cond::BelowEqual, fits);
        self.code.mov(RAX, Rm::Reg(RDX));
        self.code.bind(fits);
        self.code.shift_imm(Shift::Shl, RAX, 3);

        let unrolled = if kernel.steps.len() <= SMALL { UNROLLED.0 } else { UNROLLED.1 };
        let mut registers = self.fill_registers(kernel, lanes, unrolled);
        let streams = kernel.streams();
        for (&(data, index), &reg) in streams.iter().zip(&STREAMS) {
            self.code.mov(reg, word(index));
            self.code.shift_imm(Shift::Shl, reg, 3);
            self.code.alu(Alu::Add, reg, word(data));
        }
        let unrolled_bytes = unrolled as i32 * GROUP;
        debug_assert!(unrolled as u64 * LANES <= ROUNDS_MIN, "the main loop runs at least once");
        self.code.alu_imm(Alu::Sub, Rm::Reg(RAX), unrolled_bytes);
        let (main, single) = (self.code.label(), self.code.label());
        self.code.align();
        self.code.bind(main);
        self.code.alu32_imm(Alu::Cmp, Rm::Mem(PENDING, 0), 0);
        self.code.jcc(Cond::NotEqual, end);
        for group in 0..unrolled {
            self.ramps_of_group(kernel, &mut registers, group, unrolled);
            self.group(kernel, &streams, &mut registers, group);
        }
        self.advance_ramps(kernel, &mut registers, unrolled);
        self.code.alu_imm(Alu::Add, Rm::Reg(RCX), unrolled_bytes);
        self.code.alu(Alu::Cmp, RCX, Rm::Reg(RAX));
        self.code.jcc(Cond::BelowEqual, main);
        self.code.alu_imm(Alu::Add, Rm::Reg(RAX), unrolled_bytes - GROUP);
        self.code.bind(single);
        self.code.alu(Alu::Cmp, RCX, Rm::Reg(RAX));
        self.code.jcc(Cond::Above, end);
        self.group(kernel, &streams, &mut registers, 0);
        self.advance_ramps(kernel, &mut registers, 1);
        self.code.alu_imm(Alu::Add, Rm::Reg(RCX), GROUP);
        self.code.jmp(single);
        self.code.bind(end);
        self.take_together(kernel, &registers);
        self.code.avx_end();
        self.code.bind(none);
        if let Some(dst) = self.gpr_result(at) {
            self.code.mov(dst, Rm::Reg(RCX));
            self.code.shift_imm(Shift::Shr, dst, 3);
            if faults::on(Fault::VectorRounds) {
                self.code.alu_imm(Alu::Add, Rm::Reg(dst), 1);
            }
        }
        Ok(())
    }

    pub(super) fn vector_out(&mut self, at: u32, inst: &Inst) {
        if let Some(dst) = self.gpr_result(at) {
            self.code.mov(dst, word(inst.b.0 as Argument));
        }
    }

    /// Gives registers to all that is kept, and fills them. Words from `lanes` on are free. Uses `rdx`.
    fn fill_registers(&mut self, kernel: &Kernel, lanes: Argument, unrolled: usize) -> Registers {
        let mut free: Vec<u8> = (0..REGISTERS_MAX as u8).rev().collect();
        let mut spare = REGISTERS_MAX - kernel.registers();
        let mut take = || free.pop().expect("as many registers as the kernel says");
        let mut steps = vec![0; kernel.steps.len()];
        let mut sums = Vec::new();
        let count = kernel.steps.iter().filter(|step| matches!(step, Step::Reduce { .. })).count();
        let two_sums = spare >= count;
        spare -= if two_sums { count } else { 0 };
        for (at, step) in kernel.steps.iter().enumerate() {
            match *step {
                Step::Splat(value) => {
                    steps[at] = take();
                    self.code.avx_broadcast(steps[at], vector_word(value));
                }
                Step::Ramp { start, step } | Step::FloatRamp { start, step } => {
                    steps[at] = take();
                    self.code.mov(RDX, word(start));
                    for lane in 0..LANES as Argument {
                        self.code.store(word(lanes + lane), RDX);
                        if lane + 1 < LANES as Argument {
                            self.code.alu(Alu::Add, RDX, word(step));
                        }
                    }
                    if matches!(kernel.steps[at], Step::FloatRamp { .. }) {
                        (lanes..lanes + LANES as Argument).for_each(|lane| self.store_as_float(lane));
                    }
                    self.code.avx_load(steps[at], vector_word(lanes));
                }
                Step::Reduce { op, .. } => {
                    let first = take();
                    let second = if two_sums { take() } else { first };
                    for reg in [first, second] {
                        // What changes nothing: all ones for `and`, all zeros for the others.
                        let neutral =
                            if op == Op::AndInt && !faults::on(Fault::VectorNeutral) { Avx::EqInt } else { Avx::Xor };
                        self.code.avx(neutral, reg, reg, Vm::Reg(reg));
                    }
                    sums.push((at, [first, second]));
                }
                _ => {}
            }
        }
        // Ramps of the groups of a round that do not wait for one another: the multiples, and a register for each ramp.
        let ramps = kernel.steps.iter().filter(|step| is_ramp(step)).count();
        let apart = kernel.strides().len() * (unrolled - 1) + ramps <= spare;
        let mut strides = Vec::new();
        for (step, ty) in kernel.strides() {
            let multiples = if apart { unrolled } else { 1 };
            let of_groups = (1..=multiples).map(|multiple| {
                let reg = take();
                self.code.mov(RDX, word(step));
                self.code.imul_imm(RDX, Rm::Reg(RDX), (multiple as u64 * LANES) as i32);
                self.code.store(word(lanes), RDX);
                if ty == Ty::Float {
                    self.store_as_float(lanes);
                }
                self.code.avx_broadcast(reg, vector_word(lanes));
                reg
            });
            let of_groups: Vec<u8> = of_groups.collect();
            strides.push((step, ty, of_groups));
        }
        Registers { steps, strides, sums, free, ramps: Vec::new() }
    }

    /// An int among the words becomes a float.
    fn store_as_float(&mut self, at: Argument) {
        self.code.avx(Avx::Xor, SCRATCH[0], SCRATCH[0], Vm::Reg(SCRATCH[0]));
        self.code.avx_int_to_float(SCRATCH[0], vector_word(at));
        self.code.avx_store_first(vector_word(at), SCRATCH[0]);
    }

    /// Four rounds. Elements are so many groups further on than `rcx` says.
    fn group(&mut self, kernel: &Kernel, streams: &[(Argument, Argument)], registers: &mut Registers, group: usize) {
        let last = kernel.last_uses();
        let element = |data: Argument, index: Argument| {
            let stream = streams.iter().position(|&stream| stream == (data, index)).expect("a run of the kernel");
            Vm::Sum(STREAMS[stream], RCX, group as i32 * GROUP)
        };
        let folded: Vec<bool> = (0..kernel.steps.len()).map(|at| is_folded(kernel, at, last[at])).collect();
        let place = |registers: &Registers, at: StepId| match kernel.steps[at as usize] {
            Step::Load { data, index, .. } if folded[at as usize] => element(data, index),
            _ => Vm::Reg(registers.steps[at as usize]),
        };
        for (at, step) in kernel.steps.iter().enumerate() {
            let operands: Vec<Vm> = step.operands().map(|operand| place(registers, operand)).collect();
            for operand in step.operands().map(usize::from) {
                let is_temporary = !kernel.steps[operand].is_kept() && !folded[operand];
                if is_temporary && last[operand] == at {
                    registers.free.push(registers.steps[operand]);
                }
            }
            if step.has_value() && !step.is_kept() && !folded[at] {
                registers.steps[at] = registers.free.pop().expect("as many registers as the kernel says");
            }
            let dst = registers.steps[at];
            match *step {
                Step::Load { data, index, .. } if !folded[at] => self.code.avx_load(dst, element(data, index)),
                Step::Pure { op, .. } => self.pure(op, dst, operands[0], *operands.last().expect("an operand")),
                Step::Shift { op, count, .. } => {
                    let Vm::Reg(src) = operands[0] else { unreachable!("shifts read registers") };
                    match op {
                        Op::ShlInt => self.code.avx_shl(dst, src, count),
                        _ => self.code.avx_shr(dst, src, count),
                    }
                }
                Step::Store { data, index, .. } => {
                    let Vm::Reg(src) = operands[0] else { unreachable!("stores read registers") };
                    self.code.avx_store(element(data, index), src);
                }
                Step::Reduce { op, .. } => {
                    let sum = registers.sums.iter().find(|sum| sum.0 == at).expect("every reduction has a sum").1;
                    let sum = sum[group % 2];
                    self.code.avx(lanewise(op), sum, sum, operands[0]);
                }
                Step::Load { .. }
                | Step::Ramp { .. }
                | Step::FloatRamp { .. }
                | Step::Splat(_)
                | Step::Differ { .. } => {}
            }
            // A value that nothing reads.
            if step.has_value() && !step.is_kept() && !folded[at] && last[at] == at {
                registers.free.push(dst);
            }
        }
    }

    /// Ramps of a group of the main loop, if they have registers of their own.
    fn ramps_of_group(&mut self, kernel: &Kernel, registers: &mut Registers, group: usize, unrolled: usize) {
        for at in (0..kernel.steps.len()).filter(|&at| is_ramp(&kernel.steps[at])) {
            let (add, strides) = registers.strides_of(kernel, at);
            if strides.len() < unrolled {
                // One group waits for the other.
                if group > 0 {
                    self.code.avx(add, registers.steps[at], registers.steps[at], Vm::Reg(strides[0]));
                }
            } else if group > 0 {
                if group == 1 {
                    let reg = registers.free.pop().expect("as many registers as were counted");
                    registers.ramps.push((at, registers.steps[at]));
                    registers.steps[at] = reg;
                }
                let first = registers.ramps.iter().find(|ramp| ramp.0 == at).expect("put aside by the second group").1;
                self.code.avx(add, registers.steps[at], first, Vm::Reg(strides[group - 1]));
            }
        }
    }

    /// Ramps after so many groups.
    fn advance_ramps(&mut self, kernel: &Kernel, registers: &mut Registers, groups: usize) {
        for (at, first) in std::mem::take(&mut registers.ramps) {
            registers.free.push(registers.steps[at]);
            registers.steps[at] = first;
        }
        for at in (0..kernel.steps.len()).filter(|&at| is_ramp(&kernel.steps[at])) {
            let (add, strides) = registers.strides_of(kernel, at);
            let stride = strides.get(groups - 1).or(strides.first()).expect("every ramp has a stride");
            self.code.avx(add, registers.steps[at], registers.steps[at], Vm::Reg(*stride));
        }
    }

    fn pure(&mut self, op: Op, dst: u8, a: Vm, b: Vm) {
        // One of the two may be memory: of operations that don't commute, the second.
        let commuted = || match (a, b) {
            (Vm::Reg(a), b) => (a, b),
            (a, Vm::Reg(b)) => (b, a),
            _ => unreachable!("two operands in memory"),
        };
        match op {
            Op::MulInt => {
                let (a, Vm::Reg(b)) = commuted() else { unreachable!("products are of registers") };
                let [t, u] = SCRATCH;
                self.code.avx_shr(t, a, 32);
                self.code.avx(Avx::MulHalves, t, t, Vm::Reg(b));
                self.code.avx_shr(u, b, 32);
                self.code.avx(Avx::MulHalves, u, u, Vm::Reg(a));
                self.code.avx(Avx::AddInt, t, t, Vm::Reg(u));
                self.code.avx_shl(t, t, 32);
                self.code.avx(Avx::MulHalves, u, a, Vm::Reg(b));
                self.code.avx(Avx::AddInt, dst, t, Vm::Reg(u));
            }
            Op::SqrtFloat => self.code.avx_sqrt(dst, a),
            Op::FloorFloat => self.code.avx_round(dst, a, 1),
            Op::CeilFloat => self.code.avx_round(dst, a, 2),
            Op::NegFloat | Op::AbsFloat => {
                let mask = SCRATCH[0];
                self.code.avx(Avx::EqInt, mask, mask, Vm::Reg(mask));
                if op == Op::NegFloat {
                    self.code.avx_shl(mask, mask, 63);
                    self.code.avx(Avx::Xor, dst, mask, a);
                } else {
                    self.code.avx_shr(mask, mask, 1);
                    self.code.avx(Avx::And, dst, mask, a);
                }
            }
            _ => {
                let (a, b) = commuted();
                self.code.avx(lanewise(op), dst, a, b);
            }
        }
    }

    /// The lanes of each reduction, and what it began with, together in its argument.
    fn take_together(&mut self, kernel: &Kernel, registers: &Registers) {
        for &(at, [sum, second]) in &registers.sums {
            let Step::Reduce { op, into, .. } = kernel.steps[at] else { unreachable!("sums are of reductions") };
            // Differences are sums of what was taken away.
            let (avx, alu) = match op {
                Op::AndInt => (Avx::And, Alu::And),
                Op::OrInt => (Avx::Or, Alu::Or),
                Op::XorInt => (Avx::Xor, Alu::Xor),
                _ => (Avx::AddInt, Alu::Add),
            };
            if second != sum && !faults::on(Fault::VectorLanes) {
                self.code.avx(avx, sum, sum, Vm::Reg(second));
            }
            let half = SCRATCH[0];
            self.code.avx_high_half(half, sum);
            self.code.avx(avx, sum, sum, Vm::Reg(half));
            self.code.avx_second(half, sum);
            self.code.avx(avx, sum, sum, Vm::Reg(half));
            self.code.avx_first(RDX, sum);
            self.code.alu_store(alu, word(into), RDX);
        }
    }
}

/// Where an argument lies.
fn word(argument: Argument) -> Rm {
    Rm::Mem(CONTEXT, ARGUMENTS + 8 * i32::from(argument))
}

fn vector_word(argument: Argument) -> Vm {
    Vm::Mem(CONTEXT, ARGUMENTS + 8 * i32::from(argument))
}

/// Whether a load is done by the one step that reads it, which comes before any store.
fn is_folded(kernel: &Kernel, at: usize, user: usize) -> bool {
    if !matches!(kernel.steps[at], Step::Load { .. }) || user == at {
        return false;
    }
    let reads = |step: &Step| step.operands().filter(|&operand| operand as usize == at).count();
    let users: usize = kernel.steps.iter().map(reads).sum();
    let stored = kernel.steps[at..user].iter().any(|step| matches!(step, Step::Store { .. }));
    if users != 1 || stored {
        return false;
    }
    match kernel.steps[user] {
        Step::Pure { op: Op::MulInt, .. } => false,
        Step::Pure { op, a, b } if a == b => pure_operands(op).is_some_and(|(count, _)| count == 1),
        // The first operand of what does not commute is a register, and one of two loads is.
        Step::Pure { op: Op::SubInt | Op::SubFloat | Op::DivFloat, b, .. } => b as usize == at,
        Step::Pure { a, b, .. } => b as usize == at || !is_folded(kernel, b as usize, user) && a as usize == at,
        Step::Reduce { .. } => true,
        _ => false,
    }
}

fn lanewise(op: Op) -> Avx {
    match op {
        Op::AddInt => Avx::AddInt,
        Op::SubInt => Avx::SubInt,
        Op::AndInt => Avx::And,
        Op::OrInt => Avx::Or,
        Op::XorInt => Avx::Xor,
        Op::AddFloat => Avx::AddFloat,
        Op::SubFloat => Avx::SubFloat,
        Op::MulFloat => Avx::MulFloat,
        Op::DivFloat => Avx::DivFloat,
        _ => unreachable!("{op:?} is nothing that lanes do by one instruction"),
    }
}
