//! Expressions of a wanted type. Each is free of errors by construction where that is cheap: divisors are made odd,
//! indices are taken modulo the length of an array that is never empty, shift counts are masked.

use super::{Generator, Type};

/// Expressions nest no deeper than this.
const DEPTH: u32 = 4;

impl Generator {
    /// An expression of type `ty`.
    pub(super) fn expression(&mut self, ty: Type) -> String {
        self.expression_at(ty, 0)
    }

    pub(super) fn expression_at(&mut self, ty: Type, depth: u32) -> String {
        let leaf = depth >= DEPTH || self.rng.percent(8 + 15 * u64::from(depth));
        if leaf {
            return self.leaf(ty, depth);
        }
        if self.rng.percent(6) && !matches!(ty, Type::Fn) {
            let condition = self.expression_at(Type::Bool, depth + 1);
            let (yes, no) = (self.expression_at(ty, depth + 1), self.expression_at(ty, depth + 1));
            return format!("(if {condition} then {yes} else {no} end)");
        }
        // There are many rules about comparisons, and few places for one.
        let laws = match ty {
            Type::Bool => 14,
            Type::Int | Type::Float => 7,
            _ => 0,
        };
        if self.rng.percent(laws)
            && let Some(law) = self.law(ty)
        {
            return law;
        }
        match ty {
            Type::Int => self.int(depth),
            Type::Float => self.float(depth),
            Type::Num => {
                let of = self.rng.weighted(&[(2, Type::Int), (2, Type::Float), (3, Type::Num)]);
                if of == Type::Num { self.number(depth) } else { self.expression_at(of, depth) }
            }
            Type::Bool => self.boolean(depth),
            Type::Str => self.string(depth),
            Type::Ints | Type::Bools | Type::Nums | Type::Anys | Type::Objs => self.array(ty, depth),
            Type::Any => self.anything(depth),
            Type::Fn => self.function_value(),
            Type::Member => self.leaf(ty, depth),
            Type::Obj => self.object(depth),
            Type::Dict => self.dict(depth),
        }
    }

    /// A variable or a literal.
    pub(super) fn leaf(&mut self, ty: Type, depth: u32) -> String {
        if self.rng.percent(75)
            && let Some(name) = self.scope.readable(&mut self.rng, ty)
        {
            return name;
        }
        match ty {
            Type::Int => self.int_literal(),
            Type::Float => self.float_literal(),
            Type::Num => {
                if self.rng.percent(50) {
                    self.int_literal()
                } else {
                    self.float_literal()
                }
            }
            // A literal would make the branch that asks for it a constant one.
            Type::Bool if self.rng.percent(90) => {
                let (a, b) = (self.leaf(Type::Int, depth), self.small_int());
                format!("({a} {} {b})", self.rng.pick(&["<", ">", "==", "!="]))
            }
            Type::Bool => self.rng.pick(&["true", "false"]).to_owned(),
            Type::Str => self.string_literal(),
            Type::Ints | Type::Bools | Type::Nums | Type::Anys | Type::Objs => self.array_literal(ty, depth),
            Type::Any => self.anything(DEPTH),
            Type::Fn => self.function_value(),
            Type::Member => self.member(),
            Type::Obj => self.constructor(),
            Type::Dict => self.dict_literal(depth),
        }
    }

    fn int(&mut self, depth: u32) -> String {
        let depth = depth + 1;
        match self.rng.below(31) {
            27 => self.leaf(Type::Int, depth),
            28 if self.has_objects() => self.int_of_object(depth),
            29 if self.has_objects() => self.int_of_dict(depth),
            30 => self.int_of_string(depth),
            0..=9 => {
                let op = self.rng.weighted(&[(6, "+"), (5, "-"), (3, "*"), (2, "&"), (2, "|"), (4, "^")]);
                let (a, b) = (self.expression_at(Type::Int, depth), self.expression_at(Type::Int, depth));
                format!("({a} {op} {b})")
            }
            10 | 11 => {
                // Repeated subexpressions are what common-subexpression elimination looks for.
                let a = self.expression_at(Type::Int, depth + 1);
                let op = self.rng.pick(&["+", "*", "^"]);
                format!("({a} {op} {a})")
            }
            12..=14 => {
                let op = self.rng.pick(&["div", "%", "mod"]);
                let a = self.expression_at(Type::Int, depth);
                let b = if self.protected > 0 && self.rng.percent(8) {
                    // Now and then zero.
                    format!("({} % {})", self.expression_at(Type::Int, depth), self.rng.pick(&[3, 20, 90]))
                } else if self.rng.percent(70) {
                    self.rng.pick(&["2", "3", "7", "-3", "10", "16", "64", "-1", "1000"]).to_owned()
                } else {
                    format!("({} | 1)", self.expression_at(Type::Int, depth))
                };
                format!("({a} {op} {b})")
            }
            15 | 16 => {
                let op = self.rng.pick(&["<<", ">>"]);
                let a = self.expression_at(Type::Int, depth);
                let count = match self.rng.below(10) {
                    0..=5 => self.rng.between(0, 13).to_string(),
                    6 | 7 => self.rng.pick(&["31", "47", "63", "64", "70"]).to_owned(),
                    _ => format!("({} & 63)", self.expression_at(Type::Int, depth)),
                };
                format!("({a} {op} {count})")
            }
            17 => format!("{}({})", self.rng.pick(&["-", "~"]), self.expression_at(Type::Int, depth)),
            18 => format!("to_int({})", self.expression_at(Type::Num, depth)),
            19 | 20 => self.element(Type::Ints, depth),
            21 => {
                let array = self.array_variable();
                format!("len({array})")
            }
            22 | 23 => self.int_builtin(depth),
            24 => format!("{}.value", self.leaf(Type::Member, depth)),
            25 => match self.call(Type::Int) {
                Some(call) => call,
                None => self.leaf(Type::Int, depth),
            },
            _ => match self.scope.readable(&mut self.rng, Type::Fn) {
                Some(function) if self.calls_allowed => format!("{function}({})", self.expression_at(Type::Int, depth)),
                _ => self.leaf(Type::Int, depth),
            },
        }
    }

    fn int_builtin(&mut self, depth: u32) -> String {
        let a = self.expression_at(Type::Int, depth);
        let b = self.expression_at(Type::Int, depth + 1);
        match self.rng.below(10) {
            0 => format!("abs({a})"),
            1 => format!("min({a}, {b})"),
            2 => format!("max({a}, {b})"),
            3 => format!("clamp({a}, -100, {})", self.rng.between(-100, 1000)),
            4 => format!("{}({a})", self.rng.pick(&["popcount", "clz", "ctz", "sign"])),
            5 => format!("{}({a}, {b})", self.rng.pick(&["rotl", "rotr"])),
            6 => format!("ushr({a}, {})", self.rng.between(0, 65)),
            7 => format!("pow({a}, {})", self.rng.between(0, 5)),
            8 => format!("({a}).abs().min({b})"),
            _ => format!("len({})", self.expression_at(Type::Str, depth + 1)),
        }
    }

    fn float(&mut self, depth: u32) -> String {
        let depth = depth + 1;
        match self.rng.below(16) {
            0..=5 => {
                let op = self.rng.weighted(&[(4, "+"), (3, "-"), (3, "*"), (1, "div"), (1, "%")]);
                let (a, b) = (self.expression_at(Type::Float, depth), self.expression_at(Type::Num, depth));
                if self.rng.percent(70) { format!("({a} {op} {b})") } else { format!("({b} {op} {a})") }
            }
            6..=8 => {
                let (a, b) = (self.expression_at(Type::Num, depth), self.expression_at(Type::Num, depth));
                format!("({a} / {b})")
            }
            9 => format!("sqrt({})", self.expression_at(Type::Num, depth)),
            10 => format!("float({})", self.expression_at(Type::Int, depth)),
            11 => format!("-({})", self.expression_at(Type::Float, depth)),
            12 => {
                let (a, b) = (self.expression_at(Type::Float, depth), self.expression_at(Type::Float, depth));
                format!("{}({a}, {b})", self.rng.pick(&["min", "max"]))
            }
            13 => match self.call(Type::Float) {
                Some(call) => call,
                None => self.leaf(Type::Float, depth),
            },
            14 => format!("abs({})", self.expression_at(Type::Float, depth)),
            _ => self.leaf(Type::Float, depth),
        }
    }

    fn number(&mut self, depth: u32) -> String {
        let depth = depth + 1;
        match self.rng.below(7) {
            6 if self.has_objects() => self.number_of_dict(depth),
            0..=2 => {
                let op = self.rng.pick(&["+", "-", "*", "+"]);
                let (a, b) = (self.expression_at(Type::Num, depth), self.expression_at(Type::Num, depth));
                format!("({a} {op} {b})")
            }
            3 => self.element(Type::Nums, depth),
            4 => match self.call(Type::Num) {
                Some(call) => call,
                None => self.leaf(Type::Num, depth),
            },
            _ => format!("{}({})", self.rng.pick(&["abs", "sign"]), self.expression_at(Type::Num, depth)),
        }
    }

    /// A condition.
    fn boolean(&mut self, depth: u32) -> String {
        let depth = depth + 1;
        match self.rng.below(22) {
            21 => {
                // All but nil and false is true.
                let of =
                    self.rng.pick(&[Type::Int, Type::Float, Type::Str, Type::Ints, Type::Any, Type::Any, Type::Fn]);
                let value =
                    if self.rng.percent(50) { self.leaf(of, depth) } else { self.expression_at(of, depth.max(3)) };
                match self.rng.below(3) {
                    0 => format!("(not {value})"),
                    1 => format!("(if {value} then {} else false end)", self.leaf(Type::Bool, depth)),
                    _ => format!("(not not ({value} and {}))", self.leaf(Type::Bool, depth)),
                }
            }
            19 | 20 => self.element(Type::Bools, depth),
            17 if self.has_objects() => self.boolean_of_objects(depth),
            18 => self.boolean_of_strings(depth),
            16 => {
                let (a, b) = (self.leaf(Type::Member, depth), self.member());
                format!("({a} {} {b})", self.rng.pick(&["==", "!="]))
            }
            0..=6 => {
                let op = self.rng.pick(&["==", "!=", "<", "<=", ">", ">="]);
                let ty = self.rng.weighted(&[(6, Type::Int), (3, Type::Num), (2, Type::Float), (1, Type::Str)]);
                let (a, b) = (self.expression_at(ty, depth), self.expression_at(ty, depth));
                format!("({a} {op} {b})")
            }
            7..=9 => {
                // An unbiased branch, or one that is rarely taken.
                let a = self.expression_at(Type::Int, depth);
                let modulus = self.rng.pick(&[2, 2, 3, 5, 7, 50, 97]);
                format!("({a} % {modulus} == {})", self.rng.between(0, modulus - 1))
            }
            10 | 11 => {
                let op = self.rng.pick(&["and", "or"]);
                let (a, b) = (self.expression_at(Type::Bool, depth), self.expression_at(Type::Bool, depth));
                format!("({a} {op} {b})")
            }
            12 => format!("(not {})", self.expression_at(Type::Bool, depth)),
            13 => {
                let (a, b) = (self.expression_at(Type::Any, depth), self.expression_at(Type::Any, depth));
                format!("({a} {} {b})", self.rng.pick(&["==", "!="]))
            }
            14 => {
                let name = self.rng.pick(&["int", "float", "string", "nil", "array", "bool"]);
                format!("(type({}) == \"{name}\")", self.expression_at(Type::Any, depth))
            }
            _ => {
                let a = self.expression_at(Type::Int, depth);
                let container = match self.rng.below(2) {
                    0 => format!("{}..{}", self.small_int(), self.rng.between(5, 90)),
                    _ => self.variable_or_literal(Type::Ints),
                };
                format!("({a} in {container})")
            }
        }
    }

    /// A string. Lengths stay bounded because an assignment cuts what it stores.
    fn string(&mut self, depth: u32) -> String {
        let depth = depth + 1;
        match self.rng.below(14) {
            10..=12 => self.text(depth),
            13 => self.call(Type::Str).unwrap_or_else(|| self.leaf(Type::Str, depth)),
            9 => format!("{}.name", self.leaf(Type::Member, depth)),
            0..=2 => {
                let (a, b) = (self.expression_at(Type::Str, depth), self.expression_at(Type::Str, depth));
                format!("({a} + {b})")
            }
            3 => format!("str({})", self.expression_at(Type::Num, depth)),
            4 => format!("\"<${{{}}}>\"", self.expression_at(Type::Int, depth + 1)),
            5 => {
                let s = self.expression_at(Type::Str, depth);
                let (from, to) = (self.rng.between(-2, 5), self.rng.between(0, 12));
                format!("({s}).slice({from}, {to})")
            }
            6 => format!(
                "({}).{}()",
                self.expression_at(Type::Str, depth),
                self.rng.pick(&["upper", "lower", "reverse", "trim"])
            ),
            7 => {
                let s = self.expression_at(Type::Str, depth + 1);
                let i = self.expression_at(Type::Int, depth + 1);
                format!("({s} + \"!\")[{i} & 0]")
            }
            _ => format!("type({})", self.expression_at(Type::Any, depth)),
        }
    }

    fn array(&mut self, ty: Type, depth: u32) -> String {
        match self.rng.below(5) {
            0 => format!("copy({})", self.variable_or_literal(ty)),
            1 if ty == Type::Ints && self.rng.percent(4) => {
                // More elements than are written at once.
                let items: Vec<_> = (0..self.rng.between(129, 260)).map(|_| self.small_int()).collect();
                format!("[{}]", items.join(", "))
            }
            1 if ty == Type::Ints => format!("range({})", self.rng.between(1, 40)),
            2 if ty == Type::Ints => {
                let k = self.int_literal();
                format!("{}.map(fn(e) return e ^ {k} end)", self.variable_or_literal(Type::Ints))
            }
            2 if ty == Type::Bools => {
                let k = self.int_literal();
                format!("{}.map(fn(e) return e < {k} end)", self.variable_or_literal(Type::Ints))
            }
            3 => {
                let element = match ty {
                    Type::Nums => Type::Float,
                    Type::Objs => Type::Obj,
                    Type::Bools => Type::Bool,
                    // What is stored later need not fit.
                    Type::Anys => self.rng.pick(&[Type::Int, Type::Bool]),
                    _ => Type::Int,
                };
                format!("fill({}, {})", self.rng.between(1, 30), self.expression_at(element, depth + 1))
            }
            _ => self.array_literal(ty, depth),
        }
    }

    fn array_literal(&mut self, ty: Type, depth: u32) -> String {
        let element = match ty {
            Type::Nums => Type::Float,
            other => other.element(),
        };
        let count = self.rng.between(1, 5);
        let items: Vec<_> = (0..count)
            .map(|_| match element {
                Type::Any => self.scalar(depth.max(2)),
                element => self.expression_at(element, depth.max(2)),
            })
            .collect();
        format!("[{}]", items.join(", "))
    }

    /// A value that holds no array, so that arrays of anything don't grow into towers.
    pub(super) fn scalar(&mut self, depth: u32) -> String {
        let mut ty = self.rng.pick(&[Type::Int, Type::Float, Type::Bool, Type::Str, Type::Num, Type::Member]);
        if self.has_objects() && self.rng.percent(15) {
            ty = Type::Obj;
        }
        if self.rng.percent(10) { "nil".to_owned() } else { self.expression_at(ty, depth + 1) }
    }

    fn anything(&mut self, depth: u32) -> String {
        match self.rng.below(14) {
            3 | 4 if self.has_objects() => self.object_or_dict(depth),
            0 => self.array_literal(Type::Ints, DEPTH),
            1 => "nil".to_owned(),
            2 => self.element(Type::Anys, depth),
            _ => self.scalar(depth),
        }
    }

    /// An element of an array of type `ty`, always in range.
    pub(super) fn element(&mut self, ty: Type, depth: u32) -> String {
        match self.scope.find(&mut self.rng, |variable| variable.ty == ty).map(|variable| variable.name.clone()) {
            Some(array) => {
                let index = self.index_of(&array, depth + 1);
                format!("{array}[{index}]")
            }
            None => self.leaf(ty.element(), DEPTH),
        }
    }

    /// An index that is in range for the array, which is never empty.
    pub(super) fn index_of(&mut self, array: &str, depth: u32) -> String {
        let i = self.expression_at(Type::Int, depth.max(2));
        if self.protected > 0 && self.rng.percent(5) {
            return format!("{i} % (len({array}) + 1) - {}", self.rng.pick(&["0", "0", "1"]));
        }
        format!("{i} % len({array})")
    }

    fn array_variable(&mut self) -> String {
        let found =
            self.scope.find(&mut self.rng, |variable| variable.ty.is_array()).map(|variable| variable.name.clone());
        found.unwrap_or_else(|| "[1]".to_owned())
    }

    pub(super) fn variable_or_literal(&mut self, ty: Type) -> String {
        match self.scope.readable(&mut self.rng, ty) {
            Some(name) => name,
            None => self.array_literal(ty, DEPTH),
        }
    }

    /// A function of one int, with what it captures.
    pub(super) fn lambda(&mut self) -> String {
        let mark = self.scope.open();
        let name = self.fresh("p");
        self.scope.declare(&name, Type::Int, true);
        // It calls nothing: what it calls would be paid for at each of its own calls, and might be itself.
        let calls = std::mem::replace(&mut self.calls_allowed, false);
        // Nor does it fail: it may be called where nobody catches.
        let protected = std::mem::replace(&mut self.protected, 0);
        let body = self.expression_at(Type::Int, 2);
        self.protected = protected;
        self.calls_allowed = calls;
        self.scope.close(mark);
        format!("fn({name}) return {body} end")
    }
}
