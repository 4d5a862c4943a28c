//! Runs a trace slowly and obviously: the oracle for the passes.
//!
//! Works on an abstract machine: slots hold [`V`]alues, arrays, cells and instances live in lists. Boxing is the identity. What would be
//! undefined in machine code (an element out of bounds, division by zero, a stale address of elements) is a [`Fault`]:
//! a pass that moves an instruction above the guard that made it safe is caught, even if the result would not matter.

mod dicts;
mod kernel;
mod machine;
mod objects;
mod operands;

use std::collections::BTreeMap;

use pseudo_snapshots::{Pc, Slot};
use pseudo_vm::heap::object::{Bound, ObjectKind};

use super::closed;
use super::ops::Op;
use super::scalar::eval_pure;
use super::storage::StorageInfo;
use super::trace::{Inst, SnapshotId, Trace};
use super::types::{Ref, Ty};

pub use dicts::Dict;
pub use machine::{Array, Machine, V};
pub use objects::offset_of_name;
use operands::int_of;

/// A builtin: its number and arguments; gives its result.
pub type Builtin<'a> = &'a mut dyn FnMut(&mut Machine, u32, &[V]) -> V;

/// How a run of a trace ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// A guard failed.
    Guard {
        /// The instruction.
        inst: usize,
        /// Its snapshot.
        snapshot: SnapshotId,
    },
    /// It came to its end.
    End,
    /// The rounds asked for were over.
    Rounds,
}

/// A run of a trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// How it ended.
    pub exit: Exit,
    /// Where the interpreter goes on, and the base of its frame; none after [`Exit::Rounds`].
    pub resume: Option<(Pc, i32)>,
    /// Completed rounds of the loop.
    pub rounds: u32,
}

/// What machine code must never do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The instruction.
    pub inst: usize,
    /// In words.
    pub message: String,
}

/// Runs a trace for at most some rounds of its loop. On an exit the machine's slots are as the snapshot says.
pub fn run(trace: &Trace, machine: &mut Machine, rounds: u32, builtin: Builtin<'_>) -> Result<Outcome, Fault> {
    run_until(trace, machine, rounds, builtin, None)
}

/// The same, but leaves at the first guard of a round that leaves through a snapshot, whatever it tests.
pub fn run_until(
    trace: &Trace,
    machine: &mut Machine,
    rounds: u32,
    builtin: Builtin<'_>,
    stop: Option<(SnapshotId, u32)>,
) -> Result<Outcome, Fault> {
    let mut run = Run::new(trace, machine, builtin);
    let loop_at = trace.loop_start();
    let mut round = 0;
    let mut from = 0;
    loop {
        for index in from..trace.insts.len() {
            let inst = &trace.insts[index];
            if matches!(inst.op, Op::Loop | Op::Phi) && round > 0 {
                continue;
            }
            if inst.op.is_guard() && stop == Some((inst.snapshot, round)) {
                return run.leave(Exit::Guard { inst: index, snapshot: inst.snapshot }, round, index);
            }
            let step = run.step(inst).map_err(|message| Fault { inst: index, message })?;
            match step {
                Step::Value(v) => run.values[index] = Some(v),
                Step::Done => {}
                Step::Leave => return run.leave(Exit::Guard { inst: index, snapshot: inst.snapshot }, round, index),
            }
        }
        let Some(start) = loop_at else {
            return run.leave(Exit::End, round, trace.insts.len());
        };
        round += 1;
        if round >= rounds {
            return Ok(Outcome { exit: Exit::Rounds, resume: None, rounds: round });
        }
        run.back_edge(start)?;
        from = start;
    }
}

/// Writes the state at entry to a machine's slots: what leaving through snapshot 0 does.
pub fn state_at_entry(trace: &Trace, machine: &mut Machine) -> Result<(), Fault> {
    let mut none = |_: &mut Machine, _: u32, _: &[V]| V::Nil;
    let mut run = Run::new(trace, machine, &mut none);
    let Some(snapshot) = trace.snapshots.first() else { return Ok(()) };
    let last = snapshot.entries.iter().filter_map(|&(_, value)| Ref::from(value).inst_index()).max();
    for index in 0..last.map_or(0, |last| last + 1) {
        let step = run.step(&trace.insts[index]).map_err(|message| Fault { inst: index, message })?;
        if let Step::Value(v) = step {
            run.values[index] = Some(v);
        }
    }
    run.leave(Exit::Guard { inst: 0, snapshot: SnapshotId(0) }, 0, 0).map(|_| ())
}

/// Where a bound method keeps its receiver.
const RECEIVER: u32 = std::mem::offset_of!(Bound, receiver) as u32;
/// Where it keeps the method.
const METHOD: u32 = std::mem::offset_of!(Bound, method) as u32;

enum Step {
    Value(V),
    Done,
    Leave,
}

struct Run<'t, 'm> {
    trace: &'t Trace,
    machine: &'m mut Machine,
    builtin: Builtin<'m>,
    values: Vec<Option<V>>,
    /// The kernel's arguments, after it has run.
    outs: Vec<u64>,
}

impl<'t, 'm> Run<'t, 'm> {
    fn new(trace: &'t Trace, machine: &'m mut Machine, builtin: Builtin<'m>) -> Run<'t, 'm> {
        Run { trace, machine, builtin, values: vec![None; trace.insts.len()], outs: Vec::new() }
    }
}

impl Run<'_, '_> {
    fn leave(&mut self, exit: Exit, rounds: u32, inst: usize) -> Result<Outcome, Fault> {
        let id = match exit {
            Exit::Guard { snapshot, .. } => snapshot,
            Exit::End | Exit::Rounds => self.trace.end.unwrap_or(SnapshotId::NONE),
        };
        let fault = |message| Fault { inst, message };
        let snapshot =
            self.trace.snapshots.get(id.0 as usize).ok_or_else(|| fault("no snapshot to leave to".to_string()))?;
        let mut objects = BTreeMap::new();
        for &(slot, value) in &snapshot.entries {
            let Slot::Object(number, shape) = slot else { continue };
            match self.value(value.into()).map_err(fault)? {
                V::Obj(instance) if self.machine.instances[instance].0 == shape => {
                    objects.insert(number, instance);
                }
                V::Nil => {
                    objects.insert(number, self.machine.instances.len());
                    self.machine.instances.push((shape, BTreeMap::new()));
                }
                v => return Err(fault(format!("{v:?} is no instance of shape {shape}"))),
            }
        }
        let object = |number| objects.get(&number).copied().ok_or_else(|| fault(format!("no object {number}")));
        for &(slot, value) in &snapshot.entries {
            let v = match self.value(value.into()).map_err(fault)? {
                V::Made(number) => V::Obj(object(number)?),
                v => v,
            };
            match slot {
                Slot::Object(..) => {}
                Slot::Field(number, offset) => {
                    self.machine.instances[object(number)?].1.insert(offset as u32, v);
                }
                Slot::Stack(_) | Slot::Global(_) => {
                    self.machine.slots.insert(slot, v);
                }
            }
        }
        Ok(Outcome { exit, resume: Some((snapshot.pc, snapshot.base)), rounds })
    }

    fn back_edge(&mut self, start: usize) -> Result<(), Fault> {
        let phis = self.trace.insts[start + 1..].iter().take_while(|inst| inst.op == Op::Phi);
        // All phis change at once: one may be another's next value.
        let next: Result<Vec<V>, String> = phis.map(|phi| self.value(phi.b)).collect();
        let next = next.map_err(|message| Fault { inst: start, message })?;
        for (at, v) in next.into_iter().enumerate() {
            self.values[start + 1 + at] = Some(v);
        }
        // What the last round computed is gone; only phis and what ran before the loop stay.
        let phis = self.trace.insts[start + 1..].iter().take_while(|inst| inst.op == Op::Phi).count();
        self.values[start + 1 + phis..].fill(None);
        Ok(())
    }

    fn value(&self, value: Ref) -> Result<V, String> {
        if let Some(constant) = self.trace.as_const(value) {
            return Ok(V::constant(constant));
        }
        let v = value.inst_index().and_then(|index| self.values.get(index)?.clone());
        v.ok_or_else(|| format!("{value:?} has no value"))
    }

    fn step(&mut self, inst: &Inst) -> Result<Step, String> {
        let keep = |holds: bool, v: V| Ok(if holds { Step::Value(v) } else { Step::Leave });
        let test = |holds: bool| Ok(if holds { Step::Done } else { Step::Leave });
        let made = |v: V| Ok(Step::Value(v));
        match inst.op {
            Op::Slot => made(self.machine.slots.get(&inst.slot()).cloned().unwrap_or(V::Nil)),
            Op::Inherit => made(self.machine.inherited.get(inst.a.0 as usize).cloned().unwrap_or(V::Nil)),
            Op::Loop | Op::Barrier => Ok(Step::Done),
            Op::Phi => made(self.value(inst.a)?),

            Op::GuardInt
            | Op::GuardFloat
            | Op::GuardBool
            | Op::GuardStr
            | Op::GuardArrEmpty
            | Op::GuardArrBool
            | Op::GuardArrInt
            | Op::GuardArrFloat
            | Op::GuardArrAny
            | Op::GuardDict
            | Op::GuardIter
            | Op::GuardFn
            | Op::GuardRange => {
                let v = self.value(inst.a)?;
                keep(self.has_type(&v, inst.ty), v)
            }
            Op::GuardNil => test(self.value(inst.a)? == V::Nil),
            Op::GuardUndef => test(self.value(inst.a)? == V::Undef),
            Op::GuardDefined => test(self.value(inst.a)? != V::Undef),
            Op::GuardTruthy => test(!matches!(self.value(inst.a)?, V::Nil | V::Bool(false))),
            Op::GuardFalsy => test(matches!(self.value(inst.a)?, V::Nil | V::Bool(false))),
            Op::GuardAscii => {
                let text = self.str(inst.a)?;
                keep(text.is_ascii(), V::Bytes(text))
            }
            Op::GuardKind => {
                let kind = match self.value(inst.a)? {
                    V::Range(..) => Some(ObjectKind::Range),
                    V::Cell(_) => Some(ObjectKind::Cell),
                    _ => None,
                };
                test(kind.is_some_and(|kind| kind as u32 == inst.b.0))
            }
            Op::GuardShape | Op::Shaped => match self.value(inst.a)? {
                V::Obj(instance) if self.machine.instances[instance].0 == inst.b.0 => made(V::Obj(instance)),
                _ if inst.op == Op::GuardShape => Ok(Step::Leave),
                v => Err(format!("{v:?} is no instance of shape {}", inst.b.0)),
            },
            Op::GuardProto => test(match (self.value(inst.a)?, self.value(inst.b)?) {
                (V::Fn(closure), V::Proto(function)) => self.machine.closures[closure].0 == function,
                _ => return Err("no closure".into()),
            }),
            Op::GuardSame => test(self.value(inst.a)? == self.value(inst.b)?),
            Op::GuardTrue => test(self.value(inst.a)? == V::Bool(true)),
            Op::GuardFalse => test(self.value(inst.a)? == V::Bool(false)),
            Op::GuardPc => {
                let at = self.machine.return_addresses.get(&inst.a.0).copied();
                test(at.map(V::Pc) == Some(self.value(inst.b)?))
            }
            // The abstract machine's stack has no end.
            Op::GuardStack | Op::Poll => Ok(Step::Done),

            Op::BoxInt
            | Op::BoxFloat
            | Op::BoxBool
            | Op::BoxStr
            | Op::BoxArr
            | Op::BoxDict
            | Op::BoxFn
            | Op::BoxRange => made(self.value(inst.a)?),

            Op::AddInt
            | Op::SubInt
            | Op::MulInt
            | Op::UmulHighInt
            | Op::DivInt
            | Op::ModInt
            | Op::NegInt
            | Op::AndInt
            | Op::OrInt
            | Op::XorInt
            | Op::NotInt
            | Op::ShlInt
            | Op::SarInt
            | Op::ShrInt
            | Op::RoundsBelow
            | Op::RoundsWithin
            | Op::AddFloat
            | Op::SubFloat
            | Op::MulFloat
            | Op::DivFloat
            | Op::NegFloat
            | Op::AbsFloat
            | Op::SqrtFloat
            | Op::FloorFloat
            | Op::CeilFloat
            | Op::ModFloat
            | Op::IntToFloat
            | Op::FloatToInt
            | Op::EqInt
            | Op::NeInt
            | Op::LtInt
            | Op::LeInt
            | Op::UltInt
            | Op::EqFloat
            | Op::NeFloat
            | Op::LtFloat
            | Op::LeFloat
            | Op::NotBool
            | Op::SelectInt
            | Op::SelectFloat
            | Op::SelectBool => self.scalar(inst),
            Op::Binom => made(V::Int(closed::binom(self.int(inst.a)? as u64, inst.b.0) as i64)),
            Op::Linear => {
                let numbers: Result<Vec<u64>, String> = self.arguments(inst)?.into_iter().map(int_of).collect();
                let result = closed::linear(self.int(inst.a)? as u64, &numbers?);
                made(V::Int(result.ok_or("no square matrix and vector")? as i64))
            }
            Op::Vector => self.kernel(inst),
            Op::VectorOut => made(V::Int(*self.outs.get(inst.b.0 as usize).ok_or("no result of a kernel")? as i64)),
            // Stand-ins: any function of the number and the operands will do to compare two traces.
            Op::MathFloat => {
                let x = self.float(inst.b)?;
                made(V::float(if inst.a.0.is_multiple_of(2) { x.sin() } else { x.cos() }))
            }
            Op::MathFloat2 => made(V::float(self.float(inst.b)?.atan2(self.float(inst.c)?))),
            Op::SameAny => made(V::Bool(self.value(inst.a)? == self.value(inst.b)?)),
            Op::StrEq => made(V::Bool(self.str(inst.a)? == self.str(inst.b)?)),
            Op::StrLt => made(V::Bool(self.str(inst.a)? < self.str(inst.b)?)),

            Op::StrLen => made(V::Int(self.str(inst.a)?.chars().count() as i64)),
            Op::StrByte => {
                let V::Bytes(text) = self.value(inst.a)? else { return Err("no bytes of a string".into()) };
                let byte = usize::try_from(self.int(inst.b)?).ok().and_then(|at| text.as_bytes().get(at).copied());
                made(V::Int(i64::from(byte.ok_or("beyond the end of a string")?)))
            }
            Op::StrChar => match u8::try_from(self.int(inst.a)?) {
                Ok(byte) if byte.is_ascii() => made(V::Str(char::from(byte).to_string().into())),
                _ => Err("no ASCII character".into()),
            },
            Op::StrOfInt => made(V::Str(self.int(inst.a)?.to_string().into())),

            Op::DictLen
            | Op::DictFind
            | Op::DictNext
            | Op::DictEntry
            | Op::DictChanges
            | Op::DictSet
            | Op::DictExtend
            | Op::DictRemove
            | Op::LoadKey
            | Op::LoadValue
            | Op::StoreValue
            | Op::IterDict
            | Op::IterChanges
            | Op::NewDict
            | Op::NewIter => self.dict(inst),

            Op::ArrLen => {
                let array = self.array(inst.a)?;
                made(V::Int(self.machine.arrays[array].elements.len() as i64))
            }
            Op::ArrData => {
                let array = self.array(inst.a)?;
                made(V::Elements(array, self.machine.arrays[array].version))
            }
            Op::LoadBool | Op::LoadInt | Op::LoadFloat | Op::LoadAny => {
                let (array, index) = self.element(inst)?;
                made(self.machine.arrays[array].elements[index].clone())
            }
            Op::StoreBool | Op::StoreInt | Op::StoreFloat | Op::StoreAny => {
                let (array, index) = self.element(inst)?;
                self.machine.arrays[array].elements[index] = self.value(inst.c)?;
                Ok(Step::Done)
            }
            Op::RangeStart | Op::RangeEnd => match self.value(inst.a)? {
                V::Range(start, end) => made(V::Int(if inst.op == Op::RangeStart { start } else { end })),
                v => Err(format!("{v:?} is no range")),
            },
            Op::FnCapture => match self.value(inst.a)? {
                V::Fn(closure) => match self.machine.closures[closure].1.get(inst.b.0 as usize) {
                    Some(v) => made(v.clone()),
                    None => Err("a closure without this capture".into()),
                },
                v => Err(format!("{v:?} is no closure")),
            },
            Op::Reserve => {
                let array = self.array(inst.a)?;
                self.machine.arrays[array].version += 1;
                Ok(Step::Done)
            }
            Op::SetLen => {
                let (array, len) = (self.array(inst.a)?, self.int(inst.b)?);
                let array = &mut self.machine.arrays[array];
                match usize::try_from(len) {
                    // What is there until it is written is nobody's concern.
                    Ok(len) if len <= array.elements.len() + 1 => array.elements.resize(len, V::Undef),
                    _ => return Err(format!("length {len} of an array of {}", array.elements.len())),
                }
                Ok(Step::Done)
            }
            Op::CellAddr => made(self.value(inst.a)?),
            Op::LoadCell => {
                let cell = self.cell(inst.a)?;
                made(self.machine.cells[cell].clone())
            }
            Op::StoreCell => {
                let cell = self.cell(inst.a)?;
                self.machine.cells[cell] = self.value(inst.b)?;
                Ok(Step::Done)
            }
            Op::Method | Op::LoadStatic => {
                if self.value(inst.a)? != V::Nil {
                    self.instance(inst.a)?;
                }
                let place = self.place(inst.b)?;
                made(self.machine.places.get(&place).cloned().ok_or("nothing is there")?)
            }
            Op::StoreStatic => {
                self.instance(inst.a)?;
                let (place, v) = (self.place(inst.b)?, self.value(inst.c)?);
                self.machine.places.insert(place, v);
                Ok(Step::Done)
            }
            Op::AddField
            | Op::NewInstance
            | Op::NewBound
            | Op::LoadField
            | Op::StoreField
            | Op::FieldPlace
            | Op::LoadPlace
            | Op::StorePlace => self.object(inst),

            Op::StrConcat => made(V::Str(format!("{}{}", self.str(inst.a)?, self.str(inst.b)?).into())),
            Op::NewRange => match (self.value(inst.a)?, self.value(inst.b)?) {
                (V::Int(start), V::Int(end)) => made(V::Range(start, end)),
                _ => Err("bounds are no ints".into()),
            },
            Op::NewCell => {
                let v = self.value(inst.a)?;
                self.machine.cells.push(v);
                made(V::Cell(self.machine.cells.len() - 1))
            }
            Op::NewArray => {
                let elements = self.arguments(inst)?;
                self.machine.arrays.push(Array::new(elements));
                made(V::Arr(self.machine.arrays.len() - 1))
            }
            Op::NewClosure => {
                let V::Proto(function) = self.value(inst.a)? else { return Err("no function".into()) };
                let captures = self.arguments(inst)?;
                self.machine.closures.push((function, captures));
                made(V::Fn(self.machine.closures.len() - 1))
            }
            Op::CallBuiltin => {
                let arguments = self.arguments(inst)?;
                made((self.builtin)(self.machine, inst.a.0, &arguments))
            }
            Op::CallFn => {
                let snapshot = self.trace.snapshots.get(inst.snapshot.0 as usize).ok_or("no state to call with")?;
                let mut seen = vec![self.value(inst.a)?];
                seen.extend(self.arguments(inst)?);
                for &(slot, value) in &snapshot.entries {
                    let value = self.value(value.into())?;
                    // What memory holds already is seen whether the snapshot says so or not.
                    if self.machine.slots.get(&slot) != Some(&value) {
                        seen.push(value);
                    }
                }
                self.machine.log.push((snapshot.pc.function, seen));
                // What the callee gives is not for this trace to know.
                made(match inst.ty {
                    Ty::Int => V::Int(self.machine.log.len() as i64),
                    Ty::Float => V::float(self.machine.log.len() as f64),
                    _ => V::Nil,
                })
            }
        }
    }

    fn has_type(&self, v: &V, ty: Ty) -> bool {
        match (v, ty) {
            (V::Int(_), Ty::Int)
            | (V::Float(_), Ty::Float)
            | (V::Bool(_), Ty::Bool)
            | (V::Str(_), Ty::Str)
            | (V::Dict(_), Ty::Dict)
            | (V::Iter(..), Ty::Iter)
            | (V::Fn(_), Ty::Fn)
            | (V::Range(..), Ty::Range) => true,
            (V::Arr(array), ty) => StorageInfo::of(self.machine.arrays[*array].storage).array == ty,
            _ => false,
        }
    }

    fn scalar(&self, inst: &Inst) -> Result<Step, String> {
        let bits = |value: Ref| -> Result<u64, String> {
            if value == Ref::NONE {
                return Ok(0);
            }
            match self.value(value)? {
                V::Int(int) => Ok(int as u64),
                V::Float(bits) => Ok(bits),
                V::Bool(bool) => Ok(u64::from(bool)),
                v => Err(format!("{v:?} is no scalar")),
            }
        };
        let result = eval_pure(inst.op, &[bits(inst.a)?, bits(inst.b)?, bits(inst.c)?]);
        let result = result.ok_or_else(|| format!("`{}` is not defined here", inst.op.info().text))?;
        Ok(Step::Value(match inst.ty {
            Ty::Float => V::float(f64::from_bits(result)),
            Ty::Bool => V::Bool(result != 0),
            _ => V::Int(result as i64),
        }))
    }
}
