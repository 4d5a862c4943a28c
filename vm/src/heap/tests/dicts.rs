//! Dicts beside a list of pairs that is searched from the front.

use super::{Random, collect, collect_everything, rounds};
use crate::error::{ErrorKind, Throw};
use crate::heap::Heap;
use crate::heap::dict::{DictRef, Found};
use crate::heap::string::StrRef;
use crate::ops::compare::equals;
use crate::value::Value;

fn new_dict(heap: &mut Heap) -> (Value, DictRef) {
    let value = heap.dict();
    (value, value.as_dict().expect("it was just made"))
}

fn keys(heap: &Heap, dict: Value) -> Vec<Value> {
    dict.as_dict().expect("a dict").entries(heap).map(|entry| entry.key).collect()
}

/// A key of any kind. Those with identity come from `objects`.
fn random_key(heap: &mut Heap, random: &mut Random, objects: &[Value]) -> Value {
    match random.below(9) {
        0 => heap.int(random.below(40) as i64 - 20),
        1 => heap.int((random.below(10) as i64) << (random.below(60))),
        2 => Value::float(random.below(40) as f64 / 2.0 - 10.0),
        3 => Value::float((random.below(4) as f64) * 2f64.powi(62)),
        4 => heap.string(&format!("key {}", random.below(20))),
        5 => heap.range(random.below(4) as i64, random.below(4) as i64),
        6 => Value::bool(random.below(2) == 0),
        7 => {
            let method = heap.builtin(random.below(2) as u16);
            let receiver = match random.below(3) {
                0 => heap.int(random.below(3) as i64),
                1 => heap.string(["left", "right"][random.below(2)]),
                _ => objects[random.below(objects.len())],
            };
            heap.bound(receiver, method)
        }
        _ => objects[random.below(objects.len())],
    }
}

#[test]
fn random_operations_beside_a_list() {
    for seed in 0..4 {
        let mut heap = Heap::new();
        let heap = &mut heap;
        let mut random = Random(seed);
        // The dict, then objects to be keys, then the keys and values of the list.
        let mut roots = vec![heap.dict()];
        let objects = 12;
        roots.extend((0..objects).map(|_| heap.array(&[])));
        for round in 0..rounds(20_000) {
            if random.below(4) == 0 {
                // A new object, in the nursery, in place of an old one; which may stay as a key.
                roots[1 + random.below(objects)] = heap.array(&[]);
            }
            let key = random_key(heap, &mut random, &roots[1..=objects]);
            let dict = roots[0].as_dict().expect("a dict");
            let listed = &mut roots.split_off(1 + objects);
            let at = listed.chunks(2).position(|pair| equals(pair[0], key)).map(|at| at * 2);
            assert_eq!(dict.get(key), at.map(|at| listed[at + 1]), "round {round}: {key:?}");
            match random.below(20) {
                0..9 => {
                    let value = heap.array(&[]);
                    let changes = dict.changes();
                    assert!(dict.set(heap, key, value).is_ok());
                    assert_eq!(dict.changes(), changes + at.is_none() as u64);
                    match at {
                        Some(at) => listed[at + 1] = value,
                        None => listed.extend([key, value]),
                    }
                }
                9..17 => {
                    let changes = dict.changes();
                    let value = dict.remove(heap, key);
                    assert_eq!(value, at.map(|at| listed[at + 1]));
                    assert_eq!(dict.changes(), changes + at.is_some() as u64);
                    if let Some(at) = at {
                        listed.drain(at..at + 2);
                    }
                }
                17 if random.below(20) == 0 => {
                    dict.clear(heap);
                    listed.clear();
                }
                18 => roots[0] = dict.copy(heap).expect("there is room"),
                _ => {}
            }
            roots.append(listed);
            let listed = &roots[1 + objects..];
            let dict = roots[0].as_dict().expect("a dict");
            assert_eq!(dict.len(), listed.len() / 2);
            let in_order = dict.entries(heap).zip(listed.chunks(2));
            assert!(in_order.clone().all(|(entry, pair)| equals(entry.key, pair[0]) && entry.value == pair[1]));
            let mut position = 0;
            for (entry, _) in in_order {
                let (next, at_position) = dict.next(position).expect("as many as there are");
                assert_eq!((at_position.key, at_position.value), (entry.key, entry.value));
                position = next;
            }
            assert!(dict.next(position).is_none());
            match random.below(100) {
                0 => collect_everything(heap, &mut roots),
                1..10 => collect(heap, &mut roots),
                _ => {}
            }
        }
    }
}

#[test]
fn which_keys_are_the_same() {
    let heap = &mut Heap::default();
    let big = 1i64 << 60;
    let (array, other) = (heap.array(&[]), heap.array(&[]));
    let (len, push) = (heap.builtin(0), heap.builtin(1));
    let (long, tail) = (heap.string(&"long ".repeat(40)), heap.string("end"));
    let rope = StrRef::concat(heap, long.as_string().unwrap(), tail.as_string().unwrap()).expect("a string");
    let same = [
        [heap.int(3), Value::float(3.0)],
        [heap.int(0), Value::float(-0.0)],
        [heap.int(big), heap.int(big)],
        [heap.int(big), Value::float(big as f64)],
        [heap.int(i64::MIN), Value::float(-(2f64.powi(63)))],
        [Value::float(2f64.powi(63)), Value::float(2f64.powi(63))],
        [Value::float(f64::INFINITY), Value::float(f64::INFINITY)],
        [Value::float(0.5), Value::float(0.5)],
        [heap.string("text"), heap.string("text")],
        [rope, heap.string(&format!("{}end", "long ".repeat(40)))],
        [heap.range(1, 5), heap.range(1, 5)],
        [heap.bound(array, push), heap.bound(array, push)],
        [heap.bound(tail, push), { heap.string("end") }],
        [array, array],
        [Value::TRUE, Value::TRUE],
        [push, push],
    ];
    for [a, b] in same {
        let b = if a.as_bound().is_some() && b.as_string().is_some() { heap.bound(b, push) } else { b };
        let (_, dict) = new_dict(heap);
        assert!(dict.set(heap, a, Value::NIL).is_ok() && dict.set(heap, b, Value::TRUE).is_ok());
        assert_eq!((dict.len(), dict.get(a), dict.get(b)), (1, Some(Value::TRUE), Some(Value::TRUE)), "{a:?} {b:?}");
        assert_eq!(dict.remove(heap, b), Some(Value::TRUE));
        assert_eq!(dict.get(a), None);
    }
    let different = [
        heap.int(1),
        Value::TRUE,
        Value::FALSE,
        heap.int(0),
        heap.string("1"),
        Value::float(1.5),
        heap.int((1 << 53) + 1),
        Value::float(2f64.powi(53)),
        Value::float(2f64.powi(63)),
        heap.int(i64::MAX),
        Value::float(f64::NEG_INFINITY),
        heap.range(0, 1),
        heap.range(1, 0),
        array,
        other,
        len,
        push,
        heap.bound(array, push),
        heap.bound(array, len),
        heap.bound(other, push),
    ];
    let (value, dict) = new_dict(heap);
    for (number, key) in different.into_iter().enumerate() {
        let number = heap.int(number as i64);
        assert!(dict.set(heap, key, number).is_ok());
    }
    assert_eq!(dict.len(), different.len());
    assert!(keys(heap, value).into_iter().zip(different).all(|(key, given)| equals(key, given)));
    for (number, key) in different.into_iter().enumerate() {
        assert_eq!(dict.get(key), Some(heap.int(number as i64)), "{key:?}");
    }
}

#[test]
fn floats_become_ints() {
    let heap = &mut Heap::default();
    let (value, dict) = new_dict(heap);
    for float in [7.0, -0.0, 2f64.powi(60), 0.5] {
        assert!(dict.set(heap, Value::float(float), Value::NIL).is_ok());
    }
    let keys = keys(heap, value);
    assert_eq!(keys[..3].iter().map(|key| key.as_int()).collect::<Vec<_>>(), [Some(7), Some(0), Some(1 << 60)]);
    assert_eq!(keys[3].as_float(), Some(0.5));
}

#[test]
fn nil_and_nan_are_no_keys() {
    let heap = &mut Heap::default();
    let (_, dict) = new_dict(heap);
    for key in [Value::NIL, Value::float(f64::NAN)] {
        assert_eq!((dict.get(key), dict.remove(heap, key)), (None, None));
        let Throw::Error { kind, .. } = *dict.set(heap, key, Value::TRUE).expect_err("no key").0 else { panic!() };
        assert_eq!(kind, ErrorKind::Key);
    }
    assert!(dict.is_empty() && dict.changes() == 0);
}

#[test]
fn young_keys_of_an_old_dict_are_found_after_they_moved() {
    let heap = &mut Heap::default();
    let count = rounds(3000);
    let mut roots = vec![heap.dict()];
    collect(heap, &mut roots);
    for round in 0..count {
        let (key, number) = (heap.array(&[]), heap.int(round as i64));
        let method = heap.builtin(0);
        let bound = heap.bound(key, method);
        let dict = roots[0].as_dict().expect("a dict");
        assert!(dict.set(heap, key, number).is_ok() && dict.set(heap, bound, number).is_ok());
        roots.push(key);
        if round % 100 == 0 {
            collect(heap, &mut roots);
        }
    }
    collect(heap, &mut roots);
    let dict = roots[0].as_dict().expect("a dict");
    for (number, &key) in roots[1..].iter().enumerate() {
        let method = heap.builtin(0);
        let bound = heap.bound(key, method);
        assert_eq!(dict.get(key), Some(heap.int(number as i64)));
        assert_eq!(dict.get(bound), Some(heap.int(number as i64)));
    }
}

#[test]
fn entries_of_a_large_old_dict_are_remembered_one_by_one() {
    let heap = &mut Heap::default();
    let count = 2000;
    let mut roots = vec![heap.dict()];
    let fill = |heap: &mut Heap, dict: DictRef, from: i64, to: i64| {
        for number in from..to {
            let (key, value) = (heap.string(&format!("key {number}")), heap.string(&format!("value {number}")));
            assert!(dict.set(heap, key, value).is_ok());
        }
    };
    fill(heap, roots[0].as_dict().expect("a dict"), 0, count);
    collect(heap, &mut roots);
    // Replaced values, new keys, and then removed ones, so that the entries move.
    let dict = roots[0].as_dict().expect("a dict");
    fill(heap, dict, 100, 120);
    fill(heap, dict, count, count + 10);
    assert!(heap.remembered.is_empty() && heap.remembered_entries.len() == 30);
    for number in 0..1000 {
        let key = heap.string(&format!("key {number}"));
        assert!(dict.remove(heap, key).is_some());
    }
    fill(heap, dict, count + 10, 3 * count);
    collect_everything(heap, &mut roots);
    let dict = roots[0].as_dict().expect("a dict");
    assert_eq!(dict.len() as i64, 3 * count - 1000);
    for (number, entry) in (1000..).zip(dict.entries(heap)) {
        assert_eq!(entry.key.as_string().unwrap().as_str(), format!("key {number}"));
        assert_eq!(entry.value.as_string().unwrap().as_str(), format!("value {number}"));
    }
    // Emptied, with entries remembered that are no more.
    fill(heap, dict, 2000, 2010);
    dict.clear(heap);
    fill(heap, dict, 0, 3);
    collect(heap, &mut roots);
    assert_eq!(keys(heap, roots[0]).len(), 3);
}

#[test]
fn buffers_are_accounted_for() {
    let heap = &mut Heap::default();
    let before = heap.accounts().external.get();
    let fill = |heap: &mut Heap, dict: DictRef| {
        for number in 0..1000 {
            let key = heap.int(number);
            assert!(dict.set(heap, key, key).is_ok());
        }
    };
    let (value, dict) = new_dict(heap);
    fill(heap, dict);
    let used = heap.accounts().external.get() - before;
    assert!((1000 * 16..1000 * 64).contains(&used), "{used} bytes for 1000 keys");
    let copy = dict.copy(heap).expect("there is room");
    assert_eq!(heap.accounts().external.get() - before, 2 * used);
    let mut roots = [value, copy];
    collect(heap, &mut roots);
    roots[0] = Value::NIL;
    collect_everything(heap, &mut roots);
    assert_eq!(heap.accounts().external.get() - before, used);
    roots[0] = heap.dict();
    fill(heap, roots[0].as_dict().expect("a dict"));
    roots.iter().for_each(|dict| dict.as_dict().expect("a dict").clear(heap));
    fill(heap, roots[0].as_dict().expect("a dict"));
    fill(heap, roots[1].as_dict().expect("a dict"));
    collect_everything(heap, &mut []);
    assert_eq!(heap.accounts().external.get(), before);
}

#[test]
fn a_queue_stays_small_and_fast() {
    let heap = &mut Heap::default();
    let (_, dict) = new_dict(heap);
    for number in 0..rounds(200_000) as i64 {
        let key = heap.int(number);
        assert!(dict.set(heap, key, key).is_ok());
        if number >= 100 {
            let (_, oldest) = dict.next(0).expect("it is not empty");
            assert_eq!(oldest.key.as_int(), Some(number - 100));
            assert!(dict.remove(heap, oldest.key).is_some());
        }
    }
    assert!(heap.accounts().external.get() < 1 << 16);
}

#[test]
fn what_comes_and_goes_at_the_end_takes_no_room() {
    let heap = &mut Heap::default();
    let (_, dict) = new_dict(heap);
    let depth = 9;
    let mut buffers = 0;
    let mut before = heap.accounts().external.get();
    let mut random = Random(5);
    let mut held: Vec<i64> = Vec::new();
    for _ in 0..rounds(200_000) {
        if held.len() < depth && random.below(2) == 0 {
            // Keys that meet, and keys that do not, never one twice.
            let key = (random.below(1 << 20) as i64) << random.below(3);
            if !held.contains(&key) {
                let value = heap.int(key);
                assert!(dict.set(heap, value, value).is_ok());
                held.push(key);
            }
        } else if let Some(key) = held.pop() {
            let value = heap.int(key);
            assert_eq!(dict.remove(heap, value), Some(value));
            assert_eq!(dict.get(value), None);
        }
        let external = heap.accounts().external.get();
        buffers += usize::from(external != before);
        before = external;
        assert!(held.iter().all(|&key| dict.get(heap.int(key)).is_some()));
        assert_eq!(dict.len(), held.len());
    }
    assert!(buffers <= 3, "{buffers} buffers");
    assert!(before < 4096);
}

#[test]
fn limits_are_errors_and_change_nothing() {
    let heap = &mut Heap::default();
    heap.set_limit(heap.used_bytes() + (1 << 16));
    let (_, dict) = new_dict(heap);
    let mut number = 0;
    let error = loop {
        let key = heap.int(number);
        match dict.set(heap, key, Value::NIL) {
            Ok(()) => number += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(*error.0, Throw::Error { kind: ErrorKind::Limit, .. }));
    assert_eq!((dict.len() as i64, dict.changes() as i64), (number, number));
    assert!(dict.reserve(heap, usize::MAX).is_err() && dict.reserve(heap, 1 << 40).is_err());
    let last = heap.int(number - 1);
    assert!(dict.set(heap, last, Value::TRUE).is_ok());
}

#[test]
fn the_look_up_of_handlers_finds_the_same() {
    let heap = &mut Heap::default();
    let (_, dict) = new_dict(heap);
    let look = |dict: DictRef, key: Value| {
        // SAFETY: the value refers to a live dict, of which this is the object.
        unsafe { &*dict.value().address().cast::<crate::heap::object::Dict>() }.look(key)
    };
    let found = |dict: DictRef, key: Value| match look(dict, key) {
        // SAFETY: nothing has changed since the look-up.
        Found::Entry(entry) => Some(unsafe { (*entry).value }),
        _ => None,
    };
    let zero = heap.int(0);
    assert_eq!(look(dict, zero), Found::Missing);
    let strides = [1, 16, 1 << 10, 1 << 20, 1 << 32, 1 << 40, -1, -4096];
    for stride in strides {
        for number in 0..1000i64 {
            let key = heap.int(number.wrapping_mul(stride) << 16 >> 16);
            assert!(dict.set(heap, key, key).is_ok());
        }
    }
    for stride in strides {
        for number in 0..1000i64 {
            let key = heap.int(number.wrapping_mul(stride) << 16 >> 16);
            assert!(!key.is_small_int() || found(dict, key) == Some(key));
        }
    }
    let missing = heap.int(123_456_789);
    assert_eq!(look(dict, missing), Found::Missing);
    let text = heap.constant_string("text");
    assert_eq!(look(dict, text), Found::Unsure, "its hash is not known yet");
    assert!(dict.set(heap, text, Value::TRUE).is_ok());
    assert_eq!(found(dict, text), Some(Value::TRUE));
    let other = heap.string("text");
    assert!(dict.get(other).is_some());
    assert_eq!(look(dict, other), Found::Unsure);
    assert_eq!(look(dict, Value::TRUE), Found::Unsure);
}
