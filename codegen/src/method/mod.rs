//! The method tier: whole functions as machine code, straight from bytecode, one template for each opcode.
//!
//! For code that is not worth a trace, or of which none can be made. It works on the interpreter's frames and has none of
//! its own ([`pseudo_vm::native`]), so that each instruction may be left to its handler, and each is a place to come in at.
//!
//! One pass forward, and few more where loops turn out to know less at their heads than was expected ([`heads`]). Until an
//! instruction is left to its handler on the likely way, values stay in registers, their types are tested once, and what is
//! overwritten is never written to memory ([`context`]); where ways meet, what all of them know is known ([`joins`]).
//!
//! ```text
//! add R2 = R0 + R1     r8 = R[0], an int or slow; r9 = R[1], an int or slow; r10 = r8 + r9, slow if it overflows
//! mul R3 = R2 * R2     r11 = r10 * r10, slow if it overflows                             (R2 has been tested)
//! return R3            result = r11; to the caller's code                                (R2 never was in memory)
//! slow:                write back what the handler reads; jump to the handler of `add` (or `mul`)
//! resume:              where that goes on: load what the block has in registers, test that it is as expected
//! ```
//!
//! Where what a handler leaves is not as the block expects it (the sum was no int of 48 bits), the interpreter goes on to
//! the next back edge, call or return.

mod arith;
mod builtins;
mod calls;
mod compare;
mod construct;
mod context;
mod dicts;
mod dump;
mod heads;
mod indexing;
mod inline;
mod iterating;
mod joins;
mod leaving;
mod loops;
mod members;
mod numbers;
mod operands;
mod registers;
mod routines;
mod strings;
mod template;
mod variables;

use std::rc::Rc;

use pseudo_vm::bytecode::liveness::{Liveness, jump_target};
use pseudo_vm::bytecode::ops::{Flow, Op, Role};
use pseudo_vm::bytecode::profile::{Operand, Profile, Seen};
use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::heap::object::Storage;
use pseudo_vm::native::Layout;
use pseudo_vm::value::{TAG_ARRAY, TAG_STRING, Value};
use rustc_hash::FxHashMap;

use crate::code_memory::CodeMemory;
use crate::compile::CompileError;
use crate::emit::encode::{Code, Label};
pub use construct::Class;
use context::{Context, Kind, Slot};
pub use dump::{Line, listing};
use heads::{Limits, Loop, loops};
use inline::{Inlined, Return};
use joins::Edge;
use leaving::Cold;
pub use routines::Routines;
use template::{Template, template};

/// What is known of a function when it is compiled, besides its code.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether function and loop headers count, for traces to be recorded.
    pub counts: bool,
    /// Offsets and addresses in the machine.
    pub layout: Layout,
    /// Routines in the code memory.
    pub routines: Routines,
    /// Address of the table of strings of one ASCII character.
    pub ascii: u64,
    /// Address of the word that says whether something is pending.
    pub pending: u64,
    /// Address of the nursery's bounds.
    pub nursery: u64,
    /// Whether nothing is to be guessed where a loop is entered: earlier guesses were wrong.
    pub is_cautious: bool,
}

/// What values a function has met: a guess at what it will meet.
pub trait Hints {
    /// The value of a register when the function was compiled; none where it may be stale.
    fn register(&self, register: usize) -> Option<Value>;
    /// The value of a global.
    fn global(&self, global: u32) -> Value;
    /// A function by its number.
    fn function(&self, id: u32) -> &Proto;
    /// What calling a class comes to, by its number and the number of arguments.
    fn class(&self, number: u32, arguments: usize) -> Option<Class<'_>>;
}

/// A function as machine code.
#[derive(Debug)]
pub struct MethodCode {
    /// Address of its first byte.
    pub start: u64,
    /// Bytes.
    pub size: usize,
    /// Bytes of the part that runs while all goes as expected.
    pub hot_size: usize,
    /// Address of the table that says where the code of each instruction is entered.
    pub table: u64,
    /// Where calls enter it.
    pub entry: u64,
    /// Where in its code (bytes from its start) what begins, ascending.
    pub map: Vec<(u32, Part)>,
}

/// What a piece of code belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// Counting a call.
    Entry,
    /// An instruction.
    Inst(u32),
    /// An instruction that is left to its handler.
    Slow(u32),
    /// Coming back in front of an instruction.
    Resume(u32),
    /// A jump to an instruction.
    Edge(u32),
    /// Counting instructions that are left to their handlers.
    Leaving,
    /// Addresses.
    Data,
}

/// A function that is being compiled.
struct Compiler<'a> {
    proto: &'a Proto,
    liveness: &'a Liveness,
    hints: &'a dyn Hints,
    profile: &'a Profile,
    options: Options,
    layout: Layout,
    code: Code,
    /// Whether a jump leads to an instruction, or an error does.
    leaders: Vec<bool>,
    /// Where each instruction's code begins that expects nothing in registers. Bound only if there is such a place.
    labels: Vec<Label>,
    /// Where each instruction is entered.
    entries: Vec<Option<Label>>,
    /// Where handlers come back to in front of an instruction.
    resumes: Vec<Option<Label>>,
    /// The running instruction.
    at: usize,
    context: Context,
    /// Registers that the running instruction has been given.
    pinned: Vec<u8>,
    /// Jumps forward to each instruction that has not been come to.
    edges: Vec<Vec<Edge>>,
    /// What is known in front of each instruction that jumps lead to.
    reached: Vec<Context>,
    loops: FxHashMap<usize, Loop>,
    limits: Limits,
    /// Whether all jumps back bring what loops expect.
    is_settled: bool,
    /// Whether nothing is to be known where ways meet.
    is_plain: bool,
    /// The function that is being written in place of a call.
    inlined: Option<Rc<Inlined<'a>>>,
    /// Its returns so far.
    returns: Vec<Return>,
    /// Whether its running instruction has been left to its handler.
    is_left: bool,
    cold: Vec<Cold<'a>>,
    /// Tables of one entry for handlers, and where that leads.
    cells: Vec<(Label, Label)>,
    /// A routine that counts instructions which are left to their handlers.
    leaving: Label,
    map: Vec<(u32, Part)>,
}

/// Times that a function is compiled at most with more expected where its loops go round than turned out to be true.
const PASSES: u32 = 6;

/// Slots of which something is known at a time, at most: all that leaves the code, or comes back to it, looks at each.
const PLACES: usize = 48;

/// Compiles a function into code memory. It is entered only once [`Proto::set_native`] has been told.
///
/// # Errors
///
/// If no code memory is left.
pub fn compile(
    proto: &Proto,
    hints: &dyn Hints,
    options: Options,
    memory: &mut CodeMemory,
) -> Result<MethodCode, CompileError> {
    let mut limits = Limits::default();
    for pass in 1.. {
        let mut code = Code::default();
        let labels = (0..proto.len()).map(|_| code.label()).collect();
        let leaving = code.label();
        let mut compiler = Compiler {
            proto,
            liveness: proto.liveness(),
            hints,
            profile: proto.profile(),
            options,
            layout: options.layout,
            code,
            leaders: leaders(proto),
            labels,
            entries: vec![None; proto.len()],
            resumes: vec![None; proto.len() + 1],
            at: 0,
            context: Context::default(),
            pinned: Vec::new(),
            edges: (0..proto.len()).map(|_| Vec::new()).collect(),
            reached: vec![Context::default(); proto.len()],
            loops: loops(proto),
            limits,
            is_settled: true,
            is_plain: pass > PASSES,
            inlined: None,
            returns: Vec::new(),
            is_left: false,
            cold: Vec::new(),
            cells: Vec::new(),
            leaving,
            map: Vec::new(),
        };
        compiler.body();
        if compiler.is_settled {
            return compiler.finish(memory);
        }
        limits = compiler.limits;
    }
    unreachable!("with nothing expected there is nothing to settle")
}

/// Which instructions are come to from elsewhere than the one before.
fn leaders(proto: &Proto) -> Vec<bool> {
    let mut leaders = vec![false; proto.len()];
    for at in 0..proto.len() {
        let word = proto.word(at);
        if let Some(target) = jump_target(word, at) {
            leaders[target] = true;
        }
        if matches!(word.op(), Op::LoopHeader | Op::TraceHeader | Op::FuncHeader | Op::FuncTrace) {
            leaders[at] = true;
            leaders[at + 1] = true;
        }
    }
    for handler in &proto.handlers {
        leaders[handler.target] = true;
    }
    leaders
}

impl<'a> Compiler<'a> {
    /// Writes all instructions.
    fn body(&mut self) {
        self.map.push((0, Part::Entry));
        self.count_call();
        for at in 1..self.proto.len() {
            self.begin(at);
            self.instruction();
        }
    }

    /// Writes what is seldom run, and puts everything into code memory.
    fn finish(mut self, memory: &mut CodeMemory) -> Result<MethodCode, CompileError> {
        let hot_size = self.code.offset() as usize;
        while !self.cold.is_empty() {
            for cold in std::mem::take(&mut self.cold) {
                self.cold(cold);
            }
        }
        self.leaving();
        self.map.push((self.code.offset(), Part::Data));
        self.code.align_data();
        for (cell, behind) in std::mem::take(&mut self.cells) {
            self.code.bind(cell);
            self.code.data_address(behind);
        }
        let table = self.code.offset();
        for entry in &self.entries {
            match entry {
                Some(label) => self.code.data_address(*label),
                None => self.code.data(self.layout.interpret),
            }
        }
        let start = memory.next();
        let size = self.code.offset() as usize;
        memory.install(&self.code.finish(start))?;
        Ok(MethodCode { start, size, hot_size, table: start + u64::from(table), entry: start, map: self.map })
    }

    fn word_at(&self, at: usize) -> Word {
        self.proto.word(at)
    }

    /// The address of an instruction.
    fn pc(&self, at: usize) -> u64 {
        self.proto.code() as u64 + 8 * at as u64
    }

    /// Begins an instruction.
    fn begin(&mut self, at: usize) {
        debug_assert!(at < self.proto.len());
        self.at = at;
        self.pinned.clear();
        let is_joined = self.leaders[at];
        if is_joined {
            self.join(at);
            self.wants_resume(at);
        } else {
            let mut context = std::mem::take(&mut self.context);
            self.drop_dead(&mut context, at);
            self.context = context;
            if self.context.places().len() > PLACES {
                self.forget(at);
            }
        }
        if self.inlined.is_some() {
            return;
        }
        self.map.push((self.code.offset(), Part::Inst(at as u32)));
        if self.context.is_empty() {
            let label = self.labels[at];
            if !is_joined {
                self.code.bind(label);
            }
            self.entries[at] = Some(label);
            if let Some(resume) = self.resumes[at] {
                self.code.bind(resume);
            }
        } else if let Some(resume) = self.resumes[at] {
            let back = self.code.label();
            self.code.bind(back);
            self.entries[at] = Some(resume);
            self.cold.push(Cold::Resume { label: resume, at, context: self.context.clone(), back });
        }
    }

    /// Has a handler find its way back in front of an instruction.
    fn wants_resume(&mut self, at: usize) {
        if self.inlined.is_none() && at < self.proto.len() && self.resumes[at].is_none() {
            self.resumes[at] = Some(self.code.label());
        }
    }

    fn instruction(&mut self) {
        let word = self.word_at(self.at);
        match template(word.op()) {
            Template::Inline(write) => {
                if !write(self, word) {
                    // Of an instruction that has not been looked at there may be more to know.
                    let is_unseen = reads(word.op()) && self.profile.seen(self.at) == Seen::default();
                    if is_unseen && self.inlined.is_none() { self.leave_counted() } else { self.leave() }
                }
            }
            Template::Handler => self.leave(),
        }
    }

    /// A value that a slot is likely to have.
    fn hint(&self, slot: Slot) -> Option<Value> {
        match slot {
            Slot::Register(_) if self.inlined.is_some() => None,
            Slot::Register(register) => self.hints.register(usize::from(register)),
            Slot::Global(global) => Some(self.hints.global(global)),
        }
    }

    /// How the array that a slot is likely to hold stores its elements.
    fn storage_hint(&self, slot: Slot) -> Option<Storage> {
        let seen = self.profile.seen(self.at);
        if seen == Seen::default() {
            return self.hint(slot).and_then(Value::as_array).map(|array| array.storage());
        }
        seen.storage()
    }

    /// What the register in a field of the running instruction has been seen to hold, or is likely to.
    fn seen(&self, slot: Slot, field: usize) -> Operand {
        match self.profile.seen(self.at).operand(field) {
            Operand::Unknown => self.hint(slot).map_or(Operand::Unknown, |value| match Kind::of(value) {
                Kind::Float => Operand::Float,
                Kind::INT => Operand::Int,
                _ if value.is_int() => Operand::LargeInt,
                _ if value.tag() == TAG_STRING => Operand::String,
                _ if value.tag() == TAG_ARRAY => Operand::Array,
                _ => Operand::Other,
            }),
            seen => seen,
        }
    }
}

/// Whether an instruction's operands are looked at.
fn reads(op: Op) -> bool {
    op.info().roles.iter().any(|role| matches!(role, Role::Use | Role::IterState | Role::IterState2))
}

/// Whether the next instruction may follow.
fn flows_on(op: Op) -> bool {
    matches!(op.info().flow, Flow::Next | Flow::Branch)
}

/// The registers of a frame, as far as they are alive, and the globals.
pub struct Frame<'a> {
    /// The next instruction, if the function runs.
    pub at: Option<usize>,
    /// Its function.
    pub proto: &'a Proto,
    /// Its registers.
    pub registers: &'a dyn Fn(usize) -> Value,
    /// The globals.
    pub globals: &'a [Value],
    /// Functions by their numbers.
    pub functions: &'a dyn Fn(u32) -> &'a Proto,
    /// What calls of classes come to, by their numbers and the numbers of arguments.
    pub classes: &'a dyn Fn(u32, usize) -> Option<Class<'a>>,
}

impl Hints for Frame<'_> {
    fn register(&self, register: usize) -> Option<Value> {
        let at = self.at?;
        self.proto.liveness().is_live(at, register).then(|| (self.registers)(register))
    }

    fn global(&self, global: u32) -> Value {
        self.globals[global as usize]
    }

    fn function(&self, id: u32) -> &Proto {
        (self.functions)(id)
    }

    fn class(&self, number: u32, arguments: usize) -> Option<Class<'_>> {
        (self.classes)(number, arguments)
    }
}
