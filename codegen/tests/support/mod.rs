//! A machine to run compiled traces on without an interpreter, beside the evaluator of the trace crate.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;

use pseudo_codegen::code_memory::enter;
use pseudo_codegen::{
    Addresses, Calls, CodeMemory, CompiledTrace, Context, Helpers, Options, ParentExit, Target, compile,
};
use pseudo_snapshots::restore::restore;
use pseudo_snapshots::{Pc, Slot};
use pseudo_trace::ir::closed;
use pseudo_trace::ir::eval::{self, V};
use pseudo_trace::ir::trace::Trace;
use pseudo_vm::heap::Heap;
use pseudo_vm::heap::dict::DictRef;
use pseudo_vm::heap::object::{BigInt, Entry, Header, ObjectKind, Storage};
use pseudo_vm::heap::string::StrRef;
use pseudo_vm::value::{TAG_BIG_INT, TAG_OBJECT, TAG_STRING, Value};
use pseudo_vm::vm::Vm;

/// Register 0 of the frame lies so far into the stack.
pub const FRAME: usize = 64;
pub const STACK: usize = 256;
pub const GLOBALS: usize = 8;

/// Functions and instructions at made-up addresses.
pub struct MadeUp;

impl Addresses for MadeUp {
    fn proto(&self, id: u32) -> u64 {
        0x5000_0000_0000 + 64 * id as u64
    }

    fn pc(&self, pc: Pc) -> u64 {
        0x6000_0000_0000 + 0x10000 * pc.function as u64 + 8 * pc.at as u64
    }
}

/// A boxed int that is never freed.
pub fn boxed(int: i64) -> Value {
    Value::try_small_int(int).unwrap_or_else(|| {
        let header = Header { kind: ObjectKind::BigInt, storage: Storage::Empty, gc: 0, flags: 0, aux: 0 };
        Value::pointer(TAG_BIG_INT, Box::leak(Box::new(BigInt { header, int })))
    })
}

extern "C" fn box_int(_: *mut Vm, int: i64) -> u64 {
    // A helper may change every register that the calling convention lets it change.
    clobber();
    boxed(int).0
}

extern "C" fn reserve(_: *mut Vm, bytes: u64) -> *mut u8 {
    clobber();
    Box::leak(vec![u64::MAX; bytes as usize / 8].into_boxed_slice()).as_mut_ptr().cast()
}

extern "C" fn remember(_: *mut Vm, object: *mut u8) {
    clobber();
    let header = object.cast::<Header>();
    // SAFETY: the tests pass objects of their own.
    unsafe { (*header).gc |= pseudo_vm::heap::object::GC_REMEMBERED };
}

fn text(address: *mut u8) -> StrRef {
    Value::pointer(TAG_STRING, address).as_string().expect("a string of the test's")
}

fn dict(address: *mut u8) -> DictRef {
    Value::pointer(TAG_OBJECT, address).as_dict().expect("a dict of the test's")
}

extern "C" fn flatten(_: *mut Vm, a: *mut u8) -> *const u8 {
    let bytes = text(a).as_bytes().as_ptr();
    clobber();
    bytes
}

extern "C" fn str_of_int(_: *mut Vm, int: i64) -> *mut u8 {
    clobber();
    int as *mut u8
}

extern "C" fn str_eq(_: *mut Vm, a: *mut u8, b: *mut u8) -> u64 {
    let equal = text(a) == text(b);
    clobber();
    equal as u64
}

extern "C" fn field_place(_: *mut Vm, object: u64, name: u64) -> *mut u8 {
    // No machine, no shapes: no test comes here.
    let _ = (object, name);
    std::ptr::null_mut()
}

extern "C" fn dict_find(_: *mut Vm, a: *mut u8, key: u64) -> *mut u8 {
    let entry = dict(a).entry_of(Value(key));
    clobber();
    entry.map_or(std::ptr::null_mut(), <*mut Entry>::cast)
}

extern "C" fn remember_entry(vm: *mut Vm, a: *mut u8, _: *mut u8) {
    remember(vm, a);
}

extern "C" fn dict_set(_: *mut Vm, a: *mut u8, key: u64, value: u64) -> u64 {
    // The dict is one of numbers that has a key already.
    let entry = dict(a).entry_of(Value(key)).expect("a key that is there");
    // SAFETY: the entry is there until a key comes or goes.
    unsafe { (*entry).value = Value(value) };
    clobber();
    Value::TRUE.0
}

extern "C" fn dict_extend(vm: *mut Vm, a: *mut u8, values: *const u64, count: u64) -> u64 {
    new_array(vm, values, count) ^ dict(a).len() as u64
}

extern "C" fn dict_remove(_: *mut Vm, a: *mut u8, key: u64) -> u64 {
    let value = dict(a).get(Value(key)).unwrap_or(Value::NIL);
    clobber();
    value.0
}

extern "C" fn new_dict(vm: *mut Vm, values: *const u64, count: u64) -> u64 {
    new_array(vm, values, count)
}

extern "C" fn new_iter(_: *mut Vm, a: *mut u8) -> *mut u8 {
    clobber();
    a
}

/// There is no more room.
extern "C" fn grow(_: *mut Vm, _: *mut u8) -> u64 {
    clobber();
    0
}

extern "C" fn str_lt(_: *mut Vm, a: *mut u8, b: *mut u8) -> u64 {
    clobber();
    (a < b) as u64
}

extern "C" fn concat(_: *mut Vm, a: *mut u8, b: *mut u8) -> u64 {
    clobber();
    Value::small_int(a as i64 * 1000 + b as i64).0
}

/// Stands in for what takes any number of values: a sum over their bits that depends on the order.
extern "C" fn new_array(_: *mut Vm, values: *const u64, count: u64) -> u64 {
    // SAFETY: compiled code passes as many values as it says.
    let values = unsafe { std::slice::from_raw_parts(values, count as usize) };
    let sum = values.iter().fold(count, |sum, value| sum.wrapping_mul(31).wrapping_add(*value));
    clobber();
    boxed((sum >> 20) as i64).0
}

extern "C" fn call_builtin(vm: *mut Vm, number: u64, values: *const u64, count: u64) -> u64 {
    new_array(vm, values, count) ^ number
}

extern "C" fn rounds_below(_: *mut Vm, at: u64, bound: u64, step: i64) -> u64 {
    clobber();
    closed::rounds_below(at, bound, step)
}

extern "C" fn rounds_within(_: *mut Vm, at: u64, bound: u64, step: i64) -> u64 {
    clobber();
    closed::rounds_within(at, bound, step)
}

extern "C" fn binom(_: *mut Vm, n: u64, m: u64) -> u64 {
    clobber();
    closed::binom(n, m as u32)
}

extern "C" fn linear(_: *mut Vm, rounds: u64, words: *const u64, count: u64) -> u64 {
    clobber();
    // SAFETY: compiled code has laid out so many words.
    pseudo_codegen::helpers::linear(rounds, unsafe { std::slice::from_raw_parts(words, count as usize) })
}

extern "C" fn mod_float(a: f64, b: f64) -> f64 {
    clobber();
    pseudo_trace::ir::scalar::mod_float(a, b)
}

extern "C" fn sin(a: f64) -> f64 {
    clobber();
    a.sin()
}

extern "C" fn cos(a: f64) -> f64 {
    clobber();
    a.cos()
}

extern "C" fn atan2(a: f64, b: f64) -> f64 {
    clobber();
    a.atan2(b)
}

/// Changes every register that a called function may change.
fn clobber() {
    // SAFETY: declares what it changes.
    unsafe {
        std::arch::asm!(
            "mov rcx, -1", "mov rdx, -1", "mov rsi, -1", "mov rdi, -1",
            "mov r8, -1", "mov r9, -1", "mov r10, -1", "mov r11, -1",
            "pcmpeqd xmm0, xmm0", "pcmpeqd xmm1, xmm1", "pcmpeqd xmm2, xmm2", "pcmpeqd xmm3, xmm3",
            "pcmpeqd xmm4, xmm4", "pcmpeqd xmm5, xmm5", "pcmpeqd xmm6, xmm6", "pcmpeqd xmm7, xmm7",
            "pcmpeqd xmm8, xmm8", "pcmpeqd xmm9, xmm9", "pcmpeqd xmm10, xmm10", "pcmpeqd xmm11, xmm11",
            "pcmpeqd xmm12, xmm12", "pcmpeqd xmm13, xmm13", "pcmpeqd xmm14, xmm14", "pcmpeqd xmm15, xmm15",
            out("rcx") _, out("rdx") _, out("rsi") _, out("rdi") _,
            out("r8") _, out("r9") _, out("r10") _, out("r11") _,
            out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _,
            out("xmm4") _, out("xmm5") _, out("xmm6") _, out("xmm7") _,
            out("xmm8") _, out("xmm9") _, out("xmm10") _, out("xmm11") _,
            out("xmm12") _, out("xmm13") _, out("xmm14") _, out("xmm15") _,
        );
    }
}

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
        rounds_below,
        rounds_within,
        binom,
        linear,
        mod_float,
        floor: pseudo_codegen::helpers::floor,
        ceil: pseudo_codegen::helpers::ceil,
        math: &[sin, cos],
        math2: &[atan2],
    }
}

/// Stack, globals and code of a machine without interpreter.
pub struct Bench {
    pub memory: CodeMemory,
    pub helpers: Helpers,
    pub options: Options,
    pub stack: Vec<Value>,
    pub globals: Vec<Value>,
    /// Where ints are boxed that an exit restores.
    pub heap: Heap,
    pub pending: Box<u32>,
    pub context: Box<Context>,
}

/// Where a run left compiled code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Left {
    pub trace: u32,
    pub exit: usize,
    pub pc: Pc,
    /// Distance of the running frame's register 0 from the first frame's.
    pub base: i64,
}

impl Bench {
    pub fn new(options: Options) -> Bench {
        let helpers = helpers();
        let mut globals = vec![Value::UNDEF; GLOBALS];
        let pending = Box::new(0);
        let mut stack = vec![Value::UNDEF; STACK];
        let limit = stack.as_mut_ptr_range().end;
        let context = Context::new(std::ptr::null_mut(), globals.as_mut_ptr(), limit, &raw const *pending);
        let context = context.expect("a native stack");
        Bench {
            memory: CodeMemory::new(1 << 20, &helpers).expect("memory for code"),
            helpers,
            options,
            stack,
            globals,
            heap: Heap::default(),
            pending,
            context,
        }
    }

    pub fn compile(&mut self, trace: &Trace) -> CompiledTrace {
        self.compile_side(trace, None, None)
    }

    pub fn compile_side(
        &mut self,
        trace: &Trace,
        parent: Option<ParentExit<'_>>,
        target: Option<Target<'_>>,
    ) -> CompiledTrace {
        let compiled =
            compile(trace, parent, target, Calls::default(), &MadeUp, &self.helpers, &self.options, &mut self.memory);
        compiled.unwrap_or_else(|error| panic!("{error}: {trace:#?}"))
    }

    /// Runs a trace; the exit's snapshot is restored.
    pub fn run(&mut self, traces: &[&CompiledTrace], first: usize) -> Left {
        let base = &raw mut self.stack[FRAME];
        self.context.nursery = &raw mut self.heap.nursery;
        // SAFETY: the traces were compiled for this memory, with this context's pointers, and touch the slots that the
        // tests make up, which lie within the stack and the globals.
        unsafe { enter(&self.memory, traces[first].entry, base, &raw mut *self.context) };
        let left = traces.iter().find(|trace| trace.number == self.context.trace).expect("a known trace");
        let exit = &left.exits[self.context.exit as usize];
        let machine = self.context.machine(&left.constants, left.frame.into());
        let (base_now, globals) = (self.context.base(), self.context.globals);
        // SAFETY: as above; no snapshot of these tests names an object.
        let resume = unsafe { restore(&exit.packed, &machine, base_now, globals, &mut self.heap) };
        Left {
            trace: left.number,
            exit: self.context.exit as usize,
            pc: resume.pc,
            base: (resume.base as i64 - base as i64) / 8,
        }
    }

    pub fn set(&mut self, slot: Slot, v: &V) {
        *self.place(slot) = bits(v);
    }

    pub fn get(&mut self, slot: Slot) -> Value {
        *self.place(slot)
    }

    pub fn slot(&mut self, slot: Slot) -> &mut Value {
        self.place(slot)
    }

    fn place(&mut self, slot: Slot) -> &mut Value {
        match slot {
            Slot::Stack(offset) => &mut self.stack[(FRAME as i64 + offset as i64) as usize],
            Slot::Global(index) => &mut self.globals[index as usize],
            Slot::Object(..) | Slot::Field(..) => panic!("{slot:?} is no place"),
        }
    }

    pub fn set_all(&mut self, slots: &BTreeMap<Slot, V>) {
        for (&slot, v) in slots {
            self.set(slot, v);
        }
    }

    /// Whether each slot holds what the evaluator says.
    pub fn compare(&mut self, slots: &BTreeMap<Slot, V>) -> Result<(), String> {
        for (&slot, v) in slots {
            let found = self.get(slot);
            if !same(found, v) {
                return Err(format!("{slot:?} should hold {v:?} and holds {found:?}"));
            }
        }
        Ok(())
    }
}

pub fn bits(v: &V) -> Value {
    match v {
        V::Nil => Value::NIL,
        V::Undef => Value::UNDEF,
        V::Bool(bool) => Value::bool(*bool),
        V::Int(int) => boxed(*int),
        V::Float(bits) => Value(*bits),
        other => panic!("{other:?} has no form here"),
    }
}

/// An int or a float as an array holds it.
pub fn raw(v: &V) -> u64 {
    match v {
        V::Int(int) => *int as u64,
        V::Float(bits) => *bits,
        other => panic!("{other:?} is no element here"),
    }
}

pub fn same(found: Value, v: &V) -> bool {
    match v {
        V::Int(int) => found.as_int() == Some(*int),
        V::Float(bits) => found.as_float().is_some_and(|found| {
            let wanted = f64::from_bits(*bits);
            found.to_bits() == *bits || (found.is_nan() && wanted.is_nan())
        }),
        other => found == bits(other),
    }
}

/// A pseudo-random sequence (splitmix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

pub fn no_builtins(_: &mut eval::Machine, number: u32, _: &[V]) -> V {
    panic!("builtin {number} was called")
}
