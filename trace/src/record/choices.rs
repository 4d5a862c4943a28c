//! Branches that are not guarded: both ways are recorded, and selects choose between what they compute.
//!
//! ```text
//!   14  jump.ne.k  r9, 1, -> 17          %4: bool = eq.int %3, 1
//!   15  add.k      r2, r2, 1             %5: int = add.int %1, 1
//!   16  jump       -> 18            =>   %6: int = add.int %2, 3
//!   17  add.k      r3, r3, 3             %7: int = select.int %4, %5, %1
//!   18  ...                              %8: int = select.int %4, %2, %6
//! ```
//!
//! For conditions that no processor guesses: a wrong guess costs more than a few instructions too many. Which these are the
//! engine says ([`Recorder::choose_at`]). The ways must be short, forward, and compute numbers and bools by operations that
//! never throw, so that it does no harm to run both. One of them is what the interpreter does meanwhile; recording goes on
//! where they meet.
//!
//! The least or greatest of some numbers is chosen too, at such places.
//!
//! Bytecode behind two jumps (`if a and b`) is recorded for each; common subexpressions are found later.

use std::collections::BTreeMap;

use pseudo_snapshots::{Pc, Slot};
use pseudo_vm::builtins;
use pseudo_vm::bytecode::liveness::jump_target;
use pseudo_vm::bytecode::ops::{Op as Bytecode, Role};
use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::bytecode::word::Word;
use rustc_hash::FxHashSet;

use super::aborts::Abort;
use super::arith::operations;
use super::compare::{is_compare_jump, test_of};
use super::slots::type_of;
use super::{Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::types::{Const, Ref, Ty};

/// Most bytecode instructions of both ways together.
const LENGTH_MAX: usize = 12;

/// Values that a way gives to slots.
type Way = BTreeMap<Slot, Ref>;

/// Where the two ways from a conditional jump meet, if what lies between may be done for nothing.
fn meeting(proto: &Proto, at: usize) -> Option<usize> {
    if !is_choice(proto.word(at)) {
        return None;
    }
    // Instructions that some way comes to, those before the first being done. When there is one, they have met.
    let mut open: Vec<usize> = vec![jump_target(proto.word(at), at).filter(|&to| to > at)?, at + 1];
    for _ in 0..=LENGTH_MAX {
        open.sort_unstable();
        open.dedup();
        let next = open.remove(0);
        if open.is_empty() {
            return Some(next);
        }
        let word = proto.word(next);
        let forward = || jump_target(word, next).filter(|&to| to > next);
        match word.op() {
            Bytecode::Jump => open.push(forward()?),
            _ if is_choice(word) => open.extend([forward()?, next + 1]),
            _ if is_harmless(word.op()) => open.push(next + 1),
            _ => return None,
        }
    }
    None
}

/// What can be chosen at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// A jump both ways of which are short and harmless.
    Jump,
    /// A builtin that gives one of its arguments.
    Builtin,
}

/// Whether the recorder could choose at an instruction.
pub fn choice(proto: &Proto, at: usize) -> Option<Choice> {
    let word = proto.word(at);
    if word.op() == Bytecode::CallBuiltin {
        let info = builtins::info(word.b() as u16)?;
        return matches!(info.name, "min" | "max").then_some(Choice::Builtin);
    }
    meeting(proto, at).map(|_| Choice::Jump)
}

/// Whether a jump may be one that is chosen at.
fn is_choice(word: Word) -> bool {
    is_compare_jump(word.op()) || matches!(word.op(), Bytecode::JumpIf | Bytecode::JumpIfNot)
}

/// Whether an instruction computes something of registers and globals, quickly, and never throws if its operands are numbers.
fn is_harmless(op: Bytecode) -> bool {
    use Bytecode::*;
    matches!(op, Move | LoadInt | LoadConst | LoadFalse | LoadTrue | GetGlobal | SetGlobal | Neg | BitNot)
        || matches!(op, Add | AddK | Sub | SubK | Mul | MulK | BitAnd | BitAndK | BitOr | BitOrK | BitXor | BitXorK)
        || matches!(op, ShlK | ShrK)
}

fn has_constant(op: Bytecode) -> bool {
    op.info().roles.contains(&Role::Const)
}

impl Recorder {
    /// Has the recorder choose at these instructions instead of guarding, where it can.
    pub fn choose_at(&mut self, places: &FxHashSet<Pc>) {
        self.choices.clone_from(places);
    }

    /// Whether it is to choose at the current instruction.
    pub(super) fn chooses_here(&self) -> bool {
        self.choices.contains(&self.frames.pc())
    }

    /// Records both ways from a jump that is taken if `condition` is `wanted`. False if a guard is needed after all.
    pub(super) fn choose(&mut self, now: &Now<'_>, condition: Ref, wanted: bool) -> Result<bool, Abort> {
        if !self.chooses_here() {
            return Ok(false);
        }
        let Some(join) = meeting(now.proto, now.at) else { return Ok(false) };
        let Some(chosen) = self.both_ways(now, now.at, join, condition, wanted, &Way::new())? else { return Ok(false) };
        for (slot, value) in chosen {
            self.write(now, slot, value);
        }
        self.skips_to = Some(join);
        Ok(true)
    }

    /// What slots hold where the ways from a jump meet.
    fn both_ways(
        &mut self,
        now: &Now<'_>,
        at: usize,
        join: usize,
        condition: Ref,
        wanted: bool,
        before: &Way,
    ) -> Result<Option<Way>, Abort> {
        let target = jump_target(now.proto.word(at), at).unwrap_or(at + 1);
        let Some(jumped) = self.way(now, target, join, before.clone())? else { return Ok(None) };
        let Some(passed) = self.way(now, at + 1, join, before.clone())? else { return Ok(None) };
        let (yes, no) = if wanted { (jumped, passed) } else { (passed, jumped) };
        let mut chosen = Way::new();
        for &slot in yes.keys().chain(no.keys()) {
            if chosen.contains_key(&slot) || !self.is_live_at(now, slot, join) {
                continue;
            }
            let Some(yes) = self.value_on(now, &yes, slot)? else { return Ok(None) };
            let Some(no) = self.value_on(now, &no, slot)? else { return Ok(None) };
            let value = if yes == no {
                yes
            } else if self.out.ty(yes) == self.out.ty(no)
                && let Some(op) = Op::select(self.out.ty(yes))
            {
                self.out.emit(op, &[condition, yes, no])
            } else {
                return Ok(None);
            };
            chosen.insert(slot, value);
        }
        Ok(Some(chosen))
    }

    fn is_live_at(&self, now: &Now<'_>, slot: Slot, at: usize) -> bool {
        let base = self.frames.top().base;
        match slot {
            Slot::Stack(offset) => {
                usize::try_from(offset - base).is_ok_and(|register| now.proto.liveness().is_live(at, register))
            }
            Slot::Global(_) | Slot::Object(..) | Slot::Field(..) => true,
        }
    }

    /// The value of a slot on a way: a number or bool, or nothing.
    fn value_on(&mut self, now: &Now<'_>, way: &Way, slot: Slot) -> Result<Option<Ref>, Abort> {
        if let Some(&value) = way.get(&slot) {
            return Ok(Some(value));
        }
        let ty = self.peek(now, slot).map_or(Ty::None, type_of);
        if Op::select(ty).is_none() {
            return Ok(None);
        }
        let value = self.typed(now, slot)?;
        Ok((self.out.ty(value) == ty).then_some(value))
    }

    /// What a way computes from `at` to where it meets the other.
    fn way(&mut self, now: &Now<'_>, mut at: usize, join: usize, mut way: Way) -> Result<Option<Way>, Abort> {
        while at != join {
            let word = now.proto.word(at);
            let slot = |register: usize| self.frames.slot(register);
            let (a, b, c) = (slot(word.a()), slot(word.b()), slot(word.c()));
            let (to, value) = match word.op() {
                Bytecode::Jump => {
                    at = jump_target(word, at).unwrap_or(join);
                    continue;
                }
                Bytecode::JumpIf | Bytecode::JumpIfNot => {
                    let Some(condition) = self.value_on(now, &way, a)? else { return Ok(None) };
                    if self.out.ty(condition) != Ty::Bool {
                        return Ok(None);
                    }
                    return self.both_ways(now, at, join, condition, word.op() == Bytecode::JumpIf, &way);
                }
                op if is_compare_jump(op) => {
                    let Some(test) = test_of(op) else { return Ok(None) };
                    let Some(x) = self.value_on(now, &way, a)? else { return Ok(None) };
                    let right = self.right_of(now, word, at, &way)?;
                    let Some(condition) = right.and_then(|y| self.compare_alike(test, x, y)) else { return Ok(None) };
                    return self.both_ways(now, at, join, condition, test.wanted, &way);
                }
                Bytecode::Move => (a, self.value_on(now, &way, b)?),
                Bytecode::LoadInt => (a, Some(self.out.trace.int(word.x() as i64))),
                Bytecode::LoadConst => (a, self.number(now, at, word.x() as usize)?),
                Bytecode::LoadFalse => (a, Some(self.out.trace.constant(Const::Bool(false)))),
                Bytecode::LoadTrue => (a, Some(self.out.trace.constant(Const::Bool(true)))),
                Bytecode::GetGlobal => (a, self.value_on(now, &way, Slot::Global(word.x() as u32))?),
                Bytecode::SetGlobal => {
                    let global = Slot::Global(word.x() as u32);
                    // It is read, so that it is known to be defined.
                    if self.value_on(now, &way, global)?.is_none() {
                        return Ok(None);
                    }
                    (global, self.value_on(now, &way, a)?)
                }
                Bytecode::Neg | Bytecode::BitNot => {
                    let Some(x) = self.value_on(now, &way, b)? else { return Ok(None) };
                    let op = match (word.op(), self.out.ty(x)) {
                        (Bytecode::Neg, Ty::Int) => Op::NegInt,
                        (Bytecode::Neg, Ty::Float) => Op::NegFloat,
                        (Bytecode::BitNot, Ty::Int) => Op::NotInt,
                        _ => return Ok(None),
                    };
                    (a, Some(self.out.emit(op, &[x])))
                }
                op => {
                    let Some(x) = self.value_on(now, &way, b)? else { return Ok(None) };
                    let y =
                        if has_constant(op) { self.number(now, at, word.c())? } else { self.value_on(now, &way, c)? };
                    let Some(y) = y else { return Ok(None) };
                    (a, self.compute(op, x, y))
                }
            };
            let Some(value) = value else { return Ok(None) };
            way.insert(to, value);
            at += 1;
        }
        Ok(Some(way))
    }

    /// A constant of the program, if it is a number or bool.
    fn number(&mut self, now: &Now<'_>, at: usize, distance: usize) -> Result<Option<Ref>, Abort> {
        let constant = now.proto.constant(at, distance);
        if Op::select(type_of(constant)).is_none() {
            return Ok(None);
        }
        self.constant(now, constant).map(Some)
    }

    /// The right side of a comparison that is fused with a jump.
    fn right_of(&mut self, now: &Now<'_>, word: Word, at: usize, way: &Way) -> Result<Option<Ref>, Abort> {
        if has_constant(word.op()) {
            self.number(now, at, word.b())
        } else {
            self.value_on(now, way, self.frames.slot(word.b()))
        }
    }

    fn compute(&mut self, op: Bytecode, x: Ref, y: Ref) -> Option<Ref> {
        let (of_ints, of_floats) = operations(op)?;
        let op = match (self.out.ty(x), self.out.ty(y)) {
            (Ty::Int, Ty::Int) if matches!(of_ints, Op::ShlInt | Op::SarInt) => {
                self.out.trace.as_int(y).filter(|count| (0..64).contains(count))?;
                of_ints
            }
            (Ty::Int, Ty::Int) => of_ints,
            (Ty::Int | Ty::Float, Ty::Int | Ty::Float) => {
                let (x, y) = (self.float_of(x), self.float_of(y));
                return Some(self.out.emit(of_floats?, &[x, y]));
            }
            _ => return None,
        };
        Some(self.out.emit(op, &[x, y]))
    }
}
