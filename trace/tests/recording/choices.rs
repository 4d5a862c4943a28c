//! Conditionals both ways of which are recorded.

use expect_test::expect;

use super::{Plan, check_with};

#[test]
fn both_ways_of_a_branch() {
    check_with(
        Plan { choose: true, ..Plan::default() },
        r#"
fn run(x)
    let s, t, i = 0, 1.5, 0
    while i < 12 do
        x = (x * 5 + 3) & 255
        if x < 128 then s += i else t = -t end
        i += 1
    end
    return s + t
end
print(run(7))
"#,
        expect![[r#"
            trace 1 root f1:4
            %0: any = slot r3
            %1: int = guard.int %0 -> s0
            %2: any = slot r0
            %3: int = guard.int %2 -> s0
            %4: any = slot r2
            %5: float = guard.float %4 -> s0
            %6: any = slot r1
            %7: int = guard.int %6 -> s0
            loop -> s2
            %9: int = phi %1, %24
            %10: int = phi %3, %18
            %11: float = phi %5, %23
            %12: int = phi %7, %22
            poll -> s2
            %14: bool = lt.int %9, 12
            guard.true %14 -> s1
            %16: int = mul.int %10, 5
            %17: int = add.int %16, 3
            %18: int = and.int %17, 255
            %19: bool = lt.int %18, 128
            %20: float = neg.float %11
            %21: int = add.int %12, %9
            %22: int = select.int %19, %21, %12
            %23: float = select.float %19, %11, %20
            %24: int = add.int %9, 1
            snapshot s0 f1:4 base 0 { }
            snapshot s1 f1:5 base 0 { r0: %10, r1: %12, r2: %11, r3: %9 }
            snapshot s2 f1:4 base 0 { r0: %10, r1: %12, r2: %11, r3: %9 }
            link loop
            ---
            28.5
        "#]],
    );
}

#[test]
fn a_branch_within_a_branch() {
    check_with(
        Plan { choose: true, ..Plan::default() },
        r#"
fn run(x)
    let s, i = 0, 0
    while i < 12 do
        x = (x * 5 + 3) & 255
        if x < 128 and x > 9 then s += 1 end
        i += 1
    end
    return s
end
print(run(7))
"#,
        expect![[r#"
            trace 1 root f1:3
            %0: any = slot r2
            %1: int = guard.int %0 -> s0
            %2: any = slot r0
            %3: int = guard.int %2 -> s0
            %4: any = slot r1
            %5: int = guard.int %4 -> s0
            loop -> s2
            %7: int = phi %1, %21
            %8: int = phi %3, %15
            %9: int = phi %5, %20
            poll -> s2
            %11: bool = lt.int %7, 12
            guard.true %11 -> s1
            %13: int = mul.int %8, 5
            %14: int = add.int %13, 3
            %15: int = and.int %14, 255
            %16: bool = lt.int %15, 128
            %17: bool = lt.int 9, %15
            %18: int = add.int %9, 1
            %19: int = select.int %17, %18, %9
            %20: int = select.int %16, %19, %9
            %21: int = add.int %7, 1
            snapshot s0 f1:3 base 0 { }
            snapshot s1 f1:4 base 0 { r0: %8, r1: %9, r2: %7 }
            snapshot s2 f1:3 base 0 { r0: %8, r1: %9, r2: %7 }
            link loop
            ---
            3
        "#]],
    );
}

#[test]
fn ways_that_may_throw_or_have_other_types_are_guarded() {
    check_with(
        Plan { choose: true, ..Plan::default() },
        r#"
fn run(x, a)
    let s, v, i = 0, 0, 0
    while i < 12 do
        x = (x * 5 + 3) & 255
        if x < 128 then v = 1.5 end
        if x < 64 then s += a[i] end
        i += 1
    end
    return s
end
print(run(7, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]))
"#,
        expect![[r#"
            trace 1 root f1:4
            %0: any = slot r4
            %1: int = guard.int %0 -> s0
            %2: any = slot r0
            %3: int = guard.int %2 -> s0
            loop -> s3
            %5: int = phi %1, %16
            %6: int = phi %3, %12
            poll -> s3
            %8: bool = lt.int %5, 12
            guard.true %8 -> s1
            %10: int = mul.int %6, 5
            %11: int = add.int %10, 3
            %12: int = and.int %11, 255
            %13: bool = lt.int %12, 128
            %14: bool = lt.int %12, 64
            guard.false %14 -> s2
            %16: int = add.int %5, 1
            snapshot s0 f1:4 base 0 { }
            snapshot s1 f1:5 base 0 { r0: %6, r4: %5 }
            snapshot s2 f1:11 base 0 { r0: %12, r4: %5 }
            snapshot s3 f1:4 base 0 { r0: %6, r4: %5 }
            link loop
            ---
            35
        "#]],
    );
}
