//! Functions as values, ranges as values, unpacking: what makes callees, captures and containers vary.

use super::{Generator, Type};

impl Generator {
    /// One of the things that this file makes.
    pub(super) fn higher_order(&mut self) {
        match self.rng.below(11) {
            8 => self.changing_array(),
            9 => self.closures_of_rounds(),
            0 => self.counter(),
            1 => self.functions_in_array(),
            2 => self.callback(),
            3 => self.range_value(),
            4 => self.unpacking(),
            5 => self.rows(),
            6 => self.bound_method(),
            7 => self.math(),
            _ => self.characters(),
        }
    }

    pub(super) fn take(&mut self, ty: Type) -> Option<String> {
        self.scope.assignable(&mut self.rng, ty)
    }

    /// A closure with a state of its own, made by a function.
    fn counter(&mut self) {
        let (make, state, next, i) = (self.fresh("make"), self.fresh("s"), self.fresh("next"), self.fresh("i"));
        let (start, op, step) =
            (self.expression(Type::Int), self.rng.pick(&["+", "-", "^", "*"]), self.rng.between(1, 9));
        let n = self.rng.between(2, 70);
        self.line(&format!("let {make} = fn({state}) return fn(d) {state} = {state} {op} d; return {state} end end"));
        self.line(&format!("let {next} = {make}({start})"));
        if self.weight * n as u64 <= self.weight_limit && self.can_spend(n as u64) {
            self.spent += self.weight * n as u64;
            self.line(&format!("for {i} in 0..{n} do {next}({i} * {step}) end"));
        }
        if let Some(target) = self.take(Type::Int) {
            self.line(&format!("{target} = {next}({step})"));
        }
    }

    /// Functions from an array, called in turn: no callee is the usual one.
    fn functions_in_array(&mut self) {
        let (list, i) = (self.fresh("fs"), self.fresh("i"));
        let count = self.rng.between(1, 3);
        let items: Vec<_> = (0..count).map(|_| self.lambda()).collect();
        self.line(&format!("let {list} = [{}]", items.join(", ")));
        let Some(target) = self.take(Type::Int) else { return };
        let n = self.rng.between(3, 60);
        if self.weight * n as u64 > self.weight_limit || !self.can_spend(2 * n as u64) {
            return self.line(&format!("{target} = {list}[0]({target})"));
        }
        self.spent += 2 * self.weight * n as u64;
        self.line(&format!("for {i} in 0..{n} do"));
        self.line(&format!("    {target} = {list}[{i} % {count}]({target} + {i})"));
        self.line("end");
    }

    /// A builtin that calls back: loops get hot within it as well.
    fn callback(&mut self) {
        let array = self.variable_or_literal(Type::Ints);
        self.spent += 60 * self.weight;
        let Some(target) = self.take(Type::Int) else { return };
        let (k, e) = (self.rng.between(2, 9), self.expression(Type::Int));
        let text = match self.rng.below(6) {
            0 => format!("{target} = reduce({array}, fn(x, y) return x ^ (y * {k}) end, {e})"),
            1 => format!("{target} = len({array}.filter(fn(x) return x % {k} == 0 end))"),
            2 => format!("{target} = sort(copy({array}), fn(x, y) return x % 64 < y % 64 end)[0]"),
            3 => format!("{array}.map(fn(x) {target} = {target} + x; return nil end)"),
            4 => format!("if {array}.any(fn(x) return x > {k} end) then {target} = {k} end"),
            _ => {
                let c = self.fresh("c");
                format!(
                    "{target} = reduce({array}, fn(x, y) for {c} in 0..{k} do x = x + y * {c} end; return x end, {target})"
                )
            }
        };
        self.line(&text);
    }

    /// A range in a variable, which a loop runs over, and which is compared.
    fn range_value(&mut self) {
        let (range, x) = (self.fresh("range"), self.fresh("x"));
        let (from, n) = (self.expression(Type::Int), self.rng.between(0, 70));
        self.line(&format!("let {range} = ({from} % 1000) .. ({from} % 1000) + {n}"));
        let Some(target) = self.take(Type::Int) else { return };
        let e = self.expression(Type::Int);
        self.line(&format!("if {e} in {range} or {range} == 0..{n} then {target} = len({range}) end"));
        if self.weight * n as u64 > self.weight_limit || !self.can_spend(n as u64) {
            return;
        }
        self.spent += self.weight * n as u64;
        let pair = if self.rng.percent(40) { format!("{x}i, {x}") } else { x.clone() };
        let op = self.rng.pick(&["+", "^", "-"]);
        self.line(&format!("for {pair} in {range} do {target} = {target} {op} {x} end"));
    }

    /// Several names bound to what an array holds.
    fn unpacking(&mut self) {
        let (x, y) = (self.fresh("v"), self.fresh("v"));
        let ty = self.rng.pick(&[Type::Int, Type::Num, Type::Any]);
        let (one, two) = (self.expression(ty), self.expression(ty));
        self.line(&format!("let {x}, {y} = [{one}, {two}]"));
        self.scope.declare(&x, ty, true);
        self.scope.declare(&y, ty, true);
        if self.rng.percent(50) {
            self.line(&format!("{x}, {y} = [{y}, {x}]"));
        }
    }

    /// An array that holds values of one type, until something else comes along.
    fn changing_array(&mut self) {
        let (a, i) = (self.fresh("a"), self.fresh("i"));
        let n = self.rng.between(2, 70);
        if self.weight * n as u64 > self.weight_limit || !self.can_spend(4 * n as u64) {
            return self.assignment();
        }
        self.spent += 4 * self.weight * n as u64;
        let (first, second) = (self.rng.pick(&[Type::Int, Type::Float, Type::Str, Type::Bool]), self.scalar(2));
        let (value, at) = (self.expression(first), self.rng.between(0, n));
        self.line(&format!("let {a} = []"));
        self.line(&format!("for {i} in 0..{n} do"));
        match self.rng.below(3) {
            0 => self.line(&format!("    {a}.push(if {i} == {at} then {second} else {value} end)")),
            1 => {
                self.line(&format!("    {a}.push({value})"));
                self.line(&format!("    if {i} >= {at} then {a}[{i} div 2] = {second} end"));
            }
            _ => {
                self.line(&format!("    if {i} == {at} then {a}.insert(0, {second}) else {a}.push({value}) end"));
                self.line(&format!("    if {i} % 9 == 8 then {a} = {a}.slice(1, 5) end"));
            }
        }
        if let Some(target) = self.take(Type::Any) {
            self.line(&format!("    {target} = {a}[{i} % len({a})]"));
        }
        self.line("end");
        if self.weight <= 4 {
            self.line(&format!("print({a})"));
        }
    }

    /// Functions that each captured the variables of their round of a loop, called after it.
    fn closures_of_rounds(&mut self) {
        let (list, i, x, f) = (self.fresh("fs"), self.fresh("i"), self.fresh("x"), self.fresh("f"));
        let n = self.rng.between(2, 64);
        let Some(target) = self.take(Type::Int) else { return };
        if self.weight * n as u64 > self.weight_limit || !self.can_spend(5 * n as u64) {
            return self.assignment();
        }
        self.spent += 5 * self.weight * n as u64;
        let value = self.expression(Type::Int);
        let op = self.rng.pick(&["+", "^", "-"]);
        self.line(&format!("let {list} = []"));
        self.line(&format!("for {i} in 0..{n} do"));
        self.line(&format!("    let {x} = {value}"));
        if self.rng.percent(30) {
            self.line(&format!("    if {i} % 5 == 3 then continue end"));
        }
        self.line(&format!("    {list}.push(fn(d) {x} = {x} {op} d; return {x} + {i} end)"));
        if self.rng.percent(40) {
            self.line(&format!("    {x} = {x} * 3"));
        }
        self.line("end");
        self.line(&format!("for {f} in {list} do {target} = {target} ^ {f}({target} & 7) end"));
    }

    /// An array of arrays, walked in two loops.
    fn rows(&mut self) {
        let (rows, row, i, j) = (self.fresh("m"), self.fresh("row"), self.fresh("i"), self.fresh("j"));
        let (height, width) = (self.rng.between(1, 9), self.rng.between(1, 9));
        if self.weight * 81 > self.weight_limit || !self.can_spend(2 * 81) {
            return self.assignment();
        }
        self.spent += 2 * 81 * self.weight;
        let ty = self.rng.pick(&[Type::Int, Type::Num]);
        let (first, value) = (self.expression(ty), self.expression(ty));
        self.line(&format!("let {rows} = []"));
        self.line(&format!("for {i} in 0..{height} do {rows}.push(fill({width}, {first})) end"));
        self.line(&format!("for {i}, {row} in {rows} do"));
        self.line(&format!("    for {j} in 0..len({row}) do"));
        let at = self.rng.pick(&["j", "len(row) - 1 - j", "0"]).replace("row", &row).replace('j', &j);
        self.line(&format!("        {row}[{j}] = {rows}[{i} % {height}][{at}] + {value}"));
        if self.rng.percent(40) {
            self.line(&format!("        {rows}[{j} % {height}][0] -= {i}"));
        }
        self.line("    end");
        self.line("end");
        if self.weight <= 4 {
            self.line(&format!("print({rows})"));
        }
    }

    /// A builtin bound to an array, and a builtin as a value.
    fn bound_method(&mut self) {
        let Some(array) = self.take(Type::Ints) else { return self.assignment() };
        let (push, e) = (self.fresh("push"), self.expression(Type::Int));
        self.line(&format!("let {push} = {array}.push"));
        self.line(&format!("if len({array}) < 60 then {push}({e}) end"));
        if let Some(target) = self.take(Type::Int) {
            let (f, builtin) = (self.fresh("b"), self.rng.pick(&["abs", "popcount", "len", "sign"]));
            let argument = if builtin == "len" { array } else { target.clone() };
            self.line(&format!("let {f} = {builtin}"));
            self.line(&format!("{target} = {f}({argument})"));
        }
    }

    /// Functions on floats, and those that round.
    fn math(&mut self) {
        let x = self.expression(Type::Num);
        match self.take(Type::Float) {
            Some(target) if self.rng.percent(60) => {
                let y = self.expression(Type::Num);
                let value = match self.rng.below(4) {
                    0 => format!("{}({x})", self.rng.pick(&["sin", "cos", "exp", "log", "atan", "tan", "log2"])),
                    1 => format!("float({}({x}, {y}))", self.rng.pick(&["hypot", "atan2", "pow"])),
                    2 => format!("float(min({x}, {y}))"),
                    _ => format!("float(max({x}, {y}))"),
                };
                self.line(&format!("{target} = {value}"));
            }
            _ => {
                let Some(target) = self.take(Type::Int) else { return };
                let (name, f) = (self.fresh("x"), self.rng.pick(&["floor", "ceil", "round", "trunc", "int"]));
                self.line(&format!("let {name} = {x}"));
                self.line(&format!("if {name} > -1e18 and {name} < 1e18 then {target} = {f}({name}) end"));
            }
        }
    }

    /// A string taken to pieces and put together again.
    fn characters(&mut self) {
        let (s, t, i) = (self.fresh("s"), self.fresh("t"), self.fresh("i"));
        let text = self.expression(Type::Str);
        if self.weight * 40 > self.weight_limit || !self.can_spend(2 * 40) {
            return self.assignment();
        }
        self.spent += 2 * 40 * self.weight;
        self.line(&format!("let {s} = ({text}).slice(0, 40)"));
        self.line(&format!("let {t} = \"\""));
        self.line(&format!("for {i} in 0..len({s}) do"));
        let one = self.rng.pick(&["a", "b", " ", "é", "", "ab", "1"]);
        let step = match self.rng.below(8) {
            4 => {
                format!("if {s}[{i}] == \"{one}\" or \"{one}\" < {s}[{i}] then {t} += \"{one}\" else {t} += \"-\" end")
            }
            5 => format!("if {s}[{i}] >= \"0\" and {s}[{i}] <= \"9\" then {t} += str(ord({s}[{i}]) - 48) end"),
            6 => format!("{t} += char((ord({s}[{i}]) + {i}) % {})", self.rng.pick(&["128", "256", "100"])),
            7 => format!("if {s}[{i}] in {s}.substr({i} + 1) then {t} += \"${{{i}}}\" + {s}[{i}] end"),
            0 => format!("{t} = {s}[{i}] + {t}"),
            1 => format!("if {s}[{i}] < \"b\" then {t} += {s}[{i}] else {t} += \"${{ord({s}[{i}])}},\" end"),
            2 => format!("if {s}[{i}] == {s}[0] then {t} += str({i}) end"),
            _ => format!("{t} += {s}.substr({i}, 2)"),
        };
        self.line(&format!("    {step}"));
        self.line("end");
        if let Some(target) = self.take(Type::Str) {
            self.line(&format!("{target} = {t}.slice(0, 40)"));
        }
    }
}
