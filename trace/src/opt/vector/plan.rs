//! Whether a loop's rounds can be run many at a time, and by which kernel. Looks only; nothing is changed.

use pseudo_vm::faults::{self, Fault};

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::closed::plan::{Bound, Solution, bound, solve};
use super::super::closed::recurrence::{Condition, Recurrences};
use super::super::induction::Poly;
use crate::ir::kernel::{self, Kernel, REGISTERS_MAX, STREAMS_MAX, Step, StepId};
use crate::ir::ops::{Effect, Op};
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::{Ref, Ty};

/// Steps of a kernel at most: the analysis looks at pairs of them.
const STEPS_MAX: usize = 100;
/// Ints that floats hold exactly lie within this distance of 0.
const EXACT: i64 = 1 << 53;
/// Ramps of floats advance by less than this, so that the difference of neighbouring groups is exact as well.
const FLOAT_STEP_MAX: i64 = 1 << 32;

/// How to run a loop.
pub struct Plan {
    /// What runs.
    pub kernel: Kernel,
    /// What it is given.
    pub arguments: Vec<Argument>,
    /// What says how many rounds it may do: each of these.
    pub bounds: Vec<Bound>,
    /// What else must hold.
    pub conditions: Vec<Condition>,
    /// What each phi is afterwards.
    pub phis: Vec<Phi>,
}

/// An argument of a kernel.
#[derive(Clone, PartialEq, Debug)]
pub enum Argument {
    /// A polynomial in the values of the first round.
    Poly(Poly),
    /// A value from before the loop.
    Value(Ref),
    /// What a phi that is a sum begins with.
    Sum(Ref),
}

/// What a phi is after the kernel.
pub enum Phi {
    /// What so many rounds make of it.
    Solved(Solution),
    /// What the kernel leaves in an argument.
    Reduced(kernel::Argument),
}

/// Looks at a loop.
pub fn find(trace: &Trace) -> Option<Plan> {
    let start = trace.loop_start()?;
    let body = &trace.insts[start + 1..];
    let mut finder = Finder {
        recurrences: Recurrences::of(trace, start),
        kernel: Kernel::default(),
        arguments: Vec::new(),
        bounds: Vec::new(),
        values: FxHashMap::default(),
        accesses: Vec::new(),
    };
    if !body.iter().all(may_be_run) {
        return None;
    }
    let mut phis = Vec::new();
    let mut sums = Vec::new();
    for at in (start + 1..).take_while(|&at| trace.insts.get(at).is_some_and(|inst| inst.op == Op::Phi)) {
        let phi = Ref::inst(at);
        match solve(&mut finder.recurrences, phi) {
            Some(solution) => phis.push(Phi::Solved(solution)),
            None => {
                let into = finder.new_argument(Argument::Sum(phi))?;
                phis.push(Phi::Reduced(into));
                sums.push((into, reduction(trace, start, phi)?));
            }
        }
    }
    let stores = body.iter().any(|inst| inst.op.effect() == Effect::StoreElem);
    if sums.is_empty() && !stores {
        return None;
    }
    let roots = sums.iter().flat_map(|(_, chain)| chain.iter().map(|link| link.1));
    let needed = needed(trace, start, roots);
    for at in start + 1..trace.insts.len() {
        finder.inst(at, needed.contains(&Ref::inst(at)))?;
    }
    for (into, chain) in sums {
        for (op, value) in chain {
            let value = finder.value(value)?;
            finder.push(Step::Reduce { op, into, value })?;
        }
    }
    finder.compare_addresses()?;
    finder.finish(phis)
}

/// Whether a kernel may do, or leave out, what an instruction does.
fn may_be_run(inst: &Inst) -> bool {
    match inst.op.effect() {
        Effect::Pure => inst.op != Op::Barrier,
        Effect::Guard => matches!(inst.op, Op::Poll | Op::GuardTrue | Op::GuardFalse),
        Effect::LoadElem => true,
        Effect::StoreElem => matches!(inst.op, Op::StoreInt | Op::StoreFloat),
        Effect::Structure => inst.op == Op::Phi,
        Effect::Entry
        | Effect::GuardHeader
        | Effect::GuardShape
        | Effect::LoadHeader
        | Effect::Reserve
        | Effect::StoreLen
        | Effect::LoadCell
        | Effect::StoreCell
        | Effect::LoadField
        | Effect::StoreField
        | Effect::AddField
        | Effect::LoadDict
        | Effect::StoreDict
        | Effect::LoadEntry
        | Effect::StoreEntry
        | Effect::Alloc
        | Effect::Kernel
        | Effect::Call
        | Effect::Native => false,
    }
}

/// A phi that only ever has something added to it, or the like, and that nothing else looks at: what is added, and how.
fn reduction(trace: &Trace, start: usize, phi: Ref) -> Option<Vec<(Op, Ref)>> {
    if trace.ty(phi) != Ty::Int {
        return None;
    }
    let mut depend = FxHashSet::from_iter([phi]);
    for at in start + 1..trace.insts.len() {
        let inst = &trace.insts[at];
        if inst.op == Op::Phi {
            if Ref::inst(at) != phi && inst.b == phi {
                return None;
            }
            continue;
        }
        let mut depends = false;
        trace.for_each_operand(inst, |value| depends |= depend.contains(&value));
        if depends {
            depend.insert(Ref::inst(at));
        }
    }
    let mut chain = Vec::new();
    let mut value = trace.def(phi)?.b;
    while value != phi {
        let inst = trace.def(value).filter(|_| depend.contains(&value))?;
        let (inner, added) = match (depend.contains(&inst.a), depend.contains(&inst.b)) {
            (true, false) => (inst.a, inst.b),
            (false, true) if inst.op != Op::SubInt => (inst.b, inst.a),
            _ => return None,
        };
        let family = |op: Op| if op == Op::SubInt { Op::AddInt } else { op };
        let first = chain.first().map_or(inst.op, |&(op, _)| op);
        if !kernel::REDUCTIONS.contains(&inst.op) || family(first) != family(inst.op) {
            return None;
        }
        chain.push((inst.op, added));
        value = inner;
    }
    // Whatever else depends on it is no part of the chain.
    (chain.len() + 1 == depend.len()).then_some(chain)
}

/// The values of the body that stores and reductions need.
fn needed(trace: &Trace, start: usize, roots: impl Iterator<Item = Ref>) -> FxHashSet<Ref> {
    let mut needed = FxHashSet::default();
    let mut work: Vec<Ref> = roots.collect();
    work.extend(
        trace.insts[start + 1..].iter().filter(|inst| inst.op.effect() == Effect::StoreElem).map(|inst| inst.c),
    );
    while let Some(value) = work.pop() {
        let inst = match value.inst_index() {
            Some(index) if index > start => &trace.insts[index],
            _ => continue,
        };
        if inst.op != Op::Phi && needed.insert(value) {
            trace.for_each_operand(inst, |operand| work.push(operand));
        }
    }
    needed
}

/// A load or a store of the kernel.
struct Access {
    is_store: bool,
    op: Op,
    data: Ref,
    index: Poly,
}

struct Finder<'t> {
    recurrences: Recurrences<'t>,
    kernel: Kernel,
    arguments: Vec<Argument>,
    bounds: Vec<Bound>,
    values: FxHashMap<Ref, StepId>,
    accesses: Vec<Access>,
}

impl Finder<'_> {
    fn finish(self, phis: Vec<Phi>) -> Option<Plan> {
        let Finder { recurrences, kernel, arguments, bounds, .. } = self;
        let ends = bounds.iter().any(|bound| !bound.step.is_zero());
        let fits = kernel.registers() <= REGISTERS_MAX && kernel.streams().len() <= STREAMS_MAX;
        let conditions = recurrences.others.conditions;
        (ends && fits && recurrences.others.period == 1).then_some(Plan { kernel, arguments, bounds, conditions, phis })
    }

    fn push(&mut self, step: Step) -> Option<StepId> {
        self.kernel.steps.push(step);
        (self.kernel.steps.len() <= STEPS_MAX).then(|| self.kernel.steps.len() as StepId - 1)
    }

    fn new_argument(&mut self, argument: Argument) -> Option<kernel::Argument> {
        self.arguments.push(argument);
        kernel::Argument::try_from(self.arguments.len() - 1).ok()
    }

    fn argument(&mut self, argument: Argument) -> Option<kernel::Argument> {
        match self.arguments.iter().position(|known| *known == argument) {
            Some(at) => kernel::Argument::try_from(at).ok(),
            None => self.new_argument(argument),
        }
    }

    fn inst(&mut self, at: usize, is_needed: bool) -> Option<()> {
        let inst = self.recurrences.trace.insts[at];
        match inst.op {
            Op::GuardTrue | Op::GuardFalse => {
                let bound = bound(&mut self.recurrences, inst.a, inst.op == Op::GuardTrue)?;
                self.bounds.push(bound);
            }
            Op::LoadInt | Op::LoadFloat if is_needed => {
                let (data, index) = self.access(&inst, false)?;
                let step = self.push(Step::Load { op: inst.op, data, index })?;
                self.values.insert(Ref::inst(at), step);
            }
            Op::StoreInt | Op::StoreFloat => {
                let value = self.value(inst.c)?;
                let (data, index) = self.access(&inst, true)?;
                self.push(Step::Store { op: inst.op, data, index, value })?;
            }
            _ => {}
        }
        Some(())
    }

    /// Arguments for an access to consecutive elements that does not get in the way of earlier ones.
    fn access(&mut self, inst: &Inst, is_store: bool) -> Option<(kernel::Argument, kernel::Argument)> {
        let index = self.recurrences.poly(inst.b)?;
        if self.recurrences.difference(&index)?.as_constant() != Some(1) || !self.recurrences.is_invariant(inst.a) {
            return None;
        }
        for earlier in self.accesses.iter().filter(|earlier| earlier.data == inst.a) {
            let ahead = |load: &Poly, store: &Poly| load.minus(store)?.as_constant();
            match (earlier.is_store, is_store) {
                (false, false) => {}
                // The load stands before the store, in all lanes: it may read what later rounds store.
                (false, true) if ahead(&earlier.index, &index)? >= 0 => {}
                (true, _) if ahead(&earlier.index, &index)? == 0 => {}
                (true, false) | (false, true) if faults::on(Fault::VectorAhead) => {}
                _ => return None,
            }
        }
        let arguments = (self.argument(Argument::Value(inst.a))?, self.argument(Argument::Poly(index.clone()))?);
        self.accesses.push(Access { is_store, op: inst.op, data: inst.a, index });
        Some(arguments)
    }

    /// Arrays that are written are no others.
    fn compare_addresses(&mut self) -> Option<()> {
        let is_int = |op: Op| matches!(op, Op::LoadInt | Op::StoreInt);
        let mut pairs: Vec<(Ref, Ref)> = Vec::new();
        for (at, one) in self.accesses.iter().enumerate() {
            for other in &self.accesses[at + 1..] {
                // Elements of two kinds never lie in one array.
                let may_meet = (one.is_store || other.is_store) && is_int(one.op) == is_int(other.op);
                let pair = (one.data.min(other.data), one.data.max(other.data));
                if may_meet && pair.0 != pair.1 && !pairs.contains(&pair) {
                    pairs.push(pair);
                }
            }
        }
        if faults::on(Fault::VectorAlias) {
            pairs.clear();
        }
        for (a, b) in pairs {
            let (a, b) = (self.argument(Argument::Value(a))?, self.argument(Argument::Value(b))?);
            self.push(Step::Differ { a, b })?;
        }
        Some(())
    }

    /// The step that computes a value.
    fn value(&mut self, value: Ref) -> Option<StepId> {
        if let Some(&known) = self.values.get(&value) {
            return Some(known);
        }
        let step = match self.recurrences.trace.ty(value) {
            Ty::Int => match self.advancing(value) {
                Some(step) => self.push(step)?,
                None => self.computed(value)?,
            },
            Ty::Float if self.recurrences.is_invariant(value) => {
                let argument = self.argument(Argument::Value(value))?;
                self.push(Step::Splat(argument))?
            }
            Ty::Float => self.computed(value)?,
            _ => return None,
        };
        self.values.insert(value, step);
        Some(step)
    }

    /// An int that advances by an invariant step, or not at all.
    fn advancing(&mut self, value: Ref) -> Option<Step> {
        let poly = self.recurrences.poly(value)?;
        let difference = self.recurrences.difference(&poly)?;
        if !difference.variables().all(|variable| self.recurrences.is_invariant(variable)) {
            return None;
        }
        let start = self.argument(Argument::Poly(poly))?;
        if difference.is_zero() {
            return Some(Step::Splat(start));
        }
        Some(Step::Ramp { start, step: self.argument(Argument::Poly(difference))? })
    }

    fn splat(&mut self, int: i64) -> Option<StepId> {
        let argument = self.argument(Argument::Poly(Poly::constant(int)))?;
        let step = Step::Splat(argument);
        match self.kernel.steps.iter().position(|known| *known == step) {
            Some(at) => Some(at as StepId),
            None => self.push(step),
        }
    }

    /// What an operation makes of other steps.
    fn computed(&mut self, value: Ref) -> Option<StepId> {
        let trace = self.recurrences.trace;
        let inst = *trace.def(value)?;
        let count = || trace.as_int(inst.b).filter(|count| (0..64).contains(count)).map(|count| count as u8);
        let step = match inst.op {
            Op::NegInt => Step::Pure { op: Op::SubInt, a: self.splat(0)?, b: self.value(inst.a)? },
            Op::NotInt => Step::Pure { op: Op::XorInt, a: self.value(inst.a)?, b: self.splat(-1)? },
            Op::ShlInt | Op::ShrInt => Step::Shift { op: inst.op, a: self.value(inst.a)?, count: count()? },
            Op::SarInt => {
                // The sign of a logical shift's result: as an int with fewer bits would be widened.
                let (count, a) = (count()?, self.value(inst.a)?);
                let (shifted, sign) = (self.push(Step::Shift { op: Op::ShrInt, a, count })?, i64::MIN as u64 >> count);
                let sign = self.splat(sign as i64)?;
                let flipped = self.push(Step::Pure { op: Op::XorInt, a: shifted, b: sign })?;
                Step::Pure { op: Op::SubInt, a: flipped, b: sign }
            }
            Op::IntToFloat => self.float_ramp(inst.a)?,
            _ => {
                let (operands, _) = kernel::pure_operands(inst.op)?;
                let a = self.value(inst.a)?;
                Step::Pure { op: inst.op, a, b: if operands == 1 { a } else { self.value(inst.b)? } }
            }
        };
        self.push(step)
    }

    /// An advancing int as a float: as long as it lies where floats are exact.
    fn float_ramp(&mut self, value: Ref) -> Option<Step> {
        let poly = self.recurrences.poly(value)?;
        let step = self.recurrences.difference(&poly)?;
        step.as_constant().filter(|step| step.abs() < FLOAT_STEP_MAX)?;
        self.bounds.push(Bound {
            at: poly.plus(&Poly::constant(EXACT))?,
            bound: Poly::constant(2 * EXACT),
            strict: false,
            step: step.clone(),
        });
        let (start, step) = (self.argument(Argument::Poly(poly))?, self.argument(Argument::Poly(step))?);
        Some(Step::FloatRamp { start, step })
    }
}
