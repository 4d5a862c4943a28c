//! An object file for a piece of code that lies in memory already: a section that has no contents, at its address, with one
//! symbol, and sections that describe it. As System V's application binary interface has it (`Object Files`), for x86-64.

use super::dwarf::Info;

/// A piece of code.
pub struct Code<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its address.
    pub start: u64,
    /// Bytes.
    pub size: u64,
}

/// Kinds of sections.
const PROGBITS: u32 = 1;
const SYMTAB: u32 = 2;
const STRTAB: u32 = 3;
const NOBITS: u32 = 8;
/// What sections are: part of the process's memory, and code.
const ALLOCATED: u64 = 2;
const EXECUTABLE: u64 = 4;

/// Bytes of the header, of a row of the table of sections, and of a symbol.
const HEADER: usize = 64;
const ROW: usize = 64;
const SYMBOL: u64 = 24;
/// Where sections begin.
const ALIGN: usize = 8;
/// The section of the code is the first behind an empty one.
const TEXT: u16 = 1;

struct Section<'a> {
    name: &'static str,
    kind: u32,
    flags: u64,
    address: u64,
    /// For a section without contents.
    size: u64,
    bytes: &'a [u8],
    link: u32,
    info: u32,
    entry: u64,
}

impl<'a> Section<'a> {
    fn new(name: &'static str, kind: u32, bytes: &'a [u8]) -> Section<'a> {
        Section { name, kind, flags: 0, address: 0, size: bytes.len() as u64, bytes, link: 0, info: 0, entry: 0 }
    }
}

/// The file.
pub fn object(code: &Code<'_>, info: &Info, frames: &[u8]) -> Vec<u8> {
    let (mut names, mut symbols) = (vec![0], vec![0; SYMBOL as usize]);
    let name = names.len() as u32;
    names.extend(code.name.bytes().filter(|&byte| byte != 0));
    names.push(0);
    symbols.extend(name.to_le_bytes());
    // Global, and a function; seen by all.
    symbols.extend([1 << 4 | 2, 0]);
    symbols.extend(TEXT.to_le_bytes());
    // From the beginning of its section.
    symbols.extend(0u64.to_le_bytes());
    symbols.extend(code.size.to_le_bytes());

    let mut text = Section::new(".text", NOBITS, &[]);
    (text.flags, text.address, text.size) = (ALLOCATED | EXECUTABLE, code.start, code.size);
    let mut unwinding = Section::new(".eh_frame", PROGBITS, frames);
    unwinding.flags = ALLOCATED;
    let mut symtab = Section::new(".symtab", SYMTAB, &symbols);
    // One symbol that is local: the empty one.
    (symtab.info, symtab.entry) = (1, SYMBOL);
    let mut sections = vec![
        Section::new("", 0, &[]),
        text,
        unwinding,
        Section::new(".debug_abbrev", PROGBITS, &info.abbreviations),
        Section::new(".debug_info", PROGBITS, &info.units),
        Section::new(".debug_line", PROGBITS, &info.lines),
    ];
    symtab.link = sections.len() as u32 + 1;
    sections.push(symtab);
    sections.push(Section::new(".strtab", STRTAB, &names));
    let mut section_names = Vec::new();
    let starts: Vec<u32> = sections
        .iter()
        .map(|section| section.name)
        .chain([".shstrtab"])
        .map(|name| {
            let start = section_names.len() as u32;
            section_names.extend(name.bytes());
            section_names.push(0);
            start
        })
        .collect();
    sections.push(Section::new(".shstrtab", STRTAB, &section_names));

    let mut out = header(sections.len() as u16);
    let mut offset = HEADER + ROW * sections.len();
    let mut contents = Vec::new();
    for (section, name) in sections.iter().zip(starts) {
        out.extend(name.to_le_bytes());
        out.extend(section.kind.to_le_bytes());
        let align = if section.kind == NOBITS { 1 } else { ALIGN as u64 };
        let words = [section.flags, section.address, offset as u64, section.size];
        words.iter().for_each(|word| out.extend(word.to_le_bytes()));
        out.extend(section.link.to_le_bytes());
        out.extend(section.info.to_le_bytes());
        out.extend(align.to_le_bytes());
        out.extend(section.entry.to_le_bytes());
        contents.extend(section.bytes);
        contents.resize(contents.len().next_multiple_of(ALIGN), 0);
        offset = HEADER + ROW * sections.len() + contents.len();
    }
    out.extend(contents);
    out
}

/// The file's header, for so many sections, the last of which has their names.
fn header(sections: u16) -> Vec<u8> {
    // 64 bits, little-endian, version 1.
    let mut out = vec![0x7F, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    // An object file, for x86-64.
    for half in [1u16, 62] {
        out.extend(half.to_le_bytes());
    }
    out.extend(1u32.to_le_bytes());
    // No entry, no segments; the table of sections comes next.
    for word in [0, 0, HEADER as u64] {
        out.extend(word.to_le_bytes());
    }
    out.extend(0u32.to_le_bytes());
    for half in [HEADER as u16, 0, 0, ROW as u16, sections, sections - 1] {
        out.extend(half.to_le_bytes());
    }
    out
}
