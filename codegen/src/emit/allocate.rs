//! Makes small objects: instances, cells, ranges, bound methods, closures.
//!
//! The nursery is bumped inline; where its chunk is full, and under stress, a helper finds the room. A new object is young,
//! and no collection happens before all of it is written.

use std::mem::offset_of;

use pseudo_snapshots::Pc;
use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::Inst;
use pseudo_trace::ir::types::Const;
use pseudo_vm::heap::Nursery;
use pseudo_vm::heap::object::{Bound, Cell, Closure, Header, Instance, ObjectKind, Range};
use pseudo_vm::heap::shape::BOUND_SHAPE;
use pseudo_vm::value::{TAG_CLOSURE, TAG_OBJECT, TAG_SHIFT, Value};

use super::Emitter;
use super::encode::{Alu, Cond, Rm};
use crate::compile::CompileError;
use crate::context;
use crate::regalloc::registers::{CONTEXT, RAX, RCX};

const WORD: usize = 8;

// Objects are written word by word.
const _: () = assert!(
    offset_of!(Instance, overflow) == WORD
        && offset_of!(Instance, fields) == 2 * WORD
        && offset_of!(Cell, value) == WORD
        && offset_of!(Bound, receiver) == WORD
        && offset_of!(Bound, method) == 2 * WORD
        && offset_of!(Range, start) == WORD
        && offset_of!(Range, end) == 2 * WORD
        && offset_of!(Closure, code) == WORD
        && offset_of!(Closure, proto) == 2 * WORD
        && offset_of!(Closure, captures) == 3 * WORD,
    "objects are laid out as they are written"
);

/// What a word of a new object is.
#[derive(Clone, Copy)]
enum Word {
    Known(u64),
    At(Loc),
}

/// The first word of a new object.
fn header(kind: ObjectKind, flags: u8, aux: u32) -> Word {
    let bits = |value: u64, offset: usize| value << (8 * offset);
    Word::Known(
        bits(kind as u64, offset_of!(Header, kind))
            | bits(flags.into(), offset_of!(Header, flags))
            | bits(aux.into(), offset_of!(Header, aux)),
    )
}

impl Emitter<'_> {
    pub(super) fn new_object(&mut self, at: u32, inst: &Inst) -> Result<(), CompileError> {
        let operands = self.input.allocation.operands(at);
        let (tag, mut words, rest) = match inst.op {
            Op::NewInstance => {
                let room = u8::try_from(operands.len()).map_err(|_| CompileError::Arguments)?;
                let first = header(ObjectKind::Instance, room, inst.a.0);
                (TAG_OBJECT, vec![first, Word::Known(Value::NIL.0)], operands)
            }
            Op::NewCell => (TAG_OBJECT, vec![header(ObjectKind::Cell, 0, 0)], operands),
            Op::NewBound => (TAG_OBJECT, vec![header(ObjectKind::Bound, 0, BOUND_SHAPE)], operands),
            Op::NewRange => (TAG_OBJECT, vec![header(ObjectKind::Range, 0, 0)], operands),
            Op::NewClosure => {
                let Some(Const::Proto(function)) = self.input.trace.as_const(inst.a) else {
                    return Err(CompileError::Types);
                };
                let captures = operands.get(1..).ok_or(CompileError::Types)?;
                let addresses = self.input.addresses;
                let code = Word::Known(addresses.pc(Pc { function, at: 0 }));
                let proto = Word::Known(addresses.proto(function));
                let first = header(ObjectKind::Closure, 0, captures.len() as u32);
                (TAG_CLOSURE, vec![first, code, proto], captures)
            }
            _ => unreachable!("{:?} makes no small object", inst.op),
        };
        words.extend(rest.iter().map(|&place| Word::At(place)));
        let bytes = (WORD * words.len()) as i32;
        self.reserve(bytes);
        for (index, &word) in words.iter().enumerate() {
            let place = Rm::Mem(RAX, (WORD * index) as i32 - bytes);
            let known = match word {
                Word::Known(bits) => Some(bits),
                Word::At(place) => self.word(place),
            };
            match (known.map(|bits| (bits, i32::try_from(bits as i64))), word) {
                (Some((_, Ok(imm))), _) => self.code.store_imm(place, imm),
                (Some((bits, Err(_))), _) => {
                    self.hold_in_rcx(bits);
                    self.code.store(place, RCX);
                }
                (None, Word::At(Loc::Gpr(from))) => self.code.store(place, from),
                (None, Word::At(from)) => {
                    self.rcx = None;
                    self.load(RCX, from);
                    self.code.store(place, RCX);
                }
                (None, Word::Known(_)) => unreachable!("a word that is known is known"),
            }
        }
        if let Some(dst) = self.gpr_result(at) {
            self.code.mov_imm(RCX, (tag << TAG_SHIFT).wrapping_sub(bytes as u64));
            self.rcx = None;
            self.code.lea_sum(dst, RAX, RCX);
        }
        Ok(())
    }

    /// `rax` = the end of so many new bytes. Uses `rcx`.
    fn reserve(&mut self, bytes: i32) {
        let (slow, done) = (self.code.label(), self.code.label());
        self.rcx = None;
        self.code.mov(RCX, Rm::Mem(CONTEXT, context::NURSERY));
        self.code.mov(RAX, Rm::Mem(RCX, offset_of!(Nursery, top) as i32));
        self.code.alu_imm(Alu::Add, Rm::Reg(RAX), bytes);
        self.code.alu(Alu::Cmp, RAX, Rm::Mem(RCX, offset_of!(Nursery, end) as i32));
        self.code.jcc(Cond::Above, slow);
        self.code.store(Rm::Mem(RCX, offset_of!(Nursery, top) as i32), RAX);
        self.code.bind(done);
        self.later(move |emitter| {
            emitter.code.bind(slow);
            emitter.code.mov_imm(RAX, bytes as u64);
            emitter.call_routine_of(emitter.input.routines.reserve);
            emitter.code.alu_imm(Alu::Add, Rm::Reg(RAX), bytes);
            emitter.code.jmp(done);
        });
    }
}
