//! The builtins on dicts, each under its name and, where it has one, under an older name. Those that arrays have too are
//! with the arrays.

use super::arguments::{PAIR_BYTES, any, bad_value, dict as dict_argument, unexpected};
use super::{Body::Native, BuiltinInfo, Effect, row};
use crate::error::Thrown;
use crate::heap::object::Entry;
use crate::value::Value;
use crate::vm::Vm;

/// The area's table.
pub const TABLE: &[BuiltinInfo] = &[
    row("keys", "d", Native(keys), Effect::Makes, "A new array of the keys, in the order of insertion."),
    row("values", "d", Native(values), Effect::Makes, "A new array of the values, in the order of their keys."),
    row("items", "d", Native(items), Effect::Makes, "A new array of the pairs of key and value."),
    row("has_key", "d, k", Native(has_key), Effect::Reads, "Whether there is a key."),
    row("dict_get", "d, k, default?", Native(dict_get), Effect::Reads, "The value of a key; a default without it."),
    row("remove", "d, k", Native(remove), Effect::Writes, "Takes a key out; gives its value, or nil."),
    row("merge", "a, b", Native(merge), Effect::Makes, "A new dict of the keys of both; b's values count."),
    row("dict", "x?", Native(dict), Effect::Makes, "A new dict: empty, of a dict, or of an array of pairs."),
    row("dict_set", "d, k, x", Native(dict_set), Effect::Writes, "Sets the value of a key."),
    row("dict_has", "d, k", Native(dict_has), Effect::Reads, "Whether there is a key."),
    row("dict_keys", "d", Native(dict_keys), Effect::Makes, "A new array of the keys, in the order of insertion."),
    row("dict_values", "d", Native(dict_values), Effect::Makes, "A new array of the values."),
    row("dict_delete", "d, k", Native(dict_delete), Effect::Writes, "Takes a key out; gives its value, or nil."),
];

/// A new array with something of each entry.
fn of_entries(vm: &mut Vm, name: &str, args: &[Value], part: fn(Entry) -> Value) -> Result<Value, Thrown> {
    let dict = dict_argument(name, args, 0)?;
    vm.heap.check_room(2 * dict.len() * size_of::<Value>())?;
    let parts: Vec<Value> = dict.entries(&vm.heap).map(part).collect();
    Ok(vm.heap.array(&parts))
}

fn keys(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    of_entries(vm, "keys", args, |entry| entry.key)
}

fn dict_keys(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    of_entries(vm, "dict_keys", args, |entry| entry.key)
}

fn values(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    of_entries(vm, "values", args, |entry| entry.value)
}

fn dict_values(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    of_entries(vm, "dict_values", args, |entry| entry.value)
}

fn items(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let dict = dict_argument("items", args, 0)?;
    let heap = &mut vm.heap;
    heap.check_room(dict.len() * PAIR_BYTES)?;
    let result = heap.array_with_capacity(dict.len())?;
    let pairs = result.as_array().expect("it was just made");
    let mut position = 0;
    while let Some((next, Entry { key, value })) = dict.next(position) {
        let pair = heap.array(&[key, value]);
        pairs.push(heap, pair)?;
        position = next;
    }
    Ok(result)
}

fn has_key(_: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    Ok(Value::bool(dict_argument("has_key", args, 0)?.get(any(args, 1)).is_some()))
}

fn dict_has(_: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    Ok(Value::bool(dict_argument("dict_has", args, 0)?.get(any(args, 1)).is_some()))
}

fn dict_get(_: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    Ok(dict_argument("dict_get", args, 0)?.get(any(args, 1)).unwrap_or(any(args, 2)))
}

fn dict_set(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    dict_argument("dict_set", args, 0)?.set(&mut vm.heap, any(args, 1), any(args, 2))?;
    Ok(Value::NIL)
}

fn remove(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    Ok(dict_argument("remove", args, 0)?.remove(&mut vm.heap, any(args, 1)).unwrap_or(Value::NIL))
}

fn dict_delete(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    Ok(dict_argument("dict_delete", args, 0)?.remove(&mut vm.heap, any(args, 1)).unwrap_or(Value::NIL))
}

fn merge(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (a, b) = (dict_argument("merge", args, 0)?, dict_argument("merge", args, 1)?);
    let result = a.copy(&mut vm.heap)?;
    let merged = result.as_dict().expect("it was just made");
    let mut position = 0;
    while let Some((next, Entry { key, value })) = b.next(position) {
        merged.set(&mut vm.heap, key, value)?;
        position = next;
    }
    Ok(result)
}

fn dict(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let from = any(args, 0);
    let heap = &mut vm.heap;
    if let Some(dict) = from.as_dict() {
        return dict.copy(heap);
    }
    let result = heap.dict();
    if from.is_nil() {
        return Ok(result);
    }
    let Some(pairs) = from.as_array() else { return Err(unexpected("dict", 0, "dict or array", from)) };
    let dict = result.as_dict().expect("it was just made");
    for index in 0..pairs.len() {
        match pairs.at(heap, index).as_array() {
            Some(pair) if pair.len() == 2 => {
                let (key, value) = (pair.at(heap, 0), pair.at(heap, 1));
                dict.set(heap, key, value)?;
            }
            _ => return Err(bad_value("dict", format_args!("element {index} is not an array of key and value"))),
        }
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, check, machine, shown};
    use super::*;

    #[test]
    fn reading() {
        check(
            r#"
            keys({"b": 1, 2: 3, 1.0: 4}) => ["b", 2, 1]
            dict_keys({}) => []
            values({"b": 1, 2: 3, "b": 4}) => [4, 3]
            dict_values({1: nil}) => [nil]
            items({"b": 1, 2: [3]}) => [["b", 1], [2, [3]]]
            items({}) => []
            has_key({"b": nil}, "b") => true
            has_key({"b": nil}, "c") => false
            has_key({"b": nil}, nil) => false
            dict_has({true: 1}, 1) => false
            dict_has({1: 1}, 1.0) => true
            dict_get({1: 2}, 1) => 2
            dict_get({1: 2}, 3) => nil
            dict_get({1: 2}, 3, "x") => "x"
            dict_get({1: nil}, 1, "x") => nil
            dict_get({1: 2}, nan, "x") => "x"
            contains({1: 2}, 1) => true
            contains({1: 2}, 2) => false
            contains({1: 2}, nil) => false
            len({1: 2, "1": 3}) => 2
            len({}) => 0
        "#,
        );
    }

    #[test]
    fn new_dicts() {
        check(
            r#"
            dict() => {}
            dict(nil) => {}
            dict({"a": [1]}) => {"a": [1]}
            dict([["a", 1], [2, 3], ["a", 4]]) => {"a": 4, 2: 3}
            dict([]) => {}
            dict([[1, 2], [3]]) => !value
            dict([1]) => !value
            dict("ab") => !type
            merge({"a": 1, "b": 2}, {"c": 3, "a": 4}) => {"a": 4, "b": 2, "c": 3}
            merge({}, {}) => {}
            merge({}, nil) => !type
            merge([], {}) => !type
            copy({"a": 1, 2: [3]}) => {"a": 1, 2: [3]}
            copy({}) => {}
            copy(1) => !type
        "#,
        );
        // `check` wants messages to name the function, which this one does not: the error is that of every store.
        let mut vm = machine();
        let pair = vm.heap.array(&[Value::NIL, Value::NIL]);
        let pairs = vm.heap.array(&[pair]);
        assert!(call(&mut vm, "dict", &[pairs]).is_err());
        for (name, count) in [("dict", 1), ("copy", 1), ("merge", 2)] {
            let dict = vm.heap.dict();
            let made = call(&mut vm, name, &vec![dict; count]).expect("a dict");
            assert!(made != dict && made.as_dict().is_some(), "{name}");
        }
    }

    #[test]
    fn changes_in_place() {
        for (name, args, result, left) in [
            ("remove", &["b"][..], "2", "{\"a\": 1}"),
            ("remove", &["c"], "nil", "{\"a\": 1, \"b\": 2}"),
            ("dict_delete", &["a"], "1", "{\"b\": 2}"),
            ("dict_set", &["a", "x"], "nil", "{\"a\": \"x\", \"b\": 2}"),
            ("dict_set", &["c", "x"], "nil", "{\"a\": 1, \"b\": 2, \"c\": \"x\"}"),
            ("clear", &[], "nil", "{}"),
        ] {
            let mut vm = machine();
            let (a, b) = (vm.heap.string("a"), vm.heap.string("b"));
            let dict = vm.heap.dict_of(&[a, Value::small_int(1), b, Value::small_int(2)]).expect("a dict");
            let texts: Vec<Value> = args.iter().map(|text| vm.heap.string(text)).collect();
            let args: Vec<Value> = [dict].into_iter().chain(texts).collect();
            let value = call(&mut vm, name, &args).expect("a value");
            assert_eq!((shown(&vm, value), shown(&vm, dict)), (result.to_owned(), left.to_owned()), "{name}");
        }
    }

    #[test]
    fn what_is_no_dict_is_refused() {
        for info in TABLE.iter().filter(|info| !["dict", "__dict_of"].contains(&info.name)) {
            for wrong in ["nil", "1", "\"a\"", "[]", "0..3"] {
                check(&format!("{}({}) => !type", info.name, vec![wrong; info.min.into()].join(", ")));
            }
        }
    }
}
