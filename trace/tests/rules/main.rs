//! That every fold rule is right, that folding ends, and that the folder does what its rules say.
//!
//! A rule is data: this reads the pattern, the conditions and the result, and asks whether the two are the same. Each rule is
//! tried on all combinations of edge values, on 100,000 random operands of 64 bits, and, if it is about ints, on all
//! operands of 8 bits. Where `z3` is installed, it is asked as well, and its answer is a proof for 64 bits; what it cannot
//! decide in time is listed, and has been tried.
//!
//! The few rules that are code are tried in traces.

mod order;
mod solver;
mod traces;
mod trials;
mod values;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pseudo_trace::ir::types::Ty;
use pseudo_trace::opt::fold::{How, Rule, Term, rules};
use pseudo_trace::rules;

use order::{check_cost, check_order};
use solver::{Answer, Solver};
use trials::{SAMPLES, try_out};

/// A rule that is data.
#[derive(Clone)]
pub struct Form {
    pub name: &'static str,
    pub pattern: Term,
    pub conditions: &'static [Term],
    pub result: Term,
    /// Its names and their types: constants, then variables.
    pub names: Vec<(Term, Ty)>,
    /// How many constants there are.
    pub constants: usize,
}

impl Form {
    /// Nothing for a rule that is code.
    pub fn of(rule: &Rule) -> Option<Form> {
        let How::Terms { pattern, conditions, result } = rule.how else { return None };
        let mut names: Vec<(Term, Ty)> = Vec::new();
        pattern.for_each_name(&mut |name, ty| {
            if names.iter().all(|(known, _)| *known != name) {
                names.push((name, ty));
            }
        });
        names.sort_by_key(|(name, _)| matches!(name, Term::Var(_)));
        let constants = names.iter().filter(|(name, _)| matches!(name, Term::Const(_))).count();
        Some(Form { name: rule.name, pattern, conditions, result, names, constants })
    }
}

fn forms() -> Vec<Form> {
    rules().iter().filter_map(|rule| Form::of(rule)).collect()
}

/// Runs something for each form, on as many threads as there are processors.
fn in_parallel<T: Send>(forms: &[Form], work: impl Fn(&mut dyn Iterator<Item = &Form>) -> Vec<T> + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, |count| count.get());
    std::thread::scope(|scope| {
        let worker = || work(&mut std::iter::from_fn(|| forms.get(next.fetch_add(1, Ordering::Relaxed))));
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        handles.into_iter().flat_map(|handle| handle.join().expect("a thread of this test")).collect()
    })
}

fn complain(bad: Vec<String>) {
    assert!(bad.is_empty(), "{} rules:\n{}", bad.len(), bad.join("\n"));
}

#[test]
fn every_rule_is_right_on_what_it_is_tried_on() {
    let bad = in_parallel(&forms(), |forms| {
        forms
            .filter_map(|form| match try_out(form) {
                Err(words) => Some(words),
                Ok(tried) if tried.wide == 0 => Some(format!("{}: never applied", form.name)),
                Ok(_) => None,
            })
            .collect()
    });
    complain(bad);
}

/// With a solver at hand, proves what it can prove in the time that a test may take.
#[test]
fn the_solver_finds_no_rule_wrong() {
    const TIME: Duration = Duration::from_secs(45);
    const LIMIT_MS: u32 = 1500;
    if let Err(error) = Solver::start(LIMIT_MS) {
        eprintln!("z3 could not be asked ({error}): rules are tried, not proved");
        return;
    }
    let began = Instant::now();
    let mut forms = forms();
    // Those that take long come last, so that the others are asked about however slow the machine is.
    forms.sort_by_key(|form| {
        let text = form.pattern.to_string();
        (text.contains("DivInt") || text.contains("ModInt"), text.contains("Mul"), text.contains("Float"))
    });
    let answers = in_parallel(&forms, |forms| {
        let mut solver = Solver::start(LIMIT_MS).expect("it started before");
        let mut answers = Vec::new();
        for form in forms {
            let late = began.elapsed() > TIME;
            let answer = if late { Ok(Answer::Unknown) } else { solver.ask(form) };
            let answer = answer.unwrap_or_else(|error| {
                // A solver that has died of a rule has not proved it.
                eprintln!("{}: {error}", form.name);
                solver = Solver::start(LIMIT_MS).expect("it started before");
                Answer::Unknown
            });
            answers.push((form.name, answer));
        }
        answers
    });
    let unknown: Vec<&str> =
        answers.iter().filter(|(_, answer)| *answer == Answer::Unknown).map(|(name, _)| *name).collect();
    let proved = answers.iter().filter(|(_, answer)| *answer == Answer::Proved).count();
    let wrong = answers.iter().filter_map(|(name, answer)| match answer {
        Answer::Wrong(model) => Some(format!("{name}: {model}")),
        Answer::Proved | Answer::Unknown => None,
    });
    complain(wrong.collect());
    eprintln!("{proved} rules proved in {:.1?}; {} tried only: {}", began.elapsed(), unknown.len(), unknown.join(", "));
    assert!(proved > 100, "only {proved} proved");
}

#[test]
fn every_rule_lowers_a_weight() {
    complain(forms().iter().filter_map(|form| check_order(form).err()).collect());
}

#[test]
fn no_rule_makes_code_worse() {
    complain(forms().iter().filter_map(|form| check_cost(form).err()).collect());
}

#[test]
fn what_a_rule_gives_has_names_and_types_of_its_pattern() {
    let mut bad = Vec::new();
    for form in forms() {
        let mut check = |name: Term, ty: Ty| {
            if !form.names.contains(&(name, ty)) {
                bad.push(format!("{}: {name} of type {ty:?} is not in the pattern", form.name));
            }
        };
        form.result.for_each_name(&mut check);
        form.conditions.iter().for_each(|condition| condition.for_each_name(&mut check));
        let given = match form.result {
            Term::Var(_) | Term::Const(_) => {
                form.names.iter().find(|(name, _)| *name == form.result).map(|(_, ty)| *ty)
            }
            _ => form.result.ty(),
        };
        if given != form.pattern.ty() {
            bad.push(format!("{}: {:?} becomes {given:?}", form.name, form.pattern.ty()));
        }
        if form.conditions.iter().any(|condition| !condition.is_constant()) {
            bad.push(format!("{}: a condition must be about constants", form.name));
        }
    }
    complain(bad);
}

/// Rules that are wrong, each in its own way.
const WRONG: &[Rule] = rules! { Fold "wrong_"
    zeros:          (AddFloat x 0.0) => x;
    nan:            (EqFloat x x) => true;
    rounding:       (SubFloat (AddFloat x y) y) => x;
    overflow:       (LtInt (AddInt x c1) c2) => (LtInt x (SubInt c2 c1));
    sign:           (DivInt x c) if [IsPower c] => (SarInt x [Log2 c]);
    truncation:     (ModInt x c) if [IsPower (NegInt c)] => (AndInt x (SubInt (NegInt c) 1));
    logical:        (SarInt (ShlInt x k) k) => (AndInt x (ShrInt ONES k));
    count:          (ShlInt (ShlInt x k1) k2) if (LtInt (AddInt k1 k2) WIDTH), (UltInt k2 WIDTH)
                        => (ShlInt x (ShlInt k1 k2));
    precision:      (FloatToInt (IntToFloat (AndInt x c))) => (AndInt x c);
    falsy:          (GuardFalsy (BoxBool x)) => (GuardTrue x);
    truthy:         (GuardTruthy nil) => gone;
    order:          (NotBool (LtInt x y)) => (LeInt x y);
};

#[test]
fn a_wrong_rule_is_found_by_trying() {
    let forms: Vec<Form> = WRONG.iter().filter_map(Form::of).collect();
    let missed: Vec<&str> = forms.iter().filter(|form| try_out(form).is_ok()).map(|form| form.name).collect();
    assert!(missed.is_empty(), "not found wrong: {missed:?}");
}

#[test]
fn a_wrong_rule_is_found_by_the_solver() {
    const LIMIT_MS: u32 = 20_000;
    let Ok(mut solver) = Solver::start(LIMIT_MS) else {
        eprintln!("z3 could not be asked");
        return;
    };
    for form in WRONG.iter().filter_map(Form::of) {
        // For these it takes minutes to find operands.
        if !matches!(form.name, "wrong_rounding" | "wrong_precision" | "wrong_sign" | "wrong_truncation") {
            let answer = solver.ask(&form).unwrap();
            assert!(matches!(answer, Answer::Wrong(_)), "{}: {answer:?}", form.name);
        }
    }
}

/// Rules that are right and would not end, or make code worse.
const ENDLESS: &[Rule] = rules! { Fold "endless_"
    swap:           (SubInt x y) => (NegInt (SubInt y x));
    around:         (AddInt x y) => (AddInt y x);
    growing:        (MulInt x c) => (AddInt x (MulInt x (SubInt c 1)));
    back:           (ShlInt x k) => (MulInt x (ShlInt 1 k));
};

#[test]
fn rules_that_do_not_end_are_found() {
    for form in ENDLESS.iter().filter_map(Form::of) {
        try_out(&form).unwrap();
        assert!(check_order(&form).is_err(), "{}", form.name);
    }
}

#[test]
fn there_are_enough_trials() {
    const { assert!(SAMPLES >= 100_000 || cfg!(debug_assertions)) };
    assert!(rules().len() >= 150, "{} rules", rules().len());
}
