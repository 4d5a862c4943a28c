//! Asks a solver whether there are operands for which a rule is wrong: the pattern and the result as terms of SMT-LIB, over
//! bit vectors, IEEE floats, and a data type for boxed values.

use std::io;

use easy_smt::{Context, ContextBuilder, Response};
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::storage::StorageInfo;
use pseudo_trace::ir::types::Ty;
use pseudo_trace::opt::fold::{Function, Literal, Term};

use super::Form;

/// What the solver says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// There are no operands for which the rule is wrong.
    Proved,
    /// There are such operands.
    Wrong(String),
    /// It does not know, or was not asked, since SMT-LIB has no word for something.
    Unknown,
}

/// What all queries may use.
const PRELUDE: &[&str] = &[
    "(define-sort Int64 () (_ BitVec 64))",
    "(define-fun floor_mod ((a Int64) (b Int64)) Int64 (bvsmod a b))",
    "(define-fun floor_div ((a Int64) (b Int64)) Int64
        (ite (= (bvsmod a b) (bvsrem a b)) (bvsdiv a b) (bvsub (bvsdiv a b) #x0000000000000001)))",
    "(define-fun high ((a Int64) (b Int64)) Int64
        ((_ extract 127 64) (bvmul ((_ zero_extend 64) a) ((_ zero_extend 64) b))))",
];

/// What queries about boxed values use besides. Arrays, closures and cells are known by identity.
const BOXED_PRELUDE: &[&str] = &[
    "(declare-sort Text 0)",
    "(declare-datatypes ((Any 0)) (((nil) (undef) (of_bool (bool Bool)) (of_int (int Int64)) (of_float (float Double))
        (of_str (text Text)) (of_arr (arr Int)) (of_fn (fn Int)) (of_range (start Int64) (end Int64)) (of_cell (cell Int)))))",
    "(declare-fun storage (Int) Int)",
    "(declare-fun text_lt (Text Text) Bool)",
    "(assert (forall ((t Text)) (not (text_lt t t))))",
];

/// What queries about floats use besides.
const FLOAT_PRELUDE: &[&str] = &[
    "(define-sort Double () (_ FloatingPoint 11 53))",
    // The bits are those of -2^63 and 2^63.
    "(define-fun in_range ((f Double)) Bool (and
        (fp.leq ((_ to_fp 11 53) #xc3e0000000000000) f)
        (fp.lt f ((_ to_fp 11 53) #x43e0000000000000))))",
];

pub struct Solver(Context);

impl Solver {
    /// Starts the solver, which may then think so long about each rule. Fails if it is not there.
    pub fn start(limit_ms: u32) -> io::Result<Solver> {
        let limit = format!("-t:{limit_ms}");
        let arguments = ["-smt2", "-in", "-memory:2000", &limit];
        Ok(Solver(ContextBuilder::new().solver("z3").solver_args(arguments).build()?))
    }

    /// Asks about a rule.
    pub fn ask(&mut self, form: &Form) -> io::Result<Answer> {
        let Some(query) = query(form) else { return Ok(Answer::Unknown) };
        // A solver that begins anew, and knows which theories it needs, is far quicker than one with a stack.
        let command = self.0.atom("(reset)");
        self.0.raw_send(command)?;
        self.0.raw_recv()?;
        tell(&mut self.0, "(set-option :print-success true)")?;
        let text = query.concat();
        let boxed = ["Any", "of_", "nil", "undef"].iter().any(|word| text.contains(word));
        let floats = boxed || text.contains("Double") || text.contains("to_fp");
        if !boxed {
            tell(&mut self.0, if floats { "(set-logic QF_BVFP)" } else { "(set-logic QF_BV)" })?;
        }
        let preludes = [(true, PRELUDE), (floats, FLOAT_PRELUDE), (boxed, BOXED_PRELUDE)];
        for (_, prelude) in preludes.iter().filter(|(used, _)| *used) {
            for command in *prelude {
                tell(&mut self.0, command)?;
            }
        }
        for command in &query {
            tell(&mut self.0, command)?;
        }
        match self.0.check()? {
            Response::Unsat => Ok(Answer::Proved),
            Response::Unknown => Ok(Answer::Unknown),
            Response::Sat => {
                let model = self.0.get_model()?;
                Ok(Answer::Wrong(self.0.display(model).to_string()))
            }
        }
    }
}

/// Sends a command that is written out.
fn tell(context: &mut Context, command: &str) -> io::Result<()> {
    let command = context.atom(command);
    context.raw_send(command)?;
    let answer = context.raw_recv()?;
    match context.get_atom(answer) {
        Some("success") => Ok(()),
        _ => Err(io::Error::other(format!("{}: {}", context.display(command), context.display(answer)))),
    }
}

/// A term in SMT-LIB, with what must hold for it to be defined, and for guards in it to hold.
struct Said {
    text: String,
    defined: Vec<String>,
    passes: Vec<String>,
}

fn name(term: Term) -> String {
    term.to_string()
}

/// The rule as commands that have a model where it is wrong.
fn query(form: &Form) -> Option<Vec<String>> {
    let mut commands = Vec::new();
    for &(term, ty) in &form.names {
        let name = name(term);
        match ty {
            Ty::Int => commands.push(format!("(declare-const {name} Int64)")),
            Ty::Bool => commands.push(format!("(declare-const {name} Bool)")),
            Ty::Float => {
                commands.push(format!("(declare-const {name}_bits Int64)"));
                commands.push(format!("(define-const {name} Double ((_ to_fp 11 53) {name}_bits))"));
            }
            Ty::Any => commands.push(format!("(declare-const {name} Any)")),
            Ty::Str | Ty::Fn | Ty::Range | Ty::ArrAny => {
                commands.push(format!("(declare-const {name} Any)"));
                commands.push(format!("(assert ((_ is {}) {name}))", constructor(ty)));
            }
            _ => return None,
        }
    }
    if let Term::Op(_, [Term::Made(op)]) = form.pattern {
        let ty = match op {
            Op::NewRange => "of_range",
            Op::NewCell => "of_cell",
            Op::NewArray => "of_arr",
            _ => "of_fn",
        };
        commands.push(format!("(declare-const made_{op:?} Any)"));
        commands.push(format!("(assert ((_ is {ty}) made_{op:?}))"));
    }
    let mut assume = |holds: &str| commands.push(format!("(assert {holds})"));
    for condition in form.conditions {
        let said = say(condition)?;
        said.defined.iter().for_each(|holds| assume(holds));
        assume(&said.text);
    }
    // What is computed must be defined, or the rule would not have applied.
    for part in constant_parts(&form.result) {
        say(&part)?.defined.iter().for_each(|holds| assume(holds));
    }
    // The parts of the pattern stand in the trace already: they are defined, and guards among them have held.
    let Term::Op(_, operands) = form.pattern else { return None };
    for operand in operands {
        let said = say(operand)?;
        said.defined.iter().chain(&said.passes).for_each(|holds| assume(holds));
    }
    let (before, after) = (say(&form.pattern)?, say(&form.result)?);
    before.defined.iter().for_each(|holds| assume(holds));
    let all = |facts: &[String]| format!("(and true {})", facts.join(" "));
    let (passes, still) = (all(&before.passes), all(&after.passes));
    let same = if after.text.is_empty() || before.text.is_empty() {
        "true".to_string()
    } else {
        format!("(= {} {})", before.text, after.text)
    };
    let right = format!("(and {} (= {passes} {still}) (=> {passes} {same}))", all(&after.defined));
    commands.push(format!("(assert (not {right}))"));
    Some(commands)
}

fn constant_parts(term: &Term) -> Vec<Term> {
    match term {
        _ if term.is_constant() => vec![*term],
        Term::Op(_, operands) => operands.iter().flat_map(constant_parts).collect(),
        _ => vec![],
    }
}

fn constructor(ty: Ty) -> &'static str {
    match ty {
        Ty::Bool => "of_bool",
        Ty::Int => "of_int",
        Ty::Float => "of_float",
        Ty::Str => "of_str",
        Ty::Fn => "of_fn",
        Ty::Range => "of_range",
        _ => "of_arr",
    }
}

fn bits(int: u64) -> String {
    format!("#x{int:016x}")
}

fn say(term: &Term) -> Option<Said> {
    let plain = |text: String| Some(Said { text, defined: vec![], passes: vec![] });
    match term {
        Term::Var(_) | Term::Const(_) => plain(name(*term)),
        Term::Gone => plain(String::new()),
        Term::Made(op) => plain(format!("made_{op:?}")),
        Term::Literal(literal) => plain(match (literal, literal.bits()) {
            (Literal::Bool(bool), _) => bool.to_string(),
            (_, Some((int, Ty::Int))) => bits(int),
            (_, Some((float, _))) => format!("((_ to_fp 11 53) {})", bits(float)),
            (_, None) => "nil".to_string(),
        }),
        Term::Call(function, operands) => {
            let operand = say(&operands[0])?;
            let c = &operand.text;
            let text = match function {
                Function::IsPower => {
                    let below = format!("(bvsub {c} {})", bits(1));
                    format!("(and (not (= {c} {zero})) (= (bvand {c} {below}) {zero}))", zero = bits(0))
                }
                Function::Log2 => (1..64)
                    .fold(bits(0), |below, bit| format!("(ite (bvuge {c} {}) {} {below})", bits(1 << bit), bits(bit))),
                Function::HasReciprocal => {
                    let Term::Const(_) = operands[0] else { return None };
                    let mantissa = format!("(= ((_ extract 51 0) {c}_bits) (_ bv0 52))");
                    let one = format!("((_ to_fp 11 53) {})", bits(1f64.to_bits()));
                    format!("(and {mantissa} (fp.isNormal {c}) (fp.isNormal (fp.div RNE {one} {c})))")
                }
                Function::Magic | Function::MagicShift => return None,
            };
            Some(Said { text, ..operand })
        }
        Term::Op(op, operands) => {
            let operands: Vec<Said> = operands.iter().map(say).collect::<Option<_>>()?;
            let [a, b] = [0, 1].map(|at| operands.get(at).map_or("", |operand| operand.text.as_str()));
            let mut said = operation(*op, a, b)?;
            said.defined.extend(operands.iter().flat_map(|operand| operand.defined.clone()));
            said.passes.extend(operands.iter().flat_map(|operand| operand.passes.clone()));
            Some(said)
        }
    }
}

fn operation(op: Op, a: &str, b: &str) -> Option<Said> {
    let (mut defined, mut passes) = (vec![], vec![]);
    let is = |constructor: &str| format!("((_ is {constructor}) {a})");
    let falsy = format!("(or (= {a} nil) (= {a} (of_bool false)))");
    let array = |kind: u8| format!("(and ((_ is of_arr) {a}) (= (storage (arr {a})) {kind}))");
    let text = match op {
        Op::AddInt => format!("(bvadd {a} {b})"),
        Op::SubInt => format!("(bvsub {a} {b})"),
        Op::MulInt => format!("(bvmul {a} {b})"),
        Op::UmulHighInt => format!("(high {a} {b})"),
        Op::DivInt | Op::ModInt => {
            defined.push(format!("(not (= {b} {}))", bits(0)));
            format!("({} {a} {b})", if op == Op::DivInt { "floor_div" } else { "floor_mod" })
        }
        Op::NegInt => format!("(bvneg {a})"),
        Op::AndInt => format!("(bvand {a} {b})"),
        Op::OrInt => format!("(bvor {a} {b})"),
        Op::XorInt => format!("(bvxor {a} {b})"),
        Op::NotInt => format!("(bvnot {a})"),
        Op::ShlInt | Op::SarInt | Op::ShrInt => {
            defined.push(format!("(bvult {b} {})", bits(64)));
            let shift = match op {
                Op::ShlInt => "bvshl",
                Op::SarInt => "bvashr",
                _ => "bvlshr",
            };
            format!("({shift} {a} {b})")
        }
        Op::AddFloat => format!("(fp.add RNE {a} {b})"),
        Op::SubFloat => format!("(fp.sub RNE {a} {b})"),
        Op::MulFloat => format!("(fp.mul RNE {a} {b})"),
        Op::DivFloat => format!("(fp.div RNE {a} {b})"),
        Op::NegFloat => format!("(fp.neg {a})"),
        Op::AbsFloat => format!("(fp.abs {a})"),
        Op::SqrtFloat => format!("(fp.sqrt RNE {a})"),
        Op::FloorFloat => format!("(fp.roundToIntegral RTN {a})"),
        Op::CeilFloat => format!("(fp.roundToIntegral RTP {a})"),
        Op::IntToFloat => format!("((_ to_fp 11 53) RNE {a})"),
        Op::FloatToInt => {
            defined.push(format!("(in_range {a})"));
            format!("((_ fp.to_sbv 64) RTZ {a})")
        }
        Op::EqInt | Op::SameAny | Op::StrEq => format!("(= {a} {b})"),
        Op::NeInt => format!("(not (= {a} {b}))"),
        Op::LtInt => format!("(bvslt {a} {b})"),
        Op::LeInt => format!("(bvsle {a} {b})"),
        Op::UltInt => format!("(bvult {a} {b})"),
        Op::EqFloat => format!("(fp.eq {a} {b})"),
        Op::NeFloat => format!("(not (fp.eq {a} {b}))"),
        Op::LtFloat => format!("(fp.lt {a} {b})"),
        Op::LeFloat => format!("(fp.leq {a} {b})"),
        Op::NotBool => format!("(not {a})"),
        Op::StrLt => format!("(text_lt (text {a}) (text {b}))"),
        Op::BoxInt => format!("(of_int {a})"),
        Op::BoxFloat => format!("(of_float {a})"),
        Op::BoxBool => format!("(of_bool {a})"),
        Op::BoxStr | Op::BoxArr | Op::BoxFn | Op::BoxRange => a.to_string(),
        Op::NewRange => format!("(of_range {a} {b})"),
        Op::RangeStart => format!("(start {a})"),
        Op::RangeEnd => format!("(end {a})"),
        Op::GuardInt => {
            passes.push(is("of_int"));
            format!("(int {a})")
        }
        Op::GuardFloat => {
            passes.push(is("of_float"));
            format!("(float {a})")
        }
        Op::GuardBool => {
            passes.push(is("of_bool"));
            format!("(bool {a})")
        }
        Op::GuardStr | Op::GuardFn | Op::GuardRange => {
            passes.push(is(constructor(op.info().result?)));
            a.to_string()
        }
        Op::GuardArrEmpty | Op::GuardArrBool | Op::GuardArrInt | Op::GuardArrFloat | Op::GuardArrAny => {
            passes.push(array(StorageInfo::of_op(op)?.storage as u8));
            a.to_string()
        }
        Op::GuardNil
        | Op::GuardUndef
        | Op::GuardDefined
        | Op::GuardTruthy
        | Op::GuardFalsy
        | Op::GuardTrue
        | Op::GuardFalse
        | Op::GuardSame => {
            passes.push(match op {
                Op::GuardNil => format!("(= {a} nil)"),
                Op::GuardUndef => format!("(= {a} undef)"),
                Op::GuardDefined => format!("(not (= {a} undef))"),
                Op::GuardTruthy => format!("(not {falsy})"),
                Op::GuardFalsy => falsy,
                Op::GuardTrue => a.to_string(),
                Op::GuardFalse => format!("(not {a})"),
                _ => format!("(= {a} {b})"),
            });
            String::new()
        }
        _ => return None,
    };
    Some(Said { text, defined, passes })
}
