//! The collector beside a model of reference-counted nodes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::{Random, collect, collect_everything, rounds, text};
use crate::bytecode::proto::Proto;
use crate::heap::string::StrRef;
use crate::heap::{CHUNK, Heap, Statistics};
use crate::syntax::source::{Source, Span};
use crate::value::Value;

/// What a value should be.
#[derive(Clone)]
enum Model {
    Bits(u64),
    Int(i64),
    Text(Rc<str>),
    Range(i64, i64),
    Array(Rc<RefCell<Vec<Model>>>),
    Cell(Rc<RefCell<Vec<Model>>>),
    Bound(Rc<RefCell<Vec<Model>>>),
    Closure(Rc<RefCell<Vec<Model>>>),
}

/// Compares everything reachable, identities included.
fn check(heap: &mut Heap, roots: &[Value], models: &[Model]) {
    let mut pending = roots.iter().copied().zip(models.iter().cloned()).collect::<Vec<_>>();
    let mut node_of_address = HashMap::new();
    let mut address_of_node = HashMap::new();
    while let Some((value, model)) = pending.pop() {
        let (node, values) = match &model {
            Model::Bits(bits) => {
                assert_eq!(value.0, *bits);
                continue;
            }
            Model::Int(int) => {
                assert_eq!(value.as_int(), Some(*int));
                continue;
            }
            Model::Text(expected) => {
                assert_eq!(text(value), **expected);
                continue;
            }
            Model::Range(start, end) => {
                assert_eq!(value.as_range(), Some((*start, *end)));
                continue;
            }
            Model::Array(node) => (node, value.as_array().expect("an array").to_vec(heap)),
            Model::Cell(node) => (node, vec![value.as_cell().expect("a cell").get()]),
            Model::Bound(node) => {
                let (receiver, method) = value.as_bound().expect("a bound method");
                (node, vec![receiver, method])
            }
            Model::Closure(node) => {
                let closure = value.as_closure().expect("a closure");
                (node, (0..closure.capture_count()).map(|index| closure.capture(index)).collect())
            }
        };
        let address = value.address() as usize;
        let known = node_of_address.insert(address, Rc::as_ptr(node));
        assert!(known.is_none_or(|known| known == Rc::as_ptr(node)), "two nodes have become one object");
        let known_address = address_of_node.insert(Rc::as_ptr(node), address);
        assert!(known_address.is_none_or(|known| known == address), "a node has become two objects");
        let models = node.borrow();
        assert_eq!(values.len(), models.len());
        if known.is_none() {
            pending.extend(values.into_iter().zip(models.iter().cloned()));
        }
    }
}

fn proto() -> Box<Proto> {
    Box::new(Proto {
        id: 0,
        name: "f".into(),
        source: Rc::new(Source::new("test", "")),
        span: Span { start: 0, end: 0 },
        params: 0,
        required: 0,
        rest: false,
        frame_size: 0,
        buffer: vec![std::cell::Cell::new(0)].into(),
        constants: 0,
        spans: Box::default(),
        captures: Box::default(),
        protos: Box::default(),
        loops: Box::default(),
        sites: Box::default(),
        classes: Box::default(),
        handlers: Box::default(),
        trace: std::cell::Cell::new(0),
        native: crate::native::NativeCode::default(),
        method: false,
        hidden: false,
        liveness: std::cell::OnceCell::new(),
        profile: std::cell::OnceCell::new(),
    })
}

fn random_leaf(heap: &mut Heap, random: &mut Random) -> (Value, Model) {
    match random.below(6) {
        0 => {
            let int = random.next() as i64;
            (heap.int(int), Model::Int(int))
        }
        1 => (Value::NIL, Model::Bits(Value::NIL.0)),
        2 => {
            let bits = (random.below(1000) as f64).to_bits();
            (Value(bits), Model::Bits(bits))
        }
        3 => {
            let (start, end) = (random.next() as i64, random.next() as i64);
            (heap.range(start, end), Model::Range(start, end))
        }
        _ => {
            let longest = if random.below(50) == 0 { 40_000 } else { 100 };
            let text = "é-".repeat(random.below(longest));
            (heap.string(&text), Model::Text(text.into()))
        }
    }
}

#[test]
fn random_graphs_survive() {
    let proto = proto();
    for seed in 0..rounds(40) {
        let mut random = Random(seed as u64);
        let mut heap = Heap::new();
        let stress = seed % 2 == 0;
        heap.set_stress(if stress { 1 + seed as u32 % 5 } else { 0 });
        let mut roots = vec![Value::NIL; 12];
        let mut models = vec![Model::Bits(Value::NIL.0); 12];
        for step in 0..1500 {
            let (a, b, to) = (random.below(12), random.below(12), random.below(12));
            let (va, vb) = (roots[a], roots[b]);
            let both = || vec![models[a].clone(), models[b].clone()];
            match (random.below(12), &models[to]) {
                (0, _) => (roots[to], models[to]) = random_leaf(&mut heap, &mut random),
                (1, _) => {
                    (roots[to], models[to]) = (heap.array(&[va, vb]), Model::Array(Rc::new(RefCell::new(both()))));
                }
                (2, _) => {
                    let node = Rc::new(RefCell::new(vec![models[a].clone()]));
                    (roots[to], models[to]) = (heap.cell(va), Model::Cell(node));
                }
                (3, _) => {
                    (roots[to], models[to]) = (heap.bound(va, vb), Model::Bound(Rc::new(RefCell::new(both()))));
                }
                (4, _) => {
                    let node = Rc::new(RefCell::new(both()));
                    (roots[to], models[to]) = (heap.closure(&proto, &[va, vb]), Model::Closure(node));
                }
                (5..8, Model::Array(node)) => {
                    let array = roots[to].as_array().expect("an array");
                    let mut elements = node.borrow_mut();
                    match random.below(6) {
                        0 if elements.len() > 700 => {
                            array.clear(&mut heap);
                            elements.clear();
                        }
                        1 if elements.len() < 2000 => {
                            // Long enough to be remembered by elements.
                            array.extend(&mut heap, array).expect("room");
                            elements.extend_from_within(..);
                        }
                        2 if !elements.is_empty() => {
                            let at = random.below(elements.len());
                            array.set(&mut heap, at, va).expect("room");
                            elements[at] = models[a].clone();
                        }
                        3 => {
                            let at = random.below(elements.len() + 1);
                            array.insert(&mut heap, at, va).expect("room");
                            elements.insert(at, models[a].clone());
                        }
                        4 => {
                            array.reverse(&mut heap);
                            elements.reverse();
                        }
                        _ => {
                            array.push(&mut heap, va).expect("room");
                            elements.push(models[a].clone());
                        }
                    }
                }
                (5..8, Model::Cell(node)) => {
                    roots[to].as_cell().expect("a cell").set(&mut heap, va);
                    node.borrow_mut()[0] = models[a].clone();
                }
                (5..8, Model::Closure(node)) => {
                    let closure = roots[to].as_closure().expect("a closure");
                    closure.set_capture(&mut heap, step % 2, va);
                    node.borrow_mut()[step % 2] = models[a].clone();
                }
                (8, _) => {
                    if let (Model::Text(x), Model::Text(y)) = (&models[a], &models[b])
                        && x.len() + y.len() < 100_000
                    {
                        let joined = Model::Text(format!("{x}{y}").into());
                        let (x, y) = (va.as_string().expect("a string"), vb.as_string().expect("a string"));
                        roots[to] = StrRef::concat(&mut heap, x, y).expect("short enough");
                        models[to] = joined;
                    }
                }
                (9, Model::Array(node)) => {
                    let len = node.borrow().len();
                    if len > 0 {
                        let at = random.below(len);
                        let array = roots[to].as_array().expect("an array");
                        let element = node.borrow()[at].clone();
                        (roots[a], models[a]) = (array.at(&mut heap, at), element);
                    }
                }
                (10, _) if random.below(3) == 0 => collect(&mut heap, &mut roots),
                (11, _) if random.below(20) == 0 => collect_everything(&mut heap, &mut roots),
                _ => {}
            }
            if stress && heap.needs_collection() {
                collect(&mut heap, &mut roots);
            }
            if step % 50 == 0 {
                check(&mut heap, &roots, &models);
            }
        }
        collect_everything(&mut heap, &mut roots);
        check(&mut heap, &roots, &models);
        collect_everything(&mut heap, &mut []);
        assert_eq!(heap.accounts().external.get(), 0, "buffers of dead objects");
    }
}

#[test]
fn small_garbage_needs_little_memory() {
    let mut heap = Heap::new();
    let mut roots = [Value::NIL];
    let goal = rounds(1 << 30) as u64;
    let mut most = 0;
    while heap.statistics().allocated_bytes < goal {
        for _ in 0..100 {
            let cell = heap.cell(Value::NIL);
            roots[0] = heap.bound(cell, cell);
        }
        if heap.needs_collection() {
            most = most.max(heap.used_bytes());
            collect(&mut heap, &mut roots);
        }
    }
    assert!(most <= 3 * CHUNK, "{most} bytes");
    assert!(cfg!(miri) || heap.statistics().minor_collections >= 200);
}

#[test]
fn buffers_of_garbage_ask_for_collections() {
    let mut heap = Heap::new();
    let mut roots = [Value::NIL];
    let mut most = 0;
    for round in 0..rounds(3000) {
        roots[0] = heap.array_filled(1 << 17, Value::small_int(round as i64)).expect("1 MB");
        most = most.max(heap.used_bytes());
        if heap.needs_collection() {
            collect(&mut heap, &mut roots);
        }
    }
    assert!(most <= 4 << 20, "{most} bytes");
}

#[test]
fn a_nursery_whose_objects_survive_grows() {
    let mut heap = Heap::new();
    let mut roots = [Value::NIL];
    // A list whose tail is dropped now and then.
    for round in 0..rounds(2_000_000) {
        roots[0] = heap.bound(if round % 100_000 == 0 { Value::NIL } else { roots[0] }, Value::NIL);
        if heap.needs_collection() {
            collect(&mut heap, &mut roots);
        }
    }
    let Statistics { minor_collections, major_collections, allocated_bytes, .. } = heap.statistics();
    assert!(cfg!(miri) || minor_collections < allocated_bytes / (8 * CHUNK as u64), "{minor_collections}");
    assert!(cfg!(miri) || major_collections > 1, "{major_collections}");
}

#[test]
fn old_garbage_is_swept_and_its_blocks_given_back() {
    let mut heap = Heap::new();
    let mut roots = [heap.array(&[])];
    let mut most = 0;
    for round in 0..rounds(40) {
        let list = roots[0].as_array().expect("an array");
        list.clear(&mut heap);
        for index in 0..rounds(50_000) {
            let text = heap.string(&format!("{round} {index} a string that is long enough to matter"));
            roots[0].as_array().expect("an array").push(&mut heap, text).expect("room");
            if heap.needs_collection() {
                collect(&mut heap, &mut roots);
            }
        }
        most = most.max(heap.used_bytes());
    }
    assert!(most <= 20 << 20, "{most} bytes");
    assert!(cfg!(miri) || heap.statistics().major_collections >= 2, "{:?}", heap.statistics());
    collect_everything(&mut heap, &mut []);
    assert!(heap.accounts().total() < 64 << 10, "{} bytes", heap.accounts().total());
}

#[test]
fn deep_structures_do_not_recurse() {
    let mut heap = Heap::new();
    let depth = rounds(300_000);
    let mut roots = [Value::NIL, heap.string(&"-".repeat(200))];
    for _ in 0..depth {
        roots[0] = heap.array(&[roots[0], Value::TRUE]);
    }
    let piece = heap.string("abc").as_string().expect("a string");
    for _ in 0..depth {
        let rope = roots[1].as_string().expect("a string");
        roots[1] = StrRef::concat(&mut heap, piece, rope).expect("short enough");
    }
    collect_everything(&mut heap, &mut roots);
    collect_everything(&mut heap, &mut roots);
    assert_eq!(text(roots[1]).len(), 200 + 3 * depth);
    let mut depth_found = 0;
    while let Some(array) = roots[0].as_array() {
        roots[0] = array.at(&mut heap, 0);
        depth_found += 1;
    }
    assert_eq!(depth_found, depth);
}

#[test]
fn a_store_in_a_loop_does_not_fill_the_remembered_set() {
    let mut heap = Heap::new();
    let mut roots = [heap.array_filled(1000, Value::NIL).expect("room"), heap.string("young")];
    collect(&mut heap, &mut roots[..1]);
    roots[1] = heap.string("young");
    for _ in 0..rounds(1_000_000) {
        roots[0].as_array().expect("an array").set(&mut heap, 7, roots[1]).expect("room");
    }
    assert!(heap.remembered_elements.len() <= 1 << 16);
    collect(&mut heap, &mut roots[..1]);
    let element = roots[0].as_array().expect("an array").at(&mut heap, 7);
    assert_eq!(text(element), "young");
}

#[test]
fn a_heap_over_its_limit_says_so_unless_it_is_garbage() {
    let mut heap = Heap::new();
    heap.set_limit(CHUNK + rounds(4 << 20));
    let mut roots = [Value::NIL];
    for _ in 0..rounds(300_000) {
        roots[0] = heap.bound(roots[0], Value::NIL);
    }
    collect(&mut heap, &mut roots);
    assert!(heap.over_limit());
    roots = [Value::NIL];
    collect(&mut heap, &mut roots);
    assert!(!heap.over_limit());
}

#[test]
fn builtins_are_made_once() {
    let mut heap = Heap::new();
    let builtin = heap.builtin(300);
    collect_everything(&mut heap, &mut []);
    assert_eq!(heap.builtin(300), builtin);
    assert_eq!(builtin.as_builtin(), Some(300));
    assert_eq!(heap.builtin(2).as_builtin(), Some(2));
    assert_eq!(Value::NIL.as_builtin(), None);
}

#[test]
fn an_enum_lives_as_long_as_one_of_its_members() {
    let heap = &mut Heap::new();
    let name = heap.string("Color");
    let mut roots = [heap.enumeration(name)];
    for (number, name) in [(i64::MIN, "Red"), (5, "Green"), (i64::MAX, "Blue")] {
        let (name, value) = (heap.string(name), heap.int(number));
        roots[0].as_enum().expect("an enum").define(heap, name, value).expect("there is memory");
        // The next member is added to an old enum.
        collect(heap, &mut roots);
    }
    roots[0] = roots[0].as_enum().expect("an enum").member("Green").expect("a member").value();
    collect_everything(heap, &mut roots);
    let color = roots[0].as_enum_member().expect("a member").owner();
    assert_eq!(color.name().as_str(), "Color");
    let members: Vec<_> =
        color.members().map(|member| (text(member.name().value()), member.number().as_int())).collect();
    let expected = [("Red", i64::MIN), ("Green", 5), ("Blue", i64::MAX)];
    assert_eq!(members, expected.map(|(name, number)| (name.to_string(), Some(number))));
    assert_eq!(color.member("Green").map(|member| member.value()), Some(roots[0]));
}

#[test]
fn a_member_of_an_enum_keeps_its_place() {
    let heap = &mut Heap::new();
    let name = heap.string("Color");
    let mut roots = [heap.enumeration(name)];
    for (number, name) in ["Red", "Green"].into_iter().enumerate() {
        let (name, value) = (heap.string(name), heap.int(number as i64));
        roots[0].as_enum().expect("an enum").define(heap, name, value).expect("there is memory");
    }
    let place = |roots: &[Value]| roots[0].as_enum()?.member_place("Green").map(std::ptr::from_ref);
    let before = place(&roots);
    collect(heap, &mut roots);
    assert!(before.is_some());
    assert_eq!(place(&roots), before);
}
