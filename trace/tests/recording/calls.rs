//! Calls of functions and of builtins, captured variables.

use expect_test::expect;

use super::check;

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
            guard.stack 6 -> s0
            loop -> s3
            %5: int = phi %1, %14
            poll -> s3
            %7: bool = lt.int %5, 12
            guard.true %7 -> s1
            %9: int = mul.int %5, 2
            %10: int = mod.int %9, 2
            %11: bool = eq.int %10, 0
            guard.true %11 -> s2
            %13: int = div.int %9, 2
            %14: int = add.int %13, 1
            snapshot s0 f2:2 base 0 { }
            snapshot s1 f2:3 base 0 { r0: %5 }
            snapshot s2 f1:5 base 3 { r1: pc f2:7, r2: %2, r3: %9, r4: 2, r5: %10 }
            snapshot s3 f2:2 base 0 { r0: %5 }
            link loop
            ---
            12
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
            guard.stack 5 -> s0
            loop -> s6
            %5: int = phi %1, %28
            poll -> s6
            %7: bool = lt.int %5, 40
            guard.true %7 -> s1
            %9: fn = guard.fn %2 -> s2
            %10: any = fn.capture %9, 0
            %11: ptr = cell.addr %10
            %12: any = load.cell %11
            guard.def %12 -> s2
            %14: any = fn.capture %9, 1
            %15: int = guard.int %12 -> s3
            %16: int = guard.int %14 -> s3
            %17: int = add.int %15, %16
            %18: any = fn.capture %9, 0
            %19: any = box.int %17
            %20: ptr = cell.addr %18
            barrier %18
            store.cell %20, %19
            %23: any = fn.capture %9, 0
            %24: ptr = cell.addr %23
            %25: any = load.cell %24
            guard.def %25 -> s4
            %27: int = guard.int %25 -> s5
            %28: int = add.int %5, %27
            snapshot s0 f0:8 base 0 { }
            snapshot s1 f0:10 base 0 { r0: %5, g2: %5 }
            snapshot s2 f2:1 base 3 { r0: %5, r1: pc f0:14, r2: %2, g2: %5 }
            snapshot s3 f2:3 base 3 { r0: %5, r1: pc f0:14, r2: %9, r3: %12, r4: %14, g2: %5 }
            snapshot s4 f2:5 base 3 { r0: %5, r1: pc f0:14, r2: %9, g2: %5 }
            snapshot s5 f0:14 base 0 { r0: %5, r1: %25, g2: %5 }
            snapshot s6 f0:8 base 0 { g2: %5 }
            link loop
            ---
            42
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
            %15: arr.int = guard.arr.int %14 -> s2
            %16: any = new.closure proto f1 ()
            guard.proto %3, proto f6 -> s3
            %18: any = call 97 (value#2, %14)
            guard.def %18 -> s4
            %20: any = box.arr %6
            %21: any = box.arr %6
            %22: bool = same %20, %21
            guard.true %22 -> s5
            %24: int = arr.len %15
            %25: bool = eq.int %24, 0
            guard.false %25 -> s6
            %27: int = arr.len %15
            %28: bool = ult.int 0, %27
            guard.true %28 -> s7
            %30: ptr = arr.data %15
            %31: int = load.int %30, 0
            %32: int = arr.len %15
            %33: bool = lt.int 1, %32
            guard.true %33 -> s8
            %35: int = arr.len %15
            %36: bool = ult.int 1, %35
            guard.true %36 -> s9
            %38: ptr = arr.data %15
            %39: int = load.int %38, 1
            %40: fn = guard.fn %16 -> s10
            guard.proto %40, proto f1 -> s10
            %42: int = add.int %31, %39
            %43: int = add.int 1, 1
            %44: int = arr.len %15
            %45: bool = lt.int %43, %44
            guard.true %45 -> s11
            %47: int = arr.len %15
            %48: bool = ult.int %43, %47
            guard.true %48 -> s12
            %50: ptr = arr.data %15
            %51: int = load.int %50, %43
            guard.proto %40, proto f1 -> s13
            %53: int = add.int %42, %51
            %54: int = add.int %43, 1
            %55: int = arr.len %15
            %56: bool = lt.int %54, %55
            guard.false %56 -> s14
            %58: int = add.int %9, %53
            snapshot s0 f0:3 base 0 { }
            snapshot s1 f0:5 base 0 { r0: %9, g0: %9 }
            snapshot s2 f0:11 base 0 { r0: %9, r1: %14, g0: %9 }
            snapshot s3 f0:13 base 0 { r0: %9, r2: %3, r3: %14, r4: %16, g0: %9 }
            snapshot s4 f6:6 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %16, r5: %4, r6: str#3, r7: %14, g0: %9 }
            snapshot s5 f6:10 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %16, r5: %4, r6: 0, r7: %4, r8: %4, g0: %9 }
            snapshot s6 f6:13 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %16, r8: %24, g0: %9 }
            snapshot s7 f6:17 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %16, r8: 0, g0: %9 }
            snapshot s8 f6:22 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %16, r6: 1, r7: %31, r8: %32, g0: %9 }
            snapshot s9 f6:25 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %16, r6: 1, r9: %16, r10: %31, g0: %9 }
            snapshot s10 f6:26 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %16, r6: 1, r9: %16, r10: %31, r11: %39, g0: %9 }
            snapshot s11 f6:22 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %16, r6: %43, r7: %42, r8: %44, g0: %9 }
            snapshot s12 f6:25 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %16, r6: %43, r9: %16, r10: %42, g0: %9 }
            snapshot s13 f6:26 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %16, r6: %43, r9: %16, r10: %42, r11: %51, g0: %9 }
            snapshot s14 f6:22 base 3 { r0: %9, r1: pc f0:14, r2: %3, r3: %14, r4: %16, r6: %54, r7: %53, r8: %55, g0: %9 }
            snapshot s15 f0:3 base 0 { g0: %9 }
            link loop
            abandoned at line 100: the loop was left in the round that was recorded
            abandoned at line 100: the loop was left in the round that was recorded
            ---
            93
        "#]],
    );
}
