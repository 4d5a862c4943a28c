//! Listings of bytecode: what `--bytecode` prints and what the compiler's tests compare.
//!
//!     fn add (2 parameters, 3 registers)
//!       1 | fn add(a, b) return a + b end
//!          0  func
//!          1  add              r2, r0, r1
//!          2  return           r2
//!
//! An instruction has its index, the text of its op and its operands by their roles. A source line is shown where it
//! differs from that of the instruction before. Nothing depends on addresses, so listings can be compared.

use std::fmt::Write;

use super::liveness::jump_target;
use super::ops::{Role, Shape};
use super::proto::{CaptureSource, Proto};
use super::word::Word;
use crate::globals::Globals;
use crate::value::Value;

/// What a listing needs to know besides the function.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Where globals have their names from.
    pub globals: &'a Globals,
    /// The text of a constant.
    pub show: &'a dyn Fn(Value) -> String,
    /// The name of a builtin.
    pub builtin: &'a dyn Fn(u16) -> String,
}

/// The listing of a function and of those nested in it, in order of appearance.
pub fn disassemble(proto: &Proto, context: Context<'_>) -> String {
    let mut text = String::new();
    write_function(&mut text, proto, context);
    text
}

fn write_function(text: &mut String, proto: &Proto, context: Context<'_>) {
    let name = if proto.name.is_empty() { "(anonymous)" } else { &proto.name };
    let rest = if proto.rest { " and rest" } else { "" };
    let optional = match proto.params - proto.required {
        0 => String::new(),
        count => format!(", {count} optional"),
    };
    let plural = |count: u16| if count == 1 { "" } else { "s" };
    let (params, frame) = (proto.params, proto.frame_size);
    let _ = write!(
        text,
        "fn {name} ({params} parameter{}{rest}{optional}, {frame} register{}",
        plural(params),
        plural(frame)
    );
    if !proto.captures.is_empty() {
        let sources: Vec<String> = proto.captures.iter().map(|&source| capture_source(source)).collect();
        let _ = write!(text, ", captures {}", sources.join(", "));
    }
    text.push_str(")\n");
    let mut last_line = 0;
    for at in 0..proto.len() {
        let line = proto.line(at);
        if line != last_line {
            let _ = writeln!(text, "{line:5} | {}", proto.source.line_text(line));
            last_line = line;
        }
        text.push_str(&instruction(proto, at, context));
        text.push('\n');
    }
    for handler in &proto.handlers {
        let what = if handler.finally { "finally" } else { "catch" };
        let (last, target) = (handler.end - 1, handler.target);
        let _ = writeln!(text, "  {what} {}..{last} -> {target}, r{}", handler.start, handler.register);
    }
    for nested in &proto.protos {
        text.push('\n');
        write_function(text, nested, context);
    }
}

fn capture_source(source: CaptureSource) -> String {
    match source {
        CaptureSource::Register(register) => format!("r{register}"),
        CaptureSource::Capture(capture) => format!("u{capture}"),
    }
}

/// One instruction of a listing, without a newline.
pub fn instruction(proto: &Proto, at: usize, context: Context<'_>) -> String {
    let word = proto.word(at);
    let info = word.op().info();
    let mut operands = Vec::new();
    for (field, role) in info.roles.into_iter().enumerate() {
        operands.extend(operand(proto, at, word, field, role, context));
    }
    // The function's header shows nothing: parameters and registers stand in the heading.
    let line = format!("{at:8}  {:<17}{}", info.text, operands.join(", "));
    line.trim_end().to_string()
}

fn operand(proto: &Proto, at: usize, word: Word, field: usize, role: Role, context: Context<'_>) -> Option<String> {
    let info = word.op().info();
    let number = match (info.shape, field) {
        (_, 0) => word.a() as i64,
        (Shape::Abc | Shape::Abj, 1) => word.b() as i64,
        (Shape::Abc, 2) => word.c() as i64,
        (Shape::Abj, 2) => word.j() as i64,
        (Shape::Ax, 1) => word.x() as i64,
        _ => 0,
    };
    let run = |count: usize| match count {
        0 => "-".to_string(),
        1 => format!("r{number}"),
        _ => format!("r{number}..r{}", number as usize + count - 1),
    };
    Some(match role {
        Role::None => return None,
        // The count of a run of registers shows in the run; that of a call's arguments in the window.
        Role::Count => return None,
        Role::Def | Role::Use | Role::Update => format!("r{number}"),
        Role::Const => (context.show)(proto.constant(at, number as usize)),
        Role::Int => number.to_string(),
        Role::Global => match context.globals.infos().get(number as usize) {
            Some(global) => format!("g:{}", global.name),
            None => format!("g{number}"),
        },
        Role::Capture => format!("u{number}"),
        Role::Proto => match proto.protos.get(number as usize) {
            Some(nested) if !nested.name.is_empty() => format!("fn:{}", nested.name),
            _ => format!("fn{number}"),
        },
        Role::Builtin => (context.builtin)(number as u16),
        Role::Site => format!(".{}", proto.site(at, number as usize).name),
        Role::Class => (context.show)(proto.classes[number as usize].name),
        Role::Loop => format!("loop {number}"),
        Role::Jump => format!("-> {}", jump_target(word, at).unwrap_or(0)),
        Role::CallWindow => window(number, word.b(), 1),
        Role::MethodWindow => window(number, word.b(), 2),
        Role::Arguments => format!("r{number}({})", if word.c() == 0 { String::new() } else { run(word.c()) }),
        Role::Elements | Role::Targets => run(word.c()),
        Role::ForSetup | Role::ForState | Role::IterState2 => run(4),
        Role::IterState => run(3),
        Role::MethodPair => format!("r{}, r{}", number + 1, number + 2),
    })
}

/// `result, callee(arguments)` of a call window whose arguments, `fixed - 1` receivers included, follow the callee.
fn window(first: i64, count: usize, fixed: i64) -> String {
    let arguments = count as i64 + fixed - 1;
    let arguments = match arguments {
        0 => String::new(),
        1 => format!("r{}", first + 2),
        _ => format!("r{}..r{}", first + 2, first + 1 + arguments),
    };
    format!("r{first}, r{}({arguments})", first + 1)
}
