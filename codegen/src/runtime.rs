//! What compiled code calls: the bodies of the [`Helpers`].
//!
//! None of them unwinds, throws or collects. A helper that fails answers undef, the guard behind it leaves the trace, and
//! the interpreter does the work again and throws.
//!
//! # Safety
//!
//! Compiled code calls these with the machine that it runs in, which nobody else refers to meanwhile, and with addresses
//! of live objects of the kinds that the IR's types say: guards have seen to that.

use pseudo_vm::heap::dict::DictRef;
use pseudo_vm::heap::object::{Entry, Header};
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

fn dict(address: *mut u8) -> DictRef {
    Value::pointer(TAG_OBJECT, address).as_dict().expect("a guard has seen to it")
}

/// What tells compiled code whether something was done: true, or undef.
fn done<E>(result: Result<(), E>) -> u64 {
    result.map_or(Value::UNDEF, |()| Value::TRUE).0
}

/// The words that compiled code has laid out as arguments.
fn values<'a>(words: *const u64, count: u64) -> &'a [Value] {
    // SAFETY: see the module's safety section; a value is a word.
    unsafe { std::slice::from_raw_parts(words.cast(), count as usize) }
}

extern "C" fn box_int(vm: *mut Vm, int: i64) -> u64 {
    machine!(vm).heap.int(int).0
}

extern "C" fn reserve(vm: *mut Vm, bytes: u64) -> *mut u8 {
    machine!(vm).heap.reserve(bytes as usize).cast()
}

extern "C" fn remember(vm: *mut Vm, object: *mut u8) {
    // SAFETY: see the module's safety section.
    unsafe { (*vm).heap.barrier(object.cast::<Header>()) }
}

extern "C" fn flatten(_vm: *mut Vm, text: *mut u8) -> *const u8 {
    let text = string(text);
    if text.ensure_flat().is_ok() { text.as_bytes().as_ptr() } else { std::ptr::null() }
}

extern "C" fn str_of_int(vm: *mut Vm, int: i64) -> *mut u8 {
    machine!(vm).heap.string_of_int(int).address().cast()
}

extern "C" fn grow(vm: *mut Vm, array: *mut u8) -> u64 {
    let array = Value::pointer(TAG_ARRAY, array).as_array().expect("a value under this tag is an array");
    array.make_room_for_one(&mut machine!(vm).heap) as u64
}

extern "C" fn str_eq(_vm: *mut Vm, left: *mut u8, right: *mut u8) -> u64 {
    (string(left) == string(right)) as u64
}

extern "C" fn str_lt(_vm: *mut Vm, left: *mut u8, right: *mut u8) -> u64 {
    (string(left) < string(right)) as u64
}

extern "C" fn concat(vm: *mut Vm, left: *mut u8, right: *mut u8) -> u64 {
    StrRef::concat(&mut machine!(vm).heap, string(left), string(right)).unwrap_or(Value::UNDEF).0
}

extern "C" fn dict_find(_vm: *mut Vm, address: *mut u8, key: u64) -> *mut u8 {
    dict(address).entry_of(Value(key)).map_or(std::ptr::null_mut(), <*mut Entry>::cast)
}

extern "C" fn field_place(vm: *mut Vm, object: u64, name: u64) -> *mut u8 {
    let place = Value(object).as_instance().and_then(|it| it.place_of(&mut machine!(vm).heap, Value(name)));
    place.map_or(std::ptr::null_mut(), <*mut Value>::cast)
}

extern "C" fn remember_entry(vm: *mut Vm, address: *mut u8, entry: *mut u8) {
    dict(address).remember(&mut machine!(vm).heap, entry.cast());
}

extern "C" fn dict_set(vm: *mut Vm, address: *mut u8, key: u64, value: u64) -> u64 {
    done(dict(address).set(&mut machine!(vm).heap, Value(key), Value(value)))
}

extern "C" fn dict_extend(vm: *mut Vm, address: *mut u8, words: *const u64, count: u64) -> u64 {
    done(dict(address).extend(&mut machine!(vm).heap, values(words, count)))
}

extern "C" fn dict_remove(vm: *mut Vm, address: *mut u8, key: u64) -> u64 {
    dict(address).remove(&mut machine!(vm).heap, Value(key)).unwrap_or(Value::NIL).0
}

extern "C" fn new_dict(vm: *mut Vm, words: *const u64, count: u64) -> u64 {
    machine!(vm).heap.dict_of(values(words, count)).unwrap_or(Value::UNDEF).0
}

extern "C" fn new_iter(vm: *mut Vm, address: *mut u8) -> *mut u8 {
    machine!(vm).heap.dict_iter(dict(address)).address().cast()
}

extern "C" fn new_array(vm: *mut Vm, words: *const u64, count: u64) -> u64 {
    machine!(vm).heap.array(values(words, count)).0
}

extern "C" fn call_builtin(vm: *mut Vm, index: u64, arguments: *const u64, count: u64) -> u64 {
    let vm = machine!(vm);
    let result = vm.call_builtin(index as u16, values(arguments, count));
    result
        .unwrap_or_else(|thrown| {
            vm.keep_thrown(index as u16, thrown);
            Value::UNDEF
        })
        .0
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
        reserve,
        remember,
        flatten,
        str_of_int,
        grow,
        str_eq,
        str_lt,
        concat,
        dict_find,
        field_place,
        remember_entry,
        dict_set,
        dict_extend,
        dict_remove,
        new_dict,
        new_iter,
        new_array,
        call_builtin,
        rounds_below: helpers::rounds_below,
        rounds_within: helpers::rounds_within,
        binom: helpers::binom,
        linear,
        mod_float: pseudo_vm::ops::math::float_mod,
        floor: helpers::floor,
        ceil: helpers::ceil,
        math: &MATH,
        math2: &MATH2,
    }
}
