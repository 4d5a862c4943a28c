//! What is done with instances: fields read, written and added, methods called on receivers of many shapes, bound to
//! names, passed as callbacks.

use super::{Generator, Type};

impl Generator {
    /// An instance.
    pub(super) fn object(&mut self, depth: u32) -> String {
        match self.rng.below(6) {
            0 | 1 => self.element(Type::Objs, depth + 1),
            2 => self.call(Type::Obj).unwrap_or_else(|| self.leaf(Type::Obj, depth)),
            3 => self.constructor(),
            _ => self.leaf(Type::Obj, depth),
        }
    }

    pub(super) fn object_or_dict(&mut self, depth: u32) -> String {
        match self.rng.below(5) {
            0 => self.class_name(),
            1 => self.leaf(Type::Dict, depth),
            _ => self.expression_at(Type::Obj, depth.max(3)),
        }
    }

    /// A function of one int that gives an int.
    pub(super) fn function_value(&mut self) -> String {
        if self.has_objects() && self.rng.percent(35) {
            format!("{}.{}", self.leaf(Type::Obj, 4), self.cheap_method())
        } else {
            self.lambda()
        }
    }

    /// An int that an instance has or computes.
    pub(super) fn int_of_object(&mut self, depth: u32) -> String {
        let object = self.expression_at(Type::Obj, depth.max(2));
        if self.calls_allowed && self.rng.percent(50) {
            self.spent += 3 * self.weight;
            return format!("{object}.{}({})", self.cheap_method(), self.leaf(Type::Int, depth));
        }
        match self.field(Type::Int) {
            Some(field) => format!("{object}.{field}"),
            None => self.leaf(Type::Int, depth),
        }
    }

    /// A field of this type that all instances have.
    fn field(&mut self, ty: Type) -> Option<String> {
        let found: Vec<_> = self.classes.fields.iter().filter(|(_, of)| *of == ty).collect();
        if found.is_empty() { None } else { Some(found[self.rng.index(found.len())].0.clone()) }
    }

    pub(super) fn boolean_of_objects(&mut self, depth: u32) -> String {
        match self.rng.below(5) {
            0 | 1 => {
                let (value, class) = (self.expression_at(Type::Any, depth), self.class_name());
                format!("is_instance({value}, {class})")
            }
            2 => {
                let (a, b) = (self.expression_at(Type::Obj, depth), self.leaf(Type::Obj, depth));
                format!("({a} {} {b})", self.rng.pick(&["==", "!="]))
            }
            3 => {
                let (object, array) = (self.leaf(Type::Obj, depth), self.variable_or_literal(Type::Objs));
                format!("({object} in {array})")
            }
            _ => {
                let (key, dict) = (self.scalar(depth), self.leaf(Type::Dict, depth));
                format!("({key} in {dict})")
            }
        }
    }

    /// Something done with instances.
    pub(super) fn object_statement(&mut self) {
        match self.rng.below(13) {
            0..=2 => self.added_field(),
            3 => self.chain(),
            4 | 5 => self.bound(),
            6 => self.object_callback(),
            7 => self.local_class(),
            8 => self.polymorphic_loop(),
            9 => self.static_field(),
            10 => self.replaced_method(),
            _ => self.field_statement(),
        }
    }

    /// A field of an instance that no variable holds.
    fn field_statement(&mut self) {
        let object = self.expression_at(Type::Obj, 2);
        let ty = self.rng.pick(&[Type::Int, Type::Int, Type::Num, Type::Any, Type::Float]);
        let Some(field) = self.field(ty) else { return };
        let value = self.expression(ty);
        let op = match ty {
            Type::Any => "=",
            Type::Int => self.rng.pick(&["=", "+=", "^=", "-="]),
            _ => self.rng.pick(&["=", "+=", "*="]),
        };
        self.line(&format!("{object}.{field} {op} {value}"));
    }

    /// A field that only some instances get, in an order of its own.
    fn added_field(&mut self) {
        let Some(object) = self.take(Type::Obj) else { return self.field_statement() };
        let (condition, value) = (self.expression(Type::Bool), self.scalar(2));
        let field = self.rng.pick(&["extra", "more", "other", "last"]);
        self.line(&format!("if {condition} then {object}.{field} = {value} end"));
        if self.protected > 0 && self.rng.percent(70) {
            let target = self.take(Type::Any);
            let read = format!("{object}.{field}");
            match target {
                Some(target) => self.line(&format!("{target} = {read}")),
                None => self.line(&format!("print({read})")),
            }
        } else if self.rng.percent(40) {
            // Known to be there.
            let value = self.expression(Type::Num);
            self.line(&format!("{object}.{field} = {value}"));
            if let Some(target) = self.take(Type::Num) {
                self.line(&format!("{target} = {target} + {object}.{field}"));
            }
        }
    }

    /// A linked list, made and walked.
    fn chain(&mut self) {
        let (head, new, at, i) = (self.fresh("head"), self.fresh("o"), self.fresh("at"), self.fresh("i"));
        let n = self.rng.between(1, 70);
        if self.weight * n as u64 > self.weight_limit || !self.can_spend(14 * n as u64) {
            return self.field_statement();
        }
        self.spent += 4 * self.weight * n as u64;
        let weight = self.weight;
        self.weight *= n as u64;
        let (one, other) = (self.constructor(), self.constructor());
        let pick = self.rng.between(1, 4);
        self.weight = weight;
        self.line(&format!("let {head} = nil"));
        self.line(&format!("for {i} in 0..{n} do"));
        self.line(&format!("    let {new} = if {i} % {pick} == 0 then {one} else {other} end"));
        self.line(&format!("    {new}.link = {head}"));
        self.line(&format!("    {head} = {new}"));
        self.line("end");
        self.line(&format!("let {at} = {head}"));
        self.line(&format!("while {at} != nil do"));
        if let Some(target) = self.take(Type::Int) {
            let step = match self.field(Type::Int) {
                Some(field) if self.rng.percent(50) => format!("{at}.{field}"),
                _ => format!("{at}.{}({target})", self.cheap_method()),
            };
            self.line(&format!("    {target} = {target} ^ {step}"));
        }
        self.line(&format!("    {at} = {at}.link"));
        self.line("end");
    }

    /// A method in a variable, called now or later.
    fn bound(&mut self) {
        let (object, method) = (self.expression_at(Type::Obj, 2), self.cheap_method());
        match self.take(Type::Fn) {
            Some(name) => self.line(&format!("{name} = {object}.{method}")),
            None => {
                let name = self.fresh("h");
                self.line(&format!("let {name} = {object}.{method}"));
                self.scope.declare(&name, Type::Fn, true);
                if let Some(target) = self.take(Type::Int)
                    && self.calls_allowed
                {
                    let argument = self.expression(Type::Int);
                    self.line(&format!("{target} = {name}({argument}) + {target}"));
                }
            }
        }
    }

    /// Methods passed to builtins that call back.
    fn object_callback(&mut self) {
        let (array, method) = (self.variable_or_literal(Type::Objs), self.cheap_method());
        let Some(target) = self.take(Type::Int) else { return self.field_statement() };
        self.spent += 60 * self.weight;
        let (k, object) = (self.rng.between(2, 9), self.leaf(Type::Obj, 4));
        let field = self.field(Type::Int).unwrap_or_default();
        let text = match self.rng.below(6) {
            0 => format!("{target} = sum({array}.map(fn(o) return o.{method}({k}) end))"),
            1 => format!("{target} = len({array}.filter(fn(o) return o.{field} % {k} == 1 end))"),
            2 => format!("{target} = sort(copy({array}), fn(o, p) return o.{field} < p.{field} end)[0].{field}"),
            3 => format!("{target} = reduce({array}, fn(s, o) o.{field} += s; return s ^ o.{field} end, {k})"),
            4 => {
                let ints = self.variable_or_literal(Type::Ints);
                format!("{target} = reduce({ints}.map({object}.{method}), fn(x, y) return x ^ y end, {target})")
            }
            _ => {
                let ints = self.variable_or_literal(Type::Ints);
                format!("if {ints}.any(fn(x) return {object}.{method}(x) == {k} end) then {target} = {k} end")
            }
        };
        self.line(&text);
    }

    /// A class of a block, whose methods capture what surrounds it; new each time.
    fn local_class(&mut self) {
        let (class, field, method) = (self.fresh("L"), self.fresh("f"), self.fresh("m"));
        let (object, i, parameter) = (self.fresh("o"), self.fresh("i"), self.fresh("p"));
        let Some(outer) = self.scope.assignable(&mut self.rng, Type::Int) else { return };
        if outer.contains("self") || self.nesting == 0 {
            return self.field_statement();
        }
        let calls = std::mem::replace(&mut self.calls_allowed, false);
        let head = if self.rng.percent(30) { format!(" extends {}", self.class_name()) } else { String::new() };
        let extends = !head.is_empty();
        let first = self.expression(Type::Int);
        self.line(&format!("class {class}{head}"));
        self.line(&format!("    let {field} = {first}"));
        if extends {
            self.line("    fn init() end");
        }
        let value = if self.rng.percent(50) { format!("{outer} ^ {parameter}") } else { parameter.clone() };
        self.line(&format!("    fn {method}({parameter}) {outer} = {value}; return self.{field} + {parameter} end"));
        self.line("end");
        self.line(&format!("let {object} = {class}()"));
        let n = self.rng.between(1, 60);
        if self.weight * n as u64 <= self.weight_limit && self.can_spend(3 * n as u64) && calls {
            self.spent += 3 * self.weight * n as u64;
            self.line(&format!("for {i} in 0..{n} do {object}.{field} = {object}.{method}({i}) end"));
        }
        self.calls_allowed = calls;
    }

    /// One call that meets instances of several classes in turn.
    fn polymorphic_loop(&mut self) {
        let (list, x) = (self.fresh("objs"), self.fresh("x"));
        let items: Vec<_> = (0..self.rng.between(2, 6)).map(|_| self.constructor()).collect();
        self.line(&format!("let {list} = [{}]", items.join(", ")));
        self.scope.declare(&list, Type::Objs, true);
        let rounds = self.rng.between(2, 30);
        let trips = rounds as u64 * items.len() as u64;
        if self.weight * trips > self.weight_limit || !self.can_spend(6 * trips) {
            return;
        }
        let i = self.fresh("i");
        let nested = self.rng.percent(50);
        if nested {
            self.line(&format!("for {i} in 0..{rounds} do"));
            self.indent += 1;
            self.line(&format!("for {x} in {list} do"));
        } else {
            self.line(&format!("for {i} in 0..{trips} do"));
        }
        let mark = self.begin_block();
        self.scope.declare(&i, Type::Int, false);
        if nested {
            self.scope.declare(&x, Type::Obj, false);
        } else {
            self.line(&format!("let {x} = {list}[{i} % len({list})]"));
            self.scope.declare(&x, Type::Obj, true);
        }
        self.weight *= trips;
        self.loops += 1;
        if let Some(target) = self.take(Type::Int) {
            self.line(&format!("{target} = {target} ^ {x}.{}({i})", self.cheap_method()));
        }
        for _ in 0..self.rng.between(0, 2) {
            self.statement();
        }
        self.way_out(10);
        self.loops -= 1;
        self.weight /= trips;
        self.end_block(mark);
        if nested {
            self.line("end");
            self.indent -= 1;
        }
        self.line("end");
    }

    /// A static of a class, by the class or by an instance, where there is one.
    fn static_field(&mut self) {
        let found = self.scope.find(&mut self.rng, |variable| variable.name.starts_with('C')).cloned();
        let Some(found) = found else { return self.field_statement() };
        let value = self.expression(found.ty);
        if found.ty == Type::Str {
            return self.line(&format!("{} = ({value}).slice(0, 20)", found.name));
        }
        let op = self.rng.pick(&["=", "+=", "-="]);
        self.line(&format!("{} {op} {value}", found.name));
    }

    /// A field by the name of a method, which hides it from then on.
    fn replaced_method(&mut self) {
        if !self.rng.percent(30) {
            return self.field_statement();
        }
        let (object, condition) = (self.leaf(Type::Obj, 4), self.rare_condition());
        let (method, value) = (self.cheap_method(), self.lambda());
        self.line(&format!("if {condition} then {object}.{method} = {value} end"));
    }
}
