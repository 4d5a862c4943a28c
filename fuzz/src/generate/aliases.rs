//! Loops in which two names are one thing in some rounds only: entries of a dict under two keys, two instances of which one gets
//! a field, two closures of a function that call each other in place of
//! their frames; and an object in a field that is another one each round. A compiler that takes them for two does
//! well for many rounds.

use super::Generator;

impl Generator {
    /// One of these loops.
    pub(super) fn aliases(&mut self) {
        let n = self.rng.pick(&[9, 40, 90]);
        if self.nesting == 0 || self.weight * n > self.weight_limit || !self.can_spend(12 * n) {
            return self.assignment();
        }
        self.spent += 12 * n * self.weight;
        match self.rng.below(5) {
            0 | 1 => self.entries(n),
            2 => self.late_fields(n),
            3 => self.other_closures(n),
            _ => self.last_value(n),
        }
    }

    /// Entries under keys that are sometimes one; the dict grows and shrinks meanwhile.
    fn entries(&mut self, n: u64) {
        let [d, k, t, i] = ["d", "k", "t", "i"].map(|prefix| self.fresh(prefix));
        let keys = self.rng.pick(&[
            "[\"a\", \"b\", \"c\"]",
            "[1, 2, 3]",
            "[\"a\", 2, 2.5]",
            "[true, nil, 1 << 50]",
            "[fn() end, fn() end, 1]",
        ]);
        self.line(&format!("let {d}, {k}, {t} = {{}}, {keys}, 0"));
        // An error, which is not to keep all else from running.
        let throws = keys.contains("nil");
        if throws {
            self.line("try");
        }
        self.line(&format!("for {i} in 0..3 do {d}[{k}[{i}]] = {i} end"));
        self.line(&format!("for {i} in 0..{n} do"));
        let (by, other) = (self.rng.between(1, 5), self.rng.between(1, 5));
        self.line(&format!("    let p, q = {k}[{i} * {by} % 3], {k}[({i} * {other} + 1) % 3]"));
        for _ in 0..self.rng.between(2, 5) {
            let statement = match self.rng.below(7) {
                0 => format!("{d}[p] = {i}"),
                1 => format!("{t} = {t} * 3 + {d}[q]"),
                2 => format!("{d}[q] += {d}[p]"),
                3 => format!("{d}[p], {d}[q] = {d}[q] + 1, {d}[p]"),
                4 => format!("{d}[{i} + 1000] = {i}"),
                5 => format!("remove({d}, {i} + 990)"),
                _ => format!("{t} ^= {d}[p]"),
            };
            self.line(&format!("    {statement}"));
        }
        self.line("end");
        if throws {
            self.line("catch e print(describe(e)) end");
        }
        self.line(&format!("print({t}, len({d}), {d}[{k}[0]], {d}[{k}[1]], {d}[{k}[2]])"));
    }

    /// Instances that get fields late, two of them at a time, or one twice.
    fn late_fields(&mut self, n: u64) {
        let [class, o, i] = ["L", "o", "i"].map(|prefix| self.fresh(prefix));
        self.line(&format!("class {class} fn init(x) self.x = x end end"));
        self.line(&format!("let {o} = []"));
        self.line(&format!("for {i} in 0..{} do push({o}, {class}({i})) end", 2 * n));
        let rare = self.rng.pick(&[2, 7, 19]);
        self.line(&format!("for {i} in 0..{n} do"));
        self.line(&format!("    let a, b = {o}[2 * {i}], {o}[2 * {i} + (if {i} % {rare} == 1 then 0 else 1 end)]"));
        let first = self.rng.pick(&["b.x += 1", "a.x = b.x + 1", "if b.x == 3 then b.x = 4 end"]);
        self.line(&format!("    {first}"));
        self.line(&format!("    a.late = {i}"));
        let second = self.rng.pick(&["other", "late", "x"]);
        self.line(&format!("    b.{second} = a.x"));
        self.line("    a.x = a.late + b.x");
        self.line("end");
        self.line(&format!("print({o}[0].x, {o}[1].x, {o}[2].late, {o}[{}].x)", n - 1));
        self.line(&format!("for {i} in {o} do try print({i}.x, {i}.late, {i}.other) catch e print(e.message) end end"));
    }

    /// An instance that stays, with a new object in a field of it each round.
    fn last_value(&mut self, n: u64) {
        let [class, h, t, i] = ["H", "h", "t", "i"].map(|prefix| self.fresh(prefix));
        self.line(&format!("class {class} fn init(x) self.last = x; self.n = 0 end end"));
        self.line(&format!("let {h}, {t} = {class}(nil), 0"));
        self.line(&format!("for {i} in 0..{n} do"));
        let value = match self.rng.below(3) {
            0 => format!("[{i}, {t}]"),
            1 => format!("{class}({i})"),
            _ => format!("{i}..{t}"),
        };
        self.line(&format!("    {h}.last = {value}"));
        self.line(&format!("    {h}.n += 1"));
        let rare = self.rng.pick(&[2, 7, 19]);
        self.line(&format!("    if {h}.n % {rare} == 1 then {t} = {t} + len(str({h}.last)) end"));
        self.line("end");
        // Room for what the collector might have taken.
        self.line(&format!("for {i} in 0..{} do {t} += len([{i}, {t}, {t}]) end", 2 * n));
        self.line(&format!("print({h}.n, {t}, type({h}.last), str({h}.last))"));
    }

    /// Closures of one function that go on in one another.
    fn other_closures(&mut self, n: u64) {
        let make = self.fresh("make");
        let (op, rest) = (self.rng.pick(&["+", "^", "-"]), self.rng.pick(&["rest", "n + rest", "n"]));
        self.line(&format!("fn {make}(k)"));
        self.line("    let own");
        self.line(&format!(
            "    own = fn(n, sum, next) if n <= 0 then return sum end; return next(n - 1, sum * 3 {op} k, own) end"
        ));
        self.line("    return own");
        self.line("end");
        let (first, second) = (self.small_int(), self.small_int());
        let rest = rest.replace("rest", &second).replace('n', &n.to_string());
        self.line(&format!("print({make}({first})({n}, {rest}, {make}(1000)))"));
    }
}
