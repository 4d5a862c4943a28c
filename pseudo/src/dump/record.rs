//! What a dump is made of: one record for each thing that happened, in the order in which it did.
//!
//! Records own what they say and know nothing of the machine, so that one can be written as text ([`super::text`]), as a line
//! of JSON ([`super::json`], described by `docs/trace-dump.schema.json`) or onto a page ([`super::html`]). Nothing in them
//! differs between two runs of a program: no addresses, no times, but where a profile is asked for as well.
//!
//! A trace is known by its number together with its generation: when all traces are dropped, numbers begin anew.

use std::collections::BTreeMap;

use serde::Serialize;

/// The version of the form. It changes when a field goes or means something else, not when one is added.
pub const VERSION: u32 = 1;

/// A place in a program.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Place {
    /// The function's name; `main` for what is outside of all, `fn` for one without a name.
    pub function: String,
    /// The file, as it is named in messages.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The bytecode instruction, `f3:17`: function and index.
    pub pc: String,
}

/// How a trace comes to be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Start {
    /// A loop.
    Loop,
    /// A function that calls itself.
    Function,
    /// What several side traces go on with.
    SharedEnd,
    /// An exit of another trace of the same generation.
    Side {
        /// The other trace.
        parent: u32,
        /// Its exit.
        exit: u32,
    },
}

/// A bytecode instruction that was recorded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Bytecode {
    /// Where.
    #[serde(flatten)]
    pub at: Place,
    /// How many inlined calls deep.
    pub depth: u16,
    /// The instruction.
    pub text: String,
}

/// A line of IR. Its number is its place among the lines.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct IrLine {
    /// Type of its result, if it has one.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub ty: Option<&'static str>,
    /// The operation.
    pub op: &'static str,
    /// Its operands, and nothing else: `%3, 1`. Values are named by the numbers of their lines.
    pub operands: String,
    /// Whether it leaves the trace if it does not hold.
    #[serde(skip_serializing_if = "is_false")]
    pub guard: bool,
    /// The snapshot that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<u32>,
    /// Of compiled code, the exit that it leaves by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<u32>,
    /// Of compiled code, where its result is: `rsi`, `xmm0`, `spill 3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The bytecode instruction that it comes from: index in the trace's list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytecode: Option<u32>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// The IR of a trace.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Ir {
    /// Its first line in the text form: number, how it begins, where.
    pub head: String,
    /// Its instructions.
    pub lines: Vec<IrLine>,
    /// What follows in the text form, line by line: the steps of a kernel, the snapshots, the link.
    pub tail: Vec<String>,
}

/// A line of IR after a pass.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum Step {
    /// Lines that stay what they were, though numbers may have moved: line `same` of the IR before, and those behind it,
    /// `count` in all. Operands have the numbers that the lines they name have got.
    Same {
        /// The first of them, by its number before.
        same: u32,
        /// How many.
        count: u32,
    },
    /// A line that is new, or has changed.
    Line {
        /// Its number before, if it is that line changed.
        #[serde(skip_serializing_if = "Option::is_none")]
        was: Option<u32>,
        /// The rule that has changed it.
        #[serde(skip_serializing_if = "Option::is_none")]
        rule: Option<&'static str>,
        /// What it is now.
        #[serde(flatten)]
        line: IrLine,
    },
}

/// A line that a pass has removed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Gone {
    /// Its number before.
    pub was: u32,
    /// The rule that has removed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
}

/// A machine instruction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Machine {
    /// Bytes from the beginning of the code.
    pub offset: u32,
    /// What it belongs to: `entry`, `%12`, `end`, `exit 3`, `exits`, `data`.
    pub of: String,
    /// The IR line that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ir: Option<u32>,
    /// The exit whose stub it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<u32>,
    /// In words. Jumps name where they lead to: `-> loop`, `-> exit 3`, `-> trace 7`, `-> 01c3`.
    pub text: String,
}

/// An exit of a compiled trace.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Exit {
    /// The first guard that leaves by it: a line of IR; the number of lines for the trace's end.
    pub ir: u32,
    /// Its snapshot.
    pub snapshot: u32,
    /// Where the interpreter goes on.
    #[serde(flatten)]
    pub to: Place,
}

/// How a trace ends.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Link {
    /// It is a loop.
    Loop,
    /// Another trace, or its loop.
    Trace {
        /// Its number.
        trace: u32,
        /// Whether values stay in registers.
        in_registers: bool,
    },
    /// The interpreter.
    Interpreter,
    /// The caller in machine code.
    Caller,
}

/// A part of a whole function's machine code.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FunctionPart {
    /// The bytecode instruction that it belongs to, if it belongs to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
    /// Whether it is that instruction itself, and not what goes with it.
    pub instruction: bool,
    /// What it is, in words: the instruction, `handler of 12`, `back at 12`, `to 30`.
    pub what: String,
    /// Its machine instructions: bytes from the beginning of the code, and words.
    pub machine: Vec<(u32, String)>,
}

/// How often an exit was taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Taken {
    /// The trace.
    pub trace: u32,
    /// The exit.
    pub exit: u32,
    /// Times that it led to the interpreter.
    pub count: u64,
    /// The side trace that it leads to now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<u32>,
}

/// Samples of a trace, or of all that is none.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Samples {
    /// The generation of the trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<u32>,
    /// The trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<u32>,
    /// How many.
    pub count: u64,
    /// How many of them at which line of which file.
    pub lines: Vec<(String, u32, u64)>,
}

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Record {
    /// The dump begins.
    Begin {
        /// [`VERSION`].
        version: u32,
        /// The version of the program that wrote it.
        pseudo: &'static str,
        /// What compiles the program.
        tier: &'static str,
        /// The parameters that differ from what they are by default, `name=value`.
        params: Vec<String>,
        /// The passes that run, in the order in which they are listed.
        passes: Vec<&'static str>,
    },
    /// A file that the records from here on name.
    File {
        /// As it is named in messages.
        file: String,
        /// Its text.
        text: String,
    },
    /// A recording has begun.
    RecordingStarted {
        /// The trace's number.
        trace: u32,
        /// Its generation.
        generation: u32,
        /// How it comes to be.
        start: Start,
        /// Where.
        at: Place,
    },
    /// A recording was given up, or what it recorded could not be compiled.
    RecordingAbandoned {
        /// The number that the trace would have had.
        trace: u32,
        /// Its generation.
        generation: u32,
        /// How it would have come to be.
        start: Start,
        /// Where it began.
        from: Place,
        /// Where it was given up.
        at: Place,
        /// Why, in words.
        reason: String,
        /// What whoever wrote the program can do about it, if that is anything.
        #[serde(skip_serializing_if = "Option::is_none")]
        remedy: Option<&'static str>,
        /// After how many rounds (or exits) it is tried again; none: never.
        retry_after: Option<u32>,
        /// What runs it instead.
        left_to: &'static str,
    },
    /// A loop of few rounds waits for the loop around it.
    LoopWaits {
        /// Its header.
        at: Place,
        /// For so many rounds.
        rounds: u32,
    },
    /// A loop or exit is hot, but there are as many traces as there may be.
    Limited {
        /// Where it goes on.
        at: Place,
        /// The parameter that says how many.
        limit: &'static str,
        /// What runs it instead.
        left_to: &'static str,
    },
    /// A conditional was watched.
    ConditionalWatched {
        /// Where it is.
        at: Place,
        /// Times that it has jumped.
        jumped: u32,
        /// Times that it has not.
        passed: u32,
        /// Whether both ways are recorded from now on.
        both_ways: bool,
    },
    /// A trace was recorded.
    Recorded {
        /// Its number.
        trace: u32,
        /// Its generation.
        generation: u32,
        /// The instructions that were recorded.
        bytecode: Vec<Bytecode>,
        /// Its IR before any pass.
        ir: Ir,
    },
    /// A loop was put together from a side trace and the loop that it leads back to, in place of the side trace.
    Nested {
        /// The number of the side trace.
        trace: u32,
        /// Its generation.
        generation: u32,
        /// The instructions of both.
        bytecode: Vec<Bytecode>,
        /// Its IR before any pass.
        ir: Ir,
    },
    /// A pass has changed a trace.
    Pass {
        /// The trace.
        trace: u32,
        /// Its generation.
        generation: u32,
        /// The pass.
        pass: &'static str,
        /// Its lines after the pass, in order.
        lines: Vec<Step>,
        /// The lines that are gone.
        gone: Vec<Gone>,
        /// What follows the lines in the text form, after the pass.
        tail: Vec<String>,
    },
    /// A trace runs from now on.
    Compiled {
        /// Its number.
        trace: u32,
        /// Its generation.
        generation: u32,
        /// How it came to be.
        start: Start,
        /// Where it begins.
        at: Place,
        /// Its IR after all passes, with registers and exits.
        ir: Ir,
        /// Its code, with stubs and constants.
        machine: Vec<Machine>,
        /// Bytes of it.
        bytes: usize,
        /// Bytes of the part that runs while no guard fails.
        hot_bytes: usize,
        /// Its exits.
        exits: Vec<Exit>,
        /// How it ends.
        link: Link,
        /// What else is to be said, in words.
        notes: Vec<&'static str>,
    },
    /// A function runs as machine code as a whole from now on.
    FunctionCompiled {
        /// Where its counter ran out.
        at: Place,
        /// Its code.
        parts: Vec<FunctionPart>,
        /// Bytes of it.
        bytes: usize,
        /// Bytes of the part that is likely to run.
        hot_bytes: usize,
    },
    /// All traces were dropped.
    Flushed {
        /// How many.
        traces: usize,
        /// The generation of those that come.
        generation: u32,
        /// How often exits of those that went were taken, where that is at least once or they lead to a side trace.
        exits: Vec<Taken>,
    },
    /// Where time went, if it was looked at: the only thing that differs from run to run.
    Times {
        /// Samples in a second of processor time.
        hz: u32,
        /// The samples, by what ran.
        samples: Vec<Samples>,
        /// How many there are of each phase.
        phases: BTreeMap<&'static str, u64>,
    },
    /// The program has ended.
    Ended {
        /// The generation of the traces that there are.
        generation: u32,
        /// How often their exits were taken, where that is at least once or they lead to a side trace.
        exits: Vec<Taken>,
    },
}

impl Record {
    /// The names of the kinds in JSON and in filters.
    pub const EVENTS: [&str; 15] = [
        "begin",
        "file",
        "recording_started",
        "recording_abandoned",
        "loop_waits",
        "limited",
        "conditional_watched",
        "recorded",
        "nested",
        "pass",
        "compiled",
        "function_compiled",
        "flushed",
        "times",
        "ended",
    ];

    /// The name of its kind.
    pub fn event(&self) -> &'static str {
        match self {
            Record::Begin { .. } => "begin",
            Record::File { .. } => "file",
            Record::RecordingStarted { .. } => "recording_started",
            Record::RecordingAbandoned { .. } => "recording_abandoned",
            Record::LoopWaits { .. } => "loop_waits",
            Record::Limited { .. } => "limited",
            Record::ConditionalWatched { .. } => "conditional_watched",
            Record::Recorded { .. } => "recorded",
            Record::Nested { .. } => "nested",
            Record::Pass { .. } => "pass",
            Record::Compiled { .. } => "compiled",
            Record::FunctionCompiled { .. } => "function_compiled",
            Record::Flushed { .. } => "flushed",
            Record::Times { .. } => "times",
            Record::Ended { .. } => "ended",
        }
    }
}
