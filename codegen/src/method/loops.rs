//! Loop headers, back edges and counted loops.

use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::faults::{self, Fault};
use pseudo_vm::value::Value;

use super::Compiler;
use super::context::{Context, Form};
use super::leaving::Cold;
use super::operands::Int;
use super::registers::{RAX, RCX};
use crate::emit::encode::{Alu, Cond, Label, Rm};

/// Where a header word's counter lies.
const COUNTER: i32 = 4;

impl Compiler<'_> {
    /// A label where a header's handler is run, from what is known.
    fn header_handler(&mut self, at: usize, context: Context) -> Label {
        let label = self.code.label();
        self.cold.push(Cold::Header { label, at, context });
        label
    }

    /// Counts a call of the function: its header's handler runs when the counter is out.
    pub(super) fn count_call(&mut self) {
        if self.options.counts {
            let header = self.header_handler(0, Context::default());
            self.code.mov_imm(RAX, self.pc(0));
            self.code.alu32_imm(Alu::Sub, Rm::Mem(RAX, COUNTER), 1);
            self.code.jcc(Cond::Equal, header);
        }
    }

    /// Goes round a loop: `to` is the instruction behind the header.
    fn go_round(&mut self, to: usize) {
        let mut context = std::mem::take(&mut self.context);
        self.drop_dead(&mut context, to);
        self.settle(to, &context);
        let expected = self.reached[to].clone();
        if self.is_settled {
            self.convert(&context, &expected, to);
        }
        if self.options.counts {
            let header = self.header_handler(to - 1, expected);
            self.code.mov_imm(RAX, self.pc(to - 1));
            self.code.alu32_imm(Alu::Sub, Rm::Mem(RAX, COUNTER), 1);
            self.code.jcc(Cond::Equal, header);
        }
        self.code.jmp(self.labels[to]);
    }

    /// Leaves the instruction to its handler if something is pending.
    fn poll(&mut self) {
        self.code.mov_imm(RAX, self.options.pending);
        self.code.alu32_imm(Alu::Cmp, Rm::Mem(RAX, 0), 0);
        self.slow_if(Cond::NotEqual);
    }
}

/// A header is run where its loop is entered, and when its counter is out.
pub(super) fn header(compiler: &mut Compiler<'_>, _: Word) -> bool {
    if compiler.options.counts {
        let at = compiler.at;
        let handler = compiler.header_handler(at, compiler.context.clone());
        // The counter of a header that enters a trace is 1.
        compiler.code.mov_imm(RAX, compiler.pc(at));
        compiler.code.alu32_imm(Alu::Cmp, Rm::Mem(RAX, COUNTER), 1);
        compiler.code.jcc(Cond::BelowEqual, handler);
    }
    true
}

pub(super) fn back(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let target = compiler.target(word);
    compiler.poll();
    compiler.go_round(target);
    true
}

pub(super) fn counted(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let target = compiler.target(word);
    let [index, last, step, variable] = [0, 1, 2, 3].map(|offset| compiler.register(word.a() + offset));
    compiler.poll();
    let Some(from) = compiler.int(index) else { return false };
    let Some(to) = compiler.int(last) else { return false };
    let by = if word.op() == Op::ForLoop1 { Some(Int::Const(1)) } else { compiler.int(step) };
    let Some(by) = by else { return false };
    let next = match from {
        // Nothing is left to a handler any more: the index may be changed in place.
        Int::High(reg) => reg,
        Int::Const(_) => {
            let reg = compiler.free_gpr();
            compiler.load_high(reg, from);
            reg
        }
    };
    let done = compiler.code.label();
    compiler.alu_high(Alu::Cmp, next, to);
    compiler.code.jcc(Cond::Equal, done);
    let before = compiler.context.clone();
    // Before `last`, which is small: the sum is small as well.
    compiler.alu_high(Alu::Add, next, by);
    compiler.context.remove(variable);
    compiler.define(index, Form::High(next));
    compiler.define(variable, Form::Same(index));
    compiler.go_round(target);
    compiler.code.bind(done);
    compiler.context = before;
    true
}

/// Prepares a counted loop whose step is 1: how many rounds it has follows from its bounds.
pub(super) fn prepare(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let target = compiler.target(word);
    let [index, last, step, variable] = [0, 1, 2, 3].map(|offset| compiler.register(word.a() + offset));
    if compiler.known(step) != Some(Value::small_int(1)) {
        return false;
    }
    let Some(from) = compiler.int(index) else { return false };
    let Some(bound) = compiler.int(last) else { return false };
    let inclusive = word.op() == Op::ForPrepTo;
    let to = compiler.free_gpr();
    compiler.load_high(to, bound);
    compiler.code.mov(RCX, Rm::Reg(to));
    compiler.alu_high(Alu::Cmp, RCX, from);
    let none = compiler.edge(target);
    compiler.code.jcc(if inclusive { Cond::Less } else { Cond::LessEqual }, none);
    if !inclusive && !faults::on(Fault::MethodLast) {
        // Above `from`, which is small: the difference is small as well.
        compiler.alu_high(Alu::Sub, to, Int::Const(1));
    }
    compiler.define(last, Form::High(to));
    compiler.define(variable, Form::Same(index));
    true
}
