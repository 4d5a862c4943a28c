//! What a fuzzer that is led by coverage calls, libFuzzer for one: each takes bytes and panics if something is wrong. The
//! programs around them, which need a nightly compiler, are in `fuzz/libfuzzer`.

use std::fmt::Write as _;

use pseudo::{RunOptions, Session};
use pseudo_codegen::compile::{self, Addresses, Calls};
use pseudo_codegen::engine::builtin_effect;
use pseudo_codegen::{CodeMemory, CompileError, runtime};
use pseudo_snapshots::Pc;
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::parse::parse;
use pseudo_trace::ir::trace::{Link, Start, Trace};
use pseudo_trace::ir::verify::verify;
use pseudo_trace::opt::rewrite::Scratch;
use pseudo_trace::opt::{self, PassSet};
use pseudo_vm::syntax::source::Source;

use crate::engine::{InProcess, Mode};
use crate::rng::Rng;
use crate::{generate, modes, oracle};

/// Bytes of code memory: enough for any trace of a target.
const CODE: usize = 1 << 20;

/// A source text, which is read and compiled and not run: nothing but messages may come of it.
pub fn source(bytes: &[u8]) {
    let bytecode = || {
        let source = Source::from_bytes("program.pseudo", bytes).ok()?;
        let options = RunOptions { max_memory: Some(64 << 20), ..RunOptions::default() };
        Some(Session::new(options).expect("there is memory for a machine").bytecode(source))
    };
    assert_eq!(bytecode(), bytecode(), "a source gives the same each time");
}

/// The modes and the program that bytes stand for: it must behave the same in all of them.
///
/// # Panics
///
/// If it does not.
pub fn differential(engine: &InProcess, bytes: &[u8]) {
    let mut rng = Rng::of_bytes(bytes);
    // The modes first: what follows is the program, and its end may be missing.
    let modes: Vec<Mode> = modes::for_program(&mut rng).into_iter().map(|drawn| drawn.mode).collect();
    let source = generate::program_by(&mut rng);
    if let Err(difference) = oracle::check(engine, &source, &modes) {
        panic!("{difference}\n{source}");
    }
}

/// The text of a trace: what the verifier takes, passes must keep so, and the code generator must be able to compile.
///
/// # Panics
///
/// If they do not.
pub fn ir(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(trace) = parse(text) else { return };
    if verify(&trace, &builtin_effect).is_err() || !stands_alone(&trace) {
        return;
    }
    let mut optimised = trace.clone();
    let options = opt::Options { passes: PassSet::ALL, verify: true, effects: &builtin_effect };
    opt::optimise(&mut optimised, &options, &mut Scratch::default(), &mut |_, _| {});
    for trace in [&trace, &optimised] {
        compile(trace, compile::Options { check: true, ..compile::Options::default() });
    }
}

/// Whether it needs no other trace to be compiled.
fn stands_alone(trace: &Trace) -> bool {
    let inherits = trace.insts.iter().any(|inst| inst.op == Op::Inherit);
    trace.start == Start::Root && matches!(trace.link, Link::Loop | Link::Interpreter) && !inherits
}

/// A made-up trace, whose values are given registers, of which there are as few as the bytes say: the checker of allocations
/// must agree, which trusts none of what the allocator knows.
///
/// # Panics
///
/// If it does not.
pub fn registers(bytes: &[u8]) {
    let mut rng = Rng::of_bytes(bytes);
    let options = compile::Options {
        registers: rng.between(4, 16) as usize,
        spill_slots: rng.pick(&[64, 8, 256, 0]),
        check: true,
        exit_stress: rng.percent(20),
        ..compile::Options::default()
    };
    let text = made_up(&mut rng);
    let trace = parse(&text).unwrap_or_else(|error| panic!("{error} in\n{text}"));
    if let Err(flaw) = verify(&trace, &builtin_effect) {
        panic!("{}", flaw.report(&trace));
    }
    compile(&trace, options);
}

fn compile(trace: &Trace, options: compile::Options) {
    let helpers = runtime::helpers();
    let mut memory = CodeMemory::new(CODE, &helpers).expect("memory for code");
    match compile::compile(trace, None, None, Calls::default(), &MadeUp, &helpers, &options, &mut memory) {
        // Limits that a trace may come to.
        Ok(_) | Err(CompileError::SpillSlots | CompileError::Arguments | CompileError::CodeMemory) => {}
        // A verified trace may still hold in a snapshot what has no form outside.
        Err(CompileError::Snapshot | CompileError::Parameters) => {}
        Err(error @ CompileError::Types) => panic!("{error}: a verified trace"),
    }
}

/// Functions and instructions at addresses where there is nothing: the code is not run.
struct MadeUp;

impl Addresses for MadeUp {
    fn proto(&self, id: u32) -> u64 {
        0x5000_0000_0000 + 64 * u64::from(id)
    }

    fn pc(&self, pc: Pc) -> u64 {
        0x6000_0000_0000 + 0x10000 * u64::from(pc.function) + 8 * u64::from(pc.at)
    }
}

/// A trace of arithmetic over ints and floats, with many values alive at once, calls in between, and exits that name them:
/// straight, or a loop.
fn made_up(rng: &mut Rng) -> String {
    let mut made =
        Made { text: String::new(), next: 0, ints: Vec::new(), floats: Vec::new(), snapshots: String::new(), count: 1 };
    made.snapshots.push_str("snapshot s0 f0:0 base 0 { }\n");
    for slot in 0..rng.between(1, 12) {
        let value = made.push(&format!("any = slot r{slot}"));
        if rng.percent(60) {
            let int = made.push(&format!("int = guard.int {value} -> s0"));
            made.ints.push(int);
        } else {
            let float = made.push(&format!("float = guard.float {value} -> s0"));
            made.floats.push(float);
        }
    }
    let loops = rng.percent(60);
    // Each phi with the type that its next value must have; that is filled in at the end.
    let mut phis = Vec::new();
    if loops {
        made.line("loop");
        // They begin with what there is in front of the loop.
        let starts: Vec<(bool, String)> = (0..rng.between(1, 8))
            .map(|_| {
                let is_int = rng.percent(60);
                (is_int, made.operand(rng, is_int))
            })
            .collect();
        for (is_int, start) in starts {
            let place = made.text.len();
            let ty = if is_int { "int" } else { "float" };
            let phi = made.push(&format!("{ty} = phi {start}, @"));
            phis.push((place, is_int));
            if is_int { made.ints.push(phi) } else { made.floats.push(phi) }
        }
    }
    for _ in 0..rng.between(1, 60) {
        made.instruction(rng);
    }
    if loops {
        for (place, is_int) in phis.into_iter().rev() {
            let next = made.operand(rng, is_int);
            let at = place + made.text[place..].find('@').expect("it was written");
            made.text.replace_range(at..at + 1, &next);
        }
        let snapshot = made.snapshot(rng);
        made.line(&format!("poll -> {snapshot}"));
        format!("{}{}link loop", made.text, made.snapshots)
    } else {
        let snapshot = made.snapshot(rng);
        format!("{}{}link interpreter -> {snapshot}", made.text, made.snapshots)
    }
}

struct Made {
    text: String,
    next: usize,
    ints: Vec<String>,
    floats: Vec<String>,
    snapshots: String,
    count: usize,
}

impl Made {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "{text}");
        self.next += 1;
    }

    /// An instruction with a result.
    fn push(&mut self, text: &str) -> String {
        let name = format!("%{}", self.next);
        self.line(&format!("{name}: {text}"));
        name
    }

    fn operand(&self, rng: &mut Rng, is_int: bool) -> String {
        let of = if is_int { &self.ints } else { &self.floats };
        if of.is_empty() || rng.percent(12) {
            return rng
                .pick(if is_int { &["0", "7", "-1", "140737488355328"] } else { &["0.5", "-0.0", "nan"] })
                .to_owned();
        }
        of[rng.index(of.len())].clone()
    }

    fn snapshot(&mut self, rng: &mut Rng) -> String {
        let name = format!("s{}", self.count);
        let entries: Vec<String> = (0..rng.between(0, 8))
            .map(|slot| {
                let is_int = rng.percent(60);
                format!("r{slot}: {}", self.operand(rng, is_int))
            })
            .collect();
        let _ = writeln!(self.snapshots, "snapshot {name} f0:{} base 0 {{ {} }}", self.count, entries.join(", "));
        self.count += 1;
        name
    }

    fn instruction(&mut self, rng: &mut Rng) {
        let ints = [(); 2].map(|()| self.operand(rng, true));
        let floats = [(); 2].map(|()| self.operand(rng, false));
        let [a, b] = &ints;
        let [x, y] = &floats;
        match rng.below(14) {
            0..=4 => {
                let op = rng.pick(&["add", "sub", "mul", "and", "or", "xor"]);
                let int = self.push(&format!("int = {op}.int {a}, {b}"));
                self.ints.push(int);
            }
            5..=7 => {
                let op = rng.pick(&["add", "sub", "mul", "div"]);
                let float = self.push(&format!("float = {op}.float {x}, {y}"));
                self.floats.push(float);
            }
            8 => {
                // A shift's count lies in one register, a division's result in another.
                let count = self.push(&format!("int = and.int {b}, 63"));
                let op = rng.pick(&["shl", "sar", "shr"]);
                let int = self.push(&format!("int = {op}.int {a}, {count}"));
                self.ints.push(int);
            }
            9 => {
                let divisor = self.push(&format!("int = or.int {b}, 1"));
                let op = rng.pick(&["div", "mod"]);
                let int = self.push(&format!("int = {op}.int {a}, {divisor}"));
                self.ints.push(int);
            }
            10 => {
                let float = self.push(&format!("float = mod.float {x}, {y}"));
                self.floats.push(float);
            }
            11 => {
                let float = self.push(&format!("float = conv.float {a}"));
                self.floats.push(float);
            }
            _ => {
                let (test, snapshot) = (rng.pick(&["lt.int", "eq.int", "le.int", "ult.int"]), self.snapshot(rng));
                let bool = self.push(&format!("bool = {test} {a}, {b}"));
                let holds = rng.pick(&["true", "false"]);
                self.line(&format!("guard.{holds} {bool} -> {snapshot}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(seed: u64) -> Vec<u8> {
        let mut rng = Rng::new(seed);
        (0..rng.between(0, 600)).map(|_| rng.below(256) as u8).collect()
    }

    #[test]
    fn bytes_are_programs() {
        let engine = InProcess::default();
        differential(&engine, &[]);
        (0..5).for_each(|seed| differential(&engine, &bytes(seed)));
    }

    #[test]
    fn any_bytes_may_be_a_source() {
        (0..20).for_each(|seed| source(&bytes(seed)));
        source(b"let x = [1, 2\nfn f( if\n");
        source(generate::program(5).as_bytes());
    }

    #[test]
    fn traces_from_bytes_are_allocated() {
        (0..300).for_each(|seed| registers(&bytes(seed)));
    }

    #[test]
    fn traces_of_the_tests_of_passes_are_compiled() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../trace/filetests/licm/licm.ir");
        let text = std::fs::read_to_string(folder).expect("filetests");
        let traces = text.split("\ntest ").skip(1).filter_map(|test| test.split_once('\n')?.1.split("expect\n").next());
        traces.for_each(|trace| ir(trace.as_bytes()));
    }
}
