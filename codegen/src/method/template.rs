//! Which template each opcode has.

use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::bytecode::word::Word;

use super::{Compiler, arith, builtins, calls, compare, indexing, iterating, loops, members, variables};

/// Writes an instruction. False if it is to be left to its handler after all.
pub(super) type Write = fn(&mut Compiler<'_>, Word) -> bool;

/// How an instruction is compiled.
pub(super) enum Template {
    /// In place, as far as it is simple; otherwise by its handler.
    Inline(Write),
    /// By its handler.
    Handler,
}

/// The template of an opcode.
pub(super) fn template(op: Op) -> Template {
    use Template::{Handler, Inline};
    match op {
        Op::FuncHeader | Op::FuncTrace | Op::Halt => Handler,
        Op::LoopHeader | Op::TraceHeader => Inline(loops::header),

        Op::Move => Inline(variables::move_register),
        Op::LoadInt => Inline(variables::load_int),
        Op::LoadConst => Inline(variables::load_const),
        Op::LoadNil | Op::LoadFalse | Op::LoadTrue | Op::LoadUndef => Inline(variables::load_special),
        Op::LoadSelf => Inline(variables::load_self),
        Op::GetGlobal => Inline(variables::get_global),
        Op::SetGlobal => Inline(variables::set_global),
        Op::DefGlobal => Inline(variables::def_global),
        Op::GetCapture => Inline(variables::get_capture),
        Op::GetCellCapture => Inline(variables::get_cell_capture),
        Op::SetCellCapture => Inline(variables::set_cell_capture),
        Op::GetCell => Inline(variables::get_cell),
        Op::SetCell => Inline(variables::set_cell),
        Op::LoadBuiltin | Op::NewCell | Op::Closure => Handler,

        Op::Add | Op::Sub | Op::Mul | Op::BitAnd | Op::BitOr | Op::BitXor => Inline(arith::binary),
        Op::AddK | Op::SubK | Op::MulK | Op::BitAndK | Op::BitOrK | Op::BitXorK => Inline(arith::binary),
        Op::Div | Op::DivK => Inline(arith::divide),
        Op::FloorDiv | Op::FloorDivK | Op::Mod | Op::ModK => Inline(arith::floor_divide),
        Op::Shl | Op::Shr | Op::ShlK | Op::ShrK => Inline(arith::shift),
        Op::Neg => Inline(arith::negate),
        Op::BitNot => Inline(arith::bit_not),
        Op::Not => Inline(compare::not),

        Op::Eq | Op::Ne => Inline(compare::equality),
        Op::Lt | Op::Le | Op::Gt | Op::Ge => Inline(compare::order),
        Op::In => Inline(compare::contains),

        Op::Jump => Inline(compare::jump),
        Op::LoopBack => Inline(loops::back),
        Op::JumpIf | Op::JumpIfNot => Inline(compare::jump_if),
        Op::JumpIfUndef => Inline(compare::jump_if_undef),
        Op::JumpIfNotArray | Op::JumpIfNotDict => Handler,
        Op::JumpEq | Op::JumpNe | Op::JumpEqK | Op::JumpNeK => Inline(compare::jump_if_equal),
        Op::JumpLt | Op::JumpLe | Op::JumpGt | Op::JumpGe => Inline(compare::jump_if_ordered),
        Op::JumpNotLt | Op::JumpNotLe | Op::JumpNotGt | Op::JumpNotGe => Inline(compare::jump_if_ordered),
        Op::JumpLtK | Op::JumpLeK | Op::JumpGtK | Op::JumpGeK => Inline(compare::jump_if_ordered),
        Op::JumpNotLtK | Op::JumpNotLeK | Op::JumpNotGtK | Op::JumpNotGeK => Inline(compare::jump_if_ordered),

        Op::ForPrep | Op::ForPrepTo => Inline(loops::prepare),
        Op::ForLoop | Op::ForLoop1 => Inline(loops::counted),
        Op::IterPrep => Handler,
        Op::IterNext | Op::IterNext2 => Inline(iterating::next),

        Op::NewArray | Op::ExtendArray | Op::NewDict | Op::ExtendDict | Op::NewRange => Handler,
        Op::GetIndex => Inline(indexing::get),
        Op::SetIndex => Inline(indexing::set),
        Op::Unpack | Op::MatchKey | Op::NewEnum | Op::DefMember | Op::ToStr | Op::Concat => Handler,

        Op::Call => Inline(calls::call),
        Op::CallMethod => Inline(calls::call_method),
        Op::CallBuiltin => Inline(builtins::call_builtin),
        Op::TailCall => Inline(calls::tail_call),
        Op::TailCallMethod => Handler,
        Op::GetField => Inline(members::get_field),
        Op::SetField => Inline(members::set_field),
        Op::GetMethod => Inline(members::get_method),
        Op::GetSuper | Op::Bind | Op::NewClass | Op::DefMethod | Op::DefStatic | Op::DefFields => Handler,
        Op::Throw | Op::Rethrow => Handler,
        Op::Return | Op::ReturnNil => Inline(calls::leave),
    }
}
