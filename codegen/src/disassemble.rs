//! Listings of compiled code, a line for each machine instruction with the IR instruction that it belongs to.
//!
//! The same trace gives the same listing wherever it lies: places in the code are offsets from the entry, jumps name
//! their destination (`-> loop`, `-> exit 3`, `-> trace 7`), addresses in constants are shown as what they belong to.

use iced_x86::{Code, Decoder, DecoderOptions, FlowControl, Formatter, Instruction, IntelFormatter, OpKind};
use pseudo_trace::ir::trace::Trace;
use pseudo_trace::ir::types::Const;
use rustc_hash::FxHashMap;

use crate::code_memory::CodeMemory;
use crate::compile::{CompiledTrace, MapEntry};
use crate::helpers::Helpers;

/// A machine instruction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Bytes from the entry.
    pub offset: u32,
    /// Its length in bytes.
    pub len: u32,
    /// What it belongs to.
    pub entry: MapEntry,
    /// In words.
    pub text: String,
}

/// Names of addresses outside of a trace: the other traces' entries and loops.
pub type Outside<'a> = &'a dyn Fn(u64) -> Option<String>;

/// The machine instructions of a trace.
pub fn disassemble(
    trace: &Trace,
    compiled: &CompiledTrace,
    memory: &CodeMemory,
    helpers: &Helpers,
    outside: Outside<'_>,
) -> Vec<Line> {
    let code = memory.code(compiled.entry, compiled.size);
    let mut listing = Listing {
        compiled,
        formatter: IntelFormatter::new(),
        known: known_addresses(trace, compiled, memory, helpers),
        outside,
        lines: Vec::new(),
    };
    let options = listing.formatter.options_mut();
    options.set_hex_prefix("0x");
    options.set_hex_suffix("");
    options.set_uppercase_hex(false);
    options.set_space_after_operand_separator(true);
    options.set_small_hex_numbers_in_decimal(true);
    options.set_rip_relative_addresses(false);

    let starts = &compiled.map;
    for (at, &(start, entry)) in starts.iter().enumerate() {
        let end = starts.get(at + 1).map_or(compiled.size as u32, |next| next.0);
        let bytes = &code[start as usize..end as usize];
        match entry {
            MapEntry::Data => listing.data(start, bytes),
            // A stub that has become a jump to a side trace; what follows is what is left of it.
            MapEntry::Stub(_) if bytes.first() == Some(&0xE9) => listing.code(start, entry, &bytes[..5]),
            MapEntry::Stub(_) | MapEntry::Entry | MapEntry::Inst(_) | MapEntry::End | MapEntry::Tail => {
                listing.code(start, entry, bytes);
            }
        }
    }
    listing.lines
}

/// A listing as text, one line an instruction.
pub fn print(lines: &[Line]) -> String {
    let mut text = String::new();
    let mut before = None;
    for line in lines {
        let owner = match line.entry {
            MapEntry::Entry => "entry".to_string(),
            MapEntry::Inst(index) => format!("%{index}"),
            MapEntry::End => "end".to_string(),
            MapEntry::Stub(exit) => format!("exit {exit}"),
            MapEntry::Tail => "exits".to_string(),
            MapEntry::Data => "data".to_string(),
        };
        let owner = if before == Some(line.entry) { String::new() } else { owner };
        before = Some(line.entry);
        text.push_str(&format!("{:04x}  {owner:8}{}\n", line.offset, line.text));
    }
    text
}

/// Addresses that appear in code, and what they are.
fn known_addresses(
    trace: &Trace,
    compiled: &CompiledTrace,
    memory: &CodeMemory,
    helpers: &Helpers,
) -> FxHashMap<u64, String> {
    let routines = memory.routines();
    let mut known: FxHashMap<u64, String> = helpers.names().into_iter().collect();
    known.extend([
        (routines.exit, "leave".to_string()),
        (routines.returned, "return_to_interpreter".to_string()),
        (routines.returned_between, "return_between".to_string()),
        (routines.call_out, "call_out".to_string()),
        (routines.box_int, "box_int".to_string()),
        (routines.reserve, "reserve".to_string()),
        (routines.remember, "remember".to_string()),
        (routines.grow, "grow".to_string()),
    ]);
    for (index, (constant, &word)) in trace.consts.iter().zip(compiled.constants.iter()).enumerate() {
        if matches!(constant, Const::Value(_) | Const::Str(_) | Const::Proto(_) | Const::Pc(_)) {
            known.insert(word, format!("k{index}"));
        }
    }
    known
}

struct Listing<'a> {
    compiled: &'a CompiledTrace,
    formatter: IntelFormatter,
    known: FxHashMap<u64, String>,
    outside: Outside<'a>,
    lines: Vec<Line>,
}

impl Listing<'_> {
    fn code(&mut self, start: u32, entry: MapEntry, bytes: &[u8]) {
        // Decoded as if the entry were at address 0, so that what is relative shows as an offset.
        for instruction in &mut Decoder::with_ip(64, bytes, start as u64, DecoderOptions::NONE) {
            let text = self.instruction(&instruction);
            let (offset, len) = (instruction.ip() as u32, instruction.len() as u32);
            self.lines.push(Line { offset, len, entry, text });
        }
    }

    fn data(&mut self, start: u32, bytes: &[u8]) {
        for (at, word) in bytes.chunks_exact(8).enumerate() {
            let float = f64::from_bits(u64::from_le_bytes(word.try_into().expect("eight bytes")));
            let offset = start + 8 * at as u32;
            self.lines.push(Line { offset, len: 8, entry: MapEntry::Data, text: format!("float {float:?}") });
        }
    }

    fn instruction(&mut self, instruction: &Instruction) -> String {
        let mut text = String::new();
        if instruction.op0_kind() == OpKind::NearBranch64 {
            self.formatter.format_mnemonic(instruction, &mut text);
            let arrow = if instruction.flow_control() == FlowControl::Call { "" } else { "-> " };
            return format!("{text} {arrow}{}", self.destination(instruction.near_branch_target()));
        }
        if instruction.code() == Code::Mov_r64_imm64
            && let Some(name) = self.known.get(&instruction.immediate64())
        {
            let name = name.clone();
            self.formatter.format_mnemonic(instruction, &mut text);
            let mut register = String::new();
            let _ = self.formatter.format_operand(instruction, &mut register, 0);
            return format!("{text} {register}, {name}");
        }
        self.formatter.format(instruction, &mut text);
        match self.spill_slot(instruction) {
            Some(slot) => format!("{text:40}; spill {slot}"),
            None => text,
        }
    }

    fn destination(&self, target: u64) -> String {
        let offset = target as u32;
        if target < self.compiled.size as u64 {
            if self.compiled.head == Some(self.compiled.entry + target) {
                return "loop".to_string();
            }
            let stub = self.compiled.exits.iter().position(|exit| exit.stub == self.compiled.entry + target);
            return match stub {
                Some(exit) => format!("exit {exit}"),
                None if self.compiled.map.contains(&(offset, MapEntry::Tail)) => "exits".to_string(),
                None => format!("{offset:04x}"),
            };
        }
        let address = self.compiled.entry.wrapping_add(target);
        let known = self.known.get(&address).cloned().or_else(|| (self.outside)(address));
        known.unwrap_or_else(|| "elsewhere".to_string())
    }

    /// The spill slot that an instruction reads or writes.
    fn spill_slot(&self, instruction: &Instruction) -> Option<u16> {
        if instruction.memory_base() != iced_x86::Register::RSP {
            return None;
        }
        let word = (instruction.memory_displacement64() / 8) as u16;
        self.compiled.frame.checked_sub(1)?.checked_sub(word)
    }
}
