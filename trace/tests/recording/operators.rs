//! Strings, operators, and builtins that are operations.

use expect_test::expect;

use super::check;

#[test]
fn strings() {
    check(
        r#"
let s = "abcdef"
let out = ""
for i, c in s do
    if c < "e" then out += s[i] + "${i}" end
end
print(out)
"#,
        expect![[r#"
            trace 1 root f0:8
            %0: any = slot r0
            %1: str = guard.str %0 -> s0
            %2: any = slot r1
            %3: int = guard.int %2 -> s0
            %4: any = slot g1
            %5: str = guard.str %4 -> s0
            %6: any = slot g0
            %7: str = guard.str %6 -> s0
            loop -> s6
            %9: int = phi %3, %18
            %10: str = phi %5, %31
            poll -> s6
            %12: int = str.len %1
            %13: bool = ult.int %9, %12
            guard.true %13 -> s1
            %15: ptr = guard.ascii %1 -> s1
            %16: int = str.byte %15, %9
            %17: str = str.char %16, place#0
            %18: int = add.int %9, 1
            %19: bool = lt.int %16, 101
            guard.true %19 -> s2
            %21: int = str.len %7
            %22: bool = ult.int %9, %21
            guard.true %22 -> s3
            %24: ptr = guard.ascii %7 -> s3
            %25: int = str.byte %24, %9
            %26: str = str.char %25, place#0
            %27: str = str.int %9
            %28: any = concat %26, %27
            %29: str = guard.str %28 -> s4
            %30: any = concat %10, %29
            %31: str = guard.str %30 -> s5
            snapshot s0 f0:8 base 0 { }
            snapshot s1 f0:9 base 0 { r1: %9, g1: %10 }
            snapshot s2 f0:11 base 0 { r1: %18, r2: %9, r3: %17, r4: str#1, g1: %10 }
            snapshot s3 f0:14 base 0 { r1: %18, r2: %9, r4: %10, r5: %7, g1: %10 }
            snapshot s4 f0:16 base 0 { r1: %18, r4: %10, r5: %26, r6: %27, g1: %10 }
            snapshot s5 f0:17 base 0 { r1: %18, r4: %10, r5: %29, g1: %10 }
            snapshot s6 f0:8 base 0 { r1: %9, g1: %10 }
            link loop
            ---
            a0b1c2d3
        "#]],
    );
}

#[test]
fn a_shift_out_of_range_and_a_builtin() {
    check(
        r#"
let x = 1
for i in 60..70 do
    x = max(abs(x ^ (-1 >> i)), floor(sqrt(x + i)))
end
print(x)
"#,
        expect![[r#"
            trace 1 root f0:7
            %0: any = slot g0
            %1: int = guard.int %0 -> s0
            %2: any = slot r3
            %3: int = guard.int %2 -> s0
            %4: any = slot r1
            %5: int = guard.int %4 -> s0
            loop -> s5
            %7: int = phi %1, %16
            %8: int = phi %3, %30
            poll -> s5
            %10: bool = ult.int %8, 64
            guard.true %10 -> s1
            %12: int = sar.int -1, %8
            %13: int = xor.int %7, %12
            %14: int = sar.int %13, 63
            %15: int = xor.int %13, %14
            %16: int = sub.int %15, %14
            %17: int = add.int %7, %8
            %18: float = conv.float %17
            %19: float = sqrt.float %18
            %20: float = floor.float %19
            %21: bool = le.float -9.223372036854776e18, %20
            guard.true %21 -> s2
            %23: bool = lt.float %20, 9.223372036854776e18
            guard.true %23 -> s2
            %25: int = conv.int %20
            %26: bool = lt.int %16, %25
            guard.false %26 -> s3
            %28: bool = lt.int %8, %5
            guard.true %28 -> s4
            %30: int = add.int %8, 1
            snapshot s0 f0:7 base 0 { }
            snapshot s1 f0:10 base 0 { r0: %8, r3: %8, r4: %7, r5: -1, g0: %7 }
            snapshot s2 f0:16 base 0 { r0: %8, r4: %16, r5: %19, g0: %7 }
            snapshot s3 f0:17 base 0 { r0: %8, r4: %16, r5: %25, g0: %7 }
            snapshot s4 f0:19 base 0 { r0: %8, g0: %16 }
            snapshot s5 f0:7 base 0 { r0: %8, r3: %8, g0: %7 }
            link loop
            ---
            16
        "#]],
    );
}

#[test]
fn a_character_of_a_constant_text_is_a_bit() {
    check(
        r#"
fn run(text)
    let n = 0
    for c in text do
        if c in "aeiou\n" then n += 1 end
    end
    return n
end
print(run("the quick brown fox jumps over a lazy dog"))
"#,
        expect![[r#"
            trace 1 root f1:5
            %0: any = slot r2
            %1: str = guard.str %0 -> s0
            %2: any = slot r3
            %3: int = guard.int %2 -> s0
            %4: any = slot r1
            %5: int = guard.int %4 -> s0
            loop -> s3
            %7: int = phi %3, %16
            %8: int = phi %5, %24
            poll -> s3
            %10: int = str.len %1
            %11: bool = ult.int %7, %10
            guard.true %11 -> s1
            %13: ptr = guard.ascii %1 -> s1
            %14: int = str.byte %13, %7
            %15: str = str.char %14, place#0
            %16: int = add.int %7, 1
            %17: bool = ult.int %14, 64
            %18: int = select.int %17, 1024, 9150281795239936
            %19: int = and.int %14, 63
            %20: int = shr.int %18, %19
            %21: int = and.int %20, 1
            %22: bool = eq.int %21, 1
            guard.true %22 -> s2
            %24: int = add.int %8, 1
            snapshot s0 f1:5 base 0 { }
            snapshot s1 f1:6 base 0 { r1: %8, r3: %7 }
            snapshot s2 f1:9 base 0 { r1: %8, r3: %16, r5: %22 }
            snapshot s3 f1:5 base 0 { r1: %8, r3: %7 }
            link loop
            ---
            11
        "#]],
    );
}
