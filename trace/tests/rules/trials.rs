//! Tries rules out: with 64 bits on all combinations of edge values and on random operands, with 8 bits on all operands
//! that there are.

use pseudo_trace::ir::ops::{Op, Operand};
use pseudo_trace::ir::storage::Storage;
use pseudo_trace::ir::types::Ty;
use pseudo_trace::opt::fold::{CONSTANTS, Term};

use super::Form;
use super::values::{Lanes, Names, Narrow, Stop, V, VARIABLES, eval, eval_narrow};

/// Random operands for each rule: 100,000, and fewer without optimisation, where everything takes ten times as long.
pub const SAMPLES: u32 = if cfg!(debug_assertions) { 5_000 } else { 100_000 };
/// Names that all take all their values of 8 bits.
const NARROW_NAMES: usize = if cfg!(debug_assertions) { 2 } else { 3 };

/// A generator of random numbers (SplitMix64: Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators, 2014).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ bits >> 31
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    fn int(&mut self) -> i64 {
        match self.below(6) {
            0 => self.pick(INTS),
            1 => self.below(80) as i64 - 8,
            2 => 1i64 << self.below(64),
            3 => (1i64 << self.below(64)).wrapping_sub(1 + self.below(2) as i64 * 2),
            4 => (self.next() >> self.below(64)) as i64,
            _ => self.next() as i64,
        }
    }

    fn float(&mut self) -> u64 {
        match self.below(6) {
            0 => self.pick(FLOATS).to_bits(),
            1 => (self.below(200) as f64 - 100.0).to_bits(),
            2 => (self.int() as f64).to_bits(),
            3 => (self.below(4000) as f64 / 16.0 - 100.0).to_bits(),
            // A power of two.
            4 => (self.next() & 1) << 63 | self.below(2048) << 52,
            _ => self.next(),
        }
    }

    /// A value; one like an earlier one now and then.
    pub fn value(&mut self, ty: Ty, earlier: Option<V>) -> V {
        if let Some(V::Int(like)) = earlier.filter(|_| ty == Ty::Int && self.below(2) == 0) {
            let other = self.int();
            let near = [
                like,
                -(like as i128) as i64,
                !like,
                like ^ (like.wrapping_neg() & like),
                like & other,
                !like & other,
                like | other,
                like.wrapping_sub(1),
                like.wrapping_add(1),
                like.wrapping_mul(other),
            ];
            return V::Int(self.pick(&near));
        }
        match ty {
            Ty::Int => V::Int(self.int()),
            Ty::Float => V::scalar(self.float(), Ty::Float),
            Ty::Bool => V::Bool(self.below(2) == 1),
            Ty::Str => V::Str(self.below(3) as u8),
            Ty::ArrAny => V::Arr(self.below(3) as u8, Storage::Any as u8),
            Ty::Fn => V::Fn(self.below(3) as u8),
            Ty::Range => V::Range(self.int(), self.int()),
            Ty::Any => {
                let kind = self.pick(&[
                    Ty::Int,
                    Ty::Float,
                    Ty::Bool,
                    Ty::Str,
                    Ty::Fn,
                    Ty::Range,
                    Ty::Nil,
                    Ty::ArrAny,
                    Ty::Undef,
                ]);
                match kind {
                    Ty::ArrAny => V::Arr(self.below(3) as u8, self.below(Storage::ALL.len() as u64) as u8),
                    _ => self.value(kind, None),
                }
            }
            Ty::Nil => V::Nil,
            Ty::Undef => V::Undef,
            _ => panic!("rules have no values of {ty:?}"),
        }
    }
}

pub const INTS: &[i64] = &[
    0,
    1,
    -1,
    2,
    -2,
    3,
    7,
    8,
    -8,
    10,
    31,
    62,
    63,
    64,
    65,
    255,
    1 << 31,
    1 << 32,
    1 << 53,
    (1 << 53) + 1,
    1 << 62,
    -(1 << 62),
    i64::MAX,
    i64::MAX - 1,
    i64::MIN,
    i64::MIN + 1,
];

#[rustfmt::skip]
pub const FLOATS: &[f64] = &[
    0.0, -0.0, 1.0, -1.0, 2.0, 0.5, -0.5, 0.1, 3.0, 1.5, 8.0, 0.999_999_999_999_999_9, 4_503_599_627_370_496.5,
    9_007_199_254_740_992.0, 9_007_199_254_740_991.0, -9_007_199_254_740_992.0, 9_223_372_036_854_774_784.0,
    9_223_372_036_854_775_808.0, -9_223_372_036_854_775_808.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 5e-324, f64::MIN_POSITIVE, f64::MAX, f64::MIN,
];

fn edges(ty: Ty) -> Vec<V> {
    match ty {
        Ty::Int => INTS.iter().map(|&int| V::Int(int)).collect(),
        Ty::Float => FLOATS.iter().map(|&float| V::scalar(float.to_bits(), Ty::Float)).collect(),
        Ty::Bool => vec![V::Bool(false), V::Bool(true)],
        Ty::Str => vec![V::Str(0), V::Str(1)],
        Ty::Fn => vec![V::Fn(0), V::Fn(1)],
        Ty::ArrAny => vec![V::Arr(0, Storage::Any as u8)],
        Ty::Range => vec![V::Range(0, 1), V::Range(i64::MIN, i64::MAX)],
        Ty::Any => {
            let mut all = vec![V::Nil, V::Undef, V::Cell(0)];
            all.extend(Storage::ALL.map(|storage| V::Arr(0, storage as u8)));
            for ty in [Ty::Int, Ty::Float, Ty::Bool, Ty::Str, Ty::Fn, Ty::ArrAny, Ty::Range] {
                all.extend(edges(ty));
            }
            all
        }
        _ => panic!("rules have no values of {ty:?}"),
    }
}

/// What trying a rule has shown.
#[derive(Debug, Default)]
pub struct Tried {
    /// Operands on which the rule applied, with 64 bits.
    pub wide: u64,
    /// The same with 8 bits, if that was tried.
    pub narrow: u64,
}

/// Whether the rule applies: its conditions hold, and what it computes of constants is defined.
pub fn applies(form: &Form, names: &Names) -> bool {
    form.conditions.iter().all(|condition| eval(condition, names) == Ok(V::Bool(true))) && computes(&form.result, names)
}

fn computes(term: &Term, names: &Names) -> bool {
    match term {
        _ if term.is_constant() => eval(term, names).is_ok(),
        Term::Op(_, operands) => operands.iter().all(|operand| computes(operand, names)),
        _ => true,
    }
}

/// Whether the rule is right for these operands; nothing if it does not apply, or what it replaces is not defined.
fn holds(form: &Form, names: &Names) -> Option<bool> {
    let Term::Op(op, operands) = form.pattern else { panic!("{}: no pattern", form.name) };
    // The parts stand in the trace already: they are defined, and guards among them have held.
    if operands.iter().any(|operand| eval(operand, names).is_err()) {
        return None;
    }
    match eval(&form.pattern, names) {
        Err(Stop::Undefined) => None,
        before => {
            let after = eval(&form.result, names);
            debug_assert!(op.is_guard() || before.is_ok());
            Some(before == after)
        }
    }
}

fn judge(form: &Form, names: &Names, tried: &mut Tried) -> Result<(), String> {
    match holds(form, names) {
        None => Ok(()),
        Some(true) => {
            tried.wide += 1;
            Ok(())
        }
        Some(false) => Err(format!(
            "{}: {} is {:?}, {} is {:?}, with {names:?}",
            form.name,
            form.pattern,
            eval(&form.pattern, names),
            form.result,
            eval(&form.result, names)
        )),
    }
}

/// Tries a rule on everything.
pub fn try_out(form: &Form) -> Result<Tried, String> {
    let mut tried = Tried::default();
    let mut names = Names::NONE;
    on_edges(form, 0, &mut names, &mut tried)?;
    on_random(form, &mut tried)?;
    if is_narrow(form) && form.names.len() <= NARROW_NAMES {
        tried.narrow = on_all_narrow(form)?;
    }
    Ok(tried)
}

fn on_edges(form: &Form, at: usize, names: &mut Names, tried: &mut Tried) -> Result<(), String> {
    // Constants come first: where conditions do not hold, nothing more need be tried.
    if at == form.constants && !applies(form, names) {
        return Ok(());
    }
    let Some(&(name, ty)) = form.names.get(at) else { return judge(form, names, tried) };
    for v in edges(ty) {
        names.set(name, v);
        on_edges(form, at + 1, names, tried)?;
    }
    Ok(())
}

fn on_random(form: &Form, tried: &mut Tried) -> Result<(), String> {
    const DRAWS: u32 = 8;
    let mut random = Random(form.name.bytes().fold(1, |seed, byte| seed * 31 % 1_000_003 + u64::from(byte)));
    let mut done = 0;
    for _ in 0..SAMPLES * 5 {
        let mut names = Names::NONE;
        let mut earlier = None;
        for &(name, ty) in &form.names[..form.constants] {
            let v = random.value(ty, earlier);
            names.set(name, v);
            earlier = Some(v);
        }
        if !applies(form, &names) {
            continue;
        }
        for _ in 0..DRAWS {
            for &(name, ty) in &form.names[form.constants..] {
                let v = random.value(ty, earlier);
                names.set(name, v);
                earlier = Some(v);
            }
            judge(form, &names, tried)?;
        }
        done += DRAWS;
        if done >= SAMPLES {
            break;
        }
    }
    Ok(())
}

/// Whether all of it is about ints and bools.
fn is_narrow(form: &Form) -> bool {
    fn narrow(term: &Term) -> bool {
        let scalar = |ty: Ty| matches!(ty, Ty::Int | Ty::Bool);
        match term {
            Term::Var(_) | Term::Const(_) => true,
            Term::Literal(literal) => scalar(literal.ty()),
            Term::Op(op, operands) => {
                let info = op.info();
                info.result.is_some_and(scalar)
                    && info.operands.iter().all(|kind| matches!(kind, Operand::No | Operand::Of(Ty::Int | Ty::Bool)))
                    && operands.iter().all(narrow)
            }
            Term::Call(function, operands) => scalar(function.operand()) && operands.iter().all(narrow),
            Term::Made(_) | Term::Gone => false,
        }
    }
    narrow(&form.pattern) && form.conditions.iter().all(narrow) && narrow(&form.result)
}

fn on_all_narrow(form: &Form) -> Result<u64, String> {
    let mut names: Narrow = std::array::from_fn(|_| Lanes::all(0));
    let mut tried = 0;
    narrow_from(form, 0, &mut names, &mut tried)?;
    Ok(tried)
}

fn narrow_from(form: &Form, at: usize, names: &mut Narrow, tried: &mut u64) -> Result<(), String> {
    if at == form.constants {
        let holds = |term: &Term| {
            let lanes = eval_narrow(term, names);
            lanes.defined[0] && lanes.values[0] == 1
        };
        if !form.conditions.iter().all(holds) || !computes_narrow(&form.result, names) {
            return Ok(());
        }
    }
    let index = |name: Term| match name {
        Term::Var(number) => number as usize,
        Term::Const(number) => VARIABLES + number as usize,
        _ => panic!("{name} is no name"),
    };
    match form.names.get(at) {
        // The last one is all its values at once.
        Some(&(name, ty)) if at + 1 == form.names.len() && at >= form.constants => {
            names[index(name)] = Lanes::each();
            let limit = if ty == Ty::Bool { 2 } else { 256 };
            compare_narrow(form, names, limit, tried)
        }
        Some(&(name, ty)) => {
            for value in 0..=if ty == Ty::Bool { 1 } else { 255 } {
                names[index(name)] = Lanes::all(value);
                narrow_from(form, at + 1, names, tried)?;
            }
            Ok(())
        }
        None => compare_narrow(form, names, 1, tried),
    }
}

fn computes_narrow(term: &Term, names: &Narrow) -> bool {
    match term {
        _ if term.is_constant() => eval_narrow(term, names).defined[0],
        Term::Op(_, operands) => operands.iter().all(|operand| computes_narrow(operand, names)),
        _ => true,
    }
}

fn compare_narrow(form: &Form, names: &Narrow, limit: usize, tried: &mut u64) -> Result<(), String> {
    let (before, after) = (eval_narrow(&form.pattern, names), eval_narrow(&form.result, names));
    for lane in 0..limit {
        if !before.defined[lane] {
            continue;
        }
        *tried += 1;
        if !after.defined[lane] || before.values[lane] != after.values[lane] {
            let operands: Vec<u8> = names.iter().map(|lanes| lanes.values[lane]).collect();
            return Err(format!(
                "{}, with 8 bits: {} is {}, {} is {} (defined: {}), for x y z c1 c2 k1 k2 = {operands:?}",
                form.name, form.pattern, before.values[lane], form.result, after.values[lane], after.defined[lane]
            ));
        }
    }
    Ok(())
}

#[test]
fn eight_bits_are_all_there() {
    const { assert!(VARIABLES + CONSTANTS == 7) };
    let lanes = Lanes::each();
    assert_eq!((lanes.values[0], lanes.values[255]), (0, 255));
    let quotient = Term::Op(Op::DivInt, &[Term::Var(0), Term::Literal(pseudo_trace::opt::fold::Literal::Int(-1))]);
    let mut names: Narrow = std::array::from_fn(|_| Lanes::all(0));
    names[0] = Lanes::each();
    assert_eq!(eval_narrow(&quotient, &names).values[0x80], 0x80, "wraps as 64 bits do");
}
