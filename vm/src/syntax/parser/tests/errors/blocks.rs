//! Errors in what belongs to what: missing and misplaced `end`s, `match` and its cases.

use expect_test::expect;

use super::{check, lines};

#[test]
fn ends() {
    check(
        "if a then\n  b\n",
        expect![[r#"
        error: expected `end`, found the end of the file
         --> a.pseudo:2:4
          |
        1 | if a then
          | -- this `if` is not closed
        2 |   b
          |    ^ expected `end` after this
    "#]],
    );
    check(
        "fn f()\n  while a do\n    b\nend\n\nx = 1\n",
        expect![[r#"
        error: expected `end`, found the end of the file
         --> a.pseudo:6:6
          |
        1 | fn f()
          | -- this `fn` is not closed
        2 |   while a do
          |   ----- or is it this `while` that lacks its `end`?
        3 |     b
        4 | end
          | --- this `end` closes that `while`, but stands further left
        5 |
        6 | x = 1
          |      ^ expected `end` after this
    "#]],
    );
    check(
        "fn f()\n  if a then\n    b\n  else if c then\n    d\n  end\nend\n",
        expect![[r#"
            error: expected `end`, found the end of the file
             --> a.pseudo:7:4
              |
            1 | fn f()
              | -- this `fn` is not closed
            2 |   if a then
              |   -- or is it this `if` that lacks its `end`?
            3 |     b
            4 |   else if c then
              |        -- `else if` opens an `if` with an `end` of its own
            ...
            7 | end
              | ---^ expected `end` after this
              | |
              | this `end` closes that `if`, but stands further left
              |
              = help: write `elif`
        "#]],
    );
    check(
        "while a do if b then repeat c",
        expect![[r#"
        error: expected `until`, found the end of the file
         --> a.pseudo:1:30
          |
        1 | while a do if b then repeat c
          | -----      --        ------  ^ expected `until` after this
          | |          |         |
          | |          |         this `repeat` is not closed
          | |          this `if` is not closed
          | this `while` is not closed
    "#]],
    );
    check(
        "loop loop loop loop loop loop",
        expect![[r#"
        error: expected `end`, found the end of the file
         --> a.pseudo:1:30
          |
        1 | loop loop loop loop loop loop
          |           ---- ---- ---- ----^ expected `end` after this
          |           |    |    |    |
          |           |    |    |    this `loop` is not closed
          |           |    |    this `loop` is not closed
          |           |    this `loop` is not closed
          |           this `loop` is not closed
          |
          = note: 2 more are open around these
    "#]],
    );
    check(
        "end\nx = 1\nelse\nelif a then\ncase 1 then\nuntil a\ncatch e\nfinally\nend if",
        expect![[r#"
        error: unexpected `end`
         --> a.pseudo:1:1
          |
        1 | end
          | ^^^ there is nothing open that it could close

        error: unexpected `else`
         --> a.pseudo:3:1
          |
        3 | else
          | ^^^^ there is no `if` that it could belong to

        error: unexpected `elif`
         --> a.pseudo:4:1
          |
        4 | elif a then
          | ^^^^ there is no `if` that it could belong to

        error: unexpected `case`
         --> a.pseudo:5:1
          |
        5 | case 1 then
          | ^^^^ there is no `match` that it could belong to

        error: unexpected `until`
         --> a.pseudo:6:1
          |
        6 | until a
          | ^^^^^ there is no `repeat` that it could belong to

        error: unexpected `catch`
         --> a.pseudo:7:1
          |
        7 | catch e
          | ^^^^^ there is no `try` that it could belong to

        error: unexpected `finally`
         --> a.pseudo:8:1
          |
        8 | finally
          | ^^^^^^^ there is no `try` that it could belong to

        error: unexpected `end`
         --> a.pseudo:9:1
          |
        9 | end if
          | ^^^ there is nothing open that it could close
    "#]],
    );
    check(
        "while a do\n  if b then\n    c\nend while\nd",
        expect![[r#"
            error: `end while` inside an `if`
             --> a.pseudo:4:1
              |
            2 |   if b then
              |   -- this `if` is not closed
            3 |     c
            4 | end while
              | ^^^^^^^^^ expected the `end` of the `if` before this
        "#]],
    );
    check(
        "while a do\n  b\nend if\nif a then b end while",
        expect![[r#"
            error: `end if` closes a `while`
             --> a.pseudo:3:5
              |
            1 | while a do
              | ----- this `while` ends there
            2 |   b
            3 | end if
              |     ^^ expected `while` or nothing after `end`

            error: `end while` closes an `if`
             --> a.pseudo:4:17
              |
            4 | if a then b end while
              | --              ^^^^^ expected `if` or nothing after `end`
              | |
              | this `if` ends there
        "#]],
    );
    check(
        "if a then b else c else d end\nif a then b else c elif d then e end",
        expect![[r#"
        error: unexpected `else`
         --> a.pseudo:1:20
          |
        1 | if a then b else c else d end
          | --                 ^^^^ its `if` has an `else` already
          | |
          | it stands in this

        error: unexpected `elif`
         --> a.pseudo:2:20
          |
        2 | if a then b else c elif d then e end
          | --                 ^^^^ its `if` has an `else` already
          | |
          | it stands in this
    "#]],
    );
    check(
        "if a then\n  while b do\n    c\nelse\n  d\nend",
        expect![[r#"
        error: expected `end` to close the `while`, found `else`
         --> a.pseudo:3:6
          |
        2 |   while b do
          |   ----- this `while` is not closed
        3 |     c
          |      ^ expected `end` to close the `while` after this
    "#]],
    );
    check(
        "repeat\n  a\nend\nwhile a do repeat b end end\nwhile a do repeat b else end",
        expect![[r#"
        error: expected `until`, found `end`
         --> a.pseudo:2:4
          |
        1 | repeat
          | ------ to close this `repeat`
        2 |   a
          |    ^ expected `until` after this
          |
          = help: `repeat ... until c` ends with its condition; a loop without one is `loop ... end`

        error: expected `until`, found `end`
         --> a.pseudo:4:21
          |
        4 | while a do repeat b end end
          |            ------   ^^^ expected `until`
          |            |
          |            to close this `repeat`
          |
          = help: `repeat ... until c` ends with its condition; a loop without one is `loop ... end`

        error: unexpected `else`
         --> a.pseudo:5:21
          |
        5 | while a do repeat b else end
          |                     ^^^^ there is no `if` that it could belong to

        error: expected `until`, found `end`
         --> a.pseudo:5:26
          |
        5 | while a do repeat b else end
          |            ------        ^^^ expected `until`
          |            |
          |            to close this `repeat`
          |
          = help: `repeat ... until c` ends with its condition; a loop without one is `loop ... end`

        error: expected `end`, found the end of the file
         --> a.pseudo:5:29
          |
        5 | while a do repeat b else end
          | -----                       ^ expected `end` after this
          | |
          | this `while` is not closed
    "#]],
    );
    check(
        "try a end; try a catch b catch c end; try a finally b catch c end",
        expect![[r#"
        error: expected `catch` or `finally`, found `end`
         --> a.pseudo:1:7
          |
        1 | try a end; try a catch b catch c end; try a finally b catch c end
          | ---   ^^^ expected `catch` or `finally`
          | |
          | for this `try`

        error: unexpected `catch`
         --> a.pseudo:1:26
          |
        1 | try a end; try a catch b catch c end; try a finally b catch c end
          |            ---           ^^^^^ its `try` has one already, or has a `finally`
          |            |
          |            it stands in this

        error: unexpected `catch`
         --> a.pseudo:1:55
          |
        1 | try a end; try a catch b catch c end; try a finally b catch c end
          |                                       ---             ^^^^^ its `try` has one already, or has a `finally`
          |                                       |
          |                                       it stands in this
    "#]],
    );
    check(
        "f(fn() a)\ng()\n",
        expect![[r#"
            error: expected `end` to close the `fn`, found `)`
             --> a.pseudo:1:9
              |
            1 | f(fn() a)
              |   --    ^ expected `end` to close the `fn`
              |   |
              |   this `fn` is not closed
        "#]],
    );
}

#[test]
fn matches() {
    check(
        "match a\n  x\n  case 1 then b\n  case then c\n  case 2 d\n  case + then e\nend",
        expect![[r#"
            error: expected `case`, `else` or `end`, found `x`
             --> a.pseudo:2:3
              |
            2 |   x
              |   ^ expected `case`, `else` or `end`

            error: expected a pattern, found `then`
             --> a.pseudo:4:8
              |
            4 |   case then c
              |        ^^^^ expected a pattern

            error: expected `then` or `->`, found `d`
             --> a.pseudo:5:10
              |
            5 |   case 2 d
              |          ^ expected `then` or `->`

            error: expected a pattern, found `+`
             --> a.pseudo:6:8
              |
            6 |   case + then e
              |        ^ expected a pattern
        "#]],
    );
    check(
        "match a case 1..2 then b case \"${x}\" then c case (a) then d case a b then e case f() then g end",
        expect![[r#"
            error: expected `,`, `if`, `then` or `->`, found `..`
             --> a.pseudo:1:15
              |
            1 | match a case 1..2 then b case "${x}" then c case (a) then d case a b then e case f() then g end
              |               ^^ expected `,`, `if`, `then` or `->`
              |
              = help: a range is tested by a guard: `case n if n in 1..5 then`

            error: expected a pattern, found a string
             --> a.pseudo:1:31
              |
            1 | match a case 1..2 then b case "${x}" then c case (a) then d case a b then e case f() then g end
              |                               ^^^ expected a pattern
              |
              = help: a string in a pattern is fixed: it has no `${ }`

            error: expected a pattern, found `(`
             --> a.pseudo:1:50
              |
            1 | match a case 1..2 then b case "${x}" then c case (a) then d case a b then e case f() then g end
              |                                                  ^ expected a pattern
              |
              = help: a condition stands behind a name: `case n if n > 0 then`

            error: expected `then` or `->`, found `b`
             --> a.pseudo:1:68
              |
            1 | match a case 1..2 then b case "${x}" then c case (a) then d case a b then e case f() then g end
              |                                                                    ^ expected `then` or `->`

            error: expected `then` or `->`, found `(`
             --> a.pseudo:1:83
              |
            1 | match a case 1..2 then b case "${x}" then c case (a) then d case a b then e case f() then g end
              |                                                                                   ^ expected `then` or `->`
        "#]],
    );
    check(
        "match a case [1 2] then b case {a} then c case {(k): 1} then d case -x then e case [a then f end",
        expect![[r#"
            error: expected `,` or `]`, found `2`
             --> a.pseudo:1:17
              |
            1 | match a case [1 2] then b case {a} then c case {(k): 1} then d case -x then e case [a then f end
              |              -  ^ expected `,` or `]`
              |              |
              |              in this bracket

            error: expected a key, found `a`
             --> a.pseudo:1:33
              |
            1 | match a case [1 2] then b case {a} then c case {(k): 1} then d case -x then e case [a then f end
              |                                 ^ expected a key

            error: expected a key, found `(`
             --> a.pseudo:1:49
              |
            1 | match a case [1 2] then b case {a} then c case {(k): 1} then d case -x then e case [a then f end
              |                                                 ^ expected a key

            error: expected a number after `-` in a pattern, found `x`
             --> a.pseudo:1:70
              |
            1 | match a case [1 2] then b case {a} then c case {(k): 1} then d case -x then e case [a then f end
              |                                                                      ^ expected a number after `-` in a pattern

            error: expected `,` or `]`, found `then`
             --> a.pseudo:1:87
              |
            1 | match a case [1 2] then b case {a} then c case {(k): 1} then d case -x then e case [a then f end
              |                                                                                    -  ^^^^ expected `,` or `]`
              |                                                                                    |
              |                                                                                    this bracket is not closed
        "#]],
    );
    check(
        "match a case 1 -> b; c\ncase 2 ->\ncase 3 -> b c\nend",
        expect![[r#"
            error: `->` takes one statement
             --> a.pseudo:1:22
              |
            1 | match a case 1 -> b; c
              |                      ^ expected `case`, `else` or `end`
              |
              = help: write `then` for more than one

            error: expected a statement, found `case`
             --> a.pseudo:2:10
              |
            2 | case 2 ->
              |          ^ expected a statement after this

            error: expected the end of the statement, found `c`
             --> a.pseudo:3:13
              |
            3 | case 3 -> b c
              |             ^ expected a newline or `;` before this
              |
              = help: a function is called with its arguments in parentheses: `b(...)`
        "#]],
    );
    check(
        "match a else b case 1 then c else d end; match then end; match a b end; match a case 1: b end",
        expect![[r#"
            error: `case` after `else`
             --> a.pseudo:1:16
              |
            1 | match a else b case 1 then c else d end; match then end; match a b end; match a case 1: b end
              | -----          ^^^^ expected `end`
              | |
              | the `else` of this `match` comes last

            error: `else` after `else`
             --> a.pseudo:1:30
              |
            1 | match a else b case 1 then c else d end; match then end; match a b end; match a case 1: b end
              | -----                        ^^^^ expected `end`
              | |
              | the `else` of this `match` comes last

            error: expected an expression, found `then`
             --> a.pseudo:1:48
              |
            1 | match a else b case 1 then c else d end; match then end; match a b end; match a case 1: b end
              |                                                ^^^^ expected an expression

            error: expected `case`, found `b`
             --> a.pseudo:1:66
              |
            1 | match a else b case 1 then c else d end; match then end; match a b end; match a case 1: b end
              |                                                                  ^ expected `case`

            error: expected `then` or `->`, found `:`
             --> a.pseudo:1:87
              |
            1 | match a else b case 1 then c else d end; match then end; match a b end; match a case 1: b end
              |                                                                                       ^ expected `then` or `->`
              |
              = help: a block does not begin with `:`
        "#]],
    );
    check(
        "match a\n  case n if n = 1 then b\n  case n if then c\nend",
        expect![[r#"
        error: `=` in a condition
         --> a.pseudo:2:15
          |
        2 |   case n if n = 1 then b
          |               ^ expected `==`
          |
          = help: `=` assigns, `==` compares

        error: expected an expression, found `then`
         --> a.pseudo:3:13
          |
        3 |   case n if then c
          |             ^^^^ expected an expression
    "#]],
    );
    check(
        "match a {\n  case 1 then b\n}\nc",
        expect![[r#"
        error: expected `case`, found `{`
         --> a.pseudo:1:9
          |
        1 | match a {
          |         ^ expected `case`
    "#]],
    );
}

#[test]
fn every_mistake_is_reported_once() {
    let text = "\
fn f(a, b
  let x = 1 +
  if x = 1 then
    y = (2
  end
  while x do
    z = [1, 2 3]
  end
end
class A
  fn g() return 1 1 end
  let = 2
end
match x
  case 1 the
    q = )
  case 2 then
    r = 'ok'
end
for i in 0 ... 10 do print(i) end
x = {a: 1, b 2}
print(x
print(y)
";
    lines(
        text,
        expect![[r#"
            1:10 expected `,` or `)`, found `let`
            3:8 `=` in a condition
            4:7 expected `else`, found `=`
            7:15 expected `,` or `]`, found `3`
            11:19 expected the end of the statement, found `1`
            12:7 expected a name, found `=`
            15:10 expected `then` or `->`, found `the`
            16:9 expected an expression, found `)`
            20:12 expected `do`, found `...`
            21:14 expected `:`, found `2`
            22:8 expected `,` or `)`, found `print`
        "#]],
    );
}
