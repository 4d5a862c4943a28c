//! Arithmetic and bit operations: small ints and floats here, all else in `crate::ops`.

use super::{Handler, Status, constant, continue_or_raise, dispatch, handler};
use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::faults::{self, Fault};
use crate::ops;
use crate::ops::arithmetic::{BinaryOp, bit_not as bit_not_value, negate};
use crate::value::{FIRST_INT, FIRST_TAGGED, Value};
use crate::vm::Vm;

/// Whether both are small ints: the int tag is all ones, so only then is the conjunction's.
#[inline(always)]
pub(super) fn both_small(x: Value, y: Value) -> bool {
    x.0 & y.0 >= FIRST_INT
}

/// Whether both are floats.
#[inline(always)]
pub(super) fn both_floats(x: Value, y: Value) -> bool {
    x.0 < FIRST_TAGGED && y.0 < FIRST_TAGGED
}

/// A small int moved to the upper 48 bits, where the processor's own overflow flag is that of 48 bits.
#[inline(always)]
fn high(x: Value) -> i64 {
    (x.0 << 16) as i64
}

#[inline(always)]
fn from_high(x: i64) -> Value {
    Value((x as u64 >> 16) | FIRST_INT)
}

#[inline(always)]
fn add_small(x: Value, y: Value) -> Option<Value> {
    if faults::on(Fault::InterpOverflow) {
        return Some(from_high(high(x).wrapping_add(high(y))));
    }
    high(x).checked_add(high(y)).map(from_high)
}

#[inline(always)]
fn sub_small(x: Value, y: Value) -> Option<Value> {
    high(x).checked_sub(high(y)).map(from_high)
}

#[inline(always)]
fn mul_small(x: Value, y: Value) -> Option<Value> {
    high(x).checked_mul(y.as_small_int()).map(from_high)
}

#[inline(always)]
fn floor_div_small(x: Value, y: Value) -> Option<Value> {
    let (x, y) = (x.as_small_int(), y.as_small_int());
    if y == 0 {
        return None;
    }
    // 32-bit division takes a fraction of the time of a 64-bit one on many processors.
    if (x | y) >> 31 == 0 {
        return Some(Value::small_int((x as u32 / y as u32) as i64));
    }
    let quotient = x / y;
    let is_above = x % y != 0 && (x ^ y) < 0 && !faults::on(Fault::InterpFloor);
    Value::try_small_int(quotient - is_above as i64)
}

#[inline(always)]
fn mod_small(x: Value, y: Value) -> Option<Value> {
    let (x, y) = (x.as_small_int(), y.as_small_int());
    if y == 0 {
        return None;
    }
    if (x | y) >> 31 == 0 {
        return Some(Value::small_int((x as u32 % y as u32) as i64));
    }
    let remainder = x % y;
    Some(Value::small_int(if remainder != 0 && (remainder ^ y) < 0 { remainder + y } else { remainder }))
}

#[inline(always)]
fn shl_small(x: Value, y: Value) -> Option<Value> {
    let count = y.as_small_int() as u64;
    if count >= 48 {
        return None;
    }
    let shifted = high(x) << count;
    if shifted >> count == high(x) { Some(from_high(shifted)) } else { None }
}

#[inline(always)]
fn shr_small(x: Value, y: Value) -> Option<Value> {
    let count = y.as_small_int() as u64;
    if count >= 64 { None } else { Some(Value::small_int(x.as_small_int() >> count)) }
}

/// Two small ints as floats, divided.
#[inline(always)]
fn div_small(x: Value, y: Value) -> Option<Value> {
    Some(Value::float(x.as_small_int() as f64 / y.as_small_int() as f64))
}

/// The operator that an opcode stands for.
pub(crate) fn operator(op: Op) -> BinaryOp {
    match op {
        Op::Add | Op::AddK => BinaryOp::Add,
        Op::Sub | Op::SubK => BinaryOp::Sub,
        Op::Mul | Op::MulK => BinaryOp::Mul,
        Op::Div | Op::DivK => BinaryOp::Div,
        Op::FloorDiv | Op::FloorDivK => BinaryOp::FloorDiv,
        Op::Mod | Op::ModK => BinaryOp::Mod,
        Op::BitAnd | Op::BitAndK => BinaryOp::BitAnd,
        Op::BitOr | Op::BitOrK => BinaryOp::BitOr,
        Op::BitXor | Op::BitXorK => BinaryOp::BitXor,
        Op::Shl | Op::ShlK => BinaryOp::Shl,
        Op::Shr | Op::ShrK => BinaryOp::Shr,
        op => unreachable!("{op:?} is no binary operator"),
    }
}

/// Computes what the inline paths leave: writes the result to register `a`, or leaves the error in the machine.
#[inline(never)]
unsafe fn binary_slow(vm: &mut Vm, base: *mut Value, word: Word, x: Value, y: Value) -> bool {
    match ops::arithmetic::arithmetic(operator(word.op()), x, y, &mut vm.heap) {
        Ok(value) => {
            // SAFETY: `a` is a register of the frame.
            unsafe { *base.add(word.a()) = value };
            true
        }
        Err(thrown) => vm.fail(thrown),
    }
}

macro_rules! slow {
    ($name:ident, $right:ident) => {
        #[cold]
        #[inline(never)]
        unsafe extern "C" fn $name(
            pc: *const u64,
            base: *mut Value,
            vm: *mut Vm,
            word: u64,
            table: *const Handler,
        ) -> Status {
            let word = Word(word);
            // SAFETY: see the parent module's safety section.
            unsafe {
                let y = right!($right, pc, base, word);
                continue_or_raise!(binary_slow(&mut *vm, base, word, *base.add(word.b()), y), pc, base, vm, word, table)
            }
        }
    };
}

macro_rules! right {
    (register, $pc:expr, $base:expr, $word:expr) => {
        *$base.add($word.c())
    };
    (constant, $pc:expr, $base:expr, $word:expr) => {
        constant!($pc, $word.c())
    };
}

slow!(slow_register, register);
slow!(slow_constant, constant);

/// An arithmetic handler pair: `$int` on small ints, `$float` on floats, the slow path for all else.
macro_rules! arithmetic {
    ($($name:ident $right:ident $slow:ident $int:ident $(|$fx:ident, $fy:ident| $float:expr)?;)*) => {
        $(handler!(
            $name |pc, base, vm, word, table| {
                let x = *base.add(word.b());
                let y = right!($right, pc, base, word);
                if both_small(x, y) {
                    if let Some(value) = $int(x, y) {
                        *base.add(word.a()) = value;
                        dispatch!(pc, base, vm, table)
                    }
                }
                $(
                    if both_floats(x, y) {
                        let ($fx, $fy) = (f64::from_bits(x.0), f64::from_bits(y.0));
                        *base.add(word.a()) = Value::float($float);
                        dispatch!(pc, base, vm, table)
                    }
                )?
                $slow(pc, base, vm, word.0, table)
            }
        );)*
    };
}

#[inline(always)]
fn and_small(x: Value, y: Value) -> Option<Value> {
    Some(Value(x.0 & y.0))
}

#[inline(always)]
fn or_small(x: Value, y: Value) -> Option<Value> {
    Some(Value(x.0 | y.0))
}

#[inline(always)]
fn xor_small(x: Value, y: Value) -> Option<Value> {
    Some(Value(x.0 ^ y.0 | FIRST_INT))
}

arithmetic! {
    add register slow_register add_small |x, y| x + y;
    sub register slow_register sub_small |x, y| x - y;
    mul register slow_register mul_small |x, y| x * y;
    div register slow_register div_small |x, y| x / y;
    floor_div register slow_register floor_div_small;
    modulo register slow_register mod_small;
    bit_and register slow_register and_small;
    bit_or register slow_register or_small;
    bit_xor register slow_register xor_small;
    shl register slow_register shl_small;
    shr register slow_register shr_small;
    add_k constant slow_constant add_small |x, y| x + y;
    sub_k constant slow_constant sub_small |x, y| x - y;
    mul_k constant slow_constant mul_small |x, y| x * y;
    div_k constant slow_constant div_small |x, y| x / y;
    floor_div_k constant slow_constant floor_div_small;
    modulo_k constant slow_constant mod_small;
    bit_and_k constant slow_constant and_small;
    bit_or_k constant slow_constant or_small;
    bit_xor_k constant slow_constant xor_small;
    shl_k constant slow_constant shl_small;
    shr_k constant slow_constant shr_small;
}

#[inline(never)]
unsafe fn unary_slow(vm: &mut Vm, base: *mut Value, word: Word) -> bool {
    // SAFETY: `b` and `a` are registers of the frame.
    let x = unsafe { *base.add(word.b()) };
    let result = if word.op() == Op::Neg { negate(x, &mut vm.heap) } else { bit_not_value(x, &mut vm.heap) };
    match result {
        Ok(value) => {
            // SAFETY: as above.
            unsafe { *base.add(word.a()) = value };
            true
        }
        Err(thrown) => vm.fail(thrown),
    }
}

handler!(
    neg | pc,
    base,
    vm,
    word,
    table | {
        let x = *base.add(word.b());
        if x.is_float() {
            *base.add(word.a()) = Value::float(-f64::from_bits(x.0));
            dispatch!(pc, base, vm, table)
        }
        continue_or_raise!(unary_slow(&mut *vm, base, *word), pc, base, vm, word, table)
    }
);

handler!(
    bit_not | pc,
    base,
    vm,
    word,
    table | { continue_or_raise!(unary_slow(&mut *vm, base, *word), pc, base, vm, word, table) }
);

handler!(
    not | pc,
    base,
    vm,
    word,
    table | {
        *base.add(word.a()) = Value::bool(!(*base.add(word.b())).truthy());
        dispatch!(pc, base, vm, table)
    }
);
