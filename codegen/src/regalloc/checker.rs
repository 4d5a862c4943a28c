//! Checks an allocation without trusting the allocator.
//!
//! Runs the trace on symbols: each place holds the name of the value that was last put there, a move copies a name,
//! scratch loses its name at every instruction, registers that calls change lose theirs at calls, and an instruction's
//! result replaces what was in its place. Then every operand, every entry of a snapshot and everything that the end
//! asks for must be where the allocation says. At the head of a loop a place keeps its name only if it has the same
//! one on entry and at the back edge, the phi's name standing for both of its inputs there; that is repeated until
//! nothing changes. Each repetition takes names away, so that what one complains of, the last would as well.
//!
//! After the checker of regalloc2 (Chris Fallin). Linear in instructions and entries of snapshots, a few times over.

use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::{Link, Trace};
use pseudo_trace::ir::types::{Const, Ref};
use rustc_hash::FxHashMap;

use super::plan::{Plan, Role, leaves_in_rdx};
use super::registers::{CLOBBERED_GPRS, RAX, RCX, RDX, SCRATCH_XMM, result_place};
use super::{Allocation, End, Entry, Phase, fold};

type Names = FxHashMap<Loc, Ref>;

struct Checker<'a> {
    trace: &'a Trace,
    plan: &'a Plan,
    end: &'a End,
    allocation: &'a Allocation,
    names: Names,
    edit: usize,
}

/// Says what is wrong, if something is.
pub fn check(trace: &Trace, plan: &Plan, entry: &Entry, end: &End, allocation: &Allocation) -> Result<(), String> {
    fold::check(trace, &plan.folded)?;
    let mut names = Names::default();
    for &(value, reg, spill) in &entry.values {
        names.extend(reg.map(|reg| (reg, value)));
        names.extend(spill.map(|slot| (Loc::Spill(slot), value)));
    }
    let mut checker = Checker { trace, plan, end, allocation, names, edit: 0 };
    checker.edits(0, Phase::Entry)?;
    let head = plan.loop_at.unwrap_or(plan.len);
    for at in 0..head {
        checker.instruction(at)?;
    }
    if plan.loop_at.is_none() {
        return checker.finish();
    }
    checker.edits(head, Phase::Before)?;
    let first_edit = checker.edit;
    checker.phis(|inst| inst.a)?;
    let mut state = std::mem::take(&mut checker.names);
    loop {
        checker.names = state.clone();
        checker.edit = first_edit;
        checker.body(head)?;
        let back = std::mem::take(&mut checker.names);
        let before = state.len();
        state.retain(|loc, name| back.get(loc) == Some(name));
        if state.len() == before {
            return Ok(());
        }
    }
}

impl Checker<'_> {
    /// One round, and what its end asks for. Leaves the names that the head would find.
    fn body(&mut self, head: u32) -> Result<(), String> {
        self.edits(head, Phase::After)?;
        for at in head + 1..self.plan.len {
            self.instruction(at)?;
        }
        self.finish()?;
        if self.trace.link == Link::Loop { self.phis(|inst| inst.b) } else { Ok(()) }
    }

    /// At the head: where an input of a phi is, the phi now is.
    fn phis(&mut self, input: impl Fn(&pseudo_trace::ir::trace::Inst) -> Ref) -> Result<(), String> {
        // What a place is called by a name of the round before is no longer true of the value of that name.
        let mut renamed = Vec::new();
        for &phi in &self.plan.phis {
            let loc = self.allocation.results[phi as usize].ok_or_else(|| format!("phi %{phi} has no place"))?;
            let value = self.plan.canonical(input(&self.trace.insts[phi as usize]));
            self.expect(loc, value, "the input of a phi", phi)?;
            renamed.push((loc, Ref(phi)));
        }
        let head = self.plan.loop_at.unwrap_or(0);
        self.names.retain(|_, name| {
            name.inst_index().is_none_or(|index| !(head as usize..self.plan.len as usize).contains(&index))
        });
        self.names.extend(renamed);
        Ok(())
    }

    fn instruction(&mut self, at: u32) -> Result<(), String> {
        self.edits(at, Phase::Before)?;
        let inst = &self.trace.insts[at as usize];
        let role = self.plan.roles[at as usize];
        if role != Role::Skip {
            let operands = self.plan.operands(at);
            let locs = self.allocation.operands(at);
            if operands.len() != locs.len() {
                return Err(format!("%{at} has {} operands at {} places", operands.len(), locs.len()));
            }
            for (&operand, &loc) in operands.iter().zip(locs) {
                self.expect(loc, operand, "an operand", at)?;
            }
            if inst.op.is_guard() {
                self.exit(at)?;
            }
            for scratch in [Loc::Gpr(RAX), Loc::Gpr(RCX), Loc::Xmm(SCRATCH_XMM)] {
                self.names.remove(&scratch);
            }
            if self.plan.next_rdx[at as usize] == at {
                let rdx = Loc::Gpr(RDX);
                let result = self.allocation.results[at as usize] == Some(rdx) && !leaves_in_rdx(inst.op);
                if result || self.allocation.operands(at).contains(&rdx) {
                    return Err(format!("%{at} needs rdx for itself"));
                }
                self.names.remove(&rdx);
            }
            if role == Role::Call {
                self.names.retain(|loc, _| match loc {
                    Loc::Gpr(reg) => inst.op != Op::CallFn && !CLOBBERED_GPRS.contains(reg),
                    Loc::Xmm(_) => false,
                    Loc::Spill(_) | Loc::Const(_) => true,
                });
            }
            if inst.op == Op::CallFn {
                self.native_call(at)?;
            }
            if let Some(loc) = self.allocation.results[at as usize] {
                let floats = matches!(loc, Loc::Xmm(_));
                if floats != inst.ty.is_float() || !matches!(loc, Loc::Gpr(_) | Loc::Xmm(_)) {
                    return Err(format!("%{at} of type {:?} is defined in {loc:?}", inst.ty));
                }
                self.names.insert(loc, Ref(at));
            }
        } else if inst.op == Op::Loop {
            return Err(format!("a second loop at %{at}"));
        }
        self.edits(at, Phase::After)
    }

    /// What the snapshot of a native call names must be in the frame while the callee runs.
    fn native_call(&self, at: u32) -> Result<(), String> {
        let inst = &self.trace.insts[at as usize];
        let entries = &self.trace.snapshots[inst.snapshot.0 as usize].entries;
        let locs = self.allocation.call.as_deref().unwrap_or_default();
        if entries.len() != locs.len() {
            return Err(format!("the state at the call %{at} has no places"));
        }
        for (&(slot, value), &loc) in entries.iter().zip(locs) {
            self.expect(loc, self.plan.canonical(value.into()), &format!("{slot:?} at the call"), at)?;
        }
        match self.allocation.results[at as usize] {
            Some(loc) if loc != result_place(inst.ty) => Err(format!("the result of the call %{at} is in {loc:?}")),
            _ => Ok(()),
        }
    }

    fn exit(&self, at: u32) -> Result<(), String> {
        let exit = self.allocation.exit_of[at as usize].ok_or_else(|| format!("%{at} has no exit"))?;
        let exit = &self.allocation.exits[exit as usize];
        let snapshot = &self.trace.snapshots[exit.snapshot.0 as usize];
        let own = self.trace.insts.get(at as usize).map_or(self.end.exit, |inst| Some(inst.snapshot));
        if own != Some(exit.snapshot) || snapshot.entries.len() != exit.entries.len() {
            return Err(format!("the exit of %{at} is not that of its snapshot"));
        }
        for (&(slot, value), &loc) in snapshot.entries.iter().zip(&exit.entries) {
            let value = self.plan.canonical(value.into());
            self.expect(loc, value, &format!("{slot:?} of its snapshot"), at)?;
        }
        let hidden = exit.hidden.iter().flatten();
        if self.end.joins {
            for (value, &loc) in (self.plan.len..self.plan.values()).zip(hidden) {
                self.expect(loc, Ref(value), "a value of the root's loop", at)?;
            }
        } else if let Some(head) = &self.allocation.head {
            for (&(value, ..), &loc) in head.invariants.iter().zip(hidden) {
                self.expect(loc, value, "a value from before the loop", at)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), String> {
        let at = self.plan.len;
        for (&value, &loc) in self.end.reads.iter().zip(&self.allocation.end) {
            self.expect(loc, self.plan.canonical(value), "a value of the last snapshot", at)?;
        }
        if self.end.exit.is_some() {
            self.exit(at)?;
        }
        self.edits(at, Phase::After)?;
        for &(value, loc) in &self.end.moves {
            self.expect(loc, self.plan.canonical(value), "what the other loop's head takes", at)?;
        }
        if let Some(head) = self.allocation.head.as_ref().filter(|_| self.trace.link == Link::Loop) {
            for &(value, reg, spill) in &head.invariants {
                for loc in reg.into_iter().chain(spill.map(Loc::Spill)) {
                    self.expect(loc, value, "what the loop's head takes", at)?;
                }
            }
        }
        Ok(())
    }

    fn edits(&mut self, at: u32, phase: Phase) -> Result<(), String> {
        while let Some(edit) = self.allocation.edits.get(self.edit).filter(|edit| (edit.at, edit.phase) <= (at, phase))
        {
            self.edit += 1;
            let name = match edit.from {
                Loc::Const(index) => Some(Ref::constant(index as usize)),
                from => self.names.get(&from).copied(),
            };
            match name {
                Some(name) => self.names.insert(edit.to, name),
                None => return Err(format!("{edit:?} copies a place that holds nothing")),
            };
        }
        Ok(())
    }

    fn expect(&self, loc: Loc, value: Ref, what: &str, at: u32) -> Result<(), String> {
        let found = match loc {
            Loc::Const(index) => Some(Ref::constant(index as usize)),
            loc => self.names.get(&loc).copied(),
        };
        // Constants that are equal are one; a place may hold a constant as well.
        let is_float = match value.const_index() {
            Some(index) => matches!(self.trace.consts[index], Const::Float(_)),
            None => self.plan.ty(value.0).is_float(),
        };
        let right_file = match loc {
            Loc::Gpr(_) => !is_float,
            Loc::Xmm(_) => is_float,
            Loc::Spill(_) | Loc::Const(_) => true,
        };
        if found == Some(value) && right_file {
            Ok(())
        } else {
            Err(format!("at %{at}, {what}: {value:?} should be at {loc:?}, which holds {found:?}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use pseudo_trace::ir::parse::parse;

    use super::*;
    use crate::regalloc::plan::Incoming;
    use crate::regalloc::{Limits, allocate};

    /// A loop with more values than four registers hold, an invariant that is spilled, and a call.
    fn example() -> Trace {
        let text = "
            %0: any = slot r0
            %1: int = guard.int %0 -> s0
            %2: any = slot r1
            %3: int = guard.int %2 -> s0
            %4: any = slot r2
            %5: float = guard.float %4 -> s0
            %6: any = slot r3
            %7: int = guard.int %6 -> s0
            %8: any = slot r4
            %9: int = guard.int %8 -> s0
            loop -> s1
            %11: int = phi %1, %17
            %12: int = phi %3, %11
            %13: float = phi %5, %20
            %14: bool = lt.int %11, %7
            guard.true %14 -> s1
            %16: int = add.int %11, %9
            %17: int = add.int %16, %12
            poll -> s2
            %19: float = math 0, %13
            %20: float = add.float %19, %13
            snapshot s0 f0:0 base 0 {}
            snapshot s1 f0:1 base 0 { r0: %11, r1: %12, r2: %13 }
            snapshot s2 f0:2 base 0 { r0: %17, r1: %11, r2: %13, r5: 3 }
            link loop";
        parse(text).expect("a trace")
    }

    fn allocated(trace: &Trace) -> (Plan, Entry, End, Allocation) {
        let canonical = (0..trace.insts.len()).map(Ref::inst).collect();
        let incoming = Incoming { canonical, hidden: Vec::new() };
        let plan = Plan::new(trace, &incoming, &[], true);
        let (entry, end) = (Entry { incoming, values: Vec::new() }, End::default());
        let limits = Limits { registers: 4, spill_slots: 16 };
        let allocation = allocate(trace, &plan, &entry, &end, limits).expect("an allocation");
        (plan, entry, end, allocation)
    }

    #[test]
    fn a_right_allocation_passes() {
        let trace = example();
        let (plan, entry, end, allocation) = allocated(&trace);
        assert!(allocation.spill_slots > 0, "{allocation:#?}");
        check(&trace, &plan, &entry, &end, &allocation).expect("a right allocation");
    }

    #[test]
    fn a_lost_move_is_found() {
        let trace = example();
        let (plan, entry, end, allocation) = allocated(&trace);
        for edit in 0..allocation.edits.len() {
            let mut broken = allocation.clone();
            let lost = broken.edits.remove(edit);
            assert!(check(&trace, &plan, &entry, &end, &broken).is_err(), "without {lost:?}");
        }
    }

    #[test]
    fn a_wrong_place_is_found() {
        let trace = example();
        let (plan, entry, end, allocation) = allocated(&trace);
        let elsewhere = |loc: Loc| match loc {
            Loc::Gpr(reg) => Loc::Gpr(if reg == 6 { 7 } else { 6 }),
            Loc::Xmm(reg) => Loc::Xmm(reg ^ 1),
            Loc::Spill(slot) => Loc::Spill(slot + 9),
            Loc::Const(index) => Loc::Const(index + 1),
        };
        for operand in 0..allocation.operands.len() {
            let mut broken = allocation.clone();
            broken.operands[operand] = elsewhere(broken.operands[operand]);
            assert!(check(&trace, &plan, &entry, &end, &broken).is_err(), "operand {operand}");
        }
        for exit in 0..allocation.exits.len() {
            for value in 0..allocation.exits[exit].entries.len() {
                let mut broken = allocation.clone();
                let loc = &mut broken.exits[exit].entries[value];
                *loc = elsewhere(*loc);
                assert!(check(&trace, &plan, &entry, &end, &broken).is_err(), "entry {value} of exit {exit}");
            }
        }
    }
}
