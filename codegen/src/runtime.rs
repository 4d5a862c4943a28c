//! What compiled code calls: the bodies of the [`Helpers`].
//!
//! None of them unwinds, throws or collects. A helper that fails answers undef, the guard behind it leaves the trace, and
//! the interpreter does the work again and throws.
//!
//! # Safety
//!
//! Compiled code calls these with the machine that it runs in, which nobody else refers to meanwhile, and with addresses
//! of live objects of the kinds that the IR's types say: guards have seen to that.

use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::heap::object::Header;
use pseudo_vm::heap::string::StrRef;
use pseudo_vm::ops::math::{FUNCTIONS, MathCall};
use pseudo_vm::value::{TAG_ARRAY, TAG_OBJECT, TAG_STRING, Value};
use pseudo_vm::vm::Vm;

use crate::helpers::{self, Helpers};

/// The machine behind the pointer that compiled code passes on.
macro_rules! machine {
    ($vm:ident) => {
        // SAFETY: see the module's safety section.
        unsafe { &mut *$vm }
    };
}

fn string(address: *mut u8) -> StrRef {
    Value::pointer(TAG_STRING, address).as_string().expect("a value under this tag is a string")
}

/// The words that compiled code has laid out as arguments.
fn values<'a>(words: *const u64, count: u64) -> &'a [Value] {
    // SAFETY: see the module's safety section; a value is a word.
    unsafe { std::slice::from_raw_parts(words.cast(), count as usize) }
}

extern "C" fn box_int(vm: *mut Vm, int: i64) -> u64 {
    machine!(vm).heap.int(int).0
}

extern "C" fn remember(vm: *mut Vm, object: *mut u8) {
    // SAFETY: see the module's safety section.
    unsafe { (*vm).heap.barrier(object.cast::<Header>()) }
}

extern "C" fn grow(vm: *mut Vm, array: *mut u8) -> u64 {
    let array = Value::pointer(TAG_ARRAY, array).as_array().expect("a value under this tag is an array");
    array.make_room_for_one(&mut machine!(vm).heap) as u64
}

extern "C" fn str_eq(_vm: *mut Vm, left: *mut u8, right: *mut u8) -> u64 {
    (string(left).as_str() == string(right).as_str()) as u64
}

extern "C" fn str_lt(_vm: *mut Vm, left: *mut u8, right: *mut u8) -> u64 {
    (string(left).as_str() < string(right).as_str()) as u64
}

extern "C" fn concat(vm: *mut Vm, left: *mut u8, right: *mut u8) -> u64 {
    StrRef::concat(&mut machine!(vm).heap, string(left), string(right)).unwrap_or(Value::UNDEF).0
}

extern "C" fn new_range(vm: *mut Vm, start: i64, end: i64) -> u64 {
    machine!(vm).heap.range(start, end).0
}

extern "C" fn new_cell(vm: *mut Vm, value: u64) -> u64 {
    machine!(vm).heap.cell(Value(value)).0
}

extern "C" fn new_instance(vm: *mut Vm, class: *mut u8) -> u64 {
    let class = Value::pointer(TAG_OBJECT, class).as_class().expect("a guard has seen to it");
    machine!(vm).heap.instance(class).0
}

extern "C" fn new_bound(vm: *mut Vm, receiver: u64, method: u64) -> u64 {
    machine!(vm).heap.bound(Value(receiver), Value(method)).0
}

extern "C" fn new_array(vm: *mut Vm, words: *const u64, count: u64) -> u64 {
    machine!(vm).heap.array(values(words, count)).0
}

extern "C" fn new_closure(vm: *mut Vm, proto: *const u8, captures: *const u64, count: u64) -> u64 {
    // SAFETY: see the module's safety section; prototypes live as long as their machine.
    let proto = unsafe { &*proto.cast::<Proto>() };
    machine!(vm).heap.closure(proto, values(captures, count)).0
}

extern "C" fn call_builtin(vm: *mut Vm, index: u64, arguments: *const u64, count: u64) -> u64 {
    machine!(vm).call_builtin(index as u16, values(arguments, count)).unwrap_or(Value::UNDEF).0
}

extern "C" fn linear(_vm: *mut Vm, rounds: u64, words: *const u64, count: u64) -> u64 {
    // SAFETY: see the module's safety section; compiled code has laid out so many words.
    helpers::linear(rounds, unsafe { std::slice::from_raw_parts(words, count as usize) })
}

/// One entry for each of [`FUNCTIONS`], so that a function's number is its index there; functions of two floats have
/// `sqrt` in their place, which no trace calls by their number.
const MATH: [extern "C" fn(f64) -> f64; FUNCTIONS.len()] = {
    let mut table = [pseudo_vm::ops::math::sqrt as extern "C" fn(f64) -> f64; FUNCTIONS.len()];
    let mut index = 0;
    while index < FUNCTIONS.len() {
        if let MathCall::Unary(function) = FUNCTIONS[index].call {
            table[index] = function;
        }
        index += 1;
    }
    table
};

/// The same for functions of two floats.
const MATH2: [extern "C" fn(f64, f64) -> f64; FUNCTIONS.len()] = {
    let mut table = [pseudo_vm::ops::math::pow as extern "C" fn(f64, f64) -> f64; FUNCTIONS.len()];
    let mut index = 0;
    while index < FUNCTIONS.len() {
        if let MathCall::Binary(function) = FUNCTIONS[index].call {
            table[index] = function;
        }
        index += 1;
    }
    table
};

/// The helpers of this crate.
pub fn helpers() -> Helpers {
    Helpers {
        box_int,
        remember,
        grow,
        str_eq,
        str_lt,
        concat,
        new_range,
        new_cell,
        new_instance,
        new_bound,
        new_array,
        new_closure,
        call_builtin,
        rounds_below: helpers::rounds_below,
        rounds_within: helpers::rounds_within,
        binom: helpers::binom,
        linear,
        mod_float: pseudo_vm::ops::math::float_mod,
        floor: helpers::floor,
        ceil: helpers::ceil,
        trunc: helpers::trunc,
        math: &MATH,
        math2: &MATH2,
    }
}
