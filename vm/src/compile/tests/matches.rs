//! `match` and enums.

use expect_test::expect;

use super::{check, check_body, check_errors};

#[test]
fn literals_are_compared_where_the_subject_is() {
    check_body(
        "match a\n case 1 then b = 1\n case -2, 2.5, 'x' then b = 2\n case nil -> b = 3\n case true -> b = 4\n else b = 5\nend\nreturn b",
        expect![[r#"
            3 |  case 1 then b = 1
               1  jump.ne.k        r0, 1, -> 4
               2  load.int         r1, 1
               3  jump             -> 16
            4 |  case -2, 2.5, 'x' then b = 2
               4  jump.eq.k        r0, -2, -> 7
               5  jump.eq.k        r0, 2.5, -> 7
               6  jump.ne.k        r0, "x", -> 9
               7  load.int         r1, 2
               8  jump             -> 16
            5 |  case nil -> b = 3
               9  jump.ne.k        r0, nil, -> 12
              10  load.int         r1, 3
              11  jump             -> 16
            6 |  case true -> b = 4
              12  jump.ne.k        r0, true, -> 15
              13  load.int         r1, 4
              14  jump             -> 16
            7 |  else b = 5
              15  load.int         r1, 5
            9 | return b
              16  return           r1"#]],
    );
    // Nothing follows the last case; the subject is in one register, whatever it was.
    check_body(
        "match a + b\n case 1 then c = 1\n case 2 then c = 2\nend\nreturn c",
        expect![[r#"
        2 | match a + b
           1  add              r3, r0, r1
        3 |  case 1 then c = 1
           2  jump.ne.k        r3, 1, -> 5
           3  load.int         r2, 1
           4  jump             -> 7
        4 |  case 2 then c = 2
           5  jump.ne.k        r3, 2, -> 7
           6  load.int         r2, 2
        6 | return c
           7  return           r2"#]],
    );
}

#[test]
fn what_cannot_be_reached_is_left_out() {
    check_body(
        "match a\n case 1 then return b\n case n then return n\n case 2 then return fn() end\nend",
        expect![[r#"
            3 |  case 1 then return b
               1  jump.ne.k        r0, 1, -> 3
               2  return           r1
            4 |  case n then return n
               3  return           r0"#]],
    );
    check_body(
        "match a\n case 1 then return b\n case _ then return c\n else return a\nend\nreturn b",
        expect![[r#"
        3 |  case 1 then return b
           1  jump.ne.k        r0, 1, -> 3
           2  return           r1
        4 |  case _ then return c
           3  return           r2"#]],
    );
}

#[test]
fn names() {
    // A variable may change while its case runs.
    check_body(
        "match a\n case n then a = n\nend",
        expect![[r#"
        3 |  case n then a = n
           1  move             r3, r0
           2  move             r0, r3
        4 | end
           3  return.nil"#]],
    );
    // What keeps its value needs no copy.
    check_body(
        "match a\n case n then return n\nend",
        expect![[r#"
        3 |  case n then return n
           1  return           r0"#]],
    );
    check_body(
        "match a()\n case n if n then return n\n case m then m = 1\nend",
        expect![[r#"
        2 | match a()
           1  move             r4, r0
           2  call             r3, r4()
        3 |  case n if n then return n
           3  jump.ifnot       r3, -> 5
           4  return           r3
        4 |  case m then m = 1
           5  move             r4, r3
           6  load.int         r4, 1
        5 | end
           7  return.nil"#]],
    );
    // Cells are made when the pattern has matched.
    check_body(
        "match a()\n case n if n then return fn() n = 1 end\n case n then return n\nend",
        expect![[r#"
            2 | match a()
               1  move             r4, r0
               2  call             r3, r4()
            3 |  case n if n then return fn() n = 1 end
               3  move             r4, r3
               4  new.cell         r4, r4
               5  get.cell         r5, r4
               6  jump.ifnot       r5, -> 9
               7  closure          r5, fn0
               8  return           r5
            4 |  case n then return n
               9  return           r3

            fn (anonymous) (0 parameters, 1 register, captures r4)
            3 |  case n if n then return fn() n = 1 end
               0  func
               1  load.int         r0, 1
               2  set.cellcap      r0, u0
               3  return.nil"#]],
    );
    check_body(
        "match a\n case [n] then return fn() n = 1 end\nend",
        expect![[r#"
        3 |  case [n] then return fn() n = 1 end
           1  jump.ifnotarray  r0, 1, -> 6
           2  unpack           r3, r0
           3  new.cell         r3, r3
           4  closure          r4, fn0
           5  return           r4
        4 | end
           6  return.nil

        fn (anonymous) (0 parameters, 1 register, captures r3)
        3 |  case [n] then return fn() n = 1 end
           0  func
           1  load.int         r0, 1
           2  set.cellcap      r0, u0
           3  return.nil"#]],
    );
}

#[test]
fn constants_are_compared() {
    check(
        "const ONE = 1\nfn test(a)\n const TWO = 2\n match a\n  case ONE, TWO, ['a', ONE] then return 1\n  case PI if PI -> return PI\n end\n return fn(b)\n  match b case TWO -> return 2 end\n end\nend",
        expect![[r#"
            fn main (0 parameters, 1 register)
                1 | const ONE = 1
                   0  func
                   1  load.int         r0, 1
                   2  def.global       r0, g:ONE
                2 | fn test(a)
                   3  closure          r0, fn:test
                   4  def.global       r0, g:test
               11 | end
                   5  return.nil

            fn test (1 parameter, 5 registers)
                2 | fn test(a)
                   0  func
                3 |  const TWO = 2
                   1  load.int         r1, 2
                5 |   case ONE, TWO, ['a', ONE] then return 1
                   2  jump.eq.k        r0, 1, -> 8
                   3  jump.eq          r0, r1, -> 8
                   4  jump.ifnotarray  r0, 2, -> 10
                   5  unpack           r2..r3, r0
                   6  jump.ne.k        r2, "a", -> 10
                   7  jump.ne.k        r3, 1, -> 10
                   8  load.int         r4, 1
                   9  return           r4
                6 |   case PI if PI -> return PI
                  10  jump.ifnot       r0, -> 12
                  11  return           r0
                8 |  return fn(b)
                  12  closure          r2, fn0
                  13  return           r2

            fn (anonymous) (1 parameter, 2 registers, captures r1)
                8 |  return fn(b)
                   0  func
                9 |   match b case TWO -> return 2 end
                   1  get.capture      r1, u0
                   2  jump.ne          r0, r1, -> 5
                   3  load.int         r1, 2
                   4  return           r1
                   5  return.nil
        "#]],
    );
}

#[test]
fn arrays() {
    check_body(
        "match a\n case [] then b = 1\n case [_, _] then b = 2\n case [1, [n, _]] then b = n\nend",
        expect![[r#"
        3 |  case [] then b = 1
           1  jump.ifnotarray  r0, 0, -> 4
           2  load.int         r1, 1
           3  jump             -> 13
        4 |  case [_, _] then b = 2
           4  jump.ifnotarray  r0, 2, -> 7
           5  load.int         r1, 2
           6  jump             -> 13
        5 |  case [1, [n, _]] then b = n
           7  jump.ifnotarray  r0, 2, -> 13
           8  unpack           r3..r4, r0
           9  jump.ne.k        r3, 1, -> 13
          10  jump.ifnotarray  r4, 2, -> 13
          11  unpack           r5..r6, r4
          12  move             r1, r5
        6 | end
          13  return.nil"#]],
    );
    // Alternatives fill the same registers.
    check_body(
        "match a\n case [n, m], [m, _, n] then return n\nend",
        expect![[r#"
        3 |  case [n, m], [m, _, n] then return n
           1  jump.ifnotarray  r0, 2, -> 6
           2  unpack           r5..r6, r0
           3  move             r3, r5
           4  move             r4, r6
           5  jump             -> 10
           6  jump.ifnotarray  r0, 3, -> 11
           7  unpack           r5..r7, r0
           8  move             r4, r5
           9  move             r3, r7
          10  return           r3
        4 | end
          11  return.nil"#]],
    );
}

#[test]
fn dicts() {
    check_body(
        "match a\n case {} then b = 1\n case {kind: 'x', 2: [n], r: _} then b = n\n case {n: n}, [{true: n}] then b = n\nend",
        expect![[r#"
            3 |  case {} then b = 1
               1  jump.ifnotdict   r0, -> 4
               2  load.int         r1, 1
               3  jump             -> 30
            4 |  case {kind: 'x', 2: [n], r: _} then b = n
               4  load.const       r4, "kind"
               5  match.key        r3, r0, r4
               6  jump.ifundef     r3, -> 18
               7  jump.ne.k        r3, "x", -> 18
               8  load.int         r5, 2
               9  match.key        r4, r0, r5
              10  jump.ifundef     r4, -> 18
              11  jump.ifnotarray  r4, 1, -> 18
              12  unpack           r5, r4
              13  load.const       r7, "r"
              14  match.key        r6, r0, r7
              15  jump.ifundef     r6, -> 18
              16  move             r1, r5
              17  jump             -> 30
            5 |  case {n: n}, [{true: n}] then b = n
              18  load.const       r5, "n"
              19  match.key        r4, r0, r5
              20  jump.ifundef     r4, -> 23
              21  move             r3, r4
              22  jump             -> 29
              23  jump.ifnotarray  r0, 1, -> 30
              24  unpack           r4, r0
              25  load.true        r6
              26  match.key        r5, r4, r6
              27  jump.ifundef     r5, -> 30
              28  move             r3, r5
              29  move             r1, r3
            6 | end
              30  return.nil"#]],
    );
}

#[test]
fn jumps_out_of_loops() {
    check_body(
        "loop\n match a\n  case 1 -> break\n  case 2, 3 -> continue\n  case [_] -> break\n  case n if n -> break\n end\n b()\nend",
        expect![[r#"
            2 | loop
               1  loop             loop 0
            4 |   case 1 -> break
               2  jump.eq.k        r0, 1, -> 12
            5 |   case 2, 3 -> continue
               3  jump.eq.k        r0, 2, -> 11
               4  jump.eq.k        r0, 3, -> 11
            6 |   case [_] -> break
               5  jump.ifnotarray  r0, 1, -> 7
               6  jump             -> 12
            7 |   case n if n -> break
               7  jump.ifnot       r0, -> 9
               8  jump             -> 12
            9 |  b()
               9  move             r4, r1
              10  call             r3, r4()
               10 | end
              11  loop.back        -> 2
              12  return.nil"#]],
    );
}

#[test]
fn enums() {
    check(
        "enum Color Red, Green = 5, Blue end\nfn test()\n enum E A = Color, B end\n return fn() return E end\nend",
        expect![[r#"
            fn main (0 parameters, 3 registers)
                1 | enum Color Red, Green = 5, Blue end
                   0  func
                   1  new.enum         r0, "Color"
                   2  load.undef       r2
                   3  load.const       r1, "Red"
                   4  def.member       r0, r1, r2
                   5  load.int         r2, 5
                   6  load.const       r1, "Green"
                   7  def.member       r0, r1, r2
                   8  load.undef       r2
                   9  load.const       r1, "Blue"
                  10  def.member       r0, r1, r2
                  11  def.global       r0, g:Color
                2 | fn test()
                  12  closure          r0, fn:test
                  13  def.global       r0, g:test
                5 | end
                  14  return.nil

            fn test (0 parameters, 3 registers)
                2 | fn test()
                   0  func
                3 |  enum E A = Color, B end
                   1  new.enum         r0, "E"
                   2  get.global       r2, g:Color
                   3  load.const       r1, "A"
                   4  def.member       r0, r1, r2
                   5  load.undef       r2
                   6  load.const       r1, "B"
                   7  def.member       r0, r1, r2
                4 |  return fn() return E end
                   8  closure          r1, fn0
                   9  return           r1

            fn (anonymous) (0 parameters, 1 register, captures r0)
                4 |  return fn() return E end
                   0  func
                   1  get.capture      r0, u0
                   2  return           r0
        "#]],
    );
}

#[test]
fn errors() {
    check_errors(
        "match 1\n case [x, [y, x]] then x = y\nend",
        expect![[r#"
        error: `x` is bound twice in one pattern
         --> test.pseudo:2:15
          |
        2 |  case [x, [y, x]] then x = y
          |        -      ^ bound again
          |        |
          |        bound here
          |
          = help: to compare two parts, bind two names and add `if` with `==`
    "#]],
    );
    check_errors(
        "match 1\n case [x, y], [y], [x, y, z] then print(x)\n case _, n -> print(1)\nend",
        expect![[r#"
        error: the alternatives of a case must bind the same names
         --> test.pseudo:2:7
          |
        2 |  case [x, y], [y], [x, y, z] then print(x)
          |       ^^^^^^              - `z` is bound here
          |       |
          |       `z` is not bound here

        error: the alternatives of a case must bind the same names
         --> test.pseudo:2:15
          |
        2 |  case [x, y], [y], [x, y, z] then print(x)
          |        -      ^^^ `x` is not bound here
          |        |
          |        `x` is bound here

        error: the alternatives of a case must bind the same names
         --> test.pseudo:3:7
          |
        3 |  case _, n -> print(1)
          |       ^  - `n` is bound here
          |       |
          |       `n` is not bound here
    "#]],
    );
    check_errors(
        "const C = 1\nmatch 1\n case n then\n  let n = 1\n case C, m -> let m = 2\n case c.d -> C = 1\nend\nn = 1",
        expect![[r#"
            error: `n` is declared twice in the same block
             --> test.pseudo:4:7
              |
            3 |  case n then
              |       - first declared here
            4 |   let n = 1
              |       ^ declared again
              |
              = help: to give it a new value, write the assignment without `let`

            error: the alternatives of a case must bind the same names
             --> test.pseudo:5:7
              |
            5 |  case C, m -> let m = 2
              |       ^  - `m` is bound here
              |       |
              |       `m` is not bound here

            error: `m` is declared twice in the same block
             --> test.pseudo:5:19
              |
            5 |  case C, m -> let m = 2
              |          -        ^ declared again
              |          |
              |          first declared here
              |
              = help: to give it a new value, write the assignment without `let`

            error: `c` is not defined
             --> test.pseudo:6:7
              |
            6 |  case c.d -> C = 1
              |       ^ no such name
              |
              = help: did you mean `C`?

            error: `C` is a constant, which can't be assigned to
             --> test.pseudo:6:14
              |
            6 |  case c.d -> C = 1
              |              ^ assigned here
              |
             ::: test.pseudo:1:7
              |
            1 | const C = 1
              |       - declared as a constant here

            error: `n` is not defined
             --> test.pseudo:8:1
              |
            8 | n = 1
              | ^ no such name
              |
              = help: a new variable is declared with `let n = ...`
        "#]],
    );
    check_errors(
        "match 1\n case n if n == k then k = 1\n case fals -> print(prnt)\nend",
        expect![[r#"
        error: `k` is not defined
         --> test.pseudo:2:17
          |
        2 |  case n if n == k then k = 1
          |                 ^ no such name

        error: `k` is not defined
         --> test.pseudo:2:24
          |
        2 |  case n if n == k then k = 1
          |                        ^ no such name
          |
          = help: a new variable is declared with `let k = ...`

        error: `prnt` is not defined
         --> test.pseudo:3:21
          |
        3 |  case fals -> print(prnt)
          |                     ^^^^ no such name
          |
          = help: did you mean `print`?
    "#]],
    );
}
