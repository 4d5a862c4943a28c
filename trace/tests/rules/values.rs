//! What the terms of rules mean for values: one at a time with 64 bits, all at once with 8.

use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::scalar::eval_pure;
use pseudo_trace::ir::storage::StorageInfo;
use pseudo_trace::ir::types::Ty;
use pseudo_trace::opt::fold::{CONSTANTS, Literal, Term};

/// Different values that a rule may name.
pub const VARIABLES: usize = 3;

/// A value; boxed or not is the same, and all nans are one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum V {
    Nil,
    Undef,
    Bool(bool),
    Int(i64),
    Float(u64),
    Str(u8),
    /// By identity; the second is the storage kind.
    Arr(u8, u8),
    Fn(u8),
    Range(i64, i64),
    Cell(u8),
    /// What a guard without a result gives when it holds.
    Passed,
}

impl V {
    pub fn scalar(bits: u64, ty: Ty) -> V {
        match ty {
            Ty::Int => V::Int(bits as i64),
            Ty::Bool => V::Bool(bits != 0),
            Ty::Float if f64::from_bits(bits).is_nan() => V::Float(f64::NAN.to_bits()),
            Ty::Float => V::Float(bits),
            _ => panic!("no scalar: {ty:?}"),
        }
    }

    pub fn bits(self) -> Option<u64> {
        match self {
            V::Int(int) => Some(int as u64),
            V::Bool(bool) => Some(u64::from(bool)),
            V::Float(bits) => Some(bits),
            _ => None,
        }
    }
}

/// Why a term has no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// Machine code could do anything: a division by zero, a shift count out of range.
    Undefined,
    /// A guard leaves the trace.
    Leaves,
}

/// What the names of a rule stand for.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    pub variables: [V; VARIABLES],
    pub constants: [V; CONSTANTS],
}

impl Names {
    pub const NONE: Names = Names { variables: [V::Nil; VARIABLES], constants: [V::Nil; CONSTANTS] };

    pub fn set(&mut self, name: Term, v: V) {
        match name {
            Term::Var(number) => self.variables[number as usize] = v,
            Term::Const(number) => self.constants[number as usize] = v,
            _ => panic!("{name} is no name"),
        }
    }
}

/// The value of a term.
pub fn eval(term: &Term, names: &Names) -> Result<V, Stop> {
    match term {
        Term::Var(number) => Ok(names.variables[*number as usize]),
        Term::Const(number) => Ok(names.constants[*number as usize]),
        Term::Literal(literal) => Ok(match literal.bits() {
            Some((bits, ty)) => V::scalar(bits, ty),
            None => V::Nil,
        }),
        Term::Op(op, operands) => {
            let mut v = [V::Nil; 2];
            for (place, operand) in v.iter_mut().zip(*operands) {
                *place = eval(operand, names)?;
            }
            operation(*op, v)
        }
        Term::Made(op) => Ok(match op {
            Op::NewRange => V::Range(7, 7),
            Op::NewCell => V::Cell(7),
            Op::NewArray => V::Arr(7, 0),
            Op::NewClosure => V::Fn(7),
            _ => panic!("{op:?} makes no object"),
        }),
        Term::Call(function, operands) => {
            let bits = eval(&operands[0], names)?.bits().expect("functions are of scalars");
            let result = function.eval(bits, 64).ok_or(Stop::Undefined)?;
            Ok(V::scalar(result, function.result()))
        }
        Term::Gone => Ok(V::Passed),
    }
}

fn operation(op: Op, [a, b]: [V; 2]) -> Result<V, Stop> {
    let keep = |holds: bool| if holds { Ok(a) } else { Err(Stop::Leaves) };
    let test = |holds: bool| if holds { Ok(V::Passed) } else { Err(Stop::Leaves) };
    let storage = |kind: u8| matches!(a, V::Arr(_, storage) if storage == kind);
    match op {
        Op::GuardInt => keep(matches!(a, V::Int(_))),
        Op::GuardFloat => keep(matches!(a, V::Float(_))),
        Op::GuardBool => keep(matches!(a, V::Bool(_))),
        Op::GuardStr => keep(matches!(a, V::Str(_))),
        Op::GuardFn => keep(matches!(a, V::Fn(_))),
        Op::GuardRange => keep(matches!(a, V::Range(..))),
        Op::GuardArrEmpty | Op::GuardArrBool | Op::GuardArrInt | Op::GuardArrFloat | Op::GuardArrAny => {
            keep(StorageInfo::of_op(op).is_some_and(|row| storage(row.storage as u8)))
        }
        Op::GuardNil => test(a == V::Nil),
        Op::GuardUndef => test(a == V::Undef),
        Op::GuardDefined => test(a != V::Undef),
        Op::GuardTruthy => test(!matches!(a, V::Nil | V::Bool(false))),
        Op::GuardFalsy => test(matches!(a, V::Nil | V::Bool(false))),
        Op::GuardTrue => test(a == V::Bool(true)),
        Op::GuardFalse => test(a == V::Bool(false)),
        Op::GuardSame => test(a == b),
        Op::BoxInt | Op::BoxFloat | Op::BoxBool | Op::BoxStr | Op::BoxArr | Op::BoxFn | Op::BoxRange => Ok(a),
        Op::SameAny | Op::StrEq => Ok(V::Bool(a == b)),
        Op::StrLt => match (a, b) {
            (V::Str(a), V::Str(b)) => Ok(V::Bool(a < b)),
            _ => panic!("no strings: {a:?}, {b:?}"),
        },
        Op::NewRange => match (a, b) {
            (V::Int(a), V::Int(b)) => Ok(V::Range(a, b)),
            _ => panic!("no ints: {a:?}, {b:?}"),
        },
        Op::RangeStart | Op::RangeEnd => match a {
            V::Range(start, end) => Ok(V::Int(if op == Op::RangeStart { start } else { end })),
            _ => panic!("no range: {a:?}"),
        },
        _ => {
            let bits = [a, b].map(|v| v.bits().unwrap_or_default());
            let ty = op.info().result.expect("operations of rules have one type");
            let result = eval_pure(op, &bits).ok_or(Stop::Undefined)?;
            Ok(V::scalar(result, ty))
        }
    }
}

/// Values of a term for all 256 values of one variable, ints of 8 bits, bools 0 or 1; and where it is defined.
#[derive(Clone)]
pub struct Lanes {
    pub values: [u8; 256],
    pub defined: [bool; 256],
}

impl Lanes {
    pub fn all(value: u8) -> Lanes {
        Lanes { values: [value; 256], defined: [true; 256] }
    }

    pub fn each() -> Lanes {
        Lanes { values: std::array::from_fn(|at| at as u8), defined: [true; 256] }
    }

    fn map(mut self, f: impl Fn(u8) -> u8) -> Lanes {
        self.values.iter_mut().for_each(|value| *value = f(*value));
        self
    }

    fn zip(mut self, other: &Lanes, f: impl Fn(u8, u8) -> u8) -> Lanes {
        for at in 0..256 {
            self.values[at] = f(self.values[at], other.values[at]);
            self.defined[at] &= other.defined[at];
        }
        self
    }

    /// Like `zip`; of the divisors and shift counts, only some will do.
    fn partly(self, other: &Lanes, good: impl Fn(u8) -> bool, f: impl Fn(u8, u8) -> u8) -> Lanes {
        let mut out = self.zip(other, |a, b| if good(b) { f(a, b) } else { 0 });
        for at in 0..256 {
            out.defined[at] &= good(other.values[at]);
        }
        out
    }
}

/// Names with 8 bits each, by number: variables, then constants.
pub type Narrow = [Lanes; VARIABLES + CONSTANTS];

/// The values of a term of ints and bools.
pub fn eval_narrow(term: &Term, names: &Narrow) -> Lanes {
    let operand = |operands: &[Term], at: usize| eval_narrow(&operands[at], names);
    match term {
        Term::Var(number) => names[*number as usize].clone(),
        Term::Const(number) => names[VARIABLES + *number as usize].clone(),
        Term::Literal(literal) => Lanes::all(match literal {
            Literal::Int(int) => *int as u8,
            Literal::Least => 0x80,
            Literal::Greatest => 0x7F,
            Literal::Width => 8,
            Literal::LastBit => 7,
            Literal::Bool(bool) => u8::from(*bool),
            Literal::Float(_) | Literal::Nil => panic!("{term} is no int"),
        }),
        Term::Call(function, operands) => {
            let mut lanes = operand(operands, 0);
            for at in 0..256 {
                let result = function.eval(i64::from(lanes.values[at] as i8) as u64, 8);
                lanes.values[at] = result.unwrap_or_default() as u8;
                lanes.defined[at] &= result.is_some();
            }
            lanes
        }
        Term::Op(op, operands) if operands.len() == 1 => {
            let a = operand(operands, 0);
            match op {
                Op::NegInt => a.map(u8::wrapping_neg),
                Op::NotInt => a.map(|a| !a),
                Op::NotBool => a.map(|a| a ^ 1),
                _ => panic!("{op:?} has no narrow form"),
            }
        }
        Term::Op(op, operands) => {
            let (a, b) = (operand(operands, 0), operand(operands, 1));
            let not_zero = |b: u8| b != 0;
            let count = |b: u8| b < 8;
            match op {
                Op::AddInt => a.zip(&b, u8::wrapping_add),
                Op::SubInt => a.zip(&b, u8::wrapping_sub),
                Op::MulInt => a.zip(&b, u8::wrapping_mul),
                Op::UmulHighInt => a.zip(&b, |a, b| ((u16::from(a) * u16::from(b)) >> 8) as u8),
                Op::AndInt => a.zip(&b, |a, b| a & b),
                Op::OrInt => a.zip(&b, |a, b| a | b),
                Op::XorInt => a.zip(&b, |a, b| a ^ b),
                Op::DivInt => {
                    a.partly(&b, not_zero, |a, b| f32::floor(f32::from(a as i8) / f32::from(b as i8)) as i32 as u8)
                }
                Op::ModInt => a.partly(&b, not_zero, |a, b| {
                    let (a, b) = (i16::from(a as i8), i16::from(b as i8));
                    let rest = a.rem_euclid(b.abs());
                    (if b < 0 && rest != 0 { rest + b } else { rest }) as u8
                }),
                Op::ShlInt => a.partly(&b, count, |a, b| a << b),
                Op::SarInt => a.partly(&b, count, |a, b| (a as i8 >> b) as u8),
                Op::ShrInt => a.partly(&b, count, |a, b| a >> b),
                Op::EqInt => a.zip(&b, |a, b| u8::from(a == b)),
                Op::NeInt => a.zip(&b, |a, b| u8::from(a != b)),
                Op::LtInt => a.zip(&b, |a, b| u8::from((a as i8) < b as i8)),
                Op::LeInt => a.zip(&b, |a, b| u8::from(a as i8 <= b as i8)),
                Op::UltInt => a.zip(&b, |a, b| u8::from(a < b)),
                _ => panic!("{op:?} has no narrow form"),
            }
        }
        Term::Made(_) | Term::Gone => panic!("{term} has no narrow form"),
    }
}
