//! Native frames: functions in code of their own that call themselves and return.

mod support;

use pseudo_codegen::code_memory::{RETURNED, enter};
use pseudo_codegen::{Calls, CompiledTrace, Options, ParentExit, compile};
use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::parse::parse;
use pseudo_trace::ir::types::Ty;
use support::{Bench, FRAME, MadeUp};

/// The sum of the numbers up to one: what it is at 0; the call before that; what follows the call.
const PARTS: [&str; 3] = [
    "trace 1 root f1:0
    %0: int = inherit 0
    %1: bool = lt.int %0, 1
    guard.true %1 -> s1
    snapshot s0 f1:0 base 0 { r0: %0 }
    snapshot s1 f1:1 base 0 { r0: %0 }
    snapshot s2 f1:2 base 0 { r-2: 0 }
    link return -> s2",
    "trace 2 exit 1/0 f1:1
    %0: int = inherit 0
    %1: any = slot r-1
    %2: int = sub.int %0, 1
    %3: int = call.fn %1 (%2) -> s1
    snapshot s0 f1:1 base 0 { r0: %0 }
    snapshot s1 f1:0 base 3 { r0: %0, r1: pc f1:5 }
    snapshot s2 f1:5 base 0 { r0: %0, r1: %3 }
    link interpreter -> s2",
    "trace 3 exit 2/0 f1:5
    %0: int = inherit 0
    %1: int = inherit 1
    %2: int = add.int %0, %1
    snapshot s0 f1:5 base 0 { r0: %0, r1: %1 }
    snapshot s1 f1:6 base 0 { r-2: %2 }
    link return -> s1",
];

fn part(bench: &mut Bench, number: usize, parent: Option<&CompiledTrace>, callee: Option<u64>) -> CompiledTrace {
    let trace = parse(PARTS[number]).expect("a trace");
    let parent = parent.map(|trace| ParentExit { trace, exit: 0 });
    let calls = Calls { params: if number == 0 { &[Ty::Int] } else { &[] }, callee, home: None };
    compile(&trace, parent, None, calls, &MadeUp, &bench.helpers, &bench.options, &mut bench.memory).expect("code")
}

fn call(bench: &mut Bench, entry: u64, argument: u64) {
    bench.context.gpr[6] = argument;
    let base = &raw mut bench.stack[FRAME];
    // SAFETY: the traces were compiled for this memory, and their frames fit the stack.
    unsafe { enter(&bench.memory, entry, base, &raw mut *bench.context) };
}

#[test]
fn a_function_calls_itself_and_returns() {
    for registers in [16, 4] {
        let mut bench = Bench::new(Options { registers, ..Options::default() });
        let first = part(&mut bench, 0, None, None);
        let second = part(&mut bench, 1, Some(&first), Some(first.entry));
        let third = part(&mut bench, 2, Some(&second), None);
        bench.memory.patch_exit(&first.exits[0], second.entry);
        bench.memory.patch_exit(&second.exits[0], third.entry);
        for n in [0, 1, 2, 20] {
            call(&mut bench, first.entry, n);
            assert_eq!((bench.context.exit, bench.context.gpr[6]), (RETURNED, n * (n + 1) / 2));
            assert_eq!(bench.context.base(), &raw mut bench.stack[FRAME], "the base is back where it was");
        }
    }
}

#[test]
fn a_call_that_is_left_can_be_told_from_the_native_stack() {
    let mut bench = Bench::new(Options::default());
    let first = part(&mut bench, 0, None, None);
    let second = part(&mut bench, 1, Some(&first), Some(first.entry));
    bench.memory.patch_exit(&first.exits[0], second.entry);
    call(&mut bench, first.entry, 5);
    // The innermost call has returned, to where nothing follows yet; the others are in the middle of theirs.
    assert_eq!((bench.context.trace, bench.context.exit), (2, 0));
    let site = second.call.as_ref().expect("it ends with a call");
    let places: Vec<Loc> = site.packed.entries().map(|entry| entry.loc).collect();
    assert!(matches!(places[..], [Loc::Spill(_), Loc::Const(_)]), "{places:?}");
    let mut at = bench.context.gpr[4];
    for n in [1, 2, 3, 4] {
        let machine = bench.context.machine(&second.constants, 0);
        let frame = bench.context.native.slice(at, second.frame.into());
        assert_eq!(pseudo_snapshots::restore::Machine { frame, ..machine }.word(places[0]), n);
        at += 8 * u64::from(second.frame);
        assert_eq!(bench.context.native.slice(at, 1)[0], site.returns_to);
        at += 8;
    }
}
