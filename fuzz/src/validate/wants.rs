//! What a trace expects of the values that it reads: found in its guards, so that a machine can be made that it runs on.
//!
//! Each place that a trace reads (a slot, an inherited value, the elements of an array, a captured variable, what a cell
//! holds, what a builtin gives) has a *want*: the kinds of value that guards ask for there. It is a guess. Values that
//! depend on one another (an index and a length) are for the search to find.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use pseudo_snapshots::{Pc, Slot};
use pseudo_trace::ir::eval::{V, offset_of_name};
use pseudo_trace::ir::ops::{Effect, Op};
use pseudo_trace::ir::trace::{Inst, Trace};
use pseudo_trace::ir::types::{Const, Ref, Ty};
use pseudo_vm::heap::object::ObjectKind;

/// A kind of value that a guard asks for.
#[derive(Clone, PartialEq, Debug)]
pub enum Kind {
    /// A type.
    Of(Ty),
    /// Neither nil nor false.
    Truthy,
    /// nil or false.
    Falsy,
    /// A cell.
    Cell,
    /// This value.
    Is(V),
}

/// What is expected of a place.
#[derive(Clone, Default, Debug)]
pub struct Want {
    /// In the order in which guards ask.
    pub kinds: Vec<Kind>,
    /// Whether it is of the first kind for certain: nobody asks.
    pub is_typed: bool,
    /// What is expected of the elements, if it is an array.
    pub elements: Option<usize>,
    /// What is expected of the content, if it is a cell.
    pub content: Option<usize>,
    /// What is expected of the captured variables, if it is a closure.
    pub captures: BTreeMap<u32, usize>,
    /// Of which function it is, if it is a closure.
    pub function: Option<u32>,
    /// Of which shape it is, if it is an instance.
    pub shape: Option<u32>,
    /// Keys that are looked for, if it is a dict.
    pub keys: Vec<V>,
    /// What is expected of the keys and of the values, if it is a dict.
    pub entries: [Option<usize>; 2],
    /// What is expected of the fields, by offset, if it is an instance.
    pub fields: BTreeMap<u32, usize>,
}

/// What a trace expects.
#[derive(Default, Debug)]
pub struct Wants {
    /// Of all places.
    pub wants: Vec<Want>,
    /// Of slots.
    pub slots: BTreeMap<Slot, usize>,
    /// Of inherited values.
    pub inherited: BTreeMap<u32, usize>,
    /// Of what builtins give.
    pub results: BTreeMap<u32, usize>,
    /// Of methods, by their places.
    pub methods: BTreeMap<u64, usize>,
    /// Of statics and of members of enums, by their places.
    pub statics: BTreeMap<u64, usize>,
    /// Return addresses below the entry frame.
    pub return_addresses: BTreeMap<u32, Pc>,
    /// Ints that the trace names.
    pub ints: Vec<i64>,
    /// Floats that the trace names.
    pub floats: Vec<u64>,
    /// Strings that the trace names.
    pub texts: Vec<Rc<str>>,
    /// Which place each instruction's result is read from.
    places: Vec<Option<usize>>,
}

impl Wants {
    /// What a trace expects.
    pub fn of(trace: &Trace) -> Wants {
        let mut reader = Reader { trace, wants: Wants::default() };
        reader.wants.places = vec![None; trace.insts.len()];
        for constant in &trace.consts {
            match V::constant(*constant) {
                V::Int(int) => reader.wants.ints.push(int),
                V::Float(bits) => reader.wants.floats.push(bits),
                V::Str(text) => reader.wants.texts.push(text),
                _ => {}
            }
        }
        for (index, inst) in trace.insts.iter().enumerate() {
            reader.wants.places[index] = reader.place(inst);
        }
        // What a loop carries is in the next round what it was in the last.
        for phi in trace.insts.iter().filter(|inst| inst.op == Op::Phi) {
            if let (Some(first), Some(next)) = (reader.at(phi.a), reader.at(phi.b))
                && first != next
                && reader.wants.wants[next].kinds.is_empty()
            {
                reader.wants.wants[next].kinds = reader.wants.wants[first].kinds.clone();
            }
        }
        reader.hold_cells();
        reader.wants
    }

    fn at(&self, value: Ref) -> Option<usize> {
        *self.places.get(value.inst_index()?)?
    }

    /// The places that an instruction's operands come from.
    pub fn behind(&self, trace: &Trace, inst: usize) -> Vec<usize> {
        let (mut places, mut left) = (Vec::new(), vec![inst]);
        // Guards are about few operations.
        for _ in 0..16 {
            let Some(inst) = left.pop().and_then(|inst| trace.insts.get(inst)) else { break };
            trace.for_each_operand(inst, |operand| {
                places.extend(self.at(operand));
                left.extend(operand.inst_index());
            });
        }
        places
    }

    fn add(&mut self) -> usize {
        self.wants.push(Want::default());
        self.wants.len() - 1
    }
}

/// Of which function each instruction's result is a closure, where that is known.
fn functions(trace: &Trace) -> Vec<Option<u32>> {
    let mut functions = vec![None; trace.insts.len()];
    for (index, inst) in trace.insts.iter().enumerate() {
        match inst.op {
            Op::NewClosure => {
                if let Some(Const::Proto(function)) = trace.as_const(inst.a) {
                    functions[index] = Some(function);
                }
            }
            Op::GuardFn | Op::BoxFn | Op::Phi => functions[index] = inst.a.inst_index().and_then(|a| functions[a]),
            // Both the closure and the value that was found to be one.
            Op::GuardProto => {
                let Some(Const::Proto(function)) = trace.as_const(inst.b) else { continue };
                let mut closure = inst.a.inst_index();
                while let Some(at) = closure {
                    functions[at] = Some(function);
                    let is_step = matches!(trace.insts[at].op, Op::GuardFn | Op::BoxFn);
                    closure = trace.insts[at].a.inst_index().filter(|_| is_step);
                }
            }
            _ => {}
        }
    }
    functions
}

struct Reader<'t> {
    trace: &'t Trace,
    wants: Wants,
}

impl Reader<'_> {
    fn at(&self, value: Ref) -> Option<usize> {
        self.wants.at(value)
    }

    /// Has places be cells for certain that are. No guard says which: a function's captured variables are cells or not from
    /// when it was compiled, and so are the variables that closures of it are made of.
    fn hold_cells(&mut self) {
        let insts = &self.trace.insts;
        let functions = functions(self.trace);
        let function_of = |closure: Ref| functions[closure.inst_index()?];
        let mut is_cell = vec![false; insts.len()];
        let mut captures: BTreeSet<(u32, u32)> = BTreeSet::new();
        loop {
            let known = (is_cell.iter().filter(|&&is| is).count(), captures.len());
            let mut mark = |value: Ref| {
                if let Some(index) = value.inst_index() {
                    is_cell[index] = true;
                }
            };
            for inst in insts {
                match inst.op {
                    Op::CellAddr => mark(inst.a),
                    Op::NewClosure => {
                        let Some(Const::Proto(function)) = self.trace.as_const(inst.a) else { continue };
                        let made_of = &self.trace.args[inst.b.0 as usize..(inst.b.0 + inst.c.0) as usize];
                        let cells = (0..).zip(made_of).filter(|(number, _)| captures.contains(&(function, *number)));
                        cells.for_each(|(_, &value)| mark(value));
                    }
                    _ => {}
                }
            }
            for (index, inst) in insts.iter().enumerate() {
                match inst.op {
                    Op::Phi if is_cell[index] => {
                        [inst.a, inst.b]
                            .iter()
                            .filter_map(|value| value.inst_index())
                            .for_each(|at| is_cell[at] = true);
                    }
                    Op::FnCapture => {
                        let Some(function) = function_of(inst.a) else { continue };
                        if is_cell[index] {
                            captures.insert((function, inst.b.0));
                        }
                        is_cell[index] |= captures.contains(&(function, inst.b.0));
                    }
                    _ => {}
                }
            }
            if known == (is_cell.iter().filter(|&&is| is).count(), captures.len()) {
                break;
            }
        }
        for (index, _) in is_cell.iter().enumerate().filter(|(_, is_cell)| **is_cell) {
            if let Some(place) = self.wants.places[index] {
                let want = &mut self.wants.wants[place];
                want.kinds = vec![Kind::Cell];
                want.is_typed = true;
            }
        }
    }

    fn want(&mut self, value: Ref, kind: Kind) {
        if let Some(place) = self.at(value) {
            let kinds = &mut self.wants.wants[place].kinds;
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }

    /// The place of a dict's keys, or of its values.
    fn of_entries(&mut self, dict: Ref, part: usize) -> Option<usize> {
        let dict = self.at(dict)?;
        let place = match self.wants.wants[dict].entries[part] {
            Some(place) => place,
            None => self.wants.add(),
        };
        self.wants.wants[dict].entries[part] = Some(place);
        Some(place)
    }

    /// The place of a field of an instance.
    fn of_field(&mut self, instance: Ref, offset: u32) -> Option<usize> {
        let instance = self.at(instance)?;
        let place = match self.wants.wants[instance].fields.get(&offset) {
            Some(&place) => place,
            None => self.wants.add(),
        };
        self.wants.wants[instance].fields.insert(offset, place);
        Some(place)
    }

    fn place(&mut self, inst: &Inst) -> Option<usize> {
        match inst.op {
            Op::Slot => {
                let place = self.wants.add();
                Some(*self.wants.slots.entry(inst.slot()).or_insert(place))
            }
            Op::Inherit => {
                let place = self.wants.add();
                let place = *self.wants.inherited.entry(inst.a.0).or_insert(place);
                if !matches!(inst.ty, Ty::Any | Ty::None) {
                    let want = &mut self.wants.wants[place];
                    want.kinds.insert(0, Kind::Of(inst.ty));
                    want.is_typed = true;
                }
                Some(place)
            }
            Op::Phi => self.at(inst.a),
            Op::GuardNil => {
                self.want(inst.a, Kind::Of(Ty::Nil));
                None
            }
            Op::GuardUndef => {
                self.want(inst.a, Kind::Of(Ty::Undef));
                None
            }
            Op::GuardTruthy => {
                self.want(inst.a, Kind::Truthy);
                None
            }
            Op::GuardFalsy => {
                self.want(inst.a, Kind::Falsy);
                None
            }
            Op::GuardKind => {
                let kind = if inst.b.0 == ObjectKind::Range as u32 { Kind::Of(Ty::Range) } else { Kind::Cell };
                self.want(inst.a, kind);
                None
            }
            Op::GuardShape | Op::Shaped => {
                self.want(inst.a, Kind::Of(Ty::Obj));
                let place = self.at(inst.a)?;
                self.wants.wants[place].shape.get_or_insert(inst.b.0);
                Some(place)
            }
            Op::AddField => self.at(inst.a),
            Op::LoadField => self.of_field(inst.a, inst.b.0),
            // What the address of a field is known by is its instance.
            Op::FieldPlace => {
                self.want(inst.a, Kind::Of(Ty::Obj));
                self.at(inst.a)
            }
            Op::LoadPlace => {
                let name = self.trace.def(inst.a).and_then(|place| self.trace.as_const(place.b))?;
                self.of_field(inst.a, offset_of_name(&V::constant(name)))
            }
            Op::Method => {
                let Some(Const::Place(method)) = self.trace.as_const(inst.b) else { return None };
                let place = self.wants.add();
                let place = *self.wants.methods.entry(method).or_insert(place);
                self.wants.wants[place].kinds = vec![Kind::Of(Ty::Fn)];
                Some(place)
            }
            Op::LoadStatic => {
                let Some(Const::Place(of_static)) = self.trace.as_const(inst.b) else { return None };
                let place = self.wants.add();
                Some(*self.wants.statics.entry(of_static).or_insert(place))
            }
            Op::GuardProto => {
                if let (Some(place), Some(Const::Proto(function))) = (self.at(inst.a), self.trace.as_const(inst.b)) {
                    self.wants.wants[place].function = Some(function);
                }
                None
            }
            Op::GuardSame => {
                for (value, other) in [(inst.a, inst.b), (inst.b, inst.a)] {
                    if let Some(constant) = self.trace.as_const(other) {
                        let v = V::constant(constant);
                        self.want(value, Kind::Is(v));
                    }
                }
                None
            }
            Op::GuardPc => {
                if let Some(Const::Pc(pc)) = self.trace.as_const(inst.b) {
                    self.wants.return_addresses.insert(inst.a.0, pc);
                }
                None
            }
            Op::BoxInt
            | Op::BoxFloat
            | Op::BoxBool
            | Op::BoxStr
            | Op::BoxArr
            | Op::BoxDict
            | Op::BoxFn
            | Op::BoxRange => self.at(inst.a),
            // What an entry's address is known by is its dict.
            Op::DictFind => {
                let dict = self.at(inst.a)?;
                let key = self.trace.as_const(inst.b).map(V::constant);
                let keys = &mut self.wants.wants[dict].keys;
                keys.extend(key.filter(|key| !keys.contains(key)));
                Some(dict)
            }
            Op::DictEntry => self.at(inst.a),
            Op::DictRemove => self.of_entries(inst.a, 1),
            Op::LoadKey => self.of_entries(inst.a, 0),
            Op::LoadValue => self.of_entries(inst.a, 1),
            Op::IterDict => {
                let iterator = self.at(inst.a)?;
                let place = match self.wants.wants[iterator].content {
                    Some(place) => place,
                    None => self.wants.add(),
                };
                self.wants.wants[iterator].content = Some(place);
                Some(place)
            }
            Op::ArrData => self.at(inst.a),
            _ if inst.op.effect() == Effect::LoadElem => {
                let array = self.at(inst.a)?;
                let place = match self.wants.wants[array].elements {
                    Some(place) => place,
                    None => self.wants.add(),
                };
                self.wants.wants[array].elements = Some(place);
                Some(place)
            }
            Op::FnCapture => {
                let closure = self.at(inst.a)?;
                let place = match self.wants.wants[closure].captures.get(&inst.b.0) {
                    Some(&place) => place,
                    None => self.wants.add(),
                };
                self.wants.wants[closure].captures.insert(inst.b.0, place);
                Some(place)
            }
            Op::CellAddr => self.at(inst.a),
            Op::LoadCell => {
                let cell = self.at(inst.a)?;
                let place = match self.wants.wants[cell].content {
                    Some(place) => place,
                    None => self.wants.add(),
                };
                self.wants.wants[cell].content = Some(place);
                Some(place)
            }
            Op::CallBuiltin => {
                let place = self.wants.add();
                Some(*self.wants.results.entry(inst.a.0).or_insert(place))
            }
            // Guards of a type.
            _ if inst.op.is_unboxing() => {
                self.want(inst.a, Kind::Of(inst.ty));
                self.at(inst.a)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use pseudo_trace::ir::parse::parse;

    use super::*;

    #[test]
    fn what_a_closure_of_cells_is_made_of_is_a_cell() {
        let trace = parse(
            "trace 1 root f0:0
            %0: any = slot r4
            guard.def %0 -> s0
            %2: any = slot r5
            %3: any = slot r6
            loop -> s0
            %5: any = phi %3, %0
            %6: any = new.closure proto f7 (%0, %2)
            %7: fn = guard.fn %6 -> s0
            guard.proto %7, proto f7 -> s0
            %9: any = fn.capture %7, 0
            %10: ptr = cell.addr %9
            %11: any = load.cell %10
            %12: ptr = cell.addr %5
            %13: any = load.cell %12
            snapshot s0 f0:0 base 0 { }
            link loop",
        );
        let wants = Wants::of(&trace.expect("it is well formed"));
        let want = |register| &wants.wants[wants.slots[&Slot::Stack(register)]];
        for register in [4, 6] {
            assert_eq!((want(register).kinds.as_slice(), want(register).is_typed), ([Kind::Cell].as_slice(), true));
        }
        assert_eq!((want(5).kinds.len(), want(5).is_typed), (0, false));
    }
}
