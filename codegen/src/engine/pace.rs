//! Whether a side trace brings to the head of its root's loop what the loop itself would have brought there.
//!
//! A loop whose bounds checks were dropped for how its variables advance ([`Trace::relies`]) may be gone to at its head
//! only with values that it would have come to. A side trace that ends a round of the loop in another way has such values if
//! it makes of each such variable what the loop does, and makes itself the comparisons that the loop makes behind the exit
//! and that may be what stops it:
//!
//! ```text
//! %1: int = guard.int %0 -> s0             (slot r4)
//! loop
//! %3: int = phi %2, %9                     %0: int = inherit 0                  (%3 of the loop)
//! ...                                      %1: any = slot r4
//! guard.true %5 -> s1              exit:   %2: int = guard.int %1 -> s0         (%1 of the loop)
//! %7: bool = lt.int %3, %1                 ...
//! guard.true %7 -> s2                      %6: bool = lt.int %0, %2             (%7 of the loop)
//! %9: int = add.int %3, 1                  guard.true %6 -> s1
//!                                          %8: int = add.int %0, 1              (%9 of the loop)
//! ```
//!
//! Two values are the same if they are computed in the same way from the same values. What memory holds is the same as in
//! front of the loop: traces write no slots before they leave, and whoever asks has seen to it that what the preamble has
//! read from objects has not changed.
//!
//! Linear in the traces on the way.

use pseudo_snapshots::Snapshot;
use pseudo_trace::ir::ops::{Effect, Op, Operand};
use pseudo_trace::ir::trace::{Inst, Trace};
use pseudo_trace::ir::types::{Ref, Ty};
use pseudo_trace::opt::fold::commutes;
use rustc_hash::{FxHashMap, FxHashSet};

/// A trace on the way from the head of a loop to the end of a side trace, and the guard that it was left at: its index and
/// its snapshot.
pub type Left<'t> = (&'t Trace, usize, &'t Snapshot);

/// Whether a side trace brings to the head of the loop of `way[0]` what the loop would have. `way` leads from that loop to
/// the side trace. Headers of arrays may be looked at if they `stay` as they were in front of the loop.
pub fn advances(way: &[Left<'_>], side: &Trace, headers_stay: bool) -> bool {
    let Some(&(root, guard, _)) = way.first() else { return false };
    if root.kernel.is_some() {
        // The entry does most of the rounds that are left.
        return false;
    }
    let Some(mut values) = Values::of(root, headers_stay) else { return false };
    let mut inherited = Vec::new();
    let mut names: Vec<Option<Ref>> = values.canonical.iter().copied().map(Some).collect();
    for (at, &(trace, guard, snapshot)) in way.iter().enumerate() {
        if at > 0 {
            names = values.name(trace, &inherited, guard);
        }
        // Frames beneath or above would be other slots under the same names.
        if snapshot.base != 0 {
            return false;
        }
        inherited = snapshot.entries.iter().map(|&(_, value)| values.named(trace, &names, value.into())).collect();
    }
    let names = values.name(side, &inherited, side.insts.len());
    let Some(end) = side.end.and_then(|end| side.snapshots.get(end.0 as usize)) else { return false };
    end.base == 0
        && values.all_stops_passed(guard)
        && root.relies.iter().all(|&phi| {
            let next = values.canonical(root.def(phi).map_or(Ref::NONE, |phi| phi.b));
            let mut slots = values.slots_of(phi).peekable();
            slots.peek().is_some()
                && slots
                    .all(|slot| end.get(slot).and_then(|value| values.named(side, &names, value.into())) == Some(next))
        })
}

/// What is to be known of the loop.
struct Values<'t> {
    root: &'t Trace,
    start: usize,
    headers_stay: bool,
    /// For each instruction, the first one that computes the same.
    canonical: Vec<Ref>,
    known: FxHashMap<(Op, [Ref; 3]), Ref>,
    /// Comparisons that have come out in some way behind the exit.
    passed: FxHashSet<(Ref, bool)>,
}

impl<'t> Values<'t> {
    fn of(root: &'t Trace, headers_stay: bool) -> Option<Values<'t>> {
        let start = root.loop_start()?;
        let (canonical, known) = (Vec::with_capacity(root.insts.len()), FxHashMap::default());
        let mut values = Values { root, start, headers_stay, canonical, known, passed: FxHashSet::default() };
        for (index, inst) in root.insts.iter().enumerate() {
            let value = Ref::inst(index);
            let key = values.key(inst, |values, operand| Some(values.canonical(operand)));
            let first = key.map(|key| *values.known.entry(key).or_insert(value));
            values.canonical.push(first.unwrap_or(value));
        }
        Some(values)
    }

    fn canonical(&self, value: Ref) -> Ref {
        value.inst_index().and_then(|index| self.canonical.get(index)).copied().unwrap_or(value)
    }

    /// What an instruction computes from which values of the loop; nothing if that is not all that its result depends on.
    fn key(&self, inst: &Inst, name: impl Fn(&Self, Ref) -> Option<Ref>) -> Option<(Op, [Ref; 3])> {
        let computes = match inst.op.effect() {
            Effect::Pure | Effect::Guard | Effect::GuardHeader => inst.ty != Ty::None,
            Effect::LoadHeader => self.headers_stay,
            Effect::Entry => inst.op == Op::Slot,
            _ => false,
        };
        if !computes {
            return None;
        }
        let mut operands = [inst.a, inst.b, inst.c];
        for (kind, operand) in inst.op.info().operands.iter().zip(&mut operands) {
            match kind {
                Operand::Of(_) | Operand::Array | Operand::Any => *operand = name(self, *operand)?,
                Operand::No | Operand::Number | Operand::Hint | Operand::Slot => {}
                Operand::Arguments => return None,
            }
        }
        if commutes(inst.op) && operands[0] > operands[1] {
            operands.swap(0, 1);
        }
        Some((inst.op, operands))
    }

    /// The values of the loop that a trace's instructions compute. Notes the comparisons that have passed before a guard.
    fn name(&mut self, trace: &Trace, inherited: &[Option<Ref>], guard: usize) -> Vec<Option<Ref>> {
        let mut names: Vec<Option<Ref>> = Vec::with_capacity(trace.insts.len());
        for (index, inst) in trace.insts.iter().enumerate() {
            let name = if inst.op == Op::Inherit {
                inherited.get(inst.a.0 as usize).copied().flatten()
            } else {
                let key = self.key(inst, |values, operand| values.named(trace, &names, operand));
                key.and_then(|key| self.known.get(&key).copied())
            };
            names.push(name);
            if let Some(holds) = outcome(inst.op)
                && index < guard
                && let Some(test) = self.named(trace, &names, inst.a)
            {
                self.passed.insert((test, holds));
            }
        }
        names
    }

    /// The value of the loop that a trace's value is.
    fn named(&self, trace: &Trace, names: &[Option<Ref>], value: Ref) -> Option<Ref> {
        match trace.as_const(value) {
            Some(constant) => self.root.consts.iter().position(|&known| known == constant).map(Ref::constant),
            None => value.inst_index().and_then(|index| names.get(index).copied().flatten()),
        }
    }

    /// The slots that a phi is carried in.
    fn slots_of(&self, phi: Ref) -> impl Iterator<Item = pseudo_snapshots::Slot> {
        let head = self.root.insts[self.start].snapshot;
        let entries = self.root.snapshots.get(head.0 as usize).map_or(&[][..], |snapshot| &snapshot.entries);
        entries.iter().filter(move |&&(_, value)| self.canonical(value.into()) == phi).map(|&(slot, _)| slot)
    }

    /// Whether all comparisons from a guard of the loop on that may be what stops it have come out as they must: those of
    /// what goes by equal steps with what stays.
    fn all_stops_passed(&self, guard: usize) -> bool {
        let courses = self.courses();
        let course = |value: Ref| course_of(&courses, value);
        self.root.insts.iter().enumerate().skip(guard.max(self.start)).all(|(_, inst)| {
            let Some(holds) = outcome(inst.op) else { return true };
            let stops = self.root.def(inst.a).is_some_and(|test| {
                self.root.ty(test.a) == Ty::Int && course(test.a).max(course(test.b)) == Course::Steps
            });
            !stops || self.passed.contains(&(self.canonical(inst.a), holds))
        })
    }

    /// How each value changes from round to round.
    fn courses(&self) -> Vec<Course> {
        let mut courses = vec![Course::Stays; self.root.insts.len()];
        for (index, inst) in self.root.insts.iter().enumerate().skip(self.start) {
            courses[index] = if inst.op == Op::Phi && inst.ty == Ty::Int { Course::Steps } else { Course::Any };
        }
        loop {
            for (index, inst) in self.root.insts.iter().enumerate().skip(self.start).filter(|(_, i)| i.op != Op::Phi) {
                let mut course = Course::Stays;
                self.root.for_each_operand(inst, |operand| course = course.max(course_of(&courses, operand)));
                let keeps = match inst.op {
                    Op::AddInt | Op::SubInt | Op::MulInt | Op::ShlInt | Op::NegInt | Op::NotInt => true,
                    op => course == Course::Stays && matches!(op.effect(), Effect::Pure | Effect::LoadHeader),
                };
                courses[index] = if keeps { course } else { Course::Any };
            }
            let mut changed = false;
            for (index, phi) in self.root.insts.iter().enumerate().skip(self.start).filter(|(_, i)| i.op == Op::Phi) {
                if courses[index] == Course::Steps && course_of(&courses, phi.b) == Course::Any {
                    courses[index] = Course::Any;
                    changed = true;
                }
            }
            if !changed {
                return courses;
            }
        }
    }
}

/// How a value changes from round to round.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Course {
    /// Not at all.
    Stays,
    /// Perhaps by equal steps.
    Steps,
    /// In any way.
    Any,
}

fn course_of(courses: &[Course], value: Ref) -> Course {
    value.inst_index().map_or(Course::Stays, |index| courses[index])
}

/// How a bool must come out for a guard of it to pass.
fn outcome(op: Op) -> Option<bool> {
    match op {
        Op::GuardTrue => Some(true),
        Op::GuardFalse => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use pseudo_trace::ir::parse::parse;

    use super::*;

    /// `for i in ..` over an array of bools, in steps of r5; r7 says by how much r8 grows.
    const LOOP: &str = "
        %0: any = slot r1
        %1: arr.bool = guard.arr.bool %0 -> s0
        %2: any = slot r6
        %3: int = guard.int %2 -> s0
        %4: any = slot r4
        %5: int = guard.int %4 -> s0
        %6: any = slot r5
        %7: int = guard.int %6 -> s0
        %8: any = slot r8
        %9: int = guard.int %8 -> s0
        %10: int = arr.len %1
        %11: ptr = arr.data %1
        loop -> s3
        %13: int = phi %3, %22
        %14: int = phi %9, %23
        %15: bool = load.bool %11, %13
        guard.true %15 -> s1
        %17: int = mul.int %13, 2
        %18: bool = lt.int %17, %10
        guard.true %18 -> s2
        %20: bool = lt.int %13, %5
        guard.true %20 -> s2
        %22: int = add.int %7, %13
        %23: int = add.int %14, %17
        snapshot s0 f1:9 base 0 { }
        snapshot s1 f1:11 base 0 { r3: %13, r6: %13, r7: %15, r8: %14 }
        snapshot s2 f1:21 base 0 { r3: %13, r6: %13, r8: %14 }
        snapshot s3 f1:9 base 0 { r3: %13, r6: %13, r8: %14 }
        relies %13
        link loop";

    /// What each side trace of the first exit begins with.
    const SIDE: &str = "
        %0: int = inherit 0
        %1: int = inherit 1
        %2: bool = inherit 2
        %3: int = inherit 3
        %4: any = slot r4
        %5: int = guard.int %4 -> s0
        %6: any = slot r5
        %7: int = guard.int %6 -> s0
        %8: any = slot r1
        %9: arr.bool = guard.arr.bool %8 -> s0
        snapshot s0 f1:11 base 0 { r3: %0, r6: %1, r7: %2, r8: %3 }";

    fn brings(rest: &str, headers_stay: bool) -> bool {
        let root = parse(LOOP).expect("a trace");
        let side = parse(&format!("{SIDE}\n{rest}\nlink root 1 -> s1")).expect("a trace");
        let guard = root.insts.iter().position(|inst| inst.op == Op::GuardTrue).expect("the first exit");
        let snapshot = &root.snapshots[root.insts[guard].snapshot.0 as usize];
        advances(&[(&root, guard, snapshot)], &side, headers_stay)
    }

    const COMPARED: &str = "
        %10: int = arr.len %9
        %11: int = mul.int %0, 2
        %12: bool = lt.int %11, %10
        guard.true %12 -> s0
        %14: bool = lt.int %1, %5
        guard.true %14 -> s0";

    #[test]
    fn the_next_round() {
        let end = "
            %16: int = add.int %1, %7
            snapshot s1 f1:9 base 0 { r3: %16, r6: %16, r8: 5 }";
        assert!(brings(&format!("{COMPARED}{end}"), true));
        assert!(!brings(&format!("{COMPARED}{end}"), false), "lengths may have changed");
        for (what, becomes) in [
            ("%14: bool = lt.int %1, %5", "%14: bool = le.int %1, %5"),
            ("%14: bool = lt.int %1, %5", "%14: bool = lt.int %1, %7"),
            ("guard.true %14", "guard.false %14"),
            ("guard.true %12", "guard.false %12"),
            ("%12: bool = lt.int %11, %10", "%12: bool = lt.int %1, %10"),
            ("%11: int = mul.int %0, 2", "%11: int = mul.int %0, 3"),
        ] {
            let compared = COMPARED.replace(what, becomes);
            assert_ne!(compared, COMPARED);
            assert!(!brings(&format!("{compared}{end}"), true), "{becomes}");
        }
    }

    #[test]
    fn another_round() {
        for end in [
            "snapshot s1 f1:9 base 0 { r3: %0, r6: %0, r8: 5 }",
            "%16: int = add.int %1, 1\nsnapshot s1 f1:9 base 0 { r3: %16, r6: %16, r8: %3 }",
            "%16: int = add.int %1, %5\nsnapshot s1 f1:9 base 0 { r3: %16, r6: %16, r8: %3 }",
            "%16: int = add.int %1, %7\nsnapshot s1 f1:9 base 0 { r3: %16, r6: %0, r8: %3 }",
            "%16: int = add.int %1, %7\nsnapshot s1 f1:9 base 0 { r3: %16, r8: %3 }",
            "%16: int = add.int %1, %7\nsnapshot s1 f1:9 base 1 { r3: %16, r6: %16, r8: %3 }",
            "%16: int = add.int %1, %7\n%17: int = add.int %16, %7\nsnapshot s1 f1:9 base 0 { r3: %17, r6: %17, r8: %3 }",
        ] {
            assert!(!brings(&format!("{COMPARED}\n{end}"), true), "{end}");
        }
    }
}
