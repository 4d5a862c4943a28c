//! What the allocator has to do, before it does anything: which instructions become code, what each of them reads, and
//! how long each value lives.
//!
//! - An instruction that nothing needs is skipped. So is a comparison that only guards and selects look at: each of these
//!   compares by itself, and reads the comparison's operands. So are loads that their users do ([`super::fold`]).
//! - A value lives from its definition to its last use. One that is defined before the loop and used in its body lives
//!   to the back edge, whatever the order of its uses.
//! - Values of a side trace that were in one place at the parent's exit are one value.

use pseudo_trace::ir::ops::{Effect, Op};
use pseudo_trace::ir::trace::{Inst, Link, SnapshotId, Trace};
use pseudo_trace::ir::types::{Ref, Ty};

use super::fold::{Folded, folds};

/// No position.
pub const NEVER: u32 = u32::MAX;

/// What becomes of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Nothing: not needed, or part of the guards that use it, or structure.
    Skip,
    /// Code that changes no registers but its result's and scratch.
    Plain,
    /// Code that calls a helper, which changes registers.
    Call,
}

/// Values that a side trace finds at its entry.
#[derive(Clone, Default, Debug)]
pub struct Incoming {
    /// For each instruction the value that stands for it: itself, except where `inherit`s share a place.
    pub canonical: Vec<Ref>,
    /// Types of hidden values: those of the root's loop, which the trace keeps to its end. Hidden value n is the
    /// reference of an instruction n after the last.
    pub hidden: Vec<Ty>,
}

/// See the module.
#[derive(Debug)]
pub struct Plan {
    /// Of each instruction.
    pub roles: Vec<Role>,
    /// For each guard or select the comparison that it does itself.
    pub fused: Vec<Option<u32>>,
    /// For each instruction the load that it does itself.
    pub folded: Vec<Option<Folded>>,
    /// For each load or store of an element the displacement of its address in bytes.
    pub disps: Vec<i32>,
    /// For each instruction, where its operands begin in `operands`; one more for the end.
    operand_starts: Vec<u32>,
    operands: Vec<Ref>,
    /// Last position where a value is needed; [`NEVER`] for values without use. Position i is instruction i, the
    /// number of instructions is the back edge or the end.
    pub ends: Vec<u32>,
    use_starts: Vec<u32>,
    uses: Vec<u32>,
    /// For each value, the phi that takes it over at the back edge, or the one whose next value is made of it by
    /// instructions that write to their operand's register: best is that phi's register.
    pub phi_of: Vec<Option<u32>>,
    /// Position of the next call at or after each position.
    pub next_call: Vec<u32>,
    /// Position of the next instruction that needs `rdx` for itself, at or after each position.
    pub next_rdx: Vec<u32>,
    /// Position of the `loop`.
    pub loop_at: Option<u32>,
    /// The phis that are needed.
    pub phis: Vec<u32>,
    /// Number of instructions.
    pub len: u32,
    types: Vec<Ty>,
    canonical: Vec<Ref>,
}

impl Plan {
    /// Looks at a trace. `end_uses` are the values that are read at its end, beside what phis take.
    pub fn new(trace: &Trace, incoming: &Incoming, end_uses: &[Ref], sse41: bool) -> Plan {
        let len = trace.insts.len();
        let values = len + incoming.hidden.len();
        let canonical = incoming.canonical.clone();
        let needed = needed(trace, &canonical, end_uses);
        let fused_compares = fused_compares(trace, &canonical, &needed, end_uses);
        let folds = folds(trace, &needed, &fused_compares, end_uses, sse41);
        let loop_at = trace.loop_start().map(|at| at as u32);

        let mut plan = Plan {
            roles: vec![Role::Skip; len],
            fused: vec![None; len],
            folded: folds.loads,
            disps: folds.indexes.iter().map(|index| index.map_or(0, |(_, disp)| disp)).collect(),
            operand_starts: Vec::with_capacity(len + 1),
            operands: Vec::new(),
            ends: vec![NEVER; values],
            use_starts: Vec::new(),
            uses: Vec::new(),
            phi_of: vec![None; values],
            next_call: vec![NEVER; len + 1],
            next_rdx: vec![NEVER; len + 1],
            loop_at,
            phis: Vec::new(),
            len: len as u32,
            types: trace.insts.iter().map(|inst| inst.ty).chain(incoming.hidden.iter().copied()).collect(),
            canonical,
        };
        let mut uses = Vec::new();
        for (at, inst) in trace.insts.iter().enumerate() {
            plan.operand_starts.push(plan.operands.len() as u32);
            if inst.op == Op::Phi {
                if needed[at] {
                    plan.phis.push(at as u32);
                }
                continue;
            }
            let part = fused_compares[at] || folds.gone[at];
            if !needed[at] || part || matches!(inst.op, Op::Loop | Op::Inherit) {
                continue;
            }
            plan.roles[at] = if is_call(trace, inst, sse41) { Role::Call } else { Role::Plain };
            let mut reads = inst;
            if takes_comparison(inst.op) {
                let compare = plan.canonical(inst.a).inst_index();
                let compare = compare.filter(|&compare| fused_compares.get(compare) == Some(&true));
                if let Some(compare) = compare {
                    plan.fused[at] = Some(compare as u32);
                    reads = &trace.insts[compare];
                }
            }
            let (operands, canonical) = (&mut plan.operands, &plan.canonical);
            let mut read = |value: Ref| operands.push(canonical_of(canonical, value));
            // Where an element's address is wanted, the index is one without its constant part.
            let address = |at: usize, inst: &Inst, read: &mut dyn FnMut(Ref)| match folds.indexes[at] {
                Some((index, _)) => [inst.a, index].into_iter().for_each(read),
                None => trace.for_each_operand(inst, read),
            };
            match plan.folded[at] {
                Some(folded) => {
                    let load = folded.load as usize;
                    let taken = Ref::inst(load);
                    trace.for_each_operand(reads, |value| {
                        if value != taken {
                            read(value);
                        }
                    });
                    address(load, &trace.insts[load], &mut read);
                }
                None => {
                    address(at, reads, &mut read);
                    if inst.op.is_select() && plan.fused[at].is_some() {
                        [inst.b, inst.c].into_iter().for_each(&mut read);
                    }
                    if folds.indexes[at].is_some() && inst.op.effect() == Effect::StoreElem {
                        read(inst.c);
                    }
                }
            }
            for &operand in &plan.operands[plan.operand_starts[at] as usize..] {
                if let Some(value) = operand.inst_index() {
                    uses.push((value as u32, at as u32));
                }
            }
            if inst.op.is_guard() {
                plan.extend_for_snapshot(trace, inst.snapshot, at as u32);
            } else if inst.op == Op::CallFn {
                // The state must be there while the callee runs.
                plan.extend_for_snapshot(trace, inst.snapshot, at as u32 + 1);
            }
        }
        plan.operand_starts.push(plan.operands.len() as u32);

        for phi in plan.phis.clone() {
            let inst = &trace.insts[phi as usize];
            if let Some(value) = plan.canonical(inst.a).inst_index() {
                uses.push((value as u32, loop_at.expect("phis follow a `loop`")));
            }
            if let Some(value) = plan.canonical(inst.b).inst_index() {
                uses.push((value as u32, plan.len));
                plan.phi_of[value].get_or_insert(phi);
            }
        }
        for &value in end_uses {
            plan.extend(value, plan.len);
        }
        for hidden in len..values {
            plan.ends[hidden] = plan.len;
        }
        for &(value, at) in &uses {
            plan.extend(Ref(value), at);
        }
        if let Some(loop_at) = loop_at {
            for end in &mut plan.ends[..loop_at as usize] {
                if *end != NEVER && *end > loop_at {
                    *end = plan.len;
                }
            }
        }
        if let Some(loop_at) = loop_at {
            plan.lead_to_phis(trace, loop_at);
        }
        uses.sort_unstable();
        plan.use_starts =
            (0..=values as u32).map(|value| uses.partition_point(|&(used, _)| used < value) as u32).collect();
        plan.uses = uses.into_iter().map(|(_, at)| at).collect();
        for at in (0..len).rev() {
            let takes_rdx = plan.roles[at] != Role::Skip && !keeps_rdx(trace.insts[at].op);
            plan.next_rdx[at] =
                if takes_rdx || plan.roles[at] == Role::Call { at as u32 } else { plan.next_rdx[at + 1] };
            plan.next_call[at] = if plan.roles[at] == Role::Call { at as u32 } else { plan.next_call[at + 1] };
        }
        plan
    }

    /// The value that stands for a reference.
    pub fn canonical(&self, value: Ref) -> Ref {
        canonical_of(&self.canonical, value)
    }

    /// The values that an instruction reads, in order. A guard with a comparison of its own reads that one's, and so does
    /// a select, before the two values.
    pub fn operands(&self, at: u32) -> &[Ref] {
        &self.operands[self.operand_starts[at as usize] as usize..self.operand_starts[at as usize + 1] as usize]
    }

    /// Type of a value, hidden ones included.
    pub fn ty(&self, value: u32) -> Ty {
        self.types[value as usize]
    }

    /// Number of values, hidden ones included.
    pub fn values(&self) -> u32 {
        self.types.len() as u32
    }

    /// Where the instruction's operands will next be read in a register, after position `at`. Uses in a loop's body
    /// come again in the next round, for values from before it.
    pub fn next_use(&self, value: u32, at: u32) -> u32 {
        let uses = &self.uses[self.use_starts[value as usize] as usize..self.use_starts[value as usize + 1] as usize];
        let after = uses.partition_point(|&position| position <= at);
        if let Some(&position) = uses.get(after) {
            return position;
        }
        match self.loop_at {
            Some(head) if value < head && at >= head => {
                let first = uses.partition_point(|&position| position <= head);
                uses.get(first).map_or(NEVER, |&position| self.len + (position - head))
            }
            _ => NEVER,
        }
    }

    /// What a phi's next value is computed in place from is wanted in the phi's register too.
    fn lead_to_phis(&mut self, trace: &Trace, loop_at: u32) {
        for at in (loop_at + 1..self.len).rev() {
            let op = trace.insts[at as usize].op;
            let Some(phi) = self.phi_of[at as usize].filter(|_| writes_in_place(op)) else { continue };
            let operands = self.operands(at);
            let count = if is_commutative(op) && self.folded[at as usize].is_none() { 2 } else { 1 };
            let source = operands.iter().take(count).find_map(|operand| {
                operand.inst_index().filter(|&value| {
                    (loop_at..at).contains(&(value as u32))
                        && self.ends[value] == at
                        && trace.insts[value].op != Op::Phi
                        && self.types[value].is_float() == self.types[at as usize].is_float()
                })
            });
            if let Some(source) = source {
                self.phi_of[source].get_or_insert(phi);
            }
        }
    }

    fn extend(&mut self, value: Ref, at: u32) {
        if let Some(value) = self.canonical(value).inst_index() {
            let end = &mut self.ends[value];
            *end = if *end == NEVER { at } else { at.max(*end) };
        }
    }

    fn extend_for_snapshot(&mut self, trace: &Trace, snapshot: SnapshotId, at: u32) {
        for &(_, value) in &trace.snapshots[snapshot.0 as usize].entries {
            self.extend(value.into(), at);
        }
    }
}

fn canonical_of(canonical: &[Ref], value: Ref) -> Ref {
    match value.inst_index() {
        Some(index) if index < canonical.len() => canonical[index],
        _ => value,
    }
}

/// Whether code for an operation calls a function that does not keep registers.
pub fn is_call(trace: &Trace, inst: &Inst, sse41: bool) -> bool {
    match inst.op {
        // Without a division it takes a few instructions.
        Op::RoundsBelow | Op::RoundsWithin => trace.as_int(inst.c) != Some(1),
        Op::ModFloat
        | Op::MathFloat
        | Op::MathFloat2
        | Op::StrLt
        | Op::StrOfInt
        | Op::StrConcat
        | Op::DictSet
        | Op::DictExtend
        | Op::DictRemove
        | Op::NewDict
        | Op::NewIter
        | Op::NewArray
        | Op::Binom
        | Op::Linear
        | Op::Vector
        | Op::CallFn
        | Op::CallBuiltin => true,
        Op::FloorFloat | Op::CeilFloat => !sse41,
        _ => false,
    }
}

/// Whether code for an operation leaves `rdx` alone, unless that is its result's register. What is not named here does
/// not, and never finds a value there.
fn keeps_rdx(op: Op) -> bool {
    use Op::*;
    match op {
        Slot | Loop | Phi | Inherit => true,
        FnCapture | ArrLen | ArrData | RangeStart | RangeEnd | CellAddr | Barrier => true,
        Shaped | Method | LoadField | StoreField | FieldPlace | LoadPlace | StorePlace | AddField => true,
        NewInstance | NewCell | NewRange | NewBound | NewClosure => true,
        LoadBool | LoadInt | LoadFloat | LoadAny | LoadCell => true,
        StoreBool | StoreInt | StoreFloat | StoreAny | StoreCell => true,
        BoxInt | BoxFloat | BoxBool | BoxStr | BoxArr | BoxDict | BoxFn | BoxRange => true,
        StrLen | StrByte | StrChar => true,
        DictLen | DictFind | DictNext | DictEntry | DictChanges | LoadKey | LoadValue | StoreValue => true,
        IterDict | IterChanges => true,
        AddInt | SubInt | MulInt | NegInt | AndInt | OrInt | XorInt | NotInt | ShlInt | SarInt | ShrInt | NotBool => {
            true
        }
        AddFloat | SubFloat | MulFloat | DivFloat | NegFloat | AbsFloat | SqrtFloat | FloorFloat | CeilFloat
        | IntToFloat | FloatToInt => true,
        SelectInt | SelectFloat | SelectBool => true,
        _ => op.is_guard() || is_compare(op),
    }
}

/// Whether `rdx` is where the processor leaves an operation's result.
pub fn leaves_in_rdx(op: Op) -> bool {
    matches!(op, Op::UmulHighInt | Op::ModInt)
}

/// Marks every instruction that something depends on.
fn needed(trace: &Trace, canonical: &[Ref], end_uses: &[Ref]) -> Vec<bool> {
    let mut needed = vec![false; trace.insts.len()];
    let mut work = Vec::new();
    let mut want = |value: Ref, work: &mut Vec<usize>| {
        if let Some(index) = canonical_of(canonical, value).inst_index()
            && index < needed.len()
            && !std::mem::replace(&mut needed[index], true)
        {
            work.push(index);
        }
    };
    for (at, inst) in trace.insts.iter().enumerate() {
        if inst.op.stays() {
            want(Ref::inst(at), &mut work);
        }
    }
    end_uses.iter().for_each(|&value| want(value, &mut work));
    while let Some(at) = work.pop() {
        let inst = &trace.insts[at];
        trace.for_each_operand(inst, |value| want(value, &mut work));
        if inst.op.has_state() {
            trace.snapshots[inst.snapshot.0 as usize].entries.iter().for_each(|entry| want(entry.1.into(), &mut work));
        }
    }
    needed
}

/// Whether code for an operation may do itself the comparison that gives its first operand.
fn takes_comparison(op: Op) -> bool {
    matches!(op, Op::GuardTrue | Op::GuardFalse) || op.is_select()
}

/// Marks comparisons that only guards and selects on the same side of the loop's head use.
fn fused_compares(trace: &Trace, canonical: &[Ref], needed: &[bool], end_uses: &[Ref]) -> Vec<bool> {
    let mut fused: Vec<bool> = (0..trace.insts.len()).map(|at| needed[at] && is_compare(trace.insts[at].op)).collect();
    let head = trace.loop_start().unwrap_or(0);
    let mut keep = |value: Ref| {
        if let Some(index) = canonical_of(canonical, value).inst_index()
            && index < fused.len()
        {
            fused[index] = false;
        }
    };
    for (at, inst) in trace.insts.iter().enumerate().filter(|&(at, _)| needed[at]) {
        let takes = takes_comparison(inst.op);
        trace.for_each_operand(inst, |value| {
            let same_side = value.inst_index().is_some_and(|def| (def < head) == (at < head));
            // A select may choose between comparisons.
            let chosen = inst.op.is_select() && (value == inst.b || value == inst.c);
            if !takes || !same_side || chosen {
                keep(value);
            }
        });
        if inst.op.has_state() {
            trace.snapshots[inst.snapshot.0 as usize].entries.iter().for_each(|entry| keep(entry.1.into()));
        }
    }
    end_uses.iter().for_each(|&value| keep(value));
    fused
}

/// Whether code for an operation writes its result over its first operand, if that may be.
pub fn writes_in_place(op: Op) -> bool {
    is_commutative(op)
        || matches!(
            op,
            Op::SubInt
                | Op::NegInt
                | Op::NotInt
                | Op::NotBool
                | Op::ShlInt
                | Op::SarInt
                | Op::ShrInt
                | Op::SubFloat
                | Op::DivFloat
                | Op::NegFloat
                | Op::AbsFloat
        )
}

/// Whether operands may be swapped. Of two nans the first one's bits come out of an operation on floats; nobody can
/// tell nans apart.
pub fn is_commutative(op: Op) -> bool {
    matches!(op, Op::AddInt | Op::MulInt | Op::AndInt | Op::OrInt | Op::XorInt | Op::AddFloat | Op::MulFloat)
}

/// Whether a guard can do this comparison itself.
pub fn is_compare(op: Op) -> bool {
    matches!(
        op,
        Op::EqInt
            | Op::NeInt
            | Op::LtInt
            | Op::LeInt
            | Op::UltInt
            | Op::EqFloat
            | Op::NeFloat
            | Op::LtFloat
            | Op::LeFloat
            | Op::SameAny
            | Op::StrEq
    )
}

/// What is read at the end of a trace: its last snapshot's values, unless it is a loop.
pub fn end_values(trace: &Trace) -> Vec<Ref> {
    match (trace.link, trace.end) {
        (Link::Loop, _) | (_, None) => Vec::new(),
        (Link::Trace(_) | Link::Root(_) | Link::Interpreter | Link::Return, Some(end)) => {
            trace.snapshots[end.0 as usize].entries.iter().map(|entry| entry.1.into()).collect()
        }
    }
}
