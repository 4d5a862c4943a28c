//! Listings of the machine code of functions.

use iced_x86::{Code, Decoder, DecoderOptions, FlowControl, Formatter, Instruction, IntelFormatter, OpKind};
use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::value::{TAG_SHIFT, Value};

use super::{MethodCode, Part};
use crate::code_memory::CodeMemory;

/// A machine instruction, and what it belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Bytes from the beginning of the code.
    pub offset: u32,
    /// What it belongs to.
    pub part: Part,
    /// In words. Places in the code are distances from its beginning; what lies outside has no number.
    pub text: String,
}

/// The machine instructions of a function.
pub fn listing(proto: &Proto, method: &MethodCode, memory: &CodeMemory) -> Vec<Line> {
    let code = memory.code(method.start, method.size);
    let mut formatter = IntelFormatter::new();
    let options = formatter.options_mut();
    options.set_hex_prefix("0x");
    options.set_hex_suffix("");
    options.set_uppercase_hex(false);
    options.set_space_after_operand_separator(true);
    options.set_small_hex_numbers_in_decimal(true);
    options.set_rip_relative_addresses(false);
    let mut lines = Vec::new();
    for (index, &(start, part)) in method.map.iter().enumerate() {
        if part == Part::Data {
            continue;
        }
        let end = method.map.get(index + 1).map_or(method.size as u32, |next| next.0);
        let bytes = &code[start as usize..end as usize];
        for instruction in &mut Decoder::with_ip(64, bytes, u64::from(start), DecoderOptions::NONE) {
            let text = text_of(proto, &mut formatter, &instruction);
            lines.push(Line { offset: instruction.ip() as u32, part, text });
        }
    }
    lines
}

fn text_of(proto: &Proto, formatter: &mut IntelFormatter, instruction: &Instruction) -> String {
    let mut text = String::new();
    if instruction.op0_kind() == OpKind::NearBranch64 {
        formatter.format_mnemonic(instruction, &mut text);
        let arrow = if instruction.flow_control() == FlowControl::Call { "" } else { "-> " };
        return format!("{text} {arrow}{:04x}", instruction.near_branch_target());
    }
    if instruction.code() == Code::Mov_r64_imm64 {
        let address = instruction.immediate64();
        // Dumps contain no addresses: they differ from run to run.
        let name = if proto.contains(address as *const u64) {
            format!("@{}", proto.index_of(address as *const u64))
        } else if address >> TAG_SHIFT == 0 {
            "address".to_string()
        } else if Value(address).is_pointer() {
            "object".to_string()
        } else {
            format!("{address:#x}")
        };
        let mut register = String::new();
        formatter.format_mnemonic(instruction, &mut text);
        let _ = formatter.format_operand(instruction, &mut register, 0);
        return format!("{text} {register}, {name}");
    }
    formatter.format(instruction, &mut text);
    text
}
