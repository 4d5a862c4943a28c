//! Functions that call themselves: traces from their entries on, calls of these.

use expect_test::expect;

use super::{Plan, check_with};

const FUNCTIONS: Plan = Plan { side: None, after: 0, link: false, choose: false, functions: true };

#[test]
fn a_function_is_recorded_where_it_returns_and_a_loop_ends_with_its_call() {
    check_with(
        FUNCTIONS,
        r#"
fn sum(n)
    if n == 0 then return 0 end
    return n + sum(n - 1)
end
let total = 0
for i in 0..9 do
    total = total + sum(i)
end
print(total)
"#,
        expect![[r#"
            trace 1 root f1:0
            %0: int = inherit 0
            %1: bool = eq.int %0, 0
            guard.true %1 -> s1
            snapshot s0 f1:0 base 0 { r0: %0 }
            snapshot s1 f1:1 base 0 { r0: %0 }
            snapshot s2 f1:3 base 0 { r-2: 0 }
            link return -> s2
            trace 2 root f0:9
            %0: any = slot g1
            %1: int = guard.int %0 -> s0
            %2: any = slot g0
            %3: any = slot r3
            %4: int = guard.int %3 -> s0
            guard.stack 11 -> s0
            poll -> s0
            %7: int = call.fn %2 (%4) -> s1
            snapshot s0 f0:9 base 0 { }
            snapshot s1 f1:0 base 7 { r4: %1, r5: pc f0:14 }
            snapshot s2 f0:14 base 0 { r4: %1, r5: %7 }
            link interpreter -> s2
            ---
            120
        "#]],
    );
}

#[test]
fn a_call_in_place_of_the_frame_makes_a_loop_of_parameters() {
    check_with(
        FUNCTIONS,
        r#"
fn count(n, total)
    if n == 0 then return total end
    return count(n - 1, total + n)
end
print(count(20, 0))
"#,
        expect![[r#"
            trace 1 root f1:0
            %0: int = inherit 0
            %1: int = inherit 1
            %2: any = slot g0
            %3: any = slot r-1
            guard.stack 6 -> s0
            loop -> s2
            %6: int = phi %0, %12
            %7: int = phi %1, %13
            %8: any = phi %3, %2
            poll -> s2
            %10: bool = eq.int %6, 0
            guard.false %10 -> s1
            %12: int = sub.int %6, 1
            %13: int = add.int %7, %6
            snapshot s0 f1:0 base 0 { r0: %0, r1: %1 }
            snapshot s1 f1:1 base 0 { r-1: %8, r0: %6, r1: %7 }
            snapshot s2 f1:0 base 0 { r-1: %8, r0: %6, r1: %7 }
            link loop
            ---
            210
        "#]],
    );
}

#[test]
fn another_function_in_between_is_inlined() {
    check_with(
        FUNCTIONS,
        r#"
fn is_even(n)
    if n == 0 then return 1 end
    return 0 + is_odd(n - 1)
end
fn is_odd(n)
    if n == 0 then return 0 end
    return 0 + is_even(n - 1)
end
let even = 0
for i in 0..9 do
    even = even + is_even(i + 1)
end
print(even)
"#,
        expect![[r#"
            trace 1 root f1:0
            %0: int = inherit 0
            %1: bool = eq.int %0, 0
            guard.true %1 -> s1
            snapshot s0 f1:0 base 0 { r0: %0 }
            snapshot s1 f1:1 base 0 { r0: %0 }
            snapshot s2 f1:3 base 0 { r-2: 1 }
            link return -> s2
            trace 2 root f0:11
            %0: any = slot g2
            %1: int = guard.int %0 -> s0
            %2: any = slot g0
            %3: any = slot r3
            %4: int = guard.int %3 -> s0
            guard.stack 12 -> s0
            poll -> s0
            %7: int = add.int %4, 1
            %8: int = call.fn %2 (%7) -> s1
            snapshot s0 f0:11 base 0 { }
            snapshot s1 f1:0 base 7 { r4: %1, r5: pc f0:16 }
            snapshot s2 f0:16 base 0 { r4: %1, r5: %8 }
            link interpreter -> s2
            trace 3 root f2:0
            %0: int = inherit 0
            %1: any = slot g0
            guard.stack 12 -> s0
            poll -> s0
            %4: bool = eq.int %0, 0
            guard.false %4 -> s1
            %6: int = sub.int %0, 1
            %7: int = call.fn %1 (%6) -> s2
            snapshot s0 f2:0 base 0 { r0: %0 }
            snapshot s1 f2:1 base 0 { r0: %0 }
            snapshot s2 f1:0 base 4 { r1: 0, r2: pc f2:8 }
            snapshot s3 f2:8 base 0 { r1: 0, r2: %7 }
            link interpreter -> s3
            ---
            4
        "#]],
    );
}

#[test]
fn what_is_passed_otherwise_is_to_be_passed_boxed() {
    check_with(
        FUNCTIONS,
        r#"
fn down(n)
    if n < 1 then return 0 end
    return 1 + down(n - 1)
end
down(9)
let steps = 0
for i in 0..9 do
    steps = steps + down(i + 0.5)
end
print(steps)
"#,
        expect![[r#"
            trace 1 root f1:0
            %0: int = inherit 0
            %1: bool = lt.int %0, 1
            guard.true %1 -> s1
            snapshot s0 f1:0 base 0 { r0: %0 }
            snapshot s1 f1:1 base 0 { r0: %0 }
            snapshot s2 f1:3 base 0 { r-2: 0 }
            link return -> s2
            abandoned at line 9: a function takes or gives a value of another type than agreed
            abandoned at line 9: a function takes or gives a value of another type than agreed
            abandoned at line 9: a function takes or gives a value of another type than agreed
            abandoned at line 9: a function takes or gives a value of another type than agreed
            ---
            36
        "#]],
    );
}
