//! Random traces that end with the call of a function, compiled and run, against the evaluator: what the callee finds, what the
//! native frame holds for it to be left, what goes on behind the call. With few and with all registers.

mod support;

use std::collections::BTreeMap;

use pseudo_codegen::code_memory::enter;
use pseudo_codegen::{Calls, CompiledTrace, Options, compile};
use pseudo_snapshots::packed::{Loc, Packed};
use pseudo_snapshots::restore::Machine as Left;
use pseudo_snapshots::{Pc, Slot, Snapshot};
use pseudo_trace::ir::eval::{self, Machine, V};
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::{Inst, Link, SnapshotId, Start, Trace};
use pseudo_trace::ir::types::{Const, Ref, Ty};
use support::{Bench, FRAME, MadeUp, Random, no_builtins};

/// Registers of the frame that calls, the return address behind them.
const SLOTS: i32 = 10;
const RSP: usize = 4;

struct Maker<'r> {
    trace: Trace,
    random: &'r mut Random,
    ints: Vec<Ref>,
    floats: Vec<Ref>,
    slots: BTreeMap<Slot, Ref>,
}

impl Maker<'_> {
    fn inst(&mut self, op: Op, ty: Ty, operands: &[Ref], snapshot: SnapshotId) -> Ref {
        let operand = |at: usize| operands.get(at).copied().unwrap_or(Ref::NONE);
        let mut inst = Inst::new(op, ty, operand(0), operand(1), operand(2));
        inst.snapshot = snapshot;
        self.trace.push(inst)
    }

    fn snapshot(&mut self, pc: Pc, base: i32, last: Option<Ref>) -> SnapshotId {
        let last = last.map(|value| (Slot::Stack(SLOTS), value));
        let entries = self.slots.iter().map(|(&slot, &value)| (slot, value)).chain(last);
        let entries = entries.map(|(slot, value)| (slot, value.into())).collect();
        self.trace.snapshots.push(Snapshot { pc, base, entries });
        SnapshotId(self.trace.snapshots.len() as u32 - 1)
    }

    fn value(&mut self, ty: Ty) -> Ref {
        let pool = if ty.is_float() { &self.floats } else { &self.ints };
        if !pool.is_empty() && !self.random.one_in(6) {
            return pool[self.random.below(pool.len())];
        }
        let int = self.random.below(300) as i64 - 150;
        let constant = if ty.is_float() { Const::Float((int as f64 / 8.0).to_bits()) } else { Const::Int(int) };
        self.trace.constant(constant)
    }

    fn keep(&mut self, value: Ref, ty: Ty) {
        if ty.is_float() {
            self.floats.push(value)
        } else {
            self.ints.push(value)
        }
        if self.random.one_in(2) {
            self.slots.insert(Slot::Stack(self.random.below(SLOTS as usize) as i32), value);
        }
    }

    fn step(&mut self, at: u32) {
        let (int, float, nowhere) = (self.value(Ty::Int), self.value(Ty::Float), SnapshotId::NONE);
        let (value, ty) = match self.random.below(8) {
            0..4 => {
                let op = self.random.pick(&[Op::AddInt, Op::SubInt, Op::MulInt, Op::XorInt]);
                let other = self.value(Ty::Int);
                (self.inst(op, Ty::Int, &[int, other], nowhere), Ty::Int)
            }
            4 => {
                let op = self.random.pick(&[Op::AddFloat, Op::SubFloat, Op::MulFloat]);
                let other = self.value(Ty::Float);
                (self.inst(op, Ty::Float, &[float, other], nowhere), Ty::Float)
            }
            5 => (self.inst(Op::IntToFloat, Ty::Float, &[int], nowhere), Ty::Float),
            6 => (self.inst(Op::MathFloat, Ty::Float, &[Ref(0), float], nowhere), Ty::Float),
            _ => {
                let other = self.value(Ty::Int);
                let test = self.inst(Op::LtInt, Ty::Bool, &[int, other], nowhere);
                if test.is_inst() {
                    let snapshot = self.snapshot(Pc { function: 1, at }, 0, None);
                    let guard = self.random.pick(&[Op::GuardTrue, Op::GuardFalse]);
                    self.inst(guard, Ty::None, &[test], snapshot);
                }
                return;
            }
        };
        self.keep(value, ty);
    }
}

fn random_types(random: &mut Random) -> Vec<Ty> {
    (0..random.below(7)).map(|_| random.pick(&[Ty::Int, Ty::Int, Ty::Float])).collect()
}

/// A function's trace that calls another function, which gives a value of a type.
fn caller(random: &mut Random, params: &[Ty], passed: &[Ty], gives: Ty) -> Trace {
    let trace = Trace::new(1, Start::Root, Pc { function: 1, at: 0 });
    let mut maker = Maker { trace, random, ints: Vec::new(), floats: Vec::new(), slots: BTreeMap::new() };
    for (index, &ty) in params.iter().enumerate() {
        let value = maker.inst(Op::Inherit, ty, &[Ref(index as u32)], SnapshotId::NONE);
        maker.keep(value, ty);
    }
    maker.snapshot(Pc { function: 1, at: 0 }, 0, None);
    let steps = maker.random.below(30) as u32;
    (1..=steps).for_each(|at| maker.step(at));
    let arguments: Vec<Ref> = passed.iter().map(|&ty| maker.value(ty)).collect();
    let back = maker.trace.constant(Const::Pc(Pc { function: 1, at: steps + 1 }));
    let state = maker.snapshot(Pc { function: 2, at: 0 }, SLOTS + 2, Some(back));
    let function = maker.trace.constant(Const::Proto(2));
    maker.trace.args = arguments.clone();
    let result = maker.inst(Op::CallFn, gives, &[function, Ref(0), Ref(arguments.len() as u32)], state);
    let end = maker.snapshot(Pc { function: 1, at: steps + 1 }, 0, Some(result));
    maker.trace.end = Some(end);
    maker.trace.link = Link::Interpreter;
    maker.trace
}

/// A function that leaves at once with its parameters, or gives what the evaluator takes a first call to give.
fn callee(passed: &[Ty], returns: Option<Ty>) -> Trace {
    let mut trace = Trace::new(2, Start::Root, Pc { function: 2, at: 0 });
    let mut entries = Vec::new();
    for (index, &ty) in passed.iter().enumerate() {
        let value = trace.push(Inst::new(Op::Inherit, ty, Ref(index as u32), Ref::NONE, Ref::NONE));
        entries.push((Slot::Stack(index as i32), value.into()));
    }
    if let Some(ty) = returns {
        let one = trace.constant(if ty.is_float() { Const::Float(1f64.to_bits()) } else { Const::Int(1) });
        entries = vec![(Slot::Stack(-2), one.into())];
        trace.link = Link::Return;
    } else {
        trace.link = Link::Interpreter;
    }
    trace.snapshots.push(Snapshot { pc: Pc { function: 2, at: 0 }, base: 0, entries });
    trace.end = Some(SnapshotId(0));
    trace
}

fn places(packed: &Packed) -> BTreeMap<Slot, Loc> {
    packed.entries().map(|entry| (entry.slot, entry.loc)).collect()
}

fn check(left: &Left<'_>, packed: &Packed, slot: Slot, wanted: &V, context: &dyn Fn() -> String) {
    let word = left.word(places(packed)[&slot]);
    let same = match *wanted {
        V::Int(int) => word == int as u64,
        V::Float(bits) => word == bits || (f64::from_bits(word).is_nan() && f64::from_bits(bits).is_nan()),
        _ => true,
    };
    assert!(same, "{slot:?} should be {wanted:?} and is {word:x}: {}", context());
}

/// Compiles and runs a trace and its callee. Whether the call was reached.
fn run(seed: u64, registers: usize) -> bool {
    let mut random = Random(seed);
    let (params, passed) = (random_types(&mut random), random_types(&mut random));
    let gives = random.pick(&[Ty::Int, Ty::Float]);
    let returns = random.one_in(2);
    let traces = [caller(&mut random, &params, &passed, gives), callee(&passed, returns.then_some(gives))];
    let mut bench = Bench::new(Options { registers, check: true, ..Options::default() });
    let code = |bench: &mut Bench, trace: &Trace, calls: Calls<'_>| -> CompiledTrace {
        compile(trace, None, None, calls, &MadeUp, &bench.helpers, &bench.options, &mut bench.memory).expect("code")
    };
    let called = code(&mut bench, &traces[1], Calls { params: &passed, ..Calls::default() });
    let calls = Calls { params: &params, callee: Some(called.entry), home: None };
    let calling = code(&mut bench, &traces[0], calls);

    let values: Vec<V> = params
        .iter()
        .map(|ty| match ty {
            Ty::Float => V::float(random.below(1000) as f64 / 16.0 - 30.0),
            _ => V::Int(random.below(100) as i64 - 50),
        })
        .collect();
    // The first registers of each kind, as `regalloc::registers` lists them.
    let (mut gprs, mut xmms) = (6.., 0..);
    for value in &values {
        match *value {
            V::Float(bits) => bench.context.xmm[xmms.next().unwrap()] = bits,
            V::Int(int) => bench.context.gpr[gprs.next().unwrap()] = int as u64,
            _ => unreachable!("parameters are numbers"),
        }
    }
    let mut machine = Machine { inherited: values, ..Machine::default() };
    let outcome = eval::run(&traces[0], &mut machine, 1, &mut no_builtins).expect("no fault");

    let base = &raw mut bench.stack[FRAME];
    // SAFETY: the traces were compiled for this memory, and their frames fit the stack.
    unsafe { enter(&bench.memory, calling.entry, base, &raw mut *bench.context) };
    let context = || {
        let text: Vec<String> = traces
            .iter()
            .map(|trace| pseudo_trace::ir::text::print(trace, &mut Default::default(), Default::default()))
            .collect();
        format!("seed {seed}, {registers} registers\n{}", text.join("\n"))
    };
    let exit = bench.context.exit as usize;
    let reaches = matches!(outcome.exit, eval::Exit::End);
    if !reaches || returns {
        let exit = &calling.exits[exit];
        let resume = outcome.resume.expect("it is left");
        assert_eq!((bench.context.trace, exit.packed.pc()), (1, resume.0), "{}", context());
        let left = bench.context.machine(&calling.constants, calling.frame.into());
        for (slot, _) in &traces[0].snapshots[exit.snapshot.0 as usize].entries {
            check(&left, &exit.packed, *slot, &machine.slots[slot], &context);
        }
        return reaches;
    }
    assert_eq!(bench.context.trace, 2, "{}", context());
    let (_, seen) = &machine.log[0];
    let (arguments, state) = seen[1..].split_at(passed.len());
    let left = bench.context.machine(&called.constants, called.frame.into());
    for (index, argument) in arguments.iter().enumerate() {
        check(&left, &called.exits[exit].packed, Slot::Stack(index as i32), argument, &context);
    }
    let site = calling.call.as_ref().expect("it ends with a call");
    let at = bench.context.gpr[RSP] + 8 * u64::from(called.frame);
    assert_eq!(bench.context.native.slice(at, 1)[0], site.returns_to, "{}", context());
    let frame = bench.context.native.slice(at + 8, calling.frame.into());
    let left = Left { frame, ..bench.context.machine(&calling.constants, 0) };
    let snapshot = traces[0].insts.last().expect("the call").snapshot;
    for ((slot, _), value) in traces[0].snapshots[snapshot.0 as usize].entries.iter().zip(state) {
        check(&left, &site.packed, *slot, value, &context);
    }
    true
}

#[test]
fn calls_of_functions() {
    let mut reached = 0;
    for seed in 0..1500 {
        for registers in [4, 6, 9, 16] {
            reached += u32::from(run(seed * 7919 + 1, registers));
        }
    }
    assert!(reached > 1500, "{reached} calls were reached");
}
