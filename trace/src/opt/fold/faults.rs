//! Folding with a deliberate fault: laws that do not hold. See [`pseudo_vm::faults`].

use pseudo_vm::faults::{self, Fault};

use super::{Fold, Rule};
use crate::ir::ops::Op;
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::{Const, Ref};

/// Whether a rule is applied whatever its conditions say.
pub(super) fn forgets_conditions(rule: &Rule) -> bool {
    faults::on(Fault::FoldAbsorb) && rule.name == "lt_int_and"
        || faults::on(Fault::FoldReciprocal) && rule.name == "div_float_power"
}

/// What a rule that was applied gives.
pub(super) fn spoiled(trace: &mut Trace, rule: &Rule, fold: Fold) -> Fold {
    match (rule.name, fold) {
        ("add_int_regroup", Fold::Inst(op, a, b)) if faults::on(Fault::FoldRegroup) => {
            Fold::Inst(op, a, plus(trace, b, 1))
        }
        ("sub_int_of_diff", Fold::Inst(Op::NegInt, a, _)) if faults::on(Fault::FoldSign) => Fold::Value(a),
        ("shl_int_twice", Fold::Inst(op, a, b)) if faults::on(Fault::FoldShift) => Fold::Inst(op, a, plus(trace, b, 1)),
        ("mod_int_power", Fold::Inst(op, a, b)) if faults::on(Fault::FoldPower) => {
            let half = trace.as_int(b).map_or(b, |mask| trace.int(mask >> 1));
            Fold::Inst(op, a, half)
        }
        (_, fold) => fold,
    }
}

fn plus(trace: &mut Trace, constant: Ref, more: i64) -> Ref {
    trace.as_int(constant).map_or(constant, |int| trace.int(int.wrapping_add(more)))
}

/// What an instruction is by a law that no rule has.
pub(super) fn false_law(trace: &mut Trace, inst: &Inst) -> Option<Ref> {
    let is_zero = |value: Ref| trace.as_const(value) == Some(Const::Float(0.0f64.to_bits()));
    match inst.op {
        Op::AddFloat if faults::on(Fault::FoldMinusZero) && is_zero(inst.b) => Some(inst.a),
        Op::EqFloat if faults::on(Fault::FoldNan) && inst.a == inst.b => Some(trace.constant(Const::Bool(true))),
        _ => None,
    }
}
