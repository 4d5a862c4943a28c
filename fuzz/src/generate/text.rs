//! Strings: long ones put together piece by piece, compared, cut, split and joined; interpolation and `format` of
//! everything.

use super::{Generator, Type};

impl Generator {
    /// A string, of some of the longer ways to make one.
    pub(super) fn text(&mut self, depth: u32) -> String {
        match self.rng.below(9) {
            0 | 1 => self.interpolation(depth),
            2 => self.formatted(depth),
            3 => {
                let (s, by) = (self.leaf(Type::Str, depth), self.rng.pick(&["\",\"", "\"\"", "\"b\"", "\"a\""]));
                let glue = self.rng.pick(&["\"-\"", "\"\"", "\", \""]);
                format!("join(split({s}, {by}), {glue})")
            }
            4 => {
                let ty = self.rng.pick(&[Type::Ints, Type::Bools, Type::Anys, Type::Nums]);
                format!("join({}.slice(0, 5), \"|\")", self.variable_or_literal(ty))
            }
            5 => {
                let (s, a) = (self.leaf(Type::Str, depth), self.rng.pick(&["a", "b", "é", "10"]));
                format!("{s}.replace(\"{a}\", \"<{a}>\")")
            }
            6 => {
                let (s, n) = (self.leaf(Type::Str, depth), self.rng.between(0, 9));
                format!("{s}.pad_{}({n}, \"*\")", self.rng.pick(&["left", "right"]))
            }
            7 if self.has_objects() => format!("str({})", self.leaf(Type::Obj, depth)),
            _ => {
                let s = self.leaf(Type::Str, depth);
                format!("{s}.repeat({} & 3)", self.leaf(Type::Int, depth))
            }
        }
    }

    fn interpolation(&mut self, depth: u32) -> String {
        let parts: Vec<_> = (0..self.rng.between(1, 6))
            .map(|_| {
                let value = match self.rng.below(4) {
                    0 => self.leaf(Type::Int, 4),
                    1 => self.leaf(Type::Str, 4),
                    2 => self.scalar(depth.max(3)),
                    _ => self.leaf(Type::Num, 4),
                };
                format!("{}${{{value}}}", self.rng.pick(&["", "a", ", ", "é", "$"]))
            })
            .collect();
        format!("\"{}\"", parts.concat())
    }

    fn formatted(&mut self, depth: u32) -> String {
        let (int, num, string) =
            (self.leaf(Type::Int, depth), self.leaf(Type::Float, depth), self.leaf(Type::Str, depth));
        match self.rng.below(5) {
            0 => format!("format(\"{{:{}}}\", {int})", self.rng.pick(&["5", "<6", "08", "x", "b", "^9", "*>7", "o"])),
            1 => format!("format(\"{{:{}}}\", {num})", self.rng.pick(&[".2", "10.3", ".0", "e", "08.1", "f"])),
            2 => format!("format(\"{{}}|{{}}\", {int}, {})", self.scalar(depth.max(3))),
            3 => format!("format(\"{{1}}{{0}}{{{{\", {string}, {num})"),
            _ => format!("format(\"{{:{}}}\", {string})", self.rng.pick(&["5", ">5", "-^9"])),
        }
    }

    /// An int that is found in a string.
    pub(super) fn int_of_string(&mut self, depth: u32) -> String {
        let s = self.expression_at(Type::Str, depth.max(2));
        match self.rng.below(4) {
            0 => format!("({s}).index_of({})", self.string_literal()),
            1 => format!("ord((\"x\" + {s})[len({s}) & 0])"),
            2 => format!("int(str({}))", self.leaf(Type::Int, depth)),
            _ => format!("len({s})"),
        }
    }

    pub(super) fn boolean_of_strings(&mut self, depth: u32) -> String {
        let (a, b) = (self.leaf(Type::Str, depth), self.leaf(Type::Str, depth));
        match self.rng.below(4) {
            0 => format!("({a} in {b})"),
            1 => format!("{a}.{}({b})", self.rng.pick(&["starts_with", "ends_with", "contains"])),
            2 => format!("({a} {} {b})", self.rng.pick(&["<", "<=", ">", ">="])),
            _ => format!("({a} {} {b})", self.rng.pick(&["==", "!="])),
        }
    }

    /// A value written as JSON and read back.
    fn json(&mut self) {
        let items: Vec<_> = (0..self.rng.between(1, 4)).map(|_| self.json_value()).collect();
        let (value, back) = (self.fresh("v"), self.fresh("v"));
        let int = self.expression(Type::Int);
        if self.rng.percent(50) {
            self.line(&format!("let {value} = [{}, {int}]", items.join(", ")));
        } else {
            let pairs: Vec<_> = items.iter().enumerate().map(|(at, item)| format!("k{at}: {item}")).collect();
            self.line(&format!("let {value} = {{{}, n: {int}}}", pairs.join(", ")));
        }
        let indent = self.rng.pick(&["", "", ", 1"]);
        self.line(&format!("let {back} = json_parse(json_stringify({value}{indent}))"));
        if let Some(target) = self.take(Type::Int) {
            let last = if self.rng.percent(50) { format!("len(str({back}))") } else { format!("len({back})") };
            self.line(&format!("{target} = {target} + {last}"));
        }
        if let Some(target) = self.take(Type::Str) {
            self.line(&format!("{target} = json_stringify({back}).slice(0, 40)"));
        }
    }

    /// What JSON can say: an error only where something catches it.
    fn json_value(&mut self) -> String {
        match self.rng.below(9) {
            0 => self.expression_at(Type::Str, 3),
            1 => self.leaf(Type::Bool, 3),
            2 => "nil".to_owned(),
            3 => self.variable_or_literal(Type::Ints),
            4 => format!("{{a: {}, \"\\n\": [{{}}]}}", self.leaf(Type::Int, 3)),
            5 => self.rng.pick(&["0.1", "1e300", "-0.0", "1e16", "5e-324", "\"\\u{1F600}\\x01\\\"\""]).to_owned(),
            6 if self.protected > 0 => self.leaf(Type::Num, 3),
            7 if self.protected > 0 => self.leaf(Type::Any, 3),
            _ => self.expression_at(Type::Int, 3),
        }
    }

    /// A long string made in a loop, and looked at under way.
    pub(super) fn text_statement(&mut self) {
        if self.rng.percent(25) {
            return self.json();
        }
        let (s, i) = (self.fresh("s"), self.fresh("i"));
        let n = self.rng.pick(&[5, 40, 70, 200]);
        if self.weight * n > self.weight_limit || !self.can_spend(3 * n) {
            return self.assignment();
        }
        self.spent += 3 * n * self.weight;
        let first = self.leaf(Type::Str, 3);
        self.line(&format!("let {s} = {first}"));
        self.line(&format!("for {i} in 0..{n} do"));
        let piece = match self.rng.below(5) {
            0 => self.string_literal(),
            1 => format!("str({i})"),
            2 => format!("\"${{{i}}},${{{}}}\"", self.leaf(Type::Num, 3)),
            3 => format!("char(97 + {i} % 26)"),
            _ => format!("({}).slice(0, 9)", self.leaf(Type::Str, 3)),
        };
        match self.rng.below(4) {
            0 => self.line(&format!("    {s} = {piece} + {s}")),
            _ => self.line(&format!("    {s} += {piece}")),
        }
        if let Some(target) = self.take(Type::Int) {
            match self.rng.below(5) {
                0 => self.line(&format!("    {target} = {target} + len({s})")),
                1 => self.line(&format!("    if len({s}) > 0 then {target} ^= ord({s}[len({s}) div 2]) end")),
                2 => self.line(&format!("    if {s} < \"abc\" then {target} += 1 end")),
                _ => {}
            }
        }
        if self.rng.percent(20) {
            self.line(&format!("    if len({s}) > 30 then {s} = {s}.slice(3, 25) end"));
        }
        self.line("end");
        if let Some(target) = self.take(Type::Str) {
            self.line(&format!("{target} = {s}.slice(len({s}) div 2, len({s}) div 2 + 20)"));
        }
        if self.weight <= 3 {
            self.line(&format!("print(len({s}), {s}.slice(0, 50))"));
        }
    }
}
