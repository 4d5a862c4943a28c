//! A dump of many traces, as a large program would give: made, not recorded, so that its size is what a test asks for.

use pseudo::dump::html::Page;
use pseudo::dump::record::{
    Bytecode, Exit, Gone, Ir, IrLine, Link, Machine, Place, Record, Start, Step, Taken, VERSION,
};

const FILE: &str = "large.pseudo";

/// Lines of the program's source.
const SOURCE_LINES: u32 = 2000;

/// Traces of a tree: a root and its side traces.
const TREE: u32 = 10;

/// What one trace is made of.
#[derive(Clone, Copy)]
struct Size {
    bytecode: u32,
    ir: u32,
    exits: u32,
    /// Machine instructions of a line of IR.
    machine: u32,
}

const USUAL: Size = Size { bytecode: 60, ir: 90, exits: 20, machine: 2 };

/// One in a hundred traces.
const LARGE: Size = Size { bytecode: 900, ir: 1500, exits: 200, machine: 3 };

/// A page of so many traces, and how many lines the dump has as text, without what passes change.
pub fn page(traces: u32) -> (Vec<u8>, usize) {
    let (mut page, mut out, mut lines) = (Page::default(), Vec::new(), 0);
    let mut write = |record: Record| page.record(&mut out, &record).expect("a vector takes all");
    write(Record::Begin { version: VERSION, pseudo: "0.1.0", tier: "auto", params: Vec::new(), passes: vec!["fold"] });
    let text = (1..=SOURCE_LINES).map(|line| format!("    x{line} = x{line} + {line} // line {line}\n")).collect();
    write(Record::File { file: FILE.to_string(), text });
    for number in 1..=traces {
        let size = if number % 100 == 0 { LARGE } else { USUAL };
        lines += trace(number, size, &mut write);
        if number % 25 == 0 {
            write(abandoned(number + 1));
            lines += 3;
        }
    }
    let taken = |trace: u32| (0..4).map(move |exit| (trace, exit));
    let exits = (1..=traces).flat_map(taken).map(|(trace, exit)| {
        let side = (exit == 1 && trace % TREE != 0 && trace < traces).then_some(trace + 1);
        Taken { trace, exit, count: u64::from(trace * 7919 % 1000) * u64::from(exit), side }
    });
    write(Record::Ended { generation: 0, exits: exits.collect() });
    (out, lines)
}

fn place(trace: u32, at: u32) -> Place {
    let line = (trace * 37 + at / 4) % SOURCE_LINES + 1;
    Place {
        function: format!("work_{}", trace % 40),
        file: FILE.to_string(),
        line,
        pc: format!("f{}:{at}", trace % 40),
    }
}

fn start(number: u32) -> Start {
    if number % TREE == 1 { Start::Loop } else { Start::Side { parent: number - 1, exit: 1 } }
}

fn abandoned(trace: u32) -> Record {
    Record::RecordingAbandoned {
        trace,
        generation: 0,
        start: Start::Loop,
        from: place(trace, 0),
        at: place(trace, 8),
        reason: "the loop was left in the round that was recorded".to_string(),
        remedy: None,
        retry_after: trace.is_multiple_of(2).then_some(50),
        left_to: "the interpreter",
    }
}

/// The records of a trace; how many lines they are as text.
fn trace(number: u32, size: Size, write: &mut impl FnMut(Record)) -> usize {
    let (trace, generation, start) = (number, 0, start(number));
    let at = place(number, 0);
    write(Record::RecordingStarted { trace, generation, start: start.clone(), at: at.clone() });
    let bytecode = (0..size.bytecode).map(|at| Bytecode {
        at: place(number, at),
        depth: (at / 20 % 3) as u16,
        text: "add              r4, r4, r3".to_string(),
    });
    let lines: Vec<IrLine> = (0..size.ir).map(|at| line(at, size, false)).collect();
    let ir = Ir { head: format!("trace {number}"), lines, tail: tail(size) };
    write(Record::Recorded { trace, generation, bytecode: bytecode.collect(), ir });
    // The first line goes, the fifth changes, one comes: and all others get other numbers.
    let changed = IrLine { operands: "%2, 1".to_string(), ..line(4, size, false) };
    let steps = vec![
        Step::Same { same: 1, count: 3 },
        Step::Line { was: Some(4), rule: Some("add_int_zero"), line: changed },
        Step::Same { same: 5, count: size.ir - 5 },
        Step::Line { was: None, rule: None, line: line(size.ir - 1, size, false) },
    ];
    let gone = vec![Gone { was: 0, rule: Some("unused") }];
    write(Record::Pass { trace, generation, pass: "fold", lines: steps, gone, tail: tail(size) });
    let lines = (0..size.ir).map(|at| line(at, size, true)).collect();
    let machine = (0..size.ir * size.machine).map(|at| Machine {
        offset: at * 4,
        of: format!("%{}", at / size.machine),
        ir: Some(at / size.machine),
        exit: None,
        text: "mov rax, [rbx+0x18]".to_string(),
    });
    let stubs = (0..size.exits).map(|exit| Machine {
        offset: (size.ir * size.machine + exit) * 4,
        of: format!("exit {exit}"),
        ir: None,
        exit: Some(exit),
        text: "jmp -> 0000".to_string(),
    });
    let exits = (0..size.exits).map(|exit| Exit { ir: exit * 3, snapshot: exit, to: place(number, exit) });
    let link = if number % TREE == 1 { Link::Loop } else { Link::Trace { trace: number - 1, in_registers: true } };
    write(Record::Compiled {
        trace,
        generation,
        start,
        at,
        ir: Ir { head: format!("trace {number}"), lines, tail: tail(size) },
        machine: machine.chain(stubs).collect(),
        bytes: (size.ir * size.machine * 4) as usize,
        hot_bytes: (size.ir * size.machine * 3) as usize,
        exits: exits.collect(),
        link,
        notes: Vec::new(),
    });
    // Headings, bytecode, IR twice with its snapshots, machine code, exits.
    (6 + size.bytecode + 2 * (size.ir + size.exits + 1) + size.ir * size.machine + 2 * size.exits) as usize
}

fn line(at: u32, size: Size, compiled: bool) -> IrLine {
    let guard = at.is_multiple_of(3) && at / 3 < size.exits;
    IrLine {
        ty: (!guard).then_some("int"),
        op: if guard { "guard.true" } else { "add.int" },
        operands: if at == 0 { "1".to_string() } else { format!("%{}, 1", at - 1) },
        guard,
        snapshot: guard.then_some(at / 3),
        exit: (guard && compiled).then_some(at / 3),
        place: (!guard && compiled).then(|| "rsi".to_string()),
        bytecode: Some(at * size.bytecode / size.ir),
    }
}

fn tail(size: Size) -> Vec<String> {
    let snapshot = |at: u32| format!("snapshot s{at} f1:{at} base 0 {{ r4: %{} }}", at * 3);
    (0..size.exits).map(snapshot).chain(["link loop".to_string()]).collect()
}
