//! Statements other than loops.

use super::{Generator, Type};

/// Blocks nest no deeper than this.
const NESTING: u32 = 6;

/// Arrays are not pushed to past this length, strings not stored past that.
const ARRAY_MOST: u32 = 60;
const STRING_MOST: u32 = 40;

impl Generator {
    /// Writes a statement.
    pub(super) fn statement(&mut self) {
        self.spent += self.weight;
        match self.rng.below(152) {
            140..=143 | 147 | 148 => self.hidden_laws(),
            144 | 145 | 149 => self.captured_kinds(),
            146 => self.many_arguments(),
            128..=131 | 150 | 151 => self.near_laws(),
            132..=135 => self.aliases(),
            136 | 137 => self.beyond(),
            138 => self.thrown_past(),
            100..=106 if self.nesting < NESTING => self.try_statement(),
            107..=110 if self.protected > 0 => self.fault(),
            111..=117 if self.has_objects() => self.object_statement(),
            118..=123 if self.has_objects() => self.dict_statement(),
            124..=126 => self.text_statement(),
            0..=30 => self.assignment(),
            31..=37 => self.higher_order(),
            38..=45 => self.declaration("v"),
            46..=54 if self.nesting < NESTING => self.branch(),
            55..=61 if self.nesting < NESTING => self.match_statement(),
            62..=69 if self.nesting < NESTING => self.loop_statement(),
            70..=80 => self.array_statement(),
            81..=84 => self.swap(),
            85..=87 => self.closure(),
            88 | 89 => self.shadowing(),
            90 | 91 => self.print_sometimes(),
            92 | 93 => self.early_return(),
            94..=96 => self.change_type(),
            97 if self.rng.percent(40) => self.local_enum(),
            _ => self.assignment(),
        }
    }

    /// `let` of a new name.
    pub(super) fn declaration(&mut self, prefix: &str) {
        let ty = if self.rng.percent(5) { Type::Fn } else { self.some_type() };
        let name = self.fresh(prefix);
        if ty == Type::Any && self.rng.percent(20) {
            self.line(&format!("let {name}"));
            if self.rng.percent(20) {
                // There is none: nil.
                self.line(&format!("input {name}"));
            }
            return self.scope.declare(&name, ty, true);
        }
        let value = self.stored(ty);
        if self.rng.percent(6) {
            self.line(&format!("const {name} = {value}"));
            return self.scope.declare_constant(&name, ty);
        }
        self.line(&format!("let {name} = {value}"));
        self.scope.declare(&name, ty, true);
    }

    /// The type of an ordinary variable.
    pub(super) fn some_type(&mut self) -> Type {
        self.rng.weighted(if self.has_objects() { Type::WITH_OBJECTS } else { Type::WEIGHTED })
    }

    /// An expression cut to what may be stored.
    fn stored(&mut self, ty: Type) -> String {
        match ty {
            Type::Str => format!("({}).slice(0, {STRING_MOST})", self.expression(ty)),
            // Arrays of the program's own making: two names of one array are what `alias` is for.
            Type::Ints | Type::Bools | Type::Nums | Type::Anys | Type::Objs | Type::Dict if self.rng.percent(70) => {
                format!("copy({})", self.expression(ty))
            }
            _ => self.expression(ty),
        }
    }

    pub(super) fn assignment(&mut self) {
        let ty = self.some_type();
        let Some(name) = self.scope.assignable(&mut self.rng, ty) else {
            return self.plain_assignment();
        };
        let compound = match ty {
            Type::Int => self.rng.pick(&["+", "+", "-", "*", "&", "|", "^", "<<", ">>"]),
            Type::Float | Type::Num => self.rng.pick(&["+", "-", "*"]),
            _ => "",
        };
        if compound.is_empty() || self.rng.percent(45) {
            let value = self.stored(ty);
            self.line(&format!("{name} = {value}"));
        } else {
            let value = match compound {
                "<<" | ">>" => self.rng.between(0, 9).to_string(),
                _ => self.expression(ty),
            };
            self.line(&format!("{name} {compound}= {value}"));
        }
    }

    /// An assignment to an int, or if there is none, a new one.
    fn plain_assignment(&mut self) {
        match self.scope.assignable(&mut self.rng, Type::Int) {
            Some(name) => {
                let value = self.expression(Type::Int);
                self.line(&format!("{name} = {value}"));
            }
            None => {
                let (name, value) = (self.fresh("v"), self.expression(Type::Int));
                self.line(&format!("let {name} = {value}"));
                self.scope.declare(&name, Type::Int, true);
            }
        }
    }

    /// `if`, with up to seven arms.
    fn branch(&mut self) {
        let arms = self.rng.weighted(&[(10, 1), (4, 2), (3, 3), (1, 7)]);
        // A chain over one value, so that no arm is the usual one.
        let subject = if arms > 2 {
            let (name, value) = (self.fresh("k"), self.expression(Type::Int));
            self.line(&format!("let {name} = {value}"));
            self.scope.declare(&name, Type::Int, false);
            Some((name, arms + 1))
        } else {
            None
        };
        for arm in 0..arms {
            let keyword = if arm == 0 { "if" } else { "elif" };
            let condition = match &subject {
                Some((subject, modulus)) => format!("{subject} % {modulus} == {arm}"),
                None => self.expression(Type::Bool),
            };
            self.line(&format!("{keyword} {condition} then"));
            self.block(2);
        }
        if self.rng.percent(50) {
            self.line("else");
            self.block(2);
        }
        self.line("end");
    }

    /// A block of up to `most` statements.
    pub(super) fn block(&mut self, most: i64) {
        let mark = self.begin_block();
        for _ in 0..self.rng.between(1, most) {
            self.statement();
        }
        self.end_block(mark);
    }

    /// Something done to an array: a store, growth, shrinkage, a second name.
    fn array_statement(&mut self) {
        let objects = if self.has_objects() { 2 } else { 0 };
        let ty = self.rng.weighted(&[
            (4, Type::Ints),
            (3, Type::Nums),
            (2, Type::Bools),
            (2, Type::Anys),
            (objects, Type::Objs),
        ]);
        let Some(array) = self.scope.assignable(&mut self.rng, ty) else {
            return self.assignment();
        };
        let value = match ty {
            Type::Anys => self.scalar(2),
            other => self.expression(other.element()),
        };
        match self.rng.below(14) {
            0..=4 => {
                let index = self.index_of(&array, 1);
                self.line(&format!("{array}[{index}] = {value}"));
            }
            5 if matches!(ty, Type::Ints | Type::Nums) => {
                let (index, op) = (self.index_of(&array, 1), self.rng.pick(&["+", "-", "*"]));
                self.line(&format!("{array}[{index}] {op}= {value}"));
            }
            5..=7 => self.line(&format!("if len({array}) < {ARRAY_MOST} then {array}.push({value}) end")),
            8 | 9 => {
                let target = self.scope.assignable(&mut self.rng, ty.of_element());
                let popped = match target {
                    Some(target) => format!("{target} = {array}.pop()"),
                    None => format!("{array}.pop()"),
                };
                self.line(&format!("if len({array}) > 1 then {popped} end"));
            }
            10 => {
                let index = self.index_of(&array, 2);
                self.line(&format!("if len({array}) < {ARRAY_MOST} then {array}.insert({index}, {value}) end"));
            }
            11 => {
                let index = self.index_of(&array, 2);
                self.line(&format!("if len({array}) > 1 then {array}.remove_at({index}) end"));
            }
            12 => {
                // A second name of the same array.
                if let Some(other) = self.scope.assignable(&mut self.rng, ty) {
                    self.line(&format!("{other} = {array}"));
                }
            }
            _ => {
                let (i, j) = (self.index_of(&array, 2), self.index_of(&array, 2));
                self.line(&format!("{array}[{i}], {array}[{j}] = {array}[{j}], {array}[{i}]"));
            }
        }
    }

    /// Two variables of a type trade places, or take new values at once.
    fn swap(&mut self) {
        let ty = self.some_type();
        let (a, b) = (self.scope.assignable(&mut self.rng, ty), self.scope.assignable(&mut self.rng, ty));
        match (a, b) {
            (Some(a), Some(b)) if a != b => {
                if self.rng.percent(60) || ty == Type::Str || ty.is_array() {
                    self.line(&format!("{a}, {b} = {b}, {a}"));
                } else {
                    let value = self.expression(ty);
                    self.line(&format!("{a}, {b} = {b}, {value}"));
                }
            }
            _ => self.assignment(),
        }
    }

    /// A function of what surrounds it: bound to a name, stored for later, or one that assigns to an outer variable.
    fn closure(&mut self) {
        match self.scope.assignable(&mut self.rng, Type::Int) {
            Some(outer) if self.rng.percent(40) && self.calls_allowed => {
                let (name, value) = (self.fresh("set"), self.expression(Type::Int));
                let returns = self.rng.pick(&["", "if v % 5 == 2 then return end; "]);
                self.line(&format!("let {name} = fn(v) {returns}{outer} = v ^ {outer} end"));
                self.line(&format!("{name}({value})"));
            }
            _ => {
                let value = self.lambda();
                match self.scope.assignable(&mut self.rng, Type::Fn) {
                    Some(name) => self.line(&format!("{name} = {value}")),
                    None => {
                        let name = self.fresh("h");
                        self.line(&format!("let {name} = {value}"));
                        self.scope.declare(&name, Type::Fn, true);
                    }
                }
            }
        }
    }

    /// A name of an outer block used again, perhaps for another type.
    fn shadowing(&mut self) {
        let Some(name) = self.scope.shadowable(&mut self.rng) else {
            return self.assignment();
        };
        let ty = self.some_type();
        let value = self.stored(ty);
        self.line(&format!("let {name} = {value}"));
        self.scope.declare(&name, ty, true);
    }

    fn print_sometimes(&mut self) {
        if self.result.is_some() || self.weight > 700 {
            return self.assignment();
        }
        let (a, b) = (self.expression(Type::Any), self.expression(Type::Num));
        if self.weight > 20 {
            let when = self.expression(Type::Int);
            self.line(&format!("if {when} % 29 == 1 then print({a}, {b}) end"));
        } else {
            self.line(&format!("print({a}, {b})"));
        }
    }

    pub(super) fn early_return(&mut self) {
        match self.result {
            Some(result) => {
                let (condition, value) = (self.expression(Type::Bool), self.expression(result));
                self.line(&format!("if {condition} then return {value} end"));
            }
            None => self.assignment(),
        }
    }

    /// A variable of no fixed type takes a value of another one, for good or for this round.
    fn change_type(&mut self) {
        let ty = self.rng.pick(&[Type::Num, Type::Any]);
        let Some(name) = self.scope.assignable(&mut self.rng, ty) else {
            return self.assignment();
        };
        let condition = self.expression(Type::Bool);
        let value = match ty {
            Type::Num if self.rng.percent(50) => self.expression(Type::Float),
            Type::Num => self.expression(Type::Int),
            _ => self.scalar(1),
        };
        self.line(&format!("if {condition} then {name} = {value} end"));
    }

    /// A call with more arguments than compiled code passes.
    fn many_arguments(&mut self) {
        let Some(name) = self.scope.readable(&mut self.rng, Type::Int) else { return self.assignment() };
        if self.weight > 20 || !self.rng.percent(40) {
            return self.assignment();
        }
        let count = self.rng.pick(&[100, 257, 300]);
        let zeros = "0, ".repeat(count);
        self.line(&format!("print({zeros}{name})"));
    }

    /// What ends the program with an error, in a few of them, and mostly after many rounds.
    pub(super) fn trap(&mut self) {
        self.trap = false;
        let when = self.expression(Type::Int);
        let failure = match self.rng.below(9) {
            0 => format!("print([1, 2][{}])", self.rng.pick(&["2", "-1", "MAX_INT"])),
            1 => "print(1 div 0)".to_owned(),
            2 => "print(1 + nil)".to_owned(),
            3 => "to_int()".to_owned(),
            4 => "error(\"trap\")".to_owned(),
            5 => "exit(3)".to_owned(),
            // Where it is caught it might run again and again.
            6 if self.protected == 0 => "print(overflow(1))".to_owned(),
            7 => format!("print({})", self.late),
            _ => "print(1 << -1)".to_owned(),
        };
        let rest = self.rng.between(0, 6);
        self.line(&format!("if {when} % 7 == {rest} then {failure} end"));
    }
}
