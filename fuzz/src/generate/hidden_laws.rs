//! Laws of what was just written to memory. The first fold of a trace sees a read there, and so leaves the operation around it
//! as it is; what was written is put in its place later, and then the second fold meets forms that the first would have
//! changed: `not (x + 5 == 7)` is `x + 5 != 7` for no other.

use std::sync::LazyLock;

use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::types::Ty;
use pseudo_trace::opt::fold::{How, Term, rules};

use super::laws::{Hidden, type_of};
use super::{Generator, Type};

/// Laws of a hundred that hold for what only folding makes.
const LATE_PERCENT: u64 = 30;
/// Of the others, those that compare.
const COMPARING_PERCENT: u64 = 25;

/// The rules that hold for what the first fold has made, by number: nothing that is recorded is unequal, or rounded up.
static LATE: LazyLock<Vec<usize>> = LazyLock::new(|| with_pattern(is_made_by_folding));
/// Those that give bools.
static COMPARING: LazyLock<Vec<usize>> = LazyLock::new(|| with_pattern(|pattern| pattern.ty() == Some(Ty::Bool)));

fn with_pattern(has: impl Fn(&Term) -> bool) -> Vec<usize> {
    let fits = |how: &How| matches!(how, How::Terms { pattern, .. } if has(pattern));
    (0..rules().len()).filter(|&number| fits(&rules()[number].how)).collect()
}

fn is_made_by_folding(term: &Term) -> bool {
    match term {
        Term::Op(op, operands) => {
            matches!(op, Op::NeInt | Op::NeFloat | Op::CeilFloat) || operands.iter().any(is_made_by_folding)
        }
        _ => false,
    }
}

impl Generator {
    /// A loop in which operands go through arrays.
    pub(super) fn hidden_laws(&mut self) {
        let n = self.rng.pick(&[9, 20, 40]);
        if self.weight * n > self.weight_limit || !self.can_spend(10 * n) {
            return self.assignment();
        }
        self.spent += 10 * n * self.weight;
        let [ints, floats, bools, i, x, y, a, b, c] =
            ["h", "h", "h", "i", "v", "v", "t", "t", "t"].map(|it| self.fresh(it));
        self.line(&format!(
            "let {ints}, {floats}, {bools} = [1, 2, 3, 4], [0.5, 1.5, 2.5, 3.5], [true, false, true, true]"
        ));
        self.line(&format!("let {x}, {y}, {a}, {b}, {c} = 7, 2.5, 0, 0.5, true"));
        self.line(&format!("for {i} in 0..{n} do"));
        let mark = self.begin_block();
        self.scope.declare(&i, Type::Int, false);
        self.scope.declare(&x, Type::Int, false);
        self.scope.declare(&y, Type::Float, false);
        let places = [(Type::Int, &ints, &a), (Type::Float, &floats, &b), (Type::Bool, &bools, &c)];
        for _ in 0..self.rng.between(2, 6) {
            if self.rng.percent(22) {
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
    fn hidden_law(&mut self, places: &[(Type, &String, &String); 3]) {
        let place = |ty| type_of(ty).and_then(|ty| places.iter().find(|(of, ..)| *of == ty));
        // Not every rule is of something that a program can say.
        for _ in 0..20 {
            let number = if self.rng.percent(LATE_PERCENT) {
                self.rng.pick(&LATE)
            } else if self.rng.percent(COMPARING_PERCENT) {
                self.rng.pick(&COMPARING)
            } else {
                self.rng.index(rules().len())
            };
            let How::Terms { pattern, .. } = rules()[number].how else { continue };
            let Term::Op(op, operands) = pattern else { continue };
            let Some(&(.., target)) = op.info().result.and_then(place) else { continue };
            let mut names = self.names(number, &pattern);
            let arrays = places.map(|(ty, array, _)| (ty, array.clone()));
            names.hidden = Some(Hidden { arrays, free: 0, writes: Vec::new() });
            if let Some(text) = self.operation(op, operands, &mut names) {
                for write in names.hidden.into_iter().flat_map(|hidden| hidden.writes) {
                    self.line(&write);
                }
                return self.line(&format!("{target} = {text}"));
            }
        }
    }
}
