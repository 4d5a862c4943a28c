//! What a pass has changed: which line of IR is which of those before, from the two traces alone.
//!
//! Passes number instructions anew, so lines are compared by what they are apart from the values that they read: operation,
//! type, constants, the bytecode they come from. The longest common subsequence of these stays; what is left over on both
//! sides and comes from the same bytecode has changed, or has moved. A line that stays but reads something else has changed
//! as well.

use pseudo_trace::ir::ops::Operand;
use pseudo_trace::ir::trace::{Inst, Trace};
use pseudo_trace::ir::types::{Const, Ref, Ty};
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// What a line is compared by.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    op: &'static str,
    ty: &'static str,
    origin: u32,
    operands: Vec<Part>,
}

/// An operand, as far as numbering does not change it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Part {
    Value,
    Const(String),
    Raw(u32),
}

/// What a line is, of those before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Was {
    /// This one, the same but for numbers.
    Same(u32),
    /// This one, changed or moved.
    Changed(u32),
    /// None.
    New,
}

/// What each line of a trace was before a pass.
pub fn changes(before: &Trace, after: &Trace) -> Vec<Was> {
    let (old, new) = (keys(before), keys(after));
    let mut was: Vec<Option<u32>> = vec![None; new.len()];
    let (mut gone, mut added) = (Vec::new(), Vec::new());
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        let (_, from, to) = op.as_tag_tuple();
        if let DiffOp::Equal { .. } = op {
            for (from, to) in from.zip(to) {
                was[to] = Some(from as u32);
            }
        } else {
            gone.extend(from);
            added.extend(to);
        }
    }
    // What has moved first, then what comes from the same instruction and gives something of the same type.
    let rounds: [fn(&Key, &Key) -> bool; 2] =
        [|old, new| old == new, |old, new| old.origin == new.origin && old.ty == new.ty && old.origin != u32::MAX];
    let mut moved = vec![false; new.len()];
    for alike in rounds {
        added.retain(|&to| {
            let Some(at) = gone.iter().position(|&from| alike(&old[from], &new[to])) else { return true };
            was[to] = Some(gone.remove(at) as u32);
            moved[to] = true;
            false
        });
    }
    let mut now = vec![None; old.len()];
    for (to, from) in was.iter().enumerate() {
        if let Some(from) = from {
            now[*from as usize] = Some(to);
        }
    }
    was.iter()
        .enumerate()
        .map(|(to, from)| match *from {
            None => Was::New,
            Some(from) if !moved[to] && reads_the_same(before, after, from as usize, to, &now) => Was::Same(from),
            Some(from) => Was::Changed(from),
        })
        .collect()
}

fn keys(trace: &Trace) -> Vec<Key> {
    let part = |kind: Operand, value: Ref| match (kind, value.const_index()) {
        (Operand::Number | Operand::Slot, _) => Part::Raw(value.0),
        (_, None) => Part::Value,
        (_, Some(index)) => Part::Const(trace.consts.get(index).map_or(String::new(), named)),
    };
    let key = |inst: &Inst| Key {
        op: inst.op.info().text,
        ty: if inst.ty == Ty::None { "" } else { inst.ty.text() },
        origin: inst.origin,
        operands: operands(trace, inst).map(|(kind, value)| part(kind, value)).collect(),
    };
    trace.insts.iter().map(key).collect()
}

/// A constant, in words that differ from those of any other.
fn named(constant: &Const) -> String {
    format!("{constant:?}")
}

/// The operands of an instruction, arguments one by one.
fn operands<'t>(trace: &'t Trace, inst: &Inst) -> impl Iterator<Item = (Operand, Ref)> + 't {
    let kinds = inst.op.info().operands;
    let arguments = kinds.iter().position(|&kind| kind == Operand::Arguments);
    let plain = arguments.unwrap_or(kinds.len());
    let values = [inst.a, inst.b, inst.c];
    let list = match arguments {
        Some(at) => {
            let first = values[at].0 as usize;
            trace.args.get(first..first + inst.c.0 as usize).unwrap_or_default()
        }
        None => &[],
    };
    let first = (0..plain)
        .map(move |at| (kinds[at], values[at]))
        .filter(|(kind, _)| !matches!(kind, Operand::No | Operand::Hint));
    first.chain(list.iter().map(|&value| (Operand::Any, value)))
}

/// Whether two lines with the same key read the same values and leave to the same snapshot.
fn reads_the_same(before: &Trace, after: &Trace, from: usize, to: usize, now: &[Option<usize>]) -> bool {
    let (old, new) = (&before.insts[from], &after.insts[to]);
    let renumbered = |value: Ref| value.inst_index().map(|index| now.get(index).copied().flatten());
    let same = |(old, new): ((Operand, Ref), (Operand, Ref))| match (old.1.inst_index(), new.1.inst_index()) {
        _ if matches!(old.0, Operand::Number | Operand::Slot) => true,
        (Some(_), Some(index)) => renumbered(old.1).flatten() == Some(index),
        (None, None) => true,
        _ => false,
    };
    old.snapshot == new.snapshot && operands(before, old).zip(operands(after, new)).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pseudo_trace::ir::parse::parse;

    const SNAPSHOT: &str = "snapshot s0 f0:0 base 0 { }\nlink interpreter -> s0";

    fn changed(before: &str, after: &str) -> Vec<Was> {
        let trace = |text: &str| {
            let mut trace = parse(&format!("{text}\n{SNAPSHOT}")).expect("a trace");
            // As if all of it came from one instruction.
            for at in 0..trace.insts.len() {
                trace.insts[at].origin = 7;
            }
            trace
        };
        changes(&trace(before), &trace(after))
    }

    #[test]
    fn lines_that_only_get_other_numbers_stay_the_same() {
        let before = "%0: any = slot r0\n%1: any = slot r1\n%2: int = guard.int %1 -> s0\n%3: int = add.int %2, 5";
        let after = "%0: any = slot r1\n%1: int = guard.int %0 -> s0\n%2: int = add.int %1, 5";
        assert_eq!(changed(before, after), [Was::Same(1), Was::Same(2), Was::Same(3)]);
        assert_eq!(changed(before, before), [Was::Same(0), Was::Same(1), Was::Same(2), Was::Same(3)]);
    }

    #[test]
    fn what_takes_the_place_of_a_line_is_that_line_changed() {
        let before = "%0: any = slot r0\n%1: int = guard.int %0 -> s0\n%2: int = mul.int %1, 8";
        let after = "%0: any = slot r0\n%1: int = guard.int %0 -> s0\n%2: int = shl.int %1, 3";
        assert_eq!(changed(before, after), [Was::Same(0), Was::Same(1), Was::Changed(2)]);
    }

    #[test]
    fn a_line_that_reads_something_else_has_changed() {
        let before = "%0: int = add.int 1, 2\n%1: int = add.int 3, 4\n%2: int = neg.int %1";
        let after = "%0: int = add.int 1, 2\n%1: int = add.int 3, 4\n%2: int = neg.int %0";
        assert_eq!(changed(before, after), [Was::Same(0), Was::Same(1), Was::Changed(2)]);
    }

    #[test]
    fn lines_move() {
        let before = "%0: any = slot r0\nloop\n%2: int = guard.int %0 -> s0";
        let after = "%0: any = slot r0\n%1: int = guard.int %0 -> s0\nloop";
        let was = changed(before, after);
        assert!(
            was == [Was::Same(0), Was::Changed(2), Was::Same(1)]
                || was == [Was::Same(0), Was::Same(2), Was::Changed(1)]
        );
    }
}
