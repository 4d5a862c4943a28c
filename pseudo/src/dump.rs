//! The trace dump: what the engine tells, as text, in the order in which it happened. Nothing in it differs between two
//! runs of a program: no addresses, no times.

use std::fmt::Write as _;
use std::io::Write;

use pseudo_codegen::engine::{Consequence, Event, Observer};
use pseudo_codegen::method::{self, MethodCode, Part};
use pseudo_codegen::{CompiledTrace, disassemble};
use pseudo_snapshots::Pc;
use pseudo_trace::ir::text;
use pseudo_trace::ir::trace::{Link, Start, Trace};
use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::vm::Vm;

use crate::listing;

/// Writes every event as it happens.
pub struct Dump {
    writer: Box<dyn Write>,
}

impl Dump {
    /// A dump that goes to a writer. What cannot be written is lost: the program goes on.
    pub fn new(writer: Box<dyn Write>) -> Dump {
        Dump { writer }
    }
}

/// Where an instruction stands: function, file and line.
pub(crate) fn place(vm: &Vm, pc: Pc) -> String {
    let proto = vm.proto(pc.function);
    let name = if proto.name.is_empty() { "fn" } else { &proto.name };
    format!("{name} at {}:{}", proto.source.name, proto.line(pc.at as usize))
}

/// The source line of an instruction.
fn source_line(vm: &Vm, pc: Pc) -> &str {
    let proto = vm.proto(pc.function);
    proto.source.line_text(proto.line(pc.at as usize)).trim()
}

/// What kind of trace one is that begins so.
pub(crate) fn start(vm: &Vm, start: Start, pc: Pc) -> String {
    let header = matches!(vm.proto(pc.function).word(pc.at as usize).op(), Op::LoopHeader | Op::TraceHeader);
    match start {
        // No loop's header is the first instruction.
        Start::Root if pc.at == 0 => "function".to_string(),
        Start::Root if header => "loop".to_string(),
        Start::Root => "end that side traces share".to_string(),
        Start::Exit { parent, exit } => format!("side trace of trace {parent}, exit {exit}"),
    }
}

/// What runs the instructions of a function that no trace is made of.
fn left_to(vm: &Vm, pc: Pc) -> &'static str {
    if vm.proto(pc.function).native.is_code() { "the code of the whole function" } else { "the interpreter" }
}

fn recorded(out: &mut String, vm: &Vm, trace: &Trace) {
    let _ = writeln!(out, "bytecode");
    let mut line = None;
    for origin in &trace.origins {
        let proto = vm.proto(origin.pc.function);
        let here = (origin.pc.function, proto.line(origin.pc.at as usize));
        let indent = "  ".repeat(origin.depth as usize + 1);
        if line != Some(here) {
            line = Some(here);
            let _ = writeln!(out, "{indent}; {}: {}", place(vm, origin.pc), source_line(vm, origin.pc));
        }
        let _ = writeln!(out, "{indent}{}", listing::word(vm, proto, origin.pc.at as usize));
    }
}

fn ir(out: &mut String, heading: &str, trace: &Trace) {
    let _ = writeln!(out, "{heading}");
    for line in text::print(trace, &mut text::Names::default(), text::Style::default()).lines() {
        let _ = writeln!(out, "  {line}");
    }
}

fn compiled(out: &mut String, trace: &Trace, code: &CompiledTrace, listing: &[disassemble::Line]) {
    ir(out, "IR after all passes, and snapshots", trace);
    let _ = writeln!(out, "machine code ({} bytes)", code.size);
    for line in disassemble::print(listing).lines() {
        let _ = writeln!(out, "  {line}");
    }
    let _ = writeln!(out, "exits");
    for (number, exit) in code.exits.iter().enumerate() {
        let pc = trace.snapshots[exit.snapshot.0 as usize].pc;
        let _ = writeln!(out, "  exit {number}: from %{} to f{}:{}", exit.inst, pc.function, pc.at);
    }
    if trace.speculates {
        let _ = writeln!(out, "entered only if no index comes to lie out of range before the loop's limit");
    }
    if trace.beside {
        let _ = writeln!(out, "entered where another trace of the loop is not");
    }
    let link = match trace.link {
        Link::Loop => "its own loop".to_string(),
        Link::Trace(number) => format!("trace {number}, through memory"),
        Link::Root(number) if code.joins => format!("the loop of trace {number}, in registers"),
        Link::Root(number) => format!("trace {number}, through memory"),
        Link::Interpreter => "the interpreter".to_string(),
        Link::Return => "its caller".to_string(),
    };
    let _ = writeln!(out, "link to {link}");
}

fn method(out: &mut String, vm: &Vm, pc: Pc, code: &MethodCode, listing: &[method::Line]) {
    let proto = vm.proto(pc.function);
    let _ = writeln!(out, "---- whole function, in {}", place(vm, pc));
    let _ = writeln!(out, "machine code ({} bytes, {} of them for what is likely)", code.size, code.hot_size);
    let (mut line, mut part) = (None, None);
    for instruction in listing {
        if part != Some(instruction.part) {
            part = Some(instruction.part);
            let (at, what) = match instruction.part {
                Part::Entry => (None, "entry".to_string()),
                Part::Inst(at) => (Some(at), listing::word(vm, proto, at as usize)),
                Part::Slow(at) => (None, format!("handler of {at}")),
                Part::Resume(at) => (None, format!("back at {at}")),
                Part::Edge(at) => (None, format!("to {at}")),
                Part::Leaving => (None, "left to a handler".to_string()),
                Part::Data => (None, "data".to_string()),
            };
            if let Some(at) = at.filter(|&at| line != Some(proto.line(at as usize))) {
                let pc = Pc { at, ..pc };
                line = Some(proto.line(at as usize));
                let _ = writeln!(out, "  ; {}: {}", place(vm, pc), source_line(vm, pc));
            }
            let _ = writeln!(out, "  {what}");
        }
        let _ = writeln!(out, "    {:04x}  {}", instruction.offset, instruction.text);
    }
}

impl Observer for Dump {
    fn event(&mut self, vm: &Vm, event: &Event<'_>) {
        let mut out = String::new();
        match event {
            Event::Started { number, start: kind, pc } => {
                let _ =
                    writeln!(out, "---- trace {number}: recording {}, in {}", start(vm, *kind, *pc), place(vm, *pc));
                let _ = writeln!(out, "     {}", source_line(vm, *pc));
            }
            Event::Waits { pc, rounds } => {
                let _ = writeln!(out, "---- a loop of few rounds, in {}", place(vm, *pc));
                let _ = writeln!(out, "     {}", source_line(vm, *pc));
                let _ = writeln!(out, "     left to the loop around it for {rounds} rounds");
            }
            Event::Limited { pc, limit } => {
                let _ = writeln!(out, "---- hot, but no trace more than `{limit}` allows, in {}", place(vm, *pc));
                let _ = writeln!(out, "     {}", source_line(vm, *pc));
                let _ = writeln!(out, "     left to {} from now on", left_to(vm, *pc));
            }
            Event::Watched { pc, jumped, passed, chosen } => {
                let judgement = if *chosen { "both ways are recorded from now on" } else { "one way is recorded" };
                let (taken, seen) = (jumped, jumped + passed);
                let _ = writeln!(out, "---- a conditional, in {}", place(vm, *pc));
                let _ = writeln!(out, "     {}", source_line(vm, *pc));
                let _ = writeln!(out, "     jumped {taken} of {seen} times: {judgement}");
            }
            Event::Abandoned { number, start: kind, from, at, reason, consequence } => {
                let _ = writeln!(
                    out,
                    "---- trace {number}: abandoned ({}, in {})",
                    start(vm, *kind, *from),
                    place(vm, *from)
                );
                let _ = writeln!(out, "     {reason}, {}: {}", place(vm, *at), source_line(vm, *at));
                let _ = match consequence {
                    Consequence::Retry(rounds) => writeln!(out, "     tried again after {rounds} more"),
                    Consequence::Blacklisted => writeln!(out, "     left to {} from now on", left_to(vm, *from)),
                };
            }
            Event::Recorded { trace } => {
                recorded(&mut out, vm, trace);
                ir(&mut out, "IR as recorded", trace);
            }
            Event::Nested { trace } => ir(&mut out, "IR of the loop around, if its rounds can be skipped", trace),
            Event::Optimised { pass, trace } => {
                let _ = writeln!(out, "pass {pass}: {} instructions", trace.insts.len());
            }
            Event::Method { pc, code, listing } => method(&mut out, vm, *pc, code, listing),
            Event::Compiled { trace, code, listing } => {
                compiled(&mut out, trace, code, listing);
                let _ = writeln!(out, "---- trace {}: compiled", trace.number);
            }
            // How often each was taken is told at the end.
            Event::Left { .. } => return,
            Event::Flushed { traces } => {
                let _ = writeln!(out, "---- all {traces} traces dropped");
            }
            Event::Ended { exits } => {
                let _ = writeln!(out, "---- exits taken to the interpreter, and where they lead now");
                for (number, exits) in *exits {
                    for (exit, report) in exits.iter().enumerate().filter(|(_, report)| report.count > 0) {
                        let side = report.side.map_or(String::new(), |side| format!(" -> trace {side}"));
                        let _ = writeln!(out, "  trace {number} exit {exit}: {} times{side}", report.count);
                    }
                }
            }
        }
        let _ = self.writer.write_all(out.as_bytes());
        let _ = self.writer.flush();
    }
}
