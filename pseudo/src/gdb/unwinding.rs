//! How to unwind through a piece of code: `.eh_frame`, as the Linux Standard Base has it, with the operations of DWARF's
//! call frame information (version 4, section 6.4).
//!
//! A frame's beginning is a distance from `rsp`; or from a word of the context, to which `r14` points wherever compiled code
//! runs, where a routine has gone to another stack, or where the frame below is the one that compiled code was entered from. So
//! a debugger goes from the native stack to the process's, and from there on.

use pseudo_codegen::frames::{Frame, Row};

use super::dwarf::{signed, unsigned, with_length};
use super::elf::Code;

/// Registers' numbers in DWARF.
const RBX: u8 = 3;
const RBP: u8 = 6;
const RSP: u8 = 7;
const R12: u8 = 12;
const R13: u8 = 13;
const R14: u8 = 14;
const R15: u8 = 15;
const RETURN_ADDRESS: u8 = 16;
/// Registers that `enter` pushes, in order.
const PUSHED: [u8; 6] = [RBX, RBP, R12, R13, R14, R15];
/// Those that traces change without keeping them.
const LOST: [u8; 4] = [RBX, R12, R13, R15];

/// Operations.
const ADVANCE_LOC4: u8 = 0x04;
const UNDEFINED: u8 = 0x07;
const DEF_CFA: u8 = 0x0C;
const DEF_CFA_EXPRESSION: u8 = 0x0F;
const OFFSET: u8 = 0x80;
/// Operations of expressions: a register and a distance, the word there, and a number added.
const BREG0: u8 = 0x70;
const DEREF: u8 = 0x06;
const PLUS_UCONST: u8 = 0x23;

/// The unwinding of a piece of code with these rows. From `saves` on, the registers that `enter` has pushed lie where it has
/// pushed them; a trace `is_trace` loses others.
pub fn frames(code: &Code<'_>, rows: &[Row], saves: Option<u32>, is_trace: bool) -> Vec<u8> {
    let mut out = padded(|out| {
        // What is common to all pieces: version 1, and that addresses are whole words.
        out.extend(0u32.to_le_bytes());
        out.push(1);
        out.extend(b"zR\0");
        unsigned(out, 1);
        signed(out, -8);
        unsigned(out, RETURN_ADDRESS.into());
        out.extend([1, 0]);
        define(out, Frame::Stack(8));
        offset(out, RETURN_ADDRESS, 1);
    });
    let before = out.len() as u32 + 4;
    out.extend(padded(|out| {
        out.extend(before.to_le_bytes());
        out.extend(code.start.to_le_bytes());
        out.extend(code.size.to_le_bytes());
        out.push(0);
        if is_trace {
            LOST.iter().for_each(|&register| out.extend([UNDEFINED, register]));
        }
        let mut at = 0;
        let mut saves = saves;
        for row in rows {
            if row.offset > at {
                out.push(ADVANCE_LOC4);
                out.extend((row.offset - at).to_le_bytes());
                at = row.offset;
            }
            define(out, row.frame);
            if saves.is_some_and(|from| from <= at) {
                saves = None;
                PUSHED.iter().zip(2..).for_each(|(&register, words)| offset(out, register, words));
            }
        }
    }));
    // The end.
    out.extend(0u32.to_le_bytes());
    out
}

fn define(out: &mut Vec<u8>, frame: Frame) {
    match frame {
        Frame::Stack(bytes) => {
            out.extend([DEF_CFA, RSP]);
            unsigned(out, bytes.max(0) as u64);
        }
        Frame::Context { word, above } => {
            let mut expression = vec![BREG0 + R14];
            signed(&mut expression, word.into());
            expression.extend([DEREF, PLUS_UCONST]);
            unsigned(&mut expression, above.max(0) as u64);
            out.push(DEF_CFA_EXPRESSION);
            unsigned(out, expression.len() as u64);
            out.extend(expression);
        }
    }
}

/// A register was pushed so many words below the frame's beginning.
fn offset(out: &mut Vec<u8>, register: u8, words: u64) {
    out.push(OFFSET | register);
    unsigned(out, words);
}

/// What is written behind its length, with operations that do nothing up to a multiple of eight bytes.
fn padded(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    with_length(|out| {
        write(out);
        out.resize((out.len() + 4).next_multiple_of(8) - 4, 0);
    })
}
