//! Loops of 10^15 rounds, against formulas that are computed here in another way; loops of 10^6, against the interpreter;
//! loops without an end, which must still be interruptible.

use std::sync::mpsc;
use std::time::Duration;

use pseudo::{RunOptions, Session, read_source};
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
    let mut vm = Vm::new(&VmOptions::default()).unwrap();
    vm.output = Output::memory();
    vm.attach(Box::new(Engine::new(Params::default(), PassSet::ALL, None)));
    vm
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

#[test]
fn loops_of_many_rounds_give_what_formulas_say() {
    type Formula = fn(u64, u64) -> u64;
    let cases: &[(&str, Formula)] = &[
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
    ];
    for n in [10u64.pow(15), 10u64.pow(15) + 7, 3, 0, 57, 1000] {
        for x in [1i64, i64::MAX - 5] {
            for (body, formula) in cases {
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
            let mut session = Session::new(RunOptions { jit: false, capture: true, ..RunOptions::default() }).unwrap();
            let outcome = session.run(read_source("test.pseudo", program.as_bytes()).unwrap());
            assert_eq!(outcome.status, 0, "{}", outcome.message);
            let expected = String::from_utf8(session.take_output()).unwrap();
            assert_eq!(printed(&program), expected, "{program}");
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
