//! Loops over values beside the ends of their representations, with expressions for which a law almost holds: it fails only for
//! -0.0, for nan, where a sum wraps, where a quotient is rounded, where a constant is of the wrong kind. What a rule gets wrong
//! that is not there, or whose conditions are too weak, shows here.

use super::Generator;

const FLOATS: &[&str] = &[
    "0.0",
    "-0.0",
    "NAN",
    "INF",
    "-INF",
    "1.0",
    "-1.5",
    "0.1",
    "1e300",
    "-1e-300",
    "5e-324",
    "9007199254740993.0",
    "7.0",
];
const OF_FLOATS: &[&str] = &[
    "x + 0.0",
    "0.0 + x",
    "0.0 - x",
    "x * 0.0",
    "x - x",
    "x + y - y",
    "-(x - y)",
    "(x + 1.0) - 1.0",
    "x / 3.0",
    "x / 10.0",
    "x * 3.0 / 3.0",
    "-(-x)",
    "x - 0.0",
    "x / x",
    "x * y / y",
];
const TESTS_OF_FLOATS: &[&str] = &[
    "x == x",
    "x != x",
    "not (x < y)",
    "not (x >= y)",
    "x <= x",
    "x < y or x >= y",
    "-x < -y",
    "abs(x) >= 0.0",
    "x * 0.0 == 0.0",
    "x - y == 0.0",
    "1.0 / x > 0.0",
];
const INTS: &[&str] = &[
    "0",
    "1",
    "-1",
    "4",
    "5",
    "-7",
    "100",
    "MAX_INT",
    "MIN_INT",
    "MAX_INT - 1",
    "(1 << 53) + 3",
    "(1 << 53) + 1",
    "-(1 << 53) - 3",
    "1 << 62",
    "-(1 << 47) - 1",
    "255",
];
/// `K` and `L` are constants, `P` is a power of two.
const OF_INTS: &[&str] = &[
    "x + K - K",
    "(x + K) + L",
    "(x + K) - (x + L)",
    "(x << S) >> S",
    "(x << S) << T",
    "ushr(x << S, S)",
    "(x - y) - x",
    "x - (x - y)",
    "x % P",
    "x % -P",
    "x div P",
    "x div K",
    "x div K * K",
    "x * K div K",
    "abs(x)",
    "~x + 1",
    "(x & K) % L",
    "x - x div K * K",
    "x & (x | y)",
    "x | (x & y)",
    "(x & y) + (x | y)",
    "x << ushr(y, 59)",
    "ushr(x, ushr(y, 58))",
    "y >> ushr(x, 61)",
];
const TESTS_OF_INTS: &[&str] = &[
    "x + K > x",
    "x - K < x",
    "(x & K) < L",
    "(x & K) >= L",
    "x % P < L",
    "float(x) < F",
    "float(x) <= F",
    "float(x) == F",
    "-x < 0",
    "abs(x) >= 0",
    "x * K == y * K",
    "x >> S < L",
    "x - y < 0",
    "x << S == y << S",
];
/// What bounds a mask is the mask; a bound within it says nothing.
const MASKED: &[&str] = &["(x & K) < L", "(y & K) < L", "L > (y & K)", "(x & K) >= L"];
const BESIDE_INTS: &[&str] = &["4.5", "9007199254740996.0", "9007199254740992.0", "-0.5", "100.0", "1e300"];

impl Generator {
    /// A few values, and a loop that computes of each, and of pairs of them, what a law almost tells.
    pub(super) fn near_laws(&mut self) {
        let n = self.rng.pick(&[9, 40, 90]);
        if self.weight * n > self.weight_limit || !self.can_spend(8 * n) {
            return self.assignment();
        }
        self.spent += 8 * n * self.weight;
        let floats = self.rng.percent(50);
        let [v, s, t, p, q, i] = ["v", "s", "t", "p", "q", "i"].map(|prefix| self.fresh(prefix));
        let all = if floats { FLOATS } else { INTS };
        let count = self.rng.between(3, 6);
        let mut values: Vec<&str> = (0..count).map(|_| self.rng.pick(all)).collect();
        // What most of these laws fail for.
        values[0] = if floats { self.rng.pick(&["-0.0", "NAN"]) } else { self.rng.pick(&["4", "(1 << 53) + 3"]) };
        self.line(&format!("let {v} = [{}]", values.join(", ")));
        self.line(&format!("let {s}, {t} = fill({count}, nil), fill({count}, nil)"));
        self.line(&format!("let {p}, {q} = {v}[0], {v}[0]"));
        self.line(&format!("for {i} in 0..{n} do"));
        let stride = self.rng.between(1, 4);
        self.line(&format!("    let x, y = {v}[{i} % {count}], {v}[({i} * {stride} + 1) % {count}]"));
        if !floats {
            let test = self.rng.pick(MASKED);
            let test = self.with_constants(test);
            self.line(&format!("    {t}[{i} % {count}] = {test}"));
        }
        for _ in 0..self.rng.between(1, 3) {
            let (of, tests) = if floats { (OF_FLOATS, TESTS_OF_FLOATS) } else { (OF_INTS, TESTS_OF_INTS) };
            let (value, test) = (self.rng.pick(of), self.rng.pick(tests));
            let (value, test) = (self.with_constants(value), self.with_constants(test));
            match self.rng.below(4) {
                0 => self.line(&format!("    {s}[{i} % {count}] = {value}")),
                1 => self.line(&format!("    {t}[{i} % {count}] = {test}")),
                2 => self.line(&format!("    if {test} then {s}[{i} % {count}] = {value} end")),
                // Two choices by one condition, which have one way in common.
                _ => {
                    self.line(&format!("    if {test} then {p} = x; {q} = x else {p} = y; {q} = {value} end"));
                    self.line(&format!("    {t}[{i} % {count}] = {p} == {q}"));
                }
            }
        }
        self.line("end");
        self.line(&format!("print({s}, {t}, {p}, {q})"));
    }

    /// A pattern with numbers in place of the names of constants.
    fn with_constants(&mut self, pattern: &str) -> String {
        let (k, l) = (self.rng.pick(&["1", "3", "7", "10", "255", "1000"]), self.rng.pick(&["2", "5", "8", "100"]));
        let (s, t) = (self.rng.pick(&["1", "16", "31", "40"]), self.rng.pick(&["1", "8", "23", "30"]));
        let (p, f) = (self.rng.pick(&["2", "4", "16", "1024"]), self.rng.pick(BESIDE_INTS));
        [('K', k), ('L', l), ('S', s), ('T', t), ('P', p), ('F', f)]
            .iter()
            .fold(pattern.to_owned(), |text, &(name, value)| text.replace(name, value))
    }
}
