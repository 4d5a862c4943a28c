//! Side traces.

use expect_test::expect;

use super::{Plan, check_with};

#[test]
fn the_other_way_of_a_branch() {
    check_with(
        Plan { side: Some((1, 2, 2)), after: 1, link: true, ..Plan::default() },
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
        Plan { side: Some((1, 1, 4)), after: 2, link: true, ..Plan::default() },
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
            %3: any = slot r3
            %4: int = guard.int %3 -> s0
            guard.stack 13 -> s0
            %6: bool = lt.int 0, 4
            guard.true %6 -> s1
            %8: int = sub.int 4, 1
            snapshot s0 f0:9 base 0 { }
            snapshot s1 f1:5 base 7 { r4: %1, r5: pc f0:14, r6: %2, r7: %4, r8: 0, r9: 0, r10: 4, r11: 1 }
            snapshot s2 f1:6 base 7 { r4: %1, r5: pc f0:14, r6: %2, r7: %4, r8: 0, r9: 0, r10: %8, r11: 1, r12: 0 }
            link trace 1 -> s2
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
