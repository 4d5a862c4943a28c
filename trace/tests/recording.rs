//! What is recorded of small programs. Each case shows the traces, `---`, and what the program printed.

mod common;

use common::{Plan, record, record_with};
use expect_test::{Expect, expect};

fn check(program: &str, expected: Expect) {
    expected.assert_eq(&record(program));
}

fn check_with(plan: Plan, program: &str, expected: Expect) {
    expected.assert_eq(&record_with(program, plan));
}

#[test]
fn a_counted_loop() {
    check(
        r#"
let s = 0
for i in 0..10 do s = s + i end
print(s)
"#,
        expect![[r#"
            trace 1 root f0:7
            %0: any = slot g0
            %1: int = guard.int %0 -> s0
            %2: any = slot r3
            %3: int = guard.int %2 -> s0
            %4: any = slot r1
            %5: int = guard.int %4 -> s0
            loop -> s2
            %7: int = phi %1, %10
            %8: int = phi %3, %13
            poll -> s2
            %10: int = add.int %7, %8
            %11: bool = lt.int %8, %5
            guard.true %11 -> s1
            %13: int = add.int %8, 1
            snapshot s0 f0:7 base 0 { }
            snapshot s1 f0:11 base 0 { r0: %8, g0: %10 }
            snapshot s2 f0:7 base 0 { r0: %8, r3: %8, g0: %7 }
            link loop
            ---
            45
        "#]],
    );
}

#[test]
fn an_inlined_call_leaves_with_both_frames() {
    check(
        r#"
fn halve(n, by = 2)
    if n % by == 0 then return n div by end
    return n
end
fn run()
    let i = 0
    while i < 12 do
        i = halve(i * 2) + 1
    end
    return i
end
print(run())
"#,
        expect![[r#"
            trace 1 root f2:2
            %0: any = slot r0
            %1: int = guard.int %0 -> s0
            %2: any = slot g0
            %3: fn = guard.fn %2 -> s0
            guard.stack 6 -> s0
            loop -> s4
            %6: int = phi %1, %16
            poll -> s4
            %8: bool = lt.int %6, 12
            guard.true %8 -> s1
            %10: int = mul.int %6, 2
            guard.proto %3, proto f1 -> s2
            %12: int = mod.int %10, 2
            %13: bool = eq.int %12, 0
            guard.true %13 -> s3
            %15: int = div.int %10, 2
            %16: int = add.int %15, 1
            snapshot s0 f2:2 base 0 { }
            snapshot s1 f2:3 base 0 { r0: %6 }
            snapshot s2 f2:6 base 0 { r2: %3, r3: %10 }
            snapshot s3 f1:5 base 3 { r1: pc f2:7, r2: %3, r3: %10, r4: 2, r5: %12 }
            snapshot s4 f2:2 base 0 { r0: %6 }
            link loop
            ---
            12
        "#]],
    );
}

#[test]
fn arrays_by_storage() {
    check(
        r#"
let ints, floats, mixed = [1, 2, 3, 4, 5], [0.5, 1.5], [nil, 1]
let i = 0
for x in ints do
    floats[1] = floats[0] + x
    mixed[0] = x
    ints[0] = mixed[1] + x
end
print(ints, floats, mixed)
"#,
        expect![[r#"
            trace 1 root f0:21
            %0: any = slot r0
            %1: arr.int = guard.arr.int %0 -> s0
            %2: any = slot r1
            %3: int = guard.int %2 -> s0
            %4: any = slot g1
            guard.def %4 -> s0
            %6: arr.float = guard.arr.float %4 -> s0
            %7: any = slot g2
            guard.def %7 -> s0
            %9: arr.any = guard.arr.any %7 -> s0
            %10: any = slot g0
            guard.def %10 -> s0
            %12: arr.int = guard.arr.int %10 -> s0
            loop -> s8
            %14: int = phi %3, %21
            poll -> s8
            %16: int = arr.len %1
            %17: bool = ult.int %14, %16
            guard.true %17 -> s1
            %19: ptr = arr.data %1
            %20: int = load.int %19, %14
            %21: int = add.int %14, 1
            %22: int = arr.len %6
            %23: bool = ult.int 0, %22
            guard.true %23 -> s2
            %25: ptr = arr.data %6
            %26: float = load.float %25, 0
            %27: float = conv.float %20
            %28: float = add.float %26, %27
            %29: int = arr.len %6
            %30: bool = ult.int 1, %29
            guard.true %30 -> s3
            %32: ptr = arr.data %6
            store.float %32, 1, %28
            %34: int = arr.len %9
            %35: bool = ult.int 0, %34
            guard.true %35 -> s4
            %37: any = box.int %20
            %38: ptr = arr.data %9
            barrier %9
            store.any %38, 0, %37
            %41: int = arr.len %9
            %42: bool = ult.int 1, %41
            guard.true %42 -> s5
            %44: ptr = arr.data %9
            %45: any = load.any %44, 1
            %46: int = guard.int %45 -> s6
            %47: int = add.int %46, %20
            %48: int = arr.len %12
            %49: bool = ult.int 0, %48
            guard.true %49 -> s7
            %51: ptr = arr.data %12
            store.int %51, 0, %47
            snapshot s0 f0:21 base 0 { }
            snapshot s1 f0:22 base 0 { r1: %14 }
            snapshot s2 f0:27 base 0 { r1: %21, r2: %20, r3: %4, r4: 1, r5: %4, r6: 0 }
            snapshot s3 f0:29 base 0 { r1: %21, r2: %20, r3: %4, r4: 1, r5: %28 }
            snapshot s4 f0:32 base 0 { r1: %21, r2: %20, r3: %7, r4: 0 }
            snapshot s5 f0:37 base 0 { r1: %21, r2: %20, r3: %10, r4: 0, r5: %7, r6: 1 }
            snapshot s6 f0:38 base 0 { r1: %21, r2: %20, r3: %10, r4: 0, r5: %45 }
            snapshot s7 f0:39 base 0 { r1: %21, r3: %10, r4: 0, r5: %47 }
            snapshot s8 f0:21 base 0 { r1: %14 }
            link loop
            ---
            [6, 2, 3, 4, 5] [0.5, 5.5] [5, 1]
        "#]],
    );
}

#[test]
fn a_call_that_writes_makes_arrays_unknown() {
    check(
        r#"
let a = [1]
let i = 0
while i < 6 do
    a.push(i)
    i += a[0]
end
print(a)
"#,
        expect![[r#"
            trace 1 root f0:6
            %0: any = slot g1
            %1: int = guard.int %0 -> s0
            %2: any = slot g0
            guard.def %2 -> s0
            loop -> s4
            %5: int = phi %1, %18
            poll -> s4
            %7: bool = lt.int %5, 6
            guard.true %7 -> s1
            %9: any = box.int %5
            %10: any = call 74 (%2, %9)
            guard.def %10 -> s2
            %12: arr.int = guard.arr.int %2 -> s3
            %13: int = arr.len %12
            %14: bool = ult.int 0, %13
            guard.true %14 -> s3
            %16: ptr = arr.data %12
            %17: int = load.int %16, 0
            %18: int = add.int %5, %17
            snapshot s0 f0:6 base 0 { }
            snapshot s1 f0:8 base 0 { r0: %5, g1: %5 }
            snapshot s2 f0:12 base 0 { r1: value#0, r2: %2, r3: %5, g1: %5 }
            snapshot s3 f0:16 base 0 { r0: %5, r1: %2, r2: 0, g1: %5 }
            snapshot s4 f0:6 base 0 { g1: %5 }
            link loop
            ---
            [1, 0, 1, 2, 3, 4, 5]
        "#]],
    );
}

#[test]
fn a_variable_becomes_a_float() {
    check(
        r#"
fn run()
    let x = 0
    for i in 0..8 do
        if i == 3 then x = 0.5 end
        x += 1
    end
    return x
end
print(run())
"#,
        expect![[r#"
            trace 1 root f1:6
            %0: any = slot r4
            %1: int = guard.int %0 -> s0
            %2: any = slot r0
            %3: int = guard.int %2 -> s0
            %4: any = slot r2
            %5: int = guard.int %4 -> s0
            loop -> s3
            %7: int = phi %1, %15
            %8: int = phi %3, %12
            poll -> s3
            %10: bool = eq.int %7, 3
            guard.false %10 -> s1
            %12: int = add.int %8, 1
            %13: bool = lt.int %7, %5
            guard.true %13 -> s2
            %15: int = add.int %7, 1
            snapshot s0 f1:6 base 0 { }
            snapshot s1 f1:7 base 0 { r0: %8, r1: %7, r4: %7 }
            snapshot s2 f1:10 base 0 { r0: %12, r1: %7 }
            snapshot s3 f1:6 base 0 { r0: %8, r1: %7, r4: %7 }
            link loop
            ---
            5.5
        "#]],
    );
}

#[test]
fn written_before_it_is_read() {
    check(
        r#"
fn run()
    let last = nil
    for i in 0..8 do
        last = i
    end
    return last
end
print(run())
"#,
        expect![[r#"
            trace 1 root f1:6
            %0: any = slot r4
            %1: int = guard.int %0 -> s0
            %2: any = slot r2
            %3: int = guard.int %2 -> s0
            loop -> s2
            %5: int = phi %1, %9
            poll -> s2
            %7: bool = lt.int %5, %3
            guard.true %7 -> s1
            %9: int = add.int %5, 1
            snapshot s0 f1:6 base 0 { }
            snapshot s1 f1:8 base 0 { r0: %5, r1: %5 }
            snapshot s2 f1:6 base 0 { r1: %5, r4: %5 }
            link loop
            ---
            7
        "#]],
    );
}

#[test]
fn captured_variables() {
    check(
        r#"
fn counter()
    let n, step = 0, 2
    return fn() n += step; return n end
end
let next = counter()
let s = 0
while s < 40 do s += next() end
print(s)
"#,
        expect![[r#"
            trace 1 root f0:8
            %0: any = slot g2
            %1: int = guard.int %0 -> s0
            %2: any = slot g1
            %3: fn = guard.fn %2 -> s0
            guard.stack 5 -> s0
            loop -> s7
            %6: int = phi %1, %29
            poll -> s7
            %8: bool = lt.int %6, 40
            guard.true %8 -> s1
            guard.proto %3, proto f2 -> s2
            %11: any = fn.capture %3, 0
            %12: ptr = cell.addr %11
            %13: any = load.cell %12
            guard.def %13 -> s3
            %15: any = fn.capture %3, 1
            %16: int = guard.int %13 -> s4
            %17: int = guard.int %15 -> s4
            %18: int = add.int %16, %17
            %19: any = fn.capture %3, 0
            %20: any = box.int %18
            %21: ptr = cell.addr %19
            barrier %19
            store.cell %21, %20
            %24: any = fn.capture %3, 0
            %25: ptr = cell.addr %24
            %26: any = load.cell %25
            guard.def %26 -> s5
            %28: int = guard.int %26 -> s6
            %29: int = add.int %6, %28
            snapshot s0 f0:8 base 0 { }
            snapshot s1 f0:10 base 0 { r0: %6, g2: %6 }
            snapshot s2 f0:13 base 0 { r0: %6, r2: %3, g2: %6 }
            snapshot s3 f2:1 base 3 { r0: %6, r1: pc f0:14, r2: %3, g2: %6 }
            snapshot s4 f2:3 base 3 { r0: %6, r1: pc f0:14, r2: %3, r3: %13, r4: %15, g2: %6 }
            snapshot s5 f2:5 base 3 { r0: %6, r1: pc f0:14, r2: %3, g2: %6 }
            snapshot s6 f0:14 base 0 { r0: %6, r1: %26, g2: %6 }
            snapshot s7 f0:8 base 0 { g2: %6 }
            link loop
            ---
            42
        "#]],
    );
}

#[test]
fn strings() {
    check(
        r#"
let s = "abcdef"
let out = ""
for i, c in s do
    if c < "e" then out += s[i] + "${i}" end
end
print(out)
"#,
        expect![[r#"
            trace 1 root f0:8
            %0: any = slot r0
            %1: str = guard.str %0 -> s0
            %2: any = slot r1
            %3: int = guard.int %2 -> s0
            %4: any = slot g1
            %5: str = guard.str %4 -> s0
            %6: any = slot g0
            %7: str = guard.str %6 -> s0
            loop -> s7
            %9: int = phi %3, %23
            %10: str = phi %5, %44
            poll -> s7
            %12: any = box.str %1
            %13: any = call 6 (%12)
            guard.def %13 -> s1
            %15: int = guard.int %13 -> s1
            %16: bool = ult.int %9, %15
            guard.true %16 -> s1
            %18: any = box.str %1
            %19: any = box.int %9
            %20: any = call 66 (%18, %19)
            guard.def %20 -> s1
            %22: str = guard.str %20 -> s1
            %23: int = add.int %9, 1
            %24: bool = lt.str %22, str#0
            guard.true %24 -> s2
            %26: any = box.str %7
            %27: any = call 6 (%26)
            guard.def %27 -> s3
            %29: int = guard.int %27 -> s3
            %30: bool = ult.int %9, %29
            guard.true %30 -> s3
            %32: any = box.str %7
            %33: any = box.int %9
            %34: any = call 66 (%32, %33)
            guard.def %34 -> s3
            %36: str = guard.str %34 -> s3
            %37: any = box.int %9
            %38: any = call 2 (%37)
            guard.def %38 -> s4
            %40: str = guard.str %38 -> s4
            %41: any = concat %36, %40
            %42: str = guard.str %41 -> s5
            %43: any = concat %10, %42
            %44: str = guard.str %43 -> s6
            snapshot s0 f0:8 base 0 { }
            snapshot s1 f0:9 base 0 { r1: %9, g1: %10 }
            snapshot s2 f0:11 base 0 { r1: %23, r2: %9, r3: %22, r4: str#0, g1: %10 }
            snapshot s3 f0:14 base 0 { r1: %23, r2: %9, r4: %10, r5: %7, g1: %10 }
            snapshot s4 f0:15 base 0 { r1: %23, r2: %9, r4: %10, r5: %36, g1: %10 }
            snapshot s5 f0:16 base 0 { r1: %23, r4: %10, r5: %36, r6: %40, g1: %10 }
            snapshot s6 f0:17 base 0 { r1: %23, r4: %10, r5: %42, g1: %10 }
            snapshot s7 f0:8 base 0 { r1: %9, g1: %10 }
            link loop
            ---
            a0b1c2d3
        "#]],
    );
}

#[test]
fn a_shift_out_of_range_and_a_builtin() {
    check(
        r#"
let x = 1
for i in 60..70 do
    x = max(abs(x ^ (-1 >> i)), floor(sqrt(x + i)))
end
print(x)
"#,
        expect![[r#"
            trace 1 root f0:7
            %0: any = slot g0
            %1: int = guard.int %0 -> s0
            %2: any = slot r3
            %3: int = guard.int %2 -> s0
            %4: any = slot r1
            %5: int = guard.int %4 -> s0
            loop -> s5
            %7: int = phi %1, %16
            %8: int = phi %3, %30
            poll -> s5
            %10: bool = ult.int %8, 64
            guard.true %10 -> s1
            %12: int = sar.int -1, %8
            %13: int = xor.int %7, %12
            %14: int = sar.int %13, 63
            %15: int = xor.int %13, %14
            %16: int = sub.int %15, %14
            %17: int = add.int %7, %8
            %18: float = conv.float %17
            %19: float = sqrt.float %18
            %20: float = floor.float %19
            %21: bool = le.float -9.223372036854776e18, %20
            guard.true %21 -> s2
            %23: bool = lt.float %20, 9.223372036854776e18
            guard.true %23 -> s2
            %25: int = conv.int %20
            %26: bool = lt.int %16, %25
            guard.false %26 -> s3
            %28: bool = lt.int %8, %5
            guard.true %28 -> s4
            %30: int = add.int %8, 1
            snapshot s0 f0:7 base 0 { }
            snapshot s1 f0:10 base 0 { r0: %8, r3: %8, r4: %7, r5: -1, g0: %7 }
            snapshot s2 f0:16 base 0 { r0: %8, r4: %16, r5: %19, g0: %7 }
            snapshot s3 f0:17 base 0 { r0: %8, r4: %16, r5: %25, g0: %7 }
            snapshot s4 f0:19 base 0 { r0: %8, g0: %16 }
            snapshot s5 f0:7 base 0 { r0: %8, r3: %8, g0: %7 }
            link loop
            ---
            16
        "#]],
    );
}

#[test]
fn too_much_recursion() {
    check(
        r#"
fn fib(n) return if n < 2 then n else fib(n - 1) + fib(n - 2) end end
let s = 0
for i in 0..4 do s += fib(6) end
print(s)
"#,
        expect![[r#"
            abandoned at line 2: a function calls itself more often than is unrolled
            ---
            32
        "#]],
    );
}

#[test]
fn left_before_it_comes_round() {
    check(
        r#"
for i in 0..4 do
    for j in 0..3 do
        if j == 1 then break end
    end
end
"#,
        expect![[r#"
            abandoned at line 2: the loop was left in the round that was recorded
            trace 1 root f0:5
            %0: any = slot r0
            %1: int = guard.int %0 -> s0
            %2: any = slot r1
            %3: int = guard.int %2 -> s0
            loop -> s6
            %5: int = phi %1, %19
            poll -> s6
            %7: bool = lt.int 0, 3
            guard.true %7 -> s1
            %9: int = sub.int 3, 1
            %10: bool = eq.int 0, 1
            guard.false %10 -> s2
            %12: bool = lt.int 0, %9
            guard.true %12 -> s3
            %14: int = add.int 0, 1
            %15: bool = eq.int %14, 1
            guard.true %15 -> s4
            %17: bool = lt.int %5, %3
            guard.true %17 -> s5
            %19: int = add.int %5, 1
            snapshot s0 f0:5 base 0 { }
            snapshot s1 f0:9 base 0 { r0: %5, r4: 0, r5: 3, r6: 1 }
            snapshot s2 f0:11 base 0 { r0: %5, r4: 0, r5: %9, r6: 1, r7: 0 }
            snapshot s3 f0:12 base 0 { r0: %5, r4: 0, r5: %9, r6: 1 }
            snapshot s4 f0:11 base 0 { r0: %5, r4: %14, r5: %9, r6: 1, r7: %14 }
            snapshot s5 f0:13 base 0 { r0: %5 }
            snapshot s6 f0:5 base 0 { r0: %5, r3: %5 }
            link loop
            ---
        "#]],
    );
}

#[test]
fn a_nested_loop_links_to_the_inner_one() {
    check_with(
        Plan { link: true, ..Plan::default() },
        r#"
let s = 0
for i in 0..9 do
    for j in 0..9 do s += j end
end
print(s)
"#,
        expect![[r#"
            trace 1 root f0:12
            %0: any = slot g0
            %1: int = guard.int %0 -> s0
            %2: any = slot r7
            %3: int = guard.int %2 -> s0
            %4: any = slot r5
            %5: int = guard.int %4 -> s0
            loop -> s2
            %7: int = phi %1, %10
            %8: int = phi %3, %13
            poll -> s2
            %10: int = add.int %7, %8
            %11: bool = lt.int %8, %5
            guard.true %11 -> s1
            %13: int = add.int %8, 1
            snapshot s0 f0:12 base 0 { }
            snapshot s1 f0:16 base 0 { r4: %8, g0: %10 }
            snapshot s2 f0:12 base 0 { r4: %8, r7: %8, g0: %7 }
            link loop
            trace 2 root f0:7
            %0: bool = lt.int 0, 9
            guard.true %0 -> s1
            %2: int = sub.int 9, 1
            snapshot s0 f0:7 base 0 { }
            snapshot s1 f0:11 base 0 { r4: 0, r5: 9, r6: 1 }
            snapshot s2 f0:12 base 0 { r4: 0, r5: %2, r6: 1, r7: 0 }
            link trace 1 -> s2
            ---
            324
        "#]],
    );
}

#[test]
fn the_other_way_of_a_branch() {
    check_with(
        Plan { side: Some((1, 2, 2)), after: 1, link: true },
        r#"
fn run()
    let s, i = 0, 0
    while i < 12 do
        if i % 2 == 1 then s -= 2 else s += i end
        i += 1
    end
    return s
end
print(run())
"#,
        expect![[r#"
            trace 1 root f1:3
            %0: any = slot r1
            %1: int = guard.int %0 -> s0
            %2: any = slot r0
            %3: int = guard.int %2 -> s0
            loop -> s3
            %5: int = phi %1, %14
            %6: int = phi %3, %13
            poll -> s3
            %8: bool = lt.int %5, 12
            guard.true %8 -> s1
            %10: int = mod.int %5, 2
            %11: bool = eq.int %10, 1
            guard.false %11 -> s2
            %13: int = add.int %6, %5
            %14: int = add.int %5, 1
            snapshot s0 f1:3 base 0 { }
            snapshot s1 f1:4 base 0 { r0: %6, r1: %5 }
            snapshot s2 f1:6 base 0 { r0: %6, r1: %5, r2: %10 }
            snapshot s3 f1:3 base 0 { r0: %6, r1: %5 }
            link loop
            trace 2 exit 1/2 f1:6
            %0: int = inherit 0
            %1: int = inherit 1
            %2: int = inherit 2
            %3: bool = eq.int %2, 1
            guard.true %3 -> s1
            %5: int = sub.int %0, 2
            %6: int = add.int %1, 1
            snapshot s0 f1:6 base 0 { r0: %0, r1: %1, r2: %2 }
            snapshot s1 f1:6 base 0 { r0: %0, r1: %1, r2: %2 }
            snapshot s2 f1:3 base 0 { r0: %5, r1: %6 }
            link root 1 -> s2
            ---
            18
        "#]],
    );
}

#[test]
fn a_side_trace_returns_below() {
    check_with(
        Plan { side: Some((1, 1, 4)), after: 2, link: true },
        r#"
fn inner(n)
    let s = 0
    for i in 0..4 do s += i end
    return s + n
end
let total = 0
for i in 0..6 do total += inner(i) end
print(total)
"#,
        expect![[r#"
            trace 1 root f1:6
            %0: any = slot r1
            %1: int = guard.int %0 -> s0
            %2: any = slot r5
            %3: int = guard.int %2 -> s0
            %4: any = slot r3
            %5: int = guard.int %4 -> s0
            loop -> s2
            %7: int = phi %1, %10
            %8: int = phi %3, %13
            poll -> s2
            %10: int = add.int %7, %8
            %11: bool = lt.int %8, %5
            guard.true %11 -> s1
            %13: int = add.int %8, 1
            snapshot s0 f1:6 base 0 { }
            snapshot s1 f1:8 base 0 { r1: %10, r2: %8 }
            snapshot s2 f1:6 base 0 { r1: %7, r2: %8, r5: %8 }
            link loop
            trace 2 root f0:9
            %0: any = slot g1
            %1: int = guard.int %0 -> s0
            %2: any = slot g0
            %3: fn = guard.fn %2 -> s0
            %4: any = slot r3
            %5: int = guard.int %4 -> s0
            guard.stack 13 -> s0
            guard.proto %3, proto f1 -> s1
            %8: bool = lt.int 0, 4
            guard.true %8 -> s2
            %10: int = sub.int 4, 1
            snapshot s0 f0:9 base 0 { }
            snapshot s1 f0:13 base 0 { r4: %1, r6: %3, r7: %5 }
            snapshot s2 f1:5 base 7 { r4: %1, r5: pc f0:14, r6: %3, r7: %5, r8: 0, r9: 0, r10: 4, r11: 1 }
            snapshot s3 f1:6 base 7 { r4: %1, r5: pc f0:14, r6: %3, r7: %5, r8: 0, r9: 0, r10: %10, r11: 1, r12: 0 }
            link trace 1 -> s3
            trace 3 exit 1/1 f1:8
            %0: int = inherit 0
            %1: int = inherit 1
            %2: any = slot r3
            %3: int = guard.int %2 -> s0
            %4: any = slot r0
            %5: int = guard.int %4 -> s0
            %6: any = slot g1
            guard.def %6 -> s0
            %8: bool = eq.int %1, %3
            guard.true %8 -> s1
            %10: int = add.int %0, %5
            guard.pc 2, pc f0:14 -> s2
            %12: any = slot r-3
            %13: int = guard.int %12 -> s3
            %14: int = add.int %13, %10
            %15: any = slot r-7
            %16: int = guard.int %15 -> s4
            %17: any = slot r-6
            %18: int = guard.int %17 -> s4
            %19: bool = lt.int %16, %18
            guard.true %19 -> s4
            %21: int = add.int %16, 1
            snapshot s0 f1:8 base 0 { r1: %0, r2: %1 }
            snapshot s1 f1:8 base 0 { r1: %0, r2: %1 }
            snapshot s2 f1:10 base 0 { r2: %10 }
            snapshot s3 f0:14 base -7 { r-2: %10 }
            snapshot s4 f0:16 base -7 { g1: %14 }
            snapshot s5 f0:9 base -7 { r-7: %21, r-4: %21, g1: %14 }
            link trace 2 -> s5
            ---
            51
        "#]],
    );
}

#[test]
fn a_store_that_changes_the_storage() {
    check(
        r#"
let a = [1, 2, 3]
let i = 0
while i < 6 do
    a[0] = if i == 2 then 0.5 else i end
    i += 1
end
print(a)
"#,
        expect![[r#"
            abandoned at line 5: the store changes how an array keeps its elements
            trace 1 root f0:8
            %0: any = slot g1
            %1: int = guard.int %0 -> s0
            %2: any = slot g0
            guard.def %2 -> s0
            %4: arr.any = guard.arr.any %2 -> s0
            loop -> s4
            %6: int = phi %1, %19
            poll -> s4
            %8: bool = lt.int %6, 6
            guard.true %8 -> s1
            %10: bool = eq.int %6, 2
            guard.false %10 -> s2
            %12: int = arr.len %4
            %13: bool = ult.int 0, %12
            guard.true %13 -> s3
            %15: any = box.int %6
            %16: ptr = arr.data %4
            barrier %4
            store.any %16, 0, %15
            %19: int = add.int %6, 1
            snapshot s0 f0:8 base 0 { }
            snapshot s1 f0:10 base 0 { r0: %6, g1: %6 }
            snapshot s2 f0:14 base 0 { r0: %2, r1: 0, r3: %6, g1: %6 }
            snapshot s3 f0:18 base 0 { r0: %2, r1: 0, r2: %6, g1: %6 }
            snapshot s4 f0:8 base 0 { g1: %6 }
            link loop
            ---
            [5, 2, 3]
        "#]],
    );
}

#[test]
fn types_that_alternate() {
    check(
        r#"
fn run()
    let a, b = 1, "x"
    for i in 0..7 do a, b = b, a end
    return a
end
print(run())
"#,
        expect![[r#"
            abandoned at line 4: a variable has another type at the end of the round than at its start
            abandoned at line 4: a variable has another type at the end of the round than at its start
            ---
            x
        "#]],
    );
}

#[test]
fn functions_of_the_prelude_are_inlined() {
    check(
        r#"
let s = 0
while s < 50 do s += [s, 1, 2].reduce(fn(x, y) return x + y end) end
print(s)
"#,
        expect![[r#"
            abandoned at line 100: the loop was left in the round that was recorded
            abandoned at line 100: the loop was left in the round that was recorded
            trace 1 root f0:3
            %0: any = slot g0
            %1: int = guard.int %0 -> s0
            %2: any = slot g5
            %3: fn = guard.fn %2 -> s0
            %4: any = slot g4
            guard.def %4 -> s0
            %6: arr.empty = guard.arr.empty %4 -> s0
            guard.stack 13 -> s0
            loop -> s15
            %9: int = phi %1, %58
            poll -> s15
            %11: bool = lt.int %9, 50
            guard.true %11 -> s1
            %13: any = box.int %9
            %14: any = new.array (%13, value#0, value#1)
            %15: any = new.closure proto f1 ()
            guard.proto %3, proto f6 -> s2
            %17: any = call 97 (value#2, %14)
            guard.def %17 -> s3
            %19: any = box.arr %6
            %20: any = box.arr %6
            %21: bool = same %19, %20
            guard.true %21 -> s4
            %23: arr.int = guard.arr.int %14 -> s5
            %24: int = arr.len %23
            %25: bool = eq.int %24, 0
            guard.false %25 -> s6
            %27: int = arr.len %23
            %28: bool = ult.int 0, %27
            guard.true %28 -> s7
            %30: ptr = arr.data %23
            %31: int = load.int %30, 0
            %32: int = arr.len %23
            %33: bool = lt.int 1, %32
            guard.true %33 -> s8
            %35: int = arr.len %23
            %36: bool = ult.int 1, %35
            guard.true %36 -> s9
            %38: ptr = arr.data %23
            %39: int = load.int %38, 1
            %40: fn = guard.fn %15 -> s10
            guard.proto %40, proto f1 -> s10
            %42: int = add.int %31, %39
            %43: int = add.int 1, 1
            %44: int = arr.len %23
            %45: bool = lt.int %43, %44
            guard.true %45 -> s11
            %47: int = arr.len %23
            %48: bool = ult.int %43, %47
            guard.true %48 -> s12
            %50: ptr = arr.data %23
            %51: int = load.int %50, %43
            guard.proto %40, proto f1 -> s13
            %53: int = add.int %42, %51
            %54: int = add.int %43, 1
            %55: int = arr.len %23
            %56: bool = lt.int %54, %55
            guard.false %56 -> s14
            %58: int = add.int %9, %53
            snapshot s0 f0:3 base 0 { }
            snapshot s1 f0:5 base 0 { r0: %9, g0: %9 }
            snapshot s2 f0:13 base 0 { r0: %9, r2: %3, r3: %14, r4: %15, g0: %9 }
            snapshot s3 f6:6 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %15, r5: %4, r6: str#3, r7: %14, g0: %9 }
            snapshot s4 f6:10 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %15, r5: %4, r6: 0, r7: %4, r8: %4, g0: %9 }
            snapshot s5 f6:12 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %15, r8: %14, g0: %9 }
            snapshot s6 f6:13 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %15, r8: %24, g0: %9 }
            snapshot s7 f6:17 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %15, r8: 0, g0: %9 }
            snapshot s8 f6:22 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %15, r6: 1, r7: %31, r8: %32, g0: %9 }
            snapshot s9 f6:25 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %15, r6: 1, r9: %15, r10: %31, g0: %9 }
            snapshot s10 f6:26 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %15, r6: 1, r9: %15, r10: %31, r11: %39, g0: %9 }
            snapshot s11 f6:22 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %15, r6: %43, r7: %42, r8: %44, g0: %9 }
            snapshot s12 f6:25 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %15, r6: %43, r9: %15, r10: %42, g0: %9 }
            snapshot s13 f6:26 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %15, r6: %43, r9: %15, r10: %42, r11: %51, g0: %9 }
            snapshot s14 f6:22 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %15, r6: %54, r7: %53, r8: %55, g0: %9 }
            snapshot s15 f0:3 base 0 { g0: %9 }
            link loop
            abandoned at line 100: the loop was left in the round that was recorded
            abandoned at line 100: the loop was left in the round that was recorded
            ---
            93
        "#]],
    );
}

#[test]
fn a_negative_step_and_a_range_that_is_known_when_run() {
    check_with(
        Plan { link: true, ..Plan::default() },
        r#"
fn count(low, high, by)
    let n = 0
    for i in low to high step by do n += 1 end
    return n
end
let s, k = 0, 0
while k < 9 do
    s += count(9, k, -2) + count(0, k, 3)
    k += 1
end
print(s)
"#,
        expect![[r#"
            trace 1 root f1:6
            %0: any = slot r3
            %1: int = guard.int %0 -> s0
            %2: any = slot r4
            %3: int = guard.int %2 -> s0
            %4: any = slot r5
            %5: int = guard.int %4 -> s0
            %6: any = slot r6
            %7: int = guard.int %6 -> s0
            loop -> s2
            %9: int = phi %1, %12
            %10: int = phi %3, %15
            poll -> s2
            %12: int = add.int %9, 1
            %13: bool = lt.int %5, %10
            guard.true %13 -> s1
            %15: int = add.int %10, %7
            snapshot s0 f1:6 base 0 { }
            snapshot s1 f1:8 base 0 { r3: %12, r4: %10 }
            snapshot s2 f1:6 base 0 { r3: %9, r4: %10, r7: %10 }
            link loop
            trace 2 root f0:7
            %0: any = slot g2
            %1: int = guard.int %0 -> s0
            %2: any = slot g1
            %3: int = guard.int %2 -> s0
            %4: any = slot g0
            %5: fn = guard.fn %4 -> s0
            guard.stack 11 -> s0
            %7: bool = lt.int %1, 9
            guard.true %7 -> s1
            guard.proto %5, proto f1 -> s2
            %10: bool = le.int %1, 9
            guard.true %10 -> s3
            %12: int = sub.int 9, %1
            %13: bool = le.int 0, %12
            guard.true %13 -> s3
            %15: int = mod.int %12, 2
            %16: int = add.int %1, %15
            snapshot s0 f0:7 base 0 { }
            snapshot s1 f0:9 base 0 { r0: %1 }
            snapshot s2 f0:15 base 0 { r0: %3, r2: %5, r3: 9, r4: %1, r5: -2 }
            snapshot s3 f1:5 base 3 { r0: %3, r1: pc f0:16, r2: %5, r6: 0, r7: 9, r8: %1, r9: -2 }
            snapshot s4 f1:6 base 3 { r0: %3, r1: pc f0:16, r2: %5, r6: 0, r7: 9, r8: %16, r9: -2 }
            link trace 1 -> s4
            ---
            47
        "#]],
    );
}

#[test]
fn dicts_are_read_and_written_by_builtins() {
    check(
        r#"
fn count()
    let d, n = {}, 0
    for i in 0..30 do
        d[i % 3] = i
        n = n + d[i % 3]
        if 5 in d then n = 0 end
        let e = {a: n, (i): 2}
    end
    return n
end
print(count())
"#,
        expect![[r#"
            trace 1 root f1:7
            %0: any = slot r5
            %1: int = guard.int %0 -> s0
            %2: any = slot r0
            %3: any = slot r1
            %4: int = guard.int %3 -> s0
            %5: any = slot r3
            %6: int = guard.int %5 -> s0
            loop -> s8
            %8: int = phi %1, %32
            %9: int = phi %4, %21
            poll -> s8
            %11: int = mod.int %8, 3
            %12: any = box.int %11
            %13: any = box.int %8
            %14: any = call 108 (%2, %12, %13)
            guard.def %14 -> s1
            %16: int = mod.int %8, 3
            %17: any = box.int %16
            %18: any = call 103 (%2, %17)
            guard.def %18 -> s2
            %20: int = guard.int %18 -> s3
            %21: int = add.int %9, %20
            %22: any = call 64 (%2, value#0)
            guard.def %22 -> s4
            %24: bool = guard.bool %22 -> s4
            guard.false %24 -> s5
            %26: any = box.int %21
            %27: any = box.int %8
            %28: any = call 107 (value#1, %26, %27, value#2)
            guard.def %28 -> s6
            %30: bool = lt.int %8, %6
            guard.true %30 -> s7
            %32: int = add.int %8, 1
            snapshot s0 f1:7 base 0 { }
            snapshot s1 f1:9 base 0 { r1: %9, r2: %8, r5: %8, r6: %11 }
            snapshot s2 f1:11 base 0 { r1: %9, r2: %8, r5: %8, r6: %16 }
            snapshot s3 f1:12 base 0 { r1: %9, r2: %8, r5: %8, r6: %18 }
            snapshot s4 f1:14 base 0 { r1: %21, r2: %8, r5: %8, r6: 5 }
            snapshot s5 f1:15 base 0 { r1: %21, r2: %8, r5: %8, r6: %24 }
            snapshot s6 f1:21 base 0 { r1: %21, r2: %8, r6: str#3, r7: %21, r8: %8, r9: 2 }
            snapshot s7 f1:22 base 0 { r1: %21, r2: %8 }
            snapshot s8 f1:7 base 0 { r1: %9, r2: %8, r5: %8 }
            link loop
            ---
            435
        "#]],
    );
}

#[test]
fn loops_over_dicts_are_not_recorded() {
    check(
        "let n = 0\nlet d = dict(enumerate(range(99)))\nfor k in d do n = n + 1 end\nprint(n)",
        expect![[r#"
            abandoned at line 3: not recorded: iter.next
            ---
            99
        "#]],
    );
}

#[test]
fn matches_over_arrays_and_dicts() {
    check(
        r#"
fn run(shapes)
    let sum = 0
    for i in 0..20 do
        match shapes[i % 2]
            case 1, "s" then sum += 1
            case [3, x] then sum += x
            case {kind: "no"} then sum += 10
            case {r: r} then sum += r
        end
    end
    return sum
end
print(run([[3, 4], [3, 4]]))
"#,
        expect![[r#"
            trace 1 root f1:6
            %0: any = slot r5
            %1: int = guard.int %0 -> s0
            %2: any = slot r0
            %3: arr.any = guard.arr.any %2 -> s0
            %4: any = slot r1
            %5: int = guard.int %4 -> s0
            %6: any = slot r3
            %7: int = guard.int %6 -> s0
            loop -> s7
            %9: int = phi %1, %34
            %10: int = phi %5, %31
            poll -> s7
            %12: int = mod.int %9, 2
            %13: int = arr.len %3
            %14: bool = ult.int %12, %13
            guard.true %14 -> s1
            %16: ptr = arr.data %3
            %17: any = load.any %16, %12
            %18: arr.int = guard.arr.int %17 -> s2
            %19: int = arr.len %18
            %20: bool = eq.int %19, 2
            guard.true %20 -> s3
            %22: int = arr.len %18
            %23: bool = eq.int %22, 2
            guard.true %23 -> s4
            %25: ptr = arr.data %18
            %26: int = load.int %25, 0
            %27: ptr = arr.data %18
            %28: int = load.int %27, 1
            %29: bool = eq.int %26, 3
            guard.true %29 -> s5
            %31: int = add.int %10, %28
            %32: bool = lt.int %9, %7
            guard.true %32 -> s6
            %34: int = add.int %9, 1
            snapshot s0 f1:6 base 0 { }
            snapshot s1 f1:8 base 0 { r1: %10, r2: %9, r6: %12 }
            snapshot s2 f1:9 base 0 { r1: %10, r2: %9, r6: %17 }
            snapshot s3 f1:13 base 0 { r1: %10, r2: %9, r6: %17 }
            snapshot s4 f1:14 base 0 { r1: %10, r2: %9, r6: %17 }
            snapshot s5 f1:15 base 0 { r1: %10, r2: %9, r6: %17, r7: %26, r8: %28 }
            snapshot s6 f1:28 base 0 { r1: %31, r2: %9 }
            snapshot s7 f1:6 base 0 { r1: %10, r2: %9, r5: %9 }
            link loop
            ---
            80
        "#]],
    );
}

#[test]
fn keys_that_are_there_and_keys_that_are_not() {
    check(
        r#"
fn run(shape)
    let sum = 0
    for i in 0..20 do
        match shape
            case {no: r} then sum += 10
            case {r: r} then sum += r
        end
    end
    return sum
end
print(run({r: 3}))
"#,
        expect![[r#"
            trace 1 root f1:6
            %0: any = slot r0
            %1: any = slot r1
            %2: int = guard.int %1 -> s0
            %3: any = slot r2
            %4: int = guard.int %3 -> s0
            %5: any = slot r3
            %6: int = guard.int %5 -> s0
            loop -> s6
            %8: int = phi %2, %19
            %9: int = phi %4, %22
            poll -> s6
            %11: any = call 102 (%0, value#0)
            guard.def %11 -> s1
            %13: bool = guard.bool %11 -> s1
            guard.false %13 -> s1
            %15: any = call 103 (%0, value#1, undef)
            guard.def %15 -> s2
            guard.def %15 -> s3
            %18: int = guard.int %15 -> s4
            %19: int = add.int %8, %18
            %20: bool = lt.int %9, %6
            guard.true %20 -> s5
            %22: int = add.int %9, 1
            snapshot s0 f1:6 base 0 { }
            snapshot s1 f1:8 base 0 { r1: %8, r2: %9, r7: str#2 }
            snapshot s2 f1:13 base 0 { r1: %8, r2: %9, r7: str#3 }
            snapshot s3 f1:14 base 0 { r1: %8, r2: %9, r6: %15 }
            snapshot s4 f1:15 base 0 { r1: %8, r2: %9, r6: %15 }
            snapshot s5 f1:16 base 0 { r1: %19, r2: %9 }
            snapshot s6 f1:6 base 0 { r1: %8, r2: %9, r5: %9 }
            link loop
            ---
            60
        "#]],
    );
}

#[test]
fn ints_and_floats_that_equal_a_constant() {
    check(
        r#"
fn run(n, f)
    let sum = 0
    for i in 0..20 do
        match n + i
            case 1.5 then sum += 1
            case 1e300 then sum += 2
            case 7.0 then sum += 3
        end
        match f * 2.0
            case 1 then sum += 1
            case 9007199254740993 then sum += 2
        end
    end
    return sum
end
print(run(5, 0.5))
"#,
        expect![[r#"
            trace 1 root f1:6
            %0: any = slot r0
            %1: int = guard.int %0 -> s0
            %2: any = slot r6
            %3: int = guard.int %2 -> s0
            %4: any = slot r2
            %5: int = guard.int %4 -> s0
            %6: any = slot r1
            %7: float = guard.float %6 -> s0
            %8: any = slot r4
            %9: int = guard.int %8 -> s0
            loop -> s4
            %11: int = phi %3, %24
            %12: int = phi %5, %21
            poll -> s4
            %14: int = add.int %1, %11
            %15: bool = eq.int %14, 7
            guard.true %15 -> s1
            %17: int = add.int %12, 3
            %18: float = mul.float %7, 2.0
            %19: bool = eq.float %18, 1.0
            guard.true %19 -> s2
            %21: int = add.int %17, 1
            %22: bool = lt.int %11, %9
            guard.true %22 -> s3
            %24: int = add.int %11, 1
            snapshot s0 f1:6 base 0 { }
            snapshot s1 f1:14 base 0 { r2: %12, r3: %11, r7: %14 }
            snapshot s2 f1:17 base 0 { r2: %17, r3: %11, r7: %18 }
            snapshot s3 f1:22 base 0 { r2: %21, r3: %11 }
            snapshot s4 f1:6 base 0 { r2: %12, r3: %11, r6: %11 }
            link loop
            ---
            23
        "#]],
    );
}

#[test]
fn objects_are_told_apart_by_their_kind() {
    check(
        r#"
fn run(shape, other)
    let sum = 0
    for i in 0..20 do
        match shape
            case 1, "s" then sum += 1
            case [_] then sum += 10
            case n if n == other then sum += 100
            case {} then sum += 1000
        end
    end
    return sum
end
print(run({r: 3}, {r: 3}))
"#,
        expect![[r#"
            trace 1 root f1:6
            %0: any = slot r0
            %1: any = slot r1
            %2: any = slot r2
            %3: int = guard.int %2 -> s0
            %4: any = slot r3
            %5: int = guard.int %4 -> s0
            %6: any = slot r4
            %7: int = guard.int %6 -> s0
            loop -> s7
            %9: int = phi %3, %19
            %10: int = phi %5, %22
            poll -> s7
            guard.kind %0, 10 -> s1
            guard.kind %0, 10 -> s2
            guard.kind %0, 10 -> s3
            guard.kind %0, 10 -> s4
            %16: bool = same %0, %1
            guard.false %16 -> s4
            guard.kind %0, 10 -> s5
            %19: int = add.int %9, 1000
            %20: bool = lt.int %10, %7
            guard.true %20 -> s6
            %22: int = add.int %10, 1
            snapshot s0 f1:6 base 0 { }
            snapshot s1 f1:7 base 0 { r2: %9, r3: %10 }
            snapshot s2 f1:8 base 0 { r2: %9, r3: %10 }
            snapshot s3 f1:11 base 0 { r2: %9, r3: %10 }
            snapshot s4 f1:14 base 0 { r2: %9, r3: %10 }
            snapshot s5 f1:17 base 0 { r2: %9, r3: %10 }
            snapshot s6 f1:19 base 0 { r2: %19, r3: %10 }
            snapshot s7 f1:6 base 0 { r2: %9, r3: %10, r6: %10 }
            link loop
            ---
            20000
        "#]],
    );
}
