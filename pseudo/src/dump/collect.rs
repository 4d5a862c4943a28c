//! Makes records of what an engine tells.

use std::collections::{BTreeMap, HashSet};

use pseudo_codegen::compile::MapEntry;
use pseudo_codegen::engine::{Consequence, Event, ExitReport, Profile, Ran};
use pseudo_codegen::method::{self, MethodCode, Part};
use pseudo_codegen::{CompiledTrace, disassemble};
use pseudo_snapshots::Pc;
use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::text::{self, Names, Numbers};
use pseudo_trace::ir::trace::{self, SnapshotId, Trace};
use pseudo_trace::ir::types::{Const, Ty};
use pseudo_trace::opt::Fired;
use pseudo_trace::record::Reason;
use pseudo_vm::value::Value;
use pseudo_vm::vm::Vm;

use super::changes::{Was, changes};
use super::places::{left_to, place, start};
use super::record::{
    Bytecode, Exit, FunctionPart, Gone, Ir, IrLine, Link, Machine, Place, Record, Samples, Step, Taken,
};
use crate::listing;

/// Makes records of events.
#[derive(Default)]
pub struct Collector {
    /// How often all traces were dropped.
    generation: u32,
    /// Files that were named.
    files: HashSet<String>,
    /// The trace that is being made, as it was last shown.
    shown: Option<Trace>,
    /// Numbers of the constants of that trace that have addresses.
    numbers: Numbers,
    /// Records that are ready, in order.
    ready: Vec<Record>,
}

impl Collector {
    /// The records of an event; none for one that is told of later, as a sum.
    pub fn records(&mut self, vm: &Vm, event: &Event<'_>) -> Vec<Record> {
        let generation = self.generation;
        let record = match *event {
            Event::Started { number: trace, start: kind, pc } => {
                Record::RecordingStarted { trace, generation, start: start(vm, kind, pc), at: self.place(vm, pc) }
            }
            Event::Waits { pc, rounds } => Record::LoopWaits { at: self.place(vm, pc), rounds },
            Event::Limited { pc, limit } => Record::Limited { at: self.place(vm, pc), limit, left_to: left_to(vm, pc) },
            Event::Watched { pc, jumped, passed, chosen: both_ways } => {
                Record::ConditionalWatched { at: self.place(vm, pc), jumped, passed, both_ways }
            }
            Event::Abandoned { number: trace, start: kind, from, at, reason, consequence } => {
                Record::RecordingAbandoned {
                    trace,
                    generation,
                    start: start(vm, kind, from),
                    from: self.place(vm, from),
                    at: self.place(vm, at),
                    reason: reason.to_string(),
                    remedy: remedy(reason),
                    retry_after: match consequence {
                        Consequence::Retry(rounds) => Some(rounds),
                        Consequence::Blacklisted => None,
                    },
                    left_to: left_to(vm, from),
                }
            }
            Event::Recorded { trace: recorded } => {
                self.numbers = Numbers::default();
                let (trace, bytecode) = (recorded.number, self.bytecode(vm, recorded));
                Record::Recorded { trace, generation, bytecode, ir: self.ir(vm, recorded, None) }
            }
            Event::Nested { trace: nested } => {
                let (trace, bytecode) = (nested.number, self.bytecode(vm, nested));
                Record::Nested { trace, generation, bytecode, ir: self.ir(vm, nested, None) }
            }
            Event::Optimised { pass, fired, trace: now } => self.pass(vm, pass, fired, now),
            Event::Compiled { trace, code, listing } => self.compiled(vm, trace, code, listing),
            Event::Method { pc, code, listing } => self.function(vm, pc, code, listing),
            // How often each was taken is told at the end.
            Event::Left { .. } => return Vec::new(),
            Event::Flushed { traces, exits } => {
                self.generation += 1;
                Record::Flushed { traces, generation: self.generation, exits: taken(exits) }
            }
            Event::Ended { exits, profile } => {
                self.ready.extend(profile.map(|profile| times(vm, profile)));
                Record::Ended { generation, exits: taken(exits) }
            }
        };
        self.ready.push(record);
        std::mem::take(&mut self.ready)
    }

    /// A place. Where it is the first in its file, the file is told of before.
    fn place(&mut self, vm: &Vm, pc: Pc) -> Place {
        let source = &vm.proto(pc.function).source;
        if !self.files.contains(&source.name) {
            self.files.insert(source.name.clone());
            self.ready.push(Record::File { file: source.name.clone(), text: source.text.clone() });
        }
        place(vm, pc)
    }

    fn bytecode(&mut self, vm: &Vm, trace: &Trace) -> Vec<Bytecode> {
        let line = |origin: &trace::Origin| Bytecode {
            at: self.place(vm, origin.pc),
            depth: origin.depth,
            text: instruction(vm, origin.pc),
        };
        trace.origins.iter().map(line).collect()
    }

    /// The IR of a trace, which is the one that the next pass changes.
    fn ir(&mut self, vm: &Vm, trace: &Trace, code: Option<&CompiledTrace>) -> Ir {
        let ir = self.with_names(vm, |names| {
            let lines = (0..trace.insts.len()).map(|at| ir_line(trace, at, code, names)).collect();
            Ir { head: text::head(trace), lines, tail: text::tail(trace, names) }
        });
        self.shown = code.is_none().then(|| trace.clone());
        ir
    }

    fn with_names<T>(&mut self, vm: &Vm, print: impl FnOnce(&mut Names<'_>) -> T) -> T {
        let describe = |constant: Const| match constant {
            Const::Value(bits) => Some(listing::value(vm, Value(bits))),
            _ => None,
        };
        let mut names = Names::with_numbers(std::mem::take(&mut self.numbers), &describe);
        let printed = print(&mut names);
        self.numbers = names.into_numbers();
        printed
    }

    fn pass(&mut self, vm: &Vm, pass: &'static str, fired: &[Fired], now: &Trace) -> Record {
        let before = self.shown.take();
        let was = match &before {
            Some(before) => changes(before, now),
            None => vec![Was::New; now.insts.len()],
        };
        let rule = |line: u32| fired.iter().find(|fired| fired.at == line).map(|fired| fired.rule);
        let mut lines: Vec<Step> = Vec::new();
        let mut left: Vec<bool> = vec![true; before.as_ref().map_or(0, |before| before.insts.len())];
        let ir = self.ir(vm, now, None);
        for (was, line) in was.into_iter().zip(ir.lines) {
            if let Was::Same(was) | Was::Changed(was) = was {
                left[was as usize] = false;
            }
            match (was, lines.last_mut()) {
                (Was::Same(was), Some(Step::Same { same, count })) if *same + *count == was => *count += 1,
                (Was::Same(same), _) => lines.push(Step::Same { same, count: 1 }),
                (Was::Changed(was), _) => lines.push(Step::Line { was: Some(was), rule: rule(was), line }),
                (Was::New, _) => lines.push(Step::Line { was: None, rule: None, line }),
            }
        }
        let gone = (0..).zip(left).filter(|(_, left)| *left).map(|(was, _)| Gone { was, rule: rule(was) }).collect();
        Record::Pass { trace: now.number, generation: self.generation, pass, lines, gone, tail: ir.tail }
    }

    fn compiled(&mut self, vm: &Vm, trace: &Trace, code: &CompiledTrace, listing: &[disassemble::Line]) -> Record {
        let exit = |exit: &pseudo_codegen::exits::Exit| Exit {
            ir: exit.inst,
            snapshot: exit.snapshot.0,
            to: self.place(vm, trace.snapshots[exit.snapshot.0 as usize].pc),
        };
        let exits = code.exits.iter().map(exit).collect();
        let says = [
            (trace.speculates, "entered only if no index comes to lie out of range before the loop's limit"),
            (trace.beside, "entered where another trace of the loop is not"),
            (trace.skips_rounds, "skips rounds: what they come to is computed"),
            (trace.kernel.is_some(), "runs rounds four at a time"),
        ];
        Record::Compiled {
            trace: trace.number,
            generation: self.generation,
            start: start(vm, trace.start, trace.pc),
            at: self.place(vm, trace.pc),
            ir: self.ir(vm, trace, Some(code)),
            machine: listing.iter().map(machine).collect(),
            bytes: code.size,
            hot_bytes: code.hot_size,
            exits,
            link: match trace.link {
                trace::Link::Loop => Link::Loop,
                trace::Link::Trace(trace) => Link::Trace { trace, in_registers: false },
                trace::Link::Root(trace) => Link::Trace { trace, in_registers: code.joins },
                trace::Link::Interpreter => Link::Interpreter,
                trace::Link::Return => Link::Caller,
            },
            notes: says.into_iter().filter(|(holds, _)| *holds).map(|(_, note)| note).collect(),
        }
    }

    fn function(&mut self, vm: &Vm, pc: Pc, code: &MethodCode, listing: &[method::Line]) -> Record {
        let mut parts: Vec<(Part, FunctionPart)> = Vec::new();
        for line in listing {
            if parts.last().is_none_or(|(part, _)| *part != line.part) {
                let (at, what) = match line.part {
                    Part::Entry => (None, "entry".to_string()),
                    Part::Inst(at) => (Some(at), instruction(vm, Pc { at, ..pc })),
                    Part::Slow(at) => (None, format!("handler of {at}")),
                    Part::Resume(at) => (None, format!("back at {at}")),
                    Part::Edge(at) => (None, format!("to {at}")),
                    Part::Leaving => (None, "left to a handler".to_string()),
                    Part::Data => (None, "data".to_string()),
                };
                let at = at.map(|at| self.place(vm, Pc { at, ..pc }));
                let instruction = matches!(line.part, Part::Inst(_));
                parts.push((line.part, FunctionPart { at, instruction, what, machine: Vec::new() }));
            }
            if let Some((_, part)) = parts.last_mut() {
                part.machine.push((line.offset, line.text.clone()));
            }
        }
        Record::FunctionCompiled {
            at: self.place(vm, pc),
            parts: parts.into_iter().map(|(_, part)| part).collect(),
            bytes: code.size,
            hot_bytes: code.hot_size,
        }
    }
}

/// A bytecode instruction, without its number.
fn instruction(vm: &Vm, pc: Pc) -> String {
    let word = listing::word(vm, vm.proto(pc.function), pc.at as usize);
    word.trim_start().trim_start_matches(|char: char| char.is_ascii_digit()).trim().to_string()
}

/// What can be done about a recording that was given up.
fn remedy(reason: &str) -> Option<&'static str> {
    Reason::ALL.iter().find(|known| reason.starts_with(known.text())).and_then(|reason| reason.remedy())
}

fn ir_line(trace: &Trace, at: usize, code: Option<&CompiledTrace>, names: &mut Names<'_>) -> IrLine {
    let inst = &trace.insts[at];
    let place = code.and_then(|code| code.places.get(at).copied().flatten()).map(register);
    IrLine {
        ty: (inst.ty != Ty::None).then(|| inst.ty.text()),
        op: inst.op.info().text,
        operands: text::operands(trace, at, names),
        guard: inst.op.is_guard(),
        snapshot: (inst.snapshot != SnapshotId::NONE).then_some(inst.snapshot.0),
        exit: code.and_then(|code| code.exit_of.get(at).copied().flatten()),
        place,
        bytecode: (inst.origin != u32::MAX).then_some(inst.origin),
    }
}

/// The name of a place that compiled code keeps a value in.
fn register(place: Loc) -> String {
    const GPRS: [&str; 16] =
        ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];
    match place {
        Loc::Gpr(number) => GPRS.get(number as usize).unwrap_or(&"?").to_string(),
        Loc::Xmm(number) => format!("xmm{number}"),
        Loc::Spill(slot) => format!("spill {slot}"),
        Loc::Const(index) => format!("k{index}"),
    }
}

fn machine(line: &disassemble::Line) -> Machine {
    let (of, ir, exit) = match line.entry {
        MapEntry::Entry => ("entry".to_string(), None, None),
        MapEntry::Inst(index) => (format!("%{index}"), Some(index), None),
        MapEntry::End => ("end".to_string(), None, None),
        MapEntry::Stub(exit) => (format!("exit {exit}"), None, Some(exit)),
        MapEntry::Tail => ("exits".to_string(), None, None),
        MapEntry::Data => ("data".to_string(), None, None),
    };
    Machine { offset: line.offset, of, ir, exit, text: line.text.clone() }
}

fn taken(exits: &[(u32, Vec<ExitReport>)]) -> Vec<Taken> {
    let of_trace = |(trace, exits): &(u32, Vec<ExitReport>)| {
        let trace = *trace;
        let one =
            move |(exit, report): (u32, &ExitReport)| Taken { trace, exit, count: report.count, side: report.side };
        let counts = (0..).zip(exits.iter()).map(one);
        counts.filter(|taken| taken.count > 0 || taken.side.is_some()).collect::<Vec<_>>()
    };
    exits.iter().flat_map(of_trace).collect()
}

/// Samples by line of a file, where that is known.
type ByLine<'a> = BTreeMap<Option<(&'a str, u32)>, u64>;

/// Where time went.
fn times(vm: &Vm, profile: &Profile) -> Record {
    // By generation and number of a trace, or of none.
    let mut counts: BTreeMap<Option<(u32, u32)>, ByLine<'_>> = BTreeMap::new();
    let mut phases = BTreeMap::new();
    for (stack, count) in &profile.stacks {
        let trace = match stack.ran {
            Ran::Trace(trace) | Ran::Helper(trace) => profile.traces.get(trace),
            _ => None,
        };
        let line = stack.at.map(|pc| {
            let proto = vm.proto(pc.function);
            (proto.source.name.as_str(), proto.line(pc.at as usize))
        });
        let of_trace = counts.entry(trace.map(|trace| (trace.generation, trace.number))).or_default();
        *of_trace.entry(line).or_default() += count;
        *phases.entry(phase(stack.ran)).or_default() += count;
    }
    let mut samples = Vec::new();
    for (trace, lines) in counts {
        let known = lines.iter().filter_map(|(line, &count)| line.map(|(file, line)| (file.to_string(), line, count)));
        let (generation, number) = trace.unzip();
        samples.push(Samples { generation, trace: number, count: lines.values().sum(), lines: known.collect() });
    }
    Record::Times { hz: profile.hertz, samples, phases }
}

/// What kind of work it is.
fn phase(ran: Ran) -> &'static str {
    match ran {
        Ran::Trace(_) | Ran::Helper(_) => "compiled",
        Ran::Method => "functions",
        Ran::Interpreter | Ran::Reading => "interpreter",
        Ran::Recording => "recording",
        Ran::Compiling => "compiling",
        Ran::Collecting => "collecting",
        Ran::Exit => "exits",
    }
}
