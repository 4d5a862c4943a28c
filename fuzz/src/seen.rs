//! What a run has reached: which constructs its program has, which opcodes, IR instructions, rules and passes it came to, and
//! what compiled code did.
//!
//! All things that there are stand in one list, made from the tables that declare them ([`FEATURES`]); what a run has
//! reached is a set of places in it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::LazyLock;

use pseudo::{Session, Tier};
use pseudo_codegen::compile::CompileError;
use pseudo_codegen::engine::{Event, Observer};
use pseudo_trace::ir::ops::Op as IrOp;
use pseudo_trace::ir::trace::{Link, Trace};
use pseudo_trace::opt::{PASSES, fold};
use pseudo_trace::record::Reason;
use pseudo_vm::bytecode::ops::{Op, RunsIn};
use pseudo_vm::vm::Vm;
use rustc_hash::FxHashMap;

use crate::constructs::{self, CONSTRUCTS};
use crate::program;

/// A kind of thing that can be reached.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Group {
    /// Of the language.
    Construct,
    /// In the bytecode of the program.
    Opcode,
    /// An opcode that has become a part of a trace.
    Recorded,
    /// As recorded, or after any pass.
    Instruction,
    /// A fold rule that has fired.
    Rule,
    /// A pass that has changed a trace.
    Pass,
    /// Why a recording was given up, or what was recorded not compiled.
    Abandoned,
    /// The same where that is a mistake of ours: none should be reached.
    Mistake,
    /// What compiled code did.
    Happening,
}

impl Group {
    /// All of them, with what a report calls them.
    pub const ALL: [(Group, &'static str); 9] = [
        (Group::Happening, "what compiled code did"),
        (Group::Construct, "constructs"),
        (Group::Opcode, "opcodes"),
        (Group::Recorded, "opcodes in traces"),
        (Group::Instruction, "IR instructions"),
        (Group::Rule, "fold rules"),
        (Group::Pass, "passes"),
        (Group::Abandoned, "reasons to abandon a recording"),
        (Group::Mistake, "reasons that would be mistakes of the compiler"),
    ];
}

macro_rules! define_happenings {
    ($($happening:ident $text:literal;)*) => {
        /// Something that compiled code did.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Happening { $(#[doc = $text] $happening,)* }

        /// In words, in order.
        const HAPPENINGS: &[&str] = &[$($text,)*];
    };
}

define_happenings! {
    RanTrace "ran a compiled trace";
    RanTraceByDefault "ran a compiled trace, with all parameters but `warmup` as they are by default";
    TookExit "took a side exit";
    GrewSide "grew a side trace";
    RanMethod "ran a function compiled as a whole";
    FunctionTrace "compiled a trace of a function";
    SharedEnd "compiled an end that side traces share";
    Beside "compiled a second trace of a loop for other types";
    Chosen "compiled a loop that chooses between both ways of a conditional";
    Nested "put an inner and an outer loop together";
    Blacklisted "left a loop or an exit to the interpreter for good";
    LinkLoop "compiled a trace that ends with a jump to its own loop";
    LinkTrace "compiled a trace that ends with a jump to another";
    LinkRoot "compiled a side trace that ends with a jump to its root's loop";
    LinkInterpreter "compiled a trace that ends in the interpreter";
    LinkReturn "compiled a trace that ends with a return";
    Limited "came to a limit of the number of traces";
}

/// Everything that can be reached.
pub static FEATURES: LazyLock<Features> = LazyLock::new(Features::new);

/// The list of what can be reached.
pub struct Features {
    all: Vec<(Group, &'static str)>,
    first: FxHashMap<Group, usize>,
    rules: FxHashMap<&'static str, usize>,
    /// By opcode: the place among those that are in programs, and among those that are in traces.
    opcodes: Vec<(Option<usize>, Option<usize>)>,
    /// Texts of reasons.
    reasons: Vec<&'static str>,
    mistakes: Vec<&'static str>,
}

/// Reasons of the code generator.
const COMPILE_ERRORS: [CompileError; 6] = [
    CompileError::SpillSlots,
    CompileError::Arguments,
    CompileError::Parameters,
    CompileError::CodeMemory,
    CompileError::Snapshot,
    CompileError::Types,
];

impl Features {
    fn new() -> Features {
        let reasons = Reason::ALL.iter().map(|reason| (reason.text(), reason.is_ours()));
        let reasons = reasons.chain(COMPILE_ERRORS.map(|error| (error.text(), error.is_ours())));
        let (mistakes, reasons): (Vec<_>, Vec<_>) = reasons.partition(|(_, is_ours)| *is_ours);
        let texts = |reasons: Vec<(&'static str, bool)>| reasons.into_iter().map(|(text, _)| text).collect::<Vec<_>>();
        let (mistakes, reasons) = (texts(mistakes), texts(reasons));
        let programs: Vec<Op> = Op::ALL.iter().copied().filter(|op| op.info().runs_in != RunsIn::Machine).collect();
        let traces: Vec<Op> = Op::ALL.iter().copied().filter(|op| op.info().runs_in == RunsIn::Traces).collect();
        let place = |ops: &[Op], op: Op| ops.iter().position(|&other| other == op);
        let mut features = Features {
            all: Vec::new(),
            first: FxHashMap::default(),
            rules: fold::rules().iter().enumerate().map(|(index, rule)| (rule.name, index)).collect(),
            opcodes: Op::ALL.iter().map(|&op| (place(&programs, op), place(&traces, op))).collect(),
            reasons: reasons.clone(),
            mistakes: mistakes.clone(),
        };
        features.add(Group::Construct, CONSTRUCTS.iter().copied());
        features.add(Group::Opcode, programs.iter().map(|op| op.info().text));
        features.add(Group::Recorded, traces.iter().map(|op| op.info().text));
        features.add(Group::Instruction, IrOp::ALL.iter().map(|op| op.info().text));
        features.add(Group::Rule, fold::rules().iter().map(|rule| rule.name));
        features.add(Group::Pass, PASSES.iter().map(|pass| pass.name));
        features.add(Group::Abandoned, reasons.into_iter());
        features.add(Group::Mistake, mistakes.into_iter());
        features.add(Group::Happening, HAPPENINGS.iter().copied());
        features
    }

    fn add(&mut self, group: Group, names: impl Iterator<Item = &'static str>) {
        self.first.insert(group, self.all.len());
        self.all.extend(names.map(|name| (group, name)));
    }

    /// Group and name of each, by place.
    pub fn list(&self) -> &[(Group, &'static str)] {
        &self.all
    }

    /// The place of the n-th of a group.
    pub fn place(&self, group: Group, index: usize) -> usize {
        self.first[&group] + index
    }
}

/// A set of what was reached.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Seen {
    words: Vec<u64>,
}

impl Seen {
    /// Adds the n-th of a group.
    pub fn add(&mut self, group: Group, index: usize) {
        let place = FEATURES.place(group, index);
        if self.words.len() <= place / 64 {
            self.words.resize(place / 64 + 1, 0);
        }
        self.words[place / 64] |= 1 << (place % 64);
    }

    /// Adds one of what compiled code did.
    pub fn happened(&mut self, happening: Happening) {
        self.add(Group::Happening, happening as usize);
    }

    /// Whether compiled code did that.
    pub fn has(&self, happening: Happening) -> bool {
        let place = FEATURES.place(Group::Happening, happening as usize);
        self.words.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    /// A mistake of the compiler's that shows.
    pub fn mistake(&self) -> Option<&'static str> {
        let features = &*FEATURES;
        let mut places = (0..features.mistakes.len()).map(|index| features.place(Group::Mistake, index));
        let has = |place: &usize| self.words.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1);
        places.find(has).map(|place| features.list()[place].1)
    }

    /// Adds what is in another set.
    pub fn join(&mut self, other: &Seen) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }

    /// The places of what is in it.
    pub fn places(&self) -> impl Iterator<Item = usize> + '_ {
        let bits = |word: u64| (0..64).filter(move |bit| word >> bit & 1 == 1);
        self.words.iter().enumerate().flat_map(move |(at, &word)| bits(word).map(move |bit| at * 64 + bit))
    }

    /// Adds the constructs of a program.
    pub fn note_source(&mut self, source: &str) {
        for (_, text) in program::files(source) {
            constructs::of(text, &mut |construct| self.add(Group::Construct, construct as usize));
        }
    }

    /// Adds the opcodes of a program that a machine has run.
    pub fn note_bytecode(&mut self, vm: &Vm) {
        for proto in (0..vm.proto_count()).map(|id| vm.proto(id)) {
            let places = (0..proto.len()).filter_map(|at| FEATURES.opcodes[proto.word(at).op() as usize].0);
            places.for_each(|place| self.add(Group::Opcode, place));
        }
    }

    /// Adds what a session has counted.
    pub fn note_statistics(&mut self, session: &Session, tier: Tier, by_default: bool) {
        let Some(stats) = session.stats() else { return };
        for (happening, count) in [
            (Happening::GrewSide, stats.sides),
            (Happening::RanMethod, stats.methods),
            (Happening::FunctionTrace, stats.functions),
            (Happening::SharedEnd, stats.ends),
            (Happening::Beside, stats.beside),
            (Happening::Chosen, stats.chosen),
            (Happening::Blacklisted, stats.blacklisted),
        ] {
            if count > 0 {
                self.happened(happening);
            }
        }
        if stats.entries > 0 && tier.has_traces() {
            self.happened(Happening::RanTrace);
            if by_default {
                self.happened(Happening::RanTraceByDefault);
            }
        }
        for name in stats.rules.keys() {
            self.add(Group::Rule, FEATURES.rules[name]);
        }
        for (name, (changes, _)) in &stats.passes {
            if *changes > 0
                && let Some(index) = PASSES.iter().position(|pass| pass.name == *name)
            {
                self.add(Group::Pass, index);
            }
        }
        for text in stats.abandoned.keys() {
            if let Some(index) = FEATURES.reasons.iter().position(|known| is_reason(known, text)) {
                self.add(Group::Abandoned, index);
            }
            if let Some(index) = FEATURES.mistakes.iter().position(|known| is_reason(known, text)) {
                self.add(Group::Mistake, index);
            }
        }
    }
}

/// Whether a text is that of a reason: what exactly may stand behind a colon.
fn is_reason(reason: &str, text: &str) -> bool {
    text.strip_prefix(reason).is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
}

/// Sees what an engine does.
#[derive(Clone, Default)]
pub struct Watcher(pub Rc<RefCell<Seen>>);

impl Watcher {
    fn note_trace(seen: &mut Seen, trace: &Trace) {
        trace.insts.iter().for_each(|inst| seen.add(Group::Instruction, inst.op as usize));
    }
}

impl Observer for Watcher {
    fn event(&mut self, vm: &Vm, event: &Event<'_>) {
        let seen = &mut *self.0.borrow_mut();
        match event {
            Event::Recorded { trace } => {
                Self::note_trace(seen, trace);
                for origin in &trace.origins {
                    let op = vm.proto(origin.pc.function).word(origin.pc.at as usize).op();
                    if let Some(place) = FEATURES.opcodes[op as usize].1 {
                        seen.add(Group::Recorded, place);
                    }
                }
            }
            Event::Nested { .. } => seen.happened(Happening::Nested),
            Event::Optimised { trace, .. } => Self::note_trace(seen, trace),
            Event::Compiled { trace, .. } => seen.happened(match trace.link {
                Link::Loop => Happening::LinkLoop,
                Link::Trace(_) => Happening::LinkTrace,
                Link::Root(_) => Happening::LinkRoot,
                Link::Interpreter => Happening::LinkInterpreter,
                Link::Return => Happening::LinkReturn,
            }),
            Event::Limited { .. } => seen.happened(Happening::Limited),
            Event::Left { .. } => seen.happened(Happening::TookExit),
            Event::Ended { .. }
            | Event::Flushed { .. }
            | Event::Started { .. }
            | Event::Waits { .. }
            | Event::Watched { .. }
            | Event::Abandoned { .. }
            | Event::Method { .. } => {}
        }
    }

    fn wants_listings(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_the_order_of_their_enums() {
        assert!(Op::ALL.iter().enumerate().all(|(index, &op)| op as usize == index));
        assert!(IrOp::ALL.iter().enumerate().all(|(index, &op)| op as usize == index));
    }

    #[test]
    fn every_reason_is_told_by_its_text() {
        for reason in Reason::ALL {
            let same = |text: &str| Reason::ALL.iter().filter(|other| is_reason(other.text(), text)).count();
            assert_eq!((same(reason.text()), same(&format!("{}: a detail", reason.text()))), (1, 1));
        }
    }

    #[test]
    fn sets_have_what_was_added() {
        let (mut one, mut other) = (Seen::default(), Seen::default());
        one.happened(Happening::TookExit);
        other.add(Group::Construct, 3);
        one.join(&other);
        assert!(one.has(Happening::TookExit) && !one.has(Happening::GrewSide));
        let names: Vec<_> = one.places().map(|place| FEATURES.list()[place].1).collect();
        assert_eq!(names, [CONSTRUCTS[3], HAPPENINGS[Happening::TookExit as usize]]);
    }
}
