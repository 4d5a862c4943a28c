//! The table that shows each instruction to the compiler before it runs.

use super::depth::{next_frame, too_deep};
use super::{Handler, NORMAL, RECORDED, Status, Table};
use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::jit::Recording;
use crate::value::Value;
use crate::vm::Vm;

/// The table that ran is not asked for: what comes next depends on what the recorder answers.
unsafe extern "C" fn record<const COUNTING: bool>(
    pc: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    word: u64,
    table: *const Handler,
) -> Status {
    // SAFETY: see the parent module's safety section.
    unsafe {
        if COUNTING && !next_frame(pc, base, vm) {
            return too_deep(pc, base, vm, word, table);
        }
        let recording = (*vm).show(pc.sub(1), base);
        // The end of a recording may have patched the header that is about to run. Where a trace has come, the word as it was
        // fetched still stands for the interpreted one; where one has gone, there is nothing to enter any more.
        let word = match Word(word).op() {
            Op::TraceHeader | Op::FuncTrace => *pc.sub(1),
            _ => word,
        };
        let number = Word(word).number() as usize;
        match recording {
            Some(Recording::Continue) => (RECORDED[number].0)(pc, base, vm, word, table),
            Some(Recording::Stop) | None => (NORMAL[number].0)(pc, base, vm, word, (*vm).tables.onward),
        }
    }
}

/// Handlers while recording: all the same, the one that shows the instruction and then runs it.
pub static RECORD: Table = [Handler(record::<false>); 256];

/// The same where the depth of calls is limited.
pub static RECORD_AND_COUNT: Table = [Handler(record::<true>); 256];
