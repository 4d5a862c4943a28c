//! The builtins on arrays. Those that call a function of the program are in the prelude; of the others, those that
//! strings have too are with them.

use std::cmp::Ordering;

use super::arguments::{MAX_ITEMS, PAIR_BYTES, any, array, bad_value, int, int_or, too_many, unexpected};
use super::numbers::unexpected_element;
use super::{Body::Native, Body::Prelude, BuiltinInfo, Effect, row};
use crate::error::{ErrorKind, Thrown};
use crate::heap::array::{Elements, ElementsMut};
use crate::heap::string::StrRef;
use crate::ops::arithmetic::Number;
use crate::ops::compare::cmp_numbers;
use crate::ops::{index, type_name};
use crate::value::Value;
use crate::vm::Vm;

/// The area's table.
pub const TABLE: &[BuiltinInfo] = &[
    row("push", "a, x", Native(push), Effect::Writes, "Adds an element at the end."),
    row("pop", "a", Native(pop), Effect::Writes, "Takes the last element off."),
    row("insert", "a, i, x", Native(insert), Effect::Writes, "Inserts an element before the one at an index."),
    row("remove_at", "a, i", Native(remove_at), Effect::Writes, "Takes out the element at an index."),
    row("concat", "a, b", Native(concat), Effect::Makes, "A new array of the elements of both."),
    row("sort", "a, less?", Prelude, Effect::Writes, "Sorts in place, stably, and returns the array."),
    row("map", "a, f", Prelude, Effect::Outside, "A new array of what f gives for each element."),
    row("filter", "a, f", Prelude, Effect::Outside, "A new array of the elements for which f is true."),
    row("reduce", "a, f, start?", Prelude, Effect::Outside, "f of what it gave last and the next element, to the end."),
    row("find", "a, f", Prelude, Effect::Outside, "The first element for which f is true; nil if there is none."),
    row("any", "a, f?", Prelude, Effect::Outside, "Whether an element is true, or f is for one."),
    row("all", "a, f?", Prelude, Effect::Outside, "Whether all elements are true, or f is for all."),
    row("sum", "a", Native(sum), Effect::Reads, "The sum of numbers; 0 of none."),
    row("range", "a, b?, step?", Native(range), Effect::Makes, "An array of the ints from a (or 0) up to b."),
    row("fill", "n, x", Native(fill), Effect::Makes, "An array of n times the same value."),
    row("copy", "x", Native(copy), Effect::Makes, "A new array or dict of the same elements."),
    row(
        "zip",
        "a, b",
        Native(zip),
        Effect::Makes,
        "The pairs of elements at the same index, up to the shorter length.",
    ),
    row("enumerate", "a", Native(enumerate), Effect::Makes, "The pairs of index and element."),
    row("first", "a", Native(first), Effect::Reads, "The first element."),
    row("last", "a", Native(last), Effect::Reads, "The last element."),
    row("clear", "x", Native(clear), Effect::Writes, "Takes all elements or keys out."),
    row("__sort", "a", Native(sort), Effect::Writes, "sort without a function."),
    row("__assign", "a, b", Native(assign), Effect::Writes, "Makes the elements of one array those of another."),
    row("__expect_array", "name, x", Native(expect_array), Effect::Pure, "The error of a builtin's first argument."),
    row(
        "__expect_callable",
        "name, x",
        Native(expect_callable),
        Effect::Pure,
        "The error of a builtin's second argument.",
    ),
];

fn push(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    array("push", args, 0)?.push(&mut vm.heap, any(args, 1))?;
    Ok(Value::NIL)
}

fn pop(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    array("pop", args, 0)?.pop(&mut vm.heap).ok_or_else(|| empty("pop"))
}

#[cold]
fn empty(name: &str) -> Thrown {
    Thrown::new(ErrorKind::Index, format!("{name}: the array is empty"))
}

fn insert(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (array, at) = (array("insert", args, 0)?, int("insert", args, 1)?);
    match usize::try_from(at) {
        Ok(at) if at <= array.len() => {
            array.insert(&mut vm.heap, at, any(args, 2))?;
            Ok(Value::NIL)
        }
        _ => Err(index::argument_out_of_range("insert", at, array.len())),
    }
}

fn remove_at(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (array, at) = (array("remove_at", args, 0)?, int("remove_at", args, 1)?);
    match usize::try_from(at) {
        Ok(at) if at < array.len() => Ok(array.remove_at(&mut vm.heap, at)),
        _ => Err(index::argument_out_of_range("remove_at", at, array.len())),
    }
}

fn concat(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (a, b) = (array("concat", args, 0)?, array("concat", args, 1)?);
    a.concat(&mut vm.heap, b)
}

fn sum(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let array = array("sum", args, 0)?;
    let sum = match array.elements(&vm.heap) {
        Elements::Bools(bools) => match bools.first() {
            Some(&first) => return Err(unexpected_element("sum", 0, Value::bool(first))),
            None => Number::Int(0),
        },
        Elements::Ints(ints) => Number::Int(ints.iter().fold(0, |sum, &int| sum.wrapping_add(int))),
        Elements::Floats(floats) => {
            // From the left and from 0: another order would round differently.
            let start = if floats.is_empty() { Number::Int(0) } else { Number::Float(0.0) };
            floats.iter().fold(start, |sum, &float| Number::Float(sum.to_float() + float))
        }
        Elements::Values(values) => {
            let mut sum = Number::Int(0);
            for (index, &value) in values.iter().enumerate() {
                sum = match (sum, Number::of(value)) {
                    (Number::Int(sum), Some(Number::Int(int))) => Number::Int(sum.wrapping_add(int)),
                    (sum, Some(number)) => Number::Float(sum.to_float() + number.to_float()),
                    (_, None) => return Err(unexpected_element("sum", index, value)),
                };
            }
            sum
        }
    };
    Ok(sum.to_value(&mut vm.heap))
}

fn range(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let only_end = args.len() == 1;
    let start = if only_end { 0 } else { int("range", args, 0)? };
    let end = int("range", args, !only_end as usize)?;
    let step = int_or("range", args, 2, 1)?;
    if step == 0 {
        return Err(bad_value("range", "the step is 0"));
    }
    let distance = if step > 0 { i128::from(end) - i128::from(start) } else { i128::from(start) - i128::from(end) };
    let size = i128::from(step.unsigned_abs());
    let count = if distance > 0 { (distance + size - 1) / size } else { 0 };
    match usize::try_from(count) {
        Ok(count) if count <= MAX_ITEMS => {
            vm.heap.check_room(count * 8)?;
            let ints = (0..count as i64).map(|index| start.wrapping_add(index.wrapping_mul(step))).collect();
            Ok(vm.heap.array_of_ints(ints))
        }
        _ => Err(too_many("range", count)),
    }
}

fn fill(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let count = int("fill", args, 0)?;
    match usize::try_from(count) {
        Ok(count) if count <= MAX_ITEMS => vm.heap.array_filled(count, any(args, 1)),
        Ok(count) => Err(too_many("fill", count)),
        Err(_) => Err(bad_value("fill", format_args!("the length {count} is negative"))),
    }
}

fn copy(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let value = any(args, 0);
    match (value.as_array(), value.as_dict()) {
        (Some(array), _) => array.copy(&mut vm.heap),
        (None, Some(dict)) => dict.copy(&mut vm.heap),
        (None, None) => Err(unexpected("copy", 0, "array or dict", value)),
    }
}

fn zip(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (a, b) = (array("zip", args, 0)?, array("zip", args, 1)?);
    let heap = &mut vm.heap;
    let count = a.len().min(b.len());
    heap.check_room(count.saturating_mul(PAIR_BYTES))?;
    let result = heap.array_with_capacity(count)?;
    let pairs = result.as_array().expect("it was just made");
    for index in 0..count {
        let pair = [a.at(heap, index), b.at(heap, index)];
        let pair = heap.array(&pair);
        pairs.push(heap, pair)?;
    }
    Ok(result)
}

fn enumerate(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let array = array("enumerate", args, 0)?;
    let heap = &mut vm.heap;
    heap.check_room(array.len().saturating_mul(PAIR_BYTES))?;
    let result = heap.array_with_capacity(array.len())?;
    let pairs = result.as_array().expect("it was just made");
    for index in 0..array.len() {
        let pair = [heap.int(index as i64), array.at(heap, index)];
        let pair = heap.array(&pair);
        pairs.push(heap, pair)?;
    }
    Ok(result)
}

fn first(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    array("first", args, 0)?.get(&mut vm.heap, 0).ok_or_else(|| empty("first"))
}

fn last(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let array = array("last", args, 0)?;
    let last = array.len().checked_sub(1).ok_or_else(|| empty("last"))?;
    Ok(array.at(&mut vm.heap, last))
}

fn clear(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let value = any(args, 0);
    match (value.as_array(), value.as_dict()) {
        (Some(array), _) => array.clear(&mut vm.heap),
        (None, Some(dict)) => dict.clear(&mut vm.heap),
        (None, None) => return Err(unexpected("clear", 0, "array or dict", value)),
    }
    Ok(Value::NIL)
}

/// The order of `sort`: nan behind every other number.
fn cmp_for_sort(a: Number, b: Number) -> Ordering {
    let is_nan = |number: Number| matches!(number, Number::Float(float) if float.is_nan());
    cmp_numbers(a, b).unwrap_or_else(|| is_nan(a).cmp(&is_nan(b)))
}

fn sort(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let array = array("sort", args, 0)?;
    let heap = &mut vm.heap;
    if !matches!(array.elements(heap), Elements::Ints(_)) {
        // A stable sort moves elements to and fro.
        heap.check_room(array.len().saturating_mul(8))?;
    }
    match array.elements(heap) {
        Elements::Bools(bools) => check_order(bools.iter().map(|&bool| Value::bool(bool)))?,
        Elements::Ints(_) | Elements::Floats(_) => {}
        Elements::Values(values) => check_order(values.iter().copied())?,
    }
    match array.elements_mut(heap) {
        ElementsMut::Bools(_) => {}
        // Equal ints cannot be told apart.
        ElementsMut::Ints(ints) => ints.sort_unstable(),
        // Zeros of either sign are equal, and keep their order.
        ElementsMut::Floats(floats) => floats.sort_by(|&a, &b| cmp_for_sort(Number::Float(a), Number::Float(b))),
        ElementsMut::Values(values) if values.first().is_some_and(|first| first.as_string().is_some()) => {
            values.sort_by_key(|value| value.as_string());
        }
        ElementsMut::Values(values) => {
            let number = |value: &Value| Number::of(*value).unwrap_or(Number::Int(0));
            values.sort_by(|a, b| cmp_for_sort(number(a), number(b)));
        }
    }
    Ok(array.value())
}

/// Checks that values are all numbers or all strings, and makes the strings ready to be compared.
fn check_order(mut values: impl Iterator<Item = Value> + Clone) -> Result<(), Thrown> {
    let Some(first) = values.clone().next() else { return Ok(()) };
    let strings = first.as_string().is_some();
    let sorts = |value: Value| if strings { value.as_string().is_some() } else { Number::of(value).is_some() };
    // What does not sort with the first element; or that one itself.
    if let Some(misfit) = values.clone().find(|&value| !sorts(value)) {
        let others = if strings { "string" } else { "number" };
        let message = match type_name(misfit) {
            given if misfit == first => format!("sort: {given} has no order; give a function to compare by"),
            given => format!("sort: {given} has no order with {others}; give a function to compare by"),
        };
        return Err(Thrown::new(ErrorKind::Type, message));
    }
    values.try_for_each(|value| value.as_string().map_or(Ok(()), StrRef::ensure_flat))
}

fn assign(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (to, from) = (array("__assign", args, 0)?, array("__assign", args, 1)?);
    to.assign(&mut vm.heap, from)?;
    Ok(Value::NIL)
}

/// The name of the builtin on whose behalf the prelude checks an argument.
fn with_name<T>(args: &[Value], use_name: impl FnOnce(&str) -> T) -> T {
    match any(args, 0).as_string() {
        Some(name) => use_name(name.as_str()),
        None => use_name("the prelude"),
    }
}

fn expect_array(_: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let value = any(args, 1);
    match value.as_array() {
        Some(_) => Ok(Value::NIL),
        None => Err(with_name(args, |name| unexpected(name, 0, "array", value))),
    }
}

fn expect_callable(_: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let value = any(args, 1);
    match type_name(value) {
        "function" | "class" => Ok(Value::NIL),
        _ => Err(with_name(args, |name| unexpected(name, 1, "function", value))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, check, machine, shown};
    use super::*;
    use crate::error::Throw;

    /// Calls a builtin on an array of ints and shows the array afterwards.
    fn after(name: &str, ints: &[i64], rest: &[Value]) -> (String, String) {
        let mut vm = machine();
        let array = vm.heap.array_of_ints(ints.to_vec());
        let args: Vec<Value> = [array].into_iter().chain(rest.iter().copied()).collect();
        let result = match call(&mut vm, name, &args).map_err(|thrown| *thrown.0) {
            Ok(value) => shown(&vm, value),
            Err(Throw::Error { kind, .. }) => format!("!{}", kind.text()),
            Err(other) => format!("{other:?}"),
        };
        (result, shown(&vm, array))
    }

    #[test]
    fn changes_in_place() {
        let (half, int) = (Value::float(0.5), Value::small_int);
        for (name, ints, rest, result, array) in [
            ("push", &[1][..], &[int(2)][..], "nil", "[1, 2]"),
            ("push", &[1], &[half], "nil", "[1, 0.5]"),
            ("push", &[], &[Value::NIL], "nil", "[nil]"),
            ("pop", &[1, 2], &[], "2", "[1]"),
            ("pop", &[], &[], "!index", "[]"),
            ("insert", &[1, 2], &[int(0), int(9)], "nil", "[9, 1, 2]"),
            ("insert", &[1, 2], &[int(2), half], "nil", "[1, 2, 0.5]"),
            ("insert", &[1, 2], &[int(3), int(9)], "!index", "[1, 2]"),
            ("insert", &[1, 2], &[int(-1), int(9)], "!index", "[1, 2]"),
            ("insert", &[1, 2], &[half, int(9)], "!type", "[1, 2]"),
            ("remove_at", &[1, 2, 3], &[int(1)], "2", "[1, 3]"),
            ("remove_at", &[1], &[int(1)], "!index", "[1]"),
            ("remove_at", &[1], &[int(-1)], "!index", "[1]"),
            ("remove_at", &[1], &[Value::NIL], "!type", "[1]"),
            ("clear", &[1, 2], &[], "nil", "[]"),
            ("reverse", &[1, 2, 3], &[], "[3, 2, 1]", "[3, 2, 1]"),
            ("__sort", &[3, 1, 2], &[], "[1, 2, 3]", "[1, 2, 3]"),
        ] {
            assert_eq!(after(name, ints, rest), (result.to_owned(), array.to_owned()), "{name}");
        }
    }

    #[test]
    fn what_is_no_array_is_refused() {
        for name in ["push", "insert", "pop", "remove_at", "concat", "sum", "copy", "zip", "enumerate"] {
            let (_, info) = super::super::find(name).expect(name);
            for wrong in ["nil", "1", "\"a\"", "0..3"] {
                check(&format!("{name}({}) => !type", vec![wrong; info.min.into()].join(", ")));
            }
        }
        check(
            r#"
            first("a") => !type
            last(nil) => !type
            clear(1) => !type
            __sort("ab") => !type
            concat([1], 2) => !type
            zip([1], "a") => !type
        "#,
        );
    }

    #[test]
    fn new_arrays() {
        check(
            r#"
            concat([1], [2, 3]) => [1, 2, 3]
            concat([1], [0.5, "a"]) => [1, 0.5, "a"]
            concat([], []) => []
            copy([1, [2]]) => [1, [2]]
            zip([1, 2, 3], ["a", "b"]) => [[1, "a"], [2, "b"]]
            zip([], [1]) => []
            enumerate(["a", nil]) => [[0, "a"], [1, nil]]
            first([4, 5]) => 4
            last([4, 5]) => 5
            first([]) => !index
            last([]) => !index
        "#,
        );
        let mut vm = machine();
        let array = vm.heap.array(&[Value::NIL]);
        let copy = call(&mut vm, "copy", &[array]).expect("an array");
        assert!(copy != array && copy.as_array().is_some());
    }

    #[test]
    fn ranges_and_fills() {
        check(
            r#"
            range(3) => [0, 1, 2]
            range(-3) => []
            range(2, 5) => [2, 3, 4]
            range(5, 2) => []
            range(0, 7, 3) => [0, 3, 6]
            range(5, 0, -2) => [5, 3, 1]
            range(9223372036854775805, 9223372036854775807) => [9223372036854775805, 9223372036854775806]
            range(-9223372036854775808, 9223372036854775807, 9223372036854775807) => [-9223372036854775808, -1, 9223372036854775806]
            range(9223372036854775807, -9223372036854775808, -9223372036854775808) => [9223372036854775807, -1]
            range(0, 5, 0) => !value
            range(1000000000000000) => !limit
            range(-9223372036854775808, 9223372036854775807) => !limit
            range("a") => !type
            range(1, 2.0) => !type
            range(1, 2, nil) => !type
            fill(3, "x") => ["x", "x", "x"]
            fill(2, 9223372036854775807) => [9223372036854775807, 9223372036854775807]
            fill(0, 1) => []
            fill(-1, 0) => !value
            fill(1000000000000000, 0) => !limit
            fill(9223372036854775807, 0) => !limit
            fill(1.0, 0) => !type
        "#,
        );
    }

    #[test]
    fn sums() {
        check(
            r#"
            sum([]) => 0
            sum([1, 2, 3]) => 6
            sum([9223372036854775807, 1]) => -9223372036854775808
            sum([0.1, 0.2, 0.3]) => 0.6000000000000001
            sum([-0.0]) => 0.0
            sum([1, 0.5, 2]) => 3.5
            sum([1, "a"]) => !type
            sum([nil]) => !type
        "#,
        );
    }

    #[test]
    fn sorting() {
        check(
            r#"
            __sort([]) => []
            __sort([3, -1, 9223372036854775807, 2]) => [-1, 2, 3, 9223372036854775807]
            __sort([2.5, nan, -inf, 0.0, -0.0, inf]) => [-inf, 0.0, -0.0, 2.5, inf, nan]
            __sort([-0.0, 0.0]) => [-0.0, 0.0]
            __sort([2, 1.0, 1, nan, 9007199254740993, 9007199254740992.0]) => [1.0, 1, 2, 9007199254740992.0, 9007199254740993, nan]
            __sort(["b", "ä", "a", ""]) => ["", "a", "b", "ä"]
            __sort(["b", 1]) => !type
            __sort([1, "b"]) => !type
            __sort([nil]) => !type
            __sort([[1], [2]]) => !type
        "#,
        );
    }

    #[test]
    fn what_the_prelude_uses() {
        check(
            r#"
            __expect_array("__expect_array", [1]) => nil
            __expect_array("an expect_array", 1) => !type
            __expect_callable("an expect_callable", 1) => !type
        "#,
        );
        let mut vm = machine();
        let (name, push) = (vm.heap.string("sort"), vm.heap.builtin(0));
        assert!(call(&mut vm, "__expect_callable", &[name, push]).is_ok());
        let (one, text) = (vm.heap.int(1), vm.heap.string("a"));
        let (to, from) = (vm.heap.array(&[one, one]), vm.heap.array(&[text, one, Value::NIL]));
        for (to, from, expected) in [(to, from, "[\"a\", 1, nil]"), (to, to, "[\"a\", 1, nil]")] {
            assert!(call(&mut vm, "__assign", &[to, from]).is_ok());
            assert_eq!(shown(&vm, to), expected);
        }
    }
}
