//! Functions: plain ones with branches and small loops, recursive ones that count a parameter down, and calls of all.

use super::{Generator, Type};

/// A function that later code may call.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub name: String,
    pub parameters: Vec<Parameter>,
    pub result: Type,
    /// About how many statements a call runs.
    pub cost: u64,
    /// True if it may end with an error.
    pub throws: bool,
}

/// What a call passes for a parameter.
#[derive(Clone, Copy, Debug)]
pub(super) enum Parameter {
    Value(Type),
    /// May be left out, with all that follow.
    Optional(Type),
    /// Any number of ints.
    Rest,
    /// How deep to recurse: an int literal up to this.
    Depth(i64),
}

impl Generator {
    /// Writes a function.
    pub(super) fn function(&mut self) {
        let spent = self.spent;
        match self.rng.below(10) {
            0 | 1 => self.recursive_function(),
            2 => self.mutual_functions(),
            3 => self.rest_function(),
            4 => self.branching_function(),
            _ => self.plain_function(),
        }
        // What a function costs is paid for where it is called.
        self.spent = spent;
    }

    fn plain_function(&mut self) {
        let name = self.fresh("f");
        let mut parameters = Vec::new();
        let mut names = Vec::new();
        let mut optional = false;
        for _ in 0..self.rng.between(1, 3) {
            let mut ty = self.rng.pick(&[
                Type::Int,
                Type::Int,
                Type::Float,
                Type::Num,
                Type::Ints,
                Type::Bools,
                Type::Nums,
                Type::Any,
            ]);
            if self.has_objects() && self.rng.percent(25) {
                ty = self.rng.pick(&[Type::Obj, Type::Obj, Type::Objs, Type::Dict]);
            }
            let parameter = self.fresh("p");
            optional = optional || self.rng.percent(12);
            if optional {
                let default = self.default_value(ty);
                names.push((format!("{parameter} = {default}"), parameter, ty));
                parameters.push(Parameter::Optional(ty));
            } else {
                names.push((parameter.clone(), parameter, ty));
                parameters.push(Parameter::Value(ty));
            }
        }
        let result = self.rng.pick(&[Type::Int, Type::Int, Type::Int, Type::Float, Type::Num, Type::Str]);
        let throws = self.rng.percent(25);
        self.protected = u32::from(throws);
        let list: Vec<_> = names.iter().map(|(text, ..)| text.as_str()).collect();
        self.line(&format!("fn {name}({})", list.join(", ")));
        let mark = self.begin_block();
        for (_, parameter, ty) in &names {
            self.scope.declare(parameter, *ty, true);
        }
        let before = self.spent;
        let size = self.rng.between(0, 4);
        if size == 0 {
            // Small enough to be inlined anywhere.
            self.spent += 1;
        } else {
            self.result = Some(result);
            for _ in 0..size {
                self.statement();
            }
            self.result = None;
            // An error inside a call that may be inlined: the call stack in the message must be right.
            if self.trap && self.rng.percent(15) {
                self.trap();
            }
        }
        let value = self.result_expression(result);
        self.line(&format!("return {value}"));
        let cost = self.spent - before + 2;
        self.end_block(mark);
        self.line("end");
        self.protected = 0;
        self.functions.push(Function { name, parameters, result, cost, throws });
    }

    /// What a parameter has that is left out.
    pub(super) fn default_value(&mut self, ty: Type) -> String {
        match ty {
            Type::Obj => self.constructor(),
            Type::Objs => format!("[{}]", self.constructor()),
            Type::Dict => "{}".to_owned(),
            Type::Bools => "[true, false]".to_owned(),
            _ if ty.is_array() => "[1, 2]".to_owned(),
            Type::Float => "1.5".to_owned(),
            _ => "1".to_owned(),
        }
    }

    /// What a function returns: at times the value of a tail call.
    pub(super) fn result_expression(&mut self, result: Type) -> String {
        if self.rng.percent(20)
            && let Some(call) = self.call(result)
        {
            return call;
        }
        self.expression(result)
    }

    fn rest_function(&mut self) {
        let (name, first, rest, sum) = (self.fresh("f"), self.fresh("p"), self.fresh("rest"), self.fresh("v"));
        let (item, op) = (self.fresh("x"), self.rng.pick(&["+", "^", "-", "*"]));
        self.line(&format!("fn {name}({first}, {rest}...)"));
        self.line(&format!("    let {sum} = {first} + len({rest})"));
        self.line(&format!("    for {item} in {rest} do {sum} = {sum} {op} {item} end"));
        self.line(&format!("    return {sum}"));
        self.line("end");
        self.functions.push(Function {
            name,
            parameters: vec![Parameter::Value(Type::Int), Parameter::Rest],
            result: Type::Int,
            cost: 8,
            throws: false,
        });
    }

    /// A function that calls itself once (perhaps as a tail call) or twice.
    fn recursive_function(&mut self) {
        let (name, depth, x) = (self.fresh("r"), self.fresh("d"), self.fresh("p"));
        let result = self.rng.pick(&[Type::Int, Type::Int, Type::Num]);
        // At times more of them than there are registers for; each call hands them on, one place further.
        let count = if self.rng.percent(8) { self.rng.between(3, 14) } else { 0 };
        let more: Vec<String> = (0..count).map(|_| self.fresh("p")).collect();
        let listed = |names: &[String]| names.iter().map(|name| format!(", {name}")).collect::<String>();
        let mut turned = more.clone();
        turned.rotate_left(more.len().min(1));
        let turned = listed(&turned);
        self.line(&format!("fn {name}({depth}, {x}{})", listed(&more)));
        let mark = self.begin_block();
        self.scope.declare(&depth, Type::Int, false);
        self.scope.declare(&x, result, true);
        for name in &more {
            self.scope.declare(name, Type::Int, true);
        }
        let calls = std::mem::replace(&mut self.calls_allowed, false);
        let base = self.expression(result);
        self.line(&format!("if {depth} <= 0 then return {base} end"));
        let limit = std::mem::replace(&mut self.weight_limit, 1);
        for _ in 0..self.rng.between(0, 2) {
            self.statement();
        }
        self.weight_limit = limit;
        let argument = self.expression(result);
        let deeper = format!("{name}({depth} - 1, {argument}{turned})");
        let (most, cost) = match self.rng.below(3) {
            0 => {
                self.line(&format!("return {deeper}"));
                (200, 600)
            }
            1 => {
                let (op, other) = (self.rng.pick(&["+", "-", "*"]), self.expression(result));
                self.line(&format!("return {deeper} {op} {other}"));
                (120, 400)
            }
            _ => {
                let (op, other) = (self.rng.pick(&["+", "-"]), self.expression(result));
                self.line(&format!("return {deeper} {op} {name}({depth} - 2, {other}{turned})"));
                (9, 400)
            }
        };
        self.calls_allowed = calls;
        self.end_block(mark);
        self.line("end");
        let mut parameters = vec![Parameter::Depth(most), Parameter::Value(result)];
        parameters.extend(more.iter().map(|_| Parameter::Value(Type::Int)));
        self.functions.push(Function { name, parameters, result, cost, throws: false });
    }

    /// A function that calls itself in a loop, and may throw from any depth.
    fn branching_function(&mut self) {
        let (name, depth, x) = (self.fresh("t"), self.fresh("d"), self.fresh("p"));
        let (sum, i) = (self.fresh("v"), self.fresh("i"));
        let result = self.rng.pick(&[Type::Int, Type::Int, Type::Num]);
        let throws = self.rng.percent(30);
        self.line(&format!("fn {name}({depth}, {x})"));
        let mark = self.begin_block();
        self.scope.declare(&depth, Type::Int, false);
        self.scope.declare(&x, result, true);
        let calls = std::mem::replace(&mut self.calls_allowed, false);
        if throws {
            let condition = self.expression(Type::Bool);
            let bottom = self.rng.between(0, 3);
            self.line(&format!("if {depth} < {bottom} and {condition} then throw 'at ' + str({depth}) end"));
        }
        let base = self.expression(result);
        self.line(&format!("if {depth} <= 0 then return {base} end"));
        let start = self.expression(result);
        self.line(&format!("let {sum} = {start}"));
        let (rounds, op) = (self.rng.between(2, 3), self.rng.pick(&["+", "-"]));
        self.line(&format!("for {i} in 0..{rounds} do"));
        let argument = self.expression(result);
        self.line(&format!("    {sum} = {sum} {op} {name}({depth} - 1 - {i}, {argument})"));
        self.line("end");
        self.line(&format!("return {sum}"));
        self.calls_allowed = calls;
        self.end_block(mark);
        self.line("end");
        let parameters = vec![Parameter::Depth(6), Parameter::Value(result)];
        self.functions.push(Function { name, parameters, result, cost: 500, throws });
    }

    /// Two functions that call each other.
    fn mutual_functions(&mut self) {
        let (one, two) = (self.fresh("m"), self.fresh("m"));
        for (name, other) in [(&one, &two), (&two, &one)] {
            let (depth, x) = (self.fresh("d"), self.fresh("p"));
            self.line(&format!("fn {name}({depth}, {x})"));
            let mark = self.begin_block();
            self.scope.declare(&depth, Type::Int, false);
            self.scope.declare(&x, Type::Int, true);
            let calls = std::mem::replace(&mut self.calls_allowed, false);
            self.line(&format!("if {depth} <= 0 then return {x} end"));
            let (condition, argument) = (self.expression(Type::Bool), self.expression(Type::Int));
            self.line(&format!("if {condition} then return {other}({depth} - 1, {argument}) end"));
            let (add, argument) = (self.expression(Type::Int), self.expression(Type::Int));
            let next = if self.rng.percent(50) { name } else { other };
            self.line(&format!("return {add} + {next}({depth} - 2, {argument})"));
            self.calls_allowed = calls;
            self.end_block(mark);
            self.line("end");
        }
        for name in [one, two] {
            let parameters = vec![Parameter::Depth(90), Parameter::Value(Type::Int)];
            self.functions.push(Function { name, parameters, result: Type::Int, cost: 250, throws: false });
        }
    }

    /// Functions that are called one time after another, with no loop around them that could be compiled: one that has another
    /// take its place, and one that calls itself, with a parameter that is not passed.
    pub(super) fn passed_on(&mut self) {
        let [pass, take, own] = ["f", "f", "r"].map(|prefix| self.fresh(prefix));
        let (k, l) = (self.rng.between(0, 5), self.rng.between(1, 9));
        let op = self.rng.pick(&["+", "-", "*", "^"]);
        self.line(&format!("fn {take}(x, y = {l}) return x {op} y end"));
        self.line(&format!("fn {pass}(x) if x > {k} then return {take}(x + {l}) end; return -x end"));
        let calls: Vec<_> = (0..16).map(|_| format!("{pass}({})", self.rng.between(0, 20))).collect();
        self.line(&format!("print({})", calls.join(", ")));
        self.line(&format!("fn {own}(n, y = {l}) if n > {k} then return {own}(n - 1) {op} y end; return y end"));
        let calls: Vec<_> = (0..3).map(|_| format!("{own}({})", self.rng.between(5, 40))).collect();
        self.line(&format!("print({})", calls.join(", ")));
    }

    /// A call of a function or method whose result may stand where `ty` is wanted, if there is one that can be paid for.
    pub(super) fn call(&mut self, ty: Type) -> Option<String> {
        if !self.calls_allowed {
            return None;
        }
        let callable = self.functions.iter().map(|function| (function, false));
        let methods = self.callable_methods().iter().map(|method| (method, true));
        let fitting: Vec<(Function, bool)> = callable
            .chain(methods)
            .filter(|(function, _)| {
                let allowed = self.protected > 0 || !function.throws;
                allowed && ty.accepts(function.result) && self.can_spend(function.cost)
            })
            .map(|(function, method)| (function.clone(), method))
            .collect();
        if fitting.is_empty() {
            return None;
        }
        let (function, is_method) = fitting[self.rng.index(fitting.len())].clone();
        self.spent += function.cost * self.weight;
        let receiver = if is_method { format!("{}.", self.leaf(Type::Obj, 4)) } else { String::new() };
        Some(format!("{receiver}{}({})", function.name, self.arguments(&function)))
    }

    /// What is passed to a function.
    pub(super) fn arguments(&mut self, function: &Function) -> String {
        // Arguments don't call: one call in an expression is enough to pay for.
        let calls = std::mem::replace(&mut self.calls_allowed, false);
        let mut arguments = Vec::new();
        for parameter in &function.parameters {
            match *parameter {
                Parameter::Value(ty) => arguments.push(self.expression(ty)),
                Parameter::Optional(ty) => {
                    if self.rng.percent(50) {
                        break;
                    }
                    arguments.push(self.expression(ty));
                }
                Parameter::Rest => {
                    for _ in 0..self.rng.between(0, 3) {
                        arguments.push(self.expression(Type::Int));
                    }
                }
                Parameter::Depth(most) => arguments.push(self.rng.between(0, most).to_string()),
            }
        }
        self.calls_allowed = calls;
        arguments.join(", ")
    }
}
