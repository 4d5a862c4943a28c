//! Places in a program, and what traces begin there.

use std::fmt;

use pseudo_snapshots::Pc;
use pseudo_trace::ir::text;
use pseudo_trace::ir::trace;
use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::vm::Vm;

use super::record::{Place, Start};

/// Where an instruction stands.
pub(crate) fn place(vm: &Vm, pc: Pc) -> Place {
    let proto = vm.proto(pc.function);
    Place {
        function: if proto.name.is_empty() { "fn".to_string() } else { proto.name.to_string() },
        file: proto.source.name.clone(),
        line: proto.line(pc.at as usize),
        pc: text::pc(pc),
    }
}

/// How a trace comes to be that begins so.
pub(crate) fn start(vm: &Vm, start: trace::Start, pc: Pc) -> Start {
    let header = matches!(vm.proto(pc.function).word(pc.at as usize).op(), Op::LoopHeader | Op::TraceHeader);
    match start {
        // No loop's header is the first instruction.
        trace::Start::Root if pc.at == 0 => Start::Function,
        trace::Start::Root if header => Start::Loop,
        trace::Start::Root => Start::SharedEnd,
        trace::Start::Exit { parent, exit } => Start::Side { parent, exit },
    }
}

/// What runs the instructions of a function that no trace is made of.
pub(super) fn left_to(vm: &Vm, pc: Pc) -> &'static str {
    if vm.proto(pc.function).native.is_code() { "the code of the whole function" } else { "the interpreter" }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}:{}", self.function, self.file, self.line)
    }
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Start::Loop => f.write_str("loop"),
            Start::Function => f.write_str("function"),
            Start::SharedEnd => f.write_str("end that side traces share"),
            Start::Side { parent, exit } => write!(f, "side trace of trace {parent}, exit {exit}"),
        }
    }
}
