//! Leaving instructions to their handlers, and coming back; and all other code that is unlikely to run, which is written behind
//! the rest.

use std::rc::Rc;

use pseudo_vm::bytecode::ops::{Flow, Op};
use pseudo_vm::faults::{self, Fault};
use pseudo_vm::native::NativeCode;

use super::context::{Context, Form, Kind, Place, Slot};
use super::inline::Inlined;
use super::registers::{GPRS, PC, RAX, RDX, TABLE, VM, WORD};
use super::{Compiler, Part, heads};
use crate::emit::encode::{Alu, Cond, Label, Rm};

/// Code that is unlikely to run, and written behind the rest.
#[derive(Debug)]
pub(super) enum Cold<'a> {
    /// Leaves an instruction to its handler.
    Slow { label: Label, at: usize, context: Context, inlined: Option<Rc<Inlined<'a>>> },
    /// Comes back in front of an instruction.
    Resume { label: Label, at: usize, context: Context, back: Label },
    /// Jumps to an instruction.
    Edge { label: Label, context: Context, to: Context, back: Label, target: usize },
    /// Runs a header's handler.
    Header { label: Label, at: usize, context: Context },
    /// Interprets an instruction and what follows, everything being in memory: something there is not as expected.
    Other { label: Label, at: usize },
}

impl Compiler<'_> {
    /// Leaves the running instruction to its handler.
    pub(super) fn leave(&mut self) {
        if self.inlined.is_some() {
            self.leave_inlined();
            return;
        }
        let at = self.at;
        self.write_back(at);
        self.wants_resume(at + 1);
        let behind = self.code.label();
        self.pass_to_handler(at, Some(behind));
        self.handler(at);
        self.code.bind(behind);
        self.keep_kinds();
    }

    /// What is known behind the running instruction, which its handler has run: what that has not written is as it was, in memory.
    fn keep_kinds(&mut self) {
        let mut written = Vec::new();
        heads::for_each_written(self.word_at(self.at), |index| written.push(Slot::Register(index as u16)));
        let mut before = std::mem::take(&mut self.context);
        before.retain(|place| !written.contains(&place.slot));
        for &place in before.places() {
            let form = match place.form {
                Form::Const(_) => place.form,
                // Of what is dead nothing was written: it is not to be read under another name.
                Form::Same(other)
                    if before.get(other).is_some()
                        && (self.is_live(other, self.at) || faults::on(Fault::MethodDead)) =>
                {
                    place.form
                }
                form => Form::Memory(form.kind()),
            };
            if form != Form::Memory(Kind::Any) || matches!(place.slot, Slot::Global(_)) {
                self.context.set(Place { form, ..place });
            }
        }
    }

    /// Leaves the running instruction to its handler, and counts that.
    pub(super) fn leave_counted(&mut self) {
        let slow = self.slow();
        self.code.jmp(slow);
        self.context.clear();
    }

    /// Jumps to the handler of an instruction, everything being in memory.
    pub(super) fn jump_to_handler(&mut self, at: usize) {
        self.pass_to_handler(at, None);
        self.handler(at);
    }

    /// Jumps to the handler of an instruction, whose arguments are in their registers.
    fn handler(&mut self, at: usize) {
        let op = self.word_at(at).op();
        if is_header(op) {
            // The opcode may be another one by then.
            self.code.low_byte(RAX, WORD);
            self.code.mov_imm(GPRS[1], self.layout.handlers);
            self.code.jmp_to(Rm::Elem(GPRS[1], RAX, 0));
        } else {
            self.code.mov_imm(RAX, self.layout.handlers + 8 * u64::from(op as u8));
            self.code.jmp_to(Rm::Mem(RAX, 0));
        }
    }

    /// Counts an instruction that is left to its handler, whose arguments are in their registers. Uses `rax`.
    pub(super) fn leaving(&mut self) {
        self.map.push((self.code.offset(), Part::Leaving));
        self.code.bind(self.leaving);
        let again = self.code.label();
        self.code.mov_imm(RAX, std::ptr::from_ref(self.proto) as u64);
        self.code.alu32_imm(Alu::Sub, Rm::Mem(RAX, NativeCode::LEFT as i32), 1);
        self.code.jcc(Cond::Equal, again);
        self.code.ret();
        self.code.bind(again);
        self.code.pop(TABLE);
        self.code.mov(TABLE, Rm::Reg(RAX));
        self.code.mov_imm(RAX, self.layout.reconsider);
        self.code.jmp_to(Rm::Reg(RAX));
    }

    /// Brings the arguments of an instruction's handler into their registers. Where it goes on with the next instruction is a
    /// place in the code, or else where the next instruction is come back to.
    fn pass_to_handler(&mut self, at: usize, behind: Option<Label>) {
        let op = self.word_at(at).op();
        let next = (at + 1 < self.proto.len()).then(|| self.word_at(at + 1).op());
        let next = next.filter(|next| !is_header(*next) && goes_on(op) && self.resumes[at + 1].is_some());
        self.code.mov_imm(PC, self.pc(at + 1));
        match next {
            // A table of which the handler reads this entry only.
            Some(next) => {
                let cell = self.code.label();
                let behind = behind.or(self.resumes[at + 1]).expect("just looked for");
                self.cells.push((cell, behind));
                self.code.lea_before(TABLE, cell, 8 * u32::from(next as u8));
            }
            None => self.code.mov_imm(TABLE, self.layout.resume),
        }
        self.code.mov(WORD, Rm::Mem(PC, -8));
        self.code.mov(RDX, Rm::Reg(VM));
    }

    pub(super) fn cold(&mut self, cold: Cold<'_>) {
        match cold {
            Cold::Slow { label, at, context, inlined: Some(inlined) } => {
                self.slow_inlined(&inlined, at, label, &context);
            }
            Cold::Slow { label, at, context, inlined: None } => {
                self.map.push((self.code.offset(), Part::Slow(at as u32)));
                self.code.bind(label);
                self.store_all(&context, at);
                self.pass_to_handler(at, None);
                self.code.call(self.leaving);
                self.handler(at);
            }
            Cold::Edge { label, context, to, back, target } => {
                self.map.push((self.code.offset(), Part::Edge(target as u32)));
                self.code.bind(label);
                self.convert(&context, &to, target);
                self.code.jmp(back);
            }
            Cold::Header { label, at, context } => {
                self.map.push((self.code.offset(), Part::Slow(at as u32)));
                self.code.bind(label);
                self.store_all(&context, at);
                self.jump_to_handler(at);
            }
            Cold::Resume { label, at, context, back } => {
                self.map.push((self.code.offset(), Part::Resume(at as u32)));
                self.code.bind(label);
                self.convert(&Context::default(), &context, at);
                self.code.jmp(back);
            }
            Cold::Other { label, at } => {
                self.map.push((self.code.offset(), Part::Slow(at as u32)));
                self.code.bind(label);
                self.code.mov_imm(PC, self.pc(at + 1));
                self.code.mov_imm(TABLE, self.layout.handlers);
                self.code.mov(WORD, Rm::Mem(PC, -8));
                self.code.mov(RDX, Rm::Reg(VM));
                self.code.call(self.leaving);
                self.handler(at);
            }
        }
    }
}

/// Whether an instruction is a header, whose opcode may change.
fn is_header(op: Op) -> bool {
    matches!(op, Op::FuncHeader | Op::FuncTrace | Op::LoopHeader | Op::TraceHeader)
}

/// Whether an instruction's handler, if it goes on through the table that it was given, does so with the next instruction:
/// what enters a frame takes another table.
fn goes_on(op: Op) -> bool {
    op.info().flow == Flow::Next && !is_header(op) && op != Op::LoopBack
}
