//! Operators, literals, containers, calls: values into registers.

use expect_test::expect;

use super::check_body;

#[test]
fn operators_work_in_place() {
    check_body(
        "let x = a + b * c - a\nreturn x",
        expect![[r#"
            2 | let x = a + b * c - a
               1  mul              r3, r1, r2
               2  add              r3, r0, r3
               3  sub              r3, r3, r0
            3 | return x
               4  return           r3"#]],
    );
    check_body(
        "a = a + b * c",
        expect![[r#"
            2 | a = a + b * c
               1  mul              r3, r1, r2
               2  add              r0, r0, r3
               3  return.nil"#]],
    );
    check_body(
        "a = b - c - a",
        expect![[r#"
            2 | a = b - c - a
               1  sub              r3, r1, r2
               2  sub              r0, r3, r0
               3  return.nil"#]],
    );
    check_body(
        "return a div b % c / a",
        expect![[r#"
            2 | return a div b % c / a
               1  div              r3, r0, r1
               2  mod              r3, r3, r2
               3  div.float        r3, r3, r0
               4  return           r3"#]],
    );
    check_body(
        "return -a + ~b",
        expect![[r#"
            2 | return -a + ~b
               1  neg              r3, r0
               2  bitnot           r4, r1
               3  add              r3, r3, r4
               4  return           r3"#]],
    );
    check_body(
        "return (a & b | c ^ a) << b >> c",
        expect![[r#"
            2 | return (a & b | c ^ a) << b >> c
               1  and              r3, r0, r1
               2  xor              r4, r2, r0
               3  or               r3, r3, r4
               4  shl              r3, r3, r1
               5  shr              r3, r3, r2
               6  return           r3"#]],
    );
    check_body(
        "return a + (b + (c + a * b))",
        expect![[r#"
            2 | return a + (b + (c + a * b))
               1  mul              r3, r0, r1
               2  add              r3, r2, r3
               3  add              r3, r1, r3
               4  add              r3, r0, r3
               5  return           r3"#]],
    );
}

#[test]
fn constants_on_the_right() {
    check_body(
        "return (a + 1) * 2.5 - -3",
        expect![[r#"
            2 | return (a + 1) * 2.5 - -3
               1  add.k            r3, r0, 1
               2  mul.k            r3, r3, 2.5
               3  sub.k            r3, r3, -3
               4  return           r3"#]],
    );
    check_body(
        "return 1 + a",
        expect![[r#"
            2 | return 1 + a
               1  load.int         r3, 1
               2  add              r3, r3, r0
               3  return           r3"#]],
    );
    check_body(
        "return a + 1 + a + 1",
        expect![[r#"
            2 | return a + 1 + a + 1
               1  add.k            r3, r0, 1
               2  add              r3, r3, r0
               3  add.k            r3, r3, 1
               4  return           r3"#]],
    );
    check_body(
        "return a + 'text'",
        expect![[r#"
            2 | return a + 'text'
               1  load.const       r3, "text"
               2  add              r3, r0, r3
               3  return           r3"#]],
    );
    check_body(
        "return a << 3 >> 2 & 255 | 1 ^ 7",
        expect![[r#"
            2 | return a << 3 >> 2 & 255 | 1 ^ 7
               1  shl.k            r3, r0, 3
               2  shr.k            r3, r3, 2
               3  and.k            r3, r3, 255
               4  load.int         r4, 1
               5  xor.k            r4, r4, 7
               6  or               r3, r3, r4
               7  return           r3"#]],
    );
}

#[test]
fn literals() {
    check_body(
        "let x = [nil, true, false, 0, -1, 1.5, 'é\\n']",
        expect![[r#"
            2 | let x = [nil, true, false, 0, -1, 1.5, 'é\n']
               1  load.nil         r3
               2  load.true        r4
               3  load.false       r5
               4  load.int         r6, 0
               5  load.int         r7, -1
               6  load.const       r8, 1.5
               7  load.const       r9, "é\n"
               8  new.array        r3, r3..r9
               9  return.nil"#]],
    );
    check_body(
        "let x = [549755813887, -549755813888, 549755813888, -9223372036854775808, -2.5]",
        expect![[r#"
            2 | let x = [549755813887, -549755813888, 549755813888, -9223372036854775808, -2.5]
               1  load.int         r3, 549755813887
               2  load.int         r4, -549755813888
               3  load.const       r5, 549755813888
               4  load.const       r6, -9223372036854775808
               5  load.const       r7, -2.5
               6  new.array        r3, r3..r7
               7  return.nil"#]],
    );
    check_body(
        "return 0xFFFF_FFFF_FFFF_FFFF",
        expect![[r#"
            2 | return 0xFFFF_FFFF_FFFF_FFFF
               1  load.int         r3, -1
               2  return           r3"#]],
    );
}

#[test]
fn dict_literals() {
    check_body(
        "let x, y = {}, {a: b, 2: 'c'}",
        expect![[r#"
            2 | let x, y = {}, {a: b, 2: 'c'}
               1  new.dict         r3, -
               2  load.const       r4, "a"
               3  move             r5, r1
               4  load.int         r6, 2
               5  load.const       r7, "c"
               6  new.dict         r4, r4..r7
               7  return.nil"#]],
    );
    // A key that may be nil ends what is stored at once.
    check_body(
        "return {a: 1, (b): 2, c: 3, (a + b): 4}",
        expect![[r#"
        2 | return {a: 1, (b): 2, c: 3, (a + b): 4}
           1  load.const       r4, "a"
           2  load.int         r5, 1
           3  move             r6, r1
           4  load.int         r7, 2
           5  new.dict         r3, r4..r7
           6  load.const       r4, "c"
           7  load.int         r5, 3
           8  add              r6, r0, r1
           9  load.int         r7, 4
          10  extend.dict      r3, r4..r7
          11  return           r3"#]],
    );
    check_body(
        "a = {b: a}",
        expect![[r#"
            2 | a = {b: a}
               1  load.const       r3, "b"
               2  move             r4, r0
               3  new.dict         r0, r3..r4
               4  return.nil"#]],
    );
}

#[test]
fn comparisons_as_values() {
    check_body(
        "return [a == b, a != 1, a < b, a <= b, a > b, a >= b, a in b]",
        expect![[r#"
            2 | return [a == b, a != 1, a < b, a <= b, a > b, a >= b, a in b]
               1  eq               r3, r0, r1
               2  load.int         r4, 1
               3  ne               r4, r0, r4
               4  lt               r5, r0, r1
               5  le               r6, r0, r1
               6  gt               r7, r0, r1
               7  ge               r8, r0, r1
               8  in               r9, r0, r1
               9  new.array        r3, r3..r9
              10  return           r3"#]],
    );
    check_body(
        "let x = not (a < b)",
        expect![[r#"
            2 | let x = not (a < b)
               1  lt               r3, r0, r1
               2  not              r3, r3
               3  return.nil"#]],
    );
}

#[test]
fn logic_as_values() {
    check_body(
        "return a and b and c",
        expect![[r#"
            2 | return a and b and c
               1  move             r3, r0
               2  jump.ifnot       r3, -> 6
               3  move             r3, r1
               4  jump.ifnot       r3, -> 6
               5  move             r3, r2
               6  return           r3"#]],
    );
    check_body(
        "return a or b or c",
        expect![[r#"
            2 | return a or b or c
               1  move             r3, r0
               2  jump.if          r3, -> 6
               3  move             r3, r1
               4  jump.if          r3, -> 6
               5  move             r3, r2
               6  return           r3"#]],
    );
    check_body(
        "return a and b or c and a",
        expect![[r#"
            2 | return a and b or c and a
               1  move             r3, r0
               2  jump.ifnot       r3, -> 4
               3  move             r3, r1
               4  jump.if          r3, -> 8
               5  move             r3, r2
               6  jump.ifnot       r3, -> 8
               7  move             r3, r0
               8  return           r3"#]],
    );
    check_body(
        "let x = a < b and b < c",
        expect![[r#"
            2 | let x = a < b and b < c
               1  lt               r3, r0, r1
               2  jump.ifnot       r3, -> 4
               3  lt               r3, r1, r2
               4  return.nil"#]],
    );
    // The variable keeps its value until the new one is known.
    check_body(
        "a = b and a",
        expect![[r#"
            2 | a = b and a
               1  move             r3, r1
               2  jump.ifnot       r3, -> 4
               3  move             r3, r0
               4  move             r0, r3
               5  return.nil"#]],
    );
    check_body(
        "a = (a or b) + a",
        expect![[r#"
            2 | a = (a or b) + a
               1  move             r3, r0
               2  jump.if          r3, -> 4
               3  move             r3, r1
               4  add              r0, r3, r0
               5  return.nil"#]],
    );
}

#[test]
fn conditional_expressions() {
    check_body(
        "let x = if a < b then 1 elif b == nil then c else a + b end",
        expect![[r#"
            2 | let x = if a < b then 1 elif b == nil then c else a + b end
               1  jump.nlt         r0, r1, -> 4
               2  load.int         r3, 1
               3  jump             -> 8
               4  jump.ne.k        r1, nil, -> 7
               5  move             r3, r2
               6  jump             -> 8
               7  add              r3, r0, r1
               8  return.nil"#]],
    );
    check_body(
        "a = if c then b else a end",
        expect![[r#"
            2 | a = if c then b else a end
               1  jump.ifnot       r2, -> 4
               2  move             r0, r1
               3  jump             -> 4
               4  return.nil"#]],
    );
}

#[test]
fn containers() {
    check_body(
        "let x = [a, [b, c], []]",
        expect![[r#"
            2 | let x = [a, [b, c], []]
               1  move             r3, r0
               2  move             r4, r1
               3  move             r5, r2
               4  new.array        r4, r4..r5
               5  new.array        r5, -
               6  new.array        r3, r3..r5
               7  return.nil"#]],
    );
    check_body(
        "return a[0][b][c + 1]",
        expect![[r#"
            2 | return a[0][b][c + 1]
               1  load.int         r3, 0
               2  get.index        r3, r0, r3
               3  get.index        r3, r3, r1
               4  add.k            r4, r2, 1
               5  get.index        r3, r3, r4
               6  return           r3"#]],
    );
    check_body(
        "a = [a, b]",
        expect![[r#"
            2 | a = [a, b]
               1  move             r3, r0
               2  move             r4, r1
               3  new.array        r0, r3..r4
               4  return.nil"#]],
    );
    check_body(
        "let r = a..b + 1",
        expect![[r#"
            2 | let r = a..b + 1
               1  add.k            r3, r1, 1
               2  new.range        r3, r0, r3
               3  return.nil"#]],
    );
    check_body(
        "let r = 0..10",
        expect![[r#"
            2 | let r = 0..10
               1  load.int         r3, 0
               2  load.int         r4, 10
               3  new.range        r3, r3, r4
               4  return.nil"#]],
    );
}

#[test]
fn interpolation() {
    check_body(
        "return \"a = ${a}, sum = ${b + c}\"",
        expect![[r#"
            2 | return "a = ${a}, sum = ${b + c}"
               1  load.const       r3, "a = "
               2  to.str           r4, r0
               3  load.const       r5, ", sum = "
               4  add              r6, r1, r2
               5  to.str           r6, r6
               6  concat           r3, r3..r6
               7  return           r3"#]],
    );
    check_body(
        "return \"${a}\"",
        expect![[r#"
            2 | return "${a}"
               1  to.str           r3, r0
               2  return           r3"#]],
    );
    check_body(
        "a = \"${a}${\"<${b}>\"}\"",
        expect![[r#"
            2 | a = "${a}${"<${b}>"}"
               1  to.str           r3, r0
               2  load.const       r4, "<"
               3  to.str           r5, r1
               4  load.const       r6, ">"
               5  concat           r4, r4..r6
               6  to.str           r4, r4
               7  concat           r0, r3..r4
               8  return.nil"#]],
    );
}

#[test]
fn calls_have_their_result_where_it_is_wanted() {
    check_body(
        "let x = a(b, c + 1)\nlet y = a()",
        expect![[r#"
            2 | let x = a(b, c + 1)
               1  move             r4, r0
               2  move             r5, r1
               3  add.k            r6, r2, 1
               4  call             r3, r4(r5..r6)
            3 | let y = a()
               5  move             r5, r0
               6  call             r4, r5()
               7  return.nil"#]],
    );
    check_body(
        "a = a(b)",
        expect![[r#"
            2 | a = a(b)
               1  move             r4, r0
               2  move             r5, r1
               3  call             r3, r4(r5)
               4  move             r0, r3
               5  return.nil"#]],
    );
    check_body(
        "let x = a(b(c), a(1) + b(2))",
        expect![[r#"
            2 | let x = a(b(c), a(1) + b(2))
               1  move             r4, r0
               2  move             r6, r1
               3  move             r7, r2
               4  call             r5, r6(r7)
               5  move             r7, r0
               6  load.int         r8, 1
               7  call             r6, r7(r8)
               8  move             r8, r1
               9  load.int         r9, 2
              10  call             r7, r8(r9)
              11  add              r6, r6, r7
              12  call             r3, r4(r5..r6)
              13  return.nil"#]],
    );
    check_body(
        "let x = a(b)(c)[a](b)",
        expect![[r#"
            2 | let x = a(b)(c)[a](b)
               1  move             r4, r0
               2  move             r5, r1
               3  call             r3, r4(r5)
               4  move             r4, r3
               5  move             r5, r2
               6  call             r3, r4(r5)
               7  get.index        r3, r3, r0
               8  move             r4, r3
               9  move             r5, r1
              10  call             r3, r4(r5)
              11  return.nil"#]],
    );
    check_body(
        "a(b)",
        expect![[r#"
            2 | a(b)
               1  move             r4, r0
               2  move             r5, r1
               3  call             r3, r4(r5)
               4  return.nil"#]],
    );
}

#[test]
fn methods_are_looked_up_before_arguments() {
    check_body(
        "a.push(b + 1)",
        expect![[r#"
            2 | a.push(b + 1)
               1  get.method       r4, r5, r0, .push
               2  add.k            r6, r1, 1
               3  call.method      r3, r4(r5..r6)
               4  return.nil"#]],
    );
    check_body(
        "let x = a.trim().split(b)[0].unknown(c)",
        expect![[r#"
            2 | let x = a.trim().split(b)[0].unknown(c)
               1  get.method       r4, r5, r0, .trim
               2  call.method      r3, r4(r5)
               3  get.method       r4, r5, r3, .split
               4  move             r6, r1
               5  call.method      r3, r4(r5..r6)
               6  load.int         r4, 0
               7  get.index        r3, r3, r4
               8  get.method       r4, r5, r3, .unknown
               9  move             r6, r2
              10  call.method      r3, r4(r5..r6)
              11  return.nil"#]],
    );
    check_body(
        "let x = a[b].len() + 'text'.len()",
        expect![[r#"
            2 | let x = a[b].len() + 'text'.len()
               1  get.index        r3, r0, r1
               2  get.method       r4, r5, r3, .len
               3  call.method      r3, r4(r5)
               4  load.const       r4, "text"
               5  get.method       r5, r6, r4, .len
               6  call.method      r4, r5(r6)
               7  add              r3, r3, r4
               8  return.nil"#]],
    );
}

#[test]
fn builtins() {
    check_body(
        "let x = len(a)",
        expect![[r#"
            2 | let x = len(a)
               1  move             r3, r0
               2  call.builtin     r3(r3), len
               3  return.nil"#]],
    );
    check_body(
        "print(a, b + 1, len(c))",
        expect![[r#"
            2 | print(a, b + 1, len(c))
               1  move             r3, r0
               2  add.k            r4, r1, 1
               3  move             r5, r2
               4  call.builtin     r5(r5), len
               5  call.builtin     r3(r3..r5), print
               6  return.nil"#]],
    );
    check_body(
        "print()",
        expect![[r#"
            2 | print()
               1  call.builtin     r3(), print
               2  return.nil"#]],
    );
    // In Pseudocode: an ordinary call.
    check_body(
        "let x = map(a, len)",
        expect![[r#"
            2 | let x = map(a, len)
               1  load.builtin     r4, map
               2  move             r5, r0
               3  load.builtin     r6, len
               4  call             r3, r4(r5..r6)
               5  return.nil"#]],
    );
    // A wrong number of arguments is found by the ordinary call.
    check_body(
        "let x = len(a, b)",
        expect![[r#"
            2 | let x = len(a, b)
               1  load.builtin     r4, len
               2  move             r5, r0
               3  move             r6, r1
               4  call             r3, r4(r5..r6)
               5  return.nil"#]],
    );
    check_body(
        "let x = PI * MAX_INT",
        expect![[r#"
            2 | let x = PI * MAX_INT
               1  load.const       r3, 3.141592653589793
               2  load.const       r4, 9223372036854775807
               3  mul              r3, r3, r4
               4  return.nil"#]],
    );
    check_body(
        "return len(a)",
        expect![[r#"
            2 | return len(a)
               1  move             r3, r0
               2  call.builtin     r3(r3), len
               3  return           r3"#]],
    );
    check_body(
        "return map(a, b)",
        expect![[r#"
            2 | return map(a, b)
               1  load.builtin     r4, map
               2  move             r5, r0
               3  move             r6, r1
               4  call             r3, r4(r5..r6)
               5  return           r3"#]],
    );
}
