//! Random traces, compiled and run, against the evaluator: loops with side traces that come back to them, with few and
//! with all registers. The allocation checker runs on each.

mod support;

use std::collections::BTreeMap;

use pseudo_codegen::{CompiledTrace, Options, ParentExit, Target};
use pseudo_snapshots::{Pc, Slot, Snapshot};
use pseudo_trace::ir::eval::{self, Machine, V};
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::{Inst, Link, SnapshotId, Start, Trace, encode_slot};
use pseudo_trace::ir::types::{Const, Ref, Ty};
use pseudo_vm::heap::object::{Array, Header, ObjectKind, Storage};
use pseudo_vm::value::{TAG_ARRAY, Value};
use support::{Bench, Random, no_builtins};

/// Types of the slots that traces use: slot 0 counts rounds.
const SLOTS: [Ty; 16] = [
    Ty::Int,
    Ty::Int,
    Ty::Int,
    Ty::Int,
    Ty::Int,
    Ty::Int,
    Ty::Int,
    Ty::Float,
    Ty::Float,
    Ty::Float,
    Ty::Float,
    Ty::Float,
    Ty::Float,
    Ty::Bool,
    Ty::Bool,
    Ty::Int,
];
const ROUNDS: i64 = 40;
/// Behind the slots lie an array of ints, one of floats and one of bools, of so many elements.
const ELEMENTS: usize = 16;
const ARRAYS: [Slot; 3] = [Slot::Stack(20), Slot::Stack(21), Slot::Stack(22)];

fn place(slot: usize) -> Slot {
    if slot == 15 { Slot::Global(3) } else { Slot::Stack(slot as i32) }
}

struct Maker<'r> {
    trace: Trace,
    random: &'r mut Random,
    /// Values to use, by type: ints, floats, bools.
    pools: [Vec<Ref>; 3],
    /// Of each array: the object, and the address of its elements.
    arrays: [(Ref, Ref); 3],
    /// What each slot holds where the trace is now.
    state: BTreeMap<Slot, Ref>,
    guards: u32,
}

fn pool(ty: Ty) -> usize {
    match ty {
        Ty::Int => 0,
        Ty::Float => 1,
        _ => 2,
    }
}

impl Maker<'_> {
    fn inst(&mut self, op: Op, ty: Ty, operands: &[Ref]) -> Ref {
        let operand = |at: usize| operands.get(at).copied().unwrap_or(Ref::NONE);
        let mut inst = Inst::new(op, ty, operand(0), operand(1), operand(2));
        if op.is_guard() {
            inst.snapshot = self.snapshot();
        }
        self.trace.push(inst)
    }

    fn snapshot(&mut self) -> SnapshotId {
        self.guards += 1;
        let pc = Pc { function: self.trace.number, at: self.guards };
        let entries = self.state.iter().map(|(&slot, &value)| (slot, value.into())).collect();
        self.trace.snapshots.push(Snapshot { pc, base: 0, entries });
        SnapshotId(self.trace.snapshots.len() as u32 - 1)
    }

    fn constant(&mut self, ty: Ty) -> Ref {
        let int = match self.random.below(5) {
            0 => self.random.next() as i64,
            1 => self.random.pick(&[i64::MIN, i64::MAX, 1 << 47, -(1 << 47)]),
            _ => self.random.below(300) as i64 - 150,
        };
        self.trace.constant(match ty {
            Ty::Int => Const::Int(int),
            Ty::Float => Const::Float((int as f64 / 8.0).to_bits()),
            _ => Const::Bool(int & 1 == 1),
        })
    }

    fn value(&mut self, ty: Ty) -> Ref {
        let pool = &self.pools[pool(ty)];
        if pool.is_empty() || self.random.one_in(6) {
            self.constant(ty)
        } else if self.random.one_in(2) {
            // A recent one.
            pool[pool.len() - 1 - self.random.below(pool.len().min(4))]
        } else {
            pool[self.random.below(pool.len())]
        }
    }

    fn keep(&mut self, value: Ref, ty: Ty) -> Ref {
        self.pools[pool(ty)].push(value);
        value
    }

    fn binary(&mut self, op: Op, operands: Ty, ty: Ty) -> Ref {
        let (a, b) = (self.value(operands), self.value(operands));
        self.inst(op, ty, &[a, b])
    }

    /// Reads where the arrays are.
    fn find_arrays(&mut self) {
        let guards =
            [(Op::GuardArrInt, Ty::ArrInt), (Op::GuardArrFloat, Ty::ArrFloat), (Op::GuardArrBool, Ty::ArrBool)];
        for (array, (guard, ty)) in guards.into_iter().enumerate() {
            let any = self.inst(Op::Slot, Ty::Any, &[encode_slot(ARRAYS[array])]);
            let object = self.inst(guard, ty, &[any]);
            let data = self.inst(Op::ArrData, Ty::Ptr, &[object]);
            self.arrays[array] = (object, data);
        }
    }

    /// An index of an element, in one of the forms that may become part of an address.
    fn index(&mut self) -> Ref {
        let value = self.value(Ty::Int);
        let seven = self.trace.int(7);
        let low = self.inst(Op::AndInt, Ty::Int, &[value, seven]);
        let offset = self.random.below(8) as i64;
        match self.random.below(5) {
            0 => low,
            1 => self.trace.int(2 * offset),
            2 => {
                let offset = self.trace.int(offset);
                self.inst(Op::AddInt, Ty::Int, &[offset, low])
            }
            3 => {
                let offset = self.trace.int(offset + 1);
                self.inst(Op::AddInt, Ty::Int, &[low, offset])
            }
            _ => {
                let (eight, offset) = (self.trace.int(8), self.trace.int(offset));
                let high = self.inst(Op::OrInt, Ty::Int, &[low, eight]);
                self.inst(Op::SubInt, Ty::Int, &[high, offset])
            }
        }
    }

    /// Reads or writes an element, or the length.
    fn element(&mut self) {
        let array = self.random.below(3);
        let (object, data) = self.arrays[array];
        let (ty, load, store) = [
            (Ty::Int, Op::LoadInt, Op::StoreInt),
            (Ty::Float, Op::LoadFloat, Op::StoreFloat),
            (Ty::Bool, Op::LoadBool, Op::StoreBool),
        ][array];
        match self.random.below(6) {
            0 => {
                let len = self.inst(Op::ArrLen, Ty::Int, &[object]);
                self.keep(len, Ty::Int);
            }
            1 => {
                let (index, value) = (self.index(), self.value(ty));
                self.inst(store, Ty::None, &[data, index, value]);
            }
            _ => {
                let index = self.index();
                if self.random.one_in(4) {
                    self.keep(index, Ty::Int);
                }
                let value = self.inst(load, ty, &[data, index]);
                self.keep(value, ty);
            }
        }
    }

    /// A random instruction, or a few.
    fn step(&mut self, calls: bool) {
        const INT: [Op; 6] = [Op::AddInt, Op::SubInt, Op::MulInt, Op::AndInt, Op::OrInt, Op::XorInt];
        const FLOAT: [Op; 4] = [Op::AddFloat, Op::SubFloat, Op::MulFloat, Op::DivFloat];
        const UNARY: [Op; 5] = [Op::NegFloat, Op::AbsFloat, Op::SqrtFloat, Op::FloorFloat, Op::CeilFloat];
        const COMPARE_INTS: [Op; 5] = [Op::EqInt, Op::NeInt, Op::LtInt, Op::LeInt, Op::UltInt];
        const COMPARE_FLOATS: [Op; 4] = [Op::EqFloat, Op::NeFloat, Op::LtFloat, Op::LeFloat];
        match self.random.below(26) {
            20..24 => self.element(),
            24.. => {
                let ty = self.random.pick(&[Ty::Int, Ty::Int, Ty::Float, Ty::Bool]);
                let op = Op::select(ty).expect("a type to choose from");
                let (condition, a, b) = (self.value(Ty::Bool), self.value(ty), self.value(ty));
                let value = self.inst(op, ty, &[condition, a, b]);
                self.keep(value, ty);
            }
            0..6 => {
                let op = self.random.pick(&INT);
                let value = self.binary(op, Ty::Int, Ty::Int);
                self.keep(value, Ty::Int);
            }
            6..9 => {
                let op = self.random.pick(&FLOAT);
                let value = self.binary(op, Ty::Float, Ty::Float);
                self.keep(value, Ty::Float);
            }
            9 => {
                let (op, a) = (self.random.pick(&UNARY), self.value(Ty::Float));
                let value = self.inst(op, Ty::Float, &[a]);
                self.keep(value, Ty::Float);
            }
            10 => {
                let (op, a, b) =
                    (self.random.pick(&[Op::DivInt, Op::ModInt]), self.value(Ty::Int), self.value(Ty::Int));
                let one = self.trace.int(1);
                let odd = self.inst(Op::OrInt, Ty::Int, &[b, one]);
                let value = self.inst(op, Ty::Int, &[a, odd]);
                self.keep(value, Ty::Int);
            }
            11 => {
                let op = self.random.pick(&[Op::ShlInt, Op::SarInt, Op::ShrInt]);
                let (a, b) = (self.value(Ty::Int), self.value(Ty::Int));
                let mask = self.trace.int(63);
                let count = self.inst(Op::AndInt, Ty::Int, &[b, mask]);
                let value = self.inst(op, Ty::Int, &[a, count]);
                self.keep(value, Ty::Int);
            }
            12 => {
                let a = self.value(Ty::Int);
                let value = self.inst(Op::IntToFloat, Ty::Float, &[a]);
                self.keep(value, Ty::Float);
            }
            13 => {
                let a = self.value(Ty::Int);
                let op = self.random.pick(&[Op::NegInt, Op::NotInt]);
                let value = self.inst(op, Ty::Int, &[a]);
                self.keep(value, Ty::Int);
            }
            14 => {
                let op = self.random.pick(&COMPARE_INTS);
                let value = self.binary(op, Ty::Int, Ty::Bool);
                self.keep(value, Ty::Bool);
            }
            15 => {
                let op = self.random.pick(&COMPARE_FLOATS);
                let value = self.binary(op, Ty::Float, Ty::Bool);
                self.keep(value, Ty::Bool);
            }
            16 if calls => {
                let value = match self.random.below(3) {
                    0 => {
                        let (number, a) = (Ref(self.random.below(2) as u32), self.value(Ty::Float));
                        self.inst(Op::MathFloat, Ty::Float, &[number, a])
                    }
                    1 => {
                        let (a, b) = (self.value(Ty::Float), self.value(Ty::Float));
                        self.inst(Op::MathFloat2, Ty::Float, &[Ref(0), a, b])
                    }
                    _ => self.binary(Op::ModFloat, Ty::Float, Ty::Float),
                };
                self.keep(value, Ty::Float);
            }
            17 => {
                self.inst(Op::Poll, Ty::None, &[]);
            }
            18 if self.random.one_in(2) => {
                let test = self.value(Ty::Bool);
                if test.is_inst() {
                    let guard = self.random.pick(&[Op::GuardTrue, Op::GuardFalse]);
                    self.inst(guard, Ty::None, &[test]);
                }
            }
            19 => {
                let a = self.value(Ty::Int);
                let any = self.inst(Op::BoxInt, Ty::Any, &[a]);
                let int = self.inst(Op::GuardInt, Ty::Int, &[any]);
                self.keep(int, Ty::Int);
            }
            _ => self.assign(),
        }
    }

    /// Some slot takes a new value.
    fn assign(&mut self) {
        let slot = 1 + self.random.below(SLOTS.len() - 1);
        let value = self.value(SLOTS[slot]);
        if self.state.contains_key(&place(slot)) {
            self.state.insert(place(slot), value);
        }
    }

    fn count_round(&mut self) {
        let before = self.state[&place(0)];
        let one = self.trace.int(1);
        let after = self.inst(Op::AddInt, Ty::Int, &[before, one]);
        self.state.insert(place(0), after);
    }
}

fn new_trace(number: u32, start: Start) -> Trace {
    Trace::new(number, start, Pc { function: number, at: 0 })
}

/// A loop over all slots, some of which it carries.
///
/// To the evaluator a join is a new run of the loop from its entry. That is the same only if what the body takes from
/// before the loop does not depend on what the loop carries, and if phis begin with what is in their slots; so traces
/// that may be joined are made like that.
fn root(random: &mut Random, steps: usize, calls: bool, joins: bool) -> Trace {
    let carried: Vec<usize> = (0..SLOTS.len()).filter(|&slot| slot == 0 || !random.one_in(3)).collect();
    let mut maker = Maker {
        trace: new_trace(1, Start::Root),
        random,
        pools: Default::default(),
        arrays: [(Ref::NONE, Ref::NONE); 3],
        state: BTreeMap::new(),
        guards: 0,
    };
    maker.snapshot();
    let mut values = Vec::new();
    for (slot, &ty) in SLOTS.iter().enumerate() {
        let any = maker.inst(Op::Slot, Ty::Any, &[encode_slot(place(slot))]);
        let guard = match ty {
            Ty::Int => Op::GuardInt,
            Ty::Float => Op::GuardFloat,
            _ => Op::GuardBool,
        };
        let value = maker.inst(guard, ty, &[any]);
        maker.trace.insts.last_mut().expect("the guard").snapshot = SnapshotId(0);
        values.push(value);
        if !joins || !carried.contains(&slot) {
            maker.keep(value, ty);
        }
    }
    maker.find_arrays();
    for inst in &mut maker.trace.insts {
        if inst.op.is_guard() {
            inst.snapshot = SnapshotId(0);
        }
    }
    // Snapshots of the preamble are that of the entry; pure instructions only.
    for _ in 0..maker.random.below(4) {
        let value = maker.binary(Op::AddInt, Ty::Int, Ty::Int);
        maker.keep(value, Ty::Int);
        let value = maker.binary(Op::MulFloat, Ty::Float, Ty::Float);
        maker.keep(value, Ty::Float);
    }
    maker.trace.push(Inst::new(Op::Loop, Ty::None, Ref::NONE, Ref::NONE, Ref::NONE));
    let head = maker.trace.insts.len() - 1;
    for &slot in &carried {
        let ty = SLOTS[slot];
        let input = !joins && maker.random.one_in(8) && slot != 0;
        let input = if input { maker.constant(ty) } else { values[slot] };
        let phi = maker.trace.push(Inst::new(Op::Phi, ty, input, Ref::NONE, Ref::NONE));
        maker.state.insert(place(slot), phi);
        maker.keep(phi, ty);
    }
    let phis = maker.state.clone();
    maker.trace.insts[head].snapshot = maker.snapshot();
    let limit = maker.trace.int(ROUNDS);
    let round = maker.state[&place(0)];
    let goes_on = maker.inst(Op::LtInt, Ty::Bool, &[round, limit]);
    maker.inst(Op::GuardTrue, Ty::None, &[goes_on]);
    for _ in 0..steps {
        maker.step(calls);
    }
    maker.count_round();
    for (slot, phi) in phis {
        let next = maker.state[&slot];
        maker.trace.insts[phi.0 as usize].b = next;
    }
    maker.trace.link = Link::Loop;
    maker.trace
}

/// A side trace that takes over some entries of an exit.
fn side(
    random: &mut Random,
    number: u32,
    parent: &Trace,
    exit: usize,
    compiled: &CompiledTrace,
    steps: usize,
) -> Trace {
    let snapshot = &parent.snapshots[compiled.exits[exit].snapshot.0 as usize];
    let mut maker = Maker {
        trace: new_trace(number, Start::Exit { parent: parent.number, exit: exit as u32 }),
        random,
        pools: Default::default(),
        arrays: [(Ref::NONE, Ref::NONE); 3],
        state: BTreeMap::new(),
        guards: 0,
    };
    for (entry, &(slot, value)) in snapshot.entries.iter().enumerate() {
        let value: Ref = value.into();
        let ty = parent.ty(value);
        let value = match parent.as_const(value) {
            Some(constant) => maker.trace.constant(constant),
            None => maker.inst(Op::Inherit, ty, &[Ref(entry as u32)]),
        };
        maker.state.insert(slot, value);
        maker.keep(value, ty);
    }
    maker.snapshot();
    maker.find_arrays();
    for _ in 0..steps {
        maker.step(true);
    }
    let links = if maker.state.contains_key(&place(0)) { 4 } else { 1 };
    maker.trace.link = match maker.random.below(links) {
        0 => Link::Interpreter,
        1 => Link::Trace(1),
        _ => Link::Root(1),
    };
    if maker.trace.link != Link::Interpreter {
        maker.count_round();
    }
    maker.trace.end = Some(maker.snapshot());
    maker.trace
}

/// What traces in a tree do, by the evaluator: until an exit that has no side trace.
fn expected(traces: &[Trace], sides: &BTreeMap<(u32, SnapshotId), usize>, machine: &mut Machine) -> (Pc, i32) {
    let mut at = 0;
    loop {
        let trace = &traces[at];
        let outcome = eval::run(trace, machine, u32::MAX, &mut no_builtins).expect("no fault");
        let snapshot = match outcome.exit {
            eval::Exit::Guard { snapshot, .. } => snapshot,
            eval::Exit::End if trace.link == Link::Interpreter => return outcome.resume.expect("left"),
            eval::Exit::End => {
                at = 0;
                continue;
            }
            eval::Exit::Rounds => panic!("too many rounds"),
        };
        let Some(&side) = sides.get(&(trace.number, snapshot)) else {
            return outcome.resume.expect("left");
        };
        let entries = &trace.snapshots[snapshot.0 as usize].entries;
        machine.inherited = entries.iter().map(|(slot, _)| machine.slots[slot].clone()).collect();
        at = side;
    }
}

fn random_slots(random: &mut Random) -> BTreeMap<Slot, V> {
    let slot = |(slot, &ty): (usize, &Ty)| {
        let v = match ty {
            Ty::Int if slot == 0 => V::Int(0),
            Ty::Int if random.one_in(4) => V::Int(random.next() as i64),
            Ty::Int => V::Int(random.below(100) as i64 - 50),
            Ty::Float => V::float((random.below(1000) as f64 - 500.0) / 16.0),
            _ => V::Bool(random.one_in(2)),
        };
        (place(slot), v)
    };
    SLOTS.iter().enumerate().map(slot).collect()
}

fn random_elements(random: &mut Random, storage: Storage) -> Vec<V> {
    let element = |random: &mut Random| match storage {
        Storage::Int => V::Int(if random.one_in(4) { random.next() as i64 } else { random.below(100) as i64 - 50 }),
        Storage::Bool => V::Bool(random.one_in(2)),
        _ => V::float((random.below(1000) as f64 - 500.0) / 16.0),
    };
    (0..ELEMENTS).map(|_| element(random)).collect()
}

#[derive(Default, Debug)]
struct Seen {
    joins: usize,
    sides: usize,
    sides_of_sides: usize,
    spills: usize,
}

/// One tree of traces, grown where it leaves; compared after each step.
fn grow(seed: u64, registers: usize, seen: &mut Seen) {
    let mut random = Random(seed);
    let steps = 5 + random.below(60);
    let calls = random.one_in(3);
    let mut bench = Bench::new(Options { registers, ..Options::default() });
    let mut words = [[0; ELEMENTS]; 3];
    let [ints, floats, bools] = &mut words;
    let arrays =
        [(Storage::Int, ints), (Storage::Float, floats), (Storage::Bool, bools)].map(|(storage, words)| Array {
            header: Header { kind: ObjectKind::Array, storage, gc: 0, flags: 0, aux: 0 },
            len: ELEMENTS,
            data: words.as_mut_ptr(),
            capacity: ELEMENTS,
        });
    let joins = !random.one_in(3);
    let mut traces = vec![root(&mut random, steps, calls, joins)];
    let mut compiled = vec![bench.compile(&traces[0])];
    let mut sides = BTreeMap::new();
    for turn in 0..8 {
        let slots = random_slots(&mut random);
        let mut machine = Machine { slots: slots.clone(), ..Machine::default() };
        bench.set_all(&slots);
        for (at, array) in arrays.iter().enumerate() {
            let elements = random_elements(&mut random, array.header.storage);
            for (index, element) in elements.iter().enumerate() {
                let word = match *element {
                    V::Int(int) => int as u64,
                    V::Float(bits) => bits,
                    V::Bool(bool) => {
                        // SAFETY: as below.
                        unsafe { *array.data.cast::<u8>().add(index) = bool as u8 }
                        continue;
                    }
                    _ => unreachable!("arrays of numbers and bools"),
                };
                // SAFETY: the array points at the local words, which nothing else uses before compiled code has run.
                unsafe { *array.data.add(index) = word }
            }
            machine.arrays.push(eval::Array::new(elements));
            machine.slots.insert(ARRAYS[at], V::Arr(at));
            let Slot::Stack(offset) = ARRAYS[at] else { unreachable!("arrays lie on the stack") };
            bench.stack[support::FRAME + offset as usize] = Value::pointer(TAG_ARRAY, array);
        }
        let resume = expected(&traces, &sides, &mut machine);
        let refs: Vec<&CompiledTrace> = compiled.iter().collect();
        let left = bench.run(&refs, 0);
        let context = || {
            let text: Vec<String> = traces.iter().map(text).collect();
            format!("seed {seed}, {registers} registers, turn {turn}, left {left:?}\n{}", text.join("\n"))
        };
        assert_eq!((left.pc, left.base), (resume.0, resume.1 as i64), "{}", context());
        ARRAYS.iter().for_each(|slot| _ = machine.slots.remove(slot));
        for (array, wanted) in arrays.iter().zip(&machine.arrays) {
            for (index, wanted) in wanted.elements.iter().enumerate() {
                // SAFETY: as above.
                let (word, byte) = unsafe { (*array.data.add(index), *array.data.cast::<u8>().add(index)) };
                let same = match *wanted {
                    V::Int(int) => word == int as u64,
                    V::Float(bits) => word == bits || (f64::from_bits(word).is_nan() && f64::from_bits(bits).is_nan()),
                    V::Bool(bool) => byte == bool as u8,
                    _ => false,
                };
                assert!(same, "element {index} should be {wanted:?} and is {word:x}: {}", context());
            }
        }
        bench.compare(&machine.slots).unwrap_or_else(|error| panic!("{error}: {}", context()));

        let parent = traces.iter().position(|trace| trace.number == left.trace).expect("a known trace");
        let exit = &compiled[parent].exits[left.exit];
        // The loop's own end leaves at slot 0: a side trace there would run for ever. So would one at the entry, where
        // nothing is inherited.
        let snapshot = &traces[parent].snapshots[exit.snapshot.0 as usize];
        let last = exit.inst as usize == traces[parent].insts.len();
        let counts = snapshot.entries.iter().any(|(slot, _)| *slot == place(0));
        let ends = machine.slots[&place(0)] == V::Int(ROUNDS);
        let shared = compiled[parent].exits.iter().filter(|other| other.snapshot == exit.snapshot).count() > 1;
        if last || !counts || ends || shared {
            continue;
        }
        let number = traces.len() as u32 + 1;
        let steps = random.below(30);
        let trace = side(&mut random, number, &traces[parent], left.exit, &compiled[parent], steps);
        let snapshot = exit.snapshot;
        let target = Target { trace: Some(&compiled[0]), may_join: joins, params: None };
        let new = bench.compile_side(
            &trace,
            Some(ParentExit { trace: &compiled[parent], exit: left.exit }),
            (trace.link != Link::Interpreter).then_some(target),
        );
        bench.memory.patch_exit(exit, new.entry);
        seen.joins += new.joins as usize;
        seen.sides += 1;
        seen.sides_of_sides += (parent > 0) as usize;
        sides.insert((traces[parent].number, snapshot), traces.len());
        traces.push(trace);
        compiled.push(new);
    }
    seen.spills += compiled.iter().filter(|trace| trace.spill_slots > 0).count();
}

fn text(trace: &Trace) -> String {
    pseudo_trace::ir::text::print(trace, &mut Default::default(), Default::default())
}

#[test]
fn trees_of_traces() {
    let mut seen = Seen::default();
    for seed in 0..400 {
        for registers in [4, 6, 9, 16] {
            grow(seed * 7919, registers, &mut seen);
        }
    }
    assert!(seen.joins > 100 && seen.sides_of_sides > 50 && seen.spills > 200, "{seen:?}");
}
