//! Expressions of the forms that fold rules look for. A random expression hardly ever says the same thing twice in the right
//! places; these are made from the patterns of the rules themselves, with variables and constants put in.

use std::sync::LazyLock;

use pseudo_trace::ir::ops::{Op, Operand};
use pseudo_trace::ir::types::Ty;
use pseudo_trace::opt::fold::{CONSTANTS, How, Literal, Rule, Term, rules};

use super::{Generator, Type};

/// Values that a pattern names, by number.
const VARIABLES: usize = 4;

/// Constants that conditions ask for: powers of two and masks, ends, small numbers.
const INTS: &[i64] = &[
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    15,
    16,
    63,
    64,
    255,
    256,
    10,
    1000,
    -1,
    -2,
    -8,
    -256,
    i64::MAX,
    i64::MIN,
    1 << 47,
    1 << 62,
    0xFFFF_FFFF,
    5,
    24,
];
const FLOATS: &[f64] = &[0.0, -0.0, 1.0, 2.0, 0.5, -1.0, -2.0, 3.0, 0.1, f64::INFINITY, f64::NAN, 1e300, -0.25];
const SHIFTS: &[i64] = &[1, 2, 3, 7, 8, 31, 47, 62, 63, 0];

/// Of a hundred rules with conditions, those that get constants which meet them. The others get any: what a condition that is
/// too weak lets pass.
const MET_PERCENT: u64 = 60;

/// Constants, by number, each as bits of its type.
type Constants = [u64; CONSTANTS];

/// For each rule with conditions, the constants of the lists above that meet them.
static MEETING: LazyLock<Vec<Vec<Constants>>> = LazyLock::new(|| rules().iter().map(|rule| meeting(rule)).collect());

fn meeting(rule: &Rule) -> Vec<Constants> {
    let How::Terms { pattern, conditions, .. } = rule.how else { return Vec::new() };
    if conditions.is_empty() {
        return Vec::new();
    }
    let mut found = vec![[0; CONSTANTS]];
    for number in 0..CONSTANTS {
        let Some(choices) = choices(&pattern, number) else { continue };
        let with = |constants: &Constants, choice: u64| {
            let mut constants = *constants;
            constants[number] = choice;
            constants
        };
        found = found.iter().flat_map(|constants| choices.iter().map(|&choice| with(constants, choice))).collect();
    }
    found.retain(|constants| conditions.iter().all(|condition| condition.eval(constants) == Some(1)));
    found
}

/// What may be put in for a constant of a pattern, if it has that one.
fn choices(pattern: &Term, number: usize) -> Option<Vec<u64>> {
    let ints = |list: &[i64]| Some(list.iter().map(|&int| int as u64).collect());
    match type_of_constant(pattern, number)? {
        Ty::Int if counts_shift(pattern, number) => ints(SHIFTS),
        Ty::Int => ints(INTS),
        Ty::Float => Some(FLOATS.iter().map(|float| float.to_bits()).collect()),
        _ => None,
    }
}

fn type_of_constant(pattern: &Term, number: usize) -> Option<Ty> {
    let mut found = None;
    pattern.for_each_name(&mut |name, ty| found = found.or((name == Term::Const(number as u8)).then_some(ty)));
    found
}

/// Whether something is shifted by a constant.
fn counts_shift(term: &Term, number: usize) -> bool {
    let Term::Op(op, operands) = term else { return false };
    let shifts = matches!(op, Op::ShlInt | Op::SarInt | Op::ShrInt);
    (shifts && operands[1] == Term::Const(number as u8)) || operands.iter().any(|term| counts_shift(term, number))
}

/// A constant as it is written.
fn written(bits: u64, ty: Ty) -> String {
    match ty {
        Ty::Float => written_float(f64::from_bits(bits)),
        _ => written_int(bits as i64),
    }
}

fn written_int(int: i64) -> String {
    match int {
        i64::MIN => "MIN_INT".to_owned(),
        i64::MAX => "MAX_INT".to_owned(),
        int => int.to_string(),
    }
}

fn written_float(float: f64) -> String {
    format!("{float:?}").replace("inf", "INF").replace("NaN", "NAN")
}

/// What is put in for a rule's names.
#[derive(Default)]
pub(super) struct Names {
    variables: [Option<String>; VARIABLES],
    constants: [Option<String>; CONSTANTS],
    /// Whether floats must be ones that can be rounded to an int.
    bounded: bool,
    /// Where operands go before they are operated on, if anywhere.
    pub(super) hidden: Option<Hidden>,
}

/// Elements of the arrays that operands are written to.
pub(super) const PLACES: usize = 4;

/// Operands that are written to memory, and read from there.
pub(super) struct Hidden {
    /// An array for values of each type.
    pub(super) arrays: [(Type, String); 3],
    /// The first element that nothing has been written to yet, in all of them.
    pub(super) free: usize,
    /// What is to be run before the operation.
    pub(super) writes: Vec<String>,
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
            let number = self.rng.index(rules().len());
            let How::Terms { pattern, .. } = rules()[number].how else { continue };
            if let Term::Op(op, _) = pattern
                && op.info().result == Some(wanted)
            {
                let mut names = self.names(number, &pattern);
                if let Some(text) = self.term(&pattern, wanted, &mut names) {
                    return Some(text);
                }
            }
        }
        None
    }

    /// What is put in for the names of a rule: no variables yet, constants if they are to meet its conditions.
    pub(super) fn names(&mut self, rule: usize, pattern: &Term) -> Names {
        let mut names = Names { bounded: rounds(pattern), ..Names::default() };
        let meeting = &MEETING[rule];
        if !meeting.is_empty() && self.rng.percent(MET_PERCENT) {
            let constants = meeting[self.rng.index(meeting.len())];
            for (number, place) in names.constants.iter_mut().enumerate() {
                *place = type_of_constant(pattern, number).map(|ty| written(constants[number], ty));
            }
        }
        names
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
                let value = match ty {
                    Ty::Int => written_int(self.rng.pick(INTS)),
                    Ty::Float => written_float(self.rng.pick(FLOATS)),
                    Ty::Bool => self.rng.pick(&["true", "false"]).to_owned(),
                    _ => return None,
                };
                names.constants[usize::from(number)] = Some(value.clone());
                Some(value)
            }
            Term::Literal(literal) => Some(match literal {
                Literal::Int(int) if int < 0 => format!("({int})"),
                Literal::Int(int) => int.to_string(),
                Literal::Least => "MIN_INT".to_owned(),
                Literal::Greatest => "MAX_INT".to_owned(),
                Literal::Width => "64".to_owned(),
                Literal::LastBit => "63".to_owned(),
                Literal::Float(float) => written_float(float),
                Literal::Bool(bool) => bool.to_string(),
                Literal::Nil => return None,
            }),
            Term::Op(op, operands) => self.operation(op, operands, names),
            Term::Made(_) | Term::Call(..) | Term::Gone => None,
        }
    }

    pub(super) fn operation(&mut self, op: Op, operands: &[Term], names: &mut Names) -> Option<String> {
        if let (Op::ShlInt | Op::SarInt | Op::ShrInt, [_, Term::Const(number)]) = (op, operands) {
            // Other counts have no form as an instruction.
            let place = &mut names.constants[usize::from(*number)];
            if place.is_none() {
                *place = Some(written_int(self.rng.pick(SHIFTS)));
            }
        }
        self.divide_by_odd(op, operands, names);
        let mut texts = Vec::new();
        for (operand, info) in operands.iter().zip(op.info().operands) {
            let Operand::Of(ty) = info else { return None };
            let text = self.term(operand, ty, names)?;
            texts.push(self.hidden(operand, ty, text, names));
        }
        self.said(op, &texts)
    }

    /// What an operand is written as: what was written to memory, where names say so.
    fn hidden(&mut self, operand: &Term, ty: Ty, text: String, names: &mut Names) -> String {
        let percent = match operand {
            Term::Op(..) => 75,
            Term::Var(_) => 35,
            Term::Const(_) => 35,
            _ => return text,
        };
        let Some(hidden) = names.hidden.as_mut().filter(|hidden| hidden.free < PLACES) else { return text };
        let Some((_, array)) = hidden.arrays.iter().find(|(of, _)| Some(*of) == type_of(ty)) else { return text };
        if !self.rng.percent(percent) {
            return text;
        }
        let place = format!("{array}[{}]", hidden.free);
        hidden.free += 1;
        hidden.writes.push(format!("{place} = {text}"));
        place
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
