//! Each pure operation, in every combination of places for its operands and its result, against the scalar evaluator.

mod support;

use pseudo_codegen::Options;
use pseudo_snapshots::{Pc, Slot, Snapshot};
use pseudo_trace::ir::closed;
use pseudo_trace::ir::eval::V;
use pseudo_trace::ir::ops::{Op, Operand};
use pseudo_trace::ir::scalar::eval_pure;
use pseudo_trace::ir::trace::{Inst, Link, SnapshotId, Start, Trace, encode_slot};
use pseudo_trace::ir::types::{Const, Ref, Ty};
use support::Bench;

const INTS: [i64; 22] = [
    0,
    1,
    -1,
    2,
    -2,
    3,
    7,
    -7,
    10,
    63,
    64,
    127,
    128,
    -128,
    i32::MAX as i64,
    i32::MIN as i64,
    1 << 31,
    (1 << 47) - 1,
    1 << 47,
    -(1 << 47) - 1,
    i64::MAX,
    i64::MIN,
];
const FLOATS: [f64; 15] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    1.5,
    -2.5,
    1e300,
    -1e-300,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    9_007_199_254_740_993.0,
    -9.3e18,
];

fn inst(trace: &mut Trace, op: Op, ty: Ty, operands: &[Ref]) -> Ref {
    let operand = |at: usize| operands.get(at).copied().unwrap_or(Ref::NONE);
    let mut inst = Inst::new(op, ty, operand(0), operand(1), operand(2));
    if op.is_guard() {
        inst.snapshot = SnapshotId(0);
    }
    trace.push(inst)
}

/// A value of a type from a slot.
fn from_slot(trace: &mut Trace, slot: i32, ty: Ty) -> Ref {
    let any = inst(trace, Op::Slot, Ty::Any, &[encode_slot(Slot::Stack(slot))]);
    let guard = match ty {
        Ty::Int => Op::GuardInt,
        Ty::Float => Op::GuardFloat,
        Ty::Bool => Op::GuardBool,
        other => panic!("{other:?} is not from a slot"),
    };
    inst(trace, guard, ty, &[any])
}

fn values(ty: Ty) -> Vec<u64> {
    match ty {
        Ty::Int => INTS.iter().map(|int| *int as u64).collect(),
        Ty::Float => FLOATS.iter().map(|float| float.to_bits()).collect(),
        _ => vec![0, 1],
    }
}

fn v(ty: Ty, bits: u64) -> V {
    match ty {
        Ty::Int => V::Int(bits as i64),
        Ty::Float => V::float(f64::from_bits(bits)),
        _ => V::Bool(bits & 1 == 1),
    }
}

fn constant(trace: &mut Trace, ty: Ty, bits: u64) -> Ref {
    trace.constant(match ty {
        Ty::Int => Const::Int(bits as i64),
        Ty::Float => Const::Float(bits),
        _ => Const::Bool(bits & 1 == 1),
    })
}

/// How operands reach the operation.
#[derive(Clone, Copy, Debug)]
struct Shape {
    /// Which operands are constants, as bits.
    constants: usize,
    /// Operands are used again after the operation.
    live_after: bool,
    /// So many other values are alive as well, so that operands are spilled.
    pressure: usize,
}

/// A trace that computes one operation of the values in slots 0 and 1 and ends with the result in slot 2, and, where a
/// guard can test it, the result of that in slot 3. Operands are in slots 4 and 5 again, if they live on.
fn one_op(op: Op, operands: &[(Ty, u64)], ty: Ty, shape: Shape) -> Trace {
    let mut trace = Trace::new(1, Start::Root, Pc { function: 0, at: 0 });
    trace.snapshots.push(Snapshot { pc: Pc { function: 9, at: 9 }, base: 0, entries: Vec::new() });
    let mut refs = Vec::new();
    for (at, &(ty, bits)) in operands.iter().enumerate() {
        refs.push(if shape.constants >> at & 1 == 1 {
            constant(&mut trace, ty, bits)
        } else {
            from_slot(&mut trace, at as i32, ty)
        });
    }
    let fillers: Vec<Ref> = (0..shape.pressure)
        .map(|at| from_slot(&mut trace, 10 + at as i32, if at % 2 == 0 { Ty::Int } else { Ty::Float }))
        .collect();
    let result = inst(&mut trace, op, ty, &refs);
    let mut entries = vec![(Slot::Stack(2), result.into())];
    if shape.live_after {
        entries.extend(refs.iter().enumerate().map(|(at, &value)| (Slot::Stack(4 + at as i32), value.into())));
    }
    entries.extend(fillers.iter().enumerate().map(|(at, &value)| (Slot::Stack(40 + at as i32), value.into())));
    trace.snapshots.push(Snapshot { pc: Pc { function: 1, at: 2 }, base: 0, entries });
    trace.end = Some(SnapshotId(1));
    trace.link = Link::Interpreter;
    trace
}

fn operand_types(op: Op) -> Option<Vec<Ty>> {
    let mut types = Vec::new();
    for operand in op.info().operands {
        match operand {
            Operand::No => {}
            Operand::Of(ty @ (Ty::Int | Ty::Float | Ty::Bool)) => types.push(ty),
            Operand::Any if op == Op::SameAny => types.push(Ty::Int),
            _ => return None,
        }
    }
    Some(types)
}

/// Operations that the scalar evaluator knows.
fn scalar_ops() -> Vec<(Op, Vec<Ty>, Ty)> {
    let mut ops = Vec::new();
    for &op in Op::ALL {
        let known = operand_types(op).filter(|types| !types.is_empty());
        if let (Some(types), Some(ty)) = (known, op.info().result)
            && values(types[0]).iter().any(|&bits| eval_pure(op, &[bits, 1, 1]).is_some())
        {
            ops.push((op, types, ty));
        }
    }
    ops.extend([(Op::SameAny, vec![Ty::Float; 2], Ty::Bool), (Op::SameAny, vec![Ty::Bool; 2], Ty::Bool)]);
    ops
}

fn cases(types: &[Ty]) -> Vec<Vec<(Ty, u64)>> {
    let first = values(types[0]).into_iter().map(|bits| (types[0], bits));
    let mut cases: Vec<_> = match types.get(1) {
        None => first.map(|a| vec![a]).collect(),
        Some(&second) => first.flat_map(|a| values(second).into_iter().map(move |b| vec![a, (second, b)])).collect(),
    };
    if let Some(&third) = types.get(2) {
        // An int may be a step: one that is small, or not, in either direction.
        const STEPS: [i64; 5] = [1, -1, 3, 0, i64::MIN];
        let thirds = if third == Ty::Int { STEPS.map(|step| step as u64).to_vec() } else { values(third) };
        let with = |case: &Vec<_>| -> Vec<_> {
            thirds.iter().map(|&bits| [case.clone(), vec![(third, bits)]].concat()).collect()
        };
        cases = cases.iter().step_by(5).flat_map(with).collect();
    }
    cases
}

fn run_case(bench: &mut Bench, op: Op, case: &[(Ty, u64)], ty: Ty, shape: Shape) {
    let bits: Vec<u64> = case.iter().map(|&(_, bits)| bits).collect();
    let Some(expected) = eval_pure(op, &bits) else { return };
    let trace = one_op(op, case, ty, shape);
    bench.memory.flush();
    let compiled = bench.compile(&trace);
    check(bench, &compiled, op, case, ty, shape, expected);
}

fn check(
    bench: &mut Bench,
    compiled: &pseudo_codegen::CompiledTrace,
    op: Op,
    case: &[(Ty, u64)],
    ty: Ty,
    shape: Shape,
    expected: u64,
) {
    for (at, &(ty, bits)) in case.iter().enumerate() {
        bench.set(Slot::Stack(at as i32), &v(ty, bits));
    }
    for at in 0..shape.pressure {
        let filler = if at % 2 == 0 { V::Int(1000 + at as i64) } else { V::float(at as f64) };
        bench.set(Slot::Stack(10 + at as i32), &filler);
    }
    let left = bench.run(&[compiled], 0);
    let what = || format!("{op:?} of {case:?} in {shape:?}");
    assert_eq!(left.pc, Pc { function: 1, at: 2 }, "{}", what());
    let found = bench.get(Slot::Stack(2));
    assert!(support::same(found, &v(ty, expected)), "{}: {found:?}, not {:?}", what(), v(ty, expected));
    if shape.live_after {
        for (at, &(ty, bits)) in case.iter().enumerate() {
            let found = bench.get(Slot::Stack(4 + at as i32));
            assert!(support::same(found, &v(ty, bits)), "{}: operand {at} became {found:?}", what());
        }
    }
    for at in 0..shape.pressure {
        let found = bench.get(Slot::Stack(40 + at as i32));
        let filler = if at % 2 == 0 { V::Int(1000 + at as i64) } else { V::float(at as f64) };
        assert!(support::same(found, &filler), "{}: filler {at} became {found:?}", what());
    }
}

#[test]
fn operands_in_registers() {
    let mut bench = Bench::new(Options::default());
    for (op, types, ty) in scalar_ops() {
        for live_after in [false, true] {
            let shape = Shape { constants: 0, live_after, pressure: 0 };
            bench.memory.flush();
            let case: Vec<_> = types.iter().map(|&ty| (ty, 0)).collect();
            let compiled = bench.compile(&one_op(op, &case, ty, shape));
            for case in cases(&types) {
                let bits: Vec<u64> = case.iter().map(|&(_, bits)| bits).collect();
                if let Some(expected) = eval_pure(op, &bits) {
                    check(&mut bench, &compiled, op, &case, ty, shape, expected);
                }
            }
        }
    }
}

#[test]
fn operands_that_are_spilled() {
    for registers in [4, 5, 16] {
        let mut bench = Bench::new(Options { registers, ..Options::default() });
        for (op, types, ty) in scalar_ops() {
            for (live_after, pressure) in [(false, 5), (true, 5), (true, 30), (false, 30)] {
                let shape = Shape { constants: 0, live_after, pressure };
                bench.memory.flush();
                let case: Vec<_> = types.iter().map(|&ty| (ty, 0)).collect();
                let compiled = bench.compile(&one_op(op, &case, ty, shape));
                for case in cases(&types) {
                    let bits: Vec<u64> = case.iter().map(|&(_, bits)| bits).collect();
                    if let Some(expected) = eval_pure(op, &bits) {
                        check(&mut bench, &compiled, op, &case, ty, shape, expected);
                    }
                }
            }
        }
    }
}

#[test]
fn operands_that_are_constants() {
    let mut bench = Bench::new(Options::default());
    for (op, types, ty) in scalar_ops() {
        for case in cases(&types) {
            for constants in 1..1 << types.len() {
                run_case(&mut bench, op, &case, ty, Shape { constants, live_after: false, pressure: 0 });
            }
            run_case(&mut bench, op, &case, ty, Shape { constants: types.len(), live_after: true, pressure: 30 });
        }
    }
}

#[test]
fn rounding_without_the_instruction() {
    let mut bench = Bench::new(Options { sse41: false, ..Options::default() });
    for op in [Op::FloorFloat, Op::CeilFloat] {
        for case in cases(&[Ty::Float]) {
            for pressure in [0, 30] {
                run_case(&mut bench, op, &case, Ty::Float, Shape { constants: 0, live_after: true, pressure });
            }
        }
    }
}

/// A guard on a comparison stays or leaves as the comparison says.
#[test]
fn guards_on_comparisons() {
    let mut bench = Bench::new(Options::default());
    let compares = scalar_ops().into_iter().filter(|(_, _, ty)| *ty == Ty::Bool);
    for (op, types, ty) in compares {
        for guard in [Op::GuardTrue, Op::GuardFalse] {
            let case: Vec<_> = types.iter().map(|&ty| (ty, 0)).collect();
            let shape = Shape { constants: 0, live_after: true, pressure: 0 };
            let mut trace = one_op(op, &case, ty, shape);
            trace.snapshots[1].entries.remove(0);
            let result = Ref::inst(trace.insts.len() - 1);
            inst(&mut trace, guard, Ty::None, &[result]);
            bench.memory.flush();
            let compiled = bench.compile(&trace);
            for case in cases(&types) {
                let bits: Vec<u64> = case.iter().map(|&(_, bits)| bits).collect();
                let Some(expected) = eval_pure(op, &bits) else { continue };
                for (at, &(ty, bits)) in case.iter().enumerate() {
                    bench.set(Slot::Stack(at as i32), &v(ty, bits));
                }
                let left = bench.run(&[&compiled], 0);
                let stays = (expected != 0) == (guard == Op::GuardTrue);
                assert_eq!(left.pc.function == 1, stays, "{guard:?} of {op:?} of {case:?}");
            }
        }
    }
}

/// What takes a number, or a list of ints, beside its operands.
#[test]
fn binomial_coefficients_and_powers_of_matrices() {
    for (registers, pressure) in [(16, 0), (16, 30), (4, 9)] {
        let mut bench = Bench::new(Options { registers, ..Options::default() });
        let shape = Shape { constants: 0, live_after: true, pressure };
        let mut trace = one_op(Op::AddInt, &[(Ty::Int, 0), (Ty::Int, 0)], Ty::Int, shape);
        let (x, y) = (Ref::inst(1), Ref::inst(3));
        let (one, three) = (trace.int(1), trace.int(3));
        let big = trace.int(i64::MAX - 7);
        let binom = inst(&mut trace, Op::Binom, Ty::Int, &[x, Ref(5)]);
        trace.args.extend([three, y, x, one, y, big]);
        let linear = inst(&mut trace, Op::Linear, Ty::Int, &[x, Ref(0), Ref(6)]);
        trace.snapshots[1].entries.extend([(Slot::Stack(90), binom.into()), (Slot::Stack(91), linear.into())]);
        let compiled = bench.compile(&trace);
        for (k, b) in [(0, 5), (1, 5), (2, -9), (77, 3), (1 << 60, i64::MIN), (i64::MAX, 12345)] {
            bench.set(Slot::Stack(0), &V::Int(k));
            bench.set(Slot::Stack(1), &V::Int(b));
            for at in 0..pressure {
                bench.set(Slot::Stack(10 + at as i32), &if at % 2 == 0 { V::Int(1) } else { V::float(1.0) });
            }
            bench.run(&[&compiled], 0);
            let numbers = [3, b, k, 1, b, i64::MAX - 7].map(|int| int as u64);
            let expected = [closed::binom(k as u64, 5), closed::linear(k as u64, &numbers).unwrap()];
            for (slot, expected) in (90..).zip(expected) {
                let found = bench.get(Slot::Stack(slot));
                assert!(support::same(found, &V::Int(expected as i64)), "{k}, {b}: slot {slot} is {found:?}");
            }
        }
    }
}
