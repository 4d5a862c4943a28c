//! Factories: small functions with several ways through them, each of which ends with something else: the call of a class or of a
//! function in tail position, a plain value, an error, nothing. A compiler that writes them in place of their calls has to bring
//! all these ways together, those too that it leaves to the interpreter.

use super::Generator;

/// What the classes are like whose instances are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `init` sets the fields.
    Plain,
    /// `init` calls the one above.
    Super,
    /// The fields have initialisers, and there is no `init`.
    Declared,
    /// More arguments than are passed in place.
    Many,
    /// `init` reads a variable around the class, and assigns to it.
    Captures,
    /// The `init` is inherited, a field declared.
    Inherits,
    /// Nothing at all.
    Bare,
}

const FORMS: &[Form] =
    &[Form::Super, Form::Super, Form::Declared, Form::Many, Form::Captures, Form::Inherits, Form::Bare];

/// The names of what the factories of one place may use.
struct Around {
    /// Classes, the first of them a plain one.
    classes: Vec<(String, Form)>,
    /// An outer int that they change.
    state: String,
    /// Functions made before.
    made: Vec<Factory>,
}

/// A function of an int.
#[derive(Clone, Debug)]
struct Factory {
    /// What is called.
    callee: String,
    /// Whether it gets a function of an int, or a class, as well.
    takes: bool,
    /// Whether it may throw.
    throws: bool,
    /// Whether it only calls classes, and gives plain values: what may be written in place of its calls.
    is_plain: bool,
}

impl Around {
    /// A new instance of one of the classes.
    fn instance(&self, generator: &mut Generator, i: &str) -> String {
        let place = if generator.rng.percent(25) { 0 } else { 1 + generator.rng.index(self.classes.len() - 1) };
        let (name, form) = &self.classes[place];
        match form {
            Form::Declared | Form::Bare => format!("{name}()"),
            Form::Many => format!("{name}({i}, 1, {i}, 3, 4)"),
            _ if generator.rng.percent(30) => format!("{name}({i} + 1)"),
            _ => format!("{name}({i})"),
        }
    }

    /// What a factory may get: a class or a function of an int.
    fn passed(&self, generator: &mut Generator) -> String {
        let takes_int = |form: &Form| !matches!(form, Form::Declared | Form::Bare | Form::Many);
        let mut callees: Vec<&str> =
            self.classes.iter().filter(|(_, form)| takes_int(form)).map(|(name, _)| name.as_str()).collect();
        callees.extend(self.made.iter().filter(|made| !made.takes && !made.throws).map(|made| made.callee.as_str()));
        callees.push("fn(x) return x * 2 end");
        callees[generator.rng.index(callees.len())].to_owned()
    }
}

impl Generator {
    /// A few factories, and a loop that calls them and looks at what they give.
    pub(super) fn factories(&mut self) {
        let n = self.rng.pick(&[7, 20, 50, 120]);
        if self.weight * n > self.weight_limit || !self.can_spend(20 * n) {
            return self.assignment();
        }
        self.spent += 20 * n * self.weight;
        let mut around = Around { classes: Vec::new(), state: self.fresh("k"), made: Vec::new() };
        self.line(&format!("let {} = {}", around.state, self.names % 5));
        self.classes_to_make(&mut around);
        for _ in 0..self.rng.weighted(&[(5, 1), (4, 2), (1, 3)]) {
            let factory = self.factory(&around);
            around.made.push(factory);
        }
        let look = self.looks(&around);
        // The ways that were gone before are those that are compiled at once.
        for made in around.made.iter().filter(|made| !made.takes && !made.throws) {
            if self.rng.percent(60) {
                let calls: Vec<_> = (0..6).map(|i| format!("{look}({}({i}))", made.callee)).collect();
                self.line(&format!("print({})", calls.join(", ")));
            }
        }
        // In a function of its own, what the loop has lives in registers.
        if self.rng.percent(65) {
            let run = self.fresh("run");
            self.line(&format!("fn {run}(n)"));
            self.indent += 1;
            self.calls_of_factories(&around, &look, "n");
            self.indent -= 1;
            self.line("end");
            let few = self.rng.between(1, 6);
            for rounds in [few, n as i64] {
                self.line(&format!("{run}({rounds})"));
            }
        } else {
            self.calls_of_factories(&around, &look, &n.to_string());
        }
    }

    fn classes_to_make(&mut self, around: &mut Around) {
        let plain = self.fresh("N");
        self.line(&format!("class {plain} fn init(x) self.x = x; self.y = 1 end end"));
        around.classes.push((plain.clone(), Form::Plain));
        for _ in 0..self.rng.between(1, 3) {
            let (name, form, state) = (self.fresh("N"), self.rng.pick(FORMS), &around.state);
            let (above, body) = match form {
                Form::Plain | Form::Bare => ("", String::new()),
                Form::Super => (plain.as_str(), "fn init(x) super.init(x); self.y = x + 2 end".to_owned()),
                Form::Declared => ("", "let list = []; let x = 4; let y = 2".to_owned()),
                Form::Many => ("", "fn init(x, a, b, c, d) self.x = x + a; self.y = b + c - d end".to_owned()),
                Form::Captures => {
                    ("", format!("fn init(x) {state} = {state} + 1; self.y = {state}; self.x = x + {state} end"))
                }
                Form::Inherits => (plain.as_str(), "let z = \"z\"".to_owned()),
            };
            let head = if above.is_empty() { String::new() } else { format!(" extends {above}") };
            self.line(&format!("class {name}{head} {body} end"));
            around.classes.push((name, form));
        }
    }

    /// One of them: a function, a function in a variable, a method, or a function of a class.
    fn factory(&mut self, around: &Around) -> Factory {
        let (name, takes) = (self.fresh("mk"), self.rng.percent(20));
        let parameters = if takes { "i, f" } else { "i" };
        let is_plain = self.rng.percent(80);
        let mut factory = Factory { callee: name.clone(), takes, throws: false, is_plain };
        let kind = self.rng.below(8);
        if kind > 1 {
            let head = if kind == 2 { format!("let {name} = fn") } else { format!("fn {name}") };
            self.line(&format!("{head}({parameters})"));
            self.ways(around, &mut factory);
            self.line("end");
            return factory;
        }
        let (class, holder) = (self.fresh("H"), self.fresh("h"));
        let is_method = kind == 0;
        factory.callee = format!("{}.{name}", if is_method { &holder } else { &class });
        self.line(&format!("class {class}"));
        self.indent += 1;
        self.line(&format!("{}fn {name}({parameters})", if is_method { "" } else { "static " }));
        self.ways(around, &mut factory);
        self.line("end");
        self.indent -= 1;
        self.line("end");
        self.line(&format!("let {holder} = {class}()"));
        factory
    }

    /// The ways through a factory.
    fn ways(&mut self, around: &Around, factory: &mut Factory) {
        self.indent += 1;
        let count = self.rng.weighted(&[(4, 2), (4, 3), (2, 4), (1, 5)]);
        let state = &around.state;
        if self.rng.percent(15) {
            self.line(&format!("{state} = {state} ^ i"));
        }
        match self.rng.below(5) {
            0 => {
                self.line(&format!("match i % {}", count + 1));
                for case in 1..count {
                    let pattern = match self.rng.below(4) {
                        0 => format!("{case}, {}", case + 1),
                        1 => format!("q if q + i > {case} and i % 3 == 0"),
                        _ => case.to_string(),
                    };
                    let end = self.way_end(around, factory);
                    self.line(&format!("    case {pattern} -> {end}"));
                }
                if self.rng.percent(80) {
                    let end = self.way_end(around, factory);
                    self.line(&format!("    else -> {end}"));
                }
                self.line("end");
            }
            1 => {
                for arm in 1..count {
                    let (keyword, condition) = (if arm == 1 { "if" } else { "elif" }, self.way_condition());
                    let end = self.way_end(around, factory);
                    self.line(&format!("{keyword} {condition} then {end}"));
                }
                if self.rng.percent(60) {
                    let end = self.way_end(around, factory);
                    self.line(&format!("else {end}"));
                }
                self.line("end");
            }
            _ => {
                for _ in 1..count {
                    let condition = self.way_condition();
                    let end = self.way_end(around, factory);
                    let before = if self.rng.percent(15) { format!("{state} += 1; ") } else { String::new() };
                    self.line(&format!("if {condition} then {before}{end} end"));
                }
                if self.rng.percent(85) {
                    let end = self.way_end(around, factory);
                    self.line(&end);
                }
            }
        }
        self.indent -= 1;
    }

    fn way_condition(&mut self) -> String {
        let (by, rest) = (self.rng.between(2, 5), self.rng.between(0, 1));
        match self.rng.below(6) {
            0 => format!("i > {}", self.rng.pick(&[2, 3, 9, 30])),
            1 => format!("i & {by} == 0"),
            2 => format!("i % {by} == {rest} and i > {by}"),
            3 => format!("i % {by} != {rest}"),
            _ => format!("i % {by} == {rest}"),
        }
    }

    /// How a way ends.
    fn way_end(&mut self, around: &Around, factory: &mut Factory) -> String {
        if factory.is_plain || self.rng.percent(40) {
            if self.rng.percent(75) {
                return format!("return {}", around.instance(self, "i"));
            }
            let value = self.rng.pick(&["i", "\"other\"", "nil", "2.5", "true", "i * 2 + 1", "i / 2", "-0.0"]);
            return format!("return {value}");
        }
        match self.rng.below(9) {
            0 | 1 if factory.takes => "return f(i)".to_owned(),
            0..=2 if !around.made.is_empty() => {
                let other = &around.made[self.rng.index(around.made.len())];
                factory.throws |= other.throws;
                let passed = if other.takes { format!(", {}", around.passed(self)) } else { String::new() };
                format!("return {}(i{passed})", other.callee)
            }
            3 if !factory.callee.contains('.') => {
                // Not too often.
                let passed = if factory.takes { ", f" } else { "" };
                format!("if i > 0 then return {}(i - 7{passed}) end", factory.callee)
            }
            4 if !factory.throws || self.rng.percent(50) => {
                factory.throws = true;
                self.rng.pick(&["throw \"no way\"", "throw i", "error(\"none\")"]).to_owned()
            }
            5 => "return".to_owned(),
            6 if factory.takes => "return f".to_owned(),
            _ => format!("return {}", self.rng.pick(&["[i]", "i..9", "{a: i}", "str(i)", "fn() return i end"])),
        }
    }

    /// A function that makes an int of what a factory gives. Gives its name.
    fn looks(&mut self, around: &Around) -> String {
        let look = self.fresh("look");
        self.line(&format!("fn {look}(v)"));
        for (place, (class, form)) in around.classes.iter().enumerate() {
            // First where it has no fields, and where an instance of a subclass would be one as well.
            let number = 3 + place;
            match form {
                Form::Bare => self.line(&format!("    if is_instance(v, {class}) then return {number} end")),
                _ if self.rng.percent(40) => {
                    self.line(&format!("    if is_instance(v, {class}) then return v.x + v.y * {number} end"));
                }
                _ => {}
            }
        }
        self.line("    if type(v) == \"instance\" then return v.x * 7 + v.y end");
        self.line("    return if type(v) == \"int\" then v else len(str(v)) end");
        self.line("end");
        look
    }

    /// The loop, whose variables live on around the calls.
    fn calls_of_factories(&mut self, around: &Around, look: &str, n: &str) {
        let [s, t, last, wrong, i, v, w] = ["s", "t", "last", "wrong", "i", "v", "w"].map(|prefix| self.fresh(prefix));
        self.line(&format!("let {s}, {t}, {last}, {wrong} = 0, 1, -1, 0"));
        self.line(&format!("for {i} in 0..{n} do"));
        self.indent += 1;
        self.made_by(around, &v, &i);
        if self.rng.percent(50) {
            self.line(&format!("if {i} != {last} + 1 then {wrong} += 1 end"));
            self.line(&format!("{last} = {i}"));
        }
        let second = if self.rng.percent(50) {
            self.made_by(around, &w, &i);
            w.as_str()
        } else {
            v.as_str()
        };
        let class = around.classes[self.rng.index(around.classes.len())].0.clone();
        for _ in 0..self.rng.between(1, 3) {
            let statement = match self.rng.below(7) {
                0 => format!("if is_instance({v}, {class}) then {s} += 5 else {t} += {i} end"),
                1 => format!("if {v} == {second} then {t} ^= {i} end"),
                2 => format!("{s} += len(type({v}))"),
                3 => format!("if {v} then {t} += 2 end"),
                4 => format!("{t} = {t} * 3 + {i}"),
                5 => format!("if {v} == {i} then {s} += {i} end"),
                _ => format!("{s} = ({s} * 31 + {look}({second})) % 1000003"),
            };
            self.line(&statement);
        }
        self.line(&format!("{s} = ({s} * 31 + {look}({v})) % 1000003"));
        self.indent -= 1;
        self.line("end");
        self.line(&format!("print({s}, {t}, {last}, {wrong}, {})", around.state));
    }

    /// A variable that gets what one of the factories gives.
    fn made_by(&mut self, around: &Around, variable: &str, i: &str) {
        let Factory { callee, takes, throws, .. } = around.made[self.rng.index(around.made.len())].clone();
        let passed = match takes {
            false => String::new(),
            true if self.rng.percent(70) => format!(", {}", around.passed(self)),
            true => {
                let (one, other) = (around.passed(self), around.passed(self));
                format!(", if {i} % 3 == 1 then {one} else {other} end")
            }
        };
        let call = format!("{callee}({i}{passed})");
        if throws {
            self.line(&format!("let {variable}"));
            self.line(&format!("try {variable} = {call} catch e {variable} = \"thrown\" end"));
        } else {
            self.line(&format!("let {variable} = {call}"));
        }
    }
}
