//! Errors in statements on a line, and in the headers of blocks.

use expect_test::expect;

use super::check;

#[test]
fn statements() {
    check(
        "a b\nx = 1 y = 2\nif a then b end c\nf() g()",
        expect![[r#"
            error: expected the end of the statement, found `b`
             --> a.pseudo:1:3
              |
            1 | a b
              |   ^ expected a newline or `;` before this
              |
              = help: a function is called with its arguments in parentheses: `a(...)`

            error: expected the end of the statement, found `y`
             --> a.pseudo:2:7
              |
            2 | x = 1 y = 2
              |       ^ expected a newline or `;` before this

            error: expected the end of the statement, found `c`
             --> a.pseudo:3:17
              |
            3 | if a then b end c
              |                 ^ expected a newline or `;` before this
              |
              = help: what follows an `end` stands on a new line, or after `;`

            error: expected the end of the statement, found `g`
             --> a.pseudo:4:5
              |
            4 | f() g()
              |     ^ expected a newline or `;` before this
        "#]],
    );
    check(
        "whlie x do\n  y = )\nend\nretrun 1\nlett x = 1",
        expect![[r#"
        error: expected the end of the statement, found `x`
         --> a.pseudo:1:7
          |
        1 | whlie x do
          |       ^ expected a newline or `;` before this
          |
          = help: did you mean the keyword `while`?

        error: expected an expression, found `)`
         --> a.pseudo:2:7
          |
        2 |   y = )
          |       ^ expected an expression
          |
          = help: there is no opening bracket that it could close

        error: expected the end of the statement, found `1`
         --> a.pseudo:4:8
          |
        4 | retrun 1
          |        ^ expected a newline or `;` before this
          |
          = help: did you mean the keyword `return`?

        error: expected the end of the statement, found `x`
         --> a.pseudo:5:6
          |
        5 | lett x = 1
          |      ^ expected a newline or `;` before this
          |
          = help: did you mean the keyword `let`?
    "#]],
    );
    check(
        "fn f() return 1, 2 end",
        expect![[r#"
        error: expected the end of the statement, found `,`
         --> a.pseudo:1:16
          |
        1 | fn f() return 1, 2 end
          |                ^ expected a newline or `;` before this
          |
          = help: to return several values, return an array: `return [a, b]`
    "#]],
    );
    check(
        "let x\n= 1\nx\n, y = 1, 2",
        expect![[r#"
            error: expected a statement, found `=`
             --> a.pseudo:2:1
              |
            2 | = 1
              | ^ expected a statement
              |
              = help: the newline before it ends a statement: what is to go on stands on the line before

            error: expected a statement, found `,`
             --> a.pseudo:4:1
              |
            4 | , y = 1, 2
              | ^ expected a statement
              |
              = help: the newline before it ends a statement: what is to go on stands on the line before
        "#]],
    );
    check(
        "x: int = 1; {a}",
        expect![[r#"
        error: expected the end of the statement, found `:`
         --> a.pseudo:1:2
          |
        1 | x: int = 1; {a}
          |  ^ expected a newline or `;` before this
          |
          = help: blocks do not begin with `:`, and variables have no types

        error: expected `:`, found `}`
         --> a.pseudo:1:15
          |
        1 | x: int = 1; {a}
          |               ^ expected `:`
          |
          = help: an entry of a dict is written `key: value`
    "#]],
    );
    check(
        "break 1; continue x",
        expect![[r#"
        error: expected the end of the statement, found `1`
         --> a.pseudo:1:7
          |
        1 | break 1; continue x
          |       ^ expected a newline or `;` before this

        error: expected the end of the statement, found `x`
         --> a.pseudo:1:19
          |
        1 | break 1; continue x
          |                   ^ expected a newline or `;` before this
    "#]],
    );
    check(
        "throw\n",
        expect![[r#"
        error: expected an expression, found the end of the file
         --> a.pseudo:1:6
          |
        1 | throw
          |      ^ expected an expression after this
    "#]],
    );
}

#[test]
fn assignments() {
    check(
        "f() = 1; 1 = 2; a + b = 3; a == b = c; -a = 1; self = 1; nil += 1; [a, b] = c; not a = b; \"x\" = 1",
        expect![[r#"
            error: the result of a call can't be assigned to
             --> a.pseudo:1:1
              |
            1 | f() = 1; 1 = 2; a + b = 3; a == b = c; -a = 1; self = 1; nil += 1; [a, b] = c; not a = b; "x" = 1
              | ^^^ expected a variable, `a[i]` or `a.name`

            error: a value can't be assigned to
             --> a.pseudo:1:10
              |
            1 | f() = 1; 1 = 2; a + b = 3; a == b = c; -a = 1; self = 1; nil += 1; [a, b] = c; not a = b; "x" = 1
              |          ^ expected a variable, `a[i]` or `a.name`

            error: an operation can't be assigned to
             --> a.pseudo:1:17
              |
            1 | f() = 1; 1 = 2; a + b = 3; a == b = c; -a = 1; self = 1; nil += 1; [a, b] = c; not a = b; "x" = 1
              |                 ^^^^^ expected a variable, `a[i]` or `a.name`

            error: a comparison can't be assigned to
             --> a.pseudo:1:28
              |
            1 | f() = 1; 1 = 2; a + b = 3; a == b = c; -a = 1; self = 1; nil += 1; [a, b] = c; not a = b; "x" = 1
              |                            ^^^^^^ expected a variable, `a[i]` or `a.name`

            error: an operation can't be assigned to
             --> a.pseudo:1:40
              |
            1 | f() = 1; 1 = 2; a + b = 3; a == b = c; -a = 1; self = 1; nil += 1; [a, b] = c; not a = b; "x" = 1
              |                                        ^^ expected a variable, `a[i]` or `a.name`

            error: `self` can't be assigned to
             --> a.pseudo:1:48
              |
            1 | f() = 1; 1 = 2; a + b = 3; a == b = c; -a = 1; self = 1; nil += 1; [a, b] = c; not a = b; "x" = 1
              |                                                ^^^^ expected a variable, `a[i]` or `a.name`

            error: a value can't be assigned to
             --> a.pseudo:1:58
              |
            1 | f() = 1; 1 = 2; a + b = 3; a == b = c; -a = 1; self = 1; nil += 1; [a, b] = c; not a = b; "x" = 1
              |                                                          ^^^ expected a variable, `a[i]` or `a.name`

            error: a list can't be assigned to
             --> a.pseudo:1:68
              |
            1 | f() = 1; 1 = 2; a + b = 3; a == b = c; -a = 1; self = 1; nil += 1; [a, b] = c; not a = b; "x" = 1
              |                                                                    ^^^^^^ expected a variable, `a[i]` or `a.name`
              |
              = help: several targets stand without brackets: `a, b = values`

            error: an operation can't be assigned to
             --> a.pseudo:1:80
              |
            1 | f() = 1; 1 = 2; a + b = 3; a == b = c; -a = 1; self = 1; nil += 1; [a, b] = c; not a = b; "x" = 1
              |                                                                                ^^^^^ expected a variable, `a[i]` or `a.name`

            error: a value can't be assigned to
             --> a.pseudo:1:91
              |
            1 | f() = 1; 1 = 2; a + b = 3; a == b = c; -a = 1; self = 1; nil += 1; [a, b] = c; not a = b; "x" = 1
              |                                                                                           ^^^ expected a variable, `a[i]` or `a.name`
        "#]],
    );
    check(
        "super.a = 1; a, f() = 1, 2; input f(); (a, b) = 1",
        expect![[r#"
        error: a method of the parent class can't be assigned to
         --> a.pseudo:1:1
          |
        1 | super.a = 1; a, f() = 1, 2; input f(); (a, b) = 1
          | ^^^^^^^ expected a variable, `a[i]` or `a.name`

        error: the result of a call can't be assigned to
         --> a.pseudo:1:17
          |
        1 | super.a = 1; a, f() = 1, 2; input f(); (a, b) = 1
          |                 ^^^ expected a variable, `a[i]` or `a.name`

        error: the result of a call can't be read into
         --> a.pseudo:1:35
          |
        1 | super.a = 1; a, f() = 1, 2; input f(); (a, b) = 1
          |                                   ^^^ expected a variable, `a[i]` or `a.name`

        error: expected one expression
         --> a.pseudo:1:40
          |
        1 | super.a = 1; a, f() = 1, 2; input f(); (a, b) = 1
          |                                        ^^^^^^ there is a comma in these parentheses
          |
          = help: a list is written `[a, b]`
    "#]],
    );
    check(
        "a, b\na, b += 1\nx = 1, 2\na, b = 1, 2, 3\nlet a, b = 1, 2, 3\nlet a = 1, 2",
        expect![[r#"
        error: expected `=`, found `a`
         --> a.pseudo:1:5
          |
        1 | a, b
          |     ^ expected `=` after this
          |
          = help: what stands before a `,` is assigned to: `a, b = b, a`

        error: expected `=`, found `+=`
         --> a.pseudo:2:6
          |
        2 | a, b += 1
          |      ^^ expected `=`
          |
          = help: what stands before a `,` is assigned to: `a, b = b, a`

        error: 1 target, but 2 values
         --> a.pseudo:3:5
          |
        3 | x = 1, 2
          |   - ^^^^ expected one value
          |   |
          |   for the target here

        error: 2 targets, but 3 values
         --> a.pseudo:4:8
          |
        4 | a, b = 1, 2, 3
          |      - ^^^^^^^ expected 2 values, or one array to unpack
          |      |
          |      for the targets here

        error: 2 names, but 3 values
         --> a.pseudo:5:12
          |
        5 | let a, b = 1, 2, 3
          | ---------- ^^^^^^^ expected 2 values, or one array to unpack
          | |
          | for the names here

        error: 1 name, but 2 values
         --> a.pseudo:6:9
          |
        6 | let a = 1, 2
          | ------- ^^^^ expected one value
          | |
          | for the name here
    "#]],
    );
    check(
        "const A\nconst B, C\nlet x += 1\nlet 1 = 2\nlet a, = 1\nlet",
        expect![[r#"
            error: a constant needs a value
             --> a.pseudo:1:1
              |
            1 | const A
              | ^^^^^^^ expected `= value` after this

            error: a constant needs a value
             --> a.pseudo:2:1
              |
            2 | const B, C
              | ^^^^^^^^^^ expected `= value` after this

            error: expected `=`, found `+=`
             --> a.pseudo:3:7
              |
            3 | let x += 1
              |       ^^ expected `=`
              |
              = help: a new variable has no value yet that could be changed

            error: expected a name, found `1`
             --> a.pseudo:4:5
              |
            4 | let 1 = 2
              |     ^ expected a name

            error: expected a name, found `=`
             --> a.pseudo:5:8
              |
            5 | let a, = 1
              |        ^ expected a name

            error: expected a name, found the end of the file
             --> a.pseudo:6:4
              |
            6 | let
              |    ^ expected a name after this
        "#]],
    );
}

#[test]
fn conditions() {
    check(
        "if a = 1 then b end; while a = b do end; x = if a = 1 then b else c end; repeat until a = 1",
        expect![[r#"
        error: `=` in a condition
         --> a.pseudo:1:6
          |
        1 | if a = 1 then b end; while a = b do end; x = if a = 1 then b else c end; repeat until a = 1
          |      ^ expected `==`
          |
          = help: `=` assigns, `==` compares

        error: `=` in a condition
         --> a.pseudo:1:30
          |
        1 | if a = 1 then b end; while a = b do end; x = if a = 1 then b else c end; repeat until a = 1
          |                              ^ expected `==`
          |
          = help: `=` assigns, `==` compares

        error: `=` in a condition
         --> a.pseudo:1:51
          |
        1 | if a = 1 then b end; while a = b do end; x = if a = 1 then b else c end; repeat until a = 1
          |                                                   ^ expected `==`
          |
          = help: `=` assigns, `==` compares

        error: `=` in a condition
         --> a.pseudo:1:89
          |
        1 | if a = 1 then b end; while a = b do end; x = if a = 1 then b else c end; repeat until a = 1
          |                                                                                         ^ expected `==`
          |
          = help: `=` assigns, `==` compares
    "#]],
    );
    check(
        "if a += 1 then b end",
        expect![[r#"
        error: expected `then`, found `+=`
         --> a.pseudo:1:6
          |
        1 | if a += 1 then b end
          |      ^^ expected `then`
          |
          = help: an assignment is a statement, and has no value
    "#]],
    );
}

#[test]
fn headers() {
    check(
        "if a\n  b\nend\nwhile a\n  b\nend\nif a do b end\nwhile a then b end",
        expect![[r#"
        error: expected `then`, found `b`
         --> a.pseudo:1:5
          |
        1 | if a
          |     ^ expected `then` after this

        error: expected `do`, found `b`
         --> a.pseudo:4:8
          |
        4 | while a
          |        ^ expected `do` after this

        error: expected `then`, found `do`
         --> a.pseudo:7:6
          |
        7 | if a do b end
          |      ^^ expected `then`

        error: expected `do`, found `then`
         --> a.pseudo:8:9
          |
        8 | while a then b end
          |         ^^^^ expected `do`
    "#]],
    );
    check(
        "if then a end; while do a end; if a b end; elseif = 1",
        expect![[r#"
        error: expected an expression, found `then`
         --> a.pseudo:1:4
          |
        1 | if then a end; while do a end; if a b end; elseif = 1
          |    ^^^^ expected an expression

        error: expected an expression, found `do`
         --> a.pseudo:1:22
          |
        1 | if then a end; while do a end; if a b end; elseif = 1
          |                      ^^ expected an expression

        error: expected `then`, found `b`
         --> a.pseudo:1:37
          |
        1 | if then a end; while do a end; if a b end; elseif = 1
          |                                     ^ expected `then`
    "#]],
    );
    check(
        "if a then b elseif c then d elsif e then f else g end",
        expect![[r#"
            error: there is no keyword `elseif`
             --> a.pseudo:1:13
              |
            1 | if a then b elseif c then d elsif e then f else g end
              |             ^^^^^^ expected `elif`

            error: there is no keyword `elsif`
             --> a.pseudo:1:29
              |
            1 | if a then b elseif c then d elsif e then f else g end
              |                             ^^^^^ expected `elif`
        "#]],
    );
    check(
        "if (a) {\n  b\n} \nwhile (a) {\n  c = )\n}\nfor i in a {\n}\nd",
        expect![[r#"
        error: expected `then`, found `{`
         --> a.pseudo:1:8
          |
        1 | if (a) {
          |        ^ expected `then`
          |
          = help: blocks are not written in braces: they end with `end`

        error: expected `do`, found `{`
         --> a.pseudo:4:11
          |
        4 | while (a) {
          |           ^ expected `do`
          |
          = help: blocks are not written in braces: they end with `end`

        error: expected an expression, found `)`
         --> a.pseudo:5:7
          |
        5 |   c = )
          |       ^ expected an expression
          |
          = help: there is no opening bracket that it could close

        error: expected `do`, found `{`
         --> a.pseudo:7:12
          |
        7 | for i in a {
          |            ^ expected `do`
          |
          = help: blocks are not written in braces: they end with `end`
    "#]],
    );
    check(
        "if a:\n  b\nend\nfor i in a:\n  b\nend",
        expect![[r#"
        error: expected `then`, found `:`
         --> a.pseudo:1:5
          |
        1 | if a:
          |     ^ expected `then`
          |
          = help: a block does not begin with `:`

        error: expected `do`, found `:`
         --> a.pseudo:4:11
          |
        4 | for i in a:
          |           ^ expected `do`
          |
          = help: a block does not begin with `:`
    "#]],
    );
    check(
        "for i = 1 to 10 do\nend\nfor in a do end\nfor i, in a do end\nfor i a do end\nfor 1 in a do end",
        expect![[r#"
            error: expected `in`, found `=`
             --> a.pseudo:1:7
              |
            1 | for i = 1 to 10 do
              |       ^ expected `in`
              |
              = help: a counting loop is written `for i in 1 to n do ... end`

            error: expected a loop variable, found `in`
             --> a.pseudo:3:5
              |
            3 | for in a do end
              |     ^^ expected a loop variable
              |
              = note: `in` is a keyword

            error: expected a second loop variable, found `in`
             --> a.pseudo:4:8
              |
            4 | for i, in a do end
              |        ^^ expected a second loop variable
              |
              = note: `in` is a keyword

            error: expected `in`, found `a`
             --> a.pseudo:5:7
              |
            5 | for i a do end
              |       ^ expected `in`
              |
              = help: a loop over what a container holds is written `for x in list do ... end`

            error: expected a loop variable, found `1`
             --> a.pseudo:6:5
              |
            6 | for 1 in a do end
              |     ^ expected a loop variable
        "#]],
    );
    check(
        "for i in a step 2 do end; for i, j in 1 to 2 do end; for i in 1 to do end; for i in 1 to 2 step do end",
        expect![[r#"
            error: `step` without a range
             --> a.pseudo:1:12
              |
            1 | for i in a step 2 do end; for i, j in 1 to 2 do end; for i in 1 to do end; for i in 1 to 2 step do end
              |          - ^^^^ expected `do`
              |          |
              |          this is not written as a range
              |
              = help: a step goes with `a..b step s` and `a to b step s` only

            error: a `to` loop has one variable
             --> a.pseudo:1:34
              |
            1 | for i in a step 2 do end; for i, j in 1 to 2 do end; for i in 1 to do end; for i in 1 to 2 step do end
              |                                  ^ expected `in` before this

            error: expected an expression, found `do`
             --> a.pseudo:1:68
              |
            1 | for i in a step 2 do end; for i, j in 1 to 2 do end; for i in 1 to do end; for i in 1 to 2 step do end
              |                                                                    ^^ expected an expression

            error: expected an expression, found `do`
             --> a.pseudo:1:97
              |
            1 | for i in a step 2 do end; for i, j in 1 to 2 do end; for i in 1 to do end; for i in 1 to 2 step do end
              |                                                                                                 ^^ expected an expression
        "#]],
    );
    check(
        "for (i = 0; i < 5; i++) {\n  f(i)\n}\ng()",
        expect![[r#"
            error: expected a loop variable, found `(`
             --> a.pseudo:1:5
              |
            1 | for (i = 0; i < 5; i++) {
              |     ^ expected a loop variable
              |
              = help: a counting loop is written `for i in 0..n do ... end`
        "#]],
    );
}
