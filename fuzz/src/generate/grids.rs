//! Loops whose indices are sums and multiples of their counters: rows and columns of flat grids, strides that are variables.

use super::Generator;

impl Generator {
    /// Makes a flat grid of ints and goes through it along rows, columns and strides. In some the last round is out of
    /// range, which ends the program with an error.
    pub(super) fn grid(&mut self) {
        let (rows, columns) = (self.rng.between(2, 16), self.rng.between(2, 16));
        let (g, s, i, k, r) = (self.fresh("g"), self.fresh("s"), self.fresh("i"), self.fresh("k"), self.fresh("r"));
        let (n, m) = (self.fresh("n"), self.fresh("m"));
        self.line(&format!("let {g}, {s}, {n}, {m} = fill({}, 1), 0, {rows}, {columns}", rows * columns));
        let modulus = self.rng.between(2, 9);
        self.line(&format!("for {i} in 0..len({g}) do {g}[{i}] = {i} % {modulus} end"));
        let beyond = if self.rng.percent(5) { " + 1" } else { "" };
        let repeats = self.rng.pick(&[1, 3, 60]);
        self.line(&format!("for {r} in 0..{repeats} do"));
        match self.rng.below(4) {
            0 => {
                self.line(&format!("for {i} in 0..{n}{beyond} do"));
                self.line(&format!("for {k} in 0..{m} do {s} = {s} * 3 + {g}[{i} * {m} + {k}] end"));
                self.line("end");
            }
            1 => {
                self.line(&format!("for {i} in 0..{m} do"));
                let step = self.rng.pick(&["", "", " step 2", " step 3"]);
                self.line(&format!("for {k} in 0..{n}{beyond}{step} do"));
                self.line(&format!("{g}[{k} * {m} + {i}] = {g}[{k} * {m} + {i}] + {k}"));
                self.line("end");
                self.line("end");
            }
            2 => {
                let (last, by) = (self.rng.pick(&[" - 1", ""]), self.rng.between(1, 5));
                let last = if beyond.is_empty() { " - 1" } else { last };
                self.line(&format!("let {i}, {k} = {r} % 3, {r} % 4 + {by}"));
                self.line(&format!("while {i} <= len({g}){last} do"));
                self.line(&format!("{s} = {s} + {g}[{i}]"));
                if self.rng.percent(40) {
                    self.line(&format!("if {g}[{i}] == 1 then {s} = {s} + {k} end"));
                }
                self.line(&format!("{i} = {i} + {k}"));
                self.line("end");
            }
            _ => {
                let by = self.rng.between(1, 4);
                self.line(&format!("let {i} = len({g}) - 1{beyond}"));
                self.line(&format!("while {i} >= 0 do"));
                self.line(&format!("{s} = {s} * 5 + {g}[{i}] + {g}[len({g}) - 1 - {i}]"));
                if self.rng.percent(40) {
                    self.line(&format!("if {g}[{i}] > 2 then {g}[{i}] = {g}[{i} div 2] end"));
                }
                self.line(&format!("{i} = {i} - {by}"));
                self.line("end");
            }
        }
        self.line("end");
        self.line(&format!("print({s}, {g})"));
    }
}
