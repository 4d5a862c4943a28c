//! The passes over a trace, and the pipeline that runs them.
//!
//! A pass changes a trace in place into one that does the same, or that leaves to the state at entry before anything has
//! happened. The pipeline runs the verifier after every pass, so that none can forget to: always in debug builds, and
//! where [`Options::verify`] asks for it.
//!
//! # Adding a pass
//!
//! A file with its header, a row in [`PASSES`], its place in [`SCHEDULE`], and a folder of filetests.

pub mod advance;
pub mod boxes;
pub mod closed;
pub mod cse;
pub mod dce;
pub mod fold;
pub mod forward;
pub mod induction;
pub mod licm;
pub mod memory;
pub mod phi;
pub mod preamble;
pub mod promote;
pub mod range;
pub mod rewrite;
pub mod sink;
pub mod strength;
pub mod strengthen;
pub mod unchanged;
pub mod unroll;
pub mod vector;

use std::time::{Duration, Instant};

pub use pseudo_vm::builtins::Effect as BuiltinEffect;

use crate::ir::text;
use crate::ir::trace::Trace;
use crate::ir::verify;
use rewrite::Scratch;

/// What a builtin does besides computing its result, by its number.
pub type BuiltinEffects<'a> = &'a dyn Fn(u32) -> BuiltinEffect;

/// A pass.
pub struct Pass {
    /// Its name: switch, dump heading, folder of its filetests.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// Where the idea is from.
    pub source: &'static str,
    /// Runs it; whether it has changed the trace.
    pub run: fn(&mut Trace, &mut Context<'_>) -> bool,
}

/// The passes, in the order in which they are listed.
#[rustfmt::skip]
pub const PASSES: &[Pass] = &[
    Pass { name: "fold", run: fold::run, about: "computes constants and applies laws of arithmetic",
        source: "LuaJIT's fold engine; PyPy's real.rules" },
    Pass { name: "cse", run: cse::run, about: "computes and tests everything once",
        source: "Cocke, Global common subexpression elimination, 1970" },
    Pass { name: "forward", run: forward::run, about: "reuses what memory is known to hold, drops writes that nobody sees",
        source: "Ardö, Bolz, Fijałkowski, Loop-Aware Optimizations in PyPy's Tracing JIT, 2012" },
    Pass { name: "boxes", run: boxes::run, about: "carries and saves values unboxed",
        source: "Bolz et al., Allocation Removal by Partial Evaluation in a Tracing JIT, 2011" },
    Pass { name: "phi", run: phi::run, about: "removes phis that never change, and twins",
        source: "Braun et al., Simple and Efficient Construction of SSA Form, 2013" },
    Pass { name: "unchanged", run: unchanged::run, about: "takes out of snapshots what memory still holds",
        source: "LuaJIT's snapshots (IRSLOAD_INHERIT, SNAP_NORESTORE)" },
    Pass { name: "licm", run: licm::run, about: "moves what is the same in every round in front of the loop",
        source: "Allen, Cocke, A Catalogue of Optimizing Transformations, 1971" },
    Pass { name: "sink", run: sink::run, about: "leaves it to exits to make instances that only they need",
        source: "Bolz et al., Allocation Removal by Partial Evaluation in a Tracing JIT, 2011" },
    Pass { name: "promote", run: promote::run, about: "keeps fields that a loop updates in registers",
        source: "Cooper, Lu, Register Promotion in C Programs, 1997" },
    Pass { name: "strengthen", run: strengthen::run, about: "tests the stronger of two guards, where the weaker one stood",
        source: "Bebenita et al., SPUR, 2010; Ardö, Bolz, Fijałkowski, Loop-Aware Optimizations in PyPy's Tracing JIT, 2012" },
    Pass { name: "range", run: range::run, about: "drops tests and masks that known ranges and bits decide, bounds checks of counted loops",
        source: "Bodik et al., ABCD, 2000; Würthinger et al., Array Bounds Check Elimination, 2009; LLVM's KnownBits" },
    Pass { name: "advance", run: advance::run, about: "turns multiplications of what a loop counts into additions",
        source: "Allen, Cocke, Kennedy, Reduction of Operator Strength, 1981" },
    Pass { name: "strength", run: strength::run, about: "divides by constants without a division",
        source: "Granlund, Montgomery, Division by Invariant Integers using Multiplication, 1994" },
    Pass { name: "dce", run: dce::run, about: "removes what nothing needs",
        source: "folklore" },
    Pass { name: "closed", run: closed::run, about: "skips the rounds of loops that only advance recurrences",
        source: "Bachmann, Wang, Zima, Chains of recurrences, 1994; LLVM's scalar evolution" },
    Pass { name: "vector", run: vector::run, about: "runs rounds of simple loops four at a time",
        source: "Allen, Kennedy, Automatic Translation of FORTRAN Programs to Vector Form, 1987" },
    Pass { name: "unroll", run: unroll::run, about: "puts several rounds of a short loop into one",
        source: "Dongarra, Hinds, Unrolling Loops in FORTRAN, 1979" },
];

/// The order in which passes run, by name; one may run more than once.
///
/// Folding opens boxes, which lets `boxes` unbox what the loop carries, which makes guards fold: hence the second `fold`.
/// `licm`, `strengthen` and `range` come when little is left to move, and make duplicates in front of the loop: hence the
/// second `cse`. Where objects that a loop carries are sunk, their methods are the same in every round: hence the second
/// `licm`. `sink` and `promote` are for instances that `licm` has found to be the same in every round.
/// `closed` looks at what is left in the loop, as long as remainders are still remainders and what the loop carries is what
/// it always was: `advance` and `strength` come after it, and make duplicates again. `vector` and `unroll` come last: what
/// the one writes in front of the loop is no plain instruction, and the other is for loops that are left.
#[rustfmt::skip]
pub const SCHEDULE: &[&str] = &[
    "fold", "cse", "forward", "boxes", "fold", "phi", "unchanged", "licm", "sink", "licm", "promote", "strengthen", "range", "cse", "dce",
    "closed", "advance", "strength", "cse", "dce", "vector", "unroll",
];

/// What a pass may use besides the trace.
pub struct Context<'a> {
    /// What the builtins do.
    pub effects: BuiltinEffects<'a>,
    /// Memory for use within a pass.
    pub scratch: &'a mut Scratch,
    /// What the pass counts.
    pub counts: &'a mut Counts,
}

/// How often each fold rule has fired, and where.
#[derive(Clone, Default, Debug)]
pub struct Counts {
    /// How often, by the rule's place in the table of rules.
    pub rules: Vec<u32>,
    /// The instruction that a pass is about to fold, by its number before the pass.
    pub at: Option<u32>,
    /// The rules that have fired at such instructions in this run of the pass, in order.
    pub log: Vec<Fired>,
}

/// A rule has fired.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fired {
    /// At this instruction, by its number before the pass.
    pub at: u32,
    /// The rule's name.
    pub rule: &'static str,
}

/// Which passes run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PassSet(u32);

impl Default for PassSet {
    fn default() -> Self {
        PassSet::ALL
    }
}

/// A word of `--passes` that is no pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownPass(pub String);

impl std::fmt::Display for UnknownPass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = PASSES.iter().map(|pass| pass.name).collect();
        write!(f, "no pass is called `{}`; there are {}, `all` and `none`", self.0, names.join(", "))
    }
}

impl std::error::Error for UnknownPass {}

impl PassSet {
    /// Every pass.
    pub const ALL: PassSet = PassSet(u32::MAX);
    /// No pass.
    pub const NONE: PassSet = PassSet(0);

    /// Reads `all`, `none`, `cse,dce` (just these), `-licm` (all but this), `none,+cse`: words from left to right,
    /// beginning with all passes, or with none if the first word is a plain name.
    pub fn parse(text: &str) -> Result<PassSet, UnknownPass> {
        let mut set = PassSet::ALL;
        for (at, word) in text.split(',').map(str::trim).filter(|word| !word.is_empty()).enumerate() {
            let (name, on) = match word.strip_prefix('-') {
                Some(name) => (name, false),
                None => (word.strip_prefix('+').unwrap_or(word), true),
            };
            match word {
                "all" => set = PassSet::ALL,
                "none" => set = PassSet::NONE,
                _ => {
                    let index = index_of(name).ok_or_else(|| UnknownPass(name.to_string()))?;
                    if at == 0 && on && !word.starts_with('+') {
                        set = PassSet::NONE;
                    }
                    set = set.with(index, on);
                }
            }
        }
        Ok(set)
    }

    /// The set with the pass at an index of [`PASSES`] switched on or off.
    pub fn with(self, index: usize, on: bool) -> PassSet {
        if on { PassSet(self.0 | 1 << index) } else { PassSet(self.0 & !(1 << index)) }
    }

    /// The set without a pass.
    ///
    /// # Panics
    ///
    /// If there is no such pass.
    pub fn without(self, name: &str) -> PassSet {
        self.with(index_of(name).expect("a pass"), false)
    }

    /// Whether the pass at an index of [`PASSES`] runs.
    pub fn contains(self, index: usize) -> bool {
        self.0 >> index & 1 == 1
    }
}

fn index_of(name: &str) -> Option<usize> {
    PASSES.iter().position(|pass| pass.name == name)
}

/// How a trace is to be optimised.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Which passes run.
    pub passes: PassSet,
    /// Whether the verifier runs after every pass in release builds as well.
    pub verify: bool,
    /// What the builtins do.
    pub effects: BuiltinEffects<'a>,
}

/// What a run of a pass did.
#[derive(Clone, Copy, Debug)]
pub struct PassRun {
    /// Its name.
    pub pass: &'static str,
    /// Whether it has changed the trace.
    pub changed: bool,
    /// Instructions before and after.
    pub instructions: (u32, u32),
    /// How long it took, without verifier and observer.
    pub time: Duration,
}

/// What the optimiser did to a trace.
#[derive(Clone, Default, Debug)]
pub struct Stats {
    /// In the order in which passes ran.
    pub runs: Vec<PassRun>,
    /// Firings of rules.
    pub counts: Counts,
}

/// What is told of a pass that has just run.
#[derive(Clone, Copy, Debug)]
pub struct Ran<'a> {
    /// Its name.
    pub pass: &'static str,
    /// Whether it has changed the trace.
    pub changed: bool,
    /// The rules that have fired in it, in order.
    pub fired: &'a [Fired],
}

/// Runs the pipeline. The observer sees the trace after each pass.
///
/// # Panics
///
/// If the verifier runs and finds a flaw.
pub fn optimise(
    trace: &mut Trace,
    options: &Options<'_>,
    scratch: &mut Scratch,
    observer: &mut dyn FnMut(Ran<'_>, &Trace),
) -> Stats {
    let mut stats = Stats { runs: Vec::with_capacity(SCHEDULE.len()), counts: Counts::default() };
    let verifies = options.verify || cfg!(debug_assertions);
    if verifies {
        check(trace, options.effects, "recording", None);
    }
    for name in SCHEDULE {
        let index = index_of(name).expect("the schedule names passes");
        if options.passes.contains(index) {
            run_pass(trace, &PASSES[index], options, scratch, &mut stats, observer);
        }
    }
    stats
}

/// Runs one pass, and whatever goes with it.
pub fn run_pass(
    trace: &mut Trace,
    pass: &Pass,
    options: &Options<'_>,
    scratch: &mut Scratch,
    stats: &mut Stats,
    observer: &mut dyn FnMut(Ran<'_>, &Trace),
) {
    let verifies = options.verify || cfg!(debug_assertions);
    let before = verifies.then(|| trace.clone());
    let instructions = trace.insts.len() as u32;
    stats.counts.log.clear();
    let start = Instant::now();
    let mut context = Context { effects: options.effects, scratch, counts: &mut stats.counts };
    let changed = (pass.run)(trace, &mut context);
    let time = start.elapsed();
    stats.counts.at = None;
    if let Some(before) = &before {
        check(trace, options.effects, pass.name, Some(before));
    }
    stats.runs.push(PassRun { pass: pass.name, changed, instructions: (instructions, trace.insts.len() as u32), time });
    observer(Ran { pass: pass.name, changed, fired: &stats.counts.log }, trace);
}

fn check(trace: &Trace, effects: BuiltinEffects<'_>, after: &str, before: Option<&Trace>) {
    if let Err(flaw) = verify::verify(trace, effects) {
        let before = before.map(|trace| text::print(trace, &mut text::Names::default(), text::Style::default()));
        panic!("after {after}: {}before:\n{}", flaw.report(trace), before.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::parse::parse;

    fn names(set: PassSet) -> Vec<&'static str> {
        (0..PASSES.len()).filter(|&index| set.contains(index)).map(|index| PASSES[index].name).collect()
    }

    #[test]
    fn sets_are_read_from_left_to_right() {
        let all: Vec<&str> = PASSES.iter().map(|pass| pass.name).collect();
        let without_licm: Vec<&str> = all.iter().copied().filter(|&name| name != "licm").collect();
        for (text, expected) in [
            ("", all.clone()),
            ("all", all.clone()),
            ("none", vec![]),
            ("cse,dce", vec!["cse", "dce"]),
            ("-licm", without_licm.clone()),
            ("-licm,+cse", without_licm),
            ("-licm,licm", all.clone()),
            ("none,+cse", vec!["cse"]),
            ("+cse", all.clone()),
            ("cse,all", all),
        ] {
            assert_eq!(names(PassSet::parse(text).unwrap()), expected, "{text:?}");
        }
    }

    #[test]
    fn an_unknown_pass_is_answered_with_those_that_there_are() {
        let words = PassSet::parse("-peel").unwrap_err().to_string();
        assert!(words.starts_with("no pass is called `peel`; there are fold, cse"), "{words}");
    }

    #[test]
    fn the_schedule_has_all_passes_and_no_others() {
        assert!(SCHEDULE.iter().all(|name| index_of(name).is_some()));
        assert!(PASSES.iter().all(|pass| SCHEDULE.contains(&pass.name)));
    }

    #[test]
    fn the_observer_sees_every_pass_and_the_counts_are_right() {
        let text = "%0: any = slot r0\n%1: int = guard.int %0 -> s0\n%2: int = add.int %1, 0\n\
                    snapshot s0 f0:0 base 0 { }\nlink interpreter -> s0";
        let mut trace = parse(text).unwrap();
        let options = Options { passes: PassSet::ALL, verify: true, effects: &|_| BuiltinEffect::Outside };
        let mut seen = Vec::new();
        let stats = optimise(&mut trace, &options, &mut Scratch::default(), &mut |ran, trace| {
            seen.push((ran.pass, trace.insts.len(), ran.changed, ran.fired.len()));
        });
        assert_eq!(seen.iter().map(|seen| seen.0).collect::<Vec<_>>(), SCHEDULE);
        assert_eq!(seen[0], ("fold", 2, true, 1));
        assert_eq!(stats.runs[0].instructions, (3, 2));
        assert_eq!(stats.counts.rules.iter().sum::<u32>(), 1);
    }
}
