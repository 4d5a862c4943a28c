//! Rules made ready for matching: a list of steps for each pattern, one for each order of operands that it may be met in.
//!
//! A pattern's parts are numbered; matching fills in which values they are. Two bytes tell of most patterns at once that an
//! instruction does not have them: what makes its operands.

use std::sync::LazyLock;

use super::commutes;
use super::rule::{CONSTANTS, Fold, How, Literal, Rule, Term};
use crate::ir::ops::Op;
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::{Const, Ref, Ty};

/// Parts of a pattern, and of a result, at most.
const PARTS_MAX: usize = 16;
/// No part.
const NOWHERE: u8 = u8::MAX;

/// What makes an operand: an operation's number, or one of these.
type Shape = u8;
const ANY: Shape = u8::MAX;
const CONSTANT: Shape = u8::MAX - 1;

/// A way to meet a rule.
pub(super) struct Candidate {
    pub(super) rule: u16,
    shapes: [Shape; 2],
    parts: [u8; 2],
    steps: Vec<Step>,
}

#[derive(Clone, Copy)]
enum Step {
    /// The part is made by an operation; its operands are these parts.
    Made { part: u8, op: Op, parts: [u8; 2] },
    /// The part is the same value as another.
    Same { part: u8, as_part: u8 },
    /// The part is a constant, to be known by this number.
    Constant { part: u8, number: u8 },
    /// The part is this constant.
    Literal { part: u8, bits: u64, ty: Ty },
    /// The part is nil or undef.
    Typed { part: u8, ty: Ty },
}

/// What a rule makes, one after another.
pub(super) enum Make {
    Part(u8),
    Constant(Const),
    Computed(Term, Ty),
    Inst(Op, [u8; 2]),
}

pub(super) enum Action {
    Make { conditions: &'static [Term], make: Vec<Make> },
    Code(fn(&Trace, &Inst) -> Option<Fold>),
}

pub(super) struct Table {
    pub(super) rules: Vec<&'static Rule>,
    pub(super) actions: Vec<Action>,
    by_op: Vec<Vec<Candidate>>,
}

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(super::FAMILIES));

impl Table {
    pub(super) fn new(families: &[&'static [Rule]]) -> Table {
        let rules: Vec<&'static Rule> = families.iter().flat_map(|family| family.iter()).collect();
        let mut by_op: Vec<Vec<Candidate>> = Op::ALL.iter().map(|_| Vec::new()).collect();
        let mut actions = Vec::with_capacity(rules.len());
        for (index, rule) in rules.iter().enumerate() {
            let candidates = &mut by_op[rule.op() as usize];
            actions.push(prepare(rule, index as u16, candidates));
        }
        Table { rules, actions, by_op }
    }

    pub(super) fn candidates(&self, op: Op) -> &[Candidate] {
        &self.by_op[op as usize]
    }
}

/// A pattern with numbered parts.
#[derive(Clone, PartialEq)]
struct Part {
    number: u8,
    term: Term,
    operands: Vec<Part>,
}

fn prepare(rule: &'static Rule, index: u16, candidates: &mut Vec<Candidate>) -> Action {
    let (pattern, conditions, result) = match rule.how {
        How::Code { apply, .. } => {
            candidates.push(Candidate { rule: index, shapes: [ANY; 2], parts: [NOWHERE; 2], steps: vec![] });
            return Action::Code(apply);
        }
        How::Terms { pattern, conditions, result } => (pattern, conditions, result),
    };
    let mut count = 0;
    let root = number(pattern, &mut count);
    assert!(count as usize <= PARTS_MAX, "{}: too large a pattern", rule.name);
    let mut seen: Vec<String> = Vec::new();
    let variants = variants(&root);
    for variant in &variants {
        // Exchanging equal operands, or names that stand nowhere else, gives what there is already.
        if variants.len() > 1 {
            let form = form(variant, &mut Vec::new());
            if seen.contains(&form) {
                continue;
            }
            seen.push(form);
        }
        candidates.push(candidate(index, variant));
    }
    let mut make = Vec::new();
    // A result that is gone takes no making.
    if result != Term::Gone {
        plan(result, &root, &mut make, &mut Vec::new());
        assert!(make.len() <= PARTS_MAX, "{}: too large a result", rule.name);
    }
    Action::Make { conditions, make }
}

fn number(term: Term, count: &mut u8) -> Part {
    let number = *count;
    *count += 1;
    let operands = match term {
        Term::Op(_, operands) => operands.iter().map(|&operand| self::number(operand, count)).collect(),
        _ => vec![],
    };
    Part { number, term, operands }
}

/// The pattern in all orders of operands that may change places, except that constants stay on the right.
fn variants(part: &Part) -> Vec<Part> {
    let Term::Op(op, _) = part.term else { return vec![part.clone()] };
    let choices: Vec<Vec<Part>> = part.operands.iter().map(variants).collect();
    let mut out = Vec::new();
    match &choices[..] {
        [] => out.push(part.clone()),
        [firsts] => {
            out.extend(firsts.iter().map(|first| Part { operands: vec![first.clone()], ..part.clone() }));
        }
        [firsts, seconds] => {
            let swaps = commutes(op) && !part.operands.iter().any(|operand| operand.term.is_constant());
            for (first, second) in firsts.iter().flat_map(|first| seconds.iter().map(move |second| (first, second))) {
                out.push(Part { operands: vec![first.clone(), second.clone()], ..part.clone() });
                if swaps {
                    out.push(Part { operands: vec![second.clone(), first.clone()], ..part.clone() });
                }
            }
        }
        _ => panic!("{op:?} has more operands than patterns can"),
    }
    out
}

/// The pattern as text, its values named in the order in which they stand.
fn form(part: &Part, names: &mut Vec<Term>) -> String {
    match part.term {
        Term::Var(_) => {
            let at = names.iter().position(|name| *name == part.term).unwrap_or_else(|| {
                names.push(part.term);
                names.len() - 1
            });
            format!("v{at}")
        }
        Term::Op(op, _) => {
            let operands: Vec<String> = part.operands.iter().map(|operand| form(operand, names)).collect();
            format!("({op:?} {})", operands.join(" "))
        }
        _ => part.term.to_string(),
    }
}

fn operand_parts(part: &Part) -> [u8; 2] {
    [0, 1].map(|at| part.operands.get(at).map_or(NOWHERE, |operand| operand.number))
}

fn candidate(rule: u16, root: &Part) -> Candidate {
    let shape = |at: usize| match root.operands.get(at).map(|operand| operand.term) {
        Some(Term::Op(op, _) | Term::Made(op)) => op as Shape,
        Some(Term::Const(_)) => CONSTANT,
        Some(Term::Literal(literal)) if literal.bits().is_some() => CONSTANT,
        _ => ANY,
    };
    let mut steps = Vec::new();
    let mut known = Vec::new();
    root.operands.iter().for_each(|operand| steps_of(operand, &mut steps, &mut known));
    Candidate { rule, shapes: [shape(0), shape(1)], parts: operand_parts(root), steps }
}

fn steps_of(part: &Part, steps: &mut Vec<Step>, known: &mut Vec<(Term, u8)>) {
    let at = part.number;
    match part.term {
        Term::Var(_) | Term::Const(_) => match known.iter().find(|(term, _)| *term == part.term) {
            Some(&(_, as_part)) => steps.push(Step::Same { part: at, as_part }),
            None => {
                known.push((part.term, at));
                if let Term::Const(number) = part.term {
                    steps.push(Step::Constant { part: at, number });
                }
            }
        },
        Term::Literal(literal) => steps.push(match literal.bits() {
            Some((bits, ty)) => Step::Literal { part: at, bits, ty },
            None => Step::Typed { part: at, ty: literal.ty() },
        }),
        Term::Op(op, _) => {
            steps.push(Step::Made { part: at, op, parts: operand_parts(part) });
            part.operands.iter().for_each(|operand| steps_of(operand, steps, known));
        }
        Term::Made(op) => steps.push(Step::Made { part: at, op, parts: [NOWHERE; 2] }),
        Term::Call(..) | Term::Gone => panic!("{} is not for patterns", part.term),
    }
}

/// Where a term of the result is after the makings so far, with what is still to be made appended.
fn plan(term: Term, pattern: &Part, make: &mut Vec<Make>, made: &mut Vec<Term>) -> u8 {
    if let Some(at) = made.iter().position(|earlier| *earlier == term) {
        return at as u8;
    }
    let next = match (find(term, pattern), term) {
        (Some(number), _) => Make::Part(number),
        (None, Term::Literal(literal)) => Make::Constant(match literal.bits() {
            Some((bits, ty)) => constant(bits, ty),
            None if literal == Literal::Nil => Const::Nil,
            None => Const::Undef,
        }),
        (None, term) if term.is_constant() => Make::Computed(term, term.ty().expect("names stand in the pattern")),
        (None, Term::Op(op, operands)) => {
            let mut parts = [NOWHERE; 2];
            for (part, &operand) in parts.iter_mut().zip(operands) {
                *part = plan(operand, pattern, make, made);
            }
            Make::Inst(op, parts)
        }
        (None, term) => panic!("{term} is not for results"),
    };
    make.push(next);
    made.push(term);
    (make.len() - 1) as u8
}

/// The number of the pattern's part that is a term. Not the whole pattern: that is what goes.
fn find(term: Term, pattern: &Part) -> Option<u8> {
    pattern.operands.iter().find_map(|part| if part.term == term { Some(part.number) } else { find(term, part) })
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

/// Values of a pattern's parts.
pub(super) struct Match {
    parts: [Ref; PARTS_MAX],
    constants: [u64; CONSTANTS],
}

impl Candidate {
    /// Whether operands made like this may have the pattern.
    pub(super) fn may_match(&self, shapes: [Shape; 2]) -> bool {
        let fits = |wanted: Shape, shape: Shape| wanted == ANY || wanted == shape;
        fits(self.shapes[0], shapes[0]) && fits(self.shapes[1], shapes[1])
    }

    pub(super) fn matches(&self, trace: &Trace, inst: &Inst) -> Option<Match> {
        let mut found = Match { parts: [Ref::NONE; PARTS_MAX], constants: [0; CONSTANTS] };
        found.set(self.parts, inst);
        for step in &self.steps {
            let holds = match *step {
                Step::Made { part, op, parts } => {
                    let def = trace.def(found.parts[part as usize]).filter(|inst| inst.op == op)?;
                    found.set(parts, def);
                    true
                }
                Step::Same { part, as_part } => found.parts[part as usize] == found.parts[as_part as usize],
                Step::Constant { part, number } => {
                    found.constants[number as usize] = scalar_bits(trace, found.parts[part as usize])?;
                    true
                }
                Step::Literal { part, bits, ty } => {
                    let value = found.parts[part as usize];
                    scalar_bits(trace, value) == Some(bits) && trace.ty(value) == ty
                }
                Step::Typed { part, ty } => trace.ty(found.parts[part as usize]) == ty,
            };
            if !holds {
                return None;
            }
        }
        Some(found)
    }
}

impl Match {
    fn set(&mut self, parts: [u8; 2], inst: &Inst) {
        for (part, value) in parts.into_iter().zip([inst.a, inst.b]) {
            if part != NOWHERE {
                self.parts[part as usize] = value;
            }
        }
    }
}

/// Applies a rule to what has its pattern, if its conditions hold. Instructions before the last are emitted by `emit`.
pub(super) fn apply(
    trace: &mut Trace,
    found: &Match,
    conditions: &[Term],
    make: &[Make],
    mut emit: impl FnMut(&mut Trace, Op, Ref, Ref) -> Ref,
) -> Option<Fold> {
    if !conditions.iter().all(|condition| condition.eval(&found.constants) == Some(1)) {
        return None;
    }
    let mut made = [Ref::NONE; PARTS_MAX];
    // Before anything is emitted, all that is computed must turn out to be defined.
    for (place, next) in made.iter_mut().zip(make) {
        match next {
            Make::Part(part) => *place = found.parts[*part as usize],
            Make::Constant(constant) => *place = trace.constant(*constant),
            Make::Computed(term, ty) => {
                let bits = term.eval(&found.constants)?;
                *place = trace.constant(constant(bits, *ty));
            }
            Make::Inst(..) => {}
        }
    }
    let mut fold = Fold::Gone;
    for (at, next) in make.iter().enumerate() {
        fold = match *next {
            Make::Inst(op, parts) => {
                let [a, b] = parts.map(|part| if part == NOWHERE { Ref::NONE } else { made[part as usize] });
                if at + 1 < make.len() {
                    made[at] = emit(trace, op, a, b);
                }
                Fold::Inst(op, a, b)
            }
            Make::Part(_) | Make::Constant(_) | Make::Computed(..) => Fold::Value(made[at]),
        };
    }
    Some(fold)
}
