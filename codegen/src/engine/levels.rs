//! How many levels of a function that calls itself are in one trace.
//!
//! Inlined into itself, a function pays for its frame once in several calls, and ever so many conditions are decided at once: `fib`
//! takes a third of the time with four levels in a trace. But where a level has several ways through it, the levels' ways
//! multiply, as side traces: so a function with more conditions gets fewer levels, and one that has many side traces is
//! recorded anew with half the levels. Its old code goes on to run until the new root is there, whose entry then takes the
//! place of the old one's.

use pseudo_vm::bytecode::ops::Flow;
use pseudo_vm::vm::Vm;

use super::Engine;
use super::native::is_function;

/// Conditions in a function's levels at most, taken together, until it is known which of them go both ways: where each does,
/// there are so many doublings of the ways through a trace.
const CONDITIONS: usize = 4;

/// Side traces for the sake of other classes, or other functions, than were expected, with which a function gets a single level
/// at once: where it calls one of many, so does each level.
const DISPATCHES: u32 = 4;

/// Traces that must be left for a function to be recorded anew.
const TRACES_LEFT: u32 = 50;

impl Engine {
    /// Levels of a function that a trace in its native frame has at most.
    pub(super) fn levels_of(&self, vm: &Vm, function: u32) -> usize {
        let levels = self.functions.get(&function).and_then(|state| state.levels).unwrap_or_else(|| {
            let proto = vm.proto(function);
            let branches = (0..proto.len()).filter(|&at| proto.word(at).op().info().flow == Flow::Branch).count();
            self.params.recunroll.min((CONDITIONS / branches.max(1)) as u32)
        });
        levels.max(1) as usize
    }

    /// Whether a root trace is a function's that has another by now, or is about to.
    pub(super) fn is_replaced(&self, root: u32) -> bool {
        let Some(pc) = self.traces[root as usize].as_ref().map(|root| root.trace.pc) else { return false };
        is_function(pc) && self.natives.root(pc.function) != Some(root)
    }

    /// Has a function recorded anew that has too many side traces for its levels. False if it has not.
    pub(super) fn sheds_levels(&mut self, vm: &Vm, root: u32) -> bool {
        let Some(installed) = &self.traces[root as usize] else { return false };
        let (pc, sides, dispatches) = (installed.trace.pc, installed.sides, installed.dispatches);
        let levels = self.levels_of(vm, pc.function) as u32;
        let has_room = self.next_number() + TRACES_LEFT < self.params.maxtrace;
        let has_many = sides >= self.params.levelsides || dispatches >= DISPATCHES;
        if !is_function(pc) || levels < 2 || !has_many || !has_room || self.recorder.is_some() {
            return false;
        }
        self.replace_function(vm, pc.function, root, if dispatches >= DISPATCHES { 1 } else { levels / 2 });
        true
    }
}
