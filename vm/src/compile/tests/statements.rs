//! Definitions, assignments, conditions, blocks.

use expect_test::expect;

use super::{Session, check, check_body};

#[test]
fn definitions() {
    check_body(
        "let x\nlet y, z = a, b + c\nlet q, r = a(b)\nlet s, t = c\nconst D, E = 1, 2",
        expect![[r#"
            2 | let x
               1  load.nil         r3
            3 | let y, z = a, b + c
               2  move             r4, r0
               3  add              r5, r1, r2
            4 | let q, r = a(b)
               4  move             r7, r0
               5  move             r8, r1
               6  call             r6, r7(r8)
               7  unpack           r6..r7, r6
            5 | let s, t = c
               8  unpack           r8..r9, r2
            6 | const D, E = 1, 2
               9  load.int         r10, 1
              10  load.int         r11, 2
              11  return.nil"#]],
    );
    // A new name is visible after its statement.
    check_body(
        "let a2 = a\nif a then\n let a = a + 1\n print(a)\nend\nreturn a",
        expect![[r#"
            2 | let a2 = a
               1  move             r3, r0
            3 | if a then
               2  jump.ifnot       r0, -> 6
            4 |  let a = a + 1
               3  add.k            r4, r0, 1
            5 |  print(a)
               4  move             r5, r4
               5  call.builtin     r5(r5), print
            7 | return a
               6  return           r0"#]],
    );
}

#[test]
fn globals() {
    check(
        "let x = 1\nlet y, z = x, 2\nlet q, r = [x, y]\nlet n\nx = x + 1\nx += 1\nprint(later())\nfn later() return x end",
        expect![[r#"
        fn main (0 parameters, 2 registers)
            1 | let x = 1
               0  func
               1  load.int         r0, 1
               2  def.global       r0, g:x
            2 | let y, z = x, 2
               3  get.global       r0, g:x
               4  load.int         r1, 2
               5  def.global       r0, g:y
               6  def.global       r1, g:z
            3 | let q, r = [x, y]
               7  get.global       r0, g:x
               8  get.global       r1, g:y
               9  new.array        r0, r0..r1
              10  unpack           r0..r1, r0
              11  def.global       r0, g:q
              12  def.global       r1, g:r
            4 | let n
              13  load.nil         r0
              14  def.global       r0, g:n
            5 | x = x + 1
              15  get.global       r0, g:x
              16  add.k            r0, r0, 1
              17  set.global       r0, g:x
            6 | x += 1
              18  get.global       r0, g:x
              19  add.k            r0, r0, 1
              20  set.global       r0, g:x
            7 | print(later())
              21  get.global       r1, g:later
              22  call             r0, r1()
              23  call.builtin     r0(r0), print
            8 | fn later() return x end
              24  closure          r0, fn:later
              25  def.global       r0, g:later
              26  return.nil

        fn later (0 parameters, 1 register)
            8 | fn later() return x end
               0  func
               1  get.global       r0, g:x
               2  return           r0
    "#]],
    );
}

#[test]
fn constants_behind_their_declaration() {
    check(
        "fn early() return N end\nconst N = -3\nconst M, T = N, 'text'\nconst A = [N]\nlet n = N\nfn late(x)\n if M then return x + N end\n return T\nend",
        expect![[r#"
            fn main (0 parameters, 2 registers)
                1 | fn early() return N end
                   0  func
                   1  closure          r0, fn:early
                   2  def.global       r0, g:early
                2 | const N = -3
                   3  load.int         r0, -3
                   4  def.global       r0, g:N
                3 | const M, T = N, 'text'
                   5  load.int         r0, -3
                   6  load.const       r1, "text"
                   7  def.global       r0, g:M
                   8  def.global       r1, g:T
                4 | const A = [N]
                   9  load.int         r0, -3
                  10  new.array        r0, r0
                  11  def.global       r0, g:A
                5 | let n = N
                  12  load.int         r0, -3
                  13  def.global       r0, g:n
                6 | fn late(x)
                  14  closure          r0, fn:late
                  15  def.global       r0, g:late
                9 | end
                  16  return.nil

            fn early (0 parameters, 1 register)
                1 | fn early() return N end
                   0  func
                   1  get.global       r0, g:N
                   2  return           r0

            fn late (1 parameter, 2 registers)
                6 | fn late(x)
                   0  func
                7 |  if M then return x + N end
                   1  add.k            r1, r0, -3
                   2  return           r1
        "#]],
    );
}

#[test]
fn a_prompt_keeps_its_globals() {
    let mut session = Session::new();
    session.compile("let x = 1\nconst C = 2").unwrap();
    expect![[r#"
        fn main (0 parameters, 2 registers)
            1 | print(x, C)
               0  func
               1  get.global       r0, g:x
               2  get.global       r1, g:C
               3  call.builtin     r0(r0..r1), print
            2 | let x = x + 1
               4  get.global       r0, g:x
               5  add.k            r0, r0, 1
               6  def.global       r0, g:x
               7  return.nil
    "#]]
    .assert_eq(&session.listing("print(x, C)\nlet x = x + 1"));
    assert!(session.compile("C = 3").unwrap_err().contains("`C` is a constant"));
    session.compile("let C = 3").unwrap();
    session.compile("C = 4").unwrap();
}

#[test]
fn assignments() {
    check_body(
        "a = b\na = a\nb[0] = c\nb[a][c + 1] = a * 2",
        expect![[r#"
            2 | a = b
               1  move             r0, r1
            4 | b[0] = c
               2  load.int         r3, 0
               3  set.index        r1, r3, r2
            5 | b[a][c + 1] = a * 2
               4  get.index        r3, r1, r0
               5  add.k            r4, r2, 1
               6  mul.k            r5, r0, 2
               7  set.index        r3, r4, r5
               8  return.nil"#]],
    );
    check_body(
        "a, b = b, a",
        expect![[r#"
            2 | a, b = b, a
               1  move             r3, r0
               2  move             r0, r1
               3  move             r1, r3
               4  return.nil"#]],
    );
    check_body(
        "a, b = b, a + b",
        expect![[r#"
            2 | a, b = b, a + b
               1  add              r3, r0, r1
               2  move             r0, r1
               3  move             r1, r3
               4  return.nil"#]],
    );
    check_body(
        "a, b, c = c, a, b",
        expect![[r#"
            2 | a, b, c = c, a, b
               1  move             r3, r0
               2  move             r4, r1
               3  move             r0, r2
               4  move             r1, r3
               5  move             r2, r4
               6  return.nil"#]],
    );
    check_body(
        "a[b], a[c] = a[c], a[b]",
        expect![[r#"
            2 | a[b], a[c] = a[c], a[b]
               1  get.index        r3, r0, r2
               2  get.index        r4, r0, r1
               3  set.index        r0, r1, r3
               4  set.index        r0, r2, r4
               5  return.nil"#]],
    );
    // The parts of a target are known before anything is stored.
    check_body(
        "a, b[a] = 1, 2",
        expect![[r#"
            2 | a, b[a] = 1, 2
               1  move             r3, r0
               2  load.int         r4, 1
               3  load.int         r5, 2
               4  move             r0, r4
               5  set.index        r1, r3, r5
               6  return.nil"#]],
    );
    check_body(
        "a, b = c",
        expect![[r#"
            2 | a, b = c
               1  unpack           r3..r4, r2
               2  move             r0, r3
               3  move             r1, r4
               4  return.nil"#]],
    );
    check_body(
        "a, b[c] = c()",
        expect![[r#"
            2 | a, b[c] = c()
               1  move             r4, r2
               2  call             r3, r4()
               3  unpack           r4..r5, r3
               4  move             r0, r4
               5  set.index        r1, r2, r5
               6  return.nil"#]],
    );
}

#[test]
fn compound_assignments() {
    check_body(
        "a += 1\na -= b\na *= b + c\na /= 2.0\na %= a(b)",
        expect![[r#"
            2 | a += 1
               1  add.k            r0, r0, 1
            3 | a -= b
               2  sub              r0, r0, r1
            4 | a *= b + c
               3  add              r3, r1, r2
               4  mul              r0, r0, r3
            5 | a /= 2.0
               5  div.float.k      r0, r0, 2.0
            6 | a %= a(b)
               6  move             r4, r0
               7  move             r5, r1
               8  call             r3, r4(r5)
               9  mod              r0, r0, r3
              10  return.nil"#]],
    );
    check_body(
        "a[b] += 1\na[b + 1] <<= c(a)\na &= 1\na |= 2\na ^= 4\na >>= 1",
        expect![[r#"
            2 | a[b] += 1
               1  get.index        r3, r0, r1
               2  add.k            r3, r3, 1
               3  set.index        r0, r1, r3
            3 | a[b + 1] <<= c(a)
               4  add.k            r3, r1, 1
               5  get.index        r4, r0, r3
               6  move             r6, r2
               7  move             r7, r0
               8  call             r5, r6(r7)
               9  shl              r4, r4, r5
              10  set.index        r0, r3, r4
            4 | a &= 1
              11  and.k            r0, r0, 1
            5 | a |= 2
              12  or.k             r0, r0, 2
            6 | a ^= 4
              13  xor.k            r0, r0, 4
            7 | a >>= 1
              14  shr.k            r0, r0, 1
              15  return.nil"#]],
    );
}

#[test]
fn conditions_are_jumps() {
    check_body(
        "if a then b = 1 end",
        expect![[r#"
            2 | if a then b = 1 end
               1  jump.ifnot       r0, -> 3
               2  load.int         r1, 1
               3  return.nil"#]],
    );
    check_body(
        "if not a then b = 1 else b = 2 end",
        expect![[r#"
            2 | if not a then b = 1 else b = 2 end
               1  jump.if          r0, -> 4
               2  load.int         r1, 1
               3  jump             -> 5
               4  load.int         r1, 2
               5  return.nil"#]],
    );
    check_body(
        "if a < b then c = 1 elif a == 'x' then c = 2 elif b != nil then c = 3 else c = 4 end",
        expect![[r#"
            2 | if a < b then c = 1 elif a == 'x' then c = 2 elif b != nil then c = 3 else c = 4 end
               1  jump.nlt         r0, r1, -> 4
               2  load.int         r2, 1
               3  jump             -> 11
               4  jump.ne.k        r0, "x", -> 7
               5  load.int         r2, 2
               6  jump             -> 11
               7  jump.eq.k        r1, nil, -> 10
               8  load.int         r2, 3
               9  jump             -> 11
              10  load.int         r2, 4
              11  return.nil"#]],
    );
    check_body(
        "if a < b and b <= 3 and c then b = 1 end",
        expect![[r#"
            2 | if a < b and b <= 3 and c then b = 1 end
               1  jump.nlt         r0, r1, -> 5
               2  jump.nle.k       r1, 3, -> 5
               3  jump.ifnot       r2, -> 5
               4  load.int         r1, 1
               5  return.nil"#]],
    );
    check_body(
        "if a > b or b >= 3 or c then b = 1 end",
        expect![[r#"
            2 | if a > b or b >= 3 or c then b = 1 end
               1  jump.gt          r0, r1, -> 4
               2  jump.ge.k        r1, 3, -> 4
               3  jump.ifnot       r2, -> 5
               4  load.int         r1, 1
               5  return.nil"#]],
    );
    check_body(
        "if (a or b) and not (b and c > 1) then b = 1 end",
        expect![[r#"
            2 | if (a or b) and not (b and c > 1) then b = 1 end
               1  jump.if          r0, -> 3
               2  jump.ifnot       r1, -> 6
               3  jump.ifnot       r1, -> 5
               4  jump.gt.k        r2, 1, -> 6
               5  load.int         r1, 1
               6  return.nil"#]],
    );
    check_body(
        "if a and (b or c) or not a then b = 1 end",
        expect![[r#"
            2 | if a and (b or c) or not a then b = 1 end
               1  jump.ifnot       r0, -> 4
               2  jump.if          r1, -> 5
               3  jump.if          r2, -> 5
               4  jump.if          r0, -> 6
               5  load.int         r1, 1
               6  return.nil"#]],
    );
    check_body(
        "if a in b then c = 1 end",
        expect![[r#"
            2 | if a in b then c = 1 end
               1  in               r3, r0, r1
               2  jump.ifnot       r3, -> 4
               3  load.int         r2, 1
               4  return.nil"#]],
    );
    check_body(
        "if len(a) > 3 then c = 1 end",
        expect![[r#"
            2 | if len(a) > 3 then c = 1 end
               1  move             r3, r0
               2  call.builtin     r3(r3), len
               3  jump.ngt.k       r3, 3, -> 5
               4  load.int         r2, 1
               5  return.nil"#]],
    );
}

#[test]
fn what_cannot_be_reached_is_left_out() {
    check_body(
        "if true then return a else return b end\nprint(a)",
        expect![[r#"
            2 | if true then return a else return b end
               1  return           r0"#]],
    );
    check_body(
        "if false then a = 1 elif a then return 1 else return 2 end",
        expect![[r#"
            2 | if false then a = 1 elif a then return 1 else return 2 end
               1  jump             -> 2
               2  jump.ifnot       r0, -> 5
               3  load.int         r3, 1
               4  return           r3
               5  load.int         r3, 2
               6  return           r3"#]],
    );
    check_body(
        "loop\n if a then break end\n return 1\nend",
        expect![[r#"
            2 | loop
               1  loop             loop 0
            3 |  if a then break end
               2  jump.if          r0, -> 5
            4 |  return 1
               3  load.int         r3, 1
               4  return           r3
            5 | end
               5  return.nil"#]],
    );
}

#[test]
fn blocks_reuse_registers() {
    check_body(
        "if a then let x = 1; let y = 2 end\nif b then let z = 3 end\nlet w = 4",
        expect![[r#"
            2 | if a then let x = 1; let y = 2 end
               1  jump.ifnot       r0, -> 4
               2  load.int         r3, 1
               3  load.int         r4, 2
            3 | if b then let z = 3 end
               4  jump.ifnot       r1, -> 6
               5  load.int         r3, 3
            4 | let w = 4
               6  load.int         r3, 4
               7  return.nil"#]],
    );
}

#[test]
fn input_and_output() {
    check(
        "let line\ninput line\noutput line, 1",
        expect![[r#"
        fn main (0 parameters, 2 registers)
            1 | let line
               0  func
               1  load.nil         r0
               2  def.global       r0, g:line
            2 | input line
               3  call.builtin     r0(), input
               4  set.global       r0, g:line
            3 | output line, 1
               5  get.global       r0, g:line
               6  load.int         r1, 1
               7  call.builtin     r0(r0..r1), print
               8  return.nil
    "#]],
    );
    check_body(
        "input a\ninput b[c]",
        expect![[r#"
            2 | input a
               1  call.builtin     r3(), input
               2  move             r0, r3
            3 | input b[c]
               3  call.builtin     r3(), input
               4  set.index        r1, r2, r3
               5  return.nil"#]],
    );
    // The statements mean the builtins, whatever the names mean.
    check(
        "fn print() end\nfn input() end\nlet x\ninput x\noutput x",
        expect![[r#"
        fn main (0 parameters, 1 register)
            1 | fn print() end
               0  func
               1  closure          r0, fn:print
               2  def.global       r0, g:print
            2 | fn input() end
               3  closure          r0, fn:input
               4  def.global       r0, g:input
            3 | let x
               5  load.nil         r0
               6  def.global       r0, g:x
            4 | input x
               7  call.builtin     r0(), input
               8  set.global       r0, g:x
            5 | output x
               9  get.global       r0, g:x
              10  call.builtin     r0(r0), print
              11  return.nil

        fn print (0 parameters, 0 registers)
            1 | fn print() end
               0  func
               1  return.nil

        fn input (0 parameters, 0 registers)
            2 | fn input() end
               0  func
               1  return.nil
    "#]],
    );
}
