//! Comparisons, truth, and the jumps that depend on them.
//!
//! Which way a fused jump goes is not computed here. The guard is written when the next instruction shows it, with the
//! snapshot that was taken before the jump.

use std::cmp::Ordering;

use pseudo_vm::bytecode::liveness::jump_target;
use pseudo_vm::bytecode::ops::{Flow, Op as Bytecode};
use pseudo_vm::faults::{self, Fault};
use pseudo_vm::heap::object::ObjectKind;
use pseudo_vm::ops::scalar;
use pseudo_vm::value::Value;

use super::aborts::{Abort, Reason};
use super::arith::Operand;
use super::{Now, Pending, Recorder};
use crate::ir::ops::Op;
use crate::ir::types::{Const, Ref, Ty};

/// Ints up to here, of either sign, are floats exactly.
const EXACT: i64 = 1 << 53;

/// What is tested.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Relation {
    Equal,
    Less,
    LessOrEqual,
}

/// How an opcode tests a relation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Test {
    relation: Relation,
    /// Whether right and left change places.
    swapped: bool,
    /// Whether the instruction yields true, or jumps, where the relation holds.
    pub wanted: bool,
}

/// Whether an opcode compares and jumps.
pub(super) fn is_compare_jump(op: Bytecode) -> bool {
    op.info().flow == Flow::Branch && test_of(op).is_some()
}

/// How an opcode compares, if it does.
pub(super) fn test_of(op: Bytecode) -> Option<Test> {
    use Relation::{Equal, Less, LessOrEqual};
    let (relation, swapped, wanted) = match op {
        Bytecode::Eq | Bytecode::JumpEq | Bytecode::JumpEqK => (Equal, false, true),
        Bytecode::Ne | Bytecode::JumpNe | Bytecode::JumpNeK => (Equal, false, false),
        Bytecode::Lt | Bytecode::JumpLt | Bytecode::JumpLtK => (Less, false, true),
        Bytecode::Le | Bytecode::JumpLe | Bytecode::JumpLeK => (LessOrEqual, false, true),
        Bytecode::Gt | Bytecode::JumpGt | Bytecode::JumpGtK => (Less, true, true),
        Bytecode::Ge | Bytecode::JumpGe | Bytecode::JumpGeK => (LessOrEqual, true, true),
        Bytecode::JumpNotLt | Bytecode::JumpNotLtK => (Less, false, false),
        Bytecode::JumpNotLe | Bytecode::JumpNotLeK => (LessOrEqual, false, false),
        Bytecode::JumpNotGt | Bytecode::JumpNotGtK => (Less, true, false),
        Bytecode::JumpNotGe | Bytecode::JumpNotGeK => (LessOrEqual, true, false),
        _ => return None,
    };
    Some(Test { relation, swapped, wanted })
}

/// What tests a relation of ints, and of floats.
fn comparisons(relation: Relation) -> (Op, Op) {
    match relation {
        Relation::Equal => (Op::EqInt, Op::EqFloat),
        Relation::Less => (Op::LtInt, Op::LtFloat),
        Relation::LessOrEqual => (Op::LeInt, Op::LeFloat),
    }
}

impl Recorder {
    /// A comparison whose result goes to a register.
    pub(super) fn record_comparison(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let test = test_of(now.word.op()).ok_or_else(|| self.not_yet(now))?;
        let x = self.operand(now, now.word.b())?;
        let y = self.operand(now, now.word.c())?;
        let holds = self.compare(now, test, x, y)?;
        let result = if test.wanted { holds } else { self.negate(holds) };
        self.write_register(now, now.word.a(), result);
        Ok(())
    }

    /// A comparison fused with a jump.
    pub(super) fn record_compare_jump(&mut self, now: &Now<'_>, constant: bool) -> Result<(), Abort> {
        let test = test_of(now.word.op()).ok_or_else(|| self.not_yet(now))?;
        let x = self.operand(now, now.word.a())?;
        let y = if constant { self.constant_operand(now, now.word.b())? } else { self.operand(now, now.word.b())? };
        let condition = self.compare(now, test, x, y)?;
        let target = jump_target(now.word, now.at).ok_or_else(|| self.abort(Reason::Lost))?;
        if target != now.at + 1 && !condition.is_const() && !self.choose(now, condition, test.wanted)? {
            let snapshot = self.snapshot(now);
            self.pending = Some(Pending::Branch { condition, wanted: test.wanted, target, snapshot });
        }
        Ok(())
    }

    fn negate(&mut self, condition: Ref) -> Ref {
        match self.out.trace.as_const(condition) {
            Some(Const::Bool(bool)) => self.out.trace.constant(Const::Bool(!bool)),
            _ => self.out.emit(Op::NotBool, &[condition]),
        }
    }

    fn compare(&mut self, now: &Now<'_>, test: Test, x: Operand, y: Operand) -> Result<Ref, Abort> {
        let (x, y) = if test.swapped { (y, x) } else { (x, y) };
        if x.is_number() && y.is_number() {
            return self.compare_numbers(now, test.relation, x, y);
        }
        match (test.relation, x.ty, y.ty) {
            (Relation::Equal, ..) => self.equal_objects(now, x, y),
            (Relation::Less, Ty::Str, Ty::Str) => Ok(self.string_before(x, y)),
            (Relation::LessOrEqual, Ty::Str, Ty::Str) => {
                let greater = self.string_before(y, x);
                Ok(self.out.emit(Op::NotBool, &[greater]))
            }
            (Relation::Less | Relation::LessOrEqual, ..) => Err(self.abort(Reason::Throws)),
        }
    }

    /// A comparison of two ints, or of two floats.
    pub(super) fn compare_alike(&mut self, test: Test, x: Ref, y: Ref) -> Option<Ref> {
        let (x, y) = if test.swapped { (y, x) } else { (x, y) };
        let (of_ints, of_floats) = comparisons(test.relation);
        let op = match (self.out.ty(x), self.out.ty(y)) {
            (Ty::Int, Ty::Int) => of_ints,
            (Ty::Float, Ty::Float) => of_floats,
            _ => return None,
        };
        Some(self.out.emit(op, &[x, y]))
    }

    fn compare_numbers(&mut self, now: &Now<'_>, relation: Relation, x: Operand, y: Operand) -> Result<Ref, Abort> {
        let (of_ints, of_floats) = comparisons(relation);
        if x.ty == Ty::Int && y.ty == Ty::Int {
            return Ok(self.out.emit(of_ints, &[x.value, y.value]));
        }
        if relation == Relation::Equal
            && let Some(equal) = self.equal_to_constant(x, y).or_else(|| self.equal_to_constant(y, x))
        {
            return Ok(equal);
        }
        let (x, y) = (self.exact_float(now, x)?, self.exact_float(now, y)?);
        Ok(self.out.emit(of_floats, &[x, y]))
    }

    /// Whether an int equals a constant float, or a float a constant int. A constant is exact in the other type, or
    /// nothing of that type equals it.
    fn equal_to_constant(&mut self, x: Operand, y: Operand) -> Option<Ref> {
        let (op, same) = match (x.ty, self.out.trace.as_const(y.value)?) {
            (Ty::Int, Const::Float(bits)) => {
                let int = scalar::float_to_int_exact(f64::from_bits(bits));
                (Op::EqInt, int.map(|int| self.out.trace.int(int)))
            }
            (Ty::Float, Const::Int(int)) => {
                let exact = scalar::cmp_int_float(int, int as f64) == Some(Ordering::Equal);
                (Op::EqFloat, exact.then(|| self.out.trace.float(int as f64)))
            }
            _ => return None,
        };
        Some(match same {
            Some(same) => self.out.emit(op, &[x.value, same]),
            None => self.out.trace.constant(Const::Bool(false)),
        })
    }

    /// A number as a float of the same mathematical value.
    fn exact_float(&mut self, now: &Now<'_>, number: Operand) -> Result<Ref, Abort> {
        let Some(int) = number.actual.as_int() else { return Ok(number.value) };
        if !(-EXACT..=EXACT).contains(&int) {
            return Err(self.abort(Reason::LargeInt));
        }
        if !number.value.is_const() {
            let (offset, width) = (self.out.trace.int(EXACT), self.out.trace.int(2 * EXACT + 1));
            let shifted = self.out.emit(Op::AddInt, &[number.value, offset]);
            let fits = self.out.emit(Op::UltInt, &[shifted, width]);
            self.guard_outcome(now, fits, true);
        }
        Ok(self.float_of(number.value))
    }

    /// Equality of two values that are not both numbers.
    fn equal_objects(&mut self, now: &Now<'_>, x: Operand, y: Operand) -> Result<Ref, Abort> {
        let by_identity = |ty: Ty| ty.is_array() || ty == Ty::Fn || ty == Ty::Dict;
        Ok(match (x.ty, y.ty) {
            (Ty::Str, Ty::Str) => self.equal_strings(x, y),
            (Ty::Bool, Ty::Bool) => self.out.emit(Op::SameAny, &[x.value, y.value]),
            (Ty::Nil, Ty::Nil) => self.out.trace.constant(Const::Bool(true)),
            (Ty::Range, Ty::Range) => self.equal_ranges(now, x, y)?,
            // Nothing else is nil.
            (Ty::Any, Ty::Nil) | (Ty::Nil, Ty::Any) if !x.value.is_const() || !y.value.is_const() => {
                let nil = self.out.trace.constant(Const::Value(Value::NIL.0));
                self.out.emit(Op::SameAny, &[if x.ty == Ty::Any { x.value } else { y.value }, nil])
            }
            // Builtins are constants here.
            (Ty::Any, _) | (_, Ty::Any) => match (x.value.is_const(), y.value.is_const()) {
                (true, true) => self.out.trace.constant(Const::Bool(x.value == y.value)),
                (true, false) if y.ty != Ty::Any => self.out.trace.constant(Const::Bool(false)),
                (false, true) if x.ty != Ty::Any => self.out.trace.constant(Const::Bool(false)),
                _ => self.equal_by_identity(now, x, y)?,
            },
            // Arrays are perhaps not of one storage when they were guarded.
            (a, b) if by_identity(a) && by_identity(b) && (a == b || (a.is_array() && b.is_array())) => {
                let (x, y) = (self.out.boxed(x.value), self.out.boxed(y.value));
                self.out.emit(Op::SameAny, &[x, y])
            }
            (a, b) => {
                debug_assert!(a != b, "two of type {}", a.text());
                self.out.trace.constant(Const::Bool(false))
            }
        })
    }

    /// Equality with an object that no type tells. All but bound methods equal nothing but themselves.
    fn equal_by_identity(&mut self, now: &Now<'_>, x: Operand, y: Operand) -> Result<Ref, Abort> {
        let both = x.ty == Ty::Any && y.ty == Ty::Any;
        let tells = |operand: &Operand| {
            let kind = operand.actual.object_kind();
            operand.ty == Ty::Any && !operand.value.is_const() && !(both && kind == Some(ObjectKind::Bound))
        };
        let object = [x, y].into_iter().find(tells).ok_or_else(|| self.not_yet(now))?;
        self.guard_kind(now, object)?;
        Ok(if both {
            self.out.emit(Op::SameAny, &[x.value, y.value])
        } else {
            self.out.trace.constant(Const::Bool(false))
        })
    }

    /// Ranges are equal when their bounds are. There is no `and` of conditions: the first is guarded to be as it is now.
    fn equal_ranges(&mut self, now: &Now<'_>, x: Operand, y: Operand) -> Result<Ref, Abort> {
        let (Some((x_start, _)), Some((y_start, _))) = (x.actual.as_range(), y.actual.as_range()) else {
            return Err(self.abort(Reason::Lost));
        };
        let starts = [x, y].map(|range| self.out.emit(Op::RangeStart, &[range.value]));
        let same_start = self.out.emit(Op::EqInt, &starts);
        self.guard_outcome(now, same_start, x_start == y_start);
        if x_start != y_start {
            return Ok(self.out.trace.constant(Const::Bool(false)));
        }
        let ends = [x, y].map(|range| self.out.emit(Op::RangeEnd, &[range.value]));
        Ok(self.out.emit(Op::EqInt, &ends))
    }

    pub(super) fn record_not(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let x = self.operand(now, now.word.b())?;
        let result = match x.ty {
            Ty::Bool => self.negate(x.value),
            Ty::Any if !x.value.is_const() => {
                self.guard(now, Op::GuardTruthy, &[x.value]);
                self.out.trace.constant(Const::Bool(false))
            }
            ty => self.out.trace.constant(Const::Bool(ty == Ty::Nil)),
        };
        self.write_register(now, now.word.a(), result);
        Ok(())
    }

    pub(super) fn record_jump_if(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let value = self.read_register(now, now.word.a())?;
        let truthy = now.register(now.word.a()).truthy();
        match self.out.ty(value) {
            Ty::Bool if value.is_const() => {}
            Ty::Bool if self.choose(now, value, now.word.op() == Bytecode::JumpIf)? => {}
            Ty::Bool if faults::on(Fault::RecordTruth) => {}
            Ty::Bool => self.guard_outcome(now, value, truthy),
            Ty::Any if !value.is_const() => {
                self.guard(now, if truthy { Op::GuardTruthy } else { Op::GuardFalsy }, &[value]);
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn record_jump_if_undef(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let value = self.read_register(now, now.word.a())?;
        if self.out.ty(value) == Ty::Any && !value.is_const() {
            let undef = now.register(now.word.a()).is_undef();
            self.guard(now, if undef { Op::GuardUndef } else { Op::GuardDefined }, &[value]);
        }
        Ok(())
    }

    pub(super) fn record_in(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let x = self.operand(now, now.word.b())?;
        let container = self.operand(now, now.word.c())?;
        let result = match (container.ty, container.actual.as_range(), x.actual.as_int()) {
            (Ty::Range, Some((from, _)), Some(int)) => {
                let start = self.out.emit(Op::RangeStart, &[container.value]);
                let end = self.out.emit(Op::RangeEnd, &[container.value]);
                let reached = self.out.emit(Op::LeInt, &[start, x.value]);
                self.guard_outcome(now, reached, from <= int);
                if from <= int {
                    self.out.emit(Op::LtInt, &[x.value, end])
                } else {
                    self.out.trace.constant(Const::Bool(false))
                }
            }
            (Ty::Range, ..) => return Err(self.not_yet(now)),
            // The error is another one than that of the builtin which finds strings.
            (Ty::Str, ..) if x.ty != Ty::Str => return Err(self.abort(Reason::Throws)),
            (Ty::Str, ..) if let Some(found) = self.char_in(container, x) => found,
            (ty, ..) if ty.is_array() || ty == Ty::Str => {
                let found = self.call_of_name(now, "contains", &[container.value, x.value])?;
                self.guard(now, Op::GuardBool, &[found])
            }
            (Ty::Dict, ..) => self.has_key(container.value, x.value),
            _ => return Err(self.abort(Reason::Throws)),
        };
        self.write_register(now, now.word.a(), result);
        Ok(())
    }
}
