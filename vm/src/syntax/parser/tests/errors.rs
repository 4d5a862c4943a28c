//! Programs with errors, and what is said about them: each mistake once, and with what was expected.

use expect_test::{Expect, expect};

use super::{messages, parse_text};

/// Checks the drawn messages.
#[track_caller]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&parse_text(text).1);
}

/// Checks the places and first lines of the messages.
#[track_caller]
fn lines(text: &str, expected: Expect) {
    expected.assert_eq(&(messages(text).join("\n") + "\n"));
}

#[test]
fn characters() {
    check(
        "x = 1 # comment",
        expect![[r#"
        error: unexpected character `#`
         --> a.pseudo:1:7
          |
        1 | x = 1 # comment
          |       ^ a comment begins with `//`
    "#]],
    );
    check(
        "x = a ? b : c",
        expect![[r#"
        error: unexpected character `?`
         --> a.pseudo:1:7
          |
        1 | x = a ? b : c
          |       ^ no operator has this
          |
          = help: a choice is written `if c then a else b end`
    "#]],
    );
    check(
        "x = “a”",
        expect![[r#"
        error: unexpected character `“`
         --> a.pseudo:1:5
          |
        1 | x = “a”
          |     ^ a string stands in `"` or `'`

        error: unexpected character `”`
         --> a.pseudo:1:7
          |
        1 | x = “a”
          |       ^ a string stands in `"` or `'`
    "#]],
    );
    check(
        "x =\u{a0}1\ny = @@@",
        expect![[r#"
        error: unexpected character U+00A0
         --> a.pseudo:1:4
          |
        1 | x = 1
          |    ^ this blank is none of the language's: use a space

        error: unexpected character `@`
         --> a.pseudo:2:5
          |
        2 | y = @@@
          |     ^^^ no name, number, string or operator begins with this
    "#]],
    );
    check(
        "x\u{200b} = 1",
        expect![[r#"
        error: unexpected character U+200B
         --> a.pseudo:1:2
          |
        1 | x​ = 1
          |  ^ no name, number, string or operator begins with this
    "#]],
    );
    check(
        "a === b; a !== b; a && b; a || b; !a; let x := 1",
        expect![[r#"
        error: there is no operator `===`
         --> a.pseudo:1:3
          |
        1 | a === b; a !== b; a && b; a || b; !a; let x := 1
          |   ^^^ equality is `==`

        error: there is no operator `!==`
         --> a.pseudo:1:12
          |
        1 | a === b; a !== b; a && b; a || b; !a; let x := 1
          |            ^^^ inequality is `!=`

        error: there is no operator `&&`
         --> a.pseudo:1:21
          |
        1 | a === b; a !== b; a && b; a || b; !a; let x := 1
          |                     ^^ the operator is `and`

        error: there is no operator `||`
         --> a.pseudo:1:29
          |
        1 | a === b; a !== b; a && b; a || b; !a; let x := 1
          |                             ^^ the operator is `or`

        error: there is no operator `!`
         --> a.pseudo:1:35
          |
        1 | a === b; a !== b; a && b; a || b; !a; let x := 1
          |                                   ^ the operator is `not`

        error: there is no operator `:=`
         --> a.pseudo:1:45
          |
        1 | a === b; a !== b; a && b; a || b; !a; let x := 1
          |                                             ^^ assignment is `=`
    "#]],
    );
}

#[test]
fn numbers() {
    check(
        "x = 12abc + 1_ + 1__0 + 1_000_",
        expect![[r#"
        error: malformed number `12abc`
         --> a.pseudo:1:5
          |
        1 | x = 12abc + 1_ + 1__0 + 1_000_
          |     ^^^^^ a number can't be followed by `a`
          |
          = help: a name can't begin with a digit

        error: malformed number `1_`
         --> a.pseudo:1:13
          |
        1 | x = 12abc + 1_ + 1__0 + 1_000_
          |             ^^ `_` may stand between two digits only

        error: malformed number `1__0`
         --> a.pseudo:1:18
          |
        1 | x = 12abc + 1_ + 1__0 + 1_000_
          |                  ^^^^ `_` may stand between two digits only

        error: malformed number `1_000_`
         --> a.pseudo:1:25
          |
        1 | x = 12abc + 1_ + 1__0 + 1_000_
          |                         ^^^^^^ `_` may stand between two digits only
    "#]],
    );
    check(
        "x = 0x; x = 0b12; x = 0o8; x = 0xfg; x = 1e; x = 1e+; x = 1.5x; x = 0b",
        expect![[r#"
            error: malformed number `0x`
             --> a.pseudo:1:5
              |
            1 | x = 0x; x = 0b12; x = 0o8; x = 0xfg; x = 1e; x = 1e+; x = 1.5x; x = 0b
              |     ^^ expected a digit of base 16

            error: malformed number `0b12`
             --> a.pseudo:1:13
              |
            1 | x = 0x; x = 0b12; x = 0o8; x = 0xfg; x = 1e; x = 1e+; x = 1.5x; x = 0b
              |             ^^^^ `2` is no digit in base 2

            error: malformed number `0o8`
             --> a.pseudo:1:23
              |
            1 | x = 0x; x = 0b12; x = 0o8; x = 0xfg; x = 1e; x = 1e+; x = 1.5x; x = 0b
              |                       ^^^ `8` is no digit in base 8

            error: malformed number `0xfg`
             --> a.pseudo:1:32
              |
            1 | x = 0x; x = 0b12; x = 0o8; x = 0xfg; x = 1e; x = 1e+; x = 1.5x; x = 0b
              |                                ^^^^ a number can't be followed by `g`

            error: malformed number `1e`
             --> a.pseudo:1:42
              |
            1 | x = 0x; x = 0b12; x = 0o8; x = 0xfg; x = 1e; x = 1e+; x = 1.5x; x = 0b
              |                                          ^^ expected the digits of an exponent after `e`

            error: malformed number `1e+`
             --> a.pseudo:1:50
              |
            1 | x = 0x; x = 0b12; x = 0o8; x = 0xfg; x = 1e; x = 1e+; x = 1.5x; x = 0b
              |                                                  ^^^ expected the digits of an exponent after `e`

            error: malformed number `1.5x`
             --> a.pseudo:1:59
              |
            1 | x = 0x; x = 0b12; x = 0o8; x = 0xfg; x = 1e; x = 1e+; x = 1.5x; x = 0b
              |                                                           ^^^^ a number can't be followed by `x`
              |
              = help: a name can't begin with a digit

            error: malformed number `0b`
             --> a.pseudo:1:69
              |
            1 | x = 0x; x = 0b12; x = 0o8; x = 0xfg; x = 1e; x = 1e+; x = 1.5x; x = 0b
              |                                                                     ^^ expected a digit of base 2
        "#]],
    );
    check(
        "x = 9223372036854775808; x = -9223372036854775809; x = 0x10000000000000000",
        expect![[r#"
        error: number is too large
         --> a.pseudo:1:5
          |
        1 | x = 9223372036854775808; x = -9223372036854775809; x = 0x10000000000000000
          |     ^^^^^^^^^^^^^^^^^^^ an int is at most 2^63-1
          |
          = help: with `.0` at its end it is a float

        error: number is too large
         --> a.pseudo:1:31
          |
        1 | x = 9223372036854775808; x = -9223372036854775809; x = 0x10000000000000000
          |                               ^^^^^^^^^^^^^^^^^^^ an int is at most 2^63-1
          |
          = help: with `.0` at its end it is a float

        error: number is too large
         --> a.pseudo:1:56
          |
        1 | x = 9223372036854775808; x = -9223372036854775809; x = 0x10000000000000000
          |                                                        ^^^^^^^^^^^^^^^^^^^ an int is at most 2^64-1
    "#]],
    );
    check(
        "x = 1 - 9223372036854775808 * 2; x = .5; x = 1.",
        expect![[r#"
        error: expected an expression, found `.`
         --> a.pseudo:1:38
          |
        1 | x = 1 - 9223372036854775808 * 2; x = .5; x = 1.
          |                                      ^ expected an expression
          |
          = help: a float has a digit before its point: `0.5`

        error: expected a field's name, found the end of the file
         --> a.pseudo:1:48
          |
        1 | x = 1 - 9223372036854775808 * 2; x = .5; x = 1.
          |                                                ^ expected a field's name after this
    "#]],
    );
}

#[test]
fn strings() {
    check(
        r#"x = "\q \x4 \xzz \u{} \u{110000} \u{D800} \u1234 \u{1234567}""#,
        expect![[r#"
        error: unknown escape `\q`
         --> a.pseudo:1:6
          |
        1 | x = "\q \x4 \xzz \u{} \u{110000} \u{D800} \u1234 \u{1234567}"
          |      ^^ the escapes are `\n \t \r \0 \\ \" \' \$ \xHH \u{H..}`
          |
          = help: a backslash itself is written `\\`

        error: bad escape `\x`
         --> a.pseudo:1:9
          |
        1 | x = "\q \x4 \xzz \u{} \u{110000} \u{D800} \u1234 \u{1234567}"
          |         ^^ expected two hexadecimal digits after it

        error: bad escape `\x`
         --> a.pseudo:1:13
          |
        1 | x = "\q \x4 \xzz \u{} \u{110000} \u{D800} \u1234 \u{1234567}"
          |             ^^ expected two hexadecimal digits after it

        error: bad escape `\u`
         --> a.pseudo:1:18
          |
        1 | x = "\q \x4 \xzz \u{} \u{110000} \u{D800} \u1234 \u{1234567}"
          |                  ^^ expected one to six hexadecimal digits in `{ }` after it

        error: `\u{110000}` is no Unicode scalar value
         --> a.pseudo:1:23
          |
        1 | x = "\q \x4 \xzz \u{} \u{110000} \u{D800} \u1234 \u{1234567}"
          |                       ^^^^^^^^^^ the largest is `\u{10FFFF}`

        error: `\u{D800}` is no Unicode scalar value
         --> a.pseudo:1:34
          |
        1 | x = "\q \x4 \xzz \u{} \u{110000} \u{D800} \u1234 \u{1234567}"
          |                                  ^^^^^^^^ this is half of a surrogate pair

        error: bad escape `\u`
         --> a.pseudo:1:43
          |
        1 | x = "\q \x4 \xzz \u{} \u{110000} \u{D800} \u1234 \u{1234567}"
          |                                           ^^ expected one to six hexadecimal digits in `{ }` after it

        error: bad escape `\u`
         --> a.pseudo:1:50
          |
        1 | x = "\q \x4 \xzz \u{} \u{110000} \u{D800} \u1234 \u{1234567}"
          |                                                  ^^ expected one to six hexadecimal digits in `{ }` after it
    "#]],
    );
    check(
        "x = \"abc\ny = 1 +\n",
        expect![[r#"
        error: string is not closed
         --> a.pseudo:1:5
          |
        1 | x = "abc
          |     ^ expected a `"` for this one

        error: expected an expression, found the end of the file
         --> a.pseudo:2:8
          |
        2 | y = 1 +
          |        ^ expected an expression after this
    "#]],
    );
    check(
        "x = 'abc\ny = 'def'\nz = )\n",
        expect![[r#"
        error: string is not closed
         --> a.pseudo:2:9
          |
        1 | x = 'abc
          |     - this string goes over several lines: is its closing quote the missing one?
        2 | y = 'def'
          |         ^ expected a `'` for this one
    "#]],
    );
    check(
        "x = \"a ${b\ny = \"c\"\n",
        expect![[r#"
        error: interpolation is not closed
         --> a.pseudo:1:8
          |
        1 | x = "a ${b
          |     -  ^^ expected a `}` for this `${`
          |     |
          |     in this string
    "#]],
    );
    check(
        "x = \"a ${b} c",
        expect![[r#"
        error: string is not closed
         --> a.pseudo:1:5
          |
        1 | x = "a ${b} c
          |     ^ expected a `"` for this one
    "#]],
    );
    check(
        "x = \"\\",
        expect![[r#"
        error: string is not closed
         --> a.pseudo:1:5
          |
        1 | x = "\
          |     ^ expected a `"` for this one
    "#]],
    );
    check(
        "x = \"${}\"; x = \"${a b}\"; x = \"${a +}${1 2}\"; x = \"${)}\"",
        expect![[r#"
        error: expected an expression, found `}`
         --> a.pseudo:1:8
          |
        1 | x = "${}"; x = "${a b}"; x = "${a +}${1 2}"; x = "${)}"
          |        ^^ expected an expression
          |
          = help: a `$` before a brace is itself if it is written `\$`

        error: expected `}`, found `b`
         --> a.pseudo:1:21
          |
        1 | x = "${}"; x = "${a b}"; x = "${a +}${1 2}"; x = "${)}"
          |                     ^ expected `}`

        error: expected an expression, found `}`
         --> a.pseudo:1:36
          |
        1 | x = "${}"; x = "${a b}"; x = "${a +}${1 2}"; x = "${)}"
          |                                    ^^^ expected an expression

        error: expected `}`, found `2`
         --> a.pseudo:1:41
          |
        1 | x = "${}"; x = "${a b}"; x = "${a +}${1 2}"; x = "${)}"
          |                                         ^ expected `}`

        error: expected an expression, found `)`
         --> a.pseudo:1:53
          |
        1 | x = "${}"; x = "${a b}"; x = "${a +}${1 2}"; x = "${)}"
          |                                                     ^ expected an expression
          |
          = help: a `$` before a brace is itself if it is written `\$`
    "#]],
    );
    check(
        "x = \"${a",
        expect![[r#"
        error: interpolation is not closed
         --> a.pseudo:1:6
          |
        1 | x = "${a
          |     -^^ expected a `}` for this `${`
          |     |
          |     in this string
    "#]],
    );
}

#[test]
fn comments() {
    check(
        "x = 1 /* a",
        expect![[r#"
        error: comment is not closed
         --> a.pseudo:1:7
          |
        1 | x = 1 /* a
          |       ^^ expected a `*/` for this
    "#]],
    );
    check(
        "if a then /* a /* b */\nend",
        expect![[r#"
            error: comment is not closed
             --> a.pseudo:1:11
              |
            1 | if a then /* a /* b */
              |           ^^   -- comments nest: this one needs its own `*/`
              |           |
              |           expected a `*/` for this
        "#]],
    );
}

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

        error: expected the end of the statement, found `]`
         --> a.pseudo:3:7
          |
        3 | z = 2 ]
          |       ^ expected a newline or `;` before this
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
          = help: write `x -= 1`

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
            error: expected an expression, found `*`
             --> a.pseudo:1:4
              |
            1 | a ** b; a // b
              |    ^ expected an expression
              |
              = help: a power is written `pow(a, b)`

            error: expected an expression, found `>`
             --> a.pseudo:2:4
              |
            2 | a <> b; x => x; +1; --a
              |    ^ expected an expression
              |
              = help: inequality is written `!=`

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
    "#]],
    );
}

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
fn functions() {
    check(
        "fn f a, b\n  c\nend\nfn f(a b) c end\nfn f(1) end\nfn f(a, self, b) end",
        expect![[r#"
            error: expected `(`, found `a`
             --> a.pseudo:1:6
              |
            1 | fn f a, b
              |      ^ expected `(`

            error: expected `,` or `)`, found `b`
             --> a.pseudo:4:8
              |
            4 | fn f(a b) c end
              |     -  ^ expected `,` or `)`
              |     |
              |     in this bracket

            error: expected a parameter, found `1`
             --> a.pseudo:5:6
              |
            5 | fn f(1) end
              |      ^ expected a parameter

            error: expected a parameter, found `self`
             --> a.pseudo:6:9
              |
            6 | fn f(a, self, b) end
              |         ^^^^ expected a parameter
              |
              = help: `self` is not declared: every method has it
        "#]],
    );
    check(
        "fn f(a = 1, b) end; fn f(a..., b) end; fn f(a..., b...) end; fn f(a = ) end",
        expect![[r#"
        error: parameter `b` needs a default
         --> a.pseudo:1:13
          |
        1 | fn f(a = 1, b) end; fn f(a..., b) end; fn f(a..., b...) end; fn f(a = ) end
          |          -  ^ expected `= value` after this
          |          |
          |          since the parameter before it has one

        error: the rest of the arguments comes last
         --> a.pseudo:1:26
          |
        1 | fn f(a = 1, b) end; fn f(a..., b) end; fn f(a..., b...) end; fn f(a = ) end
          |                          ^     - but here is one
          |                          |
          |                          expected no parameter after this

        error: the rest of the arguments comes last
         --> a.pseudo:1:45
          |
        1 | fn f(a = 1, b) end; fn f(a..., b) end; fn f(a..., b...) end; fn f(a = ) end
          |                                             ^     - but here is one
          |                                             |
          |                                             expected no parameter after this

        error: expected an expression, found `)`
         --> a.pseudo:1:71
          |
        1 | fn f(a = 1, b) end; fn f(a..., b) end; fn f(a..., b...) end; fn f(a = ) end
          |                                                                       ^ expected an expression
    "#]],
    );
    check(
        "fn f(a = 1, b, c) end; fn if() end; fn f(if) end; function 1() end",
        expect![[r#"
            error: parameter `b` needs a default
             --> a.pseudo:1:13
              |
            1 | fn f(a = 1, b, c) end; fn if() end; fn f(if) end; function 1() end
              |          -  ^ expected `= value` after this
              |          |
              |          since the parameter before it has one

            error: expected a name, found `if`
             --> a.pseudo:1:27
              |
            1 | fn f(a = 1, b, c) end; fn if() end; fn f(if) end; function 1() end
              |                           ^^ expected a name
              |
              = note: `if` is a keyword

            error: expected a parameter, found `if`
             --> a.pseudo:1:42
              |
            1 | fn f(a = 1, b, c) end; fn if() end; fn f(if) end; function 1() end
              |                                          ^^ expected a parameter
              |
              = note: `if` is a keyword

            error: expected the end of the statement, found `1`
             --> a.pseudo:1:60
              |
            1 | fn f(a = 1, b, c) end; fn if() end; fn f(if) end; function 1() end
              |                                                            ^ expected a newline or `;` before this

            error: unexpected `end`
             --> a.pseudo:1:64
              |
            1 | fn f(a = 1, b, c) end; fn if() end; fn f(if) end; function 1() end
              |                                                                ^^^ there is nothing open that it could close
        "#]],
    );
}

#[test]
fn classes() {
    check(
        "class\nend\nclass A extends\nend\nclass A extends 1 end\nclass A(B)\n fn f() end\nend\nclass A: B\nend",
        expect![[r#"
            error: expected a class name, found `end`
             --> a.pseudo:1:6
              |
            1 | class
              |      ^ expected a class name after this

            error: expected the name of a class, found `end`
             --> a.pseudo:3:16
              |
            3 | class A extends
              |                ^ expected the name of a class after this

            error: expected the name of a class, found `1`
             --> a.pseudo:5:17
              |
            5 | class A extends 1 end
              |                 ^ expected the name of a class

            error: expected a member of the class, found `(`
             --> a.pseudo:6:8
              |
            6 | class A(B)
              |        ^ expected a member of the class
              |
              = help: a parent class is written `class A extends B`

            error: expected a member of the class, found `:`
             --> a.pseudo:9:8
              |
            9 | class A: B
              |        ^ expected a member of the class
              |
              = help: a parent class is written `class A extends B`
        "#]],
    );
    check(
        "class A\n  x = 1\n  f() end\n  const C = 1\n  static x\n  let a = )\n  let b = 2\n  print(1)\nend\ny = )",
        expect![[r#"
            error: expected `let`, `fn`, `static` or `end`, found `x`
             --> a.pseudo:2:3
              |
            2 |   x = 1
              |   ^ expected `let`, `fn`, `static` or `end`
              |
              = help: a field is declared with `let`

            error: expected `let`, `fn`, `static` or `end`, found `f`
             --> a.pseudo:3:3
              |
            3 |   f() end
              |   ^ expected `let`, `fn`, `static` or `end`
              |
              = help: a method is declared with `fn`

            error: expected `let`, `fn`, `static` or `end`, found `const`
             --> a.pseudo:4:3
              |
            4 |   const C = 1
              |   ^^^^^ expected `let`, `fn`, `static` or `end`
              |
              = help: a class has no constants: use `static let`

            error: expected `let` or `fn`, found `x`
             --> a.pseudo:5:10
              |
            5 |   static x
              |          ^ expected `let` or `fn`

            error: expected an expression, found `)`
             --> a.pseudo:6:11
              |
            6 |   let a = )
              |           ^ expected an expression
              |
              = help: there is no opening bracket that it could close

            error: expected `let`, `fn`, `static` or `end`, found `print`
             --> a.pseudo:8:3
              |
            8 |   print(1)
              |   ^^^^^ expected `let`, `fn`, `static` or `end`
              |
              = help: a method is declared with `fn`

            error: expected an expression, found `)`
              --> a.pseudo:10:5
               |
            10 | y = )
               |     ^ expected an expression
               |
               = help: there is no opening bracket that it could close
        "#]],
    );
    check(
        "class A let x fn x() end static let y let a, y = 1, 2 end",
        expect![[r#"
        error: the class has two members `x`
         --> a.pseudo:1:18
          |
        1 | class A let x fn x() end static let y let a, y = 1, 2 end
          |             -    ^ expected another name
          |             |
          |             here is the first

        error: the class has two members `y`
         --> a.pseudo:1:46
          |
        1 | class A let x fn x() end static let y let a, y = 1, 2 end
          |                                     -        ^ expected another name
          |                                     |
          |                                     here is the first
    "#]],
    );
    check(
        "class A\n  fn f()\n    if a then\n  end\n  fn g() end\nend\n",
        expect![[r#"
        error: expected `end`, found the end of the file
         --> a.pseudo:6:4
          |
        1 | class A
          | ----- this `class` is not closed
        2 |   fn f()
        3 |     if a then
          |     -- or is it this `if` that lacks its `end`?
        4 |   end
          |   --- this `end` closes that `if`, but stands further left
        5 |   fn g() end
        6 | end
          |    ^ expected `end` after this
    "#]],
    );
    check(
        "class A {\n  let x = 1\n}\ny",
        expect![[r#"
        error: expected a member of the class, found `{`
         --> a.pseudo:1:9
          |
        1 | class A {
          |         ^ expected a member of the class
          |
          = help: a class is not written in braces: it ends with `end`
    "#]],
    );
}

#[test]
fn enums() {
    check(
        "enum end; enum E 1 end; enum E A B end; enum E A, A end; enum E A =, B end; enum E A; B end; enum if A end",
        expect![[r#"
            error: expected the enum's name, found `end`
             --> a.pseudo:1:6
              |
            1 | enum end; enum E 1 end; enum E A B end; enum E A, A end; enum E A =, B end; enum E A; B end; enum if A end
              |      ^^^ expected the enum's name
              |
              = note: `end` is a keyword

            error: expected a member's name or `end`, found `1`
             --> a.pseudo:1:18
              |
            1 | enum end; enum E 1 end; enum E A B end; enum E A, A end; enum E A =, B end; enum E A; B end; enum if A end
              |                  ^ expected a member's name or `end`

            error: expected `,`, a newline or `end`, found `B`
             --> a.pseudo:1:34
              |
            1 | enum end; enum E 1 end; enum E A B end; enum E A, A end; enum E A =, B end; enum E A; B end; enum if A end
              |                                  ^ expected `,`, a newline or `end`

            error: the enum has two members `A`
             --> a.pseudo:1:51
              |
            1 | enum end; enum E 1 end; enum E A B end; enum E A, A end; enum E A =, B end; enum E A; B end; enum if A end
              |                                                -  ^ expected another name
              |                                                |
              |                                                here is the first

            error: expected an expression, found `,`
             --> a.pseudo:1:68
              |
            1 | enum end; enum E 1 end; enum E A B end; enum E A, A end; enum E A =, B end; enum E A; B end; enum if A end
              |                                                                    ^ expected an expression

            error: expected `,`, a newline or `end`, found `;`
             --> a.pseudo:1:85
              |
            1 | enum end; enum E 1 end; enum E A B end; enum E A, A end; enum E A =, B end; enum E A; B end; enum if A end
              |                                                                                     ^ expected `,`, a newline or `end`

            error: expected the enum's name, found `if`
             --> a.pseudo:1:99
              |
            1 | enum end; enum E 1 end; enum E A B end; enum E A, A end; enum E A =, B end; enum E A; B end; enum if A end
              |                                                                                                   ^^ expected the enum's name
              |
              = note: `if` is a keyword
        "#]],
    );
    check(
        "enum E\n  A\n  B(1)\n  C\nend\nx = )",
        expect![[r#"
        error: expected `,`, a newline or `end`, found `(`
         --> a.pseudo:3:4
          |
        3 |   B(1)
          |    ^ expected `,`, a newline or `end`

        error: expected an expression, found `)`
         --> a.pseudo:6:5
          |
        6 | x = )
          |     ^ expected an expression
          |
          = help: there is no opening bracket that it could close
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
fn imports() {
    check(
        "import a; import; import \"${a}\"; from a import b; from \"a\" b; from \"a\" import; from \"a\" import 1",
        expect![[r#"
            error: expected a path in quotes, found `a`
             --> a.pseudo:1:8
              |
            1 | import a; import; import "${a}"; from a import b; from "a" b; from "a" import; from "a" import 1
              |        ^ expected a path in quotes
              |
              = help: a file is named by its path: `import "file.pseudo"`

            error: expected a path in quotes, found `;`
             --> a.pseudo:1:17
              |
            1 | import a; import; import "${a}"; from a import b; from "a" b; from "a" import; from "a" import 1
              |                 ^ expected a path in quotes

            error: expected a path in quotes, found a string
             --> a.pseudo:1:26
              |
            1 | import a; import; import "${a}"; from a import b; from "a" b; from "a" import; from "a" import 1
              |                          ^^^ expected a path in quotes
              |
              = help: a path is fixed: it has no `${ }`

            error: expected a path in quotes, found `a`
             --> a.pseudo:1:39
              |
            1 | import a; import; import "${a}"; from a import b; from "a" b; from "a" import; from "a" import 1
              |                                       ^ expected a path in quotes
              |
              = help: a file is named by its path: `import "file.pseudo"`

            error: expected `import`, found `b`
             --> a.pseudo:1:60
              |
            1 | import a; import; import "${a}"; from a import b; from "a" b; from "a" import; from "a" import 1
              |                                                            ^ expected `import`

            error: expected a name to import, found `;`
             --> a.pseudo:1:78
              |
            1 | import a; import; import "${a}"; from a import b; from "a" b; from "a" import; from "a" import 1
              |                                                                              ^ expected a name to import

            error: expected a name to import, found `1`
             --> a.pseudo:1:96
              |
            1 | import a; import; import "${a}"; from a import b; from "a" b; from "a" import; from "a" import 1
              |                                                                                                ^ expected a name to import
        "#]],
    );
    check(
        "from \"a\" import b as; from \"a\" import b c; import \"a\" b; from \"a\" import a,",
        expect![[r#"
        error: expected a name, found `;`
         --> a.pseudo:1:21
          |
        1 | from "a" import b as; from "a" import b c; import "a" b; from "a" import a,
          |                     ^ expected a name

        error: expected the end of the statement, found `c`
         --> a.pseudo:1:41
          |
        1 | from "a" import b as; from "a" import b c; import "a" b; from "a" import a,
          |                                         ^ expected a newline or `;` before this

        error: expected the end of the statement, found `b`
         --> a.pseudo:1:55
          |
        1 | from "a" import b as; from "a" import b c; import "a" b; from "a" import a,
          |                                                       ^ expected a newline or `;` before this

        error: expected a name to import, found the end of the file
         --> a.pseudo:1:76
          |
        1 | from "a" import b as; from "a" import b c; import "a" b; from "a" import a,
          |                                                                            ^ expected a name to import after this
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
