//! The forward scan. See the module above for what it does; here is how.

use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::{Link, SnapshotId, Trace};
use pseudo_trace::ir::types::Ref;
use pseudo_vm::faults::{self, Fault};

use super::plan::{NEVER, Plan, Role, is_commutative, leaves_in_rdx, writes_in_place};
use super::registers::{CLOBBERED_GPRS, GPRS, RDX, XMMS, parameters, result_place};
use super::{Allocation, Edit, End, Entry, ExitLocs, Head, Limits, Phase, moves};
use crate::compile::CompileError;

/// An operand that has no register is read from memory unless a register is free, or one is held by a value that is
/// needed this much later.
const WORTH_EVICTING: u32 = 16;
/// Registers left to the loop's body when values from before it are brought back at the head.
const LEFT_FREE: usize = 3;

/// A register file.
struct File {
    /// Registers that may hold values, in order of preference.
    allowed: Vec<u8>,
    owner: [Option<u32>; 16],
    make: fn(u8) -> Loc,
}

impl File {
    fn new(all: &[u8], registers: usize, make: fn(u8) -> Loc) -> File {
        // With few registers both kinds stay: the first ones, which calls change, and the last ones, which they keep.
        let count = registers.clamp(4, all.len());
        let allowed = all[..count / 2].iter().chain(&all[all.len() - (count - count / 2)..]).copied().collect();
        File { allowed, owner: [None; 16], make }
    }

    fn free(&self) -> impl Iterator<Item = u8> + '_ {
        self.allowed.iter().copied().filter(|&reg| self.owner[reg as usize].is_none())
    }
}

#[derive(Clone, Copy, Default)]
struct Place {
    reg: Option<Loc>,
    spill: Option<u16>,
    /// Where the value was defined, and after which instruction: where a spill slot is written.
    defined: Option<(u32, Phase, Loc)>,
}

/// Registers that suit a result, best first, and one that does not.
struct Wishes {
    like: [Option<Loc>; 2],
    unlike: Option<Loc>,
    /// From where on the result's register must not be needed for anything else.
    from: u32,
}

struct Scan<'a> {
    trace: &'a Trace,
    plan: &'a Plan,
    files: [File; 2],
    places: Vec<Place>,
    /// For each spill slot the positions (from, to) in which it is taken.
    slots: Vec<Vec<(u32, u32)>>,
    /// Values that must keep their registers while the current instruction is allocated.
    pinned: Vec<u32>,
    /// Registers that phis have at the head.
    phi_regs: Vec<Loc>,
    /// For each value the register in which it is passed on at the end: as a parameter, a result, or what another loop carries.
    passed_in: Vec<Option<Loc>>,
    /// Values whose places are recorded at exits, besides the snapshot's.
    hidden: Option<Vec<u32>>,
    edits: Vec<Edit>,
    out: Allocation,
}

/// Runs the scan.
pub fn run(trace: &Trace, plan: &Plan, entry: &Entry, end: &End, limits: Limits) -> Result<Allocation, CompileError> {
    let mut scan = Scan {
        trace,
        plan,
        files: [File::new(&GPRS, limits.registers, Loc::Gpr), File::new(&XMMS, limits.registers, Loc::Xmm)],
        places: vec![Place::default(); plan.values() as usize],
        slots: vec![Vec::new(); limits.spill_slots],
        pinned: Vec::new(),
        phi_regs: Vec::new(),
        passed_in: passed_in(trace, plan, end),
        hidden: end.joins.then(|| (plan.len..plan.values()).collect()),
        edits: Vec::new(),
        out: Allocation {
            operand_starts: Vec::with_capacity(plan.len as usize + 1),
            operands: Vec::new(),
            results: vec![None; plan.len as usize],
            edits: Vec::new(),
            exit_of: vec![None; plan.len as usize + 1],
            exits: Vec::new(),
            call: None,
            head: None,
            end: Vec::new(),
            spill_slots: 0,
        },
    };
    scan.enter(entry);
    for at in 0..plan.len {
        scan.out.operand_starts.push(scan.out.operands.len() as u32);
        match trace.insts[at as usize].op {
            Op::Loop => scan.head(at)?,
            _ if plan.roles[at as usize] != Role::Skip => scan.instruction(at)?,
            _ => {}
        }
    }
    scan.out.operand_starts.push(scan.out.operands.len() as u32);
    scan.finish(end)?;
    let mut out = scan.out;
    out.edits = scan.edits;
    out.edits.sort_by_key(|edit| (edit.at, edit.phase));
    Ok(out)
}

impl Scan<'_> {
    /// Takes the values that the trace begins with.
    fn enter(&mut self, entry: &Entry) {
        for &(value, reg, spill) in &entry.values {
            let value = value.0;
            let end = self.plan.ends[value as usize];
            if end == NEVER {
                continue;
            }
            self.places[value as usize] = Place { reg, spill, defined: reg.map(|reg| (0, Phase::Entry, reg)) };
            if let Some(reg) = reg {
                self.own(reg, Some(value));
            }
            if let Some(slot) = spill {
                self.slots[slot as usize].push((0, end));
                self.out.spill_slots = self.out.spill_slots.max(slot + 1);
            }
        }
    }

    fn instruction(&mut self, at: u32) -> Result<(), CompileError> {
        let plan = self.plan;
        let inst = self.trace.insts[at as usize];
        self.pinned.clear();
        for &operand in plan.operands(at) {
            if let Some(value) = operand.inst_index().filter(|&value| self.places[value].reg.is_some()) {
                self.pinned.push(value as u32);
            }
        }
        if plan.next_rdx[at as usize] == at {
            self.vacate_rdx(at)?;
        }
        for &operand in plan.operands(at) {
            let loc = self.operand(operand, at)?;
            self.out.operands.push(loc);
        }
        if inst.op.is_guard() {
            self.exit(at, inst.snapshot);
        }
        if plan.roles[at as usize] == Role::Call {
            self.clobber(at)?;
        }
        if inst.op == Op::CallFn {
            let entries = &self.trace.snapshots[inst.snapshot.0 as usize].entries;
            self.out.call = Some(entries.iter().map(|entry| self.loc(self.plan.canonical(entry.1.into()))).collect());
        }
        let wishes = self.wishes(at, inst.op);
        self.release(at);
        self.pinned.clear();
        if plan.ends[at as usize] != NEVER {
            let reg = self.pick(at, at, wishes)?;
            self.define(at, at, Phase::After, reg);
            self.out.results[at as usize] = Some(reg);
        }
        Ok(())
    }

    /// Which operands' registers would suit an instruction's result, if they are free then.
    fn wishes(&self, at: u32, op: Op) -> Wishes {
        let reg = |index: usize| {
            let value = self.plan.operands(at).get(index)?.inst_index()?;
            self.places[value].reg
        };
        let (first, second) = (reg(0), reg(1));
        // Behind the first operand of an instruction that does a load itself comes what the address is made of.
        let folded = self.plan.folded[at as usize].is_some();
        if op == Op::CallFn {
            Wishes { like: [Some(result_place(self.plan.ty(at))), None], unlike: None, from: at }
        } else if leaves_in_rdx(op) {
            Wishes { like: [Some(Loc::Gpr(RDX)), None], unlike: None, from: at + 1 }
        } else if is_commutative(op) && !folded {
            Wishes { like: [first, second], unlike: None, from: at }
        } else {
            Wishes { like: [first, None], unlike: second.filter(|_| folded || writes_in_place(op)), from: at }
        }
    }

    /// Where an instruction reads an operand, which may be brought into a register for it.
    fn operand(&mut self, operand: Ref, at: u32) -> Result<Loc, CompileError> {
        let Some(value) = operand.inst_index().map(|value| value as u32) else {
            return Ok(constant(operand));
        };
        let place = self.places[value as usize];
        if let Some(reg) = place.reg {
            return Ok(reg);
        }
        let slot = Loc::Spill(place.spill.expect("a live value has a place"));
        let next = self.plan.next_use(value, at);
        // A register is lost at a call, so nothing is gained from one if the call comes first.
        let again = next != NEVER && self.plan.next_call[at as usize] > next.min(self.plan.len);
        if !again {
            return Ok(slot);
        }
        let file = self.file(value);
        let free = self.files[file].free().find(|&reg| !self.is_reserved(file, reg, at, at));
        let reg = match free {
            Some(free) => (self.files[file].make)(free),
            None => match self.furthest(file, at) {
                Some((owner, far)) if far > next.saturating_add(WORTH_EVICTING) => {
                    let reg = self.places[owner as usize].reg.expect("the owner of a register");
                    self.evict(owner)?;
                    reg
                }
                _ => return Ok(slot),
            },
        };
        self.own(reg, Some(value));
        self.places[value as usize].reg = Some(reg);
        self.pinned.push(value);
        self.edits.push(Edit { at, phase: Phase::Before, from: slot, to: reg });
        Ok(reg)
    }

    /// Records where the snapshot's values are.
    fn exit(&mut self, at: u32, snapshot: SnapshotId) {
        let entries: Vec<Loc> = self.trace.snapshots[snapshot.0 as usize]
            .entries
            .iter()
            .map(|entry| self.loc(self.plan.canonical(entry.1.into())))
            .collect();
        let hidden: Option<Vec<Loc>> =
            self.hidden.as_ref().map(|values| values.iter().map(|&value| self.loc(Ref(value))).collect());
        // Who finds no room on the stack is better told apart.
        let asks_for_room = |at: u32| self.trace.insts.get(at as usize).is_some_and(|inst| inst.op == Op::GuardStack);
        let same = |exit: &ExitLocs| {
            exit.snapshot == snapshot
                && exit.entries == entries
                && exit.hidden == hidden
                && asks_for_room(exit.at) == asks_for_room(at)
        };
        // Guards that share a snapshot follow each other closely.
        let exits = &mut self.out.exits;
        let known = (exits.len().saturating_sub(4)..exits.len()).find(|&exit| same(&exits[exit]));
        let exit = known.unwrap_or_else(|| {
            exits.push(ExitLocs { at, snapshot, entries, hidden });
            exits.len() - 1
        });
        self.out.exit_of[at as usize] = Some(exit as u32);
    }

    /// Takes the value in `rdx` to another register, or to memory: an instruction needs it.
    fn vacate_rdx(&mut self, at: u32) -> Result<(), CompileError> {
        let Some(value) = self.files[0].owner[RDX as usize] else { return Ok(()) };
        let crosses = self.plan.next_call[at as usize] < self.plan.ends[value as usize];
        let free = self.files[0].free().max_by_key(|reg| CLOBBERED_GPRS.contains(reg) != crosses);
        let Some(free) = free.filter(|reg| !(crosses && CLOBBERED_GPRS.contains(reg))) else {
            return self.evict(value);
        };
        self.edits.push(Edit { at, phase: Phase::Before, from: Loc::Gpr(RDX), to: Loc::Gpr(free) });
        self.own(Loc::Gpr(RDX), None);
        self.own(Loc::Gpr(free), Some(value));
        self.places[value as usize].reg = Some(Loc::Gpr(free));
        Ok(())
    }

    /// Whether a register is `rdx`, and an instruction between two positions needs that for itself.
    fn is_reserved(&self, file: usize, reg: u8, from: u32, to: u32) -> bool {
        file == 0 && reg == RDX && self.plan.next_rdx[from as usize] <= to
    }

    /// Takes all values that outlive a call out of the registers that it changes: all, if it is one of compiled code.
    fn clobber(&mut self, at: u32) -> Result<(), CompileError> {
        let native = self.trace.insts[at as usize].op == Op::CallFn;
        for file in 0..2 {
            for reg in 0..16 {
                let lost = file == 1 || native || CLOBBERED_GPRS.contains(&reg);
                let lost = lost && !(file == 0 && reg == CLOBBERED_GPRS[0] && faults::on(Fault::RegistersClobbered));
                let Some(value) = self.files[file].owner[reg as usize].filter(|_| lost) else { continue };
                if self.plan.ends[value as usize] > at {
                    self.evict(value)?;
                } else {
                    self.drop_register(value);
                }
            }
        }
        Ok(())
    }

    /// Frees the registers of values that end at a position.
    fn release(&mut self, at: u32) {
        for file in 0..2 {
            for reg in 0..16 {
                if let Some(value) = self.files[file].owner[reg as usize]
                    && self.plan.ends[value as usize] <= at
                {
                    self.drop_register(value);
                }
            }
        }
    }

    /// A register for a value that is defined at `at`, taken from another if need be.
    fn pick(&mut self, value: u32, at: u32, wishes: Wishes) -> Result<Loc, CompileError> {
        let file = self.file(value);
        let make = self.files[file].make;
        let end = self.plan.ends[value as usize];
        let allowed = |scan: &Self, reg: u8| !scan.is_reserved(file, reg, wishes.from, end);
        let is_free = |scan: &Self, loc: Loc| scan.files[file].free().any(|reg| make(reg) == loc && allowed(scan, reg));
        // The phi's own register saves a move in every round.
        if let Some(phi) = self.plan.phi_of[value as usize]
            && let Some(head) = &self.out.head
            && let Some(&(_, loc)) = head.phis.iter().find(|(known, _)| known.0 == phi)
            && is_free(self, loc)
        {
            return Ok(loc);
        }
        let crosses = file == 0 && self.plan.next_call[at as usize + 1] < self.plan.ends[value as usize];
        let keeps = |reg: u8| file == 0 && !CLOBBERED_GPRS.contains(&reg);
        let is_lost = |loc: Loc| crosses && matches!(loc, Loc::Gpr(reg) if !keeps(reg));
        if let Some(loc) = self.passed_in[value as usize] {
            if is_free(self, loc) && !is_lost(loc) {
                return Ok(loc);
            }
            if let Some(owner) = self.leaves(loc, at) {
                self.evict(owner)?;
                return Ok(loc);
            }
        }
        for loc in wishes.like.into_iter().flatten() {
            if is_free(self, loc) && !self.phi_regs.contains(&loc) && !is_lost(loc) {
                return Ok(loc);
            }
        }
        let best = self.files[file].free().filter(|&reg| allowed(self, reg)).min_by_key(|&reg| {
            let loc = make(reg);
            let bad_phi = self.phi_regs.contains(&loc);
            (crosses && !keeps(reg), bad_phi, wishes.unlike == Some(loc), !crosses && keeps(reg))
        });
        if let Some(reg) = best {
            return Ok(make(reg));
        }
        let (owner, _) = self.furthest(file, at).expect("more registers than operands");
        let reg = self.places[owner as usize].reg.expect("the owner of a register");
        self.evict(owner)?;
        Ok(reg)
    }

    /// The value in a parameter's register that will not be read there any more, for a call of a function takes it to the frame
    /// first.
    fn leaves(&self, loc: Loc, at: u32) -> Option<u32> {
        let owner = self.owner(loc)?;
        let call = self.plan.next_call[at as usize + 1];
        let is_native = self.trace.insts.get(call as usize).is_some_and(|inst| inst.op == Op::CallFn);
        (is_native && self.plan.ends[owner as usize] > call && self.plan.next_use(owner, at) > call).then_some(owner)
    }

    /// The value in a register whose next use is furthest; of equals one that has a spill slot already.
    fn furthest(&self, file: usize, at: u32) -> Option<(u32, u32)> {
        let file = &self.files[file];
        file.allowed
            .iter()
            .filter_map(|&reg| file.owner[reg as usize])
            .filter(|value| !self.pinned.contains(value))
            .map(|value| (value, self.plan.next_use(value, at)))
            .max_by_key(|&(value, next)| (next, self.places[value as usize].spill.is_some()))
    }

    /// Gives a value a place at its definition.
    fn define(&mut self, value: u32, at: u32, phase: Phase, loc: Loc) {
        match loc {
            Loc::Spill(slot) => self.places[value as usize] = Place { reg: None, spill: Some(slot), defined: None },
            _ => {
                self.own(loc, Some(value));
                self.places[value as usize] = Place { reg: Some(loc), spill: None, defined: Some((at, phase, loc)) };
            }
        }
    }

    /// Takes a value's register away. It keeps, or gets, a spill slot.
    fn evict(&mut self, value: u32) -> Result<(), CompileError> {
        if self.places[value as usize].spill.is_none() {
            let (at, phase, from) = self.places[value as usize].defined.expect("a value in a register was defined");
            let slot = self.take_slot(at, self.plan.ends[value as usize])?;
            self.places[value as usize].spill = Some(slot);
            self.edits.push(Edit { at, phase, from, to: Loc::Spill(slot) });
        }
        self.drop_register(value);
        Ok(())
    }

    /// A spill slot that is free from one position to another.
    fn take_slot(&mut self, from: u32, to: u32) -> Result<u16, CompileError> {
        let early = if faults::on(Fault::RegistersSpill) { 4 } else { 0 };
        let free = |taken: &Vec<(u32, u32)>| taken.iter().all(|&(start, end)| end <= from + early || to <= start);
        let slot = self.slots.iter().position(free).ok_or(CompileError::SpillSlots)?;
        self.slots[slot].push((from, to));
        self.out.spill_slots = self.out.spill_slots.max(slot as u16 + 1);
        Ok(slot as u16)
    }

    fn drop_register(&mut self, value: u32) {
        if let Some(reg) = self.places[value as usize].reg.take() {
            self.own(reg, None);
        }
    }

    fn own(&mut self, loc: Loc, value: Option<u32>) {
        match loc {
            Loc::Gpr(reg) => self.files[0].owner[reg as usize] = value,
            Loc::Xmm(reg) => self.files[1].owner[reg as usize] = value,
            Loc::Spill(_) | Loc::Const(_) => unreachable!("{loc:?} is no register"),
        }
    }

    fn owner(&self, loc: Loc) -> Option<u32> {
        match loc {
            Loc::Gpr(reg) => self.files[0].owner[reg as usize],
            Loc::Xmm(reg) => self.files[1].owner[reg as usize],
            Loc::Spill(_) | Loc::Const(_) => None,
        }
    }

    fn file(&self, value: u32) -> usize {
        self.plan.ty(value).is_float() as usize
    }

    /// Where a value is now.
    fn loc(&self, value: Ref) -> Loc {
        let Some(index) = value.inst_index() else {
            return constant(value);
        };
        let place = self.places[index];
        place.reg.unwrap_or_else(|| Loc::Spill(place.spill.unwrap_or_else(|| panic!("{value:?} has no place"))))
    }

    /// The head of the loop: phis get places, values that are needed often get registers back.
    fn head(&mut self, at: u32) -> Result<(), CompileError> {
        let plan = self.plan;
        self.pinned.clear();
        let inputs: Vec<Ref> = plan.phis.iter().map(|&phi| plan.canonical(self.trace.insts[phi as usize].a)).collect();
        let sources: Vec<Loc> = inputs.iter().map(|&input| self.loc(input)).collect();
        self.release(at);
        let mut moves = Vec::new();
        let mut head = Head::default();
        for (&phi, &source) in plan.phis.iter().zip(&sources) {
            if plan.ends[phi as usize] == NEVER {
                continue;
            }
            let file = self.file(phi);
            let free = |&reg: &u8| !self.is_reserved(file, reg, at, plan.ends[phi as usize]);
            let full = !self.files[file].free().any(|reg| free(&reg));
            let stays = full && {
                let next = plan.next_use(phi, at);
                self.furthest(file, at).is_none_or(|(_, far)| far <= next)
            };
            let loc = if stays {
                Loc::Spill(self.take_slot(at, plan.ends[phi as usize])?)
            } else {
                let like = Some(source).filter(|loc| !matches!(loc, Loc::Spill(_) | Loc::Const(_)));
                self.pick(phi, at, Wishes { like: [like, None], unlike: None, from: at })?
            };
            self.define(phi, at, Phase::After, loc);
            self.out.results[phi as usize] = Some(loc);
            if !stays {
                self.phi_regs.push(loc);
                // Phis are defined all at once: one cannot make room for another.
                self.pinned.push(phi);
            }
            moves.push((source, loc));
            head.phis.push((Ref(phi), loc));
        }
        self.pinned.clear();
        let mut invariants: Vec<u32> =
            (0..at).chain(plan.len..plan.values()).filter(|&value| self.lives_in_loop(value)).collect();
        let mut wanted: Vec<u32> =
            invariants.iter().copied().filter(|&value| self.places[value as usize].reg.is_none()).collect();
        wanted.sort_by_key(|&value| plan.next_use(value, at));
        for value in wanted {
            let file = self.file(value);
            let next = plan.next_use(value, at);
            if next == NEVER || plan.next_call[at as usize] < next || self.files[file].free().count() <= LEFT_FREE {
                continue;
            }
            let free = self.files[file].free().find(|&reg| !self.is_reserved(file, reg, at, plan.len));
            let Some(reg) = free.map(self.files[file].make) else { continue };
            let slot = Loc::Spill(self.places[value as usize].spill.expect("a live value has a place"));
            self.own(reg, Some(value));
            self.places[value as usize].reg = Some(reg);
            moves.push((slot, reg));
        }
        self.moves(at, &moves);
        invariants.retain(|&value| value < at);
        head.invariants = invariants.iter().map(|&value| (Ref(value), self.places[value as usize].reg, None)).collect();
        if self.trace.link == Link::Loop {
            self.hidden = Some(invariants);
        }
        self.out.head = Some(head);
        Ok(())
    }

    fn lives_in_loop(&self, value: u32) -> bool {
        let place = self.places[value as usize];
        let end = self.plan.ends[value as usize];
        end != NEVER && end == self.plan.len && (place.reg.is_some() || place.spill.is_some())
    }

    /// The back edge or the end.
    fn finish(&mut self, end: &End) -> Result<(), CompileError> {
        let plan = self.plan;
        let at = plan.len;
        self.out.end = end.reads.iter().map(|&value| self.loc(plan.canonical(value))).collect();
        if let Some(snapshot) = end.exit {
            self.exit(at, snapshot);
        }
        let mut moves: Vec<(Loc, Loc)> =
            end.moves.iter().map(|&(value, to)| (self.loc(plan.canonical(value)), to)).collect();
        if self.trace.link == Link::Loop {
            let mut head = self.out.head.take().expect("a loop has a head");
            for &(phi, to) in &head.phis {
                moves.push((self.loc(plan.canonical(self.trace.insts[phi.0 as usize].b)), to));
            }
            for (value, reg, spill) in &mut head.invariants {
                *spill = self.places[value.0 as usize].spill;
                if let Some(reg) = *reg {
                    moves.push((self.loc(*value), reg));
                }
            }
            self.out.head = Some(head);
        }
        self.moves(at, &moves);
        Ok(())
    }

    fn moves(&mut self, at: u32, moves: &[(Loc, Loc)]) {
        for (from, to) in moves::in_order(moves) {
            self.edits.push(Edit { at, phase: Phase::Before, from, to });
        }
    }
}

/// See [`Scan::passed_in`].
fn passed_in(trace: &Trace, plan: &Plan, end: &End) -> Vec<Option<Loc>> {
    let mut passed_in = vec![None; plan.values() as usize];
    let mut pass = |value: Ref, loc: Loc| {
        if let Some(value) = plan.canonical(value).inst_index()
            && matches!(loc, Loc::Gpr(_) | Loc::Xmm(_))
        {
            passed_in[value].get_or_insert(loc);
        }
    };
    if let Some(call) = trace.insts.last().filter(|inst| inst.op == Op::CallFn) {
        let first = call.b.0 as usize;
        let arguments = &trace.args[first..first + call.c.0 as usize];
        let types: Vec<_> = arguments.iter().map(|&value| trace.ty(value)).collect();
        arguments.iter().zip(parameters(&types)).for_each(|(&value, place)| {
            if let Some(place) = place {
                pass(value, place);
            }
        });
    }
    end.moves.iter().for_each(|&(value, loc)| pass(value, loc));
    passed_in
}

fn constant(value: Ref) -> Loc {
    Loc::Const(value.const_index().expect("an operand is a value or a constant") as u32)
}
