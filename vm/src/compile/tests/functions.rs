//! Parameters, closures, tail calls.

use expect_test::expect;

use super::{check, check_body};

#[test]
fn parameters() {
    check(
        "fn f(a, b = a + 1, c = [a, b])\n return c\nend",
        expect![[r#"
        fn main (0 parameters, 1 register)
            1 | fn f(a, b = a + 1, c = [a, b])
               0  func
               1  closure          r0, fn:f
               2  def.global       r0, g:f
            3 | end
               3  return.nil

        fn f (3 parameters, 2 optional, 4 registers)
            1 | fn f(a, b = a + 1, c = [a, b])
               0  func
               1  jump.ifundef     r1, -> 3
               2  jump             -> 4
               3  add.k            r1, r0, 1
               4  jump.ifundef     r2, -> 6
               5  jump             -> 9
               6  move             r2, r0
               7  move             r3, r1
               8  new.array        r2, r2..r3
            2 |  return c
               9  return           r2
    "#]],
    );
    check(
        "fn f(a, rest...)\n return rest\nend",
        expect![[r#"
        fn main (0 parameters, 1 register)
            1 | fn f(a, rest...)
               0  func
               1  closure          r0, fn:f
               2  def.global       r0, g:f
            3 | end
               3  return.nil

        fn f (1 parameter and rest, 2 registers)
            1 | fn f(a, rest...)
               0  func
            2 |  return rest
               1  return           r1
    "#]],
    );
    check(
        "let f = fn(rest...) end",
        expect![[r#"
        fn main (0 parameters, 1 register)
            1 | let f = fn(rest...) end
               0  func
               1  closure          r0, fn0
               2  def.global       r0, g:f
               3  return.nil

        fn (anonymous) (0 parameters and rest, 1 register)
            1 | let f = fn(rest...) end
               0  func
               1  return.nil
    "#]],
    );
    // A parameter that a default's function shares.
    check(
        "fn f(a, b = fn() a += 1 end)\n b()\n return a\nend",
        expect![[r#"
        fn main (0 parameters, 1 register)
            1 | fn f(a, b = fn() a += 1 end)
               0  func
               1  closure          r0, fn:f
               2  def.global       r0, g:f
            4 | end
               3  return.nil

        fn f (2 parameters, 1 optional, 4 registers)
            1 | fn f(a, b = fn() a += 1 end)
               0  func
               1  new.cell         r0, r0
               2  jump.ifundef     r1, -> 4
               3  jump             -> 5
               4  closure          r1, fn0
            2 |  b()
               5  move             r3, r1
               6  call             r2, r3()
            3 |  return a
               7  get.cell         r2, r0
               8  return           r2

        fn (anonymous) (0 parameters, 1 register, captures r0)
            1 | fn f(a, b = fn() a += 1 end)
               0  func
               1  get.cellcap      r0, u0
               2  add.k            r0, r0, 1
               3  set.cellcap      r0, u0
               4  return.nil
    "#]],
    );
}

#[test]
fn recursion_through_a_global() {
    check(
        "fn fib(n)\n if n < 2 then return n end\n return fib(n - 1) + fib(n - 2)\nend\nprint(fib(30))",
        expect![[r#"
        fn main (0 parameters, 3 registers)
            1 | fn fib(n)
               0  func
               1  closure          r0, fn:fib
               2  def.global       r0, g:fib
            5 | print(fib(30))
               3  get.global       r1, g:fib
               4  load.int         r2, 30
               5  call             r0, r1(r2)
               6  call.builtin     r0(r0), print
               7  return.nil

        fn fib (1 parameter, 5 registers)
            1 | fn fib(n)
               0  func
            2 |  if n < 2 then return n end
               1  jump.nlt.k       r0, 2, -> 3
               2  return           r0
            3 |  return fib(n - 1) + fib(n - 2)
               3  get.global       r2, g:fib
               4  sub.k            r3, r0, 1
               5  call             r1, r2(r3)
               6  get.global       r3, g:fib
               7  sub.k            r4, r0, 2
               8  call             r2, r3(r4)
               9  add              r1, r1, r2
              10  return           r1
    "#]],
    );
}

#[test]
fn captures_by_value_and_by_cell() {
    check(
        "fn counter(start)\n let count = start\n return fn() count += 1; return count + start end\nend",
        expect![[r#"
        fn main (0 parameters, 1 register)
            1 | fn counter(start)
               0  func
               1  closure          r0, fn:counter
               2  def.global       r0, g:counter
            4 | end
               3  return.nil

        fn counter (1 parameter, 3 registers)
            1 | fn counter(start)
               0  func
            2 |  let count = start
               1  move             r1, r0
               2  new.cell         r1, r1
            3 |  return fn() count += 1; return count + start end
               3  closure          r2, fn0
               4  return           r2

        fn (anonymous) (0 parameters, 2 registers, captures r1, r0)
            3 |  return fn() count += 1; return count + start end
               0  func
               1  get.cellcap      r0, u0
               2  add.k            r0, r0, 1
               3  set.cellcap      r0, u0
               4  get.cellcap      r0, u0
               5  get.capture      r1, u1
               6  add              r0, r0, r1
               7  return           r0
    "#]],
    );
    check(
        "fn outer()\n let x = 1\n fn middle()\n  fn inner() return x end\n  return inner\n end\n return middle\nend",
        expect![[r#"
        fn main (0 parameters, 1 register)
            1 | fn outer()
               0  func
               1  closure          r0, fn:outer
               2  def.global       r0, g:outer
            8 | end
               3  return.nil

        fn outer (0 parameters, 2 registers)
            1 | fn outer()
               0  func
            2 |  let x = 1
               1  load.int         r0, 1
            3 |  fn middle()
               2  closure          r1, fn:middle
            7 |  return middle
               3  return           r1

        fn middle (0 parameters, 1 register, captures r0)
            3 |  fn middle()
               0  func
            4 |   fn inner() return x end
               1  closure          r0, fn:inner
            5 |   return inner
               2  return           r0

        fn inner (0 parameters, 1 register, captures u0)
            4 |   fn inner() return x end
               0  func
               1  get.capture      r0, u0
               2  return           r0
    "#]],
    );
    check(
        "fn outer()\n let x = 1\n return fn() return fn() x = 2 end end\nend",
        expect![[r#"
        fn main (0 parameters, 1 register)
            1 | fn outer()
               0  func
               1  closure          r0, fn:outer
               2  def.global       r0, g:outer
            4 | end
               3  return.nil

        fn outer (0 parameters, 2 registers)
            1 | fn outer()
               0  func
            2 |  let x = 1
               1  load.int         r0, 1
               2  new.cell         r0, r0
            3 |  return fn() return fn() x = 2 end end
               3  closure          r1, fn0
               4  return           r1

        fn (anonymous) (0 parameters, 1 register, captures r0)
            3 |  return fn() return fn() x = 2 end end
               0  func
               1  closure          r0, fn0
               2  return           r0

        fn (anonymous) (0 parameters, 1 register, captures u0)
            3 |  return fn() return fn() x = 2 end end
               0  func
               1  load.int         r0, 2
               2  set.cellcap      r0, u0
               3  return.nil
    "#]],
    );
    // Blocks of the top level have locals too.
    check(
        "if true then\n let x = 1\n fn f() return x end\n f()\nend",
        expect![[r#"
        fn main (0 parameters, 4 registers)
            1 | if true then
               0  func
            2 |  let x = 1
               1  load.int         r0, 1
            3 |  fn f() return x end
               2  closure          r1, fn:f
            4 |  f()
               3  move             r3, r1
               4  call             r2, r3()
            5 | end
               5  return.nil

        fn f (0 parameters, 1 register, captures r0)
            3 |  fn f() return x end
               0  func
               1  get.capture      r0, u0
               2  return           r0
    "#]],
    );
}

#[test]
fn local_functions_see_themselves() {
    check_body(
        "fn f(n) return f(n - 1) end\nreturn f(a)",
        expect![[r#"
            2 | fn f(n) return f(n - 1) end
               1  closure          r3, fn:f
            3 | return f(a)
               2  move             r5, r3
               3  move             r6, r0
               4  call.tail        r4, r5(r6)

            fn f (1 parameter, 4 registers)
            2 | fn f(n) return f(n - 1) end
               0  func
               1  load.callee      r2
               2  sub.k            r3, r0, 1
               3  call.tail        r1, r2(r3)"#]],
    );
    check_body(
        "let f = fn(n) return if n then f else nil end end",
        expect![[r#"
            2 | let f = fn(n) return if n then f else nil end end
               1  closure          r3, fn0
               2  return.nil

            fn (anonymous) (1 parameter, 2 registers)
            2 | let f = fn(n) return if n then f else nil end end
               0  func
               1  jump.ifnot       r0, -> 4
               2  load.callee      r1
               3  jump             -> 5
               4  load.nil         r1
               5  return           r1"#]],
    );
    // From deeper inside: captured from the running closure.
    check_body(
        "let f = fn() return fn() return f end end",
        expect![[r#"
            2 | let f = fn() return fn() return f end end
               1  closure          r3, fn0
               2  return.nil

            fn (anonymous) (0 parameters, 2 registers)
            2 | let f = fn() return fn() return f end end
               0  func
               1  load.callee      r1
               2  closure          r0, fn0
               3  return           r0

            fn (anonymous) (0 parameters, 1 register, captures r1)
            2 | let f = fn() return fn() return f end end
               0  func
               1  get.capture      r0, u0
               2  return           r0"#]],
    );
    check_body(
        "let f = fn() return fn() return fn() return f end end end",
        expect![[r#"
            2 | let f = fn() return fn() return fn() return f end end end
               1  closure          r3, fn0
               2  return.nil

            fn (anonymous) (0 parameters, 2 registers)
            2 | let f = fn() return fn() return fn() return f end end end
               0  func
               1  load.callee      r1
               2  closure          r0, fn0
               3  return           r0

            fn (anonymous) (0 parameters, 1 register, captures r1)
            2 | let f = fn() return fn() return fn() return f end end end
               0  func
               1  closure          r0, fn0
               2  return           r0

            fn (anonymous) (0 parameters, 1 register, captures u0)
            2 | let f = fn() return fn() return fn() return f end end end
               0  func
               1  get.capture      r0, u0
               2  return           r0"#]],
    );
    // Assigned again: shared in a cell that is there before the closure.
    check_body(
        "let f = fn() return f() end\nf = nil",
        expect![[r#"
            2 | let f = fn() return f() end
               1  load.undef       r3
               2  new.cell         r3, r3
               3  closure          r4, fn0
               4  set.cell         r3, r4
            3 | f = nil
               5  load.nil         r4
               6  set.cell         r3, r4
               7  return.nil

            fn (anonymous) (0 parameters, 2 registers, captures r3)
            2 | let f = fn() return f() end
               0  func
               1  get.cellcap      r1, u0
               2  call.tail        r0, r1()"#]],
    );
    // No function's own name: `let f = x`.
    check(
        "let f = 1\nif f then let f = [fn() return f end] end",
        expect![[r#"
        fn main (0 parameters, 1 register)
            1 | let f = 1
               0  func
               1  load.int         r0, 1
               2  def.global       r0, g:f
            2 | if f then let f = [fn() return f end] end
               3  get.global       r0, g:f
               4  jump.ifnot       r0, -> 7
               5  closure          r0, fn0
               6  new.array        r0, r0
               7  return.nil

        fn (anonymous) (0 parameters, 1 register)
            2 | if f then let f = [fn() return f end] end
               0  func
               1  get.global       r0, g:f
               2  return           r0
    "#]],
    );
}

#[test]
fn tail_calls() {
    check_body(
        "return a(b)",
        expect![[r#"
            2 | return a(b)
               1  move             r4, r0
               2  move             r5, r1
               3  call.tail        r3, r4(r5)"#]],
    );
    check_body(
        "return a(b)(c)",
        expect![[r#"
            2 | return a(b)(c)
               1  move             r5, r0
               2  move             r6, r1
               3  call             r4, r5(r6)
               4  move             r5, r2
               5  call.tail        r3, r4(r5)"#]],
    );
    check_body(
        "return a[0].walk(b, c)",
        expect![[r#"
            2 | return a[0].walk(b, c)
               1  load.int         r3, 0
               2  get.index        r3, r0, r3
               3  get.method       r5, r6, r3, .walk
               4  move             r7, r1
               5  move             r8, r2
               6  call.method.tail r4, r5(r6..r8)"#]],
    );
    check_body(
        "return a(b) + 1",
        expect![[r#"
            2 | return a(b) + 1
               1  move             r4, r0
               2  move             r5, r1
               3  call             r3, r4(r5)
               4  add.k            r3, r3, 1
               5  return           r3"#]],
    );
    check_body(
        "return if a then b(c) else c end",
        expect![[r#"
            2 | return if a then b(c) else c end
               1  jump.ifnot       r0, -> 6
               2  move             r4, r1
               3  move             r5, r2
               4  call             r3, r4(r5)
               5  jump             -> 7
               6  move             r3, r2
               7  return           r3"#]],
    );
    check_body(
        "return a and b(c)",
        expect![[r#"
            2 | return a and b(c)
               1  move             r3, r0
               2  jump.ifnot       r3, -> 6
               3  move             r4, r1
               4  move             r5, r2
               5  call             r3, r4(r5)
               6  return           r3"#]],
    );
    check_body(
        "return (fn() end)()",
        expect![[r#"
            2 | return (fn() end)()
               1  closure          r4, fn0
               2  call.tail        r3, r4()

            fn (anonymous) (0 parameters, 0 registers)
            2 | return (fn() end)()
               0  func
               1  return.nil"#]],
    );
}

#[test]
fn returns() {
    check_body(
        "return",
        expect![[r#"
            2 | return
               1  return.nil"#]],
    );
    check_body(
        "return nil",
        expect![[r#"
            2 | return nil
               1  load.nil         r3
               2  return           r3"#]],
    );
    check_body(
        "return a",
        expect![[r#"
            2 | return a
               1  return           r0"#]],
    );
}

#[test]
fn definitions_shadow_builtins() {
    check(
        "print(len(1))\nfn len(x) return x end",
        expect![[r#"
        fn main (0 parameters, 3 registers)
            1 | print(len(1))
               0  func
               1  get.global       r1, g:len
               2  load.int         r2, 1
               3  call             r0, r1(r2)
               4  call.builtin     r0(r0), print
            2 | fn len(x) return x end
               5  closure          r0, fn:len
               6  def.global       r0, g:len
               7  return.nil

        fn len (1 parameter, 1 register)
            2 | fn len(x) return x end
               0  func
               1  return           r0
    "#]],
    );
    check_body(
        "let len = a\nreturn len + b.len()",
        expect![[r#"
            2 | let len = a
               1  move             r3, r0
            3 | return len + b.len()
               2  get.method       r5, r6, r1, .len
               3  call.method      r4, r5(r6)
               4  add              r4, r3, r4
               5  return           r4"#]],
    );
}
