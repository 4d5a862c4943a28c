//! Arrays beside a `Vec<Value>`.

use super::{Random, collect, collect_everything, rounds};
use crate::heap::Heap;
use crate::heap::array::{ArrayRef, Elements};
use crate::heap::object::Storage;
use crate::value::{SMALL_MAX, Value};

/// What an element is, boxed ints by their int.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Element {
    Int(i64),
    Bits(u64),
}

fn element(value: Value) -> Element {
    value.as_int().map_or(Element::Bits(value.0), Element::Int)
}

/// Kinds of elements; the last are mixed.
const FLAVOURS: usize = 5;

fn random_element(random: &mut Random, flavour: usize) -> Element {
    match if random.below(20) == 0 { random.below(FLAVOURS) } else { flavour } {
        0 => Element::Int(random.below(100) as i64 - 50),
        1 => Element::Int(random.next() as i64),
        2 => Element::Bits((random.below(1000) as f64 / 8.0).to_bits()),
        3 => Element::Bits(Value::bool(random.below(2) == 0).0),
        _ => Element::Bits([Value::NIL, Value::TRUE, Value::float(f64::NAN)][random.below(3)].0),
    }
}

fn value(heap: &mut Heap, element: Element) -> Value {
    match element {
        Element::Int(int) => heap.int(int),
        Element::Bits(bits) => Value(bits),
    }
}

fn array(value: Value) -> ArrayRef {
    value.as_array().expect("an array")
}

fn check(heap: &mut Heap, value: Value, model: &[Element]) {
    let array = array(value);
    let elements = array.to_vec(heap).into_iter().map(element).collect::<Vec<_>>();
    assert_eq!(elements, model);
    if model.is_empty() {
        return;
    }
    match array.storage() {
        Storage::Empty => panic!("empty storage of {} elements", model.len()),
        Storage::Bool => {
            assert!(model.iter().all(|&element| matches!(element, Element::Bits(b) if Value(b).is_bool())))
        }
        Storage::Int => assert!(model.iter().all(|element| matches!(element, Element::Int(_)))),
        Storage::Float => {
            assert!(model.iter().all(|&element| matches!(element, Element::Bits(b) if Value(b).is_float())))
        }
        Storage::Any => {}
    }
}

#[test]
fn random_operations_match_a_vector() {
    for seed in 0..rounds(60) {
        let mut random = Random(seed as u64);
        let mut heap = Heap::new();
        heap.set_stress(u32::from(seed % 3 == 0));
        let mut model: Vec<Element> = Vec::new();
        let mut roots = [heap.array(&[])];
        for _ in 0..400 {
            let flavour = seed % FLAVOURS;
            let this = array(roots[0]);
            let len = model.len();
            let new = random_element(&mut random, flavour);
            let new_value = value(&mut heap, new);
            match random.below(16) {
                0..4 => {
                    this.push(&mut heap, new_value).expect("room");
                    model.push(new);
                }
                4 => assert_eq!(this.pop(&mut heap).map(element), model.pop()),
                5 if len > 0 => {
                    let at = random.below(len);
                    this.set(&mut heap, at, new_value).expect("room");
                    model[at] = new;
                }
                6 => {
                    let at = random.below(len + 1);
                    this.insert(&mut heap, at, new_value).expect("room");
                    model.insert(at, new);
                }
                7 if len > 0 => {
                    let at = random.below(len);
                    assert_eq!(element(this.remove_at(&mut heap, at)), model.remove(at));
                }
                8 => {
                    let (start, end) = (random.below(len + 1), random.below(len + 2));
                    let part = this.slice(&mut heap, start, end).expect("room");
                    let expected = model.get(start..end.clamp(start, len)).unwrap_or(&[]).to_vec();
                    check(&mut heap, part, &expected);
                    if random.below(4) == 0 {
                        (roots[0], model) = (part, expected);
                    }
                }
                9 if len < 500 => {
                    let other_model =
                        (0..random.below(5)).map(|_| random_element(&mut random, flavour)).collect::<Vec<_>>();
                    let values = other_model.iter().map(|&element| value(&mut heap, element)).collect::<Vec<_>>();
                    let other = heap.array(&values);
                    check(&mut heap, other, &other_model);
                    let joined = this.concat(&mut heap, array(other)).expect("room");
                    this.extend(&mut heap, array(other)).expect("room");
                    model.extend(other_model);
                    check(&mut heap, joined, &model);
                }
                10 if len < 300 => {
                    this.extend(&mut heap, this).expect("room");
                    model.extend_from_within(..);
                }
                11 => {
                    this.reverse(&mut heap);
                    model.reverse();
                }
                12 if random.below(4) == 0 => {
                    let other = heap.array_filled(random.below(20), new_value).expect("room");
                    model = vec![new; array(other).len()];
                    this.assign(&mut heap, array(other)).expect("room");
                }
                12 => {
                    let more = (0..random.below(5)).map(|_| random_element(&mut random, flavour)).collect::<Vec<_>>();
                    let values = more.iter().map(|&element| value(&mut heap, element)).collect::<Vec<_>>();
                    this.push_all(&mut heap, &values).expect("room");
                    model.extend(more);
                }
                13 if random.below(8) == 0 => {
                    this.clear(&mut heap);
                    model.clear();
                    assert_eq!(this.storage(), Storage::Empty);
                }
                14 => collect(&mut heap, &mut roots),
                15 if random.below(4) == 0 => collect_everything(&mut heap, &mut roots),
                _ => {}
            }
            check(&mut heap, roots[0], &model);
        }
    }
}

#[test]
fn storage_is_decided_by_the_first_value_and_widens_once() {
    let mut heap = Heap::new();
    let value = heap.array(&[]);
    let a = array(value);
    assert_eq!(a.storage(), Storage::Empty);
    a.push(&mut heap, Value::float(1.5)).expect("room");
    assert_eq!(a.storage(), Storage::Float);
    assert_eq!(a.pop(&mut heap), Some(Value::float(1.5)));
    a.push(&mut heap, Value::small_int(1)).expect("room");
    assert_eq!(a.storage(), Storage::Int);
    let big = heap.int(SMALL_MAX + 1);
    a.push(&mut heap, big).expect("room");
    assert_eq!(a.storage(), Storage::Int);
    assert_eq!(a.elements(&heap), Elements::Ints(&[1, SMALL_MAX + 1]));
    a.set(&mut heap, 0, Value::float(2.0)).expect("room");
    assert_eq!(a.storage(), Storage::Any);
    assert_eq!(a.get(&mut heap, 1).and_then(Value::as_int), Some(SMALL_MAX + 1));
    assert_eq!(a.get(&mut heap, 2), None);
    a.set(&mut heap, 0, Value::small_int(2)).expect("room");
    assert_eq!(a.storage(), Storage::Any);
}

#[test]
fn bools_take_a_byte_each() {
    let mut heap = Heap::new();
    let before = heap.accounts().external.get();
    let value = heap.array_filled(1000, Value::TRUE).expect("room");
    assert!(heap.accounts().external.get() - before < 1100, "{} bytes", heap.accounts().external.get() - before);
    let a = array(value);
    assert_eq!(a.elements(&heap), Elements::Bools(&[true; 1000]));
    assert_eq!(a.capacity(), 1000);
    a.set(&mut heap, 7, Value::FALSE).expect("room");
    assert_eq!((a.at(&mut heap, 6), a.at(&mut heap, 7)), (Value::TRUE, Value::FALSE));
    a.push(&mut heap, Value::FALSE).expect("room");
    assert_eq!(a.storage(), Storage::Bool);
    // As values they need eight times the room.
    let expected = (0..1001).map(|at| Value::bool(at != 7 && at != 1000)).collect::<Vec<_>>();
    assert_eq!(a.to_vec(&mut heap), expected);
    a.push(&mut heap, Value::NIL).expect("room");
    assert_eq!(a.storage(), Storage::Any);
    assert_eq!(a.to_vec(&mut heap), [&expected[..], &[Value::NIL]].concat());
    assert!(a.capacity() >= 1002);
}

#[test]
fn what_cannot_be_widened_stays_as_it_was() {
    let mut heap = Heap::new();
    heap.set_limit(8 << 20);
    let value = heap.array_filled(2 << 20, Value::TRUE).expect("2 MB of 8");
    let a = array(value);
    a.set(&mut heap, 0, Value::NIL).expect_err("16 MB of 8");
    a.push(&mut heap, Value::small_int(1)).expect_err("16 MB of 8");
    a.insert(&mut heap, 1, Value::float(0.5)).expect_err("16 MB of 8");
    a.push_all(&mut heap, &[Value::TRUE, Value::NIL]).expect_err("16 MB of 8");
    assert_eq!((a.storage(), a.len()), (Storage::Bool, 2 << 20));
    assert_eq!(a.elements(&heap), Elements::Bools(&vec![true; 2 << 20]));
    a.set(&mut heap, 1, Value::FALSE).expect("it fits");
}

#[test]
fn an_array_that_was_emptied_takes_any_storage() {
    let mut heap = Heap::new();
    let values = [Value::TRUE, Value::small_int(1), Value::float(0.5), Value::NIL];
    for (first, second) in values.iter().flat_map(|&a| values.map(|b| (a, b))) {
        let value = heap.array(&[first]);
        let a = array(value);
        assert_eq!(a.pop(&mut heap), Some(first));
        for _ in 0..20 {
            a.push(&mut heap, second).expect("room");
        }
        assert_eq!(a.to_vec(&mut heap), [second; 20]);
        assert_eq!(a.storage(), array(heap.array(&[second])).storage());
    }
}

#[test]
fn too_large_is_a_limit_error() {
    let mut heap = Heap::new();
    for count in [usize::MAX, usize::MAX / 8, 1 << 58] {
        let thrown = heap.array_filled(count, Value::NIL).expect_err("too large");
        assert!(format!("{thrown:?}").contains("Limit"), "{thrown:?}");
    }
    heap.set_limit(100 << 20);
    heap.array_filled(1 << 20, Value::NIL).expect("8 MB of 100");
    heap.array_filled(1 << 24, Value::NIL).expect_err("128 MB of 100");
}

#[test]
fn vectors_are_taken_over() {
    let mut heap = Heap::new();
    let ints = (0..1000).collect::<Vec<i64>>();
    let value = heap.array_of_ints(ints.clone());
    let mut roots = [value, heap.array_of_floats(vec![0.5, -0.0]), heap.array_of_ints(Vec::new())];
    collect_everything(&mut heap, &mut roots);
    assert_eq!(array(roots[0]).elements(&heap), Elements::Ints(&ints));
    assert_eq!(array(roots[1]).elements(&heap), Elements::Floats(&[0.5, -0.0]));
    assert_eq!(array(roots[2]).storage(), Storage::Empty);
    array(roots[0]).reverse(&mut heap);
    assert_eq!(array(roots[0]).at(&mut heap, 0), Value::small_int(999));
}

#[test]
fn small_arrays_move_with_their_elements() {
    let mut heap = Heap::new();
    let kinds = [Value::TRUE, Value::small_int(7), Value::float(0.5), Value::NIL];
    for (length, kind) in (0..20).flat_map(|length| kinds.map(|kind| (length, kind))) {
        let words = |heap: &mut Heap, length: usize| {
            let text = heap.string("moved too");
            (0..length).map(|index| if kind.is_nil() && index % 2 == 1 { text } else { kind }).collect::<Vec<Value>>()
        };
        let values = words(&mut heap, length);
        let mut roots = [heap.array(&values), heap.array(&values)];
        collect(&mut heap, &mut roots);
        // They grow after they have moved, and move after they have grown.
        for round in 0..length + 3 {
            let value = words(&mut heap, 2)[round % 2];
            array(roots[0]).push(&mut heap, value).expect("room");
            collect(&mut heap, &mut roots);
        }
        array(roots[1]).clear(&mut heap);
        array(roots[1]).push(&mut heap, kind).expect("room");
        collect_everything(&mut heap, &mut roots);
        let elements = array(roots[0]).to_vec(&mut heap);
        assert_eq!(elements.len(), 2 * length + 3);
        for element in elements {
            let text = element.as_string().map(|text| text.as_str().to_owned());
            assert!(text.map_or(element == kind, |text| text == "moved too"), "{element:?}");
        }
        assert_eq!(array(roots[1]).to_vec(&mut heap), [kind]);
    }
}
