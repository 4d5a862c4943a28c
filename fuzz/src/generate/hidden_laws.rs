//! Laws of what was just written to memory. The first fold of a trace sees a read there, and so leaves the operation around it
//! as it is; what was written is put in its place later, and then the second fold meets forms that the first would have
//! changed: `not (x + 5 == 7)` is `x + 5 != 7` for no other.

use pseudo_trace::ir::ops::Operand;
use pseudo_trace::opt::fold::{How, Term, rules};

use super::laws::{Names, type_of};
use super::{Generator, Type};

/// Operands of one operation.
const OPERANDS: usize = 3;

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
}
