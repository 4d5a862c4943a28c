//! Imports: what is compiled where, and every error.

use expect_test::{Expect, expect};

use super::Session;

fn session(files: &[(&str, &str)]) -> Session {
    let mut session = Session::new();
    session.files.0 = files.iter().map(|&(path, text)| (path.into(), text.to_string())).collect();
    session
}

/// Compares the listing of a program that imports these files.
fn check(files: &[(&str, &str)], text: &str, expected: Expect) {
    expected.assert_eq(&session(files).listing(text));
}

/// Compares the messages. Nothing of a program with errors stays declared.
fn check_errors(files: &[(&str, &str)], text: &str, expected: Expect) {
    let mut session = session(files);
    expected.assert_eq(&session.compile(text).err().unwrap_or("no errors".to_string()));
    assert_eq!((session.globals.infos().len(), session.top_level.names().count()), (0, 0));
}

#[test]
fn the_first_import_runs_the_file() {
    check(
        &[("lib/a.pseudo", "import 'b.pseudo'\nlet a = b"), ("lib/b.pseudo", "let b = 1")],
        "import 'lib/a.pseudo'\nfrom './lib/../lib/b.pseudo' import b as c\nprint(a, b, c)",
        expect![[r#"
            fn main (0 parameters, 3 registers)
                1 | import 'lib/a.pseudo'
                   0  func
                   1  closure          r1, fn:main
                   2  call             r0, r1()
                   3  def.global       r0, g:lib/a.pseudo
                3 | print(a, b, c)
                   4  get.global       r0, g:a
                   5  get.global       r1, g:b
                   6  get.global       r2, g:b
                   7  call.builtin     r0(r0..r2), print
                   8  return.nil

            fn main (0 parameters, 2 registers)
                1 | import 'b.pseudo'
                   0  func
                   1  closure          r1, fn:main
                   2  call             r0, r1()
                   3  def.global       r0, g:lib/b.pseudo
                2 | let a = b
                   4  get.global       r0, g:b
                   5  def.global       r0, g:a
                   6  return.nil

            fn main (0 parameters, 1 register)
                1 | let b = 1
                   0  func
                   1  load.int         r0, 1
                   2  def.global       r0, g:b
                   3  return.nil
        "#]],
    );
}

#[test]
fn names_are_the_same_variables() {
    check(
        &[("a.pseudo", "let n = 1\nfn bump() n += 1 end\nlet print = fn(x) return x end")],
        "from 'a.pseudo' import n as m, bump, n as m\nimport 'a.pseudo'\nm = n\nprint(bump())\n'x'.print()",
        expect![[r#"
            fn main (0 parameters, 4 registers)
                1 | from 'a.pseudo' import n as m, bump, n as m
                   0  func
                   1  closure          r1, fn:main
                   2  call             r0, r1()
                   3  def.global       r0, g:a.pseudo
                3 | m = n
                   4  get.global       r0, g:n
                   5  set.global       r0, g:n
                4 | print(bump())
                   6  get.global       r1, g:print
                   7  get.global       r3, g:bump
                   8  call             r2, r3()
                   9  call             r0, r1(r2)
                5 | 'x'.print()
                  10  load.const       r0, "x"
                  11  get.method       r1, r2, r0, .print
                  12  call.method      r0, r1(r2)
                  13  return.nil

            fn main (0 parameters, 1 register)
                1 | let n = 1
                   0  func
                   1  load.int         r0, 1
                   2  def.global       r0, g:n
                2 | fn bump() n += 1 end
                   3  closure          r0, fn:bump
                   4  def.global       r0, g:bump
                3 | let print = fn(x) return x end
                   5  closure          r0, fn1
                   6  def.global       r0, g:print
                   7  return.nil

            fn bump (0 parameters, 1 register)
                2 | fn bump() n += 1 end
                   0  func
                   1  get.global       r0, g:n
                   2  add.k            r0, r0, 1
                   3  set.global       r0, g:n
                   4  return.nil

            fn (anonymous) (1 parameter, 1 register)
                3 | let print = fn(x) return x end
                   0  func
                   1  return           r0
        "#]],
    );
}

#[test]
fn a_later_line_imports_what_is_there() {
    let mut session = session(&[("a.pseudo", "let x = 1\nlet y = 2")]);
    session.compile("import 'a.pseudo'").unwrap();
    // It has not run to its end: it is compiled anew.
    let names = ["x", "y"].map(|name| session.top_level.find(name));
    session.compile("import 'a.pseudo'").unwrap();
    let again = ["x", "y"].map(|name| session.top_level.find(name));
    assert_ne!(names, again);
    session.globals.values_mut().fill(crate::value::Value::NIL);
    expect![[r#"
        fn main (0 parameters, 3 registers)
            1 | from 'a.pseudo' import x as z
               0  func
            3 | print(x, y, z)
               1  get.global       r0, g:x
               2  get.global       r1, g:y
               3  get.global       r2, g:x
               4  call.builtin     r0(r0..r2), print
               5  return.nil
    "#]]
    .assert_eq(&session.listing("from 'a.pseudo' import x as z\nimport 'a.pseudo'\nprint(x, y, z)"));
    // A definition at the prompt does not change the file's variable, and may follow the import.
    expect![[r#"
        fn main (0 parameters, 1 register)
            1 | let x = 2
               0  func
               1  load.int         r0, 2
               2  def.global       r0, g:x
               3  return.nil
    "#]]
    .assert_eq(&session.listing("let x = 2"));
    assert_ne!(session.top_level.find("x"), again[0]);
}

#[test]
fn no_such_file() {
    check_errors(
        &[("util.pseudo", ""), ("dir/x.psc", "")],
        "import 'utl.pseudo'\nfrom \"util\" import a, b as c\nimport 'dir/x'\nimport ''\nprint(a, c, anything)\nbreak",
        expect![[r#"
            error: there is no file `utl.pseudo`
             --> test.pseudo:1:8
              |
            1 | import 'utl.pseudo'
              |        ^^^^^^^^^^^^ imported here

            error: there is no file `util`
             --> test.pseudo:2:6
              |
            2 | from "util" import a, b as c
              |      ^^^^^^ imported here
              |
              = help: there is a file `util.pseudo`: write the path with its ending

            error: there is no file `dir/x`
             --> test.pseudo:3:8
              |
            3 | import 'dir/x'
              |        ^^^^^^^ imported here
              |
              = help: there is a file `dir/x.psc`: write the path with its ending

            error: the path of the file to import is empty
             --> test.pseudo:4:8
              |
            4 | import ''
              |        ^^ no path
              |
              = help: a file is named by its path: `import "file.pseudo"`

            error: `break` outside of a loop
             --> test.pseudo:6:1
              |
            6 | break
              | ^^^^^ there is no loop to break
        "#]],
    );
}

#[test]
fn no_such_name() {
    check_errors(
        &[("util.pseudo", "let count = 1\nfn area() return 1 end")],
        "from 'util.pseudo' import cuont, area as a, zzz as b\nprint(cuont, a, b)\nprint(area, zzz)\nb = 1",
        expect![[r#"
            error: `util.pseudo` has no top-level name `cuont`
             --> test.pseudo:1:27
              |
            1 | from 'util.pseudo' import cuont, area as a, zzz as b
              |                           ^^^^^ no such name there
              |
              = help: did you mean `count`?

            error: `util.pseudo` has no top-level name `zzz`
             --> test.pseudo:1:45
              |
            1 | from 'util.pseudo' import cuont, area as a, zzz as b
              |                                             ^^^ no such name there

            error: `area` is not defined
             --> test.pseudo:3:7
              |
            3 | print(area, zzz)
              |       ^^^^ no such name
              |
              = help: `util.pseudo` defines it: add it to the names that are imported from there

            error: `zzz` is not defined
             --> test.pseudo:3:13
              |
            3 | print(area, zzz)
              |             ^^^ no such name
        "#]],
    );
}

#[test]
fn clashes() {
    let files =
        [("a.pseudo", "let x = 1\nlet y = 2"), ("b.pseudo", "let x = 3\nlet z = 3"), ("c.pseudo", "import 'a.pseudo'")];
    check_errors(
        &files,
        "import 'a.pseudo'\nlet x = 1",
        expect![[r#"
            error: `x` would name two things in this file
             --> test.pseudo:2:5
              |
            1 | import 'a.pseudo'
              |        ---------- imported here, with all names of the file
            2 | let x = 1
              |     ^ defined here
              |
             ::: a.pseudo:1:5
              |
            1 | let x = 1
              |     - this is what is imported
              |
              = help: import the names that are needed, with `from ... import ...`; `as` gives them other names
        "#]],
    );
    check_errors(
        &files,
        "fn f() end\nfrom 'a.pseudo' import x as f",
        expect![[r#"
            error: `f` would name two things in this file
             --> test.pseudo:2:29
              |
            1 | fn f() end
              |    - defined here
            2 | from 'a.pseudo' import x as f
              |                             ^ imported here
              |
             ::: a.pseudo:1:5
              |
            1 | let x = 1
              |     - this is what is imported
              |
              = help: import it under another name: `f as ...`
        "#]],
    );
    check_errors(
        &files,
        "import 'a.pseudo'\nimport 'b.pseudo'",
        expect![[r#"
            error: `x` would name two things in this file
             --> test.pseudo:2:8
              |
            1 | import 'a.pseudo'
              |        ---------- imported here, with all names of the file
            2 | import 'b.pseudo'
              |        ^^^^^^^^^^ imported here, with all names of the file
              |
             ::: a.pseudo:1:5
              |
            1 | let x = 1
              |     - this is what is imported
              |
             ::: b.pseudo:1:5
              |
            1 | let x = 3
              |     - this is what is imported
              |
              = help: import the names that are needed, with `from ... import ...`; `as` gives them other names
        "#]],
    );
    check_errors(
        &files,
        "from 'a.pseudo' import x\nfrom 'b.pseudo' import x",
        expect![[r#"
            error: `x` would name two things in this file
             --> test.pseudo:2:24
              |
            1 | from 'a.pseudo' import x
              |                        - imported here
            2 | from 'b.pseudo' import x
              |                        ^ imported here
              |
             ::: a.pseudo:1:5
              |
            1 | let x = 1
              |     - this is what is imported
              |
             ::: b.pseudo:1:5
              |
            1 | let x = 3
              |     - this is what is imported
              |
              = help: import it under another name: `x as ...`
        "#]],
    );
    session(&files).compile("from 'a.pseudo' import x, y as z, x\nimport 'a.pseudo'\nimport 'c.pseudo'").unwrap();
    // A local variable is no clash.
    session(&files).compile("import 'a.pseudo'\nif x then let x = 2 end\nfn f(y) return y end").unwrap();
}

#[test]
fn cycles() {
    check_errors(
        &[("test.pseudo", "")],
        "let a = 1\nimport 'test.pseudo'\nprint(b)",
        expect![[r#"
        error: `test.pseudo` imports itself
         --> test.pseudo:2:8
          |
        2 | import 'test.pseudo'
          |        ^^^^^^^^^^^^^ this very file
    "#]],
    );
    check_errors(
        &[
            ("test.pseudo", ""),
            ("a.pseudo", "let x = 1\nimport 'lib/b.pseudo'"),
            ("lib/b.pseudo", "from '../test.pseudo' import x"),
        ],
        "import 'a.pseudo'",
        expect![[r#"
            error: `test.pseudo` imports itself, through other files
             --> lib/b.pseudo:1:6
              |
            1 | from '../test.pseudo' import x
              |      ^^^^^^^^^^^^^^^^ leads back to `test.pseudo`
              |
             ::: test.pseudo:1:8
              |
            1 | import 'a.pseudo'
              |        ---------- `a.pseudo` is imported here
              |
             ::: a.pseudo:2:8
              |
            2 | import 'lib/b.pseudo'
              |        -------------- `lib/b.pseudo` is imported here
              |
              = help: move what both files need to a file of its own
        "#]],
    );
    check_errors(
        &[("a.pseudo", "let x = 1\nimport 'a.pseudo'\nprint(undefined)")],
        "import 'a.pseudo'\nprint(x)\nprint(y)",
        expect![[r#"
            error: `a.pseudo` imports itself
             --> a.pseudo:2:8
              |
            2 | import 'a.pseudo'
              |        ^^^^^^^^^^ this very file
        "#]],
    );
}

#[test]
fn errors_of_all_files_are_reported() {
    check_errors(
        &[
            ("a.pseudo", "import 'b.pseudo'\nlet a = = 1\nprint(nothing)"),
            ("b.pseudo", "print(nothing)\nlet b = 1"),
            ("c.pseudo", "fn c() return 1"),
        ],
        "import 'a.pseudo'\nimport 'c.pseudo'\nfrom 'b.pseudo' import missing\nprint(maybe_of_a)\nreturn",
        expect![[r#"
            error: `b.pseudo` has no top-level name `missing`
             --> test.pseudo:3:24
              |
            3 | from 'b.pseudo' import missing
              |                        ^^^^^^^ no such name there

            error: `return` outside of a function
             --> test.pseudo:5:1
              |
            5 | return
              | ^^^^^^ there is nothing to return from

            error: expected an expression, found `=`
             --> a.pseudo:2:9
              |
            2 | let a = = 1
              |         ^ expected an expression

            error: `nothing` is not defined
             --> a.pseudo:3:7
              |
            3 | print(nothing)
              |       ^^^^^^^ no such name

            error: `nothing` is not defined
             --> b.pseudo:1:7
              |
            1 | print(nothing)
              |       ^^^^^^^ no such name

            error: expected `end`, found the end of the file
             --> c.pseudo:1:16
              |
            1 | fn c() return 1
              | --             ^ expected `end` after this
              | |
              | this `fn` is not closed
        "#]],
    );
}

#[test]
fn constants_stay_constants() {
    check_errors(
        &[("a.pseudo", "let x = 1\n\nconst LIMIT = 10")],
        "from 'a.pseudo' import LIMIT as MAX, x\nx = 2\nMAX = 3\nfn f() MAX += 1 end",
        expect![[r#"
            error: `MAX` is a constant, which can't be assigned to
             --> test.pseudo:3:1
              |
            3 | MAX = 3
              | ^^^ assigned here
              |
             ::: a.pseudo:3:7
              |
            3 | const LIMIT = 10
              |       ----- declared as a constant here

            error: `MAX` is a constant, which can't be assigned to
             --> test.pseudo:4:8
              |
            4 | fn f() MAX += 1 end
              |        ^^^ assigned here
              |
             ::: a.pseudo:3:7
              |
            3 | const LIMIT = 10
              |       ----- declared as a constant here
        "#]],
    );
}

#[test]
fn imports_in_blocks() {
    check_errors(
        &[("a.pseudo", "let x = 1")],
        "fn f()\n import 'a.pseudo'\n return x\nend\nif true then\n from 'a.pseudo' import x, y as z\n print(x, z)\nend",
        expect![[r#"
            error: imports stand at the top level of a file
             --> test.pseudo:2:2
              |
            2 |  import 'a.pseudo'
              |  ^^^^^^^^^^^^^^^^^ inside of a block
              |
              = help: move it to the beginning of the file

            error: imports stand at the top level of a file
             --> test.pseudo:6:2
              |
            6 |  from 'a.pseudo' import x, y as z
              |  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ inside of a block
              |
              = help: move it to the beginning of the file
        "#]],
    );
    check_errors(
        &[("a.pseudo", "let x = 1")],
        "if true then\n from 'a.pseudo' import x\n print(x, other)\nend",
        expect![[r#"
            error: imports stand at the top level of a file
             --> test.pseudo:2:2
              |
            2 |  from 'a.pseudo' import x
              |  ^^^^^^^^^^^^^^^^^^^^^^^^ inside of a block
              |
              = help: move it to the beginning of the file

            error: `other` is not defined
             --> test.pseudo:3:11
              |
            3 |  print(x, other)
              |           ^^^^^ no such name
        "#]],
    );
}

#[test]
fn a_long_chain() {
    let files: Vec<(String, String)> = (0..=201)
        .map(|number| (format!("{number}.pseudo"), format!("import '{}.pseudo'\nlet a{number} = {number}", number + 1)))
        .collect();
    let mut session = Session::new();
    session.files.0 = files.into_iter().map(|(path, text)| (path.into(), text)).collect();
    session.files.0.insert("200.pseudo".into(), "let a200 = 200".to_string());
    session.compile("import '1.pseudo'\nprint(a1 + a200)").unwrap();
    let message = session.compile("import '0.pseudo'").unwrap_err();
    expect![[r#"
        error: imports are nested too deeply: at most 200 files can import each other in a row
         --> 199.pseudo:1:8
          |
        1 | import '200.pseudo'
          |        ^^^^^^^^^^^^ one too many
    "#]]
    .assert_eq(&message);
}
