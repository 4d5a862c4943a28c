//! Makes random traces as a recorder would: guards before use, a snapshot of all that the loop carries at every guard, a
//! bounds check before every access, storage guarded anew after a call that writes.

mod counted;
mod memory;

use std::collections::BTreeMap;

use pseudo_snapshots::{Pc, Slot, Snapshot};
use pseudo_trace::ir::eval::{Array, Machine, V, run};
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::storage::StorageInfo;
use pseudo_trace::ir::trace::{Inst, Link, SnapshotId, Start, Trace, encode_slot};
use pseudo_trace::ir::types::{Const, Ref, Ty};
use pseudo_trace::opt::BuiltinEffect;

use crate::random::Random;

pub use counted::random_counted_loop;

/// What a slot holds when the trace was recorded.
pub type Layout = Vec<Ty>;

pub fn effects(builtin: u32) -> BuiltinEffect {
    match builtin {
        0 => BuiltinEffect::Pure,
        1 => BuiltinEffect::Reads,
        2 => BuiltinEffect::Writes,
        _ => BuiltinEffect::Outside,
    }
}

/// 0: whether two values are one. 1: length of an array. 2: appends to an array. 3: says its arguments.
pub fn builtin(machine: &mut Machine, number: u32, arguments: &[V]) -> V {
    match (number, arguments) {
        (0, [a, b]) => V::Bool(a == b),
        (1, [V::Arr(array), ..]) => V::Int(machine.arrays[*array].elements.len() as i64),
        (2, [V::Arr(array), v]) => {
            machine.arrays[*array].push(v.clone());
            V::Nil
        }
        (0..=2, _) => V::Undef,
        _ => {
            machine.log.push((number, arguments.to_vec()));
            V::Nil
        }
    }
}

/// A state of the world that a trace may be entered in: for recording, or a variation of the one recorded.
pub fn machine(random: &mut Random, layout: &Layout, like: Option<&Machine>) -> Machine {
    let mut machine = Machine { cells: vec![V::Int(5), V::Nil], ..Machine::default() };
    let same_arrays = like.filter(|_| random.one_in(2));
    machine.arrays = same_arrays.map_or(Vec::new(), |like| like.arrays.clone());
    let storages = [Ty::ArrInt, Ty::ArrInt, Ty::ArrFloat, Ty::ArrAny, Ty::ArrAny, Ty::ArrBool, Ty::ArrBool];
    for &storage in storages.iter().skip(machine.arrays.len()) {
        let length = 3 + random.below(9);
        let elements: Vec<V> = (0..length)
            .map(|at| match storage {
                Ty::ArrInt => V::Int(random.int()),
                Ty::ArrFloat => V::float(random.float()),
                Ty::ArrBool => V::Bool(random.one_in(2)),
                _ if at == 0 => V::Nil,
                _ if random.one_in(3) => V::Bool(true),
                _ if random.one_in(2) => V::Int(random.int()),
                _ => V::Nil,
            })
            .collect();
        machine.arrays.push(Array::new(elements));
    }
    for shape in SHAPES {
        let mut field = || match random.below(4) {
            0 => V::float(random.float()),
            1 => V::Nil,
            _ => V::Int(random.int()),
        };
        machine.instances.push((shape, OFFSETS.iter().map(|&offset| (offset, field())).collect()));
    }
    for (at, &ty) in layout.iter().enumerate() {
        let slot = Slot::Stack(at as i32);
        if let Some(like) = like.filter(|_| !random.one_in(4)) {
            machine.slots.insert(slot, like.slots[&slot].clone());
            continue;
        }
        let ty = if like.is_some() && random.one_in(20) { Ty::Nil } else { ty };
        let v = match ty {
            // The counter begins low.
            Ty::Int if at == 0 && !random.one_in(8) => V::Int(random.below(3) as i64),
            Ty::Int if at == 1 && !random.one_in(8) => V::Int(random.below(9) as i64),
            Ty::Int => V::Int(random.int()),
            Ty::Float => V::float(random.float()),
            Ty::Bool => V::Bool(random.one_in(2)),
            Ty::ArrInt => V::Arr(random.below(2)),
            Ty::ArrFloat => V::Arr(2),
            Ty::ArrAny => V::Arr(3 + random.below(2)),
            Ty::ArrBool => V::Arr(5 + random.below(2)),
            // Which slot holds a cell is known without a guard.
            Ty::Ptr => V::Cell(random.below(2)),
            Ty::Obj => V::Obj(random.below(SHAPES.len())),
            _ => V::Nil,
        };
        let v = if layout[at] == Ty::Ptr && v == V::Nil { V::Cell(0) } else { v };
        machine.slots.insert(slot, v);
    }
    machine
}

/// The shapes of the instances that there are.
const SHAPES: [u32; 3] = [7, 7, 8];
/// What the trace makes has one of these.
const NEW_SHAPES: [u32; 2] = [37, 38];
/// Where their fields lie.
const OFFSETS: [u32; 2] = [16, 24];

struct Maker<'r> {
    random: &'r mut Random,
    trace: Trace,
    pools: BTreeMap<Ty, Vec<Ref>>,
    /// Slots that the trace has changed, or carries.
    state: BTreeMap<Slot, Ref>,
    /// The snapshot of the state as it is, if there is one.
    snapshot: Option<SnapshotId>,
    in_loop: bool,
    trace_has_no_loop: bool,
    /// Whether anything has happened since the entry.
    changed: bool,
    /// The variable that counts rounds, and its next value.
    counter: Option<Ref>,
    /// The world in which the trace is recorded.
    recorded: Machine,
}

const SCALARS: &[Ty] = &[Ty::Int, Ty::Float, Ty::Bool];
const ARRAYS: &[Ty] = &[Ty::ArrBool, Ty::ArrInt, Ty::ArrFloat, Ty::ArrAny];

pub fn random_trace(random: &mut Random) -> (Trace, Layout, Machine) {
    let mut layout = vec![Ty::Int, Ty::Int, Ty::ArrInt, Ty::Float];
    for _ in 0..random.below(7) {
        layout.push(random.pick(&[
            Ty::Int,
            Ty::Int,
            Ty::Float,
            Ty::Bool,
            Ty::ArrInt,
            Ty::ArrInt,
            Ty::ArrBool,
            Ty::ArrFloat,
            Ty::ArrAny,
            Ty::Ptr,
            Ty::Obj,
            Ty::Obj,
        ]));
    }
    let trace = Trace::new(1, Start::Root, Pc { function: 0, at: 0 });
    let recorded = machine(random, &layout, None);
    let mut maker = Maker {
        random,
        recorded,
        trace,
        pools: BTreeMap::new(),
        state: BTreeMap::new(),
        snapshot: None,
        in_loop: false,
        trace_has_no_loop: false,
        changed: false,
        counter: None,
    };
    maker.trace.snapshots.push(Snapshot { pc: Pc { function: 0, at: 0 }, base: 0, entries: Vec::new() });
    maker.make(&layout);
    (maker.trace, layout, maker.recorded)
}

impl Maker<'_> {
    fn make(&mut self, layout: &Layout) {
        let loops = !self.random.one_in(5);
        self.trace_has_no_loop = !loops;
        let values: Vec<Ref> = layout.iter().enumerate().map(|(at, &ty)| self.entry(at, ty)).collect();
        let mut phis = Vec::new();
        let mut instances = Vec::new();
        if loops {
            for _ in 0..self.random.below(3) {
                self.element();
            }
            self.put(Op::Loop, Ty::None, Ref::NONE, Ref::NONE, Ref::NONE);
            for (at, &ty) in layout.iter().enumerate() {
                let carried = at == 0 || (SCALARS.contains(&ty) && self.random.one_in(2));
                if carried {
                    // Boxed now and then, as an untyped loop would be.
                    let value = values[at];
                    let ty = if at > 0 && self.random.one_in(4) { Ty::Any } else { ty };
                    let value = if ty == Ty::Any { self.trace.insts[value.0 as usize].a } else { value };
                    let phi = self.put(Op::Phi, ty, value, value, Ref::NONE);
                    self.pools.entry(ty).or_default().push(phi);
                    phis.push((at, phi, ty));
                    self.state.insert(Slot::Stack(at as i32), phi);
                } else if ty == Ty::Obj && self.random.one_in(2) {
                    let guard = self.trace.insts[values[at].0 as usize];
                    let phi = self.put(Op::Phi, Ty::Any, guard.a, guard.a, Ref::NONE);
                    instances.push((phi, guard.b));
                    self.state.insert(Slot::Stack(at as i32), phi);
                } else if ty != Ty::Ptr && self.random.one_in(2) {
                    // Named without need.
                    self.state.insert(Slot::Stack(at as i32), values[at]);
                }
            }
            self.in_loop = true;
            self.counter = Some(phis[0].1);
        }
        let step = self.random.pick(&[1, 1, 1, 1, 2, -1, 3]);
        let limit = self.int_before_loop();
        let early = self.random.one_in(2);
        let mut next = None;
        if early {
            next = self.count(step, limit);
        }
        if !instances.is_empty() {
            // What the loop puts off shows where it is left.
            self.guard(Op::Poll, Ty::None, Ref::NONE, Ref::NONE);
        }
        for &(phi, shape) in &instances {
            let instance = self.guard(Op::GuardShape, Ty::Obj, phi, shape);
            self.load_field(instance);
            if self.random.one_in(3) {
                self.pools.entry(Ty::Obj).or_default().push(instance);
            }
        }
        for _ in 0..2 + self.random.below(14) {
            self.something();
        }
        if !early {
            next = self.count(step, limit);
        }
        for (at, phi, ty) in phis {
            let value = if at == 0 {
                next.unwrap()
            } else if self.random.one_in(4) {
                phi
            } else if ty == Ty::Any {
                self.boxed()
            } else {
                self.value(ty)
            };
            let value = if self.trace.ty(value) == Ty::Nil { phi } else { value };
            self.trace.insts[phi.0 as usize].b = value;
        }
        for &(phi, shape) in &instances {
            let alike: Vec<Ref> = instances.iter().filter(|other| other.1 == shape).map(|other| other.0).collect();
            let next = if self.random.one_in(4) { self.random.pick(&alike) } else { self.make_instance(shape) };
            self.trace.insts[phi.0 as usize].b = next;
        }
        if loops {
            self.trace.link = Link::Loop;
        } else {
            self.assign();
            let end = self.snapshot();
            self.trace.end = Some(end);
        }
    }

    fn entry(&mut self, at: usize, ty: Ty) -> Ref {
        let slot = self.put(Op::Slot, Ty::Any, encode_slot(Slot::Stack(at as i32)), Ref::NONE, Ref::NONE);
        if ty == Ty::Ptr {
            let address = self.put(Op::CellAddr, Ty::Ptr, slot, Ref::NONE, Ref::NONE);
            self.pools.entry(Ty::Ptr).or_default().push(address);
            return address;
        }
        self.pools.entry(Ty::Any).or_default().push(slot);
        if ty == Ty::Obj {
            let shape = match self.now(slot) {
                Some(V::Obj(instance)) => SHAPES[instance],
                _ => SHAPES[0],
            };
            let instance = self.guard(Op::GuardShape, Ty::Obj, slot, Ref(shape));
            self.pools.entry(Ty::Obj).or_default().push(instance);
            return instance;
        }
        let value = self.guard(guard_of(ty), ty, slot, Ref::NONE);
        self.pools.entry(ty).or_default().push(value);
        value
    }

    fn put(&mut self, op: Op, ty: Ty, a: Ref, b: Ref, c: Ref) -> Ref {
        self.trace.push(Inst::new(op, ty, a, b, c))
    }

    fn snapshot(&mut self) -> SnapshotId {
        // Until something happens, the state is that at entry.
        if !self.in_loop && !self.changed {
            return SnapshotId(0);
        }
        if let Some(snapshot) = self.snapshot.filter(|_| !self.random.one_in(3)) {
            return snapshot;
        }
        let id = SnapshotId(self.trace.snapshots.len() as u32);
        let entries = self.state.iter().map(|(&slot, &value)| (slot, value.into())).collect();
        self.trace.snapshots.push(Snapshot { pc: Pc { function: 0, at: id.0 }, base: 0, entries });
        self.snapshot = Some(id);
        id
    }

    /// The value in the round that is recorded.
    fn now(&self, value: Ref) -> Option<V> {
        let mut trace = self.trace.clone();
        let never = trace.constant(Const::Bool(false));
        let asked = Slot::Global(9);
        let entries = vec![(asked, value.into())];
        trace.snapshots.push(Snapshot { pc: Pc { function: 9, at: 9 }, base: 0, entries });
        let mut guard = Inst::new(Op::GuardTrue, Ty::None, never, Ref::NONE, Ref::NONE);
        guard.snapshot = SnapshotId(trace.snapshots.len() as u32 - 1);
        trace.push(guard);
        let mut machine = self.recorded.clone();
        run(&trace, &mut machine, 1, &mut builtin).ok()?;
        machine.slots.get(&asked).cloned()
    }

    fn int_now(&self, value: Ref) -> Option<i64> {
        match self.now(value)? {
            V::Int(int) => Some(int),
            _ => None,
        }
    }

    /// A guard that a test comes out as it does now.
    fn guard_test(&mut self, test: Ref) {
        let op = if self.now(test) == Some(V::Bool(true)) { Op::GuardTrue } else { Op::GuardFalse };
        self.guard(op, Ty::None, test, Ref::NONE);
    }

    fn forget_snapshot(&mut self) {
        self.snapshot = None;
        self.changed = true;
    }

    fn guard(&mut self, op: Op, ty: Ty, a: Ref, b: Ref) -> Ref {
        let snapshot = self.snapshot();
        let mut inst = Inst::new(op, ty, a, b, Ref::NONE);
        inst.snapshot = snapshot;
        self.trace.push(inst)
    }

    fn int_before_loop(&mut self) -> Ref {
        if self.random.one_in(4) {
            let int = self.random.int();
            return self.trace.int(int);
        }
        let before = self.trace.loop_start().unwrap_or(usize::MAX);
        let ints: Vec<Ref> = self.pools[&Ty::Int].iter().copied().filter(|value| (value.0 as usize) < before).collect();
        self.random.pick(&ints)
    }

    /// The guard and the step of a counted loop.
    fn count(&mut self, step: i64, limit: Ref) -> Option<Ref> {
        let counter = self.counter?;
        let limit = match self.pools.get(&Ty::ArrInt) {
            Some(arrays) if self.random.one_in(3) && !arrays.is_empty() => {
                let array = self.random.pick(arrays);
                self.put(Op::ArrLen, Ty::Int, array, Ref::NONE, Ref::NONE)
            }
            _ => limit,
        };
        let toward = self.int_now(counter).zip(self.int_now(limit)).is_some_and(|(at, to)| (at < to) == (step > 0));
        let limit = if toward { limit } else { self.trace.int(if step > 0 { 6 } else { -2 }) };
        let (op, a, b) = match self.random.below(4) {
            _ if step < 0 && self.random.one_in(2) => (Op::LtInt, limit, counter),
            0 => (Op::NeInt, counter, limit),
            1 if step > 0 => (Op::LeInt, counter, limit),
            _ if step < 0 => (Op::LeInt, limit, counter),
            _ => (Op::LtInt, counter, limit),
        };
        let step = self.trace.int(step);
        let of_next = self.random.one_in(4);
        let mut next = Ref::NONE;
        if of_next {
            next = self.put(Op::AddInt, Ty::Int, counter, step, Ref::NONE);
        }
        let swap = |value: Ref| if of_next && value == counter { next } else { value };
        let test = self.put(op, Ty::Bool, swap(a), swap(b), Ref::NONE);
        self.guard_test(test);
        if !of_next {
            next = self.put(Op::AddInt, Ty::Int, counter, step, Ref::NONE);
        }
        self.pools.get_mut(&Ty::Int).unwrap().push(next);
        Some(next)
    }

    fn value(&mut self, ty: Ty) -> Ref {
        let pool = self.pools.get(&ty).map_or(&[][..], Vec::as_slice);
        if !pool.is_empty() && !self.random.one_in(4) {
            return self.random.pick(pool);
        }
        match ty {
            Ty::Int => {
                let int = self.random.int();
                self.trace.int(int)
            }
            Ty::Float => {
                let float = self.random.float();
                self.trace.float(float)
            }
            Ty::Bool => {
                let bool = self.random.one_in(2);
                self.trace.constant(Const::Bool(bool))
            }
            _ if !pool.is_empty() => self.random.pick(pool),
            _ => self.trace.constant(Const::Nil),
        }
    }

    fn boxed(&mut self) -> Ref {
        if self.random.one_in(4) {
            return self.value(Ty::Any);
        }
        let ty = self.random.pick(SCALARS);
        let value = self.value(ty);
        let op = match ty {
            Ty::Int => Op::BoxInt,
            Ty::Float => Op::BoxFloat,
            _ => Op::BoxBool,
        };
        let boxed = self.put(op, Ty::Any, value, Ref::NONE, Ref::NONE);
        self.keep(Ty::Any, boxed);
        boxed
    }

    fn keep(&mut self, ty: Ty, value: Ref) {
        self.pools.entry(ty).or_default().push(value);
    }

    fn something(&mut self) {
        match self.random.below(21) {
            18..=20 => self.field(),
            0..=4 => self.arithmetic(),
            5 | 6 => self.comparison(),
            7..=11 => self.element(),
            12 if self.random.one_in(2) => self.resize(),
            12 => self.cell(),
            13 => self.call(),
            14 => {
                let boxed = self.boxed();
                let ty = self.random.pick(SCALARS);
                let ty = match self.now(boxed) {
                    _ if self.random.one_in(20) => ty,
                    Some(V::Int(_)) => Ty::Int,
                    Some(V::Float(_)) => Ty::Float,
                    Some(V::Bool(_)) => Ty::Bool,
                    _ => Ty::None,
                };
                if SCALARS.contains(&ty) {
                    if self.random.one_in(3) {
                        // Something weaker first, and something between.
                        let falsy = self.now(boxed) == Some(V::Bool(false));
                        let weak = if falsy || self.random.one_in(3) { Op::GuardDefined } else { Op::GuardTruthy };
                        self.guard(weak, Ty::None, boxed, Ref::NONE);
                        self.something();
                    }
                    let value = self.guard(guard_of(ty), ty, boxed, Ref::NONE);
                    self.keep(ty, value);
                }
            }
            15 => self.object(),
            _ => self.assign(),
        }
    }

    fn assign(&mut self) {
        let slot = Slot::Stack(20 + self.random.below(3) as i32);
        let ty = self.random.pick(&[Ty::Int, Ty::Float, Ty::Bool, Ty::Any]);
        let value = self.value(ty);
        self.state.insert(slot, value);
        self.forget_snapshot();
    }

    fn arithmetic(&mut self) {
        const INTS: &[Op] = &[
            Op::AddInt,
            Op::AddInt,
            Op::SubInt,
            Op::MulInt,
            Op::NegInt,
            Op::AndInt,
            Op::OrInt,
            Op::XorInt,
            Op::NotInt,
            Op::DivInt,
            Op::ModInt,
            Op::ShlInt,
            Op::SarInt,
            Op::ShrInt,
        ];
        const FLOATS: &[Op] = &[
            Op::AddFloat,
            Op::SubFloat,
            Op::MulFloat,
            Op::DivFloat,
            Op::NegFloat,
            Op::AbsFloat,
            Op::FloorFloat,
            Op::ModFloat,
        ];
        let ty = if self.random.one_in(3) { Ty::Float } else { Ty::Int };
        let op = self.random.pick(if ty == Ty::Int { INTS } else { FLOATS });
        let a = self.value(ty);
        let mut b =
            if op.info().operands[1] == pseudo_trace::ir::ops::Operand::No { Ref::NONE } else { self.value(ty) };
        match op {
            Op::DivInt | Op::ModInt => {
                if self.random.one_in(2) || self.int_now(b).is_none_or(|b| b == 0) {
                    b = self.trace.int([1, 2, 8, 3, -1, -4][a.0 as usize % 6]);
                } else {
                    let zero = self.trace.int(0);
                    let test = self.put(Op::NeInt, Ty::Bool, b, zero, Ref::NONE);
                    self.guard(Op::GuardTrue, Ty::None, test, Ref::NONE);
                }
            }
            Op::ShlInt | Op::SarInt | Op::ShrInt => {
                if self.random.one_in(2) || self.int_now(b).is_none_or(|b| !(0..64).contains(&b)) {
                    b = self.trace.int([0, 1, 7, 63][a.0 as usize % 4]);
                } else {
                    let bound = self.trace.int(64);
                    let test = self.put(Op::UltInt, Ty::Bool, b, bound, Ref::NONE);
                    self.guard(Op::GuardTrue, Ty::None, test, Ref::NONE);
                }
            }
            _ => {}
        }
        let value = self.put(op, ty, a, b, Ref::NONE);
        self.keep(ty, value);
    }

    fn select(&mut self, condition: Ref) {
        let ty = self.random.pick(&[Ty::Int, Ty::Int, Ty::Float, Ty::Bool]);
        let (a, b) = (self.value(ty), self.value(ty));
        let value = self.put(Op::select(ty).expect("a type to choose from"), ty, condition, a, b);
        self.keep(ty, value);
    }

    fn comparison(&mut self) {
        const OPS: &[Op] = &[
            Op::EqInt,
            Op::NeInt,
            Op::LtInt,
            Op::LeInt,
            Op::UltInt,
            Op::LtFloat,
            Op::LeFloat,
            Op::EqFloat,
            Op::NotBool,
        ];
        let op = self.random.pick(OPS);
        let ty = match op {
            Op::NotBool => Ty::Bool,
            Op::LtFloat | Op::LeFloat | Op::EqFloat => Ty::Float,
            _ => Ty::Int,
        };
        let a = self.value(ty);
        let b = if op == Op::NotBool { Ref::NONE } else { self.value(ty) };
        let value = self.put(op, Ty::Bool, a, b, Ref::NONE);
        self.keep(Ty::Bool, value);
        match self.random.below(4) {
            0 => self.guard_test(value),
            1 => self.select(value),
            _ => {}
        }
    }

    fn call(&mut self) {
        let number = self.random.below(4) as u32;
        let first = self.trace.args.len() as u32;
        let mut array = None;
        let subject = match (number, self.array()) {
            (1 | 2, None) => return,
            (1 | 2, Some((typed, ty))) => {
                array = Some((typed, ty));
                self.put(Op::BoxArr, Ty::Any, typed, Ref::NONE, Ref::NONE)
            }
            _ => self.boxed(),
        };
        let other = self.boxed();
        self.trace.args.extend([subject, other]);
        let undone = self.snapshot();
        let result = self.put(Op::CallBuiltin, Ty::Any, Ref(number), Ref(first), Ref(2));
        if number == 2 {
            // A builtin that throws has changed nothing.
            let mut guard = Inst::new(Op::GuardDefined, Ty::None, result, Ref::NONE, Ref::NONE);
            guard.snapshot = undone;
            self.trace.push(guard);
        }
        if number >= 2 {
            self.forget_snapshot();
            for ty in ARRAYS {
                self.pools.remove(ty);
            }
            if let Some((typed, ty)) = array {
                // The storage may have changed: looked at again.
                let boxed = self.put(Op::BoxArr, Ty::Any, typed, Ref::NONE, Ref::NONE);
                let typed = self.guard(guard_of(ty), ty, boxed, Ref::NONE);
                self.keep(ty, typed);
            }
        }
        if number == 1 {
            let length = self.guard(Op::GuardInt, Ty::Int, result, Ref::NONE);
            self.keep(Ty::Int, length);
        } else {
            self.keep(Ty::Any, result);
        }
    }
}

fn guard_of(ty: Ty) -> Op {
    match ty {
        Ty::Int => Op::GuardInt,
        Ty::Float => Op::GuardFloat,
        Ty::Bool => Op::GuardBool,
        ty => StorageInfo::of_array(ty).expect("a scalar or an array").guard,
    }
}
