//! The functions that compiled code calls natively: those with a trace at their entry, and what is agreed on how values are
//! passed to it and come back.

use pseudo_vm::value::Value;
use rustc_hash::{FxHashMap, FxHashSet};

use super::slots::type_of;
use crate::ir::types::Ty;

/// A function that has, or is to have, a trace at its entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Native {
    /// How its parameters are passed: as raw ints or floats, or boxed.
    pub params: Vec<Ty>,
    /// How its result is given. Agreed upon by the first trace that is compiled with a return, or a call.
    pub result: Option<Ty>,
    /// The global that holds its closure for good, if its code never looks at that closure. No call leaves such a closure in
    /// memory: where a frame of the function is left, it is taken from here.
    pub home: Option<u32>,
    /// The trace.
    pub root: Option<u32>,
    /// Whether it is in use more than once at a time. Others are called only where inlining them would have their loops run
    /// above native frames, to which they could not return.
    pub recursive: bool,
    /// Whether another trace waits for this one.
    pub wanted: bool,
    /// Whether it has been left to the interpreter.
    pub failed: bool,
    /// Calls from the interpreter with parameters of other types.
    pub declined: u32,
}

/// How a value is passed, or given back.
pub fn passed_as(value: Value) -> Ty {
    match type_of(value) {
        ty @ (Ty::Int | Ty::Float) => ty,
        _ => Ty::Any,
    }
}

/// A change that a recording asks for before it is tried again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    /// The function is to have a trace.
    Root {
        /// The function.
        function: u32,
        /// Whether it calls itself.
        recursive: bool,
    },
    /// A parameter of the function is to be passed boxed.
    Param(u32, usize),
    /// The function's result is to be given boxed.
    Result(u32),
}

/// All of them, by number of the function.
#[derive(Clone, Default, Debug)]
pub struct Natives {
    /// Whether functions are called natively at all.
    pub enabled: bool,
    /// Functions that are called natively wherever their loops are not unrolled: they return to native frames.
    pub called: FxHashSet<u32>,
    functions: FxHashMap<u32, Native>,
}

impl Natives {
    /// What is known of a function.
    pub fn get(&self, function: u32) -> Option<&Native> {
        self.functions.get(&function)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, function: u32) -> Option<&mut Native> {
        self.functions.get_mut(&function)
    }

    /// The same, with such parameters if nothing is known yet.
    pub fn entry(&mut self, function: u32, params: impl FnOnce() -> Vec<Ty>) -> &mut Native {
        self.functions.entry(function).or_insert_with(|| Native {
            params: params(),
            result: None,
            home: None,
            root: None,
            recursive: false,
            wanted: false,
            failed: false,
            declined: 0,
        })
    }

    /// All functions, to be changed.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Native> {
        self.functions.values_mut()
    }

    /// The trace of a function.
    pub fn root(&self, function: u32) -> Option<u32> {
        self.get(function)?.root
    }

    /// The global that holds a function's closure, where that is not in memory.
    pub fn home(&self, function: u32) -> Option<u32> {
        self.get(function)?.home
    }

    /// How a function's result is given, if that is agreed upon.
    pub fn result(&self, function: u32) -> Option<Ty> {
        self.get(function)?.result
    }
}
