//! What is written, read back with a decoder.

use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter};

use super::*;

pub(super) fn read(write: impl FnOnce(&mut Code)) -> Vec<String> {
    let mut code = Code::default();
    write(&mut code);
    let bytes = code.finish(0x1000);
    let mut formatter = IntelFormatter::new();
    formatter.options_mut().set_space_after_operand_separator(true);
    formatter.options_mut().set_hex_prefix("0x");
    formatter.options_mut().set_hex_suffix("");
    formatter.options_mut().set_uppercase_hex(false);
    formatter.options_mut().set_small_hex_numbers_in_decimal(true);
    let mut lines = Vec::new();
    for instruction in &mut Decoder::with_ip(64, &bytes, 0x1000, DecoderOptions::NONE) {
        assert!(!instruction.is_invalid(), "{bytes:x?}");
        let mut line = String::new();
        formatter.format(&instruction, &mut line);
        lines.push(line);
    }
    lines
}

const NAMES: [&str; 16] =
    ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];

const BYTES: [&str; 16] =
    ["al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil", "r8b", "r9b", "r10b", "r11b", "r12b", "r13b", "r14b", "r15b"];
const DOUBLE_WORDS: [&str; 16] = [
    "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r10d", "r11d", "r12d", "r13d", "r14d",
    "r15d",
];

#[test]
fn every_register_as_operand_and_base() {
    for (reg, name) in NAMES.iter().enumerate() {
        for (base, base_name) in NAMES.iter().enumerate() {
            let (r, b) = (reg as u8, base as u8);
            let mut expected = vec![
                format!("add {name}, {base_name}"),
                format!("mov {name}, [{base_name}]"),
                format!("mov {name}, [{base_name}+8]"),
                format!("mov [{base_name}-0x80], {name}"),
                format!("mov [{base_name}+0x80], {name}"),
                format!("mov {}, [{base_name}+8]", DOUBLE_WORDS[reg]),
                format!("cmp {}, [{base_name}+8]", DOUBLE_WORDS[reg]),
            ];
            expected.push(format!("mov [{base_name}+8], {}", BYTES[reg]));
            if base != 4 {
                expected.push(format!("mov {name}, [{name}+{base_name}*8]"));
                expected.push(format!("mov {name}, [{name}+{base_name}*8-0x1000]"));
                expected.push(format!("mov [{name}+{base_name}], {}", BYTES[reg]));
                expected.push(format!("movzx {}, byte ptr [{name}+{base_name}-0x80]", DOUBLE_WORDS[reg]));
            }
            let lines = read(|code| {
                code.alu(Alu::Add, r, Rm::Reg(b));
                code.mov(r, Rm::Mem(b, 0));
                code.mov(r, Rm::Mem(b, 8));
                code.store(Rm::Mem(b, -128), r);
                code.store(Rm::Mem(b, 128), r);
                code.load32(r, Rm::Mem(b, 8));
                code.alu32(Alu::Cmp, r, Rm::Mem(b, 8));
                code.store_byte(Rm::Mem(b, 8), r);
                if base != 4 {
                    code.mov(r, Rm::Elem(r, b, 0));
                    code.mov(r, Rm::Elem(r, b, -4096));
                    code.store_byte(Rm::Byte(r, b, 0), r);
                    code.load_byte(r, Rm::Byte(r, b, -128));
                }
            });
            assert_eq!(lines, expected);
        }
    }
}

#[test]
fn sums_by_lea() {
    for dst in [0, 5, 13] {
        for a in (0..16).filter(|&a| a != 4) {
            for b in (0..16).filter(|&b| b != 4) {
                let line = read(|code| code.lea_sum(dst, a, b)).remove(0);
                let (d, a, b) = (NAMES[dst as usize], NAMES[a as usize], NAMES[b as usize]);
                assert!(
                    line == format!("lea {d}, [{a}+{b}]") || line == format!("lea {d}, [{b}+{a}]"),
                    "{line} for {d} = {a} + {b}"
                );
            }
        }
    }
}

#[test]
fn products_by_lea() {
    for (times, scale) in [(3, 2), (5, 4), (9, 8)] {
        for dst in [0, 5, 13] {
            for a in (0..16).filter(|&a| a != 4) {
                let line = read(|code| code.lea_times(dst, a, times)).remove(0);
                let (d, a) = (NAMES[dst as usize], NAMES[a as usize]);
                assert_eq!(line, format!("lea {d}, [{a}+{a}*{scale}]"));
            }
        }
    }
}

#[test]
fn immediates_take_their_shortest_form() {
    let lines = read(|code| {
        code.clear(9);
        code.mov_imm(9, 5);
        code.mov_imm(1, u64::MAX);
        code.mov_imm(15, 1 << 40);
        code.alu_imm(Alu::Sub, Rm::Reg(8), 127);
        code.alu_imm(Alu::Cmp, Rm::Mem(14, 16), 1000);
        code.imul_imm(6, Rm::Reg(7), 3);
        code.store_imm(Rm::Mem(3, 0), -1);
        code.store_imm32(Rm::Mem(14, 24), 7);
        code.shift_imm(Shift::Sar, 10, 47);
        code.cmp_byte(Rm::Mem(0, 1), 2);
        code.store_byte_imm(Rm::Byte(5, 13, 0), 1);
        code.cmov(Cond::Less, 9, Rm::Reg(2));
        code.cmov(Cond::Parity, 0, Rm::Mem(14, 64));
    });
    assert_eq!(
        lines,
        [
            "xor r9d, r9d",
            "mov r9d, 5",
            "mov rcx, 0xffffffffffffffff",
            "mov r15, 0x10000000000",
            "sub r8, 0x7f",
            "cmp qword ptr [r14+0x10], 0x3e8",
            "imul rsi, rdi, 3",
            "mov qword ptr [rbx], 0xffffffffffffffff",
            "mov dword ptr [r14+0x18], 7",
            "sar r10, 0x2f",
            "cmp byte ptr [rax+1], 2",
            "mov byte ptr [rbp+r13], 1",
            "cmovl r9, rdx",
            "cmovp rax, [r14+0x40]",
        ]
    );
}

#[test]
fn floats() {
    let lines = read(|code| {
        code.sse(Sse::Add, 9, Rm::Reg(2));
        code.sse(Sse::Compare, 1, Rm::Mem(14, 32));
        code.movsd(3, Rm::Reg(12));
        code.movsd(3, Rm::Elem(6, 12, 8));
        code.movsd_store(Rm::Mem(13, 0), 14);
        code.movq_to_xmm(10, 8);
        code.movq_from_xmm(8, 10);
        code.cvtsi2sd(8, Rm::Reg(9));
        code.cvttsd2si(9, Rm::Reg(8));
        code.roundsd(1, Rm::Reg(11), 3);
        code.clear_xmm(9);
    });
    assert_eq!(
        lines,
        [
            "addsd xmm9, xmm2",
            "ucomisd xmm1, [r14+0x20]",
            "movaps xmm3, xmm12",
            "movsd xmm3, [rsi+r12*8+8]",
            "movsd [r13], xmm14",
            "movq xmm10, r8",
            "movq r8, xmm10",
            "cvtsi2sd xmm8, r9",
            "cvttsd2si r9, xmm8",
            "roundsd xmm1, xmm11, 0xb",
            "xorps xmm9, xmm9",
        ]
    );
}

#[test]
fn what_only_whole_functions_use() {
    let lines = read(|code| {
        let cell = code.label();
        code.load16(1, Rm::Mem(7, -7));
        code.low_byte(0, 7);
        code.low_byte(9, 1);
        code.div32(Rm::Reg(1));
        code.exchange_rax(10);
        code.exchange_rax(3);
        code.push(1);
        code.push(12);
        code.pop(9);
        code.jmp_to(Rm::Mem(13, 24));
        code.jmp_to(Rm::Reg(0));
        code.lea_before(8, cell, 16);
        code.bind(cell);
    });
    assert_eq!(
        lines,
        [
            "movzx ecx, word ptr [rdi-7]",
            "movzx eax, dil",
            "movzx r9d, cl",
            "div ecx",
            "xchg r10, rax",
            "xchg rbx, rax",
            "push rcx",
            "push r12",
            "pop r9",
            "jmp qword ptr [r13+0x18]",
            "jmp rax",
            "lea r8, [0x1014]",
        ]
    );
}

#[test]
fn addresses_of_labels_are_data() {
    let mut code = Code::default();
    let label = code.label();
    code.data_address(label);
    code.bind(label);
    assert_eq!(code.finish(0x1000), 0x1008u64.to_le_bytes());
}

#[test]
fn labels_and_padding() {
    let lines = read(|code| {
        let (head, data) = (code.label(), code.label());
        code.mov(6, Rm::Reg(7));
        code.align();
        code.bind(head);
        code.alu_imm(Alu::Cmp, Rm::Data(data), 1);
        code.jcc(Cond::Less, head);
        code.jmp_outside(0x2000);
        code.bind(data);
    });
    assert_eq!(lines.first().map(String::as_str), Some("mov rsi, rdi"));
    assert_eq!(lines[lines.len() - 2..], ["jl short 0x0000000000001040", "jmp 0x0000000000002000"]);
}

#[test]
fn jumps_back_are_short_where_that_reaches() {
    let lines = read(|code| {
        let head = code.label();
        code.bind(head);
        (0..124).for_each(|_| code.bytes.push(0x90));
        code.jmp(head);
        code.jcc(Cond::Above, head);
        code.jcc(Cond::Above, head);
    });
    let jumps = ["jmp short 0x0000000000001000", "ja short 0x0000000000001000", "ja 0x0000000000001000"];
    assert_eq!(lines[lines.len() - 3..], jumps);
}
