//! Programs without errors, and their trees.

use expect_test::{Expect, expect};

use super::parse_text;

#[track_caller]
fn check(text: &str, expected: Expect) {
    let (tree, messages) = parse_text(text);
    assert_eq!(messages, "", "in {text:?}");
    expected.assert_eq(&tree);
}

#[test]
fn operators() {
    check(
        "a or b and not c == d .. e | f ^ g & h << i + j * -k",
        expect![[r#"
        (or a (and b (not (== c (.. d (| e (^ f (& g (<< h (+ i (* j (- k))))))))))))
    "#]],
    );
    check(
        "-k * j + i << h & g ^ f | e .. d == c and b or a",
        expect![[r#"
        (or (and (== (.. (| (^ (& (<< (+ (* (- k) j) i) h) g) f) e) d) c) b) a)
    "#]],
    );
    check(
        "a - b - c; a / b * c; a << b >> c; a | b | c; a and b and c; a or b or c",
        expect![[r#"
        (- (- a b) c)
        (* (/ a b) c)
        (>> (<< a b) c)
        (| (| a b) c)
        (and (and a b) c)
        (or (or a b) c)
    "#]],
    );
    check(
        "a div b mod c % d; ~a & ~b; not not a; - - a; -~-a",
        expect![[r#"
        (% (% (div a b) c) d)
        (& (~ a) (~ b))
        (not (not a))
        (- (- a))
        (- (~ (- a)))
    "#]],
    );
    check(
        "a in b; not a in b; (a < b) < c; (a..b)..c; a != b; a <= b; a > b; a >= b",
        expect![[r#"
        (in a b)
        (not (in a b))
        (< (< a b) c)
        (.. (.. a b) c)
        (!= a b)
        (<= a b)
        (> a b)
        (>= a b)
    "#]],
    );
    check(
        "-a.b; -a[0]; -f(x); -2 .abs(); a + (b + c); not a == b",
        expect![[r#"
        (- (. a b))
        (- (at a 0))
        (- (call f x))
        (- (call (. 2 abs)))
        (+ a (+ b c))
        (not (== a b))
    "#]],
    );
    check(
        "0..n + 1; x in 1..2",
        expect![[r#"
        (.. 0 (+ n 1))
        (in x (.. 1 2))
    "#]],
    );
}

#[test]
fn postfix() {
    check(
        "f(); f(a, b,); f(a)(b); a[0][1].c(2).d",
        expect![[r#"
        (call f)
        (call f a b)
        (call (call f a) b)
        (. (call (. (at (at a 0) 1) c) 2) d)
    "#]],
    );
    check(
        "a.end; a.if.class; self.x; super.init(1); x = repeat(\"a\", 2).x; repeat(a) until b",
        expect![[r#"
        (. a end)
        (. (. a if) class)
        (. self x)
        (call super.init 1)
        (= (x) (. (call repeat "a" 2) x))
        (repeat {a} b)
    "#]],
    );
    check(
        "5.abs(); 1.5.floor(); \"a\".len(); [1].push(2); {}.keys()",
        expect![[r#"
        (call (. 5 abs))
        (call (. 1.5 floor))
        (call (. "a" len))
        (call (. [1] push) 2)
        (call (. {} keys))
    "#]],
    );
}

#[test]
fn numbers() {
    check(
        "42; 1_000; 0xFF; 0Xff_ff; 0b1010; 0o17; 007; 0",
        expect![[r#"
        42
        1000
        255
        65535
        10
        15
        7
        0
    "#]],
    );
    check(
        "9223372036854775807; -9223372036854775808; 0xFFFFFFFFFFFFFFFF; 0x8000000000000000",
        expect![[r#"
        9223372036854775807
        -9223372036854775808
        -1
        -9223372036854775808
    "#]],
    );
    check(
        "3.14; 1e9; 2.5e-3; 1E+2; 1_0.0_1e1_0; 1e999; 1..2; 0.5",
        expect![[r#"
        3.14
        1000000000.0
        0.0025
        100.0
        100100000000.0
        inf
        (.. 1 2)
        0.5
    "#]],
    );
    check(
        "-5; -9223372036854775808.abs(); - -9223372036854775808",
        expect![[r#"
        (- 5)
        (- (call (. -9223372036854775808 abs)))
        (- -9223372036854775808)
    "#]],
    );
}

#[test]
fn strings() {
    check(
        r#""a"; 'b'; "it's"; 'say "x"'; """#,
        expect![[r#"
        "a"
        "b"
        "it's"
        "say \"x\""
        ""
    "#]],
    );
    check(
        r#""\n\t\r\0\\\"\'\$\x41\xe9\u{1F600}\u{0}""#,
        expect![[r#"
        "\n\t\r\0\\\"'$Aé😀\0"
    "#]],
    );
    check(
        "\"two\nlines\"; \"cr\r\nlf\"",
        expect![[r#"
        "two\nlines"
        "cr\r\nlf"
    "#]],
    );
    check(
        r#""a${b}c"; "${a}"; "${a}${b}"; "$a $ {b} \${c} $"; '${1 + 2}'"#,
        expect![[r#"
        (str "a" b "c")
        (str a)
        (str a b)
        "$a $ {b} ${c} $"
        (str (+ 1 2))
    "#]],
    );
    check(
        r#""${"n${"m${x}"}"}"; "${{a: 1}["a"]}"; "${"}"}"; "${f(fn() return {} end)}""#,
        expect![[r#"
        (str (str "n" (str "m" x)))
        (str (at {"a": 1} "a"))
        (str "}")
        (str (call f (fn () {(return {})})))
    "#]],
    );
    check(
        "\"${\n a\n + b // }\n}\"",
        expect![[r#"
        (str (+ a b))
    "#]],
    );
}

#[test]
fn containers() {
    check(
        "x = []; x = [1, 2, 3,]; x = [\n1,\n2\n]; x = [[], {}]",
        expect![[r#"
        (= (x) [])
        (= (x) [1 2 3])
        (= (x) [1 2])
        (= (x) [[] {}])
    "#]],
    );
    check(
        "x = {}; x = {\"a\": 1, b: 2, (k): 3}; x = {if: 1, end: 2, true: 3, nil: 4,}",
        expect![[r#"
        (= (x) {})
        (= (x) {"a": 1, "b": 2, k: 3})
        (= (x) {"if": 1, "end": 2, true: 3, nil: 4})
    "#]],
    );
    check(
        "x = {1: 2, -1: 3, 1.5: 4, \"a\" + b: 5, [1]: 6, c.d: 7, \"${a}\": 8}",
        expect![[r#"
        (= (x) {1: 2, (- 1): 3, 1.5: 4, (+ "a" b): 5, [1]: 6, (. c d): 7, (str a): 8})
    "#]],
    );
    check(
        "{a: 1}.keys()",
        expect![[r#"
        (call (. {"a": 1} keys))
    "#]],
    );
}

#[test]
fn conditionals() {
    check(
        "x = if a then b else c end; f(if a then b elif c then d else e end if)",
        expect![[r#"
        (= (x) (? a b c))
        (call f (? a b c d e))
    "#]],
    );
    check(
        "x = if a\nthen\nb\nelif c\nthen d\nelse\ne\nend + 1",
        expect![[r#"
        (= (x) (+ (? a b c d e) 1))
    "#]],
    );
    check(
        "return if a then f(x) else g(x) end",
        expect![[r#"
        (return (? a (call f x) (call g x)))
    "#]],
    );
    check(
        "x = if a and\n b\n or c then 1\n + 2 else 3 end",
        expect![[r#"
        (= (x) (? (or (and a b) c) (+ 1 2) 3))
    "#]],
    );
}

#[test]
fn lets_and_assignments() {
    check(
        "let x; let x = 1; let a, b; let a, b = 1, 2; let q, r = f(); const A = 1; const A, B = 1, 2",
        expect![[r#"
        (let (x))
        (let (x) 1)
        (let (a b))
        (let (a b) 1 2)
        (let (q r) (call f))
        (const (A) 1)
        (const (A B) 1 2)
    "#]],
    );
    check(
        "x = 1; x += 1; x -= 1; x *= 2; x /= 2; x %= 2; x &= 1; x |= 1; x ^= 1; x <<= 1; x >>= 1",
        expect![[r#"
        (= (x) 1)
        (+= x 1)
        (-= x 1)
        (*= x 2)
        (/= x 2)
        (%= x 2)
        (&= x 1)
        (|= x 1)
        (^= x 1)
        (<<= x 1)
        (>>= x 1)
    "#]],
    );
    check(
        "a[i] = 1; o.f = 2; a[i], a[j] = a[j], a[i]; x, y = pair; a[i].b += 1; self.x = x; super.f().x = 1",
        expect![[r#"
            (= ((at a i)) 1)
            (= ((. o f)) 2)
            (= ((at a i) (at a j)) (at a j) (at a i))
            (= (x y) pair)
            (+= (. (at a i) b) 1)
            (= ((. self x)) x)
            (= ((. (call super.f) x)) 1)
        "#]],
    );
    check(
        "let to = step\nlet as, function = procedure, output\ninput = 1",
        expect![[r#"
        (let (to) step)
        (let (as function) procedure output)
        (= (input) 1)
    "#]],
    );
}

#[test]
fn ifs_and_loops() {
    check(
        "if a then b end; if a then b else c end; if a then elif b then elif c then d else end if",
        expect![[r#"
        (if a {b})
        (if a {b} (else {c}))
        (if a {} b {} c {d} (else {}))
    "#]],
    );
    check(
        "while a do b end; while a do end while; loop break end; loop continue end loop",
        expect![[r#"
        (while a {b})
        (while a {})
        (loop {(break)})
        (loop {(continue)})
    "#]],
    );
    check(
        "for i in 0..n do f(i) end; for i in 0..n step 2 do end for; for x in a do end; for k, v in d do end",
        expect![[r#"
            (for (i) in (.. 0 n) {(call f i)})
            (for (i) in (.. 0 n) 2 {})
            (for (x) in a {})
            (for (k v) in d {})
        "#]],
    );
    check(
        "for i in 1 to n do end; for i in 10 to 0 step -2 do end; for i in a\nto b\nstep c\ndo end",
        expect![[r#"
        (for (i) from 1 to n {})
        (for (i) from 10 to 0 (- 2) {})
        (for (i) from a to b c {})
    "#]],
    );
    check(
        "repeat a until b; repeat until a == b",
        expect![[r#"
        (repeat {a} b)
        (repeat {} (== a b))
    "#]],
    );
    check(
        "if a then if b then c else d end else if e then f end end",
        expect![[r#"
        (if a {(if b {c} (else {d}))} (else {(if e {f})}))
    "#]],
    );
    check(
        "while\na\ndo\nend; if\na\nthen\nend",
        expect![[r#"
        (while a {})
        (if a {})
    "#]],
    );
}

#[test]
fn functions() {
    check(
        "fn f() end; fn f(a, b = 1, c = a + b) return a end fn; fn f(rest...) end; fn f(a, rest...) end",
        expect![[r#"
            (def f (fn () {}))
            (def f (fn (a (b 1) (c (+ a b))) {(return a)}))
            (def f (fn (rest...) {}))
            (def f (fn (a rest...) {}))
        "#]],
    );
    check(
        "function f(a) end function; procedure p() end procedure; function f() end fn; fn f(a,) end",
        expect![[r#"
        (def f (fn (a) {}))
        (def p (fn () {}))
        (def f (fn () {}))
        (def f (fn (a) {}))
    "#]],
    );
    check(
        "let f = fn(x) return x * 2 end; f = function(x) end; g(fn() end, fn() a\nb end)",
        expect![[r#"
        (let (f) (fn (x) {(return (* x 2))}))
        (= (f) (fn (x) {}))
        (call g (fn () {}) (fn () {a b}))
    "#]],
    );
    check(
        "fn() end; (fn() end)(); fn() return end; fn f() return\n1 end",
        expect![[r#"
        (fn () {})
        (call (fn () {}))
        (fn () {(return)})
        (def f (fn () {(return) 1}))
    "#]],
    );
    check(
        "function = 1; procedure(x)\nend",
        expect![[r#"
        (= (function) 1)
        (fn (x) {})
    "#]],
    );
}

#[test]
fn function_bodies_have_newlines_in_brackets() {
    check(
        "f([fn()\n a\n -b\n (c)\n end])",
        expect![[r#"
        (call f [(fn () {a (- b) c})])
    "#]],
    );
    check(
        "f(a\n - b\n (c), fn()\n a\n -b\n end\n -d)",
        expect![[r#"
        (call f (- a (call b c)) (- (fn () {a (- b)}) d))
    "#]],
    );
}

#[test]
fn classes() {
    check(
        "class A end; class A extends B end class",
        expect![[r#"
        (class A)
        (class A extends B)
    "#]],
    );
    check(
        "class P let x = 0 let y; let a, b = 1, 2 let c, d = f() static let O = nil fn init(x, y) self.x = x; end \
         fn len() end fn static fn o() return P() end function f() end procedure g() end end",
        expect![[r#"
            (class P (let x 0) (let y) (let a 1) (let b 2) (let (c d) (call f)) (static let O nil) (def init (fn (x y) {(= ((. self x)) x)})) (def len (fn () {})) (static def o (fn () {(return (call P))})) (def f (fn () {})) (def g (fn () {})))
        "#]],
    );
    check(
        "class A\n  fn f() end fn\n  fn g() end\n\n  static fn h() end\nend\nclass B fn f() end fn fn g() end end",
        expect![[r#"
            (class A (def f (fn () {})) (def g (fn () {})) (static def h (fn () {})))
            (class B (def f (fn () {})) (def g (fn () {})))
        "#]],
    );
}

#[test]
fn enums() {
    check(
        "enum Color Red, Green = 5, Blue end; enum E end; enum E = A, B end enum; enum E A, B, end",
        expect![[r#"
        (enum Color (Red) (Green 5) (Blue))
        (enum E)
        (enum E (A) (B))
        (enum E (A) (B))
    "#]],
    );
    check(
        "enum Color\n  Red\n  Green = 2 +\n 3\n\n  Blue,\n  White\nend",
        expect![[r#"
        (enum Color (Red) (Green (+ 2 3)) (Blue) (White))
    "#]],
    );
}

#[test]
fn matches() {
    check(
        "match e\ncase 1 then a\ncase 2, 3 then b; c\nelse d\nend",
        expect![[r#"
        (match e (case ==1 {a}) (case ==2 ==3 {b c}) (else {d}))
    "#]],
    );
    check(
        "match e case 1 -> a\ncase 2 -> b; case 3 -> return\n else -> d end match; match e end",
        expect![[r#"
        (match e (case ==1 {a}) (case ==2 {b}) (case ==3 {(return)}) (else {d}))
        (match e)
    "#]],
    );
    check(
        "match e case \"a\", 'b', 1.5, -1, -2.5, true, false, nil, 0xFF then end",
        expect![[r#"
        (match e (case =="a" =="b" ==1.5 ==-1 ==-2.5 ==true ==false ==nil ==255 {}))
    "#]],
    );
    check(
        "match e case -9223372036854775808 then end",
        expect![[r#"
        (match e (case ==-9223372036854775808 {}))
    "#]],
    );
    check(
        "match e case n if n < 0 then end; match e case a, b if a\nand b\nthen else then c end",
        expect![[r#"
        (match e (case n if (< n 0) {}))
        (match e (case a b if (and a b) {}) (else {c}))
    "#]],
    );
    check(
        "match e case [x, [y, _],] then case [] then case {kind: \"circle\", r: r, if: [a], \"s\": _, 1: _, true: t} then case {} then end",
        expect![[r#"
            (match e (case [x [y _]] {}) (case [] {}) (case {"kind": =="circle" "r": r "if": [a] "s": _ 1: _ true: t} {}) (case {} {}))
        "#]],
    );
    check(
        "match e case Color.Red then case a.b.class then case _ then end",
        expect![[r#"
        (match e (case ==(. Color Red) {}) (case ==(. (. a b) class) {}) (case _ {}))
    "#]],
    );
    check(
        "match e\ncase 1 -> if a then b end\ncase 2 -> match f case 1 then end\nend",
        expect![[r#"
        (match e (case ==1 {(if a {b})}) (case ==2 {(match f (case ==1 {}))}))
    "#]],
    );
}

#[test]
fn tries() {
    check(
        "try a catch e b finally c end; try a catch b end; try a finally b end try; try a catch\nb\nend",
        expect![[r#"
            (try {a} (catch e {b}) (finally {c}))
            (try {a} (catch b {}))
            (try {a} (finally {b}))
            (try {a} (catch {b}))
        "#]],
    );
    check(
        "try a catch e then b end; try catch then finally end",
        expect![[r#"
        (try {a} (catch e {b}))
        (try {} (catch {}) (finally {}))
    "#]],
    );
    check(
        "throw e; throw\ne; throw Error(\"a\")",
        expect![[r#"
        (throw e)
        (throw e)
        (throw (call Error "a"))
    "#]],
    );
}

#[test]
fn imports() {
    check(
        "import \"a.pseudo\"; from \"a.pseudo\" import a; from 'b' import a, b as c,\nd",
        expect![[r#"
        (import "a.pseudo")
        (from "a.pseudo" (a))
        (from "b" (a) (b c) (d))
    "#]],
    );
}

#[test]
fn output_and_input() {
    check(
        "output a; output a, b; output \"x\"; output 1,\n2; output not a; output {}; output fn() end; output ~a",
        expect![[r#"
            (output a)
            (output a b)
            (output "x")
            (output 1 2)
            (output (not a))
            (output {})
            (output (fn () {}))
            (output (~ a))
        "#]],
    );
    check(
        "output(a); output = 1; output[0] = 1; output.x; output - 1; output, a = 1, 2; output += 1",
        expect![[r#"
        (call output a)
        (= (output) 1)
        (= ((at output 0)) 1)
        (. output x)
        (- output 1)
        (= (output a) 1 2)
        (+= output 1)
    "#]],
    );
    check(
        "output\na\noutput",
        expect![[r#"
        output
        a
        output
    "#]],
    );
    check(
        "input x; input a[0]; input self.x; input(); input\nx; input = 1; x = input()",
        expect![[r#"
        (input x)
        (input (at a 0))
        (input (. self x))
        (call input)
        input
        x
        (= (input) 1)
        (= (x) (call input))
    "#]],
    );
    check(
        "output if a then b else c end; output repeat(a, 2); output super.f(), self",
        expect![[r#"
        (output (? a b c))
        (output (call repeat a 2))
        (output (call super.f) self)
    "#]],
    );
}

#[test]
fn newlines() {
    check(
        "a\n-b\n(c)\n[d]",
        expect![[r#"
        a
        (- b)
        c
        [d]
    "#]],
    );
    check(
        "a +\nb -\n\nc ==\nd and\ne\n.f\n// comment\n.g()\n/* \n */ .h",
        expect![[r#"
        (and (== (- (+ a b) c) d) (. (call (. (. e f) g)) h))
    "#]],
    );
    check(
        "(a\n-b\n(c)\n[d])",
        expect![[r#"
        (- a (at (call b c) d))
    "#]],
    );
    check(
        "f(\na\n,\nb\n)\na[\n0\n]\n{a:\n1\n,\nb:2}\nlet a,\nb = 1,\n2\nx =\n1",
        expect![[r#"
        (call f a b)
        (at a 0)
        {"a": 1, "b": 2}
        (let (a b) 1 2)
        (= (x) 1)
    "#]],
    );
    check(
        "return\nreturn a\nbreak\ncontinue",
        expect![[r#"
        (return)
        (return a)
        (break)
        (continue)
    "#]],
    );
    check(
        "not\na; -\na; a.\nb",
        expect![[r#"
        (not a)
        (- a)
        (. a b)
    "#]],
    );
    check(
        ";;a;;b;",
        expect![[r#"
        a
        b
    "#]],
    );
    check(
        "a\r\nb\r\n",
        expect![[r#"
        a
        b
    "#]],
    );
}

#[test]
fn newlines_where_a_statement_cannot_end_yet() {
    check(
        "a, b\n= c\nconst D\n= 1\nlet e\n",
        expect![[r#"
        (= (a b) c)
        (const (D) 1)
        (let (e))
    "#]],
    );
    check(
        "if a\n+ b\n(c) then end\nwhile a\nand b\ndo end\nfor i in a\n.. b\ndo end",
        expect![[r#"
        (if (+ a (call b c)) {})
        (while (and a b) {})
        (for (i) in (.. a b) {})
    "#]],
    );
    check(
        "x = if a\nor b then f\n(c)\nelse d\n- e end\n- f",
        expect![[r#"
        (= (x) (? (or a b) (call f c) (- d e)))
        (- f)
    "#]],
    );
}

#[test]
fn files() {
    check("", expect![[""]]);
    check("\n\n", expect![[""]]);
    check(
        "#!/usr/bin/env pseudo\na",
        expect![[r#"
        a
    "#]],
    );
    check("#!", expect![[""]]);
    check(
        "\u{feff}#!x\na",
        expect![[r#"
        a
    "#]],
    );
    check("// a", expect![[""]]);
    check(
        "/* a /* b */ c */ d",
        expect![[r#"
        d
    "#]],
    );
    check(
        "/* // */ a",
        expect![[r#"
        a
    "#]],
    );
    check(
        "größe = переменная + _x + x1 + 名",
        expect![[r#"
        (= (größe) (+ (+ (+ переменная _x) x1) 名))
    "#]],
    );
}
