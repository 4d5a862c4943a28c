//! Copies a trace forward while a pass decides, instruction by instruction, what becomes of it.
//!
//! This is how most passes are written: they see each instruction with its operands already replaced, and keep it, put
//! something in its place, or drop it in favour of an earlier value. The copy keeps the loop's structure: operands of phis that
//! come from the round before, and snapshots, are renamed at the end, when all names are known. That is sound because a
//! value is only ever replaced by one that is defined before it, hence before every guard that could name it.
//!
//! Nothing is allocated once the scratch memory has grown to the size of the traces it sees.

use rustc_hash::FxHashMap;

use crate::ir::ops::{Op, Operand};
use crate::ir::trace::{Inst, Trace};
use crate::ir::types::Ref;

/// Memory that passes use and give back.
#[derive(Default, Debug)]
pub struct Scratch {
    insts: Vec<Inst>,
    map: Vec<Ref>,
    args: Vec<Ref>,
    /// Instructions by what they compute.
    pub table: FxHashMap<(Op, Ref, Ref, Ref), Ref>,
    /// A mark for each instruction.
    pub marks: Vec<bool>,
    /// What is known of memory.
    pub known: super::forward::Known,
    /// Numbers of instructions.
    pub work: Vec<u32>,
}

/// What becomes of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It stays, with its operands renamed.
    Keep,
    /// This takes its place.
    Become(Inst),
    /// It goes, and an earlier value (of the new trace) serves for its result.
    Is(Ref),
    /// It goes, and had no result.
    Drop,
}

/// The trace being copied: instructions so far are new, and so are the operands of what the pass is shown.
pub struct Copier<'t> {
    /// Constants, arguments and new instructions. `insts` holds what has been copied so far.
    pub trace: &'t mut Trace,
    map: Vec<Ref>,
}

impl Copier<'_> {
    /// The new name of an old value that has been copied.
    pub fn renamed(&self, value: Ref) -> Ref {
        match value.inst_index() {
            Some(index) => self.map[index],
            None => value,
        }
    }

    /// Appends an instruction of the pass's own.
    pub fn push(&mut self, inst: Inst) -> Ref {
        self.trace.push(inst)
    }
}

/// What a pass does while a trace is copied.
pub trait Rewrite {
    /// Gets the old index, and the instruction with new operands.
    fn decide(&mut self, copier: &mut Copier<'_>, index: usize, inst: &Inst) -> Fate;

    /// Everything has been copied; more may be appended.
    fn finish(&mut self, _: &mut Copier<'_>) {}
}

struct ByFunction<F>(F);

impl<F: FnMut(&mut Copier<'_>, usize, &Inst) -> Fate> Rewrite for ByFunction<F> {
    fn decide(&mut self, copier: &mut Copier<'_>, index: usize, inst: &Inst) -> Fate {
        (self.0)(copier, index, inst)
    }
}

/// Copies the trace; `decide` gets the old index and the instruction with new operands. Whether anything changed.
pub fn rewrite(
    trace: &mut Trace,
    scratch: &mut Scratch,
    decide: impl FnMut(&mut Copier<'_>, usize, &Inst) -> Fate,
) -> bool {
    rewrite_by(trace, scratch, &mut ByFunction(decide))
}

/// The same, for passes that have something to do at the end.
pub fn rewrite_by(trace: &mut Trace, scratch: &mut Scratch, pass: &mut impl Rewrite) -> bool {
    let mut old = std::mem::take(&mut scratch.insts);
    let mut old_args = std::mem::take(&mut scratch.args);
    let mut map = std::mem::take(&mut scratch.map);
    old.clear();
    old_args.clear();
    map.clear();
    std::mem::swap(&mut old, &mut trace.insts);
    std::mem::swap(&mut old_args, &mut trace.args);
    map.resize(old.len(), Ref::NONE);
    let mut copier = Copier { trace, map };
    let mut changed = false;
    for (index, inst) in old.iter().enumerate() {
        let mut inst = *inst;
        copier.rename_operands(&mut inst, &old_args);
        let fate = pass.decide(&mut copier, index, &inst);
        changed |= fate != Fate::Keep;
        copier.map[index] = match fate {
            Fate::Keep => copier.trace.push(inst),
            Fate::Become(inst) => copier.trace.push(inst),
            Fate::Is(value) => value,
            Fate::Drop => Ref::NONE,
        };
    }
    pass.finish(&mut copier);
    let Copier { trace, map } = copier;
    changed |= old.len() != trace.insts.len();
    rename_rest(trace, &map);
    scratch.insts = old;
    scratch.args = old_args;
    scratch.map = map;
    changed
}

/// Puts instructions into another order: `order` names each old one that stays, once, operands before uses (save for
/// phis). What goes must not be used.
pub fn reorder(trace: &mut Trace, scratch: &mut Scratch, order: &[u32]) {
    let mut old = std::mem::take(&mut scratch.insts);
    let mut map = std::mem::take(&mut scratch.map);
    std::mem::swap(&mut old, &mut trace.insts);
    trace.insts.clear();
    map.clear();
    map.resize(old.len(), Ref::NONE);
    for (new, &index) in order.iter().enumerate() {
        map[index as usize] = Ref::inst(new);
    }
    let renamed = |value: &mut Ref| {
        if let Some(index) = value.inst_index() {
            *value = map[index];
        }
    };
    for &index in order {
        let mut inst = old[index as usize];
        let kinds = inst.op.info().operands;
        for (kind, operand) in kinds.into_iter().zip([&mut inst.a, &mut inst.b, &mut inst.c]) {
            match kind {
                Operand::Of(_) | Operand::Array | Operand::Any => renamed(operand),
                Operand::Arguments | Operand::No | Operand::Number | Operand::Hint | Operand::Slot => {}
            }
        }
        trace.insts.push(inst);
    }
    trace.args.iter_mut().for_each(renamed);
    trace.relies.iter_mut().for_each(renamed);
    for snapshot in &mut trace.snapshots {
        for (_, value) in &mut snapshot.entries {
            let mut renamed_value = (*value).into();
            renamed(&mut renamed_value);
            *value = renamed_value.into();
        }
    }
    scratch.insts = old;
    scratch.map = map;
}

impl Copier<'_> {
    fn rename_operands(&mut self, inst: &mut Inst, old_args: &[Ref]) {
        if inst.op == Op::Phi {
            // `b` is renamed when everything has its name.
            inst.a = self.renamed(inst.a);
            return;
        }
        let kinds = inst.op.info().operands;
        let count = inst.c.0 as usize;
        for (kind, operand) in kinds.into_iter().zip([&mut inst.a, &mut inst.b, &mut inst.c]) {
            match kind {
                Operand::Of(_) | Operand::Array | Operand::Any => {
                    if let Some(index) = operand.inst_index() {
                        *operand = self.map[index];
                    }
                }
                Operand::Arguments => {
                    let first = operand.0 as usize;
                    *operand = Ref(self.trace.args.len() as u32);
                    for &argument in &old_args[first..first + count] {
                        let renamed = self.renamed(argument);
                        self.trace.args.push(renamed);
                    }
                }
                Operand::No | Operand::Number | Operand::Hint | Operand::Slot => {}
            }
        }
    }
}

fn rename_rest(trace: &mut Trace, map: &[Ref]) {
    let renamed = |value: Ref| value.inst_index().map_or(value, |index| map[index]);
    if let Some(start) = trace.loop_start() {
        for phi in trace.insts[start + 1..].iter_mut().take_while(|inst| inst.op == Op::Phi) {
            phi.b = renamed(phi.b);
        }
    }
    trace.relies.iter_mut().for_each(|phi| *phi = renamed(*phi));
    // What is no phi any more does not advance.
    let insts = &trace.insts;
    trace.relies.retain(|phi| phi.inst_index().is_some_and(|index| insts[index].op == Op::Phi));
    for snapshot in &mut trace.snapshots {
        for (_, value) in &mut snapshot.entries {
            *value = renamed((*value).into()).into();
        }
    }
}
