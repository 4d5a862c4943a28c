//! Checks that a trace is one. Independent of everything that makes or changes traces, and trusts none of it.
//!
//! What holds of a trace that it accepts:
//!
//! 1. Operands are values that exist, defined earlier (`b` of a phi excepted), of the types that the table asks for. The
//!    constants `nil` and `undef` also stand where a boxed value is asked for.
//! 2. There is at most one `loop`; the phis, and only they, follow it directly; `link loop` goes with it. Slots and
//!    inherited values are read before it, and nothing observable happens before it.
//! 3. Guards and `call.fn`, and only they, have a snapshot; every value in it is defined before the guard. Its slots ascend; a
//!    field belongs to an object that it names, and so does a value that is one of these objects.
//! 4. Guards inside the loop don't leave to snapshot 0, which is the state at entry.
//! 5. Where two guards share a snapshot, nothing observable happens between them. What may refuse (a call, a write of a
//!    dict) counts as happening after the `guard.def` that tests its result, because it has changed nothing then. Nobody
//!    observes what is written into an object that was made since the last guard.
//! 6. Constants are interned: no two are equal.
//! 7. What the loop relies on are phis.
//! 8. A `call.fn` is the last instruction of a trace without a loop, which goes back to the interpreter then; its snapshot
//!    is at the beginning of a function, whose frame lies above the one that the trace was entered with.
//! 9. There is a kernel if and only if there is a `vector`, which stands in front of the loop, and no guard between them.
//!    Its steps have operands of the right types.
//!
//! Cost: linear in instructions and snapshot entries.

use pseudo_snapshots::{Slot, Snapshot};
use rustc_hash::FxHashSet;

use super::closed::{BINOM_MAX, LINEAR_MAX};
use super::ops::{Effect, Op, Operand};
use super::text::{self, Names, Style};
use super::trace::{Inst, Link, SnapshotId, Trace};
use super::types::{Const, Ref, Ty};
use crate::opt::{BuiltinEffect, BuiltinEffects};

/// The part of a trace that is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// An instruction.
    Inst(usize),
    /// A snapshot.
    Snapshot(usize),
    /// The end, or the trace as a whole.
    Link,
}

/// What is wrong with a trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flaw {
    /// Where.
    pub place: Place,
    /// In words.
    pub message: String,
}

impl Flaw {
    /// The flaw, and the whole trace to see it in.
    pub fn report(&self, trace: &Trace) -> String {
        let mut names = Names::default();
        let place = match self.place {
            Place::Inst(index) if index < trace.insts.len() => {
                format!("`{}`", text::print_inst(trace, index, &mut names, Style::default()))
            }
            Place::Inst(index) => format!("instruction {index}"),
            Place::Snapshot(index) => format!("snapshot s{index}"),
            Place::Link => "the trace".to_string(),
        };
        let whole = text::print(trace, &mut names, Style { origins: true });
        format!("{place}: {}\n{whole}", self.message)
    }
}

/// The first flaw of a trace, if it has one.
pub fn verify(trace: &Trace, effects: BuiltinEffects<'_>) -> Result<(), Flaw> {
    Verifier { trace, effects, loop_at: None }.run()
}

struct Verifier<'t> {
    trace: &'t Trace,
    effects: BuiltinEffects<'t>,
    loop_at: Option<usize>,
}

/// What has happened up to an instruction.
struct History {
    /// When each snapshot was first used, in observable effects since the start.
    first_uses: Vec<Option<u32>>,
    effects: u32,
    /// The last effect, if that may refuse.
    last_call: Option<usize>,
    last_guard: Option<usize>,
}

impl Verifier<'_> {
    fn run(mut self) -> Result<(), Flaw> {
        self.constants()?;
        self.structure()?;
        for (index, snapshot) in self.trace.snapshots.iter().enumerate() {
            self.snapshot(snapshot).map_err(|message| Flaw { place: Place::Snapshot(index), message })?;
        }
        let first_uses = vec![None; self.trace.snapshots.len()];
        let mut history = History { first_uses, effects: 0, last_call: None, last_guard: None };
        for (index, inst) in self.trace.insts.iter().enumerate() {
            self.inst(index, inst)
                .and_then(|()| self.order(index, inst, &mut history))
                .map_err(|message| Flaw { place: Place::Inst(index), message })?;
        }
        self.kernel()?;
        self.end().map_err(|message| Flaw { place: Place::Link, message })
    }

    fn constants(&self) -> Result<(), Flaw> {
        let mut seen = FxHashSet::default();
        for constant in &self.trace.consts {
            if !seen.insert(*constant) {
                return Err(Flaw { place: Place::Link, message: format!("constant {constant:?} is there twice") });
            }
        }
        Ok(())
    }

    fn structure(&mut self) -> Result<(), Flaw> {
        let mut in_phis = false;
        for (index, inst) in self.trace.insts.iter().enumerate() {
            let wrong = |message: &str| Err(Flaw { place: Place::Inst(index), message: message.into() });
            match inst.op {
                Op::Loop if self.loop_at.is_some() => return wrong("a second `loop`"),
                Op::Loop => {
                    self.loop_at = Some(index);
                    in_phis = true;
                }
                Op::Phi if !in_phis => return wrong("a phi does not directly follow the `loop`"),
                Op::Phi => {}
                _ => in_phis = false,
            }
            let before_loop_only = inst.op.effect() == Effect::Entry;
            if before_loop_only && self.loop_at.is_some() {
                return wrong("the state at entry is read inside the loop");
            }
        }
        let message = match (self.loop_at, self.trace.link) {
            (Some(_), Link::Loop) => return Ok(()),
            (None, Link::Loop) => "`link loop` without a `loop`",
            (Some(_), _) => "a `loop` without `link loop`",
            (None, _) => return Ok(()),
        };
        Err(Flaw { place: Place::Link, message: message.into() })
    }

    fn snapshot(&self, snapshot: &Snapshot) -> Result<(), String> {
        for pair in snapshot.entries.windows(2) {
            if pair[0].0 >= pair[1].0 {
                return Err(format!("slots {} and {} are out of order", text::slot(pair[0].0), text::slot(pair[1].0)));
            }
        }
        let names = |number: u16| {
            snapshot.entries.iter().any(|&(slot, _)| matches!(slot, Slot::Object(known, _) if known == number))
        };
        for &(slot, value) in &snapshot.entries {
            let ty = self.exists(value.into())?;
            if let Some(Const::Made(number)) = self.trace.as_const(value.into())
                && !names(number)
            {
                return Err(format!("o{number}, which it does not name"));
            }
            match slot {
                Slot::Object(..) if !fits(Ty::Any, ty) => return Err(format!("an object that is {}", ty.text())),
                Slot::Field(number, _) if !names(number) => {
                    return Err(format!("a field of o{number}, which it does not name"));
                }
                Slot::Object(..) | Slot::Field(..) | Slot::Stack(_) | Slot::Global(_) => {}
            }
        }
        Ok(())
    }

    fn exists(&self, value: Ref) -> Result<Ty, String> {
        if value == Ref::NONE {
            return Err("an operand is missing".into());
        }
        if let Some(index) = value.const_index() {
            return match self.trace.consts.get(index) {
                Some(constant) => Ok(constant.ty()),
                None => Err(format!("constant {value:?} does not exist")),
            };
        }
        match self.trace.insts.get(value.0 as usize) {
            None => Err(format!("{value:?} does not exist")),
            Some(inst) if inst.ty == Ty::None => Err(format!("{value:?} has no result")),
            Some(inst) => Ok(inst.ty),
        }
    }

    /// Type of a value that must be defined before an instruction.
    fn defined(&self, value: Ref, before: usize) -> Result<Ty, String> {
        let ty = self.exists(value)?;
        match value.inst_index() {
            Some(index) if index >= before => Err(format!("{value:?} is not defined yet")),
            _ => Ok(ty),
        }
    }

    fn inst(&self, index: usize, inst: &Inst) -> Result<(), String> {
        let info = inst.op.info();
        match info.result {
            Some(ty) if ty != inst.ty => {
                return Err(format!("`{}` makes {}, not {}", info.text, ty.text(), inst.ty.text()));
            }
            None if inst.ty == Ty::None => return Err(format!("`{}` needs a type", info.text)),
            _ => {}
        }
        for (at, (operand, value)) in info.operands.into_iter().zip([inst.a, inst.b, inst.c]).enumerate() {
            match operand {
                Operand::No => {
                    let counts_arguments = at == 2 && info.operands[1] == Operand::Arguments;
                    if value != Ref::NONE && !counts_arguments {
                        return Err(format!("operand {} is too much", at + 1));
                    }
                }
                Operand::Hint => {}
                Operand::Number | Operand::Slot => {
                    if value == Ref::NONE {
                        return Err(format!("operand {} is missing", at + 1));
                    }
                }
                Operand::Arguments => self.arguments(index, inst)?,
                Operand::Of(_) | Operand::Array | Operand::Any => self.operand(index, inst, at, operand, value)?,
            }
        }
        if inst.op == Op::SameAny && self.trace.ty(inst.a) != self.trace.ty(inst.b) {
            return Err("`same` compares values of two types".into());
        }
        if inst.op == Op::Binom && inst.b.0 > BINOM_MAX {
            return Err(format!("`binom` of {}, which is more than {BINOM_MAX}", inst.b.0));
        }
        if matches!(inst.op, Op::LoadField | Op::StoreField) && !inst.b.0.is_multiple_of(8) {
            return Err(format!("{} bytes from its beginning an instance has no field", inst.b.0));
        }
        if inst.op == Op::CallFn {
            self.native_call(index, inst)?;
        }
        if inst.op.has_state() {
            self.guard(index, inst)?;
        } else if inst.op == Op::Loop {
            let exists = (inst.snapshot.0 as usize) < self.trace.snapshots.len();
            if inst.snapshot != SnapshotId::NONE && (inst.snapshot.0 == 0 || !exists) {
                return Err(format!("s{} is no state at the head of the loop", inst.snapshot.0));
            }
        } else if inst.snapshot != SnapshotId::NONE {
            return Err("no guard, and yet it has a snapshot".into());
        }
        Ok(())
    }

    fn operand(&self, index: usize, inst: &Inst, at: usize, operand: Operand, value: Ref) -> Result<(), String> {
        let is_phi = inst.op == Op::Phi;
        let ty = match (is_phi, at) {
            (true, 0) => self.defined(value, self.loop_at.unwrap_or(index))?,
            (true, _) => self.exists(value)?,
            _ => self.defined(value, index)?,
        };
        let wanted = match operand {
            _ if is_phi => inst.ty,
            Operand::Of(wanted) => wanted,
            Operand::Array if !ty.is_array() => return Err(format!("{} is no array", ty.text())),
            _ => return Ok(()),
        };
        if fits(wanted, ty) {
            return Ok(());
        }
        Err(format!("operand {} is {}, not {}", at + 1, ty.text(), wanted.text()))
    }

    fn arguments(&self, index: usize, inst: &Inst) -> Result<(), String> {
        let range = inst.b.0 as usize..inst.b.0 as usize + inst.c.0 as usize;
        let Some(arguments) = self.trace.args.get(range) else {
            return Err("arguments lie outside the pool".into());
        };
        let is_linear = inst.op == Op::Linear;
        for &argument in arguments {
            let ty = self.defined(argument, index)?;
            if inst.op == Op::Vector {
                continue;
            }
            if inst.op == Op::CallFn {
                if !matches!(ty, Ty::Int | Ty::Float) && !fits(Ty::Any, ty) {
                    return Err(format!("an argument is {}, which functions do not take", ty.text()));
                }
                continue;
            }
            if is_linear && ty != Ty::Int {
                return Err(format!("an argument is {}, not int", ty.text()));
            } else if !is_linear && !fits(Ty::Any, ty) {
                return Err(format!("an argument is {}, not boxed", ty.text()));
            }
        }
        if is_linear && !(1..=LINEAR_MAX).any(|size| size * (size + 1) == arguments.len()) {
            return Err(format!("{} arguments are no square matrix and vector", arguments.len()));
        }
        Ok(())
    }

    /// Rule 8.
    fn native_call(&self, index: usize, inst: &Inst) -> Result<(), String> {
        if self.loop_at.is_some() || index + 1 != self.trace.insts.len() || self.trace.link != Link::Interpreter {
            return Err("something comes after the call of a function".into());
        }
        match self.trace.snapshots.get(inst.snapshot.0 as usize) {
            Some(snapshot) if snapshot.pc.at == 0 && snapshot.base > 1 => Ok(()),
            _ => Err("its snapshot is not at the beginning of a function".into()),
        }
    }

    fn guard(&self, index: usize, inst: &Inst) -> Result<(), String> {
        if inst.snapshot == SnapshotId::NONE {
            return Err("a guard without a snapshot".into());
        }
        let Some(snapshot) = self.trace.snapshots.get(inst.snapshot.0 as usize) else {
            return Err(format!("snapshot s{} does not exist", inst.snapshot.0));
        };
        for &(slot, value) in &snapshot.entries {
            self.defined(value.into(), index)
                .map_err(|words| format!("s{}, {}: {words}", inst.snapshot.0, text::slot(slot)))?;
        }
        if inst.snapshot.0 == 0 && self.loop_at.is_some_and(|at| index > at) {
            return Err("a guard inside the loop leaves to the state at entry".into());
        }
        Ok(())
    }

    /// Rule 9.
    fn kernel(&self) -> Result<(), Flaw> {
        let flaw = |place, message: String| Err(Flaw { place, message });
        let vectors = || self.trace.insts.iter().enumerate().filter(|(_, inst)| inst.op == Op::Vector);
        let (Some(kernel), Some((at, vector))) = (&self.trace.kernel, vectors().next()) else {
            return match vectors().next() {
                Some((at, _)) => flaw(Place::Inst(at), "there is no kernel".into()),
                None if self.trace.kernel.is_some() => flaw(Place::Link, "a kernel that nothing runs".into()),
                None => Ok(()),
            };
        };
        if vectors().count() > 1 {
            return flaw(Place::Inst(at), "the kernel runs more than once".into());
        }
        let Some(head) = self.loop_at.filter(|&head| at < head) else {
            return flaw(Place::Inst(at), "a kernel that is not in front of a loop".into());
        };
        if let Some(guard) = (at..head).find(|&index| self.trace.insts[index].op.is_guard()) {
            return flaw(Place::Inst(guard), "a guard between the kernel and the loop".into());
        }
        let first = vector.b.0 as usize;
        let arguments = &self.trace.args[first..first + vector.c.0 as usize];
        let arguments: Vec<Ty> = arguments.iter().map(|&argument| self.trace.ty(argument)).collect();
        let mut steps = Vec::new();
        for step in &kernel.steps {
            match step.ty(&arguments, &steps) {
                Ok(ty) => steps.push(ty),
                Err(message) => return flaw(Place::Inst(at), format!("`{step}`: {message}")),
            }
        }
        for (index, inst) in self.trace.insts.iter().enumerate().filter(|(_, inst)| inst.op == Op::VectorOut) {
            if inst.a != Ref::inst(at) || arguments.get(inst.b.0 as usize) != Some(&Ty::Int) {
                return flaw(Place::Inst(index), "no result of a kernel".into());
            }
            if self.trace.insts[at + 1..index].iter().any(|between| between.op != Op::VectorOut) {
                return flaw(Place::Inst(index), "something stands between the kernel and its result".into());
            }
        }
        Ok(())
    }

    /// Rules 2 and 5: what happens when.
    fn order(&self, index: usize, inst: &Inst, history: &mut History) -> Result<(), String> {
        if self.observable(inst) {
            if self.loop_at.is_some_and(|at| index < at) {
                return Err("something happens before the `loop`".into());
            }
            if !self.completes(inst, history.last_guard) {
                history.effects += 1;
                history.last_call = inst.op.may_refuse().then_some(index);
            }
            return Ok(());
        }
        if inst.op.is_guard() {
            let tests_call = inst.op == Op::GuardDefined && history.last_call.is_some_and(|at| inst.a == Ref::inst(at));
            let now = history.effects - u32::from(tests_call);
            let first = history.first_uses[inst.snapshot.0 as usize].get_or_insert(now);
            if *first != now {
                return Err(format!("something happened since s{} was first left to", inst.snapshot.0));
            }
            history.last_guard = Some(index);
        }
        Ok(())
    }

    /// Whether an instruction writes into an instance that was made since a guard.
    fn completes(&self, inst: &Inst, last_guard: Option<usize>) -> bool {
        if inst.op != Op::StoreField {
            return false;
        }
        let mut object = inst.a;
        while let Some(shaped) = self.trace.def(object).filter(|def| def.op == Op::Shaped) {
            object = shaped.a;
        }
        let made = self.trace.def(object).is_some_and(|def| def.op == Op::NewInstance);
        made && object.inst_index() > last_guard
    }

    fn observable(&self, inst: &Inst) -> bool {
        match inst.op.effect() {
            Effect::Call => !matches!((self.effects)(inst.a.0), BuiltinEffect::Pure | BuiltinEffect::Reads),
            // A kernel stands in front of the loop, where rule 9 sees to it.
            effect => effect.writes(),
        }
    }

    fn end(&self) -> Result<(), String> {
        for &phi in &self.trace.relies {
            self.exists(phi)?;
            if self.trace.def(phi).is_none_or(|inst| inst.op != Op::Phi) {
                return Err(format!("the loop relies on {phi:?}, which is no phi"));
            }
        }
        let goes_on = matches!(self.trace.link, Link::Trace(_) | Link::Root(_));
        if let Some(end) = self.trace.end.and_then(|end| self.trace.snapshots.get(end.0 as usize))
            && goes_on
            && end.entries.iter().any(|entry| self.trace.ty(entry.1.into()) == Ty::Made)
        {
            return Err("an object that is not made where the trace goes on".into());
        }
        match (self.trace.link, self.trace.end) {
            (Link::Loop, None) => Ok(()),
            (Link::Loop, Some(_)) => Err("a loop has no end".into()),
            (_, None) => Err("the state at the end is missing".into()),
            (Link::Return, Some(end)) if self.trace.snapshots.get(end.0 as usize).is_some_and(gives_nothing) => {
                Err("a return without a result".into())
            }
            (_, Some(end)) if end.0 as usize >= self.trace.snapshots.len() => {
                Err(format!("snapshot s{} does not exist", end.0))
            }
            (_, Some(_)) => Ok(()),
        }
    }
}

/// Whether a final snapshot has no result of the frame at its base.
fn gives_nothing(end: &Snapshot) -> bool {
    end.get(Slot::Stack(end.base - 2)).is_none()
}

/// Whether a value of one type may stand where another is asked for.
pub fn fits(wanted: Ty, ty: Ty) -> bool {
    wanted == ty || (wanted == Ty::Any && matches!(ty, Ty::Nil | Ty::Undef))
}
