//! What an instruction throws, found out once more from the values that it reads.
//!
//! A trace that goes on where an error is caught needs that error. Rather than have compiled code know all messages, the
//! instruction's operation is done again with the same operands, for its error alone.

use crate::builtins::{self, BuiltinInfo, Effect};
use crate::bytecode::ops::Op;
use crate::bytecode::proto::Site;
use crate::bytecode::word::Word;
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

/// Opcodes whose instructions are done again for their errors, by what they do and where they find the right operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Family {
    /// Arithmetic on two registers.
    Binary,
    /// The same with a constant.
    BinaryConstant,
    /// A comparison by order.
    Order,
    /// The same with a constant.
    OrderConstant,
    /// Another operation, which has an opcode of its own.
    Single,
    /// A call.
    Call,
    /// A call of a method that has been looked up.
    MethodCall,
}

/// The family of an opcode. None of those that throw for other reasons than their operands.
fn family(op: Op) -> Option<Family> {
    Some(match op {
        Op::Add | Op::Sub | Op::Mul | Op::Div | Op::FloorDiv | Op::Mod => Family::Binary,
        Op::BitAnd | Op::BitOr | Op::BitXor | Op::Shl | Op::Shr => Family::Binary,
        Op::AddK | Op::SubK | Op::MulK | Op::DivK | Op::FloorDivK | Op::ModK => Family::BinaryConstant,
        Op::BitAndK | Op::BitOrK | Op::BitXorK | Op::ShlK | Op::ShrK => Family::BinaryConstant,
        Op::Lt | Op::Le | Op::Gt | Op::Ge => Family::Order,
        Op::JumpLt | Op::JumpLe | Op::JumpGt | Op::JumpGe => Family::Order,
        Op::JumpNotLt | Op::JumpNotLe | Op::JumpNotGt | Op::JumpNotGe => Family::Order,
        Op::JumpLtK | Op::JumpLeK | Op::JumpGtK | Op::JumpGeK => Family::OrderConstant,
        Op::JumpNotLtK | Op::JumpNotLeK | Op::JumpNotGtK | Op::JumpNotGeK => Family::OrderConstant,
        Op::Neg | Op::BitNot | Op::In | Op::NewRange | Op::ForPrep | Op::ForPrepTo | Op::IterPrep => Family::Single,
        Op::GetIndex | Op::SetIndex | Op::Unpack => Family::Single,
        Op::GetField | Op::SetField | Op::GetMethod | Op::GetSuper | Op::CallBuiltin => Family::Single,
        Op::Call | Op::TailCall => Family::Call,
        Op::CallMethod | Op::TailCallMethod => Family::MethodCall,
        _ => return None,
    })
}

/// Whether an instruction of this opcode is done again for its error.
pub fn is_done_again(op: Op) -> bool {
    family(op).is_some()
}

/// What the instruction at `at` of the function of a number throws when the registers that it reads, in the order in which
/// [`for_each_use`](crate::bytecode::liveness::for_each_use) names them, hold `operands`. None if it throws nothing, or
/// is none that is done again.
pub(crate) fn thrown_at(vm: &mut Vm, function: u32, at: usize, operands: &[Value]) -> Option<Thrown> {
    let proto = vm.proto(function);
    let word = proto.word(at);
    let thrown = match (family(word.op())?, operands) {
        (Family::Binary, &[x, y]) => arithmetic::arithmetic(operator(word.op()), x, y, &mut vm.heap).err(),
        (Family::BinaryConstant, &[x]) => {
            let y = proto.constant(at, word.c());
            arithmetic::arithmetic(operator(word.op()), x, y, &mut vm.heap).err()
        }
        (Family::Order, &[x, y]) => compare::order(relation(word.op()).0, x, y).err(),
        (Family::OrderConstant, &[x]) => compare::order(relation(word.op()).0, x, proto.constant(at, word.b())).err(),
        (Family::Call, [callee, arguments @ ..]) => thrown_by_call(vm, *callee, arguments.to_vec()),
        (Family::MethodCall, [callee, receiver, arguments @ ..]) => {
            let receiver = Some(*receiver).filter(|receiver| !receiver.is_undef());
            thrown_by_call(vm, *callee, receiver.into_iter().chain(arguments.iter().copied()).collect())
        }
        (Family::Single, operands) => {
            let named = [Op::GetField, Op::SetField, Op::GetMethod, Op::GetSuper].contains(&word.op());
            let site = named.then(|| proto.site(at, word.j() as usize).clone());
            thrown_by_single(vm, word, site.as_ref(), operands)
        }
        _ => None,
    };
    thrown.filter(can_be_replayed)
}

fn thrown_by_single(vm: &mut Vm, word: Word, site: Option<&Site>, operands: &[Value]) -> Option<Thrown> {
    let heap = &mut vm.heap;
    match (word.op(), site, operands) {
        (Op::Neg, _, &[x]) => arithmetic::negate(x, heap).err(),
        (Op::BitNot, _, &[x]) => arithmetic::bit_not(x, heap).err(),
        (Op::In, _, &[wanted, container]) => compare::contains(heap, container, wanted).err(),
        (Op::ForPrep | Op::ForPrepTo, _, &[from, bound, step]) => {
            iteration::for_range(from, bound, step, word.op() == Op::ForPrepTo).err()
        }
        (Op::IterPrep, _, &[container]) => iteration::prepare(vm, container).err(),
        (Op::NewRange, _, &[start, end]) => arithmetic::make_range(start, end, heap).err(),
        (Op::GetIndex, _, &[container, key]) => index::get_index(container, key, heap).err(),
        // Storing what the instruction is about to store does no harm, if it can be stored after all.
        (Op::SetIndex, _, &[container, key, value]) => index::set_index(container, key, value, heap).err(),
        (Op::Unpack, _, &[source]) => iteration::unpack(vm, source, &mut vec![Value::NIL; word.c()]).err(),
        (Op::GetField | Op::GetMethod, Some(site), &[object]) => members::find(heap, object, site).err(),
        (Op::GetSuper, Some(site), &[class]) => members::find_super(class.as_class()?, site).err(),
        // Only where it cannot be set; elsewhere a field would be added.
        (Op::SetField, Some(site), &[object, value])
            if object.as_instance().is_none() && object.as_class().is_none() =>
        {
            members::set(heap, object, site, value).err()
        }
        (Op::CallBuiltin, _, arguments) => thrown_by_builtin(vm, word.b() as u16, arguments),
        _ => None,
    }
}

/// What a builtin throws when it is called with these arguments. None if it throws nothing, or is one that may throw after it has
/// done something. Whoever asks about one that writes must know that it throws.
pub(crate) fn thrown_by_builtin(vm: &mut Vm, index: u16, arguments: &[Value]) -> Option<Thrown> {
    let info = builtins::info(index).filter(|info| info.effect != Effect::Outside)?;
    debug_assert!(info.is_function(), "{} is called", info.name);
    vm.call_builtin(index, arguments).err().filter(can_be_replayed)
}

/// Whether a builtin may be called for its error alone, even if it throws none.
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
