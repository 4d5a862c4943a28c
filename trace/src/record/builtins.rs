//! Calls of builtins: a few are instructions, the others are called.

use pseudo_vm::builtins::{self, BuiltinInfo, Effect};
use pseudo_vm::ops::math::{FUNCTIONS, MathCall};
use pseudo_vm::value::Value;

use super::aborts::{Abort, Reason};
use super::arith::Operand;
use super::slots::type_of;
use super::{Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::types::{Const, Ref, Ty};

/// Builtins with outside effects that throw, if at all, before they have done anything; or, as `__host` does, throw the same again
/// without doing anything.
const CHECKED_FIRST: &[&str] = &["print", "clock", "time", "env", "random", "randint", "seed", "__host"];

/// Calls a builtin that it gets, and does nothing besides.
const APPLY: &str = "__apply";
/// The `init` of errors.
const INIT_ERROR: &str = "__init_error";

/// 2^63, the first float beyond the ints.
const INT_END: f64 = 9_223_372_036_854_775_808.0;

impl Recorder {
    /// A call of a builtin with `count` arguments in registers from `first` on; the result goes to register `to`.
    pub(super) fn call_builtin(
        &mut self,
        now: &Now<'_>,
        index: u16,
        first: usize,
        count: usize,
        to: usize,
    ) -> Result<Ref, Abort> {
        let info = builtins::info(index).ok_or_else(|| self.abort(Reason::Lost))?;
        let recorded = match info.name {
            INIT_ERROR => self.record_init_error(now, first, count)?,
            "push" => self.record_push(now, first, count)?,
            "pop" => self.record_pop(now, first, count)?,
            "__needs_text" => self.record_needs_text(now, first)?,
            "__maker" => self.record_maker(now, first)?,
            "__checked" => self.record_checked(now, first)?,
            name => self.instruction_for(now, name, first, count)?,
        };
        let result = match recorded {
            Some(result) => result,
            None => {
                let arguments = self.boxed_registers(now, first, count)?;
                self.emit_call(now, index, info, &arguments)?
            }
        };
        self.write_register(now, to, result);
        Ok(result)
    }

    /// A call of the builtin of a name, for an opcode that does what the builtin does.
    pub(super) fn call_of_name(&mut self, now: &Now<'_>, name: &'static str, arguments: &[Ref]) -> Result<Ref, Abort> {
        let (index, info) = builtins::find(name).ok_or_else(|| self.abort_at(Reason::NotYet, name))?;
        let arguments: Vec<Ref> = arguments.iter().map(|&argument| self.out.boxed(argument)).collect();
        self.emit_call(now, index, info, &arguments)
    }

    /// A call of the builtin of an index.
    pub(super) fn call_of_index(&mut self, now: &Now<'_>, index: u16, arguments: &[Ref]) -> Result<Ref, Abort> {
        let info = builtins::info(index).ok_or_else(|| self.abort(Reason::Lost))?;
        let arguments: Vec<Ref> = arguments.iter().map(|&argument| self.out.boxed(argument)).collect();
        self.emit_call(now, index, info, &arguments)
    }

    /// Where a builtin throws, the interpreter calls it again. That is right only if the first call has done nothing.
    fn emit_call(
        &mut self,
        now: &Now<'_>,
        index: u16,
        info: &'static BuiltinInfo,
        arguments: &[Ref],
    ) -> Result<Ref, Abort> {
        let applied = || {
            let builtin = arguments.first().and_then(|&builtin| self.out.trace.as_const(builtin));
            let Some(Const::Value(bits)) = builtin.filter(|_| info.name == APPLY) else { return false };
            Value(bits).as_builtin().and_then(builtins::info).is_some_and(throws_first)
        };
        if !throws_first(info) && !applied() {
            return Err(self.abort_at(Reason::OutsideEffect, info.name));
        }
        // Taken before the call, which is the effect that no guard may look back over.
        self.snapshot(now);
        self.last_call = Some(self.out.len());
        let result = self.out.emit_with_arguments(Op::CallBuiltin, Ref(index as u32), arguments);
        self.guard(now, Op::GuardDefined, &[result]);
        if info.effect == Effect::Writes {
            self.changes_arrays = true;
            self.slots.forget_arrays();
        }
        Ok(result)
    }

    /// What a builtin computes from arguments of the types that they have now, if that is a few instructions. The types
    /// are looked at before anything is recorded.
    fn instruction_for(
        &mut self,
        now: &Now<'_>,
        name: &'static str,
        first: usize,
        count: usize,
    ) -> Result<Option<Ref>, Abort> {
        let types: Vec<Ty> = (first..first + count).map(|register| type_of(now.register(register))).collect();
        match types.first() {
            Some(Ty::Dict) => return self.dict_builtin(now, name, first, count),
            Some(Ty::Str) => return self.string_builtin(now, name, first, count),
            _ => {}
        }
        let mut operands = Vec::with_capacity(count);
        if !has_instructions(name, &types) {
            return Ok(None);
        }
        for register in first..first + count {
            operands.push(self.operand(now, register)?);
        }
        let result = match operands[..] {
            [x] => self.unary_builtin(now, name, x)?,
            [first, ref rest @ ..] if matches!(name, "min" | "max") => {
                let chosen =
                    rest.iter().fold(first, |best, &next| self.smaller_or_larger(now, name == "min", best, next));
                Some(chosen.value)
            }
            [x, y] => self.binary_builtin(now, name, x, y)?,
            _ => None,
        };
        Ok(result)
    }

    fn unary_builtin(&mut self, now: &Now<'_>, name: &str, x: Operand) -> Result<Option<Ref>, Abort> {
        let result = match (name, x.ty) {
            ("len", ty) if ty.is_array() => self.out.emit(Op::ArrLen, &[x.value]),
            ("str", Ty::Int) => self.out.emit(Op::StrOfInt, &[x.value]),
            ("char", Ty::Int) => match self.char_of_code(now, x) {
                Some(char) => char,
                None => return Ok(None),
            },
            ("abs", Ty::Int) => {
                // All ones for a negative int: flips its bits and adds one.
                let shift = self.out.trace.int(63);
                let sign = self.out.emit(Op::SarInt, &[x.value, shift]);
                let flipped = self.out.emit(Op::XorInt, &[x.value, sign]);
                self.out.emit(Op::SubInt, &[flipped, sign])
            }
            ("abs", Ty::Float) => self.out.emit(Op::AbsFloat, &[x.value]),
            ("float", Ty::Int | Ty::Float) => self.float_of(x.value),
            ("int" | "floor" | "ceil" | "trunc", Ty::Int) => x.value,
            ("int" | "floor" | "ceil" | "trunc", Ty::Float) => {
                let rounded = match name {
                    "floor" => self.out.emit(Op::FloorFloat, &[x.value]),
                    "ceil" => self.out.emit(Op::CeilFloat, &[x.value]),
                    _ => x.value,
                };
                self.float_to_int(now, rounded, x)?
            }
            ("sqrt", Ty::Int | Ty::Float) => {
                let float = self.float_of(x.value);
                self.out.emit(Op::SqrtFloat, &[float])
            }
            (name, Ty::Int | Ty::Float) => {
                let Some(number) = math_function(name, 1) else { return Ok(None) };
                let float = self.float_of(x.value);
                self.out.emit(Op::MathFloat, &[number, float])
            }
            _ => return Ok(None),
        };
        Ok(Some(result))
    }

    /// The int that a float is, cut off. Beyond the ints, and for nan, the builtins throw.
    fn float_to_int(&mut self, now: &Now<'_>, float: Ref, x: Operand) -> Result<Ref, Abort> {
        if x.actual.as_float().is_none_or(|float| !(-INT_END..INT_END).contains(&float)) {
            return Err(self.abort(Reason::Throws));
        }
        let (lowest, end) = (self.out.trace.float(-INT_END), self.out.trace.float(INT_END));
        let above = self.out.emit(Op::LeFloat, &[lowest, float]);
        self.guard_outcome(now, above, true);
        let below = self.out.emit(Op::LtFloat, &[float, end]);
        self.guard_outcome(now, below, true);
        Ok(self.out.emit(Op::FloatToInt, &[float]))
    }

    fn binary_builtin(&mut self, now: &Now<'_>, name: &str, x: Operand, y: Operand) -> Result<Option<Ref>, Abort> {
        let result = match (name, x.ty, y.ty) {
            ("ushr", Ty::Int, Ty::Int) => {
                let (width, in_range) =
                    (self.out.trace.int(64), y.actual.as_int().is_some_and(|n| (0..64).contains(&n)));
                if !in_range {
                    return Ok(None);
                }
                if !y.value.is_const() {
                    let fits = self.out.emit(Op::UltInt, &[y.value, width]);
                    self.guard_outcome(now, fits, true);
                }
                self.out.emit(Op::ShrInt, &[x.value, y.value])
            }
            ("atan2" | "hypot" | "pow", ..) => {
                let Some(number) = math_function(name, 2) else { return Ok(None) };
                let (x, y) = (self.float_of(x.value), self.float_of(y.value));
                self.out.emit(Op::MathFloat2, &[number, x, y])
            }
            _ => return Ok(None),
        };
        Ok(Some(result))
    }

    /// The smaller or larger of two, the first among equals. Which it is now is guarded, or both are computed.
    fn smaller_or_larger(&mut self, now: &Now<'_>, smaller: bool, x: Operand, y: Operand) -> Operand {
        let (low, high) = if smaller { (y, x) } else { (x, y) };
        let (op, takes_second) = match (low.actual.as_int(), high.actual.as_int()) {
            (Some(low), Some(high)) => (Op::LtInt, low < high),
            _ => (Op::LtFloat, low.actual.as_float() < high.actual.as_float()),
        };
        let condition = self.out.emit(op, &[low.value, high.value]);
        let taken = if takes_second { y } else { x };
        if x.value != y.value
            && self.chooses_here()
            && let Some(select) = Op::select(x.ty)
        {
            let value = self.out.emit(select, &[condition, y.value, x.value]);
            return Operand { value, ..taken };
        }
        self.guard_outcome(now, condition, takes_second);
        taken
    }
}

/// The most numbers of which the least or greatest is found by instructions.
const EXTREMES_MAX: usize = 8;

/// Whether a builtin throws, if at all, before it has done anything.
fn throws_first(info: &BuiltinInfo) -> bool {
    info.effect != Effect::Outside || CHECKED_FIRST.contains(&info.name)
}

/// Whether a builtin of arguments of these types is recorded as instructions.
fn has_instructions(name: &str, types: &[Ty]) -> bool {
    let number = |ty: Ty| matches!(ty, Ty::Int | Ty::Float);
    match *types {
        [x] => match name {
            "len" => x.is_array(),
            "str" | "char" => x == Ty::Int,
            "abs" | "float" | "int" | "floor" | "ceil" | "trunc" | "sqrt" => number(x),
            _ => number(x) && math_function(name, 1).is_some(),
        },
        [x, ref rest @ ..] if matches!(name, "min" | "max") => {
            number(x) && rest.len() < EXTREMES_MAX && rest.iter().all(|&y| x == y)
        }
        [x, y] => match name {
            "ushr" => x == Ty::Int && y == Ty::Int,
            "atan2" | "hypot" => number(x) && number(y),
            "pow" => number(x) && number(y) && (x == Ty::Float || y == Ty::Float),
            _ => false,
        },
        _ => false,
    }
}

/// The number of a function on floats in the math table, for builtins that do nothing else.
fn math_function(name: &str, arity: usize) -> Option<Ref> {
    if name == "round" {
        // As a builtin it makes an int.
        return None;
    }
    let number = FUNCTIONS.iter().position(|function| {
        function.name == name
            && match function.call {
                MathCall::Unary(_) => arity == 1,
                MathCall::Binary(_) => arity == 2,
            }
    });
    number.map(|number| Ref(number as u32))
}
