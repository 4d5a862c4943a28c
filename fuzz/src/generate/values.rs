//! Small objects that are made anew each round from the ones before, and mostly never seen by anything else: what need not
//! be made at all, unless an exit, a rare condition or an identity asks for it.

use super::{Generator, Type};

impl Generator {
    /// A class of values in the block, and a loop that carries one or two of them.
    pub(super) fn carried_values(&mut self) {
        if self.nesting == 0 && self.rng.percent(50) {
            return self.assignment();
        }
        let [class, v, w, i, kept] = ["V", "u", "u", "i", "kept"].map(|prefix| self.fresh(prefix));
        let floats = self.rng.percent(40);
        let nested = self.rng.percent(25);
        self.value_class(&class, floats);
        let one = self.value(&class, floats);
        let other = self.value(&class, floats);
        self.line(&format!("let {v}, {w}, {kept} = {one}, {other}, []"));
        let n = self.rng.pick(&[3, 9, 30, 70, 120]);
        self.spent += 12 * n * self.weight;
        self.line(&format!("for {i} in 0..{n} do"));
        self.indent += 1;
        if self.rng.percent(40) {
            // What the round before has left is seen.
            self.seen_value(&class, &v, &w, &i, &kept);
        }
        for _ in 0..self.rng.between(1, 3) {
            let value = self.next_value(&class, &v, &w, &i, 2);
            let target = if self.rng.percent(70) { &v } else { &w };
            self.line(&format!("{target} = {value}"));
        }
        if nested {
            let inner = self.rng.pick(&[v.as_str(), w.as_str()]);
            self.line(&format!("{v}.inner = {inner}"));
        }
        if self.rng.percent(30) {
            // One object in both from here on, mostly.
            let (one, other) = self.rng.pick(&[(&v, &w), (&w, &v)]);
            let seldom = self.rng.between(2, 40);
            match self.rng.below(3) {
                0 => self.line(&format!("if {i} % {seldom} > 0 then {one} = {other} end")),
                _ => self.line(&format!("{one} = {other}")),
            }
        }
        self.seen_value(&class, &v, &w, &i, &kept);
        if let Some(target) = self.take(Type::Int) {
            self.line(&format!("{target} = {target} ^ to_int({v}.x) ^ to_int({w}.y)"));
        }
        self.indent -= 1;
        self.line("end");
        self.line(&format!("print({v}.x, {v}.y, {w}.x, {w}.y, {v} == {w}, len({kept}))"));
        self.line(&format!("for o in {kept} do print(o.x, o.y, o == {v}) end"));
    }

    fn value_class(&mut self, class: &str, floats: bool) {
        let (plus, scale) = (self.rng.pick(&["+", "-"]), if floats { "*" } else { self.rng.pick(&["*", "-", "+"]) });
        self.line(&format!("class {class}"));
        self.line("    fn init(x, y) self.x = x; self.y = y end");
        self.line(&format!("    fn plus(o) return {class}(self.x {plus} o.x, self.y {plus} o.y) end"));
        self.line(&format!("    fn scale(k) return {class}(self.x {scale} k, self.y) end"));
        self.line(&format!("    fn turned() return {class}(self.y, self.x) end"));
        self.line("    fn larger(o) return if self.x < o.x then o else self end end");
        self.line("    fn move_by(k) self.x += k; self.y = self.x; return self end");
        self.line("end");
    }

    fn value(&mut self, class: &str, floats: bool) -> String {
        let mut part = || match floats {
            true => format!("{}.5", self.rng.between(-4, 4)),
            false => self.rng.pick(&["0", "1", "-3", "7", "(1 << 46)", "MAX_INT", "2.5"]).to_owned(),
        };
        let (x, y) = (part(), part());
        format!("{class}({x}, {y})")
    }

    /// A value made of those that a loop carries.
    fn next_value(&mut self, class: &str, v: &str, w: &str, i: &str, depth: u32) -> String {
        if depth == 0 {
            return self.rng.pick(&[v, w]).to_owned();
        }
        let of = self.next_value(class, v, w, i, depth - 1);
        match self.rng.below(7) {
            0 | 1 => format!("{of}.plus({})", self.rng.pick(&[v, w])),
            2 => format!("{of}.scale({i} % {})", self.rng.between(2, 5)),
            3 => format!("{of}.turned()"),
            4 => format!("{of}.larger({})", self.rng.pick(&[v, w])),
            5 => format!("{class}({i}, {of}.y)"),
            _ => format!("{of}.plus({class}({i}, 1))"),
        }
    }

    /// Something that sees a value, in some rounds only: it is kept, changed in place, takes another type, or leaves.
    fn seen_value(&mut self, class: &str, v: &str, w: &str, i: &str, kept: &str) {
        let round = self.rng.pick(&[1, 2, 7, 25, 60, 110]);
        let then = match self.rng.below(8) {
            0 => format!("push({kept}, {v})"),
            1 => format!("{v}.move_by({i})"),
            2 => format!("{v} = {w}"),
            3 => format!("{v}.x = {i} / 2"),
            4 => format!("{w} = {class}({v}, {i}).x"),
            5 => "break".to_owned(),
            6 => format!("push({kept}, {class}({v}.x, {w}.y))"),
            _ => return,
        };
        let condition = match self.rng.below(3) {
            0 => format!("{i} == {round}"),
            1 => format!("{i} % {} == 1", round + 1),
            _ => format!("{v}.x == {w}.x"),
        };
        // What is kept can't grow past the loop.
        self.line(&format!("if {condition} then {then} end"));
    }
}
