//! Machines that a trace runs on: made from what its guards ask for, then changed here and there as long as the trace gets
//! farther.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::rc::Rc;

use pseudo_codegen::engine::builtin_effect;
use pseudo_snapshots::Slot;
use pseudo_trace::ir::compare::Left;
use pseudo_trace::ir::eval::{Array, Dict, Exit, Machine, V};
use pseudo_trace::ir::storage::{Storage, StorageInfo};
use pseudo_trace::ir::trace::{SnapshotId, Trace};
use pseudo_trace::ir::types::Ty;
use pseudo_trace::opt::BuiltinEffect;

use super::wants::{Kind, Want, Wants};
use crate::rng::Rng;

/// Arrays of a machine from which on what is to be one more is one of these: arrays of arrays of arrays would never end.
const MANY_ARRAYS: usize = 200;
/// Of these, so many are made anew; the others are changed ones.
const FRESH: usize = 8;
/// Tries in a row that have led no farther before the search is given up, once the trace comes through.
const PATIENCE: usize = 12;
/// Rounds of a loop that count as getting farther.
const ROUNDS: u32 = 6;
/// Machines that passes are tried on.
const MOST: usize = 6;
/// Of these, so many are tried once more with fewer arrays.
const MERGED: usize = 3;

/// A machine to run a trace on.
#[derive(Clone)]
pub struct Case {
    pub machine: Machine,
    /// What builtins give follows from this.
    seed: u64,
    /// How often, of eight times, a name for an array or a cell is a second name for one that there is.
    aliasing: usize,
    /// For each array and cell, what the trace expects of what it holds.
    arrays: Vec<Option<usize>>,
    cells: Vec<Option<usize>>,
}

/// What a trace reads when it is entered.
#[derive(Clone, Copy)]
enum Variable {
    Slot(Slot),
    Inherited(u32),
}

/// How far a run has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reach {
    /// To a guard that leaves to the state at entry.
    Entry(usize),
    /// To a guard in the middle of its first round.
    Body(usize),
    /// So many times round its loop, or to its end.
    Through(u32),
}

impl Reach {
    fn of(left: &Left) -> Reach {
        match left.outcome.exit {
            Exit::End => Reach::Through(1),
            Exit::Rounds | Exit::Guard { .. } if left.outcome.rounds > 0 => Reach::Through(left.outcome.rounds),
            Exit::Guard { snapshot: SnapshotId(0), inst } => Reach::Entry(inst),
            Exit::Guard { inst, .. } => Reach::Body(inst),
            Exit::Rounds => Reach::Entry(0),
        }
    }
}

/// Machines for a trace, of so many that are tried at most, and how far it comes on each.
pub fn cases(trace: &Trace, wants: &Wants, tries: usize, random: &mut Rng) -> Vec<(Reach, Case)> {
    let mut best: Option<(Reach, Case)> = None;
    // With where a run has left the trace.
    let mut found: Vec<(Reach, usize, Case)> = Vec::new();
    let mut in_vain = 0;
    for attempt in 0..tries {
        let case = match &best {
            Some((reach, best)) if attempt >= FRESH => {
                let places = match reach {
                    Reach::Entry(inst) | Reach::Body(inst) => wants.behind(trace, *inst),
                    Reach::Through(_) => Vec::new(),
                };
                best.changed(wants, &places, random)
            }
            _ => Case::new(wants, random),
        };
        let run = Left::by(trace, &case.machine, ROUNDS, &mut case.builtins(wants));
        let (reach, exit) = match run {
            // What a side trace may rely on is not known here: a machine may lack it.
            Err(fault) => (Reach::Entry(fault.inst), None),
            Ok(left) => (Reach::of(&left), Some(left.outcome.exit)),
        };
        in_vain += 1;
        if best.as_ref().is_none_or(|(farthest, _)| reach >= *farthest) {
            if best.as_ref().is_none_or(|(farthest, _)| reach > *farthest) {
                in_vain = 0;
            }
            best = Some((reach, case.clone()));
        }
        if let Some(exit) = exit {
            let at = if let Exit::Guard { inst, .. } = exit { inst } else { usize::MAX };
            // Of runs that leave at the same place, a few will do.
            if found.iter().filter(|(_, other, _)| *other == at).count() < MOST {
                found.push((reach, at, case));
            }
        }
        if in_vain >= PATIENCE && matches!(best, Some((Reach::Through(_), _))) && found.len() >= MOST {
            break;
        }
    }
    // The farthest first; but each place to leave at once before one comes twice.
    found.sort_by_key(|(reach, ..)| Reverse(*reach));
    let mut times = BTreeMap::new();
    let mut ranked: Vec<(u32, Reach, Case)> = Vec::new();
    for (reach, at, case) in found {
        let earlier = times.entry(at).or_insert(0);
        ranked.push((*earlier, reach, case));
        *earlier += 1;
    }
    ranked.sort_by_key(|(earlier, reach, _)| (*earlier, Reverse(*reach)));
    let mut cases: Vec<(Reach, Case)> = ranked.into_iter().take(MOST).map(|(_, reach, case)| (reach, case)).collect();
    // The same once more with one array in place of several: what a write does to another name's reads shows then.
    for at in 0..cases.len().min(MERGED) {
        let Some(merged) = cases[at].1.merged() else { continue };
        let reach = Left::by(trace, &merged.machine, ROUNDS, &mut merged.builtins(wants)).map(|left| Reach::of(&left));
        if let Ok(reach) = reach {
            cases.push((reach, merged));
        }
    }
    cases
}

impl Case {
    fn new(wants: &Wants, random: &mut Rng) -> Case {
        let seed = any_int(random) as u64 ^ (random.index(1 << 30) as u64) << 20;
        let machine = Machine { return_addresses: wants.return_addresses.clone(), ..Machine::default() };
        let aliasing = random.pick(&[0, 1, 6]);
        let mut case = Case { machine, seed, aliasing, arrays: Vec::new(), cells: Vec::new() };
        for (&method, &place) in &wants.methods {
            let v = case.closure(wants, &wants.wants[place], random);
            case.machine.places.insert(method, v);
        }
        for (&of_static, &place) in &wants.statics {
            let v = case.value(wants, place, random);
            case.machine.places.insert(of_static, v);
        }
        for (&slot, &place) in &wants.slots {
            let v = case.value(wants, place, random);
            case.set(Variable::Slot(slot), v);
        }
        for (&number, &place) in &wants.inherited {
            let v = case.value(wants, place, random);
            case.set(Variable::Inherited(number), v);
        }
        case
    }

    fn set(&mut self, variable: Variable, v: V) {
        match variable {
            Variable::Slot(slot) => {
                self.machine.slots.insert(slot, v);
            }
            Variable::Inherited(number) => {
                let inherited = &mut self.machine.inherited;
                if inherited.len() <= number as usize {
                    inherited.resize(number as usize + 1, V::Nil);
                }
                inherited[number as usize] = v;
            }
        }
    }

    /// The same with some variables changed, or what is in objects. Half of the time the variables are of these places, if
    /// there are some.
    fn changed(&self, wants: &Wants, places: &[usize], random: &mut Rng) -> Case {
        let mut case = self.clone();
        let slots = wants.slots.iter().map(|(&slot, &place)| (Variable::Slot(slot), place));
        let inherited = wants.inherited.iter().map(|(&number, &place)| (Variable::Inherited(number), place));
        let mut variables: Vec<(Variable, usize)> = slots.chain(inherited).collect();
        if random.one_in(2) && variables.iter().any(|(_, place)| places.contains(place)) {
            variables.retain(|(_, place)| places.contains(place));
        }
        for _ in 0..1 + random.index(2) {
            match random.index(8) {
                0 => case.seed = case.seed.wrapping_mul(5).wrapping_add(random.index(1000) as u64),
                1 if !case.cells.is_empty() => {
                    let cell = random.index(case.cells.len());
                    case.machine.cells[cell] = case.content(wants, case.cells[cell], random);
                }
                2 | 3 if case.arrays.iter().zip(&case.machine.arrays).any(|(_, array)| !array.elements.is_empty()) => {
                    let array = random.index(case.arrays.len());
                    let length = case.machine.arrays[array].elements.len();
                    if length > 0 {
                        let at = random.index(length);
                        let storage = case.machine.arrays[array].storage;
                        case.machine.arrays[array].elements[at] =
                            case.element(wants, case.arrays[array], storage, random);
                    }
                }
                4 => case.relate_variable(&variables, random),
                _ => case.change_variable(wants, &variables, random),
            }
        }
        case
    }

    fn change_variable(&mut self, wants: &Wants, variables: &[(Variable, usize)], random: &mut Rng) {
        if !variables.is_empty() {
            let (variable, place) = random.pick(variables);
            let v = self.value(wants, place, random);
            self.set(variable, v);
        }
    }

    /// Makes an int, or the end of a range, one that lies close to another int.
    fn relate_variable(&mut self, variables: &[(Variable, usize)], random: &mut Rng) {
        let number = |v: &V| match v {
            V::Int(int) => Some(*int),
            V::Arr(array) => Some(self.machine.arrays[*array].elements.len() as i64),
            V::Range(_, end) => Some(*end),
            _ => None,
        };
        let numbers: Vec<i64> = self.machine.slots.values().chain(&self.machine.inherited).filter_map(number).collect();
        if numbers.is_empty() || variables.is_empty() {
            return;
        }
        let close = random.pick(&numbers).wrapping_add(random.pick(&[0, 0, 0, 0, -1, 1, -2, -8]));
        let (variable, _) = random.pick(variables);
        let v = match variable {
            Variable::Slot(slot) => self.machine.slots.get_mut(&slot),
            Variable::Inherited(number) => self.machine.inherited.get_mut(number as usize),
        };
        if let Some(V::Int(int) | V::Range(_, int)) = v {
            *int = close;
        }
    }

    /// The same with the longest array of each storage in all variables that hold one, if that is something else.
    fn merged(&self) -> Option<Case> {
        let mut case = self.clone();
        let arrays = &self.machine.arrays;
        let mut changed = false;
        for v in case.machine.slots.values_mut().chain(&mut case.machine.inherited) {
            let V::Arr(array) = v else { continue };
            let alike = (0..self.arrays.len()).filter(|&other| arrays[other].storage == arrays[*array].storage);
            let longest = alike.max_by_key(|&other| arrays[other].elements.len()).unwrap_or(*array);
            changed |= longest != *array;
            *array = longest;
        }
        changed.then_some(case)
    }

    fn content(&mut self, wants: &Wants, place: Option<usize>, random: &mut Rng) -> V {
        match place {
            Some(place) => self.value(wants, place, random),
            None => V::Int(any_int(random)),
        }
    }

    fn element(&mut self, wants: &Wants, place: Option<usize>, storage: Storage, random: &mut Rng) -> V {
        match StorageInfo::of(storage).elements.map(|elements| elements.ty) {
            Some(Ty::Int) => V::Int(int(wants, random)),
            Some(Ty::Float) => V::float(float(wants, random)),
            Some(Ty::Bool) => V::Bool(random.one_in(2)),
            _ => self.content(wants, place, random),
        }
    }

    /// A value that a place might hold.
    fn value(&mut self, wants: &Wants, place: usize, random: &mut Rng) -> V {
        let want = &wants.wants[place];
        let kind = match want.kinds.len() {
            0 => Kind::Of(random.pick(&[Ty::Int, Ty::Int, Ty::Float, Ty::Bool, Ty::Nil, Ty::Str])),
            count if !want.is_typed && random.one_in(8) => want.kinds[random.index(count)].clone(),
            _ => want.kinds[0].clone(),
        };
        // Now and then what no guard has asked for.
        if !want.is_typed && random.one_in(60) && !matches!(kind, Kind::Cell) {
            return V::Nil;
        }
        match kind {
            Kind::Is(v) => v,
            Kind::Truthy => V::Bool(true),
            Kind::Falsy => {
                if random.one_in(2) {
                    V::Bool(false)
                } else {
                    V::Nil
                }
            }
            Kind::Cell => self.cell(wants, want, random),
            Kind::Of(ty) => match ty {
                Ty::Int => V::Int(int(wants, random)),
                Ty::Float => V::float(float(wants, random)),
                Ty::Bool => V::Bool(random.one_in(2)),
                Ty::Undef => V::Undef,
                Ty::Str => V::Str(text(wants, random)),
                Ty::Range => V::Range(random.index(4) as i64, int(wants, random)),
                Ty::Fn => self.closure(wants, want, random),
                Ty::Ptr => self.cell(wants, want, random),
                Ty::Obj => self.instance(wants, want, random),
                Ty::Dict => V::Dict(self.dict(wants, want, random)),
                Ty::Iter => {
                    let of = want.content.map_or(want, |place| &wants.wants[place]);
                    let dict = self.dict(wants, of, random);
                    V::Iter(dict, self.machine.dicts[dict].changes + i64::from(random.one_in(20)))
                }
                _ => match StorageInfo::of_array(ty) {
                    Some(row) => self.array(wants, want, row.storage, random),
                    None => V::Nil,
                },
            },
        }
    }

    fn array(&mut self, wants: &Wants, want: &Want, storage: Storage, random: &mut Rng) -> V {
        // Two names for one array.
        let known: Vec<usize> =
            (0..self.arrays.len()).filter(|&array| self.machine.arrays[array].storage == storage).collect();
        let full = self.machine.arrays.len() >= MANY_ARRAYS;
        if !known.is_empty() && (full || random.index(8) < self.aliasing) {
            return V::Arr(random.pick(&known));
        }
        let length = match storage {
            Storage::Empty => 0,
            _ if full => 1,
            _ if random.one_in(6) => random.index(4),
            _ => 6 + random.index(30),
        };
        let elements = (0..length).map(|_| self.element(wants, want.elements, storage, random)).collect();
        self.machine.arrays.push(Array { elements, storage, version: 0 });
        // Elements may have made arrays of their own before this one.
        self.arrays.resize(self.machine.arrays.len(), want.elements);
        V::Arr(self.machine.arrays.len() - 1)
    }

    fn cell(&mut self, wants: &Wants, want: &Want, random: &mut Rng) -> V {
        let known = (0..self.cells.len()).find(|&cell| self.cells[cell] == want.content);
        if let Some(known) = known
            && random.index(8) < self.aliasing
        {
            return V::Cell(known);
        }
        let v = self.content(wants, want.content, random);
        self.machine.cells.push(v);
        self.cells.resize(self.machine.cells.len(), want.content);
        V::Cell(self.machine.cells.len() - 1)
    }

    /// A dict that has most of the keys that are looked for, and some others.
    fn dict(&mut self, wants: &Wants, want: &Want, random: &mut Rng) -> usize {
        if !self.machine.dicts.is_empty() && random.index(8) < self.aliasing {
            return random.index(self.machine.dicts.len());
        }
        let mut dict = Dict { changes: random.index(3) as i64, ..Dict::default() };
        let mut keys: Vec<V> = want.keys.iter().filter(|_| !random.one_in(4)).cloned().collect();
        for number in 0..random.index(8) as i64 {
            keys.push(match want.entries[0] {
                Some(place) => self.value(wants, place, random),
                None if random.one_in(3) => V::Str(text(wants, random)),
                None => V::Int(number),
            });
        }
        for key in keys {
            let is_key = !matches!(key, V::Nil | V::Undef) && key != V::float(f64::NAN);
            if is_key && !dict.entries.iter().flatten().any(|entry| entry.0 == key) {
                let value = self.content(wants, want.entries[1], random);
                // Now and then an entry was removed before.
                dict.entries.extend(random.one_in(6).then_some(None));
                dict.entries.push(Some((key, value)));
            }
        }
        self.machine.dicts.push(dict);
        self.machine.dicts.len() - 1
    }

    fn instance(&mut self, wants: &Wants, want: &Want, random: &mut Rng) -> V {
        let shape = want.shape.unwrap_or(0);
        let known = self.machine.instances.iter().position(|instance| instance.0 == shape);
        if let Some(known) = known
            && random.one_in(5)
        {
            return V::Obj(known);
        }
        let fields = want.fields.iter().map(|(&offset, &place)| (offset, self.value(wants, place, random))).collect();
        self.machine.instances.push((shape, fields));
        V::Obj(self.machine.instances.len() - 1)
    }

    fn closure(&mut self, wants: &Wants, want: &Want, random: &mut Rng) -> V {
        let count = want.captures.keys().last().map_or(0, |last| last + 1);
        let captures = (0..count).map(|at| self.content(wants, want.captures.get(&at).copied(), random)).collect();
        self.machine.closures.push((want.function.unwrap_or(0), captures));
        V::Fn(self.machine.closures.len() - 1)
    }

    /// Stand-ins for builtins: they do what their effect allows, and give what the trace expects.
    pub fn builtins<'a>(&'a self, wants: &'a Wants) -> impl FnMut(&mut Machine, u32, &[V]) -> V + 'a {
        let mut writes = 0u64;
        move |machine, number, arguments| {
            let effect = builtin_effect(number);
            let mut hash = Hash(self.seed);
            hash.number(u64::from(number));
            let depth = if effect == BuiltinEffect::Pure { 0 } else { 3 };
            arguments.iter().for_each(|v| hash.value(machine, v, depth));
            match effect {
                BuiltinEffect::Pure => {}
                BuiltinEffect::Reads | BuiltinEffect::Makes => hash.number(writes),
                BuiltinEffect::Writes => {
                    hash.number(writes);
                    match arguments {
                        [V::Arr(array), .., v] => machine.arrays[*array].push(v.clone()),
                        [V::Arr(array)] => {
                            let array = &mut machine.arrays[*array];
                            array.elements.pop();
                            array.version += 1;
                        }
                        [V::Dict(dict)] => {
                            let dict = &mut machine.dicts[*dict];
                            dict.entries.clear();
                            dict.changes += 1;
                        }
                        _ => {
                            writes += 1;
                            machine.log.push((number, arguments.to_vec()));
                        }
                    }
                }
                BuiltinEffect::Outside => {
                    hash.number(machine.log.len() as u64);
                    machine.log.push((number, arguments.to_vec()));
                }
            }
            let Some(&place) = wants.results.get(&number) else { return V::Nil };
            self.result(machine, wants, place, effect, &mut Rng::new(hash.0))
        }
    }

    /// What a builtin gives. Only one that makes objects gives new ones.
    fn result(&self, machine: &mut Machine, wants: &Wants, place: usize, effect: BuiltinEffect, random: &mut Rng) -> V {
        let makes = matches!(effect, BuiltinEffect::Makes | BuiltinEffect::Outside);
        let mut made =
            Case { machine: Machine::default(), seed: 0, aliasing: 1, arrays: Vec::new(), cells: Vec::new() };
        let v = made.value(wants, place, random);
        let v = match v {
            V::Undef => V::Nil,
            V::Arr(_) if !makes => {
                let wanted = made.machine.arrays.last().map(|array| array.storage);
                let known =
                    machine.arrays.iter().take(self.arrays.len()).position(|array| Some(array.storage) == wanted);
                known.map_or(V::Nil, V::Arr)
            }
            V::Cell(_) | V::Fn(_) | V::Obj(_) | V::Dict(_) | V::Iter(..) if !makes => V::Nil,
            v => v,
        };
        if !makes || !matches!(v, V::Arr(_) | V::Cell(_) | V::Fn(_) | V::Obj(_) | V::Dict(_)) {
            return v;
        }
        // Its objects follow those that there are.
        let (arrays, cells, closures) = (machine.arrays.len(), machine.cells.len(), machine.closures.len());
        let (instances, dicts) = (machine.instances.len(), machine.dicts.len());
        let moved = |v: &mut V| match v {
            V::Arr(array) => *array += arrays,
            V::Cell(cell) => *cell += cells,
            V::Fn(closure) => *closure += closures,
            V::Obj(instance) => *instance += instances,
            V::Dict(dict) | V::Iter(dict, _) => *dict += dicts,
            _ => {}
        };
        let Machine { arrays: mut new_arrays, cells: mut new_cells, closures: mut new_closures, .. } = made.machine;
        let mut new_instances = made.machine.instances;
        new_instances.iter_mut().for_each(|(_, fields)| fields.values_mut().for_each(moved));
        let mut new_dicts = made.machine.dicts;
        new_dicts.iter_mut().flat_map(|dict| dict.entries.iter_mut().flatten()).for_each(|(key, value)| {
            moved(key);
            moved(value);
        });
        machine.dicts.append(&mut new_dicts);
        machine.instances.append(&mut new_instances);
        new_arrays.iter_mut().for_each(|array| array.elements.iter_mut().for_each(moved));
        new_cells.iter_mut().for_each(moved);
        new_closures.iter_mut().for_each(|(_, captures)| captures.iter_mut().for_each(moved));
        machine.arrays.append(&mut new_arrays);
        machine.cells.append(&mut new_cells);
        machine.closures.append(&mut new_closures);
        let mut v = v;
        moved(&mut v);
        v
    }
}

fn int(wants: &Wants, random: &mut Rng) -> i64 {
    match random.index(8) {
        0..=2 => random.index(12) as i64,
        3 | 4 if !wants.ints.is_empty() => random.pick(&wants.ints).wrapping_add(random.index(5) as i64 - 2),
        5 if !wants.ints.is_empty() => random.pick(&wants.ints).wrapping_sub(random.index(150) as i64),
        6 => random.index(150) as i64,
        _ => any_int(random),
    }
}

fn float(wants: &Wants, random: &mut Rng) -> f64 {
    match random.index(4) {
        0 if !wants.floats.is_empty() => f64::from_bits(random.pick(&wants.floats)),
        1 => random.index(100) as f64 / 8.0,
        2 => int(wants, random) as f64,
        _ => any_float(random),
    }
}

/// An int: most are small, some lie at an edge.
fn any_int(random: &mut Rng) -> i64 {
    const EDGES: &[i64] = &[i64::MAX, i64::MIN, -1, 63, 64, i64::MAX - 1, 1 << 47, -(1 << 47) - 1];
    if random.one_in(6) { random.pick(EDGES) } else { random.between(-1, 7) }
}

/// A float.
fn any_float(random: &mut Rng) -> f64 {
    const EDGES: &[f64] = &[0.0, -0.0, 1.0, -1.0, 0.5, 2.0, f64::NAN, f64::INFINITY, 1e300, -3.75];
    random.pick(EDGES)
}

fn text(wants: &Wants, random: &mut Rng) -> Rc<str> {
    if !wants.texts.is_empty() && random.one_in(2) {
        return wants.texts[random.index(wants.texts.len())].clone();
    }
    random.pick(&["", "a", "b", "abc", "7", "a text that goes on", "ä"]).into()
}

/// FNV.
struct Hash(u64);

impl Hash {
    fn number(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x0100_0000_01b3).rotate_left(29);
    }

    /// Takes in what a value is, without telling apart two objects that hold the same.
    fn value(&mut self, machine: &Machine, v: &V, depth: u32) {
        match v {
            V::Nil => self.number(1),
            V::Undef => self.number(2),
            V::Bool(bool) => self.number(3 + u64::from(*bool)),
            V::Int(int) => self.number(*int as u64 ^ 5),
            V::Float(bits) => self.number(*bits ^ 6),
            V::Str(text) => text.bytes().for_each(|byte| self.number(u64::from(byte) | 256)),
            V::Range(start, end) => {
                self.number(*start as u64);
                self.number(*end as u64 ^ 7);
            }
            V::Opaque(bits) => self.number(*bits ^ 8),
            V::Arr(array) if depth > 0 => {
                let elements = &machine.arrays[*array].elements;
                self.number(elements.len() as u64);
                elements.iter().for_each(|v| self.value(machine, v, depth - 1));
            }
            V::Dict(dict) if depth > 0 => {
                for (key, value) in machine.dicts[*dict].entries.iter().flatten() {
                    self.value(machine, key, depth - 1);
                    self.value(machine, value, depth - 1);
                }
            }
            V::Cell(cell) if depth > 0 => self.value(machine, &machine.cells[*cell], depth - 1),
            _ => self.number(9),
        }
    }
}
