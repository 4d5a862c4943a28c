//! Arrays and dicts.

use expect_test::expect;

use super::check;

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
            loop -> s5
            %5: int = phi %1, %19
            poll -> s5
            %7: bool = lt.int %5, 6
            guard.true %7 -> s1
            %9: arr.int = guard.arr.int %2 -> s2
            %10: any = box.int %5
            %11: any = call 74 (%2, %10)
            guard.def %11 -> s3
            %13: arr.int = guard.arr.int %2 -> s4
            %14: int = arr.len %13
            %15: bool = ult.int 0, %14
            guard.true %15 -> s4
            %17: ptr = arr.data %13
            %18: int = load.int %17, 0
            %19: int = add.int %5, %18
            snapshot s0 f0:6 base 0 { }
            snapshot s1 f0:8 base 0 { r0: %5, g1: %5 }
            snapshot s2 f0:10 base 0 { r0: %2, g1: %5 }
            snapshot s3 f0:12 base 0 { r1: value#0, r2: %2, r3: %5, g1: %5 }
            snapshot s4 f0:16 base 0 { r0: %5, r1: %2, r2: 0, g1: %5 }
            snapshot s5 f0:6 base 0 { g1: %5 }
            link loop
            ---
            [1, 0, 1, 2, 3, 4, 5]
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
