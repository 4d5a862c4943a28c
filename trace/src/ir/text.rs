//! The text form of a trace: what a dump prints is what the pass tests parse back ([`super::parse`]).
//!
//! ```text
//! trace 1 root f0:12
//! %0: any = slot r0
//! %1: int = guard.int %0 -> s0
//! loop
//! %3: int = phi %1, %6
//! %4: bool = lt.int %3, 100
//! guard.true %4 -> s1
//! %6: int = add.int %3, 1
//! snapshot s0 f0:12 base 0 { }
//! snapshot s1 f0:20 base 0 { r0: %3 }
//! link loop
//! ```
//!
//! An instruction's number is its place in the trace, so numbers that belong to instructions without a result are
//! missing. Constants stand where they are used: `7`, `7.0`, `nan`, `true`, `nil`, `undef`, `proto f3`, `pc f3:17`.
//! Boxed constants and strings have addresses, which must not be seen: they are numbered in the order in which they are
//! first printed (`value#0`, `str#1`, `place#2`), and a caller may add a description, which the parser skips.

use std::fmt::Write;

use pseudo_snapshots::{Pc, Slot, Snapshot};
use rustc_hash::FxHashMap;

use super::ops::{Op, Operand};
use super::trace::{Inst, Link, SnapshotId, Start, Trace, decode_slot};
use super::types::{Const, Ref};

/// What a constant with an address is, in words, if that is known.
pub type Describe<'a> = &'a dyn Fn(Const) -> Option<String>;

/// Numbers of constants with addresses.
#[derive(Clone, Default, Debug)]
pub struct Numbers(FxHashMap<Const, usize>);

/// Numbers and words for constants with addresses. Kept from one printing to the next, it gives a constant the same number.
pub struct Names<'a> {
    numbers: Numbers,
    describe: Describe<'a>,
}

impl<'a> Names<'a> {
    /// Names that describe constants with a caller's words.
    pub fn new(describe: Describe<'a>) -> Names<'a> {
        Names::with_numbers(Numbers::default(), describe)
    }

    /// Names that go on with the numbers of earlier ones.
    pub fn with_numbers(numbers: Numbers, describe: Describe<'a>) -> Names<'a> {
        Names { numbers, describe }
    }

    /// The numbers that there are by now.
    pub fn into_numbers(self) -> Numbers {
        self.numbers
    }

    fn write(&mut self, out: &mut String, kind: &str, constant: Const) {
        let next = self.numbers.0.len();
        let number = *self.numbers.0.entry(constant).or_insert(next);
        let _ = write!(out, "{kind}#{number}");
        if let Some(words) = (self.describe)(constant) {
            let _ = write!(out, "{words:?}");
        }
    }
}

impl Default for Names<'_> {
    fn default() -> Self {
        Names::new(&|_| None)
    }
}

/// What to print.
#[derive(Clone, Copy, Default, Debug)]
pub struct Style {
    /// Also the bytecode instructions that were recorded, and which of them each IR instruction comes from.
    pub origins: bool,
}

/// The whole trace.
pub fn print(trace: &Trace, names: &mut Names<'_>, style: Style) -> String {
    let mut out = String::with_capacity(trace.insts.len() * 40 + trace.snapshots.len() * 60);
    let mut line = |line: &str| {
        out.push_str(line);
        out.push('\n');
    };
    line(&head(trace));
    if style.origins {
        for origin in &trace.origins {
            line(&format!("origin {} depth {}", pc(origin.pc), origin.depth));
        }
    }
    for index in 0..trace.insts.len() {
        line(&print_inst(trace, index, names, style));
    }
    for tail in tail(trace, names) {
        line(&tail);
    }
    out
}

/// The first line: the trace's number, how it begins, where.
pub fn head(trace: &Trace) -> String {
    match trace.start {
        Start::Root => format!("trace {} root {}", trace.number, pc(trace.pc)),
        Start::Exit { parent, exit } => format!("trace {} exit {parent}/{exit} {}", trace.number, pc(trace.pc)),
    }
}

/// The lines that follow the instructions: the steps of a kernel, the snapshots, the phis that are relied on, the link.
pub fn tail(trace: &Trace, names: &mut Names<'_>) -> Vec<String> {
    let mut lines = Vec::with_capacity(trace.snapshots.len() + 1);
    for (at, step) in trace.kernel.iter().flat_map(|kernel| &kernel.steps).enumerate() {
        lines.push(if step.has_value() { format!("kernel v{at} = {step}") } else { format!("kernel {step}") });
    }
    for (index, snapshot) in trace.snapshots.iter().enumerate() {
        let mut line = format!("snapshot s{index} ");
        write_snapshot(trace, snapshot, names, &mut line);
        lines.push(line);
    }
    let mut relies = String::new();
    for (at, &phi) in trace.relies.iter().enumerate() {
        relies.push_str(if at == 0 { "relies " } else { ", " });
        write_value(trace, phi, names, &mut relies);
    }
    if !relies.is_empty() {
        lines.push(relies);
    }
    let mut link = match trace.link {
        Link::Loop => "link loop".to_string(),
        Link::Trace(number) => format!("link trace {number}"),
        Link::Root(number) => format!("link root {number}"),
        Link::Interpreter => "link interpreter".to_string(),
        Link::Return => "link return".to_string(),
    };
    if let Some(end) = trace.end {
        let _ = write!(link, " -> s{}", end.0);
    }
    lines.push(link);
    lines
}

/// The operands of an instruction, as they stand behind its operation: `%3, 1`.
pub fn operands(trace: &Trace, index: usize, names: &mut Names<'_>) -> String {
    let mut out = String::new();
    write_operands(trace, &trace.insts[index], names, &mut out);
    out.trim_start().to_string()
}

/// One instruction, without a line's end.
pub fn print_inst(trace: &Trace, index: usize, names: &mut Names<'_>, style: Style) -> String {
    let mut out = String::new();
    write_inst(trace, index, names, style, &mut out);
    out
}

/// An instruction of the program.
pub fn pc(pc: Pc) -> String {
    format!("f{}:{}", pc.function, pc.at)
}

/// A slot: `r3`, `r-2`, `g0`; the object `o0` of shape 7, `o0/7`, and its field at 16, `o0.16`.
pub fn slot(slot: Slot) -> String {
    match slot {
        Slot::Stack(offset) => format!("r{offset}"),
        Slot::Global(index) => format!("g{index}"),
        Slot::Object(number, shape) => format!("o{number}/{shape}"),
        Slot::Field(object, offset) => format!("o{object}.{offset}"),
    }
}

fn write_inst(trace: &Trace, index: usize, names: &mut Names<'_>, style: Style, out: &mut String) {
    let inst = &trace.insts[index];
    if inst.ty != super::types::Ty::None {
        let _ = write!(out, "%{index}: {} = ", inst.ty.text());
    }
    out.push_str(inst.op.info().text);
    write_operands(trace, inst, names, out);
    if inst.snapshot != SnapshotId::NONE {
        let _ = write!(out, " -> s{}", inst.snapshot.0);
    }
    if style.origins && inst.origin != u32::MAX {
        let _ = write!(out, " @{}", inst.origin);
    }
}

fn write_operands(trace: &Trace, inst: &Inst, names: &mut Names<'_>, out: &mut String) {
    let operands = inst.op.info().operands;
    let mut separator = " ";
    for (kind, value) in operands.into_iter().zip([inst.a, inst.b, inst.c]) {
        match kind {
            Operand::No => continue,
            Operand::Hint => {
                if value != Ref::NONE {
                    let _ = write!(out, " near {}", value.0);
                }
                continue;
            }
            Operand::Arguments => {
                out.push_str(" (");
                let first = value.0 as usize;
                let arguments = trace.args.get(first..first + inst.c.0 as usize).unwrap_or_default();
                for (at, &argument) in arguments.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { ", " });
                    write_value(trace, argument, names, out);
                }
                out.push(')');
                // What follows is the number of arguments, which the list already shows.
                return;
            }
            Operand::Number => {
                let _ = write!(out, "{separator}{}", value.0);
            }
            Operand::Slot => {
                let _ = write!(out, "{separator}{}", slot(decode_slot(value)));
            }
            Operand::Of(_) | Operand::Array | Operand::Any => {
                out.push_str(separator);
                write_value(trace, value, names, out);
            }
        }
        separator = ", ";
    }
}

fn write_snapshot(trace: &Trace, snapshot: &Snapshot, names: &mut Names<'_>, out: &mut String) {
    let _ = write!(out, "{} base {} {{ ", pc(snapshot.pc), snapshot.base);
    for (at, &(place, value)) in snapshot.entries.iter().enumerate() {
        let _ = write!(out, "{}{}: ", if at == 0 { "" } else { ", " }, slot(place));
        write_value(trace, value.into(), names, out);
    }
    out.push_str(if snapshot.entries.is_empty() { "}" } else { " }" });
}

fn write_value(trace: &Trace, value: Ref, names: &mut Names<'_>, out: &mut String) {
    let Some(index) = value.const_index() else {
        let _ = write!(out, "{value:?}");
        return;
    };
    match trace.consts.get(index) {
        // A broken trace must still print, so that the verifier's report can show it.
        None => {
            let _ = write!(out, "{value:?}");
        }
        Some(&constant) => write_const(constant, names, out),
    }
}

fn write_const(constant: Const, names: &mut Names<'_>, out: &mut String) {
    let _ = match constant {
        Const::Int(int) => write!(out, "{int}"),
        Const::Float(bits) => return write_float(bits, out),
        Const::Bool(bool) => write!(out, "{bool}"),
        Const::Nil => write!(out, "nil"),
        Const::Undef => write!(out, "undef"),
        Const::Nowhere => write!(out, "nowhere"),
        Const::Value(_) => return names.write(out, "value", constant),
        Const::Str(_) => return names.write(out, "str", constant),
        Const::Place(_) => return names.write(out, "place", constant),
        Const::Made(number) => write!(out, "o{number}"),
        Const::Proto(function) => write!(out, "proto f{function}"),
        Const::Pc(at) => write!(out, "pc {}", pc(at)),
    };
}

fn write_float(bits: u64, out: &mut String) {
    let float = f64::from_bits(bits);
    let _ = if bits == f64::NAN.to_bits() {
        write!(out, "nan")
    } else if float.is_nan() {
        write!(out, "nan:{bits:016x}")
    } else {
        // Rust's form has a point or an exponent, unlike that of an int, and reads back to the same bits.
        write!(out, "{float:?}")
    };
}

/// Name of an operation in the text form, the other way round.
pub fn op_named(text: &str) -> Option<Op> {
    Op::INFO.iter().find(|info| info.text == text).map(|info| info.op)
}
