//! Errors in the text itself: characters, numbers, strings, comments.

use expect_test::expect;

use super::check;

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
              |     ^^^ a string stands in `"` or `'`
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
            1 | x� = 1
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

            error: malformed number `1.`
             --> a.pseudo:1:46
              |
            1 | x = 1 - 9223372036854775808 * 2; x = .5; x = 1.
              |                                              ^^ expected a digit behind the `.`
              |
              = help: write `1.0`
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
