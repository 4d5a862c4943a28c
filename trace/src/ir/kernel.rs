//! Kernels: what a loop's rounds do to many elements at once.
//!
//! A trace whose loop may be vectorised has one, and one instruction `vector %rounds (arguments...)` that runs it, in front
//! of the loop. A kernel is a short list of steps over *lanes*: in round `n` of the loop, lane `n` of a step has the
//! value that the scalar loop would have computed. It leaves nothing but stores, sums (read by `vector.out`), and the
//! number of rounds that it has done, which is at most the number asked for: what is left is for the loop.
//!
//! Steps name arguments of the instruction (`a0`) and earlier steps (`v0`), and stand in the text form behind the
//! instructions:
//!
//! ```text
//! kernel v0 = ramp a1 a2            lane n is a1 + n * a2
//! kernel v1 = splat a3              a3 in every lane
//! kernel v2 = load.int a4 a5        element a5 + n of the elements at a4
//! kernel v3 = xor.int v0 v2
//! kernel v4 = shl.int v3 2          shifts, by a number
//! kernel store.int a4 a5 v4         element a5 + n of a4 = lane n
//! kernel reduce add.int a0 v4       a0 = a0 + the sum of the lanes
//! kernel differ a4 a6               does nothing at all if a4 is a6
//! ```

use super::ops::Op;
use super::scalar::eval_pure;
use super::text::op_named;
use super::types::Ty;

/// Lanes that run together: ints and doubles of a 256-bit register.
pub const LANES: u64 = 4;
/// Vector registers that a kernel may need, by [`Kernel::registers`].
pub const REGISTERS_MAX: usize = 14;
/// Runs of elements that a kernel may read and write.
pub const STREAMS_MAX: usize = 7;
/// Loops of fewer rounds are left to themselves.
pub const ROUNDS_MIN: u64 = 16;

/// Number of an argument.
pub type Argument = u8;
/// Number of a step.
pub type StepId = u8;

/// A step. Those that have a value are numbered as all are: by their place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Lane n is the int `start + n * step`.
    Ramp {
        /// The first lane.
        start: Argument,
        /// The difference of neighbours.
        step: Argument,
    },
    /// The same as floats. All its ints lie within 2^53, where floats are exact.
    FloatRamp {
        /// The first lane.
        start: Argument,
        /// The difference of neighbours.
        step: Argument,
    },
    /// One value in all lanes.
    Splat(Argument),
    /// Consecutive elements.
    Load {
        /// `load.int` or `load.float`.
        op: Op,
        /// Address of the elements.
        data: Argument,
        /// Index of the first.
        index: Argument,
    },
    /// A pure operation of one or two steps; for one, both are the same.
    Pure {
        /// Which.
        op: Op,
        /// First operand.
        a: StepId,
        /// Second operand.
        b: StepId,
    },
    /// A shift by a constant.
    Shift {
        /// `shl.int` or `shr.int`.
        op: Op,
        /// What is shifted.
        a: StepId,
        /// By how much.
        count: u8,
    },
    /// Writes consecutive elements.
    Store {
        /// `store.int` or `store.float`.
        op: Op,
        /// Address of the elements.
        data: Argument,
        /// Index of the first.
        index: Argument,
        /// What.
        value: StepId,
    },
    /// Takes the lanes together into an argument.
    Reduce {
        /// `add.int`, `sub.int`, `and.int`, `or.int` or `xor.int`.
        op: Op,
        /// What they are added to.
        into: Argument,
        /// The lanes.
        value: StepId,
    },
    /// The kernel does nothing if both are the same address.
    Differ {
        /// One.
        a: Argument,
        /// The other.
        b: Argument,
    },
}

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Kernel {
    /// In order.
    pub steps: Vec<Step>,
}

/// Pure operations that a kernel may have, with how many operands and of which type.
pub const PURE: &[(Op, usize, Ty)] = &[
    (Op::AddInt, 2, Ty::Int),
    (Op::SubInt, 2, Ty::Int),
    (Op::MulInt, 2, Ty::Int),
    (Op::AndInt, 2, Ty::Int),
    (Op::OrInt, 2, Ty::Int),
    (Op::XorInt, 2, Ty::Int),
    (Op::AddFloat, 2, Ty::Float),
    (Op::SubFloat, 2, Ty::Float),
    (Op::MulFloat, 2, Ty::Float),
    (Op::DivFloat, 2, Ty::Float),
    (Op::SqrtFloat, 1, Ty::Float),
    (Op::NegFloat, 1, Ty::Float),
    (Op::AbsFloat, 1, Ty::Float),
    (Op::FloorFloat, 1, Ty::Float),
    (Op::CeilFloat, 1, Ty::Float),
];

/// Operations that a kernel may reduce lanes by.
pub const REDUCTIONS: &[Op] = &[Op::AddInt, Op::SubInt, Op::AndInt, Op::OrInt, Op::XorInt];

/// How many operands a pure operation has, and their type, if kernels may have it.
pub fn pure_operands(op: Op) -> Option<(usize, Ty)> {
    PURE.iter().find(|row| row.0 == op).map(|row| (row.1, row.2))
}

impl Step {
    /// Type of the lanes, given the types of the arguments and of earlier steps; none for steps without a value.
    ///
    /// # Errors
    ///
    /// If an operand is missing, or of the wrong type: in words.
    pub fn ty(&self, arguments: &[Ty], steps: &[Option<Ty>]) -> Result<Option<Ty>, String> {
        let argument = |number: Argument, wanted: Ty| match arguments.get(number as usize) {
            Some(&ty) if ty == wanted => Ok(()),
            Some(ty) => Err(format!("a{number} is {}, not {}", ty.text(), wanted.text())),
            None => Err(format!("a{number} is missing")),
        };
        let step = |number: StepId, wanted: Ty| match steps.get(number as usize) {
            Some(&Some(ty)) if ty == wanted => Ok(()),
            Some(Some(ty)) => Err(format!("v{number} is {}, not {}", ty.text(), wanted.text())),
            _ => Err(format!("v{number} has no value")),
        };
        let wrong = |op: Op| Err(format!("`{}` is nothing for a kernel", op.info().text));
        match *self {
            Step::Ramp { start, step } => argument(start, Ty::Int).and(argument(step, Ty::Int)).map(|()| Some(Ty::Int)),
            Step::FloatRamp { start, step } => {
                argument(start, Ty::Int).and(argument(step, Ty::Int)).map(|()| Some(Ty::Float))
            }
            Step::Splat(value) => match arguments.get(value as usize) {
                Some(&ty @ (Ty::Int | Ty::Float)) => Ok(Some(ty)),
                _ => Err(format!("a{value} is no number")),
            },
            Step::Load { op, data, index } => {
                let ty = match op {
                    Op::LoadInt => Ty::Int,
                    Op::LoadFloat => Ty::Float,
                    _ => return wrong(op),
                };
                argument(data, Ty::Ptr).and(argument(index, Ty::Int)).map(|()| Some(ty))
            }
            Step::Pure { op, a, b } => match pure_operands(op) {
                Some((count, _)) if count == 1 && a != b => Err("an operand is too much".into()),
                Some((_, ty)) => step(a, ty).and(step(b, ty)).map(|()| Some(ty)),
                None => wrong(op),
            },
            Step::Shift { op, a, count } => match op {
                Op::ShlInt | Op::ShrInt if count < 64 => step(a, Ty::Int).map(|()| Some(Ty::Int)),
                _ => wrong(op),
            },
            Step::Store { op, data, index, value } => {
                let ty = match op {
                    Op::StoreInt => Ty::Int,
                    Op::StoreFloat => Ty::Float,
                    _ => return wrong(op),
                };
                argument(data, Ty::Ptr).and(argument(index, Ty::Int)).and(step(value, ty)).map(|()| None)
            }
            Step::Reduce { op, into, value } if REDUCTIONS.contains(&op) => {
                argument(into, Ty::Int).and(step(value, Ty::Int)).map(|()| None)
            }
            Step::Reduce { op, .. } => wrong(op),
            Step::Differ { a, b } => argument(a, Ty::Ptr).and(argument(b, Ty::Ptr)).map(|()| None),
        }
    }

    /// The steps that it reads.
    pub fn operands(&self) -> impl Iterator<Item = StepId> {
        let (a, b) = match *self {
            Step::Pure { a, b, .. } if a != b => (Some(a), Some(b)),
            Step::Pure { a, .. } | Step::Shift { a, .. } => (Some(a), None),
            Step::Store { value, .. } | Step::Reduce { value, .. } => (Some(value), None),
            Step::Ramp { .. } | Step::FloatRamp { .. } | Step::Splat(_) | Step::Load { .. } | Step::Differ { .. } => {
                (None, None)
            }
        };
        a.into_iter().chain(b)
    }

    /// Whether its value is kept from one group of lanes to the next.
    pub fn is_kept(&self) -> bool {
        matches!(self, Step::Ramp { .. } | Step::FloatRamp { .. } | Step::Splat(_))
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |op: Op| op.info().text;
        match *self {
            Step::Ramp { start, step } => write!(f, "ramp a{start} a{step}"),
            Step::FloatRamp { start, step } => write!(f, "ramp.float a{start} a{step}"),
            Step::Splat(value) => write!(f, "splat a{value}"),
            Step::Load { op, data, index } => write!(f, "{} a{data} a{index}", text(op)),
            Step::Pure { op, a, b } => match pure_operands(op) {
                Some((1, _)) => write!(f, "{} v{a}", text(op)),
                _ => write!(f, "{} v{a} v{b}", text(op)),
            },
            Step::Shift { op, a, count } => write!(f, "{} v{a} {count}", text(op)),
            Step::Store { op, data, index, value } => write!(f, "{} a{data} a{index} v{value}", text(op)),
            Step::Reduce { op, into, value } => write!(f, "reduce {} a{into} v{value}", text(op)),
            Step::Differ { a, b } => write!(f, "differ a{a} a{b}"),
        }
    }
}

impl Step {
    /// Whether it has lanes.
    pub fn has_value(&self) -> bool {
        !matches!(self, Step::Store { .. } | Step::Reduce { .. } | Step::Differ { .. })
    }

    /// Reads the text form, word by word.
    ///
    /// # Errors
    ///
    /// What was expected.
    pub fn parse(words: &mut dyn FnMut() -> String) -> Result<Step, String> {
        fn number(word: String, prefix: &str) -> Result<u8, String> {
            let number = word.strip_prefix(prefix).and_then(|rest| rest.parse().ok());
            number.ok_or_else(|| format!("`{prefix}` and a number expected, not `{word}`"))
        }
        let word = words();
        let mut argument = || number(words(), "a");
        Ok(match word.as_str() {
            "ramp" => Step::Ramp { start: argument()?, step: argument()? },
            "ramp.float" => Step::FloatRamp { start: argument()?, step: argument()? },
            "splat" => Step::Splat(argument()?),
            "differ" => Step::Differ { a: argument()?, b: argument()? },
            "load.int" => Step::Load { op: Op::LoadInt, data: argument()?, index: argument()? },
            "load.float" => Step::Load { op: Op::LoadFloat, data: argument()?, index: argument()? },
            "store.int" | "store.float" => {
                let op = if word == "store.int" { Op::StoreInt } else { Op::StoreFloat };
                let (data, index) = (argument()?, argument()?);
                Step::Store { op, data, index, value: number(words(), "v")? }
            }
            "reduce" => {
                let word = words();
                let op = op_named(&word).ok_or_else(|| format!("`{word}` is no operation"))?;
                Step::Reduce { op, into: number(words(), "a")?, value: number(words(), "v")? }
            }
            _ => {
                let op = op_named(&word).ok_or_else(|| format!("`{word}` is no step of a kernel"))?;
                let a = number(words(), "v")?;
                match pure_operands(op) {
                    Some((1, _)) => Step::Pure { op, a, b: a },
                    Some(_) => Step::Pure { op, a, b: number(words(), "v")? },
                    None => Step::Shift { op, a, count: number(words(), "")? },
                }
            }
        })
    }
}

/// What a kernel's elements lie in.
pub trait Elements {
    /// Element `index` of the elements at an argument.
    fn load(&mut self, data: Argument, index: i64, op: Op) -> Result<u64, String>;
    /// Writes one.
    fn store(&mut self, data: Argument, index: i64, op: Op, bits: u64) -> Result<(), String>;
    /// Whether two arguments are the same address.
    fn same(&mut self, a: Argument, b: Argument) -> bool;
}

impl Kernel {
    /// Addresses and first indices of the runs of elements that it reads and writes, each once.
    pub fn streams(&self) -> Vec<(Argument, Argument)> {
        let mut streams = Vec::new();
        for step in &self.steps {
            if let Step::Load { data, index, .. } | Step::Store { data, index, .. } = *step
                && !streams.contains(&(data, index))
            {
                streams.push((data, index));
            }
        }
        streams
    }

    /// Differences of neighbours in ramps of ints, then of floats, each once.
    pub fn strides(&self) -> Vec<(Argument, Ty)> {
        let mut strides = Vec::new();
        for step in &self.steps {
            let stride = match *step {
                Step::Ramp { step, .. } => (step, Ty::Int),
                Step::FloatRamp { step, .. } => (step, Ty::Float),
                _ => continue,
            };
            if !strides.contains(&stride) {
                strides.push(stride);
            }
        }
        strides
    }

    /// The last step that reads each step; its own place if none does.
    pub fn last_uses(&self) -> Vec<usize> {
        let mut last: Vec<usize> = (0..self.steps.len()).collect();
        for (at, step) in self.steps.iter().enumerate() {
            step.operands().for_each(|operand| last[operand as usize] = at);
        }
        last
    }

    /// Vector registers that it needs besides two for use within a step.
    pub fn registers(&self) -> usize {
        let last = self.last_uses();
        let kept = self.steps.iter().filter(|step| step.is_kept() || matches!(step, Step::Reduce { .. })).count();
        let is_temporary = |at: usize| self.steps[at].has_value() && !self.steps[at].is_kept();
        let live = |at: usize| (0..=at).filter(|&def| is_temporary(def) && (def == at || last[def] > at)).count();
        kept + self.strides().len() + (0..self.steps.len()).map(live).max().unwrap_or(0)
    }

    /// Runs a kernel as the scalar loop would, for at most some rounds: the number of rounds done. The arguments, as
    /// bits, are changed by reductions.
    ///
    /// # Errors
    ///
    /// What the elements say.
    pub fn run(&self, rounds: u64, arguments: &mut [u64], elements: &mut dyn Elements) -> Result<u64, String> {
        let same = |elements: &mut dyn Elements, step: &Step| match *step {
            Step::Differ { a, b } => elements.same(a, b),
            _ => false,
        };
        if rounds < ROUNDS_MIN || rounds > i64::MAX as u64 || self.steps.iter().any(|step| same(elements, step)) {
            return Ok(0);
        }
        let rounds = rounds / LANES * LANES;
        let mut lanes = vec![0; self.steps.len()];
        for round in 0..rounds {
            for (at, step) in self.steps.iter().enumerate() {
                let argument = |number: Argument| arguments[number as usize];
                let ramp =
                    |start: Argument, step: Argument| argument(start).wrapping_add(round.wrapping_mul(argument(step)));
                let place = |index: Argument| argument(index).wrapping_add(round) as i64;
                let lane = |number: StepId| lanes[number as usize];
                lanes[at] = match *step {
                    Step::Ramp { start, step } => ramp(start, step),
                    Step::FloatRamp { start, step } => (ramp(start, step) as i64 as f64).to_bits(),
                    Step::Splat(value) => argument(value),
                    Step::Load { op, data, index } => elements.load(data, place(index), op)?,
                    Step::Pure { op, a, b } => {
                        eval_pure(op, &[lane(a), lane(b)]).ok_or("an operation is not defined")?
                    }
                    Step::Shift { op, a, count } => {
                        eval_pure(op, &[lane(a), u64::from(count)]).ok_or("a shift is not defined")?
                    }
                    Step::Store { op, data, index, value } => {
                        elements.store(data, place(index), op, lane(value))?;
                        0
                    }
                    Step::Reduce { op, into, value } => {
                        let sum = eval_pure(op, &[argument(into), lane(value)]);
                        arguments[into as usize] = sum.ok_or("a reduction is not defined")?;
                        0
                    }
                    Step::Differ { .. } => 0,
                };
            }
        }
        Ok(rounds)
    }
}
