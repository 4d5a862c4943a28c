//! `match`.

use expect_test::expect;

use super::check;

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
            %1: dict = guard.dict %0 -> s0
            %2: any = slot r1
            %3: int = guard.int %2 -> s0
            %4: any = slot r2
            %5: int = guard.int %4 -> s0
            %6: any = slot r3
            %7: int = guard.int %6 -> s0
            loop -> s6
            %9: int = phi %3, %21
            %10: int = phi %5, %24
            poll -> s6
            %12: ptr = dict.find %1, value#0
            %13: bool = same %12, nowhere
            guard.true %13 -> s1
            %15: ptr = dict.find %1, value#1 near 0
            %16: bool = same %15, nowhere
            guard.false %16 -> s2
            %18: any = load.value %15
            guard.def %18 -> s3
            %20: int = guard.int %18 -> s4
            %21: int = add.int %9, %20
            %22: bool = lt.int %10, %7
            guard.true %22 -> s5
            %24: int = add.int %10, 1
            snapshot s0 f1:6 base 0 { }
            snapshot s1 f1:8 base 0 { r1: %9, r2: %10, r7: str#2 }
            snapshot s2 f1:13 base 0 { r1: %9, r2: %10, r7: str#3 }
            snapshot s3 f1:14 base 0 { r1: %9, r2: %10, r6: %18 }
            snapshot s4 f1:15 base 0 { r1: %9, r2: %10, r6: %18 }
            snapshot s5 f1:16 base 0 { r1: %21, r2: %10 }
            snapshot s6 f1:6 base 0 { r1: %9, r2: %10, r5: %10 }
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
            %1: dict = guard.dict %0 -> s0
            %2: any = slot r1
            %3: dict = guard.dict %2 -> s0
            %4: any = slot r2
            %5: int = guard.int %4 -> s0
            %6: any = slot r3
            %7: int = guard.int %6 -> s0
            %8: any = slot r4
            %9: int = guard.int %8 -> s0
            loop -> s3
            %11: int = phi %5, %18
            %12: int = phi %7, %21
            poll -> s3
            %14: any = box.dict %1
            %15: any = box.dict %3
            %16: bool = same %14, %15
            guard.false %16 -> s1
            %18: int = add.int %11, 1000
            %19: bool = lt.int %12, %9
            guard.true %19 -> s2
            %21: int = add.int %12, 1
            snapshot s0 f1:6 base 0 { }
            snapshot s1 f1:14 base 0 { r2: %11, r3: %12 }
            snapshot s2 f1:19 base 0 { r2: %18, r3: %12 }
            snapshot s3 f1:6 base 0 { r2: %11, r3: %12, r6: %12 }
            link loop
            ---
            20000
        "#]],
    );
}
