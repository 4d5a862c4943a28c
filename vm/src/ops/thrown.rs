//! What an instruction throws, found out once more from the values that it reads.
//!
//! A trace that goes on where an error is caught needs that error. Rather than have compiled code know all messages, the
//! instruction's operation is done again with the same operands, for its error alone.

use crate::builtins::{self, BuiltinInfo, Effect};
use crate::bytecode::ops::Op;
use crate::bytecode::proto::Site;
use crate::error::{ErrorKind, Throw, Thrown};
use crate::interp::{operator, relation, wrong_arity, wrong_class_arity};
use crate::ops::{arithmetic, compare, index, iteration, members, type_name};
use crate::value::Value;
use crate::vm::Vm;

/// The builtin for [`thrown_at`]: gets the function's number, the instruction's, the line that the error gets, and the operands. Gives no value
/// at all if nothing is thrown.
pub const THROWN_AT: &str = "__thrown_at";
/// The builtin for [`thrown_by_builtin`]: gets a builtin's number, the line, and the arguments.
pub const THROWN_BY: &str = "__thrown_by";

/// Whether an instruction of this opcode is done again for its error: the rest throw for other reasons than their operands.
pub fn is_done_again(op: Op) -> bool {
    match op {
        Op::Add
        | Op::Sub
        | Op::Mul
        | Op::Div
        | Op::FloorDiv
        | Op::Mod
        | Op::BitAnd
        | Op::BitOr
        | Op::BitXor
        | Op::Shl
        | Op::Shr => true,
        Op::AddK
        | Op::SubK
        | Op::MulK
        | Op::DivK
        | Op::FloorDivK
        | Op::ModK
        | Op::BitAndK
        | Op::BitOrK
        | Op::BitXorK
        | Op::ShlK
        | Op::ShrK => true,
        Op::Neg | Op::BitNot | Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::In | Op::NewRange => true,
        Op::JumpLt
        | Op::JumpLe
        | Op::JumpGt
        | Op::JumpGe
        | Op::JumpNotLt
        | Op::JumpNotLe
        | Op::JumpNotGt
        | Op::JumpNotGe => true,
        Op::JumpLtK
        | Op::JumpLeK
        | Op::JumpGtK
        | Op::JumpGeK
        | Op::JumpNotLtK
        | Op::JumpNotLeK
        | Op::JumpNotGtK
        | Op::JumpNotGeK => true,
        Op::ForPrep | Op::ForPrepTo | Op::IterPrep | Op::GetIndex | Op::SetIndex | Op::Unpack => true,
        Op::GetField | Op::SetField | Op::GetMethod | Op::GetSuper => true,
        Op::Call | Op::TailCall | Op::CallMethod | Op::TailCallMethod | Op::CallBuiltin => true,
        _ => false,
    }
}

/// What the instruction at `at` of the function of a number throws when the registers that it reads, in the order in which
/// [`for_each_use`](crate::bytecode::liveness::for_each_use) names them, hold `operands`. None if it throws nothing, or
/// is none that is done again.
pub(crate) fn thrown_at(vm: &mut Vm, function: u32, at: usize, operands: &[Value]) -> Option<Thrown> {
    let word = vm.proto(function).word(at);
    let constant = |vm: &Vm, distance: usize| vm.proto(function).constant(at, distance);
    let site = |vm: &Vm| -> Site { vm.proto(function).site(at, word.j() as usize).clone() };
    let result = match (word.op(), operands) {
        (
            Op::Add
            | Op::Sub
            | Op::Mul
            | Op::Div
            | Op::FloorDiv
            | Op::Mod
            | Op::BitAnd
            | Op::BitOr
            | Op::BitXor
            | Op::Shl
            | Op::Shr,
            &[x, y],
        ) => arithmetic::arithmetic(operator(word.op()), x, y, &mut vm.heap).err(),
        (
            Op::AddK
            | Op::SubK
            | Op::MulK
            | Op::DivK
            | Op::FloorDivK
            | Op::ModK
            | Op::BitAndK
            | Op::BitOrK
            | Op::BitXorK
            | Op::ShlK
            | Op::ShrK,
            &[x],
        ) => arithmetic::arithmetic(operator(word.op()), x, constant(vm, word.c()), &mut vm.heap).err(),
        (Op::Neg, &[x]) => arithmetic::negate(x, &mut vm.heap).err(),
        (Op::BitNot, &[x]) => arithmetic::bit_not(x, &mut vm.heap).err(),
        (
            Op::Lt
            | Op::Le
            | Op::Gt
            | Op::Ge
            | Op::JumpLt
            | Op::JumpLe
            | Op::JumpGt
            | Op::JumpGe
            | Op::JumpNotLt
            | Op::JumpNotLe
            | Op::JumpNotGt
            | Op::JumpNotGe,
            &[x, y],
        ) => compare::order(relation(word.op()).0, x, y).err(),
        (
            Op::JumpLtK
            | Op::JumpLeK
            | Op::JumpGtK
            | Op::JumpGeK
            | Op::JumpNotLtK
            | Op::JumpNotLeK
            | Op::JumpNotGtK
            | Op::JumpNotGeK,
            &[x],
        ) => compare::order(relation(word.op()).0, x, constant(vm, word.b())).err(),
        (Op::In, &[wanted, container]) => compare::contains(&vm.heap, container, wanted).err(),
        (Op::ForPrep | Op::ForPrepTo, &[from, bound, step]) => {
            iteration::for_range(from, bound, step, word.op() == Op::ForPrepTo).err()
        }
        (Op::IterPrep, &[container]) => iteration::prepare(vm, container).err(),
        (Op::NewRange, &[start, end]) => arithmetic::make_range(start, end, &mut vm.heap).err(),
        (Op::GetIndex, &[container, key]) => index::get_index(container, key, &mut vm.heap).err(),
        // Storing what the instruction is about to store does no harm, if it can be stored after all.
        (Op::SetIndex, &[container, key, value]) => index::set_index(container, key, value, &mut vm.heap).err(),
        (Op::Unpack, &[source]) => iteration::unpack(vm, source, &mut vec![Value::NIL; word.c()]).err(),
        (Op::GetField | Op::GetMethod, &[object]) => {
            let site = site(vm);
            members::find(&mut vm.heap, object, &site).err()
        }
        (Op::GetSuper, &[class]) => members::find_super(class.as_class()?, &site(vm)).err(),
        // Only where it cannot be set; elsewhere a field would be added.
        (Op::SetField, &[object, value]) if object.as_instance().is_none() && object.as_class().is_none() => {
            let site = site(vm);
            members::set(&mut vm.heap, object, &site, value).err()
        }
        (Op::Call | Op::TailCall, [callee, arguments @ ..]) => thrown_by_call(vm, *callee, arguments.to_vec()),
        (Op::CallMethod | Op::TailCallMethod, [callee, receiver, arguments @ ..]) => {
            let receiver = Some(*receiver).filter(|receiver| !receiver.is_undef());
            thrown_by_call(vm, *callee, receiver.into_iter().chain(arguments.iter().copied()).collect())
        }
        (Op::CallBuiltin, arguments) => thrown_by_builtin(vm, word.b() as u16, arguments),
        _ => None,
    };
    result.filter(can_be_replayed)
}

/// What a builtin throws when it is called with these arguments. None if it throws nothing, or does anything besides.
pub(crate) fn thrown_by_builtin(vm: &mut Vm, index: u16, arguments: &[Value]) -> Option<Thrown> {
    let info = builtins::info(index).filter(|info| may_be_repeated(info))?;
    debug_assert!(info.is_function(), "{} is called", info.name);
    vm.call_builtin(index, arguments).err().filter(can_be_replayed)
}

/// Whether a builtin may be called for its error alone.
pub fn may_be_repeated(info: &BuiltinInfo) -> bool {
    matches!(info.effect, Effect::Pure | Effect::Reads | Effect::Makes)
}

/// What a call throws before the callee runs.
fn thrown_by_call(vm: &mut Vm, mut callee: Value, mut arguments: Vec<Value>) -> Option<Thrown> {
    while let Some((receiver, method)) = callee.as_bound() {
        arguments.insert(0, receiver);
        callee = method;
    }
    if let Some(index) = callee.as_builtin() {
        return thrown_by_builtin(vm, index, &arguments);
    }
    if let Some(function) = crate::jit::function_of(vm, callee) {
        return wrong_arity(function, arguments.len());
    }
    if let Some(class) = callee.as_class() {
        return if class.method(vm.init_name).is_some() { None } else { wrong_class_arity(class, arguments.len()) };
    }
    Some(Thrown::new(ErrorKind::Type, format!("cannot call a value of type {}", type_name(callee))))
}

/// What was thrown for want of memory may not be thrown again after a collection.
fn can_be_replayed(thrown: &Thrown) -> bool {
    match *thrown.0 {
        Throw::Error { kind, .. } => kind != ErrorKind::Limit,
        Throw::Value(_) | Throw::Exit(_) | Throw::Interrupted | Throw::NeedsText => false,
    }
}
