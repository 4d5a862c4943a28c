//! Loops in every form, with the ways out of them. The bound of each is out of its body's reach.

use super::{Generator, Type};

/// How often a loop may run: below, at and above what makes it hot, for inner and outer ones.
const TRIPS: &[(u64, u64)] =
    &[(2, 3), (2, 7), (2, 20), (2, 55), (3, 58), (3, 64), (4, 100), (4, 150), (3, 300), (2, 700), (1, 1500)];

impl Generator {
    /// Writes a loop, or a plain statement if a loop would cost too much here.
    pub(super) fn loop_statement(&mut self) {
        let trips = self.rng.weighted(TRIPS);
        if self.weight * trips > self.weight_limit || !self.can_spend(trips * 4) {
            return self.assignment();
        }
        match self.rng.below(46) {
            37 | 38 | 43 => self.factories(),
            39 | 40 => self.shapes(),
            41 | 42 => self.phases(),
            44 | 45 => self.crowded(),
            33 | 34 => self.recurrence(),
            35 | 36 if self.weight * 100 <= self.weight_limit && self.can_spend(400) => self.float_loop(),
            29 | 30 if self.weight * 150 <= self.weight_limit && self.can_spend(2000) => self.carried_values(),
            31 | 32 if self.weight * 150 <= self.weight_limit && self.can_spend(3000) => self.tree(),
            26..=28 if self.weight * 150 <= self.weight_limit && self.can_spend(900) => self.grid(),
            23..=25 if self.weight * 150 <= self.weight_limit && self.can_spend(900) => self.sweep(),
            20..=22 => self.walk(),
            0..=6 => self.range_loop(trips),
            7 => self.edge_loop(),
            8..=10 => self.array_loop(),
            11 => self.string_loop(),
            12..=15 => self.counted("while", trips),
            16 | 17 => self.counted("repeat", trips),
            _ => self.counted("loop", trips),
        }
    }

    /// Writes the statements of a loop's body, one block in.
    fn body(&mut self, trips: u64) {
        self.weight *= trips;
        self.loops += 1;
        for _ in 0..self.rng.between(1, 5) {
            self.statement();
        }
        if self.trap && self.result.is_none() && self.weight >= 50 && self.rng.percent(70) {
            self.trap();
        }
        if self.rng.percent(30) {
            let condition = self.rare_condition();
            let way = if self.rng.percent(60) { "continue" } else { "break" };
            self.line(&format!("if {condition} then {way} end"));
            self.statement();
        }
        self.loops -= 1;
        self.weight /= trips;
    }

    /// A condition that mostly is false.
    pub(super) fn rare_condition(&mut self) -> String {
        let a = self.expression(Type::Int);
        let modulus = self.rng.pick(&[5, 11, 60, 97, 130]);
        format!("{a} % {modulus} == {}", self.rng.between(0, modulus - 1))
    }

    /// `for` over a range, in one of its forms.
    fn range_loop(&mut self, trips: u64) {
        let n = trips as i64;
        let i = self.fresh("i");
        let start = self.rng.between(-5, 5);
        let head = match self.rng.below(8) {
            0 | 1 => format!("0..{n}"),
            2 => format!("{start}..{}", start + n),
            3 => format!("1 to {n}"),
            4 => {
                let step = self.rng.between(2, 7);
                format!("{start}..{} step {step}", start + n * step)
            }
            5 => format!("{} to {start} step -{}", start + n * 3 - 1, 3),
            6 => format!("{} .. {start} step -1", start + n),
            _ => {
                // Bounds that the loop can't know to be constant.
                let (a, step) = (self.expression(Type::Int), self.rng.pick(&["1", "2", "-1"]));
                format!("{a} & 7 .. {n} step {step}")
            }
        };
        self.line(&format!("for {i} in {head} do"));
        let mark = self.begin_block();
        // Assigning to the variable of a `for` changes this round only.
        let assignable = self.rng.percent(30);
        self.scope.declare(&i, Type::Int, assignable);
        self.body(trips);
        self.end_block(mark);
        self.line("end");
    }

    /// `for` up to the ends of the ints, and across the ends of smaller representations.
    fn edge_loop(&mut self) {
        let i = self.fresh("i");
        let n = self.rng.between(1, 120);
        let head = match self.rng.below(6) {
            0 => format!("MAX_INT - {n} to MAX_INT"),
            1 => format!("MAX_INT - {} .. MAX_INT step 3", n * 3),
            2 => format!("MIN_INT + {n} to MIN_INT step -1"),
            3 => format!("(1 << 47) - {n} .. (1 << 47) + 3"),
            4 => format!("(1 << 31) - {n} .. (1 << 31) + 3"),
            _ => format!("-(1 << 47) + 3 to -(1 << 47) - {n} step -1"),
        };
        self.line(&format!("for {i} in {head} do"));
        let mark = self.begin_block();
        self.scope.declare(&i, Type::Int, true);
        self.body(n as u64 + 3);
        self.end_block(mark);
        self.line("end");
    }

    /// `for` over an array, with or without the index. The array is a copy: its own length may grow under way.
    fn array_loop(&mut self) {
        let mut ty = self.rng.pick(&[Type::Ints, Type::Bools, Type::Nums, Type::Anys]);
        if self.has_objects() && self.rng.percent(25) {
            ty = Type::Objs;
        }
        let array = if self.rng.percent(50) {
            format!("copy({})", self.variable_or_literal(ty))
        } else {
            let n = self.rng.between(1, 90);
            match ty {
                Type::Ints => format!("range({n})"),
                _ => format!("fill({n}, {})", self.scalar_of(ty)),
            }
        };
        let x = self.fresh("x");
        if self.rng.percent(40) {
            let i = self.fresh("i");
            self.line(&format!("for {i}, {x} in {array} do"));
            let mark = self.begin_block();
            self.scope.declare(&i, Type::Int, false);
            self.array_loop_body(mark, &x, ty);
        } else {
            self.line(&format!("for {x} in {array} do"));
            let mark = self.begin_block();
            self.array_loop_body(mark, &x, ty);
        }
    }

    fn array_loop_body(&mut self, mark: usize, x: &str, ty: Type) {
        self.scope.declare(x, ty.element(), true);
        if ty == Type::Objs {
            self.weight *= 90;
            self.object_statement();
            self.weight /= 90;
        }
        self.body(90);
        self.end_block(mark);
        self.line("end");
    }

    /// A counted loop whose counter indexes arrays, unguarded: what tests of bounds are taken out of. In some the array
    /// shrinks under way, or the counter starts or ends one off; then the program ends with an error, like everywhere.
    fn walk(&mut self) {
        let mut ty = self.rng.pick(&[Type::Ints, Type::Ints, Type::Bools, Type::Nums, Type::Anys]);
        if self.has_objects() && self.rng.percent(20) {
            ty = Type::Objs;
        }
        let (a, b, i) = (self.fresh("w"), self.fresh("w"), self.fresh("i"));
        let n = self.rng.between(2, 120);
        let element = self.scalar_of(ty);
        let filled = format!("fill({n}, {element})");
        self.line(&format!("let {a} = {filled}"));
        let alias = self.rng.percent(50);
        self.line(&format!("let {b} = {}", if alias { &a } else { &filled }));
        self.scope.declare(&a, ty, false);
        self.scope.declare(&b, ty, false);
        let off_by_one = self.rng.percent(4);
        let last = if off_by_one { "" } else { " - 1" };
        let head = match self.rng.below(7) {
            0 | 1 => format!("for {i} in 0..len({a}) do"),
            2 => format!("for {i} in 1 to len({a}){last} do"),
            3 => format!("for {i} in len({a}){last} to 0 step -1 do"),
            4 => format!("for {i} in 0..len({a}) step {} do", self.rng.between(2, 4)),
            5 => format!("for {i}, {i}x in {a} do"),
            _ => {
                self.line(&format!("let {i} = -1"));
                format!("while {i} + 1 < len({a}) and {i} < 200 do")
            }
        };
        let counts = head.starts_with("while");
        self.line(&head);
        let mark = self.begin_block();
        if counts {
            self.line(&format!("{i} += 1"));
        }
        self.scope.declare(&i, Type::Int, false);
        self.weight *= n as u64;
        self.loops += 1;
        for _ in 0..self.rng.between(1, 4) {
            self.walk_statement(&a, &b, &i, ty);
        }
        self.loops -= 1;
        self.weight /= n as u64;
        self.end_block(mark);
        self.line("end");
        self.line(&format!("print({a}, {b})"));
    }

    fn walk_statement(&mut self, a: &str, b: &str, i: &str, ty: Type) {
        let at = match self.rng.below(12) {
            0..=6 => i.to_owned(),
            7 => format!("{i} - 1 + {}", self.rng.pick(&["1", "len(\"a\")"])),
            8 => format!("len({a}) - 1 - {i}"),
            9 => format!("{i} div 2"),
            10 => format!("({i} * {}) % len({b})", self.rng.between(2, 9)),
            _ => format!("{i} & {}", self.rng.pick(&[0, 1, 3])),
        };
        let value = match ty {
            Type::Anys => self.scalar(2),
            other => self.expression(other.element()),
        };
        match self.rng.below(13) {
            0 | 1 => self.line(&format!("{a}[{i}] = {value}")),
            2 | 3 => self.line(&format!("{a}[{i}] = {b}[{at}]")),
            4 | 5 if matches!(ty, Type::Ints | Type::Nums) => self.line(&format!("{a}[{i}] += {b}[{at}]")),
            6 => self.line(&format!("{b}[{at}], {a}[{i}] = {a}[{i}], {value}")),
            7 => {
                let target = self.scope.assignable(&mut self.rng, ty.of_element());
                if let Some(target) = target {
                    self.line(&format!("{target} = {a}[{at}]"));
                }
            }
            8 if self.rng.percent(50) => {
                let condition = self.rare_condition();
                let shrinks = self.rng.pick(&["pop()", "remove_at(0)"]);
                let grows = self.rng.pick(&["push(1)", "push(nil)", "push(2.5)", "push(true)"]);
                let change = if ty == Type::Objs || self.rng.percent(40) { shrinks } else { grows };
                self.line(&format!("if {condition} and len({b}) > 1 and len({b}) < 200 then {b}.{change} end"));
            }
            9 if matches!(ty, Type::Ints | Type::Nums) => {
                let op = self.rng.pick(&["<", ">", "==", "<="]);
                let target = self.scope.assignable(&mut self.rng, Type::Int);
                if let Some(target) = target {
                    self.line(&format!("if {a}[{at}] {op} {b}[{i}] then {target} = {target} + {i} end"));
                }
            }
            10 if ty == Type::Bools => {
                if let Some(target) = self.scope.assignable(&mut self.rng, Type::Int) {
                    let not = self.rng.pick(&["", "not "]);
                    self.line(&format!("if {not}{a}[{at}] then {target} = {target} + {i} end"));
                }
            }
            _ => self.statement(),
        }
    }

    fn scalar_of(&mut self, ty: Type) -> String {
        match ty {
            Type::Nums => self.expression(Type::Float),
            Type::Ints => self.expression(Type::Int),
            Type::Bools => self.expression(Type::Bool),
            Type::Objs => self.expression(Type::Obj),
            _ => self.scalar(2),
        }
    }

    fn string_loop(&mut self) {
        let c = self.fresh("c");
        let s = self.expression(Type::Str);
        self.line(&format!("for {c} in ({s}).slice(0, 80) do"));
        let mark = self.begin_block();
        self.scope.declare(&c, Type::Str, true);
        self.body(80);
        self.end_block(mark);
        self.line("end");
    }

    /// `while`, `repeat` and `loop`, with a counter that only they advance, first thing in the body.
    fn counted(&mut self, form: &str, trips: u64) {
        let n = self.fresh("n");
        self.line(&format!("let {n} = 0"));
        self.scope.declare(&n, Type::Int, false);
        let step = self.rng.between(1, 3);
        let limit = trips as i64 * step;
        let more = match form {
            _ if self.rng.percent(70) => None,
            // The body's variables can be seen after `until`, those included that hide others.
            "repeat" => Some(format!("{n} * 7919 % 97 == {}", self.rng.between(0, 96))),
            _ => Some(self.rare_condition()),
        };
        match (form, &more) {
            ("while", Some(more)) => self.line(&format!("while {n} < {limit} and not ({more}) do")),
            ("while", None) => self.line(&format!("while {n} < {limit} do")),
            _ => self.line(form),
        }
        let mark = self.begin_block();
        self.line(&format!("{n} += {step}"));
        if form == "loop" {
            self.line(&format!("if {n} >= {limit} then break end"));
        }
        self.body(trips);
        self.end_block(mark);
        match (form, more) {
            ("repeat", Some(more)) => self.line(&format!("until {n} >= {limit} or {more}")),
            ("repeat", None) => self.line(&format!("until {n} >= {limit}")),
            _ => self.line("end"),
        }
    }
}
