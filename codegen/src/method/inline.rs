//! Calls of small functions that call nothing, written in place.
//!
//! The callee's registers are the caller's beyond the call's window, as always; no frame is made until something is left to a
//! handler. Then the frame is completed, and the callee goes on in its own code or in the interpreter: nothing comes back in
//! the middle. A call that is not in place is made where another function is called than was seen.

use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::jit::FRAME_LINK;
use pseudo_vm::value::Value;

use super::context::{Context, Form, Place, Slot};
use super::joins::Edge;
use super::operands::{memory, store};
use super::registers::{BASE, PC, RAX, RDX, TABLE, VM, WORD};
use super::template::{Template, template};
use super::{Compiler, Part, flows_on, leaders};
use crate::emit::encode::{Alu, Cond, Label, Rm};

/// Instructions that a function has at most for its calls to be written in place.
const INSTRUCTIONS: usize = 24;

/// A function that is being written in place of its call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inlined<'a> {
    /// The function.
    pub proto: &'a Proto,
    /// The first register of the call's window, in the frame of the caller.
    window: usize,
    /// The call, in the caller.
    pub call: usize,
    /// Where it returns to.
    return_pc: u64,
}

/// A return of such a function: a jump behind the call, or what is known where that follows.
#[derive(Debug)]
pub(super) struct Return {
    label: Option<Label>,
    context: Context,
}

impl Inlined<'_> {
    /// Its register 0, in the frame of the caller.
    pub fn offset(&self) -> usize {
        self.window + FRAME_LINK
    }
}

/// Whether a function's calls are worth being written in place.
pub(super) fn is_small(proto: &Proto) -> bool {
    let is_plain = |at| {
        let op = proto.word(at).op();
        matches!(template(op), Template::Inline(_)) && !matches!(op, Op::Call | Op::LoopHeader | Op::LoopBack)
    };
    proto.len() <= INSTRUCTIONS && proto.handlers.is_empty() && (1..proto.len()).all(is_plain)
}

impl<'a> Compiler<'a> {
    /// Writes a function in place of the call that runs, which is of a closure in the window that begins at a register. What
    /// is called has been tested.
    pub(super) fn inline(&mut self, proto: &'a Proto, window: usize) {
        let call = self.at;
        let inlined = Inlined { proto, window, call, return_pc: self.pc(call + 1) };
        // The callee's frame must fit the stack, as if it were made.
        let end = 8 * (inlined.offset() + usize::from(proto.frame_size)) as i32;
        self.code.lea(RAX, Rm::Mem(BASE, end));
        self.code.alu(Alu::Cmp, RAX, Rm::Mem(VM, self.layout.stack_limit as i32));
        self.slow_if(Cond::Above);

        let labels = (0..proto.len()).map(|_| self.code.label()).collect();
        let outer_proto = std::mem::replace(&mut self.proto, proto);
        let outer_profile = std::mem::replace(&mut self.profile, proto.profile());
        let outer_leaders = std::mem::replace(&mut self.leaders, leaders(proto));
        let outer_labels = std::mem::replace(&mut self.labels, labels);
        let edges = (0..proto.len()).map(|_| Vec::new()).collect();
        let outer_edges = std::mem::replace(&mut self.edges, edges);
        let outer_reached = std::mem::replace(&mut self.reached, vec![Context::default(); proto.len()]);
        self.inlined = Some(inlined);
        let mut is_reached = true;
        for at in 1..proto.len() {
            is_reached &= flows_on(proto.word(at - 1).op()) && !std::mem::take(&mut self.is_left);
            is_reached |= !self.edges[at].is_empty();
            if is_reached {
                self.begin(at);
                self.instruction();
            }
        }
        self.is_left = false;
        self.proto = outer_proto;
        self.profile = outer_profile;
        self.leaders = outer_leaders;
        self.labels = outer_labels;
        self.edges = outer_edges;
        self.reached = outer_reached;
        self.inlined = None;

        self.at = call;
        self.pinned.clear();
        self.map.push((self.code.offset(), Part::Inst(call as u32)));
        let (mut edges, mut last) = (Vec::new(), None);
        for Return { label, context } in std::mem::take(&mut self.returns) {
            match label {
                Some(label) => edges.push(Edge { label, context }),
                None => last = Some(context),
            }
        }
        let ways: Vec<_> = edges.iter().map(|edge| &edge.context).chain(&last).collect();
        let to = self.meet(&ways);
        let label = self.code.label();
        self.merge(edges, last.as_ref(), &to, label, call);
        self.context = to;
    }

    /// Returns from the function that is written in place, with a value or nil.
    pub(super) fn return_inlined(&mut self, inlined: Inlined<'_>, value: Option<Slot>) {
        let result = Slot::Register(inlined.window as u16);
        let form = match value.map(|slot| (self.context.resolve(slot), self.context.form(slot))) {
            None => Form::Const(Value::NIL),
            Some((slot, Form::Memory(kind))) => {
                let reg = self.free_gpr();
                self.code.mov(reg, memory(slot));
                Form::Word(reg, kind)
            }
            Some((_, form)) => form,
        };
        // Nothing of the callee is read any more: what it returns may stay where it is.
        let mut context = std::mem::take(&mut self.context);
        context.retain(|place| match place.slot {
            Slot::Register(index) => usize::from(index) < inlined.window,
            Slot::Global(_) => true,
        });
        let taken = |place: &Place| {
            (form.gpr().is_some() && place.form.gpr() == form.gpr())
                || (form.xmm().is_some() && place.form.xmm() == form.xmm())
        };
        debug_assert!(!context.places().iter().any(taken), "a parameter has a register of its own");
        context.set(Place { slot: result, form, dirty: true, used: 0 });
        let label = (self.at + 1 < self.proto.len()).then(|| self.code.label());
        if let Some(label) = label {
            self.code.jmp(label);
        }
        self.returns.push(Return { label, context });
    }

    /// Whether a register may still be read when an instruction of the function that is written in place is about to run.
    pub(super) fn is_live_inlined(&self, inlined: Inlined<'_>, at: usize, register: usize) -> bool {
        if let Some(register) = register.checked_sub(inlined.offset()) {
            return inlined.proto.liveness().is_live(at, register);
        }
        // The closure that runs; where the return address will be; and what the caller reads behind the call.
        register == inlined.window + 1 || register < inlined.window && self.liveness.is_live(inlined.call + 1, register)
    }

    /// Leaves the running instruction of the function that is written in place to its handler, in any case.
    pub(super) fn leave_inlined(&mut self) {
        let slow = self.slow();
        self.code.jmp(slow);
        self.context.clear();
    }

    /// Leaves an instruction of the function that is written in place to its handler.
    pub(super) fn slow_inlined(&mut self, inlined: Inlined<'_>, at: usize, label: Label, context: &Context) {
        self.map.push((self.code.offset(), Part::Slow(inlined.call as u32)));
        self.code.bind(label);
        for place in context.places().iter().filter(|place| place.dirty) {
            store(&mut self.code, self.options.routines, context, place);
        }
        self.code.mov_imm(RAX, inlined.return_pc);
        self.code.store(memory(Slot::Register(inlined.window as u16)), RAX);
        self.code.alu_imm(Alu::Add, Rm::Reg(BASE), 8 * inlined.offset() as i32);
        self.code.mov_imm(PC, inlined.proto.code() as u64 + 8 * (at as u64 + 1));
        self.code.mov_imm(TABLE, self.layout.resume);
        self.code.mov(WORD, Rm::Mem(PC, -8));
        self.code.mov(RDX, Rm::Reg(VM));
        self.code.call(self.leaving);
        self.code.mov_imm(RAX, self.layout.handlers + 8 * u64::from(inlined.proto.word(at).op() as u8));
        self.code.jmp_to(Rm::Mem(RAX, 0));
    }
}
