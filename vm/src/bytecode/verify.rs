//! Checks that a function's bytecode refers to nothing that is not there: registers, constants, jump targets, tables.
//!
//! The interpreter and compiled code trust what is checked here. Independent of the compiler and of the builder: it
//! reads the finished words and the roles of the opcode table, nothing else.

use super::liveness::jump_target;
use super::ops::{Flow, Op, Role, Shape};
use super::proto::{Cache, CaptureSource, CatchRange, Proto};
use super::word::Word;

/// Checks a function and those nested in it. The error names the function, the instruction and what is wrong.
pub fn check(proto: &Proto) -> Result<(), String> {
    if proto.is_empty() || proto.word(0).number() != Op::FuncHeader as u8 {
        return Err(format!("{}: does not begin with a function header", proto.name));
    }
    if proto.spans.len() != proto.len() {
        return Err(format!("{}: {} spans for {} instructions", proto.name, proto.spans.len(), proto.len()));
    }
    if proto.word(0).frame() != proto.frame_size as usize {
        return Err(format!("{}: the header's frame size is not the function's", proto.name));
    }
    if proto.params as usize + proto.rest as usize > proto.frame_size as usize {
        return Err(format!("{}: more parameters than registers", proto.name));
    }
    for at in 0..proto.len() {
        check_word(proto, at).map_err(|problem| format!("{}: instruction {at}: {problem}", proto.name))?;
    }
    check_loops(proto).map_err(|problem| format!("{}: {problem}", proto.name))?;
    check_handlers(proto).map_err(|problem| format!("{}: {problem}", proto.name))?;
    for nested in &proto.protos {
        check_captures(proto, nested).map_err(|problem| format!("{}: {problem}", nested.name))?;
        check(nested)?;
    }
    Ok(())
}

fn check_word(proto: &Proto, at: usize) -> Result<(), String> {
    let word = proto.word(at);
    let op = Op::from_number(word.number()).ok_or_else(|| format!("{} is no opcode", word.number()))?;
    let info = op.info();
    if info.shape == Shape::Entry && at != 0 {
        return Err("a function header inside of a function".into());
    }
    let fields = fields(word, info.shape);
    for (role, field) in info.roles.into_iter().zip(fields) {
        check_field(proto, at, word, role, field).map_err(|problem| format!("{}: {problem}", info.text))?;
    }
    if matches!(info.flow, Flow::Next | Flow::Branch) && at + 1 == proto.len() {
        return Err(format!("{}: the code runs off its end", info.text));
    }
    // A back edge goes to just after a header; nothing else goes back but the code that a later stage may add.
    if matches!(op, Op::LoopBack | Op::ForLoop | Op::ForLoop1) {
        let target = jump_target(word, at).unwrap_or(0);
        let is_header = |at: usize| matches!(proto.word(at).op(), Op::LoopHeader | Op::TraceHeader);
        if target == 0 || target > at || !is_header(target - 1) {
            return Err(format!("{}: does not go back to just after a loop header", info.text));
        }
    }
    Ok(())
}

/// The fields of a word in the order of its op's roles.
fn fields(word: Word, shape: Shape) -> [i64; 3] {
    match shape {
        Shape::Abc => [word.a() as i64, word.b() as i64, word.c() as i64],
        Shape::Abj => [word.a() as i64, word.b() as i64, word.j() as i64],
        Shape::Ax => [word.a() as i64, word.x() as i64, 0],
        Shape::Header => [word.a() as i64, 0, 0],
        Shape::Entry => [0; 3],
    }
}

fn check_field(proto: &Proto, at: usize, word: Word, role: Role, field: i64) -> Result<(), String> {
    let registers = |count: usize| {
        let end = field + count as i64;
        if field < 0 || count > 0 && end > proto.frame_size as i64 {
            return Err(format!("r{field}..r{end} in a frame of {} registers", proto.frame_size));
        }
        Ok(())
    };
    let below = |limit: usize, what: &str| {
        if (0..limit as i64).contains(&field) { Ok(()) } else { Err(format!("{what} {field} of {limit}")) }
    };
    match role {
        Role::None if field != 0 => Err(format!("an unused field holds {field}")),
        Role::None | Role::Int | Role::Count | Role::Builtin => Ok(()),
        Role::Def | Role::Use | Role::Update => registers(1),
        Role::Const => {
            // The nearest constant is just before the code, the farthest at the buffer's beginning.
            let (nearest, farthest) = (at as i64 + 2, at as i64 + 1 + proto.constants as i64);
            if (nearest..=farthest).contains(&field) {
                Ok(())
            } else {
                Err(format!("a constant at distance {field}, not {nearest}..={farthest}"))
            }
        }
        Role::Global => below(crate::globals::MAX_GLOBALS, "global"),
        Role::Capture => below(proto.captures.len(), "capture"),
        Role::Proto => below(proto.protos.len(), "nested function"),
        Role::Site => {
            let (nearest, farthest) = (at as i64 + 2, at as i64 + 2 + proto.constants as i64 - Cache::WORDS as i64);
            if !(nearest..=farthest).contains(&field) {
                return Err(format!("an inline cache at distance {field}, not {nearest}..={farthest}"));
            }
            let index = proto.constant(at, field as usize + Cache::Site as usize).0;
            if index < proto.sites.len() as u64 { Ok(()) } else { Err(format!("access site {index}")) }
        }
        Role::Class => below(proto.classes.len(), "class"),
        Role::Loop => {
            below(proto.loops.len(), "loop")?;
            let header = proto.loops[field as usize].header;
            if header == at { Ok(()) } else { Err(format!("loop {field} has its header at {header}")) }
        }
        Role::Jump => match jump_target(word, at) {
            Some(target) if (1..proto.len()).contains(&target) => Ok(()),
            _ => Err(format!("jumps by {field}, out of the code")),
        },
        Role::CallWindow => registers(word.b() + 2),
        Role::MethodWindow => registers(word.b() + 3),
        Role::Arguments => registers(word.c().max(1)),
        Role::Elements | Role::Targets => registers(word.c()),
        Role::ForSetup | Role::ForState | Role::IterState2 => registers(4),
        Role::IterState | Role::MethodPair => registers(3),
    }
}

fn check_loops(proto: &Proto) -> Result<(), String> {
    for (number, info) in proto.loops.iter().enumerate() {
        let is_header = info.header < proto.len()
            && matches!(proto.word(info.header).op(), Op::LoopHeader | Op::TraceHeader)
            && proto.word(info.header).a() == number;
        if !is_header {
            return Err(format!("loop {number} has no header at {}", info.header));
        }
        if let Some(first) = info.counted {
            if first as usize + 4 > proto.frame_size as usize {
                return Err(format!("loop {number} counts in r{first}, out of the frame"));
            }
            if !matches!(proto.word(info.header - 1).op(), Op::ForPrep | Op::ForPrepTo) {
                return Err(format!("loop {number} counts, and is not prepared to"));
            }
        }
    }
    Ok(())
}

fn check_handlers(proto: &Proto) -> Result<(), String> {
    for (index, handler) in proto.handlers.iter().enumerate() {
        let inside =
            handler.start < handler.end && handler.end <= proto.len() && (1..proto.len()).contains(&handler.target);
        if !inside || handler.register >= proto.frame_size {
            return Err(format!("{handler:?} of {} instructions", proto.len()));
        }
        let apart = |other: &CatchRange| other.end <= handler.start || other.start >= handler.end;
        let inner = |other: &CatchRange| handler.start <= other.start && other.end <= handler.end;
        if let Some(other) = proto.handlers[..index].iter().find(|other| !apart(other) && !inner(other)) {
            return Err(format!("{handler:?} comes after {other:?}, which is not inside"));
        }
    }
    Ok(())
}

fn check_captures(outer: &Proto, inner: &Proto) -> Result<(), String> {
    for (index, source) in inner.captures.iter().enumerate() {
        let (number, limit) = match *source {
            CaptureSource::Register(register) => (register, outer.frame_size as usize),
            CaptureSource::Capture(capture) => (capture, outer.captures.len()),
        };
        if number as usize >= limit {
            return Err(format!("capture {index} comes from {source:?} of {limit}"));
        }
    }
    Ok(())
}
