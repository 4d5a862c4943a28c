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
fn push_and_pop() {
    check(
        r#"
let a = [1]
let i = 0
while i < 6 do
    a.push(i)
    i += a.pop() + 1
end
print(a)
"#,
        expect![[r#"
            trace 1 root f0:6
            %0: any = slot g1
            %1: int = guard.int %0 -> s0
            %2: any = slot g0
            guard.def %2 -> s0
            %4: arr.int = guard.arr.int %2 -> s0
            loop -> s5
            %6: int = phi %1, %24
            poll -> s5
            %8: bool = lt.int %6, 6
            guard.true %8 -> s1
            reserve %4 -> s3
            %11: int = arr.len %4
            %12: int = add.int %11, 1
            %13: ptr = arr.data %4
            set.len %4, %12
            store.int %13, %11, %6
            %16: int = arr.len %4
            %17: bool = ne.int %16, 0
            guard.true %17 -> s4
            %19: int = sub.int %16, 1
            %20: ptr = arr.data %4
            %21: int = load.int %20, %19
            set.len %4, %19
            %23: int = add.int %21, 1
            %24: int = add.int %6, %23
            snapshot s0 f0:6 base 0 { }
            snapshot s1 f0:8 base 0 { r0: %6, g1: %6 }
            snapshot s2 f0:10 base 0 { r0: %2, g1: %6 }
            snapshot s3 f0:12 base 0 { r1: value#0, r2: %2, r3: %6, g1: %6 }
            snapshot s4 f0:16 base 0 { r0: %6, r2: value#1, r3: %2, g1: %6 }
            snapshot s5 f0:6 base 0 { g1: %6 }
            link loop
            ---
            [1]
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
    a.insert(0, i + 1)
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
            %5: int = phi %1, %20
            poll -> s5
            %7: bool = lt.int %5, 6
            guard.true %7 -> s1
            %9: arr.int = guard.arr.int %2 -> s2
            %10: int = add.int %5, 1
            %11: any = box.int %10
            %12: any = call 76 (%2, value#0, %11)
            guard.def %12 -> s3
            %14: arr.int = guard.arr.int %2 -> s4
            %15: int = arr.len %14
            %16: bool = ult.int 0, %15
            guard.true %16 -> s4
            %18: ptr = arr.data %14
            %19: int = load.int %18, 0
            %20: int = add.int %5, %19
            snapshot s0 f0:6 base 0 { }
            snapshot s1 f0:8 base 0 { r0: %5, g1: %5 }
            snapshot s2 f0:10 base 0 { r0: %2, g1: %5 }
            snapshot s3 f0:14 base 0 { r1: value#1, r2: %2, r3: 0, r4: %10, g1: %5 }
            snapshot s4 f0:18 base 0 { r0: %5, r1: %2, r2: 0, g1: %5 }
            snapshot s5 f0:6 base 0 { g1: %5 }
            link loop
            ---
            [4, 2, 1, 1]
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
fn keys_of_dicts_are_looked_for_and_what_is_found_is_guarded() {
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
            %3: dict = guard.dict %2 -> s0
            %4: any = slot r1
            %5: int = guard.int %4 -> s0
            %6: any = slot r3
            %7: int = guard.int %6 -> s0
            loop -> s7
            %9: int = phi %1, %39
            %10: int = phi %5, %28
            poll -> s7
            %12: int = mod.int %9, 3
            %13: any = box.int %12
            %14: ptr = dict.find %3, %13
            %15: bool = same %14, nowhere
            guard.true %15 -> s1
            %17: any = box.int %12
            %18: any = box.int %9
            %19: any = dict.set %3, %17, %18
            guard.def %19 -> s1
            %21: int = mod.int %9, 3
            %22: any = box.int %21
            %23: ptr = dict.find %3, %22
            %24: bool = same %23, nowhere
            guard.false %24 -> s2
            %26: any = load.value %23
            %27: int = guard.int %26 -> s3
            %28: int = add.int %10, %27
            %29: ptr = dict.find %3, value#0
            %30: bool = same %29, nowhere
            %31: bool = not.bool %30
            guard.false %31 -> s4
            %33: any = box.int %28
            %34: any = box.int %9
            %35: any = new.dict (value#1, %33, %34, value#2)
            %36: dict = guard.dict %35 -> s5
            %37: bool = lt.int %9, %7
            guard.true %37 -> s6
            %39: int = add.int %9, 1
            snapshot s0 f1:7 base 0 { }
            snapshot s1 f1:9 base 0 { r1: %10, r2: %9, r5: %9, r6: %12 }
            snapshot s2 f1:11 base 0 { r1: %10, r2: %9, r5: %9, r6: %21 }
            snapshot s3 f1:12 base 0 { r1: %10, r2: %9, r5: %9, r6: %26 }
            snapshot s4 f1:15 base 0 { r1: %28, r2: %9, r5: %9, r6: %31 }
            snapshot s5 f1:21 base 0 { r1: %28, r2: %9, r6: str#3, r7: %28, r8: %9, r9: 2 }
            snapshot s6 f1:22 base 0 { r1: %28, r2: %9 }
            snapshot s7 f1:7 base 0 { r1: %10, r2: %9, r5: %9 }
            link loop
            ---
            435
        "#]],
    );
}

#[test]
fn loops_over_dicts_go_through_the_entries() {
    check(
        "let n = 0\nlet d = dict(enumerate(range(99)))\nfor k in d do n = n + 1 end\nprint(n)",
        expect![[r#"
            trace 1 root f0:11
            %0: any = slot r0
            %1: iter = guard.iter %0 -> s0
            %2: any = slot r1
            %3: int = guard.int %2 -> s0
            %4: any = slot g0
            %5: int = guard.int %4 -> s0
            loop -> s2
            %7: int = phi %3, %21
            %8: int = phi %5, %22
            poll -> s2
            %10: dict = iter.dict %1
            %11: int = iter.changes %1
            %12: int = dict.changes %10
            %13: bool = eq.int %12, %11
            guard.true %13 -> s1
            %15: int = dict.next %10, %7
            %16: bool = lt.int %15, 0
            guard.false %16 -> s1
            %18: ptr = dict.entry %10, %15
            %19: any = load.key %18
            %20: any = load.value %18
            %21: int = add.int %15, 1
            %22: int = add.int %8, 1
            snapshot s0 f0:11 base 0 { }
            snapshot s1 f0:12 base 0 { r1: %7, g0: %8 }
            snapshot s2 f0:11 base 0 { r1: %7, g0: %8 }
            link loop
            ---
            99
        "#]],
    );
}

#[test]
fn a_dict_that_gets_keys_and_loses_some() {
    check(
        r#"
let d = {}
for i in 0..30 do
    d[i] = [i]
    if has_key(d, i - 1) then remove(d, i - 1) end
end
print(d)
"#,
        expect![[r#"
            trace 1 root f0:7
            %0: any = slot g0
            %1: dict = guard.dict %0 -> s0
            %2: any = slot r3
            %3: int = guard.int %2 -> s0
            %4: any = slot r1
            %5: int = guard.int %4 -> s0
            loop -> s4
            %7: int = phi %3, %29
            poll -> s4
            %9: any = box.int %7
            %10: any = new.array (%9)
            %11: any = box.int %7
            %12: ptr = dict.find %1, %11
            %13: bool = same %12, nowhere
            guard.true %13 -> s1
            %15: any = box.int %7
            %16: any = dict.set %1, %15, %10
            guard.def %16 -> s1
            %18: int = sub.int %7, 1
            %19: any = box.int %18
            %20: ptr = dict.find %1, %19
            %21: bool = same %20, nowhere
            %22: bool = not.bool %21
            guard.true %22 -> s2
            %24: int = sub.int %7, 1
            %25: any = box.int %24
            %26: any = dict.remove %1, %25
            %27: bool = lt.int %7, %5
            guard.true %27 -> s3
            %29: int = add.int %7, 1
            snapshot s0 f0:7 base 0 { }
            snapshot s1 f0:11 base 0 { r0: %7, r3: %7, r4: %1, r5: %10 }
            snapshot s2 f0:15 base 0 { r0: %7, r3: %7, r4: %22 }
            snapshot s3 f0:19 base 0 { r0: %7 }
            snapshot s4 f0:7 base 0 { r0: %7, r3: %7 }
            link loop
            ---
            {29: [29]}
        "#]],
    );
}

#[test]
fn literals_of_dicts_in_parts() {
    check(
        r#"
let n = 0
for i in 0..30 do
    let d = {(i): 1, (i + 1): 2, c: 3}
    n += dict_get(d, "c") + dict_get(d, "e", 1) + len(d)
end
print(n)
"#,
        expect![[r#"
            trace 1 root f0:7
            %0: any = slot r3
            %1: int = guard.int %0 -> s0
            %2: any = slot g0
            %3: int = guard.int %2 -> s0
            %4: any = slot r1
            %5: int = guard.int %4 -> s0
            loop -> s8
            %7: int = phi %1, %33
            %8: int = phi %3, %30
            poll -> s8
            %10: any = box.int %7
            %11: any = new.dict (%10, value#0)
            %12: dict = guard.dict %11 -> s1
            %13: int = add.int %7, 1
            %14: any = box.int %13
            %15: any = dict.extend %12 (%14, value#1)
            guard.def %15 -> s2
            %17: any = dict.extend %12 (value#2, value#3)
            guard.def %17 -> s3
            %19: ptr = dict.find %12, value#2 near 2
            %20: bool = same %19, nowhere
            guard.false %20 -> s4
            %22: any = load.value %19
            %23: ptr = dict.find %12, value#4
            %24: bool = same %23, nowhere
            guard.true %24 -> s5
            %26: int = guard.int %22 -> s6
            %27: int = add.int %26, 1
            %28: int = dict.len %12
            %29: int = add.int %27, %28
            %30: int = add.int %8, %29
            %31: bool = lt.int %7, %5
            guard.true %31 -> s7
            %33: int = add.int %7, 1
            snapshot s0 f0:7 base 0 { }
            snapshot s1 f0:10 base 0 { r0: %7, r3: %7, r5: %7, r6: 1, g0: %8 }
            snapshot s2 f0:13 base 0 { r0: %7, r4: %12, r5: %13, r6: 2, g0: %8 }
            snapshot s3 f0:16 base 0 { r0: %7, r4: %12, r5: str#5, r6: 3, g0: %8 }
            snapshot s4 f0:20 base 0 { r0: %7, r4: %12, r5: %8, r6: %12, r7: str#5, g0: %8 }
            snapshot s5 f0:24 base 0 { r0: %7, r4: %12, r5: %8, r6: %22, r7: %12, r8: str#6, r9: 1, g0: %8 }
            snapshot s6 f0:25 base 0 { r0: %7, r4: %12, r5: %8, r6: %22, r7: 1, g0: %8 }
            snapshot s7 f0:31 base 0 { r0: %7, g0: %30 }
            snapshot s8 f0:7 base 0 { r0: %7, r3: %7, g0: %8 }
            link loop
            ---
            210
        "#]],
    );
}

#[test]
fn characters_are_bytes_where_they_are_compared() {
    check(
        r#"
let s, n = "abcdefghijabcdefghijabcdefghij", 0
for i in 0..30 do
    let c = s[i]
    if c == "a" then n += 1 end
    if c < "c" then n += 10 end
    if c != s[i - i] then n += ord(c) end
    if c == "ab" then n += char(n % 128) end
end
print(n)
"#,
        expect![[r#"
            trace 1 root f0:9
            %0: any = slot g0
            %1: str = guard.str %0 -> s0
            %2: any = slot r3
            %3: int = guard.int %2 -> s0
            %4: any = slot g1
            %5: int = guard.int %4 -> s0
            %6: any = slot r1
            %7: int = guard.int %6 -> s0
            loop -> s7
            %9: int = phi %3, %34
            %10: int = phi %5, %31
            poll -> s7
            %12: int = str.len %1
            %13: bool = ult.int %9, %12
            guard.true %13 -> s1
            %15: ptr = guard.ascii %1 -> s1
            %16: int = str.byte %15, %9
            %17: str = str.char %16, place#0
            %18: bool = eq.int %16, 97
            guard.false %18 -> s2
            %20: bool = lt.int %16, 99
            guard.false %20 -> s3
            %22: int = sub.int %9, %9
            %23: int = str.len %1
            %24: bool = ult.int %22, %23
            guard.true %24 -> s4
            %26: ptr = guard.ascii %1 -> s4
            %27: int = str.byte %26, %22
            %28: str = str.char %27, place#0
            %29: bool = eq.int %16, %27
            guard.false %29 -> s5
            %31: int = add.int %10, %16
            %32: bool = lt.int %9, %7
            guard.true %32 -> s6
            %34: int = add.int %9, 1
            snapshot s0 f0:9 base 0 { }
            snapshot s1 f0:11 base 0 { r0: %9, r3: %9, r4: %1, g1: %10 }
            snapshot s2 f0:12 base 0 { r0: %9, r3: %9, r4: %17, g1: %10 }
            snapshot s3 f0:17 base 0 { r0: %9, r3: %9, r4: %17, r5: str#1, g1: %10 }
            snapshot s4 f0:23 base 0 { r0: %9, r4: %17, r5: %1, r6: %22, g1: %10 }
            snapshot s5 f0:24 base 0 { r0: %9, r4: %17, r5: %28, g1: %10 }
            snapshot s6 f0:37 base 0 { r0: %9, g1: %31 }
            snapshot s7 f0:9 base 0 { r0: %9, r3: %9, g1: %10 }
            link loop
            ---
            2817
        "#]],
    );
}

#[test]
fn characters_of_strings_that_are_not_ascii_are_called_for() {
    check(
        "let s, n = \"äöüäöüäöüäöüäöüäöüäöü\", 0\nfor c in s do if c == \"ö\" then n += 1 end end\nprint(n)",
        expect![[r#"
            trace 1 root f0:8
            %0: any = slot r0
            %1: str = guard.str %0 -> s0
            %2: any = slot r1
            %3: int = guard.int %2 -> s0
            loop -> s3
            %5: int = phi %3, %15
            poll -> s3
            %7: int = str.len %1
            %8: bool = ult.int %5, %7
            guard.true %8 -> s1
            %10: any = box.str %1
            %11: any = box.int %5
            %12: any = call 66 (%10, %11)
            guard.def %12 -> s1
            %14: str = guard.str %12 -> s1
            %15: int = add.int %5, 1
            %16: bool = eq.str %14, str#0
            guard.false %16 -> s2
            snapshot s0 f0:8 base 0 { }
            snapshot s1 f0:9 base 0 { r1: %5 }
            snapshot s2 f0:10 base 0 { r1: %15, r2: %14 }
            snapshot s3 f0:8 base 0 { r1: %5 }
            link loop
            ---
            7
        "#]],
    );
}
