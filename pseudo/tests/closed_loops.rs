//! Loops of 10^15 rounds, against formulas that are computed here in another way; loops of 10^6, against the interpreter;
//! loops without an end, which must still be interruptible.

use std::cell::RefCell;
use std::num::Wrapping;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

use pseudo::{RunOptions, Session, Tier, read_source};
use pseudo_codegen::engine::{Engine, Params};
use pseudo_trace::opt::PassSet;
use pseudo_vm::io::Output;
use pseudo_vm::vm::{Failure, Vm, VmOptions};

/// How long a program may take that should take no time: a build for tests is slow, and the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a program prints. One that does not end is stopped.
fn printed(program: &str) -> String {
    let text = program.to_string();
    let (send, receive) = mpsc::channel();
    let (done, wait) = mpsc::channel();
    let runner = std::thread::spawn(move || {
        let mut vm = machine();
        send.send(vm.interrupter()).unwrap();
        let result = vm.run(read_source("test.pseudo", text.as_bytes()).unwrap());
        done.send(()).unwrap();
        (String::from_utf8(vm.output.take()).unwrap(), result.err().map(|failure| format!("{failure:?}")))
    });
    let interrupter = receive.recv().unwrap();
    if wait.recv_timeout(PATIENCE).is_err() {
        interrupter.interrupt();
    }
    let (output, failure) = runner.join().unwrap();
    assert_eq!(failure, None, "{program}");
    output
}

fn machine() -> Box<Vm> {
    machine_of(Engine::new(Params::default(), PassSet::ALL, None)).0
}

fn machine_of(engine: Engine) -> (Box<Vm>, Rc<RefCell<Engine>>) {
    let mut vm = Vm::new(&VmOptions::default()).unwrap();
    vm.output = Output::memory();
    let engine = Rc::new(RefCell::new(engine));
    vm.attach(Box::new(engine.clone()));
    (vm, engine)
}

/// What a program prints when it is interpreted.
fn interpreted(program: &str) -> String {
    let mut session = Session::new(RunOptions { tier: Tier::Interp, capture: true, ..RunOptions::default() }).unwrap();
    let outcome = session.run(read_source("test.pseudo", program.as_bytes()).unwrap());
    assert_eq!(outcome.status, 0, "{program}: {}", outcome.message);
    String::from_utf8(session.take_output()).unwrap()
}

/// `a x + b`, or the composition of such maps.
#[derive(Clone, Copy)]
struct Affine(u64, u64);

impl Affine {
    fn then(self, next: Affine) -> Affine {
        Affine(next.0.wrapping_mul(self.0), next.0.wrapping_mul(self.1).wrapping_add(next.1))
    }

    fn times(self, n: u64) -> Affine {
        let mut power = Affine(1, 0);
        for bit in (0..64).rev() {
            power = power.then(power);
            if n >> bit & 1 == 1 {
                power = power.then(self);
            }
        }
        power
    }
}

/// Sums of the powers 0 to 5 of all ints below `n`: from those below a half of it.
fn power_sums(n: u64) -> [u64; 6] {
    if n == 0 {
        return [0; 6];
    }
    let half = n / 2;
    let sums = power_sums(half);
    let mut result = [0u64; 6];
    for p in 0..6u32 {
        let (mut sum, mut choose) = (sums[p as usize], 1u64);
        for j in 0..=p {
            // (half + i)^p = sum of (p over j) half^(p-j) i^j.
            sum = sum.wrapping_add(choose.wrapping_mul(half.wrapping_pow(p - j)).wrapping_mul(sums[j as usize]));
            choose = choose * u64::from(p - j) / u64::from(j + 1);
        }
        if n % 2 == 1 {
            sum = sum.wrapping_add((n - 1).wrapping_pow(p));
        }
        result[p as usize] = sum;
    }
    result
}

/// The loop `for i in 0..n do BODY end` over `x`, in a function, at top level and as a `while` loop.
fn programs(body: &str, n: u64, x: i64) -> [String; 3] {
    let add_one = "fn add_one(x) return x + 1 end\n";
    [
        format!(
            "{add_one}fn f(n, x) let s, t = x, 0; for i in 0..n do {body} end; return x + s * 0 end\nprint(f({n}, {x}))"
        ),
        format!("{add_one}let n = {n}\nlet x = {x}\nlet s, t = {x}, 0\nfor i in 0..n do {body} end\nprint(x)"),
        format!(
            "{add_one}fn f(n, x) let s, t = x, 0; let i = 0; while i < n do {body}; i = i + 1 end; return x end\n\
             print(f({n}, {x}))"
        ),
    ]
}

type Formula = fn(u64, u64) -> u64;

/// Bodies, and what `x` is after `n` rounds.
fn formulas() -> &'static [(&'static str, Formula)] {
    &[
        ("x = x + 1", |n, x| x.wrapping_add(n)),
        ("x = x + 5", |n, x| x.wrapping_add(n.wrapping_mul(5))),
        ("x = x - 12345678901234567", |n, x| x.wrapping_sub(n.wrapping_mul(12345678901234567))),
        ("x = add_one(x)", |n, x| x.wrapping_add(n)),
        ("x = x + i", |n, x| x.wrapping_add(power_sums(n)[1])),
        ("x = x + i * 2 - 1", |n, x| x.wrapping_add(power_sums(n)[1].wrapping_mul(2)).wrapping_sub(n)),
        ("x = x + i * i * i", |n, x| x.wrapping_add(power_sums(n)[3])),
        ("x = x + i * i * i * i * i - 3 * i * i", |n, x| {
            let sums = power_sums(n);
            x.wrapping_add(sums[5]).wrapping_sub(sums[2].wrapping_mul(3))
        }),
        ("x = x * 2", |n, x| if n >= 64 { 0 } else { x << n }),
        ("x = x << 3", |n, x| if n >= 22 { 0 } else { x << (3 * n) }),
        ("x = x * 3 + 7", |n, x| {
            let Affine(a, b) = Affine(3, 7).times(n);
            a.wrapping_mul(x).wrapping_add(b)
        }),
        ("x = x ^ 12345", |n, x| if n % 2 == 1 { x ^ 12345 } else { x }),
        ("x = x | 12345", |n, x| if n > 0 { x | 12345 } else { x }),
        ("x = x & 12345", |n, x| if n > 0 { x & 12345 } else { x }),
        ("x = x + t; t = t + i", |n, x| {
            // The sum over j < n of the sum of what is below j: n over 3.
            let [a, b, c] = [n, n.wrapping_sub(1), n.wrapping_sub(2)].map(u128::from);
            if n < 3 { x } else { x.wrapping_add(mod_product(a, b, c)) }
        }),
        ("if i < n div 2 then x = x + 1 end", |n, x| x.wrapping_add(n / 2)),
        ("if i >= n div 4 then x = x + i end", |n, x| {
            x.wrapping_add(power_sums(n)[1]).wrapping_sub(power_sums(n / 4)[1])
        }),
        ("if i < n div 3 then x = x + 1 elif i < n div 2 then x = x + i else x = x - 7 end", |n, x| {
            let (third, half) = (n / 3, n / 2);
            let middle = power_sums(half)[1].wrapping_sub(power_sums(third)[1]);
            x.wrapping_add(third).wrapping_add(middle).wrapping_sub((n - half).wrapping_mul(7))
        }),
        ("if i % 2 == 0 then x = x + 1 else x = x - 1 end", |n, x| x.wrapping_add(n % 2)),
        ("if i % 3 == 1 then x = x + 10 end", |n, x| x.wrapping_add((n + 1) / 3 * 10)),
        ("if i % 2 == 1 then x = x * 3 else x = x + 5 end", |n, x| {
            let two = Affine(1, 5).then(Affine(3, 0)).times(n / 2);
            let all = if n % 2 == 1 { two.then(Affine(1, 5)) } else { two };
            all.0.wrapping_mul(x).wrapping_add(all.1)
        }),
        ("x = x + i % 4", |n, x| x.wrapping_add(n / 4 * 6 + [0, 0, 1, 3][(n % 4) as usize])),
        ("if i == 1000000007 then x = x + 100 else x = x + 1 end", |n, x| {
            x.wrapping_add(n).wrapping_add(if n > 1_000_000_007 { 99 } else { 0 })
        }),
        ("x = x + i * i * i * i - 2 * i", |n, x| {
            let sums = power_sums(n);
            x.wrapping_add(sums[4]).wrapping_sub(sums[1].wrapping_mul(2))
        }),
        ("x = n - i", |n, x| if n > 0 { 1 } else { x }),
        ("x = -x", |n, x| if n % 2 == 1 { x.wrapping_neg() } else { x }),
    ]
}

#[test]
fn loops_of_many_rounds_give_what_formulas_say() {
    for n in [10u64.pow(15), 10u64.pow(15) + 7, 3, 0, 57, 1000] {
        for x in [1i64, i64::MAX - 5] {
            for (body, formula) in formulas() {
                let expected = format!("{}\n", formula(n, x as u64) as i64);
                for program in programs(body, n, x) {
                    assert_eq!(printed(&program), expected, "{program}");
                }
            }
        }
    }
}

/// `a b c / 6` modulo 2^64.
fn mod_product(a: u128, b: u128, c: u128) -> u64 {
    let mut factors = [a, b, c];
    for prime in [2, 3] {
        let divisible =
            factors.iter_mut().find(|factor| factor.is_multiple_of(prime)).expect("one of three neighbours is");
        *divisible /= prime;
    }
    factors.iter().fold(1u64, |product, factor| product.wrapping_mul(*factor as u64))
}

#[test]
fn loops_of_a_million_rounds_give_what_the_interpreter_gives() {
    let bodies = [
        "x = x * 5 + i; s = s + x",
        "s = s ^ 77; x = x + t * i; t = t + 3",
        "if i % 6 == 5 then x = x * 9 elif i < 300000 then x = x + i else x = x - s end",
        "let y = x + t; t = x; x = y",
    ];
    for (at, body) in bodies.into_iter().enumerate() {
        // Interpreting takes its time: one form of each.
        for program in programs(body, 1_000_000, 12345).into_iter().skip(at % 3).take(1) {
            assert_eq!(printed(&program), interpreted(&program), "{program}");
        }
    }
}

#[test]
fn formulas_say_what_the_interpreter_gives() {
    const N: u64 = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };
    for (at, (body, formula)) in formulas().iter().enumerate() {
        let program = programs(body, N, 12345).into_iter().nth(at % 3).unwrap();
        assert_eq!(interpreted(&program), format!("{}\n", formula(N, 12345) as i64), "{program}");
    }
}

/// What a loop carries, and powers of its index, in this order.
type State = [Wrapping<u64>; 7];
const ONE: usize = 0;
const I: usize = 1;
const I2: usize = 2;
const I3: usize = 3;
const X: usize = 4;
const S: usize = 5;
const T: usize = 6;

/// A round of a loop in which `i % m` is what is given: linear in the state.
type Round = fn(u64, &mut State);

/// The state after some rounds, by powers of the matrix that as many rounds as the residue has for a period are.
fn after(round: Round, modulus: u64, first: i64, step: i64, rounds: u64, state: State) -> State {
    let matrix = |residue: u64| -> [State; 7] {
        std::array::from_fn(|column| {
            let mut state = State::default();
            state[column] = Wrapping(1);
            round(residue, &mut state);
            let (step, [one, i, i2, i3, ..]) = (Wrapping(step as u64), state);
            state[I] = i + one * step;
            state[I2] = i2 + (i + i) * step + one * step * step;
            state[I3] = i3 + (i2 * step + i * step * step) * Wrapping(3) + one * step * step * step;
            state
        })
    };
    // Columns; what is done first stands on the left.
    let apply = |matrix: &[State; 7], state: &State| -> State {
        std::array::from_fn(|row| (0..7).map(|column| matrix[column][row] * state[column]).sum())
    };
    let then = |first: &[State; 7], next: &[State; 7]| -> [State; 7] {
        std::array::from_fn(|column| apply(next, &first[column]))
    };
    let identity: [State; 7] =
        std::array::from_fn(|column| std::array::from_fn(|row| Wrapping(u64::from(row == column))));
    let residue = |round: u64| (first as i128 + step as i128 * round as i128).rem_euclid(modulus as i128) as u64;
    let period = (0..modulus).fold(identity, |all, at| then(&all, &matrix(residue(at))));
    let mut power = identity;
    for bit in (0..64).rev() {
        power = then(&power, &power);
        if ((rounds / modulus) >> bit) & 1 == 1 {
            power = then(&power, &period);
        }
    }
    (0..rounds % modulus).fold(apply(&power, &state), |state, at| apply(&matrix(residue(at)), &state))
}

#[test]
fn loops_of_residues_and_steps_give_what_powers_of_matrices_say() {
    let cases: &[(&str, u64, Round)] =
        &[
            ("x = x + 1", 1, |_, v| v[X] += v[ONE]),
            ("x = x + i", 1, |_, v| v[X] += v[I]),
            ("x = x + i * 2 - 1", 1, |_, v| v[X] += v[I] + v[I] - v[ONE]),
            ("x = x + i * i * i; s = s + i * i", 1, |_, v| {
                v[X] += v[I3];
                v[S] += v[I2];
            }),
            ("x = x * 3 + 7; s = s - i", 1, |_, v| {
                v[X] = v[X] * Wrapping(3) + v[ONE] * Wrapping(7);
                v[S] -= v[I];
            }),
            ("x = x << 1; s = s + x", 1, |_, v| {
                v[X] += v[X];
                v[S] += v[X];
            }),
            ("s = s + t; t = t + i; x = x + s", 1, |_, v| {
                v[S] += v[T];
                v[T] += v[I];
                v[X] += v[S];
            }),
            ("x, s = s, x", 1, |_, v| v.swap(X, S)),
            ("if i % 2 == 0 then x = x + 1 else x = x - 1 end", 2, |r, v| {
                if r == 0 { v[X] += v[ONE] } else { v[X] -= v[ONE] }
            }),
            (
                "if i % 3 == 0 then x = x + 1 else x = x + i end",
                3,
                |r, v| {
                    if r == 0 { v[X] += v[ONE] } else { v[X] += v[I] }
                },
            ),
            ("if i % 3 == 2 then x = x * 5 else s = s + x; x = x + 1 end", 3, |r, v| {
                if r == 2 {
                    v[X] *= Wrapping(5);
                } else {
                    v[S] += v[X];
                    v[X] += v[ONE];
                }
            }),
            (
                "if i % 5 == 0 then x = x + 1 else s = s + x end",
                5,
                |r, v| {
                    if r == 0 { v[X] += v[ONE] } else { v[S] += v[X] }
                },
            ),
            ("if i % 5 == 4 then x = x + i * i * i else s = s - i * i end", 5, |r, v| {
                if r == 4 { v[X] += v[I3] } else { v[S] -= v[I2] }
            }),
            ("if i % 5 < 2 then x = x + t elif i % 5 == 3 then t = t + i else s = s + 2 end", 5, |r, v| match r {
                0 | 1 => v[X] += v[T],
                3 => v[T] += v[I],
                _ => v[S] += v[ONE] + v[ONE],
            }),
        ];
    let values = [5u64, 3, 2];
    for n in [10u64.pow(15), 10u64.pow(15) + 7, 64] {
        // From where, by what, how often.
        let loops = [
            (format!("for i in 0..{n} do BODY end"), 0, 1, n),
            (format!("for i in 0..{n} step 3 do BODY end"), 0, 3, n.div_ceil(3)),
            (format!("for i in {n}..0 step -2 do BODY end"), n as i64, -2, n.div_ceil(2)),
            (format!("let i = 7; while i < {n} do BODY; i = i + 4 end"), 7, 4, (n - 7).div_ceil(4)),
            (format!("let i = {n}; while i >= 0 do BODY; i = i - 7 end"), n as i64, -7, n / 7 + 1),
        ];
        for (body, modulus, round) in cases {
            for (number, (text, first, step, rounds)) in loops.iter().enumerate() {
                let start = Wrapping(*first as u64);
                let [x, s, t] = values;
                let state = [Wrapping(1), start, start * start, start * start * start].into_iter();
                let state: Vec<_> = state.chain([x, s, t].map(Wrapping)).collect();
                let state = after(*round, *modulus, *first, *step, *rounds, state.try_into().unwrap());
                let expected = format!("[{}, {}, {}]\n", state[X].0 as i64, state[S].0 as i64, state[T].0 as i64);
                let text = text.replace("BODY", body);
                let program = if number % 2 == 0 {
                    format!("fn f(x, s, t) {text}; return [x, s, t] end\nprint(f({x}, {s}, {t}))")
                } else {
                    format!("let x, s, t = {x}, {s}, {t}\n{text}\nprint([x, s, t])")
                };
                assert_eq!(printed(&program), expected, "{program}");
            }
        }
    }
}

#[test]
fn nested_loops_give_what_formulas_say() {
    type Nested = fn(u64) -> u64;
    let cases: &[(&str, Nested)] = &[
        ("x = x + i * j", |n| power_sums(n)[1].wrapping_mul(power_sums(n)[1])),
        ("x = x + i + j", |n| power_sums(n)[1].wrapping_mul(n).wrapping_mul(2)),
        ("x = x + 1", |n| n.wrapping_mul(n)),
        ("x = x + i * j * j - 3", |n| {
            power_sums(n)[1].wrapping_mul(power_sums(n)[2]).wrapping_sub(n.wrapping_mul(n).wrapping_mul(3))
        }),
    ];
    for n in [10_000_000, 10_000_019, 5] {
        for (body, formula) in cases {
            let expected = format!("{}\n", formula(n) as i64);
            for program in [
                format!(
                    "fn f(n) let x = 0; for i in 0..n do for j in 0..n do {body} end end; return x end\nprint(f({n}))"
                ),
                format!("let x = 0\nfor i in 0..{n} do for j in 0..{n} do {body} end end\nprint(x)"),
                format!(
                    "fn f(n) let x = 0; let i = 0; while i < n do let j = 0; while j < n do {body}; j = j + 1 end; \
                     i = i + 1 end; return x end\nprint(f({n}))"
                ),
            ] {
                assert_eq!(printed(&program), expected, "{program}");
            }
        }
    }
}

/// What takes time besides skipping: few rounds are run one by one, and compiled code is seldom left, however many rounds
/// there are.
#[test]
fn long_loops_take_few_steps() {
    for (body, _) in formulas() {
        for program in programs(body, 10u64.pow(15), 1) {
            let (mut vm, engine) = machine_of(Engine::new(Params::default(), PassSet::ALL, None));
            vm.run(read_source("test.pseudo", program.as_bytes()).unwrap()).unwrap();
            let stats = engine.borrow().stats(&vm);
            assert!(stats.interpreted_rounds < 500, "{} rounds: {program}", stats.interpreted_rounds);
            assert!(stats.exits < 100, "{} exits: {program}", stats.exits);
            assert!(stats.recordings < 40, "{} recordings: {program}", stats.recordings);
        }
    }
}

#[test]
fn loops_without_an_end_are_interrupted() {
    for program in [
        "let x = 1; while true do x = x + 1 end",
        "let x = 3; for i in 0..1000000000000000000 do x = x * x + i end",
        "let x = 0; let i = 0; while i != 7 do x = x + i; i = i + 2 end",
        "fn f(n) let x = 0; for i in 0..n do if i % 2 == 0 then x = x * x else x = x + 1 end end; return x end\n\
         f(1000000000000000000)",
    ] {
        let mut vm = machine();
        let interrupter = vm.interrupter();
        let stopper = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            interrupter.interrupt();
        });
        let failure = vm.run(read_source("test.pseudo", program.as_bytes()).unwrap()).unwrap_err();
        stopper.join().unwrap();
        assert!(matches!(failure, Failure::Interrupted { .. }), "{program}: {failure:?}");
    }
}
