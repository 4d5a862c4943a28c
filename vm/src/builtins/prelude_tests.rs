//! Tests of the builtins that are written in Pseudocode: programs, and what they print.

use super::testing::run;

/// Runs lines of the form `expression // expect: text`, and compares what each prints.
fn check(program: &str) {
    let (mut source, mut expected) = (String::new(), String::new());
    for line in program.lines() {
        match line.split_once(" // expect: ") {
            Some((expression, text)) => {
                source.extend(["print(", expression.trim(), ")\n"]);
                expected.extend([text, "\n"]);
            }
            None => source.extend([line, "\n"]),
        }
    }
    assert_eq!(run(&source), expected, "{source}");
}

/// Runs expressions, each of which must throw an error of a kind that names the builtin.
fn refuse(kind: &str, builtin: &str, expressions: &[&str]) {
    for expression in expressions {
        let output = run(&format!("{expression}\n"));
        assert!(output.starts_with(&format!("!{kind}: ")) && output.contains(builtin), "{expression}: {output}");
    }
}

#[test]
fn sort_is_stable_and_in_place() {
    check(
        r#"
        fn less(x, y) return x < y end
        fn by_first(x, y) return x[0] < y[0] end
        let a = [3, 1, 2]
        sort(a, less) == a // expect: true
        a // expect: [1, 2, 3]
        sort([], less) // expect: []
        sort([1], less) // expect: [1]
        sort([2, 1], less) // expect: [1, 2]
        sort([5, 2, 8, 1, 9, 3, 7], fn(x, y) return x > y end) // expect: [9, 8, 7, 5, 3, 2, 1]
        sort([[1, "a"], [0, "b"], [1, "c"], [0, "d"], [1, "e"]], by_first) // expect: [[0, "b"], [0, "d"], [1, "a"], [1, "c"], [1, "e"]]
        sort([1, "x", nil], fn(x, y) return false end) // expect: [1, "x", nil]
        sort(["b", "a"]) // expect: ["a", "b"]
        sort([2.5, 1], nil) // expect: [1, 2.5]
        [3, 1, 2].sort() // expect: [1, 2, 3]
        [1, 2, 3].sort(fn(x, y) return x > y end) // expect: [3, 2, 1]
    "#,
    );
}

#[test]
fn sort_survives_what_less_does() {
    check(
        r#"
        let a = [4, 3, 2, 1]
        fn meddle(x, y)
            clear(a)
            push(a, x)
            return x < y
        end
        sort(a, meddle) // expect: [1, 2, 3, 4]
        fn always(x, y) return true end
        len(sort([3, 1, 2, 5, 4, 7, 6], always)) // expect: 7
    "#,
    );
}

#[test]
fn sort_agrees_with_the_native_one() {
    check(
        r#"
        seed(1)
        fn less(x, y) return x < y end
        let same = true
        for n in 0..40 do
            let a = []
            for i in 0..n do
                push(a, randint(0, 20))
            end
            if str(sort(copy(a), less)) != str(sort(copy(a))) then
                same = false
            end
        end
        same // expect: true
    "#,
    );
}

#[test]
fn functions_over_elements() {
    check(
        r#"
        fn double(x) return x * 2 end
        fn odd(x) return x % 2 == 1 end
        fn add(x, y) return x + y end
        map([1, 2, 3], double) // expect: [2, 4, 6]
        map([], double) // expect: []
        map([1.5, "a"], str) // expect: ["1.5", "a"]
        filter([1, 2, 3], odd) // expect: [1, 3]
        filter([nil, 0, false], fn(x) return x end) // expect: [0]
        reduce([1, 2, 3], add) // expect: 6
        reduce([1, 2, 3], add, 10) // expect: 16
        reduce([], add, nil) // expect: nil
        reduce([], add, "start") // expect: start
        reduce([7], add) // expect: 7
        find([1, 2, 3, 4], fn(x) return x > 2 end) // expect: 3
        find([2, 4], odd) // expect: nil
        any([nil, false, 0]) // expect: true
        any([nil, false]) // expect: false
        any([2, 3], odd) // expect: true
        any([]) // expect: false
        all([1, "a", 0]) // expect: true
        all([1, nil]) // expect: false
        all([1, 2], odd) // expect: false
        all([]) // expect: true
        [1, 2, 3].map(double).filter(fn(x) return x > 2 end).reduce(add) // expect: 10
    "#,
    );
}

#[test]
fn an_array_may_grow_while_it_is_gone_through() {
    check(
        r#"
        let a = [1]
        fn grow(x)
            if len(a) < 4 then
                push(a, x + 1)
            end
            return x * 10
        end
        map(a, grow) // expect: [10, 20, 30, 40]
    "#,
    );
}

#[test]
fn errors_name_the_builtin() {
    refuse("type", "sort", &["sort(1, print)", "sort([], 1)", "sort([1, nil])", "sort(nil)", "sort([2, \"a\"])"]);
    refuse("type", "map", &["map(1, print)", "map(\"ab\", print)"]);
    refuse("type", "filter", &["filter(nil, print)"]);
    refuse("type", "reduce", &["reduce(0..3, print)"]);
    refuse("value", "reduce", &["reduce([], print)"]);
    refuse("type", "find", &["find(1, print)"]);
    refuse("type", "any", &["any(1)", "any(nil, print)"]);
    refuse("type", "all", &["all(1)", "all(true, print)"]);
    refuse("arity", "map", &["map([])", "map([], str, 1)"]);
    refuse("arity", "reduce", &["reduce([])", "reduce([], str, 1, 2)"]);
    refuse("arity", "push", &["push([])", "push([], 1, 2)"]);
    refuse("type", "", &["map([1], 5)", "sort([2, \"a\"], fn(x, y) return x < y end)"]);
}
