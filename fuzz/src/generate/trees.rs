//! Recursion over data: trees of instances or arrays that functions and methods build, walk, change and leave by an error.

use super::{Generator, Type};

impl Generator {
    /// A kind of tree, functions over it, and a loop that uses them.
    pub(super) fn tree(&mut self) {
        if self.nesting > 2 {
            return self.assignment();
        }
        let instances = self.rng.percent(60);
        let [class, build, walk, find, t, i] =
            ["T", "build", "walk", "find", "tree", "i"].map(|prefix| self.fresh(prefix));
        let (key, left, right) = if instances { (".key", ".left", ".right") } else { ("[0]", "[1]", "[2]") };
        let make = if instances { format!("{class}(k, a, b)") } else { "[k, a, b]".to_owned() };
        if instances {
            self.tree_class(&class);
        }
        let (more, odd) = (self.rng.between(1, 3), self.rng.pick(&["k * 2", "k + 0.5", "k ^ 21", "-k"]));
        self.line(&format!("fn {build}(d, k)"));
        self.line("    if d <= 0 then return nil end");
        self.line(&format!("    let a, b = {build}(d - 1, {odd}), {build}(d - {more}, k + d)"));
        self.line(&format!("    return {make}"));
        self.line("end");
        let op = self.rng.pick(&["+", "-", "*"]);
        self.line(&format!("fn {walk}(t, d)"));
        self.line("    if t == nil then return d end");
        if self.rng.percent(40) {
            let (k, way) =
                (self.rng.between(3, 40), self.rng.pick(&["throw 'at ' + str(d)", "return d", "return -1.5"]));
            self.line(&format!("    if t{key} % {k} == 1 then {way} end"));
        }
        self.line(&format!("    return {walk}(t{left}, d + 1) {op} t{key} + {walk}(t{right}, d)"));
        self.line("end");
        self.line(&format!("fn {find}(t, k)"));
        self.line("    if t == nil then return nil end");
        self.line(&format!("    if t{key} == k then return t end"));
        self.line(&format!("    return {find}(if k < t{key} then t{left} else t{right} end, k)"));
        self.line("end");
        let depth = self.rng.between(1, 5);
        self.line(&format!("let {t} = {build}({depth}, 3)"));
        let n = self.rng.pick(&[2, 5, 12, 30]);
        self.spent += (n << depth) * 3 * self.weight;
        self.line(&format!("for {i} in 0..{n} do"));
        self.line("    try");
        if let Some(target) = self.take(Type::Num) {
            self.line(&format!("        {target} = {walk}({t}, {i})"));
        }
        match self.rng.below(4) {
            0 if instances => self.line(&format!("        {t}.grow({i} % 9)")),
            1 => self.line(&format!("        {t} = {build}({i} % {}, {i})", depth + 1)),
            2 => self.line(&format!("        {t}{key} = {walk}({t}, 1)")),
            _ => self.line(&format!("        if {find}({t}, {i} % 5) != nil then {t}{right} = nil end")),
        }
        if instances && let Some(target) = self.take(Type::Num) {
            self.line(&format!("        {target} = {target} + {t}.count()"));
        }
        self.line("    catch e");
        self.line("        print(describe(e))");
        self.line("    end");
        self.line("end");
    }

    fn tree_class(&mut self, class: &str) {
        self.line(&format!("class {class}"));
        self.line("    fn init(key, left, right) self.key = key; self.left = left; self.right = right end");
        self.line("    fn count()");
        self.line("        let n = 1");
        self.line("        if self.left != nil then n += self.left.count() end");
        self.line("        if self.right != nil then n += self.right.count() end");
        self.line("        return n");
        self.line("    end");
        self.line("    fn grow(k)");
        self.line("        if k < self.key then");
        self.line(&format!(
            "            if self.left == nil then self.left = {class}(k, nil, nil) else self.left.grow(k) end"
        ));
        self.line("        elif k > self.key then");
        self.line(&format!(
            "            if self.right == nil then self.right = {class}(k, nil, nil) else self.right.grow(k) end"
        ));
        self.line("        end");
        self.line("    end");
        self.line("end");
    }
}
