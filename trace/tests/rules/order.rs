//! That folding ends: a rule lowers a weight.
//!
//! A term's weight is a linear form in the weights of its variables, which are whole numbers from 0 on: an operation weighs
//! `factor * (the sum of its operands) + own`, constants weigh nothing, and so does what is computed of constants. Every
//! such form grows with each of its variables, so if a rule's result weighs less than its pattern whatever its variables
//! weigh, then so does every term that the result is a part of: rewriting cannot go on for ever. Weighs less: no variable
//! counts more, and the rest is less.
//!
//! Since a variable may turn out to be a constant, which makes more of the result something that is computed, each rule
//! is weighed with every choice of them being constants.

use pseudo_trace::ir::ops::{Effect, Op};
use pseudo_trace::opt::fold::Term;

use super::Form;
use super::values::VARIABLES;

/// `factors . variables + own`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Weight {
    factors: [u64; VARIABLES],
    own: u64,
}

/// Factor and own weight of an operation. Roughly its cycles, set so that rules lead from the dear form to the cheap one.
fn weight_of(op: Op) -> (u64, u64) {
    match op {
        Op::NegInt | Op::NotInt | Op::NotBool | Op::NegFloat | Op::AbsFloat => (1, 2),
        Op::AndInt | Op::OrInt | Op::AddInt | Op::ShlInt | Op::SarInt | Op::ShrInt => (1, 3),
        Op::SubInt | Op::XorInt => (1, 4),
        Op::MulInt => (1, 8),
        Op::UmulHighInt => (1, 9),
        Op::DivInt => (8, 100),
        Op::ModInt => (16, 200),
        Op::EqInt | Op::NeInt => (1, 3),
        Op::LtInt | Op::LeInt => (1, 4),
        Op::UltInt => (1, 5),
        Op::EqFloat | Op::NeFloat => (1, 6),
        Op::LtFloat | Op::LeFloat => (1, 7),
        Op::AddFloat | Op::SubFloat => (1, 8),
        Op::MulFloat => (1, 9),
        Op::DivFloat => (1, 20),
        Op::GuardTrue | Op::GuardFalse => (1, 1),
        _ => (1, if op.effect() == Effect::Pure { 3 } else { 4 }),
    }
}

fn is_constant(term: &Term, constants: u32) -> bool {
    match term {
        Term::Var(number) => constants >> number & 1 == 1,
        Term::Op(op, operands) => {
            op.effect() == Effect::Pure && operands.iter().all(|operand| is_constant(operand, constants))
        }
        _ => term.is_constant(),
    }
}

fn has_constant_operation(term: &Term, constants: u32) -> bool {
    let Term::Op(_, operands) = term else { return false };
    is_constant(term, constants) || operands.iter().any(|operand| has_constant_operation(operand, constants))
}

/// The weight of a term whose variables in a set are constants.
fn weigh(term: &Term, constants: u32) -> Weight {
    let mut weight = Weight { factors: [0; VARIABLES], own: 0 };
    if is_constant(term, constants) {
        return weight;
    }
    match term {
        Term::Var(number) => weight.factors[*number as usize] = 1,
        Term::Op(op, operands) => {
            for operand in *operands {
                let part = weigh(operand, constants);
                weight.factors.iter_mut().zip(part.factors).for_each(|(sum, factor)| *sum += factor);
                weight.own += part.own;
            }
            let (factor, own) = weight_of(*op);
            weight.factors.iter_mut().for_each(|sum| *sum *= factor);
            weight.own = weight.own * factor + own;
        }
        Term::Made(op) => weight.own = weight_of(*op).1,
        Term::Gone | Term::Const(_) | Term::Literal(_) | Term::Call(..) => {}
    }
    weight
}

/// Whether the rule lowers the weight; and why not.
pub fn check_order(form: &Form) -> Result<(), String> {
    for constants in 0..1 << VARIABLES {
        // What has only constants for operands has been computed, so no pattern has such a part.
        if has_constant_operation(&form.pattern, constants) {
            continue;
        }
        let (before, after) = (weigh(&form.pattern, constants), weigh(&form.result, constants));
        let no_more = before.factors.iter().zip(after.factors).all(|(before, after)| after <= *before);
        if !no_more || after.own >= before.own {
            return Err(format!("{}: {before:?} does not become less: {after:?}", form.name));
        }
    }
    Ok(())
}

/// Whether the code gets no worse even if all parts of the pattern are needed for something else: at most one new
/// instruction, or several that are cheaper together than the one that goes.
pub fn check_cost(form: &Form) -> Result<(), String> {
    let mut made = Vec::new();
    count_new(&form.result, &form.pattern, &mut made);
    let cost = |op: Op| weight_of(op).1;
    let total: u64 = made.iter().map(|term| if let Term::Op(op, _) = term { cost(*op) } else { 0 }).sum();
    let Term::Op(root, _) = form.pattern else { return Err(format!("{}: no pattern", form.name)) };
    if made.len() <= 1 || total < cost(root) {
        Ok(())
    } else {
        Err(format!("{}: makes {} instructions for one", form.name, made.len()))
    }
}

fn count_new(term: &Term, pattern: &Term, made: &mut Vec<Term>) {
    let Term::Op(_, operands) = term else { return };
    if term.is_constant() || stands_in(term, pattern) || made.contains(term) {
        return;
    }
    operands.iter().for_each(|operand| count_new(operand, pattern, made));
    made.push(*term);
}

fn stands_in(term: &Term, pattern: &Term) -> bool {
    match pattern {
        Term::Op(_, operands) => operands.iter().any(|operand| operand == term || stands_in(term, operand)),
        _ => false,
    }
}
