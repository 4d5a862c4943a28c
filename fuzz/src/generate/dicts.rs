//! Dicts: written, read, counted in, run over, and changed under way; keys of all types, among them numbers that are
//! equal and those that almost are.

use super::{Generator, Type};

/// Dicts get no new keys past this length.
const DICT_MOST: u32 = 50;

impl Generator {
    /// A dict whose values are numbers.
    pub(super) fn dict(&mut self, depth: u32) -> String {
        match self.rng.below(5) {
            0 => format!("copy({})", self.leaf(Type::Dict, depth)),
            1 => {
                let (a, b) = (self.leaf(Type::Dict, depth), self.dict_literal(depth));
                // In a loop over the entries of what it is assigned to, it would double the dict in each round of an outer one.
                format!("merge((if len({a}) < {DICT_MOST} then {a} else {{}} end), {b})")
            }
            2 => self.leaf(Type::Dict, depth),
            _ => self.dict_literal(depth),
        }
    }

    pub(super) fn dict_literal(&mut self, depth: u32) -> String {
        let pairs: Vec<_> = (0..self.rng.between(0, 4))
            .map(|_| {
                let key = match self.rng.below(3) {
                    0 => self.rng.pick(&["a", "b", "\"a\"", "1", "2", "2.0", "true", "\"é漢😀\"", "end"]).to_owned(),
                    _ => format!("({})", self.key()),
                };
                format!("{key}: {}", self.expression_at(Type::Num, depth.max(3)))
            })
            .collect();
        format!("{{{}}}", pairs.join(", "))
    }

    /// A value that may be stored under: neither nil nor nan.
    pub(super) fn key(&mut self) -> String {
        match self.rng.below(16) {
            0..=4 => format!("({} % {})", self.leaf(Type::Int, 3), self.rng.pick(&[3, 7, 20, 100])),
            5 => self.leaf(Type::Int, 3),
            6 => format!("float({})", self.leaf(Type::Int, 3)),
            7 => format!("(({} % 9) / 2)", self.leaf(Type::Int, 3)),
            8 | 9 => self.leaf(Type::Str, 3),
            10 => format!("str({} % 30)", self.leaf(Type::Int, 3)),
            11 => self.leaf(Type::Bool, 3),
            12 => format!("(0..{} % 4)", self.leaf(Type::Int, 3)),
            13 => self.member(),
            14 if self.has_objects() => {
                let object = self.leaf(Type::Obj, 4);
                if self.rng.percent(50) { object } else { format!("{object}.{}", self.cheap_method()) }
            }
            _ => self
                .rng
                .pick(&["9007199254740992.0", "(1 << 53) + 1", "(1 << 53)", "9223372036854775808.0", "-0.0", "0"])
                .to_owned(),
        }
    }

    pub(super) fn int_of_dict(&mut self, depth: u32) -> String {
        let dict = self.leaf(Type::Dict, depth);
        match self.rng.below(3) {
            0 => format!("len({dict})"),
            1 => format!("len({dict}.keys())"),
            _ => format!("to_int({})", self.number_of_dict(depth)),
        }
    }

    pub(super) fn number_of_dict(&mut self, depth: u32) -> String {
        let (dict, key) = (self.leaf(Type::Dict, depth), self.key());
        match self.rng.below(4) {
            0 => format!("(if {key} in {dict} then {dict}[{key}] else {} end)", self.leaf(Type::Num, depth)),
            1 => format!("({dict}[{key}] or {})", self.leaf(Type::Num, depth)),
            _ => format!("dict_get({dict}, {key}, {})", self.leaf(Type::Num, depth)),
        }
    }

    /// Something done with a dict.
    pub(super) fn dict_statement(&mut self) {
        let Some(dict) = self.take(Type::Dict) else {
            let (name, value) = (self.fresh("v"), self.expression(Type::Dict));
            self.line(&format!("let {name} = {value}"));
            return self.scope.declare(&name, Type::Dict, true);
        };
        let key = self.key();
        let value = self.expression(Type::Num);
        match self.rng.below(12) {
            0..=2 => self.line(&format!("if len({dict}) < {DICT_MOST} then {dict}[{key}] = {value} end")),
            3 => {
                let key = self.leaf(Type::Int, 3);
                self.line(&format!("{dict}[{key} % 10] = {value}"));
            }
            4 => {
                let (name, key) = (self.fresh("k"), self.leaf(Type::Int, 3));
                self.line(&format!("let {name} = {key} % 40"));
                self.line(&format!("{dict}[{name}] = dict_get({dict}, {name}, 0) + {value}"));
            }
            5 => {
                let name = self.fresh("k");
                self.line(&format!("let {name} = {key}"));
                let op = self.rng.pick(&["+", "-", "*"]);
                self.line(&format!("if {name} in {dict} then {dict}[{name}] {op}= {value} end"));
            }
            6 => match self.take(Type::Any) {
                Some(target) => self.line(&format!("{target} = {dict}.remove({key})")),
                None => self.line(&format!("{dict}.remove({key})")),
            },
            7 => match self.take(Type::Any) {
                Some(target) => {
                    let key = self.scalar(3);
                    self.line(&format!("{target} = {dict}[{key}]"));
                }
                None => self.line(&format!("{dict}.clear()")),
            },
            8 if self.protected > 0 => {
                let (condition, key) = (self.rare_condition(), self.rng.pick(&["nil", "NAN", "0.0 / 0.0", "[1]"]));
                self.line(&format!("if {condition} then {dict}[{key}] = 1 end"));
            }
            9 if self.rng.percent(40) => self.line(&format!("{dict}.clear()")),
            _ => self.dict_loop(&dict),
        }
    }

    /// A loop over what a dict holds.
    fn dict_loop(&mut self, dict: &str) {
        let trips = u64::from(DICT_MOST);
        if self.weight * trips > self.weight_limit || !self.can_spend(6 * trips) || self.nesting > 5 {
            return self.assignment();
        }
        let (k, v) = (self.fresh("k"), self.fresh("x"));
        let pairs = self.rng.percent(60);
        // Over itself, where what changes it is an error, or over what no one changes.
        let over = match self.rng.below(4) {
            0 | 1 => dict.to_owned(),
            2 => format!("copy({dict})"),
            _ if pairs => format!("{dict}.values()"),
            _ => format!("{dict}.keys()"),
        };
        if over == dict && self.protected == 0 {
            return self.quick_dict_loop(dict, &k, &v);
        }
        self.line(&format!("for {} in {over} do", if pairs { format!("{k}, {v}") } else { k.clone() }));
        let mark = self.begin_block();
        let values = over.ends_with(".values()");
        self.scope.declare(&k, if values { Type::Int } else { Type::Any }, false);
        if pairs {
            self.scope.declare(&v, Type::Num, true);
        }
        self.weight *= trips;
        self.loops += 1;
        if over == dict && self.rng.percent(50) {
            // At times the last key, behind which the loop asks for no other.
            let (condition, key) = (self.rare_condition(), self.key());
            let change = self.rng.pick(&["remove", "push"]);
            match change {
                "remove" => self.line(&format!("if {condition} then {dict}.remove({k}) end")),
                _ => self.line(&format!("if {condition} and len({dict}) < {DICT_MOST} then {dict}[{key}] = 0 end")),
            }
        }
        for _ in 0..self.rng.between(1, 3) {
            self.statement();
        }
        self.way_out(10);
        self.loops -= 1;
        self.weight /= trips;
        self.end_block(mark);
        self.line("end");
    }

    /// One that leaves the dict's keys alone.
    fn quick_dict_loop(&mut self, dict: &str, k: &str, v: &str) {
        self.spent += 2 * self.weight * u64::from(DICT_MOST);
        self.line(&format!("for {k}, {v} in {dict} do"));
        if let Some(target) = self.take(Type::Num) {
            let op = self.rng.pick(&["+", "-", "*"]);
            self.line(&format!("    {target} = {target} {op} {v}"));
        }
        if self.rng.percent(40) {
            self.line(&format!("    {dict}[{k}] = {v} + 1"));
        }
        if let Some(target) = self.take(Type::Int)
            && self.rng.percent(50)
        {
            self.line(&format!("    if type({k}) == \"int\" then {target} = {target} ^ {k} end"));
        }
        self.line("end");
    }
}
