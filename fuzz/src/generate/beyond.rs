//! Functions that go over a part of an array, with bounds that are right for many calls, and then just not: what a check in front
//! of a loop, or one for several indexes, lets pass.

use super::Generator;

impl Generator {
    /// Such a function, and its calls.
    pub(super) fn beyond(&mut self) {
        let calls = self.rng.pick(&[6, 20, 60]);
        if self.nesting == 0 || self.weight * calls * 20 > self.weight_limit || !self.can_spend(calls * 60) {
            return self.assignment();
        }
        self.spent += calls * 60 * self.weight;
        let [sum, v, r, t] = ["sum", "v", "r", "t"].map(|prefix| self.fresh(prefix));
        let len = self.rng.between(8, 24);
        let element = self.rng.pick(&["1", "0.5", "true", "nil", "1 << 50"]);
        self.line(&format!("fn {sum}(a, low, high, k)"));
        self.line("    let s, i = 0, low");
        let counted = self.rng.percent(70);
        let step = self.rng.pick(&["", "", " step 2"]);
        self.line(&if counted {
            format!("    for i in low..high{step} do")
        } else {
            "    while i < high do".to_owned()
        });
        for _ in 0..self.rng.between(1, 2) {
            let statement = self.rng.pick(&[
                "s ^= len(str(a[i]))",
                "if a[i] == a[i + 2] then s += i end",
                "if a[i + 2] != a[i] then s -= i end",
                "a[i] = a[i + k]",
                "if a[i - k] then s += 1 end",
                "if a[i] then s += 3 end",
                "s ^= len(str(a[2 + i * i % 5 - k]))",
                "s += k",
            ]);
            self.line(&format!("        {statement}"));
        }
        if !counted {
            self.line("        i += 1");
        }
        self.line("    end");
        self.line("    return s");
        self.line("end");
        self.line(&format!("let {v}, {t} = fill({len}, {element}), 0"));
        self.line(&format!("for {r} in 0..{calls} do {t} = {t} * 3 + {sum}({v}, 2 + {r} % 3, {len} - 2, {r} % 2) end"));
        for _ in 0..self.rng.between(1, 4) {
            let (from, to) = (self.rng.pick(&["2", "0", "-1", "-2", "-3", "-300"]), self.rng.between(-2, 1));
            let k = self.rng.pick(&["0", "1", "-1", "3", "-3"]);
            self.line(&format!("try {t} ^= {sum}({v}, {from}, {len} + {to}, {k}) catch e print(e.message) end"));
        }
        self.line(&format!("print({t}, {v}[0], {v}[{len} - 1])"));
    }
}
