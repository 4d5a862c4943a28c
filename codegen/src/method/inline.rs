//! Calls of small functions, written in place.
//!
//! The callee's registers are the caller's beyond the call's window, as always; no frame is made until something is left to a
//! handler. Then the frame is completed, and the callee goes on in its own code or in the interpreter: nothing comes back in
//! the middle. A call that is not in place is made where another function is called than was seen.

use std::rc::Rc;

use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::faults::{self, Fault};
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
/// Functions that are written within one another at most.
const DEPTH: usize = 3;

/// A function that is being written in place of its call.
#[derive(Debug)]
pub(super) struct Inlined<'a> {
    /// The function.
    pub proto: &'a Proto,
    /// Its register 0, in the frame of the function that is compiled.
    pub offset: usize,
    /// The registers below this are the caller's.
    pub kept: usize,
    /// The call, in the caller.
    pub call: usize,
    /// The caller, if that is written in place too.
    pub caller: Option<Rc<Inlined<'a>>>,
    /// Whether it initialises a new instance, its first parameter, which is what its call gives.
    pub makes: bool,
    /// The register that the result goes to.
    pub result: usize,
    /// What else the frames need where something is left to a handler: registers, in order.
    pub links: Vec<(i32, Link)>,
}

/// What a register is to hold.
#[derive(Clone, Copy, Debug)]
pub(super) enum Link {
    /// A word.
    Word(u64),
    /// What lies at an address.
    At(u64),
    /// What another register holds.
    Register(usize),
}

/// A return of such a function: a jump behind the call, or what is known where that follows.
#[derive(Debug)]
pub(super) struct Return {
    label: Option<Label>,
    context: Context,
}

/// Whether a function's calls are worth being written in place.
pub(super) fn is_small(proto: &Proto) -> bool {
    let is_plain = |at: usize| match proto.word(at).op() {
        Op::Call | Op::TailCall => proto.profile().seen(at).class().is_some(),
        Op::LoopHeader | Op::LoopBack => false,
        op => matches!(template(op), Template::Inline(_)),
    };
    proto.len() <= INSTRUCTIONS && proto.handlers.is_empty() && (1..proto.len()).all(is_plain)
}

impl<'a> Compiler<'a> {
    /// Whether another function may be written in place here.
    pub(super) fn may_inline(&self) -> bool {
        let depth = std::iter::successors(self.inlined.as_ref(), |inlined| inlined.caller.as_ref()).count();
        !self.options.counts && !self.is_plain && depth < DEPTH
    }

    /// The words that the frames need of the functions that are being written in place.
    pub(super) fn links(&self) -> Vec<(i32, Link)> {
        self.inlined.as_ref().map(|inlined| inlined.links.clone()).unwrap_or_default()
    }

    /// Leaves the instruction to its handler if a frame that ends at a register does not fit the stack.
    pub(super) fn check_stack(&mut self, end: usize) {
        self.code.lea(RAX, Rm::Mem(BASE, 8 * end as i32));
        self.code.alu(Alu::Cmp, RAX, Rm::Mem(VM, self.layout.stack_limit as i32));
        self.slow_if(Cond::Above);
    }

    /// Writes a function in place of the call that runs, which is of a closure in the window that begins at a register. What
    /// is called has been tested.
    pub(super) fn inline_call(&mut self, proto: &'a Proto, window: usize) {
        let offset = window + FRAME_LINK;
        // The callee's frame must fit, as if it were made.
        self.check_stack(offset + usize::from(proto.frame_size));
        let mut links = self.links();
        links.push((window as i32, Link::Word(self.pc(self.at + 1))));
        let caller = self.inlined.clone();
        self.inline(Inlined {
            proto,
            offset,
            kept: window,
            call: self.at,
            caller,
            makes: false,
            result: window,
            links,
        });
    }

    /// Writes a function whose parameters are in place.
    pub(super) fn inline(&mut self, inlined: Inlined<'a>) {
        let (proto, call) = (inlined.proto, self.at);
        let labels = (0..proto.len()).map(|_| self.code.label()).collect();
        let outer_proto = std::mem::replace(&mut self.proto, proto);
        let outer_profile = std::mem::replace(&mut self.profile, proto.profile());
        let outer_leaders = std::mem::replace(&mut self.leaders, leaders(proto));
        let outer_labels = std::mem::replace(&mut self.labels, labels);
        let edges = (0..proto.len()).map(|_| Vec::new()).collect();
        let outer_edges = std::mem::replace(&mut self.edges, edges);
        let outer_reached = std::mem::replace(&mut self.reached, vec![Context::default(); proto.len()]);
        let outer_returns = std::mem::take(&mut self.returns);
        let outer = self.inlined.replace(Rc::new(inlined));
        let mut is_reached = true;
        for at in 1..proto.len() {
            let flows = flows_on(proto.word(at - 1).op());
            let was_left = (flows || !faults::on(Fault::MethodLeft)) && std::mem::take(&mut self.is_left);
            is_reached &= flows && !was_left;
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
        self.inlined = outer;

        self.at = call;
        self.pinned.clear();
        let (mut edges, mut last) = (Vec::new(), None);
        for Return { label, context } in std::mem::replace(&mut self.returns, outer_returns) {
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
    pub(super) fn return_inlined(&mut self, inlined: &Inlined<'_>, value: Option<Slot>) {
        let value = if inlined.makes { Some(Slot::Register(inlined.offset as u16)) } else { value };
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
            Slot::Register(index) => usize::from(index) < inlined.kept,
            Slot::Global(_) => true,
        });
        context.set(Place { slot: Slot::Register(inlined.result as u16), form, dirty: true, used: 0 });
        let label = (self.at + 1 < self.proto.len()).then(|| self.code.label());
        if let Some(label) = label {
            self.code.jmp(label);
        }
        self.returns.push(Return { label, context });
    }

    /// Whether a register may still be read when an instruction of the function that is written in place is about to run.
    pub(super) fn is_live_inlined(&self, inlined: &Inlined<'_>, at: usize, register: usize) -> bool {
        if let Some(own) = register.checked_sub(inlined.offset) {
            return inlined.makes && own == 0 || inlined.proto.liveness().is_live(at, own);
        }
        if register < inlined.kept {
            return match &inlined.caller {
                Some(caller) => self.is_live_inlined(caller, inlined.call + 1, register),
                None => self.liveness.is_live(inlined.call + 1, register),
            };
        }
        // The closure that runs, unless it is a link.
        register + 1 == inlined.offset && !inlined.makes
    }

    /// Leaves the running instruction of the function that is written in place to its handler, in any case.
    pub(super) fn leave_inlined(&mut self) {
        let slow = self.slow();
        self.code.jmp(slow);
        self.context.clear();
        self.is_left = true;
    }

    /// Leaves an instruction of the function that is written in place to its handler.
    pub(super) fn slow_inlined(&mut self, inlined: &Inlined<'_>, at: usize, label: Label, context: &Context) {
        let calls = std::iter::successors(inlined.caller.as_ref(), |inlined| inlined.caller.as_ref());
        let call = calls.last().map_or(inlined.call, |inlined| inlined.call);
        self.map.push((self.code.offset(), Part::Slow(call as u32)));
        self.code.bind(label);
        for place in context.places().iter().filter(|place| place.dirty) {
            store(&mut self.code, self.options.routines, context, place);
        }
        for &(register, link) in &inlined.links {
            match link {
                Link::Word(word) => self.code.mov_imm(RAX, word),
                Link::At(address) => {
                    self.code.mov_imm(RAX, address);
                    self.code.mov(RAX, Rm::Mem(RAX, 0));
                }
                Link::Register(other) => self.code.mov(RAX, Rm::Mem(BASE, 8 * other as i32)),
            }
            self.code.store(Rm::Mem(BASE, 8 * register), RAX);
        }
        self.code.alu_imm(Alu::Add, Rm::Reg(BASE), 8 * inlined.offset as i32);
        self.code.mov_imm(PC, inlined.proto.code() as u64 + 8 * (at as u64 + 1));
        self.code.mov_imm(TABLE, self.layout.resume);
        self.code.mov(WORD, Rm::Mem(PC, -8));
        self.code.mov(RDX, Rm::Reg(VM));
        self.code.call(self.leaving);
        self.code.mov_imm(RAX, self.layout.handlers + 8 * u64::from(inlined.proto.word(at).op() as u8));
        self.code.jmp_to(Rm::Mem(RAX, 0));
    }
}
