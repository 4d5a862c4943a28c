//! Finding the rules that an instruction may have the pattern of, and matching and applying them.
//!
//! Rules are matched as they are written, in all orders of operands that may change places. What must be known before that
//! is made when this is compiled: which rules an operation has, and for each what makes its operands, which tells of most
//! patterns at once that an instruction does not have them.

use super::rule::{CONSTANTS, Fold, How, Literal, Rule, Term};
use super::{FAMILIES, commutes};
use crate::ir::ops::Op;
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::{Const, Ref, Ty};

/// Values that a rule may name.
const VALUES: usize = 3;
/// Operations in a pattern, at most.
const PATTERN: usize = 4;
/// Operations in a result, at most.
const RESULT: usize = 16;

/// What makes an operand: an operation's number, or one of these.
type Shape = u8;
const ANY: Shape = u8::MAX;
const CONSTANT: Shape = u8::MAX - 1;

const COUNT: usize = count();

/// Every rule, by its number.
pub(super) static RULES: [&Rule; COUNT] = flattened();
const FLAT: [&Rule; COUNT] = flattened();

/// A rule as an instruction meets it.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    pub(super) rule: u16,
    shapes: [Shape; 2],
    /// Whether the operands may change places.
    swaps: bool,
    /// In how many orders the pattern may be met.
    orders: u32,
}

/// All candidates, those of one operation together.
static CANDIDATES: [Candidate; COUNT] = TABLE.0;
/// Where the candidates of each operation begin; one more at the end.
static BEGINS: [u16; Op::ALL.len() + 1] = TABLE.1;
const TABLE: ([Candidate; COUNT], [u16; Op::ALL.len() + 1]) = table();

/// The rules of an operation, the first first.
pub(super) fn candidates(op: Op) -> &'static [Candidate] {
    let [begin, end] = [op as usize, op as usize + 1].map(|at| BEGINS[at] as usize);
    &CANDIDATES[begin..end]
}

const fn count() -> usize {
    let (mut count, mut family) = (0, 0);
    while family < FAMILIES.len() {
        count += FAMILIES[family].len();
        family += 1;
    }
    count
}

const fn flattened() -> [&'static Rule; COUNT] {
    let mut rules = [&FAMILIES[0][0]; COUNT];
    let (mut at, mut family) = (0, 0);
    while family < FAMILIES.len() {
        let mut index = 0;
        while index < FAMILIES[family].len() {
            rules[at] = &FAMILIES[family][index];
            at += 1;
            index += 1;
        }
        family += 1;
    }
    rules
}

const fn table() -> ([Candidate; COUNT], [u16; Op::ALL.len() + 1]) {
    let mut candidates = [Candidate { rule: 0, shapes: [ANY; 2], swaps: false, orders: 1 }; COUNT];
    let mut begins = [0; Op::ALL.len() + 1];
    let (mut at, mut op) = (0, 0);
    while op < Op::ALL.len() {
        begins[op] = at as u16;
        let mut rule = 0;
        while rule < COUNT {
            if FLAT[rule].op() as usize == op {
                candidates[at] = candidate(rule as u16);
                at += 1;
            }
            rule += 1;
        }
        op += 1;
    }
    begins[op] = at as u16;
    (candidates, begins)
}

const fn candidate(rule: u16) -> Candidate {
    let mut candidate = Candidate { rule, shapes: [ANY; 2], swaps: false, orders: 1 };
    if let How::Terms { pattern: Term::Op(op, operands), result, .. } = &FLAT[rule as usize].how {
        let pattern = Term::Op(*op, operands);
        assert!(operations(&pattern) <= PATTERN && operations(result) <= RESULT, "a rule is too large");
        let mut at = 0;
        while at < operands.len() {
            candidate.shapes[at] = shape(&operands[at]);
            at += 1;
        }
        candidate.swaps = swaps(*op, operands);
        candidate.orders = orders(&pattern);
    }
    candidate
}

const fn shape(operand: &Term) -> Shape {
    match operand {
        Term::Op(op, _) | Term::Made(op) => *op as Shape,
        Term::Literal(Literal::Nil) => ANY,
        Term::Const(_) | Term::Literal(_) => CONSTANT,
        Term::Var(_) => ANY,
        Term::Call(..) | Term::Gone => panic!("this is not for patterns"),
    }
}

/// Whether operands of a pattern may change places: constants stay on the right.
const fn swaps(op: Op, operands: &[Term]) -> bool {
    commutes(op) && !operands[0].is_constant() && !operands[1].is_constant()
}

/// In how many orders the operands of a pattern may stand.
const fn orders(term: &Term) -> u32 {
    let Term::Op(op, operands) = term else { return 1 };
    let (mut orders, mut at) = (if swaps(*op, operands) { 2 } else { 1 }, 0);
    while at < operands.len() {
        orders *= self::orders(&operands[at]);
        at += 1;
    }
    orders
}

const fn operations(term: &Term) -> usize {
    match term {
        Term::Op(_, operands) => {
            let (mut count, mut at) = (1, 0);
            while at < operands.len() {
                count += operations(&operands[at]);
                at += 1;
            }
            count
        }
        Term::Made(_) => 1,
        _ => 0,
    }
}

fn constant(bits: u64, ty: Ty) -> Const {
    match ty {
        Ty::Int => Const::Int(bits as i64),
        Ty::Bool => Const::Bool(bits != 0),
        Ty::Float if f64::from_bits(bits).is_nan() => Const::Float(f64::NAN.to_bits()),
        Ty::Float => Const::Float(bits),
        _ => unreachable!("constants of {ty:?} are not computed"),
    }
}

/// The constant of a type that bits stand for.
pub(super) fn scalar_constant(bits: u64, ty: Ty) -> Option<Const> {
    matches!(ty, Ty::Int | Ty::Float | Ty::Bool).then(|| constant(bits, ty))
}

/// The bits of a constant that is an int, a float or a bool.
pub(super) fn scalar_bits(trace: &Trace, value: Ref) -> Option<u64> {
    match trace.as_const(value)? {
        Const::Int(int) => Some(int as u64),
        Const::Float(bits) => Some(bits),
        Const::Bool(bool) => Some(u64::from(bool)),
        _ => None,
    }
}

/// What makes the operands of an instruction.
pub(super) fn shapes(trace: &Trace, inst: &Inst) -> [Shape; 2] {
    [inst.a, inst.b].map(|value| match trace.insts.get(value.0 as usize) {
        Some(inst) => inst.op as Shape,
        None if value.is_const() => CONSTANT,
        None => ANY,
    })
}

impl Candidate {
    /// Whether operands made like this may have the pattern.
    pub(super) fn may_match(&self, shapes: [Shape; 2]) -> bool {
        let fits = |wanted: Shape, shape: Shape| wanted == ANY || wanted == shape;
        let [first, second] = self.shapes;
        fits(first, shapes[0]) && fits(second, shapes[1])
            || self.swaps && fits(first, shapes[1]) && fits(second, shapes[0])
    }

    /// The ways in which an instruction has the pattern of a rule with this one.
    pub(super) fn matches(&self, trace: &Trace, inst: &Inst, operands: &'static [Term], order: u32) -> Option<Match> {
        let mut found = Match::default();
        let mut order = Order { swapped: order };
        found.operands(trace, inst, operands, &mut order).then_some(found)
    }

    /// Numbers of the orders in which the pattern may be met.
    pub(super) fn orders(&self) -> std::ops::Range<u32> {
        0..self.orders
    }
}

/// Which operands change places: a bit for each pair of a pattern that may.
struct Order {
    swapped: u32,
}

impl Order {
    fn next(&mut self) -> bool {
        let swapped = self.swapped & 1 == 1;
        self.swapped >>= 1;
        swapped
    }
}

/// What the parts of a pattern are.
pub(super) struct Match {
    values: [Ref; VALUES],
    constants: [Ref; CONSTANTS],
    bits: [u64; CONSTANTS],
    /// What operations of the pattern have made.
    made: Made<PATTERN>,
}

impl Default for Match {
    fn default() -> Match {
        Match {
            values: [Ref::NONE; VALUES],
            constants: [Ref::NONE; CONSTANTS],
            bits: [0; CONSTANTS],
            made: Made::new(),
        }
    }
}

/// Terms whose value is there.
struct Made<const MOST: usize> {
    count: usize,
    terms: [(&'static Term, Ref); MOST],
}

impl<const MOST: usize> Made<MOST> {
    fn new() -> Made<MOST> {
        Made { count: 0, terms: [(&Term::Gone, Ref::NONE); MOST] }
    }

    fn add(&mut self, term: &'static Term, value: Ref) {
        self.terms[self.count] = (term, value);
        self.count += 1;
    }

    fn get(&self, term: &Term) -> Option<Ref> {
        self.terms[..self.count].iter().find(|(made, _)| *made == term).map(|(_, value)| *value)
    }
}

impl Match {
    fn operands(&mut self, trace: &Trace, inst: &Inst, operands: &'static [Term], order: &mut Order) -> bool {
        let mut values = [inst.a, inst.b];
        if operands.len() == 2 && swaps(inst.op, operands) && order.next() {
            values.swap(0, 1);
        }
        operands.iter().zip(values).all(|(operand, value)| self.matches(trace, operand, value, order))
    }

    fn matches(&mut self, trace: &Trace, term: &'static Term, value: Ref, order: &mut Order) -> bool {
        match *term {
            Term::Var(number) => same(&mut self.values[number as usize], value),
            Term::Const(number) => {
                let Some(bits) = scalar_bits(trace, value) else { return false };
                self.bits[number as usize] = bits;
                same(&mut self.constants[number as usize], value)
            }
            Term::Literal(literal) => match literal.bits() {
                Some((bits, ty)) => scalar_bits(trace, value) == Some(bits) && trace.ty(value) == ty,
                None => trace.ty(value) == literal.ty(),
            },
            Term::Op(op, operands) => {
                let Some(def) = trace.def(value).filter(|def| def.op == op) else { return false };
                self.made.add(term, value);
                self.operands(trace, def, operands, order)
            }
            Term::Made(op) => {
                self.made.add(term, value);
                trace.def(value).is_some_and(|def| def.op == op)
            }
            Term::Call(..) | Term::Gone => unreachable!("{term} is not for patterns"),
        }
    }

    /// The value that a term of the result has, if it stands in the pattern.
    fn find(&self, term: &Term) -> Option<Ref> {
        match *term {
            Term::Var(number) => Some(self.values[number as usize]),
            Term::Const(number) => Some(self.constants[number as usize]),
            Term::Op(..) | Term::Made(_) => self.made.get(term),
            Term::Literal(_) | Term::Call(..) | Term::Gone => None,
        }
    }

    /// Whether all that is computed for a term of the result is defined.
    fn defines(&self, term: &Term) -> bool {
        match term {
            _ if self.find(term).is_some() => true,
            Term::Literal(_) => true,
            term if term.is_constant() => term.eval(&self.bits).is_some(),
            Term::Op(_, operands) => operands.iter().all(|operand| self.defines(operand)),
            _ => unreachable!("{term} is not for results"),
        }
    }

    /// The constant or the earlier value that a term of the result is.
    fn value(&self, trace: &mut Trace, term: &Term) -> Option<Ref> {
        if let Some(value) = self.find(term) {
            return Some(value);
        }
        let constant = match term {
            Term::Literal(Literal::Nil) => Const::Nil,
            term if term.is_constant() => constant(term.eval(&self.bits)?, term.ty()?),
            _ => return None,
        };
        Some(trace.constant(constant))
    }

    /// What a rule makes of what has its pattern, if its conditions hold. Instructions before the last are emitted by
    /// `emit`.
    pub(super) fn apply(
        &self,
        trace: &mut Trace,
        conditions: &[Term],
        result: &'static Term,
        mut emit: impl FnMut(&mut Trace, Op, Ref, Ref) -> Ref,
    ) -> Option<Fold> {
        if !conditions.iter().all(|condition| condition.eval(&self.bits) == Some(1)) {
            return None;
        }
        if *result == Term::Gone {
            return Some(Fold::Gone);
        }
        // Before anything is emitted, all that is computed must turn out to be defined.
        if !self.defines(result) {
            return None;
        }
        let mut made = Made::new();
        Some(self.make(trace, result, &mut made, &mut emit))
    }

    fn make(
        &self,
        trace: &mut Trace,
        term: &'static Term,
        made: &mut Made<RESULT>,
        emit: &mut dyn FnMut(&mut Trace, Op, Ref, Ref) -> Ref,
    ) -> Fold {
        if let Some(value) = self.value(trace, term).or_else(|| made.get(term)) {
            return Fold::Value(value);
        }
        let Term::Op(op, operands) = term else { unreachable!("{term} is not for results") };
        let mut values = [Ref::NONE; 2];
        for (place, operand) in values.iter_mut().zip(*operands) {
            *place = match self.make(trace, operand, made, emit) {
                Fold::Value(value) => value,
                Fold::Inst(op, a, b) => {
                    let value = emit(trace, op, a, b);
                    made.add(operand, value);
                    value
                }
                Fold::Gone => Ref::NONE,
            };
        }
        Fold::Inst(*op, values[0], values[1])
    }
}

/// Gives a name its value, or says whether it has that value already.
fn same(name: &mut Ref, value: Ref) -> bool {
    if *name == Ref::NONE {
        *name = value;
    }
    *name == value
}
