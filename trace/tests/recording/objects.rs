//! Fields, methods and calls of classes.

use expect_test::expect;

use super::check;

#[test]
fn fields_of_an_instance() {
    check(
        r#"
class P
    let x = 0
    let y = 5
end
fn run(p)
    for i in 0..9 do p.x = p.x + (i & p.y) end
    return p.x
end
print(run(P()))
"#,
        expect![[r#"
            trace 1 root f2:5
            %0: any = slot r0
            %1: any = slot r4
            %2: int = guard.int %1 -> s0
            %3: any = slot r2
            %4: int = guard.int %3 -> s0
            loop -> s5
            %6: int = phi %2, %20
            poll -> s5
            %8: obj = guard.shape %0, 1048584 -> s1
            %9: any = load.field %8, 16
            %10: any = load.field %8, 24
            %11: int = guard.int %10 -> s2
            %12: int = and.int %6, %11
            %13: int = guard.int %9 -> s3
            %14: int = add.int %13, %12
            %15: any = box.int %14
            barrier %8
            store.field %8, 16, %15
            %18: bool = lt.int %6, %4
            guard.true %18 -> s4
            %20: int = add.int %6, 1
            snapshot s0 f2:5 base 0 { }
            snapshot s1 f2:6 base 0 { r1: %6, r4: %6 }
            snapshot s2 f2:8 base 0 { r1: %6, r4: %6, r5: %9, r6: %10 }
            snapshot s3 f2:9 base 0 { r1: %6, r5: %9, r6: %12 }
            snapshot s4 f2:11 base 0 { r1: %6 }
            snapshot s5 f2:5 base 0 { r1: %6, r4: %6 }
            link loop
            ---
            20
        "#]],
    );
}

#[test]
fn writes_of_what_is_no_reference_have_no_barrier() {
    check(
        r#"
class P
    let x = 0
end
fn run(p, q)
    for i in 0..9 do
        p.x = nil
        p.x = 1.5
        p.x = true
        p.x = i < 4
        p.x = 7
        p.x = q
    end
end
run(P(), P())
"#,
        expect![[r#"
            trace 1 root f2:5
            %0: any = slot r0
            %1: any = slot r5
            %2: int = guard.int %1 -> s0
            %3: any = slot r1
            %4: any = slot r3
            %5: int = guard.int %4 -> s0
            loop -> s3
            %7: int = phi %2, %21
            poll -> s3
            %9: obj = guard.shape %0, 1048583 -> s1
            store.field %9, 16, nil
            store.field %9, 16, value#0
            store.field %9, 16, value#1
            %13: bool = lt.int %7, 4
            %14: any = box.bool %13
            store.field %9, 16, %14
            store.field %9, 16, value#2
            barrier %9
            store.field %9, 16, %3
            %19: bool = lt.int %7, %5
            guard.true %19 -> s2
            %21: int = add.int %7, 1
            snapshot s0 f2:5 base 0 { }
            snapshot s1 f2:7 base 0 { r2: %7, r5: %7, r6: nil }
            snapshot s2 f2:18 base 0 { r2: %7 }
            snapshot s3 f2:5 base 0 { r2: %7, r5: %7 }
            link loop
            ---
        "#]],
    );
}

#[test]
fn a_method_and_a_function_in_a_field() {
    check(
        r#"
class P
    let x = 1
    let f = nil
    fn get(n) return self.x + n end
end
fn run(p)
    let s = 0
    p.f = fn(n) return n * 2 end
    for i in 0..9 do s = p.f(p.get(s)) end
    return s
end
print(run(P()))
"#,
        expect![[r#"
            trace 1 root f3:8
            %0: any = slot r0
            %1: any = slot r1
            %2: int = guard.int %1 -> s0
            %3: any = slot r2
            %4: int = guard.int %3 -> s0
            %5: any = slot r3
            %6: int = guard.int %5 -> s0
            guard.stack 15 -> s0
            loop -> s5
            %9: int = phi %2, %20
            %10: int = phi %4, %23
            poll -> s5
            %12: obj = guard.shape %0, 1048584 -> s1
            %13: any = load.field %12, 24
            %14: fn = method %12, place#0
            %15: any = load.field %12, 16
            %16: int = guard.int %15 -> s2
            %17: int = add.int %16, %9
            %18: fn = guard.fn %13 -> s3
            guard.proto %18, proto f4 -> s3
            %20: int = mul.int %17, 2
            %21: bool = lt.int %10, %6
            guard.true %21 -> s4
            %23: int = add.int %10, 1
            snapshot s0 f3:8 base 0 { }
            snapshot s1 f3:9 base 0 { r1: %9, r2: %10 }
            snapshot s2 f2:2 base 12 { r2: %10, r8: %13, r9: undef, r10: pc f3:13, r11: %14, r13: %9, r14: %15 }
            snapshot s3 f3:13 base 0 { r2: %10, r8: %13, r9: undef, r10: %17 }
            snapshot s4 f3:15 base 0 { r1: %20, r2: %10 }
            snapshot s5 f3:8 base 0 { r1: %9, r2: %10, r5: %10 }
            link loop
            ---
            1022
        "#]],
    );
}

#[test]
fn an_instance_that_gets_its_fields_from_init() {
    check(
        r#"
class P
    fn init(x, y)
        self.x = x
        self.y = y
    end
end
fn run()
    let s = 0
    for i in 0..9 do
        let p = P(i, s)
        s = p.x + p.y
    end
    return s
end
print(run())
"#,
        expect![[r#"
            trace 1 root f2:6
            %0: any = slot g0
            guard.def %0 -> s0
            %2: any = slot r4
            %3: int = guard.int %2 -> s0
            %4: any = slot r0
            %5: int = guard.int %4 -> s0
            %6: any = slot r2
            %7: int = guard.int %6 -> s0
            guard.stack 16 -> s0
            loop -> s4
            %10: int = phi %3, %31
            %11: int = phi %5, %28
            poll -> s4
            %13: obj = guard.shape %0, 2147483649 -> s1
            %14: any = new.instance 1048582 (nil, nil)
            %15: obj = shaped %14, 1048582
            %16: fn = method %13, place#0
            %17: fn = method %13, place#1
            %18: obj = add.field %15, 1048583
            %19: any = box.int %10
            store.field %18, 16, %19
            %21: obj = add.field %18, 1048584
            %22: any = box.int %11
            store.field %21, 24, %22
            %24: any = load.field %21, 16
            %25: any = load.field %21, 24
            %26: int = guard.int %24 -> s2
            %27: int = guard.int %25 -> s2
            %28: int = add.int %26, %27
            %29: bool = lt.int %10, %7
            guard.true %29 -> s3
            %31: int = add.int %10, 1
            snapshot s0 f2:6 base 0 { }
            snapshot s1 f2:10 base 0 { r1: %10, r6: %0, r7: %10, r8: %11 }
            snapshot s2 f2:13 base 0 { r1: %10, r6: %24, r7: %25 }
            snapshot s3 f2:14 base 0 { r0: %28, r1: %10 }
            snapshot s4 f2:6 base 0 { r0: %11, r1: %10, r4: %10 }
            link loop
            ---
            36
        "#]],
    );
}

#[test]
fn an_instance_whose_fields_have_values_that_are_computed_and_one_without_init() {
    check(
        r#"
class P
    let list = []
end
class Q
    let x = 4
end
fn run()
    let s = 0
    for i in 0..9 do s = s + P().list.len() + Q().x end
    return s
end
print(run())
"#,
        expect![[r#"
            trace 1 root f3:6
            %0: any = slot g0
            guard.def %0 -> s0
            %2: any = slot r0
            %3: int = guard.int %2 -> s0
            %4: any = slot g1
            guard.def %4 -> s0
            %6: any = slot r1
            %7: int = guard.int %6 -> s0
            %8: any = slot r2
            %9: int = guard.int %8 -> s0
            guard.stack 16 -> s0
            loop -> s6
            %12: int = phi %3, %32
            %13: int = phi %7, %35
            poll -> s6
            %15: obj = guard.shape %0, 2147483649 -> s1
            %16: any = new.instance 1048582 (nil, nil)
            %17: obj = shaped %16, 1048582
            %18: fn = method %15, place#0
            %19: fn = method %15, place#1
            %20: any = new.array ()
            %21: obj = add.field %17, 1048585
            store.field %21, 16, %20
            %23: any = load.field %21, 16
            %24: arr.empty = guard.arr.empty %23 -> s2
            %25: int = arr.len %24
            %26: int = add.int %12, %25
            %27: obj = guard.shape %4, 2147483650 -> s3
            %28: any = new.instance 1048584 (value#2, nil)
            %29: obj = shaped %28, 1048584
            %30: any = load.field %29, 16
            %31: int = guard.int %30 -> s4
            %32: int = add.int %26, %31
            %33: bool = lt.int %13, %9
            guard.true %33 -> s5
            %35: int = add.int %13, 1
            snapshot s0 f3:6 base 0 { }
            snapshot s1 f3:8 base 0 { r0: %12, r1: %13, r6: %0 }
            snapshot s2 f3:10 base 0 { r0: %12, r1: %13, r5: %23 }
            snapshot s3 f3:14 base 0 { r1: %13, r5: %26, r7: %4 }
            snapshot s4 f3:16 base 0 { r1: %13, r5: %26, r6: %30 }
            snapshot s5 f3:17 base 0 { r0: %32, r1: %13 }
            snapshot s6 f3:6 base 0 { r0: %12, r1: %13, r4: %13 }
            link loop
            ---
            36
        "#]],
    );
}

#[test]
fn a_class_called_in_place_of_a_frame() {
    check(
        r#"
class P
    let x = 0
    fn init(x) self.x = x end
    fn next() return P(self.x + 1) end
end
fn run(p)
    for i in 0..9 do p = p.next() end
    return p.x
end
print(run(P(0)))
"#,
        expect![[r#"
            trace 1 root f4:5
            %0: any = slot r0
            %1: any = slot g0
            guard.def %1 -> s0
            %3: any = slot r1
            %4: int = guard.int %3 -> s0
            %5: any = slot r2
            %6: int = guard.int %5 -> s0
            guard.stack 16 -> s0
            loop -> s5
            %9: any = phi %0, %18
            %10: int = phi %4, %26
            poll -> s5
            %12: obj = guard.shape %9, 1048583 -> s1
            %13: fn = method %12, place#0
            %14: any = load.field %12, 16
            %15: int = guard.int %14 -> s2
            %16: int = add.int %15, 1
            %17: obj = guard.shape %1, 2147483649 -> s3
            %18: any = new.instance 1048583 (value#1, nil)
            %19: obj = shaped %18, 1048583
            %20: fn = method %17, place#2
            %21: fn = method %17, place#3
            %22: any = box.int %16
            store.field %19, 16, %22
            %24: bool = lt.int %10, %6
            guard.true %24 -> s4
            %26: int = add.int %10, 1
            snapshot s0 f4:5 base 0 { }
            snapshot s1 f4:6 base 0 { r0: %9, r1: %10 }
            snapshot s2 f3:3 base 8 { r1: %10, r6: pc f4:8, r7: %13, r10: %1, r11: %14 }
            snapshot s3 f3:4 base 8 { r1: %10, r6: pc f4:8, r7: %13, r10: %1, r11: %16 }
            snapshot s4 f4:9 base 0 { r0: %18, r1: %10 }
            snapshot s5 f4:5 base 0 { r0: %9, r1: %10, r4: %10 }
            link loop
            ---
            9
        "#]],
    );
}

#[test]
fn statics_bound_methods_and_fields_that_are_added() {
    check(
        r#"
class P
    static let count = 0
    let x = 0
    fn m() return 1 end
end
fn statics() for i in 0..9 do P.count = P.count + 1 end end
fn bound(p) for i in 0..9 do p.x = p.m end end
fn grows(list) for p in list do p.y = 1 end end
fn missing(p) for i in 0..9 do p.none = p.nothing end end
statics()
bound(P())
grows([P(), P(), P(), P(), P(), P()])
try missing(P()) catch e print(e.message) end
"#,
        expect![[r#"
            trace 1 root f3:5
            %0: any = slot g0
            guard.def %0 -> s0
            %2: any = slot r0
            %3: int = guard.int %2 -> s0
            %4: any = slot r1
            %5: int = guard.int %4 -> s0
            loop -> s5
            %7: int = phi %3, %19
            poll -> s5
            %9: obj = guard.shape %0, 2147483650 -> s1
            %10: any = load.static %9, place#0
            %11: int = guard.int %10 -> s2
            %12: int = add.int %11, 1
            %13: obj = guard.shape %0, 2147483650 -> s3
            %14: any = box.int %12
            barrier %13
            store.static %13, place#0, %14
            %17: bool = lt.int %7, %5
            guard.true %17 -> s4
            %19: int = add.int %7, 1
            snapshot s0 f3:5 base 0 { }
            snapshot s1 f3:8 base 0 { r0: %7, r4: %0, r5: %0 }
            snapshot s2 f3:9 base 0 { r0: %7, r4: %0, r5: %10 }
            snapshot s3 f3:10 base 0 { r0: %7, r4: %0, r5: %12 }
            snapshot s4 f3:11 base 0 { r0: %7 }
            snapshot s5 f3:5 base 0 { r0: %7, r3: %7 }
            link loop
            trace 2 root f4:5
            %0: any = slot r0
            %1: any = slot r1
            %2: int = guard.int %1 -> s0
            %3: any = slot r2
            %4: int = guard.int %3 -> s0
            loop -> s3
            %6: int = phi %2, %16
            poll -> s3
            %8: obj = guard.shape %0, 1048583 -> s1
            %9: fn = method %8, place#0
            %10: any = box.fn %9
            %11: any = new.bound %0, %10
            barrier %8
            store.field %8, 16, %11
            %14: bool = lt.int %6, %4
            guard.true %14 -> s2
            %16: int = add.int %6, 1
            snapshot s0 f4:5 base 0 { }
            snapshot s1 f4:6 base 0 { r1: %6 }
            snapshot s2 f4:8 base 0 { r1: %6 }
            snapshot s3 f4:5 base 0 { r1: %6, r4: %6 }
            link loop
            trace 3 root f5:4
            %0: any = slot r1
            %1: arr.any = guard.arr.any %0 -> s0
            %2: any = slot r2
            %3: int = guard.int %2 -> s0
            loop -> s3
            %5: int = phi %3, %12
            poll -> s3
            %7: int = arr.len %1
            %8: bool = ult.int %5, %7
            guard.true %8 -> s1
            %10: ptr = arr.data %1
            %11: any = load.any %10, %5
            %12: int = add.int %5, 1
            %13: obj = guard.shape %11, 1048583 -> s2
            %14: obj = add.field %13, 1048584
            store.field %14, 24, value#0
            snapshot s0 f5:4 base 0 { }
            snapshot s1 f5:5 base 0 { r2: %5 }
            snapshot s2 f5:7 base 0 { r2: %12, r3: %11, r4: 1 }
            snapshot s3 f5:4 base 0 { r2: %5 }
            link loop
            ---
            an instance of P has no field or method `nothing`
        "#]],
    );
}
