//! Loops, and what they carry.

use expect_test::expect;

use super::{Plan, check, check_with};

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
            guard.stack 11 -> s0
            %6: bool = lt.int %1, 9
            guard.true %6 -> s1
            %8: bool = le.int %1, 9
            guard.true %8 -> s2
            %10: int = sub.int 9, %1
            %11: bool = le.int 0, %10
            guard.true %11 -> s2
            %13: int = mod.int %10, 2
            %14: int = add.int %1, %13
            snapshot s0 f0:7 base 0 { }
            snapshot s1 f0:9 base 0 { r0: %1 }
            snapshot s2 f1:5 base 3 { r0: %3, r1: pc f0:16, r2: %4, r6: 0, r7: 9, r8: %1, r9: -2 }
            snapshot s3 f1:6 base 3 { r0: %3, r1: pc f0:16, r2: %4, r6: 0, r7: 9, r8: %14, r9: -2 }
            link trace 1 -> s3
            ---
            47
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
