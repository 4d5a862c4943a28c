//! Functions with more values than registers: their loop is run with values of one kind for long, then with one of another kind
//! among them; ints beyond 48 bits, and quotients, stand beside one another; and ways out of the loop go on with its variable.

use super::Generator;

/// What all values are but one: an element, by its number.
const KINDS: &[&str] = &["-1 - k", "k", "k + 0.5", "[k, k + 1, k + 2]", "(1 << 55) + k", "\"s${k}\""];

/// What the one is.
const OTHERS: &[&str] = &["0.5", "-7", "\"abc\"", "1 << 60", "nil", "[0.5, 1.5, 2]", "{0: 5, 1: 6, 2: 7}", "true"];

/// Ways out of a loop, behind what is left to a handler; `i` is the loop's variable, `t` what leads there.
const LEAVES: &[&str] = &[
    "if i == t then let s = \"x${i}\"; return i end",
    "if i == t then let s = [i, t]; return \"${i}\" end",
    "if i == t then let s = {at: i}; return s[\"at\"] * 2 + i end",
    "if i == t then let s = fn() return t end; return i + s() end",
    "if i > t then let s = i..t; break end",
];

impl Generator {
    /// Such a function, and its calls.
    pub(super) fn crowded(&mut self) {
        let (count, rounds) = (self.rng.between(6, 15), self.rng.pick(&[3, 6]));
        let calls = self.rng.pick(&[6, 12, 30]);
        let cost = (count as u64 + 4) * rounds * calls;
        if self.weight * rounds * calls > self.weight_limit || !self.can_spend(cost) {
            return self.assignment();
        }
        self.spent += cost * self.weight;
        let [function, plain] = ["crowd", "plain"].map(|prefix| self.fresh(prefix));
        let names: Vec<String> = (0..count).map(|number| format!("v{number}")).collect();
        let elements: Vec<String> = (0..count).map(|number| format!("v[{number}]")).collect();
        let kind = self.rng.pick(KINDS);
        let is_array = kind.starts_with('[');
        self.line(&format!("fn {function}(v, n, t)"));
        self.line(&format!("    let {} = {}", names.join(", "), elements.join(", ")));
        self.line("    let x, h = 0.5, 1 << 50");
        let counted = self.rng.percent(75);
        if counted {
            self.line("    for i in 0..n do");
        } else {
            self.line("    let i = 0");
            self.line("    while i < n do");
        }
        if is_array {
            let terms: Vec<String> = names.iter().map(|name| format!("{name}[i % 3]")).collect();
            self.line(&format!("        x = x + {}", terms.join(" + ")));
        } else {
            for pair in names.windows(2) {
                if self.rng.percent(80) {
                    self.line(&format!("        {0} = {0} + {1}", pair[0], pair[1]));
                }
            }
        }
        if self.rng.percent(40) {
            self.line("        h = h * 1000003 + i");
            self.line("        x = (i + 3) / 7");
        }
        if self.rng.percent(80) {
            let leave = self.rng.pick(LEAVES);
            self.line(&format!("        {leave}"));
        }
        if !counted {
            self.line("        i += 1");
        }
        self.line("    end");
        self.line(&format!("    return [{}, x, h]", names.join(", ")));
        self.line("end");
        self.line(&format!("let {plain} = []"));
        self.line(&format!("for k in 0..{count} do {plain}.push({kind}) end"));
        self.line(&format!("for r in 0..{calls} do"));
        self.line(&format!("    let got = {function}({plain}, {rounds}, r % {})", rounds + 2));
        self.line(&format!("    if r + 5 > {calls} then print(got) end"));
        self.line("end");
        for _ in 0..self.rng.between(1, 4) {
            let (at, other) = (self.rng.between(0, count - 1), self.rng.pick(OTHERS));
            let values = self.fresh("values");
            self.line(&format!("let {values} = {plain}.copy()"));
            self.line(&format!("{values}[{at}] = {other}"));
            self.line(&format!("try print({function}({values}, {rounds}, 99)) catch e print(e.kind) end"));
            if self.rng.percent(30) {
                let at = self.rng.below(rounds);
                self.line(&format!("print({function}({plain}, {rounds}, {at}))"));
            }
        }
    }
}
