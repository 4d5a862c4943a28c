//! Classes: chains of inheritance beside classes that only look alike, so that one place in a program meets instances of
//! many shapes. All have the same fields (in different orders) and methods of the same names, parameters and results;
//! subclasses override some, and add fields of their own.

use super::functions::{Function, Parameter};
use super::{Generator, Type};

/// What a method may cost for each method that comes before it, which it may call.
const METHOD_COST: u64 = 30;

/// The classes of a program.
#[derive(Debug, Default)]
pub(super) struct Classes {
    pub list: Vec<Class>,
    /// The fields that instances of all classes have.
    pub fields: Vec<(String, Type)>,
    /// The methods that all classes have. The first takes an int, gives one, and calls nothing.
    methods: Vec<Function>,
    /// How many of the methods may be called here: in a method, those before it.
    callable: usize,
    /// Subclasses of `Error`.
    pub errors: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Class {
    pub name: String,
    parent: Option<usize>,
    /// The types of the parameters of `init`.
    init: Vec<Type>,
    /// Fields that only this class and those below it have.
    own: Vec<(String, Type)>,
    /// Fields of the class itself, inherited ones too: those are its parent's until something is assigned to them.
    statics: Vec<(String, Type)>,
}

impl Generator {
    /// True if there are classes by now.
    pub(super) fn has_objects(&self) -> bool {
        !self.classes.list.is_empty()
    }

    /// The methods that may be called here on any instance.
    pub(super) fn callable_methods(&self) -> &[Function] {
        if self.has_objects() { &self.classes.methods[..self.classes.callable] } else { &[] }
    }

    /// The method that takes an int, gives one, and is cheap enough to be called anywhere.
    pub(super) fn cheap_method(&self) -> String {
        self.classes.methods[0].name.clone()
    }

    /// The classes that the whole program sees.
    pub(super) fn classes_of_program(&mut self) {
        let mut types = vec![Type::Int, Type::Int, Type::Num, Type::Any, Type::Float];
        for _ in 0..self.rng.between(0, 3) {
            types.push(self.rng.pick(&[Type::Fn, Type::Str, Type::Ints, Type::Bool, Type::Bools, Type::Nums]));
        }
        self.classes.fields = types.into_iter().map(|ty| (self.fresh("f"), ty)).collect();
        let cheap = self.method_of(vec![Parameter::Value(Type::Int)], Type::Int, 0);
        self.classes.methods.push(cheap);
        for number in 1..self.rng.between(2, 4) as u64 {
            let count = self.rng.between(0, 2);
            let mut parameters: Vec<_> = (0..count)
                .map(|_| Parameter::Value(self.rng.pick(&[Type::Int, Type::Int, Type::Num, Type::Any, Type::Str])))
                .collect();
            if self.rng.percent(20) {
                parameters.push(Parameter::Optional(Type::Int));
            }
            let result = self.rng.pick(&[Type::Int, Type::Int, Type::Float, Type::Num, Type::Str, Type::Obj]);
            let method = self.method_of(parameters, result, number);
            self.classes.methods.push(method);
        }
        let number = self.classes.methods.len() as u64;
        let deep = vec![Parameter::Depth(30), Parameter::Value(Type::Int)];
        let deep = Function { cost: 160, throws: false, ..self.method_of(deep, Type::Int, number) };
        self.classes.methods.push(deep);
        let fields = self.classes.fields.clone();
        for _ in 0..self.rng.between(1, 4) {
            self.class();
            // From here on there are instances, and their fields can be seen.
            self.scope.set_fields(&fields);
        }
        self.classes.callable = self.classes.methods.len();
    }

    fn method_of(&mut self, parameters: Vec<Parameter>, result: Type, number: u64) -> Function {
        let throws = number > 0 && self.rng.percent(25);
        Function { name: self.fresh("m"), parameters, result, cost: 3 + METHOD_COST * number, throws }
    }

    fn class(&mut self) {
        let name = self.fresh("C");
        let count = self.classes.list.len();
        let parent = (count > 0 && self.rng.percent(75)).then(|| self.rng.index(count));
        let head = parent.map_or(String::new(), |parent| format!(" extends {}", self.classes.list[parent].name));
        self.line(&format!("class {name}{head}"));
        let mark = self.begin_block();
        let inherited = parent.map(|parent| self.classes.list[parent].clone());
        let mut class = Class { name: name.clone(), parent, init: Vec::new(), own: Vec::new(), statics: Vec::new() };
        if let Some(inherited) = &inherited {
            class.init = inherited.init.clone();
            class.own = inherited.own.clone();
            class.statics = inherited.statics.clone();
        }
        // What initialises an instance calls nothing and can't fail.
        let calls = std::mem::replace(&mut self.calls_allowed, false);
        let late = self.field_defaults(&mut class);
        let function = self.statics(&mut class);
        if parent.is_none() || !late.is_empty() || self.rng.percent(50) {
            self.init(&mut class, &late);
        }
        self.calls_allowed = calls;
        for index in 0..self.classes.methods.len() {
            if parent.is_none() || self.rng.percent(40) {
                self.method(&class, index);
            }
        }
        if self.rng.percent(40) {
            self.text_method();
        }
        self.end_block(mark);
        self.line("end");
        for (field, ty) in &class.statics {
            self.scope.declare_part(&format!("{name}.{field}"), *ty, true);
        }
        self.functions.extend(function);
        self.classes.list.push(class);
    }

    /// Fields with defaults; gives those that `init` must set.
    fn field_defaults(&mut self, class: &mut Class) -> Vec<(String, Type)> {
        let mut fields = if class.parent.is_none() { self.classes.fields.clone() } else { Vec::new() };
        for _ in 0..self.rng.between(0, if class.parent.is_none() { 1 } else { 2 }) {
            let ty = self.rng.pick(&[Type::Int, Type::Num, Type::Str, Type::Any]);
            let field = (self.fresh("f"), ty);
            class.own.push(field.clone());
            fields.push(field);
        }
        let mut late = Vec::new();
        while !fields.is_empty() {
            // Each class has its own order, and so its own shapes.
            let (field, ty) = fields.swap_remove(self.rng.index(fields.len()));
            if self.rng.percent(50) {
                late.push((field, ty));
            } else {
                let value = if self.rng.percent(50) { self.leaf(ty, 4) } else { self.expression(ty) };
                self.line(&format!("let {field} = {value}"));
            }
        }
        if class.parent.is_none() {
            self.line("let link = nil");
        }
        if self.rng.percent(15) {
            let names = [self.fresh("f"), self.fresh("f")];
            let values = [self.leaf(Type::Int, 4), self.leaf(Type::Int, 4)];
            self.line(&format!("let {} = [{}]", names.join(", "), values.join(", ")));
            class.own.extend(names.map(|name| (name, Type::Int)));
        }
        late
    }

    /// What belongs to the class itself. Gives its function, if it has one.
    fn statics(&mut self, class: &mut Class) -> Option<Function> {
        if self.rng.percent(40) {
            let (field, ty) = (self.fresh("S"), self.rng.pick(&[Type::Int, Type::Num, Type::Str]));
            let value = self.expression(ty);
            self.line(&format!("static let {field} = {value}"));
            class.statics.push((field, ty));
        }
        if !self.rng.percent(25) {
            return None;
        }
        let (name, parameter) = (self.fresh("sf"), self.fresh("p"));
        let mark = self.scope.open();
        self.scope.declare(&parameter, Type::Int, true);
        let value = self.expression(Type::Int);
        self.scope.close(mark);
        self.line(&format!("static fn {name}({parameter}) return {value} end"));
        let parameters = vec![Parameter::Value(Type::Int)];
        Some(Function { name: format!("{}.{name}", class.name), parameters, result: Type::Int, cost: 2, throws: false })
    }

    fn init(&mut self, class: &mut Class, late: &[(String, Type)]) {
        let inherited = std::mem::take(&mut class.init);
        let mut parameters = Vec::new();
        let mut list = Vec::new();
        for number in 0..self.rng.between(0, 3) {
            let (name, ty) = (self.fresh("p"), self.rng.pick(&[Type::Int, Type::Int, Type::Num, Type::Any]));
            class.init.push(ty);
            let default = if number > 0 { " = 1" } else { "" };
            list.push(format!("{name}{default}"));
            parameters.push((name, ty));
        }
        if list.len() > 2 {
            list[1] = parameters[1].0.clone();
        }
        self.line(&format!("fn init({})", list.join(", ")));
        let mark = self.begin_block();
        for (name, ty) in &parameters {
            self.scope.declare(name, *ty, true);
        }
        if class.parent.is_some() {
            let arguments: Vec<_> = inherited.iter().map(|ty| self.expression(*ty)).collect();
            self.line(&format!("super.init({})", arguments.join(", ")));
        }
        for (field, ty) in late {
            let value = self.expression(*ty);
            self.line(&format!("self.{field} = {value}"));
        }
        if class.parent.is_some() {
            self.declare_self(class);
            for _ in 0..self.rng.between(0, 2) {
                self.assignment();
            }
        }
        self.end_block(mark);
        self.line("end");
    }

    /// Makes `self` visible with all that is known of it.
    fn declare_self(&mut self, class: &Class) {
        self.scope.declare_part("self", Type::Obj, false);
        for (field, ty) in self.classes.fields.iter().chain(&class.own) {
            self.scope.declare_part(&format!("self.{field}"), *ty, true);
        }
    }

    fn method(&mut self, class: &Class, index: usize) {
        let method = self.classes.methods[index].clone();
        let parameters: Vec<_> = method
            .parameters
            .iter()
            .map(|parameter| match *parameter {
                Parameter::Value(ty) => (self.fresh("p"), "", ty),
                Parameter::Optional(ty) => (self.fresh("p"), " = 1", ty),
                Parameter::Rest => (self.fresh("rest"), "...", Type::Anys),
                Parameter::Depth(_) => (self.fresh("d"), "", Type::Int),
            })
            .collect();
        let list: Vec<_> = parameters.iter().map(|(name, default, _)| format!("{name}{default}")).collect();
        self.line(&format!("fn {}({})", method.name, list.join(", ")));
        let mark = self.begin_block();
        self.declare_self(class);
        let deep = index + 1 == self.classes.methods.len();
        for (number, (name, _, ty)) in parameters.iter().enumerate() {
            self.scope.declare(name, *ty, !(deep && number == 0));
        }
        let (limit, budget, spent) = (self.weight_limit, self.budget, self.spent);
        self.weight_limit = 8;
        self.budget = spent + method.cost;
        self.protected = u32::from(method.throws);
        self.classes.callable = index;
        let above = class.parent.map(|_| format!("super.{}", method.name));
        if index == 0 {
            self.cheap_body(above, &parameters[0].0);
        } else if deep {
            self.deep_body(&method, above, &parameters[0].0);
        } else {
            self.result = Some(method.result);
            for _ in 0..self.rng.between(0, 3) {
                self.statement();
            }
            self.result = None;
            self.method_result(&method, above);
        }
        (self.weight_limit, self.budget, self.spent) = (limit, budget, spent);
        self.protected = 0;
        self.end_block(mark);
        self.line("end");
    }

    fn method_result(&mut self, method: &Function, above: Option<String>) {
        let value = match above {
            Some(above) if self.rng.percent(50) => {
                let call = format!("{above}({})", self.arguments(method));
                match method.result {
                    Type::Int | Type::Num if self.rng.percent(60) => {
                        format!("{call} {} {}", self.rng.pick(&["+", "-"]), self.expression(method.result))
                    }
                    _ => call,
                }
            }
            _ => self.result_expression(method.result),
        };
        self.line(&format!("return {value}"));
    }

    /// A method that may be called as often as one likes.
    fn cheap_body(&mut self, above: Option<String>, parameter: &str) {
        let calls = std::mem::replace(&mut self.calls_allowed, false);
        for _ in 0..self.rng.between(0, 2) {
            self.assignment();
        }
        let value = self.expression(Type::Int);
        match above {
            Some(above) if self.rng.percent(50) => {
                let op = self.rng.pick(&["+", "^", "-"]);
                let bound = self.rng.percent(20);
                if bound {
                    self.line(&format!("let bound = {above}"));
                }
                let callee = if bound { "bound" } else { &above };
                self.line(&format!("return {callee}({parameter}) {op} {value}"));
            }
            _ => self.line(&format!("return {value}")),
        }
        self.calls_allowed = calls;
    }

    /// A method that calls itself, on itself or another instance, as a tail call or not.
    fn deep_body(&mut self, method: &Function, above: Option<String>, depth: &str) {
        let calls = std::mem::replace(&mut self.calls_allowed, false);
        let base = self.expression(Type::Int);
        self.line(&format!("if {depth} <= 0 then return {base} end"));
        for _ in 0..self.rng.between(0, 2) {
            self.assignment();
        }
        let argument = self.expression(Type::Int);
        let receiver =
            if self.rng.percent(70) || !self.has_objects() { "self".to_owned() } else { self.leaf(Type::Obj, 4) };
        let receiver = match above {
            Some(_) if self.rng.percent(30) => "super".to_owned(),
            _ => receiver,
        };
        let call = format!("{receiver}.{}({depth} - 1, {argument})", method.name);
        if self.rng.percent(50) {
            self.line(&format!("return {call}"));
        } else {
            let (op, value) = (self.rng.pick(&["+", "^", "-"]), self.expression(Type::Int));
            self.line(&format!("return {call} {op} {value}"));
        }
        self.calls_allowed = calls;
    }

    /// How an instance prints: without what it refers to, which might be itself.
    fn text_method(&mut self) {
        let plain: Vec<_> = self.classes.fields.iter().filter(|(_, ty)| matches!(ty, Type::Int | Type::Num)).collect();
        let parts: Vec<_> = plain.iter().map(|(field, _)| format!("${{self.{field}}}")).collect();
        let text = parts.join(if self.rng.percent(50) { "," } else { "\\n" });
        self.line(&format!("fn to_string() return \"({text})\" end"));
    }

    /// A new instance. In methods of the first class, where none is known yet, that of the method.
    pub(super) fn constructor(&mut self) -> String {
        if !self.has_objects() {
            return "self".to_owned();
        }
        self.spent += 6 * self.weight;
        let class = self.classes.list[self.rng.index(self.classes.list.len())].clone();
        let calls = std::mem::replace(&mut self.calls_allowed, false);
        let least = if class.init.len() > 2 { 2 } else { class.init.len().min(1) };
        let count = if self.rng.percent(70) { class.init.len() } else { least };
        let arguments: Vec<_> = class.init[..count].iter().map(|ty| self.expression_at(*ty, 3)).collect();
        self.calls_allowed = calls;
        format!("{}({})", class.name, arguments.join(", "))
    }

    /// The name of a class.
    pub(super) fn class_name(&mut self) -> String {
        self.classes.list[self.rng.index(self.classes.list.len())].name.clone()
    }
}
