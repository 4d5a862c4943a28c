//! What a fold rule is: data, which the folder, the prover and the tests all read.
//!
//! ```text
//! add_int_regroup: (AddInt (AddInt x c1) c2) => (AddInt x (AddInt c1 c2));
//! mul_int_power:   (MulInt x c) if [IsPower c] => (ShlInt x [Log2 c]);
//! ```
//!
//! A rule is a pattern, conditions, a result, all three [`Term`]s. In a pattern `x y z` are any values, `c c1 c2 k k1 k2`
//! constants; the same name is the same value. Conditions and whatever in a result consists of constants alone is
//! computed when the rule fires: by the operations of the IR, and by a few [`Function`]s, in brackets. Where such a
//! computation is not defined (a shift count out of range), the rule does not apply. A part of the result that stands in the
//! pattern as well is the value that is there already.
//!
//! Numbers that depend on the width of ints have names (`WIDTH`, `LAST_BIT`, `LEAST`, `GREATEST`), so that a rule can be
//! tried out with 8 bits, where all operands can be tried. Forms that differ by the order of operands which may change
//! places are one rule: the table makes the others.

use pseudo_vm::faults::{self, Fault};

use std::fmt;

use crate::ir::ops::{Op, Operand};
use crate::ir::scalar::eval_pure;
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::{Ref, Ty};

/// A piece of a rule.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Term {
    /// A value of the trace, by number.
    Var(u8),
    /// A constant, by number below [`CONSTANTS`].
    Const(u8),
    /// This constant.
    Literal(Literal),
    /// An operation on others.
    Op(Op, &'static [Term]),
    /// In patterns: what an operation has made, of whatever operands.
    Made(Op),
    /// A function of constants.
    Call(Function, &'static [Term]),
    /// As a result: nothing is left to do.
    Gone,
}

/// Different constants that a rule may name.
pub const CONSTANTS: usize = 4;

/// A constant that a rule asks for or gives.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Literal {
    /// An int.
    Int(i64),
    /// The smallest int.
    Least,
    /// The largest int.
    Greatest,
    /// Bits of an int.
    Width,
    /// Number of an int's sign bit.
    LastBit,
    /// A float.
    Float(f64),
    /// A bool.
    Bool(bool),
    /// nil.
    Nil,
}

impl Literal {
    /// Its bits, and their type, with ints of 64 bits. Nothing for nil, which has no bits here.
    pub fn bits(self) -> Option<(u64, Ty)> {
        Some(match self {
            Literal::Int(int) => (int as u64, Ty::Int),
            Literal::Least => (i64::MIN as u64, Ty::Int),
            Literal::Greatest => (i64::MAX as u64, Ty::Int),
            Literal::Width => (64, Ty::Int),
            Literal::LastBit => (63, Ty::Int),
            Literal::Float(float) => (float.to_bits(), Ty::Float),
            Literal::Bool(bool) => (u64::from(bool), Ty::Bool),
            Literal::Nil => return None,
        })
    }

    /// Its type.
    pub fn ty(self) -> Ty {
        match self {
            Literal::Nil => Ty::Nil,
            _ => self.bits().map_or(Ty::None, |(_, ty)| ty),
        }
    }
}

/// What is computed of constants, besides the operations of the IR.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Function {
    /// Whether an int has exactly one bit set: a power of two, if it is not the smallest int.
    IsPower,
    /// Number of the highest bit set of an int other than 0.
    Log2,
    /// Whether `1 / c` is exact, and neither denormal nor infinite: for powers of two.
    HasReciprocal,
    /// `2^(WIDTH - 1 + l) / c`, rounded up, for an int over 1: `l` is the number of bits of `c - 1`. It has `WIDTH` bits.
    Magic,
    /// `l - 1` of the same.
    MagicShift,
}

impl Function {
    /// Type of the result.
    pub fn result(self) -> Ty {
        match self {
            Function::IsPower | Function::HasReciprocal => Ty::Bool,
            Function::Log2 | Function::Magic | Function::MagicShift => Ty::Int,
        }
    }

    /// Type of the operand.
    pub fn operand(self) -> Ty {
        match self {
            Function::HasReciprocal => Ty::Float,
            Function::IsPower | Function::Log2 | Function::Magic | Function::MagicShift => Ty::Int,
        }
    }

    /// Its value, for ints of some width (of which all bits over it are those of the sign). `None` where it has none.
    pub fn eval(self, bits: u64, width: u32) -> Option<u64> {
        let mask = u64::MAX >> (64 - width);
        let unsigned = bits & mask;
        let float = f64::from_bits(bits);
        match self {
            Function::IsPower => Some(u64::from(unsigned.count_ones() == 1)),
            Function::Log2 => unsigned.checked_ilog2().map(u64::from),
            Function::HasReciprocal => {
                let mantissa = bits & ((1 << 52) - 1);
                Some(u64::from(float.is_normal() && (1.0 / float).is_normal() && mantissa == 0))
            }
            Function::Magic | Function::MagicShift => {
                if (bits as i64) < 2 {
                    return None;
                }
                let l = u64::BITS - (bits - 1).leading_zeros();
                if self == Function::MagicShift {
                    if faults::on(Fault::StrengthMagic) && bits >= 7 {
                        return Some(u64::from(l - 2));
                    }
                    return Some(u64::from(l - 1));
                }
                let magic = (1u128 << (width - 1 + l)).div_ceil(u128::from(bits)) as u64;
                // As an int of the width: the bits over it are those of the sign.
                let unused = 64 - width;
                Some(((magic << unused) as i64 >> unused) as u64)
            }
        }
    }
}

/// What a rule makes of an instruction.
#[derive(Clone, Copy, Debug)]
pub enum Fold {
    /// An earlier value or a constant.
    Value(Ref),
    /// Another instruction.
    Inst(Op, Ref, Ref),
    /// Nothing: it has no result, and need not be.
    Gone,
}

/// When a rule is tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// By the fold pass, and whenever a pass makes instructions.
    Fold,
    /// By the strength pass, when nothing will ask any more what the instruction was.
    Strength,
}

/// A rewrite rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name, in statistics and in the tests.
    pub name: &'static str,
    /// When it is tried.
    pub stage: Stage,
    /// What it does.
    pub how: How,
}

/// What a rule does.
#[derive(Clone, Copy, Debug)]
pub enum How {
    /// Replaces what has a form.
    Terms {
        /// The form.
        pattern: Term,
        /// What must hold of the constants.
        conditions: &'static [Term],
        /// What it becomes.
        result: Term,
    },
    /// Runs code: for what is not in the operands (arguments of calls, numbers). May give what stands in the trace already,
    /// or nothing; never makes an instruction.
    Code {
        /// The operation that it is tried on.
        op: Op,
        /// What makes it right.
        law: &'static str,
        /// The code. Sees the trace so far, for its constants and definitions.
        apply: fn(&Trace, &Inst) -> Option<Fold>,
    },
}

impl Rule {
    /// The operation that the rule is tried on.
    pub const fn op(&self) -> Op {
        match self.how {
            How::Terms { pattern: Term::Op(op, _), .. } => op,
            How::Terms { .. } => panic!("a pattern begins with an operation"),
            How::Code { op, .. } => op,
        }
    }
}

impl Term {
    /// Whether there is no value of the trace in it.
    pub const fn is_constant(&self) -> bool {
        match self {
            Term::Const(_) | Term::Literal(_) => true,
            Term::Op(_, operands) | Term::Call(_, operands) => {
                let mut at = 0;
                while at < operands.len() && operands[at].is_constant() {
                    at += 1;
                }
                at == operands.len()
            }
            Term::Var(_) | Term::Made(_) | Term::Gone => false,
        }
    }

    /// The type of what is not a name: that of names is asked for by their place.
    pub fn ty(&self) -> Option<Ty> {
        match self {
            Term::Literal(literal) => Some(literal.ty()),
            Term::Op(op, _) | Term::Made(op) => op.info().result,
            Term::Call(function, _) => Some(function.result()),
            Term::Gone => Some(Ty::None),
            Term::Var(_) | Term::Const(_) => None,
        }
    }

    /// Calls `f` with each name and the type that its place asks for.
    pub fn for_each_name(&self, f: &mut dyn FnMut(Term, Ty)) {
        let mut each = |term: &Term, ty: Ty| match term {
            Term::Var(_) | Term::Const(_) => f(*term, ty),
            _ => term.for_each_name(f),
        };
        match self {
            Term::Op(op, operands) => operands.iter().zip(op.info().operands).for_each(|(term, kind)| {
                each(
                    term,
                    match kind {
                        Operand::Of(ty) => ty,
                        // Of the types that will do, one that stands for all.
                        Operand::Array => Ty::ArrAny,
                        _ => Ty::Any,
                    },
                );
            }),
            Term::Call(function, operands) => operands.iter().for_each(|term| each(term, function.operand())),
            Term::Var(_) | Term::Const(_) | Term::Literal(_) | Term::Made(_) | Term::Gone => {}
        }
    }

    /// The value of a term of constants, with ints of 64 bits.
    pub fn eval(&self, constants: &[u64; CONSTANTS]) -> Option<u64> {
        match self {
            Term::Const(number) => Some(constants[*number as usize]),
            Term::Literal(literal) => Some(literal.bits()?.0),
            Term::Op(op, operands) => {
                let mut bits = [0; 2];
                for (place, operand) in bits.iter_mut().zip(*operands) {
                    *place = operand.eval(constants)?;
                }
                eval_pure(*op, &bits)
            }
            Term::Call(function, operands) => function.eval(operands[0].eval(constants)?, 64),
            Term::Var(_) | Term::Made(_) | Term::Gone => None,
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, operands: &[Term]| {
            operands.iter().try_for_each(|operand| write!(f, " {operand}"))
        };
        match self {
            Term::Var(number) => f.write_str(["x", "y", "z"][*number as usize]),
            Term::Const(number) => f.write_str(["c1", "c2", "k1", "k2"][*number as usize]),
            Term::Literal(literal) => match literal {
                Literal::Int(int) => write!(f, "{int}"),
                Literal::Float(float) => write!(f, "{float:?}"),
                Literal::Bool(bool) => write!(f, "{bool}"),
                Literal::Least => f.write_str("LEAST"),
                Literal::Greatest => f.write_str("GREATEST"),
                Literal::Width => f.write_str("WIDTH"),
                Literal::LastBit => f.write_str("LAST_BIT"),
                Literal::Nil => f.write_str("nil"),
            },
            Term::Op(op, operands) => {
                write!(f, "({op:?}")?;
                list(f, operands)?;
                f.write_str(")")
            }
            Term::Made(op) => write!(f, "({op:?} ..)"),
            Term::Call(function, operands) => {
                write!(f, "[{function:?}")?;
                list(f, operands)?;
                f.write_str("]")
            }
            Term::Gone => f.write_str("gone"),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.how {
            How::Terms { pattern, conditions, result } => {
                write!(f, "{}: {pattern}", self.name)?;
                for (at, condition) in conditions.iter().enumerate() {
                    write!(f, "{} {condition}", if at == 0 { " if" } else { "," })?;
                }
                write!(f, " => {result}")
            }
            How::Code { law, .. } => write!(f, "{}: {law}", self.name),
        }
    }
}

/// A [`Term`], as it is written.
#[macro_export]
macro_rules! term {
    (x) => { $crate::opt::fold::Term::Var(0) };
    (y) => { $crate::opt::fold::Term::Var(1) };
    (z) => { $crate::opt::fold::Term::Var(2) };
    (c) => { $crate::opt::fold::Term::Const(0) };
    (c1) => { $crate::opt::fold::Term::Const(0) };
    (c2) => { $crate::opt::fold::Term::Const(1) };
    (k) => { $crate::opt::fold::Term::Const(2) };
    (k1) => { $crate::opt::fold::Term::Const(2) };
    (k2) => { $crate::opt::fold::Term::Const(3) };
    (gone) => { $crate::opt::fold::Term::Gone };

    (0) => { $crate::term!(@Int(0)) };
    (1) => { $crate::term!(@Int(1)) };
    (LEAST) => { $crate::term!(@Least) };
    (GREATEST) => { $crate::term!(@Greatest) };
    (WIDTH) => { $crate::term!(@Width) };
    (LAST_BIT) => { $crate::term!(@LastBit) };
    // All bits set: -1.
    (ONES) => { $crate::term!(@Int(-1)) };
    (0.0) => { $crate::term!(@Float(0.0)) };
    (1.0) => { $crate::term!(@Float(1.0)) };
    (MINUS_ZERO) => { $crate::term!(@Float(-0.0)) };
    (MINUS_ONE) => { $crate::term!(@Float(-1.0)) };
    (INFINITY) => { $crate::term!(@Float(f64::INFINITY)) };
    (MINUS_INFINITY) => { $crate::term!(@Float(f64::NEG_INFINITY)) };
    // 2^53: ints up to it are floats exactly.
    (EXACT) => { $crate::term!(@Float(9_007_199_254_740_992.0)) };
    (EXACT_INT) => { $crate::term!(@Int(1 << 53)) };
    (true) => { $crate::term!(@Bool(true)) };
    (false) => { $crate::term!(@Bool(false)) };
    (nil) => { $crate::term!(@Nil) };
    (@$literal:ident $(($value:expr))?) => {
        $crate::opt::fold::Term::Literal($crate::opt::fold::Literal::$literal $(($value))?)
    };

    (($op:ident ..)) => { $crate::opt::fold::Term::Made($crate::ir::ops::Op::$op) };
    (($op:ident $($operand:tt)*)) => {
        $crate::opt::fold::Term::Op($crate::ir::ops::Op::$op, &[$($crate::term!($operand)),*])
    };
    ([$function:ident $($operand:tt)*]) => {
        $crate::opt::fold::Term::Call($crate::opt::fold::Function::$function, &[$($crate::term!($operand)),*])
    };
}

/// An array of [`Rule`]s: `name: PATTERN if CONDITION, CONDITION => RESULT;`, after the stage, and what all names begin
/// with.
#[macro_export]
macro_rules! rules {
    ($stage:ident $prefix:literal $($name:ident: $pattern:tt $(if $($condition:tt),+)? => $result:tt;)*) => {
        &[$($crate::opt::fold::Rule {
            name: concat!($prefix, stringify!($name)),
            stage: $crate::opt::fold::Stage::$stage,
            how: $crate::opt::fold::How::Terms {
                pattern: $crate::term!($pattern),
                conditions: &[$($($crate::term!($condition)),+)?],
                result: $crate::term!($result),
            },
        }),*]
    };
}
