//! What a debugger reads of a piece of code: that it is a function of a name, and which lines of which files its instructions
//! belong to. As the DWARF standard has it, version 4 (sections 2.1, 6.2, 7.5 and 7.21).

use super::elf::Code;
use crate::machine_code::Lines;

/// The contents of three sections.
pub struct Info {
    /// `.debug_abbrev`.
    pub abbreviations: Vec<u8>,
    /// `.debug_info`.
    pub units: Vec<u8>,
    /// `.debug_line`.
    pub lines: Vec<u8>,
}

const VERSION: u16 = 4;
const ADDRESS_SIZE: u8 = 8;

/// Tags.
const COMPILE_UNIT: u8 = 0x11;
const SUBPROGRAM: u8 = 0x2E;
/// Attributes.
const NAME: u8 = 0x03;
const STMT_LIST: u8 = 0x10;
const LOW_PC: u8 = 0x11;
const HIGH_PC: u8 = 0x12;
/// Forms of attributes: an address, eight bytes, a text, a place in another section.
const ADDR: u8 = 0x01;
const DATA8: u8 = 0x07;
const STRING: u8 = 0x08;
const SEC_OFFSET: u8 = 0x17;

/// Operations of the line table.
const COPY: u8 = 1;
const ADVANCE_PC: u8 = 2;
const ADVANCE_LINE: u8 = 3;
const SET_FILE: u8 = 4;
const EXTENDED: u8 = 0;
const END_SEQUENCE: u8 = 1;
const SET_ADDRESS: u8 = 2;
/// How many operands each of the operations has that are known by their numbers.
const OPERANDS: [u8; 12] = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];

/// What there is to say of a piece of code.
pub fn info(code: &Code<'_>, lines: &Lines) -> Info {
    Info { abbreviations: abbreviations(), units: units(code, lines), lines: line_table(code, lines) }
}

fn abbreviations() -> Vec<u8> {
    let unit = [1, COMPILE_UNIT, 1, NAME, STRING, LOW_PC, ADDR, HIGH_PC, DATA8, STMT_LIST, SEC_OFFSET, 0, 0];
    let function = [2, SUBPROGRAM, 0, NAME, STRING, LOW_PC, ADDR, HIGH_PC, DATA8, 0, 0];
    [&unit[..], &function, &[0]].concat()
}

fn units(code: &Code<'_>, lines: &Lines) -> Vec<u8> {
    with_length(|out| {
        out.extend(VERSION.to_le_bytes());
        // Where its abbreviations are.
        out.extend(0u32.to_le_bytes());
        out.push(ADDRESS_SIZE);
        for (number, name) in [(1, lines.files.first().map_or(code.name, String::as_str)), (2, code.name)] {
            out.push(number);
            text(out, name);
            out.extend(code.start.to_le_bytes());
            out.extend(code.size.to_le_bytes());
            if number == 1 {
                out.extend(0u32.to_le_bytes());
            }
        }
        // No more functions.
        out.push(0);
    })
}

fn line_table(code: &Code<'_>, lines: &Lines) -> Vec<u8> {
    with_length(|out| {
        out.extend(VERSION.to_le_bytes());
        let rest = with_length(|out| {
            // Bytes of the shortest instruction, operations in one, whether lines begin statements, and which advances have
            // operations of their own: none is used.
            out.extend([1, 1, 1, -5i8 as u8, 14, OPERANDS.len() as u8 + 1]);
            out.extend(OPERANDS);
            // No folders: names are absolute.
            out.push(0);
            for file in &lines.files {
                text(out, file);
                // Its folder, time and length, which are not told.
                out.extend([0, 0, 0]);
            }
            out.push(0);
        });
        out.extend(rest);
        program(out, code, lines);
    })
}

fn program(out: &mut Vec<u8>, code: &Code<'_>, lines: &Lines) {
    if lines.lines.is_empty() {
        return;
    }
    out.extend([EXTENDED, 1 + ADDRESS_SIZE, SET_ADDRESS]);
    out.extend(code.start.to_le_bytes());
    // What the table begins with.
    let (mut at, mut file, mut line) = (0u64, 1, 1i64);
    for next in &lines.lines {
        out.push(ADVANCE_PC);
        unsigned(out, u64::from(next.offset) - at);
        at = next.offset.into();
        if file != next.file + 1 {
            file = next.file + 1;
            out.push(SET_FILE);
            unsigned(out, file as u64);
        }
        out.push(ADVANCE_LINE);
        signed(out, i64::from(next.line) - line);
        line = next.line.into();
        out.push(COPY);
    }
    out.push(ADVANCE_PC);
    unsigned(out, code.size - at);
    out.extend([EXTENDED, 1, END_SEQUENCE]);
}

/// What is written, behind its length.
pub fn with_length(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut body = Vec::new();
    write(&mut body);
    let mut out = (body.len() as u32).to_le_bytes().to_vec();
    out.extend(body);
    out
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend(text.bytes().filter(|&byte| byte != 0));
    out.push(0);
}

/// A number in as many bytes as it needs, seven bits each (LEB128).
pub fn unsigned(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let byte = (number & 0x7F) as u8;
        number >>= 7;
        if number == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// The same for one that may be negative.
pub fn signed(out: &mut Vec<u8>, mut number: i64) {
    loop {
        let byte = (number & 0x7F) as u8;
        number >>= 7;
        if (number == 0 && byte & 0x40 == 0) || (number == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}
