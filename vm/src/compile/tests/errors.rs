//! Errors in the use of names and statements.

use expect_test::expect;

use super::check_errors;

#[test]
fn undefined_names() {
    check_errors(
        "let count = 1\nprint(cuont)\nfn f(x)\n return y + xx\nend\nprnt(1)",
        expect![[r#"
        error: `cuont` is not defined
         --> test.pseudo:2:7
          |
        2 | print(cuont)
          |       ^^^^^ no such name
          |
          = help: did you mean `count`?

        error: `y` is not defined
         --> test.pseudo:4:9
          |
        4 |  return y + xx
          |         ^ no such name

        error: `xx` is not defined
         --> test.pseudo:4:13
          |
        4 |  return y + xx
          |             ^^ no such name
          |
          = help: did you mean `x`?

        error: `prnt` is not defined
         --> test.pseudo:6:1
          |
        6 | prnt(1)
          | ^^^^ no such name
          |
          = help: did you mean `print`?
    "#]],
    );
    check_errors(
        "total = 1\ntotal += 2\ninput answer",
        expect![[r#"
            error: `total` is not defined
             --> test.pseudo:1:1
              |
            1 | total = 1
              | ^^^^^ no such name
              |
              = help: a new variable is declared with `let total = ...`

            error: `answer` is not defined
             --> test.pseudo:3:7
              |
            3 | input answer
              |       ^^^^^^ no such name
              |
              = help: a new variable is declared with `let answer = ...`
        "#]],
    );
    // Locals end with their block, and functions are not hoisted into it.
    check_errors(
        "if true then\n let inside = 1\nend\nprint(inside)",
        expect![[r#"
        error: `inside` is not defined
         --> test.pseudo:4:7
          |
        4 | print(inside)
          |       ^^^^^^ no such name
    "#]],
    );
    check_errors(
        "fn f()\n g()\n fn g() end\nend",
        expect![[r#"
        error: `g` is not defined
         --> test.pseudo:2:2
          |
        2 |  g()
          |  ^ no such name
    "#]],
    );
    check_errors(
        "fn f(a = b, b = 1) end",
        expect![[r#"
        error: `b` is not defined
         --> test.pseudo:1:10
          |
        1 | fn f(a = b, b = 1) end
          |          ^ no such name
    "#]],
    );
    check_errors(
        "fn f()\n let x = x\nend",
        expect![[r#"
        error: `x` is not defined
         --> test.pseudo:2:10
          |
        2 |  let x = x
          |          ^ no such name
    "#]],
    );
}

#[test]
fn declared_twice() {
    check_errors(
        "let x = 1\nlet x = 2",
        expect![[r#"
        error: `x` is declared twice in the same block
         --> test.pseudo:2:5
          |
        1 | let x = 1
          |     - first declared here
        2 | let x = 2
          |     ^ declared again
          |
          = help: to give it a new value, write the assignment without `let`
    "#]],
    );
    check_errors(
        "fn f() end\nconst f = 1",
        expect![[r#"
            error: `f` is declared twice in the same block
             --> test.pseudo:2:7
              |
            1 | fn f() end
              |    - first declared here
            2 | const f = 1
              |       ^ declared again
        "#]],
    );
    check_errors(
        "fn f(a, b, a) let b = 1 end",
        expect![[r#"
            error: `a` is declared twice in the same block
             --> test.pseudo:1:12
              |
            1 | fn f(a, b, a) let b = 1 end
              |      -     ^ declared again
              |      |
              |      first declared here

            error: `b` is declared twice in the same block
             --> test.pseudo:1:19
              |
            1 | fn f(a, b, a) let b = 1 end
              |         -         ^ declared again
              |         |
              |         first declared here
              |
              = help: to give it a new value, write the assignment without `let`
        "#]],
    );
    check_errors(
        "for i in 0..3 do let i = 1 end",
        expect![[r#"
        error: `i` is declared twice in the same block
         --> test.pseudo:1:22
          |
        1 | for i in 0..3 do let i = 1 end
          |     -                ^ declared again
          |     |
          |     first declared here
          |
          = help: to give it a new value, write the assignment without `let`
    "#]],
    );
    check_errors(
        "for i, i in [] do end",
        expect![[r#"
            error: `i` is declared twice in the same block
             --> test.pseudo:1:8
              |
            1 | for i, i in [] do end
              |     -  ^ declared again
              |     |
              |     first declared here
        "#]],
    );
    check_errors(
        "let x = 1\nif x then let x = 2 end\nfor x in 0..1 do if x then let x = 1 end end",
        expect!["no errors"],
    );
}

#[test]
fn assigned_constants_and_builtins() {
    check_errors(
        "const LIMIT = 1\nLIMIT = 2\nfn f() LIMIT += 1 end",
        expect![[r#"
        error: `LIMIT` is a constant, which can't be assigned to
         --> test.pseudo:2:1
          |
        1 | const LIMIT = 1
          |       ----- declared as a constant here
        2 | LIMIT = 2
          | ^^^^^ assigned here

        error: `LIMIT` is a constant, which can't be assigned to
         --> test.pseudo:3:8
          |
        1 | const LIMIT = 1
          |       ----- declared as a constant here
        2 | LIMIT = 2
        3 | fn f() LIMIT += 1 end
          |        ^^^^^ assigned here
    "#]],
    );
    check_errors(
        "fn f()\n const c = 1\n return fn() c = 2 end\nend",
        expect![[r#"
        error: `c` is a constant, which can't be assigned to
         --> test.pseudo:3:14
          |
        2 |  const c = 1
          |        - declared as a constant here
        3 |  return fn() c = 2 end
          |              ^ assigned here
    "#]],
    );
    check_errors(
        "len = 1\nPI += 1",
        expect![[r#"
        error: `len` is a builtin, which can't be assigned to
         --> test.pseudo:1:1
          |
        1 | len = 1
          | ^^^ assigned here
          |
          = help: a variable of that name is declared with `let len = ...`

        error: `PI` is a builtin, which can't be assigned to
         --> test.pseudo:2:1
          |
        2 | PI += 1
          | ^^ assigned here
          |
          = help: a variable of that name is declared with `let PI = ...`
    "#]],
    );
    check_errors(
        "let a = 1\nconst b = 2\na, b = b, a",
        expect![[r#"
        error: `b` is a constant, which can't be assigned to
         --> test.pseudo:3:4
          |
        2 | const b = 2
          |       - declared as a constant here
        3 | a, b = b, a
          |    ^ assigned here
    "#]],
    );
}

#[test]
fn statements_out_of_place() {
    check_errors(
        "break\ncontinue\nreturn 1",
        expect![[r#"
        error: `break` outside of a loop
         --> test.pseudo:1:1
          |
        1 | break
          | ^^^^^ there is no loop to break

        error: `continue` outside of a loop
         --> test.pseudo:2:1
          |
        2 | continue
          | ^^^^^^^^ there is no loop to continue

        error: `return` outside of a function
         --> test.pseudo:3:1
          |
        3 | return 1
          | ^^^^^^^^ there is nothing to return from
    "#]],
    );
    check_errors(
        "while true do\n let f = fn() break end\nend",
        expect![[r#"
        error: `break` outside of a loop
         --> test.pseudo:2:15
          |
        2 |  let f = fn() break end
          |               ^^^^^ there is no loop to break
    "#]],
    );
}

#[test]
fn until_sees_no_variable_that_a_continue_skips() {
    check_errors(
        "repeat\n let x = 1\n if x then continue end\n let y = 2\nuntil x + y > fn() return y end",
        expect![[r#"
        error: `y` may have no value here: a `continue` can skip its definition
         --> test.pseudo:5:11
          |
        3 |  if x then continue end
          |            -------- continues here
        4 |  let y = 2
          |      - defined here
        5 | until x + y > fn() return y end
          |           ^ used here

        error: `y` may have no value here: a `continue` can skip its definition
         --> test.pseudo:5:27
          |
        3 |  if x then continue end
          |            -------- continues here
        4 |  let y = 2
          |      - defined here
        5 | until x + y > fn() return y end
          |                           ^ used here
    "#]],
    );
    check_errors("repeat\n while true do continue end\n let y = 2\nuntil y", expect!["no errors"]);
    check_errors(
        "repeat\n let y = 1\n fn f() while true do continue end end\n let z = 2\nuntil y + z",
        expect!["no errors"],
    );
}

#[test]
fn everything_is_reported_in_order() {
    check_errors(
        "print(a)\nlet b = b2\nfn f()\n return c(d, e)\nend\nbreak\nprint(g)",
        expect![[r#"
        error: `a` is not defined
         --> test.pseudo:1:7
          |
        1 | print(a)
          |       ^ no such name

        error: `b2` is not defined
         --> test.pseudo:2:9
          |
        2 | let b = b2
          |         ^^ no such name
          |
          = help: did you mean `b`?

        error: `c` is not defined
         --> test.pseudo:4:9
          |
        4 |  return c(d, e)
          |         ^ no such name

        error: `d` is not defined
         --> test.pseudo:4:11
          |
        4 |  return c(d, e)
          |           ^ no such name

        error: `e` is not defined
         --> test.pseudo:4:14
          |
        4 |  return c(d, e)
          |              ^ no such name

        error: `break` outside of a loop
         --> test.pseudo:6:1
          |
        6 | break
          | ^^^^^ there is no loop to break

        error: `g` is not defined
         --> test.pseudo:7:7
          |
        7 | print(g)
          |       ^ no such name
    "#]],
    );
}

#[test]
fn self_and_super_out_of_place() {
    check_errors(
        "print(self)\nclass A fn f() return super.f() end static fn g() return self end end\nclass B extends A static fn h() super.g() end end\nsuper.f()",
        expect![[r#"
            error: `self` outside of a method
             --> test.pseudo:1:7
              |
            1 | print(self)
              |       ^^^^ there is no instance here

            error: `super` in a class without `extends`
             --> test.pseudo:2:23
              |
            2 | class A fn f() return super.f() end static fn g() return self end end
              |                       ^^^^^^^ the class extends no other

            error: `self` in a static method
             --> test.pseudo:2:58
              |
            2 | class A fn f() return super.f() end static fn g() return self end end
              |                                                          ^^^^ a static method has no instance

            error: `super` in a static method
             --> test.pseudo:3:33
              |
            3 | class B extends A static fn h() super.g() end end
              |                                 ^^^^^^^ a static method has no instance

            error: `super` outside of a class
             --> test.pseudo:4:1
              |
            4 | super.f()
              | ^^^^^^^ there is no class around this
        "#]],
    );
}
