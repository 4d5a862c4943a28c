//! Captured variables that hold values of every kind in turn, for the rules about guards of values whose kind is known.

use super::Generator;

/// Values that captured variables get, of every kind. `i` is the counter, `V` the array, `F` the function, `R` the range and `E` the
/// empty array that this round has.
const KEPT: &[&str] = &[
    "\"abc\"[i % 3]",
    "str(i)",
    "i * 0.5",
    "i",
    "i > 5",
    "[i, 2]",
    "fn(v) return v + i end",
    "i..9",
    "nil",
    "V",
    "F",
    "F",
    "F",
    "R",
    "R",
    "E",
];

impl Generator {
    /// A captured variable that gets a value of any kind in each round, and is asked for it: whether it is defined, true, what it is.
    pub(super) fn captured_kinds(&mut self) {
        let n = self.rng.pick(&[9, 20, 40]);
        if self.weight * n > self.weight_limit || !self.can_spend(12 * n) {
            return self.assignment();
        }
        self.spent += 12 * n * self.weight;
        let [c, k, i, look, set] = ["c", "k", "i", "look", "set"].map(|prefix| self.fresh(prefix));
        let arrays = self.rng.pick(&["[1, 2], [3]", "[0.5], [1.5, 2.5]", "[true, false], [true]"]);
        let [v, f, r, e] = ["a", "f", "r", "e"].map(|prefix| self.fresh(prefix));
        self.line(&format!("let {c}, {k} = nil, 0"));
        self.line(&format!("let {look}, {set} = fn() return {c} end, fn(v) {c} = v end"));
        self.line(&format!(
            "let {v}, {f}, {r}, {e} = [{arrays}], [fn(v) return v end, fn(v) return v + 1 end], [0..5, 2..9], [[], []]"
        ));
        self.line(&format!("for {i} in 0..{n} do"));
        self.line(&format!("    let V, F, R, E = {v}[{i} % 2], {f}[{i} % 2], {r}[{i} % 2], {e}[{i} % 2]"));
        self.line(&format!("    {k} += len(V) + F({i}) + len(E) + (if {i} in R then 1 else 0 end)"));
        if self.rng.percent(70) {
            // Compared, a function is known to be one, and so is what an exit takes over.
            self.line(&format!("    if F == {set} or R == 0..{k} or V == E then {k} -= 1 end"));
        }
        for _ in 0..self.rng.between(2, 4) {
            let value = self.rng.pick(KEPT);
            let value = with_counter(value, &i);
            // Behind an exit, what it takes over has its type already.
            let aside = self.rng.percent(65);
            if aside {
                let (by, rest) = (self.rng.between(2, 5), self.rng.between(0, 1));
                self.line(&format!("    if {i} % {by} == {rest} then"));
            }
            match self.rng.below(3) {
                0 => self.line(&format!("    {set}({value})")),
                _ => self.line(&format!("    {c} = {value}")),
            }
            match self.rng.below(6) {
                0 | 5 => self.line(&format!("    if {c} then {k} += 1 else {k} -= 1 end")),
                1 => self.line(&format!("    {k} += len(type({look}()))")),
                2 => self.line(&format!("    if not {look}() then {k} ^= {i} end")),
                3 => {
                    let used = match value.as_str() {
                        "F" => format!("{c}({i})"),
                        "R" => format!("(if {i} in {c} then 2 else 3 end)"),
                        "V" | "E" => format!("len({c})"),
                        _ => format!("len(str({c} == {look}()))"),
                    };
                    self.line(&format!("    {k} += {used}"));
                }
                _ => self.line(&format!("    if {c} == {look}() then {k} += 1 end")),
            }
            if aside {
                self.line("    end");
            }
        }
        if self.rng.percent(30) {
            // A function that is not what it was when it captured itself.
            let own = self.fresh("own");
            self.line(&format!("    if {i} % 3 == 1 then"));
            self.line(&format!("        fn {own}(n) return if n > 0 then {own}(n - 1) + 1 else n end end"));
            self.line(&format!("        {k} += {own}({i} % 4)"));
            self.line(&format!("        {own} = fn(n) return n * 2 end"));
            self.line(&format!("        {k} += {own}({k} & 7)"));
            self.line("    end");
        }
        self.line("end");
        self.line(&format!("print({k}, type({c}))"));
    }
}

/// A value with the counter's name in place of `i`, where that stands alone.
fn with_counter(value: &str, counter: &str) -> String {
    let mut text = String::new();
    for (at, char) in value.char_indices() {
        let is_part = |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric());
        let alone = !is_part(value[..at].chars().next_back()) && !is_part(value[at + char.len_utf8()..].chars().next());
        if char == 'i' && alone { text.push_str(counter) } else { text.push(char) }
    }
    text
}
