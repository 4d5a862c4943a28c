//! Errors: thrown by statements, by operations that now and then can't be done, and by what is called; caught where they
//! are thrown or far above, in loops and around them; `finally` on every way out.

use super::{Generator, Type};

impl Generator {
    /// A loop in whose rounds different values are thrown past one `finally` or two, or past frames.
    pub(super) fn thrown_past(&mut self) {
        let n = self.rng.pick(&[9, 40, 90]);
        if self.nesting == 0 || self.weight * n > self.weight_limit || !self.can_spend(10 * n) {
            return self.assignment();
        }
        self.spent += 10 * n * self.weight;
        let [thrown, s, t, i] = ["thrown", "s", "t", "i"].map(|prefix| self.fresh(prefix));
        let value = self.rng.pick(&["x * 3", "[x]", "\"t${x}\"", "x / 2"]);
        let rare = self.rng.pick(&[2, 3, 19]);
        let sign = self.rng.pick(&["==", "!="]);
        self.line(&format!("let {s}, {t} = 0, 0"));
        self.line(&format!("fn {thrown}(x) if x % {rare} {sign} 1 then throw {value} end; return x end"));
        self.line(&format!("for {i} in 0..{n} do"));
        self.line("    try");
        let twice = self.rng.percent(40);
        let (open, close) = if twice { ("try try", "finally {t} = {t} * 3 end") } else { ("try", "") };
        let close = close.replace("{t}", &t);
        self.line(&format!("        {open} {s} ^= {thrown}({i}) {close} finally {t} += {i} end"));
        self.line(&format!("    catch e {s} = {s} * 3 + len(str(e)) + (if type(e) == \"int\" then e else 0 end) end"));
        self.line("end");
        self.line(&format!("print({s}, {t})"));
    }

    /// What the program's errors are made and described with.
    pub(super) fn errors_of_program(&mut self) {
        self.line("fn describe(e)");
        self.line("    if not is_instance(e, Error) then return \"<${e}>\".slice(0, 60) end");
        self.line("    return \"${e.line} ${e.kind}: ${e.message}\".slice(0, 80)");
        self.line("end");
        self.line("fn fail(e) throw e end");
        self.line("let once = Error(\"once\", \"own\")");
        for _ in 0..self.rng.between(0, 2) {
            let name = self.fresh("Err");
            let parent = match self.classes.errors.last() {
                Some(last) if self.rng.percent(50) => last.clone(),
                _ => "Error".to_owned(),
            };
            self.line(&format!("class {name} extends {parent}"));
            self.line("    let code = 1");
            if self.rng.percent(60) {
                let set = self.rng.pick(&["; self.code = len(m)", "; self.message += \"!\"", ""]);
                self.line(&format!("    fn init(m = \"?\", k = \"mine\") super.init(m, k){set} end"));
            }
            if self.rng.percent(30) {
                self.line("    fn to_string() return \"!\" + self.kind end");
            }
            self.line("end");
            self.classes.errors.push(name);
        }
    }

    /// `try`, with `catch` or `finally` or both.
    pub(super) fn try_statement(&mut self) {
        let catches = self.rng.percent(85);
        let finally = !catches || self.rng.percent(30);
        // A variable that only the handler reads.
        let kept = (catches && self.rng.percent(30)).then(|| {
            let (name, ty) = (self.fresh("kept"), self.rng.pick(&[Type::Int, Type::Num, Type::Ints, Type::Str]));
            let value = self.expression(ty);
            self.line(&format!("let {name} = {value}"));
            name
        });
        self.line("try");
        let mark = self.begin_block();
        self.protected += u32::from(catches);
        for _ in 0..self.rng.between(1, 3) {
            self.statement();
        }
        if self.protected > 0 && self.rng.percent(75) {
            self.fault();
        }
        if self.rng.percent(40) {
            self.statement();
        }
        if self.protected > 0 && self.rng.percent(25) {
            // The last thing in it a call, behind which nothing of it is needed.
            match self.call(Type::Any) {
                Some(call) => self.line(&call),
                None => self.fault(),
            }
        }
        self.way_out(15);
        self.protected -= u32::from(catches);
        self.end_block(mark);
        if catches {
            self.catch(kept.as_deref());
        }
        if finally {
            self.line("finally");
            let mark = self.begin_block();
            for _ in 0..self.rng.between(1, 2) {
                self.statement();
            }
            self.way_out(6);
            self.end_block(mark);
        }
        self.line("end");
    }

    /// The block of a `catch`, which reads a variable that nobody else does.
    fn catch(&mut self, kept: Option<&str>) {
        let mark = self.begin_block();
        self.indent -= 1;
        if self.rng.percent(12) {
            self.line("catch");
            self.indent += 1;
            self.read_kept(kept);
            self.statement();
        } else {
            let e = self.fresh("e");
            self.line(&format!("catch {e}"));
            self.indent += 1;
            self.scope.declare(&e, Type::Any, false);
            self.read_kept(kept);
            self.look_at(&e);
            if self.rng.percent(50) {
                self.statement();
            }
            if self.protected > 0 && self.rng.percent(25) {
                let condition = self.expression(Type::Bool);
                self.line(&format!("if {condition} then throw {e} end"));
            }
        }
        self.way_out(15);
        self.end_block(mark);
    }

    fn read_kept(&mut self, kept: Option<&str>) {
        let Some(kept) = kept else { return };
        match self.take(Type::Any) {
            Some(target) => self.line(&format!("{target} = {kept}")),
            None => match self.take(Type::Int) {
                Some(target) => self.line(&format!("{target} += len(str({kept}))")),
                None => self.line(&format!("describe({kept})")),
            },
        }
    }

    /// What tells errors apart.
    fn look_at(&mut self, e: &str) {
        match self.rng.below(6) {
            0 | 1 => {
                if let Some(target) = self.take(Type::Str) {
                    return self.line(&format!("{target} = describe({e})"));
                }
            }
            2 | 3 => {
                if let Some(target) = self.take(Type::Int) {
                    return self.line(&format!("{target} = {target} + len(describe({e}))"));
                }
            }
            4 => {
                if let Some(target) = self.take(Type::Int) {
                    let kind = self.rng.pick(&["index", "type", "zero_division", "name", "value", "arity"]);
                    let test = format!("is_instance({e}, Error) and {e}.kind == \"{kind}\"");
                    return self.line(&format!("if {test} then {target} += {e}.line end"));
                }
            }
            _ => {
                if let Some(target) = self.take(Type::Any) {
                    return self.line(&format!("{target} = {e}"));
                }
            }
        }
        if self.weight <= 30 && self.result.is_none() {
            self.line(&format!("print(describe({e}))"));
        }
    }

    /// Leaves the loop, the round or the function around, sometimes.
    pub(super) fn way_out(&mut self, percent: u64) {
        if !self.rng.percent(percent) {
            return;
        }
        if self.loops > 0 {
            let (condition, way) = (self.rare_condition(), self.rng.pick(&["break", "continue", "continue"]));
            self.line(&format!("if {condition} then {way} end"));
        } else {
            self.early_return();
        }
    }

    /// A statement that may end with an error. Written only where something catches it.
    pub(super) fn fault(&mut self) {
        if self.rng.percent(35) {
            let (condition, value) = (self.rare_condition(), self.thrown());
            let how = self.rng.pick(&["throw ", "throw ", "fail("]);
            let end = if how.ends_with('(') { ")" } else { "" };
            return self.line(&format!("if {condition} then {how}{value}{end} end"));
        }
        if self.rng.percent(12) {
            return self.fault_in_callback();
        }
        let condition = if self.rng.percent(50) { Some(self.rare_condition()) } else { None };
        let risky = self.risky();
        let statement = match self.take(Type::Any) {
            Some(target) if self.rng.percent(70) => format!("{target} = {risky}"),
            _ => format!("let {} = {risky}", self.fresh("v")),
        };
        match condition {
            Some(condition) => self.line(&format!("if {condition} then {statement} end")),
            None => self.line(&statement),
        }
    }

    /// A value to throw.
    fn thrown(&mut self) -> String {
        match self.rng.below(9) {
            0 => self.scalar(2),
            1 => "once".to_owned(),
            2 => format!("Error({})", self.expression(Type::Str)),
            3 => format!("Error(\"e${{{}}}\", \"custom\")", self.expression(Type::Int)),
            4 => self.expression_at(Type::Any, 3),
            5 => self.expression_at(Type::Int, 2),
            _ => match self.classes.errors.len() {
                0 => "Error()".to_owned(),
                count => {
                    let class = self.classes.errors[self.rng.index(count)].clone();
                    let arguments = if self.rng.percent(30) { String::new() } else { self.string_literal() };
                    format!("{class}({arguments})")
                }
            },
        }
    }

    /// An expression that may end with an error.
    fn risky(&mut self) -> String {
        let any = self.leaf(Type::Any, 3);
        match self.rng.below(28) {
            24 => {
                let array = self.variable_or_literal(Type::Ints);
                format!("{array}[len({array})]")
            }
            25..=27 => format!("{}[{} % 3]", self.rng.pick(&["\"\"", "\"a\""]), self.expression(Type::Int)),
            0 | 1 => {
                let (array, index) = (self.variable_or_literal(Type::Ints), self.expression(Type::Int));
                format!("{array}[{index} % (len({array}) + {})]", self.rng.pick(&[1, 1, 20]))
            }
            2 => {
                let (text, index) = (self.leaf(Type::Str, 3), self.expression(Type::Int));
                format!("{text}[{index} % (len({text}) + 2)]")
            }
            3 => {
                let (a, b) = (self.expression(Type::Int), self.expression(Type::Int));
                format!("{a} {} ({b} % {})", self.rng.pick(&["div", "%"]), self.rng.pick(&[2, 7, 60]))
            }
            4..=6 => {
                let op = self.rng.pick(&["+", "-", "*", "<", ">=", "&", "div", "/", ".."]);
                let other = self.expression_at(Type::Num, 3);
                if self.rng.percent(60) { format!("({any}) {op} {other}") } else { format!("{other} {op} ({any})") }
            }
            7 => format!("{any} + {}", self.leaf(Type::Str, 3)),
            8 => format!("{}({any})", self.rng.pick(&["-", "~", "len", "abs", "sqrt", "float", "int", "floor"])),
            9 => format!("{any}[{}]", self.leaf(Type::Int, 3)),
            10 => format!("{any}(1)"),
            11 if self.has_objects() => format!("{any}.{}(1)", self.cheap_method()),
            12 if self.has_objects() => match self.classes.fields.first() {
                Some((field, _)) => format!("{any}.{field}"),
                None => any,
            },
            13 => format!("{} << ({} % 70 - 2)", self.leaf(Type::Int, 3), self.leaf(Type::Int, 3)),
            14 => self.rng.pick(&["to_int()", "describe()", "to_int(1, 2)", "fail()"]).to_owned(),
            15 => format!("int({})", self.leaf(Type::Str, 3)),
            16 => {
                let f = self.rng.pick(&["int", "floor", "round", "trunc", "ceil"]);
                format!("{f}({})", self.expression_at(Type::Num, 2))
            }
            17 => format!("{} in {any}", self.leaf(Type::Int, 3)),
            18 => format!("{}.slice(0, {}).pop()", self.variable_or_literal(Type::Ints), self.rng.between(0, 1)),
            19 => format!(
                "{any}.{}()",
                self.rng.pick(&["upper", "abs", "first", "len", "keys", "reverse", "sum", "name", "nosuch"])
            ),
            20 if self.has_files || self.rng.percent(50) => self.late.clone(),
            20 => "late0".to_owned(),
            21 => format!("{any}.{}", self.rng.pick(&["extra", "more", "value", "kind", "line", "message", "name"])),
            // Not in a function, which may be called often.
            22 if self.weight <= 2 && self.weight_limit >= 4000 => "overflow(1)".to_owned(),
            _ => match self.call(Type::Any) {
                Some(call) => call,
                None => format!("{any} * 2"),
            },
        }
    }

    /// An error out of a function that a builtin calls.
    fn fault_in_callback(&mut self) {
        let array = self.variable_or_literal(Type::Ints);
        self.spent += 40 * self.weight;
        let (m, r) = (self.rng.between(2, 40), self.rng.between(0, 5));
        let thrown =
            self.rng.pick(&["throw x", "throw Error(\"in map\")", "fail(once)", "return nil + x", "throw [x]"]);
        let throws = format!("if x % {m} == {r} then {thrown} end");
        let text = match self.rng.below(4) {
            0 => format!("{array}.map(fn(x) {throws}; return x end)"),
            1 => format!("{array}.filter(fn(x) {throws}; return true end)"),
            2 => format!("reduce({array}, fn(x, y) {throws}; return y end, 1)"),
            _ => format!("sort(copy({array}), fn(x, y) {throws}; return x < y end)"),
        };
        match self.take(Type::Any) {
            Some(target) => self.line(&format!("{target} = {text}")),
            None => self.line(&text),
        }
    }
}
