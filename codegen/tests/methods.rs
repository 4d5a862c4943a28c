//! Whole functions as machine code, beside the interpreter: each operator on all pairs of edge values, after having been
//! compiled for each kind of operand.

use std::cell::RefCell;
use std::rc::Rc;

use pseudo_codegen::engine::{Engine, Event, Observer, Params, Stats, Tier};
use pseudo_codegen::method::Part;
use pseudo_trace::opt::PassSet;
use pseudo_vm::io::Output;
use pseudo_vm::syntax::source::Source;
use pseudo_vm::vm::{Vm, VmOptions};

/// What a program prints in a tier, and what the engine did.
fn run_with(program: &str, tier: Tier, params: &Params, observer: Option<Box<dyn Observer>>) -> (String, Stats) {
    let options = VmOptions {
        hot_loop: params.first_rounds(tier),
        hot_call: params.first_calls(tier),
        gc_stress: params.gcstress,
        ..VmOptions::default()
    };
    let mut vm = Vm::new(&options).expect("there is memory for a machine");
    vm.output = Output::memory();
    let mut engine = Engine::new(params.clone(), PassSet::ALL, observer);
    engine.set_tier(tier);
    let engine = Rc::new(RefCell::new(engine));
    if tier != Tier::Interp {
        vm.attach(Box::new(engine.clone()));
    }
    if tier.has_methods() {
        vm.run_native();
    }
    if let Err(failure) = vm.run(Source::new("test.pseudo", program)) {
        panic!("{failure:?} of\n{program}");
    }
    let stats = engine.borrow().stats(&vm);
    (String::from_utf8(vm.output.take()).expect("output is UTF-8"), stats)
}

fn run(program: &str, tier: Tier) -> (String, Stats) {
    run_with(program, tier, &Params { methodcall: 4, methodloop: 4, ..Params::default() }, None)
}

/// Runs a program in the interpreter and as whole functions, which must print the same.
#[track_caller]
fn agree(program: &str) -> Stats {
    let (expected, _) = run(program, Tier::Interp);
    let (found, stats) = run(program, Tier::Method);
    let differ = expected.lines().zip(found.lines()).find(|(expected, found)| expected != found);
    assert_eq!(differ, None, "in\n{program}");
    assert_eq!(expected.lines().count(), found.lines().count());
    stats
}

/// Both ends of ints of 48 bits and of 64, floats that are special, and what is no number.
const VALUES: &str = "[0, 1, -1, 2, 3, 5, -7, 47, 48, 63, 64, 140737488355327, -140737488355328, 140737488355328, \
    -140737488355329, MAX_INT, MIN_INT, MIN_INT + 1, 0.0, -0.0, 1.0, 1.5, -2.5, 1e300, INF, -INF, NAN, \"a\", \"b\", \"ab\", \
    \"\", nil, true, false]";

/// Values of each kind that functions are compiled for.
const KINDS: [&str; 6] = ["3", "1000000007 * 1000000007", "2.5", "\"ab\"", "true", "if i % 2 == 0 then 1 else 0.5 end"];

#[test]
fn operators_on_all_pairs_of_values() {
    let operators = ["+", "-", "*", "/", "div", "%", "&", "|", "^", "<<", ">>", "<", "<=", ">", ">=", "==", "!="];
    for operator in operators {
        let constants = ["1", "8", "7", "0.5", "140737488355327", "MAX_INT"];
        let with_constants: String =
            constants.iter().map(|k| format!("print(attempt(fn(a, b) return a {operator} {k} end, a, a))\n")).collect();
        for kind in KINDS {
            let program = format!(
                "fn op(a, b) return a {operator} b end
                fn branch(a, b) if a {operator} b then return 1 else return 2 end end
                fn attempt(f, a, b) try return f(a, b) catch e return e.kind end end
                for i in 0..400 do
                    attempt(op, {kind}, {kind})
                    attempt(branch, {kind}, {kind})
                end
                let values = {VALUES}
                for a in values do
                    for b in values do print(attempt(op, a, b), attempt(branch, a, b)) end
                    {with_constants}
                end"
            );
            let stats = agree(&program);
            assert!(stats.methods >= 2, "{} functions were compiled", stats.methods);
        }
    }
}

#[test]
fn unary_operators_on_all_values() {
    for (operator, kind) in ["-", "~", "not "].into_iter().flat_map(|op| KINDS.map(|kind| (op, kind))) {
        agree(&format!(
            "fn op(a) return {operator}a end
            fn attempt(a) try return op(a) catch e return e.kind end end
            for i in 0..400 do attempt({kind}) end
            for a in {VALUES} do print(attempt(a)) end"
        ));
    }
}

#[test]
fn elements_of_arrays_of_every_storage() {
    let arrays = [
        "[1, 2, 3]",
        "[1.5, 2.5]",
        "[true, false, true]",
        "[1, \"x\", nil]",
        "[MAX_INT, 1]",
        "[]",
        "\"añb\"",
        "{1: 2}",
    ];
    for warm in arrays {
        agree(&format!(
            "fn get(a, i) return a[i] end
            fn set(a, i, v) a[i] = v end
            fn ends(a, v) a.push(v); let n = len(a); let x = a.pop(); return [n, x, a.last()] end
            fn sum(a) let s = nil; for x in a do s = x end; for i, x in a do s = [i, x, s] end; return s end
            fn attempt(f) try return f() catch e return e.kind end end
            for i in 0..400 do
                let a = {warm}
                attempt(fn() return get(a, 1) end)
                attempt(fn() return set(a, 0, a[1]) end)
                attempt(fn() return ends(a, 1) end)
                attempt(fn() return sum(a) end)
            end
            for make in [{}] do
                for i in [0, 1, 2, 3, -1, 1.0, \"k\", MAX_INT] do
                    print(attempt(fn() return get(make(), i) end))
                    for v in {VALUES} do
                        let a = make()
                        print(attempt(fn() return set(a, i, v) end), a, attempt(fn() return ends(a, v) end), a)
                    end
                end
                print(attempt(fn() return sum(make()) end))
            end",
            arrays.map(|array| format!("fn() return {array} end")).join(", ")
        ));
    }
}

#[test]
fn counted_loops_at_the_ends_of_small_ints() {
    agree(
        "fn up(a, b) let n, s = 0, 0; for i in a..b do n += 1; s += i end; return [n, s] end
        fn upto(a, b) let n, s = 0, 0; for i in a to b do n += 1; s += i end; return [n, s] end
        fn by(a, b, d) let n, s = 0, 0; for i in a to b step d do n += 1; s += i end; return [n, s] end
        for i in 0..400 do up(0, 3); upto(0, 3); by(0, 9, 3) end
        let edge = 140737488355327
        for a in [0, 5, -3, edge - 2, edge, edge + 1, -edge - 1, -edge - 3, MAX_INT - 2, MIN_INT + 8] do
            for d in [-4, -1, 0, 1, 2, 3] do print(a, d, up(a, a + d), upto(a, a + d)) end
            for d in [-3, -1, 1, 2] do print(by(a, a + 5 * d, d), by(a, a + 7, d % 3 + 1)) end
        end",
    );
}

#[test]
fn code_is_made_anew_for_what_a_function_meets_later() {
    let program = "fn add(a, b) return a + b end
        let s = 0
        for i in 0..100000 do s = add(s, 3000000000) end
        print(s)
        let f = 0.5
        for i in 0..5000 do f = add(f, 0.25) end
        print(f)";
    let stats = agree(program);
    assert!(stats.methods > 2, "{} functions were compiled", stats.methods);
}

/// What each loop is run with after it was compiled for ints: values of every kind, in every variable that goes round.
#[test]
fn what_loops_hold_in_registers() {
    let loops = [
        // Values that change places, and so need a third.
        "let t = 0; for i in 0..n do a, b = b, a; b, c, a = a, b, c; t = t + i; if i == 3 then a, c = c, a end end; return [a, b, c, t]",
        // Ways that know different things.
        "let x = a; let y = 0
         for i in 0..n do
             if i % 3 == 0 then x = x + b elif i % 3 == 1 then y = y + 1; x = x - 1 else x = c end
             if x == c then continue end
             if y > 40 then break end
             y = y + i
         end
         return [x, y]",
        // The loop's variable goes its own way.
        "let s = 0; for i in 0..n do let j = i; i = i + 1; s = s + i * j; i = a end; return [s, a]",
        "let s = nil; for i in 0..n do if i == 5 then s = a elif i == 7 then s = i; i = b end; c = i end; return [s, c]",
        // Loops in loops, with more values than registers.
        "let p, q, r, s, t, u = 1, 2, 3, 4, 0.5, 1.5
         for i in 0..n do
             p = p + q; let k = 0
             while k < 4 do q = q + r; r = (r + s) & 1023; s = s ^ p; t = t * 0.5 + u; k = k + 1; u = u + t end
             if i == 6 then p = a end
         end
         return [p, q, r, s, t, u]",
        // It becomes large, then a float, then something else.
        "let x = 1; for i in 0..80 do x = x * 3 + a end; for i in 0..n do x = x + b end; return [x, c]",
        // Globals, which callees see and change.
        "g = a; for i in 0..n do g = g + b; h = i; if i % 4 == 0 then touch(c) end; h = h + 1 end; return [g, h]",
        // An error leaves in the middle, and is caught in the middle.
        "let k = 0; let x = a
         for i in 0..n do
             try k = k + 1; x = x + b; if k == 9 then x = x + nil end; k = k + 1 catch e k = k + 100; x = c end
         end
         return [k, x]",
        // Closures keep each round's variable.
        "let fs = []; for i in 0..n do let x = i + 1; x = x + 1; fs.push(fn() return x + i end) end
         let s = 0; for f in fs do s = s + f() end; return [s, len(fs), a]",
        "let s = a; let xs = [1, 2.5, 3, b]; for i, x in xs do s = s + x; if i == n then break end end; return s",
        "let s = a; repeat let k = s; s = s + b; n = n - 1 until n < 0 or k == c; return [s, n]",
    ];
    for body in loops {
        agree(&format!(
            "let g, h = 0, 0
            fn touch(x) g = g + x; h = x end
            fn work(n, a, b, c) {body} end
            fn attempt(n, a, b, c) try return work(n, a, b, c) catch e return [e.kind, g, h] end end
            for i in 0..100 do attempt(12, i, 1, 3) end
            let values = [1, -1, 140737488355327, MAX_INT, MIN_INT, 0.5, INF, \"a\", nil, true, [1]]
            for a in values do
                for b in values do print(attempt(12, a, b, 3), attempt(12, 1, a, b), attempt(3, b, 2, a)) end
            end
            for x in values do for i in 0..60 do attempt(12, x, x, x) end; print(attempt(20, x, x, x)) end
            for i in 0..100 do attempt(12, i, 1, 3) end
            print(attempt(0, 1, 2, 3), attempt(1, 1, 2, 3), attempt(1000, 1, 2, 3))"
        ));
    }
}

#[test]
fn builtins_on_numbers() {
    for kind in KINDS {
        agree(&format!(
            "fn two(a, b) return [min(a, b), max(a, b), max(b, 3), min(7, a)] end
            fn three(a, b) return [min(a, b, 5), max(a, b, a), max(1, b, a)] end
            fn one(a) return [abs(a)] end
            fn root(a) return [sqrt(a)] end
            fn length(a) return len(a) end
            fn attempt(f, a, b) try return f(a, b) catch e return e.kind end end
            fn single(f, a) try return f(a) catch e return e.kind end end
            for i in 0..400 do
                attempt(two, {kind}, {kind}); attempt(three, {kind}, {kind})
                single(one, {kind}); single(root, {kind}); single(length, {kind})
            end
            for a in {VALUES} do
                print(single(one, a), single(root, a), single(length, a))
                for b in {VALUES} do print(attempt(two, a, b), attempt(three, a, b)) end
            end"
        ));
    }
}

#[test]
fn strings_dicts_and_objects() {
    let bodies = [
        "let n = 0; for c in a do if c >= \"b\" then n = n + 1 end; if c < b then n = n + 10 end end; return n",
        "let s = 0; for i, c in a do s = s * 3 + ord(c) + i end; return [s, char(s & 127), char(s & 255)]",
        "return [a < b, a <= b, a > b, a >= b, a == b, a != b, ord(a[0]), \"b\" < a, a >= \"ab\"]",
        "return [ord(a)]",
        "return char(b)",
        "let d = {\"a\": 1, 2: \"b\", 2.5: 3, true: 4}; d[a] = b; return [d[a], d[b], b in d, a in d, d]",
        "let d = {\"a\": 1, 2: 5}; for i in 0..20 do d[i & 3] = i; if a in d then d[a] = d[a] end; d[i] = [i, a] end; return [d, d[a]]",
        "let o = P(a); let q = P(a); return [o == q, o == o, o != q, a == o, o == a, a == nil, nil == b, o.x == a, o.x != b]",
        "let o = if b == a then P(1) else nil end; if o == nil then return 1 elif o.x == a then return 2 else return 3 end",
        "let x = P; let r = 0..3; return [x == P, r == 0..3, a == r, r == a, C.Red == a, a != C.Red, C.Red == C.Red, a == b]",
    ];
    for body in bodies {
        for warm in ["\"abc\"", "\"b\"", "i", "P(i)", "nil", "C.Red", "0..3", "\"añ\""] {
            agree(&format!(
                "class P fn init(x) self.x = x end end
                enum C Red, Green end
                fn work(a, b) {body} end
                fn attempt(a, b) try return str(work(a, b)) catch e return [e.kind, e.line] end end
                for i in 0..300 do attempt({warm}, {warm}) end
                let p = P(1)
                let values = [\"\", \"a\", \"b\", \"ab\", \"añb\", \"a\" + \"bcd\", 2, -1, 97, 200, MAX_INT, 2.0, 2.5, NAN, nil, true, [1],
                    p, P, C.Red, C.Green, 0..3, 0..4, p.x, attempt, {{1: 2}}]
                for a in values do for b in values do print(attempt(a, b)) end end
                for i in 0..50 do attempt({warm}, {warm}) end"
            ));
        }
    }
}

/// Small functions and constructors, with every kind of value in them, once more after they were compiled for ints.
#[test]
fn calls_in_place_of_which_something_is_left_to_handlers() {
    let prelude = "let g = 0
        fn add(a, b) return a + b end
        fn pick(a, b) if a < b then return a elif a == b then return nil end; g = g + 1; return b end
        fn none(a) g = a end
        fn both(a, b) return Pair(a, b) end
        fn scaled(a, b) return Pair(a * 2, b + 1) end
        class Empty end
        class Pair
            let n = 7
            let name = \"pair\"
            fn init(x, y) self.x = x; if y != nil then self.y = y else self.y = x + 1 end; self.n = self.n + x end
            fn sum() return self.x + self.y end
            fn plus(other) return Pair(self.x + other.x, self.y + other.y) end
            fn swap() let t = self.x; self.x = self.y; self.y = t; return self end
        end
        class Named extends Pair
            fn init(x, y) self.x = x; self.y = y; return 99 end
            fn sum() return self.y end
        end
        fn attempt(f, a, b) try return f(a, b) catch e return [e.kind, e.line, g] end end\n";
    let bodies = [
        "return [add(a, b), g]",
        "return [pick(a, b), g, pick(b, a), g]",
        "none(a); let x = g; none(b); return [x, g]",
        "let p = both(a, b); return [p.x, p.y, p.n, p.name, p.sum()]",
        "let p = scaled(a, b).plus(Pair(b, a)); return [p.x, p.y, p.sum(), p.swap().x]",
        "let p = Pair(a, nil); let e = Empty(); e.f = p.y; return [p.x, e.f, is_instance(e, Empty), p.n]",
        "let p = Pair(a, b); let q = Named(b, a); return [p.sum(), q.sum(), q.x, q.n, is_instance(q, Pair)]",
        "let s = a; for i in 0..9 do s = add(s, i); let p = Pair(i, s); s = pick(p.x, p.y) end; return [s, g]",
        "try return [Pair(a, b).sum()] catch e return [e.message, g] end",
    ];
    for body in bodies {
        agree(&format!(
            "{prelude}
            fn work(a, b) {body} end
            for i in 0..200 do attempt(work, i, i + 1) end
            let values = [3, -1, 140737488355327, MAX_INT, 0.5, \"a\", nil, true, [1], Pair(1, 2), add]
            for a in values do for b in values do print(attempt(work, a, b)) end end
            for i in 0..200 do attempt(work, i, i + 1) end
            for i in 0..2000 do attempt(work, i, 0.5) end
            print(attempt(work, 4, 5), attempt(work, 4, 0.5), attempt(work, nil, 5))"
        ));
    }
}

#[test]
fn other_functions_and_classes_than_were_seen() {
    agree(
        "class A fn init(x) self.x = x end; fn f(y) return self.x + y end end
        class B fn init(x) self.y = x; self.x = x * 2 end; fn f(y) return self.x - y end end
        fn one(x) return x + 1 end
        fn two(x) return x * 2 end
        fn three(x, y = 5) return [x, y] end
        fn call(f, x) return f(x) end
        fn make(c, x) return c(x).x end
        fn last(c, x) return c(x) end
        fn method(o, x) return o.f(x) end
        let makers = [[one, A], [two, B], [three, A], [fn(x) return -x end, B], [str, A], [A, B]]
        for m in makers do
            for i in 0..3000 do
                let a = call(m[0], i)
                let b = make(m[1], i)
                let c = last(m[1], i)
                let d = method(c, i)
                if i % 1000 == 999 then print(a is_instance A, b, c.x, d) end
            end
        end"
        .replace("a is_instance A", "is_instance(a, A)")
        .as_str(),
    );
}

#[test]
fn how_deep_calls_may_be_nested_does_not_depend_on_what_is_written_in_place() {
    agree(
        "let depth = 0
        class Node fn init(x) self.x = x; let a, b, c, d, e = x, x, x, x, x; self.y = a + b + c + d + e end end
        fn leaf(x) let a, b, c, d, e = x, x, x, x, x; depth = depth + 1; return a + b + c + d + e end
        fn down(n) leaf(n); return 1 + down(n + 1) end
        fn made(n) let p = Node(n); depth = depth + 1; return p.x + made(n + 1) end
        fn last(n) if n > 5 then return Node(n) end; return Node(n + 1) end
        fn lasts(n) let p = last(n); depth = depth + 1; return p.x + lasts(n + 1) end
        for f in [down, made, lasts] do
            depth = 0
            try f(0) catch e print(e.kind, depth) end
        end",
    );
}

#[test]
fn what_does_not_fit_code_memory_is_interpreted() {
    let lines: String = (0..3000).map(|n| format!("x = x * {n} + y\n")).collect();
    let program = format!("fn f(x, y)\n{lines}return x end\nlet s = 0\nfor i in 0..300 do s += f(i, 1) end\nprint(s)");
    let params = Params { maxmcode: 64, ..Params::default() };
    let (found, stats) = run_with(&program, Tier::Method, &params, None);
    assert_eq!(found, run(&program, Tier::Interp).0);
    assert_eq!(stats.not_methods.values().sum::<u32>(), 1, "{:?}", stats.not_methods);
    assert!(stats.text().contains("no code memory left"));
}

/// Notes what parts the code of functions has.
#[derive(Clone, Default)]
struct Parts(Rc<RefCell<Vec<(u32, Part, String)>>>);

impl Observer for Parts {
    fn event(&mut self, _: &Vm, event: &Event<'_>) {
        if let Event::Method { pc, listing, .. } = event {
            let lines = listing.iter().map(|line| (pc.function, line.part, line.text.clone()));
            self.0.borrow_mut().extend(lines);
        }
    }
}

#[test]
fn types_are_tested_once_in_a_block() {
    let parts = Parts::default();
    let program = "fn f(a, b)
            let c = a + b
            let d = c + a
            return d + b
        end
        for i in 0..400 do f(i, 1) end";
    run_with(program, Tier::Method, &Params::default(), Some(Box::new(parts.clone())));
    let parts = parts.0.borrow();
    let tests = |function: u32| {
        parts
            .iter()
            .filter(|(of, part, text)| *of == function && matches!(part, Part::Inst(_)) && text.ends_with(", r15"))
            .filter(|(_, _, text)| text.starts_with("cmp"))
            .count()
    };
    // One for each parameter: sums are known to be ints.
    let function = parts.iter().map(|part| part.0).min().expect("code was listed");
    assert_eq!(tests(function.max(1)), 2, "{parts:#?}");
    let overflows =
        parts.iter().filter(|(_, part, text)| matches!(part, Part::Inst(_)) && text.starts_with("jo ")).count();
    assert!(overflows >= 3, "{overflows}");
}

#[test]
fn traces_are_recorded_from_it_and_return_to_it() {
    let program = "fn work(n)
            let s = 0
            for i in 0..n do if i % 3 == 0 then s += i else s -= 1 end end
            return s
        end
        let total = 0
        for k in 0..300 do total += work(k) end
        print(total)";
    let (expected, _) = run(program, Tier::Interp);
    let (found, stats) = run(program, Tier::Auto);
    assert_eq!(found, expected);
    assert!(stats.methods > 0 && stats.roots > 0, "{} functions, {} traces", stats.methods, stats.roots);
    assert!(stats.entries > 0);
}
