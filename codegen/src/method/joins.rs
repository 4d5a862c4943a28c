//! Where ways through a function meet: what is known there is what is known on all of them, and each way brings values to
//! where the code behind expects them.
//!
//! What jumps forward to an instruction is compiled before it, so that what they know is known when the instruction is come
//! to; a jump's part of the work is written behind the rest. What is in registers where a loop is gone round is decided
//! when the loop is entered ([`super::heads`]).

use pseudo_vm::faults::{self, Fault};

use super::context::{Context, Form, Kind, Place, Slot};
use super::leaving::Cold;
use super::operands::{HIGH, compare_tag, memory, store};
use super::registers::{GPRS, INTS, RAX, RDX, TAGGED, XMM0};
use super::{Compiler, flows_on};
use crate::emit::encode::{Alu, Cond, Label, Rm, Shift};

/// A jump forward.
#[derive(Debug)]
pub(super) struct Edge {
    pub label: Label,
    pub context: Context,
}

impl Compiler<'_> {
    /// A label that leads to another instruction of the function, from what is known now.
    pub(super) fn edge(&mut self, target: usize) -> Label {
        let label = self.code.label();
        let mut context = self.context.clone();
        self.drop_dead(&mut context, target);
        if target > self.at {
            self.edges[target].push(Edge { label, context });
        } else {
            self.settle(target, &context);
            let (to, back) = (self.reached[target].clone(), self.labels[target]);
            self.cold.push(Cold::Edge { label, context, to, back, target });
        }
        label
    }

    /// Forgets registers that are not read any more.
    pub(super) fn drop_dead(&self, context: &mut Context, at: usize) {
        if context.places().iter().all(|place| !matches!(place.form, Form::Same(_))) {
            context.retain(|place| self.is_live(place.slot, at));
            return;
        }
        let same = context.places().iter().filter(|place| self.is_live(place.slot, at));
        let needed: Vec<_> =
            same.filter_map(|place| if let Form::Same(slot) = place.form { Some(slot) } else { None }).collect();
        context.retain(|place| self.is_live(place.slot, at) || needed.contains(&place.slot));
    }

    /// Begins an instruction that jumps lead to.
    pub(super) fn join(&mut self, at: usize) {
        let flows = flows_on(self.word_at(at - 1).op());
        let edges = std::mem::take(&mut self.edges[at]);
        let mut before = std::mem::take(&mut self.context);
        self.drop_dead(&mut before, at);
        let before = flows.then_some(before);
        let to = if self.is_plain || self.proto.handlers.iter().any(|handler| handler.target == at) {
            Context::default()
        } else if self.inlined.is_none() && self.loops.contains_key(&at) {
            self.head(at, before.as_ref().unwrap_or(&Context::default()))
        } else {
            let ways: Vec<_> = edges.iter().map(|edge| &edge.context).chain(&before).collect();
            self.meet(&ways)
        };
        self.merge(edges, before.as_ref(), &to, self.labels[at], at);
        self.reached[at] = to.clone();
        self.context = to;
    }

    /// Has ways go on at a label, which is put here, in a state that all of them can be brought to.
    pub(super) fn merge(
        &mut self,
        edges: Vec<Edge>,
        before: Option<&Context>,
        to: &Context,
        back: Label,
        target: usize,
    ) {
        if let Some(before) = before {
            self.convert(before, to, target);
        }
        self.code.bind(back);
        for Edge { label, context } in edges {
            if is_done(&context, to) {
                self.code.bind(label);
            } else {
                self.cold.push(Cold::Edge { label, context, to: to.clone(), back, target });
            }
        }
    }

    /// What is known on all of some ways, with registers that most values are in already.
    pub(super) fn meet(&self, ways: &[&Context]) -> Context {
        let mut to = Context::default();
        let Some((first, others)) = ways.split_first() else { return to };
        for place in first.places() {
            let all = || ways.iter().map(|way| way.form(place.slot));
            if !others.iter().all(|way| way.get(place.slot).is_some()) {
                continue;
            }
            let kind = all().map(Form::kind).reduce(Kind::meet).expect("there is a way");
            let dirty = ways.iter().any(|way| way.get(place.slot).is_some_and(|place| place.dirty));
            let is_free = |to: &Context, reg| to.places().iter().all(|place| place.form.gpr() != Some(reg));
            let is_same = |way: &&Context| way.get(place.slot).is_some_and(|other| other.form == place.form);
            let form = match place.form {
                Form::Same(_) | Form::Const(_) if ways.iter().all(is_same) => place.form,
                _ if kind == Kind::Float => {
                    let reg = all().find_map(Form::xmm);
                    match reg.filter(|&reg| to.places().iter().all(|place| place.form.xmm() != Some(reg))) {
                        Some(reg) => Form::Float(reg),
                        None => Form::Memory(kind),
                    }
                }
                _ if kind == Kind::Any && !all().all(|form| form.gpr().is_some()) => Form::Memory(kind),
                _ => {
                    let held = all().filter_map(Form::gpr).chain(GPRS).find(|&reg| is_free(&to, reg));
                    match (all().any(|form| form.gpr().is_some()), held) {
                        (true, Some(reg)) => held_as(kind, reg),
                        _ => Form::Memory(kind),
                    }
                }
            };
            let in_memory = matches!(form, Form::Memory(_));
            if form == Form::Memory(Kind::Any) && matches!(place.slot, Slot::Register(_)) {
                continue;
            }
            to.set(Place { slot: place.slot, form, dirty: dirty && !in_memory, used: 0 });
        }
        // What slots are the same as must be known still to be ints.
        for place in to.places().to_vec() {
            if let Form::Same(other) = place.form
                && to.get(other).is_none_or(|other| other.form.kind() != Kind::INT)
            {
                to.remove(place.slot);
            }
        }
        to
    }

    /// Brings everything from where it is on one way, which knows of nothing dead, to where an instruction expects it.
    pub(super) fn convert(&mut self, from: &Context, to: &Context, target: usize) {
        let checks = to.places().iter().any(|place| !place.form.kind().covers(from.form(place.slot).kind()));
        for place in from.places() {
            let is_kept = !checks && to.get(place.slot).is_some_and(|place| place.dirty);
            if place.dirty && !is_kept {
                store(&mut self.code, self.options.routines, from, place);
            }
        }
        let other = checks.then(|| {
            let label = self.code.label();
            self.cold.push(Cold::Other { label, at: target });
            label
        });
        self.move_floats(from, to, other);
        self.move_words(from, to, other);
    }

    fn move_floats(&mut self, from: &Context, to: &Context, other: Option<Label>) {
        let mut moves = Vec::new();
        let mut loads = Vec::new();
        for place in to.places() {
            let Form::Float(reg) = place.form else { continue };
            match from.form(place.slot) {
                Form::Float(source) => moves.push((source, reg)),
                form => loads.push((place.slot, form, reg)),
            }
        }
        for (source, reg) in in_order(moves, XMM0) {
            self.code.movsd(reg, Rm::Reg(source));
        }
        for (slot, form, reg) in loads {
            match form {
                Form::Const(value) => self.float_constant(reg, value),
                Form::Word(word, kind) => {
                    if kind != Kind::Float {
                        self.code.alu(Alu::Cmp, word, Rm::Reg(TAGGED));
                        self.jump_if(Cond::AboveEqual, other);
                    }
                    self.code.movq_to_xmm(reg, word);
                }
                _ => {
                    if form.kind() != Kind::Float {
                        self.code.alu_store(Alu::Cmp, memory(slot), TAGGED);
                        self.jump_if(Cond::AboveEqual, other);
                    }
                    self.code.movsd(reg, memory(slot));
                }
            }
        }
    }

    fn move_words(&mut self, from: &Context, to: &Context, other: Option<Label>) {
        let mut moves = Vec::new();
        for place in to.places() {
            if let (Some(reg), Some(source)) = (place.form.gpr(), from.form(place.slot).gpr()) {
                moves.push((source, reg));
            }
        }
        for (source, reg) in in_order(moves, RDX) {
            self.code.mov(reg, Rm::Reg(source));
        }
        for place in to.places() {
            let now = match (from.form(place.slot), place.form.gpr()) {
                (Form::Word(_, kind), Some(reg)) => Form::Word(reg, kind),
                (Form::High(_), Some(reg)) => Form::High(reg),
                (Form::Raw(_), Some(reg)) => Form::Raw(reg),
                (form, _) => form,
            };
            self.turn(place, now, other);
        }
    }

    /// Gives a value the form that is expected, from the form that it has now: in the right register, if it is in one.
    fn turn(&mut self, place: &Place, now: Form, other: Option<Label>) {
        let from = memory(place.slot);
        let is_known = place.form.kind().covers(now.kind());
        match (place.form, now) {
            (Form::Float(_), _) => {}
            (Form::Const(value), now) => {
                if now != place.form {
                    self.code.mov_imm(RAX, value.0);
                    self.code.alu_store(Alu::Cmp, from, RAX);
                    self.jump_if(Cond::NotEqual, other);
                }
            }
            (Form::Same(same), Form::Memory(Kind::Any)) => {
                // Where one comes back from a handler.
                self.code.mov(RAX, from);
                self.code.alu(Alu::Cmp, RAX, memory(same));
                self.jump_if(Cond::NotEqual, other);
            }
            (Form::Same(_), _) => {}
            (Form::Memory(_), _) if is_known => {}
            // By now another value may be in the register that it was in; where something is to be tested, all have been written.
            (Form::Memory(kind), now) => match kind {
                Kind::Any => {}
                Kind::Wide => {
                    self.code.mov(RDX, from);
                    self.code.mov(RAX, Rm::Reg(RDX));
                    self.unbox(RAX, other);
                }
                Kind::Float => {
                    self.code.mov(RAX, from);
                    self.code.alu(Alu::Cmp, RAX, Rm::Reg(TAGGED));
                    self.jump_if(Cond::AboveEqual, other);
                }
                Kind::Tag(tag) => {
                    if faults::on(Fault::MethodTested) {
                        self.word_of(now, from, RAX);
                    } else {
                        self.code.mov(RAX, from);
                    }
                    self.check_tag(RAX, tag, other);
                }
            },
            (Form::Word(reg, kind), now) => {
                match now {
                    Form::Word(..) => {}
                    Form::High(_) => {
                        self.code.shift_imm(Shift::Shr, reg, HIGH);
                        self.code.alu(Alu::Or, reg, Rm::Reg(INTS));
                    }
                    Form::Raw(_) => {
                        self.code.mov(RAX, Rm::Reg(reg));
                        self.code.call_outside(self.options.routines.to_value);
                        self.code.mov(reg, Rm::Reg(RAX));
                    }
                    Form::Const(value) => self.code.mov_imm(reg, value.0),
                    Form::Float(xmm) => self.code.movq_from_xmm(reg, xmm),
                    Form::Memory(_) | Form::Same(_) => self.code.mov(reg, from),
                }
                match kind {
                    _ if is_known => {}
                    Kind::Any => {}
                    Kind::Tag(tag) => self.check_tag(reg, tag, other),
                    Kind::Float => {
                        self.code.alu(Alu::Cmp, reg, Rm::Reg(TAGGED));
                        self.jump_if(Cond::AboveEqual, other);
                    }
                    Kind::Wide => {
                        self.code.mov(RAX, Rm::Reg(reg));
                        self.unbox(RAX, other);
                    }
                }
            }
            (Form::High(_), Form::High(_)) | (Form::Raw(_), Form::Raw(_)) => {}
            (Form::High(reg), Form::Const(value)) if is_known => {
                self.code.mov_imm(reg, (value.as_small_int() << HIGH) as u64);
            }
            (Form::High(reg), now) => {
                self.word_of(now, from, reg);
                if !is_known {
                    self.code.alu(Alu::Cmp, reg, Rm::Reg(INTS));
                    self.jump_if(Cond::Below, other);
                }
                self.code.shift_imm(Shift::Shl, reg, HIGH);
            }
            (Form::Raw(reg), Form::High(_)) => self.code.shift_imm(Shift::Sar, reg, HIGH),
            (Form::Raw(reg), Form::Const(value)) if value.as_int().is_some() => {
                self.code.mov_imm(reg, value.as_int().expect("just looked for") as u64);
            }
            (Form::Raw(reg), now) => {
                self.word_of(now, from, reg);
                self.unbox(reg, other.filter(|_| !is_known));
            }
        }
    }

    /// A register = a value as it is, which may be in the register already.
    fn word_of(&mut self, form: Form, from: Rm, reg: u8) {
        match form {
            Form::Word(source, _) if source == reg => {}
            Form::Word(source, _) => self.code.mov(reg, Rm::Reg(source)),
            Form::Const(value) => self.code.mov_imm(reg, value.0),
            Form::Float(xmm) => self.code.movq_from_xmm(reg, xmm),
            Form::Memory(_) | Form::Same(_) => self.code.mov(reg, from),
            Form::High(_) | Form::Raw(_) => unreachable!("ints are known to be ints"),
        }
    }

    fn jump_if(&mut self, cond: Cond, other: Option<Label>) {
        self.code.jcc(cond, other.expect("what is to be checked may not be so"));
    }

    fn check_tag(&mut self, reg: u8, tag: u16, other: Option<Label>) {
        compare_tag(&mut self.code, reg, tag);
        self.jump_if(Cond::NotEqual, other);
    }
}

/// Whether nothing is to be done on a way.
fn is_done(from: &Context, to: &Context) -> bool {
    from.places().iter().all(|place| !place.dirty || to.get(place.slot).is_some_and(|place| place.dirty))
        && to.places().iter().all(|place| {
            matches!(place.form, Form::Memory(_) | Form::Const(_) | Form::Same(_))
                || from.form(place.slot) == place.form
        })
}

/// The form of a value of a kind in a register.
pub(super) fn held_as(kind: Kind, reg: u8) -> Form {
    match kind {
        Kind::INT => Form::High(reg),
        Kind::Wide => Form::Raw(reg),
        Kind::Float | Kind::Tag(_) | Kind::Any => Form::Word(reg, kind),
    }
}

/// Moves between registers that happen at once, as moves one after another.
fn in_order(mut moves: Vec<(u8, u8)>, scratch: u8) -> Vec<(u8, u8)> {
    let mut ordered = Vec::new();
    moves.retain(|&(from, to)| from != to);
    while !moves.is_empty() {
        let free = moves.iter().position(|&(_, to)| moves.iter().all(|&(from, _)| from != to));
        match free {
            Some(at) => ordered.push(moves.swap_remove(at)),
            None => {
                // All that are left go round: one waits in the scratch register.
                let (from, _) = moves[0];
                ordered.push((from, scratch));
                moves.iter_mut().filter(|(source, _)| *source == from).for_each(|(source, _)| *source = scratch);
            }
        }
    }
    ordered
}
