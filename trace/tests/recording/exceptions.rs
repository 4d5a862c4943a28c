//! What is thrown and caught within a trace.

use expect_test::expect;

use super::{Plan, check, check_with};

#[test]
fn a_throw_is_a_way_to_the_handler() {
    check(
        r#"
fn check(i)
    if i >= 0 then throw i end
    return i
end
fn run()
    let s, i = 0, 0
    while i < 12 do
        try
            s += check(i)
        catch e
            s -= e
        end
        i += 1
    end
    return s
end
print(run())
"#,
        expect![[r#"
            trace 1 root f2:3
            %0: any = slot r1
            %1: int = guard.int %0 -> s0
            %2: any = slot g0
            %3: any = slot r0
            %4: int = guard.int %3 -> s0
            guard.stack 6 -> s0
            loop -> s3
            %7: int = phi %1, %15
            %8: int = phi %4, %14
            poll -> s3
            %10: bool = lt.int %7, 12
            guard.true %10 -> s1
            %12: bool = le.int 0, %7
            guard.true %12 -> s2
            %14: int = sub.int %8, %7
            %15: int = add.int %7, 1
            snapshot s0 f2:3 base 0 { }
            snapshot s1 f2:4 base 0 { r0: %8, r1: %7 }
            snapshot s2 f1:1 base 5 { r0: %8, r1: %7, r3: pc f2:8, r4: %2, r5: %7 }
            snapshot s3 f2:3 base 0 { r0: %8, r1: %7 }
            link loop
            ---
            -66
        "#]],
    );
}

#[test]
fn an_error_gets_its_line() {
    check(
        r#"
fn run()
    let s, i = 0, 0
    while i < 12 do
        try
            throw Error("bad")
        catch e
            s += e.line
        end
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
            guard.stack 13 -> s0
            loop -> s5
            %6: int = phi %1, %22
            %7: int = phi %3, %21
            poll -> s5
            %9: bool = lt.int %6, 12
            guard.true %9 -> s1
            %11: obj = guard.shape value#0, 2147483648 -> s2
            %12: any = new.instance 1048581 (value#1, value#2, nil)
            %13: obj = shaped %12, 1048581
            %14: fn = method %11, place#3
            store.field %13, 24, value#4
            %16: any = load.field %13, 32
            guard.nil %16 -> s3
            store.field %13, 32, value#5
            %19: any = load.field %13, 32
            %20: int = guard.int %19 -> s4
            %21: int = add.int %7, %20
            %22: int = add.int %6, 1
            snapshot s0 f1:3 base 0 { }
            snapshot s1 f1:4 base 0 { r0: %7, r1: %6 }
            snapshot s2 f1:7 base 0 { r0: %7, r1: %6, r4: value#0, r5: str#6 }
            snapshot s3 f1:8 base 0 { r0: %7, r1: %6, r3: %12 }
            snapshot s4 f1:10 base 0 { r0: %7, r1: %6, r3: %19 }
            snapshot s5 f1:3 base 0 { r0: %7, r1: %6 }
            link loop
            ---
            72
        "#]],
    );
}

#[test]
fn what_an_instruction_throws() {
    check(
        r#"
fn run(a)
    let s, i = 0, 0
    while i < 12 do
        try
            s += a[i + 2]
        catch
            s -= 1
        end
        i += 1
    end
    return s
end
print(run([1, 2]))
"#,
        expect![[r#"
            trace 1 root f1:3
            %0: any = slot r2
            %1: int = guard.int %0 -> s0
            %2: any = slot r0
            %3: arr.int = guard.arr.int %2 -> s0
            %4: any = slot r1
            %5: int = guard.int %4 -> s0
            loop -> s3
            %7: int = phi %1, %20
            %8: int = phi %5, %19
            poll -> s3
            %10: bool = lt.int %7, 12
            guard.true %10 -> s1
            %12: int = add.int %7, 2
            %13: int = arr.len %3
            %14: bool = ult.int %12, %13
            guard.false %14 -> s2
            %16: any = box.int %12
            %17: any = call 121 (value#0, value#1, value#1, %2, %16)
            guard.def %17 -> s2
            %19: int = sub.int %8, 1
            %20: int = add.int %7, 1
            snapshot s0 f1:3 base 0 { }
            snapshot s1 f1:4 base 0 { r1: %8, r2: %7 }
            snapshot s2 f1:6 base 0 { r1: %8, r2: %7, r4: %12 }
            snapshot s3 f1:3 base 0 { r1: %8, r2: %7 }
            link loop
            ---
            -12
        "#]],
    );
}

#[test]
fn a_call_of_a_builtin_that_throws_is_taken_back() {
    check(
        r#"
fn run(text)
    let s, i = 0, 0
    while i < 12 do
        let x = i
        try
            x = int(text)
        catch
            s += x
        end
        i += 1
    end
    return s
end
print(run("no int"))
"#,
        expect![[r#"
            trace 1 root f1:3
            %0: any = slot r2
            %1: int = guard.int %0 -> s0
            %2: any = slot r0
            %3: str = guard.str %2 -> s0
            %4: any = slot r1
            %5: int = guard.int %4 -> s0
            loop -> s3
            %7: int = phi %1, %16
            %8: int = phi %5, %15
            poll -> s3
            %10: bool = lt.int %7, 12
            guard.true %10 -> s1
            %12: any = box.str %3
            %13: any = call 122 (value#0, value#1, %12)
            guard.def %13 -> s2
            %15: int = add.int %8, %7
            %16: int = add.int %7, 1
            snapshot s0 f1:3 base 0 { }
            snapshot s1 f1:4 base 0 { r1: %8, r2: %7 }
            snapshot s2 f1:7 base 0 { r1: %8, r2: %7, r3: %7, r5: %3 }
            snapshot s3 f1:3 base 0 { r1: %8, r2: %7 }
            link loop
            ---
            66
        "#]],
    );
}

#[test]
fn a_finally_within_a_catch() {
    check(
        r#"
fn run(a)
    for i in 0..12 do
        try
            try
                throw i
            finally
                a[0] += 1
            end
        catch e
            a[1] += e
        end
    end
end
let a = [0, 0]
run(a)
print(a)
"#,
        expect![[r#"
            trace 1 root f1:5
            %0: any = slot r4
            %1: int = guard.int %0 -> s0
            %2: any = slot r0
            %3: arr.int = guard.arr.int %2 -> s0
            %4: any = slot r2
            %5: int = guard.int %4 -> s0
            loop -> s7
            %7: int = phi %1, %35
            poll -> s7
            %9: int = arr.len %3
            %10: bool = ult.int 0, %9
            guard.true %10 -> s1
            %12: ptr = arr.data %3
            %13: int = load.int %12, 0
            %14: int = add.int %13, 1
            %15: int = arr.len %3
            %16: bool = ult.int 0, %15
            guard.true %16 -> s2
            %18: ptr = arr.data %3
            store.int %18, 0, %14
            %20: bool = eq.int 1, 0
            guard.false %20 -> s3
            %22: int = arr.len %3
            %23: bool = ult.int 1, %22
            guard.true %23 -> s4
            %25: ptr = arr.data %3
            %26: int = load.int %25, 1
            %27: int = add.int %26, %7
            %28: int = arr.len %3
            %29: bool = ult.int 1, %28
            guard.true %29 -> s5
            %31: ptr = arr.data %3
            store.int %31, 1, %27
            %33: bool = lt.int %7, %5
            guard.true %33 -> s6
            %35: int = add.int %7, 1
            snapshot s0 f1:5 base 0 { }
            snapshot s1 f1:9 base 0 { r1: %7, r6: 1, r7: %7, r8: 0 }
            snapshot s2 f1:11 base 0 { r1: %7, r6: 1, r7: %7, r8: 0, r9: %14 }
            snapshot s3 f1:13 base 0 { r1: %7, r6: 1, r7: %7, r8: 0 }
            snapshot s4 f1:18 base 0 { r1: %7, r5: %7, r6: 1 }
            snapshot s5 f1:20 base 0 { r1: %7, r6: 1, r7: %27 }
            snapshot s6 f1:21 base 0 { r1: %7 }
            snapshot s7 f1:5 base 0 { r1: %7, r4: %7 }
            link loop
            ---
            [12, 66]
        "#]],
    );
}

#[test]
fn a_catch_below_the_frame_of_the_trace() {
    check_with(
        Plan { side: Some((1, 1, 4)), after: 2, link: true, ..Plan::default() },
        r#"
fn inner(n)
    let s = 0
    for i in 0..4 do s += i end
    throw Error(s + n)
end
let total = 0
for i in 0..6 do
    try
        inner(i)
    catch e
        total += e.message
    end
end
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
            %0: any = slot g0
            %1: any = slot r3
            %2: int = guard.int %1 -> s0
            guard.stack 13 -> s0
            %4: bool = lt.int 0, 4
            guard.true %4 -> s1
            %6: int = sub.int 4, 1
            snapshot s0 f0:9 base 0 { }
            snapshot s1 f1:5 base 7 { r5: pc f0:13, r6: %0, r7: %2, r8: 0, r9: 0, r10: 4, r11: 1 }
            snapshot s2 f1:6 base 7 { r5: pc f0:13, r6: %0, r7: %2, r8: 0, r9: 0, r10: %6, r11: 1, r12: 0 }
            link trace 1 -> s2
            trace 3 exit 1/1 f1:8
            %0: int = inherit 0
            %1: int = inherit 1
            %2: any = slot r3
            %3: int = guard.int %2 -> s0
            %4: any = slot r0
            %5: int = guard.int %4 -> s0
            %6: any = slot g1
            %7: int = guard.int %6 -> s0
            guard.stack 12 -> s0
            %9: bool = eq.int %1, %3
            guard.true %9 -> s1
            %11: int = add.int %0, %5
            %12: obj = guard.shape value#0, 2147483648 -> s2
            %13: any = new.instance 1048581 (value#1, value#2, nil)
            %14: obj = shaped %13, 1048581
            %15: fn = method %12, place#3
            %16: any = box.int %11
            store.field %14, 24, %16
            guard.pc 2, pc f0:13 -> s3
            %19: any = load.field %14, 32
            guard.nil %19 -> s3
            store.field %14, 32, value#4
            %22: any = load.field %14, 24
            %23: int = guard.int %22 -> s4
            %24: int = add.int %7, %23
            %25: any = slot r-7
            %26: int = guard.int %25 -> s5
            %27: any = slot r-6
            %28: int = guard.int %27 -> s5
            %29: bool = lt.int %26, %28
            guard.true %29 -> s5
            %31: int = add.int %26, 1
            snapshot s0 f1:8 base 0 { r1: %0, r2: %1 }
            snapshot s1 f1:8 base 0 { r1: %0, r2: %1 }
            snapshot s2 f1:11 base 0 { r3: value#0, r4: %11 }
            snapshot s3 f1:12 base 0 { r2: %13 }
            snapshot s4 f0:16 base -7 { r-2: %7, r-1: %22 }
            snapshot s5 f0:18 base -7 { g1: %24 }
            snapshot s6 f0:9 base -7 { r-7: %31, r-4: %31, g1: %24 }
            link trace 2 -> s6
            ---
            51
        "#]],
    );
}

#[test]
fn what_is_not_recorded_of_errors() {
    // Nothing catches what the `finally` throws on: the interpreter is to note the calls that are open.
    check(
        r#"
fn run(a)
    for i in 0..12 do
        try
            throw i
        finally
            a[0] += 1
            continue
        end
    end
end
run([1])
"#,
        expect![[r#"
            abandoned at line 5: the instruction is about to throw
            ---
        "#]],
    );
    check(
        r#"
fn run(a)
    for i in 0..12 do
        try
            remove_at(a, 3)
        catch
        end
    end
end
run([1])
"#,
        expect![[r#"
            abandoned at line 5: the instruction is about to throw
            ---
        "#]],
    );
}

#[test]
fn an_array_that_is_empty() {
    check(
        r#"
fn run(a)
    for i in 0..12 do
        try
            pop(a)
        catch
        end
    end
end
run([])
"#,
        expect![[r#"
            trace 1 root f1:5
            %0: any = slot r0
            %1: arr.empty = guard.arr.empty %0 -> s0
            %2: any = slot r1
            %3: int = guard.int %2 -> s0
            %4: any = slot r2
            %5: int = guard.int %4 -> s0
            loop -> s3
            %7: int = phi %3, %13
            poll -> s3
            %9: any = call 121 (value#0, value#1, value#2, %0)
            guard.def %9 -> s1
            %11: bool = lt.int %7, %5
            guard.true %11 -> s2
            %13: int = add.int %7, 1
            snapshot s0 f1:5 base 0 { }
            snapshot s1 f1:7 base 0 { r1: %7, r6: %0 }
            snapshot s2 f1:9 base 0 { r1: %7 }
            snapshot s3 f1:5 base 0 { r1: %7, r4: %7 }
            link loop
            ---
        "#]],
    );
}
