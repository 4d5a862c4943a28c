//! Where the caller of machine code finds itself: for each place in a piece of code, where the frame begins whose return
//! address lies there (DWARF calls that the canonical frame address).
//!
//! Read off the code itself, an instruction after the other, rather than noted while it is emitted: pushes, pops and additions
//! to `rsp`, and the few instructions by which routines go from one stack to the other. So it cannot differ from what the code
//! does, and the emitters need not know of it.

use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind, Register};
use rustc_hash::FxHashMap;

/// Where a frame begins: one past its return address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Frame {
    /// So many bytes above `rsp`.
    Stack(i32),
    /// So many bytes above what a word of the context holds, to which `r14` points.
    Context {
        /// The word's offset.
        word: i32,
        /// The bytes.
        above: i32,
    },
}

impl Frame {
    fn moved(self, bytes: i32) -> Frame {
        match self {
            Frame::Stack(above) => Frame::Stack(above + bytes),
            Frame::Context { .. } => self,
        }
    }
}

/// From a place in the code on, up to the next row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// Bytes from the beginning of the code.
    pub offset: u32,
    /// Where the frame begins.
    pub frame: Frame,
}

/// The rows of code whose first instruction finds the frame at `first`; so does, as far as that is not seen from jumps, what
/// follows where the code does not go on: `elsewhere`.
pub fn rows(code: &[u8], first: Frame, elsewhere: Frame) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut targets: FxHashMap<u64, Frame> = FxHashMap::default();
    let mut now = Some(first);
    // The word of the context that holds `rsp`, and the frame as seen from there.
    let mut kept: Option<(i32, i32)> = None;
    for instruction in &mut Decoder::with_ip(64, code, 0, DecoderOptions::NONE) {
        let frame = now.or_else(|| targets.get(&instruction.ip()).copied()).unwrap_or(elsewhere);
        if rows.last().is_none_or(|row| row.frame != frame) {
            rows.push(Row { offset: instruction.ip() as u32, frame });
        }
        let next = after(&instruction, frame, &mut kept);
        if instruction.op0_kind() == OpKind::NearBranch64 {
            let is_call = instruction.flow_control() == FlowControl::Call;
            let there = if is_call { frame.moved(8) } else { frame };
            targets.entry(instruction.near_branch_target()).or_insert(there);
        }
        let goes_on = !matches!(
            instruction.flow_control(),
            FlowControl::UnconditionalBranch | FlowControl::IndirectBranch | FlowControl::Return
        );
        now = goes_on.then_some(next);
    }
    rows
}

/// The frame behind an instruction.
fn after(instruction: &Instruction, frame: Frame, kept: &mut Option<(i32, i32)>) -> Frame {
    let word = || {
        let in_context = instruction.memory_base() == Register::R14 && instruction.memory_index() == Register::None;
        in_context.then_some(instruction.memory_displacement64() as i32)
    };
    let is_stack = |operand: u32| {
        instruction.op_kind(operand) == OpKind::Register && instruction.op_register(operand) == Register::RSP
    };
    match instruction.mnemonic() {
        Mnemonic::Push | Mnemonic::Pop => frame.moved(-instruction.stack_pointer_increment()),
        Mnemonic::Add if is_stack(0) => frame.moved(-(instruction.immediate(1) as i32)),
        Mnemonic::Sub if is_stack(0) => frame.moved(instruction.immediate(1) as i32),
        // The stack is aligned, which is told from what was kept before.
        Mnemonic::And if is_stack(0) => kept.map_or(frame, |(word, above)| Frame::Context { word, above }),
        Mnemonic::Mov if instruction.op0_kind() == OpKind::Memory && is_stack(1) => {
            if let (Some(word), Frame::Stack(above)) = (word(), frame) {
                *kept = Some((word, above));
            }
            frame
        }
        Mnemonic::Mov if is_stack(0) && instruction.op1_kind() == OpKind::Memory => match (word(), *kept, frame) {
            (Some(from), Some((word, above)), _) if from == word => Frame::Stack(above),
            (Some(from), _, Frame::Context { word, above }) if from == word => Frame::Stack(above),
            // The other stack.
            (_, Some((word, above)), _) => Frame::Context { word, above },
            _ => frame,
        },
        _ => frame,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::encode::{Alu, Code, Cond, Rm};

    const RAX: u8 = 0;
    const RSP: u8 = 4;
    const R14: u8 = 14;

    fn places(code: Code, first: Frame) -> Vec<(u32, Frame)> {
        let bytes = code.finish(0x1000);
        rows(&bytes, first, Frame::Stack(99)).into_iter().map(|row| (row.offset, row.frame)).collect()
    }

    #[test]
    fn pushes_and_frames_move_it() {
        let mut code = Code::default();
        let cold = code.label();
        code.alu_imm(Alu::Sub, Rm::Reg(RSP), 24);
        let framed = code.offset();
        code.test(RAX, RAX);
        code.jcc(Cond::Equal, cold);
        code.alu_imm(Alu::Add, Rm::Reg(RSP), 24);
        let dropped = code.offset();
        code.push(RAX);
        let pushed = code.offset();
        code.pop(RAX);
        let popped = code.offset();
        code.ret();
        // Come to from where the frame was there.
        let behind = code.offset();
        code.bind(cold);
        code.ret();
        let unseen = code.offset();
        code.ret();
        let expected = [
            (0, Frame::Stack(8)),
            (framed, Frame::Stack(32)),
            (dropped, Frame::Stack(8)),
            (pushed, Frame::Stack(16)),
            (popped, Frame::Stack(8)),
            (behind, Frame::Stack(32)),
            (unseen, Frame::Stack(99)),
        ];
        assert_eq!(places(code, Frame::Stack(8)), expected);
    }

    #[test]
    fn a_kept_stack_pointer_tells() {
        let mut code = Code::default();
        code.store(Rm::Mem(R14, 64), RSP);
        code.mov(RSP, Rm::Mem(R14, 56));
        let away = code.offset();
        code.call_rax();
        code.mov(RSP, Rm::Mem(R14, 64));
        let back = code.offset();
        code.ret();
        let frame = Frame::Context { word: 64, above: 8 };
        let expected = [(0, Frame::Stack(8)), (away, frame), (back, Frame::Stack(8))];
        assert_eq!(places(code, Frame::Stack(8)), expected);
    }
}
