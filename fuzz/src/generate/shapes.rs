//! Loops over objects of many shapes, whose fields of the same names are read and written at several places with indices of their
//! own: what a compiler knows of a field it has to forget whenever another object may be the same.

use super::Generator;

impl Generator {
    /// An array of objects of three to nine shapes, and a loop over it.
    pub(super) fn shapes(&mut self) {
        let n = self.rng.pick(&[20, 50, 120]);
        let count = self.rng.pick(&[3, 5, 8, 11]);
        if self.weight * n > self.weight_limit || !self.can_spend(14 * n + 12 * count) {
            return self.assignment();
        }
        self.spent += (14 * n + 12 * count) * self.weight;
        let [class, other, made, a, one, s, i] =
            ["S", "S", "made", "a", "one", "s", "i"].map(|prefix| self.fresh(prefix));
        self.line(&format!("class {class} let w = nil end"));
        let classes = if self.rng.percent(40) {
            self.line(&format!("class {other} fn init() self.x = 1; self.w = \"w\" end end"));
            format!("if k % 2 == 0 then {class}() else {other}() end")
        } else {
            format!("{class}()")
        };
        // Each bit of `k` is a field that stands before others.
        let floats = self.rng.percent(40);
        let (x, y) = if floats { ("k * 0.5", "1.25") } else { ("k", "k + 1") };
        self.line(&format!("fn {made}(k)"));
        self.line(&format!("    let o = {classes}"));
        self.line("    if k & 1 > 0 then o.p = k end");
        self.line(&format!("    o.x = {x}"));
        self.line("    if k & 2 > 0 then o.q = nil end");
        self.line(&format!("    o.y = {y}"));
        self.line("    if k & 4 > 0 then o.r = [k] end");
        self.line("    o.z = o");
        self.line("    if k & 8 > 0 then o.late = k end");
        self.line("    return o");
        self.line("end");
        let shapes = self.rng.between(3, 9);
        self.line(&format!("let {a}, {s} = [], 0"));
        self.line(&format!("for {i} in 0..{count} do {a}.push({made}({i} % {shapes})) end"));
        // One that is known, and may be one of the array.
        let known = match self.rng.below(3) {
            0 => format!("{made}(2)"),
            _ => format!("{a}[{}]", self.rng.between(0, 2)),
        };
        self.line(&format!("let {one} = {known}"));
        self.line(&format!("for {i} in 0..{n} do"));
        self.indent += 1;
        let [first, second] = [(); 2].map(|()| {
            let (by, from) = (self.rng.between(1, 7), self.rng.between(0, 9));
            format!("{a}[({i} * {by} + {from}) % {count}]")
        });
        let (mut o, mut p) = (first, second);
        if self.rng.percent(60) {
            let names = ["o", "o"].map(|prefix| self.fresh(prefix));
            self.line(&format!("let {}, {} = {o}, {p}", names[0], names[1]));
            [o, p] = names;
        }
        for _ in 0..self.rng.between(3, 6) {
            let statement = self.use_of_fields(&o, &p, &one, &s, &i);
            self.line(&statement);
        }
        self.line(&format!("{s} = {s} + {p}.x - {one}.y"));
        self.indent -= 1;
        self.line("end");
        self.line(&format!("print({s}, {one}.x, {one}.y, {one}.w)"));
        self.line(&format!("for o in {a} do print(o.x, o.y, type(o.w), o == {one}, o.z == o, o.z.x) end"));
    }

    fn use_of_fields(&mut self, o: &str, p: &str, one: &str, s: &str, i: &str) -> String {
        let (field, from) = (self.rng.pick(&["x", "y"]), self.rng.pick(&["x", "y"]));
        let (target, source) = (self.rng.pick(&[o, o, p, one]), self.rng.pick(&[p, p, o, one]));
        let by = self.rng.pick(&[2, 3, 7, 19]);
        match self.rng.below(14) {
            0..=2 => format!("{target}.{field} = {source}.{from} + {i}"),
            3 => format!("{target}.{field} = {source}.{from}"),
            4 => format!("{s} += {source}.{from}"),
            5 => format!("{target}.{field} += {source}.{from}"),
            6 => format!("{o}.{field}, {p}.{from} = {p}.{from}, {o}.{field}"),
            7 => format!("{target}.z = {source}"),
            8 => format!("{target}.z.{field} = {source}.z.{from} + 1"),
            9 => format!("if {i} % {by} == 1 then {target}.late = {i} end"),
            10 => format!("{target}.other = {s}; {s} += {target}.{field} + {target}.other"),
            11 => {
                let value = match self.rng.below(4) {
                    0 => "nil".to_owned(),
                    1 => format!("[{i}]"),
                    2 => format!("str({i})"),
                    _ => format!("{i} / 2"),
                };
                format!("{target}.w = {value}; if {source}.w == {o}.w then {s} += 1 end")
            }
            12 => format!("if {i} % {by} == 1 then {one} = {source} end"),
            _ => format!("if {i} % {by} == 0 then {target}.{field} = {i} / 4 end"),
        }
    }
}
