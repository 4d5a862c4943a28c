//! Replaces an instruction by something simpler that its operands allow: constants are computed, laws of arithmetic are
//! applied, boxing and unboxing cancel, guards that always hold go.
//!
//! ```text
//! %2: int = add.int %1, 3          %2: int = add.int %1, 3
//! %3: int = add.int %2, 4     =>   %3: int = add.int %1, 7
//! %4: bool = eq.int %3, %3         guard.true true -> s1        (and so nothing)
//! ```
//!
//! One walk forward; each instruction is folded again until no rule applies. Rules are data (see [`rule`]): a name, a
//! pattern, conditions, a result. Rules for rules:
//!
//! - Keep the type. Keep the result to the bit: floats have -0.0, nan and rounding, so few laws of algebra hold for them.
//!   `tests/rules` proves each rule, or tries it on so many operands that a wrong one would show.
//! - Never make code worse, and point one way, so that folding ends: a rule makes at most one new instruction, or several
//!   that together are cheaper than the one that goes; and it lowers a weight, which the same tests check.
//! - Constants stand on the right of operations that commute, and forms that differ by the order of operands of such
//!   operations are one rule.
//! - Never look at `b` of a phi: it belongs to another round (and while copying it has its old name).
//! - A guard that never holds stays: what follows it was recorded, and is not reached.
//!
//! Tests run all operations on all pairs of edge values, in trees of depth two, folded and unfolded. After the fold
//! engine of LuaJIT (`lj_opt_fold.c`) and PyPy's `real.rules`; the rules were chosen anew.

mod bits;
mod comparisons;
mod division;
mod faults;
mod floats;
mod guards;
mod rule;
mod sums;
mod table;

pub use rule::{CONSTANTS, Fold, Function, How, Literal, Rule, Stage, Term};

use super::rewrite::{Fate, rewrite};
use super::{Context, Counts, Fired};
use crate::ir::ops::{Effect, Op};
use crate::ir::scalar::eval_pure;
use crate::ir::trace::{Inst, SnapshotId, Trace};
use crate::ir::types::Ref;
use table::{RULES, scalar_bits, scalar_constant};

/// All rules, by family. Of those of one operation, the first that applies is taken.
const FAMILIES: &[&[Rule]] = &[
    sums::RULES,
    division::RULES,
    division::STRENGTH_RULES,
    bits::RULES,
    comparisons::RULES,
    comparisons::EQ_RULES,
    comparisons::NE_RULES,
    comparisons::SELECT_RULES,
    floats::RULES,
    guards::RULES,
    guards::CLOSURE_RULES,
];

/// Bound on how often one instruction is folded. Never reached, if rules point one way.
const FOLDS_MAX: usize = 32;

/// Every rule, by the index that [`Counts`] counts it at.
pub fn rules() -> &'static [&'static Rule] {
    &RULES
}

/// The pass.
pub fn run(trace: &mut Trace, context: &mut Context<'_>) -> bool {
    let counts = &mut *context.counts;
    rewrite(trace, context.scratch, |copier, index, inst| {
        if inst.op == Op::Phi {
            return Fate::Keep;
        }
        counts.at = Some(index as u32);
        fold(copier.trace, counts, inst, Stage::Fold)
    })
}

/// Appends an instruction, folded. Gives its value, or none if it has none.
pub fn emit(trace: &mut Trace, counts: &mut Counts, inst: Inst, stage: Stage) -> Ref {
    match fold(trace, counts, &inst, stage) {
        Fate::Keep => trace.push(inst),
        Fate::Become(inst) => trace.push(inst),
        Fate::Is(value) => value,
        Fate::Drop => Ref::NONE,
    }
}

/// What becomes of an instruction that is about to be appended to the trace. Appends what it needs.
pub fn fold(trace: &mut Trace, counts: &mut Counts, original: &Inst, stage: Stage) -> Fate {
    let mut inst = *original;
    for _ in 0..FOLDS_MAX {
        order_operands(&mut inst);
        if let Some(value) = fold_constants(trace, &inst).or_else(|| faults::false_law(trace, &inst)) {
            counts.logged("constants");
            return Fate::Is(value);
        }
        match apply_first(trace, counts, &inst, stage) {
            None => break,
            Some(Fold::Value(value)) => return Fate::Is(value),
            Some(Fold::Gone) => return Fate::Drop,
            Some(Fold::Inst(op, a, b)) => inst = instead(&inst, op, a, b),
        }
    }
    if inst == *original { Fate::Keep } else { Fate::Become(inst) }
}

/// Applies the first rule that fits.
fn apply_first(trace: &mut Trace, counts: &mut Counts, inst: &Inst, stage: Stage) -> Option<Fold> {
    let candidates = table::candidates(inst.op);
    if candidates.is_empty() {
        return None;
    }
    let shapes = table::shapes(trace, inst);
    for candidate in candidates.iter().filter(|candidate| candidate.may_match(shapes)) {
        let rule = RULES[candidate.rule as usize];
        let forgotten = faults::forgets_conditions(rule);
        if rule.stage == Stage::Strength && stage == Stage::Fold {
            continue;
        }
        let fold = match &rule.how {
            How::Code { apply, .. } => apply(trace, inst),
            How::Terms { pattern: Term::Op(_, operands), conditions, result } => candidate.orders().find_map(|order| {
                let conditions: &[Term] = if forgotten { &[] } else { conditions };
                candidate.matches(trace, inst, operands, order)?.apply(trace, conditions, result, |trace, op, a, b| {
                    emit(trace, counts, instead(inst, op, a, b), stage)
                })
            }),
            How::Terms { .. } => None,
        };
        if let Some(fold) = fold {
            counts.fired(candidate.rule);
            return Some(faults::spoiled(trace, rule, fold));
        }
    }
    None
}

/// An instruction that does part of what another did.
fn instead(inst: &Inst, op: Op, a: Ref, b: Ref) -> Inst {
    let ty = op.info().result.expect("rules make instructions of one type");
    let snapshot = if op.is_guard() { inst.snapshot } else { SnapshotId::NONE };
    Inst { op, ty, a, b, c: Ref::NONE, snapshot, origin: inst.origin }
}

impl Counts {
    fn fired(&mut self, rule: u16) {
        let index = rule as usize;
        if self.rules.len() <= index {
            self.rules.resize(RULES.len(), 0);
        }
        self.rules[index] += 1;
        self.logged(RULES[index].name);
    }

    fn logged(&mut self, rule: &'static str) {
        if let Some(at) = self.at {
            self.log.push(Fired { at, rule });
        }
    }
}

/// Operations whose operands may change places without changing the result (which nan a float operation gives is not
/// defined).
pub const fn commutes(op: Op) -> bool {
    matches!(
        op,
        Op::AddInt
            | Op::MulInt
            | Op::UmulHighInt
            | Op::AndInt
            | Op::OrInt
            | Op::XorInt
            | Op::EqInt
            | Op::NeInt
            | Op::AddFloat
            | Op::MulFloat
            | Op::EqFloat
            | Op::NeFloat
            | Op::SameAny
    )
}

/// Constants to the right, otherwise the earlier value to the left. (References to constants are the larger ones.)
fn order_operands(inst: &mut Inst) {
    if inst.a > inst.b && commutes(inst.op) {
        std::mem::swap(&mut inst.a, &mut inst.b);
    }
}

fn fold_constants(trace: &mut Trace, inst: &Inst) -> Option<Ref> {
    let is_known = |value: Ref| value.is_const() || value == Ref::NONE;
    if !inst.a.is_const() || !is_known(inst.b) || !is_known(inst.c) || inst.op.effect() != Effect::Pure {
        return None;
    }
    let bits = |value: Ref| if value == Ref::NONE { Some(0) } else { scalar_bits(trace, value) };
    let constant = scalar_constant(eval_pure(inst.op, &[bits(inst.a)?, bits(inst.b)?, bits(inst.c)?])?, inst.ty)?;
    Some(trace.constant(constant))
}

#[cfg(test)]
mod tests {
    use pseudo_snapshots::{Pc, Slot, Snapshot};

    use super::super::rewrite::Scratch;
    use super::*;
    use crate::ir::eval::V;
    use crate::ir::ops::Operand;
    use crate::ir::trace::{Start, encode_slot};
    use crate::ir::types::{Const, Ty};

    const INTS: &[i64] = &[0, 1, -1, 2, 3, 8, 62, 63, 64, i64::MAX, i64::MIN, i64::MIN + 1, 1 << 62, -(1 << 62)];
    const FLOATS: &[f64] = &[0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 0.1, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 5e-324];

    fn is_scalar(op: Op) -> bool {
        let info = op.info();
        let scalar = |operand| matches!(operand, Operand::No | Operand::Of(Ty::Int | Ty::Float | Ty::Bool));
        info.effect == Effect::Pure
            && !op.is_select()
            && info.operands.into_iter().all(scalar)
            && matches!(info.result, Some(Ty::Int | Ty::Float | Ty::Bool))
    }

    fn edges(trace: &mut Trace, ty: Ty) -> Vec<Ref> {
        match ty {
            Ty::Int => INTS.iter().map(|&int| trace.int(int)).collect(),
            Ty::Float => FLOATS.iter().map(|&float| trace.float(float)).collect(),
            _ => [true, false].iter().map(|&bool| trace.constant(Const::Bool(bool))).collect(),
        }
    }

    fn edge_values(ty: Ty) -> Vec<V> {
        match ty {
            Ty::Int => INTS.iter().map(|&int| V::Int(int)).collect(),
            Ty::Float => FLOATS.iter().map(|&float| V::float(float)).collect(),
            _ => vec![V::Bool(true), V::Bool(false)],
        }
    }

    /// Slots 0, 1 guarded as one type, 2 and 3 as another.
    fn inputs(tys: [Ty; 2]) -> (Trace, [Ref; 4]) {
        let mut trace = Trace::new(1, Start::Root, Pc { function: 0, at: 0 });
        trace.snapshots.push(Snapshot { pc: trace.pc, base: 0, entries: Vec::new() });
        let mut values = [Ref::NONE; 4];
        for (at, value) in values.iter_mut().enumerate() {
            let slot = Inst::new(Op::Slot, Ty::Any, encode_slot(Slot::Stack(at as i32)), Ref::NONE, Ref::NONE);
            let slot = trace.push(slot);
            let (op, ty) = match tys[at / 2] {
                Ty::Int => (Op::GuardInt, Ty::Int),
                Ty::Float => (Op::GuardFloat, Ty::Float),
                _ => (Op::GuardBool, Ty::Bool),
            };
            let mut guard = Inst::new(op, ty, slot, Ref::NONE, Ref::NONE);
            guard.snapshot = SnapshotId(0);
            *value = trace.push(guard);
        }
        (trace, values)
    }

    fn operand_ty(op: Op, at: usize) -> Option<Ty> {
        match op.info().operands[at] {
            Operand::Of(ty) => Some(ty),
            _ => None,
        }
    }

    /// Every operation on every pair of an input and an edge constant, and on every such result again.
    #[test]
    fn folding_keeps_results_to_the_bit() {
        let ops: Vec<Op> = Op::ALL.iter().copied().filter(|&op| is_scalar(op)).collect();
        let mut counts = Counts::default();
        let mut trees = 0;
        for &inner in &ops {
            let ty = operand_ty(inner, 0).unwrap();
            let result = inner.info().result.unwrap();
            let (base, [x, y, ..]) = inputs([ty, result]);
            let mut constants_of = base.clone();
            let seconds: Vec<Ref> = match operand_ty(inner, 1) {
                None => vec![Ref::NONE],
                Some(_) => edges(&mut constants_of, ty).into_iter().chain([y, x]).collect(),
            };
            for &second in &seconds {
                for swapped in [false, true] {
                    if swapped && second == Ref::NONE {
                        continue;
                    }
                    let (a, b) = if swapped { (second, x) } else { (x, second) };
                    let mut whole = constants_of.clone();
                    let inst = Inst::new(inner, result, a, b, Ref::NONE);
                    let mid = emit(&mut whole, &mut counts, inst, Stage::Fold);
                    let mut outers = vec![];
                    let mut folded = vec![];
                    for &outer in ops.iter().filter(|&&op| operand_ty(op, 0) == Some(result)) {
                        let z = Ref::inst(5);
                        let others: Vec<Ref> = match operand_ty(outer, 1) {
                            None => vec![Ref::NONE],
                            Some(_) => {
                                let mut others = edges(&mut whole, result);
                                others.extend([z, mid]);
                                if ty == result {
                                    others.extend([x, y]);
                                }
                                others
                            }
                        };
                        for other in others {
                            for (a, b) in [(mid, other), (other, mid)] {
                                if a == Ref::NONE {
                                    continue;
                                }
                                let inst = Inst::new(outer, outer.info().result.unwrap(), a, b, Ref::NONE);
                                outers.push(inst);
                                folded.push(emit(&mut whole, &mut counts, inst, Stage::Fold));
                                trees += 1;
                            }
                        }
                    }
                    let values = edge_values(ty);
                    let others = edge_values(result);
                    for (at, v) in values.iter().enumerate() {
                        let w = &values[(at * 5 + 3) % values.len()];
                        let z = &others[(at * 3 + 1) % others.len()];
                        compare(&base, [v, w, z], &whole, &outers, &folded);
                    }
                }
            }
        }
        assert!(trees > 10_000, "{trees} trees");
    }

    /// Scalar evaluation of values of the trace, without stopping at what is not defined.
    fn compare(base: &Trace, slots: [&V; 3], whole: &Trace, outers: &[Inst], folded: &[Ref]) {
        let bits = |v: &V| match v {
            V::Int(int) => *int as u64,
            V::Float(bits) => *bits,
            V::Bool(bool) => u64::from(*bool),
            _ => unreachable!("scalars only"),
        };
        let mut values: Vec<Option<u64>> = Vec::with_capacity(whole.insts.len());
        let value = |values: &[Option<u64>], value: Ref| match whole.as_const(value) {
            _ if value == Ref::NONE => Some(0),
            Some(Const::Int(int)) => Some(int as u64),
            Some(Const::Float(bits)) => Some(bits),
            Some(Const::Bool(bool)) => Some(u64::from(bool)),
            _ => values[value.0 as usize],
        };
        let canonical = |ty: Ty, bits: u64| match ty {
            Ty::Float if f64::from_bits(bits).is_nan() => f64::NAN.to_bits(),
            _ => bits,
        };
        let compute = |values: &[Option<u64>], inst: &Inst| {
            let (a, b) = (value(values, inst.a)?, value(values, inst.b)?);
            eval_pure(inst.op, &[a, b]).map(|bits| canonical(inst.ty, bits))
        };
        for (index, inst) in whole.insts.iter().enumerate() {
            let result = if index < base.insts.len() {
                Some(bits(slots[[0, 1, 2, 2][index / 2]]))
            } else {
                compute(&values, inst)
            };
            values.push(result);
        }
        for (inst, &result) in outers.iter().zip(folded) {
            let Some(plain) = compute(&values, inst) else { continue };
            assert_eq!(Some(plain), value(&values, result), "{inst:?} on {slots:?} became {:?}", whole.def(result));
        }
    }

    #[test]
    fn rules_are_many_and_named_once() {
        let mut names: Vec<&str> = rules().iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn folding_twice_changes_nothing() {
        let text = "%0: any = slot r0\n%1: int = guard.int %0 -> s0\n%2: int = add.int 3, %1\n\
                    %3: int = sub.int %2, 3\n%4: int = mul.int %3, 8\nsnapshot s0 f0:0 base 0 { }\n\
                    snapshot s1 f0:1 base 0 { r0: %4 }\nlink interpreter -> s1";
        let mut trace = crate::ir::parse::parse(text).unwrap();
        let (mut scratch, mut counts) = (Scratch::default(), Counts::default());
        let mut context =
            Context { effects: &|_| super::super::BuiltinEffect::Pure, scratch: &mut scratch, counts: &mut counts };
        assert!(run(&mut trace, &mut context));
        assert!(!run(&mut trace, &mut context));
    }
}
