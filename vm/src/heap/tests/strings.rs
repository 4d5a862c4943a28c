//! Strings beside `String`.

use super::{Random, collect, collect_everything, rounds, text};
use crate::heap::Heap;
use crate::heap::string::{MAX_STRING_BYTES, StrRef};
use crate::value::Value;

fn string(value: Value) -> StrRef {
    value.as_string().expect("a string")
}

fn concat(heap: &mut Heap, left: Value, right: Value) -> Value {
    StrRef::concat(heap, string(left), string(right)).expect("short enough")
}

fn copied(heap: &Heap) -> u64 {
    heap.accounts().copied.get()
}

#[test]
fn random_operations_match_strings() {
    for seed in 0..rounds(60) {
        let mut random = Random(seed as u64);
        let mut heap = Heap::new();
        heap.set_stress(u32::from(seed % 3 == 0));
        let mut models = vec![String::new(), "abc".into(), "äöü€𝄞".into(), "x".repeat(100)];
        let mut roots = models.iter().map(|model| heap.string(model)).collect::<Vec<_>>();
        for _ in 0..400 {
            let (a, b, to) = (random.below(roots.len()), random.below(roots.len()), random.below(roots.len() + 1));
            let new = match random.below(8) {
                0..4 if models[a].len() + models[b].len() < 5000 => {
                    (concat(&mut heap, roots[a], roots[b]), format!("{}{}", models[a], models[b]))
                }
                4 => {
                    let chars = models[a].chars().collect::<Vec<_>>();
                    let (start, end) = (random.below(chars.len() + 2), random.below(chars.len() + 2));
                    let expected = chars.get(start..end.min(chars.len()).max(start)).unwrap_or(&[]).iter().collect();
                    (string(roots[a]).slice(&mut heap, start, end).expect("room"), expected)
                }
                5 => {
                    let char = char::from_u32(random.below(0xD800) as u32).expect("below the surrogates");
                    (heap.char(char), char.to_string())
                }
                6 => {
                    collect(&mut heap, &mut roots);
                    continue;
                }
                _ => {
                    if random.below(4) == 0 {
                        collect_everything(&mut heap, &mut roots);
                    }
                    continue;
                }
            };
            if to == roots.len() && to < 30 {
                roots.push(new.0);
                models.push(new.1);
            } else {
                (roots[to % models.len()], models[to % roots.len()]) = new;
            }
            let (x, y) = (string(roots[a]), string(roots[b]));
            assert_eq!(x.len_chars(), models[a].chars().count());
            assert_eq!(x.is_ascii(), models[a].is_ascii());
            if random.below(3) == 0 {
                assert_eq!(x.cmp(&y), models[a].cmp(&models[b]));
                assert_eq!(x == y, models[a] == models[b]);
                assert_eq!(x.hash() == y.hash(), models[a] == models[b]);
                let at = random.below(x.len_chars() + 1);
                let char = x.char_at(&mut heap, at).map(text);
                assert_eq!(char, models[a].chars().nth(at).map(String::from));
            }
        }
        for (value, model) in roots.iter().zip(&models) {
            assert_eq!(text(*value), *model);
        }
    }
}

/// Appends single characters, looking at every so-manieth result; returns the bytes copied.
fn append_characters(count: usize, look_every: usize, at_front: bool) -> u64 {
    let mut heap = Heap::new();
    let before = copied(&heap);
    let mut roots = [heap.string(""), heap.string("ab")];
    for index in 0..count {
        let (left, right) = if at_front { (roots[1], roots[0]) } else { (roots[0], roots[1]) };
        roots[0] = concat(&mut heap, left, right);
        if index % look_every == 0 {
            assert_eq!(string(roots[0]).as_str().len(), 2 * index + 2);
        }
        if heap.needs_collection() {
            collect(&mut heap, &mut roots);
        }
    }
    assert_eq!(text(roots[0]), "ab".repeat(count));
    copied(&heap) - before
}

#[test]
fn appending_is_linear() {
    let count = rounds(1_000_000);
    let bytes = 2 * count as u64;
    assert!(append_characters(count, usize::MAX, false) <= 5 * bytes);
    assert!(append_characters(count, 1, false) <= 5 * bytes);
    assert!(append_characters(count, 1000, false) <= 5 * bytes);
    assert!(append_characters(count, usize::MAX, true) <= 5 * bytes);
}

#[test]
fn strings_that_share_a_buffer_do_not_disturb_each_other() {
    let mut heap = Heap::new();
    let mut roots = vec![heap.string(&"-".repeat(200)), heap.string("a"), heap.string("b")];
    let joined = concat(&mut heap, roots[0], roots[1]);
    string(joined).as_str();
    let first = concat(&mut heap, joined, roots[1]);
    let second = concat(&mut heap, joined, roots[2]);
    let third = concat(&mut heap, first, roots[2]);
    let fourth = concat(&mut heap, first, roots[1]);
    roots.extend([joined, first, second, third, fourth]);
    let expected = ["a", "aa", "ab", "aab", "aaa"].map(|end| "-".repeat(200) + end);
    collect(&mut heap, &mut roots);
    for (value, expected) in roots[3..].iter().zip(&expected) {
        assert_eq!(text(*value), *expected);
    }
    roots.truncate(1);
    collect_everything(&mut heap, &mut roots);
    assert_eq!(heap.accounts().external.get(), 0);
}

#[test]
fn branching_off_a_full_buffer_copies_it_once() {
    let mut heap = Heap::new();
    let halves = [heap.string(&"-".repeat(5000)), heap.string("a")];
    let full = concat(&mut heap, halves[0], halves[0]);
    string(full).as_str();
    let before = copied(&heap);
    let branches = (0..1000).map(|_| concat(&mut heap, full, halves[1])).collect::<Vec<_>>();
    assert!(copied(&heap) - before < 11_000);
    assert_eq!(text(branches[0]), text(branches[999]));
}

#[test]
fn going_through_a_string_that_is_not_ascii_is_linear_and_right() {
    let mut heap = Heap::new();
    let model = "aé€𝄞".repeat(rounds(20_000));
    let value = string(heap.string(&model));
    for (index, char) in model.chars().enumerate() {
        assert_eq!(value.char_at(&mut heap, index).map(text), Some(char.to_string()));
        if heap.needs_collection() {
            break;
        }
    }
    for (index, (byte, _)) in model.char_indices().enumerate().collect::<Vec<_>>().into_iter().rev() {
        assert_eq!(value.byte_index(&mut heap, index), byte);
    }
}

#[test]
fn constants_and_characters_are_made_once() {
    let mut heap = Heap::new();
    let constant = heap.constant_string("hello");
    assert_eq!(heap.constant_string("hello"), constant);
    assert_eq!(heap.string("x"), heap.char('x'));
    assert_eq!(heap.constant_string("x"), heap.char('x'));
    let int = heap.constant_int(i64::MIN);
    collect_everything(&mut heap, &mut []);
    assert_eq!(text(constant), "hello");
    assert_eq!(heap.constant_string("hello"), constant);
    assert_eq!(heap.constant_int(i64::MIN), int);
    assert_eq!(int.as_int(), Some(i64::MIN));
}

#[test]
fn ints_in_decimal() {
    let mut heap = Heap::new();
    for int in [0, 1, -1, 9, 10, -10, 99, 100, 123_456_789, i64::MAX, i64::MIN, i64::MIN + 1] {
        let made = heap.string_of_int(int);
        assert_eq!(text(made), int.to_string());
        assert_eq!(string(made).len_chars(), int.to_string().len());
    }
    assert_eq!(heap.string_of_int(7), heap.char('7'));
}

#[test]
fn too_long_is_a_limit_error() {
    let mut heap = Heap::new();
    let mut value = heap.string(&"x".repeat(200));
    let thrown = loop {
        match StrRef::concat(&mut heap, string(value), string(value)) {
            Ok(doubled) => value = doubled,
            Err(thrown) => break thrown,
        }
    };
    assert!(format!("{thrown:?}").contains("Limit"), "{thrown:?}");
    assert!(string(value).len_bytes() * 2 > MAX_STRING_BYTES);
}
