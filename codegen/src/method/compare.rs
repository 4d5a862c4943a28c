//! Comparisons, their jumps, and plain jumps.

use std::mem::offset_of;

use pseudo_vm::bytecode::liveness::jump_target;
use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::bytecode::profile::Operand as Seen;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::faults::{self, Fault};
use pseudo_vm::heap::object::{Header, ObjectKind};
use pseudo_vm::interp::relation;
use pseudo_vm::ops::compare::OrderOp;
use pseudo_vm::value::{TAG_OBJECT, TAG_SPECIAL, Value};

use super::arith::{Class, Operand};
use super::context::{Form, Kind, Slot};
use super::operands::{Int, compare_tag};
use super::registers::{INTS, RAX, RCX, TAGGED, XMM0, XMM1};
use super::{Compiler, dicts};
use crate::emit::encode::{Alu, Cond, Rm, Sse};

impl Compiler<'_> {
    /// The instruction that the running one jumps to.
    pub(super) fn target(&self, word: Word) -> usize {
        jump_target(word, self.at).expect("a jump has a target")
    }

    /// Compares two numbers; which condition of the flags says that the relation holds, or does not. None if an operand is
    /// known to be no number.
    fn compare(&mut self, x: Operand, y: Operand, relation: OrderOp, negated: bool) -> Option<Cond> {
        if let Some(cond) = self.order_strings(x, y, relation) {
            return Some(if negated { cond.negated() } else { cond });
        }
        let cond = match self.class(x, y) {
            Class::Int => {
                let (x, y) = (self.int_operand(x)?, self.int_operand(y)?);
                let cond = match relation {
                    OrderOp::Lt => Cond::Less,
                    OrderOp::Le => Cond::LessEqual,
                    OrderOp::Gt => Cond::Greater,
                    OrderOp::Ge => Cond::GreaterEqual,
                };
                match (x, y) {
                    (Int::High(x), y) => {
                        self.alu_high(Alu::Cmp, x, y);
                        cond
                    }
                    (Int::Const(_), Int::High(y)) => {
                        self.alu_high(Alu::Cmp, y, x);
                        cond.swapped()
                    }
                    (Int::Const(_), Int::Const(_)) => {
                        self.load_high(RCX, x);
                        self.alu_high(Alu::Cmp, RCX, y);
                        cond
                    }
                }
            }
            Class::Wide => {
                let (x, y) = (self.wide_operand(x)?, self.wide_operand(y)?);
                self.load_wide(RAX, y);
                self.load_wide(RCX, x);
                self.code.alu(Alu::Cmp, RCX, Rm::Reg(RAX));
                match relation {
                    OrderOp::Lt => Cond::Less,
                    OrderOp::Le => Cond::LessEqual,
                    OrderOp::Gt => Cond::Greater,
                    OrderOp::Ge => Cond::GreaterEqual,
                }
            }
            Class::Float => {
                let (x, y) = (self.float_operand(x, XMM0)?, self.float_operand(y, XMM1)?);
                // These conditions fail where an operand is a nan; their opposites hold.
                let (left, right, cond) = match relation {
                    OrderOp::Gt => (x, y, Cond::Above),
                    OrderOp::Ge => (x, y, Cond::AboveEqual),
                    OrderOp::Lt => (y, x, Cond::Above),
                    OrderOp::Le => (y, x, Cond::AboveEqual),
                };
                self.code.sse(Sse::Compare, left, Rm::Reg(right));
                cond
            }
            Class::Other => return None,
        };
        Some(if negated { cond.negated() } else { cond })
    }

    /// A slot = true if the condition holds, else false. Uses `rax`.
    pub(super) fn define_bool(&mut self, to: Slot, cond: Cond) {
        self.code.setcc(cond, RAX);
        self.code.widen_byte(RAX, RAX);
        let result = self.free_gpr();
        const { assert!(Value::TRUE.0 == Value::FALSE.0 + 1) }
        let distance = (Value::FALSE.0 - Value::NIL.0) as i32;
        self.code.lea(result, Rm::Byte(TAGGED, RAX, distance));
        self.define(to, Form::Word(result, Kind::Tag(TAG_SPECIAL as u16)));
    }

    fn jump_on(&mut self, cond: Cond, word: Word) {
        let target = self.target(word);
        let edge = self.edge(target);
        self.code.jcc(cond, edge);
    }

    /// Compares two values of which it can be told at once, or else leaves the instruction to its handler: whether they are
    /// equal is whether their words are.
    fn compare_words(&mut self, x: Operand, y: Operand) -> bool {
        let kind = |compiler: &Self, operand| match operand {
            Operand::Const(value) => Kind::of(value),
            Operand::Slot(slot, _) => compiler.kind(slot),
        };
        let (kx, ky) = (kind(self, x), kind(self, y));
        const SPECIAL: Kind = Kind::Tag(TAG_SPECIAL as u16);
        if kx == SPECIAL || ky == SPECIAL {
            let x = self.equality_word(x);
            return match (x, y) {
                (None, _) => false,
                (Some(x), Operand::Const(value)) => {
                    self.code.mov_imm(RAX, value.0);
                    self.code.alu(Alu::Cmp, x, Rm::Reg(RAX));
                    true
                }
                (Some(x), Operand::Slot(y, _)) => {
                    let y = self.word(y);
                    self.code.alu(Alu::Cmp, x, Rm::Reg(y));
                    true
                }
            };
        }
        if self.class(x, y) == Class::Wide {
            let (Some(x), Some(y)) = (self.wide_operand(x), self.wide_operand(y)) else { return false };
            self.load_wide(RAX, y);
            self.load_wide(RCX, x);
            self.code.alu(Alu::Cmp, RCX, Rm::Reg(RAX));
            return true;
        }
        if let Some(decided) = self.compare_strings(x, y) {
            return decided;
        }
        if kx == Kind::INT || ky == Kind::INT {
            if self.class(x, y) != Class::Int {
                return false;
            }
            let (Some(x), Some(y)) = (self.int_operand(x), self.int_operand(y)) else { return false };
            match (x, y) {
                (Int::High(x), y) | (y, Int::High(x)) => self.alu_high(Alu::Cmp, x, y),
                (x, y) => {
                    self.load_high(RCX, x);
                    self.alu_high(Alu::Cmp, RCX, y);
                }
            }
            return true;
        }
        for operand in [x, y] {
            if self.is_likely_object(operand) {
                return self.compare_identity(operand, if operand == x { y } else { x });
            }
        }
        let (first, second) = (x, y);
        let (Operand::Slot(x, _), Operand::Slot(y, _)) = (x, y) else { return false };
        if kx != Kind::Any || ky != Kind::Any || self.class(first, second) != Class::Int {
            return false;
        }
        let (x, y) = (self.word(x), self.word(y));
        self.code.mov(RCX, Rm::Reg(x));
        self.code.alu(Alu::And, RCX, Rm::Reg(y));
        self.code.alu(Alu::Cmp, RCX, Rm::Reg(INTS));
        self.slow_if(Cond::Below);
        self.code.alu(Alu::Cmp, x, Rm::Reg(y));
        true
    }

    /// Whether an operand is likely neither a number nor a string nor an array.
    fn is_likely_object(&self, operand: Operand) -> bool {
        let Operand::Slot(slot, field) = operand else { return false };
        match self.kind(slot) {
            Kind::Any => self.seen(slot, field) == Seen::Other,
            kind => kind == Kind::Tag(TAG_OBJECT as u16),
        }
    }

    /// Compares a value that is equal to none but itself, or is nil or a bool, with another.
    fn compare_identity(&mut self, x: Operand, y: Operand) -> bool {
        let (Some(value), kind) = (self.equality_word(x), self.operand_kind(x)) else { return false };
        let (other, done) = (self.code.label(), self.code.label());
        if kind == Kind::Any {
            compare_tag(&mut self.code, value, TAG_OBJECT as u16);
            self.code.jcc(Cond::NotEqual, other);
        }
        self.code.mov(RAX, Rm::Reg(value));
        self.untag(RAX);
        // Ranges and bound methods are compared by what they are made of.
        const {
            assert!(
                ObjectKind::Range as u8 > ObjectKind::Bound as u8
                    && (ObjectKind::Class as u8) > ObjectKind::Range as u8
            )
        }
        self.code.cmp_byte(Rm::Mem(RAX, offset_of!(Header, kind) as i32), ObjectKind::Class as u8);
        self.slow_if(Cond::Below);
        if kind == Kind::Any {
            self.code.jmp(done);
            self.code.bind(other);
            self.code.alu32_imm(Alu::Cmp, Rm::Reg(RCX), TAG_SPECIAL as i32);
            self.slow_if(Cond::NotEqual);
            self.code.bind(done);
        }
        self.compare_with(value, y);
        true
    }

    /// Compares a word with an operand's.
    fn compare_with(&mut self, value: u8, operand: Operand) {
        match operand {
            Operand::Const(constant) => self.code.mov_imm(RAX, constant.0),
            Operand::Slot(slot, _) => self.word_into(slot, RAX),
        }
        self.code.alu(Alu::Cmp, value, Rm::Reg(RAX));
    }

    fn operand_kind(&self, operand: Operand) -> Kind {
        match operand {
            Operand::Const(value) => Kind::of(value),
            Operand::Slot(slot, _) => self.kind(slot),
        }
    }

    fn equality_word(&mut self, operand: Operand) -> Option<u8> {
        if let Operand::Slot(slot, _) = operand { Some(self.word(slot)) } else { None }
    }
}

pub(super) fn jump(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let target = compiler.target(word);
    let edge = compiler.edge(target);
    compiler.code.jmp(edge);
    true
}

pub(super) fn jump_if_ordered(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let (relation, negated) = relation(word.op());
    let (x, y) = (compiler.operand(word, 0), compiler.operand(word, 1));
    match compiler.compare(x, y, relation, negated) {
        Some(cond) => compiler.jump_on(cond, word),
        None => return false,
    }
    true
}

pub(super) fn order(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let (relation, negated) = relation(word.op());
    let (x, y) = (compiler.operand(word, 1), compiler.operand(word, 2));
    match compiler.compare(x, y, relation, negated) {
        Some(cond) => compiler.define_bool(compiler.register(word.a()), cond),
        None => return false,
    }
    true
}

pub(super) fn jump_if_equal(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let wants_equal = matches!(word.op(), Op::JumpEq | Op::JumpEqK);
    let (x, y) = (compiler.operand(word, 0), compiler.operand(word, 1));
    if compiler.class(x, y) == Class::Float {
        let (Some(x), Some(y)) = (compiler.float_operand(x, XMM0), compiler.float_operand(y, XMM1)) else {
            return false;
        };
        compiler.code.sse(Sse::Compare, x, Rm::Reg(y));
        let edge = compiler.edge(compiler.target(word));
        if wants_equal {
            // Not where an operand is a nan.
            let past = compiler.code.label();
            if !faults::on(Fault::MethodNan) {
                compiler.code.jcc(Cond::Parity, past);
            }
            compiler.code.jcc(Cond::Equal, edge);
            compiler.code.bind(past);
        } else {
            compiler.code.jcc(Cond::Parity, edge);
            compiler.code.jcc(Cond::NotEqual, edge);
        }
        return true;
    }
    if !compiler.compare_words(x, y) {
        return false;
    }
    compiler.jump_on(if wants_equal { Cond::Equal } else { Cond::NotEqual }, word);
    true
}

pub(super) fn equality(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let (x, y) = (compiler.operand(word, 1), compiler.operand(word, 2));
    if compiler.class(x, y) == Class::Float || !compiler.compare_words(x, y) {
        return false;
    }
    compiler.define_bool(compiler.register(word.a()), if word.op() == Op::Eq { Cond::Equal } else { Cond::NotEqual });
    true
}

pub(super) fn contains(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let [to, element, container] = [word.a(), word.b(), word.c()].map(|index| compiler.register(index));
    compiler.is_likely_dict(container, 2, element) && dicts::contains(compiler, container, element, to)
}

/// What is known of a value's truth.
fn truth(compiler: &Compiler<'_>, index: usize) -> Option<bool> {
    let slot = compiler.register(index);
    match (compiler.known(slot), compiler.kind(slot)) {
        (Some(value), _) => Some(value.truthy()),
        (None, Kind::Any) => None,
        (None, Kind::Tag(tag)) if u64::from(tag) == TAG_SPECIAL => None,
        (None, Kind::Tag(_) | Kind::Float | Kind::Wide) => Some(true),
    }
}

pub(super) fn jump_if(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let wanted = word.op() == Op::JumpIf;
    match truth(compiler, word.a()) {
        Some(truth) if truth == wanted => {
            let edge = compiler.edge(compiler.target(word));
            compiler.code.jmp(edge);
        }
        Some(_) => {}
        None => {
            compiler.word_into(compiler.register(word.a()), RAX);
            compiler.code.alu(Alu::Sub, RAX, Rm::Reg(TAGGED));
            compiler.code.alu_imm(Alu::Cmp, Rm::Reg(RAX), 1);
            compiler.jump_on(if wanted { Cond::Above } else { Cond::BelowEqual }, word);
        }
    }
    true
}

pub(super) fn jump_if_undef(compiler: &mut Compiler<'_>, word: Word) -> bool {
    let value = compiler.word(compiler.register(word.a()));
    compiler.code.mov_imm(RAX, Value::UNDEF.0);
    compiler.code.alu(Alu::Cmp, value, Rm::Reg(RAX));
    compiler.jump_on(Cond::Equal, word);
    true
}

pub(super) fn not(compiler: &mut Compiler<'_>, word: Word) -> bool {
    match truth(compiler, word.b()) {
        Some(truth) => compiler.define(compiler.register(word.a()), Form::Const(Value::bool(!truth))),
        None => {
            compiler.word_into(compiler.register(word.b()), RAX);
            compiler.code.alu(Alu::Sub, RAX, Rm::Reg(TAGGED));
            compiler.code.alu_imm(Alu::Cmp, Rm::Reg(RAX), 1);
            compiler.define_bool(compiler.register(word.a()), Cond::BelowEqual);
        }
    }
    true
}
