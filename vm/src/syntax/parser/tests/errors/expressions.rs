//! Errors in expressions and brackets.

use expect_test::expect;

use super::check;

#[test]
fn expressions() {
    check(
        "x = \ny = 2",
        expect![[r#"
        error: expected the end of the statement, found `=`
         --> a.pseudo:2:3
          |
        2 | y = 2
          |   ^ expected a newline or `;` before this
    "#]],
    );
    check(
        "x = 1 +",
        expect![[r#"
        error: expected an expression, found the end of the file
         --> a.pseudo:1:8
          |
        1 | x = 1 +
          |        ^ expected an expression after this
    "#]],
    );
    check(
        "x = 1 + * 2\ny = )\nz = 2 ]",
        expect![[r#"
            error: expected an expression, found `*`
             --> a.pseudo:1:9
              |
            1 | x = 1 + * 2
              |         ^ expected an expression

            error: expected an expression, found `)`
             --> a.pseudo:2:5
              |
            2 | y = )
              |     ^ expected an expression
              |
              = help: there is no opening bracket that it could close

            error: unexpected `]`
             --> a.pseudo:3:7
              |
            3 | z = 2 ]
              |       ^ there is no opening bracket that it could close
        "#]],
    );
    check(
        "a < b < c; a == b != c; a in b in c; a..b..c; a < b < c < d",
        expect![[r#"
            error: comparisons can't be chained
             --> a.pseudo:1:7
              |
            1 | a < b < c; a == b != c; a in b in c; a..b..c; a < b < c < d
              |   -   ^ expected no second one here
              |   |
              |   the first one
              |
              = help: join two comparisons with `and`: `a < b and b < c`

            error: comparisons can't be chained
             --> a.pseudo:1:19
              |
            1 | a < b < c; a == b != c; a in b in c; a..b..c; a < b < c < d
              |              --   ^^ expected no second one here
              |              |
              |              the first one
              |
              = help: join two comparisons with `and`: `a < b and b < c`

            error: comparisons can't be chained
             --> a.pseudo:1:32
              |
            1 | a < b < c; a == b != c; a in b in c; a..b..c; a < b < c < d
              |                           --   ^^ expected no second one here
              |                           |
              |                           the first one
              |
              = help: join two comparisons with `and`: `a < b and b < c`

            error: ranges can't be chained
             --> a.pseudo:1:42
              |
            1 | a < b < c; a == b != c; a in b in c; a..b..c; a < b < c < d
              |                                       -- ^^ expected no second one here
              |                                       |
              |                                       the first one
              |
              = help: a range has two bounds: `a..b`

            error: comparisons can't be chained
             --> a.pseudo:1:53
              |
            1 | a < b < c; a == b != c; a in b in c; a..b..c; a < b < c < d
              |                                                 -   ^ expected no second one here
              |                                                 |
              |                                                 the first one
              |
              = help: join two comparisons with `and`: `a < b and b < c`
        "#]],
    );
    check(
        "x not in y; a == not b; a + not b",
        expect![[r#"
        error: there is no operator `not in`
         --> a.pseudo:1:3
          |
        1 | x not in y; a == not b; a + not b
          |   ^^^^^^ expected an operator
          |
          = help: write `not (x in y)`

        error: `not` as an operand of a tighter operator
         --> a.pseudo:1:18
          |
        1 | x not in y; a == not b; a + not b
          |                  ^^^ expected an operand
          |
          = help: put it in parentheses: `(not x)`

        error: `not` as an operand of a tighter operator
         --> a.pseudo:1:29
          |
        1 | x not in y; a == not b; a + not b
          |                             ^^^ expected an operand
          |
          = help: put it in parentheses: `(not x)`
    "#]],
    );
    check(
        "x++\ny--\nz = 1\n(x++)",
        expect![[r#"
            error: there is no operator `++`
             --> a.pseudo:1:2
              |
            1 | x++
              |  ^^ expected an operand
              |
              = help: write `x += 1`

            error: there is no operator `--`
             --> a.pseudo:2:2
              |
            2 | y--
              |  ^^ expected an operand
              |
              = help: write `y -= 1`

            error: there is no operator `++`
             --> a.pseudo:4:3
              |
            4 | (x++)
              |   ^^ expected an operand
              |
              = help: write `x += 1`
        "#]],
    );
    check(
        "a ** b; a // b\na <> b; x => x; +1; --a",
        expect![[r#"
            error: there is no operator `**`
             --> a.pseudo:1:3
              |
            1 | a ** b; a // b
              |   ^^ a power is written `pow(a, b)`

            error: there is no operator `<>`
             --> a.pseudo:2:3
              |
            2 | a <> b; x => x; +1; --a
              |   ^^ inequality is `!=`

            error: expected an expression, found `>`
             --> a.pseudo:2:12
              |
            2 | a <> b; x => x; +1; --a
              |            ^ expected an expression
              |
              = help: a function is written `fn(x) return x end`

            error: expected a statement, found `+`
             --> a.pseudo:2:17
              |
            2 | a <> b; x => x; +1; --a
              |                 ^ expected a statement
        "#]],
    );
    check(
        "while = 1\nlet end = 2\nlet class = 3",
        expect![[r#"
            error: expected an expression, found `=`
             --> a.pseudo:1:7
              |
            1 | while = 1
              |       ^ expected an expression

            error: expected a name, found `end`
             --> a.pseudo:2:5
              |
            2 | let end = 2
              |     ^^^ expected a name
              |
              = note: `end` is a keyword

            error: expected a name, found `class`
             --> a.pseudo:3:5
              |
            3 | let class = 3
              |     ^^^^^ expected a name
              |
              = note: `class` is a keyword

            error: expected `end`, found the end of the file
             --> a.pseudo:3:14
              |
            1 | while = 1
              | ----- this `while` is not closed
            2 | let end = 2
            3 | let class = 3
              |              ^ expected `end` after this
        "#]],
    );
    check(
        "super(1); super; a.; a.1; a.\"b\"",
        expect![[r#"
            error: expected `.` and the name of a method, found `(`
             --> a.pseudo:1:6
              |
            1 | super(1); super; a.; a.1; a."b"
              |      ^ expected `.` and the name of a method
              |
              = help: the parent's constructor is `super.init(...)`

            error: expected `.` and the name of a method, found `;`
             --> a.pseudo:1:16
              |
            1 | super(1); super; a.; a.1; a."b"
              |                ^ expected `.` and the name of a method
              |
              = help: the parent's constructor is `super.init(...)`

            error: expected a field's name, found `;`
             --> a.pseudo:1:20
              |
            1 | super(1); super; a.; a.1; a."b"
              |                    ^ expected a field's name

            error: expected a field's name, found `1`
             --> a.pseudo:1:24
              |
            1 | super(1); super; a.; a.1; a."b"
              |                        ^ expected a field's name

            error: expected a field's name, found a string
             --> a.pseudo:1:29
              |
            1 | super(1); super; a.; a.1; a."b"
              |                             ^^^ expected a field's name
              |
              = help: strings are joined with `+`
        "#]],
    );
    check(
        "x = (); y = (a, b); z = a[]; z = a[1, 2]; z = a[1 2]; w = (a b)",
        expect![[r#"
            error: expected an expression, found `)`
             --> a.pseudo:1:5
              |
            1 | x = (); y = (a, b); z = a[]; z = a[1, 2]; z = a[1 2]; w = (a b)
              |     ^^ expected an expression in these parentheses

            error: expected one expression
             --> a.pseudo:1:13
              |
            1 | x = (); y = (a, b); z = a[]; z = a[1, 2]; z = a[1 2]; w = (a b)
              |             ^^^^^^ there is a comma in these parentheses
              |
              = help: a list is written `[a, b]`

            error: expected an index, found `]`
             --> a.pseudo:1:26
              |
            1 | x = (); y = (a, b); z = a[]; z = a[1, 2]; z = a[1 2]; w = (a b)
              |                          ^^ expected an index in these brackets

            error: expected one index
             --> a.pseudo:1:35
              |
            1 | x = (); y = (a, b); z = a[]; z = a[1, 2]; z = a[1 2]; w = (a b)
              |                                   ^^^^^^ there is a comma in these brackets
              |
              = help: write `a[i][j]`

            error: expected `]`, found `2`
             --> a.pseudo:1:51
              |
            1 | x = (); y = (a, b); z = a[]; z = a[1, 2]; z = a[1 2]; w = (a b)
              |                                                -  ^ expected `]`
              |                                                |
              |                                                in this bracket

            error: expected `)`, found `b`
             --> a.pseudo:1:62
              |
            1 | x = (); y = (a, b); z = a[]; z = a[1, 2]; z = a[1 2]; w = (a b)
              |                                                           -  ^ expected `)`
              |                                                           |
              |                                                           in this bracket
        "#]],
    );
    check(
        "let f = fn g(x) end",
        expect![[r#"
        error: a function in an expression has no name
         --> a.pseudo:1:12
          |
        1 | let f = fn g(x) end
          |            ^ expected `(`
          |
          = help: name it by `let`, or let `fn` begin a statement
    "#]],
    );
}

#[test]
fn brackets() {
    check(
        "f(a b)\ng(1, , 2)\nh(,)",
        expect![[r#"
            error: expected `,` or `)`, found `b`
             --> a.pseudo:1:5
              |
            1 | f(a b)
              |  -  ^ expected `,` or `)`
              |  |
              |  in this bracket

            error: expected an expression, found `,`
             --> a.pseudo:2:6
              |
            2 | g(1, , 2)
              |      ^ expected an expression

            error: expected an expression, found `,`
             --> a.pseudo:3:3
              |
            3 | h(,)
              |   ^ expected an expression
        "#]],
    );
    check(
        "f(a, b\nlet x = 1\ny = 2 +\n",
        expect![[r#"
        error: expected `,` or `)`, found `let`
         --> a.pseudo:1:7
          |
        1 | f(a, b
          |  -    ^ expected `,` or `)` after this
          |  |
          |  this bracket is not closed

        error: expected an expression, found the end of the file
         --> a.pseudo:3:8
          |
        3 | y = 2 +
          |        ^ expected an expression after this
    "#]],
    );
    check(
        "x = [1, 2\ny = 3\nz = (1\n",
        expect![[r#"
        error: expected `,` or `]`, found `y`
         --> a.pseudo:1:10
          |
        1 | x = [1, 2
          |     -    ^ expected `,` or `]` after this
          |     |
          |     this bracket is not closed

        error: expected `)`, found the end of the file
         --> a.pseudo:3:7
          |
        3 | z = (1
          |     - ^ expected `)` after this
          |     |
          |     this bracket is not closed
    "#]],
    );
    check(
        "f(\n  a b,\n  fn()\n    let x = 1\n  end\n)\ny = )\n",
        expect![[r#"
            error: expected `,` or `)`, found `b`
             --> a.pseudo:2:5
              |
            1 | f(
              |  - in this bracket
            2 |   a b,
              |     ^ expected `,` or `)`

            error: expected an expression, found `)`
             --> a.pseudo:7:5
              |
            7 | y = )
              |     ^ expected an expression
              |
              = help: there is no opening bracket that it could close
        "#]],
    );
    check(
        "x = {a 1}; x = {a: 1 b: 2}; x = {1}; x = {a: }; x = [1; 2]",
        expect![[r#"
            error: expected `:`, found `1`
             --> a.pseudo:1:8
              |
            1 | x = {a 1}; x = {a: 1 b: 2}; x = {1}; x = {a: }; x = [1; 2]
              |        ^ expected `:`
              |
              = help: an entry of a dict is written `key: value`

            error: expected `,` or `}`, found `b`
             --> a.pseudo:1:22
              |
            1 | x = {a 1}; x = {a: 1 b: 2}; x = {1}; x = {a: }; x = [1; 2]
              |                -     ^ expected `,` or `}`
              |                |
              |                in this bracket

            error: expected `:`, found `}`
             --> a.pseudo:1:35
              |
            1 | x = {a 1}; x = {a: 1 b: 2}; x = {1}; x = {a: }; x = [1; 2]
              |                                   ^ expected `:`
              |
              = help: an entry of a dict is written `key: value`

            error: expected an expression, found `}`
             --> a.pseudo:1:46
              |
            1 | x = {a 1}; x = {a: 1 b: 2}; x = {1}; x = {a: }; x = [1; 2]
              |                                              ^ expected an expression

            error: expected `,` or `]`, found `;`
             --> a.pseudo:1:55
              |
            1 | x = {a 1}; x = {a: 1 b: 2}; x = {1}; x = {a: }; x = [1; 2]
              |                                                     - ^ expected `,` or `]`
              |                                                     |
              |                                                     in this bracket
        "#]],
    );
    check(
        "if f(a then\n b\nend",
        expect![[r#"
        error: expected `,` or `)`, found `then`
         --> a.pseudo:1:8
          |
        1 | if f(a then
          |     -  ^^^^ expected `,` or `)`
          |     |
          |     this bracket is not closed
    "#]],
    );
    check(
        "fn f(\n a = (1, \n b\nend",
        expect![[r#"
        error: expected `)`, found `end`
         --> a.pseudo:3:3
          |
        2 |  a = (1, 
          |      - this bracket is not closed
        3 |  b
          |   ^ expected `)` after this
    "#]],
    );
}

#[test]
fn conditional_expressions() {
    check(
        "x = if a then b end\ny = if a then b else c\nz = 1",
        expect![[r#"
        error: expected `else`, found `end`
         --> a.pseudo:1:17
          |
        1 | x = if a then b end
          |     --          ^^^ expected `else`
          |     |
          |     this `if` stands in an expression
          |
          = help: an `if` with a value needs one in either case: `if c then a else b end`

        error: expected `end`, found `z`
         --> a.pseudo:2:23
          |
        2 | y = if a then b else c
          |     --                ^ expected `end` after this
          |     |
          |     to close this `if`
          |
          = help: in an expression, each branch of an `if` is one expression
    "#]],
    );
    check(
        "x = if a then b = 1 else c end",
        expect![[r#"
            error: expected `else`, found `=`
             --> a.pseudo:1:17
              |
            1 | x = if a then b = 1 else c end
              |     --          ^ expected `else`
              |     |
              |     this `if` stands in an expression
              |
              = help: in an expression, each branch of an `if` is one expression
        "#]],
    );
    check(
        "f(if a then b end, if a b)",
        expect![[r#"
        error: expected `else`, found `end`
         --> a.pseudo:1:15
          |
        1 | f(if a then b end, if a b)
          |   --          ^^^ expected `else`
          |   |
          |   this `if` stands in an expression
          |
          = help: an `if` with a value needs one in either case: `if c then a else b end`

        error: expected `then`, found `b`
         --> a.pseudo:1:25
          |
        1 | f(if a then b end, if a b)
          |                         ^ expected `then`
    "#]],
    );
}
