//! What code looks like, where it lies, and how it is changed.

mod support;

use pseudo_codegen::disassemble::{disassemble, print};
use pseudo_codegen::{Calls, CodeMemory, CompileError, CompiledTrace, Options, ParentExit, Target, compile};
use pseudo_snapshots::{Pc, Slot};
use pseudo_trace::ir::eval::V;
use pseudo_trace::ir::parse::parse;
use support::{Bench, MadeUp};

/// Sums the ints below a limit.
const SUM: &str = "
trace 1 root f0:4
%0: any = slot r0
%1: int = guard.int %0 -> s0
%2: any = slot r1
%3: int = guard.int %2 -> s0
%4: any = slot r2
%5: int = guard.int %4 -> s0
loop -> s1
%7: int = phi %1, %11
%8: int = phi %3, %12
%9: bool = lt.int %7, %5
guard.true %9 -> s1
%11: int = add.int %7, 1
%12: int = add.int %8, %7
poll -> s2
snapshot s0 f0:4 base 0 {}
snapshot s1 f0:5 base 0 { r0: %7, r1: %8 }
snapshot s2 f0:6 base 0 { r0: %11, r1: %12 }
link loop
";

fn listing(bench: &mut Bench, text: &str) -> String {
    let trace = parse(text).expect("a trace");
    let compiled = bench.compile(&trace);
    print(&disassemble(&trace, &compiled, &bench.memory, &bench.helpers, &|_| None))
}

#[test]
fn a_loop_of_ints_is_one_instruction_an_operation() {
    let mut bench = Bench::new(Options::default());
    let listing = listing(&mut bench, SUM);
    let body: Vec<&str> =
        listing.lines().skip_while(|line| !line.contains("%10 ")).map(|line| line[14..].trim()).take(8).collect();
    assert_eq!(
        body,
        [
            "cmp rsi, r8",
            "jge -> exit 1",
            "lea r9, [rsi+1]",
            "add rdi, rsi",
            "cmp dword ptr [rbp], 0",
            "jne -> exit 2",
            "mov rsi, r9",
            "jmp -> loop",
        ],
        "{listing}"
    );
}

/// The code of some instructions of a trace.
fn code_of(text: &str, names: &[&str]) -> Vec<String> {
    let mut bench = Bench::new(Options::default());
    let listing = listing(&mut bench, text);
    let mut lines = Vec::new();
    let mut taken = false;
    for line in listing.lines().take_while(|line| !line.contains("exit 0  ")) {
        let name = line.get(6..13).unwrap_or("").trim();
        taken = if name.is_empty() { taken } else { names.contains(&name) };
        if taken {
            lines.push(line[14..].trim().to_string());
        }
    }
    lines
}

const ARRAYS: &str = "
    %0: any = slot r0
    %1: arr.float = guard.arr.float %0 -> s0
    %2: any = slot r1
    %3: arr.int = guard.arr.int %2 -> s0
    %4: any = slot r2
    %5: int = guard.int %4 -> s0
    %6: ptr = arr.data %1
    %7: ptr = arr.data %3";

#[test]
fn loads_are_done_by_their_users_and_constants_are_displacements() {
    let text = format!(
        "{ARRAYS}
        %8: int = add.int %5, 1
        %9: float = load.float %6, %8
        %10: int = sub.int %5, 2
        %11: float = load.float %6, %10
        %12: float = mul.float %9, %11
        %13: int = load.int %7, %5
        %14: int = load.int %7, 3
        %15: int = sub.int %13, %14
        %16: int = arr.len %3
        %17: bool = ult.int %15, %16
        guard.true %17 -> s1
        %19: int = load.int %7, %8
        %20: float = conv.float %19
        store.float %6, %10, %20
        snapshot s0 f0:4 base 0 {{}}
        snapshot s1 f0:4 base 0 {{}}
        snapshot s2 f0:5 base 0 {{ r0: %12, r1: %15 }}
        link interpreter -> s2"
    );
    let body =
        code_of(&text, &["%8", "%9", "%10", "%11", "%12", "%13", "%14", "%15", "%16", "%17", "%18", "%20", "%21"]);
    assert_eq!(
        body,
        [
            "movsd xmm0, [rsi+r8*8+8]",
            "mulsd xmm0, [rsi+r8*8-0x10]",
            "mov r10, [r9+r8*8]",
            "sub r10, [r9+0x18]",
            "cmp r10, [rdi+8]",
            "jae -> exit 1",
            "xorps xmm1, xmm1",
            "cvtsi2sd xmm1, qword ptr [r9+r8*8+8]",
            "movsd [rsi+r8*8-0x10], xmm1",
        ]
    );
}

#[test]
fn a_guard_looks_at_an_element_that_is_a_bool() {
    let text = "
        %0: any = slot r0
        %1: arr.bool = guard.arr.bool %0 -> s0
        %2: any = slot r1
        %3: int = guard.int %2 -> s0
        %4: ptr = arr.data %1
        %5: bool = load.bool %4, %3
        guard.true %5 -> s0
        snapshot s0 f0:4 base 0 {}
        snapshot s1 f0:5 base 0 {}
        link interpreter -> s1";
    let body = code_of(text, &["%5", "%6"]);
    assert_eq!(body, ["cmp byte ptr [rsi+rdi], 0", "je -> exit 0"]);
}

#[test]
fn loads_stay_where_they_are_if_memory_may_change_or_somebody_else_looks() {
    let text = format!(
        "{ARRAYS}
        %8: int = load.int %7, %5
        store.int %7, 0, %5
        %10: int = xor.int %5, %8
        %11: int = load.int %7, %5
        guard.true true -> s1
        %13: int = and.int %5, %11
        snapshot s0 f0:4 base 0 {{}}
        snapshot s1 f0:4 base 0 {{ r5: %11 }}
        snapshot s2 f0:5 base 0 {{ r0: %10, r1: %13 }}
        link interpreter -> s2"
    );
    let body = code_of(&text, &["%8", "%10", "%11", "%13"]);
    assert!(
        body.iter().all(|line| !line.starts_with("xor") && !line.starts_with("and") || !line.contains('[')),
        "{body:?}"
    );
    assert_eq!(body.iter().filter(|line| line.contains('[')).count(), 2, "{body:?}");
}

fn set(bench: &mut Bench, values: &[i64]) {
    for (slot, &int) in values.iter().enumerate() {
        bench.set(Slot::Stack(slot as i32), &V::Int(int));
    }
}

fn ints(bench: &mut Bench, slots: usize) -> Vec<Option<i64>> {
    (0..slots).map(|slot| bench.get(Slot::Stack(slot as i32)).as_int()).collect()
}

#[test]
fn listings_do_not_depend_on_addresses() {
    let concat = "
        %0: any = slot r0
        %1: str = guard.str %0 -> s0
        %2: any = concat %1, %1
        %3: any = slot r1
        %4: float = guard.float %3 -> s0
        %5: float = math 1, %4
        %6: float = mul.float %5, 1.25
        barrier %2
        snapshot s0 f0:4 base 0 {}
        snapshot s1 f0:5 base 0 { r0: %2, r1: %6 }
        link interpreter -> s1";
    let (mut one, mut other) = (Bench::new(Options::default()), Bench::new(Options::default()));
    listing(&mut other, SUM);
    let text = listing(&mut one, concat);
    assert_eq!(text, listing(&mut other, concat));
    for name in ["mov rax, concat", "mov rax, math 1", "call remember", "jmp -> leave", "float 1.25", "-> exit 0"] {
        assert!(text.contains(name), "no `{name}` in\n{text}");
    }
}

#[test]
fn no_page_is_writable_and_executable() {
    let bench = Bench::new(Options::default());
    let maps = std::fs::read_to_string("/proc/self/maps").expect("the process's mappings");
    let code: Vec<&str> = maps.lines().filter(|line| line.contains("pseudo-code")).collect();
    assert!(!code.is_empty() && code.iter().all(|line| line.contains(" r-xs ")), "{code:?}");
    for line in maps.lines() {
        let rights = line.split(' ').nth(1).expect("the rights of a mapping");
        assert!(!(rights.contains('w') && rights.contains('x')), "{line}");
    }
    drop(bench);
}

#[test]
fn regions_are_placed_at_random_and_given_back() {
    let helpers = support::helpers();
    let places: std::collections::BTreeSet<u64> =
        (0..4).map(|_| CodeMemory::new(1 << 16, &helpers).expect("code memory").next()).collect();
    assert!(places.len() > 1, "{places:x?}");
}

#[test]
fn a_full_region_is_an_error_and_a_flush_empties_it() {
    let mut bench = Bench::new(Options::default());
    bench.memory = CodeMemory::new(0, &bench.helpers).expect("code memory");
    let trace = parse(SUM).expect("a trace");
    let mut count = 0;
    let error = loop {
        let result =
            compile(&trace, None, None, Calls::default(), &MadeUp, &bench.helpers, &bench.options, &mut bench.memory);
        match result {
            Ok(_) => count += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error, CompileError::CodeMemory);
    assert!(count > 50, "{count}");
    bench.memory.flush();
    let compiled = bench.compile(&trace);
    set(&mut bench, &[0, 0, 5]);
    bench.run(&[&compiled], 0);
    assert_eq!(ints(&mut bench, 3), [Some(5), Some(10), Some(5)]);
}

#[test]
fn a_pending_flag_ends_the_loop() {
    let mut bench = Bench::new(Options::default());
    let compiled = bench.compile(&parse(SUM).expect("a trace"));
    *bench.pending = 1;
    // The context has the flag's address.
    set(&mut bench, &[0, 0, i64::MAX]);
    let left = bench.run(&[&compiled], 0);
    assert_eq!(left.pc, Pc { function: 0, at: 6 });
    assert_eq!(ints(&mut bench, 2), [Some(1), Some(0)]);
}

#[test]
fn wrong_types_leave_at_the_entry() {
    let mut bench = Bench::new(Options::default());
    let compiled = bench.compile(&parse(SUM).expect("a trace"));
    for (slot, v) in [(0, V::float(1.0)), (1, V::Nil), (2, V::Bool(true))] {
        set(&mut bench, &[0, 0, 5]);
        bench.set(Slot::Stack(slot), &v);
        let left = bench.run(&[&compiled], 0);
        assert_eq!(left.pc, Pc { function: 0, at: 4 });
    }
    // A boxed int is an int.
    set(&mut bench, &[(1 << 60) - 2, 1 << 61, 1 << 60]);
    bench.run(&[&compiled], 0);
    assert_eq!(ints(&mut bench, 2), [Some(1 << 60), Some((1 << 61) + (1 << 61) - 3)]);
}

#[test]
fn guards_fail_when_they_are_told_to() {
    let trace = parse(SUM).expect("a trace");
    // Three guards at the entry, then two in the loop.
    for (guard, at) in [(0, 4), (2, 4), (3, 5), (4, 6)] {
        let options = Options { force_exit: Some(100 + guard), first_guard: 100, ..Options::default() };
        let mut bench = Bench::new(options);
        let compiled = bench.compile(&trace);
        assert_eq!(compiled.guards, 5);
        set(&mut bench, &[0, 0, 5]);
        assert_eq!(bench.run(&[&compiled], 0).pc.at, at);
    }
    let mut bench = Bench::new(Options { exit_stress: true, ..Options::default() });
    let compiled = bench.compile(&trace);
    for countdown in 1..20 {
        set(&mut bench, &[0, 0, 5]);
        bench.context.countdown = countdown;
        let left = bench.run(&[&compiled], 0);
        let sum = ints(&mut bench, 2);
        let (i, x) = (sum[0].expect("an int"), sum[1].expect("an int"));
        assert_eq!(x, i * (i - 1) / 2, "after {countdown} guards, left {left:?}");
        // From any state the interpreter would go on to the same result.
        if countdown <= 3 {
            assert_eq!(left.pc.at, 4);
        } else if countdown < 14 {
            assert_eq!(left.pc.at, if countdown % 2 == 0 { 5 } else { 6 });
        }
    }
}

#[test]
fn a_trace_goes_on_in_another_at_a_new_base() {
    let first = "
        trace 1 root f0:4
        %0: any = slot r0
        %1: int = guard.int %0 -> s0
        %2: int = add.int %1, 1
        %3: bool = lt.int %2, 10
        snapshot s0 f0:4 base 0 {}
        snapshot s1 f1:0 base 3 { r0: %2, r1: pc f0:9, r3: %2, r4: %3, g2: 1.5 }
        link trace 2 -> s1";
    let second = "
        trace 2 root f1:0
        guard.pc 2, pc f0:9 -> s0
        %1: any = slot r0
        %2: int = guard.int %1 -> s0
        %3: int = mul.int %2, 1000000000000000
        snapshot s0 f1:0 base 0 {}
        snapshot s1 f0:10 base -3 { r-3: %3, r-1: nil }
        link interpreter -> s1";
    let mut bench = Bench::new(Options::default());
    let second = bench.compile(&parse(second).expect("a trace"));
    let target = Target { trace: Some(&second), may_join: false, params: None };
    let first = bench.compile_side(&parse(first).expect("a trace"), None, Some(target));
    bench.set(Slot::Stack(0), &V::Int(4));
    let left = bench.run(&[&first, &second], 0);
    assert_eq!((left.trace, left.pc, left.base), (2, Pc { function: 0, at: 10 }, 0));
    assert_eq!(ints(&mut bench, 4)[..1], [Some(5_000_000_000_000_000)]);
    assert!(bench.get(Slot::Stack(2)).is_nil());
    assert_eq!(bench.get(Slot::Stack(3)).as_int(), Some(5));
    assert!(support::same(bench.get(Slot::Stack(4)), &V::Bool(true)));
    assert!(support::same(bench.get(Slot::Global(2)), &V::float(1.5)));
}

/// A loop with a branch: the other side is a side trace that comes back to the head without touching memory.
#[test]
fn a_branch_joins_its_loop_again() {
    let root = "
        trace 1 root f0:4
        %0: any = slot r0
        %1: int = guard.int %0 -> s0
        %2: any = slot r1
        %3: int = guard.int %2 -> s0
        %4: any = slot r2
        %5: int = guard.int %4 -> s0
        loop -> s1
        %7: int = phi %1, %14
        %8: int = phi %3, %13
        %9: bool = lt.int %7, %5
        guard.true %9 -> s1
        %11: int = and.int %7, 1
        %12: bool = eq.int %11, 0
        guard.true %12 -> s2
        %14: int = add.int %8, %7
        %15: int = add.int %7, 1
        snapshot s0 f0:4 base 0 {}
        snapshot s1 f0:5 base 0 { r0: %7, r1: %8 }
        snapshot s2 f0:7 base 0 { r0: %7, r1: %8 }
        link loop"
        .replace("phi %1, %14", "phi %1, %15")
        .replace("phi %3, %13", "phi %3, %14");
    let side = "
        trace 2 exit 1/2 f0:7
        %0: int = inherit 0
        %1: int = inherit 1
        %2: int = sub.int %1, 1
        %3: int = add.int %0, 1
        snapshot s0 f0:7 base 0 { r0: %0, r1: %1 }
        snapshot s1 f0:4 base 0 { r0: %3, r1: %2 }
        link root 1 -> s1";
    let mut bench = Bench::new(Options::default());
    let (root, side) = (parse(&root).expect("a trace"), parse(side).expect("a trace"));
    let first = bench.compile(&root);
    let exit = first.exits.iter().position(|exit| exit.snapshot.0 == 2).expect("the branch's exit");
    let target = Target { trace: Some(&first), may_join: true, params: None };
    let second = bench.compile_side(&side, Some(ParentExit { trace: &first, exit }), Some(target));
    assert!(second.joins);
    bench.memory.patch_exit(&first.exits[exit], second.entry);
    set(&mut bench, &[0, 0, 101]);
    let left = bench.run(&[&first, &second], 0);
    assert_eq!((left.trace, left.pc.at), (1, 5));
    assert_eq!(ints(&mut bench, 2), [Some(101), Some(2550 - 50)]);
    let branch = |address| (address == second.entry).then(|| "trace 2".to_string());
    let text = print(&disassemble(&root, &first, &bench.memory, &bench.helpers, &branch));
    let jumps: Vec<&str> = text.lines().filter(|line| line.contains("trace 2")).map(|line| line[14..].trim()).collect();
    assert_eq!(jumps, ["jne -> trace 2", "jmp -> trace 2"], "{text}");
    let outside = |address| (Some(address) == first.head).then(|| "loop of trace 1".to_string());
    let text = print(&disassemble(&side, &second, &bench.memory, &bench.helpers, &outside));
    assert!(text.contains("jmp -> loop of trace 1"), "{text}");
    assert!(
        !text.lines().take_while(|line| !line.contains("jmp")).any(|line| line.contains('[') && line.contains("mov")),
        "{text}"
    );
}

/// What the loop keeps unboxed, and makes nothing else of, may be another value afterwards: in its register or spill slot,
/// and in memory, where the loop's own exits leave it.
#[test]
fn a_branch_joins_its_loop_with_another_value_for_what_that_keeps() {
    let root = "
        trace 1 root f0:4
        %0: any = slot r0
        %1: int = guard.int %0 -> s0
        %2: any = slot r1
        %3: int = guard.int %2 -> s0
        %4: any = slot r2
        %5: int = guard.int %4 -> s0
        %6: any = slot r3
        %7: int = guard.int %6 -> s0
        loop -> s1
        %9: int = phi %1, %17
        %10: int = phi %3, %16
        %11: bool = lt.int %9, %5
        guard.true %11 -> s1
        %13: int = and.int %9, 1
        %14: bool = eq.int %13, 0
        guard.true %14 -> s2
        %16: int = add.int %10, %7
        %17: int = add.int %9, 1
        snapshot s0 f0:4 base 0 {}
        snapshot s1 f0:5 base 0 { r0: %9, r1: %10 }
        snapshot s2 f0:7 base 0 { r0: %9, r1: %10 }
        link loop";
    let side = "
        trace 2 exit 1/2 f0:7
        %0: int = inherit 0
        %1: int = inherit 1
        %2: any = slot r3
        %3: int = guard.int %2 -> s0
        %4: int = add.int %3, 1
        %5: int = add.int %0, 1
        snapshot s0 f0:7 base 0 { r0: %0, r1: %1 }
        snapshot s1 f0:4 base 0 { r0: %5, r1: %1, r3: %4 }
        link root 1 -> s1";
    // In a root that makes something else of it, only the entry can do that anew.
    let squared = root
        .replace("%16: int = add.int %10, %7", "%16: int = add.int %10, %18")
        .replace("        loop -> s1", "        %18: int = mul.int %7, %7\n        loop -> s1");
    for (root, joins, sum) in [(root, true, 7 + 8 + 9 + 10 + 11), (&squared, false, 49 + 64 + 81 + 100 + 121)] {
        for registers in [16, 4] {
            let mut bench = Bench::new(Options { registers, ..Options::default() });
            let (root, side) = (parse(root).expect("a trace"), parse(side).expect("a trace"));
            let first = bench.compile(&root);
            let exit = first.exits.iter().position(|exit| exit.snapshot.0 == 2).expect("the branch's exit");
            let target = Target { trace: Some(&first), may_join: true, params: None };
            let second = bench.compile_side(&side, Some(ParentExit { trace: &first, exit }), Some(target));
            assert_eq!(second.joins, joins, "with {registers} registers");
            bench.memory.patch_exit(&first.exits[exit], second.entry);
            set(&mut bench, &[0, 0, 10, 7]);
            let left = bench.run(&[&first, &second], 0);
            assert_eq!((left.trace, left.pc.at), (1, 5));
            assert_eq!(ints(&mut bench, 4), [Some(10), Some(sum), Some(10), Some(12)], "with {registers} registers");
        }
    }
}

/// What a side trace inherits may be one of the values that it keeps for its root's loop.
#[test]
fn a_guard_on_what_is_kept_for_the_loop() {
    let root = "
        trace 1 root f0:4
        %0: any = slot r0
        %1: int = guard.int %0 -> s0
        %2: any = slot r1
        %3: bool = guard.bool %2 -> s0
        loop -> s1
        %5: int = phi %1, %8
        %6: bool = lt.int %5, 10
        guard.true %6 -> s2
        %8: int = add.int %5, 1
        snapshot s0 f0:4 base 0 {}
        snapshot s1 f0:5 base 0 { r0: %5 }
        snapshot s2 f0:6 base 0 { r0: %5, r5: %3 }
        link loop";
    let side = "
        trace 2 exit 1/1 f0:6
        %0: int = inherit 0
        %1: bool = inherit 1
        guard.true %1 -> s0
        %3: bool = lt.int %0, 20
        guard.true %3 -> s0
        %5: int = sub.int %0, 100
        snapshot s0 f0:7 base 0 { r0: %0, r5: %1 }
        snapshot s1 f0:4 base 0 { r0: %5 }
        link root 1 -> s1";
    let mut bench = Bench::new(Options::default());
    let (root, side) = (parse(root).expect("a trace"), parse(side).expect("a trace"));
    let first = bench.compile(&root);
    let exit = first.exits.iter().position(|exit| exit.snapshot.0 == 2).expect("the exit in the loop");
    let target = Target { trace: Some(&first), may_join: true, params: None };
    let second = bench.compile_side(&side, Some(ParentExit { trace: &first, exit }), Some(target));
    assert!(second.joins);
    bench.memory.patch_exit(&first.exits[exit], second.entry);
    for (slot, bool, wanted) in [(0, false, 10), (25, true, 25), (25, false, 25)] {
        set(&mut bench, &[slot]);
        bench.set(Slot::Stack(1), &V::Bool(bool));
        let left = bench.run(&[&first, &second], 0);
        assert_eq!((left.trace, left.pc.at), (2, 7));
        assert_eq!(ints(&mut bench, 1), [Some(wanted)]);
        assert!(support::same(bench.get(Slot::Stack(5)), &V::Bool(bool)));
    }
}

#[test]
fn a_frame_must_fit_the_stack() {
    let mut bench = Bench::new(Options::default());
    for (words, fits) in
        [(1, true), (support::STACK - support::FRAME, true), (support::STACK - support::FRAME + 1, false)]
    {
        let text = format!(
            "guard.stack {words} -> s0
            snapshot s0 f0:4 base 0 {{}}
            snapshot s1 f1:4 base 0 {{}}
            link interpreter -> s1"
        );
        let compiled = bench.compile(&parse(&text).expect("a trace"));
        assert_eq!(bench.run(&[&compiled], 0).pc.function == 1, fits, "{words} words");
    }
}

#[test]
fn too_many_values_are_an_error() {
    let mut text = String::new();
    for slot in 0..300 {
        text += &format!("%{}: any = slot r{}\n", slot, slot % 100);
    }
    text += "snapshot s0 f0:0 base 0 { ";
    text += &(0..300).map(|slot| format!("r{slot}: %{slot}")).collect::<Vec<_>>().join(", ");
    text += " }\nlink interpreter -> s0";
    let mut bench = Bench::new(Options::default());
    let trace = parse(&text).expect("a trace");
    let result =
        compile(&trace, None, None, Calls::default(), &MadeUp, &bench.helpers, &bench.options, &mut bench.memory);
    assert_eq!(result.map(|trace: CompiledTrace| trace.number), Err(CompileError::SpillSlots));
}
