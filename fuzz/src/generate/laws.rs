//! Expressions of the forms that fold rules look for. A random expression hardly ever says the same thing twice in the right
//! places; these are made from the patterns of the rules themselves, with variables and constants put in.

use pseudo_trace::ir::ops::{Op, Operand};
use pseudo_trace::ir::types::Ty;
use pseudo_trace::opt::fold::{CONSTANTS, How, Literal, Term, rules};

use super::{Generator, Type};

/// Values that a pattern names, by number.
const VARIABLES: usize = 4;

/// Constants that conditions ask for: powers of two and masks, ends, small numbers.
const INTS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "4",
    "7",
    "8",
    "15",
    "16",
    "63",
    "64",
    "255",
    "256",
    "10",
    "1000",
    "-1",
    "-2",
    "-8",
    "-256",
    "MAX_INT",
    "MIN_INT",
    "(1 << 47)",
    "(1 << 62)",
    "0xFFFFFFFF",
    "5",
    "24",
];
const FLOATS: &[&str] =
    &["0.0", "-0.0", "1.0", "2.0", "0.5", "-1.0", "-2.0", "3.0", "0.1", "INF", "NAN", "1e300", "-0.25"];
const SHIFTS: &[&str] = &["1", "2", "3", "7", "8", "31", "47", "62", "63", "0"];

/// What is put in for a rule's names.
#[derive(Default)]
pub(super) struct Names {
    variables: [Option<String>; VARIABLES],
    constants: [Option<String>; CONSTANTS],
    /// Whether floats must be ones that can be rounded to an int.
    bounded: bool,
}

impl Names {
    /// None yet, for this pattern.
    pub(super) fn of(pattern: &Term) -> Names {
        Names { bounded: rounds(pattern), ..Names::default() }
    }
}

impl Generator {
    /// An expression of this type that a fold rule may change: an int, a float or a bool.
    pub(super) fn law(&mut self, ty: Type) -> Option<String> {
        let wanted = match ty {
            Type::Int => Ty::Int,
            Type::Float => Ty::Float,
            Type::Bool => Ty::Bool,
            _ => return None,
        };
        // Not every rule is of something that a program can say, nor of this type.
        for _ in 0..20 {
            let rule = rules()[self.rng.index(rules().len())];
            let How::Terms { pattern, .. } = rule.how else { continue };
            if let Term::Op(op, _) = pattern
                && op.info().result == Some(wanted)
                && let Some(text) = self.term(&pattern, wanted, &mut Names::of(&pattern))
            {
                return Some(text);
            }
        }
        None
    }

    pub(super) fn term(&mut self, term: &Term, ty: Ty, names: &mut Names) -> Option<String> {
        match *term {
            Term::Var(number) => {
                if let Some(known) = &names.variables[usize::from(number)] {
                    return Some(known.clone());
                }
                let value = self.leaf(type_of(ty)?, 3);
                let value = if names.bounded && ty == Ty::Float { format!("bounded({value})") } else { value };
                names.variables[usize::from(number)] = Some(value.clone());
                Some(value)
            }
            Term::Const(number) => {
                if let Some(known) = &names.constants[usize::from(number)] {
                    return Some(known.clone());
                }
                let value = self.rng.pick(match ty {
                    Ty::Int => INTS,
                    Ty::Float => FLOATS,
                    Ty::Bool => &["true", "false"],
                    _ => return None,
                });
                names.constants[usize::from(number)] = Some(value.to_owned());
                Some(value.to_owned())
            }
            Term::Literal(literal) => Some(match literal {
                Literal::Int(int) if int < 0 => format!("({int})"),
                Literal::Int(int) => int.to_string(),
                Literal::Least => "MIN_INT".to_owned(),
                Literal::Greatest => "MAX_INT".to_owned(),
                Literal::Width => "64".to_owned(),
                Literal::LastBit => "63".to_owned(),
                Literal::Float(float) => format!("{float:?}").replace("inf", "INF").replace("NaN", "NAN"),
                Literal::Bool(bool) => bool.to_string(),
                Literal::Nil | Literal::Undef => return None,
            }),
            Term::Op(op, operands) => self.operation(op, operands, names),
            Term::Made(_) | Term::Call(..) | Term::Gone => None,
        }
    }

    fn operation(&mut self, op: Op, operands: &[Term], names: &mut Names) -> Option<String> {
        if let (Op::ShlInt | Op::SarInt | Op::ShrInt, [_, Term::Const(number)]) = (op, operands) {
            // Other counts have no form as an instruction.
            let place = &mut names.constants[usize::from(*number)];
            place.get_or_insert(self.rng.pick(SHIFTS).to_owned());
        }
        self.divide_by_odd(op, operands, names);
        let mut texts = Vec::new();
        for (operand, info) in operands.iter().zip(op.info().operands) {
            let Operand::Of(ty) = info else { return None };
            texts.push(self.term(operand, ty, names)?);
        }
        self.said(op, &texts)
    }

    /// Has what a pattern divides by be odd, wherever the pattern names it.
    fn divide_by_odd(&mut self, op: Op, operands: &[Term], names: &mut Names) {
        if let (Op::DivInt | Op::ModInt, [_, Term::Var(number)]) = (op, operands) {
            let known = &mut names.variables[usize::from(*number)];
            if known.is_none() {
                *known = Some(format!("({} | 1)", self.leaf(Type::Int, 3)));
            }
        }
    }

    /// An operation of these operands, if the language has it.
    pub(super) fn said(&mut self, op: Op, texts: &[String]) -> Option<String> {
        let infix = |sign: &str| format!("({} {sign} {})", texts[0], texts[1]);
        let call = |name: &str| format!("{name}({})", texts.join(", "));
        Some(match op {
            Op::AddInt | Op::AddFloat => infix("+"),
            Op::SubInt | Op::SubFloat => infix("-"),
            Op::MulInt | Op::MulFloat => infix("*"),
            Op::DivFloat => infix("/"),
            // By zero is an error.
            Op::DivInt | Op::ModInt if texts[1].parse() == Ok(0) => return None,
            Op::DivInt | Op::ModInt if texts[1].ends_with("| 1)") => infix(if op == Op::DivInt { "div" } else { "%" }),
            Op::DivInt if texts[1].parse::<i64>().is_err() => format!("({} div ({} | 1))", texts[0], texts[1]),
            Op::ModInt if texts[1].parse::<i64>().is_err() => format!("({} % ({} | 1))", texts[0], texts[1]),
            Op::DivInt => infix("div"),
            Op::ModInt | Op::ModFloat => infix("%"),
            Op::NegInt | Op::NegFloat => format!("(-{})", texts[0]),
            Op::AndInt => infix("&"),
            Op::OrInt => infix("|"),
            Op::XorInt => infix("^"),
            Op::NotInt => format!("(~{})", texts[0]),
            Op::ShlInt | Op::SarInt | Op::ShrInt => {
                let count = &texts[1];
                let count = if count.parse::<u32>().is_ok() { count.clone() } else { format!("({count} & 63)") };
                match op {
                    Op::ShlInt => format!("({} << {count})", texts[0]),
                    Op::SarInt => format!("({} >> {count})", texts[0]),
                    _ => format!("ushr({}, {count})", texts[0]),
                }
            }
            Op::EqInt | Op::EqFloat => infix("=="),
            Op::NeInt | Op::NeFloat => infix("!="),
            Op::LtInt | Op::LtFloat => infix("<"),
            Op::LeInt | Op::LeFloat => infix("<="),
            Op::AbsFloat => call("abs"),
            Op::SqrtFloat => call("sqrt"),
            Op::IntToFloat => call("float"),
            Op::FloatToInt => format!("{}({})", self.rng.pick(&["int", "floor", "trunc"]), texts[0]),
            // With a float as the result: `floor` and `ceil` give an int.
            Op::FloorFloat => format!("({} div 1.0)", texts[0]),
            Op::CeilFloat => format!("(-(-{} div 1.0))", texts[0]),
            Op::NotBool => format!("(not {})", texts[0]),
            Op::SelectInt | Op::SelectFloat | Op::SelectBool => {
                format!("(if {} then {} else {} end)", texts[0], texts[1], texts[2])
            }
            _ => return None,
        })
    }
}

/// Whether something in it is rounded to an int, which a float beyond the ints can't be.
fn rounds(term: &Term) -> bool {
    match term {
        Term::Op(op, operands) => matches!(op, Op::FloatToInt) || operands.iter().any(rounds),
        _ => false,
    }
}

pub(super) fn type_of(ty: Ty) -> Option<Type> {
    match ty {
        Ty::Int => Some(Type::Int),
        Ty::Float => Some(Type::Float),
        Ty::Bool => Some(Type::Bool),
        _ => None,
    }
}
