//! Loops over whole arrays that do one thing to each element, straight through: what may run several rounds at a time.

use super::Generator;

impl Generator {
    /// Makes a few arrays of ints or floats, and sweeps over them: elements at small distances, sums, what advances with
    /// the counter. Some are one array under two names; some are too short for the loop, which then ends with an error, caught or not.
    pub(super) fn sweep(&mut self) {
        let n = self.rng.pick(&[3, 15, 17, 30, 64, 99, 130]);
        let floats = self.rng.percent(40);
        let (a, b, s, x, i) = (self.fresh("w"), self.fresh("w"), self.fresh("s"), self.fresh("s"), self.fresh("i"));
        let longer = n + self.rng.pick(&[0, 2, 2, 2, 2]);
        let element =
            if floats { format!("{}.5", self.rng.between(-9, 9)) } else { self.rng.between(-9, 9).to_string() };
        self.line(&format!("let {a} = fill({longer}, {element})"));
        let by = self.rng.between(-3, 99);
        self.line(&format!("for {i} in 0..{n} do {a}[{i}] = {a}[{i}] + {i} * {by} end"));
        let other = match self.rng.below(3) {
            0 => a.clone(),
            1 => format!("copy({a})"),
            _ => format!("fill({longer}, {element})"),
        };
        self.line(&format!("let {b} = {other}"));
        let begin = self.rng.between(-5, 5);
        self.line(&format!("let {s}, {x} = {begin}, -1"));
        let caught = longer == n && self.rng.percent(60);
        if caught {
            self.line("try");
        }
        let repeats = self.rng.pick(&[0, 0, 3, 60]);
        if repeats > 0 {
            let r = self.fresh("r");
            self.line(&format!("for {r} in 0..{repeats} do"));
        }
        let first = self.rng.pick(&[0, 0, 1, 2]);
        self.line(&format!("for {i} in {first}..{n} do"));
        for _ in 0..self.rng.between(1, 3) {
            let value = self.swept(&a, &b, &i, floats, 3);
            let ahead = self.distance(&i);
            match self.rng.below(if floats { 2 } else { 5 }) {
                0 => self.line(&format!("{a}[{i}] = {value}")),
                1 => self.line(&format!("{b}[{ahead}] = {value}")),
                2 if !floats && self.rng.percent(40) => self.line(&format!("{s} = {s} - ({value}) + {i}")),
                2 => self.line(&format!("{s} = {s} + {value}")),
                // What is left of an `and` of many elements is mostly nothing.
                3 => self.line(&format!("{x} = {x} & ({value} | 4096)")),
                _ => {
                    let op = self.rng.pick(&["^", "|"]);
                    self.line(&format!("{x} = {x} {op} ({value})"));
                }
            }
        }
        self.line("end");
        if repeats > 0 {
            self.line("end");
        }
        if caught {
            self.line("catch e print(describe(e)) end");
        }
        self.line(&format!("print({a}, {b}, {s}, {x})"));
    }

    fn distance(&mut self, i: &str) -> String {
        match self.rng.below(6) {
            0 => format!("{i} + 1"),
            1 => format!("{i} + 2"),
            2 => format!("{i} - 0"),
            _ => i.to_owned(),
        }
    }

    /// An expression of elements, the counter and numbers.
    fn swept(&mut self, a: &str, b: &str, i: &str, floats: bool, depth: u32) -> String {
        if depth == 0 || self.rng.percent(20) {
            let array = self.rng.pick(&[a, b]);
            let at = self.distance(i);
            return match self.rng.below(5) {
                0 if floats => format!("({i} * 1.0)"),
                0 => i.to_owned(),
                1 if floats => format!("{}.25", self.rng.between(-4, 4)),
                1 => self.rng.between(-70, 70).to_string(),
                _ => format!("{array}[{at}]"),
            };
        }
        let (left, right) = (self.swept(a, b, i, floats, depth - 1), self.swept(a, b, i, floats, depth - 1));
        if floats {
            match self.rng.below(8) {
                0 => format!("sqrt(abs({left}))"),
                1 => format!("-({left})"),
                2 => format!("({left} / {right})"),
                3 => format!("({left} - {right})"),
                4 | 5 => format!("({left} * 0.5)"),
                _ => format!("({left} + {right} * 0.125)"),
            }
        } else {
            match self.rng.below(9) {
                0 => format!("({left} {} {})", self.rng.pick(&["<<", ">>"]), self.rng.pick(&[1, 7, 63])),
                1 => format!("-({left})"),
                2 => format!("({left} * {right})"),
                3 => format!("({left} - {right})"),
                4..=6 => format!("({left} {} {right})", self.rng.pick(&["^", "&", "|"])),
                _ => format!("({left} + {right})"),
            }
        }
    }
}
