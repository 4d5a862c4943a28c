//! What is in registers while a loop goes round.
//!
//! When a loop is entered, what it uses is brought into registers, and its type is tested once. A test in front of the loop
//! is a guess at what its body does not tell: where it fails, the loop is interpreted. What comes round must be of the type
//! that is expected at the head: where it is not known to be, the function is compiled anew, and expects less
//! ([`Limits`]). Each time something is expected less of a slot, so that few rounds are enough.

use pseudo_vm::bytecode::liveness::{for_each_def, for_each_use, jump_target};
use pseudo_vm::bytecode::ops::{Op, Role};
use pseudo_vm::bytecode::profile::Operand;
use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::value::{TAG_ARRAY, TAG_OBJECT, TAG_STRING};
use rustc_hash::FxHashMap;

use super::context::{Context, Form, Kind, Place, Slot};
use super::joins::held_as;
use super::registers::{GPRS, XMMS};
use super::{Compiler, PLACES};

/// Registers that may hold something where a loop goes round: some are left for its body.
const HELD_GPRS: usize = GPRS.len() - 2;
const HELD_XMMS: usize = XMMS.len() - 3;

/// A loop: what it uses.
#[derive(Debug)]
pub(super) struct Loop {
    /// Its last instruction, a jump back.
    last: usize,
    /// What it reads or writes, and how often, what is used most first.
    used: Vec<(Slot, u32)>,
    /// What it writes.
    written: Vec<Slot>,
}

/// Calls `f` with every register that an instruction writes on some way out.
pub(super) fn for_each_written(word: Word, mut f: impl FnMut(usize)) {
    for_each_def(word, &mut f);
    let offsets: &[usize] = match word.op().info().roles[0] {
        Role::ForState => &[0, 3],
        Role::ForSetup => &[0, 1, 3],
        Role::IterState => &[1, 2],
        Role::IterState2 => &[1, 2, 3],
        _ => &[],
    };
    offsets.iter().for_each(|offset| f(word.a() + offset));
}

fn register(index: usize) -> Slot {
    Slot::Register(index as u16)
}

/// The loops of a function, by the instruction that is jumped back to.
pub(super) fn loops(proto: &Proto) -> FxHashMap<usize, Loop> {
    let mut loops = FxHashMap::default();
    for at in 0..proto.len() {
        if let Some(target) = jump_target(proto.word(at), at).filter(|&target| target <= at) {
            let found = loops.entry(target).or_insert(Loop { last: at, used: Vec::new(), written: Vec::new() });
            found.last = found.last.max(at);
        }
    }
    let bounds: Vec<_> = loops.iter().map(|(&first, found)| (first, found.last)).collect();
    for (&first, found) in &mut loops {
        let mut used = FxHashMap::default();
        for at in first..=found.last {
            let word = proto.word(at);
            let depth = bounds.iter().filter(|&&(inner, last)| inner > first && (inner..=last).contains(&at)).count();
            let mut uses = |slot| *used.entry(slot).or_insert(0u32) += 1 << (3 * depth.min(5));
            for_each_use(proto, word, |index| uses(register(index)));
            let mut writes = |slot| {
                uses(slot);
                if !found.written.contains(&slot) {
                    found.written.push(slot);
                }
            };
            for_each_written(word, |index| writes(register(index)));
            match word.op() {
                Op::GetGlobal => uses(Slot::Global(word.x() as u32)),
                Op::SetGlobal | Op::DefGlobal => writes(Slot::Global(word.x() as u32)),
                _ => {}
            }
        }
        found.used = used.into_iter().collect();
        found.used.sort_by_key(|&(slot, times)| (std::cmp::Reverse(times), slot));
    }
    loops
}

/// What may at most be expected of slots where a loop is gone round.
#[derive(Default, Debug)]
pub(super) struct Limits(FxHashMap<(usize, Slot), Limit>);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Limit {
    kind: Kind,
    /// Neither a constant nor the same as something else.
    varies: bool,
}

impl Compiler<'_> {
    /// What is in registers, or else known, at the head of a loop that is entered with what is known.
    pub(super) fn head(&self, at: usize, before: &Context) -> Context {
        let found = &self.loops[&at];
        let mut to = Context::default();
        let (mut gprs, mut xmms) = (HELD_GPRS, HELD_XMMS);
        // Of what the loop does not use, only what is in registers is worth being remembered.
        let is_held = |place: &&Place| place.form.gpr().or(place.form.xmm()).is_some();
        let is_unused = |place: &&Place| !found.used.iter().any(|used| used.0 == place.slot);
        let unused = before.places().iter().filter(is_held).filter(is_unused);
        let used = found.used.iter().map(|&(slot, _)| (slot, true));
        let mut same = Vec::new();
        for (slot, is_used) in used.chain(unused.map(|place| (place.slot, false))) {
            if !self.is_live(slot, at) || to.places().len() >= PLACES / 2 {
                continue;
            }
            let known = before.get(slot);
            let limit = self.limits.0.get(&(at, slot));
            let varies = limit.is_some_and(|limit| limit.varies);
            let is_written = found.written.contains(&slot);
            let form = before.form(slot);
            let place = |form, dirty| Place { slot, form, dirty, used: 0 };
            match known.map(|known| known.form) {
                Some(Form::Same(_)) if !varies => {
                    same.extend(known.map(|known| place(known.form, true)));
                    continue;
                }
                Some(Form::Const(_)) if !varies && !is_written => {
                    to.set(place(form, false));
                    continue;
                }
                _ => {}
            }
            let mut kind = form.kind();
            if kind == Kind::Any && is_used && limit.is_none() && !self.options.is_cautious {
                kind = self.guess(at, found.last, slot);
            }
            if let Some(limit) = limit {
                kind = kind.meet(limit.kind);
            }
            if kind == Kind::Any && (known.is_none() || matches!(slot, Slot::Register(_))) {
                continue;
            }
            let is_free = |to: &Context, form: Form| {
                to.places().iter().all(|other| (other.form.gpr(), other.form.xmm()) != (form.gpr(), form.xmm()))
            };
            let form = match kind {
                Kind::Any => Form::Memory(kind),
                Kind::Float if xmms > 0 => {
                    xmms -= 1;
                    let regs = form.xmm().into_iter().chain(XMMS);
                    regs.map(Form::Float).find(|&form| is_free(&to, form)).expect("some are left")
                }
                Kind::INT | Kind::Wide | Kind::Tag(_) if gprs > 0 => {
                    gprs -= 1;
                    let regs = form.gpr().into_iter().chain(GPRS);
                    regs.map(|reg| held_as(kind, reg)).find(|&form| is_free(&to, form)).expect("some are left")
                }
                _ => Form::Memory(kind),
            };
            let dirty = is_written || known.is_some_and(|known| known.dirty);
            to.set(place(form, dirty && !matches!(form, Form::Memory(_))));
        }
        for place in same {
            if let Form::Same(other) = place.form
                && to.get(other).is_some_and(|other| other.form.kind() == Kind::INT)
            {
                to.set(place);
            }
        }
        to
    }

    /// What a loop is likely to find in a slot, by what its first instruction that looks at it has found.
    fn guess(&self, first: usize, last: usize, slot: Slot) -> Kind {
        // A global that is known is taken to be defined.
        let by_value = || self.hint(slot).filter(|value| !value.is_undef()).map_or(Kind::Any, Kind::of);
        let index = match slot {
            Slot::Register(index) => usize::from(index),
            Slot::Global(_) => return by_value(),
        };
        for at in first..=last {
            let word = self.word_at(at);
            let fields = [word.a(), word.b(), word.c()];
            for (field, role) in word.op().info().roles.into_iter().enumerate() {
                if fields[field] != index || !matches!(role, Role::Use | Role::IterState | Role::IterState2) {
                    continue;
                }
                return match self.profile.seen(at).operand(field) {
                    Operand::Int => Kind::INT,
                    Operand::LargeInt => Kind::Wide,
                    Operand::Float => Kind::Float,
                    Operand::Array => Kind::Tag(TAG_ARRAY as u16),
                    Operand::String => Kind::Tag(TAG_STRING as u16),
                    Operand::Other if by_value() == Kind::Tag(TAG_OBJECT as u16) => by_value(),
                    Operand::Unknown => continue,
                    Operand::Number | Operand::Other => Kind::Any,
                };
            }
        }
        match by_value() {
            kind @ (Kind::Float | Kind::INT) => kind,
            Kind::BIG_INT => Kind::Wide,
            _ => Kind::Any,
        }
    }

    /// Notes what a jump back to a loop's head does not bring as it is expected.
    pub(super) fn settle(&mut self, target: usize, context: &Context) {
        for place in self.reached[target].places().to_vec() {
            let form = context.form(place.slot);
            let kind = place.form.kind().meet(form.kind());
            let varies = match place.form {
                Form::Const(_) => form != place.form,
                Form::Same(_) => context.get(place.slot).is_none_or(|known| known.form != place.form),
                _ => false,
            };
            if kind == place.form.kind() && !varies {
                continue;
            }
            let limit = self.limits.0.entry((target, place.slot)).or_insert(Limit { kind, varies });
            limit.kind = limit.kind.meet(kind);
            limit.varies |= varies;
            self.is_settled = false;
        }
    }
}
