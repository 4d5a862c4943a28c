//! Why a program did not run to its end, in words for its author.

use std::fmt::Write;

use pseudo_vm::syntax::diagnostics::Diagnostic;
use pseudo_vm::vm::{Call, CallStack, Failure};

/// The message for a failure, with source excerpts.
pub fn failure(failure: &Failure, colour: bool) -> String {
    match failure {
        Failure::Compile(errors) => {
            let mut text = errors.render(colour);
            let count = errors.count();
            let _ = writeln!(text, "\n{count} error{}; nothing was run", if count == 1 { "" } else { "s" });
            text
        }
        Failure::Uncaught { message, kind, calls, .. } => {
            let label = kind.as_ref().map_or("thrown here".to_string(), |kind| format!("{kind} error"));
            uncaught(message, label, calls, colour)
        }
        Failure::Interrupted { calls } => uncaught("interrupted", "the program was here".to_string(), calls, colour),
        Failure::Exit(_) => String::new(),
    }
}

fn uncaught(message: &str, label: String, calls: &CallStack, colour: bool) -> String {
    let Some(innermost) = calls.inner.first() else {
        return format!("error: {message}\n");
    };
    let error = Diagnostic::error(innermost.span, message);
    let error = match calls.first_thrown {
        None => error.label(label),
        Some(line) => error.label("thrown again here").note(format!("this {label} was first thrown at line {line}")),
    };
    let mut text = error.render(&innermost.source, colour);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    if calls.inner.len() > 1 || innermost.times > 1 {
        text.push_str("call stack, innermost first:\n");
        calls.inner.iter().for_each(|call| line(&mut text, call));
        if calls.omitted > 0 {
            let _ = writeln!(text, "  ... {} more calls ...", calls.omitted);
        }
        calls.outer.iter().for_each(|call| line(&mut text, call));
    }
    text
}

fn line(text: &mut String, call: &Call) {
    let name = if call.function.is_empty() { "fn" } else { &call.function };
    let (line, column) = (call.source.line(call.span.start), call.source.column(call.span.start));
    let _ = write!(text, "  {name} at {}:{line}:{column}", call.source.name);
    text.push_str(&if call.times > 1 { format!(" ({} times)\n", call.times) } else { "\n".to_string() });
}
