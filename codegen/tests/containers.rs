//! Strings and dicts: the inline parts, and the routines that look into dicts, beside the heap's own functions.

mod support;

use pseudo_codegen::Options;
use pseudo_snapshots::Slot;
use pseudo_trace::ir::parse::parse;
use pseudo_vm::heap::Heap;
use pseudo_vm::heap::object::{GC_OLD, GC_REMEMBERED};
use pseudo_vm::heap::string::StrRef;
use pseudo_vm::value::Value;
use support::{Bench, Random};

/// Runs a trace whose values are spilled, or are not. Whether it has come to its end.
fn run(bench: &mut Bench, text: &str) -> bool {
    let trace = parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let compiled = bench.compile(&trace);
    bench.run(&[&compiled], 0).pc.at == 1
}

/// A bench whose slots from 0 on hold these.
fn bench(registers: usize, slots: &[Value]) -> Bench {
    let mut bench = Bench::new(Options { registers, ..Options::default() });
    for (slot, &value) in slots.iter().enumerate() {
        *bench.slot(Slot::Stack(slot as i32)) = value;
    }
    bench
}

fn held(bench: &mut Bench, slot: i32) -> Value {
    bench.get(Slot::Stack(slot))
}

/// Values that keep so many registers busy, and what keeps them alive.
fn pressure(count: usize) -> (String, String) {
    let loads = (0..count).map(|n| format!("%{}: any = slot r{}\n", 900 + n, 20 + n)).collect();
    let kept = (0..count).map(|n| format!(", r{}: %{}", 40 + n, 900 + n)).collect();
    (loads, kept)
}

/// The value that a look-up finds, if it finds one.
fn find(bench: &mut Bench, dict: Value, key: Value, busy: usize) -> Option<Value> {
    *bench.slot(Slot::Stack(0)) = dict;
    *bench.slot(Slot::Stack(1)) = key;
    let (loads, kept) = pressure(busy);
    let text = format!(
        "{loads}%0: any = slot r0
        %1: dict = guard.dict %0 -> s0
        %2: any = slot r1
        %3: ptr = dict.find %1, %2
        %4: bool = same %3, nowhere
        guard.false %4 -> s0
        %6: any = load.value %3
        %7: any = load.key %3
        snapshot s0 f9:9 base 0 {{}}
        snapshot s1 f1:1 base 0 {{ r2: %6, r3: %7{kept} }}
        link interpreter -> s1"
    );
    run(bench, &text).then(|| held(bench, 2))
}

#[test]
fn keys_are_found_where_the_heap_finds_them() {
    let mut heap = Heap::default();
    let mut random = Random(7);
    for size in [0, 1, 3, 5, 20, 300] {
        let value = heap.dict_of(&[]).expect("room for a dict");
        let dict = value.as_dict().expect("a dict");
        let mut keys: Vec<Value> = Vec::new();
        for number in 0..size {
            let key = match random.below(6) {
                0 => heap.int(random.next() as i64),
                1 => heap.int(random.below(9) as i64 * (1 << 32)),
                2 => heap.int(-(random.below(99) as i64)),
                3 => heap.string(&format!("key {}", random.below(size))),
                4 => Value::float(random.below(9) as f64 / 2.0),
                _ => heap.int(number as i64),
            };
            dict.set(&mut heap, key, Value::small_int(number as i64)).expect("a key");
            keys.push(key);
        }
        for key in keys.iter().step_by(7) {
            dict.remove(&mut heap, *key);
        }
        // The same texts in other objects, with and without a hash.
        for number in 0..size {
            keys.push(heap.string(&format!("key {number}")));
        }
        keys.extend([
            Value::NIL,
            Value::TRUE,
            Value::small_int(1 << 40),
            Value::float(f64::NAN),
            heap.string("nowhere"),
        ]);
        let mut bench = bench(8, &[]);
        let some = 1 + keys.len() / 40;
        for (at, &key) in keys.iter().enumerate().filter(|(at, _)| at % some == 0) {
            assert_eq!(find(&mut bench, value, key, at % 10), dict.get(key), "{key:?} of {size}");
        }
    }
}

#[test]
fn entries_are_gone_through_in_order() {
    let mut heap = Heap::default();
    let value = heap.dict_of(&[]).expect("room for a dict");
    let dict = value.as_dict().expect("a dict");
    for key in 0..20 {
        dict.set(&mut heap, Value::small_int(key), Value::small_int(key * key)).expect("a key");
    }
    for key in [0, 1, 5, 6, 7, 18, 19] {
        dict.remove(&mut heap, Value::small_int(key));
    }
    let iterator = heap.dict_iter(dict);
    let mut bench = bench(16, &[iterator]);
    for position in 0..21 {
        *bench.slot(Slot::Stack(1)) = Value::small_int(position);
        let text = "
            %0: any = slot r0
            %1: iter = guard.iter %0 -> s0
            %2: dict = iter.dict %1
            %3: int = iter.changes %1
            %4: int = dict.changes %2
            %5: any = slot r1
            %6: int = guard.int %5 -> s0
            %7: int = dict.next %2, %6
            %8: bool = lt.int %7, 0
            guard.false %8 -> s0
            %10: ptr = dict.entry %2, %7
            %11: any = load.key %10
            %12: any = load.value %10
            %13: int = dict.len %2
            snapshot s0 f9:9 base 0 {}
            snapshot s1 f1:1 base 0 { r2: %7, r3: %11, r4: %12, r5: %3, r6: %4, r7: %13 }
            link interpreter -> s1";
        let next = dict.next(position as usize);
        assert_eq!(run(&mut bench, text), next.is_some(), "from {position} on");
        if let Some((after, entry)) = next {
            let found = [2, 3, 4, 5, 6, 7].map(|slot| held(&mut bench, slot));
            let changes = Value::small_int(dict.changes() as i64);
            let number = Value::small_int(after as i64 - 1);
            assert_eq!(found, [number, entry.key, entry.value, changes, changes, Value::small_int(13)]);
        }
    }
}

/// An old dict is remembered when it gets a reference, and only then.
#[test]
fn writes_of_references_are_remembered() {
    let mut heap = Heap::default();
    let text = heap.string("some text");
    for (value, is_reference) in
        [(Value::NIL, false), (Value::small_int(3), false), (Value::float(1.5), false), (text, true)]
    {
        for gc in [0, GC_OLD, GC_OLD | GC_REMEMBERED] {
            for (registers, busy) in [(16, 0), (4, 8)] {
                let made = heap.dict_of(&[Value::small_int(1), Value::TRUE]).expect("room for a dict");
                // SAFETY: the dict is alive; no collection follows that would take the mark at its word.
                unsafe { (*made.address()).gc = gc };
                let mut bench = bench(registers, &[made, Value::small_int(1), value]);
                let (loads, kept) = pressure(busy);
                let text = format!(
                    "{loads}%0: any = slot r0
                    %1: dict = guard.dict %0 -> s0
                    %2: any = slot r1
                    %3: ptr = dict.find %1, %2
                    %4: any = slot r2
                    store.value %1, %3, %4
                    %6: any = box.dict %1
                    guard.same %6, %0 -> s1
                    snapshot s0 f9:9 base 0 {{}}
                    snapshot s1 f9:9 base 0 {{}}
                    snapshot s2 f1:1 base 0 {{ r4: %4{kept} }}
                    link interpreter -> s2"
                );
                assert!(run(&mut bench, &text));
                assert_eq!(made.as_dict().and_then(|dict| dict.get(Value::small_int(1))), Some(value));
                // SAFETY: as above.
                let marks = unsafe { (*made.address()).gc };
                let expected = if is_reference && gc == GC_OLD { GC_OLD | GC_REMEMBERED } else { gc };
                assert_eq!(marks, expected, "{value:?} with {gc}");
            }
        }
    }
}

#[test]
fn ints_that_are_boxed_for_an_entry() {
    let mut heap = Heap::default();
    for int in [5, 1 << 60] {
        let made = heap.dict_of(&[Value::small_int(1), Value::TRUE]).expect("room for a dict");
        // SAFETY: the dict is alive; no collection follows that would take the mark at its word.
        unsafe { (*made.address()).gc = GC_OLD };
        let mut bench = bench(16, &[made, support::boxed(int)]);
        let text = "
            %0: any = slot r0
            %1: dict = guard.dict %0 -> s0
            %2: any = slot r1
            %3: int = guard.int %2 -> s0
            %4: any = box.int %3
            %5: ptr = dict.find %1, value#18446462598732840961
            store.value %1, %5, %4
            snapshot s0 f9:9 base 0 {}
            snapshot s1 f1:1 base 0 {}
            link interpreter -> s1";
        assert_eq!(Value::small_int(1).0, 18_446_462_598_732_840_961);
        assert!(run(&mut bench, text));
        let value = made.as_dict().and_then(|dict| dict.get(Value::small_int(1)));
        assert_eq!(value.and_then(Value::as_int), Some(int));
        // SAFETY: as above.
        let remembered = unsafe { (*made.address()).gc } & GC_REMEMBERED != 0;
        assert_eq!(remembered, int > 5);
    }
}

#[test]
fn characters_of_ascii_strings() {
    let mut heap = Heap::default();
    let table = heap.ascii_strings() as u64;
    let (left, right) = (heap.string(&"left ".repeat(30)), heap.string("right"));
    let rope = StrRef::concat(&mut heap, left.as_string().unwrap(), right.as_string().unwrap()).expect("room");
    let texts = [heap.string("z"), heap.string("some text"), rope, heap.string("täxt"), heap.string("")];
    for (string, index) in texts.into_iter().flat_map(|text| [0, 1, 2, 7, 150, 154, -1].map(|index| (text, index))) {
        for (registers, busy) in [(16, 0), (4, 8)] {
            let mut bench = bench(registers, &[string, Value::small_int(index)]);
            let (loads, kept) = pressure(busy);
            let text = format!(
                "{loads}%0: any = slot r0
                %1: str = guard.str %0 -> s0
                %2: any = slot r1
                %3: int = guard.int %2 -> s0
                %4: int = str.len %1
                %5: bool = ult.int %3, %4
                guard.true %5 -> s0
                %7: ptr = guard.ascii %1 -> s0
                %8: int = str.byte %7, %3
                %9: str = str.char %8, place#{table}
                %10: int = str.byte %7, 0
                snapshot s0 f9:9 base 0 {{}}
                snapshot s1 f1:1 base 0 {{ r2: %8, r3: %9, r4: %10, r5: %4{kept} }}
                link interpreter -> s1"
            );
            let passed = run(&mut bench, &text);
            let string = string.as_string().expect("a string");
            let byte = usize::try_from(index).ok().and_then(|index| string.as_bytes().get(index).copied());
            let Some(byte) = byte.filter(|_| string.is_ascii()) else {
                assert!(!passed, "{} at {index}", string.as_str());
                continue;
            };
            assert!(passed, "{} at {index}", string.as_str());
            assert_eq!(held(&mut bench, 2), Value::small_int(i64::from(byte)));
            assert_eq!(held(&mut bench, 3), heap.char(char::from(byte)));
            assert_eq!(held(&mut bench, 4), Value::small_int(i64::from(string.as_bytes()[0])));
            assert_eq!(held(&mut bench, 5), Value::small_int(string.len_chars() as i64));
        }
    }
}

#[test]
fn strings_are_compared_by_what_they_hold() {
    let mut heap = Heap::default();
    let texts: Vec<Value> =
        ["", "a", "b", "text", "text", "tent", "täxt", "tüxt", "täxts"].iter().map(|text| heap.string(text)).collect();
    for &left in &texts {
        for &right in &texts {
            for (registers, busy) in [(16, 0), (4, 8)] {
                let mut bench = bench(registers, &[left, right]);
                let (loads, kept) = pressure(busy);
                let equal = left.as_string() == right.as_string();
                let guard = if equal { "true" } else { "false" };
                let text = format!(
                    "{loads}%0: any = slot r0
                    %1: str = guard.str %0 -> s0
                    %2: any = slot r1
                    %3: str = guard.str %2 -> s0
                    %4: bool = eq.str %1, %3
                    %5: bool = eq.str %3, %1
                    guard.{guard} %5 -> s0
                    %7: bool = eq.str %1, %1
                    guard.true %7 -> s0
                    snapshot s0 f9:9 base 0 {{}}
                    snapshot s1 f1:1 base 0 {{ r2: %4, r3: %1, r4: %3{kept} }}
                    link interpreter -> s1"
                );
                assert!(run(&mut bench, &text), "{left:?} {right:?}");
                assert_eq!(held(&mut bench, 2), Value::bool(equal));
            }
        }
    }
}

/// Helpers get their arguments from wherever they are, and what lives across the call survives it.
#[test]
fn calls_about_dicts() {
    let mut heap = Heap::default();
    for (registers, busy) in [(16, 0), (4, 8)] {
        let made = heap.dict_of(&[Value::small_int(1), Value::TRUE]).expect("room for a dict");
        let mut bench = bench(registers, &[made, Value::small_int(1), Value::float(2.5)]);
        let (loads, kept) = pressure(busy);
        for slot in 20..20 + busy as i32 {
            *bench.slot(Slot::Stack(slot)) = Value::small_int(i64::from(slot));
        }
        let text = format!(
            "{loads}%0: any = slot r0
            %1: dict = guard.dict %0 -> s0
            %2: any = slot r1
            %3: any = slot r2
            %4: any = dict.set %1, %2, %3
            guard.def %4 -> s0
            %6: any = dict.remove %1, %2
            %7: any = dict.extend %1 (%2, %3)
            guard.def %7 -> s1
            %9: any = new.dict (%2, %3)
            %10: iter = new.iter %1
            %11: str = str.int 77
            snapshot s0 f9:9 base 0 {{}}
            snapshot s1 f9:9 base 0 {{}}
            snapshot s2 f1:1 base 0 {{ r3: %4, r4: %6, r5: %7, r6: %9, r7: %10, r8: %11{kept} }}
            link interpreter -> s2"
        );
        assert!(run(&mut bench, &text));
        assert_eq!(held(&mut bench, 3), Value::TRUE);
        assert_eq!(held(&mut bench, 4), Value::float(2.5));
        assert_eq!(held(&mut bench, 5).0, held(&mut bench, 6).0 ^ 1);
        assert_eq!(held(&mut bench, 7), made);
        assert_eq!(held(&mut bench, 8).address() as u64, 77);
        for slot in 40..40 + busy as i32 {
            assert_eq!(held(&mut bench, slot), Value::small_int(i64::from(slot) - 20));
        }
    }
}
