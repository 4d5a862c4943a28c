//! Errors in functions, classes, enums and imports.

use expect_test::expect;

use super::check;

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
