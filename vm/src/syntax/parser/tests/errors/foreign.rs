//! What people write who come from other languages: it is said what to write, once, and the rest is read as if they had.

use expect_test::expect;

use super::super::{messages, parse_text};
use super::{check, lines};

#[test]
fn functions() {
    check(
        "def add(a, b):\n    return a + b\nend\nfunc f() return 1 end\nprint(def(1))",
        expect![[r#"
        error: there is no keyword `def`
         --> a.pseudo:1:1
          |
        1 | def add(a, b):
          | ^^^ a function begins with `fn`

        error: a block does not begin with `:`
         --> a.pseudo:1:14
          |
        1 | def add(a, b):
          |              ^ expected nothing here
          |
          = help: it ends with `end`, whatever its indentation

        error: there is no keyword `func`
         --> a.pseudo:4:1
          |
        4 | func f() return 1 end
          | ^^^^ a function begins with `fn`
    "#]],
    );
    check(
        "fn f(a: int, b) -> int\n return a\nend\nlet g = (x) => x + 1\nlet h = x -> x\nlet i = lambda x: x",
        expect![[r#"
            error: expected `,` or `)`, found `:`
             --> a.pseudo:1:7
              |
            1 | fn f(a: int, b) -> int
              |     - ^ expected `,` or `)`
              |     |
              |     in this bracket
              |
              = help: names have no types, and arguments no names

            error: functions declare no result type
             --> a.pseudo:1:17
              |
            1 | fn f(a: int, b) -> int
              |                 ^^^^^^ expected the body of the function

            error: expected the end of the statement, found `=`
             --> a.pseudo:4:13
              |
            4 | let g = (x) => x + 1
              |             ^ expected a newline or `;` before this
              |
              = help: a function without a name is written `fn(x) return x end`

            error: expected the end of the statement, found `->`
             --> a.pseudo:5:11
              |
            5 | let h = x -> x
              |           ^^ expected a newline or `;` before this
              |
              = help: a function without a name is written `fn(x) return x end`

            error: expected the end of the statement, found `x`
             --> a.pseudo:6:16
              |
            6 | let i = lambda x: x
              |                ^ expected a newline or `;` before this
              |
              = help: a function without a name is written `fn(x) return x end`
        "#]],
    );
}

#[test]
fn variables() {
    check(
        "var x = 1\nint y = 2, z\nlocal a\nfloat b;\nlet c: int = 5\nlet d.e = 1\nlet f[0] = 1\nlet g == 1\nlet my-var = 1",
        expect![[r#"
            error: there is no keyword `var`
             --> a.pseudo:1:1
              |
            1 | var x = 1
              | ^^^ a variable is declared with `let`

            error: there is no keyword `int`
             --> a.pseudo:2:1
              |
            2 | int y = 2, z
              | ^^^ a variable is declared with `let`, and has no type

            error: 1 name, but 2 values
             --> a.pseudo:2:9
              |
            2 | int y = 2, z
              | ------- ^^^^ expected one value
              | |
              | for the name here

            error: there is no keyword `local`
             --> a.pseudo:3:1
              |
            3 | local a
              | ^^^^^ a variable is declared with `let`

            error: there is no keyword `float`
             --> a.pseudo:4:1
              |
            4 | float b;
              | ^^^^^ a variable is declared with `let`, and has no type

            error: expected the end of the statement, found `:`
             --> a.pseudo:5:6
              |
            5 | let c: int = 5
              |      ^ expected a newline or `;` before this
              |
              = help: blocks do not begin with `:`, and variables have no types

            error: expected `=`, found `.`
             --> a.pseudo:6:6
              |
            6 | let d.e = 1
              |      ^ expected `=`
              |
              = help: fields and elements are assigned without `let`

            error: expected `=`, found `[`
             --> a.pseudo:7:6
              |
            7 | let f[0] = 1
              |      ^ expected `=`
              |
              = help: fields and elements are assigned without `let`

            error: expected `=`, found `==`
             --> a.pseudo:8:7
              |
            8 | let g == 1
              |       ^^ expected `=`
              |
              = help: `=` gives a value, `==` compares

            error: expected `=`, found `-`
             --> a.pseudo:9:7
              |
            9 | let my-var = 1
              |       ^ expected `=`
              |
              = help: a name has no `-` in it: use `_`
        "#]],
    );
}

#[test]
fn keywords() {
    check(
        "switch x\n case 1 => a\n case 2: b\nend\nforeach x in y do end\nraise \"a\"\nfor each x in y do end",
        expect![[r#"
            error: there is no keyword `switch`
             --> a.pseudo:1:1
              |
            1 | switch x
              | ^^^^^^ cases are told apart by `match`

            error: there is no operator `=>`
             --> a.pseudo:2:9
              |
            2 |  case 1 => a
              |         ^^ expected `->` or `then`

            error: expected `then` or `->`, found `:`
             --> a.pseudo:3:8
              |
            3 |  case 2: b
              |        ^ expected `then` or `->`
              |
              = help: a block does not begin with `:`

            error: there is no keyword `foreach`
             --> a.pseudo:5:1
              |
            5 | foreach x in y do end
              | ^^^^^^^ such a loop begins with `for`

            error: there is no keyword `raise`
             --> a.pseudo:6:1
              |
            6 | raise "a"
              | ^^^^^ an error is thrown with `throw`

            error: expected `in`, found `x`
             --> a.pseudo:7:10
              |
            7 | for each x in y do end
              |          ^ expected `in`
              |
              = help: a loop over what a container holds is written `for x in list do ... end`
        "#]],
    );
    check(
        "try\n a()\nexcept e\n b()\nend\ntry a() catch (e)\n b(e)\nend",
        expect![[r#"
        error: there is no keyword `except`
         --> a.pseudo:3:1
          |
        3 | except e
          | ^^^^^^ expected `catch`

        error: the name of what is caught in parentheses
         --> a.pseudo:6:15
          |
        6 | try a() catch (e)
          |               ^^^ expected a name
          |
          = help: write `catch e`
    "#]],
    );
    check(
        "if a then b\nelseif c then d\nendif\nwhile a do b\nendwhile\nfor i in 0..3 do b\nnext i\nf()",
        expect![[r#"
            error: there is no keyword `elseif`
             --> a.pseudo:2:1
              |
            2 | elseif c then d
              | ^^^^^^ expected `elif`

            error: there is no keyword `endif`
             --> a.pseudo:3:1
              |
            3 | endif
              | ^^^^^ expected `end`

            error: there is no keyword `endwhile`
             --> a.pseudo:5:1
              |
            5 | endwhile
              | ^^^^^^^^ expected `end`

            error: there is no keyword `next`
             --> a.pseudo:7:1
              |
            7 | next i
              | ^^^^ expected `end`
        "#]],
    );
}

#[test]
fn keywords_in_upper_case() {
    check(
        "IF x > 1 AND y THEN\n  OUTPUT x\nELSE\n  y = x MOD 2\nEND\nFOR i IN 1 TO 10 DO\n  print(i)\nEND",
        expect![[r#"
            error: there is no keyword `IF`
             --> a.pseudo:1:1
              |
            1 | IF x > 1 AND y THEN
              | ^^ expected `if`
              |
              = help: keywords are written in lower case, all of them
        "#]],
    );
    check(
        "if a THEN\n b\nEND",
        expect![[r#"
        error: there is no keyword `THEN`
         --> a.pseudo:1:6
          |
        1 | if a THEN
          |      ^^^^ expected `then`
          |
          = help: keywords are written in lower case, all of them
    "#]],
    );
    check(
        "while a and NOT b do c END",
        expect![[r#"
        error: expected `do`, found `b`
         --> a.pseudo:1:17
          |
        1 | while a and NOT b do c END
          |                 ^ expected `do`

        error: there is no keyword `END`
         --> a.pseudo:1:24
          |
        1 | while a and NOT b do c END
          |                        ^^^ expected `end`
          |
          = help: keywords are written in lower case, all of them
    "#]],
    );
}

#[test]
fn braces() {
    check(
        "function f(a) {\n  return a;\n}\nif (a) {\n  b;\n} else if (c) {\n  d;\n} else {\n  e;\n}\nwhile (a) {\n  b;\n}\nclass A {\n  fn f() {\n    return 1;\n  }\n}\ntry {\n  a();\n} catch (e) {\n  b();\n} finally {\n  c();\n}\nrepeat {\n  a();\n} until b\nf(1)",
        expect![[r#"
            error: a block does not begin with `{`
             --> a.pseudo:1:15
              |
            1 | function f(a) {
              |               ^ expected nothing here
              |
              = help: a block ends with `end`

            error: expected `then`, found `{`
             --> a.pseudo:4:8
              |
            4 | if (a) {
              |        ^ expected `then`
              |
              = help: blocks are not written in braces: they end with `end`

            error: expected `then`, found `{`
             --> a.pseudo:6:15
              |
            6 | } else if (c) {
              |               ^ expected `then`
              |
              = help: blocks are not written in braces: they end with `end`

            error: expected `do`, found `{`
              --> a.pseudo:11:11
               |
            11 | while (a) {
               |           ^ expected `do`
               |
               = help: blocks are not written in braces: they end with `end`

            error: expected a member of the class, found `{`
              --> a.pseudo:14:9
               |
            14 | class A {
               |         ^ expected a member of the class
               |
               = help: a class is not written in braces: it ends with `end`

            error: a block does not begin with `{`
              --> a.pseudo:15:10
               |
            15 |   fn f() {
               |          ^ expected nothing here
               |
               = help: a block ends with `end`

            error: a block does not begin with `{`
              --> a.pseudo:19:5
               |
            19 | try {
               |     ^ expected nothing here
               |
               = help: a block ends with `end`

            error: the name of what is caught in parentheses
              --> a.pseudo:21:9
               |
            21 | } catch (e) {
               |         ^^^ expected a name
               |
               = help: write `catch e`

            error: a block does not begin with `{`
              --> a.pseudo:26:8
               |
            26 | repeat {
               |        ^ expected nothing here
               |
               = help: a block ends with `end`
        "#]],
    );
    // A dict is a statement too.
    assert_eq!(messages("fn f() {a: 1} end\nloop {\"a\": 1}\n break end\nfn g()\n {a: 1}\nend"), [""; 0]);
}

#[test]
fn colons() {
    check(
        "class A:\n  fn f(self):\n    return 1\n  end\nend\nloop:\n  break\nend\nif a then b else: c end",
        expect![[r#"
            error: a block does not begin with `:`
             --> a.pseudo:1:8
              |
            1 | class A:
              |        ^ expected nothing here
              |
              = help: it ends with `end`, whatever its indentation

            error: expected a parameter, found `self`
             --> a.pseudo:2:8
              |
            2 |   fn f(self):
              |        ^^^^ expected a parameter
              |
              = help: `self` is not declared: every method has it

            error: a block does not begin with `:`
             --> a.pseudo:2:13
              |
            2 |   fn f(self):
              |             ^ expected nothing here
              |
              = help: it ends with `end`, whatever its indentation

            error: a block does not begin with `:`
             --> a.pseudo:6:5
              |
            6 | loop:
              |     ^ expected nothing here
              |
              = help: it ends with `end`, whatever its indentation

            error: a block does not begin with `:`
             --> a.pseudo:9:17
              |
            9 | if a then b else: c end
              |                 ^ expected nothing here
              |
              = help: it ends with `end`, whatever its indentation
        "#]],
    );
}

#[test]
fn loops() {
    check(
        "for (i = 0; i < 3; i++)\n f(i)\nend\nfor (x in list) do f(x) end\nfor i = 1 to 3 do end",
        expect![[r#"
        error: expected a loop variable, found `(`
         --> a.pseudo:1:5
          |
        1 | for (i = 0; i < 3; i++)
          |     ^ expected a loop variable
          |
          = help: a counting loop is written `for i in 0..n do ... end`

        error: expected a loop variable, found `(`
         --> a.pseudo:4:5
          |
        4 | for (x in list) do f(x) end
          |     ^ expected a loop variable
          |
          = help: the header has no parentheses: `for x in list do ... end`

        error: expected `in`, found `=`
         --> a.pseudo:5:7
          |
        5 | for i = 1 to 3 do end
          |       ^ expected `in`
          |
          = help: a counting loop is written `for i in 1 to n do ... end`
    "#]],
    );
    check(
        "do\n a()\nwhile b\nrepeat\n a()\nwhile b",
        expect![[r#"
        error: expected a statement, found `do`
         --> a.pseudo:1:1
          |
        1 | do
          | ^^ expected a statement
          |
          = help: a loop that checks its condition last is `repeat ... until c`

        error: expected `do`, found `repeat`
         --> a.pseudo:3:8
          |
        3 | while b
          |        ^ expected `do` after this
          |
          = help: a loop that checks its condition last is `repeat ... until c`

        error: expected `do`, found the end of the file
         --> a.pseudo:6:8
          |
        6 | while b
          |        ^ expected `do` after this
          |
          = help: a loop that checks its condition last is `repeat ... until c`
    "#]],
    );
    check(
        "do\n a(\nend\nf()",
        expect![[r#"
        error: expected a statement, found `do`
         --> a.pseudo:1:1
          |
        1 | do
          | ^^ expected a statement
          |
          = help: a loop that checks its condition last is `repeat ... until c`

        error: expected an expression, found `end`
         --> a.pseudo:2:4
          |
        2 |  a(
          |   -^ expected an expression after this
          |   |
          |   this bracket is not closed
    "#]],
    );
}

#[test]
fn operators() {
    check(
        "a = b is c\na = b is not c\na = b xor c\nif a ~= b then end\nif a =< b then end\nif a => b then end\nif a = = b then end\n++a",
        expect![[r#"
            error: there is no operator `is`
             --> a.pseudo:1:7
              |
            1 | a = b is c
              |       ^^ equality is `==`

            error: there is no operator `is`
             --> a.pseudo:2:7
              |
            2 | a = b is not c
              |       ^^ inequality is `!=`

            error: there is no operator `xor`
             --> a.pseudo:3:7
              |
            3 | a = b xor c
              |       ^^^ of conditions it is `!=`, of the bits of ints `^`

            error: there is no operator `~=`
             --> a.pseudo:4:6
              |
            4 | if a ~= b then end
              |      ^^ inequality is `!=`

            error: there is no operator `=<`
             --> a.pseudo:5:6
              |
            5 | if a =< b then end
              |      ^^ the operator is `<=`

            error: there is no operator `=>`
             --> a.pseudo:6:6
              |
            6 | if a => b then end
              |      ^^ expected `>=`

            error: `=` in a condition
             --> a.pseudo:7:6
              |
            7 | if a = = b then end
              |      ^ expected `==`
              |
              = help: `=` assigns, `==` compares

            error: expected a statement, found `+`
             --> a.pseudo:8:1
              |
            8 | ++a
              | ^ expected a statement
              |
              = help: there is no operator `++`: write `x += 1`
        "#]],
    );
    check(
        "a = b ** 2\na = (b // 2)\nc = \"a\" . \"b\"\nc = \"a\" \"b\"\nf(\"a\" 'b')\nd = f\"a\"\nprint(f\"a\")",
        expect![[r#"
            error: there is no operator `**`
             --> a.pseudo:1:7
              |
            1 | a = b ** 2
              |       ^^ a power is written `pow(a, b)`

            error: expected `)`, found `c`
             --> a.pseudo:2:7
              |
            2 | a = (b // 2)
              |     - ^ expected `)` after this
              |     |
              |     this bracket is not closed
              |
              = help: `//` begins a comment; a division that rounds down is written `a div b`

            error: expected a field's name, found a string
             --> a.pseudo:3:11
              |
            3 | c = "a" . "b"
              |           ^^^ expected a field's name
              |
              = help: strings are joined with `+`

            error: expected the end of the statement, found a string
             --> a.pseudo:4:9
              |
            4 | c = "a" "b"
              |         ^^^ expected a newline or `;` before this
              |
              = help: strings are joined with `+`

            error: expected `,` or `)`, found a string
             --> a.pseudo:5:7
              |
            5 | f("a" 'b')
              |  -    ^^^ expected `,` or `)`
              |  |
              |  in this bracket
              |
              = help: strings are joined with `+`

            error: expected the end of the statement, found a string
             --> a.pseudo:6:6
              |
            6 | d = f"a"
              |      ^^^ expected a newline or `;` before this
              |
              = help: a string has no prefix: `"${x}"` has the value of `x` in it, in every string

            error: expected `,` or `)`, found a string
             --> a.pseudo:7:8
              |
            7 | print(f"a")
              |      - ^^^ expected `,` or `)`
              |      |
              |      in this bracket
              |
              = help: a string has no prefix: `"${x}"` has the value of `x` in it, in every string
        "#]],
    );
    lines(
        "a = 1 – 2 × 3 ÷ 4\na ← 5\nif a ≤ b ∧ c ≠ d then end\nf（a，b）；",
        expect![[r#"
        1:7 unexpected character `–`
        1:11 unexpected character `×`
        1:15 unexpected character `÷`
        2:3 unexpected character `←`
        3:6 unexpected character `≤`
        3:10 unexpected character `∧`
        3:14 unexpected character `≠`
        4:2 unexpected character `（`
        4:4 unexpected character `，`
        4:6 unexpected character `）`
        4:7 unexpected character `；`
    "#]],
    );
}

#[test]
fn calls() {
    check(
        "print 5\nprint \"a\", b\nlet p = new Point(1, 2)\nf(new Point(1))",
        expect![[r#"
        error: expected the end of the statement, found `5`
         --> a.pseudo:1:7
          |
        1 | print 5
          |       ^ expected a newline or `;` before this
          |
          = help: a function is called with its arguments in parentheses: `print(...)`

        error: expected the end of the statement, found a string
         --> a.pseudo:2:7
          |
        2 | print "a", b
          |       ^^^ expected a newline or `;` before this
          |
          = help: a function is called with its arguments in parentheses: `print(...)`

        error: expected the end of the statement, found `Point`
         --> a.pseudo:3:13
          |
        3 | let p = new Point(1, 2)
          |             ^^^^^ expected a newline or `;` before this
          |
          = help: an instance is made by a call of its class: `Point(1, 2)`

        error: expected `,` or `)`, found `Point`
         --> a.pseudo:4:7
          |
        4 | f(new Point(1))
          |  -    ^^^^^ expected `,` or `)`
          |  |
          |  in this bracket
          |
          = help: an instance is made by a call of its class: `Point(1, 2)`
    "#]],
    );
}

#[test]
fn texts() {
    check(
        "print('it's')\nf()",
        expect![[r#"
        error: string is not closed
         --> a.pseudo:1:12
          |
        1 | print('it's')
          |            ^ expected a `'` for this one
          |
          = help: a `'` inside of a string is written `\'`
    "#]],
    );
    check(
        "a = “b”\nc = `d`\ne = ‘f’\n$g = 1\na = 1 + \\\n  2\nh = 1.\ni = 2. + 3",
        expect![[r#"
        error: unexpected character `“`
         --> a.pseudo:1:5
          |
        1 | a = “b”
          |     ^^^ a string stands in `"` or `'`

        error: unexpected character ```
         --> a.pseudo:2:5
          |
        2 | c = `d`
          |     ^^^ a string stands in `"` or `'`

        error: unexpected character `‘`
         --> a.pseudo:3:5
          |
        3 | e = ‘f’
          |     ^^^ a string stands in `"` or `'`

        error: unexpected character `$`
         --> a.pseudo:4:1
          |
        4 | $g = 1
          | ^ a variable is its name alone

        error: unexpected character `\`
         --> a.pseudo:5:9
          |
        5 | a = 1 + \
          |         ^ expected nothing here
          |
          = help: a statement goes on in the next line after an operator or a `,`, and inside of brackets

        error: malformed number `1.`
         --> a.pseudo:7:5
          |
        7 | h = 1.
          |     ^^ expected a digit behind the `.`
          |
          = help: write `1.0`

        error: malformed number `2.`
         --> a.pseudo:8:5
          |
        8 | i = 2. + 3
          |     ^^ expected a digit behind the `.`
          |
          = help: write `2.0`
    "#]],
    );
}

#[test]
fn imports() {
    check(
        "import \"a\" as b\nimport {a} from \"b\"\nfrom \"a\" import *",
        expect![[r#"
        error: expected the end of the statement, found `as`
         --> a.pseudo:1:12
          |
        1 | import "a" as b
          |            ^^ expected the end of the statement
          |
          = help: names are chosen, and changed, with `from "file.pseudo" import a as b`

        error: expected a path in quotes, found `{`
         --> a.pseudo:2:8
          |
        2 | import {a} from "b"
          |        ^ expected a path in quotes
          |
          = help: names are chosen with `from "file.pseudo" import a, b`

        error: expected a name to import, found `*`
         --> a.pseudo:3:17
          |
        3 | from "a" import *
          |                 ^ expected a name to import
          |
          = help: all names of a file are imported with `import "file.pseudo"`
    "#]],
    );
}

/// All these words are names.
#[test]
fn names_stay_names() {
    for word in [
        "def", "func", "var", "val", "int", "str", "set", "local", "foreach", "switch", "raise", "except", "endif",
        "next", "is", "xor", "new", "lambda", "f", "IF", "THEN", "AND", "NOT", "END", "ELSE", "TO", "OUTPUT",
        "FUNCTION", "NEXT",
    ] {
        let text = format!(
            "let {word} = 1\n{word} = 2\n{word} += 1\n{word}(1)\n{word}[0] = {word}\n{word}.a = {word} + {word}\nf({word})\n\
             let a, {word} = 1, 2\nfor {word} in 0..3 do end\nfn {word}({word}) return {word} end\nif {word} then {word} else {word} end\n\
             a.{word}\n{word}\n\"${{{word}}}\"\n{word} = {{{word}: 1}}\nenum E {word}, A end\nclass {word} fn {word}() end end"
        );
        assert_eq!(messages(&text), [""; 0], "{word}:\n{text}");
    }
}

/// What did not parse may define names.
#[test]
fn lost_names() {
    let lost = |text: &str| {
        let (arena, mut names) = (bumpalo::Bump::new(), crate::syntax::names::Names::new());
        let source = crate::syntax::source::Source::new("a", text);
        let mut diagnostics = crate::syntax::diagnostics::Diagnostics::new();
        let module = crate::syntax::parse(&source, &arena, &mut names, &mut diagnostics);
        let mut texts: Vec<&str> = module.lost.iter().map(|&symbol| names.text(symbol)).collect();
        texts.sort();
        texts.dedup();
        texts.join(" ")
    };
    assert_eq!(lost("let a, b = f(c) )\nd()"), "a b");
    assert_eq!(lost("let a = (b + )\nc()"), "");
    assert_eq!(lost("x, y = = z\nw"), "y z");
    assert_eq!(lost("for (let i = 0; i < n; i++) do f(i) end"), "i n");
    assert_eq!(lost("while a b c do d end"), "b c");
    assert_eq!(lost("f(a b c)"), "b c");
    assert_eq!(lost("fn f(a b) return a end"), "b");
    assert_eq!(lost("let x = 1\nfn f() return x end"), "");
    assert_eq!(parse_text("let x = 1").1, "");
}
