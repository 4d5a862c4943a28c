//! Errors as the host gets them, and gives them.

use std::fmt;

use pseudo_vm::error::{ErrorKind as VmKind, Throw, Thrown};
use pseudo_vm::vm::{Call, Failure, Vm as Machine};

use super::{Value, exchange};
use crate::report;

/// Why a call of the host came to nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The program has errors that are found before it runs. Nothing was run.
    Compile,
    /// The program has thrown something that it has not caught; or a value does not fit what the host asked for.
    Runtime,
    /// The program has called `exit` with this status: no error of its own, but it has ended.
    Exit(u8),
    /// It was interrupted.
    Interrupted,
}

/// A call that was open when an error was thrown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StackFrame {
    /// The function's name; empty if it has none.
    pub function: String,
    /// Its file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
    /// How many calls in a row this one stands for.
    pub times: usize,
}

/// An error, with where it happened.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    kind_name: Option<String>,
    message: String,
    stack: Vec<StackFrame>,
    value: Option<Value>,
    report: String,
}

impl Error {
    /// An error for a program to catch, of kind `value`: what a function of the host gives.
    pub fn new(message: impl Into<String>) -> Error {
        Error::runtime("value", message)
    }

    /// The same of another kind: `"type"`, `"index"`, `"key"`, `"value"`, `"arity"`, `"name"`, `"zero_division"`,
    /// `"stack_overflow"`, `"io"` or `"limit"`; it is `"value"` if it is none of them.
    pub fn runtime(kind: &str, message: impl Into<String>) -> Error {
        Error::of(ErrorKind::Runtime, Some(kind_of(kind).text().to_string()), message.into())
    }

    fn of(kind: ErrorKind, kind_name: Option<String>, message: String) -> Error {
        let report = format!("error: {message}\n");
        Error(Box::new(Inner { kind, kind_name, message, stack: Vec::new(), value: None, report }))
    }

    /// What kind of end it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The kind that the program sees (`e.kind`): `"type"`, `"index"`, ... `None` of what is no instance of `Error`.
    pub fn kind_name(&self) -> Option<&str> {
        self.0.kind_name.as_deref()
    }

    /// What is wrong. Of a program with errors, all messages.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The file, if it is known.
    pub fn file(&self) -> Option<&str> {
        self.0.stack.first().map(|frame| frame.file.as_str())
    }

    /// The line, from 1, if it is known.
    pub fn line(&self) -> Option<u32> {
        self.0.stack.first().map(|frame| frame.line)
    }

    /// The calls that were open, the innermost first; the middle is left out of very many. Of a program with errors, the place
    /// of the first.
    pub fn stack(&self) -> &[StackFrame] {
        &self.0.stack
    }

    /// What was thrown, if the program has thrown it and it can leave the machine.
    pub fn value(&self) -> Option<&Value> {
        self.0.value.as_ref()
    }

    /// What the command would print: the message, an excerpt of the source, and the call stack. Lines end in a newline.
    pub fn report(&self) -> &str {
        &self.0.report
    }

    /// The same error, its message begun with what it is about.
    pub(super) fn about(mut self, what: &str) -> Error {
        self.0.message = format!("{what} {}", self.0.message);
        self.0.report = format!("error: {}\n", self.0.message);
        self
    }

    /// Of a run that has failed.
    pub(super) fn of_failure(vm: &mut Machine, failure: Failure, colour: bool) -> Error {
        let report = report::failure(&failure, colour);
        let mut error = match failure {
            Failure::Compile(errors) => {
                let mut messages = Vec::new();
                let mut stack = Vec::new();
                for file in &errors.files {
                    for diagnostic in file.diagnostics.iter() {
                        messages.push(diagnostic.message.clone());
                        if stack.is_empty() {
                            let at = diagnostic.primary.span.start;
                            stack.push(StackFrame {
                                function: String::new(),
                                file: file.source.name.clone(),
                                line: file.source.line(at),
                                column: file.source.column(at),
                                times: 1,
                            });
                        }
                    }
                }
                let mut error = Error::of(ErrorKind::Compile, None, messages.join("\n"));
                error.0.stack = stack;
                error
            }
            Failure::Uncaught { message, kind, value, calls } => {
                let mut error = Error::of(ErrorKind::Runtime, kind.map(String::from), message);
                error.0.stack = calls.inner.iter().chain(&calls.outer).map(frame).collect();
                let value = value.and_then(|value| vm.rooted(&value));
                error.0.value = value.and_then(|value| exchange::to_host(vm, value).ok());
                error
            }
            Failure::Interrupted { calls } => {
                let mut error = Error::of(ErrorKind::Interrupted, None, "interrupted".to_string());
                error.0.stack = calls.inner.iter().chain(&calls.outer).map(frame).collect();
                error
            }
            Failure::Exit(status) => Error::of(ErrorKind::Exit(status), None, format!("exit with status {status}")),
        };
        error.0.report = report;
        error
    }

    /// Of something that the machine refuses outside of a run.
    pub(super) fn of_thrown(thrown: Thrown) -> Error {
        match *thrown.0 {
            Throw::Error { kind, message } => Error::runtime(kind.text(), message),
            Throw::Exit(status) => Error::of(ErrorKind::Exit(status), None, format!("exit with status {status}")),
            Throw::Value(_) | Throw::Interrupted | Throw::NeedsText => Error::new("the value has no text"),
        }
    }

    /// What a program catches that has called a function which gave this.
    pub(super) fn into_thrown(self, vm: &mut Machine) -> Thrown {
        match self.0.kind {
            ErrorKind::Exit(status) => Thrown(Box::new(Throw::Exit(status))),
            ErrorKind::Interrupted => Thrown(Box::new(Throw::Interrupted)),
            ErrorKind::Compile | ErrorKind::Runtime => {
                if let Some(value) = self.0.value
                    && let Ok(value) = exchange::to_machine(vm, &value)
                {
                    return Thrown(Box::new(Throw::Value(value)));
                }
                Thrown::new(kind_of(self.0.kind_name.as_deref().unwrap_or_default()), self.0.message)
            }
        }
    }
}

/// The machine's kind of a name.
fn kind_of(name: &str) -> VmKind {
    VmKind::ALL.iter().copied().find(|kind| kind.text() == name).unwrap_or(VmKind::Value)
}

fn frame(call: &Call) -> StackFrame {
    StackFrame {
        function: call.function.to_string(),
        file: call.source.name.clone(),
        line: call.source.line(call.span.start),
        column: call.source.column(call.span.start),
        times: call.times,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match self.0.stack.first() {
            Some(frame) => write!(f, " ({}:{}:{})", frame.file, frame.line, frame.column),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.0.kind, self.0.report.trim_end())
    }
}

impl std::error::Error for Error {}

impl From<String> for Error {
    fn from(message: String) -> Error {
        Error::new(message)
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Error {
        Error::new(message)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error::runtime("io", error.to_string())
    }
}
