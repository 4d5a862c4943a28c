//! Writes machine code for a trace whose registers are allocated.
//!
//! One pass forward. An instruction finds each operand wherever the allocation has it (register, spill slot, constant)
//! and may use scratch registers; nothing else changes. Its result's register may be one of its operands' in any
//! position, and may hold a value that its exit needs: a guard writes its result after its last jump out. What is
//! unlikely is written after the end, then come the exits' stubs, then float constants.

pub mod encode;

mod allocate;
mod calls;
mod compare;
mod dicts;
mod end;
mod floats;
mod guards;
mod ints;
mod memory;
mod native;
mod objects;
mod select;
mod strings;
mod values;
mod vector;

use pseudo_snapshots::Slot;
use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::{Inst, Trace};
use pseudo_trace::ir::types::Const;
use pseudo_vm::value::Value;
use rustc_hash::FxHashMap;

use crate::code_memory::Routines;
use crate::compile::{Addresses, CompileError, MapEntry, Options};
use crate::context;
use crate::helpers::Helpers;
use crate::regalloc::plan::{Plan, Role};
use crate::regalloc::registers::{CONTEXT, RCX, RSP, SCRATCH_XMM};
use crate::regalloc::{Allocation, Phase};
use encode::{Alu, Code, Label, Rm};

/// How a trace ends, with addresses.
#[derive(Clone, Debug)]
pub enum Ending {
    /// Jumps to its own loop's head.
    Loop,
    /// Leaves to the interpreter through its last exit.
    Exit,
    /// Writes the last snapshot's slots to memory, moves the base by so many words, and jumps to an address.
    Flush(i32, Destination),
    /// Writes the slots of these entries of the last snapshot, and jumps to a loop's head, whose registers are filled.
    Join(Vec<usize>, Head),
    /// Writes the slots of these entries, and goes on with a function's code in place of the frame's, the parameters in their
    /// registers.
    Function(Vec<usize>, Destination),
    /// Writes the slots of these entries, and returns from the native frame, the result in its register.
    Return(Vec<usize>),
}

/// The head of another trace's loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// Its address.
    pub address: u64,
    /// Words of the frame there.
    pub frame: u16,
}

/// Where to jump.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Destination {
    /// The trace's own entry.
    Own,
    /// Code that is installed already.
    Address(u64),
}

/// What code is written from.
pub struct Input<'a> {
    /// The trace.
    pub trace: &'a Trace,
    /// What becomes code.
    pub plan: &'a Plan,
    /// Where values are.
    pub allocation: &'a Allocation,
    /// How it ends.
    pub ending: &'a Ending,
    /// Where the function lies that it calls at its end, if it calls one.
    pub callee: Destination,
    /// The global that holds the closure of the frame that it runs in, if that is not in memory.
    pub home: Option<u32>,
    /// Words of the native frame that it finds, the return address aside; none for a root.
    pub found: u16,
    /// Words of its own native frame.
    pub frame: u16,
    /// Addresses of functions and instructions.
    pub addresses: &'a dyn Addresses,
    /// Helpers.
    pub helpers: &'a Helpers,
    /// Shared routines.
    pub routines: Routines,
    /// How to compile.
    pub options: &'a Options,
}

/// What was written.
pub struct Output {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Where each exit's stub is.
    pub stubs: Vec<u32>,
    /// Where the distances of the jumps to each stub are.
    pub jumps: Vec<Vec<u32>>,
    /// Where the loop's head is.
    pub head: Option<u32>,
    /// Bytes before the unlikely parts.
    pub hot: u32,
    /// What belongs to what.
    pub map: Vec<(u32, MapEntry)>,
    /// Where the function that is called at the end returns to.
    pub returns_to: Option<u32>,
    /// Guards.
    pub guards: u32,
    /// Constants as words.
    pub constants: Vec<u64>,
}

/// Where an operand is: in its place, or where a load that is part of the instruction would read it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Source {
    At(Loc),
    Memory(Rm),
}

/// Operands of a binary instruction. Where `swapped` is set, `b` is the first.
#[derive(Clone, Copy, Debug)]
struct Pair {
    a: Loc,
    b: Source,
    swapped: bool,
}

type Cold<'a> = Box<dyn FnOnce(&mut Emitter<'a>) + 'a>;

/// The writer.
pub(crate) struct Emitter<'a> {
    input: Input<'a>,
    code: Code,
    constants: Vec<u64>,
    exits: Vec<Label>,
    entry: Label,
    head: Option<Label>,
    /// Behind the `poll` at the loop's head, for a back edge that polls itself.
    polled: Option<Label>,
    floats: FxHashMap<u64, Label>,
    float_order: Vec<(u64, Label)>,
    cold: Vec<(MapEntry, Cold<'a>)>,
    map: Vec<(u32, MapEntry)>,
    guards: u32,
    returns_to: Option<u32>,
    /// Where the code will lie.
    base: u64,
    /// What `rcx` is known to hold: a constant that several instructions in a row compare with.
    rcx: Option<u64>,
    /// The instruction that is being written.
    at: u32,
}

/// The words of a trace's constants, as registers hold them.
pub fn constant_words(trace: &Trace, addresses: &dyn Addresses) -> Vec<u64> {
    let word = |constant: &Const| match *constant {
        Const::Int(int) => int as u64,
        Const::Float(bits) | Const::Value(bits) | Const::Str(bits) | Const::Place(bits) => bits,
        Const::Nowhere => 0,
        Const::Bool(bool) => bool as u64,
        Const::Nil => Value::NIL.0,
        Const::Undef => Value::UNDEF.0,
        Const::Proto(id) => addresses.proto(id),
        Const::Pc(pc) => addresses.pc(pc),
        Const::Made(number) => number.into(),
    };
    trace.consts.iter().map(word).collect()
}

/// Writes code that will lie at `base`.
pub fn emit(input: Input<'_>, base: u64) -> Result<Output, CompileError> {
    let constants = constant_words(input.trace, input.addresses);
    let mut code = Code::default();
    let exits = input.allocation.exits.iter().map(|_| code.label()).collect();
    let entry = code.label();
    let emitter = Emitter {
        input,
        code,
        constants,
        exits,
        entry,
        head: None,
        polled: None,
        floats: FxHashMap::default(),
        float_order: Vec::new(),
        cold: Vec::new(),
        map: Vec::new(),
        guards: 0,
        returns_to: None,
        base,
        rcx: None,
        at: 0,
    };
    emitter.run(base)
}

impl<'a> Emitter<'a> {
    fn run(mut self, base: u64) -> Result<Output, CompileError> {
        let (plan, allocation) = (self.input.plan, self.input.allocation);
        self.mark(MapEntry::Entry);
        self.code.bind(self.entry);
        self.resize_frame(self.input.found, self.input.frame);
        let mut edit = 0;
        let mut edits_until = |emitter: &mut Self, at: u32, phase: Phase| {
            let first = edit;
            while let Some(next) = allocation.edits.get(edit).filter(|next| (next.at, next.phase) <= (at, phase)) {
                emitter.copy(next.from, next.to);
                edit += 1;
                if next.to == Loc::Gpr(RCX) {
                    emitter.rcx = None;
                }
            }
            edit > first
        };
        // Whether nothing but phis has come since the loop's head.
        let mut at_head = false;
        edits_until(&mut self, 0, Phase::Entry);
        for at in 0..plan.len {
            self.at = at;
            let inst = &self.input.trace.insts[at as usize];
            if plan.roles[at as usize] != Role::Skip || inst.op == Op::Loop {
                self.mark(MapEntry::Inst(at));
            }
            at_head &= !edits_until(&mut self, at, Phase::Before);
            if !self.keeps_rcx(inst) {
                self.rcx = None;
            }
            if inst.op == Op::Loop {
                at_head = true;
                // A head that polls is passed once; rounds begin behind the poll.
                if !self.input.trace.insts[at as usize + 1..].iter().any(|next| next.op == Op::Poll) {
                    self.code.align();
                }
                let head = self.code.label();
                self.code.bind(head);
                self.head = Some(head);
            } else if plan.roles[at as usize] != Role::Skip {
                self.instruction(at, inst)?;
                if at_head && inst.op == Op::Poll {
                    self.code.align();
                    let polled = self.code.label();
                    self.code.bind(polled);
                    self.polled = Some(polled);
                }
                at_head = false;
            }
            if edits_until(&mut self, at, Phase::After) {
                at_head = false;
            }
        }
        self.at = plan.len;
        self.rcx = None;
        self.mark(MapEntry::End);
        // Slots are written from where the allocation left the values, so before these are moved.
        self.write_slots()?;
        edits_until(&mut self, plan.len, Phase::After);
        self.jump_on();
        self.finish(base)
    }

    /// Whether code for an instruction knows what `rcx` holds, or does not write there.
    fn keeps_rcx(&self, inst: &Inst) -> bool {
        match inst.op {
            Op::Slot => matches!(inst.slot(), Slot::Stack(_)),
            Op::GuardInt | Op::GuardFloat | Op::GuardStack | Op::BoxInt | Op::Inherit => true,
            _ => false,
        }
    }

    /// `rcx` = a constant, if it is not that already.
    fn hold_in_rcx(&mut self, word: u64) {
        if self.rcx != Some(word) {
            self.code.mov_imm(RCX, word);
            self.rcx = Some(word);
        }
    }

    fn instruction(&mut self, at: u32, inst: &Inst) -> Result<(), CompileError> {
        if inst.op.is_guard() {
            self.guard(at, inst);
            return Ok(());
        }
        use Op::*;
        match inst.op {
            Slot | FnCapture | ArrLen | ArrData | LoadBool | LoadInt | LoadFloat | LoadAny | StoreBool | StoreInt
            | StoreFloat | StoreAny | SetLen | Barrier | RangeStart | RangeEnd | CellAddr | LoadCell | StoreCell => {
                self.memory(at, inst)
            }
            Shaped | Method | LoadField | StoreField | FieldPlace | LoadPlace | StorePlace | AddField | LoadStatic
            | StoreStatic => self.object(at, inst),
            BoxInt | BoxFloat | BoxBool | BoxStr | BoxArr | BoxDict | BoxFn | BoxRange => self.box_value(at, inst),
            StrLen | StrByte | StrChar => self.string(at, inst),
            DictLen | DictFind | DictNext | DictEntry | DictChanges | LoadKey | LoadValue | StoreValue | IterDict
            | IterChanges => self.dict(at, inst),
            AddInt | SubInt | MulInt | UmulHighInt | DivInt | ModInt | NegInt | AndInt | OrInt | XorInt | NotInt
            | ShlInt | SarInt | ShrInt | NotBool => self.int(at, inst),
            FloorFloat | CeilFloat if !self.input.options.sse41 => self.call(at, inst)?,
            AddFloat | SubFloat | MulFloat | DivFloat | NegFloat | AbsFloat | SqrtFloat | FloorFloat | CeilFloat
            | IntToFloat | FloatToInt => self.float(at, inst),
            EqInt | NeInt | LtInt | LeInt | UltInt | EqFloat | NeFloat | LtFloat | LeFloat | SameAny | StrEq => {
                self.comparison(at, inst)
            }
            NewInstance | NewCell | NewRange | NewBound | NewClosure => self.new_object(at, inst)?,
            ModFloat | MathFloat | MathFloat2 | StrLt | StrOfInt | StrConcat | NewDict | NewIter | DictSet
            | DictExtend | DictRemove | NewArray | CallBuiltin | RoundsBelow | RoundsWithin | Binom | Linear => {
                self.call(at, inst)?
            }
            SelectInt | SelectBool | SelectFloat => self.select(at, inst),
            CallFn => self.call_function(at, inst)?,
            Vector => self.vector(at)?,
            VectorOut => self.vector_out(at, inst),
            Inherit | Loop | Phi => unreachable!("{:?} has no code", inst.op),
            GuardInt | GuardFloat | GuardBool | GuardNil | GuardUndef | GuardDefined | GuardTruthy | GuardFalsy
            | GuardStr | GuardArrEmpty | GuardArrBool | GuardArrInt | GuardArrFloat | GuardArrAny | GuardDict
            | GuardIter | GuardAscii | GuardFn | GuardRange | GuardKind | GuardShape | GuardProto | GuardSame
            | GuardTrue | GuardFalse | GuardPc | GuardStack | Reserve | Poll => {
                unreachable!("guards are done")
            }
        }
        Ok(())
    }

    /// Unlikely parts, stubs and constants; then everything is in its place.
    fn finish(mut self, base: u64) -> Result<Output, CompileError> {
        let hot = self.code.offset();
        while !self.cold.is_empty() {
            for (entry, write) in std::mem::take(&mut self.cold) {
                self.mark(entry);
                write(&mut self);
            }
        }
        let tail = self.code.label();
        for exit in 0..self.exits.len() {
            self.mark(MapEntry::Stub(exit as u32));
            self.code.bind(self.exits[exit]);
            self.code.store_imm32(Rm::Mem(CONTEXT, context::EXIT), exit as u32);
            self.code.jmp(tail);
        }
        self.mark(MapEntry::Tail);
        self.code.bind(tail);
        self.code.store_imm32(Rm::Mem(CONTEXT, context::TRACE), self.input.trace.number);
        self.code.jmp_outside(self.input.routines.exit);
        if !self.float_order.is_empty() {
            self.code.align_data();
            self.mark(MapEntry::Data);
            for (bits, label) in std::mem::take(&mut self.float_order) {
                self.code.bind(label);
                self.code.data(bits);
            }
        }
        let stubs = self.exits.iter().map(|&exit| self.code.position(exit)).collect();
        let jumps = self.code.jumps_to(&self.exits);
        let head = self.head.map(|head| self.code.position(head));
        Ok(Output {
            bytes: self.code.finish(base),
            stubs,
            jumps,
            head,
            hot,
            map: self.map,
            returns_to: self.returns_to,
            guards: self.guards,
            constants: self.constants,
        })
    }

    fn mark(&mut self, entry: MapEntry) {
        self.map.push((self.code.offset(), entry));
    }

    /// Calls a routine or helper that returns to here.
    fn call_routine_of(&mut self, address: u64) {
        self.note_call();
        self.code.call_outside(address);
    }

    /// Calls the function in `rax`.
    fn call_rax(&mut self) {
        self.note_call();
        self.code.call_rax();
    }

    /// Notes for a sampler where a helper is called from. Changes no flags.
    fn note_call(&mut self) {
        if let Some(start) = self.input.options.notes_calls {
            let distance = (self.base - start) as u32 + self.code.offset();
            self.code.store_imm32(Rm::Mem(CONTEXT, context::HELPER_CALLER), distance);
        }
    }

    /// Something unlikely to run, written after the end.
    fn later(&mut self, write: impl FnOnce(&mut Emitter<'a>) + 'a) {
        self.cold.push((MapEntry::Inst(self.at), Box::new(write)));
    }

    /// Places of a binary instruction's operands; with a load that the instruction does itself, the other operand's and
    /// the load's address. Uses `rax` and `rcx` for what the address is made of.
    fn pair(&mut self, at: u32) -> Pair {
        match self.input.plan.folded[at as usize] {
            None => {
                let [a, b] = self.operands(at);
                Pair { a, b: Source::At(b), swapped: false }
            }
            Some(folded) => {
                let (a, address) = self.input.allocation.operands(at).split_first().expect("an operand and an address");
                Pair { a: *a, b: Source::Memory(self.address(folded.load, address)), swapped: folded.first }
            }
        }
    }

    /// The operand of a unary instruction. Uses `rax` and `rcx` for what an address is made of.
    fn source(&mut self, at: u32) -> Source {
        match self.input.plan.folded[at as usize] {
            None => {
                let [a] = self.operands(at);
                Source::At(a)
            }
            Some(folded) => Source::Memory(self.address(folded.load, self.input.allocation.operands(at))),
        }
    }

    /// Places of an instruction's operands.
    fn operands<const N: usize>(&self, at: u32) -> [Loc; N] {
        self.input.allocation.operands(at).try_into().expect("as many operands as the operation has")
    }

    /// The general register that an instruction's result goes to. A guard's result may not be needed.
    fn gpr_result(&self, at: u32) -> Option<u8> {
        match self.input.allocation.results[at as usize] {
            Some(Loc::Gpr(reg)) => Some(reg),
            None => None,
            other => panic!("{other:?} for the result of instruction {at}"),
        }
    }

    /// The floating-point register that an instruction's result goes to.
    fn xmm_result(&self, at: u32) -> Option<u8> {
        match self.input.allocation.results[at as usize] {
            Some(Loc::Xmm(reg)) => Some(reg),
            None => None,
            other => panic!("{other:?} for the result of instruction {at}"),
        }
    }

    /// A constant's word.
    fn word(&self, loc: Loc) -> Option<u64> {
        match loc {
            Loc::Const(index) => Some(self.constants[index as usize]),
            Loc::Gpr(_) | Loc::Xmm(_) | Loc::Spill(_) => None,
        }
    }

    /// A constant that an instruction can hold.
    fn imm(&self, loc: Loc) -> Option<i32> {
        self.word(loc).and_then(|word| i32::try_from(word as i64).ok())
    }

    /// `dst` = what is at a place. Flags are lost.
    fn load(&mut self, dst: u8, from: Loc) {
        match from {
            Loc::Gpr(reg) => self.code.mov(dst, Rm::Reg(reg)),
            Loc::Xmm(reg) => self.code.movq_from_xmm(dst, reg),
            Loc::Spill(slot) => self.code.mov(dst, self.spill(slot)),
            Loc::Const(index) if self.constants[index as usize] == 0 => self.code.clear(dst),
            Loc::Const(index) => self.code.mov_imm(dst, self.constants[index as usize]),
        }
    }

    /// A floating-point register = what is at a place.
    fn load_xmm(&mut self, dst: u8, from: Loc) {
        match from {
            Loc::Gpr(reg) => self.code.movq_to_xmm(dst, reg),
            Loc::Const(index) if self.constants[index as usize] == 0 => self.code.clear_xmm(dst),
            _ => {
                let from = self.xmm_rm(from);
                self.code.movsd(dst, from);
            }
        }
    }

    /// A general register that holds what is at a place: its own, or `scratch`.
    fn gpr(&mut self, from: Loc, scratch: u8) -> u8 {
        match from {
            Loc::Gpr(reg) => reg,
            Loc::Xmm(_) | Loc::Spill(_) | Loc::Const(_) => {
                self.load(scratch, from);
                scratch
            }
        }
    }

    /// A register or memory that holds an integer; constants and floats come to `scratch`.
    fn rm(&mut self, from: Loc, scratch: u8) -> Rm {
        match from {
            Loc::Spill(slot) => self.spill(slot),
            Loc::Gpr(_) | Loc::Xmm(_) | Loc::Const(_) => Rm::Reg(self.gpr(from, scratch)),
        }
    }

    /// A register or memory that holds an integer; constants come to `scratch`.
    fn source_rm(&mut self, from: Source, scratch: u8) -> Rm {
        match from {
            Source::At(from) => self.rm(from, scratch),
            Source::Memory(memory) => memory,
        }
    }

    /// A floating-point register, or eight bytes of memory.
    fn source_xmm(&mut self, from: Source) -> Rm {
        match from {
            Source::At(from) => self.xmm_rm(from),
            Source::Memory(memory) => memory,
        }
    }

    /// A floating-point register that holds what is at a place: its own, or scratch.
    fn xmm(&mut self, from: Loc) -> u8 {
        match from {
            Loc::Xmm(reg) => reg,
            Loc::Gpr(_) | Loc::Spill(_) | Loc::Const(_) => {
                self.load_xmm(SCRATCH_XMM, from);
                SCRATCH_XMM
            }
        }
    }

    /// A floating-point register, or eight bytes of memory.
    fn xmm_rm(&mut self, from: Loc) -> Rm {
        match from {
            Loc::Xmm(reg) => Rm::Reg(reg),
            Loc::Spill(slot) => self.spill(slot),
            Loc::Const(index) => Rm::Data(self.float_data(self.constants[index as usize])),
            Loc::Gpr(_) => unreachable!("a float in a general register"),
        }
    }

    /// Where eight bytes lie behind the code.
    fn float_data(&mut self, bits: u64) -> Label {
        if let Some(&label) = self.floats.get(&bits) {
            return label;
        }
        let label = self.code.label();
        self.floats.insert(bits, label);
        self.float_order.push((bits, label));
        label
    }

    /// A spill slot.
    fn spill(&self, slot: u16) -> Rm {
        Rm::Mem(RSP, 8 * i32::from(self.input.frame - 1 - slot))
    }

    /// Makes a native frame of so many words one of so many others.
    fn resize_frame(&mut self, from: u16, to: u16) {
        match (8 * (i32::from(to) - i32::from(from))).cmp(&0) {
            std::cmp::Ordering::Greater => {
                self.code.alu_imm(Alu::Sub, Rm::Reg(RSP), 8 * i32::from(to - from));
            }
            std::cmp::Ordering::Less => self.code.alu_imm(Alu::Add, Rm::Reg(RSP), 8 * i32::from(from - to)),
            std::cmp::Ordering::Equal => {}
        }
    }

    /// Copies from place to place.
    fn copy(&mut self, from: Loc, to: Loc) {
        match (from, to) {
            (_, Loc::Gpr(reg)) => self.load(reg, from),
            (_, Loc::Xmm(reg)) => self.load_xmm(reg, from),
            (Loc::Gpr(reg), Loc::Spill(slot)) => self.code.store(self.spill(slot), reg),
            (Loc::Xmm(reg), Loc::Spill(slot)) => self.code.movsd_store(self.spill(slot), reg),
            (Loc::Spill(_) | Loc::Const(_), Loc::Spill(_)) | (_, Loc::Const(_)) => {
                unreachable!("a move from {from:?} to {to:?}")
            }
        }
    }
}
