//! `match` with patterns of every form, and enums: what makes a value be told apart in many ways, mostly by tests that
//! fail.

use super::{Generator, Type};

/// Strings that subjects and patterns have in common.
const WORDS: &[&str] = &["\"a\"", "\"abc\"", "\"é漢😀\"", "\"\"", "\"int\""];

/// What a subject may be, and so which patterns have a chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// A value of a type.
    Of(Type),
    /// An array of up to four values of a type.
    Array(Type),
    /// An int and a pair of ints, sometimes fewer.
    Nested,
    /// A dict with some of the keys `a`, `b` and 1, whose values are ints.
    Dict,
}

/// An enum of the program.
#[derive(Clone, Debug)]
pub(super) struct Enum {
    name: String,
    members: Vec<String>,
}

impl Enum {
    /// One of its members.
    fn member(&self, generator: &mut Generator) -> String {
        format!("{}.{}", self.name, self.members[generator.rng.index(self.members.len())])
    }
}

impl Generator {
    /// `match`, on one of the things that patterns tell apart.
    pub(super) fn match_statement(&mut self) {
        let (subject, shape) = self.subject();
        self.line(&format!("match {subject}"));
        let cases = self.rng.weighted(&[(2, 1), (4, 2), (4, 3), (2, 5), (1, 9)]);
        for _ in 0..cases {
            self.case(shape);
        }
        if self.rng.percent(60) {
            self.line("else");
            self.block(2);
        }
        self.line("end");
    }

    fn subject(&mut self) -> (String, Shape) {
        match self.rng.below(14) {
            0..=2 => {
                let (value, modulus) = (self.expression(Type::Int), self.rng.pick(&[2, 3, 5, 7]));
                (format!("{value} % {modulus}"), Shape::Of(Type::Int))
            }
            3 => (self.expression(Type::Int), Shape::Of(Type::Int)),
            4 => (format!("{} % 4 / 2", self.expression(Type::Int)), Shape::Of(Type::Num)),
            5 => (self.expression(Type::Num), Shape::Of(Type::Num)),
            6 => {
                let index = self.expression(Type::Int);
                (format!("[{}][{index} % {}]", WORDS.join(", "), WORDS.len()), Shape::Of(Type::Str))
            }
            7 => (self.expression(Type::Any), Shape::Of(Type::Any)),
            8 | 9 => {
                let ty = self.rng.pick(&[Type::Ints, Type::Bools, Type::Nums, Type::Anys]);
                let (array, end) = (self.variable_or_literal(ty), self.expression(Type::Int));
                (format!("{array}.slice(0, {end} % 5)"), Shape::Array(ty.element()))
            }
            10 | 11 => {
                let condition = self.expression(Type::Bool);
                let [a, b, c] = [(); 3].map(|()| self.expression(Type::Int));
                (format!("(if {condition} then [{a} % 3, [{b} % 3, {c}]] else [{b}, {a}] end)"), Shape::Nested)
            }
            12 => {
                let condition = self.expression(Type::Bool);
                let [a, b, c] = [(); 3].map(|()| self.expression(Type::Int));
                let other = self.rng.pick(&["{}", "{b: 2, c: nil}", "{\"b\": 3, 1.0: 4}", "[]", "nil", "{a: 1, 1: 5}"]);
                (format!("(if {condition} then {{a: {a} % 3, b: {b}, 1: {c}}} else {other} end)"), Shape::Dict)
            }
            _ => (self.expression(Type::Member), Shape::Of(Type::Member)),
        }
    }

    fn case(&mut self, shape: Shape) {
        let mark = self.begin_block();
        let most = match shape {
            Shape::Of(_) => 1,
            Shape::Array(_) | Shape::Dict => 2,
            Shape::Nested => 3,
        };
        let count = if self.rng.percent(if most == 1 { 15 } else { 60 }) { self.rng.between(1, most) } else { 0 };
        let mut names: Vec<String> = Vec::new();
        for _ in 0..count {
            // A name that hides an outer one is no less new.
            let name = match self.scope.shadowable(&mut self.rng) {
                Some(name) if self.rng.percent(20) && !names.contains(&name) => name,
                _ => self.fresh("q"),
            };
            names.push(name);
        }
        let alternatives = match shape {
            Shape::Of(_) if count > 0 => 1,
            _ => self.rng.weighted(&[(6, 1), (2, 2), (1, 3)]),
        };
        let patterns: Vec<_> = (0..alternatives).map(|_| self.pattern(shape, &names)).collect();
        let ty = match shape {
            Shape::Of(ty) | Shape::Array(ty) => ty,
            Shape::Nested | Shape::Dict => Type::Int,
        };
        for name in &names {
            self.scope.declare(name, ty, true);
        }
        let mut head = format!("case {}", patterns.join(", "));
        if self.rng.percent(25) {
            head += &format!(" if {}", self.expression(Type::Bool));
        }
        self.indent -= 1;
        if self.rng.percent(25) {
            self.begin_line(&format!("{head} -> "));
            let way = self.rng.pick(&["break", "continue"]);
            if self.loops > 0 && self.rng.percent(40) {
                self.line(way)
            } else {
                self.assignment()
            }
            self.indent += 1;
        } else {
            self.line(&format!("{head} then"));
            self.indent += 1;
            for _ in 0..self.rng.between(0, 2) {
                self.statement();
            }
            if self.loops > 0 && self.rng.percent(10) {
                let way = self.rng.pick(&["break", "continue", "continue"]);
                self.line(way);
            }
        }
        self.end_block(mark);
    }

    /// A pattern that binds all of these names.
    fn pattern(&mut self, shape: Shape, names: &[String]) -> String {
        match shape {
            Shape::Of(ty) => match names {
                [] => self.plain_pattern(ty),
                [name, ..] => name.clone(),
            },
            Shape::Array(ty) => {
                let len = self.rng.between(names.len() as i64, 4) as usize;
                let parts = self.parts(len, ty, names);
                format!("[{}]", parts.join(", "))
            }
            Shape::Nested => {
                let parts = self.parts(3, Type::Int, names);
                let flat = names.len() < 2 && self.rng.percent(30);
                if flat {
                    let parts = self.parts(2, Type::Int, names);
                    return format!("[{}]", parts.join(", "));
                }
                format!("[{}, [{}, {}]]", parts[0], parts[1], parts[2])
            }
            Shape::Dict => {
                let parts = self.parts(2, Type::Int, names);
                let mut keys = ["a", "b", "1", "\"a\"", "c"];
                let first = self.rng.index(keys.len());
                keys.swap(0, first);
                match self.rng.below(5) {
                    0 if names.is_empty() => "{}".to_owned(),
                    1 if names.is_empty() => format!("{{{}: {}}}", keys[0], parts[0]),
                    _ => format!("{{{}: {}, {}: {}}}", keys[0], parts[0], keys[1], parts[1]),
                }
            }
        }
    }

    /// Patterns in a row, among them all of these names.
    fn parts(&mut self, count: usize, ty: Type, names: &[String]) -> Vec<String> {
        let mut parts: Vec<String> =
            (0..count).map(|_| if self.rng.percent(50) { "_".to_owned() } else { self.plain_pattern(ty) }).collect();
        let mut places: Vec<usize> = (0..count).collect();
        for name in names {
            let place = places.swap_remove(self.rng.index(places.len()));
            parts[place] = name.clone();
        }
        parts
    }

    /// A pattern that binds nothing.
    fn plain_pattern(&mut self, ty: Type) -> String {
        let constant = self.scope.find(&mut self.rng, |variable| variable.constant).map(|found| found.name.clone());
        if let Some(constant) = constant
            && self.rng.percent(12)
        {
            return constant;
        }
        match ty {
            Type::Int => match self.rng.below(10) {
                0..=6 => self.small_int(),
                7 => format!("{}.0", self.rng.between(-1, 4)),
                8 => self.rng.pick(&["140737488355328", "-140737488355329", "9223372036854775807", "0xFF"]).to_owned(),
                _ => self.rng.pick(&["nil", "\"1\"", "true", "[]", "_"]).to_owned(),
            },
            Type::Float | Type::Num => match self.rng.below(6) {
                0 => self.small_int(),
                1 => self.rng.pick(&["-0.0", "1e300", "0.1", "9007199254740992.0"]).to_owned(),
                _ => self.rng.pick(&["0.0", "0.5", "1.0", "1.5", "2", "-1.5"]).to_owned(),
            },
            Type::Str => self.rng.pick(WORDS).to_owned(),
            Type::Member if self.rng.percent(90) => self.member(),
            _ => match self.rng.below(8) {
                0 => self.small_int(),
                1 => self.rng.pick(WORDS).to_owned(),
                2 => self.rng.pick(&["true", "false"]).to_owned(),
                3 => "nil".to_owned(),
                4 => self.member(),
                5 => self.rng.pick(&["[_, _]", "[1]", "[_]", "{}", "{a: 1}"]).to_owned(),
                _ => self.plain_pattern(Type::Num),
            },
        }
    }

    /// A member of an enum, by its name.
    pub(super) fn member(&mut self) -> String {
        let number = self.rng.index(self.enums.len());
        let found = self.enums[number].clone();
        found.member(self)
    }

    /// The definition of an enum that the whole program sees.
    pub(super) fn enum_of_program(&mut self) {
        let defined = self.enum_definition();
        self.enums.push(defined);
    }

    /// An enum of a block, new each time, and something that one of its members is used for.
    pub(super) fn local_enum(&mut self) {
        let defined = self.enum_definition();
        let member = defined.member(self);
        if let Some(target) = self.scope.assignable(&mut self.rng, Type::Int) {
            self.line(&format!("{target} = {target} ^ {member}.value"));
        }
        if let Some(target) = self.scope.assignable(&mut self.rng, Type::Any) {
            self.line(&format!("{target} = {member}"));
        }
    }

    fn enum_definition(&mut self) -> Enum {
        let defined =
            Enum { name: self.fresh("E"), members: (0..self.rng.between(1, 4)).map(|_| self.fresh("M")).collect() };
        let members: Vec<_> = defined
            .members
            .iter()
            .map(|member| match self.rng.below(4) {
                0 if !self.enums.is_empty() => format!("{member} = {}", self.expression(Type::Int)),
                1 => format!("{member} = {}", self.small_int()),
                _ => member.clone(),
            })
            .collect();
        self.line(&format!("enum {} {} end", defined.name, members.join(", ")));
        defined
    }
}
