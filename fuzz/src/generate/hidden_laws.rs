//! Laws of what was just written to memory. The first fold of a trace sees a read there, and so leaves the operation around it
//! as it is; what was written is put in its place later, and then the second fold meets forms that the first would have
//! changed: `not (x + 5 == 7)` is `x + 5 != 7` for no other.

use pseudo_trace::ir::ops::Operand;
use pseudo_trace::opt::fold::{How, Term, rules};

use super::laws::{Names, type_of};
use super::{Generator, Type};

/// Operands of one operation.
const OPERANDS: usize = 3;

/// Values that captured variables get, of every kind. `i` is the counter, `V` the array, `F` the function, `R` the range and `E` the
/// empty array that this round has.
const KEPT: &[&str] = &[
    "\"abc\"[i % 3]",
    "str(i)",
    "i * 0.5",
    "i",
    "i > 5",
    "[i, 2]",
    "fn(v) return v + i end",
    "i..9",
    "nil",
    "V",
    "F",
    "R",
    "E",
];

impl Generator {
    /// A loop in which operands go through arrays.
    pub(super) fn hidden_laws(&mut self) {
        let n = self.rng.pick(&[9, 40, 90]);
        if self.weight * n > self.weight_limit || !self.can_spend(10 * n) {
            return self.assignment();
        }
        self.spent += 10 * n * self.weight;
        let [ints, floats, bools, i, x, y, a, b, c] =
            ["h", "h", "h", "i", "v", "v", "t", "t", "t"].map(|it| self.fresh(it));
        self.line(&format!("let {ints}, {floats}, {bools} = [1, 2, 3], [0.5, 1.5, 2.5], [true, false, true]"));
        self.line(&format!("let {x}, {y}, {a}, {b}, {c} = 7, 2.5, 0, 0.5, true"));
        self.line(&format!("for {i} in 0..{n} do"));
        let mark = self.begin_block();
        self.scope.declare(&i, Type::Int, false);
        self.scope.declare(&x, Type::Int, false);
        self.scope.declare(&y, Type::Float, false);
        let places = [(Type::Int, &ints, &a), (Type::Float, &floats, &b), (Type::Bool, &bools, &c)];
        for _ in 0..self.rng.between(2, 5) {
            if self.rng.percent(8) {
                // Both ways are one value.
                let (one, other) = (self.fresh("k"), self.fresh("k"));
                let test = self.leaf(Type::Bool, 3);
                self.line(&format!("{bools}[0], {bools}[1] = {x} < {i}, {x} < {i}"));
                self.line(&format!("let {one}, {other} = {bools}[0], {bools}[1]"));
                self.line(&format!("if {test} then {c} = {one} else {c} = {other} end"));
            } else {
                self.hidden_law(&places);
            }
        }
        self.line(&format!("{x} = ({x} * 5 + {i}) & 65535"));
        self.line(&format!("{y} = {x} / 8 - 100.5"));
        self.end_block(mark);
        self.line("end");
        self.line(&format!("print({ints}, {floats}, {bools}, {a}, {b}, {c})"));
    }

    /// One, of the types that there are arrays for: type, array, where the result goes.
    fn hidden_law(&mut self, places: &[(Type, &String, &String)]) {
        let place = |ty| type_of(ty).and_then(|ty| places.iter().find(|(of, ..)| *of == ty));
        // Not every rule is of something that a program can say.
        for _ in 0..20 {
            let How::Terms { pattern, .. } = rules()[self.rng.index(rules().len())].how else { continue };
            let Term::Op(op, operands) = pattern else { continue };
            let Some(&(.., target)) = op.info().result.and_then(place) else { continue };
            let mut names = Names::of(&pattern);
            let mut texts = Vec::new();
            let mut writes = Vec::new();
            for (at, (operand, info)) in operands.iter().zip(op.info().operands).enumerate().take(OPERANDS) {
                let Operand::Of(ty) = info else { break };
                let (Some(text), Some(&(_, array, _))) = (self.term(operand, ty, &mut names), place(ty)) else { break };
                let hides = match operand {
                    Term::Op(..) => self.rng.percent(85),
                    Term::Var(_) => self.rng.percent(40),
                    _ => false,
                };
                if hides {
                    writes.push(format!("{array}[{at}] = {text}"));
                    texts.push(format!("{array}[{at}]"));
                } else {
                    texts.push(text);
                }
            }
            if texts.len() == operands.len()
                && let Some(text) = self.said(op, &texts)
            {
                writes.iter().for_each(|write| self.line(write));
                return self.line(&format!("{target} = {text}"));
            }
        }
    }

    /// A captured variable that gets a value of any kind in each round, and is asked for it: whether it is defined, true, what it is.
    pub(super) fn captured_kinds(&mut self) {
        let n = self.rng.pick(&[9, 40, 90]);
        if self.weight * n > self.weight_limit || !self.can_spend(12 * n) {
            return self.assignment();
        }
        self.spent += 12 * n * self.weight;
        let [c, k, i, look, set] = ["c", "k", "i", "look", "set"].map(|prefix| self.fresh(prefix));
        let [v, f, r, e] = ["a", "f", "r", "e"].map(|prefix| self.fresh(prefix));
        self.line(&format!("let {c}, {k} = nil, 0"));
        self.line(&format!("let {look}, {set} = fn() return {c} end, fn(v) {c} = v end"));
        self.line(&format!("let {v}, {f}, {r}, {e} = [[1, 2], [3]], [fn(v) return v end, fn(v) return v + 1 end], [0..5, 2..9], [[], []]"));
        self.line(&format!("for {i} in 0..{n} do"));
        self.line(&format!("    let V, F, R, E = {v}[{i} % 2], {f}[{i} % 2], {r}[{i} % 2], {e}[{i} % 2]"));
        self.line(&format!("    {k} += len(V) + F({i}) + len(E) + (if {i} in R then 1 else 0 end)"));
        for _ in 0..self.rng.between(2, 4) {
            let value = self.rng.pick(KEPT);
            let value = with_counter(value, &i);
            // Behind an exit, what it takes over has its type already.
            let aside = self.rng.percent(50);
            if aside {
                let (by, rest) = (self.rng.between(2, 5), self.rng.between(0, 1));
                self.line(&format!("    if {i} % {by} == {rest} then"));
            }
            match self.rng.below(3) {
                0 => self.line(&format!("    {set}({value})")),
                _ => self.line(&format!("    {c} = {value}")),
            }
            match self.rng.below(5) {
                0 => self.line(&format!("    if {c} then {k} += 1 else {k} -= 1 end")),
                1 => self.line(&format!("    {k} += len(type({look}()))")),
                2 => self.line(&format!("    if not {look}() then {k} ^= {i} end")),
                3 => {
                    let used = match value.as_str() {
                        "F" => format!("{c}({i})"),
                        "R" => format!("(if {i} in {c} then 2 else 3 end)"),
                        "V" | "E" => format!("len({c})"),
                        _ => format!("len(str({c} == {look}()))"),
                    };
                    self.line(&format!("    {k} += {used}"));
                }
                _ => self.line(&format!("    if {c} == {look}() then {k} += 1 end")),
            }
            if aside {
                self.line("    end");
            }
        }
        if self.rng.percent(30) {
            // A function that is not what it was when it captured itself.
            let own = self.fresh("own");
            self.line(&format!("    if {i} % 3 == 1 then"));
            self.line(&format!("        fn {own}(n) return if n > 0 then {own}(n - 1) + 1 else n end end"));
            self.line(&format!("        {k} += {own}({i} % 4)"));
            self.line(&format!("        {own} = fn(n) return n * 2 end"));
            self.line(&format!("        {k} += {own}({k} & 7)"));
            self.line("    end");
        }
        self.line("end");
        self.line(&format!("print({k}, type({c}))"));
    }
}

/// A value with the counter's name in place of `i`, where that stands alone.
fn with_counter(value: &str, counter: &str) -> String {
    let mut text = String::new();
    for (at, char) in value.char_indices() {
        let is_part = |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric());
        let alone = !is_part(value[..at].chars().next_back()) && !is_part(value[at + char.len_utf8()..].chars().next());
        if char == 'i' && alone { text.push_str(counter) } else { text.push(char) }
    }
    text
}
