//! The files for debuggers, read back by readers of others.

use std::cell::RefCell;
use std::rc::Rc;

use gimli::{
    BaseAddresses, CfaRule, DebugAbbrev, DebugInfo, DebugLine, DebugStr, EhFrame, LittleEndian, Reader as _, Register,
    RegisterRule, UnwindContext, UnwindSection,
};
use object::{Object, ObjectSection, ObjectSymbol};
use pseudo_codegen::engine::{Event, Observer, Piece, Tier};
use pseudo_codegen::frames::{Frame, Row};
use pseudo_vm::syntax::source::Source;
use pseudo_vm::vm::Vm;

use super::{object as file_of, symbol};
use crate::machine_code::{Lines, lines};
use crate::{RunOptions, Session};

/// A piece of code, and what is told of it.
struct Told {
    name: String,
    start: u64,
    size: u64,
    rows: Vec<Row>,
    lines: Lines,
    file: Vec<u8>,
}

#[derive(Clone, Default)]
struct Everything(Rc<RefCell<Vec<Told>>>);

impl Observer for Everything {
    fn event(&mut self, _: &Vm, _: &Event<'_>) {}

    fn installed(&mut self, vm: &Vm, piece: &Piece<'_>) {
        let (name, lines) = (symbol(vm, piece), lines(vm, piece));
        self.0.borrow_mut().push(Told {
            file: file_of(&name, piece, &lines),
            name,
            start: piece.start,
            size: piece.bytes.len() as u64,
            rows: piece.frames(),
            lines,
        });
    }
}

/// What debuggers are told of a program with loops, functions that call themselves, side traces, and helpers.
fn told(tier: Tier) -> Vec<Told> {
    let program = "fn fib(n)\n    if n < 2 then return n end\n    return fib(n - 1) + fib(n - 2)\nend\nlet s = 0\nlet t = \"\"\n\
                   for i in 0..3000 do\n    if i % 3 == 0 then s = s ^ i else s = s + 1 end\n    t = str(i * s) + t\nend\n\
                   print(fib(15), s, len(t))";
    let everything = Everything::default();
    let observer: Box<dyn Observer> = Box::new(everything.clone());
    let options = RunOptions { tier, capture: true, observer: Some(observer), ..RunOptions::default() };
    let mut session = Session::new(options).expect("a machine");
    assert_eq!(session.run(Source::new("told", program)).status, 0);
    everything.0.take()
}

fn all() -> Vec<Told> {
    let mut all = told(Tier::Trace);
    all.extend(told(Tier::Method));
    for part in ["trace 1: ", "side trace", ": function, fib at told:", "function: ", "__morestack", "routine: enter"] {
        assert!(all.iter().any(|told| told.name.contains(part)), "nothing is called `{part}`");
    }
    all
}

fn section<'a>(file: &object::File<'a>, name: &str) -> &'a [u8] {
    file.section_by_name(name).expect("a section").data().expect("its contents")
}

#[test]
fn files_have_the_code_and_its_symbol() {
    for told in all() {
        let file = object::File::parse(&*told.file).expect("a file");
        let text = file.section_by_name(".text").expect("a section");
        assert_eq!((text.address(), text.size()), (told.start, told.size));
        let symbols: Vec<_> = file.symbols().filter(|symbol| symbol.is_definition()).collect();
        let [symbol] = &symbols[..] else { panic!("{symbols:?}") };
        assert_eq!((symbol.name(), symbol.size()), (Ok(&*told.name), told.size));
        assert_eq!(symbol.section_index(), Some(text.index()));
    }
}

#[test]
fn files_have_the_lines() {
    for told in all() {
        let file = object::File::parse(&*told.file).expect("a file");
        let info = DebugInfo::new(section(&file, ".debug_info"), LittleEndian);
        let abbreviations = DebugAbbrev::new(section(&file, ".debug_abbrev"), LittleEndian);
        let mut units = info.units();
        let header = units.next().expect("well formed").expect("a unit");
        assert!(units.next().expect("well formed").is_none());
        let abbreviations = header.abbreviations(&abbreviations).expect("well formed");
        let mut entries = header.entries(&abbreviations);
        let mut names = Vec::new();
        while let Some(entry) = entries.next_dfs().expect("well formed") {
            let name = entry.attr_value(gimli::DW_AT_name).expect("a name");
            let name = name.string_value(&DebugStr::new(&[], LittleEndian)).expect("a text");
            names.push(name.to_string().expect("UTF-8").to_owned());
            assert_eq!(entry.attr_value(gimli::DW_AT_low_pc), Some(gimli::AttributeValue::Addr(told.start)));
        }
        assert_eq!(names.last(), Some(&told.name));

        let table = DebugLine::new(section(&file, ".debug_line"), LittleEndian);
        let program = table.program(gimli::DebugLineOffset(0), 8, None, None).expect("well formed");
        let mut rows = program.rows();
        let mut found = Vec::new();
        while let Some((header, row)) = rows.next_row().expect("well formed") {
            if row.end_sequence() {
                assert_eq!(row.address(), told.start + told.size);
                continue;
            }
            let name = row.file(header).expect("a file").path_name();
            let name = name.string_value(&DebugStr::new(&[], LittleEndian)).expect("a text");
            let line = row.line().expect("a line").get() as u32;
            found.push(((row.address() - told.start) as u32, name.to_string().expect("UTF-8").to_owned(), line));
        }
        let expected = told.lines.lines.iter();
        let expected: Vec<_> =
            expected.map(|line| (line.offset, told.lines.files[line.file].clone(), line.line)).collect();
        assert_eq!(found, expected, "{}", told.name);
        let is_program = told.name.starts_with("trace") || told.name.starts_with("function");
        assert_eq!(is_program, !found.is_empty(), "{}", told.name);
    }
}

#[test]
fn files_say_how_to_unwind() {
    const RBX: Register = Register(3);
    const RSP: Register = Register(7);
    for told in all() {
        let file = object::File::parse(&*told.file).expect("a file");
        let frames = EhFrame::new(section(&file, ".eh_frame"), LittleEndian);
        let bases = BaseAddresses::default();
        let mut context = UnwindContext::new();
        assert!(!told.rows.is_empty());
        for (index, row) in told.rows.iter().enumerate() {
            let next = told.rows.get(index + 1).map_or(told.size, |next| next.offset.into());
            for offset in [u64::from(row.offset), next - 1] {
                let address = told.start + offset;
                let find = EhFrame::cie_from_offset;
                let found = frames.unwind_info_for_address(&bases, &mut context, address, find).expect("a row");
                match (found.cfa(), row.frame) {
                    (&CfaRule::RegisterAndOffset { register, offset }, Frame::Stack(above)) => {
                        assert_eq!((register, offset), (RSP, above.into()), "{}+{offset:x}", told.name);
                    }
                    (CfaRule::Expression(expression), Frame::Context { .. }) => {
                        let expression = expression.get(&frames).expect("well formed");
                        assert_eq!(expression.0.to_slice().expect("bytes")[0], 0x70 + 14, "r14 and a distance");
                    }
                    (rule, frame) => panic!("{} at {offset:x}: {rule:?} is not {frame:?}", told.name),
                }
                assert_eq!(found.register(Register(16)), Some(RegisterRule::Offset(-8)), "the return address");
                if told.name.starts_with("trace ") {
                    assert_eq!(found.register(RBX), Some(RegisterRule::Undefined));
                }
                if told.name == "routine: return_to_interpreter" {
                    assert_eq!(found.register(RBX), Some(RegisterRule::Offset(-16)));
                    assert_eq!(found.register(Register(15)), Some(RegisterRule::Offset(-56)));
                }
            }
        }
    }
}

/// A frame that has pushed nothing is found eight bytes up; traces with spill slots or calls are further.
#[test]
fn frames_of_traces_differ() {
    let frames: std::collections::BTreeSet<i32> = told(Tier::Trace)
        .iter()
        .filter(|told| told.name.starts_with("trace "))
        .flat_map(|told| told.rows.iter())
        .map(|row| match row.frame {
            Frame::Stack(above) => above,
            Frame::Context { .. } => panic!("traces stay on their stack"),
        })
        .collect();
    assert!(frames.contains(&8) && frames.len() > 1, "{frames:?}");
    assert!(frames.iter().all(|above| above % 8 == 0 && *above >= 8), "{frames:?}");
}
