//! What is thrown and caught within a trace.

use expect_test::expect;

use super::check;

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
fn what_is_not_recorded_of_errors() {
    check(
        r#"
fn run(a)
    for i in 0..12 do
        try
            try
                remove_at(a, 1)
            finally
                a[0] = 1
            end
        catch
        end
    end
end
run([1])
"#,
        expect![[r#"
            abandoned at line 6: the instruction is about to throw
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
