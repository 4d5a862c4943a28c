//! Guards on values, loads and stores of objects, calls.

mod support;

use pseudo_codegen::Options;
use pseudo_snapshots::Slot;
use pseudo_trace::ir::eval::V;
use pseudo_trace::ir::parse::parse;
use pseudo_vm::heap::object::{Array, Cell, Closure, GC_OLD, GC_REMEMBERED, Header, ObjectKind, Range, Storage};
use pseudo_vm::value::{TAG_ARRAY, TAG_CLOSURE, TAG_OBJECT, TAG_STRING, Value};
use support::Bench;

fn header(kind: ObjectKind, storage: Storage) -> Header {
    Header { kind, storage, gc: 0, flags: 0, aux: 0 }
}

fn array(storage: Storage, words: &mut [u64]) -> Array {
    Array { header: header(ObjectKind::Array, storage), len: words.len(), data: words.as_mut_ptr(), capacity: 9 }
}

fn slot(bench: &mut Bench, slot: i32) -> Value {
    bench.get(Slot::Stack(slot))
}

/// Which guard lets which value pass, with its operand in a register and spilled.
#[test]
fn guards_on_values() {
    let mut words = [0; 2];
    let arrays = Storage::ALL.map(|storage| array(storage, &mut words));
    let range = Range { header: header(ObjectKind::Range, Storage::Empty), start: 1, end: 2 };
    let cell = Cell { header: header(ObjectKind::Cell, Storage::Empty), value: Value::NIL };
    let string = header(ObjectKind::Str, Storage::Empty);
    let closure = header(ObjectKind::Closure, Storage::Empty);
    let values = [
        ("nil", Value::NIL),
        ("false", Value::FALSE),
        ("true", Value::TRUE),
        ("undef", Value::UNDEF),
        ("int", Value::small_int(-3)),
        ("big", support::boxed(1 << 62)),
        ("float", Value::float(-1.5)),
        ("nan", Value::float(f64::NAN)),
        ("minus nan", Value(0xFFF8_0000_0000_0000)),
        ("string", Value::pointer(TAG_STRING, &raw const string)),
        ("empty", Value::pointer(TAG_ARRAY, &raw const arrays[0])),
        ("bools", Value::pointer(TAG_ARRAY, &raw const arrays[1])),
        ("ints", Value::pointer(TAG_ARRAY, &raw const arrays[2])),
        ("floats", Value::pointer(TAG_ARRAY, &raw const arrays[3])),
        ("anys", Value::pointer(TAG_ARRAY, &raw const arrays[4])),
        ("closure", Value::pointer(TAG_CLOSURE, &raw const closure)),
        ("range", Value::pointer(TAG_OBJECT, &raw const range)),
        ("cell", Value::pointer(TAG_OBJECT, &raw const cell)),
    ];
    let kind = format!("guard.kind %0, {}", ObjectKind::Cell as u8);
    let guards: [(&str, &str, &[&str]); 18] = [
        ("guard.int", "int", &["int", "big"]),
        ("guard.float", "float", &["float", "nan", "minus nan"]),
        ("guard.bool", "bool", &["false", "true"]),
        ("guard.nil", "", &["nil"]),
        ("guard.undef", "", &["undef"]),
        ("guard.def", "", &["-", "undef"]),
        ("guard.truthy", "", &["-", "nil", "false"]),
        ("guard.falsy", "", &["nil", "false"]),
        ("guard.str", "str", &["string"]),
        ("guard.arr.empty", "arr.empty", &["empty"]),
        ("guard.arr.bool", "arr.bool", &["bools"]),
        ("guard.arr.int", "arr.int", &["ints"]),
        ("guard.arr.float", "arr.float", &["floats"]),
        ("guard.arr.any", "arr.any", &["anys"]),
        ("guard.fn", "fn", &["closure"]),
        ("guard.range", "range", &["range"]),
        ("guard.same", "", &["int"]),
        (&kind, "", &["cell"]),
    ];
    let mut bench = Bench::new(Options { registers: 4, ..Options::default() });
    for pressure in [0, 8] {
        for (guard, ty, passing) in guards {
            let mut text = String::from("%0: any = slot r0\n%100: any = slot r1\n");
            for filler in 1..=pressure {
                text += &format!("%{filler}: any = slot r{}\n", filler + 20);
            }
            let operands = match guard {
                "guard.same" => "%0, %100",
                _ if guard.contains('%') => "",
                _ => "%0",
            };
            let result = if ty.is_empty() { String::new() } else { format!("%50: {ty} = ") };
            text += &format!("{result}{guard} {operands} -> s0\nsnapshot s1 f1:1 base 0 {{ r1: %0");
            if !ty.is_empty() {
                text += ", r2: %50";
            }
            for filler in 1..=pressure {
                text += &format!(", r{}: %{filler}", filler + 40);
            }
            // In the text form snapshots are numbered as they come.
            let text = text.replace("snapshot s1", "snapshot s0 f9:9 base 0 {}\nsnapshot s1") + " }";
            for (name, value) in values {
                *place(&mut bench, 0) = value;
                *place(&mut bench, 1) = Value::small_int(-3);
                *place(&mut bench, 2) = Value::NIL;
                let passes = run(&mut bench, &text);
                let wanted = passing.contains(&name) != (passing[0] == "-");
                assert_eq!(passes, wanted, "{guard} of {name} with {pressure} more values");
                if passes {
                    assert_eq!(slot(&mut bench, 1), value, "{guard} of {name}");
                    if !ty.is_empty() && name != "big" {
                        assert_eq!(slot(&mut bench, 2), value, "{guard} of {name}");
                    }
                }
            }
        }
    }
}

fn place(bench: &mut Bench, slot: usize) -> &mut Value {
    &mut bench.stack[support::FRAME + slot]
}

/// Runs a trace that ends with snapshot s1; whether it came there.
fn run(bench: &mut Bench, text: &str) -> bool {
    let trace = parse(&format!("{text}\nlink interpreter -> s1")).expect("a trace");
    bench.memory.flush();
    let compiled = bench.compile(&trace);
    bench.run(&[&compiled], 0).pc.function == 1
}

#[test]
fn elements() {
    let mut ints = [10, 20, 30];
    let mut floats = [1.5f64.to_bits(), 2.5f64.to_bits()];
    let mut anys = [Value::NIL.0, Value::TRUE.0];
    let arrays = [array(Storage::Int, &mut ints), array(Storage::Float, &mut floats), array(Storage::Any, &mut anys)];
    for registers in [4, 16] {
        let mut bench = Bench::new(Options { registers, ..Options::default() });
        for (at, array) in arrays.iter().enumerate() {
            *place(&mut bench, at) = Value::pointer(TAG_ARRAY, array);
        }
        bench.set(Slot::Stack(3), &V::Int(1));
        let text = "
            %0: any = slot r0
            %1: arr.int = guard.arr.int %0 -> s0
            %2: any = slot r1
            %3: arr.float = guard.arr.float %2 -> s0
            %4: any = slot r2
            %5: arr.any = guard.arr.any %4 -> s0
            %6: any = slot r3
            %7: int = guard.int %6 -> s0
            %8: ptr = arr.data %1
            %9: ptr = arr.data %3
            %10: ptr = arr.data %5
            %11: int = arr.len %1
            %12: int = load.int %8, %7
            %13: int = load.int %8, 2
            %14: int = add.int %12, %13
            %15: float = load.float %9, %7
            %16: float = load.float %9, 0
            %17: float = add.float %15, %16
            %18: any = load.any %10, %7
            %19: any = load.any %10, 0
            store.int %8, %7, %14
            store.int %8, 0, 7
            store.int %8, 2, 5000000000
            store.float %9, %7, %17
            store.float %9, 0, 0.25
            store.any %10, %7, %19
            store.any %10, 0, %18
            snapshot s0 f9:9 base 0 {}
            snapshot s1 f1:1 base 0 { r4: %11, r5: %14, r6: %17, r7: %18, r8: %5, r9: %3 }";
        assert!(run(&mut bench, text));
        assert_eq!(slot(&mut bench, 4), Value::small_int(3));
        assert_eq!(slot(&mut bench, 5), Value::small_int(50));
        assert_eq!(slot(&mut bench, 6), Value::float(4.0));
        assert_eq!(slot(&mut bench, 7), Value::TRUE);
        assert_eq!(slot(&mut bench, 8), slot(&mut bench, 2));
        assert_eq!(slot(&mut bench, 9), slot(&mut bench, 1));
        // SAFETY: the arrays point at the local words, which compiled code has changed.
        let word = |array: usize, index: usize| unsafe { *arrays[array].data.add(index) };
        assert_eq!([word(0, 0), word(0, 1), word(0, 2)], [7, 50, 5_000_000_000]);
        assert_eq!([word(1, 0), word(1, 1)].map(f64::from_bits), [0.25, 4.0]);
        assert_eq!([word(2, 0), word(2, 1)], [Value::TRUE.0, Value::NIL.0]);
        // As they were, for the next round.
        for (array, words) in [
            (0, vec![10, 20, 30]),
            (1, vec![1.5f64.to_bits(), 2.5f64.to_bits()]),
            (2, vec![Value::NIL.0, Value::TRUE.0]),
        ] {
            for (index, bits) in words.into_iter().enumerate() {
                // SAFETY: as above.
                unsafe { *arrays[array].data.add(index) = bits }
            }
        }
    }
}

/// Reads and writes bytes, and none beside them; with few registers from wherever values have to be.
#[test]
fn bool_elements() {
    for registers in [4, 5, 8, 16] {
        let mut words = [u64::from_le_bytes([1, 0, 1, 0, 1, 0, 1, 0]), 0x0101_0101];
        let bools = array(Storage::Bool, &mut words);
        let mut bench = Bench::new(Options { registers, ..Options::default() });
        *place(&mut bench, 0) = Value::pointer(TAG_ARRAY, &raw const bools);
        bench.set(Slot::Stack(1), &V::Int(8));
        bench.set(Slot::Stack(2), &V::Bool(false));
        let text = "
            %0: any = slot r0
            %1: arr.bool = guard.arr.bool %0 -> s0
            %2: any = slot r1
            %3: int = guard.int %2 -> s0
            %4: any = slot r2
            %5: bool = guard.bool %4 -> s0
            %6: ptr = arr.data %1
            %7: bool = load.bool %6, 2
            %8: bool = load.bool %6, %3
            %9: bool = load.bool %6, 3
            %10: int = add.int %3, 1
            %11: int = add.int %3, 2
            %12: int = add.int %3, 3
            store.bool %6, %3, %5
            store.bool %6, %10, %9
            store.bool %6, 1, %7
            store.bool %6, 2, false
            store.bool %6, %11, true
            store.bool %6, 4, %5
            %19: bool = load.bool %6, %3
            %20: bool = lt.int %11, %3
            store.bool %6, %12, %20
            guard.false %9 -> s0
            guard.true %8 -> s0
            snapshot s0 f9:9 base 0 {}
            snapshot s1 f1:1 base 0 { r3: %7, r4: %8, r5: %9, r6: %10, r7: %11, r8: %12, r9: %19 }";
        assert!(run(&mut bench, text));
        let found = [3, 4, 5, 9].map(|at| slot(&mut bench, at));
        assert_eq!(found, [Value::TRUE, Value::TRUE, Value::FALSE, Value::FALSE]);
        // SAFETY: the array points at the local words, which compiled code has changed.
        let found = unsafe { [*bools.data, *bools.data.add(1)] };
        assert_eq!(found.map(u64::to_le_bytes), [[1, 1, 0, 0, 0, 0, 1, 0], [0, 0, 1, 0, 0, 0, 0, 0]]);
    }
}

#[repr(C)]
struct ClosureOfTwo {
    closure: Closure,
    captures: [Value; 2],
}

#[test]
fn ranges_closures_and_cells() {
    let range = Range { header: header(ObjectKind::Range, Storage::Empty), start: -4, end: 1 << 50 };
    let proto = 0x5000_0000_0000u64 + 64 * 3;
    let mut cell = Cell { header: header(ObjectKind::Cell, Storage::Empty), value: Value::TRUE };
    cell.header.gc = GC_OLD;
    let cell = Box::into_raw(Box::new(cell));
    let closure = ClosureOfTwo {
        closure: Closure {
            header: header(ObjectKind::Closure, Storage::Empty),
            code: std::ptr::null(),
            proto: proto as *const _,
            captures: [],
        },
        captures: [Value::NIL, Value::pointer(TAG_OBJECT, cell)],
    };
    let mut bench = Bench::new(Options::default());
    *place(&mut bench, 0) = Value::pointer(TAG_OBJECT, &raw const range);
    *place(&mut bench, 1) = Value::pointer(TAG_CLOSURE, &raw const closure);
    let text = |proto: u32| {
        format!(
            "
            %0: any = slot r0
            %1: range = guard.range %0 -> s0
            %2: int = range.start %1
            %3: int = range.end %1
            %4: any = slot r1
            %5: fn = guard.fn %4 -> s0
            guard.proto %5, proto f{proto} -> s0
            %7: any = fn.capture %5, 1
            %8: ptr = cell.addr %7
            %9: any = load.cell %8
            barrier %7
            store.cell %8, %0
            barrier %7
            %12: any = box.range %1
            %13: any = box.fn %5
            snapshot s0 f9:9 base 0 {{}}
            snapshot s1 f1:1 base 0 {{ r2: %2, r3: %3, r4: %9, r5: %12, r6: %13, r7: %1, r8: %5 }}"
        )
    };
    assert!(!run(&mut bench, &text(4)));
    assert!(run(&mut bench, &text(3)));
    assert_eq!(slot(&mut bench, 2), Value::small_int(-4));
    assert_eq!(slot(&mut bench, 3).as_int(), Some(1 << 50));
    assert_eq!(slot(&mut bench, 4), Value::TRUE);
    for (copy, original) in [(5, 0), (6, 1), (7, 0), (8, 1)] {
        assert_eq!(slot(&mut bench, copy), slot(&mut bench, original));
    }
    // SAFETY: the cell is alive, and no code runs.
    let cell = unsafe { Box::from_raw(cell) };
    assert_eq!(cell.value, slot(&mut bench, 0));
    assert_eq!(cell.header.gc, GC_OLD | GC_REMEMBERED);
}

/// Arrays with room for one element more, and then with none: the helper that makes room has no memory here.
#[test]
fn room_and_lengths() {
    for registers in [4, 16] {
        let (mut ints, mut bools) = ([10, 20, 30], [u64::from_le_bytes([1, 0, 1, 0, 1, 0, 1, 9])]);
        let mut int_array = Array { len: 2, capacity: 3, ..array(Storage::Int, &mut ints) };
        let mut bool_array = Array { len: 7, capacity: 1, ..array(Storage::Bool, &mut bools) };
        let mut bench = Bench::new(Options { registers, ..Options::default() });
        *place(&mut bench, 0) = Value::pointer(TAG_ARRAY, &raw mut int_array);
        *place(&mut bench, 1) = Value::pointer(TAG_ARRAY, &raw mut bool_array);
        let text = "
            %0: any = slot r0
            %1: arr.int = guard.arr.int %0 -> s0
            %2: any = slot r1
            %3: arr.bool = guard.arr.bool %2 -> s0
            reserve %1 -> s0
            reserve %3 -> s0
            %6: int = arr.len %1
            %7: int = arr.len %3
            %8: int = add.int %6, 1
            %9: int = add.int %7, 1
            %10: ptr = arr.data %1
            %11: ptr = arr.data %3
            set.len %1, %8
            store.int %10, %6, 7
            set.len %3, %9
            store.bool %11, %7, true
            snapshot s0 f9:9 base 0 {}
            snapshot s1 f1:1 base 0 { r2: %8, r3: %9 }";
        assert!(run(&mut bench, text));
        assert_eq!([slot(&mut bench, 2), slot(&mut bench, 3)], [3, 8].map(Value::small_int));
        assert!(!run(&mut bench, text), "both are full");
        let shrinks = text.replace("reserve %1 -> s0\n", "set.len %1, 1\n");
        assert!(!run(&mut bench, &shrinks), "the bools are full");
        assert_eq!((int_array.len, bool_array.len), (1, 8));
        assert_eq!((ints, bools[0].to_le_bytes()), ([10, 20, 7], [1, 0, 1, 0, 1, 0, 1, 1]));
    }
}

#[test]
fn statics() {
    let class = Header { aux: 77, ..header(ObjectKind::Class, Storage::Empty) };
    for registers in [4, 16] {
        let (mut one, mut other) = (Value::small_int(5), Value::TRUE);
        let mut bench = Bench::new(Options { registers, ..Options::default() });
        *place(&mut bench, 0) = Value::pointer(TAG_OBJECT, &raw const class);
        let [one_at, other_at] = [&raw mut one, &raw mut other].map(|place| place as u64);
        let text = format!(
            "
            %0: any = slot r0
            %1: obj = guard.shape %0, 77 -> s0
            %2: any = load.static %1, place#{one_at}
            %3: any = load.static %1, place#{other_at}
            store.static %1, place#{one_at}, %3
            store.static %1, place#{other_at}, value#{}
            snapshot s0 f9:9 base 0 {{}}
            snapshot s1 f1:1 base 0 {{ r1: %2, r2: %3 }}",
            Value::small_int(8).0
        );
        assert!(run(&mut bench, &text));
        assert_eq!([slot(&mut bench, 1), slot(&mut bench, 2)], [Value::small_int(5), Value::TRUE]);
        assert_eq!([one, other], [Value::TRUE, Value::small_int(8)]);
        assert!(!run(&mut bench, &text.replace(", 77", ", 78")));
    }
}

/// Helpers get their arguments from wherever they are, and what lives across the call survives it.
#[test]
fn calls() {
    for registers in [4, 6, 16] {
        let mut bench = Bench::new(Options { registers, ..Options::default() });
        for slot in 0..12 {
            bench.set(Slot::Stack(slot), &V::Int(100 + slot as i64));
        }
        let mut text = String::new();
        for slot in 0..12 {
            text += &format!("%{}: any = slot r{slot}\n", 100 + slot);
            text += &format!("%{slot}: int = guard.int %{} -> s0\n", 100 + slot);
        }
        text += "
            %24: any = new.array (%100, %101, nil, %111)
            %26: any = call 7 (%103, %104, %105, %106)
            %27: any = call 8 ()
            %28: float = conv.float %6
            %29: float = math2 0, %28, 2.0
            %30: float = mod.float 7.0, %29
            %31: float = mod.float %28, %30
            snapshot s0 f9:9 base 0 {}
            snapshot s1 f1:1 base 0 { r24: %24, r26: %26, r27: %27, r28: %28, r29: %29, r30: %30, r31: %31, r32: %32";
        for slot in 0..12 {
            text += &format!(", r{}: %{slot}", 40 + slot);
        }
        assert!(run(&mut bench, &(text + " }")), "with {registers} registers");
        let value = |int: i64| Value::small_int(int).0;
        let sum = |values: &[u64]| {
            let sum = values.iter().fold(values.len() as u64, |sum, bits| sum.wrapping_mul(31).wrapping_add(*bits));
            (sum >> 20) as i64
        };
        assert_eq!(slot(&mut bench, 24).as_int(), Some(sum(&[value(100), value(101), Value::NIL.0, value(111)])));
        let call = sum(&[value(103), value(104), value(105), value(106)]);
        assert_eq!(slot(&mut bench, 26).0 ^ 7, Value::small_int(call).0);
        assert_eq!(slot(&mut bench, 27).0, 8 ^ Value::small_int(0).0);
        let angle = 106f64.atan2(2.0);
        let rest = pseudo_trace::ir::scalar::mod_float(7.0, angle);
        assert_eq!(slot(&mut bench, 29), Value::float(angle));
        assert_eq!(slot(&mut bench, 30), Value::float(rest));
        assert_eq!(slot(&mut bench, 31), Value::float(pseudo_trace::ir::scalar::mod_float(106.0, rest)));
        for at in 0..12 {
            assert_eq!(slot(&mut bench, 40 + at).as_int(), Some(100 + at as i64), "slot {at}, {registers} registers");
        }
    }
}

/// Objects are made inline, and where a helper finds the room; what lives meanwhile survives both.
#[test]
fn new_objects() {
    for (registers, stress) in [(4, 0), (6, 1), (16, 0), (16, 1)] {
        let mut bench = Bench::new(Options { registers, ..Options::default() });
        bench.heap.set_stress(stress);
        let mut text = String::new();
        for slot in 0..12 {
            bench.set(Slot::Stack(slot), &V::Int(100 + slot as i64));
            text += &format!("%{}: any = slot r{slot}\n", 100 + slot);
            text += &format!("%{slot}: int = guard.int %{} -> s0\n", 100 + slot);
        }
        text += "
            %20: any = new.range %3, %2
            %21: any = new.range %0, 1099511627776
            %22: any = new.cell %105
            %23: any = new.closure proto f3 (%107, nil)
            %30: any = new.bound %104, %23
            %24: float = conv.float %6
            %25: any = box.float %24
            %26: any = new.instance 1048580 (%22, %25, nil, value#0)
            %27: obj = shaped %26, 1048580
            store.field %27, 32, %20
            %29: any = load.field %27, 16
            snapshot s0 f9:9 base 0 {}
            snapshot s1 f1:1 base 0 { r20: %20, r21: %21, r22: %22, r23: %23, r26: %26, r29: %29, r30: %30";
        for slot in 0..12 {
            text += &format!(", r{}: %{slot}", 40 + slot);
        }
        assert!(run(&mut bench, &(text + " }")), "with {registers} registers");
        let [range, far, cell, closure, instance, first] =
            [20, 21, 22, 23, 26, 29].map(|number| slot(&mut bench, number));
        assert_eq!(range.as_range(), Some((103, 102)));
        assert_eq!(far.as_range(), Some((100, 1 << 40)));
        assert_eq!(cell.as_cell().expect("a cell").get().as_int(), Some(105));
        assert_eq!(first, cell);
        assert_eq!(slot(&mut bench, 30).as_bound(), Some((Value::small_int(104), closure)));
        let closure = closure.as_closure().expect("a closure");
        assert_eq!(closure.proto() as u64, 0x5000_0000_0000 + 64 * 3);
        assert_eq!(closure.code() as u64, 0x6000_0003_0000);
        assert_eq!(closure.capture_count(), 2);
        assert_eq!([closure.capture(0).as_int(), closure.capture(1).as_int()], [Some(107), None]);
        let instance = instance.as_instance().expect("an instance");
        assert_eq!(instance.shape(), 1_048_580);
        let fields = [0, 1, 2, 3].map(|field| {
            let offset = instance.offset_of(field).expect("four fields have room");
            // SAFETY: the instance has been made with so many fields.
            unsafe { *instance.value().address().wrapping_byte_add(offset).cast::<Value>() }
        });
        assert_eq!(fields, [cell, Value::float(106.0), range, Value(0)]);
        assert_eq!(instance.offset_of(4), None);
        for at in 0..12 {
            assert_eq!(slot(&mut bench, 40 + at).as_int(), Some(100 + at as i64), "slot {at}, {registers} registers");
        }
    }
}

#[test]
fn strings_and_boxes() {
    let mut bench = Bench::new(Options::default());
    let string = header(ObjectKind::Str, Storage::Empty);
    *place(&mut bench, 0) = Value::pointer(TAG_STRING, &raw const string);
    *place(&mut bench, 1) = Value::TRUE;
    *place(&mut bench, 2) = Value::float(2.5);
    *place(&mut bench, 3) = support::boxed(-(1 << 47) - 1);
    let text = "
        %0: any = slot r0
        %1: str = guard.str %0 -> s0
        %2: bool = eq.str %1, %1
        guard.true %2 -> s0
        %4: bool = lt.str %1, %1
        guard.false %4 -> s0
        %6: any = box.str %1
        guard.same %6, %0 -> s0
        %8: any = slot r1
        %9: bool = guard.bool %8 -> s0
        %10: any = box.bool %9
        %11: any = slot r2
        %12: float = guard.float %11 -> s0
        %13: any = box.float %12
        %14: any = slot r3
        %15: int = guard.int %14 -> s0
        %16: any = box.int %15
        %17: any = box.int -1
        %18: any = box.float -0.0
        %19: any = box.bool false
        %20: bool = not.bool %9
        snapshot s1 f1:1 base 0 { r4: %10, r5: %13, r6: %16, r7: %17, r8: %18, r9: %19, r10: %20, r11: %1 }";
    let text = text.replace("snapshot s1", "snapshot s0 f9:9 base 0 {}\nsnapshot s1");
    assert!(run(&mut bench, &text));
    assert_eq!(slot(&mut bench, 4), Value::TRUE);
    assert_eq!(slot(&mut bench, 5), Value::float(2.5));
    assert_eq!(slot(&mut bench, 6).as_int(), Some(-(1 << 47) - 1));
    assert_eq!(slot(&mut bench, 7), Value::small_int(-1));
    assert_eq!(slot(&mut bench, 8), Value::float(-0.0));
    assert_eq!(slot(&mut bench, 9), Value::FALSE);
    assert_eq!(slot(&mut bench, 10), Value::FALSE);
    assert_eq!(slot(&mut bench, 11), slot(&mut bench, 0));
}
