//! Loops that only advance recurrences, whose rounds can be skipped: sums of sums, multiples, remainders that choose, loops
//! around such loops; and loops that are steered by floats.

use super::{Generator, Type};

impl Generator {
    /// A loop, or two, over a few ints that are sums and multiples of one another and of the counter.
    pub(super) fn recurrence(&mut self) {
        let names: Vec<String> = (0..self.rng.between(2, 5)).map(|_| self.fresh("q")).collect();
        let mut starts: Vec<String> = names.iter().map(|_| self.int_literal()).collect();
        if self.rng.percent(20) {
            // Small steps lead over the end of the ints.
            starts[0] = self.rng.pick(&["MAX_INT - 300", "MIN_INT + 90"]).to_owned();
        }
        self.line(&format!("let {} = {}", names.join(", "), starts.join(", ")));
        let n = self.rng.pick(&[3, 20, 64, 100, 150]);
        let nested = self.rng.percent(35);
        let rounds = if nested { self.rng.between(2, 70) as u64 } else { 1 };
        if self.weight * n * rounds > self.weight_limit || !self.can_spend(4 * n * rounds) {
            return;
        }
        self.spent += 4 * self.weight * n * rounds;
        let (i, j) = (self.fresh("i"), self.fresh("i"));
        if nested {
            self.line(&format!("for {j} in 0..{rounds} do"));
            self.indent += 1;
        }
        let head = match self.rng.below(4) {
            0 => format!("for {i} in 1 to {n} do"),
            1 => format!("for {i} in {n} to 1 step -1 do"),
            2 => format!("for {i} in -7..{n} step 2 do"),
            _ => format!("for {i} in 0..{n} do"),
        };
        self.line(&head);
        self.indent += 1;
        let conditional = self.rng.percent(30);
        if conditional {
            let (k, r) = (self.rng.between(2, 7), self.rng.between(0, 6));
            self.line(&format!("if {i} % {k} == {} then", r % k));
            self.indent += 1;
        }
        let mut last = i.clone();
        for name in &names {
            // Each by the one before it makes sums of sums.
            let of = if self.rng.percent(70) { last.clone() } else { i.clone() };
            let step = match self.rng.below(12) {
                // Residues and quotients of what wraps.
                7 => format!("{name} += {of} % {}", self.rng.pick(&["3", "7", "16", "-5"])),
                8 => format!("{name} += {of} div {}", self.rng.pick(&["3", "8", "1000003"])),
                9 => format!("{name} += {}", self.rng.pick(&["(1 << 60)", "(MAX_INT div 5)", "-(1 << 62)", "1000003"])),
                0..=3 => format!("{name} = {name} + {of}"),
                4 => format!("{name} = {name} * {} + {of}", self.rng.pick(&["3", "-1", "2", "5", "0"])),
                5 => format!("{name} = {of} - {name}"),
                6 => format!("{name} += {of} * {i}"),
                10 => format!("{name} = {name} ^ {of}"),
                _ => format!("{name} += {}", self.small_int()),
            };
            self.line(&step);
            last = name.clone();
        }
        if conditional {
            self.indent -= 1;
            if self.rng.percent(50) {
                self.line("else");
                self.line(&format!("    {} -= {i}", names[0]));
            }
            self.line("end");
        }
        if self.rng.percent(25) {
            let (rare, value) = (self.rng.pick(&["break", "continue"]), self.int_literal());
            self.line(&format!("if {} == {value} then {rare} end", names[0]));
        }
        self.indent -= 1;
        self.line("end");
        if nested {
            if self.rng.percent(50) {
                self.line(&format!("{} = {} + {j}", names[0], last));
            }
            self.indent -= 1;
            self.line("end");
        }
        self.line(&format!("print({})", names.join(", ")));
    }

    /// A loop that a float steers: by steps that are not exact, are -0.0, turn to nan or leap over the end.
    pub(super) fn float_loop(&mut self) {
        let (x, n) = (self.fresh("x"), self.fresh("n"));
        let start = self.rng.pick(&["0.0", "-0.0", "1.5", "-3.0", "1e15", "9007199254740990.0"]);
        self.line(&format!("let {x}, {n} = {start}, 0"));
        let most = self.rng.pick(&[3, 60, 100]);
        let end = self.rng.pick(&["30.5", "-0.0", "0", "7", "INF", "NAN", "9007199254741000", "1e300"]);
        let (op, and) = (self.rng.pick(&["<", "<=", "!=", ">=", ">"]), self.rng.pick(&["and", "and", "or"]));
        let counted = if and == "or" { format!("{n} < {most}") } else { format!("{n} <= {most}") };
        let both = if and == "or" {
            format!("(({x} {op} {end}) or true) and {counted}")
        } else {
            format!("{x} {op} {end} and {counted}")
        };
        self.line(&format!("while {both} do"));
        let mark = self.begin_block();
        self.line(&format!("{n} += 1"));
        self.scope.declare(&n, Type::Int, false);
        self.scope.declare(&x, Type::Float, true);
        let step = match self.rng.below(7) {
            0..=2 => format!("{x} += {}", self.rng.pick(&["0.5", "0.1", "1", "-0.25", "3.75"])),
            3 => format!("{x} = -{x}"),
            4 => format!("{x} = {x} * {}", self.rng.pick(&["-0.5", "1.5", "-1"])),
            5 => format!("{x} = if {n} == {} then NAN else {x} + 1 end", self.rng.between(2, 70)),
            _ => format!("{x} = {x} / ({n} - {})", self.rng.between(1, 60)),
        };
        self.line(&step);
        self.weight *= most;
        self.loops += 1;
        self.spent += 2 * self.weight;
        if self.rng.percent(60) {
            self.statement();
        }
        self.loops -= 1;
        self.weight /= most;
        self.end_block(mark);
        self.line("end");
        self.line(&format!("print({x}, {n})"));
    }
}
