//! Phases: a function whose loop is run again and again with values of other types, so that what was compiled for the first is
//! not what the later ones need, and a loop has more exits to go on from than it may have.

use super::Generator;

/// What the function is called with: an array of each, `P` a class.
const VALUES: &[&str] = &[
    "[1, 2, 3]",
    "[1.5, -0.0, 4.0]",
    "[1, 2.5]",
    "[\"a\", \"bc\"]",
    "[[1], [2, 3]]",
    "[P(1), P(2)]",
    "[P(0.5), 3]",
    "[1, \"a\", nil]",
    "[true, false]",
    "[fn(x) return x + 1 end, 7]",
    "[nil]",
    "[MAX_INT, 1 << 50, -1]",
    "[1..3, 2..5]",
    "[{a: 1}, \"a\"]",
    "[P, P(3), 0.5]",
];

/// What its loop does with such a value `v`, and with the one before, `t`: `s` is an int, `n` a float, `u` anything, `kept` an array.
const USES: &[&str] = &[
    "if v == t then s += 1 else s ^= i end",
    "if v then s += 2 end",
    "s += len(type(v))",
    "if type(v) == \"int\" or type(v) == \"float\" then n = n * 0.5 + v end",
    "if type(v) == \"int\" then s = s * 3 + v end",
    "if type(v) == \"float\" then n -= v elif type(v) == \"string\" then s += len(v + \"x\") end",
    "if type(v) == \"array\" then s += len(v) + v[0] end",
    "if is_instance(v, P) then n += v.x; v.x = i end",
    "if type(v) == \"function\" then s += v(i) end",
    "match v case 1, 2 -> s += 1; case \"a\" -> s += 2; case [q] -> s += q; case nil -> s -= 1; else -> s ^= 5 end",
    "u = [v, t]; if u[0] == u[1] then s += 3 end",
    "kept[i & 3] = v; if kept[(i + 1) & 3] == v then s += 1 end",
    "try u = v + t catch e s ^= 1 end",
    "try s += len(v) catch e s -= 1 end",
    "try if v < t then s += 1 end catch e n += 0.5 end",
    "u = if i % 3 == 0 then v else u end",
    "u = P(v); if u.x == t then s += 1 end",
    "if u != v and not (t == u) then s += 1; u = v end",
    "if s != 7 then let w = v or t; if w == v then s += 4 end end",
    "if s != 7 then let get = fn() return v end; if get() == t then s += 6 end end",
];

impl Generator {
    /// Such a function, and its calls.
    pub(super) fn phases(&mut self) {
        let n = self.rng.pick(&[8, 20, 45]);
        let calls = self.rng.between(4, 9) as u64;
        let rounds = n * calls;
        if self.weight * n > self.weight_limit || !self.can_spend(8 * rounds) {
            return self.assignment();
        }
        self.spent += 8 * rounds * self.weight;
        let [class, phase] = ["P", "phase"].map(|prefix| self.fresh(prefix));
        self.line(&format!("class {class} fn init(x) self.x = x end end"));
        let by_elements = self.rng.percent(60);
        let parameters = if by_elements { "list" } else { "a, b" };
        self.line(&format!("fn {phase}({parameters})"));
        self.line("    let s, n, u, t, kept = 0, 0.5, nil, nil, [0, 0, 0, 0]");
        self.line(&format!("    for i in 0..{n} do"));
        let value = if by_elements { "list[i % len(list)]" } else { "if i & 1 == 0 then a else b end" };
        self.line(&format!("        let v = {value}"));
        for _ in 0..self.rng.between(2, 5) {
            let text = self.rng.pick(USES).replace('P', &class);
            self.line(&format!("        {text}"));
        }
        let next = self.rng.pick(&["t = v", "t = v", "if i % 3 > 0 then t = v end", "t = s"]);
        self.line(&format!("        {next}"));
        self.line("    end");
        self.line("    return \"${s} ${n} ${type(u)} ${type(t)}\"");
        self.line("end");
        for _ in 0..calls {
            let values = self.rng.pick(VALUES).replace('P', &class);
            if by_elements {
                self.line(&format!("print({phase}({values}))"));
            } else {
                let other = self.rng.pick(VALUES).replace('P', &class);
                self.line(&format!("print({phase}({values}[0], {other}[0]))"));
            }
        }
    }
}
