//! Loops of every form.

use expect_test::expect;

use super::{Session, check_body};

#[test]
fn while_loops() {
    check_body(
        "while a < 10 do a += 1 end",
        expect![[r#"
            2 | while a < 10 do a += 1 end
               1  loop             loop 0
               2  jump.nlt.k       r0, 10, -> 5
               3  add.k            r0, r0, 1
               4  loop.back        -> 2
               5  return.nil"#]],
    );
    check_body(
        "while a and b < c do\n if c then continue end\n if b then break end\n a += 1\nend",
        expect![[r#"
            2 | while a and b < c do
               1  loop             loop 0
               2  jump.ifnot       r0, -> 8
               3  jump.nlt         r1, r2, -> 8
            3 |  if c then continue end
               4  jump.if          r2, -> 7
            4 |  if b then break end
               5  jump.if          r1, -> 8
            5 |  a += 1
               6  add.k            r0, r0, 1
            6 | end
               7  loop.back        -> 2
               8  return.nil"#]],
    );
    check_body(
        "while true do a += 1 end",
        expect![[r#"
            2 | while true do a += 1 end
               1  loop             loop 0
               2  add.k            r0, r0, 1
               3  loop.back        -> 2"#]],
    );
    check_body(
        "while false do a += 1 end",
        expect![[r#"
            2 | while false do a += 1 end
               1  loop             loop 0
               2  jump             -> 3
               3  return.nil"#]],
    );
}

#[test]
fn counted_loops() {
    check_body(
        "for i in 0..a do b += i end",
        expect![[r#"
            2 | for i in 0..a do b += i end
               1  load.int         r3, 0
               2  move             r4, r0
               3  load.int         r5, 1
               4  for.prep         r3..r6, -> 8
               5  loop             loop 0
               6  add              r1, r1, r6
               7  for.loop.1       r3..r6, -> 6
               8  return.nil"#]],
    );
    check_body(
        "for i in 1 to a do b += i end",
        expect![[r#"
            2 | for i in 1 to a do b += i end
               1  load.int         r3, 1
               2  move             r4, r0
               3  load.int         r5, 1
               4  for.prep.to      r3..r6, -> 8
               5  loop             loop 0
               6  add              r1, r1, r6
               7  for.loop.1       r3..r6, -> 6
               8  return.nil"#]],
    );
    check_body(
        "for i in 10 to 0 step -2 do b += i end",
        expect![[r#"
            2 | for i in 10 to 0 step -2 do b += i end
               1  load.int         r3, 10
               2  load.int         r4, 0
               3  load.int         r5, -2
               4  for.prep.to      r3..r6, -> 8
               5  loop             loop 0
               6  add              r1, r1, r6
               7  for.loop         r3..r6, -> 6
               8  return.nil"#]],
    );
    check_body(
        "for i in a..b step c do continue end",
        expect![[r#"
            2 | for i in a..b step c do continue end
               1  move             r3, r0
               2  move             r4, r1
               3  move             r5, r2
               4  for.prep         r3..r6, -> 8
               5  loop             loop 0
               6  jump             -> 7
               7  for.loop         r3..r6, -> 6
               8  return.nil"#]],
    );
    check_body(
        "for i in a..b step 1 do i = 0 end",
        expect![[r#"
            2 | for i in a..b step 1 do i = 0 end
               1  move             r3, r0
               2  move             r4, r1
               3  load.int         r5, 1
               4  for.prep         r3..r6, -> 8
               5  loop             loop 0
               6  load.int         r6, 0
               7  for.loop.1       r3..r6, -> 6
               8  return.nil"#]],
    );
    check_body(
        "for n, i in 5..a do if i then continue end end",
        expect![[r#"
            2 | for n, i in 5..a do if i then continue end end
               1  load.int         r3, 5
               2  move             r4, r0
               3  load.int         r5, 1
               4  load.int         r7, 0
               5  for.prep         r3..r6, -> 11
               6  loop             loop 0
               7  move             r8, r7
               8  jump.if          r6, -> 9
               9  add.k            r7, r7, 1
              10  for.loop.1       r3..r6, -> 7
              11  return.nil"#]],
    );
    let proto = Session::new().compile("for i in 0..9 do let x = i end").unwrap();
    assert_eq!(proto.loops.iter().map(|info| info.counted).collect::<Vec<_>>(), [Some(0)]);
}

#[test]
fn container_loops() {
    check_body(
        "for x in a do b += x end",
        expect![[r#"
            2 | for x in a do b += x end
               1  move             r3, r0
               2  iter.prep        r3
               3  load.int         r4, 0
               4  loop             loop 0
               5  iter.next        r3..r5, -> 8
               6  add              r1, r1, r5
               7  loop.back        -> 5
               8  return.nil"#]],
    );
    check_body(
        "for i, x in a(b) do\n if x then break end\nend",
        expect![[r#"
            2 | for i, x in a(b) do
               1  move             r4, r0
               2  move             r5, r1
               3  call             r3, r4(r5)
               4  iter.prep        r3
               5  load.int         r4, 0
               6  loop             loop 0
               7  iter.next.2      r3..r6, -> 10
            3 |  if x then break end
               8  jump.if          r6, -> 10
            4 | end
               9  loop.back        -> 7
              10  return.nil"#]],
    );
}

#[test]
fn repeat_and_endless_loops() {
    check_body(
        "repeat\n let x = a()\nuntil x > 3",
        expect![[r#"
            2 | repeat
               1  loop             loop 0
            3 |  let x = a()
               2  move             r4, r0
               3  call             r3, r4()
            4 | until x > 3
               4  jump.gt.k        r3, 3, -> 6
               5  loop.back        -> 2
               6  return.nil"#]],
    );
    check_body(
        "repeat\n let x = a()\n if x then continue end\nuntil x or b",
        expect![[r#"
            2 | repeat
               1  loop             loop 0
            3 |  let x = a()
               2  move             r4, r0
               3  call             r3, r4()
            4 |  if x then continue end
               4  jump.if          r3, -> 5
            5 | until x or b
               5  jump.if          r3, -> 8
               6  jump.if          r1, -> 8
               7  loop.back        -> 2
               8  return.nil"#]],
    );
    check_body(
        "repeat return a until b",
        expect![[r#"
            2 | repeat return a until b
               1  loop             loop 0
               2  return           r0"#]],
    );
    check_body(
        "loop\n if a then break end\n a += 1\nend",
        expect![[r#"
            2 | loop
               1  loop             loop 0
            3 |  if a then break end
               2  jump.if          r0, -> 5
            4 |  a += 1
               3  add.k            r0, r0, 1
            5 | end
               4  loop.back        -> 2
               5  return.nil"#]],
    );
    check_body(
        "loop a() end",
        expect![[r#"
            2 | loop a() end
               1  loop             loop 0
               2  move             r4, r0
               3  call             r3, r4()
               4  loop.back        -> 2"#]],
    );
}

#[test]
fn nested_loops() {
    check_body(
        "for i in 0..a do for j in 0..b do if c then break end; c += i * j end end",
        expect![[r#"
            2 | for i in 0..a do for j in 0..b do if c then break end; c += i * j end end
               1  load.int         r3, 0
               2  move             r4, r0
               3  load.int         r5, 1
               4  for.prep         r3..r6, -> 16
               5  loop             loop 0
               6  load.int         r7, 0
               7  move             r8, r1
               8  load.int         r9, 1
               9  for.prep         r7..r10, -> 15
              10  loop             loop 1
              11  jump.if          r2, -> 15
              12  mul              r11, r6, r10
              13  add              r2, r2, r11
              14  for.loop.1       r7..r10, -> 11
              15  for.loop.1       r3..r6, -> 6
              16  return.nil"#]],
    );
}

#[test]
fn a_round_has_its_own_variables() {
    // Captured and never assigned: the closure has a copy.
    check_body(
        "for i in 0..a do b.push(fn() return i end) end",
        expect![[r#"
            2 | for i in 0..a do b.push(fn() return i end) end
               1  load.int         r3, 0
               2  move             r4, r0
               3  load.int         r5, 1
               4  for.prep         r3..r6, -> 10
               5  loop             loop 0
               6  get.method       r8, r9, r1, .push
               7  closure          r10, fn0
               8  call.method      r7, r8(r9..r10)
               9  for.loop.1       r3..r6, -> 6
              10  return.nil

            fn (anonymous) (0 parameters, 1 register, captures r6)
            2 | for i in 0..a do b.push(fn() return i end) end
               0  func
               1  get.capture      r0, u0
               2  return           r0"#]],
    );
    // Captured and assigned: a cell each round.
    check_body(
        "for i in 0..a do b.push(fn() i += 1 end) end",
        expect![[r#"
            2 | for i in 0..a do b.push(fn() i += 1 end) end
               1  load.int         r3, 0
               2  move             r4, r0
               3  load.int         r5, 1
               4  for.prep         r3..r6, -> 11
               5  loop             loop 0
               6  new.cell         r6, r6
               7  get.method       r8, r9, r1, .push
               8  closure          r10, fn0
               9  call.method      r7, r8(r9..r10)
              10  for.loop.1       r3..r6, -> 6
              11  return.nil

            fn (anonymous) (0 parameters, 1 register, captures r6)
            2 | for i in 0..a do b.push(fn() i += 1 end) end
               0  func
               1  get.cellcap      r0, u0
               2  add.k            r0, r0, 1
               3  set.cellcap      r0, u0
               4  return.nil"#]],
    );
    check_body(
        "while a do\n let x = 1\n b = fn() return x end\n x = 2\nend",
        expect![[r#"
            2 | while a do
               1  loop             loop 0
               2  jump.ifnot       r0, -> 9
            3 |  let x = 1
               3  load.int         r3, 1
               4  new.cell         r3, r3
            4 |  b = fn() return x end
               5  closure          r1, fn0
            5 |  x = 2
               6  load.int         r4, 2
               7  set.cell         r3, r4
            6 | end
               8  loop.back        -> 2
               9  return.nil

            fn (anonymous) (0 parameters, 1 register, captures r3)
            4 |  b = fn() return x end
               0  func
               1  get.cellcap      r0, u0
               2  return           r0"#]],
    );
    check_body(
        "for i, x in a do b = fn() x = i end end",
        expect![[r#"
            2 | for i, x in a do b = fn() x = i end end
               1  move             r3, r0
               2  iter.prep        r3
               3  load.int         r4, 0
               4  loop             loop 0
               5  iter.next.2      r3..r6, -> 9
               6  new.cell         r6, r6
               7  closure          r1, fn0
               8  loop.back        -> 5
               9  return.nil

            fn (anonymous) (0 parameters, 1 register, captures r6, r5)
            2 | for i, x in a do b = fn() x = i end end
               0  func
               1  get.capture      r0, u1
               2  set.cellcap      r0, u0
               3  return.nil"#]],
    );
}
