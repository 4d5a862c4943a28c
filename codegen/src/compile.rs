//! From a trace to code in memory: the one entry of this crate for an engine.

use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::rc::Rc;

use pseudo_snapshots::packed::{Loc, Packed, PackedEntry};
use pseudo_snapshots::{Pc, Slot};
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::{Link, SnapshotId, Trace};
use pseudo_trace::ir::types::{Ref, Ty};
use pseudo_trace::ir::verify::fits;
use pseudo_vm::faults::{self, Fault};
use rustc_hash::FxHashMap;

use crate::code_memory::CodeMemory;
use crate::context::SPILL_SLOTS;
use crate::emit::{self, Destination, Ending, Head};
use crate::exits::{CallSite, Carried, Exit, Invariant, LoopEntry, kind_of};
use crate::helpers::Helpers;
use crate::regalloc::plan::{Incoming, Plan, Role, end_values};
use crate::regalloc::registers::{parameter_places, result_place};
use crate::regalloc::{self, Allocation, End, Entry, Limits, checker};

/// Why a trace was not compiled. An ordinary outcome: the program goes on interpreted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CompileError {
    /// It has more live values than registers and spill slots.
    SpillSlots,
    /// A call has more arguments than the context has room for.
    Arguments,
    /// The function has more parameters than there are registers for.
    Parameters,
    /// No code memory is left.
    CodeMemory,
    /// A snapshot names a value that the interpreter has no form for.
    Snapshot,
    /// A float is worth a general-purpose register to the trace, or the like: the IR is not well typed.
    Types,
}

impl CompileError {
    /// Whether it only comes of a mistake of ours.
    pub fn is_ours(self) -> bool {
        match self {
            CompileError::SpillSlots | CompileError::Arguments | CompileError::CodeMemory => false,
            // Functions with so many parameters get no traces of their own.
            CompileError::Parameters => true,
            CompileError::Snapshot | CompileError::Types => true,
        }
    }

    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            CompileError::SpillSlots => "too many live values",
            CompileError::Arguments => "a call with too many arguments",
            CompileError::Parameters => "a function with too many parameters",
            CompileError::CodeMemory => "no code memory left",
            CompileError::Snapshot => "a snapshot of a value that has no boxed form",
            CompileError::Types => "a trace that is not well typed",
        }
    }
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for CompileError {}

/// Addresses that code is compiled with. They never change.
pub trait Addresses {
    /// Of a function ([`pseudo_vm::bytecode::proto::Proto`]).
    fn proto(&self, id: u32) -> u64;
    /// Of an instruction.
    fn pc(&self, pc: Pc) -> u64;
}

/// How to compile.
#[derive(Clone, Debug)]
pub struct Options {
    /// At most so many registers of each file hold values: 4 to 16. For stress tests.
    pub registers: usize,
    /// At most so many spill slots, up to [`SPILL_SLOTS`].
    pub spill_slots: usize,
    /// Run the checker of register allocation.
    pub check: bool,
    /// Count guards down and fail when [`crate::Context::countdown`] reaches 0.
    pub exit_stress: bool,
    /// The guard of this number always fails. Guards are numbered over all traces, in order of compilation.
    pub force_exit: Option<u32>,
    /// Number of this trace's first guard: the sum of [`CompiledTrace::guards`] of all traces before.
    pub first_guard: u32,
    /// Whether `roundsd` may be used.
    pub sse41: bool,
    /// Whether calls of helpers are noted in the context, so that a sampler knows who has called the one that it meets: where
    /// code memory begins.
    pub notes_calls: Option<u64>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            registers: 16,
            spill_slots: SPILL_SLOTS,
            check: cfg!(debug_assertions),
            exit_stress: false,
            force_exit: None,
            first_guard: 0,
            sse41: std::is_x86_feature_detected!("sse4.1"),
            notes_calls: None,
        }
    }
}

/// The exit that a side trace begins at.
#[derive(Clone, Copy, Debug)]
pub struct ParentExit<'a> {
    /// The trace that is left.
    pub trace: &'a CompiledTrace,
    /// Index in its exits.
    pub exit: usize,
}

/// Where a trace goes on that ends with `Link::Trace` or `Link::Root`.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The trace. `None` if it is the one that is being compiled.
    pub trace: Option<&'a CompiledTrace>,
    /// Whether going straight back to the head of the loop is right as far as the loop's hoisted loads are concerned:
    /// the side trace changes nothing that they have read, other than slots.
    pub may_join: bool,
    /// How it takes its parameters, if it is a function's.
    pub params: Option<&'a [Ty]>,
}

/// What is agreed on between a trace and the functions that it calls, or is the trace of.
#[derive(Clone, Copy, Default, Debug)]
pub struct Calls<'a> {
    /// How the function whose trace this is takes its parameters.
    pub params: &'a [Ty],
    /// Where the code of the function lies that it calls; none if that is its own.
    pub callee: Option<u64>,
    /// The global that holds the closure of the frame that it runs in, if that is not in memory.
    pub home: Option<u32>,
}

/// A trace in code memory.
#[derive(Clone, Debug)]
pub struct CompiledTrace {
    /// Its number.
    pub number: u32,
    /// Address of its first instruction. A root trace is entered here; a side trace is jumped to by its parent's stub.
    pub entry: u64,
    /// Bytes of code, stubs and constants.
    pub size: usize,
    /// Bytes of the part that runs while no guard fails.
    pub hot_size: usize,
    /// Its exits. `Context::exit` is an index here.
    pub exits: Vec<Exit>,
    /// Constants of the exits' snapshots.
    pub constants: Rc<[u64]>,
    /// Address of its loop's head, if it has a loop.
    pub head: Option<u64>,
    /// The loop whose head it may be joined at, or may itself join: a root's own, and a side trace's root's.
    pub loop_entry: Option<Rc<LoopEntry>>,
    /// Whether it goes back to its root's head without passing through memory.
    pub joins: bool,
    /// Guards that it has (for [`Options::first_guard`]).
    pub guards: u32,
    /// The call that it ends with.
    pub call: Option<CallSite>,
    /// Spill slots that it uses are below this.
    pub spill_slots: u16,
    /// Words of the native frame that it finds, the return address aside: its parent's; none for a root.
    pub found: u16,
    /// Words of its native frame: none, or an odd number, so that with the return address the stack is aligned for calls.
    pub frame: u16,
    /// Where in its code (bytes from `entry`) which instruction begins, ascending. An instruction may come twice: its
    /// unlikely part lies at the end. For listings: empty once the trace is installed.
    pub map: Vec<(u32, MapEntry)>,
    /// Where each instruction's result is. For listings, as the map.
    pub places: Vec<Option<Loc>>,
    /// The exit that each instruction leaves by. For listings, as the map.
    pub exit_of: Vec<Option<u32>>,
}

/// What a piece of code belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MapEntry {
    /// Moves at the entry.
    Entry,
    /// An IR instruction.
    Inst(u32),
    /// Moves to the head of the loop, or to the next trace.
    End,
    /// The stub of an exit.
    Stub(u32),
    /// What all stubs end with.
    Tail,
    /// Constants.
    Data,
}

/// Compiles a trace into code memory. Nothing jumps there yet: the engine enters a root, or patches the parent's exit.
///
/// Slots of a side trace are counted from the same word as its parent's: a side trace begins with the base unmoved. To
/// be joined by side traces, a loop says what it carries: the snapshot of its `loop` instruction gives each slot that
/// the loop changes its value at the head.
#[expect(clippy::too_many_arguments, reason = "parts of an engine that are borrowed each for itself")]
pub fn compile(
    trace: &Trace,
    parent: Option<ParentExit<'_>>,
    target: Option<Target<'_>>,
    calls: Calls<'_>,
    addresses: &dyn Addresses,
    helpers: &Helpers,
    options: &Options,
    memory: &mut CodeMemory,
) -> Result<CompiledTrace, CompileError> {
    snapshots_have_forms(trace)?;
    let mut entry = match parent {
        Some(parent) => entry_of_side_trace(trace, parent),
        None => entry_of_root(trace, calls.params)?,
    };
    let join = target.and_then(|target| join(trace, parent, target, &entry));
    if join.is_none() {
        entry.forget_hidden(trace);
    }
    let ending = match (trace.link, &join, target) {
        (Link::Loop, ..) => Ending::Loop,
        (_, Some(join), _) => Ending::Join(join.written.clone(), join.head),
        (Link::Trace(_) | Link::Root(_), None, Some(target)) if target.params.is_some() => {
            let destination = target.trace.map_or(Destination::Own, |trace| Destination::Address(trace.entry));
            Ending::Function(written_for_function(trace, target.params.unwrap_or_default()), destination)
        }
        (Link::Return, ..) => Ending::Return(written_for_function(trace, &[])),
        (Link::Trace(_) | Link::Root(_), None, Some(target)) => {
            let base = trace.snapshots[trace.end.ok_or(CompileError::Types)?.0 as usize].base;
            Ending::Flush(base, target.trace.map_or(Destination::Own, |trace| Destination::Address(trace.entry)))
        }
        (Link::Trace(_) | Link::Root(_), None, None) | (Link::Interpreter, ..) => Ending::Exit,
    };
    let exit = if matches!(ending, Ending::Exit) { Some(trace.end.ok_or(CompileError::Types)?) } else { None };
    let end = End {
        reads: end_values(trace),
        moves: match (&join, &ending) {
            (Some(join), _) => join.moves.clone(),
            (None, Ending::Function(..)) => passed(trace, target.and_then(|target| target.params).unwrap_or_default())?,
            (None, Ending::Return(_)) => returned(trace)?,
            (None, _) => Vec::new(),
        },
        exit,
        joins: join.is_some(),
    };
    let plan = Plan::new(trace, &entry.incoming, &end.reads, options.sse41);
    let limits = Limits { registers: options.registers, spill_slots: options.spill_slots.min(SPILL_SLOTS) };
    let allocation = regalloc::allocate(trace, &plan, &entry, &end, limits)?;
    if options.check
        && let Err(bug) = checker::check(trace, &plan, &entry, &end, &allocation)
    {
        panic!("register allocation of trace {} is wrong: {bug}\n{:#?}", trace.number, trace.insts);
    }

    let found = parent.map_or(0, |parent| parent.trace.frame);
    let frame = if found == 0 && allocation.spill_slots == 0 && calls_nothing(&plan) {
        0
    } else {
        (allocation.spill_slots | 1).max(found)
    };
    let input = emit::Input {
        trace,
        plan: &plan,
        allocation: &allocation,
        ending: &ending,
        callee: calls.callee.map_or(Destination::Own, Destination::Address),
        home: calls.home,
        found,
        frame,
        addresses,
        helpers,
        routines: memory.routines(),
        options,
    };
    let base = memory.next();
    let output = emit::emit(input, base)?;
    let address = memory.install(&output.bytes)?;
    let loop_entry = match (trace.link, parent, &join) {
        (Link::Loop, ..) => loop_entry(trace, &plan, &allocation, base + output.head.unwrap_or(0) as u64),
        (_, Some(parent), Some(_)) => parent.trace.loop_entry.clone(),
        _ => None,
    };
    let call = trace.insts.last().filter(|inst| inst.op == Op::CallFn).map(|inst| CallSite {
        packed: pack_where(trace, inst.snapshot, allocation.call.as_deref().unwrap_or_default(), |slot| {
            // What globals were to hold is in memory before the call, and the callee may change them.
            !matches!(slot, Slot::Global(_))
        }),
        base: trace.snapshots[inst.snapshot.0 as usize].base,
        returns_to: base + u64::from(output.returns_to.unwrap_or_default()),
    });
    let exits =
        allocation.exits.into_iter().zip(output.stubs.iter().zip(&output.jumps)).map(|(exit, (&stub, jumps))| Exit {
            inst: exit.at,
            snapshot: exit.snapshot,
            packed: pack(trace, exit.snapshot, &exit.entries),
            types: snapshot_types(trace, exit.snapshot),
            stub: base + stub as u64,
            jumps: jumps.iter().map(|&jump| base + jump as u64).collect(),
            hidden: exit.hidden.filter(|_| loop_entry.is_some()).map(Vec::into_boxed_slice),
        });
    Ok(CompiledTrace {
        number: trace.number,
        entry: address,
        size: output.bytes.len(),
        hot_size: output.hot as usize,
        exits: exits.collect(),
        constants: output.constants.into(),
        head: output.head.map(|head| base + head as u64),
        loop_entry,
        joins: join.is_some(),
        guards: output.guards,
        call,
        spill_slots: allocation.spill_slots,
        found,
        frame,
        map: output.map,
        places: allocation.results,
        exit_of: allocation.exit_of,
    })
}

/// Whether no function is called but by routines, which align the stack themselves.
fn calls_nothing(plan: &Plan) -> bool {
    plan.roles.iter().all(|&role| role != Role::Call)
}

/// A snapshot that names an address inside an object could not be restored.
fn snapshots_have_forms(trace: &Trace) -> Result<(), CompileError> {
    let mut values = trace.snapshots.iter().flat_map(|snapshot| &snapshot.entries);
    if values.all(|&(_, value)| kind_of(trace.ty(value.into())).is_some()) {
        Ok(())
    } else {
        Err(CompileError::Snapshot)
    }
}

fn snapshot_types(trace: &Trace, snapshot: SnapshotId) -> Box<[Ty]> {
    trace.snapshots[snapshot.0 as usize].entries.iter().map(|&(_, value)| trace.ty(value.into())).collect()
}

fn pack(trace: &Trace, snapshot: SnapshotId, locs: &[Loc]) -> Packed {
    pack_where(trace, snapshot, locs, |_| true)
}

fn pack_where(trace: &Trace, snapshot: SnapshotId, locs: &[Loc], keep: impl Fn(Slot) -> bool) -> Packed {
    let snapshot = &trace.snapshots[snapshot.0 as usize];
    let entries: Vec<PackedEntry> = snapshot
        .entries
        .iter()
        .zip(locs)
        .filter(|((slot, _), _)| keep(*slot))
        .map(|(&(slot, value), &loc)| {
            let kind = kind_of(trace.ty(value.into())).expect("snapshots were looked at");
            PackedEntry { slot, kind, loc }
        })
        .collect();
    Packed::new(snapshot.pc, snapshot.base, &entries)
}

/// What a root trace finds in registers: the parameters of its function.
fn entry_of_root(trace: &Trace, params: &[Ty]) -> Result<Entry, CompileError> {
    let places = parameter_places(params).ok_or(CompileError::Parameters)?;
    let parameters = trace.insts.iter().enumerate().filter(|(_, inst)| inst.op == Op::Inherit);
    let values = parameters.map(|(at, inst)| {
        let index = inst.a.0 as usize;
        let place = places.get(index).filter(|_| params[index] == inst.ty).ok_or(CompileError::Types)?;
        Ok((Ref::inst(at), Some(*place), None))
    });
    Ok(Entry { incoming: no_incoming(trace), values: values.collect::<Result<_, _>>()? })
}

fn no_incoming(trace: &Trace) -> Incoming {
    Incoming { canonical: (0..trace.insts.len()).map(Ref::inst).collect(), hidden: Vec::new() }
}

/// Entries of the last snapshot that must be in memory where a function's code goes on, beside the parameters; or nothing
/// but these, after a return.
fn written_for_function(trace: &Trace, params: &[Ty]) -> Vec<usize> {
    let Some(end) = trace.end else { return Vec::new() };
    let end = &trace.snapshots[end.0 as usize];
    let is_written = |slot: Slot| match slot {
        Slot::Stack(offset) => {
            trace.link != Link::Return && !(0..params.len()).contains(&(offset.wrapping_sub(end.base) as usize))
        }
        Slot::Global(_) => true,
        Slot::Object(..) | Slot::Field(..) => false,
    };
    (0..end.entries.len()).filter(|&index| is_written(end.entries[index].0)).collect()
}

/// The parameters in the last snapshot, and where the function finds them.
fn passed(trace: &Trace, params: &[Ty]) -> Result<Vec<(Ref, Loc)>, CompileError> {
    let end = &trace.snapshots[trace.end.ok_or(CompileError::Types)?.0 as usize];
    let places = parameter_places(params).ok_or(CompileError::Parameters)?;
    let mut moves = Vec::new();
    for (index, (&ty, place)) in params.iter().zip(places).enumerate() {
        if let Some(value) = end.get(Slot::Stack(end.base + index as i32)).map(Ref::from) {
            if !fits(ty, trace.ty(value)) {
                return Err(CompileError::Types);
            }
            moves.push((value, place));
        }
    }
    Ok(moves)
}

/// The result in the last snapshot, and where the caller finds it.
fn returned(trace: &Trace) -> Result<Vec<(Ref, Loc)>, CompileError> {
    let end = &trace.snapshots[trace.end.ok_or(CompileError::Types)?.0 as usize];
    let value = Ref::from(end.get(Slot::Stack(end.base - 2)).ok_or(CompileError::Types)?);
    Ok(vec![(value, result_place(trace.ty(value)))])
}

/// What a side trace finds in registers and spill slots: what it inherits, and the root loop's invariants.
fn entry_of_side_trace(trace: &Trace, parent: ParentExit<'_>) -> Entry {
    let mut entry = Entry { incoming: no_incoming(trace), values: Vec::new() };
    let mut known: FxHashMap<Loc, Ref> = FxHashMap::default();
    let exit = &parent.trace.exits[parent.exit];
    if let (Some(hidden), Some(root)) = (&exit.hidden, &parent.trace.loop_entry) {
        for (index, (&loc, invariant)) in hidden.iter().zip(&root.invariants).enumerate() {
            let value = Ref::inst(trace.insts.len() + index);
            entry.incoming.hidden.push(invariant.ty);
            let (reg, slot) = match loc {
                Loc::Spill(slot) => (None, Some(invariant.spill.unwrap_or(slot))),
                _ => (Some(loc), invariant.spill),
            };
            known.extend([(loc, value)]);
            known.extend(slot.map(|slot| (Loc::Spill(slot), value)));
            entry.values.push((value, reg, slot));
        }
    }
    let places: Vec<Loc> = exit.packed.entries().map(|packed| packed.loc).collect();
    for (at, inst) in trace.insts.iter().enumerate().filter(|(_, inst)| inst.op == Op::Inherit) {
        let mut loc = places[inst.a.0 as usize];
        if faults::on(Fault::LinkInherit)
            && let Some(&before) = (inst.a.0 as usize).checked_sub(1).and_then(|before| places.get(before))
            && matches!((before, loc), (Loc::Gpr(_), Loc::Gpr(_)) | (Loc::Xmm(_), Loc::Xmm(_)))
        {
            loc = before;
        }
        let value = Ref::inst(at);
        match known.entry(loc) {
            Occupied(first) => entry.incoming.canonical[at] = *first.get(),
            Vacant(free) => {
                free.insert(value);
                entry.values.push(match loc {
                    Loc::Spill(slot) => (value, None, Some(slot)),
                    Loc::Gpr(_) | Loc::Xmm(_) => (value, Some(loc), None),
                    Loc::Const(_) => panic!("a side trace inherits a constant, entry {}", inst.a.0),
                });
            }
        }
    }
    entry
}

impl Entry {
    /// Drops the values that are kept for a join. An `inherit` that shares the place of one stands for itself again.
    fn forget_hidden(&mut self, trace: &Trace) {
        let len = trace.insts.len();
        self.incoming.hidden.clear();
        let mut successors: FxHashMap<Ref, Ref> = FxHashMap::default();
        for (at, canonical) in self.incoming.canonical.iter_mut().enumerate() {
            if canonical.0 as usize >= len {
                *canonical = *successors.entry(*canonical).or_insert(Ref::inst(at));
            }
        }
        for (value, ..) in &mut self.values {
            if let Some(&successor) = successors.get(value) {
                *value = successor;
            }
        }
        self.values.retain(|(value, ..)| (value.0 as usize) < len);
    }
}

/// How to get to the head of a root's loop.
struct Join {
    head: Head,
    moves: Vec<(Ref, Loc)>,
    /// Entries of the last snapshot that the head expects in memory.
    written: Vec<usize>,
}

/// A join, if everything that the head of the target's loop relies on can be had.
fn join(trace: &Trace, parent: Option<ParentExit<'_>>, target: Target<'_>, entry: &Entry) -> Option<Join> {
    let Link::Root(root) = trace.link else {
        return None;
    };
    let parent = parent?;
    let goal = parent.trace.loop_entry.as_ref().filter(|goal| goal.trace == root && target.may_join)?;
    parent.trace.exits[parent.exit].hidden.as_ref()?;
    let end = &trace.snapshots[trace.end?.0 as usize];
    if end.base != 0 {
        return None;
    }
    let mut moves = Vec::new();
    for &(slot, carried) in &goal.carried {
        let value: Ref = end.get(slot)?.into();
        let canonical = value.inst_index().map_or(value, |index| entry.incoming.canonical[index]);
        let fits = match carried {
            Carried::Phi(ty, _) => trace.ty(value) == ty,
            Carried::Const(constant) => trace.as_const(value) == Some(constant),
            Carried::Invariant(index) => canonical == Ref::inst(trace.insts.len() + index),
        };
        if !fits {
            return None;
        }
        if let Carried::Phi(_, loc) = carried
            && !moves.iter().any(|&(_, known)| known == loc)
        {
            moves.push((value, loc));
        } else if let Carried::Phi(_, loc) = carried
            && !moves.contains(&(value, loc))
        {
            // Two slots share a phi, but no longer a value.
            return None;
        }
    }
    let mut written = Vec::new();
    let mut replaced = vec![None; goal.invariants.len()];
    for (index, &(slot, value)) in end.entries.iter().enumerate() {
        if goal.carried.binary_search_by_key(&slot, |carried| carried.0).is_ok() {
            continue;
        }
        if matches!(slot, Slot::Object(..) | Slot::Field(..)) {
            return None;
        }
        if let Ok(read) = goal.reads.binary_search_by_key(&slot, |read| read.0) {
            // The loop's snapshots leave such a slot to memory, so it is written too.
            let invariant = goal.reads[read].1?;
            if trace.ty(value.into()) != goal.invariants[invariant].ty {
                return None;
            }
            replaced[invariant] = Some(Ref::from(value));
        }
        written.push(index);
    }
    for (index, invariant) in goal.invariants.iter().enumerate() {
        match replaced[index] {
            Some(value) => {
                let places = invariant.reg.into_iter().chain(invariant.spill.map(Loc::Spill));
                moves.extend(places.map(|place| (value, place)));
            }
            None => moves.extend(invariant.reg.map(|reg| (Ref::inst(trace.insts.len() + index), reg))),
        }
    }
    let head = Head { address: goal.head, frame: target.trace.map_or(parent.trace.frame, |root| root.frame) };
    Some(Join { head, moves, written })
}

/// Who uses the values of a trace with a loop.
struct Users {
    /// For each instruction how often it is used, and by which instruction last.
    users: Vec<(u32, usize)>,
    /// Whether it is used in front of the loop, or by a phi.
    elsewhere: Vec<bool>,
}

impl Users {
    fn of(trace: &Trace, start: usize) -> Users {
        let len = trace.insts.len();
        let mut users = Users { users: vec![(0, 0); len], elsewhere: vec![false; len] };
        for (at, inst) in trace.insts.iter().enumerate() {
            trace.for_each_operand(inst, |operand| {
                if let Some(index) = operand.inst_index() {
                    users.users[index] = (users.users[index].0 + 1, at);
                    users.elsewhere[index] |= at < start || inst.op == Op::Phi;
                }
            });
        }
        users
    }

    /// The number or bool that a slot's value is unboxed to in front of the loop, if nothing else there is made of either.
    fn only_unboxed(&self, trace: &Trace, slot: usize) -> Option<Ref> {
        let (1, guard) = self.users[slot] else { return None };
        let unboxes = matches!(trace.insts[guard].op, Op::GuardInt | Op::GuardFloat | Op::GuardBool);
        (unboxes && !self.elsewhere[guard]).then_some(Ref::inst(guard))
    }
}

/// What a loop says of its head, if it says what it carries.
fn loop_entry(trace: &Trace, plan: &Plan, allocation: &Allocation, head: u64) -> Option<Rc<LoopEntry>> {
    let snapshot = trace.insts[plan.loop_at? as usize].snapshot;
    let snapshot = trace.snapshots.get(snapshot.0 as usize)?;
    let state = allocation.head.as_ref()?;
    let mut carried = Vec::new();
    for &(slot, value) in &snapshot.entries {
        let value = plan.canonical(value.into());
        if let Some(constant) = trace.as_const(value) {
            carried.push((slot, Carried::Const(constant)));
        } else if let Some(&(_, loc)) = state.phis.iter().find(|(phi, _)| *phi == value) {
            carried.push((slot, Carried::Phi(trace.ty(value), loc)));
        } else if let Some(index) = state.invariants.iter().position(|(invariant, ..)| *invariant == value) {
            carried.push((slot, Carried::Invariant(index)));
        }
        // What is left is needed by nothing in the loop.
    }
    // Every phi must be somebody's slot: a side trace could not give it a value otherwise.
    let given = |loc| carried.iter().any(|&(_, carried)| matches!(carried, Carried::Phi(_, given) if given == loc));
    if !state.phis.iter().all(|&(_, loc)| given(loc)) {
        return None;
    }
    let mut reads: Vec<(Slot, Option<usize>)> = Vec::new();
    let mut users = Users::of(trace, plan.loop_at? as usize);
    for (_, value) in trace.snapshots.iter().flat_map(|snapshot| &snapshot.entries) {
        if let Some(index) = Ref::from(*value).inst_index().filter(|&index| trace.insts[index].op == Op::Slot) {
            users.users[index].0 += 1;
        }
    }
    for (at, inst) in trace.insts.iter().enumerate().filter(|(_, inst)| inst.op == Op::Slot) {
        let slot = inst.slot();
        let value = users.only_unboxed(trace, at);
        let held = value.and_then(|value| state.invariants.iter().position(|invariant| invariant.0 == value));
        if carried.binary_search_by_key(&slot, |carried| carried.0).is_err() {
            reads.push((slot, held));
        }
    }
    reads.sort_unstable();
    reads.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            earlier.1 = None;
        }
        same
    });
    let invariants =
        state.invariants.iter().map(|&(value, reg, spill)| Invariant { ty: trace.ty(value), reg, spill }).collect();
    Some(Rc::new(LoopEntry { trace: trace.number, head, carried, invariants, reads }))
}
