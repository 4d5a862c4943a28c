//! That the folder does what its rules say: patterns as traces, run by the evaluator as they are and folded.

use std::rc::Rc;

use pseudo_snapshots::{Pc, Slot, Snapshot};
use pseudo_trace::ir::eval::{self, Array, Machine};
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::parse::parse;
use pseudo_trace::ir::storage::Storage;
use pseudo_trace::ir::trace::{Inst, SnapshotId, Start, Trace, encode_slot};
use pseudo_trace::ir::types::{Const, Ref, Ty};
use pseudo_trace::opt::fold::{self, Term};
use pseudo_trace::opt::rewrite::Scratch;
use pseudo_trace::opt::{BuiltinEffect, Context, Counts};

use super::trials::{Random, applies};
use super::values::{Names, V, VARIABLES};
use super::{Form, complain, forms};

/// A trace that computes a pattern of inherited values, or slots, 0, 1, 2, and leaves the result in slot 3.
pub fn instance(form: &Form, names: &Names) -> Trace {
    let mut trace = Trace::new(1, Start::Root, Pc { function: 0, at: 0 });
    trace.snapshots.push(Snapshot { pc: trace.pc, base: 0, entries: Vec::new() });
    let mut variables = [Ref::NONE; VARIABLES];
    for &(name, ty) in &form.names {
        let Term::Var(number) = name else { continue };
        // Values that nothing in the trace has guarded or boxed.
        variables[number as usize] = if ty == Ty::Any {
            let slot = encode_slot(Slot::Stack(i32::from(number)));
            trace.push(Inst::new(Op::Slot, Ty::Any, slot, Ref::NONE, Ref::NONE))
        } else {
            trace.push(Inst::new(Op::Inherit, ty, Ref(u32::from(number)), Ref::NONE, Ref::NONE))
        };
    }
    let result = build(&mut trace, &form.pattern, names, &variables);
    let end = if trace.ty(result) == Ty::None { vec![] } else { vec![(Slot::Stack(3), result.into())] };
    trace.snapshots.push(Snapshot { pc: Pc { function: 0, at: 9 }, base: 0, entries: end });
    trace.end = Some(SnapshotId(1));
    trace
}

fn push(trace: &mut Trace, op: Op, a: Ref, b: Ref) -> Ref {
    let mut inst = Inst::new(op, op.info().result.unwrap(), a, b, Ref::NONE);
    if op.is_guard() {
        inst.snapshot = SnapshotId(0);
    }
    trace.push(inst)
}

fn constant(trace: &mut Trace, v: V) -> Ref {
    trace.constant(match v {
        V::Int(int) => Const::Int(int),
        V::Float(bits) => Const::Float(bits),
        V::Bool(bool) => Const::Bool(bool),
        V::Nil => Const::Nil,
        V::Undef => Const::Undef,
        _ => panic!("{v:?} is no constant"),
    })
}

fn build(trace: &mut Trace, term: &Term, names: &Names, variables: &[Ref; VARIABLES]) -> Ref {
    match term {
        Term::Var(number) => variables[*number as usize],
        Term::Const(_) | Term::Literal(_) => {
            let v = super::values::eval(term, names).unwrap();
            constant(trace, v)
        }
        Term::Op(op, operands) => {
            let mut parts = [Ref::NONE; 2];
            for (part, operand) in parts.iter_mut().zip(*operands) {
                *part = build(trace, operand, names, variables);
            }
            push(trace, *op, parts[0], parts[1])
        }
        Term::Made(op) => {
            let one = trace.int(1);
            let nil = trace.constant(Const::Nil);
            let first = Ref(trace.args.len() as u32);
            let (a, b, c) = match op {
                Op::NewRange => (one, one, Ref::NONE),
                Op::NewCell => (nil, Ref::NONE, Ref::NONE),
                Op::NewArray => (Ref::NONE, first, Ref(0)),
                _ => (trace.constant(Const::Proto(3)), first, Ref(0)),
            };
            trace.push(Inst::new(*op, Ty::Any, a, b, c))
        }
        Term::Call(..) | Term::Gone => panic!("{term} is not for patterns"),
    }
}

/// Folds a trace. How often each rule has fired.
pub fn folded(trace: &mut Trace) -> Counts {
    let (mut scratch, mut counts) = (Scratch::default(), Counts::default());
    let mut context = Context { effects: &|_| BuiltinEffect::Pure, scratch: &mut scratch, counts: &mut counts };
    fold::run(trace, &mut context);
    if trace.insts.iter().any(|inst| matches!(inst.op, Op::DivInt | Op::ModInt)) {
        pseudo_trace::opt::strength::run(trace, &mut context);
    }
    counts.rules.resize(fold::rules().len(), 0);
    counts
}

fn machine(names: &Names) -> Machine {
    let mut machine = Machine::default();
    for (at, v) in names.variables.iter().enumerate() {
        let v = match *v {
            V::Nil | V::Passed => eval::V::Nil,
            V::Undef => eval::V::Undef,
            V::Bool(bool) => eval::V::Bool(bool),
            V::Int(int) => eval::V::Int(int),
            V::Float(bits) => eval::V::Float(bits),
            V::Str(number) => eval::V::Str(Rc::from(format!("{number}").as_str())),
            V::Arr(_, storage) => {
                let mut array = Array::new(vec![]);
                array.storage = Storage::ALL[storage as usize];
                machine.arrays.push(array);
                eval::V::Arr(machine.arrays.len() - 1)
            }
            V::Fn(function) => {
                machine.closures.push((u32::from(function), vec![]));
                eval::V::Fn(machine.closures.len() - 1)
            }
            V::Range(start, end) => eval::V::Range(start, end),
            V::Cell(_) => eval::V::Nil,
        };
        machine.inherited.push(v.clone());
        machine.slots.insert(Slot::Stack(at as i32), v);
    }
    machine
}

/// Runs a trace before and after folding; whether the original is defined.
fn compare(before: &Trace, after: &Trace, machine: &Machine) -> Result<bool, String> {
    let run = |trace: &Trace| {
        let mut machine = machine.clone();
        let outcome = eval::run(trace, &mut machine, 1, &mut |_, _, _| eval::V::Nil)?;
        Ok::<_, eval::Fault>((matches!(outcome.exit, eval::Exit::Guard { .. }), outcome.resume, machine.slots))
    };
    let Ok(expected) = run(before) else { return Ok(false) };
    let found = run(after).map_err(|fault| format!("{fault:?}"))?;
    if expected == found { Ok(true) } else { Err(format!("{expected:?} became {found:?}")) }
}

#[test]
fn the_folder_does_what_the_rules_say() {
    let mut bad = Vec::new();
    for form in forms() {
        let index = fold::rules().iter().position(|rule| rule.name == form.name).unwrap();
        let mut random = Random(index as u64);
        let (mut fired, mut compared) = (0, 0);
        for _ in 0..20_000 {
            let mut names = Names::NONE;
            let mut earlier = None;
            for &(name, ty) in &form.names {
                let v = random.value(ty, earlier);
                names.set(name, v);
                earlier = Some(v);
            }
            if !applies(&form, &names) {
                continue;
            }
            let before = instance(&form, &names);
            let mut after = before.clone();
            fired += folded(&mut after).rules[index];
            match compare(&before, &after, &machine(&names)) {
                Ok(defined) => compared += u32::from(defined),
                Err(words) => {
                    bad.push(format!("{}: {words}, with {names:?}", form.name));
                    break;
                }
            }
            if compared >= 100 {
                break;
            }
        }
        if fired == 0 {
            bad.push(format!("{}: never fired", form.name));
        }
    }
    complain(bad);
}

#[test]
fn rules_that_are_code_do_what_they_say() {
    let text = "%0: any = slot r0\n%1: any = slot r1\n%2: any = new.closure proto f3 (%0, %1)\n\
                %3: fn = guard.fn %2 -> s0\nguard.proto %3, proto f3 -> s0\n%5: any = fn.capture %3, 1\n\
                %6: any = fn.capture %3, 0\n%7: bool = same %0, %1\n%8: int = select.int %7, 3, 7\n\
                %9: int = select.int true, %8, 7\n%10: float = select.float %7, 1.5, 2.5\n\
                %11: float = select.float false, 1.5, %10\n%12: bool = select.bool %7, %7, %7\n\
                guard.proto %3, proto f4 -> s1\n\
                snapshot s0 f0:0 base 0 { }\n\
                snapshot s1 f0:9 base 0 { r2: %5, r3: %6, r4: %9, r5: %11, r6: %12 }\nlink interpreter -> s1";
    let before = parse(text).unwrap();
    let mut after = before.clone();
    let counts = folded(&mut after);
    for (rule, count) in fold::rules().iter().zip(&counts.rules) {
        let fires = match rule.how {
            fold::How::Code { .. } if rule.name == "fn_capture_new" => 2,
            fold::How::Code { .. } => 1,
            fold::How::Terms { .. } => 0,
        };
        assert_eq!(*count, fires, "{}", rule.name);
    }
    let mut random = Random(1);
    for _ in 0..1000 {
        let mut names = Names::NONE;
        names.variables = [random.value(Ty::Any, None), random.value(Ty::Any, None), V::Nil];
        assert_eq!(compare(&before, &after, &machine(&names)), Ok(true), "{names:?}");
    }
}
