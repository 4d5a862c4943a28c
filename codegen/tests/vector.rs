//! Random loops over arrays: the evaluator runs them round by round, then with their kernel, and the processor with its
//! vector registers. All three must leave through the same guard, with the same values and elements.

mod support;

use std::fmt::Write;

use pseudo_codegen::Options;
use pseudo_snapshots::Slot;
use pseudo_trace::ir::eval::{self, Machine, V};
use pseudo_trace::ir::parse::parse;
use pseudo_trace::ir::trace::Trace;
use pseudo_trace::opt::rewrite::Scratch;
use pseudo_trace::opt::{self, BuiltinEffect, PASSES, PassSet, Stats};
use pseudo_vm::heap::object::{Array, Header, ObjectKind};
use pseudo_vm::value::{TAG_ARRAY, Value};
use support::{Bench, Random, no_builtins};

/// Slots: the counter, its limit, two sums, two invariant ints, an invariant float, two arrays of ints, two of floats.
const COUNTER: i32 = 0;
const LIMIT: i32 = 1;
const SUMS: [i32; 2] = [2, 3];
const INTS: [i32; 2] = [4, 5];
const FLOAT: i32 = 6;
const ARRAYS: [i32; 4] = [7, 8, 9, 10];

/// A loop as text.
struct Maker {
    random: Random,
    text: String,
    next: usize,
    ints: Vec<String>,
    floats: Vec<String>,
    snapshots: String,
    snapshot: usize,
    state: String,
}

impl Maker {
    fn put(&mut self, ty: &str, rest: &str) -> String {
        let name = format!("%{}", self.next);
        writeln!(self.text, "{name}: {ty} = {rest}").unwrap();
        self.next += 1;
        name
    }

    fn line(&mut self, text: &str) {
        writeln!(self.text, "{text}").unwrap();
        self.next += 1;
    }

    fn guard(&mut self, condition: &str) {
        self.snapshot += 1;
        writeln!(self.snapshots, "snapshot s{0} f0:{0} base 0 {{ {1} }}", self.snapshot, self.state).unwrap();
        self.line(&format!("guard.true {condition} -> s{}", self.snapshot));
    }

    fn pick(&mut self, is_float: bool) -> String {
        let from = if is_float { &self.floats } else { &self.ints };
        from[self.random.below(from.len())].clone()
    }

    fn expression(&mut self) {
        if self.random.below(3) == 0 {
            let (a, b) = (self.pick(true), self.pick(true));
            let value = match self.random.below(9) {
                0 => self.put("float", &format!("neg.float {a}")),
                1 => self.put("float", &format!("abs.float {a}")),
                2 => self.put("float", &format!("sqrt.float {a}")),
                3 => {
                    let op = self.random.pick(&["floor.float", "ceil.float"]);
                    self.put("float", &format!("{op} {a}"))
                }
                _ => {
                    let op = self.random.pick(&["add.float", "sub.float", "mul.float", "div.float"]);
                    self.put("float", &format!("{op} {a}, {b}"))
                }
            };
            self.floats.push(value);
            return;
        }
        let (a, b) = (self.pick(false), self.pick(false));
        let value = match self.random.below(12) {
            0 => self.put("int", &format!("neg.int {a}")),
            1 => self.put("int", &format!("not.int {a}")),
            2..=4 => {
                let op = self.random.pick(&["shl.int", "shr.int", "sar.int"]);
                let count = self.random.pick(&[0, 1, 5, 31, 63]);
                self.put("int", &format!("{op} {a}, {count}"))
            }
            _ => {
                let op = self.random.pick(&["add.int", "sub.int", "mul.int", "and.int", "or.int", "xor.int"]);
                self.put("int", &format!("{op} {a}, {b}"))
            }
        };
        self.ints.push(value);
    }

    fn make(mut self) -> String {
        let mut of = Vec::new();
        for slot in COUNTER..=FLOAT {
            let any = self.put("any", &format!("slot r{slot}"));
            let ty = if slot == FLOAT { "float" } else { "int" };
            of.push(self.put(ty, &format!("guard.{ty} {any} -> s0")));
        }
        let mut arrays = Vec::new();
        for (at, slot) in ARRAYS.iter().enumerate() {
            let any = self.put("any", &format!("slot r{slot}"));
            let ty = if at < 2 { "arr.int" } else { "arr.float" };
            let array = self.put(ty, &format!("guard.{ty} {any} -> s0"));
            arrays.push((self.put("int", &format!("arr.len {array}")), self.put("ptr", &format!("arr.data {array}"))));
        }
        self.line("loop");
        let phis: Vec<String> = (0..3).map(|at| format!("%{}", self.next + at)).collect();
        let phis_at = self.text.len();
        self.next += 3;
        self.state = format!("r{COUNTER}: {}, r{}: {}, r{}: {}", phis[0], SUMS[0], phis[1], SUMS[1], phis[2]);
        let state = self.state.clone();
        writeln!(self.snapshots, "snapshot s1 f0:1 base 0 {{ {state} }}").unwrap();
        self.snapshot = 1;
        self.line("poll -> s1");
        let counter = phis[0].clone();
        self.ints = vec![counter.clone(), of[4].clone(), of[5].clone(), "3".into(), "-9".into()];
        self.floats = vec![of[6].clone(), "0.5".into(), "-2.0".into()];
        if self.random.below(2) == 0 {
            let float = self.put("float", &format!("conv.float {counter}"));
            self.floats.push(float);
        }
        // Loads at several distances; then stores at one for each array.
        let store_at = self.random.pick(&[0, 1, 2]);
        for _ in 0..self.random.below(4) {
            let (array, ahead) = (self.random.below(4), self.random.pick(&[0, 0, 1, 2, 3]));
            let index = self.index(&counter, ahead, &arrays[array].0);
            let (ty, data) = (if array < 2 { "int" } else { "float" }, arrays[array].1.clone());
            let value = self.put(ty, &format!("load.{ty} {data}, {index}"));
            if array < 2 { &mut self.ints } else { &mut self.floats }.push(value);
        }
        for _ in 0..self.random.below(7) {
            self.expression();
        }
        for (array, (len, data)) in arrays.iter().enumerate() {
            if self.random.below(3) == 0 {
                let index = self.index(&counter, store_at, len);
                let value = self.pick(array >= 2);
                let ty = if array < 2 { "int" } else { "float" };
                self.line(&format!("store.{ty} {data}, {index}, {value}"));
            }
        }
        let mut nexts = Vec::new();
        for phi in &phis[1..] {
            let value = self.pick(false);
            nexts.push(match self.random.below(6) {
                0 => self.put("int", &format!("add.int {value}, {phi}")),
                1 => self.put("int", &format!("sub.int {phi}, {value}")),
                2 => {
                    let op = self.random.pick(&["and.int", "or.int"]);
                    self.put("int", &format!("{op} {phi}, {value}"))
                }
                3 => {
                    let (sum, other) = (self.put("int", &format!("add.int {phi}, {value}")), self.pick(false));
                    self.put("int", &format!("sub.int {sum}, {other}"))
                }
                _ => self.put("int", &format!("xor.int {phi}, {value}")),
            });
        }
        let next = self.put("int", &format!("add.int {counter}, 1"));
        self.state = format!("r{COUNTER}: {next}, r{}: {}, r{}: {}", SUMS[0], nexts[0], SUMS[1], nexts[1]);
        let more = self.put("bool", &format!("lt.int {next}, {}", of[LIMIT as usize]));
        self.guard(&more);
        let begins = [&of[0], &of[2], &of[3]];
        let text: String = (0..3)
            .map(|at| format!("{}: int = phi {}, {}\n", phis[at], begins[at], [&next, &nexts[0], &nexts[1]][at]))
            .collect();
        self.text.insert_str(phis_at, &text);
        format!("{}snapshot s0 f0:0 base 0 {{ }}\n{}link loop\n", self.text, self.snapshots)
    }

    fn index(&mut self, counter: &str, ahead: i64, len: &str) -> String {
        let index = if ahead == 0 { counter.into() } else { self.put("int", &format!("add.int {counter}, {ahead}")) };
        let fits = self.put("bool", &format!("ult.int {index}, {len}"));
        self.guard(&fits);
        index
    }
}

fn vectorised(trace: &Trace) -> Option<Trace> {
    let mut trace = trace.clone();
    let pass = PASSES.iter().find(|pass| pass.name == "vector").expect("the pass");
    let options = opt::Options { passes: PassSet::ALL, verify: true, effects: &|_| BuiltinEffect::Outside };
    let mut stats = Stats::default();
    opt::run_pass(&mut trace, pass, &options, &mut Scratch::default(), &mut stats, &mut |_, _| {});
    stats.runs[0].changed.then_some(trace)
}

/// What a loop begins with.
fn machine(random: &mut Random) -> Machine {
    let mut machine = Machine::default();
    let len = random.pick(&[0, 5, 20, 33, 70, 150]);
    let int = |random: &mut Random| match random.below(3) {
        0 => random.next() as i64,
        _ => random.below(200) as i64 - 100,
    };
    for (array, slot) in ARRAYS.into_iter().enumerate() {
        let len = len + random.below(4);
        let elements = (0..len).map(|_| match array < 2 {
            true => V::Int(int(random)),
            false => V::float(random.pick(&[0.0, -0.0, 1.5, -7.25, 1e300, f64::INFINITY, f64::NAN])),
        });
        machine.arrays.push(eval::Array::new(elements.collect()));
        machine.slots.insert(Slot::Stack(slot), V::Arr(array));
    }
    // Sometimes two are the same.
    if random.below(4) == 0 {
        machine.slots.insert(Slot::Stack(ARRAYS[1]), V::Arr(0));
    }
    if random.below(4) == 0 {
        machine.slots.insert(Slot::Stack(ARRAYS[3]), V::Arr(2));
    }
    let start = random.pick(&[0, 0, 1, 7]);
    let limit = random.pick(&[0, 3, 16, 17, 19, 64, 100, 1 << 40]);
    for (slot, v) in [(COUNTER, start), (LIMIT, limit)] {
        machine.slots.insert(Slot::Stack(slot), V::Int(v));
    }
    for slot in SUMS.into_iter().chain(INTS) {
        let v = V::Int(int(random));
        machine.slots.insert(Slot::Stack(slot), v);
    }
    machine.slots.insert(Slot::Stack(FLOAT), V::float(random.pick(&[2.0, -0.0, 1e-3])));
    machine
}

#[test]
fn kernels_do_what_rounds_do() {
    if !std::is_x86_feature_detected!("avx2") {
        return;
    }
    let (mut made, mut run) = (0, 0);
    for seed in 0..700 {
        let maker = Maker {
            random: Random(seed),
            text: String::new(),
            next: 0,
            ints: Vec::new(),
            floats: Vec::new(),
            snapshots: String::new(),
            snapshot: 0,
            state: String::new(),
        };
        let text = maker.make();
        let trace = parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let Some(fast) = vectorised(&trace) else { continue };
        made += 1;
        let mut random = Random(seed ^ 0xABCD);
        let mut bench = Bench::new(Options { registers: random.pick(&[4, 16]), ..Options::default() });
        let compiled = bench.compile(&fast);
        for _ in 0..6 {
            let start = machine(&mut random);
            let mut slow = start.clone();
            let wanted = eval::run(&trace, &mut slow, 2000, &mut no_builtins).expect("no fault");
            if wanted.resume.is_none() {
                continue;
            }
            let mut quick = start.clone();
            let found = eval::run(&fast, &mut quick, 2000, &mut no_builtins).expect("no fault");
            assert_eq!((wanted.resume, &slow), (found.resume, &quick), "seed {seed}: evaluated\n{text}");
            run += u32::from(wanted.rounds > 16 && found.rounds < wanted.rounds);

            let words = |array: &eval::Array| array.elements.iter().map(support::raw).collect::<Vec<u64>>();
            let mut data: Vec<Vec<u64>> = start.arrays.iter().map(words).collect();
            let arrays: Vec<Array> = start
                .arrays
                .iter()
                .zip(&mut data)
                .map(|(array, data)| Array {
                    header: Header { kind: ObjectKind::Array, storage: array.storage, gc: 0, flags: 0, aux: 0 },
                    len: data.len(),
                    data: data.as_mut_ptr(),
                    capacity: data.len(),
                })
                .collect();
            for (&slot, v) in &start.slots {
                match v {
                    V::Arr(array) => *bench.slot(slot) = Value::pointer(TAG_ARRAY, &raw const arrays[*array]),
                    _ => bench.set(slot, v),
                }
            }
            let left = bench.run(&[&compiled], 0);
            assert_eq!(Some(left.pc), wanted.resume.map(|resume| resume.0), "seed {seed}: compiled\n{text}");
            for (&slot, v) in slow.slots.iter().filter(|(_, v)| !matches!(v, V::Arr(_))) {
                assert!(support::same(bench.get(slot), v), "seed {seed}: {slot:?} is not {v:?}\n{text}");
            }
            for (found, wanted) in data.iter().zip(&slow.arrays) {
                for (at, (&found, wanted)) in found.iter().zip(&wanted.elements).enumerate() {
                    let same = found == support::raw(wanted)
                        || matches!(wanted, V::Float(bits) if f64::from_bits(*bits).is_nan() && f64::from_bits(found).is_nan());
                    assert!(same, "seed {seed}: element {at} is {found:x}, not {wanted:?}\n{text}");
                }
            }
        }
    }
    assert!(made > 200, "only {made} loops have kernels");
    assert!(run > 300, "only {run} runs were long enough");
}
